-- Links, sessions, users.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(9) \g /dev/null
create function pg_temp.admin(f text, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_migrate', format('admin.%I(%L::jsonb)', f, req))
$$;
create function pg_temp.api(f text, req jsonb) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.%I(%L::jsonb)', f, req))
$$;

create function pg_temp.secret(s jsonb) returns jsonb language sql as $$
	select jsonb_build_object('secret', s ->> 'secret')
$$;
create function pg_temp.id_of(s jsonb) returns jsonb language sql as $$
	select jsonb_build_object('session', s ->> 'session', 'user', s ->> 'user')
$$;
create function pg_temp.key(s jsonb) returns jsonb language sql as $$
	select jsonb_build_object('token', s ->> 'token')
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
select is(length(:'s'::jsonb ->> 'secret') >= 64, true, 'a link gives a session');
select throws_ok(format('select pg_temp.api(''link_redeem'', %L)', jsonb_build_object('token', :'token')),
	'28000', null, 'once');
select is(pg_temp.api('session', :'s') - 'session', jsonb_build_object('user', :'u', 'email', 'ann@example.test',
	'business', t.id(9), 'business_name', 'Business 9', 'timezone', 'America/New_York', 'role', 'owner',
	'businesses', jsonb_build_array(jsonb_build_object('id', t.id(9), 'name', 'Business 9',
	'timezone', 'America/New_York', 'role', 'owner'))), 'the session says who it is');
select is(pg_temp.api('session', pg_temp.id_of(:'s')) -> 'email', '"ann@example.test"',
	'so does its id, which we vouch for');
select is(pg_temp.api('session', pg_temp.secret(:'s') || jsonb_build_object('business', t.id(8))) -> 'role', 'null',
	'in another business nobody');
select pg_temp.admin('link_create', '{"email": "ann@example.test"}') ->> 'token' as token2 \gset
update sign_in_links set expires_at = now() where used_at is null;
select throws_ok(format('select pg_temp.api(''link_redeem'', %L)', jsonb_build_object('token', :'token2')),
	'28000', null, 'a link that is too old');
select throws_ok($$select pg_temp.api('session', '{"secret": "guess"}')$$, '28000', null, 'a guess');
select throws_ok($$select pg_temp.api('session', '{}')$$, '28000', null, 'nothing');
savepoint live;
update sessions set expires_at = now();
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.secret(:'s')), '28000', null,
	'a session that is too old');
rollback to live;
delete from memberships where user_id = :'u';
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.secret(:'s')), '28000', null,
	'who left the business is out');
rollback to live;

-- Refreshing.
select pg_temp.api('refresh', pg_temp.secret(:'s')) as s1 \gset
select isnt(:'s1'::jsonb ->> 'secret', :'s'::jsonb ->> 'secret', 'each refresh brings another secret');
select pg_temp.api('refresh', pg_temp.secret(:'s')) as s1b \gset
select is(:'s1b'::jsonb ->> 'session', :'s'::jsonb ->> 'session', 'two pages may refresh at once');
savepoint fresh;
update sessions set rotated_at = now() - interval '11 seconds';
select is(pg_temp.api('refresh', pg_temp.secret(:'s')) -> 'revoked', 'true', 'the old secret later: stolen');
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.secret(:'s1')), '28000', null,
	'the family is over');
select throws_ok(format('select pg_temp.api(''refresh'', %L)', pg_temp.secret(:'s1')), '28000', null,
	'for the thief and for its owner');
select is((select count(*) from audit_log where action = 'session_reuse'), 1::bigint, 'and it is written down');
rollback to fresh;
select pg_temp.api('refresh', pg_temp.secret(:'s1')) as s2 \gset
select is(pg_temp.api('refresh', pg_temp.secret(:'s')) -> 'revoked', 'true', 'two steps back: stolen, also at once');
rollback to fresh;
create function pg_temp.refreshed(s jsonb, times int) returns jsonb language plpgsql as $$
begin
	for i in 1 .. times loop
		s := pg_temp.api('refresh', pg_temp.secret(s));
	end loop;
	return s;
