/* backlog and memo: what workers of a node keep; SQL is real. */
#include "tests/unit/io/cluster.h"

#include <fcntl.h>

#include "base/log.h"
#include "io/backlog.h"
#include "io/memo.h"

static struct cluster cluster;
static char dir[] = "/tmp/nb-backlog-XXXXXX";

static struct {
	struct loop *loop;
	struct dns *dns;
	struct pg *pg;
	char value[256];
	bool answered;
} t;

static void on_value(const struct pg_result *r, void *arg)
{
	(void)arg;
	assert_int_equal(0, r->err);
	t.value[0] = '\0';
	if (r->rows)
		(void)sv_copy(t.value, sizeof(t.value),
			      pg_value(r, 0, 0, NULL));
	t.answered = true;
}

static const char *ask(const char *sql)
{
	t.answered = false;
	assert_int_equal(
		0, pg_call(t.pg, sql, 0, NULL, 5000, true, on_value, NULL));
	RUN_UNTIL(t.loop, t.answered);
	return t.value;
}

static int setup(void **state)
{
	struct pg_prm prm = {.name = "test",
			     .queue_max = 100,
			     .statement_ms = 5000,
			     .user = "test"};

	(void)state;
	prm.conninfo = cluster.conninfo;
	memset(&t, 0, sizeof(t));
	assert_int_equal(0, loop_new(&t.loop));
	assert_int_equal(0, dns_new(&t.dns, t.loop));
	assert_int_equal(0, pg_new(&t.pg, t.loop, t.dns, &prm));
	RUN_UNTIL(t.loop, pg_up(t.pg));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	t.pg = pg_free(t.pg);
	t.dns = dns_free(t.dns);
	t.loop = loop_free(t.loop);
	return 0;
}

static struct backlog *backlog(size_t max)
{
	const struct backlog_prm prm = {.loop = t.loop,
					.pg = t.pg,
					.dir = dir,
					.sql = "select tell($1::jsonb)",
					.max = max};
	struct backlog *b;

	assert_int_equal(0, backlog_new(&b, &prm));
	return b;
}

/* Two workers add in turn while nobody can be told; then all is told once. */
static void test_order(void **state)
{
	struct backlog *a, *b;
	char arg[32];

	(void)state;
	ask("create table told (nr serial, what jsonb)");
	ask("create function tell(w jsonb) returns void language plpgsql as"
	    " 'begin if w #>> ''{arg,n}'' = ''7'' then raise ''bad''; end if;"
	    " insert into told (what) values (w); end'");
	t.pg = pg_free(t.pg);
	teardown(state);
	setup(state);
	a = backlog(0);
	b = backlog(0);
	assert_false(backlog_busy(a));
	for (int i = 0; i < 20; i++) {
		snprintf(arg, sizeof(arg), "{\"n\":%d}", i);
		assert_int_equal(
			0, backlog_add(i % 2 ? a : b, "f", i, sv_str(arg)));
	}
	assert_true(backlog_busy(a));
	assert_true(backlog_busy(b));
	RUN_UNTIL(t.loop, !backlog_busy(a));
	assert_false(backlog_busy(b));
	assert_string_equal(
		"0 1 2 3 4 5 6 8 9 10 11 12 13 14 15 16 17 18 19",
		ask("select string_agg(what #>> '{arg,n}', ' ' order by nr)"
		    " from told where what ->> 'fn' = 'f'"));
	assert_string_equal("t", ask("select bool_and(what ->> 'at_ms'"
				     " = what #>> '{arg,n}') from told"));
	/* it begins anew when it is empty */
	assert_int_equal(0, backlog_add(a, "g", 1, SV("{}")));
	RUN_UNTIL(t.loop, !backlog_busy(b));
	assert_string_equal("1", ask("select count(*) from told"
				     " where what ->> 'fn' = 'g'"));
	backlog_free(a);
	backlog_free(b);
}

/* What one process leaves, the next one tells. */
static void test_left(void **state)
{
	struct backlog *b = backlog(0);
	struct stat st;
	char path[64];

	(void)state;
	assert_int_equal(0, backlog_add(b, "left", 1, SV("{}")));
	backlog_free(b);
	snprintf(path, sizeof(path), "%s/backlog", dir);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(0600, st.st_mode & 0777);
	b = backlog(0);
	RUN_UNTIL(t.loop, !backlog_busy(b));
	assert_string_equal("1", ask("select count(*) from told"
				     " where what ->> 'fn' = 'left'"));
	backlog_free(b);
}

