/* wsc over TLS: who is trusted, sessions that are resumed, what it costs. */
#include "tests/unit/io/wsc.h"

#include <sys/resource.h>

static void test_tls(void **state)
{
	static const struct {
		const char *name, *host;
		int ca; /* 0 the right one, 1 another, 2 the system's */
		int err;
	} tv[] = {
		{"good", "voice.test", 0, 0},
		{"again", "voice.test", 0, 0},
		{"another authority", "voice.test", 1, -EPROTO},
		{"the system's", "voice.test", 2, -EPROTO},
		{"another name", "other.test", 0, -EPROTO},
		{"an address", "127.0.0.1", 0, -EPROTO},
	};
	struct certs certs;
	(void)state;

	certs_make(&certs);
	listen_with(certs.cert, certs.key);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct end e = {.expect = {huge, 1u << 20}};
		char url[64];
		struct wsc_prm prm = to(&e, url);

		print_message("%s\n", tv[i].name);
		snprintf(url, sizeof(url), "wss://%s:%d/", tv[i].host, port);
		prm.ca_file = tv[i].ca == 0   ? certs.ca
			      : tv[i].ca == 1 ? certs.other_ca
					      : NULL;
		dial(&e, &prm);
		RUN_UNTIL(loop, e.opened || e.closed);
		assert_int_equal(tv[i].err, e.err);
		if (tv[i].err) {
			assert_non_null(strstr(e.why, "certificate"));
			assert_false(e.retryable);
			continue;
		}
		for (int k = 1; k <= 3; k++) {
			assert_int_equal(0, wsc_send(e.c, e.expect, true));
			RUN_UNTIL(loop, e.got == k);
		}
		wsc_close(e.c, 1000);
		RUN_UNTIL(loop, e.closed);
		assert_int_equal(1000, e.code);
	}
	certs_remove(&certs);
}

/* The second connection to a host goes on with the first one's session. */
static void test_resumed(void **state)
{
	struct certs certs;
	struct rogue r = {.then = SV("\x81\x02hi")};
	(void)state;

	certs_make(&certs);
	assert_int_equal(0, tcp_tls_server(&r.tls, certs.cert, certs.key));
	rogue_start(&r);
	for (int i = 0; i < 3; i++) {
		struct end e = {.close_after = 1};
		char url[64];
		struct wsc_prm prm = to(&e, url);

		snprintf(url, sizeof(url), "wss://voice.test:%d/", r.port);
		prm.ca_file = certs.ca;
		r.told = false;
		buf_reset(&r.in);
		dial(&e, &prm);
		RUN_UNTIL(loop, e.got);
		assert_int_equal(i > 0, r.resumed);
		RUN_UNTIL(loop, e.closed);
		if (r.tcp)
			tcp_cut(r.tcp);
		RUN_UNTIL(loop, !r.tcp);
	}
	rogue_stop(&r);
	certs_remove(&certs);
}

/* Handshakes that stop half-way, and what is no TLS at all. */
static void test_tls_rogues(void **state)
{
	struct certs certs;
	struct rogue r = {.mute = true};
	(void)state;

	certs_make(&certs);
	rogue_start(&r); /* plain: our hello is never answered */
	for (int i = 0; i < 2; i++) {
		struct end e = {0};
		char url[64];
		struct wsc_prm prm = to(&e, url);

		snprintf(url, sizeof(url), "wss://voice.test:%d/", r.port);
		prm.ca_file = certs.ca;
		prm.timeout_ms = 200;
		dial(&e, &prm);
		RUN_UNTIL(loop, r.tcp && r.in.len);
		if (i)
			tcp_send(r.tcp, SV("HTTP/1.1 400 Bad\r\n\r\n"));
		RUN_UNTIL(loop, e.closed);
		assert_int_equal(i ? -EPROTO : -ETIMEDOUT, e.err);
		if (r.tcp)
			tcp_cut(r.tcp);
		RUN_UNTIL(loop, !r.tcp);
		buf_reset(&r.in);
	}
	rogue_stop(&r);
	certs_remove(&certs);
}

/* Not a test of right or wrong: what one echoed frame costs us and a server. */
static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static double cost(const char *ca_file, size_t len, int frames)
{
	struct end e = {0};
	char url[64];
	struct wsc_prm prm = to(&e, url);
	int64_t from_us;

	snprintf(url, sizeof(url), "%s://voice.test:%d/",
		 ca_file ? "wss" : "ws", port);
	prm.ca_file = ca_file;
	dial(&e, &prm);
	RUN_UNTIL(loop, e.opened && srv);
	from_us = cpu_us();
	for (int i = 1; i <= frames; i++) {
		wsc_send(e.c, (struct sv){huge, len}, true);
		while (e.got < i)
			uv_run(loop_uv(loop), UV_RUN_ONCE);
	}
	from_us = cpu_us() - from_us;
	wsc_close(e.c, 1000);
	RUN_UNTIL(loop, e.closed && !srv);
	return (double)from_us / frames;
}

static void test_cost(void **state)
{
	static const size_t lens[] = {160, 385};
	struct certs certs;
	(void)state;

	certs_make(&certs);
	for (int tls = 0; tls < 2; tls++) {
		if (tls)
			lis = web_listener_free(lis);
		listen_with(tls ? certs.cert : NULL, tls ? certs.key : NULL);
		for (size_t i = 0; i < ARRAY_LEN(lens); i++)
			print_message(
				"%zu bytes %s, both ends here: "
				"%.1f us of CPU a round\n",
				lens[i], tls ? "TLS" : "plain",
				cost(tls ? certs.ca : NULL, lens[i], 10000));
	}
	certs_remove(&certs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_tls),
		T(test_resumed),
		T(test_tls_rogues),
		T(test_cost),
	};

	return cmocka_run_group_tests(tests, make_huge, free_huge);
}
