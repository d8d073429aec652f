/*
 * The supervisor with real processes: this program is its own role (started
 * as "… role NAME"), which tells a FIFO what happens to it.
 */
#include "tests/unit/assert.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/config_file.h"
#include "app/listen.h"
#include "app/role.h"
#include "app/supervisor.h"

enum { WAIT_MS = 10000 };

/* ---- the role ---- */

static void tell(const char *what, char **argv)
{
	int fd = open(getenv("NB_TEST_FIFO"), O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		_exit(1);
	dprintf(fd, "%s %s%s %ld\n", what, argv[2], argv[3], (long)getpid());
	close(fd);
}

static bool listens(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) && on;
}

static bool takes_datagrams(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       type == SOCK_DGRAM;
}

static int be_role(char **argv)
{
	const char *refuse = getenv("NB_TEST_REFUSE");
	const char *hangs = getenv("NB_TEST_HANGS");
	/* media: the sockets of both slots, and the desk's gifts */
	int want = !strcmp(argv[2], "desk")    ? 3
		   : !strcmp(argv[2], "media") ? 3
					       : 1,
	    got;
	struct stats *s;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (refuse && !strcmp(refuse, argv[2]))
		return ROLE_EXIT_CONFIG;
	for (got = 0; listens(ROLE_FD_LISTEN + got); got++)
		;
	if (!strcmp(argv[2], "media") &&
	    !takes_datagrams(ROLE_FD_LISTEN + got++))
		return 1;
	if (got != want || stats_map(&s, ROLE_FD_STATS) || s->n != 4 ||
	    fcntl(ROLE_FD_LISTEN + got, F_GETFD) >= 0)
		return 1;
	tell("up", argv);
	if (write(ROLE_FD_STATUS, "r", 1) != 1)
		return 1;
	while (!sigwait(&set, &got) && got != SIGTERM) {
		if (got == SIGUSR1)
			tell("slots", argv);
		else if ((!hangs || strcmp(hangs, argv[2])) &&
			 write(ROLE_FD_STATUS, "a", 1) != 1)
			return 1;
	}
	tell("term", argv);
	return 0;
}

/* ---- the test's side ---- */

struct run {
	char dir[64], fifo[96], carrier[64];
	int fifo_fd, out_fd;
	pid_t pid;
	char line[256];
};

static void set_up(struct run *r)
{
	*r = (struct run){.out_fd = -1};
	snprintf(r->dir, sizeof(r->dir), "/tmp/nightbell-sv-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->fifo, sizeof(r->fifo), "%s/fifo", r->dir);
	assert_int_equal(0, mkfifo(r->fifo, 0600));
	r->fifo_fd = open(r->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(r->fifo_fd >= 0);
	setenv("NB_TEST_FIFO", r->fifo, 1);
	snprintf(r->carrier, sizeof(r->carrier), "127.0.0.1:0");
}

static void start(struct run *r)
{
	int fds[2];

	assert_int_equal(0, pipe2(fds, O_CLOEXEC));
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (!r->pid) {
		char why[CONFIG_WHY_MAX];
		struct config c;

		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		setenv("NIGHTBELL_NODE_RUNTIME_DIR", r->dir, 1);
		setenv("NIGHTBELL_NODE_STATE_DIR", r->dir, 1);
		setenv("NIGHTBELL_CARRIER_LISTEN", r->carrier, 1);
		setenv("NIGHTBELL_DASHBOARD_LISTEN", "127.0.0.1:0", 1);
		setenv("NIGHTBELL_OPS_LISTEN", "[::1]:0", 1);
		setenv("NIGHTBELL_MEDIA_WORKERS", "2", 1);
		if (config_load(&c, NULL, why))
			_exit(99);
		_exit(supervisor_run(&c, NULL));
	}
	close(fds[1]);
	r->out_fd = fds[0];
}

/* One line of fd into r->line; false when none comes in time. */
static bool read_line(struct run *r, int fd)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, WAIT_MS) <= 0 || read(fd, r->line + n, 1) != 1)
			return false;
		if (r->line[n] == '\n') {
			r->line[n] = '\0';
			return true;
		}
		n = MIN(n + 1, sizeof(r->line) - 2);
	}
}

/* Reads until a line begins with what; its pid. */
static pid_t wait_for(struct run *r, const char *what)
{
	while (read_line(r, r->fifo_fd))
		if (!strncmp(r->line, what, strlen(what)))
			return (pid_t)strtol(r->line + strlen(what), NULL, 10);
	fail_msg("no line \"%s\"", what);
	return 0;
}

static void wait_output(struct run *r, const char *what)
{
	while (read_line(r, r->out_fd))
		if (strstr(r->line, what))
			return;
	fail_msg("no output with \"%s\"", what);
}

