/*
 * secret: what signs the tokens of media sockets (media.stream_secret) and of
 * people who signed in (dashboard.token_secret): what the configuration says,
 * or one made once and kept in node.state_dir with mode 0600.
 */
#ifndef APP_SECRET_H
#define APP_SECRET_H

#include "base/base.h"
#include "config.h"

#define SECRET_MAX 256

enum secret_kind { SECRET_STREAM, SECRET_TOKEN };

/**
 * Writes the secret with a NUL; make: create it if there is none yet. 0, or
 * -errno with a sentence in why.
 */
int secret_load(char out[SECRET_MAX], const struct config *cfg,
		enum secret_kind kind, bool make, char *why, size_t why_size);

#endif
