-- What a desk asks for every minute.
begin;
select t.business(170), t.business(171) \g /dev/null
select plan(30);
set local search_path = nightbell, public;

create function pg_temp.keep() returns jsonb language sql as $$
	select t.run('nightbell_relay', 'desk.housekeeping()')
$$;
select is((pg_temp.keep() ->> 'ran')::bool, true, 'it runs');

-- Partitions.
select cmp_ok((select count(*)::int from pg_inherits where inhparent = 'events'::regclass
	and inhrelid::regclass::text ~ to_char(current_date + 14, 'YYYY_MM_DD')), '=', 1, 'days ahead are made');
set local role nightbell_owner;
do $$
begin
	execute format('drop table nightbell.events_%s', to_char(current_date + 14, 'YYYY_MM_DD'));
	perform make_partition('events', 'events_2024_02_29', 'at', '2024-02-29 UTC', '2024-03-01 UTC');
	perform make_partition('audit_log', 'audit_log_2021_01_01', 'at', '2021-01-01 UTC', '2021-01-02 UTC');
	perform make_partition('transcript_segments', 'transcript_segments_2020_05',
		'call_started_at', '2020-05-01 UTC', '2020-06-01 UTC');
	perform make_partition('transcript_segments', 'transcript_segments_' || to_char(now() - interval '1 year', 'YYYY_MM'),
		'call_started_at', date_trunc('month', now() - interval '1 year'), date_trunc('month', now() - interval '11 months'));
end $$;
reset role;
select pg_temp.keep() as k \gset
select is(:'k'::jsonb -> 'made', '1', 'what lacked is made');
select is(:'k'::jsonb -> 'dropped', '3', 'what is too old is dropped');
select is(:'k'::jsonb -> 'failed', '[]', 'without a problem');
select is((select count(*)::int from pg_class where relname in ('events_2024_02_29',
	'audit_log_2021_01_01', 'transcript_segments_2020_05')), 0, 'all of it');
select is((select count(*)::int from pg_inherits where inhparent = 'transcript_segments'::regclass
	and inhrelid::regclass::text ~ to_char(now() - interval '1 year', 'YYYY_MM')), 1, 'a year is kept');
update businesses set keep_days = 30;
update businesses set keep_days = 500 where id = t.id(171);
select is(pg_temp.keep() -> 'dropped', '0', 'as long as one business keeps it');
update businesses set keep_days = 30;
select is(pg_temp.keep() -> 'dropped', '1', 'and no longer');
select is_empty($$select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
	cross join lateral aclexplode(c.relacl) a where i.inhparent = 'nightbell.events'::regclass
	and a.grantee <> c.relowner$$, 'partitions have no grants of their own');

-- Calls whose worker died.
create function pg_temp.age(sid text, ago interval) returns void language sql as $$
	update calls set started_at = now() - ago, answered_at = answered_at - ago where carrier_sid = sid;
	update legs set started_at = started_at - ago, accepted_at = accepted_at - ago
	 where call_id = (select id from calls where carrier_sid = sid);
	update webhook_plans set at = at - ago where call_id = (select id from calls where carrier_sid = sid);
	update tool_results set at = at - ago where call_id = (select id from calls where carrier_sid = sid);
$$;
create function pg_temp.is_now(sid text) returns text language sql as $$
	select concat_ws(' ', status, ended_by) from calls where carrier_sid = sid
$$;
select t.live_call(170, 'CA17live', '{"From": "+14155550201"}') as live,
	t.live_call(170, 'CA17dead', '{"From": "+14155550202"}') as dead,
	t.live_call(170, 'CA17old', '{"From": "+14155550203"}') as old,
	t.desk('voice', t.form(170, 'CA17ring', '{"From": "+14155550204"}')) as ring \gset
select t.tool(:'dead', '1', 'message', '{"text": "The furnace is out"}') \g /dev/null
select t.tool(:'dead', '2', 'hold', jsonb_build_object('service', t.id(170, 1), 'start', t.monday('10:00'))) \g /dev/null
select pg_temp.age('CA17live', '14 minutes'), pg_temp.age('CA17dead', '20 minutes'),
	pg_temp.age('CA17old', '2 hours'), pg_temp.age('CA17ring', '20 minutes') \g /dev/null
select is(pg_temp.keep() - 'removed', jsonb_build_object('ran', true, 'made', 0, 'dropped', 0, 'closed', 3,
	'expired', 0, 'failed', '[]'::jsonb, 'changed', jsonb_build_array(t.id(170))), 'what was heard of long ago is closed');
