#include "dialog/nlu_when.h"

/* Hours that recognisers write as little words. */
static int homophone(const struct nlu_text *t, size_t i)
{
	static const struct {
		const char *words;
		int num;
	} tab[] = {{"to too", 2}, {"for", 4}, {"ate", 8}, {"won", 1}};
	bool sure = nlu_in(t, i + 1, "pm am oclock");

	/* "at to thirty" */
	if (!sure && i && nlu_in(t, i - 1, "at after around") &&
	    nlu_in(t, i + 1, "thirty fifteen"))
		sure = true;
	/* "before, too." */
	if (!sure && i && i + 1 == t->n &&
	    nlu_in(t, i - 1, "at after before around by about"))
		sure = true;
	for (size_t k = 0; sure && k < ARRAY_LEN(tab); k++) {
		if (nlu_in(t, i, tab[k].words))
			return tab[k].num;
	}
	return -1;
}

/* Hour 0…23 at word i. */
static size_t hour_at(const struct nlu_text *t, size_t i, int *hour)
{
	bool ord;
	size_t n = nlu_number(t, i, hour, &ord);

	if (n && !ord && *hour <= 23)
		return n;
	*hour = homophone(t, i);
	return *hour >= 0;
}

/* Minutes behind an hour: "thirty", "oh five", ":30". */
static size_t minutes_at(const struct nlu_text *t, size_t i, int *min)
{
	size_t n;
	bool ord;
	int v;

	if (i < t->n && t->v[i].figures && t->v[i].w.len == 2 &&
	    t->v[i].num >= 0 && t->v[i].num < 60 &&
	    nlu_sv_in((struct sv){&t->v[i].sep, 1}, ": . -")) {
		*min = t->v[i].num;
		return 1;
	}
	if (nlu_in(t, i, "oh o zero")) {
		n = nlu_number(t, i + 1, &v, &ord);
		if (!n || ord || v > 9)
			return 0;
		*min = v;
		return n + 1;
	}
	n = nlu_number(t, i, &v, &ord);
	if (!n || ord || v < 10 || v > 59 ||
	    (t->v[i].sep == ',' && (v % 15 || t->v[i].figures)) ||
	    nlu_in(t, i + n, "minutes days weeks"))
		return 0;
	*min = v;
	return n;
}

/* "am", "pm", "in the afternoon", "at night" behind a time. */
static size_t half_at(const struct nlu_text *t, size_t i, bool *am, bool *pm)
{
	static const struct {
		const char *pattern;
		bool pm;
	} tab[] = {
		{"am", false},
		{"in? the morning", false},
		{"tomorrow? morning", false},
		{"a $", false},
		{"p $", true},
		{"pm", true},
		{"in? the afternoon|evening", true},
		{"afternoon|evening", true},
		{"at night", true},
		{"tonight", true},
		{"this afternoon|evening", true},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*pm = tab[k].pm;
		*am = !tab[k].pm;
		/* "tonight", "tomorrow morning" also say the day */
		if (nlu_in(t, i, "tonight this tomorrow"))
			return 0;
		return used - 1;
	}
	return 0;
}

static void set_time(struct nlu_time *out, int hour, int min, bool am, bool pm)
{
	if (pm && hour < 12)
		hour += 12;
	else if (am && hour == 12)
		hour = 0;
	out->minute = hour * 60 + min;
	out->half_known = am || pm || hour > 12 || hour == 0;
}

/* "noon", "midnight", "lunchtime". */
static size_t named(struct nlu_time *out, const struct nlu_text *t, size_t i)
{
	static const struct {
		const char *pattern;
		int minute;
	} tab[] = {
		{"twelve|12 noon|midday", 720},
		{"noon|noontime|midday", 720},
		{"lunch|lunchtime", 720},
		{"lunch time", 720},
		{"midnight", 1439},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*out = (struct nlu_time){tab[k].minute, true};
		return used - 1;
	}
	return 0;
}

