/*
 * backlog: what the database is to be told when it is back, in the order in
 * which it happened on this node. All workers append to one file of
 * node.runtime_dir; one of them (whoever holds its lock) tells the database,
 * one thing after the other, each until it is answered. What was told twice
 * because an answer was lost must be harmless there.
 *
 *   worker ─┐                       ┌─ lock ─> one worker ─> SQL
 *   worker ─┴─> append ─> backlog ──┘
 */
#ifndef IO_BACKLOG_H
#define IO_BACKLOG_H

#include "io/pg.h"

struct backlog;

struct backlog_prm {
	struct loop *loop;
	struct pg *pg;	 /* lent; it tells through this one */
	const char *dir; /* node.runtime_dir */
	const char *sql; /* a call of a function with one parameter */
	size_t max;	 /* bytes of the file; 0: 64 MiB */
};

/** Opens dir/backlog (0600); what is in it is told. 0 or -errno. */
int backlog_new(struct backlog **out, const struct backlog_prm *prm);
/** What was not told stays in the file. NULL is fine; returns NULL. */
struct backlog *backlog_free(struct backlog *b);

/**
 * Appends {"fn": fn, "at_ms": at_ms, "arg": arg}: what happened then, arg is
 * JSON. 0, -ENOSPC when it is full, -EINVAL over 4 MiB, -errno.
 */
int backlog_add(struct backlog *b, const char *fn, int64_t at_ms,
		struct sv arg);
/** Something waits, of whichever worker: what comes now belongs behind it. */
bool backlog_busy(const struct backlog *b);
/** The database is there: goes on at once, not at the next look. */
void backlog_kick(struct backlog *b);

/** The statement failed because the database is not there or has no time:
 * it may be told later. */
bool backlog_waits(const struct pg_result *r);

#endif
