/*
 * brief: what a model that talks with callers is told: who it is, what it
 * knows, what it must not say, and the functions that it may call. No persona
 * of a business can weaken the rules: they come last.
 */
#ifndef DIALOG_BRIEF_H
#define DIALOG_BRIEF_H

#include "base/buf.h"

#include <jansson.h>

/* A function of the model and the tool of the desk behind it. */
struct brief_fn {
	const char *name;
	const char *tool; /* NULL: the dialog itself does it */
	const char *what; /* for the model */
	const char *args; /* properties of a JSON schema; %s: the services */
	const char *need; /* required ones, JSON list */
};

/** NULL behind the last. */
const struct brief_fn *brief_fn(size_t i);
const struct brief_fn *brief_fn_find(struct sv name);

/** context: as dialog_prm.context. 0, -EBADMSG, or out->err. */
int brief_instructions(struct buf *out, struct sv context, struct sv lang,
		       int64_t wall_ms);
/** JSON list of functions; how many, or -errno. */
int brief_functions(struct buf *out, struct sv context);

/** The id of the service that name or id means; NULL: none. */
const char *brief_service(json_t *context, const char *name);

#endif
