-- What models cost, and what a business may still spend today.

create or replace function lib.usage_today(business uuid) returns date
language sql stable set search_path = nightbell, pg_temp as $$
	select (lib.told_at() at time zone lib.timezone($1))::date
$$;

-- Millionths of a cent; cap: the node's, for a business without its own.
create or replace function lib.usage_left(business uuid, cap int)
returns bigint
language sql stable set search_path = nightbell, pg_temp as $$
	select greatest(coalesce((select a.daily_cap_cents from assistants a
			where a.business_id = $1 and a.active), $2, 0)::bigint
		* 1000000 - coalesce((select sum(u.cost_ucents) from usage u
			where u.business_id = $1
			  and u.day = lib.usage_today($1)), 0), 0)::bigint
$$;

-- May a model talk with the caller? The node says which one it has ("model"),
-- whether it is the usual one ("usual"), and its cap in cents. Of a private
-- call nothing goes to others. null: the script alone.
create or replace function lib.model_for(c nightbell.calls, req jsonb)
returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select jsonb_build_object('name', req ->> 'model', 'left_ucents', l.n)
	  from lib.usage_left(c.business_id, (req ->> 'cap_cents')::int) l(n)
	  left join assistants a on a.business_id = c.business_id and a.active
	 where l.n > 0 and not c.private and req ->> 'model' = coalesce(a.kind,
		case when (req ->> 'usual')::bool then req ->> 'model' end)
$$;

-- The sums of a stream so far; told twice or late, the larger ones count.
create or replace function desk.model_usage(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	c calls := lib.call_lock((req ->> 'business')::uuid,
		(req ->> 'call')::uuid);
begin
	insert into usage as u (business_id, call_id, stream, provider, model,
		day, text_in, text_cached, text_out, audio_in, audio_cached,
		audio_out, heard, cost_ucents)
	select c.business_id, c.id, coalesce((req ->> 'stream_no')::int,
		greatest(c.streams, 1)), req ->> 'provider',
		coalesce(req ->> 'model', ''), lib.usage_today(c.business_id),
		x.text_in, x.text_cached, x.text_out, x.audio_in,
		x.audio_cached, x.audio_out, x.heard, x.cost_ucents
	  from jsonb_to_record(req) as x(text_in bigint, text_cached bigint,
		text_out bigint, audio_in bigint, audio_cached bigint,
		audio_out bigint, heard bigint, cost_ucents bigint)
	on conflict (business_id, call_id, stream, provider) do update set
		text_in = greatest(u.text_in, excluded.text_in),
		text_cached = greatest(u.text_cached, excluded.text_cached),
		text_out = greatest(u.text_out, excluded.text_out),
		audio_in = greatest(u.audio_in, excluded.audio_in),
		audio_cached = greatest(u.audio_cached, excluded.audio_cached),
		audio_out = greatest(u.audio_out, excluded.audio_out),
		heard = greatest(u.heard, excluded.heard),
		cost_ucents = greatest(u.cost_ucents, excluded.cost_ucents),
		at = lib.told_at();
	return jsonb_build_object('ok', true, 'left_ucents',
		lib.usage_left(c.business_id, (req ->> 'cap_cents')::int));
end $$;
