/*
 * mstream: the messages of a Twilio media stream as values. Media comes 50
 * times a second per call: what looks as usual is read in one pass without
 * heap, anything else (escapes, repeated keys, other types …) by the general
 * parser, with the same result.
 */
#ifndef PROTO_MSTREAM_H
#define PROTO_MSTREAM_H

#include "carrier.h"

/**
 * Reads one message. 0, -EBADMSG not this protocol, -ENOTSUP a kind that we
 * do not know: skip it, -ENOMEM. Slices point into in; those of an unusual
 * message live until the next call in this thread.
 */
int mstream_parse(struct carrier_msg *m, struct sv in);

/** The same by the general parser alone: slower, and the reference. */
int mstream_parse_tree(struct carrier_msg *m, struct sv in);

/* Ours to the carrier: each appends one whole message (out->err tells). */
void mstream_media(struct buf *out, struct sv stream, const uint8_t *data,
		   size_t len);
void mstream_mark(struct buf *out, struct sv stream, struct sv name);
void mstream_clear(struct buf *out, struct sv stream);

#endif
