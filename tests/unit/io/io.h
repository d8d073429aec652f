/* What the tests of src/io share: a loop that waits for a condition. */
#ifndef TESTS_UNIT_IO_IO_H
#define TESTS_UNIT_IO_IO_H

#include "tests/unit/assert.h"

#include <stdlib.h>

#include <uv.h>

#include "base/clock.h"
#include "io/loop.h"

static inline void io_tick(void *arg)
{
	(void)arg;
}

/** Turns the loop until cond holds; the test fails after ms. */
#define RUN_UNTIL_MS(l, cond, ms)                                              \
	do {                                                                   \
		int64_t end_ = clock_mono_us() + (int64_t)(ms)*1000;           \
		struct timer *tick_;                                           \
		assert_int_equal(0, timer_new(&tick_, (l), io_tick, NULL));    \
		timer_every(tick_, 50);                                        \
		while (!(cond) && clock_mono_us() < end_)                      \
			uv_run(loop_uv(l), UV_RUN_ONCE);                       \
		tick_ = timer_free(tick_);                                     \
		assert_true(cond);                                             \
	} while (0)

#define RUN_UNTIL(l, cond) RUN_UNTIL_MS(l, cond, 10000)

#endif
