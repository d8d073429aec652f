-- No business sees another's rows. Generated from the catalogue: a new table
-- that was not fenced fails here.
begin;
set local search_path = nightbell, public;
select * from no_plan();

-- Whatever rows can be read from, in any schema. Names of nightbell's are bare.
create temp view relations as
	select c.*, c.oid::regclass::text as name
	  from pg_class c join pg_namespace n on n.oid = c.relnamespace
	 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	   and c.relkind in ('r', 'p', 'm', 'v', 'f')
	   and not exists (select from pg_depend d
		where d.classid = 'pg_class'::regclass and d.objid = c.oid
		  and d.deptype = 'e');	-- an extension's
create temp view ours as
	select c.oid, c.name as relname, c.relrowsecurity and c.relforcerowsecurity as forced,
		exists (select from pg_attribute a where a.attrelid = c.oid
			and a.attname = 'business_id' and not a.attisdropped)
			or c.name = 'businesses' as tenant
	  from relations c
	 where c.relkind in ('r', 'p') and not c.relispartition;
create temp view logins as
	select rolname as role from pg_roles
	 where rolname ~ '^nightbell_' and rolcanlogin;

select bag_eq('select role from logins', array['nightbell_migrate',
	'nightbell_gateway', 'nightbell_relay', 'nightbell_api',
	'nightbell_backup']::name[], 'who can log in');
select is_empty($$select rolname from pg_roles where rolname ~ '^nightbell_'
	and (rolsuper or rolcreaterole or rolcreatedb)$$,
	'nobody is above the fence');
select bag_eq($$select rolname from pg_roles where rolname ~ '^nightbell_'
	and rolbypassrls$$, array['nightbell_backup']::name[],
	'backups see over it');
select is_empty('select relname from ours where not forced
	and relname !~ ''^[a-z]+_steps$'' and relname not in (''migrations'', ''function_sets'')',
	'every table has row level security, forced');
select is_empty('select relname from ours o where forced and not exists (
	select from pg_policy p where p.polrelid = o.oid)', 'and a policy');
