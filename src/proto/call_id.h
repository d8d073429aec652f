/*
 * call_id: our id of a call, made from the carrier's. All workers of a node
 * make the same one, so a call that begins without the database is one call
 * wherever its webhooks arrive; SQL stores its row under this id.
 */
#ifndef PROTO_CALL_ID_H
#define PROTO_CALL_ID_H

#include "base/uuid.h"

/**
 * UUIDv7 of the call that the carrier calls sid, first heard of at wall_ms.
 * secret: of the node, so that ids cannot be guessed. 0, -EINVAL when sid or
 * secret is empty or sid is longer than 256 bytes, -ENOMEM.
 */
int call_id_make(struct uuid *out, struct sv secret, struct sv sid,
		 int64_t wall_ms);

#endif
