/*
 * dashboard: the desk role's HTTP side: the page, the JSON API and the event
 * streams. SQL decides (api.* functions); this turns requests into calls of
 * functions and answers into HTTP.
 *
 *   request ── static: the built page, from memory
 *           └─ api: route table ── session ── api.* ── JSON
 *           └─ sse: hub per business <── bell (bus), poll ── api.events
 */
#ifndef DESK_DASHBOARD_H
#define DESK_DASHBOARD_H

#include "bus.h"
#include "config.h"
#include "io/loop.h"
#include "io/pg.h"
#include "io/web.h"

struct dashboard;
struct sse_counts;

/* Everything is lent and must outlive the dashboard. */
struct dashboard_prm {
	struct loop *loop;
	struct web *web;
	const struct config *cfg; /* dashboard.…, node.runtime_dir */
	int listen_fd;		  /* dashboard.listen, already listening */
	struct pg *pg_api;	  /* login nightbell_api */
	const struct bus *bus;	  /* NULL: no bell, only the safety poll */
	struct sv token_secret;	  /* signs access tokens */
	struct sv stream_secret;  /* signs tokens of streams */
	unsigned desk;		  /* which of cfg->dashboard.workers we are */
	int bus_fd;		  /* listening socket of our bus<N>.sock */
	struct sse_counts *counts;
};

/**
 * Reads the page into memory (a missing folder is a warning and a 503 page),
 * opens the bus and serves listen_fd, loopback peers only. 0, -EINVAL,
 * -ENOMEM or what web_listen() and the bus's open() say; *out set only on 0.
 */
int dashboard_new(struct dashboard **out, const struct dashboard_prm *prm);

/**
 * Closes the listener, the event streams and the bus. Answers of the
 * database that are still under way are dropped when they come. NULL is
 * fine; returns NULL.
 */
struct dashboard *dashboard_free(struct dashboard *d);

/**
 * Something of business changed in this process (the relay reported a text):
 * rings the bus, so that every desk hears of it.
 */
void dashboard_ring(struct dashboard *d, struct sv business);

/** Open event streams. */
unsigned dashboard_readers(const struct dashboard *d);

#endif
