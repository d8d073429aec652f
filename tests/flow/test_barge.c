/*
 * Interruption: a prompt is interrupted at each 20 ms of its length, by
 * speech, by a cough, by "uh-huh", by keys; with near and far carriers.
 */
#include "flow.h"

#define PROMPT                                                                 \
	"We can come on Tuesday at two. It takes about ninety minutes. "       \
	"Does that work for you?"
#define PROMPT_MS 5200

#define OURS flow_seg(&f, CALL_LEG_ASSISTANT, 0)
#define THEIRS flow_seg(&f, CALL_LEG_CALLER, 0)

static const int latencies_ms[] = {0, 20, 90};
static struct flow f;

static size_t prompter(struct flow *g, const struct dialog_in *in,
		       struct dialog_act *acts)
{
	switch (in->kind) {
	case DIALOG_BEGIN:
		acts[0] =
			g->brain == 1 ? flow_protect(PROMPT) : flow_say(PROMPT);
		acts[1] = flow_expect(5000);
		return 2;
	case DIALOG_INTERRUPTED:
		return 0;
	case DIALOG_SILENCE:
		acts[0] = flow_bye("silent");
		return 1;
	default:
		if (g->brain-- == 2) {
			acts[0] = flow_say(PROMPT);
			acts[1] = flow_expect(5000);
			return 2;
		}
		acts[0] = flow_say("All right then.");
		acts[1] = flow_bye("done");
		return 2;
	}
}

/* brain: 0; 1 protects the prompt; 2 says it twice. */
static void run(int latency_ms, int brain)
{
	flow_init(&f, prompter);
	f.latency_ms = latency_ms;
	f.brain = brain;
	flow_start(&f);
}

static void finish(void)
{
	flow_end(&f);
	assert_sound(&f);
	flow_fini(&f);
}

/* Every word said to be heard was played; hardly a played one is missing. */
static void test_each_20_ms(void **state)
{
	uint64_t claimed, played;

	(void)state;
	for (size_t l = 0; l < ARRAY_LEN(latencies_ms); l++) {
		claimed = played = 0;
		for (int ms = 0; ms < PROMPT_MS; ms += 20) {
			run(latencies_ms[l], 0);
			flow_talk(&f, ms, 900, "no, thursday please");
			flow_end(&f);
			assert_sound(&f);
			assert_string_equal(f.outcome, "done");
			assert_int_equal(f.stalls, 0);
			claimed += f.claimed;
			played += f.played;
			flow_fini(&f);
		}
		print_message("network %d ms: %llu of %llu words played are "
			      "marked heard (%.1f %%)\n",
			      latencies_ms[l], (unsigned long long)claimed,
			      (unsigned long long)played,
			      100.0 * (double)claimed / (double)played);
		assert_true(claimed * 100 >= played * 95);
	}
}

/* The same in a second reply, and after we had already been withheld once. */
static void test_after_silence(void **state)
{
	(void)state;
	for (size_t l = 0; l < ARRAY_LEN(latencies_ms); l++)
		for (int ms = 20; ms < 3000; ms += 20) {
			run(latencies_ms[l], 2);
			flow_talk(&f, 1000, 500, "hello");
			flow_cough(&f, 2400);
			flow_ev(&f, 2240 + ms,
				(struct call_ev){.kind = CALL_EV_BEGAN,
						 .at_n = (2100 + ms) * 8});
			flow_end(&f);
			assert_sound(&f);
			assert_in_range(f.clears, 2, 3);
			flow_fini(&f);
		}
}

/* A voice that is slower than its own speech: gaps are no hearing. */
static void test_slow_voice(void **state)
{
	(void)state;
	for (int ms = 0; ms < PROMPT_MS; ms += 20) {
		run(20, 0);
		f.voice_slow = true;
		flow_talk(&f, ms, 900, "no, thursday please");
		flow_end(&f);
		assert_sound(&f);
		assert_string_equal(f.outcome, "done");
		flow_fini(&f);
	}
}

/* The network holds us up, then delivers speech and clear together. */
static void test_network_stalls(void **state)
{
	(void)state;
	for (int stall_ms = 100; stall_ms < 900; stall_ms += 200)
		for (int ms = 0; ms < 3000; ms += 20) {
			run(20, 0);
			flow_stall(&f, ms, stall_ms);
			flow_talk(&f, 1500, 900, "no, thursday please");
			flow_end(&f);
			assert_sound(&f);
			assert_string_equal(f.outcome, "done");
			flow_fini(&f);
		}
}

