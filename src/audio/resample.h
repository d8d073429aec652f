/*
 * resample: one stream's change of rate, by speexdsp at quality 3 (2-3 µs per
 * 20 ms frame). One state runs through the whole stream, so that pieces of
 * any length join without a click; reset it only where the stream is cut
 * (clear), else the tail of what was dropped is heard in front of the next.
 * No allocation after resample_new().
 */
#ifndef AUDIO_RESAMPLE_H
#define AUDIO_RESAMPLE_H

#include "base/base.h"

struct resample;

/** 0, -EINVAL (a rate of 0, or over 384 kHz), -ENOMEM. */
int resample_new(struct resample **out, unsigned in_hz, unsigned out_hz);
/** NULL is fine; returns NULL. */
struct resample *resample_free(struct resample *r);
/** Forgets what came before; begins as a new one does. */
void resample_reset(struct resample *r);

/** Room that resample_run() wants for n samples in. */
size_t resample_max(const struct resample *r, size_t n);
/**
 * Takes all n samples. Returns how many were written to out: over a stream
 * in·out_hz/in_hz of them, never one more or less. -ENOSPC: max is below
 * resample_max(), nothing was taken. Equal rates copy.
 */
int resample_run(struct resample *r, const int16_t *in, size_t n, int16_t *out,
		 size_t max);
/** Samples of the output by which it lags the input; 0 for equal rates. */
unsigned resample_delay_n(const struct resample *r);

#endif
