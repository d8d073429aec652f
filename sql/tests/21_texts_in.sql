-- Texts that are no command: emergencies, wishes, anything else. All are seen.
begin;
select * from no_plan();
set local search_path = nightbell, public;
create function pg_temp.kind(words text) returns text language sql as $$
	select coalesce(lib.alarm_en(lib.alarm_words(words)), lib.alarm_es(lib.alarm_words(words)))
$$;
select is(pg_temp.kind(words), 'gas', 'gas: ' || words) from unnest(array[
	'I smell gas', 'gas smell in kitchen!!', 'GAS LEAK', 'there is a gas leak at 12 Elm St', 'smells like rotten eggs in here',
	'My house smells of gas. What do I do?', 'we hit the gas line', 'the gas line broke', 'I can''t turn off the gas',
	'hey is somebody there? the stove is leaking gas', 'No heat and I smell gas', 'No. Smell of gas!', 'the whole basement is full of gas',
	'huele a gas', 'Huele mucho a gas en la cocina', 'hay una fuga de gas', 'Tengo fuga de gas!!', 'olor a gas', 'no puedo cerrar el gas']) words;
select is(pg_temp.kind(words), 'co', 'co: ' || words) from unnest(array[
	'carbon monoxide alarm going off', 'my CO detector is beeping', 'co alarm!!', 'need help carbon monoxide',
	'the alarm keeps going off and we all have a headache', 'suena la alarma de monóxido', 'detector de CO']) words;
select is(pg_temp.kind(words), 'other', 'fire: ' || words) from unnest(array[
	'my furnace is on fire', 'FIRE', 'there is a fire in the kitchen', 'smoke coming out of the heater', 'the outlet caught fire',
	'hay fuego en la cocina', 'hay mucho humo', 'se está quemando el calentador']) words;
select is(pg_temp.kind(words), 'flood', 'flood: ' || words) from unnest(array[
	'the basement is flooding', 'pipe burst', 'burst pipe!!!', 'water everywhere', 'water is pouring through the ceiling', 'I cannot shut off the water',
	'se inundó el sótano', 'se reventó un tubo', 'hay agua por todos lados', 'no puedo cerrar la llave del agua']) words;
select is(pg_temp.kind(words), null, 'none: ' || words) from unnest(array[
	'hello', 'Do you fix gas leaks?', 'do you repair gas furnaces', 'I do not smell gas any more', 'there is no gas leak, all good',
	'I want to install a carbon monoxide detector', 'need new smoke detectors', 'my gas water heater is leaking', 'can you clean the fireplace',
	'fire pit repair', 'flood insurance question', 'no flooding so far', 'the fire department says it is fine', 'my gas bill is high',
	'I need gas at the station', 'ya no huele a gas', 'no hay fuga de gas', 'quiero instalar un detector de humo', 'fire him lol',
	'the faucet drips', 'how much for a water heater', 'No fire, no smoke', 'Leave the house now and call 911 from outside. The team of X has your message.',
	'If you can do it safely, close the main water valve, and keep away from outlets. If anybody is in danger, call 911. The team of X has your message.',
	'Salga de la casa ahora y desde afuera llame al 911. El equipo de X tiene su mensaje.']) words;
select is(lib.text_change(words), kind, kind || ': ' || words) from (values
	('Please cancel my appointment', 'cancel'), ('I can''t make it tomorrow', 'cancel'), ('we will have to cancel', 'cancel'),
	('quiero cancelar la cita', 'cancel'), ('no puedo ir mañana', 'cancel'), ('Can we reschedule?', 'move'), ('could you move my appointment to Friday', 'move'),
	('is there a different time?', 'move'), ('quiero cambiar la cita', 'move'), ('¿puede ser otro día?', 'move'),
	('do not cancel', null), ('see you then', null), ('nos vemos', null)) x(words, kind);

