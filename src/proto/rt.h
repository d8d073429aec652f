/*
 * rt: the events of OpenAI's Realtime interface (GA shape, no beta header) as
 * values, and the client's messages. Facts: the vendor's published schema of
 * the GA interface, August 2026.
 *
 * Audio comes by far the most often: it is found by the scanner, without a
 * tree and without heap. Everything else goes through jansson. A number that
 * cannot be is cut to the nearest that can: sums of them do not overflow.
 */
#ifndef PROTO_RT_H
#define PROTO_RT_H

#include "base/buf.h"

enum rt_kind {
	RT_OTHER, /* known and of no use, or not known: counted */
	RT_SESSION_CREATED,
	RT_SESSION_UPDATED,
	RT_SPEECH_STARTED,   /* item, ms */
	RT_SPEECH_STOPPED,   /* item, ms */
	RT_COMMITTED,	     /* item */
	RT_HEARD,	     /* item, text: the caller's words, final */
	RT_HEARD_FAILED,     /* item */
	RT_RESPONSE_CREATED, /* response */
	RT_ITEM_ADDED,	     /* response, item, function */
	RT_ITEM_DONE,	     /* … and name, call, text: arguments */
	RT_AUDIO,	     /* response, item, audio: base64 */
	RT_AUDIO_DONE,	     /* response, item */
	RT_TEXT,	     /* response, item, text: what is said, a piece */
	RT_TEXT_DONE,	     /* response, item, text: all of it */
	RT_RESPONSE_DONE,    /* response, status, code */
	RT_ERROR,	     /* type, code, text: message, event */
};

enum rt_status {
	RT_COMPLETED,
	RT_CANCELLED,
	RT_INCOMPLETE,
	RT_FAILED,
};

/* Tokens that a response or a transcription cost. Cached ones are counted
 * apart from the other input. */
struct rt_usage {
	int64_t text_in, audio_in, text_cached, audio_cached;
	int64_t text_out, audio_out;
	int64_t heard; /* of the caller's transcription */
};

struct rt_event {
	enum rt_kind kind;
	struct sv response, item, call, name, text, audio;
	struct sv type, code, event;	 /* ERROR; code also RESPONSE_DONE */
	struct sv format_in, format_out; /* SESSION_…: "audio/pcmu" */
	int64_t ms;			 /* of the audio that we appended */
	int64_t expires; /* SESSION_…: seconds since 1970; 0 not told */
	int64_t tools;	 /* SESSION_…: how many */
	bool function;	 /* ITEM_…: a function call, else a message */
	bool complete;	 /* ITEM_DONE: nothing cut it */
	enum rt_status status;
	struct rt_usage usage;
	void *tree; /* the slices live in it, or in the message */
};

/** 0, -EBADMSG no such message, -ENOMEM. On 0 call rt_event_fini(). */
int rt_parse(struct rt_event *e, struct sv in);
void rt_event_fini(struct rt_event *e);

struct rt_session_prm {
	struct sv model, voice, instructions;
	struct sv tools; /* JSON array, empty: none */
	unsigned tools_n;
	struct sv transcribe; /* model that writes down the caller */
	struct sv lang;	      /* "en"; empty: it finds out */
	bool semantic;	      /* turns by meaning, else by silence */
	int silence_ms;	      /* … of this length */
};

/* Each appends one whole message; out->err tells. */
void rt_session_update(struct buf *out, const struct rt_session_prm *p);
void rt_audio_append(struct buf *out, const uint8_t *data, size_t n);
/** instructions: of this response only, added to the session's; empty: none.
 * quiet: no tools in it. */
void rt_response_create(struct buf *out, struct sv session,
			struct sv instructions, bool quiet);
void rt_response_cancel(struct buf *out, struct sv response);
void rt_truncate(struct buf *out, struct sv item, int64_t ms);
void rt_delete(struct buf *out, struct sv item);
void rt_output(struct buf *out, struct sv call, struct sv result);
/** role: "assistant", "user" or "system". */
void rt_message(struct buf *out, const char *role, struct sv text);

#endif
