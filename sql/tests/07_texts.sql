-- Texts in and out: stop words, the outbox, the carrier's callbacks.
begin;
select plan(188);
set local search_path = nightbell, public;

-- Two sides: what means stop, and what must not.
create function pg_temp.seen(words text) returns text language sql as $$
	select trim(both '"' from to_json(regexp_replace(words, '\n', ' / ', 'g'))::text)
$$;
select is(lib.says_stop(words), true, 'stop: ' || pg_temp.seen(words)) from unnest(array[
	'STOP', 'stop', ' Stop. ', 'STOPALL', 'Unsubscribe', 'CANCEL', 'End', 'quit', 'OPTOUT', 'opt-out',
	'Opt out please', 'revoke', 'Please stop', 'STOP!!!', 'please stop texting me',
	'Stop sending me messages', 'don''t text me', 'Don’t ever contact me again',
	'do not text this number', 'no more texts please', 'I want to unsubscribe', 'take me off your list',
	'remove my number from your list', 'Leave me alone', 'ALTO', 'No me escriban más', 'STOP 🛑', 'remove',
	'Remove from list', 'cease', 'please, no more',
	'don’t ever text this phone again', E'STOP\ufffd',
	'🛑 stop', 'STOP STOP', 'stop stop stop', E'Stop\nSent from my iPhone',
	E'I said stop\n\nSent from my iPhone', E'stop\u00a0', E'\u00a0STOP\u2003', E'STOP\u200b',
	E'\ufeffstop', 'ＳＴＯＰ', E'STOP\u0001', E'\u0007stop\u001b', 'S.T.O.P', 's t o p', 'STOPPP',
	'I said stop', 'yes stop', 'No thanks, stop', 'Stop. Wrong number.',
	'stop, I already found somebody', 'STOP. By the way, who is this?',
	'I have somebody. Stop. Thanks.', 'do not send me messages', 'Please do not send me any more texts',
	'don´t text', 'dont txt me anymore', 'I don''t want any more messages',
	'I do not want you to text me', 'do not send anything', 'don''t message me again', 'quit texting',
	'quit texting me', 'QUIT IT', 'please cease contacting us', 'remove me', 'Remove me please',
	'take me off your list.', 'take us off of this list', 'lose my number', 'leave us alone!!',
	'leave me alone, please', 'why won''t you stop texting me', 'how do I make this stop',
	'can you stop?', 'the leak doesn''t stop. And stop texting me', 'cancel cancel', 'end please',
	'no texts please', 'how do I unsubscribe from this?',
	'Dejad de enviarme SMS', 'unsub', 'how do I stop these?', 'how can I stop getting these texts', 'please stop, don''t text me again']) words;
select is(lib.says_stop(words), false, 'no stop: ' || pg_temp.seen(words)) from unnest(array[
	'Can you stop by tomorrow?', 'can you stop by and text me when you are close',
	'Please cancel my appointment', 'cancel Tuesday, do Wednesday', 'at the end of the street',
	'the water won''t stop', 'it does not stop leaking', 'yes', 'HELP', 'see you then',
	'don''t text me before 9', 'quite late is fine', 'the weekend', '', 'please stop by tomorrow',
	'can you stop by', 'Stop by any time', 'when do you stop working', 'when do you stop?',
	'it does not stop dripping', 'unstoppable', 'The water won’t stop!',
	'the leak will not stop, please text me', 'it leaks non-stop', 'I am at the bus stop',
	'could you stop the leak today?', 'I cannot get it to stop', 'the stop valve is stuck',
	'My furnace stopped working', 'do not send anyone before noon',
	'please don''t send the same technician', 'do not send me a text before 9',
	'I don''t want to miss your message', 'did you get my message?', 'you never text me back',
	'I got no texts from you', 'remove the old furnace', 'do not contact my tenant, text me',
	'take the old unit off the list', 'STOPwatch',
	'Please don''t stop texting me', 'don''t stop texting', 'I''ll stop texting you now', 'ok I will stop bothering you',
	'how do I stop this leak?']) words;
select is(lib.says_start(words), true, 'start: ' || pg_temp.seen(words)) from unnest(array[
	'START', ' start. ', 'UNSTOP', 'Yes', E'Start\u200b', 'START 🙂', 'please start texting me again',
	'You can text me again', 'vuelvan a escribirme por favor']) words;
