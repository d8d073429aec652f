-- Tools of a call: consent, texts, messages; each key once.
begin;
select plan(24);
set local search_path = nightbell, public;
select t.business(5) \g /dev/null
select t.live_call(5, 'CA5') as c \gset
select t.tool(:'c', 'b', 'book', jsonb_build_object('service', t.id(5, 1), 'name', 'Jo',
	'start', t.monday('10:00'))) as a \gset
select jsonb_build_object('kind', 'appointment', 'appointment',
	:'a'::jsonb -> 'appointment') as text \gset

select is(t.tool(:'c', '1', 'send_text', :'text'), '{"ok": false, "error": "no_consent"}',
	'nobody asked: no text');
select is(t.tool(:'c', '2', 'consent', '{"channel": "sms", "granted": false, "words": "no"}'),
	'{"ok": true}', 'a no is kept');
select is(t.tool(:'c', '3', 'send_text', :'text') ->> 'error', 'no_consent', 'and obeyed');
select is(t.tool(:'c', '4', 'consent', '{"channel": "sms", "granted": true, "words": "oh, yes please"}'),
	'{"ok": true}', 'a yes');
select is((select array_agg(granted || ' ' || words || ' ' || source order by id) from consents),
	array['false no call', 'true oh, yes please call'], 'with its words as evidence');
select is(t.tool(:'c', '5', 'send_text', :'text'), '{"ok": true}', 'now it goes');
select is((select array[kind, state, number, payload ->> 'from', payload ->> 'to'] from outbox),
	array['sms', 'queued', '+14155550123', t.number(5), '+14155550123'], 'into the outbox');
select matches((select payload ->> 'body' from outbox),
	'^This is the automated assistant of Business 5\. You are booked for furnace repair on Mon, \w+ \d+ at 10:00 AM\. Reply STOP to opt out\.$',
	'the first text says who writes and how to stop it');
select is((select array[direction, status, body] from messages),
	(select array['out', 'queued', payload ->> 'body'] from outbox), 'the inbox shows it');
select is(t.tool(:'c', '6', 'send_text', :'text'), '{"ok": true}', 'asked again');
select is((select count(*) from outbox), 1::bigint, 'it is sent once all the same');
select is(lib.text_body(t.id(5), '+14155550123', 'Hi.'), 'Business 5: Hi.',
	'later texts just name the business');
select is(t.tool(:'c', '7', 'send_text', '{"kind": "appointment", "appointment": null}') ->> 'error',
	'no_appointment', 'there must be one');
insert into opt_outs (business_id, number, source) values (null, '+14155550123', 'operator');
select is(t.tool(:'c', '8', 'send_text', :'text') ->> 'error', 'opted_out',
	'a stop for everywhere counts here');

select t.tool(:'c', '9', 'message', '{"text": "please call", "name": "Jo B"}') as m \gset
select is((select array[kind, status, text, name] from tasks where id = (:'m'::jsonb ->> 'task')::uuid),
	array['call_back', 'open', 'please call', 'Jo B'], 'a message is a task');
select is(t.tool(:'c', '9', 'message', '{"text": "other"}'), :'m', 'same key, same answer');
select is((select count(*) from tasks), 1::bigint, 'one task');
select is(t.tool(:'c', '10', 'message', '{"text": "  "}') ->> 'error', 'bad_request', 'empty');
select is(t.tool(:'c', '11', 'find_slots', '{"service": "no uuid"}') ->> 'error', 'bad_request',
	'nonsense is an answer, not an error');
select is(t.tool(:'c', '12', 'dance', '{}') ->> 'error', 'unknown_tool', 'unknown');

-- a second stream numbers its tools from the beginning again
select t.desk('stream_begin', :'c'::jsonb || '{"nonce": "nonce-5-2", "stream": "MZ52"}') as c2 \gset
select is(:'c2'::jsonb -> 'stream_no', '2', 'the second stream of the call');
select isnt(t.tool(:'c', '9', 'message', '{"text": "another"}'), :'m',
	'key 9 of stream 2 is another one');

-- withheld number
select t.live_call(5, 'CA5w', '{"From": "anonymous"}') as w \gset
select is(t.tool(:'w', '1', 'consent', '{"channel": "sms", "granted": true, "words": "yes"}') ->> 'error',
	'no_number', 'no number, no consent to text it');
select t.tool(:'w', '2', 'book', jsonb_build_object('service', t.id(5, 1),
	'start', t.monday('14:00'), 'name', 'Ann')) \g /dev/null
select is((select array[l.name, l.phone] from calls c join leads l on l.id = c.lead_id
	where c.id = (:'w'::jsonb ->> 'call')::uuid), array['Ann', null], 'but a visit can be booked');
select * from finish();
rollback;
