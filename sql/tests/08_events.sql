-- Events: numbered in the order of commits, no gaps, whoever writes.
begin;
select t.business(80), t.business(81) \g /dev/null
select t.live_call(80, 'CA80') as c \gset
commit;
select plan(27);
set search_path = nightbell, public;

create function pg_temp.events(after bigint, n int default 100) returns jsonb language sql as $$
	select t.run('nightbell_api', format('api.events(%L, %L, %L)', t.id(80), t.id(80, 4),
		jsonb_build_object('after', after, 'limit', n)))
$$;
create function pg_temp.message(key text, words text) returns text language sql stable as $$
	select 'desk.tool(' || quote_literal(jsonb_build_object('call', c.id, 'business', c.business_id,
		'key', key, 'name', 'message', 'args', jsonb_build_object('text', words))) || ')'
	  from nightbell.calls c where c.carrier_sid = 'CA80'
$$;
create function pg_temp.segment(seq int) returns text language sql stable as $$
	select 'desk.segments(' || quote_literal(jsonb_build_object('call', c.id, 'business', c.business_id,
		'items', jsonb_build_array(jsonb_build_object('seq', seq, 'rev', 1, 'leg', 'caller',
		'start_ms', seq, 'end_ms', seq, 'text', 'word ' || seq, 'final', true)))) || ')'
	  from nightbell.calls c where c.carrier_sid = 'CA80'
$$;

select is(pg_temp.events(null) -> 'events', '[]', 'without a position there is only where now is');
select (pg_temp.events(null) ->> 'last')::bigint as n0 \gset
select is((select string_agg(e ->> 'type', ' ' order by nr) from jsonb_array_elements(
	pg_temp.events(0) -> 'events') with ordinality x(e, nr)),
	'lead call call call call call', 'a call so far');
select is((select array_agg((e ->> 'seq')::int order by nr) from jsonb_array_elements(
	pg_temp.events(0) -> 'events') with ordinality x(e, nr)),
	array(select generate_series(1, :n0::int)), 'from one on without a gap');
