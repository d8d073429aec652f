/*
 * stats: counters of all processes in one piece of shared memory. The
 * supervisor makes it, each role writes its own row, the desk shows them.
 */
#ifndef APP_STATS_H
#define APP_STATS_H

#include "desk/archive.h"
#include "desk/keeper.h"
#include "desk/relay.h"
#include "desk/sse.h"
#include "desk/webhooks.h"
#include "media/counts.h"

enum { STATS_LINKS = 3 };
enum stats_link_state { LINK_NONE, LINK_DOWN, LINK_SILENT, LINK_UP };

/* A role's connection to the database. */
struct stats_link {
	char purpose[12];  /* "calls"; set before the state is another one */
	atomic_uint state; /* enum stats_link_state */
};

struct stats_role {
	char name[16];	/* "media0"; set before any role runs */
	atomic_int pid; /* 0: not running */
	atomic_bool ready;
	atomic_bool accepting; /* media: takes connections of its slot */
	atomic_uint restarts;
	atomic_uint calls; /* media: live now */
	struct webhook_counts webhooks;
	struct media_counts media;
	atomic_uint queued[3]; /* statements of webhooks, calls, segments */
	struct stats_link links[STATS_LINKS];
};

struct stats {
	unsigned n;
	atomic_bool draining; /* told to stop: no new calls, please */
	struct relay_counts relay;
	struct keeper_counts keeper;
	struct sse_counts streams;
	struct archive_counts archive;
	struct stats_role roles[];
};

/** *fd: to be inherited; close-on-exec. 0 or -errno. */
int stats_new(struct stats **out, int *fd, unsigned n);
/** In a role: the same memory. 0 or -errno. */
int stats_map(struct stats **out, int fd);
/** The row of that name, or NULL. */
struct stats_role *stats_role(struct stats *s, const char *name);

#endif
