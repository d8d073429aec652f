// Calls that are recorded: the file against what the simulated carrier heard
// and played, a caller who does not wish it, a card number, a worker that dies.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, call, missed, root, rows, run, sid, socket, startMessage, until, up } from './lib.mjs';

let env, tmp;
before(async () => {
  env = await up();
  tmp = mkdtempSync('/tmp/nb-tapes-');
  await sql('update nightbell.businesses set recorded = true');
});
after(async () => {
  await env?.stop();
  if (tmp && !process.env.NB_KEEP) rmSync(tmp, { recursive: true, force: true });
});

const sql = (text) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c', text], { cwd: root });
const RATE = 8000;
const FRAME = 160;

/** Stereo WAV, 16 bit -> [left, right] at 8 kHz. */
function wav(file) {
  const b = readFileSync(file);
  let at = 12;
  while (b.toString('latin1', at, at + 4) !== 'data') at += 8 + b.readUInt32LE(at + 4);
  at += 8;
  assert.equal(b.readUInt16LE(22), 2, 'two channels');
  assert.equal(b.readUInt32LE(24), RATE);
  const n = Math.floor((b.length - at) / 4);
  return [0, 1].map((c) => Int16Array.from({ length: n }, (_, i) => b.readInt16LE(at + 4 * i + 2 * c)));
}

/** Loudness of each 20 ms. */
const envelope = (pcm) => Array.from({ length: Math.floor(pcm.length / FRAME) }, (_, f) => {
  let sum = 0;
  for (let i = f * FRAME; i < (f + 1) * FRAME; i++) sum += pcm[i] * pcm[i];
  return Math.sqrt(sum / FRAME);
});

/** How many frames b lies behind a, and how alike they are then. */
function align(a, b) {
  let best = { lag: 0, like: -1 };
  for (let lag = -1500; lag <= 1500; lag++) {
    let ab = 0, aa = 0, bb = 0;
    for (let i = Math.max(0, -lag); i < a.length && i + lag < b.length; i++) {
      ab += a[i] * b[i + lag];
      aa += a[i] * a[i];
      bb += b[i + lag] * b[i + lag];
    }
    const like = ab / Math.sqrt(aa * bb + 1);
    if (like > best.like) best = { lag, like };
  }
  return best;
}

const tape = (phone, ok = (r) => r.state === 'complete') => until(env, `
  select r.*, c.duration_ms as call_ms, c.private from recordings r
  join calls c on (c.business_id, c.id) = (r.business_id, r.call_id) where c.caller = '${phone}'`,
(r) => r.length > 0 && r.every(ok), 30).then((r) => r[0]);
const spoken = (phone) => rows(env, `select t.leg, t.start_ms, t.end_ms, t.text, t.heard from transcript_segments t
  join calls c on (c.business_id, c.id) = (t.business_id, t.call_id) where c.caller = '${phone}' order by t.stream, t.seq`);
const path = (r) => join(env.dir, 'state/recordings', r.path);

async function decode(r) {
  const out = join(tmp, `${r.id}.wav`);
  await run('opusdec', ['--quiet', '--no-dither', '--rate', String(RATE), path(r), out]);
  return wav(out);
}

