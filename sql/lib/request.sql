-- What every function of the dashboard's API begins and ends with.

-- This transaction is about the business, and the user may do there what this
-- role may: viewer, staff or owner.
create or replace function lib.api_enter(business uuid, usr uuid,
	least_role text default 'viewer') returns void
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	ranks text[] := '{viewer,staff,owner,admin}';
	role text;
begin
	perform lib.enter(business);
	role := api.role_of(business, usr);
	if role is null then
		raise 'not a member of this business'
			using errcode = 'insufficient_privilege';
	end if;
	if array_position(ranks, role) < array_position(ranks, least_role) then
		raise 'this needs the role %', least_role
			using errcode = 'insufficient_privilege';
	end if;
end $$;

-- The same for a list. Where its reader goes on with api.events: taken before
-- the rows are read, so that nothing falls in between.
create or replace function lib.list_enter(business uuid, usr uuid,
	least_role text default 'viewer') returns bigint
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform lib.api_enter(business, usr, least_role);
	return coalesce((select k.last from event_counters k
		where k.business_id = business), 0);
end $$;

create or replace function lib.page_size(req jsonb) returns int
language sql immutable as $$
	select least(greatest(coalesce((req ->> 'limit')::int, 50), 1), 200)
$$;

-- A page of rows: {name: [...], "last", "next"}. key: what the cursor is.
create or replace function lib.page(name text, rows jsonb, n int, seq bigint,
	key text default 'id') returns jsonb
language sql stable as $$
	select jsonb_build_object(name, coalesce(rows, '[]'), 'last', seq,
		'next', case when jsonb_array_length(rows) = n
			then rows -> (n - 1) -> key end)
$$;

create or replace function lib.no_such(what text) returns void
language plpgsql immutable as $$
begin
	raise 'no such %', what using errcode = 'no_data_found';
end $$;
