#include "dialog/script.h"

#include <ctype.h>
#include <stdio.h>

/* What people answer to a question that wants yes or no. */
static const char *const yes_no[] = {
	"yes",
	"yes please",
	"yes that's fine",
	"yes that works",
	"yes that's right",
	"yes that's correct",
	"yes thank you",
	"yes thanks",
	"yes sir",
	"yes ma'am",
	"yes go ahead",
	"yes please do",
	"yes you can",
	"yes you may",
	"yes book it",
	"yes sure",
	"yes of course",
	"yes that sounds good",
	"yes that would be great",
	"yeah",
	"yeah sure",
	"yeah that's fine",
	"yeah that works",
	"yeah please",
	"yeah go ahead",
	"yep",
	"yup",
	"sure",
	"sure thing",
	"sure go ahead",
	"sure that works",
	"okay",
	"ok",
	"okay sure",
	"okay great",
	"okay that's fine",
	"fine",
	"that's fine",
	"that works",
	"that works for me",
	"that's good",
	"that's great",
	"that's perfect",
	"that's right",
	"that's correct",
	"that would be great",
	"that would be fine",
	"sounds good",
	"sounds great",
	"that sounds good",
	"correct",
	"right",
	"exactly",
	"perfect",
	"great",
	"wonderful",
	"excellent",
	"absolutely",
	"definitely",
	"of course",
	"please do",
	"please",
	"go ahead",
	"do that",
	"book it",
	"book that",
	"please book it",
	"i'll take it",
	"uh huh",
	"mm hmm",
	"all right",
	"alright",
	"very good",
	"no problem",
	"why not",
	"no",
	"no thanks",
	"no thank you",
	"no sir",
	"no ma'am",
	"nope",
	"nah",
	"no not really",
	"not really",
	"no that doesn't work",
	"that doesn't work",
	"that doesn't work for me",
	"no that won't work",
	"that won't work",
	"no i can't",
	"i can't",
	"no that's too early",
	"no that's too late",
	"too early",
	"too late",
	"that's too early",
	"that's too late",
	"no that's wrong",
	"that's wrong",
	"i'd rather not",
	"no i'd rather not",
	"rather not",
	"no don't",
	"please don't",
	"no another time",
	"another time",
	"another day",
	"no another day",
	"no something else",
	"something else",
	"something earlier",
	"something later",
	"earlier",
	"later",
	"no earlier",
	"no later",
	"i don't think so",
	"not now",
	"no that's all",
	"no that's it",
	"no i'm good",
	"i'm good",
};

/* What may come instead of any answer. */
static const char *const anywhere[] = {
	"what",
	"pardon",
	"sorry",
	"excuse me",
	"repeat",
	"repeat that",
	"repeat that please",
	"say that again",
	"can you say that again",
	"can you repeat that",
	"could you repeat that",
	"what did you say",
	"what was that",
	"come again",
	"i didn't hear you",
	"hello",
	"hold on",
	"hold on a second",
	"one moment",
	"one moment please",
	"one second",
	"just a moment",
	"just a second",
	"just a minute",
	"hang on",
	"wait",
	"let me check",
	"are you a robot",
	"are you a real person",
	"is this a robot",
	"is this a real person",
	"am i talking to a robot",
	"am i talking to a person",
	"speak to a person",
	"talk to a person",
	"speak to a human",
	"can i speak to a person",
	"can i talk to a person",
	"can i speak to someone",
	"can i talk to someone",
	"let me talk to a person",
	"real person",
	"operator",
	"representative",
	"never mind",
	"forget it",
	"goodbye",
	"bye",
	"wrong number",
};

