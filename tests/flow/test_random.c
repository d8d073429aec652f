/*
 * Random conversations: each seed is a dialog, a voice, a network, and a list
 * of steps: what the caller does and what breaks. The harness checks its
 * invariants after every event; here every call must end, with one hang-up and
 * all segments final, and say where it was cut. A seed that fails is run again
 * with fewer and fewer steps; what is printed is the shortest list that fails.
 * NIGHTBELL_SEED=n runs one seed and prints it; NIGHTBELL_SEEDS=n so many,
 * NIGHTBELL_FROM=n from there on (make wander).
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

/* ---- the dialog: says anything ---- */

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

static bool trap; /* for the shrinker's test: key 4 is a fault */

static size_t anything(struct flow *g, const struct dialog_in *in,
		       struct dialog_act *acts)
{
	if (trap && in->kind == DIALOG_DTMF && in->digit == '4')
		g->fault = "the trap";
	if (in->kind == DIALOG_INTERRUPTED && draw(4))
		return 0;
	if (in->kind == DIALOG_SILENCE && in->count >= 3) {
		acts[0] = flow_bye("silent");
		return 1;
	}
	return some_acts(g, acts);
}

/* ---- what happens: a list of steps ---- */

enum what {
	COUGH,
	MUMBLE,
	KEY,
	TOOL,
	LOOSE, /* an end and a text that may never come, or late */
	DEAF,
	TALK,
	VOICE_DEAD,
	VOICE_BACK,
	VOICE_SLOW,
	VOICE_FAILS,
	MARKS_LOST,
	MARKS_BACK,
	CHOKED,
	CHOKED_NOT,
	STALL,
	GONE,
	TORN, /* the socket is lost */
	WHATS
};

static const char *const names[WHATS] = {
	"cough",	"mumble",	  "key",	 "tool",
	"loose",	"deaf",		  "talk",	 "voice dead",
	"voice back",	"voice slow",	  "voice fails", "marks lost",
	"marks return", "carrier choked", "not choked",	 "network stalls",
	"gone",		"torn",
};

struct step {
	enum what what;
	int ms, a, b, c;
};

enum { STEPS = 64 };

struct plan {
	uint64_t seed;
	int latency_ms, buffer_ms, voice_ms;
	unsigned max_call_s;
	bool no_words;
	uint32_t piece_max_n;
	struct step steps[STEPS];
	unsigned n;
};

static void add(struct plan *p, enum what what, int ms, int a, int b, int c)
{
	if (p->n < STEPS)
		p->steps[p->n++] = (struct step){what, ms, a, b, c};
}

static void plan_caller(struct plan *p, int ms)
{
	static const enum what whats[] = {COUGH, COUGH, MUMBLE, KEY,
					  TOOL,	 LOOSE, DEAF,	TALK,
					  TALK,	 TALK,	TALK,	TALK};

	add(p, whats[draw(ARRAY_LEN(whats))], ms, 100 + (int)draw(2500),
	    (int)draw(1000), (int)draw(9000));
}

static void plan_draw(struct plan *p, uint64_t n)
{
	static const int latencies_ms[] = {0, 5, 20, 60, 150, 300};
	static const int buffers_ms[] = {0, 0, 20, 60, 300};
	int ms = 0;

	seed = n * 0x9e3779b97f4a7c15u + 1;
	*p = (struct plan){.seed = seed};
	p->latency_ms = latencies_ms[draw(ARRAY_LEN(latencies_ms))];
	p->buffer_ms = buffers_ms[draw(ARRAY_LEN(buffers_ms))];
	p->voice_ms = (int)draw(400);
	p->max_call_s = 20 + draw(40);
	p->no_words = !draw(8);
	p->piece_max_n = draw(3) ? 0 : 1 + draw(20000);
	while (ms < 30000) {
		ms += (int)draw(3000);
		plan_caller(p, ms);
		if (!draw(12))
			add(p, VOICE_DEAD + draw(STALL - VOICE_DEAD), ms,
			    1 + (int)draw(20), (int)draw(20000), 0);
		if (!draw(24))
			add(p, STALL, ms, (int)draw(1500), 0, 0);
	}
	if (!draw(3))
		add(p, draw(4) ? GONE : TORN, (int)draw(30000) + 200, 0, 0, 0);
}

static void breaks(struct flow *g, int i);

