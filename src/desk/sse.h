/*
 * sse: event streams for dashboards and scripts. One hub per business reads
 * api.events once for all its readers, when the bus rings or a few seconds
 * passed. Each reader has its own position in the business's sequence, so
 * that who comes back with Last-Event-ID misses nothing and gets nothing
 * twice; who has missed what is not kept any more, or comes with a number of
 * before a restore, hears "reset". Partial transcripts pass through without a position.
 */
#ifndef DESK_SSE_H
#define DESK_SSE_H

#include <stdatomic.h>

#include "desk/session.h"
#include "io/web.h"

struct sse;

/* Of all desk processes together; others read it. */
struct sse_counts {
	atomic_ullong opened;
	atomic_ullong slow, signed_out, not_allowed, restart; /* we closed */
};

struct sse_prm {
	struct loop *loop;
	struct pg *pg;
	struct sessions *sessions;
	struct sse_counts *counts;
	int poll_ms;	  /* 0: 3,000; reads also without a bell */
	int heartbeat_ms; /* 0: 15,000 */
	int check_ms;	  /* 0: 5,000; whether readers still may */
};

int sse_new(struct sse **out, const struct sse_prm *prm);
/** Ends all streams. */
struct sse *sse_free(struct sse *s);

struct sse_open_prm {
	const struct session *who; /* asked again now and then */
	bool segments_only;
	struct sv call; /* segments_only: of this call; empty: all */
	int64_t after;	/* last sequence seen; -1: from now on */
};

/** Answers r with a stream, or with a problem; r is done either way. */
void sse_open(struct sse *s, struct web_req *r, const struct sse_open_prm *p);

/** There is something new for business. */
void sse_ring(struct sse *s, struct sv business);
/** A segment that is still being spoken: one JSON object. */
void sse_partial(struct sse *s, struct sv business, struct sv payload);
/** Ends the streams of a session that was signed out. */
void sse_sign_out(struct sse *s, struct sv session);

unsigned sse_readers(const struct sse *s);

#endif
