/* Days and times that are said, but do not do, or tell what happened. */
#include "dialog/nlu_when.h"

bool nlu_narrated(const struct nlu_text *t, size_t i)
{
	static const char wish[] =
		"come book appointment schedule somebody someone available "
		"send visit can could need needs want like prefer able hoping "
		"thinking wondering";
	static const char past[] =
		"since broke broken quit quits stopped died went started been "
		"was were happened noticed woke had got called ago froze burst "
		"leaked flooded smelled heard saw bought installed said came "
		"didnt";
	size_t from, to;
	bool tells = false;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_in(t, k, wish))
			return nlu_in(t, i ? i - 1 : 0, "since");
		tells |= nlu_in(t, k, past);
	}
	return tells;
}

/* "Not in the morning on Friday": the morning does not do. */
static bool part_between(const struct nlu_text *t, size_t k, size_t i)
{
	while (++k < i) {
		if (nlu_in(t, k,
			   "morning mornings afternoon afternoons evening "
			   "evenings"))
			return true;
	}
	return false;
}

#define KIN                                                                    \
	"my|our|the wife|husband|partner|spouse|girlfriend|boyfriend|"         \
	"roommate|son|daughter|kid|kids|children|mom|mother|dad|father"

bool nlu_refused(const struct nlu_text *t, size_t i, size_t used)
{
	static const char no[] = "not cant cannot dont wont except unless isnt "
				 "couldnt arent never";
	static const char *const behind[] = {
		"doesnt|dont|wont|isnt|didnt|cant",
		"does|do|will|is|would not",
		"is|are|was|would|will be? not|no|really|very|too|pretty|a|my? "
		"no|bad|out|impossible|booked|terrible|tough|hard|difficult|"
		"awful|full|busy|taken|tricky|crazy|packed|good",
		"i|we cant|cannot|wont|dont|work",
		"i|we am|have|got not|a|an|my|to|busy|working|away|out|surgery|"
		"work|school|class|church|court",
		"im|were busy|working|away|out|not|in|at",
		"never works",
		"is|would|will be? too|way early|late|soon|far|short",
		KIN
		" is|are|has|have? to? "
		"work|works|working|busy|away|school|class|classes|practice",
		KIN " cant|cannot|wont",
	};
	static const char *const fine[] = {
		"is|are|was|would|will be? really|very|pretty|a? good|fine|ok",
		"is|are|would not be? too|so|that|very|a? "
		"bad|early|late|far|soon|problem",
		"isnt|arent|wont|wouldnt be? too|so|that|very|a? "
		"bad|early|late|far|soon|problem",
		"i|we work until|till|from|to|at|in",
		"wont|isnt|wouldnt be? a|an? problem|bad|issue",
		"im out of work",
		"im in town",
		"im at home",
		KIN " is|are? work|works|working from|until|till",
	};
	size_t from, to;

	/* "not Thursday, I work until six" */
	if (nlu_stop(t, i + used) && i &&
	    (nlu_is(t, i - 1, "not") ||
	     (i > 1 && nlu_match_at(t, i - 2, "not on|for|this|next"))))
		return true;
	for (size_t k = 0; k < ARRAY_LEN(fine); k++) {
		if (i + used < t->n && nlu_match_at(t, i + used, fine[k]))
			return false;
	}
	if (i && nlu_is(t, i - 1, "no") &&
	    nlu_in(t, i,
		   "mondays tuesdays wednesdays thursdays fridays saturdays "
		   "sundays weekends"))
		return true;
	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_in(t, k, no) && i - k <= 4 &&
		    !nlu_match_at(t, k, "not later|earlier|before|after") &&
		    !nlu_match_at(t, k, "not too|so|very|that? late|early") &&
		    !nlu_match_at(t, k, "dont|cant you|mind|care") &&
		    !nlu_match_at(t, k, "isnt|arent there") &&
		    !part_between(t, k, i) &&
		    !(nlu_in(t, i - 1, "until till til") &&
		      !nlu_in(t, i - 2, "wait hold")) &&
		    !(k && nlu_is(t, k - 1, "why")))
			return true;
		if (nlu_match_at(t, k, "instead of") ||
		    nlu_match_at(t, k, "rather than"))
			return true;
	}
	if (from < i && nlu_is(t, from, "but") && from &&
	    nlu_in(t, from - 1, "anything any day time anytime"))
		return true;
	/* "Thursday at noon, I'm at 48 Oak Avenue" */
	if (nlu_match_at(t, i + used, "im|were at|in") &&
	    (nlu_in(t, i + used + 2, "apartment unit suite apt lot") ||
	     (i + used + 2 < t->n && t->v[i + used + 2].num >= 0)))
		return false;
	for (size_t k = 0; k < ARRAY_LEN(behind); k++) {
		if (i + used < t->n && nlu_match_at(t, i + used, behind[k]))
			return true;
	}
	return false;
}

bool nlu_busy(const struct nlu_text *t, size_t i)
{
	static const char wish[] =
		"come book schedule somebody someone available send can could "
		"need needs want like prefer free before after until till by "
		"off between lets how for";
	static const char *const what[] = {
		"surgery|operation|meeting|meetings|class|classes|school|court|"
		"church|vacation|trip|flight|birthday|wedding|funeral|party|"
		"exam|interview|conference|recital|graduation|jury|traveling|"
		"travelling|flying|anniversary|thanksgiving|christmas|easter|"
		"holiday",
		"out of town",
		"tied up",
		"doctors|doctor|dentist|dentists|vet|eye|medical|hospital|"
		"other|"
		"another|different appointment|visit",
		"at|see|seeing the doctors|doctor|hospital|vet",
		"im|am|were|are working|busy|away|gone",
	};
	size_t from, to;
	bool is = false;

	nlu_clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_in(t, k, wish))
			return false;
		if (nlu_match_at(t, k, "from home")) /* works there */
			return false;
		for (size_t m = 0; m < ARRAY_LEN(what); m++)
			is |= nlu_match_at(t, k, what[m]) != 0;
	}
	return is;
}
