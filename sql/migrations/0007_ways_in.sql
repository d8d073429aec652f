-- Ways in: the owner takes a call by a key, a missed call is answered by a
-- text, and what is left of a call when it is over.
alter table nightbell.businesses
	-- one text per caller and this long
	add column missed_window interval not null default '4 hours'
		check (missed_window >= interval '1 minute'),
	-- who hears of calls, and of which:
	-- {"missed": bool, "emergency": bool, "summary": "none|booked|all"}
	add column notify_number nightbell.e164,
	add column notify jsonb not null default '{}' check
		(jsonb_typeof(notify) = 'object'
		and coalesce(notify ->> 'missed', 'false') in ('true', 'false')
		and coalesce(notify ->> 'emergency', 'true') in ('true', 'false')
		and coalesce(notify ->> 'summary', 'none')
			in ('none', 'booked', 'all'));

-- The owner's phone: picked up says nothing (a voicemail does that, too).
alter table nightbell.legs add column accepted_at timestamptz;

-- mark: who calls so is not called back.
alter table nightbell.calls add column mark text
	check (mark in ('robocall', 'sales', 'wrong_number', 'abusive'));
create index on nightbell.calls (business_id, caller) where mark is not null;

-- What the carrier taught us about a number: no text gets there.
create table nightbell.number_facts (
	business_id uuid not null references nightbell.businesses,
	number nightbell.e164 not null,
	landline bool not null default false,
	code text,			-- the carrier's word for it
	at timestamptz not null default now(),
	primary key (business_id, number)
);
select nightbell.protect('nightbell.number_facts');

-- The one text that may go to a number that said stop: that we heard it.
alter table nightbell.outbox
	add column allow_opted_out bool not null default false;

-- One row per call that the assistant had. Written during the call (details)
-- and when it is over (the rest); the last writing counts.
create table nightbell.call_insights (
	business_id uuid not null,
	call_id uuid not null,
	summary text,			-- a few sentences; null: call goes on
	who text,
	what text,
	urgency text check (urgency in ('emergency', 'now', 'today',
		'soon', 'any')),
	address text,
	when_text text,
	done text,
	open text,			-- null: nothing is left to do
	next_action text,		-- the words of the task
	task_id uuid,
	task_made bool not null default false,	-- by this row
	outcome text,
	lang text check (lang in ('en', 'es')),
	details jsonb not null default '{}'
		check (jsonb_typeof(details) = 'object'),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (business_id, call_id),
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, task_id) references nightbell.tasks
);
select nightbell.protect('nightbell.call_insights');

-- To dashboards it is a part of the call.
create trigger tell after insert or update on nightbell.call_insights
	for each row
	execute function nightbell.event_of_row('call', 'insight_call_json');