end $$;
select pg_temp.refreshed(:'s1', 50) as s50 \gset
select is(pg_temp.api('refresh', pg_temp.secret(:'s')) -> 'revoked', 'true', 'fifty steps back, too');
rollback to fresh;
update sessions set created_at = now() - interval '85 days';
select pg_temp.api('refresh', pg_temp.secret(:'s1')) as s2 \gset
select is((select expires_at - now() from sessions), interval '5 days', 'after ninety days a new link is asked for');
rollback to fresh;
select is(pg_temp.api('sign_out', pg_temp.secret(:'s1')) -> 'ok', 'true', 'signing out');
select is(pg_temp.api('sign_out', pg_temp.secret(:'s1')) -> 'session', 'null', 'twice');
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.secret(:'s1')), '28000', null,
	'ends the session');

-- A link by mail.
create function pg_temp.ask(email text, address text) returns text language sql as $$
	select pg_temp.api('link_ask', jsonb_build_object('email', email, 'address', address)) ->> 'retry_s'
$$;
create function pg_temp.mails(email text, address text) returns jsonb language sql as $$
	select pg_temp.api('link_ask', jsonb_build_object('email', email, 'address', address))
$$;
select is((select array_agg((pg_temp.mails('ann@example.test', '10.0.0.' || i) ->> 'mail')::bool) from generate_series(1, 6) i),
	'{t,t,t,t,t,f}', 'five for a mailbox');
select is((select array_agg((pg_temp.mails('nobody@example.test', '10.0.1.' || i) ->> 'mail')::bool) from generate_series(1, 6) i),
	'{t,t,t,t,t,f}', 'the same for one that nobody has');
select is(pg_temp.mails('ann@example.test', '10.0.4.1'), '{"mail": false, "retry_s": null}',
	'whose mailbox it is, is not sent away');
select is((select count(*) filter (where pg_temp.ask(i || '@example.test', '10.0.2.1') is null)
	from generate_series(1, 40) i), 30::bigint, 'thirty of an address');
select ok(pg_temp.ask('else@example.test', '10.0.2.1')::int between 1 and 900, 'and when to come again');
select is(pg_temp.mails('else@example.test', '10.0.2.1') -> 'mail', 'false', 'without a mail');
select is((select n from sign_in_counts where what = 'mailbox:' || encode(sha256('else@example.test'), 'hex')),
	null, 'nor one to count');
update sign_in_counts set began_at = now() - interval '16 minutes';
savepoint old;
update sign_in_links set expires_at = now() - interval '2 days';
update sessions set expires_at = now() - interval '2 days';
select is(pg_temp.ask('ann@example.test', '10.0.2.1'), null, 'later it goes on');
select is((select count(*) from sign_in_links) + (select count(*) from sessions) + (select count(*) from session_secrets),
	0::bigint, 'what is long over goes');
rollback to old;
select unalike(p.prosrc, '%users%', 'the answer looks at no user: it takes the same time')
	from pg_proc p where p.oid = 'api.link_ask'::regproc;
select is(pg_temp.api('link_mail', '{"email": "nobody@example.test", "url": "u"}') -> 'queued', 'false',
	'no mail to nobody');
select is(pg_temp.api('link_mail', '{"email": " Ann@Example.test", "url": "https://x.test/sign-in#token="}')
	-> 'queued', 'true', 'a mail to somebody');
select is((select payload ->> 'to' from outbox where kind = 'email'), 'ann@example.test', 'to their address');
select matches((select payload ->> 'text' from outbox where kind = 'email'),
	'https://x.test/sign-in#token=[0-9a-f]{64}', 'with the link');
select substring(payload ->> 'text' from 'token=([0-9a-f]+)') as mailed from outbox where kind = 'email' \gset
select is(pg_temp.api('link_redeem', jsonb_build_object('token', :'mailed')) -> 'email', '"ann@example.test"',
	'that signs in');
select is(t.run('nightbell_api', format('api.outbox(%L, %L, %L)', t.id(9), :'u', '{}')) -> 'outbox', '[]',
	'no list shows a link');

-- Roles, keys, admins.
select throws_ok(format('select pg_temp.admin(''user_add'', %L)', jsonb_build_object('email', 'v@example.test',
	'business', t.id(9), 'role', 'king')), '22023', null, 'a role that is none');
select throws_ok(format('select pg_temp.admin(''token_create'', %L)', '{"email": "ann@example.test"}'::jsonb || k), '22023', null, k::text)
	from unnest(array['{"role": "admin"}', '{"role": "king"}', '{"name": " "}', jsonb_build_object('name', repeat('n', 121))]) k;
select pg_temp.admin('token_create', '{"email": "ann@example.test", "role": "viewer"}') as k \gset
select is((select count(*) from api_keys where token_hash = convert_to(:'k'::jsonb ->> 'token', 'UTF8')), 0::bigint,
	'a key is stored as hash');
