/* web: requests, replies and streams over real sockets. */
#include "tests/unit/io/peer.h"

#include <sys/resource.h>

#include <curl/curl.h>

#include "io/web.h"

#define BODY_MAX 1000

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static int lfd, port;

/* What the server saw last, and what it shall do. */
static struct {
	int requests, gone, stream_closed;
	char method[16], path[256], query[256], sig[128], type[64], host[64],
		peer[64];
	char body[BODY_MAX + 1];
	struct web_req *waiting;
	struct web_stream *stream;
} seen;

static char big[1u << 20];

static void gone_h(void *arg)
{
	(void)arg;
	seen.gone++;
	seen.waiting = NULL;
}

static void stream_closed_h(struct web_stream *s, void *arg)
{
	(void)arg;
	assert_ptr_equal(seen.stream, s);
	seen.stream = NULL;
	seen.stream_closed++;
}

static void request_h(struct web_req *r, void *arg)
{
	static const struct web_stream_handlers sh = {stream_closed_h, NULL};
	struct sv path = web_req_path(r);
	(void)arg;

	seen.requests++;
	sv_copy(seen.method, sizeof(seen.method), web_req_method(r));
	sv_copy(seen.path, sizeof(seen.path), path);
	sv_copy(seen.query, sizeof(seen.query), web_req_query(r));
	sv_copy(seen.body, sizeof(seen.body), web_req_body(r));
	sv_copy(seen.sig, sizeof(seen.sig),
		web_req_header(r, "x-twilio-signature"));
	sv_copy(seen.type, sizeof(seen.type),
		web_req_header(r, "content-type"));
	sv_copy(seen.host, sizeof(seen.host), web_req_header(r, "host"));
	sv_copy(seen.peer, sizeof(seen.peer), sv_str(web_req_peer(r)));
	assert_sv_equal("", web_req_header(r, "x-absent"));
	if (sv_starts(path, "/later")) {
		seen.waiting = r;
		web_req_on_gone(r, gone_h, NULL);
	} else if (sv_eq(path, "/forget")) {
		seen.waiting = r;
	} else if (sv_eq(path, "/stream")) {
		assert_int_equal(0, web_stream_open(&seen.stream, r,
						    "text/event-stream", NULL,
						    &sh));
	} else if (sv_eq(path, "/big")) {
		web_reply(r, 200, "text/plain", (struct sv){big, sizeof(big)},
			  NULL);
	} else if (sv_eq(path, "/hello")) {
		web_reply(r, 200, "text/plain", SV("hello"),
			  "X-One: 1\r\nX-Two: 2\r\n");
	} else {
		web_reply(r, 404, "text/plain", SV("no such page"), NULL);
	}
}

static void listen_with(const char *cert, const char *key)
{
	struct web_listen_prm prm = {
		.name = "test",
		.fd = lfd,
		.cert_file = cert,
		.key_file = key,
		.body_max = BODY_MAX,
		.header_ms = 10000,
		.requesth = request_h,
	};

	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	lfd = peer_listen(&port);
	listen_with(NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	web = web_free(web);
	close(lfd);
	loop = loop_free(loop);
	return 0;
}

static void test_get(void **state)
{
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /hello?call=17&n=a%20b HTTP/1.1\r\nHost: x\r\n"
		      "X-Twilio-Signature: AbC+/d=\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "\r\n\r\nhello"));
	assert_true(peer_has(&p, "HTTP/1.1 200 OK\r\n"));
	assert_true(peer_has(&p, "Content-Length: 5\r\n"));
	assert_true(peer_has(&p, "Content-Type: text/plain\r\n"));
	assert_true(peer_has(&p, "X-One: 1\r\nX-Two: 2\r\n\r\n"));
	assert_string_equal("GET", seen.method);
	assert_string_equal("/hello", seen.path);
	assert_string_equal("call=17&n=a+b", seen.query);
	assert_string_equal("AbC+/d=", seen.sig);
	assert_string_equal("x", seen.host);
	assert_string_equal("127.0.0.1", seen.peer);
	/* The connection stays: a second request on it. */
	peer_send(&p, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_count(&p, "HTTP/1.1 200 OK") == 2);
	peer_send(&p, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "no such page"));
	assert_int_equal(1, peer_count(&p, "hello"));
	assert_true(peer_has(&p, "HTTP/1.1 404 Not Found\r\n"));
	assert_false(p.eof);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n"
		      "Connection: close\r\n\r\n");
	RUN_UNTIL(loop, p.eof);
	assert_int_equal(2, peer_count(&p, "\r\n\r\nhello"));
	peer_close(&p);
}

