/*
 * place: puts a carrier's frames in order by their media timestamp. Holes are
 * filled with silence up to a limit and counted, audio that comes again or
 * too late is dropped and counted. Adds no delay.
 */
#ifndef AUDIO_PLACE_H
#define AUDIO_PLACE_H

#include "base/base.h"

struct place {
	int64_t next_n;	 /* position that follows what was given out */
	int64_t base_ms; /* timestamp of the first frame */
	bool begun;
	uint32_t late_run_n; /* late audio in a row; 1 s: stamps restarted */
	uint64_t filled_n, late_n, jumped_n;
};

struct place_out {
	uint32_t silence_n; /* feed this much silence first */
	uint32_t skip_n;    /* then leave out so many samples of the frame */
	int64_t at_n;	    /* position of the silence, or of the frame */
};

/**
 * A frame of n samples stamped ts_ms came. 0, or -ETIME: all of it is old,
 * drop it. A hole over max_fill_n becomes a jump: positions go on at the
 * stamp, max_fill_n of silence stand right before the frame, jumped_n counts
 * what was not filled. Stamps may be off by less than 10 ms (rounding). One
 * that is more than an hour ahead is as wrong as an old one; a second of
 * nothing but such audio means that the carrier's clock restarted.
 */
int place_frame(struct place *p, int64_t ts_ms, uint32_t n, uint32_t max_fill_n,
		struct place_out *out);

#endif
