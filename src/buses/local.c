/*
 * local: the bus of one node. Each desk process listens on a Unix socket of
 * its own; who rings connects to all of them. A bell that finds a desk away is
 * remembered for the moment it comes back, once per business; partial
 * transcripts are not.
 */
#include "buses/all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/uuid.h"
#include "io/link.h"

enum { MSG_BELL = 1, MSG_PARTIAL = 2, PENDING_MAX = 256 };

/* The way to one desk. */
struct way {
	struct link_client *client; /* NULL: it is us */
	struct link *link;	    /* NULL while away */
	char pending[PENDING_MAX][UUID_LEN + 1];
	size_t npending;
};

struct bus_sess {
	struct link_server *server;
	struct bus_handlers h;
	unsigned n;
	struct way ways[];
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
	struct way *w = arg;

	w->link = k;
	for (size_t i = 0; i < w->npending; i++)
		link_send(k, MSG_BELL, sv_str(w->pending[i]), SV(""));
	w->npending = 0;
}

static void on_closed(struct link *k, void *arg)
{
	struct way *w = arg;

	if (w->link == k)
		w->link = NULL;
}

static void local_close(struct bus_sess *s)
{
	if (!s)
		return;
	link_server_free(s->server);
	for (unsigned i = 0; i < s->n; i++)
		link_client_free(s->ways[i].client);
	free(s);
}

static int way_open(struct bus_sess *s, const struct bus_prm *prm, unsigned i)
{
	const struct link_handlers h = {
		.openh = on_open, .closedh = on_closed, .arg = &s->ways[i]};
	char path[4200];

	snprintf(path, sizeof(path), BUS_SOCKET_FMT, prm->dir, i);
	return link_connect(&s->ways[i].client, prm->loop, path, &h);
}

static int local_open(struct bus_sess **out, const struct bus_prm *prm)
{
	struct bus_sess *s =
		calloc(1, sizeof(*s) + prm->desks * sizeof(s->ways[0]));
	const struct link_handlers h = {.recvh = on_recv, .arg = s};
	int err = 0;

	if (!s)
		return -ENOMEM;
	s->n = prm->desks;
	s->h = prm->h;
	if (prm->self >= 0)
		err = link_listen(&s->server, prm->loop, prm->listen_fd, &h);
	for (unsigned i = 0; !err && i < s->n; i++)
		if ((int)i != prm->self)
			err = way_open(s, prm, i);
	if (err) {
		local_close(s);
		return err;
	}
	*out = s;
	return 0;
}

static void remember(struct way *w, struct sv business)
{
	for (size_t i = 0; i < w->npending; i++)
		if (sv_eq(business, w->pending[i]))
			return;
	/* Full: the desk's own regular look finds what it was not told. */
	if (w->npending < PENDING_MAX)
		sv_copy(w->pending[w->npending++], UUID_LEN + 1, business);
}

static void local_ring(struct bus_sess *s, struct sv business)
{
	if (business.len != UUID_LEN)
		return;
	for (unsigned i = 0; i < s->n; i++) {
		struct way *w = &s->ways[i];

		if (!w->client)
			continue;
		if (!w->link || link_send(w->link, MSG_BELL, business, SV("")))
			remember(w, business);
	}
	if (s->server && s->h.bellh)
		s->h.bellh(business, s->h.arg);
}

static void local_partial(struct bus_sess *s, struct sv business,
			  struct sv payload)
{
	if (business.len != UUID_LEN)
		return;
	for (unsigned i = 0; i < s->n; i++)
		if (s->ways[i].link)
			link_send(s->ways[i].link, MSG_PARTIAL, business,
				  payload);
	if (s->server && s->h.partialh)
		s->h.partialh(business, payload, s->h.arg);
}

const struct bus bus_local = {
	.name = "local",
	.open = local_open,
	.ring = local_ring,
	.partial = local_partial,
	.close = local_close,
};
