/*
 * path: the line between the caller and the carrier. What is played to him
 * comes back, in a way that a hybrid, a speakerphone or a mobile does it;
 * noise is added; the codec of a mobile (GSM full rate) may be in it, both
 * ways; frames may get lost.
 */
#ifndef BENCH_PATH_H
#define BENCH_PATH_H

#include "sound.h"

enum path_echo { PATH_DRY, PATH_HYBRID, PATH_SPEAKER };

struct path_prm {
	enum path_echo echo;
	double loss_db; /* of the echo */
	int delay_ms;	/* … its first way */
	bool gsm;
	double lost;	       /* share of frames */
	const struct pcm *bed; /* noise, looped; lent */
};

struct path;

int path_new(struct path **out, const struct path_prm *prm, uint64_t seed);
struct path *path_free(struct path *p);

/** far: played to him in these 20 ms; near: what he says, in and out. */
void path_pass(struct path *p, const int16_t far[160], int16_t near[160]);

#endif
