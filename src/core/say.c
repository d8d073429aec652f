/*
 * Our utterances: asked of the voice, paced to the carrier, cut, begun again.
 */
#include "core/engine.h"

#include <stdlib.h>

struct utt *say_utt(struct call *c, unsigned i)
{
	return &c->utts[(c->first + i) % CALL_UTTS];
}

struct utt *say_find(struct call *c, uint32_t id)
{
	for (unsigned i = 0; i < c->nutts; i++)
		if (say_utt(c, i)->id == id)
			return say_utt(c, i);
	return NULL;
}

static void utt_free(struct utt *u)
{
	free(u->text);
	free(u->words);
	*u = (struct utt){0};
}

bool say_missing(const struct call *c)
{
	const struct utt *u;

	for (unsigned i = 0; i < c->nutts; i++) {
		u = &c->utts[(c->first + i) % CALL_UTTS];
		if (!u->complete || u->failed)
			return true;
	}
	return false;
}

struct utt *say_new(struct call *c, struct sv text, const struct manner *how)
{
	struct utt *u;

	CALL_CHECK(c, c->nutts < CALL_UTTS);
	if (c->nutts == CALL_UTTS)
		return NULL;
	u = say_utt(c, c->nutts);
	*u = (struct utt){
		.id = c->next_utt,
		.text = rest_copy(c, text),
		.len = text.len,
		.how = *how,
	};
	if (!u->text)
		return NULL;
	if (!say_missing(c)) /* from now on the voice can be late */
		c->voice_since_us = c->now_us;
	c->nutts++;
	c->next_utt++;
	return u;
}

static void say_now(struct call *c, struct sv text, const struct manner *how)
{
	struct utt *u = say_new(c, text, how);
	struct call_fx *fx;

	if (!u)
		return;
	fx = fx_add(c, CALL_FX_SAY);
	fx->utt = u->id;
	fx->text = fx_keep(c, text);
	fx->protect = how->protect;
	fx->lang = fx_keep(c, sv_str(how->lang));
}

void say_text(struct call *c, struct sv text, const struct manner *how)
{
	text = text_limit(text, CALL_TEXT_LEN);
	if (!text.len || c->gone)
		return;
	if (c->retry.n)
		rest_add(c, &c->retry, text, 0, how);
	else
		say_now(c, text, how);
}

/* Room for more words; the last ones of a long text get no place. */
static bool words_room(struct call *c, struct utt *u)
{
	size_t cap = u->words_cap ? 2 * u->words_cap : 32;
	struct call_word *v;

	if (u->nwords < u->words_cap)
		return true;
	if (cap > CALL_WORDS)
		return false;
	v = realloc(u->words, cap * sizeof(*v));
	CALL_CHECK(c, v);
	if (!v)
		return false;
	u->words = v;
	u->words_cap = cap;
	return true;
}

static void take_words(struct call *c, struct utt *u, const struct call_ev *ev)
{
	const struct call_word *w;

	for (size_t i = 0; i < ev->nwords; i++) {
		w = &ev->words[i];
		if ((size_t)w->off + w->len > u->len ||
		    (u->nwords && w->end_n < u->words[u->nwords - 1].end_n))
			continue; /* a voice that cannot count */
		if (words_room(c, u))
			u->words[u->nwords++] = *w;
	}
}

void say_ready(struct call *c, const struct call_ev *ev)
{
	struct utt *u = say_find(c, ev->utt);

	if (!u || u->complete || UINT32_MAX - u->ready_n < ev->n) {
		c->ignored++;
		return;
	}
	if (say_unsent_n(c) < 160) /* less than a frame: the pacer waited */
		ledger_restart(c);
	if (!say_unsent_n(c) || ev->last)
		c->send_since_us = c->now_us;
	u->ready_n += ev->n;
	take_words(c, u, ev);
	c->voice_since_us = c->now_us;
	u->failed = ev->err;
	u->complete = ev->last || ev->err;
	if (u->complete && !u->failed)
		c->voice_fails = 0;
}

void say_sent(struct call *c, const struct call_ev *ev)
{
	struct utt *u = say_find(c, ev->utt);
	struct call_fx *fx;

	if (!u || u->sent) {
		c->ignored++;
		return;
	}
	u->sent = true;
	if (c->turn_end_n >= 0) { /* before the segment that it belongs to */
		fx = fx_add(c, CALL_FX_TURN);
		fx->utt = u->id;
		fx->ended_us = c->start_us + c->turn_end_n * 125;
		fx->spoke_us = c->now_us;
		c->turn_end_n = -1;
	}
	ledger_sent(c, u);
}

static void add_said(struct call *c, const struct utt *u)
{
	size_t n = ledger_heard_len(u);

	if (!n || c->said_len + n + 1 > sizeof(c->said))
		return;
	if (c->said_len)
		c->said[c->said_len++] = ' ';
	memcpy(c->said + c->said_len, u->text, n);
	c->said_len += n;
}

/* Takes the head away for good. */
void say_drop_head(struct call *c)
{
	struct utt *u = say_utt(c, 0);

	add_said(c, u);
	if (u->sent)
		ledger_segment(c, u, true);
	utt_free(u);
	c->first = (c->first + 1) % CALL_UTTS;
	c->nutts--;
}

/* Only a mark says so: what was given up may not have been heard. */
static void announced(struct call *c, const struct utt *u)
{
	if (u->how.announce && u->ready_n && u->heard_n >= u->ready_n)
		fx_add(c, CALL_FX_CONSENT)->utt = u->id;
}

void say_done(struct call *c)
{
	if (say_utt(c, 0)->failed) {
		rest_failed(c, false);
		return;
	}
	announced(c, say_utt(c, 0));
	say_drop_head(c);
	c->voice_since_us = c->quiet_us = c->now_us;
}

bool say_pending(const struct call *c)
{
	return c->nutts || c->retry.n;
}

bool say_protected(const struct call *c)
{
	for (unsigned i = 0; i < c->nutts; i++)
		if (c->utts[(c->first + i) % CALL_UTTS].how.protect)
			return true;
	for (unsigned i = 0; i < c->retry.n; i++)
		if (c->retry.v[i].how.protect)
			return true;
	return false;
}

bool say_head_protected(const struct call *c)
{
	return c->nutts ? c->utts[c->first].how.protect
			: c->retry.n && c->retry.v[0].how.protect;
}

unsigned say_unheard_words(struct call *c)
{
	const struct utt *u;
	unsigned n = 0;
	size_t len;

	for (unsigned i = 0; i < c->nutts; i++) {
		u = say_utt(c, i);
		len = ledger_heard_len(u);
		n += text_words((struct sv){u->text + len, u->len - len});
	}
	return n;
}

uint32_t say_unheard_n(const struct call *c)
{
	const struct utt *u;
	uint32_t n = 0;

	for (unsigned i = 0; i < c->nutts; i++) {
		u = &c->utts[(c->first + i) % CALL_UTTS];
		n += u->ready_n - u->heard_n;
	}
	return n;
}

uint32_t say_unsent_n(const struct call *c)
{
	const struct utt *u;
	uint32_t n = 0;

	for (unsigned i = 0; i < c->nutts; i++) {
		u = &c->utts[(c->first + i) % CALL_UTTS];
		n += u->ready_n - u->sent_n;
	}
	return n;
}
