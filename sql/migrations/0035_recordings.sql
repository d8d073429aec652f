-- Recordings of calls. The audio is a file of the node that had the stream;
-- here is what is known of it. businesses.recorded (what the disclosure says)
-- switches recording on.

-- So long a recording is kept; never longer than what was said (keep_days).
alter table nightbell.businesses
	add column recording_days int not null default 90
		check (recording_days between 1 and 3650);

create table nightbell.recording_steps (
	step text primary key, plays bool not null, gone bool not null
);
insert into nightbell.recording_steps values
	('recording', false, false),	-- it is being written
	('complete', true, false),
	('incomplete', true, false),	-- some of it is missing
	('failed', false, false),	-- nothing of it plays
	('deleting', false, true),	-- its file is about to be removed
	('deleted', false, true);

-- One per stream. Time 0 of the file is the stream's; what was before from_ms
-- (the announcement was not heard yet) is silence.
create table nightbell.recordings (
	business_id uuid not null,
	id uuid not null,
	call_id uuid not null,
	stream int not null check (stream >= 1),
	state text not null default 'recording'
		references nightbell.recording_steps,
	node text not null,			-- whose file it is
	path text not null check (path ~
		'^[0-9a-f-]{36}/[0-9]{4}-[0-9]{2}/[0-9a-f-]{36}\.opus$'),
	channels int not null default 2 check (channels between 1 and 2),
	started_at timestamptz not null default now(),
	from_ms bigint not null default 0 check (from_ms >= 0),
	duration_ms bigint check (duration_ms >= 0),
	bytes bigint check (bytes >= 0),
	lost_ms bigint not null default 0 check (lost_ms >= 0),
	ended_at timestamptz,
	deleted_at timestamptz,
	primary key (business_id, id),
	foreign key (business_id, call_id) references nightbell.calls
);
create index on nightbell.recordings (business_id, call_id);
create index recordings_open on nightbell.recordings (business_id, node)
	where state in ('recording', 'deleting');
create index recordings_kept on nightbell.recordings (business_id, started_at)
	where deleted_at is null;
select nightbell.protect('nightbell.recordings');

-- Dashboards hear of them.
alter table nightbell.events drop constraint events_type_check;
alter table nightbell.events add constraint events_type_check check (type in
	('call', 'segment', 'appointment', 'message', 'lead', 'task',
	 'recording'));
create trigger tell after insert or update on nightbell.recordings for each row
	execute function nightbell.event_of_row('recording', 'recording_json');
