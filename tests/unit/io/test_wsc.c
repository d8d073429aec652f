/* wsc: WebSockets to others: against the library's server, and rogues. */
#include "tests/unit/io/wsc.h"

static void test_echo(void **state)
{
	static const size_t lens[] = {0,   1,	  125,	 126,	  127,
				      385, 65535, 65536, 1 << 20, 3 << 20};
	const char *headers[] = {"Authorization", "Token abc", NULL};
	struct end e = {0};
	char url[100];
	struct wsc_prm prm = to(&e, url);
	(void)state;

	listen_with(NULL, NULL);
	snprintf(url, sizeof(url), "ws://voice.test:%d/v1/listen?a=b&c=d",
		 port);
	prm.headers = headers;
	dial(&e, &prm);
	assert_int_equal(-ENOTCONN, wsc_send(e.c, SV("early"), false));
	RUN_UNTIL(loop, e.opened && srv);
	assert_string_equal("/v1/listen?a=b&c=d", srv_path);
	assert_string_equal("Token abc", srv_auth);
	snprintf(url, sizeof(url), "voice.test:%d", port);
	assert_string_equal(url, srv_host);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		for (int binary = 0; binary < 2; binary++) {
			int before = e.got;

			e.expect = (struct sv){huge, lens[i]};
			assert_int_equal(0, wsc_send(e.c, e.expect, binary));
			RUN_UNTIL(loop, e.got == before + 1);
			assert_int_equal(binary, e.binary);
		}
	assert_int_equal(0, wsc_pending(e.c));
	wsc_close(e.c, 4001);
	assert_int_equal(-ENOTCONN, wsc_send(e.c, SV("late"), false));
	assert_int_equal(0, e.closed);
	RUN_UNTIL(loop, e.closed && !srv);
	assert_int_equal(4001, srv_code);
	assert_int_equal(4001, e.code);
	assert_int_equal(0, e.err);
}

