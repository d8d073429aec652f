// A model to talk with: OpenAI's Realtime as provsim serves it, over TLS, and
// callers for it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import readline from 'node:readline';
import { build, call, root, rows, run, up } from './lib.mjs';

/** The provider; events are kept, fault() says what goes wrong next. */
async function provider(dir) {
  await run('tools/mkcert.sh', [dir, '127.0.0.1'], { cwd: root });
  const child = spawn(`${build}/provsim`, ['--listen', '127.0.0.1:0', '--json', '--api-key', 'good',
    '--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem'),
    '--library', 'var/speech/libonnxruntime.so', '--models', 'var/speech'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const events = [];
  const ready = new Promise((done) => readline.createInterface(child.stdout).on('line', (l) => {
    const e = JSON.parse(l);
    events.push(e);
    if (e.event === 'ready') done(e.port);
  }));
  const port = await ready;
  const fault = (body) => run('curl', ['-sf', '--cacert', join(dir, 'ca.pem'), '-d', body, `https://127.0.0.1:${port}/sim/faults`]);
  return { events, port, fault, stop: () => child.kill(), of: (name) => events.filter((e) => e.event === name) };
}

const settings = (dir, sim) => (more = {}) => ({
  'assistant.kind': 'openai', 'openai.api_key': 'good', 'openai.api_url': `wss://127.0.0.1:${sim.port}`,
  'openai.api_ca': join(dir, 'ca.pem'), ...more,
});


/** A call of a caller with these answers; faults of callsim are told. */
async function talk(dir, where, from, body, args = []) {
  const file = join(dir, `c${from}.json`);
  writeFileSync(file, JSON.stringify({ name: `c${from.slice(-3)}`, from, voice: 'flite:slt', ...body }));
  const r = await call(where, file, args);
  r.heard = r.events.filter((e) => e.event === 'heard').map((e) => e.text).join(' | ');
  return r;
}
const segments = (env) => (from) => rows(env, `
  select t.seq, t.leg, t.text, t.heard, t.final from transcript_segments t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
  where c.caller = '${from}' order by t.stream, t.seq`);
export const booked = (where, from) => rows(where, `
  select s.name as service, a.name, a.status from appointments a join services s on (s.business_id, s.id) = (a.business_id, a.service_id)
  join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id) where l.phone = '${from}'`);


/** The provider, a gateway that uses it, and what one does with them. */
export async function house() {
  const dir = mkdtempSync('/tmp/nb-realtime-');
  const sim = await provider(dir);
  const set = settings(dir, sim);
  const env = await up({ set: set() });
  return {
    dir, sim, env, settings: set, segments: segments(env), talk: (...args) => talk(dir, ...args),
    stop: async () => {
      await env.stop();
      sim.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const books = [
  { hears: 'suit|time at|does that', say: ['Yes, that is fine.'] },
  { hears: 'your name', say: ['Robert Allen.'] },
  { hears: 'anything else', say: ['No, goodbye.'] },
  { hears: 'help|hope|can i do|still there', say: ['My furnace is broken.'] },
];
/** Also what the script asks. */
export const either = [
  { hears: 'is it about|do furnace', say: ['My furnace is broken.'] },
  { hears: 'good ?bye|on its way', do: [{ silent_ms: 500 }] },
  { hears: 'text', say: ['Yes.'] },
  { hears: 'suit|have a time|does that', say: ['Yes, that is fine.'] },
  { hears: 'day|time|when', say: ['Thursday at ten in the morning.'] },
  { hears: 'i heard|is that right|shall i|work for you|book', say: ['Yes, that is right.'] },
  { hears: 'name', say: ['My name is Robert Allen.'] },
  { hears: 'address', say: ['Forty two Oak Avenue.'] },
  { hears: 'anything else', say: ['No, thank you.'] },
  { hears: 'help|hope|can i do|you need|simple|still there', say: ['My furnace is broken.'] },
];
