#include "channel.h"

#include <math.h>
#include <stdlib.h>

#define FULL 32768.0
#define BLOCK (TEL_RATE_HZ / 200) /* 5 ms */
#define TAPS 257

void rng_seed(struct rng *r, uint64_t seed)
{
	r->s = seed * 0x9e3779b97f4a7c15ull + 0x6a09e667f3bcc909ull;
	for (int i = 0; i < 8; i++)
		rng_next(r);
}

uint64_t rng_next(struct rng *r)
{
	uint64_t z;

	r->s += 0x9e3779b97f4a7c15ull; /* splitmix64 */
	z = r->s;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) / 9007199254740992.0;
}

static int16_t clip(double v)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, v)));
}

/* Linear phase: the delay of half the taps is taken out. */
static int fir(struct pcm *p, const double *h, int taps)
{
	int16_t *out = malloc((p->n + 1) * sizeof(*out));
	long half = taps / 2, n = (long)p->n;

	if (!out)
		return -ENOMEM;
	for (long i = 0; i < n; i++) {
		double acc = 0;

		for (long k = -half; k <= half; k++)
			if (i + k >= 0 && i + k < n)
				acc += h[k + half] * p->s[i + k];
		out[i] = clip(acc);
	}
	free(p->s);
	p->s = out;
	return 0;
}

static void band_taps(double *h, double lo_hz, double hi_hz)
{
	const long half = TAPS / 2;

	for (long k = -half; k <= half; k++) {
		double a = 2 * M_PI * lo_hz / TEL_RATE_HZ,
		       b = 2 * M_PI * hi_hz / TEL_RATE_HZ;
		double ideal = k ? (sin(b * k) - sin(a * k)) / (M_PI * k)
				 : (b - a) / M_PI;
		double x = M_PI * (double)k / (double)(half + 1);

		h[k + half] = ideal * (0.54 + 0.46 * cos(x));
	}
}

int channel_band(struct pcm *p)
{
	double h[TAPS];

	band_taps(h, 300, 3400);
	return fir(p, h, TAPS);
}

static double power(const int16_t *s, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)s[i] * s[i];
	return n ? sum / (double)n : 0;
}

static double loudest(const int16_t *s, size_t n)
{
	double max = 0;

	for (size_t i = 0; i + BLOCK <= n; i += BLOCK)
		max = fmax(max, power(s + i, BLOCK));
	return max;
}

void channel_trim(struct pcm *p)
{
	/* 40 dB below the loudest 5 ms nobody hears anything on a line. */
	double floor = loudest(p->s, p->n) * 1e-4;
	size_t a = 0, b = p->n;

	while (a + BLOCK < b && power(p->s + a, BLOCK) <= floor)
		a += BLOCK;
	while (b > a + BLOCK && power(p->s + b - BLOCK, BLOCK) <= floor)
		b -= BLOCK;
	memmove(p->s, p->s + a, (b - a) * sizeof(*p->s));
	p->n = b - a;
}

double channel_dbov(const int16_t *s, size_t n)
{
	const size_t step = TEL_FRAME_N;
	double max = 0, sum = 0, used = 0;

	for (size_t i = 0; i + step <= n; i += step)
		max = fmax(max, power(s + i, step));
	for (size_t i = 0; i + step <= n; i += step) {
		double v = power(s + i, step);

		/* pauses between words do not count: 25 dB down */
		if (v > max * 0.00316) {
			sum += v;
			used += 1;
		}
	}
	if (used < 1 || sum <= 0)
		return -100;
	return 10 * log10(sum / used / (FULL * FULL));
}

static void gain(struct pcm *p, double db)
{
	double g = pow(10, db / 20);

	for (size_t i = 0; i < p->n; i++)
		p->s[i] = clip(p->s[i] * g);
}

void channel_level(struct pcm *p, double dbov)
{
	double now = channel_dbov(p->s, p->n);

	if (now > -99)
		gain(p, dbov - now);
}

void channel_scale(struct pcm *p, double dbov)
{
	double v = power(p->s, p->n);

	if (v > 0)
		gain(p, dbov - 10 * log10(v / (FULL * FULL)));
}

int channel_noise_parse(enum channel_noise *out, const char *name)
{
	static const char *const names[] = {"none", "pink", "van", "babble",
					    "radio"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i])) {
			*out = (enum channel_noise)i;
			return 0;
		}
	return -EINVAL;
}

