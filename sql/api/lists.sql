-- What the dashboard reads. (business, user, request) -> answer. Lists take
-- {"limit": n, "cursor": c} and filters; they give "next", the cursor of the
-- next page or null. Ids are in order of time, so an id is the cursor. Planned
-- anew each time: a filter that is not used then costs nothing.

create or replace function api.calls(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.call_json(r.x, l.name, i) order by (r.x).id desc)
	  into page
	  from (select x from calls x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (req ->> 'status' is null
			or x.status = req ->> 'status')
		   and (req ->> 'outcome' is null
			or x.outcome = req ->> 'outcome')
		   and (req ->> 'mark' is null
			or x.mark = req ->> 'mark')
		   and (req ->> 'caller' is null
			or x.caller = req ->> 'caller')
		   and (req ->> 'lead' is null
			or x.lead_id = (req ->> 'lead')::uuid)
		   and (req ->> 'from' is null
			or x.started_at >= (req ->> 'from')::timestamptz)
		   and (req ->> 'to' is null
			or x.started_at < (req ->> 'to')::timestamptz)
		 order by x.id desc limit n) r
	  left join leads l on l.business_id = business
		and l.id = (r.x).lead_id
	  left join call_insights i on i.business_id = business
		and i.call_id = (r.x).id;
	return lib.page('calls', page, n, seq);
end $$;

