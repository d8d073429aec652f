/*
 * far: what the carrier plays to the caller, by the position of the caller's
 * leg at which it is played: what comes back as echo at position p was played
 * at p or before.
 *
 * Our frames go out on one clock, the caller's come in on another, and the
 * network lies between. Marks tie the two: a mark comes back on the socket,
 * in order, between two of the caller's frames, when the audio before it was
 * played. Until the first mark of a stretch is back its place is a guess:
 * the time of sending plus what the last stretches took.
 *
 * Pure, no allocation after far_init().
 */
#ifndef AUDIO_FAR_H
#define AUDIO_FAR_H

#include "base/base.h"

enum {
	FAR_KEEP_N = 1 << 15, /* 4 s: the send-ahead and what echoes */
	FAR_RUNS = 32,
	FAR_MARKS = 64,
};

/* Audio that is played without a gap. */
struct far_run {
	int64_t at_n;	/* of the caller's leg: its first sample is played */
	int64_t sent_n; /* … was sent: the same by our clock */
	uint64_t from;	/* index of its first sample, of all sent */
	uint32_t n;
	bool sure; /* a mark said so */
};

struct far_mark {
	uint32_t gen, num;
	uint64_t at; /* index behind its last sample */
};

struct far {
	uint8_t *ulaw; /* ring by index */
	uint64_t end;  /* samples sent */
	struct far_run run[FAR_RUNS];
	unsigned first, nruns;
	struct far_mark mark[FAR_MARKS];
	unsigned first_mark, nmarks;
	int64_t near_end_n; /* of the caller's leg: came so far */
	int64_t origin_us;  /* when its sample 0 would have come at best */
	bool began;
	int64_t lead_n; /* from sent to played, as learnt */
	bool learnt;
};

/** 0 or -ENOMEM. */
int far_init(struct far *f);
void far_fini(struct far *f);

/** The caller's leg came up to end_n. */
void far_arrived(struct far *f, int64_t end_n, int64_t now_us);
/** n samples of ours, μ-law, go to the carrier. */
void far_sent(struct far *f, const uint8_t *data, size_t n, int64_t now_us);
/** … and behind them this mark. */
void far_marked(struct far *f, uint32_t gen, uint32_t num);
/** It came back: all before it was played by now. */
void far_mark(struct far *f, uint32_t gen, uint32_t num);
/** The carrier is told to drop what it has not played. */
void far_clear(struct far *f, int64_t now_us);

/** What was played at [at_n, at_n + n). False: nothing, out is silence. */
bool far_get(const struct far *f, int64_t at_n, int16_t *out, size_t n);

#endif
