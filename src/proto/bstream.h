/*
 * bstream: the messages of a call from a browser as values; all of them
 * binary, one a WebSocket message (docs/browser-carrier.md):
 *
 *   0      kind: enum bstream_kind
 *   1      version, 1
 *   2..3   sequence of this side's media, from 0, big-endian, wraps
 *   4..7   timestamp in samples of 48 kHz since its first, big-endian, wraps
 *   8..    START: JSON with "token"; MEDIA: one bare Opus packet;
 *          MARK: name; DTMF: one key; CLEAR, STOP: nothing
 *
 * A packet stands alone as WebCodecs makes and takes it: no Ogg, no OpusHead.
 */
#ifndef PROTO_BSTREAM_H
#define PROTO_BSTREAM_H

#include "carrier.h"

enum bstream_kind {
	BSTREAM_START = 1, /* browser to us */
	BSTREAM_MEDIA,
	BSTREAM_MARK,  /* from us: set here; back: was played up to here */
	BSTREAM_CLEAR, /* from us */
	BSTREAM_DTMF,  /* browser to us, and so is STOP */
	BSTREAM_STOP,
};

enum {
	BSTREAM_VERSION = 1,
	BSTREAM_HEAD = 8,
	BSTREAM_RATE_HZ = 48000, /* RFC 6716: Opus counts at this rate */
	BSTREAM_NAME_MAX = 64,
	BSTREAM_START_MAX = 1024,
	BSTREAM_PACKET_MAX = 1275, /* RFC 6716, 3.4: one frame's most */
};

/**
 * 0, -EBADMSG not this protocol, -ENOTSUP a kind that we do not know: skip
 * it. Slices point into in; there is no stream id: a socket has one stream.
 */
int bstream_parse(struct carrier_msg *m, struct sv in);

/* Ours to the browser: each appends one whole message (out->err tells). */
void bstream_media(struct buf *out, struct sv stream, uint32_t seq,
		   const struct frame *f);
void bstream_mark(struct buf *out, struct sv stream, struct sv name);
void bstream_clear(struct buf *out, struct sv stream);

#endif
