#include "base/counts.h"

const int counts_bounds_ms[COUNTS_BOUNDS] = {50,   100,	 250,  500,  750,  1000,
					     1500, 2000, 3000, 5000, 10000};

void counts_hist_add(struct counts_hist *h, int64_t ms)
{
	size_t i = 0;

	ms = MAX(ms, 0);
	while (i < COUNTS_BOUNDS && ms > counts_bounds_ms[i])
		i++;
	counts_add(&h->bucket[i]);
	atomic_fetch_add_explicit(&h->sum_ms, (unsigned long long)ms,
				  memory_order_relaxed);
}
