#include "io/wsc.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "io/tcp.h"
#include "proto/url.h"
#include "proto/ws.h"

enum {
	MESSAGE_MAX = 4 << 20,
	PENDING_MAX = 4 << 20,
	TIMEOUT_MS = 5000,
	PING_MS = 15000,
	CLOSE_MS = 1000, /* a peer that does not answer our goodbye */
	SILENT_MAX = 2,	 /* intervals of pings without a byte */
	HEAD_MAX = 32768,
	MASKS = 256,
	FRAME_CAP = 65536,
	WARM_MS = 20000, /* names that are kept known are asked again */
};

/* Authorities that were loaded. */
struct trust {
	struct list node;
	struct tcp_tls *tls;
	char ca_file[]; /* empty: the system's */
};

/* A name that is kept known; lives until the resolver has answered. */
struct warm {
	struct list node;
	struct wsc_env *e; /* NULL: it was freed */
	bool asking;
	char addr[DNS_ADDR_MAX]; /* the last good answer; empty: none yet */
	char host[];
};

struct wsc_env {
	struct loop *loop;
	struct dns *dns;
	struct list socks, trusts, warm;
	struct timer *again;
	struct buf frame; /* scratch: what goes out */
	uint8_t mask[MASKS];
	unsigned mask_used;
};

enum state {
	STATE_RESOLVING,
	STATE_DIALING,	 /* TCP and TLS */
	STATE_UPGRADING, /* our request is out */
	STATE_REFUSED,	 /* the rest of the refusal is awaited */
	STATE_OPEN,
	STATE_CLOSING, /* a close frame of one side is out */
	STATE_DEAD,    /* closedh follows */
};

/* Lives until the resolver has answered, whatever becomes of the socket. */
struct look_up {
	struct wsc *c;
};

struct wsc {
	struct list node;
	struct wsc_env *e;
	enum state state;
	struct wsc_handlers h;
	struct look_up *look_up;
	struct tcp *tcp;
	struct tcp_tls *tls; /* NULL: ws: */
	struct timer *timer; /* deadline, pings, goodbye: by state */
	char host[256], key[WS_KEY_LEN + 1];
	int port, ping_ms;
	size_t pending_max;
	struct buf request; /* until it is sent, then the answer's head */
	struct ws_in in;
	struct ws_answer answer;
	size_t body_at; /* where the body of a refusal begins */
	unsigned silent;
	bool full;     /* a send was refused since the queue was empty */
	bool told_bye; /* our close frame is out */
	bool opened;
	int err, code;
	char why[WSC_WHY_MAX];
};

/* ---- the end ---- */

static void wsc_free(struct wsc *c)
{
	list_del(&c->node);
	if (c->look_up)
		c->look_up->c = NULL;
	timer_free(c->timer);
	buf_fini(&c->request);
	ws_in_fini(&c->in);
	free(c);
}

static struct sv refusal_body(const struct wsc *c)
{
	struct sv body = {NULL, 0};
	size_t max = c->answer.body_len < 0
			     ? WSC_BODY_MAX
			     : (size_t)MIN(c->answer.body_len,
					   (int64_t)WSC_BODY_MAX);

	if (c->body_at && c->body_at < c->request.len) {
		body.p = c->request.p + c->body_at;
		body.len = MIN(c->request.len - c->body_at, max);
	}
	return body;
}

/* The connection is gone, or there was none. */
static void finish(struct wsc *c)
{
	const struct wsc_end end = {
		.err = c->err,
		.opened = c->opened,
		.code = c->code ? c->code : WS_CLOSE_LOST,
		.http = c->answer.status,
		.retry_after_s =
			c->answer.status ? c->answer.retry_after_s : -1,
		.head = c->answer.head,
		.why = sv_str(c->why),
		.body = refusal_body(c),
	};

	c->state = STATE_DEAD;
	if (c->h.closedh)
		c->h.closedh(c, &end, c->h.arg);
	wsc_free(c);
}

