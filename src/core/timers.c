#include "core/engine.h"

#define MS 1000

enum timer_kind {
	NORMAL, /* its passing is no stall, or told elsewhere */
	STALL,
	WHOLE, /* limits the call, not a wait in it */
};

struct timer {
	enum timer_kind kind;
	struct timer_row row;
	int64_t (*due)(const struct call *c, int64_t us);
	void (*passed)(struct call *c, int64_t us);
};

static int64_t answer_due(const struct call *c, int64_t us)
{
	(void)us;
	if (c->state != TURN_LISTENING)
		return INT64_MAX;
	return MAX(c->answer_since_us + (int64_t)c->answer_ms * MS,
		   c->suspect_us + 500 * MS);
}

/*
 * Without a recogniser silence is not the caller's fault: "unclear" leads the
 * dialog to ask for keys.
 */
static void answer_passed(struct call *c, int64_t us)
{
	struct dialog_in in = {.kind = DIALOG_SILENCE};

	(void)us;
	if (++c->silences > 6) {
		turn_hangup(c, "silent");
		return;
	}
	in.count = c->silences;
	if (c->deaf)
		in.kind = DIALOG_UNCLEAR;
	c->said_len = 0;
	c->answer_since_us = c->now_us;
	acts_ask(c, &in);
}

static int64_t talk_due(const struct call *c, int64_t us)
{
	return hear_due_us(c, HEAR_TALKING, us);
}

static int64_t text_due(const struct call *c, int64_t us)
{
	return hear_due_us(c, HEAR_WAITING, us);
}

static int64_t hunch_due(const struct call *c, int64_t us)
{
	return c->state == TURN_WITHHELD && c->hunch ? c->hunch_us + us
						     : INT64_MAX;
}

static void hunch_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_false_hunch(c);
}

static int64_t confirm_due(const struct call *c, int64_t us)
{
	return c->state == TURN_WITHHELD && !c->hunch && !turn_listens(c)
		       ? c->suspect_us + us
		       : INT64_MAX;
}

static int64_t nod_due(const struct call *c, int64_t us)
{
	return turn_listens(c) ? hear_nod_us(c, us) : INT64_MAX;
}

/* Nobody says "uh-huh" for so long. */
static void nod_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_interrupt(c);
}

static void confirm_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_false_alarm(c);
}

/* What is ready plays first; then the voice is late. */
static int64_t voice_due(const struct call *c, int64_t us)
{
	if (!say_missing(c) || c->state == TURN_WITHHELD)
		return INT64_MAX;
	/* a model's sentence is worth more patience: nobody can repeat it */
	return c->voice_since_us + (c->utts[c->first].item ? 2 * us : us) +
	       (int64_t)say_unheard_n(c) * 125;
}

static void voice_passed(struct call *c, int64_t us)
{
	(void)us;
	rest_failed(c, true); /* says itself that it stalled */
}

static int64_t retry_due(const struct call *c, int64_t us)
{
	(void)us;
	return c->retry.n && c->state != TURN_WITHHELD ? c->retry_us
						       : INT64_MAX;
}

static void retry_passed(struct call *c, int64_t us)
{
	(void)us;
	rest_retry(c);
}

static int64_t send_due(const struct call *c, int64_t us)
{
	bool waiting = say_unsent_n(c) >= 2400;
	const struct utt *u;

	for (unsigned i = 0; i < c->nutts; i++) {
		u = &c->utts[(c->first + i) % CALL_UTTS];
		waiting |= u->complete && !u->failed && !u->ended;
	}
	if (!waiting || c->state == TURN_WITHHELD)
		return INT64_MAX;
	return c->send_since_us + us;
}

/* A carrier that takes nothing: the next verb may reach the caller. */
static void send_passed(struct call *c, int64_t us)
{
	(void)us;
	if (c->send_stalled)
		turn_hangup(c, "stalled");
	c->send_stalled = true;
	c->send_since_us = c->now_us;
}

