/*
 * restore: a backup's tables come back by pg_restore, in one transaction, as
 * the migrating login and so without a superuser. Functions are not taken from
 * it: they are this program's, and its migrations bring the tables up to date.
 *
 * What was there steps aside (app/aside.h) until the new one stands; so a
 * restore that fails or is told to stop leaves things as they were, and after
 * one that was killed the next one puts them back first.
 */
#include <dirent.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/aside.h"
#include "app/cmd.h"
#include "app/migrate.h"
#include "app/pg_tool.h"

struct restore {
	const struct cmd *c;
	const char *file;
	char sql_dir[4000];
	char dir[32], list[64], versions[64]; /* temporary */
	struct pg_tool tool;
	PGconn *db;
};

static int connect_db(struct restore *r)
{
	const char *keys[] = {"dbname", "user", "application_name", NULL};
	const char *values[] = {r->c->cfg.database.conninfo,
				r->c->cfg.database.migrate_user,
				"nightbell restore", NULL};

	r->db = PQconnectdbParams(keys, values, 1);
	if (PQstatus(r->db) == CONNECTION_OK)
		return aside_run(r->db, "set client_min_messages = warning");
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

/* What a killed one left. Whoever holds the lock is alone. */
static int heal(struct restore *r)
{
	int err = aside_put_back(r->db);

	if (!err)
		printf("an earlier restore was interrupted: what was there "
		       "before it is back\n");
	fflush(stdout);
	return err;
}

/* Nobody may write while this goes on, and nothing may be lost. */
static int look_around(struct restore *r, bool force)
{
	int others = 0, there = 0, left = 0;
	int err = aside_lock(r->db);

	if (err == -EBUSY)
		fprintf(stderr, "restore: another restore is running\n");
	if (!err)
		err = aside_count(r->db, &left);
	if (!err && left)
		err = aside_end_orphans(r->db);
	if (!err)
		err = aside_ask(
			r->db,
			"select count(*) from pg_stat_activity where datname ="
			" current_database() and usename like 'nightbell%' and"
			" pid <> pg_backend_pid()",
			&others);
	if (!err && others) {
		fprintf(stderr,
			"restore: %d connections of Nightbell are open: stop "
			"\"nightbell serve\" on all machines first\n",
			others);
		err = -EBUSY;
	}
	if (!err && left)
		err = heal(r);
	if (!err)
		err = aside_own(r->db, &there);
	if (!err && there && !force) {
		fprintf(stderr,
			"restore: the database is not empty. With --force what "
			"it holds is replaced\n");
		err = -EEXIST;
	}
	return err;
}

/* Were we told to stop? The signals wait (replace()) until we look. */
static int told_to_stop(void)
{
	sigset_t waiting;

	sigpending(&waiting);
	return sigismember(&waiting, SIGINT) ||
			       sigismember(&waiting, SIGTERM) ||
			       sigismember(&waiting, SIGHUP)
		       ? -EINTR
		       : 0;
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
	int err = aside_default_grants(r->db, true);

	if (!err)
		err = pg_tool_run(&r->tool, args, NULL);
	if (!err)
		err = aside_default_grants(r->db, false);
	/* What was due since the backup may have gone out from the database
	 * that it was made of: the relay looks before it sends. */
	if (!err)
		err = aside_run(r->db,
				"begin; set local role nightbell_definer;"
				"update nightbell.outbox set state = 'unsure'"
				" where state = 'queued' and due_at <= now();"
				"commit");
	if (!err)
		err = told_to_stop();
	if (!err)
		err = migrate_run(r->c->cfg.database.conninfo,
				  r->c->cfg.database.migrate_user, r->sql_dir,
				  stdout);
	/* Numbers that were told after the backup are not given again. */
	if (!err)
		err = aside_run(r->db,
				"begin; set local role nightbell_definer;"
				"select lib.events_anew(); commit");
	return err ? err : told_to_stop();
}

static int replace(struct restore *r)
{
	sigset_t stop;
	int err;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	err = aside_take(r->db);
	if (!err) {
		err = fill(r);
		if (!err)
			err = aside_drop(r->db);
		if (!err)
			return 0;
		if (aside_put_back(r->db))
			fprintf(stderr, "restore: what was there before is in "
					"the schemas replaced_…: the next "
					"restore puts it back\n");
		else
			fprintf(stderr, "restore: the database is as it was\n");
	}
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
