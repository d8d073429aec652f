-- Security definer: from a number or the carrier's id to the business. Owned
-- by nightbell_definer, who may see these columns' tables and nothing else.
set local role nightbell_definer;

create or replace function desk.number_find(number text)
returns table (business uuid, mode text, owner_number text, ring_s int)
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select p.business_id, p.mode, p.owner_number, p.ring_s
	  from phone_numbers p where p.number = $1
$$;

create or replace function desk.call_find(sid text)
returns table (business uuid, call uuid)
language sql stable security definer set search_path = nightbell, pg_temp as $$
	select c.business_id, c.id from calls c where c.carrier_sid = $1 limit 1
$$;

set local role nightbell_owner;
