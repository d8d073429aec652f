#include "dialog/es.h"

#include "dialog/cal.h"

/* What was collected on the way through the utterance. */
struct scan {
	const struct nlu_text *t;
	const struct nlu_now *now;
	bool asked;
	struct nlu_when *out;
	struct nlu_time time, until;
	size_t day_end, time_end; /* behind the last one taken */
	bool weekday;		  /* the day is a weekday's name only */
	bool moves;		  /* something booked is to be moved */
	size_t old_end;		  /* behind what is said of that */
	size_t not_end;		  /* behind a day that does not do */
	bool has_weak;		  /* a day on which a time does not do */
	struct nlu_day weak;
	int bound;    /* away until that day */
	bool has_off; /* at work until that time */
	struct nlu_time off;
	unsigned not_parts; /* 1 << part: those do not do */
	size_t part_end;    /* behind the last one that does not */
	struct nlu_rest rest;
	size_t day_from; /* the day taken begins here */
	bool week;	 /* it is the next week */
	bool latest;	 /* "as late as possible" */
};

/* A time of day in the same clause: it is that which does not do. */
static bool with_time(const struct nlu_text *t, size_t i)
{
	struct nlu_time x;
	size_t from, to;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_time_at(&x, t, k,
				k && nlu_in(t, k - 1, "at until till")))
			return true;
	}
	return false;
}

/* "Tuesdays and Thursdays are bad": what is said behind the last of them. */
static bool list_refused(const struct scan *s, size_t i, size_t n)
{
	const struct nlu_text *t = s->t;
	struct nlu_day d;
	size_t end = i + n, more;

	if (nlu_refused(t, i, n))
		return true;
	if (s->not_end && i > s->not_end && i - s->not_end <= 2 &&
	    nlu_in(t, s->not_end, "or nor and") &&
	    !nlu_match_at(t, end, "is|are|works|would|will|does"))
		return true;
	while (nlu_in(t, end, "or nor and")) {
		size_t at = end + 1u + nlu_is(t, end + 1, "on");

		more = nlu_day_at(&d, t, at, s->now, s->asked);
		if (!more)
			return false;
		end = at + more;
		if (nlu_refused(t, at, more) && !nlu_refused(t, i, 0))
			return true;
	}
	return false;
}

/* Between what was taken and word i the caller took it back. */
static bool corrected(const struct nlu_text *t, size_t end, size_t i)
{
	for (size_t k = end; k < i; k++) {
		if (nlu_in(t, k,
			   "no sorry actually rather wait correction "
			   "instead better make") ||
		    nlu_match_at(t, k, "i mean|meant") ||
		    nlu_match_at(t, k, "how|what about") ||
		    nlu_match_at(t, k,
				 "but|though id|i|we|wed would? much? "
				 "prefer|rather|like|want|need"))
			return true;
	}
	return false;
}

/* "Friday the 28th", said in one breath: both speak of one day. */
static bool one_breath(const struct scan *s, size_t i)
{
	return i == s->day_end ||
	       (i == s->day_end + 1 &&
		nlu_in(s->t, s->day_end, "the a on which thats its"));
}

/* "Any day but": what follows is the one that does not do. */
static bool is_except(const struct nlu_text *t, size_t i)
{
	static const char any[] = "any anything anytime time day every";

	i -= i && nlu_in(t, i - 1, "on for this next not");
	if (!i || !nlu_in(t, i - 1, "but except besides"))
		return false;
	for (size_t k = i > 3 ? i - 3 : 0; k + 1 < i; k++) {
		if (nlu_in(t, k, any))
			return true;
	}
	return false;
}

/* "Weekends are bad", "any day but the weekend", "not this week". */
static size_t not_span(struct scan *s, size_t i)
{
	int today = s->now->today;
	size_t n = nlu_match_at(s->t, i, "this week");

	n = n ? n : nlu_match_at(s->t, i, "the|this? weekend|weekends");
	if (!n || (!nlu_refused(s->t, i, n - 1) && !is_except(s->t, i)))
		return 0;
	s->not_end = i + n - 1;
	if (!nlu_match_at(s->t, i, "this week")) {
		s->out->not_dow |= 1u << 0 | 1u << 6;
		return n - 1;
	}
	for (int day = today; s->out->n_not < NLU_NOT; day++) {
		s->out->not_day[s->out->n_not++] = day;
		if (cal_dow(day) == 0)
			break;
	}
	return n - 1;
}

