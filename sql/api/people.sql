-- Who may see a business, and how somebody stops doing so.

create or replace function api.people(business uuid, usr uuid, req jsonb)
returns jsonb
language plpgsql set search_path = nightbell, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	n int := lib.page_size(req);
	page jsonb;
	seq bigint := lib.list_enter(business, usr, 'owner');
begin
	select jsonb_agg(api.member_json(business, r.user_id)
			order by r.user_id desc) into page
	  from (select * from memberships x
		 where x.business_id = business
		   and (req ->> 'cursor' is null
			or x.user_id < (req ->> 'cursor')::uuid)
		 order by x.user_id desc limit n) r;
	return lib.page('people', page, n, seq);
end $$;

-- Logins delete nothing: the owner does, in the business that was entered.
create or replace function api.membership_end(business uuid, person uuid)
returns void
language sql security definer set search_path = nightbell, pg_temp as $$
	delete from memberships m
	 where m.business_id = $1 and m.user_id = $2
$$;

-- Before a person stops being an owner of the business that was entered. One
-- at a time, so that two owners who remove each other leave one.
create or replace function lib.owner_stays(business uuid, person uuid)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform pg_advisory_xact_lock(hashtextextended(
		'people:' || business, 0));
	if api.member_json(business, person) ->> 'role' = 'owner'
			and not exists (select from memberships m
				where m.business_id = business
				  and m.role = 'owner'
				  and m.user_id <> person) then
		raise 'the last owner stays: make somebody else an owner first'
			using errcode = 'restrict_violation';
	end if;
end $$;

-- Takes a person out of the business that was entered, with the keys of the
-- business that are in their name. Null: was not there.
create or replace function lib.person_remove(business uuid, person uuid,
	actor text) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	who jsonb;
begin
	perform lib.owner_stays(business, person);
	who := api.member_json(business, person);
	if who is null then
		return null;
	end if;
	perform api.membership_end(business, person);
	update api_keys k set revoked_at = now()
	 where k.business_id = business and k.user_id = person
	   and k.revoked_at is null;
	perform api.sessions_end(person);
	perform lib.audit(business, actor, 'user_remove', jsonb_build_object(
		'user', person, 'email', who -> 'email', 'role', who -> 'role'));
	return who;
end $$;

-- {"id"}: of a person.
create or replace function api.person_remove(business uuid, usr uuid,
	req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	who jsonb;
begin
	perform lib.api_enter(business, usr, 'owner');
	who := lib.person_remove(business, (req ->> 'id')::uuid, usr::text);
	if who is null then
		perform lib.no_such('person');
	end if;
	return who;
end $$;
