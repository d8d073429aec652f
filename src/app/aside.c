#include "app/aside.h"

#include <stdlib.h>

#define SCHEMAS "string_to_array('nightbell lib desk api admin', ' ')"
#define AS_OWNER "begin; set local role nightbell_owner;"
#define MARKER "replaced_by_restore"

/* Any number will do, as long as every version uses the same one. */
#define LOCK_KEY "7301455903"
enum { LOCK_TRIES = 20 };

int aside_run(PGconn *db, const char *sql)
{
	PGresult *res = PQexec(db, sql);
	ExecStatusType st = PQresultStatus(res);
	int err = 0;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		fprintf(stderr, "restore: %s", PQerrorMessage(db));
		PQclear(PQexec(db, "rollback"));
		err = -EREMOTEIO;
	}
	PQclear(res);
	return err;
}

int aside_ask(PGconn *db, const char *sql, int *n)
{
	PGresult *res = PQexec(db, sql);
	int err = 0;

	if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != 1) {
		fprintf(stderr, "restore: %s", PQerrorMessage(db));
		err = -EREMOTEIO;
	} else {
		*n = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	}
	PQclear(res);
	return err;
}

int aside_count(PGconn *db, int *n)
{
	return aside_ask(db,
			 "select count(*) from pg_namespace"
			 " where nspname like 'replaced\\_%'",
			 n);
}

int aside_own(PGconn *db, int *n)
{
	return aside_ask(db,
			 "select count(*) from pg_namespace"
			 " where nspname = any (" SCHEMAS ")",
			 n);
}

int aside_left(const struct config *cfg, const char *user)
{
	const char *keys[] = {"dbname", "user", "connect_timeout", NULL};
	const char *values[] = {cfg->database.conninfo, user, "10", NULL};
	PGconn *db = PQconnectdbParams(keys, values, 1);
	int n = 0, err = -ENOTCONN;

	if (PQstatus(db) == CONNECTION_OK)
		err = aside_count(db, &n);
	PQfinish(db);
	return err ? -ENOTCONN : n > 0;
}

int aside_lock(PGconn *db)
{
	int got = 0, err = 0;

	/* The server needs a moment to see that a killed one is gone. */
	for (int i = 0; !err && !got && i < LOCK_TRIES; i++) {
		if (i)
			err = aside_run(db, "select pg_sleep(0.25)");
		if (!err)
			err = aside_ask(db,
					"select pg_try_advisory_lock(" LOCK_KEY
					")::int",
					&got);
	}
	return err ? err : got ? 0 : -EBUSY;
}

int aside_end_orphans(PGconn *db)
{
	/* Its programs by their names: only under the lock. */
	return aside_run(db, "select pg_terminate_backend(pid, 10000)"
			     " from pg_stat_activity"
			     " where datname = current_database()"
			     " and usename = current_user"
			     " and pid <> pg_backend_pid() and application_name"
			     " in ('pg_restore', 'nightbell migrate',"
			     " 'nightbell restore')");
}

int aside_take(PGconn *db)
{
	return aside_run(
		db, AS_OWNER
		"create schema " MARKER ";"
		"do $$ declare s text; begin foreach s in array " SCHEMAS
		" loop if to_regnamespace(s) is not null then"
		" execute format('alter schema %I rename to %I',"
		" s, 'replaced_' || s); end if; end loop; end $$; commit");
}

int aside_drop(PGconn *db)
{
	return aside_run(
		db, AS_OWNER
		"drop schema " MARKER ";"
		"do $$ declare s text; begin foreach s in array " SCHEMAS
		" loop execute format('drop schema if exists %I cascade',"
		" 'replaced_' || s); end loop; end $$; commit");
}

int aside_put_back(PGconn *db)
{
	int err = aside_end_orphans(db);

	if (!err)
		err = aside_run(
			db, AS_OWNER
			"do $$ declare s text; begin foreach s in "
			"array " SCHEMAS
			" loop execute format('drop schema if exists %I"
			" cascade', s);"
			" if to_regnamespace('replaced_' || s) is not null then"
			" execute format('alter schema %I rename to %I',"
			" 'replaced_' || s, s); end if; end loop; end $$;"
			"drop schema if exists " MARKER "; commit");
	/* Functions are nobody's unless granted (migration 1, which does not
	 * run again). */
	return err ? err : aside_default_grants(db, false);
}

int aside_default_grants(PGconn *db, bool everybody)
{
	return aside_run(
		db,
		everybody ? AS_OWNER
			"alter default privileges grant execute on functions to"
			" public; set local role nightbell_definer;"
			"alter default privileges grant execute on functions to"
			" public; commit"
			  : AS_OWNER
			"alter default privileges revoke execute on functions"
			" from public; set local role nightbell_definer;"
			"alter default privileges revoke execute on functions"
			" from public; commit");
}
