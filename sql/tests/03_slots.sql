-- Which slots are offered: hours, holidays, skills, claims, change of clocks.
begin;
select plan(23);
set local search_path = nightbell, public;
select t.business(1) \g /dev/null

-- find_slots at a fixed now; starts only, space separated
create function pg_temp.find(day text, part text, at_time text, now_at text,
	n int default 3, business int default 1) returns text
language sql as $$
	select coalesce(string_agg(s ->> 'start', ' '), '-') from
		jsonb_array_elements(lib.find_slots(t.id(business),
			t.id(business, 1), null, day::date, part, at_time::time,
			n, now_at::timestamptz) -> 'slots') s
$$;
create function pg_temp.exact(day text, part text, at_time text, now_at text)
returns bool
language sql as $$
	select (lib.find_slots(t.id(1), t.id(1, 1), null, day::date, part,
		at_time::time, 3, now_at::timestamptz) ->> 'exact')::bool
$$;
\set mon '''2026-11-23 09:00 America/New_York'''

select is(pg_temp.find('2026-11-24', null, '14:00', :mon),
	'2026-11-24T14:00 2026-11-24T13:30 2026-11-24T14:30',
	'the wished time first, then its neighbours');
select is(pg_temp.exact('2026-11-24', null, '14:00', :mon), true, 'which is exact');
select is(pg_temp.find('2026-11-24', null, '14:10', :mon, 1),
	'2026-11-24T14:00', 'a time between two slots');
select is(pg_temp.exact('2026-11-24', null, '14:10', :mon), false, 'is not exact');
select is(pg_temp.find('2026-11-24', 'afternoon', null, :mon),
	'2026-11-24T12:00 2026-11-24T12:30 2026-11-24T13:00', 'a part of a day');
select is(pg_temp.exact('2026-11-24', 'afternoon', null, :mon), true,
	'which is exact as well');
select is(pg_temp.find('2026-11-24', 'evening', null, :mon, 1),
	'2026-11-24T08:00', 'nothing that late: the day wins over the part');
select is(pg_temp.find(null, 'afternoon', null, :mon, 2),
	'2026-11-23T12:00 2026-11-23T12:30', 'no day wished: the part leads');
select is(pg_temp.find(null, null, null, :mon, 2),
	'2026-11-23T11:00 2026-11-23T11:30', 'nobody comes within two hours');
select is(pg_temp.find(null, null, null, '2026-11-23 16:30 America/New_York', 1),
	'2026-11-24T08:00', 'too late today: tomorrow');
select is(pg_temp.find('2026-11-24', null, '17:00', :mon, 1),
	'2026-11-24T16:30', 'a visit ends before the doors close');
select is(pg_temp.find('2026-11-29', null, '10:00', :mon, 1),
	'2026-11-30T10:00', 'closed on Sunday: the next day');
select is(pg_temp.exact('2026-11-29', null, '10:00', :mon), false,
	'which is not exact');
select is(pg_temp.find('2026-11-01', null, null, :mon, 1),
	'2026-11-23T11:00', 'a day that is past');

insert into holidays values (t.id(1), '2026-11-26', 'Thanksgiving', null, null),
	(t.id(1), '2026-11-27', 'after it', '10:00', '12:00');
select is(pg_temp.find('2026-11-26', null, null, :mon, 4),
	'2026-11-27T10:00 2026-11-27T10:30 2026-11-28T08:00 2026-11-28T08:30',
	'closed on a holiday, other hours on another');

-- one technician busy 14:00-15:30, the other all day
insert into holds (business_id, service_id, technician_id, starts_at, ends_at,
	state, expires_at)
values (t.id(1), t.id(1, 1), t.id(1, 21), '2026-11-24 14:00 America/New_York',
	'2026-11-24 15:30 America/New_York', 'booked', now()),
	(t.id(1), t.id(1, 1), t.id(1, 22), '2026-11-24 08:00 America/New_York',
	'2026-11-24 18:00 America/New_York', 'booked', now());
select is(pg_temp.find('2026-11-24', null, '14:00', :mon),
	'2026-11-24T12:30 2026-11-24T15:30 2026-11-24T12:00',
	'taken: the nearest that do not overlap');
update technicians set active = false where business_id = t.id(1)
	and id = t.id(1, 21);
select is(pg_temp.find('2026-11-24', null, '14:00', :mon),
	'2026-11-25T14:00 2026-11-25T13:30 2026-11-25T14:30',
	'the day is full: the next one, near the time');
update holds set state = 'held', expires_at = now() - interval '1 second';
select is(pg_temp.find('2026-11-24', null, '14:00', :mon, 1),
	'2026-11-24T14:00', 'a hold that ran out holds nothing');
delete from technician_skills;
select is(pg_temp.find('2026-11-24', null, '14:00', :mon), '-',
	'nobody has the skill');

-- Clocks go forward on 2027-03-14 at 2, back on 2026-11-01 at 2 (New York).
select t.business(2) \g /dev/null
delete from hours where business_id = t.id(2);
insert into hours values (t.id(2), 0, '00:30', '05:00');
update services set duration_min = 60 where business_id = t.id(2);
select is(pg_temp.find('2027-03-14', null, null, '2027-03-13 12:00 America/New_York', 6, 2),
	'2027-03-14T00:30 2027-03-14T01:00 2027-03-14T01:30 2027-03-14T03:00 2027-03-14T03:30 2027-03-14T04:00',
	'there is no 2:00 or 2:30 on that night');
select is((select s -> 'end' #>> '{}' from jsonb_array_elements(
	lib.find_slots(t.id(2), t.id(2, 1), null, '2027-03-14', null, '01:30', 1,
		'2027-03-13 12:00 America/New_York') -> 'slots') s),
	'2027-03-14T03:30', 'an hour from 1:30 is 3:30');
select is(pg_temp.find('2026-11-01', null, null, '2026-10-31 12:00 America/New_York', 20, 2),
	'2026-11-01T00:30 2026-11-01T01:00 2026-11-01T01:30 2026-11-01T02:00 2026-11-01T02:30 2026-11-01T03:00 2026-11-01T03:30 2026-11-01T04:00'
	|| ' 2026-11-08T00:30 2026-11-08T01:00 2026-11-08T01:30 2026-11-08T02:00 2026-11-08T02:30 2026-11-08T03:00 2026-11-08T03:30 2026-11-08T04:00'
	|| ' 2026-11-15T00:30 2026-11-15T01:00 2026-11-15T01:30 2026-11-15T02:00',
	'no time is offered twice when clocks go back');
select is((select count(distinct starts_at)::int from lib.open_starts(t.id(2),
	t.id(2, 1), '2026-11-01', '2026-11-01')), 8,
	'and no two of them are the same instant');
select * from finish();
rollback;
