// "make install" below another root, then what the systemd units say: migrate, check, serve, from the installed files.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, form, root, run, webhook } from './lib.mjs';

const units = ['nightbell.service', 'nightbell-migrate.service'];
let dir, d, env, served;

/** The commands of a unit's key, with every path below the other root. */
const commands = (unit, key) => readFileSync(join(d, 'lib/systemd/system', unit), 'utf8').split('\n')
  .filter((l) => l.startsWith(`${key}=`)).map((l) => l.slice(key.length + 1).replace(/^-/, '').split(' ').map((w) => (w.startsWith('/') ? d + w : w)));
const value = (unit, key) => new RegExp(`^${key}=(.*)$`, 'm').exec(readFileSync(join(d, 'lib/systemd/system', unit), 'utf8'))?.[1];
const exec = ([program, ...args]) => run(program, args, { cwd: '/', env })
  .then((o) => ({ code: 0, text: o.stdout + o.stderr }), (e) => ({ code: e.code, text: e.stdout + e.stderr }));

before(async () => {
  dir = mkdtempSync('/tmp/nb-inst-');
  d = join(dir, 'root');
  await run('chmod', ['711', dir]);
  await run('make', ['--no-print-directory', 'install', `DESTDIR=${d}`, `B=${build}`], { cwd: root, maxBuffer: 1 << 24 });
  await run('tools/mkcert.sh', [join(dir, 'tls'), 'voice.nightbell.test', '127.0.0.1'], { cwd: root });
  await run('tools/pg', ['start', join(dir, 'pg')], { cwd: root, env: { ...process.env, PG_FAST: '1' } });
  const conninfo = (await run('tools/pg', ['conninfo', join(dir, 'pg')], { cwd: root })).stdout.trim();
  // An administrator edits the configuration; what differs per machine comes from /etc/nightbell/environment.
  const yaml = join(d, 'etc/nightbell/nightbell.yaml');
  writeFileSync(yaml, readFileSync(yaml, 'utf8').replaceAll(' /usr/share/', ` ${d}/usr/share/`)
    .replace('# account_sid:', 'account_sid:').replace('# auth_token:', 'auth_token:'));
  mkdirSync(join(dir, 'state'), { mode: 0o700 });
  env = {
    PATH: process.env.PATH, TWILIO_ACCOUNT_SID: `AC${'0'.repeat(29)}d01`, TWILIO_AUTH_TOKEN: 'of-the-installed-one',
    NIGHTBELL_NODE_PUBLIC_URL: 'https://voice.nightbell.test', NIGHTBELL_NODE_RUNTIME_DIR: join(dir, 'run'), NIGHTBELL_NODE_STATE_DIR: join(dir, 'state'),
    NIGHTBELL_CARRIER_LISTEN: '127.0.0.1:0', NIGHTBELL_DASHBOARD_LISTEN: '127.0.0.1:0', NIGHTBELL_OPS_LISTEN: '127.0.0.1:0',
    NIGHTBELL_CARRIER_TLS_CERT: join(dir, 'tls/cert.pem'), NIGHTBELL_CARRIER_TLS_KEY: join(dir, 'tls/key.pem'),
    NIGHTBELL_TWILIO_API_URL: 'http://127.0.0.1:9', NIGHTBELL_DATABASE_CONNINFO: conninfo, NIGHTBELL_MEDIA_WORKERS: '1',
  };
});
after(async () => {
  if (served) {
    served.kill();
    await new Promise((done) => (served.exitCode === null ? served.on('exit', done) : done()));
  }
  await run('tools/pg', ['destroy', join(dir, 'pg')], { cwd: root });
  rmSync(dir, { recursive: true, force: true });
});

