-- Businesses to try Nightbell with, one per trade. As nightbell_migrate, after
-- "migrate":
--   psql … -v script_file=FILE -v script_dir=DIR -f sql/demo_seed.sql
-- FILE (or -v script="$(cat FILE)") is the script of the first one; DIR holds
-- those of the others as car_repair.json, dental.json, salon.json and
-- real_estate.json. "nightbell script FILE --print" makes what belongs there.
-- May run again: it puts its own rows back into place; without a script the
-- one that is there stays.
\set ON_ERROR_STOP on
begin;
set local role nightbell_owner;
set local search_path = nightbell, public;

-- What there is, as tables; all ids begin alike and end in the number of the
-- business and of the row.
create or replace function pg_temp.id(n int, what int) returns uuid
language sql immutable as $$
	select format('019363a0-0000-7000-8000-00000000%s%s',
		lpad(n::text, 2, '0'), lpad(what::text, 2, '0'))::uuid
$$;
create temp table demo_business (n int, name text, number text, owner text,
	mode text, days int[], opens time, closes time) on commit drop;
insert into demo_business values
(0, 'Harbor Heating and Plumbing', '+14155550100', '+14155550111', 'ring_first',
	'{1,2,3,4,5,6}', '08:00', '18:00'),
(1, 'Bayside Auto Repair', '+14155550101', '+14155550112', 'ring_first',
	'{1,2,3,4,5,6}', '07:30', '17:30'),
(2, 'Maple Street Dental', '+14155550102', '+14155550113', 'already_missed',
	'{1,2,3,4,5}', '08:00', '17:00'),
(3, 'Studio Nine Salon', '+14155550103', '+14155550114', 'already_missed',
	'{2,3,4,5,6}', '09:00', '19:00'),
(4, 'Northgate Homes', '+14155550104', '+14155550115', 'ring_first',
	'{1,2,3,4,5,6}', '09:00', '18:00');

create temp table demo_service (n int, nr int, name text, es text, words text[],
	minutes int, cents int, skill text) on commit drop;
insert into demo_service values
(0, 1, 'furnace repair', 'reparación de calefacción', '{furnace,heater,heating,
	heat,boiler,no heat,cold,calefacción,caldera}', 90, 12900, 'heating'),
(0, 2, 'water heater repair', 'reparación del calentador de agua',
	'{water heater,hot water,water tank,no hot water,calentador,
	agua caliente}', 120, 14900, 'plumbing'),
(0, 3, 'drain cleaning', 'limpieza de desagües', '{drain,clog,clogged,sink,
	toilet,blocked,sewer,desagüe,drenaje,tapado,inodoro}', 60, 9900,
	'plumbing'),
(1, 1, 'oil change', 'cambio de aceite', '{oil,oil change,lube,service,
	aceite}', 30, 5900, 'service'),
(1, 2, 'brake check', 'revisión de frenos', '{brake,brakes,squeak,squealing,
	grinding,frenos}', 60, null, 'mechanic'),
(1, 3, 'engine check', 'revisión del motor', '{engine,check engine,
	warning light,will not start,overheating,noise,stalls,motor,
	no arranca}', 60, null, 'mechanic'),
(1, 4, 'tire change', 'cambio de llantas', '{tire,tires,flat,puncture,wheel,
	llanta,llantas}', 60, 8900, 'service'),
(2, 1, 'checkup and cleaning', 'revisión y limpieza', '{checkup,check up,
	cleaning,exam,hygienist,revisión,limpieza}', 60, null, 'hygienist'),
(2, 2, 'dentist appointment', 'atención dental', '{dentist,tooth,teeth,
	filling,crown,pain,toothache,broken tooth,muela,diente,dolor}', 60,
	null, 'dentist'),
(2, 3, 'consultation', 'consulta', '{consultation,braces,whitening,implant,
	second opinion,consulta,frenillos}', 30, null, 'dentist'),
(3, 1, 'haircut', 'corte de pelo', '{haircut,cut,trim,hair cut,bangs,corte,
	cabello}', 45, 4500, 'hair'),
(3, 2, 'color', 'color', '{color,coloring,dye,highlights,roots,balayage,tinte,
	mechas}', 120, 11000, 'hair'),
(3, 3, 'manicure', 'manicura', '{manicure,nails,gel,pedicure,uñas}', 45, 3500,
	'nails'),
(4, 1, 'viewing', 'ver una propiedad', '{viewing,view,see it,see one,
	tour,showing,look at,open house,visita,verla}', 60, null, null),
(4, 2, 'valuation', 'valoración', '{valuation,appraisal,worth,value it,
	valorar,tasación}', 60, null, null),
(4, 3, 'call with an agent', 'llamada con un agente', '{call with an agent,
	phone call,a call,consultation,advice,meeting,llamada,consejo}', 20,
	null, null);

create temp table demo_person (n int, nr int, name text, phone text,
	skills text[], on_call int) on commit drop;
insert into demo_person values
(0, 1, 'Dana Ortiz', '+14155550191', '{heating,plumbing}', 2),
(0, 2, 'Sam Kowalski', '+14155550192', '{heating,plumbing}', 1),
(1, 1, 'Luis Herrera', '+14155550193', '{service,mechanic}', 1),
(1, 2, 'Kim Walsh', null, '{service}', null),
(2, 1, 'Doctor Chen', null, '{dentist}', null),
(2, 2, 'Maria Santos', null, '{hygienist}', null),
(3, 1, 'Nina Rossi', null, '{hair}', null),
(3, 2, 'Jade Brooks', null, '{hair,nails}', null),
(4, 1, 'Owen Clarke', null, '{}', null),
(4, 2, 'Rosa Delgado', null, '{}', null);

