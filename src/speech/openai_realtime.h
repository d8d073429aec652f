/*
 * openai_realtime: OpenAI's Realtime interface as a speech-to-speech provider
 * ("openai"). The protocol is proto/rt_sess.h; here are its socket, its clock
 * and what it has said ahead of time.
 */
#ifndef SPEECH_OPENAI_REALTIME_H
#define SPEECH_OPENAI_REALTIME_H

#include "s2s.h"

extern const struct s2s s2s_openai;

/** Millionths of a cent for u, by the prices of the configuration. */
int64_t openai_cost(const struct config *cfg, const struct s2s_usage *u);

/** Writes the URL of a session. 0 or -ENOSPC. */
int openai_url(char *out, size_t size, const struct config *cfg);

#endif
