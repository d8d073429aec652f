#include <stdlib.h>
#include <unistd.h>

#include "app/aside.h"
#include "app/cmd.h"
#include "app/migrate.h"

/* Beside the program: build/nightbell, then bin/ and share/; then here. */
const char *cmd_sql_folder(char *out, size_t size)
{
	static const char *const places[] = {"/../sql",
					     "/../share/nightbell/sql"};
	char exe[2048], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[MAX(n, 0)] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; slash && i < ARRAY_LEN(places); i++) {
		char probe[4096];

		snprintf(out, size, "%s%s", exe, places[i]);
		snprintf(probe, sizeof(probe), "%s/migrations", out);
		if (!access(probe, R_OK))
			return out;
	}
	snprintf(out, size, "sql");
	return out;
}

int cmd_migrate(struct cmd *c)
{
	char folder[4000];
	const char *sql =
		c->opt[0] ? c->opt[0] : cmd_sql_folder(folder, sizeof(folder));
	int err;

	if (aside_left(&c->cfg, c->cfg.database.migrate_user) > 0)
		return cmd_fail(c, ASIDE_REMEDY);
	err = migrate_run(c->cfg.database.conninfo,
			  c->cfg.database.migrate_user, sql, stdout);
	if (!err)
		return EXIT_DONE;
	return cmd_fail(c, "the database is not up to date: %s",
			strerror(-err));
}
