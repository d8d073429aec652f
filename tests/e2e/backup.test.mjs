// A database with calls is backed up, restored into a fresh server, and serves from there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { build, call, form, root, rows, run, until, up, webhook } from './lib.mjs';
import { contents, fences } from './tables.mjs';

let env, fresh, served;
const text = 'The furnace part has arrived.';
before(async () => { env = await up(); });
after(async () => {
  if (served) await served.stop();
  if (fresh) await run('tools/pg', ['destroy', join(fresh.dir, 'pg')], { cwd: root });
  await env?.stop();
});

/** nightbell COMMAND … -> {code, text} */
const nightbell = (e, ...args) => run(`${build}/nightbell`, [...args, '--config', join(e.dir, 'nightbell.yaml')], { cwd: root })
  .then((o) => ({ code: 0, text: o.stdout + o.stderr }), (x) => ({ code: x.code, text: x.stdout + x.stderr }));

const texts = (to) => new Promise((done, fail) => {
  http.get(`http://127.0.0.1:${env.api}/2010-04-01/Accounts/${env.account}/Messages.json?PageSize=100&To=${encodeURIComponent(to)}`,
    { auth: `${env.account}:${env.token}` }, (res) => {
      let body = '';
      res.on('data', (d) => { body += d; });
      res.on('end', () => done(JSON.parse(body).messages.filter((m) => m.body.includes(text))));
    }).on('error', fail);
});

const psql = (e, ...args) => run('tools/pg', ['psql', join(e.dir, 'pg'), '-q', '-At', '-d', 'nightbell', ...args], { cwd: root });

test('calls, then a backup that nobody else can read', { timeout: 200000 }, async () => {
  const f = form(env, { From: '+14155550170' });
  await webhook(env, '/twilio/voice', f);
  await webhook(env, '/twilio/dial', { ...f, CallStatus: 'in-progress', DialCallStatus: 'no-answer' });
  await webhook(env, '/twilio/status', { ...f, CallStatus: 'completed' });
  await call(env, 'polite-booker', ['--from', '+14155550171', '--status-url', `https://${env.host}/twilio/status`]);
  await until(env, "select 1 from messages m join calls c on (c.business_id, c.id) = (m.business_id, m.call_id) where m.status = 'delivered' and c.caller = '+14155550171'", (r) => r.length > 0);
  // A text that is due soon: in the backup it waits, in the database that goes on it is sent.
  await psql(env, '-c', `begin; select lib.text_queue(c.business_id, c.lead_id, c.id, c.number, c.caller, '${text}', 'test:backup', '1 hour')
    from nightbell.calls c where c.caller = '+14155550171'; update nightbell.outbox set due_at = now() + interval '10 seconds' where key = 'test:backup'; commit`);
  // Late callbacks come in for a while: until one backup was made in between.
  env.backup = join(env.dir, 'nb.dump');
  for (let i = 0; i < 10; i++) {
    env.was = await contents(env, ['outbox', 'messages', 'event_counters']);
    rmSync(env.backup, { force: true });
    const r = await nightbell(env, 'backup', env.backup);
    assert.equal(r.code, 0, r.text);
    assert.match(r.text, /Not in it/);
    if (isDeepStrictEqual(await contents(env, ['outbox', 'messages', 'event_counters']), env.was)) break;
    assert.ok(i < 9, 'the database comes to rest');
  }
  assert.equal(statSync(env.backup).mode & 0o777, 0o600);
  const again = await nightbell(env, 'backup', env.backup);
  assert.equal(again.code, 1);
  assert.match(again.text, /is there already/);
  await until(env, "select 1 from outbox where key = 'test:backup' and state = 'sent'", (x) => x.length === 1);
  assert.equal((await texts('+14155550171')).length, 1);
});

test('the login of backups reads and does nothing else', async () => {
  const as = (sql) => psql(env, '-U', 'nightbell_backup', '-c', sql).then((o) => o.stdout, (e) => e.stderr);
  assert.match(await as('select count(*) > 0 from nightbell.calls'), /t/);
  for (const sql of ["update nightbell.calls set outcome = 'x'", 'delete from nightbell.calls', 'truncate nightbell.outbox',
    "insert into nightbell.leads (business_id) select id from nightbell.businesses", 'create table nightbell.x ()', 'set role nightbell_owner',
    "select desk.voice('{}')", 'drop table nightbell.calls'])
    assert.match(await as(`begin; set transaction read write; ${sql}; commit`), /permission denied|must be owner/, sql);
});

test('restore refuses what would hurt', async () => {
  const open = await nightbell(env, 'restore', env.backup, '--force');
  assert.equal(open.code, 1);
  assert.match(open.text, /stop "nightbell serve"/);
  const none = await nightbell(env, 'restore', join(root, 'README.md'));
  assert.equal(none.code, 1);
  assert.match(none.text, /no backup of Nightbell/);
});

