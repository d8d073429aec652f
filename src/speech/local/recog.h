/*
 * recog: from the audio of one utterance to the text that the call believes.
 *
 * Which text wins. The utterance is decoded freely first. A free text that
 * is on a list is that list's text. Otherwise each list is decoded against;
 * its text is accepted from a mean log-probability of -1.0 per token on, the
 * free one from -0.5. An accepted list text wins, except against an accepted
 * free text that scores better and holds clearly more words
 * (recog_prefers_free): "yes, but Tuesday instead" is no "yes". When nothing
 * is accepted the free text is a guess (SPEECH_NONE).
 */
#ifndef SPEECH_LOCAL_RECOG_H
#define SPEECH_LOCAL_RECOG_H

#include "speech.h"
#include "speech/local/moonshine.h"

struct recog_prm {
	struct sv phrases, words, bias; /* as struct speech_expect */
	const atomic_bool *cancel;	/* may be NULL */
};

struct recog_text {
	char text[MOONSHINE_TEXT_MAX];
	enum speech_source source;
	float score;
	float no_speech;
};

/**
 * pcm: 8 kHz telephone audio, about 300 ms before the speech included. 0, or
 * -ECANCELED, -ENOMEM, -EIO, -ENODATA.
 */
int recog_run(struct recog_text *out, struct moonshine *m, const int16_t *pcm,
	      size_t n, const struct recog_prm *prm);

/** The rule above, for one accepted text of each kind. */
bool recog_prefers_free(struct sv list, float list_score, struct sv free_text,
			float free_score);

#endif
