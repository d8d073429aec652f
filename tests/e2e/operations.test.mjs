// What operators meet: wrong configuration, ports taken, no database, processes that die.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, call, root, rows, run, until, up, webhook, form } from './lib.mjs';

let env;
before(async () => { env = await up(); });
after(() => env?.stop());

/** Starts nightbell with a changed configuration. -> {code, text} */
function serve(change, extra = {}) {
  const file = join(env.dir, `try-${process.hrtime.bigint()}.yaml`);
  let text = readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8').replaceAll(`${env.dir}/run`, `${env.dir}/run2`);
  writeFileSync(file, change(text), { mode: 0o600 });
  const child = spawn(`${build}/nightbell`, ['serve', '--config', file], { cwd: root, env: { ...process.env, ...extra } });
  let out = '';
  child.stderr.on('data', (d) => { out += d; });
  child.stdout.on('data', (d) => { out += d; });
  const timer = setTimeout(() => child.kill(), 15000);
  return new Promise((done) => child.on('exit', (code) => { clearTimeout(timer); done({ code, text: out }); }));
}

test('an unknown key is an error with its line', async () => {
  const r = await serve((t) => t.replace('carrier:\n', 'carrier:\n  lisen: 127.0.0.1:1\n'));
  assert.notEqual(r.code, 0);
  assert.match(r.text, /lisen/);
  assert.match(r.text, /:7: /);
});

test('a port that is taken is named with its option', async () => {
  const r = await serve((t) => t);	// the same ports as the one that runs
  assert.notEqual(r.code, 0);
  assert.match(r.text, /(carrier|dashboard|ops)\.listen/);
  assert.match(r.text, /in use/);
});

test('no auth token: it does not start', async () => {
  const r = await serve((t) => t.replace(/auth_token: .*/, 'auth_token: ""'));
  assert.notEqual(r.code, 0);
  assert.match(r.text, /twilio\.auth_token/);
});

test('a missing environment variable is an error with its line', async () => {
  const r = await serve((t) => t.replace(/auth_token: .*/, 'auth_token: ${NB_NOT_SET}'));
  assert.notEqual(r.code, 0);
  assert.match(r.text, /NB_NOT_SET/);
  assert.match(r.text, /line \d+|:\d+/);
});

test('check names what is wrong with a database that is down', async () => {
  const file = join(env.dir, 'nodb.yaml');
  writeFileSync(file, readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8').replace(/conninfo: .*/, 'conninfo: host=/nonexistent dbname=nightbell'), { mode: 0o600 });
  const r = await run(`${build}/nightbell`, ['check', '--config', file], { cwd: root }).then((o) => ({ code: 0, ...o }), (e) => e);
  assert.notEqual(r.code, 0);
  assert.match(r.stdout + r.stderr, /database/i);
});

test('it starts without a database, says so, and answers', { timeout: 30000 }, async () => {
  const free = () => new Promise((done) => { const l = net.createServer().listen(0, '127.0.0.1', () => { const { port } = l.address(); l.close(() => done(port)); }); });
  const ports = [await free(), await free(), await free()];
  const file = join(env.dir, 'away.yaml');
  let i = 0;
  writeFileSync(file, readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8').replaceAll(`${env.dir}/run`, `${env.dir}/run3`)
    .replaceAll(`${env.dir}/state`, `${env.dir}/state3`)	// a node that never saw the database: no snapshot
    .replace(/conninfo: .*/, 'conninfo: host=/nonexistent dbname=nightbell')
    .replace(/listen: .*/g, () => `listen: 127.0.0.1:${ports[i++]}`), { mode: 0o600 });
  const child = spawn(`${build}/nightbell`, ['serve', '--config', file], { cwd: root });
  let out = '';
  try {
    await new Promise((done) => { for (const s of [child.stdout, child.stderr]) s.on('data', (d) => { out += d; if (/^ready /m.test(out)) done(); }); });
    assert.match(out, /pg: webhooks: .*nonexistent/);
    const r = await webhook({ ...env, carrier: `127.0.0.1:${ports[0]}` }, '/twilio/voice', form(env));
    assert.equal(r.status, 200);
    assert.match(r.body, /<Say/);
  } finally {
    child.kill();
    await new Promise((done) => child.on('exit', done));
  }
});

test('a webhook while the database is away is answered in time', { timeout: 60000 }, async () => {
  await run('tools/pg', ['stop', join(env.dir, 'pg')], { cwd: root });
  try {
    const begun = Date.now();
    const r = await webhook(env, '/twilio/voice', form(env));
    assert.equal(r.status, 200);
    assert.match(r.body, /<Response>/);
    assert.ok(Date.now() - begun < 1500, 'under 1.5 s');
  } finally {
    await run('tools/pg', ['start', join(env.dir, 'pg')], { cwd: root });
  }
  const end = Date.now() + 20000;
  for (;;) {
    // Another caller each time: the same one, on the line already, is not put through again.
    const r = await webhook(env, '/twilio/voice', form(env, { From: `+1415556${1000 + Date.now() % 9000}` }));
    if (/<Dial/.test(r.body)) break;
    assert.ok(Date.now() < end, `it comes back by itself: ${r.body}`);
    await new Promise((r2) => setTimeout(r2, 200));
  }
});

const children = async () => (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout
  .split('\n').filter(Boolean).map((l) => ({ pid: +l.trim().split(/\s+/)[0], args: l }));

test('a speech process that dies in mid-call is restarted and the call is still booked', { timeout: 200000 }, async () => {
  const going = call(env, 'polite-booker', ['--from', '+14155550181']);
  await until(env, `select 1 from transcript_segments t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
    where c.caller = '+14155550181' and t.leg = 'caller'`, (r) => r.length >= 1, 60);
  const speech = (await children()).find((c) => /role speech/.test(c.args));
  process.kill(speech.pid, 'SIGKILL');
  await going;
  assert.equal((await rows(env, `select 1 from appointments a join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id)
    where l.phone = '+14155550181'`)).length, 1);
  assert.match(env.log(), /speech.*signal 9/);
});

test('a media process that dies is restarted; the caller is connected again', { timeout: 200000 }, async () => {
  const going = call(env, 'silent', ['--from', '+14155550182']);
  await until(env, `select 1 from transcript_segments t join calls c on (c.business_id, c.id) = (t.business_id, t.call_id)
    where c.caller = '+14155550182'`, (r) => r.length >= 1, 60);
  process.kill((await children()).find((c) => /role media/.test(c.args)).pid, 'SIGKILL');
  const r = await going;
  assert.equal(r.events.filter((e) => e.event === 'stream.start').length, 2, r.output);
});

test('SIGTERM ends everything, no process is left', { timeout: 30000 }, async () => {
  const pids = (await children()).map((c) => c.pid);
  assert.ok(pids.length >= 3);
  process.kill(+env.pid, 'SIGTERM');
  const end = Date.now() + 15000;
  const alive = (p) => { try { process.kill(p, 0); return true; } catch { return false; } };
  while ([+env.pid, ...pids].some(alive)) {
    assert.ok(Date.now() < end, 'all gone within 15 s');
    await new Promise((r) => setTimeout(r, 100));
  }
});
