-- Signing in. Security definer: a token or secret comes before a business.
-- Only hashes are stored. A secret is 244 random bits.
set local role nightbell_definer;

-- What a user may do in a business: admin owner staff viewer, or null.
create or replace function api.role_of(business uuid, usr uuid) returns text
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select case when exists (select from admins a where a.user_id = $2)
		then 'admin' else (select m.role from memberships m
			where m.business_id = $1 and m.user_id = $2) end
$$;

-- One more of what in this quarter of an hour. Null: all right; else the
-- seconds until it may come again.
create or replace function api.sign_in_count(what text, most int) returns int
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	c sign_in_counts;
	life interval := '15 minutes';
begin
	insert into sign_in_counts as k (what) values ($1)
	on conflict on constraint sign_in_counts_pkey do update
		set n = case when k.began_at <= now() - life then 1 else k.n + 1 end,
		    began_at = case when k.began_at <= now() - life then now()
			else k.began_at end
	returning * into c;
	return case when c.n > most then greatest(1,
		ceil(extract(epoch from c.began_at + life - now()))::int) end;
end $$;

-- May a link be asked for? {"email", "address"}. Looks at no user, so that
-- answer and time are the same whether there is one. "retry_s": the address
-- asks too often. "mail": whether the mailbox gets one; whom others ask links
-- for in masses has five of them and is not locked out. Clears up in passing.
create or replace function api.link_ask(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	mailbox text := encode(sha256(convert_to(
		lower(btrim(req ->> 'email')), 'UTF8')), 'hex');
	by_address int := api.sign_in_count(
		'address:' || left(coalesce(req ->> 'address', ''), 64), 30);
	by_mailbox int := case when by_address is null then
		api.sign_in_count('mailbox:' || mailbox, 5) end;
begin
	delete from sign_in_counts k where k.began_at < now() - interval '1 day';
	delete from sign_in_links k where k.expires_at < now() - interval '1 day';
	delete from sessions k where k.expires_at < now() - interval '1 day';
	return jsonb_build_object('retry_s', by_address,
		'mail', by_address is null and by_mailbox is null);
end $$;

-- Afterwards, when the answer is out: a mail to whoever has this address.
-- {"email", "url"}; the url ends where the token belongs.
create or replace function api.link_mail(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	u users;
	business businesses;
	token text := replace(gen_random_uuid()::text
		|| gen_random_uuid()::text, '-', '');
begin
	select * into u from users x
	 where x.email = lower(btrim(req ->> 'email'));
	select b.* into business from businesses b
	  left join memberships m on m.business_id = b.id and m.user_id = u.id
	 where m.user_id is not null
	    or exists (select from admins a where a.user_id = u.id)
	 order by m.user_id is null, b.created_at, b.id limit 1;
	if u.id is null or business.id is null then
		-- As much to write: who waits behind us must not learn it.
		insert into sign_in_counts (what)
		select 'nobody:' || gen_random_uuid() from generate_series(1, 2);
		return jsonb_build_object('queued', false);
	end if;
	insert into sign_in_links (token_hash, user_id, expires_at)
	values (sha256(convert_to(token, 'UTF8')), u.id,
		now() + interval '15 minutes');
	insert into outbox (business_id, kind, key, payload, expires_at)
	values (business.id, 'email', 'sign_in:' || gen_random_uuid(),
		jsonb_build_object('to', u.email)
		|| lib.sign_in_mail(business.lang, (req ->> 'url') || token),
		now() + interval '15 minutes');
	return jsonb_build_object('queued', true, 'business', business.id);
end $$;

-- Who a user is, and where: the answer of /session. business null: the first.
create or replace function api.who(usr uuid, session uuid, business uuid,
	most text default 'admin') returns jsonb
language plpgsql stable security definer
set search_path = nightbell, pg_temp as $$
declare
	ranks text[] := '{viewer,staff,owner,admin}';
	list jsonb;
	b jsonb;
	who jsonb;
begin
	select jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name,
			'timezone', x.timezone, 'role', ranks[least(
				array_position(ranks, x.role),
				array_position(ranks, most))])
			order by x.at, x.id)
	  into list
	  from (select b.id, b.name, b.timezone, coalesce(m.created_at,
			b.created_at) as at, case when a.user_id is not null
			then 'admin' else m.role end as role
		  from businesses b
		  left join memberships m on m.business_id = b.id
			and m.user_id = usr
		  left join admins a on a.user_id = usr
		 where m.user_id is not null or a.user_id is not null) x;
	b := coalesce((select e from jsonb_array_elements(list) e
		where business is null or e ->> 'id' = business::text limit 1),
		'{}');
	select jsonb_build_object('user', u.id, 'email', u.email,
		'session', session, 'business', b -> 'id',
		'business_name', b -> 'name', 'timezone', b -> 'timezone',
		'role', b -> 'role', 'businesses', coalesce(list, '[]'))
	  into who from users u where u.id = usr;
	if list is null or who is null then
		raise 'this user belongs to no business'
			using errcode = 'invalid_authorization_specification';
	end if;
	return who;
