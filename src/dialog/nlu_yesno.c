#include "dialog/es.h"

/* Sentences whose words alone would mislead. The first that fits decides. */
static const struct {
	const char *pattern;
	enum nlu_yesno is;
} sentences[] = {
	{"no problem|problems|worries|objection|objections", NLU_YES},
	{"not a problem", NLU_YES},
	{"why not", NLU_YES},
	{"i dont|wouldnt|do|would not? mind", NLU_YES},
	{"no thats|its|that|it is? fine|ok|okay|good|great|perfect|right|"
	 "alright|correct",
	 NLU_YES},
	{"no that|it|this works|suits|fits", NLU_YES},
	{"no that|it|this will|would work|do|suit|fit|help", NLU_YES},
	{"no thatll|itll work|do|be", NLU_YES},
	{"no rush|hurry|pressure", NLU_YES},
	{"no go ahead", NLU_YES},
	{"no * yes|yeah|yep", NLU_YES},
	{"no sure", NLU_YES},
	{"^ will do $", NLU_YES},
	{"might as well", NLU_YES},
	{"dont|not see|know why not", NLU_YES},
	{"no i|im am? okay|ok|fine with|by", NLU_YES},
	{"yes|yeah|yep|well|um|uh no $", NLU_NO},
	{"yeah|yes no", NLU_NO},
	{"of course not", NLU_NO},
	{"absolutely|definitely|certainly|probably|maybe|perhaps|sure not",
	 NLU_NO},
	{"not really|necessary|needed|necessarily|today|now|then|good|right|"
	 "correct|yet|at|interested|that|this|possible",
	 NLU_NO},
	{"wont|not|isnt be? necessary|needed|required", NLU_NO},
	{"id|i would? rather|prefer not", NLU_NO},
	{"better not", NLU_NO},
	{"i dont|do not? think|want|need|like|believe", NLU_NO},
	{"please dont", NLU_NO},
	{"please do not", NLU_NO},
	{"^ dont", NLU_NO},
	{"^ do not", NLU_NO},
	{"doesnt|dont|wont|didnt|wouldnt really? work|suit|fit|do|help|sound",
	 NLU_NO},
	{"does|will|would|do not really? work|suit|fit|do|help|sound", NLU_NO},
	{"i|we cant|cannot|wont|couldnt", NLU_NO},
	{"im|i am? not", NLU_NO},
	{"were|we are? not", NLU_NO},
	{"im|i am? busy|working|away", NLU_NO},
	{"thats|its|that|it is? wrong|incorrect|bad|too|not", NLU_NO},
	{"too early|late|soon|far|long", NLU_NO},
	{"no good", NLU_NO},
	{"not|isnt|wasnt * good|great|fine|okay|ok|right|correct|well|ideal|"
	 "perfect",
	 NLU_NO},
	{"something|anything else", NLU_NO},
	{"another|different time|day|date|one", NLU_NO},
	{"none of", NLU_NO},
	{"neither", NLU_NO},
	{"forget it|about", NLU_NO},
	{"^ know|nah|naw $", NLU_NO},
	{"unfortunately|afraid not", NLU_NO},
	{"^ no|nah|nope|oh|uh|um? im|i|were am? good|set $", NLU_NO},
	{"im|i|were am? all|good|fine set|thanks|thank", NLU_NO},
	{"dont|not bother|worry", NLU_NO},
	{"dont|not|never text|tax|test|message me", NLU_NO},
	{"uh|nuh|nu uh $", NLU_NO},
	{"uh huh|hum", NLU_YES},
	{"mm|m|hm hmm|hm|mm|mhm", NLU_YES},
};

static const char yes_words[] = "yes yeah yep yup yah ya yea yess aye "
				"affirmative mhm mmhmm uhhuh yessir";
/* These agree where they stand for themselves, not amid a sentence. */
static const char yes_adverbs[] =
	"sure ok okay okey correct exactly absolutely "
	"definitely certainly indeed alright totally "
	"surely gladly";
static const char before_adverb[] =
	"uh um oh well so and yes yeah yep no thats its that it is";
static const char no_words[] = "no nope nah naw negative never nay";

/* Not an answer to us, whatever good words are in it. */
static const char *const aside[] = {
	"email|emails|instead",
	"im|i am? not sure|certain|positive",
	"make|making|be sure",
	"^ uh|um|so|and|but|oh|okay? what|whats|when|how|who|where",
	"^ uh|um|so|and|but|oh|okay? is|are|was|would|will|can|could|does|did|"
	"should|may|have i|you|it|that|this|they|there|we|my|the|your|someone|"
	"somebody",
	"^ uh|um|so|and|but|oh|okay? do i|you|they|we",
	"good morning|afternoon|evening|night|question|day",
};

