/*
 * loop: libuv with the few things that we want from it in our own terms.
 * Timers with a deadline in the past and deferred calls wait for the check
 * phase: libuv 1.44 would run such a timer again and again within one turn.
 */
#include "io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <uv.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

#define FREE_TURNS 100
#define FILES_MAX 65536

struct loop {
	uv_loop_t uv;
	uv_async_t alive; /* keeps uv_run() going without other handles */
	uv_check_t check;
	uv_idle_t idle; /* active while something is deferred */
	struct list deferred, due, signals;
	unsigned works;
};

struct deferred {
	struct list node;
	loop_h *h;
	void *arg;
};

struct sig {
	struct list node;
	uv_signal_t uv;
	loop_h *h;
	void *arg;
};

struct timer {
	uv_timer_t uv;
	struct list due;
	struct loop *l;
	loop_h *h;
	void *arg;
};

struct watch {
	uv_poll_t uv;
	loop_h *h;
	void *arg;
};

struct work {
	uv_work_t uv;
	struct loop *l;
	loop_h *work, *done;
	void *arg;
};

/*
 * libwebsockets clears tables of the limit's size, so a container's limit of a
 * thousand million would cost gigabytes.
 */
static void set_file_limit(void)
{
	struct rlimit lim;
	rlim_t want;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return;
	want = MIN(lim.rlim_max, FILES_MAX);
	if (lim.rlim_cur == want)
		return;
	lim.rlim_cur = want;
	if (setrlimit(RLIMIT_NOFILE, &lim))
		log_warn("loop", "cannot set the limit of open files: %s",
			 strerror(errno));
}

static void idle_h(uv_idle_t *idle)
{
	(void)idle; /* only there so that the poll does not wait */
}

static void want_turn(struct loop *l)
{
	uv_idle_start(&l->idle, idle_h);
}

static void take_all(struct list *from, struct list *to)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to;
	to->prev->next = to;
	list_init(from);
}

static void run_deferred(struct loop *l)
{
	struct list now;

	take_all(&l->deferred, &now);
	while (!list_empty(&now)) {
		struct deferred *d =
			list_entry(now.next, struct deferred, node);
		loop_h *h = d->h;
		void *arg = d->arg;

		list_del(&d->node);
		free(d);
		h(arg);
	}
}

static void check_h(uv_check_t *check)
{
	struct loop *l = check->data;
	struct list due;

	uv_idle_stop(&l->idle);
	take_all(&l->due, &due);
	while (!list_empty(&due)) {
		struct timer *t = list_entry(due.next, struct timer, due);

		list_del(&t->due);
		t->h(t->arg);
	}
	run_deferred(l);
	if (!list_empty(&l->due) || !list_empty(&l->deferred))
		want_turn(l);
}

static void alive_h(uv_async_t *async)
{
	(void)async;
}

int loop_new(struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	set_file_limit();
	signal(SIGPIPE, SIG_IGN);
	err = uv_loop_init(&l->uv);
	if (err) {
		free(l);
		return err;
	}
	list_init(&l->deferred);
	list_init(&l->due);
	list_init(&l->signals);
	err = uv_async_init(&l->uv, &l->alive, alive_h);
	if (err) {
		uv_loop_close(&l->uv);
		free(l);
		return err;
	}
	uv_check_init(&l->uv, &l->check);
	l->check.data = l;
	uv_check_start(&l->check, check_h);
	uv_unref((uv_handle_t *)&l->check);
	uv_idle_init(&l->uv, &l->idle);
	*out = l;
	return 0;
}

static void report_h(uv_handle_t *h, void *arg)
{
	(void)arg;
	log_error("loop", "freed with a live %s", uv_handle_type_name(h->type));
}

struct loop *loop_free(struct loop *l)
{
	struct list *pos;
	int err = UV_EBUSY;

	if (!l)
		return NULL;
	LIST_FOREACH (pos, &l->signals)
		uv_close((uv_handle_t *)&list_entry(pos, struct sig, node)->uv,
			 NULL);
	while (l->works)
		uv_run(&l->uv, UV_RUN_ONCE);
	for (int i = 0; i < FREE_TURNS && !list_empty(&l->deferred); i++)
		run_deferred(l);
	uv_close((uv_handle_t *)&l->alive, NULL);
	uv_close((uv_handle_t *)&l->check, NULL);
	uv_close((uv_handle_t *)&l->idle, NULL);
	for (int i = 0; i < FREE_TURNS && err == UV_EBUSY; i++) {
		uv_run(&l->uv, UV_RUN_NOWAIT);
		err = uv_loop_close(&l->uv);
	}
	while (!list_empty(&l->signals)) {
		pos = l->signals.next;
		list_del(pos);
		free(list_entry(pos, struct sig, node));
	}
	if (err) { /* somebody's handle: leave it its loop */
		uv_walk(&l->uv, report_h, NULL);
		return NULL;
	}
	free(l);
	return NULL;
}

int loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
	return 0;
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
	uv_async_send(&l->alive);
}

struct uv_loop_s *loop_uv(struct loop *l)
{
	return &l->uv;
}

int loop_defer(struct loop *l, loop_h *h, void *arg)
{
	struct deferred *d = malloc(sizeof(*d));

	if (!d)
		return -ENOMEM;
	*d = (struct deferred){.h = h, .arg = arg};
	list_add(&l->deferred, &d->node);
	want_turn(l);
	return 0;
}

static void signal_h(uv_signal_t *uv, int signum)
{
	struct sig *s = uv->data;

	(void)signum;
	s->h(s->arg);
}

int loop_on_signal(struct loop *l, int signum, loop_h *h, void *arg)
{
	struct sig *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = uv_signal_init(&l->uv, &s->uv);
	if (err) {
		free(s);
		return err;
	}
	s->uv.data = s;
	s->h = h;
	s->arg = arg;
	list_add(&l->signals, &s->node);
	return uv_signal_start(&s->uv, signal_h, signum);
}

/* ---- timers ---- */

static void timer_h(uv_timer_t *uv)
{
	struct timer *t = uv->data;

	t->h(t->arg);
}

static void timer_closed_h(uv_handle_t *uv)
{
	free(uv->data);
}

int timer_new(struct timer **out, struct loop *l, loop_h *h, void *arg)
{
	struct timer *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	err = uv_timer_init(&l->uv, &t->uv);
	if (err) {
		free(t);
		return err;
	}
	t->uv.data = t;
	t->l = l;
	t->h = h;
	t->arg = arg;
	*out = t;
	return 0;
}

/*
 * libuv's cached time and ours are the same clock, so the deadline is exact
 * to the next millisecond even when this turn of the loop is already old.
 */
void timer_at(struct timer *t, int64_t at_us)
{
	int64_t now_ms = (int64_t)uv_now(&t->l->uv);
	int64_t at_ms = at_us / 1000 + (at_us % 1000 > 0);

	timer_stop(t);
	if (at_ms <= now_ms) {
		list_add(&t->l->due, &t->due);
		want_turn(t->l);
	} else {
		uv_timer_start(&t->uv, timer_h, (uint64_t)(at_ms - now_ms), 0);
	}
}

void timer_every(struct timer *t, int ms)
{
	timer_stop(t);
	uv_update_time(&t->l->uv);
	uv_timer_start(&t->uv, timer_h, (uint64_t)ms, (uint64_t)ms);
}

void timer_stop(struct timer *t)
{
	list_del(&t->due);
	uv_timer_stop(&t->uv);
}

struct timer *timer_free(struct timer *t)
{
	if (!t)
		return NULL;
	timer_stop(t);
	uv_close((uv_handle_t *)&t->uv, timer_closed_h);
	return NULL;
}

/* ---- descriptors ---- */

static void watch_h(uv_poll_t *uv, int status, int events)
{
	struct watch *w = uv->data;

	(void)status; /* an error shows when the owner reads */
	(void)events;
	w->h(w->arg);
}

static void watch_closed_h(uv_handle_t *uv)
{
	free(uv->data);
}

int watch_new(struct watch **out, struct loop *l, int fd, loop_h *h, void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	err = uv_poll_init(&l->uv, &w->uv, fd);
	if (err) {
		free(w);
		return err;
	}
	w->uv.data = w;
	w->h = h;
	w->arg = arg;
	err = uv_poll_start(&w->uv, UV_READABLE, watch_h);
	if (err) {
		uv_close((uv_handle_t *)&w->uv, watch_closed_h);
		return err;
	}
	*out = w;
	return 0;
}

struct watch *watch_free(struct watch *w)
{
	if (w)
		uv_close((uv_handle_t *)&w->uv, watch_closed_h);
	return NULL;
}

/* ---- thread pool ---- */

static void work_h(uv_work_t *uv)
{
	struct work *w = uv->data;

	w->work(w->arg);
}

static void work_done_h(uv_work_t *uv, int status)
{
	struct work *w = uv->data;

	(void)status; /* nobody cancels */
	w->l->works--;
	w->done(w->arg);
	free(w);
}

int loop_work(struct loop *l, loop_h *work, loop_h *done, void *arg)
{
	struct work *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->uv.data = w;
	w->l = l;
	w->work = work;
	w->done = done;
	w->arg = arg;
	err = uv_queue_work(&l->uv, &w->uv, work_h, work_done_h);
	if (err) {
		free(w);
		return err;
	}
	l->works++;
	return 0;
}
