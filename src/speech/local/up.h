/*
 * up: 8 kHz to 16 kHz for the models, which heard no telephone in training.
 * speexdsp, quality 3: simpler ways cost words.
 */
#ifndef SPEECH_LOCAL_UP_H
#define SPEECH_LOCAL_UP_H

#include "base/base.h"

struct up;

/** 0 or -ENOMEM. The filter's delay is taken out. */
int up_new(struct up **out);
struct up *up_free(struct up *u);

/**
 * Feeds n samples; writes what comes out, at most max: 2 n, the first time
 * less by the filter's delay. Returns how many.
 */
size_t up_push(struct up *u, int16_t *out, size_t max, const int16_t *in,
	       size_t n);

/** A whole clip: exactly 2 n samples in -1 … 1. 0 or -ENOMEM. */
int up_clip(float *out, const int16_t *in, size_t n);

#endif
