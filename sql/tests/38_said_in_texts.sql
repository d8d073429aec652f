-- What people mean by a text, in sentences: an end of texts, an emergency, a
-- card; and what is heard of a number that was marked.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select is(lib.says_stop(words), true, 'stop: ' || words) from unnest(array[
	'I no longer wish to receive messages', 'I would like to stop receiving texts', 'I want to stop getting these', 'I revoke my consent',
	'no text please', 'I no longer want your texts', 'I never want to get another text from you', 'I don''t want any texts from you',
	'please don''t send any text messages', 'I''m not interested in getting texts', 'I never agreed to be texted', 'I did not sign up for these messages',
	'I''d rather you didn''t text me', 'I would prefer not to get texts', 'please refrain from texting me', 'end the text messages',
	'turn off text notifications', 'I don''t want to hear from you again', 'I withdraw my permission', 'you do not have my consent to text me',
	'I am opting out', 'opt me out please', 'I want these texts to stop', 'the messages need to stop', 'my husband told you to stop',
	'I want you to stop', 'no more of these please', 'I do not consent to text messages', 'without my permission to text',
	'I''m done with your texts', 'I would like to be removed from your text list', 'cease and desist', 'enough with the texts', 'could you please not text me',
	'basta ya de mensajes', 'que no me lleguen más mensajes', 'dejen de fastidiar',
	'No envíen más', 'no deseo recibir', 'no autorizo mensajes', 'necesito que paren', 'no quiero recibir más mensajes', 'no quiero que me manden textos',
	'paren los mensajes', 'quiero dejar de recibir mensajes', 'revoco mi consentimiento', 'no mensajes por favor', 'no acepto sus mensajes',
	'no estoy interesado en recibir mensajes', 'ya no quiero recibir nada', 'quiero que dejen de escribirme', 'preferiría no recibir mensajes',
	'les pido que paren ya', 'no manden más mensajes', 'retiro mi permiso', 'no quiero saber nada de ustedes']) words;
select is(lib.says_stop(words), false, 'no stop: ' || words) from unnest(array[
	'I want the leak to stop', 'The noise needs to stop', 'I want it to stop leaking', 'my faucet drips and I need it to stop', 'I need this noise to stop',
	'the alarm keeps beeping, how do I make it stop', 'please stop the toilet from running', 'stop the bleeding', 'my brakes squeal, can you make it stop',
	'the furnace should stop by itself', 'I did not get your message', 'I never got a text from you', 'I''m no longer at home, text me',
	'you have my permission to text me', 'I do not want to opt out', 'I don''t want to miss the appointment', 'I need to cancel my appointment',
	'no message from you so far', 'I withdraw my permission for the repair', 'no longer need the visit', 'no heat', 'no water since noon',
	'please not before nine', 'could you not send him', 'I am sick of this noise', 'my phone stopped getting texts', 'who gave you my number',
	'please end the job on Friday', 'stop making noise is what my furnace should do',
	'quiero que pare la fuga', 'necesito que paren la fuga', 'el ruido tiene que parar', 'no envíen al mismo técnico', 'no recibí mensajes',
	'no autorizo la reparación', 'no quiero perder la cita', 'no quiero esperar más', 'no deseo cambiar la cita', 'no envíen a nadie antes de las nueve',
	'quiero dejar de oír ese ruido', 'no tengo agua']) words;

create function pg_temp.kind(words text) returns text language sql as $$
	select coalesce(lib.alarm_en(lib.alarm_words(words)), lib.alarm_es(lib.alarm_words(words)))
$$;
select is(pg_temp.kind(words), 'gas', 'gas: ' || words) from unnest(array[
	'oh no gas leak at 12 Elm St please hurry', 'oh no the gas smell is getting worse', 'Can you fix my gas leak asap', 'can you fix a gas leak at our house',
	'Do you repair gas leaks? I have one right now', 'there''s a leak in my gas line', 'there is a leak on the gas pipe', 'I''ve got a leak at the gas meter',
	'I think there might be gas', 'the gas company found a leak', 'GAS', 'gas!!', 'help gas', 'I left the gas on', 'the gas pipe burst', 'my gas tank exploded', 'I didn''t smell gas before but now I do',
	'I''ve never smelled gas like this before', 'there was no gas leak before but there is one now', 'no gas leak? help hurry gas leak',
	'hay una fuga en la tubería de gas', 'antes no olía a gas pero ahora sí', 'se rompió el tubo de gas', 'se reventó la manguera del gas',
	'dejé el gas abierto', 'ay no, huele a gas', 'fuga de gas urgente', '¿arreglan fugas? tengo una fuga de gas']) words;
