#include "app/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/listen.h"
#include "app/role.h"
#include "app/secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "bus.h"
#include "desk/browser.h"
#include "io/loop.h"

enum {
	BACKOFF_MAX_MS = 5000,
	GOOD_LIFE_US = 10000000, /* so long, and the back-off begins anew */
	STOP_MS = 5000,
	ASK_MS = 1000,	/* whether a role's loop turns */
	FD_ASIDE = 128, /* above all that we hand down */
};

struct supervisor;

struct proc {
	struct supervisor *sv;
	const char *kind;
	char name[16], slot[8];
	struct stats_role *stats;
	pid_t pid; /* 0: not running */
	int fds[ROLE_FDS_MAX];
	unsigned nfds;
	unsigned lent; /* the first of fds are another's, who closes them */
	int status_fd;
	struct watch *watch;
	struct timer *restart;
	int backoff_ms;
	int64_t started_us;
	bool ready;
	int asked; /* since it answered last */
};

/* Who stops when; each waits for the one before. */
static const char *const stop_order[] = {"media", "desk", "speech"};

struct supervisor {
	const struct config *cfg;
	const char *config_path;
	struct loop *loop;
	struct stats *stats;
	int stats_fd, lock_fd;
	struct proc *procs;
	unsigned n;
	bool announced;
	bool stopping;
	size_t stop_at; /* into stop_order */
	struct timer *limit, *ask;
	int code;
};

/* ---- one process ---- */

/* In the child: only calls that are safe after fork(). */
static void become(const struct proc *p, int status_fd, pid_t parent)
{
	const char *path = p->sv->config_path;
	char *const args[] = {(char *)"nightbell",
			      (char *)"role",
			      (char *)p->kind,
			      (char *)p->slot,
			      path ? (char *)"--config" : NULL,
			      (char *)path,
			      NULL};
	int from[2 + ROLE_FDS_MAX] = {status_fd, p->sv->stats_fd};
	unsigned n = 2 + p->nfds;

	/* A terminal tells all of its processes; we tell ours in order. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(ROLE_EXIT_FAILED);
	for (unsigned i = 0; i < p->nfds; i++)
		from[2 + i] = p->fds[i];
	/* First out of the way, so that no copy lands on another. */
	for (unsigned i = 0; i < n; i++)
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FD_ASIDE);
	for (unsigned i = 0; i < n; i++)
		if (from[i] < 0 || dup2(from[i], ROLE_FD_STATUS + (int)i) < 0)
			_exit(ROLE_EXIT_FAILED);
	execv("/proc/self/exe", args);
	_exit(ROLE_EXIT_FAILED);
}

static void announce(struct supervisor *sv);

/* Whoever serves a slot of the carrier's looks which others need it. */
static void tell_slots(const struct proc *of)
{
	struct supervisor *sv = of->sv;

	if (strcmp(of->kind, "media"))
		return;
	for (unsigned i = 0; i < sv->n; i++) {
		struct proc *p = &sv->procs[i];

		if (p != of && p->pid && p->ready && !strcmp(p->kind, "media"))
			kill(p->pid, SIGUSR1);
	}
}

static void forget_status(struct proc *p)
{
	p->watch = watch_free(p->watch);
	if (p->status_fd >= 0)
		close(p->status_fd);
	p->status_fd = -1;
}

static void on_status(void *arg)
{
	struct proc *p = arg;
	char byte[16];
	ssize_t n = read(p->status_fd, byte, sizeof(byte));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		forget_status(p);
		return;
	}
	p->asked = 0;
	if (p->ready)
		return;
	p->ready = true;
	atomic_store(&p->stats->ready, true);
	log_info("supervisor", "%s serves (pid %ld)", p->name, (long)p->pid);
	tell_slots(p);
	announce(p->sv);
}

static void schedule(struct proc *p)
{
	timer_at(p->restart, clock_mono_us() + (int64_t)p->backoff_ms * 1000);
	p->backoff_ms = MAX(MIN(p->backoff_ms * 2, BACKOFF_MAX_MS),
			    p->sv->cfg->node.restart_ms);
}

static void start(void *arg)
{
	struct proc *p = arg;
	pid_t parent = getpid();
	int fds[2], err = 0;

	if (p->sv->stopping || p->pid)
		return;
	p->ready = false;
	p->asked = 0;
	p->started_us = clock_mono_us();
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
	} else {
		p->pid = fork();
		if (!p->pid)
			become(p, fds[1], parent);
		if (p->pid < 0)
			err = -errno;
		close(fds[1]);
		p->status_fd = fds[0];
	}
	if (!err)
		err = watch_new(&p->watch, p->sv->loop, p->status_fd, on_status,
				p);
	if (!err) {
		atomic_store(&p->stats->pid, (int)p->pid);
		return;
	}
	log_error("supervisor", "%s cannot be started: %s", p->name,
		  strerror(-err));
	if (p->pid > 0) { /* it ends, then SIGCHLD starts another */
		kill(p->pid, SIGTERM);
		return;
	}
	p->pid = 0;
	forget_status(p);
	schedule(p);
}

