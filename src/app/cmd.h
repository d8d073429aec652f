/*
 * cmd: the command line. Each command is a row of the table in cmd.c; what
 * all have in common (--config, --help, options with values) is read there.
 */
#ifndef APP_CMD_H
#define APP_CMD_H

#include <stdio.h>

#include "config.h"

enum {
	EXIT_DONE = 0,
	EXIT_NOT_DONE = 1, /* it was tried and did not work */
	EXIT_USAGE = 2,	   /* what was typed is wrong */
};

enum { CMD_POS_MAX = 512, CMD_OPT_MAX = 8, CMD_FLAG_MAX = 4 };

/* What was typed behind the command, and the configuration. */
struct cmd {
	const char *name;
	const char *config_path; /* NULL: none found, defaults */
	struct config cfg;
	const char *pos[CMD_POS_MAX];
	int npos;
	const char *opt[CMD_OPT_MAX]; /* in the order of the table's row */
	bool flag[CMD_FLAG_MAX];      /* likewise: was it there? */
};

/** Runs what argv says; returns the exit code. */
int cmd_main(int argc, char **argv);

/* One per row. Each returns an exit code. */
int cmd_serve(struct cmd *c);
int cmd_role(struct cmd *c);
int cmd_migrate(struct cmd *c);
int cmd_backup(struct cmd *c);
int cmd_restore(struct cmd *c);
int cmd_check(struct cmd *c);
int cmd_transcribe(struct cmd *c);
int cmd_say(struct cmd *c);
int cmd_speech_files(struct cmd *c);
int cmd_script(struct cmd *c);
int cmd_user(struct cmd *c);
int cmd_link(struct cmd *c);
int cmd_token(struct cmd *c);
int cmd_business(struct cmd *c);
int cmd_openapi(struct cmd *c);
int cmd_timers(struct cmd *c);

struct json_t;
/**
 * The script in a file, with all that it includes, checked. 0, or an exit code
 * after it said what is wrong.
 */
int cmd_script_load(struct json_t **out, const struct cmd *c, const char *path);

/** "nightbell NAME: sentence" on stderr; returns EXIT_NOT_DONE. */
int cmd_fail(const struct cmd *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * Calls a function of the database as user and waits (5 s at most). *out:
 * the answer as text, NULL for NULL, free() it. 0 or -errno with a sentence
 * in why.
 */
int cmd_sql(char **out, const struct config *cfg, const char *user,
	    const char *sql, const char *param, char *why, size_t why_size);

/** Where the SQL files are, beside the program or here; out, with size. */
const char *cmd_sql_folder(char *out, size_t size);

#endif
