-- Numbers of ours that the carrier refuses texts from, and e-mail.

-- The sender is not registered: the owner gets a task, and what waits for this
-- number is held until the task is done. Said again it changes nothing.
create or replace function lib.number_problem(business uuid, number text,
	code text) returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	task uuid;
begin
	if code is distinct from '30034' then
		return;
	end if;
	perform from phone_numbers p
	  where p.business_id = business and p.number = $2
	    and p.problem is null for no key update;
	if not found then
		return;
	end if;
	insert into tasks (business_id, kind, text, urgent)
	values (business, 'number', format('No texts go out from %s: the carrier '
		'says that the number is not registered for business texts '
		'(%s). Register it with the carrier, then tick this off: texts '
		'go on from then.', lib.written_number($2), code), true)
	returning id into task;
	update phone_numbers p set problem = 'unregistered',
		problem_code = code, problem_at = now(), problem_task = task
	 where p.business_id = business and p.number = $2;
	perform lib.email_owner(business, 'Texts do not go out',
		(select t.text from tasks t
		  where t.business_id = business and t.id = task),
		'number:' || task);
end $$;

-- Texts of this number go on.
create or replace function lib.number_clear(business uuid, number text)
returns void
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	update phone_numbers p set problem = null, problem_code = null,
		problem_at = null, problem_task = null
	 where p.business_id = business and p.number = $2;
	update outbox o set state = 'queued', due_at = now()
	 where o.business_id = business and o.state = 'held'
	   and o.payload ->> 'from' = $2;
end $$;

-- What a business should know of its numbers.
create or replace function lib.numbers_json(business uuid) returns jsonb
language sql stable set search_path = nightbell, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('number', p.number,
		'problem', p.problem, 'code', p.problem_code,
		'since', p.problem_at, 'task', p.problem_task,
		'held', (select count(*) from outbox o
			where o.business_id = business and o.state = 'held'
			  and o.payload ->> 'from' = p.number))
		order by p.number), '[]')
	  from phone_numbers p where p.business_id = business
$$;

-- No text reaches this person, so somebody has to ring them; one task at a
-- time. message: of a conversation, null does nothing.
create or replace function lib.landline_task(business uuid, message uuid,
	code text) returns void
language sql set search_path = nightbell, pg_temp as $$
	insert into tasks (business_id, kind, lead_id, call_id, text)
	select m.business_id, 'call_back', m.lead_id, m.call_id, left(
		'Call back: no text reaches this number. The text was: "'
		|| m.body || '"', 4000)
	  from messages m
	 where m.business_id = $1 and m.id = message
	   and m.direction = 'out' and code in ('30006', '21614', 'landline')
	   and not exists (select from tasks t
		where t.business_id = $1 and t.lead_id = m.lead_id
		  and t.status = 'open')
$$;

-- Queues an e-mail in this transaction; the same key queues it once.
create or replace function lib.email_queue(business uuid, recipient text,
	subject text, words text, key text, good_for interval) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
begin
	insert into outbox (business_id, kind, key, payload, expires_at)
	values (business, 'email', key, jsonb_build_object('to', recipient,
		'subject', left(subject, 200), 'text', left(words, 20000)),
		now() + good_for)
	on conflict on constraint outbox_business_id_key_key do nothing;
	return found;
end $$;

create or replace function lib.email_owner(business uuid, subject text,
	words text, key text) returns bool
language plpgsql set search_path = nightbell, pg_temp as $$
#variable_conflict use_variable
declare
	b businesses;
begin
	select * into b from businesses x where x.id = business;
	return b.notify_email is not null and lib.email_queue(business,
		b.notify_email, b.name || ': ' || subject, words, key,
		interval '1 day');
end $$;
