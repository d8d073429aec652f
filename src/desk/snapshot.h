/*
 * snapshot: what calls need of the database, kept for the time when it is
 * away: of each of our numbers the plans and the assistant's script and
 * context (desk.snapshot). In memory, and in a file of node.state_dir (0600)
 * for a worker that starts without a database. Made anew at each connection,
 * when SQL says that something changed (channel nightbell_plans), and every
 * ten minutes. Nothing about callers is in it.
 */
#ifndef DESK_SNAPSHOT_H
#define DESK_SNAPSHOT_H

#include "io/pg.h"

struct json_t;
struct snapshot;

#define SNAPSHOT_CHANNEL "nightbell_plans"

struct snapshot_prm {
	struct loop *loop;
	struct pg *pg;	 /* lent: a connection where nobody is in a hurry */
	const char *dir; /* node.state_dir */
	bool writes;	 /* this worker writes the file for all */
};

/** Reads the file; one that is missing or damaged is told and ignored. 0,
 * -ENOMEM. */
int snapshot_new(struct snapshot **out, const struct snapshot_prm *prm);
/** NULL is fine; returns NULL. */
struct snapshot *snapshot_free(struct snapshot *s);

/** Made anew soon; several wishes are one. */
void snapshot_refresh(struct snapshot *s);

/** What SQL said of this number; lent until the loop turns. NULL: nothing. */
const struct json_t *snapshot_find(const struct snapshot *s, struct sv number);
/** How many numbers it knows. */
size_t snapshot_size(const struct snapshot *s);

#endif
