/* Days and times: from words to a wish, and what is on offer against it. */
#include "dialog/script.h"

#include "dialog/cal.h"

#include <stdio.h>

static struct sv text_of(json_t *o, const char *key)
{
	return sv_str(json_string_value(json_object_get(o, key)));
}

static const char *const rels[] = {"at", "about", "after", "before", "between"};
static const char *const parts[] = {NULL, "morning", "afternoon", "evening"};

static int index_of(const char *const *tab, size_t n, struct sv w)
{
	for (size_t i = 0; i < n; i++) {
		if (tab[i] && sv_eq(w, tab[i]))
			return (int)i;
	}
	return 0;
}

static json_t *when_json(const struct nlu_when *w)
{
	json_t *o = json_object();

	json_object_set_new(o, "date",
			    w->has_day ? json_string(cal_date_str(w->day).s)
				       : json_null());
	json_object_set_new(o, "time",
			    w->has_time ? json_string(cal_time_str(w->time).s)
					: json_null());
	json_object_set_new(o, "until",
			    w->has_time && w->rel == NLU_BETWEEN
				    ? json_string(cal_time_str(w->until).s)
				    : json_null());
	json_object_set_new(o, "rel", json_string(rels[w->rel]));
	json_object_set_new(
		o, "part", w->part ? json_string(parts[w->part]) : json_null());
	json_object_set_new(o, "any", json_boolean(w->any));
	return o;
}

static struct nlu_when when_of(json_t *o)
{
	struct nlu_when w = {0};
	int none;

	w.has_day = !cal_parse(text_of(o, "date"), &w.day, &none);
	w.has_time = !cal_parse_time(text_of(o, "time"), &w.time);
	w.rel = (enum nlu_rel)index_of(rels, ARRAY_LEN(rels),
				       text_of(o, "rel"));
	if (cal_parse_time(text_of(o, "until"), &w.until))
		w.until = w.time;
	w.part = (enum nlu_part)index_of(parts, ARRAY_LEN(parts),
					 text_of(o, "part"));
	w.any = json_is_true(json_object_get(o, "any"));
	return w;
}

/* "something later", "the day after": seen from the slot on offer. */
static void shift(struct nlu_when *w, int day, int minute)
{
	w->has_day = true;
	if (w->shift == NLU_NEXT_DAY) {
		w->day = day + 1;
		return;
	}
	w->day = day;
	if (w->has_time || w->part)
		return;
	w->has_time = true;
	w->time = w->until = w->shift == NLU_LATER ? minute + 30 : minute;
	w->rel = w->shift == NLU_LATER ? NLU_AFTER : NLU_BEFORE;
}

/* What was wished before and is not taken back stays wished. */
static void merge(struct dialog_sess *s, struct nlu_when *w, json_t *old)
{
	struct nlu_when before = when_of(old);
	json_t *offer = vars_get(s, SV("offer"));
	int day, minute;
	bool offered = !cal_parse(text_of(offer, "start"), &day, &minute);

	if (w->shift && offered && !w->has_day) {
		bool next = w->shift == NLU_NEXT_DAY;

		shift(w, day, minute);
		if (!next)
			return;
	}
	if (w->any)
		return;
	if (!w->has_day && offered) {
		w->has_day = !nlu_excluded(w, day);
		w->day = day;
	} else if (!w->has_day && before.has_day &&
		   !nlu_excluded(w, before.day)) {
		w->has_day = true;
		w->day = before.day;
	}
	if (!w->has_time && !w->part && before.has_time) {
		w->has_time = true;
		w->time = before.time;
		w->until = before.until;
		w->rel = before.rel;
	} else if (!w->has_time && !w->part) {
		w->part = before.part;
	}
	w->any = w->any || (!w->has_day && before.any);
}

/* "At two" said after the day: which two, and is it over by now? */
static bool is_over(const struct dialog_sess *s, const struct nlu_when *w)
{
	if (!w->has_day || w->past)
		return w->past;
	if (w->day != s->now.today)
		return w->day < s->now.today;
	if (!w->has_time || w->rel == NLU_AFTER)
		return false;
	return (w->rel == NLU_BETWEEN ? w->until : w->time) <= s->now.minute;
}

/* Beside a slot's value: "when_part", "when_not", "when_from". */
struct beside {
	char s[64];
};

static struct beside beside(const char *name, const char *what)
{
	struct beside k;

	snprintf(k.s, sizeof(k.s), "%.40s_%s", name, what);
	return k;
}

/* ---- days that do not do ---- */

