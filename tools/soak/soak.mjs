// Calls come and go for some minutes while things break: the speech process and
// a media worker are killed, the database is stopped and started, sockets are
// torn off, carriers and dashboards stop reading. In the end all must be as
// before: memory and descriptors of each process, rows by state, nobody waits.
//   node tools/soak/soak.mjs [MINUTES] [CALLS at once]
// Exit code 1 when something did not come back; the report is Markdown.
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { call, missed, root, rows, run, sid, socket, startMessage, up, webhook } from '../../tests/e2e/lib.mjs';

const minutes = Number(process.argv[2] || 10), atOnce = Number(process.argv[3] || 3);
const WORKERS = 2, SAMPLE_MS = 2000, FAULT_MS = 9000, SETTLE_S = 90;
const CALLERS = ['polite-booker', 'interrupter', 'hangs-up-greeting', 'silent', 'wrong-number', 'price-asker', 'hangs-up-ringing', 'no-heat'];

// What a process may have more at the end than before, in MB and descriptors.
// Media and desk keep what their allocator has once had; the recogniser keeps
// the working memory of its longest decode.
const MORE = { supervisor: [3, 4], media: [12, 4], desk: [12, 4], speech: [150, 6] };

const OPEN = "'received', 'ringing', 'connecting', 'live'";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
let seed = 20260101;
const draw = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };

const env = await up({ set: { 'media.workers': WORKERS } });
const ops = /ops:\n\s+listen: (\S+)/.exec(readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8'))[1];
const told = ['--status-url', `https://${env.host}/twilio/status`];
const metrics = () => new Promise((done, fail) => http.get(`http://${ops}/metrics`, (r) => {
  let b = '';
  r.on('data', (d) => { b += d; });
  r.on('end', () => done(b));
}).on('error', fail));
const sum = (text, re) => [...text.matchAll(new RegExp(`^${re} (\\d+)$`, 'gm'))].reduce((n, m) => n + Number(m[1]), 0);

/** role -> {pid, mb, fds} of every process of the node. */
async function processes() {
  const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid]);
  const all = [[`${env.pid}`, 'supervisor']];
  for (const l of stdout.split('\n')) {
    const m = /^\s*(\d+) .* role (\w+)(?: (\d+))?/.exec(l);
    if (m) all.push([m[1], m[2] + (m[3] ?? '')]);
  }
  const found = {};
  for (const [pid, role] of all) {
    try {
      found[role] = { pid: Number(pid), fds: readdirSync(`/proc/${pid}/fd`).length,
        mb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024 };
    } catch { /* it has just died */ }
  }
  return found;
}

const states = () => rows(env, `select 'calls' as of, status as state, count(*)::int as n from calls group by 2
  union all select 'outbox', state, count(*)::int from outbox group by 2 order by 1, 2`);

// ---- load: whole calls by callsim, atOnce of them at a time ----
let running = true, number = 0, live = 0;
const tally = { calls: 0, good: 0, disturbed: 0, stuck: 0 };
async function lane() {
  while (running) {
    const from = `+1415556${String(1000 + number++).slice(-4)}`;
    live++;
    const r = await call(env, CALLERS[draw(CALLERS.length)], [...told, '--from', from, '--seed', String(1 + draw(50))]);
    live--;
    const over = r.events.some((e) => e.event === 'call.ended');
    tally.calls++;
    if (r.code === 0) tally.good++;
    else if (over) tally.disturbed++;
    else tally.stuck++;
  }
}

// ---- faults ----
const children = async (re) => Object.entries(await processes()).filter(([role]) => re.test(role)).map(([, p]) => p.pid);
const kill = async (re) => { const all = await children(re); if (all.length) process.kill(all[draw(all.length)], 'SIGKILL'); };
const pg = (what) => run('tools/pg', [what, join(env.dir, 'pg')], { cwd: root });

/** A stream of our own that begins, talks and then does something impolite. */
async function rude(end) {
  const m = await missed(env, { From: `+1415557${String(1000 + number++).slice(-4)}` });
  if (!m.url) return;
  const s = socket(env, m.url), stream = sid('MZ');
  if (await s.opened !== 101) return;
  s.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  s.send(startMessage(m, stream, env));
  const frame = (i) => ({ event: 'media', sequenceNumber: String(i + 2), streamSid: stream,
    media: { track: 'inbound', chunk: String(i + 1), timestamp: String(i * 20), payload: Buffer.alloc(160, 0xff).toString('base64') } });
  for (let i = 0; i < 100; i++, await wait(20)) if (s.ws.readyState === 1) s.send(frame(i));
  await end(s);
  await wait(500);
  await webhook(env, '/twilio/status', { ...m.form, CallStatus: 'completed' });
}
const faults = {
  'speech process killed': () => kill(/speech/),
  'media worker killed': () => kill(/media/),
  'database stopped for 3 s': async () => { await pg('stop'); await wait(3000); await pg('start'); },
  'socket torn off': () => rude((s) => s.ws.terminate()),
  'carrier that does not read for 8 s': () => rude(async (s) => { s.ws._socket.pause(); await wait(8000); s.ws.terminate(); }),
  'dashboard that does not read for 8 s': async () => {
    const [host, port] = env.dashboard.split(':');
    const req = http.get({ host, port, path: '/' }, (r) => r.pause());
    req.on('error', () => {});
    await wait(8000);
    req.destroy();
  },
};
const done = Object.fromEntries(Object.keys(faults).map((k) => [k, 0]));

