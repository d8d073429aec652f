/*
 * sound: what the suite is made of. Recordings of four people (the prompts of
 * Debian's Asterisk packages), voices that are made here, noises. A file
 * belongs either to the material for tuning or to that for figures, by its
 * name: what was tuned to is never what is told.
 */
#ifndef BENCH_SOUND_H
#define BENCH_SOUND_H

#include "tools/callsim/channel.h"
#include "tools/callsim/clip.h"

#define SOUND_DIR "/usr/share/asterisk"

enum sound_set { SOUND_TUNE, SOUND_SHOW };

struct sounds {
	struct pcm *v;
	char (*name)[48];
	size_t n, cap;
};

/**
 * Adds the recordings in dir (below SOUND_DIR) that last min_s to max_s and
 * belong to set: telephone band, cut at first and last sound, -20 dBov. 0 or
 * -errno.
 */
int sound_load(struct sounds *out, const char *dir, enum sound_set set,
	       double min_s, double max_s);
/** Adds text said by a voice of synth.h, same treatment. */
int sound_say(struct sounds *out, const char *voice, const char *text);
void sound_free(struct sounds *s);

/** All of them one behind the other with pauses of 150 to 450 ms. */
int sound_join(struct pcm *out, const struct sounds *s, uint64_t seed);

/** A noise that goes on: a loop of n samples at dbov. */
enum sound_noise {
	SOUND_QUIET, /* a line's own: -68 dBov */
	SOUND_PINK,
	SOUND_VAN,
	SOUND_BABBLE, /* five people */
	SOUND_MUSIC,  /* on hold */
	SOUND_NOISES
};
int sound_noise(struct pcm *out, enum sound_noise kind, double dbov,
		const struct sounds *people, enum sound_set set, uint64_t seed);

/** Short ones, 0.1 to 0.4 s: cough, click, a key (DTMF). */
enum sound_short { SOUND_COUGH, SOUND_CLICK, SOUND_KEY };
int sound_short(struct pcm *out, enum sound_short kind, struct rng *r);

#endif
