/*
 * legs: both parties of a call on one time line, for its recording.
 *
 * The line is the sample clock of the call. The caller's audio lies where the
 * carrier's media timestamps put it. Ours lies where the carrier plays it:
 * behind what it still has of ours, else at the moment it was sent, which the
 * arrival of the caller's audio translates from our clock to the carrier's
 * (the latest audio that came with the least delay tells how the two stand;
 * two blocks of 8 s, so a clock that drifts by 100 ppm is followed to 2 ms).
 * Position 0 is the caller's first sample.
 *
 * One thread puts (the loop), another may take (the recorder): both rings are
 * silence where nothing was put, and what is taken becomes silence again. No
 * lock, no allocation after legs_init(). Pure: time is handed in.
 */
#ifndef AUDIO_LEGS_H
#define AUDIO_LEGS_H

#include <stdatomic.h>

#include "base/base.h"

enum {
	LEGS_CAP_N = 65536,   /* 8.2 s wait for the writer at most */
	LEGS_WAIT_N = 32000,  /* so long the caller's late audio is awaited */
	LEGS_BLOCK_N = 64000, /* of the clocks' comparison */
	LEGS_JUMP_N = 16000,  /* stamps this far ahead of time are wrong */
	LEGS_BEHIND_N = 8000, /* so much too late in a row: a new clock */
	LEGS_FRAME_N = 160,
	LEGS_JUMPS = 32, /* of the caller's positions, remembered */
};

struct legs {
	uint8_t *caller, *ours; /* rings of LEGS_CAP_N, one byte a sample */
	int64_t origin_us;	/* when position 0 was */
	bool armed;		/* what is put is to be written … */
	int64_t from_n;		/* … from here on */

	/* the two clocks: position = ours + off */
	bool heard; /* the caller's first audio came */
	int64_t off_n, block_off_n, block_from_n;
	int64_t skew_n; /* added to the caller's positions … */
	struct legs_jump {
		int64_t from_n, skew_n;
		int64_t was_n; /* on the line: behind what was before */
	} jumps[LEGS_JUMPS];   /* … from there on, until the next */
	unsigned njumps;       /* so far, with the beginning */

	int64_t leg_n;	   /* behind the last of the caller's leg … */
	int64_t caller_n;  /* … and on the line */
	int64_t ours_n;	   /* behind the last of ours */
	int64_t line_n;	   /* the latest "now" that was told: never goes back */
	uint32_t behind_n; /* too late audio in a row */

	/* between the threads; taken_n <= ready_n */
	_Atomic int64_t ready_n; /* the taker may have what lies before */
	_Atomic int64_t taken_n;
	_Atomic int64_t lost_n; /* the taker was too slow: not recorded */
	int64_t late_n; /* came when its place was written: not recorded */
};

/** origin_us: the beginning of the stream. 0 or -ENOMEM. */
int legs_init(struct legs *l, int64_t origin_us);
void legs_fini(struct legs *l);

/** Where the call is at now_us. */
int64_t legs_now_n(struct legs *l, int64_t now_us);
/** The caller's n samples from position at_n of his leg came at now_us. */
void legs_caller(struct legs *l, int64_t at_n, const uint8_t *data, size_t n,
		 int64_t now_us);
/** Position on the line of one of the caller's, also of one long ago. */
int64_t legs_caller_at(const struct legs *l, int64_t at_n);
/**
 * What of the line holds all of the caller's [start_n, end_n), also where his
 * positions jump in it. Of what lies before the jumps that are remembered:
 * all that was before them.
 */
void legs_caller_span(const struct legs *l, int64_t start_n, int64_t end_n,
		      int64_t *from_n, int64_t *to_n);
/** We sent n samples at now_us. */
void legs_sent(struct legs *l, const uint8_t *data, size_t n, int64_t now_us);
/** The carrier was told to drop what it has not played. */
void legs_clear(struct legs *l, int64_t now_us);

/**
 * From now on it is written; what was before is forgotten. Returns the
 * position at which it begins, a multiple of LEGS_FRAME_N: taken_n. The
 * taker may start then.
 */
int64_t legs_arm(struct legs *l, int64_t now_us);
/** Lets the taker have what is complete. Call it some times a second. */
void legs_ready(struct legs *l, int64_t now_us);
/** Nothing more comes: the taker may have all up to the end, which is
 * returned. */
int64_t legs_finish(struct legs *l, int64_t now_us);

/**
 * The taker: copies the next frame of both, LEGS_FRAME_N samples each. False:
 * none is ready.
 */
bool legs_take(struct legs *l, uint8_t *caller, uint8_t *ours);

#endif
