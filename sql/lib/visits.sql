-- Appointments that a caller has already: seen, moved, cancelled.

create or replace function lib.visit_json(a nightbell.appointments, lang text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('appointment', a.id, 'service', a.service_id,
		'service_id', a.service_id,
		'service_name', lib.service_name(s, lang),
		'start', lib.local_text(a.starts_at, lib.timezone(a.business_id)),
		'end', lib.local_text(a.ends_at, lib.timezone(a.business_id)))
	from services s
	where s.business_id = a.business_id and s.id = a.service_id
$$;

-- What is still to come for the number that calls. A withheld number has
-- nothing to show: anybody could be calling.
create or replace function lib.visits(c nightbell.calls, lang text)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(lib.visit_json(a, lang)
		order by a.starts_at, a.id), '[]')
	  from appointments a
	 where a.business_id = c.business_id and a.lead_id = c.lead_id
	   and c.caller is not null and a.status = 'booked'
	   and a.starts_at > now()
$$;

-- One of them, or all null: it is somebody else's, or past. Locked, so that
-- two calls of one family do not move and cancel it at once.
create or replace function lib.visit_of(c nightbell.calls, appointment uuid)
returns nightbell.appointments
language sql volatile set search_path = nightbell, pg_temp as $$
	select * from appointments a
	 where a.business_id = c.business_id and a.id = appointment
	   and (c.caller is not null and a.lead_id = c.lead_id
		or a.call_id = c.id)
	   and a.starts_at > now() for no key update
$$;

-- A text about a time that is no longer true does not go out any more. Rows
-- that the relay has in its hands right now are left alone: it is too late.
create or replace function lib.visit_texts_cancel(a nightbell.appointments)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	o record;
begin
	for o in update outbox x set state = 'cancelled', done_at = now(),
			error = 'outdated'
		  where x.business_id = a.business_id and x.id in (
			select y.id from outbox y
			 where y.business_id = a.business_id
			   and y.state = 'queued' and y.key in (
				'appointment:' || a.id, 'moved:' || a.id
				|| ':' || a.hold_id)
			   for update skip locked)
		returning x.id loop
		perform lib.message_step(a.business_id, m.id, 'cancelled',
			'outdated')
		   from messages m
		  where m.business_id = a.business_id and m.outbox_id = o.id;
	end loop;
end $$;

-- Gives the appointment the claim of another time. The old claim goes first
-- (its constraint waits until the row points to the new one); when nobody is
-- free then, all of it is undone and the old time stands. Null: taken.
create or replace function lib.visit_move(c nightbell.calls,
	a nightbell.appointments, hold uuid, wish timestamp)
returns nightbell.appointments
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	h holds;
begin
	set constraints appointments_business_id_hold_id_hold_state_fkey deferred;
	update holds x set state = 'released'
	 where x.business_id = a.business_id and x.id = a.hold_id;
	select * into h from holds x
	 where x.business_id = c.business_id and x.id = hold
	   and x.call_id = c.id and x.state = 'held' and x.expires_at > now()
	   and x.service_id = a.service_id
	   and x.starts_at = wish at time zone lib.timezone(c.business_id);
	if not found then
		h := lib.claim_slot(c.business_id, a.service_id, c.id, wish);
	end if;
	if h.id is null then
		raise 'taken' using errcode = 'NB004';
	end if;
	update holds x set state = 'booked'
	 where x.business_id = h.business_id and x.id = h.id;
	update appointments x
	   set (hold_id, technician_id, starts_at, ends_at)
		= (h.id, h.technician_id, h.starts_at, h.ends_at)
	 where x.business_id = a.business_id and x.id = a.id
	returning * into a;
	set constraints appointments_business_id_hold_id_hold_state_fkey immediate;
	return a;
exception when sqlstate 'NB004' then
	return null;
end $$;
