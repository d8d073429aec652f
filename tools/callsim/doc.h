/*
 * doc: a carrier's instruction document as a tree. Pure: text in, tree out.
 *
 * Strict where the carrier is strict (well-formed XML, root <Response>, no
 * DTD, nothing before the XML declaration: error 12100) and forgiving where
 * it only warns (verbs, attributes and nesting that the schema does not know:
 * warning 12200).
 */
#ifndef CALLSIM_DOC_H
#define CALLSIM_DOC_H

#include <jansson.h>

#include "base/base.h"

struct doc_attr {
	char *name, *value;
};

struct doc {
	char *name; /* "Response", "Dial" … */
	char *text; /* all text inside, trimmed; never NULL */
	struct doc_attr *attrs;
	size_t nattrs;
	struct doc *parent, *child, *next;
};

/**
 * 0 with the <Response> element in *out, which you free with doc_free();
 * -EBADMSG with a sentence in why.
 */
int doc_parse(struct doc **out, struct sv xml, char *why, size_t why_size);
/** Frees the whole tree from its root; NULL is fine. Returns NULL. */
struct doc *doc_free(struct doc *root);

/** The attribute's value, or fallback. */
const char *doc_attr(const struct doc *t, const char *name,
		     const char *fallback);
/** A number of seconds or the like; fallback when absent or not a number. */
int doc_int(const struct doc *t, const char *name, int fallback);
bool doc_bool(const struct doc *t, const char *name, bool fallback);
bool doc_is(const struct doc *t, const char *name);

typedef void doc_warn_h(const char *what, void *arg);
/** Tells h each thing that the carrier's schema does not know. */
void doc_check(const struct doc *t, doc_warn_h *h, void *arg);

/**
 * {"verb","attributes":{},"text","children":[…]}; text only where the element
 * has no children but text. NULL without memory.
 */
json_t *doc_json(const struct doc *t);

#endif
