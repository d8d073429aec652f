// Calls that are recorded: the file against what the simulated carrier heard
// and played, a caller who does not wish it, a card number, a worker that dies.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, root, rows, run, until, up } from './lib.mjs';

let env, tmp;
before(async () => {
  env = await up();
  tmp = mkdtempSync('/tmp/nb-tapes-');
  await sql('update nightbell.businesses set recorded = true');
});
after(async () => {
  await env?.stop();
  if (tmp && !process.env.NB_KEEP) rmSync(tmp, { recursive: true, force: true });
});

const sql = (text) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c', text], { cwd: root });
const RATE = 8000;
const FRAME = 160;

/** Stereo WAV, 16 bit -> [left, right] at 8 kHz. */
function wav(file) {
  const b = readFileSync(file);
  let at = 12;
  while (b.toString('latin1', at, at + 4) !== 'data') at += 8 + b.readUInt32LE(at + 4);
  at += 8;
  assert.equal(b.readUInt16LE(22), 2, 'two channels');
  assert.equal(b.readUInt32LE(24), RATE);
  const n = Math.floor((b.length - at) / 4);
  return [0, 1].map((c) => Int16Array.from({ length: n }, (_, i) => b.readInt16LE(at + 4 * i + 2 * c)));
}

/** Loudness of each 20 ms. */
const envelope = (pcm) => Array.from({ length: Math.floor(pcm.length / FRAME) }, (_, f) => {
  let sum = 0;
  for (let i = f * FRAME; i < (f + 1) * FRAME; i++) sum += pcm[i] * pcm[i];
  return Math.sqrt(sum / FRAME);
});

/** How many frames b lies behind a, and how alike they are then. */
function align(a, b) {
  let best = { lag: 0, like: -1 };
  for (let lag = -1500; lag <= 1500; lag++) {
    let ab = 0, aa = 0, bb = 0;
    for (let i = Math.max(0, -lag); i < a.length && i + lag < b.length; i++) {
      ab += a[i] * b[i + lag];
      aa += a[i] * a[i];
      bb += b[i + lag] * b[i + lag];
    }
    const like = ab / Math.sqrt(aa * bb + 1);
    if (like > best.like) best = { lag, like };
  }
  return best;
}

const tape = (phone, ok = (r) => r.state === 'complete') => until(env, `
  select r.*, c.duration_ms as call_ms, c.private from recordings r
  join calls c on (c.business_id, c.id) = (r.business_id, r.call_id) where c.caller = '${phone}'`,
(r) => r.length > 0 && r.every(ok), 30).then((r) => r[0]);
const spoken = (phone) => rows(env, `select t.leg, t.start_ms, t.end_ms, t.text, t.heard from transcript_segments t
  join calls c on (c.business_id, c.id) = (t.business_id, t.call_id) where c.caller = '${phone}' order by t.stream, t.seq`);
const path = (r) => join(env.dir, 'state/recordings', r.path);

async function decode(r) {
  const out = join(tmp, `${r.id}.wav`);
  await run('opusdec', ['--quiet', '--rate', String(RATE), path(r), out]);
  return wav(out);
}

test('both legs are where they were', { timeout: 200000 }, async () => {
  const r = await call(env, 'polite-booker', ['--record', tmp]);
  assert.equal(r.code, 0, r.output);
  const t = await tape('+14155550142');
  const file = statSync(path(t));
  assert.equal(file.mode & 0o777, 0o600);
  assert.equal(file.size, t.bytes);
  // call_ms is by our clock, the recording by the carrier's stamps (exact: tests/unit/audio/test_legs.c)
  assert.ok(Math.abs(t.duration_ms - t.call_ms) <= 150, `${t.duration_ms} of ${t.call_ms} ms`);
  const ours = await decode(t);
  assert.ok(Math.abs(ours[0].length / 8 - t.duration_ms) <= 2);
  const line = wav(join(tmp, readdirSync(tmp).find((f) => f.startsWith('polite-booker'))));
  const [caller, assistant] = [0, 1].map((c) => align(envelope(ours[c]), envelope(line[c])));
  console.log(`  ${t.duration_ms} of ${t.call_ms} ms; alike ${caller.like.toFixed(3)} ${assistant.like.toFixed(3)}, legs apart by ${(assistant.lag - caller.lag) * 20} ms`);
  assert.ok(caller.like > 0.95, `caller ${caller.like}`);
  assert.ok(Math.abs(assistant.lag - caller.lag) <= 2, `legs apart by ${(assistant.lag - caller.lag) * 20} ms`);
  // the assistant's leg as it was played, but for the announcement
  const from = Math.ceil(t.from_ms / 20);
  const heard = envelope(ours[1]);
  const played = envelope(line[1]).slice(from + assistant.lag);
  assert.ok(align(heard.slice(from), played).like > 0.95);
  assert.ok(t.from_ms > 2000);
  for (const leg of ours) assert.ok(leg.slice(0, t.from_ms * 8 - 400).every((x) => x === 0), 'nothing is kept before it was announced');
  for (const s of await spoken('+14155550142')) {
    if (s.start_ms < t.from_ms || s.end_ms - s.start_ms < 400) continue;
    const level = (c) => Math.max(...envelope(ours[c].slice(s.start_ms * 8, s.end_ms * 8)));
    assert.ok(level(s.leg === 'caller' ? 0 : 1) > 500, `${s.leg} at ${s.start_ms}: ${s.text}`);
  }
});

test('who does not want it is not recorded', { timeout: 200000 }, async () => {
  const r = await call(env, 'no-record');
  assert.equal(r.code, 0, r.output);
  const t = await tape('+14155550147', (x) => x.state === 'deleted');
  assert.ok(t.private);
  assert.ok(!existsSync(path(t)));
});

test('a card number is not heard in it', { timeout: 200000 }, async () => {
  const r = await call(env, 'card-number');
  assert.equal(r.code, 0, r.output);
  const t = await tape('+14155550145');
  const ours = await decode(t);
  const said = await spoken('+14155550145');
  const masked = said.filter((s) => s.leg === 'caller' && /\*|card number|\[/.test(s.text ?? ''));
  assert.ok(masked.length > 0, JSON.stringify(said.filter((s) => s.leg === 'caller').map((s) => s.text)));
  for (const s of masked) {
    const left = ours[0].slice(s.start_ms * 8, s.end_ms * 8);
    assert.ok(Math.max(...envelope(left)) < 2, `silent at ${s.start_ms}: ${s.text}`);
  }
  assert.ok(Math.max(...envelope(ours[0])) > 500, 'the rest is there');
});
