/*
 * ticket: what a new media socket of a call needs: a path that nobody guesses
 * and the token that it must bring, signed for this path and call.
 */
#ifndef DESK_TICKET_H
#define DESK_TICKET_H

#include "proto/stream_token.h"

#define TICKET_SOCKET_PATH "/ws/voice/"

enum { TICKET_NONCE_LEN = 32 };

struct ticket {
	char nonce[TICKET_NONCE_LEN + 1]; /* hex digits */
	char token[STREAM_TOKEN_MAX + 1];
};

/** Good for life_s seconds. 0 or what stream_token_make() says. */
int ticket_make(struct ticket *t, struct sv secret, struct sv call,
		struct sv business, int life_s);

/** "/ws/voice/{carrier}/{nonce}": its two parts, or false. */
bool ticket_path(struct sv path, struct sv *carrier, struct sv *nonce);

#endif
