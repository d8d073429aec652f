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
	{NLU_PERSON, "speak|talk|talking|speaking to|with|for a|an|the|some|"
		     "your|any? real|live|actual|human? "
		     "person|human|somebody|someone|agent|operator|"
		     "representative|manager|owner|receptionist|technician|"
		     "people|man|woman|being|dispatcher|boss|office"},
	{NLU_PERSON, "get|give|want|need|transfer|connect|put me? through? "
		     "to|a|an|the? real|live|actual|human? person|human|agent|"
		     "operator|representative|receptionist"},
	{NLU_PERSON, "^ uh|um|a|an|the? real|live|actual|human? person|human|"
		     "operator|agent|representative|receptionist please? $"},
	{NLU_PERSON, "want|need|get|give|for|where me? a|your|the? "
		     "manager|supervisor|boss"},
	{NLU_PERSON, "^ uh|um|a|the|your|no? manager|supervisor please|now? "
		     "$"},
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
	{NLU_BYE, "good by|bye|buy $"},
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
	{NLU_WAIT, "^ filled|fold|old|told on a? second|minute|moment"},
	{NLU_WAIT, "^ * a second|sec|moment|minute please? $"},
	{NLU_ROBOT, "are you a|an real|little? dot|rowboat|robots"},
	{NLU_THANKS, "^ okay|ok|alright|great|no|well? thank|thanks you|so|"
		     "very|a? much|lot|you|that|very? much? $"},
	{NLU_SWEAR,
	 "fuck|fucking|fucked|fucker|motherfucker|motherfucking|shit|"
	 "shitty|bullshit|asshole|assholes|bitch|bitches|bastard|"
	 "bastards|cunt|dickhead|goddamn|goddamned"},
	{NLU_SWEAR, "damn you|it|machine|robot|computer|thing"},
	{NLU_SWEAR, "^ damn"},
	{NLU_SWEAR, "god damn"},
	{NLU_SWEAR, "go to hell"},
	{NLU_SWEAR, "screw|piss you|off"},
	{NLU_SWEAR, "shut up"},
	{NLU_SWEAR, "kiss my"},
	{NLU_SWEAR, "you|youre * idiot|idiots|moron|stupid|useless|dumb"},
	{NLU_SWEAR, "stupid|dumb|idiotic|useless robot|machine|bot|computer|"
		    "thing|assistant"},
	{NLU_SWEAR, "what the hell|heck is wrong"},
	{NLU_PRICE, "how|what much|must is|does|do|did|would|will|are|for|it|"
		    "you|that|the|to|money|a|an"},
	{NLU_PRICE, "^ * how much $"},
	{NLU_PRICE, "what|whats|how * your|the|a? price|prices|pricing|costs|"
		    "charges|rate|rates|fee|fees"},
	{NLU_PRICE, "what|how|does|do|will|would|gonna * cost|charge|cost-me"},
	{NLU_PRICE, "to|gonna cost"},
	{NLU_PRICE, "your hourly|service? price|prices|pricing|rate|rates|fee|"
		    "fees"},
	{NLU_PRICE, "what would|will|does that|it|this|a|the run|set|cost"},
	{NLU_PRICE, "a|rough|price|cost quote|estimate|ballpark * phone|now|"
		    "price"},
	{NLU_PRICE, "give me|us a|an|some rough|quick? idea|quote|estimate|"
		    "price|ballpark"},
	{NLU_PRICE, "is there|it a|any|free|expensive|charge fee|charge|for"},
	{NLU_PRICE, "is it|that|this|are|you very|really|too? expensive"},
	{NLU_PRICE, "how expensive"},
	{NLU_PRICE, "do|would you charge"},
	{NLU_NO_RECORD, "dont|not|never|stop|without|no|quit|cant * "
			"record|recording|recorded|taping|taped|transcribe|"
			"transcribing|transcribed"},
	{NLU_NO_RECORD, "dont|not|never want|like|agree|consent * * recorded|"
			"recording|transcribed|recordings"},
	{NLU_NO_RECORD, "turn|switch|shut * recording|recorder|transcription|"
			"recordings off|down"},
	{NLU_NO_RECORD, "turn|switch|shut off|down the|that|your? recording|"
			"recorder|transcription"},
	{NLU_NO_RECORD, "dont|not report|accord|ricard this|the call"},
	{NLU_NO_RECORD, "off the record"},
	{NLU_NO_RECORD, "object|mind * * recorded|recording"},
	{NLU_NO_RECORD, "dont|not|never consent|agree|consented to|with a|the|"
			"any|this|your? transcription|transcript|recording|"
			"recordings|transcribing"},
	{NLU_NO_RECORD, "no consent"},
	{NLU_NO_RECORD, "delete|erase|destroy|scrap this|that|the|my|any|all? "
			"recording|recordings|transcript|transcription|call"},
	{NLU_NO_RECORD, "dont|not|never keep|store|save|retain what|anything|"
			"any|the|my|this|that|a i|recording|recordings|of|"
			"transcript|words|voice|call"},
	{NLU_STOP_TEXTS, "stop|quit with|sending|ing? * text|texts|texting|"
			 "texted|messages|messaging|sms"},
	{NLU_STOP_TEXTS, "no more text|texts|messages|texting"},
	{NLU_STOP_TEXTS, "take|remove|get|delete me|us|my|this * off|from|out"},
	{NLU_STOP_TEXTS, "remove|delete|erase my number"},
	{NLU_STOP_TEXTS, "unsubscribe"},
	{NLU_STOP_TEXTS, "opt|opting|opted me|us? out"},
	{NLU_STOP_TEXTS, "dont|never|not ever? text|message|send * again|"
			 "anymore|ever|more"},
	{NLU_STOP_TEXTS, "never text|message me"},
	{NLU_LANG_ES, "espanol|espaniol|hispanol|castellano"},
	{NLU_LANG_ES, "speak|speaks|speaking|talk|understand|have any|some? "
		      "spanish"},
	{NLU_LANG_ES, "in spanish"},
	{NLU_LANG_ES, "spanish please|police|place|peas|speaker|speaking|line"},
	{NLU_LANG_ES, "^ uh|um|oh? spanish $"},
	{NLU_LANG_ES, "no|dont|not|little speak|understand|much? english|"
		      "ingles"},
	{NLU_LANG_ES, "no|dont|not * good|much english"},
	{NLU_LANG_ES, "habla|hablas|hablan|hablo"},
	{NLU_LANG_ES, "^ hola"},
	{NLU_LANG_ES, "por favor"},
	{NLU_LANG_EN, "english please|instead"},
	{NLU_LANG_EN, "in english"},
	{NLU_LANG_EN, "speak|talk|continue|prefer|switch|back|to english"},
	{NLU_LANG_EN, "^ uh|um|oh|no? english $"},
	{NLU_LANG_EN, "hablo ingles"},
	{NLU_EXISTING, "i|we|ive|weve already|just|do? have|had|made|booked|"
		       "scheduled|set|got up? an|a|my|the appointment|"
		       "appointments|booking|visit|reservation"},
	{NLU_EXISTING, "cancel|reschedule|move|change|postpone|push|rebook|"
		       "switch|confirm|check|about|regarding|for my|our|the|"
		       "an|that|this|todays|tomorrows|existing * appointment|"
		       "booking|visit|reservation"},
	{NLU_EXISTING, "my|our next|upcoming|existing|current|last? "
		       "appointment|appointments|booking|reservation"},
	{NLU_EXISTING, "reschedule|rescheduled|rescheduling|rebook"},
	{NLU_EXISTING, "where is|are|s|wheres * technician|plumber|guy|"
		       "technicians|man|guys"},
	{NLU_EXISTING, "wheres the|my|your|that technician|plumber|guy|man"},
	{NLU_EXISTING, "nobody|hasnt|havent|never|didnt|no * showed|show|shown|"
		       "came|come|arrived up?"},
	{NLU_EXISTING, "waiting for|on the|your|my|a technician|plumber|guy|"
		       "man|tech"},
	{NLU_EXISTING, "i|id|we|just|to need|want|have|gotta|wanna|got|like|"
		       "had|must|calling|called|trying|wanted to? cancel $"},
	{NLU_EXISTING, "i|id|we|just|would need|want|have|gotta|wanna|got|like|"
		       "had|must|calling|called|trying|wanted to? cancel "
		       "please|for|today|tomorrow|on|my|our|the"},
	{NLU_EXISTING, "^ uh|um|yes|hi|hello|please? cancel please? $"},
	{NLU_EXISTING, "i|we cant|cannot|wont make|come|keep it|in? today|"
		       "tomorrow|tonight|this|monday|tuesday|wednesday|"
		       "thursday|friday|saturday|sunday|on|anymore"},
	{NLU_EXISTING, "i|we wont be able to make|come|keep it|in? today|"
		       "tomorrow|tonight|this|monday|tuesday|wednesday|"
		       "thursday|friday|saturday|sunday|on|anymore"},
	{NLU_CALLBACK, "have|ask|tell|get|want|need|like somebody|someone|them|"
		       "him|her|anyone|people|you|a|the * to? call|phone|ring "
		       "me|us"},
	{NLU_CALLBACK, "can|could|would|will|please somebody|someone|some|"
		       "anybody|anyone|you|they|he|she * call|ring|phone "
		       "me|us"},
	{NLU_CALLBACK, "call|calling|ring|phone me|us back|black"},
	{NLU_CALLBACK, "give me|us a call|ring|callback"},
	{NLU_CALLBACK, "callback|call-back"},
	{NLU_CALLBACK, "a call back"},
	{NLU_CALLBACK, "return my|our|the call"},
	{NLU_WRONG,
	 "wrong number|numbers|humble|armor|member|person|place|business|"
	 "company"},
	{NLU_WRONG, "misdialed|misdialled"},
	{NLU_WRONG, "dialed|dialled|called|calling|reached the? wrong"},
	{NLU_WRONG, "didnt|not mean|meant|want to call|dial you|this"},
	{NLU_WRONG, "pocket|butt|accidentally|accident dialed|dial|called|"
		    "dialled"},
	{NLU_WRONG, "called|dialed by|you|this accident|accidentally|mistake"},
	{NLU_WRONG, "who is|am this|i * i was|am|thought calling|trying|"
		    "looking|this"},
	{NLU_WRONG, "i thought this was"},
	{NLU_WRONG, "is|isnt this|that|it the|a|not? * pizza|pizzeria|"
		    "restaurant|pharmacy|bank|hotel|library|hospital|"
		    "dominos|walmart|church|school|taxi|bakery|cinema|"
		    "theater"},
	{NLU_WRONG, "is|isnt this not? * residence"},
};

