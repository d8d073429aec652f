/* What is being said goes over the bus, masked, and only while it may. */
#include "tests/unit/assert.h"

#include "media/session.h"

static struct {
	char business[UUID_LEN + 1], payload[512];
	int n;
} told;

static void partial(struct bus_sess *b, struct sv business, struct sv payload)
{
	(void)b;
	told.n++;
	sv_copy(told.business, sizeof(told.business), business);
	sv_copy(told.payload, sizeof(told.payload), payload);
}

static const struct bus bus = {.name = "test", .partial = partial};
static struct session s;
static struct media m;

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&told, 0, sizeof(told));
	m.prm.bus = &bus;
	s.m = &m;
	s.stream_no = 2;
	sv_copy(s.id, sizeof(s.id), SV("0193-call"));
	sv_copy(s.business, sizeof(s.business), SV("0193-business"));
	buf_init(&s.items, 1 << 16);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_fini(&s.items);
	return 0;
}

static void say(const char *text)
{
	store_partial(&s, &(struct call_fx){.kind = CALL_FX_SEGMENT,
					    .leg = CALL_LEG_CALLER,
					    .seq = 64,
					    .start_ms = 1200,
					    .end_ms = 2000,
					    .text = sv_str(text)});
}

static void test_told(void **state)
{
	(void)state;
	say("my \"furnace\"");
	assert_int_equal(1, told.n);
	assert_string_equal("0193-business", told.business);
	assert_string_equal("{\"call\":\"0193-call\",\"stream\":2,\"seq\":64,"
			    "\"rev\":0,\"leg\":\"caller\",\"start_ms\":1200,"
			    "\"end_ms\":2000,\"final\":false,"
			    "\"unsure\":false,"
			    "\"text\":\"my \\\"furnace\\\"\"}",
			    told.payload);
	assert_int_equal(0, (int)s.items.len); /* stored nowhere */
}

static void test_cards(void **state)
{
	(void)state;
	say("it is 4111 1111 1111 1111");
	assert_null(strstr(told.payload, "1111"));
	/* behind pieces that were heard before */
	cards_hear(&s.cards, SV("4111 1111"), SV(""));
	say("1111 1111");
	assert_null(strstr(told.payload, "1111"));
	/* it remembers nothing of what may still be read otherwise */
	assert_int_equal(1, (int)s.cards.mask.parts);
}

static void test_private(void **state)
{
	(void)state;
	s.hush = true;
	say("between us");
	m.prm.bus = NULL;
	s.hush = false;
	say("nobody hears");
	assert_int_equal(0, told.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_private, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