static int64_t mark_due(const struct call *c, int64_t us)
{
	(void)us;
	return ledger_due_us(c);
}

static void mark_passed(struct call *c, int64_t us)
{
	(void)us;
	ledger_give_up(c);
}

static int64_t slow_due(const struct call *c, int64_t us)
{
	(void)us;
	return acts_slow_us(c);
}

static void slow_passed(struct call *c, int64_t us)
{
	(void)us;
	acts_slow(c);
}

static int64_t goodbye_due(const struct call *c, int64_t us)
{
	if (c->state != TURN_CLOSING || say_pending(c))
		return INT64_MAX;
	return (c->time_up_us ? c->quiet_us : MAX(c->quiet_us, c->suspect_us)) +
	       us;
}

static void goodbye_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_hangup(c, c->outcome);
}

static int64_t max_due(const struct call *c, int64_t us)
{
	(void)us;
	return c->time_up_us || c->state == TURN_OPENING
		       ? INT64_MAX
		       : c->start_us + (int64_t)c->max_call_s * 1000 * MS;
}

/* The dialog says goodbye as to somebody who does not answer any more. */
static void max_passed(struct call *c, int64_t us)
{
	struct dialog_in in = {.kind = DIALOG_SILENCE, .count = 9};

	(void)us;
	c->time_up_us = c->now_us;
	if (!c->outcome[0])
		acts_ask(c, &in);
	(void)sv_copy(c->outcome, sizeof(c->outcome), SV("time_limit"));
}

static int64_t last_due(const struct call *c, int64_t us)
{
	return c->time_up_us ? c->time_up_us + us : INT64_MAX;
}

static void last_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_hangup(c, "time_limit");
}

static int64_t gone_due(const struct call *c, int64_t us)
{
	return c->gone ? c->gone_us + us : INT64_MAX;
}

static void gone_passed(struct call *c, int64_t us)
{
	(void)us;
	turn_hangup(c, c->outcome[0] ? c->outcome : "caller_gone");
}

static void model_passed(struct call *c, int64_t us)
{
	(void)us;
	model_lost(c);
}

static void model_turn_late(struct call *c, int64_t us)
{
	(void)us;
	model_turn_passed(c);
}

static void model_slow(struct call *c, int64_t us)
{
	(void)us;
	model_slow_passed(c);
}

/* Each row has the case of its name there. */
#define FLOW(row) "tests/flow/test_timers.c:" row

