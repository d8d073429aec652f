// Judges what the loudspeaker of a page was given, against what the decoder
// gave to the page: sample by sample, in the audio thread's own frames. How
// busy the machine was is seen only where the sound itself came too late.

const RATE = 48000;
const MS = RATE / 1000;
const PACKET = 20 * MS;
const SURE = 240; // so many samples alike, not all of them silent, are the same place
export const GAP_MS = 40;

const LOUD = 0.01; // of 10 ms beside a hole: they speak there
const QUIET = 1e-4;
const EDGE_JUMP = 0.06; // sound that begins or breaks off at this height next to silence …
const EDGE_QUIET = 40; // … of so many samples
const SPIKE = 0.25; // one sample that stands out alone

export function floats(base64) {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const rms = (pcm, from, to) => {
  let sum = 0;
  for (let i = Math.max(from, 0); i < to; i++) sum += pcm[i] * pcm[i];
  return Math.sqrt(sum / Math.max(to - from, 1));
};

/** Where in played, at i or behind, given goes on from j; -1: nowhere. */
function find(played, i, given, j) {
  while (j < given.length && given[j] === 0) j++, i++; // silence is found anywhere
  const n = Math.min(SURE, given.length - j);
  for (; i + n <= played.length; i++) {
    let k = 0;
    while (k < n && played[i + k] === given[j + k]) k++;
    if (k === n) return i;
  }
  return -1;
}

/**
 * The silences that the player put between what it was given: [{at: sample of
 * given, frame: of played, samples}]; lost: samples of given that were not
 * played. Behind a gap the sound comes back softly: soft samples may differ.
 */
export function between(played, given, soft = 240) {
  const out = [];
  let i = find(played, 0, given, 0), j = 0;
  while (j < given.length && given[j] === 0) j++;
  if (i < 0) return { out, lost: given.length };
  while (j < given.length) {
    if (played[i] === given[j]) {
      i++, j++;
      continue;
    }
    const again = find(played, i, given, j);
    const softly = find(played, i, given, j + soft);
    if (again < 0 && softly < 0) return { out, lost: given.length - j };
    // The earlier of both: what came back softly is not found unchanged before.
    const hard = again >= 0 && (softly < 0 || again <= softly);
    const to = hard ? again : softly - soft;
    let at = j;
    while (hard && given[at] === 0) at++;
    out.push({ at: j, frame: i, samples: to - i - (at - j) });
    i = hard ? to : softly;
    j = hard ? at : j + soft;
  }
  return { out, lost: 0 };
}

/** Holes in the sound itself: it stops while they speak and goes on so within a second; ms. */
export function holes(pcm) {
  const out = [];
  for (let i = 0, from = -1; i <= pcm.length; i++) {
    if (i < pcm.length && Math.abs(pcm[i]) < QUIET) {
      if (from < 0) from = i;
      continue;
    }
    const n = i - from;
    // 6 ms before it the sound may be dying away, and come back so behind it.
    if (from >= 0 && i < pcm.length && n > GAP_MS * MS && n < RATE
      && rms(pcm, from - 16 * MS, from - 6 * MS) > LOUD && rms(pcm, i + 6 * MS, i + 16 * MS) > LOUD) out.push(n / MS);
    from = -1;
  }
  return out;
}

/** Places (samples) at which it clicks: a sample that stands out, sound that is cut next to silence. */
export function clicks(pcm) {
  const out = [];
  let quiet = EDGE_QUIET, cut = false;
  for (let i = 0; i < pcm.length; i++) {
    const c = pcm[i], b = pcm[i - 1] ?? 0, a = pcm[i - 2] ?? 0;
    const bend = Math.abs(2 * b - a - c) / 2;
    if (Math.abs(c) < QUIET) {
      if (Math.abs(b) > EDGE_JUMP) cut = true;
      if (++quiet >= EDGE_QUIET && cut) {
        out.push(i - EDGE_QUIET);
        cut = false;
      }
      continue;
    }
    if (quiet >= EDGE_QUIET && Math.abs(c) > EDGE_JUMP) out.push(i);
    else if (bend > SPIKE && Math.abs(a) < bend / 8 && Math.abs(c) < bend / 8) out.push(i - 1);
    quiet = 0;
    cut = false;
  }
  return out;
}

/** How loud each utterance is where it is loud, in dB. */
function loudness(given, begins) {
  return begins.map((from, k) => {
    const to = begins[k + 1] ?? given.length;
    const list = [];
    for (let i = from; i + PACKET <= to; i += PACKET) list.push(rms(given, i, i + PACKET));
    list.sort((a, b) => b - a);
    const top = list.slice(0, Math.ceil(list.length / 4));
    return 20 * Math.log10(top.reduce((s, x) => s + x, 0) / top.length + 1e-9);
  });
}

/**
 * whole: of the page (lib/tap.mjs). Utterances begin behind the mark "…-0",
 * which the gateway sends into silence: pauses lie there, gaps nowhere else.
 */
export function judge(whole) {
  const played = floats(whole.played), given = floats(whole.given);
  const begins = [...new Set(whole.marks.filter((m) => m.name.endsWith('-0')).map((m) => m.packets * PACKET))].filter((x) => x < given.length);
  const { out, lost } = between(played, given);
  const gaps = out.filter((g) => !begins.some((x) => g.at >= x && given.subarray(x, g.at).every((v) => v === 0))).map((g) => {
    const packet = Math.floor(g.at / PACKET);
    const { time, decoded } = whole.media[packet] ?? {};
    const dry = whole.from + g.frame / RATE;
    // So much behind the moment at which it was due the packet came into the page, and out of its decoder.
    return { ms: g.samples / MS, packet, later: (time - dry) * 1000, decoded: (decoded - dry) * 1000, heard: rms(given, g.at - 60 * MS, g.at) > LOUD && rms(given, g.at, g.at + 60 * MS) > LOUD };
  });
  const levels = loudness(given, begins);
  const stops = holes(given);
  const mean = levels.reduce((s, x) => s + x, 0) / levels.length;
  return {
    seconds: given.length / RATE,
    energy: rms(played, 0, played.length),
    loud: { given: share(given), played: share(played) },
    lost, gaps, clicks: clicks(played),
    // Stops of the voice itself (before a "p" it is silent) are in both.
    stops, holes: holes(played).filter((ms) => !stops.includes(ms)),
    stalled: whole.stalled, pauses: out.length - gaps.length, utterances: begins.length,
    levels, uneven: Math.max(...levels.map((x) => Math.abs(x - mean))),
    // What the gateway numbered is there, and nothing twice.
    missing: whole.media.filter((m, i, all) => i > 0 && (m.seq !== ((all[i - 1].seq + 1) & 0xffff) || m.place !== all[i - 1].place + PACKET)).length,
  };
}

/** Seconds in which there is sound. */
function share(pcm) {
  let n = 0;
  for (let i = 0; i + PACKET <= pcm.length; i += PACKET) n += rms(pcm, i, i + PACKET) > 0.005;
  return n * 0.02;
}
