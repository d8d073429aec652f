-- A missed call is told by several webhooks at the same moment.
begin;
select t.business(112) \g /dev/null
select t.desk('voice', t.form(112, 'CA112' || i, '{"From": "+14155550191"}')), t.desk('dial', t.form(112, 'CA112' || i,
	'{"From": "+14155550191", "CallStatus": "in-progress", "DialCallStatus": "busy"}')) from generate_series(1, 2) i \g /dev/null
commit;
select plan(6);
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

\set gone '\'{"CallStatus": "completed", "DialCallStatus": "canceled"}\''
select t.desk('voice', t.form(112, 'CA112a', '{"From": "+14155550199"}')) \g /dev/null

-- two calls of one caller end together
select pg_temp.race(pg_temp.q('status', t.form(112, 'CA1121', '{"From": "+14155550191"}' || :gone::jsonb)),
	pg_temp.q('status', t.form(112, 'CA1122', '{"From": "+14155550191"}' || :gone::jsonb))) as r \gset
select is((:'r'::text[])[3], 'true', 'the second waits for the first');
select is((select count(*) from outbox where business_id = t.id(112) and key like 'missed:%'), 1::bigint, 'one text');
select is((select string_agg(status, ' ') from calls where business_id = t.id(112) and caller = '+14155550191'),
	'missed missed', 'for two missed calls');

-- its dial and its status are told together
select pg_temp.race(pg_temp.q('dial', t.form(112, 'CA112a', '{"From": "+14155550199"}' || :gone::jsonb)),
	pg_temp.q('status', t.form(112, 'CA112a', '{"From": "+14155550199"}' || :gone::jsonb))) as r \gset
select is((:'r'::text[])[3], 'true', 'the status waits for the dial');
select is((select count(*) from outbox where business_id = t.id(112) and number = '+14155550199'), 1::bigint, 'one text');

-- two stops in a sentence at once
select pg_temp.race(pg_temp.q('sms', jsonb_build_object('MessageSid', 'SM112a', 'From', '+14155550199', 'To', t.number(112),
	'Body', 'please stop texting me')), pg_temp.q('sms', jsonb_build_object('MessageSid', 'SM112b', 'From', '+14155550199',
	'To', t.number(112), 'Body', 'no more texts'))) \g /dev/null
select is((select string_agg(split_part(key, ':', 1) || ' ' || state, ', ' order by id) from outbox
	where business_id = t.id(112) and number = '+14155550199'), 'missed cancelled, opted_out queued', 'one answer');
select dblink_disconnect('r1'), dblink_disconnect('r2') \g /dev/null
-- nothing that the relay of another test would take
update outbox set state = 'sent' where state = 'queued';
select * from finish();
