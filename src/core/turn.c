#include "core/engine.h"

const char *const turn_names[TURN_STATES] = {
	[TURN_OPENING] = "opening",	[TURN_SPEAKING] = "speaking",
	[TURN_LISTENING] = "listening", [TURN_HEARING] = "hearing",
	[TURN_THINKING] = "thinking",	[TURN_WITHHELD] = "withheld",
	[TURN_CLOSING] = "closing",	[TURN_OVER] = "over",
};

#define S(x) (1u << TURN_##x)

/* The steps that may be taken. Only who speaks can be withheld. */
static const unsigned allowed[TURN_STATES] = {
	[TURN_OPENING] =
		S(SPEAKING) | S(LISTENING) | S(THINKING) | S(CLOSING) | S(OVER),
	[TURN_SPEAKING] = S(LISTENING) | S(HEARING) | S(THINKING) |
			  S(WITHHELD) | S(CLOSING) | S(OVER),
	[TURN_LISTENING] =
		S(SPEAKING) | S(HEARING) | S(THINKING) | S(CLOSING) | S(OVER),
	[TURN_HEARING] =
		S(SPEAKING) | S(LISTENING) | S(THINKING) | S(CLOSING) | S(OVER),
	[TURN_THINKING] =
		S(SPEAKING) | S(LISTENING) | S(HEARING) | S(CLOSING) | S(OVER),
	[TURN_WITHHELD] = S(SPEAKING) | S(CLOSING) | S(OVER),
	[TURN_CLOSING] = S(SPEAKING) | S(LISTENING) | S(HEARING) | S(THINKING) |
			 S(WITHHELD) | S(OVER),
	[TURN_OVER] = 0,
};

#define FALSE_HUNCH_US 300000 /* until the carrier has its audio again … */
#define FALSE_ALARM_US 500000 /* deaf ear after the first one, then doubled */

bool turn_allowed(enum turn_state from, enum turn_state to)
{
	return allowed[from] >> to & 1;
}

/* The only place that writes the state. */
static void turn_to(struct call *c, enum turn_state to)
{
	if (c->state == to)
		return;
	CALL_CHECK(c, turn_allowed(c->state, to));
	c->state = to;
	if (to == TURN_LISTENING)
		c->answer_since_us = c->now_us;
	if (to == TURN_CLOSING)
		c->quiet_us = MAX(c->quiet_us, c->now_us);
}

static enum turn_state turn_of_facts(const struct call *c)
{
	if (say_pending(c))
		return c->outcome[0] ? TURN_CLOSING : TURN_SPEAKING;
	if (c->time_up_us)
		return TURN_CLOSING; /* whatever he still says */
	if (hear_any(c, HEAR_TALKING))
		return TURN_HEARING;
	if (hear_any(c, HEAR_WAITING) || model_awaited(c))
		return TURN_THINKING;
	if (c->outcome[0])
		return TURN_CLOSING;
	return acts_tool_running(c) ? TURN_THINKING : TURN_LISTENING;
}

void turn_unhold(struct call *c)
{
	if (c->state == TURN_WITHHELD)
		turn_to(c, c->outcome[0] ? TURN_CLOSING : TURN_SPEAKING);
}

static void turn_resume(struct call *c)
{
	c->hunch = false;
	fx_add(c, CALL_FX_RESUME);
	ledger_restart(c);
	c->voice_since_us = c->send_since_us = c->now_us;
	turn_unhold(c);
}

bool turn_interruptible(const struct call *c)
{
	return say_pending(c) && !say_head_protected(c) && !c->time_up_us &&
	       c->barge != CALL_BARGE_OFF;
}

bool turn_listens(const struct call *c)
{
	return c->state == TURN_WITHHELD && !hear_idle(c);
}

void turn_nodded(struct call *c)
{
	if (c->state == TURN_WITHHELD)
		turn_resume(c);
}

