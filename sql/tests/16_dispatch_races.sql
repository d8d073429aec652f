-- Answers, timers and tools at the same moment, on real connections.
begin;
select t.business(160, 3) \g /dev/null
update nightbell.technicians set phone = '+1415555014' || right(name, 1) where business_id = t.id(160);
insert into nightbell.on_call (business_id, technician_id, rank)
	select t.id(160), t.id(160, 20 + i), i from generate_series(1, 3) i;
select t.live_call(160, 'CA160') as c \gset
select t.live_call(160, 'CA160b', '{"From": "+14155550152"}') as b \gset
select t.live_call(160, 'CA160m', '{"From": "+14155550153"}') as m \gset
select t.tool(:'m', '1', 'book', jsonb_build_object('service', t.id(160, 1), 'start', t.monday('10:00'), 'name', 'Jo')) as a \gset
insert into nightbell.agents (business_id, name, phone, status) values (t.id(160), 'Al', '+14155550161', 'available');
update nightbell.phone_numbers set mode = 'already_missed' where business_id = t.id(160);
commit;
select plan(24);
set search_path = nightbell, public;
select t.connect('r1', 'nightbell_gateway'), t.connect('r2', 'nightbell_gateway'), t.connect('w1', 'nightbell_relay'),
	t.connect('w2', 'nightbell_relay') \g /dev/null

-- Starts q1 on one, q2 on two while q1 is undecided, then lets both finish.
create function pg_temp.race(one text, q1 text, two text, q2 text) returns text[] language plpgsql as $$
declare
	v1 text;
	v2 text;
	blocked bool;
begin
	perform dblink_exec(one, 'begin');
	v1 := t.on(one, q1);
	perform dblink_send_query(two, 'select (' || q2 || ')::text');
	blocked := t.until_blocked(two);
	perform dblink_exec(one, 'commit');
	begin
		select v into v2 from dblink_get_result(two) q(v text);
	exception when others then
		v2 := sqlstate;
	end;
	perform * from dblink_get_result(two) q(v text);
	return array[v1, v2, blocked::text];
end $$;
create function pg_temp.q(f text, req jsonb) returns text language sql as $$
	select format('desk.%I(%L::jsonb)', f, req)
$$;
create function pg_temp.tool(call jsonb, key text, name text, args jsonb) returns text language sql as $$
	select pg_temp.q('tool', call || jsonb_build_object('key', key, 'name', name, 'args', args))
$$;
create function pg_temp.hook(attempt uuid, more jsonb) returns jsonb language sql as $$
	select jsonb_build_object('id', attempt, 'From', t.number(160), 'CallSid', 'CAo' || attempt) || more
$$;
create function pg_temp.attempt(call jsonb, nr int) returns uuid language sql as $$
	select a.id from nightbell.dispatch_attempts a join nightbell.dispatches d on d.id = a.dispatch_id
	 where d.call_id = (call ->> 'call')::uuid and a.technician_id = t.id(160, 20 + nr)
$$;
create function pg_temp.attempts(call jsonb) returns text[] language sql as $$
	select array_agg(a.state order by a.id) from nightbell.dispatch_attempts a join nightbell.dispatches d on d.id = a.dispatch_id
	 where d.call_id = (call ->> 'call')::uuid
$$;

-- the media role asks again while the first request is undecided
select pg_temp.race('r1', pg_temp.tool(:'c', '1', 'dispatch', '{"kind": "gas"}'),
	'r2', pg_temp.tool(:'c', '1', 'dispatch', '{"kind": "gas"}')) as r \gset
select is((:'r'::text[])[3], 'true', 'the second waits');
select is((:'r'::text[])[2]::jsonb, (:'r'::text[])[1]::jsonb, 'and gets the same answer');
select is(pg_temp.attempts(:'c'), '{asked}', 'one technician is asked once');
select is((select count(*)::int from outbox where business_id = t.id(160) and kind = 'call'), 1, 'by one call');

-- killed in between: nothing of it is there, and the same key does it then
select dblink_exec('r1', 'begin') \g /dev/null
select t.on('r1', pg_temp.tool(:'b', '1', 'dispatch', '{"kind": "gas"}')) \g /dev/null
select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'r1' \g /dev/null
select dblink_disconnect('r1') \g /dev/null
select is(t.on('r2', pg_temp.tool(:'b', '1', 'dispatch', '{"kind": "gas"}'))::jsonb ->> 'technician', 'Tech', 'a request that died is done by the next');
select is(pg_temp.attempts(:'b'), '{asked}', 'once');
select t.connect('r1', 'nightbell_gateway') \g /dev/null

-- time is up for the first while they press 1
update outbox set due_at = now() where kind = 'dispatch_next' and payload ->> 'attempt' = pg_temp.attempt(:'b', 1)::text;
select pg_temp.race('r1', pg_temp.q('dispatch_call', pg_temp.hook(pg_temp.attempt(:'b', 1), '{"Digits": "1"}')),
	'w1', $$desk.outbox_claim('{"worker": "one", "limit": 100}')$$) as r \gset
select is((:'r'::text[])[3], 'true', 'the timer waits for the key');
select is(pg_temp.attempts(:'b'), '{acknowledged}', 'the key was first: nobody else is asked');
-- and the other way round: the timer first
update outbox set due_at = now() where kind = 'dispatch_next' and payload ->> 'attempt' = pg_temp.attempt(:'c', 1)::text;
select pg_temp.race('w1', $$desk.outbox_claim('{"worker": "one", "limit": 100}')$$,
	'r1', pg_temp.q('dispatch_call', pg_temp.hook(pg_temp.attempt(:'c', 1), '{"CallStatus": "in-progress"}'))) as r \gset
