// Speech of the installed voices as it arrives over a telephone line; made once
// and kept in var/cache/hearing.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cache = 'var/cache/hearing';
mkdirSync(cache, { recursive: true });

export const run = (cmd, args, input) => execFileSync(cmd, args, { input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });

function speak(voice, text, wav) {
  if (voice.startsWith('es-')) return run('espeak-ng', ['-v', `es-419+${voice.slice(3)}`, '-s', '135', '-p', '40', '-w', wav, text]);
  if (voice.startsWith('espeak')) return run('espeak-ng', ['-v', `en-us${voice.slice(6).replace('-', '+')}`, '-s', '150', '-w', wav, text]);
  if (voice !== 'hts') return run('flite', ['-voice', voice, '-t', text, '-o', wav]);
  writeFileSync(`${wav}.txt`, text);
  return run('text2wave', ['-eval', '(voice_cmu_us_slt_arctic_hts)', '-o', wav, `${wav}.txt`]);
}

const rms = (wav) => Number(/RMS lev dB\s+(-?[\d.]+)/.exec(run('sh', ['-c', `sox ${wav} -n stats 2>&1`]).toString())[1]);

// text: a sentence, or several with milliseconds of silence between them.
// Telephone band, -22 dBov, silence around it, noise over all of it, mu-law.
export function clip(voice, line, text) {
  const base = join(cache, createHash('sha256').update(`2|${voice}|${line}|${text}`).digest('hex').slice(0, 24));
  if (existsSync(`${base}.wav`)) return `${base}.wav`;
  const parts = [].concat(text).map((part, i) => {
    const wav = `${base}.${i}.wav`;
    if (typeof part === 'number') run('sox', ['-R', '-n', '-r', '8000', '-b', '16', wav, 'trim', '0', String(part / 1000)]);
    else {
      speak(voice, part, `${base}.said.wav`);
      run('sox', ['-R', `${base}.said.wav`, '-r', '8000', '-c', '1', '-b', '16', wav,
        'silence', '1', '0.01', '0.1%', 'reverse', 'silence', '1', '0.01', '0.1%', 'reverse']);
    }
    return wav;
  });
  run('sox', ['-R', ...parts, `${base}.tel.wav`, 'sinc', '300-3400', 'norm', '-6']);
  const gain = -22 - rms(`${base}.tel.wav`);
  run('sox', ['-R', `${base}.tel.wav`, `${base}.level.wav`, 'gain', String(gain), 'pad', '0.6', '0.9']);
  const noise = /^noise(\d+)$/.exec(line);
  if (noise) {
    const seconds = run('soxi', ['-D', `${base}.level.wav`]).toString().trim();
    run('sox', ['-R', '-n', '-r', '8000', '-b', '16', `${base}.raw.wav`, 'synth', seconds, 'pinknoise', 'sinc', '300-3400']);
    const down = -22 - Number(noise[1]) - rms(`${base}.raw.wav`);
    run('sox', ['-R', '-m', '-v', '1', `${base}.level.wav`, '-v', String(10 ** (down / 20)), `${base}.raw.wav`, '-e', 'mu-law', `${base}.new.wav`]);
  } else {
    run('sox', ['-R', `${base}.level.wav`, '-e', 'mu-law', `${base}.new.wav`]);
  }
  for (const f of [...parts, ...['said', 'tel', 'level', 'raw', 'said.wav.txt'].map((p) => `${base}.${p}${p.endsWith('txt') ? '' : '.wav'}`)]) rmSync(f, { force: true });
  renameSync(`${base}.new.wav`, `${base}.wav`);
  return `${base}.wav`;
}

