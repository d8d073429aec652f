/*
 * web_sock: WebSockets once they are open.
 *
 * Frames are built here and handed to the library as raw bytes: that saves a
 * fifth of a relay's cost, and small frames that are ready together go out in
 * one write. Pings, pongs and the closing handshake stay the library's; it
 * sends them only between our writes.
 */
#include "io/web_impl.h"

#include <stdlib.h>

#include "base/log.h"
#include "proto/ws.h"

#define MESSAGE_MAX (4u << 20)
#define PENDING_MAX (4u << 20)
#define CLOSE_TIME_S 5

int web_sock_new(struct web_sock **out, struct web *w)
{
	struct web_sock *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->w = w;
	buf_init(&s->in, MESSAGE_MAX);
	buf_init(&s->out, PENDING_MAX + WS_HEAD_MAX);
	list_add(&w->socks, &s->node);
	*out = s;
	return 0;
}

static void sock_free_h(void *arg)
{
	struct web_sock *s = arg;

	buf_fini(&s->in);
	buf_fini(&s->out);
	free(s);
}

void web_sock_gone(struct web_sock *s)
{
	int code = WS_CLOSE_LOST;

	if (s->state == SOCK_DEAD)
		return;
	if (s->peer_code)
		code = s->peer_code;
	else if (s->state == SOCK_CLOSING && s->close_code && s->was_open)
		code = s->close_code;
	s->state = SOCK_DEAD;
	if (s->h.closedh)
		s->h.closedh(s, code, s->h.arg);
	s->wsi = NULL;
	list_del(&s->node);
	web_later(s->w, sock_free_h, s);
}

/* Ends the connection without ceremony, soon. */
static void sock_kill(struct web_sock *s)
{
	s->broken = true;
	if (!s->inside && s->wsi) {
		lws_set_timeout(s->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
				LWS_TO_KILL_ASYNC);
		lws_cancel_service_pt(s->wsi);
	}
}

/* ---- sending ---- */

/* Appends msg as one frame. */
static int add_frame(struct buf *b, struct sv msg, bool binary)
{
	return ws_put(b, binary ? WS_BINARY : WS_TEXT, msg, NULL);
}

/* 0 or -EPIPE. What the kernel does not take stays with lws. */
static int put(struct web_sock *s, const char *p, size_t len)
{
	/* LWS_WRITE_RAW adds nothing: no room in front is needed. */
	if (lws_write(s->wsi, (unsigned char *)(uintptr_t)p, len,
		      LWS_WRITE_RAW) < 0)
		return -EPIPE;
	s->in_lws = lws_partial_buffered(s->wsi) ? len : 0;
	return 0;
}

/* Sends until the kernel has enough. 0 or -EPIPE. */
static int flush(struct web_sock *s)
{
	if (!lws_partial_buffered(s->wsi))
		s->in_lws = 0;
	while (s->out_at < s->out.len && !s->in_lws) {
		size_t n = MIN(s->out.len - s->out_at, WEB_CHUNK);

		if (put(s, s->out.p + s->out_at, n))
			return -EPIPE;
		s->out_at += n;
	}
	if (s->out_at == s->out.len) {
		s->out_at = 0;
		buf_reset(&s->out);
		if (s->out.cap > WEB_KEEP_CAP)
			buf_fini(&s->out);
	}
	return 0;
}

size_t web_sock_pending(const struct web_sock *s)
{
	return s->out.len - s->out_at + s->in_lws;
}

int web_sock_send(struct web_sock *s, struct sv msg, bool binary)
{
	struct buf *b = &s->w->frame;

	if (s->broken || (s->state != SOCK_OPEN && s->state != SOCK_OPENING))
		return -ENOTCONN;
	if (web_sock_pending(s) + msg.len > PENDING_MAX)
		return -ENOBUFS;
	if (s->state == SOCK_OPEN && !s->held && !s->out.len &&
	    msg.len < WEB_CHUNK - WS_HEAD_MAX &&
	    !lws_partial_buffered(s->wsi)) {
		buf_reset(b);
		if (!add_frame(b, msg, binary)) {
			if (!put(s, b->p, b->len))
				return 0;
			sock_kill(s);
			return -ENOTCONN;
		}
	}
	if (s->out_at) {
		buf_drop(&s->out, s->out_at);
		s->out_at = 0;
	}
	if (add_frame(&s->out, msg, binary)) {
		s->out.err = 0;
		return -ENOBUFS;
	}
	if (s->state == SOCK_OPEN && !s->held && flush(s)) {
		sock_kill(s);
		return -ENOTCONN;
	}
	return 0;
}