/* Pieces of a recorded pitch or a salesman's: one says it, or two of the
 * weaker ones do. None is said by somebody who wants a visit. */
static const struct {
	enum nlu_intent is;
	unsigned weight;
	const char *pattern;
} pitches[] = {
	{NLU_ROBOCALL, 2,
	 "press|dial|push|hit one|1|two|2|three|3|nine|9|"
	 "zero|0|five|5|the|star|pound to|now|if|for|key"},
	{NLU_ROBOCALL, 2,
	 "your|the|on cars|car|vehicle|vehicles|auto|autos * "
	 "warranty"},
	{NLU_ROBOCALL, 2, "vehicle|car manufacturers|dealers warranty"},
	{NLU_ROBOCALL, 2, "this is not a sales call|solicitation|pitch"},
	{NLU_ROBOCALL, 2, "your social security"},
	{NLU_ROBOCALL, 2, "internal revenue service"},
	{NLU_ROBOCALL, 2, "this is * calling from the irs"},
	{NLU_ROBOCALL, 2, "warrant for|out your|for arrest"},
	{NLU_ROBOCALL, 2,
	 "youve|you|your|have been selected|chosen|"
	 "preselected|preapproved|prequalified"},
	{NLU_ROBOCALL, 2,
	 "lower|reduce|reduction your|in credit|card|interest|"
	 "the interest|rate|rates|card|student"},
	{NLU_ROBOCALL, 2, "student loan forgiveness|relief|balance|debt"},
	{NLU_ROBOCALL, 2, "to be removed|placed|taken from|on|off"},
	{NLU_ROBOCALL, 2, "free|won|win * cruise|vacation|gift card"},
	{NLU_ROBOCALL, 2,
	 "your google|amazon|apple business? listing|account|"
	 "profile"},
	{NLU_ROBOCALL, 2,
	 "suspicious|fraudulent|unauthorized activity|charge|"
	 "purchase|transaction"},
	{NLU_ROBOCALL, 2,
	 "your account * suspended|locked|compromised|"
	 "expire|expired|past"},
	{NLU_ROBOCALL, 1,
	 "final|last|second|third notice|attempt|warning|"
	 "reminder"},
	{NLU_ROBOCALL, 1,
	 "an? important|urgent message|call|notice|"
	 "announcement|information"},
	{NLU_ROBOCALL, 1, "extended warranty"},
	{NLU_ROBOCALL, 1, "dont|not|please hang|stay|remain up|on the? line?"},
	{NLU_ROBOCALL, 1, "congratulations"},
	{NLU_ROBOCALL, 1, "legal action|proceedings"},
	{NLU_ROBOCALL, 1, "limited time"},
	{NLU_ROBOCALL, 1, "your * benefits|eligibility|eligible|coverage"},
	{NLU_ROBOCALL, 1, "regarding|concerning|about your"},
	{NLU_ROBOCALL, 1, "medicare"},
	{NLU_ROBOCALL, 1, "dear|attention customer|homeowner|business|valued"},
	{NLU_ROBOCALL, 1,
	 "to speak to|with a|an|our representative|agent|"
	 "specialist|advisor"},
	{NLU_ROBOCALL, 1,
	 "this|is|a recorded|automated|prerecorded message|"
	 "line|call"},
	{NLU_ROBOCALL, 1, "has expired|expires|is about to expire"},
	{NLU_ROBOCALL, 1, "we|have been trying to reach you"},
	{NLU_SALES, 2, "search engine"},
	{NLU_SALES, 2, "first|top page|of|page on|of google"},
	{NLU_SALES, 2,
	 "online|digital|internet|social|marketing marketing|"
	 "presence|advertising|agency|company|services"},
	{NLU_SALES, 2, "seo"},
	{NLU_SALES, 2, "merchant|payment|card services|processing"},
	{NLU_SALES, 2, "business|working loan|loans|funding|capital|line"},
	{NLU_SALES, 2, "decision maker|makers"},
	{NLU_SALES, 2,
	 "help|helping|helps|grow|growing you|your|businesses * "
	 "business|businesses|customers|leads|sales|revenue|grow"},
	{NLU_SALES, 2, "more customers|leads|business|clients for|to your|you"},
	{NLU_SALES, 2, "offer|offering|offers you|your|businesses"},
	{NLU_SALES, 2,
	 "your energy|electric|electricity|utility|phone|"
	 "insurance * supplier|provider|bill|bills|rate|costs"},
	{NLU_SALES, 2, "person|one|someone in charge of|for"},
	{NLU_SALES, 2,
	 "whoever|who handles|manages|does|buys your|the * "
	 "marketing|advertising|website|purchasing|insurance"},
	{NLU_SALES, 2,
	 "website|web design|designer|development|developer|site "
	 "for?"},
	{NLU_SALES, 1,
	 "a|an|our special|great|exclusive|amazing offer|deal|"
	 "promotion|opportunity"},
	{NLU_SALES, 1, "i|we represent"},
	{NLU_SALES, 1, "on behalf of"},
	{NLU_SALES, 1,
	 "our company|firm|agency|team|product|products|"
	 "services|platform|software"},
	{NLU_SALES, 1, "save|saves|saving you|your|money * money|thousands"},
	{NLU_SALES, 1, "free trial|consultation|audit|demo|analysis"},
	{NLU_SALES, 1, "business owner|owners"},
	{NLU_SALES, 1,
	 "we|i specialize|specializes|provide|work|partner in|"
	 "with businesses|companies|contractors|local|small"},
	{NLU_SALES, 1, "your business|company|website|listing"},
	{NLU_SALES, 1, "are|would you be? interested in"},
	{NLU_SALES, 1,
	 "a moment|minute|few|quick of|to|minutes|question your|"
	 "talk|discuss|about * business|company"},
};

