-- What a node needs to answer calls while the database is away, and how it
-- tells afterwards what happened. Of callers a snapshot has nothing but the
-- numbers that the business blocked.

-- Security definer: the numbers of all businesses.
set local role nightbell_definer;
create or replace function desk.snapshot_numbers() returns jsonb
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(p.number order by p.number), '[]')
	  from phone_numbers p
$$;
set local role nightbell_owner;

-- The next 48 hours in pieces in which neither "open" nor the clock's offset
-- changes. Looked at each quarter of an hour.
create or replace function lib.snapshot_spans(business uuid) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_agg(jsonb_build_object('until_ms', u.until_ms,
		'after_hours', u.shut, 'utc_offset_min', u.off) order by u.until_ms)
	  from (select max(extract(epoch from at) * 1000)::bigint + 900000
			as until_ms, shut, off
		  from (select at, shut, off, count(*) filter (where turn)
				over (order by at) as span
			  from (select at, shut, off, (shut, off) is distinct from
					(lag(shut) over w, lag(off) over w) as turn
				  from (select at, not lib.is_open(business, at) as shut,
						(extract(epoch from (at at time zone
							lib.timezone(business))
						- (at at time zone 'UTC')) / 60)::int as off
					  from generate_series(
						date_bin('15 minutes', now(), 'epoch'),
						now() + interval '48 hours',
						interval '15 minutes') at) q
				window w as (order by at)) t) s
		 group by span, shut, off) u
$$;

-- The plans of a number and the context of its assistant. Null: not ours.
create or replace function desk.snapshot(phone_number text) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	n record;
	c calls;
	hidden calls;
	begins jsonb;
	lang text;
	name text;
begin
	select * into n from desk.number_find(phone_number);
	if not found then
		return null;
	end if;
	perform lib.enter(n.business);
	select b.lang, b.name into lang, name
	  from businesses b where b.id = n.business;
	hidden.business_id := n.business;
	hidden.number := phone_number;
	hidden.streams := 1;
	hidden.private := false;
	c := hidden;
	c.caller := phone_number;	-- any: its number is shown then
	begins := lib.call_context(hidden, now());
	begins := begins || jsonb_build_object('context', (begins -> 'context')
		|| jsonb_build_object('agents_available', false, 'names',
			coalesce((select jsonb_agg(distinct w) from technicians t,
				regexp_split_to_table(t.name, '\s+') w
				where t.business_id = n.business and t.active
				  and w <> ''), '[]')));
	return jsonb_build_object('business', n.business,
		'owner_number', n.owner_number, 'ring_s', n.ring_s,
		'blocked', coalesce((select jsonb_object_agg(k.number, true)
			from blocked_callers k where k.business_id = n.business
			  and k.ended_at is null), '{}'),
		'spans', lib.snapshot_spans(n.business), 'begin', begins,
		'plans', jsonb_build_object(
		'ring', case when n.mode = 'ring_first' then
			lib.dial_verbs(c, n.owner_number, n.ring_s) end,
		'ring_hidden', case when n.mode = 'ring_first' then
			lib.dial_verbs(hidden, n.owner_number, n.ring_s) end,
		'connect', lib.connect_verbs(),
		'hangup', lib.hangup_verbs(),
		'accepted', '[]'::jsonb,
		'loop', '[{"verb": "reject", "reason": "busy"}]'::jsonb,
		'blocked', '[{"verb": "reject", "reason": "busy"}]'::jsonb,
		'whisper', jsonb_build_array(jsonb_build_object(
			'verb', 'gather', 'path', '/twilio/whisper',
			'num_digits', 1, 'timeout', 5, 'verbs', jsonb_build_array(
				jsonb_build_object('verb', 'say',
				'lang', lib.say_lang(lang), 'text', case lang
				when 'es' then format('Llamada para %s. Para '
					|| 'contestar, pulse 1.', name)
				else format('A call for %s. To take it, press 1.',
					name) end))))
			|| lib.hangup_verbs()));
end $$;

-- Something that happened while the database was away, as it is told now:
-- {"fn", "at_ms", "arg"}. Told twice, the functions do it once.
create or replace function desk.late(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	arg jsonb := req -> 'arg';
begin
	perform set_config('nightbell.at', least(now(), to_timestamp(
		(req ->> 'at_ms')::numeric / 1000))::text, true);
	return case req ->> 'fn'
		when 'voice' then desk.voice(arg)
		when 'dial' then desk.dial(arg)
		when 'whisper' then desk.whisper(arg)
		when 'after' then desk.after(arg)
		when 'stream' then desk.stream(arg)
		when 'status' then desk.status(arg)
		when 'sms' then desk.sms(arg)
		when 'sms_status' then desk.sms_status(arg)
		when 'dispatch_call' then desk.dispatch_call(arg)
		when 'dispatch_status' then desk.dispatch_status(arg)
		when 'stream_begin' then desk.stream_begin(arg)
		when 'segments' then desk.segments(arg)
		when 'tool' then desk.tool(arg)
		when 'model_usage' then desk.model_usage(arg)
		when 'recording_open' then desk.recording_open(arg)
		when 'recording_close' then desk.recording_close(arg)
		when 'call_end' then desk.call_end(arg) end;
end $$;
