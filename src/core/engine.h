/*
 * engine: what the files of the core share. Nobody outside src/core includes
 * it but tests.
 *
 * Where the call stands is told by facts (utterances not heard yet, the
 * caller's utterances, tools under way, the outcome); the state is derived
 * from them in one place (turn_settle), and so are the deadlines (timers.c):
 * a timer that nobody armed cannot exist.
 *
 * All memory is bounded by the CALL_… limits below. A dialog that breaks one
 * ends its call with the outcome "internal".
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/call.h"
#include "core/timers.h"

enum {
	CALL_UTTS = 24,		 /* of ours, not heard to the end */
	CALL_WORDS = 1024,	 /* of an utterance, with their places */
	CALL_TEXT_LEN = 4096,	 /* bytes of a text; longer ones are cut */
	CALL_HEARS = 8,		 /* the caller's, not answered */
	CALL_TOOLS = 4,		 /* under way */
	CALL_RESULT_LEN = 65536, /* of a tool; longer counts as failed */
	CALL_MARKS = 128,	 /* sent, not returned */
	CALL_LOST = 16,		 /* given up, remembered */
	CALL_DIGITS = 32,	 /* waiting behind a protected prompt */
	CALL_FX = 512,		 /* effects of one event */
	CALL_SEQS = 16,		 /* latest segments, by their start */
	CALL_OVER_LEN = 400,	 /* bytes kept of an overheard text */
};

enum turn_state {
	TURN_OPENING,	/* no stream yet */
	TURN_SPEAKING,	/* ours is being made or played */
	TURN_LISTENING, /* the caller's turn, he is silent */
	TURN_HEARING,	/* he talks */
	TURN_THINKING,	/* his text or a tool's result is awaited */
	TURN_WITHHELD,	/* he may have interrupted us */
	TURN_CLOSING,	/* the last words, then a moment, then over */
	TURN_OVER,
	TURN_STATES
};

/* How a text is said. */
struct manner {
	bool protect, announce;
	char lang[8]; /* empty: the call's */
};

/* An utterance of ours from SAY to its end mark. */
struct utt {
	uint32_t id;
	char *text;
	size_t len;
	struct manner how;
	bool complete; /* the voice gave all, or failed */
	bool failed;
	bool sent;  /* its first sample */
	bool ended; /* … and the mark behind its last */
	struct call_word *words;
	size_t nwords, words_cap;
	uint32_t ready_n; /* given by the voice */
	uint32_t sent_n;  /* sent for sure: behind the last MARKED */
	uint32_t heard_n;
	int64_t start_ms;
	uint32_t seq, rev;
	int64_t shown_us; /* last segment effect */
	uint32_t item;	  /* the model's; 0: ours */
	uint32_t made_n;  /* the model's: samples of text so far … */
	bool made;	  /* … and that is all */
};

/* What is left to say of an utterance that was cut. */
struct rest {
	char *text;
	size_t len, off;
	struct manner how;
};

struct rests {
	struct rest v[CALL_UTTS];
	unsigned n;
};

enum hear_state {
	HEAR_FREE,
	HEAR_TALKING,
	HEAR_WAITING, /* ended; its text is awaited */
	HEAR_LATE,    /* given up; a text is still welcome */
	HEAR_DONE
};

/* An utterance of the caller. */
struct hear {
	enum hear_state state;
	int64_t start_n, end_n;
	int64_t began_us, ended_us, start_ms;
	uint32_t seq, rev;
	unsigned unheard;	  /* our words he had not heard when he began */
	bool tool;		  /* … a tool was under way */
	bool paused;		  /* silent for a moment */
	bool nodded;		  /* so far he only shows that he listens */
	bool shown;		  /* what he says now is told, as not final */
	char over[CALL_OVER_LEN]; /* text of another recogniser */
};

/* Who talks with the caller. */
enum model_state {
	MODEL_NONE,   /* the dialog alone */
	MODEL_COMING, /* the dialog has greeted, the model is awaited */
	MODEL_LIVE,
	MODEL_GONE /* the dialog took over */
};

/* A model that talks with the caller, as the engine sees it. */
struct model {
	enum model_state state;
	bool turn;	    /* the caller's turn is over, not answered … */
	bool turn_over_us;  /* … and he had talked into our speech */
	bool owes;	    /* we were cut: silence would be odd */
	bool filled;	    /* a filler was said in this wait */
	int64_t await_us;   /* it was asked to speak; 0: not */
	int64_t end_n;	    /* of his speech, it says … */
	int64_t answered_n; /* … and when it began to answer last */
	int64_t hush_us;    /* he stopped talking; 0: its turn is told */
};

