-- What the dialogue may ask for during a call. Each tool gets the locked call
-- and its arguments, and answers {"ok": true, …} or {"ok": false, "error"}.

-- The language of this call: as the dialogue says, else the caller's.
create or replace function lib.call_lang(c nightbell.calls, args jsonb)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case when args ->> 'lang' in ('en', 'es') then args ->> 'lang'
		else lib.lang_of(c.business_id, c.lead_id) end
$$;

-- The claim on time of the appointment that is to move, or null.
create or replace function lib.moving(c nightbell.calls, args jsonb)
returns uuid
language sql stable set search_path = nightbell, pg_temp as $$
	select a.hold_id from appointments a
	 where a.business_id = c.business_id and a.status = 'booked'
	   and a.id = nullif(args ->> 'appointment', '')::uuid
	   and (c.caller is not null and a.lead_id = c.lead_id
		or a.call_id = c.id)
$$;

create or replace function lib.tool_find_slots(c nightbell.calls, args jsonb)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select lib.find_slots(c.business_id, (args ->> 'service')::uuid, c.id,
		(args ->> 'date')::date, args ->> 'part',
		(args ->> 'time')::time,
		least(greatest(coalesce((args ->> 'limit')::int, 3), 1), 20),
		now(), lib.moving(c, args))
$$;

