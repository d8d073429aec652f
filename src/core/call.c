#include "core/engine.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_CALL_S 3600

int call_new(struct call **out, const struct call_prm *prm, char *why,
	     size_t why_size)
{
	struct call *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->dialog = prm->dialog;
	c->barge = prm->barge;
	c->model.state = prm->model ? MODEL_COMING : MODEL_NONE;
	c->max_call_s = prm->max_call_s ? (int)MIN(prm->max_call_s, 86400u)
					: MAX_CALL_S;
	c->next_utt = 1;
	c->ledger.gen = 1;
	c->answer_ms = 8000;
	c->turn_end_n = -1;
	c->fx_cap = 32;
	c->fx = calloc(c->fx_cap, sizeof(*c->fx));
	fx_reset(c);
	if (!c->fx || !c->chunks) {
		call_free(c);
		return -ENOMEM;
	}
	err = c->dialog->open(&c->sess, &prm->dialog_prm, why, why_size);
	if (err) {
		c->sess = NULL;
		call_free(c);
		return err;
	}
	*out = c;
	return 0;
}

struct call *call_free(struct call *c)
{
	if (!c)
		return NULL;
	if (c->sess)
		c->dialog->close(c->sess);
	for (unsigned i = 0; i < c->nutts; i++) {
		free(say_utt(c, i)->text);
		free(say_utt(c, i)->words);
	}
	rest_drop(&c->rest);
	rest_drop(&c->retry);
	acts_fini(c);
	fx_fini(c);
	free(c);
	return NULL;
}

static void on_start(struct call *c, const struct call_ev *ev)
{
	struct dialog_in in = {.kind = DIALOG_BEGIN};

	c->now_us = ev->t_us;
	c->start_us = ev->t_us - MAX(ev->at_n, 0) * 125;
	c->voice_since_us = c->send_since_us = c->now_us;
	c->ledger.anchor_us = c->ledger.from_us = c->now_us;
	c->ignore_us = c->suspect_us = c->now_us - 1000000;
	c->hunch_after_us = c->now_us;
	acts_ask(c, &in);
}

static void on_hunch(struct call *c, const struct call_ev *ev)
{
	(void)ev;
	turn_hunch(c);
}

static void on_suspect(struct call *c, const struct call_ev *ev)
{
	(void)ev;
	turn_suspect(c);
}

static void on_dtmf(struct call *c, const struct call_ev *ev)
{
	hear_digit(c, ev->digit);
}

static void on_stt_lost(struct call *c, const struct call_ev *ev)
{
	(void)ev;
	hear_lost(c);
}

static void on_stt_back(struct call *c, const struct call_ev *ev)
{
	(void)ev;
	c->deaf = false;
}

static void on_gone(struct call *c, const struct call_ev *ev)
{
	if (ev->err)
		turn_hangup(c, "caller_gone"); /* another stream may come */
	else
		turn_gone(c);
}

static void on_tick(struct call *c, const struct call_ev *ev)
{
	(void)c;
	(void)ev;
}

static void (*const handlers[])(struct call *c, const struct call_ev *ev) = {
	[CALL_EV_START] = on_start,
	[CALL_EV_HUNCH] = on_hunch,
	[CALL_EV_SUSPECT] = on_suspect,
	[CALL_EV_BEGAN] = hear_began,
	[CALL_EV_ENDED] = hear_ended,
	[CALL_EV_PAUSED] = hear_paused,
	[CALL_EV_RESUMED] = hear_resumed,
	[CALL_EV_PARTIAL] = hear_partial,
	[CALL_EV_TEXT] = hear_text,
	[CALL_EV_READY] = say_ready,
	[CALL_EV_SENT] = say_sent,
	[CALL_EV_MARKED] = ledger_marked,
	[CALL_EV_MARK] = ledger_mark,
	[CALL_EV_DTMF] = on_dtmf,
	[CALL_EV_TOOL] = acts_tool_result,
	[CALL_EV_STT_LOST] = on_stt_lost,
	[CALL_EV_STT_BACK] = on_stt_back,
	[CALL_EV_GONE] = on_gone,
	[CALL_EV_TICK] = on_tick,
	[CALL_EV_MODEL] = model_event,
	[CALL_EV_SAYS] = model_says,
	[CALL_EV_SAID] = model_said,
	[CALL_EV_TURN] = model_turn,
	[CALL_EV_OVERHEARD] = model_overheard,
	[CALL_EV_FUNCTION] = model_function,
};

void call_settle(struct call *c)
{
	int rounds = 0;

	turn_settle(c);
	while (c->state != TURN_OVER && !c->broken && hear_deliver(c)) {
		turn_settle(c);
		CALL_CHECK(c, ++rounds < 64);
	}
	turn_gone_settle(c);
}

struct call_fxs call_input(struct call *c, const struct call_ev *ev)
{
	bool opening = c->state == TURN_OPENING;

	fx_reset(c);
	if (c->state == TURN_OVER ||
	    (unsigned)ev->kind >= ARRAY_LEN(handlers) ||
	    opening != (ev->kind == CALL_EV_START)) {
		c->ignored++;
		if (opening && ev->kind == CALL_EV_GONE)
			turn_hangup(c, "caller_gone");
		return (struct call_fxs){c->fx, c->nfx};
	}
	c->now_us = MAX(c->now_us, ev->t_us);
	c->wall_ms = ev->wall_ms;
	handlers[ev->kind](c, ev);
	call_settle(c);
	timers_run(c);
	if (c->broken)
		turn_hangup(c, "internal");
	return (struct call_fxs){c->fx, c->nfx};
}

int64_t call_next_us(const struct call *c)
{
	return timers_next_us(c, false);
}

bool call_over(const struct call *c)
{
	return c->state == TURN_OVER;
}

void call_dump(const struct call *c, char *out, size_t size)
{
	int64_t next = call_next_us(c);
	const struct utt *u = &c->utts[c->first];

	snprintf(out, size,
		 "state=%s t_ms=%lld next_ms=%lld utts=%u gen=%u marks=%u "
		 "ready=%u sent=%u heard=%u pend=%u unclear=%d cut=%d rest=%u "
		 "retry=%u "
		 "tools=%d deaf=%d model=%d silences=%d outcome=%s ignored=%u "
		 "why=%s",
		 turn_names[c->state],
		 (long long)((c->now_us - c->start_us) / 1000),
		 next == INT64_MAX ? -1LL
				   : (long long)((next - c->start_us) / 1000),
		 c->nutts, c->ledger.gen, c->ledger.n,
		 c->nutts ? u->ready_n : 0, c->nutts ? u->sent_n : 0,
		 c->nutts ? u->heard_n : 0, c->pend.n, c->pend.unclear, c->cut,
		 c->rest.n, c->retry.n, acts_tool_running(c), c->deaf,
		 c->model.state, c->silences, c->outcome[0] ? c->outcome : "-",
		 c->ignored, c->broken ? c->broken : "-");
}
