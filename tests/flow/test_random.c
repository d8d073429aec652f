/*
 * Random conversations: each seed is a dialog, a voice, a network, a caller
 * and a few faults. The harness checks its invariants after every step; here
 * every call must end, with one hang-up and all segments final.
 * NIGHTBELL_SEED=n runs one seed and prints it; NIGHTBELL_SEEDS=n so many.
 */
#include "flow.h"

#include <stdlib.h>

static struct flow f;
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % below;
}

static const char *const lines[] = {
	"Yes.",
	"One moment, please.",
	"How can I help you today?",
	"We can come on Tuesday at 2 p.m. or on Friday. What do you prefer?",
	"This call is answered by an automated assistant. It is recorded. "
	"Please say what you need.",
	"I did not get that. Could you say it once more?",
	"",
};

static const char *const said[] = {
	"yes",
	"no",
	"okay",
	"uh-huh",
	"my furnace is broken",
	"can you come on tuesday in the afternoon",
	"",
	"thank you, bye",
};

static size_t some_acts(struct flow *g, struct dialog_act *acts)
{
	size_t n = 0, says = draw(4);

	while (n < says) {
		acts[n] = flow_say(lines[draw(ARRAY_LEN(lines))]);
		acts[n++].protect = !draw(5);
	}
	if (!draw(4) && !acts_tool_running(g->call))
		acts[n++] = flow_call((uint32_t)++g->brain, "tool");
	if (draw(3))
		acts[n++] = flow_expect((int)draw(6000));
	if (!draw(8))
		acts[n++] = flow_bye("done");
	return n;
}

static size_t anything(struct flow *g, const struct dialog_in *in,
		       struct dialog_act *acts)
{
	if (in->kind == DIALOG_INTERRUPTED && draw(4))
		return 0;
	if (in->kind == DIALOG_SILENCE && in->count >= 3) {
		acts[0] = flow_bye("silent");
		return 1;
	}
	return some_acts(g, acts);
}

static void faults(struct flow *g, int arg)
{
	switch (arg) {
	case 0:
		g->voice_dead = true;
		g->voice_busy = false;
		break;
	case 1:
		g->voice_dead = false;
		break;
	case 2:
		g->no_marks = true;
		break;
	case 3:
		g->no_marks = false;
		break;
	case 4:
		g->choked = true;
		break;
	case 5:
		g->choked = false;
		break;
	case 7:
		g->voice_slow = !g->voice_slow;
		break;
	case 6:
		g->voice_fails = 1 + (int)draw(20);
		g->voice_fail_n = (int)draw(20000);
		break;
	default:
		break;
	}
}

static void caller(int ms)
{
	const char *text = said[draw(ARRAY_LEN(said))];
	int dur_ms = 100 + (int)draw(2500);

	switch (draw(12)) {
	case 0:
	case 1:
		flow_cough(&f, ms);
		break;
	case 2:
		flow_mumble(&f, ms, dur_ms, text);
		break;
	case 3:
		flow_digit(&f, ms, (char)('0' + draw(10)));
		break;
	case 4:
		flow_tool(&f, ms, draw(4), draw(3) ? "{\"ok\":true}" : "");
		break;
	case 5: /* an end and a text that may never come, or late */
		flow_ev(&f, ms,
			(struct call_ev){.kind = CALL_EV_BEGAN,
					 .at_n = ms * 8});
		if (draw(2))
			flow_ev(&f, ms + dur_ms,
				(struct call_ev){.kind = CALL_EV_ENDED,
						 .at_n = (ms + dur_ms) * 8});
		if (draw(2))
			flow_ev(&f, ms + dur_ms + (int)draw(9000),
				(struct call_ev){.kind = CALL_EV_TEXT,
						 .start_n = ms * 8,
						 .at_n = (ms + dur_ms) * 8,
						 .text = sv_str(text),
						 .source = CALL_TEXT_LIST});
		break;
	case 6:
		flow_ev(&f, ms, (struct call_ev){.kind = CALL_EV_STT_LOST});
		if (draw(4))
			flow_ev(&f, ms + 500,
				(struct call_ev){.kind = CALL_EV_STT_BACK});
		break;
	default:
		flow_talk(&f, ms, dur_ms, text);
		break;
	}
}

static void converse(uint64_t n)
{
	static const int latencies_ms[] = {0, 5, 20, 60, 150};
	int ms = 0;

	seed = n * 0x9e3779b97f4a7c15u + 1;
	flow_init(&f, anything);
	f.latency_ms = latencies_ms[draw(ARRAY_LEN(latencies_ms))];
	f.voice_ms = (int)draw(400);
	f.max_call_s = 20 + draw(40);
	f.no_words = !draw(8);
	f.protect_cut_ok = true;
	flow_start(&f);
	while (ms < 30000) {
		ms += (int)draw(3000);
		caller(ms);
		if (!draw(12))
			flow_do(&f, ms, faults, (int)draw(8));
		if (!draw(12))
			flow_stall(&f, ms, (int)draw(1500));
	}
	if (!draw(3))
		flow_gone(&f, (int)draw(30000) + 200);
	flow_end(&f);
}

static void test_random(void **state)
{
	const char *one = getenv("NIGHTBELL_SEED");
	const char *many = getenv("NIGHTBELL_SEEDS");
	uint64_t from = one ? strtoull(one, NULL, 10) : 1;
	uint64_t n = one ? 1 : many ? strtoull(many, NULL, 10) : 2500;
	uint64_t claimed = 0, played = 0, beyond = 0, checks = 0, calls = 0;

	(void)state;
	for (uint64_t i = from; i < from + n; i++) {
		converse(i);
		if (f.fault || one)
			fprintf(stderr, "seed %llu: %s\n%s",
				(unsigned long long)i,
				f.fault ? f.fault : "sound", f.log);
		assert_null(f.fault);
		claimed += f.claimed;
		beyond += f.beyond;
		played += f.no_words ? 0 : f.played;
		checks += (uint64_t)f.checks;
		calls++;
		flow_fini(&f);
	}
	print_message("%llu calls, %llu events; %llu of %llu words played are "
		      "marked heard, and %llu that were not, while the network "
		      "stood\n",
		      (unsigned long long)calls, (unsigned long long)checks,
		      (unsigned long long)claimed, (unsigned long long)played,
		      (unsigned long long)beyond);
}

/* A call is a function of its events: the same twice, word for word. */
static void test_same_again(void **state)
{
	static char first[FLOW_LOG];

	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		converse(i);
		memcpy(first, f.log, sizeof(first));
		flow_fini(&f);
		converse(i);
		assert_string_equal(first, f.log);
		flow_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
