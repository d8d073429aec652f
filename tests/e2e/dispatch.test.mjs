// Emergencies end to end: technicians are called through the carrier, answer (or not) with a key or a text, and the
// next one is asked. First against callsim, then against a carrier that fails: nobody is called twice for one thing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { form, root, rows, run, until, up, webhook } from './lib.mjs';

const harbor = '019363a0-0000-7000-8000-000000000001';
const psql = (env, sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', sql], { cwd: root });

/** Puts people on call, in this order. */
async function onCall(env, ...numbers) {
  await psql(env, `delete from nightbell.on_call where business_id = '${harbor}'; ${numbers.map((n, i) => `
    insert into nightbell.technicians (business_id, id, name, phone)
      values ('${harbor}', '019363a0-0000-7000-8000-0000000${n.slice(-5)}', 'T${n.slice(-3)} Test', '${n}') on conflict do nothing;
    insert into nightbell.on_call (business_id, technician_id, rank)
      values ('${harbor}', '019363a0-0000-7000-8000-0000000${n.slice(-5)}', ${i});`).join('')}`);
}

/** Somebody calls and tells of an emergency. -> its id */
async function emergency(env, from, words = 'I smell gas') {
  const f = form(env, { From: from });
  await webhook(env, '/twilio/voice', f);
  const [c] = await rows(env, `select id from nightbell.calls where carrier_sid = '${f.CallSid}'`);
  const { stdout } = await psql(env, `select desk.tool(jsonb_build_object('call', '${c.id}', 'business', '${harbor}', 'key', '1',
    'name', 'dispatch', 'args', jsonb_build_object('kind', 'gas', 'words', '${words}')))`);
  return JSON.parse(stdout).dispatch;
}

/** How it stands, once everything that is asked for is so. */
const stands = (env, id, ok, seconds = 30) => until(env, `select d.state, lib.first_name(t.name) as by,
    (select json_agg(json_build_object('phone', a.phone, 'state', a.state, 'why', a.why, 'by', a.by, 'sid', a.call_sid) order by a.id)
       from nightbell.dispatch_attempts a where a.dispatch_id = d.id) as asked
  from nightbell.dispatches d left join nightbell.technicians t on (t.business_id, t.id) = (d.business_id, d.technician_id)
  where d.id = '${id}'`, (r) => r[0] && ok(r[0]), seconds).then((r) => r[0]);

const brief = (d) => d.asked.map((a) => `${a.phone.slice(-3)} ${a.state}${a.why ? ` ${a.why}` : ''}`);

// ---- with callsim as the carrier ----

const people = { first: '+14155550301', second: '+14155550302', third: '+14155550303' };
let env;
before(async () => { env = await up(); });
after(async () => { await env?.stop(); });

async function does(number, rule) {
  const r = await fetch(`http://127.0.0.1:${env.api}/sim/answers`, { method: 'POST', body: JSON.stringify({ answer: `${number}=${rule}` }) });
  assert.ok(r.ok, `${rule}: ${r.status}`);
}

test('the first technician presses 1', { timeout: 60000 }, async () => {
  await onCall(env, people.first, people.second);
  await does(people.first, 'press:1');
  const id = await emergency(env, '+14155550311');
  const d = await stands(env, id, (x) => x.state === 'acknowledged');
  assert.equal(d.by, 'T301');
  assert.deepEqual(brief(d), ['301 acknowledged']);
  assert.equal(d.asked[0].by, 'call');
  assert.match(d.asked[0].sid, /^CA/);
  await until(env, `select 1 from nightbell.carrier_callbacks where route = 'dispatch-status' and sid = '${d.asked[0].sid}'`, (r) => r.length === 1);
  assert.deepEqual(brief(await stands(env, id, () => true)), ['301 acknowledged'], 'the end of the call changes nothing');
});

test('busy, a voicemail, then somebody', { timeout: 90000 }, async () => {
  await onCall(env, people.first, people.second, people.third);
  await does(people.first, 'busy');
  await does(people.second, 'voicemail');
  await does(people.third, 'press:1');
  const d = await stands(env, await emergency(env, '+14155550312'), (x) => x.state === 'acknowledged', 60);
  assert.deepEqual(brief(d), ['301 unanswered busy', '302 unanswered no_key', '303 acknowledged']);
});

test('one declines by key, the other takes it by text', { timeout: 60000 }, async () => {
  await onCall(env, people.first, people.second);
  await does(people.first, 'press:2');
  await does(people.second, 'silent');
  const id = await emergency(env, '+14155550313');
  await stands(env, id, (x) => x.asked.length === 2);
  const r = await fetch(`http://127.0.0.1:${env.api}/sim/texts`, { method: 'POST', body: JSON.stringify({ from: people.second, to: env.number, body: ' Ok. ' }) });
  assert.ok(r.ok);
  const d = await stands(env, id, (x) => x.state === 'acknowledged');
  assert.deepEqual(brief(d), ['301 declined key', '302 acknowledged']);
  assert.equal(d.asked[1].by, 'text');
  const told = await until(env, `select payload ->> 'body' as body from nightbell.outbox where number = '${people.second}' order by id desc limit 1`,
    (x) => /yours/.test(x[0]?.body));
  assert.match(told[0].body, /\+14155550313/);
});

test('nobody answers: it failed, and the owner knows', { timeout: 90000 }, async () => {
  await psql(env, `update nightbell.businesses set dispatch_wait_s = 2`);
  await onCall(env, people.first, people.second);
  await does(people.first, 'no-answer');
  await does(people.second, 'no-answer');
  const id = await emergency(env, '+14155550314');
  const d = await stands(env, id, (x) => x.state === 'failed', 60);
  assert.deepEqual(brief(d), ['301 unanswered late', '302 unanswered late']);
  const [task] = await rows(env, `select t.text, t.urgent from nightbell.tasks t join nightbell.dispatches d on d.task_id = t.id where d.id = '${id}'`);
  assert.ok(task.urgent);
  assert.match(task.text, /NOBODY HAS TAKEN IT/);
  await until(env, `select 1 from nightbell.outbox where key = 'notice:dispatch:${id}:failed' and state = 'sent'`, (r) => r.length === 1);
});

// ---- with a carrier that fails ----

const script = new Map(); // what it does with each number's requests, in order
const posts = [];
const placed = [];
let release;

function accept(f) {
  const c = {
    sid: `CA${String(placed.length + 1).padStart(32, '0')}`, to: f.get('To'), from: f.get('From'), status: 'queued',
    direction: 'outbound-api', date_created: new Date().toUTCString().replace('GMT', '+0000'),
  };
  placed.push(c);
  return c;
}

const reply = (res, status, body) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const answers = {
  ok: (res, f) => reply(res, 201, accept(f)),
  refused: (res) => reply(res, 400, { code: 21211, message: 'The To number is not valid' }),
  silent: (res, f) => { accept(f); res.destroy(); }, // took it, and the answer got lost
  lost: (res) => res.destroy(), // did not take it, and nobody knows
  hold: (res, f) => { accept(f); release(); }, // took it; the answer never comes
};

const carrier = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  let body = '';
  for await (const piece of req) body += piece;
  if (!url.pathname.endsWith('/Calls.json')) {
    reply(res, 201, { sid: `SM${Math.random().toString(16).slice(2).padEnd(32, '0')}`, messages: [] });
    return;
  }
  if (req.method === 'GET') {
    reply(res, 200, { calls: placed.filter((c) => c.to === url.searchParams.get('To') && c.from === url.searchParams.get('From')).reverse() });
    return;
  }
  const f = new URLSearchParams(body);
  posts.push({ path: url.pathname, form: f });
  answers[script.get(f.get('To'))?.shift() ?? 'ok'](res, f);
});

