/*
 * web_http: requests in, replies and streams out.
 *
 * The library parses the head; it knows bodies with Content-Length only, so
 * chunked ones are decoded here and end their connection with the reply.
 */
#include "io/web_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"

#define REPLY_TIME_US 60000000 /* for the peer to read what we answered */
#define STREAM_PENDING_MAX (256u << 10)
#define CHUNK_LINE_MAX 256
#define HEADER_VALUE_MAX 16384

struct web_stream {
	struct web_conn *c; /* NULL once it is gone */
	struct web *w;
	struct web_stream_handlers h;
	struct buf out;
	size_t out_at, in_lws;
	bool closing, told;
};

static const struct {
	int status;
	const char *words;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return status < 400 ? "OK" : "Error";
}

/* ---- what was asked ---- */

static struct web_req *req_free(struct web_req *r)
{
	while (r->headers) {
		struct web_header *h = r->headers;

		r->headers = h->next;
		free(h);
	}
	buf_fini(&r->path);
	buf_fini(&r->query);
	buf_fini(&r->body);
	free(r);
	return NULL;
}

/* The library took the escapes out of the URI: put back those that matter. */
static void add_escaped(struct buf *out, const char *p, size_t len, bool query)
{
	const char *keep = query ? "-._~/!$'()*,;:@=?" : "-._~/!$&'()*+,;:@=";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || (c && strchr(keep, c)))
			buf_char(out, (char)c);
		else if (query && c == ' ')
			buf_char(out, '+');
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void copy_uri(struct buf *out, struct lws *wsi,
		     enum lws_token_indexes token, bool query)
{
	int len;

	for (int i = 0; (len = lws_hdr_fragment_length(wsi, token, i)) > 0;
	     i++) {
		char part[HEADER_VALUE_MAX];

		len = lws_hdr_copy_fragment(wsi, part, sizeof(part), token, i);
		if (len < 0)
			return;
		if (i)
			buf_char(out, '&');
		add_escaped(out, part, (size_t)len, query);
	}
}

static const struct {
	const char *name;
	enum lws_token_indexes uri;
} methods[] = {
	{"GET", WSI_TOKEN_GET_URI},	    {"POST", WSI_TOKEN_POST_URI},
	{"HEAD", WSI_TOKEN_HEAD_URI},	    {"PUT", WSI_TOKEN_PUT_URI},
	{"PATCH", WSI_TOKEN_PATCH_URI},	    {"DELETE", WSI_TOKEN_DELETE_URI},
	{"OPTIONS", WSI_TOKEN_OPTIONS_URI},
};

/* NULL: no memory, or a method that is none of ours. */
static struct web_req *req_new(struct web_conn *c)
{
	struct web_req *r = calloc(1, sizeof(*r));
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		if (lws_hdr_total_length(c->wsi, methods[i].uri) > 0)
			break;
	if (!r || i == ARRAY_LEN(methods)) {
		free(r);
		return NULL;
	}
	r->conn = c;
	r->method = methods[i].name;
	r->head = methods[i].uri == WSI_TOKEN_HEAD_URI;
	buf_init(&r->body, c->l->prm.body_max ? c->l->prm.body_max : 1);
	copy_uri(&r->path, c->wsi, methods[i].uri, false);
	copy_uri(&r->query, c->wsi, WSI_TOKEN_HTTP_URI_ARGS, true);
	return r;
}

struct sv web_req_method(const struct web_req *r)
{
	return sv_str(r->method);
}

struct sv web_req_path(const struct web_req *r)
{
	return buf_get(&r->path);
}

struct sv web_req_query(const struct web_req *r)
{
	return buf_get(&r->query);
}

struct sv web_req_body(const struct web_req *r)
{
	return buf_get(&r->body);
}

const char *web_req_peer(const struct web_req *r)
{
	return r->conn ? r->conn->peer : "";
}

void web_req_on_gone(struct web_req *r, loop_h *h, void *arg)
{
	r->goneh = h;
	r->gone_arg = arg;
}

