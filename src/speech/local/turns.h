/*
 * turns: from the probability of speech in each 32 ms window to utterances.
 * Pure: positions in, events out, in samples at 8 kHz.
 *
 * An utterance begins when 100 of the last 140 ms were speech (0.5); its start
 * is where the probability began to rise (0.1), for on a noisy line it takes up
 * to 350 ms until it is sure. It ends when the hang-over passed without any
 * window above 0.35; sooner when the text so far is complete. It is cut at max_n, and the rest is an utterance of its
 * own.
 */
#ifndef SPEECH_LOCAL_TURNS_H
#define SPEECH_LOCAL_TURNS_H

#include "base/base.h"

enum { TURNS_WINDOW_N = 256 };

enum turns_event {
	TURNS_NONE,
	TURNS_BEGAN,
	TURNS_PAUSE,   /* silent for pause_n: perhaps the end */
	TURNS_RESUMED, /* it was not: speech again after the pause */
	TURNS_ENDED,
};

struct turns {
	int pause_n;	/* 200 ms */
	int hangover_n; /* may change at any time */
	int early_n;	/* ends this pause sooner; 0: does not */
	int64_t max_n;	/* 20 s */

	int64_t pos_n;	 /* end of the last window */
	int64_t start_n; /* where this utterance began */
	int64_t end_n;	 /* where its last speech ended */
	int speech_n;	 /* how much of it was speech */
	int64_t rise_n;	 /* where the speech that may begin one began */
	int64_t faint_n; /* end of the last window without any */
	uint32_t frames; /* 20 ms each, newest lowest */
	bool talking, paused;
	bool cut; /* the utterance before was cut here */
};

void turns_init(struct turns *t);

/** The next window of TURNS_WINDOW_N samples. */
enum turns_event turns_window(struct turns *t, float probability);

#endif
