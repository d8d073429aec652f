// What is seen of a call while it goes on: by dashboards, what is just being
// said; by operators, the metrics.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, call as phone, missed, root, rows, run, sid, socket, startMessage, until, up } from './lib.mjs';

let env, ops, call, media;
before(async () => {
  env = await up({ set: { 'dashboard.workers': 2 } });
  ops = /ops:\n\s+listen: (\S+)/.exec(readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8'))[1];
  const m = await missed(env, { From: '+14155550191' });
  media = socket(env, m.url);
  assert.equal(await media.opened, 101);
  media.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  media.send(startMessage(m, sid('MZ'), env));
  [call] = await until(env, "select id, business_id as business, status from calls where caller = '+14155550191'", (r) => r[0]?.status === 'live');
});
after(async () => {
  media?.ws.close();
  await env?.stop();
});

const keys = {};
const key = (number) => (keys[number] ??= makeKey(number));
const makeKey = async (number) => {
  const [{ id }] = await rows(env, `select business_id as id from phone_numbers where number = '${number}'`);
  const email = `reader${number.slice(-1)}@watch.test`;
  await run(`${build}/nightbell`, ['user', 'add', email, '--business', id, '--role', 'viewer', '--config', join(env.dir, 'nightbell.yaml')], { cwd: root });
  const { stdout } = await run(`${build}/nightbell`, ['token', email, '--config', join(env.dir, 'nightbell.yaml')], { cwd: root });
  return /nbt_[0-9a-f]+/.exec(stdout)[0];
};

/** An event stream: its blocks of lines, as they come. */
async function read(path, token) {
  const end = new AbortController();
  const res = await fetch(`http://${env.dashboard}${path}`, { headers: { authorization: `Bearer ${token}` }, signal: end.signal });
  assert.equal(res.status, 200);
  const r = { blocks: [], end: () => end.abort() };
  (async () => {
    let text = '';
    for await (const part of res.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split('\n\n');
      text = blocks.pop();
      r.blocks.push(...blocks);
    }
  })().catch(() => {});
  return r;
}

/** As a media worker tells the desks what is just being said. */
function partial(business, data) {
  const body = Buffer.from(business + JSON.stringify(data));
  const head = Buffer.alloc(5);
  head.writeUInt32LE(body.length + 1);
  head[4] = 2;
  return Promise.all([0, 1].map((desk) => new Promise((done, fail) => {
    const s = net.connect(join(env.dir, `run/bus${desk}.sock`), () => s.end(Buffer.concat([head, body]), done)).on('error', fail);
  })));
}

const soon = async (ok, what) => {
  for (const end = Date.now() + 8000; !ok();) {
    assert.ok(Date.now() < end, what);
    await new Promise((r) => setTimeout(r, 20));
  }
};

test('what is being said reaches who may read it, without an id, and is stored nowhere', { timeout: 60000 }, async () => {
  const [ours, theirs] = [await key('+14155550100'), await key('+14155550101')];
  const all = [await read('/api/v1/events', ours), await read('/transcripts', ours), await read(`/transcripts?call=${call.id}`, ours)];
  const none = [await read('/transcripts?call=01930000-0000-7000-8000-000000000000', ours), await read('/transcripts', theirs)];
  await soon(() => all.every((r) => r.blocks.length), 'streams begin');
  const words = ['my fur', 'my furnace', 'my furnace is'];
  const said = (text) => ({ call: call.id, stream: 1, seq: 9000, rev: 0, leg: 'caller', start_ms: 1000, end_ms: 1500, final: false, unsure: false, text });
  for (const w of words) await partial(call.business, said(w));
  await soon(() => all.every((r) => r.blocks.some((b) => b.includes('furnace is'))), 'the last one arrives');
  for (const r of all) {
    const got = r.blocks.filter((b) => b.includes('"final":false,"unsure":false,"text":"my fur'));
    assert.deepEqual(got, words.map((w) => `event: segment\ndata: ${JSON.stringify(said(w))}`));
  }
  for (const r of none) assert.ok(!r.blocks.some((b) => b.includes('my fur')));
  assert.deepEqual(await rows(env, `select 1 from transcript_segments where seq = 9000`), []);
  assert.deepEqual(await rows(env, `select 1 from events where data ->> 'text' like 'my fur%'`), []);
  // What was told for good has an id: there a reader goes on.
  await soon(() => all[0].blocks.some((b) => /^id: \d+\nevent: segment\n/.test(b)), 'a stored segment');
  for (const r of [...all, ...none]) r.end();
});

test('the metrics say how calls, turns, stages, queues, drops, providers, loops and the relay do', { timeout: 60000 }, async () => {
  const metrics = async () => (await fetch(`http://${ops}/metrics`)).text();
  for (let text = await metrics(); !/^nightbell_turns_total\{leg="assistant"\} [1-9]/m.test(text); text = await metrics())
    await new Promise((r) => setTimeout(r, 100));
  const text = await metrics();
  const value = (name) => {
    const line = text.split('\n').find((l) => l.startsWith(`${name} `));
    assert.ok(line, `${name} is missing`);
    return Number(line.slice(name.length + 1));
  };
  assert.equal(value('nightbell_calls{role="media0"}'), 1);
  assert.equal(value('nightbell_calls_total'), 1);
  assert.ok(value('nightbell_turns_total{leg="assistant"}') >= 1);
  assert.equal(value('nightbell_turns_total{leg="caller"}'), 0);
  assert.equal(value('nightbell_partials_total'), 0);
  for (const stage of ['reply', 'recogniser', 'voice', 'tool']) assert.ok(value(`nightbell_${stage}_seconds_count`) >= 0);
  assert.ok(value('nightbell_voice_seconds_count') >= 1, 'it has spoken');
  assert.ok(value('nightbell_loop_lag_seconds_count') > 10);
  for (const queue of ['webhooks', 'calls', 'segments']) assert.equal(value(`nightbell_statements_queued{role="media0",queue="${queue}"}`), 0);
  for (const drop of ['nightbell_bad_messages_total', 'nightbell_filled_ms_total', 'nightbell_streams_dropped_total{reason="slow"}']) assert.equal(value(drop), 0);
  assert.ok(value('nightbell_streams_total') >= 5);
  for (const part of ['recogniser', 'voice', 'tool']) assert.equal(value(`nightbell_provider_errors_total{part="${part}"}`), 0);
  for (const channel of ['sms', 'call', 'email', 'timer']) assert.ok(value(`nightbell_outbox_oldest_seconds{channel="${channel}"}`) < 60);
  for (const result of ['answered', 'refused', 'fallback', 'away']) assert.ok(value(`nightbell_webhooks_total{result="${result}"}`) >= 0);
  assert.ok(value('nightbell_webhooks_total{result="answered"}') >= 2);
  assert.equal(value('nightbell_database_up'), 1);
  // Prometheus takes it: each metric has its type, each value is a number.
  for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) nightbell_\w+ .+|nightbell_\w+(\{[^}]+\})? -?[\d.e+-]+)$/);
});