select is(pg_temp.attempts(:'c'), '{unanswered,asked}', 'the next one is asked');
select is((:'r'::text[])[3], 'true', 'while the first picks up');
select matches((:'r'::text[])[2], '"gather"', 'and may still take it');

-- two take it at the same moment
select pg_temp.race('r1', pg_temp.q('dispatch_call', pg_temp.hook(pg_temp.attempt(:'c', 1), '{"Digits": "1"}')),
	'r2', pg_temp.q('sms', jsonb_build_object('MessageSid', 'SM160', 'From', '+14155550142', 'To', t.number(160), 'Body', '1'))) as r \gset
select is((:'r'::text[])[3], 'true', 'the second waits for the first');
select is(pg_temp.attempts(:'c'), '{acknowledged,asked}', 'one has it');
select is((select count(*)::int from dispatches where call_id = (:'c'::jsonb ->> 'call')::uuid and state = 'acknowledged'
	and technician_id = t.id(160, 21)), 1, 'the first');
select is((select array_agg(regexp_replace(payload ->> 'body', '^Business 160: ', '') order by id) from outbox
	where number = '+14155550142' and key like 'dispatch-reply:%'), '{"Tech has it already. Thank you."}', 'the other is told the truth');

-- a status callback twice at once asks one more, not two
select t.live_call(160, 'CA160s', '{"From": "+14155550154"}') as s \gset
select t.tool(:'s', '1', 'dispatch', '{"kind": "flood"}') \g /dev/null
select pg_temp.race('r1', pg_temp.q('dispatch_status', pg_temp.hook(pg_temp.attempt(:'s', 1), '{"CallStatus": "busy"}')),
	'r2', pg_temp.q('dispatch_status', pg_temp.hook(pg_temp.attempt(:'s', 1), '{"CallStatus": "busy"}'))) as r \gset
select is(pg_temp.attempts(:'s'), '{unanswered,asked}', 'busy, told twice at once: one more is asked');

-- two relays: the timer fires once
update outbox set due_at = now() where kind = 'dispatch_next' and payload ->> 'attempt' = pg_temp.attempt(:'s', 2)::text;
select dblink_exec('w1', 'begin') \g /dev/null
select t.on('w1', $$desk.outbox_claim('{"worker": "one", "limit": 100}')$$) \g /dev/null
select is((select count(*)::int from jsonb_array_elements(t.on('w2', $$desk.outbox_claim('{"worker": "two", "limit": 100}')$$)::jsonb)), 0,
	'the other relay finds nothing');
select dblink_exec('w1', 'commit') \g /dev/null
select is(pg_temp.attempts(:'s'), '{unanswered,unanswered,asked}', 'one more is asked, by one of them');
-- a relay that dies with the timer in its hands
update outbox set due_at = now() where kind = 'dispatch_next' and payload ->> 'attempt' = pg_temp.attempt(:'s', 3)::text;
select dblink_exec('w1', 'begin') \g /dev/null
select t.on('w1', $$desk.outbox_claim('{"worker": "one", "limit": 100}')$$) \g /dev/null
select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'w1' \g /dev/null
select dblink_disconnect('w1') \g /dev/null
select is(pg_temp.attempts(:'s'), '{unanswered,unanswered,asked}', 'nothing happened');
select t.on('w2', $$desk.outbox_claim('{"worker": "two", "limit": 100}')$$) \g /dev/null
select is((select array_agg(state) from dispatches where call_id = (:'s'::jsonb ->> 'call')::uuid), '{failed}', 'the next one finishes it');

-- an appointment is moved and cancelled by two phones of one family
select t.live_call(160, 'CA160n', '{"From": "+14155550153"}') as n \gset
select pg_temp.race('r1', pg_temp.tool(:'m', 'mv', 'move', jsonb_build_object('appointment', :'a'::jsonb -> 'appointment', 'start', t.monday('13:00'))),
	'r2', pg_temp.tool(:'n', 'ca', 'cancel', jsonb_build_object('appointment', :'a'::jsonb -> 'appointment'))) as r \gset
select is((:'r'::text[])[2]::jsonb ->> 'start', t.monday('13:00'), 'the second sees what the first did');
select is((select array_agg(state order by id) from holds where business_id = t.id(160)), '{released,released}', 'no time stays claimed');

-- one agent, two callers
select pg_temp.race('r1', pg_temp.tool(:'m', 'tr', 'transfer', '{}'), 'r2', pg_temp.tool(:'n', 'tr', 'transfer', '{}')) as r \gset
select is((:'r'::text[])[1]::jsonb ->> 'ok' || ' ' || ((:'r'::text[])[2]::jsonb ->> 'error'), 'true nobody', 'an agent is promised to one of them');

-- a text that comes in the moment the call becomes private
select pg_temp.race('r1', pg_temp.tool(:'n', 'pr', 'privacy', '{"record": false}'), 'r2', pg_temp.q('segments', :'n'::jsonb
	|| '{"items": [{"seq": 1, "rev": 1, "leg": "caller", "start_ms": 0, "end_ms": 1, "text": "secret", "final": true}]}')) as r \gset
select is((select count(*)::int from transcript_segments where call_id = (:'n'::jsonb ->> 'call')::uuid and text is null), 1, 'is not kept');
select dblink_disconnect(n) from unnest(array['r1', 'r2', 'w2']) n \g /dev/null
select * from finish();
