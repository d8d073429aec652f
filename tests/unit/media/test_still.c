/*
 * A still line: nothing is there to be heard, so our detector is not told it,
 * and nobody notices.
 */
#include "house.h"

enum {
	MS_N = TEL_RATE_HZ / 1000,
	STAYS_MS = 1500,
	WAKES_MS = 600,
};

static void begin(void **state)
{
	assert_int_equal(0, house_setup(state));
	house_media();
	house_dial();
	house_begin();
	house_run(100);
}

/* Behind what our recogniser has heard of the leg lies so much. */
static int64_t unheard_ms(void)
{
	return (near_end_n(house.s->near) - house_sess(SPEECH_STT)->next_n) /
	       MS_N;
}

static void test_rests(void **state)
{
	begin(state);
	house_run(STAYS_MS - 200);
	assert_int_equal(0, unheard_ms());
	house_run(4900);
	assert_in_range(unheard_ms(), 4500, 5000);
	house_run(30000); /* longer than the ring holds */
	house_sess(SPEECH_STT)->from_n = -1;
	house.loud = true;
	house_run(20);
	house.loud = false;
	assert_int_equal(0, unheard_ms());
	assert_in_range(house_sess(SPEECH_STT)->next_n -
				house_sess(SPEECH_STT)->from_n,
			WAKES_MS * MS_N, (WAKES_MS + 40) * MS_N);
	house_run(STAYS_MS - 100);
	assert_int_equal(0, unheard_ms());
	house_run(1000);
	assert_in_range(unheard_ms(), 500, 1100);
	assert_int_equal(0, house_teardown(state));
}

/* A detector that hears speech is told all of it, to its end. */
static void test_speaks(void **state)
{
	struct speech_sess *s;

	begin(state);
	house.loud = true;
	house_run(500);
	house.loud = false;
	s = house_sess(SPEECH_STT);
	s->h.vadh(SPEECH_BEGAN, 800, s->h.arg);
	house_run(6000);
	assert_int_equal(0, unheard_ms());
	s->h.vadh(SPEECH_ENDED, 12000, s->h.arg);
	house_run(2000);
	assert_in_range(unheard_ms(), 1900, 2100);
	assert_int_equal(0, house_teardown(state));
}

/* It was slow: what it had not heard before the rest is not left out. */
static void test_late(void **state)
{
	struct speech_sess *s;

	begin(state);
	house.loud = true;
	house_run(500);
	house.loud = false;
	house_run(STAYS_MS + 1000);
	assert_in_range(unheard_ms(), 900, 1100);
	s = house_sess(SPEECH_STT);
	s->from_n = -1;
	s->h.vadh(SPEECH_BEGAN, 800, s->h.arg); /* only now */
	house_run(40);
	assert_int_equal(0, unheard_ms());
	assert_true(s->from_n < near_end_n(house.s->near) - 900 * MS_N);
	assert_int_equal(0, house_teardown(state));
}

/* One that dies in his speech does not leave the next one awake. */
static void test_dies(void **state)
{
	struct speech_sess *s;

	begin(state);
	house.loud = true;
	house_run(500);
	house.loud = false;
	s = house_sess(SPEECH_STT);
	s->h.vadh(SPEECH_BEGAN, 800, s->h.arg);
	house_run(100);
	house_deafen();
	house.ears_away = false;
	house_run(WAIT_RECOGNISER_MS + STAYS_MS + 1000);
	assert_true(unheard_ms() > 500);
	assert_int_equal(0, house_teardown(state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rests),
		cmocka_unit_test(test_speaks),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
