/*
 * The heard ledger: what it says of each word, and where it says that speech
 * was cut, against what the caller's ear got, to the sample. Prompts are cut
 * at each 20 ms of their length, on carriers that differ in the way there, in
 * what they hold before they play, in their marks, and in the voice's pieces.
 */
#include "flow.h"

#include <stdlib.h>

static const char *const prompts[] = {
	"Hello, you have reached Harbor Heating.",
	"We can come on Tuesday at two. It takes about ninety minutes. Does "
	"that work for you?",
	"Good. What is the street and the house number, please?",
	"I have Twelve Main Street. Is that right?",
};

enum {
	PROMPT_MS = 5200,
	TURN_MS = 12000, /* from prompt to prompt */
	CUT_PROMPT = 3,	 /* by then the way there has been measured */
};

static struct flow f;

/* brain: prompts said; each text brings the next one. */
static size_t prompter(struct flow *g, const struct dialog_in *in,
		       struct dialog_act *acts)
{
	if (in->kind == DIALOG_INTERRUPTED)
		return 0;
	if (g->brain > CUT_PROMPT) {
		acts[0] = flow_say("All right then.");
		acts[1] = flow_bye("done");
		return 2;
	}
	acts[0] = flow_say(prompts[g->brain++ % 4]);
	acts[1] = flow_expect(30000);
	return 2;
}

struct line {
	const char *name;
	int latency_ms, buffer_ms, jitter_ms, late_ms;
	unsigned lost;
	bool mute;
	uint32_t piece_max_n;
	int near_ms;   /* all positions are so near … */
	int beyond_ms; /* … and none is further than this in front of it */
	int step_ms;
};

static const struct line lines[] = {
	{"near", 5, 0, 0, 0, 0, false, 0, 40, 5, 52},
	{"20 ms each way", 20, 0, 0, 0, 0, false, 0, 40, 5, 20},
	{"holds 60 ms", 20, 60, 0, 0, 0, false, 0, 40, 5, 52},
	{"holds 150 ms", 40, 150, 0, 0, 0, false, 0, 40, 5, 52},
	{"holds 300 ms", 20, 300, 0, 0, 0, false, 0, 40, 5, 20},
	{"90 ms each way", 90, 20, 0, 0, 0, false, 0, 40, 5, 52},
	{"300 ms each way", 300, 0, 0, 0, 0, false, 0, 40, 5, 20},
	{"300 ms each way, holds 300", 300, 300, 0, 0, 0, false, 0, 40, 5, 52},
	{"jitter 40 ms", 30, 40, 40, 0, 0, false, 0, 100, 30, 52},
	{"marks 80 ms late", 20, 20, 0, 80, 0, false, 0, 40, 5, 52},
	/* nobody can tell a lost one from a network that stands still */
	{"one mark in 5 lost", 20, 20, 0, 0, 5, false, 0, 500, 5, 52},
	{"a clear returns no marks", 20, 20, 0, 0, 0, true, 0, 40, 5, 52},
	{"pieces of 1 to 7 samples", 20, 20, 0, 0, 0, false, 7, 40, 5, 260},
	{"pieces up to 10 s", 20, 20, 0, 0, 0, false, 80000, 40, 5, 52},
};

struct figures {
	uint64_t claimed, played;
	int worst_ms, beyond_ms;
	unsigned n, far;
};

static void converse(const struct line *l, int cut_ms, uint64_t seed)
{
	flow_init(&f, prompter);
	f.latency_ms = l->latency_ms;
	f.buffer_ms = l->buffer_ms;
	f.jitter_ms = l->jitter_ms;
	f.marks_late_ms = l->late_ms;
	f.marks_lost = l->lost;
	f.clear_mute = l->mute;
	f.piece_max_n = l->piece_max_n;
	f.chance += seed * 7919;
	flow_start(&f);
	flow_talk(&f, 6500, 400, "yes");
	flow_talk(&f, 6500 + TURN_MS, 400, "yes");
	flow_talk(&f, 7600 + TURN_MS + cut_ms, 700, "no, thursday please");
	flow_end(&f);
	assert_sound(&f);
}

static void measure(const struct line *l, struct figures *g, int step_ms)
{
	*g = (struct figures){0};
	for (int ms = 0; ms < 3600; ms += step_ms) {
		converse(l, ms, (uint64_t)ms);
		for (unsigned i = 0; i < f.nerrs; i++) {
			g->n++;
			g->worst_ms = MAX(g->worst_ms, abs(f.errs_ms[i]));
			g->beyond_ms = MAX(g->beyond_ms, f.errs_ms[i]);
			g->far += abs(f.errs_ms[i]) > 100;
		}
		g->claimed += f.claimed;
		g->played += f.played;
		flow_fini(&f);
	}
}

static void test_positions(void **state)
{
	struct figures g;

	(void)state;
	print_message("%-28s %5s %9s %9s %8s\n", "carrier", "cuts", "worst ms",
		      "beyond ms", "words %");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		measure(&lines[i], &g, lines[i].step_ms);
		print_message("%-28s %5u %9d %9d %8.1f%% %8.1f\n",
			      lines[i].name, g.n, g.worst_ms, g.beyond_ms,
			      100. - 100. * g.far / g.n,
			      100. * (double)g.claimed / (double)g.played);
		assert_true(g.n > 0);
		assert_true(g.worst_ms <= lines[i].near_ms);
		assert_true(g.beyond_ms <= lines[i].beyond_ms);
		assert_true(g.claimed * 100 >= g.played * 95);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
