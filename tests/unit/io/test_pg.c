/* pg: statements, their failures and lost connections, on a real server. */
#include "tests/unit/io/cluster.h"

#include "base/log.h"
#include "io/pg.h"

static struct cluster cluster;
static struct loop *loop;
static struct dns *dns;
static struct pg *pg;

static struct {
	int ups, downs, notes;
	char channel[64], payload[64];
} conn;

/* The answer to one statement. */
struct answer {
	int n, err, rows, cols;
	char state[6], message[128], detail[128], value[128];
	bool null, raised;
	int order;
};

static int order;

static void up_h(void *arg)
{
	(void)arg;
	conn.ups++;
}

static void down_h(void *arg)
{
	(void)arg;
	conn.downs++;
}

static void notify_h(struct sv channel, struct sv payload, void *arg)
{
	(void)arg;
	conn.notes++;
	sv_copy(conn.channel, sizeof(conn.channel), channel);
	sv_copy(conn.payload, sizeof(conn.payload), payload);
}

static void answer_h(const struct pg_result *r, void *arg)
{
	struct answer *a = arg;

	a->n++;
	a->err = r->err;
	a->rows = r->rows;
	a->cols = r->cols;
	a->order = ++order;
	a->raised = r->raised;
	sv_copy(a->state, sizeof(a->state), sv_str(r->sqlstate));
	sv_copy(a->message, sizeof(a->message), r->message);
	sv_copy(a->detail, sizeof(a->detail), r->detail);
	sv_copy(a->value, sizeof(a->value), pg_value(r, 0, 0, &a->null));
}

static void open_with(const char *conninfo, int queue_max, int statement_ms)
{
	struct pg_prm prm = {
		.name = "test",
		.conninfo = conninfo,
		.user = "test",
		.queue_max = queue_max,
		.statement_ms = statement_ms,
		.uph = up_h,
		.downh = down_h,
		.notifyh = notify_h,
	};

	assert_int_equal(0, pg_new(&pg, loop, dns, &prm));
}

static int setup(void **state)
{
	(void)state;
	memset(&conn, 0, sizeof(conn));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, dns_new(&dns, loop));
	open_with(cluster.conninfo, 2000, 5000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pg = pg_free(pg);
	dns = dns_free(dns);
	loop = loop_free(loop);
	return 0;
}

static int call(struct answer *a, const char *sql, int timeout_ms)
{
	return pg_call(pg, sql, 0, NULL, timeout_ms, true, answer_h, a);
}

/* Runs sql and waits for its answer. */
static struct answer ask(const char *sql)
{
	struct answer a = {0};

	assert_int_equal(0, call(&a, sql, 10000));
	RUN_UNTIL(loop, a.n);
	assert_int_equal(1, a.n);
	return a;
}

static void test_values(void **state)
{
	static const char *const params[] = {"{\"a\": \"\\u00e9'\"}", NULL, ""};
	struct answer a = {0};
	(void)state;

	assert_false(pg_up(pg));
	assert_int_equal(-ENOTCONN, pg_call(pg, "select 1", 0, NULL, 1000,
					    false, answer_h, &a));
	assert_int_equal(0, pg_call(pg,
				    "select ($1::jsonb->>'a') || coalesce($2, "
				    "'null') || length($3), 2",
				    3, params, 5000, true, answer_h, &a));
	assert_int_equal(0, a.n);
	RUN_UNTIL(loop, a.n);
	assert_int_equal(0, a.err);
	assert_int_equal(1, a.rows);
	assert_int_equal(2, a.cols);
	assert_string_equal("\xc3\xa9'null0", a.value);
	assert_true(pg_up(pg));
	assert_int_equal(1, conn.ups);
	a = ask("select null");
	assert_true(a.null);
	a = ask("select 1 where false");
	assert_int_equal(0, a.rows);
	a = ask("select current_setting('statement_timeout') || "
		"current_setting('application_name')");
	assert_string_equal("5snightbell test", a.value);
}

static void test_errors_between_good_ones(void **state)
{
	static const struct {
		const char *sql, *sqlstate;
	} tv[] = {
		{"select 1", ""},
		{"selec 1", "42601"},
		{"select 1", ""},
		{"select 1/0", "22012"},
		{"insert into t values (1)", ""},
		{"insert into t values (1)", "23505"},
		{"select 1", ""},
		{"do $$ begin raise exception 'no' using errcode = 'NB001', "
		 "detail = 'why'; end $$",
		 "NB001"},
		/* Checked at the end of the transaction, after the rows. */
		{"insert into child values (7) returning id", "23503"},
		{"select count(*) from child", ""},
	};
	struct answer a[ARRAY_LEN(tv)] = {0};
	(void)state;

	ask("create table t (id int primary key)");
	ask("create table child (id int references t deferrable initially "
	    "deferred)");
	order = 0;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		assert_int_equal(0, call(&a[i], tv[i].sql, 10000));
	RUN_UNTIL(loop, a[ARRAY_LEN(tv) - 1].n);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].sql);
		assert_int_equal(1, a[i].n);
		assert_int_equal(i + 1, a[i].order);
		assert_int_equal(tv[i].sqlstate[0] ? -EREMOTEIO : 0, a[i].err);
		assert_string_equal(tv[i].sqlstate, a[i].state);
		assert_int_equal(tv[i].sqlstate[0] != 0, a[i].message[0] != 0);
	}
	assert_string_equal("no", a[7].message);
	assert_string_equal("why", a[7].detail);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		assert_int_equal(i == 7, a[i].raised);
	assert_string_equal("0", a[9].value);
	ask("drop table child, t");
}

