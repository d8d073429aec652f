-- The carrier asks what to do with a call: voice, whisper, dial and after.

-- The number that rings at this moment for another call of this caller, or
-- null: the last that we said about that call was "dial".
create or replace function lib.ringing_for(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select p.plan #>> '{verbs,0,number}'
	  from calls o
	  join call_steps s on s.step = o.status and not s.final
	  join lateral (select w.plan, w.at from webhook_plans w
		where w.business_id = o.business_id and w.call_id = o.id
		  and w.route in ('voice', 'dial', 'after')
		order by w.at desc, w.plan #>> '{verbs,0,verb}' = 'dial'
		limit 1) p on true
	 where o.business_id = c.business_id and o.caller = c.caller
	   and o.id <> c.id and o.started_at > now() - interval '4 hours'
	   and p.plan #>> '{verbs,0,verb}' = 'dial'
	   and p.at > now() - make_interval(secs =>
		(p.plan #>> '{verbs,0,timeout}')::int + 15)
	 limit 1
$$;

-- The phone that we ring has sent the call back to us: it forwards, or the
-- caller's number is our own, which only our own dial shows.
create or replace function lib.call_loops(c nightbell.calls, ringing text)
returns bool
language sql immutable as $$
	select c.caller is not distinct from c.number
	    or ringing is not null
		and c.forwarded_from in (ringing, c.number)
$$;

create or replace function lib.dial_verbs(c nightbell.calls, number text,
	ring_s int) returns jsonb
language sql immutable as $$
	select jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
		'verb', 'dial', 'number', number, 'timeout', ring_s,
		'path', '/twilio/dial', 'whisper', '/twilio/whisper',
		'caller_id', case when c.caller is null then c.number end)))
$$;