/* What the dialog is told was heard, and in which order. */
static void test_tells_dialog(void **state)
{
	(void)state;
	run(20, 0);
	flow_talk(&f, 2300, 900, "no, thursday please");
	flow_end(&f);
	assert_flow(&f, "WITHHOLD");
	assert_flow(&f, "3200 CLEAR");
	assert_flow(&f,
		    "3860 INTERRUPTED:We can come on Tuesday at two. It takes\n"
		    "3860 TEXT:no, thursday please\n");
	assert_string_equal(OURS->heard,
			    "We can come on Tuesday at two. It takes");
	assert_string_equal(THEIRS->text, "no, thursday please");
	assert_int_equal(THEIRS->start_ms, 2300);
	assert_int_equal(THEIRS->end_ms, 3200);
	finish();
}

/* noise at each 20 ms of the prompt: no sample is lost or said twice. */
static void stands(void (*noise)(struct flow *f, int ms))
{
	for (size_t l = 0; l < ARRAY_LEN(latencies_ms); l++)
		for (int ms = 0; ms < PROMPT_MS; ms += 20) {
			run(latencies_ms[l], 0);
			noise(&f, ms);
			flow_end(&f);
			assert_sound(&f);
			assert_string_equal(OURS->heard, PROMPT);
			assert_int_equal(f.utts[0].played_n, f.utts[0].total_n);
			assert_int_equal(f.clears, 0);
			assert_int_equal(f.resumes, f.withholds);
			assert_string_equal(f.outcome, "silent");
			flow_fini(&f);
		}
}

/* A noise stops us for a moment. */
static void test_cough(void **state)
{
	(void)state;
	stands(flow_cough);
}

/* A first sound and no more: hardly a pause is heard. */
static void test_hunch(void **state)
{
	(void)state;
	stands(flow_hunch);
}

/* What follows a first sound, and from when its time counts. */
static void test_behind_hunch(void **state)
{
	static const struct {
		int suspect_ms, began_ms; /* 0: does not come */
		const char *then, *not_then;
	} cases[] = {
		{0, 0, "1140 RESUME\n", "CLEAR"},
		{1100, 0, "1400 RESUME\n", "1140 RESUME"},
		{1120, 1200, " CLEAR\n", "RESUME"},
		{0, 1120, " CLEAR\n", "RESUME"},
		/* too late for the hunch, a suspicion of its own */
		{1200, 1300, "1200 WITHHOLD\n", "TIMER confirm"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run(20, 0);
		flow_hunch(&f, 1000);
		if (cases[i].suspect_ms)
			flow_ev(&f, cases[i].suspect_ms,
				(struct call_ev){.kind = CALL_EV_SUSPECT});
		if (cases[i].began_ms) {
			flow_ev(&f, cases[i].began_ms,
				(struct call_ev){.kind = CALL_EV_BEGAN,
						 .at_n = 7600});
			flow_ev(&f, 2600,
				(struct call_ev){.kind = CALL_EV_ENDED,
						 .at_n = 16000});
			flow_ev(&f, 2700,
				(struct call_ev){.kind = CALL_EV_TEXT,
						 .start_n = 7600,
						 .at_n = 16000,
						 .text = SV("wait"),
						 .source = CALL_TEXT_FREE});
		}
		flow_end(&f);
		assert_flow(&f, "1000 WITHHOLD\n");
		assert_flow(&f, cases[i].then);
		assert_int_equal(flow_count(&f, cases[i].not_then), 0);
		finish();
	}
}

/* What rustles all the time is believed once in a while only. */
static void test_many_hunches(void **state)
{
	(void)state;
	run(20, 0);
	for (int ms = 100; ms < PROMPT_MS; ms += 40)
		flow_hunch(&f, ms);
	flow_end(&f);
	assert_sound(&f);
	assert_string_equal(OURS->heard, PROMPT);
	assert_in_range(f.withholds, 2, 5);
	assert_int_equal(f.resumes, f.withholds);
	flow_fini(&f);
}

/* Music on the line: suspicion after suspicion must not chop our speech. */
static void test_many_coughs(void **state)
{
	(void)state;
	run(20, 0);
	for (int ms = 100; ms < PROMPT_MS + 2000; ms += 200)
		flow_cough(&f, ms);
	flow_end(&f);
	assert_sound(&f);
	assert_string_equal(OURS->heard, PROMPT);
	assert_in_range(f.withholds, 1, 4);
	flow_fini(&f);
}

/* Confirmed after we had gone on: stops all the same. */
static void test_late_confirmation(void **state)
{
	(void)state;
	run(20, 0);
	flow_cough(&f, 1000);
	flow_ev(&f, 1500,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = 8000});
	flow_ev(&f, 2600,
		(struct call_ev){.kind = CALL_EV_ENDED, .at_n = 16000});
	flow_ev(&f, 2700,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = 8000,
				 .at_n = 16000,
				 .text = SV("wait"),
				 .source = CALL_TEXT_FREE});
	flow_end(&f);
	assert_flow(&f, "1440 RESUME\n");
	assert_flow(&f, "1500 CLEAR\n");
	assert_flow(&f, "TEXT:wait");
	finish();
}

