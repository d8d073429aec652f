/*
 * session: one call of this worker, from the carrier's socket to the engine.
 *
 *   socket ─> carrier->parse ─> place ─┬─> bands ──────────── suspicion ─┐
 *                                      └─> ring ─> recogniser ─ events ──┤
 *                                                                        v
 *   socket <─ carrier->media <─ playq <─ voice <── effects ───────────  call
 *   desk   <─ store.c (segments, tools, end) <──── effects ───────────
 *
 * Private to src/media.
 */
#ifndef MEDIA_SESSION_H
#define MEDIA_SESSION_H

#include "audio/near.h"
#include "audio/place.h"
#include "audio/playq.h"
#include "audio/ring.h"
#include "audio/tongue.h"
#include "base/list.h"
#include "base/uuid.h"
#include "core/call.h"
#include "dialog/card.h"
#include "io/recfile.h"
#include "io/recorder.h"
#include "media/media.h"
#include "s2s.h"

#define RING_MS 20000	 /* replayed into a recogniser that comes late */
#define PLAYQ_MS 4000	 /* generated speech held here at most */
#define FILL_MAX_MS 2000 /* silence put into one hole at most */
#define BAD_MAX 20	 /* messages we could not use, then we close */

/* What was wrong with a message that we could not use. */
enum session_bad {
	SESSION_BAD_JSON,
	SESSION_BAD_STREAM,
	SESSION_BAD_BASE64,
	SESSION_BAD_EMPTY,
	SESSION_BAD_AUDIO,
	SESSION_BAD_EARLY, /* a second of it */
};

enum session_state {
	SESSION_WAITING,   /* for the start message */
	SESSION_BEGINNING, /* the desk checks token and gives the context */
	SESSION_LIVE,
	SESSION_CLOSING, /* socket asked to close, or already closed */
};

enum { PROVIDERS_MAX = 8 };

/* A provider and what it keeps for this worker. */
struct provider {
	const struct speech *p; /* NULL: the place is free */
	struct speech_env *env;
};

/* Somebody who is told the caller's audio out of the ring. */
struct feed {
	const struct provider *by;
	struct speech_sess *sess; /* NULL: none now */
	int64_t next_n;		  /* next sample it gets */
};

struct media {
	struct media_prm prm;
	struct provider providers[PROVIDERS_MAX];
	const struct provider *local, *hears, *speaks;
	const struct s2s *model; /* NULL: not configured */
	struct s2s_env *model_env;
	struct recorder *recorder; /* NULL: nothing is recorded here */
	struct timer *tick;
	unsigned ticks;
	struct list sessions;
	struct buf out; /* one message to a carrier, while it is written */
	unsigned n;
	loop_h *drained;
	void *drained_arg;
	bool draining, cut, dying;
	int64_t tick_us;
};

/* Card numbers of a call: cards.c. */
enum { CARDS_KEPT = 8, CARDS_TEXT = 2048, CARDS_REV = 1000 };

struct cards {
	struct card_mask mask;
	unsigned n;				     /* texts so far */
	char text[CARDS_TEXT], alts[2 * CARDS_TEXT]; /* of the last, masked */
	struct cards_kept {
		uint32_t seq, rev; /* seq 0: it became no segment */
		int64_t start_ms, end_ms;
		bool unsure;
		char text[CARDS_TEXT];
	} kept[CARDS_KEPT]; /* by n: the segments of the last texts */
};

struct session {
	struct list node;
	struct media *m;
	const struct carrier *carrier;
	struct web_sock *sock; /* NULL once closed */
	enum session_state state;
	int64_t opened_us;
	int64_t origin_us; /* when sample 0 was spoken */
	int64_t left_us;   /* the caller hung up; 0: is there */
	int64_t bye_us;	   /* over: the socket is closed then at last; 0: no */
	struct uuid nonce; /* 32 hex digits fit */
	bool nonce_used;   /* by another socket of this node, as we know */
	char stream[64];   /* the carrier's stream id */
	char id[UUID_LEN + 1], business[UUID_LEN + 1];
	int64_t stream_no; /* which stream of the call this is; 0 unknown */
	unsigned bad;	   /* messages that we could not use … */
	unsigned bad_seen; /* … and the kinds among them, one bit each */

	struct tongue *tongue; /* the carrier's codec, both ways */

