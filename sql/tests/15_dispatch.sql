-- Emergencies: who is asked, in which order, until somebody has it.
begin;
select plan(73);
set local search_path = nightbell, public;
select t.business(15, 3) \g /dev/null
update businesses set dispatch_wait_s = 120 where id = t.id(15);
update technicians set phone = '+1415555013' || right(name, 1), name = (array['Dana Ortiz', 'Sam Kowalski', 'Lee Wong'])[right(name, 1)::int]
	where business_id = t.id(15);
insert into on_call (business_id, technician_id, rank) values (t.id(15), t.id(15, 22), 1), (t.id(15), t.id(15, 21), 2);
-- not now: last week, next week
insert into on_call values (t.id(15), t.id(15, 23), 0, now() - interval '7 days', now() - interval '1 day'),
	(t.id(15), t.id(15, 23), 0, now() + interval '1 day', now() + interval '7 days');
\set dana '''+14155550131'''
\set sam '''+14155550132'''
create function pg_temp.hook(f text, attempt text, more jsonb default '{}') returns jsonb language sql as $$
	select t.desk(f, jsonb_build_object('id', attempt, 'From', t.number(15), 'CallSid', 'CAx' || right(attempt, 6),
		'Direction', 'outbound-api') || more)
$$;
create function pg_temp.said(plan jsonb) returns text language sql as $$
	select string_agg(coalesce(v ->> 'text', v #>> '{verbs,0,text}', v ->> 'verb'), ' | ' order by nr)
	  from jsonb_array_elements(plan -> 'verbs') with ordinality x(v, nr)
$$;
create function pg_temp.attempts(call jsonb) returns text[] language sql as $$
	select array_agg(lib.first_name(k.name) || ' ' || a.state || coalesce(' ' || a.why, '') order by a.id)
	  from nightbell.dispatch_attempts a join nightbell.dispatches d on d.id = a.dispatch_id
	  join nightbell.technicians k on k.id = a.technician_id
	 where d.call_id = (call ->> 'call')::uuid
$$;
create function pg_temp.attempt(call jsonb, who text) returns text language sql as $$
	select a.id::text from nightbell.dispatch_attempts a join nightbell.dispatches d on d.id = a.dispatch_id
	  join nightbell.technicians k on k.id = a.technician_id
	 where d.call_id = (call ->> 'call')::uuid and k.name like who || '%'
$$;
create function pg_temp.claim() returns jsonb language sql as $$
	select coalesce(jsonb_agg(v), '[]') from jsonb_array_elements(t.run('nightbell_relay',
		'desk.outbox_claim(''{"worker": "w", "limit": 100}'')')) v where v ->> 'business' = t.id(15)::text
$$;
create function pg_temp.task(call jsonb) returns text language sql as $$
	select kind || ' ' || urgent || ' ' || status || ' ' || text from nightbell.tasks where call_id = (call ->> 'call')::uuid
$$;
-- What was queued for a number, without the business's name in front.
create function pg_temp.texts(number text) returns text[] language sql as $$
	select array_agg(regexp_replace(payload ->> 'body', '^(Business 15: |This is the automated assistant of Business 15\. )', '') order by id)
	  from nightbell.outbox where business_id = t.id(15) and payload ->> 'to' = $1 and kind = 'sms'
$$;

-- the first one is asked by text and telephone
select t.live_call(15, 'CA15') as c \gset
select is(t.run('nightbell_gateway', format('lib.call_context(lib.call_lock(%L, %L), now()) #> ''{context,on_call}''',
	t.id(15), :'c'::jsonb ->> 'call')), 'true', 'somebody is on call');
select t.tool(:'c', '1', 'consent', '{"channel": "sms", "granted": true, "words": "yes"}') \g /dev/null
select t.tool(:'c', '2', 'dispatch', '{"kind": "gas", "words": "I smell gas", "name": "Ann Lee", "address": "12 Elm Street"}') as r \gset
select is(:'r'::jsonb - 'dispatch', '{"ok": true, "state": "asked", "technician": "Sam"}', 'the first in order is asked');
select is(t.tool(:'c', '2', 'dispatch', '{}'), :'r', 'the same key again: the same answer');
select is(t.tool(:'c', '3', 'dispatch', '{"kind": "gas", "words": "gas!"}'), :'r', 'said again: the same emergency');
select is(pg_temp.attempts(:'c'), '{Sam asked}', 'nobody is asked twice');
select is(pg_temp.texts(:sam), array['EMERGENCY: possible gas leak. Caller: Ann Lee, +14155550123. Address: 12 Elm Street. '
	|| 'They said: "I smell gas" Reply 1 to take it, 2 if you cannot.'], 'a text says what it is about');
select pg_temp.attempt(:'c', 'Sam') as sam_a \gset
select is((select payload from outbox where kind = 'call' and business_id = t.id(15)), jsonb_build_object('from', t.number(15), 'to', :sam, 'timeout', 30,
	'attempt', :'sam_a', 'url', '/twilio/dispatch/' || :'sam_a', 'status', '/twilio/dispatch-status/' || :'sam_a'), 'a call is placed');
select is((select due_at - now() from outbox where kind = 'dispatch_next' and business_id = t.id(15)), interval '120 seconds', 'the next one waits two minutes');
select is(pg_temp.task(:'c'), 'emergency true open EMERGENCY: possible gas leak. Caller: Ann Lee, +14155550123. Address: 12 Elm Street. '
	|| 'They said: "I smell gas" Sam Kowalski is being asked.', 'an urgent task tells how it stands');
select is(pg_temp.texts(t.number(15, '9')), array['EMERGENCY: possible gas leak. Caller: Ann Lee, +14155550123. '
	|| 'Address: 12 Elm Street. They said: "I smell gas"'], 'the owner hears of it');
select is(t.tool(:'c', '4', 'dispatch_status', jsonb_build_object('dispatch', :'r'::jsonb -> 'dispatch')) - 'dispatch',
	'{"ok": true, "state": "asked", "technician": "Sam"}', 'the caller who waits, too');

-- the relay gets texts and calls, not the timer
select is((select array_agg(v ->> 'kind' || ' ' || (v ->> 'maybe_sent') order by v ->> 'kind', v ->> 'id')
	from jsonb_array_elements(pg_temp.claim()) v), '{call false,sms false,sms false}', 'all three go out at once');
select is(pg_temp.claim(), '[]', 'and nothing else yet');
select t.run('nightbell_relay', format('desk.outbox_done(%L)', jsonb_build_object('id', id, 'business', business_id,
	'ok', true, 'provider_id', 'CAx' || right(:'sam_a', 6)))) from outbox where kind = 'call' and business_id = t.id(15) \g /dev/null
select is((select call_sid from dispatch_attempts where business_id = t.id(15)), 'CAx' || right(:'sam_a', 6), 'the call is known by its id');

-- Sam picks up
select pg_temp.hook('dispatch_call', :'sam_a', '{"CallStatus": "in-progress"}') as p \gset
select matches(pg_temp.said(:'p'), '^Emergency call of Business 15: possible gas leak\. Address: 12 Elm Street\. They said: I smell gas\. '
	|| 'To take it, press 1\. If you cannot, press 2\. \| Emergency call .* \| I did not hear a key, so somebody else is asked\. Goodbye\. \| hangup$',
	'hears it twice');
select is(:'p'::jsonb #>> '{verbs,0,path}', '/twilio/dispatch/' || :'sam_a', 'and the key comes back here');
select is(pg_temp.said(pg_temp.hook('dispatch_call', :'sam_a', '{"Digits": "1"}')),
	'Thank you, it is yours. Please call back now: 4 1 5 , 5 5 5 , 0 1 2 3. Goodbye. | hangup', 'key 1 takes it');
select is(pg_temp.said(pg_temp.hook('dispatch_call', :'sam_a', '{"Digits": "1"}')),
	'Thank you, it is yours. Please call back now: 4 1 5 , 5 5 5 , 0 1 2 3. Goodbye. | hangup', 'pressed twice it is still theirs');
select pg_temp.hook('dispatch_status', :'sam_a', '{"CallStatus": "completed"}') \g /dev/null
select is(pg_temp.attempts(:'c'), '{Sam acknowledged}', 'the end of the call changes nothing');
select is(t.tool(:'c', '5', 'dispatch_status', jsonb_build_object('dispatch', :'r'::jsonb -> 'dispatch')) - 'dispatch',
	'{"ok": true, "state": "acknowledged", "technician": "Sam"}', 'the caller is told who comes');
select is(pg_temp.texts('+14155550123'), array['Sam is on it and will call you. Reply STOP to opt out.'], 'also by text, having agreed');
select matches(pg_temp.task(:'c'), 'Sam Kowalski has taken it\.$', 'the task says so');
select is((pg_temp.texts(t.number(15, '9')))[2], 'Sam Kowalski has taken it: possible gas leak', 'and the owner is told');
update outbox set due_at = now() where kind = 'dispatch_next';
select pg_temp.claim() \g /dev/null
select is((select state from outbox where kind = 'dispatch_next' and business_id = t.id(15)), 'sent', 'when time is up');
select is(pg_temp.attempts(:'c'), '{Sam acknowledged}', 'nobody else is bothered');

-- one after the other
select t.live_call(15, 'CA15b', '{"From": "+14155550124"}') as b \gset
select t.tool(:'b', '1', 'dispatch', '{"kind": "flood", "words": "water everywhere"}') as r \gset
select pg_temp.claim() \g /dev/null
select pg_temp.attempt(:'b', 'Sam') as a1 \gset
select pg_temp.hook('dispatch_status', :'a1', '{"CallStatus": "busy"}') \g /dev/null
select is(pg_temp.attempts(:'b'), '{"Sam unanswered busy","Dana asked"}', 'busy: the next one at once');
select pg_temp.hook('dispatch_status', :'a1', '{"CallStatus": "busy"}') \g /dev/null
select is(pg_temp.attempts(:'b'), '{"Sam unanswered busy","Dana asked"}', 'said twice: not one more');
update outbox set due_at = now() where key = 'dispatch-next:' || :'a1';
select pg_temp.claim() \g /dev/null
select is(pg_temp.attempts(:'b'), '{"Sam unanswered busy","Dana asked"}', 'nor when his time is up');
select is(t.tool(:'b', '2', 'dispatch_status', jsonb_build_object('dispatch', :'r'::jsonb -> 'dispatch')) ->> 'technician', 'Dana', 'the caller knows');
select pg_temp.attempt(:'b', 'Dana') as a2 \gset
-- Sam answers by text after all, while Dana's phone rings
select is(t.run('nightbell_gateway', format('(lib.enter(%L), lib.dispatch_text(%1$L, %L, ''Yes!''))', t.id(15), :sam)) ->> 'f2', 'true', 'a late yes');
select is(pg_temp.attempts(:'b'), '{"Sam acknowledged","Dana asked"}', 'counts while nobody has it');
select is((pg_temp.texts(:sam))[3], 'It is yours. Please call back now: +14155550124.', 'he is told so');
select is(pg_temp.texts(:dana), array['EMERGENCY: flooding. Caller: +14155550124. They said: "water everywhere" Reply 1 to take it, 2 if you cannot.',
	'Sam Kowalski has taken it (flooding). You need not do anything.'], 'and she is, that he has');
select is(pg_temp.said(pg_temp.hook('dispatch_call', :'a2')), 'Sam has it already. Thank you. Goodbye. | hangup', 'picking up, she hears it');
select is(pg_temp.said(pg_temp.hook('dispatch_call', :'a2', '{"Digits": "1"}')), 'Sam has it already. Thank you. Goodbye. | hangup', 'pressing 1, too');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMdana', 'From', :dana, 'To', t.number(15), 'Body', '1')) \g /dev/null
select is((pg_temp.texts(:dana))[3], 'Sam has it already. Thank you.', 'and by text');
select pg_temp.hook('dispatch_status', :'a2', '{"CallStatus": "completed"}') \g /dev/null
select is((select array_agg(state) from dispatches where call_id = (:'b'::jsonb ->> 'call')::uuid), '{acknowledged}', 'one has it');

-- declined, voicemail, nobody
select t.live_call(15, 'CA15n', '{"From": "+14155550125"}') as n \gset
select t.tool(:'n', '1', 'consent', '{"channel": "sms", "granted": true, "words": "sure", "lang": "es"}') \g /dev/null
select t.tool(:'n', '2', 'dispatch', '{"kind": "no_heat"}') as r \gset
select pg_temp.attempt(:'n', 'Sam') as a1 \gset
select is(pg_temp.said(pg_temp.hook('dispatch_call', :'a1', '{"Digits": "2"}')), 'All right, somebody else is asked. Goodbye. | hangup', 'key 2 declines');
select is(pg_temp.attempts(:'n'), '{"Sam declined key","Dana asked"}', 'and the next one is asked');
select pg_temp.attempt(:'n', 'Dana') as a2 \gset
select pg_temp.hook('dispatch_call', :'a2') \g /dev/null
select pg_temp.hook('dispatch_status', :'a2', '{"CallStatus": "completed"}') \g /dev/null
select is(pg_temp.attempts(:'n'), '{"Sam declined key","Dana unanswered no_key"}', 'a voicemail presses no key');
select is(t.tool(:'n', '3', 'dispatch_status', jsonb_build_object('dispatch', :'r'::jsonb -> 'dispatch')) - 'dispatch',
	'{"ok": true, "state": "failed"}', 'nobody: it failed, and we say so');
select matches(pg_temp.task(:'n'), 'Sam Kowalski said no\. Dana Ortiz did not answer\. NOBODY HAS TAKEN IT: please call back now\.$', 'the task, too');
select matches((pg_temp.texts(t.number(15, '9')))[6], '^NOBODY HAS TAKEN IT: no heat\. Caller: \+14155550125', 'the owner hears it');
select is(pg_temp.texts('+14155550125'), array['Le escribe el asistente automático de Business 15. No hemos podido localizar a ningún técnico. '
	|| 'Si hay peligro, llame al 911. La oficina tiene su aviso. Responda STOP para no recibir más mensajes.'], 'and the caller, in Spanish');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMsam', 'From', :sam, 'To', t.number(15), 'Body', ' OK. ')) \g /dev/null
select is(pg_temp.attempts(:'n'), '{"Sam acknowledged","Dana unanswered no_key"}', 'who changes his mind is welcome');
select matches((pg_temp.texts('+14155550125'))[2], 'Sam se encarga y le llamará\.', 'the caller hears that, too');
select is((select status from tasks where call_id = (:'n'::jsonb ->> 'call')::uuid), 'open', 'the task is for the owner to close');

-- time is up for each
select t.live_call(15, 'CA15t', '{"From": "+14155550126"}') as l \gset
select t.tool(:'l', '0', 'consent', '{"channel": "sms", "granted": true, "words": "ok"}') \g /dev/null
select t.tool(:'l', '1', 'dispatch', '{"kind": "co", "words": "alarm"}') as r \gset
update outbox set due_at = now() where kind = 'dispatch_next';
select pg_temp.claim() \g /dev/null
select is(pg_temp.attempts(:'l'), '{"Sam unanswered late","Dana asked"}', 'no answer for two minutes: the next one');
update outbox set due_at = now() where kind = 'dispatch_next';
select pg_temp.claim() \g /dev/null
select is(pg_temp.attempts(:'l'), '{"Sam unanswered late","Dana unanswered late"}', 'and the last one');
select is((select state from dispatches where call_id = (:'l'::jsonb ->> 'call')::uuid), 'failed', 'then it failed');
select matches((pg_temp.texts('+14155550126'))[1], '^We could not reach a technician\. If anybody is in danger, call 911\.',
	'and the caller reads it, though it was the relay who found out');

-- a call that cannot be made
select t.live_call(15, 'CA15r', '{"From": "+14155550127"}') as q \gset
select t.tool(:'q', '1', 'dispatch', '{"kind": "flood"}') \g /dev/null
select pg_temp.attempt(:'q', 'Sam') as a1 \gset
select pg_temp.claim() \g /dev/null
select t.run('nightbell_relay', format('desk.outbox_done(%L)', jsonb_build_object('id', id, 'business', business_id,
	'ok', false, 'permanent', true, 'code', '21211'))) from outbox where key = 'dispatch-call:' || :'a1' \g /dev/null
select is(pg_temp.attempts(:'q'), '{"Sam unanswered 21211","Dana asked"}', 'a number that cannot be rung: the next one at once');
-- the worker died: what may have been placed is looked for, among others' calls
select pg_temp.attempt(:'q', 'Dana') as a2 \gset
select pg_temp.claim() \g /dev/null
update outbox set lease_until = now() where state = 'claimed';
select v as again from jsonb_array_elements(pg_temp.claim()) v where v ->> 'kind' = 'call' \gset
select is(array[:'again'::jsonb ->> 'maybe_sent', :'again'::jsonb #>> '{payload,attempt}'], array['true', :'a2'], 'it may be out already');
select is(:'again'::jsonb -> 'known', (select jsonb_agg(call_sid order by call_sid) from dispatch_attempts
	where phone = :dana and call_sid is not null), 'calls to her that belong to others');
update outbox set lease_until = now() where state = 'claimed';
select pg_temp.hook('dispatch_call', :'a2') \g /dev/null
select is((select count(*)::int from jsonb_array_elements(pg_temp.claim()) v where v ->> 'kind' = 'call'), 0, 'she picked up meanwhile: it was out');
select is((select state || ' ' || provider_id from outbox where key = 'dispatch-call:' || :'a2'), 'sent CAx' || right(:'a2', 6), 'and is done');

-- taken before the call went out
select t.live_call(15, 'CA15f', '{"From": "+14155550128"}') as f \gset
select t.tool(:'f', '1', 'dispatch', '{"kind": "gas"}') \g /dev/null
select t.desk('sms', jsonb_build_object('MessageSid', 'SMf', 'From', :sam, 'To', t.number(15), 'Body', '1')) \g /dev/null
select pg_temp.attempt(:'f', 'Sam') as a1 \gset
select is((select count(*)::int from jsonb_array_elements(pg_temp.claim()) v where v ->> 'kind' = 'call'), 0, 'nobody is rung who has it');
select is((select state || ' ' || error from outbox where key = 'dispatch-call:' || :'a1'), 'cancelled taken', 'that call is dropped');

select is((select count(*)::int from outbox where number in ('+14155550127', '+14155550128')), 0, 'callers who agreed to no text get none');

-- said stop: no text, but a call
insert into opt_outs (business_id, number, source) values (t.id(15), :sam, 'sms');
select t.live_call(15, 'CA15s', '{"From": "+14155550129"}') as s \gset
select t.tool(:'s', '1', 'dispatch', '{"kind": "gas"}') \g /dev/null
select pg_temp.attempt(:'s', 'Sam') as a1 \gset
select is((select array_agg(kind order by kind) from outbox where key in ('dispatch-text:' || :'a1', 'dispatch-call:' || :'a1')), '{call}', 'a stop ends texts, not help');
select matches(pg_temp.task(:'s'), 'Sam Kowalski is being asked\. \(Wants no texts: was called only\.\)', 'which the task shows');
select is((select v #>> '{payload,attempt}' from jsonb_array_elements(pg_temp.claim()) v where v ->> 'kind' = 'call'), :'a1', 'the call goes out');
select t.desk('sms', jsonb_build_object('MessageSid', 'SMs', 'From', :sam, 'To', t.number(15), 'Body', '1')) \g /dev/null
select is(pg_temp.attempts(:'s'), '{"Sam acknowledged"}', 'and he may answer as he likes');

-- nobody on call at all
delete from on_call;
select t.live_call(15, 'CA15z', '{"From": "anonymous"}') as z \gset
select t.tool(:'z', '1', 'dispatch', '{"kind": "gas", "words": "gas", "phone": "+14155550188"}') as r \gset
select is(:'r'::jsonb - 'dispatch', '{"ok": false, "error": "nobody", "state": "failed"}', 'nobody is on call');
select matches(pg_temp.task(:'z'), '^emergency true open EMERGENCY: possible gas leak\. Caller: \+14155550188\. .*NOBODY HAS TAKEN IT', 'the task is there all the same');
select is((select count(*)::int from outbox o join dispatches d on o.key like 'notice:dispatch:' || d.id || ':%'
	where d.call_id = (:'z'::jsonb ->> 'call')::uuid), 2, 'and the owner knows');
select is(t.tool(:'z', '2', 'dispatch', '{"kind": "dragons"}') ->> 'error', 'nobody', 'an unknown kind is one, too');
select is((select array_agg(kind order by id) from dispatches where call_id = (:'z'::jsonb ->> 'call')::uuid), '{gas,other}', 'of its own');
select is(t.tool(:'z', '3', 'dispatch_status', jsonb_build_object('dispatch', t.id(1))) ->> 'error', 'no_dispatch', 'there is no such one');

-- strangers
select is(pg_temp.hook('dispatch_call', t.id(1)::text, '{"Digits": "1"}') - 'reason', '{"call": null, "business": null, "verbs": [{"verb": "hangup"}]}',
	'a path that we did not make');
select is(t.desk('dispatch_status', jsonb_build_object('id', :'a1', 'From', '+14155550000', 'CallStatus', 'busy')), '{"ok": true}', 'another account''s number');
select is(t.run('nightbell_gateway', format('(lib.enter(%L), lib.dispatch_text(%1$L, ''+14155550123'', ''1''))', t.id(15))) ->> 'f2', 'false', 'a customer''s 1 takes nothing');
update dispatch_attempts set asked_at = now() - interval '13 hours';
select is(t.run('nightbell_gateway', format('(lib.enter(%L), lib.dispatch_text(%1$L, %L, ''1''))', t.id(15), :sam)) ->> 'f2', 'false', 'nor does one the day after');
select * from finish();
rollback;
