-- Days of calls and texts as the carrier, the workers and the relay tell them.
grant select on all tables in schema y to public;

create function y.row(f text, req jsonb) returns jsonb language sql as
	$$ select y.ask(f, req::text) $$;

create procedure y.one_call(n int) language plpgsql as $$
declare
	w y.who;
	z constant timestamptz := '2025-01-01 00:00+00';
	sid text := 'CAplan' || n;
	form jsonb;
	c jsonb;
	t jsonb;
	visit jsonb;
	key int := 0;
begin
	select * into w from y.who;
	form := jsonb_build_object('CallSid', sid, 'CallStatus', 'ringing',
		'From', '+1213555' || lpad(n::text, 4, '0'),
		'To', '+1415' || (5000000 + w.b));
	c := y.row('desk.voice', form) - 'verbs' - 'reason';
	call y.done();
	perform y.row('desk.voice', form);
	perform y.row('desk.whisper', jsonb_build_object('CallSid', sid || 'leg',
		'ParentCallSid', sid));
	call y.done();
	perform y.row('desk.dial', form || '{"CallStatus": "in-progress",
		"DialCallStatus": "no-answer"}');
	call y.done();
	perform y.row('desk.stream_begin', c || jsonb_build_object('nonce',
		'nonce-' || sid, 'stream', 'MZ' || sid, 'node', 'n'));
	call y.done();
	perform y.row('desk.stream', jsonb_build_object('CallSid', sid,
		'StreamSid', 'MZ' || sid, 'StreamEvent', 'stream-started'));
	call y.done();
	t := c || jsonb_build_object('stream_no', 1, 'node', 'n', 'recording',
		y.id(z, sid), 'path', y.path(w.business, y.id(z, sid)));
	perform y.row('desk.recording_open', t);
	call y.done();
	perform y.row('desk.model_usage', c || '{"stream_no": 1, "provider":
		"openai", "text_in": 1, "text_cached": 0, "text_out": 1,
		"audio_in": 10, "audio_cached": 0, "audio_out": 10,
		"heard": 10, "cost_ucents": 1000, "cap_cents": 500}');
	call y.done();
	-- some are the keeper's to close
	if n % 2 = 0 then
		perform y.row('desk.recording_close', t || '{"state":
			"complete", "duration_ms": 4000, "bytes": 9000}');
		call y.done();
	end if;
	for i in 1 .. 3 loop
		perform y.row('desk.segments', c || jsonb_build_object('items',
			jsonb_build_array(jsonb_build_object('seq', i,
			'rev', 1, 'leg', 'caller', 'start_ms', i * 1000,
			'end_ms', i * 1000 + 500, 'text', 'the furnace',
			'final', true))));
		call y.done();
	end loop;
	t := y.row('desk.tool', c || jsonb_build_object('key', 'slots', 'name',
		'find_slots', 'args', jsonb_build_object('service',
		y.id(z, 's' || w.b || '.1'))));
	call y.done();
	t := t -> 'slots' -> n;
	visit := y.row('desk.tool', c || jsonb_build_object('key', 'book',
		'name', 'book', 'args', jsonb_build_object('service',
		y.id(z, 's' || w.b || '.1'), 'start', t -> 'start',
		'name', 'Jo ' || n)));
	call y.done();
	for t in select jsonb_build_object('name', k, 'args', a::jsonb)
		from (values
		('hold', format('{"service": "%s", "start": "2030-01-07T%s:00"}',
			y.id(z, 's' || w.b || '.2'), 8 + n)),
		('details', '{"address": "1 Elm Street", "service": "furnace"}'),
		('consent', '{"channel": "sms", "granted": true, "words": "yes"}'),
		('send_text', format('{"kind": "appointment", "appointment": "%s"}',
			visit ->> 'appointment')),
		('appointments', '{}'),
		('cancel', format('{"appointment": "%s"}', visit ->> 'appointment')),
		('message', '{"text": "please call", "name": "Jo B"}'),
		('dispatch', '{"kind": "gas", "words": "I smell gas"}'),
		('dispatch_status', '{}'),
		('dispatch_note', '{"address": "2 Elm Street"}'),
		('privacy', '{"record": false}'),
		('opt_out', '{"words": "no texts"}'),
		('transfer', '{"reason": "about my bill"}')) x(k, a) loop
		key := key + 1;
		perform y.row('desk.tool', c || t
			|| jsonb_build_object('key', key::text));
		call y.done();
	end loop;
	perform y.row('desk.call_end', c || '{"outcome": "booked",
		"ended_by": "assistant", "duration_ms": 4000}');
	call y.done();
	perform y.row('desk.after', form || '{"CallStatus": "in-progress"}');
	call y.done();
	perform y.row('desk.status', form || '{"CallStatus": "completed",
		"CallDuration": "9"}');
	call y.done();
end $$;

-- Calls that take other ways, emergencies' answers, texts.
create procedure y.other_ways(n int) language plpgsql as $$
declare
	w y.who;
	ours text;
	form jsonb;
	id text;
	r record;
