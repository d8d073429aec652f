-- Links, sessions, users.
begin;
select plan(15);
set local search_path = nightbell, public;
select t.business(9) \g /dev/null
create function pg_temp.admin(f text, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_migrate', format('admin.%I(%L::jsonb)', f, req))
$$;
create function pg_temp.api(f text, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.%I(%L::jsonb)', f, req))
$$;

select pg_temp.admin('user_add', jsonb_build_object('email', ' Ann@Example.test ', 'business', t.id(9),
	'role', 'staff')) ->> 'user' as u \gset
select is(pg_temp.admin('user_add', jsonb_build_object('email', 'ann@example.test', 'business', t.id(9),
	'role', 'owner')) ->> 'user', :'u', 'a user is added once');
select is((select role from memberships where user_id = :'u'), 'owner', 'with the role said last');
select throws_ok($$select pg_temp.admin('link_create', '{"email": "nobody@example.test"}')$$, 'P0002', null,
	'no link for a stranger');
select throws_ok(format('select pg_temp.admin(''user_add'', %L)', jsonb_build_object('email', 'x',
	'business', t.id(9))), '23514', null, 'not an address');

select pg_temp.admin('link_create', '{"email": "ann@example.test"}') ->> 'token' as token \gset
select is((select count(*) from sign_in_links where token_hash = convert_to(:'token', 'UTF8')), 0::bigint,
	'the token itself is not stored');
select pg_temp.api('link_redeem', jsonb_build_object('token', :'token')) as s \gset
select is(length(:'s'::jsonb ->> 'session') >= 64, true, 'a link gives a session');
select throws_ok(format('select pg_temp.api(''link_redeem'', %L)', jsonb_build_object('token', :'token')),
	'28000', null, 'once');
select is(pg_temp.api('session', :'s'), jsonb_build_object('user', :'u', 'email', 'ann@example.test',
	'business', t.id(9), 'business_name', 'Business 9', 'timezone', 'America/New_York', 'role', 'owner'),
	'the session says who it is');
select pg_temp.admin('link_create', '{"email": "ann@example.test"}') ->> 'token' as token2 \gset
update sign_in_links set expires_at = now() where used_at is null;
select throws_ok(format('select pg_temp.api(''link_redeem'', %L)', jsonb_build_object('token', :'token2')),
	'28000', null, 'a link that is too old');
select throws_ok($$select pg_temp.api('session', '{"session": "guess"}')$$, '28000', null, 'a guess');
select throws_ok($$select pg_temp.api('session', '{}')$$, '28000', null, 'nothing');
savepoint live;
update sessions set expires_at = now();
select throws_ok(format('select pg_temp.api(''session'', %L)', :'s'), '28000', null, 'a session that is too old');
rollback to live;
delete from memberships where user_id = :'u';
select throws_ok(format('select pg_temp.api(''session'', %L)', :'s'), '28000', null, 'who left the business is out');
rollback to live;
select is(pg_temp.api('sign_out', :'s') || pg_temp.api('sign_out', :'s'), '{"ok": true}', 'signing out, twice');
select throws_ok(format('select pg_temp.api(''session'', %L)', :'s'), '28000', null, 'ends the session');
select * from finish();
rollback;
