// The database is away: callers are answered from the snapshot, and what
// happened is in SQL once and in order when it is back.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, form, root, rows, run, sid, socket, startMessage, until, up, webhook } from './lib.mjs';

let env;
before(async () => { env = await up({ set: { 'media.workers': 2 } }); });
after(() => env?.stop());

const pg = (what) => run('tools/pg', [what, join(env.dir, 'pg')], { cwd: root });
const snapshot = () => join(env.dir, 'state/snapshot.json');
const wait = async (what, ok, seconds = 15) => {
  for (const end = Date.now() + seconds * 1000; !ok(); await new Promise((r) => setTimeout(r, 50))) {
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s\n${env.log().slice(-3000)}`);
  }
};
const logged = (re, seconds) => wait(String(re), () => re.test(env.log()), seconds);
/** kill -9 of the server: nobody says goodbye. */
async function crash() {
  const base = readFileSync(join(env.dir, 'pg/.place'), 'utf8').split('\n')[0];
  const pid = +(await run('head', ['-1', join(base, 'data/postmaster.pid')])).stdout;
  const backends = (await run('ps', ['-o', 'pid=', '--ppid', String(pid)])).stdout.split('\n').map(Number).filter(Boolean);
  for (const p of [pid, ...backends]) try { process.kill(p, 'SIGKILL'); } catch { /* gone with its parent */ }
}
const calls = (phone) => rows(env, `select id, status, streams, outcome, ended_by, carrier_sid,
  started_at < ended_at as in_order from calls where caller = '${phone}'`);
const segments = (phone) => rows(env, `select t.stream, t.seq, t.leg, t.text, t.start_ms, t.final from transcript_segments t
  join calls c on (c.business_id, c.id) = (t.business_id, t.call_id) where c.caller = '${phone}' order by t.stream, t.seq`);
const tasks = (phone) => rows(env, `select k.kind, k.text from tasks k
  join calls c on (c.business_id, c.id) = (k.business_id, k.call_id) where c.caller = '${phone}'`);
/** Numbered without a gap, and nothing was said before what came before it. */
function assertTold(got) {
  assert.ok(got.length >= 4, JSON.stringify(got));
  for (const leg of ['caller', 'assistant']) {
    const of = got.filter((s) => s.leg === leg);
    assert.ok(of.length, leg);
    of.reduce((a, b) => { assert.ok(a.stream < b.stream || a.start_ms <= b.start_ms, JSON.stringify([a, b])); return b; });
  }
  assert.equal(new Set(got.map((s) => `${s.stream}/${s.seq}`)).size, got.length);
}

test('the snapshot is in a file that only we read, and follows what changes', { timeout: 30000 }, async () => {
  await wait('a snapshot', () => existsSync(snapshot()));
  assert.equal(statSync(snapshot()).mode & 0o777, 0o600);
  assert.match(readFileSync(snapshot(), 'utf8'), new RegExp(env.number.replace('+', '\\+')));
  await run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-d', 'nightbell', '-c',
    `update businesses b set name = 'Blue Harbor' from phone_numbers p where p.business_id = b.id and p.number = '${env.number}'`], { cwd: root });
  await wait('the new name', () => readFileSync(snapshot(), 'utf8').includes('Blue Harbor'));
});

test('without a database a caller is answered and leaves a message; all of it is there once', { timeout: 240000 }, async () => {
  const phone = '+14155550161';
  await pg('stop');
  try {
    const r = await call(env, 'wants-person-nobody', ['--from', phone]);
    assert.match(env.log(), /begins without the database/, r.output);
    assert.equal(r.events.filter((e) => e.event === 'stream.start').length, 1, r.output);
    assert.doesNotMatch(env.log(), /is lost/);
  } finally {
    await pg('start');
  }
  const [c] = await until(env, `select id, status from calls where caller = '${phone}' and status = 'ended'`, (r) => r.length === 1, 30);
  assert.match(c.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  await logged(/told \d+ things late/);
  assert.deepEqual((await calls(phone)).map((x) => [x.status, x.streams, x.in_order]), [['ended', 1, true]]);
  assertTold(await segments(phone));
  assert.equal((await tasks(phone)).length, 1, JSON.stringify(await tasks(phone)));
  assert.deepEqual(await rows(env, `select kind, count(*)::int as n from legs l join calls c on (c.business_id, c.id) = (l.business_id, l.call_id)
    where c.caller = '${phone}' and kind <> 'owner' group by 1 order by 1`), [{ kind: 'assistant', n: 1 }, { kind: 'caller', n: 1 }]);
  assert.doesNotMatch(env.log(), /the database refused/);
});

test('a database that is killed in mid-call: the call goes on, nothing is lost or twice', { timeout: 240000 }, async () => {
  const phone = '+14155550162';
  const going = call(env, 'wants-person-nobody', ['--from', phone]);
  await until(env, `select 1 from transcript_segments t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
    where c.caller = '${phone}' and t.leg = 'assistant'`, (r) => r.length >= 1, 60);
  const before = await segments(phone);
  await crash();
  let r;
  try {
    r = await going;
  } finally {
    await pg('start');
  }
  assert.equal(r.events.filter((e) => e.event === 'stream.start').length, 1, r.output);
  await until(env, `select 1 from calls where caller = '${phone}' and status = 'ended'`, (x) => x.length === 1, 30);
  await until(env, `select 1 from tasks k join calls c on (c.business_id, c.id) = (k.business_id, k.call_id)
    where c.caller = '${phone}'`, (x) => x.length === 1, 30);
  const got = await segments(phone);
  assert.ok(got.length > before.length);
  assertTold(got);
  assert.equal((await calls(phone)).length, 1);
});

test('a repeated webhook of a call that began without a database joins it; callbacks may come in any order', { timeout: 60000 }, async () => {
  const phone = '+14155550163';
  const f = form(env, { From: phone });
  const dial = { ...f, CallStatus: 'in-progress', DialCallStatus: 'no-answer', DialCallSid: sid('CA') };
  const after_ = { ...f, CallStatus: 'completed' };
  let token, nonce;
  await pg('stop');
  try {
    const begun = Date.now();
    const [a, b] = [await webhook(env, '/twilio/voice', f), await webhook(env, '/twilio/voice', f)];
    assert.ok(Date.now() - begun < 2500, 'in time');
    assert.match(a.body, /<Dial/);
    assert.equal(b.body, a.body, 'the same plan again');
    const two = await webhook(env, '/twilio/voice', form(env, { From: phone }));
    assert.match(two.body, /<Stream/, 'the owner is not rung twice for one caller');
    await webhook(env, '/twilio/status', { ...f, CallStatus: 'ringing' });
    const c = await webhook(env, '/twilio/dial', dial);
    token = /<Parameter name="token" value="([^"]+)"/.exec(c.body)[1];
    nonce = /<Stream[^>]* url="([^"]+)"/.exec(c.body)[1];
    assert.match(token, /^1\.[0-9a-f-]{14}7/);
    // its nonce is good once, whichever worker is asked
    for (const code of [1000, 1008, 1008]) {
      const s = socket(env, nonce);
      assert.equal(await s.opened, 101);
      const stream = sid('MZ');
      s.send(startMessage({ form: f, token }, stream, env));
      if (code === 1000) {
        await logged(new RegExp(`${token.split('.')[1]}: begins without the database`));
        s.send({ event: 'stop', streamSid: stream, stop: {} });
      }
      assert.equal(await s.closed, code === 1000 ? code : 1008);
    }
    assert.match((await webhook(env, '/twilio/after', after_)).body, /<Hangup/);
    await webhook(env, '/twilio/status', { ...f, CallStatus: 'completed', CallDuration: '9' });
  } finally {
    await pg('start');
  }
  await until(env, `select 1 from calls where carrier_sid = '${f.CallSid}' and status = 'ended'`, (r) => r.length === 1, 30);
  assert.match((await webhook(env, '/twilio/voice', f)).body, /<Dial|<Hangup/, 'a late repetition');
  await webhook(env, '/twilio/status', { ...f, CallStatus: 'ringing' });
  const [c] = await rows(env, `select id, status, streams from calls where carrier_sid = '${f.CallSid}'`);
  assert.equal(c.id, token.split('.')[1], 'under the id that the gateway made');
  assert.deepEqual([c.status, c.streams], ['ended', 1]);
  assert.doesNotMatch(env.log(), /the database refused/);
});

test('who is blocked is refused without a database, too, and shown as what was done', { timeout: 60000 }, async () => {
  const [blocked, other] = ['+14155550167', '+14155550168'];
  const sql = (text) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-d', 'nightbell', '-c', text], { cwd: root });
  const block = (who) => sql(`insert into blocked_callers (business_id, number) select business_id, '${who}' from phone_numbers where number = '${env.number}'`);
  await block(blocked);
  await wait('the blocked number', () => readFileSync(snapshot(), 'utf8').includes(blocked));
  // What each of them reads for another one has this one in it.
  const seen = env.log().length;
  await block('+14155550170');
  await wait('both workers', () => ['media0', 'media1'].every((w) => new RegExp(`${w} snapshot: plans of \\d+ numbers are kept`).test(env.log().slice(seen))));
  const forms = [blocked, other].map((From) => form(env, { From }));
  await pg('stop');
  try {
    assert.match((await webhook(env, '/twilio/voice', forms[0])).body, /<Reject reason="busy"/);
    assert.match((await webhook(env, '/twilio/voice', forms[0])).body, /<Reject reason="busy"/, 'again');
    assert.match((await webhook(env, '/twilio/voice', forms[1])).body, /<Dial/);
  } finally {
    await pg('start');
  }
  await until(env, `select 1 from calls where caller in ('${blocked}', '${other}')`, (r) => r.length === 2, 30);
  assert.deepEqual((await calls(blocked)).map((c) => c.status), ['refused']);
  assert.deepEqual((await calls(other)).map((c) => c.status), ['ringing']);
});

test('a worker that starts without a database answers from the file; a damaged one is told and ignored', { timeout: 60000 }, async () => {
  const workers = async () => (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout
    .split('\n').filter((l) => /role media/.test(l)).map((l) => +l.trim().split(/\s+/)[0]);
  const restart = async () => {
    const old = await workers();
    for (const p of old) process.kill(p, 'SIGKILL');
    for (const end = Date.now() + 15000; ;) {
      const now = await workers();
      if (now.length === old.length && !now.some((p) => old.includes(p))) return;
      assert.ok(Date.now() < end, 'restarted');
      await new Promise((r) => setTimeout(r, 100));
    }
  };
  await pg('stop');
  try {
    await restart();
    assert.match((await webhook(env, '/twilio/voice', form(env, { From: '+14155550164' }))).body, /<Dial/);
    writeFileSync(snapshot(), '{"broken');
    await restart();
    assert.match((await webhook(env, '/twilio/voice', form(env, { From: '+14155550165' }))).body, /<Say/);
    assert.match(env.log(), /snapshot\.json cannot be used and is ignored/);
  } finally {
    await pg('start');
  }
  await until(env, `select 1 from calls where caller in ('+14155550164', '+14155550165')`, (r) => r.length === 2, 30);
  await wait('a good file', () => readFileSync(snapshot(), 'utf8').includes(env.number));
});
