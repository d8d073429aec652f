/*
 * summary: what is said about a call: each turn as soon as its figures are
 * known, and at the end all of it and whether the call went as it should.
 */
#ifndef CALLSIM_SUMMARY_H
#define CALLSIM_SUMMARY_H

#include "call.h"

/** Reports turns whose figures are complete; all that are left when final. */
void summary_turns(struct call *c, bool final);
/** The call is over: reports it. Texts may still come: see summary_judge. */
void summary_call(struct call *c);
/** Sets c->good and c->fault from the caller's expectations. */
void summary_judge(struct call *c);
/** Prints the verdict of a judged call. */
void summary_verdict(struct call *c);

#endif
