/*
 * away: the words by which the workers of a node remember calls (io/memo.h).
 * Media writes what became of a stream, webhooks read it.
 */
#ifndef MEDIA_AWAY_H
#define MEDIA_AWAY_H

/* Kind of entries by our id of the call; its count: media streams begun. */
#define AWAY_CALL "call"
/* By nonce. */
#define AWAY_NONCE "nonce"

enum {
	AWAY_RUNG = 1,	   /* the owner's phone was to ring for it */
	AWAY_ACCEPTED = 2, /* key 1 was pressed there */
	AWAY_OVER = 4,	   /* the assistant and the caller are done */
};

/* A nonce is refused a second time for so long: longer than its token. */
#define AWAY_NONCE_MS (6 * 3600 * 1000LL)

#endif
