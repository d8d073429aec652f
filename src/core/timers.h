/*
 * timers: the table of what a call waits for. One table is the documentation
 * (docs/timers.md), the rows of a metric, and the list of what tests must
 * cover (tests/flow/test_timers.c). What the media worker itself waits for is
 * its continuation: media/waits.h.
 */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include "base/base.h"

struct timer_row {
	const char *name; /* as in the STALL effect */
	const char *waits_for;
	int ms;		  /* 0: the dialog or the configuration says */
	const char *next; /* what the caller hears when it passes */
	const char *test; /* file:name of who lets it pass; make lint looks */
};

/** Row i; NULL behind the last. */
const struct timer_row *timers_table(size_t i);

#endif
