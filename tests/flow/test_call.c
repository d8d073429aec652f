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

/* What he is just saying is shown in the place of what he said at last. */
static const struct {
	const char *name, *first, *second;
	int source, at_ms; /* of what is shown; he begins at 5000 */
	const char *text;  /* at last; NULL: none comes */
	int gone_ms;
	const char *want; /* what is in the log */
	int shown;	  /* … and how often something was */
} shows[] = {
	{"grows", "my fur", "my furnace is", CALL_TEXT_FREE, 5600,
	 "My furnace is cold.", 0, "SHOWN my furnace is\n", 2},
	{"a noise after all", "my fur", NULL, CALL_TEXT_FREE, 5600, "", 0,
	 "7160 SHOWN \n", 2},
	{"no text comes", "my fur", NULL, CALL_TEXT_FREE, 5600, NULL, 0,
	 "SHOWN \n", 2},
	{"the stream is lost", "my fur", NULL, CALL_TEXT_FREE, 5600, NULL, 6000,
	 "SHOWN \n", 2},
	{"not sure", "my fur", NULL, CALL_TEXT_NONE, 5600, "My furnace.", 0,
	 "SEG caller My furnace.", 0},
	{"of the words before", "bye", NULL, CALL_TEXT_FREE, 5000,
	 "My furnace.", 0, "SEG caller My furnace.", 0},
};

static void show(struct flow *f, unsigned i, int ms, const char *text)
{
	if (text)
		flow_ev(f, ms,
			(struct call_ev){.kind = CALL_EV_PARTIAL,
					 .source = shows[i].source,
					 .at_n = (int64_t)shows[i].at_ms * 8,
					 .text = sv_str(text)});
}

static void test_shown(void **state)
{
	static struct flow f;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(shows); i++) {
		const struct flow_seg *s;

		print_message("%s\n", shows[i].name);
		flow_init(&f, receptionist);
		flow_start(&f);
		flow_ev(&f, 5200,
			(struct call_ev){.kind = CALL_EV_BEGAN,
					 .at_n = 5000 * 8});
		show(&f, i, 5700, shows[i].first);
		show(&f, i, 5900, shows[i].second);
		if (shows[i].gone_ms)
			flow_ev(&f, shows[i].gone_ms,
				(struct call_ev){.kind = CALL_EV_GONE,
						 .err = -ECONNRESET});
		flow_ev(&f, 7100,
			(struct call_ev){.kind = CALL_EV_ENDED,
					 .at_n = 6500 * 8});
		if (shows[i].text)
			flow_ev(&f, 7160,
				(struct call_ev){
					.kind = CALL_EV_TEXT,
					.start_n = 5000 * 8,
					.at_n = 6500 * 8,
					.source = CALL_TEXT_FREE,
					.text = sv_str(shows[i].text)});
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, shows[i].want);
		assert_int_equal(flow_count(&f, "SHOWN"), shows[i].shown);
		s = flow_seg(&f, CALL_LEG_CALLER, 0);
		if (shows[i].text && shows[i].text[0]) {
			assert_string_equal(s->text, shows[i].text);
			assert_int_equal(s->rev, 1);
		} else {
			assert_string_equal(s->text, "");
			assert_int_equal(s->rev, 0);
		}
		flow_fini(&f);
	}
}

static void piece(struct flow *f, int ms, const char *text, const char *alts)
{
	flow_ev(f, ms + 200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = ms * 8});
	flow_ev(f, ms + 1600,
		(struct call_ev){.kind = CALL_EV_ENDED,
				 .at_n = (ms + 1000) * 8});
	flow_ev(f, ms + 1900,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = ms * 8,
				 .at_n = (ms + 1000) * 8,
				 .source = CALL_TEXT_FREE,
				 .text = sv_str(text),
				 .alts = sv_str(alts)});
}

/* Of several pieces the other readings are none of the whole; doubts stay. */
static void test_doubts(void **state)
{
	static struct flow f;

	(void)state;
	flow_init(&f, receptionist);
	flow_start(&f);
	piece(&f, 5000, "All these trouble guys.",
	      "?I smell gas.\nAll this.\n?A gas leak.");
	piece(&f, 6500, "In the kitchen.", "In a kitchen.\n?My gas alarm.");
	flow_end(&f);
	assert_sound(&f);
	assert_flow(&f, "TEXT:All these trouble guys. In the kitchen.???\n");
	flow_fini(&f);
}

/* A noise beside a text: what it may have been is none of the text's. */
static void test_noise_beside(void **state)
{
	static const struct call_ev text = {
		.source = CALL_TEXT_FREE,
		.lang = SV("en"),
		.text = SV("It is about my roof."),
		.alts = SV("It is about my proof."),
	};
	static const struct {
		const char *name;
		bool first; /* the noise is */
		struct sv alts;
		const char *want;
	} tv[] = {
		{"behind it", false, SV("Cancel it.\nYes."),
		 "TEXT:It is about my roof.|en|It is about my proof.\n"},
		{"in front of it", true, SV("Cancel it.\nYes."),
		 "TEXT:It is about my roof.|en|It is about my proof.\n"},
		{"what only asks is asked", false, SV("Yes.\n?I smell gas."),
		 "TEXT:It is about my roof.|en|It is about my proof.\n"
		 "?I smell gas.?"},
		{"in front, too", true, SV("Yes.\n?I smell gas."),
		 "TEXT:It is about my roof.|en|It is about my proof.\n"
		 "?I smell gas.?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		static struct flow f;
		struct call_ev ev[2] = {text, text}, *no = &ev[!tv[i].first];

		print_message("%s\n", tv[i].name);
		*no = (struct call_ev){.source = CALL_TEXT_NONE,
				       .lang = SV("es"),
				       .text = SV("No se."),
				       .alts = tv[i].alts};
		flow_init(&f, receptionist);
		flow_start(&f);
		for (int k = 0; k < 2; k++) {
			ev[k].kind = CALL_EV_TEXT;
			ev[k].start_n = (5000 + 1500 * k) * 8;
			ev[k].at_n = ev[k].start_n + 8000;
			flow_ev(&f, 5200 + 1500 * k,
				(struct call_ev){.kind = CALL_EV_BEGAN,
						 .at_n = ev[k].start_n});
			flow_ev(&f, 6600 + 1500 * k,
				(struct call_ev){.kind = CALL_EV_ENDED,
						 .at_n = ev[k].at_n});
			/* the first one's when he is talking again */
			flow_ev(&f, 6900 + 1500 * k, ev[k]);
		}
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, tv[i].want);
		flow_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_happy),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_noise_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
