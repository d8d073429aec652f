/*
 * A model that talks with the caller: who speaks when, what of it was heard,
 * and that the caller is never alone when it is late, mute or gone.
 */
#include "flow.h"

#include <stdlib.h>

static struct flow f;

/* The dialog beside it: greets, minds emergencies, takes over. */
static size_t beside(struct flow *g, const struct dialog_in *in,
		     struct dialog_act *acts)
{
	switch (in->kind) {
	case DIALOG_BEGIN:
		acts[0] = flow_protect("hello this is recorded");
		acts[1] = flow_say("how can i help");
		acts[2] = flow_expect(8000);
		return 3;
	case DIALOG_OVERHEARD:
		if (!memmem(in->text.p, in->text.len, "gas", 3))
			return 0;
		acts[0] = (struct dialog_act){.kind = DIALOG_DISMISS};
		acts[1] = flow_protect("leave the house now");
		acts[2] = flow_expect(8000);
		return 3;
	case DIALOG_FUNCTION:
		flow_note(g, "FUNCTION %u %.*s\n", in->ref, SV_ARG(in->name));
		acts[0] = flow_call(in->ref, "book");
		return 1;
	case DIALOG_TOOL:
		acts[0] = (struct dialog_act){.kind = DIALOG_RESULT,
					      .ref = in->tool_id,
					      .text = in->result,
					      .answer = true};
		return 1;
	case DIALOG_SILENCE:
	case DIALOG_DTMF:
		acts[0] = (struct dialog_act){.kind = DIALOG_PROMPT,
					      .text = SV("are you there")};
		return 1;
	case DIALOG_PATIENCE:
		acts[0] = flow_say("one moment");
		return 1;
	case DIALOG_ALONE:
		acts[0] = flow_say("i go on myself");
		acts[1] = flow_expect(8000);
		return 2;
	case DIALOG_TEXT:
		acts[0] = flow_say("i understood");
		acts[1] = flow_expect(8000);
		return 2;
	case DIALOG_UNCLEAR:
	case DIALOG_INTERRUPTED:
		break;
	}
	return 0;
}

static void start(void)
{
	flow_init(&f, beside);
	f.model = f.no_words = true;
	flow_model(&f, 800, 0);
	flow_start(&f);
}

static void end(int ms)
{
	flow_run(&f, ms);
	assert_sound(&f);
	flow_fini(&f);
}

/* The greeting is ours and protected; then it is the model's call. */
static void test_talk(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_run(&f, 9000);
	assert_flow(&f, "SAY hello this is recorded");
	assert_flow(&f, "5500 ANSWER \n");
	assert_flow(&f, "5800 PLAY 1\n");
	assert_flow(&f, "OVERHEARD\n");
	assert_flow(&f, "SEG caller my furnace is broken|");
	assert_flow(&f, "SEG assistant sure the furnace man can come on "
			"monday|sure the furnace man can come on monday");
	assert_int_equal(flow_count(&f, "ANSWER"), 1);
	assert_int_equal(flow_count(&f, " TEXT"), 0);
	assert_int_equal(f.turns, 1);
	assert_in_range(f.reply_us, 800000, 1000000);
	end(9000);
}

/* Our detector and our text are later than its reply: still one reply. */
static void test_quick_model(void **state)
{
	(void)state;
	start();
	f.model_ms = 20;
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_run(&f, 15000);
	assert_int_equal(flow_count(&f, "ANSWER \n"), 1);
	end(15000);
}

/* What he says into the disclosure waits for its end, and is answered. */
static void test_early_bird(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 300, 400, "hello");
	flow_run(&f, 8000);
	assert_flow(&f, "ANSWER \n");
	assert_null(strstr(f.log, "CUT"));
	assert_true(strstr(f.log, "ANSWER") > strstr(f.log, "|hello this"));
	end(8000);
}

