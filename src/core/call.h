/*
 * call: the engine of one call. Events in, effects out: no socket, no clock,
 * no samples. The driver (src/media/session.c, or a test with an integer
 * clock) feeds what happened with its time and carries out the effects.
 *
 *   carrier ─ frames ─> detectors ─ events ─┐
 *                                           v
 *   dialog <─ text, silence, results ──── call ── effects ──> voice, pacer,
 *          ── say, expect, tool, end ───>   ^                 desk, carrier
 *                                           └── marks, ready audio, timers
 *
 * Turn-taking is one table of states (turn.c), the waits are one table of
 * timers (timers.c), what the caller heard is the ledger (ledger.c).
 */
#ifndef CORE_CALL_H
#define CORE_CALL_H

#include "base/base.h"
#include "dialog.h"

struct call;

enum call_ev_kind {
	CALL_EV_START,	 /* the context is known; at_n samples of the
				 * stream are past */
	CALL_EV_HUNCH,	 /* a first sound, perhaps */
	CALL_EV_SUSPECT, /* something like speech began at at_n */
	CALL_EV_BEGAN,	 /* it is speech, since at_n */
	CALL_EV_ENDED,	 /* silent for the hang-over; speech to at_n */
	CALL_EV_PAUSED,	 /* silent for a moment: may be over */
	CALL_EV_RESUMED, /* it was not */
	CALL_EV_PARTIAL, /* he said text so far; it may still change */
	CALL_EV_TEXT,	 /* final text of [start_n, at_n) */
	CALL_EV_READY,	 /* utt: n more samples wait in the play queue */
	CALL_EV_SENT,	 /* first sample of utt went to the carrier */
	CALL_EV_MARKED,	 /* mark (gen, num) went out behind pos_n of utt */
	CALL_EV_MARK,	 /* mark (gen, num) came back */
	CALL_EV_DTMF,
	CALL_EV_TOOL,	  /* result of tool */
	CALL_EV_STT_LOST, /* the recogniser is gone; err */
	CALL_EV_STT_BACK, /* … and another one listens now */
	CALL_EV_GONE,	  /* the caller hung up; err: the stream broke */
	CALL_EV_TICK,	  /* only time passed */
	/* of a model that talks with the caller (model.c) */
	CALL_EV_MODEL,	   /* it is there; err: it is gone, or not coming */
	CALL_EV_SAYS,	   /* it begins to say item; PLAY answers */
	CALL_EV_SAID,	   /* text more of item, made of n samples so far */
	CALL_EV_TURN,	   /* the caller's turn is over, it says, at at_n */
	CALL_EV_OVERHEARD, /* TEXT of another recogniser than its own */
	CALL_EV_FUNCTION,  /* it calls function name with text; item */
};

/* A word of an utterance of ours; as struct speech_word. */
struct call_word {
	uint16_t off, len;
	uint32_t end_n;
};

struct call_ev {
	enum call_ev_kind kind;
	int64_t t_us; /* monotonic; never goes back */
	int64_t wall_ms;
	int64_t start_n, at_n; /* samples of the caller's leg */
	struct sv text;	       /* TEXT; TOOL: JSON result, empty = failed */
	struct sv alts, lang;  /* TEXT: as struct speech_text */
	enum { CALL_TEXT_NONE, CALL_TEXT_FREE, CALL_TEXT_LIST } source;
	uint32_t utt;
	uint32_t n;		       /* READY */
	bool last;		       /* READY: the utterance is complete */
	int err;		       /* READY: the voice failed; STT_LOST */
	const struct call_word *words; /* READY: lent */
	size_t nwords;
	uint32_t gen, num; /* MARKED, MARK */
	uint32_t pos_n;	   /* MARKED: samples of utt sent so far */
	bool idle;	   /* MARKED: the carrier had nothing to play before */
	uint32_t tool;
	uint32_t item; /* SAYS, SAID, FUNCTION */
	struct sv name;
	char digit;
};

