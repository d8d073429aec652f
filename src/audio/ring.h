/*
 * ring: the last seconds of one leg's audio by sample position, so that a
 * recogniser that connects late, or takes over, hears what came before.
 */
#ifndef AUDIO_RING_H
#define AUDIO_RING_H

#include "base/base.h"

struct ring {
	uint8_t *p;
	size_t cap;	 /* samples, one byte each */
	int64_t end_n;	 /* position behind the newest sample */
	int64_t begin_n; /* oldest position that is still held */
};

/** 0 or -ENOMEM. */
int ring_init(struct ring *r, size_t cap_n);
void ring_fini(struct ring *r);

/** Appends; at_n must be end_n unless the ring is empty or audio jumped
 * ahead: then what was held is dropped. */
void ring_put(struct ring *r, int64_t at_n, const uint8_t *data, size_t n);

/**
 * Copies up to max samples from position at_n on. Returns how many (0: at_n is
 * the end); a position that is no longer held moves up to the oldest, told
 * through *at_n.
 */
size_t ring_get(const struct ring *r, int64_t *at_n, uint8_t *out, size_t max);

#endif
