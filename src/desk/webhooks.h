/*
 * webhooks: what the carrier asks the media role over HTTP. The signature is
 * checked before anything else; SQL decides (desk.* functions take the form,
 * give a plan); the plan goes back as the carrier's document. A request is
 * answered within about a second whatever the database does: after 800 ms
 * from the snapshot (away.h), and SQL hears of it when it is back.
 *
 *   POST ── route ── signature ── desk.<route>(form) ── plan ── TwiML
 *   WebSocket ── path ── signature of the wss URL ── media_accept()
 */
#ifndef DESK_WEBHOOKS_H
#define DESK_WEBHOOKS_H

#include <stdatomic.h>

#include "bus.h"
#include "config.h"
#include "io/pg.h"
#include "io/web.h"

struct backlog;
struct media;
struct memo;
struct snapshot;
struct webhooks;

/* Written by one process, read by others too. */
struct webhook_counts {
	atomic_ullong answered; /* with what SQL decided */
	atomic_ullong refused;	/* signature, path, method, form */
	atomic_ullong fallback; /* SQL did not answer or refused */
	atomic_ullong away;	/* … and the snapshot answered */
	atomic_ullong slow;	/* answered after more than 500 ms */
	atomic_ullong sockets;	/* media sockets accepted */
	atomic_ullong sockets_refused;
};

/* Everything is lent and must outlive the webhooks. */
struct webhooks_prm {
	struct loop *loop;
	struct web *web;
	const struct config *cfg;
	struct sv stream_secret;
	int listen_fd; /* carrier.listen, already listening */
	struct pg *pg; /* login nightbell_gateway, webhooks only */
	struct media *media;
	const struct bus *bus;
	struct bus_sess *bus_sess;
	struct webhook_counts *counts;
	/* for a database that is away: all of them, or NULL */
	struct snapshot *snapshot;
	struct memo *memo;
	struct backlog *backlog;
};

/**
 * Serves listen_fd. 0, -EINVAL without public URL or auth token (never open
 * to strangers), -ENOMEM, or what web_listen() says; *out set only on 0.
 */
int webhooks_new(struct webhooks **out, const struct webhooks_prm *prm);

/** Serves the socket of another slot, too (on), or no longer. 0 or -errno. */
int webhooks_cover(struct webhooks *w, int fd, bool on);

/**
 * Stops listening. Requests under way get their fallback answer; answers of
 * the database that come later are dropped. NULL is fine; returns NULL.
 */
struct webhooks *webhooks_free(struct webhooks *w);

#endif
