/*
 * config_file: reads conf/nightbell.yaml into struct config: defaults, the file
 * with ${ENV} in values, then NIGHTBELL_SECTION_KEY of the environment. What
 * is unknown or cannot be is an error that names file, line and option.
 */
#ifndef APP_CONFIG_FILE_H
#define APP_CONFIG_FILE_H

#include "base/buf.h"
#include "config.h"

#define CONFIG_WHY_MAX 512

/**
 * Fills c (config_fini() either way). path NULL: defaults and environment
 * only. 0, -EINVAL (what and where is in why), -ENOENT no such file, -EIO
 * unreadable; why holds a sentence for each.
 */
int config_load(struct config *c, const char *path, char why[CONFIG_WHY_MAX]);
void config_fini(struct config *c);

/**
 * What serving needs beyond a readable file: a public URL and the secrets
 * that keep strangers out. 0 or -EINVAL with a sentence in why.
 */
int config_check_serve(const struct config *c, char why[CONFIG_WHY_MAX]);

/** Name and default of each option; NULL past the last. For help and tests. */
const char *config_option(size_t i, const char **def);

#endif
