/*
 * s2s: a speech-to-speech provider: it hears the caller and speaks with him
 * by itself. One const struct per provider in src/speech, listed in s2s_all.
 *
 * What it says comes in items, numbered from 1, one after the other; when it
 * may speak, and what of it was heard, the call says. Handlers run on the
 * loop, never from inside open(), send_audio() or close(). closedh comes last
 * and exactly once, also when it never opened, also after close(); after
 * close() no other handler runs.
 */
#ifndef S2S_H
#define S2S_H

#include "speech.h"

/* What was used since the last time. */
struct s2s_usage {
	int64_t text_in, text_cached, text_out;	   /* tokens */
	int64_t audio_in, audio_cached, audio_out; /* tokens */
	int64_t heard;	  /* tokens of the caller's transcription */
	int64_t ucents;	  /* what it costs: millionths of a cent */
};

struct s2s_handlers {
	/** Configured: audio and wishes may come. */
	void (*readyh)(void *arg);
	/** The provider's own detector; at_n: sample of the leg. */
	speech_vad_h *vadh;
	/** The caller's turn is over, it says; his speech ended at end_n. */
	void (*turnh)(int64_t end_n, void *arg);
	/** What the caller said, final. */
	speech_text_h *texth;
	/** It begins to say item. */
	void (*beginh)(uint32_t item, void *arg);
	/** Text more of item; made_n: samples of it so far; last: that is all. */
	void (*saidh)(uint32_t item, struct sv text, uint32_t made_n,
		      bool last, void *arg);
	/** Audio of item as far as granted; last: it is complete (n may be 0). */
	void (*audioh)(uint32_t item, const uint8_t *data, size_t n, bool last,
		       void *arg);
	/** It calls a function; result() must follow. */
	void (*functionh)(uint32_t ref, struct sv name, struct sv args,
			  void *arg);
	void (*usageh)(const struct s2s_usage *u, void *arg);
	/** Its time runs out: minutes are left to put another in its place. */
	void (*oldh)(void *arg);
	/** err 0: by close(). why: one line for the log. */
	void (*closedh)(int err, struct sv why, void *arg);
	void *arg;
};

struct s2s_prm {
	const char *call; /* id for logs */
	struct sv lang;	  /* "en": the likely one */
	struct sv instructions;
	struct sv functions; /* JSON array of {name, description, parameters} */
	unsigned functions_n;
	int64_t first_n; /* position of the first sample it will get; -1: of
			  * the first frame that it takes */
};

struct s2s_sess;
struct s2s_env;

struct s2s {
	const char *name; /* as the configuration says it */
	enum codec_id codec;
	unsigned rate_hz;
	/** Once per worker. 0, -ENOENT not configured, -ENOMEM. */
	int (*start)(struct s2s_env **out, const struct speech_host *host);
	void (*stop)(struct s2s_env *env);
	/** prm is copied. 0, -ENOMEM, -EINVAL. */
	int (*open)(struct s2s_sess **out, struct s2s_env *env,
		    const struct s2s_prm *prm, const struct s2s_handlers *h);
	/** Frames in order without holes. 0; -EAGAIN not ready yet, -ENOBUFS:
	 * offer it again later. */
	int (*send_audio)(struct s2s_sess *s, const struct frame *f);
	/** What was said or happened beside it, or before it, from open() on;
	 * role: assistant, user, system. */
	void (*tell)(struct s2s_sess *s, const char *role, struct sv text);
	/** It shall speak, of text unless empty. */
	void (*ask)(struct s2s_sess *s, struct sv text);
	/** The result of call ref; answer: it shall speak about it. */
	void (*result)(struct s2s_sess *s, uint32_t ref, struct sv json,
		       bool answer);
	/** Stops what it says; nothing of it comes any more. */
	void (*interrupt)(struct s2s_sess *s);
	/** Of item the caller heard heard_n samples: it shall know. */
	void (*cut)(struct s2s_sess *s, uint32_t item, uint32_t heard_n);
	/** May give n more samples; starts at 0. */
	void (*grant)(struct s2s_sess *s, uint32_t n);
	/** It neither hears somebody talk nor has anything to do or to say. */
	bool (*idle)(const struct s2s_sess *s);
	void (*close)(struct s2s_sess *s);
};

extern const struct s2s *const s2s_all[]; /* NULL at the end */

const struct s2s *s2s_find(struct sv name);

#endif
