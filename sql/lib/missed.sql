-- A call that nobody took: its caller gets a text, the owner hears of it.

-- Placeholders that carriers send for a withheld number: ANONYMOUS and the
-- like, typed on a telephone's keys.
create or replace function lib.caller_number(number text)
returns nightbell.e164
language sql immutable as $$
	select case when number not in ('+266696687', '+7378742833', '+2562533',
			'+8656696', '+86282452253', '+7748283')
		then lib.e164(number) end
$$;

-- Did the assistant and the caller talk? Somebody who hangs up during the
-- greeting, or whom nobody understood, did not.
create or replace function lib.call_talked(c nightbell.calls) returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select c.private or exists (select from tool_results t
		where t.business_id = c.business_id and t.call_id = c.id
		  and t.name not in ('find_slots', 'appointments'))
	or exists (select from transcript_segments s
		join transcript_segments r on r.business_id = s.business_id
			and r.call_id = s.call_id
			and r.call_started_at = s.call_started_at
			and r.stream = s.stream and r.seq > s.seq
			and r.leg = 'assistant' and r.heard <> ''
		where s.business_id = c.business_id and s.call_id = c.id
		  and s.call_started_at = c.started_at and s.leg = 'caller'
		  and s.final and not s.unsure and s.text <> '')
$$;

-- The caller left before anybody had spoken with them. Who only tries the
-- assistant from the page has missed nothing.
create or replace function lib.call_missed(c nightbell.calls) returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select c.status in ('missed', 'ended', 'failed') and c.mark is null
	   and not c.test
	   and c.ended_by is distinct from 'assistant'
	   and not lib.call_talked(c)
$$;

-- People of the business itself, whose calls nobody answers by a text.
create or replace function lib.is_staff(c nightbell.calls) returns bool
language plpgsql stable set search_path = nightbell, pg_temp as $$
begin
	return exists (select from (
		select n.owner_number::text from desk.number_find(c.number) n
		union all select b.notify_number from businesses b
			where b.id = c.business_id
		union all select t.phone from technicians t
			where t.business_id = c.business_id and t.active
		union all select a.phone from agents a
			where a.business_id = c.business_id and a.active) s(phone)
		where s.phone = c.caller);
end $$;

create or replace function lib.missed_words(lang text) returns text
language sql immutable as $$
	select case lang when 'es'
		then 'Disculpe que no pudimos contestar su llamada. Responda aquí '
			'con lo que necesita y el equipo lo leerá, o vuelva a '
			'llamar a cualquier hora.'
		else 'Sorry that we missed your call. Reply here with what you '
			'need and the team will read it, or call again at any time.'
		end
$$;

-- Null, or why this caller gets no text about this call. Calls of one caller
-- that end at the same moment wait for each other here.
create or replace function lib.missed_refused(c nightbell.calls) returns text
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	why text := lib.text_impossible(c.business_id, c.caller);
	since timestamptz;
begin
	if why is not null then
		return why;
	end if;
	if lib.is_staff(c) then
		return 'staff';
	end if;
	if c.ended_at < now() - interval '30 minutes' then
		return 'late';
	end if;
	if lib.texts_agreed(c.business_id, c.caller) is false then
		return 'declined';
	end if;
	if exists (select from calls o where o.business_id = c.business_id
			and o.caller = c.caller and o.mark is not null
			and o.started_at > now() - interval '90 days') then
		return 'marked';
	end if;
	perform pg_advisory_xact_lock(hashtextextended('missed'
		|| c.business_id || c.caller, 0));
	select now() - b.missed_window into since from businesses b
	 where b.id = c.business_id;
	if exists (select from messages m join outbox o
			on o.business_id = m.business_id and o.id = m.outbox_id
			where m.business_id = c.business_id
			  and m.to_number = c.caller and m.created_at > since
			  and o.key like 'missed:%'
			  and o.state <> 'cancelled') then
		return 'texted';
	end if;
	return null;
end $$;

-- One text per caller and window, at once or never: late it helps nobody.
-- Where none can go out somebody has to ring back.
create or replace function lib.missed_text(c nightbell.calls) returns text
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	why text := lib.missed_refused(c);
begin
	if why is null then
		perform lib.text_queue(c.business_id, c.lead_id, c.id, c.number,
			c.caller,
			lib.missed_words(lib.lang_of(c.business_id, c.lead_id)),
			'missed:' || c.id, interval '15 minutes');
		return 'queued';
	end if;
	if why in ('landline', 'opted_out', 'declined', 'late') and not exists (
			select from tasks t
			where t.business_id = c.business_id
			  and t.lead_id = c.lead_id and t.status = 'open') then
		perform lib.call_back_task(c, null, 'Missed call. ' || case why
			when 'landline' then 'No text reaches this number.'
			when 'late' then 'It was found too late for a text.'
			else 'This caller wants no texts.' end);
	end if;
	return why;
end $$;

-- A human took the call after all, told late: a text that has not gone out
-- is not needed.
create or replace function lib.missed_text_cancel(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	row_id uuid;
begin
	for row_id in update outbox o set state = 'cancelled', done_at = now(),
			error = 'answered'
		  where o.business_id = c.business_id and o.id in (
			select y.id from outbox y
			 where y.business_id = c.business_id
			   and y.state in ('queued', 'held') and y.key in (
				'missed:' || c.id, 'notice:missed:' || c.id)
			   for update skip locked)
		returning o.id loop
		perform lib.message_step(c.business_id, m.id, 'cancelled',
			'answered')
		   from messages m
		  where m.business_id = c.business_id and m.outbox_id = row_id;
	end loop;
end $$;