select is(lib.dispatch_word(words), word, 'technician: ' || words) from (values
	('1', 'yes'), ('one', 'yes'), ('I''ll take it', 'yes'), ('Got it', 'yes'), ('yes on my way', 'yes'), ('Yes, I can take it. On my way!', 'yes'), ('Ok thanks', 'yes'),
	('sí', 'yes'), ('voy en camino', 'yes'), ('2', 'no'), ('can''t', 'no'), ('I can''t take it', 'no'), ('no', 'no'), ('busy', 'no'), ('Sorry, I''m busy', 'no'),
	('no puedo', 'no'), ('no sorry', 'no'), ('what is the address?', null), ('maybe', null), ('no problem', null), ('', null)) x(words, word);

select t.business(21) \g /dev/null
update businesses set notify_number = t.number(21, '9'), notify = '{"missed": true, "email": "all"}', notify_email = 'o@example.test' where id = t.id(21);
update technicians set phone = '+1415555033' || right(name, 1) where business_id = t.id(21);
insert into on_call (business_id, technician_id, rank) values (t.id(21), t.id(21, 21), 1), (t.id(21), t.id(21, 22), 2);
create temp sequence sids;
create function pg_temp.sms(who text, body text, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk('sms', jsonb_build_object('MessageSid', 'SM21' || nextval('pg_temp.sids'), 'Body', body,
		'From', '+1415555' || who, 'To', t.number(21)) || more)
$$;

-- anything
select is(pg_temp.sms('0140', 'Hi, is anybody there?'), jsonb_build_object('ok', true, 'business', t.id(21)), 'a text');
select is(t.tasks(21, '0140'), array['call_back Text from (415) 555-0140: "Hi, is anybody there?"'], 'is a task');
select is(t.texts(21, '0140'), array['This is the automated assistant of Business 21. Thank you, the team of Business 21 will read it. Reply STOP to opt out.'],
	'its sender hears that');
select pg_temp.sms('0140', 'Please cancel Tuesday') \g /dev/null
select is(t.tasks(21, '0140'), array[E'call_back Text from (415) 555-0140: "Hi, is anybody there?"\n"Please cancel Tuesday" (Wants to cancel, it seems.)'],
	'the next one joins it');
select is(cardinality(t.texts(21, '0140')), 1, 'one answer is enough');
select is(t.texts(21, '9021'), array['Business 21: Text from (415) 555-0140: "Hi, is anybody there?"'], 'the owner hears of it, once an hour');
select is((select count(*)::int from outbox where business_id = t.id(21) and kind = 'email'), 1, 'by e-mail, too');
set constraints all immediate; set constraints all deferred;
select is((select count(*)::int from events where business_id = t.id(21) and type = 'task'), 2, 'dashboards are told');
update tasks set status = 'done' where business_id = t.id(21);
update messages set created_at = now() - interval '13 hours' where business_id = t.id(21) and direction = 'out';
select pg_temp.sms('0140', 'one more thing') \g /dev/null
select is((t.tasks(21, '0140'))[2], 'call_back Text from (415) 555-0140: "one more thing"', 'after it is done a new one');
select is((t.texts(21, '0140'))[2], 'Business 21: Thank you, the team of Business 21 will read it.', 'and another answer, much later');
select pg_temp.sms('0141', 'Hola, necesito cambiar la cita por favor') \g /dev/null
select is(t.texts(21, '0141'), array['Le escribe el asistente automático de Business 21. Gracias, el equipo de Business 21 lo leerá. Responda STOP para no recibir más mensajes.'],
	'in Spanish');
select alike((t.tasks(21, '0141'))[1], '%(Wants another time, it seems.)', 'what they want');
select pg_temp.sms('0140', 'long ' || repeat('x', 1500)) from generate_series(1, 8) \g /dev/null
select is((select length(text) <= 4000 and text like 'Text from (415) 555-0140: "one more%' and text like '%xx"' from tasks
	where business_id = t.id(21) and status = 'open' and text like '%0140%'), true, 'the first and the last ones are in it');

-- no answer
select pg_temp.sms('0142', 'STOP') \g /dev/null
select pg_temp.sms('0142', 'where is my technician') \g /dev/null
select is(t.texts(21, '0142'), '{}', 'opted out: none');
select is(t.tasks(21, '0142'), array['call_back Text from (415) 555-0142: "where is my technician"'], 'but it is seen');
select pg_temp.sms('9021', 'ok thanks') \g /dev/null
select is(t.tasks(21, '9021'), '{}', 'the owner is no customer');
select pg_temp.sms('0143', 'HELP'), pg_temp.sms('0143', 'START'), pg_temp.sms('0143', 'who is this') \g /dev/null
select is(t.tasks(21, '0143'), '{}', 'commands are no tasks');
insert into blocked_callers (business_id, number) values (t.id(21), '+14155550144');
select pg_temp.sms('0144', 'buy my stuff') \g /dev/null
select is(t.tasks(21, '0144') || t.texts(21, '0144'), '{}', 'nor is what nobody wants');

-- a card number in pieces
create function pg_temp.found(word text) returns text[] language plpgsql as $$
declare
	col record;
	n int;
	at text[] := '{}';
begin
	for col in select * from (values ('messages', 'body'), ('tasks', 'text'), ('outbox', 'payload'), ('events', 'data'),
			('dispatches', 'words')) x(tbl, name) loop
		execute format('select count(*) from nightbell.%I where business_id = t.id(21) and %I::text like $1', col.tbl, col.name)
			into n using '%' || word || '%';
		if n > 0 then
			at := at || col.tbl;
		end if;
	end loop;
	return at;
end $$;
select pg_temp.sms('0146', 'my card is 4000 05'), pg_temp.sms('0146', '66 5566 and then'), pg_temp.sms('0146', 'the rest is 5556 thanks') \g /dev/null
set constraints all immediate; set constraints all deferred;
select is((select array_agg(body order by id) from messages where from_number = '+14155550146'),
	'{"my card is [card number]","[card number]","[card number] thanks"}', 'is struck out of all');
select is(pg_temp.found('4000 05') || pg_temp.found('66 5566') || pg_temp.found('5556'), '{}', 'wherever it was copied');
select pg_temp.sms('0147', 'call me at 4155550123'), pg_temp.sms('0147', '12 Elm Street'), pg_temp.sms('0147', '02139') \g /dev/null
select is((select array_agg(body order by id) from messages where from_number = '+14155550147'),
	'{"call me at 4155550123","12 Elm Street","02139"}', 'a number and an address are none');

-- emergencies
select pg_temp.sms('0150', 'I smell gas at 4 Elm St') \g /dev/null
select is(t.texts(21, '0150'), array['This is the automated assistant of Business 21. Leave the house now and call 911 from outside. '
	|| 'The team of Business 21 has your message. Reply STOP to opt out.'], 'the warning, at once');
select is(t.tasks(21, '0150'), array['emergency! EMERGENCY: possible gas leak. Caller: +14155550150. They said: "I smell gas at 4 Elm St" Tech 1 is being asked.'],
	'an urgent task');
select is(t.texts(21, '0331'), array['Business 21: EMERGENCY: possible gas leak. Caller: +14155550150. They said: "I smell gas at 4 Elm St" '
	|| 'Reply 1 to take it, 2 if you cannot.'], 'a technician is asked');
select is((select payload ->> 'from' from outbox where kind = 'call' and business_id = t.id(21)), t.number(21), 'by telephone, too');
select is((t.texts(21, '9021'))[cardinality(t.texts(21, '9021'))], 'Business 21: EMERGENCY: possible gas leak. Caller: +14155550150. They said: "I smell gas at 4 Elm St"', 'the owner hears of it');
select pg_temp.sms('0150', 'the gas smell is getting worse') \g /dev/null
select is((select count(*)::int from dispatches where business_id = t.id(21)), 1, 'once an hour');
select is(cardinality(t.texts(21, '0150')), 1, 'one warning');
select is((t.texts(21, '0331'))[2], 'Business 21: More about the emergency (possible gas leak): They said: "I smell gas at 4 Elm St / the gas smell is getting worse"',
	'but the technician is told');
select pg_temp.sms('0331', 'is it a gas leak or what?') \g /dev/null
select is((t.texts(21, '0331'))[3], 'Business 21: Reply 1 to take it or 2 to pass.', 'a technician who asks is told how to answer');
select pg_temp.sms('0331', 'hm') \g /dev/null
select is(cardinality(t.texts(21, '0331')) || (t.tasks(21, '0331'))[1],
	E'3call_back Text from (415) 555-0331: "is it a gas leak or what?"\n"hm"', 'not with every text; the office sees them');
select is(t.desk('dispatch_call', jsonb_build_object('id', (select id from dispatch_attempts where business_id = t.id(21)), 'From', t.number(21),
	'CallSid', 'CA21x', 'Digits', '1')) #>> '{verbs,0,text}', 'Thank you, it is yours. Please call back now: 4 1 5 , 5 5 5 , 0 1 5 0. Goodbye.', 'who takes it');
select is((t.texts(21, '0150'))[2], 'Business 21: Tech is on it and will call you.', 'the sender is told');
select pg_temp.sms('0151', 'Hola, se inundó la casa') \g /dev/null
select alike((t.texts(21, '0151'))[1], '%Si puede hacerlo sin peligro, cierre la llave principal del agua%llame al 911.%', 'water, in Spanish');
select pg_temp.sms('0152', 'stop texting me'), pg_temp.sms('0152', 'my house is on fire') \g /dev/null
select is(cardinality(t.texts(21, '0152')), 1, 'opted out: only the answer to the stop');
select alike((t.tasks(21, '0152'))[1], 'emergency! EMERGENCY: urgent. Caller: +14155550152. They said: "my house is on fire"%', 'help is sent all the same');
update on_call set ends_at = now() where business_id = t.id(21);
select pg_temp.sms('0153', 'carbon monoxide!!') \g /dev/null
select is((t.texts(21, '0153'))[1], 'This is the automated assistant of Business 21. We could not reach a technician. If anybody is in danger, call 911. '
	|| 'The office has your message. Reply STOP to opt out.', 'nobody on call: they are told');
select alike((t.texts(21, '0153'))[2], '%Leave the house now%', 'and warned');

-- Senders that are no number: kept once, and somebody reads it.
select t.desk('sms', form), t.desk('sms', form) from (select jsonb_build_object('MessageSid', sid, 'From', sender,
	'To', t.number(21), 'NumMedia', 'many', 'Body', words) from (values ('SMn1', '72345', 'Your code is 1234'),
	('SMn2', 'ACME Bank', 'Card 4111 1111 1111 1111 was used'), ('SMn3', '', 'STOP'), ('SMn4', '72345', ' ')) v(sid, sender, words)) x(form) \g /dev/null
select bag_eq($$select text from tasks where business_id = t.id(21) and text ~ 'cannot be answered'$$, array[
	'Text from 72345, which cannot be answered: "Your code is 1234"',
	'Text from ACME Bank, which cannot be answered: "' || lib.mask_cards('Card 4111 1111 1111 1111 was used') || '"',
	'Text from a withheld number, which cannot be answered: "STOP"'], 'short codes and names');
select bag_eq($$select sid from carrier_callbacks where route = 'sms' and business_id = t.id(21)$$, array['SMn1', 'SMn2', 'SMn3', 'SMn4'], 'are kept');
select is_empty($$select form from carrier_callbacks where route = 'sms' and form::text ~ '4111 1111'$$, 'no card number is');
select is_empty($$select from messages where provider_id ~ '^SMn'$$, 'there is nobody to converse with');
select * from finish();
rollback;
