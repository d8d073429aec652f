/* loop: timers, deferred calls, signals, watched descriptors, work. */
#include "tests/unit/io/io.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static struct loop *loop;

static int setup(void **state)
{
	(void)state;
	return loop_new(&loop);
}

static int teardown(void **state)
{
	(void)state;
	loop = loop_free(loop);
	return 0;
}

static void count_h(void *arg)
{
	++*(int *)arg;
}

static void stop_h(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void test_defer(void **state)
{
	int n = 0;
	(void)state;

	assert_int_equal(0, loop_defer(loop, count_h, &n));
	assert_int_equal(0, loop_defer(loop, count_h, &n));
	assert_int_equal(0, n);
	assert_int_equal(0, loop_defer(loop, stop_h, NULL));
	loop_run(loop);
	assert_int_equal(2, n);
}

static void test_defer_is_done_by_free(void **state)
{
	int n = 0;
	(void)state;

	assert_int_equal(0, loop_defer(loop, count_h, &n));
	loop = loop_free(loop);
	assert_int_equal(1, n);
	assert_int_equal(0, loop_new(&loop));
}

static struct timer *again;
static int again_n;

static void again_h(void *arg)
{
	(void)arg;
	again_n++;
	timer_at(again, 0);
}

static void test_timer_in_the_past_starves_nobody(void **state)
{
	struct timer *t;
	int n = 0;
	(void)state;

	again_n = 0;
	assert_int_equal(0, timer_new(&again, loop, again_h, NULL));
	assert_int_equal(0, timer_new(&t, loop, count_h, &n));
	timer_at(again, 0);
	timer_at(t, clock_mono_us() + 5000);
	RUN_UNTIL(loop, n);
	assert_true(again_n > 0);
	again = timer_free(again);
	t = timer_free(t);
}

static void test_timer_is_not_early(void **state)
{
	struct timer *t;
	(void)state;

	for (int us = 1; us < 20000; us = us * 3 + 7) {
		int n = 0;
		int64_t at;

		assert_int_equal(0, timer_new(&t, loop, count_h, &n));
		at = clock_mono_us() + us;
		timer_at(t, at);
		while (!n)
			uv_run(loop_uv(loop), UV_RUN_ONCE);
		assert_true(clock_mono_us() >= at);
		t = timer_free(t);
	}
}

static void test_timer_replaced_stopped_repeating(void **state)
{
	struct timer *a, *b, *c;
	int na = 0, nb = 0, nc = 0;
	(void)state;

	assert_int_equal(0, timer_new(&a, loop, count_h, &na));
	assert_int_equal(0, timer_new(&b, loop, count_h, &nb));
	assert_int_equal(0, timer_new(&c, loop, count_h, &nc));
	timer_at(a, 0);
	timer_at(a, clock_mono_us() + 3600 * INT64_C(1000000));
	timer_at(b, 0);
	timer_stop(b);
	timer_every(c, 2);
	RUN_UNTIL(loop, nc >= 3);
	assert_int_equal(0, na);
	assert_int_equal(0, nb);
	a = timer_free(a);
	timer_at(b, 0);
	b = timer_free(b);
	c = timer_free(c);
	assert_null(timer_free(NULL));
}

static void test_signal(void **state)
{
	int n = 0;
	(void)state;

	assert_int_equal(0, loop_on_signal(loop, SIGUSR1, count_h, &n));
	kill(getpid(), SIGUSR1);
	RUN_UNTIL(loop, n == 1);
}

static void test_watch(void **state)
{
	struct watch *w;
	int fd[2], n = 0;
	char c;
	(void)state;

	assert_int_equal(0, pipe(fd));
	assert_int_equal(0, watch_new(&w, loop, fd[0], count_h, &n));
	assert_int_equal(1, write(fd[1], "x", 1));
	RUN_UNTIL(loop, n > 0);
	assert_int_equal(1, read(fd[0], &c, 1));
	w = watch_free(w);
	close(fd[0]);
	close(fd[1]);
}

static pthread_t worked_on;

static void work_h(void *arg)
{
	(void)arg;
	worked_on = pthread_self();
}

static void test_work(void **state)
{
	int n = 0;
	(void)state;

	assert_int_equal(0, loop_work(loop, work_h, count_h, &n));
	RUN_UNTIL(loop, n == 1);
	assert_false(pthread_equal(worked_on, pthread_self()));
}

static void test_limits(void **state)
{
	struct rlimit lim;
	(void)state;

	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &lim));
	assert_true(lim.rlim_cur == MIN(lim.rlim_max, 65536));
	assert_ptr_equal(SIG_IGN, signal(SIGPIPE, SIG_IGN));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_defer),
		T(test_defer_is_done_by_free),
		T(test_timer_in_the_past_starves_nobody),
		T(test_timer_is_not_early),
		T(test_timer_replaced_stopped_repeating),
		T(test_signal),
		T(test_watch),
		T(test_work),
		T(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
