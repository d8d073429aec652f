-- Small texts in the language of whoever reads them.

-- Which language a lead wants: theirs, else the business's.
create or replace function lib.lang_of(business uuid, lead uuid) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce((select l.lang from leads l
			where l.business_id = business and l.id = lead), b.lang)
	  from businesses b where b.id = business
$$;

create or replace function lib.service_name(s nightbell.services, lang text)
returns text
language sql stable as $$
	select coalesce(nullif(s.names ->> lang, ''), s.name)
$$;

create or replace function lib.first_name(name text) returns text
language sql immutable as $$ select split_part(btrim(name), ' ', 1) $$;

-- "Tue, Nov 24 at 2:00 PM" or "el martes 24 de noviembre a las 2:00 p. m."
create or replace function lib.when_words(at timestamptz, tz text, lang text)
returns text
language sql stable as $$
	select case when lang = 'es' then format('el %s %s de %s a las %s',
		(array['domingo', 'lunes', 'martes', 'miércoles', 'jueves',
			'viernes', 'sábado'])[extract(dow from t)::int + 1],
		extract(day from t)::int,
		(array['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio',
			'julio', 'agosto', 'septiembre', 'octubre', 'noviembre',
			'diciembre'])[extract(month from t)::int],
		to_char(t, 'FMHH12:MI') || case when extract(hour from t) < 12
			then ' a. m.' else ' p. m.' end)
	else to_char(t, 'FMDy, FMMon FMDD') || ' at '
		|| to_char(t, 'FMHH12:MI AM') end
	from (select at at time zone tz) x(t)
$$;

-- What became of an appointment, for its text.
create or replace function lib.visit_words(a nightbell.appointments,
	kind text, lang text) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select format(case lang when 'es' then case kind
			when 'moved' then 'Su cita para %s ahora es %s.'
			when 'cancelled' then 'Su cita para %s %s está cancelada.'
			else 'Su cita para %s es %s.' end
		else case kind
			when 'moved' then 'Your visit for %s is now on %s.'
			when 'cancelled' then 'Your visit for %s on %s is cancelled.'
			else 'You are booked for %s on %s.' end end,
		lib.service_name(s, lang),
		lib.when_words(a.starts_at, lib.timezone(a.business_id), lang))
	from services s
	where s.business_id = a.business_id and s.id = a.service_id
$$;
