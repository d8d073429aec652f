/*
 * A model that talks with the caller (speech to speech). It makes its own
 * texts and turns; the engine owns when it may speak, what of it was heard,
 * and what happens when it does not come, falls silent or goes: then the
 * dialog, which has greeted and overheard everything, takes over.
 *
 * Its items are utterances like our own, so that withholding, clearing and
 * the ledger hold for them, too.
 */
#include "core/engine.h"

#include <stdlib.h>

#define CHAR_N 520	/* samples a character takes, while we must guess */
#define COMMA 3		/* pauses, in characters */
#define QUIET_US 500000 /* since something like speech */
#define STOP 6

bool model_on(const struct call *c)
{
	return c->model.state == MODEL_COMING || c->model.state == MODEL_LIVE;
}

static bool live(const struct call *c)
{
	return c->model.state == MODEL_LIVE;
}

bool model_listens(const struct call *c)
{
	return live(c);
}

bool model_awaited(const struct call *c)
{
	return live(c) && (c->model.await_us || c->model.hush_us);
}

void model_hush(struct call *c, int64_t start_n)
{
	if (!live(c) || c->model.end_n > start_n)
		return; /* it was quicker: it told of this turn before */
	c->model.hush_us = c->now_us;
	if (c->model.await_us) /* it waited for him, too */
		c->model.await_us = c->now_us;
}

void model_began(struct call *c)
{
	if (!live(c))
		return;
	c->model.hush_us = 0;
	if (!c->model.await_us || acts_tool_running(c))
		return;
	c->model.await_us = 0;
	c->model.owes = true;
	fx_add(c, CALL_FX_CUT); /* no item: what was asked for */
}

/* ---- what it says ---- */

static struct utt *utt_of(struct call *c, uint32_t item)
{
	for (unsigned i = 0; i < c->nutts; i++)
		if (say_utt(c, i)->item == item)
			return say_utt(c, i);
	return NULL;
}

void model_says(struct call *c, const struct call_ev *ev)
{
	static const struct manner plain;
	struct call_fx *fx;
	struct utt *u;

	c->model.await_us = c->model.hush_us = 0;
	if (!live(c) || c->gone || c->time_up_us || !ev->item) {
		c->ignored++;
		return;
	}
	c->model.turn = c->model.owes = false;
	c->model.answered_n = c->model.end_n;
	pend_reset(&c->pend);
	u = say_new(c, SV(""), &plain);
	if (!u)
		return;
	u->item = ev->item;
	fx = fx_add(c, CALL_FX_PLAY);
	fx->utt = u->id;
	fx->item = ev->item;
}

void model_said(struct call *c, const struct call_ev *ev)
{
	struct utt *u = ev->item ? utt_of(c, ev->item) : NULL;
	struct sv more;
	char *text;

	if (!u || u->made) {
		c->ignored++;
		return;
	}
	u->made_n = MAX(u->made_n, ev->n);
	u->made = ev->last;
	more = text_limit(ev->text, CALL_TEXT_LEN - MIN(u->len, CALL_TEXT_LEN));
	text = more.len ? realloc(u->text, u->len + more.len + 1) : NULL;
	if (!text)
		return;
	memcpy(text + u->len, more.p, more.len);
	u->text = text;
	u->len += more.len;
	u->text[u->len] = '\0';
}

static uint64_t weight(const char *p, size_t n)
{
	uint64_t w = 0;

	for (size_t i = 0; i < n; i++)
		w += p[i] == ',' || p[i] == ';' ? COMMA
		     : strchr(".?!:", p[i])	? STOP
		     : (p[i] & 0xc0) == 0x80	? 0 /* inside of UTF-8 */
						: 1;
	return w;
}

/*
 * The provider gives no places of words. Text and audio of an item come as a
 * burst, so mostly both are known as a whole: then the text flows evenly over
 * the audio, with pauses at its stops. Before that a slow speaker is assumed,
 * so that no word counts as heard too early.
 */
size_t model_heard_len(const struct utt *u)
{
	uint64_t all = weight(u->text, u->len), at = 0, total_n;
	size_t i = 0;

	total_n = u->made ? u->made_n : MAX((uint64_t)u->made_n, all * CHAR_N);
	if (!total_n || !all)
		return 0;
	while (i < u->len) {
		at += weight(u->text + i, 1);
		if (at * total_n > (uint64_t)u->heard_n * all)
			break;
		i++;
	}
	return text_limit((struct sv){u->text, u->len}, i).len;
}

