// What a database holds, and what fences it: to compare two of them.
import { rows } from './lib.mjs';

/** Every table's rows as one figure; parents of partitions instead of these. */
export async function contents(e, but = []) {
  const tables = await rows(e, `select c.relname as name from pg_class c where c.relnamespace = 'nightbell'::regnamespace
    and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all ('{${['function_sets', ...but].join(',')}}') order by 1`);
  const parts = tables.map(({ name }) => `select '${name}' as name, count(*) as n, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum
    from nightbell.${name} t`);
  return Object.fromEntries((await rows(e, parts.join(' union all '))).map((t) => [t.name, `${t.n} ${t.sum}`]));
}

/** What fences the tables, and who may what. */
export const fences = (e) => rows(e, `
  select 'policy' as what, polrelid::regclass || ' ' || polname || ' ' || coalesce(pg_get_expr(polqual, polrelid), '') || ' '
      || (select string_agg(r::regrole::text, ' ' order by r::regrole::text) from unnest(polroles) r) as it from pg_policy
  union all select 'forced', c.oid::regclass || ' ' || relrowsecurity || relforcerowsecurity from pg_class c
      where relnamespace = 'nightbell'::regnamespace and relkind in ('r', 'p')
  union all select 'grant', c.oid::regclass || ' ' || a.grantee::regrole || ' ' || a.privilege_type from pg_class c, aclexplode(c.relacl) a
      where relnamespace = 'nightbell'::regnamespace and relkind in ('r', 'p') and a.grantee <> c.relowner
  union all select 'function', p.oid::regprocedure || ' ' || p.proowner::regrole || p.prosecdef || ' ' || coalesce((select string_agg(
      case a.grantee when 0 then 'public' else a.grantee::regrole::text end, ' ' order by a.grantee::regrole::text) from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a), '')
      from pg_proc p where pronamespace::regnamespace::text in ('nightbell', 'lib', 'desk', 'api', 'admin')
  union all select 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'nightbell'::regnamespace and conrelid <> 0
  union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where not tgisinternal and tgparentid = 0
  union all select 'index', indexdef from pg_indexes where schemaname = 'nightbell'
  union all select 'schema', nspname || ' ' || coalesce(nspacl::text, '') from pg_namespace where nspname in ('nightbell', 'lib', 'desk', 'api', 'admin')
  union all select 'default', defaclrole::regrole || ' ' || defaclobjtype::text || ' ' || defaclacl::text from pg_default_acl
  order by 1, 2`);
