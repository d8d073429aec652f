/* web: messages that are gathered and go out together. */
#include "tests/unit/io/peer.h"

#include "io/web.h"

static struct web_sock *sock;
static int closed, got;

static void recv_h(struct web_sock *s, struct sv msg, bool binary, void *arg)
{
	(void)s, (void)msg, (void)binary, (void)arg;
	got++;
}

static void closed_h(struct web_sock *s, int code, void *arg)
{
	(void)s, (void)code, (void)arg;
	closed++;
}

static int upgrade_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	(void)r, (void)arg;
	*h = (struct web_sock_handlers){recv_h, closed_h, NULL};
	return 0;
}

static void opened_h(struct web_sock *s, void *arg)
{
	(void)arg;
	sock = s;
}

static void request_h(struct web_req *r, void *arg)
{
	(void)arg;
	web_reply(r, 404, "text/plain", SV(""), NULL);
}

/* What is gathered stays here until it is released, then goes in order. */
static void test_held(void **state)
{
	struct web_listen_prm prm = {.name = "held",
				     .body_max = 1000,
				     .header_ms = 1000,
				     .requesth = request_h,
				     .upgradeh = upgrade_h,
				     .openedh = opened_h};
	struct web_listener *lis = NULL;
	struct loop *loop = NULL;
	struct web *web = NULL;
	struct peer p;
	char msg[32];
	int port;
	(void)state;

	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	prm.fd = peer_listen(&port);
	assert_int_equal(0, web_listen(&lis, web, &prm));
	peer_open(&p, loop, port, 0);
	peer_send(&p, "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	RUN_UNTIL(loop, sock && peer_has(&p, "\r\n\r\n"));
	buf_reset(&p.in);

	assert_int_equal(0, web_sock_send(sock, SV("first"), false));
	RUN_UNTIL(loop, peer_has(&p, "first"));
	web_sock_hold(sock);
	for (int i = 1; i <= 20; i++) {
		snprintf(msg, sizeof(msg), "message %d;", i);
		assert_int_equal(0, web_sock_send(sock, sv_str(msg), i % 2));
	}
	assert_true(web_sock_pending(sock) > 20 * 8);
	/* the loop turns meanwhile: an empty text frame comes */
	assert_int_equal(6, write(p.fd, "\x81\x80\0\0\0\0", 6));
	RUN_UNTIL(loop, got == 1);
	assert_false(peer_has(&p, "message"));
	web_sock_release(sock);
	assert_int_equal(0, web_sock_pending(sock));
	RUN_UNTIL(loop, peer_has(&p, "message 20;"));
	assert_int_equal(20, peer_count(&p, "message"));
	assert_true(memmem(p.in.p, p.in.len, "message 7;", 10) <
		    memmem(p.in.p, p.in.len, "message 8;", 10));

	web_sock_hold(sock); /* closing lets go of what is held */
	assert_int_equal(0, web_sock_send(sock, SV("last"), false));
	web_sock_close(sock, 1000);
	RUN_UNTIL(loop, peer_has(&p, "last"));
	peer_close(&p);
	RUN_UNTIL(loop, closed == 1);
	lis = web_listener_free(lis);
	web = web_free(web);
	close(prm.fd);
	loop = loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
