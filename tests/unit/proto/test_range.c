#include "proto/range.h"

#include <stdlib.h>

#include "../assert.h"

static const struct {
	const char *in;
	int64_t size;
	int err;
	int64_t from, len;
} tv[] = {
	{"", 100, -ENOENT, 0, 0},
	{"bytes=0-", 100, 0, 0, 100},
	{"bytes=0-0", 100, 0, 0, 1},
	{"bytes=10-19", 100, 0, 10, 10},
	{"Bytes = 1-2", 100, -ENOENT, 0, 0},
	{"BYTES=10-19", 100, 0, 10, 10},
	{" bytes= 10 - 19 ", 100, 0, 10, 10},
	{"bytes=99-", 100, 0, 99, 1},
	{"bytes=90-1000", 100, 0, 90, 10},
	{"bytes=100-", 100, -ERANGE, 0, 0},
	{"bytes=100-200", 100, -ERANGE, 0, 0},
	{"bytes=-1", 100, 0, 99, 1},
	{"bytes=-100", 100, 0, 0, 100},
	{"bytes=-1000", 100, 0, 0, 100},
	{"bytes=-0", 100, -ERANGE, 0, 0},
	{"bytes=0-", 0, -ERANGE, 0, 0},
	{"bytes=-5", 0, -ERANGE, 0, 0},
	{"bytes=20-10", 100, -ENOENT, 0, 0},
	{"bytes=0-1,5-6", 100, -ENOENT, 0, 0},
	{"bytes=a-b", 100, -ENOENT, 0, 0},
	{"bytes=--5", 100, -ENOENT, 0, 0},
	{"bytes=+1-5", 100, -ENOENT, 0, 0},
	{"bytes=-", 100, -ENOENT, 0, 0},
	{"bytes=", 100, -ENOENT, 0, 0},
	{"bytes=5", 100, -ENOENT, 0, 0},
	{"items=0-5", 100, -ENOENT, 0, 0},
	{"bytes=0-99999999999999999999", 100, -ENOENT, 0, 0},
};

static void test_range_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct range r = {0, 0};

		print_message("\"%s\"\n", tv[i].in);
		assert_int_equal(range_parse(&r, sv_str(tv[i].in), tv[i].size),
				 tv[i].err);
		assert_int_equal(r.from, tv[i].from);
		assert_int_equal(r.len, tv[i].len);
	}
}

/* Each prefix of a header, at the edge of what may be read. */
static void test_prefixes(void **state)
{
	const char all[] = "bytes=10-19";
	struct range r;

	(void)state;
	for (size_t n = 0; n < sizeof(all); n++) {
		char *p = malloc(n + !n);

		memcpy(p, all, n);
		(void)range_parse(&r, (struct sv){p, n}, 100);
		(void)range_is_current((struct sv){p, n}, "\"x\"");
		free(p);
	}
}

static void test_if_range(void **state)
{
	(void)state;
	assert_true(range_is_current(SV(""), "\"a\""));
	assert_true(range_is_current(SV("\"a\""), "\"a\""));
	assert_true(range_is_current(SV(" \"a\" "), "\"a\""));
	assert_false(range_is_current(SV("\"b\""), "\"a\""));
	assert_false(range_is_current(SV("W/\"a\""), "\"a\""));
	assert_false(
		range_is_current(SV("Sat, 21 Nov 2026 18:00:00 GMT"), "\"a\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range_parse),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_if_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
