-- When somebody who can do the job is free.

-- The times of day on which a visit may begin, in business time, with the
-- instants they mean. A wall clock time that a change of clocks skips is not
-- a time; the visit must end before the doors close.
create or replace function lib.open_starts(business uuid, service uuid,
	first_day date, last_day date)
returns table (day date, local_start timestamp, starts_at timestamptz,
	ends_at timestamptz)
language sql stable set search_path = nightbell, pg_temp as $$
	with b as (
		select bb.timezone as tz, make_interval(mins => s.duration_min) as dur
		  from businesses bb
		  join services s on s.business_id = bb.id and s.id = service
		 where bb.id = business and s.active
	), days as (
		select g::date as d
		  from generate_series(first_day::timestamp, last_day, '1 day') g
	), open as (
		select d, hd.opens, hd.closes from days
		  join holidays hd on hd.business_id = business and hd.day = d
		 where hd.opens is not null
		union all
		select d, h.opens, h.closes from days
		  join hours h on h.business_id = business
			and h.dow = extract(dow from d)
		 where not exists (select from holidays hd
			where hd.business_id = business and hd.day = d)
	)
	select d, g, g at time zone tz, g at time zone tz + dur
	  from open, b,
		generate_series(d + opens, d + closes - interval '1 minute',
			'30 min') g
	 where (g at time zone tz) at time zone tz = g
	   and g at time zone tz + dur <= (d + closes) at time zone tz
$$;

-- Technicians who can do the service and are free, least busy that week
-- first. Claims of the call itself do not count: it may change its mind; nor
-- does the claim of an appointment that is about to move.
create or replace function lib.free_technicians(business uuid, service uuid,
	for_call uuid, from_at timestamptz, to_at timestamptz,
	moving uuid default null)
returns setof uuid
language sql stable set search_path = nightbell, pg_temp as $$
	select t.id
	  from technicians t
	  join services s on s.business_id = business and s.id = service
	 where t.business_id = business and t.active
	   and (s.skill is null or exists (select from technician_skills k
		where k.business_id = business and k.technician_id = t.id
		  and k.skill = s.skill))
	   and not exists (select from holds h
		where h.business_id = business and h.technician_id = t.id
		  and h.id is distinct from moving
		  and tstzrange(h.starts_at, h.ends_at)
			&& tstzrange(from_at, to_at)
		  and (h.state = 'booked' or h.state = 'held'
			and h.expires_at > now()
			and h.call_id is distinct from for_call))
	 order by (select count(*) from holds h
		where h.business_id = business and h.technician_id = t.id
		  and h.state = 'booked'
		  and h.starts_at between from_at - interval '3 days'
			and from_at + interval '3 days'), t.id
$$;

create or replace function lib.part_of(local_start timestamp) returns text
language sql immutable as $$
	select case when extract(hour from local_start) < 12 then 'morning'
		when extract(hour from local_start) < 17 then 'afternoon'
		else 'evening' end
$$;

-- Free slots, nearest to the wish first: the wished day before later ones, on
-- it the wished part and time. Without a wished day part and time lead.
-- Nobody is promised a visit sooner than two hours from at. moving: the claim
-- of an appointment that gives way, and whose own start is no news.
create or replace function lib.find_slots(business uuid, service uuid,
	for_call uuid, wish_day date, wish_part text, wish_time time,
	max_slots int, at timestamptz default now(), moving uuid default null)
returns jsonb
language plpgsql stable set search_path = nightbell, pg_temp as $$
declare
	tz text := lib.timezone(business);
	today date := (at at time zone tz)::date;
	first_day date := greatest(wish_day, today);
	days int;
	slots jsonb;
	n int;
	hit bool;
begin
	if not exists (select from services s where s.business_id = business
			and s.id = service and s.active) then
		raise 'no such service' using errcode = 'no_data_found';
	end if;
	-- A week is enough nearly always; two more when it is not.
	foreach days in array array[6, 20] loop
		select coalesce(jsonb_agg(jsonb_build_object(
				'start', to_char(local_start, 'YYYY-MM-DD"T"HH24:MI'),
				'end', lib.local_text(ends_at, tz)) order by nr), '[]'),
			count(*), bool_or(nr = 1 and day_off = 0 and part_off = 0
				and time_off = interval '0')
		  into slots, n, hit
		  from (
			select o.local_start, o.ends_at, r.*,
				row_number() over (order by r.day_off > 0,
					case when wish_day is null then r.part_off end,
					case when wish_day is null then r.time_off end,
					r.day_off, r.part_off, r.time_off,
					o.starts_at) as nr
			  from lib.open_starts(business, service, first_day,
				first_day + days) o,
			  lateral (select
				case when wish_day is null then 0
					else o.day - wish_day end as day_off,
				(lib.part_of(o.local_start)
					is distinct from coalesce(wish_part,
					lib.part_of(o.local_start)))::int as part_off,
				coalesce(greatest(o.local_start::time - wish_time,
					wish_time - o.local_start::time),
					interval '0') as time_off) r
			 where o.starts_at >= at + interval '2 hours'
			   and exists (select from lib.free_technicians(business,
				service, for_call, o.starts_at, o.ends_at, moving))
			   and not exists (select from holds h
				where h.business_id = business and h.id = moving
				  and h.starts_at = o.starts_at)
		) q
		 where nr <= max_slots;
		exit when n >= max_slots;
	end loop;
	return jsonb_build_object('ok', true, 'exact', coalesce(hit, false),
		'slots', slots);
end $$;

-- The answer when a slot went to somebody else: what is nearest to it.
create or replace function lib.slot_taken(business uuid, service uuid,
	for_call uuid, wish timestamp, moving uuid default null) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('ok', false, 'error', 'slot_taken', 'slots',
		lib.find_slots(business, service, for_call, wish::date, null,
			wish::time, 3, now(), moving) -> 'slots')
$$;

-- Claims the slot for a call; null when nobody is free. Claims of a business
-- are made one after another; the constraint is the fence behind that.
create or replace function lib.claim_slot(business uuid, service uuid,
	for_call uuid, wish timestamp, at timestamptz default now())
returns nightbell.holds
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	slot record;
	technician uuid;
	h holds;
begin
	perform pg_advisory_xact_lock(hashtextextended('slots' || business, 0));
	select o.* into slot
	  from lib.open_starts(business, service, wish::date, wish::date) o
	 where o.local_start = wish and o.starts_at >= at + interval '2 hours';
	if not found then
		return null;
	end if;
	update holds set state = 'released'
	 where business_id = business and call_id = for_call
	   and state = 'held';
	update holds set state = 'expired'
	 where business_id = business and state = 'held'
	   and expires_at <= now()
	   and tstzrange(starts_at, ends_at)
		&& tstzrange(slot.starts_at, slot.ends_at);
	for technician in select lib.free_technicians(business, service,
			for_call, slot.starts_at, slot.ends_at) loop
		begin
			insert into holds (business_id, call_id, service_id,
				technician_id, starts_at, ends_at, expires_at)
			values (business, for_call, service, technician,
				slot.starts_at, slot.ends_at,
				now() + interval '5 minutes')
			returning * into h;
			return h;
		exception when exclusion_violation then
			null;	-- the next technician
		end;
	end loop;
	return null;
end $$;
