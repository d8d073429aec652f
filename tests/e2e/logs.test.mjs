// Nothing that a log may not hold gets into one, in either format, at the most talkative level; a call's lines
// carry its id. On the way: the cap of a call's length, and a call whose worker died is closed by the desk.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, call, form, missed, root, rows, run, sid, sign, socket, startMessage, until, up, webhook } from './lib.mjs';

const psql = (env, sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c', sql], { cwd: root });

/** A request of a browser. -> {status, body, headers} */
function page(env, method, path, body, headers = {}) {
  const [host, port] = env.dashboard.split(':');
  return new Promise((done, fail) => {
    const req = http.request({ host, port, path, method, headers: {
      host: env.dashboard, origin: `http://${env.dashboard}`, 'x-nightbell': '1', 'content-type': 'application/json', ...headers } }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done({ status: res.statusCode, body: text, headers: res.headers }));
    });
    req.on('error', fail);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Does all that goes wrong; what must not be seen is added to secrets. */
async function trouble(env, secrets) {
  // Strangers: wrong signatures, with and without a number in the URL.
  assert.equal((await webhook(env, '/twilio/voice', form(env), { 'x-twilio-signature': 'bm90IGl0' })).status, 403);
  await webhook(env, '/twilio/voice?From=%2B14155550199&Token=hush-hush-4711', form(env), { 'x-twilio-signature': 'bm90IGl0' });
  await webhook(env, '/twilio/+14155550199', form(env));
  const m = await missed(env, { From: '+14155550190' });
  secrets.push(m.token, m.url.split('/').at(-1));
  for (const signature of ['bm90IGl0', sign(env.token, m.url)]) {
    const s = socket(env, m.url, { signature });
    if (await s.opened !== 101) continue;
    s.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    s.send(startMessage({ ...m, token: `${m.token.slice(0, -4)}AAAA` }, sid('MZ'), env));
    await s.closed;
  }
  const again = await missed(env, { From: '+14155550191' });
  secrets.push(again.token, again.url.split('/').at(-1));
  const s = socket(env, again.url);
  await s.opened;
  s.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  const stream = sid('MZ');
  s.send(startMessage(again, stream, env));
  for (let i = 0; i < 3; i++) s.send({ event: 'media', streamSid: stream, media: { payload: '*** +14155550191 ***' } });
  s.ws.terminate();
  // The database says no, and quotes what it was given.
  await psql(env, `alter table nightbell.messages add constraint no_hush check (body !~ 'hush-hush') not valid;
    create function nightbell.no_lead() returns trigger language plpgsql as $$ begin
      raise 'number % (%) is not wanted', new.phone, ltrim(new.phone, '+'); end $$;
    create trigger no_lead before insert on nightbell.leads for each row when (new.phone = '+14155550193') execute function nightbell.no_lead()`);
  await webhook(env, '/twilio/sms', { MessageSid: sid('SM'), AccountSid: env.account, From: '+14155550191', To: env.number, Body: 'hush-hush: the key is under the mat' });
  secrets.push('hush-hush', 'under the mat');
  await webhook(env, '/twilio/voice', form(env, { From: '+14155550193' }));
  // Refused and granted sign-ins, old and wrong ones.
  await psql(env, 'drop trigger no_lead on nightbell.leads');
  const link = (await run(`${build}/nightbell`, ['link', 'owner@harbor.test', '--config', join(env.dir, 'nightbell.yaml')], { cwd: root })).stdout.trim();
  const token = /[A-Za-z0-9_-]{32,}/.exec(link.split('/').at(-1))?.[0];
  assert.ok(token, link);
  secrets.push(token, 'wrong-token-0815', 'wrong-cookie-0815');
  const granted = await page(env, 'POST', '/api/v1/sign-in', { token });
  for (const c of granted.headers['set-cookie'] ?? []) secrets.push(c.split('=')[1].split(';')[0]);
  if (granted.status < 300 && granted.body) secrets.push(...[...granted.body.matchAll(/"(eyJ[^"]+|[A-Za-z0-9_-]{40,})"/g)].map((x) => x[1]));
  await page(env, 'POST', '/api/v1/sign-in', { token });
  await page(env, 'POST', '/api/v1/sign-in', { token: 'wrong-token-0815' });
  await page(env, 'POST', '/api/v1/sign-in/link', { email: 'who+secret0815@example.com' });
  await page(env, 'POST', '/api/v1/refresh', undefined, { cookie: 'nightbell=wrong-cookie-0815; nb_refresh=wrong-cookie-0815' });
  await page(env, 'GET', '/api/v1/calls?caller=%2B14155550190', undefined, { authorization: 'Bearer wrong-token-0815' });
  await page(env, 'GET', '/api/v1/events', undefined, { authorization: 'Bearer wrong-token-0815' });
  secrets.push('who+secret0815');
}

/** What the database and the state folder hold and no log may. */
async function confidential(env) {
  const texts = await rows(env, `select body as words from messages union select text from transcript_segments union select heard from transcript_segments
    union select text from tasks union select summary from call_insights`);
  const state = join(env.dir, 'state');
  const files = existsSync(state) ? readdirSync(state).filter((f) => /secret/.test(f)).map((f) => readFileSync(join(state, f), 'utf8').trim()) : [];
  assert.ok(files.length > 0, 'there is a generated secret');
  return [env.token, ...files, ...texts.map((x) => x.words).filter((t) => t && t.length >= 12)];
}

const phone = /(\+|%2B|\b)1?415 ?555 ?\d{4}\b|\(415\) 555/i;

function search(text, secrets) {
  assert.ok(secrets.length > 10);
  for (const line of text.split('\n')) {
    assert.doesNotMatch(line, phone);
    for (const s of secrets) assert.ok(!line.includes(s), `"${s}" in: ${line}`);
  }
}

async function logs(format) {
  const env = await up({ set: { 'log.format': format, 'log.level': 'debug', 'media.max_call_s': 30 } });
  const secrets = [];
  try {
    // A call that nobody will end: its worker is gone, its carrier silent.
    const dead = form(env, { From: '+14155550198' });
    await webhook(env, '/twilio/voice', dead);
    await psql(env, `update nightbell.calls set started_at = now() - interval '1 hour' where carrier_sid = '${dead.CallSid}';
      update nightbell.legs set started_at = now() - interval '1 hour'; update nightbell.webhook_plans set at = now() - interval '1 hour'`);
    const going = call(env, 'polite-booker', ['--from', '+14155550195', '--status-url', `https://${env.host}/twilio/status`]);
    await trouble(env, secrets);
    await going;
    const [capped] = await rows(env, `select ended_by, duration_ms from calls where caller = '+14155550195'`);
    assert.equal(capped.ended_by, 'assistant', JSON.stringify(capped));
    assert.ok(capped.duration_ms >= 30000 && capped.duration_ms < 60000, `30 s and a goodbye: ${capped.duration_ms} ms`);
    await until(env, `select status from calls where carrier_sid = '${dead.CallSid}'`, (r) => r[0].status === 'missed', 90);
    secrets.push(...await confidential(env));
    const text = env.log();
    search(text, secrets);
    for (const want of [/refused \/twilio\/voice/, /SQL refused \(\w+\): .*no_hush/, /is not wanted/, /keeper.*closed/, /stream token/])
      assert.match(text, want);
    const [{ id }] = await rows(env, `select id from calls where caller = '+14155550195'`);
    if (format === 'human') {
      assert.match(text, new RegExp(`call: ${id}: begins: CA`));
      return;
    }
    const lines = text.split('\n').filter((l) => l && !/^ready /.test(l)).map((l) => JSON.parse(l));
    assert.ok(lines.length > 10, `${lines.length} lines`);
    for (const l of lines) {
      assert.ok(l.time && l.level && l.role && l.area && typeof l.msg === 'string', JSON.stringify(l));
      // Whoever shows no token of ours is not a call yet.
      if ((l.area === 'call' && !/the stream token is not ours/.test(l.msg)) || /\bCA[0-9a-f]{32}\b/.test(l.msg))
        assert.ok(l.call, `no call id: ${JSON.stringify(l)}`);
    }
    assert.ok(lines.filter((l) => l.call === id).length >= 3, 'a call is found by its id');
  } finally {
    await env.stop();
  }
}

test('logs', { concurrency: 2 }, (t) => Promise.all(['json', 'human'].map((format) =>
  t.test(`as ${format}`, { timeout: 280000 }, () => logs(format)))));
