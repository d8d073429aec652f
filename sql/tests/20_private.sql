-- "Please don't record this": no word of what was said is left in any table;
-- and facts that the dialogue tells as they come.
begin;
select * from no_plan();
set local search_path = nightbell, public;
select t.business(20) \g /dev/null
update businesses set notify_number = t.number(20, '9'), notify = '{"summary": "all", "email": "all"}',
	notify_email = 'owner@example.test' where id = t.id(20);
update technicians set phone = '+1415555023' || right(name, 1) where business_id = t.id(20);
insert into on_call (business_id, technician_id, rank) values (t.id(20), t.id(20, 21), 1), (t.id(20), t.id(20, 22), 2);
create temp sequence keys;
create function pg_temp.tool(call jsonb, name text, args jsonb default '{}') returns jsonb language sql as $$
	select t.tool(call, 'k' || nextval('pg_temp.keys'), name, args)
$$;
create function pg_temp.said(call jsonb, seq int, words text) returns jsonb language sql as $$
	select t.desk('segments', call || jsonb_build_object('items', jsonb_build_array(jsonb_build_object('seq', seq,
		'rev', 1, 'leg', 'caller', 'start_ms', 0, 'end_ms', 9, 'text', words, 'final', true))))
$$;
-- Where a word stands: every column of every table in which words fit.
create function pg_temp.found(word text) returns text[] language plpgsql as $$
declare
	col record;
	n int;
	at text[] := '{}';
begin
	for col in select c.relname as tbl, a.attname as name from pg_class c
		  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		  join pg_type y on y.oid = a.atttypid
		 where c.relnamespace = 'nightbell'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
		   and y.typcategory in ('S', 'U', 'A') order by 1, 2 loop
		execute format('select count(*) from nightbell.%I where %I::text ilike $1', col.tbl, col.name)
			into n using '%' || word || '%';
		if n > 0 then
			at := at || format('%s.%s', col.tbl, col.name);
		end if;
	end loop;
	return at;
end $$;
-- Says all that a call can say, a secret with everything.
create function pg_temp.tells(call jsonb, seq int, start text, w text) returns int language plpgsql as $$
begin
	perform pg_temp.said(call, seq, 'my cousin ' || w || ' broke it');
	perform pg_temp.tool(call, 'book', jsonb_build_object('service', t.id(20, 1), 'start', start, 'name', 'Ann Lee',
		'notes', 'About ' || w || E'.\nNumber: +14155550177', 'details', jsonb_build_object('address', '1 Elm St',
		'problem', w, 'urgency', jsonb_build_object('level', 'today', 'words', w))));
	perform pg_temp.tool(call, 'details', jsonb_build_object('story', w, 'phone', '+14155550177'));
	perform pg_temp.tool(call, 'message', jsonb_build_object('text', 'tell them ' || w));
	perform pg_temp.tool(call, 'transfer', jsonb_build_object('reason', w));
	perform pg_temp.tool(call, 'hold', jsonb_build_object('service', w));
	perform pg_temp.tool(call, 'dispatch', jsonb_build_object('kind', case seq when 1 then 'gas' else 'co' end, 'words', 'gas says ' || w));
	perform pg_temp.tool(call, 'dispatch_note', jsonb_build_object('dispatch', (select id from nightbell.dispatches
		where call_id = (call ->> 'call')::uuid order by id desc limit 1), 'words', 'more ' || w, 'address', '1 Elm St'));
	perform pg_temp.tool(call, 'consent', jsonb_build_object('channel', 'sms', 'granted', true, 'words', 'yes ' || w));
	perform pg_temp.tool(call, 'opt_out', jsonb_build_object('words', 'no texts ' || w));
	return seq;
end $$;

select t.live_call(20, 'CA20') as c \gset
select pg_temp.tells(:'c', 1, t.monday('10:00'), 'Zebedee') \g /dev/null
set constraints all immediate;
set constraints all deferred;
select cmp_ok(cardinality(pg_temp.found('zebedee')), '>=', 10, 'words are in many places');
select is(pg_temp.tool(:'c', 'privacy', '{"record": false}'), '{"ok": true}', 'please do not record this');
select is(pg_temp.found('zebedee'), '{}', 'nothing of what was said before is left');
select pg_temp.tells(:'c', 2, t.monday('14:00'), 'Wolfram') \g /dev/null
set constraints all immediate;
set constraints all deferred;
select is(pg_temp.found('wolfram'), '{}', 'nothing of what is said after is kept');
select is((select array_agg(notes) from appointments where business_id = t.id(20)),
	array_fill('Address: 1 Elm St. Number: +14155550177.'::text, array[2]), 'facts are: where to go, which number to ring');
select matches((select string_agg(kind || ' ' || text, ' | ' order by id) from tasks where business_id = t.id(20) and kind <> 'emergency'),
	'^call_back Call back\. What was said is not kept, as the caller wished\. About: furnace repair\. Address: 1 Elm St\. '
	|| 'Number: \+14155550177\. Wished: [\w ,:]+\. \| person Wants to speak to a person\. Call back\. What was said', 'tasks say what to do');
select is((select details from call_insights where call_id = (:'c'::jsonb ->> 'call')::uuid), '{"address": "1 Elm St",
	"phone": "+14155550177", "urgency": {"level": "today"}}', 'so do the answers');
select alike((select text from tasks where business_id = t.id(20) and kind = 'emergency' order by id limit 1),
	'EMERGENCY: possible gas leak. Caller: Ann Lee, +14155550123. Address: 1 Elm St. %', 'an emergency still says where');
