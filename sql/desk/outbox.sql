-- What the relay asks. A row is leased for a minute or longer. When the lease
-- runs out, or an attempt's end is not known, the text may be out: the row
-- comes again with "maybe_sent", and the relay looks at the carrier's list (since_ms is
-- when the row was made) before it sends. So nothing is sent twice, as long
-- as the list shows a text within lag_s of its sending.
set local role nightbell_definer;

-- Security definer: takes due rows of a channel, of all businesses. state
-- says what became of a row: claimed, cancelled (the number said stop), held
-- (its sender has a problem) or dead (too late, or tried too often). anew:
-- only what this worker had in its hands before it died; nobody knows how far
-- it came, and the carrier's list may not show it yet, so: unsure, for later.
create or replace function desk.outbox_take(worker text, channel text,
	max_rows int, lag_s int, anew bool)
returns table (business uuid, id uuid, kind text, attempt int, payload jsonb,
	made_at timestamptz, state text, maybe_sent bool)
language sql volatile security definer set search_path = nightbell, pg_temp as $$
	with due as (
		select o.business_id, o.id, o.state <> 'queued' as maybe_sent,
			case when anew then 'unsure'
			when not o.allow_opted_out and exists (
				select from opt_outs s
				where s.number = o.number and s.ended_at is null
				  and (s.business_id = o.business_id
					or s.business_id is null))
			then case when o.state = 'queued' then 'cancelled'
				else 'dead' end
			when o.expires_at <= now() or o.attempt - o.spared >= 6
			then 'dead'
			when o.kind = 'sms' and o.state = 'queued' and exists (
				select from phone_numbers p
				where p.number = o.payload ->> 'from'
				  and p.business_id = o.business_id
				  and p.problem is not null) then 'held'
			else 'claimed' end as verdict
		  from outbox o
		   -- "or", not "case": each arm is a question to an index
		 where o.channel = $2 and (anew and o.state = 'claimed'
				and o.worker = $1
			or not anew and o.state in ('queued', 'unsure')
				and o.due_at <= now()
			or not anew and o.state = 'claimed'
				and o.lease_until <= now())
		 order by o.due_at limit max_rows
		   for update skip locked
	)
	update outbox o
	   set state = due.verdict,
	       attempt = o.attempt + (due.verdict = 'claimed')::int,
	       worker = $1,
	       lease_until = case when due.verdict = 'claimed' then now()
			+ make_interval(secs => greatest(60, lag_s + 45)) end,
	       due_at = case when anew then now()
			+ make_interval(secs => case $2 when 'sms' then lag_s
			else least(lag_s, 5) end) else o.due_at end,
	       done_at = case when due.verdict in ('cancelled', 'dead')
			then now() end,
	       maybe_sent = due.maybe_sent and due.verdict = 'dead',
	       error = case due.verdict when 'cancelled' then 'opted_out'
			when 'dead' then case when due.maybe_sent
				then 'unconfirmed' else 'expired' end
			else o.error end
	  from due
	 where o.business_id = due.business_id and o.id = due.id
	returning o.business_id, o.id, o.kind, o.attempt, o.payload,
		o.created_at, o.state, due.maybe_sent
$$;

-- When each channel next has something to do; null: nothing waits.
create or replace function desk.outbox_soon()
returns table (channel text, due timestamptz)
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select c, least(
		(select min(o.due_at) from outbox o
		  where o.channel = c and o.state in ('queued', 'unsure')),
		(select min(o.lease_until) from outbox o
		  where o.channel = c and o.state = 'claimed'))
	  from unnest(array['sms', 'call', 'email', 'timer']) c
$$;

set local role nightbell_owner;

-- A row that was taken and is not for the relay: done here, or dropped. True:
-- it was one of those.
create or replace function lib.outbox_here(business uuid, id uuid, kind text,
	payload jsonb, maybe_sent bool) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	attempt uuid := (payload ->> 'attempt')::uuid;
	call_sid text;