create temp table demo_agent (n int, nr int, name text, phone text)
	on commit drop;
insert into demo_agent values
(0, 1, 'Pat Reyes', '+14155550196'), (1, 1, 'Toni Marsh', '+14155550197'),
(4, 1, 'Owen Clarke', '+14155550198');

-- One town for all of them.
create temp table demo_place (kind text, name text) on commit drop;
insert into demo_place select 'city', unnest(array['Springfield', 'Riverside',
	'Lakewood', 'Milford', 'Fairview']);
insert into demo_place select 'street', unnest(array['Elm Street', 'Oak Avenue',
	'Harbor Road', 'Maple Drive', 'Cedar Street', 'Chestnut Lane',
	'Willow Court', 'Washington Boulevard', 'Park Avenue', '5th Avenue',
	'North Main Street', 'Jefferson Street', 'Garden Avenue', 'Baker Street',
	'Market Street', 'Franklin Court', 'Spring Drive', 'Forest Lane',
	'Sunset Boulevard', 'Lincoln Drive']);

do $$
declare
	d record;
	b uuid;
begin
for d in select * from demo_business order by n loop
	b := pg_temp.id(d.n, 1);
	perform set_config('nightbell.business', b::text, true);
	-- The owner hears of missed calls, emergencies and bookings by text.
	insert into businesses (id, name, timezone, lang, notify_number, notify)
	values (b, d.name, 'America/New_York', 'en', d.owner,
		'{"missed": true, "emergency": true, "summary": "booked"}')
	on conflict (id) do update set name = excluded.name,
		timezone = excluded.timezone, lang = excluded.lang,
		notify_number = excluded.notify_number, notify = excluded.notify;
	insert into phone_numbers (number, business_id, mode, owner_number, ring_s)
	values (d.number, b, d.mode, d.owner, 6)
	on conflict (number) do update set mode = excluded.mode,
		owner_number = excluded.owner_number, ring_s = excluded.ring_s;
	insert into hours (business_id, dow, opens, closes)
	select b, dow, d.opens, d.closes from unnest(d.days) dow
	on conflict do nothing;
	insert into services (business_id, id, name, names, words, duration_min,
		price_cents, skill, position)
	select b, pg_temp.id(d.n, 10 + s.nr), s.name,
		jsonb_build_object('es', s.es), (select array_agg(btrim(w))
			from unnest(s.words) w), s.minutes, s.cents, s.skill, s.nr
	  from demo_service s where s.n = d.n
	on conflict (business_id, id) do update set name = excluded.name,
		names = excluded.names, words = excluded.words,
		duration_min = excluded.duration_min;
	insert into technicians (business_id, id, name, phone)
	select b, pg_temp.id(d.n, 20 + p.nr), p.name, p.phone
	  from demo_person p where p.n = d.n
	on conflict (business_id, id) do update set name = excluded.name,
		phone = excluded.phone;
	insert into technician_skills (business_id, technician_id, skill)
	select b, pg_temp.id(d.n, 20 + p.nr), k
	  from demo_person p, unnest(p.skills) k where p.n = d.n
	on conflict do nothing;
	insert into on_call (business_id, technician_id, rank)
	select b, pg_temp.id(d.n, 20 + p.nr), p.on_call
	  from demo_person p where p.n = d.n and p.on_call is not null
	on conflict do nothing;
	insert into agents (business_id, id, name, phone, status)
	select b, pg_temp.id(d.n, 30 + a.nr), a.name, a.phone, 'available'
	  from demo_agent a where a.n = d.n
	on conflict (business_id, id) do update set name = excluded.name,
		phone = excluded.phone, status = excluded.status;
	insert into places (business_id, kind, name)
	select b, p.kind, p.name from demo_place p on conflict do nothing;
	insert into assistants (business_id, name, voice)
	select b, 'Robin', 'rms'
	 where not exists (select from assistants where active);
end loop;
end $$;
commit;

\set business '019363a0-0000-7000-8000-000000000001'
begin;
select admin.user_add(jsonb_build_object('email', email, 'business', business,
	'role', 'owner'))
  from (values ('owner@harbor.test', :'business'),
	('owner@bayside.test', '019363a0-0000-7000-8000-000000000101'),
	('owner@maple.test', '019363a0-0000-7000-8000-000000000201'),
	('owner@studio.test', '019363a0-0000-7000-8000-000000000301'),
	('owner@northgate.test', '019363a0-0000-7000-8000-000000000401'))
	u(email, business) \g /dev/null
commit;

\if :{?script_file}
\set script `cat :'script_file'`
\endif
\if :{?script}
select admin.script_put(:'business', 'home_services', :'script') \g /dev/null
\endif
\if :{?script_dir}
\set car_repair `cat :'script_dir'/car_repair.json 2>/dev/null`
\set dental `cat :'script_dir'/dental.json 2>/dev/null`
\set salon `cat :'script_dir'/salon.json 2>/dev/null`
\set real_estate `cat :'script_dir'/real_estate.json 2>/dev/null`
select admin.script_put(business::uuid, name, script::jsonb)
  from (values ('019363a0-0000-7000-8000-000000000101', 'car_repair', :'car_repair'),
	('019363a0-0000-7000-8000-000000000201', 'dental', :'dental'),
	('019363a0-0000-7000-8000-000000000301', 'salon', :'salon'),
	('019363a0-0000-7000-8000-000000000401', 'real_estate', :'real_estate'))
	s(business, name, script)
 where script <> '' \g /dev/null
\endif