/* Cut at each 40 ms of its length: what it is told was heard, was. */
static void test_cut_everywhere(void **state)
{
	(void)state;
	for (int at = 0; at < 2040; at += 40) {
		int64_t truth_n;

		start();
		flow_talk_model(&f, 4000, 1000, "my furnace is broken");
		flow_talk_model(&f, 5900 + at, 900, "no wait a moment");
		flow_run(&f, 5900 + at + 199);
		assert_null(strstr(f.log, "CUT"));
		flow_run(&f, 5900 + at + 201);
		assert_flow(&f, "CUT 1\n");
		/* withheld at 140 after onset: 120 ahead were still heard */
		truth_n = (int64_t)(at + 140 + 120) * 8;
		assert_in_range(f.cut_n + 800, MAX(truth_n - 800, 0),
				truth_n + 1600);
		flow_run(&f, 15000);
		assert_int_equal(flow_count(&f, "ANSWER"), 2);
		end(15000);
	}
}

static void test_words_heard(void **state)
{
	const struct flow_seg *s;

	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_talk_model(&f, 6900, 900, "no wait a moment");
	flow_run(&f, 15000);
	/* some 1260 ms of 60 ms a character */
	s = flow_seg(&f, CALL_LEG_ASSISTANT, 2);
	assert_string_equal(s->text, "sure the furnace man can come on monday");
	assert_true(!strcmp(s->heard, "sure the furnace man") ||
		    !strcmp(s->heard, "sure the furnace"));
	end(15000);
}

/* A cough: it goes on from the exact sample, and nothing is asked. */
static void test_cough(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_cough(&f, 6500);
	flow_ev(&f, 6900, (struct call_ev){.kind = CALL_EV_TURN});
	flow_run(&f, 12000);
	assert_flow(&f, "RESUME");
	assert_null(strstr(f.log, "CUT"));
	assert_int_equal(flow_count(&f, "ANSWER"), 1);
	assert_flow(&f, "|sure the furnace man can come on monday");
	end(12000);
}

/* He says more before the reply begins: that reply is no use. */
static void test_more_to_say(void **state)
{
	(void)state;
	start();
	f.model_ms = 1200;
	flow_talk_model(&f, 4000, 1000, "my furnace");
	flow_talk_model(&f, 5800, 900, "is broken");
	flow_run(&f, 14000);
	assert_flow(&f, "CUT 0\n");
	assert_int_equal(flow_count(&f, "ANSWER"), 2);
	end(14000);
}

static void test_function(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "book monday");
	flow_ev(&f, 8600,
		(struct call_ev){.kind = CALL_EV_FUNCTION,
				 .item = 1,
				 .name = SV("book"),
				 .text = SV("{}")});
	flow_tool(&f, 8900, 1, "{\"ok\":true}");
	flow_run(&f, 13000);
	assert_flow(&f, "FUNCTION 1 book\n");
	assert_flow(&f, "8600 CALL 1\n");
	assert_flow(&f, "8900 RESULT 1:{\"ok\":true}\n");
	assert_flow(&f, "PLAY 2\n");
	end(13000);
}

/* A tool that never answers: the model is told, and he hears a filler. */
static void test_function_hangs(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "book monday");
	flow_ev(&f, 8600,
		(struct call_ev){.kind = CALL_EV_FUNCTION,
				 .item = 1,
				 .name = SV("book"),
				 .text = SV("{}")});
	flow_run(&f, 20000);
	assert_flow(&f, "SAY one moment");
	assert_flow(&f, "RESULT 1:\n");
	end(20000);
}

static void test_emergency(void **state)
{
	(void)state;
	start();
	f.model_ms = 50;
	flow_talk_model(&f, 4000, 1000, "i smell gas");
	flow_run(&f, 9000);
	assert_flow(&f, "DISMISS");
	assert_flow(&f, "SAY leave the house now");
	assert_flow(&f, "SEG caller i smell gas|");
	/* the model had begun: it is cut, and the sentence heard to its end */
	assert_flow(&f, "CUT 1\n");
	assert_flow(&f,
		    "SEG assistant leave the house now|leave the house now");
	assert_int_equal(flow_count(&f, " TEXT"), 0);
	/* what comes of it now is nothing */
	flow_ev(&f, 9100, (struct call_ev){.kind = CALL_EV_TURN});
	flow_ev(&f, 9200, (struct call_ev){.kind = CALL_EV_SAYS, .item = 9});
	flow_run(&f, 12000);
	assert_null(strstr(f.log, "PLAY 9"));
	end(12000);
}

