-- Who may call what.
begin;
select plan(8);

create temp view fns as
	select p.oid, n.nspname as schema, p.proname as name, p.prosecdef as definer,
		p.proowner::regrole::text as owner, p.proconfig, p.provolatile
	  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
	 where n.nspname in ('lib', 'desk', 'api', 'admin', 'nightbell');
create temp view grants as
	select f.schema || '.' || f.name as name,
		case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as role
	  from fns f join pg_proc p on p.oid = f.oid,
		aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	 where a.grantee <> p.proowner;

select bag_eq('select name, role from grants where role = ''public''',
	$$values ('nightbell.uuid_v7', 'public')$$, 'nothing is for everybody but ids');
select bag_eq($$select name from grants where role = 'nightbell_gateway'
	and name !~ '^lib\.'$$, array['desk.voice', 'desk.dial', 'desk.after',
	'desk.status', 'desk.stream', 'desk.sms', 'desk.sms_status',
	'desk.stream_begin', 'desk.segments', 'desk.tool', 'desk.call_end',
	'desk.whisper', 'desk.dispatch_call', 'desk.dispatch_status',
	'desk.number_find', 'desk.call_find', 'desk.snapshot',
	'desk.snapshot_numbers', 'desk.late'], 'the gateway');
select bag_eq($$select name from grants where role = 'nightbell_relay'
	and name !~ '^lib\.'$$, array['desk.outbox_claim', 'desk.outbox_done',
	'desk.outbox_wait', 'desk.outbox_take', 'desk.outbox_next',
	'desk.number_find', 'desk.housekeeping', 'desk.partitions_keep',
	'desk.tidy', 'desk.businesses_keep'], 'the relay');
select bag_eq($$select name from grants where role = 'nightbell_api'
	and name !~ '^lib\.'$$, array['api.calls', 'api.call', 'api.appointments',
	'api.messages', 'api.tasks', 'api.events', 'api.link_redeem',
	'api.session', 'api.sign_out'], 'the dashboard');
select bag_eq($$select name from grants where role = 'nightbell_migrate'
	and name !~ '^lib\.'$$, array['admin.user_add', 'admin.link_create',
	'admin.script_put'], 'operators');
select bag_eq('select schema || ''.'' || name || '' '' || owner from fns where definer',
	array['desk.number_find nightbell_definer', 'desk.call_find nightbell_definer',
	'desk.snapshot_numbers nightbell_definer',
	'desk.outbox_take nightbell_definer', 'desk.outbox_next nightbell_definer',
	'api.link_redeem nightbell_definer', 'api.session nightbell_definer',
	'api.sign_out nightbell_definer', 'desk.businesses_keep nightbell_definer',
	'desk.partitions_keep nightbell_owner', 'desk.tidy nightbell_owner'],
	'security definer: these and no others');
select is_empty($$select schema, name from fns where (proconfig is null
	or not exists (select from unnest(proconfig) c where c = 'search_path=nightbell, pg_temp'))
	and (definer or provolatile = 'v') and name not in ('uuid_v7', 'protect', 'protect_global')$$,
	'functions that write say where they look');
select bag_eq($$select c.relname || ' ' || a.privilege_type from pg_class c,
	aclexplode(c.relacl) a where c.relnamespace = 'nightbell'::regnamespace
	and a.grantee = 'nightbell_definer'::regrole$$, array[
	'phone_numbers SELECT', 'businesses SELECT', 'users SELECT',
	'memberships SELECT', 'opt_outs SELECT', 'outbox SELECT', 'outbox UPDATE',
	'sign_in_links SELECT', 'sign_in_links UPDATE', 'sessions SELECT',
	'sessions INSERT', 'sessions DELETE', 'audit_log INSERT'],
	'what the definer''s functions can touch');
select * from finish();
rollback;
