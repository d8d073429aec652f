/*
 * oggrec: a recording as bytes of an Ogg file with Opus (RFC 7845): the caller
 * left, the assistant right. Pure: bytes go into a buffer, no file, no clock.
 *
 * The legs are two independent mono streams (mapping family 1, two streams,
 * none coupled): nothing of one leaks into the other, and a leg that is
 * silent costs three bytes a frame and no time. Frames are 20 ms of 8 kHz. A page
 * goes out every second of audio and is whole: a file that ends after any of
 * them plays.
 *
 * Granule positions count 48 kHz samples, as Ogg/Opus always does.
 */
#ifndef AUDIO_OGGREC_H
#define AUDIO_OGGREC_H

#include "base/buf.h"

enum {
	OGGREC_RATE_HZ = 8000,
	OGGREC_FRAME_N = 160,
	OGGREC_PAGE_FRAMES = 50,
	OGGREC_PAGE_MAX = 65307, /* bytes of any page of any Ogg file */
};

struct oggrec;

struct oggrec_prm {
	uint32_t serial; /* of the Ogg stream: any number */
	int bps;	 /* of each leg while it speaks, 6000 to 64000 */
	int complexity;	 /* of the encoder, 0 to 10 */
};

/** 0, -EINVAL, -ENOMEM. */
int oggrec_new(struct oggrec **out, const struct oggrec_prm *prm);
/** NULL is fine; returns NULL. */
struct oggrec *oggrec_free(struct oggrec *r);

/** The two pages of headers. 0, -ENOMEM. */
int oggrec_begin(struct oggrec *r, struct buf *out);
/** One frame; NULL: that leg is silent from this very sample on, also of what
 * its encoder still holds. A page is appended when one is full. */
int oggrec_frame(struct oggrec *r, const int16_t *left, const int16_t *right,
		 struct buf *out);
/** Appends what waits for its page. */
int oggrec_flush(struct oggrec *r, struct buf *out);
/** The last page: the file is total_n samples (8 kHz) long, at most as many
 * as frames were given. */
int oggrec_end(struct oggrec *r, int64_t total_n, struct buf *out);
/** Frames given so far. */
int64_t oggrec_frames(const struct oggrec *r);

/* ---- reading pages, also somebody else's half of one ---- */

struct oggrec_page {
	size_t len;	   /* of all of it */
	unsigned frames;   /* packets that end on it */
	bool begins, ends; /* first, last of the stream */
	int64_t granule;   /* at its end; -1: no packet ends here */
	const uint8_t *body;
	size_t body_len;
};

/**
 * 0; -EAGAIN p is the beginning of a page, more is needed; -EBADMSG it is
 * none, or its checksum is wrong.
 */
int oggrec_page(struct oggrec_page *out, const uint8_t *p, size_t len);

/** Samples (48 kHz) to skip, of the first page. 0 or -EBADMSG. */
int oggrec_preskip(const struct oggrec_page *first, unsigned *preskip);

/**
 * Takes the left leg out of those frames of a whole page of ours that lie
 * between from and to (frame numbers within the page), in place: no byte
 * moves, what it was encoded as is overwritten. 0, -EBADMSG: no page of ours.
 */
int oggrec_mute(uint8_t *page, size_t len, int from, int to);

#endif
