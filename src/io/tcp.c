#include "io/tcp_impl.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	READ_MAX = 65536,
	KEEP_CAP = 65536,	 /* an empty buffer larger than this goes */
	USER_TIMEOUT_MS = 10000, /* what we sent is not acknowledged */
};

/* Everything is read in the turn in which it came: one buffer serves all. */
static char read_buf[READ_MAX];

static void free_h(uv_handle_t *handle)
{
	struct tcp *w = handle->data;

	if (w->h.closedh)
		w->h.closedh(w->err, w->why, w->h.arg);
	tcp_tls_detach(w);
	buf_fini(&w->out);
	buf_fini(&w->flight);
	buf_fini(&w->gather);
	free(w);
}

void tcp_die(struct tcp *w, int err, const char *why)
{
	if (w->closing)
		return;
	w->closing = true;
	w->open = false;
	w->err = err;
	(void)sv_copy(w->why, sizeof(w->why),
		      sv_str(why   ? why
			     : err ? strerror(-err)
				   : ""));
	uv_close((uv_handle_t *)&w->uv, free_h);
}

/* ---- out ---- */

static void spare(struct buf *b)
{
	buf_reset(b);
	if (b->cap > KEEP_CAP)
		buf_fini(b);
}

static void ended_h(uv_shutdown_t *req, int status)
{
	(void)req;
	(void)status;
}

static void drained(struct tcp *w)
{
	if (w->end && !w->ended) {
		w->ended = true;
		if (uv_shutdown(&w->ending, (uv_stream_t *)&w->uv, ended_h))
			tcp_die(w, -ECONNRESET, NULL);
		return;
	}
	if (w->h.drainh && !w->ended)
		w->h.drainh(w->h.arg);
}

static void write_more(struct tcp *w);

static void written_h(uv_write_t *req, int status)
{
	struct tcp *w = req->data;

	w->busy = false;
	spare(&w->flight);
	if (w->closing)
		return;
	if (status)
		tcp_die(w, status, NULL);
	else if (w->out.len)
		write_more(w);
	else
		drained(w);
}

static void write_more(struct tcp *w)
{
	struct buf free_one = w->flight;
	uv_buf_t b;
	int err;

	w->flight = w->out;
	w->out = free_one;
	b = uv_buf_init(w->flight.p, (unsigned)w->flight.len);
	w->writing.data = w;
	w->busy = true;
	err = uv_write(&w->writing, (uv_stream_t *)&w->uv, &b, 1, written_h);
	if (err) {
		w->busy = false;
		tcp_die(w, err, NULL);
	}
}

int tcp_put(struct tcp *w, const char *p, size_t n)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)p, (unsigned)n);
	int done = 0;

	if (!w->busy) {
		done = uv_try_write((uv_stream_t *)&w->uv, &b, 1);
		if (done < 0 && done != UV_EAGAIN) {
			tcp_die(w, done, NULL);
			return 0; /* closedh tells */
		}
		done = MAX(done, 0);
	}
	if ((size_t)done == n)
		return 0;
	if (buf_add(&w->out, p + done, n - (size_t)done)) {
		w->out.err = 0;
		return -ENOMEM;
	}
	if (!w->busy)
		write_more(w);
	return 0;
}

static int send_now(struct tcp *w, struct sv bytes)
{
	if (!bytes.len)
		return 0;
	return w->ssl ? tcp_tls_send(w, bytes) : tcp_put(w, bytes.p, bytes.len);
}

int tcp_send(struct tcp *w, struct sv bytes)
{
	if (!w->open || w->end)
		return -ENOTCONN;
	if (!w->held)
		return send_now(w, bytes);
	if (!buf_sv(&w->gather, bytes))
		return 0;
	w->gather.err = 0;
	return -ENOMEM;
}

void tcp_hold(struct tcp *w)
{
	w->held = true;
}

void tcp_release(struct tcp *w)
{
	w->held = false;
	if (w->open && send_now(w, buf_get(&w->gather)))
		tcp_die(w, -ENOMEM, NULL);
	spare(&w->gather);
}

size_t tcp_pending(const struct tcp *w)
{
	size_t n = w->gather.len + w->out.len;

	return w->busy ? n + uv_stream_get_write_queue_size(
				     (const uv_stream_t *)&w->uv)
		       : n;
}

