// "nightbell check": what is wrong, and what to do about it.
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, root, run, up } from './lib.mjs';

let env;
before(async () => {
  env = await up();
  // Whoever may connect to one database may to all, and nobody_here too: the server itself shall refuse.
  const data = (await psql('show data_directory')).stdout.trim();
  appendFileSync(join(data, 'pg_hba.conf'), 'local all all peer map=nightbell\n');
  appendFileSync(join(data, 'pg_ident.conf'), `nightbell ${userInfo().username} nobody_here\n`);
  await psql('select pg_reload_conf()');
});
after(() => env?.stop());

function psql(sql) {
  return run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'postgres', '-c', sql], { cwd: root });
}

/** -> {code, text, of: (word) => its lines} */
async function check(change = (t) => t) {
  const file = join(env.dir, 'check.yaml');
  writeFileSync(file, change(readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8')), { mode: 0o600 });
  const r = await run(`${build}/nightbell`, ['check', '--config', file], { cwd: root }).then((o) => ({ code: 0, ...o }), (e) => e);
  const text = r.stdout + r.stderr;
  assert.ok(!text.includes(env.token), 'the token is not shown');
  return { code: r.code, text, of: (word) => text.split('\n').filter((l) => l.slice(6).startsWith(`${word} `)).join('\n') };
}

const port = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

test('all is well', async () => {
  const r = await check();
  assert.equal(r.code, 0, r.text);
  assert.match(r.of('carrier'), /^ok .*knows the account/);
  assert.match(r.of('disk'), /^(ok|warn)/);
  assert.match(r.of('state_dir'), /^ok/);
  assert.match(r.of('clock'), /^(ok|warn)/);
  assert.doesNotMatch(r.of('clock'), /apart/);
  assert.match(r.of('public_url'), /^warn .*no address here/);
  assert.match(r.of('mail'), /^warn .*nightbell link/);
  assert.match(r.of('dashboard'), /^ok .*this machine only/);
});

test('what the proxy of the dashboard must send', async () => {
  const url = (u) => (t) => t.replace(/^dashboard:\n/m, `dashboard:\n  public_url: ${u}\n`);
  assert.match((await check(url('https://desk.example.com'))).of('dashboard'), /^ok .*Host.*X-Forwarded-For.*X-Forwarded-Proto/);
  assert.match((await check(url('http://desk.example.com'))).of('dashboard'), /^warn .*not https/);
});

const carrier = [
  ['a wrong token', (t) => t.replace(/auth_token: .*/, 'auth_token: 0123456789abcdef0123456789abcdee'), /auth_token is not that of/],
  ['a SID of somebody else', (t) => t.replace(/account_sid: .*/, 'account_sid: AC00000000000000000000000000000bad'), /auth_token is not that of twilio.account_sid/],
  ['no SID at all', (t) => t.replace(/account_sid: .*/, 'account_sid: SK00000000000000000000000000000d01'), /account_sid is none/],
  ['nobody listens', (t) => t.replace(/api_url: .*/, 'api_url: http://127.0.0.1:9'), /is the way out open/],
  ['no such host', (t) => t.replace(/api_url: .*/, 'api_url: https://carrier.invalid'), /no such host|no connection/],
  ['somebody else answers', (t) => t.replace(/api_url: .*/, `api_url: http://${env.dashboard}`), /unknown \(404\)|not answer as the carrier/],
  ['a certificate of nobody we trust', (t) => t.replace(/api_url: .*/, `api_url: https://${env.host}:${env.carrier.split(':')[1]}\n  api_connect_to: ${env.host}:${env.carrier.split(':')[1]}:${env.carrier}`), /api_ca must name/],
  ['that certificate, trusted', (t) => t.replace(/api_url: .*/, `api_url: https://${env.host}:${env.carrier.split(':')[1]}\n  api_connect_to: ${env.host}:${env.carrier.split(':')[1]}:${env.carrier}\n  api_ca: ${env.dir}/tls/ca.pem`), /unknown \(404\)/],
];
for (const [name, change, want] of carrier)
  test(`carrier: ${name}`, async () => {
    const r = await check(change);
    assert.equal(r.code, 1, r.text);
    assert.match(r.of('carrier'), want);
    assert.match(r.of('carrier'), /^FAIL/);
  });

const urls = [
  ['https://localhost', 'FAIL', /this machine for everybody/],
  ['http://voice.example.com', 'FAIL', /need https/],
  ['https://192.0.2.7', 'warn', /made for names/],
  ['https://voice.nightbell.test:8443', 'warn', /port 8443/],
];
for (const [url, level, want] of urls)
  test(`public_url ${url}`, async () => {
    const r = await check((t) => t.replace(/public_url: .*/, `public_url: ${url}`));
    assert.match(r.of('public_url'), want);
    assert.match(r.of('public_url'), new RegExp(`^${level}`));
  });

const conninfo = (from, to) => (t) => t.replace(/conninfo: .*/, (l) => l.replace(from, to));
const databases = [
  ['no server', conninfo(/host=\S+/, 'host=/nonexistent'), /No such file.*start PostgreSQL.*host=/],
  ['no such host', conninfo(/host=\S+/, 'host=nowhere.invalid'), /has no address; correct host=/],
  ['no such database', conninfo(/dbname=\S+/, 'dbname=nightbel'), /database "nightbel" does not exist; check dbname=.*roles\.sql, then: nightbell migrate/],
  ['a database without tables', conninfo(/dbname=\S+/, 'dbname=postgres'), /is missing; run: nightbell migrate/],
  ['no such role', (t) => t.replace(/^database:\n/m, 'database:\n  gateway_user: nobody_here\n'), /role "nobody_here" does not exist; .*roles\.sql/],
];
for (const [name, change, want] of databases)
  test(`database: ${name}`, async () => {
    const begun = Date.now();
    const r = await check(change);
    assert.equal(r.code, 1, r.text);
    assert.match(r.of('database'), want);
    assert.match(r.of('database'), /^FAIL/);
    assert.ok(Date.now() - begun < 8000, 'at once, not after two waits');
  });

test('database: a role that may not log in', async () => {
  await psql('alter role nightbell_gateway nologin');
  try {
    assert.match((await check()).of('database'), /^FAIL .*not permitted to log in; .*alter role nightbell_gateway login/);
  } finally {
    await psql('alter role nightbell_gateway login');
  }
});

test('database: a password that is asked for', async () => {
  // A server that only asks: AuthenticationCleartextPassword.
  const server = net.createServer((s) => {
    s.on('error', () => {});
    s.on('data', (d) => s.write(d.readInt32BE(4) === 196608 ? Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3]) : 'N'));
  });
  const p = await port(server);
  try {
    assert.match((await check(conninfo(/conninfo: .*/, `conninfo: host=127.0.0.1 port=${p} dbname=nightbell`))).of('database'),
      /^FAIL .*no password supplied; .*PGPASSFILE, the password of nightbell_gateway/);
  } finally {
    server.close();
  }
});