begin
	if kind in ('dispatch_next', 'call_over') then
		if kind = 'call_over' then	-- its worker had its time
			perform lib.call_over(business,
				(payload ->> 'call')::uuid, true);
		else
			perform lib.dispatch_pass(business, attempt,
				'unanswered', 'late');
		end if;
		update outbox o set state = 'sent', done_at = now(),
			lease_until = null
		 where o.business_id = business and o.id = outbox_here.id;
		return true;
	end if;
	if kind <> 'call' then
		return false;
	end if;
	-- The technician's phone was heard of already, or nobody needs it.
	call_sid := lib.dispatch_call_sid(business, attempt);
	if call_sid is null and lib.dispatch_wants_call(business, attempt) then
		return false;
	end if;
	update outbox o set done_at = now(), lease_until = null,
		state = case when call_sid is not null then 'sent'
			when maybe_sent then 'dead' else 'cancelled' end,
		provider_id = coalesce(call_sid, o.provider_id),
		error = case when call_sid is null then 'taken' end
	 where o.business_id = business and o.id = outbox_here.id;
	return true;
end $$;

-- What the carrier has on its list for other rows, so that none of these is
-- taken for the one that may have gone out.
create or replace function lib.sids_known(business uuid, number text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(distinct sid), '[]') from (
		select o.provider_id from outbox o
		 where o.business_id = business and o.provider_id is not null
		   and o.payload ->> 'to' = number
		   and o.created_at > now() - interval '1 day'
		union all
		select a.call_sid from dispatch_attempts a
		 where a.business_id = business and a.phone = number
		   and a.asked_at > now() - interval '1 day') k(sid)
	 where sid is not null
$$;

-- A timer whose work failed must not stop the texts behind it: it comes again.
create or replace function lib.outbox_try_here(business uuid, id uuid,
	kind text, payload jsonb, maybe_sent bool) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	return lib.outbox_here(business, id, kind, payload, maybe_sent);
exception when others then
	raise warning 'outbox row % (%): %', id, kind, sqlerrm;
	update outbox o set state = 'queued', lease_until = null,
		error = left(sqlerrm, 200), due_at = now() + interval '5 seconds'
	 where o.business_id = business and o.id = outbox_try_here.id;
	return true;
end $$;

-- A text to somebody whom, as we know by now, no text reaches: done here, a
-- task instead. Staff are texted nevertheless: 30006 may pass.
create or replace function lib.outbox_landline(business uuid, id uuid)
returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	message uuid;
begin
	select m.id into message from messages m
	  join number_facts f on f.business_id = m.business_id
		and f.number = m.to_number and f.landline
	 where m.business_id = business and m.outbox_id = id;
	if not found then
		return false;
	end if;
	update outbox o set state = 'dead', done_at = now(),
		lease_until = null, error = 'landline'
	 where o.business_id = business and o.id = outbox_landline.id;
	perform lib.message_step(business, message, 'failed', 'landline');
	perform lib.landline_task(business, message, 'landline');
	return true;
end $$;