select is_empty($$select relname from ours o where tenant and not exists (
	select from pg_policy p where p.polrelid = o.oid and p.polname = 'tenant'
	and pg_get_expr(p.polqual, p.polrelid) ~ '^\((business_)?id = \(NULLIF\(current_setting\(''nightbell.business''::text, true\), ''''::text\)\)::uuid\)$'
	and pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid))$$,
	'tables of businesses have the tenant policy');
select is_empty($$select role, x from logins, unnest(array['sessions', 'session_secrets',
	'sign_in_counts']) x where role <> 'nightbell_backup' and has_table_privilege(role,
	'nightbell.' || x, 'select, insert, update, delete')$$, 'no login sees sessions');
select bag_eq($$select polrelid::regclass || ' ' || polname from pg_policy
	where polname <> 'tenant'$$, array[
	'phone_numbers resolve', 'memberships resolve', 'businesses resolve',
	'calls resolve', 'outbox claim_see', 'outbox claim_take',
	'opt_outs everywhere', 'opt_outs claim', 'audit_log sign_in',
	'users nightbell_definer', 'users nightbell_migrate', 'users nightbell_owner',
	'retention nightbell_migrate', 'retention nightbell_owner',
	'sign_in_links nightbell_definer', 'sign_in_links nightbell_migrate',
	'sessions nightbell_definer', 'session_secrets nightbell_definer',
	'sign_in_counts nightbell_definer', 'admins nightbell_definer',
	'admins nightbell_migrate', 'outbox resolve', 'api_keys resolve',
	'event_counters restore'], 'and these are all other policies');
select is_empty($$select polrelid::regclass, r from pg_policy, unnest(polroles) r
	where r = 0$$, 'no policy is for everybody');
select is_empty($$select c.name, a.grantee::regrole from relations c, aclexplode(c.relacl) a
	where c.relispartition and a.grantee <> c.relowner$$, 'partitions have no grants of their own');
select is_empty($$select c.name, a.privilege_type from relations c, aclexplode(c.relacl) a
	where a.grantee = 0$$, 'nothing is for everybody');
-- These have no row level security; a view has that of whom it reads for.
select is_empty($$select c.name, r.role from relations c, logins r
	where c.relkind in ('m', 'f') and r.role <> 'nightbell_backup'
	and has_any_column_privilege(r.role, c.oid, 'select, insert, update')$$,
	'no login reads a materialized view or a foreign table');
select is_empty($$select c.name from relations c where c.relkind = 'v'
	and not coalesce((select o.option_value::bool from pg_options_to_table(c.reloptions) o
		where o.option_name = 'security_invoker'), false)$$,
	'views read with the rights of who asks');
select is_empty($$select o.relname, r.role from ours o, logins r
	where has_table_privilege(r.role, o.oid, 'delete, truncate')$$,
	'no login deletes');

-- Backups: all of it, and nothing but reading.
select is_empty($$select c.oid::regclass from pg_class c
	where c.relnamespace = 'nightbell'::regnamespace and c.relkind in ('r', 'p')
	and (not has_table_privilege('nightbell_backup', c.oid, 'select')
	or has_table_privilege('nightbell_backup', c.oid,
		'insert, update, delete, truncate, references, trigger'))$$,
	'backups read every table, partitions too, and write none');
select bag_eq($$select p.pronamespace::regnamespace || '.' || p.proname from pg_proc p
	where p.pronamespace::regnamespace::text in ('nightbell', 'lib', 'desk',
		'api', 'admin')
	and has_function_privilege('nightbell_backup', p.oid, 'execute')$$,
	array['nightbell.uuid_v7'], 'and call nothing');
select bag_eq($$select r.rolname from pg_auth_members m join pg_roles r
	on r.oid = m.roleid where m.member = 'nightbell_backup'::regrole$$,
	array['pg_read_all_data']::name[], 'are in no other role');
select is_empty($$select from pg_auth_members
	where roleid = 'nightbell_backup'::regrole$$, 'and nobody is in theirs');
select ok(rolconfig @> '{default_transaction_read_only=on}', 'read-only by default')
	from pg_roles where rolname = 'nightbell_backup';
create or replace temp view logins as
	select rolname as role from pg_roles
	 where rolname ~ '^nightbell_' and rolcanlogin
	   and rolname <> 'nightbell_backup';

-- Two businesses with a row in every table.
select t.business(1), t.business(2) \g /dev/null
create function pg_temp.life(n int) returns jsonb language plpgsql as $$
declare
	call jsonb := t.live_call(n, 'CAlife' || n);
	slot jsonb := jsonb_build_object('service', t.id(n, 1),
		'start', t.monday('10:00'), 'name', 'Jo ' || n);
	token text;
	a jsonb;
begin
	perform t.desk('segments', call || '{"items": [{"seq": 1, "rev": 1,
		"leg": "caller", "start_ms": 0, "end_ms": 9, "text": "hi"}]}');
	a := t.tool(call, '1', 'book', slot);
	perform t.tool(call, '2', 'consent', '{"channel": "sms", "granted": true,
		"words": "yes"}');
	perform t.tool(call, '3', 'send_text', jsonb_build_object(
		'kind', 'appointment', 'appointment', a -> 'appointment'));
	perform t.tool(call, '4', 'message', '{"text": "call me",
		"details": {"urgency": "soon"}}');
	perform t.desk('sms_status', jsonb_build_object('MessageSid', 'SMland' || n,
		'From', t.number(n), 'To', '+14155550124', 'MessageStatus', 'undelivered',
		'ErrorCode', '30006'));
	perform t.desk('status', t.form(n, 'CAlife' || n,
		'{"CallStatus": "completed"}'));
	perform t.desk('sms', jsonb_build_object('MessageSid', 'SM' || n,
		'From', '+14155550123', 'To', t.number(n), 'Body', 'STOP'));
	insert into nightbell.places values (t.id(n), 'city', 'Springfield');
	update nightbell.technicians set phone = t.number(n, '8')
	 where business_id = t.id(n) and id = t.id(n, 21);
	insert into nightbell.on_call (business_id, technician_id)
		values (t.id(n), t.id(n, 21));
	insert into nightbell.agents (business_id, name, phone, status)
		values (t.id(n), 'Al', t.number(n, '7'), 'available');
	insert into nightbell.number_facts (business_id, number)
		values (t.id(n), '+14155550123');
	perform t.tool(call, '5', 'dispatch', '{"kind": "gas", "words": "gas",
		"details": {"who": "me"}}');
	perform t.tool(call, '6', 'transfer', '{}');
	perform t.desk('model_usage', call || '{"provider": "x", "text_in": 1,
		"text_cached": 0, "text_out": 0, "audio_in": 0,
		"audio_cached": 0, "audio_out": 0, "heard": 0,
		"cost_ucents": 1}');
	insert into nightbell.holidays values (t.id(n), '2026-12-25', 'Christmas');
	insert into nightbell.blocked_callers (business_id, number)
		values (t.id(n), t.number(n, '6'));
	perform t.desk('recording_open', call || jsonb_build_object('recording',
		t.id(n, 77), 'node', 'n1', 'path', t.id(n) || '/2026-11/'
		|| t.id(n, 77) || '.opus'));
	perform t.run('nightbell_migrate', format('admin.token_create(%L)',
		jsonb_build_object('email', 'owner' || n || '@example.test')));
	token := t.run('nightbell_migrate', format('admin.link_create(%L)',
		jsonb_build_object('email', 'owner' || n || '@example.test')))
		->> 'token';
	return call || t.run('nightbell_api', format('api.link_redeem(%L)',
		jsonb_build_object('token', token)));
end $$;
select pg_temp.life(1) as one, pg_temp.life(2) as two \gset
set constraints all immediate;

create function pg_temp.rows_of(tbl oid, business uuid) returns bigint
language plpgsql as $$
declare
	n bigint;
begin
	execute format('select count(*) from %s where %s = $1', tbl::regclass,
		case when tbl = 'nightbell.businesses'::regclass then 'id'
			else 'business_id' end) into n using business;
	return n;
end $$;
select is_empty('select relname from ours where
	case when tenant then pg_temp.rows_of(oid, t.id(2)) = 0 end', 'the other business has a row in every table');

-- What role sees of business 2 after saying "setting".
create function pg_temp.seen(role name, tbl oid, setting text, whose uuid)
returns bigint language plpgsql as $$
declare
	n bigint;
begin
	perform set_config('nightbell.business', setting, true);
	execute format('set local role %I', role);
	n := pg_temp.rows_of(tbl, whose);
	execute 'reset role';
	return n;
end $$;
create temp table readable as
	select o.oid, o.relname, r.role
	  from ours o, (select role from logins union select 'nightbell_owner') r
	 where o.tenant and has_table_privilege(r.role, o.oid, 'select');
select cmp_ok((select count(*)::int from readable), '>', 60, 'there is something to read');
select is_empty('select relname, role from readable
	where pg_temp.seen(role, oid, '''', t.id(2)) > 0', 'without a business nobody sees a row');
select is_empty('select relname, role from readable
	where pg_temp.seen(role, oid, t.id(1)::text, t.id(2)) > 0',
	'in one business nobody sees a row of the other');
select is_empty('select relname, role from readable
	where pg_temp.seen(role, oid, t.id(2)::text, t.id(2)) = 0',
	'in it they do');

-- Writing across.
create function pg_temp.try(role name, setting text, statement text)
returns bigint language plpgsql as $$
declare
	n bigint;
begin
	perform set_config('nightbell.business', setting, true);
	execute format('set local role %I', role);
	execute statement;
	get diagnostics n = row_count;
	execute 'reset role';
	return n;
end $$;
select is(pg_temp.try('nightbell_gateway', t.id(1)::text, format(
	'update calls set outcome = ''stolen'' where id = %L', :'two'::jsonb ->> 'call')),
	0::bigint, 'an update does not reach the other');
select is(pg_temp.try('nightbell_gateway', '',
	'update messages set body = ''x'''), 0::bigint, 'nor anything without a business');
select throws_ok(format('select pg_temp.try(%L, %L, %L)', 'nightbell_gateway', t.id(1),
	format('insert into leads (business_id, name) values (%L, %L)', t.id(2), 'x')),
	'42501', null, 'an insert for the other is refused');
select throws_ok(format('select pg_temp.try(%L, %L, %L)', 'nightbell_gateway', t.id(1),
	format('update leads set business_id = %L', t.id(2))),
	'42501', null, 'and so is giving a row away');
select throws_ok(format('insert into appointments (business_id, hold_id, service_id,
	technician_id, starts_at, ends_at) select %L, hold_id, service_id, technician_id,
	starts_at, ends_at from appointments where business_id = %L limit 1',
	t.id(1), t.id(2)), '23503', null, 'no key crosses businesses, not even for a superuser');

