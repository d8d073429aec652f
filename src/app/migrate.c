/*
 * One advisory lock around everything, one transaction per migration, one for
 * all functions together: whoever calls a function meanwhile gets either the
 * old set or the new one. A file that was applied may not change any more; the
 * checksums in nightbell.migrations notice when it did.
 */
#include "app/migrate.h"

#include "base/base.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <stdlib.h>

/* Any number will do, as long as every version uses the same one. */
#define LOCK_KEY "7301455902"

/*
 * A busy table must not queue everybody else behind our wish: we wish for it
 * shortly, let the others pass, and wish again.
 */
#define LOCK_WISH "set lock_timeout = '2s'"
enum { TRIES = 8, PAUSE_MS = 250, PAUSE_MAX_MS = 4000 };

struct migrate {
	PGconn *db;
	FILE *out;
	const char *sql_dir;
	char **names; /* paths of the files to apply, in order */
	size_t count;
	int applied; /* migrations that ran now */
};

/* The folders whose functions are put in place again, in this order. */
static const char *const function_dirs[] = {"lib", "desk", "api", "admin"};

static void names_free(struct migrate *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->names[i]);
	free(m->names);
	m->names = NULL;
	m->count = 0;
}

static int sql_only(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && e->d_name[0] != '.' &&
	       !strcmp(e->d_name + n - 4, ".sql");
}

/* Adds the sorted paths of dir's .sql files to m->names. */
static int names_add(struct migrate *m, const char *dir)
{
	struct dirent **list = NULL;
	char *path = NULL, **more;
	int n, err = 0;

	if (asprintf(&path, "%s/%s", m->sql_dir, dir) < 0)
		return -ENOMEM;
	n = scandir(path, &list, sql_only, alphasort);
	if (n < 0) {
		err = -errno;
		fprintf(stderr, "migrate: %s: %s\n", path, strerror(errno));
		goto out;
	}
	more = realloc(m->names, (m->count + (size_t)n + 1) * sizeof(*more));
	if (more)
		m->names = more;
	for (int i = 0; i < n; i++) {
		if (more && asprintf(&m->names[m->count], "%s/%s", path,
				     list[i]->d_name) >= 0)
			m->count++;
		else
			err = -ENOMEM;
		free(list[i]);
	}
out:
	free(list);
	free(path);
	return err;
}

static const char *base_name(const char *path)
{
	const char *p = strrchr(path, '/');

	return p ? p + 1 : path;
}

/* *text: the file with a NUL; the caller frees it. */
static int file_read(char **text, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = NULL;
	size_t len = 0;
	FILE *mem;
	int c, err = 0;

	if (!f) {
		err = -errno;
		fprintf(stderr, "migrate: %s: %s\n", path, strerror(-err));
		return err;
	}
	mem = open_memstream(&p, &len);
	if (mem) {
		while ((c = getc_unlocked(f)) != EOF)
			putc_unlocked(c, mem);
		if (fclose(mem))
			err = -ENOMEM;
	} else {
		err = -ENOMEM;
	}
	if (ferror(f))
		err = -EIO;
	if (!err && strlen(p) != len) {
		fprintf(stderr, "migrate: %s: NUL byte in it\n", path);
		err = -EBADMSG;
	}
	fclose(f);
	if (err) {
		free(p);
		return err;
	}
	*text = p;
	return 0;
}

/* The server counts characters from 1; people count lines. */
static int line_of(const char *text, const char *position)
{
	long left = position ? strtol(position, NULL, 10) : 0;
	int line = 1;

	for (const char *p = text; *p && left > 1; p++) {
		if ((*p & 0xC0) != 0x80)
			left--;
		line += *p == '\n';
	}
	return line;
}

static void complain(const PGresult *r, const char *path, const char *text)
{
	const char *at = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
	const char *msg = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *ctx = PQresultErrorField(r, PG_DIAG_CONTEXT);

	fprintf(stderr, "migrate: ");
	if (path && at)
		fprintf(stderr, "%s:%d: ", path, line_of(text, at));
	else if (path)
		fprintf(stderr, "%s: ", path);
	fprintf(stderr, "%s (%s)\n", msg ? msg : PQresultErrorMessage(r),
		state ? state : "-");
	if (detail)
		fprintf(stderr, "  detail: %s\n", detail);
	if (hint)
		fprintf(stderr, "  hint: %s\n", hint);
	if (ctx)
		fprintf(stderr, "  context: %s\n", ctx);
	if (state && !strcmp(state, "55P03"))
		fprintf(stderr, "  a table is in use; nothing of this file was "
				"applied\n");
}

