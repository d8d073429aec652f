-- What a caller can ask for beside a new visit: their appointments, a person,
-- no record. Each by tools of the call, each key once.
begin;
select plan(73);
set local search_path = nightbell, public;
select t.business(14, 1) \g /dev/null
update services set names = '{"es": "reparación de calefacción"}' where business_id = t.id(14);
create temp sequence keys;
create function pg_temp.key() returns text language sql as $$ select 'k' || nextval('pg_temp.keys') $$;
create function pg_temp.tool(call jsonb, name text, args jsonb default '{}') returns jsonb language sql as $$
	select t.tool(call, pg_temp.key(), name, args)
$$;
create function pg_temp.slot(start text, more jsonb default '{}') returns jsonb language sql as $$
	select jsonb_build_object('service', t.id(14, 1), 'start', start) || more
$$;
create function pg_temp.starts(r jsonb) returns text[] language sql as $$
	select array_agg(v ->> 'start') from jsonb_array_elements(r -> 'slots') v
$$;

-- An appointment of an earlier call.
select t.live_call(14, 'CA14') as c \gset
select pg_temp.tool(:'c', 'book', pg_temp.slot(t.monday('10:00'), '{"name": "Ann Lee", "lang": "es"}')) as a \gset
select is((select lang from leads where business_id = t.id(14) and phone = '+14155550123'), 'es', 'the language of the call becomes the lead''s');
select is(:'a'::jsonb ->> 'service_name', 'reparación de calefacción', 'names come in it');
select pg_temp.tool(:'c', 'consent', '{"channel": "sms", "granted": true, "words": "sí"}') \g /dev/null
select pg_temp.tool(:'c', 'send_text', jsonb_build_object('kind', 'appointment', 'appointment', :'a'::jsonb -> 'appointment')) \g /dev/null
select t.desk('call_end', :'c'::jsonb || '{"outcome": "booked", "ended_by": "caller", "duration_ms": 1}') \g /dev/null
select :'a'::jsonb ->> 'appointment' as id \gset

select t.live_call(14, 'CA14b') as b \gset
select t.run('nightbell_gateway', format('lib.call_context(lib.call_lock(%L, %L), now()) -> ''context''',
	t.id(14), :'b'::jsonb ->> 'call')) as x \gset
select is(:'x'::jsonb #> '{caller,known}', 'true', 'the next call knows who it is');
select is(:'x'::jsonb #> '{caller,appointments}', jsonb_build_array(jsonb_build_object('appointment', :'id',
	'service', t.id(14, 1), 'service_id', t.id(14, 1), 'service_name', 'furnace repair',
	'start', t.monday('10:00'), 'end', t.monday('11:30'))), 'and what they have');
