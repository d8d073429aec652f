-- What the dashboard reads. (business, user, request) -> answer; lists take
-- {"limit": n, "before": cursor} and give "next", the cursor of the next page
-- or null.

-- The user must belong to the business, as far as this transaction sees.
create or replace function lib.api_enter(business uuid, usr uuid)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform lib.enter(business);
	if not exists (select from memberships m
			where m.business_id = business and m.user_id = usr) then
		raise 'not a member of this business'
			using errcode = 'insufficient_privilege';
	end if;
end $$;

create or replace function lib.page_size(req jsonb) returns int
language sql immutable as $$
	select least(greatest(coalesce((req ->> 'limit')::int, 50), 1), 200)
$$;

-- Where a reader of this list goes on with api.events: taken before the rows
-- are read, so that nothing falls in between.
create or replace function lib.last_event(business uuid) returns bigint
language sql volatile set search_path = nightbell, pg_temp as $$
	select coalesce((select k.last from event_counters k
		where k.business_id = business), 0)
$$;

-- Ids are in order of time, so an id is the cursor.
create or replace function api.calls(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint;
begin
	perform lib.api_enter(business, usr);
	seq := lib.last_event(business);
	select jsonb_agg(lib.call_json(c) order by c.id desc) into page
	  from (select * from calls x
		 where x.business_id = business
		   and (req ->> 'before' is null
			or x.id < (req ->> 'before')::uuid)
		 order by x.id desc limit n) c;
	return jsonb_build_object('calls', coalesce(page, '[]'),
		'last', seq, 'next', case when jsonb_array_length(page) = n
			then page -> (n - 1) -> 'id' end);
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
		raise 'no such call' using errcode = 'no_data_found';
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
			where t.business_id = business and t.call_id = c.id), '[]'));
end $$;

-- Latest first; the cursor is "start_id". {"from"} (an instant) turns it into
-- what is to come: soonest first, without a cursor.
create or replace function api.appointments(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n int := lib.page_size(req);
	from_at timestamptz := (req ->> 'from')::timestamptz;
	at timestamptz := split_part(req ->> 'before', '_', 1)::timestamptz;
	id_before uuid := nullif(split_part(req ->> 'before', '_', 2), '')::uuid;
	page jsonb;
	seq bigint;
	cursor_text text;
begin
	perform lib.api_enter(business, usr);
	seq := lib.last_event(business);
	if from_at is not null then
		select jsonb_agg(lib.appointment_json(a) order by a.starts_at, a.id)
		  into page
		  from (select * from appointments x
			 where x.business_id = business and x.starts_at >= from_at
			 order by x.starts_at, x.id limit n) a;
	else
		select jsonb_agg(lib.appointment_json(a)
				order by a.starts_at desc, a.id desc),
			case when count(*) = n then
				(array_agg(a.starts_at || '_' || a.id
					order by a.starts_at, a.id))[1] end
		  into page, cursor_text
		  from (select * from appointments x
			 where x.business_id = business and (at is null
				or (x.starts_at, x.id) < (at, id_before))
			 order by x.starts_at desc, x.id desc limit n) a;
	end if;
	return jsonb_build_object('appointments', coalesce(page, '[]'),
		'last', seq, 'next', cursor_text);
end $$;

create or replace function api.messages(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint;
begin
	perform lib.api_enter(business, usr);
	seq := lib.last_event(business);
	select jsonb_agg(lib.message_json(m) || jsonb_build_object('name', l.name)
			order by m.id desc) into page
	  from (select * from messages x
		 where x.business_id = business
		   and (req ->> 'before' is null
			or x.id < (req ->> 'before')::uuid)
		   and (req ->> 'conversation' is null
			or x.conversation_id = (req ->> 'conversation')::uuid)
		 order by x.id desc limit n) m
	  join leads l on l.business_id = business and l.id = m.lead_id;
	return jsonb_build_object('messages', coalesce(page, '[]'),
		'last', seq, 'next', case when jsonb_array_length(page) = n
			then page -> (n - 1) -> 'id' end);
end $$;

create or replace function api.tasks(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint;
begin
	perform lib.api_enter(business, usr);
	seq := lib.last_event(business);
	select jsonb_agg(lib.task_json(t) order by t.id desc) into page
	  from (select * from tasks x
		 where x.business_id = business
		   and (req ->> 'before' is null
			or x.id < (req ->> 'before')::uuid)
		 order by x.id desc limit n) t;
	return jsonb_build_object('tasks', coalesce(page, '[]'),
		'last', seq, 'next', case when jsonb_array_length(page) = n
			then page -> (n - 1) -> 'id' end);
end $$;

-- Events after a sequence number, oldest first. after null: just "last", so
-- that a new reader knows where now is.
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
		'last', coalesce((page -> -1 -> 'seq')::bigint, after, last, 0));
end $$;
