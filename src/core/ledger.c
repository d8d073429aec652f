/*
 * What did the caller hear? A mark that comes back says: all before it. What
 * was played since is estimated by the clock, and every doubt goes against
 * us: nothing is played before it can have been sent, nothing counts behind a
 * mark that should have been back, nothing at all once a mark was given up. A
 * word is heard when its last sample was; no tolerance.
 *
 * A mark comes back later than its audio would end if the carrier were right
 * here: by the trip there and back, and by how long the carrier holds audio
 * before it plays. Mark 0, sent to an idle carrier, measures the trip alone;
 * the rest is the carrier's. A clear travels as the audio in front of it did,
 * so that for its position only what the carrier holds counts. Who hangs up
 * has heard nothing that his marks do not say: there the whole delay counts.
 * Of the last few measurements the worst for us is taken.
 */
#include "core/engine.h"

#define SAMPLE_US 125
#define FRAME_N 160 /* the pacer's */
#define MARK_GRACE_US 1000000
#define HELD_UP_US 30000 /* a mark may be so much later than others */
#define TRIPS_SURE 2
#define TRIP_USUAL_US 100000
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
	fx->heard_n = u->heard_n;
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
	c->ledger.broken = true;
}

static void recent_add(struct recent *r, int64_t us)
{
	r->us[r->n++ % ARRAY_LEN(r->us)] = us;
}

/* 0 when nothing was measured. */
static int64_t recent_pick(const struct recent *r, bool most)
{
	int64_t best = r->n ? r->us[0] : 0;

	for (size_t i = 1; i < MIN(r->n, ARRAY_LEN(r->us)); i++)
		best = most ? MAX(best, r->us[i]) : MIN(best, r->us[i]);
	return best;
}

/* The last frame of an utterance is filled with silence, which is played. */
static uint32_t pad_n(const struct utt *u, uint32_t pos_n)
{
	if (!u->complete || pos_n < u->ready_n)
		return 0;
	return (FRAME_N - pos_n % FRAME_N) % FRAME_N;
}

void ledger_marked(struct call *c, const struct call_ev *ev)
{
	struct utt *u = say_find(c, ev->utt);
	struct ledger *l = &c->ledger;
	uint32_t pos_n, len_n;

	if (ev->gen == l->gen && !ev->num) {
		/* idle only if all that it played was told */
		l->probe_us = l->n ? 0 : c->now_us;
		l->fresh = !l->n;
		return;
	}
	if (ev->gen != l->gen || !u ||
	    (l->n && ev->num <= stretch_at(c, l->n - 1)->num)) {
		c->ignored++;
		return;
	}
	if (l->n == CALL_MARKS) {
		stretch_pop(l);
		l->hole = true;
	}
	if (ev->idle) /* the voice was late: it was not sent before now */
		l->from_us = c->now_us;
	pos_n = MIN(ev->pos_n, u->ready_n);
	len_n = pos_n - MIN(pos_n, u->sent_n);
	if (l->from_us > l->over_us) { /* a gap, or the beginning */
		l->run++;
		l->fresh &= !u->sent_n;
	}
	l->over_us = MAX(l->over_us, l->from_us) +
		     (int64_t)(len_n + pad_n(u, pos_n)) * SAMPLE_US;
	*stretch_at(c, l->n++) = (struct stretch){
		.num = ev->num,
		.utt = u->id,
		.pos_n = pos_n,
		.len_n = len_n,
		.from_us = l->from_us,
		.over_us = l->over_us,
		.broken = l->broken,
		.fresh = l->fresh,
		.run = l->run,
	};
	l->broken = false;
	u->sent_n = MAX(u->sent_n, pos_n);
	u->ended = is_end(u, stretch_at(c, l->n - 1));
	l->from_us = c->now_us;
	c->send_since_us = c->now_us;
	c->send_stalled = false;
}

/* How late its mark is. After a gap only what came behind it tells. */
static void measure(struct call *c, const struct stretch *s)
{
	struct ledger *l = &c->ledger;
	int64_t us = c->now_us - s->over_us;

	if (s->broken)
		return;
	if (l->late_run != s->run)
		l->late.n = 0;
	l->late_run = s->run;
	recent_add(&l->late, us);
	if (s->fresh)
		recent_add(&l->idle, us);
}

