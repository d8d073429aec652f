/* Sentences that are said over and over: what is kept, and for how long. */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "speech/local/repeat.h"

static struct repeat_key key(const char *voice, const char *text)
{
	return (struct repeat_key){sv_str(voice), SV("en"), sv_str(text)};
}

static void keep(struct repeat *r, const char *text, uint8_t fill, size_t n)
{
	const struct repeat_key k = key("rms", text);
	const struct speech_word words[] = {{0, 2, 80}, {3, 1, (uint32_t)n}};
	uint8_t *audio = malloc(n);

	assert_non_null(audio);
	memset(audio, fill, n);
	repeat_keep(r, &k, &(struct repeat_speech){audio, n, words, 2});
	free(audio);
}

static bool has(struct repeat *r, const char *voice, const char *text,
		uint8_t fill, size_t n)
{
	const struct repeat_key k = key(voice, text);
	struct repeat_speech s;

	if (!repeat_find(r, &k, &s))
		return false;
	assert_int_equal(n, s.n);
	assert_int_equal(fill, s.ulaw[0]);
	assert_int_equal(fill, s.ulaw[n - 1]);
	assert_int_equal(2, s.nwords);
	assert_int_equal(3, s.words[1].off);
	assert_int_equal(n, s.words[1].end_n);
	return true;
}

static void test_wants(void **state)
{
	const struct repeat_key a = key("rms", "Hello."),
				b = key("slt", "Hello."),
				c = {SV("rms"), SV("es"), SV("Hello.")},
				d = {SV("rm"), SV("sen"), SV("Hello.")};
	struct repeat *r;
	char text[16];
	(void)state;

	assert_int_equal(0, repeat_new(&r, 1 << 16));
	assert_false(repeat_wants(r, &a)); /* what is said once is not kept */
	assert_true(repeat_wants(r, &a));
	assert_false(repeat_wants(r, &b));
	assert_false(repeat_wants(r, &c));
	assert_false(repeat_wants(r, &d));
	assert_true(repeat_wants(r, &a));
	for (int i = 0; i < 600; i++) { /* long ago is never */
		struct repeat_key k;

		snprintf(text, sizeof(text), "number %d", i);
		k = key("rms", text);
		assert_false(repeat_wants(r, &k));
	}
	assert_false(repeat_wants(r, &a));
	repeat_free(r);
}

static void test_keeps(void **state)
{
	struct repeat *r;
	(void)state;

	assert_int_equal(0, repeat_new(&r, 10000));
	keep(r, "One.", 1, 1000);
	keep(r, "One.", 9, 500); /* the first stays */
	assert_true(has(r, "rms", "One.", 1, 1000));
	assert_false(has(r, "slt", "One.", 1, 1000));
	assert_false(has(r, "rms", "One", 1, 1000));
	keep(r, "Long.", 2, 2000); /* more than an eighth */
	assert_false(has(r, "rms", "Long.", 2, 2000));
	for (int i = 0; i < 9; i++) {
		char text[16];

		snprintf(text, sizeof(text), "More %d.", i);
		keep(r, text, (uint8_t)(10 + i), 1000);
		assert_true(has(r, "rms", "One.", 1, 1000)); /* is wanted */
	}
	assert_false(has(r, "rms", "More 0.", 10, 1000));
	assert_true(has(r, "rms", "More 8.", 18, 1000));
	repeat_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wants),
		cmocka_unit_test(test_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
