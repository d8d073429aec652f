/*
 * Each thing that can happen, in each state of a turn: the call was in that
 * state, it ends in time, what is stored is what was heard, and who hung up is
 * talked to no more.
 */
#include "flow.h"

static struct flow f;
static enum turn_state seen;

static void look(struct flow *g, int arg)
{
	(void)arg;
	seen = g->call->state;
}

/* One call, which comes by all states. */
static const struct {
	enum turn_state state;
	int ms;
} moments[] = {
	{TURN_SPEAKING, 700},	{TURN_WITHHELD, 1300}, {TURN_SPEAKING, 1900},
	{TURN_LISTENING, 4200}, {TURN_HEARING, 5000},  {TURN_THINKING, 6030},
	{TURN_THINKING, 6500},	{TURN_CLOSING, 7400},  {TURN_CLOSING, 8700},
};

static void hangs_up(int ms)
{
	flow_gone(&f, ms);
}

static void socket_lost(int ms)
{
	flow_ev(&f, ms, (struct call_ev){.kind = CALL_EV_GONE, .err = -EPIPE});
}

static void key(int ms)
{
	flow_digit(&f, ms, '5');
}

static void cough(int ms)
{
	flow_ev(&f, ms, (struct call_ev){.kind = CALL_EV_SUSPECT});
}

static void talks_over(int ms)
{
	flow_talk(&f, ms - 200, 900, "and one more thing");
}

static void backchannel(int ms)
{
	flow_talk(&f, ms - 200, 250, "uh-huh");
}

static void mumbles(int ms)
{
	flow_mumble(&f, ms - 200, 600, "");
}

static void recogniser_lost(int ms)
{
	flow_ev(&f, ms, (struct call_ev){.kind = CALL_EV_STT_LOST});
}

static void text_late(int ms)
{
	flow_ev(&f, ms,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = ms * 8});
	flow_ev(&f, ms + 900,
		(struct call_ev){.kind = CALL_EV_ENDED,
				 .at_n = (ms + 300) * 8});
	flow_ev(&f, ms + 6000,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = ms * 8,
				 .at_n = (ms + 300) * 8,
				 .text = SV("late words"),
				 .source = CALL_TEXT_FREE});
}

static void kill_voice(struct flow *g, int arg)
{
	(void)arg;
	g->voice_dead = true;
	g->voice_busy = false;
}

static void voice_dies(int ms)
{
	flow_do(&f, ms, kill_voice, 0);
}

static void fail_voice(struct flow *g, int arg)
{
	(void)arg;
	g->voice_fails = 3;
	g->voice_fail_n = 0;
}

static void voice_stumbles(int ms)
{
	flow_do(&f, ms, fail_voice, 0);
}

static void choke(struct flow *g, int arg)
{
	(void)arg;
	g->choked = true;
}

static void carrier_chokes(int ms)
{
	flow_do(&f, ms, choke, 0);
}

static void lose_marks(struct flow *g, int arg)
{
	(void)arg;
	g->no_marks = true;
}

static void marks_lost(int ms)
{
	flow_do(&f, ms, lose_marks, 0);
}

static void network_stands(int ms)
{
	flow_stall(&f, ms, 800);
}

static const struct {
	const char *name;
	void (*happens)(int ms);
	int within_ms; /* the call is over so soon after it */
} things[] = {
	{"hang-up", hangs_up, 5000},
	{"socket lost", socket_lost, 0},
	{"key", key, 60000},
	{"cough", cough, 60000},
	{"talk-over", talks_over, 60000},
	{"backchannel", backchannel, 60000},
	{"mumble", mumbles, 60000},
	{"recogniser lost", recogniser_lost, 90000},
	{"late text", text_late, 60000},
	{"dead voice", voice_dies, 60000},
	{"voice that fails", voice_stumbles, 60000},
	{"carrier that takes nothing", carrier_chokes, 60000},
	{"marks lost", marks_lost, 60000},
	{"network stands", network_stands, 60000},
};

static void converse(void (*happens)(int ms), int ms)
{
	flow_init(&f, flow_desk);
	f.protect_cut_ok = true;
	flow_start(&f);
	flow_cough(&f, 1000);
	flow_talk(&f, 4600, 800, "my furnace is broken");
	flow_tool(&f, 7000, 1, "{\"ok\":true}");
	flow_do(&f, ms, look, 0);
	if (happens)
		happens(ms);
	flow_end(&f);
	assert_sound(&f);
}

/* The moments are what they are called. */
static void test_moments(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_LEN(moments); m++) {
		converse(NULL, moments[m].ms);
		if (seen != moments[m].state)
			fail_msg("%d ms: %s, not %s\n%s", moments[m].ms,
				 turn_names[seen], turn_names[moments[m].state],
				 f.log);
		flow_fini(&f);
	}
}

static void test_each_in_each(void **state)
{
	int ms, latest = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(things); i++)
		for (size_t m = 0; m < ARRAY_LEN(moments); m++) {
			ms = moments[m].ms;
			converse(things[i].happens, ms);
			latest = MAX(latest, flow_ms(&f) - ms);
			if (flow_ms(&f) > ms + things[i].within_ms)
				fail_msg("%s at %d ms (%s): over at %d ms\n%s",
					 things[i].name, ms,
					 turn_names[moments[m].state],
					 flow_ms(&f), f.log);
			flow_fini(&f);
		}
	print_message("%zu things at %zu moments; the longest went on for "
		      "%d ms\n",
		      ARRAY_LEN(things), ARRAY_LEN(moments), latest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_each_in_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
