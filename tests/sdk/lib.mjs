// Starts callsim and listens where it calls: what both sides say is kept.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import twilio from 'twilio';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const callsim = process.env.CALLSIM ?? join(root, 'build/callsim');
export const printTwiml = process.env.PRINT_TWIML ?? join(root, 'build/print_twiml');
export const account = 'AC' + '0'.repeat(31) + '1';
export const token = '12345';

/** Runs callsim (or another program) to its end. -> {code, out, err} */
export async function run(args, input, program = callsim) {
  const child = spawn(program, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stderr.on('data', (d) => { err += d; });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, out, err };
}

/** callsim serve on a free port; events come as they are told. */
export async function serve(args = []) {
  const child = spawn(callsim, ['serve', '--api-listen', '127.0.0.1:0', '--account', account,
    '--auth-token', token, '--json', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const events = [], waiting = [];
  readline.createInterface(child.stdout).on('line', (l) => {
    events.push(JSON.parse(l));
    for (const w of [...waiting]) w();
  });
  const event = (name, match = () => true, ms = 10000) => new Promise((done, fail) => {
    const look = () => {
      const e = events.find((x) => x.event === name && match(x));
      if (!e) return;
      waiting.splice(waiting.indexOf(look), 1);
      clearTimeout(timer);
      done(e);
    };
    const timer = setTimeout(() => fail(new Error(`no event ${name} in ${ms} ms`)), ms);
    waiting.push(look);
    look();
  });
  const { url } = await event('api.listening');
  return { url, events, event, stop: async () => { child.kill(); await once(child, 'close'); } };
}

/** A server that answers what pages say and keeps every request. */
export async function listener(pages = {}) {
  const requests = [], upgrades = [], waiting = [];
  const told = () => { for (const w of [...waiting]) w(); };
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (d) => { body += d; });
    req.on('end', () => {
      const params = Object.fromEntries(new URLSearchParams(body));
      requests.push({ method: req.method, path: req.url, headers: req.headers, body, params });
      const page = pages[req.url.split('?')[0]];
      const text = typeof page === 'function' ? page(params) : page;
      res.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/xml' });
      res.end(text ?? '');
      told();
    });
  });
  server.on('upgrade', (req, socket) => {
    upgrades.push({ path: req.url, headers: req.headers });
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${server.address().port}`;
  const until = (ok, ms = 10000) => new Promise((done, fail) => {
    const look = () => {
      if (!ok(requests)) return;
      waiting.splice(waiting.indexOf(look), 1);
      clearTimeout(timer);
      done(requests);
    };
    const timer = setTimeout(() => fail(new Error(`requests so far: ${requests.map((r) => r.path)}`)), ms);
    waiting.push(look);
    look();
  });
  return { base, requests, upgrades, until, stop: () => server.close() };
}

/** The vendor's client, pointed at callsim instead of its own host. */
export function client(url, auth = token) {
  class Here extends twilio.RequestClient {
    request(opts) {
      return super.request({ ...opts, uri: opts.uri.replace('https://api.twilio.com', url) });
    }
  }
  return twilio(account, auth, { httpClient: new Here() });
}
