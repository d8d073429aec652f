/*
 * away: what SQL would decide about a call, decided from the snapshot while
 * the database is away. Only which of SQL's own plans it is: the words of the
 * plans, the script and the context are SQL's. What the workers of a node must
 * know of a call meanwhile is in the memo.
 */
#ifndef DESK_AWAY_H
#define DESK_AWAY_H

#include "base/buf.h"
#include "base/uuid.h"
#include "desk/snapshot.h"
#include "io/memo.h"

/* What a webhook says, as far as it matters here. Lent. */
struct away_form {
	struct sv route; /* voice, dial, whisper, after */
	struct sv call;	 /* our id */
	struct sv from, to, forwarded;
	struct sv call_status, dial_status, digits;
};

/** Our id of the carrier's call, the same in all workers of the node. */
int away_call_id(struct uuid *out, struct memo *m, struct sv secret,
		 struct sv sid, int64_t now_ms);
/** Remembers who called whom, for a worker that only knows the id. */
void away_remember(struct memo *m, struct sv call, struct sv to, struct sv from,
		   int64_t now_ms);

/**
 * Appends the plan (JSON, as desk.* gives it). 0, -ENOENT the snapshot does
 * not know the number, or a stream was lost too often; or out->err.
 */
int away_plan(struct buf *out, const struct snapshot *s, struct memo *m,
	      const struct away_form *f, int64_t now_ms);

/**
 * Appends what desk.stream_begin would give to stream number stream_no of the
 * call. 0, -ENOENT the snapshot does not know its number, -ENOMEM, out->err.
 */
int away_context(struct buf *out, const struct snapshot *s, struct memo *m,
		 struct sv call, unsigned stream_no, int64_t now_ms);

#endif
