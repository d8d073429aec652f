/*
 * recog: from the audio of one utterance to the text that the call believes.
 *
 * Which text wins. The utterance is decoded freely first; that text is
 * accepted from a mean log-probability of -0.5 per token on, when it ended by
 * itself. Then it is decoded against each list, where -1.0 is enough (a free
 * text that is on the list needs no second decoding). The better accepted
 * list text wins, unless the free one is accepted too and clearly fits the
 * sound better (recog_prefers_free): "yes, but Tuesday instead" is no "yes".
 * When nothing is accepted the free text is a guess (SPEECH_NONE).
 *
 * Chosen on 248 clips of four voices with the lists of a booking, so expect
 * worse on new speech: of 80 answers that begin like a listed one and go on
 * none became the short one; with a word list at hand as well at most one came
 * out bent to the list (9 without the rule). It costs one of 96 listed answers
 * and one of 48 dates.
 *
 * Below its gate a list's text is taken all the same when the free text,
 * which knows nothing of the list, sounds like it and is not much better: to
 * it a noisy "Next Saturday" is "Next separately". Likewise a free text that
 * holds a listed name or service. Chosen on the clips "tune" of
 * tools/bench/hearing.mjs.
 *
 * A second look. Where the list holds a shorter one of what is said most (its
 * lines with a ~) and nothing on the list is sure, that one is searched more
 * widely: of 54 answers with a day and a time at 15 dB of noise 27 are right
 * instead of 17 ("tune"), of those of other voices 48 instead of 38.
 *
 * A last look, for danger. Unless a list has it for sure, the utterance is
 * searched against the lines with a !, what people say who smell gas or hear
 * an alarm. What comes near goes along with a ? in front, to be asked about:
 * a mean of -2, and at most 1.1 worse than the free text; of 1000 ordinary
 * answers none came nearer than 1.3 (kind "alarm" of tools/bench/hearing.mjs).
 *
 * Other readings. What else the searches found and is nearly as likely goes
 * along, for a dialogue that can do nothing with the first one.
 *
 * Which language. Two models score their first three tokens; the better one
 * by 0.3 has it when there is 1.5 s of speech. Less decides nothing: both
 * read it. Once a call's language is known, only that model is asked, until
 * an answer fails its gate. Spanish invents more easily: free text needs
 * -0.35 there and more than English gets, a lone "sí" or "no" -0.7, and
 * "gracias" alone, its word for noise, is never taken.
 */
#ifndef SPEECH_LOCAL_RECOG_H
#define SPEECH_LOCAL_RECOG_H

#include "speech.h"
#include "speech/local/moonshine.h"

enum recog_lang { RECOG_ANY, RECOG_EN, RECOG_ES };

enum { RECOG_ALTS_MAX = 3, RECOG_ALTS_LEN = 800 };

struct recog_prm {
	struct sv phrases, words, bias; /* as struct speech_expect */
	enum recog_lang lists;		/* their language; ANY: English */
	struct moonshine *spanish;	/* NULL: only English is read */
	enum recog_lang call;		/* what the caller spoke so far */
	int speech_ms;			/* of it speech; 0: not known */
	const atomic_bool *cancel;	/* may be NULL */
};

struct recog_text {
	char text[MOONSHINE_TEXT_MAX];
	char alts[RECOG_ALTS_LEN]; /* other readings, best first, one a line */
	enum speech_source source;
	float score;
	float no_speech;
	enum recog_lang lang; /* it was read as */
	bool sure;	      /* … and long enough to say it of the caller */
	bool complete; /* one of phrases, and nothing longer is in sight */
};

/**
 * pcm: 8 kHz telephone audio, about 400 ms before the speech included. 0, or
 * -ECANCELED, -ENOMEM, -EIO, -ENODATA.
 */
int recog_run(struct recog_text *out, struct moonshine *m, const int16_t *pcm,
	      size_t n, const struct recog_prm *prm);

/**
 * The rule above, for a list's text and an accepted free one. A phrase gives
 * way to a free text that scores better and holds two words more; a sequence
 * of words, which can be bent to nearly anything, to any other free text that
 * scores better by 0.3, or by 0.8 when it is short and both sound alike.
 */
bool recog_prefers_free(enum trie_kind kind, struct sv list, float list_score,
			struct sv open, float open_score);

#endif
