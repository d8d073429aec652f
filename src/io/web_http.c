/*
 * web_http: requests and upgrades.
 *
 * The library parses the head; it knows bodies with Content-Length only, so
 * chunked ones are decoded here and end their connection with the reply.
 */
#include "io/web_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"

#define CHUNK_LINE_MAX 256
#define HEADER_VALUE_MAX 16384

/* ---- what was asked ---- */

struct web_req *web_req_free(struct web_req *r)
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

bool web_method_known(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (sv_eq(name, methods[i].name))
			return true;
	return false;
}

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

/* ---- requests ---- */

static void dispatch(struct web_conn *c)
{
	struct web_req *r = c->req;

	r->dispatched = true;
	timer_stop(c->deadline);
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
	c->state = CONN_WAITING;
	if (c->l->freed || !c->l->prm.requesth) {
		web_refuse(c, 503, false);
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
		/* Of a GET, lws leaves a body unread without a length. */
		if (r->method[0] != 'P' || te.len != 7 ||
		    strncasecmp(te.p, "chunked", 7))
			return 501;
		r->body_left = -1;
		c->close_after = true;
		return 0;
	}
	if (!cl.len) {
		/* No length, no body; but lws will expect one. */
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
	if (status)
		web_refuse(c, status, status == 413);
	else if (!c->req->body_left)
		dispatch(c);
	else if (web_req_header(c->req, "expect").len)
		web_put(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
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
		web_refuse(c, status, false);
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
		web_refuse(c, 408, false);
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
	if (status == WEB_GIVEN) {
		c->req = web_req_free(c->req);
		return -1;
	}
	if (!status && web_sock_new(&c->sock, c->w))
		status = 503;
	if (status) {
		struct buf b;

		buf_init(&b, 1024);
		web_problem(&b, status, (struct sv){0});
		c->close_after = true;
		web_send_reply(c, c->req, status, WEB_PROBLEM, buf_get(&b),
			       status == 426 ? "Sec-WebSocket-Version: 13\r\n"
					     : NULL);
		buf_fini(&b);
	} else {
		c->sock->h = h;
		c->sock->wsi = c->wsi;
		take_any_subprotocol(c->req);
	}
	c->req = web_req_free(c->req);
	return status ? -1 : 0;
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
			web_req_free(r);
	}
	if (c->stream)
		web_stream_gone(c->stream);
	if (c->file)
		web_file_gone(c->file);
	c->file = NULL;
}