/** A call of who says this; its segments of the caller as they were told: number is the event's, if it has one. */
async function watched(r, from) {
  const file = join(env.dir, 'watched.json');
  writeFileSync(file, JSON.stringify({
    name: 'watched', from, voice: 'flite:slt',
    turns: [{ say: 'Good morning, the drain in my kitchen is blocked again and there is water all over the floor and I do not know what to do about it.' }, { say: 'Forty two Oak Avenue in Springfield.' }, { say: 'My name is Robert Allen.' }, { hangup: true }],
  }));
  const called = await phone(env, file);
  assert.equal(called.code, 0, called.errors || called.output);
  const [{ id }] = await until(env, `select id, status from calls where caller = '${from}'`, (c) => c[0]?.status === 'ended', 30);
  const stored = await rows(env, `select seq, final from transcript_segments where call_id = '${id}' and leg = 'caller' order by seq`);
  assert.ok(stored.length >= 2, JSON.stringify(stored));
  assert.ok(stored.every((t) => t.final), 'what is only shown is not stored');
  const told = () => r.blocks.filter((b) => b.includes('event: segment\n'))
    .map((b) => ({ number: /^id: (\d+)/m.exec(b)?.[1], ...JSON.parse(/^data: (.*)$/m.exec(b)[1]) }))
    .filter((t) => t.call === id && t.leg === 'caller');
  await soon(() => stored.every((t) => told().some((x) => x.final && x.seq === t.seq)), 'all that was stored');
  return told();
}

const words = (text) => text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
const begins = (a, b) => words(a).every((w, i) => words(b)[i] === w);

/** Texts shown of each sentence before it was over, as far as every one goes on where the one before it stopped. */
function growing(shown) {
  const texts = [...new Set(shown.map((t) => t.seq))].map((seq) => shown.filter((t) => t.seq === seq).map((t) => t.text).filter((t, i, a) => t !== a[i - 1]));
  return texts.filter((all) => all.length > 1 && all.every((t, i) => !i || begins(all[i - 1], t)));
}

test('in a call what a caller is just saying comes without an id, then for good in the same place', { timeout: 300000 }, async () => {
  const r = await read('/transcripts', await key('+14155550100'));
  let shown = [], grown = [];
  // A machine that is busy may read a sentence only when it is over: then nothing is shown before.
  for (let n = 2; n < 6 && !grown.length; n++) {
    const told = await watched(r, `+1415555019${n}`);
    assert.ok(told.every((t) => t.final === (t.number !== undefined)), 'only what is final has an id');
    const last = (t) => told.findLast((x) => x.seq === t.seq && x.stream === t.stream);
    for (const t of told.filter((x) => !x.final)) assert.ok(last(t).final ? last(t).rev > t.rev : !last(t).text, JSON.stringify([t, told]));
    shown = told.filter((t) => !t.final && t.text && last(t).final);
    grown = growing(shown);
  }
  assert.ok(grown.length, `no long sentence grew: ${JSON.stringify(shown.map((t) => t.text))}`);
  r.end();
});
