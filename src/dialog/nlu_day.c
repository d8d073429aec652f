#include "dialog/nlu_when.h"

#include "dialog/cal.h"
#include "dialog/nlu.h"

static const struct {
	const char *full, *abbr;
} weekdays[7] = {
	{"sunday sundays", "sun"},
	{"monday mondays munday", "mon"},
	{"tuesday tuesdays tewsday tuseday chewsday choose", "tue tues"},
	{"wednesday wednesdays wensday wendsday wednsday", "wed weds"},
	{"thursday thursdays thirsday thersday thirstay", "thu thur thurs"},
	{"friday fridays", "fri"},
	{"saturday saturdays saterday", "sat"},
};

static const char *const months[12] = {
	"january jan",
	"february feb febuary",
	"march",
	"april apr",
	"may",
	"june jun",
	"july jul",
	"august aug",
	"september sep sept",
	"october oct",
	"november nov",
	"december dec dismember decemberth",
};

/* Words that a day's name is heard as, where a time follows. */
static int sounds_as_day(const struct nlu_text *t, size_t i)
{
	if (i && nlu_in(t, i - 1, "next this on") && nlu_in(t, i, "thirty 30"))
		return 4;
	/* "certainly at a quarter to ten", "thirty and a half past two" */
	if (nlu_match_at(t, i, "certainly|thirsty at|before|after|around") ||
	    nlu_match_at(t, i, "thirty|30 and|at|as a|the? quarter|half"))
		return 4;
	return -1;
}

static int weekday_at(const struct nlu_text *t, size_t i, bool asked)
{
	for (int k = 0; k < 7; k++) {
		if (nlu_in(t, i, weekdays[k].full) && !nlu_is(t, i, "choose"))
			return k;
		if (asked && nlu_in(t, i, weekdays[k].abbr))
			return k;
	}
	return asked ? sounds_as_day(t, i) : -1;
}

/* "dissember", "tomorow": a slip of the recogniser, no other word. */
static bool nearly(const struct nlu_text *t, size_t i, struct sv word)
{
	return i < t->n && t->v[i].w.len >= 6 && word.len >= 6 &&
	       t->v[i].w.p[0] == *word.p && nlu_distance(t->v[i].w, word) <= 2;
}

static int month_at(const struct nlu_text *t, size_t i)
{
	for (int k = 0; k < 12; k++) {
		struct sv full = {months[k], strcspn(months[k], " ")};

		if (nlu_in(t, i, months[k]) || nearly(t, i, full))
			return k + 1;
	}
	return 0;
}

/* A day of the month where one must be: "December night" is the ninth. */
static size_t month_number(const struct nlu_text *t, size_t i, int *day,
			   bool *ord)
{
	static const struct {
		const char *words;
		int day;
	} alike[] = {
		{"force thirst", 1},
		{"seconds", 2},
		{"bird thirds turd", 3},
		{"forth", 4},
		{"fit fist fifths fist", 5},
		{"six sixths", 6},
		{"sevens", 7},
		{"ate ace", 8},
		{"night nights knife nineth", 9},
		{"tent tense", 10},
	};

	for (size_t k = 0; k < ARRAY_LEN(alike); k++) {
		if (!nlu_in(t, i, alike[k].words))
			continue;
		*day = alike[k].day;
		*ord = true;
		return 1;
	}
	return nlu_number(t, i, day, ord);
}

static int days_until(const struct nlu_now *now, int dow)
{
	return (dow - cal_dow(now->today) + 7) % 7;
}

/* Days until the Monday of the next week. */
static int until_next_week(const struct nlu_now *now)
{
	int add = (8 - cal_dow(now->today)) % 7;

	return add ? add : 7;
}

