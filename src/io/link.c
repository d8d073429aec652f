/*
 * link: one struct per connection for both sides. What is sent in one turn of
 * the loop, for whichever call, goes out in one write at the turn's end; what
 * the kernel does not take waits in a bounded buffer.
 */
#include "io/link.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

#define HEAD_LEN 5 /* length, type */
#define PENDING_MAX (4u << 20)
#define READ_AT_ONCE (64u << 10)
#define READS_PER_TURN 8 /* then the other connections have a turn */
#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 1000
#define KEEP_CAP (256u << 10)  /* an empty buffer larger than this goes */
#define GATHER_MAX (64u << 10) /* more than this does not wait for the turn */

enum link_state {
	LINK_OPEN,
	LINK_CLOSING, /* closedh is due at the end of the turn */
	LINK_SILENT,  /* as before, but its owner is gone */
	LINK_CLOSED,
};

struct link {
	uv_poll_t poll;
	struct list node; /* of the server */
	struct loop *l;
	struct timer *flush;	    /* at the end of this turn */
	struct link_client *client; /* NULL: a server's */
	enum link_state state;
	bool writing;	/* waits for the kernel to take more */
	bool gathering; /* flush is due */
	int fd;
	const struct link_handlers *h;
	void *data;
	struct buf in, out;
	size_t out_at; /* bytes of out that were sent */
};

struct link_server {
	struct loop *l;
	struct watch *watch;
	int fd;
	struct link_handlers h;
	struct list links;
	bool freed; /* the memory goes at the end of the turn */
};

struct link_client {
	struct loop *l;
	struct timer *retry;
	struct sockaddr_un addr;
	struct link_handlers h;
	struct link *link; /* NULL while not connected */
	int backoff_ms;
	bool freed;
};

static void link_poll_h(uv_poll_t *poll, int status, int events);
static void client_retry(struct link_client *c);

static void link_freed_h(uv_handle_t *poll)
{
	struct link *k = poll->data;

	close(k->fd);
	buf_fini(&k->in);
	buf_fini(&k->out);
	free(k);
}

/* Stops the descriptor and lets the memory go at the end of the turn. */
static void link_bury(struct link *k)
{
	k->state = LINK_CLOSED;
	k->flush = timer_free(k->flush);
	list_del(&k->node);
	uv_close((uv_handle_t *)&k->poll, link_freed_h);
}

/*
 * Gives the kernel what waits. 0 all of it, -EAGAIN it has enough, -EPIPE and
 * the like: the peer is gone.
 */
