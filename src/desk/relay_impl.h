/* What the files of the relay share: one claimed row and its way out. */
#ifndef DESK_RELAY_IMPL_H
#define DESK_RELAY_IMPL_H

#include "desk/relay.h"

#include <jansson.h>

#include "base/list.h"

/* One claimed row. */
struct relay_job {
	struct list node;
	struct relay *r; /* NULL: it is gone */
	const struct relay_prm *prm;
	const struct relay_kind *kind; /* NULL: we know of none such */
	json_t *row;
	struct httpc_call *http;
	struct smtp_call *mail;
	struct timer *timer; /* waits to report again */
	struct relay_verdict verdict;
	bool reporting; /* the result is with the database */
	int tries;
};

/* What rows of the outbox can ask for. */
struct relay_kind {
	enum relay_channel channel; /* the row's kind says it */
	const char *noun;
	const char *path; /* of the REST API, below the account */
	void (*send)(struct relay_job *j);
	/* In the carrier's list, as relay_find(). NULL: there is no list. */
	int (*find)(char sid[40], const struct relay_job *j, struct sv list);
};

/** NULL: not for us. */
const struct relay_kind *relay_kind(const char *name);
/** Sends the row, or when it may have gone out already looks first. */
void relay_job_begin(struct relay_job *j, bool maybe_sent);
/** The verdict is there: logs, counts and reports it. Takes the job. */
void relay_job_finish(struct relay_job *j);
/** "" when it is not there. */
const char *relay_text(const json_t *o, const char *key);

#endif
