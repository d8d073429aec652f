/*
 * The audio of a caller: what they say, and what is behind them.
 */
#include <stdlib.h>

#include "caller.h"
#include "synth.h"

#define BED_N ((size_t)10 * TEL_RATE_HZ)
/* Who mumbles speaks faintly: so much weaker at the worst. */
#define MUMBLE_DB 8

static int prepare_utter(struct utter *u, const struct caller *c,
			 const char *cache_dir, uint64_t seed, char *why,
			 size_t why_size)
{
	const struct synth_voice v = {
		.name = u->voice ? u->voice : c->voice,
		.rate = c->rate,
		.pitch = c->pitch,
		.base_dir = c->base_dir,
	};
	double level = c->line.level_db - MUMBLE_DB * c->mumble;
	int err;

	if (!u->text || u->pcm.s)
		return 0;
	err = synth_get(&u->pcm, cache_dir, &v, u->text, why, why_size);
	if (!err && c->mumble > 0)
		err = channel_mumble(&u->pcm, c->mumble, seed);
	if (!err && level != SYNTH_DBOV)
		channel_level(&u->pcm, level);
	return err;
}

/* People who talk at once, each another sentence, over the whole of out. */
static int talkers(struct pcm *out, size_t people, double gain,
		   const char *cache_dir, char *why, size_t why_size)
{
	static const char *const voices[] = {"en-us+f1", "en-us+m1",
					     "en+f2",	 "en-us+m3",
					     "en+f4",	 "en-us+m7"};
	static const char *const says[] = {
		"So I told her that the party was on Saturday and not on "
		"Sunday, and she laughed and said she knew that all along.",
		"The second train was late again, we waited half an hour "
		"in the rain before somebody told us about the bus.",
		"If you take the old road behind the church you will see "
		"the lake, and from there it is only a short walk.",
		"He bought three of them last week, and now they are half "
		"the price, can you believe it, half the price.",
		"Put the flour in first, then the eggs and the milk, and "
		"do not stop until it is smooth.",
		"They painted the whole kitchen yellow, and I must say it "
		"looks much better than I thought it would.",
	};
	int err;

	for (size_t i = 0; i < MIN(people, ARRAY_LEN(voices)); i++) {
		char name[64];
		struct synth_voice v = {name, 0.9 + 0.05 * (double)i, 1, NULL};
		struct pcm p;

		snprintf(name, sizeof(name), "espeak-ng:%s", voices[i]);
		err = synth_get(&p, cache_dir, &v, says[i], why, why_size);
		if (err)
			return err;
		channel_mix(out, &p, gain);
		pcm_fini(&p);
	}
	return 0;
}

static int make_bed(struct pcm *out, enum channel_noise kind, double dbov,
		    const char *cache_dir, uint64_t seed, char *why,
		    size_t why_size)
{
	int err;

	if (kind != NOISE_BABBLE) {
		err = channel_noise(out, kind, BED_N, dbov, seed);
		/* somebody reads the news over the music */
		if (err || kind != NOISE_RADIO)
			return err;
		channel_scale(out, -26);
		err = talkers(out, 1, 0.3, cache_dir, why, why_size);
	} else {
		*out = (struct pcm){calloc(BED_N, sizeof(*out->s)), BED_N};
		if (!out->s)
			return -ENOMEM;
		err = talkers(out, 8, 1.0 / 6, cache_dir, why, why_size);
	}
	channel_scale(out, dbov);
	return err;
}

static int prepare_bed(struct caller *c, const char *cache_dir, uint64_t seed,
		       char *why, size_t why_size)
{
	struct pcm more = {0};
	int err = 0;

	if (c->line.bed.s)
		return 0;
	if (c->line.noise)
		err = make_bed(&c->line.bed, c->line.noise, c->line.noise_db,
			       cache_dir, seed, why, why_size);
	if (!err && c->line.more_noise)
		err = make_bed(&more, c->line.more_noise, c->line.more_noise_db,
			       cache_dir, seed + 1, why, why_size);
	if (!err && more.s && c->line.bed.s) {
		channel_mix(&c->line.bed, &more, 1);
	} else if (!err && more.s) {
		c->line.bed = more;
		more = (struct pcm){0};
	}
	pcm_fini(&more);
	return err;
}

int caller_prepare(struct caller *c, const char *cache_dir, uint64_t seed,
		   char *why, size_t why_size)
{
	int err = 0;

	why[0] = '\0';
	for (size_t i = 0; i < c->nturns && !err; i++)
		err = prepare_utter(&c->turns[i].utter, c, cache_dir, seed, why,
				    why_size);
	for (size_t i = 0; i < c->nanswers && !err; i++)
		for (size_t k = 0; k < c->answers[i].ndoes && !err; k++)
			err = prepare_utter(&c->answers[i].does[k].utter, c,
					    cache_dir, seed, why, why_size);
	for (size_t i = 0; i < c->nowners && !err; i++)
		err = prepare_utter(&c->owners[i].says, c, cache_dir, seed, why,
				    why_size);
	if (!err)
		err = prepare_bed(c, cache_dir, seed, why, why_size);
	if (err && !why[0])
		snprintf(why, why_size, "%s", strerror(-err));
	return err;
}
