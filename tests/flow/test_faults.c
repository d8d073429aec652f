/*
 * What goes wrong: callers who leave or are silent, texts that are late,
 * voices that fail, marks that are lost, tools that hang, a carrier that
 * takes nothing. In each case somebody speaks, or the call ends, in time.
 */
#include "flow.h"

#include <stdlib.h>

static struct flow f;

static void begin(void)
{
	flow_init(&f, flow_desk);
	flow_start(&f);
}

static void finish(void)
{
	flow_end(&f);
	assert_sound(&f);
	flow_fini(&f);
}

/* The time, in ms, that the log's line with what begins with. */
static int at_of(const char *what)
{
	const char *p = strstr(f.log, what);

	if (!p)
		fail_msg("no \"%s\" in\n%s", what, f.log);
	while (p > f.log && p[-1] != '\n')
		p--;
	return (int)strtol(p, NULL, 10);
}

static void test_silence(void **state)
{
	(void)state;
	begin();
	flow_end(&f);
	assert_flow(&f, "SILENCE:1");
	assert_flow(&f, "SILENCE:2");
	assert_flow(&f, "SILENCE:3");
	assert_string_equal(f.outcome, "silent");
	/* 5 s after the question was heard, not after it was asked */
	assert_in_range(at_of("SILENCE:1"), 8300, 8700);
	assert_int_equal(f.stalls, 0);
	finish();
}

/* He begins just before the deadline: no question over his first word. */
static void test_answer_at_deadline(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 8300, 700, "good morning");
	flow_end(&f);
	assert_int_equal(at_of("TEXT:good morning"), 9660);
	assert_int_equal(flow_count(&f, "SILENCE"), 0);
	finish();
}

static void test_gone_anytime(void **state)
{
	(void)state;
	for (int ms = 0; ms < 16000; ms += 130) {
		begin();
		flow_talk(&f, 5000, 900, "my furnace is broken");
		flow_tool(&f, 9000, 1, "{\"ok\":true}");
		flow_cough(&f, 1000);
		flow_gone(&f, ms);
		flow_end(&f);
		assert_sound(&f);
		/* what he said before is still read, and acted upon */
		assert_true(flow_ms(&f) <= MAX(ms, 0) + 5000);
		flow_fini(&f);
	}
}

/* Agrees and hangs up at once: it is done, and nothing is said to nobody. */
static void test_gone_with_a_word(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 5000, 900, "my furnace is broken");
	flow_gone(&f, 6100);
	flow_tool(&f, 8000, 1, "{\"ok\":true}");
	flow_end(&f);
	assert_flow(&f, "TEXT:my furnace is broken");
	assert_flow(&f, "TOOL");
	assert_string_equal(f.outcome, "booked");
	assert_int_equal(flow_count(&f, "SAY Tuesday"), 0);
	finish();
}

/* Hangs up in the goodbye: what was reached stands. */
static void test_gone_in_goodbye(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 5000, 900, "my furnace is broken");
	flow_tool(&f, 7000, 1, "{\"ok\":true}");
	flow_gone(&f, 7600);
	flow_end(&f);
	assert_string_equal(f.outcome, "booked");
	assert_in_range(flow_ms(&f), 7600, 7700);
	finish();
}

/* The tool never answers, the caller is gone: not for ever. */
static void test_gone_tool_hangs(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 5000, 900, "my furnace is broken");
	flow_gone(&f, 6600);
	flow_end(&f);
	assert_string_equal(f.outcome, "caller_gone");
	assert_in_range(flow_ms(&f), 11600, 11700);
	finish();
}

static void test_key_anytime(void **state)
{
	(void)state;
	for (int ms = 0; ms < 11000; ms += 130) {
		begin();
		flow_talk(&f, 5000, 900, "my furnace is broken");
		flow_tool(&f, 9000, 1, "{\"ok\":true}");
		flow_cough(&f, 1000);
		flow_digit(&f, ms, '7');
		flow_end(&f);
		assert_sound(&f);
		assert_true(ms > 10700 || flow_count(&f, "DTMF:7") == 1);
		flow_fini(&f);
	}
}

