// The ear that judges the page's sound, on sound that is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, clicks, holes, judge } from './lib/ear.mjs';

const RATE = 48000, PACKET = 960, FADE = 240;

/** Packets of a voice: 30 ms loud, 10 ms soft; never twice the same; it begins and ends softly. */
function voice(packets, gain = 0.2, seed = 1) {
  let x = seed, slow = 0;
  return Float32Array.from({ length: packets * PACKET }, (_, i) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    slow += 0.05 * ((x / 2 ** 31 - 1) - slow);
    return gain * Math.min(1, (i + 1) / 14400, (packets * PACKET - i) / 14400) * (Math.sin(i / 30) * (i % 1920 < 1440 ? 1 : 0.2) + slow);
  });
}
const join = (...parts) => {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => { out.set(p, at); return at + p.length; }, 0);
  return out;
};
const silence = (ms) => new Float32Array((ms * RATE) / 1000);
/** As the player does where it has no more: it dies away, and comes back softly. */
const dies = (last, ms) => silence(ms).map((_, i) => (0.98 ** (i + 1) * last > 1e-6 ? 0.98 ** (i + 1) * last : 0));
const rises = (pcm) => pcm.map((x, i) => (i < FADE ? x * (i / FADE) : x));

const base64 = (pcm) => Buffer.from(pcm.buffer).toString('base64');
/** Two utterances, the second at packet `second`; the packets came when they were due, but one. */
function heard(played, given, second, late = {}) {
  const media = Array.from({ length: given.length / PACKET }, (_, i) => {
    const time = 1 + i * 0.02 + (late[i] ?? 0);
    return { time, decoded: time + 0.005, seq: i & 0xffff, place: i * PACKET };
  });
  return judge({ played: base64(played), given: base64(given), from: 1, media, stalled: 0, marks: [{ name: 'g1-0', packets: 0 }, { name: 'g1-9', packets: 30 }, { name: 'g1-0', packets: second }] });
}

const one = voice(60), two = voice(40, 0.2, 77);
const given = join(one, two);
const early = one.subarray(0, 25 * PACKET), rest = one.subarray(25 * PACKET);
const pause = dies(one.at(-1), 700);

test('what was given is played: nothing is found', () => {
  const j = heard(join(silence(130), one, pause, two, silence(50)), given, 60);
  assert.deepEqual([j.gaps, j.holes, j.lost, j.missing, j.pauses, j.utterances], [[], [], 0, 0, 1, 2]);
  assert.ok(j.energy > 0.05 && j.uneven < 1);
  assert.ok(Math.abs(j.loud.given - j.loud.played) < 0.05);
});

test('a gap inside of an utterance is one, however it is dressed', () => {
  const soft = join(silence(130), early, dies(early.at(-1), 100), rises(rest), pause, two);
  const j = heard(soft, given, 60, { 25: 0.5 });
  assert.equal(j.gaps.length, 1);
  assert.equal(j.gaps[0].packet, 25);
  assert.ok(Math.abs(j.gaps[0].ms - 100) < 6 && j.gaps[0].heard);
  assert.ok(j.gaps[0].decoded > j.gaps[0].later && j.gaps[0].later > 300, 'its packet came too late');
  assert.equal(j.holes.length, 1);
  assert.equal(j.lost, 0);
  assert.ok(heard(soft, given, 60).gaps[0].decoded < 0, 'its packet was there: the page is to blame');
  // Shorter than an ear minds, but a gap.
  const short = heard(join(early, dies(early.at(-1), 15), rises(rest), pause, two), given, 60);
  assert.equal(short.gaps.length, 1);
  assert.deepEqual(short.holes, []);
});

test('sound that is cut, lost, louder or out of order is found', () => {
  assert.ok(clicks(join(early, silence(100), rest)).length >= 1, 'cut off, and back at full height');
  const click = Float32Array.from(one);
  click[5000] = 0.9;
  assert.deepEqual(clicks(one), []);
  assert.deepEqual(clicks(click), [5000]);
  assert.ok(between(click, one).lost > 0 || between(click, one).out.length > 0);
  assert.ok(heard(join(early, rest.subarray(PACKET), pause, two), given, 60).lost > 0, 'a packet that is not played');
  assert.ok(heard(join(one.map((x) => 1.01 * x), pause, two), given, 60).lost > 0, 'another gain');
  assert.ok(heard(join(two, pause, one), given, 60).lost > 0, 'another order');
  const faint = join(one, two.map((x) => 0.2 * x));
  assert.ok(heard(faint, faint, 60).uneven > 6);
  assert.deepEqual(holes(join(one, silence(1200), two)), [], 'a pause between sentences is none');
});
