// Documents that the vendor's own builder writes are understood as meant,
// and signatures are the ones that the vendor's own code expects.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import twilio from 'twilio';
import { account, listener, run, token } from './lib.mjs';

const { VoiceResponse, MessagingResponse } = twilio.twiml;
const dir = mkdtempSync(join(tmpdir(), 'callsim-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const parse = async (text) => {
  const file = join(dir, 'document.xml');
  writeFileSync(file, text);
  const r = await run(['parse-twiml', file]);
  return { ...r, tree: r.code ? null : JSON.parse(r.out) };
};
const verb = (name, attributes, children = [], text = '') => ({ verb: name, attributes, text, children });

const documents = {
  'missed call': [(r) => {
    const dial = r.dial({ timeout: 18, action: '/twilio/dial', answerOnBridge: true });
    dial.number({ url: '/twilio/whisper', statusCallbackEvent: ['initiated', 'answered'] }, '+14155550111');
  }, [verb('Dial', { timeout: '18', action: '/twilio/dial', answerOnBridge: 'true' }, [
    verb('Number', { url: '/twilio/whisper', statusCallbackEvent: 'initiated answered' }, [], '+14155550111')])]],
  'stream': [(r) => {
    const s = r.connect().stream({ url: 'wss://voice.example.com/ws/voice/twilio/n1', statusCallback: '/twilio/stream' });
    s.parameter({ name: 'token', value: 'a<b>&"c\'' });
    r.redirect({ method: 'POST' }, 'https://voice.example.com/twilio/after?a=1&b=2');
  }, [verb('Connect', {}, [verb('Stream', { url: 'wss://voice.example.com/ws/voice/twilio/n1', statusCallback: '/twilio/stream' }, [
    verb('Parameter', { name: 'token', value: 'a<b>&"c\'' })])]),
  verb('Redirect', { method: 'POST' }, [], 'https://voice.example.com/twilio/after?a=1&b=2')]],
  'menu': [(r) => {
    const g = r.gather({ input: ['dtmf', 'speech'], numDigits: 1, finishOnKey: '', actionOnEmptyResult: true, timeout: 4 });
    g.say({ voice: 'Polly.Joanna-Neural', language: 'en-US' }, 'Press 1 — or say “repair”.');
    g.pause({ length: 2 });
    r.say('We did not hear you.');
    r.hangup();
  }, [verb('Gather', { input: 'dtmf speech', numDigits: '1', finishOnKey: '', actionOnEmptyResult: 'true', timeout: '4' }, [
    verb('Say', { voice: 'Polly.Joanna-Neural', language: 'en-US' }, [], 'Press 1 — or say “repair”.'),
    verb('Pause', { length: '2' })]),
  verb('Say', {}, [], 'We did not hear you.'), verb('Hangup', {})]],
  'voicemail': [(r) => {
    r.record({ action: '/twilio/record', maxLength: 120, playBeep: true, recordingStatusCallbackEvent: ['completed', 'absent'], transcribe: false });
    r.reject({ reason: 'busy' });
    r.enqueue({ waitUrl: '/wait' }, 'support');
    r.play({ loop: 2 }, 'https://example.com/a.wav');
    r.pause();
  }, [verb('Record', { action: '/twilio/record', maxLength: '120', playBeep: 'true', recordingStatusCallbackEvent: 'completed absent', transcribe: 'false' }),
    verb('Reject', { reason: 'busy' }), verb('Enqueue', { waitUrl: '/wait' }, [], 'support'),
    verb('Play', { loop: '2' }, [], 'https://example.com/a.wav'), verb('Pause', {})]],
  'nothing': [() => {}, []],
};

for (const [name, [make, want]] of Object.entries(documents)) {
  test(`the builder's document is read as meant: ${name}`, async () => {
    const r = new VoiceResponse();
    make(r);
    const got = await parse(r.toString());
    assert.equal(got.code, 0, got.err);
    assert.equal(got.err, '', 'no schema warning');
    assert.deepEqual(got.tree, verb('Response', {}, want));
  });
}

test('a reply to a text', async () => {
  const r = new MessagingResponse();
  r.message({ action: '/status' }).body('We will call you back.');
  r.message('One more.');
  const got = await parse(r.toString());
  assert.equal(got.err, '');
  assert.deepEqual(got.tree.children.map((c) => c.verb), ['Message', 'Message']);
  assert.equal(got.tree.children[0].children[0].text, 'We will call you back.');
});

for (const [name, text, code] of [
  ['no root', '<Say>hi</Say>', 1],
  ['cut short', '<Response><Say>hi', 1],
  ['a blank line first', '\n<?xml version="1.0"?><Response/>', 1],
  ['entities of its own', '<!DOCTYPE Response [<!ENTITY a SYSTEM "file:///etc/passwd">]><Response><Say>&a;</Say></Response>', 1],
  ['an unknown attribute', '<Response><Say tone="kind">hi</Say></Response>', 0],
  ['a verb in the wrong place', '<Response><Gather><Dial>+1</Dial></Gather></Response>', 0],
]) {
  test(`documents with faults: ${name}`, async () => {
    const r = await parse(text);
    assert.equal(r.code, code);
    assert.match(r.err, code ? /12100/ : /12200/);
  });
}

const P = { CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309', To: '+18005551212' };
const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
for (const [u, prm] of [
  [url, P], ['https://mycompany.com:443/myapp.php?foo=1&bar=2', P], ['http://mycompany.com:1234/myapp.php?foo=1&bar=2', P],
  [url, { ...P, Reason: 'Participant', ReasonConferenceEnded: 'test' }],
  ['https://example.net/sms', { Body: 'café ✓', From: '+14155550100', Empty: '' }],
  ['wss://voice.example.net/media', {}],
]) {
  test(`signature of ${u} with ${Object.keys(prm).length} parameters`, async () => {
    const r = await run(['sign', u, ...Object.entries(prm).map(([k, v]) => `${k}=${v}`), '--auth-token', token]);
    assert.equal(r.out.trim(), twilio.getExpectedTwilioSignature(token, u, prm));
  });
}
test('the published vector', async () => {
  const r = await run(['sign', url, ...Object.entries(P).map(([k, v]) => `${k}=${v}`), '--auth-token', token]);
  assert.equal(r.out.trim(), 'RSOYDt4T1cUTdK1PDd93/VVr8B8=');
});

test('requests of a call are signed as the vendor checks them', async () => {
  const hears = await listener({
    '/voice': (p) => { assert.equal(p.CallStatus, 'ringing'); return `<Response><Connect><Stream url="${hears.base.replace('http', 'ws')}/media/abc"/></Connect><Redirect>/after</Redirect></Response>`; },
    '/after': () => '<Response><Hangup/></Response>', '/status': () => '',
  });
  try {
    const file = join(dir, 'caller.json');
    writeFileSync(file, JSON.stringify({ name: 'nobody', from: '+14155550142', turns: [] }));
    const r = await run(['call', file, '--voice-url', `${hears.base}/voice`, '--status-url', `${hears.base}/status`,
      '--auth-token', token, '--account', account, '--quirk', 'ws-plain=on', '--json']);
    assert.equal(r.code, 1, 'no stream: the call did not go as it should');
    assert.deepEqual(hears.requests.map((x) => x.path), ['/voice', '/after', '/status']);
    for (const q of hears.requests) {
      assert.ok(twilio.validateRequest(token, q.headers['x-twilio-signature'], hears.base + q.path, q.params), q.path);
      assert.match(q.headers['content-type'], /^application\/x-www-form-urlencoded/);
      assert.equal(q.params.AccountSid, account);
      assert.ok(q.headers['i-twilio-idempotency-token']);
    }
    const [up] = hears.upgrades;
    assert.ok(twilio.validateRequest(token, up.headers['x-twilio-signature'], `${hears.base.replace('http', 'ws')}/media/abc`, {}));
    assert.equal(up.headers['user-agent'], 'Twilio.TmeWs/1.0');
    assert.equal(up.headers['sec-websocket-version'], '13');
    for (const h of ['sec-websocket-protocol', 'sec-websocket-extensions', 'origin', 'authorization', 'cookie'])
      assert.equal(up.headers[h], undefined, h);
    const errors = r.out.split('\n').filter(Boolean).map((l) => JSON.parse(l)).filter((e) => e.event === 'error');
    assert.deepEqual(errors.map((e) => e.code), [31920]);
  } finally {
    hears.stop();
  }
});