struct tool {
	uint32_t id; /* 0: free */
	int64_t asked_us, slow_us;
	bool done;
	char *result; /* NULL: failed */
	size_t len;
};

/* Audio between two marks on its way to the caller's ear. */
struct stretch {
	uint32_t num, utt, pos_n, len_n;
	int64_t from_us; /* not played before */
	int64_t over_us; /* played to its end, were the carrier right here */
	bool broken;	 /* may have been starved inside: over_us is late */
	bool fresh;	 /* nothing but audio since the carrier was idle */
	unsigned run;	 /* rises with each gap in what is sent */
};

/* The last few of something that is measured again and again. */
struct recent {
	int64_t us[8];
	unsigned n; /* ever */
};

struct ledger {
	uint32_t gen;
	struct stretch marks[CALL_MARKS];
	unsigned first, n;
	int64_t anchor_us; /* return of the last mark */
	int64_t from_us;   /* what is sent next is not played before */
	int64_t over_us;   /* of the last stretch */
	bool broken;	   /* the stretch that is open */
	bool hole;	   /* a mark was given up since the last return */
	struct stretch lost[CALL_LOST]; /* given up; may still return */
	unsigned nlost;			/* ever */
	int64_t probe_us;		/* mark 0 went out; 0: none is out */
	struct recent trip;		/* there and back */
	struct recent late; /* a mark's return behind over_us, in late_run */
	struct recent idle; /* … in what met an idle carrier */
	unsigned run, late_run;
	bool fresh;
};

/* What the caller said and the dialog does not know yet. */
struct pend {
	char text[CALL_TEXT_LEN];
	size_t len;
	unsigned n;
	bool from_list, unclear;
	char guess[CALL_TEXT_LEN]; /* of the last text that was not sure */
	char alts[CALL_TEXT_LEN];  /* other readings: all while n is 0 or 1 */
	char lang[8];
	int64_t end_n;
	char digits[CALL_DIGITS];
	unsigned ndigits;
};

struct chunk;

struct call {
	const struct dialog *dialog;
	struct dialog_sess *sess;
	int max_call_s;
	enum call_barge barge;
	const char *broken; /* why the call cannot go on */

	int64_t now_us, wall_ms, start_us;
	enum turn_state state;
	char outcome[32]; /* set: END came */
	unsigned reopened;
	int64_t time_up_us; /* 0: not yet */
	bool gone;	    /* the caller hung up; his last words count */
	int64_t gone_us;

	struct utt utts[CALL_UTTS];
	unsigned first, nutts;
	uint32_t next_utt;
	int64_t voice_since_us, send_since_us, quiet_us;
	unsigned voice_fails; /* in a row */
	int64_t fail_us;      /* the first of them */
	int64_t retry_us;
	bool send_stalled;
	struct ledger ledger;

	struct rests rest;  /* interrupted */
	struct rests retry; /* the voice failed; said again at retry_us */
	unsigned repeats;
	bool cut; /* the dialog has to hear of an interruption */
	char said[CALL_TEXT_LEN]; /* heard of the reply so far */
	size_t said_len;

	struct hear hears[CALL_HEARS];
	struct pend pend;
	int64_t turn_end_n; /* end of the speech we answer; -1 none */
	bool deaf;	    /* no recogniser */
	int64_t suspect_us, ignore_us;
	unsigned false_alarms;
	bool hunch; /* withheld for no more than that */
	int64_t hunch_us;
	int64_t hunch_after_us; /* no hunch counts before */
	unsigned false_hunches;

	struct tool tools[CALL_TOOLS];
	struct model model;

	int answer_ms;
	int64_t answer_since_us;
	int silences;

	struct {
		uint32_t seq;
		int64_t start_ms;
	} seqs[CALL_SEQS];
	unsigned nseqs;

	struct call_fx *fx;
	size_t nfx, fx_cap;
	struct chunk *chunks;

	unsigned ignored; /* events that were late, twice, unknown */
};

/** Our own mistakes end the call they are in, and no other. */
#define CALL_CHECK(c, cond)                                                    \
	do {                                                                   \
		if (!(cond) && !(c)->broken)                                   \
			(c)->broken = #cond;                                   \
	} while (0)

/* ---- call.c ---- */
/** Brings state in line with facts and tells the dialog what it may know. */
void call_settle(struct call *c);

/* ---- fx.c: effects and the text they lend ---- */
void fx_reset(struct call *c);
void fx_fini(struct call *c);
struct call_fx *fx_add(struct call *c, enum call_fx_kind kind);
/** Copies s to where it lives until the next event. */
struct sv fx_keep(struct call *c, struct sv s);
/**
 * A place in the order of segments for one that starts at *start_ms, which
 * is moved when there is no place left where it belongs.
 */