/* Also before the model is there. */
static void test_emergency_at_once(void **state)
{
	(void)state;
	flow_init(&f, beside);
	f.model = f.no_words = true;
	flow_start(&f);
	flow_talk(&f, 2500, 800, "i smell gas");
	flow_run(&f, 7000);
	assert_flow(&f, "DISMISS");
	assert_flow(&f, "SAY leave the house now");
	assert_int_equal(flow_count(&f, "ALONE"), 0);
	end(7000);
}

/* Gone in the middle of a sentence: what is there is played, then ours. */
static void test_gone(void **state)
{
	(void)state;
	start();
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_model(&f, 6500, -ECONNRESET);
	flow_run(&f, 12000);
	assert_flow(&f, "6500 DISMISS");
	assert_flow(&f, "6500 SAY i go on myself");
	assert_flow(&f, "SEG assistant i go on myself|i go on myself");
	end(12000);
}

/* Gone before it answered: the dialog gets what he said. */
static void test_gone_unanswered(void **state)
{
	(void)state;
	start();
	f.model_dead = true;
	flow_talk_model(&f, 4000, 1000, "my furnace is broken");
	flow_model(&f, 6500, -ECONNRESET);
	flow_run(&f, 12000);
	assert_flow(&f, "ALONE\n");
	assert_flow(&f, "TEXT:my furnace is broken\n");
	assert_flow(&f, "SAY i understood");
	end(12000);
}

static void test_silent_caller(void **state)
{
	(void)state;
	start();
	flow_run(&f, 13000);
	assert_flow(&f, "SILENCE:1\n");
	assert_flow(&f, "ANSWER are you there\n");
	assert_flow(&f, "PLAY 1\n");
	end(13000);
}

static void test_digit(void **state)
{
	(void)state;
	start();
	flow_digit(&f, 5000, '5');
	flow_run(&f, 8000);
	assert_flow(&f, "DTMF:5\n");
	assert_flow(&f, "PLAY 1\n");
	end(8000);
}

/* He hangs up in each state: the call is over soon. */
static void test_hangs_up(void **state)
{
	(void)state;
	for (int at = 100; at < 9000; at += 270) {
		start();
		flow_talk_model(&f, 4000, 1000, "my furnace is broken");
		flow_gone(&f, at);
		flow_run(&f, at + 5100);
		assert_int_equal(f.hangups, 1);
		end(at + 5100);
	}
}

/* Its events in any order, and again: no state without a deadline. */
static void test_disorder(void **state)
{
	static const enum call_ev_kind kinds[] = {
		CALL_EV_SAYS,	 CALL_EV_SAID,	   CALL_EV_TURN,
		CALL_EV_MODEL,	 CALL_EV_FUNCTION, CALL_EV_OVERHEARD,
		CALL_EV_SUSPECT, CALL_EV_BEGAN,	   CALL_EV_ENDED,
		CALL_EV_TEXT,
	};
	unsigned x = 1;

	(void)state;
	for (unsigned seed = 1; seed < 200; seed++) {
		start();
		x = seed * 2654435761u;
		for (int ms = 900; ms < 20000; ms += 37) {
			x = x * 1664525u + 1013904223u;
			if (x >> 29)
				continue;
			flow_ev(&f, ms,
				(struct call_ev){
					.kind = kinds[(x >> 8) %
						      ARRAY_LEN(kinds)],
					.item = 100 + (x >> 12) % 4,
					.text = SV("well"),
					.name = SV("book"),
					.start_n = ms * 8 - 4000,
					.at_n = ms * 8,
					.source = CALL_TEXT_FREE,
					.err = (x >> 20) % 16 ? 0 : -EIO,
				});
		}
		flow_run(&f, 60000);
		assert_sound(&f);
		flow_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_quick_model),
		cmocka_unit_test(test_early_bird),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_words_heard),
		cmocka_unit_test(test_cough),
		cmocka_unit_test(test_more_to_say),
		cmocka_unit_test(test_function),
		cmocka_unit_test(test_function_hangs),
		cmocka_unit_test(test_emergency),
		cmocka_unit_test(test_emergency_at_once),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_gone_unanswered),
		cmocka_unit_test(test_silent_caller),
		cmocka_unit_test(test_digit),
		cmocka_unit_test(test_hangs_up),
		cmocka_unit_test(test_disorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