	/* caller's leg */
	struct place place;
	struct near *near;
	struct ring ring;
	bool echoes;	  /* its line was found to */
	int64_t hold_n;	  /* from here on it may be ours; INT64_MAX: not */
	int64_t still_n;  /* from here on the line is still */
	bool speaks;	  /* somebody does, says our detector */
	struct feed stt;  /* reads what the caller says */
	struct feed vad;  /* tells who talks when, where stt cannot */
	int64_t final_n;  /* text is final up to here */
	bool wrong_time;  /* a text's time was still to come */
	int64_t began_n;  /* the last begin of speech */
	int64_t open_n;	  /* speech from here on has no text yet; -1: none */
	int64_t vad_n;	  /* the last begin or end of speech that we know */
	int64_t ended_us; /* speech ended, its text is awaited; 0: none */
	int64_t stt_retry_us, vad_retry_us;
	bool stt_lost;
	char *expect_text[3]; /* phrases, words, bias: for a new one */
	char expect_lang[8];
	int hangover_ms, early_ms;

	/* our speech */
	struct playq *playq;
	struct speech_sess *tts;
	uint32_t sent;	    /* frames so far … */
	int64_t sent_n;	    /* … and samples */
	uint32_t granted_n; /* given to the voice, not yet arrived */
	uint32_t cancelled; /* utterances up to it are dropped */
	uint32_t asked;	    /* of the voice last … */
	int64_t asked_us;   /* … then; 0: audio has come */
	bool spoke;	    /* something was sent lately */

	/* a model that talks with the caller: model.c, renew.c */
	struct model_link {
		struct model_side {
			struct session *s;
			struct s2s_sess *sess; /* NULL: none */
			bool ready;
			/* its numbers begin behind these */
			uint32_t item_0, ref_0;
		} sides[2];	    /* one of them talks */
		unsigned at;	    /* that one */
		bool old;	    /* … and its time runs out */
		int64_t renew_us;   /* the other is not tried before */
		struct past *past;  /* what the other must know */
		bool on;	    /* the engine counts on it */
		bool live;	    /* it hears and may be asked */
		int64_t next_n;	    /* next sample it gets */
		uint32_t granted_n; /* it may give so much more */
		struct {
			uint32_t item, utt;
			uint32_t put_n;
			bool ended;
		} plays[16];	       /* by item */
		uint32_t item;	       /* the newest of them … */
		uint32_t items, refs;  /* … and of all that it told */
		int64_t left_ucents;   /* of the business's day */
		struct s2s_usage used; /* in this stream */
		int failed;	       /* why it could not be opened */
	} model;

	/* recording; NULL: none, or it is over */
	struct recording *rec;
	struct uuid rec_id;
	char rec_path[RECFILE_PATH_MAX];
	int64_t rec_from_ms;
	bool rec_drop; /* its caller did not wish it */

	/* engine */
	struct call *call;
	char *context; /* lent to the call */
	char lang[8], voice[32];
	bool pumping;
	struct call_ev posted[16]; /* events that arose from effects */
	size_t posted_n;

	/* store */
	struct cards cards;
	bool hush;	  /* private: nobody reads along what is being said */
	struct buf items; /* segments of this turn of the loop */
	int reply_ms;	  /* of the segment reply_seq; -1 none */
	uint32_t reply_seq;
	unsigned pending; /* answers of the desk still to come */
	char outcome[32];
	const char *ended_by; /* who, when known before the close */
	bool ended;	      /* desk.call_end was sent */
};

/* media.c: m is dying and its last session is gone. */
void media_last(struct media *m);

/* session.c */
/** The desk has heard that the call is over, or never will. */
void session_bye(struct session *s);
void session_recv(struct web_sock *s, struct sv msg, bool binary, void *arg);
void session_closed(struct web_sock *s, int code, void *arg);
/** Counts it, logs the first of its kind, closes when there are too many. */
void session_bad_message(struct session *s, enum session_bad kind);
void session_tick(struct session *s, int64_t now_us);
/** Feeds the engine; effects are carried out before it returns. */
void session_input(struct session *s, struct call_ev ev);
/**
 * Closes the carrier's socket; the call goes on at its next verb. 1000: the
 * call is over, and the desk knows it before the carrier can ask what is next.
 */
void session_close(struct session *s, int code, const char *why);
/** Frees s once nothing refers to it any more. */
void session_reap(struct session *s);
/** The desk's context is there: builds the engine and begins. */
void session_begin(struct session *s, struct sv context);

/* ear.c: the caller's leg */
void ear_payload(struct session *s, int64_t ts_ms, struct sv base64);
/** A packet as it is, of a binary carrier. */
void ear_packet(struct session *s, int64_t ts_ms, struct sv packet);
/** The line is dead: what was said last ends in silence. */
void ear_hush(struct session *s);

