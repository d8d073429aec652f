/* The engine's tables and limits; conversations are in tests/flow. */
#include "../assert.h"
#include "core/engine.h"

#include <stdlib.h>

/* ---- a dialog that does as it is told ---- */

struct dialog_sess {
	int inputs;
};

static struct dialog_act acts[64];
static size_t nacts;
static struct dialog_sess sess;

static int fake_open(struct dialog_sess **out, const struct dialog_prm *prm,
		     char *why, size_t why_size)
{
	if (prm->script.len) {
		(void)sv_copy(why, why_size, SV("line 1: no start"));
		return -EBADMSG;
	}
	sess.inputs = 0;
	*out = &sess;
	return 0;
}

static struct dialog_out fake_input(struct dialog_sess *s,
				    const struct dialog_in *in)
{
	struct dialog_out out = {acts, nacts};

	(void)in;
	s->inputs++;
	nacts = 0;
	return out;
}

static void fake_close(struct dialog_sess *s)
{
	s->inputs = -1;
}

static const struct dialog fake = {"fake", fake_open, fake_input, fake_close};

static struct call *call_begun(void)
{
	const struct call_prm prm = {.dialog = &fake};
	struct call *c = NULL;
	char why[64];

	assert_int_equal(call_new(&c, &prm, why, sizeof(why)), 0);
	return c;
}

static struct call_fxs input(struct call *c, enum call_ev_kind kind,
			     int64_t t_us)
{
	const struct call_ev ev = {.kind = kind, .t_us = t_us};

	return call_input(c, &ev);
}

static const struct call_fx *last(struct call_fxs fxs)
{
	assert_true(fxs.n > 0);
	return &fxs.v[fxs.n - 1];
}

/* ---- tests ---- */

static void test_open_fails(void **state)
{
	const struct call_prm prm = {.dialog = &fake,
				     .dialog_prm = {.script = SV("x")}};
	struct call *c = NULL;
	char why[64] = "";

	(void)state;
	assert_int_equal(call_new(&c, &prm, why, sizeof(why)), -EBADMSG);
	assert_null(c);
	assert_string_equal(why, "line 1: no start");
	assert_null(call_free(NULL));
}

/* Before the start nothing counts; a caller may be gone already. */
static void test_opening(void **state)
{
	struct call *c = call_begun();
	struct call_fxs fxs;

	(void)state;
	assert_int_equal(call_next_us(c), INT64_MAX);
	assert_int_equal(input(c, CALL_EV_BEGAN, 5).n, 0);
	assert_int_equal(input(c, CALL_EV_DTMF, 6).n, 0);
	assert_false(call_over(c));
	fxs = input(c, CALL_EV_GONE, 7);
	assert_int_equal(last(fxs)->kind, CALL_FX_HANGUP);
	assert_sv_equal("caller_gone", last(fxs)->outcome);
	assert_true(call_over(c));
	assert_int_equal(input(c, CALL_EV_START, 8).n, 0);
	call_free(c);
	assert_int_equal(sess.inputs, -1);
}

/* A dialog that says nothing at all: it is asked, then we hang up. */
static void test_mute_dialog(void **state)
{
	struct call *c = call_begun();
	int64_t t_us = 1000000, next_us;

	(void)state;
	input(c, CALL_EV_START, t_us);
	for (int i = 0; !call_over(c); i++) {
		next_us = call_next_us(c);
		assert_true(next_us > t_us && i < 100);
		t_us = next_us;
		input(c, CALL_EV_TICK, t_us);
	}
	assert_int_equal(sess.inputs, 1 + 6);
	assert_int_equal(t_us, 1000000 + 7 * 8000000);
	call_free(c);
}

