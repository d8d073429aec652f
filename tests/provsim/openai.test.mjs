// The vendor's own client talks to provsim's /v1/realtime.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import WebSocket from 'ws';
import { coded, provsim, root } from './lib.mjs';

const words = ['furnace', 'yes', 'Robert', 'goodbye'];
let sim, dir, ca;
before(async () => {
  dir = mkdtempSync('/tmp/nb-provsim-');
  execFileSync('tools/mkcert.sh', [dir, '127.0.0.1'], { cwd: root });
  ca = readFileSync(join(dir, 'ca.pem'));
  writeFileSync(join(dir, 'words'), words.join('\n') + '\n');
  sim = await provsim(['--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem'), '--words', join(dir, 'words')]);
});
after(async () => {
  await sim?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A session by the vendor's client; every event is kept. */
async function open({ model = 'gpt-realtime-2.1', key = 'provsim', headers = {} } = {}) {
  const client = new OpenAI({ apiKey: key, baseURL: `https://127.0.0.1:${sim.port}/v1` });
  const rt = new OpenAIRealtimeWS({ model, options: { ca, headers } }, client);
  const s = { rt, events: [], errors: [] };
  rt.on('event', (e) => { s.events.push(e); s.look?.(); });
  rt.on('error', (e) => s.errors.push(e));
  s.closed = new Promise((done) => rt.socket.on('close', (code) => done(code)));
  s.refused = new Promise((done) => rt.socket.on('unexpected-response', (q, r) => { done(r.statusCode); q.destroy(); }));
  s.until = (type, from = 0) => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`no ${type} in ${s.events.map((e) => e.type)}`)), 15000);
    s.look = () => {
      const at = s.events.findIndex((e, i) => i >= from && e.type === type);
      if (at >= 0) { clearTimeout(late); s.look = null; done(s.events[at]); }
    };
    s.look();
  });
  s.say = (...ids) => {
    const audio = coded([...Array(30).fill(0), ...ids.flatMap((w) => Array(40).fill(w)), ...Array(90).fill(0)], s.block ?? 0);
    s.block = (s.block ?? 0) + audio.length / 80;
    for (let at = 0; at < audio.length; at += 160)
      rt.send({ type: 'input_audio_buffer.append', audio: audio.subarray(at, at + 160).toString('base64') });
  };
  return s;
}
const phone = (more = {}) => ({
  type: 'session.update', event_id: 'su',
  session: {
    type: 'realtime', output_modalities: ['audio'], instructions: 'Be kind.',
    audio: {
      input: {
        format: { type: 'audio/pcmu' }, transcription: { model: 'gpt-4o-mini-transcribe' },
        turn_detection: { type: 'server_vad', silence_duration_ms: 500, create_response: false, interrupt_response: false },
      },
      output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
    },
    tools: [{
      type: 'function', name: 'find_slots', description: 'Free times',
      parameters: { type: 'object', properties: { service: { type: 'string', enum: ['drains', 'furnace repair'] } }, required: ['service'] },
    }],
    ...more,
  },
});
async function live(more) {
  const s = await open();
  await s.until('session.created');
  s.rt.send(phone(more));
  s.session = (await s.until('session.updated')).session;
  return s;
}

test('set-up: created, updated with what was asked for; every event has an id', async () => {
  const s = await live();
  assert.equal(s.events[0].session.audio.input.format.type, 'audio/pcm');
  assert.equal(s.session.audio.input.format.type, 'audio/pcmu');
  assert.equal(s.session.audio.output.voice, 'marin');
  assert.equal(s.session.tools.length, 1);
  assert.ok(s.events.every((e) => e.event_id));
  s.rt.close();
});

test('a session says when it expires, and does', async () => {
  const other = await provsim(['--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem'), '--words', join(dir, 'words'), '--fault', 'openai:expire=2000/1']);
  const usual = sim, began = Date.now();
  sim = other;
  try {
    const s = await live();
    assert.ok(Math.abs(s.events[0].session.expires_at * 1000 - began - 2000) < 1500, s.events[0].session.expires_at);
    assert.equal((await s.until('error')).error.code, 'session_expired');
    assert.equal(await s.closed, 1001);
    assert.ok(Date.now() - began > 1900);
    const next = await live();
    assert.ok(next.events[0].session.expires_at * 1000 - Date.now() > 59 * 60000);
    next.rt.close();
  } finally {
    sim = usual;
    await other.stop();
  }
});

test('a turn, a function, its output, and what is said about it', async () => {
  const s = await live();
  s.say(1);
  await s.until('input_audio_buffer.speech_started');
  await s.until('input_audio_buffer.committed');
  assert.equal((await s.until('conversation.item.input_audio_transcription.completed')).transcript, 'furnace');
  s.rt.send({ type: 'response.create' });
  const call = await s.until('response.function_call_arguments.done');
  assert.deepEqual([call.name, JSON.parse(call.arguments)], ['find_slots', { service: 'furnace repair' }]);
  assert.equal((await s.until('response.done')).response.status, 'completed');
  const n = s.events.length;
  s.rt.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: call.call_id, output: '{"ok":true,"slots":[{"start":"2026-11-24T09:30"}]}' } });
  s.rt.send({ type: 'response.create' });
  const done = await s.until('response.done', n);
  const said = s.events.slice(n);
  const text = said.filter((e) => e.type === 'response.output_audio_transcript.delta').map((e) => e.delta).join('');
  assert.equal(text, 'I have a time at 09:30. Does that suit you?');
  const bytes = said.filter((e) => e.type === 'response.output_audio.delta').map((e) => Buffer.from(e.delta, 'base64').length);
  assert.ok(bytes.reduce((a, b) => a + b) > 8000, 'more than a second of audio');
  assert.ok(new Set(bytes).size > 2, 'chunks of any length');
  assert.ok(done.response.usage.output_token_details.audio_tokens > 0);
  const order = ['response.created', 'response.output_item.added', 'response.content_part.added', 'response.output_audio.delta',
    'response.output_audio.done', 'response.output_item.done', 'response.done'];
  const at = order.map((t) => said.findIndex((e) => e.type === t));
  assert.deepEqual(at, [...at].sort((a, b) => a - b));
  assert.deepEqual(s.errors, []);
  s.rt.close();
});