-- A new call. ring_first rings the owner; already_missed was on the owner's
-- phone before, so the assistant answers at once. The same caller again while
-- it rings: the owner's phone is not rung a second time. A caller whom the
-- business blocked hears a busy line; nb_plan is what a node did while we were
-- away, whatever is blocked by now.
create or replace function desk.voice(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	n record;
	step text := coalesce(form ->> 'CallStatus', '');
	plan jsonb;
	ringing text;
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
	ringing := lib.ringing_for(c);
	if lib.call_loops(c, ringing) then
		perform lib.call_step(c.business_id, c.id, 'refused');
		plan := lib.plan(c, '[{"verb": "reject", "reason": "busy"}]', 'loop');
	elsif coalesce(form ->> 'nb_plan' = 'blocked',
			lib.is_blocked(c.business_id, c.caller)) then
		perform lib.call_step(c.business_id, c.id, 'refused');
		plan := lib.plan(c, '[{"verb": "reject", "reason": "busy"}]',
			'blocked');
	elsif n.mode = 'ring_first' and n.owner_number is not null
			and ringing is null
			and c.forwarded_from is distinct from n.owner_number
			and c.caller is distinct from n.owner_number then
		perform lib.call_step(c.business_id, c.id, 'ringing');
		plan := lib.plan(c, lib.dial_verbs(c, n.owner_number, n.ring_s));
	else
		perform lib.call_step(c.business_id, c.id, 'connecting');
		plan := lib.plan(c, lib.connect_verbs());
	end if;
	return lib.plan_keep(c, 'voice', step, plan);
end $$;

-- Who picked up, and pressed 1? A voicemail picks up, too.
create or replace function lib.call_accepted(c nightbell.calls,
	leg text default null) returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select exists (select from legs l
		where l.business_id = c.business_id and l.call_id = c.id
		  and l.kind = 'owner' and l.accepted_at is not null
		  and (leg is null or l.carrier_sid = leg))
$$;

create or replace function lib.whisper_words(c nightbell.calls, lang text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case $2 when 'es'
		then format('Llamada para %s, de %s. Para contestar, pulse 1.',
			b.name, coalesce(l.name, lib.spoken_number(c.caller),
				'un número oculto'))
		else format('A call for %s, from %s. To take it, press 1.',
			b.name, coalesce(l.name, lib.spoken_number(c.caller),
				'a withheld number')) end
	  from businesses b
	  left join leads l on l.business_id = b.id and l.id = c.lead_id
	 where b.id = c.business_id
$$;

-- A phone that we rang was picked up. Only key 1 joins the two; no key, or
-- another, hangs up there and the caller goes on to the assistant.
create or replace function desk.whisper(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := case when form ? 'ParentCallSid' then lib.call_open(form) end;
	lang text;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', lib.hangup_verbs(), 'reason', 'unknown_call');
	end if;
	insert into legs (business_id, call_id, kind, carrier_sid, status)
	values (c.business_id, c.id, 'owner', form ->> 'CallSid', 'answered')
	on conflict (business_id, call_id, kind, carrier_sid) do nothing;
	select b.lang into lang from businesses b where b.id = c.business_id;
	if (select s.final from call_steps s where s.step = c.status) then
		return lib.plan(c, jsonb_build_array(jsonb_build_object(
			'verb', 'say', 'lang', lib.say_lang(lang), 'text', case lang
			when 'es' then 'La persona ya colgó.'
			else 'The caller has hung up.' end))
			|| lib.hangup_verbs(), 'caller_gone');
	elsif form ->> 'Digits' = '1' then
		update legs l set accepted_at = coalesce(l.accepted_at, now())
		 where l.business_id = c.business_id and l.call_id = c.id
		   and l.kind = 'owner' and l.carrier_sid = form ->> 'CallSid';
		return lib.plan(c, '[]', 'accepted');
	elsif coalesce(form ->> 'Digits', '') <> '' then
		return lib.plan(c, lib.hangup_verbs(), 'declined');
	end if;
	return lib.plan(c, jsonb_build_array(jsonb_build_object(
		'verb', 'gather', 'path', '/twilio/whisper', 'num_digits', 1,
		'timeout', 5, 'verbs', jsonb_build_array(jsonb_build_object(
			'verb', 'say', 'lang', lib.say_lang(lang),
			'text', lib.whisper_words(c, lang)))))
		|| lib.hangup_verbs());
end $$;

-- A phone has rung: the owner's, or of whoever the caller was put through to.
-- The caller who still waits is ours unless somebody took it.
create or replace function desk.dial(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	dialled text := coalesce(form ->> 'DialCallStatus', '');
	waiting bool := coalesce(form ->> 'CallStatus', 'in-progress')
		in ('queued', 'ringing', 'in-progress');
	step text := dialled || '/' || coalesce(form ->> 'CallStatus', '');
	taken bool;
	plan jsonb;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', lib.hangup_verbs(), 'reason', 'unknown_number');
	end if;
	-- One call may ring several phones, one after another.
	step := coalesce(form ->> 'DialCallSid', c.streams::text) || '/' || step;
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
			do update set status = excluded.status,
				ended_at = coalesce(legs.ended_at, now());
	end if;
	taken := lib.call_accepted(c, form ->> 'DialCallSid');
	perform lib.transfer_done(c, taken);
	if taken then
		perform lib.call_step(c.business_id, c.id, 'answered');
		plan := lib.plan(c, lib.hangup_verbs(), 'answered');
	elsif not waiting then
		perform lib.call_step(c.business_id, c.id,
			case when c.streams > 0 then 'ended' else 'missed' end);
		plan := lib.plan(c, lib.hangup_verbs(), 'caller_gone');
	elsif (select s.final from call_steps s where s.step = c.status) then
		plan := lib.plan(c, lib.hangup_verbs(), 'over');
	else
		perform lib.call_step(c.business_id, c.id, 'connecting');
		plan := lib.plan(c, lib.connect_verbs());
	end if;
	perform lib.call_over(c.business_id, c.id);
	return lib.plan_keep(c, 'dial', step, plan);
end $$;

-- The stream is over, or never was. A call that ended is hung up; one that is
-- to be put through rings a person; one that lost its stream gets another,
-- twice; then we say so and leave a task.
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
	again bool;
begin
	if c.id is null then
		return jsonb_build_object('call', null, 'business', null,
			'verbs', lib.hangup_verbs(), 'reason', 'unknown_number');
	end if;
	if not waiting then
		perform lib.transfer_done(c, false);
		perform lib.call_step(c.business_id, c.id,
			case when c.streams > 0 then 'ended' else 'missed' end);
		perform lib.call_over(c.business_id, c.id);
		return lib.plan(c, lib.hangup_verbs(), 'caller_gone');
	end if;
	if c.status = 'failed' then
		return lib.plan_again(c, 'after', 'sorry');
	end if;
	if (select s.final from call_steps s where s.step = c.status) then
		return lib.plan(c, lib.hangup_verbs(), 'over');
	end if;
	plan := lib.transfer_verbs(c);
	if plan is not null then
		return lib.plan_keep(c, 'after', c.streams || '/transfer',
			lib.plan(c, plan, 'transfer'));
	end if;
	at_step := c.streams || '/' || coalesce(form ->> 'CallStatus', '');
	plan := lib.plan_again(c, 'after', at_step, 2);
	if plan is not null then
		return plan;
	end if;
	again := exists (select from webhook_plans p
		where p.business_id = c.business_id and p.call_id = c.id
		  and p.route = 'after' and p.step = at_step);
	if lib.streams_lost(c) <= 2 and not again then
		return lib.plan_keep(c, 'after', at_step,
			lib.plan(c, lib.connect_verbs(), 'stream_lost'));
	end if;
	perform lib.call_back_task(c, null,
		'The connection to the assistant was lost. Please call back.');
	perform lib.call_step(c.business_id, c.id, 'failed');
	perform lib.call_over(c.business_id, c.id);
	return lib.plan_keep(c, 'after', 'sorry', lib.plan(c,
		lib.sorry_verbs(lib.lang_of(c.business_id, c.lead_id)), 'gave_up'));
end $$;

create or replace function lib.say_lang(lang text) returns text
language sql immutable as $$
	select case lang when 'es' then 'es-US' else 'en-US' end
$$;

create or replace function lib.sorry_verbs(lang text) returns jsonb
language sql immutable as $$
	select jsonb_build_array(jsonb_build_object('verb', 'say',
		'lang', lib.say_lang(lang), 'text', case lang
		when 'es' then 'Lo siento, tenemos un problema técnico. He dejado '
			'una nota para el equipo al que llamó. Adiós.'
		else 'I am sorry, we have a technical problem. I have left a note '
			'for the team that you called. Goodbye.' end))
		|| lib.hangup_verbs()
$$;