select is(pg_temp.api('session', pg_temp.key(:'k')) -> 'role', '"viewer"', 'a key does no more than it was made for');
update memberships set role = 'viewer' where user_id = :'u';
update api_keys set role = 'owner';
select is(pg_temp.api('session', pg_temp.key(:'k')) -> 'role', '"viewer"', 'nor more than its user');
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.key(:'k') || jsonb_build_object('business',
	t.id(8))), '28000', null, 'nor elsewhere');
update api_keys set revoked_at = now();
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.key(:'k')), '28000', null, 'a revoked key');
select throws_ok($$select pg_temp.admin('token_create', '{"email": "nobody@example.test"}')$$, 'P0002', null,
	'no key for a stranger');
select pg_temp.admin('user_add', '{"email": "root@example.test", "role": "admin"}') ->> 'user' as root \gset
select is(api.role_of(t.id(9), :'root'), 'admin', 'an admin may do everything');
select is(api.role_of(t.id(9), t.id(1)), null, 'a stranger nothing');
select pg_temp.api('link_redeem', jsonb_build_object('token', pg_temp.admin('link_create',
	'{"email": "root@example.test"}') -> 'token')) as rs \gset
select pg_temp.api('sign_out', pg_temp.secret(:'rs')) \g /dev/null
select is((select array_agg(l.action order by l.id) from audit_log l where l.business_id = b.id and l.actor = :'root'),
	'{sign_in,sign_out}', 'an admin''s coming and going is written down everywhere') from businesses b where b.id in (t.id(8), t.id(9));

-- Who is removed is out at once: sessions, keys, links; the last owner stays.
update memberships set role = case user_id when :'u' then 'owner' else 'staff' end where business_id = t.id(9);
select throws_ok(format('select pg_temp.admin(''user_add'', %L)', jsonb_build_object('email', 'ann@example.test',
	'business', t.id(9), 'role', r)), '23001', 'the last owner stays: make somebody else an owner first', 'the last owner does not become ' || r)
	from unnest(array['viewer', 'staff']) r;
savepoint owners;
select pg_temp.admin('user_add', jsonb_build_object('email', 'two@example.test', 'business', t.id(9), 'role', 'owner')) \g /dev/null
select isnt(pg_temp.admin('user_add', jsonb_build_object('email', 'ann@example.test', 'business', t.id(9),
	'role', 'viewer')), null, 'with another owner: yes');
select throws_ok(format('select pg_temp.admin(''user_add'', %L)', jsonb_build_object('email', 'two@example.test',
	'business', t.id(9), 'role', 'staff')), '23001', null, 'and then the other not');
rollback to owners;
select pg_temp.admin('user_add', jsonb_build_object('email', 'gone@example.test', 'business', t.id(9),
	'role', 'owner')) ->> 'user' as gone \gset
select pg_temp.admin('token_create', '{"email": "gone@example.test", "role": "owner"}') as gk \gset
select pg_temp.api('link_redeem', jsonb_build_object('token', pg_temp.admin('link_create',
	'{"email": "gone@example.test"}') -> 'token')) as gs \gset
select pg_temp.admin('link_create', '{"email": "gone@example.test"}') ->> 'token' as gl \gset
select is(pg_temp.api('session', jsonb_build_object('secret', :'gs'::jsonb -> 'secret')) ->> 'email',
	'gone@example.test', 'who is there');
select ok(t.run('nightbell_api', format('api.people(%L, %L, %L)', t.id(9), :'gone', '{}')) #>> '{people}'
	like '%ann@example.test%', 'sees who else is');
create function pg_temp.make(req jsonb, usr uuid) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.token_add(%L, %L, %L)', t.id(9), usr, req))
$$;
select pg_temp.make('{"name": "Wall display", "role": "staff", "days": 7}', :'gone') as made \gset
select is(pg_temp.api('session', pg_temp.key(:'made')) -> 'role', '"staff"', 'a key that an owner made');
select is((select array[k.name, k.user_id::text, (k.expires_at - k.created_at)::text] from api_keys k
	where k.id = (:'made'::jsonb ->> 'id')::uuid), array['Wall display', :'gone', '7 days'], 'of theirs, as asked for');
select is((select array_agg(l.action || ' ' || l.actor || ' ' || (l.detail ->> 'name')) from audit_log l
	where l.detail ->> 'token' = :'made'::jsonb ->> 'id'), array['token_create ' || :'gone' || ' Wall display'], 'is in the log');
