/*
 * links: are a role's connections to the database of use? Connected is not
 * enough: a server that is stopped, or whose disk hangs, keeps its sockets.
 * So an idle connection is asked something every few seconds, and one that
 * waits too long with nothing answered counts as silent. What is found is
 * shown in the role's row of the shared counters.
 */
#ifndef APP_LINKS_H
#define APP_LINKS_H

#include "app/stats.h"
#include "io/pg.h"

struct links;

/** Looks at them twice a second from now on. 0 or -errno. */
int links_new(struct links **out, struct loop *l, struct stats_role *self);
/** Before the connections it knows are freed. */
struct links *links_free(struct links *k);
/** purpose: at most 11 characters; pg is lent. At most STATS_LINKS. */
void links_add(struct links *k, const char *purpose, struct pg *pg);
/** Looks now, as one has come up. NULL is fine. */
void links_look(struct links *k);

#endif
