/*
 * bus: tells the desk processes that something changed: a doorbell (business
 * and the highest sequence, coalesced) and partial transcripts, which are
 * never stored. One file per bus in src/buses and a line in its all.c.
 * Delivery is best effort: who listens reads the events table, the bell only
 * says when.
 */
#ifndef BUS_H
#define BUS_H

#include "base/base.h"

struct bus_sess;
struct loop;

/* Where desk i listens, under the node's folder: two verbs, dir and i. */
#define BUS_SOCKET_FMT "%s/bus%u.sock"

struct bus_handlers {
	void (*bellh)(struct sv business, void *arg);
	/** payload: one JSON object, as the dashboards get it. */
	void (*partialh)(struct sv business, struct sv payload, void *arg);
	void *arg;
};

struct bus_prm {
	struct loop *loop;
	const char *dir;	/* of the node's sockets: node.runtime_dir */
	unsigned desks;		/* desk processes of this node */
	int self;		/* which of them this process is; -1: none */
	int listen_fd;		/* … and its listening socket, else -1 */
	struct bus_handlers h;	/* of a process that hears */
};

struct bus {
	const char *name;	/* "local" */
	/** A desk hears; every process rings all desks, also itself. */
	int (*open)(struct bus_sess **out, const struct bus_prm *prm);
	void (*ring)(struct bus_sess *s, struct sv business);
	void (*partial)(struct bus_sess *s, struct sv business,
			struct sv payload);
	void (*close)(struct bus_sess *s);
};

extern const struct bus *const bus_all[];	/* NULL at the end */

#endif
