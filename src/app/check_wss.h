/*
 * check_wss: how "nightbell check" asks a provider that is reached by a
 * WebSocket: one connection, on a loop of its own, with a deadline.
 */
#ifndef APP_CHECK_WSS_H
#define APP_CHECK_WSS_H

#include "io/wsc.h"

enum { CHECK_WSS_MS = 10000 };

/* First in what a check keeps: handlers get at it by their arg. */
struct check_wss {
	struct loop *loop; /* its closedh ends this: loop_stop() */
	struct wsc *c;
};

/** Connects: sets c. 0 or -errno, which is reported. */
typedef int check_wss_h(struct check_wss *w, struct wsc_env *net);

/** Connects and runs until the loop is stopped; late: c is closed as lost. */
void check_wss_run(struct check_wss *w, const char *what,
		   check_wss_h *connecth);

#endif