-- Functions with somebody else's ids: every one of desk has a row here.
create function pg_temp.some(tbl text, n int) returns uuid language plpgsql as $$
declare
	v uuid;
begin
	execute format('select id from nightbell.%I where business_id = $1 order by id limit 1',
		tbl) into strict v using t.id(n);
	return v;
end $$;
-- req: of business 1, with ids of things of business 2.
create temp table tried (fn text, req jsonb, role text default 'nightbell_gateway');
-- By a number or the carrier's id: they say whose it is.
insert into tried (fn) values ('number_find'), ('call_find');
-- Of all businesses at once, with no id: what the relay and the node ask.
insert into tried (fn) values ('snapshot_numbers'), ('outbox_claim'), ('outbox_take'),
	('outbox_soon'), ('outbox_wait'), ('housekeeping'), ('partitions_keep'),
	('businesses_keep'), ('recordings_due');
-- What a worker tells of a call.
insert into tried select fn, jsonb_build_object('business', t.id(1),
		'call', :'two'::jsonb -> 'call', 'stream_no', 1) || more::jsonb
	from (values ('tool', '{"key": "x", "name": "message", "args": {"text": "x"}}'),
	('segments', '{"items": [{"seq": 1, "rev": 9, "leg": "caller", "start_ms": 0, "end_ms": 9, "text": "x"}]}'),
	('stream_begin', '{"nonce": "fresh-nonce", "stream": "MZx", "node": "n"}'),
	('call_end', '{"ended_by": "caller", "duration_ms": 1}'),
	('model_usage', '{"provider": "x", "cost_ucents": 99}'),
	('recording_open', '{"recording": "00000000-0000-7000-8000-000000020078", "node": "n1", "path": "x"}'),
	('recording_close', '{"recording": "00000000-0000-7000-8000-000000020077", "state": "deleted"}')) v(fn, more);
