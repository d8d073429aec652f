// A year of 50 businesses in a private PostgreSQL: is everything that the
// gateway asks carried out by indexes, and how long does the API take?
//   node tools/bench/year/year.mjs [--small] [--plans] [--drop INDEX]
// --small: 20 businesses, 30 days. --plans: only the first question.
// --drop: without this index, to see that it is missed.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import http from 'node:http';
import net from 'node:net';
import { dirname, join } from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { judge } from './plans.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const here = 'tools/bench/year';
const build = process.env.NB_BUILD ?? 'build';
const run = promisify(execFile);
const go = (file, args, more = {}) => run(file, args, { cwd: root, maxBuffer: 1 << 30, ...more });
const small = process.argv.includes('--small');
const size = small ? { businesses: 20, days: 30, per_day: 8 } : { businesses: 50, days: 365, per_day: 12 };
const dir = mkdtempSync('/tmp/nb-year-');
const db = join(dir, 'pg');
const psql = (...args) => go('tools/pg', ['psql', db, '-q', '-d', 'nightbell', ...args]);
const value = async (sql) => (await psql('-At', '-c', sql)).stdout.trim();

const free = () => new Promise((done) => {
  const l = net.createServer().listen(0, '127.0.0.1', () => { const { port } = l.address(); l.close(() => done(port)); });
});

async function database() {
  mkdirSync(db);
  await go('chmod', ['755', dir]);
  await go('tools/pg', ['start', db], { env: { ...process.env, PG_FAST: '1' } });
  const conninfo = (await go('tools/pg', ['conninfo', db])).stdout.trim();
  const ports = [await free(), await free(), await free()];
  writeFileSync(join(dir, 'nightbell.yaml'), `node:
  public_url: https://voice.example.test
  runtime_dir: ${dir}/run
  state_dir: ${dir}/state
carrier:
  listen: 127.0.0.1:${ports[0]}
twilio:
  account_sid: AC00000000000000000000000000000d01
  auth_token: 0123456789abcdef0123456789abcdef
dashboard:
  listen: 127.0.0.1:${ports[1]}
ops:
  listen: 127.0.0.1:${ports[2]}
database:
  conninfo: ${conninfo}
speech:
  library: ${root}/var/speech/libonnxruntime.so
  models: ${root}/var/speech
`, { mode: 0o600 });
  await go(`${build}/nightbell`, ['migrate', '--config', join(dir, 'nightbell.yaml')]);
  await psql(...Object.entries(size).flatMap(([k, v]) => ['-v', `${k}=${v}`]), '-f', `${here}/year.sql`);
  return ports[1];
}

/** Tables of businesses with over 1,000 rows (a partition counts by itself), and how many of them one business has. */
async function big() {
  const names = (await value(`select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    and a.attname = 'business_id' where c.relnamespace = 'nightbell'::regnamespace and c.relkind = 'r'
    and c.reltuples > 1000 order by 1`)).split('\n');
  const counts = names.map((t) => `select '${t}', max(n) from (select count(*) n from nightbell.${t} group by business_id) x`);
  return new Map((await value(counts.join(' union all '))).split('\n').map((l) => l.split('|')).map(([t, n]) => [t, Number(n)]));
}

/** Everything that the gateway may call and the words that its API takes: all of it has to be tried. */
async function wanted() {
  const fs = (await value(`select distinct n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
    unnest(array['nightbell_gateway', 'nightbell_relay', 'nightbell_api']) r where n.nspname in ('desk', 'api')
    and has_function_privilege(r, p.oid, 'execute') and p.prorettype = 'jsonb'::regtype`)).split('\n');
  const api = JSON.parse((await go(`${build}/nightbell`, ['openapi'])).stdout);
  const words = Object.values(api.paths).flatMap((p) => Object.values(p)).flatMap((o) => o.parameters ?? []).map((p) => p.name);
  return { fs, words: new Set(words.filter((w) => !['business', 'last_event_id'].includes(w))) };
}
// Called by others of these only; their plans are among the caller's.
const INNER = ['api.who', 'api.member_json', 'desk.partitions_keep'];

