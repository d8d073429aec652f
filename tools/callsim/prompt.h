/*
 * prompt: what the carrier itself lets the caller hear: <Say> by a local
 * voice, <Play> of a WAV file, the beep of <Record>.
 */
#ifndef CALLSIM_PROMPT_H
#define CALLSIM_PROMPT_H

#include "call.h"

struct prompt;

/** Each starts what c->prompt plays. 0 or -ENOMEM; failures are reported. */
int prompt_say(struct call *c, const char *text, const char *lang, int loop);
int prompt_url(struct call *c, const char *url, int loop);
int prompt_beep(struct call *c);

/** True until all was played or it failed. */
bool prompt_busy(const struct prompt *p);
/** The next 20 ms into out (filled with silence). Returns its samples. */
size_t prompt_play(struct prompt *p, uint8_t out[TEL_FRAME_N]);
/** Returns NULL; what was on its way is dropped when it comes. */
struct prompt *prompt_free(struct prompt *p);

#endif
