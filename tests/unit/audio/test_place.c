#include "../assert.h"
#include "audio/place.h"

/* One frame after another; at: -1 means -ETIME. */
#define F(ts_ms, n, at_n, silence_n, skip_n)                                   \
	{                                                                      \
		ts_ms, n, at_n, silence_n, skip_n                              \
	}
#define OLD(ts_ms, n) F(ts_ms, n, -1, 0, 0)

static const struct {
	const char *name;
	struct {
		int64_t ts_ms;
		int n;
		int64_t at_n;
		uint32_t silence_n, skip_n;
	} f[4];
	int frames;
	uint64_t filled_n, late_n, jumped_n;
} tv[] = {
	{.name = "in order, stamps not from 0",
	 .frames = 3,
	 .f = {F(5, 160, 0, 0, 0), F(25, 160, 160, 0, 0),
	       F(45, 160, 320, 0, 0)}},
	{.name = "rounded stamps make no holes",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), F(23, 160, 160, 0, 0), F(36, 160, 320, 0, 0),
	       F(63, 160, 480, 0, 0)}},
	{.name = "a hole of two frames",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(60, 160, 160, 320, 0),
	       F(80, 160, 640, 0, 0)},
	 .filled_n = 320},
	{.name = "a hole over the limit becomes a jump",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(1020, 160, 7160, 1000, 0),
	       F(1040, 160, 8320, 0, 0)},
	 .filled_n = 1000,
	 .jumped_n = 7000},
	{.name = "the same frame again",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), OLD(0, 160), F(20, 160, 160, 0, 0)},
	 .late_n = 160},
	{.name = "half of it is old",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(20, 160, 160, 0, 0),
	       F(20, 320, 320, 0, 160)},
	 .late_n = 160},
	{.name = "shuffled: the late one is dropped, its place is filled",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), F(40, 160, 160, 160, 0), OLD(20, 160),
	       F(60, 160, 480, 0, 0)},
	 .filled_n = 160,
	 .late_n = 160},
	{.name = "nonsense stamps",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), OLD(-5, 160), OLD(INT64_MAX, 160),
	       OLD(20, 0)}},
};

static void test_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct place p = {0};
		struct place_out out;

		print_message("%s\n", tv[i].name);
		for (int k = 0; k < tv[i].frames; k++) {
			int err =
				place_frame(&p, tv[i].f[k].ts_ms,
					    (uint32_t)tv[i].f[k].n, 1000, &out);

			assert_int_equal(err, tv[i].f[k].at_n < 0 ? -ETIME : 0);
			if (err)
				continue;
			assert_int_equal(out.at_n, tv[i].f[k].at_n);
			assert_int_equal(out.silence_n, tv[i].f[k].silence_n);
			assert_int_equal(out.skip_n, tv[i].f[k].skip_n);
		}
		assert_int_equal(p.filled_n, tv[i].filled_n);
		assert_int_equal(p.late_n, tv[i].late_n);
		assert_int_equal(p.jumped_n, tv[i].jumped_n);
	}
}

/* An hour with a carrier whose stamps run 100 ppm fast: no drift builds up. */
static void test_drift(void **state)
{
	struct place p = {0};
	struct place_out out;
	int64_t true_n;

	(void)state;
	for (int64_t i = 0; i < 180000; i++) {
		assert_int_equal(
			place_frame(&p, i * 20 + i / 500, 160, 4000, &out), 0);
		true_n = (i * 20 + i / 500) * 8;
		assert_in_range(out.at_n + out.silence_n + 80, true_n,
				true_n + 160);
	}
}

/* A carrier that begins its stamps anew is heard again after a second. */
static void test_restart(void **state)
{
	struct place p = {0};
	struct place_out out;
	int64_t at_n = 0;
	int dropped = 0;

	(void)state;
	for (int i = 0; i < 500; i++)
		assert_int_equal(place_frame(&p, i * 20, 160, 4000, &out), 0);
	for (int i = 0; i < 100; i++) {
		if (place_frame(&p, i * 20, 160, 4000, &out)) {
			dropped++;
			continue;
		}
		assert_true(out.at_n > at_n);
		at_n = out.at_n;
	}
	assert_int_equal(dropped, 49);
	assert_int_equal(p.next_n, 500 * 160 + 51 * 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
