/*
 * openai: OpenAI's Realtime interface at /v1/realtime, GA shape only.
 *
 *   openai.c        the socket's events, both ways
 *   openai_check.c  what a session may be told
 *   openai_say.c    responses: audio and text in uneven bursts
 *   openai_rules.c  the "model": what it answers to the words it heard
 *
 * ?model=echo sends back what it is given, for benchmarks; ?model=broke fails
 * each response for want of money.
 */
#ifndef PROVSIM_OPENAI_H
#define PROVSIM_OPENAI_H

#include "hearing.h"
#include "serve.h"

enum { OA_ITEMS = 64, OA_PLANS = 4, OA_ID = 40 };

/* An item of the conversation. */
struct oa_item {
	char id[OA_ID];
	bool assistant;	  /* with audio: can be truncated */
	int64_t audio_n;  /* samples of it; truncated: what is left */
	char call[OA_ID]; /* of a function call: awaits its output */
};

/* What the model wants to do in a response, in this order. */
struct oa_plan {
	char say[600];
	char call[40], args[600]; /* function, or empty */
};

/* What the model remembers of the talk. */
struct oa_mind {
	char service[80], start[40];
	bool asked_name, told;
};

struct oa_sess {
	struct peer *p;
	json_t *session; /* effective */
	bool updated, echo, broke, beta;
	struct timer *life; /* then it expires */
	struct hearing *hearing;
	struct oa_item items[OA_ITEMS];
	unsigned nitems;
	char user_item[OA_ID]; /* of the speech that goes on */
	bool speaking;
	unsigned ids;
	int64_t early; /* bytes of audio before the update */

	/* what was said since the last response */
	char heard[600];
	json_t *output; /* of the last function, or NULL */
	char output_of[40];
	struct oa_mind mind;

	/* the response that is active */
	char response[OA_ID]; /* empty: none */
	struct oa_plan plan;
	char item[OA_ID];
	uint8_t *audio;
	size_t audio_n, audio_at;
	size_t text_at;
	unsigned bursts;
	struct timer *timer;
	int64_t said_n; /* audio out so far, for usage */
};

extern const struct service openai_realtime;

/* openai.c */
/** Sends an event with an id of its own; takes o's reference. */
void oa_send(struct oa_sess *s, json_t *o);
/** The error event. */
void oa_error(struct oa_sess *s, const char *type, const char *code,
	      const char *message, json_t *event);
void oa_new_id(struct oa_sess *s, char out[OA_ID], const char *prefix);
struct oa_item *oa_item_new(struct oa_sess *s, const char *id);
struct oa_item *oa_item_find(struct oa_sess *s, const char *id);
const char *oa_text(json_t *o, const char *key);

/* openai_check.c */
/** The session as it is when nothing was said. */
json_t *oa_session_new(const char *model, const char *id, int64_t expires_s);
/** 0: session is updated; else why, and nothing of it was taken. */
int oa_session_update(json_t *session, json_t *with, bool spoken, char *why,
		      size_t size);

/* openai_say.c */
void oa_respond(struct oa_sess *s, json_t *create);
/** The timer's handler: the next burst. */
void oa_burst(void *arg);
void oa_cancel(struct oa_sess *s, const char *reason);
/** Echo: what came goes back. */
void oa_echo(struct oa_sess *s, struct sv base64);
void oa_say_free(struct oa_sess *s);

/* openai_rules.c */
/** What was said before this session, as it is told. */
void oa_remember(struct oa_sess *s, const char *role, const char *text);
/** What to do now; instructions: of this response only, or NULL. */
void oa_think(struct oa_sess *s, const char *instructions);

#endif
