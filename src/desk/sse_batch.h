/*
 * sse_batch: one answer of api.events, ready to go out: each event as the
 * text that a stream carries, with what decides who gets it.
 */
#ifndef DESK_SSE_BATCH_H
#define DESK_SSE_BATCH_H

#include "base/buf.h"

#define SSE_BATCH_MAX 200

struct sse_event {
	int64_t seq;
	struct sv type, call; /* live as long as the batch */
	size_t off, len;      /* in the batch's text */
};

struct sse_batch {
	void *tree;
	struct sse_event ev[SSE_BATCH_MAX];
	size_t n;
	bool full;    /* there may be more */
	int64_t last; /* where a reader is after it */
	int64_t from; /* without events: the lowest to go on after, or 0 */
	struct buf text;
};

/**
 * {"events":[{"seq","type","at","data"}],"last":n,"from":n}, the latter maybe
 * not there: 0, -EBADMSG, -ENOMEM.
 */
int sse_batch_new(struct sse_batch **out, struct sv json);
struct sse_batch *sse_batch_free(struct sse_batch *b);

#endif
