#include "app/pg_tool.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
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
		if (!o->val || !*o->val || !strcmp(o->keyword, "user") ||
		    !strcmp(o->keyword, "application_name"))
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

/* In the child: becomes the program, or says why not and is gone. */
static void become(const char *const *argv, char **env, const char *out,
		   pid_t parent, const sigset_t *mask, int tell)
{
	int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out_fd = open(out ? out : "/dev/null",
			  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = 0;

	/* Alone it would go on writing where the next one begins. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (in_fd < 0 || out_fd < 0 || dup2(in_fd, STDIN_FILENO) < 0 ||
	    dup2(out_fd, STDOUT_FILENO) < 0)
		err = errno;
	if (!err) {
		execvpe(argv[0], (char *const *)argv, env);
		err = errno;
	}
	if (write(tell, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

/* Ends the child when we are told to end; -EINTR then. */
static int wait_for(pid_t pid, const sigset_t *signals)
{
	bool told = false;
	int status, sig;
	pid_t got;

	for (;;) {
		got = waitpid(pid, &status, WNOHANG);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == pid)
			break;
		sig = sigwaitinfo(signals, NULL);
		if (sig > 0 && sig != SIGCHLD) {
			kill(pid, told ? SIGKILL : SIGTERM);
			told = true;
		}
	}
	if (told)
		return -EINTR;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EREMOTEIO;
}

int pg_tool_run(const struct pg_tool *t, const char *const *argv,
		const char *out)
{
	pid_t parent = getpid(), pid;
	char **env = environment(t);
	sigset_t ours, was, childs;
	int tell[2], err = 0, why;

	if (!env)
		return -ENOMEM;
	if (pipe2(tell, O_CLOEXEC)) {
		err = -errno;
		free(env);
		return err;
	}
	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ours, &was);
	childs = was; /* the caller may have them wait; the child may not */
	sigdelset(&childs, SIGINT);
	sigdelset(&childs, SIGTERM);
	sigdelset(&childs, SIGHUP);
	pid = fork();
	if (pid < 0)
		err = -errno;
	if (!pid)
		become(argv, env, out, parent, &childs, tell[1]);
	close(tell[1]);
	if (!err)
		err = wait_for(pid, &ours);
	if (read(tell[0], &why, sizeof(why)) == (ssize_t)sizeof(why))
		err = -why;
	close(tell[0]);
	sigprocmask(SIG_SETMASK, &was, NULL);
	free(env);
	return err;
}
