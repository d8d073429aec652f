-- What dashboards follow, and what auditors read.
create table nightbell.event_counters (
	business_id uuid primary key references nightbell.businesses,
	last bigint not null
) with (fillfactor = 50);
select nightbell.protect('nightbell.event_counters');

-- seq is null only inside the transaction that writes the row.
create table nightbell.events (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	at timestamptz not null default now(),
	seq bigint,
	type text not null check (type in
		('call', 'segment', 'appointment', 'message', 'lead', 'task')),
	data jsonb not null,
	primary key (business_id, id, at)
) partition by range (at);
create index on nightbell.events (business_id, seq);
create table nightbell.events_default
	partition of nightbell.events default;
select nightbell.protect('nightbell.events');

-- Deferred: the counter's lock is taken at commit and held only until its
-- end. Whoever sees number n can see all numbers below it, and a transaction
-- that fails leaves no gap. Runs with the rights of the login.
create function nightbell.event_number() returns trigger
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n bigint;
begin
	perform set_config('nightbell.business', new.business_id::text, true);
	insert into event_counters as c (business_id, last)
		values (new.business_id, 1)
		on conflict (business_id) do update set last = c.last + 1
		returning last into n;
	update events set seq = n
	 where business_id = new.business_id and id = new.id and at = new.at;
	if not found then
		raise 'event % was not numbered', new.id;
	end if;
	return null;
end $$;
create constraint trigger number after insert on nightbell.events
	deferrable initially deferred
	for each row execute function nightbell.event_number();

-- A row that a dashboard shows tells of itself. TG_ARGV: type, function that
-- renders the row. An update that nobody would see is no event.
create function nightbell.event_of_row() returns trigger
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	was jsonb;
	is_now jsonb;
begin
	execute format('select lib.%I($1)', tg_argv[1]) into is_now using new;
	if tg_op = 'UPDATE' then
		execute format('select lib.%I($1)', tg_argv[1]) into was using old;
	end if;
	if was is distinct from is_now then
		insert into events (business_id, type, data)
			values (new.business_id, tg_argv[0], is_now);
	end if;
	return null;
end $$;
create trigger tell after insert or update on nightbell.calls for each row
	execute function nightbell.event_of_row('call', 'call_json');
create trigger tell after insert or update on nightbell.transcript_segments
	for each row
	execute function nightbell.event_of_row('segment', 'segment_json');
create trigger tell after insert or update on nightbell.appointments
	for each row
	execute function nightbell.event_of_row('appointment', 'appointment_json');
create trigger tell after insert or update on nightbell.messages for each row
	execute function nightbell.event_of_row('message', 'message_json');
create trigger tell after insert or update on nightbell.leads for each row
	execute function nightbell.event_of_row('lead', 'lead_json');
create trigger tell after insert or update on nightbell.tasks for each row
	execute function nightbell.event_of_row('task', 'task_json');

create table nightbell.audit_log (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	at timestamptz not null default now(),
	actor text not null,			-- user's id or the login role
	action text not null,
	detail jsonb not null default '{}',
	primary key (business_id, id, at)
) partition by range (at);
create table nightbell.audit_log_default
	partition of nightbell.audit_log default;
select nightbell.protect('nightbell.audit_log');
create policy sign_in on nightbell.audit_log for insert
	to nightbell_definer with check (true);

-- Makes the partition of tbl for [from_at, to_at); rows that had to wait in
-- the default partition move over.
create function nightbell.make_partition(tbl text, part text, col text,
	from_at timestamptz, to_at timestamptz) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if to_regclass('nightbell.' || quote_ident(part)) is not null then
		return false;
	end if;
	execute format('create table nightbell.%I
		(like nightbell.%I including defaults including constraints)', part, tbl);
	execute format('with late as (delete from nightbell.%I
			where %I >= $1 and %I < $2 returning *)
		insert into nightbell.%I select * from late',
		tbl || '_default', col, col, part) using from_at, to_at;
	execute format('alter table nightbell.%I attach partition nightbell.%I
		for values from (%L) to (%L)', tbl, part, from_at, to_at);
	return true;
end $$;

-- Months of transcripts and days of events and audit, from today (UTC) on.
create function nightbell.make_partitions(days int default 14) returns int
language plpgsql set search_path = nightbell, pg_temp
set timezone = 'UTC' as $$
declare
	d date;
	n int := 0;
begin
	for d in select generate_series(date_trunc('month', now()),
			now() + make_interval(days => days), '1 month')::date loop
		n := n + make_partition('transcript_segments',
			'transcript_segments_' || to_char(d, 'YYYY_MM'),
			'call_started_at', d, d + interval '1 month')::int;
	end loop;
	for d in select generate_series(current_date,
			current_date + days, '1 day')::date loop
		n := n + make_partition('events',
			'events_' || to_char(d, 'YYYY_MM_DD'),
			'at', d, d + 1)::int;
		n := n + make_partition('audit_log',
			'audit_log_' || to_char(d, 'YYYY_MM_DD'),
			'at', d, d + 1)::int;
	end loop;
	return n;
end $$;
