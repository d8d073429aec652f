-- A year of many businesses, for measuring. As superuser, in a throw-away
-- database that was just migrated. The same numbers give the same rows.
--   psql -v businesses=50 -v days=365 -v per_day=12 -f year.sql
\set ON_ERROR_STOP on
\set first '''2025-01-01 00:00+00'''
set client_min_messages = warning;
set session_replication_role = replica;	-- no triggers, the rows are whole
set search_path = nightbell, public;
create schema y;

-- 0 <= r < n, from the words alone.
create function y.r(words text, n int) returns int
language sql immutable parallel safe as $$
	select ((hashtextextended(words, 42) & 4611686018427387903) % n)::int
$$;
-- A version 7 id of that moment.
create function y.id(at timestamptz, words text) returns uuid
language sql immutable parallel safe as $$
	select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0')
		|| '7' || substr(md5(words), 1, 3) || '8'
		|| substr(md5(words), 4, 15))::uuid
$$;

-- Where a recording's file is.
create function y.path(business uuid, recording uuid) returns text
language sql immutable parallel safe as
	$$ select business || '/2025-01/' || recording || '.opus' $$;

insert into businesses (id, name, timezone)
select y.id(:first, 'b' || b), 'Business ' || b, 'America/New_York'
  from generate_series(1, :businesses) b;
create table y.b as select row_number() over (order by name, id)::int as b,
	id from businesses where name ~ '^Business [0-9]+$';

insert into phone_numbers (number, business_id)
	select '+1415' || (5000000 + b), id from y.b;
insert into users (id, email)
	select y.id(:first, 'u' || b), 'owner' || b || '@example.test' from y.b;
insert into memberships (business_id, user_id, role)
	select id, y.id(:first, 'u' || b), 'owner' from y.b;
-- More people, keys, streets and blocked callers than most have: so many that
-- a list of them read from end to end is worth noticing.
insert into users (id, email)
	select y.id(:first, 'p' || b || '.' || n),
	'staff' || b || '.' || n || '@example.test'
	  from y.b, generate_series(1, 60) n;
insert into memberships (business_id, user_id, role)
	select id, y.id(:first, 'p' || b || '.' || n), 'staff'
	  from y.b, generate_series(1, 60) n;
insert into api_keys (business_id, id, user_id, name, role, token_hash,
	expires_at, revoked_at)
select id, y.id(:first, 'k' || b || '.' || n), y.id(:first, 'u' || b),
	'Key ' || n, 'viewer', sha256(convert_to('k' || b || '.' || n, 'UTF8')),
	'2099-01-01', case when n > 30 then now() end
  from y.b, generate_series(1, 60) n;
insert into sessions (id, user_id, expires_at)
	select y.id(:first, 's' || id || n), id, '2099-01-01'
	  from users, generate_series(1, 3) n;
insert into session_secrets (secret_hash, session_id, gen)
	select sha256(convert_to(id::text, 'UTF8')), id, 0 from sessions;
insert into sign_in_links (token_hash, user_id, expires_at)
	select sha256(convert_to('l' || id, 'UTF8')), id, '2099-01-01'
	  from users;
insert into blocked_callers (business_id, id, number, reason, ended_at)
select id, y.id(:first, 'x' || b || '.' || n),
	'+1313' || lpad((b * 1000 + n)::text, 7, '0'), 'robocalls',
	case when n > 30 then now() end from y.b, generate_series(1, 60) n;
insert into places (business_id, kind, name)
	select id, 'street', 'Street ' || n from y.b, generate_series(1, 60) n;
insert into hours (business_id, dow, opens, closes)
	select id, dow, '08:00', '18:00' from y.b, generate_series(1, 6) dow;
insert into services (business_id, id, name, duration_min)
	select id, y.id(:first, 's' || b || '.' || n), 'Service ' || n, 60
	  from y.b, generate_series(1, 4) n;
insert into technicians (business_id, id, name, phone)
	select id, y.id(:first, 't' || b || '.' || n), 'Tech ' || n,
	'+1617' || lpad((b * 10 + n)::text, 7, '0')
	  from y.b, generate_series(1, 3) n;
insert into on_call (business_id, technician_id, rank)
	select id, y.id(:first, 't' || b || '.' || n), n
	  from y.b, generate_series(1, 3) n;
insert into scripts (business_id, id, name, content)
	select id, y.id(:first, 'script' || b), 'main', '{"say": "hello"}'
	  from y.b;
insert into assistants (business_id, name, voice, script_id)
	select id, 'Robin', 'rms', y.id(:first, 'script' || b) from y.b;