static const struct timer timers[] = {
	{NORMAL,
	 {"hunch", "a suspicion behind a first sound", 140,
	  "our speech goes on from the exact sample, mostly without a gap",
	  FLOW("hunch")},
	 hunch_due,
	 hunch_passed},
	{NORMAL,
	 {"confirm", "speech behind a suspicion", 300,
	  "our speech goes on from the exact sample", FLOW("confirm")},
	 confirm_due,
	 confirm_passed},
	{NORMAL,
	 {"nod", "more than a sign that he listens", 700,
	  "our speech, withheld meanwhile, is cleared", FLOW("nod")},
	 nod_due,
	 nod_passed},
	{NORMAL,
	 {"answer", "the caller's answer, from when we were heard", 0,
	  "the dialog asks again, in the end says goodbye; 7th time: hang up",
	  FLOW("answer")},
	 answer_due,
	 answer_passed},
	{STALL,
	 {"talk", "the end of the caller's speech", 30000,
	  "it counts as ended: its text is awaited", FLOW("talk")},
	 talk_due,
	 hear_talk_passed},
	{STALL,
	 {"text", "the text of what the caller said", 3000,
	  "the dialog did not understand; a late text is still taken",
	  FLOW("text")},
	 text_due,
	 hear_text_passed},
	{NORMAL,
	 {"voice", "audio of an utterance, from when it is needed", 1500,
	  "the voice is asked again; 2nd time: hang up, the next verb speaks",
	  FLOW("voice")},
	 voice_due,
	 voice_passed},
	{NORMAL,
	 {"retry", "a voice that failed, or its successor", 400,
	  "it is asked again; 3 s after it failed: hang up", FLOW("retry")},
	 retry_due,
	 retry_passed},
	{STALL,
	 {"send", "the carrier to take audio that is ready", 2000,
	  "2nd time: hang up, the carrier's next verb speaks", FLOW("send")},
	 send_due,
	 send_passed},
	{STALL,
	 {"mark", "a mark, from when its audio was played", 1000,
	  "the turn goes on; what it stood for counts as not heard",
	  FLOW("mark")},
	 mark_due,
	 mark_passed},
	{STALL,
	 {"tool", "a tool's result, at last", 10000,
	  "the dialog gets an empty result: the tool failed", FLOW("tool")},
	 acts_lost_us,
	 acts_lost},
	{NORMAL,
	 {"tool_slow", "a tool's result", 2000,
	  "the dialog says a filler, again every 4 s", FLOW("tool_slow")},
	 slow_due,
	 slow_passed},
	{STALL,
	 {"model", "a model that is to talk with the caller", 6000,
	  "the script goes on without it", FLOW("model")},
	 model_due_us,
	 model_passed},
	{STALL,
	 {"model_turn", "the model to notice that the caller has stopped", 3000,
	  "it is asked to speak", FLOW("model_turn")},
	 model_turn_us,
	 model_turn_late},
	{NORMAL,
	 {"model_slow", "the model's reply", 2500, "the dialog says a filler",
	  FLOW("model_slow")},
	 model_slow_us,
	 model_slow},
	{STALL,
	 {"model_reply", "the model's reply, at last", 6000,
	  "the script takes over with a sentence of its own",
	  FLOW("model_reply")},
	 model_reply_us,
	 model_passed},
	{NORMAL,
	 {"goodbye", "a word after the goodbye", 600, "hang up",
	  FLOW("goodbye")},
	 goodbye_due,
	 goodbye_passed},
	{NORMAL,
	 {"gone", "the last words of a caller who hung up, and their tools",
	  5000, "the call is over", FLOW("gone")},
	 gone_due,
	 gone_passed},
	{WHOLE,
	 {"max_call", "the end of the call", 0,
	  "the dialog says goodbye and cannot be interrupted",
	  FLOW("max_call")},
	 max_due,
	 max_passed},
	{WHOLE,
	 {"last", "the end of that goodbye", 20000, "hang up", FLOW("last")},
	 last_due,
	 last_passed},
};

const struct timer_row *timers_table(size_t i)
{
	return i < ARRAY_LEN(timers) ? &timers[i].row : NULL;
}

static int64_t timer_due(const struct call *c, const struct timer *t)
{
	return t->due(c, (int64_t)t->row.ms * MS);
}

int64_t timers_next_us(const struct call *c, bool watch)
{
	int64_t next = INT64_MAX, due;

	if (c->state == TURN_OVER || c->state == TURN_OPENING)
		return INT64_MAX;
	for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
		if (watch && timers[i].kind == WHOLE)
			continue;
		due = timer_due(c, &timers[i]);
		next = MIN(next, due);
	}
	return next;
}

static bool run_one(struct call *c)
{
	const struct timer *t;

	for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
		t = &timers[i];
		if (timer_due(c, t) > c->now_us)
			continue;
		fx_add(c, CALL_FX_TIMER)->name = sv_str(t->row.name);
		if (t->kind != NORMAL)
			fx_add(c, CALL_FX_STALL)->name = sv_str(t->row.name);
		t->passed(c, (int64_t)t->row.ms * MS);
		return true;
	}
	return false;
}

void timers_run(struct call *c)
{
	int runs = 0;

	while (c->state != TURN_OVER && !c->broken && run_one(c)) {
		call_settle(c);
		CALL_CHECK(c, ++runs < 64);
	}
}
