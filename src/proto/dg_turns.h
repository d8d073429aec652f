/*
 * dg_turns: makes utterances of Deepgram's results. Pure: times are handed
 * in, what follows is told by handlers.
 *
 * Led, another detector says when somebody began and ended; each end is
 * answered by exactly one text: the recogniser is asked to finish what it has
 * (Finalize), and when its answer does not come in time what is known counts.
 * Not led, words begin an utterance, and speech_final, UtteranceEnd or a
 * pause in the words end it. SpeechStarted alone begins nothing: it also comes
 * of noise.
 *
 * A final window (is_final) is appended, an interim one replaces the one
 * before. Windows that were told before, by a connection that was lost, are
 * known by their position. A time behind what was sent is cut to that: else
 * one wrong time would make all that follows look as if it were old.
 */
#ifndef PROTO_DG_TURNS_H
#define PROTO_DG_TURNS_H

#include "proto/dg.h"

enum { DG_TURNS_MAX = 8 };

struct dg_text {
	int64_t start_n, end_n;
	struct sv text, lang;
	float confidence;
	bool final;
};

struct dg_turns_handlers {
	void (*beganh)(int64_t at_n, void *arg); /* not led */
	void (*endedh)(int64_t at_n, void *arg); /* not led */
	void (*texth)(const struct dg_text *t, void *arg);
	void (*finalizeh)(void *arg); /* send Finalize now */
	void *arg;
};

/* An utterance of the detector beside us. */
struct dg_turn {
	int64_t start_n, end_n;
	int64_t finish_n; /* Finalize goes behind this sample */
	int64_t due_us;	  /* its text, whatever is known; 0: talking */
	bool asked;	  /* Finalize was sent on this connection */
};

struct dg_turns {
	struct dg_turns_handlers h;
	bool led, talking; /* talking: not led */
	struct dg_turn turn[DG_TURNS_MAX];
	unsigned n;
	char text[DG_TEXT_MAX]; /* final, of this utterance */
	size_t len;
	char interim[DG_TEXT_MAX];
	char lang[16];
	int64_t first_n, last_n; /* of the words in text and interim */
	int64_t final_n;	 /* all before it is final */
	int64_t sent_n;		 /* nobody can have heard more */
	bool wrong;		 /* it told of times well behind that */
	int64_t told_n;		 /* … was told without waiting for it */
	float confidence;	 /* the least of its windows */
	int64_t word_us;	 /* when there was last something new */
};

enum {
	DG_FINAL_MS = 1500, /* from the end to the text */
	DG_GAP_MS = 2500,   /* without a new word: it is over (not led) */
	DG_BEHIND_N = 1600, /* Finalize goes this far behind the speech */
};

void dg_turns_init(struct dg_turns *t, const struct dg_turns_handlers *h);
void dg_turns_lead(struct dg_turns *t, bool on);
/** Led: somebody began to talk, or ended; sent_n: audio is sent so far. */
void dg_turns_began(struct dg_turns *t, int64_t at_n);
void dg_turns_ended(struct dg_turns *t, int64_t at_n, int64_t sent_n,
		    int64_t now_us);
/** Audio went out up to n. */
void dg_turns_sent(struct dg_turns *t, int64_t n);
/** m's positions are the leg's. */
void dg_turns_heard(struct dg_turns *t, const struct dg_msg *m, int64_t now_us);
/** When dg_turns_tick() has something to do; INT64_MAX: never. */
int64_t dg_turns_next_us(const struct dg_turns *t);
void dg_turns_tick(struct dg_turns *t, int64_t now_us);
/** A new connection: what is not final comes again, from the result on. */
int64_t dg_turns_again(struct dg_turns *t);
/** It is there: texts that are owed have their time once more. */
void dg_turns_wait(struct dg_turns *t, int64_t now_us);

#endif
