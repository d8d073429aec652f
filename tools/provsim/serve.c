#include "serve.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/uuid.h"
#include "fault.h"
#include "io/tcp.h"
#include "proto/url.h"
#include "proto/ws.h"

enum {
	REQUEST_MAX = 1 << 20,
	MESSAGE_MAX = 16 << 20,
	CLOSE_MS = 2000, /* for the answer to our close frame */
	ACCEPTS = 64,	 /* in one turn */
	FRAGMENT = 7,	 /* bytes: a piece under FAULT_FRAGMENTS */
};

struct serve {
	struct sim *sim;
	struct watch *watch;
	struct tcp_tls *tls;
	struct list peers;
	struct faults faults;
	int fd;
};

enum peer_state {
	PEER_REQUEST, /* the request comes in */
	PEER_LATE,    /* it is all here; the answer waits (fault) */
	PEER_OPEN,
	PEER_CLOSING, /* our close frame is out */
	PEER_OVER,
};

/* A message that goes out later (fault "slow"). */
struct later {
	struct list node;
	int64_t at_us;
	bool binary;
	size_t len;
	char text[];
};

struct peer {
	struct list node;
	struct serve *v;
	struct tcp *tcp;
	enum peer_state state;
	struct buf in, headers, out;
	struct ws_in frames;
	const struct service *service;
	void *sess;
	struct fault fault;
	struct timer *timer; /* a late answer, then the fault's moment */
	struct timer *close_timer;
	struct timer *slow;
	struct list later;
	bool answered, stalled, deaf, told_bye;
	int code;
	char id[UUID_LEN + 1];
	unsigned number;
};

struct sim *peer_sim(struct peer *p)
{
	return p->v->sim;
}

void sim_event(struct sim *s, const struct peer *p, const char *event,
	       json_t *data)
{
	json_t *o;
	char *text;

	if (!s->opt.json) {
		json_decref(data);
		return;
	}
	o = json_pack("{s:s, s:I}", "event", event, "t_ms",
		      (json_int_t)(clock_mono_us() / 1000));
	if (p)
		json_object_set_new(o, "conn", json_integer(p->number));
	if (p && p->service)
		json_object_set_new(o, "service",
				    json_string(p->service->name));
	if (data)
		json_object_update(o, data);
	json_decref(data);
	text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (text)
		puts(text);
	fflush(stdout);
	free(text);
	json_decref(o);
}

/* ---- out ---- */

static void put(struct peer *p, struct sv bytes)
{
	if (!p->deaf)
		tcp_send(p->tcp, bytes);
}

static void put_frames(struct peer *p, struct sv msg, bool binary)
{
	enum ws_op op = binary ? WS_BINARY : WS_TEXT;

	buf_reset(&p->out);
	if (p->fault.kind != FAULT_FRAGMENTS) {
		ws_put(&p->out, op, msg, NULL);
	} else {
		for (size_t at = 0; at < msg.len || !at; at += FRAGMENT) {
			struct sv part = {msg.p + at,
					  MIN((size_t)FRAGMENT, msg.len - at)};

			ws_put_part(&p->out, at ? WS_CONTINUED : op,
				    at + FRAGMENT >= msg.len, part, NULL);
			ws_put(&p->out, WS_PING, SV("?"), NULL);
		}
	}
	put(p, buf_get(&p->out));
	p->v->sim->messages_out++;
}

static void on_slow(void *arg)
{
	struct peer *p = arg;

	while (!list_empty(&p->later)) {
		struct later *l = list_entry(p->later.next, struct later, node);

		if (l->at_us > clock_mono_us()) {
			timer_at(p->slow, l->at_us);
			return;
		}
		list_del(&l->node);
		if (p->state == PEER_OPEN && !p->stalled)
			put_frames(p, (struct sv){l->text, l->len}, l->binary);
		free(l);
	}
}

