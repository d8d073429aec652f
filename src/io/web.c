/*
 * web: the library's context on our loop, listeners and their connections.
 *
 * libwebsockets 4.1 has no way to adopt a listening socket, so we accept and
 * hand it the connections. Two traps of its HTTP server under a level-triggered
 * loop are handled here: while a request is with its handler the library leaves
 * a readable socket unread, and polls it at full speed. So reading is switched
 * off meanwhile (park), and a duplicate of the descriptor, which reports only
 * that the peer went, is watched instead.
 */
#include "io/web_impl.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define HEADER_BYTES_MAX 16384
#define RX_BYTES 1024 /* 6 KB per call less than the default */
#define ACCEPTS_PER_TURN 64
#define ACCEPT_RETRY_US 100000
#define IDLE_S 60
#define FREE_ROUNDS 200
#define LOG_LINES_PER_S 10

static int server_h(struct lws *wsi, enum lws_callback_reasons reason,
		    void *user, void *in, size_t len);

char web_subprotocol[64];

static const struct lws_protocols server_protocols[] = {
	{.name = web_subprotocol,
	 .callback = server_h,
	 .rx_buffer_size = RX_BYTES,
	 .tx_packet_size = WEB_CHUNK},
	{0},
};

/*
 * Strangers can make the library complain about what they send: a few lines a
 * second tell enough.
 */
static bool log_is_full(void)
{
	static int64_t second;
	static unsigned lines;
	int64_t now = clock_mono_us() / 1000000;

	if (now != second) {
		if (lines > LOG_LINES_PER_S)
			log_warn("web", "%u more such lines left out",
				 lines - LOG_LINES_PER_S);
		second = now;
		lines = 0;
	}
	return ++lines > LOG_LINES_PER_S;
}

static void lws_log_h(int level, const char *line)
{
	const char *text = strstr(line, ": "); /* behind date and level */
	size_t len = strlen(line);

	if (len && line[len - 1] == '\n')
		len--;
	text = text ? text + 2 : line;
	len -= (size_t)(text - line);
	/* No trouble: it says so of each connection that was given. */
	if (sv_eq((struct sv){text, len}, "calling service") || log_is_full())
		return;
	if (level & LLL_ERR)
		log_warn("web", "%.*s", (int)len, text);
	else
		log_debug("web", "%.*s", (int)len, text);
}

int web_new(struct web **out, struct loop *l)
{
	struct lws_context_creation_info info = {0};
	struct web *w = calloc(1, sizeof(*w));
	void *loops[1] = {loop_uv(l)};

	if (!w)
		return -ENOMEM;
	w->loop = l;
	list_init(&w->listeners);
	list_init(&w->socks);
	lws_set_log_level(LLL_ERR | LLL_WARN, lws_log_h);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.options = LWS_SERVER_OPTION_LIBUV |
		       LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		       LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.foreign_loops = loops;
	info.user = w;
	info.pcontext = &w->ctx;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.pt_serv_buf_size = 16384;
	info.max_http_header_data2 = HEADER_BYTES_MAX;
	info.timeout_secs = 30;
	w->ctx = lws_create_context(&info);
	if (!w->ctx) {
		log_error("web", "libwebsockets does not start; is "
				 "libwebsockets-evlib-uv installed?");
		free(w);
		return -EIO;
	}
	*out = w;
	return 0;
}

struct later {
	struct web *w;
	loop_h *h;
	void *arg;
};

static void later_h(void *arg)
{
	struct later *la = arg;
	struct web *w = la->w;

	la->h(la->arg);
	free(la);
	w->dead--;
}

void web_later(struct web *w, loop_h *h, void *arg)
{
	struct later *la = malloc(sizeof(*la));

	if (!la) {
		log_error("web", "no memory to close a connection");
		abort();
	}
	*la = (struct later){w, h, arg};
	w->dead++;
	if (loop_defer(w->loop, later_h, la))
		abort();
}

struct web *web_free(struct web *w)
{
	if (!w)
		return NULL;
	while (!list_empty(&w->listeners))
		web_listener_free(list_entry(w->listeners.next,
					     struct web_listener, node));
	for (struct list *pos = w->socks.next; pos != &w->socks;
	     pos = pos->next)
		web_sock_close(list_entry(pos, struct web_sock, node), 1006);
	/* Closing takes turns of the loop: here nothing else may run it. */
	for (int i = 0;
	     i < FREE_ROUNDS && (w->conns || w->dead || !list_empty(&w->socks));
	     i++)
		uv_run(loop_uv(w->loop), UV_RUN_NOWAIT);
	/* lws clears w->ctx when done; on a loop of ours it takes two calls. */
	for (int i = 0; i < 2 && w->ctx; i++) {
		lws_context_destroy(w->ctx);
		for (int turn = 0; turn < 4; turn++)
			uv_run(loop_uv(w->loop), UV_RUN_NOWAIT);
	}
	buf_fini(&w->frame);
	free(w);
	return NULL;
}

