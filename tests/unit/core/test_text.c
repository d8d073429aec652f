/* Where to begin again, and what is only a sign that somebody listens. */
#include "../assert.h"
#include "core/engine.h"

static const struct {
	const char *text, *heard, *rest;
} restarts[] = {
	{"One. Two three. Four.", "", "One. Two three. Four."},
	{"One. Two three. Four.", "On", "One. Two three. Four."},
	{"One. Two three. Four.", "One", "Two three. Four."},
	{"One. Two three. Four.", "One.", "Two three. Four."},
	{"One. Two three. Four.", "One. Two", "Two three. Four."},
	{"One. Two three. Four.", "One. Two three", "Four."},
	{"One. Two three. Four.", "One. Two three. Four.", ""},
	{"At 2 p.m. on Tuesday? Fine.", "At 2 p.m. on",
	 "At 2 p.m. on Tuesday? "
	 "Fine."},
	{"Ask Mr. Hill at 5 Elm Ave. now! Yes?", "Ask Mr. Hill",
	 "Ask Mr. Hill at 5 Elm Ave. now! Yes?"},
	{"It is 3.5 dollars. Yes.", "It is 3.5", "It is 3.5 dollars. Yes."},
	{"no stop at all", "no stop", "no stop at all"},
	{"", "", ""},
};

static void test_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(restarts); i++) {
		struct sv text = sv_str(restarts[i].text);
		size_t at = text_restart(text, strlen(restarts[i].heard));

		print_message("\"%s\" of \"%s\"\n", restarts[i].heard,
			      restarts[i].text);
		assert_in_range(at, 0, text.len);
		assert_sv_equal(restarts[i].rest,
				((struct sv){text.p + at, text.len - at}));
	}
}

static const struct {
	const char *text;
	bool backchannel, assent;
} signs[] = {
	{"uh-huh", true, true},	      {"Uh huh.", true, true},
	{"Mm-hm, okay.", true, true}, {"OK OK", true, true},
	{"I see.", true, true},	      {"yes", false, true},
	{"Yeah, sure!", false, true}, {"thank you", false, true},
	{"ajá", true, true},	      {"sí, gracias", false, true},
	{"no", false, false},	      {"okay tuesday", false, false},
	{"okayish", false, false},    {"", false, false},
	{"...", false, false},	      {"right now please", false, false},
};

static void test_signs(void **state)
{
	char lots[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		print_message("\"%s\"\n", signs[i].text);
		assert_int_equal(text_is_backchannel(sv_str(signs[i].text)),
				 signs[i].backchannel);
		assert_int_equal(text_is_assent(sv_str(signs[i].text)),
				 signs[i].assent);
	}
	memset(lots, 'm', sizeof(lots));
	assert_false(text_is_backchannel((struct sv){lots, sizeof(lots)}));
}

static void test_limit(void **state)
{
	(void)state;
	assert_sv_equal("abc", text_limit(SV("abc"), 3));
	assert_sv_equal("ab", text_limit(SV("ab cd"), 4));
	assert_sv_equal("abc", text_limit(SV("abcdef"), 3));
	assert_sv_equal("a", text_limit(SV("a\xc3\xa9z"), 2));
	assert_sv_equal("", text_limit(SV("abc"), 0));
	assert_int_equal(text_words(SV("  one two  three ")), 3);
	assert_int_equal(text_words(SV("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
