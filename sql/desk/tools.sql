-- What the dialogue may ask for during a call. Each tool gets the locked call
-- and its arguments, and answers {"ok": true, …} or {"ok": false, "error"}.

create or replace function lib.tool_find_slots(c nightbell.calls, args jsonb)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select lib.find_slots(c.business_id, (args ->> 'service')::uuid, c.id,
		(args ->> 'date')::date, args ->> 'part',
		(args ->> 'time')::time,
		least(greatest(coalesce((args ->> 'limit')::int, 3), 1), 20))
$$;

create or replace function lib.tool_hold(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	service uuid := (args ->> 'service')::uuid;
	wish timestamp := (args ->> 'start')::timestamp;
	tz text := lib.timezone(c.business_id);
	h holds := lib.claim_slot(c.business_id, service, c.id, wish);
begin
	if h.id is null then
		return lib.slot_taken(c.business_id, service, c.id, wish);
	end if;
	return jsonb_build_object('ok', true, 'hold', h.id,
		'start', lib.local_text(h.starts_at, tz),
		'end', lib.local_text(h.ends_at, tz));
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

create or replace function lib.booked(a nightbell.appointments) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('ok', true, 'appointment', a.id,
		'start', lib.local_text(a.starts_at, lib.timezone(a.business_id)),
		'end', lib.local_text(a.ends_at, lib.timezone(a.business_id)),
		'service_name', s.name)
	from services s
	where s.business_id = a.business_id and s.id = a.service_id
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
		return lib.booked(a);
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
		lib.clean_name(args ->> 'name'), left(args ->> 'notes', 2000))
	returning * into a;
	return lib.booked(a);
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
		left(coalesce(args ->> 'words', ''), 1000));
	return '{"ok": true}';
end $$;

create or replace function lib.tool_send_text(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	why text := lib.text_refused(c.business_id, c.caller);
	a appointments;
begin
	if args ->> 'kind' is distinct from 'appointment' then
		return '{"ok": false, "error": "unknown_kind"}';
	end if;
	if why is not null then
		return jsonb_build_object('ok', false, 'error', why);
	end if;
	select * into a from appointments x
	 where x.business_id = c.business_id and x.call_id = c.id
	   and x.id = (args ->> 'appointment')::uuid
	   and x.status <> 'cancelled';
	if not found then
		return '{"ok": false, "error": "no_appointment"}';
	end if;
	perform lib.text_queue(c.business_id, c.lead_id, c.id, c.number,
		c.caller, lib.appointment_words(a), 'appointment:' || a.id,
		least(interval '24 hours', a.starts_at - now()));
	return '{"ok": true}';
end $$;

create or replace function lib.tool_message(c nightbell.calls, args jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if coalesce(btrim(args ->> 'text'), '') = '' then
		raise 'message needs text'
			using errcode = 'invalid_parameter_value';
	end if;
	c.lead_id := lib.lead_named(c, args ->> 'name');
	return jsonb_build_object('ok', true, 'task',
		lib.call_back_task(c, args ->> 'name', args ->> 'text'));
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
		answer := case name
			when 'find_slots' then lib.tool_find_slots(c, args)
			when 'hold' then lib.tool_hold(c, args)
			when 'book' then lib.tool_book(c, args)
			when 'consent' then lib.tool_consent(c, args)
			when 'send_text' then lib.tool_send_text(c, args)
			when 'message' then lib.tool_message(c, args)
			else jsonb_build_object('ok', false, 'error', 'unknown_tool')
		end;
	exception when data_exception or not_null_violation or check_violation
			or no_data_found then
		-- The call goes on; the dialogue says that it did not work.
		answer := jsonb_build_object('ok', false, 'error', 'bad_request',
			'detail', sqlerrm);
	end;
	update tool_results t set result = answer
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.stream = stream_no and t.key = req ->> 'key';
	return answer;
end $$;
