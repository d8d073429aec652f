/* What every carrier in the table must do. */
#include "tests/unit/assert.h"

#include "carrier.h"

static void test_table(void **state)
{
	(void)state;
	assert_non_null(carrier_all[0]);
	for (size_t i = 0; carrier_all[i]; i++) {
		const struct carrier *c = carrier_all[i];

		print_message("%s\n", c->name);
		assert_ptr_equal(c, carrier_find(sv_str(c->name)));
		assert_true(c->rate_hz >= 8000 && c->parse && c->media &&
			    c->mark && c->clear);
	}
	assert_null(carrier_find(SV("")));
	assert_null(carrier_find(SV("Twilio")));
	assert_null(carrier_find(SV("twilio/")));
}

static void test_conformance(void **state)
{
	static const char *const garbage[] = {
		"", "{", "null", "\"x\"", "{}", "\xff\xfe", "{\"event\":null}"};
	const uint8_t audio[160] = {0};
	const struct frame f = {audio, sizeof(audio), 0, 160, CODEC_ULAW};
	struct carrier_msg m;
	struct buf b;

	(void)state;
	for (size_t i = 0; carrier_all[i]; i++) {
		const struct carrier *c = carrier_all[i];

		for (size_t k = 0; k < ARRAY_LEN(garbage); k++)
			assert_int_equal(-EBADMSG,
					 c->parse(&m, sv_str(garbage[k])));
		/* A mark that we write comes back as we named it. */
		buf_init(&b, 0);
		c->mark(&b, SV("S1"), SV("g7-3"));
		assert_int_equal(0, c->parse(&m, buf_get(&b)));
		assert_int_equal(CARRIER_MARK, m.kind);
		assert_sv_equal("g7-3", m.name);
		if (!c->binary)
			assert_sv_equal("S1", m.stream);
		/* Several messages can be written one after the other. */
		buf_reset(&b);
		c->media(&b, SV("S1"), 0, &f);
		c->clear(&b, SV("S1"));
		assert_int_equal(0, b.err);
		assert_true(b.len > sizeof(audio));
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_conformance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
