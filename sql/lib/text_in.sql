-- Texts that want something of the people: none of them goes unread.

-- The business's own people write to it, too.
create or replace function lib.number_role(business uuid, number text)
returns text
language plpgsql stable set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	return case
	when exists (select from businesses b where b.id = business
			and b.notify_number = $2)
		or exists (select from phone_numbers p
			where p.business_id = business
			  and p.owner_number = $2) then 'owner'
	when exists (select from technicians t
			where t.business_id = business and t.phone = $2
			  and t.active)
		or exists (select from agents a where a.business_id = business
			and a.phone = $2 and a.active) then 'staff' end;
end $$;

-- As what this number was marked last, within 90 days; null: it was not.
create or replace function lib.number_mark(business uuid, number text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select c.mark from calls c
	 where c.business_id = $1 and c.caller = $2 and c.mark is not null
	   and c.started_at > now() - interval '90 days'
	 order by c.started_at desc limit 1
$$;

-- Is this what a person writes who wants something? Three words, and neither
-- a link nor a machine's "reply stop". A call may have been marked wrongly.
create or replace function lib.says_wish(body text) returns bool
language sql immutable as $$
	select lib.plain_words(body) ~ '\w \w+ \w'
	   and body !~* '(https?:|www\.|\m[a-z0-9-]+\.(com|net|org|info|ly|co|us|io|me|biz|shop)\M)'
	   and lib.plain_words(body) !~ '\m((reply|text|txt|send|press) (stop|yes|no|y|1|start)|responda (stop|si|alto)|opt out)\M'
$$;

create or replace function lib.lead_who(business uuid, lead uuid)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select concat_ws(' ', l.name, lib.written_number(l.phone))
	  from leads l where l.business_id = $1 and l.id = lead
$$;

-- Does this text go to people? An emergency always, and anything else that is
-- no command. A marked number gets no answer, and a task for what a person
-- would write; an abusive one has its emergencies only. Whom the business
-- itself blocked is not heard. Locked by the conversation's row: texts of one lead in turn.
create or replace function lib.text_seen(business uuid, lead uuid,
	sender text, ours text, body text, lang text, sid text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	role text := coalesce(lib.number_role(business, sender), '');
	mark text := lib.number_mark(business, sender);
begin
	if role = 'owner' or lib.is_blocked(business, sender)
			or btrim(body) = '' then
		return;
	end if;
	update leads l set lang = lib.text_lang(body)
	 where l.business_id = business and l.id = lead and l.lang is null
	   and lib.text_lang(body) is not null;
	if lib.text_alarm(business, lead, sender, ours, body, lang) then
		return;
	end if;
	if mark is not null and role = '' then
		if mark <> 'abusive' and lib.says_wish(body) then
			perform lib.text_task(business, lead, sender, ours,
				body);
		end if;
		return;
	end if;
	perform lib.text_task(business, lead, sender, ours, body);
	if role = '' then
		perform lib.text_ack(business, lead, sender, ours, lang, sid);
	end if;
end $$;

-- One open task gathers what a lead writes; the owner hears of it at most
-- once in an hour.
create or replace function lib.text_task(business uuid, lead uuid,
	sender text, ours text, body text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	who text := lib.lead_who(business, lead);
	words text := '"' || left(body, 1000) || '"' || case
		lib.text_change(body)
		when 'cancel' then ' (Wants to cancel, it seems.)'
		when 'move' then ' (Wants another time, it seems.)' else '' end;
	b businesses;
	task uuid;
begin
	update tasks t set text = left(t.text, 200) || case
			when length(t.text) > 2800 then ' … '
				|| right(t.text, 2400)
			else substr(t.text, 201) end || E'\n' || words
	 where t.business_id = business and t.lead_id = lead
	   and t.from_texts and t.status = 'open'
	returning t.id into task;
	if task is null then
		insert into tasks (business_id, kind, lead_id, name, text,
			from_texts)
		select business, 'call_back', lead, l.name,
			format('Text from %s: %s', who, words), true
		  from leads l where l.business_id = business and l.id = lead
		returning id into task;
	end if;
	select * into b from businesses x where x.id = business;
	if b.notify_number is not null and (lib.wants_notice(b, 'missed')
			or lib.wants_notice(b, 'summary')) then
		perform lib.staff_text(business, ours, b.notify_number,
			left(format('Text from %s: %s', who, words), 480),
			'notice:text:' || task || ':' || extract(epoch from
				date_trunc('hour', now()))::bigint,
			interval '2 hours');
	end if;
	if b.notify ->> 'email' = 'all' then
		perform lib.email_owner(business, 'text from ' || who, words,
			'text-mail:' || task || ':' || extract(epoch from
				date_trunc('hour', now()))::bigint);
	end if;
end $$;

-- That it will be read; once in twelve hours, so that two machines do not
-- talk for ever.
create or replace function lib.text_ack(business uuid, lead uuid, sender text,
	ours text, lang text, sid text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	if lib.text_impossible(business, sender) is not null
			or lib.texts_agreed(business, sender) is false
			or exists (select from messages m join outbox o
				on o.business_id = m.business_id
				and o.id = m.outbox_id
				where m.business_id = business
				  and m.to_number = sender
				  and (o.key like 'read:%'
					or o.key like 'warning:%')
				  and m.created_at > now()
					- interval '12 hours') then
		return;
	end if;
	perform lib.text_queue(business, lead, null, ours, sender,
		format(case lang
			when 'es' then 'Gracias, el equipo de %s lo leerá.'
			else 'Thank you, the team of %s will read it.' end, b.name),
		'read:' || sid, interval '1 hour')
	   from businesses b where b.id = business;
end $$;

create or replace function lib.alarm_warning(kind text, lang text,
	help text, name text) returns text
language sql immutable as $$
	select format(case when lang = 'es' then case kind
		when 'flood' then 'Si puede hacerlo sin peligro, cierre la llave '
			|| 'principal del agua y no se acerque a los enchufes. Si '
			|| 'alguien está en peligro, llame al %s. El equipo de %s '
			|| 'tiene su mensaje.'
		else 'Salga de la casa ahora y desde afuera llame al %s. El equipo '
			|| 'de %s tiene su mensaje.' end
	else case kind
		when 'flood' then 'If you can do it safely, close the main water '
			|| 'valve, and keep away from outlets. If anybody is in '
			|| 'danger, call %s. The team of %s has your message.'
		else 'Leave the house now and call %s from outside. The team of '
			|| '%s has your message.' end end, help, name)
$$;

-- An emergency: the warning at once, a technician as by telephone, an urgent
-- task, the owner. What follows within the hour is added to it. False: none.
create or replace function lib.text_alarm(business uuid, lead uuid,
	sender text, ours text, body text, lang text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	t text := lib.alarm_words(body);
	es text := lib.alarm_es(t);
	kind text := coalesce(lib.alarm_en(t), es);
	d dispatches;
	was dispatches;
begin
	if kind is null or lib.number_role(business, sender) is not null then
		return false;
	end if;
	select * into was from dispatches x
	 where x.business_id = business and x.lead_id = lead
	   and x.created_at > now() - interval '1 hour'
	 order by x.id desc limit 1 for no key update;
	if found then
		update dispatches x set words = left(concat_ws(' / ', x.words,
			left(body, 240)), 500)
		 where x.business_id = business and x.id = was.id
		   and strpos(coalesce(x.words, ''), left(body, 240)) = 0
		returning * into d;
		if found then
			perform lib.dispatch_told(d);
			perform lib.dispatch_more(was, d);
		end if;
		d := was;
	else
		insert into dispatches (business_id, lead_id, kind, words, name,
			phone)
		select business, lead, kind, left(btrim(body), 500), l.name,
			sender
		  from leads l where l.business_id = business and l.id = lead
		returning * into d;
		d := lib.dispatch_begin(d);
	end if;
	if lib.text_impossible(business, sender) is null then
		perform lib.text_queue(business, lead, d.call_id, ours, sender,
			lib.alarm_warning(kind, case when es is not null
				and lib.alarm_en(t) is null then 'es'
				else lang end, b.emergency_number, b.name),
			'warning:' || d.id, interval '1 hour')
		   from businesses b where b.id = business;
	end if;
	return true;
end $$;