/* ---- the turns ---- */

void model_ask(struct call *c, struct sv text)
{
	struct call_fx *fx;

	if (!live(c))
		return;
	c->model.turn = c->model.filled = false;
	c->model.await_us = c->now_us;
	c->model.hush_us = 0;
	fx = fx_add(c, CALL_FX_ANSWER);
	fx->text = fx_keep(c, text);
}

void model_turn(struct call *c, const struct call_ev *ev)
{
	if (!live(c)) {
		c->ignored++;
		return;
	}
	c->model.end_n = ev->at_n;
	c->model.hush_us = 0;
	c->model.turn = true;
	c->model.turn_over_us = say_pending(c) && !say_protected(c);
	c->silences = 0;
}

/*
 * What he said into our speech without stopping it waits for its end: by then
 * his text tells whether it was more than "uh-huh", or a noise.
 */
static bool answer_turn(struct call *c)
{
	struct sv text = {c->pend.text, c->pend.len};

	if (!c->model.turn || say_pending(c))
		return false;
	c->model.turn = false;
	if (c->model.turn_over_us && (!c->pend.n || text_is_backchannel(text)))
		return true;
	if (c->outcome[0] && ++c->reopened <= 3)
		c->outcome[0] = '\0'; /* he has one thing more */
	c->turn_end_n = c->model.end_n;
	model_ask(c, SV(""));
	return true;
}

static bool give_digit(struct call *c)
{
	struct dialog_in in;

	if (!hear_key(c, &in))
		return false;
	acts_ask(c, &in);
	return true;
}

bool model_deliver(struct call *c)
{
	c->pend.unclear = false;
	if (acts_deliver_tool(c))
		return true;
	if (!live(c))
		return false;
	rest_drop(&c->rest); /* what we were saying is the model's turn now */
	c->cut = false;
	c->said_len = 0;
	return give_digit(c) || answer_turn(c);
}

/* ---- what he says ---- */

/* True: an emergency, and the dialog has taken over. */
static bool overhear(struct call *c, const struct call_ev *ev)
{
	struct dialog_in in = {
		.kind = DIALOG_OVERHEARD,
		.text = ev->text,
		.alts = ev->alts,
		.lang = ev->lang,
	};

	if (ev->text.len)
		acts_ask(c, &in);
	return !model_on(c);
}

/* For the dialog, should the model go: unless it answers this already. */
static void keep_text(struct call *c, const struct call_ev *ev)
{
	if (ev->start_n >= c->model.answered_n)
		pend_text(&c->pend, ev);
}

void model_text(struct call *c, struct hear *h, const struct call_ev *ev)
{
	bool known = h->over[0];

	h->over[0] = '\0';
	c->pend.end_n = MAX(c->pend.end_n, h->end_n);
	if (known || overhear(c, ev))
		return;
	if (ev->text.len && ev->source != CALL_TEXT_NONE)
		keep_text(c, ev);
}

static void keep_overheard(struct call *c, struct hear *h)
{
	struct call_ev ev = {.text = sv_str(h->over), .source = CALL_TEXT_FREE};

	/* while he still talks a text with all of it will come */
	if (h->over[0] && h->state != HEAR_DONE && h->state != HEAR_TALKING) {
		hear_segment(c, h, &ev);
		h->state = HEAR_DONE;
	}
	h->over[0] = '\0';
}

void model_text_late(struct call *c, struct hear *h)
{
	keep_overheard(c, h);
}

void model_overheard(struct call *c, const struct call_ev *ev)
{
	struct hear *h;

	if (!live(c)) {
		hear_text(c, ev);
		return;
	}
	h = ev->at_n < ev->start_n || !ev->text.len ? NULL : hear_match(c, ev);
	if (!h) {
		c->ignored++;
		return;
	}
	if (overhear(c, ev)) {
		h->state = HEAR_DONE;
		hear_segment(c, h, ev);
		return;
	}
	if (ev->source == CALL_TEXT_NONE)
		return;
	(void)sv_copy(h->over, sizeof(h->over), ev->text);
	keep_text(c, ev);
}

/* ---- functions ---- */

