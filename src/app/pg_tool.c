#include "app/pg_tool.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int add(struct pg_tool *t, const char *name, const char *value)
{
	if (t->n == PG_TOOL_VARS)
		return -E2BIG;
	if (asprintf(&t->env[t->n], "%s=%s", name, value) < 0)
		return -ENOMEM;
	t->env[++t->n] = NULL;
	return 0;
}

/* Without it the connection is just less tuned. */
static bool needed(const char *keyword)
{
	return strcmp(keyword, "keepalives") != 0 &&
	       strncmp(keyword, "keepalives_", 11) != 0 &&
	       strcmp(keyword, "tcp_user_timeout") != 0;
}

int pg_tool_init(struct pg_tool *t, const char *conninfo, const char *user,
		 char why[PG_TOOL_WHY])
{
	char *text = NULL;
	PQconninfoOption *all = PQconninfoParse(conninfo, &text);
	int err = all ? 0 : -EINVAL;

	*t = (struct pg_tool){.n = 0};
	why[0] = '\0';
	PQfreemem(text); /* it may repeat a password */
	for (const PQconninfoOption *o = all; !err && o && o->keyword; o++) {
		if (!o->val || !*o->val || !strcmp(o->keyword, "user"))
			continue;
		if (o->envvar) {
			err = add(t, o->envvar, o->val);
		} else if (needed(o->keyword)) {
			snprintf(why, PG_TOOL_WHY,
				 "database.conninfo's \"%s\" cannot be given "
				 "to pg_dump: put it into a service file "
				 "(service=…)",
				 o->keyword);
			err = -EINVAL;
		}
	}
	PQconninfoFree(all);
	if (!err)
		err = add(t, "PGUSER", user);
	if (!err)
		err = add(t, "PGCONNECT_TIMEOUT", "10");
	if (!err)
		return 0;
	if (!why[0])
		snprintf(why, PG_TOOL_WHY, "database.conninfo: %s",
			 err == -EINVAL ? "not libpq's keywords"
					: strerror(-err));
	pg_tool_fini(t);
	return err;
}

void pg_tool_fini(struct pg_tool *t)
{
	for (size_t i = 0; i < t->n; i++) {
		explicit_bzero(t->env[i], strlen(t->env[i]));
		free(t->env[i]);
	}
	t->n = 0;
}

static bool is_set_by(const struct pg_tool *t, const char *var)
{
	size_t len = strcspn(var, "=") + 1;

	for (size_t i = 0; t && i < t->n; i++)
		if (!strncmp(t->env[i], var, len))
			return true;
	return false;
}

/* Ours and what is around us; the array is the caller's, the texts are not. */
static char **environment(const struct pg_tool *t)
{
	size_t n = 0, k = 0;
	char **out;

	while (environ[n])
		n++;
	out = calloc(n + PG_TOOL_VARS + 1, sizeof(*out));
	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_set_by(t, environ[i]))
			out[k++] = environ[i];
	for (size_t i = 0; t && i < t->n; i++)
		out[k++] = t->env[i];
	return out;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EREMOTEIO;
}

int pg_tool_run(const struct pg_tool *t, const char *const *argv,
		const char *out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, was;
	sigset_t interrupt;
	char **env = environment(t);
	pid_t pid;
	int err;

	if (!env)
		return -ENOMEM;
	/* Ctrl-C ends the child; we clean up behind it. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &interrupt);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
					 out ? out : "/dev/null",
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigaction(SIGINT, &ignore, &was);
	err = -posix_spawnp(&pid, argv[0], &files, &attr, (char *const *)argv,
			    env);
	if (!err)
		err = wait_for(pid);
	sigaction(SIGINT, &was, NULL);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free(env);
	return err;
}
