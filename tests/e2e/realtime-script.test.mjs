// Where no model is to be had the script takes over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { up } from './lib.mjs';
import { booked, either, house } from './realtime.mjs';

let talk, settings, stop;
before(async () => { ({ talk, settings, stop } = await house()); });
after(() => stop?.());

// Three gateways beside each other: calls are mostly waiting.
test('the script takes over and books', { timeout: 300000, concurrency: 3 }, (t) => Promise.all([
  ['a key that is wrong', { 'openai.api_key': 'bad' }, /HTTP 401/],
  ['nobody pays', { 'openai.realtime_model': 'broke' }, /insufficient_quota/],
  ['the day\'s cap is reached', { 'openai.daily_cap_cents': '1' }, /cap is reached/],
].map(([what, set, why], i) => t.test(what, { timeout: 250000 }, async () => {
  const other = await up({ set: settings(set) });
  try {
    const from = `+1415555032${i}`;
    const r = await talk(other, from, { answers: either, expect: { ended_by: 'assistant' } });
    assert.equal(r.code, 0, r.errors + r.heard + other.log());
    assert.match(other.log(), why);
    assert.equal((await booked(other, from)).length, 1, r.heard);
  } finally {
    await other.stop();
  }
}))));
