/*
 * Our utterances: asked of the voice, paced to the carrier, cut, begun again.
 */
#include "core/engine.h"

#include <stdlib.h>

#define REPEATS 3 /* of what was cut, without a word between */

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

static char *text_copy(struct call *c, struct sv s)
{
	char *p = malloc(s.len + 1);

	CALL_CHECK(c, p);
	if (p)
		(void)sv_copy(p, s.len + 1, s);
	return p;
}

void say_text(struct call *c, struct sv text, bool protect)
{
	struct call_fx *fx;
	struct utt *u;

	text = text_limit(text, CALL_TEXT_LEN);
	CALL_CHECK(c, c->nutts < CALL_UTTS);
	if (!text.len || c->nutts == CALL_UTTS)
		return;
	u = say_utt(c, c->nutts);
	*u = (struct utt){
		.id = c->next_utt,
		.text = text_copy(c, text),
		.len = text.len,
		.protect = protect,
	};
	if (!u->text)
		return;
	if (!c->nutts)
		c->voice_since_us = c->now_us;
	c->nutts++;
	c->next_utt++;
	fx = fx_add(c, CALL_FX_SAY);
	fx->utt = u->id;
	fx->text = fx_keep(c, text);
	fx->protect = protect;
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
	if (say_unsent_n(c) < 2400) /* the pacer may have waited for this */
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
	ledger_sent(c, u);
	if (c->turn_end_n < 0)
		return;
	fx = fx_add(c, CALL_FX_TURN);
	fx->utt = u->id;
	fx->ended_us = c->start_us + c->turn_end_n * 125;
	fx->spoke_us = c->now_us;
	c->turn_end_n = -1;
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
static void head_drop(struct call *c)
{
	struct utt *u = say_utt(c, 0);

	add_said(c, u);
	if (u->sent)
		ledger_segment(c, u, true);
	utt_free(u);
	c->first = (c->first + 1) % CALL_UTTS;
	c->nutts--;
}

void say_done(struct call *c)
{
	if (say_utt(c, 0)->failed) {
		say_failed(c, false);
		return;
	}
	head_drop(c);
	c->voice_since_us = c->quiet_us = c->now_us;
}

bool say_protected(struct call *c)
{
	for (unsigned i = 0; i < c->nutts; i++)
		if (say_utt(c, i)->protect)
			return true;
	return false;
}

void say_rest_free(struct rest *r)
{
	free(r->text);
	*r = (struct rest){0};
}

void say_drop_rest(struct call *c)
{
	while (c->nrest)
		say_rest_free(&c->rest[--c->nrest]);
}

void say_cut(struct call *c)
{
	struct call_fx *fx;
	struct utt *u;
	size_t off;

	ledger_estimate(c);
	say_drop_rest(c);
	while (c->nutts) {
		u = say_utt(c, 0);
		off = text_restart((struct sv){u->text, u->len},
				   ledger_heard_len(u));
		if (off < u->len) {
			struct rest *r = &c->rest[c->nrest++];

			*r = (struct rest){
				.text = text_copy(c,
						  (struct sv){u->text, u->len}),
				.len = u->len,
				.off = off,
				.protect = u->protect,
			};
			if (!r->text)
				c->nrest--;
		}
		head_drop(c);
	}
	c->quiet_us = c->now_us;
	turn_unhold(c); /* a clear drops what was withheld, too */
	ledger_clear(c);
	fx = fx_add(c, CALL_FX_CLEAR);
	fx->utt = c->next_utt - 1;
	fx->gen = c->ledger.gen;
}

/* Says rest i again; its text stays until say_drop_rest(). */
static void say_again(struct call *c, unsigned i)
{
	const struct rest *r = &c->rest[i];

	say_text(c, (struct sv){r->text + r->off, r->len - r->off}, r->protect);
}

void say_rest(struct call *c)
{
	c->cut = false;
	if (++c->repeats <= REPEATS)
		for (unsigned i = 0; i < c->nrest; i++)
			say_again(c, i);
	say_drop_rest(c);
}

/*
 * The first failure: the same again, with a voice that may have come back.
 * The second: that utterance is given up; the others get a try, unless the
 * caller has already waited for two deadlines. Without a voice nothing polite
 * can be said: the carrier goes on with its next verb.
 */
void say_failed(struct call *c, bool timed_out)
{
	struct call_fx *fx = fx_add(c, CALL_FX_STALL);
	unsigned from = 0;

	fx->name = SV("voice");
	c->voice_fails++;
	say_cut(c);
	if (!c->nrest)
		return; /* all was heard: only its end is missing */
	if (c->voice_fails > 1)
		from = 1;
	if (c->voice_fails > 2 || (from && (timed_out || c->nrest < 2))) {
		turn_hangup(c, "voice_lost");
		return;
	}
	for (unsigned i = from; i < c->nrest; i++)
		say_again(c, i);
	say_drop_rest(c);
	c->voice_since_us = c->now_us;
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