/* Held messages arrive in order, and only when they are released. */
static void test_hold(void **state)
{
	struct end e = {0};
	char url[64], msg[16];
	struct wsc_prm prm = to(&e, url);
	(void)state;

	listen_with(NULL, NULL);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d", port);
	dial(&e, &prm);
	RUN_UNTIL(loop, e.opened && srv);
	wsc_hold(e.c);
	for (int i = 1; i <= 100; i++) {
		snprintf(msg, sizeof(msg), "m%d", i);
		assert_int_equal(0, wsc_send(e.c, sv_str(msg), false));
	}
	assert_true(wsc_pending(e.c) > 800);
	for (int i = 0; i < 5; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(0, srv_got);
	wsc_release(e.c);
	assert_int_equal(0, wsc_pending(e.c));
	RUN_UNTIL(loop, e.got == 100);
	assert_string_equal("m100", e.last);
	/* From inside a handler, too. */
	e.close_after = 101;
	wsc_send(e.c, SV("over"), false);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(1000, e.code);
}

/* A name that is kept known; the environment may go while it is asked for. */
static void test_warm(void **state)
{
	struct end e = {0};
	char url[64];
	struct wsc_prm prm = to(&e, url);
	(void)state;

	listen_with(NULL, NULL);
	snprintf(url, sizeof(url), "ws://localhost:%d/", port);
	prm.addr = NULL;
	assert_int_equal(-EINVAL, wsc_warm(env, "nonsense", NULL));
	assert_int_equal(-EINVAL, wsc_warm(env, "wss://a/", "/no/such/file"));
	for (int i = 0; i < 3; i++) {
		e = (struct end){0};
		assert_int_equal(0, wsc_warm(env, url, NULL));
		dial(&e, &prm);
		/* IPv6 may come first, where nobody listens here */
		RUN_UNTIL(loop, e.opened || e.closed);
		if (e.c)
			wsc_close(e.c, 1000);
		RUN_UNTIL(loop, e.closed);
		assert_true(e.err == 0 || e.err == -ECONNREFUSED);
	}
	assert_int_equal(0, wsc_warm(env, "ws://other.invalid/", NULL));
}

static void test_urls(void **state)
{
	static const char *const bad[] = {
		"http://a/", "ws://", "wss://u:p@a/", "ws://a:99999/",
		"ws://a:0/", "a/b",   "ws://a/b c",   "ws://a/\r\nX: y"};
	const char *headers[] = {"X", "a\r\nY: b", NULL};
	struct end e = {0};
	struct wsc_prm prm = to(&e, "ws://127.0.0.1:1/");
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("%s\n", bad[i]);
		prm.url = bad[i];
		assert_int_equal(-EINVAL, wsc_open(&e.c, env, &prm));
	}
	prm.url = "ws://127.0.0.1:1/";
	prm.headers = headers;
	assert_int_equal(-EINVAL, wsc_open(&e.c, env, &prm));
	/* Nobody there; a name that is none; given up by us. */
	prm.headers = NULL;
	dial(&e, &prm);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(-ECONNREFUSED, e.err);
	assert_true(e.retryable);
	e = (struct end){0};
	prm.addr = NULL;
	prm.url = "ws://no-such-host.invalid/";
	dial(&e, &prm);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(-ENOENT, e.err);
	e = (struct end){0};
	prm.url = "ws://[::1]:1/";
	dial(&e, &prm);
	wsc_close(e.c, 1000);
	assert_int_equal(0, e.closed);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(-ECANCELED, e.err);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *name, *answer;
		int err, http, retry_after;
		bool hangs_up, retryable;
		const char *body;
	} tv[] = {
		{"wrong key",
		 "HTTP/1.1 401 Unauthorized\r\nContent-Length: "
		 "9\r\n\r\n{\"a\":1}\n"
		 "and more",
		 -EACCES, 401, -1, false, false, "{\"a\":1}\na"},
		{"no money", "HTTP/1.1 402 Payment Required\r\n\r\n", -EACCES,
		 402, -1, true, false, ""},
		{"too many",
		 "HTTP/1.1 429 Too Many Requests\r\nretry-after:  7 \r\n"
		 "Content-Length: 0\r\n\r\n",
		 -EACCES, 429, 7, false, true, ""},
		{"busy", "HTTP/1.1 503 Busy\r\n\r\nlater", -EACCES, 503, -1,
		 true, true, "later"},
		{"elsewhere",
		 "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n"
		 "Content-Length: 0\r\n\r\n",
		 -EACCES, 302, -1, false, false, ""},
		{"just a page",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", -EACCES, 200,
		 -1, false, false, "hi"},
		{"ssh", "SSH-2.0-OpenSSH_9.2p1\r\n", -EPROTO, 0, -1, false,
		 false, ""},
		{"old", "HTTP/1.0 101 Switching\r\n\r\n", -EPROTO, 0, -1, false,
		 false, ""},
		{"not our key",
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\n"
		 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
		 -EPROTO, 101, -1, false, false, ""},
		{"hangs up", "", -ECONNRESET, 0, -1, true, true, ""},
		{"hangs up half-way", "HTTP/1.1 101 Swi", -ECONNRESET, 0, -1,
		 true, true, ""},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		for (size_t step = 0; step < 2; step++) {
			struct rogue r = {.answer = sv_str(tv[i].answer),
					  .hangs_up = tv[i].hangs_up,
					  .step = step};
			struct end e = {0};

			print_message("%s\n", tv[i].name);
			rogue_start(&r);
			meet(&r, &e, 5000, -1);
			RUN_UNTIL(loop, e.closed);
			assert_int_equal(tv[i].err, e.err);
			assert_int_equal(tv[i].http, e.http);
			assert_int_equal(tv[i].retry_after, e.retry_after);
			assert_int_equal(tv[i].retryable, e.retryable);
			assert_string_equal(tv[i].body, e.body);
			assert_int_equal(0, e.opened);
			rogue_stop(&r);
		}
}

