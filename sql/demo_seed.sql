-- A business to try Nightbell with. As nightbell_migrate, after "migrate":
--   psql … -v script_file=conf/scripts/home_services.json -f sql/demo_seed.sql
-- (or -v script="$(cat FILE)"). May run again: it puts its own rows back into
-- place; without a script the one that is there stays.
\set ON_ERROR_STOP on
\set business '019363a0-0000-7000-8000-000000000001'
begin;
set local role nightbell_owner;
set local search_path = nightbell, public;
select set_config('nightbell.business', :'business', true) \g /dev/null

-- The owner hears of missed calls, emergencies and bookings by text.
insert into businesses (id, name, timezone, lang, notify_number, notify)
values (:'business', 'Harbor Heating and Plumbing', 'America/New_York', 'en',
	'+14155550111',
	'{"missed": true, "emergency": true, "summary": "booked"}')
on conflict (id) do update set name = excluded.name,
	timezone = excluded.timezone, lang = excluded.lang,
	notify_number = excluded.notify_number, notify = excluded.notify;

insert into phone_numbers (number, business_id, mode, owner_number, ring_s)
values ('+14155550100', :'business', 'ring_first', '+14155550111', 6)
on conflict (number) do update set mode = excluded.mode,
	owner_number = excluded.owner_number, ring_s = excluded.ring_s;

insert into hours (business_id, dow, opens, closes)
select :'business', dow, '08:00', '18:00' from generate_series(1, 6) dow
on conflict do nothing;

insert into services (business_id, id, name, words, duration_min, price_cents,
	skill, position)
values
(:'business', '019363a0-0000-7000-8000-000000000011', 'furnace repair',
	array['furnace', 'heater', 'heating', 'heat', 'boiler', 'no heat',
		'cold'], 90, 12900, 'heating', 1),
(:'business', '019363a0-0000-7000-8000-000000000012', 'water heater repair',
	array['water heater', 'hot water', 'water tank', 'no hot water'], 120,
	14900, 'plumbing', 2),
(:'business', '019363a0-0000-7000-8000-000000000013', 'drain cleaning',
	array['drain', 'clog', 'clogged', 'sink', 'toilet', 'blocked', 'sewer'],
	60, 9900, 'plumbing', 3)
on conflict (business_id, id) do update set name = excluded.name,
	words = excluded.words, duration_min = excluded.duration_min;

insert into technicians (business_id, id, name)
values
(:'business', '019363a0-0000-7000-8000-000000000021', 'Dana Ortiz'),
(:'business', '019363a0-0000-7000-8000-000000000022', 'Sam Kowalski')
on conflict (business_id, id) do update set name = excluded.name;

insert into technician_skills (business_id, technician_id, skill)
values
(:'business', '019363a0-0000-7000-8000-000000000021', 'heating'),
(:'business', '019363a0-0000-7000-8000-000000000021', 'plumbing'),
(:'business', '019363a0-0000-7000-8000-000000000022', 'heating'),
(:'business', '019363a0-0000-7000-8000-000000000022', 'plumbing')
on conflict do nothing;

insert into assistants (business_id, name, voice)
select :'business', 'Robin', 'rms'
 where not exists (select from assistants where active);
commit;

begin;
select admin.user_add(jsonb_build_object('email', 'owner@harbor.test',
	'business', :'business', 'role', 'owner')) \g /dev/null
commit;

\if :{?script_file}
\set script `cat :'script_file'`
\endif
\if :{?script}
select admin.script_put(:'business', 'home_services', :'script') \g /dev/null
\endif
