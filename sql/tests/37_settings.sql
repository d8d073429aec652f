-- What a business's script says of its calls ("defaults": who may interrupt,
-- the echo canceller) reaches each of its streams, and no one else's.
begin;
select plan(4);
set local search_path = nightbell, public;
select t.business(370), t.business(371) \g /dev/null
update scripts set content = content || '{"defaults": {"echo": "off", "barge_in": "words"}}'
	where business_id = t.id(370);
select t.live_call(370, 'CA37a') as a, t.live_call(371, 'CA37b') as b \gset

create function pg_temp.again(call jsonb, n text) returns jsonb language sql as $$
	select t.desk('stream_begin', call || jsonb_build_object('nonce', 'nonce-37-' || n, 'stream', 'MZ37' || n, 'node', 'n'))
$$;

select is(pg_temp.again(:'a', '1') #> '{script,defaults}', '{"echo": "off", "barge_in": "words"}', 'its own');
select is(pg_temp.again(:'b', '2') #> '{script,defaults}', null, 'not the other''s');
update scripts set content = jsonb_set(content, '{defaults,echo}', '"on"') where business_id = t.id(370);
select is(pg_temp.again(:'a', '3') #>> '{script,defaults,echo}', 'on', 'from the next stream on');
select is((select lib.call_context(c, now()) #>> '{script,defaults,echo}' from calls c where c.business_id = t.id(370) limit 1),
	'on', 'as the node''s snapshot has it');
select * from finish();
rollback;
