/*
 * loop: the one event loop of a process (libuv). Everything runs on it; no
 * handler may block.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/base.h"

struct loop;
struct uv_loop_s;

typedef void loop_h(void *arg);

/**
 * 0 or -errno. Sets RLIMIT_NOFILE to its hard limit, at most 65536; ignores
 * SIGPIPE.
 */
int loop_new(struct loop **out);
/** After all that runs on it; deferred calls and work are finished first. */
struct loop *loop_free(struct loop *l);
/** Runs until loop_stop(). */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);
struct uv_loop_s *loop_uv(struct loop *l);

/**
 * Runs h(arg) at the end of this turn of the loop (two-step deaths), in the
 * order of the calls. 0 or -ENOMEM.
 */
int loop_defer(struct loop *l, loop_h *h, void *arg);

/** Calls h on each such signal. 0 or -errno. */
int loop_on_signal(struct loop *l, int signum, loop_h *h, void *arg);

struct timer; /* one-shot or repeating; µs deadlines on the monotonic clock */

int timer_new(struct timer **out, struct loop *l, loop_h *h, void *arg);
/** Replaces an earlier setting. at_us in the past fires in the next turn. */
void timer_at(struct timer *t, int64_t at_us);
void timer_every(struct timer *t, int ms);
void timer_stop(struct timer *t);
struct timer *timer_free(struct timer *t);

/** Calls h whenever fd is readable. fd stays the caller's. */
struct watch;
int watch_new(struct watch **out, struct loop *l, int fd, loop_h *h, void *arg);
struct watch *watch_free(struct watch *w);

/**
 * Runs work(arg) on the thread pool, then done(arg) on the loop. For files;
 * nothing of a call's frames ever waits for it.
 */
int loop_work(struct loop *l, loop_h *work, loop_h *done, void *arg);

#endif
