/*
 * restore: a backup's tables come back by pg_restore, in one transaction, as
 * the migrating login and so without a superuser. Functions are not taken from
 * it: they are this program's, and its migrations bring the tables up to date.
 *
 * With --force what was there steps aside (its schemas get other names) until
 * the new one stands; so a restore that fails leaves things as they were.
 */
#include <dirent.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/migrate.h"
#include "app/pg_tool.h"

#define SCHEMAS "nightbell lib desk api admin"

struct restore {
	const struct cmd *c;
	const char *file;
	char sql_dir[4000];
	char dir[32], list[64], versions[64]; /* temporary */
	struct pg_tool tool;
	PGconn *db;
	bool aside; /* what was there has other names now */
};

/* Runs statements; says what went wrong. */
static int run(struct restore *r, const char *sql)
{
	PGresult *res = PQexec(r->db, sql);
	ExecStatusType st = PQresultStatus(res);
	int err = 0;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		fprintf(stderr, "restore: %s", PQerrorMessage(r->db));
		PQclear(PQexec(r->db, "rollback"));
		err = -EREMOTEIO;
	}
	PQclear(res);
	return err;
}

/* The number that a query gives. -errno when it gives none. */
static int ask(struct restore *r, const char *sql, int *n)
{
	PGresult *res = PQexec(r->db, sql);
	int err = 0;

	if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != 1) {
		fprintf(stderr, "restore: %s", PQerrorMessage(r->db));
		err = -EREMOTEIO;
	} else {
		*n = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	}
	PQclear(res);
	return err;
}

static int connect_db(struct restore *r)
{
	const char *keys[] = {"dbname", "user", "application_name", NULL};
	const char *values[] = {r->c->cfg.database.conninfo,
				r->c->cfg.database.migrate_user,
				"nightbell restore", NULL};

	r->db = PQconnectdbParams(keys, values, 1);
	if (PQstatus(r->db) == CONNECTION_OK)
		return run(r, "set client_min_messages = warning");
	fprintf(stderr,
		"restore: %s  Is PostgreSQL running, and did a superuser run "
		"sql/roles.sql?\n",
		PQerrorMessage(r->db));
	return -ENOTCONN;
}

/* ---- the file ---- */

/* One line of the backup's list: is it this program's to make? */
static bool ours(const char *line)
{
	static const char *const schemas[] = {"lib", "desk", "api", "admin"};
	char what[64];

	if (strstr(line, " DEFAULT ACL ") ||
	    strstr(line, " TABLE DATA nightbell function_sets "))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
		snprintf(what, sizeof(what), " FUNCTION %s ", schemas[i]);
		if (strstr(line, what))
			return true;
		snprintf(what, sizeof(what), " ACL %s FUNCTION ", schemas[i]);
		if (strstr(line, what))
			return true;
	}
	return false;
}

/* What pg_restore shall do, without what is ours. False: no backup of us. */
static int filter_list(struct restore *r, const char *all)
{
	FILE *in = fopen(all, "re"), *out = fopen(r->list, "wex");
	char *line = NULL;
	size_t size = 0;
	bool tables = false;
	int err = in && out ? 0 : -errno;

	while (!err && getline(&line, &size, in) > 0) {
		tables |= strstr(line, " TABLE DATA nightbell migrations ") !=
			  NULL;
		if (!ours(line) && fputs(line, out) < 0)
			err = -EIO;
	}
	free(line);
	if (in)
		fclose(in);
	if (out && fclose(out) && !err)
		err = -EIO;
	return err ? err : tables ? 0 : -EBADMSG;
}

/* The highest migration that the rows of its table name; 0: none. */
static int newest_in(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool rows = false;
	int max = 0;

	while (f && getline(&line, &size, f) > 0) {
		if (line[0] == '\\')
			rows = false;
		if (rows)
			max = MAX(max, (int)strtol(line, NULL, 10));
		if (!strncmp(line, "COPY nightbell.migrations (version,", 35))
			rows = true;
	}
	free(line);
	if (f)
		fclose(f);
	return max;
}

