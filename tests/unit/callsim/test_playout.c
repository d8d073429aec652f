/* What the carrier's queue promises: order, marks, clear, limits. */
#include "../assert.h"

#include <stdio.h>

#include "playout.h"

struct log {
	char text[256];
	size_t n;
};

static void on_mark(const char *name, bool cleared, void *arg)
{
	struct log *l = arg;

	l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n,
				 "%s%s ", name, cleared ? "!" : "");
}

/*
 * A script of one letter per step: p20 puts 20 ms, t ticks, mNAME marks,
 * c clears; then which marks came back in which order.
 */
static const struct {
	const char *name, *script, *marks;
	size_t queued;
	size_t residual_ms;
} tv[] = {
	{"idle mark comes at once", "ma", "a ", 0, 0},
	{"mark before its audio reports at once", "ma p20", "a ", 160, 0},
	{"mark after audio waits", "p20 ma", "", 160, 0},
	{"not while the last frame is heard", "p20 ma t", "", 0, 0},
	{"when it was heard", "p20 ma t t", "a ", 0, 0},
	{"nor for a mark that comes late", "p20 t ma", "", 0, 0},
	{"which comes a tick later", "p20 t ma t", "a ", 0, 0},
	{"marks keep their order", "p20 ma p20 mb t t t", "a b ", 0, 0},
	{"clear gives all back", "p20 ma p20 mb c", "a! b! ", 0, 0},
	{"clear tells heard from dropped", "p20 ma p20 mb t t c", "a b! ", 0,
	 0},
	{"clear with nothing", "c ma", "a ", 0, 0},
	{"residual audio is still played", "p200 c", "", 320, 40},
	{"odd lengths", "p7 p20 ma t t t", "a ", 0, 0},
};

static void test_playout_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		static uint8_t audio[8000];
		uint8_t out[TEL_FRAME_N];
		struct log log = {"", 0};
		struct playout *p;
		int ms;

		print_message("%s\n", tv[i].name);
		assert_int_equal(0, playout_new(&p, tv[i].residual_ms * 8,
						on_mark, &log));
		for (const char *s = tv[i].script; *s; s++) {
			if (*s == 'p' && sscanf(s + 1, "%d", &ms) == 1) {
				playout_put(p, audio, (size_t)ms * 8);
				s += strcspn(s, " ") - 1;
			} else if (*s == 't') {
				playout_tick(p, out);
			} else if (*s == 'm') {
				playout_mark(p, (struct sv){s + 1, 1});
				s++;
			} else if (*s == 'c') {
				playout_clear(p);
			}
		}
		assert_string_equal(tv[i].marks, log.text);
		assert_int_equal(tv[i].queued, playout_queued(p));
		playout_free(p);
	}
}

static void test_playout_audio(void **state)
{
	uint8_t in[1000], out[TEL_FRAME_N];
	struct log log = {"", 0};
	struct playout *p;
	size_t got = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	assert_int_equal(0, playout_new(&p, 0, on_mark, &log));
	for (size_t i = 0; i < 100; i++) /* uneven pieces, and a wrap */
		playout_put(p, in + i * 10, 10);
	while (got < sizeof(in)) {
		size_t n = playout_tick(p, out);

		assert_true(n);
		assert_memory_equal(in + got, out, n);
		got += n;
		if (n < TEL_FRAME_N)
			assert_int_equal(ULAW_SILENCE, out[n]);
	}
	playout_free(p);
}

static void test_playout_limit(void **state)
{
	static uint8_t minute[60 * TEL_RATE_HZ];
	struct log log = {"", 0};
	struct playout *p;

	(void)state;
	assert_int_equal(0, playout_new(&p, 0, on_mark, &log));
	for (int i = 0; i < 10; i++)
		assert_int_equal(0, playout_put(p, minute, sizeof(minute)));
	assert_int_equal(-ENOBUFS, playout_put(p, minute, 1));
	assert_int_equal(PLAYOUT_MAX_N, playout_queued(p));
	assert_int_equal(PLAYOUT_MAX_N, playout_clear(p));
	assert_int_equal(0, playout_put(p, minute, 1));
	playout_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playout_marks),
		cmocka_unit_test(test_playout_audio),
		cmocka_unit_test(test_playout_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
