/*
 * twiml: a plan of the desk (JSON) as the carrier's document (XML). URLs are
 * made from our public one, never from a request.
 */
#ifndef PROTO_TWIML_H
#define PROTO_TWIML_H

#include "base/buf.h"

struct json_t;

/* What the desk wants of a call. Slices live as long as the plan. */
struct plan {
	struct json_t *root;
	struct sv call, business; /* UUIDs; empty for none */
	struct sv reason;	  /* a word for the log, or empty */
	size_t verbs;
	bool connects; /* a stream is to be opened */
};

/**
 * Reads and checks a plan. 0, -EBADMSG with a sentence in why: which verb is
 * wrong and how. Call plan_fini() either way.
 */
int plan_parse(struct plan *p, struct sv text, char *why, size_t why_size);
void plan_fini(struct plan *p);

struct twiml_prm {
	struct sv base;		 /* https://voice.example.com */
	struct sv stream_url;	 /* wss://…/ws/voice/twilio/NONCE */
	struct sv stream_status; /* path: /twilio/stream */
	struct sv token;	 /* of the stream */
};

/** Appends the document (out->err tells). */
void twiml_print(struct buf *out, const struct plan *p,
		 const struct twiml_prm *prm);

#endif