test('what is named is there, and closed where it must be', () => {
  for (const unit of units) {
    for (const key of ['ExecStart', 'ExecStartPre'])
      for (const words of commands(unit, key))
        for (const w of words.filter((x) => x.startsWith('/'))) assert.ok(existsSync(w), `${unit}: ${w}`);
    const doc = value(unit, 'Documentation').replace('file:', '');
    assert.ok(existsSync(d + doc), doc);
  }
  assert.equal(statSync(join(d, 'etc/nightbell/nightbell.yaml')).mode & 0o777, 0o640);
  const yaml = readFileSync(join(root, 'conf/nightbell.yaml'), 'utf8');
  const at = (key) => new RegExp(`^ +${key}: (\\S+)`, 'm').exec(yaml)[1];
  assert.equal(`/run/${value('nightbell.service', 'RuntimeDirectory')}`, at('runtime_dir'));
  assert.equal(`/var/lib/${value('nightbell.service', 'StateDirectory')}`, at('state_dir'));
  assert.ok(+value('nightbell.service', 'TimeoutStopSec') > +at('drain_s') + 15, 'systemd waits longer than calls may');
  assert.equal(readdirSync(join(d, 'usr/share/nightbell')).sort().join(' '), 'deps page scripts speech sql');
});

test('a second install keeps the configuration', async () => {
  const yaml = join(d, 'etc/nightbell/nightbell.yaml');
  const was = readFileSync(yaml, 'utf8');
  await run('make', ['--no-print-directory', 'install', `DESTDIR=${d}`, `B=${build}`], { cwd: root, maxBuffer: 1 << 24 });
  assert.equal(readFileSync(yaml, 'utf8'), was);
});

test('roles.sql again, migrate, check', { timeout: 60000 }, async () => {
  for (let i = 0; i < 2; i++)
    await run('tools/pg', ['psql', join(dir, 'pg'), '-q', '-d', 'postgres', '-f', join(d, 'usr/share/nightbell/sql/roles.sql')], { cwd: root });
  const [migrate] = commands('nightbell-migrate.service', 'ExecStart');
  const m = await exec(migrate);
  assert.equal(m.code, 0, m.text);
  assert.match(m.text, /up to date/);
  const [check] = commands('nightbell.service', 'ExecStartPre');
  const c = await exec(check);
  const wrong = c.text.split('\n').filter((l) => l.startsWith('FAIL'));
  assert.deepEqual(wrong.map((l) => l.split(/ +/)[1]), ['carrier'], c.text);	// nobody is there
  assert.match(readFileSync(join(d, 'lib/systemd/system/nightbell.service'), 'utf8'), /^ExecStartPre=-/m, 'which keeps nobody from answering');
});

test('serve: webhooks, page, ready', { timeout: 60000 }, async () => {
  const [[program, ...args]] = commands('nightbell.service', 'ExecStart');
  served = spawn(program, args, { cwd: '/', env });
  let out = '';
  const ready = await new Promise((done, fail) => {
    served.on('exit', () => fail(new Error(out)));
    for (const s of [served.stdout, served.stderr])
      s.on('data', (x) => {
        out += x;
        const m = /^ready carrier=(\S+) dashboard=(\S+) ops=(\S+)/m.exec(out);
        if (m) done(m);
      });
  });
  const e = { carrier: ready[1], host: 'voice.nightbell.test', token: env.TWILIO_AUTH_TOKEN, account: env.TWILIO_ACCOUNT_SID,
    number: '+14155550100', ca: readFileSync(join(dir, 'tls/ca.pem')) };
  const r = await webhook(e, '/twilio/voice', form(e));
  assert.equal(r.status, 200);
  assert.match(r.body, /<Response>/);
  const get = (url) => new Promise((done, fail) => {
    http.get(url, (res) => { let t = ''; res.on('data', (x) => { t += x; }); res.on('end', () => done({ status: res.statusCode, body: t })); }).on('error', fail);
  });
  assert.match((await get(`http://${ready[2]}/`)).body, /<div id="root"|<script/);
  assert.deepEqual(await get(`http://${ready[3]}/readyz`), { status: 200, body: 'ready\n' });
  assert.match(out, /models loaded/);
});
