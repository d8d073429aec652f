-- Two at the same moment, on real connections.
begin;
select t.business(110) \g /dev/null
select t.live_call(110, 'CA110') as c \gset
select t.desk('voice', t.form(110, 'CA110n', '{"From": "+14155550150"}')) as n \gset
commit;
select plan(12);
set search_path = nightbell, public;
select t.connect('r1', 'nightbell_gateway'), t.connect('r2', 'nightbell_gateway') \g /dev/null

-- Starts q1 on r1, q2 on r2 while q1 is undecided, then lets both finish.
create function pg_temp.race(q1 text, q2 text) returns text[] language plpgsql as $$
declare
	one text;
	two text;
	blocked bool;
begin
	perform dblink_exec('r1', 'begin');
	one := t.on('r1', q1);
	perform dblink_send_query('r2', 'select (' || q2 || ')::text');
	blocked := t.until_blocked('r2');
	perform dblink_exec('r1', 'commit');
	begin
		select v into two from dblink_get_result('r2') q(v text);
	exception when others then
		two := sqlstate;
	end;
	perform * from dblink_get_result('r2') q(v text);
	return array[one, two, blocked::text];
end $$;
create function pg_temp.q(f text, req jsonb) returns text language sql as $$
	select format('desk.%I(%L::jsonb)', f, req)
$$;

-- the carrier repeats a webhook while the first is being answered
select pg_temp.race(pg_temp.q('voice', t.form(110, 'CA110v', '{"From": "+14155550151"}')),
	pg_temp.q('voice', t.form(110, 'CA110v', '{"From": "+14155550151"}'))) as r \gset
select is((:'r'::text[])[3], 'true', 'the repetition waits');
select is((:'r'::text[])[2]::jsonb, (:'r'::text[])[1]::jsonb, 'and gets the same plan');
select is((select count(*) from calls where carrier_sid = 'CA110v'), 1::bigint, 'one call');
select is((select count(*) from leads where phone = '+14155550151'), 1::bigint, 'one lead');

-- a stolen token used while its owner uses it
select pg_temp.race(pg_temp.q('stream_begin', :'n'::jsonb || '{"nonce": "race-nonce", "stream": "MZa"}'),
	pg_temp.q('stream_begin', :'n'::jsonb || '{"nonce": "race-nonce", "stream": "MZb"}')) as r \gset
select is((:'r'::text[])[2], 'NB001', 'one stream per nonce');
select is((select array_agg(carrier_sid) from legs where kind = 'assistant'
	and call_id = (:'n'::jsonb ->> 'call')::uuid), array['MZa'], 'the first one');

-- two revisions of one segment
select pg_temp.race(
	pg_temp.q('segments', :'c'::jsonb || '{"items": [{"seq": 1, "rev": 5, "leg": "caller", "start_ms": 0, "end_ms": 1, "text": "new", "final": true}]}'),
	pg_temp.q('segments', :'c'::jsonb || '{"items": [{"seq": 1, "rev": 4, "leg": "caller", "start_ms": 0, "end_ms": 1, "text": "old"}]}')) as r \gset
select is((select text from transcript_segments where call_id = (:'c'::jsonb ->> 'call')::uuid), 'new',
	'the higher revision stays, whoever comes last');

-- two relays: each row goes to one of them, nobody waits
begin;
select lib.text_queue(t.id(110), x.lead_id, x.id, x.number, x.caller, 'Hi.', 'race:' || i, '1 hour')
	from calls x, generate_series(1, 4) i where x.carrier_sid = 'CA110' \g /dev/null
commit;
select t.connect('w1', 'nightbell_relay'), t.connect('w2', 'nightbell_relay') \g /dev/null
select dblink_exec('w1', 'begin') \g /dev/null
select t.on('w1', $$desk.outbox_claim('{"worker": "one", "limit": 2}')$$) as a \gset
select t.on('w2', $$desk.outbox_claim('{"worker": "two", "limit": 10}')$$) as b \gset
select dblink_exec('w1', 'commit') \g /dev/null
select is(jsonb_array_length(:'a') || ' ' || jsonb_array_length(:'b'), '2 2', 'each gets its share');
select is((select count(distinct v ->> 'id') from jsonb_array_elements(:'a'::jsonb || :'b'::jsonb) v), 4::bigint,
	'and no row goes to both');
select is(t.on('w1', $$desk.outbox_claim('{"worker": "one", "limit": 10}')$$), '[]', 'nothing is left');
select dblink_disconnect('w1'), dblink_disconnect('w2') \g /dev/null

-- STOP comes while the text is being queued: it does not slip through
select pg_temp.race('select lib.text_queue(' || (select format('%L, %L, %L, %L, %L', x.business_id, x.lead_id, x.id,
	x.number, x.caller) from calls x where x.carrier_sid = 'CA110')
	|| $$, 'Hi.', 'race:stop', '1 hour') from lib.enter($$ || quote_literal(t.id(110)) || ')',
	pg_temp.q('sms', jsonb_build_object('MessageSid', 'SM110', 'From', '+14155550123', 'To', t.number(110),
	'Body', 'STOP'))) as r \gset
select is((:'r'::text[])[3], 'true', 'they meet at the conversation');
select is((select state from outbox where business_id = t.id(110) and key = 'race:stop'), 'cancelled',
	'stop cancels what was queued a moment before');
select dblink_disconnect('r1'), dblink_disconnect('r2') \g /dev/null
-- nothing that the relay of another test would take
update outbox set state = 'sent' where state in ('queued', 'claimed');
select * from finish();