/* "Monday to Friday" of one who works: none of them does. */
static size_t take_work(struct scan *s, size_t i, size_t n,
			const struct nlu_day *d)
{
	struct nlu_day last;
	size_t to = i + n, more = 0;

	if (nlu_in(s->t, to, "to through thru till until"))
		more = nlu_day_at(&last, s->t, to + 1, s->now, s->asked);
	if (more && !d->past && !last.past)
		to += 1 + more;
	else
		last = *d;
	if (with_time(s->t, i)) {
		s->has_weak = to == i + n;
		s->weak = *d;
		return to - i;
	}
	for (struct nlu_day x = *d;; x.day++) {
		nlu_exclude(s->out, &x);
		if ((last.day - x.day) % 7 == 0)
			break;
	}
	s->not_end = to;
	return to - i;
}

/* Days that are told beside the wish; 0: the day is none of these. */
static size_t take_aside(struct scan *s, size_t i, size_t n,
			 const struct nlu_day *d)
{
	if (nlu_until(s->t, i)) {
		s->bound = d->day + nlu_in(s->t, i - 1, "through thru");
		return n;
	}
	if (nlu_away(s->t, i, n)) {
		nlu_exclude(s->out, d);
		s->not_end = i + n;
		return n;
	}
	if (nlu_works(s->t, i))
		return take_work(s, i, n, d);
	return nlu_told(s->t, i) ? n : 0;
}

/* "Tomorrow, no, the day after": seen from the day that was taken. */
static size_t take_day_after(struct scan *s, size_t i)
{
	size_t n = nlu_match_at(s->t, i, "the? day after|before that|it?");

	if (!n || !s->out->has_day || s->out->span ||
	    !corrected(s->t, s->day_end, i))
		return 0;
	n--;
	if (i + n < s->t->n && !nlu_stop(s->t, i + n) &&
	    !nlu_in(s->t, i + n, "at please instead if around in"))
		return 0;
	s->out->day += nlu_match_at(s->t, i, "the? day after") ? 1 : -1;
	s->day_end = i + n;
	return n;
}

/* "In the morning" right behind a day. */
static enum nlu_part part_behind(const struct nlu_text *t, size_t i)
{
	i += nlu_in(t, i, "in");
	i += nlu_in(t, i, "the");
	return nlu_in(t, i, "morning")	   ? NLU_MORNING
	       : nlu_in(t, i, "afternoon") ? NLU_AFTERNOON
	       : nlu_in(t, i, "evening")   ? NLU_EVENING
					   : NLU_NO_PART;
}

static size_t take_day(struct scan *s, size_t i)
{
	struct nlu_day d;
	size_t n = not_span(s, i), aside;

	n = n ? n : take_day_after(s, i);
	if (n)
		return n;
	n = nlu_day_at(&d, s->t, i, s->now, s->asked);
	if (!n)
		return 0;
	if (nlu_old(s->t, i, i + n, s->moves) ||
	    (s->old_end && i >= s->old_end && i <= s->old_end + 1 &&
	     !nlu_in(s->t, i - 1, "to till until"))) {
		s->old_end = i + n;
		return n;
	}
	aside = take_aside(s, i, n, &d);
	if (aside)
		return aside;
	if (nlu_busy(s->t, i) && with_time(s->t, i)) {
		s->has_weak = true;
		s->weak = d;
		return n;
	}
	if (is_except(s->t, i) || list_refused(s, i, n) || nlu_busy(s->t, i)) {
		nlu_exclude_part(s->out, &s->rest, &d, part_behind(s->t, i + n),
				 &s->not_parts);
		s->not_end = i + n;
		return n;
	}
	if ((!s->asked && nlu_narrated(s->t, i)) || (d.past && !s->asked))
		return n;
	if (s->asked && nlu_in(s->t, i ? i - 1 : 0, "since"))
		return n;
	/* "Friday the 28th" is asked again when that is a Saturday */
	if (s->out->has_day && !d.past && !d.bad && d.weekday != s->weekday &&
	    one_breath(s, i) && cal_dow(d.day) != cal_dow(s->out->day)) {
		s->out->bad = true;
		s->day_end = i + n;
		return n;
	}
	/* "Wednesday, December 2nd": the date says which Wednesday */
	if (s->out->has_day && (d.past || !s->out->past) &&
	    !(s->weekday && !d.weekday && i <= s->day_end + 1) &&
	    (d.past || !corrected(s->t, s->day_end, i)))
		return n;
	s->out->has_day = !d.bad;
	s->out->day = d.day;
	s->out->past = d.past;
	s->out->bad = d.bad;
	if (d.part)
		s->out->part = d.part;
	s->weekday = d.weekday;
	s->out->span = d.span;
	s->week = d.week;
	s->day_from = i;
	s->day_end = i + n;
	if (s->out->has_day && !d.span)
		nlu_allow(s->out, d.day);
	return n;
}

