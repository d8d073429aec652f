#include "hist.h"

static unsigned bucket_of(uint64_t us)
{
	unsigned top, i;

	if (us < HIST_STEPS)
		return (unsigned)us;
	top = 63u - (unsigned)__builtin_clzll(us);
	i = (top - 4) * HIST_STEPS + (unsigned)(us >> (top - 5)) - HIST_STEPS;
	return MIN(i, HIST_BUCKETS - 1u);
}

static int64_t upper_of(unsigned i)
{
	unsigned top = i / HIST_STEPS + 4;

	if (i < HIST_STEPS)
		return i;
	return (int64_t)(((uint64_t)(i % HIST_STEPS + HIST_STEPS) + 1)
			 << (top - 5)) -
	       1;
}

void hist_add(struct hist *h, int64_t us)
{
	h->n[bucket_of((uint64_t)MAX(us, 0))]++;
	h->count++;
	h->max_us = MAX(h->max_us, us);
}

int64_t hist_at(const struct hist *h, double q)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		sum += h->n[i];
		if (sum && (double)sum >= q * (double)h->count)
			return MIN(upper_of(i), h->max_us);
	}
	return 0;
}

void hist_json(struct buf *out, const struct hist *h)
{
	bool first = true;

	buf_printf(out,
		   "{\"count\":%llu,\"p50\":%lld,\"p90\":%lld,\"p99\":%lld,"
		   "\"p999\":%lld,\"max\":%lld,\"raw\":[",
		   (unsigned long long)h->count, (long long)hist_at(h, 0.5),
		   (long long)hist_at(h, 0.9), (long long)hist_at(h, 0.99),
		   (long long)hist_at(h, 0.999), (long long)h->max_us);
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		if (h->n[i]) {
			buf_printf(out, "%s[%lld,%u]", first ? "" : ",",
				   (long long)upper_of(i), h->n[i]);
			first = false;
		}
	buf_str(out, "]}");
}
