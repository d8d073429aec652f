/*
 * cmd_ask: one call of an admin.* function, for commands.
 */
#ifndef APP_CMD_ASK_H
#define APP_CMD_ASK_H

#include <jansson.h>

#include "app/cmd.h"

/**
 * Takes req over. 0 with its answer in *out (json_decref() it; NULL: none), or
 * what is wrong was said.
 */
int cmd_ask(struct cmd *c, json_t **out, const char *sql, json_t *req);

#endif
