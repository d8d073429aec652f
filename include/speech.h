/*
 * speech: what a call asks of a recogniser or a voice, and what comes back.
 * One const struct per provider in src/speech, listed in its all.c.
 *
 * A session serves one leg in one capability. Handlers run on the loop that
 * opened it, never from inside open(). closedh comes last and exactly once,
 * also when the provider dies (err != 0) and also after close(). After
 * close() no other handler runs. The session's memory goes after closedh.
 */
#ifndef SPEECH_H
#define SPEECH_H

#include "frame.h"

enum {
	SPEECH_STT = 1,		/* hears: send_audio(), texth, vadh */
	SPEECH_TTS = 2,		/* speaks: say(), audioh */
	SPEECH_S2S = 8,		/* hears and answers by itself: include/s2s.h */
	SPEECH_VAD = 4,		/* tells reliably who talks when: vadh. An STT
				 * without it is led by another's, see lead() */
};

enum speech_vad {
	SPEECH_BEGAN,		/* it is speech: 100 of the last 140 ms */
	SPEECH_ENDED,		/* silent for the hang-over */
	SPEECH_PAUSED,		/* silent for 200 ms: may be over; optional */
	SPEECH_RESUMED,		/* it was not */
};

/* Where a text comes from; the gate that it passed or not. */
enum speech_source {
	SPEECH_LIST,		/* decoded against the expected phrases */
	SPEECH_FREE,		/* free, with bias */
	SPEECH_NONE,		/* nothing passed its gate: text is a guess */
};

struct speech_text {
	int64_t start_n, end_n;	/* samples of the leg; end without hang-over */
	struct sv text;		/* normalised spelling as the model wrote it */
	struct sv alts;		/* other readings, best first, one a line; with
				 * a ? in front: near it, to be asked only */
	struct sv lang;		/* it was read as: "en", "es" */
	enum speech_source source;
	bool final;
	float score;		/* mean log-probability per token; <= 0 */
};

/* Where a word of our own speech ends: for "what was heard". */
struct speech_word {
	uint16_t off, len;	/* bytes of the text given to say() */
	uint32_t end_n;		/* samples from the utterance's start */
};

typedef void speech_text_h(const struct speech_text *t, void *arg);
/** at_n: sample where speech began or ended (not where it was noticed). */
typedef void speech_vad_h(enum speech_vad v, int64_t at_n, void *arg);
/**
 * Lends audio of utterance utt, in order; words: those whose end lies in
 * this piece. last: the utterance is complete (f->n may be 0).
 * err: the voice failed, last is set, what came before stands.
 */
typedef void speech_audio_h(uint32_t utt, const struct frame *f,
			    const struct speech_word *words, size_t nwords,
			    bool last, int err, void *arg);
typedef void speech_closed_h(int err, void *arg);
/** STT: its connection was lost; the audio from from_n on is wanted again. */
typedef void speech_again_h(int64_t from_n, void *arg);

struct speech_handlers {
	speech_text_h *texth;
	speech_vad_h *vadh;
	speech_audio_h *audioh;
	speech_again_h *againh;
	speech_closed_h *closedh;
	void *arg;
};

/*
 * What the dialogue expects to hear next. Lists are newline-separated
 * phrases, lower case; empty = no such list. Lent.
 */
struct speech_expect {
	struct sv phrases;	/* exactly one of these */
	struct sv words;	/* any sequence of these (local/trie.h) */
	struct sv bias;		/* soft: names, streets, services */
	struct sv lang;		/* the lists' language, the likely one; empty: en */
	int hangover_ms;	/* silence that ends the utterance */
	int early_ms;		/* … once one of phrases is complete; 0: the same */
};

struct speech_prm {
	const char *call;	/* id for logs; lent for the session */
	const char *lang;	/* "en", "es" */
	const char *voice;	/* TTS: name, NULL = provider's default */
	unsigned caps;		/* the one capability wanted */
};

struct speech_sess;		/* opaque, the provider's */
struct speech_env;		/* what a provider keeps for a worker */

struct loop;
struct wsc_env;
struct config;
struct speech_counts;

/* What a worker has for its providers; lives longer than they do. */
struct speech_host {
	struct loop *loop;
	const struct config *cfg;
	struct wsc_env *net;	/* opens WebSockets to others */
	const char *local_path; /* Unix socket of the speech process */
	struct speech_counts *counts; /* NULL: nobody wants to know */
};

struct speech {
	const char *name;	/* as the configuration says it */
	unsigned caps;
	enum codec_id codec;	/* what it hears and says */
	unsigned rate_hz;
	/** Once per worker. 0, -EINVAL not configured (logged), -ENOMEM. */
	int (*start)(struct speech_env **out, const struct speech_host *host);
	/** Sessions that are still there get their closedh from inside. */
	void (*stop)(struct speech_env *env);
	/** Languages that it can hear now, blanks between: "en es". */
	const char *(*hears)(struct speech_env *env);
	/** 0, -ENOTSUP caps, -ENOMEM, -EAGAIN not reachable now. */
	int (*open)(struct speech_sess **out, struct speech_env *env,
		    const struct speech_prm *prm,
		    const struct speech_handlers *h);
	/**
	 * Frames in order without holes. 0; or the frame is not taken, offer
	 * it again later: -EAGAIN still connecting, or as much as the provider
	 * may have of an old recording at a time; -ENOBUFS.
	 */
	int (*send_audio)(struct speech_sess *s, const struct frame *f);
	void (*expect)(struct speech_sess *s, const struct speech_expect *e);
	/**
	 * Without SPEECH_VAD: from now on (on) turn() tells what a detector
	 * beside it hears: each ENDED is answered by exactly one final text;
	 * else vadh comes from the provider's own events. NULL with VAD.
	 */
	void (*lead)(struct speech_sess *s, bool on);
	void (*turn)(struct speech_sess *s, enum speech_vad v, int64_t at_n);
	/**
	 * Speaks text as utterance utt (unique, rising); lang: empty = the
	 * session's. 0 or -errno.
	 */
	int (*say)(struct speech_sess *s, uint32_t utt, struct sv text,
		   struct sv lang);
	/** TTS: may send n more samples; starts at 0. Keeps queues bounded. */
	void (*grant)(struct speech_sess *s, uint32_t n);
	/** TTS: drop every utterance up to and including utt. */
	void (*cancel)(struct speech_sess *s, uint32_t utt);
	void (*close)(struct speech_sess *s);
};

extern const struct speech *const speech_all[];	/* NULL at the end */

const struct speech *speech_find(struct sv name);

#endif