/* ---- stopping ---- */

static bool alive(const struct supervisor *sv, const char *kind)
{
	for (unsigned i = 0; i < sv->n; i++)
		if (sv->procs[i].pid && !strcmp(sv->procs[i].kind, kind))
			return true;
	return false;
}

static void tell(struct supervisor *sv, const char *kind, int signum)
{
	for (unsigned i = 0; i < sv->n; i++)
		if (sv->procs[i].pid && !strcmp(sv->procs[i].kind, kind))
			kill(sv->procs[i].pid, signum);
}

/* Goes on to the next kind that lives; ends the loop behind the last. */
static void stop_next(struct supervisor *sv)
{
	int64_t ms = STOP_MS;

	while (sv->stop_at < ARRAY_LEN(stop_order) &&
	       !alive(sv, stop_order[sv->stop_at]))
		sv->stop_at++;
	if (sv->stop_at == ARRAY_LEN(stop_order)) {
		timer_stop(sv->limit);
		loop_stop(sv->loop);
		return;
	}
	if (!sv->stop_at)
		ms += (int64_t)sv->cfg->media.drain_s * 1000;
	tell(sv, stop_order[sv->stop_at], SIGTERM);
	timer_at(sv->limit, clock_mono_us() + ms * 1000);
}

static void on_limit(void *arg)
{
	struct supervisor *sv = arg;

	log_warn("supervisor", "%s does not stop: killed",
		 stop_order[sv->stop_at]);
	tell(sv, stop_order[sv->stop_at], SIGKILL);
}

static void stop(struct supervisor *sv)
{
	sv->stopping = true;
	atomic_store(&sv->stats->draining, true);
	for (unsigned i = 0; i < sv->n; i++) {
		timer_stop(sv->procs[i].restart);
		/* Whoever balances sends new calls elsewhere from now on. */
		if (!strcmp(sv->procs[i].kind, "media"))
			atomic_store(&sv->procs[i].stats->ready, false);
	}
	stop_next(sv);
}

static void on_stop(void *arg)
{
	struct supervisor *sv = arg;

	if (!sv->stopping) {
		log_info("supervisor", "stops: live calls may go on for %d s",
			 sv->cfg->media.drain_s);
		stop(sv);
		return;
	}
	log_warn("supervisor", "told to stop again: live calls are cut");
	for (size_t i = 0; i < ARRAY_LEN(stop_order); i++)
		tell(sv, stop_order[i], SIGKILL);
}

/* ---- deaths ---- */

static void say_death(const struct proc *p, int status)
{
	int64_t life_ms = (clock_mono_us() - p->started_us) / 1000;

	if (WIFSIGNALED(status))
		log_error("supervisor",
			  "%s (pid %ld) ended by signal %d (%s)%s after %lld "
			  "ms; another one starts in %d ms",
			  p->name, (long)p->pid, WTERMSIG(status),
			  strsignal(WTERMSIG(status)),
			  WCOREDUMP(status) ? ", core dumped" : "",
			  (long long)life_ms, p->backoff_ms);
	else
		log_error("supervisor",
			  "%s (pid %ld) ended with code %d after %lld ms; "
			  "another one starts in %d ms",
			  p->name, (long)p->pid, WEXITSTATUS(status),
			  (long long)life_ms, p->backoff_ms);
}

static void buried(struct proc *p, int status)
{
	struct supervisor *sv = p->sv;
	bool config =
		WIFEXITED(status) && WEXITSTATUS(status) == ROLE_EXIT_CONFIG;

	if (clock_mono_us() - p->started_us > GOOD_LIFE_US)
		p->backoff_ms = sv->cfg->node.restart_ms;
	forget_status(p);
	atomic_store(&p->stats->pid, 0);
	atomic_store(&p->stats->ready, false);
	atomic_store(&p->stats->accepting, false);
	tell_slots(p);
	if (sv->stopping) {
		p->pid = 0;
		if (status &&
		    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM))
			log_warn("supervisor", "%s ended with %s %d", p->name,
				 WIFSIGNALED(status) ? "signal" : "code",
				 WIFSIGNALED(status) ? WTERMSIG(status)
						     : WEXITSTATUS(status));
		stop_next(sv);
		return;
	}
	if (config && !sv->announced) {
		log_error("supervisor",
			  "%s cannot work with this "
			  "configuration: nothing is served",
			  p->name);
		p->pid = 0;
		sv->code = 1;
		stop(sv);
		return;
	}
	say_death(p, status);
	p->pid = 0;
	atomic_fetch_add(&p->stats->restarts, 1);
	schedule(p);
}