static void put_later(struct peer *p, struct sv msg, bool binary)
{
	struct later *l = malloc(sizeof(*l) + msg.len);
	bool first = list_empty(&p->later);

	if (!l)
		return;
	*l = (struct later){.at_us = clock_mono_us() +
				     p->fault.value * INT64_C(1000),
			    .binary = binary,
			    .len = msg.len};
	if (msg.len)
		memcpy(l->text, msg.p, msg.len);
	list_add(&p->later, &l->node);
	if (first)
		timer_at(p->slow, l->at_us);
}

void peer_send(struct peer *p, struct sv msg, bool binary)
{
	if (p->state != PEER_OPEN || p->stalled)
		return;
	if (p->fault.kind == FAULT_SLOW)
		put_later(p, msg, binary);
	else
		put_frames(p, msg, binary);
}

void peer_send_json(struct peer *p, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));

	if (text)
		peer_send(p, sv_str(text), false);
	free(text);
	json_decref(o);
}

static void say_goodbye(struct peer *p, int code, struct sv reason)
{
	if (p->told_bye)
		return;
	p->told_bye = true;
	buf_reset(&p->out);
	ws_put_close(&p->out, code, reason, NULL);
	put(p, buf_get(&p->out));
}

void peer_close(struct peer *p, int code, const char *reason)
{
	if (p->state != PEER_OPEN)
		return;
	sim_event(p->v->sim, p, "close",
		  json_pack("{s:i, s:s}", "code", code, "reason", reason));
	p->state = PEER_CLOSING;
	p->code = code;
	say_goodbye(p, code, sv_str(reason));
	timer_at(p->close_timer, clock_mono_us() + CLOSE_MS * 1000);
}

/* ---- answers ---- */

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *text;
	} names[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{402, "Payment Required"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{426, "Upgrade Required"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].status == status)
			return names[i].text;
	return "Status";
}

void peer_header(struct peer *p, const char *line)
{
	buf_str(&p->headers, line);
}

void peer_refuse(struct peer *p, int status, const char *headers,
		 const json_t *body)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	buf_reset(&p->out);
	buf_printf(&p->out,
		   "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
		   "Content-Length: %zu\r\nConnection: close\r\n%s%s\r\n%s",
		   status, reason_of(status), text ? strlen(text) : 0,
		   p->headers.p ? p->headers.p : "", headers ? headers : "",
		   text ? text : "");
	if (status >= 400)
		p->v->sim->refused++;
	sim_event(p->v->sim, p, "answer", json_pack("{s:i}", "status", status));
	p->answered = true;
	p->state = PEER_OVER;
	put(p, buf_get(&p->out));
	tcp_end(p->tcp);
	free(text);
}

static void upgrade(struct peer *p, struct sv key)
{
	char accept[WS_ACCEPT_LEN + 1];

	ws_accept(accept, key);
	buf_reset(&p->out);
	buf_printf(&p->out,
		   "HTTP/1.1 101 Switching Protocols\r\n"
		   "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Accept: %s\r\n%s\r\n",
		   accept, p->headers.p ? p->headers.p : "");
	put(p, buf_get(&p->out));
	p->state = PEER_OPEN;
	p->v->sim->opened++;
	p->v->sim->open++;
	sim_event(p->v->sim, p, "open", NULL);
	if (p->fault.kind > FAULT_NOTHING && p->fault.kind != FAULT_SLOW &&
	    p->fault.kind != FAULT_EXPIRE)
		timer_at(p->timer,
			 clock_mono_us() + p->fault.at_ms * INT64_C(1000));
	if (p->service->opened)
		p->service->opened(p->sess);
}

/* ---- requests ---- */

static json_t *sim_stats(const struct sim *s)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:I}", "opened",
			 (int)s->opened, "open", (int)s->open, "refused",
			 (int)s->refused, "faults", (int)s->faults,
			 "messages_in", (json_int_t)s->messages_in,
			 "messages_out", (json_int_t)s->messages_out,
			 "bytes_in", (json_int_t)s->bytes_in);
}

