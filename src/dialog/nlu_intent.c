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

/* "Don't stop texting me" pleads for more; "if you don't stop …" does not. */
#define PLEADS                                                                 \
	"please|but|and|so|just|yes|yeah|no|oh|ok|okay|to|rather|hope|prefer " \
	"you? "
#define GO_ON_TEXTS                                                            \
	"dont|never|not stop|quit sending|getting|with|the|my|those|your? "    \
	"me? "                                                                 \
	"text|texting|texts|messages|reminders|sms"

/* Asks whether we do; what follows may be a wish that we do not. */
#define RECORDS                                                                \
	"recording|recorded|taping|taped|transcribing|transcribed|record"

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
	{NLU_REPEAT, "^ sorry? i|we dont|didnt understand|follow $"},
	{NLU_REPEAT, "dont|didnt understand you|that|this|it|the|your "
		     "question? $"},
	{NLU_REPEAT, "^ please|can|could|sorry? you? please? speak|talk "
		     "up|louder|slower"},
	{NLU_REPEAT, "^ a|little|bit|much|please? louder|slower please? $"},
	{NLU_ROBOT, "are|is|am you|this|it|i a|an? robot|bot|machine|computer|"
		    "ai|recording|automated|human|real|person|chatbot"},
	{NLU_ROBOT, "are you|this really|actually|even|just? a|an? real|live|"
		    "actual|human|robot|person|machine|computer|bot|recording"},
	{NLU_ROBOT, "is this|that really|actually|just? a|an? real|live|"
		    "actual|human|robot|person|machine|computer|bot|recording|"
		    "answering"},
	{NLU_ROBOT, "am i talking|speaking to|with a|an? * robot|bot|machine|"
		    "computer|ai|human|person|somebody|recording|real"},
	{NLU_ROBOT, "^ and|an|am my|i|a talking|speaking to|with a|an? "
		    "real|live|actual|human"},
	{NLU_ROBOT, "you sound like a"},
	{NLU_ROBOT, "are you ai|artificial|real|human|automated|alive"},
	{NLU_ROBOT, "who am i talking|speaking"},
	{NLU_PERSON, "speak|talk|talking|speaking to|with|for a|an|the|some|"
		     "your|any? real|live|actual|human? "
		     "person|human|somebody|someone|agent|operator|"
		     "representative|manager|owner|receptionist|technician|"
		     "people|man|woman|being|dispatcher|boss|office"},
	{NLU_PERSON, "dont|not|rather|hate|tired want|like|wish|not|of? to? "
		     "talk|speak|talking|speaking to|with a|an|the|this? "
		     "machine|robot|computer|bot|recording|ai|automated"},
	{NLU_PERSON, "can|could|may i|we speak|talk to|with"},
	{NLU_PERSON, "is|are the? owner|manager|boss|receptionist|office in|"
		     "there|around|available|here|free"},
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
	{NLU_BYE, "^ * cancel everything|this|it|that $"},
	{NLU_NO_TEXTS, "dont|not|never|no|without|stop ever? text|texts|"
		       "texting|sms|message|messages me|please|to|messages? $"},
	{NLU_NO_TEXTS, "dont|not|never|stop|no|rather|without * text|texts|"
		       "texting|sms"},
	{NLU_TEXT_ME, "text me"},
	{NLU_TEXT_ME, "^ " GO_ON_TEXTS},
	{NLU_TEXT_ME, PLEADS GO_ON_TEXTS},
	{NLU_TEXT_ME, "keep texting|sending me|us|the|those"},
	{NLU_TEXT_ME, "keep the|those|my? texts|reminders|messages coming?"},
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
			"transcribing|transcribed|transcript|transcripts|"
			"transcription"},
	{NLU_NO_RECORD, "dont|not|never want|like|agree|consent * * recorded|"
			"recording|transcribed|recordings"},
	{NLU_NO_RECORD, "rather|prefer|preferred|wish|appreciate|like|better "
			"it? if? you|they|this|we|it|nobody didnt|dont|"
			"wouldnt|werent|wasnt|not|isnt|was * record|recording|"
			"recorded|recordings|tape|taped|transcribe|"
			"transcribed|transcript"},
	{NLU_NO_RECORD, "didnt|dont|never|not|havent|wont|nobody agree|agreed|"
			"consent|consented|permit|permitted|allow|allowed|"
			"authorize|authorized|approve|approved|okay|ask|asked|"
			"accept|give|given|gave * * record|recorded|recording|"
			"recordings|taped|transcribed|transcript"},
	{NLU_NO_RECORD, "decline|refuse|oppose|against|withdraw|revoke * * "
			"record|recorded|recording|recordings|taped|"
			"transcribed|transcript|transcription"},
	{NLU_NO_RECORD, "dont|not|never|stop|quit write|writing|"
			"type|typing|note|noting|jot down? what|anything|"
			"everything|notes i|we|of|that|about|down?"},
	{NLU_NO_RECORD, "dont|not|never|stop|quit write|writing|type|typing|"
			"note|noting|jot down? anything|everything|this"},
	{NLU_NO_RECORD, "dont|not|never|stop|no take|taking|notes notes? of|"
			"on|about|please what|this|the|my|our"},
	{NLU_NO_RECORD, "keep|want|make|like * call|conversation|this to? be? "
			"private|unrecorded|confidential"},
	{NLU_NO_RECORD, "turn|switch|shut * recording|recorder|transcription|"
			"transcript|recordings off|down"},
	{NLU_NO_RECORD, "turn|switch|shut off|down the|that|your? recording|"
			"recorder|transcription|transcript"},
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
	/* "are you recording this? please stop" */
	{NLU_NO_RECORD, RECORDS " * stop|quit $"},
	{NLU_NO_RECORD, RECORDS " * stop|quit it|that|this|please|now|right|"
				"doing|recording|taping"},
	{NLU_NO_RECORD, RECORDS " * turn|switch|shut it|that|this off"},
	{NLU_NO_RECORD, RECORDS " * delete|erase it|that|this"},
	{NLU_NO_RECORD, RECORDS " * dont|not $"},
	{NLU_NO_RECORD, RECORDS " * dont|not please? do $"},
	{NLU_NO_RECORD, RECORDS " * dont|not do|want|like it|that|this"},
	{NLU_NO_RECORD, RECORDS " * dont|not|never agree|consent|accept|allow|"
				"permit|approve|agreed|consented|comfortable"},
	{NLU_NO_RECORD, RECORDS " * not * okay|ok|fine|happy|comfortable|"
				"alright with|about|$"},
	{NLU_NO_RECORD, RECORDS " * rather|prefer you|not|if"},
	{NLU_NO_RECORD, RECORDS " * no thanks|thank|way"},
	{NLU_STOP_TEXTS, "stop|quit with|sending|getting|receiving|ing? * "
			 "text|texts|texting|texted|messages|messaging|sms"},
	{NLU_STOP_TEXTS, "no more text|texts|messages|texting|sms"},
	{NLU_STOP_TEXTS, "take|remove|get|delete me|us|my|this * off|from|out "
			 "your|the|this|of? list|lists|texts|texting|"
			 "messages|database|system|sms|file"},
	{NLU_STOP_TEXTS, "take|remove|delete me|us off|out please|now? $"},
	{NLU_STOP_TEXTS, "remove|delete|erase|lose|forget my|this|our number"},
	{NLU_STOP_TEXTS, "unsubscribe"},
	{NLU_STOP_TEXTS, "opt|opting|opted me|us? out"},
	{NLU_STOP_TEXTS, "dont|never|not ever|want|need|you|to? you|to? text|"
			 "texting|message|send * again|anymore|ever|more"},
	{NLU_STOP_TEXTS, "never ever? text|message|sms me|us|this|my"},
	{NLU_STOP_TEXTS, "dont you? dare|ever text|message|send"},
	{NLU_STOP_TEXTS, "never send me|us * text|texts|message|messages|sms"},
	{NLU_STOP_TEXTS, "never * want|like|agreed|asked|signed|wish|need * "
			 "text|texts|texting|messages|sms|texted"},
	{NLU_STOP_TEXTS, "no longer * text|texts|texting|messages|sms|texted"},
	{NLU_STOP_TEXTS, "dont|not want|need|wish|like * text|texts|texting|"
			 "messages|sms|texted from|anymore you|your|this|"
			 "anymore|guys|here"},
	{NLU_STOP_TEXTS, "revoke|withdraw * consent|permission"},
	{NLU_STOP_TEXTS, "text|texts|texting|messages has|have|need|needs|must "
			 "to? stop|end"},
	{NLU_STOP_TEXTS, "sick|tired|enough of * your|these|those|the|getting? "
			 "texts|texting|messages"},
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
	{NLU_EXISTING, "cancel|cancelling|reschedule|move|moving|change|"
		       "changing|postpone|push|confirm|about mondays|tuesdays|"
		       "wednesdays|thursdays|fridays|saturdays|sundays|todays|"
		       "tomorrows|next morning|afternoon|weeks? appointment|"
		       "booking|visit|reservation|one|slot|session"},
	{NLU_EXISTING, "cancel|reschedule|move|change|push|postpone my|our * "
		       "oclock|am|pm|noon"},
	{NLU_EXISTING, "move|push|bump|shift my|our one|two|three|four|five|"
		       "six|seven|eight|nine|ten|eleven|twelve|noon|1|2|3|4|"
		       "5|6|7|8|9|10|11|12 thirty|fifteen? to|until|till|back|"
		       "up|forward"},
	{NLU_EXISTING, "something|emergency|conflict|work came|comes|has up|"
		       "come * * cant|cannot|wont|need|have|must"},
	{NLU_EXISTING, "i|we cant|cannot|wont do * anymore"},
	{NLU_EXISTING, "i|we cant|cannot|wont do * after all"},
	{NLU_EXISTING, "when|time|day is|was|are|do i|we? have? my|our|the "
		       "appointment|appointments|visit|booking"},
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
	{NLU_WRONG, "wrong number|numbers|humble|armor|member"},
	{NLU_WRONG, "^ oh|uh|um|im|sorry|ah? sorry|oh|so? wrong person|place|"
		    "business|company|house|shop"},
	{NLU_WRONG, "i|we|mustve|have|must * called|dialed|reached|got|have|"
		    "calling|ringing the|a? wrong person|place|business|"
		    "company|office|shop|house"},
	{NLU_WRONG, "misdialed|misdialled"},
	{NLU_WRONG, "i|we|ive * dialed|dialled|called|calling|reached the? "
		    "wrong"},
	{NLU_WRONG, "didnt|not mean|meant|want to call|dial you|this|here "
		    "number|line? sorry|goodbye|bye? $"},
	{NLU_WRONG, "pocket|butt|accidentally|accident dialed|dial|called|"
		    "dialled"},
	{NLU_WRONG, "called|dialed by|you|this accident|accidentally|mistake"},
	{NLU_WRONG, "who is|am this|i * i was|am|thought calling|trying|"
		    "looking|this"},
	{NLU_WRONG, "i thought this was my|another|somebody|someone|a|his|her "
		    "friend|friends|sister|sisters|brother|brothers|mom|moms|"
		    "dad|dads|mother|mothers|husband|wife|son|sons|daughter|"
		    "different|other|else|number"},
	{NLU_WRONG, "is|isnt this|that|it the|a|not? * pizza|pizzeria|dominos|"
		    "walmart|taxi|bakery"},
	{NLU_WRONG, "is|isnt this|that not? the|a|an restaurant|pharmacy|bank|"
		    "hotel|library|hospital|church|school|cinema|theater"},
	{NLU_WRONG, "is|isnt this|that the * restaurant|pharmacy|bank|hotel|"
		    "library|hospital|church|school|cinema|theater $"},
	{NLU_WRONG, "is|isnt this not? the|a? * residence $"},
};

