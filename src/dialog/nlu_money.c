/* Sums of money, as people say what they would like to spend. */
#include <ctype.h>

#include "dialog/es.h"

struct sum {
	int64_t cents;
	bool scaled;   /* "thousand", "million", "k" was said */
	bool currency; /* "$", "dollars", "bucks" */
	int64_t scale; /* … which; 1 without */
};

/* Figures with their commas: "1,200", "350,000". Words used. */
static size_t figures_at(const struct nlu_text *t, size_t i, int64_t *value)
{
	size_t from = i;

	if (i >= t->n || !t->v[i].figures || t->v[i].ord || t->v[i].w.len > 9)
		return 0;
	*value = 0;
	for (size_t k = 0; k < t->v[i].w.len; k++) {
		if (!isdigit((unsigned char)t->v[i].w.p[k]))
			return 0;
		*value = *value * 10 + (t->v[i].w.p[k] - '0');
	}
	i++;
	while (i < t->n && t->v[i].figures && t->v[i].w.len == 3 &&
	       t->v[i].sep == ',' && t->v[i].num >= 0 && *value < 1000000) {
		*value = *value * 1000 + t->v[i].num;
		i++;
	}
	return i - from;
}

/* "three fifty", "two hundred fifty", "eighteen hundred", "forty". */
static size_t words_at(const struct nlu_text *t, size_t i, int64_t *value)
{
	size_t from = i, n;
	bool ord;
	int v, w;

	if (nlu_is(t, i, "a") && nlu_in(t, i + 1, "hundred thousand million")) {
		v = 1;
		i++;
	} else {
		n = nlu_number(t, i, &v, &ord);
		if (!n || ord || t->v[i].figures)
			return 0;
		i += n;
	}
	if (nlu_is(t, i, "hundred") && v < 100) {
		v *= 100;
		i++;
	}
	n = nlu_number(t, i + nlu_is(t, i, "and"), &w, &ord);
	/* "three fifty" is 350; "three hundred (and) fifty", too */
	if (n && !ord && w >= 10 && w < 100 && v && v % 100 == 0 && v >= 100) {
		i += n + nlu_is(t, i, "and");
		v += w;
	} else if (n && !ord && w >= 10 && w < 100 && v && v < 10 &&
		   t->v[i].sep == ' ' && !nlu_is(t, i, "and")) {
		i += n;
		v = v * 100 + w;
	}
	*value = v;
	return i - from;
}

static int64_t scale_at(const struct nlu_text *t, size_t i)
{
	if (nlu_in(t, i, "thousand k grand thousands"))
		return 1000;
	if (nlu_in(t, i, "million millions mil mill"))
		return 1000000;
	return nlu_is(t, i, "hundred") ? 100 : 1;
}

/* "point two", ".5", "and a half" behind a number, in tenths of millionths. */
static size_t fraction_at(const struct nlu_text *t, size_t i, int64_t *micro)
{
	size_t n = 0;
	int64_t unit = 100000;

	*micro = 0;
	if (nlu_match_at(t, i, "and a half")) {
		*micro = 500000;
		return 3;
	}
	if (nlu_in(t, i, "point dot"))
		n = 1;
	else if (i >= t->n || t->v[i].sep != '.' || !t->v[i].figures)
		return 0;
	for (; i + n < t->n && t->v[i + n].num >= 0 && unit; n++) {
		const struct nlu_word *w = &t->v[i + n];

		if (w->figures) {
			for (size_t k = 0; k < w->w.len && unit; k++) {
				*micro += (w->w.p[k] - '0') * unit;
				unit /= 10;
			}
			n++;
			break;
		}
		if (w->num > 9) { /* "one point twenty five" */
			*micro += w->num * unit / 10;
			unit /= 100;
			continue;
		}
		*micro += w->num * unit;
		unit /= 10;
	}
	return n > (size_t)nlu_in(t, i, "point dot") ? n : 0;
}

