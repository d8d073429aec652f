/*
 * form: an ordered list of names and values, as web forms send it
 * (application/x-www-form-urlencoded) and as carriers sign it. Names may
 * repeat. Values are bytes: UTF-8 by custom, but a peer can send anything.
 */
#ifndef PROTO_FORM_H
#define PROTO_FORM_H

#include "base/buf.h"

#define FORM_PAIRS_MAX 512

/* Both are NUL-terminated besides; they live as long as the form. */
struct form_pair {
	struct sv name, value;
};

struct form {
	struct form_pair *v;
	size_t n, cap;
};

/** An empty form, also by = {0}. */
void form_init(struct form *f);
void form_fini(struct form *f);

/**
 * Appends what text ("a=1&b=x+y") says, decoded: + is a blank, %XX a byte.
 * 0, -EBADMSG a broken %XX, -E2BIG over FORM_PAIRS_MAX, -ENOMEM; on an error
 * f keeps what it had.
 */
int form_parse(struct form *f, struct sv text);

/** Appends a copy of the pair. 0, -E2BIG, -ENOMEM. */
int form_add(struct form *f, struct sv name, struct sv value);

/** Value of the first such name; p is NULL when there is none. */
struct sv form_get(const struct form *f, const char *name);

/** Appends the form, encoded, to out (out->err tells). */
void form_print(struct buf *out, const struct form *f);

/**
 * Appends a JSON object of strings. Of equal names the first counts; bytes
 * that JSON text cannot hold (NUL, what is no UTF-8) become U+FFFD.
 */
void form_json(struct buf *out, const struct form *f);

#endif
