// The page's queue between the line and the loudspeaker, in virtual time: the
// audio thread's own code, fed as the gateway paces and as lines deliver.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const web = new URL('../../web/', import.meta.url);
const ts = createRequire(new URL('package.json', web))('typescript');
const MS = 48, FRAME = 20 * MS, BLOCK = 128, AHEAD_MS = 120, MARK_FRAMES = 10, SOFT = 5 * MS;

function playerClass() {
  const code = ts.transpileModule(readFileSync(new URL('src/voice-worklet.ts', web), 'utf8'), { compilerOptions: { target: 'ES2022', module: 'ESNext' } }).outputText;
  const made = {};
  class Processor { port = { sent: [], postMessage(m) { this.sent.push(m); } }; }
  new Function('AudioWorkletProcessor', 'registerProcessor', code)(Processor, (name, of) => { made[name] = of; });
  return made.player;
}
const Player = playerClass();

function chance(seed) {
  return () => (seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32;
}

// Sentences of 2 to 8 s with pauses, as the gateway sends them: the send-ahead
// at once, then by the clock; a mark in front, each 200 ms and at the end.
function sentences(minutes, draw) {
  const messages = [], starts = [];
  for (let t = 1000; t < minutes * 60000;) {
    const n = 100 + Math.floor(draw() * 300);
    starts.push(t);
    messages.push({ at: t, mark: `${starts.length - 1} begins` }); // into silence
    for (let i = 0; i < n; i++) {
      const at = Math.max(t, t + i * 20 - AHEAD_MS + 20);
      messages.push({ at, sentence: starts.length - 1, first: i === 0 });
      if (i % MARK_FRAMES === MARK_FRAMES - 1 || i === n - 1) messages.push({ at, mark: `${starts.length - 1}${i === n - 1 ? ' end' : ''}` });
    }
    t += n * 20 + 800 + draw() * 1500;
  }
  return { messages, count: starts.length };
}

// What the caller hears: for each sentence how long after its first packet it
// began, and how often it broke off.
function hear({ minutes = 2, spread = 0, stall = 0, every = 0, calmAfter = Infinity, ppm = 0 }) {
  const draw = chance(1), { messages, count } = sentences(minutes, draw);
  let last = 0;
  for (const m of messages) {
    let at = m.at + 30;
    if (at < calmAfter) {
      at += draw() * spread;
      if (every && at >= every && at % every < stall) at += stall - (at % every);
    }
    m.arrives = last = Math.max(last, at); // TCP keeps the order
  }
  const names = messages.filter((m) => m.mark).map((m) => m.mark);
  const player = new Player(), out = new Float32Array(BLOCK);
  const heard = Array.from({ length: count }, () => ({ breaks: 0, samples: 0 })), marks = [];
  let i = 0, now = -1, gap = false, want = 0, told = 0;
  for (let block = 0; i < messages.length || marks.length < names.length; block++) {
    const ms = (block * BLOCK * (1 + ppm / 1e6)) / MS;
    assert.ok(ms < minutes * 60000 + 60000, 'it never ends');
    for (; i < messages.length && messages[i].arrives <= ms; i++) {
      const m = messages[i];
      if (m.first) heard[m.sentence].came = m.arrives;
      want += m.mark ? 0 : FRAME;
      player.port.onmessage({ data: m.mark ? { mark: m.mark } : { pcm: new Float32Array(FRAME).fill((m.sentence + 1) / 1000) } });
    }
    player.process([], [[out]]);
    for (const x of out) {
      const s = Math.round(x * 1000) - 1;
      if (s >= 0 && Math.abs(x * 1000 - s - 1) < 1e-3 && s >= now) {
        heard[s].delay ??= ms - heard[s].came;
        if (s === now && gap) heard[s].breaks++;
        heard[s].samples++;
        now = s;
        gap = false;
      } else gap = true;
    }
    for (const m of player.port.sent.splice(0)) {
      if (m.mark !== undefined) marks.push(m.mark);
      told = m.gaps ?? told;
    }
  }
  assert.deepEqual(marks, names);
  assert.equal(told, sum(heard, (h) => h.breaks), 'it knows of each break, and of nothing else');
  assert.equal(sum(heard, (h) => h.samples) + told * SOFT, want, 'each sample once, and softly behind a break');
  return heard;
}

const sum = (list, of) => list.reduce((n, x) => n + of(x), 0);
const most = (list) => Math.max(...list.map((h) => h.delay));

test('on a steady line it begins at once and never breaks', () => {
  const heard = hear({ minutes: 2 });
  assert.equal(sum(heard, (h) => h.breaks), 0);
  assert.ok(most(heard) < 70, `${most(heard)} ms`);
});

for (const ppm of [100, -100])
  test(`a loudspeaker ${ppm} ppm off for ten minutes: the delay does not grow`, () => {
    const heard = hear({ minutes: 10, ppm });
    assert.equal(sum(heard, (h) => h.breaks), 0);
    assert.ok(most(heard) < 70, `${most(heard)} ms`);
    assert.ok(Math.abs(heard.at(-1).delay - heard[0].delay) < 10);
  });

test('0-60 ms by chance: what is in hand is enough', () => {
  const heard = hear({ minutes: 5, spread: 60 });
  assert.equal(sum(heard, (h) => h.breaks), 0);
});

test('stalls of 300 ms: few breaks, a bounded delay that falls again', () => {
  const heard = hear({ minutes: 10, stall: 300, every: 4000, calmAfter: 300000 });
  const stormy = heard.filter((h) => h.came < 300000), calm = heard.filter((h) => h.came > 300000);
  assert.ok(sum(stormy, (h) => h.breaks) <= stormy.length * 1.5, `${sum(stormy, (h) => h.breaks)} breaks in ${stormy.length} sentences`);
  assert.ok(most(stormy) > 90 && most(stormy) <= 300 + 225, `${most(stormy)} ms`);
  assert.equal(sum(calm.slice(1), (h) => h.breaks), 0);
  assert.ok(calm.at(-1).delay < 70, `${calm.at(-1).delay} ms at the end`);
});

test('a mark and its sound that come together: it speaks', () => {
  const player = new Player(), out = new Float32Array(BLOCK);
  const tell = (...messages) => messages.forEach((data) => player.port.onmessage({ data }));
  const run = (ms) => Array.from({ length: Math.ceil((ms * MS) / BLOCK) }, () => { player.process([], [[out]]); return [...out]; }).flat();
  const speech = (n, x = 0.5) => Array.from({ length: n }, () => ({ pcm: new Float32Array(FRAME).fill(x) }));
  const told = () => player.port.sent.splice(0).filter((m) => m.level === undefined);
  tell({ mark: 'g1-0' }, ...speech(6), { mark: 'g1-1' });
  assert.equal(run(200).filter((x) => x === 0.5).length, 6 * FRAME);
  assert.deepEqual(told(), [{ mark: 'g1-0' }, { mark: 'g1-1' }]);
  // Behind a pause, too; and what is cleared is no gap, nor a reason to wait longer.
  for (let i = 0; i < 5; i++) {
    tell({ mark: 'g1-0' }, ...speech(6));
    assert.equal(run(40).findIndex((x) => x === 0.5), 0, 'at once');
    tell({ clear: true });
    const rest = run(100);
    assert.ok(rest.slice(15 * MS).every((x) => x === 0) && rest.every((x, k) => Math.abs(x - (rest[k - 1] ?? 0.5)) < 0.01), 'it fades');
  }
  // What breaks off dies away and comes back softly; it is counted, once.
  tell({ mark: 'g1-0' }, ...speech(6));
  const off = run(150);
  tell(...speech(9));
  const on = run(300);
  assert.deepEqual(told().filter((m) => m.gaps), [{ gaps: 1, samples: off.length - 6 * FRAME }]);
  for (const list of [off.slice(FRAME), on]) assert.ok(list.every((x, k) => k === 0 || Math.abs(x - list[k - 1]) <= 0.0101), 'no click');
  // 160 ms are gathered now: eight packets.
  tell({ mark: 'a' }, { mark: 'b' }, ...speech(7));
  assert.equal(run(10).findIndex((x) => x !== 0), -1);
  tell(...speech(1));
  assert.equal(run(10).findIndex((x) => x !== 0), 0);
});