static void test_paths(void **state)
{
	static const struct {
		const char *sent, *path, *query;
	} tv[] = {
		{"/ws/voice/twilio/a-b_C9.~", "/ws/voice/twilio/a-b_C9.~", ""},
		{"/a%20b", "/a%20b", ""},
		{"/%e2%82%ac", "/%E2%82%AC", ""},
		{"/a?b=c%26d&e=%2b", "/a", "b=c%26d&e=%2B"},
		{"/a&b", "/a&b", ""},
		{"/x/../etc/passwd", "/etc/passwd", ""},
	};
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char req[512];

		print_message("%s\n", tv[i].sent);
		snprintf(req, sizeof(req), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
			 tv[i].sent);
		peer_send(&p, req);
		RUN_UNTIL(loop, peer_count(&p, "no such page") == (int)i + 1);
		assert_string_equal(tv[i].path, seen.path);
		assert_string_equal(tv[i].query, seen.query);
	}
	peer_close(&p);
}

static void test_post(void **state)
{
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	for (int i = 1; i <= 3; i++) {
		peer_send(&p,
			  "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Type: "
			  "application/x-www-form-urlencoded\r\n"
			  "Content-Length: 21\r\n\r\nCallSid=CA1&");
		RUN_UNTIL(loop, seen.requests == i - 1);
		peer_send(&p, "From=%2B1");
		RUN_UNTIL(loop, peer_count(&p, "\r\n\r\nhello") == i);
		assert_string_equal("POST", seen.method);
		assert_string_equal("CallSid=CA1&From=%2B1", seen.body);
		assert_string_equal("application/x-www-form-urlencoded",
				    seen.type);
	}
	peer_send(&p, "POST /hello HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 0\r\n\r\n");
	RUN_UNTIL(loop, peer_count(&p, "\r\n\r\nhello") == 4);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_count(&p, "\r\n\r\nhello") == 5);
	assert_string_equal("", seen.body);
	peer_close(&p);
}