void web_sock_hold(struct web_sock *s)
{
	s->held = true;
}

void web_sock_release(struct web_sock *s)
{
	s->held = false;
	if (s->state == SOCK_OPEN && !s->broken && flush(s))
		sock_kill(s);
}

static void goodbye_h(void *arg)
{
	struct web_sock *s = arg;

	if (s->state != SOCK_CLOSING || s->broken)
		return;
	lws_close_reason(s->wsi, (enum lws_close_status)s->close_code, NULL, 0);
	lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

/*
 * Starts the closing handshake. Not by returning -1 to lws: Debian's build of
 * 4.1.6 closes a connection twice then, and the second time takes it down
 * before the closing frame went out.
 */
static void say_goodbye(struct web_sock *s)
{
	if (s->goodbye)
		return;
	s->goodbye = true;
	web_later(s->w, goodbye_h, s);
}

int web_sock_writeable(struct web_sock *s)
{
	int err;

	if (s->state != SOCK_OPEN && s->state != SOCK_CLOSING)
		return 0;
	s->inside++;
	err = s->broken ? -EPIPE : flush(s);
	s->inside--;
	if (err)
		return -1;
	if (s->out.len || s->in_lws) {
		lws_callback_on_writable(s->wsi);
		return 0;
	}
	if (s->state == SOCK_CLOSING)
		say_goodbye(s);
	return 0;
}

static void start_closing(struct web_sock *s, int code)
{
	s->state = SOCK_CLOSING;
	s->close_code = code;
	/* A peer that does not read must not keep us. */
	lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_TIME_S);
	lws_cancel_service_pt(s->wsi);
	if (s->out.len || lws_partial_buffered(s->wsi))
		lws_callback_on_writable(s->wsi);
	else
		say_goodbye(s);
}

void web_sock_close(struct web_sock *s, int code)
{
	if (s->state != SOCK_OPEN && s->state != SOCK_OPENING)
		return;
	if (s->state == SOCK_OPENING || code == WS_CLOSE_LOST) {
		s->state = SOCK_CLOSING;
		sock_kill(s);
		return;
	}
	start_closing(s, code);
}

/* ---- receiving ---- */

void web_sock_opened(struct web_sock *s)
{
	s->was_open = true;
	if (s->state == SOCK_OPENING)
		s->state = SOCK_OPEN;
	if (s->out.len)
		lws_callback_on_writable(s->wsi);
}

void web_sock_peer_closes(struct web_sock *s, const uint8_t *p, size_t len)
{
	s->peer_code = len >= 2 ? p[0] << 8 | p[1] : WS_CLOSE_NO_CODE;
}

static void deliver(struct web_sock *s, struct sv msg)
{
	s->inside++;
	if (s->h.recvh)
		s->h.recvh(s, msg, s->in_binary, s->h.arg);
	s->inside--;
}

int web_sock_received(struct web_sock *s, const char *p, size_t len)
{
	bool last = lws_is_final_fragment(s->wsi) &&
		    !lws_remaining_packet_payload(s->wsi);

	if (s->state != SOCK_OPEN)
		return s->broken ? -1 : 0;
	s->in_binary = lws_frame_is_binary(s->wsi);
	if (last && !s->in.len) {
		deliver(s, (struct sv){p ? p : "", len});
	} else if (buf_add(&s->in, p, len)) {
		log_warn("web", "message over %u bytes: closed", MESSAGE_MAX);
		buf_fini(&s->in);
		start_closing(s, WS_CLOSE_TOO_BIG);
	} else if (last) {
		deliver(s, buf_get(&s->in));
		buf_reset(&s->in);
		if (s->in.cap > WEB_KEEP_CAP)
			buf_fini(&s->in);
	}
	return s->broken ? -1 : 0;
}