static void ended(int ms, int from_ms, int to_ms)
{
	flow_ev(&f, ms,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = from_ms * 8});
	flow_ev(&f, to_ms + 600,
		(struct call_ev){.kind = CALL_EV_ENDED, .at_n = to_ms * 8});
}

static void text(int ms, int from_ms, int to_ms, const char *s)
{
	flow_ev(&f, ms,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = from_ms * 8,
				 .at_n = to_ms * 8,
				 .text = sv_str(s),
				 .source = CALL_TEXT_FREE});
}

/* No text within 3 s: we say so; the text that comes later still counts. */
static void test_late_text(void **state)
{
	(void)state;
	begin();
	ended(5200, 5000, 6000);
	text(10200, 5000, 6000, "my furnace is broken");
	flow_tool(&f, 12000, 1, "{\"ok\":true}");
	flow_end(&f);
	assert_int_equal(at_of("STALL text"), 9600);
	assert_int_equal(at_of("UNCLEAR"), 9600);
	assert_int_equal(at_of("TEXT:my furnace"), 10200);
	assert_flow(&f, "INTERRUPTED:Could");
	assert_string_equal(f.outcome, "booked");
	finish();
}

/* The same text twice, and one that nobody announced. */
static void test_odd_texts(void **state)
{
	(void)state;
	begin();
	text(5000, 4000, 4800, "my furnace is broken");
	text(5100, 4000, 4800, "my furnace is broken");
	text(5200, 9000, 1000, "backwards");
	flow_tool(&f, 7000, 1, "{}");
	flow_end(&f);
	assert_int_equal(flow_count(&f, "TEXT:"), 1);
	assert_string_equal(f.outcome, "booked");
	finish();
}

/* Three breaths, one thought: joined and given once. */
static void test_talks_on(void **state)
{
	(void)state;
	begin();
	ended(5200, 5000, 6000);
	ended(6650, 6500, 7400); /* before the first text */
	text(6700, 5000, 6000, "my furnace is broken");
	text(8100, 6500, 7400, "and it is cold");
	flow_tool(&f, 9000, 1, "{}");
	flow_end(&f);
	assert_flow(&f, "TEXT:my furnace is broken and it is cold\n");
	assert_int_equal(flow_count(&f, "TEXT:"), 1);
	assert_string_equal(f.outcome, "booked");
	finish();
}

/* What he says while a tool runs is told at once; "okay" is not told. */
static size_t patient(struct flow *g, const struct dialog_in *in,
		      struct dialog_act *acts)
{
	if (in->kind == DIALOG_TOOL) {
		acts[0] = flow_say("Tuesday at two or Friday at nine?");
		acts[1] = flow_expect(5000);
		return 2;
	}
	if (in->kind == DIALOG_TEXT && g->brain)
		return 0;
	return flow_desk(g, in, acts);
}

static void test_talks_during_tool(void **state)
{
	static const char *const said[] = {"okay, thank you",
					   "the afternoon is better"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		flow_init(&f, patient);
		flow_start(&f);
		flow_talk(&f, 4500, 900, "my furnace is broken");
		flow_talk(&f, 6300, 500, said[i]);
		flow_tool(&f, 7900, 1, "{}");
		flow_end(&f);
		assert_true(at_of("TOOL:1") == 7900);
		assert_int_equal(flow_count(&f, "TEXT:"), 1 + i);
		assert_int_equal(flow_count(&f, "INTERRUPTED"), 0);
		if (i)
			assert_int_equal(at_of("TEXT:the afternoon"), 7460);
		finish();
	}
}

static void test_endless_talk(void **state)
{
	(void)state;
	begin();
	flow_ev(&f, 5200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = 40000});
	flow_end(&f);
	assert_int_equal(at_of("STALL talk"), 35200);
	assert_int_equal(at_of("UNCLEAR"), 38200);
	assert_string_equal(f.outcome, "silent");
	finish();
}

static void test_voice_dead(void **state)
{
	(void)state;
	flow_init(&f, flow_desk);
	f.voice_dead = true;
	flow_start(&f);
	flow_end(&f);
	assert_int_equal(f.stalls, 2);
	assert_string_equal(f.outcome, "voice_lost");
	assert_int_equal(flow_ms(&f), 3000);
	finish();
}

