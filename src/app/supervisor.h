/*
 * supervisor: owns the listening sockets and starts the processes of a node:
 * media (one per slot), desk, speech. Restarts what dies, with back-off;
 * stops them in order. Serves nothing itself, so that nothing can kill it.
 */
#ifndef APP_SUPERVISOR_H
#define APP_SUPERVISOR_H

#include "config.h"

/**
 * Runs until SIGTERM, SIGINT or SIGHUP and returns the exit code: 0, or 1
 * when it could not start or a role says that it never will. Errors are
 * printed. config_path is handed to the roles; NULL: none.
 */
int supervisor_run(const struct config *cfg, const char *config_path);

#endif
