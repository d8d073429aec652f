/*
 * cards: what is heard passes here before the engine, the dialog or the
 * transcript see it. A card number that is said in pieces is noticed late: the
 * pieces that were stored already are stored again without it.
 */
#include "media/session.h"

bool cards_hear(struct cards *c, struct sv text, struct sv alts)
{
	bool masked;
	struct card_mask before = c->mask;
	size_t from = 0, end;

	(void)sv_copy(c->text, sizeof(c->text), text);
	card_mask(&c->mask, c->text);
	masked = !sv_eq((struct sv){text.p, MIN(text.len, sizeof(c->text) - 1)},
			c->text);
	c->alts[0] = '\0';
	while (from < alts.len) {
		struct sv line = {alts.p + from, alts.len - from};
		const char *nl = memchr(line.p, '\n', line.len);
		char reading[sizeof(c->text)];

		line.len = nl ? (size_t)(nl - line.p) : line.len;
		from += line.len + 1;
		(void)sv_copy(reading, sizeof(reading), line);
		card_mask_reading(&before, reading);
		end = strlen(c->alts);
		if (end)
			c->alts[end++] = '\n';
		(void)sv_copy(c->alts + end, sizeof(c->alts) - end,
			      sv_str(reading));
	}
	c->n++;
	c->kept[c->n % CARDS_KEPT].seq = 0; /* none yet */
	return masked;
}

void cards_keep(struct cards *c, const struct call_fx *fx)
{
	struct cards_kept *k = &c->kept[c->n % CARDS_KEPT];

	k->seq = fx->seq;
	k->rev = fx->rev;
	k->start_ms = fx->start_ms;
	k->end_ms = fx->end_ms;
	k->unsure = fx->unsure;
	(void)sv_copy(k->text, sizeof(k->text), fx->text);
}

void cards_back(struct session *s)
{
	struct cards *c = &s->cards;
	unsigned back = MIN((unsigned)c->mask.back, CARDS_KEPT - 1u);
	struct call_fx fx;

	for (; back && back < c->n; back--) {
		struct cards_kept *k = &c->kept[(c->n - back) % CARDS_KEPT];
		struct card_mask m = {.open = true};

		char was[sizeof(k->text)];

		if (!k->seq)
			continue;
		memcpy(was, k->text, sizeof(was));
		card_mask(&m, k->text);
		if (!strcmp(was, k->text))
			continue; /* nothing of it was said there */
		record_mute(s, k->start_ms * TEL_RATE_HZ / 1000,
			    k->end_ms * TEL_RATE_HZ / 1000);
		k->rev += CARDS_REV;
		fx = (struct call_fx){
			.kind = CALL_FX_SEGMENT,
			.leg = CALL_LEG_CALLER,
			.seq = k->seq,
			.rev = k->rev,
			.start_ms = k->start_ms,
			.end_ms = k->end_ms,
			.text = sv_str(k->text),
			.final = true,
			.unsure = k->unsure,
		};
		model_segment(s, &fx);
		store_segment(s, &fx);
	}
	c->mask.back = 0;
}
