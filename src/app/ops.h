/*
 * ops: GET /healthz (the process answers), /readyz (every role serves and
 * the database answers it) and /metrics (Prometheus text), for whoever watches
 * the machine. Every desk accepts from the one socket and tells of all
 * processes, so that with two a desk that hangs leaves one that answers.
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
};

/** 0 or -errno; everything in prm is lent. */
int ops_new(struct ops **out, const struct ops_prm *prm);
struct ops *ops_free(struct ops *o);

/** Appends the metrics. */
void ops_metrics(struct buf *out, struct stats *s);
/**
 * True when every role serves and the database answers on all connections;
 * else why names the first role (and purpose) that lacks, or says that the
 * node drains.
 */
bool ops_ready(struct stats *s, char *why, size_t why_size);

#endif