select is(:'x'::jsonb #> '{services,0,names}', '{"es": "reparación de calefacción"}', 'services in other languages');
select is(array[:'x'::jsonb ->> 'attempt', :'x'::jsonb ->> 'emergency_number', :'x'::jsonb ->> 'on_call',
	:'x'::jsonb ->> 'agents_available', :'x'::jsonb #>> '{languages,0}', :'x'::jsonb #>> '{business,lang}'],
	'{first,911,false,true,en,en}', 'what can be done in this call');
select is(pg_temp.tool(:'b', 'appointments', '{"lang": "es"}') #>> '{appointments,0,service_name}',
	'reparación de calefacción', 'asked in Spanish');

-- moving
select is(pg_temp.starts(pg_temp.tool(:'b', 'find_slots', pg_temp.slot(null, jsonb_build_object('appointment', :'id',
	'date', left(t.monday('00:00'), 10), 'time', '10:00')))), array[t.monday('09:30'), t.monday('10:30'), t.monday('09:00')],
	'its own time does not stand in the way, and is no news');
select is(pg_temp.tool(:'b', 'hold', pg_temp.slot(t.monday('10:30'))) ->> 'error', 'slot_taken',
	'with one technician half an hour later is taken');
select is(pg_temp.tool(:'b', 'hold', pg_temp.slot(t.monday('10:30'), jsonb_build_object('appointment', :'id'))),
	jsonb_build_object('ok', true, 'hold', (select hold_id from appointments where id = :'id'),
	'start', t.monday('10:30'), 'end', t.monday('12:00')), 'but not for that appointment');
select hold_id as h1 from appointments where id = :'id' \gset
select t.tool(:'b', 'm', 'move', jsonb_build_object('appointment', :'id', 'hold', :'h1', 'start', t.monday('10:30'))) as m \gset
select is(:'m'::jsonb, jsonb_build_object('ok', true, 'appointment', :'id', 'start', t.monday('10:30'),
	'end', t.monday('12:00'), 'service_name', 'reparación de calefacción'), 'so it moves');
select is(t.tool(:'b', 'm', 'move', '{}'), :'m', 'the same key again: the same answer');
select is(pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id', 'start', t.monday('10:30'))) - 'service_name',
	:'m'::jsonb - 'service_name', 'another key: it is there already');
select is((select array_agg(state order by id) from holds where business_id = t.id(14)), '{released,booked}', 'one claim is left');
select is((select state || ' ' || error from outbox where key = 'appointment:' || :'id'), 'cancelled outdated',
	'the text about the old time does not go out');
select is((select status from messages where call_id = (:'c'::jsonb ->> 'call')::uuid), 'cancelled', 'the inbox says so');
select pg_temp.tool(:'b', 'hold', pg_temp.slot(t.monday('15:00'))) as h \gset
select pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id', 'hold', :'h'::jsonb -> 'hold', 'start', t.monday('15:00'))) as m \gset
select is((select hold_id from appointments where id = :'id'), (:'h'::jsonb ->> 'hold')::uuid, 'a hold becomes its claim');
-- somebody else has the wished time
select t.live_call(14, 'CA14o', '{"From": "+14155550199"}') as o \gset
select pg_temp.tool(:'o', 'book', pg_temp.slot(t.monday('09:00'), '{"name": "Bo"}')) as oa \gset
select pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id', 'start', t.monday('09:30'))) as m \gset
select is(:'m'::jsonb ->> 'error', 'slot_taken', 'a taken time');
select is(pg_temp.starts(:'m'), array[t.monday('10:30'), t.monday('11:00'), t.monday('11:30')], 'comes with the nearest ones');
select is((select lib.local_text(starts_at, 'America/New_York') || ' ' || status from appointments where id = :'id'),
	t.monday('15:00') || ' booked', 'and the appointment stays');
select is((select state from holds h join appointments a on a.hold_id = h.id where a.id = :'id'), 'booked', 'with its claim');
select is(pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id', 'start', t.monday('21:00'))) ->> 'error', 'slot_taken',
	'nor out of hours');
select is(pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id')) ->> 'error', 'bad_request', 'where to?');
select is(pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'oa'::jsonb -> 'appointment', 'start', t.monday('16:30'))) ->> 'error',
	'no_appointment', 'somebody else''s does not move');
select is(pg_temp.tool(:'b', 'cancel', jsonb_build_object('appointment', :'oa'::jsonb -> 'appointment')) ->> 'error',
	'no_appointment', 'nor is it cancelled');
select pg_temp.tool(:'b', 'send_text', jsonb_build_object('kind', 'moved', 'appointment', :'id')) \g /dev/null
select matches((select payload ->> 'body' from outbox where key like 'moved:%'),
	'Su cita para reparación de calefacción ahora es el lunes \d+ de \w+ a las 3:00 p\. m\.', 'the text is in their language');

-- cancelling
select is(pg_temp.tool(:'b', 'send_text', jsonb_build_object('kind', 'cancelled', 'appointment', :'id')) ->> 'error',
	'no_appointment', 'nothing is confirmed that did not happen');
select pg_temp.tool(:'b', 'cancel', jsonb_build_object('appointment', :'id')) as k \gset
select is(:'k'::jsonb - array['appointment', 'end'], jsonb_build_object('ok', true, 'start', t.monday('15:00'),
	'service_name', 'reparación de calefacción'), 'cancelled');
select is(pg_temp.tool(:'b', 'cancel', jsonb_build_object('appointment', :'id')), :'k', 'twice is once');
select is((select array[a.status, h.state] from appointments a join holds h on h.id = a.hold_id where a.id = :'id'),
	'{cancelled,released}', 'its time is free');
select is((select state from outbox where key like 'moved:%'), 'cancelled', 'the text about it stays here');
select is(pg_temp.tool(:'b', 'move', jsonb_build_object('appointment', :'id', 'start', t.monday('16:00'))) ->> 'error',
	'no_appointment', 'it does not move any more');
select is(pg_temp.tool(:'b', 'appointments'), '{"ok": true, "appointments": []}', 'nor is it listed');
select is(pg_temp.tool(:'b', 'send_text', jsonb_build_object('kind', 'cancelled', 'appointment', :'id', 'lang', 'en')), '{"ok": true}', 'its text');
select matches((select payload ->> 'body' from outbox where key = 'cancelled:' || :'id'),
	'Your visit for furnace repair on Mon, \w+ \d+ at 3:00 PM is cancelled\.', 'in the language that is spoken now');
select is(pg_temp.tool(:'b', 'send_text', '{"kind": "follow_up", "lang": "es"}'), '{"ok": true}', 'on by text');
select matches((select payload ->> 'body' from outbox where key like 'follow_up:%'), 'Cuéntenos aquí por mensaje', 'in Spanish');
-- a past one, a withheld number
select pg_temp.tool(:'b', 'book', pg_temp.slot(t.monday('16:00'), '{"name": "Ann Lee"}')) as a2 \gset
select t.live_call(14, 'CA14w', '{"From": "anonymous"}') as w \gset
select is(pg_temp.tool(:'w', 'appointments'), '{"ok": true, "appointments": []}', 'a withheld number sees nothing');
select is(pg_temp.tool(:'w', 'cancel', jsonb_build_object('appointment', :'a2'::jsonb -> 'appointment')) ->> 'error', 'no_appointment',
	'and cancels nothing');
update appointments set status = 'done' where id = (:'a2'::jsonb ->> 'appointment')::uuid;
select is(pg_temp.tool(:'b', 'cancel', jsonb_build_object('appointment', :'a2'::jsonb -> 'appointment')) ->> 'error', 'no_appointment',
	'what is done is done');

-- details
select pg_temp.tool(:'b', 'message', '{"text": "x", "details": {"address": "1 Elm St", "urgency": "soon"}}') \g /dev/null
select pg_temp.tool(:'b', 'message', '{"text": "y", "details": {"urgency": "today"}}') \g /dev/null
select is((select details from call_insights where call_id = (:'b'::jsonb ->> 'call')::uuid),
	'{"address": "1 Elm St", "urgency": "today"}', 'answers are kept, the last one counts');

-- a person
insert into agents (business_id, id, name, phone, status) values (t.id(14), t.id(14, 61), 'Al', '+14155550161', 'available'),
	(t.id(14), t.id(14, 62), 'Bea', '+14155550162', 'away');
\set on '''{"CallStatus": "in-progress"}'''
create function pg_temp.hook(f text, sid text, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk(f, t.form(14, sid, '{"CallStatus": "in-progress"}' || more))
$$;
select is(t.tool(:'b', 'tr', 'transfer', '{"reason": "about my bill"}'), '{"ok": true}', 'somebody is there');
select is(t.tool(:'b', 'tr', 'transfer', '{}'), '{"ok": true}', 'asked again by the same key');
select is(pg_temp.tool(:'b', 'transfer'), '{"ok": true}', 'and by another');
select is((select array[kind, status, text] from tasks where business_id = t.id(14) and kind = 'person'),
	array['person', 'open', 'Wants to speak to a person. "about my bill"'], 'one task, from now on');
select is(pg_temp.tool(:'o', 'transfer') || '{}', '{"ok": true}', 'another caller at the same time');
select is((select array_agg(phone::text order by id) from transfers where business_id = t.id(14)), array['+14155550161', t.number(14, '9')],
	'gets another phone: here the owner''s');
select is(pg_temp.tool(:'w', 'transfer') ->> 'error', 'nobody', 'a third gets nobody');
select is((select count(*)::int from tasks where business_id = t.id(14) and kind = 'person' and status = 'open'), 3, 'but each has a task');
select is(pg_temp.tool(:'w', 'message', '{"text": "call Wes at work", "name": "Wes"}') ->> 'task',
	(select id::text from tasks where call_id = (:'w'::jsonb ->> 'call')::uuid), 'a message joins it');
select t.desk('call_end', :'b'::jsonb || '{"outcome": "transfer", "ended_by": "assistant", "duration_ms": 1}') \g /dev/null
select is((select status from calls where carrier_sid = 'CA14b'), 'live', 'the call is not over');
select is(pg_temp.hook('after', 'CA14b') #> '{verbs,0}', '{"verb": "dial", "number": "+14155550161", "timeout": 10,
	"path": "/twilio/dial", "whisper": "/twilio/whisper"}', 'that phone rings');
select is(pg_temp.hook('after', 'CA14b') #>> '{verbs,0,number}', '+14155550161', 'also when the carrier asks twice');
select is(pg_temp.hook('dial', 'CA14b', '{"DialCallStatus": "no-answer", "DialCallSid": "CAd1"}') #>> '{verbs,0,verb}', 'connect',
	'nobody took it: back to the assistant');
select t.desk('stream_begin', :'b'::jsonb || '{"nonce": "nonce-14-2", "stream": "MZ14b2"}') -> 'context' as x \gset
select is(:'x'::jsonb ->> 'attempt', 'transfer_failed', 'who knows it');
select is((select state from transfers where business_id = t.id(14) and phone = '+14155550161'), 'failed', 'and so do we');
select is(pg_temp.tool(:'b', 'transfer') ->> 'error', 'nobody', 'the same phone is not rung twice');
select is((select outcome from calls where carrier_sid = 'CA14b'), 'message', 'what is left is the task');
select t.desk('call_end', :'b'::jsonb || '{"outcome": "message", "ended_by": "assistant", "duration_ms": 1}') \g /dev/null
select is(pg_temp.hook('after', 'CA14b') #>> '{verbs,0,verb}', 'hangup', 'it comes to an end');
-- taken
select t.desk('call_end', :'o'::jsonb || '{"outcome": "transfer", "ended_by": "assistant", "duration_ms": 1}') \g /dev/null
select pg_temp.hook('after', 'CA14o', '{"From": "+14155550199"}') \g /dev/null
select t.desk('whisper', t.form(14, 'CAd2', '{"ParentCallSid": "CA14o", "CallStatus": "in-progress", "Digits": "1"}')) \g /dev/null
select is(pg_temp.hook('dial', 'CA14o', '{"From": "+14155550199", "DialCallStatus": "completed", "DialCallSid": "CAd2"}') #>> '{verbs,0,verb}',
	'hangup', 'taken by key');
select is((select array[c.status, x.state, k.status] from calls c join transfers x on x.call_id = c.id
	join tasks k on k.id = x.task_id where c.carrier_sid = 'CA14o'), '{answered,taken,done}', 'nothing is left to do');
-- the caller leaves while it rings
update transfers set created_at = now() - interval '1 hour';
select t.live_call(14, 'CA14g', '{"From": "+14155550197"}') as g \gset
select pg_temp.tool(:'g', 'transfer') \g /dev/null
select t.desk('call_end', :'g'::jsonb || '{"outcome": "transfer", "ended_by": "assistant", "duration_ms": 1}') \g /dev/null
select t.desk('status', t.form(14, 'CA14g', '{"CallStatus": "completed"}')) \g /dev/null
select is((select array[c.status, x.state, k.status] from calls c join transfers x on x.call_id = c.id
	join tasks k on k.id = x.task_id where c.carrier_sid = 'CA14g'), '{ended,failed,open}', 'gone meanwhile: the task stays');

-- no record
select t.live_call(14, 'CA14p', '{"From": "+14155550198"}') as p \gset
create function pg_temp.heard(call jsonb, seq int, rev int, words text) returns jsonb language sql as $$
	select t.desk('segments', call || jsonb_build_object('items', jsonb_build_array(jsonb_build_object('seq', seq,
		'rev', rev, 'leg', 'assistant', 'start_ms', 0, 'end_ms', 9, 'text', words, 'heard', words, 'final', true))))
$$;
select pg_temp.heard(:'p', 1, 3, 'a secret') \g /dev/null
select pg_temp.tool(:'p', 'message', '{"text": "water in the cellar"}') \g /dev/null
select is(t.tool(:'p', 'pr', 'privacy', '{"record": false}'), '{"ok": true}', 'please do not record this');
select pg_temp.heard(:'p', 2, 1, 'another secret') \g /dev/null
select pg_temp.heard(:'p', 1, 9, 'a late secret') \g /dev/null
select is((select array_agg(seq || ' ' || coalesce(text, heard, '-') order by seq) from transcript_segments
	where call_id = (:'p'::jsonb ->> 'call')::uuid), '{1 -,2 -}', 'nothing of what was said is left');
set constraints all immediate;
select is((select count(*)::int from events where type = 'segment' and data::text like '%secret%'), 0, 'not in the events');
select is((select array_agg(data ->> 'rev' order by seq) from events where type = 'segment'
	and data ->> 'call' = :'p'::jsonb ->> 'call' and data ->> 'seq' = '1'), '{3,4,9}', 'pages hear of it');
select is((select count(*)::int from tool_results where call_id = (:'p'::jsonb ->> 'call')::uuid and args <> '{}'), 0,
	'not with the tools');
select is((select text from tasks where call_id = (:'p'::jsonb ->> 'call')::uuid), 'Call back. What was said is not kept, as the caller wished.',
	'that they asked for something is');
select is(pg_temp.tool(:'p', 'privacy', '{"record": true}') ->> 'error', 'bad_request', 'it is not taken back by a tool');

-- no more texts
select is(pg_temp.tool(:'p', 'opt_out', '{"words": "stop texting me"}'), '{"ok": true}', 'stop, by voice');
select pg_temp.tool(:'p', 'opt_out', '{"words": "stop"}') \g /dev/null
select is((select array_agg(source || coalesce(words, '')) from opt_outs where number = '+14155550198'), '{call}', 'is kept, without the words');
select is((select count(*)::int from outbox where business_id = t.id(14) and number = '+14155550198'), 1, 'and confirmed once');
select is(pg_temp.tool(:'w', 'opt_out', '{}') ->> 'error', 'no_number', 'a withheld number gets none anyway');
select * from finish();
rollback;
