/*
 * echo: takes our own voice out of what the caller's line brings back, and
 * says how loud it may still be in the rest.
 *
 * The canceller (speexdsp, 20 ms frames, 250 ms tail) runs while we speak and
 * for what may still echo; what it made is used only on a line where it was
 * seen to help, so that elsewhere the bytes pass untouched. A line that has
 * shown no echo in the first seconds of our speech is only watched (delay.h)
 * and costs hardly anything. An echo that is later than the tail is met by
 * shifting what is compared.
 *
 * Pure, no allocation after echo_new().
 */
#ifndef AUDIO_ECHO_H
#define AUDIO_ECHO_H

#include "audio/far.h"

#define ECHO_FRAME_N 160
#define ECHO_TAIL_MS 250

struct echo;

struct echo_out {
	bool speaking;	  /* ours was played lately: it may be in here */
	bool clean;	  /* out differs from what came in */
	float level_dbov; /* of out */
	float gate_dbov;  /* as loud our own may be in out; -INFINITY: not */
	float floor_dbov; /* the noise of the line, while we speak */
};

/** 0 or -ENOMEM. */
int echo_new(struct echo **out);
struct echo *echo_free(struct echo *e);

/** The caller's 20 ms at position at_n. */
struct echo_out echo_frame(struct echo *e, const struct far *f, int64_t at_n,
			   const int16_t in[ECHO_FRAME_N],
			   int16_t out[ECHO_FRAME_N]);

/**
 * The caller talks, as is known by now, or no more: what he says teaches
 * nothing about the echo, nor did the last half second.
 */
void echo_talks(struct echo *e, bool on);

/** This line echoes: it was cancelled with success. */
bool echo_seen(const struct echo *e);
/** What was found out, for the log: delay of the echo, dB taken away. */
int echo_delay_ms(const struct echo *e);
float echo_erle_db(const struct echo *e);

#endif
