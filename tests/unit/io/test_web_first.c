/* web: what the first line of a connection may be, and what it is told. */
#include "tests/unit/io/peer.h"

#include <stdio.h>

#include "io/web.h"

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static int lfd, port, requests;

static void request_h(struct web_req *r, void *arg)
{
	(void)arg;
	requests++;
	web_reply(r, 200, "text/plain", SV("hello"), NULL);
}

static void listen_with(int header_ms)
{
	struct web_listen_prm prm = {
		.name = "test",
		.fd = lfd,
		.body_max = 1000,
		.header_ms = header_ms,
		.requesth = request_h,
	};

	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static int setup(void **state)
{
	(void)state;
	requests = 0;
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	lfd = peer_listen(&port);
	listen_with(10000);
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

/* What the library would close without a word is told what is wrong. */
static void test_first_line(void **state)
{
	static const struct {
		const char *line;
		int status;
	} tv[] = {
		{"GET /hello?q=%00 HTTP/1.1", 400},
		{"GET /hello%00.png HTTP/1.1", 400},
		{"GET /%zz HTTP/1.1", 400},
		{"GET /hello% HTTP/1.1", 400},
		{"GET /hello%2 HTTP/1.1", 400},
		{"GET hello HTTP/1.1", 400},
		{"GET http://x/hello HTTP/1.1", 400},
		{"GET /hello", 400},
		{"GET /a b HTTP/1.1", 400},
		{"GET /hello\x01 HTTP/1.1", 400},
		{" /hello HTTP/1.1", 400},
		{"G(T /hello HTTP/1.1", 400},
		{"TRACE /hello HTTP/1.1", 501},
		{"CONNECT x:443 HTTP/1.1", 501},
		{"BREW /hello HTTP/1.1", 501},
		{"GET /hello HTTP/2.0", 505},
		{"PRI * HTTP/2.0", 501},
		{"GET /hello?q=%20%2500 HTTP/1.1", 200},
		{"GET /hello HTTP/1.0", 200},
	};
	char head[128], status[32];
	static char big_line[9000];
	struct peer p;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].line);
		snprintf(head, sizeof(head),
			 "%s\r\nHost: x\r\nConnection: close\r\n\r\n",
			 tv[i].line);
		snprintf(status, sizeof(status), "HTTP/1.1 %d ", tv[i].status);
		peer_open(&p, loop, port, 0);
		peer_send(&p, head);
		RUN_UNTIL(loop, p.eof);
		assert_true(peer_has(&p, status));
		assert_int_equal(tv[i].status != 200,
				 peer_has(&p, "application/problem+json"));
		snprintf(status, sizeof(status), "\"status\":%d}",
			 tv[i].status);
		assert_int_equal(tv[i].status != 200, peer_has(&p, status));
		peer_close(&p);
	}
	assert_int_equal(2, requests);
	memset(big_line, 'y', sizeof(big_line) - 1);
	memcpy(big_line, "GET /", 5);
	peer_open(&p, loop, port, 0);
	peer_send(&p, big_line);
	RUN_UNTIL(loop, p.eof);
	assert_true(peer_has(&p, "HTTP/1.1 414 "));
	peer_close(&p);
}

static void test_many_parameters(void **state)
{
	char query[400] = "GET /hello?a=1", *end = query + strlen(query);
	struct peer p;
	(void)state;

	for (int i = 0; i < 80; i++)
		end += snprintf(end, 8, "&a=1");
	snprintf(end, 40, " HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_open(&p, loop, port, 0);
	peer_send(&p, query);
	RUN_UNTIL(loop, p.eof);
	assert_true(peer_has(&p, "HTTP/1.1 400 "));
	peer_close(&p);
}

/* The line may come in pieces; what came in time is served. */
static void test_first_line_in_pieces(void **state)
{
	struct peer p, q;
	(void)state;

	lis = web_listener_free(lis);
	listen_with(300);
	peer_open(&p, loop, port, 0);
	peer_open(&q, loop, port, 0); /* says nothing */
	peer_send(&p, "GE");
	for (int i = 0; i < 5; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	peer_send(&p, "T /hello HTTP/1.1\r\nHo");
	for (int i = 0; i < 5; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	peer_send(&p, "st: x\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&p, "\r\n\r\nhello"));
	RUN_UNTIL(loop, q.eof);
	assert_int_equal(0, (int)q.in.len);
	peer_close(&p);
	peer_close(&q);
}

/* Connections that have said nothing yet end with their listener. */
static void test_free_with_silent_peers(void **state)
{
	struct peer p[3];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		peer_open(&p[i], loop, port, 0);
	for (int i = 0; i < 5; i++)
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	lis = web_listener_free(lis);
	RUN_UNTIL(loop, p[0].eof && p[1].eof && p[2].eof);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		peer_close(&p[i]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_line),
		T(test_many_parameters),
		T(test_first_line_in_pieces),
		T(test_free_with_silent_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
