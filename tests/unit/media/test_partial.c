/* What is being said goes over the bus, masked, and only while it may. */
#include "tests/unit/assert.h"

#include <stdio.h>

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
static struct media_counts counts;

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&told, 0, sizeof(told));
	memset(&counts, 0, sizeof(counts));
	m.prm.bus = &bus;
	m.prm.counts = &counts;
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
	assert_int_equal(1, atomic_load(&counts.partials));
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

/* What may still become a card number is left out, with what follows. */
static void test_numbers(void **state)
{
	static const struct {
		const char *text, *told; /* NULL: nothing is */
	} rows[] = {
		{"it is 4111 1111 1111", "it is"},
		{"use my visa 4111 please", "use my visa"},
		{"four one one one", NULL},
		{"call me at 415 555 0142", "call me at"},
		{"call me at 415 555 0142 after work", "call me at"},
		{"my number is four", "my number is"},
		{"come at 9 tomorrow morning please",
		 "come at 9 tomorrow morning please"},
		{"es el cuatro uno uno uno", "es el"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char want[128];

		told.n = 0;
		told.payload[0] = '\0';
		say(rows[i].text);
		assert_int_equal(rows[i].told != NULL, told.n);
		if (!rows[i].told)
			continue;
		snprintf(want, sizeof(want), "\"text\":\"%s\"}", rows[i].told);
		assert_non_null(strstr(told.payload, want));
	}
	/* behind a piece of one even a few are not shown */
	cards_hear(&s.cards, SV("4111 1111"), SV(""));
	say("come at 9 tomorrow morning please");
	assert_non_null(strstr(told.payload, "\"text\":\"come at\"}"));
}

/* A noise after all: what was told before is taken back. */
static void test_taken_back(void **state)
{
	(void)state;
	say("");
	assert_int_equal(1, told.n);
	assert_non_null(strstr(told.payload, "\"rev\":0,"));
	assert_non_null(strstr(told.payload, "\"text\":\"\"}"));
	assert_int_equal(0, atomic_load(&counts.partials));
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
	assert_int_equal(0, atomic_load(&counts.partials));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_taken_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_private, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