select is(pg_temp.kind(words), 'co', 'co: ' || words) from unnest(array[
	'the CO level is 90 parts per million', 'CO is leaking from the furnace', 'my whole family has headaches and the detector is beeping',
	'they came to install a carbon monoxide detector and it is going off', 'I replaced my CO detector and it keeps going off',
	'tenemos dolor de cabeza y suena la alarma', 'CO2 alarm']) words;
select is(pg_temp.kind(words), null, 'none: ' || words) from unnest(array[
	'Do you repair gas leaks?', 'do you guys fix gas leaks', 'can you fix my gas furnace', 'no gas leak, all good', 'there is no gas smell',
	'I smelled nothing, no gas leak today', 'there was gas, but now there is no gas smell', 'I need my gas furnace repaired asap', 'is it gas or electric',
	'I''d like a carbon monoxide detector installed', 'can you replace my carbon monoxide detector', 'gas furnace tune up', 'we have gas heat',
	'my gas water heater has a leak', 'I left the house at nine', 'necesito un detector de monóxido', 'venden detectores de monóxido',
	'it might be gas or electric', 'the gas company says no leak', 'wood burning stove', 'ya no huele a gas', 'tengo dolor de muela', 'calentador de gas', 'my co worker is home']) words;

-- cards
select is(lib.mask_cards(words), masked, words) from (values
	('My card is 4242 4242 4242 4242 exp 12/27 and the cvv is 123', 'My card is [card number] and the cvv is ***'),
	('4242 4242 4242 4242 security 123 zip 94110', '[card number] security *** zip 94110'),
	('4242424242424242, it expires on 12/27, code: 123', '[card number], it expires on ***, code: ***'),
	('the cvv is 123', 'the cvv is ***'), ('CVV: one two three', 'CVV: ***'), ('cvc 1234 thanks', 'cvc *** thanks'),
	('my card''s security code is 123', 'my card''s security code is ***'),
	('tarjeta 4242 4242 4242 4242 vence 12/27 y el código de seguridad es 123', 'tarjeta [card number] y el código de seguridad es ***'),
	('el cvv es 123', 'el cvv es ***'), ('the three digits on the back of my card are 123', 'the three digits on the back of my card are ***'),
	('exp 12/27 on my card 4242 4242 4242 4242', 'exp *** on my card [card number]'),
	('the gate code is 4521', 'the gate code is 4521'), ('the security code of the gate is 4521', 'the security code of the gate is 4521'),
	('card 4242 4242 4242 4242, gate code 4521', 'card [card number], gate code 4521'), ('the coupon expires 12/27', 'the coupon expires 12/27'),
	('12 Elm Street, zip code 94110', '12 Elm Street, zip code 94110'), ('error code 123 on the furnace', 'error code 123 on the furnace'),
	('card 4242 4242 4242 4242, error code E 123 on 12 Oak St', 'card [card number], error code E 123 on 12 Oak St')) x(words, masked);

-- a number that was marked
select t.business(38) \g /dev/null
update technicians set phone = '+1415555033' || right(name, 1) where business_id = t.id(38);
insert into on_call (business_id, technician_id, rank) values (t.id(38), t.id(38, 21), 1);
create temp sequence sids;
create function pg_temp.sms(who text, body text) returns jsonb language sql as $$
	select t.desk('sms', jsonb_build_object('MessageSid', 'SM38' || nextval('pg_temp.sids'), 'Body', body,
		'From', '+1415555' || who, 'To', t.number(38)))
$$;
create function pg_temp.marked(who text, mark text) returns jsonb language sql as $$
	select t.desk('call_end', t.live_call(38, 'CA38' || mark, jsonb_build_object('From', '+1415555' || who))
		|| jsonb_build_object('outcome', mark, 'stream', 1, 'ended_by', 'assistant', 'duration_ms', 9));
	select t.desk('status', t.form(38, 'CA38' || mark, jsonb_build_object('From', '+1415555' || who, 'CallStatus', 'completed')))
$$;
select pg_temp.marked('0601', 'robocall'), pg_temp.marked('0602', 'wrong_number'), pg_temp.marked('0603', 'abusive'), pg_temp.marked('0604', 'sales') \g /dev/null
select is((select array_agg(mark order by caller) from calls where business_id = t.id(38)), '{robocall,wrong_number,abusive,sales}', 'four marks');
select pg_temp.sms('0601', 'I am not a robot, my boiler is dead'), pg_temp.sms('0602', 'I did mean you, please call me'),
	pg_temp.sms('0603', 'call me back you fools'), pg_temp.sms('0604', 'Grow your sales with us, visit https://x.example today') \g /dev/null
