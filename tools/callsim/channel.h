/*
 * channel: makes studio speech sound like a telephone line: 300-3400 Hz, one
 * level, noise behind it. Pure; chance comes from a seed.
 */
#ifndef CALLSIM_CHANNEL_H
#define CALLSIM_CHANNEL_H

#include "clip.h"

/* A small repeatable generator: same seed, same call. */
struct rng {
	uint64_t s;
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/** 0 <= x < 1 */
double rng_unit(struct rng *r);

/** Band-pass of a telephone line, in place; no delay. 0 or -ENOMEM. */
int channel_band(struct pcm *p);
/** Cuts silence from both ends, so that the ends are where sound is. */
void channel_trim(struct pcm *p);
/** Scales so that the parts with speech have this level. */
void channel_level(struct pcm *p, double dbov);
/** Level of the parts with speech; -100 for silence. 0 = square, full scale. */
double channel_dbov(const int16_t *s, size_t n);

enum channel_noise {
	NOISE_NONE,
	NOISE_PINK,
	NOISE_VAN,
	NOISE_BABBLE,
	NOISE_RADIO,
};

/** "none", "pink", "van", "babble", "radio": 0 or -EINVAL. */
int channel_noise_parse(enum channel_noise *out, const char *name);
/**
 * A loop of n samples of pink or van noise, or of the music of a radio, at
 * dbov (whole level), through the line. 0, -ENOMEM, -EINVAL babble: mix that
 * of voices.
 */
int channel_noise(struct pcm *out, enum channel_noise kind, size_t n,
		  double dbov, uint64_t seed);
/** Scales the whole of p to dbov. */
void channel_scale(struct pcm *p, double dbov);
/** Adds b, looped, to all of p. */
void channel_mix(struct pcm *p, const struct pcm *b, double gain);
/**
 * Speaks less clearly, in place: amount 0 to 1 takes treble away and drags
 * and hurries the words. The level is the caller's business. 0 or -ENOMEM.
 */
int channel_mumble(struct pcm *p, double amount, uint64_t seed);
/**
 * Another throat: size 0.8 is a child's, 1.2 a big man's. The speech gets
 * shorter by the same factor: let the voice speak slower for it. 0, -ENOMEM.
 */
int channel_throat(struct pcm *p, double size);

#endif
