-- Recordings: what a worker tells, who may hear them, what ends them.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(220), t.business(221) \g /dev/null
insert into users (id, email) values (t.id(220, 90), 'r@example.test'), (t.id(221, 90), 's@example.test');
insert into memberships (business_id, user_id, role) values
	(t.id(220), t.id(220, 90), 'staff'), (t.id(221), t.id(221, 90), 'owner');
select t.live_call(220, 'CA220') as c \gset
create function pg_temp.req(call jsonb, n int, more jsonb default '{}') returns jsonb language sql as $$
	select call || jsonb_build_object('recording', t.id(220, 1000 + n), 'stream_no', 1, 'node', 'n1', 'from_ms', 6000,
		'path', (call ->> 'business') || '/2026-11/' || t.id(220, 1000 + n) || '.opus') || more
$$;
create function pg_temp.state(n int) returns text language sql as $$
	select concat_ws(' ', state, duration_ms, bytes, case when deleted_at is not null then 'gone' end)
	  from recordings where id = t.id(220, 1000 + n)
$$;
create function pg_temp.api(f text, n int, usr uuid, business int default 220) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.%s(%L::uuid, %L::uuid, %L::jsonb)', f, t.id(business), usr,
		jsonb_build_object('id', t.id(220, 1000 + n))))
$$;
create function pg_temp.due(node text default 'n1') returns jsonb language sql as $$
	select t.run('nightbell_relay', format('desk.recordings_due(%L)', node))
$$;
create function pg_temp.kept(n int, more jsonb) returns jsonb language sql as $$
	select t.run('nightbell_relay', format('desk.recording_kept(%L::jsonb)',
		jsonb_build_object('business', t.id(220), 'recording', t.id(220, 1000 + n)) || more))
$$;

-- a whole one
select is(t.desk('recording_open', pg_temp.req(:'c', 1)), '{"ok": true, "keep": true}', 'it begins');
select is(t.desk('recording_open', pg_temp.req(:'c', 1)), '{"ok": true, "keep": true}', 'told twice');
select is(pg_temp.state(1), 'recording', 'once');
select is((select extract(epoch from now() - started_at)::int from recordings), 6, 'its time line is the stream''s');
select throws_ok(format($$select t.desk('recording_open', %L)$$, pg_temp.req(:'c', 9, '{"path": "../../etc/passwd"}')),
	'23514', null, 'paths are ours');
select is(t.desk('recording_close', pg_temp.req(:'c', 1, '{"state": "complete", "duration_ms": 9000, "bytes": 4000}')), '{"ok": true}', 'it ends');
select is(pg_temp.state(1), 'complete 9000 4000', 'and is known');
set constraints all immediate;
set constraints all deferred;
select is((select array_agg(data ->> 'state' order by seq) from events where business_id = t.id(220) and type = 'recording'),
	'{recording,complete}', 'dashboards hear of it');
select is(t.desk('recording_close', pg_temp.req(:'c', 2, '{"state": "incomplete", "duration_ms": 10, "bytes": 40, "lost_ms": 5}')),
	'{"ok": true}', 'one whose beginning was not told');
select is(pg_temp.state(2), 'incomplete 10 40', 'is there, too');
select throws_ok(format($$select t.desk('recording_close', %L)$$, pg_temp.req(:'c', 3, '{"state": "gone fishing"}')), 'P0002');
select is(t.run('nightbell_gateway', format('desk.late(%L::jsonb)', jsonb_build_object('fn', 'recording_open', 'at_ms',
	(extract(epoch from now()) * 1000)::bigint - 60000, 'arg', pg_temp.req(:'c', 4)))), '{"ok": true, "keep": true}', 'told late');
select is((select extract(epoch from now() - started_at)::int from recordings where id = t.id(220, 1004)), 66, 'it has its time');

-- who may hear it
select is(pg_temp.api('recording', 1, t.id(220, 90)) - 'started_at', jsonb_build_object('id', t.id(220, 1001), 'call', :'c'::jsonb -> 'call',
	'stream', 1, 'state', 'complete', 'channels', 2, 'from_ms', 6000, 'duration_ms', 9000, 'bytes', 4000), 'its own people');
select is(pg_temp.api('recording_file', 1, t.id(220, 90)) ->> 'path', t.id(220) || '/2026-11/' || t.id(220, 1001) || '.opus', 'the desk hears where');
select throws_ok(format('select pg_temp.api(%L, 1, %L)', 'recording', t.id(221, 90)), '42501', null, 'not other people');
select throws_ok(format('select pg_temp.api(%L, 1, %L, 221)', 'recording', t.id(221, 90)), 'P0002', null, 'nor under another name');
select throws_ok(format('select pg_temp.api(%L, 1, %L, 221)', 'recording_file', t.id(221, 90)), 'P0002', null, 'nor the file');
select throws_ok(format('select pg_temp.api(%L, 4, %L)', 'recording_file', t.id(220, 90)), 'P0002', null, 'what is being written does not play yet');
select is((select jsonb_agg(r -> 'state') from jsonb_array_elements(t.run('nightbell_api', format('api.call(%L::uuid, %L::uuid, %L::jsonb)', t.id(220), t.id(220, 90),
	jsonb_build_object('id', :'c'::jsonb ->> 'call'))) -> 'recordings') r), '["complete", "incomplete", "recording"]', 'a call has its recordings');
