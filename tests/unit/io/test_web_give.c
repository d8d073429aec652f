/* web: a connection that is given away, and who takes it. */
#include "tests/unit/io/peer.h"

#include <sys/un.h>

#include "io/web.h"
#include "io/wsc.h"

static struct loop *loop;
static struct web *web;
static struct dns *dns;
static struct wsc_env *net;
static struct web_listener *door, *room;
static int door_fd, room_fd, port, refuse_with;
static char dir[] = "/tmp/nb-give-XXXXXX", path[64];
static char seen_path[128], seen_origin[64], seen_peer[64];

struct end {
	struct web_sock *s; /* the server's */
	struct wsc *c;	    /* ours */
	int opened, closed, code, http, got;
	char last[64];
};

static struct end srv;

static void recv_h(struct web_sock *s, struct sv msg, bool binary, void *arg)
{
	struct end *e = arg;

	e->got++;
	sv_copy(e->last, sizeof(e->last), msg);
	assert_int_equal(0, web_sock_send(s, msg, binary));
}

static void closed_h(struct web_sock *s, int code, void *arg)
{
	struct end *e = arg;

	(void)s;
	e->closed++;
	e->code = code;
}

static void open_h(struct web_sock *s, void *arg)
{
	struct end *e = arg;

	e->opened++;
	e->s = s;
}

static void c_open_h(struct wsc *c, struct sv head, void *arg)
{
	struct end *e = arg;

	(void)c, (void)head;
	e->opened++;
}

static void c_recv_h(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct end *e = arg;

	(void)c, (void)binary;
	e->got++;
	sv_copy(e->last, sizeof(e->last), msg);
}

static void c_closed_h(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct end *e = arg;

	(void)c;
	e->closed++;
	e->code = end->code;
	e->http = end->http;
}

static int give_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	(void)h, (void)arg;
	return web_req_give(r, path);
}

static int take_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	(void)arg;
	sv_copy(seen_path, sizeof(seen_path), web_req_path(r));
	sv_copy(seen_origin, sizeof(seen_origin), web_req_header(r, "origin"));
	sv_copy(seen_peer, sizeof(seen_peer), sv_str(web_req_peer(r)));
	*h = (struct web_sock_handlers){recv_h, closed_h, &srv};
	return refuse_with;
}

static int bound(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(0,
			 sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path)));
	assert_int_equal(0, bind(fd, (struct sockaddr *)&a, sizeof(a)));
	return fd;
}

static int setup(void **state)
{
	struct web_listen_prm in = {.name = "door",
				    .header_ms = 2000,
				    .loopback_only = true,
				    .upgradeh = give_h};
	struct web_listen_prm out = {.name = "room",
				     .given = true,
				     .header_ms = 2000,
				     .upgradeh = take_h,
				     .openedh = open_h};

	(void)state;
	srv = (struct end){0};
	refuse_with = 0;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/v.sock", dir);
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, wsc_env_new(&net, loop, dns));
	in.fd = door_fd = peer_listen(&port);
	out.fd = room_fd = bound();
	assert_int_equal(0, web_listen(&door, web, &in));
	assert_int_equal(0, web_listen(&room, web, &out));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	net = wsc_env_free(net);
	web = web_free(web);
	dns = dns_free(dns);
	close(door_fd);
	close(room_fd);
	loop = loop_free(loop);
	unlink(path);
	rmdir(dir);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	return 0;
}

static void dial(struct end *e)
{
	static const char *const headers[] = {"Origin", "http://desk.test",
					      NULL};
	char url[80];
	const struct wsc_prm prm = {
		.url = url,
		.addr = "127.0.0.1",
		.headers = headers,
		.timeout_ms = 5000,
		.h = {c_open_h, c_recv_h, NULL, c_closed_h, e},
	};

	snprintf(url, sizeof(url), "ws://desk.test:%d/ws/voice/browser/abc",
		 port);
	assert_int_equal(0, wsc_open(&e->c, net, &prm));
	RUN_UNTIL(loop, e->opened || e->closed);
}

static void test_given(void **state)
{
	struct end e = {0};

	(void)state;
	dial(&e);
	assert_int_equal(1, e.opened);
	RUN_UNTIL(loop, srv.opened);
	assert_string_equal("/ws/voice/browser/abc", seen_path);
	assert_string_equal("http://desk.test", seen_origin);
	assert_string_equal("127.0.0.1", seen_peer);
	/* Who gave it away may end: the connection lives on. */
	door = web_listener_free(door);
	for (int i = 1; i <= 100; i++) {
		char msg[16];

		snprintf(msg, sizeof(msg), "m%d", i);
		assert_int_equal(0, wsc_send(e.c, sv_str(msg), true));
		RUN_UNTIL(loop, e.got == i);
		assert_string_equal(msg, e.last);
	}
	web_sock_close(srv.s, 1000);
	RUN_UNTIL(loop, e.closed && srv.closed);
	assert_int_equal(1000, e.code);
}

static void test_refused_there(void **state)
{
	struct end e = {0};

	(void)state;
	refuse_with = 403;
	dial(&e);
	assert_int_equal(403, e.http);
	assert_int_equal(0, srv.opened);
}

static void test_nobody_takes_it(void **state)
{
	struct end e = {0};

	(void)state;
	unlink(path);
	dial(&e);
	assert_int_equal(503, e.http);
}

static void test_many(void **state)
{
	struct end e[40] = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(e); i++) {
		dial(&e[i]);
		assert_int_equal(1, e[i].opened);
	}
	assert_int_equal(ARRAY_LEN(e), srv.opened);
	for (size_t i = 0; i < ARRAY_LEN(e); i++)
		wsc_close(e[i].c, 1000);
	RUN_UNTIL(loop, srv.closed == ARRAY_LEN(e));
	for (size_t i = 0; i < ARRAY_LEN(e); i++)
		RUN_UNTIL(loop, e[i].closed);
}

/* What is no connection, and one whose peer has gone. */
static void test_strange_gifts(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct end e = {0};

	(void)state;
	assert_int_equal(0,
			 sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path)));
	assert_int_equal(
		5, sendto(fd, "hello", 5, 0, (struct sockaddr *)&a, sizeof(a)));
	assert_int_equal(
		0, sendto(fd, "", 0, 0, (struct sockaddr *)&a, sizeof(a)));
	close(fd);
	dial(&e);
	assert_int_equal(1, e.opened);
	wsc_close(e.c, 1000);
	RUN_UNTIL(loop, e.closed && srv.closed);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_given), T(test_refused_there), T(test_nobody_takes_it),
		T(test_many),  T(test_strange_gifts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