/* Pieces of a recorded pitch or a salesman's: one says it, or two of the
 * weaker ones do. None is said by somebody who wants a visit. */
static const struct {
	enum nlu_intent is;
	unsigned weight;
	const char *pattern;
} pitches[] = {
	{NLU_ROBOCALL, 2,
	 "press|dial|push|hit one|1|two|2|three|3|four|4|five|5|"
	 "nine|9|zero|0|star|pound to|now|if|for"},
	{NLU_ROBOCALL, 2,
	 "press|push|hit the one|1|two|2|nine|9|star|pound|hash key|"
	 "button? to|now|if"},
	{NLU_ROBOCALL, 2, "press|dial one|1|two|2|nine|9|star|pound $"},
	{NLU_ROBOCALL, 2,
	 "your cars|car|vehicles|vehicle|autos|auto|automobiles "
	 "factory|manufacturers|manufacturer|extended|service|is|"
	 "has|standard? about|out|past|target|standard? to|of|"
	 "extended? expire|warranty|warran|warra"},
	{NLU_ROBOCALL, 2, "your target? standard warranty|warra"},
	{NLU_ROBOCALL, 1, "warranty|warranties on|for your car|vehicle|auto"},
	{NLU_ROBOCALL, 1, "vehicle|car manufacturers|dealers warranty"},
	{NLU_ROBOCALL, 1, "this is not a sales call|solicitation|pitch"},
	{NLU_ROBOCALL, 2, "your social security"},
	{NLU_ROBOCALL, 2, "internal revenue service"},
	{NLU_ROBOCALL, 2, "this is * calling from the irs"},
	{NLU_ROBOCALL, 2, "warrant for|out your|for arrest"},
	{NLU_ROBOCALL, 2,
	 "youve|you have|been been? selected|chosen|preselected|"
	 "preapproved|prequalified"},
	{NLU_ROBOCALL, 2, "youre|you are? preapproved|prequalified"},
	{NLU_ROBOCALL, 2,
	 "lower|reduce|reduction your|in|the credit|card|interest|"
	 "student|monthly|energy|electric"},
	{NLU_ROBOCALL, 2, "student loan forgiveness|relief|balance|debt"},
	{NLU_ROBOCALL, 2,
	 "to be? removed|remove|taken|take your? number? from|off "
	 "our|this|the|your call|calling|list|lists|database"},
	{NLU_ROBOCALL, 2, "to be removed press|dial|say|hit"},
	{NLU_ROBOCALL, 2,
	 "you|youve won|win * cruise|vacation|prize|gift|iphone"},
	{NLU_ROBOCALL, 2, "free cruise|vacation|bahamas"},
	{NLU_ROBOCALL, 2,
	 "your google|amazon|apple business? listing|account|profile "
	 "is|has|was|needs|not|will|isnt|hasnt"},
	{NLU_ROBOCALL, 1, "your google|amazon|apple business? listing|account"},
	{NLU_ROBOCALL, 2,
	 "suspicious|fraudulent|unauthorized activity|charge|"
	 "purchase|transaction on|in|from|to|of your|a|several|over"},
	{NLU_ROBOCALL, 2,
	 "your account * suspended|locked|compromised|"
	 "expire|expired|past"},
	{NLU_ROBOCALL, 1, "final|last|second|third notice|attempt|warning"},
	{NLU_ROBOCALL, 1,
	 "this is an? important|urgent message|call|notice|"
	 "announcement|information"},
	{NLU_ROBOCALL, 1, "extended warranty"},
	{NLU_ROBOCALL, 1, "dont|not|please hang|stay|remain up|on the? line?"},
	{NLU_ROBOCALL, 1, "congratulations"},
	{NLU_ROBOCALL, 1, "legal action|proceedings"},
	{NLU_ROBOCALL, 1, "limited time"},
	{NLU_ROBOCALL, 1, "your * benefits|eligibility|eligible|coverage"},
	{NLU_ROBOCALL, 1,
	 "message|notice|attempt|you regarding|concerning|about your"},
	{NLU_ROBOCALL, 1, "medicare"},
	{NLU_ROBOCALL, 1, "dear|attention customer|homeowner|business|valued"},
	{NLU_ROBOCALL, 1,
	 "press * to speak to|with a|an|our representative|agent|"
	 "specialist|advisor"},
	{NLU_ROBOCALL, 1,
	 "this is a recorded|automated|prerecorded message|line|call"},
	{NLU_ROBOCALL, 1, "has expired|expires|is about to expire"},
	{NLU_ROBOCALL, 1, "been trying to reach you"},
	{NLU_SALES, 2, "search engine"},
	{NLU_SALES, 2, "first|top page on|of google"},
	{NLU_SALES, 2,
	 "online|digital|internet|social|media marketing|presence|"
	 "advertising"},
	{NLU_SALES, 2, "marketing|advertising|seo agency|services"},
	{NLU_SALES, 1, "marketing|advertising company|firm"},
	{NLU_SALES, 2, "seo"},
	{NLU_SALES, 2, "merchant|payment|card services|processing"},
	{NLU_SALES, 2, "business|working loan|loans|funding|capital"},
	{NLU_SALES, 2, "decision maker|makers"},
	{NLU_SALES, 2,
	 "help|helping|helps|grow|growing you|your|businesses * "
	 "business|businesses|customers|leads|sales|revenue|grow"},
	{NLU_SALES, 2, "more customers|leads|business|clients for|to your|you"},
	{NLU_SALES, 2, "to|like|want offer|offering|offers you|businesses"},
	{NLU_SALES, 2, "we|i|were|are|im offer|offering your|businesses"},
	{NLU_SALES, 2,
	 "your energy|electric|electricity|utility|phone * "
	 "supplier|bill|bills|costs"},
	{NLU_SALES, 2,
	 "person|one|someone|somebody|whoever in|is charge|in of|for|"
	 "charge of? your|the? * marketing|advertising|website|"
	 "purchasing|buying|payments|energy|telecom|phones"},
	{NLU_SALES, 2,
	 "whoever|who handles|manages|does|buys your|the * "
	 "marketing|advertising|website|purchasing"},
	{NLU_SALES, 2, "website|web design|designer|development|developer"},
	{NLU_SALES, 1,
	 "a|an|our special|great|exclusive|amazing offer|deal|"
	 "promotion|opportunity"},
	{NLU_SALES, 1,
	 "about a|an great|special|exclusive|exciting|amazing|new? offer|deal|"
	 "opportunity|proposal"},
	{NLU_SALES, 1, "i|we represent"},
	{NLU_SALES, 1, "on behalf of"},
	{NLU_SALES, 1,
	 "our company|firm|agency|team|product|products|"
	 "services|platform|software"},
	{NLU_SALES, 1, "save|saves|saving you|your|money * money|thousands"},
	{NLU_SALES, 1, "free trial|audit|demo|analysis"},
	{NLU_SALES, 1, "business owner|owners"},
	{NLU_SALES, 1,
	 "we|i specialize|specializes|provide|work|partner in|"
	 "with businesses|companies|contractors|local|small"},
	{NLU_SALES, 1, "your business|company listing?"},
	{NLU_SALES, 1, "would you be interested in"},
	{NLU_SALES, 1,
	 "a moment|minute|few|quick of|to|minutes|question your|"
	 "talk|discuss|about * business|company"},
};

