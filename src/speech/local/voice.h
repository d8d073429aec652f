/*
 * voice: English by flite in this process, Spanish by espeak-ng as a process
 * of its own. An utterance is said sentence by sentence: telephone μ-law, the
 * silence around it trimmed, all voices at the same level (-20 dBov while
 * speaking). flite's audio comes out while it is being made.
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

/**
 * name: of an English voice; lang: "es…", else English. text is lent until
 * voice_utt_free(). 0, -EMSGSIZE, -ENOMEM, -EIO.
 */
int voice_utt_new(struct voice_utt **out, struct voice *v, struct sv name,
		  struct sv lang, struct sv text);
struct voice_utt *voice_utt_free(struct voice_utt *u);

/**
 * Says the next sentence through h. 1: there are more; 0: that was the last;
 * -ECANCELED h said stop; -EIO the voice failed, -ENOENT there is no
 * espeak-ng, -ETIMEDOUT it hung.
 */
int voice_utt_next(struct voice_utt *u, voice_piece_h *h, void *arg);

#endif
