// Nobody crosses from one business into another: every route of the API's own
// description, asked with real HTTP as a stranger, as nobody and as somebody
// who may only read. A route that is added is tried without a word here.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, form, missed, root, rows, run, until, up, webhook } from './lib.mjs';

const NUMBERS = ['+14155550100', '+14155550101'];
let env, api, ours, theirs, viewer;

before(async () => {
  env = await up();
  api = JSON.parse((await nightbell('openapi')).stdout);
  const [a, b] = await Promise.all(NUMBERS.map(async (n) =>
    (await rows(env, `select business_id id from phone_numbers where number = '${n}'`))[0].id));
  ours = { id: a, token: await key('us@tenancy.test', a, 'owner') };
  theirs = { id: b, token: await key('them@tenancy.test', b, 'owner') };
  viewer = { id: a, token: await key('eyes@tenancy.test', a, 'viewer') };
  // Something of ours for each {id}: a call by the way that calls come, the rest as it is stored.
  const m = await missed(env, { To: NUMBERS[0], From: '+14155550188' });
  await until(env, `select 1 from calls where carrier_sid = '${m.form.CallSid}'`, (r) => r.length === 1);
  const [made] = await rows(env, `select c.id call, c.lead_id lead, c.conversation_id conversation from calls c
    where c.carrier_sid = '${m.form.CallSid}'`);
  const put = async (sql) => (await psql(sql)).trim();
  ours.ids = {
    calls: made.call, leads: made.lead,
    tasks: await put(`insert into tasks (business_id, kind, text, lead_id) values ('${a}', 'call_back', 'ours alone', '${made.lead}') returning id`),
    messages: await put(`insert into messages (business_id, conversation_id, lead_id, direction, from_number, to_number, body, status)
      values ('${a}', '${made.conversation}', '${made.lead}', 'in', '+14155550188', '${NUMBERS[0]}', 'ours alone', 'received') returning id`),
    outbox: await put(`insert into outbox (business_id, kind, key, number, payload, state, expires_at, error)
      values ('${a}', 'sms', 'tenancy', '+14155550188', '{"body": "ours alone", "to": "+14155550188"}', 'dead', now(), 'x') returning id`),
    blocked: await put(`insert into blocked_callers (business_id, number) values ('${a}', '+14155550666') returning id`),
    people: (await nightbell('user', 'add', 'leaving@tenancy.test', '--business', a, '--role', 'staff', '--config', `${env.dir}/nightbell.yaml`),
    await rows(env, "select id from users where email = 'leaving@tenancy.test'"))[0].id,
    tokens: (await rows(env, `select id from api_keys where business_id = '${a}' and role = 'viewer'`))[0].id,
    recordings: await put(`insert into recordings (business_id, id, call_id, stream, state, node, path, duration_ms, bytes)
      values ('${a}', '${made.call}', '${made.call}', 1, 'complete', '${hostname()}', '${a}/2026-01/${made.call}.opus', 1000, 10) returning id`),
    appointments: await put(`with s as (select id from services where business_id = '${a}' limit 1),
      t as (select id from technicians where business_id = '${a}' limit 1),
      h as (insert into holds (business_id, service_id, technician_id, starts_at, ends_at, state, expires_at)
        select '${a}', s.id, t.id, now() + interval '1 day', now() + interval '25 hours', 'booked', now() from s, t returning *)
      insert into appointments (business_id, hold_id, lead_id, service_id, technician_id, starts_at, ends_at)
        select business_id, id, '${made.lead}', service_id, technician_id, starts_at, ends_at from h returning id`),
  };
  const file = join(env.dir, 'state/recordings', `${a}/2026-01/${made.call}.opus`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'ours alone');
}, { timeout: 60000 });
after(() => env?.stop());