/* Length of the value, or <= 0; the library names headers with their colon. */
static int header_copy(struct lws *wsi, const char *name, char *out, int size)
{
	size_t n = strlen(name);
	char colon[128];

	for (int t = 0; t < WSI_TOKEN_COUNT; t++) {
		const char *s = (const char *)lws_token_to_string(
			(enum lws_token_indexes)t);

		if (s && !strncmp(s, name, n) && !strcmp(s + n, ":"))
			return lws_hdr_copy(wsi, out, size,
					    (enum lws_token_indexes)t);
	}
	if (n + 2 > sizeof(colon))
		return -1;
	snprintf(colon, sizeof(colon), "%s:", name);
	return lws_hdr_custom_copy(wsi, out, size, colon, (int)n + 1);
}

struct sv web_req_header(const struct web_req *r, const char *name)
{
	struct web_req *own = (struct web_req *)(uintptr_t)r; /* its cache */
	char value[HEADER_VALUE_MAX];
	size_t name_len = strlen(name);
	struct web_header *h;
	int len;

	for (h = r->headers; h; h = h->next)
		if (h->name_len == name_len && !memcmp(h->text, name, name_len))
			return h->value;
	if (!r->conn)
		return SV("");
	len = header_copy(r->conn->wsi, name, value, sizeof(value));
	if (len <= 0)
		return SV("");
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	h = malloc(sizeof(*h) + name_len + (size_t)len);
	if (!h)
		return SV("");
	h->name_len = name_len;
	memcpy(h->text, name, name_len);
	memcpy(h->text + name_len, value, (size_t)len);
	h->value = (struct sv){h->text + name_len, (size_t)len};
	h->next = r->headers;
	own->headers = h;
	return h->value;
}

/* ---- replies ---- */

/* 0, or -EPIPE. What the kernel does not take stays with lws. */
static int put(struct web_conn *c, const char *p, size_t len)
{
	/* LWS_WRITE_HTTP goes out as it is: no room in front is needed. */
	return lws_write(c->wsi, (unsigned char *)(uintptr_t)p, len,
			 LWS_WRITE_HTTP) < 0
		       ? -EPIPE
		       : 0;
}

/* Everything is with the kernel; body_is_here: nothing is left to skip. */
static void reply_done(struct web_conn *c, bool body_is_here)
{
	web_conn_watch(c, 0);
	c->state = CONN_READING;
	if (c->close_after || lws_http_transaction_completed(c->wsi)) {
		web_conn_kill(c);
		return;
	}
	/* lws times the idle connection; we the rest of a refused body. */
	if (body_is_here)
		timer_stop(c->deadline);
}

