/* A card number that is said in pieces: what was stored is stored anew. */
#include "tests/unit/assert.h"

#include "media/session.h"

static struct session s;

/* As the ear does: a text is heard, becomes a segment, older ones change. */
static void hear(const char *text, uint32_t seq)
{
	cards_hear(&s.cards, sv_str(text), SV("one\ntwo three"));
	if (seq) {
		const struct call_fx fx = {
			.kind = CALL_FX_SEGMENT,
			.leg = CALL_LEG_CALLER,
			.seq = seq,
			.rev = 1,
			.text = sv_str(s.cards.text),
			.final = true,
		};

		cards_keep(&s.cards, &fx);
		store_segment(&s, &fx);
	}
	cards_back(&s);
}

static unsigned count_of(const char *what)
{
	unsigned n = 0;

	for (const char *p = s.items.p; p && (p = strstr(p, what)); p++)
		n++;
	return n;
}

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	buf_init(&s.items, 1 << 16);
	s.reply_ms = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_fini(&s.items);
	return 0;
}

static void test_pieces(void **state)
{
	(void)state;
	hear("I want to pay", 64);
	hear("4111 1111", 128);
	assert_int_equal(1, count_of("4111"));
	hear("1111 1111", 192);
	/* the first piece again, with a higher revision and without digits */
	assert_int_equal(1, count_of("\"seq\":128,\"rev\":1001"));
	assert_int_equal(1, count_of("4111"));
	assert_null(strstr(strstr(s.items.p, "\"rev\":1001"), "111"));
	assert_int_equal(1, count_of("\"seq\":64,"));
}

/* One of the pieces became no segment: nothing else is touched for it. */
static void test_no_segment(void **state)
{
	(void)state;
	hear("my number is 415 555 0142", 64);
	hear("4111 1111", 0);
	hear("1111 1111", 128);
	assert_int_equal(1, count_of("555 0142"));
	assert_int_equal(0, count_of("1111"));
	assert_int_equal(0, count_of("\"rev\":1001"));
}

static void test_readings(void **state)
{
	(void)state;
	assert_false(cards_hear(&s.cards, SV("my furnace stopped last night"),
				SV("my furnace")));
	assert_false(
		cards_hear(&s.cards, SV("call me at 415 555 0123"), SV("")));
	assert_false(cards_hear(&s.cards, SV(""), SV("")));
	assert_true(cards_hear(&s.cards, SV("4111 1111 1111 1111"),
			       SV("4111 1111 1111 1111\nfor 1 1 1 1")));
	assert_null(strstr(s.cards.text, "111"));
	assert_null(strstr(s.cards.alts, "4111"));
	assert_non_null(strchr(s.cards.alts, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_segment, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_readings, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
