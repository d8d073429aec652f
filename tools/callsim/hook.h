/*
 * hook: one request of the carrier to a server, as the carrier makes it:
 * signed, form-encoded, 15 s at most in all, tried again only when the
 * connection failed (or as the URL's #rc=…&rp=… says).
 */
#ifndef CALLSIM_HOOK_H
#define CALLSIM_HOOK_H

#include "sim.h"

enum hook_kind {
	HOOK_VOICE,
	HOOK_MESSAGE,
	HOOK_FILE, /* audio of <Play>: GET, not signed as a form */
};

struct hook_prm {
	enum hook_kind kind;
	const char *method;	   /* NULL: POST */
	const char *url;	   /* absolute */
	const struct form *params; /* copied */
};

struct hook_result {
	int code;	      /* 0 or the carrier's error */
	const char *why;      /* a sentence when code */
	int status;	      /* HTTP, 0 none */
	struct sv body, type; /* lent */
	int64_t took_ms;
};

typedef void hook_h(const struct hook_result *r, void *arg);

struct hook;
/** h runs once, later, unless cancelled; NULL when nobody waits. */
int hook_send(struct hook **out, struct sim *s, const struct hook_prm *prm,
	      hook_h *h, void *arg);
/** The request goes on, nobody hears of its answer. NULL is fine. */
void hook_forget(struct hook *k);

/**
 * Appends ref as seen from the document at base: absolute ones stay byte for
 * byte. 0, -EINVAL.
 */
int hook_url(struct buf *out, const char *base, const char *ref);

/** The URL as the carrier signs it: no fragment, no user, port by quirk. */
int hook_signed_url(struct buf *out, const struct sim *s, enum hook_kind kind,
		    const char *url);

#endif