static void head_line(struct buf *b, int status, const char *type)
{
	buf_printf(b, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
	if (type)
		buf_printf(b, "Content-Type: %s\r\n", type);
}

static int send_reply(struct web_conn *c, struct web_req *r, int status,
		      const char *type, struct sv body, const char *headers)
{
	struct buf b;
	int err;

	buf_init(&b, BUF_MAX_DEFAULT + (64u << 10));
	head_line(&b, status, body.len ? type : NULL);
	if (status != 204 && status != 304)
		buf_printf(&b, "Content-Length: %zu\r\n", body.len);
	if (c->close_after)
		buf_str(&b, "Connection: close\r\n");
	if (headers)
		buf_str(&b, headers);
	buf_str(&b, "\r\n");
	if (!r || !r->head)
		buf_sv(&b, body);
	err = b.err ? b.err : put(c, b.p, b.len);
	buf_fini(&b);
	return err;
}

int web_reply(struct web_req *r, int status, const char *type, struct sv body,
	      const char *headers)
{
	struct web_conn *c = r->conn;
	bool all = r->dispatched;
	int err;

	if (!c) {
		req_free(r);
		return -ENOTCONN;
	}
	web_conn_watch(c, 0);
	web_conn_park(c, false);
	err = send_reply(c, r, status, type, body, headers);
	req_free(r);
	c->req = NULL;
	if (err) {
		web_conn_kill(c);
		return err;
	}
	if (lws_partial_buffered(c->wsi)) {
		/*
		 * lws cannot stop reading while it waits to write; a peer that
		 * sends more without reading would keep the loop busy.
		 */
		c->state = CONN_REPLYING;
		web_conn_watch(c, UV_READABLE | UV_DISCONNECT);
		timer_at(c->deadline, clock_mono_us() + REPLY_TIME_US);
		lws_callback_on_writable(c->wsi);
	} else {
		reply_done(c, all);
	}
	return 0;
}

/* Refuses what is not (all) here; the connection ends with it. */
static int refuse(struct web_conn *c, int status)
{
	c->close_after = true;
	web_reply(c->req, status, "text/plain", sv_str(reason_of(status)),
		  NULL);
	return 0;
}

/* ---- requests ---- */

static void dispatch(struct web_conn *c)
{
	struct web_req *r = c->req;

	r->dispatched = true;
	timer_stop(c->deadline);
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
	c->state = CONN_WAITING;
	if (c->l->freed || !c->l->prm.requesth) {
		refuse(c, 503);
		return;
	}
	c->l->prm.requesth(r, c->l->prm.arg);
	if (c->req == r && c->state == CONN_WAITING) {
		web_conn_park(c, true);
		web_conn_watch(c, UV_DISCONNECT);
	}
}

/* 0, or the status to refuse with. */
static int body_framing(struct web_req *r, struct web_conn *c)
{
	struct sv te = web_req_header(r, "transfer-encoding");
	struct sv cl = web_req_header(r, "content-length");

	if (te.len && cl.len)
		return 400; /* a smuggler's trick */
	if (te.len) {
		if (te.len != 7 || strncasecmp(te.p, "chunked", 7))
			return 501;
		r->body_left = -1;
		c->close_after = true;
		return 0;
	}
	if (!cl.len) {
		/* Without a length there is no body; lws expects one, though. */
		c->close_after = r->method[0] == 'P';
		return 0;
	}
	if (sv_i64(&r->body_left, cl) || cl.p[0] == '-')
		return 400;
	return (uint64_t)r->body_left > c->l->prm.body_max ? 413 : 0;
}

int web_http_request(struct web_conn *c)
{
	int64_t until_us =
		clock_mono_us() + c->l->prm.header_ms * INT64_C(1000);
	int status;

	if (c->req || c->state != CONN_READING)
		return -1;
	c->close_after = false;
	c->req = req_new(c);
	if (!c->req)
		return -1;
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0); /* we have ours */
	timer_at(c->deadline, until_us);
	status = c->req->path.err || c->req->query.err
			 ? 500
			 : body_framing(c->req, c);
	if (status == 413) /* lws reads on and drops the body */
		web_reply(c->req, status, "text/plain",
			  sv_str(reason_of(status)), NULL);
	else if (status)
		refuse(c, status);
	else if (!c->req->body_left)
		dispatch(c);
	else if (web_req_header(c->req, "expect").len)
		put(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	return 0;
}

/* One character of what frames the chunks. 0 or -EBADMSG. */
static int chunk_char(struct web_req *r, char ch)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit;

	if (++r->chunk.line_len > CHUNK_LINE_MAX)
		return -EBADMSG;
	if (ch == '\r')
		return 0;
	switch (r->chunk.state) {
	case CHUNK_SIZE:
		digit = ch ? strchr(hex, ch | 0x20) : NULL;
		if (ch >= '0' && digit) {
			r->chunk.left =
				r->chunk.left * 16 + (uint64_t)(digit - hex);
			return ++r->chunk.digits > 8 ? -EBADMSG : 0;
		}
		if (!r->chunk.digits)
			return -EBADMSG;
		r->chunk.state = CHUNK_EXT;
		/* fall through */
	case CHUNK_EXT:
		if (ch == '\n') {
			r->chunk.state =
				r->chunk.left ? CHUNK_DATA : CHUNK_TRAILER;
			r->chunk.digits = r->chunk.line_len = 0;
		}
		return 0;
	case CHUNK_DATA_END:
		r->chunk.state = CHUNK_SIZE;
		r->chunk.line_len = 0;
		return ch == '\n' ? 0 : -EBADMSG;
	case CHUNK_TRAILER:
		if (ch != '\n') {
			r->chunk.digits++;
			return 0;
		}
		if (!r->chunk.digits)
			r->chunk.state = CHUNK_DONE;
		r->chunk.digits = r->chunk.line_len = 0;
		return 0;
	default:
		return -EBADMSG;
	}
}

