/*
 * listen: the caller's understanding: the same local recogniser that the
 * gateway uses, on what was played at the caller's ear. Runs on the thread
 * pool; the model is loaded with the first question.
 */
#ifndef CALLSIM_LISTEN_H
#define CALLSIM_LISTEN_H

#include "sim.h"

struct listener; /* one question on its way */

typedef void listen_h(const char *text, void *arg);

/** Where the recogniser's files are; both lent for good. */
void listen_setup(const char *library, const char *models);
/**
 * Loads it, if that was not done yet; takes a second, any thread may. 0, or
 * -errno with a sentence in why.
 */
int listen_load(char *why, size_t why_size);
/**
 * pcm is copied. h gets the text ("" when nothing was understood, NULL when
 * there is no recogniser, which was reported) on the loop, unless forgotten.
 * *out is NULL afterwards again. 0 or -ENOMEM.
 */
int listen_ask(struct listener **out, struct sim *s, const int16_t *pcm,
	       size_t n, listen_h *h, void *arg);
void listen_forget(struct listener *l);
/** Frees the model; no question may be on its way. */
void listen_teardown(void);

#endif
