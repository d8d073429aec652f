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

-- The words of a text and nothing else: small letters and digits with single
-- blanks between. Full-width letters, unusual blanks, signs that nobody sees,
-- emoji, and what a phone appends all make no difference.
create or replace function lib.bare_words(body text) returns text
language sql immutable as $$
	select btrim(regexp_replace(regexp_replace(regexp_replace(
		lower(normalize(regexp_replace(body,
			'[''’‘`´\u00ad\u200b-\u200f\u2060-\u2064\ufe0e\ufe0f\ufeff]',
			'', 'g'), nfkc)),
		'\n\s*(sent from|get outlook for) [^\n]*\s*$', ''),
		'[^[:alnum:]]+', ' ', 'g'),
		'\m(s t o p|stop{2,}|sto{3,}p+)\M', 'stop', 'g'))
$$;

-- Words with every "stop" struck out that is about something else: people
-- stop by, water does not stop.
create or replace function lib.strike_other_stops(words text) returns text
language sql immutable as $$
	select regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		regexp_replace(words,
		'\mstop (by(?! the way\M)|in|over|at|off|on|valve|valves|sign|light|cock)\M',
			'-', 'g'),
		'\m(wont|will not|do not|dont|does not|doesnt|did not|didnt|cannot|cant|can not|would not|wouldnt|never|non|bus|truck|pit|door) stop\M(?! (texting|messaging|contacting|sending|writing|bothering|spamming|harassing)\M)',
			'-', 'g'),
		'\m(when|what time|where|how late|how early|did|does|has) ((do|will|would|can|should) )?(you|they|we|it|he|she|the \w+|your \w+)( guys| usually| all)* stop\M',
			'-', 'g'),
		'\m(cant|cannot|can not|couldnt|could not|trying to) (get|make) (it|this|that|the \w+)( to)? stop\M',
			'-', 'g'),
		'\mstop (the |my |our |a |this |that |it from )?(leak|leaks|leaking|water|drip|dripping|flood|flooding|noise|running|overflow|overflowing|smell|working|heating|cooling)\M',
			'-', 'g')
$$;

-- Does a person want no more texts? The carrier's words in any case, and what
-- people write in their own. In doubt yes: a text too few can be repaired by
-- START, one too many cannot.
create or replace function lib.says_stop(body text) returns bool
language sql immutable as $$
	with whole (t) as (select lib.strike_other_stops(lib.bare_words(body)))
	-- it begins or ends with stop
	select t ~ '^((please|pls|plz|just|ok|okay|no|nope|yes|yeah|hey|hi|hello|and|thanks|thank you|sorry|now) )*(stop|stopall|unsubscribe|optout|opt out|revoke)\M'
	    or t ~ '\m(stop|stopall|unsubscribe|optout|opt out)( it| this| that| now| all| already| please| pls| thanks| thank you)*$'
	-- it is one of the carrier's words, which mean more inside a sentence
	    or t ~ '^((please|pls|just|ok|okay|no|yes) )*(cancel|end|quit|cease|remove|no more)( cancel| end| quit| it| this| now| please| pls| thanks| thank you)*$'
	-- one of its sentences is stop
	    or exists (select from regexp_split_to_table(body, '[.!?;\n]+') part
		where lib.bare_words(part)
			~ '^(please |and |so |just )*stop( it| this| now| please)*$')
	-- stop doing it
	    or t ~ '\m(stop|quit|cease)( with| sending| me| us| the| all| all of| these| those| this| your| any| of| from| to| more)* (text|texts|texting|txt|txts|message|messages|messaging|sms|contact|contacting|sending|writing|bothering|spam|spamming|harassing)\M'
	    or t ~ '\munsubscribe (me|us|my number|this number|from)\M'
	    or t ~ '\mopt (me|us|my number|this number) out\M'
	    or t ~ '\m(want|like|wish|need) to (unsubscribe|opt out)\M'
	-- do not do it (but "not before nine" is a wish for another hour)
	    or t ~ '\m(do not|dont|(?<!you )never)( ever| please| you| keep)* (text|texting|txt|message|messaging|msg|contact|contacting|write|sms)(( to)? (me|us|this number|this phone|my number|my phone|here)\M|( anymore| any more| again| ever| please)*$)(?! (after|before|until|on|in|at|during|while|today|tonight|yet|when)\M)'
	    or t ~ '\m(do not|dont|(?<!you )never)( ever| please| you| keep)* (send|sending)( to)?( me| us| this number)?( a| any| the| these| more| any more| anymore| further| your| such| other)* (text|texts|txt|txts|message|messages|msg|msgs|sms|reminder|reminders|anything|any more|anymore)\M(?! (after|before|until|on|in|at|during|while|today|tonight|yet|when)\M)'
	    or t ~ '\m(do not|dont) (want|need|wish|like)( you| to| be| get| getting| receive| receiving| a| any| more| any more| further| the| these| your| other)* (text|texts|texting|texted|txt|txts|message|messages|messaging|sms|contacted)\M'
	    or t ~ '\m(no|not any|without any) (more|further) (text|texts|texting|message|messages|messaging|msgs|sms)\M'
	    or t ~ '^(please )?no (texts|texting|messages|messaging|sms)( please| thanks| thank you)*$'
	-- forget this number
	    or t ~ '\m(take|get) (me|us|my number|this number) (off|out)( of)?\M'
	    or t ~ '\m(remove|delete|lose|forget) (my|this) (phone )?number\M'
	    or t ~ '\m(remove|delete) (me|us)\M'
	    or t ~ '\mremove from (the |your |this )?list\M'
	    or t ~ '\mleave (me|us) alone\M'
	    or t ~ '^(por favor )?(alto|pare|paren|basta|cancelar)( por favor)?$'
	    or t ~ '\mno me (escriba|escriban|mande|manden|envie|envien|envíe|envíen|contacte|contacten)\M'
	    or t ~ '\m(deje|dejen|pare|paren) de (escribir|mandar|enviar|contactar)'
	  from whole
$$;

-- Only a message of this one word lets texts through again.
create or replace function lib.says_start(body text) returns bool
language sql immutable as $$
	select lib.bare_words(body) in ('start', 'unstop', 'yes')
$$;