select ok(l.detail::text !~ 'nbt_', 'without its secret') from audit_log l where l.action = 'token_create' limit 1;
select throws_ok(format('select pg_temp.make(%L, %L)', '{"name": "x", "role": "admin"}', :'gone'), '22023', null, 'no key is an admin');
select throws_ok(format('select pg_temp.make(%L, %L)', '{"name": " ", "role": "viewer"}', :'gone'), '22023', null, 'it has a name');
select throws_ok(format('select pg_temp.make(%L, %L)', '{"name": "x", "role": "viewer", "days": 9999}', :'gone'), '22023', null, 'and ends');
select is(t.run('nightbell_api', format('api.person_remove(%L, %L, %L)', t.id(9), :'u',
	jsonb_build_object('id', :'gone'))) ->> 'email', 'gone@example.test', 'an owner removes them');
select throws_ok(format('select pg_temp.api(''session'', %L)', jsonb_build_object('secret',
	:'gs'::jsonb -> 'secret')), '28000', null, 'the session is over');
select throws_ok(format('select pg_temp.api(''session'', %L)', pg_temp.key(:'gk')), '28000', null, 'the key, too');
select throws_ok(format('select pg_temp.api(''link_redeem'', %L)', jsonb_build_object('token', :'gl')), '28000',
	null, 'and a link that was not used');
select is((select count(*) from api_keys where user_id = :'gone' and revoked_at is null), 0::bigint, 'a key does not come back');
select is((select detail ->> 'email' from audit_log where action = 'user_remove'), 'gone@example.test',
	'the audit log knows');
select throws_ok(format('select t.run(''nightbell_api'', %L)', format('api.person_remove(%L, %L, %L)', t.id(9), :'u',
	jsonb_build_object('id', :'u'))), '23001', null, 'the last owner stays');
select throws_ok(format('select pg_temp.admin(''user_remove'', %L)', jsonb_build_object('email', 'gone@example.test',
	'business', t.id(9))), 'P0002', null, 'nobody goes twice');
select pg_temp.admin('user_remove', '{"email": "root@example.test"}');
select is(api.role_of(t.id(9), :'root'), null, 'an admin is one no longer');

-- A business from the command line.
select pg_temp.admin('business_add', '{"name": "New Co", "number": "+14155559901", "owner": "+14155559902",
	"timezone": "America/Chicago", "trade": "salon", "script": {"say": "hi"}, "services": [{"name": "haircut",
	"words": ["cut"], "minutes": 45}]}') ->> 'business' as nb \gset
select is(t.desk('voice', '{"CallSid": "CAnew", "From": "+14155550123", "To": "+14155559901",
	"CallStatus": "ringing"}') #>> '{verbs,0,number}', '+14155559902', 'a business that was added is called');
select throws_ok($$select pg_temp.admin('business_add', '{"name": "B", "number": "+14155559901",
	"owner": "+14155559903", "timezone": "America/Chicago"}')$$, '23505', null, 'a number belongs to one');
select throws_ok($$select pg_temp.admin('business_add', '{"name": "B", "number": "+14155559904",
	"timezone": "Mars/Base"}')$$, '22023', null, 'a zone that is none');

-- Callers that are not wanted.
select t.run('nightbell_api', format('api.block(%L, %L, %L)', t.id(9), t.id(9, 4),
	'{"number": "+14155550666", "reason": "abusive"}')) ->> 'id' as blocked \gset
select is(t.desk('voice', t.form(9, 'CAblocked', '{"From": "+14155550666"}')) -> 'verbs',
	'[{"verb": "reject", "reason": "busy"}]', 'a blocked caller is refused');
select is((select status from calls where carrier_sid = 'CAblocked'), 'refused', 'and shown as refused');
select is(t.desk('voice', t.form(9, 'CAok', '{"From": "+14155550667"}')) #>> '{verbs,0,verb}', 'dial',
	'others are not');
select t.run('nightbell_api', format('api.unblock(%L, %L, %L)', t.id(9), t.id(9, 4),
	jsonb_build_object('id', :'blocked'))) \g /dev/null
select is(t.desk('voice', t.form(9, 'CAback', '{"From": "+14155550666"}')) #>> '{verbs,0,verb}', 'dial',
	'until it ends');
select bag_eq(format($$select action from audit_log where business_id = %L and action ~ 'block'$$, t.id(9)),
	array['block', 'unblock'], 'both are written down');
select * from finish();
rollback;
