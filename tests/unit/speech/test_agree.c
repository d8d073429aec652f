/* speech/local/agree: what is shown of an utterance that goes on. */
#include "tests/unit/assert.h"

#include <string.h>

#include "speech/local/agree.h"

enum { RUNS_MAX = 6 };

/* NULL told: nothing new. whole: read in a pause. */
static const struct {
	const char *name;
	struct {
		const char *text;
		int spoken_ms; /* 0: whole */
		const char *told;
	} run[RUNS_MAX];
} tv[] = {
	{"two agree",
	 {{"My kitchen", 1000, NULL},
	  {"My kitchen drain is", 2000, "My kitchen"},
	  {"My kitchen drain is blocked and the", 3000,
	   "My kitchen drain is"}}},
	{"one alone is nothing", {{"My kitchen drain is blocked", 9000, NULL}}},
	{"spelled otherwise: the newer one is told",
	 {{"hello, this is Bob.", 2000, NULL},
	  {"Hello. This is Bob, and I", 4000, "Hello. This is Bob"}}},
	{"up to where they differ",
	 {{"I need some one", 2000, NULL},
	  {"I need someone to look", 3000, "I need"},
	  {"I need someone to look at it now", 4000,
	   "I need someone to look"}}},
	{"one word is not told",
	 {{"Yes", 1500, NULL}, {"Yes, it is not what", 2500, NULL}}},
	{"nothing of the last half second",
	 {{"one two three four", 900, NULL},
	  {"one two three four", 1000, "one two"},
	  {"one two three four", 4000, "one two three"},
	  {"one two three four now and then", 5000, "one two three four"}}},
	{"too short for any", {{"a b c", 400, NULL}, {"a b c d", 500, NULL}}},
	{"what was told stays",
	 {{"my door bell is out", 2000, NULL},
	  {"my door bell is out of order", 3000, "my door bell is out"},
	  {"my doorbell is out of order again", 4000, NULL},
	  {"my doorbell is out of order again and", 5000, NULL},
	  {"my door bell is out of order again and I", 6000, NULL},
	  {"my door bell is out of order again and I am", 9000,
	   "my door bell is out of order again and I"}}},
	{"never shorter",
	 {{"it leaks under the sink", 3000, NULL},
	  {"it leaks under the sink here", 6000, "it leaks under the sink"},
	  {"it leaks", 7000, NULL},
	  {"it leaks under the sink here and there", 8000, NULL},
	  {"it leaks under the sink here and there too", 20000,
	   "it leaks under the sink here and there"}}},
	{"nothing to believe in between",
	 {{"it leaks under the sink", 3000, NULL},
	  {"", 4000, NULL},
	  {"it leaks under the sink", 5000, NULL},
	  {"it leaks under the sink and", 6000, "it leaks under the sink"}}},
	{"a pause tells all, and is a run",
	 {{"I would like", 1000, NULL},
	  {"I would like an appointment.", 0, NULL},
	  {"I would like an appointment for", 4000, NULL},
	  {"I would like an appointment for Tuesday morning", 6000,
	   "I would like an appointment for"}}},
	{"signs are no words",
	 {{"- - - -", 4000, NULL}, {"- - - - -", 8000, NULL}}},
	{"capitals and accents do not count",
	 {{"¿Cuánto cuesta LA visita", 3000, NULL},
	  {"¿Cuanto cuesta la visita de mañana?", 6000,
	   "¿Cuanto cuesta la visita"}}},
};

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct agree a = {0};

		print_message("%s\n", tv[i].name);
		for (size_t k = 0; k < RUNS_MAX && tv[i].run[k].text; k++) {
			struct sv text = sv_str(tv[i].run[k].text);
			const char *told = tv[i].run[k].told;

			if (!tv[i].run[k].spoken_ms) {
				agree_whole(&a, text);
				assert_string_equal(text.p, a.told);
				continue;
			}
			assert_int_equal(
				told != NULL,
				agree_run(&a, text, tv[i].run[k].spoken_ms));
			if (told)
				assert_string_equal(told, a.told);
		}
	}
}

/* A text that does not fit agrees with nothing; it is not cut. */
static void test_long(void **state)
{
	static char text[AGREE_TEXT_MAX + 16];
	struct agree a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 4 == 3 ? ' ' : 'a';
	assert_false(agree_run(&a, sv_str(text), 20000));
	assert_false(agree_run(&a, sv_str(text), 20000));
	text[AGREE_TEXT_MAX - 1] = '\0';
	assert_false(agree_run(&a, sv_str(text), 20000));
	assert_true(agree_run(&a, sv_str(text), 20000));
	assert_in_range(strlen(a.told), AGREE_TEXT_MAX - 50, AGREE_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
