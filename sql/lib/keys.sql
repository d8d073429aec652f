-- Keys for programs: of a business, in the name of a user, stored as a hash.

create or replace function lib.key_json(k nightbell.api_keys) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', k.id, 'name', k.name, 'role', k.role,
		'user', k.user_id, 'created_at', k.created_at,
		'expires_at', k.expires_at)
$$;

-- A new one, told with its secret this once. detail: for the audit log.
create or replace function lib.key_make(business uuid, usr uuid, name text,
	role text, days int, actor text, detail jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	secret text := 'nbt_' || replace(gen_random_uuid()::text
		|| gen_random_uuid()::text, '-', '');
	k api_keys;
begin
	if days not between 1 and 3650 then
		raise 'a key lives 1 to 3650 days'
			using errcode = 'invalid_parameter_value';
	end if;
	if role not in ('owner', 'staff', 'viewer') then
		raise 'a key''s role is owner, staff or viewer'
			using errcode = 'invalid_parameter_value';
	end if;
	if length(btrim(name)) not between 1 and 120 then
		raise 'a key''s name has 1 to 120 characters'
			using errcode = 'invalid_parameter_value';
	end if;
	insert into api_keys (business_id, user_id, name, role, token_hash,
		expires_at)
	values (business, usr, btrim(name), role,
		sha256(convert_to(secret, 'UTF8')),
		now() + make_interval(days => days))
	returning * into k;
	perform lib.audit(business, actor, 'token_create',
		detail || jsonb_build_object('token', k.id, 'role', k.role));
	return lib.key_json(k) || jsonb_build_object('token', secret);
end $$;