select t.desk('call_end', :'c'::jsonb || '{"outcome": "booked", "ended_by": "caller", "duration_ms": 1}') \g /dev/null
select is(pg_temp.found('zebedee') || pg_temp.found('wolfram'), '{}', 'nor is it when the call is over');
select alike((select summary from call_insights where call_id = (:'c'::jsonb ->> 'call')::uuid),
	'Ann Lee (415) 555-0123 called about %Nothing said is kept, as the caller wished.%', 'the summary says why');

-- facts as they come; the caller hangs up before anything is booked
select t.live_call(20, 'CA20d', '{"From": "+14155550124"}') as d \gset
select pg_temp.said(:'d', 1, 'hello there my friend') \g /dev/null
select is(pg_temp.tool(:'d', 'details', '{"name": " Bo  Diaz ", "lang": "en"}'), '{"ok": true}', 'a name');
select is(pg_temp.tool(:'d', 'details', '{"address": "9 Oak Ave", "service": "boiler check", "when": "tomorrow morning", "pets": "two dogs", "zip": null}'),
	'{"ok": true}', 'and more');
select is(pg_temp.tool(:'d', 'details', '{"name": "Bob"}'), '{"ok": true}', 'the last name');
select is((select name from leads where business_id = t.id(20) and phone = '+14155550124'), 'Bo Diaz', 'does not replace the first one');
select is((select details from call_insights where call_id = (:'d'::jsonb ->> 'call')::uuid),
	'{"name": "Bob", "pets": "two dogs", "when": "tomorrow morning", "address": "9 Oak Ave", "service": "boiler check"}', 'all is kept');
select t.desk('call_end', :'d'::jsonb || '{"outcome": "hung_up", "ended_by": "caller", "duration_ms": 9}') \g /dev/null
select is((select array[who, what, address, when_text] from call_insights where call_id = (:'d'::jsonb ->> 'call')::uuid),
	'{"Bo Diaz (415) 555-0124","boiler check","9 Oak Ave","tomorrow morning"}', 'who, what, where, when');
select is((select name || ': ' || text from tasks where call_id = (:'d'::jsonb ->> 'call')::uuid), 'Bob: Call back. Hung up before it was settled. '
	|| 'About: boiler check. Address: 9 Oak Ave. Wished: tomorrow morning.', 'the task says it');
select alike((select payload ->> 'body' from outbox where key = 'notice:summary:' || (:'d'::jsonb ->> 'call')),
	'%Bo Diaz (415) 555-0124 called about boiler check.%Address: 9 Oak Ave.%', 'the owner is told');
select t.live_call(20, 'CA20w', '{"From": "anonymous"}') as w \gset
select pg_temp.tool(:'w', 'details', jsonb_build_object('name', 'Wes', 'service', t.id(20, 1), 'when', t.monday('09:00'))) \g /dev/null
select t.desk('call_end', :'w'::jsonb || '{"outcome": "hung_up", "ended_by": "caller", "duration_ms": 9}') \g /dev/null
select matches((select concat_ws(', ', who, what, when_text) from call_insights where call_id = (:'w'::jsonb ->> 'call')::uuid),
	'^Wes number withheld, furnace repair, Mon, \w+ \d+ at 9:00 AM$', 'our services and times by their names');

-- an emergency of which more is told
select t.live_call(20, 'CA20e', '{"From": "+14155550126"}') as e \gset
select pg_temp.tool(:'e', 'dispatch', '{"kind": "flood", "words": "water everywhere"}') ->> 'dispatch' as id \gset
create function pg_temp.told(number text) returns text[] language sql as $$
	select array_agg(payload ->> 'body' order by id) from nightbell.outbox
	 where business_id = t.id(20) and payload ->> 'to' = $1 and key like 'dispatch-note:%' and created_at = now()
	   and payload ->> 'body' like '%flooding%'
$$;
select is(pg_temp.tool(:'e', 'dispatch_note', jsonb_build_object('dispatch', :'id', 'address', '5 Lake Rd', 'name', 'Cy')), '{"ok": true}', 'an address');
select is(pg_temp.tool(:'e', 'dispatch_note', jsonb_build_object('dispatch', :'id', 'address', '5 Lake Rd', 'name', 'Cy')), '{"ok": true}', 'again');
select is(pg_temp.tool(:'e', 'dispatch_note', jsonb_build_object('dispatch', :'id', 'words', 'it is in the cellar')), '{"ok": true}', 'words');
select is((select array[address, name, words] from dispatches where id = :'id'), '{"5 Lake Rd",Cy,"water everywhere / it is in the cellar"}', 'kept');
select is(pg_temp.told('+14155550231'), array['Business 20: More about the emergency (flooding): Caller: Cy. Address: 5 Lake Rd.',
	'Business 20: More about the emergency (flooding): They said: "water everywhere / it is in the cellar"'], 'who was asked is told, once');
select is(pg_temp.told('+14155550232'), null, 'others are not');
select alike((select text from tasks where call_id = (:'e'::jsonb ->> 'call')::uuid), '%Cy, +14155550126. Address: 5 Lake Rd.%cellar%', 'the task says it');
select is(pg_temp.tool(:'w', 'dispatch_note', jsonb_build_object('dispatch', :'id', 'address', 'x')) ->> 'error', 'no_dispatch', 'another call cannot');
select * from finish();
rollback;