/* 0 so far, or the status to refuse with. */
static int chunks_add(struct web_req *r, const char *p, size_t len)
{
	while (len && r->chunk.state != CHUNK_DONE) {
		size_t n = 1;

		if (r->chunk.state == CHUNK_DATA) {
			n = (size_t)MIN((uint64_t)len, r->chunk.left);
			if (buf_add(&r->body, p, n))
				return 413;
			r->chunk.left -= n;
			if (!r->chunk.left)
				r->chunk.state = CHUNK_DATA_END;
		} else if (chunk_char(r, *p)) {
			return 400;
		}
		p += n;
		len -= n;
	}
	return 0;
}

int web_http_body(struct web_conn *c, const char *p, size_t len)
{
	struct web_req *r = c->req;
	int status = 0;

	if (!r || r->dispatched || !len)
		return 0;
	if (r->body_left < 0)
		status = chunks_add(r, p, len);
	else if (buf_add(&r->body, p, len))
		status = 413;
	if (status)
		refuse(c, status);
	else if (r->chunk.state == CHUNK_DONE)
		dispatch(c);
	return 0;
}

int web_http_body_end(struct web_conn *c)
{
	if (c->req && !c->req->dispatched && c->state == CONN_READING)
		dispatch(c);
	return 0;
}

void web_http_timeout(struct web_conn *c)
{
	if (c->state == CONN_READING && c->req)
		refuse(c, 408);
	else
		web_conn_kill(c);
}

/* ---- upgrades ---- */

/*
 * lws refuses a client that asks for subprotocols which we do not have. It
 * looks ours up by name, so for this one handshake we have what it asks for;
 * drop_subprotocol() in web.c keeps it out of the answer.
 */
static void take_any_subprotocol(const struct web_req *r)
{
	struct sv list = web_req_header(r, "sec-websocket-protocol");
	size_t n = 0;

	while (n < list.len && list.p[n] != ',' && list.p[n] != ' ')
		n++;
	if (n)
		sv_copy(web_subprotocol, sizeof(web_subprotocol),
			(struct sv){list.p, n});
}

static int upgrade_status(struct web_conn *c, struct web_sock_handlers *h)
{
	struct web_req *r = c->req;

	if (!c->l->prm.upgradeh || c->l->freed)
		return 404;
	if (strcmp(r->method, "GET") || r->path.err || r->query.err ||
	    !web_req_header(r, "sec-websocket-key").len ||
	    !web_req_header(r, "host").len)
		return 400;
	if (!sv_eq(web_req_header(r, "sec-websocket-version"), "13"))
		return 426;
	return c->l->prm.upgradeh(r, h, c->l->prm.arg);
}

int web_http_upgrade(struct web_conn *c, char *to)
{
	struct web_sock_handlers h = {0};
	int status;

	if (strcasecmp(to, "websocket")) {
		memset(to, 'x', strlen(to)); /* h2c: stay with HTTP/1.1 */
		return 0;
	}
	if (c->req || c->state != CONN_READING)
		return -1;
	c->req = req_new(c);
	if (!c->req)
		return -1;
	status = upgrade_status(c, &h);
	if (!status && web_sock_new(&c->sock, c->w))
		status = 503;
	if (status) {
		c->close_after = true;
		send_reply(c, c->req, status, "text/plain",
			   sv_str(reason_of(status)),
			   status == 426 ? "Sec-WebSocket-Version: 13\r\n"
					 : NULL);
	} else {
		c->sock->h = h;
		c->sock->wsi = c->wsi;
		take_any_subprotocol(c->req);
	}
	c->req = req_free(c->req);
	return status ? -1 : 0;
}

/* ---- streams ---- */

static void stream_free_h(void *arg)
{
	struct web_stream *s = arg;

	buf_fini(&s->out);
	free(s);
}

static void stream_gone(struct web_stream *s)
{
	if (s->told)
		return;
	s->told = true;
	if (s->c)
		s->c->stream = NULL;
	s->c = NULL;
	if (s->h.closedh)
		s->h.closedh(s, s->h.arg);
	web_later(s->w, stream_free_h, s);
}

