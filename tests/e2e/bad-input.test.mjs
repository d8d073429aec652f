// What strangers and broken peers send: refused with a reason, nothing lost.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { form, missed, rows, sid, sign, socket, startMessage, until, up, webhook } from './lib.mjs';

let env;
before(async () => { env = await up({ set: { 'media.token_s': 3 } }); });
after(() => env?.stop());

const logged = async (pattern) => {
  const end = Date.now() + 5000;
  while (!pattern.test(env.log())) {
    assert.ok(Date.now() < end, `the log does not say ${pattern}`);
    await new Promise((r) => setTimeout(r, 50));
  }
};
const media = (streamSid, payload) => ({ event: 'media', sequenceNumber: '2', streamSid, media: { track: 'inbound', chunk: '1', timestamp: '0', payload } });

test('a webhook without or with a wrong signature is refused and changes nothing', async () => {
  const f = form(env);
  assert.equal((await webhook(env, '/twilio/voice', f, { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })).status, 403);
  assert.equal((await webhook(env, '/twilio/voice', f, { 'x-twilio-signature': '' })).status, 403);
  assert.equal((await webhook(env, '/twilio/voice', f, { 'x-twilio-signature': sign('guess', `https://${env.host}/twilio/voice`, f) })).status, 403);
  assert.deepEqual(await rows(env, 'select 1 from calls'), []);
});

test('an unknown number is turned away with a reason in the log', async () => {
  const r = await webhook(env, '/twilio/voice', form(env, { To: '+14155559999' }));
  assert.equal(r.status, 200);
  assert.match(r.body, /<Reject|<Hangup/);
  await logged(/unknown_number/);
});

test('a callback with a bad number is taken, a text without a sender\'s number is kept', async () => {
  const f = form(env, { From: '+14155550178' });
  assert.equal((await webhook(env, '/twilio/voice', f)).status, 200);
  assert.equal((await webhook(env, '/twilio/status', { ...f, CallStatus: 'completed', CallDuration: 'abc', SequenceNumber: 'x' })).status, 200);
  await until(env, `select 1 from calls where carrier_sid = '${f.CallSid}' and ended_at is not null and duration_ms is null`, (r) => r.length === 1);
  assert.equal((await webhook(env, '/twilio/sms', { MessageSid: sid('SM'), From: '72345', To: f.To, Body: 'Your code is 99', NumMedia: 'many' })).status, 200);
  await until(env, "select 1 from tasks where text ~ 'from 72345.*code is 99'", (r) => r.length === 1);
  assert.doesNotMatch(env.log(), /SQL refused/);
});

test('unknown path 404, wrong method 405, oversized body 413', async () => {
  assert.equal((await webhook(env, '/twilio/voice', {}, {}, 'GET')).status, 405);
  assert.equal((await webhook(env, '/twilio/nothing', form(env))).status, 404);
  assert.equal((await webhook(env, '/twilio/voice', { x: 'y'.repeat(300000) })).status, 413);
});

test('what the dashboard refuses it explains as RFC 9457 says', async () => {
  const [host, port] = env.dashboard.split(':');
  const ask = (method, path, body = '') => new Promise((done, fail) => {
    const req = http.request({ host, port, method, path, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done({ status: res.statusCode, type: res.headers['content-type'], text }));
    });
    req.on('error', fail);
    req.end(body);
  });
  for (const [status, ...what] of [
    [400, 'GET', '/api/v1/leads?q=%00'], [400, 'GET', '/index.html%00.png'], [400, 'GET', '/%zz'], [501, 'TRACE', '/api/v1/calls'],
    [405, 'PUT', '/api/v1/calls'], [405, 'HEAD', '/api/v1/events'], [401, 'HEAD', '/api/v1/calls'], [405, 'POST', '/index.html'], [404, 'GET', '/api/v1/nothing'], [401, 'GET', '/api/v1/calls'],
    [413, 'POST', '/api/v1/sign-in/link', JSON.stringify({ email: 'x'.repeat(20000) })],
  ]) {
    const r = await ask(...what);
    assert.equal(r.status, status, `${what}`.slice(0, 60));
    assert.equal(r.type, 'application/problem+json', `${what}`.slice(0, 60));
    if (what[0] === 'HEAD') continue;
    const problem = JSON.parse(r.text);
    assert.equal(problem.status, status);
    assert.ok(problem.title && problem.type === 'about:blank');
  }
});

test('a repeated webhook gets the stored plan again and makes one call', async () => {
  const f = form(env, { From: '+14155550150' });
  const [a, b] = [await webhook(env, '/twilio/voice', f), await webhook(env, '/twilio/voice', f)];
  assert.equal(a.body, b.body);
  assert.equal((await rows(env, `select 1 from calls where caller = '+14155550150'`)).length, 1);
});

test('a media socket without the carrier\'s signature is refused', async () => {
  const m = await missed(env);
  assert.equal(await socket(env, m.url, { signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }).opened, 403);
  assert.equal(await socket(env, m.url, { signature: '' }).opened, 403);
});

test('a token is good once', async () => {
  const m = await missed(env);
  const a = socket(env, m.url);
  assert.equal(await a.opened, 101);
  const stream = sid('MZ');
  a.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  a.send(startMessage(m, stream, env));
  await new Promise((r) => a.ws.once('message', r));	// it speaks
  const b = socket(env, m.url);
  await b.opened;
  b.send(startMessage(m, sid('MZ'), env));
  assert.equal(await b.closed, 1008);
  await logged(/NB001/);
  a.ws.close();
  await a.closed;
});

