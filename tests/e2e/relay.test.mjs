// The outbox relay against a carrier that fails in every way it can: nothing is sent twice, nothing is lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { form, rows, run, root, until, up, webhook } from './lib.mjs';

/** What the carrier did with each number's requests, in order. */
const script = new Map();
const posts = [];
const sent = [];

function accept(form) {
  const m = {
    sid: `SM${String(sent.length + 1).padStart(32, '0')}`, to: form.get('To'), from: form.get('From'), body: form.get('Body'),
    status: 'queued', direction: 'outbound-api', date_created: new Date().toUTCString().replace('GMT', '+0000'),
  };
  sent.push(m);
  return m;
}

const answers = {
  ok: (res, f) => reply(res, 201, accept(f)),
  busy: (res) => reply(res, 429, { code: 20429, message: 'Too Many Requests' }),
  broken: (res) => reply(res, 503, {}),
  opted_out: (res) => reply(res, 400, { code: 21610, message: 'Attempt to send to unsubscribed recipient' }),
  silent: (res, f) => { accept(f); res.destroy(); },	// took it, and the answer got lost
  lost: (res) => res.destroy(),	// did not take it, and nobody knows
  // Took it, and says so in a way that names no text.
  empty: (res, f) => { accept(f); reply(res, 201, {}); },
  html: (res, f) => { accept(f); page(res, 201); },
  short: (res, f) => { res.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(accept(f)).slice(0, 60)); },
  nothing: (res, f) => { accept(f); res.writeHead(204).end(); },
  odd: (res, f) => reply(res, 201, { ...accept(f), sid: "SM'; drop table x;--" }),
  hotel: (res) => page(res, 200),	// the Wi-Fi's own page: it never saw the carrier
  unregistered: (res, f) => reply(res, 201, { ...accept(f), status: 'failed', error_code: 30034 }),
  later: (res) => { res.setHeader('retry-after', 'Sun, 01 Nov 2037 00:00:00 GMT'); reply(res, 429, { code: 20429 }); },
};