static void test_bodies(void **state)
{
#define CHUNKED                                                                \
	"POST /hello HTTP/1.1\r\nHost: x\r\n"                                  \
	"Transfer-Encoding: chunked\r\n\r\n"
	static const struct {
		const char *name, *req, *reply, *body;
		bool closes;
	} tv[] = {
		{"chunked",
		 CHUNKED "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "200",
		 "hello world", true},
		{"chunked, trailer", CHUNKED "1\r\nx\r\n0\r\nA: b\r\n\r\n",
		 "200", "x", true},
		{"chunked, empty", CHUNKED "0\r\n\r\n", "200", "", true},
		{"chunked, bad size", CHUNKED "zz\r\n", "400", NULL, true},
		{"chunked, bad end", CHUNKED "1\r\nxx\r\n", "400", NULL, true},
		{"chunked, negative", CHUNKED "-1\r\nxx\r\n", "400", NULL,
		 true},
		{"chunked, huge", CHUNKED "ffffffffff\r\nxx\r\n", "400", NULL,
		 true},
		{"chunked, over the limit", CHUNKED "10000\r\n%s%s", "413",
		 NULL, true},
		{"no length at all", "POST /hello HTTP/1.1\r\nHost: x\r\n\r\n",
		 "200", "", true},
		{"length and chunked",
		 "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
		 "Transfer-Encoding: chunked\r\n\r\nabc",
		 "400", NULL, true},
		{"gzip",
		 "POST /hello HTTP/1.1\r\nHost: x\r\n"
		 "Transfer-Encoding: gzip\r\n\r\nabc",
		 "501", NULL, true},
		{"GET, chunked",
		 "GET /hello HTTP/1.1\r\nHost: x\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
		 "501", NULL, true},
		{"GET with a body",
		 "GET /hello HTTP/1.1\r\nHost: x\r\n"
		 "Content-Length: 3\r\n\r\nabc",
		 "200", "abc", false},
		{"negative length",
		 "POST /hello HTTP/1.1\r\nHost: x\r\n"
		 "Content-Length: -3\r\n\r\n",
		 "400", NULL, true},
		{"length is no number",
		 "POST /hello HTTP/1.1\r\nHost: x\r\n"
		 "Content-Length: 3,3\r\n\r\nabc",
		 "400", NULL, true},
		{"PUT",
		 "PUT /hello HTTP/1.1\r\nHost: x\r\n"
		 "Content-Length: 3\r\n\r\nabc",
		 "200", "abc", false},
		{"DELETE", "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		 "", false},
		{"HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", "200", "", true},
		{"expects 100",
		 "POST /hello HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
		 "Content-Length: 2\r\n\r\nab",
		 "100 Continue\r\n\r\nHTTP/1.1 200", "ab", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char req[4096], pad[1500], want[128];
		int before = seen.requests;
		struct peer p;

		print_message("%s\n", tv[i].name);
		memset(pad, 'x', sizeof(pad));
		pad[sizeof(pad) - 1] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(req, sizeof(req), tv[i].req, pad, pad);
#pragma GCC diagnostic pop
		snprintf(want, sizeof(want), "HTTP/1.1 %s", tv[i].reply);
		peer_open(&p, loop, port, 0);
		peer_send(&p, req);
		RUN_UNTIL(loop, peer_has(&p, want));
		if (tv[i].closes)
			RUN_UNTIL(loop, p.eof);
		assert_int_equal(tv[i].body ? 1 : 0, seen.requests - before);
		if (tv[i].body)
			assert_string_equal(tv[i].body, seen.body);
		peer_close(&p);
	}
}

static void test_too_large_keeps_the_connection(void **state)
{
	char body[2 * BODY_MAX + 1];
	struct peer p;
	(void)state;

	memset(body, 'x', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	peer_open(&p, loop, port, 0);
	peer_send(&p, "POST /hello HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 2000\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "HTTP/1.1 413 "));
	assert_true(peer_has(&p, "application/problem+json"));
	peer_send(&p, body);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "\r\n\r\nhello"));
	assert_int_equal(1, seen.requests);
	peer_close(&p);
}

static void test_bad_heads(void **state)
{
	static const char *const tv[] = {
		"\r\n\r\n\r\n",
		"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET nowhere\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 not for us\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
	};
	static char huge[40000];
	struct peer p;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%zu\n", i);
		peer_open(&p, loop, port, 0);
		peer_send(&p, tv[i]);
		RUN_UNTIL(loop, p.eof);
		assert_false(peer_has(&p, " 200 "));
		peer_close(&p);
	}
	peer_open(&p, loop, port, 0);
	memset(huge, 'y', sizeof(huge) - 1);
	memcpy(huge, "GET /hello HTTP/1.1\r\nX: ", 24);
	peer_send(&p, huge);
	RUN_UNTIL(loop, p.eof);
	peer_close(&p);
	assert_int_equal(0, seen.requests);
}

static void relisten(int header_ms)
{
	struct web_listen_prm prm = {
		.name = "test",
		.fd = lfd,
		.body_max = BODY_MAX,
		.header_ms = header_ms,
		.requesth = request_h,
	};

	lis = web_listener_free(lis);
	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static void test_slow_client(void **state)
{
	struct peer p, q;
	(void)state;

	relisten(200);
	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /hello HT");
	peer_open(&q, loop, port, 0);
	peer_send(&q, "POST /hello HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 10\r\n\r\nabc");
	RUN_UNTIL(loop, p.eof && q.eof);
	assert_true(peer_has(&q, "HTTP/1.1 408 "));
	assert_int_equal(0, seen.requests);
	peer_close(&p);
	peer_close(&q);
	/* The second request of a connection: lws counts in seconds. */
	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "hello"));
	peer_send(&p, "GET /hello HT");
	RUN_UNTIL(loop, p.eof);
	peer_close(&p);
}

static void test_reply_later(void **state)
{
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
		      "GET /hello HTTP/1.1\r\nHost: y\r\n\r\n");
	RUN_UNTIL(loop, seen.waiting);
	for (int i = 0; i < 20; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(1, seen.requests);
	assert_sv_equal("x", web_req_header(seen.waiting, "host"));
	assert_int_equal(0, web_reply(seen.waiting, 200, "text/plain",
				      SV("at last"), NULL));
	RUN_UNTIL(loop, peer_has(&p, "hello"));
	assert_true(peer_has(&p, "at last"));
	assert_int_equal(0, seen.gone);
	peer_send(&p, "POST /later HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 2\r\n\r\nab");
	RUN_UNTIL(loop, seen.requests == 3);
	assert_int_equal(0, web_reply(seen.waiting, 202, NULL, SV(""), NULL));
	RUN_UNTIL(loop, peer_has(&p, "HTTP/1.1 202 Accepted"));
	peer_close(&p);
}

