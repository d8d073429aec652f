/* wsc: WebSockets to others: against the library's server, and rogues. */
#include "tests/unit/io/peer.h"

#include "io/web.h"
#include "io/tcp.h"
#include "io/wsc.h"
#include "proto/ws.h"

static struct loop *loop;
static struct dns *dns;
static struct wsc_env *env;
static char *huge;

/* Our end, as its owner sees it. */
struct end {
	struct wsc *c;
	int opened, closed, got, drained;
	int err, code, http, retry_after;
	bool retryable, binary;
	char last[256], why[WSC_WHY_MAX], body[WSC_BODY_MAX + 1], id[64];
	struct sv expect; /* a whole message must equal it */
	int close_after;  /* messages, then we close with 1000 */
};

static void open_h(struct wsc *c, struct sv head, void *arg)
{
	struct end *e = arg;
	struct sv id;

	assert_ptr_equal(e->c, c);
	assert_true(wsc_is_open(c));
	e->opened++;
	if (!ws_header(head, "dg-request-id", &id))
		sv_copy(e->id, sizeof(e->id), id);
}

static void recv_h(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct end *e = arg;

	assert_int_equal(0, e->closed);
	e->got++;
	e->binary = binary;
	sv_copy(e->last, sizeof(e->last), msg);
	if (e->expect.p)
		assert_true(sv_same(e->expect, msg));
	if (e->got == e->close_after)
		wsc_close(c, 1000);
}

static void drain_h(struct wsc *c, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(e->c, c);
	e->drained++;
}

static void closed_h(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(e->c, c);
	assert_int_equal(e->opened, end->opened);
	e->c = NULL;
	e->closed++;
	e->err = end->err;
	e->code = end->code;
	e->http = end->http;
	e->retry_after = end->retry_after_s;
	e->retryable = wsc_end_retryable(end);
	sv_copy(e->why, sizeof(e->why), end->why);
	sv_copy(e->body, sizeof(e->body), end->body);
	print_message("  err %d code %d http %d: %s\n", e->err, e->code,
		      e->http, e->why);
}

static struct wsc_prm to(struct end *e, const char *url)
{
	return (struct wsc_prm){.url = url,
				.addr = "127.0.0.1",
				.timeout_ms = 5000,
				.ping_ms = -1,
				.h = {open_h, recv_h, drain_h, closed_h, e}};
}

static void dial(struct end *e, const struct wsc_prm *prm)
{
	assert_int_equal(0, wsc_open(&e->c, env, prm));
	assert_int_equal(0, e->opened + e->closed);
}

/* ---- the library's server: another implementation than ours ---- */

static struct web *web;
static struct web_listener *lis;
static int lfd, port;
static struct web_sock *srv;
static char srv_path[256], srv_auth[64], srv_host[64];
static int srv_got, srv_code;
static bool srv_echo;

static void srv_recv_h(struct web_sock *s, struct sv msg, bool binary,
		       void *arg)
{
	(void)arg;
	srv_got++;
	if (srv_echo)
		assert_int_equal(0, web_sock_send(s, msg, binary));
}

static void srv_closed_h(struct web_sock *s, int code, void *arg)
{
	(void)s;
	(void)arg;
	srv = NULL;
	srv_code = code;
}

static void srv_opened_h(struct web_sock *s, void *arg)
{
	(void)arg;
	srv = s;
}

static int upgrade_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	(void)arg;
	snprintf(srv_path, sizeof(srv_path), "%.*s?%.*s",
		 SV_ARG(web_req_path(r)), SV_ARG(web_req_query(r)));
	sv_copy(srv_auth, sizeof(srv_auth), web_req_header(r, "authorization"));
	sv_copy(srv_host, sizeof(srv_host), web_req_header(r, "host"));
	*h = (struct web_sock_handlers){srv_recv_h, srv_closed_h, NULL};
	return 0;
}

