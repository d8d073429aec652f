// Calls come and go for MINUTES, with faults, and afterwards everything must
// be as it was: node tools/bench/soak.mjs MINUTES [--row deepgram]
//   [--calls 40] [--seed 1] [--keep var/bench]
// --calls: at most so many at once (80 % of the row's knee). Faults: callers
// and provider vanish in mid-call (killed), callers hang up, a provider that
// is not there. Exit code 0: memory, descriptors, calls and rows are back.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { children, gateway, load, pause } from './house.mjs';
import { ROWS } from './rows.mjs';

const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const minutes = Number(process.argv[2]) || 10;
const most = Number(option('--calls', 40));
const row = ROWS.find((r) => r.name === option('--row', 'deepgram'));
const keep = option('--keep', 'var/bench');
const GROWN_KB = 8 * 1024; // more of resident memory than after the first calls
let seed = Number(option('--seed', 1));
const draw = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor(seed / 2 ** 32 * n); };

const number = (pid, key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
const look = (pid) => ({ rss_kb: number(pid, 'VmRSS'), fds: readdirSync(`/proc/${pid}/fd`).length });

/** What each process of the gateway holds now, by its role. */
function all(house) {
  const out = {};
  for (const pid of children(house.env.pid))
    out[readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[2]] = { pid, ...look(pid) };
  return out;
}

/** Rows of calls that were talked in and never ended; of one whose caller vanished before, housekeeping hears some minutes later. */
async function open(house) {
  const { stdout } = await promisify(execFile)('tools/pg', ['psql', join(house.env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c',
    'select count(*) from calls where ended_at is null and streams > 0']);
  return Number(stdout);
}

async function wave(house, at, calls = 1 + draw(most)) {
  const seconds = 3 + draw(10), fault = ['none', 'none', 'kill', 'no provider'][draw(4)];
  const child = load(fault === 'no provider' ? { ...house, provider: 0 } : house, { ...row, echo: false, warm: 1 }, calls, seconds);
  const done = new Promise((end) => child.on('exit', end));
  child.stdin.on('error', () => {});
  child.stdout.resume();
  child.stdin.end(await house.lines(calls));
  if (fault === 'kill') {
    await Promise.race([done, pause(1000 + draw(seconds * 1000))]);
    child.kill('SIGKILL');
  }
  await done;
  const m = all(house).media;
  console.log(`${at.toFixed(1)} min: ${calls} calls, ${seconds} s, ${fault}; media ${m.rss_kb} KB, ${m.fds} descriptors`);
  return { at, calls, seconds, fault, ...m };
}

mkdirSync(keep, { recursive: true });
const house = await gateway(row, join(keep, 'soak.log'));
const waves = [], wrong = [];
let n = 0;
try {
  const pids = JSON.stringify(Object.values(all(house)).map((r) => r.pid));
  for (let i = 0; i < 3; i++) { waves.push(await wave(house, 0, most)); n += waves.at(-1).calls; }
  await house.settle();
  await pause(5000);
  const before = all(house), from = Date.now();
  for (let at = 0; at < minutes; at = (Date.now() - from) / 60000) { waves.push(await wave(house, at)); n += waves.at(-1).calls; }
  await house.settle();
  await pause(10000);
  const after = all(house), left = await open(house), live = await house.metric('nightbell_calls');
  for (const role of Object.keys(before)) {
    const [a, b] = [before[role], after[role]];
    console.log(`${role}: ${a.rss_kb} -> ${b?.rss_kb} KB, ${a.fds} -> ${b?.fds} descriptors`);
    if (!b || b.rss_kb - a.rss_kb > GROWN_KB) wrong.push(`${role}: memory ${a.rss_kb} -> ${b?.rss_kb} KB`);
    // connections are kept for the next time
    if (!b || b.fds > a.fds + 8) wrong.push(`${role}: descriptors ${a.fds} -> ${b?.fds}`);
  }
  if (JSON.stringify(Object.values(after).map((r) => r.pid)) !== pids) wrong.push('a process died');
  if (live) wrong.push(`${live} calls are left in the worker`);
  if (left) wrong.push(`${left} calls in the database never ended`);
  writeFileSync(join(keep, 'soak.json'), JSON.stringify({ row: row.name, minutes, calls: n, before, after, waves, wrong,
    commit: execFileSync('git', ['describe', '--always', '--dirty']).toString().trim() }));
} finally {
  await house.stop();
}
console.log(`${n} calls in ${waves.length} waves; ${wrong.length ? `WRONG: ${wrong.join('; ')}` : 'all is as it was'}`);
process.exit(wrong.length ? 1 : 0);
