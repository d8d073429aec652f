-- What the carrier is told, also when it asks twice, late or in disorder.
begin;
select plan(57);
set local search_path = nightbell, public;
select t.business(6) \g /dev/null
create function pg_temp.verbs(plan jsonb) returns text language sql as $$
	select string_agg(v ->> 'verb', ' ' order by nr)
	  from jsonb_array_elements(plan -> 'verbs') with ordinality v(v, nr)
$$;
create function pg_temp.status(sid text) returns text language sql as $$
	select status from nightbell.calls where carrier_sid = sid
$$;
create function pg_temp.hook(f text, sid text, more jsonb default '{}')
returns jsonb language sql as $$ select t.desk(f, t.form(6, sid, more)) $$;

-- voice
select is(t.desk('voice', '{"CallSid": "CAx", "To": "+14155559999", "From": "+14155550123"}'),
	'{"call": null, "verbs": [{"verb": "reject", "reason": "rejected"}], "reason": "unknown_number", "business": null}',
	'a number that is not ours');
select throws_ok($$select t.desk('voice', '{}')$$, '22023', null, 'a form without a call');
select pg_temp.hook('voice', 'CA1') as p \gset
select is(:'p'::jsonb -> 'verbs', jsonb_build_array(jsonb_build_object('verb', 'dial',
	'number', t.number(6, '9'), 'timeout', 10, 'path', '/twilio/dial',
	'whisper', '/twilio/whisper')), 'rings the owner first');
select is(pg_temp.hook('voice', 'CA1'), :'p', 'a repeated webhook gets the same plan');
select is((select count(*) from calls where carrier_sid = 'CA1'), 1::bigint, 'for one call');
select is(pg_temp.hook('voice', 'CAanon', '{"From": "anonymous"}') #>> '{verbs,0,caller_id}',
	t.number(6), 'a withheld number: ours is shown to the owner');
update phone_numbers set mode = 'already_missed' where business_id = t.id(6);
select is(pg_temp.verbs(pg_temp.hook('voice', 'CA2', '{"From": "+14155550124"}')), 'connect redirect',
	'already missed: answers at once');
select is(pg_temp.status('CA2'), 'connecting', 'and says so');
select is(pg_temp.hook('voice', 'CA1'), :'p', 'a stored plan outlives a change of mode');
update phone_numbers set mode = 'ring_first' where business_id = t.id(6);

-- loops: the owner's phone forwards back to us
select is(pg_temp.hook('voice', 'CA1b', jsonb_build_object('ForwardedFrom', t.number(6, '9'))) - 'call',
	jsonb_build_object('verbs', '[{"verb": "reject", "reason": "busy"}]'::jsonb,
	'reason', 'loop', 'business', t.id(6)), 'the call that came back is busy');
select is(pg_temp.verbs(pg_temp.hook('voice', 'CA1c')), 'connect redirect',
	'the same caller again while it rings: not the owner a second time');
select is(pg_temp.verbs(pg_temp.hook('voice', 'CAf', jsonb_build_object('ForwardedFrom', t.number(6, '9'),
	'From', '+14155550125'))), 'connect redirect', 'forwarded by the owner: missed already');
select is(pg_temp.verbs(pg_temp.hook('voice', 'CAo', jsonb_build_object('From', t.number(6, '9')))),
	'connect redirect', 'the owner calls: their own phone is not rung');

