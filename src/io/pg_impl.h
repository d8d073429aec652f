/*
 * pg_impl: what the two files of pg share.
 *
 *   pg.c        statements: queue, pipeline, results, deadlines
 *   pg_conn.c   the connection: dial, set up, lose, dial again
 */
#ifndef IO_PG_IMPL_H
#define IO_PG_IMPL_H

#include "base/list.h"
#include "io/pg.h"

#include <libpq-fe.h>
#include <uv.h>

enum pg_state {
	PG_DOWN,
	PG_RESOLVING,
	PG_CONNECTING,
	PG_SETUP, /* LISTENs are on their way */
	PG_UP,
};

struct pg_channel {
	struct list node;
	char name[];
};

/* One statement. */
struct pg_stmt {
	struct list node;
	struct pg *p;
	int64_t until_us;
	bool keep; /* waits for the next connection */
	bool told; /* timed out: its result is dropped */
	bool setup;
	pg_h *h;
	void *arg;
	PGresult *res; /* kept until the sync */
	int nparams;
	const char *sql;
	const char *params[]; /* the texts stand behind */
};

struct pg {
	struct loop *l;
	struct dns *dns;
	struct pg_prm prm;
	char *name, *user;
	PQconninfoOption *opts; /* of prm.conninfo */
	const char *host;	/* to be resolved; NULL: as libpq does */
	enum pg_state state;
	bool freed, resolving;
	char why[256];	  /* of the last failure to connect; "" when up */
	int64_t heard_us; /* last answer, or sent onto an empty wire */
	PGconn *conn;
	uv_poll_t *poll;
	int events;
	struct timer *dial; /* next attempt, or the end of this one */
	struct timer *timeouts;
	int64_t armed_us;
	int backoff_ms;
	struct list queue, sent, channels;
	int nqueue, nsent;
};

/* pg.c */
int pg_add_listen(struct pg *p, const char *channel);
/* Sends what waits, as far as the pipeline takes it. */
void pg_pump(struct pg *p);
/* Reads what came. -ECONNRESET when the connection is broken. */
int pg_drain(struct pg *p);
/* Answers all that were sent with err; others too when they cannot wait. */
void pg_fail(struct pg *p, int err, bool all);

/* pg_conn.c */
void pg_dial(void *arg);
/* Writes and waits for what the socket wants; also notices its loss. */
void pg_flush(struct pg *p);
void pg_lost(struct pg *p, const char *why);
/* Loses the connection in the next turn. */
void pg_lose_soon(struct pg *p);
void pg_ready(struct pg *p);
void pg_disconnect(struct pg *p);

#endif
