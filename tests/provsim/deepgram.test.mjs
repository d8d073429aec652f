// The vendor's own client talks to provsim's /v1/listen.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { DeepgramClient } from '@deepgram/sdk';
import WebSocket from 'ws';
import { coded, provsim } from './lib.mjs';

let sim;
before(async () => { sim = await provsim(); });
after(async () => assert.equal(await sim?.stop(), 0, "no leak, no crash"));

const client = (apiKey = 'provsim', port = sim.port) => new DeepgramClient({
  apiKey,
  environment: { base: `http://127.0.0.1:${port}`, production: `ws://127.0.0.1:${port}`, agent: '', agentRest: '' },
});
const phone = {
  model: 'nova-3', encoding: 'mulaw', sample_rate: 8000, channels: 1, interim_results: 'true', endpointing: 300,
  utterance_end_ms: 1000, vad_events: 'true', smart_format: 'true', reconnectAttempts: 0,
};

/** An open connection whose messages and end are kept. */
async function listen(args = {}, key) {
  const c = await client(key).listen.v1.connect({ ...phone, ...args });
  const got = { messages: [], c };
  c.on('message', (m) => { got.messages.push(m); got.look?.(); });
  c.on('error', (e) => { got.error = e; });
  got.closed = new Promise((done) => c.on('close', done));
  got.until = (ok) => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`not among ${JSON.stringify(got.messages)}`)), 8000);
    got.look = () => {
      const m = got.messages.find(ok);
      if (m) { clearTimeout(late); done(m); }
    };
    got.look();
  });
  c.connect();
  await c.waitForOpen();
  return got;
}
/** Of the stream with so many samples: those that lacked, those that came twice. */
async function heard(samples) {
  for (let i = 0; i < 100; i++) {
    const e = sim.events.find((x) => x.event === 'audio' && x.samples === samples);
    if (e) return [e.lost, e.twice];
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`no stream of ${samples} samples`);
}
const text = (m) => m.channel.alternatives[0].transcript;

test('words come as interim, final, end of utterance; CloseStream ends', async () => {
  const s = await listen();
  const words = [...Array(20).fill(0), ...Array(30).fill(1), ...Array(40).fill(2), ...Array(150).fill(0)];
  const audio = coded(words);
  for (let at = 0; at < audio.length; at += 160) s.c.sendMedia(audio.subarray(at, at + 160));
  const final = await s.until((m) => m.is_final && text(m));
  assert.equal(text(final), 'word1 word2');
  assert.equal(final.speech_final, true);
  assert.equal(final.from_finalize, false);
  assert.equal(final.start, 0);
  const [first, second] = final.channel.alternatives[0].words;
  assert.equal(first.start, 0.2);
  assert.equal(second.end, 0.9);
  assert.ok(final.metadata.request_id);
  const started = await s.until((m) => m.type === 'SpeechStarted');
  assert.equal(started.timestamp, 0.2);
  const interim = await s.until((m) => m.type === 'Results' && !m.is_final);
  assert.equal(text(interim), 'word1');
  const over = await s.until((m) => m.type === 'UtteranceEnd');
  assert.equal(over.last_word_end, 0.9);
  s.c.sendCloseStream({ type: 'CloseStream' });
  const meta = await s.until((m) => m.type === 'Metadata');
  assert.equal(meta.duration, 2.4);
  assert.equal((await s.closed).code, 1000);
  assert.deepEqual(await heard(19200), [0, 0]);
});

test('Finalize gives what is there now; samples that lack or repeat are known', async () => {
  const s = await listen();
  s.c.sendKeepAlive({ type: 'KeepAlive' });
  s.c.sendMedia(coded([0, 0, 7, 7, 7, 7]));
  s.c.sendFinalize({ type: 'Finalize' });
  const m = await s.until((x) => x.from_finalize);
  assert.equal(text(m), 'word7');
  assert.equal(m.speech_final, false);
  s.c.sendMedia(coded([0, 0], 16));
  s.c.sendMedia(coded([0], 17));
  s.c.sendCloseStream({ type: 'CloseStream' });
  await s.until((x) => x.type === 'Metadata');
  assert.deepEqual(await heard(720), [800, 80]);
});

