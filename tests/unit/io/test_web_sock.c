/* web: WebSockets of both sides over real sockets. */
#include "tests/unit/io/peer.h"

#include <sys/resource.h>

#include "io/web.h"
#include "io/wsc.h"

static struct loop *loop;
static struct web *web;
static struct dns *dns;
static struct wsc_env *net;
static struct web_listener *lis;
static int lfd, port;

/* One end of a WebSocket, as its owner sees it. */
struct end {
	struct web_sock *s; /* the server's */
	struct wsc *c;	    /* ours */
	int opened, closed, code, got;
	bool binary, echo, close_on_open, close_on_msg;
	size_t bytes;
	char last[256];
	struct sv expect; /* whole message must equal it */
};

static struct end srv;
static char srv_path[128];
static int refuse_with;
static char *huge;

static void recv_h(struct web_sock *s, struct sv msg, bool binary, void *arg)
{
	struct end *e = arg;

	assert_int_equal(0, e->closed);
	e->got++;
	e->bytes += msg.len;
	e->binary = binary;
	sv_copy(e->last, sizeof(e->last), msg);
	if (e->expect.p)
		assert_true(sv_same(e->expect, msg));
	if (e->echo)
		assert_int_equal(0, web_sock_send(s, msg, binary));
	if (e->close_on_msg)
		web_sock_close(s, 4000);
}

static void closed_h(struct web_sock *s, int code, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(e->s, s);
	e->closed++;
	e->code = code;
	e->s = NULL;
}

static void open_h(struct web_sock *s, void *arg)
{
	struct end *e = arg;

	e->opened++;
	e->s = s;
	if (e->close_on_open)
		web_sock_close(s, 1000);
}

static void c_open_h(struct wsc *c, struct sv head, void *arg)
{
	struct end *e = arg;

	(void)head;
	e->opened++;
	if (e->close_on_open)
		wsc_close(c, 1000);
}

static void c_recv_h(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct end *e = arg;

	(void)c;
	assert_int_equal(0, e->closed);
	e->got++;
	e->binary = binary;
	sv_copy(e->last, sizeof(e->last), msg);
	if (e->expect.p)
		assert_true(sv_same(e->expect, msg));
}

static void c_closed_h(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(e->c, c);
	e->closed++;
	e->code = end->code;
	e->c = NULL;
}

static int upgrade_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	(void)arg;
	sv_copy(srv_path, sizeof(srv_path), web_req_path(r));
	if (refuse_with)
		return refuse_with;
	*h = (struct web_sock_handlers){recv_h, closed_h, &srv};
	return 0;
}

static void request_h(struct web_req *r, void *arg)
{
	(void)arg;
	web_reply(r, 404, NULL, SV(""), NULL);
}

