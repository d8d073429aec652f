/*
 * routes: the one table of the dashboard's API. It drives routing, checking
 * of who may and what may be said, and the OpenAPI description. Values have a
 * type in a small language, the same for parameters, bodies and answers:
 *
 *   uuid time local phone text int bool role object   a value
 *   Call, Segment …                                        another schema
 *   x[]   many of it         x?   null, or in a body: may be missing
 *   text(a|b)   one of these words     text(1..9)   so many characters
 *   int(1..9)   in these bounds
 */
#ifndef DESK_ROUTES_H
#define DESK_ROUTES_H

#include "desk/session.h"

enum route_kind {
	ROUTE_SQL,	/* sql answers */
	ROUTE_CALL,	/* … and the gateway adds where the stream goes */
	ROUTE_AUDIO,	/* sql says which file answers */
	ROUTE_SESSION,	/* what is known of who asks */
	ROUTE_EVENTS,	/* a stream of events */
	ROUTE_SEGMENTS, /* a stream of transcripts */
	ROUTE_LINK,
	ROUTE_SIGN_IN,
	ROUTE_REFRESH,
	ROUTE_SIGN_OUT,
	ROUTE_OPENAPI,
};

struct route {
	const char *method, *path; /* {id} stands for a UUID */
	enum route_kind kind;
	enum role role;	    /* at least; ROLE_NONE: no session needed */
	const char *sql;    /* of (business, user, request) */
	const char *params; /* names in the query, with blanks between */
	const char *body;   /* schema, or NULL */
	const char *list;   /* the answer is a page: name of its member */
	const char *answer; /* schema (of an item of the page), or NULL */
	const char *what;
};

struct route_param {
	const char *name, *type, *what;
};

/* All values that a parameter of a path may have. */
struct route_words {
	const char *path, *param;
	const char *words; /* with blanks between */
};

struct schema {
	const char *name;
	const char *fields; /* "name:type name:type …" */
};

extern const struct route routes[];
extern const size_t routes_n;
extern const struct route_param route_params[];
extern const size_t route_params_n;
extern const struct route_words route_words[];
extern const size_t route_words_n;
extern const struct schema schemas[];
extern const size_t schemas_n;

/** NULL; then *allow tells other methods of this path ("GET, POST"). */
const struct route *route_find(struct sv method, struct sv path, struct sv *id,
			       char allow[64]);
/** NULL when the route does not take it. */
const struct route_param *route_param(const struct route *r, struct sv name);
/** Its type; of a cursor, the one that the route gives. */
const char *route_param_type(const struct route *r,
			     const struct route_param *p);
/** All words that the parameter may be, with blanks between; NULL: any. */
const char *route_param_words(const struct route *r, struct sv name);
/** NULL when the parameter may have this value, else the words it may be. */
const char *route_words_miss(const struct route *r, struct sv name,
			     struct sv value);
const struct schema *schema_find(struct sv name);

/* One "name:type" of fields; rest is what follows it. False at the end. */
struct field {
	struct sv name, type; /* type without rule, [] and ? */
	struct sv rule;	      /* "a|b", "1..9"; empty: none */
	bool many, null;
};
bool field_next(struct field *f, const char **rest);
/** "1..9" as numbers; false: the rule is a list of words, or empty. */
bool field_bounds(const struct field *f, int64_t *least, int64_t *most);
/** The next word of a rule that lists them. */
bool field_word(struct sv *word, struct sv *left);
/** Is it one of the words, or does its length (of an int: it) fit? */
bool field_text_fits(const struct field *f, struct sv text);
bool field_int_fits(const struct field *f, int64_t n);

/** Does a text make sense as this type? */
bool value_fits(struct sv type, struct sv text);

#endif
