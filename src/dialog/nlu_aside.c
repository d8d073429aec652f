/*
 * Days that are told beside the wish: when it broke, when the caller is away
 * or at work. English; the Spanish ones are in es_when.c.
 */
#include "dialog/nlu_when.h"

#include "dialog/cal.h"

/* The clause around word i: up to a stop or a word that begins a new one. */
void nlu_clause(const struct nlu_text *t, size_t i, size_t *from, size_t *to)
{
	static const char new_clause[] =
		"and but so can could would please because or then";

	*from = i;
	while (*from > 0 && !nlu_stop(t, *from) &&
	       !nlu_in(t, *from, new_clause))
		(*from)--;
	*to = i + 1;
	while (*to < t->n && !nlu_stop(t, *to) && !nlu_in(t, *to, new_clause))
		(*to)++;
}

bool nlu_stop(const struct nlu_text *t, size_t i)
{
	return i < t->n && nlu_sv_in((struct sv){&t->v[i].sep, 1}, ", . ? ! ;");
}

/* "chipped", "fell": something has happened; not "I wanted", "I need". */
static bool happened(const struct nlu_text *t, size_t i)
{
	static const char irregular[] =
		"broke fell froze burst quit died began blew lost hit woke "
		"heard saw felt ran went came shut bought";
	static const char wished[] =
		"need wanted needed hoped wished liked preferred planned "
		"called asked figured decided picked selected speed feed "
		"tried wondered realized checked mentioned talked agreed "
		"settled changed looked discussed";
	struct sv w;

	if (i >= t->n || nlu_in(t, i, wished))
		return false;
	w = t->v[i].w;
	return nlu_in(t, i, irregular) ||
	       (w.len > 4 && !memcmp(w.p + w.len - 2, "ed", 2));
}

static bool is_ing(const struct nlu_text *t, size_t i)
{
	return i < t->n && t->v[i].w.len > 5 && !nlu_is(t, i, "morning") &&
	       !memcmp(t->v[i].w.p + t->v[i].w.len - 3, "ing", 3);
}

/* "My drain clogged", "the toilet backed up" right before the day at i. */
static bool broke_right_before(const struct nlu_text *t, size_t k, size_t i)
{
	static const char breaks[] =
		"clogged backed overflowed flooded leaked broke fell cracked "
		"chipped stopped quit died failed burst froze started jammed "
		"plugged snapped popped blew collapsed exploded happened went "
		"gave";
	static const char noun_next[] =
		"a an the my our is are was were be been get have has had to "
		"with";

	if (!nlu_in(t, k, breaks) || nlu_in(t, k - 1, noun_next))
		return false;
	k++;
	for (size_t m = 0; m < 2; m++)
		k += nlu_in(t, k,
			    "up down out over off on again open early late in "
			    "me us badly bad") ||
		     is_ing(t, k);
	return k >= i;
}

/* "I had an accident", "it was fixed"; not "I was hoping for Friday". */
static bool was_told(const struct nlu_text *t, size_t k, size_t i)
{
	static const char open[] = "thinking hoping wondering looking going "
				   "told supposed planning wanted hoped";

	return k + 1 < i && nlu_in(t, k, "had got was") &&
	       !nlu_in(t, k + 1, open) && !nlu_is(t, k + 1, "on");
}

bool nlu_told(const struct nlu_text *t, size_t i)
{
	static const char wish[] = "book appointment schedule somebody someone "
				   "available can could need needs want like "
				   "prefer able";
	static const char asks[] = "get have looking hoping wondering to";
	size_t from, to;
	bool tells = false, asked = false;

	if (nlu_in(t, i, "tomorrow next coming"))
		return false;
	/* "It flooded last night and again this morning" */
	if (i > 1 && nlu_match_at(t, i - 2, "and|then again"))
		return true;
	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		size_t verb = k + 1 +
			      nlu_in(t, k + 1,
				     "just first also already really "
				     "was got");

		if (nlu_in(t, k, wish))
			tells = false;
		asked |= nlu_in(t, k, wish) || nlu_in(t, k, asks);
		if (nlu_in(t, k, "i we he she they"))
			tells |= (verb < i && happened(t, verb)) ||
				 was_told(t, k + 1, i);
		else if (!asked && nlu_is(t, k, "it"))
			tells |= (verb < i && happened(t, verb)) ||
				 was_told(t, k + 1, i);
		else if (!asked && k > from)
			tells |= broke_right_before(t, k, i) ||
				 (nlu_is(t, k, "was") && was_told(t, k, i));
	}
	return tells;
}

bool nlu_away(const struct nlu_text *t, size_t i, size_t n)
{
	static const char *const what[] = {
		"leave|leaving|leaves for|town|to",
		"fly|flying out|to|home|off|back|on",
		"going|go|heading|head away|abroad|overseas",
		"going|go|heading|head on vacation|a",
		"going|go|heading|head out of town",
	};
	/* these come to the caller; "can my son come Friday" asks for it */
	static const char *const comes[] = {
		"arrive|arrives|arriving",
		"guests|company|family|inlaws|parents|friends|relatives|kids|"
		"son|daughter|mother|mom|sister|brother are|is? coming|come|"
		"comes|visiting|visit",
	};
	static const char wish[] = "can could may would id want like need able";
	size_t from, to;
	bool asks = false;

	/* "Friday I leave"; but "Thursday, I leave on Friday" */
	if (!nlu_stop(t, i + n) &&
	    (nlu_match_at(t, i + n, "i|we leave|fly|travel") ||
	     nlu_match_at(t, i + n, "im|were leaving|flying|traveling|gone")))
		return true;
	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		for (size_t m = 0; m < ARRAY_LEN(what); m++) {
			if (nlu_match_at(t, k, what[m]))
				return true;
		}
		asks |= nlu_in(t, k, wish);
		for (size_t m = 0; !asks && m < ARRAY_LEN(comes); m++) {
			if (nlu_match_at(t, k, comes[m]))
				return true;
		}
		/* a day may begin with its "on" */
		if (nlu_in(t, k, "leave leaving") &&
		    (k + 1 == i ||
		     (k + 2 == i && nlu_in(t, k + 1, "on early"))))
			return true;
	}
	return false;
}

