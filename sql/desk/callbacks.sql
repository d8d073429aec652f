-- The carrier tells what became of calls and streams. Late, repeated and
-- unknown ones are recorded and change nothing.
create or replace function desk.status(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_open(form);
	word text := coalesce(form ->> 'CallStatus', '');
	applied bool := false;
begin
	if c.id is null then
		return '{"ok": true}';
	end if;
	if form ? 'ParentCallSid' then	-- the owner's phone, not the caller
		update legs set status = word
		 where business_id = c.business_id and call_id = c.id
		   and kind = 'owner' and carrier_sid = form ->> 'CallSid';
		applied := found;
	elsif word in ('completed', 'busy', 'no-answer', 'failed', 'canceled') then
		perform lib.transfer_done(c, false);
		applied := lib.call_step(c.business_id, c.id,
			case when lib.call_accepted(c) then 'answered'
			when c.streams > 0 then 'ended' else 'missed' end);
		update legs set status = word, ended_at = coalesce(ended_at, lib.told_at())
		 where business_id = c.business_id and call_id = c.id
		   and kind = 'caller';
		update calls set duration_ms =
			lib.told_count(form ->> 'CallDuration') * 1000
		 where business_id = c.business_id and id = c.id
		   and duration_ms is null;
		perform lib.call_over(c.business_id, c.id);
	end if;
	perform lib.callback_keep(c.business_id, 'status', form ->> 'CallSid',
		word, form, applied);
	return lib.done(c.business_id);
end $$;

create or replace function desk.stream(form jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	f record;
	word text := coalesce(form ->> 'StreamEvent', '');
	applied bool;
begin
	select * into f from desk.call_find(form ->> 'CallSid');
	if f.call is null then
		return '{"ok": true}';
	end if;
	perform lib.enter(f.business);
	update legs set status = word,
		ended_at = case when word = 'stream-started' then ended_at
			else coalesce(ended_at, lib.told_at()) end
	 where business_id = f.business and call_id = f.call
	   and kind = 'assistant' and carrier_sid = form ->> 'StreamSid'
	   and (status is null or status = 'stream-started' and word <> status);
	applied := found;
	perform lib.callback_keep(f.business, 'stream', form ->> 'StreamSid',
		word, form, applied);
	return '{"ok": true}';
end $$;
