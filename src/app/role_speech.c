/* The speech role: the models, loaded once per machine. */
#include "app/role.h"

#include "speech/local.h"

int role_speech(const struct role_ctx *ctx)
{
	int err;

	/* Whoever connects before the models are loaded waits in the queue. */
	err = speech_server_run(ctx->cfg, ROLE_FD_LISTEN, role_ready);
	if (!err)
		return ROLE_EXIT_OK;
	return err == -ENOENT || err == -EINVAL ? ROLE_EXIT_CONFIG
						: ROLE_EXIT_FAILED;
}