static void step_loose(const struct step *s, const char *text)
{
	flow_ev(&f, s->ms,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = s->ms * 8});
	if (s->b & 1)
		flow_ev(&f, s->ms + s->a,
			(struct call_ev){.kind = CALL_EV_ENDED,
					 .at_n = (s->ms + s->a) * 8});
	if (s->b & 2)
		flow_ev(&f, s->ms + s->a + s->c,
			(struct call_ev){.kind = CALL_EV_TEXT,
					 .start_n = s->ms * 8,
					 .at_n = (s->ms + s->a) * 8,
					 .text = sv_str(text),
					 .source = CALL_TEXT_LIST});
}

static void step_do(const struct plan *p, unsigned i)
{
	const struct step *s = &p->steps[i];
	const char *text = said[s->c % (int)ARRAY_LEN(said)];

	switch (s->what) {
	case COUGH:
		if (s->b % 2)
			flow_hunch(&f, s->ms);
		flow_cough(&f, s->ms + s->a % 400);
		break;
	case MUMBLE:
		flow_mumble(&f, s->ms, s->a, text);
		break;
	case KEY:
		flow_digit(&f, s->ms, (char)('0' + s->b % 10));
		break;
	case TOOL:
		flow_tool(&f, s->ms, (uint32_t)(s->a % 4),
			  s->b % 3 ? "{\"ok\":true}" : "");
		break;
	case LOOSE:
		step_loose(s, text);
		break;
	case DEAF:
		flow_ev(&f, s->ms, (struct call_ev){.kind = CALL_EV_STT_LOST});
		if (s->b % 4)
			flow_ev(&f, s->ms + 500,
				(struct call_ev){.kind = CALL_EV_STT_BACK});
		break;
	case TALK:
		flow_talk(&f, s->ms, s->a, text);
		break;
	case STALL:
		flow_stall(&f, s->ms, s->a);
		break;
	case GONE:
		flow_gone(&f, s->ms);
		break;
	case TORN:
		flow_ev(&f, s->ms,
			(struct call_ev){.kind = CALL_EV_GONE, .err = -EPIPE});
		break;
	default:
		flow_do(&f, s->ms, breaks, (int)i);
		break;
	}
}

static const struct plan *running;

static void breaks(struct flow *g, int i)
{
	const struct step *s = &running->steps[i];

	if (s->what == VOICE_DEAD) {
		g->voice_dead = true;
		g->voice_busy = false;
	}
	if (s->what == VOICE_BACK)
		g->voice_dead = false;
	if (s->what == VOICE_SLOW)
		g->voice_slow = !g->voice_slow;
	if (s->what == VOICE_FAILS) {
		g->voice_fails = s->a;
		g->voice_fail_n = s->b;
	}
	if (s->what == MARKS_LOST || s->what == MARKS_BACK)
		g->no_marks = s->what == MARKS_LOST;
	if (s->what == CHOKED || s->what == CHOKED_NOT)
		g->choked = s->what == CHOKED;
}

static bool has(const struct plan *p, enum what from, enum what to)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->steps[i].what >= from && p->steps[i].what <= to)
			return true;
	return false;
}

/* Leaves f to be looked at; free it with flow_fini(). */
static void play(const struct plan *p)
{
	running = p;
	seed = p->seed;
	flow_init(&f, anything);
	f.latency_ms = p->latency_ms;
	f.buffer_ms = p->buffer_ms;
	f.voice_ms = p->voice_ms;
	f.max_call_s = p->max_call_s;
	f.no_words = p->no_words;
	f.piece_max_n = p->piece_max_n;
	f.protect_cut_ok = has(p, VOICE_DEAD, MARKS_LOST);
	flow_start(&f);
	for (unsigned i = 0; i < p->n; i++)
		step_do(p, i);
	flow_end(&f);
}

/* ---- a shorter list that fails as well ---- */

static bool fails(const struct plan *p)
{
	bool bad;

	play(p);
	bad = f.fault != NULL;
	flow_fini(&f);
	return bad;
}

/* Leaves out ever smaller parts as long as it still fails. */
static void shrink(struct plan *p)
{
	struct plan less;
	unsigned len = p->n, from;

	while (len) {
		for (from = 0; from + len <= p->n;) {
			less = *p;
			memmove(less.steps + from, less.steps + from + len,
				(p->n - from - len) * sizeof(*p->steps));
			less.n -= len;
			if (fails(&less))
				*p = less;
			else
				from += len;
		}
		len /= 2;
	}
}

