/*
 * tone: keys (two tones) and single tones of the network (fax, modem, a
 * recorder's beep) within a frame. What Goertzel's filters find there is
 * nearly all there is; in a vowel it hardly ever is (1 frame in 200).
 */
#ifndef AUDIO_TONE_H
#define AUDIO_TONE_H

#include "base/base.h"

/** 20 ms at 8 kHz: share of the power in one such tone, about 0 to 1. */
float tone_share(const int16_t pcm[160]);

#define TONE_SHARE .88f /* it is one */

#endif
