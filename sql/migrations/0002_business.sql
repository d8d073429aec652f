-- The business: who it is, when it is open, what it does, who does it.
create table nightbell.businesses (
	id uuid primary key default nightbell.uuid_v7(),
	name text not null check (length(name) between 1 and 120),
	-- an error when there is no such zone
	timezone text not null check (timestamp '2000-01-01'
		at time zone timezone is not null),
	lang text not null default 'en' check (lang in ('en', 'es')),
	recorded bool not null default false,	-- what the disclosure says
	transcribed bool not null default true,
	created_at timestamptz not null default now()
);
select nightbell.protect('nightbell.businesses', 'id');

-- The directory of numbers that we serve; asked before a business is known.
create table nightbell.phone_numbers (
	number nightbell.e164 primary key,
	business_id uuid not null references nightbell.businesses,
	mode text not null default 'ring_first'
		check (mode in ('ring_first', 'already_missed')),
	owner_number nightbell.e164 check (owner_number <> number),
	ring_s int not null default 18 check (ring_s between 5 and 60),
	created_at timestamptz not null default now()
);
create index on nightbell.phone_numbers (business_id);
select nightbell.protect('nightbell.phone_numbers');
create policy resolve on nightbell.phone_numbers for select
	to nightbell_definer using (true);

create table nightbell.users (
	id uuid primary key default nightbell.uuid_v7(),
	email text not null check (email = lower(email) and email like '_%@_%'),
	name text,
	created_at timestamptz not null default now(),
	unique (email)
);
select nightbell.protect_global('nightbell.users',
	'nightbell_definer', 'nightbell_migrate', 'nightbell_owner');

create table nightbell.memberships (
	business_id uuid not null references nightbell.businesses,
	user_id uuid not null references nightbell.users,
	role text not null check (role in ('owner', 'staff')),
	created_at timestamptz not null default now(),
	primary key (business_id, user_id)
);
create index on nightbell.memberships (user_id);
select nightbell.protect('nightbell.memberships');
create policy resolve on nightbell.memberships for select
	to nightbell_definer using (true);
create policy resolve on nightbell.businesses for select
	to nightbell_definer using (true);

-- dow: 0 = Sunday. Times are the wall clock of the business.
create table nightbell.hours (
	business_id uuid not null references nightbell.businesses,
	dow int not null check (dow between 0 and 6),
	opens time not null,
	closes time not null check (closes > opens),
	primary key (business_id, dow, opens)
);
select nightbell.protect('nightbell.hours');

-- opens null: closed all day; otherwise these hours instead of the usual.
create table nightbell.holidays (
	business_id uuid not null references nightbell.businesses,
	day date not null,
	name text not null,
	opens time,
	closes time check (closes > opens),
	primary key (business_id, day),
	check ((opens is null) = (closes is null))
);
select nightbell.protect('nightbell.holidays');

create table nightbell.services (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	name text not null,
	words text[] not null default '{}',	-- how callers say it
	duration_min int not null check (duration_min between 5 and 1440),
	price_cents int check (price_cents >= 0),
	skill text,				-- null: anybody can do it
	position int not null default 0,
	active bool not null default true,
	primary key (business_id, id)
);
select nightbell.protect('nightbell.services');

create table nightbell.technicians (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	name text not null,
	active bool not null default true,
	primary key (business_id, id)
);
select nightbell.protect('nightbell.technicians');

create table nightbell.technician_skills (
	business_id uuid not null,
	technician_id uuid not null,
	skill text not null,
	primary key (business_id, technician_id, skill),
	foreign key (business_id, technician_id)
		references nightbell.technicians on delete cascade
);
select nightbell.protect('nightbell.technician_skills');

create table nightbell.scripts (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	name text not null,
	content jsonb not null check (jsonb_typeof(content) = 'object'),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, name)
);
select nightbell.protect('nightbell.scripts');

create table nightbell.assistants (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	name text not null,
	voice text,				-- null: the node's default
	persona text,
	lang text not null default 'en' check (lang in ('en', 'es')),
	script_id uuid,
	active bool not null default true,
	primary key (business_id, id),
	foreign key (business_id, script_id) references nightbell.scripts
);
create unique index on nightbell.assistants (business_id) where active;
select nightbell.protect('nightbell.assistants');

-- Sign-in. Only hashes are stored: the table alone opens no door.
create table nightbell.sign_in_links (
	token_hash bytea primary key,
	user_id uuid not null references nightbell.users,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	used_at timestamptz
);
select nightbell.protect_global('nightbell.sign_in_links',
	'nightbell_definer', 'nightbell_migrate');

create table nightbell.sessions (
	secret_hash bytea primary key,
	user_id uuid not null references nightbell.users,
	business_id uuid not null references nightbell.businesses,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null
);
create index on nightbell.sessions (user_id);
select nightbell.protect_global('nightbell.sessions', 'nightbell_definer');
