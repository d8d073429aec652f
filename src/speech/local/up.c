#include "speech/local/up.h"

#include <stdlib.h>

#include <speex/speex_resampler.h>

enum { QUALITY = 3, TAIL_N = 400 };

struct up {
	SpeexResamplerState *st;
};

int up_new(struct up **out)
{
	struct up *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->st = speex_resampler_init(1, 8000, 16000, QUALITY, &err);
	if (!u->st) {
		free(u);
		return -ENOMEM;
	}
	speex_resampler_skip_zeros(u->st);
	*out = u;
	return 0;
}

struct up *up_free(struct up *u)
{
	if (u)
		speex_resampler_destroy(u->st);
	free(u);
	return NULL;
}

size_t up_push(struct up *u, int16_t *out, size_t max, const int16_t *in,
	       size_t n)
{
	spx_uint32_t left = (spx_uint32_t)n, room = (spx_uint32_t)max;

	speex_resampler_process_int(u->st, 0, in, &left, out, &room);
	return room;
}

int up_clip(float *out, const int16_t *in, size_t n)
{
	static const int16_t silence[TAIL_N];
	int16_t *wide = calloc(2 * n + 1, sizeof(*wide));
	struct up *u = NULL;
	size_t got;
	int err = wide ? up_new(&u) : -ENOMEM;

	if (!err) {
		got = up_push(u, wide, 2 * n, in, n);
		/* the filter still holds its delay */
		up_push(u, wide + got, 2 * n - got, silence, TAIL_N);
		for (size_t i = 0; i < 2 * n; i++)
			out[i] = (float)wide[i] / 32768;
	}
	up_free(u);
	free(wide);
	return err;
}