/* Somebody was in the way, who will be gone. */
static bool in_the_way(const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return state && (!strcmp(state, "55P03") || !strcmp(state, "40P01"));
}

static int error_of(struct migrate *m, const PGresult *r)
{
	if (PQstatus(m->db) != CONNECTION_OK)
		return -ENOTCONN;
	return in_the_way(r) ? -EBUSY : -EREMOTEIO;
}

/* Runs text, which may hold many statements. path is for messages or NULL. */
static int run(struct migrate *m, const char *text, const char *path)
{
	PGresult *r = PQexec(m->db, text);
	ExecStatusType st = PQresultStatus(r);
	int err = 0;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK &&
	    st != PGRES_EMPTY_QUERY) {
		complain(r, path, text);
		err = error_of(m, r);
	}
	PQclear(r);
	return err;
}

/* First value of a query with up to three text parameters; NULL: no row. */
static int ask(struct migrate *m, char **value, const char *sql, int n,
	       const char *const *params)
{
	PGresult *r = PQexecParams(m->db, sql, n, NULL, params, NULL, NULL, 0);
	ExecStatusType st = PQresultStatus(r);
	int err = 0;

	if (value)
		*value = NULL;
	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		complain(r, NULL, "");
		err = error_of(m, r);
	} else if (value && PQntuples(r) && !PQgetisnull(r, 0, 0)) {
		*value = strdup(PQgetvalue(r, 0, 0));
		if (!*value)
			err = -ENOMEM;
	}
	PQclear(r);
	return err;
}

static int begin(struct migrate *m)
{
	return run(m, "begin; set local role nightbell_owner", NULL);
}

/* Writes down what was done and commits, or undoes it all. Returns err. */
static int finish(struct migrate *m, int err, const char *record, int n,
		  const char *const *params)
{
	if (!err)
		err = ask(m, NULL, record, n, params);
	if (!err)
		err = run(m, "commit", NULL);
	if (err && PQstatus(m->db) == CONNECTION_OK)
		run(m, "rollback", NULL);
	return err;
}

static int connect_db(struct migrate *m, const char *conninfo, const char *user)
{
	const char *keys[] = {"dbname", "user", "application_name", NULL};
	const char *values[] = {conninfo, user, "nightbell migrate", NULL};

	if (!user) {
		keys[1] = keys[2];
		values[1] = values[2];
		keys[2] = NULL;
	}
	/* expand_dbname: the conninfo goes first, what follows overrides it */
	m->db = PQconnectdbParams(keys, values, 1);
	if (!m->db)
		return -ENOMEM;
	if (PQstatus(m->db) != CONNECTION_OK) {
		fprintf(stderr,
			"migrate: %s"
			"  Is PostgreSQL running, and did a superuser run "
			"sql/roles.sql?\n",
			PQerrorMessage(m->db));
		return -ENOTCONN;
	}
	return 0;
}

static int lock(struct migrate *m)
{
	char *got = NULL;
	int err = run(m,
		      "set role nightbell_owner;"
		      "set client_min_messages = warning;"
		      "set lock_timeout = '60s'; set statement_timeout = 0",
		      NULL);

	if (!err)
		err = ask(m, &got, "select pg_try_advisory_lock(" LOCK_KEY ")",
			  0, NULL);
	if (!err && got && *got != 't') {
		fprintf(m->out, "another migrate is running, waiting for it\n");
		fflush(m->out);
		err = run(m, "select pg_advisory_lock(" LOCK_KEY ")", NULL);
		if (err == -EBUSY)
			err = -ETIMEDOUT;
	}
	free(got);
	if (!err)
		err = run(m, LOCK_WISH, NULL);
	return err;
}