end $$;

-- A new secret of the family's next step.
create or replace function api.secret_new(session uuid, gen int) returns text
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	secret text := replace(gen_random_uuid()::text
		|| gen_random_uuid()::text, '-', '');
begin
	insert into session_secrets (secret_hash, session_id, gen)
	values (sha256(convert_to(secret, 'UTF8')), $1, $2);
	return secret;
end $$;

-- A line in each business where the user may do something: an admin of the
-- platform, in all.
create or replace function api.session_audit(usr uuid, action text)
returns void
language sql security definer set search_path = nightbell, pg_temp as $$
	insert into audit_log (business_id, actor, action)
	select b.id, $1::text, $2 from businesses b
	 where exists (select from memberships m
			where m.business_id = b.id and m.user_id = $1)
	    or exists (select from admins a where a.user_id = $1)
$$;

-- A link is good once.
create or replace function api.link_redeem(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	usr uuid;
	session uuid;
	who jsonb;
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
	delete from sessions s where s.user_id = usr and s.expires_at <= now();
	insert into sessions (user_id, expires_at) values (usr, now() + life)
		returning id into session;
	who := api.who(usr, session, null);
	perform api.session_audit(usr, 'sign_in');
	return who || jsonb_build_object(
		'secret', api.secret_new(session, 0),
		'expires_s', extract(epoch from life)::int);
end $$;

-- The secret of the cookie for the next one. Two pages may ask at once, and an
-- answer may be lost: the one before is good for ten seconds more, as long as
-- nothing newer was used. Anything older was stolen: the family ends, and the
-- caller hears so in the answer (an error would undo it). Old secrets are kept
-- as long as the session, or a thief could refresh until they are forgotten.
create or replace function api.refresh(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	k session_secrets;
	s sessions;
	life interval := '14 days';
begin
	select * into k from session_secrets x
	 where x.secret_hash = sha256(convert_to(req ->> 'secret', 'UTF8'));
	select * into s from sessions x where x.id = k.session_id
	   for no key update;
	if s.id is null or s.expires_at <= now() or s.revoked_at is not null then
		raise 'no such session'
			using errcode = 'invalid_authorization_specification';
	end if;
	if k.gen < s.gen - 1 or k.gen = s.gen - 1
			and s.rotated_at <= now() - interval '10 seconds' then
		update sessions x set revoked_at = now(), revoked_why = 'reuse'
		 where x.id = s.id;
		perform api.session_audit(s.user_id, 'session_reuse');
		return jsonb_build_object('session', s.id, 'revoked', true);
	end if;
	if k.gen = s.gen then
		update sessions x set gen = x.gen + 1, rotated_at = now(),
			expires_at = least(now() + life,
				x.created_at + interval '90 days')
		 where x.id = s.id returning * into s;
	end if;
	return api.who(s.user_id, s.id, null) || jsonb_build_object(
		'secret', api.secret_new(s.id, s.gen),
		'expires_s', extract(epoch from life)::int);
end $$;

-- Who asks: {"secret"} of a cookie, {"token"} of a program, or {"session",
-- "user"} that the gateway's own signature vouches for; and "business".
create or replace function api.session(req jsonb) returns jsonb
language plpgsql stable security definer
set search_path = nightbell, pg_temp as $$
declare
	business uuid := (req ->> 'business')::uuid;
	-- a gateway of the release before gives the secret as "session"
	secret text := coalesce(req ->> 'secret', case when length(
		req ->> 'session') > 36 then req ->> 'session' end);
	session uuid := case when secret is null and req ? 'user'
		then (req ->> 'session')::uuid end;
	usr uuid;
	k api_keys;
	who jsonb;
begin
	if secret is not null then
		select s.user_id, s.id into usr, session
		  from session_secrets x join sessions s on s.id = x.session_id
		 where x.secret_hash = sha256(convert_to(secret, 'UTF8'))
		   and s.expires_at > now() and s.revoked_at is null
		   and (x.gen = s.gen or x.gen = s.gen - 1
			and s.rotated_at > now() - interval '10 seconds');
	elsif session is not null then
		select s.user_id into usr from sessions s
		 where s.id = session and s.expires_at > now()
		   and s.revoked_at is null;
	end if;
	if usr is null then
		select * into k from api_keys x
		 where (x.id = session or x.token_hash =
			sha256(convert_to(req ->> 'token', 'UTF8')))
		   and x.expires_at > now() and x.revoked_at is null;
		business := coalesce(business, k.business_id);
		usr := case when business = k.business_id then k.user_id end;
	end if;
	if usr is null or usr <> (req ->> 'user')::uuid then
		raise 'no such session'
			using errcode = 'invalid_authorization_specification';
	end if;
	who := api.who(usr, coalesce(session, k.id), business,
		coalesce(k.role, 'admin'));
	return who || case when k.id is not null then jsonb_build_object(
		'businesses', jsonb_path_query_array(who -> 'businesses',
			'$[*] ? (@.id == $b)', jsonb_build_object('b', k.business_id)))
		else '{}' end;
end $$;

-- The session is over everywhere. One that is not there is over already.
create or replace function api.sign_out(req jsonb) returns jsonb
language plpgsql security definer set search_path = nightbell, pg_temp as $$
declare
	s sessions;
begin
	update sessions x set revoked_at = now(), revoked_why = 'sign_out'
	 where x.revoked_at is null
	   and (x.id = (req ->> 'session')::uuid or x.id = (
		select k.session_id from session_secrets k where k.secret_hash
			= sha256(convert_to(req ->> 'secret', 'UTF8'))))
	returning * into s;
	if found then
		perform api.session_audit(s.user_id, 'sign_out');
	end if;
	return jsonb_build_object('ok', true, 'session', s.id);
end $$;

-- Ids of the businesses that a user may see; for the command line.
create or replace function api.businesses_of(email text) returns jsonb
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(distinct x.id), '[]') from (
		select m.business_id as id from memberships m
		  join users u on u.id = m.user_id
		 where u.email = lower(btrim($1))
		union all
		select b.id from businesses b, admins a
		  join users u on u.id = a.user_id
		 where u.email = lower(btrim($1))) x
$$;

-- Whoever belongs to nothing any more is signed out everywhere, at once.
create or replace function api.sessions_end(usr uuid) returns void
language plpgsql security definer set search_path = nightbell, pg_temp as $$
begin
	if exists (select from memberships m where m.user_id = usr)
			or exists (select from admins a where a.user_id = usr) then
		return;
	end if;
	update sessions s set revoked_at = now(), revoked_why = 'removed'
	 where s.user_id = usr and s.revoked_at is null;
	delete from sign_in_links k where k.user_id = usr;
end $$;

create or replace function api.admin_end(usr uuid) returns bool
language plpgsql security definer set search_path = nightbell, pg_temp as $$
begin
	delete from admins a where a.user_id = usr;
	return found;
end $$;

-- The address of a person, for the owners of the business.
create or replace function api.member_json(business uuid, usr uuid)
returns jsonb
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('id', u.id, 'email', u.email,
		'name', u.name, 'role', m.role, 'created_at', m.created_at)
	  from memberships m join users u on u.id = m.user_id
	 where m.business_id = $1 and m.user_id = $2
$$;

-- For the command line: who may sign in (to a business; null: to any), and
-- which businesses there are.
create or replace function api.people_all(business uuid) returns jsonb
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(to_jsonb(x) order by x.email, x.business), '[]')
	  from (select u.email, m.role, m.business_id as business,
			b.name as business_name
		  from memberships m join users u on u.id = m.user_id
		  join businesses b on b.id = m.business_id
		 where $1 is null or m.business_id = $1
		union all
		select u.email, 'admin', null, null
		  from admins a join users u on u.id = a.user_id
		 where $1 is null) x
$$;

create or replace function api.businesses_all() returns jsonb
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('id', b.id,
		'name', b.name, 'timezone', b.timezone, 'numbers', coalesce(
			(select jsonb_agg(n.number order by n.number)
			   from phone_numbers n where n.business_id = b.id), '[]'))
		order by b.created_at, b.id), '[]') from businesses b
$$;

set local role nightbell_owner;
