#include "audio/ring.h"

#include <stdlib.h>

int ring_init(struct ring *r, size_t cap_n)
{
	*r = (struct ring){.p = malloc(cap_n), .cap = cap_n};
	return r->p ? 0 : -ENOMEM;
}

void ring_fini(struct ring *r)
{
	free(r->p);
	*r = (struct ring){0};
}

void ring_put(struct ring *r, int64_t at_n, const uint8_t *data, size_t n)
{
	if (at_n != r->end_n)
		r->begin_n = r->end_n = at_n;
	while (n) {
		size_t at = (size_t)r->end_n % r->cap;
		size_t k = MIN(n, r->cap - at);

		memcpy(r->p + at, data, k);
		r->end_n += (int64_t)k;
		data += k;
		n -= k;
	}
	if (r->end_n - r->begin_n > (int64_t)r->cap)
		r->begin_n = r->end_n - (int64_t)r->cap;
}

size_t ring_get(const struct ring *r, int64_t *at_n, uint8_t *out, size_t max)
{
	size_t done = 0, n;

	*at_n = MAX(*at_n, r->begin_n);
	if (*at_n >= r->end_n)
		return 0;
	n = MIN(max, (size_t)(r->end_n - *at_n));
	while (done < n) {
		size_t at = (size_t)(*at_n + (int64_t)done) % r->cap;
		size_t k = MIN(n - done, r->cap - at);

		memcpy(out + done, r->p + at, k);
		done += k;
	}
	return n;
}
