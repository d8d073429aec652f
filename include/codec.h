/*
 * codec: turns bytes into 16-bit samples and back. One const struct per
 * codec in codecs/, listed in codecs/all.c. Nothing here allocates: the state
 * of one direction of one stream stands in memory that the caller gives,
 * aligned as malloc() does, and lives through the whole stream.
 *
 * Sample codecs (sample_len > 0) take and give any number of samples; their
 * state only serves concealment, so who never conceals passes NULL. Packet
 * codecs (sample_len 0) take one whole packet a call and need their state.
 */
#ifndef CODEC_H
#define CODEC_H

#include "frame.h"

enum codec_dir { CODEC_DECODE, CODEC_ENCODE };

struct codec {
	const char *name;
	enum codec_id id;
	const unsigned *rates_hz;	/* that init() takes; 0 at the end */
	unsigned sample_len;		/* bytes a sample; 0: packets */
	uint8_t silence;		/* sample codecs: silence is this byte */
	/** Bytes of state; 0: none. */
	size_t (*size)(enum codec_dir dir);
	/** 0, or -EINVAL: not at this rate. */
	int (*init)(void *state, enum codec_dir dir, unsigned rate_hz);
	/** As after init(): what came before no longer matters. */
	void (*reset)(void *state);
	/** Samples that decode() will make of it, or -EBADMSG. */
	int (*count)(const uint8_t *in, size_t len, unsigned rate_hz);
	/** Samples written to out (room for max), or -EBADMSG, -ENOSPC. */
	int (*decode)(void *state, int16_t *out, size_t max,
		      const uint8_t *in, size_t len);
	/**
	 * Bytes written to out (room for max), or -ENOSPC; a packet codec
	 * wants room for CODEC_PACKET_MAX, and 10, 20, 40 or 60 ms (-EINVAL).
	 */
	int (*encode)(void *state, uint8_t *out, size_t max, const int16_t *in,
		      size_t n);
	/**
	 * Makes up n samples of lost audio (a multiple of 10 ms, up to 60)
	 * that join what decode() gave last; fades out when called again and
	 * again. next (or NULL): the packet that follows the loss, not yet
	 * decoded, which may hold a copy of what was lost. 0 or -EINVAL.
	 */
	int (*conceal)(void *state, int16_t *out, size_t n,
		       const uint8_t *next, size_t next_len);
};

/* No packet is longer (RFC 6716, 3.4: a frame of Opus); ours are ~60 bytes. */
#define CODEC_PACKET_MAX 1275
/* No packet holds more time (RFC 6716, 3.2.5). */
#define CODEC_PACKET_MAX_MS 120

extern const struct codec *const codec_all[];	/* NULL at the end */

const struct codec *codec_find(enum codec_id id);
/** Is rate_hz one of c's? */
bool codec_has_rate(const struct codec *c, unsigned rate_hz);
/**
 * Allocates and initialises a state; free() releases it. *out is NULL when
 * there is none. 0, -EINVAL rate, -ENOMEM.
 */
int codec_state_new(void **out, const struct codec *c, enum codec_dir dir,
		    unsigned rate_hz);

/* G.711 by table, for where a call through the struct costs too much. */
extern const int16_t ulaw_to_lin[256];
uint8_t lin_to_ulaw(int16_t s);

#endif