/* ---- connections ---- */

static void watch_closed_h(uv_handle_t *h)
{
	free(h);
}

static void watch_h(uv_poll_t *poll, int status, int events)
{
	struct web_conn *c = poll->data;

	(void)status;
	(void)events;
	web_conn_watch(c, 0);
	web_conn_kill(c);
}

/* Kills c when one of events happens on its socket; 0 stops watching. */
void web_conn_watch(struct web_conn *c, int events)
{
	int fd;

	if (!events && c->watch) {
		if (!uv_fileno((uv_handle_t *)c->watch, &fd)) {
			uv_poll_stop(c->watch);
			uv_close((uv_handle_t *)c->watch, watch_closed_h);
			close(fd);
		}
		c->watch = NULL;
	}
	if (!events)
		return;
	if (!c->watch) {
		fd = fcntl(lws_get_socket_fd(c->wsi), F_DUPFD_CLOEXEC, 3);
		c->watch = fd < 0 ? NULL : calloc(1, sizeof(*c->watch));
		if (!c->watch ||
		    uv_poll_init(loop_uv(c->w->loop), c->watch, fd)) {
			if (fd >= 0)
				close(fd);
			free(c->watch);
			c->watch = NULL;
			return; /* only slower to notice */
		}
		c->watch->data = c;
	}
	uv_poll_start(c->watch, events, watch_h);
}

void web_conn_park(struct web_conn *c, bool parked)
{
	if (c->parked == parked)
		return;
	c->parked = parked;
	lws_rx_flow_control(c->wsi, !parked);
}

void web_conn_kill(struct web_conn *c)
{
	if (c->inside) {
		c->kill = true;
	} else if (c->wsi && c->state != CONN_DEAD) {
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
				LWS_TO_KILL_ASYNC);
		lws_cancel_service_pt(c->wsi); /* looks at its timeouts */
	}
}

static void deadline_h(void *arg)
{
	web_http_timeout(arg);
}

static void listener_reap(void *arg);

/* The connection is gone for us; lws may still work on its end. */
static void conn_closed(struct web_conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	web_conn_watch(c, 0);
	c->deadline = timer_free(c->deadline);
	web_http_gone(c);
	c->state = CONN_DEAD;
	if (c->sock)
		web_sock_gone(c->sock);
	c->sock = NULL;
}

static void conn_destroyed(struct web_conn *c)
{
	struct web_listener *l = c->l;

	conn_closed(c);
	lws_set_opaque_user_data(c->wsi, NULL);
	list_del(&c->node);
	c->w->conns--;
	if (c->w->adopting == c)
		c->w->adopting = NULL;
	if (l->freed && list_empty(&l->conns))
		web_later(c->w, listener_reap, l);
	free(c);
}

/* A client that asked for subprotocols gets none: we speak none of them. */
static void drop_subprotocol(struct lws_process_html_args *a)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "Sec-WebSocket-Protocol: %s\r\n",
			 web_subprotocol);

	if (web_subprotocol[0] && !memcmp(a->p - n, line, (size_t)n))
		a->p -= n;
	web_subprotocol[0] = '\0';
}

