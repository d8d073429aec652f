-- How calls come in and what happens to those that nobody took: the whisper,
-- loops, the missed-call text, stop and its one answer.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(12) \g /dev/null
update businesses set notify_number = t.number(12, '9'),
	notify = '{"missed": true, "summary": "booked"}' where id = t.id(12);
create function pg_temp.verbs(plan jsonb) returns text language sql as $$
	select coalesce(string_agg(v ->> 'verb', ' ' order by nr), '')
	  from jsonb_array_elements(plan -> 'verbs') with ordinality v(v, nr)
$$;
create function pg_temp.status(sid text) returns text language sql as $$
	select status || coalesce(' ' || mark, '') from nightbell.calls where carrier_sid = sid
$$;
-- A webhook of the call sid from the caller with these last two digits.
create function pg_temp.hook(f text, sid text, who int, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk(f, t.form(12, sid, jsonb_build_object('From', '+141555501' || who) || more))
$$;
create function pg_temp.texts(who int) returns text[] language sql as $$
	select coalesce(array_agg(o.payload ->> 'body' order by o.id), '{}') from nightbell.outbox o
	 where o.number = '+141555501' || who and o.state = 'queued'
$$;
create function pg_temp.notices() returns bigint language sql as $$
	select count(*) from nightbell.outbox where key like 'notice:%' and state = 'queued' and business_id = t.id(12)
$$;
create function pg_temp.sms(sid text, who int, body text, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk('sms', jsonb_build_object('MessageSid', sid, 'Body', body,
		'From', '+141555501' || who, 'To', t.number(12)) || more)
$$;
create function pg_temp.claim() returns jsonb language sql as $$
	select t.run('nightbell_relay', 'desk.outbox_claim(''{"limit": 50}'')')
$$;
\set on '''{"CallStatus": "in-progress"}'''
\set done '''{"CallStatus": "completed"}'''

-- the whisper
select pg_temp.hook('voice', 'CAw', 60) \g /dev/null
select pg_temp.hook('whisper', 'CAw1', 60, '{"ParentCallSid": "CAw", "CallStatus": "in-progress"}') as w \gset
select is(pg_temp.verbs(:'w'), 'gather hangup', 'whoever picks up is asked for a key');
select is((:'w'::jsonb #> '{verbs,0}') - 'verbs'::text, '{"verb": "gather", "path": "/twilio/whisper", "num_digits": 1, "timeout": 5}',
	'one key');
select is(:'w'::jsonb #>> '{verbs,0,verbs,0,text}', 'A call for Business 12, from 4 1 5 , 5 5 5 , 0 1 6 0. To take it, press 1.',
	'and hears who calls');
select is(pg_temp.verbs(pg_temp.hook('dial', 'CAw', 60, '{"CallStatus": "in-progress", "DialCallStatus": "completed",
	"DialCallSid": "CAw1", "DialBridged": "true"}')), 'connect redirect', 'a voicemail that picks up is no answer');
select is(pg_temp.status('CAw'), 'connecting', 'the assistant has it');
select is(pg_temp.hook('whisper', 'CAw2', 60, '{"ParentCallSid": "CAw", "Digits": "5"}') -> 'verbs',
	'[{"verb": "hangup"}]', 'another key is a no');
select pg_temp.hook('voice', 'CAx', 61) \g /dev/null
select is(pg_temp.hook('whisper', 'CAx1', 61, '{"ParentCallSid": "CAx", "Digits": "1"}') -> 'verbs', '[]', 'key 1 joins them');
select is(pg_temp.hook('whisper', 'CAx1', 61, '{"ParentCallSid": "CAx", "Digits": "1"}') -> 'verbs', '[]', 'said twice, too');
select pg_temp.hook('status', 'CAx', 61, :done) \g /dev/null
select is(pg_temp.status('CAx'), 'answered', 'the end is told before the dial: answered all the same');
select is(pg_temp.verbs(pg_temp.hook('dial', 'CAx', 61, '{"CallStatus": "completed", "DialCallStatus": "completed",
	"DialCallSid": "CAx1"}')), 'hangup', 'then the dial');
select is(pg_temp.texts(61), '{}', 'nobody missed anything');
select is(pg_temp.verbs(t.desk('whisper', t.form(12, 'CAlost', '{"ParentCallSid": "CAnone", "To": "+14155559999"}'))),
	'hangup', 'a whisper for a call that we do not know');
select is(pg_temp.verbs(pg_temp.hook('whisper', 'CAx1', 61)), 'hangup', 'or for none');
update leads set name = 'Dana Miller' where phone = '+14155550162';
select pg_temp.hook('voice', 'CAd', 62) \g /dev/null
update leads set name = 'Dana Miller' where phone = '+14155550162';
select alike(pg_temp.hook('whisper', 'CAd1', 62, '{"ParentCallSid": "CAd"}') #>> '{verbs,0,verbs,0,text}',
	'%from Dana Miller.%', 'a caller who is known is named');
select pg_temp.hook('voice', 'CAh', 62, '{"From": "anonymous"}') \g /dev/null
select alike(pg_temp.hook('whisper', 'CAh1', 62, '{"ParentCallSid": "CAh"}') #>> '{verbs,0,verbs,0,text}',
	'%a withheld number%', 'one who hides is not');
update businesses set lang = 'es' where id = t.id(12);
select is(pg_temp.hook('whisper', 'CAd2', 62, '{"ParentCallSid": "CAd"}') #> '{verbs,0,verbs,0}',
	'{"verb": "say", "lang": "es-US", "text": "Llamada para Business 12, de Dana Miller. Para contestar, pulse 1."}', 'in Spanish');
update businesses set lang = 'en' where id = t.id(12);

-- loops
select is(pg_temp.hook('voice', 'CAself', 60, jsonb_build_object('From', t.number(12))) ->> 'reason', 'loop',
	'our own number calls: only our dial shows it');
select pg_temp.hook('voice', 'CAl1', 63) \g /dev/null
select is(pg_temp.hook('voice', 'CAl2', 63, jsonb_build_object('ForwardedFrom', t.number(12, '9'))) ->> 'reason', 'loop',
	'the phone that rings sends it back');
select is(pg_temp.verbs(pg_temp.hook('voice', 'CAl3', 63)), 'connect redirect', 'the same caller again: not a second ringing');
select pg_temp.hook('dial', 'CAl1', 63, '{"CallStatus": "in-progress", "DialCallStatus": "no-answer"}') \g /dev/null
select isnt(pg_temp.hook('voice', 'CAl4', 63, jsonb_build_object('ForwardedFrom', t.number(12, '9'))) ->> 'reason', 'loop',
	'when nothing rings any more it is a call like others');
select is(pg_temp.texts(63), '{}', 'a call that we refused is not missed');

-- missed: one text per caller and window
select pg_temp.hook('voice', 'CAm1', 64) \g /dev/null
select pg_temp.hook('dial', 'CAm1', 64, '{"CallStatus": "completed", "DialCallStatus": "no-answer"}') \g /dev/null
select is(pg_temp.texts(64), array['This is the automated assistant of Business 12. Sorry that we missed your call. Reply here '
	|| 'with what you need and the team will read it, or call again at any time. Reply STOP to opt out.'], 'hung up while it rang');
select is(pg_temp.notices(), 1::bigint, 'the owner hears of it');
select is((select payload ->> 'to' || ': ' || (payload ->> 'body') from outbox where key like 'notice:missed:%' and business_id = t.id(12)),
	t.number(12, '9') || ': Business 12: Missed call from (415) 555-0164 at '
	|| to_char(now() at time zone 'America/New_York', 'FMHH12:MI AM') || '. They got a text.', 'who, when and what');
select cmp_ok((select expires_at - created_at from outbox where key like 'missed:%' and business_id = t.id(12)), '<=', interval '15 minutes',
	'later it would help nobody');
select pg_temp.hook('status', 'CAm1', 64, :done), pg_temp.hook('status', 'CAm1', 64, :done) \g /dev/null
select pg_temp.hook('voice', 'CAm2', 64) \g /dev/null
select pg_temp.hook('status', 'CAm2', 64, '{"CallStatus": "no-answer"}') \g /dev/null
select is(cardinality(pg_temp.texts(64)) || ' ' || pg_temp.notices(), '1 1', 'told twice, called twice: one text, one notice');
update messages set created_at = now() - interval '5 hours' where to_number = '+14155550164';
select pg_temp.hook('voice', 'CAm3', 64) \g /dev/null
select pg_temp.hook('status', 'CAm3', 64, '{"CallStatus": "canceled"}') \g /dev/null
select is(cardinality(pg_temp.texts(64)), 2, 'in another window again');
select alike((pg_temp.texts(64))[2], 'Business 12: Sorry%', 'without the first text''s words');
select pg_temp.hook('voice', 'CAm4', 65) \g /dev/null
select pg_temp.hook('dial', 'CAm4', 65, '{"CallStatus": "in-progress", "DialCallStatus": "busy"}') \g /dev/null
select is(pg_temp.texts(65), '{}', 'busy: the assistant is about to answer');
select pg_temp.hook('after', 'CAm4', 65, :done) \g /dev/null
select is(cardinality(pg_temp.texts(65)), 1, 'but the caller left');
update leads set lang = 'es' where phone = '+14155550166';
insert into leads (business_id, phone, lang) values (t.id(12), '+14155550166', 'es') on conflict do nothing;
select pg_temp.hook('voice', 'CAm5', 66) \g /dev/null
select pg_temp.hook('status', 'CAm5', 66, :done) \g /dev/null
select is(pg_temp.texts(66), array['Le escribe el asistente automático de Business 12. Disculpe que no pudimos contestar su '
	|| 'llamada. Responda aquí con lo que necesita y el equipo lo leerá, o vuelva a llamar a cualquier hora. '
	|| 'Responda STOP para no recibir más mensajes.'], 'in the language of the caller');

-- to whom not
select is_empty($$select v from unnest(array['anonymous', '+266696687', '+7378742833', 'client:x']) v
	where lib.caller_number(v) is not null$$, 'words and placeholders are no numbers');
select pg_temp.hook('voice', 'CAn1', 67, '{"From": "+266696687"}') \g /dev/null
select pg_temp.hook('status', 'CAn1', 67, :done) \g /dev/null
select is((select caller from calls where carrier_sid = 'CAn1'), null, 'a placeholder is no number');
select pg_temp.sms('SMn1', 67, 'STOP') \g /dev/null
select pg_temp.hook('voice', 'CAn2', 67) \g /dev/null
select pg_temp.hook('status', 'CAn2', 67, :done) \g /dev/null
select is(pg_temp.texts(67), '{}', 'not after stop');
select is((select text from tasks where call_id = (select id from calls where carrier_sid = 'CAn2')),
	'Missed call. This caller wants no texts.', 'somebody has to ring back');
select t.desk('sms_status', jsonb_build_object('MessageSid', 'SMq', 'From', t.number(12), 'To', '+14155550168',
	'MessageStatus', 'undelivered', 'ErrorCode', '30006')) \g /dev/null
select pg_temp.hook('voice', 'CAn3', 68) \g /dev/null
select pg_temp.hook('status', 'CAn3', 68, :done) \g /dev/null
select is(pg_temp.texts(68), '{}', 'not to a landline');
select is(lib.text_refused(t.id(12), '+14155550168'), 'landline', 'and we say why');
select pg_temp.sms('SMn2', 68, 'hello') \g /dev/null
select is(lib.text_impossible(t.id(12), '+14155550168'), null, 'unless it writes to us');
select pg_temp.hook('voice', 'CAn4', 69) \g /dev/null
update calls set mark = 'robocall' where carrier_sid = 'CAn4';
select pg_temp.hook('status', 'CAn4', 69, :done) \g /dev/null
select pg_temp.hook('voice', 'CAn5', 69) \g /dev/null
select pg_temp.hook('status', 'CAn5', 69, :done) \g /dev/null
select is(pg_temp.texts(69), '{}', 'not to a machine, nor when it calls again');
select pg_temp.hook('voice', 'CAn6', 70, jsonb_build_object('From', t.number(12, '9'))) \g /dev/null
select pg_temp.hook('status', 'CAn6', 70, :done) \g /dev/null
select is((select count(*) from messages where to_number = t.number(12, '9')), 0::bigint, 'not to the owner');
insert into consents (business_id, number, channel, granted, source, words)
	values (t.id(12), '+14155550171', 'sms', false, 'call', 'no texts please');
select pg_temp.hook('voice', 'CAn7', 71) \g /dev/null
select pg_temp.hook('status', 'CAn7', 71, :done) \g /dev/null
select is(pg_temp.texts(71), '{}', 'not to somebody who said no to texts');

-- told late that a human has it
select pg_temp.hook('voice', 'CAk', 72) \g /dev/null
select pg_temp.hook('status', 'CAk', 72, :done) \g /dev/null
select is(cardinality(pg_temp.texts(72)), 1, 'a text waits');
insert into legs (business_id, call_id, kind, carrier_sid, accepted_at) select business_id, id, 'owner', 'CAk1', now()
	from calls where carrier_sid = 'CAk';
select pg_temp.hook('dial', 'CAk', 72, '{"CallStatus": "completed", "DialCallStatus": "completed", "DialCallSid": "CAk1"}') \g /dev/null
select is(pg_temp.status('CAk') || cardinality(pg_temp.texts(72)), 'answered0', 'and is not needed');
select is((select status || ' ' || error from messages where to_number = '+14155550172'), 'cancelled answered', 'the inbox says why');

-- stop: one answer to a sentence, none to the carrier's words
select pg_temp.sms('SMs1', 73, 'please stop texting me') \g /dev/null
select is(pg_temp.texts(73), array['Business 12: You will get no more texts from us. To get them again, reply START.'],
	'a sentence is confirmed');
select pg_temp.sms('SMs2', 73, 'stop texting me!!'), pg_temp.sms('SMs3', 73, 'STOP') \g /dev/null
select is(cardinality(pg_temp.texts(73)), 1, 'once, however often it is said');
select is((select count(*) from jsonb_array_elements(pg_temp.claim()) r
	where r #>> '{payload,to}' = '+14155550173'), 1::bigint, 'the claim lets it through');
select pg_temp.sms('SMs4', 74, 'STOP') \g /dev/null
select is(lib.opted_out(t.id(12), '+14155550174') || ' ' || cardinality(pg_temp.texts(74)), 'true 0',
	'the carrier answers its own word');
select pg_temp.sms('SMs5', 75, 'ya no me manden mensajes') \g /dev/null
select alike((pg_temp.texts(75))[1], 'Business 12: Ya no recibirá más mensajes%', 'in Spanish');
select pg_temp.sms('SMs6', 76, 'me da igual', '{"OptOutType": "STOP"}') \g /dev/null
select is(lib.opted_out(t.id(12), '+14155550176') || ' ' || cardinality(pg_temp.texts(76)), 'true 0', 'what the carrier understood counts');
select pg_temp.sms('SMs7', 76, 'whatever', '{"OptOutType": "START"}') \g /dev/null
select is(lib.opted_out(t.id(12), '+14155550176'), false, 'both ways');
select pg_temp.sms('SMs8', 76, 'HELP', '{"OptOutType": "HELP"}'), pg_temp.sms('SMs9', 76, 'INFO'),
	pg_temp.sms('SMs10', 76, 'Start'), pg_temp.sms('SMs11', 76, 'what is this', '{"OptOutType": "HELP"}') \g /dev/null
select is(pg_temp.texts(76), '{}', 'no second answer to start and help');
select pg_temp.sms('SMs12', 76, 'who is this?'), pg_temp.sms('SMs13', 76, 'who are you?') \g /dev/null
select is(pg_temp.texts(76), array['This is the automated assistant of Business 12. Write here or call (415) 555-0012. '
	|| 'Reply STOP to opt out.'], 'a question is answered, once');
select is((select count(*) from messages where to_number = '+14155550176' and direction = 'out'), 1::bigint, 'in the conversation');
select pg_temp.sms('SMc', 77, 'pay with 4242 4242 4242 4242, ok?') \g /dev/null
select is((select body from messages where provider_id = 'SMc'), 'pay with [card number], ok?', 'a card number is not stored');
select is((select count(*) from events where data::text like '%4242_4242%'), 0::bigint, 'nowhere');

-- by voice
select t.live_call(12, 'CAv', '{"From": "+14155550178"}') as v \gset
select is(t.tool(:'v', '1', 'opt_out', '{"words": "stop texting me"}'), '{"ok": true}', 'said on the telephone');
select is(cardinality(pg_temp.texts(78)), 1, 'is confirmed by one text');
select is((select source || ' ' || words from opt_outs where number = '+14155550178'), 'call stop texting me', 'and kept as evidence');
select t.tool(:'v', '2', 'opt_out', '{"words": "no texts, I said", "lang": "es"}') \g /dev/null
select is(cardinality(pg_temp.texts(78)), 1, 'not two');
select is(lib.text_queue(t.id(12), c.lead_id, c.id, c.number, c.caller, 'Hi.', 'any', '1 hour'), null,
	'nothing is queued after that') from calls c where carrier_sid = 'CAv';
select * from finish();
rollback;