create or replace function api.call(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls;
begin
	perform lib.api_enter(business, usr);
	select * into c from calls x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('call');
	end if;
	return jsonb_build_object('call', lib.call_json(c),
		'segments', coalesce((select jsonb_agg(lib.segment_json(s)
				order by s.stream, s.seq)
			from transcript_segments s
			where s.business_id = business and s.call_id = c.id
			  and s.call_started_at = c.started_at), '[]'),
		'appointments', coalesce((select jsonb_agg(lib.appointment_json(a)
				order by a.starts_at)
			from appointments a
			where a.business_id = business and a.call_id = c.id), '[]'),
		'messages', coalesce((select jsonb_agg(lib.message_json(m)
				order by m.id)
			from messages m
			where m.business_id = business and m.call_id = c.id), '[]'),
		'tasks', coalesce((select jsonb_agg(lib.task_json(t) order by t.id)
			from tasks t
			where t.business_id = business and t.call_id = c.id), '[]'),
		'recordings', lib.recordings_of(c));
end $$;

-- In the order of speech; the cursor is "stream.seq".
create or replace function api.segments(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	c calls;
	at int[] := string_to_array(req ->> 'cursor', '.')::int[];
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select * into c from calls x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('call');
	end if;
	select jsonb_agg(lib.segment_json(r) order by r.stream, r.seq) into page
	  from (select * from transcript_segments x
		 where x.business_id = business and x.call_id = c.id
		   and x.call_started_at = c.started_at
		   and (at is null or (x.stream, x.seq) > (at[1], at[2]))
		 order by x.stream, x.seq limit n) r;
	return jsonb_build_object('segments', coalesce(page, '[]'), 'last', seq,
		'next', case when jsonb_array_length(page) = n then
			(page -> (n - 1) ->> 'stream') || '.'
			|| (page -> (n - 1) ->> 'seq') end);
end $$;

create or replace function api.leads(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.lead_json(r) order by r.id desc) into page
	  from (select * from leads x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (req ->> 'phone' is null
			or x.phone = req ->> 'phone')
		   and (req ->> 'q' is null
			or strpos(lower(x.name), lower(req ->> 'q')) > 0
			or strpos(x.phone, req ->> 'q') > 0)
		 order by x.id desc limit n) r;
	return lib.page('leads', page, n, seq);
end $$;

-- A person, with the latest of everything; the lists have the rest.
create or replace function api.lead(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	l leads;
	mine jsonb := jsonb_build_object('lead', req ->> 'id', 'limit', 50);
begin
	perform lib.api_enter(business, usr);
	select * into l from leads x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('lead');
	end if;
	return jsonb_build_object('lead', lib.lead_json(l),
		'opted_out', lib.opted_out(business, l.phone),
		'blocked', lib.is_blocked(business, l.phone),
		'calls', api.calls(business, usr, mine) -> 'calls',
		'messages', api.messages(business, usr, mine) -> 'messages',
		'tasks', api.tasks(business, usr, mine) -> 'tasks',
		'appointments', api.appointments(business, usr, mine)
			-> 'appointments');
end $$;

-- Latest first; with {"from"} (an instant) what is to come, soonest first.
-- The cursor is "start_id", the start in microseconds.
create or replace function api.appointments(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	from_at timestamptz := (req ->> 'from')::timestamptz;
	to_at timestamptz := (req ->> 'to')::timestamptz;
	at timestamptz := timestamptz 'epoch' + interval '1 microsecond'
		* split_part(req ->> 'cursor', '_', 1)::bigint;
	at_id uuid := split_part(req ->> 'cursor', '_', 2)::uuid;
	rows appointments[];
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	if from_at is not null then
		rows := array(select x from appointments x
		 where x.business_id = business and x.starts_at >= from_at
		   and (to_at is null or x.starts_at < to_at)
		   and lib.appointment_fits(x, req)
		   and (at is null or (x.starts_at, x.id) > (at, at_id))
		 order by x.starts_at, x.id limit n);
	else
		rows := array(select x from appointments x
		 where x.business_id = business
		   and (to_at is null or x.starts_at < to_at)
		   and lib.appointment_fits(x, req)
		   and (at is null or (x.starts_at, x.id) < (at, at_id))
		 order by x.starts_at desc, x.id desc limit n);
	end if;
	-- One plan for both: rows are in one order or the other.
	select jsonb_agg(lib.appointment_json(x, s.name, t.name, l.phone,
			b.timezone) order by
			case when from_at is not null then x.starts_at end,
			case when from_at is not null then x.id end,
			x.starts_at desc, x.id desc) into page
	  from unnest(rows) x
	  join businesses b on b.id = business
	  join services s on s.business_id = business and s.id = x.service_id
	  join technicians t on t.business_id = business
		and t.id = x.technician_id
	  left join leads l on l.business_id = business and l.id = x.lead_id;
	return lib.page('appointments', page, n, seq) || jsonb_build_object(
		'next', case when cardinality(rows) = n then
			(extract(epoch from rows[n].starts_at) * 1000000)::bigint
			|| '_' || rows[n].id end);
end $$;

create or replace function lib.appointment_fits(a nightbell.appointments,
	req jsonb) returns bool
language sql stable as $$
	select (req ->> 'status' is null or a.status = req ->> 'status')
	   and (req ->> 'lead' is null or a.lead_id = (req ->> 'lead')::uuid)
	   and (req ->> 'call' is null or a.call_id = (req ->> 'call')::uuid)
$$;

create or replace function api.messages(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.message_json(r.x, l.name) order by (r.x).id desc)
	  into page
	  from (select x from messages x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (req ->> 'conversation' is null
			or x.conversation_id = (req ->> 'conversation')::uuid)
		   and (req ->> 'lead' is null
			or x.lead_id = (req ->> 'lead')::uuid)
		   and (req ->> 'call' is null
			or x.call_id = (req ->> 'call')::uuid)
		   and (req ->> 'direction' is null
			or x.direction = req ->> 'direction')
		   and (req ->> 'status' is null
			or x.status = req ->> 'status')
		 order by x.id desc limit n) r
	  left join leads l on l.business_id = business
		and l.id = (r.x).lead_id;
	return lib.page('messages', page, n, seq);
end $$;

create or replace function api.tasks(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.task_json(r.x, l.phone) order by (r.x).id desc)
	  into page
	  from (select x from tasks x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (req ->> 'status' is null
			or x.status = req ->> 'status')
		   and (req ->> 'kind' is null
			or x.kind = req ->> 'kind')
		   and (req ->> 'lead' is null
			or x.lead_id = (req ->> 'lead')::uuid)
		   and (req ->> 'call' is null
			or x.call_id = (req ->> 'call')::uuid)
		 order by x.id desc limit n) r
	  left join leads l on l.business_id = business
		and l.id = (r.x).lead_id;
	return lib.page('tasks', page, n, seq);
end $$;

create or replace function api.appointment(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	answer jsonb;
begin
	perform lib.api_enter(business, usr);
	select lib.appointment_json(x) into answer from appointments x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('appointment');
	end if;
	return answer;
end $$;

create or replace function api.message(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	answer jsonb;
begin
	perform lib.api_enter(business, usr);
	select lib.message_json(x) into answer from messages x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('message');
	end if;
	return answer;
end $$;

create or replace function api.task(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	answer jsonb;
begin
	perform lib.api_enter(business, usr);
	select lib.task_json(x) into answer from tasks x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid;
	if not found then
		perform lib.no_such('task');
	end if;
	return answer;
end $$;

-- Events after a sequence number, oldest first. after null: just "last", so
-- that a new reader knows where now is, and "from": whoever comes back with a
-- lower number has missed what is not kept any more.
create or replace function api.events(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	after bigint := (req ->> 'after')::bigint;
	n int := least(greatest(coalesce((req ->> 'limit')::int, 100), 1), 1000);
	page jsonb;
	last bigint;
begin
	perform lib.api_enter(business, usr);
	select k.last into last from event_counters k
	 where k.business_id = business;
	if after is not null then
		select jsonb_agg(jsonb_build_object('seq', e.seq, 'type', e.type,
				'at', e.at, 'data', e.data) order by e.seq)
		  into page
		  from (select * from events x
			 where x.business_id = business and x.seq > after
			 order by x.seq limit n) e;
	end if;
	return jsonb_build_object('events', coalesce(page, '[]'),
		'last', coalesce((page -> -1 -> 'seq')::bigint, after, last, 0))
		|| case when after is null then jsonb_build_object('from',
			coalesce(lib.events_resume_from(business), 0))
		else '{}' end;
end $$;

-- Numbers that we answer, what the carrier has against one of them, and how
-- many texts wait for that.
create or replace function api.numbers(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(jsonb_build_object('number', r.number,
			'mode', r.mode, 'owner_number', r.owner_number,
			'problem', r.problem, 'problem_code', r.problem_code,
			'problem_at', r.problem_at, 'task', r.problem_task,
			'held', (select count(*) from outbox o
				where o.business_id = business
				  and o.state = 'held'
				  and o.payload ->> 'from' = r.number))
			order by r.number) into page
	  from (select * from phone_numbers x
		 where x.business_id = business
		   and (req ->> 'cursor' is null or x.number > req ->> 'cursor')
		 order by x.number limit n) r;
	return lib.page('numbers', page, n, seq, 'number');
end $$;
