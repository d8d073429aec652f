-- Where readers of events may still go on: the lowest number that "after" may
-- be. It rises when a restore begins a new range of numbers.
alter table nightbell.event_counters
	add column resume_from bigint not null default 0;
create policy restore on nightbell.event_counters to nightbell_definer
	using (true) with check (true);
