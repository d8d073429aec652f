// Starts the real thing (PostgreSQL, callsim, nightbell) in a folder of its
// own on free ports, and stops it. Talks to it as the carrier and as people do.
import { spawn, execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { dirname, join } from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import WebSocket from 'ws';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const run = promisify(execFile);
/** NB_BUILD=build/san runs everything under the sanitizers. */
export const build = process.env.NB_BUILD ?? 'build';

/** Everything up; options: {set: {'media.token_s': 1}, callsim: ['--quirk', …]}. */
export async function up(options = {}) {
  // Unix sockets allow 107 bytes of path: not under the (maybe deep) project.
  const dir = mkdtempSync('/tmp/nb-e2e-');
  const set = Object.entries(options.set ?? {}).map(([k, v]) => `${k}=${v}`).join(' ');
  const child = spawn('tools/demo/up.sh', [], {
    cwd: root, env: { ...process.env, NB_DIR: dir, NB_SET: set, NB_CALLSIM: (options.callsim ?? []).join(' ') }, stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (d) => { errors += d; });
  const gone = new Promise((done) => child.on('exit', done));
  const line = await Promise.race([
    new Promise((done) => readline.createInterface(child.stdout).once('line', done)),
    gone.then((code) => { throw new Error(`up.sh ended with ${code}:\n${errors}`); }),
  ]);
  const env = JSON.parse(line);
  env.stop = async () => {
    child.stdin.end();
    await gone;
    const log = readFileSync(join(dir, 'nightbell.log'), 'utf8');
    const broken = /.*(Sanitizer|runtime error:).*/.exec(log);
    if (broken) throw new Error(`${broken[0]}\n${log.slice(broken.index, broken.index + 4000)}`);
    if (!process.env.NB_KEEP) rmSync(dir, { recursive: true, force: true });
  };
  env.ca = readFileSync(join(dir, 'tls/ca.pem'));
  env.log = () => readFileSync(join(dir, 'nightbell.log'), 'utf8');
  return env;
}

/** Rows of a query as objects. */
export async function rows(env, sql) {
  const { stdout } = await run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c',
    `select coalesce(json_agg(t), '[]') from (${sql}) t`], { cwd: root });
  return JSON.parse(stdout);
}

/** Polls a query until it gives what is wanted; fails after some seconds. */
export async function until(env, sql, ok, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const got = await rows(env, sql);
    if (ok(got)) return got;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${sql}\nlast: ${JSON.stringify(got)}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** A call by callsim. Resolves to {code, events, output}. */
export function call(env, caller, args = []) {
  const child = spawn(`${build}/callsim`, ['call', caller, '--to', env.number,
    '--voice-url', `https://${env.host}/twilio/voice`, '--connect', env.carrier, '--ca', join(env.dir, 'tls/ca.pem'),
    '--auth-token', env.token, '--account', env.account, '--json', '--deadline', '150', ...args],
  { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '', errors = '';
  child.stdout.on('data', (d) => { output += d; });
  child.stderr.on('data', (d) => { errors += d; });
  return new Promise((done) => child.on('exit', (code) => done({
    code, errors, output,
    events: output.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l)),
  })));
}

export function sign(token, url, params = {}) {
  const data = url + Object.keys(params).sort().map((k) => k + params[k]).join('');
  return createHmac('sha1', token).update(data).digest('base64');
}

/** A webhook as the carrier sends it. -> {status, body} */
export function webhook(env, path, params, headers = {}, method = 'POST') {
  const body = new URLSearchParams(params).toString();
  const [host, port] = env.carrier.split(':');
  return new Promise((done, fail) => {
    const req = https.request({
      host, port, path, method, ca: env.ca, servername: env.host,
      agent: headers.connection === 'close' ? false : undefined, // else it may take one that the server is closing
      headers: {
        host: env.host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body),
        'x-twilio-signature': sign(env.token, `https://${env.host}${path}`, params), ...headers,
      },
    }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done({ status: res.statusCode, body: text }));
    });
    req.on('error', fail);
    req.end(body);
  });
}

export const sid = (kind) => kind + randomBytes(16).toString('hex');

/** The form of a call that comes in. */
export const form = (env, more = {}) => ({
  CallSid: sid('CA'), AccountSid: env.account, From: '+14155550177', To: env.number,
  CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01', ...more,
});

/** Goes as far as the TwiML that connects the stream. */
export async function missed(env, more = {}) {
  const f = form(env, more);
  await webhook(env, '/twilio/voice', f);
  const r = await webhook(env, '/twilio/dial', { ...f, CallStatus: 'in-progress', DialCallStatus: 'no-answer', DialCallSid: sid('CA') });
  const url = /<Stream[^>]* url="([^"]+)"/.exec(r.body)?.[1];
  const token = /<Parameter name="token" value="([^"]+)"/.exec(r.body)?.[1];
  return { form: f, url, token, twiml: r.body };
}

/** A media socket; messages and the close code are kept. */
export function socket(env, url, { signature, headers = {} } = {}) {
  const [host, port] = env.carrier.split(':');
  const u = new URL(url);
  const ws = new WebSocket(`wss://${host}:${port}${u.pathname}`, {
    ca: env.ca, servername: env.host, perMessageDeflate: false,
    headers: { host: env.host, 'x-twilio-signature': signature ?? sign(env.token, url), ...headers },
  });
  const s = { ws, messages: [] };
  ws.on('message', (d) => s.messages.push(JSON.parse(d)));
  s.opened = new Promise((done) => {
    ws.on('open', () => done(101));
    ws.on('unexpected-response', (req, res) => { done(res.statusCode); req.destroy(); });
    ws.on('error', () => done(0));
  });
  s.closed = new Promise((done) => ws.on('close', (code) => done(code)));
  s.send = (m) => ws.send(typeof m === 'string' ? m : JSON.stringify(m));
  return s;
}

export const startMessage = (m, streamSid, env) => ({
  event: 'start', sequenceNumber: '1', streamSid,
  start: {
    streamSid, accountSid: env.account, callSid: m.form.CallSid, tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: { token: m.token },
  },
});
