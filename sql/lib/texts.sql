-- Texts that we send: who may get one, and what it says.

-- Null, or why no text can go to this number, agreed or not.
create or replace function lib.text_impossible(business uuid, number text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select case
	when number is null then 'no_number'
	when lib.opted_out(business, number) then 'opted_out'
	when exists (select from number_facts f
		where f.business_id = business and f.number = $2
		  and f.landline) then 'landline'
	end
$$;

-- What they last said when they were asked; null: nobody asked.
create or replace function lib.texts_agreed(business uuid, number text)
returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select k.granted from consents k
	 where k.business_id = business and k.number = $2
	   and k.channel = 'sms' order by k.at desc, k.id desc limit 1
$$;

-- Null, or why this number gets no text of ours.
create or replace function lib.text_refused(business uuid, number text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(lib.text_impossible(business, number),
		case when lib.texts_agreed(business, number) is not true
			then 'no_consent' end)
$$;

-- The carrier says that no text arrives there: remember it. 30006 also means
-- an unreachable network, so a text from that number takes it back.
create or replace function lib.number_landline(business uuid, number text,
	code text) returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into number_facts as f (business_id, number, landline, code)
	select $1, $2, true, $3
	 where $3 in ('30006', '21614') and lib.e164($2) is not null
	on conflict (business_id, number) do update
		set landline = true, code = excluded.code, at = now()
$$;

create or replace function lib.number_texts(business uuid, number text)
returns void
language sql set search_path = nightbell, pg_temp as $$
	update number_facts f set landline = false, code = null, at = now()
	 where f.business_id = $1 and f.number = $2 and f.landline
$$;

-- The first text to a number says who writes and how to make it stop.
create or replace function lib.text_body(business uuid, number text,
	words text, lang text default 'en') returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select left(case when exists (select from messages m
			where m.business_id = business and m.to_number = $2
			  and m.direction = 'out'
			  and m.status not in ('cancelled', 'failed'))
		then b.name || ': ' || words
		when $4 = 'es' then format('Le escribe el asistente '
			'automático de %s. %s Responda STOP para no recibir '
			'más mensajes.', b.name, words)
		else format('This is the automated assistant of %s. %s '
			'Reply STOP to opt out.', b.name, words) end, 1600)
	from businesses b where b.id = business
$$;

-- Queues a text in this transaction; the same key queues it once. The words
-- are in the language of the lead; as_is says who writes already. Null:
-- nothing was queued, because it was before or because the number said stop
-- (only the answer to that goes out). A stop at this very moment is seen at
-- the claim.
create or replace function lib.text_queue(business uuid, lead uuid, call uuid,
	from_number text, to_number text, words text, key text,
	good_for interval, as_is bool default false,
	answers_stop bool default false) returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	row_id uuid;
	body text;
begin
	if not answers_stop and lib.opted_out(business, to_number) then
		return null;
	end if;
	body := case when as_is then left(words, 1600)
		else lib.text_body(business, to_number, words,
			lib.lang_of(business, lead)) end;
	insert into outbox (business_id, kind, key, number, payload,
		allow_opted_out, expires_at)
	values (business, 'sms', key, to_number, jsonb_build_object(
		'from', from_number, 'to', to_number, 'body', body),
		answers_stop, now() + good_for)
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