/* One failure, early or in the middle: said again from its sentence. */
static void test_voice_stumbles(void **state)
{
	(void)state;
	for (int n = 0; n < 16000; n += 800) {
		flow_init(&f, flow_desk);
		f.voice_fails = 1;
		f.voice_fail_n = n;
		f.protect_cut_ok = true;
		flow_start(&f);
		flow_end(&f);
		assert_sound(&f);
		assert_int_equal(flow_count(&f, "STALL voice"), n <= 14837);
		assert_flow(&f, "today?|How can I help you today?");
		assert_string_equal(f.outcome, "silent");
		flow_fini(&f);
	}
}

/* A voice that refuses everything: three seconds, then the next verb. */
static void test_voice_refuses(void **state)
{
	(void)state;
	flow_init(&f, flow_desk);
	f.voice_fails = 1000;
	flow_start(&f);
	flow_end(&f);
	assert_string_equal(f.outcome, "voice_lost");
	assert_in_range(flow_ms(&f), 3000, 3600);
	finish();
}

/*
 * A voice that is late in mid-sentence, piece by piece: it goes on with some
 * in hand. The caller hears a few pauses and no stutter, each word of it, and
 * the question is over as soon as before.
 */
static void test_voice_late(void **state)
{
	static const struct playq_prm at_once = {FLOW_QUEUE_MS, 120, 100, 20,
						 true,		0};
	unsigned breaks[2];
	int asked_ms[2];

	(void)state;
	for (int again = 0; again < 2; again++) {
		flow_init(&f, flow_desk);
		f.voice_slow = true;
		if (!again) {
			f.q = playq_free(f.q);
			assert_int_equal(0, playq_new(&f.q, &at_once));
		}
		flow_start(&f);
		flow_run(&f, 10000);
		breaks[again] = f.breaks;
		flow_end(&f);
		assert_flow(&f, "today?|How can I help you today?");
		asked_ms[again] = at_of("SILENCE:1");
		assert_string_equal(f.outcome, "silent");
		assert_int_equal(f.stalls, 0);
		finish();
	}
	print_message("%u breaks, gathering %u; %d ms, %d ms\n", breaks[0],
		      breaks[1], asked_ms[0], asked_ms[1]);
	assert_true(breaks[1] && breaks[1] * 3 <= breaks[0]);
	assert_in_range(asked_ms[1], asked_ms[0] - 100, asked_ms[0] + 400);
}

/* A text that the voice cannot say: the others are said. */
static void test_voice_hates_a_text(void **state)
{
	(void)state;
	flow_init(&f, flow_desk);
	f.voice_hates = "Harbor";
	flow_start(&f);
	flow_end(&f);
	assert_flow(&f, "today?|How can I help you today?");
	assert_int_equal(flow_count(&f, "STALL voice"), 3);
	assert_string_equal(f.outcome, "silent");
	finish();
}

static void voice_heals(struct flow *g, int arg)
{
	g->voice_fails = arg;
}

/* Its process starts anew: a second later everything is said. */
static void test_voice_restarts(void **state)
{
	(void)state;
	for (int ms = 100; ms < 2500; ms += 50) {
		flow_init(&f, flow_desk);
		f.voice_fails = 1000;
		flow_start(&f);
		flow_do(&f, ms, voice_heals, 0);
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, "today?|How can I help you today?");
		assert_string_equal(f.outcome, "silent");
		flow_fini(&f);
	}
}

/* He talks while the voice is away: he is answered, nothing is doubled. */
static void test_voice_away_caller_talks(void **state)
{
	(void)state;
	for (int ms = 0; ms < 2000; ms += 50) {
		flow_init(&f, flow_desk);
		f.voice_fails = 1000;
		flow_start(&f);
		flow_do(&f, 900, voice_heals, 0);
		flow_talk(&f, ms, 500, "my furnace is broken");
		flow_tool(&f, ms + 1500, 1, "{}");
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, "TEXT:my furnace is broken");
		assert_string_equal(f.outcome, "booked");
		flow_fini(&f);
	}
}

