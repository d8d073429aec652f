// A model that goes away in mid-call: another session of it goes on, or the
// script takes over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { booked, books, either, house } from './realtime.mjs';

let sim, env, talk, segments, stop;
before(async () => { ({ sim, env, talk, segments, stop } = await house()); });
after(() => stop?.());

test('the provider is cut off in mid-call: the script goes on and books', { timeout: 250000 }, async () => {
  const from = '+14155550314';
  await sim.fault('openai:drop@22000/1');
  const r = await talk(env, from, { answers: either, expect: { ended_by: 'assistant' } });
  assert.equal(r.code, 0, r.errors + r.heard);
  assert.match(env.log(), /no longer talks with the caller.*the script takes over/);
  assert.match(r.heard, /simple questions/i);
  assert.equal((await booked(env, from)).length, 1, r.heard);
});

test('a call that outlives its session: another one goes on and knows what was said', { timeout: 250000 }, async () => {
  const from = '+14155550316', seen = sim.events.length;
  await sim.fault('openai:expire=30000');
  try {
    const r = await talk(env, from, { answers: books, expect: { ended_by: 'assistant' } });
    const now = sim.events.slice(seen), opened = now.filter((e) => e.event === 'open').length;
    console.log(`${opened} sessions, the caller heard: ${r.heard}`);
    assert.equal(r.code, 0, r.errors + r.heard + env.log());
    assert.ok(opened >= 2, JSON.stringify(now));
    assert.deepEqual(now.filter((e) => e.event === 'error'), []); // none lived to its end
    assert.ok(now.some((e) => e.event === 'told' && e.role === 'user' && /furnace/i.test(e.text)), JSON.stringify(now));
    assert.match(env.log(), /a new session of openai goes on/);
    assert.doesNotMatch(r.heard, /simple questions/i); // the script did not take over
    assert.deepEqual(await booked(env, from), [{ service: 'furnace repair', name: 'Robert Allen', status: 'booked' }]);
    const all = await segments(from);
    assert.equal(all.filter((s) => s.leg === 'assistant' && /automated assistant/.test(s.text)).length, 1, JSON.stringify(all)); // greeted once
  } finally {
    await sim.fault('');
  }
});
