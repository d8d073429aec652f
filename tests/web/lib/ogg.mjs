// Pages of Ogg: a short recording becomes that of an hour's call, of the very
// pages that the gateway wrote, so that a player cannot have all of it at once.

const CRC = Uint32Array.from({ length: 256 }, (_, i) => {
  let x = i << 24;
  for (let k = 0; k < 8; k++) x = (x << 1) ^ (x < 0 ? 0x04c11db7 : 0);
  return x;
});

/** The checksum of a page whose own field is 0 (RFC 3533, 6). */
function crc(page) {
  let x = 0;
  for (const b of page) x = ((x << 8) ^ CRC[((x >>> 24) ^ b) & 255]) >>> 0;
  return x;
}

function pages(file) {
  const list = [];
  for (let at = 0; at < file.length;) {
    if (file.toString('latin1', at, at + 4) !== 'OggS') throw new Error(`no page at ${at}`);
    const segments = file.subarray(at + 27, at + 27 + file[at + 26]);
    const len = 27 + segments.length + segments.reduce((sum, n) => sum + n, 0);
    list.push(file.subarray(at, at + len));
    at += len;
  }
  return list;
}
const granule = (page) => Number(page.readBigInt64LE(6));

/**
 * The file again and again -> {file, period}: seconds after which it begins
 * anew. Its last page, which is shorter than others, is left out.
 */
export function again(file, times) {
  const [head, tags, ...all] = pages(file);
  const audio = all.slice(0, -1);
  const period = granule(audio.at(-1));
  const out = [head, tags];
  for (let k = 0; k < times; k++)
    audio.forEach((from, i) => {
      const page = Buffer.from(from);
      page[5] = k === times - 1 && i === audio.length - 1 ? 4 : 0; // the end of the stream
      page.writeBigInt64LE(BigInt(granule(from) + k * period), 6);
      page.writeUInt32LE(out.length, 18);
      page.writeUInt32LE(0, 22);
      page.writeUInt32LE(crc(page), 22);
      out.push(page);
    });
  return { file: Buffer.concat(out), period: period / 48000 };
}
