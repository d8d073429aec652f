-- What all tests use. Loaded once into the throw-away database, as superuser.
create extension if not exists pgtap with schema public;
create extension if not exists dblink with schema public;
create schema t;

-- Runs an expression with the rights of a login role.
create function t.run(role name, expr text) returns jsonb
language plpgsql as $$
declare
	v jsonb;
begin
	perform set_config('nightbell.business', '', true);
	execute format('set local role %I', role);
	execute 'select to_jsonb(' || expr || ')' into v;
	execute 'reset role';
	return v;
end $$;

-- desk.f(req) as the gateway.
create function t.desk(f text, req jsonb) returns jsonb
language sql as $$
	select t.run('nightbell_gateway', format('desk.%I(%L::jsonb)', f, req))
$$;

-- A connection of its own, as a login role.
create function t.connect(name text, role text) returns text
language sql as $$
	select dblink_connect(name, format(
		'host=%s port=%s dbname=%s user=%s application_name=%s',
		current_setting('unix_socket_directories'),
		current_setting('port'), current_database(), role, name))
$$;

-- One value of a query on such a connection.
create function t.on(name text, query text) returns text
language sql as $$
	select v from dblink(name, 'select (' || query || ')::text') q(v text)
$$;

-- Waits (by asking, with a limit) until a backend waits for a lock.
create function t.until_blocked(name text) returns bool
language plpgsql as $$
begin
	for i in 1 .. 1000 loop
		perform pg_stat_clear_snapshot();
		if exists (select from pg_stat_activity
				where application_name = name
				  and wait_event_type = 'Lock') then
			return true;
		end if;
		perform pg_sleep(0.005);
	end loop;
	return false;
end $$;

-- A business that is open Monday to Saturday, 8 to 18, in New York, with
-- one furnace service (90 min) and as many technicians as asked for. All its
-- ids end in the same two digits.
create function t.business(n int, technicians int default 2) returns uuid
language plpgsql set search_path = nightbell, public as $$
declare
	b uuid := t.id(n);
begin
	insert into businesses (id, name, timezone)
		values (b, 'Business ' || n, 'America/New_York');
	insert into phone_numbers (number, business_id, mode, owner_number, ring_s)
		values (t.number(n), b, 'ring_first', t.number(n, '9'), 10);
	insert into hours select b, dow, '08:00', '18:00'
		from generate_series(1, 6) dow;
	insert into services (business_id, id, name, words, duration_min, skill)
		values (b, t.id(n, 1), 'furnace repair', '{furnace}', 90, 'heating');
	for i in 1 .. technicians loop
		insert into technicians values (b, t.id(n, 20 + i), 'Tech ' || i);
		insert into technician_skills values (b, t.id(n, 20 + i), 'heating');
	end loop;
	insert into scripts (business_id, id, name, content)
		values (b, t.id(n, 3), 'main', '{"say": "hello"}');
	insert into assistants (business_id, name, voice, script_id)
		values (b, 'Robin', 'rms', t.id(n, 3));
	insert into users (id, email)
		values (t.id(n, 4), 'owner' || n || '@example.test');
	insert into memberships values (b, t.id(n, 4), 'owner');
	return b;
end $$;

create function t.id(n int, what int default 0) returns uuid
language sql immutable as $$
	select format('00000000-0000-7000-8000-0000%s%s',
		lpad(n::text, 4, '0'), lpad(what::text, 4, '0'))::uuid
$$;

-- What a number that ends like this was texted, and the tasks about it.
create function t.texts(n int, who text) returns text[]
language sql as $$
	select coalesce(array_agg(payload ->> 'body' order by id), '{}') from nightbell.outbox
	 where business_id = t.id(n) and kind = 'sms' and payload ->> 'to' = '+1415555' || who
$$;
create function t.tasks(n int, who text) returns text[]
language sql as $$
	select coalesce(array_agg(k.kind || case when k.urgent then '! ' else ' ' end || k.text order by k.id), '{}')
	  from nightbell.tasks k join nightbell.leads l on l.id = k.lead_id
	 where k.business_id = t.id(n) and l.phone = '+1415555' || who
$$;

create function t.number(n int, kind text default '0') returns text
language sql immutable as $$
	select '+1415555' || kind || lpad(n::text, 3, '0')
$$;

create function t.form(n int, sid text, more jsonb default '{}')
returns jsonb
language sql immutable as $$
	select jsonb_build_object('CallSid', sid, 'From', '+14155550123',
		'To', t.number(n), 'CallStatus', 'ringing') || more
$$;

-- A call that the assistant is talking on. Returns {"call", "business"}.
create function t.live_call(n int, sid text, more jsonb default '{}')
returns jsonb
language plpgsql as $$
declare
	plan jsonb := t.desk('voice', t.form(n, sid, more));
	call jsonb := jsonb_build_object('call', plan -> 'call',
		'business', plan -> 'business');
begin
	perform t.desk('dial', t.form(n, sid, '{"CallStatus": "in-progress",
		"DialCallStatus": "no-answer"}' || more));
	perform t.desk('stream_begin', call || jsonb_build_object(
		'nonce', 'nonce-of-' || sid, 'stream', 'MZ' || sid, 'node', 'n'));
	return call;
end $$;

create function t.tool(call jsonb, key text, name text, args jsonb)
returns jsonb
language sql as $$
	select t.desk('tool', call || jsonb_build_object('key', key,
		'name', name, 'args', args))
$$;

-- The next Monday that is at least a week away, as text with a time.
create function t.monday(at time) returns text
language sql stable as $$
	select to_char(date_trunc('week', now()) + interval '14 days' + at,
		'YYYY-MM-DD"T"HH24:MI')
$$;
