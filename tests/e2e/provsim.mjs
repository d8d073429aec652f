// Starts provsim over TLS on a free port, with the local recogniser in it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import readline from 'node:readline';
import { build, root, run } from './lib.mjs';

/** {port, ca, events, stats(), faults(text), stop()}; real: recognises speech. */
export async function provsim({ args = [], real = true } = {}) {
  const dir = mkdtempSync('/tmp/nb-provsim-');
  await run('tools/mkcert.sh', [dir, 'localhost'], { cwd: root });
  const models = real ? ['--library', 'var/speech/libonnxruntime.so', '--models', 'var/speech'] : [];
  const child = spawn(`${build}/provsim`, ['--listen', '127.0.0.1:0', '--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem'),
    '--json', ...models, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const sim = { events: [], ca: join(dir, 'ca.pem'), dir, errors: '' };
  child.stderr.on('data', (d) => { sim.errors += d; });
  const gone = new Promise((done) => child.on('exit', done));
  await Promise.race([
    new Promise((done) => readline.createInterface(child.stdout).on('line', (line) => {
      sim.events.push(JSON.parse(line));
      done();
    })),
    gone.then((code) => { throw new Error(`provsim ended with ${code}: ${sim.errors}`); }),
  ]);
  sim.port = sim.events[0].port;
  const ask = (method, path, body = '') => new Promise((done, fail) => {
    const req = https.request({ host: '127.0.0.1', servername: 'localhost', port: sim.port, ca: readFileSync(sim.ca), method, path,
      headers: { 'content-length': Buffer.byteLength(body) } }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done({ status: res.statusCode, body: text }));
    });
    req.on('error', fail);
    req.end(body);
  });
  sim.stats = async () => JSON.parse((await ask('GET', '/sim/stats')).body);
  sim.faults = async (text) => { if ((await ask('POST', '/sim/faults', text)).status !== 200) throw new Error(`faults: ${text}`); };
  sim.stop = async () => {
    child.kill('SIGTERM');
    const code = await gone;
    rmSync(dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`provsim ended with ${code}: ${sim.errors}`);
  };
  return sim;
}

/** The options that send the gateway's recognition there. */
export const deepgram = (sim, more = {}) => ({
  'speech.stt': 'deepgram', 'deepgram.api_key': 'provsim', 'deepgram.api_url': `wss://localhost:${sim.port}`,
  'deepgram.api_ca': sim.ca, ...more,
});
