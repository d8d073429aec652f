-- People who call, their calls, and what was said.
create table nightbell.leads (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	phone nightbell.e164,			-- null: withheld
	name text check (length(name) between 1 and 120),
	lang text check (lang in ('en', 'es')),
	created_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, phone)
);
select nightbell.protect('nightbell.leads');

-- One per lead: everything that passed between the business and a person.
create table nightbell.conversations (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	lead_id uuid not null,
	last_at timestamptz not null default now(),
	primary key (business_id, id),
	unique (business_id, lead_id),
	foreign key (business_id, lead_id) references nightbell.leads
);
select nightbell.protect('nightbell.conversations');

create table nightbell.calls (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	carrier text not null default 'twilio',
	carrier_sid text not null check (length(carrier_sid) between 1 and 128),
	number nightbell.e164 not null,		-- ours
	caller nightbell.e164,			-- null: withheld
	forwarded_from text,
	lead_id uuid,
	conversation_id uuid,
	status text not null default 'received'
		references nightbell.call_steps,
	streams int not null default 0,		-- media streams begun so far
	outcome text check (outcome ~ '^[a-z][a-z_]{0,39}$'),
	ended_by text check (ended_by in ('assistant', 'caller', 'lost')),
	started_at timestamptz not null default now(),
	answered_at timestamptz,
	ended_at timestamptz,
	duration_ms bigint check (duration_ms >= 0),
	primary key (business_id, id),
	unique (business_id, carrier, carrier_sid),
	foreign key (business_id, lead_id) references nightbell.leads,
	foreign key (business_id, conversation_id)
		references nightbell.conversations
);
create index on nightbell.calls (carrier_sid);
create index on nightbell.calls (business_id, caller, started_at);
select nightbell.protect('nightbell.calls');
create policy resolve on nightbell.calls for select
	to nightbell_definer using (true);

-- One party's side of a call: the caller, the owner's phone, or one media
-- stream of the assistant (a call whose stream broke has more than one).
create table nightbell.legs (
	business_id uuid not null,
	id uuid not null default nightbell.uuid_v7(),
	call_id uuid not null,
	kind text not null check (kind in ('caller', 'owner', 'assistant')),
	carrier_sid text,			-- CA… or MZ…
	stream int,				-- assistant: 1, 2, …
	node text,
	status text,				-- the carrier's last word on it
	started_at timestamptz not null default now(),
	ended_at timestamptz,
	duration_ms bigint,
	primary key (business_id, id),
	unique (business_id, call_id, kind, carrier_sid),
	foreign key (business_id, call_id) references nightbell.calls
);
select nightbell.protect('nightbell.legs');

-- seq numbers the segments of one stream, so stream is part of the key.
create table nightbell.transcript_segments (
	business_id uuid not null,
	call_id uuid not null,
	call_started_at timestamptz not null,
	stream int not null,
	seq int not null check (seq >= 0),
	rev int not null check (rev >= 0),
	leg text not null check (leg in ('caller', 'assistant')),
	start_ms bigint not null,
	end_ms bigint not null check (end_ms >= start_ms),
	text text not null,
	heard text,				-- assistant: what the caller heard
	final bool not null,
	unsure bool not null default false,
	reply_ms int,
	primary key (business_id, call_id, stream, seq, call_started_at),
	foreign key (business_id, call_id) references nightbell.calls
) partition by range (call_started_at);
create table nightbell.transcript_segments_default
	partition of nightbell.transcript_segments default;
select nightbell.protect('nightbell.transcript_segments');

-- A stream's nonce is good once.
create table nightbell.stream_tokens (
	nonce text primary key check (length(nonce) between 8 and 200),
	business_id uuid not null,
	call_id uuid not null,
	stream_sid text,
	node text,
	used_at timestamptz not null default now(),
	foreign key (business_id, call_id) references nightbell.calls
);
select nightbell.protect('nightbell.stream_tokens');

-- What a webhook was told, for the carrier that asks again.
create table nightbell.webhook_plans (
	business_id uuid not null,
	call_id uuid not null,
	route text not null,
	step text not null,			-- the carrier's status words
	plan jsonb not null,
	uses int not null default 1,
	at timestamptz not null default now(),
	primary key (business_id, call_id, route, step),
	foreign key (business_id, call_id) references nightbell.calls
);
select nightbell.protect('nightbell.webhook_plans');

-- Status callbacks as they came; applied false: late, repeated or unknown.
create table nightbell.carrier_callbacks (
	business_id uuid not null references nightbell.businesses,
	id uuid not null default nightbell.uuid_v7(),
	route text not null,
	sid text not null,
	step text not null,
	form jsonb not null,
	applied bool not null,
	at timestamptz not null default now(),
	primary key (business_id, id)
);
create index on nightbell.carrier_callbacks (business_id, sid);
select nightbell.protect('nightbell.carrier_callbacks');

-- A tool call that is asked again gets this answer and does nothing.
create table nightbell.tool_results (
	business_id uuid not null,
	call_id uuid not null,
	stream int not null,
	key text not null check (length(key) between 1 and 200),
	name text not null,
	args jsonb not null,
	result jsonb,
	at timestamptz not null default now(),
	primary key (business_id, call_id, stream, key),
	foreign key (business_id, call_id) references nightbell.calls
);
select nightbell.protect('nightbell.tool_results');
