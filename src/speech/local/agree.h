/*
 * agree: what may be shown of an utterance that still goes on. Its beginning
 * is read again and again; words on which two runs in a row agree stand. Of
 * single readings 43 of 100 change a word that was there before, of agreed
 * ones 5 do, and those are not shown: what was told only grows.
 *
 * Pure. Words are compared without capitals, accents and punctuation.
 */
#ifndef SPEECH_LOCAL_AGREE_H
#define SPEECH_LOCAL_AGREE_H

#include "base/base.h"

enum {
	AGREE_TEXT_MAX = 1024, /* a longer text agrees with nothing */
	AGREE_OPEN_MS = 500,   /* of so much at the end nothing is told */
	AGREE_WORDS_MIN = 2,   /* one alone is too easily invented */
};

/* Zero it when an utterance begins. */
struct agree {
	char was[AGREE_TEXT_MAX]; /* the run before */
	char told[AGREE_TEXT_MAX];
};

/**
 * A run over the first spoken_ms of the utterance; empty: it brought nothing
 * to believe. Where in them a word lies is estimated by the letters before
 * it. True: told has grown.
 */
bool agree_run(struct agree *a, struct sv text, int spoken_ms);

/** A run over all of it, in a pause, that was told as it is. */
void agree_whole(struct agree *a, struct sv text);

#endif
