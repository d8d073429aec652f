#include "dialog/nlu.h"

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
	{"no go ahead", NLU_YES},
	{"no * yes|yeah|yep|sure", NLU_YES},
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
	{"no|not good", NLU_NO},
	{"something|anything else", NLU_NO},
	{"another|different time|day|date|one", NLU_NO},
	{"none of", NLU_NO},
	{"neither", NLU_NO},
	{"forget it|about", NLU_NO},
	{"^ know|nah|naw $", NLU_NO},
	{"uh|nuh|nu uh $", NLU_NO},
	{"uh huh|hum", NLU_YES},
	{"mm|m|hm hmm|hm|mm|mhm", NLU_YES},
};

static const char yes_words[] =
	"yes yeah yep yup yah ya yea yess aye sure ok "
	"okay okey correct exactly absolutely definitely "
	"certainly affirmative indeed mhm mmhmm uhhuh "
	"alright totally surely yessir gladly";
static const char no_words[] = "no nope nah naw negative never nay";

/* Good words, and sentences that agree without a yes. */
static const char *const agree[] = {
	"sounds|looks|seems good|great|fine|perfect|right|okay|ok|lovely",
	"thats|that|its|it is|would|will|should? be? fine|good|great|perfect|"
	"ok|okay|right|correct|it|alright|wonderful|lovely|ideal|nice",
	"that|it|this|which works|suits|fits|helps|would|will",
	"works for|fine|great|well|perfectly",
	"of course",
	"go ahead",
	"go for it",
	"please do|book|go|text|send",
	"please $",
	"do it|that|so|please",
	"lets do|go|book|take",
	"ill|i will? take",
	"book it|that|me|this",
	"i do|would|am|agree|guess|think so|can|will $",
	"i would love|like|appreciate",
	"id love|like|appreciate",
	"i guess|think|suppose|believe so",
	"by all means",
	"you bet|can|may",
	"you got it",
	"all right",
	"very good|well",
	"^ it is $",
	"^ thats|that it|right|me|correct",
	"^ right $",
	"^ right thats|yes|okay",
	"^ fine|good|great|perfect|wonderful|awesome|excellent|lovely|super|"
	"cool|deal|works|agreed|amazing|fantastic",
	"fine|good|great|perfect|wonderful with|for|by me",
	"thumbs up",
};

static enum nlu_yesno whole_words(const struct nlu_text *t)
{
	enum nlu_yesno first = NLU_NEITHER;

	for (size_t i = 0; i < t->n; i++) {
		if (nlu_in(t, i, yes_words) &&
		    !(nlu_in(t, i, "sure") && i && nlu_is(t, i - 1, "not")))
			first = first ? first : NLU_YES;
		if (nlu_in(t, i, no_words))
			first = first ? first : NLU_NO;
	}
	return first;
}

enum nlu_yesno nlu_yesno(const struct nlu_text *t)
{
	enum nlu_yesno first;

	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (!nlu_match(t, sentences[i].pattern, NULL, NULL))
			continue;
		/* a plain yes in front counts more than what follows */
		if (sentences[i].is == NLU_NO &&
		    nlu_in(t, 0, "yes yeah yep yup sure okay ok") &&
		    !nlu_in(t, 1, "no not but") && t->n > 2)
			return NLU_YES;
		return sentences[i].is;
	}
	first = whole_words(t);
	if (first)
		return first;
	for (size_t i = 0; i < ARRAY_LEN(agree); i++) {
		if (nlu_match(t, agree[i], NULL, NULL))
			return NLU_YES;
	}
	return NLU_NEITHER;
}
