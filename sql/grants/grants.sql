-- Who may call what. Everything is taken back first, so that this page is the
-- whole truth. Functions are not PUBLIC's (default privileges, migration 1).
grant usage on schema nightbell, lib, desk
	to nightbell_gateway, nightbell_relay;
grant usage on schema nightbell, lib, api to nightbell_api;
grant usage on schema nightbell, lib, api, admin to nightbell_migrate;
grant usage on schema nightbell, lib to nightbell_definer;

do $$
declare
	t record;
begin
	for t in select c.oid::regclass as name from pg_class c
		  where c.relnamespace = 'nightbell'::regnamespace
		    and c.relkind in ('r', 'p') loop
		execute format('revoke all on %s from nightbell_gateway,
			nightbell_relay, nightbell_api, nightbell_migrate,
			nightbell_definer', t.name);
	end loop;
	for t in select p.oid::regprocedure as name, p.proowner::regrole as owner
		   from pg_proc p
		  where p.pronamespace in ('lib'::regnamespace,
			'desk'::regnamespace, 'api'::regnamespace,
			'admin'::regnamespace) loop
		execute format('set local role %I', t.owner);
		execute format('revoke all on function %s from nightbell_gateway,
			nightbell_relay, nightbell_api, nightbell_migrate', t.name);
	end loop;
	set local role nightbell_owner;
end $$;
grant execute on all functions in schema lib to
	nightbell_gateway, nightbell_relay, nightbell_api, nightbell_migrate,
	nightbell_definer;

set search_path = nightbell;

-- Gateway: webhooks, streams, tools. Reads the business, writes its calls.
grant execute on function desk.voice, desk.whisper, desk.dial, desk.after,
	desk.status,
	desk.stream, desk.sms, desk.sms_status, desk.stream_begin,
	desk.segments, desk.tool, desk.call_end, desk.snapshot, desk.late,
	desk.model_usage, desk.recording_open, desk.recording_close
	to nightbell_gateway;
grant select, insert, update on usage to nightbell_gateway;
grant select on businesses, hours, holidays, services, technicians,
	technician_skills, scripts, assistants, call_steps, message_steps
	to nightbell_gateway;
grant select, insert, update on leads, conversations, calls, legs,
	transcript_segments, webhook_plans, tool_results, holds,
	appointments, tasks, messages, outbox, opt_outs, events,
	event_counters to nightbell_gateway;
grant select, insert, update on number_facts, call_insights
	to nightbell_gateway;
grant select, insert on consents, stream_tokens, carrier_callbacks
	to nightbell_gateway;
grant update (words) on consents to nightbell_gateway;	-- forgotten, if private

-- Relay: delivers the outbox.
grant execute on function desk.outbox_claim, desk.outbox_done,
	desk.outbox_wait to nightbell_relay;
grant select on businesses, leads, message_steps, carrier_callbacks
	to nightbell_relay;
grant select, update on outbox, messages to nightbell_relay;
grant select, insert on opt_outs to nightbell_relay;
grant select, insert, update on events, event_counters to nightbell_relay;

-- Emergencies: the gateway hears technicians' answers, the relay calls them
-- and asks the next one when time is up.
grant execute on function desk.dispatch_call, desk.dispatch_status
	to nightbell_gateway;
grant select on places, agents, on_call to nightbell_gateway;
grant select, insert, update on transfers, dispatches, dispatch_attempts
	to nightbell_gateway;
grant select on calls, technicians, on_call, consents to nightbell_relay;
grant select, insert, update on dispatches, dispatch_attempts, outbox,
	messages, conversations to nightbell_relay;
grant select, update on tasks to nightbell_relay;

-- A call whose worker died is brought to its end by the relay.
grant select on call_steps, call_insights, tool_results, legs, holds,
	transcript_segments, services, appointments, agents, transfers,
	number_facts to nightbell_relay;
grant insert, update on call_insights, number_facts to nightbell_relay;
grant update on calls to nightbell_relay;
grant insert on tasks to nightbell_relay;

-- Numbers that the carrier refuses texts from: seen by whoever hears of it,
-- cleared with their task.
grant select, update (problem, problem_code, problem_at, problem_task)
	on phone_numbers to nightbell_gateway, nightbell_relay, nightbell_api;

-- Recordings: the gateway writes them, the keeper (a relay) removes files.
grant select, insert, update on recordings to nightbell_gateway;
grant select, update on recordings to nightbell_relay;
grant execute on function desk.recordings_due, desk.recording_kept
	to nightbell_relay;
grant select on recordings to nightbell_api;
grant select on recording_steps to nightbell_gateway, nightbell_relay,
	nightbell_api;
grant execute on function api.recording, api.recording_file
	to nightbell_api;

-- Housekeeping; what deletes is the owner's and has its own limits.
grant execute on function desk.housekeeping, desk.partitions_keep, desk.tidy
	to nightbell_relay;
grant select on webhook_plans to nightbell_relay;
grant update on holds, legs, transfers to nightbell_relay;

-- Dashboard: reads, and the little that it changes.
grant execute on function api.calls, api.call, api.segments, api.leads,
	api.lead, api.appointments, api.appointment, api.messages, api.message,
	api.tasks, api.task, api.task_set, api.outbox, api.outbox_redrive,
	api.blocked, api.block, api.unblock, api.audit, api.tokens,
	api.token_add, api.token_revoke, api.numbers, api.events, api.people,
	api.person_remove, api.membership_end, api.browser_call
	to nightbell_api;
grant select on businesses, memberships, services, technicians, leads,
	conversations, calls, call_insights, transcript_segments,
	appointments, messages, message_steps, tasks, outbox, opt_outs,
	blocked_callers, api_keys, audit_log, number_facts, events,
	event_counters to nightbell_api;
grant insert on events, event_counters, audit_log, blocked_callers,
	api_keys, calls to nightbell_api;
grant select on call_steps to nightbell_api;
grant update on events, event_counters, tasks, outbox, messages,
	blocked_callers, api_keys to nightbell_api;
grant select on blocked_callers to nightbell_gateway;

-- Operators.
grant execute on all functions in schema admin to nightbell_migrate;
grant execute on function api.membership_end to nightbell_migrate;
grant select, insert on users, memberships to nightbell_migrate;
grant update on memberships to nightbell_migrate;
grant insert on sign_in_links, audit_log to nightbell_migrate;
grant select, insert on admins to nightbell_migrate;
grant select, insert on businesses, phone_numbers, hours, services,
	technicians, on_call, api_keys to nightbell_migrate;
grant update (revoked_at) on api_keys to nightbell_migrate;
grant select, update on retention to nightbell_migrate;
grant update (keep_days, recorded, recording_days) on businesses
	to nightbell_migrate;
grant select, insert, update on scripts, assistants to nightbell_migrate;

-- Security definer functions: their owner sees these columns' tables only.
grant select on phone_numbers, businesses, users, memberships, opt_outs
	to nightbell_definer;
grant select (business_id, id, carrier_sid) on calls to nightbell_definer;
grant select, update on outbox to nightbell_definer;
grant insert on outbox to nightbell_definer;	-- mail with a link
grant select, insert, update, delete on sessions, sign_in_links, sign_in_counts
	to nightbell_definer;
grant select, insert, delete on session_secrets to nightbell_definer;
grant select on admins, api_keys to nightbell_definer;
grant delete on admins to nightbell_definer;
grant insert on audit_log to nightbell_definer;
grant select, insert, update on event_counters
	to nightbell_definer;	-- lib.events_anew()
set local role nightbell_definer;
grant execute on function desk.number_find, desk.call_find,
	desk.snapshot_numbers to nightbell_gateway;
grant execute on function desk.outbox_take, desk.outbox_soon,
	desk.number_find, desk.businesses_keep to nightbell_relay;
grant execute on function api.link_ask, api.link_mail, api.link_redeem,
	api.refresh, api.session, api.sign_out, api.role_of,
	api.sessions_end, api.member_json to nightbell_api;
grant execute on function api.businesses_of, api.businesses_all,
	api.people_all, api.admin_end, api.sessions_end, api.member_json to nightbell_migrate;
set local role nightbell_owner;
