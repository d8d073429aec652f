// Houses: what tools/bench measures, started on free ports and pinned to a
// core, with what puts the load on it.
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

const build = process.env.NB_BUILD ?? 'build';
const MEASURED = '0', OTHERS = cpus().length > 1 ? `1-${cpus().length - 1}` : '0';
// What measures must not wait for what it measures: root's load generator goes first on its core.
const FIRST = process.getuid() ? [] : ['chrt', '--rr', '1'];

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});
const pin = (core, pid) => execFileSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' });
export const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);

/** The floor: a bare relay. */
export async function floor() {
  const [port, provider] = [await freePort(), await freePort()];
  const child = spawn('taskset', ['-c', MEASURED, `${build}/benchrelay`, String(port), String(provider)], { stdio: 'inherit' });
  await pause(200);
  return { pid: child.pid, port, provider, args: [], lines: async () => '', lag: async () => null, settle: () => pause(300),
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

/** One call from the page as far as its socket. A page signs nothing; its token comes from the API. */
async function page(env) {
  const res = await fetch(`http://${env.dashboard}/api/v1/browser-call`, { method: 'POST', body: '{}',
    headers: { authorization: `Bearer ${env.key}`, 'content-type': 'application/json' } });
  const text = await res.text();
  if (!res.ok) throw new Error(`no call from the page: ${res.status} ${text}`);
  const { path, token, call } = JSON.parse(text);
  return `${path} - ${token} ${call}\n`;
}

async function many(env, one, n) {
  const out = [];
  let left = n;
  await Promise.all(Array.from({ length: 8 }, async () => { while (left-- > 0) out.push(await one(env)); }));
  return out.join('');
}

async function metric(env, name) {
  const text = await (await fetch(`http://${env.ops}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
}

/** A histogram of the worker's: [[upper bound, s], how many so far]. */
async function buckets(env, name) {
  const text = await (await fetch(`http://${env.ops}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\S+)`, 'gm'))].map((m) => [m[1], Number(m[2])]);
}

/** The whole gateway with its database; its one media worker has a core. */
export async function gateway(row, logFile) {
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
  if (row.sql) execFileSync('tools/pg', ['psql', join(dir, 'pg'), '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', row.sql]);
  env.port = Number((row.page ? env.dashboard : env.carrier).split(':')[1]);
  env.agent = new (tls ? https : http).Agent({ keepAlive: true, maxSockets: 8 });
  if (tls) {
    env.ca = readFileSync(join(dir, 'tls/ca.pem'));
    args.push('--host', env.host, '--ca', join(dir, 'tls/ca.pem'), '--cert', join(dir, 'ptls/cert.pem'), '--key', join(dir, 'ptls/key.pem'));
  } else args.push('--host', row.page ? env.dashboard : env.host);
  if (row.page) {
    args.push('--page');
    env.key = execFileSync(`${build}/nightbell`, ['token', 'owner@harbor.test', '--role', 'staff', '--config', join(dir, 'nightbell.yaml')]).toString().trim();
  }
  env.ops = /ops:\s*\n\s*listen: (\S+)/.exec(readFileSync(join(dir, 'nightbell.yaml'), 'utf8'))[1];
  const pid = children(env.pid).find((p) => /\0media\0/.test(readFileSync(`/proc/${p}/cmdline`, 'latin1')));
  if (!pid) throw new Error('no media worker found');
  pin(MEASURED, pid);
  return { pid, env, port: env.port, provider, args, lines: (n) => many(env, row.page ? page : missed, n), lag: () => buckets(env, 'nightbell_loop_lag_seconds'),
    metric: (name) => metric(env, name),
    // the next point begins when no call is left of the last one
    settle: async () => { for (let i = 0; i < 100 && await metric(env, 'nightbell_calls') > 0; i++) await pause(200); },
    stop: async () => { env.agent.destroy(); up.stdin.end(); await gone; if (logFile) copyFileSync(join(dir, 'nightbell.log'), logFile); rmSync(dir, { recursive: true, force: true }); } };
}

/** Puts calls on a house; extra: more options of benchload. */
export function load(house, row, calls, seconds, extra = []) {
  return spawn('taskset', ['-c', OTHERS, ...FIRST, `${build}/benchload`, '--port', house.port, '--provider', house.provider, '--calls', calls,
    '--pid', house.pid, '--seconds', seconds, '--warm', row.warm ?? 2, '--rate', row.rate ?? 200, ...(row.echo ? ['--echo'] : []), ...house.args, ...extra].map(String),
  { stdio: ['pipe', 'pipe', 'inherit'] });
}