/* "half past two", "quarter to three", "ten minutes past two". */
static size_t relative(struct nlu_time *out, const struct nlu_text *t, size_t i)
{
	size_t from = i, n;
	int min, hour;
	bool ord, to, said = false, late, am = false, pm = false;

	i += nlu_is(t, i, "a");
	if (nlu_is(t, i, "half")) {
		min = 30;
		i++;
	} else if (nlu_is(t, i, "quarter")) {
		min = 15;
		i++;
	} else {
		n = nlu_number(t, i, &min, &ord);
		if (!n || ord || min > 59)
			return 0;
		i += n;
		said = nlu_in(t, i, "minute minutes");
		i += said;
	}
	to = nlu_in(t, i, "to till til before of");
	if ((!to && !nlu_in(t, i, "past after")) ||
	    (to && nlu_is(t, i, "of") && min != 15))
		return 0;
	i++;
	n = hour_at(t, i, &hour);
	/* "ten to four" is a wish for a span, "ten to nine" can be none */
	late = (min == 10 && hour >= 7 && hour <= 10) ||
	       (min == 5 && hour <= 5);
	if (from && nlu_in(t, from - 1, "from between"))
		late = false;
	if (!n || hour == 0 || (to && !said && !late && (min < 15 || min % 5)))
		return 0;
	i += n;
	i += nlu_is(t, i, "oclock");
	i += half_at(t, i, &am, &pm);
	if (to && hour == 1 && !am && !pm)
		hour = 13;
	set_time(out, hour, 0, am, pm);
	out->minute += to ? -min : min;
	if (to && hour == 13)
		out->half_known = true;
	return i - from;
}

/* "half four", as the British say it: 4:30. */
static size_t half_hour(struct nlu_time *out, const struct nlu_text *t,
			size_t i)
{
	bool am = false, pm = false, ord;
	int hour;
	size_t n;

	if (!nlu_is(t, i, "half") ||
	    (i && (t->v[i - 1].num >= 0 ||
		   nlu_in(t, i - 1, "and a an one the other"))))
		return 0;
	n = nlu_number(t, i + 1, &hour, &ord);
	if (n != 1 || ord || hour < 1 || hour > 12 ||
	    (i + 2 < t->n && t->v[i + 2].sep == ' ' &&
	     (t->v[i + 2].num >= 0 ||
	      nlu_in(t, i + 2, "hour hours of day days minutes"))))
		return 0;
	n = half_at(t, i + 2, &am, &pm);
	set_time(out, hour, 30, am, pm);
	return n + 2;
}

/* "230 pm", "1430": three or four figures in one. */
static size_t run_together(struct nlu_time *out, const struct nlu_text *t,
			   size_t i, bool bare)
{
	int v, hour, min;
	bool am = false, pm = false, hundred;
	size_t n, h;

	if (i >= t->n)
		return 0;
	v = t->v[i].num;
	if (!t->v[i].figures || t->v[i].ord || t->v[i].w.len < 3 || v < 0 ||
	    (i && t->v[i - 1].figures && !t->v[i - 1].ord))
		return 0;
	hour = v / 100;
	min = v % 100;
	n = 1;
	hundred = nlu_is(t, i + n, "hours");
	n += hundred;
	h = half_at(t, i + n, &am, &pm);
	if (hour > 23 || min > 59 || (!h && !bare && !hundred) ||
	    (!h && i + n < t->n && t->v[i + n].num >= 0))
		return 0;
	set_time(out, hour, min, am, pm);
	return n + h;
}

size_t nlu_time_at(struct nlu_time *out, const struct nlu_text *t, size_t i,
		   bool bare)
{
	size_t from = i, n;
	int hour, min = 0;
	bool am = false, pm = false, sure = false;

	n = named(out, t, i);
	n = n ? n : relative(out, t, i);
	n = n ? n : half_hour(out, t, i);
	n = n ? n : run_together(out, t, i, bare);
	if (n)
		return n;
	n = hour_at(t, i, &hour);
	if (!n || (nlu_is(t, i, "one") && i &&
		   nlu_in(t, i - 1,
			  "first second third last next other that "
			  "this the another no any which earlier "
			  "later")))
		return 0;
	i += n;
	n = nlu_is(t, i, "hundred") ? 1 : minutes_at(t, i, &min);
	if (n && (t->v[i].sep == ':' || nlu_is(t, i, "hundred")))
		sure = true;
	if (n && hour == 0 && !sure)
		return 0;
	i += n;
	if (n && !sure)
		sure = bare;
	if (nlu_is(t, i, "oclock")) {
		sure = true;
		i++;
	}
	n = half_at(t, i, &am, &pm);
	i += n;
	sure = sure || am || pm;
	if (!sure && (!bare || hour == 0 || hour > 12 ||
		      nlu_in(t, i,
			     "day days week weeks month months units "
			     "people bathrooms years hours hour minutes "
			     "of sinks drains furnaces or-so")))
		return 0;
	if (!sure && i < t->n && t->v[i].num >= 0 && t->v[i].sep == ' ')
		return 0; /* a row of digits is no hour */
	set_time(out, hour, min, am, pm);
	return i - from;
}
