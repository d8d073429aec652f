-- What a call may ask for beside a visit: a person, help in an emergency,
-- another time, silence about what was said.
alter table nightbell.businesses
	-- so long a technician has to answer before the next one is asked
	add column dispatch_wait_s int not null default 120
		check (dispatch_wait_s between 1 and 3600),
	add column emergency_number text not null default '911'
		check (emergency_number ~ '^[0-9]{2,6}$');

-- How the service is called in other languages: {"es": "…"}.
alter table nightbell.services
	add column names jsonb not null default '{}'
		check (jsonb_typeof(names) = 'object');

alter table nightbell.technicians add column phone nightbell.e164;

-- Streets and cities of the business's area, for a recogniser to expect.
create table nightbell.places (
	business_id uuid not null references nightbell.businesses,
	kind text not null check (kind in ('street', 'city')),
	name text not null check (length(name) between 1 and 80),
	primary key (business_id, kind, name)
);
select nightbell.protect('nightbell.places');

-- private: the caller wants no record. What was said is not kept: text null.
alter table nightbell.calls add column private bool not null default false;
alter table nightbell.transcript_segments alter column text drop not null;

alter table nightbell.tasks add column urgent bool not null default false;
alter table nightbell.tasks drop constraint tasks_kind_check;
alter table nightbell.tasks add constraint tasks_kind_check
	check (kind in ('call_back', 'person', 'emergency'));

-- Moving an appointment: its old claim on time ends before the new one is
-- made, or an hour later with the same person would be in its own way.
alter table nightbell.appointments alter constraint
	appointments_business_id_hold_id_hold_state_fkey deferrable;

-- Stop can be said on the telephone.
alter table nightbell.opt_outs drop constraint opt_outs_source_check;
alter table nightbell.opt_outs add constraint opt_outs_source_check
	check (source in ('sms', 'carrier', 'operator', 'call'));

-- People who take calls.
create table nightbell.agent_steps (step text primary key);
insert into nightbell.agent_steps values ('available'), ('away');

create table nightbell.agents (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	name text not null check (length(name) between 1 and 120),
	phone nightbell.e164 not null,
	skills text[] not null default '{}',
	status text not null default 'away' references nightbell.agent_steps,
	active bool not null default true,
	primary key (business_id, id)
);
select nightbell.protect('nightbell.agents');

-- A caller is to be put through: a phone is rung once per call, at most.
create table nightbell.transfer_steps (step text primary key);
insert into nightbell.transfer_steps values
	('wanted'),	-- the caller was told; the stream still ends
	('ringing'),	-- the carrier was told to dial
	('taken'), ('failed');

create table nightbell.transfers (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	call_id uuid not null,
	stream int not null,			-- of the call, when it was asked for
	agent_id uuid,				-- null: the owner
	phone nightbell.e164 not null,
	state text not null default 'wanted'
		references nightbell.transfer_steps,
	task_id uuid,				-- open until somebody takes it
	created_at timestamptz not null default now(),
	done_at timestamptz,
	primary key (business_id, id),
	unique (business_id, call_id, phone),
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, agent_id) references nightbell.agents,
	foreign key (business_id, task_id) references nightbell.tasks
);
create unique index one_transfer_at_a_time on nightbell.transfers
	(business_id, call_id) where state in ('wanted', 'ringing');
create index on nightbell.transfers (business_id, phone, created_at);
select nightbell.protect('nightbell.transfers');

-- Who is sent to emergencies, and in which order they are asked.
create table nightbell.on_call (
	business_id uuid not null,
	technician_id uuid not null,
	rank int not null default 1,
	starts_at timestamptz not null default '-infinity',
	ends_at timestamptz not null default 'infinity'
		check (ends_at > starts_at),
	primary key (business_id, technician_id, starts_at),
	foreign key (business_id, technician_id)
		references nightbell.technicians on delete cascade
);
select nightbell.protect('nightbell.on_call');

create table nightbell.dispatch_steps (step text primary key);
insert into nightbell.dispatch_steps values
	('asked'), ('acknowledged'), ('failed');

create table nightbell.dispatches (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	call_id uuid not null,
	lead_id uuid,
	kind text not null
		check (kind in ('gas', 'co', 'flood', 'no_heat', 'other')),
	words text check (length(words) <= 500),
	name text check (length(name) between 1 and 120),
	phone nightbell.e164,			-- to call back; null: withheld
	address text check (length(address) <= 300),
	state text not null default 'asked'
		references nightbell.dispatch_steps,
	technician_id uuid,			-- who has it
	task_id uuid,
	created_at timestamptz not null default now(),
	done_at timestamptz,
	primary key (business_id, id),
	unique (business_id, call_id, kind),
	check ((state = 'acknowledged') = (technician_id is not null)),
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, technician_id) references nightbell.technicians,
	foreign key (business_id, task_id) references nightbell.tasks
);
select nightbell.protect('nightbell.dispatches');

create table nightbell.attempt_steps (step text primary key);
insert into nightbell.attempt_steps values
	('asked'),		-- has a text and a call, or will have
	('acknowledged'),	-- took it
	('unanswered'),		-- busy, no answer, no key, too late
	('declined');

-- One technician who was asked. Late answers count while nobody has it.
create table nightbell.dispatch_attempts (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	dispatch_id uuid not null,
	technician_id uuid not null,
	phone nightbell.e164 not null,
	state text not null default 'asked'
		references nightbell.attempt_steps,
	by text check (by in ('call', 'text')),	-- how they answered
	why text,				-- no_answer, busy, no_key, late …
	texted bool not null default true,	-- false: said stop, only called
	call_sid text,				-- of our call to them
	asked_at timestamptz not null default now(),
	answered_at timestamptz,
	primary key (business_id, id),
	unique (business_id, dispatch_id, technician_id),
	foreign key (business_id, dispatch_id) references nightbell.dispatches,
	foreign key (business_id, technician_id) references nightbell.technicians
);
create unique index one_technician_has_it on nightbell.dispatch_attempts
	(business_id, dispatch_id) where state = 'acknowledged';
create index on nightbell.dispatch_attempts (business_id, phone, asked_at);
select nightbell.protect('nightbell.dispatch_attempts');

-- Calls that we make, and the moment when the next technician is asked.
alter table nightbell.outbox drop constraint outbox_kind_check;
alter table nightbell.outbox add constraint outbox_kind_check
	check (kind in ('sms', 'call', 'dispatch_next', 'call_over'));