uint32_t fx_seq(struct call *c, int64_t *start_ms);

/* ---- text.c ---- */
/** Where to begin again when the first heard bytes of text were heard. */
size_t text_restart(struct sv text, size_t heard);
unsigned text_words(struct sv text);
/** "uh-huh": no more than a sign that he listens. */
bool text_is_backchannel(struct sv text);
/** Also "yes", "thanks": means nothing when nothing was asked. */
bool text_is_assent(struct sv text);
/** Cuts to max bytes at a blank, else between characters. */
struct sv text_limit(struct sv text, size_t max);

/* ---- ledger.c: what the caller heard ---- */
void ledger_sent(struct call *c, struct utt *u);
void ledger_marked(struct call *c, const struct call_ev *ev);
/** Finishes the utterances whose end mark this is. */
void ledger_mark(struct call *c, const struct call_ev *ev);
/** From now on samples can be starved or withheld: none played before. */
void ledger_restart(struct call *c);
/** Before a clear: brings heard_n of all to the present, by the clock. */
void ledger_estimate(struct call *c);
/** The oldest mark did not come: gives it up. */
void ledger_give_up(struct call *c);
int64_t ledger_due_us(const struct call *c);
void ledger_clear(struct call *c);
size_t ledger_heard_len(const struct utt *u);
void ledger_segment(struct call *c, struct utt *u, bool final);

/* ---- say.c: our utterances ---- */
struct utt *say_utt(struct call *c, unsigned i);
struct utt *say_find(struct call *c, uint32_t id);
void say_text(struct call *c, struct sv text, const struct manner *how);
/** A place for an utterance, without a word yet; NULL: no room. */
struct utt *say_new(struct call *c, struct sv text, const struct manner *how);
void say_ready(struct call *c, const struct call_ev *ev);
void say_sent(struct call *c, const struct call_ev *ev);
/** The voice still owes something. */
bool say_missing(const struct call *c);
/** The head was heard, or as much as ever will be. */
void say_done(struct call *c);
bool say_protected(const struct call *c);
/** There is something of ours that was not heard to its end. */
bool say_pending(const struct call *c);
/** What comes next is protected. */
bool say_head_protected(const struct call *c);
/** Takes the head away for good; its segment becomes final. */
void say_drop_head(struct call *c);
unsigned say_unheard_words(struct call *c);
/** Samples ready and not known to be heard, or not known to be sent. */
uint32_t say_unheard_n(const struct call *c);
uint32_t say_unsent_n(const struct call *c);

/* ---- rest.c: what is left to say ---- */
/** A copy with a NUL; NULL ends the call. */
char *rest_copy(struct call *c, struct sv s);
void rest_add(struct call *c, struct rests *l, struct sv text, size_t off,
	      const struct manner *how);
void rest_drop(struct rests *l);
/** Clears all that is not heard; what is left to say replaces l. */
void rest_cut(struct call *c, struct rests *l);
/** Says the protected part of c->rest again. */
void rest_protected(struct call *c);
/** Says c->rest again: nobody had anything to say to the interruption. */
void rest_say(struct call *c);
/** The voice gave nothing in time or failed: tries again, or ends. */
void rest_failed(struct call *c, bool timed_out);
void rest_retry(struct call *c);

/* ---- hear.c: the caller's utterances ---- */
bool hear_any(const struct call *c, enum hear_state state);
/** Nobody speaks, and no text is awaited. */
bool hear_idle(const struct call *c);
void hear_began(struct call *c, const struct call_ev *ev);
void hear_ended(struct call *c, const struct call_ev *ev);
void hear_text(struct call *c, const struct call_ev *ev);
void hear_paused(struct call *c, const struct call_ev *ev);
void hear_resumed(struct call *c, const struct call_ev *ev);
void hear_partial(struct call *c, const struct call_ev *ev);
/** Deadline of W_NOD: of who talks without a pause. */
int64_t hear_nod_us(const struct call *c, int64_t us);
void hear_digit(struct call *c, char digit);
/** The next key into *in, what it interrupts is cut. False: none, or not now. */
bool hear_key(struct call *c, struct dialog_in *in);
void hear_lost(struct call *c);
/** Deadlines of W_TALK and W_TEXT; INT64_MAX none. */
int64_t hear_due_us(const struct call *c, enum hear_state state, int64_t us);
void hear_talk_passed(struct call *c, int64_t us);
void hear_text_passed(struct call *c, int64_t us);
/** Gives the dialog what may be given now. True: something was given. */
bool hear_deliver(struct call *c);

