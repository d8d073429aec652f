/*
 * waits: what a media worker itself waits for, as rows behind those of the
 * engine (core/timers.h): one list for docs/timers.md and for the metric.
 */
#ifndef MEDIA_WAITS_H
#define MEDIA_WAITS_H

#include "core/timers.h"

/* Its milliseconds are the deadlines themselves. */
#define WAIT_START_MS 5000
#define WAIT_CONTEXT_MS 1500
#define WAIT_RECOGNISER_MS 250
#define WAIT_CLOUD_MS 3000 /* REPAIR_MS of speech/deepgram.c */
#define WAIT_DESK_MS 9500  /* before the engine's row "tool" */
#define WAIT_STORED_MS 30000
#define WAIT_OVER_MS 3000

enum wait {
	WAIT_START,
	WAIT_CONTEXT,
	WAIT_RECOGNISER,
	WAIT_CLOUD,
	WAIT_DESK,
	WAIT_STORED,
	WAIT_OVER,
};

struct media_counts;

/** Row i of both tables; NULL behind the last. */
const struct timer_row *waits_table(size_t i);
/** Counts a row of the engine by its name. */
void waits_timer(struct media_counts *c, struct sv name);
/** One of ours passed. */
void waits_passed(struct media_counts *c, enum wait w);

#endif
