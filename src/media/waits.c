#include "media/waits.h"

#include "media/counts.h"

#define HOUSE(test) "tests/unit/media/test_waits.c:" test

static const struct timer_row rows[] = {
	[WAIT_START] = {"start",
			"the carrier's start message, from the upgrade",
			WAIT_START_MS,
			"the stream is closed, the carrier's next verb speaks",
			HOUSE("test_start")},
	[WAIT_CONTEXT] = {"context", "script and context, asked of the desk",
			  WAIT_CONTEXT_MS,
			  "the call begins with the node's snapshot",
			  HOUSE("test_context")},
	[WAIT_RECOGNISER] = {"recogniser", "a recogniser that is gone",
			     WAIT_RECOGNISER_MS,
			     "it is opened again and hears what has no text "
			     "yet; the dialog asks for keys meanwhile",
			     HOUSE("test_recogniser")},
	[WAIT_CLOUD] = {"cloud",
			"the cloud's recogniser: a connection to it (a word "
			"of it: 1500 ms from the end of a turn)",
			WAIT_CLOUD_MS,
			"ours takes over and hears what has no text yet",
			HOUSE("test_cloud")},
	[WAIT_DESK] = {"desk", "the desk's answer to a tool or to the end",
		       WAIT_DESK_MS,
		       "what is a promise is kept and told later, others "
		       "failed: the dialog says so",
		       HOUSE("test_desk")},
	[WAIT_STORED] = {"stored", "the transcript to be stored",
			 WAIT_STORED_MS,
			 "it is kept in the backlog and told later",
			 HOUSE("test_stored")},
	[WAIT_OVER] = {"over",
		       "the desk to know that the call is over, from our "
		       "goodbye",
		       WAIT_OVER_MS,
		       "the stream is closed; the carrier's next verb may "
		       "connect the caller again",
		       HOUSE("test_over")},
};

const struct timer_row *waits_table(size_t i)
{
	size_t n = 0;

	while (timers_table(n))
		n++;
	if (i < n)
		return timers_table(i);
	return i - n < ARRAY_LEN(rows) ? &rows[i - n] : NULL;
}

void waits_timer(struct media_counts *c, struct sv name)
{
	const struct timer_row *row;

	for (size_t i = 0; i < MEDIA_TIMERS_MAX; i++) {
		row = waits_table(i);
		if (!row)
			return;
		if (sv_eq(name, row->name)) {
			counts_add(&c->timers[i]);
			return;
		}
	}
}

void waits_passed(struct media_counts *c, enum wait w)
{
	waits_timer(c, sv_str(rows[w].name));
}
