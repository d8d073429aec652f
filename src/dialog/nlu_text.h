/*
 * nlu_text: an utterance as words. Recognisers write "2:30 p.m.", "two
 * thirty", "230 PM" or "to thirty p m" for the same sound; everything above
 * looks at words and numbers through this file only.
 */
#ifndef DIALOG_NLU_TEXT_H
#define DIALOG_NLU_TEXT_H

#include "base/base.h"
#include "base/buf.h"

#define NLU_WORDS 96 /* what is said beyond is not looked at */
#define NLU_BYTES 640

enum nlu_lang { NLU_EN, NLU_ES };

struct nlu_word {
	struct sv w;   /* lower case, no apostrophes, no accents: "dont" */
	struct sv raw; /* as written, slice of the text given */
	int num;       /* 0…9999 when it is a number, else -1 */
	bool ord;      /* "3rd", "third" */
	bool figures;  /* written as figures */
	char sep;      /* what stood before it: one of " ,.:;/-?!$#" */
};

struct nlu_text {
	struct nlu_word v[NLU_WORDS];
	size_t n;
	enum nlu_lang lang;  /* whose tables read it */
	char mem[NLU_BYTES]; /* bytes of w */
	size_t used;
};

/** Splits s; raw slices point into s, which must stay. Never fails. */
void nlu_split_lang(struct nlu_text *t, struct sv s, enum nlu_lang lang);
/** The same for English. */
void nlu_split(struct nlu_text *t, struct sv s);
/** "es" and "es-MX" are Spanish, everything else English. */
enum nlu_lang nlu_lang_of(struct sv name);

static inline bool nlu_is(const struct nlu_text *t, size_t i, const char *w)
{
	return i < t->n && sv_eq(t->v[i].w, w);
}

/** True when word i is one of the blank-separated words of list. */
bool nlu_in(const struct nlu_text *t, size_t i, const char *list);
/** The same for a slice. */
bool nlu_sv_in(struct sv w, const char *list);

/**
 * The number that begins at word i, compounds joined ("twenty third" = 23rd,
 * "two hundred"). Returns the words used, 0 when there is none.
 */
size_t nlu_number(const struct nlu_text *t, size_t i, int *value, bool *ord);

/**
 * Pattern language of our tables: words separated by blanks; "a|b" either;
 * "a?" or "a|b?" may be missing; "*" up to three words of any kind; "^" and
 * "$" the utterance's begin and end. Matches at word i exactly: returns the
 * words used + 1, 0 when it does not match.
 */
size_t nlu_match_at(const struct nlu_text *t, size_t i, const char *pattern);

/** Looks for pattern anywhere. True: *at and *len (may be NULL) say where. */
bool nlu_match(const struct nlu_text *t, const char *pattern, size_t *at,
	       size_t *len);

/**
 * The one canonical spelling, for comparing texts: lower case, figures for
 * number words ("two thirty p.m." = "2 30 pm" = "2:30 PM"), "oh" between
 * figures is 0, digits said one by one stand apart.
 */
void nlu_canonical(struct buf *out, struct sv text);

#endif