/** Lists that are none, by number, in order. */
const lists = new Map();
const noLists = {
  html: (res) => page(res, 200),
  other: (res) => reply(res, 200, { calls: [] }),
  short: (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"messages": [{"sid": "SM'),
  strange: (res) => reply(res, 200, { messages: ['x'] }),
};

function page(res, status) {
  res.writeHead(status, { 'content-type': 'text/html' }).end('<html>Welcome! Accept our terms.</html>');
}

function reply(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const carrier = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  let body = '';
  for await (const piece of req) body += piece;
  if (req.method === 'GET') {
    const none = lists.get(url.searchParams.get('To'))?.shift();
    if (none) {
      noLists[none](res);
      return;
    }
    reply(res, 200, { messages: sent.filter((m) => m.to === url.searchParams.get('To') && m.from === url.searchParams.get('From')) });
    return;
  }
  const f = new URLSearchParams(body);
  posts.push({ path: url.pathname, auth: req.headers.authorization, form: f });
  answers[script.get(f.get('To'))?.shift() ?? 'ok'](res, f);
});

let env, business;
before(async () => {
  carrier.listen(0, '127.0.0.1');
  await once(carrier, 'listening');
  env = await up({ set: { 'twilio.api_url': `http://127.0.0.1:${carrier.address().port}`, 'relay.lag_s': 1 } });
  business = (await rows(env, 'select id from nightbell.businesses order by id'))[0].id;
});
after(async () => { await env?.stop(); carrier.closeAllConnections(); carrier.close(); });

const psql = (sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', sql], { cwd: root });

/** A text of its own to a number, as the desk writes one. */
async function text(to, ...fate) {
  script.set(to, fate);
  await psql(`insert into nightbell.outbox (business_id, kind, key, number, payload, expires_at)
    values ('${business}', 'sms', 'test:${to}', '${to}',
      jsonb_build_object('from', '${env.number}', 'to', '${to}', 'body', 'Hello & welcome ${to} ✓'), now() + interval '10 minutes')`);
}
const state = (to, want, seconds = 30) =>
  until(env, `select state, attempt, provider_id, error from nightbell.outbox where number = '${to}'`, (r) => want.includes(r[0]?.state), seconds)
    .then((r) => r[0]);
const posted = (to) => posts.filter((p) => p.form.get('To') === to);

test('one text goes out as the carrier documents it', async () => {
  await text('+14155550201', 'ok');
  const row = await state('+14155550201', ['sent']);
  const [p] = posted('+14155550201');
  assert.equal(p.path, `/2010-04-01/Accounts/${env.account}/Messages.json`);
  assert.equal(p.auth, `Basic ${Buffer.from(`${env.account}:${env.token}`).toString('base64')}`);
  assert.deepEqual(Object.fromEntries(p.form), {
    To: '+14155550201', From: env.number, Body: 'Hello & welcome +14155550201 ✓',
    StatusCallback: `https://${env.host}/twilio/sms-status`, ValidityPeriod: '900',
  });
  assert.equal(row.provider_id, sent.find((m) => m.to === '+14155550201').sid);
});

test('a lost answer is looked up, not sent again', async () => {
  await text('+14155550202', 'silent', 'ok');
  const row = await state('+14155550202', ['sent']);
  assert.equal(posted('+14155550202').length, 1);
  assert.equal(row.attempt, 2);
  assert.equal(row.provider_id, sent.find((m) => m.to === '+14155550202').sid);
});

test('a lost request is looked up, then sent again', async () => {
  await text('+14155550203', 'lost', 'ok');
  await state('+14155550203', ['sent']);
  assert.equal(posted('+14155550203').length, 2);
  assert.equal(sent.filter((m) => m.to === '+14155550203').length, 1);
});

// What is due again soon enough for a test; the waits are the database's own (19_relay.sql).
const hurry = (to) => psql(`update nightbell.outbox set due_at = now() where number = '${to}' and state in ('unsure', 'queued')`);

test('a list that is none is no list: the text waits', { timeout: 60000 }, async () => {
  const to = '+14155550210', none = Object.keys(noLists);
  lists.set(to, [...none]);
  await text(to, 'silent', 'ok', 'ok', 'ok', 'ok', 'ok');
  for (let n = 1; n <= none.length + 1; n++) {	// the text itself, then each list
    await until(env, `select attempt from nightbell.outbox where number = '${to}' and state = 'unsure' and attempt = ${n}`, (r) => r.length === 1, 20);
    await hurry(to);
  }
  const row = await state(to, ['sent', 'dead']);
  assert.equal(posted(to).length, 1, 'posted once');
  assert.equal(row.state, 'sent');
  assert.equal(row.provider_id, sent.find((m) => m.to === to).sid);
});

for (const [i, fate] of ['empty', 'html', 'short', 'nothing', 'odd'].entries()) {
  test(`an answer without a sid (${fate}) is looked up`, { timeout: 30000 }, async () => {
    const to = `+1415555022${i}`;
    await text(to, fate, 'ok');
    const row = await state(to, ['sent']);
    assert.equal(posted(to).length, 1, 'posted once');
    assert.equal(row.attempt, 2);
    assert.equal(row.provider_id, sent.find((m) => m.to === to).sid);
  });
}

test("a Wi-Fi's page is no carrier: the text goes out afterwards", { timeout: 30000 }, async () => {
  const to = '+14155550227';
  await text(to, 'hotel', 'ok');
  const row = await state(to, ['sent']);
  assert.equal(posted(to).length, 2);
  assert.equal(row.provider_id, sent.find((m) => m.to === to).sid);
});

test('a wait that the carrier asks for is shorter than the life of the text', { timeout: 30000 }, async () => {
  const to = '+14155550228';
  await text(to, 'later', 'ok');
  const [row] = await until(env, `select state, due_at < expires_at - interval '1 minute' ok from nightbell.outbox where number = '${to}' and attempt = 1 and state = 'queued'`,
    (r) => r.length === 1, 20);
  assert.equal(row.ok, true);
  await hurry(to);
  await state(to, ['sent']);
});

test('too busy and broken servers are tried again', async () => {
  await Promise.all([text('+14155550204', 'busy', 'ok'), text('+14155550205', 'broken', 'ok')]);
  assert.equal((await state('+14155550204', ['sent'])).attempt, 2);
  assert.equal((await state('+14155550205', ['sent'])).attempt, 2);
  assert.equal(sent.filter((m) => m.to === '+14155550205').length, 1);
});

test('a number that said STOP is never tried again', async () => {
  await text('+14155550206', 'opted_out', 'ok');
  const row = await state('+14155550206', ['dead']);
  assert.equal(row.error, '21610');
  assert.equal(posted('+14155550206').length, 1);
  assert.equal((await rows(env, `select 1 from nightbell.opt_outs where number = '+14155550206' and ended_at is null`)).length, 1);
});

test('many texts at once all go out once', async () => {
  const numbers = Array.from({ length: 40 }, (_, i) => `+141555503${String(i).padStart(2, '0')}`);
  for (const n of numbers) script.set(n, ['ok']);
  await psql(`insert into nightbell.outbox (business_id, kind, key, number, payload, expires_at)
    select '${business}', 'sms', 'many:' || n, n, jsonb_build_object('from', '${env.number}', 'to', n, 'body', 'Hi ' || n), now() + interval '10 minutes'
      from unnest(array['${numbers.join("','")}']) n`);
  await until(env, `select 1 from nightbell.outbox where key like 'many:%' and state = 'sent'`, (r) => r.length === numbers.length, 30);
  for (const n of numbers) assert.equal(posted(n).length, 1, n);
});

test('a desk that dies in between sends nothing twice', { timeout: 120000 }, async () => {
  const to = '+14155550207';
  let release;
  const held = new Promise((done) => { release = done; });
  answers.hold = (res, f) => { accept(f); release(); };	// took it; the answer never comes
  await text(to, 'hold', 'ok');
  await held;
  const desk = (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout.split('\n').find((l) => /role desk/.test(l));
  process.kill(+desk.trim().split(/\s+/)[0], 'SIGKILL');
  await psql(`update nightbell.outbox set lease_until = now() where number = '${to}' and state = 'claimed'`);
  await state(to, ['sent']);
  assert.equal(posted(to).length, 1);
});

test('a text that the carrier takes and fails at once is handled as its code says', { timeout: 30000 }, async () => {
  const to = '+14155550229';
  await text(to, 'unregistered');
  assert.equal((await state(to, ['held', 'sent', 'dead'])).state, 'held');
  assert.equal((await rows(env, `select problem from nightbell.phone_numbers where number = '${env.number}'`))[0].problem !== null, true);
  assert.equal(posted(to).length, 1);
});

test('a callback that comes while the database is away is answered and recorded later', { timeout: 60000 }, async () => {
  const f = form(env, { From: '+14155550208' });
  await webhook(env, '/twilio/voice', f);
  await run('tools/pg', ['stop', join(env.dir, 'pg')], { cwd: root });
  try {
    const begun = Date.now();
    const r = await webhook(env, '/twilio/status', { ...f, CallStatus: 'completed', CallDuration: '3' });
    assert.equal(r.status, 200);
    assert.ok(Date.now() - begun < 1500, 'under 1.5 s');
  } finally {
    await run('tools/pg', ['start', join(env.dir, 'pg')], { cwd: root });
  }
  await until(env, `select 1 from nightbell.carrier_callbacks where route = 'status' and sid = '${f.CallSid}'`, (r) => r.length === 1, 30);
});