/* The library reads nothing while a request waits: the loop must not spin. */
static void test_waiting_does_not_spin(void **state)
{
	struct rusage a, b;
	struct peer p;
	int64_t until_us;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.waiting);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	getrusage(RUSAGE_SELF, &a);
	until_us = clock_mono_us() + 300000;
	RUN_UNTIL(loop, clock_mono_us() > until_us);
	getrusage(RUSAGE_SELF, &b);
	assert_true((b.ru_utime.tv_sec - a.ru_utime.tv_sec) * 1000000 +
			    b.ru_utime.tv_usec - a.ru_utime.tv_usec <
		    100000);
	web_reply(seen.waiting, 200, NULL, SV(""), NULL);
	RUN_UNTIL(loop, peer_has(&p, "hello"));
	peer_close(&p);
}

static void test_peer_gone(void **state)
{
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.waiting);
	peer_close(&p);
	RUN_UNTIL(loop, seen.gone == 1);
	/* Without a handler the request waits for its reply. */
	peer_open(&p, loop, port, 0);
	peer_send(&p, "POST /forget HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 1\r\n\r\nx");
	RUN_UNTIL(loop, seen.waiting);
	peer_close(&p);
	for (int i = 0; i < 20; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	web_reply(seen.waiting, 200, "text/plain", SV("too late"), NULL);
	/* In the middle of a body. */
	peer_open(&p, loop, port, 0);
	peer_send(&p, "POST /hello HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 10\r\n\r\nx");
	for (int i = 0; i < 20; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	peer_close(&p);
	for (int i = 0; i < 20; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(2, seen.requests);
	assert_int_equal(1, seen.gone);
}

static void test_big_reply(void **state)
{
	struct peer p;
	(void)state;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	peer_open(&p, loop, port, 4096);
	peer_send(&p, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, p.in.len > sizeof(big));
	RUN_UNTIL(loop, memmem(p.in.p, p.in.len, big, sizeof(big)));
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "\r\n\r\nhello"));
	peer_close(&p);
}

static void test_stream(void **state)
{
	struct peer p;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.stream);
	RUN_UNTIL(loop, peer_has(&p, "Content-Type: text/event-stream\r\n"));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			0, web_stream_write(seen.stream, SV("data: x\n\n")));
		RUN_UNTIL(loop, peer_count(&p, "data: x\n\n") == i + 1);
	}
	web_stream_write(seen.stream, SV("the end"));
	web_stream_close(seen.stream);
	RUN_UNTIL(loop, p.eof && seen.stream_closed == 1);
	assert_true(peer_has(&p, "the end"));
	peer_close(&p);
	/* The reader goes. */
	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.stream);
	peer_close(&p);
	RUN_UNTIL(loop, seen.stream_closed == 2);
}

static void test_slow_reader_is_dropped(void **state)
{
	static char part[1000];
	struct web_stream *s;
	struct peer p;
	size_t sent = 0;
	int err;
	(void)state;

	memset(part, 'x', sizeof(part));
	peer_open(&p, loop, port, 4096);
	peer_send(&p, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.stream);
	p.watch = watch_free(p.watch); /* reads no more */
	s = seen.stream;
	do {
		err = web_stream_write(s, (struct sv){part, sizeof(part)});
		sent += sizeof(part);
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	} while (!err && sent < (64u << 20));
	assert_int_equal(-ENOBUFS, err);
	assert_true(sent > (256u << 10));
	assert_int_equal(-ENOTCONN, web_stream_write(s, SV("x")));
	RUN_UNTIL(loop, seen.stream_closed == 1);
	peer_close(&p);
}

/* A reader that is only slow gets every byte, in order. */
static void test_slow_reader_gets_all(void **state)
{
	size_t sent = 0, head;
	struct peer p;
	(void)state;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	peer_open(&p, loop, port, 4096);
	peer_send(&p, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.stream && peer_has(&p, "\r\n\r\n"));
	head = p.in.len;
	while (sent < sizeof(big)) {
		size_t n = MIN(sizeof(big) - sent, 100000);

		assert_int_equal(0,
				 web_stream_write(seen.stream,
						  (struct sv){big + sent, n}));
		sent += n;
		RUN_UNTIL(loop, p.in.len + 150000 > head + sent);
	}
	web_stream_close(seen.stream);
	RUN_UNTIL(loop, p.eof);
	assert_int_equal(head + sizeof(big), p.in.len);
	assert_memory_equal(big, p.in.p + head, sizeof(big));
	peer_close(&p);
}