test('an expired token is refused', async () => {
  const m = await missed(env);
  await new Promise((r) => setTimeout(r, 4200));	// media.token_s is 3
  const s = socket(env, m.url);
  await s.opened;
  s.send(startMessage(m, sid('MZ'), env));
  assert.equal(await s.closed, 1008);
  await logged(/token has expired/);
});

test('a token of another call is refused', async () => {
  const [m, other] = [await missed(env), await missed(env)];
  const s = socket(env, m.url);
  await s.opened;
  s.send(startMessage({ ...m, token: other.token }, sid('MZ'), env));
  assert.equal(await s.closed, 1008);
  await logged(/token is not ours/);
});

test('without a proxy of ours nobody says which address asks for a link', async () => {
  const [host, port] = env.dashboard.split(':');
  for (let i = 1; i < 4; i++) {
    const r = await fetch(`http://${host}:${port}/api/v1/sign-in/link`, { method: 'POST', body: '{"email":"nobody@harbor.test"}',
      headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': `10.9.9.${i}` } });
    assert.equal(r.status, 202);
  }
  assert.deepEqual(await rows(env, `select what, n from sign_in_counts where what like 'address:%'`), [{ what: 'address:127.0.0.1', n: 3 }]);
});

test('no start message within 5 s closes the socket', { timeout: 15000 }, async () => {
  const m = await missed(env);
  const s = socket(env, m.url);
  await s.opened;
  const begun = Date.now();
  assert.equal(await s.closed, 1008);
  assert.ok(Date.now() - begun < 7000);
  await logged(/no start message within 5 s/);
});

test('audio before start and binary frames close the socket with a reason', async () => {
  let s = socket(env, (await missed(env)).url);
  await s.opened;
  s.send(media(sid('MZ'), 'f39/'));
  assert.equal(await s.closed, 1008);
  s = socket(env, (await missed(env)).url);
  await s.opened;
  s.ws.send(Buffer.from([0xff, 0xff]));
  assert.equal(await s.closed, 1003);
  await logged(/binary frame/);
});

test('malformed JSON, a wrong streamSid and an empty payload are counted, the call goes on', async () => {
  const m = await missed(env);
  const s = socket(env, m.url);
  await s.opened;
  const stream = sid('MZ');
  s.send(startMessage(m, stream, env));
  await new Promise((r) => s.ws.once('message', r));
  s.send('{"event":"media","media":{');
  s.send('not json at all');
  s.send(media(sid('MZ'), 'f39/'));
  s.send(media(stream, ''));
  s.send(media(stream, '!!!!'));
  s.send({ event: 'hologram', streamSid: stream });
  const had = s.messages.length;
  await new Promise((r) => s.ws.on('message', () => s.messages.length > had + 10 && r()));
  assert.equal(s.ws.readyState, 1);
  s.send({ event: 'stop', sequenceNumber: '9', streamSid: stream, stop: { accountSid: env.account, callSid: m.form.CallSid } });
  await s.closed;
  await logged(/a message that is not the carrier's/);
  await logged(/a message of another stream/);
  await logged(/a media message without audio/);
  await logged(/a media message that is not base64/);
  assert.equal(env.log().match(/a message that is not the carrier's/g).length, 1, 'the second one is counted, not logged');
});

test('a flood of bad messages closes the socket', async () => {
  const m = await missed(env);
  const s = socket(env, m.url);
  await s.opened;
  s.send(startMessage(m, sid('MZ'), env));
  for (let i = 0; i < 30; i++) s.send('garbage');
  assert.equal(await s.closed, 1008);
});

test('a caller who hangs up ends the call', async () => {
  const m = await missed(env, { From: '+14155550151' });
  const s = socket(env, m.url);
  await s.opened;
  s.send(startMessage(m, sid('MZ'), env));
  await new Promise((r) => s.ws.once('message', r));
  s.ws.close(1000);
  await until(env, `select ended_at from calls where caller = '+14155550151'`, (r) => r[0]?.ended_at);
});

test('a stop message is the caller hanging up', async () => {
  const m = await missed(env, { From: '+14155550152' });
  const s = socket(env, m.url);
  await s.opened;
  const stream = sid('MZ');
  s.send(startMessage(m, stream, env));
  await new Promise((r) => s.ws.once('message', r));
  s.send({ event: 'stop', sequenceNumber: '2', streamSid: stream, stop: { accountSid: env.account, callSid: m.form.CallSid } });
  assert.equal(await s.closed, 1000);
  const [c] = await until(env, `select ended_by, outcome from calls where caller = '+14155550152'`, (r) => r[0]?.ended_by);
  assert.deepEqual(c, { ended_by: 'caller', outcome: 'caller_gone' });
});

test('a worker that stops cuts the call that lasts too long, and loses nothing of it', { timeout: 30000 }, async () => {
  const other = await up({ set: { 'media.drain_s': 1 } });
  try {
    const m = await missed(other, { From: '+14155550153' });
    const s = socket(other, m.url);
    await s.opened;
    s.send(startMessage(m, sid('MZ'), other));
    await new Promise((r) => s.ws.once('message', r));
    process.kill(+other.pid, 'SIGTERM');
    assert.equal(await s.closed, 1001);
    await until(other, `select 1 from calls where caller = '+14155550153' and ended_by = 'lost'`, (r) => r.length === 1);
  } finally {
    await other.stop();
  }
});
