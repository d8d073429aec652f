/*
 * archive: keeps the files of this node's recordings as the database wants
 * them. Every twenty seconds it asks what is due (desk.recordings_due): files
 * to remove, because they are old enough or their caller did not wish them,
 * and recordings that seem to be written by a worker that has died: of those
 * as much is kept as plays. One desk of a node does it.
 */
#ifndef DESK_ARCHIVE_H
#define DESK_ARCHIVE_H

#include <stdatomic.h>

#include "config.h"
#include "io/pg.h"

struct archive;

struct archive_counts {
	atomic_ullong removed;	 /* files */
	atomic_ullong recovered; /* of workers that died */
	atomic_ullong failed;	 /* files that could not be removed or read */
};

/* Everything is lent and must outlive the archive. */
struct archive_prm {
	struct loop *loop;
	struct dns *dns;
	const struct config *cfg;
	struct archive_counts *counts;
	/** Recordings of business changed; NULL: nobody wants to know. */
	void (*changedh)(struct sv business, void *arg);
	void *arg;
};

/** 0 or -errno. */
int archive_new(struct archive **out, const struct archive_prm *prm);
/** NULL is fine; returns NULL. */
struct archive *archive_free(struct archive *a);

#endif
