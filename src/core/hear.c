/*
 * The caller's utterances, and what of them the dialog is told when. Texts
 * that come before we may answer (he talks on, a protected prompt plays) are
 * joined and given as one. While a tool runs the dialog gets them at once, in
 * front of the result: they answer no question that he has not heard yet.
 */
#include "core/engine.h"

#define MAY_BE_ANSWER 3 /* our unheard words: "okay" answers the question */

bool hear_any(const struct call *c, enum hear_state state)
{
	for (unsigned i = 0; i < CALL_HEARS; i++)
		if (c->hears[i].state == state)
			return true;
	return false;
}

bool hear_idle(const struct call *c)
{
	return !hear_any(c, HEAR_TALKING) && !hear_any(c, HEAR_WAITING);
}

static struct hear *hear_talking(struct call *c)
{
	for (unsigned i = 0; i < CALL_HEARS; i++)
		if (c->hears[i].state == HEAR_TALKING)
			return &c->hears[i];
	return NULL;
}

/* A free place: an unused one, else the oldest; its text is given up. */
static struct hear *hear_new(struct call *c)
{
	struct hear *h = &c->hears[0];

	for (unsigned i = 0; i < CALL_HEARS; i++) {
		if (c->hears[i].state == HEAR_FREE)
			return &c->hears[i];
		if (c->hears[i].began_us < h->began_us)
			h = &c->hears[i];
	}
	hear_take_back(c, h);
	if (h->state == HEAR_WAITING) {
		c->pend.unclear = true;
		c->pend.end_n = MAX(c->pend.end_n, h->end_n);
	}
	return h;
}

static struct hear *hear_begin(struct call *c, int64_t start_n)
{
	struct hear *h = hear_new(c);

	*h = (struct hear){
		.state = HEAR_TALKING,
		.start_n = start_n,
		.end_n = start_n,
		.began_us = c->now_us,
		.unheard = say_unheard_words(c),
		.tool = acts_tool_running(c),
		.start_ms = start_n / 8,
	};
	h->seq = fx_seq(c, &h->start_ms);
	return h;
}

void hear_began(struct call *c, const struct call_ev *ev)
{
	if (hear_talking(c)) {
		c->ignored++;
		return;
	}
	hear_begin(c, MAX(ev->at_n, 0));
	c->false_alarms = c->false_hunches = 0;
	c->hunch = false;
	c->turn_end_n = -1;
	model_began(c);
	if (c->barge == CALL_BARGE_NORMAL && turn_interruptible(c) &&
	    (c->state != TURN_WITHHELD || model_on(c)))
		turn_interrupt(c);
}

int64_t hear_nod_us(const struct call *c, int64_t us)
{
	const struct hear *h;

	for (unsigned i = 0; i < CALL_HEARS; i++) {
		h = &c->hears[i];
		if (h->state == HEAR_TALKING)
			return h->paused ? INT64_MAX : h->began_us + us;
	}
	return INT64_MAX;
}

void hear_paused(struct call *c, const struct call_ev *ev)
{
	struct hear *h = hear_talking(c);

	(void)ev;
	if (h)
		h->paused = true;
	else
		c->ignored++;
}

/* Who goes on talking did not just nod. */
void hear_resumed(struct call *c, const struct call_ev *ev)
{
	struct hear *h = hear_talking(c);

	(void)ev;
	if (!h) {
		c->ignored++;
		return;
	}
	h->paused = false;
	if (h->nodded && c->barge == CALL_BARGE_NORMAL && turn_interruptible(c))
		turn_interrupt(c);
	h->nodded = false;
}

static void hear_end(struct call *c, struct hear *h, int64_t end_n)
{
	h->state = HEAR_WAITING;
	h->end_n = MAX(h->start_n, end_n);
	h->ended_us = c->now_us;
	model_hush(c, h->start_n);
}

void hear_ended(struct call *c, const struct call_ev *ev)
{
	struct hear *h = hear_talking(c);

	if (h)
		hear_end(c, h, ev->at_n);
	else
		c->ignored++;
}

