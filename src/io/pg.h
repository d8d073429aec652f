/*
 * pg: PostgreSQL without blocking (libpq, pipelined, a sync after each
 * statement so that each is its own transaction). A connection has one
 * purpose (webhooks, transcripts, API, relay). The only SQL in C is the call
 * of a function.
 */
#ifndef IO_PG_H
#define IO_PG_H

#include "io/dns.h"

struct pg;

struct pg_prm {
	const char *name;     /* "webhooks": for logs and metrics */
	const char *conninfo; /* libpq keywords; host= is resolved by dns */
	const char *user;     /* overrides conninfo; NULL: as it says */
	int queue_max;	      /* statements waiting, then -ENOBUFS */
	int statement_ms;     /* statement_timeout of the session */
	loop_h *uph, *downh;  /* connected and set up; lost. May be NULL */
	loop_h *failh;	      /* an attempt failed, see pg_why(). May be NULL */
	void (*notifyh)(struct sv channel, struct sv payload, void *arg);
	void *arg;
};

struct pg_result {
	int err; /* 0; -ECONNRESET lost (it may have run);
				 * -ENOTCONN never sent; -ETIMEDOUT;
				 * -EREMOTEIO the server refused, see sqlstate */
	char sqlstate[6];
	struct sv message; /* the server's primary message */
	struct sv detail;  /* and its DETAIL, may be empty */
	bool raised;	   /* by a RAISE of ours, not by the server itself */
	int rows, cols;
};

/**
 * r and its values are lent. Runs once per pg_call(), in order but for those
 * that time out, and never from inside pg_call().
 */
typedef void pg_h(const struct pg_result *r, void *arg);

/** Connects and reconnects by itself (back-off 50 ms … 2 s). */
int pg_new(struct pg **out, struct loop *l, struct dns *d,
	   const struct pg_prm *prm);
/** Pending calls end with -ENOTCONN or -ECONNRESET first. Fine in handlers. */
struct pg *pg_free(struct pg *p);
bool pg_up(const struct pg *p);
/** Why there is no connection, one line of libpq's; "" while none failed. */
const char *pg_why(const struct pg *p);
/** So long a statement on the wire waits with no other answered; 0: none. */
int64_t pg_silent_ms(const struct pg *p);
/** Statements that wait for an answer, or for a place on the wire. */
unsigned pg_queued(const struct pg *p);

/** Value as text; empty slice and *null true for NULL. */
struct sv pg_value(const struct pg_result *r, int row, int col, bool *null);

/**
 * Queues "select … $1 …" with text parameters (NULL pointer = NULL, copied).
 * timeout_ms: answer by then or -ETIMEDOUT (the statement may still run).
 * 0, -ENOBUFS, -ENOMEM, -ENOTCONN when down and !queue_while_down. What was
 * accepted waits for a place on the wire (256 at once); if the connection is
 * lost meanwhile it stays only with queue_while_down.
 */
int pg_call(struct pg *p, const char *sql, int nparams,
	    const char *const *params, int timeout_ms, bool queue_while_down,
	    pg_h *h, void *arg);

/** LISTEN channel on this connection, also after each reconnect. */
int pg_listen(struct pg *p, const char *channel);

#endif
