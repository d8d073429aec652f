/*
 * web_reply: what goes back to who asked: replies, and streams that go on.
 */
#include "io/web_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define REPLY_TIME_US 60000000 /* for the peer to read what we answered */
#define STREAM_PENDING_MAX (256u << 10)

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
	{206, "Partial Content"},
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
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *web_reason(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return status < 400 ? "OK" : "Error";
}

/* ---- replies ---- */

int web_put(struct web_conn *c, const char *p, size_t len)
{
	/* LWS_WRITE_HTTP goes out as it is: no room in front is needed. */
	return lws_write(c->wsi, (unsigned char *)(uintptr_t)p, len,
			 LWS_WRITE_HTTP) < 0
		       ? -EPIPE
		       : 0;
}

void web_reply_done(struct web_conn *c, bool body_is_here)
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
	buf_printf(b, "HTTP/1.1 %d %s\r\n", status, web_reason(status));
	if (type)
		buf_printf(b, "Content-Type: %s\r\n", type);
}

int web_send_reply(struct web_conn *c, struct web_req *r, int status,
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
	err = b.err ? b.err : web_put(c, b.p, b.len);
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
		web_req_free(r);
		return -ENOTCONN;
	}
	web_conn_watch(c, 0);
	web_conn_park(c, false);
	err = web_send_reply(c, r, status, type, body, headers);
	web_req_free(r);
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
		web_reply_done(c, all);
	}
	return 0;
}

void web_problem(struct buf *out, int status, struct sv detail)
{
	buf_printf(out,
		   "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d",
		   web_reason(status), status);
	if (detail.len) {
		buf_str(out, ",\"detail\":\"");
		buf_json(out, detail);
		buf_char(out, '"');
	}
	buf_char(out, '}');
}

void web_refuse(struct web_conn *c, int status, bool go_on)
{
	struct buf b;

	buf_init(&b, 1024);
	web_problem(&b, status, (struct sv){0});
	c->close_after = !go_on;
	web_reply(c->req, status, WEB_PROBLEM, buf_get(&b),
		  "Cache-Control: no-store\r\n");
	buf_fini(&b);
}

/* ---- streams ---- */

static void stream_free_h(void *arg)
{
	struct web_stream *s = arg;

	buf_fini(&s->out);
	free(s);
}

void web_stream_gone(struct web_stream *s)
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

		if (web_put(c, s->out.p + s->out_at, n))
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
		web_req_free(r);
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
	web_req_free(r);
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
		web_reply_done(c, true);
		return 0;
	}
	if (c->state == CONN_SENDING && c->file)
		web_file_more(c->file);
	if (c->state != CONN_STREAMING || !c->stream)
		return 0;
	if (stream_flush(c->stream))
		return -1;
	return c->stream->closing && !c->stream->in_lws ? -1 : 0;
}
