/*
 * line: the way from the caller's mouth to the carrier: what a speakerphone
 * lets back of what was played, the noise of the place, frames that the radio
 * link loses. Pure; chance comes from a seed.
 */
#ifndef CALLSIM_LINE_H
#define CALLSIM_LINE_H

#include "channel.h"

#define LINE_ECHO_MAX_MS 800

struct line_prm {
	const struct pcm *bed; /* looped behind everything; may be empty */
	double loss;	       /* share of frames that are silent instead */
	double gsm;	/* share of frames lost in bursts and patched up */
	int echo_ms;	/* delay of what comes back; 0: no echo */
	double echo_db; /* how much weaker it comes back, > 0 */
};

struct line {
	struct line_prm prm;
	struct rng rng;
	size_t bed_n;
	/* speakerphone: what was played, newest at far_n - 1 */
	int16_t far[LINE_ECHO_MAX_MS * TEL_RATE_HZ / 1000];
	size_t far_n;
	double gain, low, dc;
	/* radio link: in a bad patch; what is played again, ever quieter */
	bool fading;
	int16_t last[TEL_FRAME_N];
	double again;
};

/** prm->bed is lent for as long as the line lives. */
void line_init(struct line *l, const struct line_prm *prm, uint64_t seed);

/** far: played to the caller in these 20 ms; near: said, in and out. */
void line_pass(struct line *l, const int16_t far[TEL_FRAME_N],
	       int16_t near[TEL_FRAME_N]);

#endif