insert into tried select 'late', jsonb_build_object('fn', fn, 'at_ms', 1e12, 'arg', req)
	from tried where req is not null;
-- Its own call, but a thing of the other.
insert into tried select fn, jsonb_build_object('business', t.id(1), 'call', :'one'::jsonb -> 'call',
		'recording', t.id(2, 77), 'node', 'n1', 'path', t.id(1) || '/2026-11/' || t.id(2, 77) || '.opus',
		'state', 'deleted', 'removed', true, 'bytes', 1, 'duration_ms', 1), role
	from (values ('recording_open', 'nightbell_gateway'), ('recording_close', 'nightbell_gateway'),
	('recording_kept', 'nightbell_relay')) v(fn, role);
insert into tried select 'tool', jsonb_build_object('business', t.id(1), 'call', :'one'::jsonb -> 'call',
		'key', 'x ' || name, 'name', name, 'args', jsonb_build_object(
		'appointment', pg_temp.some('appointments', 2), 'hold', pg_temp.some('holds', 2),
		'dispatch', pg_temp.some('dispatches', 2), 'service', t.id(2, 1),
		'start', t.monday('10:00'), 'name', 'x', 'words', 'x', 'kind', 'appointment'))
	from unnest(array['find_slots', 'hold', 'book', 'send_text', 'appointments', 'move', 'cancel',
		'dispatch_status', 'dispatch_note', 'details']) name;
