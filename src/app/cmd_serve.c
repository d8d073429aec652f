/* serve: the supervisor; role: one of its processes. */
#include <fcntl.h>
#include <unistd.h>

#include "app/aside.h"
#include "app/cmd.h"
#include "app/config_file.h"
#include "app/role.h"
#include "app/supervisor.h"
#include "base/log.h"

static const struct {
	const char *name;
	int (*run)(const struct role_ctx *ctx);
} roles[] = {
	{"media", role_media},
	{"desk", role_desk},
	{"speech", role_speech},
};

int cmd_serve(struct cmd *c)
{
	char why[CONFIG_WHY_MAX];

	if (config_check_serve(&c->cfg, why))
		return cmd_fail(c, "%s", why);
	/* A database that is away is no reason: it may come. */
	if (aside_left(&c->cfg, c->cfg.database.gateway_user) > 0)
		return cmd_fail(c, ASIDE_REMEDY);
	log_init(LOG_LEVEL_INFO, !strcmp(c->cfg.log.format, "json"),
		 "nightbell");
	return supervisor_run(&c->cfg, c->config_path);
}

int cmd_role(struct cmd *c)
{
	static char name[32]; /* the log keeps it */
	struct role_ctx ctx = {.cfg = &c->cfg};
	enum log_level level = LOG_LEVEL_INFO;
	int64_t slot = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(roles); i++)
		if (!strcmp(c->pos[0], roles[i].name))
			break;
	if (i == ARRAY_LEN(roles) ||
	    (c->npos > 1 && (sv_i64(&slot, sv_str(c->pos[1])) || slot < 0)))
		return cmd_fail(c, "no such role");
	if (stats_map(&ctx.stats, ROLE_FD_STATS))
		return cmd_fail(c, "only \"nightbell serve\" starts roles");
	/* The supervisor numbers a role of which there are several. */
	snprintf(name, sizeof(name), "%s", roles[i].name);
	ctx.self = stats_role(ctx.stats, name);
	if (!ctx.self) {
		snprintf(name, sizeof(name), "%s%lld", roles[i].name,
			 (long long)slot);
		ctx.self = stats_role(ctx.stats, name);
	}
	if (!ctx.self)
		return cmd_fail(c, "no place for %s", name);
	ctx.slot = (unsigned)slot;
	fcntl(ROLE_FD_STATUS, F_SETFD, FD_CLOEXEC);
	log_level_parse(&level, sv_str(c->cfg.log.level));
	log_init(level, !strcmp(c->cfg.log.format, "json"), name);
	return roles[i].run(&ctx);
}