/* The month and day come round again next year, unless the year was said. */
bool nlu_date_set(struct nlu_day *out, const struct nlu_now *now, int year,
		  int month, int day)
{
	int y = year ? year : cal_date(now->today).year;

	if (!year && cal_exists(y, month, day) &&
	    cal_days(y, month, day) < now->today)
		y++;
	if (!cal_exists(y, month, day)) {
		if (year || month != 2 || day != 29)
			return false;
		while (!cal_exists(y, month, day))
			y++;
	}
	out->day = cal_days(y, month, day);
	out->past = out->day < now->today;
	return true;
}

/* The next month that has this day and where it is not over. */
bool nlu_month_day_set(struct nlu_day *out, const struct nlu_now *now, int day)
{
	struct cal_date d = cal_date(now->today);

	if (day < 1 || day > 31)
		return false;
	for (int k = 0; k < 4; k++) {
		int m = (d.month - 1 + k) % 12 + 1;
		int y = d.year + (d.month - 1 + k) / 12;

		if (!cal_exists(y, m, day) || cal_days(y, m, day) < now->today)
			continue;
		out->day = cal_days(y, m, day);
		return true;
	}
	return false;
}

/* A year behind a date: ", 2026" or "twenty twenty six". */
static size_t year_at(const struct nlu_text *t, size_t i, int *year)
{
	int v, w;
	bool ord;
	size_t n = nlu_number(t, i, &v, &ord);

	if (n && !ord && v >= 2020 && v <= 2099) {
		*year = v;
		return n;
	}
	if (n && v == 20 && !t->v[i].figures) {
		size_t m = nlu_number(t, i + n, &w, &ord);

		if (m && !ord && w >= 20 && w <= 99) {
			*year = 2000 + w;
			return n + m;
		}
	}
	return 0;
}

/* "today", "tonight", "the day after tomorrow", "this afternoon" … */
static size_t near_day(struct nlu_day *out, const struct nlu_text *t, size_t i,
		       const struct nlu_now *now, bool asked)
{
	static const struct {
		const char *pattern;
		int add;
		enum nlu_part part;
	} tab[] = {
		{"the? day after tomorrow", 2, NLU_NO_PART},
		{"day after tomorrows", 2, NLU_NO_PART},
		{"overmorrow", 2, NLU_NO_PART},
		{"tomorrow", 1, NLU_NO_PART},
		{"today", 0, NLU_NO_PART},
		{"tonight", 0, NLU_EVENING},
		{"this very? morning", 0, NLU_MORNING},
		{"this afternoon", 0, NLU_AFTERNOON},
		{"later this afternoon", 0, NLU_AFTERNOON},
		{"this evening", 0, NLU_EVENING},
		{"later today", 0, NLU_NO_PART},
		{"same day", 0, NLU_NO_PART},
		{"yesterday", -1, NLU_NO_PART},
		{"last week|month|night|year", -1, NLU_NO_PART},
	};

	if (nlu_is(t, i, "same") && i && nlu_is(t, i - 1, "the"))
		return 0; /* "the same day": of what was offered */
	if (asked && nlu_match_at(t, i, "the? day after to|two")) {
		/* "the day after to muddle": what else could it be */
		out->day = now->today + 2;
		return nlu_is(t, i, "the") ? 5 : 4;
	}
	if (asked && nlu_match_at(t, i, "to|two borrow|moral|muddle|morro")) {
		out->day = now->today + 1;
		return 2;
	}
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used && tab[k].add == 1 && nearly(t, i, SV("tomorrow")))
			used = 2;
		if (!used)
			continue;
		out->day = now->today + tab[k].add;
		out->past = tab[k].add < 0;
		out->part = tab[k].part;
		return used - 1;
	}
	return 0;
}

/* "a week from", "two weeks after": words used. */
static size_t weeks_from(const struct nlu_text *t, size_t i, int *weeks)
{
	bool ord;
	size_t n = 1;

	*weeks = 0;
	if (!nlu_is(t, i, "a"))
		n = nlu_number(t, i, weeks, &ord);
	else
		*weeks = 1;
	if (n && *weeks <= 8 && nlu_in(t, i + n, "week weeks") &&
	    nlu_in(t, i + n + 1, "from after"))
		return n + 2;
	*weeks = 0;
	return 0;
}