/* Good words, and sentences that agree without a yes. */
static const char *const agree[] = {
	"sounds|looks|seems good|great|fine|perfect|right|okay|ok|lovely",
	"thats|that|its|it is|would|will|should? be? fine|good|great|perfect|"
	"ok|okay|right|correct|alright|wonderful|lovely|ideal|nice",
	"^ is|would|will be? fine|good|great|perfect|wonderful|lovely|nice",
	"that|it|this|which works|suits|fits|helps $",
	"that|it|this|which works|suits|fits|helps me|us|with|then|too",
	"that|it|this would|will work|do|suit|fit|help",
	"that|it|this would|will $",
	"thatll|itll work|do|suit|fit|help",
	"thatll|itll be fine|good|great|perfect|ok|okay|wonderful|lovely|nice",
	"works for|fine|great|well|perfectly",
	"of course",
	"go ahead",
	"go for it",
	"go right|on ahead",
	"sounds like a|the plan|good|deal",
	"im|i|were|we am|are? okay|ok|fine|good|happy|cool with|by",
	"please do it|that|so? $",
	"please go|text",
	"please book|send it|that|them|me? $",
	"please send me? the|a|that text|message|sms|details|information",
	/* a bare one: anything may be asked for with "please" behind it */
	"^ uh|um|oh|well? please please? $",
	"^ just|please|you|well|and? can|may? do it|that|so|please",
	"lets do|go|book|take",
	"ill take it|that|this|the",
	"i will take it|that|this|the",
	"book it|that|me|this",
	"i do|would|am|agree|guess|think so|can|will $",
	"i would love|like|appreciate that|it|to $",
	"id love|like|appreciate that|it|to $",
	"i guess|think|suppose|believe so",
	"by all means",
	"^ you bet",
	"^ you can|may $",
	"^ you can|may sure|surely|certainly|please|text|send|go|book",
	"^ you got it $",
	"all right",
	"^ very good|well",
	"^ it is $",
	"^ thats|that it|right|me|correct",
	"^ right $",
	"^ right thats|yes|okay",
	"^ fine|good|great|perfect|wonderful|awesome|excellent|lovely|super|"
	"cool|deal|works|agreed|amazing|fantastic",
	"fine|good|great|perfect|wonderful with|for|by me",
	"thumbs up",
};

#define GOOD                                                                   \
	"great|wonderful|perfect|fantastic|super|nice|lovely|awesome|"         \
	"excellent|brilliant|terrific|marvelous|fine|good|sure|okay|yeah|yes"
#define SPAN                                                                   \
	"week|weeks|day|days|night|nights|weekend|month|months|winter|hours"

/* Behind a yes they take it back or make a condition: ask once more. */
static const char *const hedges[] = {
	"except|however|although|unless|assuming|depends|depending|provided",
	"as|so long as",
	"on the|one condition",
	"hold|hang on|off|up",
	"hold the line",
	"a|one|just|another moment|second|sec|minute|min",
	"let|lemme me? just? "
	"think|see|check|ask|look|get|grab|find|talk|call|finish",
	"give|bear me|with a|one|me|some",
	"have|need|want|got|like|gotta|must|should|ill|let to|me? first? "
	"ask|check|think|talk|discuss|see|consult|decide",
	"think|thinking about|over",
	"not sure|certain|yet",
	"dont|not|never * yet",
	"dont|never book|send|text|call|do|schedule|come|charge|put|write|"
	"reserve|go|cancel",
	"do not book|send|text|call|do|schedule|come|charge|put|write|"
	"reserve|go|cancel",
	"not|isnt|wasnt to|on|at|for|this|that|the|right|correct|my|in|with",
	"cant|cannot|wont|couldnt be|make|do|get|come|pay|afford|take|have|"
	"say|decide|really|that|it|until|before|work|today|tomorrow|then",
	"old|former|previous|last|wrong address|number|phone|place|house|name",
	"used to|be",
	"make|change|move|switch it|that|this|them",
	"so|and|yes|yeah|okay|ok|sure|right|alright|well "
	"what|whats|how|where|who|which",
	"what about|time|day|is|does|would|will|kind|do",
	"how much|long|about|many|far|soon|do|does|will|would",
	"i was wondering",
	"maybe|perhaps|possibly",
	"kind|sort of",
	"no for|to|on the|that|this|my",
	"my new number|address",
	"number|address is|has different|changed|new",
	"id|i would? rather|prefer not",
	"better|course not",
	"not really|interested|necessary",
	"please|i dont|do not? want|need|like|think|believe|text|call|send",
	"that|this|day|time doesnt|wont|wouldnt|dont really? work|suit|fit",
	"doesnt|wont|dont work|suit for me|us",
	"too early|late|soon|far|long",
	"thats|its wrong|incorrect",
	"something|anything else",
	"another|different time|day|date|one",
	"none of",
	"forget it|about",
	"cant|cannot|couldnt|didnt|dont hear|understand|catch|know",
	"didnt|never ask|asked|say|said|want|wanted|order|ordered|agree|"
	"agreed|mean|book|call",
};

