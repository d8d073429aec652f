-- What is left of a call: summary, task, mark, the owner's text.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(13) \g /dev/null
update businesses set notify_number = t.number(13, '9'),
	notify = '{"missed": true, "summary": "booked"}' where id = t.id(13);

-- A live call whose caller has said words, and got an answer.
create function pg_temp.talk(sid text, who int, words text) returns jsonb language plpgsql as $$
declare
	c jsonb := t.live_call(13, sid, jsonb_build_object('From', '+141555502' || who));
begin
	perform t.desk('segments', c || jsonb_build_object('items', jsonb_build_array(
		'{"seq": 1, "rev": 1, "leg": "assistant", "start_ms": 0, "end_ms": 9, "text": "Hello.", "heard": "Hello.", "final": true}'::jsonb,
		'{"seq": 2, "rev": 1, "leg": "caller", "start_ms": 10, "end_ms": 19, "final": true}'::jsonb || jsonb_build_object('text', words),
		'{"seq": 3, "rev": 1, "leg": "assistant", "start_ms": 20, "end_ms": 29, "text": "I see.", "heard": "I see.", "final": true}'::jsonb)));
	return c;
end $$;
create function pg_temp.ends(c jsonb, outcome text, ended_by text default 'assistant') returns jsonb language sql as $$
	select t.desk('call_end', c || jsonb_build_object('outcome', outcome, 'ended_by', ended_by, 'duration_ms', 30000))
$$;
create function pg_temp.of(c jsonb) returns nightbell.call_insights language sql as $$
	select * from nightbell.call_insights where call_id = (c ->> 'call')::uuid
$$;
create function pg_temp.tasks(c jsonb) returns text[] language sql as $$
	select coalesce(array_agg(text order by id), '{}') from nightbell.tasks where call_id = (c ->> 'call')::uuid
$$;
-- What went out because of a call: "key: words".
create function pg_temp.out(c jsonb) returns text[] language sql as $$
	select coalesce(array_agg(substring(key from '^[a-z]+(?::[a-z]+)?') || ': ' || (payload ->> 'body') order by id), '{}')
	  from nightbell.outbox where kind = 'sms' and key like '%' || (c ->> 'call')
$$;
create function pg_temp.row(c jsonb) returns nightbell.calls language sql as $$
	select * from nightbell.calls where id = (c ->> 'call')::uuid
$$;

-- who went over to Spanish and asked for nothing else
select pg_temp.talk('CAes', 11, 'habla español') as es \gset
select t.desk('call_end', :'es'::jsonb || '{"ended_by": "caller", "duration_ms": 9000, "lang": "es"}') \g /dev/null
select is((pg_temp.of(:'es')).lang, 'es', 'the language that a call went over to is the caller''s');

-- booked
select pg_temp.talk('CAb', 10, 'my furnace stopped working last night') as b \gset
select t.tool(:'b', '1', 'book', jsonb_build_object('service', t.id(13, 1), 'start', t.monday('14:00'), 'name', 'Dana Miller',
	'details', '{"address": {"full": "12 Elm Street, Boston"}, "urgency": {"level": "today"}}'::jsonb)) as a \gset
select t.tool(:'b', '2', 'consent', '{"channel": "sms", "granted": true, "words": "yes"}'),
	t.tool(:'b', '3', 'send_text', jsonb_build_object('kind', 'appointment', 'appointment', :'a'::jsonb -> 'appointment')) \g /dev/null
select is((pg_temp.of(:'b')).summary, null, 'no summary while they talk');
select pg_temp.ends(:'b', 'booked') \g /dev/null
select lib.when_words(t.monday('14:00')::timestamp at time zone 'America/New_York', 'America/New_York', 'en') as at \gset
select is((pg_temp.of(:'b')).summary, 'Dana Miller (415) 555-0210 called about furnace repair. Needs it today. Address: 12 Elm Street, '
	|| 'Boston. Booked furnace repair for ' || :'at' || '. Details sent by text.', 'who, what, how urgent, where, when, done');
select is((select array[who, what, urgency, address, when_text, open, next_action, outcome, lang] from pg_temp.of(:'b')),
	array['Dana Miller (415) 555-0210', 'furnace repair', 'today', '12 Elm Street, Boston', :'at', null, null, 'booked', 'en'],
	'each by itself');
