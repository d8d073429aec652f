#include "audio/delay.h"

#include <limits.h>
#include <math.h>

#define FULL (32768.f * 32768.f)
#define FLOOR_MIN_DB (-66.f) /* a quiet line is not silent */
#define FLOOR_RISE_DB .03f   /* a step: 3 dB a second */
#define OVER_DB 4.f	     /* above the floor counts */
#define TOP_DB 24.f	     /* … and more than this does not */
#define MEAN (1.f / 256)
#define KEEP .996f /* of the sums a step: 2.5 s */
#define LEAST 60   /* steps with our voice before it is known */

void delay_init(struct delay *d)
{
	*d = (struct delay){0};
	for (int b = 0; b < DELAY_BANDS; b++)
		d->near.floor_db[b] = d->far.floor_db[b] = FLOOR_MIN_DB;
}

/* Octaves by Haar's halves: rough, but the same on both sides. */
static void band_db(const int16_t pcm[DELAY_STEP_N], float db[DELAY_BANDS])
{
	int32_t x[DELAY_STEP_N];
	int n = DELAY_STEP_N;

	for (int i = 0; i < n; i++)
		x[i] = pcm[i];
	for (int b = DELAY_BANDS; b--; n /= 2) {
		float sum = 0;

		for (int i = 0; i < n / 2; i++) {
			float high = (float)(x[2 * i] - x[2 * i + 1]) / 2;

			sum += high * high;
			x[i] = (x[2 * i] + x[2 * i + 1]) / 2;
		}
		db[b] = 10 * log10f(sum / ((float)(n / 2) * FULL) + 1e-9f);
	}
}

/* Enters a step; what it deviates from the mean is what can be compared. */
static void enter(struct delay_side *s, const int16_t *pcm, unsigned at)
{
	float db[DELAY_BANDS], over;

	band_db(pcm, db);
	s->on[at] = 0;
	for (int b = 0; b < DELAY_BANDS; b++) {
		s->floor_db[b] = MAX(MIN(s->floor_db[b] + FLOOR_RISE_DB, db[b]),
				     FLOOR_MIN_DB);
		over = MIN(MAX(db[b] - s->floor_db[b] - OVER_DB, 0.f), TOP_DB);
		s->on[at] = MAX(s->on[at], over);
		s->mean[b] += (over - s->mean[b]) * MEAN;
		s->z[at][b] = over - s->mean[b];
	}
}

void delay_step(struct delay *d, const int16_t near[DELAY_STEP_N],
		const int16_t far[DELAY_STEP_N])
{
	unsigned at = (unsigned)(d->steps % DELAY_LAGS), k;
	const float *z = d->near.z[at], *y;
	bool heard = false;

	enter(&d->near, near, at);
	enter(&d->far, far, at);
	d->steps++;
	for (int i = 0; i < DELAY_LAGS && !heard; i++)
		heard = d->far.on[i] > 0;
	if (!heard)
		return; /* nothing of ours can be in it */
	if (d->active < INT_MAX / 2)
		d->active++;
	d->near_power *= KEEP;
	for (int b = 0; b < DELAY_BANDS; b++)
		d->near_power += z[b] * z[b];
	for (unsigned lag = 0; lag < DELAY_LAGS; lag++) {
		k = (at + DELAY_LAGS - lag) % DELAY_LAGS;
		y = d->far.z[k];
		d->cross[lag] *= KEEP;
		d->far_power[lag] *= KEEP;
		for (int b = 0; b < DELAY_BANDS; b++) {
			d->cross[lag] += z[b] * y[b];
			d->far_power[lag] += y[b] * y[b];
		}
	}
}

float delay_best(const struct delay *d, int *ms)
{
	float best = 0, r;

	*ms = 0;
	if (d->active < LEAST)
		return 0;
	for (int lag = 0; lag < DELAY_LAGS; lag++) {
		if (d->cross[lag] <= 0)
			continue;
		r = d->cross[lag] /
		    sqrtf(d->near_power * d->far_power[lag] + 1);
		if (r > best) {
			best = r;
			*ms = lag * 10;
		}
	}
	return best;
}
