-- An emergency looks for a technician: in on-call order, each by text and by
-- telephone, the next one when the one before does not take it. The row of
-- dispatches is locked first, always, so that two answers at once meet there.

-- Whom to ask at this moment, in order.
create or replace function lib.on_call_now(business uuid, at timestamptz)
returns table (technician uuid, name text, phone text)
language sql stable set search_path = nightbell, pg_temp as $$
	select t.id, t.name, t.phone
	  from on_call o
	  join technicians t on t.business_id = o.business_id
		and t.id = o.technician_id
	 where o.business_id = business and t.active and t.phone is not null
	   and at >= o.starts_at and at < o.ends_at
	 group by t.id, t.name, t.phone
	 order by min(o.rank), t.id
$$;

create or replace function lib.dispatch_lock(business uuid, dispatch uuid)
returns nightbell.dispatches
language sql volatile set search_path = nightbell, pg_temp as $$
	select * from dispatches d
	 where d.business_id = business and d.id = dispatch for no key update
$$;

create or replace function lib.emergency_words(kind text) returns text
language sql immutable as $$
	select case kind when 'gas' then 'possible gas leak'
		when 'co' then 'possible carbon monoxide'
		when 'flood' then 'flooding' when 'no_heat' then 'no heat'
		else 'urgent' end
$$;

-- "4 1 5, 5 5 5, 0 1 2 3": a number as it is read aloud.
create or replace function lib.spoken_number(number text) returns text
language sql immutable as $$
	select btrim(regexp_replace(regexp_replace(right(number, 10),
		'^(...)(...)(....)$', '\1, \2, \3'), '(\d)', '\1 ', 'g'))
$$;

-- What it is about, for technicians and the owner.
create or replace function lib.dispatch_about(d nightbell.dispatches)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select concat_ws(' ', lib.emergency_words(d.kind) || '.',
		'Caller: ' || concat_ws(', ', d.name,
			coalesce(d.phone, 'number withheld')) || '.',
		'Address: ' || d.address || '.', 'They said: "' || d.words || '"')
$$;

-- The owner's task says how it stands.
create or replace function lib.dispatch_task(d nightbell.dispatches)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(concat_ws(' ', 'EMERGENCY:', lib.dispatch_about(d),
		(select string_agg(t.name || case a.state
				when 'acknowledged' then ' has taken it.'
				when 'declined' then ' said no.'
				when 'unanswered' then ' did not answer.'
				else ' is being asked.' end
			|| case when not a.texted then ' (Wants no texts: '
				|| 'was called only.)' else '' end,
			' ' order by a.asked_at, a.id)
		   from dispatch_attempts a join technicians t
			on t.business_id = a.business_id and t.id = a.technician_id
		  where a.business_id = d.business_id and a.dispatch_id = d.id),
		case when d.state = 'failed' then
			'NOBODY HAS TAKEN IT: please call back now.' end), 4000)
$$;

create or replace function lib.dispatch_told(d nightbell.dispatches)
returns void
language sql volatile set search_path = nightbell, pg_temp as $$
	update tasks t set text = lib.dispatch_task(d)
	 where t.business_id = d.business_id and t.id = d.task_id
	   and t.text is distinct from lib.dispatch_task(d)
$$;

-- Our number that the emergency came in on, by a call or by a text.
create or replace function lib.dispatch_ours(d nightbell.dispatches)
returns text
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return coalesce((select c.number::text from calls c
			where c.business_id = d.business_id
			  and c.id = d.call_id),
		lib.our_number(d.business_id, d.phone));
end $$;

-- A text to staff: no conversation, no consent to ask for; but a number that
-- said stop gets none. False: it said so.
create or replace function lib.staff_text(business uuid, from_number text,
	to_number text, words text, key text, good_for interval) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if lib.opted_out(business, to_number) then
		return false;
	end if;
	insert into outbox (business_id, kind, key, number, payload, expires_at)
	select business, 'sms', $5, to_number, jsonb_build_object(
			'from', from_number, 'to', to_number,
			'body', left(b.name || ': ' || words, 1600)),
		now() + good_for
	  from businesses b where b.id = business
	on conflict on constraint outbox_business_id_key_key do nothing;
	return true;
end $$;