static void listen_with(const char *cert, const char *key)
{
	struct web_listen_prm prm = {.name = "test",
				     .fd = lfd,
				     .cert_file = cert,
				     .key_file = key,
				     .header_ms = 10000,
				     .upgradeh = upgrade_h,
				     .openedh = srv_opened_h};

	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static int setup(void **state)
{
	(void)state;
	srv = NULL;
	srv_got = srv_code = 0;
	srv_echo = true;
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, web_new(&web, loop));
	assert_int_equal(0, wsc_env_new(&env, loop, dns));
	lfd = peer_listen(&port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	env = wsc_env_free(env);
	web = web_free(web);
	dns = dns_free(dns);
	loop = loop_free(loop);
	close(lfd);
	return 0;
}

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

/* ---- a rogue: answers the upgrade with what the test says ---- */

struct rogue {
	int fd, port, accepted, resumed;
	struct watch *watch;
	struct tcp *tcp;
	struct tcp_tls *tls;
	struct buf in;
	struct sv answer; /* instead of a good 101; p NULL: that */
	struct sv then;	  /* behind it */
	size_t step;	  /* bytes a write; 0: all */
	bool mute;	  /* says nothing at all */
	bool hangs_up;	  /* behind all that */
	bool told;
	int pongs, closes;
};

static void rogue_say(struct rogue *r, struct sv s)
{
	size_t step = r->step ? r->step : s.len;

	for (size_t i = 0; i < s.len; i += step)
		tcp_send(r->tcp, (struct sv){s.p + i, MIN(step, s.len - i)});
}

static void rogue_answer(struct rogue *r)
{
	char accept[WS_ACCEPT_LEN + 1], text[512];
	struct sv key;

	assert_int_equal(0,
			 ws_header(buf_get(&r->in), "Sec-WebSocket-Key", &key));
	ws_accept(accept, key);
	snprintf(text, sizeof(text),
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nDG-Request-Id: r-1\r\n"
		 "Sec-WebSocket-Accept: %s\r\n\r\n",
		 accept);
	tcp_hold(r->tcp);
	rogue_say(r, r->answer.p ? r->answer : sv_str(text));
	rogue_say(r, r->then);
	tcp_release(r->tcp);
	if (r->hangs_up)
		tcp_end(r->tcp);
}

static void rogue_read_h(struct sv bytes, void *arg)
{
	struct rogue *r = arg;

	buf_sv(&r->in, bytes);
	if (r->told) {
		/* Masked, so only the heads can be told. */
		r->pongs += bytes.len && (uint8_t)bytes.p[0] == 0x8a;
		r->closes += bytes.len && (uint8_t)bytes.p[0] == 0x88;
	}
	if (r->mute || r->told || !memmem(r->in.p, r->in.len, "\r\n\r\n", 4))
		return;
	r->told = true;
	rogue_answer(r);
}

static void rogue_closed_h(int err, const char *why, void *arg)
{
	struct rogue *r = arg;

	(void)err;
	(void)why;
	r->tcp = NULL;
}

static void rogue_open_h(void *arg)
{
	struct rogue *r = arg;

	r->resumed = tcp_resumed(r->tcp);
}

static void rogue_accept(void *arg)
{
	struct rogue *r = arg;
	const struct tcp_handlers h = {rogue_open_h, rogue_read_h, NULL,
				       rogue_closed_h, r};
	int fd = accept(r->fd, NULL, NULL);

	if (fd < 0)
		return;
	r->accepted++;
	assert_int_equal(0, tcp_adopt(&r->tcp, loop, fd, r->tls, &h));
}

static void rogue_start(struct rogue *r)
{
	buf_init(&r->in, 0);
	r->fd = peer_listen(&r->port);
	assert_int_equal(0, watch_new(&r->watch, loop, r->fd, rogue_accept, r));
}

static void rogue_stop(struct rogue *r)
{
	tcp_drop(r->tcp);
	watch_free(r->watch);
	close(r->fd);
	buf_fini(&r->in);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	tcp_tls_free(r->tls);
}

static void meet(struct rogue *r, struct end *e, int timeout_ms, int ping_ms)
{
	char url[64];
	struct wsc_prm prm = to(e, url);

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", r->port);
	prm.timeout_ms = timeout_ms;
	prm.ping_ms = ping_ms;
	dial(e, &prm);
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

static int make_huge(void **state)
{
	(void)state;
	huge = malloc(8u << 20);
	for (size_t i = 0; i < 8u << 20; i++)
		huge[i] = (char)('a' + i % 25);
	return !huge;
}

static int free_huge(void **state)
{
	(void)state;
	free(huge);
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_echo),
		T(test_hold),
		T(test_urls),
		T(test_refusals),
		T(test_frames),
		T(test_deadlines),
		T(test_queue_limit),
		T(test_tls),
		T(test_resumed),
		T(test_tls_rogues),
		T(test_free_with_everything_open),
	};

	return cmocka_run_group_tests(tests, make_huge, free_huge);
}