test('both legs are where they were', { timeout: 200000 }, async () => {
  const r = await call(env, 'polite-booker', ['--record', tmp]);
  assert.equal(r.code, 0, r.output);
  const t = await tape('+14155550142');
  const file = statSync(path(t));
  assert.equal(file.mode & 0o777, 0o600);
  assert.equal(file.size, t.bytes);
  // call_ms is by our clock, the recording by the carrier's stamps (exact: tests/unit/audio/test_legs.c)
  assert.ok(Math.abs(t.duration_ms - t.call_ms) <= 150, `${t.duration_ms} of ${t.call_ms} ms`);
  const ours = await decode(t);
  assert.ok(Math.abs(ours[0].length / 8 - t.duration_ms) <= 2);
  const line = wav(join(tmp, readdirSync(tmp).find((f) => f.startsWith('polite-booker'))));
  const [caller, assistant] = [0, 1].map((c) => align(envelope(ours[c]), envelope(line[c])));
  console.log(`  ${t.duration_ms} of ${t.call_ms} ms; alike ${caller.like.toFixed(3)} ${assistant.like.toFixed(3)}, legs apart by ${(assistant.lag - caller.lag) * 20} ms`);
  assert.ok(caller.like > 0.95, `caller ${caller.like}`);
  assert.ok(Math.abs(assistant.lag - caller.lag) <= 2, `legs apart by ${(assistant.lag - caller.lag) * 20} ms`);
  // the assistant's leg as it was played, but for the announcement
  const from = Math.ceil(t.from_ms / 20);
  const heard = envelope(ours[1]);
  const played = envelope(line[1]).slice(from + assistant.lag);
  assert.ok(align(heard.slice(from), played).like > 0.95);
  assert.ok(t.from_ms > 2000);
  for (const leg of ours) assert.ok(leg.slice(0, t.from_ms * 8 - 400).every((x) => Math.abs(x) <= 1), 'nothing is kept before it was announced');
  for (const s of await spoken('+14155550142')) {
    if (s.start_ms < t.from_ms || s.end_ms - s.start_ms < 400) continue;
    const level = (c) => Math.max(...envelope(ours[c].slice(s.start_ms * 8, s.end_ms * 8)));
    assert.ok(level(s.leg === 'caller' ? 0 : 1) > 500, `${s.leg} at ${s.start_ms}: ${s.text}`);
  }
});

test('who does not want it is not recorded', { timeout: 200000 }, async () => {
  const r = await call(env, 'no-record');
  assert.equal(r.code, 0, r.output);
  const t = await tape('+14155550147', (x) => x.state === 'deleted');
  assert.ok(t.private);
  assert.ok(!existsSync(path(t)));
});

// Who reads out a card's number between two answers. It is no number that
// repeats itself, as 4242 4242 … does: of that the recogniser reads the
// beginning only (the other caller of the test), of this with this voice all.
const reader = {
  name: 'card-reader', from: '+14155550148', voice: 'festival:us_slt_hts', pause_ms: 850,
  line: { noise: 'pink', noise_db: -62 }, owner: { does: 'busy', after_ms: 400 },
  answers: [
    { hears: 'how can i|you need|still there|water heater.*drain', max: 3, say: ['My kitchen drain is blocked.'] },
    { hears: 'address|for the visit', max: 1, say: ['My card number is four five three nine, one four eight eight, zero three four three, six four six seven.'] },
    { hears: 'name', max: 2, say: ['My name is Robert Allen.'] },
    { hears: 'day|time|when|suit', max: 1, do: [{ say: 'Thursday at ten in the morning.' }, { hangup: true, prompt_ms: 1500 }] },
    { hears: 'is that right|correct', max: 3, say: ['Yes, that is right.'] },
    { hears: 'address|visit|sorry|street', max: 3, say: ['Forty two Oak Avenue.'] },
  ],
};
const numbers = { [reader.from]: '4539148803436467', '+14155550145': '4242424242424242' };

/** Every row that the database holds, as text. */
async function dump() {
  const tables = (await sql(`select relname from pg_class where relnamespace = 'nightbell'::regnamespace and relkind = 'r'`)).stdout.trim().split('\n');
  const all = tables.map((name) => `select t::text from nightbell.${name} t`).join(' union all ');
  return (await run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c', all], { cwd: root, maxBuffer: 1 << 28 })).stdout;
}

// What is drawn by chance or by the clock holds every six digits some day:
// ids, keys and sums of 16 characters and more, and times of day.
const drawn = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=\w*[a-z])\w{16,}\b|\b\d\d:\d\d:\d\d\.\d+/g;

/** Digits of a text that stand together, however they are written. */
function runs(text) {
  const names = 'zero one two three four five six seven eight nine'.split(' ');
  return text.toLowerCase().replace(drawn, '#').replace(/\b(zero|oh?|one|two|three|four|five|six|seven|eight|nine)\b/g, (w) => (w[0] === 'o' && w !== 'one' ? '0' : names.indexOf(w)))
    .replace(/(?<=\d)[ ,.-]+(?=\d)/g, '').match(/\d{4,}/g) ?? [];
}

