/*
 * migrate: brings the database to what this program needs. Numbered files of
 * sql_dir/migrations (numbers may be left out) run once each, forward only;
 * the functions in lib, desk, api and admin are put in place again whenever a
 * file of theirs changed.
 *
 * Plain blocking libpq: this is a command of its own, not a loop process.
 */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include <stdio.h>

/**
 * conninfo: libpq keywords; user: overrides them, NULL: as they say. Says
 * what it does on out and what went wrong on stderr, with file and line.
 * Two at the same time: the second waits for the first.
 *
 * 0; -ENOTCONN no connection; -ENOENT no such folder or no files; -EBADMSG
 * the files do not fit what was applied before; -EREMOTEIO the server refused
 * a statement; -EBUSY a table was in use through all tries (each waits 2 s for
 * it, so that nobody queues behind us for long); -ETIMEDOUT another migrate
 * holds the lock; -ENOMEM.
 */
int migrate_run(const char *conninfo, const char *user, const char *sql_dir,
		FILE *out);

#endif
