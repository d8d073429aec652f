/* Callers in virtual time: when they speak, interrupt, give up. */
#include "../assert.h"

#include <stdlib.h>

#include "behave.h"

#define TONE_N 4000 /* half a second is said each time */

static void give_voice(struct turn *t, size_t n)
{
	for (; n--; t++)
		if (t->kind == TURN_SAY) {
			t->utter.pcm.s = calloc(TONE_N, 2);
			t->utter.pcm.n = TONE_N;
		}
}

static struct caller *caller_of(const char *json)
{
	json_t *o = json_loads(json, 0, NULL);
	struct caller *k;
	char why[300];

	assert_non_null(o);
	if (caller_parse(&k, o, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	json_decref(o);
	give_voice(k->turns, k->nturns);
	for (size_t i = 0; i < k->nanswers; i++)
		give_voice(k->answers[i].does, k->answers[i].ndoes);
	return k;
}

struct play {
	struct measure m;
	struct behave b;
	struct behave_out o;
	char log[400];
};

static void note(struct play *p, const char *what)
{
	size_t n = strlen(p->log);

	snprintf(p->log + n, sizeof(p->log) - n, "%s@%d ", what,
		 (int)(p->m.now_n / 8));
}

/* The assistant talks or is silent for ms; what the caller does is logged. */
static void run(struct play *p, int ms, bool far)
{
	static const char *const ends[] = {NULL, "hangup", "lingered",
					   "impatient"};
	int16_t frame[TEL_FRAME_N];

	for (int t = 0; t < ms; t += 20) {
		char key[2] = "";

		for (int i = 0; i < TEL_FRAME_N; i++)
			frame[i] = far ? (i & 4 ? 3000 : -3000) : 0;
		behave_tick(&p->b, &p->m, true, &p->o);
		key[0] = p->o.digit;
		if (p->o.begins)
			note(p, "says");
		if (p->o.ends)
			note(p, "ends");
		if (key[0])
			note(p, key);
		if (p->o.ask) {
			note(p, "asks");
			behave_heard(&p->b, "your name", p->m.now_n);
		}
		if (p->o.why) {
			note(p, ends[p->o.why]);
			return;
		}
		measure_frame(&p->m, frame, far ? TEL_FRAME_N : 0, p->o.speaks);
	}
}

/* script: +N the assistant talks N ms, -N it is silent. */
static const struct {
	const char *name, *caller, *log;
	int script[8];
} tv[] = {
	{"after 700 ms of silence",
	 "{\"turns\":[{\"say\":\"a\"}]}",
	 "says@1700 ends@2180 ",
	 {1000, -3000}},
	{"not in a pause between sentences",
	 "{\"turns\":[{\"say\":\"a\"}]}",
	 "says@3300 ends@3780 ",
	 {1000, -600, 1000, -3000}},
	{"waits for the first word",
	 "{\"turns\":[{\"say\":\"a\"}]}",
	 "",
	 {-3000}},
	{"one turn for one reply",
	 "{\"turns\":[{\"say\":\"a\"},{\"say\":\"b\"}]}",
	 "says@1700 ends@2180 says@5200 ends@5680 ",
	 {1000, -2500, 1000, -3000}},
	{"its own silence",
	 "{\"turns\":[{\"say\":\"a\",\"prompt_ms\":200}]}",
	 "says@1200 ends@1680 ",
	 {1000, -2000}},
	{"cuts in",
	 "{\"turns\":[{\"say\":\"a\",\"interrupt_ms\":500}]}",
	 "says@500 ends@980 ",
	 {2000}},
	{"cuts in counting over a pause",
	 "{\"turns\":[{\"say\":\"a\",\"interrupt_ms\":1500}]}",
	 "says@1500 ends@1980 ",
	 {1000, -300, 1000}},
	{"too late to cut in",
	 "{\"turns\":[{\"say\":\"a\",\"interrupt_ms\":5000}]}",
	 "says@1700 ends@2180 ",
	 {1000, -3000}},
	{"keys",
	 "{\"turns\":[{\"press\":\"1#\"},{\"hangup\":true,\"after\":"
	 "\"turn\",\"prompt_ms\":100}]}",
	 "1@1700 #@2000 hangup@2100 ",
	 {1000, -3000}},
	{"silence, then speech at once",
	 "{\"turns\":[{\"silent_ms\":2000},{\"say\":\"a\",\"after\":\"turn\"}]"
	 "}",
	 "says@2020 ends@2500 ",
	 {1000, -4000}},
	{"impatient",
	 "{\"patience_ms\":2000,\"turns\":[{\"say\":\"a\"}]}",
	 "impatient@2000 ",
	 {-9000}},
	{"lingers",
	 "{\"linger_ms\":1500,\"turns\":[]}",
	 "lingered@2500 ",
	 {1000, -9000}},
	{"listens",
	 "{\"answers\":[{\"hears\":\"name\",\"say\":\"Dana\"}]}",
	 "asks@1700 says@1720 ends@2200 ",
	 {1000, -3000}},
	{"listens, finds no answer, listens again",
	 "{\"answers\":[{\"hears\":\"day\",\"say\":\"Dana\"}]}",
	 "asks@1700 asks@5700 ",
	 {1000, -3000, 1000, -1000}},
	{"turns first, then listens",
	 "{\"turns\":[{\"say\":\"a\"}],"
	 "\"answers\":[{\"hears\":\"name\",\"say\":\"b\"}]}",
	 "says@1700 ends@2180 asks@5700 says@5720 ends@6200 ",
	 {1000, -3000, 1000, -3000}},
	{"answers, then cuts in",
	 "{\"answers\":[{\"hears\":\"name\",\"max\":1,\"do\":[{\"say\":"
	 "\"b\"},{\"say\":\"c\",\"interrupt_ms\":800}]}]}",
	 "asks@1700 says@1720 ends@2200 says@4800 ends@5280 ",
	 {1000, -3000, 2000, -500}},
	{"answers, then too late to cut in: listens",
	 "{\"answers\":[{\"hears\":\"name\",\"max\":1,\"do\":[{\"say\":"
	 "\"b\"},{\"say\":\"c\",\"interrupt_ms\":1800}]}]}",
	 "asks@1700 says@1720 ends@2200 asks@5720 ",
	 {1000, -3000, 1000, -2000}},
};

static void test_behave(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct caller *k = caller_of(tv[i].caller);
		struct play p = {.log = ""};

		print_message("%s\n", tv[i].name);
		measure_init(&p.m);
		assert_int_equal(0, behave_init(&p.b, k, false));
		for (const int *s = tv[i].script; *s; s++)
			run(&p, abs(*s), *s > 0);
		assert_string_equal(tv[i].log, p.log);
		behave_fini(&p.b);
		caller_unref(k);
	}
}

static void test_answers(void **state)
{
	struct caller *k = caller_of(
		"{\"answers\":[{\"hears\":\"text you\",\"say\":\"Yes.\","
		"\"max\":1},{\"hears\":\"your name|who\",\"do\":[{\"press\":"
		"\"5\"}]}],\"otherwise\":{\"say\":\"Pardon?\",\"max\":1}}");
	struct behave b;

	(void)state;
	assert_int_equal(0, behave_init(&b, k, false));
	assert_int_equal(1, behave_heard(&b, "may i have YOUR NAME", 0));
	assert_int_equal(0, behave_heard(&b, "may i text you", 0));
	assert_int_equal(2, behave_heard(&b, "may i text you", 0));
	assert_int_equal(-1, behave_heard(&b, "may i text you", 0));
	behave_fini(&b);
	caller_unref(k);
}

static const struct {
	const char *json, *why;
} bad[] = {
	{"{\"turn\":[]}", "unknown key \"turn\""},
	{"{\"turns\":[{}]}", "turn 1: a turn needs one of"},
	{"{\"turns\":[{\"say\":\"a\"},{\"press\":\"x\"}]}", "turn 2"},
	{"{\"answers\":[{\"hears\":\"(\",\"say\":\"a\"}]}", "hears"},
	{"{\"answers\":[{\"hears\":\"a\"}]}", "\"say\""},
	{"{\"line\":{\"noise\":\"red\"}}", "none pink van babble radio"},
	{"{\"rate\":9}", "from 0.5 to 2"},
	{"{\"owner\":{\"does\":\"sleep\"}}", "no-answer busy"},
	{"{\"expect\":{\"text\":1}}", "unknown key \"text\""},
	{"[]", "must be an object"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_t *o = json_loads(bad[i].json, 0, NULL);
		struct caller *k;
		char why[400];

		print_message("%s\n", bad[i].json);
		assert_int_equal(-EBADMSG,
				 caller_parse(&k, o, NULL, why, sizeof(why)));
		assert_null(k);
		if (!strstr(why, bad[i].why))
			fail_msg("said: %s", why);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behave),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
