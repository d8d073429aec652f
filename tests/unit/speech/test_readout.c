/* speech/local/readout: texts as the voices can read them. */
#include "tests/unit/assert.h"

#include "speech/local/readout.h"

static void test_readout(void **state)
{
	static const struct {
		enum readout_lang lang;
		const char *text, *spoken; /* | between sentences */
	} tv[] = {
		{READOUT_EN, "", ""},
		{READOUT_EN, "  \n", ""},
		{READOUT_EN, "Hello.", "Hello."},
		{READOUT_EN, "Hello. How are you? Fine!",
		 "Hello.|How are you?|Fine!"},
		{READOUT_EN,
		 "Dr. Smith and J. Doe live on St. James Ave. Come in.",
		 "Dr. Smith and J. Doe live on St. James Ave. Come in."},
		{READOUT_EN, "at 2:30 p.m. on Tuesday",
		 "at 2:30 p.m. on Tuesday"},
		{READOUT_EN, "Call 415-555-0123.",
		 "Call four one five, five five five, zero one two three."},
		{READOUT_EN, "+14155550100",
		 "one, four one five, five five five, zero one zero zero"},
		{READOUT_EN, "555-0100, please",
		 "five five five, zero one zero zero, please"},
		{READOUT_EN, "(415) 555-0100",
		 "four one five, five five five, zero one zero zero"},
		{READOUT_EN, "in 2026 for $89.50", "in 2026 for $89.50"},
		{READOUT_EN, "heating & cooling w/ A/C",
		 "heating and cooling with A C"},
		{READOUT_EN, "Mail owner@harbor.test or see www.harbor.test/x",
		 "Mail owner at harbor dot test or see "
		 "www dot harbor dot test slash x"},
		{READOUT_EN, "unit #5", "unit number 5"},
		{READOUT_EN, "It’s “it” — ok", "It's \"it\" ok"},
		{READOUT_EN, "se\xc3\xb1or \xf0\x9f\x98\x80 \xff\xfe", "senor"},
		{READOUT_ES, "Hola, ¿qué día? La Sra. Ruiz vive en Av. Sol #5.",
		 "Hola, ¿qué día?|La Sra. Ruiz vive en Av. Sol número 5."},
		{READOUT_ES,
		 "Llame al 415-555-0123 & pida [[k]] a ana@harbor.test",
		 "Llame al cuatro uno cinco, cinco cinco cinco, cero uno dos "
		 "tres y pida k a ana arroba harbor punto test"},
		{READOUT_ES, "Á — \xc3", "Á"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct sv text = sv_str(tv[i].text);
		char got[512] = "";
		struct readout r;
		size_t at = 0;

		assert_int_equal(0, readout_init(&r, tv[i].lang, text));
		while (at < r.n) {
			struct sv s = readout_sentence(&r, &at);

			while (s.len && s.p[s.len - 1] == ' ')
				s.len--;
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%.*s", *got ? "|" : "", SV_ARG(s));
		}
		assert_string_equal(tv[i].spoken, got);
		for (size_t k = 0; k < r.n; k++)
			assert_true(r.word[k].off + r.word[k].len <= text.len);
		readout_fini(&r);
	}
}

/* Without a full stop a text is cut all the same: callers take turns. */
static void test_readout_long(void **state)
{
	struct readout r;
	struct buf b;
	size_t at = 0, sentences = 0;
	(void)state;

	buf_init(&b, 0);
	for (int i = 0; i < 300; i++)
		buf_str(&b, "and so on ");
	assert_int_equal(0, readout_init(&r, READOUT_EN, buf_get(&b)));
	for (; at < r.n; sentences++)
		assert_true(readout_sentence(&r, &at).len < 340);
	assert_in_range(sentences, 9, 11);
	readout_fini(&r);
	while (b.len <= READOUT_MAX)
		buf_str(&b, "x");
	assert_int_equal(-EMSGSIZE, readout_init(&r, READOUT_EN, buf_get(&b)));
	readout_fini(&r);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readout),
		cmocka_unit_test(test_readout_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