create or replace function lib.tool_hold(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	service uuid := (args ->> 'service')::uuid;
	wish timestamp := (args ->> 'start')::timestamp;
	tz text := lib.timezone(c.business_id);
	moving uuid := lib.moving(c, args);
	h holds := lib.claim_slot(c.business_id, service, c.id, wish);
	o record;
begin
	if h.id is not null then
		return jsonb_build_object('ok', true, 'hold', h.id,
			'start', lib.local_text(h.starts_at, tz),
			'end', lib.local_text(h.ends_at, tz));
	end if;
	-- Free but for the appointment that would leave: it is claimed when
	-- that moves.
	select s.* into o
	  from lib.open_starts(c.business_id, service, wish::date, wish::date) s
	 where moving is not null and s.local_start = wish
	   and s.starts_at >= now() + interval '2 hours'
	   and exists (select from lib.free_technicians(c.business_id, service,
		c.id, s.starts_at, s.ends_at, moving));
	if found then
		return jsonb_build_object('ok', true, 'hold', moving,
			'start', lib.local_text(o.starts_at, tz),
			'end', lib.local_text(o.ends_at, tz));
	end if;
	return lib.slot_taken(c.business_id, service, c.id, wish, moving);
end $$;

-- The call's lead under the name that the caller gave; made for a caller who
-- withheld the number.
create or replace function lib.lead_named(c nightbell.calls, name text)
returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	lead uuid := c.lead_id;
	good text := lib.clean_name(name);
begin
	if lead is null then
		insert into leads (business_id, name) values (c.business_id, good)
			returning id into lead;
		update calls set lead_id = lead,
			conversation_id = lib.conversation_of(c.business_id, lead)
		 where business_id = c.business_id and id = c.id;
	elsif good is not null then
		update leads l set name = good
		 where l.business_id = c.business_id and l.id = lead
		   and l.name is distinct from good;
	end if;
	return lead;
end $$;

create or replace function lib.booked(a nightbell.appointments, lang text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select '{"ok": true}' || (lib.visit_json(a, lang)
		- array['service', 'service_id'])
$$;

-- Turns the hold into an appointment. A hold that ran out counts while
-- nobody else took its time; without any, the slot is claimed now.
create or replace function lib.tool_book(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	h holds;
	a appointments;
	service uuid := (args ->> 'service')::uuid;
	wish timestamp := (args ->> 'start')::timestamp;
begin
	-- Same lock as claim_slot: claims of a business one after another.
	perform pg_advisory_xact_lock(hashtextextended('slots' || c.business_id, 0));
	select * into h from holds x
	 where x.business_id = c.business_id and x.call_id = c.id
	   and x.id = (args ->> 'hold')::uuid;
	select * into a from appointments x
	 where x.business_id = c.business_id and x.hold_id = h.id
	   and x.status <> 'cancelled';
	if found then
		return lib.booked(a, lib.call_lang(c, args));
	end if;
	if h.id is not null then
		service := coalesce(service, h.service_id);
		wish := coalesce(wish, h.starts_at
			at time zone lib.timezone(c.business_id));
		if h.service_id <> service or h.starts_at
				<> wish at time zone lib.timezone(c.business_id) then
			h := null;	-- it is for something else
		end if;
	end if;
	if service is null or wish is null then
		raise 'book needs service and start'
			using errcode = 'invalid_parameter_value';
	end if;
	-- A model may ask a second time for what it has.
	select * into a from appointments x
	 where x.business_id = c.business_id and x.call_id = c.id
	   and x.service_id = service and x.status <> 'cancelled'
	   and x.starts_at = wish at time zone lib.timezone(c.business_id);
	if found then
		return lib.booked(a, lib.call_lang(c, args));
	end if;
	if h.id is not null then
		begin
			update holds x set state = 'expired'
			 where x.business_id = c.business_id and x.id <> h.id
			   and x.technician_id = h.technician_id
			   and x.state = 'held' and x.expires_at <= now()
			   and tstzrange(x.starts_at, x.ends_at)
				&& tstzrange(h.starts_at, h.ends_at);
			update holds x set state = 'booked'
			 where x.business_id = c.business_id and x.id = h.id;
		exception when exclusion_violation then
			h := null;	-- another call has its time by now
		end;
	end if;
	if h.id is null then
		h := lib.claim_slot(c.business_id, service, c.id, wish);
		if h.id is null then
			return lib.slot_taken(c.business_id, service, c.id, wish);
		end if;
		update holds x set state = 'booked'
		 where x.business_id = c.business_id and x.id = h.id;
	end if;
	insert into appointments (business_id, hold_id, lead_id, call_id,
		service_id, technician_id, starts_at, ends_at, name, notes)
	values (c.business_id, h.id, lib.lead_named(c, args ->> 'name'), c.id,
		h.service_id, h.technician_id, h.starts_at, h.ends_at,
		lib.clean_name(args ->> 'name'), case when c.private then lib.private_notes(c, args ->> 'notes')
			else left(args ->> 'notes', 2000) end)
	returning * into a;
	return lib.booked(a, lib.call_lang(c, args));
end $$;

create or replace function lib.tool_consent(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if c.caller is null then
		return '{"ok": false, "error": "no_number"}';
	end if;
	insert into consents (business_id, lead_id, call_id, number, channel,
		granted, source, words)
	values (c.business_id, c.lead_id, c.id, c.caller, args ->> 'channel',
		(args ->> 'granted')::bool, 'call',
		case when c.private then ''
			else left(coalesce(args ->> 'words', ''), 1000) end);
	return '{"ok": true}';
end $$;

-- What a text of this kind says, its key and how long it is of use. No row:
-- there is nothing to tell, for it did not happen.
create or replace function lib.text_of_kind(c nightbell.calls, kind text,
	appointment uuid, lang text)
returns table (words text, key text, good_for interval)
language sql stable set search_path = nightbell, pg_temp as $$
	select lib.visit_words(a, kind, lang),
		kind || ':' || a.id || case when kind = 'moved'
			then ':' || a.hold_id else '' end,
		least(interval '24 hours', a.starts_at - now())
	  from appointments a
	 where a.business_id = c.business_id and a.id = appointment
	   and a.starts_at > now()
	   and (a.call_id = c.id or c.caller is not null
		and a.lead_id = c.lead_id)
	   and (kind in ('appointment', 'moved') and a.status = 'booked'
		or kind = 'cancelled' and a.status = 'cancelled')
	union all
	select case lang when 'es'
		then 'Gracias por llamar. Cuéntenos aquí por mensaje en qué '
			|| 'podemos ayudarle.'
		else 'Thank you for calling. Please tell us here by text how '
			|| 'we can help you.' end,
		'follow_up:' || c.id, interval '4 hours'
	 where kind = 'follow_up'
$$;

create or replace function lib.tool_send_text(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	kind text := args ->> 'kind';
	why text := lib.text_refused(c.business_id, c.caller);
	x record;
begin
	if kind is null or kind not in ('appointment', 'moved', 'cancelled',
			'follow_up') then
		return '{"ok": false, "error": "unknown_kind"}';
	end if;
	if why is not null then
		return jsonb_build_object('ok', false, 'error', why);
	end if;
	select * into x from lib.text_of_kind(c, kind,
		(args ->> 'appointment')::uuid, lib.call_lang(c, args));
	if not found then
		return '{"ok": false, "error": "no_appointment"}';
	end if;
	perform lib.text_queue(c.business_id, c.lead_id, c.id, c.number,
		c.caller, x.words, x.key, x.good_for);
	return '{"ok": true}';
end $$;

-- A task for the owner. A caller who wanted a person and then leaves a
-- message is one caller with one wish: it is added to that task.
create or replace function lib.tool_message(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	words text := btrim(coalesce(args ->> 'text', ''));
	task uuid;
begin
	if words = '' then
		raise 'message needs text'
			using errcode = 'invalid_parameter_value';
	end if;
	c.lead_id := lib.lead_named(c, args ->> 'name');
	if c.private then
		words := lib.private_task(c, words);
	end if;
	update tasks t set lead_id = c.lead_id,
		text = left(t.text || ' ' || words, 4000),
		name = coalesce(lib.clean_name(args ->> 'name'), t.name)
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.kind = 'person' and t.status = 'open'
	   and strpos(t.text, words) = 0
	returning t.id into task;
	if task is null then
		task := lib.call_back_task(c, args ->> 'name', words);
	end if;
	return jsonb_build_object('ok', true, 'task', task);
end $$;

create or replace function lib.tool_appointments(c nightbell.calls, args jsonb)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('ok', true, 'appointments',
		lib.visits(c, lib.call_lang(c, args)))
$$;

create or replace function lib.tool_move(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a appointments;
	moved appointments;
	wish timestamp := (args ->> 'start')::timestamp;
begin
	-- Same lock as claim_slot: claims of a business one after another.
	perform pg_advisory_xact_lock(hashtextextended('slots' || c.business_id, 0));
	a := lib.visit_of(c, (args ->> 'appointment')::uuid);
	if a.id is null or a.status <> 'booked' then
		return '{"ok": false, "error": "no_appointment"}';
	end if;
	if wish is null then
		raise 'move needs start' using errcode = 'invalid_parameter_value';
	end if;
	if a.starts_at = wish at time zone lib.timezone(c.business_id) then
		return lib.booked(a, lib.call_lang(c, args));	-- it is there
	end if;
	moved := lib.visit_move(c, a, (args ->> 'hold')::uuid, wish);
	if moved.id is null then
		return lib.slot_taken(c.business_id, a.service_id, c.id, wish,
			a.hold_id);
	end if;
	perform lib.visit_texts_cancel(a);
	return lib.booked(moved, lib.call_lang(c, args));
end $$;

-- Cancelled before is cancelled: the caller hears the same.
create or replace function lib.tool_cancel(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	a appointments;
begin
	perform pg_advisory_xact_lock(hashtextextended('slots' || c.business_id, 0));
	a := lib.visit_of(c, (args ->> 'appointment')::uuid);
	if a.id is null or a.status not in ('booked', 'cancelled') then
		return '{"ok": false, "error": "no_appointment"}';
	end if;
	if a.status = 'booked' then
		update appointments x set status = 'cancelled'
		 where x.business_id = a.business_id and x.id = a.id;
		update holds x set state = 'released'
		 where x.business_id = a.business_id and x.id = a.hold_id;
		perform lib.visit_texts_cancel(a);
	end if;
	return lib.booked(a, lib.call_lang(c, args));
end $$;

-- Picks the phone that rings when this stream has ended. The task is made
-- now: whatever happens from here on, somebody knows of the wish.
create or replace function lib.tool_transfer(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	open transfers := lib.transfer_open(c);
	who record;
	task uuid;
begin
	if open.id is not null then
		return '{"ok": true}';
	end if;
	-- One agent is not promised to two callers.
	perform pg_advisory_xact_lock(hashtextextended('transfer'
		|| c.business_id, 0));
	task := lib.person_task(c, args ->> 'reason');
	select * into who from lib.transfer_to(c);
	if not found then
		return '{"ok": false, "error": "nobody"}';
	end if;
	insert into transfers (business_id, call_id, stream, agent_id, phone,
		task_id)
	values (c.business_id, c.id, greatest(c.streams, 1), who.agent,
		who.phone, task);
	return '{"ok": true}';
end $$;

create or replace function lib.tool_privacy(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if (args ->> 'record')::bool then
		return '{"ok": false, "error": "bad_request"}';
	end if;
	perform lib.call_private(c);
	return '{"ok": true}';
end $$;

create or replace function lib.tool_opt_out(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if c.caller is null then
		return '{"ok": false, "error": "no_number"}';
	end if;
	perform lib.opt_out(c.business_id, c.caller, 'call',
		case when not c.private
			then left(coalesce(args ->> 'words', ''), 1000) end,
		lib.call_lang(c, args));
	return '{"ok": true}';
end $$;

-- What any tool may bring along: the language that is spoken, and answers to
-- the script's questions, which go into the call's summary.
create or replace function lib.tool_aside(c nightbell.calls, args jsonb)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if args ->> 'lang' in ('en', 'es') then
		update leads l set lang = args ->> 'lang'
		  from calls x
		 where x.business_id = c.business_id and x.id = c.id
		   and l.business_id = x.business_id and l.id = x.lead_id
		   and l.lang is distinct from args ->> 'lang';
	end if;
	if jsonb_typeof(args -> 'details') = 'object' then
		perform lib.details_add(c, args -> 'details');
	end if;
end $$;

-- What is known of the caller's wish by now; the last answer counts. The
-- notes of a private call's visit are made of it.
create or replace function lib.details_add(c nightbell.calls, details jsonb)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
begin
	insert into call_insights as i (business_id, call_id, details)
	values (c.business_id, c.id, case when c.private
		then lib.private_details($2) else $2 end)
	on conflict on constraint call_insights_pkey do update
		set details = i.details || excluded.details;
	if c.private then
		update appointments a
		   set notes = lib.private_notes(c, a.notes)
		 where a.business_id = c.business_id and a.call_id = c.id;
	end if;
end $$;

-- Answers as they come, so that a caller who hangs up has left them. A name
-- that we know already is not changed by one that was heard in passing.
create or replace function lib.tool_details(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	name text := lib.clean_name(args ->> 'name');
	facts jsonb;
begin
	select coalesce(jsonb_object_agg(k, case jsonb_typeof(v)
			when 'string' then to_jsonb(left(v #>> '{}', 500))
			else v end), '{}')
	  into facts from jsonb_each(args - array['lang', 'details']) x(k, v)
	 where jsonb_typeof(v) <> 'null' and v <> '""' and length(k) <= 60;
	if facts <> '{}' then
		perform lib.details_add(c, facts);
	end if;
	if name is not null and not exists (select from leads l
			where l.business_id = c.business_id and l.id = c.lead_id
			  and l.name is not null) then
		perform lib.lead_named(c, name);
	end if;
	return '{"ok": true}';
end $$;

-- Asked again with the same key: the stored answer, nothing is done twice
-- (a second request at the same time waits for the first at this insert).
create or replace function desk.tool(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	c calls := lib.call_lock((req ->> 'business')::uuid,
		(req ->> 'call')::uuid);
	stream_no int := coalesce((req ->> 'stream_no')::int, c.streams);
	name text := req ->> 'name';
	args jsonb := coalesce(req -> 'args', '{}');
	answer jsonb;
begin
	insert into tool_results as t (business_id, call_id, stream, key, name, args)
	values (c.business_id, c.id, stream_no, req ->> 'key', name, args)
	on conflict (business_id, call_id, stream, key) do nothing;
	if not found then
		select t.result into strict answer from tool_results t
		 where t.business_id = c.business_id and t.call_id = c.id
		   and t.stream = stream_no and t.key = req ->> 'key';
		return answer;
	end if;
	begin
		perform lib.tool_aside(c, args);
		answer := case name
			when 'find_slots' then lib.tool_find_slots(c, args)
			when 'hold' then lib.tool_hold(c, args)
			when 'book' then lib.tool_book(c, args)
			when 'consent' then lib.tool_consent(c, args)
			when 'send_text' then lib.tool_send_text(c, args)
			when 'message' then lib.tool_message(c, args)
			when 'appointments' then lib.tool_appointments(c, args)
			when 'move' then lib.tool_move(c, args)
			when 'cancel' then lib.tool_cancel(c, args)
			when 'transfer' then lib.tool_transfer(c, args)
			when 'dispatch' then lib.tool_dispatch(c, args)
			when 'dispatch_status' then lib.tool_dispatch_status(c, args)
			when 'privacy' then lib.tool_privacy(c, args)
			when 'opt_out' then lib.tool_opt_out(c, args)
			when 'dispatch_note' then lib.tool_dispatch_note(c, args)
			when 'details' then lib.tool_details(c, args)
			else jsonb_build_object('ok', false, 'error', 'unknown_tool')
		end;
		if c.lead_id is null then	-- made by the tool, perhaps
			perform lib.tool_aside(c, args - 'details');
		end if;
	exception when data_exception or not_null_violation or check_violation
			or no_data_found then
		-- The call goes on; the dialogue says that it did not work.
		answer := jsonb_build_object('ok', false, 'error', 'bad_request',
			'detail', sqlerrm);
	end;
	-- Of a private call the words are not kept, the answer is.
	select x.private into strict c.private from calls x
	 where x.business_id = c.business_id and x.id = c.id;
	update tool_results t
	   set result = case when c.private then answer - 'detail' else answer end,
	       args = case when c.private then '{}' else t.args end
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.stream = stream_no and t.key = req ->> 'key';
	return answer;
end $$;