test('into a fresh server: every table is as it was', { timeout: 60000 }, async () => {
  const dir = join(env.dir, 'fresh');
  mkdirSync(dir, { mode: 0o711 });
  fresh = { ...env, dir };
  await run('tools/pg', ['start', join(dir, 'pg')], { cwd: root, env: { ...process.env, PG_FAST: '1' } });
  const conninfo = (await run('tools/pg', ['conninfo', join(dir, 'pg')], { cwd: root })).stdout.trim();
  const free = () => new Promise((done) => { const l = net.createServer().listen(0, '127.0.0.1', () => { const { port } = l.address(); l.close(() => done(port)); }); });
  const ports = [await free(), await free(), await free()];
  let i = 0;
  writeFileSync(join(dir, 'nightbell.yaml'), readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8').replaceAll(`${env.dir}/run`, `${dir}/run`)
    .replaceAll(`${env.dir}/state`, `${dir}/state`).replace(/conninfo: .*/, `conninfo: ${conninfo}`)
    .replace(/listen: .*/g, () => `listen: 127.0.0.1:${ports[i++]}`), { mode: 0o600 });
  fresh.carrier = `127.0.0.1:${ports[0]}`;
  fresh.dashboard = `127.0.0.1:${ports[1]}`;
  const r = await nightbell(fresh, 'restore', env.backup);
  assert.equal(r.code, 0, r.text);
  assert.deepEqual(await contents(fresh, ['outbox', 'messages', 'event_counters']), env.was);
  const [was, is] = [await fences(env), await fences(fresh)];
  assert.ok(was.length > 500);
  assert.deepEqual(is, was);
  assert.deepEqual(await rows(fresh, "select state from outbox where key = 'test:backup'"), [{ state: 'unsure' }]);
});

test('it does not replace what is there, unless told so', { timeout: 60000 }, async () => {
  await psql(fresh, '-c', "update nightbell.businesses set name = 'Changed'");
  const r = await nightbell(fresh, 'restore', env.backup);
  assert.equal(r.code, 1);
  assert.match(r.text, /not empty/);
  const half = join(env.dir, 'half.dump');
  copyFileSync(env.backup, half);
  truncateSync(half, statSync(half).size - 100);	// the last table's rows
  const broken = await nightbell(fresh, 'restore', half, '--force');
  assert.equal(broken.code, 1);
  assert.match(broken.text, /the database is as it was/);
  assert.deepEqual(await rows(fresh, 'select distinct name from businesses'), [{ name: 'Changed' }]);
  assert.deepEqual(await fences(fresh), await fences(env));
  const forced = await nightbell(fresh, 'restore', env.backup, '--force');
  assert.equal(forced.code, 0, forced.text);
  assert.deepEqual(await contents(fresh, ['outbox', 'messages', 'event_counters']), env.was);
  assert.deepEqual(await fences(fresh), await fences(env));
});

test('a backup of a newer program is refused', { timeout: 60000 }, async () => {
  const newer = join(env.dir, 'newer.dump');
  await psql(fresh, '-c', "insert into nightbell.migrations values (9999, '9999_later.sql', 'x')");
  assert.equal((await nightbell(fresh, 'backup', newer)).code, 0);
  await psql(fresh, '-c', 'delete from nightbell.migrations where version = 9999');
  const r = await nightbell(fresh, 'restore', newer, '--force');
  assert.equal(r.code, 1);
  assert.match(r.text, /newer Nightbell \(migration 9999/);
});

test('the gateway serves from it, and sends nothing twice', { timeout: 60000 }, async () => {
  const child = spawn(`${build}/nightbell`, ['serve', '--config', join(fresh.dir, 'nightbell.yaml')], { cwd: root });
  let out = '';
  served = { stop: () => { child.kill(); return new Promise((done) => (child.exitCode === null ? child.on('exit', done) : done())); } };
  await new Promise((done, fail) => {
    child.on('exit', () => fail(new Error(out)));
    for (const s of [child.stdout, child.stderr]) s.on('data', (d) => { out += d; if (/^ready /m.test(out)) done(); });
  });
  const r = await webhook(fresh, '/twilio/voice', form(fresh, { From: '+14155550172' }));
  assert.equal(r.status, 200);
  assert.match(r.body, /<Dial/);
  assert.equal((await rows(fresh, "select 1 from calls where caller = '+14155550172'")).length, 1);
  await until(fresh, "select state from outbox where key = 'test:backup'", (x) => x[0].state === 'sent');
  assert.equal((await texts('+14155550171')).length, 1, 'the carrier has it once');
  assert.match((await nightbell(fresh, 'link', 'owner@harbor.test')).text, /^http/);
  // What readers were told after the backup is not told again with other events: they read their lists anew.
  const [{ id, last: told }] = await rows(env, `select k.business_id as id, k.last from event_counters k join calls c on c.business_id = k.business_id
    where c.caller = '+14155550171'`);
  const [{ last: now }] = await rows(fresh, `select last from event_counters where business_id = '${id}'`);
  assert.ok(now > told + 1e9 && Number.isSafeInteger(now), `${told}, now ${now}`);
  const key = (await nightbell(fresh, 'token', 'owner@harbor.test', '--role', 'viewer', '--days', '1')).text.match(/nbt_\w+/)[0];
  for (const [from, reset] of [[told, true], [now, false]]) {
    const r = await fetch(`http://${fresh.dashboard}/api/v1/events?business=${id}`, { headers: { authorization: `Bearer ${key}`, 'last-event-id': String(from) } });
    assert.equal(r.status, 200);
    await psql(fresh, '-c', `insert into nightbell.events (business_id, type, data) values ('${id}', 'task', '{}')`);
    let got = '';
    for await (const chunk of r.body) { got += Buffer.from(chunk); if (/\ndata: {}\n\n|\nid: \d+\nevent/.test(got)) break; }
    assert.equal(/event: reset/.test(got), reset, got);
  }
});
