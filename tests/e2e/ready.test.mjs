// /healthz and /readyz: what a balancer and a supervisor of machines go by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missed, root, run, sid, socket, startMessage, until, up, webhook } from './lib.mjs';

let env, ops;
before(async () => {
  // A process that dies stays away long enough to be seen missing.
  env = await up({ set: { 'node.restart_ms': 3000, 'media.drain_s': 12 } });
  ops = /ops:\n\s+listen: (\S+)/.exec(readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8'))[1];
});
after(() => env?.stop());

const get = (path) => new Promise((done) => {
  http.get(`http://${ops}${path}`, (res) => {
    let body = '';
    res.on('data', (d) => { body += d; });
    res.on('end', () => done({ status: res.statusCode, body: body.trim() }));
  }).on('error', () => done({ status: 0, body: '' }));
});

/** Asks until the answer is as wanted. */
async function ready(ok, seconds = 20, path = '/readyz') {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const r = await get(path);
    if (ok(r)) return r;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${JSON.stringify(r)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const child = async (role) => {
  const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid]);
  return +stdout.split('\n').find((l) => l.includes(`role ${role}`)).trim().split(/\s+/)[0];
};

test('ready when all serve', async () => {
  assert.deepEqual(await ready((r) => r.status === 200), { status: 200, body: 'ready' });
  assert.deepEqual(await get('/healthz'), { status: 200, body: 'ok' });
});

for (const role of ['speech', 'media'])
  test(`not ready while ${role} is away`, { timeout: 40000 }, async () => {
    process.kill(await child(role), 'SIGKILL');
    const r = await ready((x) => x.status === 503);
    assert.match(r.body, new RegExp(`^${role}\\d* does not serve$`));
    assert.equal((await get('/healthz')).status, 200, 'this process is fine');
    await ready((x) => x.status === 200);
  });

test('not ready without a database, and again with one', { timeout: 60000 }, async () => {
  await run('tools/pg', ['stop', join(env.dir, 'pg')], { cwd: root });
  try {
    assert.match((await ready((r) => r.status === 503)).body, /^the database is not connected: \w+ \(\w+\)$/);
  } finally {
    await run('tools/pg', ['start', join(env.dir, 'pg')], { cwd: root });
  }
  await ready((r) => r.status === 200);
});

const metric = async (labels) => +new RegExp(`^nightbell_database_up${labels} (\\d)$`, 'm').exec((await get('/metrics')).body)[1];
const psql = (sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'postgres', '-c', sql], { cwd: root });

test('a database that is connected and does not answer', { timeout: 60000 }, async () => {
  // The server and who it began; its first line of postmaster.pid is its own number.
  const data = (await psql('show data_directory')).stdout.trim();
  const main = +readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0];
  const pids = [main, ...(await run('ps', ['-o', 'pid=', '--ppid', main])).stdout.split('\n').filter((l) => l.trim()).map(Number)];
  for (const p of pids) process.kill(p, 'SIGSTOP');
  try {
    assert.match((await ready((r) => r.status === 503, 15)).body, /^the database does not answer: \w+ \(\w+\)$/);
    assert.equal(await metric(''), 0);
    await ready((r) => /^nightbell_database_up\{role="media0",purpose="calls"\} 0$/m.test(r.body), 15, '/metrics');
    assert.match(env.log(), /calls: connected, but the database has not answered/);
  } finally {
    for (const p of pids) process.kill(p, 'SIGCONT');
  }
  await ready((r) => r.status === 200);
  assert.equal(await metric(''), 1);
  assert.match(env.log(), /calls: the database answers again/);
});

test('a login that is taken from the calls', { timeout: 60000 }, async () => {
  const begin = env.log().length;
  await psql("alter role nightbell_gateway nologin; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'nightbell_gateway'");
  try {
    assert.match((await ready((r) => r.status === 503)).body, /^the database is not connected: media0 \(\w+\)$/);
    await ready((r) => /^nightbell_database_up\{role="media0",purpose="webhooks"\} 0$/m.test(r.body), 15, '/metrics');
    assert.equal(await metric('\\{role="desk0?",purpose="api"\\}'), 1);
    assert.equal(await metric(''), 0);
    const why = () => env.log().slice(begin).split('\n').filter((l) => /webhooks: .*not permitted to log in/.test(l)).length;
    for (const end = Date.now() + 10000; !why(); await new Promise((done) => setTimeout(done, 50)))
      assert.ok(Date.now() < end, env.log().slice(begin));
    await new Promise((done) => setTimeout(done, 1500));	// several tries more
    assert.equal(why(), 1, 'each reason is logged once');
  } finally {
    await psql('alter role nightbell_gateway login');
  }
  await ready((r) => r.status === 200);
});

test('not ready as soon as it drains, while its calls go on', { timeout: 60000 }, async () => {
  const m = await missed(env, { From: '+14155550188' });
  const s = socket(env, m.url);
  assert.equal(await s.opened, 101);
  s.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  s.send(startMessage(m, sid('MZ'), env));
  await until(env, "select status from calls where caller = '+14155550188'", (r) => r[0]?.status === 'live');
  await ready((r) => /^nightbell_calls\{role="media0"\} 1$/m.test(r.body), 20, '/metrics');
  let closed = false;
  s.closed.then(() => { closed = true; });
  const told = Date.now();
  process.kill(+env.pid, 'SIGTERM');
  const r = await ready((x) => x.status !== 200, 5);
  assert.deepEqual(r, { status: 503, body: 'draining' });
  assert.equal(closed, false, 'the call goes on');

  // Who calls meanwhile is served like anybody, also when the first has gone.
  const late = await missed(env, { From: '+14155550189' });
  assert.match(late.twiml, /<Connect><Stream/);
  const s2 = socket(env, late.url);
  assert.equal(await s2.opened, 101);
  const greeted = new Promise((done) => s2.ws.on('message', (d) => { if (JSON.parse(d).event === 'media') done(true); }));
  s2.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  s2.send(startMessage(late, sid('MZ'), env));
  assert.equal(await Promise.race([greeted, s2.closed]), true, 'greeted');
  let cut = false;
  s2.closed.then(() => { cut = true; });
  s.ws.close();
  await s.closed;
  await until(env, "select ended_by from calls where caller = '+14155550188'", (x) => x[0]?.ended_by);
  assert.equal(cut, false, 'the second call goes on without the first');

  // At the limit it is cut; whoever asks then waits for the next gateway.
  assert.equal(await s2.closed, 1001);
  const asked = await webhook(env, '/twilio/after', { ...late.form, CallStatus: 'in-progress' });
  assert.match(asked.body, /<Response><Pause length="\d"\/><Redirect method="POST">https:\/\/[^<]*\/twilio\/after<\/Redirect><\/Response>/);
  const took = Date.now() - told;
  assert.ok(took > 11500 && took < 15000, `cut after ${took} ms`);
  const [c] = await until(env, "select ended_by, streams from calls where caller = '+14155550189'", (x) => x[0]?.ended_by);
  assert.deepEqual(c, { ended_by: 'lost', streams: 1 });
});
