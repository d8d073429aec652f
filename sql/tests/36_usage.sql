-- What models cost, the day's cap, and who may be talked with by one.
begin;
select plan(21);
set local search_path = nightbell, public;
select t.business(360), t.business(361) \g /dev/null
select t.live_call(360, 'CA36a') as a, t.live_call(361, 'CA36b') as b \gset

create function pg_temp.model(call jsonb, more jsonb) returns jsonb language sql as $$
	select t.run('nightbell_gateway', format(
		'(select lib.model_for(c, %L) from lib.call_lock(%L, %L) c)',
		'{"model": "openai", "cap_cents": 10}'::jsonb || more,
		call ->> 'business', call ->> 'call'))
$$;
create function pg_temp.used(call jsonb, ucents bigint, more jsonb default '{}') returns bigint language sql as $$
	select (t.desk('model_usage', call || jsonb_build_object('provider', 'openai', 'model', 'm', 'cap_cents', 10,
		'text_in', 1, 'text_cached', 2, 'text_out', 3, 'audio_in', 4, 'audio_cached', 5, 'audio_out', 6,
		'heard', 7, 'cost_ucents', ucents) || more) ->> 'left_ucents')::bigint
$$;

select is(pg_temp.model(:'a', '{"usual": true}'), '{"name": "openai", "left_ucents": 10000000}',
	'the node''s usual one');
select is(pg_temp.model(:'a', '{"usual": false}'), null, 'not usual, not chosen');
update assistants set kind = 'openai' where business_id = t.id(360);
select is(pg_temp.model(:'a', '{"usual": false}') ->> 'name', 'openai', 'chosen by the business');
update assistants set kind = 'script' where business_id = t.id(360);
select is(pg_temp.model(:'a', '{"usual": true}'), null, 'the business wants the script');
update assistants set kind = 'other' where business_id = t.id(360);
select is(pg_temp.model(:'a', '{"usual": true}'), null, 'a model that this node has not');
update assistants set kind = null where business_id = t.id(360);
select is(pg_temp.model(:'a', '{"usual": true, "cap_cents": 0}'), null, 'a cap of nothing');

select is(pg_temp.used(:'a', 4000000), 6000000::bigint, 'what is left');
select is(pg_temp.used(:'a', 4000000), 6000000::bigint, 'told twice, counted once');
select is(pg_temp.used(:'a', 3000000, '{"audio_out": 9}'), 6000000::bigint, 'late news is old news');
select is((select array[text_in, text_cached, text_out, audio_in, audio_cached, audio_out, heard, cost_ucents]
	from usage), array[1, 2, 3, 4, 5, 9, 7, 4000000]::bigint[], 'the larger sums');
select is((select array[stream::text, provider, model] from usage), array['1', 'openai', 'm'], 'of which stream');
select is(pg_temp.used(:'a', 5000000, '{"stream_no": 2}'), 1000000::bigint, 'another stream adds');
select is(pg_temp.model(:'a', '{"usual": true}') ->> 'left_ucents', '1000000', 'the next call knows');
select is(pg_temp.used(:'a', 9000000), 0::bigint, 'never below nothing');
select is(pg_temp.model(:'a', '{"usual": true}'), null, 'the cap is reached');
update assistants set daily_cap_cents = 100 where business_id = t.id(360);
select is(pg_temp.model(:'a', '{"usual": true}') ->> 'left_ucents', '86000000', 'its own cap counts');
update usage set day = day - 1;
select is(pg_temp.model(:'a', '{"usual": true}') ->> 'left_ucents', '100000000', 'a new day, new money');
select is((pg_temp.model(:'b', '{"usual": true}') ->> 'left_ucents')::bigint, 10000000::bigint,
	'others pay for themselves');
update calls set private = true where id = (:'a'::jsonb ->> 'call')::uuid;
select is(pg_temp.model(:'a', '{"usual": true}'), null, 'of a private call nothing goes to others');
select is(t.desk('late', jsonb_build_object('fn', 'model_usage', 'at_ms', 1000 * extract(epoch from now()),
	'arg', :'b'::jsonb || '{"provider": "openai", "cost_ucents": 5, "text_in": 0, "text_cached": 0, "text_out": 0,
	"audio_in": 0, "audio_cached": 0, "audio_out": 0, "heard": 0}')) ->> 'ok', 'true', 'told after an outage');
select throws_ok($$select t.desk('model_usage', jsonb_build_object('business', t.id(361), 'call',
	(select id from calls where business_id = t.id(360) limit 1), 'provider', 'openai'))$$, 'P0002', null,
	'no call of another business');
select * from finish();
rollback;
