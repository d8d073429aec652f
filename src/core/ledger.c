/*
 * What did the caller hear? A mark that comes back says: all before it. What
 * was played since is estimated by the clock, and every doubt goes against
 * us: nothing is played before it can have been sent, nothing counts behind
 * the next mark that is still out, nothing at all once a mark was given up.
 * A word is heard when its last sample was; no tolerance.
 *
 * The estimate holds for a clear: what was sent and the clear behind it take
 * the same way, so that the network's delay cancels out. When the caller is
 * gone nothing is behind what we sent: then only marks count.
 */
#include "core/engine.h"

#define SAMPLE_US 125
#define MARK_GRACE_US 1000000
#define SHOWN_US 1000000 /* between two rows of what was heard */

static struct stretch *stretch_at(struct call *c, unsigned i)
{
	return &c->ledger.marks[(c->ledger.first + i) % CALL_MARKS];
}

static void stretch_pop(struct ledger *l)
{
	l->first = (l->first + 1) % CALL_MARKS;
	l->n--;
}

static bool is_end(const struct utt *u, const struct stretch *s)
{
	return u->complete && s->pos_n >= u->ready_n;
}

/* Words with places when the voice gives them, else an even flow of text. */
size_t ledger_heard_len(const struct utt *u)
{
	const struct call_word *w;
	struct sv text = {u->text, u->len};
	size_t len;

	if (u->complete && !u->failed && u->heard_n >= u->ready_n)
		return u->len;
	if (u->item)
		return model_heard_len(u);
	for (size_t i = u->nwords; i--;) {
		w = &u->words[i];
		if (w->end_n <= u->heard_n)
			return i + 1 == u->nwords && u->complete && !u->failed
				       ? u->len
				       : (size_t)w->off + w->len;
	}
	if (u->nwords || !u->heard_n)
		return 0;
	len = u->complete && !u->failed
		      ? (size_t)((uint64_t)u->len * u->heard_n / u->ready_n)
		      : u->heard_n / 800; /* a slow speaker */
	return text_limit(text, MIN(len, u->len)).len;
}

void ledger_segment(struct call *c, struct utt *u, bool final)
{
	int64_t now_ms = (c->now_us - c->start_us) / 1000;
	struct sv heard = {u->text, ledger_heard_len(u)};
	struct call_fx *fx = fx_add(c, CALL_FX_SEGMENT);

	fx->utt = u->id;
	fx->seq = u->seq;
	fx->rev = ++u->rev;
	fx->leg = CALL_LEG_ASSISTANT;
	fx->start_ms = u->start_ms;
	fx->end_ms =
		MAX(u->start_ms, final ? now_ms : u->start_ms + u->heard_n / 8);
	fx->text = fx_keep(c, (struct sv){u->text, u->len});
	fx->heard = fx_keep(c, heard);
	fx->final = final;
	u->shown_us = c->now_us;
}

void ledger_sent(struct call *c, struct utt *u)
{
	c->ledger.from_us = MAX(c->ledger.from_us, c->now_us);
	u->start_ms = (c->now_us - c->start_us) / 1000;
	u->seq = fx_seq(c, &u->start_ms);
	ledger_segment(c, u, false);
}

void ledger_restart(struct call *c)
{
	c->ledger.from_us = c->now_us;
}

void ledger_marked(struct call *c, const struct call_ev *ev)
{
	struct utt *u = say_find(c, ev->utt);
	struct ledger *l = &c->ledger;
	uint32_t pos_n;

	if (ev->gen != l->gen || !u ||
	    (l->n && ev->num <= stretch_at(c, l->n - 1)->num)) {
		c->ignored++;
		return;
	}
	if (l->n == CALL_MARKS) {
		stretch_pop(l);
		l->hole = true;
	}
	pos_n = MIN(ev->pos_n, u->ready_n);
	*stretch_at(c, l->n++) = (struct stretch){
		.num = ev->num,
		.utt = u->id,
		.pos_n = pos_n,
		.len_n = pos_n - MIN(pos_n, u->sent_n),
		.from_us = l->from_us,
	};
	u->sent_n = MAX(u->sent_n, pos_n);
	u->ended = is_end(u, stretch_at(c, l->n - 1));
	l->from_us = c->now_us;
	c->send_since_us = c->now_us;
	c->send_stalled = false;
}

/* Takes the stretch off and believes it. */
static void take_mark(struct call *c)
{
	struct stretch s = *stretch_at(c, 0);
	struct utt *u = say_find(c, s.utt);

	stretch_pop(&c->ledger);
	if (!u)
		return;
	u->heard_n = MAX(u->heard_n, s.pos_n);
	if (!is_end(u, &s))
		return;
	while (say_find(c, s.utt) && say_utt(c, 0)->id != s.utt)
		say_done(c); /* its own end mark got lost */
	if (say_find(c, s.utt))
		say_done(c);
}

void ledger_mark(struct call *c, const struct call_ev *ev)
{
	struct ledger *l = &c->ledger;
	struct utt *u;
	unsigned i;

	for (i = 0; i < l->n && stretch_at(c, i)->num != ev->num; i++)
		;
	if (ev->gen != l->gen || i == l->n) {
		c->ignored++; /* returned by a clear: nobody heard it */
		return;
	}
	l->anchor_us = c->now_us;
	l->hole = false;
	c->voice_since_us = c->now_us;
	for (i++; i && l->n; i--)
		take_mark(c);
	u = c->nutts ? say_utt(c, 0) : NULL;
	if (u && u->sent && u->heard_n && c->now_us - u->shown_us >= SHOWN_US)
		ledger_segment(c, u, false);
}

void ledger_estimate(struct call *c)
{
	struct ledger *l = &c->ledger;
	const struct stretch *s = stretch_at(c, 0);
	struct utt *u = l->n && !l->hole ? say_find(c, s->utt) : NULL;
	int64_t played_n;

	if (!u)
		return;
	played_n = (c->now_us - MAX(l->anchor_us, s->from_us)) / SAMPLE_US;
	played_n = MIN(MAX(played_n, 0), (int64_t)s->len_n);
	u->heard_n = MAX(u->heard_n, s->pos_n - s->len_n + (uint32_t)played_n);
}

int64_t ledger_due_us(const struct call *c)
{
	const struct ledger *l = &c->ledger;
	const struct stretch *s = &l->marks[l->first];

	if (!l->n)
		return INT64_MAX;
	return MAX(l->anchor_us, s->from_us) + (int64_t)s->len_n * SAMPLE_US +
	       MARK_GRACE_US;
}

void ledger_give_up(struct call *c)
{
	struct stretch s = *stretch_at(c, 0);
	struct utt *u = say_find(c, s.utt);

	stretch_pop(&c->ledger);
	c->ledger.hole = true;
	c->ledger.anchor_us = c->now_us - MARK_GRACE_US;
	while (u && is_end(u, &s) && say_find(c, s.utt))
		say_done(c);
}

void ledger_clear(struct call *c)
{
	c->ledger.gen++;
	c->ledger.n = 0;
	c->ledger.hole = false;
}
