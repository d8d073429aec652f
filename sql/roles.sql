-- Roles and the database. Run once by a superuser, harmless to run again:
--   psql -d postgres -f sql/roles.sql
-- Everything after this is done by nightbell_migrate ("nightbell migrate").
\set ON_ERROR_STOP on
set client_min_messages = warning;
select format('create role %I %s', name, kind)
  from (values
	('nightbell_owner',   'nologin noinherit'),
	('nightbell_definer', 'nologin noinherit'),
	('nightbell_migrate', 'login noinherit'),
	('nightbell_gateway', 'login'),
	('nightbell_relay',   'login'),
	('nightbell_api',     'login'),
	('nightbell_backup',  'login bypassrls')) r(name, kind)
 where not exists (select from pg_roles where rolname = r.name)
\gexec
-- noinherit: the migrating login has the owners' rights only after it asks
-- for them (set role), never in an admin.* call.
grant nightbell_owner, nightbell_definer to nightbell_migrate;
-- Backups read everything or fail: under row level security a table that was
-- forgotten would be missing without a word. The role writes nothing and calls
-- no function. It may read other databases of the server, too, if pg_hba.conf
-- lets it connect to them: name the database there.
alter role nightbell_backup bypassrls connection limit 4;
grant pg_read_all_data to nightbell_backup;
alter role nightbell_backup set default_transaction_read_only = on;

select 'create database nightbell owner nightbell_owner
	encoding ''UTF8'' template template0 lc_collate ''C.UTF-8'' lc_ctype ''C.UTF-8'''
 where not exists (select from pg_database where datname = 'nightbell')
\gexec
revoke all on database nightbell from public;
grant connect on database nightbell to
	nightbell_migrate, nightbell_gateway, nightbell_relay, nightbell_api,
	nightbell_backup;
-- Whoever answers for the database may still override these per session.
alter role nightbell_gateway in database nightbell
	set idle_in_transaction_session_timeout = '10s';
alter role nightbell_relay in database nightbell
	set idle_in_transaction_session_timeout = '10s';
alter role nightbell_api in database nightbell
	set idle_in_transaction_session_timeout = '10s';
-- For people with psql; the functions say themselves where they look.
alter database nightbell set search_path = nightbell, public;
