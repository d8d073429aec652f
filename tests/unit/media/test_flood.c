/*
 * flood: a carrier whose clock runs away, or who gives more than he can have
 * heard: what is done for him stays within what the call's own clock allows.
 */
#include "house.h"

enum { MS_N = TEL_RATE_HZ / 1000 };

static unsigned ts_ms;

static void media_comes(unsigned step_ms)
{
	char json[512], b64[B64_LEN(TEL_FRAME_N) + 1];
	uint8_t b[TEL_FRAME_N];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(0x90 | (i * 37 & 0x8f));
	b64[b64_encode(b64, b, sizeof(b))] = '\0';
	snprintf(json, sizeof(json),
		 "{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{"
		 "\"track\":\"inbound\",\"timestamp\":\"%u\",\"payload\":"
		 "\"%s\"}}",
		 ts_ms += step_ms, b64);
	house_tells(json);
}

static void begin(void **state)
{
	static char on[] = "on";

	assert_int_equal(0, house_setup(state));
	house.echo = on;
	house_media();
	house_dial();
	house_begin();
	house_run(1000);
	ts_ms = 1000;
}

static uint64_t bad(void)
{
	return counts_get(&house.counts.bad_messages);
}

/* step_ms of the carrier's clock a frame, frames of them every 20 ms. */
static void flood(int turns, unsigned step_ms, unsigned frames)
{
	int64_t clock_n;

	for (int i = 0; i < turns && house.open; i++) {
		for (unsigned k = 0; k < frames; k++)
			media_comes(step_ms);
		house.now_us += 20000;
		clock_n = (house.now_us - house.dialed_us) * MS_N / 1000;
		assert_true(near_end_n(house.s->near) <
			    clock_n + 10 * TEL_RATE_HZ);
		assert_true(house_sess(SPEECH_STT)->next_n <
			    clock_n + 10 * TEL_RATE_HZ);
	}
}

static void test_runs_away(void **state)
{
	begin(state);
	flood(100, 2020, 1);
	assert_true(house.open);
	assert_in_range(bad(), 1, 2);
	assert_true(counts_get(&house.counts.skipped_ms) > 1000);
	flood(3000, 2020, 1);
	assert_false(house.open);
	assert_int_equal(1008, house.closed);
	assert_int_equal(0, house_teardown(state));
}

static void test_too_much(void **state)
{
	begin(state);
	flood(100, 20, 100);
	assert_false(house.open);
	assert_int_equal(1008, house.closed);
	assert_int_equal(0, house_teardown(state));
}

/* A clock that jumps once is no reason to hang up, nor is a line that stood
 * still and catches up. */
static void test_is_forgiven(void **state)
{
	begin(state);
	flood(1, 15000, 1);
	flood(500, 20, 1);
	assert_true(near_end_n(house.s->near) > 9 * TEL_RATE_HZ);
	assert_in_range(bad(), 0, 1);
	for (int i = 0; i < 10; i++) {
		house.now_us += 20 * 1000000;
		flood(1, 20, 1000);
		flood(100, 20, 1);
	}
	assert_true(house.open);
	assert_in_range(bad(), 0, 1);
	assert_int_equal(0, house_teardown(state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_away),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_is_forgiven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