select is(lib.says_start(words), false, 'no start: ' || pg_temp.seen(words)) from unnest(array[
	'start again', 'yes please', 'when do you start', 'yes stop', 'restart', '',
	'please don''t start texting me again', 'start sending me a technician']) words;

select is(lib.text_lang(words), lang, lang || ': ' || words) from (values ('leave me alone', 'en'), ('parar', 'es'),
	('take me off your list', 'en')) x(words, lang);
select t.business(7) \g /dev/null
select t.live_call(7, 'CA7t') as c \gset
-- An appointment whose details the caller wants as a text.
select t.tool(:'c', 'book', 'book', jsonb_build_object('service', t.id(7, 1), 'name', 'Jo',
	'start', t.monday('10:00'))) -> 'appointment' as booked \gset
select t.tool(:'c', 'yes', 'consent', '{"channel": "sms", "granted": true, "words": "yes"}') \g /dev/null
create function pg_temp.sms(sid text, body text) returns jsonb language sql as $$
	select t.desk('sms', jsonb_build_object('MessageSid', sid, 'Body', body,
		'From', '+14155550123', 'To', t.number(7)))
$$;
-- Queues one more text to the caller.
create function pg_temp.queue(key text) returns uuid language sql as $$
	select lib.text_queue(t.id(7), c.lead_id, c.id, c.number, c.caller, 'Hi.', key, '1 hour')
	  from nightbell.calls c where c.carrier_sid = 'CA7t'
