// A recorded call on its page: it plays, can be sought in, its length is the
// call's, a line of the transcript leads to its place in it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { barriers, launch, open, shot } from './lib/browser.mjs';
import { up } from './lib/gateway.mjs';
import { again } from './lib/ogg.mjs';
import { wire } from './lib/wire.mjs';

const CALLER = '+14155550191';
let g, browser, page, recording;

before(async () => {
  g = await up();
  browser = await launch();
  await g.sql('update nightbell.businesses set recorded = true');
  const r = await g.call('wrong-number', CALLER).ended;
  assert.equal(r.code, 0, r.output);
  for (let i = 0; i < 100 && recording?.state !== 'complete'; i++) {
    [recording] = await g.rows(`select r.*, c.duration_ms as call_ms from nightbell.recordings r join nightbell.calls c on c.id = r.call_id where c.caller = '${CALLER}'`);
    if (recording?.state !== 'complete') await new Promise((done) => setTimeout(done, 200));
  }
  assert.equal(recording?.state, 'complete');
}, { timeout: 200000 });
after(async () => {
  await browser?.close();
  await g?.stop();
});

const player = () => page.getByRole('region', { name: 'Recording' });
const audio = (f, arg) => player().locator('audio').evaluate(f, arg);

test('the page has a player for it', { timeout: 60000 }, async () => {
  page = await open(browser, { url: await g.link() });
  await page.getByText('Up to date').waitFor();
  await page.getByRole('region', { name: 'Calls', exact: true }).getByRole('link').first().click();
  await player().waitFor();
  await page.waitForFunction(() => document.querySelector('audio')?.readyState >= 1);
  const seconds = await audio((a) => a.duration);
  assert.ok(Math.abs(seconds * 1000 - recording.duration_ms) < 30, `${seconds} s`);
  assert.ok(Math.abs(seconds * 1000 - recording.call_ms) < 150, `${seconds} s of ${recording.call_ms} ms`);
  assert.ok(await audio((a) => a.controls));
  await player().getByText('Caller left, assistant right.').waitFor();
  assert.ok(await player().locator('rect[data-leg="caller"]').count() > 0);
  assert.ok(await player().locator('rect[data-leg="assistant"]').count() > 1);
  assert.deepEqual(await barriers(page), []);
  await shot(page, 'recording');
});

test('it sounds', { timeout: 60000 }, async () => {
  // Chromium decodes it itself: the loudness of both channels from the announcement on.
  const loud = await page.evaluate(async ({ id, from }) => {
    const bytes = await (await fetch(`/api/v1/recordings/${id}/audio`)).arrayBuffer();
    const b = await new OfflineAudioContext(2, 8000, 8000).decodeAudioData(bytes);
    const rms = (x) => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
    return {
      channels: b.numberOfChannels, seconds: b.duration,
      before: [0, 1].map((c) => rms(b.getChannelData(c).slice(0, from * 8 - 400))),
      after: [0, 1].map((c) => rms(b.getChannelData(c).slice(from * 8))),
    };
  }, { id: recording.id, from: recording.from_ms });
  assert.equal(loud.channels, 2);
  assert.ok(loud.before.every((x) => x < 1e-6), `${loud.before}`);
  assert.ok(loud.after.every((x) => x > 0.003), `${loud.after}`);
  await audio((a) => a.play());
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0.5);
  await audio((a) => a.pause());
});

test('seeking goes there, and the file is given in parts', { timeout: 60000 }, async () => {
  await page.reload();
  await player().waitFor();
  await page.waitForFunction(() => document.querySelector('audio')?.readyState >= 1);
  const line = page.getByRole('button', { name: /^Play from/ }).last();
  const at = /(\d+):(\d+)/.exec(await line.innerText());
  await line.click();
  const want = Number(at[1]) * 60 + Number(at[2]);
  await page.waitForFunction((t) => { const a = document.querySelector('audio'); return !a.seeking && a.currentTime >= t - 1 && a.currentTime < t + 5; }, want);
  await audio((a) => a.pause());
  const lanes = await player().locator('svg').boundingBox();
  await page.mouse.click(lanes.x + lanes.width / 2, lanes.y + lanes.height / 2);
  await page.waitForFunction((t) => Math.abs(document.querySelector('audio').currentTime - t) < 1, recording.duration_ms / 2000);
  const half = await page.evaluate(async (id) => {
    const r = await fetch(`/api/v1/recordings/${id}/audio`, { headers: { Range: 'bytes=1000-1999' } });
    return { status: r.status, range: r.headers.get('content-range'), length: (await r.arrayBuffer()).byteLength };
  }, recording.id);
  assert.deepEqual(half, { status: 206, range: `bytes 1000-1999/${recording.bytes}`, length: 1000 });
});

/** Loudness of each 20 ms of both channels together, decoded at 8 kHz by the browser itself. */
const levels = (p, id) => p.evaluate(async (id) => {
  const bytes = await (await fetch(`/api/v1/recordings/${id}/audio`)).arrayBuffer();
  const b = await new OfflineAudioContext(2, 8000, 8000).decodeAudioData(bytes);
  const [l, r] = [0, 1].map((c) => b.getChannelData(c));
  return Array.from({ length: Math.floor(l.length / 160) }, (_, f) => {
    let sum = 0;
    for (let i = f * 160; i < (f + 1) * 160; i++) sum += l[i] ** 2 + r[i] ** 2;
    return Math.sqrt(sum / 320);
  });
}, id);

