// The vendor's own client drives the simulated carrier's REST API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { account, client, listener, serve, token } from './lib.mjs';

const us = '+14155550100', them = '+14155550142', landline = '+14155550143';
let sim, hears, api;
before(async () => {
  hears = await listener({
    '/sms': () => '<Response><Message>Thank you.</Message></Response>',
    '/status': () => '', '/call-status': () => '',
    '/voice': () => '<Response><Pause length="30"/></Response>',
    '/other': () => '<Response><Pause length="30"/></Response>',
  });
  sim = await serve(['--sms-url', `${hears.base}/sms`, '--sms-fail', `${landline}=30006`]);
  api = client(sim.url);
});
after(async () => { await sim?.stop(); hears?.stop(); });

const control = async (path, body) => {
  const r = await fetch(`${sim.url}/sim/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: r.status, body: await r.json() };
};
const statuses = (sid) => hears.requests.filter((r) => r.path === '/status' && r.params.MessageSid === sid);

test('a text is created, delivered, fetched and listed', async () => {
  const m = await api.messages.create({ from: us, to: them, body: 'Your appointment: Tue 2 PM. Reply STOP to end.', statusCallback: `${hears.base}/status` });
  assert.match(m.sid, /^SM[0-9a-f]{32}$/);
  assert.equal(m.status, 'queued');
  assert.equal(m.direction, 'outbound-api');
  assert.equal(m.numSegments, '1');
  assert.equal(m.accountSid, account);
  assert.ok(m.dateCreated instanceof Date && !Number.isNaN(+m.dateCreated));
  assert.equal(m.dateSent, null);
  await hears.until(() => statuses(m.sid).length === 3);
  assert.deepEqual(statuses(m.sid).map((r) => r.params.MessageStatus), ['queued', 'sent', 'delivered']);
  for (const r of statuses(m.sid)) {
    assert.ok(twilio.validateRequest(token, r.headers['x-twilio-signature'], `${hears.base}/status`, r.params));
    assert.ok(!twilio.validateRequest(token, r.headers['x-twilio-signature'], `${hears.base}/status`, { ...r.params, To: us }));
  }
  const again = await api.messages(m.sid).fetch();
  assert.equal(again.status, 'delivered');
  assert.equal(again.body, m.body);
  assert.ok(again.dateSent instanceof Date);
  const list = await api.messages.list({ to: them, dateSent: new Date() });
  assert.deepEqual(list.map((x) => x.sid), [m.sid]);
  assert.deepEqual(await api.messages.list({ to: landline }), []);
});

test('pages of a list', async () => {
  for (let i = 0; i < 5; i++) await api.messages.create({ from: us, to: '+14155550150', body: `text ${i}` });
  const all = await api.messages.list({ to: '+14155550150', pageSize: 2 });
  assert.deepEqual(all.map((m) => m.body), [4, 3, 2, 1, 0].map((i) => `text ${i}`));
});

test('a landline gets nothing: 30006', async () => {
  const m = await api.messages.create({ from: us, to: landline, body: 'Hello', statusCallback: `${hears.base}/status` });
  await hears.until(() => statuses(m.sid).length === 3);
  const last = statuses(m.sid)[2].params;
  assert.equal(last.MessageStatus, 'undelivered');
  assert.equal(last.ErrorCode, '30006');
  assert.equal((await api.messages(m.sid).fetch()).errorCode, 30006);
});

test('parts are counted by the alphabet', async () => {
  const parts = async (body) => (await api.messages.create({ from: us, to: them, body })).numSegments;
  assert.equal(await parts('a'.repeat(160)), '1');
  assert.equal(await parts('a'.repeat(161)), '2');
  assert.equal(await parts('\u20ac'.repeat(80)), '1');
  assert.equal(await parts('\u20ac'.repeat(81)), '2');
  assert.equal(await parts('\u201cquoted\u201d' + 'a'.repeat(62)), '1');
  assert.equal(await parts('\u201cquoted\u201d' + 'a'.repeat(63)), '2');
});

for (const [name, prm, code, status] of [
  ['no number', { from: us, to: 'bob', body: 'x' }, 21211, 400],
  ['a number that is not ours', { from: '+14155559999', to: them, body: 'x' }, 21606, 400],
  ['nobody to send from', { to: them, body: 'x' }, 21603, 400],
  ['to itself', { from: us, to: us, body: 'x' }, 21266, 400],
  ['nothing to say', { from: us, to: them, body: '' }, 21602, 400],
  ['too much to say', { from: us, to: them, body: 'x'.repeat(1601) }, 21617, 400],
]) {
  test(`a text is refused: ${name}`, async () => {
    await assert.rejects(api.messages.create(prm), (e) => {
      assert.equal(e.code, code);
      assert.equal(e.status, status);
      assert.match(e.moreInfo, new RegExp(`${code}$`));
      return true;
    });
  });
}

test('wrong credentials, unknown resources, faults', async () => {
  await assert.rejects(client(sim.url, 'wrong').messages.list(), (e) => e.code === 20003 && e.status === 401);
  await assert.rejects(api.messages('SM' + '9'.repeat(32)).fetch(), (e) => e.code === 20404 && e.status === 404);
  await control('faults', { status: 429, count: 1 });
  await assert.rejects(api.messages.create({ from: us, to: them, body: 'x' }), (e) => e.code === 20429 && e.status === 429);
  await api.messages.create({ from: us, to: them, body: 'x' });
});

test('who says STOP gets nothing until START', async () => {
  const who = '+14155550160';
  const first = await control('texts', { from: who, to: us, body: 'Is Tuesday free?' });
  assert.deepEqual(first, { status: 201, body: { code: 0, why: '', replies: 1 } });
  const asked = hears.requests.filter((r) => r.path === '/sms').at(-1);
  assert.ok(twilio.validateRequest(token, asked.headers['x-twilio-signature'], `${hears.base}/sms`, asked.params));
  assert.equal(asked.params.Body, 'Is Tuesday free?');
  const [reply] = await api.messages.list({ to: who });
  assert.equal(reply.body, 'Thank you.');
  assert.equal(reply.direction, 'outbound-reply');
  await control('texts', { from: who, to: us, body: ' stop ' });
  await assert.rejects(api.messages.create({ from: us, to: who, body: 'x' }), (e) => e.code === 21610);
  await control('texts', { from: who, to: us, body: 'start' });
  await api.messages.create({ from: us, to: who, body: 'x' });
  await control('texts', { from: who, to: us, body: 'stop that please' });
  await api.messages.create({ from: us, to: who, body: 'x' });
});

test('a call is made, fetched, sent elsewhere and ended', async () => {
  const c = await api.calls.create({
    from: us, to: them, url: `${hears.base}/voice`, statusCallback: `${hears.base}/call-status`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  assert.match(c.sid, /^CA[0-9a-f]{32}$/);
  assert.equal(c.direction, 'outbound-api');
  await hears.until((r) => r.some((x) => x.path === '/voice'));
  assert.equal((await api.calls(c.sid).fetch()).status, 'in-progress');
  await api.calls(c.sid).update({ url: `${hears.base}/other`, method: 'GET' });
  await hears.until((r) => r.some((x) => x.path.startsWith('/other?')));
  const get = hears.requests.find((x) => x.path.startsWith('/other?'));
  assert.equal(get.method, 'GET');
  assert.ok(twilio.validateRequest(token, get.headers['x-twilio-signature'], hears.base + get.path, {}));
  await api.calls(c.sid).update({ twiml: '<Response><Pause length="20"/></Response>' });
  const done = await api.calls(c.sid).update({ status: 'completed' });
  assert.equal(done.status, 'completed');
  assert.ok(Number(done.duration) >= 0);
  assert.ok(done.startTime instanceof Date && done.endTime instanceof Date);
  await hears.until((r) => r.filter((x) => x.path === '/call-status').length === 4);
  const told = hears.requests.filter((x) => x.path === '/call-status')
    .sort((a, b) => a.params.SequenceNumber - b.params.SequenceNumber);
  assert.deepEqual(told.map((x) => x.params.SequenceNumber), ['0', '1', '2', '3']);
  assert.equal(told[3].params.CallStatus, 'completed');
  await assert.rejects(api.calls(c.sid).update({ status: 'completed' }), (e) => e.code === 21220);
  assert.deepEqual((await api.calls.list({ to: them })).map((x) => x.sid), [c.sid]);
});

test('numbers of the account', async () => {
  const [n] = await api.incomingPhoneNumbers.list();
  assert.equal(n.phoneNumber, us);
  assert.equal(n.capabilities.sms, true);
  assert.equal(n.smsUrl, `${hears.base}/sms`);
});

test('a voicemail is recorded and downloaded', async () => {
  const c = await api.calls.create({
    from: us, to: them,
    twiml: '<Response><Record playBeep="false" maxLength="1" timeout="0" action="/nowhere"/><Hangup/></Response>',
  });
  await sim.event('call.ended', (e) => e.call === c.sid);
  // Nothing was said: no recording, no action; the next verb hung up.
  assert.deepEqual(await api.recordings.list({ callSid: c.sid }), []);
});