/** The answer to an upgrade: {status, error, body} */
const upgrade = (query, headers = { Authorization: 'Token provsim' }) => new Promise((done, fail) => {
  const ws = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?${query}`, { headers });
  ws.on('open', () => { ws.terminate(); done({ status: 101 }); });
  ws.on('error', fail);
  ws.on('unexpected-response', (q, r) => {
    let body = '';
    r.on('data', (d) => { body += d; });
    r.on('end', () => done({ status: r.statusCode, error: r.headers['dg-error'], id: r.headers['dg-request-id'], body: JSON.parse(body) }));
  });
});

test('what the documents do not allow is refused', async (t) => {
  const good = 'model=nova-3&encoding=mulaw&sample_rate=8000';
  for (const [query, why] of [
    ['model=nova-3&encoding=mulaw', /sample_rate/],
    ['model=nova-3&sample_rate=8000', /encoding/],
    ['model=nova-9&encoding=mulaw&sample_rate=8000', /model/],
    [`${good}&utterance_end_ms=1000`, /interim_results/],
    [`${good}&interim_results=true&utterance_end_ms=500`, /utterance_end_ms/],
    [`${good}&interim_results=yes`, /interim_results/],
    [`${good}&keywords=boiler:2`, /keywords/],
    ['model=nova-2&encoding=mulaw&sample_rate=8000&keyterm=boiler', /keyterm/],
    [`${good}&detect_language=true`, /detect_language/],
    [`${good}&colour=red`, /colour/],
    [`${good}&sample_rate=8000`, /twice/],
  ]) {
    await t.test(query, async () => {
      const r = await upgrade(query);
      assert.equal(r.status, 400);
      assert.match(r.body.err_msg, why);
      assert.match(r.error, why);
      assert.equal(r.body.request_id, r.id);
    });
  }
  for (const [name, headers] of [['no key', {}], ['a wrong key', { Authorization: 'Token nobody' }], ['Bearer is for JWTs', { Authorization: 'Bearer provsim' }]]) {
    await t.test(name, async () => {
      const r = await upgrade(good, headers);
      assert.equal(r.status, 401);
      assert.equal(r.body.err_code, 'INVALID_AUTH');
    });
  }
  await t.test('a good one', async () => assert.equal((await upgrade(`${good}&keyterm=boiler&keyterm=Oak%20Street`)).status, 101));
});

test('an empty binary frame ends the stream; words that are none close it', async () => {
  for (const [send, code, reason] of [
    [(ws) => ws.send(Buffer.alloc(0)), 1000, ''],
    [(ws) => ws.send('{"type":"Flush"}'), 1008, 'DATA-0000'],
    [(ws) => ws.send('hello'), 1008, 'DATA-0000'],
  ]) {
    const ws = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000`,
      { headers: { Authorization: 'Token provsim' } });
    await new Promise((done) => ws.on('open', done));
    send(ws);
    const [c, r] = await new Promise((done) => ws.on('close', (...a) => done(a)));
    assert.deepEqual([c, r.toString()], [code, reason]);
  }
});

test('silence on the line ends it after ten seconds; KeepAlive only holds what has begun', { timeout: 40000 }, async () => {
  const open = async (send, every) => {
    const ws = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000`,
      { headers: { Authorization: 'Token provsim' } });
    await new Promise((done) => ws.on('open', done));
    const from = Date.now();
    send(ws);
    const timer = every && setInterval(() => ws.send('{"type":"KeepAlive"}'), 3000);
    const [code, reason] = await new Promise((done) => ws.on('close', (...a) => done(a)));
    clearInterval(timer);
    return { code, reason: reason.toString(), ms: Date.now() - from };
  };
  const kept = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000`,
    { headers: { Authorization: 'Token provsim' } });
  await new Promise((done) => kept.on('open', done));
  kept.send(Buffer.alloc(160, 0xff));
  const keep = setInterval(() => kept.send('{"type":"KeepAlive"}'), 3000);
  const [idle, never] = await Promise.all([open((ws) => ws.send(Buffer.alloc(160, 0xff))), open(() => {}, true)]);
  for (const [r, reason] of [[idle, 'NET-0001'], [never, 'NET-0000']]) {
    assert.deepEqual([r.code, r.reason], [1011, reason]);
    assert.ok(r.ms > 9500 && r.ms < 12500, `${r.ms} ms`);
  }
  await new Promise((done) => setTimeout(done, 1500));
  assert.equal(kept.readyState, WebSocket.OPEN);
  clearInterval(keep);
  kept.terminate();
});

/** Sets what goes wrong; the answer's status. */
const faults = (script) => new Promise((done, fail) => {
  const req = request({ host: '127.0.0.1', port: sim.port, method: 'POST', path: '/sim/faults', headers: { 'content-length': script.length } },
    (res) => { res.resume(); done(res.statusCode); });
  req.on('error', fail);
  req.end(script);
});

test('faults by script', async () => {
  assert.equal(await faults('nonsense'), 400);
  const good = 'model=nova-3&encoding=mulaw&sample_rate=8000';
  assert.equal(await faults('deepgram:refuse=429/1 refuse=503/1'), 200);
  const seen = [];
  for (let i = 0; i < 3; i++) {
    seen.push(await new Promise((done) => {
      const ws = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?${good}`, { headers: { Authorization: 'Token provsim' } });
      ws.on('open', () => { ws.terminate(); done(101); });
      ws.on('error', () => {});
      ws.on('unexpected-response', (q, r) => { r.resume(); done([r.statusCode, r.headers['retry-after']]); });
    }));
  }
  assert.deepEqual(seen, [[429, '1'], [503, undefined], 101]);
  for (const [script, code] of [['drop@50/1', 1006], ['close=1011@50/1', 1011], ['garbage@50/1', 1006]]) {
    await faults(script);
    const ws = new WebSocket(`ws://127.0.0.1:${sim.port}/v1/listen?${good}`, { headers: { Authorization: 'Token provsim' } });
    ws.on('error', () => {});
    assert.equal(await new Promise((done) => ws.on('close', done)), code);
  }
  await faults('fragments/1');
  const s = await listen();
  s.c.sendMedia(coded([3, 3, 3, 3]));
  s.c.sendFinalize({ type: 'Finalize' });
  assert.equal(text(await s.until((m) => m.from_finalize)), 'word3');
  s.c.close();
});