void turn_settle(struct call *c)
{
	struct utt *u;

	if (c->state == TURN_OVER)
		return;
	while (c->nutts && c->state != TURN_OVER) {
		u = say_utt(c, 0);
		if (!u->failed || u->ready_n)
			break;
		rest_failed(c, false);
	}
	if (c->state == TURN_OVER)
		return;
	if (c->state == TURN_WITHHELD) {
		if (turn_interruptible(c))
			return;
		turn_resume(c); /* nothing is left to withhold */
	}
	turn_to(c, turn_of_facts(c));
}

/* Nobody could confirm a suspicion, or we were fooled. */
static bool turn_trusts(const struct call *c)
{
	return (!c->deaf || model_listens(c)) && c->now_us >= c->ignore_us;
}

static void turn_withhold(struct call *c, bool hunch)
{
	bool speaking = c->state == TURN_SPEAKING || c->state == TURN_CLOSING;

	if (c->state == TURN_WITHHELD && !hunch)
		c->hunch = false;
	if (!speaking || !turn_interruptible(c) || !hear_idle(c) ||
	    c->barge != CALL_BARGE_NORMAL)
		return;
	c->hunch = hunch;
	c->hunch_us = c->now_us;
	fx_add(c, CALL_FX_WITHHOLD);
	turn_to(c, TURN_WITHHELD);
}

void turn_hunch(struct call *c)
{
	if (c->state != TURN_WITHHELD && turn_trusts(c) &&
	    c->now_us >= c->hunch_after_us)
		turn_withhold(c, true);
}

void turn_false_hunch(struct call *c)
{
	c->hunch_after_us = c->now_us + ((int64_t)FALSE_HUNCH_US
					 << MIN(c->false_hunches, 3u));
	c->false_hunches++;
	turn_resume(c);
}

void turn_suspect(struct call *c)
{
	if (!turn_trusts(c))
		return;
	c->suspect_us = c->now_us;
	turn_withhold(c, false);
}

void turn_false_alarm(struct call *c)
{
	c->ignore_us = c->now_us +
		       ((int64_t)FALSE_ALARM_US << MIN(c->false_alarms, 3u));
	c->false_alarms++;
	turn_resume(c);
}

/*
 * What is protected starts again at once, behind the clear: he may have
 * interrupted the sentence before it, but not this one.
 */
void turn_interrupt(struct call *c)
{
	if (c->retry.n) { /* nothing plays: it waits for a voice */
		rest_drop(&c->rest);
		c->rest = c->retry;
		c->retry.n = 0;
		if (c->state == TURN_WITHHELD)
			turn_resume(c);
	} else {
		rest_cut(c, &c->rest);
	}
	rest_protected(c);
	c->cut = c->rest.n > 0;
}

void turn_hangup(struct call *c, const char *outcome)
{
	struct call_fx *fx;

	if (c->state == TURN_OVER)
		return;
	turn_to(c, TURN_OVER);
	for (unsigned i = 0; i < c->nutts; i++)
		if (say_utt(c, i)->sent)
			ledger_segment(c, say_utt(c, i), true);
	hear_take_back_all(c);
	fx = fx_add(c, CALL_FX_HANGUP);
	fx->outcome = fx_keep(c, sv_str(outcome));
}

/*
 * Who agrees and hangs up, or says "I smell gas" and runs, has said it: his
 * last words are read and the dialog acts on them. What it says goes nowhere.
 */
void turn_gone(struct call *c)
{
	if (c->gone)
		return;
	c->gone = true;
	c->gone_us = c->now_us;
	if (say_pending(c))
		turn_interrupt(c);
	rest_drop(&c->rest);
	rest_drop(&c->retry);
	if (c->pend.unclear && !c->pend.n)
		c->pend.unclear = false; /* nobody is there to be asked */
}

void turn_gone_settle(struct call *c)
{
	if (!c->gone || c->state == TURN_OVER || c->broken)
		return;
	if (hear_any(c, HEAR_TALKING) || hear_any(c, HEAR_WAITING) ||
	    acts_tool_running(c) || model_awaited(c))
		return;
	turn_hangup(c, c->outcome[0] ? c->outcome : "caller_gone");
}
