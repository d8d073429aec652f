-- Putting a caller through to a person. Each phone is rung once per call, so
-- it comes to an end; a task stays open until somebody has taken the call.

-- Whose phone may be rung now: an available agent who is not being rung for
-- somebody else, the one longest without a call first; then the owner, where
-- calls are rung there first. No row: nobody.
create or replace function lib.transfer_to(c nightbell.calls)
returns table (agent uuid, phone text, name text)
language plpgsql stable set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
begin
	return query
	with candidates as (
		select g.id, g.phone::text, g.name, 1 as nr,
			(select max(t.created_at) from transfers t
			  where t.business_id = g.business_id
			    and t.phone = g.phone) as last
		  from agents g
		 where g.business_id = c.business_id and g.active
		   and g.status = 'available'
		union all
		select null, n.owner_number, null, 2, null
		  from desk.number_find(c.number) n
		 where n.mode = 'ring_first' and n.owner_number is not null
		   and c.forwarded_from is distinct from n.owner_number
	)
	select k.id, k.phone, k.name from candidates k
	 where k.phone is distinct from c.caller and not c.test
	   and not exists (select from transfers t
		where t.business_id = c.business_id and t.phone = k.phone
		  and (t.call_id = c.id or t.state in ('wanted', 'ringing')
			and t.created_at > now() - interval '2 minutes'))
	 order by k.nr, k.last nulls first, k.id limit 1;
end $$;

-- The transfer that this call is in the middle of; all null: none.
create or replace function lib.transfer_open(c nightbell.calls)
returns nightbell.transfers
language sql stable set search_path = nightbell, pg_temp as $$
	select t.* from transfers t
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.state in ('wanted', 'ringing')
$$;

-- The verbs that ring that phone, or null when nobody is to be put through.
-- Whoever answers presses 1 first: a voicemail is no person.
create or replace function lib.transfer_verbs(c nightbell.calls)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	t transfers := lib.transfer_open(c);
	ring_s int;
begin
	if t.id is null then
		return null;
	end if;
	update transfers x set state = 'ringing'
	 where x.business_id = t.business_id and x.id = t.id;
	select n.ring_s into ring_s from desk.number_find(c.number) n;
	return jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
		'verb', 'dial', 'number', t.phone, 'timeout', coalesce(ring_s, 20),
		'path', '/twilio/dial', 'whisper', '/twilio/whisper',
		'caller_id', case when c.caller is null then c.number end)));
end $$;

-- How ringing ended. False: this call was not being put through.
create or replace function lib.transfer_done(c nightbell.calls, taken bool)
returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	t transfers := lib.transfer_open(c);
begin
	if t.id is null then
		return false;
	end if;
	update transfers x set done_at = now(),
		state = case when taken then 'taken' else 'failed' end
	 where x.business_id = t.business_id and x.id = t.id;
	-- What is left then is the task, until a later stream ends otherwise.
	update calls x set outcome = 'message'
	 where not taken and x.business_id = c.business_id and x.id = c.id
	   and x.outcome = 'transfer';
	update tasks k set status = 'done', done_at = now()
	 where taken and k.business_id = t.business_id and k.id = t.task_id
	   and k.status = 'open';
	return true;
end $$;

-- The call's wish to speak to a person, as a task; one per call.
create or replace function lib.person_task(c nightbell.calls, reason text)
returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	task uuid;
begin
	select t.id into task from tasks t
	 where t.business_id = c.business_id and t.call_id = c.id
	   and t.kind = 'person';
	if not found then
		insert into tasks (business_id, kind, lead_id, call_id, name, text)
		select c.business_id, 'person', c.lead_id, c.id, l.name,
			'Wants to speak to a person.' || case when c.private
				then '' else coalesce(' "' || nullif(left(
				btrim(reason), 500), '') || '"', '') end
		  from (select) one
		  left join leads l on l.business_id = c.business_id
			and l.id = c.lead_id
		returning id into task;
	end if;
	return task;
end $$;

-- Streams so far, but for those that ended because a phone was to be rung.
create or replace function lib.streams_lost(c nightbell.calls) returns int
language sql stable set search_path = nightbell, pg_temp as $$
	select c.streams - (select count(distinct t.stream)::int from transfers t
		where t.business_id = c.business_id and t.call_id = c.id
		  and t.stream <= c.streams)
$$;
