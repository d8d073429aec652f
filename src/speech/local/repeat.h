/*
 * repeat: sentences that are said over and over, as they were made. A greeting
 * is the same in every call: from its third time on it costs no processor
 * time and is there at once. What is said once, with a caller's name in it, is
 * never kept: only what has been asked for before. Belongs to one thread.
 */
#ifndef SPEECH_LOCAL_REPEAT_H
#define SPEECH_LOCAL_REPEAT_H

#include "base/base.h"
#include "speech.h"

struct repeat;

struct repeat_key {
	struct sv voice, lang, text;
};

/* Made speech: telephone μ-law and where its words end. */
struct repeat_speech {
	const uint8_t *ulaw;
	size_t n;
	const struct speech_word *words;
	size_t nwords;
};

/** max: bytes kept in all; what was not wanted for longest goes first. */
int repeat_new(struct repeat **out, size_t max);
struct repeat *repeat_free(struct repeat *r);

/** Lent until the next repeat_keep(). False: it is not there. */
bool repeat_find(struct repeat *r, const struct repeat_key *k,
		 struct repeat_speech *out);
/** Notes that k was asked for. True: not for the first time, keep it. */
bool repeat_wants(struct repeat *r, const struct repeat_key *k);
/** Copies. What is longer than an eighth of max is not kept. */
void repeat_keep(struct repeat *r, const struct repeat_key *k,
		 const struct repeat_speech *s);

#endif
