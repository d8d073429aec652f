// Starts provsim without models: words are in the samples (docs/provsim.md).
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.PROVSIM ?? join(root, 'build/provsim');

/** {port, events, stop()} */
export async function provsim(args = []) {
  const child = spawn(program, ['--listen', '127.0.0.1:0', '--json', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((done) => child.on('exit', done));
  const events = [];
  await new Promise((done, fail) => {
    readline.createInterface(child.stdout).on('line', (l) => { events.push(JSON.parse(l)); done(); });
    gone.then((code) => fail(new Error(`provsim ended with ${code}`)));
  });
  return { port: events[0].port, events, stop: async () => { child.kill(); return gone; } };
}

function crc16(bits) {
  let crc = 0xffff;
  for (const bit of bits) crc = ((crc << 1) ^ (((crc >> 15) ^ bit) & 1 ? 0x1021 : 0)) & 0xffff;
  return crc;
}
const bitsOf = (value, n) => Array.from({ length: n }, (_, i) => Number((BigInt(value) >> BigInt(n - 1 - i)) & 1n));

/** μ-law with a word per 10 ms (0: none), numbered from block on. */
export function coded(words, block = 0, silence = 0xff) {
  const out = Buffer.alloc(words.length * 80, silence);
  words.forEach((word, i) => {
    const data = [...bitsOf(block + i, 32), ...bitsOf(word, 16)];
    const bits = [...bitsOf(0xa5c3, 16), ...data, ...bitsOf(crc16(data), 16)];
    bits.forEach((bit, k) => { out[i * 80 + k] = (out[i * 80 + k] & 0xfe) | bit; });
  });
  return out;
}