static void plan_print(const struct plan *p)
{
	fprintf(stderr,
		"latency %d ms, buffer %d ms, voice %d ms, call %u s%s, pieces "
		"to %u\n",
		p->latency_ms, p->buffer_ms, p->voice_ms, p->max_call_s,
		p->no_words ? ", no words" : "", p->piece_max_n);
	for (unsigned i = 0; i < p->n; i++)
		fprintf(stderr, "  %6d ms: %s %d %d %d\n", p->steps[i].ms,
			names[p->steps[i].what], p->steps[i].a, p->steps[i].b,
			p->steps[i].c);
}

static void tell(struct plan *p, uint64_t n)
{
	fprintf(stderr, "seed %llu fails; the least that does:\n",
		(unsigned long long)n);
	flow_fini(&f);
	shrink(p);
	plan_print(p);
	play(p);
	fprintf(stderr, "%s\n%s", f.fault, f.log);
}

struct figures {
	uint64_t calls, events, claimed, played, beyond, cuts, far;
	int worst_ms;
};

/* Of a carrier whose marks come back and whose network runs. */
static void count(struct figures *g, const struct plan *p)
{
	g->calls++;
	g->events += (uint64_t)f.checks;
	g->beyond += f.beyond;
	if (p->no_words || has(p, MARKS_LOST, MARKS_LOST) ||
	    has(p, STALL, STALL) || has(p, TORN, TORN))
		return;
	g->claimed += f.claimed;
	g->played += f.played;
	for (unsigned i = 0; i < f.nerrs; i++) {
		g->cuts++;
		g->far += abs(f.errs_ms[i]) > 100;
		g->worst_ms = MAX(g->worst_ms, abs(f.errs_ms[i]));
	}
}

static void test_random(void **state)
{
	const char *one = getenv("NIGHTBELL_SEED");
	const char *many = getenv("NIGHTBELL_SEEDS");
	const char *first = getenv("NIGHTBELL_FROM");
	uint64_t from = strtoull(one ? one : first ? first : "1", NULL, 10);
	uint64_t n = one ? 1 : many ? strtoull(many, NULL, 10) : 2000;
	struct figures g = {0};
	struct plan p;

	(void)state;
	for (uint64_t i = from; i < from + n; i++) {
		plan_draw(&p, i);
		play(&p);
		if (f.fault)
			tell(&p, i);
		else if (one)
			plan_print(&p), fprintf(stderr, "%s", f.log);
		assert_null(f.fault);
		count(&g, &p);
		flow_fini(&f);
	}
	print_message("%llu calls, %llu events; of %llu words played %.1f %% "
		      "are marked heard; %llu marked and not played while the "
		      "network stood; %llu cuts, %.1f %% within 100 ms, worst "
		      "%d ms\n",
		      (unsigned long long)g.calls, (unsigned long long)g.events,
		      (unsigned long long)g.played,
		      100. * (double)g.claimed / (double)MAX(g.played, 1u),
		      (unsigned long long)g.beyond, (unsigned long long)g.cuts,
		      100. - 100. * (double)g.far / (double)MAX(g.cuts, 1u),
		      g.worst_ms);
	assert_true(one || g.claimed * 100 >= g.played * 95);
	assert_true(one || g.far * 20 <= g.cuts);
}

/* A call is a function of its events: the same twice, word for word. */
static void test_same_again(void **state)
{
	static char first[FLOW_LOG];
	struct plan p;

	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		plan_draw(&p, i);
		play(&p);
		memcpy(first, f.log, sizeof(first));
		flow_fini(&f);
		play(&p);
		assert_string_equal(first, f.log);
		flow_fini(&f);
	}
}

/* Of many steps it finds the one that matters. */
static void test_shrinks(void **state)
{
	struct plan p;

	(void)state;
	plan_draw(&p, 7);
	p.n = MIN(p.n, 20u);
	for (unsigned i = 0; i < p.n; i++)
		if (p.steps[i].what == KEY)
			p.steps[i].what = COUGH;
	add(&p, KEY, 1700, 0, 4, 0);
	trap = true;
	assert_true(p.n > 8 && fails(&p));
	shrink(&p);
	trap = false;
	assert_int_equal(p.n, 1);
	assert_int_equal(p.steps[0].what, KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
