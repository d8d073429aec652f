/*
 * ops: GET /healthz (the process answers), /readyz (every role serves and
 * the database is there) and /metrics (Prometheus text), for whoever watches
 * the machine.
 */
#ifndef APP_OPS_H
#define APP_OPS_H

#include "app/stats.h"
#include "io/web.h"

struct ops;

struct ops_prm {
	struct web *web;
	int listen_fd;
	struct stats *stats;
	bool (*db_uph)(void *arg);
	void *arg;
};

/** 0 or -errno; everything in prm is lent. */
int ops_new(struct ops **out, const struct ops_prm *prm);
struct ops *ops_free(struct ops *o);

/** Appends the metrics. */
void ops_metrics(struct buf *out, struct stats *s, bool db_up);
/** True when every role serves; else why names what does not. */
bool ops_ready(struct stats *s, bool db_up, char *why, size_t why_size);

#endif