-- {"worker", "limits": {"sms": 8, …}, "lag_s"} gives the rows to deliver.
-- "anew": true, once, by a worker that has just begun.
create or replace function desk.outbox_claim(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	o record;
	claimed jsonb := '[]';
	again bool := coalesce((req ->> 'anew')::bool, false);
	most jsonb := coalesce(req -> 'limits', jsonb_build_object(
		'sms', coalesce((req ->> 'limit')::int, 10), 'call', 4));
begin
	for o in select t.* from unnest(array['timer', 'call', 'sms', 'email']) c,
			lateral desk.outbox_take(
				coalesce(req ->> 'worker', 'relay'), c,
				case when again then 1000 when c = 'timer' then 20
				else least((most ->> c)::int, 100) end,
				least(coalesce((req ->> 'lag_s')::int, 0), 600),
				again) t
		 where again or c = 'timer' or (most ->> c)::int > 0
		 order by t.business loop	-- so that two relays never cross
		perform lib.enter(o.business);
		if o.state = 'claimed' then
			if o.kind in ('sms', 'email') and (o.kind = 'email'
					or o.maybe_sent
					or not lib.outbox_landline(o.business, o.id))
				or o.kind not in ('sms', 'email')
				and not lib.outbox_try_here(o.business, o.id,
					o.kind, o.payload, o.maybe_sent) then
				claimed := claimed || lib.outbox_json(o.business,
					o.id, o.maybe_sent);
			end if;
		elsif o.state <> 'held' then
			perform lib.message_step(o.business, m.id,
				case when o.maybe_sent then 'unconfirmed'
					when o.state = 'cancelled' then 'cancelled'
					else 'failed' end,
				case when o.state = 'cancelled' then 'opted_out'
					when o.maybe_sent then 'unconfirmed'
					else 'expired' end)
			   from messages m
			  where m.business_id = o.business
			    and m.outbox_id = o.id;
		end if;
	end loop;
	return claimed;
end $$;

-- A claimed row as the relay gets it.
create or replace function lib.outbox_json(business uuid, id uuid,
	maybe_sent bool) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('id', o.id, 'business', o.business_id,
		'kind', o.kind, 'attempt', o.attempt, 'payload', o.payload,
		'maybe_sent', outbox_json.maybe_sent, 'since_ms',
		floor(extract(epoch from o.created_at) * 1000))
		|| case when o.kind in ('call', 'sms')
			and outbox_json.maybe_sent
		then jsonb_build_object('known', lib.sids_known(business,
			o.payload ->> 'to')) else '{}' end
	  from outbox o where o.business_id = business and o.id = outbox_json.id
$$;

-- How long to wait before the next attempt, s, before chance makes it up to
-- half longer. What may have gone out waits until the list must show it.
create or replace function lib.outbox_wait_s(class text, attempt int,
	retry_after_s int, lag_s int) returns int
language sql immutable as $$
	select greatest(lag_s, least(case class
		when 'busy' then greatest(2 ^ n,
			least(coalesce(retry_after_s, 0), 600))
		when 'network' then least(2 * 3 ^ (n - 1), 300)
		when 'credentials' then least(10 * 2 ^ (n - 1), 300)
		else 5 * 4 ^ (n - 1) end, 3600))::int
	  from (select least(greatest(attempt, 1), 6) as n) x
$$;

-- The same with chance, and never beyond the middle of what is left of the
-- row's life, or whoever asks for a long wait would be its death. Not sooner
-- than in two seconds, and not before the list must show what may be out.
create or replace function lib.outbox_wait(wait_s int, lag_s int,
	expires_at timestamptz) returns interval
language sql volatile set search_path = nightbell, pg_temp as $$
	select greatest(least(make_interval(secs => wait_s * (1 + random() / 2)),
			(expires_at - now()) / 2),
		make_interval(secs => greatest(lag_s, 2)))
$$;

-- A call for help that comes twice is better than one that comes late, and of
-- mails there is no list.
create or replace function lib.outbox_lag_s(channel text, lag_s int)
returns int
language sql immutable as $$
	select case channel when 'sms' then lag_s else least(lag_s, 5) end
$$;

-- The carrier's id belongs to another row already: ours is still to be found.
create or replace function lib.outbox_sid_taken(business uuid, id uuid,
	sid text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if sid is null then
		return false;
	end if;
	perform pg_advisory_xact_lock(hashtextextended('sid' || sid, 0));
	return exists (select from outbox o
		where o.business_id = business and o.provider_id = sid
		  and o.id <> outbox_sid_taken.id);
end $$;

-- How an attempt ended: {"id", "business", "ok", "permanent", "maybe_sent",
-- "class": network|busy|server|credentials, "retry_after_s", "code", …}. Six
-- attempts; what was too busy, or our own password, is none of them.
create or replace function desk.outbox_done(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	o outbox;
	message uuid;
	new_state text;
	ok bool := (req ->> 'ok')::bool;
	unsure bool := coalesce((req ->> 'maybe_sent')::bool, false);
	spare int := (coalesce(req ->> 'class', '')
		in ('busy', 'credentials'))::int;
	wait_s int;
	lag_s int;	-- null: nothing may be out
	why text := left(coalesce(req ->> 'code', req ->> 'error',
		req ->> 'http'), 200);
begin
	perform lib.enter(business);
	select * into o from outbox x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid
	   for no key update;
	if not found then
		raise 'no such outbox row' using errcode = 'no_data_found';
	end if;
	select m.id into message from messages m
	 where m.business_id = business and m.outbox_id = o.id;
	if o.state = 'sent' or o.state not in ('claimed', 'unsure') and not ok then
		return jsonb_build_object('state', case o.state
			when 'sent' then 'sent' else 'dead' end);
	end if;
	if ok and lib.outbox_sid_taken(business, o.id, req ->> 'provider_id') then
		ok := false;
		unsure := true;
		why := 'sid_taken';
	end if;
	lag_s := case when unsure then lib.outbox_lag_s(o.channel,
		(req ->> 'lag_s')::int) end;
	wait_s := lib.outbox_wait_s(req ->> 'class', o.attempt,
		(req ->> 'retry_after_s')::int, lag_s);
	if ok then
		new_state := 'sent';
	elsif req ->> 'code' = '30034' and not unsure then
		new_state := 'held';
	elsif coalesce((req ->> 'permanent')::bool, false)
			or o.attempt - o.spared - spare >= 6
			or o.expires_at <= now() then
		new_state := 'dead';
	elsif unsure then
		new_state := 'unsure';
	else
		new_state := 'queued';
	end if;
	update outbox x
	   set state = new_state, lease_until = null, error = why,
	       spared = x.spared + spare,
	       maybe_sent = new_state = 'dead' and unsure,
	       provider_id = case when ok then coalesce(req ->> 'provider_id',
			x.provider_id) else x.provider_id end,
	       due_at = now() + lib.outbox_wait(wait_s, lag_s, x.expires_at),
	       done_at = case when new_state in ('sent', 'dead') then now() end
	 where x.business_id = business and x.id = o.id;
	if new_state = 'sent' then
		perform lib.message_sent(business, message, req ->> 'provider_id');
	elsif new_state = 'dead' then
		perform lib.message_step(business, message, case when unsure
			then 'unconfirmed' else 'failed' end, why);
	elsif new_state = 'unsure' then
		perform lib.message_step(business, message, 'unconfirmed', why);
	end if;
	if req ->> 'code' = '21610' and o.number is not null then
		perform lib.opted_out_at_carrier(business, o.number);
	end if;
	perform lib.number_problem(business, o.payload ->> 'from',
		req ->> 'code');
	perform lib.number_landline(business, o.number, req ->> 'code');
	perform lib.landline_task(business, message, req ->> 'code');
	if o.kind = 'call' and new_state in ('sent', 'dead') then
		perform lib.dispatch_called(business,
			(o.payload ->> 'attempt')::uuid, new_state = 'sent',
			req ->> 'provider_id', why);
	end if;
	return case when new_state in ('queued', 'unsure')
		then jsonb_build_object('state', 'retry', 'retry_s', wait_s)
		else jsonb_build_object('state', new_state) end;
end $$;

-- A dead letter is tried again, as new; one that may have gone out is looked
-- for first. Calls are not: their moment is over.
create or replace function lib.outbox_redrive(business uuid, id uuid)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	o outbox;
	why text;
begin
	select * into o from outbox x
	 where x.business_id = business and x.id = outbox_redrive.id
	   for no key update;
	if not found then
		raise 'no such outbox row' using errcode = 'no_data_found';
	end if;
	why := case when o.state <> 'dead' then 'it has not failed'
		when o.kind not in ('sms', 'email') then 'its moment is over'
		when o.kind = 'sms' then lib.text_impossible(business, o.number)
		end;
	if why is not null then
		raise 'cannot be sent again: %', why
			using errcode = 'restrict_violation';
	end if;
	update outbox x
	   set state = case when o.maybe_sent then 'unsure' else 'queued' end,
	       attempt = 0, spared = 0, maybe_sent = false, error = null,
	       due_at = now(), done_at = null, lease_until = null,
	       expires_at = now() + greatest(o.expires_at - o.created_at,
			interval '10 minutes')
	 where x.business_id = business and x.id = o.id;
	update messages m set status = case when o.maybe_sent
			then 'unconfirmed' else 'queued' end, error = null
	 where m.business_id = business and m.outbox_id = o.id;
end $$;

-- The carrier took it. Callbacks that were faster than this answer count now.
create or replace function lib.message_sent(business uuid, message uuid,
	sid text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	k record;
begin
	update messages m set provider_id = sid
	 where m.business_id = business and m.id = message
	   and m.provider_id is null;
	perform lib.message_step(business, message, 'sending');
	for k in select lib.message_word(x.step) as word,
			x.form ->> 'ErrorCode' as code
		   from carrier_callbacks x
		  where x.business_id = business and x.route = 'sms-status'
		    and x.sid = message_sent.sid order by x.id loop
		if k.word is not null then
			perform lib.message_step(business, message, k.word, k.code);
		end if;
	end loop;
end $$;

-- In how many ms each channel has something to do; below 0: it is late.
create or replace function desk.outbox_wait() returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	with n as (
		select channel, ceil(extract(epoch from due - now()) * 1000) as ms
		  from desk.outbox_soon())
	select jsonb_build_object('due_in_ms', greatest(min(ms), 0),
		'channels', jsonb_object_agg(channel, ms)) from n
$$;
