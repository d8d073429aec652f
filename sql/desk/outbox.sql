-- What the relay asks. A row is leased for a minute. When the lease runs out,
-- or an attempt's end is not known, the text may be out: the row comes again
-- with "maybe_sent", and the relay looks at the carrier's list (since_ms is
-- when the row was made) before it sends. So nothing is sent twice.
set local role nightbell_definer;

-- Security definer: takes due rows of all businesses. state says what became
-- of a row: claimed, cancelled (the number said stop) or dead (too late, or
-- tried too often).
create or replace function desk.outbox_take(worker text, max_rows int)
returns table (business uuid, id uuid, kind text, attempt int, payload jsonb,
	made_at timestamptz, state text, maybe_sent bool)
language sql volatile security definer set search_path = nightbell, pg_temp as $$
	with due as (
		select o.business_id, o.id, o.state <> 'queued' as maybe_sent,
			case when not o.allow_opted_out and exists (
				select from opt_outs s
				where s.number = o.number and s.ended_at is null
				  and (s.business_id = o.business_id
					or s.business_id is null))
			then case when o.state = 'queued' then 'cancelled'
				else 'dead' end
			when o.expires_at <= now() or o.attempt >= 6 then 'dead'
			else 'claimed' end as verdict
		  from outbox o
		 where o.state in ('queued', 'unsure') and o.due_at <= now()
		    or o.state = 'claimed' and o.lease_until <= now()
		 order by o.due_at limit max_rows
		   for update skip locked
	)
	update outbox o
	   set state = due.verdict,
	       attempt = o.attempt + (due.verdict = 'claimed')::int,
	       worker = $1,
	       lease_until = case when due.verdict = 'claimed'
			then now() + interval '60 seconds' end,
	       done_at = case when due.verdict <> 'claimed' then now() end,
	       error = case due.verdict when 'cancelled' then 'opted_out'
			when 'dead' then case when due.maybe_sent
				then 'unconfirmed' else 'expired' end
			else o.error end
	  from due
	 where o.business_id = due.business_id and o.id = due.id
	returning o.business_id, o.id, o.kind, o.attempt, o.payload,
		o.created_at, o.state, due.maybe_sent
$$;

create or replace function desk.outbox_next() returns timestamptz
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select least(
		(select min(due_at) from outbox where state in ('queued', 'unsure')),
		(select min(lease_until) from outbox where state = 'claimed'))
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

-- What the carrier has on its list for others, so that none of these is taken
-- for the call that may have been made.
create or replace function lib.calls_known(business uuid, number text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(distinct sid), '[]') from (
		select o.provider_id from outbox o
		 where o.business_id = business and o.kind = 'call'
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

create or replace function desk.outbox_claim(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	o record;
	claimed jsonb := '[]';
begin
	for o in select * from desk.outbox_take(
			coalesce(req ->> 'worker', 'relay'),
			least(coalesce((req ->> 'limit')::int, 10), 100))
		  order by business loop	-- so that two relays never cross
		perform lib.enter(o.business);
		if o.state = 'claimed' then
			if o.kind = 'sms' or not lib.outbox_try_here(o.business,
					o.id, o.kind, o.payload, o.maybe_sent) then
				claimed := claimed || lib.outbox_json(o.business,
					o.id, o.maybe_sent);
			end if;
			continue;
		end if;
		perform lib.message_step(o.business, m.id,
			case when o.maybe_sent then 'unconfirmed'
				when o.state = 'cancelled' then 'cancelled'
				else 'failed' end,
			case when o.state = 'cancelled' then 'opted_out'
				when o.maybe_sent then 'unconfirmed'
				else 'expired' end)
		   from messages m
		  where m.business_id = o.business and m.outbox_id = o.id;
	end loop;
	return claimed;
end $$;

-- A claimed row as the relay gets it.
create or replace function lib.outbox_json(business uuid, id uuid,
	maybe_sent bool) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('id', o.id, 'business', o.business_id,
		'kind', o.kind, 'attempt', o.attempt, 'payload', o.payload,
		'maybe_sent', maybe_sent, 'since_ms',
		floor(extract(epoch from o.created_at) * 1000))
		|| case when o.kind = 'call' and maybe_sent
		then jsonb_build_object('known', lib.calls_known(business,
			o.payload ->> 'to')) else '{}' end
	  from outbox o where o.business_id = business and o.id = outbox_json.id
$$;

-- How an attempt ended. Six attempts, each waits four times longer.
create or replace function desk.outbox_done(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	o outbox;
	message uuid;
	new_state text;
	wait_s int;
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
	if o.state = 'sent' or o.state not in ('claimed', 'unsure')
			and not (req ->> 'ok')::bool then
		return jsonb_build_object('state', case o.state
			when 'sent' then 'sent' else 'dead' end);
	end if;
	if (req ->> 'ok')::bool then
		new_state := 'sent';
	elsif coalesce((req ->> 'permanent')::bool, false) or o.attempt >= 6
			or o.expires_at <= now() then
		new_state := 'dead';
	elsif coalesce((req ->> 'maybe_sent')::bool, false) then
		new_state := 'unsure';
	else
		new_state := 'queued';
	end if;
	wait_s := 5 * 4 ^ (greatest(o.attempt, 1) - 1);
	update outbox x
	   set state = new_state, lease_until = null, error = why,
	       provider_id = coalesce(req ->> 'provider_id', x.provider_id),
	       due_at = now() + make_interval(secs => wait_s),
	       done_at = case when new_state in ('sent', 'dead') then now() end
	 where x.business_id = business and x.id = o.id;
	if new_state = 'sent' then
		perform lib.message_sent(business, message, req ->> 'provider_id');
	elsif new_state = 'dead' then
		perform lib.message_step(business, message,
			case when coalesce((req ->> 'maybe_sent')::bool, false)
				then 'unconfirmed' else 'failed' end, why);
	elsif new_state = 'unsure' then
		perform lib.message_step(business, message, 'unconfirmed', why);
	end if;
	if req ->> 'code' = '21610' and o.number is not null then
		perform lib.opted_out_at_carrier(business, o.number);
	end if;
	perform lib.number_landline(business, o.number, req ->> 'code');
	if o.kind = 'call' and new_state in ('sent', 'dead') then
		perform lib.dispatch_called(business,
			(o.payload ->> 'attempt')::uuid, new_state = 'sent',
			req ->> 'provider_id', why);
	end if;
	return case when new_state in ('queued', 'unsure')
		then jsonb_build_object('state', 'retry', 'retry_s', wait_s)
		else jsonb_build_object('state', new_state) end;
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

create or replace function desk.outbox_wait() returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('due_in_ms', case when due is not null then
		greatest(0, ceil(extract(epoch from due - now()) * 1000)) end)
	  from desk.outbox_next() due
$$;