static void test_thousand(void **state)
{
	static struct answer a[1000];
	(void)state;

	order = 0;
	memset(a, 0, sizeof(a));
	for (int i = 0; i < 1000; i++) {
		char n[16];
		const char *params[] = {n};

		snprintf(n, sizeof(n), "%d", i);
		assert_int_equal(0, pg_call(pg, "select $1 || 'x'", 1, params,
					    10000, true, answer_h, &a[i]));
	}
	RUN_UNTIL(loop, order == 1000);
	for (int i = 0; i < 1000; i++) {
		char want[16];

		snprintf(want, sizeof(want), "%dx", i);
		assert_int_equal(0, a[i].err);
		assert_int_equal(i + 1, a[i].order);
		assert_string_equal(want, a[i].value);
	}
}

static void test_large(void **state)
{
	static char text[3000001];
	const char *params[] = {text};
	struct answer a[3] = {0};
	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(0,
				 pg_call(pg, "select length($1), $1", 1, params,
					 10000, true, answer_h, &a[i]));
	RUN_UNTIL(loop, a[2].n);
	for (int i = 0; i < 3; i++)
		assert_string_equal("3000000", a[i].value);
}

static void test_queue_limit(void **state)
{
	struct answer a = {0};
	int n = 0, err;
	(void)state;

	while (!(err = call(&a, "select 1", 10000)))
		n++;
	assert_int_equal(-ENOBUFS, err);
	assert_int_equal(2000, n);
	RUN_UNTIL(loop, a.n == 2000);
	assert_int_equal(0, call(&a, "select 1", 10000));
	RUN_UNTIL(loop, a.n == 2001);
}

static void test_timeout(void **state)
{
	struct answer slow = {0}, behind = {0}, later = {0};
	(void)state;

	ask("select 1");
	assert_int_equal(0, call(&slow, "select pg_sleep(0.5), 's'", 100));
	assert_int_equal(0, call(&behind, "select 'b'", 5000));
	RUN_UNTIL(loop, slow.n);
	assert_int_equal(-ETIMEDOUT, slow.err);
	assert_int_equal(0, behind.n);
	RUN_UNTIL(loop, behind.n);
	assert_string_equal("b", behind.value);
	assert_int_equal(0, call(&later, "select 'l'", 5000));
	RUN_UNTIL(loop, later.n);
	assert_string_equal("l", later.value);
	assert_int_equal(1, slow.n);
	/* The session's own limit. */
	pg = pg_free(pg);
	open_with(cluster.conninfo, 10, 100);
	slow = ask("select pg_sleep(10)");
	assert_int_equal(-EREMOTEIO, slow.err);
	assert_string_equal("57014", slow.state);
}

static void test_timeout_while_down(void **state)
{
	struct answer a = {0};
	(void)state;

	pg = pg_free(pg);
	open_with("host=/nonexistent", 10, 1000);
	assert_int_equal(0, call(&a, "select 1", 100));
	RUN_UNTIL(loop, a.n);
	assert_int_equal(-ETIMEDOUT, a.err);
	assert_int_equal(0, conn.ups);
}

static void test_notifications(void **state)
{
	(void)state;
	assert_int_equal(0, pg_listen(pg, "Odd \"name"));
	ask("select 1");
	assert_int_equal(0, pg_listen(pg, "bells"));
	ask("select 1");
	ask("select pg_notify('bells', 'ding')");
	RUN_UNTIL(loop, conn.notes == 1);
	assert_string_equal("bells", conn.channel);
	assert_string_equal("ding", conn.payload);
	ask("notify \"Odd \"\"name\"");
	RUN_UNTIL(loop, conn.notes == 2);
	assert_string_equal("Odd \"name", conn.channel);
	/* After a reconnect too, before anybody is told that it is up. */
	ask("select pg_terminate_backend(pg_backend_pid())");
	RUN_UNTIL(loop, conn.ups == 2);
	ask("select pg_notify('bells', 'dong')");
	RUN_UNTIL(loop, conn.notes == 3);
	assert_string_equal("dong", conn.payload);
}

