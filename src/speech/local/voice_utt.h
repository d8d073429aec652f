/*
 * voice_utt: what the parts of the voice share: an utterance whose sentences
 * are made by flite (voice_flite.c) or by espeak-ng (voice_espeak.c), and the
 * way of their samples to telephone audio and told words (voice.c).
 */
#ifndef SPEECH_LOCAL_VOICE_UTT_H
#define SPEECH_LOCAL_VOICE_UTT_H

#include <speex/speex_resampler.h>

#include "speech/local/readout.h"
#include "speech/local/voice.h"

struct voice_flite;

enum { VOICE_CHUNK = 1024 }; /* samples pushed at once */

struct voice_utt {
	struct voice_flite *flite; /* NULL: espeak-ng says it */
	size_t kind;		   /* … and which of its voices */
	struct readout spoken;
	size_t at;		   /* next word of spoken */
	SpeexResamplerState *rate; /* NULL: made at 8 kHz, or nothing yet */
	uint32_t pos_n;		   /* audio given out so far */
	int err;

	/* of the sentence that is being said */
	voice_piece_h *h;
	void *arg;
	size_t first, end;	  /* its words */
	size_t told;		  /* … of which the end was told */
	struct speech_word *word; /* for each word of spoken */
	uint32_t base_n;	  /* pos_n where the sentence began */

	/* flite's */
	bool begun, placed;
	long breath;	 /* … that may still go */
	long skip, stop; /* samples of flite: [skip, stop) count */
};

/** The first sound decides the rate of all. 0 or -ENOMEM. */
int voice_set_rate(struct voice_utt *u, unsigned rate_hz);

/** n samples at the voice's rate, n <= VOICE_CHUNK; false: stop. */
bool voice_push(struct voice_utt *u, const int16_t *in, size_t n, float gain);

int voice_flite_new(struct voice_flite **out);
struct voice_flite *voice_flite_free(struct voice_flite *v);
/** Index of a voice, -ENOENT. */
int voice_flite_find(struct sv name);
/** Loads a voice when it is used first. 0 or -EIO. */
int voice_flite_load(struct voice_flite *v, size_t kind);
/** Says the sentence of u's words first to end. Failure: u->err. */
void voice_flite_say(struct voice_utt *u, struct sv text);
void voice_espeak_say(struct voice_utt *u, struct sv text);

#endif
