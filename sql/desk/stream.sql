-- A media stream: its beginning, its transcript, its end.

-- A stream presents its nonce. NB001: it was used; NB002: the call is over.
-- One that began without us is taken as it was, under the gateway's number.
create or replace function desk.stream_begin(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_lock((req ->> 'business')::uuid,
		(req ->> 'call')::uuid);
	late bool := lib.late_at() is not null;
	context jsonb;
begin
	insert into stream_tokens (nonce, business_id, call_id, stream_sid, node)
	values (req ->> 'nonce', c.business_id, c.id, req ->> 'stream',
		req ->> 'node')
	on conflict (nonce) do nothing;
	if not found and late then
		return '{"ok": true}';	-- told before
	elsif not found then
		raise 'this stream token was used before' using errcode = 'NB001';
	end if;
	if not late and (select s.final from call_steps s
			where s.step = c.status) then
		raise 'the call is over' using errcode = 'NB002';
	end if;
	update calls set streams = case when late then
			greatest(streams, coalesce((req ->> 'stream_no')::int,
				streams + 1))
			else streams + 1 end,
		ended_at = null, ended_by = null
	 where business_id = c.business_id and id = c.id
	returning * into c;
	perform lib.call_step(c.business_id, c.id, 'live');
	insert into legs (business_id, call_id, kind, carrier_sid, stream, node,
		started_at)
	values (c.business_id, c.id, 'assistant', req ->> 'stream', c.streams,
		req ->> 'node', lib.told_at());
	if late then
		return '{"ok": true}';
	end if;
	context := lib.call_context(c, coalesce(
		to_timestamp((req ->> 'wall_ms')::numeric / 1000), now()));
	if context -> 'script' is null or context -> 'script' = 'null' then
		raise 'the business has no script'
			using errcode = 'no_data_found';
	end if;
	return context || jsonb_build_object('model', lib.model_for(c, req));
end $$;

-- Rows by (stream, seq); a higher revision replaces, anything else is old. Of
-- a private call only who spoke when is kept: the call's row is read with a
-- lock, so that no text slips past the moment in which it becomes private.
create or replace function desk.segments(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	c calls;
begin
	perform lib.enter(business);
	select * into c from calls x
	 where x.business_id = business and x.id = (req ->> 'call')::uuid
	   for share;
	if not found then
		raise 'no such call' using errcode = 'no_data_found';
	end if;
	insert into transcript_segments as t (business_id, call_id,
		call_started_at, stream, seq, rev, leg, start_ms, end_ms, text,
		heard, final, unsure, reply_ms)
	select distinct on (i.seq) business, c.id, c.started_at,
		coalesce((req ->> 'stream_no')::int, greatest(c.streams, 1)),
		i.seq, i.rev, i.leg, i.start_ms, greatest(i.end_ms, i.start_ms),
		case when not c.private then i.text end,
		case when not c.private then i.heard end,
		coalesce(i.final, false),
		coalesce(i.unsure, false), i.reply_ms
	  from jsonb_to_recordset(req -> 'items') as i(seq int, rev int,
		leg text, start_ms bigint, end_ms bigint, text text, heard text,
		final bool, unsure bool, reply_ms int)
	 order by i.seq, i.rev desc
	on conflict (business_id, call_id, stream, seq, call_started_at)
	do update set (rev, leg, start_ms, end_ms, text, heard, final, unsure,
			reply_ms)
		= (excluded.rev, excluded.leg, excluded.start_ms,
		   excluded.end_ms, excluded.text, excluded.heard,
		   excluded.final, excluded.unsure, excluded.reply_ms)
	 where excluded.rev > t.rev;
	return '{"ok": true}';
end $$;

-- The stream is over. "lost" leaves the call open: the carrier asks
-- desk.after and may bring it back (a browser does not); so does a caller who
-- is to be put through. What the end was is said once. "lang": the talk went
-- over to this one.
create or replace function desk.call_end(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_lock((req ->> 'business')::uuid,
		(req ->> 'call')::uuid);
	lost bool := req ->> 'ended_by' = 'lost' and not c.test;
	on_way bool := req ->> 'ended_by' = 'assistant'
		and req ->> 'outcome' = 'transfer'
		and (lib.transfer_open(c)).id is not null;
	nr int := coalesce((req ->> 'stream_no')::int, c.streams);
begin
	perform lib.tool_aside(c, jsonb_build_object('lang', req ->> 'lang'));
	update legs set duration_ms = (req ->> 'duration_ms')::bigint,
		ended_at = coalesce(ended_at, lib.told_at())
	 where business_id = c.business_id and call_id = c.id
	   and kind = 'assistant' and duration_ms is null
	   and stream = nr;
	if nr < c.streams then
		return '{"ok": true}';	-- another stream has taken over
	end if;
	if c.ended_by is null or c.ended_by = 'lost' then
		update calls set ended_by = req ->> 'ended_by',
			ended_at = coalesce(ended_at, lib.told_at()),
			outcome = coalesce(req ->> 'outcome', outcome),
			duration_ms = (select sum(l.duration_ms) from legs l
				where l.business_id = c.business_id
				  and l.call_id = c.id and l.kind = 'assistant')
		 where business_id = c.business_id and id = c.id;
		if not (lost or on_way) then
			perform lib.transfer_done(c, false);
			perform lib.call_step(c.business_id, c.id, 'ended');
		end if;
	end if;
	update holds set state = 'released'
	 where business_id = c.business_id and call_id = c.id
	   and state = 'held' and not lost;
	perform lib.call_over(c.business_id, c.id);
	return '{"ok": true}';
end $$;
