// Whole calls that callers.test.mjs does not play: an unknown caller file, a
// muted caller, a STOP in mid-call.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, call, form, rows, run, root, until, up, webhook } from './lib.mjs';

let env;
before(async () => { env = await up(); });
after(() => env?.stop());

const booked = (phone) => rows(env, `
  select s.name as service, l.name as customer, to_char(a.starts_at at time zone b.timezone, 'Dy HH24:MI') as at, a.status
  from appointments a join services s on (s.business_id, s.id) = (a.business_id, a.service_id)
  join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id) join businesses b on b.id = a.business_id
  where l.phone = '${phone}'`);
const segments = (phone) => rows(env, `
  select t.seq, t.leg, t.text, t.heard, t.final, t.reply_ms from transcript_segments t
  join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
  where c.caller = '${phone}' order by t.seq`);
const outcome = (phone) => until(env, `select status, outcome from calls where caller = '${phone}'`,
  (r) => r.length === 1 && r[0].status === 'ended');

test('a caller file that nobody has seen gives its own booking; muted it books nothing', { timeout: 300000 }, async () => {
  const dir = mkdtempSync('/tmp/nb-caller-');
  const file = join(dir, 'stranger.json');
  writeFileSync(file, JSON.stringify({
    name: 'stranger', from: '+14155550174', voice: 'flite:slt',
    answers: [
      { hears: 'i heard|is that right', say: ['Yes, that is right.'] },
      { hears: 'help', say: ['My kitchen drain is blocked.'] },
      { hears: 'address', say: ['Forty two Oak Avenue.'] },
      { hears: 'name', say: ['My name is Robert Allen.'] },
      { hears: 'day|time|when', say: ['Thursday at ten in the morning.'] },
      { hears: 'book|shall i|work for you', say: ['Yes, please.'] },
      { hears: 'text', say: ['Yes.'] },
    ],
  }));
  try {
    const r = await call(env, file);
    assert.equal(r.code, 0, r.errors || r.output);
    const [a] = await booked('+14155550174');
    assert.equal(a.service, 'drain cleaning');
    assert.equal(a.at, 'Thu 10:00');
    const muted = await call(env, file, ['--mute', '--from', '+14155550175']);
    assert.equal(muted.events.filter((e) => e.event === 'stream.start').length, 1, muted.errors);
    assert.equal((await outcome('+14155550175'))[0].outcome, 'silent');
    assert.deepEqual((await segments('+14155550175')).filter((t) => t.leg === 'caller'), []);
    assert.equal((await booked('+14155550175')).length, 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a desk that is slow at the end of a call: the caller is not connected again', { timeout: 120000 }, async () => {
  const psql = (sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', sql], { cwd: root });
  await psql(`alter function desk.call_end rename to call_end_soon;
    create function desk.call_end(req jsonb) returns jsonb language plpgsql as
      $$ begin perform pg_sleep(0.7); return desk.call_end_soon(req); end $$;
    grant execute on function desk.call_end to nightbell_gateway`);
  const r = await call(env, 'robocall', ['--from', '+14155550179']);
  await psql('drop function desk.call_end; alter function desk.call_end_soon rename to call_end');
  assert.equal(r.code, 0, r.errors || r.output);
  assert.deepEqual(r.events.filter((e) => /^stream\./.test(e.event)).map((e) => e.code ?? e.event), ['stream.start', 1000]);
  assert.equal(r.events.find((e) => e.event === 'call.ended').why, '<Hangup>');
});

test('a text that says STOP ends texts to that number', { timeout: 200000 }, async () => {
  const phone = '+14155550176';
  const stop = form(env, { From: phone, Body: 'STOP 🛑', MessageSid: 'SM' + '0'.repeat(31) + '1', NumMedia: '0', SmsStatus: 'received' });
  delete stop.CallSid;
  const tool = (name) => `select t.result from tool_results t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
    where c.caller = '${phone}' and t.name = '${name}' and t.result is not null`;
  // Who said STOP before is not even asked. So it comes in the middle of the
  // call, when the assistant already believes that it may offer a text.
  const calling = call(env, 'polite-booker', ['--from', phone]);
  await until(env, tool('find_slots'), (r) => r.length > 0, 90);
  assert.equal((await webhook(env, '/twilio/sms', stop)).status, 200);
  await calling;
  assert.equal((await booked(phone)).length, 1);
  assert.deepEqual(await rows(env, `select source, words from opt_outs where number = '${phone}' and ended_at is null`),
    [{ source: 'sms', words: 'STOP 🛑' }]);
  assert.deepEqual(await rows(env, tool('consent')), [{ result: { ok: true } }], 'the caller said yes on the phone');
  assert.deepEqual(await rows(env, tool('send_text')), [{ result: { ok: false, error: 'opted_out' } }], 'STOP is the reason');
  assert.deepEqual(await rows(env, `select status from messages where to_number = '${phone}' and direction = 'out'`), []);
  assert.deepEqual(await rows(env, `select state from outbox where number = '${phone}'`), []);
});

test('no phone number and no secret is in the logs', async () => {
  const log = env.log();
  assert.doesNotMatch(log, /\+1415555017\d/);
  assert.ok(!log.includes(env.token));
});

test('transcribe hears a file', { timeout: 60000 }, async () => {
  const wav = join(env.dir, 'say.wav');
  await run(`${build}/nightbell`, ['say', 'My furnace stopped working.', '--out', wav, '--config', join(env.dir, 'nightbell.yaml')], { cwd: root });
  const { stdout } = await run(`${build}/nightbell`, ['transcribe', wav, '--config', join(env.dir, 'nightbell.yaml')], { cwd: root });
  assert.match(stdout.toLowerCase(), /furnace/);
});
