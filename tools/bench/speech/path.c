#include "path.h"

#include <math.h>
#include <stdlib.h>

#include <gsm.h>

enum { N = 160, RING = 8192, TAPS_MAX = 640, MS_N = 8 };

struct path {
	struct path_prm prm;
	struct rng rng;
	size_t bed_n;
	double h[TAPS_MAX];
	int taps;
	double ring[RING];
	int64_t at;
	gsm coder[2], decoder[2]; /* to him, from him */
};

/* Reflections that die away; a speakerphone's room is longer. */
static void response(struct path *p)
{
	int ms = p->prm.echo == PATH_HYBRID ? 12 : 70;
	double sum = 0, g;

	p->taps = ms * MS_N;
	for (int i = 0; i < p->taps; i++) {
		double fade = exp(-5.0 * i / p->taps);

		p->h[i] = (rng_unit(&p->rng) * 2 - 1) * fade;
		if (!i)
			p->h[i] += 2; /* the direct way */
		sum += p->h[i] * p->h[i];
	}
	g = pow(10, -p->prm.loss_db / 20) / sqrt(sum);
	for (int i = 0; i < p->taps; i++)
		p->h[i] *= g;
}

int path_new(struct path **out, const struct path_prm *prm, uint64_t seed)
{
	struct path *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->prm = *prm;
	rng_seed(&p->rng, seed);
	if (prm->bed && prm->bed->n)
		p->bed_n = rng_next(&p->rng) % prm->bed->n;
	if (prm->echo != PATH_DRY)
		response(p);
	for (int i = 0; i < 2 && prm->gsm; i++) {
		p->coder[i] = gsm_create();
		p->decoder[i] = gsm_create();
		if (!p->coder[i] || !p->decoder[i]) {
			path_free(p);
			return -ENOMEM;
		}
	}
	*out = p;
	return 0;
}

struct path *path_free(struct path *p)
{
	for (int i = 0; p && i < 2; i++) {
		if (p->coder[i])
			gsm_destroy(p->coder[i]);
		if (p->decoder[i])
			gsm_destroy(p->decoder[i]);
	}
	free(p);
	return NULL;
}

static int16_t clip(double v)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, v)));
}

static void code(struct path *p, int way, int16_t x[N])
{
	gsm_frame f;

	if (!p->prm.gsm)
		return;
	gsm_encode(p->coder[way], x, f);
	gsm_decode(p->decoder[way], f, x);
}

/* A small loudspeaker bends what is loud. */
static double speaker(const struct path *p, double v)
{
	return p->prm.echo == PATH_SPEAKER ? 12000 * tanh(v / 12000) : v;
}

static void echo(struct path *p, const int16_t far[N], int16_t near[N])
{
	int64_t delay = (int64_t)p->prm.delay_ms * MS_N;

	for (int i = 0; i < N; i++) {
		double sum = 0;

		p->ring[(p->at + i) % RING] = speaker(p, far[i]);
		for (int k = 0; k < p->taps; k++) {
			int64_t from = p->at + i - delay - k;

			if (from >= 0)
				sum += p->h[k] * p->ring[from % RING];
		}
		near[i] = clip(near[i] + sum);
	}
}

void path_pass(struct path *p, const int16_t far[N], int16_t near[N])
{
	int16_t heard[N];

	memcpy(heard, far, sizeof(heard));
	code(p, 0, heard);
	if (p->prm.echo != PATH_DRY)
		echo(p, heard, near);
	p->at += N;
	for (int i = 0; i < N && p->prm.bed && p->prm.bed->n; i++)
		near[i] = clip(
			(double)near[i] +
			p->prm.bed->s[(p->bed_n + (size_t)i) % p->prm.bed->n]);
	p->bed_n += N;
	code(p, 1, near);
	if (p->prm.lost > 0 && rng_unit(&p->rng) < p->prm.lost)
		memset(near, 0, N * sizeof(*near));
}
