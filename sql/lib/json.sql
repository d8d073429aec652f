-- Rows as dashboards see them: the same in lists and in events. Each has two
-- forms. The one that is given what other rows know of it (a name, a phone)
-- looks nothing up and sets nothing: the query of a list that joins those takes
-- it in, where a function with a query of its own would be planned and run for
-- each row. The other form, of the row alone, is for one row.
-- jsonb_build_object is stable: what uses it is no more than that.

-- i: what was made of it when it was over; before that all of it is null.
create or replace function lib.call_json(c nightbell.calls, name text,
	i nightbell.call_insights) returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'id', c.id, 'caller', c.caller, 'number', c.number,
		'name', name, 'lead', c.lead_id,
		'conversation', c.conversation_id,
		'status', c.status, 'outcome', c.outcome,
		'ended_by', c.ended_by, 'started_at', c.started_at,
		'answered_at', c.answered_at, 'ended_at', c.ended_at,
		'duration_ms', c.duration_ms, 'streams', c.streams,
		'mark', c.mark, 'private', c.private, 'test', c.test,
		'summary', i.summary, 'lang', i.lang,
		'insights', case when i.summary is not null
			then jsonb_build_object('who', i.who, 'what', i.what,
			'urgency', i.urgency, 'address', i.address,
			'when', i.when_text, 'done', i.done, 'open', i.open,
			'next_action', i.next_action, 'task', i.task_id,
			'details', i.details) end)
$$;

create or replace function lib.call_json(c nightbell.calls) returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return (select lib.call_json(c, l.name, i)
		  from (select) one
		  left join leads l on l.business_id = c.business_id
			and l.id = c.lead_id
		  left join call_insights i on i.business_id = c.business_id
			and i.call_id = c.id);
end $$;

-- The call as dashboards see it, told by its insights.
create or replace function lib.insight_call_json(i nightbell.call_insights)
returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return (select lib.call_json(c, l.name, i)
		  from calls c
		  left join leads l on l.business_id = c.business_id
			and l.id = c.lead_id
		 where c.business_id = i.business_id and c.id = i.call_id);
end $$;

create or replace function lib.segment_json(s nightbell.transcript_segments)
returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'call', s.call_id, 'stream', s.stream, 'seq', s.seq, 'rev', s.rev,
		'leg', s.leg, 'start_ms', s.start_ms, 'end_ms', s.end_ms,
		'text', s.text, 'heard', s.heard, 'final', s.final,
		'unsure', s.unsure, 'reply_ms', s.reply_ms)
$$;

create or replace function lib.recording_json(r nightbell.recordings)
returns jsonb
language sql immutable as $$
	select jsonb_build_object(
		'id', r.id, 'call', r.call_id, 'stream', r.stream,
		'state', r.state, 'channels', r.channels,
		'started_at', r.started_at, 'from_ms', r.from_ms,
		'duration_ms', r.duration_ms, 'bytes', r.bytes)
$$;

-- zone: where the business is.
create or replace function lib.appointment_json(a nightbell.appointments,
	service text, technician text, phone text, zone text) returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'id', a.id, 'call', a.call_id, 'lead', a.lead_id,
		'name', a.name, 'phone', phone,
		'service', a.service_id, 'service_name', service,
		'technician', technician,
		'start', lib.local_text(a.starts_at, zone),
		'end', lib.local_text(a.ends_at, zone),
		'starts_at', a.starts_at, 'ends_at', a.ends_at,
		'status', a.status, 'notes', a.notes,
		'created_at', a.created_at)
$$;

create or replace function lib.appointment_json(a nightbell.appointments)
returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return (select lib.appointment_json(a, s.name, t.name, l.phone,
			b.timezone)
		  from businesses b
		  join services s on s.business_id = b.id
			and s.id = a.service_id
		  join technicians t on t.business_id = b.id
			and t.id = a.technician_id
		  left join leads l on l.business_id = b.id
			and l.id = a.lead_id
		 where b.id = a.business_id);
end $$;

create or replace function lib.message_json(m nightbell.messages, name text)
returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'id', m.id, 'conversation', m.conversation_id, 'lead', m.lead_id,
		'call', m.call_id, 'direction', m.direction,
		'from', m.from_number, 'to', m.to_number, 'body', m.body,
		'status', m.status, 'error', m.error, 'at', m.created_at,
		'name', name)
$$;

create or replace function lib.message_json(m nightbell.messages)
returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return lib.message_json(m, (select l.name from leads l
		where l.business_id = m.business_id and l.id = m.lead_id));
end $$;

create or replace function lib.lead_json(l nightbell.leads) returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'id', l.id, 'phone', l.phone, 'name', l.name, 'lang', l.lang,
		'created_at', l.created_at)
$$;

create or replace function lib.task_json(t nightbell.tasks, phone text)
returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'id', t.id, 'kind', t.kind, 'lead', t.lead_id, 'call', t.call_id,
		'name', t.name, 'text', t.text, 'status', t.status,
		'phone', phone, 'created_at', t.created_at, 'done_at', t.done_at)
$$;

create or replace function lib.task_json(t nightbell.tasks) returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return lib.task_json(t, (select l.phone from leads l
		where l.business_id = t.business_id and l.id = t.lead_id));
end $$;
