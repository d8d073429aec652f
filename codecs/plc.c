#include "codecs/plc.h"

#define KEEP_MS 32
#define PITCH_MIN_MS 3	/* 333 Hz */
#define PITCH_MAX_MS 15 /* 67 Hz */
#define MATCH_MS 10
#define FULL_MS 10 /* then it fades … */
#define GONE_MS 60 /* … until here */
#define BLEND_MS 4

int plc_init(struct plc *p, unsigned rate_hz)
{
	if (rate_hz < 1000 || rate_hz > PLC_RATE_MAX)
		return -EINVAL;
	*p = (struct plc){.rate_hz = rate_hz};
	return 0;
}

void plc_reset(struct plc *p)
{
	(void)plc_init(p, p->rate_hz);
}

static uint32_t ms_n(const struct plc *p, unsigned ms)
{
	return p->rate_hz * ms / 1000;
}

/*
 * The lag at which the last 10 ms resemble what was before them most. Compares
 * products by cross-multiplication: no division, no root. At high rates every
 * other sample, or fewer, is enough.
 */
static uint32_t pitch(const struct plc *p)
{
	const int16_t *end = p->hist + PLC_HIST_N;
	uint32_t match_n = ms_n(p, MATCH_MS), max_n = ms_n(p, PITCH_MAX_MS);
	uint32_t step = MAX(1u, p->rate_hz / 8000), best = max_n;
	double best_num = 0, best_den = 1;

	for (uint32_t lag = ms_n(p, PITCH_MIN_MS); lag <= max_n; lag++) {
		int64_t num = 0, den = 1;

		for (uint32_t i = 1; i <= match_n; i += step) {
			int32_t a = end[-(int32_t)i];
			int32_t b = end[-(int32_t)(i + lag)];

			num += (int64_t)a * b;
			den += (int64_t)b * b;
		}
		if (num > 0 && (double)num * (double)num * best_den >
				       best_num * best_num * (double)den) {
			best_num = (double)num;
			best_den = (double)den;
			best = lag;
		}
	}
	return best;
}

/* The sample that stands at lost_n; hist does not move during a loss. */
static int16_t made_up(const struct plc *p, uint32_t at_n)
{
	uint32_t full_n = ms_n(p, FULL_MS), gone_n = ms_n(p, GONE_MS);
	int32_t v = p->hist[PLC_HIST_N - p->period_n + at_n % p->period_n];

	if (at_n >= gone_n)
		return 0;
	if (at_n <= full_n)
		return (int16_t)v;
	return (int16_t)(v * (int64_t)(gone_n - at_n) / (gone_n - full_n));
}

void plc_heard(struct plc *p, int16_t *pcm, size_t n)
{
	size_t keep_n = ms_n(p, KEEP_MS), blend_n = ms_n(p, BLEND_MS);
	int16_t *first = p->hist + PLC_HIST_N - keep_n;

	if (p->lost_n) {
		for (size_t i = 0; i < MIN(n, blend_n); i++) {
			int32_t was = made_up(p, p->lost_n + (uint32_t)i);
			int32_t k = (int32_t)i, all = (int32_t)blend_n;

			pcm[i] =
				(int16_t)((was * (all - k) + pcm[i] * k) / all);
		}
		p->lost_n = 0;
	}
	if (n >= keep_n) {
		memcpy(first, pcm + n - keep_n, keep_n * sizeof(*pcm));
		return;
	}
	memmove(first, first + n, (keep_n - n) * sizeof(*pcm));
	memcpy(p->hist + PLC_HIST_N - n, pcm, n * sizeof(*pcm));
}

void plc_lost(struct plc *p, int16_t *out, size_t n)
{
	if (!p->lost_n)
		p->period_n = pitch(p);
	for (size_t i = 0; i < n; i++)
		out[i] = made_up(p, p->lost_n + (uint32_t)i);
	p->lost_n = (uint32_t)MIN((uint64_t)p->lost_n + n, UINT32_MAX / 2);
}