static void on_child(void *arg)
{
	struct supervisor *sv = arg;

	for (unsigned i = 0; i < sv->n; i++) {
		struct proc *p = &sv->procs[i];
		int status;

		if (p->pid && waitpid(p->pid, &status, WNOHANG) == p->pid)
			buried(p, status);
	}
}

/*
 * A loop that does not turn serves nobody, and its death is what the others
 * wait for. Questions are counted, not time: after a pause of the whole machine
 * each role is asked anew.
 */
static void on_ask(void *arg)
{
	struct supervisor *sv = arg;

	if (sv->stopping)
		return; /* that has its own limit, and ears that close */
	for (unsigned i = 0; i < sv->n; i++) {
		struct proc *p = &sv->procs[i];

		if (!p->pid || !p->ready)
			continue;
		if (p->asked++ < sv->cfg->node.hung_s) {
			kill(p->pid, SIGUSR2);
			continue;
		}
		log_error("supervisor",
			  "%s (pid %ld) has hung for %d s: killed", p->name,
			  (long)p->pid, sv->cfg->node.hung_s);
		kill(p->pid, SIGKILL);
	}
}

/* ---- set-up ---- */

static void announce(struct supervisor *sv)
{
	char carrier[64], dashboard[64], ops[64];
	const struct proc *desk = NULL;

	for (unsigned i = 0; i < sv->n; i++) {
		if (!sv->procs[i].ready)
			return;
		if (!desk && !strcmp(sv->procs[i].kind, "desk"))
			desk = &sv->procs[i];
	}
	if (sv->announced || !desk)
		return;
	sv->announced = true;
	listen_name(sv->procs[0].fds[0], carrier, sizeof(carrier));
	listen_name(desk->fds[0], dashboard, sizeof(dashboard));
	listen_name(desk->fds[1], ops, sizeof(ops));
	printf("ready carrier=%s dashboard=%s ops=%s pid=%ld\n", carrier,
	       dashboard, ops, (long)getpid());
	fflush(stdout);
}

static struct proc *add(struct supervisor *sv, const char *kind, unsigned slot,
			bool numbered)
{
	struct proc *p = &sv->procs[sv->n];

	*p = (struct proc){.sv = sv,
			   .kind = kind,
			   .status_fd = -1,
			   .backoff_ms = sv->cfg->node.restart_ms,
			   .stats = &sv->stats->roles[sv->n]};
	snprintf(p->slot, sizeof(p->slot), "%u", slot);
	snprintf(p->name, sizeof(p->name), "%s%s", kind,
		 numbered ? p->slot : "");
	sv_copy(p->stats->name, sizeof(p->stats->name), sv_str(p->name));
	sv->n++;
	return p;
}

static int open_unix(struct proc *p, const char *name, bool datagrams,
		     char *why)
{
	char path[4200];
	int err;

	snprintf(path, sizeof(path), "%s/%s", p->sv->cfg->node.runtime_dir,
		 name);
	err = listen_unix(&p->fds[p->nfds], path, datagrams, why);
	if (!err)
		p->nfds++;
	return err;
}

static int open_tcp(struct proc *p, const char *addr, const char *option,
		    char *why)
{
	int err = listen_tcp(&p->fds[p->nfds], 1, addr, option, why);

	if (!err)
		p->nfds++;
	return err;
}

/* The workers share all: each slot's socket, and the desk's gifts. */
static int open_carrier(struct supervisor *sv, unsigned workers, char *why)
{
	struct proc *first = &sv->procs[sv->n];
	int fds[ROLE_LISTEN_MAX];
	int err = listen_tcp(fds, workers, sv->cfg->carrier.listen,
			     "carrier.listen", why);

	for (unsigned i = 0; !err && i < workers; i++) {
		struct proc *p = add(sv, "media", i, true);

		memcpy(p->fds, i ? first->fds : fds, workers * sizeof(*fds));
		p->nfds = workers;
		if (!i)
			err = open_unix(p, BROWSER_SOCKET, true, why);
		p->fds[workers] = first->fds[workers];
		p->nfds = workers + 1;
		p->lent = i ? p->nfds : 0;
	}
	return err;
}

