// A recorded call on its page: it plays, can be sought in, its length is the
// call's, a line of the transcript leads to its place in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { barriers, launch, open, shot } from './lib/browser.mjs';
import { up } from './lib/gateway.mjs';

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

test('a call whose recording is deleted loses its player at once', { timeout: 60000 }, async () => {
  await g.sql(`update nightbell.recordings set state = 'deleting' where id = '${recording.id}'`);
  await player().waitFor({ state: 'detached' });
  const status = await page.evaluate(async (id) => (await fetch(`/api/v1/recordings/${id}/audio`)).status, recording.id);
  assert.equal(status, 404);
});