/* What others wrote, on one line and without what could move a terminal. */
static void keep_why(struct wsc *c, struct sv why)
{
	(void)sv_copy(c->why, sizeof(c->why), why);
	for (char *p = c->why; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = ' ';
}

/* Ends c with err; finish() follows in a later turn. */
static void fail(struct wsc *c, int err, const char *why)
{
	if (c->state == STATE_DEAD)
		return;
	c->state = STATE_DEAD;
	c->err = err;
	if (why)
		keep_why(c, sv_str(why));
	if (c->tcp)
		tcp_cut(c->tcp);
	else
		timer_at(c->timer, 0);
}

/* ---- out ---- */

static const uint8_t *next_mask(struct wsc_env *e)
{
	if (e->mask_used + 4 > sizeof(e->mask)) {
		clock_random(e->mask, sizeof(e->mask));
		e->mask_used = 0;
	}
	e->mask_used += 4;
	return e->mask + e->mask_used - 4;
}

/* Sends what the scratch buffer holds. */
static int send_frame(struct wsc *c)
{
	struct buf *b = &c->e->frame;
	int err = b->err ? b->err : tcp_send(c->tcp, buf_get(b));

	buf_reset(b);
	if (b->cap > FRAME_CAP)
		buf_fini(b);
	return err;
}

int wsc_send(struct wsc *c, struct sv msg, bool binary)
{
	if (c->state != STATE_OPEN)
		return -ENOTCONN;
	if (tcp_pending(c->tcp) + msg.len > c->pending_max) {
		c->full = true;
		return -ENOBUFS;
	}
	ws_put(&c->e->frame, binary ? WS_BINARY : WS_TEXT, msg,
	       next_mask(c->e));
	return send_frame(c);
}

void wsc_hold(struct wsc *c)
{
	if (c->tcp)
		tcp_hold(c->tcp);
}

void wsc_release(struct wsc *c)
{
	if (c->tcp)
		tcp_release(c->tcp);
}

size_t wsc_pending(const struct wsc *c)
{
	return c->tcp ? tcp_pending(c->tcp) : 0;
}

bool wsc_is_open(const struct wsc *c)
{
	return c->state == STATE_OPEN;
}

static void send_control(struct wsc *c, enum ws_op op, struct sv data)
{
	ws_put(&c->e->frame, op, data, next_mask(c->e));
	(void)send_frame(c); /* the connection tells if it is dead */
}

/* Our close frame goes out; the answer, or the end, is awaited. */
static void say_goodbye(struct wsc *c, int code)
{
	c->state = STATE_CLOSING;
	timer_at(c->timer, clock_mono_us() + CLOSE_MS * 1000);
	if (c->told_bye)
		return;
	c->told_bye = true;
	ws_put_close(&c->e->frame, code, SV(""), next_mask(c->e));
	(void)send_frame(c);
}

void wsc_close(struct wsc *c, int code)
{
	if (c->state == STATE_OPEN && code != WS_CLOSE_LOST) {
		c->code = code;
		say_goodbye(c, code);
	} else if (c->state == STATE_OPEN) {
		c->code = code;
		fail(c, 0, "closed by us");
	} else if (c->state < STATE_OPEN) {
		fail(c, -ECANCELED, "closed while it was opening");
	}
}

void wsc_drop(struct wsc *c)
{
	tcp_drop(c->tcp);
	wsc_free(c);
}

/* ---- in ---- */

static void broken(struct wsc *c, int err)
{
	c->code = err == -EMSGSIZE ? WS_CLOSE_TOO_BIG : WS_CLOSE_PROTOCOL;
	say_goodbye(c, c->code);
	tcp_end(c->tcp);
	fail(c, err,
	     err == -EMSGSIZE ? "a message is too long"
	     : err == -ENOMEM ? "no memory"
			      : "frames that are not WebSocket's");
}

static void peer_closes(struct wsc *c, const struct ws_msg *m)
{
	if (c->state == STATE_OPEN) {
		c->code = m->code;
		keep_why(c, m->why);
		say_goodbye(c, m->code);
	}
	tcp_end(c->tcp);
	/* The server ends the connection; the timer does if it does not. */
	timer_at(c->timer, clock_mono_us() + CLOSE_MS * 1000);
}

static void on_frame(struct wsc *c, const struct ws_msg *m)
{
	switch (m->op) {
	case WS_TEXT:
	case WS_BINARY:
		if (c->state == STATE_OPEN && c->h.recvh)
			c->h.recvh(c, m->data, m->op == WS_BINARY, c->h.arg);
		break;
	case WS_PING:
		if (c->state == STATE_OPEN)
			send_control(c, WS_PONG, m->data);
		break;
	case WS_CLOSE:
		peer_closes(c, m);
		break;
	default:
		break;
	}
}

static void take_frames(struct wsc *c, struct sv bytes)
{
	struct ws_msg m;
	int ret = 1;

	while (c->state != STATE_DEAD &&
	       (ret = ws_in_next(&c->in, &bytes, &m)) > 0)
		on_frame(c, &m);
	if (ret < 0 && c->state != STATE_DEAD)
		broken(c, ret);
}

static void refused(struct wsc *c)
{
	size_t want = c->answer.body_len < 0
			      ? WSC_BODY_MAX
			      : (size_t)MIN(c->answer.body_len,
					    (int64_t)WSC_BODY_MAX);

	c->state = STATE_REFUSED;
	c->err = -EACCES;
	if (!c->why[0])
		snprintf(c->why, sizeof(c->why), "refused with %d",
			 c->answer.status);
	if (c->request.len - c->body_at >= want)
		fail(c, -EACCES, NULL);
}

static void upgraded(struct wsc *c, size_t head)
{
	struct buf rest = c->request;

	/* The head stays as long as the socket: closedh lends it. */
	buf_init(&c->request, HEAD_MAX);
	if (buf_add(&c->request, rest.p, head)) {
		buf_fini(&rest);
		fail(c, -ENOMEM, NULL);
		return;
	}
	c->answer.head = buf_get(&c->request);
	c->state = STATE_OPEN;
	c->opened = true;
	if (c->ping_ms > 0)
		timer_every(c->timer, c->ping_ms);
	else
		timer_stop(c->timer);
	if (c->h.openh)
		c->h.openh(c, c->answer.head, c->h.arg);
	take_frames(c, (struct sv){rest.p + head, rest.len - head});
	buf_fini(&rest);
}

static void take_answer(struct wsc *c, struct sv bytes)
{
	int n;

	if (buf_sv(&c->request, bytes)) {
		fail(c, -EPROTO, "the answer to the upgrade is too long");
		return;
	}
	n = ws_take_answer(&c->answer, buf_get(&c->request), c->key);
	if (n < 0) {
		fail(c, -EPROTO, "no WebSocket there");
	} else if (n && c->answer.status == 101) {
		upgraded(c, (size_t)n);
	} else if (n) {
		c->body_at = (size_t)n;
		refused(c);
	}
}

static void on_read(struct sv bytes, void *arg)
{
	struct wsc *c = arg;

	c->silent = 0;
	switch (c->state) {
	case STATE_UPGRADING:
		take_answer(c, bytes);
		break;
	case STATE_REFUSED:
		/* may move in memory: the head is taken anew */
		take_answer(c, bytes);
		break;
	case STATE_OPEN:
	case STATE_CLOSING:
		take_frames(c, bytes);
		break;
	default:
		break;
	}
}

static void on_drain(void *arg)
{
	struct wsc *c = arg;

	if (!c->full || c->state != STATE_OPEN)
		return;
	c->full = false;
	if (c->h.drainh)
		c->h.drainh(c, c->h.arg);
}

static void on_tcp_open(void *arg)
{
	struct wsc *c = arg;

	if (c->state != STATE_DIALING)
		return;
	c->state = STATE_UPGRADING;
	if (tcp_send(c->tcp, buf_get(&c->request)))
		fail(c, -ENOMEM, NULL);
	buf_fini(&c->request);
}

static void on_tcp_closed(int err, const char *why, void *arg)
{
	struct wsc *c = arg;

	c->tcp = NULL;
	if (c->state == STATE_OPEN) {
		c->err = err ? err : -ECONNRESET;
		c->code = WS_CLOSE_LOST;
		keep_why(c, sv_str(err ? why : "no close frame came"));
	} else if (c->state < STATE_REFUSED) {
		c->err = err ? err : -ECONNRESET;
		keep_why(c, sv_str(why && why[0] ? why : "no answer came"));
	}
	finish(c);
}

/* ---- opening ---- */

static struct tcp_tls *trust_of(struct wsc_env *e, const char *ca_file)
{
	const char *name = ca_file ? ca_file : "";
	size_t size = strlen(name) + 1;
	struct trust *t;
	struct list *i;

	LIST_FOREACH (i, &e->trusts) {
		t = list_entry(i, struct trust, node);
		if (!strcmp(t->ca_file, name))
			return t->tls;
	}
	t = calloc(1, sizeof(*t) + size);
	if (!t)
		return NULL;
	memcpy(t->ca_file, name, size);
	if (tcp_tls_client(&t->tls, ca_file)) {
		free(t);
		return NULL;
	}
	list_add(&e->trusts, &t->node);
	return t->tls;
}

static void dial(struct wsc *c, const char *addr)
{
	const struct tcp_handlers h = {.openh = on_tcp_open,
				       .readh = on_read,
				       .drainh = on_drain,
				       .closedh = on_tcp_closed,
				       .arg = c};
	int err = tcp_connect(&c->tcp, c->e->loop, addr, c->port, c->tls,
			      c->host, &h);

	c->state = STATE_DIALING;
	if (err) {
		c->tcp = NULL;
		fail(c, err, "cannot connect");
	}
}

static void on_address(int err, const char *addr, void *arg)
{
	struct look_up *l = arg;
	struct wsc *c = l->c;

	free(l);
	if (!c)
		return;
	c->look_up = NULL;
	if (c->state != STATE_RESOLVING)
		return;
	if (err)
		fail(c, err, "no such host");
	else
		dial(c, addr);
}

static const struct warm *warm_of(const struct wsc_env *e, const char *host)
{
	struct list *i;

	LIST_FOREACH (i, &e->warm) {
		const struct warm *w = list_entry(i, struct warm, node);

		if (!strcmp(w->host, host))
			return w;
	}
	return NULL;
}

static int resolve(struct wsc *c, const char *host)
{
	const struct warm *w = warm_of(c->e, host);
	struct look_up *l = calloc(1, sizeof(*l));
	int err;

	/* Numeric then: answered in the next turn. */
	if (w && w->addr[0])
		host = w->addr;
	if (!l)
		return -ENOMEM;
	l->c = c;
	c->look_up = l;
	err = dns_resolve(c->e->dns, host, on_address, l);
	if (err) {
		c->look_up = NULL;
		free(l);
	}
	return err;
}

static void on_timer(void *arg)
{
	struct wsc *c = arg;
	static const char *const late[] = {
		[STATE_RESOLVING] = "the name server did not answer in time",
		[STATE_DIALING] = "no connection in time",
		[STATE_UPGRADING] = "no answer to the upgrade in time",
	};

	switch (c->state) {
	case STATE_RESOLVING:
	case STATE_DIALING:
	case STATE_UPGRADING:
		fail(c, -ETIMEDOUT, late[c->state]);
		break;
	case STATE_REFUSED:
		fail(c, -EACCES, NULL);
		break;
	case STATE_OPEN:
		if (++c->silent > SILENT_MAX)
			fail(c, -ETIMEDOUT, "silent: pings are not answered");
		else
			send_control(c, WS_PING, SV(""));
		break;
	case STATE_CLOSING:
		fail(c, c->err, NULL);
		break;
	case STATE_DEAD:
		finish(c);
		break;
	}
}

/* Takes the URL apart: host, port, trust; path for the request. */
static int take_url(struct wsc *c, const struct wsc_prm *prm, char *header,
		    size_t header_size, struct buf *path)
{
	struct url u;
	int64_t port;
	bool tls;

	if (url_split(&u, sv_str(prm->url)) || !u.host.len || u.user.len)
		return -EINVAL;
	tls = sv_eq(u.scheme, "wss");
	if (!tls && !sv_eq(u.scheme, "ws"))
		return -EINVAL;
	port = tls ? 443 : 80;
	if (u.port.len && (sv_i64(&port, u.port) || port < 1 || port > 65535))
		return -EINVAL;
	if ((size_t)snprintf(header, header_size, "%.*s%s%.*s", SV_ARG(u.host),
			     u.port.len ? ":" : "",
			     SV_ARG(u.port)) >= header_size)
		return -EINVAL;
	if (u.host.p[0] == '[') { /* [::1] */
		u.host.p++;
		u.host.len -= 2;
	}
	if (sv_copy(c->host, sizeof(c->host), u.host))
		return -EINVAL;
	c->port = prm->port ? prm->port : (int)port;
	if (tls && !(c->tls = trust_of(c->e, prm->ca_file)))
		return -EINVAL;
	buf_sv(path, u.path.len ? u.path : SV("/"));
	buf_sv(path, u.query);
	return path->err;
}

static int make_request(struct wsc *c, const struct wsc_prm *prm)
{
	struct ws_request r = {.key = c->key,
			       .subprotocol = prm->subprotocol,
			       .headers = prm->headers};
	char header[300];
	uint8_t nonce[16];
	struct buf path;
	int err;

	buf_init(&path, HEAD_MAX);
	err = take_url(c, prm, header, sizeof(header), &path);
	if (!err) {
		clock_random(nonce, sizeof(nonce));
		c->key[b64_encode(c->key, nonce, sizeof(nonce))] = '\0';
		r.host = header;
		r.path = path.p;
		err = ws_put_request(&c->request, &r);
	}
	buf_fini(&path);
	return err;
}

int wsc_open(struct wsc **out, struct wsc_env *e, const struct wsc_prm *prm)
{
	int ms = prm->timeout_ms ? prm->timeout_ms : TIMEOUT_MS, err;
	struct wsc *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->e = e;
	c->h = prm->h;
	c->ping_ms = prm->ping_ms ? prm->ping_ms : PING_MS;
	c->pending_max = prm->pending_max ? prm->pending_max : PENDING_MAX;
	c->answer.retry_after_s = -1;
	buf_init(&c->request, HEAD_MAX);
	ws_in_init(&c->in, false, MESSAGE_MAX);
	err = timer_new(&c->timer, e->loop, on_timer, c);
	if (!err)
		err = make_request(c, prm);
	if (!err)
		err = resolve(c, prm->addr ? prm->addr : c->host);
	if (err) {
		wsc_free(c);
		return err;
	}
	timer_at(c->timer, clock_mono_us() + ms * INT64_C(1000));
	list_add(&e->socks, &c->node);
	*out = c;
	return 0;
}

/* ---- names that are kept known ---- */

static void on_warm(int err, const char *addr, void *arg)
{
	struct warm *w = arg;

	w->asking = false;
	if (!w->e)
		free(w);
	else if (!err) /* else the old one may still be good */
		(void)sv_copy(w->addr, sizeof(w->addr), sv_str(addr));
}

static void ask_for(struct warm *w)
{
	if (!w->asking)
		w->asking = !dns_resolve(w->e->dns, w->host, on_warm, w);
}

static void ask_again(void *arg)
{
	struct wsc_env *e = arg;
	struct list *i;

	LIST_FOREACH (i, &e->warm)
		ask_for(list_entry(i, struct warm, node));
}

/* ---- all of them ---- */

int wsc_env_new(struct wsc_env **out, struct loop *l, struct dns *dns)
{
	struct wsc_env *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->loop = l;
	e->dns = dns;
	e->mask_used = MASKS;
	list_init(&e->socks);
	list_init(&e->trusts);
	list_init(&e->warm);
	buf_init(&e->frame, MESSAGE_MAX + WS_HEAD_MAX);
	err = timer_new(&e->again, l, ask_again, e);
	if (err) {
		free(e);
		return err;
	}
	*out = e;
	return 0;
}

struct wsc_env *wsc_env_free(struct wsc_env *e)
{
	if (!e)
		return NULL;
	while (!list_empty(&e->socks)) {
		struct wsc *c = list_entry(e->socks.next, struct wsc, node);

		tcp_drop(c->tcp);
		c->tcp = NULL;
		if (c->state != STATE_DEAD)
			c->err = -ECANCELED;
		finish(c);
	}
	while (!list_empty(&e->trusts)) {
		struct trust *t =
			list_entry(e->trusts.next, struct trust, node);

		list_del(&t->node);
		tcp_tls_free(t->tls);
		free(t);
	}
	while (!list_empty(&e->warm)) {
		struct warm *w = list_entry(e->warm.next, struct warm, node);

		list_del(&w->node);
		w->e = NULL;
		if (!w->asking)
			free(w);
	}
	timer_free(e->again);
	buf_fini(&e->frame);
	free(e);
	return NULL;
}

int wsc_warm(struct wsc_env *e, const char *url, const char *ca_file)
{
	char host[256];
	struct warm *w;
	struct url u;

	if (url_split(&u, sv_str(url)) || !u.host.len ||
	    sv_copy(host, sizeof(host), u.host))
		return -EINVAL;
	if (sv_eq(u.scheme, "wss") && !trust_of(e, ca_file))
		return -EINVAL;
	if (host[0] == '[' || warm_of(e, host))
		return 0;
	w = calloc(1, sizeof(*w) + u.host.len + 1);
	if (!w)
		return -ENOMEM;
	w->e = e;
	memcpy(w->host, host, u.host.len + 1);
	list_add(&e->warm, &w->node);
	ask_for(w);
	timer_every(e->again, WARM_MS);
	return 0;
}

bool wsc_end_retryable(const struct wsc_end *end)
{
	if (end->opened) {
		switch (end->code) {
		case 1002:
		case 1003:
		case 1007:
		case 1008:
		case 1009:
		case 1010:
			return false;
		default:
			return end->code < 4000;
		}
	}
	if (end->err == -EACCES)
		return end->http == 408 || end->http == 425 ||
		       end->http == 429 || end->http >= 500;
	return end->err != -EPROTO && end->err != -EINVAL;
}
