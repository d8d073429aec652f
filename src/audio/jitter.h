/*
 * jitter: packets that come unevenly, back on a steady clock. For carriers and
 * providers whose audio is played or mixed in time; a recogniser needs only
 * order (place.h), for which nothing is delayed.
 *
 * The delay follows what the line does: base is the fastest way of the last
 * seconds, above it stands the spread of 97 % of the packets, and longer for a
 * while after an underrun. It grows at once, by waiting, and shrinks in
 * silence, by leaving packets out; a clock that drifts is met the same way.
 * When the buffer runs empty the position stays where it is: a burst behind a
 * stall is played, not thrown away. What is held is never longer than max_ms.
 *
 * Pure: the caller passes the time in. No allocation after jitter_new().
 */
#ifndef AUDIO_JITTER_H
#define AUDIO_JITTER_H

#include "base/base.h"

struct jitter;

struct jitter_prm {
	unsigned rate_hz;   /* of positions */
	int min_ms, max_ms; /* least delay; longest audio held */
	unsigned packets;   /* held at most */
	size_t packet_max;  /* bytes of one */
};

enum jitter_kind {
	JITTER_PACKET,
	JITTER_LOST, /* conceal n samples: the next packet is there */
	JITTER_WAIT, /* make up n samples: the position stays */
};

struct jitter_out {
	enum jitter_kind kind;
	int64_t at_n;
	uint32_t n;
	/* PACKET: it; LOST: the next one, when it follows directly (see
	 * codec.h, conceal()). Lent until the next call. */
	const uint8_t *data;
	size_t len;
};

/* Everything that was put is given, late, again, shed or still held; every
 * position is given, lost or shed. */
struct jitter_stats {
	uint64_t put, given, late, again, shed; /* packets */
	uint64_t given_n, lost_n, shed_n, waited_n;
	uint64_t restarts; /* of the sender's clock */
};

/** 0, -EINVAL, -ENOMEM. */
int jitter_new(struct jitter **out, const struct jitter_prm *prm);
/** NULL is fine; returns NULL. */
struct jitter *jitter_free(struct jitter *j);

/**
 * Copies a packet of n samples from position at_n on, which came at now_us.
 * 0; -ETIME late, -EEXIST again: counted and dropped; -EMSGSIZE, -EINVAL.
 */
int jitter_put(struct jitter *j, int64_t at_n, uint32_t n, const uint8_t *data,
	       size_t len, int64_t now_us);

/**
 * What is to be played next, once it is due; call until -EAGAIN. quiet: what
 * was given out last was silence, so that the delay may change here.
 */
int jitter_get(struct jitter *j, int64_t now_us, bool quiet,
	       struct jitter_out *out);
/** When jitter_get() has something; INT64_MAX before the first packet. */
int64_t jitter_next_us(const struct jitter *j);

/** From a packet's fastest possible arrival to its play-out. */
int jitter_delay_ms(const struct jitter *j);
/** Audio held, holes included. */
int jitter_depth_ms(const struct jitter *j);
const struct jitter_stats *jitter_stats(const struct jitter *j);

#endif
