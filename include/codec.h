/*
 * codec: turns bytes into 16-bit samples and back. One const struct per
 * codec in codecs/, listed in codecs/all.c. State is per direction; stateless
 * codecs have state_size 0.
 */
#ifndef CODEC_H
#define CODEC_H

#include "frame.h"

struct codec {
	const char *name;
	enum codec_id id;
	unsigned rate_hz;
	size_t state_size;
	/** Samples written to out (room for max), or -EBADMSG, -ENOSPC. */
	int (*decode)(void *state, int16_t *out, size_t max,
		      const uint8_t *in, size_t len);
	/** Bytes written to out (room for max), or -ENOSPC. */
	int (*encode)(void *state, uint8_t *out, size_t max, const int16_t *in,
		      size_t n);
};

extern const struct codec *const codec_all[];	/* NULL at the end */

const struct codec *codec_find(enum codec_id id);

/* G.711 by table, for where a call through the struct costs too much. */
extern const int16_t ulaw_to_lin[256];
uint8_t lin_to_ulaw(int16_t s);

#endif
