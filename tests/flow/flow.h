/*
 * flow: conversations in virtual time. The real engine and play queue, a
 * carrier that plays in real time behind a network, a voice that gives audio
 * with word places, a dialog that the test writes. An hour takes a moment.
 *
 * Checked after every step: the call is over or some deadline will come;
 * no word is said to be heard that the carrier has not played; what is played
 * is what the voice said, sample by sample.
 */
#ifndef TESTS_FLOW_H
#define TESTS_FLOW_H

#include "../unit/assert.h"
#include "audio/playq.h"
#include "core/engine.h"

enum {
	FLOW_UTTS = 400,
	FLOW_EVENTS = 4096,
	FLOW_SEGS = 600,
	FLOW_LOG = 1 << 16,
	FLOW_START_US = 1000000,
	FLOW_CHAR_N = 480, /* 60 ms of speech per character */
	FLOW_QUEUE_MS = 11000,
};

struct flow;

/** Fills acts (at most 16) and returns how many. */
typedef size_t flow_dialog_h(struct flow *f, const struct dialog_in *in,
			     struct dialog_act *acts);
typedef void flow_do_h(struct flow *f, int arg);

enum flow_kind {
	FLOW_DO,
	FLOW_EV,     /* an event for the engine, as it is */
	FLOW_ARRIVE, /* a message of ours reaches the carrier */
	FLOW_PLAYED, /* the carrier has played up to a mark */
	FLOW_BACK,   /* its message reaches us */
	FLOW_VOICE,
};

struct flow_event {
	int64_t t_us;
	uint64_t order;
	enum flow_kind kind;
	struct call_ev ev;
	char *text; /* of ev, or the message; freed when done */
	flow_do_h *doh;
	int arg;
	uint32_t utt, pos_n; /* where the message's audio belongs */
};

struct flow_utt {
	char *text;
	uint32_t id, total_n, given_n, sent_n;
	struct call_word words[512];
	size_t nwords, nwords_given;
	bool protect, cancelled, ended;
	uint32_t played_n; /* in pieces that are over */
	int64_t final_us;  /* its last segment */
	uint32_t final_n;  /* heard, it says */
	bool known;	   /* … and a mark had come back in this call */
	unsigned claimed;  /* words heard, says the last segment */
};

/* Audio at the carrier and when it is played. */
struct flow_piece {
	uint32_t utt, n;
	int64_t start_us;
};

struct flow_mark {
	char name[PLAYQ_MARK_MAX];
	bool out; /* not returned yet */
};

struct flow_seg {
	uint32_t seq, rev, utt;
	enum call_leg leg;
	int64_t start_ms, end_ms;
	char text[256], heard[256];
	bool final, unsure;
};

struct flow {
	struct flow *self; /* what the dialog's script slice holds */
	struct call *call;
	struct playq *q;
	int64_t now_us;
	uint64_t order;
	struct flow_event *heap[FLOW_EVENTS];
	unsigned nheap;

	/* the test's choices */
	flow_dialog_h *dialogh;
	const struct carrier *carrier;
	int latency_ms; /* one way … */
	int jitter_ms;	/* … and up to so much more; order holds */
	int buffer_ms;	/* the carrier plays so much later */
	int marks_late_ms;
	unsigned marks_lost;  /* one of so many never returns */
	bool clear_mute;      /* a clear returns no marks */
	uint32_t piece_max_n; /* the voice's pieces have 1 to so many */
	int voice_ms;	      /* to first audio */
	unsigned max_call_s;
	int voice_fails;	 /* so many utterances give an error … */
	int voice_fail_n;	 /* … after so many samples */
	int64_t stalled_to_us;	 /* nothing reaches the carrier before */
	const char *voice_hates; /* it fails with texts that have this */
	bool voice_slow;	 /* slower than it is played */
	bool model;		 /* one talks with the caller */
	const char *model_says;	 /* what it answers with */
	int model_ms;		 /* … after so long */
	bool model_dead;	 /* it is asked and says nothing */
	bool voice_dead, no_marks, no_words, choked, protect_cut_ok;
	int64_t stopped_us; /* the caller hung up */
	int brain;	    /* the dialog's own state */
	unsigned announced;