static int prepare(struct migrate *m)
{
	char *there = NULL;
	int err = ask(m, &there,
		      "select to_regclass('nightbell.function_sets')", 0, NULL);

	if (!err && !there)
		err = run(m,
			  "begin;"
			  "create schema nightbell;"
			  "create table nightbell.migrations ("
			  " version int primary key, name text not null,"
			  " sha256 text not null,"
			  " applied_at timestamptz not null default now());"
			  "create table nightbell.function_sets ("
			  " one bool primary key default true check (one),"
			  " sha256 text not null,"
			  " applied_at timestamptz not null default now());"
			  "commit",
			  NULL);
	free(there);
	return err;
}

static int sha256(struct migrate *m, char **hex, const char *text)
{
	const char *params[] = {text};

	return ask(m, hex,
		   "select encode(sha256(convert_to($1, 'UTF8')), 'hex')", 1,
		   params);
}

/* step, and again while somebody is in its way. */
static int patiently(struct migrate *m, int (*step)(struct migrate *, void *),
		     void *arg)
{
	int err = step(m, arg);

	for (int i = 1, ms = PAUSE_MS; err == -EBUSY && i < TRIES; i++) {
		char pause[48];

		fprintf(stderr, "  trying again in %d ms (%d of %d)\n", ms,
			i + 1, TRIES);
		snprintf(pause, sizeof(pause), "select pg_sleep(%d.%03d)",
			 ms / 1000, ms % 1000);
		err = run(m, pause, NULL);
		if (err)
			return err;
		ms = MIN(2 * ms, PAUSE_MAX_MS);
		err = step(m, arg);
	}
	if (err == -EBUSY)
		fprintf(stderr, "  run migrate again when the database is "
				"less busy\n");
	return err;
}

/* Four digits and "_"; 0 when name begins with anything else. */
static unsigned version_of(const char *name)
{
	if (strspn(name, "0123456789") != 4 || name[4] != '_')
		return 0;
	return (unsigned)strtoul(name, NULL, 10);
}

/* A migration in one transaction, written down. */
struct migration {
	const char *path, *text;
	const char *params[3]; /* version, name, sha256 */
};

static int migration_apply(struct migrate *m, void *arg)
{
	struct migration *x = arg;
	int err = begin(m);

	if (!err)
		err = run(m, x->text, x->path);
	return finish(m, err,
		      "insert into nightbell.migrations"
		      " (version, name, sha256)"
		      " values ($1::int, $2, $3)",
		      3, x->params);
}

/* Applies file i, or checks that it is the one applied before. */
static int migrate_one(struct migrate *m, size_t i)
{
	const char *path = m->names[i], *name = base_name(path);
	char version[24], *text = NULL, *sum = NULL, *was = NULL;
	const char *params[1];
	int err;

	if (!version_of(name) ||
	    (i && version_of(name) == version_of(base_name(m->names[i - 1])))) {
		fprintf(stderr,
			"migrate: %s: expected a number of its own, "
			"NNNN_….sql\n",
			path);
		return -EBADMSG;
	}
	snprintf(version, sizeof(version), "%04u", version_of(name));
	params[0] = version;
	err = file_read(&text, path);
	if (!err)
		err = sha256(m, &sum, text);
	if (!err)
		err = ask(m, &was,
			  "select sha256 from nightbell.migrations"
			  " where version = $1::int",
			  1, params);
	if (!err && was && strcmp(was, sum)) {
		fprintf(stderr,
			"migrate: %s changed after it was applied. Put the "
			"old text back and write a new migration.\n",
			path);
		err = -EBADMSG;
	} else if (!err && !was) {
		struct migration x = {path, text, {version, name, sum}};

		err = patiently(m, migration_apply, &x);
		if (!err) {
			fprintf(m->out, "applied %s\n", name);
			m->applied++;
		}
	}
	free(text);
	free(sum);
	free(was);
	return err;
}

static int migrations(struct migrate *m)
{
	char *last = NULL;
	unsigned newest;
	int err = names_add(m, "migrations");

	if (err)
		return err;
	if (!m->count) {
		fprintf(stderr, "migrate: %s/migrations is empty\n",
			m->sql_dir);
		return -ENOENT;
	}
	err = ask(m, &last, "select max(version) from nightbell.migrations", 0,
		  NULL);
	newest = version_of(base_name(m->names[m->count - 1]));
	if (!err && newest && last && strtoul(last, NULL, 10) > newest) {
		fprintf(stderr,
			"migrate: the database is newer (%s) than this "
			"program (%u): upgrade the program\n",
			last, newest);
		err = -EBADMSG;
	}
	free(last);
	for (size_t i = 0; !err && i < m->count; i++)
		err = migrate_one(m, i);
	return err;
}