const nightbell = (...args) => run(`${build}/nightbell`, args, { cwd: root });
async function psql(sql) {
  const { stdout } = await run('tools/pg', ['psql', `${env.dir}/pg`, '-q', '-At', '-d', 'nightbell', '-c', sql], { cwd: root });
  return stdout;
}
async function key(email, business, role) {
  const config = ['--config', `${env.dir}/nightbell.yaml`];
  await nightbell('user', 'add', email, '--business', business, '--role', role, ...config);
  return (await nightbell('token', email, '--role', role, ...config)).stdout.trim();
}

/** Every route that needs somebody: {method, path, role, id, body}. */
function routes() {
  const all = [];
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, r] of Object.entries(methods)) {
      if (r.security) continue;	// for everybody
      const schema = r.requestBody?.content['application/json'].schema.$ref.split('/').pop();
      const props = schema ? api.components.schemas[schema].properties : {};
      all.push({ method: method.toUpperCase(), path, role: r['x-role'], stream: !!r.responses['200'].content['text/event-stream'],
        kind: path.split('/')[3], hasId: path.includes('{id}'), params: r.parameters.map((p) => p.name),
        body: schema && Object.fromEntries(Object.keys(props).map((k) =>
          [k, { status: 'done', number: '+14155550667', reason: 'test', role: 'viewer', days: 30 }[k] ?? 'x'])) });
    }
  return all;
}

/** Asks; a stream is read until its first line. -> {status, text} */
async function ask(r, who, more = '') {
  const stop = new AbortController();
  const path = r.path.replace('{id}', ours.ids[r.kind] ?? 'none') + more;
  const res = await fetch(`http://${env.dashboard}${path}`, { method: r.method, signal: stop.signal,
    headers: { ...(who ? { authorization: `Bearer ${who.token}` } : {}), 'content-type': 'application/json' },
    ...(['GET', 'HEAD'].includes(r.method) ? {} : { body: JSON.stringify(r.body ?? {}) }) });
  if (!r.stream || res.status !== 200) return { status: res.status, text: await res.text() };
  const reader = res.body.getReader();
  const text = new TextDecoder().decode((await reader.read()).value);
  stop.abort();
  return { status: 200, text };
}

const secrets = () => [...Object.values(ours.ids), ours.id, 'ours alone', '+14155550188', '+14155550666'];
const leaks = (text) => secrets().filter((s) => text.includes(s));

test('the table of routes is there', () => {
  assert.equal(api.openapi, '3.1.0');
  assert.ok(routes().length >= 20);
  for (const r of routes()) if (r.hasId) assert.ok(ours.ids[r.kind], `${r.path}: put a row of this kind into ours.ids`);
});

test('its owner gets in everywhere: the tests below try something', { timeout: 60000 }, async () => {
  for (const r of routes().filter((x) => x.method === 'GET')) {
    const { status, text } = await ask(r, ours);
    assert.equal(status, 200, `${r.method} ${r.path}: ${text}`);
    if (r.hasId) assert.ok(leaks(text).length || r.path.endsWith('/segments'), `${r.path} shows its row`);
  }
});

test('nobody gets nothing', { timeout: 60000 }, async () => {
  for (const r of routes())
    for (const who of [null, { token: 'guess' }, { token: 'nbt_' + '0'.repeat(64) }, { token: 'a.b.c' }]) {
      const { status, text } = await ask(r, who);
      assert.equal(status, 401, `${r.method} ${r.path}`);
      assert.deepEqual(leaks(text), []);
    }
});

test('another business sees no row of ours, however it asks', { timeout: 60000 }, async () => {
  for (const r of routes()) {
    const { status, text } = await ask(r, theirs);
    assert.deepEqual(leaks(text), [], `${r.method} ${r.path}`);
    if (r.hasId) assert.equal(status, 404, `${r.method} ${r.path}: ${text}`);
    const named = await ask(r, theirs, `?business=${ours.id}`);
    assert.ok([401, 403].includes(named.status), `${r.method} ${r.path}?business=: ${named.status}`);
    assert.deepEqual(leaks(named.text), []);
  }
  for (const r of routes().filter((x) => x.method === 'GET'))
    for (const p of r.params.filter((x) => ['lead', 'call', 'conversation'].includes(x))) {
      if (r.stream) continue;
      const value = { lead: ours.ids.leads, call: ours.ids.calls }[p] ?? ours.ids.calls;
      const { text } = await ask(r, theirs, `?${p}=${value}`);
      assert.deepEqual(leaks(text), [], `${r.path}?${p}=`);
    }
});