/* The little words before a time: what they say of it. */
static size_t relation(const struct nlu_text *t, size_t i, enum nlu_rel *rel)
{
	static const struct {
		const char *pattern;
		enum nlu_rel rel;
	} tab[] = {
		{"no|not earlier|sooner|before than?", NLU_AFTER},
		{"not before|until|till", NLU_AFTER},
		{"no|not later|after than?", NLU_BEFORE},
		{"any? time? after|past|from|following", NLU_AFTER},
		{"later than", NLU_AFTER},
		{"starting|beginning at|from?", NLU_AFTER},
		{"before|by|until|till", NLU_BEFORE},
		{"earlier|sooner than", NLU_BEFORE},
		{"between", NLU_BETWEEN},
		{"around|about|approximately|roughly|like|near", NLU_ABOUT},
		{"at around|about|like", NLU_ABOUT},
		{"somewhere|sometime|some time? around|about|near", NLU_ABOUT},
		{"at|for|@", NLU_AT},
	};

	*rel = NLU_AT;
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*rel = tab[k].rel;
		return used - 1;
	}
	return 0;
}

/* A time and what stands around it: "between two and four", "by noon". */
struct span {
	enum nlu_rel rel;
	struct nlu_time from, until;
};

static size_t span_at(struct span *sp, const struct scan *s, size_t i)
{
	static const char to[] = "to and until till through";
	const struct nlu_text *t = s->t;
	size_t pre = relation(t, i, &sp->rel), n, m = 0;
	bool bare = s->asked || pre || (s->day_end && s->day_end == i);

	/* "my nine o'clock to eleven", "move it to three" */
	if (!pre && s->moves && nlu_is(t, i, "to") && i &&
	    (s->old_end == i || nlu_in(t, i - 1, "it that appointment")))
		pre = bare = true;
	if (pre && !s->asked && nlu_in(t, i, "for about like by near from"))
		bare = false; /* "for two furnaces" */
	n = nlu_time_at(&sp->from, t, i + pre, bare);
	if (!n)
		return 0;
	n += pre;
	if (nlu_is(t, i + n, "ish")) {
		sp->rel = NLU_ABOUT;
		n++;
	}
	if (nlu_in(t, i + n, to) || (i + n < t->n && t->v[i + n].sep == '-'))
		m = nlu_time_at(&sp->until, t, i + n + nlu_in(t, i + n, to),
				true);
	if (m && nlu_is(t, i + n, "and") && sp->rel != NLU_BETWEEN)
		m = 0;
	if (m) {
		sp->rel = NLU_BETWEEN;
		return n + m + nlu_in(t, i + n, to);
	}
	sp->until = sp->from;
	if (sp->rel == NLU_BETWEEN)
		sp->rel = NLU_AFTER;
	if (nlu_match_at(t, i + n, "or after|later|so|before|earlier|sooner")) {
		sp->rel = nlu_is(t, i + n + 1, "so")		? NLU_ABOUT
			  : nlu_in(t, i + n + 1, "after later") ? NLU_AFTER
								: NLU_BEFORE;
		n += 2;
	}
	return n;
}

