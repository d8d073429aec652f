/*
 * vocab: the recogniser's 32,000 pieces of text. Token N is line N (from 0)
 * of vocab.txt, with U+2581 for a blank and <0xNN> for a byte.
 *
 * Lists of expected phrases know nothing of tokens: they are matched on a
 * small alphabet of characters (a-z, 0-9, apostrophe, blank). Each piece
 * therefore has two spellings: as written, and folded to that alphabet; the
 * letters of Spanish lose their accents there.
 */
#ifndef SPEECH_LOCAL_VOCAB_H
#define SPEECH_LOCAL_VOCAB_H

#include "base/base.h"

enum {
	VOCAB_N = 32000,
	VOCAB_BEGIN = 1,  /* first token of every text */
	VOCAB_END = 2,	  /* the text is complete */
	VOCAB_TEXT = 259, /* first token that is neither control nor byte */
};

enum vocab_lang { VOCAB_EN, VOCAB_ES };

struct vocab;

/** Reads a file. 0, -ENOENT …, -EBADMSG not such a list, -ENOMEM. */
int vocab_new(struct vocab **out, const char *path);
struct vocab *vocab_free(struct vocab *v);

/** As written; token < VOCAB_N. */
const char *vocab_text(const struct vocab *v, int token);
/** Folded to a-z 0-9 ' and blank, one character for each of its own. */
const char *vocab_fold(const struct vocab *v, int token);
/** May stand in a text: printable ASCII, in Spanish also its own letters. */
bool vocab_allowed(const struct vocab *v, enum vocab_lang lang, int token);

/**
 * Folds the first character of s (not empty): lower case, no accents, blank
 * for what is not in the alphabet. *used: its bytes.
 */
char vocab_fold_char(struct sv s, size_t *used);

/**
 * Folds a text for comparison: one blank between words, none at the ends.
 * Writes at most size - 1 bytes and a NUL; returns the length.
 */
size_t vocab_fold_text(char *out, size_t size, struct sv text);

#endif
