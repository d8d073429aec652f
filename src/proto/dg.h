/*
 * dg: Deepgram's live recogniser (/v1/listen) as values: the address, what it
 * says, and how its results become utterances. Pure.
 *
 * Times of the protocol are seconds of the audio that this connection got;
 * here they are samples at 8 kHz from its first byte.
 */
#ifndef PROTO_DG_H
#define PROTO_DG_H

#include "base/buf.h"

enum { DG_RATE_HZ = 8000, DG_TEXT_MAX = 4096 };

/* ---- the address ---- */

struct dg_prm {
	const char *base;     /* wss://api.deepgram.com */
	const char *model;    /* nova-3 … */
	const char *language; /* "en", "multi" … */
	int endpointing_ms;   /* silence that ends its utterances */
	struct sv terms;      /* words to expect, one a line; for Nova-3 */
};

/** Appends URL and query: μ-law of 8 kHz, interim results. b->err tells. */
void dg_url(struct buf *b, const struct dg_prm *p);

/* ---- what it says ---- */

enum dg_kind {
	DG_RESULTS,
	DG_SPEECH_STARTED,
	DG_UTTERANCE_END,
	DG_METADATA, /* the last, after CloseStream */
	DG_ERROR,
	DG_OTHER, /* kinds that came later: to be ignored */
};

struct dg_msg {
	enum dg_kind kind;
	bool is_final, speech_final, from_finalize;
	int64_t start_n, end_n;	 /* the window, or the moment */
	int64_t first_n, last_n; /* of its words; the window without words */
	char text[DG_TEXT_MAX];	 /* transcript, or an error's words */
	char lang[16];		 /* it was read as; empty: not told */
	float confidence;	 /* of the transcript, 0 to 1 */
};

/** 0, or -EBADMSG: not its JSON. */
int dg_parse(struct dg_msg *m, struct sv text);

#endif