test('a session of another business, too', { timeout: 30000 }, async () => {
  const url = `http://${env.dashboard}`;
  const link = (await nightbell('link', 'them@tenancy.test', '--config', `${env.dir}/nightbell.yaml`)).stdout;
  const r = await fetch(`${url}/api/v1/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token: /token=(\w+)/.exec(link)[1] }) });
  const who = await r.json();
  assert.equal(r.status, 200);
  assert.deepEqual(who.businesses.map((b) => b.id), [theirs.id]);
  for (const x of routes()) {
    const { status, text } = await ask(x, { token: who.access });
    assert.deepEqual(leaks(text), [], `${x.method} ${x.path}`);
    if (x.hasId) assert.equal(status, 404);
    assert.equal((await ask(x, { token: who.access }, `?business=${ours.id}`)).status, 403);
  }
});

test('who may only read changes nothing', { timeout: 60000 }, async () => {
  const counts = () => rows(env, `select (select count(*) from audit_log) a, (select count(*) from blocked_callers where ended_at is null) b,
    (select count(*) from tasks where status = 'done') t, (select count(*) from api_keys where revoked_at is null) k`);
  const before = await counts();
  for (const r of routes()) {
    const { status } = await ask(r, viewer);
    assert.equal(status, r.role === 'viewer' ? 200 : 403, `${r.method} ${r.path}`);
    if (!['GET', 'HEAD'].includes(r.method)) assert.notEqual(r.role, 'viewer', `${r.method} ${r.path} changes something`);
  }
  assert.deepEqual(await counts(), before);
});

/** Does value look as its schema says? -> path of what does not */
function wrong(schema, value, at) {
  if (schema.$ref) return wrong(api.components.schemas[schema.$ref.split('/').pop()], value, at);
  if (schema.anyOf) return schema.anyOf.some((s) => !wrong(s, value, at)) ? null : at;
  const types = [schema.type].flat();
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (!types.includes(type)) return `${at} is ${type}, not ${types}`;
  if (schema.pattern && value !== null && !new RegExp(schema.pattern).test(value)) return `${at} ${value}`;
  if (type === 'array') return value.map((v, i) => wrong(schema.items, v, `${at}[${i}]`)).find(Boolean) ?? null;
  if (type !== 'object' || !schema.properties) return null;
  for (const k of schema.required) if (!(k in value)) return `${at}.${k} is missing`;
  for (const k of Object.keys(value)) {
    if (!(k in schema.properties)) return Object.keys(schema.properties).length ? `${at}.${k} is not described` : null;
    const w = wrong(schema.properties[k], value[k], `${at}.${k}`);
    if (w) return w;
  }
  return null;
}

test('what comes is what the description says; its owner may change it', { timeout: 60000 }, async () => {
  for (const r of routes().filter((x) => !x.stream && x.method !== 'DELETE')) {
    const { status, text } = await ask(r, ours);
    assert.equal(status, 200, `${r.method} ${r.path}: ${text}`);
    const schema = api.paths[r.path][r.method.toLowerCase()].responses['200'].content['application/json']?.schema;
    if (schema) assert.equal(wrong(schema, JSON.parse(text), r.path), null);
  }
  for (const r of routes().filter((x) => x.method === 'DELETE')) assert.equal((await ask(r, ours)).status, 200, r.path);
  const actions = (await rows(env, `select distinct action from audit_log where business_id = '${ours.id}'`)).map((x) => x.action);
  for (const a of ['task_set', 'outbox_redrive', 'block', 'unblock', 'token_create', 'token_revoke', 'user_remove', 'browser_call']) assert.ok(actions.includes(a), a);
});

test('lists go on where they stopped', { timeout: 30000 }, async () => {
  await psql(`insert into tasks (business_id, kind, text) select '${theirs.id}', 'call_back', 'n' || i from generate_series(1, 7) i`);
  const list = async (more) => JSON.parse((await ask({ method: 'GET', path: '/api/v1/tasks', kind: 'tasks' }, theirs, more)).text);
  const all = (await list('?limit=100')).tasks.map((t) => t.id);
  const paged = [];
  for (let next = ''; next !== null;) {
    const page = await list(`?limit=3${next && `&cursor=${next}`}`);
    paged.push(...page.tasks.map((t) => t.id));
    next = page.next;
  }
  assert.deepEqual(paged, all);
  assert.ok(all.length >= 7);
});

test('a caller who is blocked hears a busy line', { timeout: 30000 }, async () => {
  const f = form(env, { From: '+14155550669', To: NUMBERS[1] });
  await ask({ method: 'POST', path: '/api/v1/blocked', body: { number: '+14155550669' } }, theirs);
  assert.match((await webhook(env, '/twilio/voice', f)).body, /<Reject reason="busy"/);
});

test('a business from the command line is answered', { timeout: 30000 }, async () => {
  const { stdout } = await nightbell('business', 'add', 'New Salon', '--number', '+14155559901', '--owner', '+14155559902',
    '--timezone', 'America/Chicago', '--trade', 'salon', '--email', 'new@tenancy.test', '--config', `${env.dir}/nightbell.yaml`);
  assert.match(stdout, /^[0-9a-f-]{36}\n$/);
  const r = await webhook(env, '/twilio/voice', form(env, { To: '+14155559901' }));
  assert.match(r.body, /<Dial[^]*\+14155559902/);
  const [n] = await rows(env, `select count(*)::int services from services where business_id = '${stdout.trim()}'`);
  assert.ok(n.services >= 3);
});

test('who is removed is out at once; what is typed wrong is said', { timeout: 30000 }, async () => {
  const config = ['--config', `${env.dir}/nightbell.yaml`];
  const leaver = { token: await key('leaver@tenancy.test', theirs.id, 'owner') };
  const calls = { method: 'GET', path: '/api/v1/calls', kind: 'calls' };
  assert.equal((await ask(calls, leaver)).status, 200);
  assert.match((await nightbell('user', 'list', '--business', theirs.id, ...config)).stdout, /leaver@tenancy.test +owner/);
  await nightbell('user', 'remove', 'leaver@tenancy.test', '--business', theirs.id, ...config);
  assert.ok([401, 403].includes((await ask(calls, leaver)).status));
  assert.doesNotMatch((await nightbell('user', 'list', ...config)).stdout, /leaver@/);
  const people = JSON.parse((await ask({ method: 'GET', path: '/api/v1/people', kind: 'people' }, theirs)).text).people;
  const me = people.find((p) => p.email === 'them@tenancy.test');
  await psql(`update memberships set role = 'staff' where business_id = '${theirs.id}' and user_id <> '${me.id}'`);
  const last = await fetch(`http://${env.dashboard}/api/v1/people/${me.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${theirs.token}` } });
  assert.equal(last.status, 409);
  assert.match(await last.text(), /the last owner stays/);
  assert.match((await nightbell('business', 'list', ...config)).stdout, new RegExp(`${theirs.id}.*[+]14155550101`));
  const number = ['--number', '+14155559903', '--timezone', 'America/Chicago'];
  for (const [args, says] of [[['user', 'add', 'a@b.test', '--business', theirs.id, '--role', 'king'], /owner, staff, viewer or admin, not "king"/],
    [['business', 'add', '', ...number, '--trade', 'salon'], /wants a name/],
    [['business', 'add', 'X', ...number, '--trade', 'nonsense'], /"nonsense" is not known: home_services, car_repair, dental, salon/]])
    await assert.rejects(nightbell(...args, ...config), (e) => e.code === 2 && says.test(e.stderr));
});
