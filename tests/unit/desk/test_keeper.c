/* What the database says of its housekeeping. */
#include "tests/unit/assert.h"

#include "desk/keeper.h"

static char changed[200];

static void on_changed(struct sv business, void *arg)
{
	size_t n = strlen(changed);

	(void)arg;
	snprintf(changed + n, sizeof(changed) - n, "%.*s ", SV_ARG(business));
}

static const struct {
	const char *name, *in;
	unsigned long long runs, closed, failed;
	const char *changed;
} tv[] = {
	{"another desk does it", "{\"ran\": false}", 0, 0, 0, ""},
	{"nothing to do",
	 "{\"ran\": true, \"made\": 0, \"dropped\": 0, \"closed\": 0,"
	 " \"expired\": 0, \"removed\": 0, \"failed\": [], \"changed\": []}",
	 1, 0, 0, ""},
	{"calls closed",
	 "{\"ran\": true, \"closed\": 3, \"changed\": [\"b1\", \"b2\"]}", 1, 3,
	 0, "b1 b2 "},
	{"a part failed",
	 "{\"ran\": true, \"closed\": 1, \"failed\": [\"b1: 55P03\"],"
	 " \"changed\": [\"b2\"]}",
	 1, 1, 1, "b2 "},
	{"not as agreed", "{\"ran\": true, \"closed\": -1, \"failed\": [7]}", 1,
	 0, 1, ""},
	{"no JSON", "{\"ran\"", 0, 0, 1, ""},
	{"a list", "[]", 0, 0, 1, ""},
	{"nothing", "", 0, 0, 1, ""},
};

static void test_keeper_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct keeper_counts counts = {0};
		const struct keeper_prm prm = {
			.counts = &counts,
			.changedh = on_changed,
		};

		print_message("%s\n", tv[i].name);
		changed[0] = '\0';
		keeper_take(&prm, sv_str(tv[i].in));
		assert_int_equal(tv[i].runs, atomic_load(&counts.runs));
		assert_int_equal(tv[i].closed, atomic_load(&counts.closed));
		assert_int_equal(tv[i].failed, atomic_load(&counts.failed));
		assert_string_equal(tv[i].changed, changed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_keeper_take)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
