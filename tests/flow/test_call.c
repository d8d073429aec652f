/* Conversations: what happens when, and what is written down. */
#include "flow.h"

#include <stdlib.h>

/* Greets, repeats the question on silence, ends when told "bye". */
static size_t receptionist(struct flow *f, const struct dialog_in *in,
			   struct dialog_act *acts)
{
	(void)f;
	switch (in->kind) {
	case DIALOG_BEGIN:
		acts[0] = flow_say("Hello, this is Harbor Heating.");
		acts[1] = flow_say("How can I help you today?");
		acts[2] = flow_expect(5000);
		return 3;
	case DIALOG_TEXT:
		if (sv_eq(in->text, "bye")) {
			acts[0] = flow_say("Goodbye.");
			acts[1] = flow_bye("done");
			return 2;
		}
		acts[0] = flow_say("I see, a repair. When does it suit you?");
		acts[1] = flow_expect(5000);
		return 2;
	case DIALOG_UNCLEAR:
		acts[0] = flow_say("Sorry, could you say that again?");
		acts[1] = flow_expect(5000);
		return 2;
	case DIALOG_SILENCE:
		if (in->count >= 3) {
			acts[0] = flow_say("I will hang up now. Goodbye.");
			acts[1] = flow_bye("silent");
			return 2;
		}
		acts[0] = flow_say("Are you still there?");
		acts[1] = flow_expect(5000);
		return 2;
	case DIALOG_DTMF:
		acts[0] = flow_say("Thank you for the key.");
		acts[1] = flow_expect(5000);
		return 2;
	default:
		return 0;
	}
}

static void test_happy(void **state)
{
	static struct flow f;

	(void)state;
	flow_init(&f, receptionist);
	flow_start(&f);
	flow_talk(&f, 5000, 1500, "my furnace is broken");
	flow_talk(&f, 12000, 600, "bye");
	flow_end(&f);
	assert_sound(&f);
	assert_string_equal(f.outcome, "done");
	assert_int_equal(f.turns, 2);
	assert_int_equal(f.stalls, 0);
	assert_int_equal(f.claimed, f.played);
	assert_int_equal(f.nsegs, 6);
	assert_string_equal(f.segs[0].heard, "Hello, this is Harbor Heating.");
	assert_string_equal(f.segs[2].text, "my furnace is broken");
	print_message("%s", f.log);
	flow_fini(&f);
}

/* Says that the call is recorded, then asks. */
static size_t discloser(struct flow *f, const struct dialog_in *in,
			struct dialog_act *acts)
{
	if (in->kind != DIALOG_BEGIN)
		return receptionist(f, in, acts);
	acts[0] = flow_say("This call is recorded.");
	acts[0].protect = f->brain != 2;
	acts[0].announce = f->brain != 1;
	acts[1] = flow_say("How can I help you today?");
	acts[2] = flow_expect(5000);
	return 3;
}

static const struct {
	const char *name;
	int brain; /* 1: no such line; 2: it can be interrupted */
	int talks_at_ms;
	bool no_marks;
	unsigned announced;
} disclosures[] = {
	{"heard", 0, 8000, false, 1},
	{"talked over", 0, 300, false, 1},
	{"nothing to announce", 1, 8000, false, 0},
	{"interrupted", 2, 300, false, 0},
	{"no mark says that it was heard", 0, 8000, true, 0},
};

static void test_announced(void **state)
{
	static struct flow f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(disclosures); i++) {
		const char *said, *at;

		print_message("%s\n", disclosures[i].name);
		flow_init(&f, discloser);
		f.brain = disclosures[i].brain;
		f.no_marks = disclosures[i].no_marks;
		flow_start(&f);
		flow_talk(&f, disclosures[i].talks_at_ms, 1500,
			  "my furnace is broken");
		flow_talk(&f, 16000, 600, "bye");
		flow_end(&f);
		assert_int_equal(f.announced, disclosures[i].announced);
		at = strstr(f.log, "ANNOUNCED");
		assert_int_equal(at != NULL, disclosures[i].announced);
		/* 22 characters of 60 ms: not before the last was played */
		for (said = at; said && said > f.log && said[-1] != '\n';)
			said--;
		if (at)
			assert_true(strtol(said, NULL, 10) >= 22 * 60);
		flow_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_happy),
		cmocka_unit_test(test_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