static const char *const when_words[] = {
	"monday",    "tuesday",	    "wednesday",  "thursday",	"friday",
	"saturday",  "sunday",	    "today",	  "tomorrow",	"tonight",
	"january",   "february",    "march",	  "april",	"may",
	"june",	     "july",	    "august",	  "september",	"october",
	"november",  "december",    "morning",	  "afternoon",	"evening",
	"noon",	     "midday",	    "weekend",	  "week",	"weeks",
	"day",	     "days",	    "month",	  "next",	"this",
	"coming",    "after",	    "before",	  "around",	"about",
	"between",   "until",	    "till",	  "by",		"from",
	"to",	     "at",	    "in",	  "on",		"the",
	"of",	     "or",	    "and",	  "a",		"is",
	"for",	     "half",	    "quarter",	  "past",	"o'clock",
	"am",	     "pm",	    "a m",	  "p m",	"oh",
	"early",     "late",	    "later",	  "earlier",	"sooner",
	"first",     "thing",	    "as",	  "soon",	"possible",
	"anytime",   "any",	    "time",	  "whenever",	"please",
	"yes",	     "no",	    "not",	  "how",	"what",
	"make",	     "it",	    "maybe",	  "rather",	"actually",
	"sometime",  "would",	    "be",	  "good",	"great",
	"fine",	     "better",	    "best",	  "works",	"that",
	"me",	     "can",	    "you",	  "do",		"come",
	"lunch",     "work",	    "asap",	  "one",	"two",
	"three",     "four",	    "five",	  "six",	"seven",
	"eight",     "nine",	    "ten",	  "eleven",	"twelve",
	"thirteen",  "fourteen",    "fifteen",	  "sixteen",	"seventeen",
	"eighteen",  "nineteen",    "twenty",	  "thirty",	"forty",
	"fifty",     "second",	    "third",	  "fourth",	"fifth",
	"sixth",     "seventh",	    "eighth",	  "ninth",	"tenth",
	"eleventh",  "twelfth",	    "thirteenth", "fourteenth", "fifteenth",
	"sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
	"thirtieth",
};

static const char *const digit_words[] = {
	"zero",	     "oh",	 "one",	     "two",	 "three",   "four",
	"five",	     "six",	 "seven",    "eight",	 "nine",    "ten",
	"eleven",    "twelve",	 "thirteen", "fourteen", "fifteen", "sixteen",
	"seventeen", "eighteen", "nineteen", "twenty",	 "thirty",  "forty",
	"fifty",     "sixty",	 "seventy",  "eighty",	 "ninety",  "hundred",
	"double",    "triple",	 "plus",     "area",	 "code",    "it's",
	"my",	     "number",	 "is",
};

static void add(struct buf *b, struct sv s)
{
	size_t from;

	if (!s.len || buf_room(b, s.len + 1))
		return;
	if (b->len)
		buf_char(b, '\n');
	from = b->len;
	buf_sv(b, s);
	for (size_t i = from; i < b->len; i++)
		b->p[i] = (char)tolower((unsigned char)b->p[i]);
}

static void add_all(struct buf *b, const char *const *tab, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(b, sv_str(tab[i]));
}

static void add_figures(struct buf *b)
{
	char s[8];

	for (int i = 1; i <= 59; i++) {
		snprintf(s, sizeof(s), "%d", i);
		add(b, sv_str(s));
	}
	for (int i = 1; i <= 31; i++) {
		snprintf(s, sizeof(s), "%d%s", i,
			 i / 10 == 1   ? "th"
			 : i % 10 == 1 ? "st"
			 : i % 10 == 2 ? "nd"
			 : i % 10 == 3 ? "rd"
				       : "th");
		add(b, sv_str(s));
	}
}

static void add_service(struct dialog_sess *s, struct sv phrase)
{
	static const char *const frames[] = {
		"%.*s",		 "my %.*s", "the %.*s",	   "it's my %.*s",
		"it's the %.*s", "a %.*s",  "%.*s please",
	};
	char line[160];

	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		const char *at = strstr(frames[i], "%.*s");

		snprintf(line, sizeof(line), "%.*s%.*s%s",
			 (int)(at - frames[i]), frames[i], SV_ARG(phrase),
			 at + 4);
		add(&s->lists[SLOT_SERVICE].phrases, sv_str(line));
	}
	add(&s->lists[SLOT_SERVICE].bias, phrase);
}