/* "Two Fridays from now": the second one from today. */
static size_t nth_from_now(struct nlu_day *out, const struct nlu_text *t,
			   size_t i, const struct nlu_now *now)
{
	int v, dow, add;
	bool ord;
	size_t n = nlu_number(t, i, &v, &ord);

	if (!n || ord || v < 1 || v > 8)
		return 0;
	dow = weekday_at(t, i + n, false);
	if (dow < 0 || !nlu_match_at(t, i + n + 1, "from now|today"))
		return 0;
	add = days_until(now, dow);
	out->day = now->today + (add ? add : 7) + 7 * (v - 1);
	return n + 3;
}

/* "Tuesday", "next Tuesday", "a week from Tuesday", "Tuesday week". */
static size_t weekday(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now, bool asked)
{
	size_t n;
	bool next = false, this_one = false;
	int weeks = 0, dow, add;

	/* "next Tuesday morning", as it is heard */
	if (asked &&
	    nlu_match_at(t, i, "next to|two the morning|afternoon|evening")) {
		out->day = now->today + until_next_week(now) + 1;
		return 2;
	}
	n = weeks_from(t, i, &weeks);
	if (n && nlu_is(t, i + n, "tomorrow")) {
		out->day = now->today + 1 + 7 * weeks;
		return n + 1;
	}
	n += nlu_is(t, i + n, "the");
	if (nlu_match_at(t, i + n, "next week|weeks")) {
		n += 2;
		weeks = 1;
		next = true;
	} else if (nlu_is(t, i + n, "next")) {
		n++;
		next = true;
	} else if (nlu_in(t, i + n, "this coming upcoming following")) {
		n += 1 + nlu_in(t, i + n + 1, "coming past");
		this_one = true;
		if (nlu_is(t, i + n - 1, "past") || nlu_is(t, i + n, "past"))
			return 0;
	} else if (nlu_is(t, i + n, "last")) {
		if (weekday_at(t, i + n + 1, true) < 0)
			return 0;
		out->day = now->today - 1;
		out->past = true;
		return n + 2;
	}
	n += nlu_in(t, i + n, "on");
	dow = weekday_at(t, i + n, asked || next || this_one || weeks);
	if (dow < 0)
		return 0;
	n++;
	add = days_until(now, dow);
	if (next) {
		/* the Tuesday of the week that begins next Monday */
		add = until_next_week(now) + (dow + 6) % 7;
		weeks = 0;
	} else if (!add && !this_one) {
		add = 7;
	}
	if (nlu_is(t, i + n, "week")) {
		n++;
		weeks = 1;
	} else if (nlu_match_at(t, i + n, "after next")) {
		n += 2;
		add = until_next_week(now) + (dow + 6) % 7 + 7;
	} else if (nlu_match_at(t, i + n, "of? next week")) {
		n += nlu_is(t, i + n, "of") + 2u;
		add = until_next_week(now) + (dow + 6) % 7;
	}
	out->day = now->today + add + 7 * weeks;
	out->weekday = true;
	return n;
}

/* "December third", "Dec 3, 2026", "the third of December", "3 December". */
static size_t month_day(struct nlu_day *out, const struct nlu_text *t, size_t i,
			const struct nlu_now *now)
{
	int month = month_at(t, i), day, year = 0;
	size_t n, from = i;
	bool ord;

	if (month) {
		i++;
		i += nlu_is(t, i, "the");
		n = month_number(t, i, &day, &ord);
		/* "may 2" is a date, "may three people come" is not */
		if (!n || (month == 5 && !ord && nlu_in(t, i + n, "people")))
			return 0;
		i += n;
	} else {
		i += nlu_is(t, i, "the");
		n = month_number(t, i, &day, &ord);
		if (!n)
			return 0;
		i += n;
		i += nlu_in(t, i, "of day");
		i += nlu_is(t, i, "of");
		month = month_at(t, i);
		if (!month)
			return 0;
		i++;
	}
	i += year_at(t, i, &year);
	if (!nlu_date_set(out, now, year, month, day)) {
		if (day < 1 || day > 31)
			return 0;
		out->bad = true;
	}
	return i - from;
}

