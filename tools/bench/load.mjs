// How many calls one core carries, and what they cost: simulated calls with
// real pacing from a process on another core. Finds the knee of each row by
// itself: node tools/bench/load.mjs [--rows floor,relay] [--calls 100]
//   [--seconds 5] [--max 3000] [--keep var/bench]
// --calls measures at that many only. A run in which the load generator was
// late is void and repeated. Raw histograms are kept as files.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { ROWS } from './rows.mjs';

const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const build = process.env.NB_BUILD ?? 'build';
const only = option('--rows', '').split(',').filter(Boolean);
const fixed = Number(option('--calls', 0));
const seconds = Number(option('--seconds', 5));
const most = Number(option('--max', 3000));
const keep = option('--keep', 'var/bench');
const stamp = new Date().toISOString().replace(/[:.]/g, '-');
const KNEE_MS = 5; // 99 of 100 frames are back, or there, in that time
const LATE_MS = 3; // more lateness of the load generator itself: void
const MEASURED = '0', OTHERS = cpus().length > 1 ? `1-${cpus().length - 1}` : '0';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});
const pin = (core, pid) => execFileSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' });
const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);

/** The floor: a bare relay. */
async function floor() {
  const [port, provider] = [await freePort(), await freePort()];
  const child = spawn('taskset', ['-c', MEASURED, `${build}/benchrelay`, String(port), String(provider)], { stdio: 'inherit' });
  await pause(200);
  return { pid: child.pid, port, provider, args: [], lines: async () => '', settle: () => pause(300),
    stop: async () => { child.kill(); } };
}

const secret = (n) => randomBytes(n).toString('hex');
const sign = (token, url, params = {}) => createHmac('sha1', token)
  .update(url + Object.keys(params).sort().map((k) => k + params[k]).join('')).digest('base64');

/** A webhook of the carrier, over one of a few kept connections. */
function webhook(env, path, params) {
  const body = new URLSearchParams(params).toString();
  return new Promise((done, fail) => {
    const req = (env.tls ? https : http).request({
      host: '127.0.0.1', port: env.port, path, method: 'POST', agent: env.agent, ca: env.ca, servername: env.host,
      headers: { host: env.host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body),
        'x-twilio-signature': sign(env.token, `https://${env.host}${path}`, params) },
    }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done(text));
    });
    req.on('error', fail);
    req.end(body);
  });
}

