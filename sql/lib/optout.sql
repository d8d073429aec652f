-- No more texts to this number. Always kept, whatever happens to the rest.

-- The number of ours that this one knows: last called, or texted with.
create or replace function lib.our_number(business uuid, number text)
returns text
language sql stable set search_path = nightbell, pg_temp as $$
	select x.ours from (
		(select c.number as ours, c.started_at as at from calls c
		  where c.business_id = business and c.caller = $2
		  order by c.started_at desc limit 1)
		union all
		(select m.to_number, m.created_at from messages m
		  where m.business_id = business and m.from_number = $2
		    and m.direction = 'in'
		  order by m.created_at desc limit 1)) x
	 order by x.at desc limit 1
$$;

create or replace function lib.opted_out_words(business_name text, lang text)
returns text
language sql immutable as $$
	select case lang when 'es'
		then format('%s: Ya no recibirá más mensajes de texto de nosotros. '
			'Para volver a recibirlos, responda START.', $1)
		else format('%s: You will get no more texts from us. '
			'To get them again, reply START.', $1) end
$$;

-- Stores the wish, drops what waits, and confirms it by exactly one text,
-- unless the carrier does that itself (its own words, by text) or nobody may
-- (source carrier). True: the number had not said so before. lang null: the
-- lead's language.
create or replace function lib.opt_out(business uuid, number text, source text,
	words text, lang text default null) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	row_id uuid;
	lead uuid;
	said text;
begin
	insert into opt_outs as o (business_id, number, source, words)
	values (business, number, source, left(words, 1600))
	on conflict do nothing
	returning o.id into row_id;
	perform lib.texts_cancel(business, number);
	if row_id is null then
		return false;
	end if;
	if source = 'carrier' or source = 'sms'
			and lib.carrier_word(words) = 'stop' then
		return true;
	end if;
	lead := lib.lead_of(business, number::nightbell.e164);
	select lib.opted_out_words(b.name, coalesce(lang,
			lib.lang_of(business, lead)))
	  into said from businesses b where b.id = business;
	perform lib.text_queue(business, lead, null,
		lib.our_number(business, number), number, said,
		'opted_out:' || row_id, interval '1 hour', true, true);
	return true;
end $$;