/* Desks accept from the same sockets: while one restarts the others go on. */
static int open_desks(struct supervisor *sv, char *why)
{
	const struct config *cfg = sv->cfg;
	unsigned n = (unsigned)cfg->dashboard.workers;
	const struct proc *first = &sv->procs[sv->n];
	char name[32];
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++) {
		struct proc *p = add(sv, "desk", i, n > 1);

		if (i) {
			memcpy(p->fds, first->fds, 2 * sizeof(*p->fds));
			p->nfds = p->lent = 2;
		} else {
			err = open_tcp(p, cfg->dashboard.listen,
				       "dashboard.listen", why);
			if (!err)
				err = open_tcp(p, cfg->ops.listen, "ops.listen",
					       why);
		}
		snprintf(name, sizeof(name), BUS_SOCKET_FMT, ".", i);
		if (!err)
			err = open_unix(p, name, false, why);
	}
	return err;
}

static int open_sockets(struct supervisor *sv, unsigned workers, char *why)
{
	const struct config *cfg = sv->cfg;
	struct proc *speech;
	int err = dir_private(cfg->node.runtime_dir, why);

	if (!err) {
		sv->lock_fd = dir_lock(cfg->node.runtime_dir, why);
		err = MIN(sv->lock_fd, 0);
	}
	if (!err)
		err = open_carrier(sv, workers, why);
	if (!err)
		err = open_desks(sv, why);
	if (err)
		return err;
	speech = add(sv, "speech", 0, false);
	return err ? err : open_unix(speech, "speech.sock", false, why);
}

static int set_up(struct supervisor *sv, char why[LISTEN_WHY_MAX])
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = (unsigned)sv->cfg->media.workers, n;
	char secret[SECRET_MAX];
	int err;

	if (!workers)
		workers = cores > 0 ? (unsigned)MIN(cores, ROLE_LISTEN_MAX) : 1;
	n = workers + (unsigned)sv->cfg->dashboard.workers + 1;
	sv->procs = calloc(n, sizeof(*sv->procs));
	err = sv->procs ? stats_new(&sv->stats, &sv->stats_fd, n) : -ENOMEM;
	if (!err)
		err = open_sockets(sv, workers, why);
	if (!err)
		err = secret_load(secret, sv->cfg, SECRET_STREAM, true, why,
				  LISTEN_WHY_MAX);
	if (!err)
		err = secret_load(secret, sv->cfg, SECRET_TOKEN, true, why,
				  LISTEN_WHY_MAX);
	explicit_bzero(secret, sizeof(secret));
	if (!err)
		err = loop_new(&sv->loop);
	if (!err)
		err = timer_new(&sv->limit, sv->loop, on_limit, sv);
	if (!err)
		err = timer_new(&sv->ask, sv->loop, on_ask, sv);
	for (unsigned i = 0; !err && i < sv->n; i++)
		err = timer_new(&sv->procs[i].restart, sv->loop, start,
				&sv->procs[i]);
	if (!err)
		err = loop_on_signal(sv->loop, SIGCHLD, on_child, sv);
	for (size_t i = 0; !err && i < 3; i++)
		err = loop_on_signal(sv->loop,
				     (int[]){SIGTERM, SIGINT, SIGHUP}[i],
				     on_stop, sv);
	return err;
}

static void tear_down(struct supervisor *sv)
{
	for (unsigned i = 0; i < sv->n; i++) {
		struct proc *p = &sv->procs[i];

		forget_status(p);
		timer_free(p->restart);
		for (unsigned k = p->lent; k < p->nfds; k++)
			close(p->fds[k]);
	}
	timer_free(sv->limit);
	timer_free(sv->ask);
	loop_free(sv->loop);
	free(sv->procs);
	if (sv->stats_fd >= 0)
		close(sv->stats_fd);
	if (sv->lock_fd >= 0)
		close(sv->lock_fd);
}

int supervisor_run(const struct config *cfg, const char *config_path)
{
	struct supervisor sv = {.cfg = cfg,
				.config_path = config_path,
				.stats_fd = -1,
				.lock_fd = -1};
	char why[LISTEN_WHY_MAX] = "";
	int err = set_up(&sv, why);

	if (err) {
		fprintf(stderr, "nightbell: cannot start: %s\n",
			why[0] ? why : strerror(-err));
		tear_down(&sv);
		return 1;
	}
	for (unsigned i = 0; i < sv.n; i++)
		start(&sv.procs[i]);
	if (cfg->node.hung_s)
		timer_every(sv.ask, ASK_MS);
	loop_run(sv.loop);
	log_info("supervisor", "stopped");
	tear_down(&sv);
	return sv.code;
}
