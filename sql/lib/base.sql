-- Words that desk, api and admin share.

-- From here on this transaction is about one business.
create or replace function lib.enter(business uuid) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	if business is null then
		raise 'which business?' using errcode = 'null_value_not_allowed';
	end if;
	perform set_config('nightbell.business', business::text, true);
end $$;

-- The number, or null for what is none ("anonymous", "client:x").
create or replace function lib.e164(number text) returns nightbell.e164
language sql immutable as $$
	select case when number ~ '^\+[1-9][0-9]{6,14}$' then number end
$$;

-- A count as the carrier writes it, or null for what is none.
create or replace function lib.told_count(word text) returns bigint
language sql immutable as $$
	select case when word ~ '^[0-9]{1,7}$' then word::bigint end
$$;

-- The id, or null for what is none.
create or replace function lib.told_id(word text) returns uuid
language sql immutable as $$
	select case when word ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
		then word::uuid end
$$;

-- Business time as JSON has it: no offset.
create or replace function lib.local_text(at timestamptz, tz text) returns text
language sql stable as $$
	select to_char(at at time zone tz, 'YYYY-MM-DD"T"HH24:MI')
$$;

create or replace function lib.timezone(business uuid) returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select b.timezone from businesses b where b.id = business
$$;

-- A name as people write it, or null.
create or replace function lib.clean_name(name text) returns text
language sql immutable as $$
	select nullif(left(btrim(regexp_replace(name, '\s+', ' ', 'g')), 120), '')
$$;

-- The number said stop: to this business, or to everybody.
create or replace function lib.opted_out(business uuid, number text)
returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select exists (select from opt_outs o
		where o.number = $2 and o.ended_at is null
		  and (o.business_id = business or o.business_id is null))
$$;

-- Whoever has this number, made when they are new. Null for a withheld one.
create or replace function lib.lead_of(business uuid, phone nightbell.e164)
returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_column
declare
	lead uuid;
begin
	if phone is null then
		return null;
	end if;
	insert into leads (business_id, phone) values (business, $2)
		on conflict (business_id, phone) do nothing;
	select l.id into strict lead from leads l
	 where l.business_id = business and l.phone = $2;
	perform lib.conversation_of(business, lead);
	return lead;
end $$;

-- The conversation with a lead; touching it says that something happened.
create or replace function lib.conversation_of(business uuid, lead uuid)
returns uuid
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	conversation uuid;
begin
	insert into conversations as c (business_id, lead_id)
		values (business, lead)
		on conflict (business_id, lead_id) do update
			set last_at = greatest(c.last_at, now())
		returning c.id into conversation;
	return conversation;
end $$;

create or replace function lib.audit(business uuid, actor text, action text,
	detail jsonb) returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into audit_log (business_id, actor, action, detail)
		values ($1, $2, $3, $4)
$$;