/* Our own pages: what there was, and what shall go wrong from now on. */
static bool is_control(struct peer *p, const struct request *r)
{
	json_t *o;

	if (!sv_starts(r->path, "/sim/"))
		return false;
	if (sv_eq(r->path, "/sim/stats")) {
		o = sim_stats(p->v->sim);
		peer_refuse(p, 200, NULL, o);
		json_decref(o);
	} else if (sv_eq(r->path, "/sim/faults") && sv_eq(r->method, "POST")) {
		peer_refuse(p, serve_faults(p->v, r->body) ? 400 : 200, NULL,
			    NULL);
	} else {
		peer_refuse(p, 404, NULL, NULL);
	}
	return true;
}

static const struct service *service_of(const struct request *r, bool ws)
{
	for (size_t i = 0; services[i]; i++)
		if (sv_eq(r->path, services[i]->path) &&
		    sv_eq(r->method, services[i]->method) &&
		    services[i]->websocket == ws)
			return services[i];
	return NULL;
}

static void dispatch(struct peer *p, const struct request *r)
{
	struct sv upgrade_to = {NULL, 0}, key;
	bool ws = !ws_header(r->head, "Upgrade", &upgrade_to) &&
		  !ws_header(r->head, "Sec-WebSocket-Key", &key);

	if (is_control(p, r))
		return;
	p->service = service_of(r, ws);
	if (!p->service) {
		peer_refuse(p, 404, NULL, NULL);
		return;
	}
	if (!p->fault.kind)
		p->fault = faults_take(&p->v->faults, p->service->name);
	if (p->fault.kind && p->state == PEER_REQUEST)
		p->v->sim->faults++;
	if (p->fault.kind == FAULT_NOTHING) {
		p->state = PEER_OVER;
		return;
	}
	if (p->fault.kind == FAULT_LATE && p->state == PEER_REQUEST) {
		p->state = PEER_LATE;
		timer_at(p->timer,
			 clock_mono_us() + p->fault.value * INT64_C(1000));
		return;
	}
	if (p->fault.kind == FAULT_REFUSE) {
		peer_refuse(p, p->fault.value,
			    p->fault.value == 429 ? "Retry-After: 1\r\n" : NULL,
			    NULL);
		return;
	}
	if (p->service->open(&p->sess, p, r) || p->answered || !ws)
		return;
	upgrade(p, key);
}

static int64_t body_len(struct sv head)
{
	struct sv v;
	int64_t n;

	if (ws_header(head, "Content-Length", &v) || sv_i64(&n, v) || n < 0)
		return 0;
	return n;
}

/* Splits "METHOD PATH?QUERY HTTP/1.1". */
static int request_line(struct request *r, struct sv line)
{
	const char *sp = memchr(line.p, ' ', line.len), *q, *end;

	if (!sp)
		return -EBADMSG;
	r->method = (struct sv){line.p, (size_t)(sp - line.p)};
	r->path.p = sp + 1;
	end = memchr(r->path.p, ' ', line.len - r->method.len - 1);
	if (!end)
		return -EBADMSG;
	r->path.len = (size_t)(end - r->path.p);
	q = memchr(r->path.p, '?', r->path.len);
	if (!q)
		return 0;
	end = r->path.p + r->path.len;
	r->path.len = (size_t)(q - r->path.p);
	return form_parse(&r->query, (struct sv){q + 1, (size_t)(end - q - 1)});
}

/* Serves what is in p->in, once it is all there. */
static void take_request(struct peer *p)
{
	const char *end =
		p->in.len ? memmem(p->in.p, p->in.len, "\r\n\r\n", 4) : NULL;
	struct request r = {.method = {NULL, 0}};
	int64_t body;

	if (!end)
		return;
	r.head = (struct sv){p->in.p, (size_t)(end - p->in.p) + 4};
	body = body_len(r.head);
	if ((int64_t)(p->in.len - r.head.len) < body)
		return;
	r.body = (struct sv){p->in.p + r.head.len, (size_t)body};
	sv_copy(r.id, sizeof(r.id), sv_str(p->id));
	form_init(&r.query);
	if (request_line(&r, (struct sv){p->in.p,
					 (size_t)((char *)memchr(p->in.p, '\r',
								 p->in.len) -
						  p->in.p)}))
		peer_refuse(p, 400, NULL, NULL);
	else
		dispatch(p, &r);
	form_fini(&r.query);
}

