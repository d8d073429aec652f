-- A call from the page: who may make one, and that nothing leaves for it.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(34) \g /dev/null
select t.business(35) \g /dev/null
update businesses set notify_number = t.number(34, '8'), notify = '{"missed": true, "summary": "all", "email": "all"}',
	notify_email = 'owner@example.test' where id = t.id(34);
update technicians set phone = '+14155550301' where business_id = t.id(34);
insert into on_call (business_id, technician_id, rank) values (t.id(34), t.id(34, 21), 1);
insert into agents (business_id, name, phone, status) values (t.id(34), 'Ada', '+14155550302', 'available');
insert into users (id, email) values (t.id(34, 5), 'staff34@example.test'), (t.id(34, 6), 'viewer34@example.test');
insert into memberships values (t.id(34), t.id(34, 5), 'staff'), (t.id(34), t.id(34, 6), 'viewer');

create function pg_temp.make(usr int, business int default 34) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.browser_call(%L, %L, %L)', t.id(business), t.id(34, usr), '{}'))
$$;
create function pg_temp.begins(call jsonb, nonce text) returns jsonb language sql as $$
	select t.desk('stream_begin', call || jsonb_build_object('nonce', nonce, 'stream', nonce, 'node', 'n'))
$$;
create function pg_temp.sent() returns int language sql as $$
	select count(*)::int from nightbell.outbox where business_id = t.id(34) and kind <> 'call_over'
$$;

-- who may
select throws_ok($$select pg_temp.make(6)$$, '42501', null, 'a viewer makes no call');
select throws_ok($$select pg_temp.make(4, 35)$$, '42501', null, 'nor does the owner of another business');
select pg_temp.make(4) as a \gset
select pg_temp.make(5) as b \gset
select is((select count(*)::int from calls where business_id = t.id(34)), 2, 'owner and staff do');
select results_eq($$select carrier, test, status, caller::text, number::text from calls where business_id = t.id(34) limit 1$$,
	format($$values ('browser', true, 'connecting', null::text, %L)$$, t.number(34)), 'a test call of nobody');
select is((select array_agg(actor) from audit_log where business_id = t.id(34) and action = 'browser_call'),
	array[t.id(34, 4)::text, t.id(34, 5)::text], 'the audit log says who');
select is(t.run('nightbell_api', format('api.calls(%L, %L, %L)', t.id(34), t.id(34, 6), '{}')) #>> '{calls,0,test}',
	'true', 'the dashboard sees what it is');

-- the stream: the business's own script, its nonce once
select pg_temp.begins(:'a', 'nonce-34a') as ctx \gset
select is(:'ctx'::jsonb #>> '{script,say}', 'hello', 'the business''s script');
select is(:'ctx'::jsonb #>> '{context,business,name}', 'Business 34', 'and context');
select is(:'ctx'::jsonb #> '{context,on_call}', 'false', 'nobody is woken up by a test');
select is(:'ctx'::jsonb #> '{context,agents_available}', 'false', 'nor rung');
select throws_ok(format('select pg_temp.begins(%L, %L)', :'a', 'nonce-34a'), 'NB001', null, 'a nonce is good once');

-- what is asked for in it goes nowhere
select is(t.tool(:'a', '1', 'dispatch', '{"kind": "gas", "words": "I smell gas", "phone": "+14155550399"}'),
	'{"ok": false, "error": "nobody"}', 'no technician');
select is(t.tool(:'a', '2', 'transfer', '{}') ->> 'error', 'nobody', 'no telephone rings');
select is((t.tool(:'a', '3', 'book', jsonb_build_object('service', t.id(34, 1), 'start', t.monday('10:00'),
	'name', 'Ann Lee')) ->> 'ok')::bool, true, 'but it books');
select is(t.tool(:'a', '4', 'send_text', jsonb_build_object('kind', 'appointment')) ->> 'ok', 'false', 'no text');

-- lost is over: no carrier brings it back
select t.desk('call_end', :'a'::jsonb || '{"ended_by": "lost", "duration_ms": 9000, "stream_no": 1}') \g /dev/null
select is((select status || ' ' || ended_by from calls where id = (:'a'::jsonb ->> 'call')::uuid), 'ended lost', 'over');
select is((select count(*)::int from call_insights where call_id = (:'a'::jsonb ->> 'call')::uuid and summary is not null), 1,
	'its summary is there');
-- one that said nothing is not missed
select pg_temp.begins(:'b', 'nonce-34b') \g /dev/null
select t.desk('call_end', :'b'::jsonb || '{"ended_by": "caller", "duration_ms": 500, "stream_no": 1}') \g /dev/null
select is((select bool_or(lib.call_missed(c)) from calls c where business_id = t.id(34)), false, 'none is missed');
select is(pg_temp.sent(), 0, 'nothing left the house');
select throws_ok(format('select pg_temp.begins(%L, %L)', :'b', 'nonce-34c'), 'NB002', null, 'over is over');

-- not many at once
select count(pg_temp.make(4)) from generate_series(1, 5) \g /dev/null
select throws_ok($$select pg_temp.make(4)$$, 'NB003', null, 'five at once are enough');
update calls set status = 'ended' where business_id = t.id(34);
select lives_ok($$select pg_temp.make(4)$$, 'when they are over there may be others');
select * from finish();
rollback;