/* "The first Monday in December", "the last Friday of the month". */
static size_t nth_weekday(struct nlu_day *out, const struct nlu_text *t,
			  size_t i, const struct nlu_now *now)
{
	struct cal_date d = cal_date(now->today);
	bool last, ord = true, wanted;
	size_t from = i, n;
	int nth = 0, dow, month, first;

	i += nlu_is(t, i, "the");
	last = nlu_is(t, i, "last");
	n = last ? 1 : nlu_number(t, i, &nth, &ord);
	if (!n || !ord || (!last && (nth < 1 || nth > 5)))
		return 0;
	i += n;
	dow = weekday_at(t, i, false);
	if (dow < 0 || !nlu_in(t, i + 1, "of in"))
		return 0;
	i += 2;
	month = month_at(t, i);
	wanted = month != 0;
	n = wanted ? 2 : nlu_match_at(t, i, "the|this|next? month");
	if (!n)
		return 0;
	if (!wanted)
		month = nlu_is(t, i, "next") ? d.month % 12 + 1 : d.month;
	i += n - 1;
	if (month < d.month)
		d.year++;
	for (int k = 0; k < 2; k++, d.year++) {
		first = cal_days(d.year, month, 1);
		out->day = first + (dow - cal_dow(first) + 7) % 7;
		out->day += last ? 28 : 7 * (nth - 1);
		if (last && cal_date(out->day).month != month)
			out->day -= 7;
		out->bad = cal_date(out->day).month != month;
		if (!wanted || out->day >= now->today)
			break;
	}
	out->past = out->day < now->today;
	return i - from;
}

/* "11/24", "11/24/2026". */
static size_t figures(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now)
{
	size_t n = 2;
	int year = 0;

	if (i + 1 >= t->n || !t->v[i].figures || !t->v[i + 1].figures ||
	    t->v[i + 1].sep != '/' || t->v[i].num < 0)
		return 0;
	if (i + 2 < t->n && t->v[i + 2].figures && t->v[i + 2].sep == '/') {
		year = t->v[i + 2].num;
		year += year < 100 ? 2000 : 0;
		n = 3;
	}
	if (nlu_date_set(out, now, year, t->v[i].num, t->v[i + 1].num))
		return n;
	out->bad = t->v[i].num >= 1 && t->v[i].num <= 12 &&
		   t->v[i + 1].num >= 1 && t->v[i + 1].num <= 31;
	return out->bad ? n : 0;
}

/* "the 3rd", "on the third", "the 24"; not "the first one", "first thing". */
static size_t day_of_month(struct nlu_day *out, const struct nlu_text *t,
			   size_t i, const struct nlu_now *now, bool asked)
{
	bool the = nlu_is(t, i, "the"), ord, next_month = false;
	size_t from = i, n;
	int v;

	if (i && nlu_in(t, i - 1, "a one just this"))
		return 0; /* "hold on a second" */
	/* "I have to ask my husband first" */
	if (i && nlu_in(t, i, "first second") && t->v[i].sep == ' ' &&
	    !nlu_in(t, i - 1,
		    "on for say maybe about uh um is no yes okay ok sunday "
		    "monday tuesday wednesday thursday friday saturday"))
		return 0;
	i += the;
	n = nlu_number(t, i, &v, &ord);
	if (n && !ord && nlu_is(t, i, "one"))
		return 0; /* "the one in the kitchen" */
	if (!n || (!the && !(ord && asked)) || (!ord && !asked))
		return 0;
	i += n;
	if (nlu_in(t, i,
		   "one thing option slot choice available opening "
		   "appointment time floor half week weekday "
		   "furnace unit bathroom call person place day "
		   "step earliest possible oclock am pm name half") ||
	    nlu_in(t, i,
		   "monday tuesday wednesday thursday friday "
		   "saturday sunday"))
		return 0;
	if (!asked && i < t->n && t->v[i].sep == ' ' &&
	    !nlu_in(t, i,
		    "at in around after before please works if is "
		    "would and or between by for from"))
		return 0;
	if (nlu_match_at(t, i, "of next month")) {
		struct cal_date d = cal_date(now->today);

		next_month = true;
		i += 3;
		if (!cal_exists(d.year + d.month / 12, d.month % 12 + 1, v))
			return 0;
		out->day = cal_days(d.year + d.month / 12, d.month % 12 + 1, v);
	} else if (nlu_match_at(t, i, "of this? month")) {
		i += nlu_is(t, i + 1, "this") ? 3 : 2;
	}
	if (!next_month && !nlu_month_day_set(out, now, v))
		return 0;
	return i - from;
}

