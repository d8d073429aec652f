-- What a desk asks for every minute. One at a time: the others are told that
-- it did not run. What it takes away it takes in small helpings.
set local role nightbell_definer;

-- Security definer: which businesses there are, and how long each keeps what
-- was said.
create or replace function desk.businesses_keep()
returns table (business uuid, keep_days int)
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select b.id, b.keep_days from businesses b
$$;
grant execute on function desk.businesses_keep to nightbell_owner;

set local role nightbell_owner;

-- Partitions of a table that end before a day, by the day in their names.
create or replace function lib.partitions_before(tbl regclass, day date)
returns setof regclass
language sql stable set search_path = nightbell, pg_temp as $$
	select p.oid::regclass from (
		select c.oid, regexp_match(c.relname,
			'_(\d{4})_(\d\d)(?:_(\d\d))?$') as ymd
		  from pg_inherits i join pg_class c on c.oid = i.inhrelid
		 where i.inhparent = tbl) p
	 where case when p.ymd[3] is null
		then make_date(p.ymd[1]::int, p.ymd[2]::int, 1)
			+ interval '1 month' <= day
		else make_date(p.ymd[1]::int, p.ymd[2]::int, p.ymd[3]::int) < day
		end
	 order by 1
$$;

-- Security definer, of the tables' owner: makes partitions ahead, drops those
-- that nobody has to keep. Its limits come from tables only. A table that is
-- busy is left for the next time, so that no call waits behind us.
create or replace function desk.partitions_keep() returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp
set timezone = 'UTC' set lock_timeout = '500ms' as $$
declare
	made int := make_partitions();
	dropped int := 0;
	keep_days int := (select max(k.keep_days) from desk.businesses_keep() k);
	r retention;
	part regclass;
begin
	select * into strict r from retention;
	for part in
		select lib.partitions_before('events', current_date - r.events_days)
		union all select lib.partitions_before('audit_log',
			current_date - r.audit_days)
		union all select lib.partitions_before('transcript_segments',
			current_date - keep_days) loop
		execute format('drop table %s', part);
		dropped := dropped + 1;
	end loop;
	return jsonb_build_object('made', made, 'dropped', dropped);
end $$;

-- Security definer, of the tables' owner (row level security shows it this
-- business only): no login may delete. How many rows went.
create or replace function desk.tidy(business uuid) returns int
language plpgsql security definer set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	n int := 0;
	k int;
	t record;
	keep_days int;
begin
	perform lib.enter(business);
	for t in values
		('webhook_plans', 'at', 7), ('stream_tokens', 'used_at', 1),
		('tool_results', 'at', 30), ('carrier_callbacks', 'at', 90) loop
		execute format('delete from %1$I where ctid = any (array(
			select ctid from %1$I where business_id = $1
			   and %2$I < now() - make_interval(days => $2)
			 limit 2000))', t.column1, t.column2)
			using business, t.column3;
		get diagnostics k = row_count;
		n := n + k;
	end loop;
	select b.keep_days into keep_days from businesses b where b.id = business;
	delete from transcript_segments s using (
		select c.id, c.started_at from calls c
		 where c.business_id = business
		   and c.started_at < now() - make_interval(days => keep_days)
		   and exists (select from transcript_segments x
			where x.business_id = business and x.call_id = c.id
			  and x.call_started_at = c.started_at)
		 limit 100) old
	 where s.business_id = business and s.call_id = old.id
	   and s.call_started_at = old.started_at;
	get diagnostics k = row_count;
	return n + k;
end $$;

-- Time that was held in a call and not booked. A caller who is still there may
-- book it a little late.
create or replace function lib.holds_expire(business uuid) returns int
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	n int;
begin
	perform lib.enter(business);
	update holds set state = 'expired'
	 where business_id = business and state = 'held'
	   and expires_at < now() - interval '1 hour';
	get diagnostics n = row_count;
	return n;
end $$;

-- One business that has a problem must not keep the others waiting.
create or replace function desk.housekeeping() returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	done jsonb := '{"made": 0, "dropped": 0}';
	closed int := 0;
	expired int := 0;
	removed int := 0;
	failed jsonb := '[]';
	changed jsonb := '[]';
	n int;
	b uuid;
begin
	if not pg_try_advisory_xact_lock(hashtextextended('housekeeping', 0)) then
		return '{"ran": false}';
	end if;
	begin
		done := desk.partitions_keep();
	exception when others then
		failed := failed || jsonb_build_array('partitions: ' || sqlstate);
	end;
	for b in select k.business from desk.businesses_keep() k order by 1 loop
		begin
			n := lib.calls_reap(b);
			closed := closed + n;
			expired := expired + lib.holds_expire(b);
			removed := removed + desk.tidy(b);
			if n > 0 then
				changed := changed || to_jsonb(b);
			end if;
		exception when others then
			failed := failed || jsonb_build_array(b || ': ' || sqlstate);
		end;
	end loop;
	return done || jsonb_build_object('ran', true, 'closed', closed,
		'expired', expired, 'removed', removed, 'failed', failed,
		'changed', changed);
end $$;
