/* House numbers, flats: numbers that are said in groups. */
#include <ctype.h>
#include <stdio.h>

#include "dialog/nlu_place.h"

struct digits {
	char *p;
	size_t n, size;
};

static bool put(struct digits *d, const char *s, size_t n)
{
	if (d->n + n >= d->size)
		return false;
	memcpy(d->p + d->n, s, n);
	d->n += n;
	d->p[d->n] = '\0';
	return true;
}

static bool put_int(struct digits *d, int v)
{
	char s[12];
	int n = snprintf(s, sizeof(s), "%d", v);

	return n > 0 && put(d, s, (size_t)n);
}

static bool is_zero(const struct nlu_text *t, size_t i)
{
	return nlu_in(t, i, "oh o zero ou");
}

/* Nothing but digits in figures: "94110", not "2nd". */
static bool is_figures(const struct nlu_text *t, size_t i)
{
	if (i >= t->n || !t->v[i].figures || t->v[i].ord)
		return false;
	for (size_t k = 0; k < t->v[i].w.len; k++) {
		if (!isdigit((unsigned char)t->v[i].w.p[k]))
			return false;
	}
	return true;
}

size_t nlu_digits_at(const struct nlu_text *t, size_t i, char *out, size_t size)
{
	struct digits d = {out, 0, size};
	size_t from = i;

	*out = '\0';
	while (i < t->n) {
		size_t n = 1;
		int v = 0;
		bool ord = false;

		if (i > from && strchr(".?!;", t->v[i].sep))
			break;
		if (is_figures(t, i)) {
			if (!put(&d, t->v[i].w.p, t->v[i].w.len))
				break;
		} else if (is_zero(t, i)) {
			if (!put(&d, "0", 1))
				break;
		} else {
			n = nlu_number(t, i, &v, &ord);
			if (!n || ord || !put_int(&d, v))
				break;
		}
		i += n;
	}
	return i - from;
}

/* "and a number below a hundred" behind hundreds: added; words used. */
static size_t rest_at(const struct nlu_text *t, size_t i, int below, int *add)
{
	size_t and = nlu_is(t, i, "and"), n;
	bool ord;
	int v;

	n = nlu_number(t, i + and, &v, &ord);
	if (!n || ord || v >= below || v == 0)
		return 0;
	if (nlu_in(t, i + and+n, "hundred thousand"))
		return 0;
	*add = v;
	return and+n;
}

/* One group: "1204", "three hundred fifty", "twenty two hundred", "fifty". */
static size_t group_at(const struct nlu_text *t, size_t i, int *value)
{
	size_t from = i, n;
	bool ord;
	int v, add = 0;

	if (nlu_is(t, i, "a") && nlu_in(t, i + 1, "hundred thousand")) {
		v = 1;
		i++;
	} else {
		n = nlu_number(t, i, &v, &ord);
		if (!n || ord)
			return 0;
		i += n;
	}
	if (nlu_is(t, i, "hundred") && v < 100) {
		v *= 100;
		i++;
	}
	if (nlu_is(t, i, "thousand") && v < 100) {
		v *= 1000;
		i++;
		n = rest_at(t, i, 1000, &add);
		v += add;
		i += n;
	} else if (v >= 100 && v % 100 == 0 && !t->v[i - 1].figures) {
		i += rest_at(t, i, 100, &add);
		v += add;
	}
	*value = v;
	return i - from;
}

/* "1/2" and "and a half" behind a house number: words used. */
static size_t half_at(const struct nlu_text *t, size_t i)
{
	size_t n = nlu_match_at(t, i, "and? a|one half");

	if (i + 1 < t->n && nlu_is(t, i, "1") && nlu_is(t, i + 1, "2") &&
	    t->v[i].sep != ',' && t->v[i + 1].sep == '/')
		return 2;
	return n ? n - 1 : 0;
}

/*
 * "Unit 5, 1200", "unit 5 1200": the unit's number ends, the house's begins.
 * "Sixteen, thirty" is one number, of had digits so far.
 */
static bool next_number(const struct nlu_text *t, size_t from, size_t i,
			size_t had)
{
	bool unit = from && nlu_in(t, from - 1,
				   "unit apartment apt suite ste lot room");
	bool pair = had == 2 && t->v[i].num >= 10 && t->v[i].num < 100;

	return i > from && t->v[i].num >= 0 &&
	       ((t->v[i].sep == ',' && (unit || !pair)) ||
		(unit && is_figures(t, i) && is_figures(t, i - 1)));
}

