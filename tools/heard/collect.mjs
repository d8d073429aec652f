// Makes the tables of what the recogniser hears: tests/unit/dialog/heard/
// tune.tsv and held.tsv. Synthesised voices say lines.tsv over a telephone
// line (300-3400 Hz, mu-law, quiet or with pink noise), the project's own
// recogniser writes down what it hears, with the lists that the assistant
// gives it for such an answer (expect/KIND.txt).
//
//   node tools/heard/collect.mjs [--program build/nightbell] [--set held] [--config FILE]
//
// It needs flite, festival with us_slt_hts, espeak-ng, sox and the files of
// "make speech-files". Two of the voices never speak twice alike, so a second
// run gives slightly other texts. The voices of one set are not in the other
// one, and no rule may be changed because of what a "held" row says.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const arg = (name) => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? undefined : process.argv[i + 1];
};
const program = arg('program') ?? join(root, 'build/nightbell');
const config = arg('config') ? ['--config', arg('config')] : [];
const RATE = 8000;

const flite = (voice, stretch, pitch) => (text, wav) => ['flite', '-voice', voice,
  '--setf', `duration_stretch=${stretch}`, ...(pitch ? ['--setf', `int_f0_target_mean=${pitch}`] : []),
  '-t', text, '-o', wav];
const espeak = (voice, speed, pitch) => (text, wav) => ['espeak-ng', '-v', voice, '-s', String(speed), '-p', String(pitch), '-w', wav, text];
const festival = (rate) => (text, wav) => {
  writeFileSync(`${wav}.txt`, text);
  return ['text2wave', `${wav}.txt`, '-o', wav, '-eval', '(voice_cmu_us_slt_arctic_hts)',
    '-eval', `(set! hts_engine_params (append hts_engine_params '(("-r" ${rate}))))`];
};

const voices = {
  tune: {
    awb: flite('awb', 1.05), kal: flite('kal', 1.1), 'awb-slow': flite('awb', 1.25),
    'espeak-m3': espeak('en-us+m3', 140, 45), 'kal-low': flite('kal16', 1.05, 85), 'espeak-f2': espeak('en-us+f2', 130, 55),
  },
  held: {
    rms: flite('rms', 1), slt: flite('slt', 1.05), hts: festival(1),
    'espeak-m1': espeak('en-us+m1', 135, 40), 'rms-fast': flite('rms', 0.88), 'hts-slow': festival(0.9),
  },
};
// Which voice says a line where: of the set's six, by the line's number.
const lines = [['quiet', null, 0], ['quiet', null, 1], ['noise15', 15, 2], ['noise10', 10, 4]];

// A small generator with a seed: the same noise every time.
function chance(seed) {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2147483648 - 1;
  };
}

function pink(n, seed) {
  const white = chance(seed), out = new Float64Array(n);
  let b0 = 0, b1 = 0, b2 = 0;
  for (let i = 0; i < n; i++) {
    const w = white();
    b0 = 0.99765 * b0 + w * 0.0990460;
    b1 = 0.96300 * b1 + w * 0.2965164;
    b2 = 0.57000 * b2 + w * 1.0526913;
    out[i] = b0 + b1 + b2 + w * 0.1848;
  }
  return out;
}

const rms = (v) => Math.sqrt(v.reduce((a, x) => a + x * x, 0) / (v.length || 1));

// There and back through G.711 mu-law.
function mulaw(x) {
  const sign = x < 0 ? -1 : 1, m = Math.min(Math.abs(x), 32635) + 132;
  const e = Math.floor(Math.log2(m)) - 7, step = 2 ** (e + 3);
  return sign * (Math.floor(m / step) * step + step / 2 - 132);
}