#define LIT(s)                                                                 \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

static void test_frames(void **state)
{
	static const struct {
		const char *name;
		struct sv then;
		const char *last; /* message; NULL: none */
		int got, err, code, pongs, closes;
		bool hangs_up, retryable;
		const char *why;
	} tv[] = {
		{"with the head", LIT("\x81\x02hi\x81\x03you"), "you", 2,
		 -ECONNRESET, 1006, 0, 0, true, true, "no close frame came"},
		{"pieces with a ping between",
		 LIT("\x01\x02"
		     "ab\x89\x01!\x00\x01"
		     "c\x80\x02"
		     "de"),
		 "abcde", 1, -ECONNRESET, 1006, 1, 0, true, true,
		 "no close frame came"},
		{"empty pieces", LIT("\x02\x00\x80\x00"), "", 1, -ECONNRESET,
		 1006, 0, 0, true, true, "no close frame came"},
		{"code and reason", LIT("\x88\x0a\x03\xf3NET-0001"), NULL, 0, 0,
		 1011, 0, 1, false, true, "NET-0001"},
		{"policy", LIT("\x88\x02\x03\xf0"), NULL, 0, 0, 1008, 0, 1,
		 false, false, ""},
		{"no code", LIT("\x88\x00"), NULL, 0, 0, 1005, 0, 1, false,
		 true, ""},
		{"reserved bits", LIT("\xc1\x02hi"), NULL, 0, -EPROTO, 1002, 0,
		 1, false, false, NULL},
		{"unknown kind", LIT("\x83\x02hi"), NULL, 0, -EPROTO, 1002, 0,
		 1, false, false, NULL},
		{"masked", LIT("\x81\x82\1\2\3\4hi"), NULL, 0, -EPROTO, 1002, 0,
		 1, false, false, NULL},
		{"continues nothing", LIT("\x80\x02hi"), NULL, 0, -EPROTO, 1002,
		 0, 1, false, false, NULL},
		{"begins anew", LIT("\x01\x02hi\x81\x02ho"), NULL, 0, -EPROTO,
		 1002, 0, 1, false, false, NULL},
		{"ping in pieces", LIT("\x09\x02hi"), NULL, 0, -EPROTO, 1002, 0,
		 1, false, false, NULL},
		{"long ping", LIT("\x89\x7e\x00\x7e"), NULL, 0, -EPROTO, 1002,
		 0, 1, false, false, NULL},
		{"too long", LIT("\x82\x7f\0\0\0\0\0\x40\0\x01"), NULL, 0,
		 -EMSGSIZE, 1009, 0, 1, false, false, NULL},
		{"half a code", LIT("\x88\x01\x03"), NULL, 0, -EPROTO, 1002, 0,
		 1, false, false, NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		for (size_t step = 0; step < 2; step++) {
			struct rogue r = {.then = tv[i].then,
					  .hangs_up = tv[i].hangs_up,
					  .step = step};
			struct end e = {0};

			print_message("%s\n", tv[i].name);
			rogue_start(&r);
			meet(&r, &e, 5000, -1);
			RUN_UNTIL(loop, e.closed && !r.tcp);
			assert_int_equal(1, e.opened);
			assert_string_equal("r-1", e.id);
			assert_int_equal(tv[i].got, e.got);
			if (tv[i].last)
				assert_string_equal(tv[i].last, e.last);
			assert_int_equal(tv[i].err, e.err);
			assert_int_equal(tv[i].code, e.code);
			assert_int_equal(tv[i].retryable, e.retryable);
			assert_int_equal(tv[i].pongs, r.pongs);
			assert_int_equal(tv[i].closes, r.closes);
			if (tv[i].why)
				assert_string_equal(tv[i].why, e.why);
			rogue_stop(&r);
		}
}

/* Every wait has an end: no answer, silence after it, a deaf goodbye. */
static void test_deadlines(void **state)
{
	struct rogue r = {.mute = true};
	struct end e = {0};
	int64_t from_us;
	(void)state;

	rogue_start(&r);
	meet(&r, &e, 100, -1);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(-ETIMEDOUT, e.err);
	rogue_stop(&r);
	/* The head of a refusal, and never its body. */
	r = (struct rogue){.answer = SV("HTTP/1.1 403 No\r\n"
					"Content-Length: 5\r\n\r\nab")};
	e = (struct end){0};
	rogue_start(&r);
	meet(&r, &e, 100, -1);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(403, e.http);
	assert_string_equal("ab", e.body);
	rogue_stop(&r);

	/* Half open: writes succeed, nothing ever comes. */
	r = (struct rogue){0};
	e = (struct end){0};
	rogue_start(&r);
	from_us = clock_mono_us();
	meet(&r, &e, 5000, 50);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(-ETIMEDOUT, e.err);
	assert_int_equal(1006, e.code);
	assert_true(clock_mono_us() - from_us >= 100000);
	assert_true(clock_mono_us() - from_us < 2000000);
	rogue_stop(&r);

	/* A peer that does not answer our close frame. */
	r = (struct rogue){0};
	e = (struct end){0};
	rogue_start(&r);
	meet(&r, &e, 5000, -1);
	RUN_UNTIL(loop, e.opened);
	wsc_close(e.c, 1000);
	RUN_UNTIL_MS(loop, e.closed, 3000);
	assert_int_equal(1000, e.code);
	assert_int_equal(1, r.closes);
	rogue_stop(&r);
}

/* A peer that does not read: the queue is bounded, and tells when it is out. */
static void test_queue_limit(void **state)
{
	struct rogue r = {0};
	struct end e = {0};
	char url[64];
	struct wsc_prm prm = to(&e, url);
	int err;
	(void)state;

	rogue_start(&r);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", r.port);
	prm.pending_max = 100000;
	dial(&e, &prm);
	RUN_UNTIL(loop, e.opened);
	tcp_pause(r.tcp, true);
	do {
		err = wsc_send(e.c, (struct sv){huge, 10000}, true);
		assert_true(wsc_pending(e.c) <= 100014);
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	} while (!err);
	assert_int_equal(-ENOBUFS, err);
	assert_int_equal(0, e.drained);
	tcp_pause(r.tcp, false);
	RUN_UNTIL(loop, e.drained);
	assert_int_equal(0, wsc_pending(e.c));
	assert_int_equal(0, wsc_send(e.c, SV("on"), true));
	wsc_close(e.c, 1006);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(1006, e.code);
	rogue_stop(&r);
}
static void test_free_with_everything_open(void **state)
{
	struct end e = {0}, opening = {0}, looking = {0};
	struct rogue r = {0};
	struct wsc_prm prm = to(&looking, "ws://localhost:1/");
	(void)state;

	rogue_start(&r);
	meet(&r, &e, 5000, -1);
	RUN_UNTIL(loop, e.opened);
	meet(&r, &opening, 5000, -1);
	prm.addr = NULL;
	dial(&looking, &prm);
	env = wsc_env_free(env);
	assert_int_equal(1, e.closed);
	assert_int_equal(1, opening.closed);
	assert_int_equal(1, looking.closed);
	assert_int_equal(-ECANCELED, looking.err);
	rogue_stop(&r);
	assert_int_equal(0, wsc_env_new(&env, loop, dns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_warm),
		T(test_echo),
		T(test_hold),
		T(test_urls),
		T(test_refusals),
		T(test_frames),
		T(test_deadlines),
		T(test_queue_limit),
		T(test_free_with_everything_open),
	};

	return cmocka_run_group_tests(tests, make_huge, free_huge);
}