static int newest_known(const char *sql_dir)
{
	char path[4100];
	struct dirent *e;
	DIR *d;
	int max = 0;

	snprintf(path, sizeof(path), "%s/migrations", sql_dir);
	d = opendir(path);
	while (d && (e = readdir(d)))
		max = MAX(max, (int)strtol(e->d_name, NULL, 10));
	if (d)
		closedir(d);
	return max;
}

static int read_file(struct restore *r)
{
	char all[64];
	const char *const list[] = {"pg_restore", "--list", r->file, NULL};
	const char *const rows[] = {"pg_restore",
				    "--data-only",
				    "--schema=nightbell",
				    "--table=migrations",
				    "--file",
				    r->versions,
				    r->file,
				    NULL};
	int err, has, knows;

	snprintf(all, sizeof(all), "%s/all", r->dir);
	err = pg_tool_run(NULL, list, all);
	if (!err)
		err = filter_list(r, all);
	unlink(all);
	if (!err)
		err = pg_tool_run(NULL, rows, NULL);
	if (err == -ENOENT) {
		fprintf(stderr, "restore: the program pg_restore is missing: "
				"apt-get install postgresql-client\n");
		return err;
	}
	has = err ? 0 : newest_in(r->versions);
	if (!has) {
		fprintf(stderr, "restore: %s is no backup of Nightbell\n",
			r->file);
		return -EBADMSG;
	}
	knows = newest_known(r->sql_dir);
	if (has > knows) {
		fprintf(stderr,
			"restore: the backup is of a newer Nightbell "
			"(migration %04d, this one knows %04d): restore it "
			"with that one\n",
			has, knows);
		return -EBADMSG;
	}
	printf("%s: a backup at migration %04d\n", r->file, has);
	return 0;
}

/* ---- the database ---- */

/* Nobody may write while this goes on, and nothing may be lost. */
static int look_around(struct restore *r, bool force)
{
	int others = 0, there = 0, left = 0;
	int err = ask(r,
		      "select count(*) from pg_stat_activity where datname ="
		      " current_database() and usename like 'nightbell%' and"
		      " pid <> pg_backend_pid()",
		      &others);

	if (!err)
		err = ask(r,
			  "select count(*) from pg_namespace where nspname ="
			  " any (string_to_array('" SCHEMAS "', ' '))",
			  &there);
	if (!err)
		err = ask(r,
			  "select count(*) from pg_namespace"
			  " where nspname like 'replaced\\_%'",
			  &left);
	if (err)
		return err;
	if (others) {
		fprintf(stderr,
			"restore: %d connections of Nightbell are open: stop "
			"\"nightbell serve\" on all machines first\n",
			others);
		return -EBUSY;
	}
	if (left) {
		fprintf(stderr,
			"restore: an earlier restore was interrupted: what was "
			"there before it is in the schemas replaced_…; drop "
			"them, or give them their names back\n");
		return -EEXIST;
	}
	if (there && !force) {
		fprintf(stderr,
			"restore: the database is not empty. With --force what "
			"it holds is replaced\n");
		return -EEXIST;
	}
	return 0;
}

/* from and to: what stands before the schemas' own names. */
static int rename_schemas(struct restore *r, const char *from, const char *to)
{
	char sql[800];

	snprintf(sql, sizeof(sql),
		 "begin; set local role nightbell_owner; do $$ declare s text;"
		 " begin foreach s in array string_to_array('" SCHEMAS "', ' ')"
		 " loop if to_regnamespace('%s' || s) is not null then"
		 " execute format('alter schema %%I rename to %%I',"
		 " '%s' || s, '%s' || s); end if; end loop; end $$; commit",
		 from, from, to);
	return run(r, sql);
}

static int drop_schemas(struct restore *r, const char *prefix)
{
	char sql[800];

	snprintf(sql, sizeof(sql),
		 "begin; set local role nightbell_owner; do $$ declare s text;"
		 " begin foreach s in array string_to_array('" SCHEMAS "', ' ')"
		 " loop execute format('drop schema if exists %%I cascade',"
		 " '%s' || s); end loop; end $$; commit",
		 prefix);
	return run(r, sql);
}

