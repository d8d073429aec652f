-- What the owner wants to hear of, as a text or by e-mail.

-- kind: missed, booked (an appointment made, moved or cancelled) or summary.
-- Emergencies have their own notices, with the dispatch.
create or replace function lib.wants_notice(b nightbell.businesses, kind text)
returns bool
language sql immutable as $$
	select coalesce(case kind
		when 'missed' then (b.notify ->> 'missed')::bool
		when 'booked' then b.notify ->> 'summary' in ('booked', 'all')
		when 'summary' then b.notify ->> 'summary' = 'all' end, false)
$$;

-- Queues a notice about the call, once per kind and call. True: queued.
create or replace function lib.notify_owner(c nightbell.calls, kind text,
	words text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	b businesses;
begin
	select * into b from businesses x where x.id = c.business_id;
	if b.notify_number is null or not lib.wants_notice(b, kind)
			or b.notify_number = c.caller then
		return false;
	end if;
	return lib.staff_text(c.business_id, c.number, b.notify_number, words,
		'notice:' || case when kind = 'missed' then 'missed:'
			else 'summary:' end || c.id, interval '2 hours');
end $$;

-- "Dana Miller (415) 555-0123"; the number as people here write it.
create or replace function lib.written_number(number text) returns text
language sql immutable as $$
	select coalesce(regexp_replace(number, '^\+1(\d{3})(\d{3})(\d{4})$',
		'(\1) \2-\3'), 'number withheld')
$$;

create or replace function lib.call_who(c nightbell.calls) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select concat_ws(' ', coalesce(
		(select l.name from leads l
			where l.business_id = c.business_id and l.id = c.lead_id),
		(select lib.clean_name(i.details ->> 'name')
			from call_insights i
			where i.business_id = c.business_id
			  and i.call_id = c.id
			  and jsonb_typeof(i.details -> 'name') = 'string')),
		case when c.test then 'test call'
			else lib.written_number(c.caller) end)
$$;

-- The owner hears of a missed call once per caller and window, too.
create or replace function lib.notify_missed(c nightbell.calls, texted text)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if texted in ('texted', 'staff', 'marked') then
		return;
	end if;
	perform lib.notify_owner(c, 'missed', format('Missed call from %s at %s. '
		'%s', lib.call_who(c), to_char(c.started_at
			at time zone lib.timezone(c.business_id), 'FMHH12:MI AM'),
		case texted when 'queued' then 'They got a text.'
			else 'No text could be sent.' end));
end $$;
