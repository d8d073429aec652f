-- What the relay needs to keep its channels apart, and what it learns of
-- numbers that the carrier refuses.

-- E-mail is something that happens outside, too.
alter table nightbell.outbox drop constraint outbox_kind_check;
alter table nightbell.outbox add constraint outbox_kind_check
	check (kind in ('sms', 'call', 'dispatch_next', 'call_over', 'email'));

-- held: its sender's number has a problem, see phone_numbers.
insert into nightbell.outbox_steps values ('held');

alter table nightbell.outbox
	-- each has its own rate; timer is what happens here in SQL
	add column channel text not null generated always as (case when kind
		in ('sms', 'call', 'email') then kind else 'timer' end) stored,
	-- attempts that were not its fault (too busy, our password)
	add column spared int not null default 0,
	-- it ended without anybody knowing whether it went out
	add column maybe_sent bool not null default false;
drop index nightbell.outbox_due_at_idx;
drop index nightbell.outbox_lease_until_idx;
create index outbox_due on nightbell.outbox (channel, due_at)
	where state in ('queued', 'unsure');
create index outbox_leased on nightbell.outbox (channel, lease_until)
	where state = 'claimed';
create index outbox_held on nightbell.outbox (business_id)
	where state = 'held';
-- What the carrier has on its list and which row it belongs to.
create index outbox_sent on nightbell.outbox (business_id, provider_id)
	where provider_id is not null;
create index outbox_sent_to on nightbell.outbox
	(business_id, (payload ->> 'to'), created_at)
	where provider_id is not null;

-- Why the carrier takes no texts from this number. Ends with its task.
alter table nightbell.phone_numbers
	add column problem text check (problem in ('unregistered')),
	add column problem_code text,
	add column problem_at timestamptz,
	add column problem_task uuid,
	add foreign key (business_id, problem_task) references nightbell.tasks,
	add check ((problem is null) = (problem_at is null));
create index on nightbell.phone_numbers (business_id, problem_task);

alter table nightbell.tasks drop constraint tasks_kind_check;
alter table nightbell.tasks add constraint tasks_kind_check
	check (kind in ('call_back', 'person', 'emergency', 'number'));

-- Whoever says that it is done lets the texts go on.
create function nightbell.number_task_done() returns trigger
language plpgsql set search_path = nightbell, pg_temp as $$
begin
	perform lib.number_clear(new.business_id, p.number)
	   from phone_numbers p
	  where p.business_id = new.business_id and p.problem_task = new.id;
	return null;
end $$;
create trigger number_done after update of status on nightbell.tasks
	for each row when (new.kind = 'number' and new.status = 'done')
	execute function nightbell.number_task_done();

-- Summaries by e-mail: "email": "none|booked|all" in notify.
alter table nightbell.businesses
	add column notify_email text check (notify_email like '_%@_%'
		and length(notify_email) <= 320),
	add check (coalesce(notify ->> 'email', 'none')
		in ('none', 'booked', 'all'));
