/*
 * nlu_when: the day and time that a caller wishes, from what was said. Pure:
 * "now" and the opening hours are handed in.
 */
#ifndef DIALOG_NLU_WHEN_H
#define DIALOG_NLU_WHEN_H

#include "dialog/nlu_text.h"

/* Where and when the words were said: what "tomorrow" and "at two" mean. */
struct nlu_now {
	int today;  /* days since 1970, local */
	int minute; /* of the day */
	struct {
		int open, close; /* minutes; open < 0: closed */
	} hours[7];		 /* by weekday, 0 = Sunday */
	bool moving; /* an appointment that is there already is moved */
};

enum nlu_rel { NLU_AT, NLU_ABOUT, NLU_AFTER, NLU_BEFORE, NLU_BETWEEN };
enum nlu_part { NLU_NO_PART, NLU_MORNING, NLU_AFTERNOON, NLU_EVENING };

/* Relative to the slot that was offered last, or is booked; NLU_BY: how far. */
enum nlu_shift { NLU_NO_SHIFT, NLU_LATER, NLU_EARLIER, NLU_NEXT_DAY, NLU_BY };

#define NLU_NOT 8

struct nlu_when {
	bool has_day, has_time;
	bool any;	 /* "any time", "as soon as possible" */
	bool past;	 /* what was asked for is over */
	bool bad;	 /* no such day: "the 31st of February" */
	int day;	 /* days since 1970 */
	int time, until; /* minutes; until: of NLU_BETWEEN */
	enum nlu_rel rel;
	enum nlu_part part;
	enum nlu_shift shift;
	bool span;		  /* day is the first of several */
	int by_days, by_minutes;  /* of NLU_BY: "an hour earlier" */
	bool same_time, same_day; /* as the appointment that is there */
	unsigned not_dow;	  /* weekdays that do not do: 1 << dow */
	int not_day[NLU_NOT];	  /* days that do not do */
	size_t n_not;
};

/**
 * True when t says something about a day or a time. asked: the caller was
 * asked for it, so "three" and "the third" may stand alone; otherwise what
 * happened ("it broke this morning") is told from what is wished.
 */
bool nlu_when(struct nlu_when *out, const struct nlu_text *t,
	      const struct nlu_now *now, bool asked);

/* ---- the parts, for nlu_when.c and es_when.c ---- */

struct nlu_day {
	int day;
	bool past;
	bool bad;	    /* there is no such day */
	bool weekday;	    /* nothing but a weekday's name */
	bool span;	    /* the first of several: "next week" */
	bool week;	    /* of the next week as a whole */
	enum nlu_part part; /* "tonight", "this morning" */
};

/** Words used of a day that begins at word i; 0 when none does. */
size_t nlu_day_at(struct nlu_day *out, const struct nlu_text *t, size_t i,
		  const struct nlu_now *now, bool asked);

/* "Not Friday morning": the rest of that day may do. */
struct nlu_rest {
	bool has;
	int day;
	enum nlu_part part; /* the one that does not */
};

struct nlu_time {
	int minute;
	bool half_known; /* am or pm was said or follows (14:00) */
};

/**
 * Words used of a time that begins at word i; 0 when none does. bare: a
 * number alone may be an hour.
 */
size_t nlu_time_at(struct nlu_time *out, const struct nlu_text *t, size_t i,
		   bool bare);

/* ---- nlu_moved.c: days that are not the wish, of both languages ---- */

/** Speaks t of moving (or cancelling) what is booked? */
bool nlu_moves(const struct nlu_text *t);
/** Is the day or time in words [i, end) that of a booked appointment? */
bool nlu_old(const struct nlu_text *t, size_t i, size_t end, bool moves);
/** d does not do. */
void nlu_exclude(struct nlu_when *o, const struct nlu_day *d);
bool nlu_excluded(const struct nlu_when *o, int day);
/** The day that is wished for now does: it was not meant for ever. */
void nlu_allow(struct nlu_when *o, int day);
/** "The same time next week": a week behind what is booked. */
void nlu_week_on(struct nlu_when *o);
/** The same for a part of d alone, or all of d: NLU_NO_PART. not_parts: what
 * does not do of the day that was taken already. */
void nlu_exclude_part(struct nlu_when *o, struct nlu_rest *rest,
		      const struct nlu_day *d, enum nlu_part part,
		      unsigned *not_parts);
/** Then: "not Friday morning, the afternoon" is that of Friday. */
void nlu_rest_of_day(struct nlu_when *o, const struct nlu_rest *rest);
/** Once all is collected: the first open day of the wish that does. */
void nlu_except(struct nlu_when *o, const struct nlu_now *now);
/** Says it anything at all? */
bool nlu_when_says(const struct nlu_when *o);
/** "An hour later", "the same time": words used, 0 for none. */
size_t nlu_relative_at(struct nlu_when *o, const struct nlu_text *t, size_t i);

/* ---- nlu_refused.c ---- */

/** "It broke this morning" tells, "can you come this morning" asks. */
bool nlu_narrated(const struct nlu_text *t, size_t i);
/** "I can't do Tuesday": the day, part or time of used words at i. */
bool nlu_refused(const struct nlu_text *t, size_t i, size_t used);
/** "I'm in surgery on Wednesday", "her birthday is on the 5th". */
bool nlu_busy(const struct nlu_text *t, size_t i);

/* ---- nlu_aside.c: days told beside the wish ---- */

/** Does a stop stand before word i? */
bool nlu_stop(const struct nlu_text *t, size_t i);
/** The clause around word i: words [*from, *to). */
void nlu_clause(const struct nlu_text *t, size_t i, size_t *from, size_t *to);
/** "My drain clogged this morning": the day at i tells what happened. */
bool nlu_told(const struct nlu_text *t, size_t i);
/** "I leave on Friday", "my parents arrive Friday": the n words at i. */
bool nlu_away(const struct nlu_text *t, size_t i, size_t n);
/** "I work Monday to Friday"; not from home. */
bool nlu_works(const struct nlu_text *t, size_t i);
/** "I'm on vacation until Monday": what is wished comes after it. */
bool nlu_until(const struct nlu_text *t, size_t i);
/** "Late afternoon", "not too early": words used, minutes of the day. */
size_t nlu_hours_at(const struct nlu_text *t, size_t i, enum nlu_rel *rel,
		    int *from, int *until);
/** "As late as possible": words used. */
size_t nlu_latest_at(const struct nlu_text *t, size_t i);
/** Then: the last hour in which the business is open, if no time is said. */
void nlu_latest(struct nlu_when *o, const struct nlu_now *now);
/** Parts of the day that do not do (1 << part), when nothing else is said. */
void nlu_not_parts(struct nlu_when *o, unsigned parts);
/** Away until the day bound (0: not): the wish is for the one behind it. */
void nlu_bound(struct nlu_when *o, int bound, bool weekday, bool asked);

/**
 * The month and day come round again next year, unless the year was said
 * (else 0). False: there is no such day.
 */
bool nlu_date_set(struct nlu_day *out, const struct nlu_now *now, int year,
		  int month, int day);
/** The next month that has this day and where it is not over. */
bool nlu_month_day_set(struct nlu_day *out, const struct nlu_now *now, int day);
/** Once all is collected: am or pm of the times, and is it over by now? */
void nlu_when_finish(struct nlu_when *o, const struct nlu_now *now,
		     struct nlu_time from, struct nlu_time until);

#endif
