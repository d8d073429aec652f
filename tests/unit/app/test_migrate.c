/* nightbell migrate against a private PostgreSQL that the test starts. */
#include "tests/unit/assert.h"

#include "app/migrate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/nb-migrate-XXXXXX";
static char conninfo[256]; /* of the database nightbell */
static char other[256];	   /* of the database where files are made up */

static int shell(const char *fmt, ...)
{
	char *cmd;
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vasprintf(&cmd, fmt, ap);
	va_end(ap);
	assert_true(n > 0);
	rc = system(cmd);
	free(cmd);
	return rc;
}

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/sql/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(0, fclose(f));
}

/* Runs it on the made up files; said: what came on both streams. */
static int migrate(char *said, size_t size)
{
	char path[256], log[256];
	FILE *f;
	int saved, err;
	size_t n;

	snprintf(path, sizeof(path), "%s/sql", dir);
	snprintf(log, sizeof(log), "%s/said", dir);
	f = fopen(log, "w+");
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(f), STDERR_FILENO);
	err = migrate_run(other, NULL, path, f);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(said, 1, size - 1, f);
	said[n] = '\0';
	fclose(f);
	return err;
}

static int start(void **state)
{
	FILE *p;

	(void)state;
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return -1;
	if (shell("PG_FAST=1 tools/pg start %s", dir) ||
	    shell("tools/pg psql %s -q -d postgres"
		  " -c 'create database other owner nightbell_owner'",
		  dir))
		return -1;
	if (shell("mkdir -p %s/sql/migrations %s/sql/lib %s/sql/desk"
		  " %s/sql/api %s/sql/admin %s/sql/grants",
		  dir, dir, dir, dir, dir, dir) ||
	    shell("tools/pg conninfo %s > %s/conninfo", dir, dir))
		return -1;
	snprintf(other, sizeof(other), "%s/conninfo", dir);
	p = fopen(other, "r");
	if (!p || !fgets(conninfo, sizeof(conninfo), p))
		return -1;
	fclose(p);
	conninfo[strcspn(conninfo, "\n")] = '\0';
	/* The last keyword counts. A superuser, as pg_hba has no other here. */
	snprintf(other, sizeof(other), "%.150s dbname=other user=postgres",
		 conninfo);
	put("migrations/0001_base.sql",
	    "create schema lib; create schema desk;\n"
	    "create schema api; create schema admin;\n"
	    "create function nightbell.make_partitions() returns int\n"
	    "language sql as 'select 0';\n");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return shell("tools/pg destroy %s; rm -rf %s", dir, dir);
}

static void test_ours(void **state)
{
	char *said = NULL;
	size_t len;
	FILE *f = open_memstream(&said, &len);

	(void)state;
	assert_int_equal(0,
			 migrate_run(conninfo, "nightbell_migrate", "sql", f));
	fflush(f);
	assert_non_null(strstr(said, "applied 0001_base.sql\n"));
	assert_non_null(strstr(said, "put the functions in place\n"));
	rewind(f);
	assert_int_equal(0,
			 migrate_run(conninfo, "nightbell_migrate", "sql", f));
	fclose(f);
	assert_int_equal(0, strncmp(said, "the database is up to date\n", 27));
	free(said);
}

static void *migrate_thread(void *arg)
{
	*(int *)arg = migrate_run(conninfo, "nightbell_migrate", "sql", stdout);
	return NULL;
}

static void test_two_at_once(void **state)
{
	pthread_t t[2];
	int err[2] = {1, 1};

	(void)state;
	assert_int_equal(0, shell("tools/pg psql %s -q -d postgres"
				  " -c 'drop database nightbell'"
				  " -f sql/roles.sql 2>/dev/null",
				  dir));
	for (int i = 0; i < 2; i++)
		assert_int_equal(0, pthread_create(&t[i], NULL, migrate_thread,
						   &err[i]));
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(0, err[0]);
	assert_int_equal(0, err[1]);
}

static void test_no_server(void **state)
{
	(void)state;
	assert_int_equal(-ENOTCONN, migrate_run("host=/nonexistent dbname=x",
						NULL, "sql", stdout));
}

