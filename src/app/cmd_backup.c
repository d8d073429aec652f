/*
 * backup: the whole database in one file, by pg_dump. The file appears under
 * its name when it is complete and has been read back, or not at all.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/pg_tool.h"

static int tool_failed(const struct cmd *c, const char *tool, int err)
{
	if (err == -ENOENT)
		return cmd_fail(c,
				"the program %s is missing: apt-get install "
				"postgresql-client",
				tool);
	if (err == -EREMOTEIO)
		return cmd_fail(c, "%s failed, see above; nothing was written",
				tool);
	return cmd_fail(c, "%s: %s", tool, strerror(-err));
}

/* On the disk, under its own name. */
static int settle(const char *part, const char *file)
{
	char folder[4200];
	int fd = open(part, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	/* Never over another one, where the file system can say so. */
	if (!err && renameat2(AT_FDCWD, part, AT_FDCWD, file, RENAME_NOREPLACE))
		err = errno != EINVAL || rename(part, file) ? -errno : 0;
	if (err)
		return err;
	if (sv_copy(folder, sizeof(folder), sv_str(file)))
		return 0;
	fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		err = fsync(fd) ? -errno : 0;
		close(fd);
	}
	return err;
}

static int dump(const struct cmd *c, const struct pg_tool *t, const char *part)
{
	const char *const dump_args[] = {
		"pg_dump", "--format=custom",	      "--no-password", "--file",
		part,	   "--lock-wait-timeout=60s", "--no-comments", NULL};
	const char *const list_args[] = {"pg_restore", "--list", part, NULL};
	int err = pg_tool_run(t, dump_args, NULL);

	if (err)
		return tool_failed(c, "pg_dump", err);
	err = pg_tool_run(NULL, list_args, NULL);
	return err ? tool_failed(c, "pg_restore", err) : EXIT_DONE;
}

static void say_done(const char *file)
{
	struct stat st;

	printf("%s: %.1f MB\n", file,
	       stat(file, &st) ? 0 : (double)st.st_size / 1e6);
	printf("Not in it, keep them yourself: the configuration and its "
	       "environment,\ncertificates, state_dir (recordings, secrets "
	       "that were made there), the passwords of the\ndatabase's "
	       "logins, log files.\n"
	       "It holds what callers said and their numbers: keep it closed "
	       "to others.\n");
}

int cmd_backup(struct cmd *c)
{
	const char *file = c->pos[0];
	char why[PG_TOOL_WHY], part[4200];
	struct pg_tool t;
	int fd, err;

	if (!access(file, F_OK))
		return cmd_fail(c, "%s is there already", file);
	if ((size_t)snprintf(part, sizeof(part), "%s.part", file) >=
	    sizeof(part))
		return cmd_fail(c, "%s: too long a name", file);
	if (pg_tool_init(&t, c->cfg.database.conninfo,
			 c->cfg.database.backup_user, why))
		return cmd_fail(c, "%s", why);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		pg_tool_fini(&t);
		return cmd_fail(c, "%s: %s%s", part, strerror(errno),
				errno == EEXIST ? "; another backup runs, or "
						  "one was interrupted: then "
						  "remove it"
						: "");
	}
	close(fd);
	err = dump(c, &t, part);
	pg_tool_fini(&t);
	if (err) {
		unlink(part);
		return err;
	}
	err = settle(part, file);
	if (err) {
		unlink(part);
		return cmd_fail(c, "%s: %s", file, strerror(-err));
	}
	say_done(file);
	return EXIT_DONE;
}
