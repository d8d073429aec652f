// A restore that is killed leaves nothing that the next one does not put right.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, root, rows, run, until } from './lib.mjs';
import { contents, fences } from './tables.mjs';

const db = { dir: mkdtempSync('/tmp/nb-killed-') };
const psql = (...args) => run('tools/pg', ['psql', join(db.dir, 'pg'), '-q', '-At', '-d', 'nightbell', ...args], { cwd: root });
const nightbell = (e, ...args) => run(`${build}/nightbell`, [...args, '--config', join(e.dir, 'nightbell.yaml')], { cwd: root, timeout: 60000 })
  .then((o) => ({ code: 0, text: o.stdout + o.stderr }), (x) => ({ code: x.code, text: x.stdout + x.stderr }));

before(async () => {
  chmodSync(db.dir, 0o711);
  await run('tools/pg', ['start', join(db.dir, 'pg')], { cwd: root, env: { ...process.env, PG_FAST: '1' } });
  const conninfo = (await run('tools/pg', ['conninfo', join(db.dir, 'pg')], { cwd: root })).stdout.trim();
  writeFileSync(join(db.dir, 'nightbell.yaml'), `node:
  public_url: https://voice.example.test
  runtime_dir: ${db.dir}/run
  state_dir: ${db.dir}/state
twilio:
  account_sid: AC00000000000000000000000000000d01
  auth_token: test
database:
  conninfo: ${conninfo}
`, { mode: 0o600 });
  const made = await nightbell(db, 'migrate');
  assert.equal(made.code, 0, made.text);
  for (const trade of ['home_services', 'car_repair', 'dental', 'salon', 'real_estate']) {
    const { stdout } = await run(`${build}/nightbell`, ['script', `conf/scripts/${trade}.json`, '--print'], { cwd: root, maxBuffer: 1e7 });
    writeFileSync(join(db.dir, `${trade}.json`), stdout);
  }
  await psql('-v', `script_file=${db.dir}/home_services.json`, '-v', `script_dir=${db.dir}`, '-f', 'sql/demo_seed.sql');
  db.backup = join(db.dir, 'nb.dump');
  const r = await nightbell(db, 'backup', db.backup);
  assert.equal(r.code, 0, r.text);
  db.was = await contents(db, ['outbox', 'migrations', 'event_counters']);
}, { timeout: 60000 });
after(async () => {
  await run('tools/pg', ['destroy', join(db.dir, 'pg')], { cwd: root });
  rmSync(db.dir, { recursive: true, force: true });
});

/** Starts a restore, signals it after ms (by then it may be over); null: as soon as something is aside. -> {code, signal, text} */
function interrupted(args, ms, signal) {
  const child = spawn(`${build}/nightbell`, ['restore', db.backup, ...args, '--config', join(db.dir, 'nightbell.yaml')], { cwd: root });
  let out = '';
  for (const s of [child.stdout, child.stderr]) s.on('data', (d) => { out += d; });
  const timer = ms === null ? null : setTimeout(() => child.kill(signal), ms);
  if (ms === null) until(db, "select 1 from pg_namespace where nspname = 'replaced_by_restore'", (r) => r.length > 0).then(() => child.kill(signal), () => child.kill('SIGKILL'));
  return new Promise((done) => child.on('close', (code, sig) => { clearTimeout(timer); done({ code, signal: sig, text: out }); }));
}
/** What is aside, once the server has noticed that a killed restore is gone: it carries out a statement that it has begun, its commit too. */
const asideNow = async () => {
  await until(db, "select 1 from pg_stat_activity where application_name = 'nightbell restore'", (r) => r.length === 0);
  return (await rows(db, "select count(*)::int n from pg_namespace where nspname like 'replaced%'"))[0].n;
};

test('a restore that is killed at any moment is healed by the next', { timeout: 300000 }, async () => {
  const began = Date.now();
  assert.equal((await nightbell(db, 'restore', db.backup, '--force')).code, 0);
  const whole = Date.now() - began;
  const same = await fences(db);
  let healed = 0;
  for (const part of [null, 0.45, 0.6, 0.75, 0.9]) {
    await psql('-c', "update nightbell.businesses set name = 'Changed'");
    const was = await contents(db);
    const killed = await interrupted(['--force'], part && whole * part, 'SIGKILL');
    if (await asideNow()) {
      for (const cmd of ['migrate', 'serve', 'check']) {
        const r = await nightbell(db, cmd);
        assert.equal(r.code, 1, `${cmd}: ${r.text}`);
        assert.match(r.text, /interrupted.*nightbell restore FILE/, cmd);
      }
      const next = await nightbell(db, 'restore', db.backup);
      assert.equal(next.code, 1, next.text);
      assert.match(next.text, /what was there before it is back[^]*not empty/);
      assert.deepEqual(await contents(db), was);
      healed++;
    } else if (killed.signal) {
      const [b] = await rows(db, "select count(*) filter (where name = 'Changed') = count(*) as old, count(*) > 0 as some from businesses");
      assert.ok(b.some, 'before or after, never in between');
      if (b.old) assert.deepEqual(await contents(db), was);
    }
    assert.deepEqual(await fences(db), same);
  }
  assert.ok(healed >= 1, 'the first moment is in the middle');
  // The next one with --force heals and goes on.
  await psql('-c', "update nightbell.businesses set name = 'Changed'");
  await interrupted(['--force'], null, 'SIGKILL');
  const forced = await nightbell(db, 'restore', db.backup, '--force');
  assert.equal(forced.code, 0, forced.text);
  assert.deepEqual(await contents(db, ['outbox', 'migrations', 'event_counters']), db.was);
  assert.deepEqual(await fences(db), same);
  // Told to end, it puts things back itself.
  await psql('-c', "update nightbell.businesses set name = 'Changed'");
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const told = await interrupted(['--force'], null, signal);
    assert.equal(told.code, 1, told.text);
    assert.match(told.text, /the database is as it was/);
    assert.equal(await asideNow(), 0);
    assert.deepEqual(await rows(db, 'select distinct name from businesses'), [{ name: 'Changed' }]);
    assert.deepEqual(await fences(db), same);
  }
  // Into an empty database: what was half made goes, then it is all there.
  await psql('-c', 'drop schema nightbell, lib, desk, api, admin cascade');
  await interrupted([], null, 'SIGKILL');
  assert.equal(await asideNow(), 1);
  const again = await nightbell(db, 'restore', db.backup);
  assert.equal(again.code, 0, again.text);
  assert.deepEqual(await contents(db, ['outbox', 'migrations', 'event_counters']), db.was);
  assert.deepEqual(await fences(db), same);
});