static int end(struct run *r)
{
	int status = 0;

	assert_int_equal(r->pid, waitpid(r->pid, &status, 0));
	close(r->fifo_fd);
	close(r->out_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void remove_dir(struct run *r)
{
	static const char *const names[] = {
		"fifo",	      "lock",	       "bus0.sock",   "speech.sock",
		"voice.sock", "stream_secret", "token_secret"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->dir, names[i]);
		unlink(path);
	}
	assert_int_equal(0, rmdir(r->dir));
}

/* ---- tests ---- */

static void test_life(void **state)
{
	pid_t first, second;
	struct run r;

	(void)state;
	set_up(&r);
	start(&r);
	wait_output(&r, "ready carrier=127.0.0.1:");
	assert_non_null(strstr(r.line, " ops=[::1]:"));
	first = wait_for(&r, "up media0");
	kill(first, SIGKILL);
	wait_output(&r, "media0 (pid");
	assert_non_null(strstr(r.line, "signal 9"));
	wait_for(&r, "slots media1"); /* it takes the calls meanwhile */
	second = wait_for(&r, "up media0");
	assert_int_not_equal(first, second);
	wait_output(&r, "media0 serves");
	kill(r.pid, SIGTERM);
	/* Media first, speech last. */
	wait_for(&r, "term media");
	wait_for(&r, "term media");
	wait_for(&r, "term desk0");
	wait_for(&r, "term speech0");
	wait_output(&r, "stopped");
	assert_int_equal(0, end(&r));
	remove_dir(&r);
}

/* Who never says that his loop turns is replaced, the others are not. */
static void test_hangs(void **state)
{
	pid_t first;
	struct run r;

	(void)state;
	set_up(&r);
	setenv("NB_TEST_HANGS", "desk", 1);
	setenv("NIGHTBELL_NODE_HUNG_S", "1", 1);
	start(&r);
	first = wait_for(&r, "up desk0");
	wait_output(&r, "has hung for 1 s: killed");
	assert_non_null(strstr(r.line, "desk (pid"));
	assert_int_not_equal(first, wait_for(&r, "up desk0"));
	wait_output(&r, "has hung for 1 s: killed");
	assert_non_null(strstr(r.line, "desk (pid"));
	kill(r.pid, SIGTERM);
	assert_int_equal(0, end(&r));
	unsetenv("NB_TEST_HANGS");
	unsetenv("NIGHTBELL_NODE_HUNG_S");
	remove_dir(&r);
}

static void test_second_copy(void **state)
{
	struct run r, other;

	(void)state;
	set_up(&r);
	start(&r);
	wait_output(&r, "ready ");
	other = r;
	start(&other);
	wait_output(&other, "another nightbell runs in");
	assert_int_equal(other.pid, waitpid(other.pid, NULL, 0));
	close(other.out_fd);
	kill(r.pid, SIGINT);
	assert_int_equal(0, end(&r));
	remove_dir(&r);
}

static void test_port_taken(void **state)
{
	char why[LISTEN_WHY_MAX];
	struct run r;
	int fd;

	(void)state;
	set_up(&r);
	assert_int_equal(0, listen_tcp(&fd, 1, "127.0.0.1:0", "x.y", why));
	listen_name(fd, r.carrier, sizeof(r.carrier));
	start(&r);
	wait_output(&r, "carrier.listen");
	assert_non_null(strstr(r.line, r.carrier));
	assert_non_null(strstr(r.line, "in use"));
	assert_int_equal(1, end(&r));
	close(fd);
	remove_dir(&r);
}

/* Nobody is left behind when the supervisor is killed. */
static void test_no_orphans(void **state)
{
	struct run r;

	(void)state;
	set_up(&r);
	start(&r);
	wait_output(&r, "ready ");
	kill(r.pid, SIGKILL);
	for (int i = 0; i < 4; i++)
		wait_for(&r, "term ");
	assert_int_equal(-SIGKILL, end(&r));
	remove_dir(&r);
}

/* A role that can never work ends the start, it is not tried for ever. */
static void test_refused_config(void **state)
{
	struct run r;

	(void)state;
	set_up(&r);
	setenv("NB_TEST_REFUSE", "speech", 1);
	start(&r);
	wait_output(&r, "speech cannot work with this configuration");
	assert_int_equal(1, end(&r));
	unsetenv("NB_TEST_REFUSE");
	remove_dir(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_second_copy),
		cmocka_unit_test(test_port_taken),
		cmocka_unit_test(test_no_orphans),
		cmocka_unit_test(test_refused_config),
	};

	if (argc > 3 && !strcmp(argv[1], "role"))
		return be_role(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