/* "Great, another week without heat": no praise, and no yes. */
static const char *const ironies[] = {
	GOOD " another|one more? whole? more? " SPAN,
	GOOD " two|three|four|five|six more " SPAN,
	GOOD " * " SPAN " without|with no|of|like",
	GOOD " * just|exactly? what i|we need|needed|wanted * * not|another|"
	     "again|more|without|wait|waiting",
	GOOD " so|now i|we|ill|well have|get|gotta|must to? wait|sit|live",
	GOOD " so|now? i|we|ill|well have|get|gotta|must|can|be? to? "
	     "freeze|freezing|suffer|starve",
	"how|thats|just|oh just|so? wonderful|lovely|convenient|brilliant|"
	"great|fantastic another|again|nothing|more|now",
	"thanks|thank for nothing",
	"what a joke|mess|disaster|shame|nightmare|pity",
	"got|gotta|have|must to? be kidding|joking",
	"are you kidding|joking|serious",
	"thats|its|this|it|that is? absolutely|just|really|so|completely? "
	"ridiculous|unbelievable|outrageous|pathetic|unacceptable",
	GOOD " as|like always|usual",
};

/* What a caller says to take back the word before. */
static const char turns[] = "actually wait sorry mean meant hmm hm oh rather "
			    "nevermind scratch hold";
/* A no with such a word in front or behind is about something else. */
static const char no_of[] =
	"is are was has have had got gets with there theres of be its in say "
	"says said see";
static const char no_ends[] =
	"sorry thanks thank please wait actually i im no nope dont not sir "
	"maam thats its";

static bool fits_any(const struct nlu_text *t, const char *const *patterns,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (nlu_match(t, patterns[i], NULL, NULL))
			return true;
	}
	return false;
}

static bool says_yes(const struct nlu_text *t, size_t i)
{
	if (i && nlu_is(t, i - 1, "not"))
		return false;
	if (nlu_in(t, i, yes_words))
		return true;
	if (!nlu_in(t, i, yes_adverbs))
		return false;
	return !i || i + 1 == t->n || t->v[i].sep != ' ' ||
	       nlu_in(t, i - 1, before_adverb);
}

static enum nlu_yesno whole_words(const struct nlu_text *t)
{
	enum nlu_yesno first = NLU_NEITHER;

	for (size_t i = 0; i < t->n; i++) {
		if (says_yes(t, i))
			first = first ? first : NLU_YES;
		if (nlu_in(t, i, no_words))
			first = first ? first : NLU_NO;
	}
	return first;
}

/* "But no rush" and "but yes" take nothing back. */
static bool has_but(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_is(t, i, "but") &&
		    !nlu_match_at(t, i + 1,
				  "theres|there? is? no "
				  "rush|hurry|pressure|worries|problem") &&
		    !nlu_in(t, i + 1, "yes yeah yep okay ok sure fine go"))
			return true;
	}
	return false;
}

/* "If it is under a hundred", not the polite "if you can". */
static bool has_if(const struct nlu_text *t)
{
	static const char *const polite[] = {
		"if possible|needed|necessary|convenient",
		"if you can|could|may|will|would|please|like|want|dont|wouldnt",
		"if thats|its|that|it is? okay|ok|fine|alright|possible|right|"
		"all|good",
		"if thats|its|that|it is? no|not a|any|too? much? of? a? "
		"trouble|problem|bother|hassle|inconvenience|imposition|"
		"burden|issue",
		"if thats|its|that|it isnt|doesnt a|any|too? much? "
		"trouble|problem|bother|hassle|inconvenience|matter",
		"if i|we can|could|may",
		"if so|anything",
	};

	return nlu_match(t, "if", NULL, NULL) &&
	       !fits_any(t, polite, ARRAY_LEN(polite));
}

/* "Wait", but not "I can't wait". */
static bool has_wait(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_is(t, i, "wait") &&
		    !nlu_in(t, i ? i - 1 : t->n,
			    "can cant cannot will ill to i we well could "
			    "would couldnt the"))
			return true;
	}
	return false;
}