void tcp_end(struct tcp *w)
{
	if (w->closing || w->end)
		return;
	tcp_release(w);
	if (w->ssl && w->open)
		tcp_tls_bye(w);
	w->end = true;
	if (!w->busy && !w->closing)
		drained(w);
}

void tcp_cut(struct tcp *w)
{
	tcp_die(w, 0, NULL);
}

void tcp_drop(struct tcp *w)
{
	if (!w)
		return;
	w->h.closedh = NULL;
	tcp_die(w, 0, NULL);
}

/* ---- in ---- */

static void alloc_h(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	(void)handle;
	(void)size;
	*b = uv_buf_init(read_buf, sizeof(read_buf));
}

static void read_h(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct tcp *w = stream->data;

	if (n == UV_EOF)
		tcp_die(w, w->open ? 0 : -ECONNRESET,
			w->open ? NULL : "closed while it was opening");
	else if (n < 0)
		tcp_die(w, (int)n, NULL);
	else if (n && w->ssl)
		tcp_tls_read(w, b->base, (size_t)n);
	else if (n)
		w->h.readh((struct sv){b->base, (size_t)n}, w->h.arg);
}

void tcp_pause(struct tcp *w, bool paused)
{
	if (w->closing || w->paused == paused)
		return;
	w->paused = paused;
	if (paused)
		uv_read_stop((uv_stream_t *)&w->uv);
	else
		uv_read_start((uv_stream_t *)&w->uv, alloc_h, read_h);
}

/* ---- opening ---- */

void tcp_is_open(struct tcp *w)
{
	w->open = true;
	w->h.openh(w->h.arg);
}

static void set_options(struct tcp *w)
{
	unsigned ms = USER_TIMEOUT_MS;
	int fd;

	uv_tcp_nodelay(&w->uv, 1);
	if (!uv_fileno((uv_handle_t *)&w->uv, &fd))
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

static void begin(struct tcp *w)
{
	int err;

	set_options(w);
	err = uv_read_start((uv_stream_t *)&w->uv, alloc_h, read_h);
	if (err)
		tcp_die(w, err, NULL);
	else if (w->ssl)
		tcp_tls_shake(w);
	else
		tcp_is_open(w);
}

static void connected_h(uv_connect_t *req, int status)
{
	struct tcp *w = req->data;

	if (w->closing)
		return;
	if (status)
		tcp_die(w, status, NULL);
	else
		begin(w);
}

static int tcp_new(struct tcp **out, struct loop *l, struct tcp_tls *tls,
		   const char *host, const struct tcp_handlers *h)
{
	struct tcp *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->h = *h;
	w->tls = tls;
	err = sv_copy(w->host, sizeof(w->host), sv_str(host));
	if (!err && tls)
		err = tcp_tls_attach(w);
	if (!err)
		err = uv_tcp_init(loop_uv(l), &w->uv);
	if (err) {
		tcp_tls_detach(w);
		free(w);
		return err;
	}
	w->uv.data = w;
	*out = w;
	return 0;
}

int tcp_connect(struct tcp **out, struct loop *l, const char *addr, int port,
		struct tcp_tls *tls, const char *host,
		const struct tcp_handlers *h)
{
	struct sockaddr_storage to;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
	struct tcp *w;
	int err;

	if (uv_ip4_addr(addr, port, v4) &&
	    uv_ip6_addr(addr, port, (struct sockaddr_in6 *)&to))
		return -EINVAL;
	err = tcp_new(&w, l, tls, host, h);
	if (err)
		return err;
	w->connecting.data = w;
	err = uv_tcp_connect(&w->connecting, &w->uv, (struct sockaddr *)&to,
			     connected_h);
	if (err)
		tcp_die(w, err, NULL);
	*out = w;
	return 0;
}

int tcp_adopt(struct tcp **out, struct loop *l, int fd, struct tcp_tls *tls,
	      const struct tcp_handlers *h)
{
	struct tcp *w;
	int err = tcp_new(&w, l, tls, NULL, h);

	if (err) {
		close(fd);
		return err;
	}
	err = uv_tcp_open(&w->uv, fd);
	if (err) {
		close(fd);
		tcp_die(w, err, NULL);
	} else {
		set_options(w);
		w->open = !w->ssl;
		err = uv_read_start((uv_stream_t *)&w->uv, alloc_h, read_h);
		if (err)
			tcp_die(w, err, NULL);
	}
	*out = w;
	return 0;
}
