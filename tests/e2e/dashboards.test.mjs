// Twenty dashboards on four businesses while a desk process, a media worker and
// the database die: each gets every event of its business once, in order.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { form, root, rows, run, until, up, webhook } from './lib.mjs';

const NUMBERS = ['+14155550100', '+14155550101', '+14155550102', '+14155550103'];
const EACH = 5;

let env, ops, shops, caller = 3000000;
before(async () => {
  env = await up({ set: { 'media.workers': 2, 'dashboard.workers': 2 } });
  ops = /ops:\n\s+listen: (\S+)/.exec(readFileSync(join(env.dir, 'nightbell.yaml'), 'utf8'))[1];
  shops = [];
  for (const number of NUMBERS) {
    const [{ business_id: id }] = await rows(env, `select business_id from phone_numbers where number = '${number}'`);
    const email = `eve${number.slice(-1)}@events.test`;
    const token = (await rows(env, `select admin.user_add('{"email": "${email}", "business": "${id}", "role": "owner"}') a,
      admin.link_create('{"email": "${email}"}') ->> 'token' token`))[0].token;
    shops.push({ number, id, cookie: await signIn(token) });
  }
});
after(() => env?.stop());

async function signIn(token) {
  const url = `http://${env.dashboard}`;
  const r = await fetch(`${url}/api/v1/sign-in`, { method: 'POST', body: JSON.stringify({ token }),
    headers: { 'content-type': 'application/json', origin: url } });
  assert.equal(r.status, 200);
  return r.headers.get('set-cookie').split(';')[0];
}

/** Reads events as a browser does: comes back with the last id it has. */
class Reader {
  constructor(shop) {
    this.shop = shop;
    this.got = [];
    this.last = '0';
    this.connects = 0;
    this.stopped = new AbortController();
    this.done = this.#run();
  }
  async #run() {
    while (!this.stopped.signal.aborted) {
      try {
        const r = await fetch(`http://${env.dashboard}/api/v1/events`, {
          headers: { cookie: this.shop.cookie, 'last-event-id': this.last }, signal: this.stopped.signal });
        if (r.status === 200) { this.connects++; await this.#read(r.body); }
      } catch { /* refused or cut: once more */ }
      if (!this.stopped.signal.aborted) await new Promise((f) => setTimeout(f, 50));	// a browser's own retry
    }
  }
  async #read(body) {
    const text = new TextDecoder();
    let rest = '';
    for await (const chunk of body) {
      rest += text.decode(chunk, { stream: true });
      for (let at; (at = rest.indexOf('\n\n')) >= 0; rest = rest.slice(at + 2)) {
        const lines = rest.slice(0, at).split('\n');
        const id = lines.find((l) => l.startsWith('id: '))?.slice(4);
        if (id === undefined) continue;
        if (lines.some((l) => l.startsWith('data:'))) this.got.push(Number(id));
        this.last = id;
      }
    }
  }
  stop() { this.stopped.abort(); return this.done; }
}

/** Missed calls of new callers at every business, until told to stop. */
function traffic() {
  let going = true;
  const done = (async () => {
    for (let n = 0; going; n++) {
      const f = form(env, { To: NUMBERS[n % NUMBERS.length], From: `+1415${caller++}` });
      await webhook(env, '/twilio/voice', f).catch(() => {});
      await webhook(env, '/twilio/dial', { ...f, CallStatus: 'completed', DialCallStatus: 'no-answer' }).catch(() => {});
    }
  })();
  return { stop() { going = false; return done; } };
}

const role = async (re) => (await run('ps', ['-o', 'pid=,args=', '--ppid', env.pid])).stdout
  .split('\n').filter((l) => re.test(l)).map((l) => Number(l.trim().split(/\s+/)[0]));
const count = async () => Number((await rows(env, 'select count(*) n from events'))[0].n);
/** Events go on: so many more than now. */
async function more(n) {
  const now = await count();
  await until(env, 'select count(*) n from events', ([r]) => Number(r.n) >= now + n, 30);
}

/** A probe: a connection of its own, like a balancer's. */
const probe = (path) => new Promise((done, fail) => {
  http.get(`http://${ops}${path}`, { agent: false, timeout: 3000 }, (res) => { res.resume(); res.on('end', () => done(res.statusCode)); })
    .on('timeout', function late() { this.destroy(new Error('no answer')); }).on('error', fail);
});

for (const slot of [0, 1])
  test(`a probe is answered while desk ${slot} hangs`, async () => {
    const [pid] = await role(new RegExp(`role desk ${slot}`));
    process.kill(pid, 'SIGSTOP');
    try {
      for (let i = 0; i < 5; i++) assert.equal(await probe('/healthz'), 200);
      assert.equal(await probe('/metrics'), 200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

test('every event once and in order, whatever dies', { timeout: 120000 }, async () => {
  const readers = shops.flatMap((s) => Array.from({ length: EACH }, () => new Reader(s)));
  const calls = traffic();
  await more(40);
  for (const kill of [/role desk 0/, /role media 0/, /role desk 1/]) {
    const [pid] = await role(kill);
    process.kill(pid, 'SIGKILL');
    await more(40);
  }
  for (const verb of ['stop', 'start']) await run('tools/pg', [verb, join(env.dir, 'pg')], { cwd: root });
  await more(40);
  await calls.stop();

  const all = async (s) => (await rows(env, `select seq from events where business_id = '${s.id}' order by seq`)).map((r) => Number(r.seq));
  for (const s of shops) s.upTo = (await all(s)).at(-1);
  const end = Date.now() + 20000;
  while (readers.some((r) => Number(r.last) < r.shop.upTo) && Date.now() < end) await new Promise((f) => setTimeout(f, 50));
  await Promise.all(readers.map((r) => r.stop()));
  for (const s of shops) {
    const want = await all(s);	// texts go on: a reader may have more than upTo
    assert.ok(want.length >= 30, `${s.number} has ${want.length} events`);
    for (const r of readers.filter((x) => x.shop === s)) {
      assert.ok(r.got.at(-1) >= s.upTo, `${r.got.at(-1)} of ${s.upTo}`);
      assert.deepEqual(r.got, want.slice(0, r.got.length));
    }
  }
  assert.ok(readers.some((r) => r.connects > 1), 'some had to come back');
});
