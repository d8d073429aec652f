-- Nodes keep a snapshot of what calls need (desk.snapshot): they hear when any
-- of it has changed. Once per transaction, however much it changed.
create function nightbell.plans_changed() returns trigger
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform pg_notify('nightbell_plans', '');
	return null;
end $$;

do $$
declare
	t text;
begin
	foreach t in array array['businesses', 'phone_numbers', 'hours',
			'holidays', 'services', 'technicians', 'scripts',
			'assistants', 'places', 'on_call'] loop
		execute format('create trigger plans_changed
			after insert or update or delete on nightbell.%I
			for each statement
			execute function nightbell.plans_changed()', t);
	end loop;
end $$;