/* The text of all files that m->names has; the caller frees *all. */
static int gather(struct migrate *m, char **all)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(all, &len);
	int err = f ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < m->count; i++) {
		err = file_read(&text, m->names[i]);
		if (!err)
			fprintf(f, "-- %s\n%s", base_name(m->names[i]), text);
		free(text);
		text = NULL;
	}
	if (f && fclose(f) && !err)
		err = -ENOMEM;
	return err;
}

/* Functions that no file made this time are those of a file that is gone. */
static const char drop_stale[] =
	"do $$ declare f record; begin "
	"for f in select p.oid::regprocedure as name,"
	"  p.proowner::regrole as owner from pg_proc p "
	" where p.pronamespace in ('lib'::regnamespace, 'desk'::regnamespace,"
	"  'api'::regnamespace, 'admin'::regnamespace)"
	"  and p.xmin::text <> (txid_current() % (2::bigint ^ "
	"32)::bigint)::text"
	" loop execute format('set local role %I', f.owner);"
	" execute format('drop function %s', f.name);"
	" end loop; set local role nightbell_owner; end $$;\n";

static int functions_apply(struct migrate *m, void *sum)
{
	const char *params[] = {sum};
	char *text = NULL;
	bool dropped = false;
	int err = begin(m);

	for (size_t i = 0; !err && i < m->count; i++) {
		/* Before grants: they name functions without arguments. */
		if (!dropped && strstr(m->names[i], "/grants/")) {
			dropped = true;
			err = run(m, drop_stale, "functions of removed files");
		}
		if (!err)
			err = file_read(&text, m->names[i]);
		if (!err)
			err = run(m, text, m->names[i]);
		free(text);
		text = NULL;
	}
	if (!err && !dropped)
		err = run(m, drop_stale, "functions of removed files");
	return finish(m, err,
		      "insert into nightbell.function_sets as s (sha256)"
		      " values ($1) on conflict (one) do update"
		      " set sha256 = excluded.sha256, applied_at = now()",
		      1, params);
}

static int functions(struct migrate *m)
{
	char *all = NULL, *sum = NULL, *was = NULL;
	int err = 0;

	names_free(m);
	for (size_t d = 0; !err && d < ARRAY_LEN(function_dirs); d++)
		err = names_add(m, function_dirs[d]);
	if (!err)
		err = names_add(m, "grants");
	if (!err)
		err = gather(m, &all);
	if (!err)
		err = sha256(m, &sum, all);
	if (!err)
		err = ask(m, &was, "select sha256 from nightbell.function_sets",
			  0, NULL);
	if (!err && (!was || strcmp(was, sum) || m->applied)) {
		err = patiently(m, functions_apply, sum);
		if (!err)
			fprintf(m->out, "put the functions in place\n");
	}
	free(all);
	free(sum);
	free(was);
	return err;
}

/* Partitions of the next days; what came meanwhile moves out of the default. */
static int partitions(struct migrate *m, void *arg)
{
	int err = run(m,
		      "begin;"
		      "select nightbell.make_partitions(); commit",
		      NULL);

	(void)arg;
	if (err && PQstatus(m->db) == CONNECTION_OK)
		run(m, "rollback", NULL);
	return err;
}

int migrate_run(const char *conninfo, const char *user, const char *sql_dir,
		FILE *out)
{
	struct migrate m = {.out = out, .sql_dir = sql_dir};
	int err = connect_db(&m, conninfo, user);

	if (!err)
		err = lock(&m);
	if (!err)
		err = prepare(&m);
	if (!err)
		err = migrations(&m);
	if (!err)
		err = functions(&m);
	if (!err)
		err = patiently(&m, partitions, NULL);
	if (!err)
		fprintf(out, "the database is up to date\n");
	names_free(&m);
	PQfinish(m.db);
	return err;
}
