/*
 * local: the bus of one node. Who rings connects to the desk's Unix socket;
 * the desk listens there. A bell that finds no connection is remembered for
 * the moment it comes back, once per business; partial transcripts are not.
 */
#include "buses/all.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/uuid.h"
#include "io/link.h"

enum { MSG_BELL = 1, MSG_PARTIAL = 2, PENDING_MAX = 256 };

struct bus_sess {
	struct link_server *server;
	struct link_client *client;
	struct link *link;     /* to the desk, NULL while away */
	struct bus_handlers h; /* of the side that hears */
	char pending[PENDING_MAX][UUID_LEN + 1];
	size_t npending;
};

static void on_recv(struct link *k, uint8_t type, struct sv msg, void *arg)
{
	struct bus_sess *s = arg;
	struct sv business = {msg.p, UUID_LEN};

	(void)k;
	if (msg.len < UUID_LEN || !uuid_valid(business))
		return;
	msg.p += UUID_LEN;
	msg.len -= UUID_LEN;
	if (type == MSG_BELL && s->h.bellh)
		s->h.bellh(business, s->h.arg);
	else if (type == MSG_PARTIAL && s->h.partialh)
		s->h.partialh(business, msg, s->h.arg);
}

static void on_open(struct link *k, void *arg)
{
	struct bus_sess *s = arg;

	if (s->server)
		return;
	s->link = k;
	for (size_t i = 0; i < s->npending; i++)
		link_send(k, MSG_BELL, sv_str(s->pending[i]), SV(""));
	s->npending = 0;
}

static void on_closed(struct link *k, void *arg)
{
	struct bus_sess *s = arg;

	if (s->link == k)
		s->link = NULL;
}

static void local_close(struct bus_sess *s)
{
	if (!s)
		return;
	link_server_free(s->server);
	link_client_free(s->client);
	free(s);
}

static int local_open(struct bus_sess **out, struct loop *l, const char *path,
		      int listen_fd, const struct bus_handlers *h)
{
	struct bus_sess *s = calloc(1, sizeof(*s));
	struct link_handlers lh = {on_open, on_recv, on_closed, s};
	int err;

	if (!s)
		return -ENOMEM;
	if (h)
		s->h = *h;
	err = listen_fd >= 0 ? link_listen(&s->server, l, listen_fd, &lh)
			     : link_connect(&s->client, l, path, &lh);
	if (err) {
		local_close(s);
		return err;
	}
	*out = s;
	return 0;
}

static void remember(struct bus_sess *s, struct sv business)
{
	for (size_t i = 0; i < s->npending; i++)
		if (sv_eq(business, s->pending[i]))
			return;
	/* Full: the desk's own regular look finds what it was not told. */
	if (s->npending < PENDING_MAX)
		sv_copy(s->pending[s->npending++], UUID_LEN + 1, business);
}

static void local_ring(struct bus_sess *s, struct sv business)
{
	if (business.len != UUID_LEN)
		return;
	if (s->server) {
		if (s->h.bellh)
			s->h.bellh(business, s->h.arg);
	} else if (!s->link || link_send(s->link, MSG_BELL, business, SV(""))) {
		remember(s, business);
	}
}

static void local_partial(struct bus_sess *s, struct sv business,
			  struct sv payload)
{
	if (business.len != UUID_LEN)
		return;
	if (s->server && s->h.partialh)
		s->h.partialh(business, payload, s->h.arg);
	else if (s->link)
		link_send(s->link, MSG_PARTIAL, business, payload);
}

const struct bus bus_local = {
	.name = "local",
	.open = local_open,
	.ring = local_ring,
	.partial = local_partial,
	.close = local_close,
};
