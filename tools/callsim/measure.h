/*
 * measure: what a call sounded like at the caller's ear. It is fed what was
 * played there in steps of 20 ms, and when the caller spoke, and knows
 * nothing else: neither messages nor texts.
 *
 * Positions are samples at 8 kHz since the line was answered.
 */
#ifndef CALLSIM_MEASURE_H
#define CALLSIM_MEASURE_H

#include "frame.h"

/* Quieter than this nobody hears on a telephone. */
#define MEASURE_AUDIBLE_DBOV -50.0
/* Silence that ends a stretch of the assistant's speech: 200 ms. */
#define MEASURE_HANG_N (TEL_RATE_HZ / 5)
/*
 * Silence after which the assistant has stopped, not just paused between two
 * sentences: 600 ms. A clear stops it at once.
 */
#define MEASURE_STOP_N (TEL_RATE_HZ * 3 / 5)

#define MEASURE_TURNS_MAX 200

/* One utterance of the caller and what the assistant did about it. */
struct measure_turn {
	int index;		/* as the caller's file counts */
	int64_t start_n, end_n; /* first and last sound; end -1: speaking */
	int64_t reply_n;	/* first sound of the reply, -1 none */
	int64_t stop_n;		/* assistant spoke at start_n and fell silent
				   here; -1 it did not */
	bool interrupts;	/* assistant was speaking at start_n */
	bool overtaken;		/* assistant began anew before end_n */
};

struct measure {
	/* assistant */
	bool far_on;	     /* in a stretch */
	bool far_talks;	     /* has not stopped since it began */
	int64_t far_onset_n; /* of this or the last stretch, -1 none */
	int64_t far_last_n;  /* end of the last sound, -1 none */
	int far_stretches;
	int64_t talked_n; /* sum of stretches */
	double far_power; /* sum of squares of audible parts */
	int64_t far_power_n;
	/* caller */
	bool near_on;
	int64_t near_last_n;
	/* both silent */
	int64_t silent_from_n, longest_silence_n;
	int64_t counting_from_n; /* -1: silence does not count now */
	/* holes and clicks */
	int gaps, clicks;
	int64_t gap_n, longest_gap_n;
	int64_t dry_from_n; /* queue ran dry in sound, -1 */
	bool tail_loud;	    /* last 10 ms of queued sound */
	bool cleared;
	int before[2]; /* the last two samples */
	bool cut;      /* sound broke off: a click if it
					   stays quiet */
	int quiet_run; /* samples of digital silence */
	/* turns */
	struct measure_turn turns[MEASURE_TURNS_MAX];
	int nturns;
	int64_t now_n;
};

void measure_init(struct measure *m);

/** Dead air counts from here (a stream is up) or not (carrier's business). */
void measure_count_silence(struct measure *m, bool on);

/**
 * The next 20 ms. queued: samples of far that the server sent, the rest is
 * the carrier's own silence.
 */
void measure_frame(struct measure *m, const int16_t far[TEL_FRAME_N],
		   size_t queued, bool near_speaks);
/**
 * The server asked to drop audio: a cut that follows is no fault, and what
 * comes next is something new.
 */
void measure_cleared(struct measure *m);

/** The caller's utterance index begins at sample at_n. */
void measure_turn_begin(struct measure *m, int index, int64_t at_n);
void measure_turn_end(struct measure *m, int64_t at_n);

/** Milliseconds since the assistant's last sound; -1: it never spoke. */
int64_t measure_far_silent_ms(const struct measure *m);
/** Milliseconds since the assistant began to speak; -1: it is silent. */
int64_t measure_far_speaking_ms(const struct measure *m);

double measure_level_dbov(const struct measure *m);
int measure_reply_ms(const struct measure_turn *t); /* INT32_MIN: none */
int measure_stop_ms(const struct measure_turn *t);  /* -1: none */

#endif