	struct flow_utt *utts;
	unsigned nutts;
	unsigned speaking; /* voice: utterance under way */
	bool voice_busy;
	uint64_t chance;
	int64_t down_us, up_us; /* network: last arrival each way */
	unsigned marks_back;
	int64_t play_us; /* carrier: end of what is queued */
	unsigned breaks; /* … it ran out within an utterance */
	struct flow_mark marks[256];
	unsigned nmarks;
	struct flow_piece pieces[256];
	unsigned npieces;

	struct flow_seg segs[FLOW_SEGS];
	unsigned nsegs;
	char log[FLOW_LOG]; /* inputs of the dialog and effects */
	size_t log_len;
	int stalls, turns, hangups, clears, withholds, resumes;
	char outcome[32];
	int64_t hangup_us, reply_us; /* reply: last TURN's figure */
	uint32_t media_seq;
	uint32_t items; /* of the model */
	uint32_t cut_item, cut_n;
	uint32_t tools[64];
	unsigned ntools;
	int64_t checks, steps;
	uint32_t claimed, played; /* words of final segments */
	uint32_t beyond;	  /* claimed, not played: network stood */
	int errs_ms[FLOW_UTTS];	  /* of positions at a clear: ours - true */
	unsigned nerrs;
	const char *fault; /* first broken invariant */
};

void flow_init(struct flow *f, flow_dialog_h *h);
void flow_fini(struct flow *f);
/** Opens the call: START at time 0 of the call. */
void flow_start(struct flow *f);
/** Runs the world until ms of the call, or until it is over. */
void flow_run(struct flow *f, int ms);
void flow_end(struct flow *f);

/** ms of the call, from its start. */
void flow_do(struct flow *f, int ms, flow_do_h *h, int arg);
void flow_ev(struct flow *f, int ms, struct call_ev ev);
/** The caller talks from ms for dur_ms: suspicion, begin, end, text. */
void flow_talk(struct flow *f, int ms, int dur_ms, const char *text);
/** The same, but nothing passed the recogniser's gate. */
void flow_mumble(struct flow *f, int ms, int dur_ms, const char *guess);
/** A noise: a suspicion and nothing behind it. */
void flow_cough(struct flow *f, int ms);
/** A first sound that may be his. */
void flow_hunch(struct flow *f, int ms);
/** For dur_ms nothing of ours reaches the carrier; then all of it. */
void flow_stall(struct flow *f, int ms, int dur_ms);
void flow_digit(struct flow *f, int ms, char digit);
void flow_tool(struct flow *f, int ms, uint32_t tool, const char *result);
void flow_gone(struct flow *f, int ms);
/** For model.c: an utterance that the voice speaks; its effects. */
void flow_voice_say(struct flow *f, const struct call_fx *fx);
void flow_model_effect(struct flow *f, const struct call_fx *fx);
/** The model is there; err: it is gone. */
void flow_model(struct flow *f, int ms, int err);
/** He talks to the model: begin, end, its end of turn, its text. */
void flow_talk_model(struct flow *f, int ms, int dur_ms, const char *text);

/** The i-th segment of a leg, after flow_end(). */
struct flow_seg *flow_seg(struct flow *f, enum call_leg leg, unsigned i);
int flow_ms(const struct flow *f);
/** A number below, by the flow's own chance. */
uint32_t flow_chance(struct flow *f, uint32_t below);
/** How often s stands in the log. */
int flow_count(const struct flow *f, const char *s);
void flow_note(struct flow *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Writes the log and fails unless want stands in it. */
void flow_want(struct flow *f, const char *want, const char *file, int line);
#define assert_flow(f, want) flow_want(f, want, __FILE__, __LINE__)
#define assert_sound(f)                                                        \
	do {                                                                   \
		if ((f)->fault)                                                \
			fprintf(stderr, "%s\n%s\n", (f)->fault, (f)->log);     \
		assert_null((f)->fault);                                       \
	} while (0)

/** Asks the handler that the test gave to flow_init(). */
extern const struct dialog flow_dialog;

/** Asks; on a text a tool; on its result goodbye. brain: tools so far. */
flow_dialog_h flow_desk;

/* Acts for a dialog. */
struct dialog_act flow_say(const char *text);
struct dialog_act flow_protect(const char *text);
struct dialog_act flow_expect(int answer_ms);
struct dialog_act flow_call(uint32_t id, const char *name);
struct dialog_act flow_bye(const char *outcome);

#endif
