-- Time of technicians. A claim on time is a row of holds, also when it has
-- become an appointment: so one constraint keeps everything apart.
create table nightbell.holds (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	call_id uuid,
	service_id uuid not null,
	technician_id uuid not null,
	starts_at timestamptz not null,
	ends_at timestamptz not null check (ends_at > starts_at),
	state text not null default 'held' references nightbell.hold_steps,
	expires_at timestamptz not null,	-- of no meaning once booked
	created_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, id, technician_id, starts_at, ends_at),
	unique (business_id, id, state),
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, service_id) references nightbell.services,
	foreign key (business_id, technician_id) references nightbell.technicians,
	constraint one_job_at_a_time exclude using gist (
		business_id with =, technician_id with =,
		tstzrange(starts_at, ends_at) with &&)
		where (state in ('held', 'booked'))
);
create index on nightbell.holds (business_id, call_id);
select nightbell.protect('nightbell.holds');

create table nightbell.appointments (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	hold_id uuid not null,
	lead_id uuid,
	call_id uuid,
	service_id uuid not null,
	technician_id uuid not null,
	starts_at timestamptz not null,
	ends_at timestamptz not null check (ends_at > starts_at),
	status text not null default 'booked'
		references nightbell.appointment_steps,
	-- while it stands, its claim on time must stand as well
	hold_state text generated always as
		(case when status <> 'cancelled' then 'booked' end) stored,
	name text check (length(name) between 1 and 120),
	notes text check (length(notes) <= 2000),
	created_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, hold_id),
	foreign key (business_id, hold_id, technician_id, starts_at, ends_at)
		references nightbell.holds
			(business_id, id, technician_id, starts_at, ends_at),
	foreign key (business_id, hold_id, hold_state)
		references nightbell.holds (business_id, id, state),
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, service_id) references nightbell.services,
	foreign key (business_id, technician_id) references nightbell.technicians,
	constraint one_appointment_at_a_time exclude using gist (
		business_id with =, technician_id with =,
		tstzrange(starts_at, ends_at) with &&)
		where (status <> 'cancelled')
);
create index on nightbell.appointments (business_id, starts_at, id);
create index on nightbell.appointments (business_id, call_id);
select nightbell.protect('nightbell.appointments');

create table nightbell.tasks (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	kind text not null check (kind in ('call_back')),
	lead_id uuid,
	call_id uuid,
	name text check (length(name) between 1 and 120),
	text text not null check (length(text) <= 4000),
	status text not null default 'open' references nightbell.task_steps,
	created_at timestamptz not null default now(),
	done_at timestamptz,
	primary key (business_id, id),
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, call_id) references nightbell.calls
);
create index on nightbell.tasks (business_id, call_id);
select nightbell.protect('nightbell.tasks');