/* One sum at word i: words used. */
static size_t sum_at(struct sum *s, const struct nlu_text *t, size_t i)
{
	size_t from = i, n, f;
	int64_t value = 0, micro = 0;

	*s = (struct sum){.scale = 1};
	if (nlu_match_at(t, i, "half a million")) {
		*s = (struct sum){50000000, true, false, 1000000};
		i += 3;
	} else if (nlu_match_at(t, i, "a quarter million") ||
		   nlu_match_at(t, i, "quarter of? a? million")) {
		*s = (struct sum){25000000, true, false, 1000000};
		while (!nlu_in(t, i, "million"))
			i++;
		i++;
	} else {
		if (i >= t->n)
			return 0;
		n = figures_at(t, i, &value);
		s->currency = t->v[i].sep == '$';
		if (!n)
			n = words_at(t, i, &value);
		if (!n)
			return 0;
		i += n;
		f = fraction_at(t, i, &micro);
		i += f;
		s->scale = scale_at(t, i);
		s->scaled = s->scale > 1;
		i += s->scaled;
		if (s->scaled && s->scale > 100 &&
		    nlu_match_at(t, i, "and a half")) {
			micro += 500000;
			i += 3;
		}
		s->cents = value * s->scale * 100 + micro * s->scale / 10000;
		/* "two hundred fifty thousand": more of it behind */
		if (s->scale == 100 && scale_at(t, i) > 100) {
			s->cents *= scale_at(t, i);
			s->scale = scale_at(t, i);
			i++;
		}
	}
	if (nlu_in(t, i, "dollars dollar bucks usd")) {
		s->currency = true;
		i++;
	}
	return i - from;
}

/* What stands before a sum. */
enum edge { EDGE_NONE, EDGE_ABOUT, EDGE_MAX, EDGE_MIN, EDGE_BETWEEN };

static enum edge edge_before(const struct nlu_text *t, size_t i)
{
	static const struct {
		const char *pattern;
		enum edge is;
	} tab[] = {
		{"up to", EDGE_MAX},
		{"no|not more than", EDGE_MAX},
		{"less|lower than", EDGE_MAX},
		{"at most", EDGE_MAX},
		{"maximum|max of?", EDGE_MAX},
		{"under|below", EDGE_MAX},
		{"more|higher than", EDGE_MIN},
		{"at least", EDGE_MIN},
		{"over|above", EDGE_MIN},
		{"minimum of?", EDGE_MIN},
		{"between", EDGE_BETWEEN},
		{"from", EDGE_BETWEEN},
		{"around|about|roughly|approximately|like|maybe|near|say",
		 EDGE_ABOUT},
	};

	for (size_t k = i > 3 ? i - 3 : 0; k < i; k++) {
		for (size_t p = 0; p < ARRAY_LEN(tab); p++) {
			size_t n = nlu_match_at(t, k, tab[p].pattern);

			if (n && k + n - 1 == i)
				return tab[p].is;
		}
	}
	return EDGE_NONE;
}

/* "between 300 and 350 thousand": the first one's scale is the second's. */
static size_t span_at(struct nlu_money *out, const struct nlu_text *t, size_t i,
		      struct sum *a, bool asked)
{
	struct sum b;
	size_t n;

	if (!nlu_in(t, i, "and to or through") &&
	    !(i < t->n && t->v[i].sep == '-'))
		return 0;
	i += nlu_in(t, i, "and to or through");
	n = sum_at(&b, t, i);
	if (!n ||
	    (!a->currency && !a->scaled && !b.currency && !b.scaled && !asked))
		return 0;
	if (!a->scaled && b.scaled && b.scale > 100 && a->cents < 100000)
		a->cents *= b.scale;
	if (!b.scaled && !a->scaled && a->cents < 100000 &&
	    b.cents >= 100 * a->cents)
		a->cents *= 1000; /* "between 300 and 350,000" */
	if (b.cents < a->cents && b.cents * 1000 > a->cents && !b.scaled)
		b.cents *= 1000; /* "three hundred thousand to three fifty" */
	if (b.cents <= a->cents)
		return 0;
	out->cents = a->cents;
	out->max_cents = b.cents;
	return n;
}

bool nlu_money(struct nlu_money *out, const struct nlu_text *t, bool asked)
{
	bool found = false;

	if (t->lang == NLU_ES)
		return es_money(out, t, asked);
	*out = (struct nlu_money){0};
	for (size_t i = 0; i < t->n;) {
		enum edge edge = edge_before(t, i);
		struct sum a;
		size_t n = sum_at(&a, t, i);
		bool sure = n && (a.currency || (a.scaled && a.scale > 100) ||
				  (asked && a.cents >= 10000));

		if (!n) {
			i++;
			continue;
		}
		/* what was said last counts */
		if (edge == EDGE_BETWEEN || sure || asked) {
			struct nlu_money m = {0};
			size_t more = span_at(&m, t, i + n, &a, asked);

			if (more) {
				*out = m;
				found = true;
				i += n + more + 1;
				continue;
			}
		}
		if (sure) {
			*out = (struct nlu_money){.cents = a.cents,
						  .about = edge == EDGE_ABOUT};
			if (edge == EDGE_MAX ||
			    nlu_in(t, i + n, "max maximum tops") ||
			    nlu_match_at(t, i + n, "or less|under|below"))
				*out = (struct nlu_money){.max_cents = a.cents};
			found = true;
		}
		i += n;
	}
	return found;
}