let bad;
const posted = (to) => posts.filter((p) => p.form.get('To') === to);
const row = (to, state) => until(bad, `select state, attempt, provider_id from nightbell.outbox where kind = 'call' and payload ->> 'to' = '${to}' order by id desc limit 1`,
  (r) => r[0]?.state === state, 30).then((r) => r[0]);

test('a carrier that fails', { timeout: 180000 }, async (t) => {
  carrier.listen(0, '127.0.0.1');
  await once(carrier, 'listening');
  bad = await up({ set: { 'twilio.api_url': `http://127.0.0.1:${carrier.address().port}` } });
  t.after(async () => { await bad.stop(); carrier.closeAllConnections(); carrier.close(); });

  await t.test('a call goes out as the carrier documents it', async () => {
    await onCall(bad, '+14155550321');
    const d = await stands(bad, await emergency(bad, '+14155550331'), (x) => x.asked[0].sid);
    const [a] = await rows(bad, `select id from nightbell.dispatch_attempts where phone = '+14155550321'`);
    const [p] = posted('+14155550321');
    assert.equal(p.path, `/2010-04-01/Accounts/${bad.account}/Calls.json`);
    assert.deepEqual(Object.fromEntries(p.form), {
      To: '+14155550321', From: bad.number, Url: `https://${bad.host}/twilio/dispatch/${a.id}`,
      StatusCallback: `https://${bad.host}/twilio/dispatch-status/${a.id}`, StatusCallbackEvent: 'completed', Timeout: '30',
    });
    assert.equal(d.asked[0].sid, placed[0].sid);
  });

  await t.test('a lost answer is looked up, nobody is rung twice', async () => {
    await onCall(bad, '+14155550322');
    script.set('+14155550322', ['silent']);
    await emergency(bad, '+14155550332');
    const r = await row('+14155550322', 'sent');
    assert.equal(posted('+14155550322').length, 1);
    assert.equal(r.provider_id, placed.find((c) => c.to === '+14155550322').sid);
  });

  await t.test('a lost request is looked up among calls for others, then made', async () => {
    script.set('+14155550322', ['lost', 'ok']);
    await emergency(bad, '+14155550333');
    await until(bad, `select 1 from nightbell.outbox where kind = 'call' and payload ->> 'to' = '+14155550322' and state = 'sent'`, (r) => r.length === 2, 30);
    assert.equal(placed.filter((c) => c.to === '+14155550322').length, 2, 'one for each emergency');
  });

  await t.test('a refused number: the next one at once', async () => {
    await onCall(bad, '+14155550324', '+14155550325');
    script.set('+14155550324', ['refused']);
    const d = await stands(bad, await emergency(bad, '+14155550334'), (x) => x.asked.length === 2);
    assert.deepEqual(brief(d), ['324 unanswered 21211', '325 asked']);
  });

  await t.test('a desk that dies in between rings nobody twice', async () => {
    await onCall(bad, '+14155550326');
    script.set('+14155550326', ['hold', 'ok']);
    const held = new Promise((done) => { release = done; });
    await emergency(bad, '+14155550336');
    await held;
    const desk = (await run('ps', ['-o', 'pid=,args=', '--ppid', bad.pid])).stdout.split('\n').find((l) => /role desk/.test(l));
    process.kill(+desk.trim().split(/\s+/)[0], 'SIGKILL');
    await psql(bad, `update nightbell.outbox set lease_until = now() where kind = 'call' and state = 'claimed'`);
    await row('+14155550326', 'sent');
    assert.equal(posted('+14155550326').length, 1);
  });
});
