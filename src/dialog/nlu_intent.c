#include "dialog/es.h"

static const char *const names[NLU_INTENTS] = {
	[NLU_NONE] = "",
	[NLU_REPEAT] = "repeat",
	[NLU_ROBOT] = "robot",
	[NLU_PERSON] = "person",
	[NLU_WAIT] = "wait",
	[NLU_BYE] = "bye",
	[NLU_NO_TEXTS] = "no_texts",
	[NLU_TEXT_ME] = "text_me",
	[NLU_HELLO] = "hello",
	[NLU_THANKS] = "thanks",
	[NLU_SWEAR] = "swear",
	[NLU_PRICE] = "price",
	[NLU_NO_RECORD] = "no_record",
	[NLU_STOP_TEXTS] = "stop_texts",
	[NLU_LANG_ES] = "lang_es",
	[NLU_LANG_EN] = "lang_en",
	[NLU_EXISTING] = "existing",
	[NLU_CALLBACK] = "callback",
	[NLU_SALES] = "sales",
	[NLU_ROBOCALL] = "robocall",
	[NLU_WRONG] = "wrong_number",
};

static const struct {
	enum nlu_intent is;
	const char *pattern;
} table[] = {
	{NLU_REPEAT, "^ uh|um|sorry|im|excuse? what|whats|huh|pardon|come "
		     "was|did|is? that|you|me|again|say? $"},
	{NLU_REPEAT, "^ what|huh|pardon|eh|sorry $"},
	{NLU_REPEAT, "^ what was|is that"},
	{NLU_REPEAT, "^ what did you say"},
	{NLU_REPEAT, "^ sorry what"},
	{NLU_REPEAT, "^ i beg your pardon"},
	{NLU_REPEAT, "^ pardon me|sorry $"},
	{NLU_REPEAT, "^ excuse me $"},
	{NLU_REPEAT, "^ im? sorry $"},
	{NLU_REPEAT, "^ come again"},
	{NLU_REPEAT, "repeat $"},
	{NLU_REPEAT, "repeat that|it|the|please|yourself|what"},
	{NLU_REPEAT, "say that|it|this? again"},
	{NLU_REPEAT, "once|one more time? please? $"},
	{NLU_REPEAT, "^ again please? $"},
	{NLU_REPEAT, "i|we didnt|did|couldnt|could|cant not? hear|catch|"
		     "understand|get you|that|it|what"},
	{NLU_REPEAT, "what do you mean"},
	{NLU_ROBOT, "are|is|am you|this|it|i a|an? robot|bot|machine|computer|"
		    "ai|recording|automated|human|real|person|chatbot"},
	{NLU_ROBOT, "are you|this really|actually|even|just? a|an? real|live|"
		    "actual|human|robot|person|machine|computer|bot|recording"},
	{NLU_ROBOT, "is this|that really|actually|just? a|an? real|live|"
		    "actual|human|robot|person|machine|computer|bot|recording|"
		    "answering"},
	{NLU_ROBOT, "am i talking|speaking to|with a|an? * robot|bot|machine|"
		    "computer|ai|human|person|somebody|recording|real"},
	{NLU_ROBOT, "you sound like a"},
	{NLU_ROBOT, "are you ai|artificial|real|human|automated|alive"},
	{NLU_ROBOT, "who am i talking|speaking"},
	{NLU_PERSON, "speak|talk|talking|speaking to|with a|an|the|some|"
		     "your|any? real|live|actual|human? "
		     "person|human|somebody|someone|agent|operator|"
		     "representative|manager|owner|receptionist|technician|"
		     "people|man|woman|being|dispatcher|boss|office"},
	{NLU_PERSON, "get|give|want|need|transfer|connect|put me? through? "
		     "to|a|an|the? real|live|actual|human? person|human|agent|"
		     "operator|representative|receptionist"},
	{NLU_PERSON, "^ uh|um|a|an|the? real|live|actual|human? person|human|"
		     "operator|agent|representative|receptionist please? $"},
	{NLU_PERSON, "put|connect|transfer me through|to|over"},
	{NLU_PERSON, "is there|anybody|anyone a|any? real|human|person|"
		     "somebody|someone i can talk|speak"},
	{NLU_PERSON, "real person please"},
	{NLU_PERSON, "have|ask|tell somebody|someone|them|him|her to? call me"},
	{NLU_PERSON, "call me back"},
	{NLU_PERSON, "leave|take a message"},
	{NLU_WAIT, "hold on|please"},
	{NLU_WAIT, "^ wait|hold|okay|ok? wait|hold please? $"},
	{NLU_WAIT, "one|1|a|just moment|second|minute|sec please? $"},
	{NLU_WAIT, "just|give me? a|one? moment|second|minute|sec"},
	{NLU_WAIT, "let me check|see|look|think|ask"},
	{NLU_WAIT, "hang on"},
	{NLU_WAIT, "wait a|one second|minute|moment|sec"},
	{NLU_BYE, "never mind"},
	{NLU_BYE, "nevermind"},
	{NLU_BYE, "forget it|about"},
	{NLU_BYE, "wrong number"},
	{NLU_BYE, "good bye"},
	{NLU_BYE, "goodbye"},
	{NLU_BYE, "bye bye? $"},
	{NLU_BYE, "hang up"},
	{NLU_BYE, "i have|ive|got|gotta|need|must|should to? go|run"},
	{NLU_BYE, "ill|i will? call|try back|again|later|another"},
	{NLU_BYE, "i|we changed my|our mind"},
	{NLU_BYE, "ive got|to to? go|run"},
	{NLU_BYE, "not interested"},
	{NLU_BYE, "cancel everything|this|it|that $"},
	{NLU_NO_TEXTS, "dont|not|never|no|without|stop ever? text|texts|"
		       "texting|sms|message|messages me|please|to|messages? $"},
	{NLU_NO_TEXTS, "dont|not|never|stop|no|rather|without * text|texts|"
		       "texting|sms"},
	{NLU_TEXT_ME, "text me"},
	{NLU_TEXT_ME, "send me|us? a|the? text|sms|confirmation"},
	{NLU_TEXT_ME, "text|sms the|it|that details|information|to|over"},
	{NLU_HELLO, "^ hello|hi|hey hello|hi|hey|there|anybody|anyone? $"},
	{NLU_HELLO, "anybody|anyone|you there|here"},
	{NLU_HELLO, "can|do you|anyone|anybody hear me"},
	{NLU_THANKS, "^ okay|ok|alright|great|no|well? thank|thanks you|so|"
		     "very|a? much|lot|you|that|very? much? $"},
};

unsigned nlu_intents(const struct nlu_text *t)
{
	unsigned found = 0;

	if (t->lang == NLU_ES)
		return es_intents(t);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(found & 1u << table[i].is) &&
		    nlu_match(t, table[i].pattern, NULL, NULL))
			found |= 1u << table[i].is;
	}
	/* "am I talking to a person" asks, it does not want one */
	if ((found & 1u << NLU_ROBOT) &&
	    !nlu_match(t, "want|need|can|could|let|like|may|get|give", NULL,
		       NULL))
		found &= ~(1u << NLU_PERSON);
	/* talk about texts is no wish for one */
	if (found & 1u << NLU_NO_TEXTS ||
	    nlu_match(t, "did|does|do|why|if|before|how|when|unless * text|sms",
		      NULL, NULL))
		found &= ~(1u << NLU_TEXT_ME);
	return found;
}

enum nlu_intent nlu_intent_find(struct sv name)
{
	for (int i = 1; i < NLU_INTENTS; i++) {
		if (sv_eq(name, names[i]))
			return (enum nlu_intent)i;
	}
	return NLU_NONE;
}

const char *nlu_intent_name(enum nlu_intent i)
{
	return names[i];
}