/* The last no that stands for itself; t->n without one. */
static size_t last_no(const struct nlu_text *t)
{
	for (size_t i = t->n; i-- > 0;) {
		bool apart = i + 1 == t->n || t->v[i + 1].sep != ' ' ||
			     nlu_in(t, i + 1, no_ends);

		if (nlu_in(t, i, no_words) && apart &&
		    (!i || t->v[i].sep != ' ' || !nlu_in(t, i - 1, no_of)))
			return i;
	}
	return t->n;
}

/* "No, that's fine" and "why not" are whole: only a "but" or an "if" behind
 * them is heard. */
static bool settled(const struct nlu_text *t)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (nlu_match(t, sentences[i].pattern, NULL, NULL))
			return sentences[i].is == NLU_YES && !has_but(t) &&
			       !has_if(t) && !has_wait(t);
	}
	return false;
}

/* "Yes, actually, it's no": a turn, and a no behind it, or not heard. */
static bool turns_to_no(const struct nlu_text *t, size_t from)
{
	bool turned = false;

	for (size_t i = from; i < t->n; i++) {
		if (turned && nlu_in(t, i, no_words))
			return true;
		turned |= nlu_in(t, i, turns);
	}
	return t->n > from + 1 &&
	       nlu_in(t, t->n - 1, "actually but rather hm hmm");
}

/* A yes in t: what is left of it after all that was said with it. */
static enum nlu_yesno weigh(const struct nlu_text *t)
{
	size_t no = last_no(t), from = 0;
	bool turned = false, only = true;

	if (has_but(t))
		return NLU_NEITHER;
	while (from < t->n && !says_yes(t, from))
		from++;
	for (size_t i = from + 1; i < no && no < t->n; i++) {
		turned |= nlu_in(t, i, turns);
		only &= says_yes(t, i) || nlu_in(t, i, no_words) ||
			nlu_in(t, i, "um uh well oh please");
	}
	/* "yes, actually, no", "okay, no" */
	if (no < t->n && from < no && (turned || only))
		return NLU_NO;
	if ((no < t->n && from < no) || turns_to_no(t, from) || has_if(t) ||
	    has_wait(t) || fits_any(t, hedges, ARRAY_LEN(hedges)) ||
	    fits_any(t, ironies, ARRAY_LEN(ironies)))
		return NLU_NEITHER;
	return NLU_YES;
}

/* A yes or no in front still counts: "no, email me instead". */
static enum nlu_yesno in_front(const struct nlu_text *t)
{
	if (nlu_in(t, 0, no_words))
		return NLU_NO;
	if (nlu_in(t, 0, yes_words) && !nlu_match(t, "instead", NULL, NULL) &&
	    !nlu_in(t, 1, "no not but"))
		return NLU_YES;
	return NLU_NEITHER;
}

/* What the words say, whatever comes behind a yes. */
static enum nlu_yesno at_first(const struct nlu_text *t)
{
	enum nlu_yesno first;

	if (fits_any(t, aside, ARRAY_LEN(aside)))
		return in_front(t);
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (!nlu_match(t, sentences[i].pattern, NULL, NULL))
			continue;
		/* a plain yes in front is weighed against what follows */
		if (sentences[i].is == NLU_NO &&
		    nlu_in(t, 0, "yes yeah yep yup sure okay ok") &&
		    !nlu_in(t, 1, "no not but") && t->n > 2)
			return NLU_YES;
		return sentences[i].is;
	}
	first = whole_words(t);
	if (first)
		return first;
	return fits_any(t, agree, ARRAY_LEN(agree)) ? NLU_YES : NLU_NEITHER;
}

enum nlu_yesno nlu_yesno(const struct nlu_text *t)
{
	enum nlu_yesno is;

	if (t->lang == NLU_ES)
		return es_yesno(t);
	is = at_first(t);
	if (is == NLU_NO && says_yes(t, 0) &&
	    (has_but(t) ||
	     nlu_match_at(t, 1, "not at|to|on|in|for|with this|my|that|the")))
		return NLU_NEITHER;
	/* "as long as it's not expensive" */
	if (is == NLU_NO && !nlu_in(t, 0, no_words) &&
	    nlu_match(t, "as|so long as", NULL, NULL))
		return NLU_NEITHER;
	if (is == NLU_YES && !settled(t))
		return weigh(t);
	/* "no, …" as a line garbles it, and nobody agrees with it alone */
	if (!is && nlu_match(t, "^ you know", NULL, NULL) &&
	    !fits_any(t, hedges, ARRAY_LEN(hedges)) && !has_wait(t))
		return NLU_NO;
	return is;
}