/* Seven rows of random numbers, each half as often as the one before. */
static double pink(struct rng *r, double row[7], uint32_t i)
{
	double sum = rng_unit(r) - 0.5;

	for (int k = 0; k < 7; k++) {
		if (!(i & ((1u << k) - 1)))
			row[k] = rng_unit(r) - 0.5;
		sum += row[k];
	}
	return sum;
}

/* A pop song of sorts: four chords, a bass, a drum on each beat. */
static double music(double t, double hiss)
{
	static const double chords[4][3] = {{262, 330, 392},
					    {220, 262, 330},
					    {349, 440, 523},
					    {392, 494, 587}};
	double beat = t * 2, in_beat = beat - floor(beat), v;
	const double *c = chords[(int)(beat / 4) % 4];
	double note = c[(int)(beat * 2) % 3] * 2, in_note = fmod(beat * 2, 1);

	v = 0.25 * (sin(2 * M_PI * c[0] * t) + sin(2 * M_PI * c[1] * t) +
		    sin(2 * M_PI * c[2] * t));
	v += 0.5 * exp(-3 * in_note) *
	     (sin(2 * M_PI * note * t) + 0.5 * sin(4 * M_PI * note * t) +
	      0.25 * sin(6 * M_PI * note * t));
	v += 0.4 * sin(2 * M_PI * c[0] / 2 * t);
	return v + hiss * exp(-14 * in_beat);
}

static double van(double t, double v, double *low)
{
	/* rolling tyres, and an engine with its harmonics */
	*low += 0.15 * (v - *low);
	return *low * 3 + 0.4 * sin(2 * M_PI * 93 * t) +
	       0.3 * sin(2 * M_PI * 186 * t) + 0.2 * sin(2 * M_PI * 372 * t);
}

int channel_noise(struct pcm *out, enum channel_noise kind, size_t n,
		  double dbov, uint64_t seed)
{
	struct pcm p = {.n = n};
	double row[7] = {0}, low = 0;
	struct rng r;
	int err;

	if (kind != NOISE_PINK && kind != NOISE_VAN && kind != NOISE_RADIO)
		return -EINVAL;
	p.s = malloc((n + 1) * sizeof(*p.s));
	if (!p.s)
		return -ENOMEM;
	rng_seed(&r, seed);
	for (size_t i = 0; i < n; i++) {
		double t = (double)i / TEL_RATE_HZ, v = pink(&r, row, i);

		if (kind == NOISE_VAN)
			v = van(t, v, &low);
		else if (kind == NOISE_RADIO)
			v = music(t, v);
		p.s[i] = clip(v * 3000);
	}
	err = channel_band(&p);
	if (err) {
		pcm_fini(&p);
		return err;
	}
	channel_scale(&p, dbov);
	*out = p;
	return 0;
}

void channel_mix(struct pcm *p, const struct pcm *b, double g)
{
	for (size_t i = 0; i < p->n && b->n; i++)
		p->s[i] = clip(p->s[i] + g * b->s[i % b->n]);
}

int channel_mumble(struct pcm *p, double amount, uint64_t seed)
{
	size_t cap = p->n + p->n / 4 + 2;
	int16_t *out = malloc(cap * sizeof(*out));
	double h[TAPS], at = 0, phase;
	struct rng r;
	size_t n = 0;

	if (!out)
		return -ENOMEM;
	rng_seed(&r, seed);
	phase = 2 * M_PI * rng_unit(&r);
	/* words drag and hurry by turns, about once in 700 ms */
	while (n < cap && at + 1 < (double)p->n) {
		size_t i = (size_t)at;
		double f = at - (double)i;

		out[n] = clip(p->s[i] * (1 - f) + p->s[i + 1] * f);
		at += 1 + 0.12 * amount *
				  sin(2 * M_PI * 1.4 * (double)n / TEL_RATE_HZ +
				      phase);
		n++;
	}
	free(p->s);
	*p = (struct pcm){out, n};
	band_taps(h, 300, 3400 - 1700 * amount);
	return fir(p, h, TAPS);
}

int channel_throat(struct pcm *p, double size)
{
	return clip_resample(p, (unsigned)lrint(TEL_RATE_HZ / size));
}
