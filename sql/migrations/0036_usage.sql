-- Who talks with callers, and what that may cost in a day.
alter table nightbell.assistants
	add column kind text check (kind ~ '^[a-z]{1,20}$'),	-- script, openai …; null: the node's
	add column daily_cap_cents int check (daily_cap_cents >= 0);	-- null: the node's

-- What a provider was used for, per stream of a call: sums that only grow.
create table nightbell.usage (
	business_id uuid not null,
	call_id uuid not null,
	stream int not null,
	provider text not null check (length(provider) between 1 and 40),
	model text not null default '' check (length(model) <= 80),
	day date not null,			-- the business's own
	text_in bigint not null default 0 check (text_in >= 0),	-- tokens
	text_cached bigint not null default 0 check (text_cached >= 0),
	text_out bigint not null default 0 check (text_out >= 0),
	audio_in bigint not null default 0 check (audio_in >= 0),
	audio_cached bigint not null default 0 check (audio_cached >= 0),
	audio_out bigint not null default 0 check (audio_out >= 0),
	heard bigint not null default 0 check (heard >= 0),
	cost_ucents bigint not null default 0 check (cost_ucents >= 0),	-- millionths of a cent
	at timestamptz not null default now(),
	primary key (business_id, call_id, stream, provider),
	foreign key (business_id, call_id) references nightbell.calls
);
create index on nightbell.usage (business_id, day);
select nightbell.protect('nightbell.usage');
