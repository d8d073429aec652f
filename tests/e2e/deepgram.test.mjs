// Whole calls with Deepgram as recogniser, simulated by provsim over TLS.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { build, call, root, rows, run, until, up } from './lib.mjs';
import { deepgram, provsim } from './provsim.mjs';

let sim;
before(async () => { sim = await provsim(); });
after(() => sim?.stop());

const booked = (env, phone) => rows(env, `
  select s.name as service, to_char(a.starts_at at time zone b.timezone, 'Dy HH24:MI') as at
  from appointments a join services s on (s.business_id, s.id) = (a.business_id, a.service_id)
  join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id) join businesses b on b.id = a.business_id
  where l.phone = '${phone}'`);
const ended = (env, phone) => until(env, `select status, outcome from calls where caller = '${phone}'`,
  (r) => r.length === 1 && r[0].status === 'ended');
const said = async (env, phone) => (await rows(env, `
  select t.text from transcript_segments t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
  where c.caller = '${phone}' and t.leg = 'caller' and t.final order by t.seq`)).map((t) => t.text).join(' | ');

// One after the other: three recognisers share the machine in each call.
test('two callers book, one is dropped in mid-call: nothing is lost', { timeout: 400000 }, async () => {
  const env = await up({ set: deepgram(sim) });
  try {
    for (const [from, fault] of [['+14155550181', ''], ['+14155550182', 'deepgram:drop@15000/1']]) {
      await sim.faults(fault);
      const r = await call(env, 'polite-booker', ['--from', from]);
      assert.equal(r.code, 0, r.errors || r.output);
      assert.equal((await ended(env, from))[0].outcome, 'booked');
      assert.equal((await booked(env, from)).length, 1);
    }
    const seen = (event, type) => sim.events.filter((e) => e.event === event && (!type || e.type === type)).length;
    assert.equal(seen('open'), 3, 'two calls, one of them connected again');
    assert.ok(seen('message', 'Finalize') >= 14, 'ends of turns are told');
    assert.equal(seen('message', 'CloseStream'), 2, 'streams are closed in order');
    assert.ok(!env.log().includes('takes over'), 'ours was not needed');
    assert.ok(!env.log().includes('provsim'), 'the key is not logged');
  } finally {
    await sim.faults('');
    await env.stop();
  }
});

test('gone for good, or mute, in mid-call: ours takes over', { timeout: 400000 }, async () => {
  const env = await up({ set: deepgram(sim) });
  try {
    for (const [from, fault] of [['+14155550183', 'deepgram:drop@15000/1 deepgram:refuse=503'], ['+14155550185', 'deepgram:stall@15000']]) {
      await sim.faults(fault);
      const r = await call(env, 'polite-booker', ['--from', from]);
      assert.equal(r.code, 0, r.errors || r.output);
      assert.equal((await booked(env, from)).length, 1, await said(env, from));
    }
    assert.equal(env.log().match(/the recogniser deepgram is gone: .*; ours takes over/g).length, 2);
    assert.match(env.log(), /deepgram: .*: (says nothing|has stalled)/);
  } finally {
    await sim.faults('');
    await env.stop();
  }
});

test('a wrong key: said clearly, and the call is heard by ours', { timeout: 300000 }, async () => {
  const env = await up({ set: deepgram(sim, { 'deepgram.api_key': 'wrong-key-0123' }) });
  try {
    const r = await call(env, 'polite-booker', ['--from', '+14155550184']);
    assert.equal(r.code, 0, r.errors || r.output);
    assert.equal((await booked(env, '+14155550184')).length, 1, await said(env, '+14155550184'));
    const log = env.log();
    assert.match(log, /deepgram: refuses us with 401: .*INVALID_AUTH.*deepgram\.api_key/);
    assert.equal(log.split('refuses us with').length, 2, 'said once');
    assert.ok(!log.includes('wrong-key-0123'), 'the key is not logged');
  } finally {
    await env.stop();
  }
});

test('nightbell check asks it', { timeout: 60000 }, async () => {
  const check = async (more) => {
    const set = Object.fromEntries(Object.entries(deepgram(sim, more)).map(([k, v]) => [`NIGHTBELL_${k.replace('.', '_').toUpperCase()}`, v]));
    const { stdout } = await run(`${build}/nightbell`, ['check'], { cwd: root, env: { ...process.env, ...set } }).catch((e) => e);
    return stdout.split('\n').filter((l) => l.includes(' deepgram '));
  };
  const good = await check({});
  assert.equal(good.length, 1);
  assert.match(good[0], /^ok .*serves nova-3$/);
  assert.match((await check({ 'deepgram.api_key': 'wrong' }))[0], /^FAIL .*api_key is not one of its keys.*INVALID_AUTH/);
  assert.match((await check({ 'deepgram.model': 'nova-9' }))[0], /^FAIL .*deepgram\.model and deepgram\.language/);
  assert.match((await check({ 'deepgram.api_ca': '/etc/ssl/certs/ca-certificates.crt' }))[0], /^FAIL .*no TLS that we trust/);
});