function wave(samples) {
  const b = Buffer.alloc(44 + samples.length * 2);
  b.write('RIFF', 0);
  b.writeUInt32LE(36 + samples.length * 2, 4);
  b.write('WAVEfmt ', 8);
  b.writeUInt32LE(16, 16);
  b.writeUInt16LE(1, 20);
  b.writeUInt16LE(1, 22);
  b.writeUInt32LE(RATE, 24);
  b.writeUInt32LE(RATE * 2, 28);
  b.writeUInt16LE(2, 32);
  b.writeUInt16LE(16, 34);
  b.write('data', 36);
  b.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((x, i) => b.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(x))), 44 + i * 2));
  return b;
}

// Over the line: band, level -20 dBov, noise at snr dB below it, mu-law.
function line(wav, snr, seed) {
  const raw = execFileSync('sox', ['-R', wav, '-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1', '-r', String(RATE), '-',
    'sinc', '300-3400', 'pad', '0.4', '0.9'], { maxBuffer: 1 << 26 });
  const v = new Float64Array(raw.length / 2);
  for (let i = 0; i < v.length; i++) v[i] = raw.readInt16LE(i * 2);
  const loud = v.filter((x) => Math.abs(x) > 200), gain = 3276.8 / rms(loud);
  for (let i = 0; i < v.length; i++) v[i] *= gain;
  if (snr !== null) {
    const noise = pink(v.length, seed), g = 3276.8 / 10 ** (snr / 20) / rms(noise);
    for (let i = 0; i < v.length; i++) v[i] += noise[i] * g;
  }
  return wave(v.map(mulaw));
}

const clips = readFileSync(join(here, 'lines.tsv'), 'utf8').split('\n')
  .filter((l) => l && !l.startsWith('#'))
  .map((l) => { const [set, kind, expected, said] = l.split('\t'); return { set, kind, expected, said }; });
const lists = { newname: 'name', spelled: 'name', newaddress: 'address', intent: 'open' };

for (const set of ['tune', 'held']) {
  if (arg('set') && arg('set') !== set) continue;
  const dir = mkdtempSync(join(tmpdir(), 'nb-heard-')), names = Object.keys(voices[set]), rows = [];
  const mine = clips.filter((c) => c.set === set);
  mine.forEach((c, k) => {
    for (const [name, snr, turn] of lines) {
      if (snr === 10 && k % 3) continue;
      const voice = names[(k + turn * 2 + Math.floor(k / 6)) % names.length], wav = join(dir, `${rows.length}.wav`);
      const [cmd, ...args] = voices[set][voice](c.said, wav);
      const r = spawnSync(cmd, args, { stdio: 'ignore' });
      if (r.status !== 0) throw new Error(`${cmd} failed on "${c.said}"`);
      writeFileSync(wav, line(wav, snr, rows.length + 1));
      rows.push({ ...c, voice, line: name, wav, heard: [], source: 'none' });
    }
  });
  for (const kind of new Set(mine.map((c) => c.kind))) {
    const some = rows.filter((r) => r.kind === kind);
    const out = execFileSync(program, ['transcribe', ...some.map((r) => r.wav), '--json', '--expect',
      join(here, 'expect', `${lists[kind] ?? kind}.txt`), ...config], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
    for (const l of out.split('\n').filter(Boolean)) {
      const e = JSON.parse(l), row = some.find((r) => r.wav === e.file);
      row.heard.push(e.text);
      row.source = row.heard.length > 1 && row.source === 'none' ? 'none' : e.source;
    }
    console.error(`${set} ${kind}: ${some.length}`);
  }
  rmSync(dir, { recursive: true });
  writeFileSync(join(root, 'tests/unit/dialog/heard', `${set}.tsv`), [
    '# Made by tools/heard/collect.mjs: what voices said and what our recogniser heard.',
    '# set\tvoice\tline\tsource\tkind\texpected\tsaid\theard',
    ...rows.map((r) => [set, r.voice, r.line, r.source, r.kind, r.expected, r.said, r.heard.join(' ').replace(/\s+/g, ' ')].join('\t')),
  ].join('\n') + '\n');
}
