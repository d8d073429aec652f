#include "audio/resample.h"

#include <stdlib.h>

#include <speex/speex_resampler.h>

enum { QUALITY = 3, RATE_MAX = 384000, STEP_N = 1 << 16 };

struct resample {
	unsigned in_hz, out_hz;
	SpeexResamplerState *st; /* NULL: the rates are equal */
};

int resample_new(struct resample **out, unsigned in_hz, unsigned out_hz)
{
	struct resample *r;
	int err;

	if (!in_hz || !out_hz || in_hz > RATE_MAX || out_hz > RATE_MAX)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	*r = (struct resample){.in_hz = in_hz, .out_hz = out_hz};
	if (in_hz != out_hz) {
		r->st = speex_resampler_init(1, in_hz, out_hz, QUALITY, &err);
		if (!r->st) {
			free(r);
			return -ENOMEM;
		}
	}
	*out = r;
	return 0;
}

struct resample *resample_free(struct resample *r)
{
	if (r && r->st)
		speex_resampler_destroy(r->st);
	free(r);
	return NULL;
}

void resample_reset(struct resample *r)
{
	if (r->st)
		speex_resampler_reset_mem(r->st);
}

size_t resample_max(const struct resample *r, size_t n)
{
	/* Where a piece ends decides to which of two a sample falls. */
	return r->st ? (size_t)(((uint64_t)n * r->out_hz + r->in_hz - 1) /
				r->in_hz) +
			       1
		     : n;
}

int resample_run(struct resample *r, const int16_t *in, size_t n, int16_t *out,
		 size_t max)
{
	size_t done = 0;

	if (max < resample_max(r, n))
		return -ENOSPC;
	if (!r->st) {
		memcpy(out, in, n * sizeof(*in));
		return (int)n;
	}
	while (n) {
		spx_uint32_t took = (spx_uint32_t)MIN(n, (size_t)STEP_N);
		spx_uint32_t got =
			(spx_uint32_t)MIN(max - done, (size_t)UINT32_MAX);

		speex_resampler_process_int(r->st, 0, in, &took, out + done,
					    &got);
		if (!took && !got)
			break; /* cannot be: there is room */
		in += took;
		n -= took;
		done += got;
	}
	return (int)done;
}

unsigned resample_delay_n(const struct resample *r)
{
	return r->st ? (unsigned)speex_resampler_get_output_latency(r->st) : 0;
}
