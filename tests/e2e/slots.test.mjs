// A media worker is gone: the others take what the kernel keeps for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { form, missed, rows, run, sid, socket, startMessage, until, up, webhook } from './lib.mjs';

let env, callers = 2000000;
before(async () => { env = await up({ set: { 'media.workers': 2, 'node.restart_ms': 5000, 'node.hung_s': 2 } }); });
after(() => env?.stop());

const workers = async () => (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout
  .split('\n').filter((l) => /role media/.test(l)).map((l) => ({ pid: +l.trim().split(/\s+/)[0], slot: +/role media (\d+)/.exec(l)[1] }));

/** n webhooks, each on a connection of its own, so that the kernel spreads them. -> the longest, ms */
async function ask(n) {
  const took = await Promise.all(Array.from({ length: n }, async () => {
    const begun = Date.now();
    const r = await webhook(env, '/twilio/voice', form(env, { From: `+1415${callers++}` }), { connection: 'close' });
    assert.match(r.body, /<Dial/);
    return Date.now() - begun;
  }));
  return Math.max(...took);
}

test('a worker killed, its restart held back 5 s: no webhook waits over 1 s', { timeout: 60000 }, async () => {
  const before = await workers();
  assert.equal(before.length, 2);
  await ask(8);
  for (const slot of [0, 1]) {
    process.kill((await workers()).find((w) => w.slot === slot).pid, 'SIGKILL');
    const died = Date.now();
    let longest = 0, asked = 0;
    while ((await workers()).length < 2 || Date.now() - died < 4000) {
      longest = Math.max(longest, await ask(8));
      asked += 8;
    }
    assert.ok(Date.now() - died >= 4900, `back only after ${Date.now() - died} ms`);
    assert.ok(asked >= 80, `${asked} webhooks`);
    assert.ok(longest < 1000, `the longest took ${longest} ms`);
  }
  // With both back each serves its own again.
  assert.ok(await ask(16) < 1000);
  assert.deepEqual((await workers()).map((w) => w.slot).sort(), [0, 1]);
  assert.equal((await rows(env, "select 1 from calls where status = 'failed'")).length, 0);
});

test('a process that hangs is ended and replaced, whichever it is', { timeout: 60000 }, async () => {
  const roles = async () => new Map((await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout.split('\n')
    .map((l) => /^\s*(\d+) .*role (\w+ \d)/.exec(l)).filter(Boolean).map((m) => [m[2], +m[1]]));
  const old = await roles();
  assert.deepEqual([...old.keys()].sort(), ['desk 0', 'media 0', 'media 1', 'speech 0']);
  for (const name of ['media 1', 'desk 0', 'speech 0']) process.kill(old.get(name), 'SIGSTOP');
  for (const end = Date.now() + 30000; ;) {
    const now = await roles();
    if (now.size === 4 && [...old].every(([name, pid]) => (now.get(name) === pid) === (name === 'media 0'))) break;
    assert.ok(Date.now() < end, JSON.stringify([[...old], [...now]]));
    await new Promise((r) => setTimeout(r, 100));
  }
  for (const [name, pid] of old)
    assert.equal(new RegExp(`\\(pid ${pid}\\) has hung for 2 s: killed`).test(env.log()), name !== 'media 0', name);
  assert.ok(await ask(16) < 1000);
});

test('one worker drains a call, the other had none and ended: nobody waits for its slot', { timeout: 60000 }, async () => {
  const m = await missed(env, { From: '+14155550190' });
  const s = socket(env, m.url);
  assert.equal(await s.opened, 101);
  s.send(startMessage(m, sid('MZ'), env));
  await until(env, "select status from calls where caller = '+14155550190'", (r) => r[0]?.status === 'live');
  process.kill(+env.pid, 'SIGTERM');
  for (const end = Date.now() + 10000; (await workers()).length > 1;)
    assert.ok(Date.now() < end, 'one of the workers ends');
  assert.ok(await ask(16) < 1000);
  s.ws.close();
  await s.closed;
});
