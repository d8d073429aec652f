/*
 * breaker: keeps calls away from a provider that does not serve. Three
 * connections in a row that failed or lived under five seconds, or one
 * refusal that no repetition helps against (key, money, request), open it for
 * 30 s; then one call tries again. Pure: the time is handed in.
 */
#ifndef SPEECH_BREAKER_H
#define SPEECH_BREAKER_H

#include "base/base.h"

enum { BREAKER_FAILS = 3, BREAKER_MS = 30000, BREAKER_LIVED_MS = 5000 };

struct breaker {
	unsigned fails;
	int64_t until_us; /* closed again then; 0: it is closed */
};

static inline bool breaker_open(const struct breaker *b, int64_t now_us)
{
	return now_us < b->until_us;
}

static inline void breaker_good(struct breaker *b)
{
	*b = (struct breaker){0};
}

/** True: it opened just now (say so, once). */
static inline bool breaker_failed(struct breaker *b, bool final, int64_t now_us)
{
	bool was = breaker_open(b, now_us);

	if (!final && ++b->fails < BREAKER_FAILS)
		return false;
	b->fails = BREAKER_FAILS - 1; /* the next failure opens it again */
	b->until_us = now_us + BREAKER_MS * INT64_C(1000);
	return !was;
}

#endif