/* ---- connections ---- */

static void on_frame(struct peer *p, const struct ws_msg *m)
{
	switch (m->op) {
	case WS_TEXT:
	case WS_BINARY:
		p->v->sim->messages_in++;
		p->v->sim->bytes_in += m->data.len;
		if (p->state == PEER_OPEN)
			p->service->recv(p->sess, m->data, m->op == WS_BINARY);
		break;
	case WS_PING:
		buf_reset(&p->out);
		ws_put(&p->out, WS_PONG, m->data, NULL);
		put(p, buf_get(&p->out));
		break;
	case WS_CLOSE:
		if (!p->code)
			p->code = m->code;
		say_goodbye(p, m->code, SV(""));
		p->state = PEER_CLOSING;
		tcp_end(p->tcp);
		timer_at(p->close_timer, clock_mono_us() + CLOSE_MS * 1000);
		break;
	default:
		break;
	}
}

static void on_read(struct sv bytes, void *arg)
{
	struct peer *p = arg;
	struct ws_msg m;
	int ret = 0;

	if (p->deaf || p->state == PEER_OVER)
		return;
	if (p->state == PEER_REQUEST) {
		if (buf_sv(&p->in, bytes))
			tcp_cut(p->tcp);
		else
			take_request(p);
		return;
	}
	if (p->state == PEER_LATE)
		return; /* who waits for a 101 has nothing to say */
	while ((p->state == PEER_OPEN || p->state == PEER_CLOSING) &&
	       (ret = ws_in_next(&p->frames, &bytes, &m)) > 0)
		on_frame(p, &m);
	if (ret < 0)
		peer_close(p, ret == -EMSGSIZE ? 1009 : 1002, "");
}

static void peer_free(struct peer *p)
{
	list_del(&p->node);
	timer_free(p->timer);
	timer_free(p->close_timer);
	timer_free(p->slow);
	while (!list_empty(&p->later)) {
		struct later *l = list_entry(p->later.next, struct later, node);

		list_del(&l->node);
		free(l);
	}
	buf_fini(&p->in);
	buf_fini(&p->out);
	buf_fini(&p->headers);
	ws_in_fini(&p->frames);
	free(p);
}

static void gone(struct peer *p)
{
	bool was_open = p->sess && p->state != PEER_LATE;

	p->tcp = NULL;
	if (p->state == PEER_OPEN || p->state == PEER_CLOSING)
		p->v->sim->open--;
	p->state = PEER_OVER;
	if (was_open) {
		sim_event(p->v->sim, p, "gone",
			  json_pack("{s:i}", "code", p->code ? p->code : 1006));
		p->service->gone(p->sess, p->code ? p->code : 1006);
	}
	peer_free(p);
}

static void on_closed(int err, const char *why, void *arg)
{
	(void)err;
	(void)why;
	gone(arg);
}

static void on_open(void *arg)
{
	(void)arg; /* TLS is up; the request follows */
}

int peer_life_ms(const struct peer *p, int usual)
{
	return p->fault.kind == FAULT_EXPIRE ? p->fault.value : usual;
}

/* The moment of the fault has come. */
static void on_timer(void *arg)
{
	struct peer *p = arg;

	if (p->state == PEER_LATE) {
		take_request(p);
		return;
	}
	if (p->state != PEER_OPEN)
		return;
	sim_event(p->v->sim, p, "fault",
		  json_pack("{s:i}", "kind", p->fault.kind));
	switch (p->fault.kind) {
	case FAULT_STALL:
		p->stalled = true;
		break;
	case FAULT_HALF_OPEN:
		p->deaf = true;
		break;
	case FAULT_DROP:
		tcp_cut(p->tcp);
		break;
	case FAULT_CLOSE:
		peer_close(p, p->fault.value, "fault");
		break;
	case FAULT_GARBAGE:
		put(p, SV("\xff\xff\xff\xffgarbage"));
		break;
	case FAULT_JUNK:
		put_frames(p, SV("{\"type\": \"Results\", \x01 oops"), false);
		break;
	default:
		break;
	}
}

