/*
 * What is left to say: of speech that was interrupted (c->rest: said again
 * when nobody had anything to say) and of speech that the voice failed to
 * give (c->retry: said again when the voice may be back).
 */
#include "core/engine.h"

#include <stdlib.h>

#define REPEATS 3	 /* of what was cut, without a word between */
#define VOICE_US 1500000 /* a voice that is silent so long has failed */
#define RETRY_US 400000
#define LOST_US 3000000

char *rest_copy(struct call *c, struct sv s)
{
	char *p = malloc(s.len + 1);

	CALL_CHECK(c, p);
	if (p)
		(void)sv_copy(p, s.len + 1, s);
	return p;
}

void rest_add(struct call *c, struct rests *l, struct sv text, size_t off,
	      const struct manner *how)
{
	struct rest *r = &l->v[l->n];

	CALL_CHECK(c, l->n < CALL_UTTS);
	if (l->n == CALL_UTTS)
		return;
	*r = (struct rest){.text = rest_copy(c, text),
			   .len = text.len,
			   .off = off,
			   .how = *how};
	l->n += r->text != NULL;
}

void rest_drop(struct rests *l)
{
	while (l->n)
		free(l->v[--l->n].text);
}

static void drop_first(struct rests *l)
{
	free(l->v[0].text);
	memmove(l->v, l->v + 1, --l->n * sizeof(l->v[0]));
}

void rest_cut(struct call *c, struct rests *l)
{
	struct call_fx *fx;
	struct utt *u;
	size_t off;

	ledger_estimate(c);
	rest_drop(l);
	while (c->nutts) {
		u = say_utt(c, 0);
		if (u->item) { /* the model knows what was left to say */
			fx = fx_add(c, CALL_FX_CUT);
			fx->item = u->item;
			fx->heard_n = u->heard_n;
			c->model.owes = true;
			say_drop_head(c);
			continue;
		}
		off = text_restart((struct sv){u->text, u->len},
				   ledger_heard_len(u));
		if (off < u->len)
			rest_add(c, l, (struct sv){u->text, u->len}, off,
				 &u->how);
		say_drop_head(c);
	}
	c->quiet_us = c->now_us;
	turn_unhold(c); /* a clear drops what was withheld, too */
	ledger_clear(c);
	fx = fx_add(c, CALL_FX_CLEAR);
	fx->utt = c->next_utt - 1;
	fx->gen = c->ledger.gen;
}

/* Empties l into the voice. */
static void say_all(struct call *c, struct rests *l)
{
	struct rests all = *l;
	const struct rest *r;

	l->n = 0;
	for (unsigned i = 0; i < all.n; i++) {
		r = &all.v[i];
		say_text(c, (struct sv){r->text + r->off, r->len - r->off},
			 &r->how);
	}
	rest_drop(&all);
}

void rest_protected(struct call *c)
{
	struct rests keep = {.n = 0}, again = {.n = 0};

	for (unsigned i = 0; i < c->rest.n; i++)
		if (c->rest.v[i].how.protect)
			again.v[again.n++] = c->rest.v[i];
		else
			keep.v[keep.n++] = c->rest.v[i];
	c->rest = keep;
	say_all(c, &again);
}

void rest_say(struct call *c)
{
	c->cut = false;
	if (++c->repeats <= REPEATS)
		say_all(c, &c->rest);
	rest_drop(&c->rest);
}

/*
 * The voice is asked again after a moment: its process may be starting anew.
 * An utterance that fails three times is left out when there are others. After
 * three seconds without a voice nothing polite can be said any more: we hang
 * up and the carrier goes on with its next verb.
 */
void rest_failed(struct call *c, bool timed_out)
{
	fx_add(c, CALL_FX_STALL)->name = SV("voice");
	if (model_failed(c))
		return;
	if (!c->voice_fails++)
		c->fail_us = c->now_us - (timed_out ? VOICE_US : 0);
	rest_cut(c, &c->retry);
	if (!c->retry.n)
		return; /* all was heard: only its end is missing */
	if (c->now_us - c->fail_us >= LOST_US) {
		turn_hangup(c, "voice_lost");
		return;
	}
	if (c->voice_fails >= 3 && c->retry.n > 1)
		drop_first(&c->retry);
	c->retry_us = c->now_us + (timed_out ? 0 : RETRY_US);
}

void rest_retry(struct call *c)
{
	say_all(c, &c->retry);
	c->voice_since_us = c->now_us;
}