/* "when_not": {"days": ["2026-11-24"], "dow": bits}, for the whole call. */
static void read_not(struct nlu_when *w, json_t *o)
{
	size_t i;
	json_t *v;
	int none;

	w->not_dow |= (unsigned)json_integer_value(json_object_get(o, "dow"));
	json_array_foreach (json_object_get(o, "days"), i, v) {
		if (w->n_not < NLU_NOT &&
		    !cal_parse(sv_str(json_string_value(v)),
			       &w->not_day[w->n_not], &none))
			w->n_not++;
	}
}

static void write_not(struct dialog_sess *s, const char *name,
		      const struct nlu_when *w)
{
	json_t *days = json_array();
	struct beside k = beside(name, "not");

	for (size_t i = 0; i < w->n_not; i++)
		json_array_append_new(
			days, json_string(cal_date_str(w->not_day[i]).s));
	vars_set(s, sv_str(k.s),
		 json_pack("{sI so}", "dow", (json_int_t)w->not_dow, "days",
			   days));
}

/* Takes what was said before and what is said now together. */
static void keep_not(struct dialog_sess *s, const char *name,
		     struct nlu_when *w, const struct nlu_now *now)
{
	struct beside k = beside(name, "not");
	struct nlu_when known = {0};
	json_t *old = json_object_get(s->vars, k.s);

	read_not(&known, old);
	if (w->has_day && !w->span)
		nlu_allow(&known, w->day);
	w->not_dow |= known.not_dow;
	for (size_t i = 0; i < known.n_not && w->n_not < NLU_NOT; i++)
		w->not_day[w->n_not++] = known.not_day[i];
	if (w->not_dow || w->n_not || json_is_object(old))
		write_not(s, name, w);
	if (w->span)
		nlu_except(w, now);
}

bool slot_day_out(const struct dialog_sess *s, struct sv wish, struct sv start)
{
	char name[48];
	struct nlu_when w = {0};
	struct beside k;
	int day, none;

	sv_copy(name, sizeof(name), wish);
	k = beside(name, "not");
	read_not(&w, json_object_get(s->vars, k.s));
	return !cal_parse(start, &day, &none) && nlu_excluded(&w, day);
}

/* ---- seen from what is booked ---- */

static bool is_relative(const struct nlu_when *w)
{
	return w->shift || w->same_time || w->same_day;
}

static bool is_moving(const struct dialog_sess *s)
{
	return json_is_true(vars_get(s, SV("moving")));
}

/* The booked time that the call is about. */
static bool booked_at(const struct dialog_sess *s, int *day, int *minute)
{
	return !cal_parse(text_of(vars_get(s, SV("mine_one")), "start"), day,
			  minute) &&
	       *minute >= 0;
}

static void by(struct nlu_when *w, int day, int minute)
{
	int at = minute + w->by_minutes;

	w->has_day = true;
	w->day = day + w->by_days;
	if (w->has_time || w->part)
		return;
	w->has_time = true;
	w->rel = NLU_AT;
	w->time = w->until = at < 0 ? 0 : MIN(at, CAL_DAY_MIN - 1);
}

/* "The same time", "an hour later", "later that day": of day and minute. */
static void seen_from(struct nlu_when *w, int day, int minute)
{
	if (w->same_time && !w->has_time) {
		w->has_time = true;
		w->part = NLU_NO_PART;
		w->rel = NLU_AT;
		w->time = w->until = minute;
	}
	if (w->same_day && !w->has_day && w->shift != NLU_NEXT_DAY) {
		w->has_day = true;
		w->day = day;
	}
	if (w->shift == NLU_BY)
		by(w, day, minute);
	else if (w->shift)
		shift(w, w->has_day ? w->day : day, minute);
	/* "I can't at nine on Thursday, an hour later": so Thursday does */
	if (w->has_day)
		nlu_allow(w, w->day);
	w->shift = NLU_NO_SHIFT;
	w->same_time = w->same_day = false;
}

/* What is booked is not known yet: slot_settle() goes on with it. */
static void keep_relative(struct dialog_sess *s, const char *name,
			  const struct nlu_when *w)
{
	struct beside k = beside(name, "from");

	vars_set(s, sv_str(k.s),
		 json_pack("{si si si sb sb}", "shift", (int)w->shift, "days",
			   w->by_days, "minutes", w->by_minutes, "time",
			   w->same_time, "day", w->same_day));
}

static void read_relative(struct nlu_when *w, json_t *o)
{
	w->shift =
		(enum nlu_shift)json_integer_value(json_object_get(o, "shift"));
	w->by_days = (int)json_integer_value(json_object_get(o, "days"));
	w->by_minutes = (int)json_integer_value(json_object_get(o, "minutes"));
	w->same_time = json_is_true(json_object_get(o, "time"));
	w->same_day = json_is_true(json_object_get(o, "day"));
}

