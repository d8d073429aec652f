/*
 * carrier: the wire format of one carrier's media stream, as values. No
 * socket: src/media owns the WebSocket and asks the carrier what its messages
 * mean and how ours are written. One file per carrier in src/carriers and a
 * line in its all.c.
 */
#ifndef CARRIER_H
#define CARRIER_H

#include "base/buf.h"
#include "frame.h"

enum carrier_kind {
	CARRIER_CONNECTED,
	CARRIER_START,
	CARRIER_MEDIA,
	CARRIER_DTMF,
	CARRIER_MARK,
	CARRIER_STOP,
};

/* Every slice points into the message that was parsed. */
struct carrier_msg {
	enum carrier_kind kind;
	struct sv stream;	/* stream id; empty in CONNECTED, and where a
				 * socket has one stream only */
	struct sv account, call;/* START, STOP */
	struct sv params;	/* START: custom parameters, a JSON object */
	struct sv payload;	/* MEDIA: base64; of a binary carrier a packet */
	struct sv track;	/* MEDIA: inbound, outbound */
	int64_t timestamp_ms;	/* MEDIA: since the stream began */
	int64_t at_n;		/* MEDIA, binary: the same in rate_hz samples */
	uint16_t seq;		/* MEDIA, binary: counts packets, wraps */
	struct sv name;		/* MARK */
	char digit;		/* DTMF: 0-9 * # A-D */
};

struct carrier {
	const char *name;	/* as in /ws/voice/{name}/ */
	enum codec_id codec;
	unsigned rate_hz;
	bool binary;		/* all messages are; else all are text */
	/** 0; -EBADMSG not this protocol; -ENOTSUP unknown kind: skip it. */
	int (*parse)(struct carrier_msg *m, struct sv in);
	/*
	 * Each appends one whole message to out (out->err tells). seq counts
	 * the frames sent; f->at_n is in samples of rate_hz.
	 */
	void (*media)(struct buf *out, struct sv stream, uint32_t seq,
		      const struct frame *f);
	void (*mark)(struct buf *out, struct sv stream, struct sv name);
	void (*clear)(struct buf *out, struct sv stream);
};

extern const struct carrier *const carrier_all[];	/* NULL at the end */

const struct carrier *carrier_find(struct sv name);

#endif
