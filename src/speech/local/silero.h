/*
 * silero: how likely it is that a window of 32 ms holds speech (Silero v6,
 * 16 kHz mode on up-sampled audio: its 8 kHz mode is worse in noise).
 *
 * The model serves all calls; each call has its own state.
 */
#ifndef SPEECH_LOCAL_SILERO_H
#define SPEECH_LOCAL_SILERO_H

#include "speech/local/ort.h"

enum {
	SILERO_WINDOW = 512, /* new samples at 16 kHz */
	SILERO_CONTEXT = 64, /* … behind the last ones of the window before */
	SILERO_STATE = 2 * 128,
};

struct silero;

/* Zero at the start of a call. */
struct silero_state {
	float in[SILERO_CONTEXT + SILERO_WINDOW];
	float state[SILERO_STATE];
};

/** Loads dir's silero_vad_v6.onnx. */
int silero_new(struct silero **out, struct ort *o, const char *dir, char *why,
	       size_t why_size);
struct silero *silero_free(struct silero *v);

/** Probability of speech in 0 … 1 of the next window, or -EIO. */
int silero_window(struct silero *v, struct silero_state *st,
		  const int16_t pcm[SILERO_WINDOW], float *probability);

#endif
