-- What is left of a call when it is over, by rules: from what the tools did
-- and stored, not from what was said. For the owner, in English.

-- What was done for the caller, in the order in which it was done. An
-- appointment that was asked for twice was made once.
create or replace function lib.summary_done(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	with acts as (
		select distinct on (t.name, t.result ->> 'appointment',
			t.result ->> 'start') t.name, t.result, t.at, t.stream,
			t.key
		  from tool_results t
		 where t.business_id = c.business_id and t.call_id = c.id
		   and (t.result ->> 'ok')::bool
		 order by t.name, t.result ->> 'appointment',
			t.result ->> 'start', t.stream, t.at
	)
	select nullif(concat_ws(' ', (select string_agg(format(case a.name
			when 'book' then 'Booked %s for %s.'
			when 'move' then 'Moved %s to %s.'
			else 'Cancelled %s of %s.' end, s.name,
			lib.when_words((a.result ->> 'start')::timestamp
				at time zone lib.timezone(c.business_id),
				lib.timezone(c.business_id), 'en')), ' '
			order by a.stream, a.at, length(a.key), a.key)
		from acts a join appointments p on p.business_id = c.business_id
			and p.id = (a.result ->> 'appointment')::uuid
		join services s on s.business_id = c.business_id
			and s.id = p.service_id
		where a.name in ('book', 'move', 'cancel')),
	(select string_agg(format('%s is on it (%s).', t.name,
			lib.emergency_words(d.kind)), ' ')
		from dispatches d join technicians t
			on t.business_id = d.business_id and t.id = d.technician_id
		where d.business_id = c.business_id and d.call_id = c.id),
	(select format('Put through to %s.', coalesce(a.name, 'the owner'))
		from transfers t left join agents a
			on a.business_id = t.business_id and a.id = t.agent_id
		where t.business_id = c.business_id and t.call_id = c.id
		  and t.state = 'taken' limit 1),
	(select 'Details sent by text.' from acts where name = 'send_text'
		limit 1),
	(select 'Wants no more texts.' from acts where name = 'opt_out' limit 1),
	case when c.private then 'Nothing said is kept, as the caller wished.'
		end), '')
$$;

-- Services that the caller wanted: what was held or booked, else asked for.
create or replace function lib.summary_service(c nightbell.calls)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select string_agg(distinct s.name, ', ')
	  from services s
	 where s.business_id = c.business_id and (s.id in (
		select h.service_id from holds h
		 where h.business_id = c.business_id and h.call_id = c.id
		union select a.service_id from appointments a
		 where a.business_id = c.business_id and a.id::text in (
			select t.result ->> 'appointment' from tool_results t
			 where t.business_id = c.business_id
			   and t.call_id = c.id
			   and t.name in ('book', 'move', 'cancel')))
		or s.id::text = (select t.args ->> 'service'
			from tool_results t
			where t.business_id = c.business_id
			  and t.call_id = c.id and t.name = 'find_slots'
			order by t.stream desc, t.at desc, length(t.key) desc,
				t.key desc limit 1))
$$;

-- The same from the script's answers: a service of ours, or their words for it.
create or replace function lib.details_service(business uuid, details jsonb)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(coalesce((select s.name from services s
			where s.business_id = $1 and s.id::text = x.said),
		btrim(x.said)), 160)
	  from (select nullif(coalesce(details #>> '{service,name}',
		case jsonb_typeof(details -> 'service')
			when 'string' then details ->> 'service' end), '')) x(said)
$$;

-- A moment as people say it, or their words.
create or replace function lib.details_when(business uuid, details jsonb)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case when said ~ '^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d'
			and pg_catalog.length(said) <= 19
		then lib.when_words(said::timestamp
			at time zone lib.timezone($1), lib.timezone($1), 'en')
		else left(said, 160) end
	  from (select nullif(btrim(coalesce(details #>> '{when,words}',
		case jsonb_typeof(details -> 'when')
			when 'string' then details ->> 'when' end)), '')) x(said)
$$;

-- The first thing that the caller said which is more than "hello".
create or replace function lib.summary_words(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(s.text, 160) from transcript_segments s
	 where s.business_id = c.business_id and s.call_id = c.id
	   and s.call_started_at = c.started_at and s.leg = 'caller'
	   and s.final and not s.unsure and s.text ~ '\S+\s+\S+\s+\S+'
	 order by s.stream, s.seq limit 1
$$;

create or replace function lib.summary_what(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(
		(select string_agg(lib.emergency_words(d.kind), ', ')
			from dispatches d
			where d.business_id = c.business_id
			  and d.call_id = c.id),
		lib.summary_service(c),
		lib.details_service(c.business_id, lib.call_details(c)),
		case when not c.private then '"'
			|| rtrim(lib.summary_words(c), ' .,;:?!') || '"' end)
$$;

-- Rules for how urgent it is: an emergency, else what the caller said.
create or replace function lib.summary_urgency(c nightbell.calls,
	details jsonb) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case when c.outcome = 'emergency' or exists (
			select from dispatches d
			where d.business_id = c.business_id
			  and d.call_id = c.id) then 'emergency'
		when said in ('now', 'today', 'soon', 'any') then said end
	  from (select coalesce(details #>> '{urgency,level}',
		details ->> 'urgency')) x(said)
$$;

create or replace function lib.summary_address(c nightbell.calls,
	details jsonb) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(coalesce(details #>> '{address,full}',
		case jsonb_typeof(details -> 'address')
			when 'string' then details ->> 'address' end,
		(select d.address from dispatches d
		  where d.business_id = c.business_id and d.call_id = c.id
		    and d.address is not null limit 1)), 300)
$$;

-- When: the appointment that stands, else what the caller asked for last.
create or replace function lib.summary_when(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(
	(select lib.when_words(a.starts_at, lib.timezone(c.business_id), 'en')
		from appointments a
		where a.business_id = c.business_id and a.status = 'booked'
		  and a.id in (select (t.result ->> 'appointment')::uuid
			from tool_results t
			where t.business_id = c.business_id
			  and t.call_id = c.id and t.name in ('book', 'move'))
		order by a.starts_at desc limit 1),
	(select nullif(concat_ws(', ', to_char((t.args ->> 'date')::date,
			'FMDy, FMMon FMDD'), t.args ->> 'part',
			to_char((t.args ->> 'time')::time, 'FMHH12:MI AM')), '')
		from tool_results t
		where t.business_id = c.business_id and t.call_id = c.id
		  and t.name = 'find_slots' and (t.result ->> 'ok')::bool
		order by t.stream desc, t.at desc, length(t.key) desc,
			t.key desc limit 1))
$$;

-- The task that the call itself has left, if any: emergencies first.
create or replace function lib.summary_task(c nightbell.calls)
returns nightbell.tasks
language sql stable set search_path = nightbell, pg_temp as $$
	select t.* from tasks t
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.status = 'open' and not exists (select from call_insights i
		where i.business_id = t.business_id and i.call_id = t.call_id
		  and i.task_id = t.id and i.task_made)
	 order by t.urgent desc, t.id limit 1
$$;

-- What is open, or null. Calls of no use leave nothing open, nor does one who
-- got what they wanted or did not want it.
create or replace function lib.summary_open(c nightbell.calls,
	served bool) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case
	when c.mark is not null or c.status = 'answered' then null
	when exists (select from dispatches d
		where d.business_id = c.business_id and d.call_id = c.id
		  and d.state = 'failed') then 'Nobody has taken the emergency.'
	when exists (select from dispatches d
		where d.business_id = c.business_id and d.call_id = c.id
		  and d.state = 'asked') then 'The emergency is not taken yet.'
	when (lib.summary_task(c)).id is not null then
		case (lib.summary_task(c)).kind
			when 'person' then 'Wanted to speak to a person.'
			when 'emergency' then 'An emergency was reported.'
			else 'Waits to be called back.' end
	when served or not lib.call_talked(c) or coalesce(c.outcome, '')
			in ('declined', 'opted_out', 'silent', 'emergency')
		then null
	when c.outcome = 'texts_es' then 'Goes on by text, in Spanish.'
	when c.outcome = 'no_slot' then 'No time was found that suits.'
	when c.outcome = 'unclear' then 'It did not become clear what they want.'
	when c.status = 'failed' or c.ended_by = 'lost' or c.outcome is null
			or c.outcome in ('failed', 'lost', 'voice_lost',
				'stalled', 'internal', 'time_limit')
		then 'The line was lost before it was settled.'
	when c.ended_by = 'caller' and lib.summary_what(c) is not null
		then 'Hung up before it was settled.'
	end
$$;

-- The words of the owner's task.
create or replace function lib.summary_action(c nightbell.calls,
	i nightbell.call_insights) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case when i.open is not null then concat_ws(' ',
		case c.outcome when 'texts_es' then 'Answer by text in Spanish.'
			else 'Call back.' end, i.open,
		'About: ' || i.what || '.', 'Address: ' || i.address || '.',
		'Wished: ' || i.when_text || '.',
		'Number: ' || coalesce(i.details ->> 'phone',
			i.details ->> 'number') || '.') end
$$;

-- Writes what is left of the call, and the task for what is open, once.
create or replace function lib.summarise(c nightbell.calls)
returns nightbell.call_insights
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	i call_insights;
	task tasks;
	served bool;
begin
	insert into call_insights (business_id, call_id)
		values (c.business_id, c.id)
		on conflict (business_id, call_id) do nothing;
	select * into strict i from call_insights x
	 where x.business_id = c.business_id and x.call_id = c.id
	   for no key update;
	served := lib.call_served(c);
	i.who := lib.call_who(c);
	i.what := lib.summary_what(c);
	i.urgency := lib.summary_urgency(c, i.details);
	i.address := lib.summary_address(c, i.details);
	i.when_text := coalesce(lib.summary_when(c),
		lib.details_when(c.business_id, i.details));
	i.done := lib.summary_done(c);
	i.open := lib.summary_open(c, served);
	i.outcome := c.outcome;
	i.lang := lib.lang_of(c.business_id, c.lead_id);
	task := lib.summary_task(c);
	i.next_action := coalesce(task.text, lib.summary_action(c, i));
	i := lib.summary_next(c, i, task.id);
	i.summary := lib.summary_text(c, i);
	update call_insights x
	   set (who, what, urgency, address, when_text, done, open, outcome,
		lang, next_action, task_id, task_made, summary, updated_at)
		= (i.who, i.what, i.urgency, i.address, i.when_text, i.done,
		   i.open, i.outcome, i.lang, i.next_action, i.task_id,
		   i.task_made, i.summary, now())
	 where x.business_id = c.business_id and x.call_id = c.id;
	return i;
end $$;

-- The task for what is open: the call's own; else one is made, or what was
-- made before is brought up to date. Nobody rings back a withheld number.
create or replace function lib.summary_next(c nightbell.calls,
	i nightbell.call_insights, task uuid) returns nightbell.call_insights
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if i.task_made then
		update tasks t
		   set text = coalesce(left(i.next_action, 4000), t.text),
		       status = case when task is null and i.open is not null
				then t.status else 'done' end,
		       done_at = case when task is null and i.open is not null
				then t.done_at else coalesce(t.done_at, now()) end
		 where t.business_id = c.business_id and t.id = i.task_id;
		if task is not null then
			i.task_id := task;
			i.task_made := false;
		end if;
	elsif task is not null then
		i.task_id := task;
	elsif i.open is not null and c.caller is not null then
		i.task_id := lib.call_back_task(c, i.details ->> 'name',
			i.next_action);
		i.task_made := true;
	end if;
	return i;
end $$;

-- Did they get what they called for?
create or replace function lib.call_served(c nightbell.calls) returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select exists (select from tool_results t
		where t.business_id = c.business_id and t.call_id = c.id
		  and t.name in ('book', 'move', 'cancel')
		  and (t.result ->> 'ok')::bool)
$$;

create or replace function lib.summary_text(c nightbell.calls,
	i nightbell.call_insights) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select concat_ws(' ', case
		when c.mark is not null then i.who || ': '
			|| replace(c.mark, '_', ' ') || '.'
		when not lib.call_talked(c) then i.who
			|| case when c.ended_by = 'assistant'
				then ' said nothing.' else ' hung up at once.' end
		when i.what is null then i.who || ' called.'
		else format('%s called about %s.', i.who, i.what) end,
		case when i.lang <> b.lang then case i.lang
			when 'es' then 'In Spanish.' else 'In English.' end end,
		case i.urgency when 'emergency' then 'EMERGENCY.'
			when 'now' then 'Needs it now.'
			when 'today' then 'Needs it today.'
			when 'soon' then 'Needs it soon.' end,
		'Address: ' || i.address || '.', i.done, 'Open: ' || i.open)
	  from businesses b where b.id = c.business_id
$$;

-- The same as a letter.
create or replace function lib.summary_mail(c nightbell.calls,
	i nightbell.call_insights) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select concat_ws(E'\n', i.summary, '',
		'Call: ' || to_char(c.started_at at time zone
			lib.timezone(c.business_id),
			'FMDay, FMMonth FMDD, FMHH12:MI AM') || ', '
			|| lib.written_number(c.caller),
		'Who: ' || i.who, 'About: ' || i.what, 'Urgency: ' || i.urgency,
		'Address: ' || i.address, 'When: ' || i.when_text,
		'Done: ' || i.done, 'Open: ' || i.open,
		'To do: ' || i.next_action)
$$;

-- The owner's text and e-mail about the call, by preference.
create or replace function lib.notify_summary(c nightbell.calls,
	i nightbell.call_insights) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	served bool := lib.call_served(c);
	b businesses;
begin
	if c.mark is not null or not lib.call_talked(c) then
		return;
	end if;
	perform lib.notify_owner(c, case when served
		then 'booked' else 'summary' end, left(i.summary, 480));
	select * into b from businesses x where x.id = c.business_id;
	if b.notify ->> 'email' = 'all'
			or b.notify ->> 'email' = 'booked' and served then
		perform lib.email_owner(c.business_id, case when served
			then 'booked: ' when i.urgency = 'emergency'
			then 'EMERGENCY: ' else 'call from ' end || i.who,
			lib.summary_mail(c, i), 'summary-mail:' || c.id);
	end if;
end $$;
