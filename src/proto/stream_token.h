/*
 * stream_token: what proves that a media socket belongs to a call that we
 * answered. HMAC-SHA256 over the nonce of the socket's path, the call, the
 * business and the time when it expires. Single use is the desk's business.
 */
#ifndef PROTO_STREAM_TOKEN_H
#define PROTO_STREAM_TOKEN_H

#include "base/buf.h"

#define STREAM_TOKEN_MAX 256

/**
 * Appends a token good until expires_s (seconds since 1970). nonce, call and
 * business: letters, digits, - and _, at most 64 each. 0, -EINVAL (also for
 * a secret under 16 bytes), -ENOMEM, -ENOSPC.
 */
int stream_token_make(struct buf *out, struct sv secret, struct sv nonce,
		      struct sv call, struct sv business, int64_t expires_s);

/**
 * 0: call and business are slices of token. -EBADMSG no token, -EACCES not
 * signed by us for this nonce, -ETIME expired.
 */
int stream_token_check(struct sv token, struct sv secret, struct sv nonce,
		       int64_t now_s, struct sv *call, struct sv *business);

#endif
