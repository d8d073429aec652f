-- Ids, numbers, names: what everything else stands on.
begin;
select plan(16);
set local search_path = nightbell, public;

create temp table ids as
	select nr, nightbell.uuid_v7() as id from generate_series(1, 2000) nr;
select is_empty($$select id from ids where id::text !~
	'^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'$$, 'version 7, variant 10');
select is((select count(distinct id) from ids), 2000::bigint, 'no two are the same');
select cmp_ok((select max(abs(extract(epoch from now()) * 1000 - ('x' || translate(left(id::text, 13),
	'-', ''))::bit(48)::bigint)) from ids), '<', 60000::numeric, 'they carry the time');
select is((select count(*) from (select id, lag(id) over (order by nr) as was from ids) x
	where left(id::text, 18) < left(was::text, 18)), 0::bigint, 'and never go back');

select is(lib.e164(n)::text, want, 'number ' || coalesce(n, 'null')) from (values
	('+14155550123', '+14155550123'), ('+442071838750', '+442071838750'), ('anonymous', null),
	('client:jo', null), ('4155550123', null), ('+0123456789', null), ('', null), (null, null)) v(n, want);

select is(lib.clean_name(E'  Jane \t Miller '), 'Jane Miller', 'a name');
select is(lib.clean_name('  '), null, 'no name');
select throws_ok($$insert into businesses (name, timezone) values ('x', 'Mars/Olympus')$$, '22023', null,
	'a time zone that there is not');
select throws_ok($$select lib.enter(null)$$, '22004', null, 'which business');
select * from finish();
rollback;
