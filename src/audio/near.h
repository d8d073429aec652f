/*
 * near: the caller's leg between the carrier and the recogniser. Takes our
 * echo out, raises the suspicion that he speaks, and says what the recogniser
 * need not hear because it may be our own voice.
 *
 *   carrier ─> near_push ─> echo ─> bands ─┬─ first sound, suspicion
 *                 ^              bed ──┘   └─ clean audio ─> ring, recogniser
 *   near_sent, near_mark: what was played
 *
 * On a line that echoes the recogniser gets silence while we speak: it would
 * take the rest of our voice for a caller, however faint. Behind a suspicion
 * it hears what it missed: from a moment before the onset on.
 *
 * Pure, no allocation after near_new() and near_cancel().
 */
#ifndef AUDIO_NEAR_H
#define AUDIO_NEAR_H

#include "audio/bands.h"
#include "audio/echo.h"

struct near;

/* The next piece of the leg: 20 ms, or less before a jump of positions. */
struct near_out {
	int64_t at_n;
	const uint8_t *data; /* μ-law; the carrier's own bytes when unchanged */
	size_t n;
	bool still;	/* fainter than the faintest speech */
	bool hold;	/* may be our own voice: not for the recogniser */
	bool again;	/* it was held for nothing: tell him again … */
	int64_t from_n; /* … from here on */
	bool hunch;	/* there is a sound: it may be his first */
	bool suspect;	/* he seems to speak, since since_n */
	int64_t since_n;
	bool began; /* near_began() was wrong: he speaks since began_n */
	int64_t began_n;
};

typedef void near_h(const struct near_out *o, void *arg);

/** cancel: with the canceller. 0 or -ENOMEM. */
int near_new(struct near **out, bool cancel);
struct near *near_free(struct near *n);
/** With the canceller from now on, or without; before anything of ours was
 * sent. 0 or -ENOMEM: as it was. */
int near_cancel(struct near *r, bool on);

/** n samples, μ-law, from position at_n on; h runs for each whole frame. */
void near_push(struct near *r, int64_t at_n, const uint8_t *data, size_t n,
	       near_h *h, void *arg);
/** The frames that were pushed came just now. */
void near_arrived(struct near *r, int64_t now_us);

/** Ours, as it goes to the carrier; far.h. */
void near_sent(struct near *r, const uint8_t *data, size_t n, int64_t now_us);
void near_marked(struct near *r, uint32_t gen, uint32_t num);
void near_mark(struct near *r, uint32_t gen, uint32_t num);
void near_clear(struct near *r, int64_t now_us);

/*
 * What the recogniser says. It hears speech however faint, so also ours and
 * that of others: speech that was never louder than our echo may be, or than
 * the line is by itself, is nobody's.
 */
/** Speech began. False: not that of the caller, as far as we know. */
bool near_began(struct near *r, int64_t at_n);
/** It ended. False: it was not the caller's. */
bool near_ended(struct near *r, int64_t at_n);
/** A text of [start_n, end_n) is of speech that was not the caller's. */
bool near_own(const struct near *r, int64_t start_n, int64_t end_n);

/** The caller does speak, as far as we know. */
bool near_talks(const struct near *r);
/** Position behind the last sample that was pushed. */
int64_t near_end_n(const struct near *r);
/** NULL without canceller. */
const struct echo *near_echo(const struct near *r);

#endif
