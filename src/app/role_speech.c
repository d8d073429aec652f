/* The speech role: the models, loaded once per machine. */
#include "app/role.h"

#include "speech/local.h"

int role_speech(const struct role_ctx *ctx)
{
	int err;

	role_ready(); /* whoever connects meanwhile waits in the queue */
	err = speech_server_run(ctx->cfg, ROLE_FD_LISTEN);
	if (!err)
		return ROLE_EXIT_OK;
	return err == -ENOENT || err == -EINVAL ? ROLE_EXIT_CONFIG
						: ROLE_EXIT_FAILED;
}
