/*
 * voice: flite in this process. An utterance is said sentence by sentence;
 * its audio comes out while it is being made: telephone μ-law, the silence in
 * front trimmed, all voices at the same level (-20 dBov while speaking).
 *
 * flite keeps state in its voices: all of this belongs to one thread.
 */
#ifndef SPEECH_LOCAL_VOICE_H
#define SPEECH_LOCAL_VOICE_H

#include "speech.h"

struct voice; /* all voices */
struct voice_utt;

int voice_new(struct voice **out);
struct voice *voice_free(struct voice *v);
/** rms slt awb kal; NULL and unknown names: the first. */
bool voice_known(struct sv name);

/* A piece of an utterance: audio and the words that end in it. */
struct voice_piece {
	const uint8_t *ulaw;
	size_t n;
	const struct speech_word *words;
	size_t nwords;
};

/** Lends a piece; false: stop, nobody wants the rest. */
typedef bool voice_piece_h(const struct voice_piece *p, void *arg);

/** text is lent until voice_utt_free(). 0, -EMSGSIZE, -ENOMEM. */
int voice_utt_new(struct voice_utt **out, struct voice *v, struct sv name,
		  struct sv text);
struct voice_utt *voice_utt_free(struct voice_utt *u);

/**
 * Says the next sentence through h. 1: there are more; 0: that was the last;
 * -ECANCELED h said stop; -EIO flite failed.
 */
int voice_utt_next(struct voice_utt *u, voice_piece_h *h, void *arg);

#endif
