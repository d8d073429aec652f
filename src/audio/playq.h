/*
 * playq: what the assistant says, on its way to the carrier. One bounded
 * queue of telephone audio (8 kHz, one byte a sample) and the pacer that
 * keeps the carrier a small send-ahead in front of real time.
 *
 * Pure: the caller passes the time in and sends what it is given. Marks are
 * due every mark_ms of audio, at an utterance's end, and behind the last audio
 * sent when nothing follows it (withheld, or the voice is late): all that was
 * sent has a mark behind it. They are named by generation, so that marks that
 * return because of clear are known to be no playback. Mark 0 goes out in front
 * of an utterance that meets an idle carrier: it measures the way there and
 * back. One more behind the first frame after a silence tells when playing
 * began.
 *
 * The queue is also the buffer for voices that come in bursts and odd pieces.
 * An utterance begins with its first frame. When its voice is late so that the
 * caller hears a break, speech goes on with again_ms in hand, twice as much
 * after each further break (PLAYQ_AGAIN_MAX times at most), or when twice that
 * time has passed, or all of it is there: a few pauses instead of a stutter.
 * The next utterance begins at once again: no delay is carried on.
 */
#ifndef AUDIO_PLAYQ_H
#define AUDIO_PLAYQ_H

#include "base/base.h"

struct playq;

struct playq_prm {
	int cap_ms;   /* audio held at most */
	int ahead_ms; /* kept at the carrier */
	int mark_ms;  /* audio between two marks */
	int frame_ms; /* audio of one message */
	bool probe;   /* send mark 0 */
	int again_ms; /* in hand after a break within an utterance; 0: none */
};

#define PLAYQ_AGAIN_MAX 4 /* times again_ms */

struct playq_mark {
	uint32_t gen, num; /* num rises from 1; 0: the probe */
	uint32_t utt;
	uint32_t pos_n; /* samples of utt up to the mark */
	bool end;	/* the utterance is complete here */
	bool idle;	/* before its audio the carrier had nothing to play */
};

/* What to send now: audio, then the mark if has_mark. */
struct playq_out {
	const uint8_t *data; /* lent until the next call */
	size_t n;	     /* samples; 0: only a mark */
	uint32_t utt;
	bool first; /* first samples of utt */
	bool has_mark;
	struct playq_mark mark;
};

/** 0, -EINVAL, -ENOMEM. No allocation later. */
int playq_new(struct playq **out, const struct playq_prm *prm);
struct playq *playq_free(struct playq *q);

/** Samples that playq_put() will take now. */
size_t playq_space(const struct playq *q);
/**
 * Appends n samples of utt (rising, not interleaved: a new utt ends the one
 * before). 0, -ENOBUFS no space, -ESTALE utt is complete or was cleared.
 */
int playq_put(struct playq *q, uint32_t utt, const uint8_t *data, size_t n);
/**
 * utt is complete: a shorter last frame is filled with silence (0xff), which
 * pos_n of its mark does not count. Errors as playq_put().
 */
int playq_end(struct playq *q, uint32_t utt);

/**
 * 0 with something to send, -EAGAIN nothing due yet, -ENODATA nothing to send:
 * empty, withheld, or too little of an utterance that goes on.
 */
int playq_due(struct playq *q, int64_t now_us, struct playq_out *out);
/**
 * When to call playq_due() next (may be past); INT64_MAX: not before something
 * is put or resumed.
 */
int64_t playq_next_us(const struct playq *q);

/** Keeps what is not sent. What was sent is still heard. */
void playq_withhold(struct playq *q, int64_t now_us);
/** Goes on from the exact sample that was due. */
void playq_resume(struct playq *q, int64_t now_us);
/** Drops everything, also a withhold; returns the new generation (from 1). */
uint32_t playq_clear(struct playq *q, int64_t now_us);

/** Samples sent that the carrier has not played yet, by the clock. */
uint32_t playq_ahead_n(const struct playq *q, int64_t now_us);

#define PLAYQ_MARK_MAX 24
/** Writes "g<gen>-<num>". */
void playq_mark_name(char out[PLAYQ_MARK_MAX], uint32_t gen, uint32_t num);
/** 0 or -EINVAL: a name that is not ours. */
int playq_mark_parse(struct sv name, uint32_t *gen, uint32_t *num);

#endif
