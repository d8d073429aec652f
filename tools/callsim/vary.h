/*
 * vary: what a seed changes in a caller file before it is read: facts and
 * wording that the file leaves open, voice, pace, level, pauses. Pure.
 *
 * Seed 1 takes the first of everything and the file's own voice: the file as
 * written. Each other seed is another person who wants the same.
 */
#ifndef CALLSIM_VARY_H
#define CALLSIM_VARY_H

#include <stdint.h>

#include <jansson.h>

/**
 * Resolves "facts", variants and "varies" of o in place; what is left is a
 * plain caller file. 0, -EBADMSG with a sentence in why, -ENOMEM.
 */
int vary_caller(json_t *o, uint64_t seed, char *why, size_t why_size);

#endif
