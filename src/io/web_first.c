/*
 * web_first: a connection until its first line is there.
 *
 * libwebsockets 4.1 closes without a word, or answers with a page of its own,
 * when it does not like a request's first line (%00, a method that it does not
 * know, too many parameters). Clients would take that for a network error, so
 * the line is looked at before the library gets the connection; it stays in
 * the socket for it. Later requests of a connection are the library's alone: a
 * client asks again on a new one when an old one is closed on it.
 * Not for TLS, where there is nothing to see yet.
 */
#include "io/web_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_MAX_BYTES 8192 /* RFC 9112, 3: at least 8000 */
#define PARAMS_MAX 64	    /* lws keeps each as a fragment, of some 90 */
#define DRAIN_BYTES (64u << 10)

struct web_first {
	struct list node; /* of the listener */
	struct web_listener *l;
	int fd;
	struct sockaddr_storage peer;
	struct watch *watch;
	struct timer *deadline;
	int64_t until_us;
};

/* ---- the line: RFC 9112, 3 ---- */

static bool is_token(struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) &&
		    (!s.p[i] || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
			return false;
	return s.len > 0;
}

static int target_status(struct sv t)
{
	unsigned params = 0;

	if (!t.len || t.p[0] != '/')
		return 400;
	for (size_t i = 0; i < t.len; i++) {
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 127)
			return 400;
		params += t.p[i] == '&' || t.p[i] == ';';
		if (t.p[i] != '%')
			continue;
		if (i + 2 >= t.len || !isxdigit((unsigned char)t.p[i + 1]) ||
		    !isxdigit((unsigned char)t.p[i + 2]) ||
		    (t.p[i + 1] == '0' && t.p[i + 2] == '0'))
			return 400;
	}
	return params > PARAMS_MAX ? 400 : 0;
}

/* The part up to the next blank, which is dropped; what is left in *line. */
static struct sv next_part(struct sv *line)
{
	const char *blank = memchr(line->p, ' ', line->len);
	struct sv part = *line;

	if (!blank) {
		line->len = 0;
		return part;
	}
	part.len = (size_t)(blank - line->p);
	line->p += part.len + 1;
	line->len -= part.len + 1;
	return part;
}

static int line_status(struct sv line)
{
	struct sv method = next_part(&line), target = next_part(&line);

	if (!is_token(method))
		return 400;
	if (!web_method_known(method))
		return 501;
	if (sv_starts(line, "HTTP/") && !sv_starts(line, "HTTP/1."))
		return 505;
	if (!sv_eq(line, "HTTP/1.1") && !sv_eq(line, "HTTP/1.0"))
		return 400;
	return target_status(target);
}

/* 0 as far as can be seen, or the status to refuse with. */
static int head_status(struct sv head)
{
	const char *end = memchr(head.p, '\n', head.len);

	if (!end)
		return head.len == LINE_MAX_BYTES ? 414 : 0;
	head.len = (size_t)(end - head.p);
	if (head.len && head.p[head.len - 1] == '\r')
		head.len--;
	return line_status(head);
}

/* ---- the connection ---- */

/* Leaves the descriptor to the caller. */
static void first_free(struct web_first *f)
{
	list_del(&f->node);
	watch_free(f->watch);
	timer_free(f->deadline);
	free(f);
}

static void refuse(struct web_first *f, int status)
{
	char bytes[4096];
	struct buf b, body;
	ssize_t n;

	/* What is unread when we close would undo the answer on its way. */
	for (size_t read = 0; read < DRAIN_BYTES; read += (size_t)n) {
		n = recv(f->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n <= 0)
			break;
	}
	buf_init(&b, 4096);
	buf_init(&body, 1024);
	web_problem(&body, status, (struct sv){0});
	buf_printf(&b,
		   "HTTP/1.1 %d %s\r\nContent-Type: " WEB_PROBLEM "\r\n"
		   "Content-Length: %zu\r\nCache-Control: no-store\r\n"
		   "Connection: close\r\n\r\n",
		   status, web_reason(status), body.len);
	buf_sv(&b, buf_get(&body));
	/* The peer has read nothing of us yet, so there is room for it. */
	if (!b.err && send(f->fd, b.p, b.len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(f->fd, SHUT_WR);
	buf_fini(&body);
	buf_fini(&b);
}

static void readable_h(void *arg)
{
	struct web_first *f = arg;
	struct web_listener *l = f->l;
	struct sockaddr_storage peer = f->peer;
	char head[LINE_MAX_BYTES];
	ssize_t n = recv(f->fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
	int fd = f->fd, status = 0;
	int64_t until_us = f->until_us;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		status = head_status((struct sv){head, (size_t)n});
		if (status)
			refuse(f, status);
	}
	first_free(f);
	if (n <= 0 || status)
		close(fd);
	else
		web_adopt(l, fd, &peer, (struct sv){0}, until_us);
}

static void late_h(void *arg)
{
	struct web_first *f = arg;
	int fd = f->fd;

	first_free(f);
	close(fd);
}

int web_first_new(struct web_listener *l, int fd,
		  const struct sockaddr_storage *peer)
{
	struct web_first *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->l = l;
	f->fd = fd;
	f->peer = *peer;
	f->until_us = clock_mono_us() + l->prm.header_ms * INT64_C(1000);
	list_add(&l->firsts, &f->node);
	if (timer_new(&f->deadline, l->w->loop, late_h, f) ||
	    watch_new(&f->watch, l->w->loop, fd, readable_h, f)) {
		first_free(f);
		return -ENOMEM;
	}
	timer_at(f->deadline, f->until_us);
	return 0;
}

void web_firsts_close(struct web_listener *l)
{
	while (!list_empty(&l->firsts))
		late_h(list_entry(l->firsts.next, struct web_first, node));
}