static void test_free_with_everything_open(void **state)
{
	struct peer a, b, c;
	(void)state;

	peer_open(&a, loop, port, 0);
	peer_send(&a, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_open(&b, loop, port, 0);
	peer_send(&b, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_open(&c, loop, port, 0);
	peer_send(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, seen.requests == 3 && peer_has(&c, "hello"));
	web = web_free(web);
	assert_int_equal(1, seen.stream_closed);
	assert_int_equal(1, seen.gone);
	RUN_UNTIL(loop, a.eof && b.eof && c.eof);
	peer_close(&a);
	peer_close(&b);
	peer_close(&c);
	assert_int_equal(0, web_new(&web, loop));
}

static void test_pause(void **state)
{
	struct peer p, q;
	(void)state;

	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "hello"));
	web_listener_pause(lis);
	peer_open(&q, loop, port, 0); /* waits in the kernel's queue */
	peer_send(&q, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_send(&p, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, peer_count(&p, "\r\n\r\nhello") == 2);
	assert_int_equal(0, q.in.len);
	relisten(1000); /* its successor takes the one that waits */
	RUN_UNTIL(loop, peer_has(&q, "hello"));
	peer_close(&p);
	peer_close(&q);
}

/* ---- TLS, with libcurl as the client ---- */

static struct {
	char url[64], resolve[64];
	const char *ca;
	CURLcode code[3];
	long status[3], connects[3];
	int done;
} tls;

static size_t drop_h(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void curl_h(void *arg)
{
	CURL *c = curl_easy_init();
	struct curl_slist *to = curl_slist_append(NULL, tls.resolve);
	(void)arg;

	curl_easy_setopt(c, CURLOPT_URL, tls.url);
	curl_easy_setopt(c, CURLOPT_RESOLVE, to);
	curl_easy_setopt(c, CURLOPT_CAINFO, tls.ca);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_h);
	for (int i = 0; i < 3; i++) {
		if (i)
			curl_easy_setopt(c, CURLOPT_POSTFIELDS, "a=b&c=d");
		tls.code[i] = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &tls.status[i]);
		curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &tls.connects[i]);
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
}

static void curl_done_h(void *arg)
{
	(void)arg;
	tls.done++;
}

static void test_tls(void **state)
{
	struct certs certs;
	(void)state;

	certs_make(&certs);
	lis = web_listener_free(lis);
	listen_with(certs.cert, certs.key);
	snprintf(tls.url, sizeof(tls.url), "https://voice.test:%d/hello", port);
	snprintf(tls.resolve, sizeof(tls.resolve), "voice.test:%d:127.0.0.1",
		 port);
	tls.ca = certs.ca;
	assert_int_equal(0, loop_work(loop, curl_h, curl_done_h, NULL));
	RUN_UNTIL(loop, tls.done == 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(CURLE_OK, tls.code[i]);
		assert_int_equal(200, tls.status[i]);
		assert_int_equal(i == 0, tls.connects[i]);
	}
	assert_string_equal("a=b&c=d", seen.body);
	tls.ca = certs.other_ca;
	assert_int_equal(0, loop_work(loop, curl_h, curl_done_h, NULL));
	RUN_UNTIL(loop, tls.done == 2);
	assert_int_equal(CURLE_PEER_FAILED_VERIFICATION, tls.code[0]);
	assert_int_equal(3, seen.requests);
	certs_remove(&certs);
}

static void test_tls_silent_peer_is_dropped(void **state)
{
	struct certs certs;
	struct peer p, q;
	struct web_listen_prm prm = {
		.name = "tls", .fd = lfd, .body_max = 10, .header_ms = 200};
	(void)state;

	certs_make(&certs);
	lis = web_listener_free(lis);
	prm.cert_file = certs.cert;
	prm.key_file = certs.key;
	assert_int_equal(0, web_listen(&lis, web, &prm));
	peer_open(&p, loop, port, 0);
	peer_open(&q, loop, port, 0);
	peer_send(&q, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(loop, p.eof && q.eof);
	peer_close(&p);
	peer_close(&q);
	certs_remove(&certs);
}

static void test_bad_certificate(void **state)
{
	struct web_listen_prm prm = {.name = "bad",
				     .fd = lfd,
				     .cert_file = "/nonexistent.pem",
				     .key_file = "/nonexistent.key"};
	struct web_listener *l;
	(void)state;

	lis = web_listener_free(lis);
	assert_int_equal(-EINVAL, web_listen(&l, web, &prm));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_get),
		T(test_paths),
		T(test_post),
		T(test_bodies),
		T(test_too_large_keeps_the_connection),
		T(test_bad_heads),
		T(test_slow_client),
		T(test_reply_later),
		T(test_waiting_does_not_spin),
		T(test_peer_gone),
		T(test_big_reply),
		T(test_stream),
		T(test_slow_reader_is_dropped),
		T(test_slow_reader_gets_all),
		T(test_free_with_everything_open),
		T(test_pause),
		T(test_tls),
		T(test_tls_silent_peer_is_dropped),
		T(test_bad_certificate),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