-- A third of the calls come from somebody who called before.
create table y.leads as
select b.id as business_id, b.b, n, y.id(:first::timestamptz
	+ make_interval(mins => n * 7), 'l' || b.b || '.' || n) as id,
	'+1212' || lpad((b.b * 100000 + n)::text, 8, '0') as phone
  from y.b, generate_series(1, greatest(:days * :per_day * 2 / 3, 1)) n;
create unique index on y.leads (b, n);
insert into leads (business_id, id, phone, name, created_at)
	select business_id, id, phone, 'Caller ' || n, :first from y.leads;
insert into conversations (business_id, id, lead_id)
	select business_id, y.id(:first, 'c' || id), id from y.leads;

create table y.calls as
select b.id as business_id, b.b, d, k.n, at, y.id(at, 'call' || b.b || '.' || d
		|| '.' || k.n) as id, l.id as lead_id, l.phone
  from y.b, generate_series(0, :days - 1) d,
	generate_series(1, :per_day) k(n), lateral (select :first::timestamptz + make_interval(days => d,
		secs => 43200 + y.r('at' || b.b || d || '.' || k.n, 36000))) a(at),
	lateral (select * from y.leads l where l.b = b.b and l.n = 1 + y.r('who'
		|| b.b || d || '.' || k.n, greatest(:days * :per_day * 2 / 3, 1))) l;
insert into calls (business_id, id, carrier_sid, number, caller, lead_id,
	conversation_id, status, streams, outcome, ended_by, started_at,
	answered_at, ended_at, duration_ms)
select business_id, id, 'CA' || md5(id::text), '+1415' || (5000000 + b), phone,
	lead_id, y.id(:first, 'c' || lead_id), 'ended', 1,
	(array['booked', 'message', 'declined', 'message'])[1 + n % 4],
	'caller', at, at + interval '20 s', at + interval '140 s', 120000
  from y.calls;
insert into legs (business_id, id, call_id, kind, carrier_sid, stream, started_at)
select business_id, y.id(at, 'leg' || id || k), id, k, left(k, 2) || md5(id::text),
	case k when 'assistant' then 1 end, at
  from y.calls, unnest(array['caller', 'assistant']) k;
set role nightbell_owner;	-- or migrate could not grant them later
select make_partition('transcript_segments', 'transcript_segments_'
	|| to_char(m, 'YYYY_MM'), 'call_started_at', m, m + interval '1 month')
  from generate_series(:first::timestamptz, :first::timestamptz
	+ make_interval(days => :days), '1 month') m \g /dev/null
reset role;
insert into transcript_segments (business_id, call_id, call_started_at, stream,
	seq, rev, leg, start_ms, end_ms, text, heard, final)
select business_id, id, at, 1, s, 1, case s % 2 when 0 then 'caller'
	else 'assistant' end, s * 5000, s * 5000 + 4000,
	'Sentence ' || s || ' of this call.', case s % 2 when 1
	then 'Sentence ' || s || ' of this call.' end, true
  from y.calls, generate_series(1, 12) s;
-- Those of the last week are kept.
insert into recordings (business_id, id, call_id, stream, state, node, path,
	started_at, duration_ms, bytes, ended_at, deleted_at)
select business_id, y.id(c.at, 'rec' || id), id, 1, k.state, 'n', y.path(
	business_id, y.id(c.at, 'rec' || id)), k.at, 110000, 300000, k.at,
	case k.state when 'deleted' then k.at end
  from y.calls c, lateral (select case when d < :days - 7 then 'deleted'
	else 'complete' end, case when d < :days - 7 then c.at
	else now() - interval '1 day' end) k(state, at);
insert into usage (business_id, call_id, stream, provider, model, day,
	audio_in, audio_out, cost_ucents, at)
select business_id, id, 1, 'openai', 'gpt-realtime', at::date, 600, 1200,
	4000000, at from y.calls where n % 2 = 0;
insert into call_insights (business_id, call_id, summary, outcome)
	select business_id, id, 'A caller who wanted something.', 'message'
	  from y.calls;
insert into tasks (business_id, id, kind, lead_id, call_id, name, text, status,
	created_at)
select business_id, y.id(at, 'task' || id), 'call_back', lead_id, id, 'Caller',
	'Please call back.', case n % 3 when 0 then 'open' else 'done' end, at
  from y.calls where n % 4 in (1, 3);
insert into holds (business_id, id, call_id, service_id, technician_id,
	starts_at, ends_at, state, expires_at)
