#include "behave.h"

#include <stdlib.h>

#define MS_N (TEL_RATE_HZ / 1000)
#define KEY_EVERY_N (300 * MS_N)

int behave_init(struct behave *b, struct caller *c, bool mute)
{
	*b = (struct behave){.mute = mute,
			     .list = c->turns,
			     .nlist = c->nturns,
			     .onset_n = -1};
	if (c->nanswers) {
		b->used = calloc(c->nanswers, sizeof(*b->used));
		if (!b->used)
			return -ENOMEM;
	}
	b->c = caller_ref(c);
	return 0;
}

void behave_fini(struct behave *b)
{
	free(b->used);
	b->used = NULL;
	b->c = caller_unref(b->c);
}

bool behave_done(const struct behave *b)
{
	return b->at >= b->nlist && !b->speaking && !b->keys;
}

static const struct turn *next_turn(const struct behave *b)
{
	return b->at < b->nlist ? &b->list[b->at] : NULL;
}

static void turn_over(struct behave *b, int64_t now_n)
{
	b->since_n = now_n;
	b->onset_n = -1;
	b->ready_n = now_n;
}

/* Is it the moment for t? */
static bool due(struct behave *b, const struct turn *t, const struct measure *m)
{
	int64_t now = m->now_n, silent_ms;

	if (t->kind == TURN_SILENT)
		return true;
	/* An answer begins at once and goes on after a breath. */
	if (b->answering && t->when != WHEN_INTERRUPT)
		return !b->at || now - b->since_n >= 400 * MS_N;
	if (t->when == WHEN_TURN)
		return now - MAX(b->since_n, b->ready_n) >=
		       (int64_t)t->when_ms * MS_N;
	if (m->far_last_n <= b->since_n)
		return false;
	silent_ms = (now - m->far_last_n) / MS_N;
	if (t->when == WHEN_REPLY)
		return silent_ms >= t->when_ms;
	if (silent_ms >= b->c->pause_ms) {
		b->missed++; /* it stopped before: an ordinary turn then */
		if (b->answering)
			b->at = b->nlist; /* or something else was asked */
		return !b->answering;
	}
	return m->far_on && now - b->onset_n >= (int64_t)t->when_ms * MS_N;
}

static void start(struct behave *b, const struct turn *t, int64_t now_n,
		  struct behave_out *out)
{
	b->at++;
	switch (t->kind) {
	case TURN_SAY:
		b->speaking = t;
		b->spoken_n = 0;
		out->begins = t;
		out->at_n = now_n;
		break;
	case TURN_SILENT:
		/* measured from when it became the next turn */
		b->said++;
		turn_over(b, now_n);
		break;
	case TURN_PRESS:
		b->keys = t->digits;
		b->key_n = now_n;
		break;
	case TURN_HANGUP:
		b->said++;
		out->why = BEHAVE_HANGUP;
		break;
	}
}

static void speak(struct behave *b, const struct measure *m,
		  struct behave_out *out)
{
	const struct pcm *p = &b->speaking->utter.pcm;
	size_t n = MIN(p->n - b->spoken_n, (size_t)TEL_FRAME_N);

	if (!b->mute)
		memcpy(out->near, p->s + b->spoken_n, n * sizeof(*p->s));
	out->speaks = !b->mute;
	b->spoken_n += n;
	if (b->spoken_n < p->n)
		return;
	out->ends = b->speaking;
	out->at_n = m->now_n + (int64_t)n;
	b->speaking = NULL;
	b->said++;
	turn_over(b, out->at_n);
}

static void press(struct behave *b, int64_t now_n, struct behave_out *out)
{
	if (now_n < b->key_n)
		return;
	out->digit = *b->keys++;
	b->key_n = now_n + KEY_EVERY_N;
	if (*b->keys)
		return;
	b->keys = NULL;
	b->said++;
	turn_over(b, now_n);
}

/* Nobody to wait for, or nobody who says a word. */
static enum behave_why give_up(const struct behave *b, const struct measure *m)
{
	int64_t from_n = MAX(b->since_n, MAX(m->far_last_n, b->ready_n));
	int64_t waited_ms = (m->now_n - from_n) / MS_N;

	if (m->far_on)
		return BEHAVE_ON;
	if (!next_turn(b) && !b->c->nanswers)
		return waited_ms >= b->c->linger_ms ? BEHAVE_LINGERED
						    : BEHAVE_ON;
	if (next_turn(b) && next_turn(b)->kind == TURN_SILENT)
		return BEHAVE_ON;
	if (b->nothing_fits && waited_ms >= b->c->linger_ms)
		return BEHAVE_LINGERED;
	return waited_ms >= b->c->patience_ms ? BEHAVE_IMPATIENT : BEHAVE_ON;
}

/* Listening: the assistant has finished; what did it say? */
static void listen(struct behave *b, const struct measure *m,
		   struct behave_out *out)
{
	int64_t silent_ms = (m->now_n - m->far_last_n) / MS_N;

	if (b->asked || m->far_last_n <= b->since_n ||
	    silent_ms < b->c->pause_ms)
		return;
	b->asked = true;
	b->asked_n = m->far_last_n;
	out->ask = true;
	out->from_n = b->onset_n;
	out->to_n = m->far_last_n;
}

void behave_tick(struct behave *b, const struct measure *m, bool attentive,
		 struct behave_out *out)
{
	const struct turn *t = next_turn(b);

	*out = (struct behave_out){.why = BEHAVE_ON};
	if (b->onset_n < 0 && m->far_last_n > b->since_n)
		b->onset_n =
			b->more ? b->since_n : MAX(m->far_onset_n, b->since_n);
	if (!attentive) {
		b->ready_n = m->now_n;
	} else if (b->speaking) {
		speak(b, m, out);
	} else if (b->keys) {
		press(b, m->now_n, out);
	} else if (t && t->kind == TURN_SILENT) {
		if (m->now_n - b->ready_n >= (int64_t)t->ms * MS_N)
			start(b, t, m->now_n, out);
	} else if (t && due(b, t, m)) {
		start(b, t, m->now_n, out);
		if (b->speaking)
			speak(b, m, out);
		else if (b->keys)
			press(b, m->now_n, out);
		if (out->begins)
			out->at_n = m->now_n;
	} else if (!t && b->c->nanswers) {
		listen(b, m, out);
		out->why = give_up(b, m);
	} else {
		out->why = give_up(b, m);
	}
	b->why = out->why;
}

int behave_heard(struct behave *b, const char *text, int64_t now_n)
{
	b->asked = false;
	b->nothing_fits = true;
	b->more = false;
	turn_over(b, now_n);
	for (size_t i = 0; i < b->c->nanswers; i++) {
		const struct answer *a = &b->c->answers[i];

		if (a->max && b->used[i] >= a->max)
			continue;
		if (a->hears && regexec(&a->re, text, 0, NULL, 0))
			continue;
		b->used[i]++;
		b->nothing_fits = false;
		b->answering = true;
		b->list = a->does;
		b->nlist = a->ndoes;
		b->at = 0;
		return (int)i;
	}
	/* it was no question for us: perhaps the next sentence is one */
	b->since_n = b->asked_n;
	b->more = true;
	return -1;
}
