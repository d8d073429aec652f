// What leaves the house leaves it once: texts while the desk processes are killed, mail to a real SMTP server, numbers
// that the carrier refuses. NB_TEXTS=1000 for more texts, NB_SEED for other moments.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { root, rows, run, until, up } from './lib.mjs';

const TEXTS = Number(process.env.NB_TEXTS ?? 150);
const KILLS = Math.min(30, Math.ceil(TEXTS / 20));
const LIST_LAG_MS = 1500;	// the carrier's list shows a text so late; relay.lag_s is more
const UNREGISTERED = '+14155569999';

/** A seeded source of numbers from 0 to 1. */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// The mail server: STARTTLS and a login, as those of providers; fates by recipient, in order.
const mails = [], fates = new Map();
let tls, smtp, env, business;

const mailServer = () => new SMTPServer({
  key: readFileSync(join(tls, 'key.pem')), cert: readFileSync(join(tls, 'cert.pem')), authMethods: ['PLAIN', 'LOGIN'],
  onAuth(auth, session, done) {
    const right = auth.username === 'bell' && auth.password === 'ring';
    done(right ? null : new Error('no'), right ? { user: auth.username } : undefined);
  },
  onRcptTo(address, session, done) {
    const fate = fates.get(address.address)?.[0];
    if (!(fate >= 400)) return done();
    fates.get(address.address).shift();
    return done(Object.assign(new Error('not here'), { responseCode: fate }));
  },
  async onData(stream, session, done) {
    let text = '';
    for await (const part of stream) text += part;
    const to = session.envelope.rcptTo[0].address;
    mails.push({ to, from: session.envelope.mailFrom.address, text, secure: session.secure, user: session.user });
    if (fates.get(to)?.[0] !== 'cut') return done();
    fates.get(to).shift();	// took it, and its word gets lost
    for (const c of smtp.connections) c._socket.destroy();
    return undefined;
  },
});

before(async () => {
  tls = mkdtempSync('/tmp/nb-mail-');
  await run('tools/mkcert.sh', [tls, 'mail.nightbell.test', '127.0.0.1'], { cwd: root });
  smtp = mailServer();
  smtp.on('error', () => {});	// of connections that it cut itself
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const host = `mail.nightbell.test:${smtp.server.address().port}`;
  env = await up({
    set: {
      'dashboard.workers': 2, 'node.restart_ms': 10, 'relay.lag_s': 3, 'relay.sms_per_s': 40, 'smtp.url': `smtp://${host}`,
      'smtp.connect_to': `${host}:127.0.0.1:${smtp.server.address().port}`, 'smtp.ca': join(tls, 'ca.pem'),
      'smtp.user': 'bell', 'smtp.password': 'ring', 'smtp.from': 'bell@nightbell.test',
    },
    callsim: ['--quirk', `list-lag=${LIST_LAG_MS}`, '--sms-fail', `${UNREGISTERED}=30034`],
  });
  business = (await rows(env, `select business_id id from phone_numbers where number = '${env.number}'`))[0].id;
});
after(async () => {
  await env?.stop();
  await new Promise((done) => { smtp ? smtp.close(done) : done(); });
  if (tls) rmSync(tls, { recursive: true, force: true });
});