/* Who says this wants a service, or tells of a fault: no pitch does. */
static const char *const customers[] = {
	"my|our * broken|broke|leaking|leaks|leak|leaked|clogged|dead|flooded|"
	"flooding|cracked|hurts|hurting|aches|chipped|dripping|frozen|died|"
	"stuck|sparking|damaged|overheating|blocked|backed|burst|down|dirty",
	"my|our * is|are|went|goes out",
	"my|our * isnt|not|doesnt|dont|wont|stopped|quit|cant|cannot working|"
	"work|start|starting|turn|heat|heating|cool|cooling|drain|draining|"
	"flush|close|open|light|run|running|turning",
	"is|are|was|keeps|got|its broken|leaking|clogged|flooding|dripping|"
	"overheating|stuck",
	"i|we|id|just|to|only need|needed|want|wanted|like|wanna|get|have|"
	"book|schedule|make|looking|calling|called|hoping|trying to|for|a|an|"
	"my|our|some? * * appointment|repair|repaired|fixed|fix|installed|"
	"install|installation|replaced|replace|serviced|cleaned|cleaning|"
	"checked|inspected|removed|towed|pulled|looked|estimate|quote|"
	"technician|plumber|electrician|mechanic|stylist|haircut|dentist|"
	"realtor|viewing",
	"i|we|id need|want|like|wanted to? sell|buy|rent|list my|our|a|the|an",
	"someone|somebody to? come|look|fix|check|take",
	"do|does|can|could|would|will|are|if you|your|yall|they also|still|"
	"even|guys|people|company|team|ever? offer|offering|do|fix|repair|"
	"provide|accept|service|install|clean|sell|carry|replace|honor|cover|"
	"book|schedule|charge|open|fixing|handle|deliver",
	"can|could|will|would|please|you|to fix|repair|clean|install|replace|"
	"check|service|look|come|squeeze|fit|cut|color|pull|tow|value|sell|"
	"show at|by|out|over|in? * my|our|me|us",
	"my|our car|truck|vehicle|furnace|house|hair|tooth|teeth|sink|drain|"
	"toilet|engine|brakes|boiler|heater",
	"warranty on|for my|our|the|this",
};

