-- Numbers of payment cards do not stay in texts, however they are written:
-- with blanks or dots, in words, or in several texts one after the other.

-- Is this digits of a payment card? The last digit checks the others (Luhn).
create or replace function lib.card_digits(digits text) returns bool
language plpgsql immutable as $$
declare
	sum int := 0;
	d int;
	n int := length(digits);
begin
	if digits !~ '^[2-6][0-9]{12,18}$' then
		return false;
	end if;
	for i in 1 .. n loop
		d := ascii(substr(digits, i, 1)) - 48;
		if (n - i) % 2 = 1 then
			d := d * 2 - case when d > 4 then 9 else 0 end;
		end if;
		sum := sum + d;
	end loop;
	return sum % 10 = 0;
end $$;

-- The digits of "4242", "four", "twelve", "forty two", "cuarenta y dos".
create or replace function lib.number_digits(token text) returns text
language sql immutable as $$
	select case when token ~ '^[0-9]' then token else (
		select string_agg(case
			when u is not null then (u % 10)::text
			when n is not null then (n + 9)::text
			when z is not null and nr < max_nr then (z + 1)::text
			when z is not null then ((z + 1) * 10)::text
			when v is not null then '2' || v else '' end, '' order by nr)
		  from (select nr, max(nr) over () as max_nr,
			coalesce(array_position(array['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'zero'], w),
				array_position(array['uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'cero'], w),
				case w when 'oh' then 10 end) as u,
			coalesce(array_position(array['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen',
				'eighteen', 'nineteen'], w), array_position(array['diez', 'once', 'doce', 'trece', 'catorce', 'quince',
				'dieciseis', 'diecisiete', 'dieciocho', 'diecinueve'], w)) as n,
			coalesce(array_position(array['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'], w),
				array_position(array['veinte', 'treinta', 'cuarenta', 'cincuenta', 'sesenta', 'setenta', 'ochenta', 'noventa'], w)) as z,
			array_position(array['veintiuno', 'veintidos', 'veintitres', 'veinticuatro', 'veinticinco', 'veintiseis', 'veintisiete',
				'veintiocho', 'veintinueve'], w) as v
		  from regexp_split_to_table(translate(lower(token), 'áéíóú', 'aeiou'), '[\s-]+')
			with ordinality x(w, nr) where w <> 'y') each) end
$$;

-- Card numbers struck out. chr(30) stands between texts of one sender: what a
-- number is that runs over it, is stricter. Two telephone numbers in a row
-- are none.
create or replace function lib.mask_card_holes(body text) returns text
language plpgsql immutable as $$
declare
	unit text := '(one|two|three|four|five|six|seven|eight|nine|zero|oh|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|cero)';
	pat text := '\d+|\m((twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)'
		'([\s-]+(y\s+)?' || unit || ')?|' || unit || '|ten|eleven|twelve|(thir|four|fif|six|seven|eigh|nine)teen|veinte|'
		'veinti(uno|d[oó]s|tr[eé]s|cuatro|cinco|s[eé]is|siete|ocho|nueve)|diez|once|doce|trece|catorce|quince|dieci(s[eé]is|siete|ocho|nueve))\M';
	-- as long as the body: places in it are places in that
	work text := regexp_replace(translate(body, '０１２３４５６７８９', '0123456789'),
		'\m\d{3}[ .–-]\d{3}[ .–-]\d{4}\M', 'xxxxxxxxxxxx', 'g');
	mark text := chr(29);	-- around what is a number
	pieces text[];
	starts int[] := '{}';
	ends int[] := '{}';
	vals text[] := '{}';
	linked bool[] := '{}';
	holes int[] := '{}';	-- where they begin, each with
	tails int[] := '{}';	-- where it ends
	used bool[];
	at int := 1;
	gap text;
	acc text;
	len int;
	i int;
	n int;
begin
	pieces := regexp_split_to_array(regexp_replace(replace(work, mark, ' '),
		pat, mark || '\&' || mark, 'gi'), mark);
	for p in 1 .. array_length(pieces, 1) / 2 loop
		gap := pieces[2 * p - 1];
		acc := pieces[2 * p];
		starts := starts || at + length(gap);
		at := at + length(gap) + length(acc);
		ends := ends || at;
		vals := vals || case when acc ~ '^\d' then acc
			else lib.number_digits(acc) end;
		linked := linked || (gap ~ '^[\s.,_/\\–—-]{0,3}$'
			or gap ~* '^\s+(y|and|dash|gui[oó]n)\s+$'
			or gap ~* ('^[^\d' || chr(30) || ']{0,30}' || chr(30)
				|| '([\s.,;:_/–—-]|and|then|next|rest|the|is|y|luego|el|resto|es|'
				|| 'ok|last|digits|numbers|n[uú]meros)*$'));
	end loop;
	n := coalesce(array_length(vals, 1), 0);
	if length(array_to_string(vals, '')) < 13 then
		return body;
	end if;
	used := array_fill(false, array[n]);
	foreach len in array array[16, 15, 19, 18, 17, 14, 13] loop
		for i in 1 .. n loop
			acc := '';
			for j in i .. n loop
				exit when used[j] or j > i and not linked[j];
				acc := acc || vals[j];
				exit when length(acc) > len or acc !~ '^[2-6]';
				continue when length(acc) < len
					or not lib.card_digits(acc);
				continue when strpos(substr(body, starts[i],
					ends[j] - starts[i]), chr(30)) > 0
					and acc !~ '^(.{16}|3[47].{13})$';
				holes := holes || starts[i];
				tails := tails || ends[j];
				for k in i .. j loop
					used[k] := true;
				end loop;
				exit;
			end loop;
		end loop;
	end loop;
	-- from the last to the first, so that places stay where they are
	for i, n in select h, t from unnest(holes, tails) x(h, t)
			order by h desc loop
		acc := substr(body, i, n - i);
		body := overlay(body placing '[card number]' || repeat(chr(30)
			|| '[card number]', length(acc)
			- length(replace(acc, chr(30), ''))) from i for n - i);
	end loop;
	-- the date and the code that stand right behind
	return case when holes = '{}' then body else regexp_replace(body,
		'(\[card number\])(\W*(exp\w*|vence\w*|valid\w*|thru)?\W*\d{1,2}\s*[/-]\s*\d{2,4})?'
		'(\W*(cvv2?|cvc2?|csc|cid|(security )?code|c[oó]digo)?\W{1,4}\d{3,4}(?![\w -]*\w))?',
		'\1', 'gi') end;
end $$;

-- The code on a card's back, wherever it is named, and the card's date where
-- there is a card. "security code" and "code" alone are also a gate's.
create or replace function lib.mask_codes(body text) returns text
language plpgsql immutable as $$
declare
	unit text := '(?:one|two|three|four|five|six|seven|eight|nine|zero|oh|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|cero)';
	code text := '(?:\d{3,4}|' || unit || '(?:[\s,-]+' || unit || '){2,3})(?![[:alnum:]/-])';
	filler text := '(?:[^[:alnum:]]+(?:is|it|its|s|es|are|son|no|number|n[uú]mero|code|c[oó]digo|on|in|of|for|de|del|la|el|the|my|mi|back|card|tarjeta|'
		'atr[aá]s)\M){0,7}[^[:alnum:]]{1,4}';
	names text := 'cvv2?|cvc2?';
begin
	if body ~* '\[card number\]|\m(card|cards|visa|mastercard|amex|tarjeta)\M' then
		names := names || '|csc|cid|(?:security|verification|seguridad)(?: (?:code|number|pin))?|'
			'(?:three|four|3|4|tres|cuatro|last)(?: last)? (?:digits?|numbers?|d[ií]gitos|n[uú]meros)';
	end if;
	if strpos(body, '[card number]') > 0 then
		names := names || '|(?<!(gate|door|entry|building|garage|lockbox|lock box|alarm|zip|postal|error|area|promo|discount|fault) )(?:code|pin|c[oó]digo)';
		body := regexp_replace(body, '(\m(?:exp\w*|vence\w*|vencimiento|valid\w*|good)(?: (?:date|is|on|the|thru|through|until|till|el|es|en|fecha)\M)*'
			'[^[:alnum:]]{1,3})(?:\d{1,2}\s?[/.-]\s?(?:\d{4}|\d\d)|\d{4})(?![[:alnum:]/-])', '\1***', 'gi');
	end if;
	return regexp_replace(body, '(\m(?:' || names || ')\M' || filler || ')'
		|| code, '\1***', 'gi');
end $$;

create or replace function lib.mask_cards(body text) returns text
language sql immutable as $$
	select lib.mask_codes(lib.mask_card_holes(replace(body, chr(30), ' ')))
$$;

-- A number in up to four texts of an hour: those before lose their part of it,
-- wherever it was copied to. Returns what is left of this one. Nobody writes
-- pieces of a number in long texts.
create or replace function lib.mask_texts(business uuid, lead uuid, sid text,
	body text) returns text
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	ids uuid[];
	was text[];
	parts text[];
begin
	perform lib.conversation_of(business, lead);	-- texts in turn
	select array_agg(x.id order by x.id), array_agg(x.body order by x.id)
	  into ids, was
	  from (select m.id, replace(m.body, chr(30), ' ') as body
		  from messages m
		 where m.business_id = business and m.lead_id = lead
		   and m.direction = 'in' and m.provider_id is distinct from sid
		   and m.created_at > now() - interval '1 hour'
		 order by m.id desc limit 3) x
	 where length(x.body) <= 300;
	if ids is null or length(body) > 300 then
		return body;
	end if;
	-- the date and the code of a card that was in the text before
	if strpos(was[cardinality(was)], '[card number]') > 0 and body ~* (
			'^\W*((exp\w*|vence\w*|valid\w*|cvv2?|cvc2?|code|c[oó]digo|security|date|is|it|es|the|el|and|y)\M\W*)*'
			'(\d{1,2}\s?[/.-]\s?\d{2,4}\W*)?((cvv2?|cvc2?|code|c[oó]digo|security|is|es|the|el|and|y)\M\W*)*(\d{3,4})?\W*$')
			and body ~ '\d' then
		return '***';
	end if;
	parts := string_to_array(lib.mask_card_holes(array_to_string(
		was || body, chr(30))), chr(30));
	if cardinality(parts) <> cardinality(was) + 1 then
		return body;	-- the code behind stood in another text
	end if;
	for i in 1 .. cardinality(ids) loop
		if parts[i] <> was[i] then
			perform lib.mask_text_again(business, lead, ids[i],
				was[i], parts[i]);
		end if;
	end loop;
	return lib.mask_codes(parts[cardinality(parts)]);
end $$;

create or replace function lib.mask_text_again(business uuid, lead uuid,
	message uuid, was text, body text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	old text := '"' || left(was, 1000) || '"';
	new text := '"' || left(body, 1000) || '"';
begin
	update messages m set body = body
	 where m.business_id = business and m.id = message;
	update tasks t set text = replace(t.text, old, new)
	 where t.business_id = business and t.lead_id = lead
	   and strpos(t.text, old) > 0;
	update dispatches d set words = replace(d.words, was, body)
	 where d.business_id = business and d.lead_id = lead
	   and strpos(d.words, was) > 0;
	update outbox o set payload = o.payload
		|| jsonb_strip_nulls(jsonb_build_object(
			'body', replace(o.payload ->> 'body', old, new),
			'text', replace(o.payload ->> 'text', old, new)))
	 where o.business_id = business and o.created_at > now() - interval '1 hour'
	   and (o.key like 'notice:text:%' or o.key like 'text-mail:%')
	   and strpos(coalesce(o.payload ->> 'body', o.payload ->> 'text'),
		old) > 0;
	update events e
	   set data = e.data || case e.type
		when 'message' then jsonb_build_object('body', body)
		else jsonb_build_object('text',
			replace(e.data ->> 'text', old, new)) end
	 where e.business_id = business and e.at > now() - interval '1 hour'
	   and (e.type = 'message' and e.data ->> 'id' = message::text
		or e.type = 'task' and e.data ->> 'lead' = lead::text
			and strpos(e.data ->> 'text', old) > 0);
end $$;