insert into tried select 'outbox_done', jsonb_build_object('business', t.id(1), 'ok', true,
	'id', o.id, 'provider_id', 'SMx'), 'nightbell_relay' from outbox o where o.business_id = t.id(2);
-- What the carrier tells: a call of ours, or the number alone, and whatever
-- else a form names.
insert into tried select fn, t.form(1, sid, jsonb_build_object('nb_call', :'two'::jsonb -> 'call',
		'DialCallSid', 'CAlife2', 'StreamSid', 'MZCAlife2', 'MessageSid', 'SM2', 'StreamEvent', 'stream-error',
		'CallStatus', 'completed', 'DialCallStatus', 'completed', 'Digits', '1', 'Body', 'STOP',
		'From', '+14155550123'))
	from unnest(array['CAlife1', 'CAfresh1']) sid,
	unnest(array['voice', 'dial', 'after', 'status', 'stream', 'sms']) fn;
insert into tried select 'whisper', t.form(1, 'CAlife2', '{"ParentCallSid": "CAlife1", "Digits": "1"}');
insert into tried select 'sms_status', jsonb_build_object('MessageSid', sid, 'From', t.number(1),
	'To', t.number(2, '8'), 'MessageStatus', 'failed', 'ErrorCode', code)
	from unnest(array['SM2', 'SMland2']) sid, unnest(array['21610', '30006', '30034']) code;
insert into tried select fn, jsonb_build_object('CallSid', 'CAx', 'From', t.number(1), 'To', t.number(2, '8'),
	'id', pg_temp.some('dispatch_attempts', 2), 'Digits', key, 'CallStatus', 'completed')
	from unnest(array['dispatch_call', 'dispatch_status']) fn, unnest(array['1', '2', '']) key;
-- These take a word.
insert into tried values ('snapshot', to_jsonb(t.number(1)), 'nightbell_gateway'),
	('tidy', to_jsonb(t.id(1)), 'nightbell_relay');

select is_empty($$select p.oid::regprocedure from pg_proc p
	where p.pronamespace = 'desk'::regnamespace
	and p.proname::text not in (select fn from tried)$$,
	'every function of desk is tried, or says why not');
select is_empty($$select distinct fn from tried where not exists (select from pg_proc p
	where p.pronamespace = 'desk'::regnamespace and p.proname::text = fn)$$,
	'and those that are tried are there');

-- All rows of business 2, table by table.
create function pg_temp.sums() returns jsonb language plpgsql as $$
declare
	r record;
	v text;
	all_of jsonb := '{}';
