-- What a node keeps for a database that is away, and what it tells later.
begin;
select plan(34);
set local search_path = nightbell, public;
select t.business(6) \g /dev/null
insert into leads (business_id, phone, name) values (t.id(6), '+14155550123', 'Wanda Secret');
create function pg_temp.late(f text, arg jsonb, ago interval default '10 minutes')
returns jsonb language plpgsql as $$
declare
	v jsonb := t.desk('late', jsonb_build_object('fn', f, 'arg', arg,
		'at_ms', extract(epoch from now() - ago) * 1000));
begin
	perform set_config('nightbell.at', '', true);	-- as its end would do
	return v;
end $$;

-- the snapshot
select t.run('nightbell_gateway', format('desk.snapshot(%L)', t.number(6))) as s \gset
select is(t.run('nightbell_gateway', 'desk.snapshot_numbers()') ? t.number(6), true, 'the numbers of all businesses');
select is(t.run('nightbell_gateway', 'desk.snapshot(''+14155559999'')'), null, 'a number that is not ours');
select is(:'s'::jsonb #> '{plans,ring}', t.desk('voice', t.form(6, 'CA0')) -> 'verbs', 'rings as desk.voice does');
select is(:'s'::jsonb #> '{plans,ring_hidden}', t.desk('voice', t.form(6, 'CA00', '{"From": "anonymous"}')) -> 'verbs',
	'and for a withheld number');
select is(:'s'::jsonb #> '{begin,script}', '{"say": "hello"}', 'it has the script');
select is(:'s'::jsonb #>> '{begin,voice}', 'rms', 'and the voice');
select unalike(:'s'::text, '%Wanda%', 'no name of a caller');
select unalike(:'s'::text, '%4155550123%', 'nor a number');
select is(:'s'::jsonb #> '{begin,context,names}', '["1", "2", "Tech"]', 'names of technicians');
select cmp_ok((:'s'::jsonb #>> '{spans,-1,until_ms}')::numeric / 1000, '>',
	extract(epoch from now() + interval '47 hours'), 'two days of hours');
select is((select bool_and((x.v ->> 'after_hours')::bool = not lib.is_open(t.id(6),
		to_timestamp((x.v ->> 'until_ms')::numeric / 1000) - interval '1 minute'))
	from jsonb_array_elements(:'s'::jsonb -> 'spans') x(v)), true, 'open when the business is');
select is(:'s'::jsonb #>> '{plans,whisper,0,verbs,0,text}', 'A call for Business 6. To take it, press 1.', 'the whisper');
select is(:'s'::jsonb -> 'blocked', '{}', 'nobody is blocked');
insert into blocked_callers (business_id, number, ended_at) values (t.id(6), '+14155550661', null),
	(t.id(6), '+14155550662', now());
select is(t.run('nightbell_gateway', format('desk.snapshot(%L)', t.number(6))) -> 'blocked', '{"+14155550661": true}',
	'who is blocked now');
select is(:'s'::jsonb #> '{plans,blocked}', t.desk('voice', t.form(6, 'CAbl', '{"From": "+14155550661"}')) -> 'verbs',
	'is refused as desk.voice does');
select isnt_empty($$select from pg_trigger where tgrelid = 'nightbell.blocked_callers'::regclass
	and tgname = 'plans_changed'$$, 'nodes hear when somebody is blocked');
select pg_temp.late('voice', t.form(6, 'CAlet', '{"From": "+14155550661", "nb_plan": "ring"}')) \g /dev/null
select is((select status from calls where carrier_sid = 'CAlet'), 'ringing', 'blocked since: the phone did ring');
select pg_temp.late('voice', t.form(6, 'CAnot', '{"From": "+14155550662", "nb_plan": "blocked"}')) \g /dev/null
select is((select status from calls where carrier_sid = 'CAnot'), 'refused', 'not blocked any more: it was refused');

-- a call that began without us
select '00000000-0000-7000-8000-00000000aa01' as id \gset
select jsonb_build_object('call', :'id', 'business', t.id(6), 'stream_no', 1) as call \gset
select t.form(6, 'CAaway', jsonb_build_object('nb_call', :'id')) as form \gset
select pg_temp.late('voice', :'form') as p \gset
select is(:'p'::jsonb ->> 'call', :'id', 'has the id that the gateway made');
select is((select started_at from calls where id = :'id'), now() - interval '10 minutes', 'and began then');
select is(pg_temp.late('voice', :'form'), :'p', 'told twice it is one call');
select is(t.desk('voice', :'form') ->> 'call', :'id', 'a repeated webhook joins it');
select pg_temp.late('dial', :'form'::jsonb || '{"DialCallStatus": "no-answer", "CallStatus": "in-progress"}') \g /dev/null
select :'call'::jsonb || '{"nonce": "nonce-away-1", "stream": "MZaway", "node": "n"}' as stream \gset
select is(pg_temp.late('stream_begin', :'stream'), '{"ok": true}', 'its stream');
select is(pg_temp.late('stream_begin', :'stream'), '{"ok": true}', 'told twice');
select is((select streams from calls where id = :'id'), 1, 'is one stream');
select throws_ok(format('select t.desk(''stream_begin'', %L)', :'stream'), 'NB001', null, 'its nonce is used');
select :'call'::jsonb || '{"items": [{"seq": 1, "rev": 1, "leg": "caller", "start_ms": 0, "end_ms": 9, "text": "hello", "final": true}]}' as words \gset
select pg_temp.late('segments', :'words'), pg_temp.late('segments', :'words') \g /dev/null
select is((select array_agg(text) from transcript_segments where call_id = :'id'), '{hello}', 'what was said, once');
select :'call'::jsonb || '{"key": "1:message", "name": "message", "args": {"text": "Please ring back.", "name": "Wanda"}}' as tool \gset
select is(pg_temp.late('tool', :'tool') ->> 'ok', 'true', 'the message');
select pg_temp.late('tool', :'tool') \g /dev/null
select is((select count(*) from tasks where call_id = :'id'), 1::bigint, 'is one task');
select :'call'::jsonb || '{"ended_by": "caller", "outcome": "message", "duration_ms": 60000}' as bye \gset
select pg_temp.late('call_end', :'bye', '8 minutes'), pg_temp.late('call_end', :'bye', '8 minutes') \g /dev/null
select results_eq(format('select status, outcome, duration_ms, ended_at from calls where id = %L', :'id'),
	$$values ('ended', 'message', 60000::bigint, now() - interval '8 minutes')$$, 'it ended when it did');
select pg_temp.late('status', :'form'::jsonb || '{"CallStatus": "completed"}') \g /dev/null
select pg_temp.late('after', :'form'::jsonb || '{"CallStatus": "completed"}') \g /dev/null
select is((select status from calls where id = :'id'), 'ended', 'late callbacks change nothing');
select is((select count(*) from calls where carrier_sid = 'CAaway'), 1::bigint, 'one row');

-- a stream that broke before and goes on without us
select t.live_call(6, 'CAmid') as mid \gset
select pg_temp.late('call_end', :'mid'::jsonb || '{"ended_by": "lost", "stream_no": 1}') \g /dev/null
select pg_temp.late('stream_begin', :'mid'::jsonb || '{"stream_no": 2, "nonce": "nonce-away-2", "stream": "MZm2", "node": "n"}') \g /dev/null
select is((select streams from calls where carrier_sid = 'CAmid'), 2, 'its second stream');
select throws_ok(format('select t.desk(''stream_begin'', %L)', :'stream'::jsonb || '{"nonce": "nonce-away-3"}'),
	'NB002', null, 'a call that is over is over when it is told in time');
select * from finish();
rollback;