/* Sentences with the same words that are something else. */
static const struct {
	enum nlu_intent is;
	const char *pattern;
} not_it[] = {
	{NLU_PERSON, "speak|talk to|with you|my|him|her|them|spanish|english"},
	{NLU_NO_RECORD, "talk|speak|talking|speaking to|with a|the recording"},
	{NLU_NO_RECORD, "have|find|see|keep|got|any|no|on a|any|the|my record|"
			"records|recorded"},
	{NLU_NO_RECORD,
	 "have|has|find|see|got|there|theres is? no record|records"},
	/* it asks; with more behind it, it may be a wish */
	{NLU_NO_RECORD, "is|are this|you * recording|recorded $"},
	{NLU_NO_RECORD, "is|are|isnt|arent this|you|it call? not being? "
			"recording|recorded"},
	{NLU_ROBOT, "are you recording|taping|transcribing this|me|us|my|our|"
		    "the|what|that|it|now|everything"},
	{NLU_NO_RECORD, "dont|not|no mind * recorded|recording|record"},
	{NLU_NO_RECORD, "camera|cameras|doorbell|dvr|dashcam|tv * record|"
			"recording"},
	{NLU_STOP_TEXTS, "did|does|do|why|if|before|how|when text|you|i"},
	{NLU_STOP_TEXTS, "get|take|remove me out of here|bed|there"},
	{NLU_WRONG, "thats|its a|the? wrong number"},
	{NLU_WRONG, "that|it|number is|was a|the? wrong number"},
	{NLU_WRONG, "you|they|he|she|somebody|someone|who|people|technician|"
		    "plumber|doctor|office|guy|driver|mailman have|has|had|"
		    "got|wrote|took|typed|gave|called|sent|came|put|went|"
		    "dialed|had to|at|me|us|you|out? a|the|my? wrong"},
	{NLU_WRONG, "gave|given|giving|gives|give|put|printed|listed|written|"
		    "left|told|shows|saved|entered|used|on|under|with|texted|"
		    "faxed|charged me|us|you|him|her|them|my|out? a|the|my? "
		    "wrong"},
	{NLU_WRONG, "wrong number|person|place|company|numbers on|first|"
		    "before|earlier|yesterday|twice|at|already|of|in"},
	{NLU_WRONG, "my|your wrong"},
	{NLU_STOP_TEXTS, "^ " GO_ON_TEXTS},
	{NLU_STOP_TEXTS, PLEADS GO_ON_TEXTS},
	{NLU_NO_TEXTS, "^ " GO_ON_TEXTS},
	{NLU_NO_TEXTS, PLEADS GO_ON_TEXTS},
	{NLU_TEXT_ME, "you|they|guys|who|somebody|someone|people|why|if keep|"
		      "keeps|dont|never"},
	/* "I dialed the wrong number, but do you fix furnaces": he stays */
	{NLU_WRONG, "but|anyway|though|maybe do|can|could|are|would|will|is|"
		    "since|as|maybe|perhaps you|i|we|this|that|maybe"},
	{NLU_WRONG, "called off|in|accidentally|it"},
	{NLU_BYE, "dont|not|never|just|please|keeps|kept|always|me hang "
		  "up"},
	{NLU_BYE, "hang up on|a|an|my|the|some|our|curtains|pictures"},
	{NLU_BYE, "have|got|gotta|need|must|should to? go|run to|the|it|water|"
		  "a|my|our|through|over|out|about|by|up|back"},
	{NLU_BYE, "dont|not|never|didnt forget about|it"},
	{NLU_BYE, "never mind the|my|that|what"},
	{NLU_EXISTING, "dont|not|never want|need|have|going to? cancel"},
	{NLU_EXISTING, "can|could|may|might|should|if|would|like|want|wanted|"
		       "need|to|do|did i|we|to have|make|had|get|book|"
		       "schedule|set"},
	{NLU_CALLBACK, "dont|never|not|no need|have|to? to? call|ring|phone"},
	{NLU_LANG_EN, "dont|no|not|little|cant * english|ingles"},
	{NLU_ROBOCALL, "do|should|can|must|may|shall|did|if|told|said|asked|"
		       "says|when i|we|me|you|to to? press|push|dial|hit"},
	{NLU_PRICE, "how much longer|time|water|notice|space|room|warning|"
		    "heat"},
};

