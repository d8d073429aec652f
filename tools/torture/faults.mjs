// Things go away while a caller is on the line.
import { caller, play, prepare, settled } from '../../tests/e2e/callers.mjs';
import { root, run, until, up } from '../../tests/e2e/lib.mjs';
import { join } from 'node:path';

const kill = (role) => async (env) => {
  const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid]);
  process.kill(Number(stdout.split('\n').find((l) => l.includes(`role ${role}`)).trim().split(/\s+/)[0]), 'SIGKILL');
};
const database = (seconds) => async (env) => {
  await run('tools/pg', ['stop', join(env.dir, 'pg')], { cwd: root });
  await new Promise((r) => setTimeout(r, seconds * 1000));
  await run('tools/pg', ['start', join(env.dir, 'pg')], { cwd: root });
};
const all = [
  ['the speech process is killed', kill('speech')],
  ['the media process is killed', kill('media')],
  ['the desk process is killed', kill('desk')],
  ['the database is away for 2 s', database(2)],
  ['the database is away for 10 s', database(10)],
];

/** -> [{what, outcome, appointments, seconds, ok}] */
export async function faults(say) {
  const found = [];
  for (const [what, harm] of all) {
    const env = await up();
    try {
      const c = await caller('polite-booker');
      await prepare(env, [c]);
      const p = play(env, [c], { deadline: 240 });
      const sentences = `select 1 from transcript_segments t join calls c on c.id = t.call_id where c.caller = '${c.from}' and t.leg = 'caller'`;
      await until(env, sentences, (r) => r.length >= 2, 90);
      await harm(env);
      const call = await p.calls.get(c.name).over;
      const { known: k, result } = await settled(env, call, 15);
      const f = {
        what, outcome: k?.outcome ?? null, appointments: k?.appointments.length ?? 0, seconds: call.seconds,
        right: result.filter((r) => r.ok).length, of: result.length, fault: call.fault,
      };
      // Booked once and as wanted, or not at all: never twice, never another time.
      f.ok = f.appointments === 0 || f.appointments === 1 && result.every((r) => r.ok || !['day', 'time', 'service'].includes(r.key));
      say(`  ${what}: ${f.outcome}, ${f.appointments} appointment(s), ${Math.round(f.seconds)} s`);
      found.push(f);
      await p.done;
    } finally {
      await env.stop();
    }
  }
  return found;
}
