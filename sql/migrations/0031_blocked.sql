-- Who is blocked is in the snapshots of nodes, too.
create trigger plans_changed
	after insert or update or delete on nightbell.blocked_callers
	for each statement execute function nightbell.plans_changed();