/* "uh-huh", known late: we go on from the exact sample, too. */
static void test_backchannel(void **state)
{
	(void)state;
	run(20, 0);
	flow_talk(&f, 2600, 300, "Mm-hm.");
	flow_end(&f);
	assert_flow(&f, "3560 RESUME");
	assert_int_equal(f.clears, 0);
	assert_int_equal(flow_count(&f, "INTERRUPTED"), 0);
	assert_int_equal(flow_count(&f, "TEXT"), 0);
	assert_string_equal(THEIRS->text, "Mm-hm.");
	finish();
}

/* Known in time, it does not stop us: we go on from the exact sample. */
static void test_nod(void **state)
{
	static const struct {
		const char *text;
		int source;
		bool goes_on;
	} nods[] = {
		{"Mm-hm.", CALL_TEXT_FREE, false},
		{"uh huh", CALL_TEXT_LIST, false},
		{"Mm-hm.", CALL_TEXT_FREE, true},
		{"stop", CALL_TEXT_FREE, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nods); i++) {
		bool nod = nods[i].text[0] != 's';

		run(20, 0);
		flow_ev(&f, 740, (struct call_ev){.kind = CALL_EV_SUSPECT});
		flow_ev(&f, 800,
			(struct call_ev){.kind = CALL_EV_BEGAN,
					 .at_n = 600 * 8});
		flow_ev(&f, 1100, (struct call_ev){.kind = CALL_EV_PAUSED});
		flow_ev(&f, 1180,
			(struct call_ev){.kind = CALL_EV_PARTIAL,
					 .source = nods[i].source,
					 .at_n = 900 * 8,
					 .text = sv_str(nods[i].text)});
		if (nods[i].goes_on)
			flow_ev(&f, 1300,
				(struct call_ev){.kind = CALL_EV_RESUMED});
		flow_ev(&f, 1600,
			(struct call_ev){.kind = CALL_EV_ENDED,
					 .at_n = 900 * 8});
		flow_ev(&f, 1610,
			(struct call_ev){.kind = CALL_EV_TEXT,
					 .source = nods[i].source,
					 .start_n = 600 * 8,
					 .at_n = 900 * 8,
					 .text = sv_str(nods[i].text)});
		flow_end(&f);
		assert_flow(&f, "740 WITHHOLD");
		assert_flow(&f, !nod		  ? "1180 CLEAR"
				: nods[i].goes_on ? "1300 CLEAR"
						  : "1180 RESUME");
		assert_int_equal(flow_count(&f, "TEXT"), !nod);
		assert_int_equal(flow_count(&f, "SHOWN"), 1);
		assert_true(THEIRS->final);
		assert_int_equal(f.clears, !nod || nods[i].goes_on);
		finish();
	}
}

/* What it takes to stop us can be chosen. */
static void test_barge_modes(void **state)
{
	(void)state;
	for (int words = 0; words < 2; words++) {
		run(20, 0);
		f.call->barge = words ? CALL_BARGE_WORDS : CALL_BARGE_OFF;
		flow_hunch(&f, 400);
		flow_talk(&f, 600, 900, "no, thursday please");
		flow_end(&f);
		assert_int_equal(f.withholds, 0);
		assert_flow(&f, "TEXT:no, thursday please");
		if (words)
			assert_flow(&f, "2160 CLEAR");
		else
			assert_int_equal(f.clears, 0);
		finish();
	}
}

/* … but "okay" over the last words of a question answers it. */
static void test_early_answer(void **state)
{
	(void)state;
	run(20, 0);
	flow_talk(&f, 4800, 300, "okay");
	flow_end(&f);
	assert_flow(&f, "INTERRUPTED");
	assert_flow(&f, "TEXT:okay");
	finish();
}

/* Somebody who says "okay" again and again is given to the dialog. */
static void test_endless_backchannel(void **state)
{
	(void)state;
	run(20, 0);
	for (int ms = 300; ms < 30000; ms += 1700)
		flow_talk(&f, ms, 200, "okay");
	flow_end(&f);
	assert_flow(&f, "TEXT:okay");
	finish();
}

/* We stopped, and nothing was said: the dialog hears of it and goes on. */
static void test_nothing_said(void **state)
{
	static const char *const guesses[] = {"", "the"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++) {
		run(20, 0);
		flow_mumble(&f, 2000, 400, guesses[i]);
		flow_end(&f);
		assert_flow(&f, "INTERRUPTED:We can come on Tuesday at");
		assert_flow(&f, "UNCLEAR");
		assert_string_equal(f.outcome, "done");
		assert_int_equal(flow_count(&f, "(unsure)"), (int)i);
		finish();
	}
}

