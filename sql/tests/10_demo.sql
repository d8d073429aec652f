-- The business to try with, and a whole call to it.
\set script '{"name": "home_services"}'
\i sql/demo_seed.sql
\i sql/demo_seed.sql
begin;
set search_path = nightbell, public;
select plan(12);
\set harbor '''019363a0-0000-7000-8000-000000000001'''
select is((select count(*) from memberships where business_id = :harbor), 1::bigint, 'seeded twice is seeded once');
select is((select array[count(*), count(distinct technician_id)] from technician_skills
	where business_id = :harbor), '{4,2}'::bigint[], 'two technicians for everything');
select jsonb_build_object('CallSid', 'CAdemo', 'From', '+14155550177', 'To', '+14155550100') as form \gset
select is(t.desk('voice', :'form') -> 'verbs', '[{"verb": "dial", "number": "+14155550111",
	"timeout": 6, "path": "/twilio/dial", "whisper": "/twilio/whisper"}]', 'rings the owner for six seconds');
select t.desk('dial', :'form'::jsonb || '{"DialCallStatus": "no-answer"}') as p \gset
select jsonb_build_object('call', :'p'::jsonb -> 'call', 'business', :'p'::jsonb -> 'business') as c \gset
select t.desk('stream_begin', :'c'::jsonb || '{"nonce": "demo-nonce", "stream": "MZdemo"}') as x \gset
select is((:'x'::jsonb -> 'context') - array['business', 'names', 'services', 'streets', 'after_hours'], '{
	"disclosure": {"recorded": false, "transcribed": true}, "private": false, "attempt": "first", "languages": ["en"],
	"places": ["Fairview", "Lakewood", "Milford", "Riverside", "Springfield"],
	"on_call": true, "agents_available": true, "emergency_number": "911",
	"caller": {"phone": "+14155550177", "name": null, "can_text": true, "known": false, "lang": null, "appointments": []},
	"hours": [{"dow": 1, "open": "08:00", "close": "18:00"}, {"dow": 2, "open": "08:00", "close": "18:00"},
		{"dow": 3, "open": "08:00", "close": "18:00"}, {"dow": 4, "open": "08:00", "close": "18:00"},
		{"dow": 5, "open": "08:00", "close": "18:00"}, {"dow": 6, "open": "08:00", "close": "18:00"}]}',
	'the context of a first call');
select is((select array_agg(s ->> 'name' || ' ' || (s ->> 'duration_min') order by nr) from jsonb_array_elements(
	:'x'::jsonb #> '{context,services}') with ordinality v(s, nr)),
	array['furnace repair 90', 'water heater repair 120', 'drain cleaning 60'], 'services in their order');
select is(jsonb_array_length(:'x'::jsonb #> '{context,streets}'), 20, 'streets to listen for');
select is(:'x'::jsonb #>> '{context,services,2,names,es}', 'limpieza de desagües', 'and services in Spanish');
select is((select array_agg(p.number || ' ' || b.name order by 1) from phone_numbers p join businesses b on b.id = p.business_id
	where b.id::text like '019363a0-%'), array['+14155550100 Harbor Heating and Plumbing', '+14155550101 Bayside Auto Repair',
	'+14155550102 Maple Street Dental', '+14155550103 Studio Nine Salon', '+14155550104 Northgate Homes'], 'one for each trade');
select is(:'x'::jsonb #> '{context,names}', '["Dana", "Kowalski", "Ortiz", "Sam"]', 'names to listen for');
select t.tool(:'c', '1', 'book', jsonb_build_object('service', :'x'::jsonb #> '{context,services,0,id}',
	'start', t.monday('14:00'), 'name', 'Jane Miller')) as a \gset
select is(:'a'::jsonb ->> 'service_name', 'furnace repair', 'booked');
select t.desk('call_end', :'c'::jsonb || '{"outcome": "booked", "ended_by": "assistant", "duration_ms": 1}') \g /dev/null
select t.desk('voice', :'form'::jsonb || '{"CallSid": "CAdemo2"}') as p \gset
select jsonb_build_object('call', :'p'::jsonb -> 'call', 'business', :'p'::jsonb -> 'business') as c2 \gset
select is(t.desk('stream_begin', :'c2'::jsonb || '{"nonce": "demo-nonce-2", "stream": "MZdemo2"}')
	#> '{context,caller,name}', '"Jane Miller"', 'the next call knows the name');
select throws_ok(format('select t.desk(''stream_begin'', %L)', (:'c2'::jsonb || '{"nonce": "demo-nonce-2"}')),
	'NB001', null, 'not its nonce');
select * from finish();
rollback;