select is(t.tasks(38, '0601'), array['call_back Text from (415) 555-0601: "I am not a robot, my boiler is dead"'], 'robocall: a sentence is a task');
select is(t.tasks(38, '0602'), array['call_back Text from (415) 555-0602: "I did mean you, please call me"'], 'wrong number: too');
select is(t.tasks(38, '0603') || t.tasks(38, '0604'), '{}', 'abusive, or a machine that advertises: none');
select is(t.texts(38, '0601') || t.texts(38, '0602') || t.texts(38, '0603') || t.texts(38, '0604'), '{}', 'no answer');
select pg_temp.sms('0601', 'ok'), pg_temp.sms('0604', 'Your code is 4412') \g /dev/null
select is(cardinality(t.tasks(38, '0601')), 1, 'no more of it');
select pg_temp.sms(who, 'I smell gas in my kitchen') from unnest(array['0601', '0602', '0603', '0604']) who \g /dev/null
select is(count(*), 4::bigint, 'an emergency: help is sent for each') from dispatches where business_id = t.id(38) and kind = 'gas';
select alike((t.texts(38, who))[1], '%Leave the house now and call 911%', 'and each is warned') from unnest(array['0601', '0602', '0603', '0604']) who;
select alike((t.tasks(38, '0603'))[1], 'emergency! EMERGENCY: possible gas leak.%', 'an urgent task');
select t.live_call(38, 'CA38again', '{"From": "+14155550603"}') as again \gset
select is(t.tool(:'again', 'd', 'dispatch', '{"kind": "flood", "words": "water everywhere"}') ->> 'ok', 'true', 'a later call sends for help, too');
insert into blocked_callers (business_id, number) values (t.id(38), '+14155550605');
select pg_temp.sms('0605', 'I smell gas') \g /dev/null
select is(t.tasks(38, '0605') || t.texts(38, '0605'), '{}', 'whom the business blocked is not heard');

-- a stop that says more
select pg_temp.sms('0610', 'Stop texting me. My heater is broken, call me'), pg_temp.sms('0611', 'stop texting me'), pg_temp.sms('0612', 'I want the leak to stop') \g /dev/null
select is((select array_agg(number order by number) from opt_outs where business_id = t.id(38)), '{+14155550610,+14155550611}', 'two stops');
select is(t.tasks(38, '0610'), array['call_back Text from (415) 555-0610: "Stop texting me. My heater is broken, call me"'], 'the request is kept');
select is(t.tasks(38, '0611'), '{}', 'a stop alone is no task');
select is(t.tasks(38, '0612'), array['call_back Text from (415) 555-0612: "I want the leak to stop"'], 'a leak is a request');

-- the code in a text of its own behind the card's
select pg_temp.sms('0620', 'card 4242 4242 4242 4242'), pg_temp.sms('0620', '12/27 123'), pg_temp.sms('0620', '12 Elm Street 94110') \g /dev/null
select is((select array_agg(body order by id) from messages where from_number = '+14155550620'),
	'{card [card number],***,12 Elm Street 94110}', 'is struck out');

-- the number of a withheld caller
update businesses set notify_number = t.number(38, '9') where id = t.id(38);
select t.live_call(38, 'CA38w', '{"From": "anonymous"}') as w \gset
select t.tool(:'w', 'p', 'privacy', '{"record": false}') \g /dev/null
select t.tool(:'w', 'd', 'dispatch', '{"kind": "flood", "phone": "+14155550177", "name": "Kay", "address": "9 Birch Lane"}') ->> 'dispatch' as id \gset
select is((select phone || coalesce(words, '') from dispatches where id = :'id'), '+14155550177', 'goes with the alarm, also of a private call');
select is(lib.dispatch_told_verbs(d, '{"got": true}') #>> '{0,text}', 'Thank you, it is yours. Please call back now: 4 1 5 , 5 5 5 , 0 1 7 7. Goodbye.',
	'the technician hears it') from dispatches d where id = :'id';
select t.tool(:'w', 'm', 'message', '{"text": "Please call back, my cousin broke it. (Number given: +14155550178.)", "name": "Kay"}') \g /dev/null
select alike((select text from tasks where business_id = t.id(38) and kind = 'call_back' and name = 'Kay'),
	'Call back. What was said is not kept, as the caller wished. Address: 9 Birch Lane. Number: +14155550178.', 'a call back can be made');
select t.live_call(38, 'CA38v', '{"From": "anonymous"}') as v \gset
select t.tool(:'v', 'm', 'message', '{"text": "URGENT. Flooding: my cousin broke it. (Number given: +14155550179.)", "name": "Vic"}') \g /dev/null
select t.tool(:'v', 'p', 'privacy', '{"record": false}') \g /dev/null
select is((select text from tasks where business_id = t.id(38) and name = 'Vic'),
	'URGENT. Call back. What was said is not kept, as the caller wished. Number: +14155550179.', 'also where they said it later');
select * from finish();
rollback;
