#include "sound.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/callsim/synth.h"

#define SPEECH_DBOV (-20.0)
#define MS_N 8
#define NOISE_S 30

static int add(struct sounds *s, struct pcm *p, const char *name)
{
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct pcm *v;
	char(*names)[48];

	if (s->n == s->cap) {
		v = realloc(s->v, cap * sizeof(*v));
		names = v ? realloc(s->name, cap * sizeof(*names)) : NULL;
		s->v = v ? v : s->v;
		if (!names)
			return -ENOMEM;
		s->name = names;
		s->cap = cap;
	}
	snprintf(s->name[s->n], sizeof(s->name[0]), "%.47s", name);
	s->v[s->n++] = *p;
	*p = (struct pcm){0};
	return 0;
}

/* FNV-1a: the same files on every machine. */
static enum sound_set set_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return (h >> 7) % 3 ? SOUND_SHOW : SOUND_TUNE;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_wav(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".wav") &&
	       !strstr(name, "tone") && !strstr(name, "beep") &&
	       !strstr(name, "monkey");
}

static int treat(struct pcm *p)
{
	int err = channel_band(p);

	if (!err) {
		channel_trim(p);
		channel_level(p, SPEECH_DBOV);
	}
	return err;
}

int sound_load(struct sounds *out, const char *dir, enum sound_set set,
	       double min_s, double max_s)
{
	char path[512], why[128];
	struct dirent **list;
	struct pcm p;
	int n, err = 0;

	snprintf(path, sizeof(path), "%s/%s", SOUND_DIR, dir);
	n = scandir(path, &list, NULL, by_name);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		snprintf(path, sizeof(path), "%s/%s/%.200s", SOUND_DIR, dir,
			 name);
		if (!err && is_wav(name) && set_of(name) == set &&
		    !clip_read(&p, path, why, sizeof(why))) {
			double s = (double)p.n / TEL_RATE_HZ;

			err = s >= min_s && s <= max_s ? treat(&p) : 0;
			if (!err && s >= min_s && s <= max_s)
				err = add(out, &p, name);
			pcm_fini(&p);
		}
		free(list[i]);
	}
	free(list);
	return err;
}

int sound_say(struct sounds *out, const char *voice, const char *text)
{
	const struct synth_voice v = {.name = voice, .rate = 1, .pitch = 1};
	char why[256] = "";
	struct pcm p;
	int err =
		synth_get(&p, "var/cache/callsim", &v, text, why, sizeof(why));

	if (err) {
		fprintf(stderr, "bench-speech: %s: %s\n", voice, why);
		return err;
	}
	channel_trim(&p);
	channel_level(&p, SPEECH_DBOV);
	err = add(out, &p, text);
	pcm_fini(&p);
	return err;
}

void sound_free(struct sounds *s)
{
	for (size_t i = 0; i < s->n; i++)
		pcm_fini(&s->v[i]);
	free(s->v);
	free(s->name);
	*s = (struct sounds){0};
}

int sound_join(struct pcm *out, const struct sounds *s, uint64_t seed)
{
	const size_t pause_n = 450 * MS_N;
	size_t n = 0, at = 0;
	struct rng r;

	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].n + pause_n;
	out->s = calloc(n + 1, sizeof(*out->s));
	if (!out->s)
		return -ENOMEM;
	rng_seed(&r, seed);
	for (size_t i = 0; i < s->n; i++) {
		memcpy(out->s + at, s->v[i].s, s->v[i].n * sizeof(*out->s));
		at += s->v[i].n + 150 * MS_N + rng_next(&r) % (300 * MS_N);
	}
	out->n = at;
	return 0;
}

/* Five talkers at once, each from another place. */
static int babble(struct pcm *out, const struct sounds *people, uint64_t seed)
{
	struct pcm all;
	struct rng r;
	int err = sound_join(&all, people, seed);

	if (err)
		return err;
	rng_seed(&r, seed + 1);
	for (int k = 0; k < 5 && all.n; k++) {
		size_t from = rng_next(&r) % all.n;

		for (size_t i = 0; i < out->n; i++)
			out->s[i] = (int16_t)(out->s[i] +
					      all.s[(from + i) % all.n] / 4);
	}
	pcm_fini(&all);
	return 0;
}

