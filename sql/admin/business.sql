-- A business, complete enough to answer its first call: {"name", "number",
-- "owner" (a phone), "timezone", "lang", "mode", "trade", "script",
-- "hours": {"days": [0..6], "opens", "closes"}, "services": [{"name", "names",
-- "words", "minutes", "cents", "skill"}]}.
create or replace function admin.business_add(req jsonb) returns jsonb
language plpgsql set search_path = nightbell, pg_temp as $$
declare
	b uuid := uuid_v7();
	h jsonb := coalesce(req -> 'hours', '{}');
	tech uuid;
begin
	perform lib.enter(b);
	insert into businesses (id, name, timezone, lang, notify_number, notify)
	values (b, req ->> 'name', req ->> 'timezone',
		coalesce(req ->> 'lang', 'en'), (req ->> 'owner')::e164,
		'{"missed": true, "emergency": true, "summary": "booked"}');
	begin
		insert into phone_numbers (number, business_id, mode, owner_number)
		values ((req ->> 'number')::e164, b, coalesce(req ->> 'mode',
			'ring_first'), (req ->> 'owner')::e164);
	exception when unique_violation then
		raise 'the number % is served already', req ->> 'number'
			using errcode = 'unique_violation';
	end;
	insert into hours (business_id, dow, opens, closes)
	select b, d::int, (coalesce(h ->> 'opens', '08:00'))::time,
		(coalesce(h ->> 'closes', '18:00'))::time
	  from jsonb_array_elements_text(coalesce(h -> 'days',
		'[1, 2, 3, 4, 5]')) d;
	insert into services (business_id, name, names, words, duration_min,
		price_cents, position)
	select b, s ->> 'name', coalesce(s -> 'names', '{}'),
		array(select jsonb_array_elements_text(s -> 'words')),
		coalesce((s ->> 'minutes')::int, 60), (s ->> 'cents')::int, i
	  from jsonb_array_elements(coalesce(req -> 'services', '[]'))
		with ordinality x(s, i);
	-- Somebody has to come; a name is all that booking needs.
	insert into technicians (business_id, name, phone)
	values (b, 'The team', (req ->> 'owner')::e164) returning id into tech;
	insert into on_call (business_id, technician_id) values (b, tech);
	insert into assistants (business_id, name, lang)
	values (b, 'Assistant', coalesce(req ->> 'lang', 'en'));
	if req ? 'script' then
		perform admin.script_put(b, coalesce(req ->> 'trade', 'main'),
			req -> 'script');
	end if;
	perform lib.audit(b, session_user, 'business_add', jsonb_build_object(
		'name', req ->> 'name', 'number', req ->> 'number'));
	return jsonb_build_object('business', b);
end $$;