static int server_event(struct web_conn *c, enum lws_callback_reasons reason,
			void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return web_http_upgrade(c, in);
	case LWS_CALLBACK_ADD_HEADERS:
		drop_subprotocol(in);
		return 0;
	case LWS_CALLBACK_HTTP:
		return web_http_request(c);
	case LWS_CALLBACK_HTTP_BODY:
		return web_http_body(c, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return web_http_body_end(c);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return web_http_writeable(c);
	case LWS_CALLBACK_ESTABLISHED:
		c->deadline = timer_free(c->deadline);
		c->state = CONN_SOCKET;
		web_sock_opened(c->sock);
		if (c->l->prm.openedh && !c->l->freed)
			c->l->prm.openedh(c->sock, c->sock->h.arg);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return web_sock_received(c->sock, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return web_sock_writeable(c->sock);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		web_sock_peer_closes(c->sock, in, len);
		return 0;
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_CLOSED_HTTP:
		conn_closed(c);
		return 0;
	default:
		return 0;
	}
}

static int server_h(struct lws *wsi, enum lws_callback_reasons reason,
		    void *user, void *in, size_t len)
{
	struct web *w = lws_context_user(lws_get_context(wsi));
	struct web_conn *c;
	int ret;

	(void)user;
	if (reason == LWS_CALLBACK_WSI_CREATE && w->adopting) {
		w->adopting->wsi = wsi;
		lws_set_opaque_user_data(wsi, w->adopting);
		return 0;
	}
	/* Some of lws's callbacks come with a wsi that is none of ours. */
	if (reason == LWS_CALLBACK_PROTOCOL_INIT ||
	    reason == LWS_CALLBACK_PROTOCOL_DESTROY)
		return 0;
	c = lws_get_opaque_user_data(wsi);
	/* With a head lws forgets it, and serves the head before we are back. */
	if (!c && w->adopting && w->adopting->wsi == wsi) {
		c = w->adopting;
		lws_set_opaque_user_data(wsi, c);
	}
	if (!c)
		return 0;
	if (reason == LWS_CALLBACK_WSI_DESTROY) {
		conn_destroyed(c);
		return 0;
	}
	if (c->state == CONN_DEAD)
		return 0;
	c->inside++;
	ret = server_event(c, reason, in, len);
	c->inside--;
	return c->kill ? -1 : ret;
}

/* ---- listeners ---- */

bool web_is_loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in4 = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	static const uint8_t mapped[13] = {0, 0, 0, 0,	  0,	0,  0,
					   0, 0, 0, 0xff, 0xff, 127};

	switch (ss->ss_family) {
	case AF_INET:
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
		       !memcmp(&in6->sin6_addr, mapped, sizeof(mapped));
	default:
		return ss->ss_family == AF_UNIX;
	}
}

static void peer_name(char *out, socklen_t size,
		      const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in4 = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const uint8_t *a = in6->sin6_addr.s6_addr;

	out[0] = '\0';
	if (ss->ss_family == AF_INET)
		inet_ntop(AF_INET, &in4->sin_addr, out, size);
	else if (ss->ss_family == AF_INET6 &&
		 IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, a + 12, out, size);
	else if (ss->ss_family == AF_INET6)
		inet_ntop(AF_INET6, a, out, size);
}

