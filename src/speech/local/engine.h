/*
 * engine: the models that one process loads once for all its calls.
 */
#ifndef SPEECH_LOCAL_ENGINE_H
#define SPEECH_LOCAL_ENGINE_H

#include "config.h"
#include "speech/local/moonshine.h"
#include "speech/local/silero.h"

struct engine {
	struct ort *ort;
	struct moonshine *moonshine;
	struct moonshine *spanish; /* NULL: off, or not there */
	struct silero *silero;
};

/** 0, or -errno after a log line that says what is missing. */
int engine_init(struct engine *e, const struct config *cfg);
void engine_fini(struct engine *e);

#endif
