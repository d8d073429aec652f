// The real thing for browser tests: PostgreSQL, the carrier's simulator and
// the gateway in a folder of their own on free ports.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';
import { root } from './browser.mjs';

const run = promisify(execFile);
const bin = (name) => join(root, process.env.NB_BUILD ?? 'build', name);

/** set: 'option=value …' of the configuration. */
export async function up(set = '') {
  const dir = mkdtempSync('/tmp/nb-web-'); // Unix sockets allow 107 bytes of path
  const child = spawn('tools/demo/up.sh', [], { cwd: root, env: { ...process.env, NB_DIR: dir, NB_SET: set }, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (d) => { errors += d; });
  const gone = new Promise((done) => child.on('exit', done));
  const line = await Promise.race([
    new Promise((done) => readline.createInterface(child.stdout).once('line', done)),
    gone.then((code) => { throw new Error(`up.sh ended with ${code}:\n${errors}`); }),
  ]);
  const g = JSON.parse(line);
  g.url = `http://${g.dashboard}`;
  g.log = () => readFileSync(join(dir, 'nightbell.log'), 'utf8');
  /** nightbell ARGS -> what it prints. */
  g.run = async (...args) => (await run(bin('nightbell'), [...args, '--config', join(dir, 'nightbell.yaml')], { cwd: root })).stdout;
  /** A one-time sign-in link. */
  g.link = async (email = 'owner@harbor.test') => /http:\/\/\S+/.exec(await g.run('link', email))[0];
  g.sql = async (sql) => (await run('tools/pg', ['psql', join(dir, 'pg'), '-q', '-At', '-d', 'nightbell', '-c', sql], { cwd: root })).stdout;
  g.rows = async (sql) => JSON.parse(await g.sql(`select coalesce(json_agg(t), '[]') from (${sql}) t`));
  /** A caller of callsim rings: {ended: {code, output}, hangUp()}. */
  g.call = (caller, from) => {
    const p = spawn(bin('callsim'), ['call', caller, '--from', from, '--to', g.number,
      '--voice-url', `https://${g.host}/twilio/voice`, '--connect', g.carrier, '--ca', join(dir, 'tls/ca.pem'),
      '--auth-token', g.token, '--account', g.account, '--json', '--deadline', '150'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    p.stdout.on('data', (d) => { output += d; });
    p.stderr.on('data', (d) => { output += d; });
    return { hangUp: () => p.kill(), ended: new Promise((done) => p.on('exit', (code) => done({ code, output }))) };
  };
  g.stop = async () => {
    child.stdin.end();
    await gone;
    if (!process.env.NB_KEEP) rmSync(dir, { recursive: true, force: true });
  };
  return g;
}