/* The worst for us; before a mark of this run is back also of earlier ones. */
static int64_t late_us(const struct ledger *l)
{
	int64_t us = recent_pick(&l->late, true);

	if (l->n && l->marks[l->first].run != l->late_run)
		us = MAX(us, recent_pick(&l->idle, true));
	return us;
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

/*
 * Given up too early: it says how late marks are just now, and what was
 * heard. False: not one of those.
 */
static bool mark_after_all(struct call *c, const struct call_ev *ev)
{
	struct ledger *l = &c->ledger;
	struct stretch *s;
	struct utt *u;

	for (unsigned i = 0; i < MIN(l->nlost, CALL_LOST); i++) {
		s = &l->lost[i];
		if (ev->gen != l->gen || s->num != ev->num)
			continue;
		measure(c, s);
		u = say_find(c, s->utt);
		if (u)
			u->heard_n = MAX(u->heard_n, s->pos_n);
		l->anchor_us = c->now_us;
		l->hole = s != &l->lost[(l->nlost - 1) % CALL_LOST];
		s->num = 0;
		return true;
	}
	return false;
}

void ledger_mark(struct call *c, const struct call_ev *ev)
{
	struct ledger *l = &c->ledger;
	struct utt *u;
	unsigned i;

	if (ev->gen == l->gen && !ev->num && l->probe_us) {
		recent_add(&l->trip, c->now_us - l->probe_us);
		l->probe_us = 0;
		return;
	}
	for (i = 0; i < l->n && stretch_at(c, i)->num != ev->num; i++)
		;
	if (ev->gen != l->gen || i == l->n) {
		if (mark_after_all(c, ev))
			return;
		c->ignored++; /* returned by a clear: nobody heard it */
		return;
	}
	measure(c, stretch_at(c, i));
	l->anchor_us = c->now_us;
	l->hole = false;
	c->voice_since_us = c->now_us;
	for (i++; i && l->n; i--)
		take_mark(c);
	u = c->nutts ? say_utt(c, 0) : NULL;
	if (u && u->sent && u->heard_n && c->now_us - u->shown_us >= SHOWN_US)
		ledger_segment(c, u, false);
}

/* A mark that should be back is not: no more than up to it was played. */
static void estimate_held_up(struct call *c)
{
	const struct ledger *l = &c->ledger;
	const struct stretch *s = stretch_at(c, 0);
	struct utt *u = say_find(c, s->utt);
	int64_t n = (c->now_us - MAX(l->anchor_us, s->from_us)) / SAMPLE_US;

	if (!u)
		return;
	n = MIN(MAX(n, 0), (int64_t)s->len_n);
	u->heard_n = MAX(u->heard_n, s->pos_n - s->len_n + (uint32_t)n);
}

/* One probe may have met a network that stood still. */
static int64_t trip_us(const struct call *c)
{
	const struct recent *r = &c->ledger.trip;
	int64_t us = c->gone ? 0 : recent_pick(r, false);

	return r->n < TRIPS_SURE ? MIN(us, TRIP_USUAL_US) : us;
}

void ledger_estimate(struct call *c)
{
	struct ledger *l = &c->ledger;
	int64_t late = late_us(l), at_us, left_n;
	const struct stretch *s;
	struct utt *u;

	if (!l->n || l->hole || !l->late.n)
		return;
	if (l->probe_us &&
	    c->now_us > l->probe_us + recent_pick(&l->trip, true) + HELD_UP_US)
		return; /* nothing reaches the carrier just now */
	if (c->now_us > stretch_at(c, 0)->over_us + late + HELD_UP_US) {
		estimate_held_up(c);
		return;
	}
	at_us = c->now_us - MAX(late - trip_us(c), 0) -
		(recent_pick(&l->late, true) - recent_pick(&l->late, false)) /
			2; /* jitter */
	for (unsigned i = 0; i < l->n; i++) {
		s = stretch_at(c, i);
		u = say_find(c, s->utt);
		left_n = MAX((s->over_us - at_us) / SAMPLE_US, 0);
		if (!u || left_n >= s->len_n)
			return;
		u->heard_n = MAX(u->heard_n, s->pos_n - (uint32_t)left_n);
	}
}

int64_t ledger_due_us(const struct call *c)
{
	const struct ledger *l = &c->ledger;

	if (!l->n)
		return INT64_MAX;
	return l->marks[l->first].over_us + MAX(late_us(l), 0) + MARK_GRACE_US;
}

void ledger_give_up(struct call *c)
{
	struct stretch s = *stretch_at(c, 0);
	struct utt *u = say_find(c, s.utt);

	stretch_pop(&c->ledger);
	c->ledger.hole = true;
	c->ledger.lost[c->ledger.nlost++ % CALL_LOST] = s;
	while (u && is_end(u, &s) && say_find(c, s.utt))
		say_done(c);
}

void ledger_clear(struct call *c)
{
	c->ledger.gen++;
	c->ledger.n = 0;
	c->ledger.hole = false;
	c->ledger.nlost = 0;
	c->ledger.over_us = 0;
	c->ledger.probe_us = 0;
}
