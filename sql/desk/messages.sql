-- Texts that come in, and what became of those that went out.

-- Every text is kept in the conversation with its sender, card numbers struck
-- out. STOP ends texts at once, also those that wait in the outbox.
create or replace function desk.sms(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	business uuid;
	ours text := form ->> 'To';
	sender e164 := lib.e164(form ->> 'From');
	body text := lib.mask_cards(left(coalesce(form ->> 'Body', ''), 1600));
	lead uuid;
begin
	select f.business into business from desk.number_find(ours) f;
	if business is null then
		return '{"ok": true}';
	end if;
	perform lib.enter(business);
	if sender is null then
		return lib.text_of_no_number(business, form, body);
	end if;
	lead := lib.lead_of(business, sender);
	body := lib.mask_texts(business, lead, form ->> 'MessageSid', body);
	insert into messages (business_id, conversation_id, lead_id, direction,
		from_number, to_number, body, status, provider_id)
	values (business, lib.conversation_of(business, lead), lead, 'in',
		sender, ours, body, 'received', form ->> 'MessageSid')
	on conflict on constraint messages_business_id_provider_id_key
		do nothing;
	if not found then
		return '{"ok": true}';	-- the carrier says it again
	end if;
	perform lib.number_texts(business, sender);
	perform lib.text_wish(business, lead, sender, ours, body,
		upper(form ->> 'OptOutType'), form ->> 'MessageSid');
	return lib.done(business);
end $$;

-- From a short code or a name ("72345", "ACME"): nobody who could be answered,
-- so there is no conversation. It is kept, and somebody reads it; once.
create or replace function lib.text_of_no_number(business uuid, form jsonb,
	body text) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	sid text := coalesce(form ->> 'MessageSid', '');
begin
	perform pg_advisory_xact_lock(hashtextextended('text' || sid, 0));
	if sid <> '' and exists (select from carrier_callbacks k
			where k.business_id = business and k.sid = sid
			  and k.route = 'sms') then
		return '{"ok": true}';	-- the carrier says it again
	end if;
	perform lib.callback_keep(business, 'sms', sid, 'received',
		form || jsonb_build_object('Body', body), true);
	if btrim(body) <> '' then
		insert into tasks (business_id, kind, text)
		values (business, 'call_back', left(format(
			'Text from %s, which cannot be answered: "%s"',
			coalesce(nullif(left(btrim(form ->> 'From'), 40), ''),
				'a withheld number'), body), 4000));
	end if;
	return lib.done(business);
end $$;

-- What a text wants of us. wish is what the carrier understood (OptOutType):
-- then it has acted and answered itself. A technician's "yes" may be both an
-- answer to us and the carrier's word for start.
create or replace function lib.text_wish(business uuid, lead uuid, sender text,
	ours text, body text, wish text, sid text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	lang text := coalesce(lib.text_lang(body),
		case when lib.says_stop_es(body) and not lib.says_stop_en(body)
			then 'es' end,
		lib.lang_of(business, lead));
begin
	if wish = 'STOP' then
		perform lib.opt_out(business, sender, 'carrier', body, lang);
	elsif wish is distinct from 'START' and lib.says_stop(body) then
		perform lib.opt_out(business, sender, 'sms', body, lang);
		-- "Stop texting me, the house is full of gas!"
		if not lib.text_alarm(business, lead, sender, ours, body, lang)
				and lib.says_more(body)
				and lib.number_role(business, sender) is null
				and lib.number_mark(business, sender) is null
				and not lib.is_blocked(business, sender) then
			perform lib.text_task(business, lead, sender, ours,
				body);
		end if;
	elsif wish = 'START' or lib.says_start(body) then
		update opt_outs o set ended_at = now()
		 where o.business_id = business and o.number = sender
		   and o.ended_at is null;
		perform lib.dispatch_text(business, sender, body);
	elsif lib.dispatch_text(business, sender, body) or wish = 'HELP' then
		null;
	elsif not lib.says_help(body) then
		perform lib.text_seen(business, lead, sender, ours, body, lang,
			sid);
	elsif lib.carrier_word(body) is null then
		perform lib.help_text(business, lead, sender, ours, lang, sid);
	end if;
end $$;

-- Who we are and how to go on; not again within ten minutes, so that two
-- machines do not talk for ever.
create or replace function lib.help_text(business uuid, lead uuid,
	sender text, ours text, lang text, sid text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	words text := case lang
		when 'es' then 'Le escribe el asistente automático de %s. Escriba '
			'aquí o llame al %s. Responda STOP para no recibir más '
			'mensajes.'
		else 'This is the automated assistant of %s. Write here or call '
			'%s. Reply STOP to opt out.' end;
begin
	if lib.text_impossible(business, sender) is not null
			or exists (select from messages m join outbox o
				on o.business_id = m.business_id
				and o.id = m.outbox_id
				where m.business_id = business
				  and m.to_number = sender
				  and o.key like 'help:%'
				  and m.created_at > now() - interval '10 min') then
		return;
	end if;
	select format(words, b.name, lib.written_number(ours)) into words
	  from businesses b where b.id = business;
	perform lib.text_queue(business, lead, null, ours, sender, words,
		'help:' || sid, interval '1 hour', true);
end $$;

-- Nothing that still waits for this number goes out any more, but for the
-- answer to its stop. What the relay has in its hands is looked at there.
create or replace function lib.texts_cancel(business uuid, number text)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	o record;
begin
	for o in update outbox x set state = 'cancelled', done_at = now()
		  where x.business_id = business and x.id in (
			select y.id from outbox y
			 where y.business_id = business
			   and y.number = texts_cancel.number
			   and y.state in ('queued', 'unsure', 'held')
			   and not y.allow_opted_out
			   for update skip locked)
		returning x.id loop
		perform lib.message_step(business, m.id, 'cancelled', 'opted_out')
		   from messages m
		  where m.business_id = business and m.outbox_id = o.id;
	end loop;
end $$;

-- The carrier's word for a step, or null when it is none of ours.
create or replace function lib.message_word(word text) returns text
language sql immutable as $$
	select case word
		when 'accepted' then 'sending' when 'scheduled' then 'sending'
		when 'queued' then 'sending' when 'sending' then 'sending'
		when 'sent' then 'sent'
		when 'delivered' then 'delivered' when 'read' then 'delivered'
		when 'undelivered' then 'undelivered'
		when 'failed' then 'failed' when 'canceled' then 'failed' end
$$;

-- A callback may come before we know the message's id at the carrier (then
-- outbox_done looks for it here), late, twice or in the wrong order.
create or replace function desk.sms_status(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	business uuid;
	sid text := form ->> 'MessageSid';
	word text := coalesce(form ->> 'MessageStatus', form ->> 'SmsStatus');
	message uuid;
	applied bool := false;
begin
	select f.business into business from desk.number_find(form ->> 'From') f;
	if business is null or sid is null then
		return '{"ok": true}';
	end if;
	perform lib.enter(business);
	select m.id into message from messages m
	 where m.business_id = business and m.provider_id = sid
	   and m.direction = 'out' for no key update;
	if message is null then
		-- One whose sending we could not confirm, to the same number?
		-- (The outbox first, then its message: as everywhere.)
		update outbox o set state = 'sent', provider_id = sid,
			done_at = now()
		 where o.business_id = business and o.state in ('unsure', 'dead')
		   and o.id = (select u.outbox_id from messages u
			where u.business_id = business
			  and u.direction = 'out' and u.status = 'unconfirmed'
			  and u.provider_id is null
			  and u.to_number = form ->> 'To'
			  and u.created_at > now() - interval '1 day'
			order by u.id limit 1)
		returning o.id into message;
		update messages m set provider_id = sid
		 where m.business_id = business and m.outbox_id = message
		returning m.id into message;
	end if;
	if message is not null and lib.message_word(word) is not null then
		applied := lib.message_step(business, message,
			lib.message_word(word), form ->> 'ErrorCode');
	end if;
	if form ->> 'ErrorCode' = '21610' then
		perform lib.opted_out_at_carrier(business, form ->> 'To');
	end if;
	perform lib.number_landline(business, form ->> 'To',
		form ->> 'ErrorCode');
	perform lib.landline_task(business, message, form ->> 'ErrorCode');
	perform lib.number_problem(business, form ->> 'From',
		form ->> 'ErrorCode');
	perform lib.callback_keep(business, 'sms-status', sid, word, form,
		applied);
	return '{"ok": true}';
end $$;

-- The carrier refuses to text a number that said STOP to it.
create or replace function lib.opted_out_at_carrier(business uuid, number text)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	insert into opt_outs (business_id, number, source)
		select $1, $2, 'carrier' where lib.e164($2) is not null
		on conflict do nothing;
	perform lib.texts_cancel($1, $2);
end $$;