select is(pg_temp.tasks(:'b'), '{}', 'nothing is open');
select is(pg_temp.out(:'b'), array['notice:summary: Business 13: ' || (pg_temp.of(:'b')).summary], 'the owner gets it as a text');
select pg_temp.ends(:'b', 'booked'), t.desk('status', t.form(13, 'CAb', '{"CallStatus": "completed"}')) \g /dev/null
select is(cardinality(pg_temp.out(:'b')), 1, 'once');
set constraints all immediate;
select is((select data - array['started_at', 'answered_at', 'ended_at', 'lead', 'conversation', 'number', 'streams', 'insights', 'summary', 'id']
	from events where business_id = t.id(13) and type = 'call' and data ->> 'summary' is not null order by seq desc limit 1),
	'{"caller": "+14155550210", "name": "Dana Miller", "status": "ended", "outcome": "booked", "ended_by": "assistant",
	"duration_ms": 30000, "mark": null, "private": false, "test": false, "lang": "en"}', 'dashboards hear of it');
select is((select data #>> '{insights,address}' from events where business_id = t.id(13) and type = 'call'
	and data ->> 'summary' is not null order by seq desc limit 1), '12 Elm Street, Boston', 'with all that is known');
select is(t.run('nightbell_api', format('api.call(%L, %L, %L)', t.id(13), t.id(13, 4), jsonb_build_object('id', :'b'::jsonb -> 'call')))
	#>> '{call,insights,urgency}', 'today', 'and read it');
select is(t.run('nightbell_api', format('api.calls(%L, %L, %L)', t.id(13), t.id(13, 4), '{}')) #>> '{calls,0,summary}',
	(pg_temp.of(:'b')).summary, 'in the list, too');

-- moved and cancelled, by a caller who has an appointment
select pg_temp.talk('CAmv', 10, 'I want to move my appointment') as m \gset
select t.tool(:'m', '1', 'move', jsonb_build_object('appointment', :'a'::jsonb -> 'appointment', 'start', t.monday('16:00'))) \g /dev/null
select pg_temp.ends(:'m', 'moved') \g /dev/null
select alike((pg_temp.of(:'m')).summary, '%Moved furnace repair to % at 4:00 PM.', 'moved');
select is(pg_temp.tasks(:'m'), '{}', 'nothing to do');
select pg_temp.talk('CAcx', 10, 'please cancel it') as x \gset
select t.tool(:'x', '1', 'cancel', jsonb_build_object('appointment', :'a'::jsonb -> 'appointment')) \g /dev/null
select pg_temp.ends(:'x', 'cancelled') \g /dev/null
select alike((pg_temp.of(:'x')).summary, '%Cancelled furnace repair of %', 'cancelled');
select is((select array[when_text, open] from pg_temp.of(:'x')), '{null,null}', 'nothing stands, nothing is open');

-- a message: its task is the one task
select pg_temp.talk('CAms', 11, 'have somebody call me please') as c \gset
select t.tool(:'c', '1', 'message', '{"text": "Call me about the invoice.", "name": "Jo Lee"}') \g /dev/null
select pg_temp.ends(:'c', 'message') \g /dev/null
select is(pg_temp.tasks(:'c'), array['Call me about the invoice.'], 'no second task');
select is((select array[open, next_action] from pg_temp.of(:'c')),
	array['Waits to be called back.', 'Call me about the invoice.'], 'what is next');
select is(pg_temp.out(:'c'), '{}', 'this owner wants bookings only');
update businesses set notify = '{"summary": "all"}' where id = t.id(13);

-- hung up in the middle
select pg_temp.talk('CAhu', 12, 'the water heater is leaking all over') as h \gset
select t.tool(:'h', '1', 'find_slots', jsonb_build_object('service', t.id(13, 1), 'date', to_char(now() + interval '8 days', 'YYYY-MM-DD'),
	'part', 'morning')) \g /dev/null
select pg_temp.ends(:'h', 'hung_up', 'caller') \g /dev/null
select is((pg_temp.of(:'h')).open, 'Hung up before it was settled.', 'the caller hung up half-way');
select is(pg_temp.tasks(:'h'), array['Call back. Hung up before it was settled. About: furnace repair. Wished: '
	|| to_char(now() + interval '8 days', 'FMDy, FMMon FMDD') || ', morning.'], 'somebody should ring back, and knows why');
select is((pg_temp.of(:'h')).task_id, (select id from tasks where call_id = (:'h'::jsonb ->> 'call')::uuid), 'that is the next action');
select t.desk('status', t.form(13, 'CAhu', '{"CallStatus": "completed"}')) \g /dev/null
select is(cardinality(pg_temp.tasks(:'h')), 1, 'told twice, one task');
select is(cardinality(pg_temp.out(:'h')), 1, 'the owner hears of everything now; the caller gets no missed-call text');

-- hung up during the greeting, or never understood
select t.live_call(13, 'CAgr', '{"From": "+14155550213"}') as g \gset
select pg_temp.ends(:'g', 'hung_up', 'caller') \g /dev/null
select is((pg_temp.of(:'g')).summary, '(415) 555-0213 hung up at once.', 'during the greeting');
select is((select array_agg(split_part(v, ':', 1)) from unnest(pg_temp.out(:'g')) v), '{missed}', 'is a missed call');
select t.live_call(13, 'CAsi', '{"From": "+14155550214"}') as s \gset
select pg_temp.ends(:'s', 'silent') \g /dev/null
select is((pg_temp.of(:'s')).summary || cardinality(pg_temp.tasks(:'s')) || cardinality(pg_temp.out(:'s')),
	'(415) 555-0214 said nothing.00', 'silence: nothing to do');

-- marks: no task, no text, whatever was said
create function pg_temp.marked(i int, m text) returns text language plpgsql as $$
declare
	c jsonb := pg_temp.talk('CAmk' || m, 20 + i, 'this is an important message');
begin
	perform pg_temp.ends(c, m, case when i = 4 then 'caller' else 'assistant' end);
	return (pg_temp.row(c)).mark || cardinality(pg_temp.tasks(c)) || cardinality(pg_temp.out(c)) || (pg_temp.of(c)).summary;
end $$;
select is(pg_temp.marked(i, m), m || '00(415) 555-022' || i || ': ' || replace(m, '_', ' ') || '.', m)
  from (values (1, 'robocall'), (2, 'sales'), (3, 'wrong_number'), (4, 'abusive')) v(i, m);

-- outcomes and what they leave open
create function pg_temp.left_by(i int, outcome text, ended_by text) returns text language plpgsql as $$
declare
	c jsonb := pg_temp.talk('CAo' || i, 30 + i, 'I need something done here');
begin
	perform pg_temp.ends(c, outcome, ended_by);
	return coalesce((pg_temp.of(c)).open, '-') || cardinality(pg_temp.tasks(c));
end $$;
select is(pg_temp.left_by(i, o, by), want, coalesce(o, 'no outcome') || ' by ' || by) from (values
	(0, 'no_slot', 'assistant', 'No time was found that suits.1'), (1, 'unclear', 'assistant', 'It did not become clear what they want.1'),
	(2, 'declined', 'assistant', '-0'), (3, 'opted_out', 'assistant', '-0'), (4, 'texts_es', 'assistant', 'Goes on by text, in Spanish.1'),
	(5, 'failed', 'assistant', 'The line was lost before it was settled.1'), (6, 'hung_up', 'caller', 'Hung up before it was settled.1'),
	(7, 'existing', 'assistant', '-0')) v(i, o, by, want);

-- a worker that died: the carrier tells the end, the worker does not
select pg_temp.talk('CAdie', 40, 'my sink is clogged again') as d \gset
select t.desk('status', t.form(13, 'CAdie', '{"CallStatus": "completed", "From": "+14155550240"}')) \g /dev/null
select is((pg_temp.of(:'d')).summary, null, 'its worker has a moment to tell');
select is((select due_at - created_at from outbox where kind = 'call_over' and payload ->> 'call' = :'d'::jsonb ->> 'call'),
	interval '4 seconds', 'not more');
update outbox set due_at = now() where kind = 'call_over';
select is(jsonb_array_length(t.run('nightbell_relay', 'desk.outbox_claim(''{"limit": 50}'')')) > 0, true, 'the relay comes by');
select is((pg_temp.of(:'d')).open || (select state from outbox where kind = 'call_over' and payload ->> 'call' = :'d'::jsonb ->> 'call'),
	'The line was lost before it was settled.sent', 'and brings it to its end');
select is(cardinality(pg_temp.tasks(:'d')), 1, 'with a task');
select pg_temp.ends(:'d', 'hung_up', 'caller') \g /dev/null
select is((pg_temp.of(:'d')).open || cardinality(pg_temp.tasks(:'d')), 'Hung up before it was settled.1',
	'a worker that tells after all corrects it');
select t.live_call(13, 'CAgone', '{"From": "+14155550241"}') as e \gset
select t.desk('status', t.form(13, 'CAgone', '{"CallStatus": "completed", "From": "+14155550241"}')),
	pg_temp.ends(:'e', 'hung_up', 'caller') \g /dev/null
select is((select array_agg(split_part(v, ':', 1)) from unnest(pg_temp.out(:'e')) v), '{missed}', 'status first, then the stream: one text');

-- three streams that broke
select pg_temp.talk('CAbr', 42, 'the heater makes noise') as l \gset
select t.desk('call_end', :'l'::jsonb || '{"ended_by": "lost", "duration_ms": 5, "stream_no": 1}') \g /dev/null
select is((pg_temp.of(:'l')).summary, null, 'a lost stream is not the end');
update calls set streams = 3 where carrier_sid = 'CAbr';
select t.desk('after', t.form(13, 'CAbr', '{"CallStatus": "in-progress", "From": "+14155550242"}')) as plan \gset
select is(pg_temp.tasks(:'l'), array['The connection to the assistant was lost. Please call back.'], 'one task');
select is((pg_temp.of(:'l')).open, 'Waits to be called back.', 'it is what is open');
update leads set lang = 'es' where phone = '+14155550242';
select is(lib.sorry_verbs('es') #>> '{0,lang}', 'es-US', 'we say sorry in Spanish, too');

-- private: nothing of what was said
select pg_temp.talk('CApr', 43, 'please do not record this') as p \gset
select t.tool(:'p', '1', 'privacy', '{"record": false}'), t.tool(:'p', '2', 'book', jsonb_build_object('service', t.id(13, 1),
	'start', t.monday('08:30'), 'name', 'Pat Doe')) \g /dev/null
select pg_temp.ends(:'p', 'booked') \g /dev/null
select alike((pg_temp.of(:'p')).summary, 'Pat Doe (415) 555-0243 called about furnace repair. Booked furnace repair for % at 8:30 AM. '
	|| 'Nothing said is kept, as the caller wished.', 'the booking stays');
select is((pg_temp.row(:'p')).private, true, 'and the wish');
select is((lib.call_json(pg_temp.row(:'p'))) -> 'private', 'true', 'the page says so');

-- a person took it
select pg_temp.talk('CAtr', 44, 'let me talk to a person') as w \gset
select t.tool(:'w', '1', 'transfer', '{"reason": "wants a person"}') \g /dev/null
select pg_temp.ends(:'w', 'transfer') \g /dev/null
select is((t.desk('after', t.form(13, 'CAtr', '{"CallStatus": "in-progress", "From": "+14155550244"}')) #>> '{verbs,0,whisper}'),
	'/twilio/whisper', 'the phone that rings hears who calls');
select t.desk('whisper', t.form(13, 'CAtr1', '{"ParentCallSid": "CAtr", "Digits": "1"}')),
	t.desk('dial', t.form(13, 'CAtr', '{"CallStatus": "completed", "DialCallStatus": "completed", "DialCallSid": "CAtr1"}')) \g /dev/null
select is((select array[status, (pg_temp.of(:'w')).done, (pg_temp.of(:'w')).open] from pg_temp.row(:'w')),
	array['answered', 'Put through to the owner.', null], 'put through');
select is((select string_agg(status, ',') from tasks where call_id = (:'w'::jsonb ->> 'call')::uuid), 'done', 'nothing to do');

-- an emergency that nobody took
select pg_temp.talk('CAem', 45, 'I smell gas in the kitchen') as g2 \gset
select t.tool(:'g2', '1', 'dispatch', '{"kind": "gas", "words": "I smell gas", "address": "5 Oak Road", "name": "Kim"}') \g /dev/null
select pg_temp.ends(:'g2', 'emergency') \g /dev/null
select is((select array[what, urgency, address, open] from pg_temp.of(:'g2')),
	array['possible gas leak', 'emergency', '5 Oak Road', 'Nobody has taken the emergency.'], 'an emergency');
select is(cardinality(pg_temp.tasks(:'g2')), 1, 'its task is the only one');
update technicians set phone = '+14155550299' where id = t.id(13, 21);
insert into on_call (business_id, technician_id) values (t.id(13), t.id(13, 21));
select pg_temp.talk('CAem2', 46, 'water is everywhere, help') as g3 \gset
select t.tool(:'g3', '1', 'dispatch', '{"kind": "flood", "words": "water is everywhere"}') \g /dev/null
select pg_temp.ends(:'g3', 'emergency') \g /dev/null
select is((pg_temp.of(:'g3')).open, 'The emergency is not taken yet.', 'one that waits');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMg3', 'From', '+14155550299', 'To', t.number(13), 'Body', '1')) \g /dev/null
select t.run('nightbell_relay', 'desk.outbox_claim(''{"limit": 50}'')') \g /dev/null
select alike((pg_temp.of(:'g3')).done, '% is on it (flooding).', 'is taken by a text, after the call');
select is((pg_temp.of(:'g3')).open, 'An emergency was reported.', 'its task stays with the owner');
select * from finish();
rollback;