let callers = 0;
/** One missed call as far as its stream: a line for benchload. */
async function missed(env) {
  const form = { CallSid: `CA${secret(16)}`, AccountSid: env.account, From: `+1415${String(5560000 + callers++)}`, To: env.number,
    CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01' };
  await webhook(env, '/twilio/voice', form);
  const twiml = await webhook(env, '/twilio/dial', { ...form, CallStatus: 'in-progress', DialCallStatus: 'no-answer', DialCallSid: `CA${secret(16)}` });
  const url = /<Stream[^>]* url="([^"]+)"/.exec(twiml)?.[1], token = /<Parameter name="token" value="([^"]+)"/.exec(twiml)?.[1];
  if (!url) throw new Error(`no stream for a call: ${twiml}`);
  return `${new URL(url).pathname} ${sign(env.token, url)} ${token} ${form.CallSid}\n`;
}

async function many(env, n) {
  const out = [];
  let left = n;
  await Promise.all(Array.from({ length: 8 }, async () => { while (left-- > 0) out.push(await missed(env)); }));
  return out.join('');
}

async function metric(env, name) {
  const text = await (await fetch(`http://${env.ops}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
}

/** The whole gateway with its database; its one media worker has a core. */
async function gateway(row) {
  const dir = mkdtempSync('/tmp/nb-bench-'), provider = await freePort();
  const args = ['--gateway'], tls = Boolean(row.tls);
  if (tls) execFileSync('tools/mkcert.sh', [join(dir, 'ptls'), 'localhost', '127.0.0.1'], { stdio: 'ignore' });
  const base = `${tls ? 'wss://localhost' : 'ws://127.0.0.1'}:${provider}`;
  const set = { 'media.workers': 1, 'media.token_s': 600, 'log.level': 'warn', ...row.set(base, tls ? join(dir, 'ptls/ca.pem') : '') };
  if (!tls) Object.assign(set, { 'carrier.tls_cert': '', 'carrier.tls_key': '' });
  const up = spawn('taskset', ['-c', OTHERS, 'tools/demo/up.sh'], {
    env: { ...process.env, NB_DIR: dir, NB_SET: Object.entries(set).map(([k, v]) => `${k}=${v}`).join(' ') }, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise((done) => up.on('exit', done));
  const line = await Promise.race([new Promise((done) => readline.createInterface(up.stdout).once('line', done)), gone]);
  if (typeof line !== 'string') throw new Error('the gateway did not start');
  const env = { ...JSON.parse(line), tls };
  env.port = Number(env.carrier.split(':')[1]);
  env.agent = new (tls ? https : http).Agent({ keepAlive: true, maxSockets: 8 });
  if (tls) {
    env.ca = readFileSync(join(dir, 'tls/ca.pem'));
    args.push('--host', env.host, '--ca', join(dir, 'tls/ca.pem'), '--cert', join(dir, 'ptls/cert.pem'), '--key', join(dir, 'ptls/key.pem'));
  } else args.push('--host', env.host);
  env.ops = /ops:\s*\n\s*listen: (\S+)/.exec(readFileSync(join(dir, 'nightbell.yaml'), 'utf8'))[1];
  const pid = children(env.pid).find((p) => /\0media\0/.test(readFileSync(`/proc/${p}/cmdline`, 'latin1')));
  if (!pid) throw new Error('no media worker found');
  pin(MEASURED, pid);
  return { pid, port: env.port, provider, args, lines: (n) => many(env, n),
    // the next point begins when no call is left of the last one
    settle: async () => { for (let i = 0; i < 100 && await metric(env, 'nightbell_calls') > 0; i++) await pause(200); },
    stop: async () => { env.agent.destroy(); up.stdin.end(); await gone; copyFileSync(join(dir, 'nightbell.log'), join(keep, `${stamp}-${row.name}.log`)); rmSync(dir, { recursive: true, force: true }); } };
}

/** One point: calls at once. Void when the generator itself was late. */
async function measure(house, row, calls) {
  const lines = await house.lines(calls);
  const child = spawn('taskset', ['-c', OTHERS, `${build}/benchload`, '--port', house.port, '--provider', house.provider, '--calls', calls,
    '--pid', house.pid, '--seconds', seconds, '--warm', row.warm ?? 2, '--rate', row.rate ?? 200, ...(row.echo ? ['--echo'] : []), ...house.args].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stdin.on('error', () => {});
  child.stdin.end(lines);
  const code = await new Promise((done) => child.on('exit', (n, signal) => done(signal ?? n)));
  await house.settle();
  if (code) throw new Error(`benchload ended with ${code}`);
  const r = JSON.parse(out);
  r.judged = r[row.judge ?? 'round'];
  r.void = r.late.p99 > LATE_MS * 1000;
  r.good = !r.lost && !r.missing && !r.gaps && r.judged.count > (row.share ?? 0.98) * calls * 50 * seconds && r.judged.p99 <= (row.knee_ms ?? KNEE_MS) * 1000;
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
  const house = row.floor ? await floor() : await gateway(row);
  try {
    const k = fixed ? { knee: 0, at80: await point(house, row, fixed), points: [] } : await knee(house, row);
    const r = k.at80;
    writeFileSync(join(keep, `${stamp}-${row.name}.json`), JSON.stringify({ row: row.name, what: row.what, machine, commit, seconds, ...k }));
    table.push(`| ${row.what} | ${fixed ? '–' : `${k.knee}${k.limit ? '' : '+'}`} | ${r ? `${r.calls}${r.void ? ' (void)' : ''}` : '–'} | ${r?.cpu_ms_per_call_s ?? '–'} | `
      + `${three(r?.up)} | ${three(r?.down)} | ${r?.kb_per_call ?? '–'} |`);
  } finally {
    await house.stop();
  }
}
console.log(`\n${machine}, ${commit}, ${new Date().toISOString().slice(0, 10)}; ${seconds} s a point; raw histograms in ${keep}/${stamp}-*.json\n`);
console.log('| load | calls at the knee | measured at | CPU ms per call-second | up, p50 / p90 / p99 / p99.9 ms | down | KB per call |\n|---|---|---|---|---|---|---|');
console.log(table.join('\n'));
