-- The end of a call, whoever tells it first: the stream that closes, the
-- carrier's status, a dial that nobody took. Said again it changes nothing
-- that is done, and corrects what was known too early.

-- The worker has not yet told how the stream ended; it is about to, unless it
-- died.
create or replace function lib.stream_open(c nightbell.calls) returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select c.ended_by is null and exists (select from legs l
		where l.business_id = c.business_id and l.call_id = c.id
		  and l.kind = 'assistant' and l.stream = c.streams
		  and l.duration_ms is null)
$$;

-- In a while the relay looks at the call again, once per reason.
create or replace function lib.call_over_later(business uuid, call uuid,
	why text, wait interval) returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into outbox (business_id, kind, key, payload, due_at, expires_at)
	select $1, 'call_over', 'call_over:' || $2 || ':' || $3,
		jsonb_build_object('call', $2), now() + $4,
		now() + interval '1 day'
	 where $2 is not null	-- null: it was told by a text
	on conflict on constraint outbox_business_id_key_key do nothing
$$;

-- sure: the worker had its time.
create or replace function lib.call_over(business uuid, call uuid,
	sure bool default false) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_lock(business, call);
begin
	if c.status = 'refused' or not (select s.final from call_steps s
			where s.step = c.status) then
		return;
	end if;
	if not sure and lib.stream_open(c) then
		perform lib.call_over_later(business, call, c.streams::text,
			interval '4 seconds');
		return;
	end if;
	update calls x set mark = x.outcome
	 where x.business_id = c.business_id and x.id = c.id
	   and x.mark is null and x.outcome in
		('robocall', 'sales', 'wrong_number', 'abusive');
	c := lib.call_lock(business, call);
	if c.private then
		perform lib.private_texts(c);
	end if;
	if c.test then
		if c.streams > 0 then
			perform lib.summarise(c);
		end if;
		return;
	end if;
	if c.streams > 0 then
		perform lib.notify_summary(c, lib.summarise(c));
	end if;
	if c.status = 'answered' then
		perform lib.missed_text_cancel(c);
	elsif lib.call_missed(c) then
		perform lib.notify_missed(c, lib.missed_text(c));
	end if;
end $$;
