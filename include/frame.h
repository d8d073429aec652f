/*
 * frame: a lent slice of one leg's audio with its place in the call.
 *
 * Positions count samples of the stream's rate from the first sample of the
 * call (64 bits, never milliseconds, never arrival time). Who keeps the bytes
 * after the call returns copies them.
 */
#ifndef FRAME_H
#define FRAME_H

#include "base/base.h"

enum codec_id {
	CODEC_ULAW,
	CODEC_ALAW,
	CODEC_L16,	/* 16-bit samples, little-endian */
	CODEC_L16BE,	/* … as RTP has them (RFC 3551, 4.5.11) */
	CODEC_OPUS,	/* one bare packet, no Ogg */
};

struct frame {
	const uint8_t *data;
	size_t len;		/* bytes */
	int64_t at_n;		/* position of the first sample */
	uint32_t n;		/* samples */
	enum codec_id codec;
};

/* Telephone audio: 8 kHz, one byte a sample, 20 ms a frame. */
#define TEL_RATE_HZ 8000
#define TEL_FRAME_N 160
#define ULAW_SILENCE 0xff

#endif
