-- The mail that brings a link to sign in.
create or replace function lib.sign_in_mail(lang text, url text) returns jsonb
language sql immutable as $$
	select case lang when 'es' then jsonb_build_object(
		'subject', 'Su enlace para entrar en Nightbell',
		'text', format(E'Abra este enlace para entrar:\n\n%s\n\nSirve una '
			'vez y durante quince minutos. Si no lo ha pedido, no hace '
			'falta que haga nada.\n', url))
	else jsonb_build_object(
		'subject', 'Your link to sign in to Nightbell',
		'text', format(E'Open this link to sign in:\n\n%s\n\nIt works once '
			'and for fifteen minutes. If you did not ask for it, there '
			'is nothing to do.\n', url)) end
$$;

-- Does the business not want calls of this number?
create or replace function lib.is_blocked(business uuid, number text)
returns bool
language sql stable set search_path = nightbell, pg_temp as $$
	select exists (select from blocked_callers k
		where k.business_id = $1 and k.number = $2 and k.ended_at is null)
$$;