static int default_grants(struct restore *r, const char *what)
{
	char sql[300];

	snprintf(sql, sizeof(sql),
		 "begin; set local role nightbell_owner;"
		 "alter default privileges %s public;"
		 "set local role nightbell_definer;"
		 "alter default privileges %s public; commit",
		 what, what);
	return run(r, sql);
}

static int fill(struct restore *r)
{
	const char *const args[] = {"pg_restore",
				    "--no-owner",
				    "--no-comments",
				    "--no-password",
				    "--role=nightbell_owner",
				    "--single-transaction",
				    "--exit-on-error",
				    "--dbname",
				    PQdb(r->db),
				    "--use-list",
				    r->list,
				    r->file,
				    NULL};
	/* The backup's grants are told against PostgreSQL's own defaults. */
	int err = default_grants(r, "grant execute on functions to"), undone;

	if (!err)
		err = pg_tool_run(&r->tool, args, NULL);
	/* Ours: functions are nobody's unless granted (migration 1, which does
	 * not run again). */
	undone = default_grants(r, "revoke execute on functions from");
	if (!err)
		err = undone;
	/* What was due since the backup may have gone out from the database
	 * that it was made of: the relay looks before it sends. */
	if (!err)
		err = run(r, "begin; set local role nightbell_definer;"
			     "update nightbell.outbox set state = 'unsure'"
			     " where state = 'queued' and due_at <= now();"
			     "commit");
	if (!err)
		err = migrate_run(r->c->cfg.database.conninfo,
				  r->c->cfg.database.migrate_user, r->sql_dir,
				  stdout);
	return err;
}

static int replace(struct restore *r)
{
	int err = rename_schemas(r, "", "replaced_");

	if (err)
		return err;
	err = fill(r);
	if (!err)
		return drop_schemas(r, "replaced_");
	if (drop_schemas(r, "") || rename_schemas(r, "replaced_", ""))
		fprintf(stderr, "restore: what was there before is in the "
				"schemas replaced_…\n");
	else
		fprintf(stderr, "restore: the database is as it was\n");
	return err;
}

static int open_all(struct restore *r, char why[PG_TOOL_WHY])
{
	int err = pg_tool_init(&r->tool, r->c->cfg.database.conninfo,
			       r->c->cfg.database.migrate_user, why);

	if (err)
		return err;
	cmd_sql_folder(r->sql_dir, sizeof(r->sql_dir));
	snprintf(r->dir, sizeof(r->dir), "/tmp/nightbell-XXXXXX");
	if (!mkdtemp(r->dir)) {
		err = -errno;
		r->dir[0] = '\0';
		snprintf(why, PG_TOOL_WHY, "/tmp: %s", strerror(-err));
		return err;
	}
	snprintf(r->list, sizeof(r->list), "%s/list", r->dir);
	snprintf(r->versions, sizeof(r->versions), "%s/versions", r->dir);
	return 0;
}

static void close_all(struct restore *r)
{
	PQfinish(r->db);
	pg_tool_fini(&r->tool);
	if (!r->dir[0])
		return;
	unlink(r->list);
	unlink(r->versions);
	rmdir(r->dir);
}

int cmd_restore(struct cmd *c)
{
	struct restore r = {.c = c, .file = c->pos[0]};
	char why[PG_TOOL_WHY] = "";
	int err = open_all(&r, why);

	if (!err)
		err = read_file(&r);
	if (!err)
		err = connect_db(&r);
	if (!err)
		err = look_around(&r, c->flag[0]);
	if (!err)
		err = replace(&r);
	close_all(&r);
	if (err)
		return cmd_fail(c, "%s",
				why[0] ? why
				       : "not restored, see the line above");
	printf("restored. Messages that were due since the backup are looked "
	       "for at the carrier\nbefore they are sent. Start \"nightbell "
	       "serve\" when you are ready.\n");
	return EXIT_DONE;
}