size_t nlu_house_at(const struct nlu_text *t, size_t i, char *out, size_t size)
{
	struct digits d = {out, 0, MIN(size, 7u)};
	size_t from = i, n;
	int v;

	*out = '\0';
	while (i < t->n) {
		if (i > from && strchr(".?!;:/", t->v[i].sep))
			break;
		if (next_number(t, from, i, d.n) || (i > from && half_at(t, i)))
			break;
		if (is_figures(t, i)) {
			/* "1204" and no more: the next figures are not its */
			if (d.n + t->v[i].w.len > 6 ||
			    !put(&d, t->v[i].w.p, t->v[i].w.len))
				break;
			i++;
			if (nlu_is(t, i, "hundred") && put(&d, "00", 2))
				i++;
			continue;
		}
		/* "twelve or four": how an "oh" is heard */
		if (is_zero(t, i) ||
		    (d.n && nlu_in(t, i, "or but our") && i + 1 < t->n &&
		     t->v[i + 1].num >= 0 && t->v[i + 1].num < 10)) {
			/* "oh" begins nothing, and ends nothing but groups */
			if (!d.n || !put(&d, "0", 1))
				break;
			i++;
			continue;
		}
		n = group_at(t, i, &v);
		if (!n || !put_int(&d, v))
			break;
		i += n;
	}
	n = i > from ? half_at(t, i) : 0;
	if (n) {
		d.size = size;
		i += put(&d, " 1/2", 4) ? n : 0;
	}
	if (i > from && i < t->n && t->v[i].w.len == 1 &&
	    strchr("abcd", t->v[i].w.p[0]) && t->v[i - 1].figures &&
	    t->v[i].raw.p == t->v[i - 1].raw.p + t->v[i - 1].raw.len) {
		char c = (char)toupper((unsigned char)t->v[i].w.p[0]);

		d.size = size;
		i += put(&d, &c, 1);
	}
	return d.n ? i - from : 0;
}

/* Letters as recognisers write them. */
static char letter_at(const struct nlu_text *t, size_t i)
{
	static const struct {
		char c;
		const char *words;
	} tab[] = {
		{'a', "a eh ay alpha"},
		{'b', "b be bee bravo"},
		{'c', "c see sea charlie"},
		{'d', "d dee delta"},
		{'e', "e echo"},
		{'f', "f ef eff foxtrot"},
		{'g', "g gee golf"},
		{'h', "h aitch hotel"},
		{'j', "j jay"},
		{'k', "k kay"},
		{'l', "l el"},
		{'m', "m em"},
		{'n', "n en"},
		{'p', "p pee"},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		if (nlu_in(t, i, tab[k].words))
			return tab[k].c;
	}
	return 0;
}

/* "a" is a letter where nothing follows that it could be the article of. */
static bool is_letter(const struct nlu_text *t, size_t i)
{
	return letter_at(t, i) &&
	       (!nlu_in(t, i, "a are you be see why") || i + 1 >= t->n ||
		t->v[i + 1].sep != ' ' || t->v[i + 1].num >= 0 ||
		nlu_in(t, i + 1, "in on at please and"));
}

/* "two b", "2B", "b", "12", "b 4". */
static size_t unit_name(const struct nlu_text *t, size_t i, char *out,
			size_t size)
{
	size_t from = i, n;
	struct digits d = {out, 0, size};
	char no[12], c;

	*out = '\0';
	if (is_letter(t, i)) {
		c = (char)toupper((unsigned char)letter_at(t, i));
		i += put(&d, &c, 1);
	}
	n = nlu_house_at(t, i, no, sizeof(no));
	if (n && put(&d, no, strlen(no))) {
		i += n;
	} else if (!d.n && nlu_in(t, i, "to too do for") &&
		   nlu_in(t, i + 1, "be bee see sea dee b c d")) {
		n = put(&d, nlu_is(t, i, "for") ? "4" : "2", 1); /* "to be" */
		i += n;
	}
	/* "apartment two b", but not "apartment two, a blue house" */
	if (n && isdigit((unsigned char)out[d.n - 1]) && is_letter(t, i) &&
	    (t->v[i].sep == ' ' || t->v[i].sep == '-')) {
		c = (char)toupper((unsigned char)letter_at(t, i));
		i += put(&d, &c, 1);
	}
	return d.n ? i - from : 0;
}

size_t nlu_unit_at(const struct nlu_text *t, size_t i, char *out, size_t size)
{
	static const struct {
		const char *pattern, *name;
	} tab[] = {
		{"apartment|apt|apartments|appt number|no?", "Apartment"},
		{"unit|units number|no?", "Unit"},
		{"suite|ste|sweet number|no?", "Suite"},
		{"condo|condominium number|no?", "Unit"},
		{"lot|space|trailer number|no?", "Lot"},
		{"room number|no?", "Room"},
	};
	char no[12];
	bool ord;
	int v;
	size_t n;

	*out = '\0';
	n = nlu_number(t, i, &v, &ord);
	if (n && ord && v < 60 && nlu_is(t, i + n, "floor")) {
		snprintf(out, size, "%s Floor",
			 v == 1	  ? "1st"
			 : v == 2 ? "2nd"
			 : v == 3 ? "3rd"
				  : "");
		if (v > 3)
			snprintf(out, size, "%dth Floor", v);
		return n + 1;
	}
	if (i < t->n && t->v[i].sep == '#') {
		n = unit_name(t, i, no, sizeof(no));
		snprintf(out, size, "Unit %s", no);
		return n;
	}
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t head = nlu_match_at(t, i, tab[k].pattern);

		if (!head)
			continue;
		n = unit_name(t, i + head - 1, no, sizeof(no));
		if (!n)
			continue;
		snprintf(out, size, "%s %s", tab[k].name, no);
		return head - 1 + n;
	}
	return 0;
}
