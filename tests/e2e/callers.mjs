// Plays callers of callsim, several at once, and holds what each of them says
// must be true afterwards ("truth" in the caller file, docs/callsim.md) against
// the database. Used by callers.test.mjs and by tools/torture.
import { execFile, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';
import { build, root, rows } from './lib.mjs';
import { compare } from './truth.mjs';

const run = promisify(execFile);

/** The names of all callers that come with callsim. */
export const all = () => readdirSync(join(root, 'tools/callsim/callers'))
  .filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -5)).sort();

/** A caller as a seed has it: {name, from, truth, …}. */
export async function caller(name, seed = 1) {
  const { stdout } = await run(`${build}/callsim`, ['show', name, '--seed', String(seed)], { cwd: root });
  return JSON.parse(stdout);
}

const psql = (env, sql) => run('tools/pg', ['psql', join(env.dir, 'pg'), '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'nightbell', '-c', sql], { cwd: root });
const quote = (s) => `'${String(s).replaceAll("'", "''")}'`;

const business = (env) => `(select business_id from nightbell.phone_numbers where number = ${quote(env.number)})`;
const helper = (n) => `'019363a0-0000-7000-8000-0000000002${String(n).padStart(2, '0')}'::uuid`;

/**
 * What calls need besides the demo: enough people that nobody takes another's
 * time, and visits that were booked before. Of the demo's technicians the first
 * on call has a machine that answers, the second presses 1 (tools/demo/lib.sh).
 */
export async function prepare(env, callers, { waitSeconds = 6 } = {}) {
  await psql(env, `
    insert into nightbell.technicians (business_id, id, name)
      select ${business(env)}, ('019363a0-0000-7000-8000-0000000002' || to_char(n, 'FM00'))::uuid, 'Alex Reed' from generate_series(1, 40) n
      on conflict do nothing;
    insert into nightbell.technician_skills (business_id, technician_id, skill)
      select t.business_id, t.id, k from nightbell.technicians t, unnest(array['heating', 'plumbing']) k
       where t.name = 'Alex Reed' on conflict do nothing;
    update nightbell.businesses set dispatch_wait_s = ${waitSeconds} where id = ${business(env)};
    update nightbell.phone_numbers set ring_s = 5 where number = ${quote(env.number)};`);
  let n = 0;
  for (const c of callers) {
    const a = c.truth?.given?.appointment;
    if (a) await psql(env, visit(env, c.from, a, ++n));
  }
}

/** Whether the business knows the caller's name and street, so that lists can help: {name, address}. */
export async function listed(env, truth) {
  const [r] = await rows(env, `select lib.likely_names(${business(env)}, null) as names, lib.places_json(${business(env)}, 'street') as streets`);
  const names = r.names.map((w) => w.toLowerCase());
  return {
    name: (truth.name ?? '').toLowerCase().split(' ').every((w) => names.includes(w)),
    address: r.streets.some((s) => truth.address?.endsWith(` ${s}`)) };
}

const visit = (env, phone, a, n) => `
  with b as (select id, timezone from nightbell.businesses where id = ${business(env)}),
  l as (insert into nightbell.leads (business_id, phone, name) select id, ${quote(phone)}, ${quote(a.name ?? 'Dana Miller')} from b
        on conflict (business_id, phone) do update set name = excluded.name returning *),
  at as (select b.id, ((now() at time zone b.timezone)::date + ${a.in_days} + ${quote(a.time)}::time) at time zone b.timezone as starts from b),
  h as (insert into nightbell.holds (business_id, service_id, technician_id, starts_at, ends_at, state, expires_at)
        select at.id, s.id, ${helper(n)}, at.starts, at.starts + make_interval(mins => s.duration_min), 'booked', now()
          from at join nightbell.services s on s.business_id = at.id and s.name = ${quote(a.service)} returning *)
  insert into nightbell.appointments (business_id, hold_id, lead_id, service_id, technician_id, starts_at, ends_at, name)
  select h.business_id, h.id, l.id, h.service_id, h.technician_id, h.starts_at, h.ends_at, l.name from h, l`;

/**
 * Places a call per caller, atOnce at a time. -> Map name -> promise of
 * {name, sid, from, events, ended, seconds}; done is the promise of callsim's
 * exit code. started(call) is called when it is placed.
 */
export function play(env, callers, { seed = 1, atOnce = 4, args = [], deadline = 900, log = () => {}, started = () => {} } = {}) {
  const child = spawn(`${build}/callsim`, ['call', ...callers.map((c) => c.name), '--to', env.number, '--seed', String(seed),
    '--voice-url', `https://${env.host}/twilio/voice`, '--status-url', `https://${env.host}/twilio/status`,
    '--connect', env.carrier, '--ca', join(env.dir, 'tls/ca.pem'),
    '--auth-token', env.token, '--account', env.account, '--json', '--at-once', String(atOnce), '--deadline', String(deadline), ...args],
  { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const calls = new Map(), bySid = new Map();
  let errors = '';
  child.stderr.on('data', (d) => { errors += d; });
  for (const c of callers) {
    const call = { name: c.name, from: c.from, truth: c.truth ?? {}, events: [], fault: '' };
    call.over = new Promise((done) => { call.end = done; });
    calls.set(c.name, call);
  }
  const judged = new Promise((done) => {
    readline.createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const e = JSON.parse(line);
      if (e.event === 'call.started' && calls.has(e.caller) && !bySid.has(e.call)) {
        const call = calls.get(e.caller);
        if (!call.sid) {
          bySid.set(call.sid = e.call, call);
          started(call);
        }
      }
      const call = bySid.get(e.call);
      if (!call) return;
      call.events.push(e);
      if (e.event === 'call.ended') {
        call.ended = e;
        call.seconds = e.call_ms / 1000;
        log(`${call.name}: ${Math.round(call.seconds)} s, ${e.why}`);
        call.end(call);
      }
      if (e.event === 'verdict') call.fault = e.fault;
    }).on('close', done);
  });
  const done = new Promise((ok) => child.on('exit', async (code) => {
    await judged;
    for (const call of calls.values()) call.end({ ...call, missing: errors || `callsim ended with ${code}` });
    ok({ code, errors });
  }));
  return { calls, done, kill: () => child.kill() };
}

/** All that the database knows of a call. */
export async function known(env, { sid, from }) {
  const number = /^\+/.test(from) ? quote(from) : 'null';
  const [r] = await rows(env, `
    select c.status, c.outcome, c.mark, c.private, c.ended_by,
      (select to_jsonb(i) from call_insights i where (i.business_id, i.call_id) = (c.business_id, c.id)) as insight,
      (select coalesce(jsonb_agg(jsonb_build_object('service', s.name, 'day', to_char(a.starts_at at time zone b.timezone, 'FMDay'),
          'time', to_char(a.starts_at at time zone b.timezone, 'HH24:MI'), 'name', coalesce(a.name, l.name), 'notes', a.notes) order by a.created_at), '[]')
        from appointments a join services s on (s.business_id, s.id) = (a.business_id, a.service_id)
        left join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id)
        where a.status <> 'cancelled' and (a.call_id = c.id or a.lead_id = c.lead_id)) as appointments,
      (select jsonb_agg(o.granted) from consents o where o.call_id = c.id) as consents,
      (select coalesce(jsonb_agg(m.body order by m.created_at), '[]') from messages m where m.direction = 'out' and m.to_number = ${number}) as texts,
      (select coalesce(jsonb_agg(t.text), '[]') from tasks t where t.call_id = c.id) as tasks,
      (select coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'state', d.state)), '[]') from dispatches d where d.call_id = c.id) as dispatches,
      exists (select from opt_outs o where o.number = ${number} and o.ended_at is null) as opted_out,
      (select coalesce(jsonb_agg(jsonb_build_object('leg', t.leg, 'text', t.text, 'heard', t.heard, 'unsure', t.unsure,
          'stream', t.stream, 'start_ms', t.start_ms) order by t.stream, t.seq), '[]')
        from transcript_segments t where (t.business_id, t.call_id) = (c.business_id, c.id)) as segments,
      (select coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'args', t.args, 'result', t.result) order by t.at), '[]')
        from tool_results t where (t.business_id, t.call_id) = (c.business_id, c.id)) as tools
    from calls c join businesses b on b.id = c.business_id where c.carrier_sid = ${quote(sid ?? '')}`);
  return r;
}

/** Looks until all is as it must be, or the time is over: what happens after a call takes a moment. */
export async function settled(env, call, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const k = await known(env, call);
    const result = compare(call.truth, k);
    if (result.every((r) => r.ok || r.may) || Date.now() > end) return { known: k, result };
    await new Promise((r) => setTimeout(r, 250));
  }
}

/** The call as a person would read it: for a test that failed. */
export const story = (k) => (k?.segments ?? []).map((s) =>
  `${s.leg === 'caller' ? '  >' : '  <'} ${s.text ?? '(not kept)'}${s.heard != null && s.heard !== s.text ? ` [heard: ${s.heard}]` : ''}${s.unsure ? ' (unsure)' : ''}`).join('\n');
