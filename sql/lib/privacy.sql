-- "Please do not record this." What was said so far is forgotten, what comes
-- is not kept; what the booking needs stays where it was booked.
create or replace function lib.call_private(c nightbell.calls)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	update calls x set private = true
	 where x.business_id = c.business_id and x.id = c.id and not x.private;
	if not found then
		return;
	end if;
	-- The pages that show the text already must see a newer revision.
	update transcript_segments s
	   set text = null, heard = null, rev = s.rev + s.final::int
	 where s.business_id = c.business_id and s.call_id = c.id
	   and s.call_started_at = c.started_at
	   and (s.text is not null or s.heard is not null);
	update events e
	   set data = e.data || '{"text": null, "heard": null}'
	 where e.business_id = c.business_id and e.type = 'segment'
	   and e.at >= c.started_at and e.data ->> 'call' = c.id::text
	   and e.data ->> 'text' is not null;
	update tool_results t set args = '{}'
	 where t.business_id = c.business_id and t.call_id = c.id;
end $$;
