/* A private PostgreSQL for a test: own directory, own socket, own port. */
#ifndef TESTS_UNIT_IO_CLUSTER_H
#define TESTS_UNIT_IO_CLUSTER_H

#include "tests/unit/io/peer.h"

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

struct cluster {
	char dir[64], bin[256], conninfo[256];
	int port;
	pid_t pid;
};

/* PostgreSQL refuses to run as root: become somebody else. */
static inline const struct passwd *cluster_user(void)
{
	const struct passwd *pw;

	if (geteuid())
		return NULL;
	pw = getpwnam("postgres");
	return pw ? pw : getpwnam("nobody");
}

static inline pid_t cluster_spawn(const struct cluster *c,
				  const char *const *argv)
{
	const struct passwd *pw = cluster_user();
	const char *args[16] = {0};
	char prog[512], log[128];
	pid_t pid;
	int fd;

	/* It finds its companions by the path in its first argument. */
	snprintf(prog, sizeof(prog), "%s/%s", c->bin, argv[0]);
	args[0] = prog;
	for (size_t i = 1; argv[i]; i++) {
		assert_true(i < ARRAY_LEN(args) - 1);
		args[i] = argv[i];
	}
	snprintf(log, sizeof(log), "%s/log", c->dir);
	pid = fork();
	if (pid)
		return pid;
	if (pw &&
	    (setgroups(0, NULL) || setgid(pw->pw_gid) || setuid(pw->pw_uid)))
		_exit(126);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	execv(prog, (char *const *)(uintptr_t)args);
	_exit(127);
}

static inline bool cluster_accepts(const struct cluster *c)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/.s.PGSQL.%d", c->dir,
		 c->port);
	ok = !connect(fd, (struct sockaddr *)&un, sizeof(un));
	close(fd);
	return ok;
}

/* Returns when the server listens; nothing tells us but trying. */
static inline void cluster_start(struct cluster *c)
{
	char data[96], port[16];
	const char *const argv[] = {"postgres",
				    "-D",
				    data,
				    "-k",
				    c->dir,
				    "-p",
				    port,
				    "-c",
				    "listen_addresses=127.0.0.1",
				    "-c",
				    "fsync=off",
				    "-c",
				    "max_connections=20",
				    NULL};
	int64_t until_us = clock_mono_us() + 30000000;

	snprintf(data, sizeof(data), "%s/data", c->dir);
	snprintf(port, sizeof(port), "%d", c->port);
	c->pid = cluster_spawn(c, argv);
	while (!cluster_accepts(c)) {
		/* After kill -9 the old backends may still be going. */
		if (waitpid(c->pid, NULL, WNOHANG) == c->pid)
			c->pid = cluster_spawn(c, argv);
		assert_true(clock_mono_us() < until_us);
		usleep(10000);
	}
}

static inline void cluster_kill(struct cluster *c, int signum)
{
	if (c->pid > 0) {
		kill(c->pid, signum);
		waitpid(c->pid, NULL, 0);
	}
	c->pid = 0;
}

static inline void cluster_make(struct cluster *c)
{
	const struct passwd *pw = cluster_user();
	char data[96];
	const char *const argv[] = {"initdb", "-D",   data,	    "-A",
				    "trust",  "-U",   "test",	    "--no-sync",
				    "-E",     "UTF8", "--locale=C", NULL};
	glob_t g;
	int status;

	snprintf(c->dir, sizeof(c->dir), "/tmp/nightbell-pg-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	if (pw)
		assert_int_equal(0, chown(c->dir, pw->pw_uid, pw->pw_gid));
	assert_int_equal(0,
			 glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g));
	sv_copy(c->bin, sizeof(c->bin), sv_str(g.gl_pathv[g.gl_pathc - 1]));
	*strrchr(c->bin, '/') = '\0';
	globfree(&g);
	snprintf(data, sizeof(data), "%s/data", c->dir);
	waitpid(cluster_spawn(c, argv), &status, 0);
	assert_int_equal(0, status);
	close(peer_listen(&c->port));
	snprintf(c->conninfo, sizeof(c->conninfo),
		 "host=%s port=%d dbname=postgres", c->dir, c->port);
	cluster_start(c);
}

static inline void cluster_remove(struct cluster *c)
{
	char cmd[128];

	cluster_kill(c, SIGINT);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", c->dir);
	assert_int_equal(0, system(cmd));
}

#endif