static void listen_with(const char *cert, const char *key)
{
	struct web_listen_prm prm = {
		.name = "test",
		.fd = lfd,
		.cert_file = cert,
		.key_file = key,
		.header_ms = 10000,
		.requesth = request_h,
		.upgradeh = upgrade_h,
		.openedh = open_h,
	};

	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static int setup(void **state)
{
	(void)state;
	srv = (struct end){0};
	refuse_with = 0;
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, wsc_env_new(&net, loop, dns));
	lfd = peer_listen(&port);
	listen_with(NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	net = wsc_env_free(net);
	web = web_free(web);
	dns = dns_free(dns);
	close(lfd);
	loop = loop_free(loop);
	return 0;
}

static void dial_to(struct end *e, int to, const char *ca_file)
{
	char url[64];
	const struct wsc_prm prm = {
		.url = url,
		.addr = "127.0.0.1",
		.ca_file = ca_file,
		.timeout_ms = 10000,
		.h = {.openh = c_open_h,
		      .recvh = c_recv_h,
		      .closedh = c_closed_h,
		      .arg = e},
	};

	snprintf(url, sizeof(url), "%s://voice.test:%d/ws/voice/twilio/abc",
		 ca_file ? "wss" : "ws", to);
	assert_int_equal(0, wsc_open(&e->c, net, &prm));
	assert_int_equal(0, e->opened + e->closed);
}

static void dial(struct end *e)
{
	dial_to(e, port, NULL);
}

static void open_pair(struct end *e)
{
	dial(e);
	RUN_UNTIL(loop, e->opened && srv.opened);
}

static void close_pair(struct end *e, int code)
{
	wsc_close(e->c, code);
	assert_int_equal(0, e->closed);
	RUN_UNTIL(loop, e->closed && srv.closed);
	assert_int_equal(code, srv.code);
	assert_int_equal(code, e->code);
}

static void test_echo(void **state)
{
	static const size_t lens[] = {0,     1,	       125,	126,   127,
				      385,   1023,     1024,	65535, 65536,
				      70000, 1u << 20, 3u << 20};
	struct end e = {0};
	(void)state;

	srv.echo = true;
	open_pair(&e);
	assert_string_equal("/ws/voice/twilio/abc", srv_path);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		for (int binary = 0; binary < 2; binary++) {
			int before = e.got;

			e.expect = (struct sv){huge, lens[i]};
			assert_int_equal(0, wsc_send(e.c, e.expect, binary));
			RUN_UNTIL(loop, e.got == before + 1);
			assert_int_equal(binary, e.binary);
		}
	RUN_UNTIL(loop, !wsc_pending(e.c) && !web_sock_pending(srv.s));
	close_pair(&e, 1000);
}

static void test_burst_keeps_order(void **state)
{
	struct end e = {0};
	char msg[32];
	(void)state;

	srv.echo = true;
	open_pair(&e);
	for (int i = 1; i <= 5000; i++) {
		snprintf(msg, sizeof(msg), "message %d", i);
		assert_int_equal(0, wsc_send(e.c, sv_str(msg), false));
	}
	RUN_UNTIL(loop, e.got == 5000);
	assert_string_equal("message 5000", e.last);
	close_pair(&e, 1001);
}

static void test_queue_limit(void **state)
{
	struct peer p;
	int err, n = 0;
	(void)state;

	/* A peer that upgrades and then reads nothing. */
	peer_open(&p, loop, port, 4096);
	peer_send(&p, "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	RUN_UNTIL(loop, srv.opened);
	p.watch = watch_free(p.watch);
	while (!(err = web_sock_send(srv.s, (struct sv){huge, 100000}, true)))
		n++;
	assert_int_equal(-ENOBUFS, err);
	assert_true(n >= 40 && n < 200);
	assert_true(web_sock_pending(srv.s) > 3u << 20);
	web_sock_close(srv.s, 1000);
	assert_int_equal(-ENOTCONN, web_sock_send(srv.s, SV("x"), false));
	RUN_UNTIL(loop, srv.closed); /* after the time for closing */
	peer_close(&p);
}

static void test_close_codes(void **state)
{
	struct end e = {0};
	(void)state;

	srv.close_on_msg = true;
	open_pair(&e);
	assert_int_equal(0, wsc_send(e.c, SV("one"), false));
	assert_int_equal(0, wsc_send(e.c, SV("two"), false));
	RUN_UNTIL(loop, e.closed && srv.closed);
	assert_int_equal(4000, e.code);
	assert_int_equal(4000, srv.code);
	assert_int_equal(1, srv.got);
}

static void test_queue_goes_out_before_close(void **state)
{
	struct end e = {0};
	(void)state;

	open_pair(&e);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			0, wsc_send(e.c, (struct sv){huge, 1u << 20}, true));
	wsc_close(e.c, 1000);
	wsc_close(e.c, 1000);
	RUN_UNTIL(loop, e.closed && srv.closed);
	assert_int_equal(3, srv.got);
	assert_int_equal(3u << 20, srv.bytes);
	assert_int_equal(1000, srv.code);
}

static void test_close_while_opening(void **state)
{
	struct end e = {0};
	(void)state;

	dial(&e);
	wsc_close(e.c, 1000);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(0, e.opened);
	assert_int_equal(1006, e.code);
	/* … after a few turns of the loop … */
	for (int turns = 1; turns < 8; turns++) {
		e = (struct end){0};
		dial(&e);
		for (int i = 0; i < turns && e.c && !e.opened; i++)
			uv_run(loop_uv(loop), UV_RUN_NOWAIT);
		wsc_close(e.c, 1000);
		RUN_UNTIL(loop, e.closed);
	}
	/* … and from inside openh, on both sides. */
	e = (struct end){.close_on_open = true};
	dial(&e);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(1, e.opened);
	RUN_UNTIL(loop, srv.closed == srv.opened);
	srv = (struct end){.close_on_open = true};
	e = (struct end){0};
	dial(&e);
	RUN_UNTIL(loop, e.closed && srv.closed);
	assert_int_equal(1000, e.code);
}

static void upgrade(struct peer *p, const char *extra)
{
	char req[1024];

	peer_open(p, loop, port, 0);
	snprintf(req, sizeof(req),
		 "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		 "Connection: keep-alive, Upgrade\r\n"
		 "Sec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
		 extra);
	peer_send(p, req);
}

static void test_handshakes(void **state)
{
	static const char *const offers[] = {
		"",
		"Sec-WebSocket-Protocol: audio.twilio.com\r\n",
		"Sec-WebSocket-Protocol: a, b\r\n",
		"Sec-WebSocket-Extensions: permessage-deflate\r\n",
	};
	static const struct {
		const char *name, *req, *status;
	} tv[] = {
		{"no key",
		 "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
		 "400"},
		{"old version",
		 "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		 "426"},
		{"no WebSocket at all", "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
		 "404"},
		{"h2c is ignored",
		 "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n"
		 "Connection: Upgrade, HTTP2-Settings\r\n"
		 "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
		 "404"},
	};
	struct peer p;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
		srv = (struct end){0};
		upgrade(&p, offers[i]);
		RUN_UNTIL(loop, peer_has(&p, "\r\n\r\n"));
		assert_true(peer_has(&p, "HTTP/1.1 101 "));
		assert_true(peer_has(&p, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
		assert_false(peer_has(&p, "Sec-WebSocket-Protocol"));
		assert_false(peer_has(&p, "Sec-WebSocket-Extensions"));
		assert_int_equal(1, srv.opened);
		peer_close(&p);
		RUN_UNTIL(loop, srv.closed);
		assert_int_equal(1006, srv.code);
	}
	srv = (struct end){0};
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char want[32];

		print_message("%s\n", tv[i].name);
		snprintf(want, sizeof(want), "HTTP/1.1 %s ", tv[i].status);
		peer_open(&p, loop, port, 0);
		peer_send(&p, tv[i].req);
		RUN_UNTIL(loop, peer_has(&p, want));
		peer_close(&p);
	}
	assert_int_equal(0, srv.opened);
}

/* Frames as another client may send them; every mask is zero. */
static void test_frames(void **state)
{
#define MASK "\0\0\0\0"
	static const struct {
		const char *name;
		struct sv bytes;
		int got, code;
		const char *last;
	} tv[] = {
		{"fragmented with a ping between",
		 SV("\x01\x82" MASK "he"
		    "\x89\x81" MASK "p"
		    "\x00\x82" MASK "ll"
		    "\x80\x81" MASK "o"),
		 1, 0, "hello"},
		{"two in one piece",
		 SV("\x81\x81" MASK "a"
		    "\x82\x81" MASK "b"),
		 2, 0, "b"},
		{"empty", SV("\x81\x80" MASK), 1, 0, ""},
		{"peer closes with 1001", SV("\x88\x82" MASK "\x03\xe9"), 0,
		 1001, ""},
		{"peer closes without a code", SV("\x88\x80" MASK), 0, 1005,
		 ""},
		{"message, then close",
		 SV("\x81\x81" MASK "a"
		    "\x88\x82" MASK "\x03\xe8"),
		 1, 1000, "a"},
	};
	struct peer p;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		srv = (struct end){0};
		upgrade(&p, "");
		RUN_UNTIL(loop, srv.opened);
		assert_int_equal((ssize_t)tv[i].bytes.len,
				 write(p.fd, tv[i].bytes.p, tv[i].bytes.len));
		RUN_UNTIL(loop, srv.got == tv[i].got);
		assert_string_equal(tv[i].last, srv.last);
		if (tv[i].code) {
			RUN_UNTIL(loop, srv.closed);
			assert_int_equal(tv[i].code, srv.code);
			peer_close(&p);
			continue;
		}
		peer_close(&p);
		RUN_UNTIL(loop, srv.closed);
		assert_int_equal(1006, srv.code);
	}
}

/* A peer that goes after each byte of its life. */
static void test_prefixes(void **state)
{
	static const struct sv whole =
		SV("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
		   "GET /x?a=%20b&c HTTP/1.1\r\nHost: x\r\n"
		   "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Protocol: a, b\r\n"
		   "Sec-WebSocket-Version: 13\r\n"
		   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
		   "\x01\x82" MASK "he"
		   "\x80\xfe\x00\x80" MASK "half a frame"
		   "\x88\x82" MASK "\x03\xe8");
	struct peer p;
	(void)state;

	srv.echo = true;
	for (size_t n = 0; n <= whole.len; n++) {
		peer_open(&p, loop, port, 0);
		assert_int_equal((ssize_t)n, write(p.fd, whole.p, n));
		for (int i = 0; i < 4; i++)
			uv_run(loop_uv(loop), UV_RUN_NOWAIT);
		peer_close(&p);
	}
	RUN_UNTIL(loop, srv.closed == srv.opened && srv.opened > 10);
}

static void test_killed_in_mid_message(void **state)
{
	static const char half[] = "\x82\xfe\x10\x00\0\0\0\0 half of it";
	struct linger rst = {1, 0};
	struct peer p;
	(void)state;

	upgrade(&p, "");
	RUN_UNTIL(loop, srv.opened);
	assert_int_equal((ssize_t)sizeof(half),
			 write(p.fd, half, sizeof(half)));
	for (int i = 0; i < 10; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	peer_close(&p);
	RUN_UNTIL(loop, srv.closed);
	assert_int_equal(0, srv.got);
	assert_int_equal(1006, srv.code);
}

static void test_too_big(void **state)
{
	/* 4 MiB and one byte, announced in one frame. */
	static const char head[] = "\x82\xff\0\0\0\0\0\x40\0\x01\0\0\0\0";
	struct peer p;
	size_t sent = 0;
	(void)state;

	upgrade(&p, "");
	RUN_UNTIL(loop, srv.opened);
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(14, write(p.fd, head, 14));
	while (sent < (4u << 20) + 1) {
		ssize_t n = send(p.fd, huge, MIN((4u << 20) + 1 - sent, 65536),
				 MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN)
			break;
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	}
	RUN_UNTIL(loop, peer_has(&p, "\x88\x02\x03\xf1")); /* 1009 */
	peer_close(&p);
	RUN_UNTIL(loop, srv.closed);
	assert_int_equal(0, srv.got);
	assert_int_equal(1009, srv.code);
}

static void test_tls(void **state)
{
	struct certs certs;
	struct end e = {0};
	(void)state;

	certs_make(&certs);
	lis = web_listener_free(lis);
	listen_with(certs.cert, certs.key);
	srv.echo = true;
	dial_to(&e, port, certs.ca);
	RUN_UNTIL(loop, e.opened || e.closed);
	e.expect = (struct sv){huge, 1u << 20};
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(0, wsc_send(e.c, e.expect, true));
		RUN_UNTIL(loop, e.got == i);
	}
	close_pair(&e, 1000);
	certs_remove(&certs);
}

static void test_loopback_only(void **state)
{
	struct web_listen_prm prm = {.name = "local",
				     .header_ms = 1000,
				     .loopback_only = true,
				     .upgradeh = upgrade_h,
				     .openedh = open_h};
	struct end e = {0};
	int to;
	struct web_listener *l;
	(void)state;

	prm.fd = peer_listen(&to);
	assert_int_equal(0, web_listen(&l, web, &prm));
	dial_to(&e, to, NULL);
	RUN_UNTIL(loop, e.opened);
	l = web_listener_free(l);
	RUN_UNTIL(loop, e.closed);
	close(prm.fd);
}

static void test_free_with_everything_open(void **state)
{
	struct end e = {0};
	(void)state;

	open_pair(&e);
	wsc_send(e.c, (struct sv){huge, 1u << 20}, true);
	web = web_free(web);
	assert_int_equal(1, srv.closed);
	RUN_UNTIL(loop, e.closed);
	assert_int_equal(0, web_new(&web, loop));
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* Not a test of right or wrong: what one echoed frame costs. */
static void test_cost_of_a_frame(void **state)
{
	enum { N = 20000 };
	static const int ahead[] = {1, 16};
	struct end e = {0};
	(void)state;

	srv.echo = true;
	open_pair(&e);
	for (size_t i = 0; i < ARRAY_LEN(ahead); i++) {
		int64_t start_us = cpu_us();
		int sent = 0;

		e.got = 0;
		while (e.got < N) {
			while (sent < N && sent - e.got < ahead[i]) {
				wsc_send(e.c, (struct sv){huge, 385}, false);
				sent++;
			}
			uv_run(loop_uv(loop), UV_RUN_ONCE);
		}
		print_message("385 bytes, both ends here, %d on the way: "
			      "%.1f us of CPU a round\n",
			      ahead[i], (double)(cpu_us() - start_us) / N);
	}
	close_pair(&e, 1000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_echo),
		T(test_burst_keeps_order),
		T(test_queue_limit),
		T(test_close_codes),
		T(test_queue_goes_out_before_close),
		T(test_close_while_opening),
		T(test_handshakes),
		T(test_frames),
		T(test_prefixes),
		T(test_killed_in_mid_message),
		T(test_too_big),
		T(test_tls),
		T(test_loopback_only),
		T(test_free_with_everything_open),
		T(test_cost_of_a_frame),
	};
	int failed;

	huge = malloc(4u << 20);
	if (!huge)
		return 1;
	for (size_t i = 0; i < 4u << 20; i++)
		huge[i] = (char)('a' + (i * 7 + i / 26) % 26);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(huge);
	return failed;
}
