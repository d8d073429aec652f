/*
 * talker: the thread that speaks for all calls, one sentence at a time each
 * in turn. A speech is one utterance on its way: the loop owns it, the thread
 * fills it.
 */
#ifndef SPEECH_LOCAL_TALKER_H
#define SPEECH_LOCAL_TALKER_H

#include "base/buf.h"
#include "base/list.h"
#include "speech.h"

struct talker;
struct talker_speech;

/** Copies voice, lang and text. owner: given back by talker_news(). */
int talker_speech_new(struct talker_speech **out, struct talker *t,
		      struct sv voice, struct sv lang, struct sv text,
		      void *owner);
/** Also while the thread works at it: then it goes later. Returns NULL. */
struct talker_speech *talker_speech_free(struct talker_speech *p);

/** Has the next sentence made, if that is not under way. */
void talker_continue(struct talker_speech *p);

enum { TALKER_WORDS_MAX = 200 };

/* A piece of a speech, copied out. */
struct talker_piece {
	const uint8_t *ulaw; /* into the caller's buffer */
	size_t n;
	struct speech_word word[TALKER_WORDS_MAX];
	size_t nwords;
	bool last; /* nothing comes behind it */
	int err;   /* with last: the voice failed */
};

/** Takes at most max samples; false: nothing to take now. */
bool talker_take(struct talker_speech *p, uint8_t *buf, size_t max,
		 struct talker_piece *out);
/** Samples made and not taken; *made: the whole text is. */
size_t talker_held(struct talker_speech *p, bool *made);

/** Owner of a speech with news, NULL when there is none. */
void *talker_news(struct talker *t);

#endif
