/*
 * bands: the cheap speech detector that raises the first suspicion. Six bands
 * of 250-3,440 Hz, each against its own minimum statistics (8 x 240 ms); the
 * mean of the best three band SNRs decides: on above 9 dB, off below 5.4 dB.
 * About 3 µs per 20 ms frame. False alarms on music and other talkers are
 * expected: Silero decides (include/speech.h, vadh). Keys and other tones are
 * known as such and raise none.
 */
#ifndef AUDIO_BANDS_H
#define AUDIO_BANDS_H

#include "base/base.h"

struct bands {
	float state[6][4];
	float min[6][8];
	float cur[6];
	float level[6]; /* smoothed power */
	int in_block, block, frames;
	uint32_t history; /* one bit a frame, newest lowest */
	uint32_t loud;	  /* … louder than the gate */
	bool on, suspect;
};

void bands_init(struct bands *b);

struct bands_out {
	bool on;	  /* this frame looks like speech */
	bool suspect;	  /* 140 of the last 200 ms were on, 80 of them loud:
			   * rising edge */
	bool tone;	  /* it is a tone (tone.h), so it is not on */
	float level_dbov; /* of this frame; 0 = full scale square */
};

/** 160 samples at 8 kHz; what is not above gate_dbov may be our own echo. */
struct bands_out bands_frame(struct bands *b, const int16_t pcm[160],
			     float gate_dbov);

#endif