async function breaking(until) {
  const order = Object.keys(faults);
  for (let i = 0; Date.now() < until; i++) {
    await wait(FAULT_MS);
    const name = order[i % order.length];
    try { await faults[name](); done[name]++; } catch (e) { process.stderr.write(`${name}: ${e.message}\n`); }
  }
}

/** Nothing is under way: no call, no statement, nothing that waits on disk. */
async function settled() {
  const end = Date.now() + SETTLE_S * 1000;
  let why;
  do {
    await wait(1000);
    const text = await metrics().catch(() => '');
    const open = await rows(env, `select count(*)::int n from calls where status in (${OPEN})`).catch(() => [{ n: -1 }]);
    why = !text ? 'no /metrics' : sum(text, 'nightbell_calls\\{[^}]*\\}') ? 'a worker has calls'
      : sum(text, 'nightbell_statements_queued\\{[^}]*\\}') ? 'statements wait'
        : open[0].n ? `${open[0].n} calls are not over` : null;
  } while (why && Date.now() < end);
  return why;
}

// ---- the run ----
const faulty = [];
const check = (ok, text) => { if (!ok) faulty.push(text); };

// Warm: each process has done all that it will have to do.
const warm = Array.from({ length: Math.max(2, atOnce) }, (_, i) => call(env, CALLERS[i % 2], [...told, '--from', `+1415558000${i}`]));
await Promise.all(warm);
check(!await settled(), 'not settled after warming up');
await wait(3000);
const base = await processes();

const begun = Date.now(), ends = begun + minutes * 60000;
const top = structuredClone(base);
const sampler = (async () => {
  while (running) {
    for (const [role, p] of Object.entries(await processes())) {
      top[role] ??= { mb: 0, fds: 0 };
      top[role].mb = Math.max(top[role].mb, p.mb);
      top[role].fds = Math.max(top[role].fds, p.fds);
    }
    await wait(SAMPLE_MS);
  }
})();
// The last quarter has load and no faults: who was killed grows up again.
const lanes = Array.from({ length: atOnce }, lane);
await breaking(begun + (ends - begun) * 0.75);
await wait(Math.max(0, ends - Date.now()));
running = false;
await Promise.all([...lanes, sampler]);
const left = await settled();
await wait(5000);
const end = await processes(), text = await metrics(), last = await states();

check(!left, `not settled ${SETTLE_S} s after the last call: ${left}`);
check(!tally.stuck, `${tally.stuck} calls did not end`);
check(tally.good > 0, 'no call went well');
const table = [];
for (const role of Object.keys(base).sort()) {
  const [mb, fds] = MORE[role.replace(/\d+$/, '')], b = base[role], e = end[role];
  if (!e) { check(false, `${role} is gone`); continue; }
  check(e.mb <= b.mb + mb, `${role}: ${(e.mb - b.mb).toFixed(1)} MB more than before, at most ${mb}`);
  check(e.fds <= b.fds + fds, `${role}: ${e.fds - b.fds} descriptors more than before, at most ${fds}`);
  table.push(`| ${role} | ${b.mb.toFixed(1)} | ${top[role].mb.toFixed(1)} | ${e.mb.toFixed(1)} (≤ +${mb}) | ${b.fds} | ${top[role].fds} | ${e.fds} (≤ +${fds}) |`);
}
for (const r of last)
  check(!OPEN.includes(`'${r.state}'`) && !['claimed', 'unsure'].includes(r.state), `${r.n} rows of ${r.of} are ${r.state}`);
await env.stop();

console.log(`${minutes} min, ${atOnce} calls at once, ${cpus().length} × ${cpus()[0].model}\n`);
console.log(`${tally.calls} calls of callsim: ${tally.good} as expected, ${tally.disturbed} disturbed by a fault and over, ${tally.stuck} without an end.`);
console.log(`Faults: ${Object.entries(done).map(([k, n]) => `${k} ${n}×`).join(', ')}.\n`);
console.log('| process | MB before | most | after | descriptors before | most | after |\n|---|---|---|---|---|---|---|');
console.log(table.join('\n'));
console.log(`\nRows by state at the end: ${last.map((r) => `${r.of} ${r.state} ${r.n}`).join(', ')}.`);
const rowsOf = [...text.matchAll(/^nightbell_timer_fired_total\{row="(\w+)"\} (\d+)$/gm)].filter((m) => m[2] !== '0');
console.log(`Deadlines that passed: ${rowsOf.map((m) => `${m[1]} ${m[2]}`).join(', ') || 'none'}.`);
for (const f of faulty) console.log(`\n**NOT AS BEFORE**: ${f}`);
process.exit(faulty.length ? 1 : 0);
