// Every caller with several seeds, on quiet lines and in noise; then processes
// and the database that go away in mid-call. Writes docs/conversations.md.
//
//   make torture                 all of it; goes on where it was stopped
//   node tools/torture/torture.mjs [--seeds 11,12,13] [--lines quiet,noise]
//        [--callers NAME,NAME] [--at-once 4] [--minutes 150] [--fresh]
//        [--no-faults] [--table]
//
// Raw results are kept in build/torture/LINE/SEED/CALLER.json; a call that is
// there is not played again (--fresh forgets them). --minutes ends it in time
// between two rounds; --table only writes the table. The exit code is 0 when
// the thresholds hold, 1 when they do not, 2 when calls are missing.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { all, caller, listed, play, prepare, settled } from '../../tests/e2e/callers.mjs';
import { root, up } from '../../tests/e2e/lib.mjs';
import { compare } from '../../tests/e2e/truth.mjs';
import { faults } from './faults.mjs';
import { judge, table } from './table.mjs';

const { values: o } = parseArgs({ options: {
  seeds: { type: 'string', default: '11,12,13' }, lines: { type: 'string', default: 'quiet,noise' },
  callers: { type: 'string' }, 'at-once': { type: 'string', default: '4' }, minutes: { type: 'string', default: '150' },
  fresh: { type: 'boolean', default: false }, 'no-faults': { type: 'boolean', default: false }, table: { type: 'boolean', default: false },
} });
const seeds = o.seeds.split(',').map(Number);
const names = o.callers?.split(',') ?? all();
const raw = join(root, 'build/torture');
const end = Date.now() + Number(o.minutes) * 60000;
const options = { quiet: [], noise: ['--noise', 'pink:15'] };
const lines = o.lines.split(',');
const file = (line, seed, name) => join(raw, line, String(seed), `${name}.json`);
const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

/** One gateway and one database for all callers of a seed on a line. */
async function round(line, seed) {
  const missing = names.filter((n) => !existsSync(file(line, seed, n)));
  if (!missing.length) return;
  const list = await Promise.all(missing.map((n) => caller(n, seed)));
  const env = await up();
  try {
    await prepare(env, list);
    const p = play(env, list, {
      seed, atOnce: Number(o['at-once']), args: options[line], deadline: 3600, log: (t) => say(`  ${t}`),
      started: (call) => { call.listed = listed(env, call.truth); },
    });
    for (const c of p.calls.values()) {
      const call = await c.over;
      if (call.missing) throw new Error(call.missing);
      const { known: k, result } = await settled(env, call, 8);
      mkdirSync(join(raw, line, String(seed)), { recursive: true });
      writeFileSync(file(line, seed, call.name), JSON.stringify({
        caller: call.name, line, seed, listed: await call.listed, truth: call.truth, result, known: k ?? null,
        seconds: call.seconds, ended: call.ended, at: new Date().toISOString(),
        keys: call.events.filter((e) => e.event === 'key').map((e) => ({ key: e.digit, ms: e.call_ms })),
        turns: call.events.filter((e) => e.event === 'turn'),
        streams: call.events.filter((e) => e.event === 'stream.start').map((e) => e.call_ms),
        talk: call.events.filter((e) => e.event === 'heard' || e.event === 'caller.speaks').map((e) => ({ us: e.event === 'heard', ms: e.call_ms, text: e.text })),
      }, null, 1));
      const bad = result.filter((r) => !r.ok).map((r) => r.key);
      if (bad.length) say(`  ${call.name}: not right: ${bad.join(', ')}`);
    }
    await p.done;
  } finally {
    await env.stop();
  }
}

/** What was played stays; what must be true of it is looked at anew, as the caller files now say. */
async function judged(path, name, seed) {
  const r = JSON.parse(readFileSync(path)), { truth = {} } = await caller(name, seed);
  return { ...r, truth, result: compare(truth, r.known) };
}

async function results() {
  const found = [];
  for (const line of lines)
    for (const seed of seeds)
      for (const name of names)
        if (existsSync(file(line, seed, name))) found.push(await judged(file(line, seed, name), name, seed));
  return found;
}

if (o.fresh) rmSync(raw, { recursive: true, force: true });
for (const seed of o.table ? [] : seeds)
  for (const line of lines) {
    if (Date.now() > end) { say(`the time is over: run it again to go on`); break; }
    say(`seed ${seed}, ${line}`);
    await round(line, seed);
  }
const faultFile = join(raw, 'faults.json');
if (!o.table && !o['no-faults'] && Date.now() < end && !existsSync(faultFile)) {
  say('processes and the database go away in mid-call');
  const f = await faults(say);
  mkdirSync(raw, { recursive: true });
  writeFileSync(faultFile, JSON.stringify(f, null, 1));
}
const found = await results();
const broken = existsSync(faultFile) ? JSON.parse(readFileSync(faultFile)) : [];
const verdict = judge(found, broken);
if (!o.callers)
  writeFileSync(join(root, 'docs/conversations.md'), table(found, broken, verdict, { seeds, lines, cpu: `${cpus().length} × ${cpus()[0].model}` }));
for (const v of verdict) console.log(`${v.ok === null ? 'note' : v.ok ? 'ok  ' : 'FAIL'}  ${v.text}`);
const wanted = lines.length * seeds.length * names.length;
if (found.length < wanted) console.error(`torture: ${wanted - found.length} of ${wanted} calls were not played yet`);
process.exit(found.length < wanted ? 2 : verdict.every((v) => v.ok !== false) ? 0 : 1);
