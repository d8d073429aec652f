/*
 * callee: whom a server calls: people (and machines) whose numbers were given
 * with "--answer NUMBER=RULE", and what they do when it rings.
 */
#ifndef CALLSIM_CALLEE_H
#define CALLSIM_CALLEE_H

#include "call.h"

/**
 * "NUMBER=press:1", "=voicemail", "=busy", "=no-answer", "=hangup" or
 * "=silent", at the end "@MS": how long it rings first (1000). A later rule
 * replaces an earlier one. 0, -EINVAL with a sentence in why, -ENOMEM.
 */
int callee_rule(struct sim *s, const char *text, char *why, size_t why_size);
void callees_free(struct sim *s);

/**
 * Rings c, which the server created by the REST API, and then runs its
 * document, as the rule for its number says; without one somebody answers at
 * once and says nothing. timeout_s: as the server asked.
 */
int callee_ring(struct call *c, const struct call_prm *prm);
void callee_forget(struct call *c);
/** Who answers at number: a caller with one reference, or NULL. */
struct caller *callee_person(const struct sim *s, const char *number);
/** Somebody who presses keys (or none: NULL) and says something (NULL). */
struct caller *callee_new(const char *press, int press_ms,
			  const struct utter *says);

#endif
