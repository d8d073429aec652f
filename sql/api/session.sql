-- Signing in. Security definer: a token or secret comes before a business.
set local role nightbell_definer;

-- A link is good once. The session's secret is 244 random bits; we keep its
-- hash.
create or replace function api.link_redeem(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	usr uuid;
	business uuid;
	secret text := replace(gen_random_uuid()::text
		|| gen_random_uuid()::text, '-', '');
	life interval := '14 days';
begin
	update sign_in_links k set used_at = now()
	 where k.token_hash = sha256(convert_to(req ->> 'token', 'UTF8'))
	   and k.used_at is null and k.expires_at > now()
	returning k.user_id into usr;
	if not found then
		raise 'this link was used or is too old'
			using errcode = 'invalid_authorization_specification';
	end if;
	select m.business_id into business from memberships m
	 where m.user_id = usr order by m.created_at, m.business_id limit 1;
	if not found then
		raise 'this user belongs to no business'
			using errcode = 'invalid_authorization_specification';
	end if;
	delete from sessions s where s.user_id = usr and s.expires_at <= now();
	insert into sessions (secret_hash, user_id, business_id, expires_at)
	values (sha256(convert_to(secret, 'UTF8')), usr, business, now() + life);
	insert into audit_log (business_id, actor, action)
		values (business, usr::text, 'sign_in');
	return jsonb_build_object('session', secret,
		'expires_s', extract(epoch from life)::int);
end $$;

create or replace function api.session(req jsonb) returns jsonb
language plpgsql stable security definer
set search_path = nightbell, pg_temp as $$
declare
	who jsonb;
begin
	select jsonb_build_object('user', u.id, 'email', u.email,
		'business', b.id, 'business_name', b.name,
		'timezone', b.timezone, 'role', m.role)
	  into who
	  from sessions s
	  join users u on u.id = s.user_id
	  join businesses b on b.id = s.business_id
	  join memberships m on m.user_id = u.id and m.business_id = b.id
	 where s.secret_hash = sha256(convert_to(req ->> 'session', 'UTF8'))
	   and s.expires_at > now();
	if not found then
		raise 'no such session'
			using errcode = 'invalid_authorization_specification';
	end if;
	return who;
end $$;

-- The session is over everywhere. One that is not there is over already.
create or replace function api.sign_out(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	s sessions;
begin
	delete from sessions x
	 where x.secret_hash = sha256(convert_to(req ->> 'session', 'UTF8'))
	returning * into s;
	if found then
		insert into audit_log (business_id, actor, action)
			values (s.business_id, s.user_id::text, 'sign_out');
	end if;
	return '{"ok": true}';
end $$;

set local role nightbell_owner;
