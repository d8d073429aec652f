/*
 * counts: what one process counts and another shows. A histogram of waits in
 * milliseconds, in memory that both share; only one process writes.
 */
#ifndef BASE_COUNTS_H
#define BASE_COUNTS_H

#include <stdatomic.h>

#include "base/base.h"

enum { COUNTS_BOUNDS = 11 };

/* Upper bounds, ms; one more bucket is above the last. */
extern const int counts_bounds_ms[COUNTS_BOUNDS];

struct counts_hist {
	atomic_ullong bucket[COUNTS_BOUNDS + 1];
	atomic_ullong sum_ms;
};

static inline void counts_add(atomic_ullong *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static inline unsigned long long counts_get(atomic_ullong *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

/** Negative waits count as 0. */
void counts_hist_add(struct counts_hist *h, int64_t ms);

#endif