/* A dialog that has no answer to an interruption: we say the rest. */
static size_t mute_dialog(struct flow *g, const struct dialog_in *in,
			  struct dialog_act *acts)
{
	(void)g;
	if (in->kind == DIALOG_BEGIN) {
		acts[0] = flow_say(PROMPT);
		return 1;
	}
	return 0;
}

static void test_mute_dialog(void **state)
{
	(void)state;
	flow_init(&f, mute_dialog);
	flow_start(&f);
	flow_mumble(&f, 2600, 400, "");
	flow_end(&f);
	assert_flow(&f, "SAY It takes about ninety minutes.");
	assert_string_equal(f.outcome, "silent");
	finish();
}

/* Protected: plays to its end; what was said meanwhile is told after. */
static void test_protected(void **state)
{
	(void)state;
	for (int ms = 0; ms < PROMPT_MS; ms += 100) {
		run(20, 1);
		flow_hunch(&f, ms);
		flow_talk(&f, ms, 700, "hello, a pipe is broken");
		flow_end(&f);
		assert_sound(&f);
		assert_int_equal(f.clears, 0);
		assert_int_equal(f.withholds, 0);
		assert_string_equal(OURS->heard, PROMPT);
		assert_flow(&f, "TEXT:hello, a pipe is broken");
		assert_string_equal(f.outcome, "done");
		flow_fini(&f);
	}
}

/* A protected sentence behind an interrupted one is said all the same. */
static size_t emergency(struct flow *g, const struct dialog_in *in,
			struct dialog_act *acts)
{
	(void)g;
	if (in->kind == DIALOG_BEGIN) {
		acts[0] = flow_say("I understand that you smell gas.");
		acts[1] = flow_protect("Leave the house now.");
		acts[2] = flow_say("I will call the technician.");
		return 3;
	}
	if (in->kind == DIALOG_INTERRUPTED)
		return 0;
	acts[0] = flow_bye("done");
	return 1;
}

static void test_protected_behind(void **state)
{
	(void)state;
	for (size_t l = 0; l < ARRAY_LEN(latencies_ms); l++)
		for (int ms = 0; ms < 5000; ms += 20) {
			flow_init(&f, emergency);
			f.latency_ms = latencies_ms[l];
			flow_start(&f);
			flow_talk(&f, ms, 700, "what should i do");
			flow_end(&f);
			assert_sound(&f);
			assert_flow(&f, "Leave the house now.|Leave the house "
					"now.\n");
			assert_flow(&f, "TEXT:what should i do");
			flow_fini(&f);
		}
}

/* A voice without word places: the heard part is estimated, never beyond. */
static void test_no_words(void **state)
{
	(void)state;
	for (int ms = 0; ms < PROMPT_MS; ms += 100) {
		run(20, 0);
		f.no_words = true;
		flow_talk(&f, ms, 700, "no");
		flow_end(&f);
		assert_sound(&f);
		assert_true(strlen(OURS->heard) <=
			    (size_t)MAX(0, ms + 300) / 60);
		flow_fini(&f);
	}
}

/* He answers before the first sound of ours: nothing of it was heard. */
static void test_before_first_sound(void **state)
{
	(void)state;
	flow_init(&f, prompter);
	f.voice_ms = 600;
	flow_start(&f);
	flow_talk(&f, 0, 500, "hello");
	flow_end(&f);
	assert_flow(&f, "INTERRUPTED:\n");
	assert_flow(&f, "TEXT:hello");
	assert_string_equal(THEIRS->text, "hello");
	finish();
}

static void test_keys(void **state)
{
	(void)state;
	for (int ms = 0; ms < PROMPT_MS + 3000; ms += 100) {
		run(20, 0);
		flow_digit(&f, ms, '5');
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, "DTMF:5");
		assert_string_equal(f.outcome, "done");
		flow_fini(&f);
		run(20, 1);
		flow_digit(&f, ms, '5');
		flow_end(&f);
		assert_sound(&f);
		assert_string_equal(OURS->heard, PROMPT);
		assert_flow(&f, "DTMF:5");
		flow_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_20_ms),
		cmocka_unit_test(test_after_silence),
		cmocka_unit_test(test_slow_voice),
		cmocka_unit_test(test_network_stalls),
		cmocka_unit_test(test_tells_dialog),
		cmocka_unit_test(test_cough),
		cmocka_unit_test(test_hunch),
		cmocka_unit_test(test_behind_hunch),
		cmocka_unit_test(test_many_hunches),
		cmocka_unit_test(test_many_coughs),
		cmocka_unit_test(test_late_confirmation),
		cmocka_unit_test(test_backchannel),
		cmocka_unit_test(test_nod),
		cmocka_unit_test(test_barge_modes),
		cmocka_unit_test(test_early_answer),
		cmocka_unit_test(test_endless_backchannel),
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_mute_dialog),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_protected_behind),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_before_first_sound),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