begin
	select * into w from y.who;
	ours := '+1415' || (5000000 + w.b);
	form := jsonb_build_object('CallSid', 'CAway' || n, 'To', ours,
		'From', '+1214555' || lpad(n::text, 4, '0'),
		'CallStatus', 'ringing');
	perform y.row('desk.late', jsonb_build_object('fn', 'voice',
		'at_ms', extract(epoch from now()) * 1000, 'arg', form));
	call y.done();
	perform y.row('desk.whisper', jsonb_build_object('CallSid', 'CAown' || n,
		'ParentCallSid', 'CAway' || n, 'Digits', '1'));
	perform y.row('desk.dial', form || jsonb_build_object('DialCallStatus',
		'completed', 'DialCallSid', 'CAown' || n));
	call y.done();
	-- blocked, and one who was never here and leaves at once
	perform y.row('desk.voice', form || jsonb_build_object('CallSid',
		'CAbad' || n, 'From', '+13130003001'));
	call y.done();
	perform y.row('desk.voice', form || jsonb_build_object('CallSid',
		'CAgone' || n, 'From', '+1215555' || lpad(n::text, 4, '0')));
	call y.done();
	perform y.row('desk.status', form || jsonb_build_object('CallSid',
		'CAgone' || n, 'CallStatus', 'completed'));
	call y.done();
	for r in values ('Can you come tomorrow?'), ('I smell gas'), ('HELP'),
			('1'), ('4111 1111 1111 1111'), ('STOP'), ('START') loop
		perform y.row('desk.sms', jsonb_build_object('MessageSid',
			'SMin' || n || md5(r.column1), 'To', ours, 'From',
			case r.column1 when '1' then '+1617' || lpad((w.b * 10
			+ 1)::text, 7, '0') else form ->> 'From' end,
			'Body', r.column1));
		call y.done();
	end loop;
	for r in values ('delivered', null), ('undelivered', '30006'),
			('undelivered', '21610'), ('undelivered', '30034') loop
		perform y.row('desk.sms_status', jsonb_build_object('From', ours,
			'To', '+121200300' || lpad(n::text, 3, '0'), 'MessageStatus',
			r.column1, 'ErrorCode', r.column2, 'MessageSid', (select
			m.provider_id from y.sent m where m.n = other_ways.n)));
		call y.done();
	end loop;
	perform lib.enter(w.business);
	select a.id::text into id from dispatch_attempts a
	 where a.business_id = w.business and a.state = 'asked'
	 order by a.id desc limit 1;
	perform y.row('desk.dispatch_call', jsonb_build_object('id', id,
		'From', ours, 'CallSid', 'CAtech' || n, 'Digits', '2'));
	call y.done();
	perform y.row('desk.dispatch_status', jsonb_build_object('id', id,
		'From', ours, 'CallSid', 'CAtech' || n,
		'CallStatus', 'no-answer'));
	call y.done();
	perform y.ask('desk.snapshot', ours);
	perform y.ask('desk.snapshot_numbers');
end $$;
create table y.sent as
	select row_number() over () as n, m.provider_id from (select
		m.provider_id from messages m join y.who w
		on m.business_id = w.business limit 7) m;
grant select on y.sent to public;

create procedure y.gateway() language plpgsql as $$
begin
	for n in 1 .. 7 loop
		call y.one_call(n);
		call y.other_ways(n);
	end loop;
end $$;

create procedure y.relay() language plpgsql as $$
declare
	w y.who;
	rows jsonb;
	o jsonb;
begin
	select * into w from y.who;
	for n in 1 .. 7 loop
		rows := y.row('desk.outbox_claim', '{"worker": "r", "lag_s": 5,
			"limits": {"sms": 5, "call": 2, "email": 2}}');
		call y.done();
		for o in select * from jsonb_array_elements(
				coalesce(rows -> 'rows', rows)) loop
			perform y.row('desk.outbox_done', jsonb_build_object(
				'business', o -> 'business', 'id', o -> 'id')
				|| (array['{"ok": true, "provider_id": "SMx"}',
				'{"ok": false, "class": "later", "http": 503}',
				'{"ok": false, "permanent": true, "code": "21610"}',
				'{"ok": false, "permanent": true, "code": "30006"}',
				'{"ok": false, "permanent": true, "code": "30034"}',
				'{"ok": false, "maybe_sent": true, "class": "timeout"}'
				]::jsonb[])[1 + n % 6]);
			call y.done();
		end loop;
		perform y.ask('desk.outbox_wait');
		perform y.row('desk.outbox_claim',
			'{"worker": "r", "anew": true, "lag_s": 5}');
		call y.done();
		perform y.ask('desk.housekeeping');
		call y.done();
		rows := y.ask('desk.recordings_due', 'n');
		call y.done();
		perform y.row('desk.recording_kept', jsonb_build_object(
			'business', w.business, 'recording', y.id(
			'2025-01-01 00:00+00', 'CAplan' || n)) || case n % 2
			when 0 then '{"removed": true}'::jsonb else
			'{"duration_ms": 4000, "bytes": 9000}' end);
		call y.done();
	end loop;
end $$;