-- dial
\set gone '''{"CallStatus": "completed", "DialCallStatus": "no-answer"}'''
\set busy '''{"CallStatus": "in-progress", "DialCallStatus": "busy", "DialCallSid": "CAd"}'''
select pg_temp.hook('dial', 'CA1', :busy) as d \gset
select is(pg_temp.verbs(:'d'), 'connect redirect', 'busy: the assistant takes it');
select is(:'d'::jsonb #>> '{verbs,1,path}', '/twilio/after', 'and asks what then');
select is(pg_temp.hook('dial', 'CA1', :busy), :'d', 'again: the same');
select is(pg_temp.status('CA1'), 'connecting', 'the call moves on');
select pg_temp.hook('voice', 'CA3', '{"From": "+14155550126"}') \g /dev/null
select is(pg_temp.hook('dial', 'CA3', :gone) ->> 'reason', 'caller_gone', 'the caller hung up while it rang');
select is(pg_temp.status('CA3'), 'missed', 'missed');
select pg_temp.hook('voice', 'CA4', '{"From": "+14155550127"}') \g /dev/null
select pg_temp.hook('whisper', 'CA4leg', '{"ParentCallSid": "CA4", "Digits": "1"}') \g /dev/null
select is(pg_temp.verbs(pg_temp.hook('dial', 'CA4', '{"CallStatus": "in-progress",
	"DialCallStatus": "completed"}')), 'hangup', 'the owner took it');
select is(pg_temp.status('CA4'), 'answered', 'answered');
select is(pg_temp.verbs(pg_temp.hook('dial', 'CA4', '{"CallStatus": "in-progress",
	"DialCallStatus": "no-answer"}')), 'hangup', 'a stale no-answer opens no stream');
select is(pg_temp.verbs(pg_temp.hook('dial', 'CAunseen', '{"From": "+14155550128",
	"CallStatus": "in-progress", "DialCallStatus": "failed"}')), 'connect redirect',
	'a call that we first hear of here');

-- streams
select jsonb_build_object('call', id, 'business', business_id) as c from calls where carrier_sid = 'CA1' \gset
select t.desk('stream_begin', :'c'::jsonb || '{"nonce": "nonce-6-1", "stream": "MZ1", "node": "n"}') as x \gset
select is(:'x'::jsonb #> '{script,say}', '"hello"', 'the stream gets its script');
select is(:'x'::jsonb -> 'voice', '"rms"', 'voice');
select is(:'x'::jsonb #>> '{context,business,name}', 'Business 6', 'business');
select is(t.run('nightbell_gateway', format($$lib.call_context(lib.call_lock(%L, %L),
	'2026-07-01 12:00+00') #> '{context,business,utc_offset_min}'$$, t.id(6),
	:'c'::jsonb ->> 'call')), '-240', 'with the offset of that day');
select throws_ok(format('select t.desk(''stream_begin'', %L)', :'c'::jsonb
	|| '{"nonce": "nonce-6-1", "stream": "MZ2"}'), 'NB001', null, 'a nonce is good once');
select is(pg_temp.status('CA1'), 'live', 'live');

-- after
\set on '''{"CallStatus": "in-progress"}'''
select t.desk('call_end', :'c'::jsonb || '{"ended_by": "lost", "duration_ms": 1000, "stream_no": 1}') \g /dev/null
select is(pg_temp.status('CA1'), 'live', 'a lost stream does not end the call');
select isnt((select ended_at from calls where carrier_sid = 'CA1'), null, 'though nobody speaks');
select is(pg_temp.hook('after', 'CA1', :on) - array['call', 'business'],
	'{"reason": "stream_lost", "verbs": [{"verb": "connect"}, {"path": "/twilio/after", "verb": "redirect"}]}',
	'it gets another stream');
select is(pg_temp.verbs(pg_temp.hook('after', 'CA1', :on)), 'connect redirect', 'asked again: the same');
select t.desk('stream_begin', :'c'::jsonb || '{"nonce": "nonce-6-2", "stream": "MZ2"}') \g /dev/null
select is(t.desk('call_end', :'c'::jsonb || '{"ended_by": "lost", "duration_ms": 1, "stream_no": 1}')
	|| (select to_jsonb(x) from (select ended_at, ended_by from calls where carrier_sid = 'CA1') x),
	'{"ok": true, "ended_at": null, "ended_by": null}', 'a late end of the first does not touch the second');
select is(pg_temp.verbs(pg_temp.hook('after', 'CA1', :on)), 'connect redirect', 'the second one');
select t.desk('stream_begin', :'c'::jsonb || '{"nonce": "nonce-6-3", "stream": "MZ3"}') \g /dev/null
select is(pg_temp.verbs(pg_temp.hook('after', 'CA1', :on)), 'say hangup', 'not a third');
select is(pg_temp.verbs(pg_temp.hook('after', 'CA1', :on)), 'say hangup', 'said again');
select is((select count(*) from tasks where business_id = t.id(6)), 1::bigint, 'one task to call back');
select is(pg_temp.status('CA1'), 'failed', 'the call failed');
select throws_ok(format('select t.desk(''stream_begin'', %L)', :'c'::jsonb
	|| '{"nonce": "nonce-6-4", "stream": "MZ4"}'), 'NB002', null, 'no stream for a call that is over');
select is(pg_temp.verbs(pg_temp.hook('after', 'CA2', :on)) || ', ' ||
	pg_temp.verbs(pg_temp.hook('after', 'CA2', :on)) || ', ' ||
	pg_temp.verbs(pg_temp.hook('after', 'CA2', :on)), 'connect redirect, connect redirect, say hangup',
	'a stream that never comes up is tried twice');
select t.live_call(6, 'CA7', '{"From": "+14155550129"}') as c7 \gset
select t.desk('call_end', :'c7'::jsonb || '{"outcome": "booked", "ended_by": "assistant", "duration_ms": 4000}') \g /dev/null
select is(pg_temp.verbs(pg_temp.hook('after', 'CA7', :on)), 'hangup', 'a call that ended is hung up');

-- callbacks late, twice, out of order
select is((select array[status, outcome, ended_by, duration_ms::text] from calls where carrier_sid = 'CA7'),
	array['ended', 'booked', 'assistant', '4000'], 'its end is kept');
select is(pg_temp.hook('status', 'CA7', '{"CallStatus": "ringing"}')
	|| pg_temp.hook('status', 'CA7', '{"CallStatus": "completed", "CallDuration": "9"}')
	|| pg_temp.hook('status', 'CA7', '{"CallStatus": "completed", "CallDuration": "9"}'),
	jsonb_build_object('ok', true, 'business', t.id(6)), 'callbacks are always fine');
select is((select array[status, outcome, ended_by, duration_ms::text] from calls where carrier_sid = 'CA7'),
	array['ended', 'booked', 'assistant', '4000'], 'and change nothing any more');
select t.live_call(6, 'CA8', '{"From": "+14155550130"}') as c8 \gset
select pg_temp.hook('status', 'CA8', '{"CallStatus": "completed", "CallDuration": "7"}') \g /dev/null
select t.desk('call_end', :'c8'::jsonb || '{"outcome": "hung_up", "ended_by": "caller", "duration_ms": 6500}') \g /dev/null
select is((select array[status, outcome, ended_by, duration_ms::text] from calls where carrier_sid = 'CA8'),
	array['ended', 'hung_up', 'caller', '6500'], 'the end may be told after the carrier''s callback');
-- What cannot be read is as if it were not there.
select pg_temp.hook('voice', sid), pg_temp.hook('status', sid, jsonb_build_object('CallStatus', 'completed',
	'CallDuration', said, 'SequenceNumber', said, 'Timestamp', said))
	from (values ('CAbad1', 'abc'), ('CAbad2', '99999999999999999999'), ('CAbad3', '-1'), ('CAbad4', '')) v(sid, said) \g /dev/null
select is_empty($$select carrier_sid, status, duration_ms from calls where carrier_sid ~ '^CAbad'
	and (status <> 'missed' or ended_at is null or duration_ms is not null)$$, 'a duration that is no number: the call ends all the same');
select pg_temp.hook('voice', 'CAgood'), pg_temp.hook('status', 'CAgood', '{"CallStatus": "completed", "CallDuration": "12"}') \g /dev/null
select is((select array_agg(duration_ms order by carrier_sid) from calls where carrier_sid in ('CAbad1', 'CAgood')), array[null, 12000]::bigint[], 'one that is a number is kept');
select is(t.desk('dispatch_status', jsonb_build_object('CallSid', 'CAx', 'From', t.number(6), 'id', 'no-id',
	'CallStatus', 'completed')), '{"ok": true}', 'the end of a call to a technician whom we do not know');
select is(t.desk('sms_status', jsonb_build_object('MessageSid', 'SMbad', 'From', t.number(6), 'To', '72345',
	'MessageStatus', 'failed', 'ErrorCode', 'abc')), '{"ok": true}', 'and of a text, for a reason that nobody knows');
select pg_temp.hook('voice', 'CA9', '{"From": "+14155550131"}') \g /dev/null
select pg_temp.hook('status', 'CA9', '{"CallStatus": "completed"}') \g /dev/null
select is(pg_temp.status('CA9'), 'missed', 'nobody took it, as far as we know');
select pg_temp.hook('whisper', 'CA9leg', '{"ParentCallSid": "CA9", "Digits": "1"}') as w \gset
select is(pg_temp.verbs(:'w'), 'say hangup', 'a key after the caller left joins nobody');
update legs set accepted_at = now() where carrier_sid = 'CA9leg';
select pg_temp.hook('dial', 'CA9', '{"CallStatus": "completed", "DialCallStatus": "completed"}') \g /dev/null
select is(pg_temp.status('CA9'), 'answered', 'answered by the owner, told late');
select is(t.desk('stream', '{"CallSid": "CA8", "StreamSid": "MZCA8", "StreamEvent": "stream-stopped"}')
	|| t.desk('stream', '{"CallSid": "CA8", "StreamSid": "MZCA8", "StreamEvent": "stream-started"}')
	|| t.desk('stream', '{"CallSid": "CAnone", "StreamSid": "MZ", "StreamEvent": "stream-error"}'),
	'{"ok": true}', 'stream callbacks too');
select is((select array_agg(step || ' ' || applied order by step desc) from carrier_callbacks where route = 'stream'),
	array['stream-stopped true', 'stream-started false'], 'recorded, the stale one as such');

-- transcript
select t.desk('segments', :'c8'::jsonb || '{"items": [
	{"seq": 1, "rev": 2, "leg": "assistant", "start_ms": 0, "end_ms": 900, "text": "Hello there", "heard": "Hello", "final": true},
	{"seq": 1, "rev": 1, "leg": "assistant", "start_ms": 0, "end_ms": 400, "text": "Hello there", "heard": "", "final": false},
	{"seq": 2, "rev": 1, "leg": "caller", "start_ms": 1000, "end_ms": 1500, "text": "hi", "final": true, "unsure": true}]}') \g /dev/null
select t.desk('segments', :'c8'::jsonb || '{"items": [
	{"seq": 1, "rev": 1, "leg": "assistant", "start_ms": 0, "end_ms": 1, "text": "old", "final": false},
	{"seq": 2, "rev": 3, "leg": "caller", "start_ms": 1000, "end_ms": 1500, "text": "hi you", "final": true}]}') \g /dev/null
select is((select array_agg(format('%s.%s %s/%s %s', seq, rev, text, heard, unsure) order by seq)
	from transcript_segments where business_id = t.id(6)),
	array['1.2 Hello there/Hello f', '2.3 hi you/ f'], 'only a higher revision replaces');
select is(jsonb_array_length(t.run('nightbell_api', format('api.call(%L, %L, %L)', t.id(6), t.id(6, 4),
	jsonb_build_object('id', :'c8'::jsonb -> 'call'))) -> 'segments'), 2, 'the dashboard reads both');
select * from finish();
rollback;
