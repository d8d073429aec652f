#include "dialog/es.h"

#include <stdio.h>

struct digits {
	char d[24];
	size_t n;
};

static void put(struct digits *ds, const char *s, size_t n)
{
	for (size_t i = 0; i < n && ds->n + 1 < sizeof(ds->d); i++)
		ds->d[ds->n++] = s[i];
	ds->d[ds->n] = '\0';
}

/* One word of a number that is said aloud; words used. */
static size_t word(struct digits *ds, const struct nlu_text *t, size_t i)
{
	char s[8];
	int v, len, times = 1;
	bool ord;
	size_t from = i, n;

	if (nlu_in(t, i, "doble triple")) {
		times = nlu_is(t, i, "doble") ? 2 : 3;
		i++;
	} else if (nlu_match_at(t, i, "dos|tres veces")) {
		times = nlu_is(t, i, "dos") ? 2 : 3;
		i += 2;
	}
	if (i < t->n && t->v[i].figures && !t->v[i].ord) {
		for (; times; times--)
			put(ds, t->v[i].w.p, t->v[i].w.len);
		return i + 1 - from;
	}
	if (nlu_in(t, i, "o") && ds->n) {
		put(ds, "0", 1);
		return 1;
	}
	if (nlu_in(t, i, "un una"))
		return 0;
	n = nlu_number(t, i, &v, &ord);
	if (!n || ord || v > 999)
		return 0;
	len = snprintf(s, sizeof(s), "%d", v);
	for (; times && len > 0; times--)
		put(ds, s, (size_t)len);
	return i + n - from;
}

enum nlu_phone es_phone(struct nlu_phone_no *out, const struct nlu_text *t)
{
	struct digits best = {{0}, 0};
	bool plus = false;
	size_t i = 0;

	*out = (struct nlu_phone_no){.digits = 0};
	while (i < t->n) {
		struct digits run = {{0}, 0};
		size_t n, from = i;

		while ((n = word(&run, t, i)) ||
		       (run.n && i < t->n &&
			nlu_in(t, i,
			       "codigo de area y guion luego despues "
			       "el es numero eh este")))
			i += n ? n : 1;
		if (run.n > best.n) {
			best = run;
			plus = from && nlu_in(t, from - 1, "mas plus");
		}
		i += i == from;
	}
	out->digits = best.n;
	if (!best.n)
		return NLU_PHONE_NONE;
	if (best.n == 10 && best.d[0] >= '2') {
		snprintf(out->e164, sizeof(out->e164), "+1%.10s", best.d);
		return NLU_PHONE_OK;
	}
	if ((best.n == 11 && best.d[0] == '1') ||
	    (plus && best.n >= 8 && best.n <= 15)) {
		snprintf(out->e164, sizeof(out->e164), "+%.15s", best.d);
		return NLU_PHONE_OK;
	}
	return best.n >= 4 ? NLU_PHONE_PART : NLU_PHONE_NONE;
}
