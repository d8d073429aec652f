/* What a business's script decides about its calls: docs/scripts.md. */
#include "house.h"

static void test_echo(void **state)
{
	static char on[] = "on", off[] = "off";
	static const struct {
		char *node;
		const char *script;
		bool cancels;
	} rows[] = {
		{on, NULL, true},
		{off, NULL, false},
		{on, "\"echo\":\"auto\",", true},
		{off, "\"echo\":\"auto\",", false},
		{on, "\"echo\":\"off\",", false},
		{off, "\"echo\":\"on\",", true},
		{on, "\"echo\":\"on\",", true},
		{off, "\"echo\":\"off\",", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(0, house_setup(state));
		house.echo = rows[i].node;
		house.defaults = rows[i].script;
		house_media();
		house_dial();
		house_begin();
		house_run(3000);
		house_said(NULL, "SAY Thank you for calling");
		assert_int_equal(rows[i].cancels,
				 near_echo(house.s->near) != NULL);
		/* nothing is missing where it was switched */
		assert_int_equal(house.s->ring.end_n,
				 near_end_n(house.s->near));
		assert_in_range(house.s->ring.end_n, 8 * 2900, 8 * 3000);
		assert_int_equal(0, house_teardown(state));
	}
}

static void test_barge_in(void **state)
{
	static const struct {
		const char *script;
		bool cut;
	} rows[] = {
		{NULL, true},
		{"\"barge_in\":\"normal\",", true},
		{"\"barge_in\":\"words\",", true},
		{"\"barge_in\":\"off\",", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(0, house_setup(state));
		house.defaults = rows[i].script;
		house_media();
		house_dial();
		house_begin();
		house_run(5700); /* the protected greeting is over */
		house_talk(900, "my furnace is broken");
		house_run(300);
		if (house_has("CLEAR") != rows[i].cut)
			house_show();
		assert_int_equal(rows[i].cut, house_has("CLEAR"));
		assert_int_equal(0, house_teardown(state));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_barge_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
