-- After a restore: numbers that nobody was ever told. What came after the
-- backup was told to readers and is lost, so each business's counter jumps to
-- the time in microseconds. It rises by one per event and so stays behind the
-- clock: the next restore, also of the same backup, jumps beyond all of them
-- again. Whoever brings a number of before reads its lists anew. Runs as
-- nightbell_definer, for all businesses.
create or replace function lib.events_anew() returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into event_counters as k (business_id, last, resume_from)
	select b.id, n.us, n.us
	  from businesses b, (select (extract(epoch from clock_timestamp())
		* 1000000)::bigint as us) n
	on conflict (business_id) do update
		set last = greatest(k.last + 1, excluded.last),
		    resume_from = greatest(k.last + 1, excluded.last)
$$;

-- The lowest number after which nothing is missing of what happened since.
create or replace function lib.events_resume_from(business uuid)
returns bigint
language sql stable set search_path = nightbell, pg_temp as $$
	select greatest(k.resume_from, coalesce((select e.seq - 1
		from events e where e.business_id = business and e.seq is not null
		order by e.seq limit 1), k.last))
	  from event_counters k where k.business_id = business
$$;
