/*
 * dial: <Dial>: rings the owner, who does not answer, is busy, cannot be
 * reached or answers, as the caller file says; then the action request.
 */
#ifndef CALLSIM_DIAL_H
#define CALLSIM_DIAL_H

#include "call.h"

/** Starts c->dial. True when it is over already. */
bool dial_begin(struct call *c, const struct doc *d);
/** The document of a whisper ran out: its leg is bridged. */
void dial_accepted(struct call *leg);
/** A leg of a dial ended. */
void dial_leg_over(struct call *leg);
/** A call that the owner's phone sent back to us was answered, or ended. */
void dial_forward_answered(struct call *again);
void dial_forward_over(struct call *again);
/** The caller hung up while it rang or talked. */
void dial_caller_gone(struct call *c);
/** Frees c->dial and ends its legs. */
void dial_end(struct call *c);

#endif