-- The owner hears of each emergency and how it ended, unless they said not to.
create or replace function lib.dispatch_notice(d nightbell.dispatches,
	what text, words text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n record;
begin
	select o.ours, coalesce(b.notify_number, f.owner_number) as owner
	  into n
	  from businesses b
	  cross join lib.dispatch_ours(d) o(ours)
	  left join lateral desk.number_find(o.ours) f on true
	 where b.id = d.business_id
	   and coalesce((b.notify ->> 'emergency')::bool, true);
	if n.owner is not null then
		perform lib.staff_text(d.business_id, n.ours, n.owner, words,
			'notice:dispatch:' || d.id || ':' || what,
			interval '2 hours');
	end if;
end $$;

-- A new one: its task, the owner's notice, the first technician.
create or replace function lib.dispatch_begin(d nightbell.dispatches)
returns nightbell.dispatches
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	insert into tasks (business_id, kind, urgent, lead_id, call_id, name, text)
	values (d.business_id, 'emergency', true, d.lead_id, d.call_id, d.name,
		lib.dispatch_task(d))
	returning id into d.task_id;
	update dispatches x set task_id = d.task_id
	 where x.business_id = d.business_id and x.id = d.id;
	perform lib.dispatch_notice(d, 'new', 'EMERGENCY: '
		|| lib.dispatch_about(d));
	return lib.dispatch_go_on(d);
end $$;

-- Asks the next technician who was not asked yet. Null: there is none left.
create or replace function lib.dispatch_ask(d nightbell.dispatches)
returns nightbell.dispatch_attempts
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a dispatch_attempts;
	ours text := lib.dispatch_ours(d);
	wait_s int;
	n record;
begin
	select * into n from lib.on_call_now(d.business_id, now()) o
	 where not exists (select from dispatch_attempts x
		where x.business_id = d.business_id and x.dispatch_id = d.id
		  and x.technician_id = o.technician)
	 limit 1;
	if not found then
		return null;
	end if;
	select b.dispatch_wait_s into wait_s from businesses b
	 where b.id = d.business_id;
	insert into dispatch_attempts (business_id, dispatch_id, technician_id,
		phone)
	values (d.business_id, d.id, n.technician, n.phone)
	returning * into a;
	update dispatch_attempts x
	   set texted = lib.staff_text(d.business_id, ours, a.phone,
		'EMERGENCY: ' || lib.dispatch_about(d) || ' Reply 1 to take it, '
		|| '2 if you cannot.', 'dispatch-text:' || a.id,
		greatest(make_interval(secs => wait_s), interval '2 minutes'))
	 where x.business_id = a.business_id and x.id = a.id
	returning * into a;
	-- No number on the row: a stop ends texts, not a call for help.
	insert into outbox (business_id, kind, key, payload, due_at, expires_at)
	values (d.business_id, 'call', 'dispatch-call:' || a.id,
		jsonb_build_object('from', ours, 'to', a.phone, 'attempt', a.id,
			'url', '/twilio/dispatch/' || a.id,
			'status', '/twilio/dispatch-status/' || a.id,
			'timeout', least(greatest(wait_s / 4, 10), 30)),
		now(), now() + make_interval(secs => greatest(wait_s, 10))),
	       (d.business_id, 'dispatch_next', 'dispatch-next:' || a.id,
		jsonb_build_object('dispatch', d.id, 'attempt', a.id),
		now() + make_interval(secs => wait_s), now() + interval '1 day');
	return a;
end $$;

-- Nobody took it, nobody is left. The owner hears it, and the caller, who
-- gets no promise but the number that helps.
create or replace function lib.dispatch_fail(d nightbell.dispatches)
returns nightbell.dispatches
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update dispatches x set state = 'failed', done_at = now()
	 where x.business_id = d.business_id and x.id = d.id
	returning * into d;
	perform lib.dispatch_told(d);
	perform lib.dispatch_notice(d, 'failed', 'NOBODY HAS TAKEN IT: '
		|| lib.dispatch_about(d));
	perform lib.dispatch_caller_text(d, 'failed');
	perform lib.call_over_later(d.business_id, d.call_id, d.id || ' failed',
		interval '0');	-- its summary, if it is over
	return d;
end $$;

-- The caller learns how it stands, where texts are allowed.
create or replace function lib.dispatch_caller_text(d nightbell.dispatches,
	what text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	caller text := d.phone;	-- of one who wrote
	lead uuid := d.lead_id;
	words text;
	help text;
	who text;
	lang text := lib.lang_of(d.business_id, d.lead_id);
begin
	if d.call_id is not null then
		select x.caller, x.lead_id into caller, lead from calls x
		 where x.business_id = d.business_id and x.id = d.call_id;
	end if;
	-- Whoever wrote may be answered, whoever called was asked.
	if lib.text_impossible(d.business_id, caller) is not null
			or d.call_id is not null and lib.text_refused(
				d.business_id, caller) is not null then
		return;
	end if;
	select b.emergency_number into help from businesses b
	 where b.id = d.business_id;
	select lib.first_name(t.name) into who from technicians t
	 where t.business_id = d.business_id and t.id = d.technician_id;
	words := case when what = 'acknowledged' then case lang
		when 'es' then format('%s se encarga y le llamará.', who)
		else format('%s is on it and will call you.', who) end
	else case lang
		when 'es' then format('No hemos podido localizar a ningún técnico. '
			|| 'Si hay peligro, llame al %s. La oficina tiene su aviso.',
			help)
		else format('We could not reach a technician. If anybody is in '
			|| 'danger, call %s. The office has your message.', help)
		end end;
	perform lib.text_queue(d.business_id, lead, d.call_id,
		lib.dispatch_ours(d), caller, words, 'dispatch-' || what || ':' || d.id,
		interval '2 hours');
end $$;

-- This attempt came to nothing: the next one is asked, unless somebody else
-- is being asked already. Repeated or late, it changes nothing.
create or replace function lib.dispatch_pass(business uuid, attempt uuid,
	state text, why text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	d dispatches;
begin
	d := lib.dispatch_lock(business, (select x.dispatch_id
		from dispatch_attempts x
		where x.business_id = business and x.id = attempt));
	if d.id is null then
		return false;
	end if;
	update dispatch_attempts x
	   set state = dispatch_pass.state, why = dispatch_pass.why,
	       answered_at = now()
	 where x.business_id = business and x.id = attempt
	   and x.state = 'asked';
	if not found then
		return false;
	end if;
	perform lib.dispatch_go_on(d);
	return true;
end $$;

-- Nobody is being asked, nobody has it: asks the next one, or gives up.
create or replace function lib.dispatch_go_on(d nightbell.dispatches)
returns nightbell.dispatches
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a dispatch_attempts;
begin
	if d.state <> 'asked' or exists (select from dispatch_attempts x
			where x.business_id = d.business_id
			  and x.dispatch_id = d.id and x.state = 'asked') then
		perform lib.dispatch_told(d);
		return d;
	end if;
	a := lib.dispatch_ask(d);
	if a.id is null then
		return lib.dispatch_fail(d);
	end if;
	perform lib.dispatch_told(d);
	return d;
end $$;

-- Somebody says "I take it". {"got": bool, "by": first name of who has it}.
-- It counts as long as nobody has it, also when we had given up.
create or replace function lib.dispatch_take(business uuid, attempt uuid,
	by text) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	a dispatch_attempts;
	d dispatches;
	who text;
begin
	select * into a from dispatch_attempts x
	 where x.business_id = business and x.id = attempt;
	d := lib.dispatch_lock(business, a.dispatch_id);
	if d.state <> 'acknowledged' then
		update dispatch_attempts x set state = 'acknowledged',
			by = dispatch_take.by, why = null, answered_at = now()
		 where x.business_id = business and x.id = attempt;
		update dispatches x set state = 'acknowledged',
			technician_id = a.technician_id, done_at = now()
		 where x.business_id = business and x.id = d.id
		returning * into d;
		perform lib.dispatch_taken(d);
	end if;
	select lib.first_name(t.name) into who from technicians t
	 where t.business_id = business and t.id = d.technician_id;
	return jsonb_build_object('got', d.technician_id = a.technician_id,
		'by', who);
end $$;

-- Everybody who should know learns that somebody has it. What still waits to
-- go out to the others is dropped; rows in the relay's hands are left alone,
-- for the relay may be waiting for this dispatch.
create or replace function lib.dispatch_taken(d nightbell.dispatches)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a record;
	ours text := lib.dispatch_ours(d);
	who text;
begin
	select t.name into who from technicians t
	 where t.business_id = d.business_id and t.id = d.technician_id;
	for a in select * from dispatch_attempts x
		  where x.business_id = d.business_id and x.dispatch_id = d.id
		    and x.technician_id <> d.technician_id loop
		update outbox o set state = 'cancelled', done_at = now(),
			error = 'taken'
		 where o.business_id = d.business_id and o.id in (
			select y.id from outbox y
			 where y.business_id = d.business_id
			   and y.state = 'queued' and y.key in (
				'dispatch-text:' || a.id, 'dispatch-call:' || a.id)
			   for update skip locked);
		perform lib.staff_text(d.business_id, ours, a.phone,
			who || ' has taken it (' || lib.emergency_words(d.kind)
			|| '). You need not do anything.',
			'dispatch-taken:' || a.id, interval '1 hour');
	end loop;
	perform lib.dispatch_told(d);
	perform lib.dispatch_notice(d, 'taken', who || ' has taken it: '
		|| lib.emergency_words(d.kind));
	perform lib.dispatch_caller_text(d, 'acknowledged');
	perform lib.call_over_later(d.business_id, d.call_id, d.id || ' taken',
		interval '0');
end $$;

-- What a technician who was asked means: 'yes', 'no', or null.
create or replace function lib.dispatch_word(body text) returns text
language plpgsql immutable as $$
declare
	words text := lib.plain_words(body);
	filler text := ' (please|thanks|thank you|now|right now|sorry|boss|sir|gracias|ahora)';
	yes text := '(1|one|uno|yes|y|yep|yeah|yup|sure|ok|okay|k|si|claro|on it|im on it|i am on it|mine|got it|i got it|ive got it|i have it|'
		'(ill|i will|i can|i could|can) (take|get|do|go|handle) ?(it|this|that|this one|that one)?|i take it|take it|taking it|'
		'ill go|i go|going|im going|accept|accepted|on my way|im on my way|omw|on the way|heading (there|over|out)|'
		'voy|ya voy|yo voy|en camino|lo tomo|yo lo tomo|acepto)';
	no text := '(2|two|dos|no|n|nope|nah|pass|busy|im busy|i am busy|too busy|not available|im not available|unavailable|not me|'
		'(i )?(cant|cannot|can not|wont|will not|am not able to|unable to)( (take|do|make|get|go|come)( (it|this|that|this one))?)?( (today|tonight))?|'
		'someone else|ask (somebody|someone) else|no puedo|ocupado|estoy ocupado|paso)';
begin
	return case
	when words ~ ('^' || yes || '( ' || yes || '|' || filler || ')*$')
		then 'yes'
	when words ~ ('^(sorry |no |lo siento )*' || no || '( ' || no || '|'
		|| filler || ')*$') then 'no' end;
end $$;

-- A text from a technician: "1", "on my way" takes the emergency that they
-- were asked about last, "2", "can't" declines. False: it is about none, or
-- nobody knows what it says; while somebody is looked for, we say how.
create or replace function lib.dispatch_text(business uuid, sender text,
	body text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	word text := lib.dispatch_word(body);
	a record;
	r jsonb;
begin
	select x.*, lib.dispatch_ours(d) as ours, d.phone as caller,
		d.state as stands into a
	  from dispatch_attempts x
	  join dispatches d on d.business_id = x.business_id
		and d.id = x.dispatch_id
	 where x.business_id = business and x.phone = sender
	   and x.asked_at > now() - interval '12 hours'
	 order by d.state = 'asked' desc, x.id desc limit 1;
	if not found or word is null and a.stands <> 'asked' then
		return false;
	end if;
	if word is null then
		-- At most every ten minutes: two machines may be talking.
		perform lib.staff_text(business, a.ours, sender,
			'Reply 1 to take it or 2 to pass.', 'dispatch-how:'
			|| a.id || ':' || floor(extract(epoch from now()) / 600),
			interval '10 minutes');
		return false;
	end if;
	if word = 'no' then
		perform lib.dispatch_pass(business, a.id, 'declined', 'text');
	else
		r := lib.dispatch_take(business, a.id, 'text');
	end if;
	perform lib.staff_text(business, a.ours, sender, case
		when word = 'no' then 'All right, somebody else is asked.'
		when (r ->> 'got')::bool then 'It is yours. Please call back now: '
			|| coalesce(a.caller, 'the number was withheld') || '.'
		else (r ->> 'by') || ' has it already. Thank you.' end,
		'dispatch-reply:' || a.id || ':' || case when word = 'no'
			then 'no' else r ->> 'by' end, interval '1 hour');
	return true;
end $$;

-- The carrier's id of our call to them, once anything told us.
create or replace function lib.dispatch_call_sid(business uuid, attempt uuid)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select a.call_sid from dispatch_attempts a
	 where a.business_id = business and a.id = attempt
$$;

create or replace function lib.dispatch_wants_call(business uuid, attempt uuid)
returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select exists (select from dispatch_attempts a
		where a.business_id = business and a.id = attempt
		  and a.state = 'asked')
$$;

-- The relay has placed the call, or the carrier will not. A call that does
-- not come leaves the text; but nobody waits two minutes for that.
create or replace function lib.dispatch_called(business uuid, attempt uuid,
	placed bool, sid text, why text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	if placed then
		update dispatch_attempts a set call_sid = sid
		 where a.business_id = business and a.id = attempt
		   and a.call_sid is null;
	else
		perform lib.dispatch_pass(business, attempt, 'unanswered',
			coalesce(why, 'not_called'));
	end if;
end $$;
