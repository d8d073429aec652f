/*
 * aside: what a database held steps aside while a restore fills it: its
 * schemas are called replaced_… until the new ones stand. Each step is one
 * transaction and a marker (the schema replaced_by_restore) is there from the
 * first to the last, so that whoever comes after a restore that was killed
 * sees it and can put everything back.
 */
#ifndef APP_ASIDE_H
#define APP_ASIDE_H

#include <libpq-fe.h>

#include "app/cmd.h"

#define ASIDE_REMEDY                                                           \
	"a restore was interrupted (or still runs): run \"nightbell restore "  \
	"FILE\"; it first puts back what was there before"

/** Runs statements; says what went wrong. 0 or -EREMOTEIO. */
int aside_run(PGconn *db, const char *sql);

/** The number that a query gives in *n. 0 or -EREMOTEIO, which was said. */
int aside_ask(PGconn *db, const char *sql, int *n);

/** Is something aside? *n > 0 then. 0 or -EREMOTEIO. */
int aside_count(PGconn *db, int *n);

/** The same with a connection of its own as user; 1, 0 or -ENOTCONN. */
int aside_left(const struct config *cfg, const char *user);

/** The only restore at a time; waits shortly. 0, -EBUSY, -EREMOTEIO. */
int aside_lock(PGconn *db);

/** Ends what a killed restore left running in the server. */
int aside_end_orphans(PGconn *db);

/** All aside; drops what is aside; drops what is new and puts all back. */
int aside_take(PGconn *db);
int aside_drop(PGconn *db);
int aside_put_back(PGconn *db);

/** May new functions be called by everybody, as PostgreSQL has it? */
int aside_default_grants(PGconn *db, bool everybody);

/** How many of Nightbell's own schemas are there? */
int aside_own(PGconn *db, int *n);

#endif