/* "I work until five" is no wish; "I get off at five" means after it. */
static bool at_work(const struct nlu_text *t, size_t i, enum nlu_rel *rel)
{
	size_t from, to;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_match_at(t, k,
				 "off|home|back|free|done|finish * at|by")) {
			*rel = NLU_AFTER;
			return false;
		}
		if (nlu_in(t, k, "work working busy") &&
		    !nlu_match_at(t, k, "work for") && *rel != NLU_AFTER)
			return true;
	}
	return false;
}

/* "My nine o'clock to eleven", "from nine to eleven": the first of them. */
static size_t old_time(const struct scan *s, size_t i)
{
	const struct nlu_text *t = s->t;
	struct nlu_time x;
	size_t pre = nlu_in(t, i, "at from"),
	       n = nlu_time_at(&x, t, i + pre, true);

	if (!n || (s->out->has_day &&
		   (nlu_is(t, i, "from") || nlu_is(t, i - !!i, "from"))))
		return 0;
	return (s->old_end && s->old_end == i && !nlu_is(t, i, "to")) ||
			       nlu_old(t, i + pre, i + pre + n, s->moves)
		       ? pre + n
		       : 0;
}

static size_t take_time(struct scan *s, size_t i)
{
	struct span sp;
	size_t n = old_time(s, i);

	if (n) {
		s->old_end = i + n;
		return n;
	}
	n = span_at(&sp, s, i);
	if (!n)
		return 0;
	if (at_work(s->t, i, &sp.rel)) {
		s->has_off = true;
		s->off = sp.until;
		/* who works until five does so in the afternoon */
		if (!s->off.half_known && s->off.minute < 720)
			s->off.minute += 720;
		s->off.half_known = true;
		return n;
	}
	if (nlu_refused(s->t, i, n) || nlu_busy(s->t, i) || nlu_told(s->t, i) ||
	    (!s->asked && nlu_narrated(s->t, i)))
		return n;
	if (s->out->has_time && !corrected(s->t, s->time_end, i))
		return n;
	s->out->has_time = true;
	s->out->rel = sp.rel;
	s->time = sp.from;
	s->until = sp.until;
	s->time_end = i + n;
	return n;
}

/* "Late afternoon", "not too early", "after that". */
static size_t take_hours(struct scan *s, size_t i)
{
	struct nlu_time from = {0, true}, until = {0, true};
	enum nlu_rel rel = NLU_AFTER;
	size_t n = nlu_latest_at(s->t, i);

	if (n) {
		s->latest = true;
		return n;
	}
	n = s->has_off ? nlu_match_at(s->t, i, "after that|then|work") : 0;
	if (n) {
		n--;
		from = until = s->off;
	} else {
		n = nlu_hours_at(s->t, i, &rel, &from.minute, &until.minute);
	}
	if (!n || nlu_refused(s->t, i, n) || nlu_told(s->t, i) ||
	    (!s->asked && nlu_narrated(s->t, i)) ||
	    (s->out->has_time && !corrected(s->t, s->time_end, i)))
		return n;
	s->out->has_time = true;
	s->out->rel = rel;
	s->time = from;
	s->until = until;
	s->time_end = i + n;
	return n;
}

/* "Not in the morning"; "not tomorrow morning" speaks of that day only. */
static bool part_refused(struct scan *s, size_t i, size_t n, enum nlu_part part)
{
	static const char parts[] = "mornings afternoons evenings";
	const struct nlu_text *t = s->t;

	/* "I can't get there until the afternoon" */
	if ((i && nlu_in(t, i - 1, "until till before")) ||
	    (i > 1 && nlu_match_at(t, i - 2, "until|till|before the")))
		return false;
	if (!nlu_refused(t, i, n) &&
	    !(i && nlu_is(t, i - 1, "no") && !nlu_stop(t, i) &&
	      nlu_in(t, i, parts)) &&
	    !(nlu_in(t, i + n, "and or nor") && nlu_in(t, i + n + 1, parts) &&
	      nlu_refused(t, i + n + 1, 1)) &&
	    !(s->part_end && i <= s->part_end + 3 &&
	      nlu_in(t, s->part_end, "or nor and")))
		return false;
	s->part_end = i + n;
	if (!s->not_end || i > s->not_end + 2)
		s->not_parts |= 1u << part;
	return true;
}

