/*
 * role: a process that the supervisor starts as "nightbell role NAME [SLOT]
 * --config FILE", with these descriptors open:
 *
 *   3  status: the first byte written here says "I serve", each further one
 *      answers a SIGUSR2; closed at our death
 *   4  shared counters (app/stats.h)
 *   5… listening sockets:
 *        media   5… carrier, one of each slot, then voice.sock
 *        desk    5 dashboard  6 its bus<N>.sock  7 ops (only desk 0)
 *        speech  5 speech.sock
 *
 * A media worker accepts from its own slot's socket, and on SIGUSR1 looks which
 * other slots have nobody who accepts: it serves those, too, until they have.
 *
 * Every second SIGUSR2 asks a role that serves whether its loop turns. One that
 * says nothing for node.hung_s hangs: it is killed and started again.
 *
 * SIGTERM ends a role: media once its live calls are over. SIGINT and SIGHUP
 * are ignored: they are the supervisor's. When the supervisor dies the kernel sends SIGTERM.
 */
#ifndef APP_ROLE_H
#define APP_ROLE_H

#include "app/stats.h"
#include "config.h"
#include "io/loop.h"

enum {
	ROLE_FD_STATUS = 3,
	ROLE_FD_STATS = 4,
	ROLE_FD_LISTEN = 5,
	ROLE_FD_DASHBOARD = ROLE_FD_LISTEN,
	ROLE_FD_OPS,
	ROLE_FD_BUS,	      /* each desk's own; the others are shared */
	ROLE_LISTEN_MAX = 64, /* slots */
	ROLE_FDS_MAX = ROLE_LISTEN_MAX + 1,
};

/* Exit codes of a role: another start would not help after the first. */
enum { ROLE_EXIT_OK = 0, ROLE_EXIT_FAILED = 1, ROLE_EXIT_CONFIG = 78 };

struct role_ctx {
	const struct config *cfg;
	struct stats *stats;
	struct stats_role *self;
	unsigned slot;
};

/**
 * Says "I serve" to the supervisor, once, and from then on answers when it
 * asks (SIGUSR2) whether the loop still turns. 0 or -errno.
 */
int role_ready(struct loop *l);

/** Each runs until it is told to stop and returns the exit code. */
int role_media(const struct role_ctx *ctx);
int role_desk(const struct role_ctx *ctx);
int role_speech(const struct role_ctx *ctx);

#endif
