/*
 * place: puts a carrier's frames in order by their media timestamp. Holes are
 * filled with silence up to a limit and counted, audio that comes again or
 * too late is dropped and counted. Adds no delay.
 *
 * With a clock nobody gets more time out of it than has passed: positions may
 * be PLACE_AHEAD_MS ahead of it, and a carrier's clock may be fast by 0.1 %,
 * however long the call. Who was late may give PLACE_BURST_MS at once.
 */
#ifndef AUDIO_PLACE_H
#define AUDIO_PLACE_H

#include "base/base.h"

enum { PLACE_AHEAD_MS = 8000, PLACE_BURST_MS = 30000 };

struct place {
	int64_t next_n;	 /* position that follows what was given out */
	int64_t base_ms; /* timestamp of the first frame */
	bool begun;
	uint32_t late_run_n; /* unfit audio in a row; 1 s: stamps restarted */
	uint64_t filled_n, late_n, jumped_n, early_n;

	bool timed; /* place_clock() was told */
	int64_t clock_n;
	/* in 1/1000 samples: */
	int64_t way_mn;	 /* positions may go on by so much */
	int64_t give_mn; /* so much may be given out, with the silence */
};

struct place_out {
	uint32_t silence_n; /* feed this much silence first */
	uint32_t skip_n;    /* then leave out so many samples of the frame */
	int64_t at_n;	    /* position of the silence, or of the frame */
};

/** So much time has passed since the stream began. */
void place_clock(struct place *p, int64_t now_n);

/**
 * A frame of n samples stamped ts_ms came. 0, or -ETIME: all of it is old,
 * drop it; or -ERANGE: so is what the clock leaves no room for, early_n
 * counts it. A hole over max_fill_n becomes a jump: positions go on at the
 * stamp, max_fill_n of silence stand right before the frame, jumped_n counts
 * what was not filled. Stamps may be off by less than 10 ms (rounding). One
 * that is more than an hour ahead is as wrong as an old one; a second of
 * nothing but audio that does not fit means that the carrier's clock restarted:
 * it goes on where we are.
 */
int place_frame(struct place *p, int64_t ts_ms, uint32_t n, uint32_t max_fill_n,
		struct place_out *out);

#endif