/* Sends until the kernel has enough. 0 or -EPIPE. */
static int stream_flush(struct web_stream *s)
{
	struct web_conn *c = s->c;

	s->in_lws = lws_partial_buffered(c->wsi) ? s->in_lws : 0;
	while (s->out_at < s->out.len && !s->in_lws) {
		size_t n = MIN(s->out.len - s->out_at, WEB_CHUNK);

		if (put(c, s->out.p + s->out_at, n))
			return -EPIPE;
		s->out_at += n;
		if (lws_partial_buffered(c->wsi))
			s->in_lws = n;
	}
	if (s->out_at == s->out.len) {
		s->out_at = 0;
		buf_reset(&s->out);
		if (s->out.cap > WEB_KEEP_CAP)
			buf_fini(&s->out);
	}
	/* lws writes only while it also reads; see web_conn_watch(). */
	web_conn_park(c, !s->in_lws);
	if (s->in_lws)
		lws_callback_on_writable(c->wsi);
	return 0;
}

int web_stream_open(struct web_stream **out, struct web_req *r,
		    const char *type, const char *headers,
		    const struct web_stream_handlers *h)
{
	struct web_conn *c = r->conn;
	struct web_stream *s;
	struct buf b;

	if (!c) {
		req_free(r);
		return -ENOTCONN;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		web_reply(r, 503, NULL, SV(""), NULL);
		return -ENOMEM;
	}
	s->c = c;
	s->w = c->w;
	s->h = *h;
	buf_init(&s->out, STREAM_PENDING_MAX + WEB_CHUNK);
	buf_init(&b, 0);
	head_line(&b, 200, type);
	buf_str(&b, "Cache-Control: no-store\r\nConnection: close\r\n");
	if (headers)
		buf_str(&b, headers);
	buf_str(&b, "\r\n");
	req_free(r);
	c->req = NULL;
	c->stream = s;
	c->state = CONN_STREAMING;
	buf_sv(&s->out, buf_get(&b));
	buf_fini(&b);
	web_conn_watch(c, UV_READABLE | UV_DISCONNECT);
	if (s->out.err || stream_flush(s))
		web_conn_kill(c);
	*out = s;
	return 0;
}

size_t web_stream_pending(const struct web_stream *s)
{
	return s->out.len - s->out_at + s->in_lws;
}

int web_stream_write(struct web_stream *s, struct sv bytes)
{
	size_t pending = web_stream_pending(s);

	if (s->told || s->closing || !s->c)
		return -ENOTCONN;
	if (pending + bytes.len > STREAM_PENDING_MAX) {
		s->closing = true;
		web_conn_kill(s->c);
		return -ENOBUFS;
	}
	if (s->out_at) {
		buf_drop(&s->out, s->out_at);
		s->out_at = 0;
	}
	if (buf_sv(&s->out, bytes) || stream_flush(s)) {
		s->closing = true;
		web_conn_kill(s->c);
	}
	return 0;
}

void web_stream_close(struct web_stream *s)
{
	if (s->told || s->closing)
		return;
	s->closing = true;
	if (!s->in_lws && s->out_at == s->out.len) {
		web_conn_kill(s->c);
		return;
	}
	timer_at(s->c->deadline, clock_mono_us() + REPLY_TIME_US);
}

int web_http_writeable(struct web_conn *c)
{
	if (c->state == CONN_REPLYING && !lws_partial_buffered(c->wsi)) {
		reply_done(c, true);
		return 0;
	}
	if (c->state != CONN_STREAMING || !c->stream)
		return 0;
	if (stream_flush(c->stream))
		return -1;
	return c->stream->closing && !c->stream->in_lws ? -1 : 0;
}

void web_http_gone(struct web_conn *c)
{
	struct web_req *r = c->req;

	c->req = NULL;
	if (r) {
		r->conn = NULL;
		if (r->goneh)
			r->goneh(r->gone_arg);
		if (r->goneh || !r->dispatched)
			req_free(r);
	}
	if (c->stream)
		stream_gone(c->stream);
}