static bool wants_service(const struct nlu_text *t)
{
	for (size_t i = 0; i < ARRAY_LEN(customers); i++) {
		if (nlu_match(t, customers[i], NULL, NULL))
			return true;
	}
	return false;
}

/* "I can't do Wednesday but Thursday works, my furnace is broken": a new
 * customer's days. Who gives up an appointment names no fault and no wish. */
static bool first_days(const struct nlu_text *t)
{
	return nlu_match(t, "i|we cant|cannot|wont|dont", NULL, NULL) &&
	       nlu_match(t,
			 "works|better|fine|good|okay|ok|free|available|suits|"
			 "but|can",
			 NULL, NULL) &&
	       !nlu_match(t,
			  "cancel|cancelling|reschedule|move|change|"
			  "appointment|booking|visit|reservation|anymore|"
			  "postpone|after-all|come|came",
			  NULL, NULL) &&
	       wants_service(t);
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

static unsigned fits_of(const struct nlu_text *t)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(found & 1u << table[i].is) &&
		    nlu_match(t, table[i].pattern, NULL, NULL))
			found |= 1u << table[i].is;
	}
	found |= pitches_of(t);
	for (size_t i = 0; i < ARRAY_LEN(not_it); i++) {
		if ((found & 1u << not_it[i].is) &&
		    nlu_match(t, not_it[i].pattern, NULL, NULL))
			found &= ~(1u << not_it[i].is);
	}
	if ((found & NLU_HANG_UPS) && wants_service(t))
		found &= ~NLU_HANG_UPS;
	if (found & 1u << NLU_EXISTING && first_days(t))
		found &= ~(1u << NLU_EXISTING);
	/* who dialled it wrongly says goodbye, too */
	if (found & 1u << NLU_WRONG)
		found |= 1u << NLU_BYE;
	return found;
}

unsigned nlu_intents(const struct nlu_text *t)
{
	unsigned found, numbers = 0;

	if (t->lang == NLU_ES)
		return es_intents(t);
	found = fits_of(t);
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