select is(pg_temp.events(0, 2) -> 'last', '2', 'a page ends where it ends');
select is(pg_temp.events(2, 1) #> '{events,0,seq}', '3', 'the next goes on there');
select is(pg_temp.events(:n0) , jsonb_build_object('events', '[]'::jsonb, 'last', :n0), 'nothing new');
select is(pg_temp.events(:n0::bigint - 1) #>> '{events,0,data,status}', 'live', 'data as in the list');

-- Writing early and committing late: the number is of the commit.
select t.connect('e1', 'nightbell_gateway'), t.connect('e2', 'nightbell_gateway') \g /dev/null
select dblink_exec('e1', 'begin'), t.on('e1', pg_temp.segment(1)) \g /dev/null
select dblink_exec('e2', 'begin'), t.on('e2', pg_temp.segment(2)) \g /dev/null
select is(pg_temp.events(:n0) -> 'events', '[]', 'nobody sees what is not committed');
select dblink_exec('e2', 'commit') \g /dev/null
select dblink_exec('e1', 'commit') \g /dev/null
select is((select array_agg(e #>> '{data,text}' order by nr) from jsonb_array_elements(
	pg_temp.events(:n0) -> 'events') with ordinality x(e, nr)),
	array['word 2', 'word 1'], 'the one that committed first has the lower number');

-- A transaction that fails leaves no gap.
select dblink_exec('e1', 'begin'), t.on('e1', pg_temp.segment(3)), dblink_exec('e1', 'rollback') \g /dev/null
select t.on('e2', pg_temp.segment(4)) \g /dev/null
select is(pg_temp.events(:n0 + 2) #>> '{events,0,seq}', (:n0 + 3)::text, 'no gap after a rollback');

-- Many at once, and somebody who reads all the time.
create function pg_temp.storm() returns text language plpgsql as $$
declare
	last bigint := (pg_temp.events(null) ->> 'last')::bigint;
	got jsonb;
	e jsonb;
	busy int;
begin
	for c in 1 .. 4 loop
		perform t.connect('s' || c, 'nightbell_gateway');
		perform dblink_send_query('s' || c, format(
			'do $q$ declare j jsonb := %L; begin for i in 1 .. 50 loop
			j := jsonb_set(j, ''{items,0,seq}'', to_jsonb(%s + i));
			perform desk.segments(j); commit; end loop; end $q$',
			(select jsonb_build_object('call', x.id, 'business', x.business_id, 'items',
				jsonb_build_array(jsonb_build_object('seq', 0, 'rev', 1, 'leg', 'caller',
				'start_ms', 1, 'end_ms', 2, 'text', 'w', 'final', true)))
			   from nightbell.calls x where x.carrier_sid = 'CA80'), c * 1000));
	end loop;
	loop
		-- Asked before reading: what is read after it is all there is.
		select count(*) into busy from generate_series(1, 4) c
		 where dblink_is_busy('s' || c) = 1;
		got := pg_temp.events(last, 7);
		for e in select v from jsonb_array_elements(got -> 'events') v loop
			if (e ->> 'seq')::bigint <> last + 1 then
				return format('%s after %s', e ->> 'seq', last);
			end if;
			last := last + 1;
		end loop;
		exit when busy = 0 and got -> 'events' = '[]';
	end loop;
	for c in 1 .. 4 loop
		perform * from dblink_get_result('s' || c) q(v text);
		perform dblink_disconnect('s' || c);
	end loop;
	return 'ok';
end $$;
select (pg_temp.events(null) ->> 'last')::bigint as n1 \gset
select is(pg_temp.storm(), 'ok', 'a reader beside four writers misses none and sees none twice');
select is((pg_temp.events(null) ->> 'last')::bigint - :n1, 200::bigint, 'and gets them all');
select is((select count(*) from events where seq is null), 0::bigint, 'every event is numbered');

-- What no dashboard shows is no event; the same row again is none either.
select (pg_temp.events(null) ->> 'last')::bigint as n2 \gset
select t.on('e1', pg_temp.segment(4)) \g /dev/null
select is((pg_temp.events(null) ->> 'last')::bigint, :n2::bigint, 'a repeated segment is no event');
select is((select coalesce(max(last), 0) from event_counters where business_id = t.id(81)), 0::bigint,
	'another business has its own numbers');
select dblink_disconnect('e1'), dblink_disconnect('e2') \g /dev/null

-- What is not kept any more, and what a restore takes back: "from" tells.
select is(pg_temp.events(null) -> 'from', '0', 'all is kept: one may go on from the beginning');
select ok(not pg_temp.events(0) ? 'from', 'only who comes asks for it');
begin;
delete from events where business_id = t.id(80) and seq <= 5;
select pg_temp.events(null) -> 'from' as gone \gset
set local role nightbell_definer;
select lib.events_anew() \g /dev/null
reset role;
select k.last as n3, k.resume_from as r3 from event_counters k where k.business_id = t.id(80) \gset
select count(*) as n4 from businesses b left join event_counters k on k.business_id = b.id
 where k.last is null or k.resume_from <> k.last \gset
set constraints all immediate;
insert into events (business_id, type, data) values (t.id(80), 'task', '{}');
select pg_temp.events(:n3) #> '{events,0,seq}' as n5, pg_temp.events(null) -> 'from' as f3 \gset
select lib.events_anew() \g /dev/null
select k.last as n6 from event_counters k where k.business_id = t.id(80) \gset
rollback;
select is(:'gone'::text, '5', 'who has the last that is gone has missed nothing');
select cmp_ok(:n3::bigint, '>', :n2::bigint + 1000000000, 'after a restore numbers go on where none was told');
select cmp_ok(:n3::bigint, '<', 1::bigint << 53, 'and no program loses digits');
select is(:r3::bigint, :n3::bigint, 'from there on');
select is(:n4::int, 0, 'of each business, also of one without events');
select is(:n5::bigint, :n3::bigint + 1, 'the next is the next one');
select is(:'f3'::text, :'n3'::text, 'nobody goes on from before');
select cmp_ok(:n6::bigint, '>', :n5::bigint, 'another restore goes on further');

-- Rows that came while there was no partition move into the one that is made.
begin;
insert into audit_log (business_id, at, actor, action) values (t.id(80), '2031-05-05 12:00+00', 'x', 'late');
create temp table made as select nightbell.make_partition('audit_log', 'audit_log_2031_05_05', 'at',
	'2031-05-05 00:00+00', '2031-05-06 00:00+00') as fresh, nightbell.make_partition('audit_log',
	'audit_log_2031_05_05', 'at', '2031-05-05 00:00+00', '2031-05-06 00:00+00') as again;
select (fresh, again)::text as made, (select tableoid::regclass::text from audit_log
	where action = 'late') as place from made \gset
rollback;
select is(:'made'::text, '(t,f)', 'a partition is made once');
select is(:'place'::text, 'audit_log_2031_05_05', 'and gets the rows that waited');
select * from finish();