select set_config('nightbell.business', t.id(221)::text, true) \g /dev/null
set local role nightbell_api;
select is_empty('select id from nightbell.recordings', 'row level security');
select throws_ok('update nightbell.recordings set state = ''complete''', '42501', null, 'the dashboard changes none');
reset role;
set local role nightbell_gateway;
select throws_ok('delete from nightbell.recordings', '42501', null, 'nobody deletes');
reset role;

-- a worker died
select is(pg_temp.due('n2'), '[]', 'another node''s files are not ours');
select is((select jsonb_agg(d - 'path' - 'call') from jsonb_array_elements(pg_temp.due()) d), jsonb_build_array(jsonb_build_object(
	'business', t.id(220), 'recording', t.id(220, 1004), 'remove', false)), 'one that is written for a while is looked at');
select is(pg_temp.kept(4, '{"duration_ms": 4000, "bytes": 900}'), '{"ok": true}', 'nobody writes it');
select is(pg_temp.state(4), 'incomplete 4000 900', 'as much as plays');
select t.desk('recording_close', pg_temp.req(:'c', 4, '{"state": "complete", "duration_ms": 5000, "bytes": 1000}')) \g /dev/null
select is(pg_temp.state(4), 'complete 5000 1000', 'its writer was only late');
select is(pg_temp.kept(4, '{"duration_ms": 1}'), '{"ok": true}', 'what is closed');
select is(pg_temp.state(4), 'complete 5000 1000', 'is not closed again');
select t.desk('recording_open', pg_temp.req(:'c', 5)) \g /dev/null
select pg_temp.kept(5, '{}') \g /dev/null
select is(pg_temp.state(5), 'failed', 'nothing of it plays');

-- how long
update businesses set recording_days = 30 where id = t.id(220);
update recordings set started_at = now() - interval '29 days' where id = t.id(220, 1002);
select is(pg_temp.due(), '[]', 'it is kept');
update recordings set started_at = now() - interval '31 days' where id = t.id(220, 1002);
select is((select d ->> 'recording' from jsonb_array_elements(pg_temp.due()) d where (d ->> 'remove')::bool), t.id(220, 1002)::text, 'and no longer');
select throws_ok(format('select pg_temp.api(%L, 2, %L)', 'recording_file', t.id(220, 90)), 'P0002', null, 'nobody hears it from then on');
select pg_temp.kept(2, '{"removed": true}') \g /dev/null
select is(pg_temp.state(2), 'deleted 10 40 gone', 'its file is gone');
select is(pg_temp.due(), '[]', 'once');
update businesses set keep_days = 7 where id = t.id(220);
update recordings set started_at = now() - interval '8 days' where id = t.id(220, 1005);
select is(jsonb_array_length(pg_temp.due()), 1, 'never longer than what was said');
select pg_temp.kept(5, '{"removed": true}') \g /dev/null

-- "please do not record this"
select t.desk('recording_open', pg_temp.req(:'c', 6)) \g /dev/null
select t.tool(:'c', 'pr', 'privacy', '{"record": false}') \g /dev/null
select is(array[pg_temp.state(1), pg_temp.state(6)], '{"deleting 9000 4000",deleting}', 'all of the call goes');
select is(t.desk('recording_open', pg_temp.req(:'c', 7)), '{"ok": true, "keep": false}', 'nothing more begins');
select t.desk('recording_close', pg_temp.req(:'c', 6, '{"state": "complete", "duration_ms": 1, "bytes": 1}')) \g /dev/null
select is(pg_temp.state(6), 'deleting 1 1', 'a worker that did not know keeps nothing');
select t.desk('recording_close', pg_temp.req(:'c', 7, '{"state": "deleted"}')) \g /dev/null
select is(pg_temp.state(7), 'deleted gone', 'one that did has removed it');
select is((select count(*)::int from jsonb_array_elements(pg_temp.due()) d where (d ->> 'remove')::bool), 3, 'the keeper removes the rest');
select is(t.run('nightbell_api', format('api.call(%L::uuid, %L::uuid, %L::jsonb)', t.id(220), t.id(220, 90),
	jsonb_build_object('id', :'c'::jsonb ->> 'call'))) -> 'recordings', '[]', 'the page shows none');
select * from finish();
rollback;
