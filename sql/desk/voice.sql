-- The carrier asks what to do with a call: voice, dial and after.

-- A new call. ring_first rings the owner; already_missed was on the owner's
-- phone before, so the assistant answers at once.
create or replace function desk.voice(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	n record;
	step text := coalesce(form ->> 'CallStatus', '');
	plan jsonb;
	other bool;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', '[{"verb": "reject", "reason": "rejected"}]'::jsonb,
			'reason', 'unknown_number');
	end if;
	plan := lib.plan_again(c, 'voice', step);
	if plan is not null then
		return plan;
	end if;
	if (select s.final from call_steps s where s.step = c.status) then
		return lib.plan_keep(c, 'voice', step,
			lib.plan(c, lib.hangup_verbs(), 'over'));
	end if;
	select * into n from desk.number_find(c.number);
	-- The same caller is on the line already: their first call still rings
	-- at the owner's, whose phone sends it back to us.
	other := exists (select from calls o
		where o.business_id = c.business_id and o.caller = c.caller
		  and o.id <> c.id and o.status = 'ringing'
		  and o.started_at > now() - make_interval(secs => n.ring_s + 5));
	if other and c.forwarded_from in (n.owner_number, c.number) then
		perform lib.call_step(c.business_id, c.id, 'refused');
		plan := lib.plan(c, '[{"verb": "reject", "reason": "busy"}]', 'loop');
	elsif n.mode = 'ring_first' and n.owner_number is not null and not other
			and c.forwarded_from is distinct from n.owner_number
			and c.caller is distinct from n.owner_number then
		perform lib.call_step(c.business_id, c.id, 'ringing');
		plan := lib.plan(c, jsonb_build_array(jsonb_strip_nulls(
			jsonb_build_object('verb', 'dial', 'number', n.owner_number,
				'timeout', n.ring_s, 'path', '/twilio/dial',
				'caller_id', case when c.caller is null
					then c.number end))));
	else
		perform lib.call_step(c.business_id, c.id, 'connecting');
		plan := lib.plan(c, lib.connect_verbs());
	end if;
	return lib.plan_keep(c, 'voice', step, plan);
end $$;

-- The owner's phone has rung. Whoever waits is ours unless somebody took it.
create or replace function desk.dial(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	dialled text := coalesce(form ->> 'DialCallStatus', '');
	waiting bool := coalesce(form ->> 'CallStatus', 'in-progress')
		in ('queued', 'ringing', 'in-progress');
	step text := dialled || '/' || coalesce(form ->> 'CallStatus', '');
	plan jsonb;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', lib.hangup_verbs(), 'reason', 'unknown_number');
	end if;
	plan := lib.plan_again(c, 'dial', step);
	if plan is not null then
		return plan;
	end if;
	if form ? 'DialCallSid' then
		insert into legs (business_id, call_id, kind, carrier_sid, status,
			ended_at)
		values (c.business_id, c.id, 'owner', form ->> 'DialCallSid',
			dialled, now())
		on conflict (business_id, call_id, kind, carrier_sid)
			do update set status = excluded.status;
	end if;
	if dialled in ('completed', 'answered') then
		perform lib.call_step(c.business_id, c.id, 'answered');
		plan := lib.plan(c, lib.hangup_verbs(), 'answered');
	elsif not waiting then
		perform lib.call_step(c.business_id, c.id, 'missed');
		plan := lib.plan(c, lib.hangup_verbs(), 'caller_gone');
	elsif (select s.final from call_steps s where s.step = c.status) then
		plan := lib.plan(c, lib.hangup_verbs(), 'over');
	else
		perform lib.call_step(c.business_id, c.id, 'connecting');
		plan := lib.plan(c, lib.connect_verbs());
	end if;
	return lib.plan_keep(c, 'dial', step, plan);
end $$;

-- The stream is over, or never was. A call that ended is hung up; one that
-- lost its stream gets another, twice; then we say so and leave a task.
-- The same question with no stream in between may be the carrier's repetition
-- or a second failure to connect: it gets the same plan once more, not twice.
create or replace function desk.after(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	waiting bool := coalesce(form ->> 'CallStatus', 'in-progress')
		in ('queued', 'ringing', 'in-progress');
	at_step text;
	plan jsonb;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', lib.hangup_verbs(), 'reason', 'unknown_number');
	end if;
	if not waiting then
		perform lib.call_step(c.business_id, c.id,
			case when c.streams > 0 then 'ended' else 'missed' end);
		return lib.plan(c, lib.hangup_verbs(), 'caller_gone');
	end if;
	if c.status = 'failed' then
		return lib.plan_again(c, 'after', 'sorry');
	end if;
	if (select s.final from call_steps s where s.step = c.status) then
		return lib.plan(c, lib.hangup_verbs(), 'over');
	end if;
	at_step := c.streams || '/' || coalesce(form ->> 'CallStatus', '');
	plan := lib.plan_again(c, 'after', at_step, 2);
	if plan is not null then
		return plan;
	end if;
	if c.streams <= 2 and not exists (select from webhook_plans p
			where p.business_id = c.business_id and p.call_id = c.id
			  and p.route = 'after' and p.step = at_step) then
		return lib.plan_keep(c, 'after', at_step,
			lib.plan(c, lib.connect_verbs(), 'stream_lost'));
	end if;
	perform lib.call_back_task(c, null,
		'The connection to the assistant was lost. Please call back.');
	perform lib.call_step(c.business_id, c.id, 'failed');
	return lib.plan_keep(c, 'after', 'sorry', lib.plan(c, jsonb_build_array(
		jsonb_build_object('verb', 'say', 'lang', 'en-US', 'text',
			'I am sorry, we have a technical problem. I have left a note '
			'for the team that you called. Goodbye.'),
		jsonb_build_object('verb', 'hangup')), 'gave_up'));
end $$;