begin
	for r in select relname, case relname when 'businesses' then 'id' else 'business_id' end as key
		   from ours where tenant loop
		execute format('select md5(string_agg(x::text, '';'' order by x::text)) from %s x
			where %I = $1', r.relname, r.key) into v using t.id(2);
		all_of := all_of || jsonb_build_object(r.relname, v);
	end loop;
	return all_of;
end $$;
-- What there is to tidy away, in both.
update webhook_plans set at = '2020-01-01';
update stream_tokens set used_at = '2020-01-01';
update tool_results set at = '2020-01-01';
update carrier_callbacks set at = '2020-01-01';
-- Null, or what went wrong: a row of theirs is another, or is in the answer.
-- Taken back afterwards, so that each is tried on the same rows.
create function pg_temp.crossed(role text, fn text, req jsonb) returns text
language plpgsql as $$
declare
	was jsonb := pg_temp.sums();
	wrong text;
	answer text;
begin
	begin
		answer := t.run(role, format(case jsonb_typeof(req)
			when 'string' then 'desk.%I(%L)' else 'desk.%I(%L::jsonb)' end,
			fn, req #>> '{}'))::text;
		select 'changed ' || string_agg(n.key, ', ') into wrong
		  from jsonb_each(pg_temp.sums()) n
		 where n.value is distinct from was -> n.key;
		raise 'undo' using errcode = 'NB999';
	exception when sqlstate 'NB999' then
		null;
	when no_data_found then
		answer := sqlerrm;	-- none of ours: there is nothing
	when others then
		wrong := sqlstate || ' ' || sqlerrm;
	end;
	return nullif(concat_ws('; ', wrong, 'told ' || substring(answer
		from '((Business|Jo) 2|-00000002|\+1415555.002).*')), '');
end $$;
select cmp_ok((select count(*)::int from tried where req is not null), '>', 50, 'there are calls to try');
select is_empty($$select fn, req, x from tried, pg_temp.crossed(role, fn, req) x
	where req is not null and x is not null$$,
	'with ids of the other nothing of it is read or changed');
create function pg_temp.api(f text, b int, usr int, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.%I(%L, %L, %L)', f, t.id(b), t.id(usr, 4), req))
$$;
-- Every function of the dashboard, from the catalogue.
create temp view asked as
	select p.proname::text as f, p.prosrc ~ '\.(api|list)_enter\(business, usr, ''' as asks
	  from pg_proc p where p.pronamespace = 'api'::regnamespace
	   and pg_get_function_identity_arguments(p.oid) = 'business uuid, usr uuid, req jsonb';
select cmp_ok((select count(*)::int from asked), '>', 15, 'there are functions to try');
create function pg_temp.state_of(f text, b int, usr int, req jsonb) returns text
language plpgsql as $$
begin
	perform pg_temp.api(f, b, usr, req);
	return 'ok';
exception when others then
	return sqlstate;
end $$;
select is_empty($$select f from asked where pg_temp.state_of(f, 2, 1, '{}') <> '42501'$$,
	'none lets in a user who is no member');
select is_empty($$select f from asked where pg_temp.state_of(f, 1, 77, '{}') <> '42501'$$, 'nor one who is nobody');
select is_empty($$select f from asked where pg_temp.state_of(f, 1, 1, jsonb_build_object('id', t.id(2, 4)))
	not in ('P0002', 'ok', '23502')$$, 'with an id that is none of ours there is nothing');
insert into users (id, email) values (t.id(1, 5), 'viewer1@example.test');
insert into memberships values (t.id(1), t.id(1, 5), 'viewer');
select is_empty($$select f from asked where asks and pg_temp.state_of(f, 1, 1, '{}') = '42501'$$,
	'an owner may do everything');
create function pg_temp.viewer(f text) returns text language plpgsql as $$
begin
	perform t.run('nightbell_api', format('api.%I(%L, %L, %L)', f, t.id(1), t.id(1, 5), '{}'));
	return 'ok';
exception when others then
	return sqlstate;
end $$;
select is_empty($$select f from asked where asks and pg_temp.viewer(f) <> '42501'$$,
	'who only reads changes nothing');
select bag_eq($$select f from asked where asks$$, array['task_set', 'outbox_redrive', 'block', 'unblock',
	'audit', 'tokens', 'token_add', 'token_revoke', 'people', 'person_remove', 'browser_call'], 'what asks for more than reading');
select ok(pg_temp.api('calls', 1, 1, '{}') -> 'calls' @> jsonb_build_array(jsonb_build_object('id', :'one'::jsonb -> 'call')),
	'a member sees the call');
select throws_ok(format('select pg_temp.api(%L, 1, 1, %L)', 'call', jsonb_build_object('id', :'two'::jsonb -> 'call')),
	'P0002', null, 'but not another business'' call by its id');
select * from finish();
rollback;
