/* audio: a recording's sound, or a part of it (RFC 9110, 14). */
#ifndef DESK_AUDIO_H
#define DESK_AUDIO_H

#include "desk/api_op.h"

/** Answers and frees op: 200, 206, 304, 404, 416. */
void audio_run(struct op *op, const struct session *who);

#endif