static void tune(int fd)
{
	int on = 1, idle_s = 60, every_s = 15, times = 4;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof(every_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

static struct lws *adopt(struct web_conn *c, int fd, struct sv head)
{
	const struct web_listener *l = c->l;
	lws_adopt_desc_t info = {
		.vh = l->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
			(l->prm.cert_file ? LWS_ADOPT_ALLOW_SSL : 0),
		.fd.sockfd = fd,
		.opaque = c,
	};

	if (head.len)
		return lws_adopt_socket_vhost_readbuf(l->vhost, fd, head.p,
						      head.len);
	return lws_adopt_descriptor_vhost_via_info(&info);
}

void web_adopt(struct web_listener *l, int fd,
	       const struct sockaddr_storage *ss, struct sv head,
	       int64_t until_us)
{
	struct web *w = l->w;
	struct web_conn *c = calloc(1, sizeof(*c));

	if (!c || timer_new(&c->deadline, w->loop, deadline_h, c)) {
		log_error("web", "%s: no memory for a connection", l->name);
		free(c);
		close(fd);
		return;
	}
	c->w = w;
	c->l = l;
	peer_name(c->peer, sizeof(c->peer), ss);
	list_add(&l->conns, &c->node);
	w->conns++;
	timer_at(c->deadline, until_us);
	w->adopting = c;
	/* With a head c may be gone already. */
	if (!adopt(c, fd, head) && w->adopting && !c->wsi) {
		list_del(&c->node); /* lws has closed fd */
		w->conns--;
		timer_free(c->deadline);
		free(c);
	}
	w->adopting = NULL;
}

/* Takes fd over. */
static void accepted(struct web_listener *l, int fd,
		     const struct sockaddr_storage *ss)
{
	tune(fd);
	if (l->prm.cert_file || web_first_new(l, fd, ss))
		web_adopt(l, fd, ss, (struct sv){0},
			  clock_mono_us() + l->prm.header_ms * INT64_C(1000));
}

static void port_close(struct web_port *p)
{
	p->watch = watch_free(p->watch);
}

static void ports_close(struct web_listener *l)
{
	port_close(&l->own);
	for (unsigned i = 0; i < l->nlent; i++)
		port_close(&l->lent[i]);
}

static void accept_h(void *arg)
{
	struct web_port *p = arg;
	struct web_listener *l = p->l;

	if (l->prm.given) {
		for (int i = 0; i < ACCEPTS_PER_TURN && web_take(p); i++)
			;
		return;
	}
	for (int i = 0; i < ACCEPTS_PER_TURN && p->watch; i++) {
		struct sockaddr_storage ss = {0};
		socklen_t len = sizeof(ss);
		int fd = accept4(p->fd, (struct sockaddr *)&ss, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			log_error("web", "%s: out of descriptors", l->name);
			ports_close(l);
			timer_at(l->retry, clock_mono_us() + ACCEPT_RETRY_US);
			return;
		}
		if (fd < 0)
			return;
		if (l->prm.loopback_only && !web_is_loopback(&ss))
			close(fd);
		else
			accepted(l, fd, &ss);
	}
}

static int port_open(struct web_port *p)
{
	if (p->watch || p->l->paused)
		return 0;
	return watch_new(&p->watch, p->l->w->loop, p->fd, accept_h, p);
}

static void accept_again(void *arg)
{
	struct web_listener *l = arg;

	port_open(&l->own);
	for (unsigned i = 0; i < l->nlent; i++)
		port_open(&l->lent[i]);
}

static struct web_port *lent_find(struct web_listener *l, int fd)
{
	for (unsigned i = 0; i < l->nlent; i++)
		if (l->lent[i].fd == fd)
			return &l->lent[i];
	return NULL;
}

int web_listener_cover(struct web_listener *l, int fd, bool on)
{
	struct web_port *p = lent_find(l, fd);

	if (!on) {
		if (p) {
			port_close(p);
			p->fd = -1; /* its place is used again */
		}
		return 0;
	}
	p = p ? p : lent_find(l, -1);
	if (!p && l->nlent == WEB_COVER_MAX)
		return -ENOSPC;
	p = p ? p : &l->lent[l->nlent++];
	p->l = l;
	p->fd = fd;
	return port_open(p);
}

int web_listen(struct web_listener **out, struct web *w,
	       const struct web_listen_prm *prm)
{
	struct lws_context_creation_info info = {0};
	struct web_listener *l = calloc(1, sizeof(*l));
	int err = -ENOMEM;

	if (!l)
		return -ENOMEM;
	list_init(&l->conns);
	list_init(&l->firsts);
	l->w = w;
	l->prm = *prm;
	l->name = strdup(prm->name);
	if (!l->name || timer_new(&l->retry, w->loop, accept_again, l))
		goto fail;
	/* Without the distinction lws would not set up TLS for the vhost. */
	info.port = prm->cert_file ? CONTEXT_PORT_NO_LISTEN_SERVER
				   : CONTEXT_PORT_NO_LISTEN;
	info.vhost_name = "nightbell";
	info.protocols = server_protocols;
	info.alpn = "http/1.1";
	info.keepalive_timeout = IDLE_S;
	info.timeout_secs_ah_idle = (unsigned)prm->header_ms / 1000 + 1;
	if (prm->cert_file) {
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = prm->cert_file;
		info.ssl_private_key_filepath = prm->key_file;
	}
	l->vhost = lws_create_vhost(w->ctx, &info);
	if (!l->vhost) {
		log_error("web",
			  "%s: cannot set up; are %s and %s a "
			  "certificate and its key?",
			  l->name, prm->cert_file ? prm->cert_file : "-",
			  prm->key_file ? prm->key_file : "-");
		err = -EINVAL;
		goto fail;
	}
	l->own = (struct web_port){.l = l, .fd = prm->fd};
	err = port_open(&l->own);
	if (err) {
		log_error("web", "%s: cannot watch the socket: %s", l->name,
			  strerror(-err));
		lws_vhost_destroy(l->vhost);
		goto fail;
	}
	list_add(&w->listeners, &l->node);
	*out = l;
	return 0;
fail:
	timer_free(l->retry);
	free(l->name);
	free(l);
	return err;
}

void web_listener_pause(struct web_listener *l)
{
	timer_stop(l->retry);
	l->paused = true;
	ports_close(l);
}

static void listener_reap(void *arg)
{
	struct web_listener *l = arg;

	lws_vhost_destroy(l->vhost);
	free(l->name);
	free(l);
}

struct web_listener *web_listener_free(struct web_listener *l)
{
	struct list *pos, *tmp;

	if (!l)
		return NULL;
	web_listener_pause(l);
	l->retry = timer_free(l->retry);
	l->freed = true;
	list_del(&l->node);
	web_firsts_close(l);
	LIST_FOREACH_SAFE (pos, tmp, &l->conns)
		web_conn_kill(list_entry(pos, struct web_conn, node));
	if (list_empty(&l->conns))
		web_later(l->w, listener_reap, l);
	return NULL;
}