/* The recogniser is gone: who talks will not be heard to end. */
void hear_lost(struct call *c)
{
	struct hear *h = hear_talking(c);

	c->deaf = true;
	if (h)
		hear_end(c, h, (c->now_us - c->start_us) / 125);
}

int64_t hear_due_us(const struct call *c, enum hear_state state, int64_t us)
{
	const struct hear *h;
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < CALL_HEARS; i++) {
		h = &c->hears[i];
		if (h->state == state)
			due = MIN(due,
				  us + (state == HEAR_TALKING ? h->began_us
							      : h->ended_us));
	}
	return due;
}

void hear_talk_passed(struct call *c, int64_t us)
{
	struct hear *h = hear_talking(c);

	if (h && h->began_us + us <= c->now_us)
		hear_end(c, h, (c->now_us - c->start_us) / 125);
}

void hear_text_passed(struct call *c, int64_t us)
{
	struct hear *h;

	for (unsigned i = 0; i < CALL_HEARS; i++) {
		h = &c->hears[i];
		if (h->state != HEAR_WAITING || h->ended_us + us > c->now_us)
			continue;
		h->state = HEAR_LATE;
		if (model_on(c))
			model_text_late(c, h);
		hear_take_back(c, h);
		if (model_on(c))
			continue;
		c->pend.unclear = true;
		c->pend.end_n = MAX(c->pend.end_n, h->end_n);
	}
}

static int64_t overlap_n(const struct hear *h, const struct call_ev *ev)
{
	int64_t end_n = h->state == HEAR_TALKING ? INT64_MAX : h->end_n;

	return MIN(end_n, ev->at_n) - MAX(h->start_n, ev->start_n);
}

/*
 * The utterance that a text belongs to: the one that shares most of it. One
 * of its own when nobody noticed its beginning; NULL when it was told before.
 */
struct hear *hear_match(struct call *c, const struct call_ev *ev)
{
	struct hear *h, *best = NULL;
	int64_t most = -1, n;

	for (unsigned i = 0; i < CALL_HEARS; i++) {
		h = &c->hears[i];
		n = h->state == HEAR_FREE ? -1 : overlap_n(h, ev);
		if (n > most ||
		    (n >= 0 && n == most && best && best->state == HEAR_DONE)) {
			most = n;
			best = h;
		}
	}
	if (!best)
		return hear_begin(c, MAX(ev->start_n, 0));
	return best->state == HEAR_DONE ? NULL : best;
}

static struct call_fx *segment(struct call *c, const struct hear *h,
			       int64_t end_n, struct sv text)
{
	struct call_fx *fx = fx_add(c, CALL_FX_SEGMENT);

	fx->seq = h->seq;
	fx->leg = CALL_LEG_CALLER;
	fx->start_ms = h->start_ms;
	fx->end_ms = MAX(h->start_ms, end_n / 8);
	fx->text = fx_keep(c, text_limit(text, CALL_TEXT_LEN));
	return fx;
}

void hear_segment(struct call *c, struct hear *h, const struct call_ev *ev)
{
	struct call_fx *fx = segment(c, h, h->end_n, ev->text);

	fx->rev = ++h->rev;
	fx->final = true;
	fx->unsure = ev->source == CALL_TEXT_NONE;
	h->shown = false;
}

/* What comes late of an utterance before this one is none of it. */
static void hear_show(struct call *c, struct hear *h, const struct call_ev *ev)
{
	if (ev->at_n <= h->start_n)
		return;
	segment(c, h, ev->at_n, ev->text);
	h->shown = true;
}

void hear_take_back(struct call *c, struct hear *h)
{
	if (h->shown)
		segment(c, h, h->end_n, SV(""));
	h->shown = false;
}

void hear_take_back_all(struct call *c)
{
	for (unsigned i = 0; i < CALL_HEARS; i++)
		hear_take_back(c, &c->hears[i]);
}