static int music(struct pcm *out, enum sound_set set, uint64_t seed)
{
	/* two of Debian's five pieces to tune, three for figures */
	static const char *const piece[2][3] = {
		{"macroform-cold_day", "reno_project-system",
		 "macroform-cold_day"},
		{"macroform-robot_dity", "macroform-the_simplicity",
		 "manolo_camp-morning_coffee"}};
	char path[256], why[128];
	struct pcm p;
	int err;

	snprintf(path, sizeof(path), SOUND_DIR "/moh/%s.wav",
		 piece[set == SOUND_SHOW][seed % 3]);
	err = clip_read(&p, path, why, sizeof(why));
	if (err) {
		fprintf(stderr, "bench-speech: %s: %s\n", path, why);
		return err;
	}
	for (size_t i = 0; i < out->n; i++)
		out->s[i] = p.s[(i + 8000 * 10) % p.n];
	pcm_fini(&p);
	return channel_band(out);
}

int sound_noise(struct pcm *out, enum sound_noise kind, double dbov,
		const struct sounds *people, enum sound_set set, uint64_t seed)
{
	struct pcm p = {.n = (size_t)NOISE_S * TEL_RATE_HZ};
	int err;

	if (kind == SOUND_QUIET || kind == SOUND_PINK || kind == SOUND_VAN)
		return channel_noise(out,
				     kind == SOUND_VAN ? NOISE_VAN : NOISE_PINK,
				     p.n, dbov, seed);
	p.s = calloc(p.n, sizeof(*p.s));
	if (!p.s)
		return -ENOMEM;
	err = kind == SOUND_BABBLE ? babble(&p, people, seed)
				   : music(&p, set, seed);
	if (err) {
		pcm_fini(&p);
		return err;
	}
	channel_scale(&p, dbov);
	*out = p;
	return 0;
}

/* An explosion of breath, then a rough voice that dies away. */
static void cough(struct pcm *p, struct rng *r)
{
	double low = 0, high = 0, len = (double)p->n;

	for (size_t i = 0; i < p->n; i++) {
		double t = (double)i, v = rng_unit(r) * 2 - 1;
		double open = fmin(t / 40, 1) * exp(-4 * t / len);

		low += .35 * (v - low);
		high = v - low;
		v = low * 2 + high * .5 +
		    .6 * sin(2 * M_PI * 180 * t / TEL_RATE_HZ +
			     3 * sin(2 * M_PI * 31 * t / TEL_RATE_HZ));
		p->s[i] = (int16_t)lrint(9000 * open * v);
	}
}

int sound_short(struct pcm *out, enum sound_short kind, struct rng *r)
{
	static const double low[] = {697, 770, 852, 941},
			    high[] = {1209, 1336, 1477};
	static const int ms[] = {[SOUND_COUGH] = 180, 20, 120};
	double f1 = low[rng_next(r) % 4], f2 = high[rng_next(r) % 3];
	struct pcm p = {.n = (size_t)(ms[kind] + (int)(rng_unit(r) * 60)) *
			     MS_N};

	p.s = calloc(p.n + 1, sizeof(*p.s));
	if (!p.s)
		return -ENOMEM;
	if (kind == SOUND_COUGH)
		cough(&p, r);
	for (size_t i = 0; i < p.n && kind == SOUND_CLICK; i++)
		p.s[i] = (int16_t)(20000 * exp(-(double)i / 30) *
				   (rng_unit(r) * 2 - 1));
	for (size_t i = 0; i < p.n && kind == SOUND_KEY; i++)
		p.s[i] = (int16_t)(3000 *
				   (sin(2 * M_PI * f1 * (double)i / 8000) +
				    sin(2 * M_PI * f2 * (double)i / 8000)));
	*out = p;
	return 0;
}