static int push(struct link *k)
{
	while (k->out_at < k->out.len) {
		ssize_t n = write(k->fd, k->out.p + k->out_at,
				  k->out.len - k->out_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		k->out_at += (size_t)n;
	}
	k->out_at = 0;
	buf_reset(&k->out);
	if (k->out.cap > KEEP_CAP)
		buf_fini(&k->out);
	return 0;
}

static void link_ended(void *arg)
{
	struct link *k = arg;
	struct link_client *c = k->client;
	bool silent = k->state == LINK_SILENT;

	link_bury(k);
	if (silent)
		return;
	if (c)
		c->link = NULL;
	if (k->h->closedh)
		k->h->closedh(k, k->h->arg);
	if (c && !c->freed)
		client_retry(c);
}

static void link_end(struct link *k)
{
	if (k->state != LINK_OPEN)
		return;
	(void)push(k); /* what was sent before counts as sent */
	k->state = LINK_CLOSING;
	uv_poll_stop(&k->poll);
	if (loop_defer(k->l, link_ended, k)) {
		log_error("link", "no memory to close a connection");
		abort();
	}
}

/* For the owner's death: no handler runs any more. */
static void link_silence(struct link *k)
{
	if (k->state == LINK_CLOSING) {
		k->state = LINK_SILENT;
	} else if (k->state == LINK_OPEN) {
		(void)push(k);
		link_bury(k);
	}
}

/* ---- receive ---- */

/* 0, or -EPROTO when the peer does not speak our format. */
static int link_parse(struct link *k)
{
	size_t at = 0;

	while (k->state == LINK_OPEN && k->in.len - at >= 4) {
		const uint8_t *p = (const uint8_t *)k->in.p + at;
		uint32_t len = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
			       (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

		if (!len || len > LINK_MSG_MAX)
			return -EPROTO;
		if (k->in.len - at < 4 + (size_t)len)
			break;
		at += 4 + (size_t)len;
		k->h->recvh(k, p[4],
			    (struct sv){(const char *)p + HEAD_LEN, len - 1},
			    k->h->arg);
	}
	buf_drop(&k->in, at);
	if (!k->in.len && k->in.cap > KEEP_CAP)
		buf_fini(&k->in);
	return 0;
}

static void link_read(struct link *k)
{
	for (int i = 0; i < READS_PER_TURN && k->state == LINK_OPEN; i++) {
		ssize_t n;

		if (buf_room(&k->in, READ_AT_ONCE)) {
			log_error("link", "no memory for a message");
			link_end(k);
			return;
		}
		n = read(k->fd, k->in.p + k->in.len, READ_AT_ONCE);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			link_end(k);
			return;
		}
		k->in.len += (size_t)n;
		if (link_parse(k)) {
			log_warn("link", "bad message: connection closed");
			link_end(k);
		}
		if ((size_t)n < READ_AT_ONCE)
			return;
	}
}

/* ---- send ---- */

static int link_want(struct link *k)
{
	return uv_poll_start(&k->poll,
			     UV_READABLE | (k->writing ? UV_WRITABLE : 0),
			     link_poll_h);
}

static void link_flush(struct link *k)
{
	int err = push(k);

	if (err == -EAGAIN) {
		if (!k->writing) {
			k->writing = true;
			link_want(k);
		}
	} else if (err) {
		link_end(k);
	} else if (k->writing) {
		k->writing = false;
		link_want(k);
	}
}

static void flush_h(void *arg)
{
	struct link *k = arg;

	k->gathering = false;
	if (k->state == LINK_OPEN && !k->writing)
		link_flush(k);
}

static void link_poll_h(uv_poll_t *poll, int status, int events)
{
	struct link *k = poll->data;

	if (status < 0) {
		link_end(k);
		return;
	}
	if (events & UV_READABLE)
		link_read(k);
	if ((events & UV_WRITABLE) && k->state == LINK_OPEN)
		link_flush(k);
}

int link_send(struct link *k, uint8_t type, struct sv head, struct sv body)
{
	uint8_t pre[HEAD_LEN];
	size_t len = head.len + body.len + 1;

	if (!k || k->state != LINK_OPEN)
		return -ENOTCONN;
	if (len > LINK_MSG_MAX)
		return -EMSGSIZE;
	if (k->out.len - k->out_at + len + 4 > PENDING_MAX)
		return -ENOBUFS;
	if (k->out_at && k->out_at >= k->out.len / 2) {
		buf_drop(&k->out, k->out_at);
		k->out_at = 0;
	}
	for (int i = 0; i < 4; i++)
		pre[i] = (uint8_t)(len >> 8 * i);
	pre[4] = type;
	buf_add(&k->out, pre, sizeof(pre));
	buf_sv(&k->out, head);
	buf_sv(&k->out, body);
	if (k->out.err) { /* maybe half a message: no way back */
		link_end(k);
		return -ENOTCONN;
	}
	if (k->writing)
		return 0;
	if (k->out.len - k->out_at >= GATHER_MAX) {
		link_flush(k);
	} else if (!k->gathering) {
		k->gathering = true;
		timer_at(k->flush, 0);
	}
	return 0;
}

void link_close(struct link *k)
{
	link_end(k);
}

void link_set_data(struct link *k, void *data)
{
	k->data = data;
}

void *link_data(const struct link *k)
{
	return k->data;
}

/* Takes fd over, also when it fails. */
static int link_new(struct link **out, struct loop *l, int fd,
		    const struct link_handlers *h)
{
	struct link *k = calloc(1, sizeof(*k));
	int err;

	if (!k) {
		close(fd);
		return -ENOMEM;
	}
	k->l = l;
	k->fd = fd;
	k->h = h;
	buf_init(&k->in, LINK_MSG_MAX + READ_AT_ONCE + HEAD_LEN);
	buf_init(&k->out, 2 * PENDING_MAX);
	err = uv_poll_init(loop_uv(l), &k->poll, fd);
	if (err) {
		close(fd);
		free(k);
		return err;
	}
	k->poll.data = k;
	err = timer_new(&k->flush, l, flush_h, k);
	if (!err)
		err = link_want(k);
	if (err) {
		link_bury(k);
		return err;
	}
	*out = k;
	return 0;
}

/* ---- server ---- */

static void accept_h(void *arg)
{
	struct link_server *s = arg;
	struct link *k;
	int fd, err;

	while (!s->freed) {
		fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		err = link_new(&k, s->l, fd, &s->h);
		if (err) {
			log_error("link", "accept: %s", strerror(-err));
			continue;
		}
		list_add(&s->links, &k->node);
		if (s->h.openh)
			s->h.openh(k, s->h.arg);
	}
}

int link_listen(struct link_server **out, struct loop *l, int fd,
		const struct link_handlers *h)
{
	struct link_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->l = l;
	s->fd = fd;
	s->h = *h;
	list_init(&s->links);
	err = watch_new(&s->watch, l, fd, accept_h, s);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

struct link_server *link_server_free(struct link_server *s)
{
	struct list *pos, *tmp;

	if (!s)
		return NULL;
	s->watch = watch_free(s->watch);
	s->freed = true;
	LIST_FOREACH_SAFE (pos, tmp, &s->links) {
		struct link *k = list_entry(pos, struct link, node);

		if (s->h.closedh)
			s->h.closedh(k, s->h.arg);
		link_silence(k);
	}
	loop_defer(s->l, free, s);
	return NULL;
}

/* ---- client ---- */

static int client_dial(struct link_client *c)
{
	int fd, err;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&c->addr, sizeof(c->addr))) {
		err = -errno;
		close(fd);
		return err;
	}
	err = link_new(&c->link, c->l, fd, &c->h);
	if (!err)
		c->link->client = c;
	return err;
}