/* He only shows that he listens: no answer to what he has not heard yet. */
static bool means_nothing(const struct call *c, const struct hear *h,
			  struct sv text)
{
	if (h->tool)
		return text_is_assent(text);
	return h->unheard > MAY_BE_ANSWER && c->repeats < 3 &&
	       text_is_backchannel(text);
}

/* Adds the lines that only ask. */
static void add_doubts(char *alts, size_t size, struct sv more)
{
	size_t at = strlen(alts), len;
	const char *nl;

	for (; more.len; more.p += len, more.len -= len) {
		nl = memchr(more.p, '\n', more.len);
		len = nl ? (size_t)(nl - more.p) + 1 : more.len;
		if (*more.p != '?' || at + len + 2 > size)
			continue;
		if (at && alts[at - 1] != '\n')
			alts[at++] = '\n';
		memcpy(alts + at, more.p, len);
		at += len;
		alts[at] = '\0';
	}
}

/* Other readings belong to one utterance; several have doubts only. */
static void pend_lang(struct pend *p, const struct call_ev *ev)
{
	char before[sizeof(p->alts)];

	(void)sv_copy(p->lang, sizeof(p->lang), ev->lang);
	memcpy(before, p->alts, sizeof(before));
	(void)sv_copy(p->alts, sizeof(p->alts), p->n > 1 ? SV("") : ev->alts);
	add_doubts(p->alts, sizeof(p->alts), sv_str(before));
	if (p->n > 1)
		add_doubts(p->alts, sizeof(p->alts), ev->alts);
}

void pend_text(struct pend *p, const struct call_ev *ev)
{
	struct sv s = ev->text;

	if (p->len + 1 >= sizeof(p->text))
		return;
	if (p->n)
		p->text[p->len++] = ' ';
	s = text_limit(s, sizeof(p->text) - p->len);
	if (s.len)
		memcpy(p->text + p->len, s.p, s.len);
	p->len += s.len;
	p->from_list = ev->source == CALL_TEXT_LIST && !p->n;
	p->n++;
	pend_lang(p, ev);
}

/*
 * A text that is not sure: its best reading is worth a question. Behind texts
 * it has doubts only: their language and readings stay.
 */
static void pend_guess(struct pend *p, const struct call_ev *ev)
{
	p->unclear = true;
	(void)sv_copy(p->guess, sizeof(p->guess), ev->text);
	if (p->n)
		add_doubts(p->alts, sizeof(p->alts), ev->alts);
	else
		pend_lang(p, ev);
}

void hear_text(struct call *c, const struct call_ev *ev)
{
	struct hear *h = ev->at_n < ev->start_n ? NULL : hear_match(c, ev);

	if (!h) {
		c->ignored++;
		return;
	}
	if (h->state == HEAR_TALKING)
		h->end_n = MAX(h->start_n, ev->at_n);
	h->state = HEAR_DONE;
	if (ev->text.len)
		hear_segment(c, h, ev);
	else
		hear_take_back(c, h);
	if (model_on(c)) {
		model_text(c, h, ev);
		return;
	}
	if ((ev->source == CALL_TEXT_NONE || !ev->text.len) &&
	    c->state == TURN_WITHHELD) {
		if (!hear_any(c, HEAR_TALKING))
			turn_nodded(c); /* no words: a cough */
		return;
	}
	if (ev->source == CALL_TEXT_NONE || !ev->text.len)
		pend_guess(&c->pend, ev);
	else if (means_nothing(c, h, ev->text)) {
		turn_nodded(c);
		return;
	} else
		pend_text(&c->pend, ev);
	c->pend.end_n = MAX(c->pend.end_n, h->end_n);
}

/* What he says is shown, and decides whether we are silent for it. */
void hear_partial(struct call *c, const struct call_ev *ev)
{
	struct hear *h = hear_talking(c);

	if (!h || !ev->text.len || ev->source == CALL_TEXT_NONE) {
		c->ignored++;
		return;
	}
	hear_show(c, h, ev);
	if (model_on(c))
		return; /* it decides itself whether it is silent */
	if (means_nothing(c, h, ev->text)) {
		h->nodded = h->paused;
		if (h->nodded)
			turn_nodded(c);
	} else if (turn_interruptible(c)) {
		turn_interrupt(c);
	}
}