/* Each step changes a file and says what must come of it. */
static const struct {
	const char *name, *file, *text;
	int err;
	const char *said;
} steps[] = {
	{"fresh", "migrations/0002_t.sql", "create table nightbell.t (i int);",
	 0, "applied 0002_t.sql"},
	{"again", NULL, NULL, 0, "the database is up to date"},
	{"error", "migrations/0003_u.sql",
	 "create table nightbell.u (i int);\n\nselect 1;\nselect nothing;\n",
	 -EREMOTEIO,
	 "/0003_u.sql:4: column \"nothing\" does not exist (42703)"},
	{"nothing of it stayed", "migrations/0003_u.sql",
	 "create table nightbell.u (i int);\n", 0, "applied 0003_u.sql"},
	{"changed", "migrations/0002_t.sql", "create table t (i bigint);",
	 -EBADMSG, "0002_t.sql changed after it was applied"},
	{"put back", "migrations/0002_t.sql",
	 "create table nightbell.t (i int);", 0, "up to date"},
	{"no number", "migrations/005_x.sql", "select 1;", -EBADMSG,
	 "005_x.sql: expected a number of its own"},
	{"the same twice", "migrations/0003_x.sql", "select 1;", -EBADMSG,
	 "0003_x.sql: expected a number of its own"},
	{"a gap", "migrations/0005_x.sql", "select 1;", 0,
	 "applied 0005_x.sql"},
	{"functions", "lib/f.sql",
	 "create or replace function lib.f() returns int language sql"
	 " as 'select 1'; create or replace function lib.g() returns int"
	 " language sql as 'select 1';",
	 0, "put the functions in place"},
	{"unchanged", NULL, NULL, 0, "the database is up to date"},
	{"a broken one", "desk/h.sql",
	 "create or replace function lib.g() returns int language sql as"
	 " 'select 2';\ncreate function desk.h() returns int language sql"
	 " as\n'select no_such()';",
	 -EREMOTEIO, "/desk/h.sql:3: function no_such() does not exist"},
	{"one less", "lib/f.sql",
	 "create or replace function lib.f() returns int language sql"
	 " as 'select 3';",
	 -EREMOTEIO, "no_such"},
	{"repaired", "desk/h.sql", "", 0, "put the functions in place"},
	{"granted by its name", "grants/g.sql",
	 "grant execute on function lib.f to public;", 0,
	 "put the functions in place"},
	{"other arguments", "lib/f.sql",
	 "create or replace function lib.f(i int default 3) returns int"
	 " language sql as 'select i';",
	 0, "put the functions in place"},
	{"which dropped g", "migrations/0006_y.sql",
	 "do $$ begin if to_regproc('lib.g') is not null or lib.f() <> 3"
	 " then raise 'g is there'; end if; end $$;",
	 0, "applied 0006_y.sql"},
};

static void test_steps(void **state)
{
	char said[2000];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		print_message("%s\n", steps[i].name);
		if (steps[i].file)
			put(steps[i].file, steps[i].text);
		assert_int_equal(steps[i].err, migrate(said, sizeof(said)));
		if (!strstr(said, steps[i].said))
			fail_msg("\"%s\" is not in:\n%s", steps[i].said, said);
		if (strstr(steps[i].said, "expected"))
			shell("rm %s/sql/%s", dir, steps[i].file);
	}
}

/* Somebody reads the table for a while: the others pass, then it is ours. */
static void test_busy_table(void **state)
{
	char said[4000];

	(void)state;
	put("migrations/0007_z.sql",
	    "alter table nightbell.t add column z int;");
	assert_int_equal(
		0, shell("tools/pg psql %s -q -d other -c 'begin;"
			 " lock table nightbell.t; select pg_sleep(3); commit'"
			 " >/dev/null &\n"
			 "until [ \"$(tools/pg psql %s -qAt -d other -c \""
			 "select 1 from pg_locks where granted and relation"
			 " = 'nightbell.t'::regclass and mode like 'AccessEx%%'"
			 "\")\" = 1 ]; do :; done",
			 dir, dir));
	assert_int_equal(0, migrate(said, sizeof(said)));
	assert_non_null(strstr(said, "a table is in use"));
	assert_non_null(strstr(said, "trying again in 250 ms (2 of 8)"));
	assert_non_null(strstr(said, "applied 0007_z.sql"));
}

static void test_older_program(void **state)
{
	char said[2000];

	(void)state;
	assert_int_equal(0, shell("rm %s/sql/migrations/0006_y.sql"
				  " %s/sql/migrations/0007_z.sql",
				  dir, dir));
	assert_int_equal(-EBADMSG, migrate(said, sizeof(said)));
	assert_non_null(strstr(said, "the database is newer (7) than this"));
	assert_int_equal(0, shell("rm %s/sql/migrations/*", dir));
	assert_int_equal(-ENOENT, migrate(said, sizeof(said)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_busy_table),
		cmocka_unit_test(test_older_program),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
