-- Signing in by e-mail, sessions whose secret rotates, keys for programs,
-- readers, platform admins, callers that a business does not want.
alter table nightbell.memberships drop constraint memberships_role_check;
alter table nightbell.memberships add constraint memberships_role_check
	check (role in ('owner', 'staff', 'viewer'));

-- Who runs the platform: may do in every business what its owner may.
create table nightbell.admins (
	user_id uuid primary key references nightbell.users,
	created_at timestamptz not null default now()
);
select nightbell.protect_global('nightbell.admins',
	'nightbell_definer', 'nightbell_migrate');

-- A session is a family of refresh secrets. gen: how often it was refreshed;
-- a secret of an older one that comes again was stolen from somebody, so all
-- of the family ends.
alter table nightbell.sessions add column id uuid not null
		default nightbell.uuid_v7(),
	add column gen int not null default 0,
	add column rotated_at timestamptz not null default now(),
	add column revoked_at timestamptz,
	add column revoked_why text;
alter table nightbell.sessions add unique (id);
create table nightbell.session_secrets (
	secret_hash bytea primary key,
	session_id uuid not null references nightbell.sessions (id)
		on delete cascade,
	gen int not null
);
create index on nightbell.session_secrets (session_id);
-- Who is signed in stays so: their secret is the first of its family.
alter table nightbell.sessions no force row level security;
insert into nightbell.session_secrets
	select secret_hash, id, 0 from nightbell.sessions;
alter table nightbell.sessions force row level security;
select nightbell.protect_global('nightbell.session_secrets',
	'nightbell_definer');
alter table nightbell.sessions drop constraint sessions_pkey;
alter table nightbell.sessions drop column secret_hash,
	drop column business_id;
alter table nightbell.sessions add primary key (id);

-- How often somebody asked for a link: of an address, for a mailbox.
create table nightbell.sign_in_counts (
	what text primary key check (length(what) <= 300),
	began_at timestamptz not null default now(),
	n int not null default 1
);
create index on nightbell.sign_in_counts (began_at);
select nightbell.protect_global('nightbell.sign_in_counts',
	'nightbell_definer');
create policy resolve on nightbell.outbox for insert
	to nightbell_definer with check (key like 'sign_in:%');

-- Keys for programs. The role is a limit: a key never does more than its user.
create table nightbell.api_keys (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	user_id uuid not null references nightbell.users,
	name text not null check (length(name) between 1 and 120),
	role text not null check (role in ('owner', 'staff', 'viewer')),
	token_hash bytea not null unique,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	revoked_at timestamptz,
	primary key (business_id, id)
);
select nightbell.protect('nightbell.api_keys');
create policy resolve on nightbell.api_keys for select
	to nightbell_definer using (true);

-- Their calls are refused. Nothing is deleted: ended_at says until when.
create table nightbell.blocked_callers (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	number nightbell.e164 not null,
	reason text check (length(reason) between 1 and 300),
	created_by uuid references nightbell.users,
	created_at timestamptz not null default now(),
	ended_at timestamptz,
	primary key (business_id, id)
);
create unique index blocked_once on nightbell.blocked_callers
	(business_id, number) where ended_at is null;
select nightbell.protect('nightbell.blocked_callers');

-- E-mail is something that happens outside, too.
alter table nightbell.outbox drop constraint outbox_kind_check;
alter table nightbell.outbox add constraint outbox_kind_check
	check (kind in ('sms', 'call', 'dispatch_next', 'call_over', 'email'));

-- Lists by what they are filtered with.
create index on nightbell.tasks (business_id, lead_id);
create index on nightbell.appointments (business_id, lead_id);
create index on nightbell.calls (business_id, lead_id);
create index on nightbell.messages (business_id, lead_id);
create index on nightbell.outbox (business_id, state, id);
