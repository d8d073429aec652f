-- Nobody's time is sold twice.
begin;
select t.business(40, 1) \g /dev/null
commit;

begin;
select plan(26);
set local search_path = nightbell, public;

select t.live_call(40, 'CA40a') as a \gset
select t.live_call(40, 'CA40b', '{"From": "+14155550124"}') as b \gset
\set svc '''"service": "00000000-0000-7000-8000-000000400001"'''
select ('{' || :svc || ', "start": "' || t.monday('10:00') || '"}')::jsonb as slot \gset

select t.tool(:'a', '1', 'hold', :'slot') as h \gset
select is(:'h'::jsonb ->> 'ok', 'true', 'a free slot is held');
select is(:'h'::jsonb ->> 'end', t.monday('11:30'), 'for as long as the job takes');
select is(t.tool(:'b', '1', 'hold', :'slot') - 'slots',
	'{"ok": false, "error": "slot_taken"}', 'the other call does not get it');
select is(t.tool(:'b', '2', 'hold', :'slot') -> 'slots' -> 0 ->> 'start',
	t.monday('08:30'), 'but is told what is nearest');
select is(t.tool(:'a', '2', 'find_slots', :'slot' || jsonb_build_object(
	'date', left(t.monday('10:00'), 10), 'time', '10:00')) ->> 'exact',
	'true', 'the call itself may still have it');
select is(t.tool(:'a', '3', 'hold', '{"service": "00000000-0000-7000-8000-000000400001",
	"start": "2020-01-06T10:00"}') ->> 'error', 'slot_taken', 'the past is taken');
select is((t.tool(:'a', '4', 'hold', ('{' || :svc || ', "start": "'
	|| t.monday('10:07') || '"}')::jsonb) ->> 'error'), 'slot_taken',
	'only what find_slots offers can be held');

-- constraints are the fence behind the functions
select throws_ok(format('insert into holds (business_id, service_id, technician_id,
	starts_at, ends_at, expires_at) select business_id, service_id,
	technician_id, starts_at + interval ''1 hour'', ends_at + interval ''1 hour'', now()
	from holds where id = %L', :'h'::jsonb ->> 'hold'), '23P01', null,
	'two claims cannot overlap');

select t.tool(:'a', '5', 'book', :'slot' || jsonb_build_object('hold',
	:'h'::jsonb -> 'hold', 'name', '  Jane   Miller ', 'notes', 'no heat')) as k \gset
select is(:'k'::jsonb - 'appointment', jsonb_build_object('ok', true,
	'start', t.monday('10:00'), 'end', t.monday('11:30'),
	'service_name', 'furnace repair'), 'the hold becomes an appointment');
select is((select array[h.state, a.status, a.name, a.notes, l.name]
	from appointments a join holds h on h.id = a.hold_id
	join leads l on l.id = a.lead_id
	where a.id = (:'k'::jsonb ->> 'appointment')::uuid),
	'{booked,booked,Jane Miller,no heat,Jane Miller}', 'with the name on the lead');
select is(t.tool(:'a', '5', 'book', :'slot'), :'k', 'the same key, the same answer');
select is(t.tool(:'a', '6', 'book', :'slot' || jsonb_build_object('hold',
	:'h'::jsonb -> 'hold')), :'k', 'the same hold, the same appointment');
select is((select count(*) from appointments where business_id = t.id(40)), 1::bigint,
	'there is one appointment');
select throws_ok(format('update holds set state = ''released'' where id = %L',
	:'h'::jsonb ->> 'hold'), '23503', null,
	'a claim cannot go while its appointment stands');
select lives_ok(format('update appointments set status = ''cancelled'' where id = %L;
	update holds set state = ''released'' where id = %L',
	:'k'::jsonb ->> 'appointment', :'h'::jsonb ->> 'hold'), 'but after it');

-- a hold that ran out
select t.tool(:'b', '5', 'hold', :'slot') as h2 \gset
update holds set expires_at = now() - interval '1 second'
	where id = (:'h2'::jsonb ->> 'hold')::uuid;
savepoint ran_out;
select is(t.tool(:'b', '6', 'book', :'slot' || jsonb_build_object('hold',
	:'h2'::jsonb -> 'hold', 'name', 'Bo')) ->> 'ok', 'true',
	'counts while nobody else took it');
rollback to ran_out;
select is(t.tool(:'a', '7', 'hold', :'slot') ->> 'ok', 'true', 'somebody else may take it');
select is(t.tool(:'b', '7', 'book', :'slot' || jsonb_build_object('hold',
	:'h2'::jsonb -> 'hold', 'name', 'Bo')) ->> 'error', 'slot_taken',
	'then it is gone');
select is(t.desk('call_end', :'a'::jsonb || '{"ended_by": "caller", "duration_ms": 1}'),
	'{"ok": true}', 'a call that ends');
select t.tool(:'b', '8', 'book', :'slot'::jsonb || '{"name": "Bo"}') as again \gset
select is(:'again'::jsonb ->> 'ok', 'true',
	'gives back what it held; booking without a hold claims and books');
select is(t.tool(:'b', '8b', 'book', :'slot'::jsonb || '{"name": "Bo"}'), :'again',
	'a model that books the same once more has it already');
select is(t.tool(:'b', '9', 'book', '{"name": "Bo"}') ->> 'error', 'bad_request',
	'nothing to book');
delete from appointments;
delete from holds;
commit;

-- Two connections at the same time, the slot of one technician.
select t.connect('h1', 'nightbell_gateway') \g /dev/null
select t.connect('h2', 'nightbell_gateway') \g /dev/null
select 'desk.tool(' || quote_literal(:'a'::jsonb || jsonb_build_object('key', 'r1',
	'name', 'hold', 'args', :'slot'::jsonb)) || ')' as q1,
	'desk.tool(' || quote_literal(:'b'::jsonb || jsonb_build_object('key', 'r1',
	'name', 'hold', 'args', :'slot'::jsonb)) || ')' as q2 \gset
select dblink_exec('h1', 'begin') \g /dev/null
select t.on('h1', :'q1') as one \gset
select dblink_send_query('h2', 'select ' || :'q2' || '::text') \g /dev/null
select ok(t.until_blocked('h2'), 'the second waits while the first is undecided');
select dblink_exec('h1', 'commit') \g /dev/null
select v as two from dblink_get_result('h2') q(v text) \gset
select is((:'one'::jsonb ->> 'ok') || ' ' || (:'two'::jsonb ->> 'error'),
	'true slot_taken', 'one gets the slot, the other is told so');
select count(*) as n from dblink_get_result('h2') q(v text) \gset

-- The same tool call twice at the same time.
select 'desk.tool(' || quote_literal(:'a'::jsonb || jsonb_build_object('key', 'r2',
	'name', 'book', 'args', :'slot'::jsonb || '{"name": "Twice"}')) || ')' as q \gset
select dblink_exec('h1', 'begin') \g /dev/null
select t.on('h1', :'q') as one \gset
select dblink_send_query('h2', 'select ' || :'q' || '::text') \g /dev/null
select t.until_blocked('h2') \g /dev/null
select dblink_exec('h1', 'commit') \g /dev/null
select v as two from dblink_get_result('h2') q(v text) \gset
select is(:'two'::jsonb, :'one'::jsonb, 'a tool call repeated meanwhile gets the same answer');
select is((select count(*) from nightbell.appointments
	where business_id = t.id(40)), 1::bigint, 'and books once');
select dblink_disconnect('h1'), dblink_disconnect('h2') \g /dev/null
select * from finish();
