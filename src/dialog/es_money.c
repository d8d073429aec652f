#include "dialog/es.h"

/* "400,000", "1.200" or "350.50": several words of figures are one number. */
static size_t figures_at(const struct nlu_text *t, size_t i, int64_t *cents)
{
	size_t n = 1;
	int64_t v;

	if (i >= t->n || !t->v[i].figures || t->v[i].ord || t->v[i].w.len > 9 ||
	    sv_i64(&v, t->v[i].w))
		return 0;
	while (i + n < t->n && t->v[i + n].figures &&
	       (t->v[i + n].sep == ',' || t->v[i + n].sep == '.') &&
	       t->v[i + n].w.len == 3 && v < 1000000) {
		int64_t part;

		if (sv_i64(&part, t->v[i + n].w))
			break;
		v = v * 1000 + part;
		n++;
	}
	*cents = v * 100;
	if (i + n < t->n && t->v[i + n].figures && t->v[i + n].w.len == 2 &&
	    (t->v[i + n].sep == '.' || t->v[i + n].sep == ',')) {
		*cents += t->v[i + n].num;
		n++;
	}
	return n;
}

/* "medio millón", "cuatrocientos mil", "350 mil", "dos millones y medio". */
static size_t sum_at(const struct nlu_text *t, size_t i, int64_t *cents,
		     bool *big)
{
	size_t from = i, n;
	bool ord;
	int v;

	*big = true;
	if (nlu_match_at(t, i, "medio millon")) {
		*cents = 50000000;
		return 2;
	}
	n = figures_at(t, i, cents);
	if (!n) {
		n = nlu_number(t, i, &v, &ord);
		if (!n || ord || nlu_in(t, i, "una"))
			return 0;
		*cents = (int64_t)v * 100;
	}
	*big = *cents >= 100000;
	i += n;
	if (nlu_in(t, i, "mil k")) {
		*cents *= 1000;
		*big = true;
		i++;
		n = nlu_number(t, i, &v, &ord);
		if (n && !ord && v < 1000 && !nlu_in(t, i, "un una")) {
			*cents += (int64_t)v * 100;
			i += n;
		}
	} else if (nlu_in(t, i, "millon millones")) {
		*cents *= 1000000;
		*big = true;
		i++;
		if (nlu_match_at(t, i, "y medio")) {
			*cents += 50000000;
			i += 2;
		} else {
			int64_t rest;
			bool b;

			n = sum_at(t, i, &rest, &b);
			if (n && b && rest < 100000000) {
				*cents += rest;
				i += n;
			}
		}
	}
	return i - from;
}

static const char unit[] = "dolares dolar pesos usd plata";

/* "entre 300 y 350 mil": the lower end is thousands, too. */
static int64_t same_scale(int64_t low, int64_t high)
{
	return low < 100000 && high >= 1000000 && low * 1000 <= high
		       ? low * 1000
		       : low;
}

bool es_money(struct nlu_money *out, const struct nlu_text *t, bool asked)
{
	*out = (struct nlu_money){0};
	for (size_t i = 0; i < t->n; i++) {
		int64_t a, b;
		bool big, big_b, said, between;
		size_t n = sum_at(t, i, &a, &big), m = 0, k;

		if (!n)
			continue;
		k = i + n;
		said = nlu_in(t, k, unit);
		k += nlu_is(t, k, "de");
		k += nlu_in(t, k, unit);
		between = i && nlu_in(t, i - 1, "entre de desde");
		if (nlu_in(t, k, "y a hasta o") &&
		    (between || !nlu_is(t, k, "y")))
			m = sum_at(t, k + 1, &b, &big_b);
		if (m) {
			said |= nlu_in(t, k + 1 + m, unit);
			big |= big_b;
			a = same_scale(a, b);
		}
		if (!said && !big && !asked) {
			i += n - 1;
			continue;
		}
		out->cents = a;
		out->max_cents = m && b > a ? b : 0;
		out->about = nlu_match(t,
				       "como|alrededor|aproximadamente|unos|"
				       "unas|casi|cerca|menos|por-ahi|tipo|"
				       "rededor",
				       NULL, NULL);
		if (!m && i &&
		    (nlu_in(t, i - 1, "hasta") ||
		     nlu_match(t, "no mas de", NULL, NULL) ||
		     nlu_match(t, "menos de", NULL, NULL) ||
		     nlu_match(t, "maximo|tope", NULL, NULL))) {
			out->max_cents = a;
			out->cents = 0;
			out->about = false;
		}
		return true;
	}
	return false;
}
