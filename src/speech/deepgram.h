/*
 * deepgram: Deepgram's live recogniser (Nova) as a provider of speech_all[].
 * It reads; who talks when is told by a detector beside it (lead, turn).
 */
#ifndef SPEECH_DEEPGRAM_H
#define SPEECH_DEEPGRAM_H

#include "speech.h"

extern const struct speech speech_deepgram;

#endif
