/*
 * keeper: once a minute asks the database to keep house: partitions ahead,
 * what is old away, calls whose worker died closed (desk.housekeeping). Every
 * desk asks; the database lets one at a time do it.
 */
#ifndef DESK_KEEPER_H
#define DESK_KEEPER_H

#include <stdatomic.h>

#include "config.h"
#include "io/pg.h"

struct keeper;

struct keeper_counts {
	atomic_ullong runs;   /* that did something or found nothing to do */
	atomic_ullong closed; /* calls that nobody else ended */
	atomic_ullong failed; /* parts that did not work */
};

/* Everything is lent and must outlive the keeper. */
struct keeper_prm {
	struct loop *loop;
	struct dns *dns;
	const struct config *cfg;
	struct keeper_counts *counts;
	/** Calls of business changed; NULL: nobody wants to know. */
	void (*changedh)(struct sv business, void *arg);
	void *arg;
};

/** 0 or -errno. Its connection is its own: nothing waits behind it. */
int keeper_new(struct keeper **out, const struct keeper_prm *prm);
/** NULL is fine; returns NULL. */
struct keeper *keeper_free(struct keeper *k);

/** What the answer says, counted and logged. For the test. */
void keeper_take(const struct keeper_prm *prm, struct sv answer);

#endif