void hear_digit(struct call *c, char digit)
{
	if (c->pend.ndigits == CALL_DIGITS)
		c->ignored++;
	else
		c->pend.digits[c->pend.ndigits++] = digit;
}

/* First what he did not hear of our last words, then what he says. */
static size_t tell_cut(struct call *c)
{
	struct dialog_in in = {
		.kind = DIALOG_INTERRUPTED,
		.text = {c->said, c->said_len},
	};

	if (!c->cut)
		return 0;
	c->cut = false;
	return acts_ask(c, &in);
}

/*
 * After the goodbye the dialog may still answer; when it has nothing more to
 * say the goodbye stands. A dialog without a word for an interruption: we say
 * what was left.
 */
static void tell(struct call *c, struct dialog_in *in)
{
	char outcome[sizeof(c->outcome)];
	bool closing = c->outcome[0];
	size_t n;

	memcpy(outcome, c->outcome, sizeof(outcome));
	c->outcome[0] = '\0';
	n = tell_cut(c);
	c->said_len = 0;
	c->silences = 0;
	c->answer_since_us = c->now_us;
	n += acts_ask(c, in);
	if (closing && (!n || ++c->reopened > 3))
		memcpy(c->outcome, outcome, sizeof(outcome));
	if (!n && (closing || !c->outcome[0]))
		rest_say(c);
	else
		rest_drop(&c->rest);
}

bool hear_key(struct call *c, struct dialog_in *in)
{
	if (!c->pend.ndigits || say_protected(c))
		return false;
	if (say_pending(c))
		turn_interrupt(c);
	*in = (struct dialog_in){
		.kind = DIALOG_DTMF,
		.digit = c->pend.digits[0],
	};
	memmove(c->pend.digits, c->pend.digits + 1, --c->pend.ndigits);
	return true;
}

static bool deliver_digit(struct call *c)
{
	struct dialog_in in;

	if (!hear_key(c, &in))
		return false;
	c->repeats = 0;
	tell(c, &in);
	return true;
}

void pend_reset(struct pend *p)
{
	p->n = 0;
	p->len = 0;
	p->unclear = p->from_list = false;
	p->guess[0] = p->alts[0] = p->lang[0] = '\0';
	p->end_n = 0;
}

static bool deliver_text(struct call *c)
{
	struct dialog_in in = {
		.kind = c->pend.n ? DIALOG_TEXT : DIALOG_UNCLEAR,
		.text = c->pend.n ? (struct sv){c->pend.text, c->pend.len}
				  : sv_str(c->pend.guess),
		.alts = sv_str(c->pend.alts),
		.lang = sv_str(c->pend.lang),
		.from_list = c->pend.from_list,
	};

	if (say_pending(c))
		turn_interrupt(c);
	c->turn_end_n = c->pend.end_n;
	c->repeats = 0;
	tell(c, &in);
	pend_reset(&c->pend);
	return true;
}

bool hear_deliver(struct call *c)
{
	if (c->time_up_us)
		return false; /* the last word is said */
	if (model_on(c))
		return model_deliver(c);
	if (deliver_digit(c))
		return true;
	if (hear_any(c, HEAR_TALKING) || hear_any(c, HEAR_WAITING))
		return false;
	if (acts_tool_running(c))
		c->pend.unclear = false; /* of a noise: nothing was asked */
	if ((c->pend.n || c->pend.unclear) && !say_protected(c) &&
	    (c->barge != CALL_BARGE_OFF || !say_pending(c)))
		return deliver_text(c);
	if (acts_deliver_tool(c))
		return true;
	if (c->cut && !c->pend.n && !c->pend.unclear) {
		if (acts_tool_running(c))
			rest_drop(&c->rest); /* its result brings new words */
		rest_say(c);
		return true;
	}
	return false;
}
