-- Recordings as the dashboard reads them. Where the file is only the desk
-- itself hears.
create or replace function lib.recordings_of(c nightbell.calls) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(lib.recording_json(r) order by r.stream, r.id),
		'[]')
	  from recordings r
	  join recording_steps s on s.step = r.state and not s.gone
	 where r.business_id = c.business_id and r.call_id = c.id
$$;

create or replace function lib.recording_find(business uuid, usr uuid,
	req jsonb) returns nightbell.recordings
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	found recordings;
begin
	perform lib.api_enter(business, usr);
	select r.* into found from recordings r
	  join recording_steps s on s.step = r.state and not s.gone
	 where r.business_id = $1 and r.id = (req ->> 'id')::uuid;
	if found.id is null then
		perform lib.no_such('recording');
	end if;
	return found;
end $$;

create or replace function api.recording(business uuid, usr uuid, req jsonb)
returns jsonb
language sql set search_path = nightbell, pg_temp as $$
	select lib.recording_json(lib.recording_find($1, $2, $3))
$$;

-- {"path", "node", "bytes"}: for the desk, which answers with the audio.
create or replace function api.recording_file(business uuid, usr uuid,
	req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	r recordings := lib.recording_find(business, usr, req);
begin
	if not (select s.plays from recording_steps s where s.step = r.state) then
		perform lib.no_such('recording that plays');
	end if;
	return jsonb_build_object('path', r.path, 'node', r.node,
		'bytes', r.bytes);
end $$;
