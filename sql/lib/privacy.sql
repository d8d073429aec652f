-- "Please do not record this." What was said so far is forgotten, what comes
-- is not kept; the facts that a visit or a call back needs stay.

-- Of the answers to the script's questions: those facts.
create or replace function lib.private_details(details jsonb) returns jsonb
language sql immutable as $$
	select coalesce(jsonb_object_agg(k, case jsonb_typeof(v)
			when 'object' then v - array['words', 'text', 'said',
				'heard', 'notes']
			else v end), '{}')
	  from jsonb_each(case jsonb_typeof(details)
		when 'object' then details else '{}' end) x(k, v)
	 where k in ('name', 'phone', 'number', 'address', 'city', 'zip',
		'service', 'when', 'urgency')
$$;

create or replace function lib.call_details(c nightbell.calls)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce((select i.details from call_insights i
		where i.business_id = c.business_id and i.call_id = c.id), '{}')
$$;

-- The number to ring that notes or a message name; the one that called is the
-- lead's already.
create or replace function lib.number_given(c nightbell.calls, words text)
returns text
language sql immutable as $$
	select nullif(coalesce(
		substring(words from 'Number given: (\+[0-9]{7,15})'),
		substring(words from 'Number: (\+[0-9]{7,15})')), c.caller)
$$;

-- Where to go and which number to ring: the notes of a private visit. notes:
-- as they were, for a number in them.
create or replace function lib.private_notes(c nightbell.calls, notes text)
returns text
language plpgsql stable set search_path = nightbell, pg_temp as $$
declare
	d jsonb := lib.private_details(lib.call_details(c));
begin
	return nullif(concat_ws(' ',
		'Address: ' || lib.summary_address(c, d) || '.',
		'Number: ' || left(coalesce(d ->> 'phone', d ->> 'number',
			lib.number_given(c, notes)), 40)
			|| '.'), '');
end $$;

-- Somebody waits to be called back; why was not kept. words: what the task
-- would have said, for a number in them and that it is urgent.
create or replace function lib.private_task(c nightbell.calls, words text)
returns text
language plpgsql stable set search_path = nightbell, pg_temp as $$
declare
	d jsonb := lib.private_details(lib.call_details(c));
begin
	return concat_ws(' ', substring(words from '^URGENT\.'),
		'Call back. What was said is not kept, as the '
			|| 'caller wished.',
		'About: ' || coalesce(lib.summary_service(c),
			lib.details_service(c.business_id, d)) || '.',
		lib.private_notes(c, words),
		'Wished: ' || coalesce(lib.summary_when(c),
			lib.details_when(c.business_id, d)) || '.');
end $$;

-- Texts about its emergencies, ours and the staff's, lose what was said. Those
-- that are in the relay's hands at this moment do when the call is over.
create or replace function lib.private_texts(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update outbox o set payload = o.payload || jsonb_build_object('body',
			regexp_replace(o.payload ->> 'body',
			' ?They said: ".*"(?= Reply 1|$)', ''))
	 where o.business_id = c.business_id and o.kind = 'sms'
	   and o.created_at >= c.started_at
	   and o.payload ->> 'body' like '%They said: "%'
	   and o.id in (select y.id from outbox y, dispatches d
		left join dispatch_attempts a on a.business_id = d.business_id
			and a.dispatch_id = d.id
		where d.business_id = c.business_id and d.call_id = c.id
		  and y.business_id = c.business_id
		  and y.state not in ('claimed', 'unsure')
		  and (y.key like 'dispatch-%:' || a.id || '%'
			or y.key like 'notice:dispatch:' || d.id || ':%')
		  for update of y skip locked);
	-- A call that was over before, and went on.
	update outbox o set payload = o.payload || jsonb_strip_nulls(
		jsonb_build_object('body', case when o.kind = 'sms' then words end,
			'text', case when o.kind = 'email' then words end))
	  from (select 'A call is over. What was said is not kept.') w(words)
	 where o.business_id = c.business_id
	   and o.key in ('notice:summary:' || c.id, 'summary-mail:' || c.id)
	   and o.state not in ('claimed', 'unsure');
end $$;

-- The rows that the call has left so far.
create or replace function lib.private_rows(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update call_insights i set details = lib.private_details(i.details),
		summary = null, what = null, done = null, open = null,
		next_action = null
	 where i.business_id = c.business_id and i.call_id = c.id;
	update appointments a set notes = lib.private_notes(c, a.notes)
	 where a.business_id = c.business_id and a.call_id = c.id
	   and a.notes is distinct from lib.private_notes(c, a.notes);
	update dispatches d set words = null
	 where d.business_id = c.business_id and d.call_id = c.id
	   and d.words is not null;
	update tasks t set text = case t.kind
			when 'person' then 'Wants to speak to a person.'
			when 'emergency' then coalesce((
				select lib.dispatch_task(d) from dispatches d
				where d.business_id = t.business_id
				  and d.task_id = t.id), 'EMERGENCY.')
			else lib.private_task(c, t.text) end
	 where t.business_id = c.business_id and t.call_id = c.id;
	update tool_results t set args = '{}', result = t.result - 'detail'
	 where t.business_id = c.business_id and t.call_id = c.id;
	-- That they agreed stays, by which words does not.
	update consents k set words = ''
	 where k.business_id = c.business_id and k.call_id = c.id
	   and k.words <> '';
	update opt_outs o set words = null
	 where o.business_id = c.business_id and o.number = c.caller
	   and o.source = 'call' and o.at >= c.started_at;
end $$;

-- What dashboards were told of them.
create or replace function lib.private_events(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update events e
	   set data = e.data || case e.type
		when 'segment' then '{"text": null, "heard": null}'
		when 'appointment' then '{"notes": null}'
		when 'call' then '{"summary": null, "insights": null}'
		when 'task' then jsonb_build_object('text', coalesce((
			select t.text from tasks t
			 where t.business_id = c.business_id
			   and t.id::text = e.data ->> 'id'), '')) end
	 where e.business_id = c.business_id and e.at >= c.started_at
	   and (e.type in ('segment', 'appointment', 'task')
			and e.data ->> 'call' = c.id::text
		or e.type = 'call' and e.data ->> 'id' = c.id::text
			and e.data ->> 'insights' is not null);
end $$;

create or replace function lib.call_private(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update calls x set private = true
	 where x.business_id = c.business_id and x.id = c.id and not x.private
	returning * into c;
	if not found then
		return;
	end if;
	-- The pages that show the text already must see a newer revision.
	update transcript_segments s
	   set text = null, heard = null, rev = s.rev + s.final::int
	 where s.business_id = c.business_id and s.call_id = c.id
	   and s.call_started_at = c.started_at
	   and (s.text is not null or s.heard is not null);
	update recordings r set state = 'deleting'
	 where r.business_id = c.business_id and r.call_id = c.id
	   and r.state not in ('deleting', 'deleted');
	perform lib.private_rows(c);
	perform lib.private_texts(c);
	perform lib.private_events(c);
end $$;
