-- Texts, who may be texted, and what must happen outside.
create table nightbell.outbox (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	kind text not null check (kind in ('sms')),
	key text not null check (length(key) between 1 and 200),
	number nightbell.e164,			-- the recipient, for opt-outs
	payload jsonb not null,
	state text not null default 'queued' references nightbell.outbox_steps,
	attempt int not null default 0,
	due_at timestamptz not null default now(),
	expires_at timestamptz not null,	-- later it helps nobody
	lease_until timestamptz,
	worker text,
	provider_id text,
	error text,
	created_at timestamptz not null default now(),
	done_at timestamptz,
	primary key (business_id, id),
	unique (business_id, key)
);
create index on nightbell.outbox (due_at) where state in ('queued', 'unsure');
create index on nightbell.outbox (lease_until) where state = 'claimed';
create index on nightbell.outbox (business_id, number)
	where state in ('queued', 'unsure', 'claimed');
select nightbell.protect('nightbell.outbox');
create policy claim_see on nightbell.outbox for select
	to nightbell_definer using (true);
create policy claim_take on nightbell.outbox for update
	to nightbell_definer using (true) with check (true);

create table nightbell.messages (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	conversation_id uuid not null,
	lead_id uuid not null,
	call_id uuid,
	outbox_id uuid,
	direction text not null check (direction in ('in', 'out')),
	from_number nightbell.e164 not null,
	to_number nightbell.e164 not null,
	body text not null check (length(body) <= 1600),
	status text not null references nightbell.message_steps,
	provider_id text,
	error text,
	created_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, provider_id),
	foreign key (business_id, conversation_id)
		references nightbell.conversations,
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, call_id) references nightbell.calls,
	foreign key (business_id, outbox_id) references nightbell.outbox
);
create index on nightbell.messages (business_id, outbox_id);
create index on nightbell.messages (business_id, to_number, created_at);
create index on nightbell.messages (business_id, call_id);
select nightbell.protect('nightbell.messages');

-- Evidence: who agreed to (or declined) what, when, in which words.
create table nightbell.consents (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	lead_id uuid,
	call_id uuid,
	number nightbell.e164 not null,
	channel text not null check (channel in ('sms')),
	granted bool not null,
	source text not null check (source in ('call', 'sms')),
	words text not null,
	at timestamptz not null default now(),
	primary key (business_id, id),
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, call_id) references nightbell.calls
);
create index on nightbell.consents (business_id, number, channel, at);
select nightbell.protect('nightbell.consents');

-- business_id null: this number wants no text from anybody here.
create table nightbell.opt_outs (
	id uuid primary key default nightbell.uuid_v7(),
	business_id uuid references nightbell.businesses,
	number nightbell.e164 not null,
	source text not null check (source in ('sms', 'carrier', 'operator')),
	words text,
	at timestamptz not null default now(),
	ended_at timestamptz
);
create unique index opt_outs_once on nightbell.opt_outs
	(number, (coalesce(business_id, '00000000-0000-0000-0000-000000000000')))
	where ended_at is null;
select nightbell.protect('nightbell.opt_outs');
create policy everywhere on nightbell.opt_outs for select
	to nightbell_gateway, nightbell_relay, nightbell_api
	using (business_id is null);
create policy claim on nightbell.opt_outs for select
	to nightbell_definer using (true);
