-- Texts that we send: who may get one, and what it says.

-- Null, or why this number gets no text.
create or replace function lib.text_refused(business uuid, number text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case
	when number is null then 'no_number'
	when lib.opted_out(business, number) then 'opted_out'
	when not coalesce((select k.granted from consents k
		where k.business_id = business and k.number = $2
		  and k.channel = 'sms' order by k.at desc, k.id desc limit 1),
		false) then 'no_consent'
	end
$$;

-- The first text to a number says who writes and how to make it stop.
create or replace function lib.text_body(business uuid, number text,
	words text) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(case when exists (select from messages m
			where m.business_id = business and m.to_number = $2
			  and m.direction = 'out'
			  and m.status not in ('cancelled', 'failed'))
		then b.name || ': ' || words
		else 'This is the automated assistant of ' || b.name || '. '
			|| words || ' Reply STOP to opt out.' end, 1600)
	from businesses b where b.id = business
$$;

create or replace function lib.appointment_words(a nightbell.appointments)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select format('You are booked for %s on %s at %s.', s.name,
		to_char(a.starts_at at time zone lib.timezone(a.business_id),
			'FMDy, FMMon FMDD'),
		to_char(a.starts_at at time zone lib.timezone(a.business_id),
			'FMHH12:MI AM'))
	from services s
	where s.business_id = a.business_id and s.id = a.service_id
$$;

-- Queues a text in this transaction; the same key queues it once.
create or replace function lib.text_queue(business uuid, lead uuid, call uuid,
	from_number text, to_number text, words text, key text,
	good_for interval) returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	row_id uuid;
	body text := lib.text_body(business, to_number, words);
begin
	insert into outbox (business_id, kind, key, number, payload, expires_at)
	values (business, 'sms', key, to_number, jsonb_build_object(
		'from', from_number, 'to', to_number, 'body', body),
		now() + good_for)
	on conflict on constraint outbox_business_id_key_key do nothing
	returning id into row_id;
	if row_id is not null then
		insert into messages (business_id, conversation_id, lead_id,
			call_id, outbox_id, direction, from_number, to_number,
			body, status)
		values (business, lib.conversation_of(business, lead), lead,
			call, row_id, 'out', from_number, to_number, body,
			'queued');
	end if;
	return row_id;
end $$;

-- Moves a message on; false when it is there already or beyond.
create or replace function lib.message_step(business uuid, message uuid,
	step text, why text default null) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	update messages m set status = step, error = coalesce(why, m.error)
	  from message_steps s, message_steps was
	 where m.business_id = business and m.id = message
	   and s.step = message_step.step and was.step = m.status
	   and s.rank > was.rank;
	return found;
end $$;

-- Does a person want no more texts? The carrier's words in any case, and what
-- people write in their own. "Can you stop by and text me" is none of these.
create or replace function lib.says_stop(body text) returns bool
language sql immutable as $$
	select t ~ '^(please |pls |just |ok |okay )*(stop|stopall|stop all|unsubscribe|cancel|end|quit|optout|opt out|revoke|remove me)( it| this| now| please| pls| thanks| thank you)*$'
	    or t ~ '\m(stop|quit)\M(?! (by|in|over|at|off|on)\M).{0,30}\m(text|texts|texting|message|messages|messaging|sms|contacting|sending|writing|bothering|spamming|harassing)\M'
	    or t ~ '\m(unsubscribe|opt) (me|us|my number|this number)\M'
	    or t ~ '\m(want|like|wish|need) to (unsubscribe|opt out)\M'
	    or t ~ '\m(do not|dont|never)( ever)? (text|message|contact|write|sms)( to)? (me|us|this number|here)\M(?! (after|before|until|on|in|at|during|while|today|tonight|yet|when)\M)'
	    or t ~ '\mno more (text|texts|messages|sms)\M'
	    or t ~ '\m(take|remove|delete) (me|us|my number|this number) (off|from)\M'
	    or t ~ '\mleave me alone\M'
	    or t ~ '^(por favor )?(alto|pare|paren|basta|cancelar)( por favor)?$'
	    or t ~ '\mno me (escriba|escriban|mande|manden|envie|envien|envíe|envíen|contacte|contacten)\M'
	    or t ~ '\m(deje|dejen|pare|paren) de (escribir|mandar|enviar|contactar)'
	  from (select btrim(regexp_replace(regexp_replace(regexp_replace(
		lower(body), '[''’]', '', 'g'),
		'[-_.,;:!?¡¿"()*]+', ' ', 'g'), '\s+', ' ', 'g'))) n(t)
$$;

create or replace function lib.says_start(body text) returns bool
language sql immutable as $$
	select lower(btrim(body, E' \t\r\n.!"''')) in ('start', 'unstop', 'yes')
$$;
