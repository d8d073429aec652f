/*
 * hints: do two texts sound alike? Pure.
 */
#ifndef SPEECH_LOCAL_HINTS_H
#define SPEECH_LOCAL_HINTS_H

#include "base/base.h"

/**
 * How much two texts sound alike, 0 to 1: by consonants mostly, figures as
 * words, blanks do not count. English spelling.
 */
float hints_alike(struct sv a, struct sv b);

#endif