void model_function(struct call *c, const struct call_ev *ev)
{
	struct dialog_in in = {
		.kind = DIALOG_FUNCTION,
		.text = ev->text,
		.name = ev->name,
		.ref = ev->item,
	};
	const struct dialog_act busy = {
		.ref = ev->item,
		.text = SV("{\"ok\":false,\"error\":\"too many at once\"}"),
	};

	if (!live(c)) {
		c->ignored++;
		return;
	}
	c->model.await_us = c->model.hush_us = 0;
	if (acts_tools(c) < CALL_TOOLS)
		acts_ask(c, &in);
	else
		model_result(c, &busy);
}

void model_result(struct call *c, const struct dialog_act *a)
{
	struct call_fx *fx;

	if (!live(c))
		return;
	fx = fx_add(c, CALL_FX_RESULT);
	fx->item = a->ref;
	fx->text = fx_keep(c, a->text);
	fx->answer = a->answer;
	if (!a->answer)
		return;
	c->model.filled = false;
	c->model.await_us = c->now_us;
}

/* ---- it goes ---- */

static void leave(struct call *c)
{
	c->model.state = MODEL_GONE;
	c->model.await_us = c->model.hush_us = 0;
	c->model.turn = false;
	fx_add(c, CALL_FX_DISMISS);
	for (unsigned i = 0; i < CALL_HEARS; i++)
		keep_overheard(c, &c->hears[i]); /* its own will not come */
}

void model_dismiss(struct call *c)
{
	if (!model_on(c))
		return;
	leave(c);
	pend_reset(&c->pend);
	if (say_pending(c))
		turn_interrupt(c);
	c->cut = false;
}

/* What is queued of it plays; of what has not begun there is nothing. */
static void end_says(struct call *c)
{
	struct utt *u;

	while (c->nutts) {
		u = say_utt(c, c->nutts - 1);
		if (!u->item || u->ready_n)
			break;
		free(u->text);
		free(u->words);
		*u = (struct utt){0};
		c->nutts--;
	}
	for (unsigned i = 0; i < c->nutts; i++) {
		u = say_utt(c, i);
		u->complete |= u->item != 0;
	}
}

void model_lost(struct call *c)
{
	struct dialog_in in = {.kind = DIALOG_ALONE, .count = (int)c->pend.n};

	if (!model_on(c))
		return;
	leave(c);
	end_says(c);
	c->answer_since_us = c->now_us;
	if (!c->outcome[0] && !c->gone && !c->time_up_us)
		acts_ask(c, &in);
}

void model_event(struct call *c, const struct call_ev *ev)
{
	if (ev->err)
		model_lost(c);
	else if (c->model.state == MODEL_COMING)
		c->model.state = MODEL_LIVE;
	else
		c->ignored++;
}

bool model_failed(struct call *c)
{
	for (unsigned i = 0; live(c) && i < c->nutts; i++) {
		const struct utt *u = say_utt(c, i);

		if (!u->item || u->complete)
			continue;
		model_lost(c);
		return true;
	}
	return false;
}

/* ---- deadlines ---- */

static bool quiet(const struct call *c)
{
	return live(c) && !say_pending(c) && !hear_any(c, HEAR_TALKING) &&
	       !acts_tool_running(c);
}

bool call_quiet(const struct call *c, int64_t now_us)
{
	return c->state == TURN_LISTENING && quiet(c) && !c->model.await_us &&
	       !c->model.hush_us && !c->model.turn && !c->gone &&
	       hear_idle(c) && now_us - c->suspect_us >= QUIET_US;
}

int64_t model_due_us(const struct call *c, int64_t us)
{
	return c->model.state == MODEL_COMING ? c->start_us + us : INT64_MAX;
}

int64_t model_turn_us(const struct call *c, int64_t us)
{
	return quiet(c) && c->model.hush_us && !c->model.await_us
		       ? c->model.hush_us + us
		       : INT64_MAX;
}

int64_t model_slow_us(const struct call *c, int64_t us)
{
	return quiet(c) && c->model.await_us && !c->model.filled
		       ? c->model.await_us + us
		       : INT64_MAX;
}

int64_t model_reply_us(const struct call *c, int64_t us)
{
	return quiet(c) && c->model.await_us ? c->model.await_us + us
					     : INT64_MAX;
}

/* A noise that nobody else noticed needs no reply. */
void model_turn_passed(struct call *c)
{
	c->model.hush_us = 0;
	if (c->model.owes || c->pend.n)
		model_ask(c, SV(""));
}

void model_slow_passed(struct call *c)
{
	struct dialog_in in = {.kind = DIALOG_PATIENCE};

	c->model.filled = true;
	acts_ask(c, &in);
}
