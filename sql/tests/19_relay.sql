-- The relay: channels, waits by kind of failure, dead letters, numbers that
-- the carrier refuses, e-mail.
begin;
select * from no_plan();
set local search_path = nightbell, public;
update outbox set state = 'sent', lease_until = null;	-- what other tests left
select t.business(19), t.business(20) \g /dev/null
select t.live_call(19, 'CA19') as c \gset
create function pg_temp.claim(more jsonb default '{}') returns jsonb language sql as $$
	select t.run('nightbell_relay', format('desk.outbox_claim(%L::jsonb)', '{"worker": "w",
		"limits": {"sms": 100, "call": 100, "email": 100}, "lag_s": 20}'::jsonb || more))
$$;
create function pg_temp.done(id uuid, more jsonb) returns jsonb language sql as $$
	select t.run('nightbell_relay', format('desk.outbox_done(%L::jsonb)',
		jsonb_build_object('id', id, 'business', t.id(19), 'lag_s', 20) || more))
$$;
create function pg_temp.text(key text, number text default '+14155550123', business int default 19) returns uuid language sql as $$
	select lib.text_queue(t.id(business), lib.lead_of(t.id(business), number), null, t.number(business), number, 'Hi ' || key, key, '1 hour')
$$;
create function pg_temp.mail(key text) returns bool language sql as $$
	select lib.email_queue(t.id(19), 'a@b.test', 'Hello', 'Hi.', key, '1 hour')
$$;
create function pg_temp.state(id uuid) returns text language sql as $$
	select concat_ws(' ', o.state, m.status, o.error) from nightbell.outbox o
	  left join nightbell.messages m on m.outbox_id = o.id where o.id = $1
$$;
create function pg_temp.wait(id uuid) returns numeric language sql as $$
	select extract(epoch from due_at - now())::numeric from nightbell.outbox o where o.id = $1
$$;
create function pg_temp.again(id uuid) returns jsonb language sql as $$
	update nightbell.outbox set due_at = now(), lease_until = null where id = $1;
	select pg_temp.claim()
$$;
create function pg_temp.keys(claimed jsonb) returns text[] language sql as $$
	select coalesce(array_agg(o.key order by o.key), '{}') from nightbell.outbox o
	 where o.id in (select (c ->> 'id')::uuid from jsonb_array_elements(claimed) c)
$$;

-- channels: each as many as it may
select pg_temp.text('s1'), pg_temp.text('s2'), pg_temp.text('s3'), pg_temp.mail('m1'), pg_temp.mail('m2') \g /dev/null
select is(pg_temp.mail('m2'), false, 'the same key is the same mail');
select is(pg_temp.keys(pg_temp.claim('{"limits": {"sms": 2, "call": 1, "email": 0}}')), array['s1', 's2'], 'so many texts, no mail');
select is(pg_temp.keys(pg_temp.claim('{"limits": {"sms": 0, "email": 1}}')), array['m1'], 'then mail alone');
select is(pg_temp.keys(t.run('nightbell_relay', 'desk.outbox_claim(''{"worker": "old", "limit": 5}'')')), array['s3'],
	'a relay of before gets no mail');
select is((t.run('nightbell_relay', 'desk.outbox_wait()') #>> '{channels,email}')::int <= 0, true, 'mail waits');
select is((t.run('nightbell_relay', 'desk.outbox_wait()') #>> '{channels,sms}')::numeric between 50000 and 66000, true,
	'texts wait for their leases');
select is(t.run('nightbell_relay', 'desk.outbox_wait()') #> '{channels,call}', 'null', 'no calls');
select is(t.run('nightbell_relay', 'desk.outbox_wait()') ->> 'due_in_ms', '0', 'the first of all');

-- waits by what went wrong; chance makes them up to half longer
select id as s1 from outbox where key = 's1' \gset
select is(lib.outbox_wait_s('network', n, null, null), w, 'network, attempt ' || n) from (values (1, 2), (2, 6), (4, 54), (9, 300)) x(n, w);
select is(lib.outbox_wait_s('server', n, null, null), w, 'server, attempt ' || n) from (values (1, 5), (2, 20), (5, 1280), (6, 3600)) x(n, w);
select is(lib.outbox_wait_s('busy', 1, 30, null), 30, 'busy: as long as they say');
select is(lib.outbox_wait_s('busy', 3, null, null), 8, 'or ours');
select is(lib.outbox_wait_s('busy', 1, 999999, null), 600, 'within reason');
select is(bool_and(lib.outbox_wait(600, null, now() + interval '10 minutes') = interval '5 minutes'), true, 'not beyond the middle of its life')
	from generate_series(1, 20);
select is(bool_and(lib.outbox_wait(60, null, now() + interval '1 hour') between interval '60 s' and interval '90 s'), true, 'up to half longer by chance')
	from generate_series(1, 20);
select is(lib.outbox_wait(600, null, now() + interval '1 second'), interval '2 s', 'but no hurry at its end');
select is(lib.outbox_wait(600, 20, now() + interval '10 s'), interval '20 s', 'nor before the list must show it');
select is(lib.outbox_wait_s('network', 1, null, 20), 20, 'until the list must show it');
select is(array[lib.outbox_lag_s('sms', 20), lib.outbox_lag_s('call', 20), lib.outbox_lag_s('email', 2)], array[20, 5, 2],
	'a call for help does not wait so long');
select is(pg_temp.done(:'s1', '{"ok": false, "class": "busy", "retry_after_s": 30, "code": "20429"}'),
	'{"state": "retry", "retry_s": 30}', 'too busy');
select is(pg_temp.wait(:'s1') between 30 and 45, true, 'never earlier than they said');
select is((select attempt - spared from outbox where id = :'s1'), 0, 'that was no attempt');
select pg_temp.again(:'s1'), pg_temp.done(:'s1', '{"ok": false, "class": "network", "error": "x"}') \g /dev/null
select is((select attempt - spared from outbox where id = :'s1'), 1, 'this was one');
select count(*) from (select pg_temp.again(:'s1'), pg_temp.done(:'s1', '{"ok": false, "class": "credentials", "code": "20003"}')
	from generate_series(1, 9)) x \g /dev/null
select is(pg_temp.state(:'s1'), 'queued queued 20003', 'our own password can be wrong for long');

-- an end that nobody knows
select id as s2 from outbox where key = 's2' \gset
select is(pg_temp.done(:'s2', '{"ok": false, "class": "network", "maybe_sent": true, "error": "late"}') ->> 'retry_s', '20',
	'it is looked for when the list must show it');
select is(pg_temp.state(:'s2'), 'unsure unconfirmed late', 'nobody knows');
select pg_temp.again(:'s2') as got \gset
select is(:'got'::jsonb -> 0 -> 'known', '[]', 'nothing there is known');
select is(pg_temp.done(:'s2', '{"ok": true, "provider_id": "SMx1"}') ->> 'state', 'sent', 'found');
select id as s3 from outbox where key = 's3' \gset
select pg_temp.done(:'s3', '{"ok": false, "maybe_sent": true, "error": "late"}'), pg_temp.again(:'s3') as got \gset
select is(:'got'::jsonb -> 0 -> 'known', '["SMx1"]', 'one of them is another''s');
select is(pg_temp.done(:'s3', '{"ok": true, "provider_id": "SMx1"}') ->> 'state', 'retry', 'and is not taken for ours');
select is(pg_temp.state(:'s3'), 'unsure unconfirmed sid_taken', 'so we go on looking');

-- a worker that died and is back
select pg_temp.text('d1') as d1 \gset
select is(pg_temp.keys(pg_temp.claim()), array['d1'], 'it had this');
select is(pg_temp.claim('{"worker": "other", "anew": true}'), '[]', 'another one comes');
select is(pg_temp.state(:'d1'), 'claimed queued', 'that changes nothing');
select is(pg_temp.claim('{"anew": true}'), '[]', 'it comes back');
select is(pg_temp.state(:'d1'), 'unsure unconfirmed', 'nobody knows how far it came');
select is(round(pg_temp.wait(:'d1')), 20::numeric, 'it is looked for when the list must show it');
select is(pg_temp.claim(), '[]', 'not before');
select is(pg_temp.again(:'d1') -> 0 ->> 'maybe_sent', 'true', 'and not sent blindly');
select pg_temp.done(:'d1', '{"ok": true, "provider_id": "SMd1"}') \g /dev/null

-- dead letters
update outbox set state = 'sent' where state not in ('sent', 'dead');
select pg_temp.text('x1') as x1, pg_temp.text('x2') as x2 \gset
select pg_temp.claim(), pg_temp.done(:'x1', '{"ok": false, "permanent": true, "code": "21211"}') \g /dev/null
update outbox set attempt = 6 where id = :'x2';
select pg_temp.done(:'x2', '{"ok": false, "maybe_sent": true, "error": "late"}') \g /dev/null
select is(array[pg_temp.state(:'x1'), pg_temp.state(:'x2')], array['dead failed 21211', 'dead unconfirmed late'], 'two are dead');
select lib.enter(t.id(19)), lib.outbox_redrive(t.id(19), :'x1'), lib.outbox_redrive(t.id(19), :'x2') \g /dev/null
select is(array[pg_temp.state(:'x1'), pg_temp.state(:'x2')], array['queued queued', 'unsure unconfirmed'],
	'again, but what may have gone out is looked for');
select throws_ok(format('select lib.outbox_redrive(%L, %L)', t.id(19), :'x1'), '23001', 'cannot be sent again: it has not failed', 'not twice');
select throws_ok(format('select lib.outbox_redrive(%L, %L)', t.id(20), :'x1'), 'P0002', 'no such outbox row', 'not another''s');
select is((select count(*) from jsonb_array_elements(pg_temp.claim())), 2::bigint, 'the relay gets both');
select pg_temp.done(:'x1', '{"ok": false, "permanent": true, "code": "21610"}') \g /dev/null
select throws_ok(format('select lib.outbox_redrive(%L, %L)', t.id(19), :'x1'), '23001', 'cannot be sent again: opted_out', 'stop is stop');
update opt_outs set ended_at = now();

-- landlines: a call-back instead of a text, once
select pg_temp.text('l1', '+14155550140') as l1, pg_temp.text('l2', '+14155550140') as l2, pg_temp.text('l3', '+14155550141') as l3 \gset
select pg_temp.claim('{"limits": {"sms": 1}}'), pg_temp.done(:'l1', '{"ok": false, "permanent": true, "code": "21614"}') \g /dev/null
select is((select array_agg(t.kind || ': ' || t.text) from tasks t join leads l on l.id = t.lead_id where l.phone = '+14155550140'),
	array['call_back: Call back: no text reaches this number. The text was: "' || m.body || '"'], 'somebody has to ring them')
  from messages m where m.outbox_id = :'l1';
select is(pg_temp.keys(pg_temp.claim()), array['l3'], 'what waits for it does not go out');
select is(pg_temp.state(:'l2'), 'dead failed landline', 'as a dead letter');
select pg_temp.done(:'l3', '{"ok": true, "provider_id": "SMl3"}'), t.desk('sms_status', jsonb_build_object('MessageSid', 'SMl3',
	'From', t.number(19), 'To', '+14155550141', 'MessageStatus', 'undelivered', 'ErrorCode', '30006')) \g /dev/null
select is((select count(*) from tasks where kind = 'call_back' and lead_id is not null), 2::bigint, 'told late it is the same; one task each');
select throws_ok(format('select lib.outbox_redrive(%L, %L)', t.id(19), :'l2'), '23001', 'cannot be sent again: landline', 'nor again');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMi19', 'From', '+14155550140', 'To', t.number(19), 'Body', 'hello')) \g /dev/null
select lives_ok(format('select lib.enter(%L), lib.outbox_redrive(%L, %L)', t.id(19), t.id(19), :'l2'), 'unless they text us');

-- a number that is not registered
update outbox set state = 'sent' where state not in ('sent', 'dead');
update businesses set notify_email = 'owner@b.test' where id = t.id(19);
select pg_temp.text('n1') as n1, pg_temp.text('n2') as n2, pg_temp.text('o1', '+14155550123', 20) as o1 \gset
select pg_temp.claim('{"limits": {"sms": 1}}'), pg_temp.done(:'n1', '{"ok": false, "permanent": true, "code": "30034"}') \g /dev/null
select is(pg_temp.state(:'n1'), 'held queued 30034', 'its text is held');
select is(pg_temp.keys(pg_temp.claim()), array['number:' || p.problem_task, 'o1'], 'the next is held too; other numbers'' go; the owner gets a mail')
  from phone_numbers p where p.number = t.number(19);
select is(pg_temp.state(:'n2'), 'held queued', 'held');
select is((lib.numbers_json(t.id(19)) -> 0) - array['since', 'task'], jsonb_build_object('number', t.number(19), 'problem', 'unregistered',
	'code', '30034', 'held', 2), 'the problem is shown');
select t.desk('sms_status', jsonb_build_object('MessageSid', 'SMx1', 'From', t.number(19), 'To', '+14155550123',
	'MessageStatus', 'undelivered', 'ErrorCode', '30034')) \g /dev/null
select is((select array_agg(left(text, 24)) from tasks where kind = 'number' and urgent), array['No texts go out from (41'],
	'said again it is one task');
select is(t.run('nightbell_relay', 'desk.outbox_wait()') #>> '{channels,sms}' is null or exists (
	select from outbox where kind = 'sms' and state in ('queued', 'unsure', 'claimed')), true, 'nobody is woken for what is held');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMi20', 'From', '+14155550123', 'To', t.number(19), 'Body', 'STOP')) \g /dev/null
select is(pg_temp.state(:'n2'), 'cancelled cancelled', 'stop is stop, held or not');
update opt_outs set ended_at = now();
select pg_temp.text('n3') as n3 \gset
select pg_temp.claim() \g /dev/null
select is(pg_temp.state(:'n3'), 'held queued', 'one more');
update tasks set status = 'done' where kind = 'number';
select is(lib.numbers_json(t.id(19)) -> 0 -> 'problem', 'null', 'done: the number is free');
select is(pg_temp.state(:'n3'), 'queued queued', 'nothing is held any more');
select is(pg_temp.keys(pg_temp.claim()), array['n3'], 'it goes out');
select is(lib.numbers_json(t.id(20)) #>> '{0,problem}', null, 'the other business had none');

-- summaries by e-mail
create function pg_temp.notified(pref jsonb, served bool) returns text[] language plpgsql as $$
declare
	c nightbell.calls;
	i nightbell.call_insights;
begin
	update nightbell.businesses set notify = pref where id = t.id(19);
	delete from nightbell.outbox where key like 'summary-mail:%';
	delete from nightbell.tool_results;
	select * into c from nightbell.calls where carrier_sid = 'CA19';
	insert into nightbell.tool_results (business_id, call_id, stream, key, name, args, result)
		values (t.id(19), c.id, 1, 'k', case when served then 'book' else 'message' end, '{}', '{"ok": true}');
	i.who := 'Dana (415) 555-0123';
	i.summary := 'Dana called about a furnace.';
	i.what := 'furnace';
	perform lib.enter(t.id(19)), lib.notify_summary(c, i);
	return (select array_agg(payload ->> 'to' || ' | ' || (payload ->> 'subject')) from nightbell.outbox where key like 'summary-mail:%');
end $$;
select is(pg_temp.notified('{}', true), null, 'nobody asked for mail');
select is(pg_temp.notified('{"email": "booked"}', false), null, 'only of what was booked');
select is(pg_temp.notified('{"email": "booked"}', true), array['owner@b.test | Business 19: booked: Dana (415) 555-0123'], 'booked');
select is(pg_temp.notified('{"email": "all"}', false), array['owner@b.test | Business 19: call from Dana (415) 555-0123'], 'all');
select alike((select payload ->> 'text' from outbox where key like 'summary-mail:%'),
	E'Dana called about a furnace.\n\nCall: %, (415) 555-0123\nWho: Dana (415) 555-0123\nAbout: furnace', 'what is in it');
update businesses set notify_email = null where id = t.id(19);
select is(pg_temp.notified('{"email": "all"}', false), null, 'without an address');
select throws_ok(format('update businesses set notify = %L where id = %L', '{"email": "yes"}', t.id(19)), '23514', null, 'no such wish');
select * from finish();
rollback;
