// How many calls one core carries, and what they cost: simulated calls with
// real pacing from a process on another core. Finds the knee of each row by
// itself: node tools/bench/load.mjs [--rows floor,relay] [--calls 100]
//   [--seconds 5] [--max 3000] [--keep var/bench]
// --calls measures at that many only. A run in which the load generator was
// late is void and repeated. Raw histograms are kept as files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { floor, gateway, load } from './house.mjs';
import { ROWS } from './rows.mjs';

const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const only = option('--rows', '').split(',').filter(Boolean);
const fixed = Number(option('--calls', 0));
const seconds = Number(option('--seconds', 5));
const most = Number(option('--max', 3000));
const keep = option('--keep', 'var/bench');
const stamp = new Date().toISOString().replace(/[:.]/g, '-');
const KNEE_MS = 5; // 99 of 100 frames are back, or there, in that time
const LATE_MS = 3; // more lateness of the load generator itself: void

/** One point: calls at once. Void when the generator itself was late. */
async function measure(house, row, calls) {
  const lines = await house.lines(calls), lag = await house.lag();
  const child = load(house, row, calls, seconds);
  let out = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stdin.on('error', () => {});
  child.stdin.end(lines);
  const code = await new Promise((done) => child.on('exit', (n, signal) => done(signal ?? n)));
  await house.settle();
  if (code) throw new Error(`benchload ended with ${code}`);
  const r = JSON.parse(out);
  r.lag = lag && (await house.lag()).map(([le, n], i) => [le, n - lag[i][1]]);
  r.judged = r[row.judge ?? 'round'];
  r.void = r.late.p99 > LATE_MS * 1000;
  r.good = !r.lost && !r.missing && !r.strange && !r.gaps && r.judged.count > (row.share ?? 0.98) * calls * 50 * seconds && r.judged.p99 <= (row.knee_ms ?? KNEE_MS) * 1000;
  console.error(`  ${row.name}: ${calls} calls: p99 ${(r.judged.p99 / 1000).toFixed(2)} ms, ${r.cpu_ms_per_call_s} ms per call-second, `
    + `${r.kb_per_call} KB per call, generator ${r.own_percent} %, late ${(r.late.p99 / 1000).toFixed(2)} ms${r.void ? ': void' : r.good ? '' : ': too many'}`);
  return r;
}

/** Up to three tries until the generator was on time. */
async function point(house, row, calls) {
  let r;
  for (let i = 0; i < 3; i++) {
    r = await measure(house, row, calls);
    if (!r.void) break;
  }
  return r;
}

/** The most calls that are good, to a tenth; and a point at 80 % of it. */
async function knee(house, row) {
  let low = 0, high = 0, n = Math.min(row.start ?? 100, most), best = null;
  const points = [];
  while (!high || high - low > Math.max(10, low / 10)) {
    const r = await point(house, row, n);
    points.push(r);
    if (r.void) break; // what is found so far stands; more cannot be said
    if (r.good) { low = n; best = r; if (n >= most) break; } else high = n;
    n = high ? Math.round((low + high) / 2) : Math.min(n * 2, most);
    if (!n || n === low) break;
  }
  const at80 = low ? await point(house, row, Math.max(1, Math.round(low * 0.8))) : null;
  return { knee: low, limit: high, best, at80, points };
}

const ms = (h, q) => (h && h.count ? (h[q] / 1000).toFixed(2) : '–');
const three = (h) => `${ms(h, 'p50')} / ${ms(h, 'p90')} / ${ms(h, 'p99')} / ${ms(h, 'p999')}`;

mkdirSync(keep, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0].model}`;
const commit = execFileSync('git', ['describe', '--always', '--dirty']).toString().trim();
const table = [];
for (const row of ROWS) {
  if (only.length ? !only.includes(row.name) : row.asked) continue;
  const house = row.floor ? await floor() : await gateway(row, join(keep, `${stamp}-${row.name}.log`));
  try {
    if (!row.floor) await measure(house, row, 5); // what is made once is made now
    const k = fixed ? { knee: 0, at80: await point(house, row, fixed), points: [] } : await knee(house, row);
    const r = k.at80;
    writeFileSync(join(keep, `${stamp}-${row.name}.json`), JSON.stringify({ row: row.name, what: row.what, machine, commit, seconds, ...k }));
    table.push(`| ${row.what} | ${fixed ? '–' : `${k.knee}${k.limit ? '' : '+'}`} | ${r ? `${r.calls}${r.void ? ' (void)' : ''}` : '–'} | ${r?.cpu_ms_per_call_s ?? '–'} | `
      + `${three(r?.up)} | ${three(r?.down)} | ${r?.kb_per_call ?? '–'} | ${ms(r?.setup, 'p50')} / ${ms(r?.setup, 'p99')} | ${r?.own_percent ?? '–'} |`);
  } finally {
    await house.stop();
  }
}
console.log(`\n${machine}, ${commit}, ${new Date().toISOString().slice(0, 10)}; ${seconds} s a point; raw histograms in ${keep}/${stamp}-*.json\n`);
console.log('| load | calls at the knee | measured at | CPU ms per call-second | up, p50 / p90 / p99 / p99.9 ms | down | KB per call | set-up, p50 / p99 ms | generator, % of a core |\n|---|---|---|---|---|---|---|---|---|');
console.log(table.join('\n'));
