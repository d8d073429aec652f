-- What operators do, from the command line.
-- role "admin": of the platform, no business. owner staff viewer: of one.
create or replace function admin.user_add(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	address text := lower(btrim(req ->> 'email'));
	business uuid := (req ->> 'business')::uuid;
	wanted text := coalesce(req ->> 'role', 'owner');
	usr uuid;
begin
	if wanted not in ('admin', 'owner', 'staff', 'viewer') then
		raise 'no role "%": admin, owner, staff or viewer', wanted
			using errcode = 'invalid_parameter_value';
	end if;
	insert into users (email, name) values (address, req ->> 'name')
		on conflict (email) do nothing;
	select u.id into strict usr from users u where u.email = address;
	if wanted = 'admin' then
		insert into admins (user_id) values (usr) on conflict do nothing;
		return jsonb_build_object('user', usr);
	end if;
	perform lib.enter(business);
	if not exists (select from businesses b where b.id = business) then
		raise 'no business %', business using errcode = 'no_data_found';
	end if;
	if wanted <> 'owner' then
		perform lib.owner_stays(business, usr);
	end if;
	insert into memberships as m (business_id, user_id, role)
		values (business, usr, wanted)
		on conflict (business_id, user_id)
			do update set role = excluded.role;
	perform lib.audit(business, session_user, 'user_add',
		jsonb_build_object('email', address, 'role', wanted));
	return jsonb_build_object('user', usr);
end $$;

-- {"email", "business"}: out of the business. No business: an admin is one no
-- longer.
create or replace function admin.user_remove(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	usr uuid;
begin
	select u.id into usr from users u
	 where u.email = lower(btrim(req ->> 'email'));
	if not found then
		raise 'no user %', req ->> 'email' using errcode = 'no_data_found';
	end if;
	if business is null then
		if not api.admin_end(usr) then
			raise '% is no admin', req ->> 'email'
				using errcode = 'no_data_found';
		end if;
		perform api.sessions_end(usr);
		return jsonb_build_object('user', usr);
	end if;
	perform lib.enter(business);
	if lib.person_remove(business, usr, session_user) is null then
		raise '% does not belong to business %', req ->> 'email', business
			using errcode = 'no_data_found';
	end if;
	return jsonb_build_object('user', usr);
end $$;

-- A link that signs the user in: once, within a quarter of an hour.
create or replace function admin.link_create(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	usr uuid;
	token text := replace(gen_random_uuid()::text
		|| gen_random_uuid()::text, '-', '');
begin
	select u.id into usr from users u
	 where u.email = lower(btrim(req ->> 'email'));
	if not found then
		raise 'no user %', req ->> 'email' using errcode = 'no_data_found';
	end if;
	insert into sign_in_links (token_hash, user_id, expires_at)
	values (sha256(convert_to(token, 'UTF8')), usr,
		now() + interval '15 minutes');
	return jsonb_build_object('token', token,
		'expires_s', 15 * 60);
end $$;

-- A key for programs, in the name of a user of the business: {"email",
-- "business" (the only one if there is one), "role", "days", "name"}.
create or replace function admin.token_create(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	mine jsonb := api.businesses_of(req ->> 'email');
	usr uuid;
begin
	select u.id into usr from users u
	 where u.email = lower(btrim(req ->> 'email'));
	if usr is null then
		raise 'no user %', req ->> 'email' using errcode = 'no_data_found';
	elsif business is null and jsonb_array_length(mine) = 1 then
		business := (mine ->> 0)::uuid;
	end if;
	if business is null then
		raise 'which business of %?', mine
			using errcode = 'null_value_not_allowed';
	elsif not mine ? business::text then
		raise '% does not belong to business %', req ->> 'email', business
			using errcode = 'no_data_found';
	end if;
	perform lib.enter(business);
	return lib.key_make(business, usr,
		coalesce(req ->> 'name', 'command line'),
		coalesce(req ->> 'role', 'viewer'),
		coalesce((req ->> 'days')::int, 90), session_user,
		jsonb_build_object('email', req -> 'email'))
		|| jsonb_build_object('business', business);
end $$;

-- Puts a script in place and makes the active assistant use it.
create or replace function admin.script_put(business uuid, name text,
	content jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	script uuid;
begin
	perform lib.enter(business);
	insert into scripts as s (business_id, name, content)
		values ($1, $2, $3)
		on conflict on constraint scripts_business_id_name_key
		do update set content = excluded.content, updated_at = now()
		returning s.id into script;
	update assistants a set script_id = script
	 where a.business_id = business and a.active;
	if not found then
		insert into assistants (business_id, name, script_id)
			values (business, 'Assistant', script);
	end if;
	perform lib.audit(business, session_user, 'script_put',
		jsonb_build_object('name', name));
	return jsonb_build_object('script', script);
end $$;
