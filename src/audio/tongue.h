/*
 * tongue: a leg's audio as its peer speaks it (codec and rate), to and from the
 * form that we keep it in: μ-law at 8 kHz. Where the peer speaks that, the
 * bytes pass untouched and uncopied. One state per stream and direction; no
 * allocation after tongue_new().
 */
#ifndef AUDIO_TONGUE_H
#define AUDIO_TONGUE_H

#include "frame.h"

struct tongue;

/* What one tongue_look() and one tongue_write() take at most. */
#define TONGUE_IN_MAX 1536 /* bytes: a packet of Opus; whole samples of L16 */
#define TONGUE_OUT_N 480   /* samples: 60 ms */

/** 0, -EINVAL (no such codec at this rate), -ENOMEM. */
int tongue_new(struct tongue **out, enum codec_id id, unsigned rate_hz);
/** NULL is fine; returns NULL. */
struct tongue *tongue_free(struct tongue *w);

/** Bytes of one piece that may be cut out of a longer run; 0: packets, which
 * must come whole. */
size_t tongue_piece_len(const struct tongue *w);

/**
 * The next len bytes from the peer: how many samples of ours they are, or
 * -EBADMSG, -ENOSPC (longer than TONGUE_IN_MAX). data must stand until
 * tongue_read(). A packet that is not read was not there: no state changes.
 */
int tongue_look(struct tongue *w, const uint8_t *data, size_t len);
/** The samples of the last tongue_look(), lent until the next one. */
const uint8_t *tongue_read(struct tongue *w);

/**
 * n samples of ours that were lost, made up so that they join what was read
 * last; more and more of them fade out. To be called between a tongue_look()
 * and its tongue_read(); next: that packet follows at once, and may hold a copy
 * of them. Lent until the next call. NULL: silence must do (only codecs of
 * packets make up, whole 10 ms up to TONGUE_OUT_N).
 */
const uint8_t *tongue_lost(struct tongue *w, size_t n, bool next);

/**
 * n samples of ours for the peer: bytes, *out lent until the next call.
 * -EINVAL: over TONGUE_OUT_N, or not a length of the peer's packets.
 */
int tongue_write(struct tongue *w, const uint8_t *ulaw, size_t n,
		 const uint8_t **out);
/** What we send is cut here: the next sample begins anew. */
void tongue_cut(struct tongue *w);

#endif