select is(pg_temp.is_now('CA17live'), 'live', 'not a call that goes on');
select is(pg_temp.is_now('CA17dead'), 'ended lost', 'a call with a stream is lost');
select is(pg_temp.is_now('CA17ring'), 'missed', 'a call without is missed');
select cmp_ok((select now() - ended_at from calls where carrier_sid = 'CA17dead'), '>', interval '15 minutes',
	'it ended when it was last heard of');
select isnt((select summary from call_insights where call_id = (:'dead'::jsonb ->> 'call')::uuid), null, 'there is a summary');
select is((select count(*)::int from tasks where call_id = (:'dead'::jsonb ->> 'call')::uuid and status = 'open'),
	1, 'and the task that the caller asked for');
select is((select count(*)::int from outbox where key = 'missed:' || (:'ring'::jsonb ->> 'call')), 1,
	'whoever was missed a moment ago gets the text');
select is((select count(*)::int from outbox where key = 'missed:' || (:'old'::jsonb ->> 'call')), 0,
	'after two hours none');
select matches((select text from tasks where call_id = (:'old'::jsonb ->> 'call')::uuid), 'too late for a text',
	'but somebody is to ring back');
select is(pg_temp.keep() -> 'closed', '0', 'once');

-- People who talk are left in peace.
select t.desk('voice', t.form(170, 'CA17talk', '{"From": "+14155550205"}')) \g /dev/null
select t.desk('whisper', t.form(170, 'CA17owner', '{"ParentCallSid": "CA17talk", "Digits": "1",
	"From": "+14155550205", "To": "+14155559170", "CallStatus": "in-progress"}')) \g /dev/null
select pg_temp.age('CA17talk', '3 hours') \g /dev/null
select is(pg_temp.keep() -> 'closed', '0', 'three hours on the phone');
select pg_temp.age('CA17talk', '5 hours') \g /dev/null
select is(pg_temp.keep() -> 'closed', '1', 'no carrier lets it be five');
select is(pg_temp.is_now('CA17talk'), 'answered', 'it was answered');

-- A late word of the carrier is recorded and changes nothing.
select t.desk('status', t.form(170, 'CA17dead', '{"CallStatus": "completed", "From": "+14155550202"}')) \g /dev/null
select is(pg_temp.is_now('CA17dead'), 'ended lost', 'the carrier tells it late');

-- Rows that have served.
update holds set expires_at = now() - interval '2 hours' where state = 'held';
update webhook_plans set at = now() - interval '8 days' where business_id = t.id(170);
update tool_results set at = now() - interval '31 days' where business_id = t.id(170);
update stream_tokens set used_at = now() - interval '2 days' where business_id = t.id(170);
select t.desk('segments', :'live'::jsonb || '{"items": [{"seq": 1, "rev": 1, "leg": "caller",
	"start_ms": 0, "end_ms": 9, "text": "hello there you", "final": true}]}') \g /dev/null
update legs set ended_at = now() where call_id = (:'live'::jsonb ->> 'call')::uuid;
insert into transcript_segments select business_id, (:'dead'::jsonb ->> 'call')::uuid, now() - interval '40 days', stream, seq,
	rev, leg, start_ms, end_ms, text, heard, final, unsure, reply_ms from transcript_segments where business_id = t.id(170);
update calls set started_at = now() - interval '40 days' where carrier_sid = 'CA17dead';
select pg_temp.keep() as k \gset
select is(:'k'::jsonb -> 'expired', (select to_jsonb(count(*)) from holds where state = 'expired'), 'holds expire');
select is((select count(*)::int from tool_results where business_id = t.id(170))
	+ (select count(*)::int from webhook_plans where business_id = t.id(170))
	+ (select count(*)::int from stream_tokens where business_id = t.id(170)), 0, 'what nobody asks for again is gone');
select is((select count(*)::int from transcript_segments where business_id = t.id(170)), 1,
	'and what was said longer ago than the business keeps it');

-- One desk at a time; no login can shorten what is kept.
select t.connect('h1', 'nightbell_relay') \g /dev/null
select is(t.on('h1', 'desk.housekeeping()')::jsonb, '{"ran": false}', 'one desk at a time');
select dblink_disconnect('h1') \g /dev/null
select is_empty($$select r from unnest(array['nightbell_relay', 'nightbell_gateway', 'nightbell_api']) r
	where has_table_privilege(r, 'nightbell.retention', 'select, insert, update, delete')
	or has_column_privilege(r, 'nightbell.businesses', 'keep_days', 'update')$$, 'how long is not theirs to say');
select * from finish();
rollback;
