/* Figures of a call, from audio whose figures are known. */
#include "../assert.h"

#include <math.h>

#include "measure.h"

/* A tone of this level in dBov (0: a square of full scale), or silence. */
static void tone(int16_t out[TEL_FRAME_N], int64_t at_n, double dbov)
{
	double amp = 32768 * pow(10, dbov / 20) * sqrt(2);

	for (int i = 0; i < TEL_FRAME_N; i++)
		out[i] = dbov < -90 ? 0
				    : (int16_t)(amp * sin(2 * M_PI * 700 *
							  (double)(at_n + i) /
							  TEL_RATE_HZ));
}

static void play(struct measure *m, int ms, double dbov, bool queued, bool near)
{
	int16_t far[TEL_FRAME_N];

	for (int i = 0; i < ms / 20; i++) {
		tone(far, m->now_n, dbov);
		measure_frame(m, far, queued ? TEL_FRAME_N : 0, near);
	}
}

static void test_reply(void **state)
{
	struct measure m;

	(void)state;
	measure_init(&m);
	measure_count_silence(&m, true);
	play(&m, 1000, -20, true, false);
	play(&m, 800, -100, false, false);
	assert_int_equal(800, measure_far_silent_ms(&m));
	measure_turn_begin(&m, 0, m.now_n);
	play(&m, 2000, -100, false, true);
	measure_turn_end(&m, m.now_n);
	play(&m, 640, -100, false, false);
	play(&m, 1000, -20, true, false);
	assert_int_equal(640, measure_reply_ms(&m.turns[0]));
	assert_false(m.turns[0].interrupts);
	assert_int_equal(800, m.longest_silence_n / 8);
	assert_int_equal(0, m.gaps);
	assert_float_equal(-20, measure_level_dbov(&m), 0.3);
}

static void test_interruption(void **state)
{
	struct measure m;

	(void)state;
	measure_init(&m);
	play(&m, 1000, -20, true, false);
	measure_turn_begin(&m, 3, m.now_n);
	play(&m, 240, -20, true, true);
	measure_cleared(&m);
	play(&m, 1000, -100, false, true);
	measure_turn_end(&m, m.now_n);
	play(&m, 500, -100, false, false);
	play(&m, 500, -20, true, false);
	assert_true(m.turns[0].interrupts);
	assert_int_equal(240, measure_stop_ms(&m.turns[0]));
	assert_int_equal(500, measure_reply_ms(&m.turns[0]));
	assert_int_equal(0, m.gaps);
	assert_int_equal(0, m.clicks);
}

/* It pauses between sentences and goes on: it has not stopped. */
static void test_ignored_interruption(void **state)
{
	struct measure m;

	(void)state;
	measure_init(&m);
	play(&m, 1000, -20, true, false);
	measure_turn_begin(&m, 0, m.now_n);
	play(&m, 60, -20, true, true);
	play(&m, 300, -100, false, true);
	play(&m, 1000, -20, true, true);
	measure_turn_end(&m, m.now_n);
	play(&m, 500, -20, true, false);
	play(&m, 800, -100, false, false);
	assert_int_equal(1860, measure_stop_ms(&m.turns[0]));
	assert_int_equal(INT32_MIN, measure_reply_ms(&m.turns[0]));
	play(&m, 500, -20, true, false);
	assert_int_equal(1300, measure_reply_ms(&m.turns[0]));
}

static void test_early_answer(void **state)
{
	struct measure m;

	(void)state;
	measure_init(&m);
	play(&m, 500, -20, true, false);
	play(&m, 800, -100, false, false);
	measure_turn_begin(&m, 0, m.now_n);
	play(&m, 1000, -100, false, true);
	play(&m, 300, -20, true, true);
	measure_turn_end(&m, m.now_n);
	play(&m, 300, -20, true, false);
	assert_true(m.turns[0].overtaken);
	assert_int_equal(-300, measure_reply_ms(&m.turns[0]));
}

static const struct {
	const char *name;
	int hole_ms;
	double before, after;
	bool cleared;
	int gaps;
} holes[] = {
	{"hole in a word", 60, -20, -20, false, 1},
	{"after a quiet end", 60, -60, -20, false, 0},
	{"into a quiet start", 60, -20, -60, false, 0},
	{"a clear", 60, -20, -20, true, 0},
	{"a pause of two seconds", 2000, -20, -20, false, 0},
};

static void test_gaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
		struct measure m;

		print_message("%s\n", holes[i].name);
		measure_init(&m);
		play(&m, 200, -20, true, false);
		play(&m, 20, holes[i].before, true, false);
		if (holes[i].cleared)
			measure_cleared(&m);
		play(&m, holes[i].hole_ms, -100, false, false);
		play(&m, 20, holes[i].after, true, false);
		play(&m, 200, -20, true, false);
		assert_int_equal(holes[i].gaps, m.gaps);
		if (holes[i].gaps)
			assert_int_equal(holes[i].hole_ms, m.gap_n / 8);
	}
}

static void test_clicks(void **state)
{
	int16_t far[TEL_FRAME_N];
	struct measure m;

	(void)state;
	measure_init(&m);
	play(&m, 100, -20, true, false);
	assert_int_equal(0, m.clicks);
	tone(far, m.now_n, -20);
	far[80] = 32000; /* one sample out of place */
	measure_frame(&m, far, TEL_FRAME_N, false);
	play(&m, 100, -100, false, false);
	memset(far, 0, sizeof(far));
	for (int i = 100; i < TEL_FRAME_N; i++)
		far[i] = -32000; /* full height out of silence */
	measure_frame(&m, far, TEL_FRAME_N, false);
	play(&m, 100, -100, false, false); /* and back */
	assert_in_range(m.clicks, 2, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_interruption),
		cmocka_unit_test(test_ignored_interruption),
		cmocka_unit_test(test_early_answer),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_clicks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
