/*
 * place: brings a caller's audio into being off the loop, and places calls of
 * missed customers.
 */
#ifndef CALLSIM_PLACE_H
#define CALLSIM_PLACE_H

#include "call.h"

/** k is lent; NULL with a sentence in why. */
typedef void place_h(struct caller *k, const char *why, void *arg);
/** Takes a reference while it works; h runs once, later. 0 or -ENOMEM. */
int place_prepare(struct sim *s, struct caller *k, place_h *h, void *arg);

/** Somebody calls our number: asks the voice URL. from, to may be NULL. */
int place_call(struct call **out, struct sim *s, struct caller *k,
	       const char *from, const char *to);

#endif
