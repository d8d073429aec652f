/*
 * pg_tool: PostgreSQL's own programs (pg_dump, pg_restore) as children. What
 * database.conninfo says reaches them by their environment: command lines can
 * be read by everybody on the machine, and it may hold a password.
 */
#ifndef APP_PG_TOOL_H
#define APP_PG_TOOL_H

#include "base/base.h"

enum { PG_TOOL_VARS = 48, PG_TOOL_WHY = 300 };

struct pg_tool {
	char *env[PG_TOOL_VARS + 1]; /* "PGHOST=…", NULL at the end */
	size_t n;
};

/**
 * user overrides conninfo. 0; -EINVAL conninfo is none, or holds what no
 * environment can say; -ENOMEM. why: a sentence, never with a value in it.
 */
int pg_tool_init(struct pg_tool *t, const char *conninfo, const char *user,
		 char why[PG_TOOL_WHY]);
void pg_tool_fini(struct pg_tool *t);

/**
 * Runs argv (a program in PATH) and waits for it; its messages go to our
 * stderr. out: a file for what it prints, NULL: nowhere. t NULL: no database.
 * It dies with us; SIGINT, SIGTERM and SIGHUP end it, not us, meanwhile.
 * 0; -ENOENT no such program; -EREMOTEIO it ended with an error; -EINTR it was
 * ended by such a signal; -errno.
 */
int pg_tool_run(const struct pg_tool *t, const char *const *argv,
		const char *out);

#endif
