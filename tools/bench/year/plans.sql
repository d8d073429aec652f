-- How api.* functions are carried out over the year: every one that takes
-- (business, user, request), with each key that requests may have, six times
-- (the sixth plan is generic). auto_explain tells all plans, nested ones too;
-- year.mjs reads them.
\set ON_ERROR_STOP on
set search_path = nightbell, public;
create temp table who as
	select b.id as business, m.user_id as usr,
		(select c.id from calls c where c.business_id = b.id
			order by c.id desc offset 100 limit 1) as call
	  from businesses b join memberships m on m.business_id = b.id
	  join y.b z on z.id = b.id and z.b = 3;
-- values by key; "id" is by function
create temp table words as
select 'limit' as key, '50'::text as val from who
union all select k, call::text from who, unnest(array['call', 'cursor', 'id']) k
union all select 'lead', c.lead_id::text from who join calls c
	on c.business_id = who.business and c.id = who.call
union all select 'phone', '+121200300007'
union all select 'caller', '+121200300007'
union all select 'q', 'caller 7' union all select 'status', 'ended'
union all select 'state', 'dead' union all select 'outcome', 'booked'
union all select 'kind', 'call_back' union all select 'direction', 'out'
union all select 'mark', 'sales' union all select 'after', '100'
union all select 'from', '2025-02-01T00:00:00Z'
union all select 'to', '2025-03-01T00:00:00Z'
union all select 'conversation', c.conversation_id::text from who join calls c
	on c.business_id = who.business and c.id = who.call;
create temp table ids as
select 'lead' as f, val from words where key = 'lead'
union all select 'appointment', (select a.id::text from appointments a
	where a.business_id = who.business limit 1) from who
union all select 'message', (select a.id::text from messages a
	where a.business_id = who.business limit 1) from who
union all select 'task', (select a.id::text from tasks a
	where a.business_id = who.business limit 1) from who
union all select 'outbox_redrive', (select a.id::text from outbox a
	where a.business_id = who.business and a.state = 'dead' limit 1) from who;
create temp table asked as
select p.proname as f, who.business, who.usr, coalesce(k.req, '{}') as req
  from who, pg_proc p,
	lateral (select null::jsonb as req union all
		select jsonb_build_object(w.key, coalesce(case when w.key = 'id'
			then i.val end, w.val)) || case when w.key <> 'id' and
			p.prosrc ~ 'req ->> ''id''' then jsonb_build_object('id',
			coalesce(i.val, who.call::text)) else '{}' end
		  from words w left join ids i on i.f = p.proname
		 where w.key <> 'cursor' or p.prosrc ~ 'cursor''\)::uuid') k
 where p.pronamespace = 'api'::regnamespace and p.pronargs = 3
   and p.proargtypes::text = format('%s %s %s', 'uuid'::regtype::oid,
	'uuid'::regtype::oid, 'jsonb'::regtype::oid)
 order by p.proname;
grant select on asked to nightbell_api;

create function y.try(f text, business uuid, usr uuid, req jsonb)
returns bool language plpgsql as $$
begin
	for i in 1 .. 6 loop
		execute format('select api.%I($1, $2, $3)', f)
			using business, usr, req;
	end loop;
	return true;
exception when others then
	return false;	-- it needs other words; year.mjs counts these
end $$;

-- The other side: a function that reads a whole table is noticed.
create function y.reads_all() returns bigint language sql as
	$$ select count(*) from calls where ended_by = 'caller' $$;

grant usage on schema y to nightbell_api;
grant execute on function y.try to nightbell_api;
load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set auto_explain.log_level = notice;
set client_min_messages = notice;
begin;
set local role nightbell_api;
select format('do $x$ begin raise notice ''NOW %s %s %%'', y.try(%L, %L, %L, %L); end $x$',
	f, (select string_agg(k, '+') from jsonb_object_keys(req) k), f,
	business, usr, req) from asked \gexec
rollback;
do $$ begin raise notice 'NOW control % true', y.reads_all() > 0; end $$;