/* "Late Friday morning": part i of the day that was taken. */
static bool is_late(const struct scan *s, size_t i)
{
	size_t k = s->day_from;

	k -= k && nlu_in(s->t, k - 1, "on this");
	return s->day_end && s->day_end == i && k &&
	       nlu_is(s->t, k - 1, "late") &&
	       (k < 2 || !nlu_in(s->t, k - 2, "too so not very that")) &&
	       nlu_in(s->t, i, "morning afternoon");
}

static void take_late(struct scan *s, size_t i, enum nlu_part part)
{
	bool morning = part == NLU_MORNING;

	if (s->out->has_time)
		return;
	s->out->has_time = true;
	s->out->rel = NLU_BETWEEN;
	s->time = (struct nlu_time){morning ? 600 : 900, true};
	s->until = (struct nlu_time){morning ? 720 : 1020, true};
	s->time_end = i + 1;
}

static size_t take_part(struct scan *s, size_t i)
{
	static const struct {
		const char *pattern;
		enum nlu_part part;
	} tab[] = {
		{"first thing in? the? morning?", NLU_MORNING},
		{"early in? the? morning", NLU_MORNING},
		{"as early as possible", NLU_MORNING},
		{"morning|mornings", NLU_MORNING},
		{"end of the? day|business", NLU_AFTERNOON},
		{"late in? the? day", NLU_AFTERNOON},
		{"afternoon|afternoons", NLU_AFTERNOON},
		{"after lunch", NLU_AFTERNOON},
		{"after work", NLU_EVENING},
		{"evening|evenings|tonight", NLU_EVENING},
		{"at night", NLU_EVENING},
		{"night|nights", NLU_EVENING},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(s->t, i, tab[k].pattern);

		/* "Thursday night"; but "it runs all night" */
		if (!used || (nlu_in(s->t, i, "night nights") &&
			      (!s->day_end || s->day_end != i)))
			continue;
		if ((i && nlu_is(s->t, i - 1, "good")) ||
		    part_refused(s, i, used - 1, tab[k].part) ||
		    nlu_told(s->t, i) || (!s->asked && nlu_narrated(s->t, i)))
			return used - 1;
		if (is_late(s, i))
			take_late(s, i, tab[k].part);
		else if (!s->out->part || corrected(s->t, s->day_end, i))
			s->out->part = tab[k].part;
		return used - 1;
	}
	return 0;
}

/* "as soon as possible", "whenever", "later", "the next day". */
static size_t take_vague(struct scan *s, size_t i)
{
	static const struct {
		const char *pattern;
		bool any, asked_only;
		enum nlu_shift shift;
	} tab[] = {
		{"the sooner the better", true, false, NLU_NO_SHIFT},
		{"as soon as", true, false, NLU_NO_SHIFT},
		{"asap", true, false, NLU_NO_SHIFT},
		{"soonest|earliest", true, false, NLU_NO_SHIFT},
		{"the soonest|earliest|first|next possible|available|opening",
		 true, false, NLU_NO_SHIFT},
		{"next|first available|avail|opening|free", true, false,
		 NLU_NO_SHIFT},
		{"not right? now|away", false, false, NLU_NO_SHIFT},
		{"right away|now", true, false, NLU_NO_SHIFT},
		{"immediately|straightaway", true, false, NLU_NO_SHIFT},
		{"straight away", true, false, NLU_NO_SHIFT},
		{"anytime", true, false, NLU_NO_SHIFT},
		{"any day|slot|time", true, false, NLU_NO_SHIFT},
		{"now", true, true, NLU_NO_SHIFT},
		{"soon", true, true, NLU_NO_SHIFT},
		{"this week", true, true, NLU_NO_SHIFT},
		{"whenever|whatever|anything|flexible|either", true, true,
		 NLU_NO_SHIFT},
		{"doesnt|dont|does|do not? matter|care|mind", true, true,
		 NLU_NO_SHIFT},
		{"no preference", true, true, NLU_NO_SHIFT},
		{"up to you", true, true, NLU_NO_SHIFT},
		{"you choose|pick|decide|tell", true, true, NLU_NO_SHIFT},
		{"when are|is you|your|the", true, true, NLU_NO_SHIFT},
		{"what do you have|got", true, true, NLU_NO_SHIFT},
		{"what have you got", true, true, NLU_NO_SHIFT},
		{"what else", true, true, NLU_NO_SHIFT},
		{"what other? times|days|is|are *", true, true, NLU_NO_SHIFT},
		{"the next|following day", false, true, NLU_NEXT_DAY},
		{"the day after", false, true, NLU_NEXT_DAY},
		{"another|different|other day", false, true, NLU_NEXT_DAY},
		{"later in the? week", false, true, NLU_NEXT_DAY},
		{"a later day|date", false, true, NLU_NEXT_DAY},
		{"later", false, true, NLU_LATER},
		{"earlier|sooner", false, true, NLU_EARLIER},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(s->t, i, tab[k].pattern);

		if (!used || (tab[k].asked_only && !s->asked))
			continue;
		if (nlu_is(s->t, i, "either") && s->not_end == i)
			return 1; /* "not Tuesday either" */
		if (tab[k].any)
			s->out->any = true;
		if (tab[k].shift && !s->out->shift)
			s->out->shift = tab[k].shift;
		return used - 1;
	}
	return 0;
}