/* listen.c: who reads what the caller says */
void listen_open(struct session *s);
/** Speech that was too faint at first: it is the caller's. */
void listen_began(struct session *s, int64_t at_n);
/** A frame of the leg is in the ring. */
void listen_heard(struct session *s, const struct near_out *o);
/** Gives what the ring holds to those who have not heard it. */
void listen_more(struct session *s);
void listen_expect(struct session *s, const struct call_fx *fx);
void listen_tick(struct session *s, int64_t now_us);
void listen_close(struct session *s);
/** Nothing of it comes any more. */
bool listen_over(const struct session *s);

/* cards.c: no card number goes further than here */
/** Takes what the recogniser read; c->text and c->alts may go on. True:
 * something was masked. */
bool cards_hear(struct cards *c, struct sv text, struct sv alts);
/** The segment of the last text. */
void cards_keep(struct cards *c, const struct call_fx *fx);
/** Replaces the segments that turned out to hold a piece of a card number. */
void cards_back(struct session *s);

/* model.c: a model that talks with the caller */
/** By the context: one is to talk with him. */
bool model_wanted(struct session *s, struct sv context);
void model_open(struct session *s, struct sv context);
/** The engine runs: it may know when that failed. */
void model_begun(struct session *s);
/** Gives it what the ring holds and it has not heard. */
void model_more(struct session *s);
/** What our recogniser read while it talks: true when it was taken. */
bool model_overhears(struct session *s, const struct speech_text *t);
/** The engine's effects that are for it. */
void model_effect(struct session *s, const struct call_fx *fx);
/** What our own voice says, it must know. */
void model_told(struct session *s, struct sv text);
/** It may say more: there is room. */
void model_grant(struct session *s);
/** What is left of the day's money, says the desk. */
void model_left(struct session *s, int64_t ucents);
void model_close(struct session *s);
/** Its memory is not needed any more. */
bool model_gone(const struct session *s);
/** A segment of the transcript, for a session that comes later. */
void model_segment(struct session *s, const struct call_fx *fx);
void model_tick(struct session *s, int64_t now_us);

/* renew.c: another session takes the model's place before its time is over */
/** Opens side. first_n: as of struct s2s_prm. 0 or -errno. */
int model_connect(struct session *s, struct model_side *side, struct sv context,
		  int64_t first_n);
struct model_side *renew_other(struct session *s);
void renew_tick(struct session *s, int64_t now_us);
/** The one that talks is gone: true when the other is there instead. */
bool renew_now(struct session *s);
/** The other one could not be opened, or is gone. */
void renew_failed(struct session *s, int err, struct sv why);

/* record.c: what both said, if they know that it is recorded */
/** context: of the script. Nothing is kept yet. */
void record_open(struct session *s, struct sv context);
/** The caller heard that it is recorded: it begins. */
void record_consent(struct session *s);
/** The caller's leg, as it lies on his time line. */
void record_heard(struct session *s, int64_t at_n, const uint8_t *data,
		  size_t n);
void record_sent(struct session *s, const uint8_t *data, size_t n,
		 int64_t now_us);
void record_clear(struct session *s, int64_t now_us);
/** Some times a second. */
void record_tick(struct session *s, int64_t now_us);
/** A card number was said there, by positions of the caller's leg. */
void record_mute(struct session *s, int64_t start_n, int64_t end_n);
/** A tool is asked: "privacy" ends the recording, and it is deleted. */
void record_tool(struct session *s, struct sv name, struct sv args);
void record_close(struct session *s);

/* voice.c: our speech */
int voice_open(struct session *s);
void voice_text(struct session *s, uint32_t utt, struct sv text,
		struct sv lang);
void voice_clear(struct session *s, uint32_t utt);
/** Sends what is due. */
void voice_pace(struct session *s, int64_t now_us);
void voice_close(struct session *s);

/* store.c: what the desk is told */
/** 0; -EEXIST the nonce was used before; -errno: no call can begin. */
int store_begin(struct session *s);
void store_segment(struct session *s, const struct call_fx *fx);
/*
 * What the caller is just saying: over the bus, stored nowhere, without digits
 * that may become a card's. An empty text takes back what was told before.
 */
void store_partial(struct session *s, const struct call_fx *fx);
void store_flush(struct session *s);
void store_tool(struct session *s, const struct call_fx *fx);
/** state NULL: it begins; else how it ended. */
void store_recording(struct session *s, const char *state,
		     const struct recording_end *e);
/** Whether the desk's answer, then session_bye(), is still to come. */
bool store_end(struct session *s, const char *ended_by);
/** Tells what was used; model_left() answers. */
void store_usage(struct session *s, const struct s2s_usage *u);

#endif