static void settle(struct dialog_sess *s, const char *name, int day, int minute)
{
	struct beside k = beside(name, "from"), out = beside(name, "not");
	json_t *old = json_object_get(s->vars, name);
	json_t *from = json_object_get(s->vars, k.s);
	struct nlu_when w = {0};

	if (json_is_object(old))
		w = when_of(old);
	if (json_is_object(from)) {
		if (!is_moving(s))
			return;
		read_relative(&w, from);
		read_not(&w, json_object_get(s->vars, out.s));
		seen_from(&w, day, minute);
		vars_set(s, sv_str(k.s), NULL);
		write_not(s, name, &w);
		vars_set(s, sv_str(name),
			 is_over(s, &w) ? NULL : when_json(&w));
	} else if (w.has_day && w.day == day && !w.part &&
		   (!w.has_time || (w.time == minute && w.rel == NLU_AT))) {
		/* that is the one that is booked, not the wish */
		vars_set(s, sv_str(name), NULL);
	}
}

void slot_settle(struct dialog_sess *s)
{
	const char *name;
	json_t *def;
	int day, minute;

	if (!booked_at(s, &day, &minute) ||
	    json_is_object(vars_get(s, SV("offer"))))
		return;
	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		const char *kind =
			json_string_value(json_object_get(def, "kind"));

		if (script_kind(kind) == SLOT_WHEN)
			settle(s, name, day, minute);
	}
}

/* ---- the wish ---- */

static bool has_wish(const struct nlu_when *w)
{
	return w->has_day || w->has_time || w->part || w->any || w->shift ||
	       w->same_time || w->same_day || w->bad;
}

/* Relative to the offer, or to what is booked, when either is known. */
static void relate(struct dialog_sess *s, const char *name, struct nlu_when *w)
{
	json_t *offer = vars_get(s, SV("offer"));
	int day, minute, at, had;
	bool offered = !cal_parse(text_of(offer, "start"), &day, &minute);
	bool booked = is_moving(s) && booked_at(s, &had, &at);

	/* "the same time": as it is now, not as it was offered */
	if ((w->same_time || w->same_day) && booked)
		seen_from(w, had, at);
	else if (offered && (w->shift == NLU_BY || w->same_time || w->same_day))
		seen_from(w, day, minute);
	else if (!offered && is_relative(w) && booked)
		seen_from(w, had, at);
	else if (!offered && is_relative(w))
		keep_relative(s, name, w);
}

struct found kind_when(struct dialog_sess *s, const char *name, json_t *def,
		       const struct nlu_text *t, struct sv raw, bool asked)
{
	json_t *old = json_object_get(s->vars, name);
	struct beside part = beside(name, "part");
	struct nlu_now now = s->now;
	struct nlu_when w;

	(void)def, (void)raw;
	if (!json_is_object(old))
		old = json_object_get(s->vars, part.s);
	now.moving = is_moving(s);
	if (!nlu_when(&w, t, &now, asked))
		return (struct found){NULL, NULL};
	/* "Friday the 28th" is a Saturday: which of the two, is asked */
	if (w.bad) {
		w.has_day = w.any = false;
		return (struct found){when_json(&w), "day"};
	}
	relate(s, name, &w);
	keep_not(s, name, &w, &now);
	if (!has_wish(&w))
		return (struct found){NULL, "day"};
	merge(s, &w, old);
	if (is_over(s, &w))
		return (struct found){NULL, "past"};
	if (!w.has_day && !w.any)
		return (struct found){when_json(&w), "day"};
	return (struct found){when_json(&w), NULL};
}

static int part_of(int minute)
{
	return minute < 720    ? NLU_MORNING
	       : minute < 1020 ? NLU_AFTERNOON
			       : NLU_EVENING;
}

bool slot_fits(const struct dialog_sess *s, json_t *wish, struct sv start)
{
	struct nlu_when w = when_of(wish);
	int day, minute;

	(void)s;
	if (cal_parse(start, &day, &minute) || minute < 0)
		return false;
	if (w.has_day && w.day != day)
		return false;
	if (w.part && (int)w.part != part_of(minute))
		return false;
	if (!w.has_time)
		return true;
	switch (w.rel) {
	case NLU_AT:
		return minute == w.time;
	case NLU_ABOUT:
		return minute >= w.time - 60 && minute <= w.time + 60;
	case NLU_AFTER:
		return minute >= w.time;
	case NLU_BEFORE:
		return minute < w.time;
	case NLU_BETWEEN:
		return minute >= w.time && minute <= w.until;
	}
	return false;
}
