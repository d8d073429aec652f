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

struct bus_handlers {
	void (*bellh)(struct sv business, void *arg);
	/** payload: one JSON object, as the dashboards get it. */
	void (*partialh)(struct sv business, struct sv payload, void *arg);
	void *arg;
};

struct bus {
	const char *name;	/* "local" */
	/** listen_fd >= 0: this process hears (desk); else it only rings. */
	int (*open)(struct bus_sess **out, struct loop *l, const char *path,
		    int listen_fd, const struct bus_handlers *h);
	void (*ring)(struct bus_sess *s, struct sv business);
	void (*partial)(struct bus_sess *s, struct sv business,
			struct sv payload);
	void (*close)(struct bus_sess *s);
};

extern const struct bus *const bus_all[];	/* NULL at the end */

#endif
