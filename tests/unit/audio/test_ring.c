/* ring: the last samples by position, over the wrap, after a jump. */
#include "tests/unit/assert.h"

#include "audio/ring.h"

static void put(struct ring *r, int64_t at_n, size_t n)
{
	uint8_t b[64];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(at_n + (int64_t)i);
	ring_put(r, at_n, b, n);
}

static void expect(struct ring *r, int64_t ask, int64_t at, size_t n)
{
	uint8_t b[64];

	assert_int_equal(n, ring_get(r, &ask, b, sizeof(b)));
	assert_true(ask == at);
	for (size_t i = 0; i < n; i++)
		assert_int_equal((uint8_t)(at + (int64_t)i), b[i]);
}

static void test_ring_wraps(void **state)
{
	struct ring r;
	(void)state;

	assert_int_equal(0, ring_init(&r, 10));
	expect(&r, 0, 0, 0);
	put(&r, 0, 7);
	expect(&r, 0, 0, 7);
	expect(&r, 5, 5, 2);
	put(&r, 7, 7); /* 14 in all: the first four are gone */
	expect(&r, 0, 4, 10);
	expect(&r, 13, 13, 1);
	expect(&r, 14, 14, 0);
	put(&r, 14, 25); /* longer than the ring */
	expect(&r, 0, 29, 10);
	ring_fini(&r);
}

static void test_ring_jump_drops_what_was_held(void **state)
{
	struct ring r;
	(void)state;

	assert_int_equal(0, ring_init(&r, 10));
	put(&r, 0, 6);
	put(&r, 100, 3);
	expect(&r, 0, 100, 3);
	ring_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_wraps),
		cmocka_unit_test(test_ring_jump_drops_what_was_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
