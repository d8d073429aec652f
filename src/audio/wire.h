/*
 * wire: a leg's audio as its peer speaks it (codec and rate), to and from the
 * form that we keep it in: μ-law at 8 kHz. Where the peer speaks that, the
 * bytes pass untouched and uncopied. One state per stream and direction; no
 * allocation after wire_new().
 */
#ifndef AUDIO_WIRE_H
#define AUDIO_WIRE_H

#include "frame.h"

struct wire;

/* What one wire_look() and one wire_write() take at most. */
#define WIRE_IN_MAX 1536 /* bytes: a packet of Opus; whole samples of L16 */
#define WIRE_OUT_N 480	 /* samples: 60 ms */

/** 0, -EINVAL (no such codec at this rate), -ENOMEM. */
int wire_new(struct wire **out, enum codec_id id, unsigned rate_hz);
/** NULL is fine; returns NULL. */
struct wire *wire_free(struct wire *w);

/** Bytes of one piece that may be cut out of a longer run; 0: packets, which
 * must come whole. */
size_t wire_piece_len(const struct wire *w);

/**
 * The next len bytes from the peer: how many samples of ours they are, or
 * -EBADMSG, -ENOSPC (longer than WIRE_IN_MAX). data must stand until
 * wire_read(). A packet that is not read was not there: no state changes.
 */
int wire_look(struct wire *w, const uint8_t *data, size_t len);
/** The samples of the last wire_look(), lent until the next one. */
const uint8_t *wire_read(struct wire *w);

/**
 * n samples of ours for the peer: bytes, *out lent until the next call.
 * -EINVAL: over WIRE_OUT_N, or not a length of the peer's packets.
 */
int wire_write(struct wire *w, const uint8_t *ulaw, size_t n,
	       const uint8_t **out);
/** What we send is cut here: the next sample begins anew. */
void wire_cut(struct wire *w);

#endif