/** Plays from there -> what is heard in so many seconds, as levels, and where the player stands then. */
const listen = (p, from, seconds) => p.evaluate(async ({ from, seconds }) => {
  const a = document.querySelector('audio');
  a.currentTime = from;
  await new Promise((ok) => a.addEventListener('seeked', ok, { once: true }));
  await a.play();
  const reader = new MediaStreamTrackProcessor({ track: a.captureStream().getAudioTracks()[0], maxBufferSize: 2000 }).readable.getReader();
  const heard = [];
  let sum = 0, n = 0;
  while (heard.length < seconds * 50) {
    const { value: data } = await reader.read();
    const planes = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
      const pcm = new Float32Array(data.numberOfFrames);
      data.copyTo(pcm, { planeIndex, format: 'f32-planar' });
      return pcm;
    });
    const piece = data.sampleRate / 50;
    for (let i = 0; i < data.numberOfFrames; i++) {
      for (const pcm of planes) sum += pcm[i] ** 2;
      if (++n < piece) continue;
      heard.push(Math.sqrt(sum / n / planes.length));
      sum = n = 0;
    }
    data.close();
  }
  const at = a.currentTime;
  a.pause();
  return { heard, at, duration: a.duration };
}, { from, seconds });

/** How alike two lists are where they fit best, and by how much b lies behind there. */
function fit(a, b, most) {
  let best = { lag: 0, like: -1 };
  for (let lag = -most; lag <= most; lag++) {
    let ab = 0, aa = 0, bb = 0;
    a.forEach((x, i) => { const y = b[i + most + lag]; ab += x * y; aa += x * x; bb += y * y; });
    const like = ab / Math.sqrt(aa * bb + 1e-12);
    if (like > best.like) best = { lag, like };
  }
  return best;
}

test('in an hour the player fetches what it plays, and plays on from there', { timeout: 120000 }, async (ctx) => {
  const path = join(g.dir, 'state/recordings', recording.path);
  const short = readFileSync(path);
  const level = await levels(page, recording.id);
  const times = Math.ceil(3600 / (recording.duration_ms / 1000));
  const long = again(short, times);
  writeFileSync(path, long.file);
  const way = await wire(`/api/v1/recordings/${recording.id}/audio`);
  const other = await launch(['--autoplay-policy=no-user-gesture-required', `--proxy-server=${way.server}`, '--proxy-bypass-list=<-loopback>']);
  try {
    const p = await open(other, { url: await g.link() });
    await p.getByText('Up to date').waitFor();
    await p.getByRole('region', { name: 'Calls', exact: true }).getByRole('link').first().click();
    await p.waitForFunction(() => document.querySelector('audio')?.readyState >= 1);
    const before = way.seen.length;
    const first = way.seen.reduce((sum, r) => sum + r.body.length, 0);
    assert.ok(first < long.file.length / 2, `${first} of ${long.file.length} bytes were fetched to know its length`);
    // Each time where most is said in four seconds, far from what it has: forth, and back.
    const loud = (i) => level.slice(i, i + 200).reduce((s, x) => s + x, 0);
    const best = level.slice(25, -250).map((_, i) => i + 25).reduce((a, b) => (loud(b) > loud(a) ? b : a));
    for (const turn of [Math.floor(0.7 * times), Math.floor(0.3 * times)]) {
      const from = turn * long.period + best / 50;
      const had = way.seen.length;
      const { heard, at, duration } = await listen(p, from, 4);
      assert.ok(Math.abs(duration - times * long.period) < 0.1, `${duration} s`);
      assert.ok(at >= from + 3.5 && at < from + 8, `it plays on: from ${from} to ${at}`);
      const energy = Math.sqrt(heard.reduce((s, x) => s + x * x, 0) / heard.length);
      assert.ok(energy > 0.01, `it sounds: ${energy}`);
      const { like, lag } = fit(heard, level.slice(best - 25, best + 225 + 25), 25);
      assert.ok(like > 0.95, `what was said there is heard: ${like}, ${lag * 20} ms off`);
      const asked = way.seen.slice(had).map((r) => Number(/^bytes=(\d+)-/.exec(r.range)?.[1]));
      const place = (from / duration) * long.file.length;
      ctx.diagnostic(`at ${from.toFixed(2)} s: alike ${like.toFixed(3)}, ${lag * 20} ms off, energy ${energy.toFixed(3)}; asked from ${asked} of ${long.file.length} bytes on, ${way.seen.slice(had).map((r) => r.body.length)} came`);
      assert.ok(asked.some((n) => Math.abs(n - place) < 0.1 * long.file.length), `asked for ${asked}, ${Math.round(place)} is wanted`);
    }
    assert.ok(before > 0 && way.seen.length > before + 1);
    for (const r of way.seen) {
      const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(r.range);
      assert.equal(r.status, 206);
      assert.equal(r.headers['content-range'], `bytes ${from}-${last || long.file.length - 1}/${long.file.length}`);
      assert.ok(r.body.length > 0);
      assert.ok(r.body.equals(long.file.subarray(Number(from), Number(from) + r.body.length)), `the bytes from ${from} on`);
    }
    assert.deepEqual(p.troubles, []);
  } finally {
    await other.close();
    await way.stop();
    writeFileSync(path, short);
  }
});

test('a call whose recording is deleted loses its player at once', { timeout: 60000 }, async () => {
  await g.sql(`update nightbell.recordings set state = 'deleting' where id = '${recording.id}'`);
  await player().waitFor({ state: 'detached' });
  const status = await page.evaluate(async (id) => (await fetch(`/api/v1/recordings/${id}/audio`)).status, recording.id);
  assert.equal(status, 404);
});