static void test_full(void **state)
{
	struct backlog *b = backlog(5000);
	static char big[2000];

	(void)state;
	memset(big, ' ', sizeof(big) - 1);
	big[0] = '1';
	assert_int_equal(-ENOSPC, backlog_add(b, "big", 1, sv_str(big)));
	assert_false(backlog_busy(b));
	assert_int_equal(0, backlog_add(b, "small", 1, SV("1")));
	RUN_UNTIL(t.loop, !backlog_busy(b));
	backlog_free(b);
}

/* A file that ends in the middle of a record: the rest is given up. */
static void test_damaged(void **state)
{
	struct backlog *b = backlog(0);
	char path[64];
	int fd;

	(void)state;
	assert_int_equal(0, backlog_add(b, "whole", 1, SV("{}")));
	snprintf(path, sizeof(path), "%s/backlog", dir);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(7, write(fd, "\x40\0\0\0{\"f", 7));
	close(fd);
	RUN_UNTIL(t.loop, !backlog_busy(b));
	assert_string_equal("1", ask("select count(*) from told"
				     " where what ->> 'fn' = 'whole'"));
	assert_int_equal(0, backlog_add(b, "after", 1, SV("{}")));
	RUN_UNTIL(t.loop, !backlog_busy(b));
	backlog_free(b);
}

static const struct {
	const char *state;
	int err;
	bool waits;
} classes[] = {
	{"", 0, false},
	{"", -ECONNRESET, true},
	{"", -ETIMEDOUT, true},
	{"57P01", -EREMOTEIO, true},
	{"57014", -EREMOTEIO, true},
	{"40001", -EREMOTEIO, true},
	{"42501", -EREMOTEIO, false},
	{"NB001", -EREMOTEIO, false},
	{"23505", -EREMOTEIO, false},
};

static void test_waits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		struct pg_result r = {.err = classes[i].err};

		(void)sv_copy(r.sqlstate, sizeof(r.sqlstate),
			      sv_str(classes[i].state));
		assert_int_equal(classes[i].waits, backlog_waits(&r));
	}
}

/* Two mappings are two workers. */
static void test_memo(void **state)
{
	struct memo *a, *b;
	char note[MEMO_NOTE_MAX];
	char key[16];
	int64_t now = 1000000;

	(void)state;
	assert_int_equal(0, memo_open(&a, dir));
	assert_int_equal(0, memo_open(&b, dir));
	assert_int_equal(now, memo_first_ms(a, "sid", SV("CA1"), now, 5000));
	assert_int_equal(now,
			 memo_first_ms(b, "sid", SV("CA1"), now + 5000, 5000));
	assert_int_equal(now + 5001,
			 memo_first_ms(b, "sid", SV("CA1"), now + 5001, 5000));
	assert_true(memo_once(a, "nonce", SV("x"), now, 9));
	assert_false(memo_once(b, "nonce", SV("x"), now, 9));
	assert_true(memo_once(b, "other", SV("x"), now, 9));
	assert_true(memo_once(b, "nonce", SV("x"), now + 10, 9));
	assert_int_equal(2, memo_bits(a, "call", SV("c"), now, 2));
	assert_int_equal(3, memo_bits(b, "call", SV("c"), now, 1));
	assert_int_equal(3, memo_bits(a, "call", SV("c"), now, 0));
	assert_int_equal(1, memo_count(a, "call", SV("c"), now, 0, 1));
	assert_int_equal(4, memo_count(b, "call", SV("c"), now, 3, 1));
	memo_note(a, "call", SV("c"), now, SV("+1 +2"));
	memo_note(b, "call", SV("c"), now, SV("+3 +4"));
	memo_read(b, "call", SV("c"), now, note);
	assert_string_equal("+1 +2", note);
	memo_read(b, "call", SV("d"), now, note);
	assert_string_equal("", note);
	/* far more than it holds: it goes on with the newest */
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_true(
			memo_once(a, "many", sv_str(key), now + i, 1 << 30));
		assert_false(
			memo_once(b, "many", sv_str(key), now + i, 1 << 30));
	}
	memo_close(a);
	memo_close(b);
}

static int group_setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	cluster_make(&cluster);
	return 0;
}

static int group_teardown(void **state)
{
	char path[64];

	(void)state;
	cluster_remove(&cluster);
	snprintf(path, sizeof(path), "%s/backlog", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/memo", dir);
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_memo),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