/** What was told of an utterance without a final text is nothing. */
void hear_take_back(struct call *c, struct hear *h);
/** … of all of them. */
void hear_take_back_all(struct call *c);
/** The text of a caller's utterance, as a segment. */
void hear_segment(struct call *c, struct hear *h, const struct call_ev *ev);
/** The utterance that a text belongs to; NULL: told before. */
struct hear *hear_match(struct call *c, const struct call_ev *ev);
/** Adds a text to what the dialog does not know yet; forgets it all. */
void pend_text(struct pend *p, const struct call_ev *ev);
void pend_reset(struct pend *p);

/* ---- model.c: a model that talks with the caller ---- */
/** It talks, or is to come: the dialog is told nothing but emergencies. */
bool model_on(const struct call *c);
void model_event(struct call *c, const struct call_ev *ev);
void model_says(struct call *c, const struct call_ev *ev);
void model_said(struct call *c, const struct call_ev *ev);
void model_turn(struct call *c, const struct call_ev *ev);
void model_overheard(struct call *c, const struct call_ev *ev);
void model_function(struct call *c, const struct call_ev *ev);
/** A final text of the model's own recogniser, or before it came. */
void model_text(struct call *c, struct hear *h, const struct call_ev *ev);
/** … which did not come: what another one read stands. */
void model_text_late(struct call *c, struct hear *h);
/** He talks: a reply that has not begun answers too early. */
void model_began(struct call *c);
/** hear_deliver() while it is on. */
bool model_deliver(struct call *c);
/** It shall speak, of text unless empty. */
void model_ask(struct call *c, struct sv text);
void model_result(struct call *c, const struct dialog_act *a);
/** The dialog speaks from now on. */
void model_dismiss(struct call *c);
/** It is gone: the dialog is told so. */
void model_lost(struct call *c);
/** True: what is missing is its audio, and that was the end of it. */
bool model_failed(struct call *c);
/** It was asked, or has not told yet that a turn is over. */
bool model_awaited(const struct call *c);
bool model_listens(const struct call *c);
/** He stopped talking; he had begun at start_n. */
void model_hush(struct call *c, int64_t start_n);
size_t model_heard_len(const struct utt *u);
/** Deadlines of the rows that begin with "model"; INT64_MAX none. */
int64_t model_due_us(const struct call *c, int64_t us);
int64_t model_turn_us(const struct call *c, int64_t us);
int64_t model_slow_us(const struct call *c, int64_t us);
int64_t model_reply_us(const struct call *c, int64_t us);
void model_turn_passed(struct call *c);
void model_slow_passed(struct call *c);

/* ---- acts.c: the dialog and its tools ---- */
/** How many acts by which the call goes on it answered with. */
size_t acts_ask(struct call *c, struct dialog_in *in);
bool acts_tool_running(const struct call *c);
/** How many are under way or not told yet. */
unsigned acts_tools(const struct call *c);
void acts_tool_result(struct call *c, const struct call_ev *ev);
bool acts_deliver_tool(struct call *c);
int64_t acts_slow_us(const struct call *c);
int64_t acts_lost_us(const struct call *c, int64_t us);
void acts_slow(struct call *c);
void acts_lost(struct call *c, int64_t us);
void acts_fini(struct call *c);

/* ---- turn.c: whose turn it is ---- */
extern const char *const turn_names[TURN_STATES];
bool turn_allowed(enum turn_state from, enum turn_state to);
/** Brings the state in line with the facts. */
void turn_settle(struct call *c);
/** A first sound: what is at the carrier covers the time to be sure. */
void turn_hunch(struct call *c);
/** Nothing followed it. */
void turn_false_hunch(struct call *c);
void turn_suspect(struct call *c);
/** Leaves WITHHELD, if that is the state, for the one before. */
void turn_unhold(struct call *c);
/** No speech behind the suspicion. */
void turn_false_alarm(struct call *c);
/** Our speech stops now; protected parts of it begin again. */
void turn_interrupt(struct call *c);
bool turn_interruptible(const struct call *c);
/** Withheld for somebody who speaks, but may only nod: it is not decided. */
bool turn_listens(const struct call *c);
/** He only nodded: goes on from the exact sample, if it was withheld. */
void turn_nodded(struct call *c);
void turn_hangup(struct call *c, const char *outcome);
/** The caller hung up: nothing is said any more. */
void turn_gone(struct call *c);
/** Hangs up once a caller who is gone left nothing to be done. */
void turn_gone_settle(struct call *c);

/* ---- timers.c ---- */
/** Earliest deadline; watch: without the limits of the whole call. */
int64_t timers_next_us(const struct call *c, bool watch);
/** Runs what has passed at c->now_us. */
void timers_run(struct call *c);

#endif
