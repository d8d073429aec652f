/*
 * call: one call at the carrier: its document of instructions and the verb
 * that runs, its line (the caller's ear and mouth, ticked every 20 ms), what
 * was measured there and what it is reported to be.
 */
#ifndef CALLSIM_CALL_H
#define CALLSIM_CALL_H

#include "behave.h"
#include "doc.h"
#include "hook.h"
#include "line.h"
#include "sim.h"

enum call_status {
	CALL_QUEUED,
	CALL_RINGING,
	CALL_IN_PROGRESS,
	CALL_COMPLETED,
	CALL_BUSY,
	CALL_FAILED,
	CALL_NO_ANSWER,
	CALL_CANCELED,
};

struct stream;
struct dial;
struct prompt;
struct listener;
struct ring;

/* What a verb is doing; only the running verb's part is in use. */
struct verb_state {
	const struct doc *inner; /* Gather: nested verb that plays */
	int64_t until_n;	 /* line position of a deadline, or -1 */
	char digits[64];
	size_t ndigits;
	char finish[16];
	int max_digits;
	struct pcm recorded;
	size_t recorded_cap;
	int64_t quiet_n; /* Record: silence so far, samples */
	bool heard;
	int64_t began_n;
};

struct verb {
	const char *name;
	bool answers;	/* running it answers the call */
	bool attentive; /* the caller converses meanwhile */
	/** True: it is over already, go to the next verb. */
	bool (*start)(struct call *c, const struct doc *d);
	/** Every 20 ms, with what the caller sent. */
	void (*tick)(struct call *c, const int16_t near[TEL_FRAME_N]);
	void (*digit)(struct call *c, char digit);
	/** Something else takes over, or the call ends. */
	void (*stop)(struct call *c);
};

struct call {
	struct list le;
	struct sim *sim;
	char sid[SID_LEN + 1];
	struct call *parent; /* of a leg that <Dial> made */
	struct call *origin; /* whose leg was forwarded to us again */
	char from[64], to[64], forwarded_from[64];
	const char *direction; /* inbound outbound-api outbound-dial */
	enum call_status status;
	int64_t begun_us, answered_us, ended_us; /* monotonic */
	int64_t begun_wall_us, answered_wall_us, ended_wall_us;
	int time_limit_s;
	/* who is on the line */
	struct caller *caller;
	struct behave behave;
	struct measure m;
	struct line line;
	struct timer *tick, *patience;
	struct ring *ring; /* we call somebody, who did not answer yet */
	int64_t next_tick_us;
	int64_t late_us;  /* our own worst delay */
	bool ringing_out; /* while <Dial> rings nobody converses */
	size_t dials;	  /* how often <Dial> rang somebody */
	int turns_reported;
	struct clip_out *wav;
	struct listener *listener;
	struct pcm heard; /* listening: the assistant's audio so far */
	size_t heard_cap;
	/* instructions */
	struct doc *doc;
	const struct doc *at;
	char *doc_url;
	char *doc_method;
	bool doc_begins; /* no verb of this call ran yet */
	const struct verb *verb;
	struct verb_state vs;
	struct hook *hook;
	struct form extra; /* of the request that is on its way */
	int fetches;
	bool on_fallback;
	bool running;	       /* guards against recursion */
	struct prompt *prompt; /* what the carrier itself plays */
	struct stream *stream;
	struct dial *dial;
	/* callbacks of this call */
	char *status_url, *status_method, *fallback_url;
	unsigned status_events; /* bits of enum call_event */
	int status_seq;
	/* results */
	enum ended_by ended_by;
	char ended_why[160];
	int errors, warnings, streams, texts;
	bool over;
	bool judged, good;
	char fault[300];
	int64_t media_in, media_out, marks, clears;
};

enum call_event {
	EVENT_INITIATED = 1,
	EVENT_RINGING = 2,
	EVENT_ANSWERED = 4,
	EVENT_COMPLETED = 8,
};

struct call_prm {
	struct caller *caller; /* referenced */
	const char *from, *to; /* NULL: the caller's, the sim's */
	const char *forwarded_from;
	const char *url; /* NULL: the sim's voice URL */
	const char *method;
	const char *fallback_url, *status_url, *status_method;
	unsigned status_events;
	const char *direction;
	struct call *parent, *origin;
	const char *twiml; /* instead of url */
	int time_limit_s;
	int timeout_s; /* how long it may ring */
};

/**
 * A call comes into being; an inbound one asks its voice URL at once. 0,
 * -ENOMEM, -EINVAL. Calls stay in the sim's list after their end.
 */
int call_new(struct call **out, struct sim *s, const struct call_prm *prm);
/** Frees a call that is over, or kills it. */
void call_free(struct call *c);

struct call *call_find(struct sim *s, struct sv sid);
const char *call_status_name(enum call_status st);
/** Milliseconds since the call began; its length once it is over. */
int64_t call_ms(const struct call *c);
int call_duration_s(const struct call *c);
void call_count_code(struct call *c, int code);

/* ---- for the parts of the call ---- */

/** The line is up: the caller hears and is heard. */
void call_answer(struct call *c);
/** Ends it, tells everybody; by whom and why are for people. */
void call_end(struct call *c, enum call_status st, enum ended_by by,
	      const char *why);
/** The running verb is over: go on behind it. */
void call_next(struct call *c);
/**
 * Asks url (relative to the document) for the next document; extra
 * parameters are copied. The running verb is stopped.
 */
void call_fetch(struct call *c, const char *url, const char *method,
		const struct form *extra);
/** Runs a document given as text; base is where relative URLs start. */
int call_run_text(struct call *c, struct sv xml, const char *base);
/** The parameters that every request of this call has. */
void call_params(struct call *c, struct form *f);
/** Takes a key of the caller. */
void call_digit(struct call *c, char digit);
/** Stops whatever runs (a REST update takes over). */
void call_interrupt(struct call *c);
/** A message was sent to this call's caller. */
void call_note_text(struct sim *s, const char *to);
/** Tells a callback URL about this call; extra is added. */
void call_callback(struct call *c, const char *url, const char *method,
		   const struct form *extra);

extern const struct verb *const verbs_all[]; /* NULL at the end */

/** Requests the element's action, if it has one: true. */
bool verb_action(struct call *c, const struct doc *d, const struct form *extra);

/** Adds number n as text. */
void form_int(struct form *f, const char *name, int64_t n);
void form_str(struct form *f, const char *name, const char *value);

#endif
