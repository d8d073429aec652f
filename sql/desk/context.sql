-- What the assistant must know about the business and the caller.

-- Is the business open at this moment?
create or replace function lib.is_open(business uuid, at timestamptz)
returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select case when hd.day is not null
		then coalesce(t::time >= hd.opens and t::time < hd.closes, false)
		else exists (select from hours h
			where h.business_id = business
			  and h.dow = extract(dow from t)
			  and t::time >= h.opens and t::time < h.closes) end
	  from (select at at time zone lib.timezone(business)) l(t)
	  left join holidays hd on hd.business_id = business and hd.day = t::date
$$;

create or replace function lib.services_json(business uuid) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'name', v.name,
		'names', v.names, 'words', v.words,
		'duration_min', v.duration_min) order by v.position, v.name), '[]')
	  from services v where v.business_id = business and v.active
$$;

-- Words of names that are likely to be said, the caller's first.
create or replace function lib.likely_names(business uuid, lead uuid)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(w), '[]')
	  from (select w, min(nr) as nr from (
			select l.name as full_name, 0 as nr from leads l
			 where l.business_id = business and l.id = lead
			union all
			select t.name, 1 from technicians t
			 where t.business_id = business and t.active
			union all
			(select r.name, 2 from leads r
			  where r.business_id = business and r.name is not null
			  order by r.id desc limit 50)) n,
			regexp_split_to_table(n.full_name, '\s+') w
		 where w <> '' group by w order by 2, 1 limit 50) words
$$;

create or replace function lib.places_json(business uuid, kind text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(p.name order by p.name), '[]')
	  from places p where p.business_id = business and p.kind = $2
$$;

create or replace function lib.hours_json(business uuid) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('dow', h.dow,
		'open', to_char(h.opens, 'HH24:MI'),
		'close', to_char(h.closes, 'HH24:MI')) order by h.dow, h.opens), '[]')
	  from hours h where h.business_id = business
$$;

-- Why the assistant speaks now: for the first time, because nobody took the
-- call it had put through, or because its stream broke.
create or replace function lib.attempt_of(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case when c.streams <= 1 then 'first'
		when exists (select from transfers t
			where t.business_id = c.business_id and t.call_id = c.id
			  and t.state = 'failed' and t.stream = c.streams - 1)
		then 'transfer_failed' else 'again' end
$$;

-- The languages that the script can be spoken in, its own first.
create or replace function lib.script_langs(script jsonb, own text)
returns jsonb
language sql stable as $$
	select jsonb_build_array(coalesce(script ->> 'lang', own))
		|| coalesce((select jsonb_agg(l order by l)
		from jsonb_object_keys(case
			jsonb_typeof(script -> 'languages') when 'object'
			then script -> 'languages' else '{}' end) l
		where l <> coalesce(script ->> 'lang', own)), '[]')
$$;

create or replace function lib.caller_json(c nightbell.calls, lang text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('phone', c.caller, 'name', l.name,
		'lang', l.lang, 'known', c.caller is not null and (l.name is not null
			or exists (select from appointments a
				where a.business_id = c.business_id
				  and a.lead_id = c.lead_id)),
		'can_text', c.caller is not null
			and not lib.opted_out(c.business_id, c.caller),
		'appointments', lib.visits(c, $2))
	  from (select) one
	  left join leads l on l.business_id = c.business_id and l.id = c.lead_id
$$;

create or replace function lib.call_context(c nightbell.calls, at timestamptz)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object(
	'call', c.id, 'business', c.business_id,
	'lang', coalesce(a.lang, b.lang), 'voice', a.voice,
	'stream_no', c.streams,
	'script', s.content,
	'context', jsonb_build_object(
		'business', jsonb_build_object('name', b.name, 'phone', c.number,
			'lang', b.lang, 'timezone', b.timezone, 'utc_offset_min',
			(extract(epoch from (at at time zone b.timezone)
				- (at at time zone 'UTC')) / 60)::int),
		'languages', lib.script_langs(s.content, b.lang),
		'attempt', lib.attempt_of(c),
		'disclosure', jsonb_build_object(
			'recorded', b.recorded and not c.private,
			'transcribed', b.transcribed and not c.private),
		'private', c.private,
		'caller', lib.caller_json(c, b.lang),
		'services', lib.services_json(b.id),
		'names', lib.likely_names(b.id, c.lead_id),
		'streets', lib.places_json(b.id, 'street'),
		'places', lib.places_json(b.id, 'city'),
		'hours', lib.hours_json(b.id),
		'after_hours', not lib.is_open(b.id, at),
		'agents_available', exists (select from lib.transfer_to(c)),
		'on_call', not c.test
			and exists (select from lib.on_call_now(b.id, at)),
		'emergency_number', b.emergency_number))
	from businesses b
	left join assistants a on a.business_id = b.id and a.active
	left join scripts s on s.business_id = b.id and s.id = a.script_id
	where b.id = c.business_id
$$;
