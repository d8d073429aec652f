-- An emergency can be told by a text: then there is no call.
alter table nightbell.dispatches alter column call_id drop not null;
create index on nightbell.dispatches (business_id, lead_id, created_at);

-- The one task of a lead that gathers what they write.
alter table nightbell.tasks add column from_texts bool not null default false;
create unique index tasks_of_texts on nightbell.tasks (business_id, lead_id)
	where from_texts and status = 'open';
