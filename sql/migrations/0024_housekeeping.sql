-- What gets old goes, and a call whose worker died comes to an end.

-- So long a business keeps what was said on the phone.
alter table nightbell.businesses
	add column keep_days int not null default 730
		check (keep_days between 1 and 3650);

-- The same for what is cut by day for all businesses together. One row, for
-- whoever runs the machines.
create table nightbell.retention (
	one bool primary key default true check (one),
	events_days int not null default 30 check (events_days >= 2),
	audit_days int not null default 730 check (audit_days >= 30)
);
select nightbell.protect_global('nightbell.retention',
	'nightbell_owner', 'nightbell_migrate');
insert into nightbell.retention default values;

-- Calls that are not over: few, and asked for every minute.
create index calls_open on nightbell.calls (business_id, started_at)
	where status in ('received', 'ringing', 'connecting', 'live');
create index on nightbell.webhook_plans (business_id, at);
create index on nightbell.tool_results (business_id, at);
create index on nightbell.carrier_callbacks (business_id, at);
create index on nightbell.stream_tokens (business_id, used_at);
create index holds_held on nightbell.holds (business_id, expires_at)
	where state = 'held';
