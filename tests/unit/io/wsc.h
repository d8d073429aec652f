/* What the tests of wsc share: our end, the library's server, a rogue. */
#ifndef TESTS_UNIT_IO_WSC_H
#define TESTS_UNIT_IO_WSC_H

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

static inline void open_h(struct wsc *c, struct sv head, void *arg)
{
	struct end *e = arg;
	struct sv id;

	assert_ptr_equal(e->c, c);
	assert_true(wsc_is_open(c));
	e->opened++;
	if (!ws_header(head, "dg-request-id", &id))
		sv_copy(e->id, sizeof(e->id), id);
}

static inline void recv_h(struct wsc *c, struct sv msg, bool binary, void *arg)
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

static inline void drain_h(struct wsc *c, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(e->c, c);
	e->drained++;
}

static inline void closed_h(struct wsc *c, const struct wsc_end *end, void *arg)
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

static inline struct wsc_prm to(struct end *e, const char *url)
{
	return (struct wsc_prm){.url = url,
				.addr = "127.0.0.1",
				.timeout_ms = 5000,
				.ping_ms = -1,
				.h = {open_h, recv_h, drain_h, closed_h, e}};
}

static inline void dial(struct end *e, const struct wsc_prm *prm)
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

static inline void srv_recv_h(struct web_sock *s, struct sv msg, bool binary,
			      void *arg)
{
	(void)arg;
	srv_got++;
	if (srv_echo)
		assert_int_equal(0, web_sock_send(s, msg, binary));
}

static inline void srv_closed_h(struct web_sock *s, int code, void *arg)
{
	(void)s;
	(void)arg;
	srv = NULL;
	srv_code = code;
}

static inline void srv_opened_h(struct web_sock *s, void *arg)
{
	(void)arg;
	srv = s;
}

static inline int upgrade_h(struct web_req *r, struct web_sock_handlers *h,
			    void *arg)
{
	(void)arg;
	snprintf(srv_path, sizeof(srv_path), "%.*s?%.*s",
		 SV_ARG(web_req_path(r)), SV_ARG(web_req_query(r)));
	sv_copy(srv_auth, sizeof(srv_auth), web_req_header(r, "authorization"));
	sv_copy(srv_host, sizeof(srv_host), web_req_header(r, "host"));
	*h = (struct web_sock_handlers){srv_recv_h, srv_closed_h, NULL};
	return 0;
}

static inline void listen_with(const char *cert, const char *key)
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
	(void)state;
	env = wsc_env_free(env);
	web = web_free(web);
	dns = dns_free(dns);
	loop = loop_free(loop);
	close(lfd);
	return 0;
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

static inline void rogue_say(struct rogue *r, struct sv s)
{
	size_t step = r->step ? r->step : s.len;

	for (size_t i = 0; i < s.len; i += step)
		tcp_send(r->tcp, (struct sv){s.p + i, MIN(step, s.len - i)});
}

static inline void rogue_answer(struct rogue *r)
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

static inline void rogue_read_h(struct sv bytes, void *arg)
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

static inline void rogue_closed_h(int err, const char *why, void *arg)
{
	struct rogue *r = arg;

	(void)err;
	(void)why;
	r->tcp = NULL;
}

static inline void rogue_open_h(void *arg)
{
	struct rogue *r = arg;

	r->resumed = tcp_resumed(r->tcp);
}

static inline void rogue_accept(void *arg)
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

static inline void rogue_start(struct rogue *r)
{
	buf_init(&r->in, 0);
	r->fd = peer_listen(&r->port);
	assert_int_equal(0, watch_new(&r->watch, loop, r->fd, rogue_accept, r));
}

static inline void rogue_stop(struct rogue *r)
{
	tcp_drop(r->tcp);
	watch_free(r->watch);
	close(r->fd);
	buf_fini(&r->in);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	tcp_tls_free(r->tls);
}

static inline void meet(struct rogue *r, struct end *e, int timeout_ms,
			int ping_ms)
{
	char url[64];
	struct wsc_prm prm = to(e, url);

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", r->port);
	prm.timeout_ms = timeout_ms;
	prm.ping_ms = ping_ms;
	dial(e, &prm);
}

static inline int make_huge(void **state)
{
	(void)state;
	huge = malloc(8u << 20);
	for (size_t i = 0; i < 8u << 20; i++)
		huge[i] = (char)('a' + i % 25);
	return !huge;
}

static inline int free_huge(void **state)
{
	(void)state;
	free(huge);
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