/* Sentences with the same words that are something else. */
static const struct {
	enum nlu_intent is;
	const char *pattern;
} not_it[] = {
	{NLU_NO_RECORD, "talk|speak|talking|speaking to|with a|the recording"},
	{NLU_NO_RECORD, "have|find|see|keep|got|any|no|on a|any|the|my record|"
			"records|recorded"},
	{NLU_NO_RECORD, "is|are this|you * recording|recorded"},
	{NLU_STOP_TEXTS, "did|does|do|why|if|before|how|when text|you|i"},
	{NLU_WRONG, "thats|its a|the? wrong number"},
	{NLU_WRONG, "that|it|number is|was a|the? wrong number"},
	{NLU_WRONG, "you have|got|wrote|took|typed|gave a|the? wrong number"},
	{NLU_WRONG, "my|your wrong"},
	/* "I dialed the wrong number, but do you fix furnaces": he stays */
	{NLU_WRONG, "but|anyway|though|maybe do|can|could|are|would|will|is|"
		    "since|as|maybe|perhaps you|i|we|this|that|maybe"},
	{NLU_BYE, "wrong number * but|anyway|though do|can|could|are|would|"
		  "will|since|maybe you|i|we"},
	{NLU_EXISTING, "dont|not|never want|need|have|going to? cancel"},
	{NLU_EXISTING, "can|could|may|might|should|if|would|like|want|wanted|"
		       "need|to|do|did i|we|to have|make|had|get|book|"
		       "schedule|set"},
	{NLU_CALLBACK, "dont|never|not|no need|have|to? to? call|ring|phone"},
	{NLU_LANG_EN, "dont|no|not|little|cant * english|ingles"},
	{NLU_PRICE, "how much longer|time|water|notice|space|room|warning|"
		    "heat"},
};

