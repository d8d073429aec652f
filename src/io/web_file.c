/*
 * web_file: answers with a part of a file, a piece at a time: read on the
 * thread pool, sent, and the next one read when the kernel has taken it.
 */
#include "io/web_impl.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define PIECE_TIME_US 60000000 /* for the peer to read one */

struct web_file {
	struct web_conn *c; /* NULL once it is gone */
	struct loop *loop;
	int fd;
	int64_t at, left;
	bool reading; /* the thread pool has it */
	ssize_t n;    /* of p; -errno */
	char p[WEB_CHUNK];
};

static void file_free(struct web_file *f)
{
	close(f->fd);
	free(f);
}

void web_file_gone(struct web_file *f)
{
	f->c = NULL;
	if (!f->reading)
		file_free(f);
}

static void read_piece(void *arg)
{
	struct web_file *f = arg;
	size_t want = (size_t)MIN(f->left, (int64_t)sizeof(f->p));

	do
		f->n = pread(f->fd, f->p, want, f->at);
	while (f->n < 0 && errno == EINTR);
	f->n = f->n < 0 ? -errno : f->n;
}

static void have_piece(void *arg);

static void next_piece(struct web_file *f)
{
	struct web_conn *c = f->c;

	if (!f->left) {
		c->file = NULL;
		file_free(f);
		web_reply_done(c, true);
		return;
	}
	timer_at(c->deadline, clock_mono_us() + PIECE_TIME_US);
	f->reading = true;
	if (loop_work(f->loop, read_piece, have_piece, f)) {
		f->reading = false;
		web_conn_kill(c);
	}
}

static void have_piece(void *arg)
{
	struct web_file *f = arg;
	struct web_conn *c = f->c;

	f->reading = false;
	if (!c) {
		file_free(f);
		return;
	}
	/* It got shorter: the length that we promised cannot be kept. */
	if (f->n <= 0 || web_put(c, f->p, (size_t)f->n)) {
		web_conn_kill(c);
		return;
	}
	f->at += f->n;
	f->left -= f->n;
	if (lws_partial_buffered(c->wsi))
		lws_callback_on_writable(c->wsi);
	else
		next_piece(f);
}

void web_file_more(struct web_file *f)
{
	if (!f->reading && !lws_partial_buffered(f->c->wsi))
		next_piece(f);
}

static int refuse(struct web_req *r, int fd, int err)
{
	close(fd);
	web_reply(r, 503, NULL, SV(""), NULL);
	return err;
}

int web_reply_file(struct web_req *r, int status, const char *type,
		   const char *headers, int fd, int64_t from, int64_t len)
{
	struct web_conn *c = r->conn;
	struct web_file *f;
	bool head = r->head, all = r->dispatched;
	struct buf b;
	int err;

	if (!c) {
		close(fd);
		web_req_free(r);
		return -ENOTCONN;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return refuse(r, fd, -ENOMEM);
	*f = (struct web_file){
		.c = c, .loop = c->w->loop, .fd = fd, .at = from};
	f->left = head ? 0 : len;
	buf_init(&b, 0);
	buf_printf(&b, "HTTP/1.1 %d %s\r\n", status, web_reason(status));
	buf_printf(&b, "Content-Type: %s\r\nContent-Length: %lld\r\n%s\r\n",
		   type, (long long)len, headers ? headers : "");
	web_conn_watch(c, 0);
	web_conn_park(c, false);
	err = b.err ? b.err : web_put(c, b.p, b.len);
	buf_fini(&b);
	web_req_free(r);
	c->req = NULL;
	if (err) {
		file_free(f);
		web_conn_kill(c);
		return err;
	}
	if (!f->left) {
		file_free(f);
		web_reply_done(c, all);
		return 0;
	}
	c->file = f;
	c->state = CONN_SENDING;
	web_conn_watch(c, UV_READABLE | UV_DISCONNECT);
	if (lws_partial_buffered(c->wsi))
		lws_callback_on_writable(c->wsi);
	else
		next_piece(f);
	return 0;
}