/* It stops in the middle of a sentence and says nothing about it. */
static void voice_dies(struct flow *g, int arg)
{
	g->voice_dead = arg;
	g->voice_busy = false;
}

static void test_voice_stalls(void **state)
{
	(void)state;
	for (int ms = 60; ms < 2000; ms += 60) {
		begin();
		flow_do(&f, ms, voice_dies, 1);
		flow_do(&f, ms + 1000, voice_dies, 0);
		flow_end(&f);
		assert_sound(&f);
		assert_flow(&f, "today?|How can I help you today?");
		assert_string_equal(f.outcome, "silent");
		flow_fini(&f);
	}
}

static void lose_marks(struct flow *g, int arg)
{
	g->no_marks = arg;
}

/* Marks that do not return: the turn passes, nothing is claimed. */
static void test_marks_lost(void **state)
{
	(void)state;
	flow_init(&f, flow_desk);
	f.no_marks = true;
	flow_start(&f);
	flow_end(&f);
	assert_true(f.stalls > 0);
	assert_string_equal(f.outcome, "silent");
	assert_int_equal(f.claimed, 0);
	assert_in_range(at_of("SILENCE:1"), 8500, 10500);
	finish();
	for (int ms = 0; ms < 4000; ms += 100) {
		begin();
		flow_do(&f, ms, lose_marks, 1);
		flow_do(&f, ms + 500, lose_marks, 0);
		flow_talk(&f, ms + 300, 500, "stop");
		flow_tool(&f, ms + 2500, 1, "{}");
		flow_end(&f);
		assert_sound(&f);
		assert_string_equal(f.outcome, "booked");
		flow_fini(&f);
	}
}

static void choke(struct flow *g, int arg)
{
	g->choked = arg;
}

/* The carrier takes no audio: a while is borne, then its next verb speaks. */
static void test_choked(void **state)
{
	(void)state;
	begin();
	flow_do(&f, 500, choke, 1);
	flow_do(&f, 3500, choke, 0);
	flow_end(&f);
	assert_flow(&f, "STALL send");
	assert_string_equal(f.outcome, "silent");
	finish();
	begin();
	flow_do(&f, 500, choke, 1);
	flow_end(&f);
	assert_string_equal(f.outcome, "stalled");
	assert_in_range(flow_ms(&f), 4000, 5000);
	finish();
}

static void test_tool_slow(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 4500, 900, "my furnace is broken");
	flow_tool(&f, 10000, 1, "{}");
	flow_end(&f);
	assert_int_equal(at_of("PATIENCE"), 6060 + 2000);
	assert_int_equal(flow_count(&f, "PATIENCE"), 1);
	assert_string_equal(f.outcome, "booked");
	finish();
}

/* Never: fillers, then the dialog hears that it failed. */
static void test_tool_lost(void **state)
{
	(void)state;
	begin();
	flow_talk(&f, 4500, 900, "my furnace is broken");
	flow_tool(&f, 7000, 99, "{}");
	flow_tool(&f, 17000, 1, "{}");
	flow_end(&f);
	assert_int_equal(flow_count(&f, "PATIENCE"), 2);
	assert_int_equal(at_of("TOOL:1:\n"), 16060);
	assert_string_equal(f.outcome, "failed");
	finish();
}

static void test_stt_lost(void **state)
{
	(void)state;
	for (int back = 0; back < 2; back++) {
		begin();
		flow_ev(&f, 5200,
			(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = 40000});
		flow_ev(&f, 5600,
			(struct call_ev){.kind = CALL_EV_STT_LOST,
					 .err = -EPIPE});
		if (back) {
			flow_ev(&f, 6200,
				(struct call_ev){.kind = CALL_EV_STT_BACK});
			text(7000, 5010, 6000, "my furnace is broken");
			flow_tool(&f, 8000, 1, "{}");
		} else {
			flow_digit(&f, 12000, '1');
			flow_gone(&f, 16000);
		}
		flow_end(&f);
		if (back) {
			assert_int_equal(flow_count(&f, "UNCLEAR"), 0);
			assert_string_equal(f.outcome, "booked");
		} else {
			assert_int_equal(at_of("UNCLEAR"), 8600);
			assert_flow(&f, "DTMF:1");
		}
		finish();
	}
}