/* Which half of the day "at two" means: where the business is open. */
static int resolve(const struct nlu_when *w, const struct nlu_now *now,
		   struct nlu_time x)
{
	int dow = cal_dow(w->has_day ? w->day : now->today);
	int open = now->hours[dow].open, close = now->hours[dow].close;
	int am = x.minute, pm = am + 720;
	bool am_in, pm_in;

	if (x.half_known)
		return x.minute;
	if (am >= 720) /* twelve something: noon, not midnight */
		return am;
	if (w->part == NLU_MORNING)
		return am;
	if (w->part)
		return pm;
	am_in = open >= 0 && am >= open && am <= close;
	pm_in = open >= 0 && pm >= open && pm <= close;
	if (am_in && pm_in && w->has_day && w->day == now->today)
		return am < now->minute ? pm : am;
	if (am_in != pm_in)
		return am_in ? am : pm;
	return am >= 420 ? am : pm;
}

void nlu_when_finish(struct nlu_when *o, const struct nlu_now *now,
		     struct nlu_time from, struct nlu_time until)
{
	static const int part_end[] = {0, 720, 1020, 1440};

	if (o->has_time) {
		o->time = resolve(o, now, from);
		o->until = resolve(o, now, until);
		if (o->rel == NLU_BETWEEN && o->until <= o->time) {
			if (o->time >= 720 && !from.half_known &&
			    o->time - 720 < o->until)
				o->time -= 720;
			else if (o->until + 720 < CAL_DAY_MIN)
				o->until += 720;
		}
		o->part = NLU_NO_PART;
	}
	if (!o->has_day || o->day != now->today || o->past)
		return;
	if (o->has_time) {
		int last = o->rel == NLU_BETWEEN ? o->until : o->time;

		o->past = o->rel != NLU_AFTER && last <= now->minute;
	} else if (o->part) {
		o->past = now->minute >= part_end[o->part];
	}
}

bool nlu_when(struct nlu_when *out, const struct nlu_text *t,
	      const struct nlu_now *now, bool asked)
{
	struct scan s = {.t = t, .now = now, .asked = asked, .out = out};
	size_t i = 0, n;

	if (t->lang == NLU_ES)
		return es_when(out, t, now, asked);
	*out = (struct nlu_when){0};
	s.moves = now->moving || nlu_moves(t);
	while (i < t->n) {
		n = asked || s.moves ? nlu_relative_at(out, t, i) : 0;
		n = n ? n : take_day(&s, i);
		n = n ? n : take_time(&s, i);
		n = n ? n : take_hours(&s, i);
		n = n ? n : take_part(&s, i);
		n = n ? n : take_vague(&s, i);
		i += n ? n : 1;
	}
	if (s.has_weak && !out->has_day && out->has_time) {
		out->has_day = true;
		out->day = s.weak.day;
	}
	nlu_rest_of_day(out, &s.rest);
	if (s.week && out->has_day && out->span)
		nlu_week_on(out);
	nlu_bound(out, s.bound, s.weekday, asked);
	nlu_except(out, now);
	nlu_when_finish(out, now, s.time, s.until);
	nlu_not_parts(out, s.not_parts);
	if (s.latest)
		nlu_latest(out, now);
	return nlu_when_says(out);
}
