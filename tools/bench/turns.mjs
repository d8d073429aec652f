// How long a caller waits for an answer, and how fast our speech stops when he
// interrupts: measured by callsim at its own play-out, over whole calls with
// real audio through the real gateway. node tools/bench/turns.mjs [CALLS]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

const calls = Number(process.argv[2] ?? 4);
const dir = mkdtempSync('/tmp/nb-bench-');
const up = spawn('tools/demo/up.sh', [], { env: { ...process.env, NB_DIR: dir }, stdio: ['pipe', 'pipe', 'inherit'] });
const stopped = new Promise((done) => up.on('exit', done));
const line = await Promise.race([
  new Promise((done) => readline.createInterface(up.stdout).once('line', done)), stopped]);
if (typeof line !== 'string') process.exit(1);
const env = JSON.parse(line);

function call(caller, from) {
  const child = spawn('build/callsim', ['call', caller, '--to', env.number, '--from', from,
    '--voice-url', `https://${env.host}/twilio/voice`, '--connect', env.carrier, '--ca', join(dir, 'tls/ca.pem'),
    '--auth-token', env.token, '--account', env.account, '--json', '--deadline', '150'],
  { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (d) => { out += d; });
  return new Promise((done) => child.on('exit', (code) => done({
    code, events: out.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l)),
  })));
}

const figures = new Map();
const note = (name, ms) => { if (ms != null) figures.set(name, [...(figures.get(name) ?? []), ms]); };
let broken = 0, n = 0;
for (const caller of ['polite-booker', 'interrupter']) {
  for (let i = 0; i < calls; i++) {
    const r = await call(caller, `+1415555${String(2000 + n++)}`);
    if (r.code) broken++;
    for (const e of r.events) {
      if (e.event === 'turn') {
        note('end of speech to first audio of the reply', e.interrupts ? null : e.reply_ms);
        note('voice onset to silence', e.interrupts ? e.stop_ms : null);
      }
      if (e.event === 'call.ended') {
        note('longest silence of a call', e.longest_silence_ms);
        note('gaps in our speech per call', e.gaps);
        note('clicks per call', e.clicks);
        note('lateness of callsim itself', e.own_delay_ms);
      }
    }
  }
}
up.stdin.end();
await stopped;
rmSync(dir, { recursive: true, force: true });

const at = (v, q) => v[Math.min(v.length - 1, Math.floor(q * v.length))];
console.log(`${2 * calls} calls one after the other, ${cpus().length} × ${cpus()[0].model}; ${broken} went wrong\n`);
console.log('| at the caller\'s ear | n | p50 | p90 | max |\n|---|---|---|---|---|');
for (const [name, all] of figures) {
  const v = all.slice().sort((a, b) => a - b);
  const unit = / per call$/.test(name) ? '' : ' ms';
  console.log(`| ${name} | ${v.length} | ${at(v, 0.5)}${unit} | ${at(v, 0.9)}${unit} | ${v.at(-1)}${unit} |`);
}
process.exit(broken ? 1 : 0);