static unsigned fits_of(const struct nlu_text *t)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(found & 1u << table[i].is) &&
		    nlu_match(t, table[i].pattern, NULL, NULL))
			found |= 1u << table[i].is;
	}
	for (size_t i = 0; i < ARRAY_LEN(not_it); i++) {
		if ((found & 1u << not_it[i].is) &&
		    nlu_match(t, not_it[i].pattern, NULL, NULL))
			found &= ~(1u << not_it[i].is);
	}
	return found;
}

static unsigned pitches_of(const struct nlu_text *t)
{
	unsigned found = 0, weight[NLU_INTENTS] = {0};

	for (size_t i = 0; i < ARRAY_LEN(pitches); i++) {
		if (!nlu_match(t, pitches[i].pattern, NULL, NULL))
			continue;
		weight[pitches[i].is] += pitches[i].weight;
		if (weight[pitches[i].is] >= 2)
			found |= 1u << pitches[i].is;
	}
	return found;
}

unsigned nlu_intents(const struct nlu_text *t)
{
	unsigned found, numbers = 0;

	if (t->lang == NLU_ES)
		return es_intents(t);
	found = fits_of(t) | pitches_of(t);
	/* "am I talking to a person" asks, it does not want one */
	if ((found & 1u << NLU_ROBOT) &&
	    !nlu_match(t, "want|need|can|could|let|like|may|get|give", NULL,
		       NULL))
		found &= ~(1u << NLU_PERSON);
	/* among digits a recogniser invents the strangest words */
	for (size_t i = 0; i < t->n; i++)
		numbers += t->v[i].num >= 0;
	if (numbers > 1)
		found &= ~(1u << NLU_SWEAR);
	if (found & 1u << NLU_STOP_TEXTS)
		found |= 1u << NLU_NO_TEXTS;
	/* a recording asks for no person, and gives none a call back */
	if (found & 1u << NLU_ROBOCALL)
		found &= ~(1u << NLU_PERSON | 1u << NLU_CALLBACK |
			   1u << NLU_SALES | 1u << NLU_WAIT);
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
