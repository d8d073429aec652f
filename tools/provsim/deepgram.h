/* deepgram: the live recogniser at /v1/listen. */
#ifndef PROVSIM_DEEPGRAM_H
#define PROVSIM_DEEPGRAM_H

#include "serve.h"

extern const struct service deepgram_listen;

#endif
