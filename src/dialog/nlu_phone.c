#include <stdio.h>

#include "dialog/es.h"

struct digits {
	char d[24];
	size_t n;
	size_t doubt; /* where the last digit is that may be a mere word */
};

static void put(struct digits *ds, const char *s, size_t n)
{
	for (size_t i = 0; i < n && ds->n + 1 < sizeof(ds->d); i++)
		ds->d[ds->n++] = s[i];
	ds->d[ds->n] = '\0';
}

/* Said for digits by what a recogniser writes: only where nothing else
 * makes a whole number. */
static const struct {
	const char *digit, *words;
} sound_alikes[] = {
	{"0", "or but oh o ou owe the"}, {"1", "won want wan once"},
	{"2", "to too tu do"},		 {"3", "free tree"},
	{"4", "for fore far"},		 {"5", "fife hive fine find"},
	{"6", "sex sick sicks sinks"},	 {"8", "ate aid"},
	{"9", "nein mine line"},
};

/* One word of a number that is said aloud; words used. */
static size_t word(struct digits *ds, const struct nlu_text *t, size_t i)
{
	char s[8];
	int v, len, times = 1;
	bool ord;
	size_t from = i, n;

	if (nlu_in(t, i, "double triple")) {
		times = nlu_is(t, i, "double") ? 2 : 3;
		i++;
	}
	if (i < t->n && t->v[i].figures && !t->v[i].ord) {
		for (; times; times--)
			put(ds, t->v[i].w.p, t->v[i].w.len);
		return i + 1 - from;
	}
	if (nlu_in(t, i, "oh o")) {
		for (; times; times--)
			put(ds, "0", 1);
		return i + 1 - from;
	}
	n = nlu_number(t, i, &v, &ord);
	if (!n || ord)
		return 0;
	len = snprintf(s, sizeof(s), "%d", v);
	for (; times && len > 0; times--)
		put(ds, s, (size_t)len);
	return i + n - from;
}

/* "or", "but", "the" amid digits is an "oh": what recognisers make of it. */
static bool is_oh(const struct digits *ds, const struct nlu_text *t, size_t i)
{
	struct digits ahead = {.n = 0};
	size_t n;

	if (!nlu_in(t, i, "or but the ou owe") || !ds->n || ds->n >= 10)
		return false;
	for (size_t k = i + 1; (n = word(&ahead, t, k)); k += n)
		;
	return ahead.n && ahead.n < 7;
}

/* A word that is no digit, but sounds as one. */
static size_t alike(struct digits *ds, const struct nlu_text *t, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(sound_alikes); k++) {
		if (nlu_in(t, i, sound_alikes[k].words)) {
			put(ds, sound_alikes[k].digit, 1);
			return 1;
		}
	}
	return 0;
}

/* The digits from word i on as far as they go; words used. */
static size_t run_at(struct digits *ds, const struct nlu_text *t, size_t i,
		     bool loose)
{
	size_t from = i, end = i, n;

	while (i < t->n) {
		n = word(ds, t, i);
		if (!n && is_oh(ds, t, i)) {
			ds->doubt = ds->n;
			put(ds, "0", 1);
			n = 1;
		}
		if (!n && loose)
			n = alike(ds, t, i);
		if (n) {
			i += n;
			end = i;
			continue;
		}
		if (!ds->n || !nlu_in(t, i,
				      "and dash uh um er hyphen space "
				      "then okay dot hmm ah"))
			break;
		i++;
	}
	return end - from;
}

/* "five five five but one four or two": one of them was no "oh". */
static void drop_doubt(struct digits *run)
{
	if (run->n != 11 || run->d[0] == '1' || !run->doubt)
		return;
	memmove(run->d + run->doubt, run->d + run->doubt + 1,
		run->n - run->doubt);
	run->n--;
}

/* "415 555 0123, no, 0124": the digits at the end are corrected; "555 0123,
 * area code 415": they belong in front. */
static void take_run(struct digits *no, const struct digits *run, bool area,
		     bool corrects)
{
	struct digits old = *no;

	if (area && run->n == 3 && no->n == 7) {
		*no = *run;
		put(no, old.d, old.n);
	} else if (area && run->n == 3 && no->n == 10) {
		memcpy(no->d, run->d, 3);
	} else if (corrects && no->n >= 7 && run->n < no->n &&
		   (run->n == 4 || run->n == 7)) {
		memcpy(no->d + no->n - run->n, run->d, run->n);
	} else if (corrects && run->n >= 7) {
		*no = *run;
	} else if (!corrects && no->n && no->n + run->n == 10) {
		put(no, run->d, run->n);
	} else if (run->n > no->n) {
		*no = *run;
	}
}

static bool read_number(struct digits *no, const struct nlu_text *t, bool loose)
{
	bool plus = false, corrects = false, area = false;

	*no = (struct digits){.n = 0};
	for (size_t i = 0; i < t->n;) {
		struct digits run = {.n = 0};
		size_t n = run_at(&run, t, i, loose && no->n < 10);

		drop_doubt(&run);
		if (n && run.n) {
			take_run(no, &run, area, corrects);
			if (run.n > 1)
				corrects = false;
			plus |= i && nlu_is(t, i - 1, "plus");
			area = false;
			i += n;
			continue;
		}
		corrects |= nlu_in(t, i,
				   "no sorry correction wait actually "
				   "nope mean meant");
		area |= nlu_match_at(t, i, "area code") != 0;
		i++;
	}
	return plus;
}

static bool is_whole(const struct digits *d)
{
	return (d->n == 10 && d->d[0] >= '2') || (d->n == 11 && d->d[0] == '1');
}

enum nlu_phone nlu_phone(struct nlu_phone_no *out, const struct nlu_text *t)
{
	struct digits best, loose;
	bool plus;

	if (t->lang == NLU_ES)
		return es_phone(out, t);
	*out = (struct nlu_phone_no){.digits = 0};
	plus = read_number(&best, t, false);
	if (!plus && !is_whole(&best) && best.n >= 4) {
		read_number(&loose, t, true);
		if (is_whole(&loose))
			best = loose;
	}
	out->digits = best.n;
	sv_copy(out->said, sizeof(out->said), sv_str(best.d));
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
