-- A call from the page: the gateway adds where the stream goes and its token.
-- NB003: so many are under way that one more is refused.
create or replace function api.browser_call(business uuid, usr uuid,
	req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	call uuid := uuid_v7();
	ours e164;
begin
	perform lib.api_enter(business, usr, 'staff');
	perform pg_advisory_xact_lock(hashtextextended('browser' || business, 0));
	if (select count(*) from calls c join call_steps s on s.step = c.status
		where c.business_id = business and c.test and not s.final
		  and c.started_at > now() - interval '15 minutes') >= 5 then
		raise 'five test calls are under way: end one first'
			using errcode = 'NB003';
	end if;
	select p.number into ours from phone_numbers p
	 where p.business_id = business order by p.number limit 1;
	if ours is null then
		raise 'the business has no phone number yet'
			using errcode = 'NB003';
	end if;
	insert into calls (business_id, id, carrier, carrier_sid, number, test,
		status)
	values (business, call, 'browser', 'browser-' || call, ours, true,
		'connecting');
	perform lib.audit(business, usr::text, 'browser_call',
		jsonb_build_object('call', call));
	return jsonb_build_object('call', call, 'business', business,
		'number', ours);
end $$;