static void client_h(void *arg)
{
	struct link_client *c = arg;

	if (client_dial(c)) {
		client_retry(c);
		return;
	}
	c->backoff_ms = BACKOFF_MIN_MS;
	if (c->h.openh)
		c->h.openh(c->link, c->h.arg);
}

static void client_retry(struct link_client *c)
{
	timer_at(c->retry, clock_mono_us() + c->backoff_ms * 1000);
	c->backoff_ms = MIN(c->backoff_ms * 2, BACKOFF_MAX_MS);
}

int link_connect(struct link_client **out, struct loop *l, const char *path,
		 const struct link_handlers *h)
{
	struct link_client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->l = l;
	c->h = *h;
	c->backoff_ms = BACKOFF_MIN_MS;
	c->addr.sun_family = AF_UNIX;
	if (sv_copy(c->addr.sun_path, sizeof(c->addr.sun_path), sv_str(path))) {
		free(c);
		return -ENAMETOOLONG;
	}
	err = timer_new(&c->retry, l, client_h, c);
	if (err) {
		free(c);
		return err;
	}
	timer_at(c->retry, 0);
	*out = c;
	return 0;
}

struct link_client *link_client_free(struct link_client *c)
{
	if (!c)
		return NULL;
	c->retry = timer_free(c->retry);
	c->freed = true;
	if (c->link)
		link_silence(c->link);
	loop_defer(c->l, free, c);
	return NULL;
}