test('one response at a time; a cancelled one ends with its done events', async () => {
  const s = await live();
  s.rt.send({ type: 'response.create' });
  await s.until('response.output_audio.delta');
  s.rt.send({ type: 'response.create', event_id: 'second' });
  const e = await s.until('error');
  assert.deepEqual([e.error.code, e.error.event_id], ['conversation_already_has_active_response', 'second']);
  s.rt.send({ type: 'response.cancel' });
  const done = await s.until('response.done');
  assert.deepEqual([done.response.status, done.response.status_details.reason], ['cancelled', 'client_cancelled']);
  assert.ok(s.events.some((x) => x.type === 'response.output_audio.done'));
  s.rt.send({ type: 'response.cancel' });
  assert.equal((await s.until('error', s.events.indexOf(done))).error.code, 'response_cancel_not_active');
  s.rt.close();
});

test('truncation: within the audio, of an item that there is', async () => {
  const s = await live();
  s.rt.send({ type: 'response.create' });
  await s.until('response.done');
  const item = s.events.find((e) => e.type === 'response.output_item.done').item.id;
  const ms = s.events.filter((e) => e.type === 'response.output_audio.delta').reduce((n, e) => n + Buffer.from(e.delta, 'base64').length, 0) / 8;
  const truncate = (more) => s.rt.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, ...more });
  truncate({ audio_end_ms: Math.ceil(ms) + 50 });
  assert.match((await s.until('error')).error.message, /already shorter than/);
  truncate({ audio_end_ms: 400 });
  assert.equal((await s.until('conversation.item.truncated')).audio_end_ms, 400);
  truncate({ audio_end_ms: 100, item_id: 'nobody' });
  await s.until('error', s.events.length);
  s.rt.close();
});

for (const [what, session, message] of [
  ['a parameter that there is not', { temperature: 0.7 }, /Unknown parameter: 'session.temperature'/],
  ['the beta\'s format', { input_audio_format: 'g711_ulaw' }, /Unknown parameter/],
  ['another type', { type: 'voice' }, /session.type/],
  ['μ-law with a rate', { audio: { input: { format: { type: 'audio/pcmu', rate: 8000 } } } }, /format/],
  ['a long description', { tools: [{ type: 'function', name: 'x', description: 'y'.repeat(1025), parameters: {} }] }, /tools\[0\]/],
]) {
  test(`${what} is refused, and all of the update with it`, async () => {
    const s = await open();
    await s.until('session.created');
    s.rt.send(phone(session));
    const e = await s.until('error');
    assert.match(e.error.message, message);
    assert.equal(e.error.event_id, 'su');
    s.rt.close();
  });
}

test('audio before the update is flagged', async () => {
  const s = await open();
  await s.until('session.created');
  s.say(1);
  s.rt.close();
  await s.closed;
  for (let i = 0; i < 100 && !sim.events.some((e) => e.event === 'early_audio'); i++) await new Promise((r) => setTimeout(r, 20));
  assert.ok(sim.events.some((e) => e.event === 'early_audio'));
});

test('refusals: the key, the model, the beta\'s header', async () => {
  assert.equal(await (await open({ key: 'wrong' })).refused, 401);
  assert.equal(await (await open({ model: 'gpt-2' })).refused, 404);
  const s = await open({ headers: { 'OpenAI-Beta': 'realtime=v1' } });
  assert.equal((await s.until('error')).error.code, 'beta_api_shape_disabled');
  assert.equal(await s.closed, 4000);
  const two = new WebSocket(`wss://127.0.0.1:${sim.port}/v1/realtime?model=gpt-realtime&intent=transcription`, { ca, headers: { Authorization: 'Bearer provsim' } });
  assert.equal(await new Promise((done) => two.on('unexpected-response', (q, r) => { done(r.statusCode); q.destroy(); })), 400);
});

test('echo: what is given comes back, byte for byte', async () => {
  const s = await open({ model: 'echo' });
  await s.until('session.created');
  s.rt.send(phone());
  await s.until('session.updated');
  s.say(1);
  await s.until('input_audio_buffer.committed');
  s.rt.send({ type: 'response.create' });
  await s.until('response.content_part.added');
  const audio = coded([1, 2, 3, 4], 1000);
  s.rt.send({ type: 'input_audio_buffer.append', audio: audio.toString('base64') });
  assert.equal((await s.until('response.output_audio.delta')).delta, audio.toString('base64'));
  s.rt.close();
});