select business_id, y.id(at, 'hold' || id), id, y.id(:first, 's' || b || '.1'),
	y.id(:first, 't' || b || '.' || 1 + n / 4 % 3),
	:first::timestamptz + make_interval(days => d + 3, hours => 13 + n / 12),
	:first::timestamptz + make_interval(days => d + 3, hours => 14 + n / 12),
	'booked', at from y.calls where n % 4 = 0;
insert into appointments (business_id, id, hold_id, lead_id, call_id,
	service_id, technician_id, starts_at, ends_at, name, created_at)
select c.business_id, y.id(at, 'visit' || c.id), h.id, lead_id, c.id,
	h.service_id, h.technician_id, h.starts_at, h.ends_at, 'Caller', at
  from y.calls c join holds h on h.business_id = c.business_id
	and h.id = y.id(at, 'hold' || c.id);
insert into outbox (business_id, id, kind, key, number, payload, state, due_at,
	expires_at, provider_id, created_at, done_at)
select business_id, y.id(at, 'out' || id), 'sms', 'text:' || id, phone, '{}',
	case when n = 1 and d % 4 = 0 then 'dead' else 'sent' end, at,
	at + interval '1 day', 'SM' || md5(id::text), at, at from y.calls;
insert into messages (business_id, id, conversation_id, lead_id, call_id,
	outbox_id, direction, from_number, to_number, body, status, provider_id,
	created_at)
select business_id, y.id(at, 'msg' || id), y.id(:first, 'c' || lead_id),
	lead_id, id, y.id(at, 'out' || id), 'out', '+1415' || (5000000 + b),
	phone, 'Thank you for calling.', 'delivered', 'SM' || md5(id::text), at
  from y.calls;
-- What the machinery remembers of each call.
insert into webhook_plans (business_id, call_id, route, step, plan, at)
select business_id, id, k, 'ringing', '{"verbs": []}', at
  from y.calls, unnest(array['voice', 'dial']) k;
insert into carrier_callbacks (business_id, id, route, sid, step, form,
	applied, at)
select business_id, y.id(at, 'cb' || id || k), 'status', 'CA' || md5(id::text),
	k, '{}', true, at
  from y.calls, unnest(array['ringing', 'completed']) k;
insert into tool_results (business_id, call_id, stream, key, name, args,
	result, at)
select business_id, id, 1, '1:' || k, k, '{}', '{"ok": true}', at
  from y.calls, unnest(array['find_slots', 'hold']) k;
insert into stream_tokens (nonce, business_id, call_id, stream_sid, used_at)
	select md5(id::text), business_id, id, 'MZ' || md5(id::text), at
	  from y.calls;
insert into consents (business_id, id, lead_id, call_id, number, channel,
	granted, source, words, at)
select business_id, y.id(at, 'yes' || id), lead_id, id, phone, 'sms', true,
	'call', 'yes', at from y.calls where n % 2 = 0;
insert into transfers (business_id, id, call_id, stream, phone, state,
	created_at)
select business_id, y.id(at, 'tr' || id), id, 1, '+1510' || (5000000 + b),
	'failed', at from y.calls where n % 4 = 1;
insert into dispatches (business_id, id, call_id, lead_id, kind, phone, state,
	created_at)
select business_id, y.id(at, 'di' || id), id, lead_id, 'no_heat', phone,
	'failed', at from y.calls where n % 4 = 2;
insert into dispatch_attempts (business_id, id, dispatch_id, technician_id,
	phone, state, asked_at)
select business_id, y.id(at, 'da' || id || k), y.id(at, 'di' || id),
	y.id(:first, 't' || b || '.' || k),
	'+1617' || lpad((b * 10 + k)::text, 7, '0'), 'unanswered', at
  from y.calls, generate_series(1, 2) k where n % 4 = 2;
insert into opt_outs (business_id, number, source)
	select business_id, phone, 'sms' from y.leads where n % 2 = 0;
insert into number_facts (business_id, number, landline)
	select business_id, phone, n % 10 = 1 from y.leads where n % 2 = 1;
insert into events (business_id, id, at, seq, type, data)
select business_id, y.id(at, 'ev' || id || k), at, row_number() over
	(partition by business_id order by at, id, k), 'call',
	jsonb_build_object('id', id) from y.calls, generate_series(1, 3) k;
insert into event_counters (business_id, last)
	select business_id, max(seq) from events group by 1;
insert into audit_log (business_id, id, at, actor, action)
	select business_id, y.id(at, 'au' || id), at, 'owner', 'looked'
	  from y.calls where n = 1;
analyze;
