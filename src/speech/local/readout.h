/*
 * readout: prepares a text for the voice. Figures, prices, ordinals and
 * ordinary abbreviations are the voice's own business; this mends what it
 * gets wrong (telephone numbers, addresses of mail and web, "&", "w/"),
 * drops what has no sound, and cuts the text into sentences, so that several
 * calls can take turns at the one voice.
 */
#ifndef SPEECH_LOCAL_READOUT_H
#define SPEECH_LOCAL_READOUT_H

#include "base/buf.h"

enum { READOUT_MAX = 8192 };

enum readout_lang { READOUT_EN, READOUT_ES };

/* One token of the voice, and the word of the text that it stands for. */
struct readout_word {
	uint16_t off, len; /* in the text that was given */
	uint32_t at;	   /* in struct readout's text */
	bool ends;	   /* last token of a sentence */
	bool mute;	   /* nothing to say: heard with the word before */
};

struct readout {
	enum readout_lang lang;
	struct buf text; /* tokens, one blank between them */
	struct readout_word *word;
	size_t n, cap;
};

/** 0, -EMSGSIZE over READOUT_MAX, -ENOMEM. readout_fini() in any case. */
int readout_init(struct readout *s, enum readout_lang lang, struct sv text);
void readout_fini(struct readout *s);

/** The sentence that begins at word *from; moves *from behind it. */
struct sv readout_sentence(const struct readout *s, size_t *from);

#endif
