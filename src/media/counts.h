/*
 * counts: what a media worker counts of its calls. In memory that the desk
 * reads; one worker writes.
 */
#ifndef MEDIA_COUNTS_H
#define MEDIA_COUNTS_H

#include "speech/counts.h"

enum { MEDIA_TIMERS_MAX = 40 };

struct media_counts {
	atomic_ullong calls, ended_by_caller, ended_by_us, lost;
	atomic_ullong frames_in, frames_out;
	atomic_ullong filled_ms;  /* silence put where frames were missing */
	atomic_ullong skipped_ms; /* missing, too long to fill; or too early */
	atomic_ullong late_ms;	  /* came again, or too late: dropped */
	atomic_ullong bad_messages;
	atomic_ullong suspected;  /* our speech was withheld … */
	atomic_ullong resumed;	  /* … for nothing */
	atomic_ullong cut;	  /* our speech was cleared */
	atomic_ullong echoes;	  /* calls whose line echoes */
	atomic_ullong recordings; /* begun … and how they ended */
	atomic_ullong recordings_complete, recordings_incomplete;
	atomic_ullong recordings_failed, recordings_dropped;
	atomic_ullong recording_lost_ms; /* the writer was too slow */
	atomic_ullong stt_lost, voice_failed, tool_failed;
	atomic_ullong model_lost, model_capped, model_renewed;
	atomic_ullong timers[MEDIA_TIMERS_MAX]; /* rows of media/waits.h */
	atomic_ullong stalls[MEDIA_TIMERS_MAX]; /* rows of core/timers.h */
	struct counts_hist reply;   /* end of the caller's speech to our first
				   * sample sent */
	struct counts_hist text;    /* end of speech noticed to its text */
	struct counts_hist voice;   /* asked to first audio */
	struct counts_hist tool;    /* asked to answered */
	struct counts_hist lag;	    /* of the loop's 20 ms tick */
	struct speech_counts cloud; /* providers over the network */
	atomic_ullong turns[2];	    /* stretches of speech: caller, we */
	atomic_ullong partials;	    /* texts of what is just being said */
};

#endif