/* More than fits: the call ends as our own mistake, and no other way. */
static void test_limits(void **state)
{
	static char lots[100000];
	static const struct {
		const char *name;
		enum dialog_act_kind kind;
		size_t n;
		bool broken;
	} tv[] = {
		{"utterances that fit", DIALOG_SAY, CALL_UTTS, false},
		{"too many utterances", DIALOG_SAY, CALL_UTTS + 1, true},
		{"tools that fit", DIALOG_TOOL_CALL, CALL_TOOLS, false},
		{"too many tools", DIALOG_TOOL_CALL, CALL_TOOLS + 1, true},
		{"many expectations", DIALOG_EXPECT, 64, false},
	};

	(void)state;
	memset(lots, 'x', sizeof(lots));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct call *c = call_begun();
		struct call_fxs fxs;

		print_message("%s\n", tv[i].name);
		nacts = tv[i].n;
		for (size_t k = 0; k < nacts; k++)
			acts[k] = (struct dialog_act){
				.kind = tv[i].kind,
				.text = {lots, sizeof(lots)},
				.bias = {lots, 3000},
				.name = SV("tool"),
				.tool_id = (uint32_t)k + 1,
			};
		fxs = input(c, CALL_EV_START, 1);
		assert_int_equal(call_over(c), tv[i].broken);
		if (tv[i].broken)
			assert_sv_equal("internal", last(fxs)->outcome);
		for (size_t k = 0; k < fxs.n; k++) {
			assert_in_range(fxs.v[k].text.len, 0, CALL_TEXT_LEN);
			assert_in_range(fxs.v[k].bias.len, 0, 3000);
		}
		call_free(c);
	}
}

/* Every wait has a name, a time or its source, and a next step. */
static void test_timers_table(void **state)
{
	const struct timer_row *r;
	size_t n = 0;

	(void)state;
	for (; (r = timers_table(n)); n++) {
		print_message("%-10s %6d ms  %s: %s\n", r->name, r->ms,
			      r->waits_for, r->next);
		assert_true(strlen(r->name) && strlen(r->waits_for) &&
			    strlen(r->next) && strlen(r->test) && r->ms >= 0);
		for (size_t k = 0; k < n; k++)
			assert_string_not_equal(r->name, timers_table(k)->name);
	}
	assert_int_equal(n, 20);
}

static void test_turn_table(void **state)
{
	(void)state;
	for (int s = 0; s < TURN_STATES; s++) {
		assert_non_null(turn_names[s]);
		assert_int_equal(turn_allowed(s, TURN_OVER), s != TURN_OVER);
		assert_false(turn_allowed(s, TURN_OPENING));
		assert_false(turn_allowed(TURN_OVER, s));
		assert_false(turn_allowed(s, s));
		assert_int_equal(turn_allowed(s, TURN_WITHHELD),
				 s == TURN_SPEAKING || s == TURN_CLOSING);
	}
}

/* Segments keep the order of their starts, whenever they are noticed. */
static void test_order(void **state)
{
	struct call *c = call_begun();
	struct {
		uint32_t seq;
		int64_t start_ms;
	} all[300];
	int64_t ms, base = 0;
	uint32_t seed = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		seed = seed * 1664525 + 1013904223;
		base += seed >> 20;
		ms = base - ((seed >> 8) & 2047);
		all[i].seq = fx_seq(c, &ms);
		all[i].start_ms = ms;
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(all[k].seq, all[i].seq);
			assert_true(all[k].start_ms == ms ||
				    (all[k].start_ms < ms) ==
					    (all[k].seq < all[i].seq));
		}
	}
	call_free(c);
}

static void test_dump(void **state)
{
	struct call *c = call_begun();
	char s[400], small[10];

	(void)state;
	input(c, CALL_EV_START, 1);
	call_dump(c, s, sizeof(s));
	assert_non_null(strstr(s, "state=listening"));
	assert_non_null(strstr(s, "next_ms=8000"));
	call_dump(c, small, sizeof(small));
	assert_int_equal(strlen(small), 9);
	call_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_fails),
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_mute_dialog),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_timers_table),
		cmocka_unit_test(test_turn_table),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
