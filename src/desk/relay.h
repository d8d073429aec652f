/*
 * relay: does outside what the desk wrote into its outbox: text messages and
 * calls by the carrier's REST API, e-mail. SQL hands out rows (claims with a
 * lease) and takes the results; whether a row is tried again is its decision.
 * Each channel has a rate and a number at once, of which the desk processes
 * of a machine take equal shares.
 *
 *   bell, due time ── desk.outbox_claim ─┬─ POST Messages.json, Calls.json
 *                                        │  perhaps sent before? list first
 *                                        └─ SMTP
 *   result ── desk.outbox_done
 *
 * A text goes out once as long as the carrier's list shows it within
 * relay.lag_s of its sending. A mail whose end is unknown is sent again with
 * the same Message-ID: there is no list of mails.
 */
#ifndef DESK_RELAY_H
#define DESK_RELAY_H

#include <stdatomic.h>

#include "config.h"
#include "io/httpc.h"
#include "io/pg.h"
#include "io/smtp.h"

struct json_t;
struct relay;

/* TIMER: what the desk does in SQL when its time has come. */
enum relay_channel {
	RELAY_SMS,
	RELAY_CALL,
	RELAY_EMAIL,
	RELAY_TIMER,
	RELAY_CHANNELS
};

extern const char *const relay_channels[RELAY_CHANNELS];

struct relay_counts {
	struct relay_channel_counts {
		atomic_ullong sent;
		atomic_ullong found; /* had been sent before: not again */
		atomic_ullong retried;
		atomic_ullong dead;  /* refused for good */
		atomic_llong due_ms; /* its oldest row, since 1970; 0 none */
	} channel[RELAY_CHANNELS];
};

/* Everything is lent and must outlive the relay. */
struct relay_prm {
	struct loop *loop;
	const struct config *cfg;
	struct pg *pg; /* login nightbell_relay */
	struct httpc *httpc;
	struct relay_counts *counts;
	unsigned slot; /* which of cfg->dashboard.workers we are */
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

/** There may be something to do (the database is back). */
void relay_wake(struct relay *r);
/** A bell: there may be something to do; it is looked at within 100 ms. */
void relay_ring(struct relay *r);

/* What one answer means. For the test of the table. */
struct relay_verdict {
	bool ok;
	bool found;	   /* it had gone out before */
	bool permanent;	   /* never again */
	bool maybe_sent;   /* nobody knows: look before the next try */
	const char *kind;  /* of failure: network busy server credentials */
	int retry_after_s; /* they said so; 0: nothing */
	int code;	   /* the carrier's, 0: none */
	char sid[40];
	char error[200];
};

void relay_error(struct relay_verdict *v, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/**
 * Taken is what the answer names by a sid (SM, MM or CA and 32 hex digits);
 * 2xx without one may be anybody's page: maybe_sent. One that failed at once
 * is refused for good, with the code of the reason.
 */
void relay_judge(struct relay_verdict *v, const struct httpc_result *res);
void relay_judge_mail(struct relay_verdict *v, const struct smtp_result *res);

/**
 * Looks in a list of messages (Messages.json) for one of ours: to the same
 * number, with this text, made at or after since_ms, not failed, and whose sid
 * is not in known, a JSON list of those that belong to other rows. 1 with its
 * sid; 0 it is not there; -EBADMSG: that is no list, so nobody knows.
 */
int relay_find(char sid[40], struct sv list, struct sv body,
	       const struct json_t *known, int64_t since_ms);

/**
 * The same in a list of calls (Calls.json, filtered by both numbers), however
 * they ended: one that we made at or after since_ms and whose sid is not in
 * known, a JSON list of those that belong to other rows. A call has no text
 * by which to tell it.
 */
int relay_find_call(char sid[40], struct sv list, const struct json_t *known,
		    int64_t since_ms);

#endif
