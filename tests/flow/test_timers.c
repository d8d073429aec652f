/*
 * The table of timers, row by row: each is fired by one conversation here,
 * not before its deadline, and what it promises comes next. A row without a
 * case fails; so does a case whose row has gone.
 */
#include "flow.h"

#include <stdlib.h>

static struct flow f;

static void choke(struct flow *g, int arg)
{
	g->choked = arg;
}

static void voice_refuses(void)
{
	f.voice_fails = 1;
}

static void voice_dead(void)
{
	f.voice_dead = true;
}

static void no_marks(void)
{
	f.no_marks = true;
}

static void short_call(void)
{
	f.max_call_s = 20;
}

static void cough(void)
{
	flow_cough(&f, 1000);
}

static void hunch(void)
{
	flow_hunch(&f, 1000);
}

static void talks_over_us(void)
{
	flow_cough(&f, 1000);
	flow_ev(&f, 1200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = 1000 * 8});
	flow_ev(&f, 4600,
		(struct call_ev){.kind = CALL_EV_ENDED, .at_n = 4000 * 8});
}

static void begins(int ms, bool ends)
{
	flow_ev(&f, ms + 200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = ms * 8});
	if (ends)
		flow_ev(&f, ms + 1600,
			(struct call_ev){.kind = CALL_EV_ENDED,
					 .at_n = (ms + 1000) * 8});
}

static void talks_for_ever(void)
{
	begins(5000, false);
}

static void text_never_comes(void)
{
	begins(5000, true);
}

static void chokes(void)
{
	flow_do(&f, 500, choke, 1);
}

/* Text at 6060: the tool is asked. */
static void tool_hangs(void)
{
	flow_talk(&f, 4500, 900, "my furnace is broken");
}

static void tool_answers(void)
{
	tool_hangs();
	flow_tool(&f, 7000, 1, "{}");
}

static void gone_and_tool_hangs(void)
{
	tool_hangs();
	flow_gone(&f, 6600);
}

#define WORDS "It was a pleasure to talk to you, and we hope you call again. "

/* Says goodbye for longer than anybody listens: 25 s. */
static size_t chatterbox(struct flow *g, const struct dialog_in *in,
			 struct dialog_act *acts)
{
	if (in->kind != DIALOG_SILENCE || in->count < 9)
		return flow_desk(g, in, acts);
	acts[0] = flow_say(WORDS WORDS WORDS WORDS WORDS WORDS WORDS);
	acts[1] = flow_bye("silent");
	return 2;
}

static void never_ends(void)
{
	short_call();
	f.dialogh = chatterbox;
}

static void model_never_comes(void)
{
	f.model = true;
}

static void model_without_ears(void)
{
	f.model = true;
	flow_model(&f, 500, 0);
	begins(5000, true);
	flow_ev(&f, 7000,
		(struct call_ev){.kind = CALL_EV_OVERHEARD,
				 .start_n = 5000 * 8,
				 .at_n = 6000 * 8,
				 .text = SV("my furnace is broken"),
				 .source = CALL_TEXT_FREE});
}

static void model_mute(void)
{
	f.model = f.model_dead = true;
	flow_model(&f, 500, 0);
	flow_talk_model(&f, 5000, 1000, "my furnace is broken");
}

static const struct {
	const char *row;
	void (*happens)(void);
	int from_ms, to_ms; /* when it fires first */
	const char *then;   /* then or later */
} cases[] = {
	{"hunch", hunch, 1140, 1140, "1140 RESUME\n"},
	{"confirm", cough, 1440, 1440, "1440 RESUME\n"},
	{"nod", talks_over_us, 1900, 1900, "1900 CLEAR\n"},
	{"answer", NULL, 8300, 8700, "SILENCE:1\n"},
	{"talk", talks_for_ever, 35200, 35200, "STALL text"},
	{"text", text_never_comes, 9600, 9600, "9600 UNCLEAR\n"},
	{"voice", voice_dead, 1500, 1500, "HANGUP voice_lost"},
	{"retry", voice_refuses, 400, 500, "SAY Hello"},
	{"send", chokes, 2400, 2800, "HANGUP stalled"},
	{"mark", no_marks, 1000, 1300, "SILENCE:1\n"},
	{"tool", tool_hangs, 16060, 16060, "TOOL:1:\n"},
	{"tool_slow", tool_hangs, 8060, 8060, "8060 PATIENCE\n"},
	{"model", model_never_comes, 6000, 6000, "6000 ALONE\n"},
	{"model_turn", model_without_ears, 9600, 9600, "9600 ANSWER \n"},
	{"model_slow", model_mute, 9000, 9000, "PATIENCE\n"},
	{"model_reply", model_mute, 12500, 12500, "ALONE\n"},
	{"goodbye", tool_answers, 8500, 9500, "HANGUP booked\n"},
	{"gone", gone_and_tool_hangs, 11600, 11600, "HANGUP caller_gone"},
	{"max_call", short_call, 20000, 20000, "HANGUP"},
	{"last", never_ends, 40000, 40000, "40000 HANGUP time_limit"},
};

static void test_each_row(void **state)
{
	char line[64];
	const char *at;
	int ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		flow_init(&f, flow_desk);
		if (cases[i].happens)
			cases[i].happens();
		flow_start(&f);
		flow_end(&f);
		assert_sound(&f);
		snprintf(line, sizeof(line), " TIMER %s\n", cases[i].row);
		assert_flow(&f, line);
		at = strstr(f.log, line);
		while (at > f.log && at[-1] != '\n')
			at--;
		ms = (int)strtol(at, NULL, 10);
		snprintf(line, sizeof(line), "\n%d ", ms);
		at = strstr(f.log, line); /* the dialog is told first */
		if (ms < cases[i].from_ms || ms > cases[i].to_ms ||
		    !strstr(at, cases[i].then))
			fail_msg("%s at %d, wanted %d to %d and then %s in\n%s",
				 cases[i].row, ms, cases[i].from_ms,
				 cases[i].to_ms, cases[i].then, f.log);
		flow_fini(&f);
	}
}

static void test_no_row_without_case(void **state)
{
	const struct timer_row *row;
	size_t i, k;

	(void)state;
	for (i = 0; (row = timers_table(i)); i++) {
		for (k = 0; k < ARRAY_LEN(cases); k++)
			if (!strcmp(cases[k].row, row->name))
				break;
		if (k == ARRAY_LEN(cases))
			fail_msg("row %s has no case", row->name);
		assert_true(row->waits_for[0] && row->next[0]);
	}
	assert_int_equal(i, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_row),
		cmocka_unit_test(test_no_row_without_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