test('a card number is not heard in it, nor kept anywhere', { timeout: 400000 }, async (ctx) => {
  const own = join(tmp, 'card-reader.json');
  writeFileSync(own, JSON.stringify(reader));
  for (const [who, phone] of [[own, reader.from], ['card-number', '+14155550145']]) {
    const r = await call(env, who, ['--deadline', '110', '--record', tmp]);
    const says = r.events.filter((e) => e.event === 'caller.speaks').map((e) => e.text);
    const turns = r.events.filter((e) => e.event === 'turn' && e.end_ms > 0); // the deadline may cut the last one
    const at = says.findIndex((text) => /card number is/.test(text));
    assert.ok(at >= 0 && at + 1 < turns.length, `it was read out, and more was said: ${r.output.replace(/.*"event":"mark".*\n/g, '')}`);
    const t = await tape(phone);
    const ours = envelope((await decode(t))[0]);
    const line = envelope(wav(join(tmp, readdirSync(tmp).find((f) => f.startsWith(who === own ? reader.name : who) && f.endsWith('.wav'))))[0]);
    const { lag } = align(ours, line);
    const during = ({ start_ms, end_ms }, of, off) => of.slice(Math.round(start_ms / 20) - off, Math.round(end_ms / 20) - off);
    const energy = (list) => Math.sqrt(list.reduce((sum, x) => sum + x * x, 0) / list.length);
    const card = turns[at];
    assert.ok(energy(during(card, line, 0)) > 500, 'the caller did say it');
    assert.ok(Math.max(...during(card, ours, lag)) < 2, `silent while it is read out: ${Math.max(...during(card, ours, lag))}`);
    const others = turns.filter((x, i) => i !== at && x.start_ms - lag * 20 > t.from_ms + 500);
    assert.ok(who !== own || others.some((x) => x.end_ms < card.start_ms), 'he spoke before it');
    assert.ok(others.some((x) => x.start_ms > card.end_ms), 'and behind it');
    for (const x of others) {
      const share = energy(during(x, ours, lag)) / energy(during(x, line, 0));
      assert.ok(share > 0.7 && share < 1.4, `heard as it was said at ${x.start_ms} ms: ${share}`);
    }
    // No more is taken out than the utterance and what its ends are not known by.
    const from = ours.slice(0, Math.round(card.start_ms / 20) - lag).findLastIndex((x) => x > 2);
    ctx.diagnostic(`${card.start_ms} to ${card.end_ms} ms on the line, silent from ${(from + 1 + lag) * 20} ms on; ${others.length} other turns are heard`);
    assert.ok(card.start_ms - (from + 1 + lag) * 20 < 1500);
    const said = (await spoken(phone)).filter((s) => s.leg === 'caller').map((s) => s.text);
    const masked = said.find((x) => /\[card number\]|\*\*/.test(x));
    assert.ok(masked, `it was read and masked: ${said}`);
    assert.ok((await dump()).includes(masked), 'what else was said is kept');
    ctx.diagnostic(masked);
  }
  const kept = `${await dump()}\n${env.log()}`.split('\n').flatMap((line) => runs(line).map((digits) => ({ digits, line })));
  for (const n of Object.values(numbers))
    for (let i = 0; i + 6 <= n.length; i++) {
      const piece = n.slice(i, i + 6);
      assert.deepEqual(kept.filter((x) => x.digits.includes(piece)), [], `six digits of ${n} in a row are kept`);
    }
});

/** A stream of our own: a steady buzz, and marks that come back. */
async function stream(phone) {
  const m = await missed(env, { From: phone });
  const s = socket(env, m.url);
  assert.equal(await s.opened, 101);
  const id = sid('MZ');
  let at = 0, marks = 0;
  s.ws.on('message', (d) => {
    const e = JSON.parse(d);
    if (e.event === 'mark') setTimeout(() => s.send({ ...e, sequenceNumber: String(++marks) }), 150);
  });
  s.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  s.send(startMessage(m, id, env));
  const payload = Buffer.from(Array.from({ length: 160 }, (_, i) => (i % 8 < 4 ? 0x90 : 0x10))).toString('base64');
  const begun = Date.now();
  const timer = setInterval(() => {
    for (; at * 20 < Date.now() - begun; at++)
      if (s.ws.readyState === 1) s.send({ event: 'media', streamSid: id, sequenceNumber: String(at + 2), media: { track: 'inbound', chunk: String(at + 1), timestamp: String(at * 20), payload } });
  }, 20);
  s.closed.then(() => clearInterval(timer));
  return s;
}

const media = async () => (await run('pgrep', ['-P', String(env.pid), '-f', 'role media'])).stdout.trim().split('\n').map(Number);

