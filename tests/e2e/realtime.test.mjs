// A model talks with callers: OpenAI's Realtime as provsim serves it, over TLS.
// The script greets and minds emergencies.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rows, until } from './lib.mjs';
import { booked, books, house } from './realtime.mjs';

let dir, sim, env, talk, segments, stop;
before(async () => { ({ dir, sim, env, talk, segments, stop } = await house()); });
after(() => stop?.());

test('a conversation books by the tools, each side is in the transcript', { timeout: 200000 }, async () => {
  const from = '+14155550311';
  const r = await talk(env, from, { answers: books, expect: { ended_by: 'assistant' } });
  assert.equal(r.code, 0, r.errors + r.heard + env.log());
  const all = await segments(from);
  assert.deepEqual(await booked(env, from), [{ service: 'furnace repair', name: 'Robert Allen', status: 'booked' }]);
  const ours = all.filter((s) => s.leg === 'assistant');
  assert.match(ours[0].text, /automated assistant/);
  assert.ok(ours.some((s) => /you are booked/.test(s.heard)), JSON.stringify(all));
  assert.ok(all.some((s) => s.leg === 'caller' && /furnace/i.test(s.text)), JSON.stringify(all));
  assert.equal(sim.of('early_audio').length, 0);
  assert.deepEqual(sim.of('error'), []);
  const [u] = await rows(env, `select u.provider, u.audio_out > 0 as out, u.cost_ucents from usage u
    join calls c on (c.business_id, c.id) = (u.business_id, u.call_id) where c.caller = '${from}'`);
  assert.equal(u.provider, 'openai');
  assert.ok(u.out && u.cost_ucents > 0);
});

/** When the right channel of a stereo WAV sounds, ms; pauses up to gap belong to it. */
function sounds(file, gap) {
  const b = readFileSync(file);
  const data = b.indexOf('data') + 8, list = [];
  for (let i = data, n = 0; i + 4 <= b.length; i += 4, n++) {
    const ms = n / 8;
    if (Math.abs(b.readInt16LE(i + 2)) < 100) continue;
    const last = list.at(-1);
    if (last && ms - last.to <= gap) last.to = ms;
    else list.push({ from: ms, to: ms });
  }
  return list;
}

test('who cuts in is told to the model at the position that was heard', { timeout: 200000 }, async () => {
  const from = '+14155550312', wav = mkdtempSync(join(dir, 'wav-'));
  const seen = sim.events.length;
  const r = await talk(env, from, {
    turns: [{ say: 'Tell me about your company.' }, { say: 'Stop, wait a moment, my furnace is broken.', interrupt_ms: 3500 }, { hangup: true }],
    expect: { stop_max_ms: 800 },
  }, ['--record', wav]);
  assert.equal(r.code, 0, r.errors + r.heard);
  // of the long answer; on a busy machine another one may be cut, too
  const cut = sim.events.slice(seen).filter((e) => e.event === 'truncate' && e.audio_ms > 10000);
  assert.equal(cut.length, 1, JSON.stringify(sim.events.slice(seen)));
  const heard = sounds(join(wav, readdirSync(wav).find((f) => f.endsWith('.wav'))), 700);
  const spoken = heard.map((s) => s.to - s.from);
  const near = spoken.reduce((a, b) => (Math.abs(b - cut[0].audio_end_ms) < Math.abs(a - cut[0].audio_end_ms) ? b : a));
  console.log(`truncated at ${cut[0].audio_end_ms} ms of ${cut[0].audio_ms}, played ${near} ms`);
  assert.ok(Math.abs(near - cut[0].audio_end_ms) <= 100, `${cut[0].audio_end_ms}: ${spoken}`);
  assert.ok(cut[0].audio_end_ms > 3000 && cut[0].audio_end_ms < cut[0].audio_ms);
  const about = (await segments(from)).find((s) => s.leg === 'assistant' && /^We are a small/.test(s.text));
  assert.ok(about.heard.length > 20 && about.heard.length < about.text.length, JSON.stringify(about));
});

test('gas: our fixed sentence comes before anything the model says', { timeout: 200000 }, async () => {
  const from = '+14155550313';
  const r = await talk(env, from, {
    voice: 'festival:us_slt_hts', answers: [{ hears: 'help|hope|can i do|still there|listening', say: ['I smell gas in my kitchen.'] }], linger_ms: 15000,
  });
  const all = await segments(from);
  assert.match(r.heard, /leave|outside/i, r.errors + JSON.stringify(all));
  assert.ok(all.some((s) => s.leg === 'assistant' && /leave/i.test(s.heard)), JSON.stringify(all));
  await until(env, `select kind from dispatches d join calls c on (c.business_id, c.id) = (d.business_id, d.call_id)
    where c.caller = '${from}'`, (x) => x.length === 1 && x[0].kind === 'gas');
});
