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
	'desk.snapshot_numbers', 'desk.late', 'desk.model_usage',
	'desk.recording_open', 'desk.recording_close'], 'the gateway');
select bag_eq($$select name from grants where role = 'nightbell_relay'
	and name !~ '^lib\.'$$, array['desk.outbox_claim', 'desk.outbox_done',
	'desk.outbox_wait', 'desk.outbox_take', 'desk.outbox_soon',
	'desk.number_find', 'desk.housekeeping', 'desk.partitions_keep',
	'desk.tidy', 'desk.businesses_keep', 'desk.recordings_due',
	'desk.recording_kept'], 'the relay');
select bag_eq($$select name from grants where role = 'nightbell_api'
	and name !~ '^lib\.'$$, array['api.calls', 'api.call', 'api.segments',
	'api.leads', 'api.lead', 'api.appointments', 'api.appointment',
	'api.messages', 'api.message', 'api.tasks', 'api.task', 'api.task_set',
	'api.outbox', 'api.outbox_redrive', 'api.blocked', 'api.block',
	'api.unblock', 'api.audit', 'api.tokens', 'api.token_add', 'api.token_revoke',
	'api.numbers', 'api.events', 'api.link_ask', 'api.link_mail', 'api.link_redeem',
	'api.refresh', 'api.session', 'api.sign_out', 'api.role_of',
	'api.people', 'api.person_remove', 'api.browser_call', 'api.membership_end', 'api.sessions_end', 'api.member_json',
	'api.recording', 'api.recording_file'], 'the dashboard');
select bag_eq($$select name from grants where role = 'nightbell_migrate'
	and name !~ '^lib\.'$$, array['admin.user_add', 'admin.link_create',
	'admin.token_create', 'admin.business_add', 'admin.script_put',
	'admin.user_remove', 'api.businesses_of', 'api.businesses_all',
	'api.people_all', 'api.sessions_end', 'api.member_json', 'api.admin_end',
	'api.membership_end'], 'operators');
select bag_eq('select schema || ''.'' || name || '' '' || owner from fns where definer',
	(select array_agg(f || ' nightbell_definer') from unnest(array[
	'desk.number_find', 'desk.call_find', 'desk.snapshot_numbers',
	'desk.outbox_take',
	'desk.outbox_soon', 'api.role_of', 'api.sign_in_count', 'api.link_ask',
	'api.link_mail', 'api.who', 'api.secret_new', 'api.session_audit',
	'api.link_redeem', 'api.refresh', 'api.session', 'api.sign_out',
	'api.businesses_of', 'desk.businesses_keep', 'api.sessions_end',
	'api.member_json', 'api.people_all', 'api.businesses_all', 'api.admin_end']) f)
	|| array['desk.partitions_keep nightbell_owner', 'desk.tidy nightbell_owner',
		'api.membership_end nightbell_owner'],
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
	'outbox INSERT', 'sign_in_links SELECT', 'sign_in_links INSERT',
	'sign_in_links UPDATE', 'sign_in_links DELETE',
	'sessions SELECT', 'sessions INSERT',
	'sessions UPDATE', 'sessions DELETE', 'session_secrets SELECT',
	'session_secrets INSERT', 'session_secrets DELETE',
	'sign_in_counts SELECT', 'sign_in_counts INSERT',
	'sign_in_counts UPDATE', 'sign_in_counts DELETE', 'admins SELECT', 'admins DELETE',
	'api_keys SELECT', 'audit_log INSERT',
	'event_counters SELECT', 'event_counters INSERT', 'event_counters UPDATE'],
	'what the definer''s functions can touch');
select * from finish();
rollback;
