/*
 * packets: what a page's microphone would send, encoded once for all callers,
 * so that a packet costs the load generator no more than a copy. Each says in
 * its sound where it stands, for a stamp in the samples does not outlive Opus.
 *
 * A packet is 20 ms of one of two faint tones: one bit. The bits are an
 * m-sequence: any PACKETS_WORD of them in a row are there once in the ring.
 * Each caller begins at another place of the ring and goes round. Who hears a
 * stream from its first sample therefore learns from the first bits which
 * caller it is (place of a frame less its number in the stream), and from
 * then on whether each frame is the one that is due: a frame too many or too
 * few, anywhere on the way, and the rest no longer fits.
 *
 * A decoder makes of each packet exactly the samples that it stands for: of
 * the n-th (from 0) those from 160 n on at 8 kHz, and gives them out at once.
 * What is heard in them is later by the encoder's look-ahead (6.5 ms), which
 * is no waiting of ours: a packet holds what the page had when it made it. So
 * the frame n is there when its 160th sample is there. That its sound be its
 * own, and not for a third that of the frame before, the tones are ahead by
 * the look-ahead, and only the middle of a frame is listened to.
 */
#ifndef BENCH_PACKETS_H
#define BENCH_PACKETS_H

#include "base/buf.h"

enum {
	PACKETS_WORD = 11,		     /* bits */
	PACKETS_N = (1 << PACKETS_WORD) - 1, /* so many callers at most */
};

struct packets;

/** Takes a second or two. 0, -ENOMEM, -EINVAL. */
int packets_new(struct packets **out);
/** The packet at a place of the ring, which has no end. */
struct sv packets_get(const struct packets *p, uint64_t at);

/* Who hears one stream from its first frame on. Zeros: nothing yet. */
struct packets_ear {
	uint64_t n; /* frames heard */
	uint32_t word, start;
	unsigned agreed;
	bool known; /* start is the place of the first frame */
};

/**
 * The next frame of 160 μ-law samples. True: it is the one that is due. Never
 * before ear->known, which takes less than a second.
 */
bool packets_hear(const struct packets *p, struct packets_ear *ear,
		  const uint8_t *ulaw);

#endif
