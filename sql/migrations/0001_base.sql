-- Schemas, words that all tables use, and the fence between businesses.
--   nightbell  tables            lib  what desk, api and admin share
--   desk       for the gateway   api  for the dashboard   admin  for operators
create schema lib;
create schema desk;
create schema api;
create schema admin;

-- Exclusion constraints over (business, technician, time).
create extension if not exists btree_gist with schema public;

-- Nobody may call a function that is not granted in grants.sql.
alter default privileges revoke execute on functions from public;
grant usage on schema nightbell, lib to nightbell_definer;
grant usage, create on schema desk, api to nightbell_definer;
set local role nightbell_definer;
alter default privileges revoke execute on functions from public;
set local role nightbell_owner;

create domain nightbell.e164 as text check (value ~ '^\+[1-9][0-9]{6,14}$');

-- Time-ordered ids (RFC 9562, method 3): 48 bits of milliseconds, 12 bits of
-- their fraction, the rest random. Ids of one connection are in order.
create function nightbell.uuid_v7() returns uuid
language sql volatile parallel safe as $$
	select encode(overlay(uuid_send(gen_random_uuid()) placing
		substring(int8send(floor(ms)::bigint) from 3)
		|| substring(int8send(28672 + floor((ms - floor(ms)) * 4096)::bigint)
			from 7) from 1 for 8), 'hex')::uuid
	from (select extract(epoch from clock_timestamp()) * 1000 as ms) t
$$;
grant execute on function nightbell.uuid_v7() to public;

-- Rows of a business are for whoever has said which business it is, in this
-- transaction (lib.enter). Forced, so that it binds the owner too.
create function nightbell.protect(tbl regclass, col name default 'business_id')
returns void language plpgsql as $$
begin
	execute format('alter table %s enable row level security', tbl);
	execute format('alter table %s force row level security', tbl);
	execute format('create policy tenant on %s
		to nightbell_owner, nightbell_migrate, nightbell_gateway,
		   nightbell_relay, nightbell_api
		using (%I = nullif(current_setting(''nightbell.business'', true), '''')::uuid)
		with check (%I = nullif(current_setting(''nightbell.business'', true), '''')::uuid)',
		tbl, col, col);
end $$;

-- Global tables: no business owns a row; only the roles named here see any.
create function nightbell.protect_global(tbl regclass, variadic roles name[])
returns void language plpgsql as $$
declare
	r name;
begin
	execute format('alter table %s enable row level security', tbl);
	execute format('alter table %s force row level security', tbl);
	foreach r in array roles loop
		execute format('create policy %I on %s to %I using (true)
			with check (true)', r, tbl, r);
	end loop;
end $$;

-- Steps of what has a status. A higher rank never goes back to a lower one.
create table nightbell.call_steps (
	step text primary key, rank int not null, final bool not null
);
insert into nightbell.call_steps values
	('received', 0, false),		-- the carrier asked what to do
	('ringing', 1, false),		-- the owner's phone rings
	('connecting', 2, false),	-- the carrier was told to open a stream
	('live', 3, false),		-- the assistant is on the line
	('answered', 9, true),		-- a human took it (may be told late)
	('missed', 8, true),		-- the caller left, as far as we know
	('refused', 9, true),		-- loop: we did not take it
	('ended', 9, true),		-- the assistant's call is over
	('failed', 9, true);		-- we lost the stream for good

create table nightbell.message_steps (
	step text primary key, rank int not null, final bool not null
);
insert into nightbell.message_steps values
	('queued', 0, false),
	('unconfirmed', 1, false),	-- may have been sent: never again by itself
	('sending', 2, false),		-- the carrier took it
	('sent', 3, false),
	('delivered', 9, true),
	('undelivered', 9, true),
	('failed', 9, true),
	('cancelled', 9, true),
	('received', 9, true);		-- inbound

create table nightbell.outbox_steps (step text primary key);
insert into nightbell.outbox_steps values
	('queued'), ('claimed'), ('unsure'), ('sent'), ('dead'), ('cancelled');

create table nightbell.hold_steps (step text primary key);
insert into nightbell.hold_steps values
	('held'), ('booked'), ('released'), ('expired');

create table nightbell.appointment_steps (step text primary key);
insert into nightbell.appointment_steps values
	('booked'), ('done'), ('cancelled');

create table nightbell.task_steps (step text primary key);
insert into nightbell.task_steps values ('open'), ('done');