/* "in two days", "three weeks from now", "next week", "this weekend". */
static size_t counted(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now, bool asked)
{
	size_t from = i, n;
	bool in = nlu_is(t, i, "in") ||
		  (asked && !i && nlu_in(t, i, "and an end")),
	     ord;
	int v = 1, monday = until_next_week(now);

	out->span = true;
	if (nlu_match_at(t, i, "the? end of next week")) {
		out->day = now->today + monday + 4;
		return 4u + nlu_is(t, i, "the");
	}
	if (nlu_match_at(t, i, "the? end of the|this week")) {
		out->day = now->today + days_until(now, 5);
		return 4u + nlu_is(t, i, "the");
	}
	if (nlu_match_at(t, i, "the? week after next")) {
		out->day = now->today + monday + 7;
		return 3u + nlu_is(t, i, "the");
	}
	if (nlu_match_at(t, i, "next week")) {
		out->week = true;
		out->day = now->today + monday;
		return 2;
	}
	if (nlu_match_at(t, i, "next month")) {
		struct cal_date d = cal_date(now->today);

		out->day = cal_days(d.year + d.month / 12, d.month % 12 + 1, 1);
		return 2;
	}
	if (nlu_match_at(t, i, "this|the|next weekend")) {
		v = days_until(now, 6);
		out->day = now->today + v + (nlu_is(t, i, "next") ? 7 : 0);
		return 2;
	}
	out->span = false;
	i += in;
	if (nlu_match_at(t, i, "a couple of?")) {
		v = 2;
		i += nlu_is(t, i + 2, "of") ? 3 : 2;
	} else if (nlu_in(t, i, "a one")) {
		i++;
	} else {
		n = nlu_number(t, i, &v, &ord);
		if (!n || ord)
			return 0;
		i += n;
	}
	if (!nlu_in(t, i, "day days week weeks") || v > 60)
		return 0;
	v *= nlu_in(t, i, "week weeks") ? 7 : 1;
	i++;
	if (nlu_match_at(t, i, "from now|today"))
		i += 2;
	else if (!in)
		return 0;
	out->day = now->today + v;
	return i - from;
}

size_t nlu_day_at(struct nlu_day *out, const struct nlu_text *t, size_t i,
		  const struct nlu_now *now, bool asked)
{
	size_t n;

	*out = (struct nlu_day){0};
	n = nlu_match_at(t, i, "the day before|after");
	if (n && !nlu_in(t, i + 3, "tomorrow tomorrows the to two")) {
		n = nlu_day_at(out, t, i + 3, now, asked);
		out->day += nlu_is(t, i + 2, "after") ? 1 : -1;
		out->weekday = false;
		return n ? n + 3 : 0;
	}
	n = near_day(out, t, i, now, asked);
	n = n ? n : nth_weekday(out, t, i, now);
	n = n ? n : nth_from_now(out, t, i, now);
	n = n ? n : weekday(out, t, i, now, asked);
	n = n ? n : month_day(out, t, i, now);
	n = n ? n : figures(out, t, i, now);
	n = n ? n : counted(out, t, i, now, asked);
	return n ? n : day_of_month(out, t, i, now, asked);
}