static void test_server_killed(void **state)
{
	struct answer on_wire = {0}, waits = {0}, no = {0};
	(void)state;

	ask("select 1");
	assert_int_equal(0, call(&on_wire, "select pg_sleep(20)", 30000));
	/* More than the pipeline takes, so that some wait. */
	for (int i = 0; i < 400; i++)
		assert_int_equal(0, pg_call(pg, "select 1", 0, NULL, 30000,
					    false, answer_h, &no));
	assert_int_equal(0, call(&waits, "select 'after'", 30000));
	for (int i = 0; i < 5; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	cluster_kill(&cluster, SIGKILL);
	RUN_UNTIL(loop, conn.downs == 1);
	assert_int_equal(-ECONNRESET, on_wire.err);
	assert_int_equal(400, no.n);
	assert_int_equal(-ENOTCONN, no.err);
	assert_int_equal(0, waits.n);
	assert_false(pg_up(pg));
	assert_int_equal(-ENOTCONN, pg_call(pg, "select 1", 0, NULL, 30000,
					    false, answer_h, &no));
	cluster_start(&cluster);
	RUN_UNTIL_MS(loop, waits.n, 30000);
	assert_int_equal(0, waits.err);
	assert_string_equal("after", waits.value);
	assert_int_equal(2, conn.ups);
}

static void test_host_name(void **state)
{
	char info[128];
	struct answer a;
	(void)state;

	pg = pg_free(pg);
	snprintf(info, sizeof(info),
		 "host=localhost port=%d dbname=postgres user=nobody",
		 cluster.port);
	open_with(info, 10, 1000);
	a = ask("select host(inet_server_addr()) || current_user");
	assert_string_equal("127.0.0.1test", a.value);
	pg = pg_free(pg);
	open_with("host=a..b", 10, 1000);
	for (int i = 0; i < 10; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_false(pg_up(pg));
}

static void test_free_answers_everybody(void **state)
{
	struct answer sent = {0}, queued = {0};
	(void)state;

	ask("select 1");
	assert_int_equal(0, call(&sent, "select pg_sleep(1)", 5000));
	for (int i = 0; i < 300; i++)
		call(&queued, "select 1", 5000);
	pg = pg_free(pg);
	assert_int_equal(1, sent.n);
	assert_int_equal(-ECONNRESET, sent.err);
	assert_int_equal(300, queued.n);
	assert_int_equal(-ENOTCONN, queued.err);
	/* … also while it connects. */
	open_with(cluster.conninfo, 10, 1000);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	pg = pg_free(pg);
}

static void free_h(const struct pg_result *r, void *arg)
{
	answer_h(r, arg);
	pg = pg_free(pg);
}

static void test_free_inside_handler(void **state)
{
	struct answer a = {0}, b = {0};
	(void)state;

	ask("select 1");
	assert_int_equal(
		0, pg_call(pg, "select 1", 0, NULL, 1000, true, free_h, &a));
	assert_int_equal(0, call(&b, "select 1", 1000));
	RUN_UNTIL(loop, b.n);
	assert_int_equal(0, a.err);
	assert_int_equal(-ECONNRESET, b.err);
	for (int i = 0; i < 3; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

static void test_silent_and_why(void **state)
{
	struct answer a = {0};
	(void)state;

	ask("select 1");
	assert_string_equal("", pg_why(pg));
	assert_int_equal(0, pg_silent_ms(pg));
	assert_int_equal(0, call(&a, "select pg_sleep(0.5)", 5000));
	RUN_UNTIL(loop, pg_silent_ms(pg) >= 200);
	assert_int_equal(0, a.n);
	RUN_UNTIL(loop, a.n);
	assert_int_equal(0, pg_silent_ms(pg));
	pg = pg_free(pg);
	open_with("host=/nonexistent dbname=none", 10, 1000);
	RUN_UNTIL(loop, pg_why(pg)[0]);
	assert_non_null(strstr(pg_why(pg), "No such file or directory"));
	assert_null(strchr(pg_why(pg), '\n'));
	assert_int_equal(0, pg_silent_ms(pg));
}

static void test_bad_conninfo(void **state)
{
	struct pg_prm prm = {.name = "bad", .conninfo = "nonsense=1"};
	struct pg *p;
	(void)state;

	assert_int_equal(-EINVAL, pg_new(&p, loop, dns, &prm));
	prm.conninfo = "host=a,b";
	assert_int_equal(-EINVAL, pg_new(&p, loop, dns, &prm));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_values),
		T(test_errors_between_good_ones),
		T(test_thousand),
		T(test_large),
		T(test_queue_limit),
		T(test_timeout),
		T(test_timeout_while_down),
		T(test_notifications),
		T(test_server_killed),
		T(test_host_name),
		T(test_free_answers_everybody),
		T(test_free_inside_handler),
		T(test_silent_and_why),
		T(test_bad_conninfo),
	};
	int failed;

	cluster_make(&cluster);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	cluster_remove(&cluster);
	return failed;
}