test('a worker that is killed leaves what plays, and the keeper says how much', { timeout: 150000 }, async () => {
  const s = await stream('+14155550198');
  const t = await tape('+14155550198', (r) => r.state === 'recording');
  await new Promise((r) => setTimeout(r, 6000));
  for (const pid of await media()) process.kill(pid, 'SIGKILL');
  await s.closed;
  const bytes = statSync(path(t)).size;
  assert.ok(bytes > 1000);
  const kept = await until(env, `select state, duration_ms, bytes from recordings where id = '${t.id}'`, (r) => r[0].state !== 'recording', 60);
  assert.equal(kept[0].state, 'incomplete');
  assert.ok(kept[0].duration_ms >= t.from_ms + 3000, JSON.stringify({ ...kept[0], from: t.from_ms }));
  const ours = await decode(t);
  assert.ok(Math.abs(ours[0].length / 8 - kept[0].duration_ms) <= 2);
  const loud = envelope(ours[0].slice(t.from_ms * 8 + 800));
  const share = loud.filter((x) => x > 500).length / loud.length;
  assert.ok(share > 0.9, `the buzz is there to the end: ${share}`);
  assert.match(env.log(), /its worker died, \d+ ms of it play/);
});

test('the sound goes to who may hear it, whole or in parts', { timeout: 60000 }, async () => {
  const [t] = await rows(env, "select id, business_id, bytes, path from recordings where state in ('complete', 'incomplete') order by id limit 1");
  const key = async (email, business) => {
    await sql(`set nightbell.business = '${business}'; select admin.user_add('{"email": "${email}", "business": "${business}", "role": "staff"}')`);
    return (await run(`${build}/nightbell`, ['token', email, '--role', 'viewer', '--config', join(env.dir, 'nightbell.yaml')], { cwd: root })).stdout.trim();
  };
  const ours = await key('ears@example.test', t.business_id);
  const [{ id: other }] = await rows(env, `select id from businesses where id <> '${t.business_id}' limit 1`);
  const theirs = await key('spies@example.test', other);
  const file = readFileSync(path(t));
  const url = `http://${env.dashboard}/api/v1/recordings/${t.id}/audio`;
  const get = async (token, headers = {}, method = 'GET') => {
    const r = await fetch(url, { method, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } });
    return { status: r.status, headers: r.headers, body: Buffer.from(await r.arrayBuffer()) };
  };
  const all = await get(ours);
  assert.equal(all.status, 200);
  assert.equal(all.headers.get('content-type'), 'audio/ogg');
  assert.equal(all.headers.get('accept-ranges'), 'bytes');
  assert.equal(all.headers.get('cache-control'), 'no-store');
  assert.ok(all.body.equals(file));
  const etag = all.headers.get('etag');
  assert.match(etag, /^"[^"]+"$/);
  const head = await get(ours, {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), String(file.length));
  assert.equal(head.body.length, 0);
  const part = await get(ours, { range: 'bytes=100-299' });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 100-299/${file.length}`);
  assert.ok(part.body.equals(file.subarray(100, 300)));
  const tail = await get(ours, { range: 'bytes=-50' });
  assert.equal(tail.status, 206);
  assert.ok(tail.body.equals(file.subarray(-50)));
  const behind = await get(ours, { range: `bytes=${file.length}-` });
  assert.equal(behind.status, 416);
  assert.equal(behind.headers.get('content-range'), `bytes */${file.length}`);
  assert.equal((await get(ours, { range: 'bytes=0-9', 'if-range': etag })).status, 206);
  assert.equal((await get(ours, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  assert.equal((await get(ours, { range: 'bytes=0-1,4-5' })).status, 200);
  assert.equal((await get(ours, { 'if-none-match': etag })).status, 304);
  assert.equal((await get(null)).status, 401);
  assert.equal((await get('nbt_' + '0'.repeat(64))).status, 401);
  assert.equal((await get(theirs)).status, 404);
  assert.ok([401, 403].includes((await get(theirs, { 'nightbell-business': t.business_id })).status));
  assert.equal((await fetch(`${url}?path=../../secret`, { headers: { authorization: `Bearer ${ours}` } })).status, 400);
  assert.equal((await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${ours}`, 'content-type': 'application/json' } })).status, 405);
});