const psql = (sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', sql], { cwd: root });

/** GET from the carrier's REST API. */
const api = (path) => new Promise((done, fail) => {
  http.get(`http://127.0.0.1:${env.api}${path}`, { auth: `${env.account}:${env.token}` }, async (res) => {
    let text = '';
    for await (const part of res) text += part;
    return res.statusCode === 200 ? done(JSON.parse(text)) : fail(new Error(`${path}: ${res.statusCode} ${text}`));
  }).on('error', fail);
});

/** All texts on the carrier's list, or those to one number. */
async function list(to = '') {
  const all = [];
  let next = `/2010-04-01/Accounts/${env.account}/Messages.json?PageSize=1000&To=${encodeURIComponent(to)}`;
  while (next) {
    const page = await api(next);
    all.push(...page.messages);
    next = page.next_page_uri;
  }
  return all.filter((m) => m.direction === 'outbound-api');
}
const desks = async () => (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout
  .split('\n').filter((l) => /role desk/.test(l)).map((l) => Number(l.trim().split(/\s+/)[0]));
const left = async () => Number((await rows(env, "select count(*) n from outbox where key like 'many:%' and state <> 'sent'"))[0].n);

test(`${TEXTS} texts, two desk processes killed at random: each goes out once`, { timeout: 60000 + TEXTS * 300 }, async (t) => {
  const random = chance(Number(process.env.NB_SEED ?? 1));
  // Every tenth has the words of the one before, to the same number: two rows are two texts.
  await psql(`insert into nightbell.outbox (business_id, kind, key, number, payload, expires_at)
    select '${business}', 'sms', 'many:' || n, v.number, jsonb_build_object('from', '${env.number}', 'to', v.number,
      'body', 'Text ' || v.of), now() + interval '1 hour'
    from generate_series(1, ${TEXTS}) n, lateral (select n - (n % 10 = 0)::int as of) o,
      lateral (select o.of, '+1415556' || lpad((o.of % 100)::text, 4, '0') as number) v`);
  let kills = 0;
  while (await left()) {
    const pids = await desks();
    if (kills < KILLS && pids.length) {
      process.kill(pids[Math.floor(random() * pids.length)], 'SIGKILL');
      kills++;
    }
    await new Promise((done) => setTimeout(done, 100 + random() * 500));	// chance decides when: not a wait for anything
  }
  await new Promise((done) => setTimeout(done, LIST_LAG_MS));	// now the list has all that it will have
  const want = new Map(), got = new Map();
  for (const r of await rows(env, "select payload ->> 'to' || ': ' || (payload ->> 'body') k from outbox where key like 'many:%'")) {
    want.set(r.k, (want.get(r.k) ?? 0) + 1);
  }
  for (const m of await list()) {
    if (!m.body.startsWith('Text ')) continue;
    got.set(`${m.to}: ${m.body}`, (got.get(`${m.to}: ${m.body}`) ?? 0) + 1);
  }
  const [again] = await rows(env, "select count(*) filter (where attempt > 1) n, count(distinct provider_id) ids from outbox where key like 'many:%'");
  t.diagnostic(`${kills} kills, ${again.n} rows were taken more than once`);
  assert.ok(kills > 0);
  assert.deepEqual([...got].sort(), [...want].sort());
  assert.equal(Number(again.ids), TEXTS, 'each row has a text of its own');
});

/** Queues a mail; resolves to the row once it has come to its end. */
async function mail(to, { subject = 'Hello', text = 'Hi.', fate = [], want = ['sent'] } = {}) {
  fates.set(to, fate);
  const q = (s) => `'${s.replaceAll("'", "''")}'`;
  await psql(`insert into nightbell.outbox (business_id, kind, key, payload, expires_at) values ('${business}', 'email', ${q(`mail:${to}`)},
    jsonb_build_object('to', ${q(to)}, 'subject', ${q(subject)}, 'text', ${q(text)}), now() + interval '10 minutes')`);
  const [row] = await until(env, `select id, state, attempt, error from outbox where key = ${q(`mail:${to}`)}`, (r) => want.includes(r[0].state), 40);
  return { ...row, mails: mails.filter((m) => m.to === to) };
}
const header = (m, name) => new RegExp(`^${name}: (.*(?:\r\n .*)*)\r\n`, 'm').exec(m.text)?.[1].replace(/\r\n /g, ' ');

test('a mail arrives as it was written, over TLS and with our login', { timeout: 60000 }, async () => {
  const r = await mail('ana@people.test', { subject: 'Mañana a las 9', text: 'Hola,\n.\n..\nAcción = sí\n' });
  assert.equal(r.mails.length, 1);
  const [m] = r.mails;
  assert.deepEqual([m.secure, m.user, m.from], [true, 'bell', 'bell@nightbell.test']);
  assert.equal(header(m, 'Message-ID'), `<${r.id}@nightbell.test>`);
  assert.match(header(m, 'Date'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  assert.equal(header(m, 'To'), 'ana@people.test');
  const words = /^=\?utf-8\?B\?(.*)\?=$/.exec(header(m, 'Subject'))[1];
  assert.equal(Buffer.from(words, 'base64').toString(), 'Mañana a las 9');
  const body = m.text.slice(m.text.indexOf('\r\n\r\n') + 4);
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
  assert.equal(Buffer.from(bytes, 'latin1').toString(), 'Hola,\r\n.\r\n..\r\nAcción = sí\r\n');
});

test('a server that is busy is asked again, one that says no is not', { timeout: 90000 }, async () => {
  const [later, never] = await Promise.all([
    mail('later@people.test', { fate: [451] }), mail('never@people.test', { fate: [550, 550], want: ['dead'] })]);
  assert.deepEqual([later.attempt, later.mails.length], [2, 1]);
  assert.deepEqual([never.attempt, never.mails.length, never.error], [1, 0, '550']);
  // A dead letter can be sent again.
  fates.delete('never@people.test');
  await psql(`select lib.enter('${business}'), lib.outbox_redrive('${business}', '${never.id}')`);
  await until(env, `select state from outbox where id = '${never.id}'`, (r) => r[0].state === 'sent', 30);
  assert.equal(mails.filter((m) => m.to === 'never@people.test').length, 1);
});

test('a mail whose answer got lost comes again as the same message', { timeout: 60000 }, async () => {
  const r = await mail('twice@people.test', { fate: ['cut'] });
  assert.equal(r.mails.length, 2);
  assert.equal(r.mails[0].text, r.mails[1].text);
});

test('a number that is not registered: shown, held back, cleared', { timeout: 90000 }, async () => {
  await psql(`update nightbell.businesses set notify_email = 'owner@people.test' where id = '${business}'`);
  const text = (key, to) => psql(`insert into nightbell.outbox (business_id, kind, key, number, payload, expires_at)
    values ('${business}', 'sms', '${key}', '${to}', jsonb_build_object('from', '${env.number}', 'to', '${to}', 'body', '${key}'), now() + interval '1 hour')`);
  await text('unregistered', UNREGISTERED);
  const task = "select text, status from tasks where kind = 'number'";
  await until(env, task, (r) => r.length === 1 && r[0].status === 'open', 30);
  await text('held', '+14155569998');
  await until(env, "select state from outbox where key = 'held'", (r) => r[0].state === 'held', 30);
  await until(env, "select state from outbox where key like 'number:%'", (r) => r[0]?.state === 'sent', 30);
  assert.match(header(mails.find((m) => m.to === 'owner@people.test'), 'Subject'), /Texts do not go out/);
  assert.equal((await list('+14155569998')).length, 0);
  await psql("update nightbell.tasks set status = 'done', done_at = now() where kind = 'number'");
  await until(env, "select state from outbox where key = 'held'", (r) => r[0].state === 'sent', 30);
  assert.equal((await rows(env, `select problem from phone_numbers where number = '${env.number}'`))[0].problem, null);
});