enum call_fx_kind {
	CALL_FX_SAY,	  /* speak text as utt; READY events follow */
	CALL_FX_WITHHOLD, /* stop sending, keep what is not sent */
	CALL_FX_RESUME,	  /* go on from the exact sample */
	CALL_FX_CLEAR,	  /* drop queue and voice up to utt, new gen,
				 * tell the carrier to drop its queue */
	CALL_FX_EXPECT,	  /* what to listen for */
	CALL_FX_TOOL,	  /* ask the desk; TOOL event answers */
	CALL_FX_SEGMENT,  /* store or replace a transcript segment */
	CALL_FX_CONSENT,  /* the caller heard that it is recorded */
	CALL_FX_TURN,	  /* figures of one finished turn */
	CALL_FX_TIMER,	  /* a row of the table of timers passed: name */
	CALL_FX_STALL,	  /* … and somebody waited in vain: name */
	CALL_FX_HANGUP,	  /* close the stream; outcome says why */
	/* for the model */
	CALL_FX_PLAY,	 /* item is utterance utt: READY events follow */
	CALL_FX_CUT,	 /* it is interrupted; of item, unless 0, only heard_n
			  * samples were heard */
	CALL_FX_ANSWER,	 /* it shall speak; text: of what */
	CALL_FX_RESULT,	 /* text answers its call item */
	CALL_FX_DISMISS, /* close it; what is queued still plays */
};

enum call_leg { CALL_LEG_CALLER, CALL_LEG_ASSISTANT };

struct call_fx {
	enum call_fx_kind kind;
	uint32_t utt;
	uint32_t gen;			/* CLEAR: the new generation */
	struct sv text;			/* SAY; SEGMENT: as generated */
	bool protect;			/* SAY */
	struct sv lang;			/* SAY, EXPECT; empty: the call's */
	struct sv phrases, words, bias; /* EXPECT */
	int hangover_ms;		/* EXPECT */
	int early_ms;			/* EXPECT */
	uint32_t tool;			/* TOOL */
	struct sv name, args;		/* TOOL; TIMER, STALL: name = row's */
	struct sv outcome;		/* HANGUP */
	uint32_t item;			/* PLAY, CUT, RESULT */
	uint32_t heard_n;		/* CUT; SEGMENT: of utt, so far */
	bool answer;			/* RESULT: it shall speak about it */
	/* SEGMENT. seq is rising over both legs in the order of start; a later
	 * effect with the same seq and a higher rev replaces the row. Of the
	 * caller what is not final has rev 0 and is only shown: the next one
	 * replaces it; an empty one takes it back, nothing was said. */
	uint32_t seq, rev;
	enum call_leg leg;
	int64_t start_ms, end_ms; /* of the call */
	struct sv heard;	  /* assistant: what the caller heard so far */
	bool final;		  /* heard, or his text, stays */
	bool unsure;		  /* caller: nothing passed the gate */
	/* TURN: µs of the caller's end of speech, of our first sample sent. */
	int64_t ended_us, spoke_us;
};

struct call_fxs {
	const struct call_fx *v;
	size_t n;
};

/* What it takes to interrupt us. Protected prompts nothing does; keys all. */
enum call_barge {
	CALL_BARGE_NORMAL, /* speech, unless it is short and means nothing */
	CALL_BARGE_WORDS,  /* words that were read; we speak until then */
	CALL_BARGE_OFF,	   /* nothing said: it is answered when we are done */
};

struct call_prm {
	const struct dialog *dialog;
	struct dialog_prm dialog_prm;
	unsigned max_call_s; /* then goodbye */
	bool model;	     /* one is to come: it talks with the caller */
	enum call_barge barge;
};

/** 0, -ENOMEM, or the dialog's error with its reason in why. */
int call_new(struct call **out, const struct call_prm *prm, char *why,
	     size_t why_size);
/** NULL is fine; returns NULL. */
struct call *call_free(struct call *c);

/**
 * Takes one event. The effects and their slices live until the next call.
 * Events that come late, twice or after the end are counted and ignored.
 */
struct call_fxs call_input(struct call *c, const struct call_ev *ev);

/** When the engine wants a TICK at the latest; INT64_MAX never. */
int64_t call_next_us(const struct call *c);

/**
 * Nobody talks or has just begun to, nobody is owed a word: for a moment
 * nothing would be missed if another model took over.
 */
bool call_quiet(const struct call *c, int64_t now_us);

/** Nothing more will happen; the driver may free it. */
bool call_over(const struct call *c);

/** The engine's own state for a stall report or a test. */
void call_dump(const struct call *c, char *out, size_t size);

#endif
