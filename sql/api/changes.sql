-- What owners and staff change, and what they look into when something is
-- wrong. Every change leaves a line in the audit log.

-- {"id", "status": "done" or "open"}.
create or replace function api.task_set(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	t tasks;
begin
	perform lib.api_enter(business, usr, 'staff');
	update tasks x set status = req ->> 'status',
		done_at = case when req ->> 'status' = 'done'
			then coalesce(x.done_at, now()) end
	 where x.business_id = business and x.id = (req ->> 'id')::uuid
	returning * into t;
	if not found then
		perform lib.no_such('task');
	end if;
	perform lib.audit(business, usr::text, 'task_set', jsonb_build_object(
		'task', t.id, 'status', t.status));
	return lib.task_json(t);
end $$;

-- Links to sign in are nobody else's business.
create or replace function lib.outbox_row_json(o nightbell.outbox)
returns jsonb
language sql stable as $$
	select jsonb_build_object('id', o.id, 'kind', o.kind, 'state', o.state,
		'to', coalesce(o.number, o.payload ->> 'to'),
		'text', coalesce(o.payload ->> 'subject', o.payload ->> 'body',
			o.payload ->> 'text'),
		'attempt', o.attempt, 'error', o.error, 'due_at', o.due_at,
		'created_at', o.created_at, 'done_at', o.done_at)
$$;

create or replace function api.outbox(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.outbox_row_json(r) order by r.id desc) into page
	  from (select * from outbox x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (x.key not like 'sign\_in:%')
		   and (req ->> 'state' is null
			or x.state = req ->> 'state')
		   and (req ->> 'kind' is null
			or x.kind = req ->> 'kind')
		 order by x.id desc limit n) r;
	return lib.page('outbox', page, n, seq);
end $$;

create or replace function api.outbox_redrive(business uuid, usr uuid,
	req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	o outbox;
begin
	perform lib.api_enter(business, usr, 'staff');
	select * into o from outbox x
	 where x.business_id = business and x.id = (req ->> 'id')::uuid
	   and x.key not like 'sign\_in:%';
	if not found then
		perform lib.no_such('outbox row');
	end if;
	perform lib.outbox_redrive(business, o.id);
	perform lib.audit(business, usr::text, 'outbox_redrive',
		jsonb_build_object('outbox', o.id));
	select * into o from outbox x
	 where x.business_id = business and x.id = o.id;
	return lib.outbox_row_json(o);
end $$;

create or replace function lib.blocked_json(k nightbell.blocked_callers)
returns jsonb
language sql stable as $$
	select jsonb_build_object('id', k.id, 'number', k.number,
		'reason', k.reason, 'created_at', k.created_at)
$$;

create or replace function api.blocked(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr);
begin
	select jsonb_agg(lib.blocked_json(r) order by r.id desc) into page
	  from (select * from blocked_callers x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (x.ended_at is null)
		   and (req ->> 'number' is null
			or x.number = req ->> 'number')
		 order by x.id desc limit n) r;
	return lib.page('blocked', page, n, seq);
end $$;

-- {"number", "reason"}: from now on. One that is blocked already stays so.
create or replace function api.block(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	k blocked_callers;
begin
	perform lib.api_enter(business, usr, 'staff');
	insert into blocked_callers as x (business_id, number, reason, created_by)
	values (business, (req ->> 'number')::e164, req ->> 'reason', usr)
	on conflict (business_id, number) where ended_at is null
		do update set reason = coalesce(excluded.reason, x.reason)
	returning * into k;
	perform lib.audit(business, usr::text, 'block', jsonb_build_object(
		'number', k.number, 'reason', k.reason));
	return lib.blocked_json(k);
end $$;

create or replace function api.unblock(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	k blocked_callers;
begin
	perform lib.api_enter(business, usr, 'staff');
	update blocked_callers x set ended_at = now()
	 where x.business_id = business and x.id = (req ->> 'id')::uuid
	   and x.ended_at is null
	returning * into k;
	if not found then
		perform lib.no_such('blocked caller');
	end if;
	perform lib.audit(business, usr::text, 'unblock', jsonb_build_object(
		'number', k.number));
	return lib.blocked_json(k);
end $$;

create or replace function api.audit(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr, 'owner');
begin
	select jsonb_agg(jsonb_build_object('id', r.id,
			'at', r.at, 'actor', r.actor, 'action', r.action,
			'detail', r.detail) order by r.id desc) into page
	  from (select * from audit_log x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (req ->> 'action' is null
			or x.action = req ->> 'action')
		   and (req ->> 'actor' is null
			or x.actor = req ->> 'actor')
		 order by x.id desc limit n) r;
	return lib.page('audit', page, n, seq);
end $$;

create or replace function api.tokens(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr, 'owner');
begin
	select jsonb_agg(lib.key_json(r) order by r.id desc) into page
	  from (select * from api_keys x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.id < (req ->> 'cursor')::uuid)
		   and (x.revoked_at is null and x.expires_at > now())
		 order by x.id desc limit n) r;
	return lib.page('tokens', page, n, seq);
end $$;

-- {"name", "role", "days"}: in the name of who asks. The answer is the only
-- place where the key itself is told.
create or replace function api.token_add(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform lib.api_enter(business, usr, 'owner');
	return lib.key_make(business, usr, req ->> 'name', req ->> 'role',
		coalesce((req ->> 'days')::int, 90), usr::text,
		jsonb_build_object('name', req -> 'name'));
end $$;

create or replace function api.token_revoke(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	k api_keys;
begin
	perform lib.api_enter(business, usr, 'owner');
	update api_keys x set revoked_at = now()
	 where x.business_id = business and x.id = (req ->> 'id')::uuid
	   and x.revoked_at is null
	returning * into k;
	if not found then
		perform lib.no_such('token');
	end if;
	perform lib.audit(business, usr::text, 'token_revoke',
		jsonb_build_object('token', k.id));
	return lib.key_json(k);
end $$;