test('a state_dir that others may enter, or that is none', async () => {
  chmodSync(join(env.dir, 'state'), 0o755);
  assert.match((await check()).of('state_dir'), /^warn .*chmod 700/);
  chmodSync(join(env.dir, 'state'), 0o700);
  assert.match((await check((t) => t.replace(/state_dir: .*/, `state_dir: ${env.dir}/nightbell.yaml`))).of('state_dir'), /^FAIL .*not a folder/);
});

/** A mail server that says what it is told to. -> its lines */
function mailServer(login) {
  const heard = [];
  const server = net.createServer((s) => {
    s.write('220 mail.test\r\n');
    let text = '';
    s.on('error', () => {});
    s.on('data', (d) => {
      text += d;
      for (let at; (at = text.indexOf('\r\n')) >= 0; text = text.slice(at + 2)) {
        const line = text.slice(0, at);
        heard.push(line);
        if (/^EHLO/.test(line)) s.write('250-mail.test\r\n250 AUTH PLAIN\r\n');
        else if (/^AUTH PLAIN$/.test(line)) s.write('334 \r\n');
        else if (/^QUIT/.test(line)) s.end('221 bye\r\n');
        else if (/^NOOP/.test(line)) s.write('250 ok\r\n');
        else s.write(login ? '235 ok\r\n' : '535 no\r\n');
      }
    });
  });
  return { server, heard };
}
const mail = (p, more = '') => (t) => `${t}smtp:\n  url: smtp://127.0.0.1:${p}\n  from: bell@example.com\n  user: bell\n  password: pa55word-of-mail\n${more}`;

test('a mail server: logged in, refused, without TLS, away', async () => {
  const good = mailServer(true), bad = mailServer(false);
  const [p, q] = [await port(good.server), await port(bad.server)];
  try {
    const r = await check(mail(p, '  starttls: never\n'));
    assert.match(r.of('mail'), /^ok .*logged in/);
    assert.ok(!good.heard.some((l) => /^(MAIL|RCPT|DATA)/.test(l)), 'no message was sent');
    const no = await check(mail(q, '  starttls: never\n'));
    assert.equal(no.code, 1);
    assert.match(no.of('mail'), /^FAIL .*login is refused/);
    assert.ok(!no.text.includes('pa55word'));
    assert.match((await check(mail(p))).of('mail'), /^FAIL .*no TLS that we trust/);
  } finally {
    good.server.close();
    bad.server.close();
  }
  assert.match((await check(mail(p))).of('mail'), /^FAIL .*no connection/);
});