static void on_close_timer(void *arg)
{
	struct peer *p = arg;

	tcp_cut(p->tcp);
}

static int peer_new(struct serve *v, int fd)
{
	const struct tcp_handlers h = {
		.openh = on_open, .readh = on_read, .closedh = on_closed};
	static unsigned count;
	struct tcp_handlers mine = h;
	uint8_t random[10];
	struct peer *p = calloc(1, sizeof(*p));
	int err;

	if (!p) {
		close(fd);
		return -ENOMEM;
	}
	p->v = v;
	p->number = ++count;
	clock_random(random, sizeof(random));
	memcpy(p->id, uuid_v7(clock_wall_us() / 1000, random).s, sizeof(p->id));
	list_init(&p->later);
	list_add(&v->peers, &p->node);
	buf_init(&p->in, REQUEST_MAX);
	buf_init(&p->out, 0);
	buf_init(&p->headers, 8192);
	ws_in_init(&p->frames, true, MESSAGE_MAX);
	err = timer_new(&p->timer, v->sim->loop, on_timer, p);
	if (!err)
		err = timer_new(&p->close_timer, v->sim->loop, on_close_timer,
				p);
	if (!err)
		err = timer_new(&p->slow, v->sim->loop, on_slow, p);
	if (err) {
		close(fd);
		peer_free(p);
		return err;
	}
	mine.arg = p;
	err = tcp_adopt(&p->tcp, v->sim->loop, fd, v->tls, &mine);
	if (err)
		peer_free(p);
	return err;
}

static void on_accept(void *arg)
{
	struct serve *v = arg;

	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(v->fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 || peer_new(v, fd))
			return;
	}
}

/* ---- all ---- */

int serve_faults(struct serve *v, struct sv text)
{
	return faults_parse(&v->faults, text);
}

static int bind_to(struct sv host, int port, int *got)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof(in);
	char text[64];
	int fd, one = 1;

	if (sv_copy(text, sizeof(text), host) ||
	    inet_pton(AF_INET, text, &in.sin_addr) != 1)
		return -EINVAL;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) || listen(fd, 512) ||
	    getsockname(fd, (struct sockaddr *)&in, &len)) {
		int err = -errno;

		close(fd);
		return err;
	}
	*got = ntohs(in.sin_port);
	return fd;
}

int serve_new(struct serve **out, struct sim *s, int *port)
{
	struct serve *v = calloc(1, sizeof(*v));
	struct sv host;
	int err, want;

	if (!v)
		return -ENOMEM;
	v->sim = s;
	v->fd = -1;
	list_init(&v->peers);
	err = url_host_port(sv_str(s->opt.listen), &host, &want);
	if (!err && s->opt.cert)
		err = tcp_tls_server(&v->tls, s->opt.cert, s->opt.key);
	if (!err) {
		v->fd = bind_to(host, want, port);
		err = MIN(v->fd, 0);
	}
	if (!err)
		err = watch_new(&v->watch, s->loop, v->fd, on_accept, v);
	if (err) {
		fprintf(stderr, "provsim: %s: %s\n", s->opt.listen,
			strerror(-err));
		serve_free(v);
		return err;
	}
	*out = v;
	return 0;
}

struct serve *serve_free(struct serve *v)
{
	if (!v)
		return NULL;
	watch_free(v->watch);
	if (v->fd >= 0)
		close(v->fd);
	while (!list_empty(&v->peers)) {
		struct peer *p = list_entry(v->peers.next, struct peer, node);

		tcp_drop(p->tcp);
		gone(p);
	}
	tcp_tls_free(v->tls);
	free(v);
	return NULL;
}
