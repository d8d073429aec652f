-- Every request of the dashboard, as owner of one business.
create table y.who as
	select b.id as business, y.id('2025-01-01 00:00+00', 'u' || z.b) as usr,
		z.b, (select c.id from calls c where c.business_id = b.id
			order by c.id desc offset 100 limit 1) as call
	  from businesses b join y.b z on z.id = b.id and z.b = 3;
-- values by word; "id" is by function
create table y.words as
select 'limit' as key, '50'::text as val from y.who
union all select k, call::text from y.who, unnest(array['call', 'cursor', 'id']) k
union all select 'lead', c.lead_id::text from y.who w join calls c
	on c.business_id = w.business and c.id = w.call
union all select 'phone', '+121200300007' union all select 'caller', '+121200300007'
union all select 'number', '+13130003007' union all select 'actor', 'owner'
union all select 'action', 'looked' union all select 'q', 'caller 7'
union all select 'status', 'ended' union all select 'status', 'open'
union all select 'state', 'dead' union all select 'outcome', 'booked'
union all select 'kind', 'call_back' union all select 'direction', 'out'
union all select 'mark', 'sales' union all select 'after', '100'
union all select 'from', '2025-01-10T00:00:00Z'
union all select 'to', '2025-01-20T00:00:00Z'
union all select 'conversation', c.conversation_id::text from y.who w join calls c
	on c.business_id = w.business and c.id = w.call;
create function y.some(tbl regclass, more text default 'true')
returns setof text language plpgsql as $$
begin
	return query execute format('select t.id::text from %s t, y.who w
		where t.business_id = w.business and %s order by t.id desc
		limit 7', tbl, more);
end $$;
create table y.reads as
select p.proname::text as f, coalesce(k.req, '{}') as req
  from pg_proc p, lateral (select null::jsonb as req union all
	select jsonb_build_object(w.key, w.val) || case when w.key <> 'id' and
		p.prosrc ~ 'req ->> ''id''' then jsonb_build_object('id', w2.val)
		else '{}' end from y.words w, y.words w2
	 where w2.key = 'id' and (w.key <> 'cursor'
		or p.prosrc ~ 'cursor''\)::uuid')
	union all select jsonb_build_object('id', i) from unnest(
		case p.proname when 'lead' then array(select y.some('leads'))
		when 'appointment' then array(select y.some('appointments'))
		when 'message' then array(select y.some('messages'))
		when 'task' then array(select y.some('tasks'))
		when 'recording' then array(select y.some('recordings'))
		when 'recording_file' then array(select y.some('recordings'))
		end) i) k
 where p.pronamespace = 'api'::regnamespace
   and pg_get_function_identity_arguments(p.oid)
	= 'business uuid, usr uuid, req jsonb'
 order by p.proname;
create table y.changes as
select 'task_set' as f, jsonb_build_object('id', i, 'status', s) as req
  from y.some('tasks') i, unnest(array['done', 'open']) s
union all select 'outbox_redrive', jsonb_build_object('id', i)
  from y.some('outbox', 't.state = ''dead''') i
union all select 'unblock', jsonb_build_object('id', i)
  from y.some('blocked_callers', 't.ended_at is null') i
union all select 'block', jsonb_build_object('number',
	'+1414' || 5550100 + n, 'reason', 'sales') from generate_series(1, 7) n
union all select 'token_add', jsonb_build_object('name', 'Wall ' || n,
	'role', 'viewer') from generate_series(1, 7) n
union all select 'token_revoke', jsonb_build_object('id', i)
  from y.some('api_keys', 't.revoked_at is null') i
union all select 'person_remove', jsonb_build_object('id',
	y.id('2025-01-01 00:00+00', 'p' || w.b || '.' || n))
  from y.who w, generate_series(1, 7) n;

create procedure y.api() language plpgsql as $$
declare
	w y.who;
	r record;
	link text;
	who jsonb;
begin
	select * into w from y.who;
	for r in select * from y.reads loop
		for i in 1 .. 7 loop
			perform y.ask('api.' || r.f, w.business::text,
				w.usr::text, r.req::text);
		end loop;
		call y.done();
	end loop;
	for r in select * from y.changes loop
		perform y.ask('api.' || r.f, w.business::text, w.usr::text,
			r.req::text);
		call y.done();
	end loop;
	for i in 1 .. 7 loop
		perform y.ask('api.link_ask', jsonb_build_object('email',
			'owner3@example.test', 'address', '192.0.2.1')::text);
		call y.done();
		perform y.ask('api.link_mail', jsonb_build_object('email',
			'owner3@example.test', 'url', 'https://x/#')::text);
		call y.done();
		link := 'l' || y.id('2025-01-01 00:00+00',
			'p3.' || 10 + i);
		who := y.ask('api.link_redeem', jsonb_build_object(
			'token', link)::text);
		call y.done();
		who := y.ask('api.refresh', jsonb_build_object(
			'secret', who -> 'secret')::text);
		call y.done();
		perform y.ask('api.session', jsonb_build_object('secret',
			who -> 'secret', 'user', who -> 'user')::text);
		perform y.ask('api.session', jsonb_build_object('session',
			who -> 'session', 'user', who -> 'user')::text);
		perform y.ask('api.session', jsonb_build_object('token',
			'k3.' || i, 'user', w.usr)::text);
		perform y.ask('api.sign_out', jsonb_build_object(
			'secret', who -> 'secret')::text);
		call y.done();
	end loop;
end $$;
