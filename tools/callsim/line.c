#include "line.h"

#include <math.h>

/* A patch of lost frames ends with one chance in three a frame: 60 ms. */
#define PATCH_ENDS (1.0 / 3)
/* A second way back, off the far wall: later and weaker than the first. */
#define WALL_N (TEL_RATE_HZ * 27 / 1000)
#define WALL_GAIN 0.35

static int16_t clip(double v)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, v)));
}

void line_init(struct line *l, const struct line_prm *prm, uint64_t seed)
{
	*l = (struct line){.prm = *prm};
	rng_seed(&l->rng, seed);
	l->prm.echo_ms = MIN(prm->echo_ms, LINE_ECHO_MAX_MS - 60);
	l->gain = pow(10, -prm->echo_db / 20);
	/* not every call hears the same piece of noise first */
	if (prm->bed && prm->bed->n)
		l->bed_n = rng_next(&l->rng) % prm->bed->n;
}

static int16_t far_ago(const struct line *l, size_t n)
{
	return l->far[(l->far_n + ARRAY_LEN(l->far) - n) % ARRAY_LEN(l->far)];
}

/* Small loudspeakers have neither bass nor treble. */
static double speaker(struct line *l, double v)
{
	l->low += 0.7 * (v - l->low);
	l->dc += 0.25 * (l->low - l->dc);
	return l->low - l->dc;
}

static void add_echo(struct line *l, const int16_t *far, int16_t *near)
{
	size_t delay = (size_t)l->prm.echo_ms * TEL_RATE_HZ / 1000;

	for (size_t i = 0; i < TEL_FRAME_N; i++) {
		double v;

		l->far[l->far_n] = far[i];
		l->far_n = (l->far_n + 1) % ARRAY_LEN(l->far);
		v = far_ago(l, delay + 1) +
		    WALL_GAIN * far_ago(l, delay + 1 + WALL_N);
		near[i] = clip(near[i] + l->gain * speaker(l, v));
	}
}

static void add_bed(struct line *l, int16_t *near)
{
	const struct pcm *bed = l->prm.bed;

	for (size_t i = 0; i < TEL_FRAME_N; i++) {
		near[i] = clip((double)near[i] + bed->s[l->bed_n]);
		l->bed_n = (l->bed_n + 1) % bed->n;
	}
}

/*
 * What phones do with frames that did not come: the last one again, quieter
 * each time. Bursts, for a fading link loses several in a row.
 */
static void patch(struct line *l, int16_t *near)
{
	double u = rng_unit(&l->rng);
	double begins = l->prm.gsm * PATCH_ENDS / (1 - l->prm.gsm);

	l->fading = l->fading ? u > PATCH_ENDS : u < begins;
	if (!l->fading) {
		memcpy(l->last, near, sizeof(l->last));
		l->again = 0.9;
		return;
	}
	for (size_t i = 0; i < TEL_FRAME_N; i++)
		near[i] = clip(l->again * l->last[i]);
	l->again *= 0.55;
}

void line_pass(struct line *l, const int16_t far[TEL_FRAME_N],
	       int16_t near[TEL_FRAME_N])
{
	if (l->prm.echo_ms)
		add_echo(l, far, near);
	if (l->prm.bed && l->prm.bed->n)
		add_bed(l, near);
	if (l->prm.gsm > 0)
		patch(l, near);
	if (l->prm.loss > 0 && rng_unit(&l->rng) < l->prm.loss)
		memset(near, 0, TEL_FRAME_N * sizeof(*near));
}