/* A call that would not end: a last word that nobody can interrupt. */
static void test_time_limit(void **state)
{
	(void)state;
	flow_init(&f, flow_desk);
	f.max_call_s = 20;
	flow_start(&f);
	for (int ms = 4000; ms < 40000; ms += 1500)
		flow_mumble(&f, ms, 400, "");
	flow_end(&f);
	assert_string_equal(f.outcome, "time_limit");
	assert_in_range(flow_ms(&f), 20000, 26000);
	assert_flow(&f, "Bye.|Bye.");
	finish();
}

/* "Oh, one more thing" over the goodbye: the dialog may go on. */
static size_t reopens(struct flow *g, const struct dialog_in *in,
		      struct dialog_act *acts)
{
	if (in->kind == DIALOG_BEGIN) {
		acts[0] = flow_say("You are booked. Goodbye and thank you.");
		acts[1] = flow_bye("booked");
		return 2;
	}
	if (in->kind == DIALOG_TEXT && sv_eq(in->text, "one more thing")) {
		acts[0] = flow_say("Yes?");
		acts[1] = flow_expect(3000);
		return 2;
	}
	if (in->kind == DIALOG_SILENCE)
		return flow_desk(g, in, acts);
	return 0;
}

static void test_goodbye_interrupted(void **state)
{
	(void)state;
	for (int ms = 0; ms < 2900; ms += 20) {
		flow_init(&f, reopens);
		flow_start(&f);
		flow_talk(&f, ms, 500, "one more thing");
		flow_end(&f);
		assert_flow(&f, "SAY Yes?");
		assert_string_equal(f.outcome, "silent");
		finish();
		flow_init(&f, reopens);
		flow_start(&f);
		flow_talk(&f, ms, 500, "thank you bye");
		flow_end(&f);
		assert_string_equal(f.outcome, "booked");
		assert_flow(&f, "thank you.\n");
		finish();
	}
}

/* Nonsense from the driver is counted, not followed. */
static void test_nonsense(void **state)
{
	static const struct call_ev evs[] = {
		{.kind = CALL_EV_START},
		{.kind = CALL_EV_ENDED, .at_n = 5},
		{.kind = CALL_EV_READY, .utt = 99, .n = 5},
		{.kind = CALL_EV_SENT, .utt = 99},
		{.kind = CALL_EV_MARKED, .utt = 99, .gen = 1, .num = 1},
		{.kind = CALL_EV_MARK, .gen = 7, .num = 1},
		{.kind = CALL_EV_MARK, .gen = 1, .num = 1000},
		{.kind = CALL_EV_TOOL, .tool = 99},
		{.kind = (enum call_ev_kind)77},
	};

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_LEN(evs); i++)
		flow_ev(&f, 1000, evs[i]);
	flow_run(&f, 1001);
	assert_int_equal(f.call->ignored, ARRAY_LEN(evs));
	flow_end(&f);
	assert_string_equal(f.outcome, "silent");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_answer_at_deadline),
		cmocka_unit_test(test_gone_anytime),
		cmocka_unit_test(test_gone_with_a_word),
		cmocka_unit_test(test_gone_in_goodbye),
		cmocka_unit_test(test_gone_tool_hangs),
		cmocka_unit_test(test_key_anytime),
		cmocka_unit_test(test_late_text),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_talks_on),
		cmocka_unit_test(test_talks_during_tool),
		cmocka_unit_test(test_endless_talk),
		cmocka_unit_test(test_voice_dead),
		cmocka_unit_test(test_voice_stumbles),
		cmocka_unit_test(test_voice_refuses),
		cmocka_unit_test(test_voice_late),
		cmocka_unit_test(test_voice_hates_a_text),
		cmocka_unit_test(test_voice_restarts),
		cmocka_unit_test(test_voice_away_caller_talks),
		cmocka_unit_test(test_voice_stalls),
		cmocka_unit_test(test_marks_lost),
		cmocka_unit_test(test_choked),
		cmocka_unit_test(test_tool_slow),
		cmocka_unit_test(test_tool_lost),
		cmocka_unit_test(test_stt_lost),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_goodbye_interrupted),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