bool nlu_works(const struct nlu_text *t, size_t i)
{
	static const char *const what[] = {
		"i|we|ill|he|she|husband|wife always|usually|only|also|still|"
		"both|normally|do? work|works",
		"im|were|always working",
		"i|we|ill have|go|gotta|must to? work",
		"i|we|ill always|usually|also? have work|school|class|classes",
	};
	static const char home[] = "home remotely remote";
	size_t from, to;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_in(t, k, home))
			return false;
	}
	for (size_t k = from; k < i; k++) {
		for (size_t m = 0; m < ARRAY_LEN(what); m++) {
			if (nlu_match_at(t, k, what[m]))
				return true;
		}
	}
	return false;
}

bool nlu_until(const struct nlu_text *t, size_t i)
{
	static const char gone[] =
		"work working vacation away gone town busy traveling "
		"travelling tied trip holiday overseas abroad visiting sick "
		"swamped out";
	static const char wish[] = "book come can could need want for";
	size_t from, to;
	bool is = false;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_match_at(t, k, "im|were|ill|well be? back") ||
		    nlu_match_at(t, k, "i|we get|fly|drive back") ||
		    nlu_match_at(t, k, "i|we return"))
			return true;
	}
	if (!i || !nlu_in(t, i - 1, "until till til through thru"))
		return false;
	for (size_t k = from; k + 1 < i; k++) {
		if (nlu_in(t, k, wish))
			return false;
		is |= nlu_in(t, k, gone) ||
		      nlu_match_at(t, k, "not|wont be? home|back|here|around");
	}
	return is;
}

size_t nlu_hours_at(const struct nlu_text *t, size_t i, enum nlu_rel *rel,
		    int *from, int *until)
{
	static const struct {
		const char *pattern;
		enum nlu_rel rel;
		int from, until;
	} tab[] = {
		{"late|later in? the? afternoon", NLU_BETWEEN, 900, 1020},
		{"late in? the? morning", NLU_BETWEEN, 600, 720},
		{"mid in? the? morning", NLU_BETWEEN, 570, 660},
		{"mid in? the? afternoon", NLU_BETWEEN, 840, 960},
		{"midmorning", NLU_BETWEEN, 570, 660},
		{"midafternoon", NLU_BETWEEN, 840, 960},
		{"after school", NLU_AFTER, 900, 900},
		{"not|nothing too|so|super|very|that|real|really? early",
		 NLU_AFTER, 600, 600},
		{"not first thing in? the? morning?", NLU_AFTER, 600, 600},
		{"not|nothing too|so|super|very|that|real|really? late",
		 NLU_BEFORE, 960, 960},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used || nlu_in(t, i + used - 1, "to for as"))
			continue;
		*rel = tab[k].rel;
		*from = tab[k].from;
		*until = tab[k].until;
		return used - 1;
	}
	return 0;
}

void nlu_not_parts(struct nlu_when *o, unsigned parts)
{
	unsigned m = parts & 1u << NLU_MORNING, a = parts & 1u << NLU_AFTERNOON,
		 e = parts & 1u << NLU_EVENING;

	if (!parts || o->has_time || o->part || (m && a && e))
		return;
	o->has_time = true;
	o->rel = m ? NLU_AFTER : NLU_BEFORE;
	o->time = o->until = m && a ? 1020 : m || a ? 720 : 1020;
	if (!m || !e)
		return;
	o->rel = NLU_BETWEEN;
	o->until = 1020;
}

void nlu_bound(struct nlu_when *o, int bound, bool weekday, bool asked)
{
	if (!bound)
		return;
	if (!o->has_day && (o->any || asked)) {
		o->has_day = o->span = true;
		o->day = bound;
	}
	while (o->has_day && o->day < bound && weekday)
		o->day += 7;
	if (o->day < bound)
		o->has_day = false;
}

size_t nlu_latest_at(const struct nlu_text *t, size_t i)
{
	static const char *const what[] = {
		"as? late as possible|you",
		"the latest|last you|that|possible|appointment|slot|opening|"
		"available",
		"lo mas tarde posible|que",
	};

	for (size_t k = 0; k < ARRAY_LEN(what); k++) {
		size_t used = nlu_match_at(t, i, what[k]);

		if (used)
			return used - 1;
	}
	return 0;
}

void nlu_latest(struct nlu_when *o, const struct nlu_now *now)
{
	int close = now->hours[cal_dow(o->has_day ? o->day : now->today)].close;

	if (o->has_time || o->part || close <= 120)
		return;
	o->has_time = true;
	o->rel = NLU_ABOUT;
	o->time = o->until = close - 60;
}
