/*
 * hist: a histogram of microseconds, 32 steps to each power of two (3 %), so
 * that quantiles of any run can be asked later from what was kept.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include "base/buf.h"

enum { HIST_STEPS = 32, HIST_BUCKETS = 24 * HIST_STEPS };

struct hist {
	uint32_t n[HIST_BUCKETS];
	uint64_t count;
	int64_t max_us;
};

/** Negative ones count as 0. */
void hist_add(struct hist *h, int64_t us);
/** Upper bound of the bucket below which the share q of all lies; 0 empty. */
int64_t hist_at(const struct hist *h, double q);
/** Appends {"count":…,"p50":…,…,"max":…,"raw":[[upper_us,n],…]}. */
void hist_json(struct buf *out, const struct hist *h);

#endif
