-- How the functions that the gateway calls are carried out over the year: all
-- of api.* with each word that a request may have, all of desk.* over some
-- days of calls and texts. auto_explain tells the plans, nested ones too, as
-- notices; "NOW function words ok" ends those of one request. year.mjs reads.
-- Each is asked seven times: then plans are the generic ones, where a function
-- keeps plans.
\set ON_ERROR_STOP on
\set VERBOSITY terse
set search_path = nightbell, public;

create function y.ask(f text, variadic args text[]) returns jsonb
language plpgsql as $$
declare
	answer jsonb;
begin
	execute format('select to_jsonb(%s(%s))', f, (select string_agg(
		quote_nullable(a), ', ' order by i)
		from unnest(args) with ordinality u(a, i))) into answer;
	raise notice 'NOW % % ok', f, coalesce((select string_agg(k, '+')
		from jsonb_object_keys(args[3]::jsonb) k),
		substring(args[1] from '"name": "(\w+)"'), '-');
	return answer;
exception when others then
	raise notice 'NOW % % %', f, regexp_replace(coalesce(args[3], args[1],
		'-'), '\s+', '', 'g'), regexp_replace(sqlerrm, '\s+', '_', 'g');
	return null;
end $$;
create function y.ask(f text) returns jsonb language sql as
	$$ select y.ask(f, variadic '{}'::text[]) $$;
-- What the functions left for the commit belongs to them.
create procedure y.done() language plpgsql as $$
begin
	commit;
	raise notice 'NOW commit - ok';
end $$;

\i tools/bench/year/plans_api.sql
\i tools/bench/year/plans_desk.sql

-- The other side: what should not be there is noticed.
create function y.reads_all() returns bigint language sql as
	$$ select count(*) from calls where ended_by = 'caller' $$;
create function y.reads_many() returns bigint language sql as
	$$ select sum(duration_ms) from (select duration_ms from calls
		order by business_id, id limit 10000) x $$;

load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set auto_explain.log_analyze = on;
set auto_explain.log_timing = off;
set auto_explain.log_format = json;
set auto_explain.log_level = notice;
set client_min_messages = notice;
grant usage on schema y to public;
grant execute on all functions in schema y to public;
grant execute on all procedures in schema y to public;

set role nightbell_api;
call y.api();
set role nightbell_gateway;
call y.gateway();
set role nightbell_relay;
call y.relay();
reset role;
select y.ask('y.reads_all');
select y.ask('y.reads_many');