static int add_term(struct dialog_sess *s, unsigned item, json_t *word,
		    unsigned weight)
{
	struct sv w = sv_str(json_string_value(word));

	if (!w.len)
		return 0;
	add_service(s, w);
	return nlu_terms_add(&s->terms, item, w, weight);
}

/* Is the script's list of words meant for this service? */
static bool meant(json_t *group, json_t *service, struct sv name)
{
	const char *like = json_string_value(json_object_get(group, "like"));
	struct nlu_text t;
	size_t i;
	json_t *w;

	if (!like)
		return false;
	nlu_split(&t, name);
	if (nlu_match(&t, like, NULL, NULL))
		return true;
	json_array_foreach (json_object_get(service, "words"), i, w) {
		nlu_split(&t, sv_str(json_string_value(w)));
		if (nlu_match(&t, like, NULL, NULL))
			return true;
	}
	return false;
}

static int build_service(struct dialog_sess *s, unsigned item, json_t *service)
{
	struct sv name =
		sv_str(json_string_value(json_object_get(service, "name")));
	json_t *group, *w;
	size_t i, k;
	int err;

	add_service(s, name);
	err = nlu_terms_name(&s->terms, item, name);
	json_array_foreach (json_object_get(service, "words"), i, w) {
		if (!err)
			err = add_term(s, item, w, NLU_WEIGHT_WORD);
	}
	json_array_foreach (json_object_get(s->script, "words"), i, group) {
		if (!meant(group, service, name))
			continue;
		json_array_foreach (json_object_get(group, "words"), k, w) {
			if (!err)
				err = nlu_terms_add(
					&s->terms, item,
					sv_str(json_string_value(w)),
					NLU_WEIGHT_WORD - 1);
			add(&s->lists[SLOT_SERVICE].bias,
			    sv_str(json_string_value(w)));
		}
	}
	return err;
}

int lists_build(struct dialog_sess *s)
{
	struct lists *l = s->lists;
	json_t *v;
	size_t i;
	int err = 0;

	for (i = 0; i < SLOT_KINDS; i++) {
		buf_init(&l[i].phrases, 1 << 17);
		buf_init(&l[i].words, 1 << 16);
		buf_init(&l[i].bias, 1 << 16);
	}
	json_array_foreach (json_object_get(s->vars, "services"), i, v) {
		if (!err && i < NLU_ITEMS)
			err = build_service(s, (unsigned)i, v);
	}
	json_array_foreach (json_object_get(s->vars, "names"), i, v)
		add(&l[SLOT_NAME].bias, sv_str(json_string_value(v)));
	add_all(&l[SLOT_YESNO].phrases, yes_no, ARRAY_LEN(yes_no));
	add_all(&l[SLOT_YESNO].phrases, anywhere, ARRAY_LEN(anywhere));
	add_all(&l[SLOT_SERVICE].phrases, anywhere, ARRAY_LEN(anywhere));
	add_all(&l[SLOT_WHEN].words, when_words, ARRAY_LEN(when_words));
	add_figures(&l[SLOT_WHEN].words);
	add_all(&l[SLOT_PHONE].words, digit_words, ARRAY_LEN(digit_words));
	for (i = 0; !err && i < SLOT_KINDS; i++) {
		err = l[i].phrases.err ? l[i].phrases.err : l[i].words.err;
		err = err ? err : l[i].bias.err;
		/* a business with very many words: what fits is enough */
		err = err == -ENOSPC ? 0 : err;
	}
	return err;
}

void lists_fini(struct dialog_sess *s)
{
	for (size_t i = 0; i < SLOT_KINDS; i++) {
		buf_fini(&s->lists[i].phrases);
		buf_fini(&s->lists[i].words);
		buf_fini(&s->lists[i].bias);
	}
}
