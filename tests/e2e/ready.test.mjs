// /healthz and /readyz: what a balancer and a supervisor of machines go by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missed, root, run, sid, socket, startMessage, until, up } from './lib.mjs';

let env, ops;
before(async () => {
  // A process that dies stays away long enough to be seen missing.
  env = await up({ set: { 'node.restart_ms': 3000, 'media.drain_s': 20 } });
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
    assert.equal((await ready((r) => r.status === 503)).body, 'the database is not connected');
  } finally {
    await run('tools/pg', ['start', join(env.dir, 'pg')], { cwd: root });
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
  process.kill(+env.pid, 'SIGTERM');
  const r = await ready((x) => x.status !== 200, 5);
  assert.deepEqual(r, { status: 503, body: 'media0 does not serve' });
  assert.equal(closed, false, 'the call goes on');
  s.ws.close();
  await s.closed;
});