/** -> how many faults there are. Without an index (drop) there should be some. */
async function plans(drop) {
  const most = await big();
  const { fs, words } = await wanted();
  if (drop) await psql('-c', `drop index nightbell.${drop}`);
  const told = spawn('tools/pg', ['psql', db, '-q', '-d', 'nightbell', '-o', '/dev/null', '-f', `${here}/plans.sql`],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const { functions, faults, controls } = await judge(readline.createInterface(told.stderr), most);
  for (const [f, d] of functions) console.log(`${f}: ${d.answered} of ${d.asked} requests answered, ${d.plans} plans${d.answered ? '' : `; ${d.said}`}`);
  for (const f of fs) if (!INNER.includes(f) && !functions.get(f)?.answered) faults.push(`${f} was not carried out`);
  const known = new Set((await value('select distinct key from y.words')).split('\n'));
  for (const w of words) if (!known.has(w)) faults.push(`no request had ${w}`);
  if (!controls['y.reads_all']?.length || !controls['y.reads_many']?.length) faults.push('a scan that is there was not noticed');
  for (const f of faults) console.log(f);
  console.log(`${most.size} tables of businesses with over 1,000 rows, ${functions.size} functions, ${faults.length ? `${faults.length} faults` : 'no sequential scan'}`);
  return faults.length;
}

function ask(port, path, token) {
  return new Promise((done, fail) => {
    const begun = process.hrtime.bigint();
    http.get({ host: '127.0.0.1', port, path, agent, headers: { authorization: `Bearer ${token}` } }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => done({ status: res.statusCode, text, ms: Number(process.hrtime.bigint() - begun) / 1e6 }));
    }).on('error', fail);
  });
}
/** CPU time that these processes have used, ms: what other work on the machine does not blur. */
const cpu = (pids) => pids.reduce((ms, pid) => {
  const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ms + (Number(f[11]) + Number(f[12])) * 10;
}, 0);
let served;	// the gateway, while it runs
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

async function latency(port) {
  const config = ['--config', join(dir, 'nightbell.yaml')];
  const child = spawn(`${build}/nightbell`, ['serve', ...config], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  served = child;
  let log = '';
  const gone = new Promise((done) => child.on('exit', done));
  try {
    await Promise.race([new Promise((done) => { for (const s of [child.stdout, child.stderr]) s.on('data', (d) => { log += d; if (/^ready /m.test(log)) done(); }); }),
      gone.then(() => { throw new Error(log); })]);
    const token = (await go(`${build}/nightbell`, ['token', 'owner3@example.test', '--role', 'owner', ...config])).stdout.trim().split(/\s+/).pop();
    const id = await value('select c.id from calls c join y.b on b.id = c.business_id and b.b = 3 order by c.id desc offset 100 limit 1');
    const lead = await value(`select lead_id from calls where id = '${id}'`);
    const visit = await value(`select a.id from appointments a join y.b on b.id = a.business_id and b.b = 3 limit 1`);
    const paths = ['/calls', `/calls?cursor=${id}`, '/calls?outcome=booked', '/calls?mark=sales', `/calls?lead=${lead}`, '/calls?caller=%2B121200300007',
      '/calls?from=2025-01-10&to=2025-01-12', `/calls/${id}`, `/calls/${id}/segments`, '/leads', '/leads?q=77', `/leads/${lead}`, '/appointments',
      '/appointments?from=2025-01-10', `/appointments/${visit}`, '/messages', `/messages?lead=${lead}`, '/tasks?status=open', '/outbox', '/outbox?state=dead',
      '/blocked', '/numbers', '/audit', '/people', '/tokens', '/session'];
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', `${child.pid}`]);
    const pids = [stdout.split('\n').find((l) => l.includes('role desk')).trim().split(/\s+/)[0],
      ...(await value(`select pid from pg_stat_activity where usename = 'nightbell_api'`)).split('\n')];
    console.log('request                                 p50 ms  p99 ms  CPU ms of desk and PostgreSQL');
    for (const p of paths) {
      const took = [];
      const first = await ask(port, `/api/v1${p}`, token);
      if (first.status !== 200) throw new Error(`${p}: ${first.status} ${first.text.slice(0, 300)}`);
      const used = cpu(pids);
      await Promise.all([1, 2, 3, 4].map(async () => { for (let i = 0; i < (small ? 50 : 250); i++) took.push((await ask(port, `/api/v1${p}`, token)).ms); }));
      took.sort((a, b) => a - b);
      const at = (q) => took[Math.min(took.length - 1, Math.floor(took.length * q))].toFixed(1).padStart(7);
      console.log(p.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}').padEnd(38), at(0.5), at(0.99), ((cpu(pids) - used) / took.length).toFixed(2).padStart(7));
    }
  } finally {
    agent.destroy();
    child.kill();
    await gone;
  }
}

// Stopped half-way it leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, async () => {
  served?.kill();
  await go('tools/pg', ['destroy', db]).catch(() => {});
  rmSync(dir, { recursive: true, force: true });
  process.exit(1);
});

let code = 1;
try {
  const begun = Date.now();
  const port = await database();
  console.log(`${size.businesses} businesses, ${size.days} days: ${await value('select count(*) from calls')} calls, `
    + `${await value('select count(*) from transcript_segments')} segments, made in ${Math.round((Date.now() - begun) / 1000)} s (${cpus().length} cores)`);
  const drop = process.argv[process.argv.indexOf('--drop') + 1 || process.argv.length];
  code = await plans(drop) ? 1 : 0;
  if (!process.argv.includes('--plans')) await latency(port);
} finally {
  await go('tools/pg', ['destroy', db]).catch(() => {});
  rmSync(dir, { recursive: true, force: true });
}
process.exit(code);
