// The API's answers without a gateway, for what only layout depends on: long
// names, every kind of row, a stream that breaks. The page's way through the
// real gateway is in live.test.mjs.
import { readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { root } from './browser.mjs';

const dist = join(root, 'web/dist');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY = /"Content-Security-Policy: ([\s\S]*?)\\r\\n"/.exec(readFileSync(join(root, 'src/desk/static.c'), 'utf8'))[1]
  .replace(/"\s*\\?\s*"/g, '').trim();

export const id = (n) => `0192f3a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const now = Date.parse('2026-11-23T19:04:00Z'); // 14:04 in New York
const at = (min) => new Date(now - min * 60000).toISOString();

const call = (n, more) => ({
  id: id(n), caller: '+14155550177', number: '+14155550100', name: null, lead: id(n + 500), conversation: null, status: 'ended',
  outcome: 'booked', ended_by: 'assistant', started_at: at(n * 37), answered_at: at(n * 37), ended_at: at(n * 37 - 2),
  duration_ms: 94000, streams: 1, mark: null, private: false, test: false, summary: null, lang: null, insights: null, ...more,
});
const insights = (more) => ({
  summary: 'Somebody called.', lang: 'en', insights: {
    who: null, what: null, urgency: null, address: null, when: null, done: null, open: null, next_action: null, task: null, details: {}, ...more,
  },
});
const say = (callId, seq, leg, start_ms, text, more = {}) => ({
  call: callId, stream: 1, seq, rev: 1, leg, start_ms, end_ms: start_ms + 1800, text, heard: leg === 'assistant' ? text : null,
  final: true, unsure: false, reply_ms: leg === 'assistant' && seq > 1 ? 640 + 130 * (seq % 5) : null, ...more,
});

export function world() {
  const live = id(0);
  const calls = [
    call(0, { status: 'live', outcome: null, ended_by: null, ended_at: null, duration_ms: null, started_at: at(2), answered_at: at(2) }),
    call(1, { name: 'Maria Fernandez-Castellanos de la Vega' }),
    call(2, { outcome: 'hung_up', ended_by: 'caller', name: 'Tom Okafor', caller: '+16175550142',
      ...insights({ what: 'water heater repair', urgency: 'today', address: '12 Elm Street, Apartment 4B, Dorchester Center', when: 'Tue, Nov 24, afternoon',
        done: 'Details sent by text.', open: 'Hung up before it was settled.', next_action: 'Call back. Hung up before it was settled. About: water heater repair.',
        details: { brand: 'Rheem', budget: { cents: 45000, spoken: 'around 450 dollars' }, address: { full: 'x' } } }) }),
    call(3, { status: 'answered', outcome: null, duration_ms: 312000 }),
    call(4, { outcome: 'silent', caller: null, duration_ms: 21000 }),
    call(30, { status: 'failed', outcome: 'lost', caller: '+442079460958' }),
    call(41, { status: 'missed', outcome: null, duration_ms: null }),
    call(42, { outcome: 'robocall', mark: 'robocall', caller: '+18005550199', ...insights({ what: '"press one to speak to an agent"' }) }),
    call(43, { private: true, name: 'Pat Doe', caller: '+16175550188', ...insights({ what: 'drain cleaning', done: 'Booked drain cleaning for Wed, Nov 25 at 9:00 AM.' }) }),
    call(44, { outcome: 'emergency', caller: '+16175550189', lang: 'es', ...insights({ what: 'possible gas leak', urgency: 'emergency', address: '5 Oak Road', done: 'Sam Kowalski is on it (possible gas leak).' }), lang: 'es' }),
  ];
  const segments = new Map([[live, [
    say(live, 1, 'assistant', 400, 'Thank you for calling Harbor Heating and Plumbing. I am an automated assistant, and this call is transcribed. How can I help you?'),
    say(live, 2, 'caller', 9200, 'hi yeah our furnace stopped last night and the house is getting cold'),
    say(live, 3, 'assistant', 14100, 'I am sorry to hear that. I can send somebody to look at the furnace. When would suit you?', { heard: 'I am sorry to hear that. I can send somebody' }),
    say(live, 4, 'caller', 17600, 'tomorrow afternoon'),
    say(live, 5, 'assistant', 20300, 'Tomorrow at 2 PM is free. Shall I book that for you?'),
    say(live, 6, 'caller', 24400, 'yes please its oh key for', { unsure: true }),
    say(live, 7, 'assistant', 28000, 'You are booked for tomorrow at 2 PM. May I send a confirmation by text to this number?'),
    say(live, 8, 'caller', 33100, 'yes you can sen', { final: false }),
  ]]]);
  const appointments = [
    { id: id(901), call: live, lead: id(500), name: 'Dana Whitfield', phone: '+14155550177', service_name: 'furnace repair', technician: 'Sam', start: '2026-11-24T14:00', end: '2026-11-24T15:30', status: 'booked', notes: 'our furnace stopped last night and the house is getting cold', created_at: new Date(now - 2 * 60000 + 26000).toISOString() },
    { id: id(902), call: id(1), lead: id(501), name: 'Maria Fernandez-Castellanos de la Vega', phone: '+14155550177', service_name: 'water heater repair', technician: 'Alex', start: '2026-11-25T08:00', end: '2026-11-25T10:00', status: 'booked', notes: null, created_at: at(36) },
    { id: id(903), call: id(30), lead: id(530), name: null, phone: '+442079460958', service_name: 'drain cleaning', technician: 'Sam', start: '2026-11-20T09:00', end: '2026-11-20T10:00', status: 'cancelled', notes: null, created_at: at(9000) },
  ];
  const text = (n, more) => ({
    id: id(n), conversation: null, lead: id(501), call: id(1), direction: 'out', from: '+14155550100', to: '+14155550177',
    body: 'Harbor Heating and Plumbing: you are booked for water heater repair on Wed, Nov 25 at 8 AM. Reply STOP to opt out.', status: 'delivered', error: null, at: at(35), ...more,
  });
  const messages = [text(801), text(802, { direction: 'in', from: '+14155550177', to: '+14155550100', body: 'Great, the side door is open', status: 'received', at: at(31) }),
    text(804, { direction: 'in', lead: id(502), call: null, name: 'Tom Okafor', from: '+16175550142', to: '+14155550100', status: 'received', at: at(400),
      body: 'Hello, it is about the water heater in the basement of the yellow house behind the school. It has been leaking for two days now, and this morning there was no hot water at all. I am home until four, the dog is friendly, the gate is open, and the bell does not ring, so please knock. Thank you, and tell me what it may cost.' }),
    text(803, { call: id(2), to: '+16175550142', status: 'undelivered', error: 'The number cannot get texts.', at: at(3000) })];
  const leads = [[500, 'Dana Whitfield', '+14155550177', 'en', 2], [501, 'Maria Fernandez-Castellanos de la Vega', '+14155550177', 'es', 40],
    [502, 'Tom Okafor', '+16175550142', 'en', 75], [504, null, null, 'en', 150], [530, null, '+442079460958', 'en', 1110]]
    .map(([n, name, phone, lang, min]) => ({ id: id(n), name, phone, lang, created_at: at(min) }));
  const task = (n, more) => ({ id: id(n), kind: 'call_back', lead: id(502), call: id(2), name: 'Tom Okafor', phone: '+16175550142',
    text: 'Call back. Hung up before it was settled. About: water heater repair.', status: 'open', created_at: at(73), done_at: null, ...more });
  const tasks = [task(701), task(702, { lead: id(504), call: id(4), name: null, phone: '+16175550164', text: 'Please ring about the invoice of last week, in the evening if possible.', created_at: at(140) }),
    task(703, { lead: id(501), call: id(1), name: 'Maria Fernandez-Castellanos de la Vega', phone: '+14155550177', text: 'Wants to know whether you do heat pumps.', status: 'done', created_at: at(4000), done_at: at(3900) })];
  const outbox = [{ id: id(601), kind: 'sms', state: 'dead', to: '+16175550142', text: 'Harbor Heating and Plumbing: we missed your call. When would suit you?', attempt: 3,
    error: '30006: landline or unreachable', due_at: at(70), created_at: at(72), done_at: at(69) },
  { id: id(602), kind: 'email', state: 'dead', to: 'owner@harbor.test', text: 'Summary: Tom Okafor, water heater repair', attempt: 5, error: 'the mail server does not answer', due_at: at(60), created_at: at(71), done_at: at(58) }];
  const numbers = [{ number: '+14155550100', mode: 'ring_first', owner_number: '+14155550111', problem: 'unregistered', problem_code: '30034', problem_at: at(300), task: id(704), held: 3 },
    { number: '+14155550101', mode: 'already_missed', owner_number: null, problem: null, problem_code: null, problem_at: null, task: null, held: 0 }];
  tasks.push(task(704, { kind: 'number', lead: null, call: null, name: null, phone: null, text: 'Register the number (415) 555-0100 for texts with the carrier.', created_at: at(300) }));
  const blocked = [{ id: id(650), number: '+18005550199', reason: 'Robocalls about a warranty, several times a day, also at night', created_at: at(2000) },
    { id: id(649), number: '+442079460958', reason: null, created_at: at(90000) }];
  const tokens = [{ id: id(640), name: 'Wall display in the workshop', role: 'viewer', user: id(1), created_at: at(9000), expires_at: at(-90000) },
    { id: id(639), name: 'Night report', role: 'owner', user: id(1), created_at: at(19000), expires_at: at(-190000) }];
  const people = [{ id: id(1), email: 'owner@harbor.test', name: null, role: 'owner', created_at: at(99000) }];
  const audit = [['block', { number: '+18005550199', reason: 'Robocalls' }], ['token_create', { token: id(640), name: 'Wall display in the workshop', role: 'viewer' }],
    ['task_set', { task: id(703), status: 'done' }], ['sign_in', {}], ['user_add', { email: 'somebody-with-a-long-address@northside-electric.test', role: 'staff' }]]
    .map(([action, detail], i) => ({ id: id(630 - i), at: at(50 * i + 1), actor: i === 4 ? 'nightbell_migrate' : i === 2 ? id(77) : id(1), action, detail }));
  return { numbers, blocked, tokens, people, audit, calls, segments, leads, appointments, tasks, messages, outbox, live };
}

/**
 * -> {url, send(type, data), partial(data), drop(), hold(), release(), signedIn,
 * refuse, stop()}. Who connects to the stream after hold() hears nothing until
 * release().
 */
export async function serve(w = world()) {
  const readers = new Set();
  const f = { world: w, signedIn: true, refuse: false, role: 'owner', businesses: 1, refreshes: 0, page: 200, seq: 10, log: [], connects: [], changes: [] };
  const json = (res, status, body) => res.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body));
  const NAMES = ['Harbor Heating and Plumbing', 'Northside Electric'];
  const who = (more = {}) => {
    const businesses = NAMES.slice(0, f.businesses).map((name, i) => ({ id: id(2 + i), name, timezone: 'America/New_York', role: f.role }));
    return { user: id(1), email: 'owner@harbor.test', session: id(9), business: id(2), business_name: NAMES[0], timezone: 'America/New_York', role: f.role, businesses, ...more };
  };
  const routes = {
    '/api/v1/session': () => who(),
  };
  // Keyset pages: the cursor is the id of the last row.
  for (const name of ['calls', 'leads', 'appointments', 'tasks', 'messages', 'outbox'])
    routes[`/api/v1/${name}`] = (query) => {
      const all = w[name].filter((x) => !query.has('state') || x.state === query.get('state'));
      const from = 1 + all.findIndex((x) => x.id === query.get('cursor'));
      const rows = all.slice(from, from + Math.min(f.page, Number(query.get('limit'))));
      if (query.has('from')) return { [name]: [], last: f.seq, next: null };
      f.asked = query.get('business');
      return { [name]: rows, last: f.seq, next: from + rows.length < all.length ? rows.at(-1).id : null };
    };
  for (const name of ['numbers', 'blocked', 'tokens', 'audit', 'people']) routes[`/api/v1/${name}`] = () => ({ [name]: w[name], last: f.seq, next: null });
  const OWNERS = /^\/api\/v1\/(tokens|audit|people)/;
  // -> what a change answers, or null when it is none of these.
  const change = (method, path, body) => {
    const [, name, key] = /^\/api\/v1\/(blocked|tokens)(?:\/([0-9a-f-]{36}))?$/.exec(path) ?? [];
    if (!name || method === 'GET') return null;
    f.changes.push(`${method} ${path.replace(key, '')} ${JSON.stringify(body)}`);
    const row = { id: id(660), created_at: at(0), expires_at: at(-129600), user: id(1), reason: null, ...body };
    if (method === 'DELETE') w[name] = w[name].filter((x) => x.id !== key);
    else w[name].unshift(row);
    return name === 'tokens' && method === 'POST' ? { ...row, token: 'nbt_0123456789abcdef4123456789abcdef0123456789abcdef8123456789abcdef' } : row;
  };
  let held = null;
  const events = (req, res, url) => {
    if (held) return held.push(() => events(req, res, url));
    const after = Number(req.headers['last-event-id'] ?? url.searchParams.get('last_event_id') ?? f.seq);
    f.connects.push(after);
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write('retry: 200\n\n');
    for (const e of f.log.filter((x) => x.seq > after)) res.write(e.text);
    readers.add(res);
    res.on('close', () => readers.delete(res));
  };
  const page = (res, path) => {
    let file = join(dist, path);
    if (path.includes('..') || !existsSync(file) || !extname(file)) file = join(dist, 'index.html');
    res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
    res.end(readFileSync(file));
  };
  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://x');
    const one = /^\/api\/v1\/calls\/([0-9a-f-]{36})$/.exec(url.pathname)?.[1];
    const person = /^\/api\/v1\/leads\/([0-9a-f-]{36})$/.exec(url.pathname)?.[1];
    if (!url.pathname.startsWith('/api/')) return page(res, url.pathname);
    if (f.refuse) return json(res, 503, { title: 'Not available', status: 503, detail: 'The database is not reachable now.' });
    if (req.method !== 'GET' && (!req.headers['content-type']?.startsWith('application/json') || req.headers['sec-fetch-site'] !== 'same-origin'))
      return json(res, 403, { title: 'Forbidden', status: 403 });
    if (url.pathname === '/api/v1/sign-in/link') return json(res, 202, { ok: true });
    if (url.pathname === '/api/v1/sign-in') return json(res, 401, { title: 'Not signed in', status: 401, detail: 'This link was used before, or it is too old. Ask for a new one.' });
    if (url.pathname === '/api/v1/sign-out') { f.signedIn = false; return json(res, 200, { ok: true }); }
    if (!f.signedIn) return json(res, 401, { title: 'Not signed in', status: 401 });
    if (url.pathname === '/api/v1/refresh') { f.token = `t${++f.refreshes}`; return json(res, 200, who({ access: f.token, expires_s: 600 })); }
    if (url.pathname === '/api/v1/events') return events(req, res, url);
    if (req.headers.authorization !== `Bearer ${f.token}`) return json(res, 401, { title: 'Not signed in', status: 401 });
    if (OWNERS.test(url.pathname) && f.role !== 'owner') return json(res, 403, { title: 'Forbidden', status: 403, detail: 'Your role does not allow this.' });
    if (/^\/api\/v1\/(blocked|tokens)/.test(url.pathname) && req.method !== 'GET') {
      if (f.role === 'viewer') return json(res, 403, { title: 'Forbidden', status: 403 });
      let text = '';
      req.on('data', (d) => { text += d; });
      req.on('end', () => json(res, 200, change(req.method, url.pathname, JSON.parse(text || '{}'))));
      return;
    }
    const of = (list) => list.filter((x) => x.call === one);
    const changed = /^\/api\/v1\/(?:tasks|outbox)\/([0-9a-f-]{36})/.exec(url.pathname)?.[1];
    if (changed && f.role === 'viewer') return json(res, 403, { title: 'Forbidden', status: 403, detail: 'Your role does not allow this.' });
    if (changed) {
      f.changes.push(`${req.method} ${url.pathname}`);
      const o = w.outbox.find((x) => x.id === changed);
      const t = w.tasks.find((x) => x.id === changed);
      if (t?.kind === 'number') w.numbers.forEach((n) => { if (n.task === t.id) Object.assign(n, { problem: null, task: null, held: 0 }); });
      return json(res, 200, o ? { ...o, state: 'queued' } : { ...t, status: t.status === 'open' ? 'done' : 'open' });
    }
    if (person) {
      const his = (list) => list.filter((x) => x.lead === person);
      const lead = w.leads.find((x) => x.id === person);
      return lead
        ? json(res, 200, { lead, opted_out: lead.id === id(502), blocked: false, calls: his(w.calls), messages: his(w.messages), tasks: his(w.tasks), appointments: his(w.appointments) })
        : json(res, 404, { title: 'Not found', status: 404 });
    }
    if (one) {
      const found = w.calls.find((c) => c.id === one);
      if (!found) return json(res, 404, { title: 'Not found', status: 404 });
      return json(res, 200, { call: found, segments: w.segments.get(one) ?? [], appointments: of(w.appointments), messages: of(w.messages), recordings: [], tasks: of(w.tasks) });
    }
    const route = routes[url.pathname];
    return route ? json(res, 200, route(url.searchParams)) : json(res, 404, { title: 'Not found', status: 404 });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  f.url = `http://127.0.0.1:${server.address().port}`;
  f.send = (type, data) => {
    const e = { seq: ++f.seq, text: `id: ${f.seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n` };
    f.log.push(e);
    for (const r of readers) r.write(e.text);
  };
  f.partial = (data) => { for (const r of readers) r.write(`event: segment\ndata: ${JSON.stringify(data)}\n\n`); };
  f.drop = () => { for (const r of readers) r.destroy(); };
  f.hold = () => { held = []; };
  f.release = () => { const waiting = held; held = null; waiting.forEach((go) => go()); };
  f.stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return f;
}
export { say };
