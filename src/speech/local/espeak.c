#include "speech/local/espeak.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	WAVE_HEADER = 44,
	RATE_AT = 24, /* in the header */
	PCM_MAX = 60 * 22050 * 2,
	LOOK_MS = 20, /* how often somebody may stop it */
	CHECK_MS = 5000,
};

static const char program[] = "espeak-ng";

/* Calm and a little slower than its own way: people listen by telephone. */
static const char *const args[] = {program,    "-v", "es-419", "-s",	  "150",
				   "--stdout", "-b", "1",      "--stdin", NULL};

struct child {
	pid_t pid;
	int in, out; /* our ends of its pipes; -1: closed */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Signals of ours are blocked or handled; the child has none of that. */
static int spawn(pid_t *pid, int in, int out)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none, pipe_only;
	int err;

	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	if (posix_spawn_file_actions_init(&fa))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&fa);
		return -ENOMEM;
	}
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe_only);
	err = posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addopen(
			&fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawnp(pid, program, &fa, &attr,
				   (char *const *)(uintptr_t)args, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return -err;
}

static int start(struct child *c)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err = 0;

	*c = (struct child){.in = -1, .out = -1};
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err = -errno;
	if (!err)
		err = spawn(&c->pid, in[0], out[1]);
	close_fd(&in[0]);
	close_fd(&out[1]);
	if (err) {
		close_fd(&in[1]);
		close_fd(&out[0]);
		return err;
	}
	c->in = in[1];
	c->out = out[0];
	return 0;
}

/* err < 0: it is not needed any more. Returns err, or -EIO: it failed. */
static int finish(struct child *c, int err)
{
	int status = 0;

	close_fd(&c->in);
	close_fd(&c->out);
	if (err)
		kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (err)
		return err;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* A sentence fits into the pipe, so this does not wait. */
static int send_text(struct child *c, struct sv text)
{
	ssize_t n;

	fcntl(c->in, F_SETFL, O_NONBLOCK);
	n = write(c->in, text.p, text.len);
	close_fd(&c->in);
	if (n < 0)
		return -errno;
	return (size_t)n == text.len ? 0 : -EMSGSIZE;
}

static int take(struct child *c, struct buf *pcm, bool *end)
{
	char block[8192];
	ssize_t n = read(c->out, block, sizeof(block));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	*end = n == 0;
	buf_add(pcm, block, (size_t)n);
	return pcm->err == -ENOSPC ? -EMSGSIZE : pcm->err;
}

static int receive(struct child *c, struct buf *pcm, int timeout_ms,
		   espeak_stop_h *stop, void *arg)
{
	const int64_t until_us = clock_mono_us() + timeout_ms * 1000LL;
	struct pollfd p = {.fd = c->out, .events = POLLIN};
	bool end = false;
	int err = 0;

	while (!err && !end) {
		int64_t left_ms = (until_us - clock_mono_us()) / 1000;

		if (stop && stop(arg))
			return -ECANCELED;
		if (left_ms <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)MIN(left_ms, LOOK_MS)) > 0)
			err = take(c, pcm, &end);
	}
	return err;
}

/* SIGPIPE of a child that ended early must not be ours. */
static int talk(struct child *c, struct buf *pcm, struct sv text,
		int timeout_ms, espeak_stop_h *stop, void *arg)
{
	sigset_t pipe_only, old;
	int err;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &old);
	err = send_text(c, text);
	if (err == -EPIPE) {
		const struct timespec now = {0};

		sigtimedwait(&pipe_only, NULL, &now);
		err = 0; /* how it ended says more */
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err ? err : receive(c, pcm, timeout_ms, stop, arg);
}

int espeak_say(struct buf *pcm, unsigned *rate_hz, struct sv text,
	       int timeout_ms, espeak_stop_h *stop, void *arg)
{
	struct child c;
	int err;

	buf_init(pcm, WAVE_HEADER + PCM_MAX);
	err = start(&c);
	if (!err)
		err = finish(&c, talk(&c, pcm, text, timeout_ms, stop, arg));
	if (!err && (pcm->len < WAVE_HEADER || memcmp(pcm->p, "RIFF", 4)))
		err = -EIO;
	if (err)
		return err;
	*rate_hz = (uint8_t)pcm->p[RATE_AT] |
		   (unsigned)(uint8_t)pcm->p[RATE_AT + 1] << 8;
	buf_drop(pcm, WAVE_HEADER);
	return *rate_hz ? 0 : -EIO;
}

int espeak_check(void)
{
	struct buf pcm;
	unsigned rate_hz;
	int err = espeak_say(&pcm, &rate_hz, SV("uno"), CHECK_MS, NULL, NULL);

	buf_fini(&pcm);
	return err;
}
