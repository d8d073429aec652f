/*
 * trie: what may or should be heard, as a tree of characters (a-z, 0-9,
 * apostrophe, blank). A piece of text of any token walks it character by
 * character, so lists know nothing of tokens.
 *
 * Two uses. A constraint says what is allowed: exactly one of the phrases, or
 * any sequence of the words. A bias gives a bonus per character matched
 * inside a listed phrase and takes it back when the phrase stays unfinished.
 *
 * Words may say what they follow: "S>d on" leads from the state S, where a
 * text begins, to d; "d>A monday" from there to A. States are letters; a
 * text ends in one that a line names by a capital. A word without is "S>S".
 * Lines that begin with ~ are a list of their own, of what is said most: the
 * fewer texts there are, the worse a line may be on which one is found. So are
 * lines that begin with !, of what must not be missed.
 */
#ifndef SPEECH_LOCAL_TRIE_H
#define SPEECH_LOCAL_TRIE_H

#include "base/base.h"

enum trie_kind {
	TRIE_ONE,   /* exactly one phrase */
	TRIE_LOOP,  /* a sequence of words; figures may touch */
	TRIE_PLAIN, /* the same of the lines with a ~, which others skip */
	TRIE_ALARM, /* … of those with a ! */
};

struct trie;

enum { TRIE_LIVE_MAX = 12 };

/* Where a text stands in the tree: every node that it may be at. */
struct trie_pos {
	int32_t node[TRIE_LIVE_MAX];
	float bonus[TRIE_LIVE_MAX]; /* bias: given to an unfinished match */
	int n;
};

/** lines: phrases, one a line. *out is NULL when none is left. -ENOMEM. */
int trie_new(struct trie **out, struct sv lines, enum trie_kind kind);
struct trie *trie_free(struct trie *t);

/** Characters of the longest text that is allowed; 0: no limit. */
int trie_longest(const struct trie *t);

/** True when a whole text is allowed. */
bool trie_holds(const struct trie *t, struct sv text);

void trie_begin(struct trie_pos *p);

/** Moves *out from *in by a folded text; false: it is not allowed. */
bool trie_walk(const struct trie *t, const struct trie_pos *in,
	       const char *text, struct trie_pos *out);
/** True where the text may end. */
bool trie_may_end(const struct trie *t, const struct trie_pos *p);

/** Moves *out from *in; returns the change of the bonus. */
float trie_bonus(const struct trie *t, const struct trie_pos *in,
		 const char *text, float per_char, struct trie_pos *out);
/** The change of the bonus when the text ends here. */
float trie_bonus_end(const struct trie *t, const struct trie_pos *p);

#endif
