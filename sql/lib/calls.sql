-- The call row behind webhooks, streams and tools.

-- When that happened which we are told now; null: it happens now.
create or replace function lib.late_at() returns timestamptz
language sql stable as $$
	select nullif(current_setting('nightbell.at', true), '')::timestamptz
$$;

create or replace function lib.told_at() returns timestamptz
language sql stable as $$ select coalesce(lib.late_at(), now()) $$;

-- Moves a call on. False: it is there already or beyond, so this came late.
create or replace function lib.call_step(business uuid, call uuid, step text)
returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	update calls c
	   set status = step,
	       answered_at = case when step in ('live', 'answered')
			then coalesce(c.answered_at, lib.told_at()) else c.answered_at end,
	       ended_at = case when s.final then coalesce(c.ended_at, lib.told_at())
			else c.ended_at end
	  from call_steps s, call_steps was
	 where c.business_id = business and c.id = call
	   and s.step = call_step.step and was.step = c.status
	   and s.rank > was.rank;
	return found;
end $$;

-- The call, locked until the end of the transaction.
create or replace function lib.call_lock(business uuid, call uuid)
returns nightbell.calls
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls;
begin
	perform lib.enter(business);
	select * into c from calls x
	 where x.business_id = business and x.id = call for no key update;
	if not found then
		raise 'no such call' using errcode = 'no_data_found';
	end if;
	return c;
end $$;

-- The call of a webhook's form, made when it is new, locked. All null: we do
-- not know the number that was called. Its id is the gateway's (nb_call), for
-- it may have begun without us.
create or replace function lib.call_open(form jsonb) returns nightbell.calls
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	sid text := coalesce(form ->> 'ParentCallSid', form ->> 'CallSid');
	business uuid;
	call uuid;
	lead uuid;
	caller e164 := lib.caller_number(form ->> 'From');
begin
	if sid is null then
		raise 'CallSid is missing' using errcode = 'invalid_parameter_value';
	end if;
	select f.business, f.call into business, call from desk.call_find(sid) f;
	if call is null then
		select f.business into business
		  from desk.number_find(form ->> 'To') f;
		if business is null then
			return null;
		end if;
		perform lib.enter(business);
		lead := lib.lead_of(business, caller);
		insert into calls (business_id, id, carrier_sid, number, caller,
			forwarded_from, lead_id, conversation_id, started_at)
		values (business, coalesce((form ->> 'nb_call')::uuid, uuid_v7()),
			sid, form ->> 'To', caller,
			form ->> 'ForwardedFrom', lead,
			case when lead is not null then
				lib.conversation_of(business, lead) end,
			lib.told_at())
		on conflict (business_id, carrier, carrier_sid) do nothing;
		select c.id into strict call from calls c
		 where c.business_id = business and c.carrier_sid = sid;
		insert into legs (business_id, call_id, kind, carrier_sid, started_at)
			values (business, call, 'caller', sid, lib.told_at())
			on conflict do nothing;
	end if;
	return lib.call_lock(business, call);
end $$;

create or replace function lib.plan(c nightbell.calls, verbs jsonb,
	reason text default null) returns jsonb
language sql immutable as $$
	select jsonb_strip_nulls(jsonb_build_object('reason', reason))
		|| jsonb_build_object('call', c.id, 'business', c.business_id,
			'verbs', verbs)
$$;

-- Recorded. The business's bell is rung: something may wait in the outbox.
create or replace function lib.done(business uuid) returns jsonb
language sql immutable as $$
	select jsonb_build_object('ok', true, 'business', business)
$$;

-- The assistant takes the call; when the stream is over the carrier asks.
create or replace function lib.connect_verbs() returns jsonb
language sql immutable as $$
	select '[{"verb": "connect"},
		 {"verb": "redirect", "path": "/twilio/after"}]'::jsonb
$$;

create or replace function lib.hangup_verbs() returns jsonb
language sql immutable as $$ select '[{"verb": "hangup"}]'::jsonb $$;

-- What this webhook was told before; null when it asks for the first time.
create or replace function lib.plan_again(c nightbell.calls, route text,
	step text, max_uses int default null) returns jsonb
language sql set search_path = nightbell, pg_temp as $$
	update webhook_plans p set uses = p.uses + 1
	 where p.business_id = c.business_id and p.call_id = c.id
	   and p.route = $2 and p.step = $3
	   and (max_uses is null or p.uses < max_uses)
	returning p.plan
$$;

create or replace function lib.plan_keep(c nightbell.calls, route text,
	step text, plan jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
begin
	insert into webhook_plans as p (business_id, call_id, route, step, plan)
		values (c.business_id, c.id, $2, $3, $4)
		on conflict (business_id, call_id, route, step)
			do update set plan = excluded.plan;
	return $4;
end $$;

create or replace function lib.callback_keep(business uuid, route text,
	sid text, step text, form jsonb, applied bool) returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into carrier_callbacks (business_id, route, sid, step, form, applied)
		values ($1, $2, coalesce($3, ''), coalesce($4, ''), $5, $6)
$$;

-- Something that the owner should ring back about; once per call and text.
create or replace function lib.call_back_task(c nightbell.calls, name text,
	words text) returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	task uuid;
begin
	select t.id into task from tasks t
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.text = left(words, 4000);
	if not found then
		insert into tasks (business_id, kind, lead_id, call_id, name, text)
		values (c.business_id, 'call_back', c.lead_id, c.id,
			lib.clean_name($2), left(words, 4000))
		returning id into task;
	end if;
	return task;
end $$;
