/* A resolver that stalls: nobody on the loop waits for it. */
#include "tests/unit/io/io.h"

#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>

#include "io/dns.h"
#include "io/httpc.h"
#include "io/pg.h"
#include "io/wsc.h"

static sem_t gate;

/* Ours comes before libc's: a name of .stall waits at the gate. */
int getaddrinfo(const char *host, const char *service,
		const struct addrinfo *hints, struct addrinfo **res);

int getaddrinfo(const char *host, const char *service,
		const struct addrinfo *hints, struct addrinfo **res)
{
	static int (*real)(const char *, const char *, const struct addrinfo *,
			   struct addrinfo **);
	const char *dot = host ? strrchr(host, '.') : NULL;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (dot && !strcmp(dot, ".stall")) {
		sem_wait(&gate);
		return EAI_AGAIN;
	}
	return real(host, service, hints, res);
}

static int64_t last_us, gap_us;

static void beat_h(void *arg)
{
	int64_t now_us = clock_mono_us();
	(void)arg;

	if (last_us)
		gap_us = MAX(gap_us, now_us - last_us);
	last_us = now_us;
}

static void resolved_h(int err, const char *addr, void *arg)
{
	(void)addr;
	*(int *)arg = err;
}

static void result_h(const struct httpc_result *r, void *arg)
{
	*(int *)arg = r->err;
}

static void pg_answer_h(const struct pg_result *r, void *arg)
{
	*(int *)arg = r->err;
}

static void closed_h(struct wsc *c, const struct wsc_end *end, void *arg)
{
	(void)c;
	*(int *)arg = end->err;
}

static void test_stall(void **state)
{
	struct httpc_prm out = {
		.method = "GET", .url = "http://a.stall/", .timeout_ms = 150};
	struct pg_prm prm = {.name = "stalled",
			     .conninfo = "host=b.stall",
			     .queue_max = 10,
			     .statement_ms = 1000};
	int name = 1, http = 1, never = 1, sql = 1, sock = 1, late = 1;
	struct wsc_prm to = {.url = "ws://d.stall/",
			     .timeout_ms = 150,
			     .h = {.closedh = closed_h, .arg = &sock}};
	struct wsc_env *net;
	struct wsc *c;
	struct httpc_call *call;
	struct httpc *httpc;
	struct timer *beat;
	struct loop *loop;
	struct dns *dns;
	struct pg *pg;
	(void)state;

	assert_int_equal(0, sem_init(&gate, 0, 0));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, httpc_new(&httpc, loop));
	assert_int_equal(0, timer_new(&beat, loop, beat_h, NULL));
	timer_every(beat, 5);
	assert_int_equal(0, pg_new(&pg, loop, dns, &prm));
	assert_int_equal(0, pg_call(pg, "select 1", 0, NULL, 200, true,
				    pg_answer_h, &sql));
	assert_int_equal(0, dns_resolve(dns, "c.stall", resolved_h, &name));
	assert_int_equal(0, httpc_send(NULL, httpc, &out, result_h, &http));
	assert_int_equal(0, httpc_send(&call, httpc, &out, result_h, &never));
	httpc_cancel(call);
	assert_int_equal(0, wsc_env_new(&net, loop, dns));
	assert_int_equal(0, wsc_open(&c, net, &to));
	to.timeout_ms = 10000;
	to.h.arg = &late;
	assert_int_equal(0, wsc_open(&c, net, &to));
	RUN_UNTIL(loop, http < 1 && sql < 1 && sock < 1);
	assert_int_equal(-ETIMEDOUT, sock);
	assert_int_equal(-ETIMEDOUT, http);
	assert_int_equal(-ETIMEDOUT, sql);
	assert_int_equal(1, name);
	/* All may go while the names are still out. */
	httpc = httpc_free(httpc);
	net = wsc_env_free(net);
	assert_int_equal(-ECANCELED, late);
	pg = pg_free(pg);
	for (int i = 0; i < 3; i++)
		uv_run(loop_uv(loop), UV_RUN_ONCE);
	print_message("longest gap: %.1f ms\n", (double)gap_us / 1000);
	assert_true(gap_us < 100000);
	for (int i = 0; i < 8; i++)
		sem_post(&gate);
	RUN_UNTIL(loop, name < 1);
	assert_int_equal(-ENOENT, name);
	dns = dns_free(dns);
	beat = timer_free(beat);
	loop = loop_free(loop);
	assert_int_equal(1, never);
	sem_destroy(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_stall)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
