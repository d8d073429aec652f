-- Recordings: told by the worker that writes one, closed and removed by the
-- keeper of the node whose file it is.

-- {"business", "call", "stream_no", "recording", "node", "path", "from_ms"}.
-- Told twice it changes nothing. "keep": false: the caller does not wish it.
create or replace function desk.recording_open(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_lock((req ->> 'business')::uuid,
		(req ->> 'call')::uuid);
	ms bigint := coalesce((req ->> 'from_ms')::bigint, 0);
begin
	insert into recordings (business_id, id, call_id, stream, node, path,
		state, started_at, from_ms)
	values (c.business_id, (req ->> 'recording')::uuid, c.id,
		coalesce((req ->> 'stream_no')::int, greatest(c.streams, 1)),
		req ->> 'node', req ->> 'path',
		case when c.private then 'deleting' else 'recording' end,
		lib.told_at() - make_interval(secs => ms / 1000.0), ms)
	on conflict (business_id, id) do nothing;
	return jsonb_build_object('ok', true, 'keep', not c.private);
end $$;

-- The same, and {"state": "complete|incomplete|failed|deleted", "duration_ms",
-- "bytes", "lost_ms"}. Whoever wrote it knows better than the keeper.
create or replace function desk.recording_close(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	gone bool;
begin
	perform desk.recording_open(req);
	select s.gone into strict gone from recording_steps s
	 where s.step = req ->> 'state';
	update recordings r
	   set state = case when r.state = 'deleting' and not gone
			then r.state else req ->> 'state' end,
	       duration_ms = (req ->> 'duration_ms')::bigint,
	       bytes = (req ->> 'bytes')::bigint,
	       lost_ms = coalesce((req ->> 'lost_ms')::bigint, r.lost_ms),
	       ended_at = coalesce(r.ended_at, lib.told_at()),
	       deleted_at = case when gone then coalesce(r.deleted_at,
			lib.told_at()) end
	 where r.business_id = business and r.id = (req ->> 'recording')::uuid
	   and r.state <> 'deleted';
	return '{"ok": true}';
end $$;

-- What the keeper of a node shall look at: files to remove (too old, or of a
-- private call), and those that somebody seems to write: is he alive?
create or replace function lib.recordings_due(business uuid, node text)
returns setof jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
begin
	perform lib.enter($1);
	update recordings r set state = 'deleting'
	  from businesses b
	 where r.business_id = $1 and b.id = $1 and r.deleted_at is null
	   and r.state in ('complete', 'incomplete', 'failed')
	   and r.started_at < now() - make_interval(days =>
		least(b.recording_days, b.keep_days));
	return query select jsonb_build_object('business', $1,
			'recording', r.id, 'call', r.call_id, 'path', r.path,
			'remove', r.state = 'deleting')
		  from recordings r
		 where r.business_id = $1 and r.node = $2
		   and (r.state = 'deleting' or r.state = 'recording'
			and r.started_at + make_interval(secs =>
				r.from_ms / 1000.0) < now() - interval '20 seconds')
		 order by r.id limit 200;
end $$;

create or replace function desk.recordings_due(node text) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	due jsonb := '[]';
	b uuid;
begin
	for b in select k.business from desk.businesses_keep() k order by 1 loop
		due := due || coalesce((select jsonb_agg(d)
			from lib.recordings_due(b, node) d), '[]');
		exit when jsonb_array_length(due) >= 200;
	end loop;
	return due;
end $$;

-- The keeper removed the file ({"removed": true}), or closed it because its
-- worker died: {"duration_ms", "bytes"}; without: nothing of it plays.
create or replace function desk.recording_kept(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	removed bool := coalesce((req ->> 'removed')::bool, false);
	ms bigint := (req ->> 'duration_ms')::bigint;
begin
	perform lib.enter((req ->> 'business')::uuid);
	update recordings r
	   set state = case when removed then 'deleted'
			when ms > 0 then 'incomplete' else 'failed' end,
	       duration_ms = case when removed then r.duration_ms else ms end,
	       bytes = case when removed then r.bytes
			else (req ->> 'bytes')::bigint end,
	       ended_at = coalesce(r.ended_at, now()),
	       deleted_at = case when removed then now() end
	 where r.business_id = (req ->> 'business')::uuid
	   and r.id = (req ->> 'recording')::uuid
	   and r.state = case when removed then 'deleting' else 'recording' end;
	return '{"ok": true}';
end $$;
