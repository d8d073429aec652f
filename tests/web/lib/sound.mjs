// What the microphone's file holds: spoken words at their times, silence else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const RATE = 48000;

/** The words, spoken, as 48 kHz samples. */
export function say(words) {
  const dir = mkdtempSync('/tmp/nb-say-');
  execFileSync('text2wave', ['-o', join(dir, 'x.wav'), '-eval', '(voice_cmu_us_slt_arctic_hts)'], { input: words });
  const wav = readFileSync(join(dir, 'x.wav'));
  rmSync(dir, { recursive: true, force: true });
  const rate = wav.readUInt32LE(24);
  const at = wav.indexOf('data') + 8;
  const n = (wav.length - at) >> 1;
  const out = new Int16Array(Math.floor((n * RATE) / rate));
  for (let i = 0; i < out.length; i++) {
    const x = (i * rate) / RATE, k = Math.floor(x), f = x - k;
    const a = wav.readInt16LE(at + 2 * k), b = k + 1 < n ? wav.readInt16LE(at + 2 * k + 2) : a;
    out[i] = a + f * (b - a);
  }
  return out;
}

/** A WAV file of so many seconds: [[second, samples], …]. */
export function place(seconds, pieces) {
  const wav = Buffer.alloc(44 + seconds * RATE * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  for (const [second, samples] of pieces) samples.forEach((x, i) => wav.writeInt16LE(x, 44 + 2 * (Math.round(second * RATE) + i)));
  return wav;
}
