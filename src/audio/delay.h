/*
 * delay: how late our own voice comes back, if it does. The ups and downs of
 * three bands (0.5-1, 1-2, 2-4 kHz), in steps of 10 ms, are held against
 * those of what was played before: an echo follows them whatever the phone,
 * the codec and the room did to it. A few multiplications per step, so that
 * it may watch every call.
 */
#ifndef AUDIO_DELAY_H
#define AUDIO_DELAY_H

#include "base/base.h"

enum {
	DELAY_STEP_N = 80, /* 10 ms */
	DELAY_LAGS = 64,   /* 0 … 630 ms */
	DELAY_BANDS = 3,
};

struct delay_side {
	float floor_db[DELAY_BANDS], mean[DELAY_BANDS];
	float z[DELAY_LAGS][DELAY_BANDS]; /* deviations, ring by step */
	float on[DELAY_LAGS];		  /* anything above the floor */
};

struct delay {
	struct delay_side near, far;
	float cross[DELAY_LAGS], far_power[DELAY_LAGS], near_power;
	int64_t steps;
	unsigned active; /* steps in which we spoke, at most INT_MAX / 2 */
};

void delay_init(struct delay *d);

/** 10 ms of both sides, at 8 kHz. */
void delay_step(struct delay *d, const int16_t near[DELAY_STEP_N],
		const int16_t far[DELAY_STEP_N]);

/** Likeness of the best lag, 0 to 1; *ms: that lag. 0: nothing known yet. */
float delay_best(const struct delay *d, int *ms);

#endif
