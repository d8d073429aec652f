-- An emergency is told by the assistant's tools; then our calls to technicians:
-- what they hear, which key they press, how it ended.

-- Sends for help. One emergency of a kind per call, however often it is said;
-- the owner's task and notice do not depend on anybody being on call. A test
-- call wakes nobody up, and says that nobody comes.
create or replace function lib.tool_dispatch(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	d dispatches;
	kind text := coalesce(args ->> 'kind', 'other');
	name text := lib.clean_name(args ->> 'name');
begin
	if c.test then
		return '{"ok": false, "error": "nobody"}';
	end if;
	if name is not null then
		c.lead_id := lib.lead_named(c, name);
	end if;
	insert into dispatches (business_id, call_id, lead_id, kind, words,
		name, phone, address)
	select c.business_id, c.id, c.lead_id, case when kind in ('gas', 'co',
			'flood', 'no_heat') then kind else 'other' end,
		case when not c.private
			then nullif(left(btrim(args ->> 'words'), 500), '') end,
		coalesce(name, (select l.name from leads l
			where l.business_id = c.business_id
			  and l.id = c.lead_id)),
		coalesce(lib.e164(args ->> 'phone'), c.caller),
		nullif(left(btrim(args ->> 'address'), 300), '')
	on conflict on constraint dispatches_business_id_call_id_kind_key
		do nothing
	returning * into d;
	if d.id is null then
		return lib.dispatch_again(c, kind, args);
	end if;
	d := lib.dispatch_begin(d);
	return lib.dispatch_answer(d);
end $$;

-- Said again, perhaps with an address or a name that was missing: whoever is
-- asked by telephone from now on hears it.
create or replace function lib.dispatch_again(c nightbell.calls, kind text,
	args jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	d dispatches;
begin
	update dispatches x
	   set name = coalesce(x.name, lib.clean_name(args ->> 'name')),
	       phone = coalesce(lib.e164(args ->> 'phone'), x.phone),
	       address = coalesce(nullif(left(btrim(args ->> 'address'), 300),
			''), x.address)
	 where x.business_id = c.business_id and x.call_id = c.id
	   and x.kind = case when $2 in ('gas', 'co', 'flood', 'no_heat')
		then $2 else 'other' end
	returning * into d;
	perform lib.dispatch_told(d);
	return lib.dispatch_answer(d);
end $$;

-- What the caller added to an emergency: kept, and told to whoever was asked
-- or has it. Said again it changes nothing.
create or replace function lib.tool_dispatch_note(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	d dispatches := lib.dispatch_lock(c.business_id, (select x.id
		from dispatches x
		where x.business_id = c.business_id and x.call_id = c.id
		  and x.id = (args ->> 'dispatch')::uuid));
	d2 dispatches;
	words text := nullif(btrim(args ->> 'words'), '');
	name text := lib.clean_name(args ->> 'name');
begin
	if d.id is null then
		return '{"ok": false, "error": "no_dispatch"}';
	end if;
	if name is not null then
		perform lib.lead_named(c, name);
	end if;
	update dispatches x
	   set name = coalesce(name, x.name),
	       address = coalesce(nullif(left(btrim(args ->> 'address'), 300),
			''), x.address),
	       words = case when c.private then null
			when words is null or strpos(x.words, words) > 0
				then x.words
			else left(concat_ws(' / ', x.words, words), 500) end
	 where x.business_id = d.business_id and x.id = d.id
	returning * into d2;
	if d2 is distinct from d then
		perform lib.dispatch_told(d2);
		perform lib.dispatch_more(d, d2);
	end if;
	return '{"ok": true}';
end $$;

-- The text about it: what is new, to each technician once.
create or replace function lib.dispatch_more(was nightbell.dispatches,
	d nightbell.dispatches) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	news text := concat_ws(' ',
		case when d.name is distinct from was.name
			then 'Caller: ' || d.name || '.' end,
		case when d.address is distinct from was.address
			then 'Address: ' || d.address || '.' end,
		case when d.words is distinct from was.words
			then 'They said: "' || d.words || '"' end);
begin
	perform lib.staff_text(d.business_id, lib.dispatch_ours(d), a.phone,
		'More about the emergency (' || lib.emergency_words(d.kind)
			|| '): ' || news,
		'dispatch-note:' || a.id || ':' || md5(news),
		interval '1 hour')
	   from dispatch_attempts a
	  where a.business_id = d.business_id and a.dispatch_id = d.id
	    and a.state in ('asked', 'acknowledged') and news <> '';
end $$;

-- How it stands, for the caller who waits.
create or replace function lib.dispatch_answer(d nightbell.dispatches)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('dispatch', d.id, 'state', d.state)
		|| case when t.id is null then '{}' else jsonb_build_object(
			'technician', lib.first_name(t.name)) end
		|| case d.state when 'failed'
			then '{"ok": false, "error": "nobody"}'::jsonb
			else '{"ok": true}' end
	  from (select) one
	  left join technicians t on t.business_id = d.business_id
		and t.id = coalesce(d.technician_id, (select a.technician_id
			from dispatch_attempts a
			where a.business_id = d.business_id
			  and a.dispatch_id = d.id and a.state = 'asked'
			order by a.id desc limit 1))
$$;

create or replace function lib.tool_dispatch_status(c nightbell.calls,
	args jsonb) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce((select lib.dispatch_answer(d) - 'error' || '{"ok": true}'
		from dispatches d
		where d.business_id = c.business_id and d.call_id = c.id
		  and d.id = (args ->> 'dispatch')::uuid),
		'{"ok": false, "error": "no_dispatch"}')
$$;

-- The attempt behind a webhook of such a call; it comes from our own number.
-- All null: we do not know it. Locks the dispatch first, as everywhere.
create or replace function lib.attempt_open(form jsonb)
returns nightbell.dispatch_attempts
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a dispatch_attempts;
	ours uuid;
begin
	select f.business into ours from desk.number_find(form ->> 'From') f;
	if ours is null then
		return null;
	end if;
	perform lib.enter(ours);
	perform lib.dispatch_lock(ours, (select x.dispatch_id
		from dispatch_attempts x
		where x.business_id = ours
		  and x.id = lib.told_id(form ->> 'id')));
	update dispatch_attempts x
	   set call_sid = coalesce(x.call_sid, form ->> 'CallSid')
	 where x.business_id = ours and x.id = lib.told_id(form ->> 'id')
	returning * into a;
	return a;
end $$;

create or replace function lib.say_verbs(words text) returns jsonb
language sql immutable as $$
	select jsonb_build_array(jsonb_build_object('verb', 'say',
		'lang', 'en-US', 'text', words)) || lib.hangup_verbs()
$$;

-- Read twice, each time with a pause for the key. A voicemail presses none.
create or replace function lib.dispatch_gather(a nightbell.dispatch_attempts,
	d nightbell.dispatches) returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
declare
	words text;
	ask jsonb;
begin
	select format('Emergency call of %s: %s. %s %s To take it, press 1. '
		|| 'If you cannot, press 2.', b.name, lib.emergency_words(d.kind),
		'Address: ' || d.address || '.', 'They said: ' || d.words || '.')
	  into words from businesses b where b.id = d.business_id;
	ask := jsonb_build_object('verb', 'gather',
		'path', '/twilio/dispatch/' || a.id, 'num_digits', 1,
		'timeout', 6, 'verbs', jsonb_build_array(jsonb_build_object(
			'verb', 'say', 'lang', 'en-US', 'text', words)));
	return jsonb_build_array(ask, ask) || lib.say_verbs(
		'I did not hear a key, so somebody else is asked. Goodbye.');
end $$;

-- What a technician hears who pressed 1: it is theirs, or whose it is.
create or replace function lib.dispatch_told_verbs(d nightbell.dispatches,
	r jsonb) returns jsonb
language sql immutable as $$
	select lib.say_verbs(case when (r ->> 'got')::bool
		then 'Thank you, it is yours. ' || case when d.phone is null
			then 'The caller withheld the number.'
			else 'Please call back now: '
				|| lib.spoken_number(d.phone) || '.' end || ' Goodbye.'
		else (r ->> 'by') || ' has it already. Thank you. Goodbye.' end)
$$;

create or replace function desk.dispatch_call(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a dispatch_attempts := lib.attempt_open(form);
	d dispatches;
	key text := coalesce(form ->> 'Digits', '');
	verbs jsonb;
begin
	if a.id is null then
		return jsonb_build_object('call', null, 'business', null, 'verbs',
			lib.hangup_verbs(), 'reason', 'unknown_dispatch');
	end if;
	select * into d from dispatches x
	 where x.business_id = a.business_id and x.id = a.dispatch_id;
	if key = '1' then
		verbs := lib.dispatch_told_verbs(d, lib.dispatch_take(
			a.business_id, a.id, 'call'));
	elsif key = '2' and d.state <> 'acknowledged' then
		perform lib.dispatch_pass(a.business_id, a.id, 'declined', 'key');
		verbs := lib.say_verbs('All right, somebody else is asked. Goodbye.');
	elsif d.state = 'acknowledged' then
		verbs := lib.dispatch_told_verbs(d, jsonb_build_object(
			'got', d.technician_id = a.technician_id, 'by',
			(select lib.first_name(t.name) from technicians t
			  where t.business_id = d.business_id
			    and t.id = d.technician_id)));
	else
		verbs := lib.dispatch_gather(a, d);
	end if;
	return jsonb_build_object('call', d.call_id, 'business', d.business_id,
		'verbs', verbs);
end $$;

-- Our call is over. Whoever pressed no key (busy, away, a voicemail) is not
-- waited for any longer.
create or replace function desk.dispatch_status(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a dispatch_attempts := lib.attempt_open(form);
	word text := coalesce(form ->> 'CallStatus', '');
	applied bool := false;
begin
	if a.id is null then
		return '{"ok": true}';
	end if;
	if word in ('completed', 'busy', 'no-answer', 'failed', 'canceled') then
		applied := lib.dispatch_pass(a.business_id, a.id, 'unanswered',
			case word when 'completed' then 'no_key'
				else replace(word, '-', '_') end);
	end if;
	perform lib.callback_keep(a.business_id, 'dispatch-status',
		form ->> 'CallSid', word, form, applied);
	return jsonb_build_object('ok', true, 'business', a.business_id);
end $$;
