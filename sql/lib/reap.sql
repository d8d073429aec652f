-- Calls that nobody will end: their worker died, and the carrier's last word
-- did not reach us.

-- When the call was last heard of.
create or replace function lib.call_last_sign(c nightbell.calls)
returns timestamptz
language sql stable set search_path = nightbell, pg_temp as $$
	select greatest(c.started_at, c.answered_at,
		(select max(greatest(l.started_at, l.accepted_at)) from legs l
		  where l.business_id = c.business_id and l.call_id = c.id),
		(select max(p.at) from webhook_plans p
		  where p.business_id = c.business_id and p.call_id = c.id),
		(select max(t.at) from tool_results t
		  where t.business_id = c.business_id and t.call_id = c.id),
		(select max(l.started_at + make_interval(secs => s.end_ms / 1000.0))
		   from transcript_segments s join legs l
			on l.business_id = s.business_id and l.call_id = s.call_id
			and l.kind = 'assistant' and l.stream = s.stream
		  where s.business_id = c.business_id and s.call_id = c.id
		    and s.call_started_at = c.started_at))
$$;

-- Two people may talk for hours, and we hear nothing of it (carriers cut a
-- call after four). The assistant says something at least every half minute.
create or replace function lib.call_patience(c nightbell.calls)
returns interval
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return case when lib.call_accepted(c)
			or (lib.transfer_open(c)).id is not null
		then interval '4 hours 15 minutes' else interval '15 minutes' end;
end $$;

-- Ends them as they would have ended. How many.
create or replace function lib.calls_reap(business uuid) returns int
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	c calls;
	sign timestamptz;
	n int := 0;
begin
	perform lib.enter(business);
	for c in select x.* from calls x
		  where x.business_id = business
		    and x.status in ('received', 'ringing', 'connecting', 'live')
		    and x.started_at < now() - interval '15 minutes'
		    and lib.call_last_sign(x) < now() - lib.call_patience(x)
		  order by x.started_at limit 50
		    for no key update of x skip locked loop
		sign := lib.call_last_sign(c);
		perform lib.transfer_done(c, false);
		update legs set ended_at = sign
		 where business_id = c.business_id and call_id = c.id
		   and ended_at is null;
		update calls set ended_at = coalesce(ended_at, sign),
			ended_by = case when c.streams > 0
				then coalesce(ended_by, 'lost') end
		 where business_id = c.business_id and id = c.id;
		perform lib.call_step(c.business_id, c.id,
			case when lib.call_accepted(c) then 'answered'
			when c.streams > 0 then 'ended' else 'missed' end);
		perform lib.call_over(c.business_id, c.id, true);
		n := n + 1;
	end loop;
	return n;
end $$;