$$;
create function pg_temp.relay(f text, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_relay', format('desk.%I(%L::jsonb)', f, req))
$$;
create function pg_temp.claim() returns jsonb language sql as $$
	select pg_temp.relay('outbox_claim', '{"worker": "w", "limit": 10}')
$$;
create function pg_temp.done(id uuid, more jsonb) returns jsonb language sql as $$
	select pg_temp.relay('outbox_done', more || jsonb_build_object('id', id, 'business', t.id(7)))
$$;
create function pg_temp.of(id uuid) returns text language sql as $$
	select o.state || ' ' || m.status || coalesce(' ' || m.error, '')
	  from nightbell.outbox o join nightbell.messages m on m.outbox_id = o.id where o.id = $1
$$;
create function pg_temp.callback(sid text, word text, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk('sms_status', more || jsonb_build_object('MessageSid', sid, 'MessageStatus', word,
		'From', t.number(7), 'To', '+14155550123'))
$$;

-- delivery
select pg_temp.queue('k1') as o1 \gset
select pg_temp.claim() as got \gset
select is(:'got'::jsonb -> 0 ->> 'id', :'o1', 'the relay gets the text');
select is(pg_temp.claim(), '[]', 'once');
select is(pg_temp.callback('SM1', 'sent'), '{"ok": true}', 'a callback for a message we do not know yet');
select is(pg_temp.done(:'o1', '{"ok": true, "provider_id": "SM1"}'), '{"state": "sent"}', 'sent');
select is(pg_temp.of(:'o1'), 'sent sent', 'with what the early callback said');
select pg_temp.callback('SM1', 'delivered'), pg_temp.callback('SM1', 'sending'), pg_temp.callback('SM1', 'sent') \g /dev/null
select is(pg_temp.of(:'o1'), 'sent delivered', 'late callbacks change nothing');
select is(pg_temp.done(:'o1', '{"ok": false, "error": "x"}'), '{"state": "sent"}', 'nor does a late report');

-- failure
select pg_temp.queue('k2') as o2 \gset
select pg_temp.claim() \g /dev/null
select is(pg_temp.done(:'o2', '{"ok": false, "http": 503, "error": "busy"}'),
	'{"state": "retry", "retry_s": 5}', 'try again');
select is(pg_temp.claim(), '[]', 'not at once');
update outbox set due_at = now() where id = :'o2';
select is((pg_temp.claim() -> 0) - array['id', 'business', 'payload', 'since_ms'],
	'{"kind": "sms", "attempt": 2, "maybe_sent": false}', 'then');
select is(pg_temp.done(:'o2', '{"ok": false, "code": 21211, "permanent": true}'), '{"state": "dead"}', 'no use');
select is(pg_temp.of(:'o2'), 'dead failed 21211', 'the inbox says why');

-- unknown end, lost lease: never blindly again
select pg_temp.queue('k3') as o3 \gset
select pg_temp.claim() \g /dev/null
select is(pg_temp.done(:'o3', '{"ok": false, "maybe_sent": true, "error": "timeout"}') ->> 'state', 'retry', 'it may be out');
select is(pg_temp.of(:'o3'), 'unsure unconfirmed timeout', 'nobody knows');
update outbox set due_at = now() where id = :'o3';
select is(pg_temp.claim() -> 0 ->> 'maybe_sent', 'true', 'the relay is told to look first');
update outbox set lease_until = now() where id = :'o3';
select is(pg_temp.claim() -> 0 ->> 'maybe_sent', 'true', 'also after a relay that died');
update outbox set lease_until = now(), attempt = 6 where id = :'o3';
select is(pg_temp.claim(), '[]', 'not for ever');
select is(pg_temp.of(:'o3'), 'dead unconfirmed timeout', 'unconfirmed is what it stays');
select pg_temp.callback('SM3', 'delivered') \g /dev/null
select is(pg_temp.of(:'o3'), 'sent delivered timeout', 'unless the carrier tells');

-- too late
select pg_temp.queue('k4') as o4 \gset
update outbox set expires_at = now() where id = :'o4';
select is(pg_temp.claim(), '[]', 'too late to be of use');
select is(pg_temp.of(:'o4'), 'dead failed expired', 'so it is not sent');

-- stop
select pg_temp.queue('k5') as o5 \gset
select pg_temp.sms('SMi1', 'please stop texting me') \g /dev/null
select is(pg_temp.of(:'o5'), 'cancelled cancelled opted_out', 'stop cancels what waits');
select is(lib.opted_out(t.id(7), '+14155550123') and not lib.opted_out(t.id(1), '+14155550123'), true,
	'for this business');
-- the answer to the stop is 12_ways_in's business
update outbox set state = 'sent' where key like 'opted_out:%';
select is(pg_temp.queue('k6'), null, 'nothing more is queued');
update opt_outs set ended_at = now();
select pg_temp.queue('k6') as o6 \gset
update opt_outs set ended_at = null;
select is(pg_temp.claim(), '[]', 'a row that slipped in is stopped at the claim');
select is(pg_temp.of(:'o6'), 'cancelled cancelled opted_out', 'and cancelled');
select is(t.tool(:'c', 'send', 'send_text', jsonb_build_object('kind', 'appointment', 'appointment', :'booked'::jsonb)),
	'{"ok": false, "error": "opted_out"}', 'a text after stop is refused');
select is((select result ->> 'error' from tool_results where name = 'send_text'), 'opted_out', 'and the call''s record says why');
select is((select count(*) from outbox where key like 'appointment:%'), 0::bigint, 'nothing is queued');
select pg_temp.sms('SMi1', 'START') \g /dev/null
select is(lib.opted_out(t.id(7), '+14155550123'), true, 'the same message again is not read twice');
select pg_temp.sms('SMi2', 'Start') \g /dev/null
select is(lib.opted_out(t.id(7), '+14155550123'), false, 'start lets texts through again');
select pg_temp.sms('SMi3', 'STOP'), pg_temp.sms('SMi4', 'STOP') \g /dev/null
select is((select count(*) from opt_outs where ended_at is null), 1::bigint, 'stop twice is one stop');
select is((select array_agg(body order by id) from messages where direction = 'in'),
	array['please stop texting me', 'Start', 'STOP', 'STOP'], 'every text is in the conversation');
select is((select count(distinct conversation_id) from messages), 1::bigint, 'of the lead');
select is(t.desk('sms', '{"MessageSid": "SMz", "From": "+14155550123", "To": "+14155559999", "Body": "hi"}'),
	'{"ok": true}', 'a text to a number that is not ours');
update opt_outs set ended_at = now();
select pg_temp.queue('k7') as o7, pg_temp.queue('k8') as o8 \gset
select pg_temp.relay('outbox_claim', '{"limit": 1}') \g /dev/null
select pg_temp.done((select id from outbox where state = 'claimed'), '{"ok": false, "code": 21610, "permanent": true}') \g /dev/null
select is((select count(*) from opt_outs where ended_at is null and source = 'carrier')
	|| (select string_agg(state, ' ' order by state) from outbox where key in ('k7', 'k8')),
	'1cancelled dead', 'the carrier knows of a stop that we do not');
select * from finish();
rollback;
