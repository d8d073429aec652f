/*
 * media: the calls of one worker. Binds each carrier socket to its call
 * engine, its recogniser and voice, its play queue and the desk's functions.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "base/buf.h"
#include "bus.h"
#include "carrier.h"
#include "config.h"
#include "io/pg.h"
#include "io/web.h"
#include "media/counts.h"

struct backlog;
struct media;
struct memo;
struct wsc_env;

/**
 * Appends what desk.stream_begin would give, without the database. 0 or
 * -errno: then the stream is refused.
 */
typedef int media_away_h(struct buf *out, struct sv call, unsigned stream_no,
			 void *arg);

struct media_prm {
	struct loop *loop;
	const struct config *cfg;
	struct sv stream_secret; /* signs stream tokens */
	struct wsc_env *net;	 /* for providers elsewhere */
	struct pg *pg_calls;	 /* begin, tools, end: gateway login */
	struct pg *pg_segments;	 /* transcripts: gateway login */
	const struct bus *bus;
	struct bus_sess *bus_sess;
	const char *speech_path;    /* Unix socket of the speech role */
	const char *recordings_dir; /* NULL: nothing is recorded */
	unsigned slot;		    /* of this worker */
	struct media_counts *counts;
	/* for a database that is away: all of them, or NULL */
	struct backlog *backlog;
	struct memo *memo;
	media_away_h *awayh;
	void *away_arg;
};

int media_new(struct media **out, const struct media_prm *prm);
/** Call media_cut() first and let the loop run until no call is left: what is
 * still there loses its last words. NULL is fine; returns NULL. */
struct media *media_free(struct media *m);
/**
 * Closes the sockets of all calls: the carrier goes on at its next verb. From
 * then on no call is accepted.
 */
void media_cut(struct media *m);
bool media_is_cut(const struct media *m);

/**
 * A carrier's signed upgrade for nonce: fills h. 0, or the HTTP status to
 * refuse with (503 after media_cut()). openedh of the listener must pass the
 * socket on to media_opened().
 */
int media_accept(struct media *m, const struct carrier *carrier,
		 struct sv nonce, struct web_sock_handlers *h);
void media_opened(struct web_sock *s, void *arg);

unsigned media_calls(const struct media *m);
/**
 * doneh when no call is left, and again if others come after that: until
 * media_cut() whoever was given a stream is served.
 */
void media_drain(struct media *m, loop_h *doneh, void *arg);

#endif
