// What our gateway answers is what the vendor's own builder writes for the
// same wish: both documents are read by callsim and compared as trees.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { printTwiml, root, run } from './lib.mjs';

const { VoiceResponse } = twilio.twiml;
const dir = mkdtempSync(join(tmpdir(), 'plans-'));
before(() => process.env.PRINT_TWIML ?? execFileSync('make', ['-s', 'build/print_twiml'], { cwd: root, stdio: 'inherit' }));
after(() => rmSync(dir, { recursive: true, force: true }));

const base = 'https://voice.example.com'; // as print_twiml.c has them
const stream = { url: 'wss://voice.example.com/ws/voice/twilio/n1', statusCallback: `${base}/twilio/stream` };
const token = 'a<b>&"c\'';
const id = '01890000-0000-7000-8000-000000000001';

const parse = async (text) => {
  const file = join(dir, 'document.xml');
  writeFileSync(file, text);
  const r = await run(['parse-twiml', file]);
  assert.equal(r.code, 0, r.err);
  assert.equal(r.err, '', 'no schema warning');
  return JSON.parse(r.out);
};

const plans = {
  'the owner is rung': [[{ verb: 'dial', number: '+14155550111', timeout: 18, path: '/twilio/dial' }],
    (r) => r.dial({ timeout: 18, action: `${base}/twilio/dial`, method: 'POST', answerOnBridge: true }, '+14155550111')],
  'the owner is rung in the name of a number': [[{ verb: 'dial', number: '+14155550111', caller_id: '+14155550100', timeout: 6, path: '/twilio/dial' }],
    (r) => r.dial({ callerId: '+14155550100', timeout: 6, action: `${base}/twilio/dial`, method: 'POST', answerOnBridge: true }, '+14155550111')],
  'the owner is asked before': [[{ verb: 'dial', number: '+14155550111', timeout: 18, path: '/twilio/dial', whisper: '/twilio/whisper' }],
    (r) => r.dial({ timeout: 18, action: `${base}/twilio/dial`, method: 'POST', answerOnBridge: true })
      .number({ url: `${base}/twilio/whisper`, method: 'POST' }, '+14155550111')],
  'the owner is asked for a key': [[{ verb: 'gather', path: '/twilio/whisper', num_digits: 1, timeout: 6,
    verbs: [{ verb: 'say', lang: 'en-US', text: 'To take it, press 1.' }, { verb: 'pause', length: 1 }] }, { verb: 'hangup' }],
    (r) => {
      const g = r.gather({ input: 'dtmf', action: `${base}/twilio/whisper`, method: 'POST', numDigits: 1, timeout: 6 });
      g.say({ language: 'en-US' }, 'To take it, press 1.');
      g.pause({ length: 1 });
      r.hangup();
    }],
  'the assistant answers': [[{ verb: 'connect' }, { verb: 'redirect', path: '/twilio/after?a=1&b=2' }],
    (r) => {
      r.connect().stream(stream).parameter({ name: 'token', value: token });
      r.redirect({ method: 'POST' }, `${base}/twilio/after?a=1&b=2`);
    }],
  'we give up': [[{ verb: 'say', lang: 'en-US', text: 'Sorry — we "cannot" <talk> & will call you back.' }, { verb: 'hangup' }],
    (r) => {
      r.say({ language: 'en-US' }, 'Sorry — we "cannot" <talk> & will call you back.');
      r.hangup();
    }],
  'busy': [[{ verb: 'reject', reason: 'busy' }], (r) => r.reject({ reason: 'busy' })],
  'no such number': [[{ verb: 'reject', reason: 'rejected' }], (r) => r.reject({ reason: 'rejected' })],
  'a message is taken': [[{ verb: 'pause', length: 2 }, { verb: 'record', path: '/twilio/record', max_length: 120 }],
    (r) => {
      r.pause({ length: 2 });
      r.record({ action: `${base}/twilio/record`, method: 'POST', maxLength: 120 });
    }],
  'the call is over': [[{ verb: 'hangup' }], (r) => r.hangup()],
  'nothing more': [[], () => {}],
};

for (const [name, [verbs, make]] of Object.entries(plans)) {
  test(`our document is the builder's: ${name}`, async () => {
    const want = new VoiceResponse();
    make(want);
    const ours = await run([], JSON.stringify({ call: id, business: id, verbs }), printTwiml);
    assert.equal(ours.code, 0, ours.err);
    assert.deepEqual(await parse(ours.out), await parse(want.toString()));
  });
}
