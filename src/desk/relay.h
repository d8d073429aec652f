/*
 * relay: does outside what the desk wrote into its outbox: text messages and
 * calls by the carrier's REST API. SQL hands out rows (claims with a lease)
 * and takes the results; whether a row is tried again is its decision.
 *
 *   bell, due time ── desk.outbox_claim ── POST Messages.json, Calls.json
 *                                     └─ perhaps sent before? list first
 *   result ── desk.outbox_done
 */
#ifndef DESK_RELAY_H
#define DESK_RELAY_H

#include <stdatomic.h>

#include "config.h"
#include "io/httpc.h"
#include "io/pg.h"

struct json_t;
struct relay;

struct relay_counts {
	atomic_ullong sent;
	atomic_ullong found; /* had been sent before: not sent again */
	atomic_ullong retried;
	atomic_ullong dead; /* refused for good */
};

/* Everything is lent and must outlive the relay. */
struct relay_prm {
	struct loop *loop;
	const struct config *cfg;
	struct pg *pg; /* login nightbell_relay */
	struct httpc *httpc;
	struct relay_counts *counts;
	/** Something of business changed; NULL: nobody wants to know. */
	void (*changedh)(struct sv business, void *arg);
	void *arg;
};

/** 0, -ENOMEM. Begins at once. */
int relay_new(struct relay **out, const struct relay_prm *prm);
/**
 * Requests under way are cancelled; their leases run out and the next claim
 * finds out whether they went. NULL is fine; returns NULL.
 */
struct relay *relay_free(struct relay *r);

/** There may be something to do (a bell, the database is back). */
void relay_wake(struct relay *r);

/* What one answer of the REST API means. For the test of the table. */
struct relay_verdict {
	bool ok;
	bool permanent;	 /* never again */
	bool maybe_sent; /* nobody knows: look before the next try */
	int code;	 /* the carrier's, 0: none */
	char sid[40];
	char error[200];
};

void relay_error(struct relay_verdict *v, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

void relay_judge(struct relay_verdict *v, const struct httpc_result *res);

/**
 * Looks in a list of messages (Messages.json) for one of ours: to the same
 * number, with this text, made at or after since_ms, not failed. True with
 * its sid.
 */
bool relay_find(char sid[40], struct sv list, struct sv body, int64_t since_ms);

/**
 * The same in a list of calls (Calls.json, filtered by both numbers), however
 * they ended: one that we made at or after since_ms and whose sid is not in
 * known, a JSON list of those that belong to other rows. A call has no text
 * by which to tell it.
 */
bool relay_find_call(char sid[40], struct sv list, const struct json_t *known,
		     int64_t since_ms);

#endif
