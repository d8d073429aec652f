/*
 * How calls begin: what customers of every trade say first is never taken
 * for a pitch, a recording or a wrong number, and the pitches still are.
 * What ends texts and transcripts is understood in all its forms.
 */
#include "tests/unit/dialog/talk.h"

#include "dialog/nlu.h"

static const struct {
	const char *trade, *line;
} customers[] = {
	{"home_services",
	 "I need an old boiler to be removed from my basement"},
	{"home_services",
	 "I have some old equipment to be removed from my basement"},
	{"home_services",
	 "the last plumber gave me the wrong number, anyway my drain is "
	 "clogged"},
	{"home_services",
	 "sorry I called the wrong number first. My heater is broken"},
	{"home_services", "they put the wrong number on my invoice"},
	{"home_services", "you sent the bill to the wrong person"},
	{"home_services", "do you offer your services on weekends?"},
	{"home_services", "is there someone in charge of scheduling"},
	{"home_services", "we're a marketing company and our AC is out"},
	{"home_services", "the internet company drilled through my water pipe"},
	{"home_services", "please don't hang up, I have a question about your "
			  "prices"},
	{"home_services", "I saw your web site and I have a leak under the "
			  "sink"},
	{"home_services", "hi, my furnace stopped working last night"},
	{"home_services",
	 "I got a message regarding your visit, is the technician on his way"},
	{"home_services",
	 "I'm calling from my business line, the toilet at our "
	 "office keeps running"},
	{"home_services",
	 "is the person in charge of billing there, I want to pay"},
	{"home_services", "should I press one for an appointment"},
	{"home_services",
	 "I want the old water heater taken off the wall and a new one in"},
	{"home_services",
	 "does your company do free estimates for small businesses"},
	{"home_services",
	 "I think I called off my appointment accidentally, can you check"},
	{"home_services", "you came to the wrong house yesterday"},
	{"home_services", "are you offering a special deal on furnaces"},
	{"home_services", "can you lower your rate a bit for seniors"},
	{"home_services", "this is not a sales call, I have no hot water"},
	{"dental", "I was given the wrong number for the dentist, I need a "
		   "cleaning"},
	{"dental", "does your office take my insurance provider"},
	{"dental", "who handles the insurance claims, I got a bill"},
	{"dental", "I have a question about your final notice"},
	{"dental", "I'd like a free consultation, I saw your website"},
	{"dental", "the dentist pulled the wrong tooth"},
	{"dental", "my tooth hurts and I can't sleep"},
	{"dental", "you have my account and my coverage wrong"},
	{"car_repair", "is my car still under warranty"},
	{"car_repair", "does your car repair have a warranty"},
	{"car_repair", "I have to push the key hard to start the engine"},
	{"car_repair", "is the repair covered by the manufacturer's warranty"},
	{"car_repair", "my vehicle's extended warranty covers it, can you do "
		       "brakes"},
	{"car_repair", "I had to push the car off the road"},
	{"car_repair", "I put the wrong fuel in, I dialed three shops already"},
	{"salon", "I won a gift card at your raffle and want a haircut"},
	{"salon", "I found your Google profile, do you do highlights"},
	{"salon", "is your special offer still on"},
	{"salon", "would you be able to fit me in today"},
	{"salon", "you colored it the wrong way last time"},
	{"salon", "I'd like to get my nails done"},
	{"real_estate", "I want to sell my house"},
	{"real_estate", "I would like to offer my house for sale"},
	{"real_estate", "is it close to a school"},
	{"real_estate", "is that near a church or a library"},
	{"real_estate", "we represent ourselves and want to buy a condo"},
	{"real_estate", "is the house on the corner still for sale"},
	{"real_estate", "who is the agent for the house on Pine Street"},
	{"real_estate", "I want to list our house, we need a valuation"},
	/* Spanish */
	{"real_estate", "(es) quiero vender mi casa"},
	{"real_estate", "(es) quisiera vender mi departamento"},
	{"real_estate", "(es) quiero vender mi casa en la calle Pine 88"},
	{"real_estate", "(es) queremos venderles nuestra casa"},
	{"real_estate", "(es) le quiero vender una propiedad"},
	{"real_estate", "(es) quisiéramos ofrecer nuestro departamento en "
			"venta"},
	{"real_estate", "(es) no, es la casa de la esquina"},
	{"real_estate", "(es) ¿la casa está cerca de una farmacia?"},
	{"real_estate", "(es) esa casa no es la que buscaba, busco otra"},
	{"home_services",
	 "(es) me dieron el número equivocado, pero tengo una fuga en el baño"},
	{"home_services", "(es) pusieron el teléfono equivocado en mi factura"},
	{"home_services", "(es) me equivoqué de día, tengo cita mañana"},
	{"home_services", "(es) llamo a ver si pueden arreglar mi calefacción"},
	{"home_services", "(es) por favor no me cuelgue, tengo una pregunta"},
	{"home_services", "(es) ya marqué el dos y nadie contesta"},
	{"home_services", "(es) los encontré en Google Maps, se tapó el "
			  "desagüe"},
	{"home_services", "(es) quiero hablar con el dueño del negocio"},
	{"home_services", "(es) quisiera presentar una queja"},
	{"home_services", "(es) vuelvo a llamar porque nadie vino"},
	{"home_services", "(es) ¿ofrecen servicio los fines de semana?"},
	{"dental", "(es) llamo a preguntar por una limpieza"},
	{"dental", "(es) me duele una muela"},
	{"dental", "(es) ¿aceptan mi seguro?"},
	{"salon", "(es) llamo por la promoción de corte que vi"},
	{"salon", "(es) ese color no es el que quería"},
	{"salon", "(es) vi en su página web que hacen mechas"},
	{"car_repair", "(es) mi carro no arranca"},
	{"car_repair", "(es) ¿tengo garantía de mi reparación?"},
	{"car_repair", "(es) me llegó el último aviso de la inspección"},
};

static unsigned intents_of(const char *line)
{
	struct nlu_text t;
	bool es = !strncmp(line, "(es)", 4);

	nlu_split_lang(&t, sv_str(es ? line + 4 : line), es ? NLU_ES : NLU_EN);
	return nlu_intents(&t);
}

/* What a call says and does after line was its first sentence. */
static void play(struct talk *t, const char *trade, const char *line)
{
	struct dialog_in begin = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	bool es = !strncmp(line, "(es)", 4);
	char path[100], said[300];
	json_t *script, *example;
	char *patch;

	snprintf(path, sizeof(path), "conf/scripts/%s.json", trade);
	snprintf(said, sizeof(said), ">%s", line);
	script = json_load_file(path, 0, NULL);
	assert_non_null(script);
	example = json_deep_copy(json_object_get(script, "example"));
	json_decref(script);
	if (!example)
		example = json_object();
	json_object_set_new(example, "languages",
			    json_pack("[ss]", "en", "es"));
	json_object_set_new(example, "call",
			    json_pack("{ss ss}", "lang", es ? "es" : "en",
				      "hears", "en es"));
	patch = json_dumps(example, 0);
	json_decref(example);
	talk_open_script(t, path, NULL, patch);
	free(patch);
	talk_in(t, &begin);
	assert_true(talk_line(t, said, strlen(said)));
	buf_char(&t->log, '\0');
}

/* The answer to line holds want and not never; NULL: whatever it is. */
static bool leads(const char *trade, const char *line, const char *want,
		  const char *never)
{
	struct talk t;
	const char *answer;
	bool is;

	play(&t, trade, line);
	answer = strchr(t.log.p, '>');
	is = (!want || strstr(answer, want)) &&
	     (!never || !strstr(answer, never));
	if (!is)
		print_error("%s: %s", trade, t.log.p);
	talk_close(&t);
	return is;
}

/* Sent away: the call is over, or on its way there. */
static bool sent_away(const struct talk *t)
{
	static const char *const tv[] = {
		"no sales calls",      "no recorded calls",
		"No problem. This is", "llamadas de ventas",
		"llamadas grabadas",   "Goodbye.",
		"Hasta luego."};

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		if (strstr(t->log.p, tv[i]))
			return true;
	}
	return t->over;
}

static void test_customers(void **state)
{
	unsigned wrong = 0;
	(void)state;

	assert_true(ARRAY_LEN(customers) >= 60);
	for (size_t i = 0; i < ARRAY_LEN(customers); i++) {
		struct talk t;

		play(&t, customers[i].trade, customers[i].line);
		if (sent_away(&t)) {
			print_error("%s: %s\n%s", customers[i].trade,
				    customers[i].line, t.log.p);
			wrong++;
		}
		talk_close(&t);
	}
	assert_int_equal(0, wrong);
}

/* The same to any business: a word that ends calls is in none of them. */
static void test_customers_intents(void **state)
{
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(customers); i++) {
		unsigned got = intents_of(customers[i].line) & NLU_HANG_UPS;

		/* "le quiero vender una propiedad": the script must know */
		if (!got || (got == 1u << NLU_SALES &&
			     strstr(customers[i].line, "vender una")))
			continue;
		print_error("\"%s\": %x\n", customers[i].line, got);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

/* want: what the line says, 0 none of of. */
struct meant {
	enum nlu_intent of;
	bool is;
	const char *line;
};

static const struct meant meanings[] = {
	{NLU_ROBOCALL, true, "press one to be connected to an agent"},
	{NLU_ROBOCALL, true, "to be taken off our calling list press two"},
	{NLU_ROBOCALL, true,
	 "your vehicle's factory warranty is about to expire"},
	{NLU_ROBOCALL, true, "(es) presione el uno para hablar con un agente"},
	{NLU_ROBOCALL, true, "(es) este es su último aviso, no cuelgue"},
	{NLU_SALES, true, "we're a marketing agency and want to offer you SEO"},
	{NLU_SALES, true, "may I speak to the person in charge of advertising"},
	{NLU_SALES, true, "we offer merchant services for small businesses"},
	{NLU_SALES, true,
	 "hello I would like to speak to the owner about a great offer for "
	 "business loom"},
	{NLU_SALES, true, "(es) queremos ofrecerle publicidad para su negocio"},
	{NLU_SALES, true,
	 "(es) le podemos ayudar a aparecer primero en Google"},
	{NLU_WRONG, true, "sorry, I have the wrong number"},
	{NLU_WRONG, true, "oh I called the wrong place"},
	{NLU_WRONG, true, "is this the hospital"},
	{NLU_WRONG, true, "(es) perdón, marqué mal"},
	{NLU_WRONG, true, "(es) ¿hablo a la casa de la señora López?"},
	{NLU_WRONG, true, "(es) me equivoqué al marcar"},
	{NLU_BYE, false, "please don't hang up"},
	{NLU_BYE, false, "I have to run the water all night"},
	{NLU_STOP_TEXTS, true, "I no longer want your texts"},
	{NLU_STOP_TEXTS, true, "I no longer wish to receive text messages"},
	{NLU_STOP_TEXTS, true, "I never want to get another text from you"},
	{NLU_STOP_TEXTS, true, "I don't want any texts from you"},
	{NLU_STOP_TEXTS, true, "lose my number"},
	{NLU_STOP_TEXTS, true, "never text me"},
	{NLU_STOP_TEXTS, true, "don't you ever text me again"},
	{NLU_STOP_TEXTS, true, "I want to stop getting these texts"},
	{NLU_STOP_TEXTS, true, "these text messages need to stop"},
	{NLU_STOP_TEXTS, true, "I revoke my consent"},
	{NLU_STOP_TEXTS, true, "remove this number from your system"},
	{NLU_STOP_TEXTS, true, "I'm tired of your texts"},
	{NLU_STOP_TEXTS, true, "(es) paren los mensajes"},
	{NLU_STOP_TEXTS, true, "(es) no quiero recibir más mensajes"},
	{NLU_STOP_TEXTS, true, "(es) ya no me manden mensajes"},
	{NLU_STOP_TEXTS, true, "(es) nunca me manden textos"},
	{NLU_STOP_TEXTS, true, "(es) no autorizo mensajes"},
	{NLU_STOP_TEXTS, true, "(es) quiten mi número de su lista"},
	{NLU_STOP_TEXTS, true, "(es) quiero darme de baja"},
	{NLU_STOP_TEXTS, false, "I don't want you to text me the details"},
	{NLU_STOP_TEXTS, false, "I want the leak to stop"},
	{NLU_STOP_TEXTS, false, "the noise needs to stop"},
	{NLU_STOP_TEXTS, false, "my brakes don't stop the car"},
	{NLU_STOP_TEXTS, false, "I never got your text message"},
	{NLU_STOP_TEXTS, false, "I did not receive a text"},
	{NLU_STOP_TEXTS, false, "you never texted me back"},
	{NLU_STOP_TEXTS, false, "I lost my number for the technician"},
	{NLU_STOP_TEXTS, false, "take me off the schedule for Friday"},
	{NLU_STOP_TEXTS, false, "can you stop by tomorrow"},
	{NLU_STOP_TEXTS, false, "(es) quiero que pare la fuga"},
	{NLU_STOP_TEXTS, false, "(es) no me llegó el mensaje"},
	{NLU_STOP_TEXTS, false, "(es) no he recibido ningún mensaje"},
	{NLU_NO_RECORD, true, "I'd rather you didn't keep a recording"},
	{NLU_NO_RECORD, true, "I'd prefer if you didn't record"},
	{NLU_NO_RECORD, true, "I didn't agree to be recorded"},
	{NLU_NO_RECORD, true, "nobody asked me about recording this"},
	{NLU_NO_RECORD, true, "I decline to be recorded"},
	{NLU_NO_RECORD, true, "I refuse to be recorded"},
	{NLU_NO_RECORD, true, "no transcript please"},
	{NLU_NO_RECORD, true, "no recording"},
	{NLU_NO_RECORD, true, "don't write down what I say"},
	{NLU_NO_RECORD, true, "please don't take notes of this"},
	{NLU_NO_RECORD, true, "I want this call to be private"},
	{NLU_NO_RECORD, true, "(es) no estoy de acuerdo con la grabación"},
	{NLU_NO_RECORD, true, "(es) no di permiso para grabar"},
	{NLU_NO_RECORD, true, "(es) preferiría que no grabaran"},
	{NLU_NO_RECORD, true, "(es) me opongo a que me graben"},
	{NLU_NO_RECORD, true, "(es) no anote lo que digo"},
	{NLU_NO_RECORD, true, "(es) sin transcripción por favor"},
	{NLU_NO_RECORD, true, "are you recording this? please stop"},
	{NLU_NO_RECORD, true, "are you recording me? I don't want that"},
	{NLU_NO_RECORD, true, "is this recorded? then turn it off please"},
	{NLU_NO_RECORD, true, "is this call being recorded? I do not agree"},
	{NLU_NO_RECORD, true, "you are recording? I'm not okay with that"},
	{NLU_NO_RECORD, true, "are you taping this? I'd rather you don't"},
	{NLU_NO_RECORD, true, "recorded? no thanks"},
	{NLU_NO_RECORD, true, "(es) ¿me están grabando? no quiero"},
	{NLU_NO_RECORD, true, "(es) ¿esto se graba? no estoy de acuerdo"},
	{NLU_NO_RECORD, true, "(es) ¿está grabando? pare por favor"},
	{NLU_NO_RECORD, false, "are you recording this?"},
	{NLU_NO_RECORD, false, "is this call recorded? I don't mind"},
	{NLU_NO_RECORD, false, "are you recording? can you stop by tomorrow"},
	{NLU_NO_RECORD, false, "is this recorded? okay, that's fine"},
	{NLU_NO_RECORD, false, "are you not recording this?"},
	{NLU_NO_RECORD, false, "(es) ¿me están grabando?"},
	{NLU_NO_RECORD, false, "(es) ¿esto se graba? está bien"},
	{NLU_ROBOT, false, "are you recording this?"},
	{NLU_ROBOT, true, "are you a recording?"},
	{NLU_NO_RECORD, false, "I don't mind being recorded"},
	{NLU_NO_RECORD, false, "my doorbell camera does not record"},
	{NLU_NO_RECORD, false, "I have no record of my appointment"},
	{NLU_NO_RECORD, false, "I don't have your address written down"},
	{NLU_NO_RECORD, false, "I didn't write down the time"},
	{NLU_NO_RECORD, false, "(es) no me importa que graben"},
	{NLU_NO_RECORD, false, "(es) no estoy de acuerdo con el precio"},
	{NLU_NO_RECORD, false, "(es) no tengo grabado su número"},
	{NLU_NO_RECORD, false, "(es) no me escriba más"},
	{NLU_EXISTING, true, "I need to cancel Friday's appointment"},
	{NLU_EXISTING, true, "can we move my 9 o'clock to 11"},
	{NLU_EXISTING, true, "can you push my two thirty to four"},
	{NLU_EXISTING, true, "something came up, I can't do Thursday anymore"},
	{NLU_EXISTING, true, "I need to change tomorrow's visit"},
	{NLU_EXISTING, true, "(es) no voy a poder el jueves"},
	{NLU_EXISTING, true, "(es) ya no puedo el viernes"},
	{NLU_EXISTING, true, "(es) me surgió algo, no puedo ir"},
	{NLU_EXISTING, true, "(es) quiero mover lo del jueves"},
	{NLU_EXISTING, true, "I can't do Thursday after all"},
	{NLU_EXISTING, true, "I can't make it Friday"},
	{NLU_EXISTING, true,
	 "I can't come on Friday, my car won't start, but "
	 "Monday is fine"},
	{NLU_EXISTING, false,
	 "I can't do Wednesday but Thursday after 4 "
	 "works, my furnace is broken"},
	{NLU_EXISTING, false,
	 "my drain is clogged, we can't do tomorrow, "
	 "Friday after 2 is fine"},
	{NLU_STOP_TEXTS, false,
	 "please don't stop texting me, I like the "
	 "reminders"},
	{NLU_STOP_TEXTS, false, "don't stop the texts"},
	{NLU_TEXT_ME, true, "don't stop the texts"},
	{NLU_TEXT_ME, true,
	 "please don't stop texting me, I like the reminders"},
	{NLU_NO_TEXTS, false,
	 "please don't stop texting me, I like the reminders"},
	{NLU_TEXT_ME, true, "yes, please never stop sending me reminders"},
	{NLU_TEXT_ME, true, "keep the reminders coming"},
	{NLU_TEXT_ME, true, "yes, keep texting me"},
	{NLU_TEXT_ME, false, "why do you keep texting me"},
	{NLU_TEXT_ME, false, "you keep texting me"},
	{NLU_TEXT_ME, false, "if you don't stop texting me I call my lawyer"},
	{NLU_STOP_TEXTS, true, "why don't you stop texting me"},
	{NLU_TEXT_ME, false, "don't text me, stop texting me"},
	{NLU_STOP_TEXTS, false, "(es) no dejen de mandarme mensajes"},
	{NLU_NO_TEXTS, false, "(es) no dejen de mandarme mensajes"},
	{NLU_TEXT_ME, true, "(es) por favor no me dejen de mandar mensajes"},
	{NLU_TEXT_ME, true, "(es) sigan mandándome los recordatorios"},
	{NLU_STOP_TEXTS, true, "(es) dejen de mandarme mensajes"},
	{NLU_TEXT_ME, false, "(es) no me manden mensajes, dejen de escribirme"},
	{NLU_STOP_TEXTS, true, "(es) no me manden más mensajes"},
	{NLU_STOP_TEXTS, true, "don't text me, stop texting me"},
	{NLU_STOP_TEXTS, true, "please stop texting me"},
	{NLU_PERSON, true, "I don't want to talk to a machine"},
	{NLU_PERSON, true, "I'd rather not speak with a robot"},
	{NLU_PERSON, true, "is the owner there?"},
	{NLU_PERSON, true, "can I speak to Mike please"},
	{NLU_PERSON, false, "can I talk to you about my furnace"},
	{NLU_EXISTING, true, "what time is my appointment?"},
	{NLU_EXISTING, true, "(es) ¿a qué hora es mi cita?"},
	{NLU_EXISTING, false, "(es) ¿a qué hora tiene citas?"},
	{NLU_PERSON, false, "the machine in the basement is broken"},
	{NLU_EXISTING, false, "something came up in my drain"},
	{NLU_EXISTING, false, "water came up through the floor"},
	{NLU_EXISTING, false, "I can't do mornings"},
	{NLU_EXISTING, false, "we need to move my water heater to the garage"},
	{NLU_EXISTING, false, "(es) no voy a poder pagar mucho"},
};

static void test_meanings(void **state)
{
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		const struct meant *m = &meanings[i];
		unsigned got = intents_of(m->line);

		if (!(got & 1u << m->of) == !m->is)
			continue;
		print_error("%s %s: \"%s\"\n", m->is ? "no" : "a",
			    nlu_intent_name(m->of), m->line);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

/* What a call does with the sentence: an opt-out, a question, neither. */
static void test_texts(void **state)
{
	static const struct {
		const char *line, *does;
	} tv[] = {
		{"I don't want you to text me", "# opt_out"},
		{"please don't send any text messages", "# opt_out"},
		{"no texts please", "# opt_out"},
		{"I never want to get another text from you", "# opt_out"},
		{"don't text me", "# opt_out"},
		{"(es) no quiero que me manden textos", "# opt_out"},
		{"(es) paren los mensajes", "# opt_out"},
		{"(es) no envíen más", "# opt_out"},
		{"STOP", "Shall we stop all text messages"},
		{"(es) alto", "¿Dejamos de enviar mensajes"},
		{"I don't want you to text me the details", NULL},
		{"don't text me until tomorrow", NULL},
		{"you don't need to text me", NULL},
		{"I did not get a text from you", NULL},
		{"can you stop the leak", NULL},
		{"(es) no quiero dejar un mensaje", NULL},
		{"I'd rather you didn't keep a recording", "# privacy"},
		{"don't write down what I say", "# privacy"},
		{"(es) no estoy de acuerdo con la grabación", "# privacy"},
	};
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		wrong += !leads("home_services", tv[i].line, tv[i].does,
				tv[i].does ? NULL : "# opt_out");
	assert_int_equal(0, wrong);
}

/* The wish for privacy comes before what a trade hears in its words, and
 * counts in Spanish, too, in a call that began in English. */
static void test_privacy(void **state)
{
	static const char *const trades[] = {"home_services", "dental",
					     "car_repair", "salon",
					     "real_estate"};
	static const char *const lines[] = {
		"(es) No quiero que me graben",
		"(es) ¿me están grabando? no quiero",
		"No quiero que me graben",
		"no me graben",
		"no quiero que graben la llamada",
		"are you recording this? please stop",
	};
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(trades); i++) {
		for (size_t k = 0; k < ARRAY_LEN(lines); k++)
			wrong += !leads(trades[i], lines[k], "# privacy", NULL);
		wrong += !leads(trades[i], "are you recording this?",
				"This call is", "# privacy");
	}
	assert_int_equal(0, wrong);
}

/* First sentences that are neither a wish nor a pitch have an answer. */
static void test_first_words(void **state)
{
	static const struct {
		const char *trade, *line, *says;
	} tv[] = {
		{"dental", "you called me", "Our team can tell you why"},
		{"dental", "I got a text from you, who is this?",
		 "Our team can tell you why"},
		{"dental", "(es) ustedes me llamaron", "por qué llamó"},
		{"dental", "do you take insurance?", "that at hand"},
		{"dental", "do you take Delta Dental insurance?",
		 "that at hand"},
		{"dental", "is this call recorded?", "This call is"},
		{"car_repair", "is my car ready?", "that at hand"},
		{"dental", "can you confirm that I have a cleaning tomorrow",
		 "# appointments"},
		{"dental", "(es) quiero confirmar mi limpieza de mañana",
		 "# appointments"},
		{"salon", "are we still on for Friday", "# appointments"},
		{"dental", "I want to confirm my insurance", "not get that"},
		{"home_services", "my plumber said the furnace is too old",
		 "All right, furnace repair"},
		{"home_services", "it is late but my furnace is broken",
		 "All right, furnace repair"},
		{"home_services", "is the owner there?", "nobody is free"},
		{"home_services", "can I speak to Mike please",
		 "nobody is free"},
		{"home_services", "I don't want to talk to a machine",
		 "nobody is free"},
	};
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		wrong += !leads(tv[i].trade, tv[i].line, tv[i].says, NULL);
	assert_int_equal(0, wrong);
}

/* A car that does not drive is an engine's case; a tow truck is not sent. */
static void test_broke_down(void **state)
{
	static const char tow[] = "I cannot send a tow truck",
			  engine[] = "All right, engine diagnostics.",
			  brakes[] = "All right, brake service.",
			  other[] = "That is none of the services";
	static const struct {
		const char *line, *is;
	} tv[] = {
		{"my car broke down and I'm in the parking lot at Walmart",
		 engine},
		{"my truck has broken down", engine},
		{"my car broke down, can you tow it?", tow},
		{"my car broke down, can you tow it?", engine},
		{"can you tow my car?", tow},
		{"I need my car towed to you", tow},
		{"I need a tow", tow},
		{"could you send a tow truck", tow},
		{"I don't need a tow, just brakes", brakes},
		{"my AC broke down", other},
		{"my air conditioning is broken", other},
		{"the ac in my car doesn't work", other},
		{"my window is stuck", other},
		{"my brakes are broken", brakes},
		{"my breaks are grinding", brakes},
		{"my headlights are out, and I need the brakes done", brakes},
		{"my car is broken", engine},
		{"(es) no funciona el clima", "Para eso no puedo hacer cita"},
		{"(es) no funcionan los frenos", "frenos"},
		{"(es) se me descompuso el carro", "diagnóstico del motor"},
		{"(es) necesito una grúa", "No puedo mandar una grúa"},
		{"(es) no necesito grúa, son los frenos", "frenos"},
	};
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		wrong += !leads("car_repair", tv[i].line, tv[i].is,
				tv[i].is == brakes ? tow : NULL);
	assert_int_equal(0, wrong);
}

/* What is booked already is cancelled or moved by the name of the service. */
static void test_existing(void **state)
{
	static const struct {
		const char *trade, *line;
		bool is;
	} tv[] = {
		{"home_services", "cancel the drain cleaning on Thursday",
		 true},
		{"home_services", "move the drain cleaning to Friday at 2",
		 true},
		{"home_services",
		 "I need to change the time of the drain "
		 "cleaning",
		 true},
		{"home_services", "can we push my furnace repair to next week",
		 true},
		{"home_services", "please postpone the drain cleaning", true},
		{"home_services",
		 "(es) cancele la limpieza del desagüe por "
		 "favor",
		 true},
		{"home_services", "(es) cambie la reparación para el viernes",
		 true},
		{"salon", "cancel my manicure", true},
		{"salon", "please cancel the haircut on Thursday", true},
		{"salon", "move the haircut to Saturday morning", true},
		{"salon", "I want to keep the haircut but cancel the manicure",
		 true},
		{"salon", "I'd like a different time for my haircut", true},
		{"car_repair", "move my oil change to Friday", true},
		{"car_repair", "change the oil on Friday", false},
		{"car_repair", "change my oil tomorrow at 9", false},
		{"car_repair", "can you change the brakes by Friday", false},
		{"home_services",
		 "I want to move my water heater to the "
		 "garage",
		 false},
		{"home_services", "can you change my water heater on Friday",
		 false},
		{"home_services", "I don't want to cancel the drain cleaning",
		 false},
		{"home_services", "move the water heater to the other wall",
		 false},
		{"home_services",
		 "my bank will cancel the card, and my drain "
		 "is clogged",
		 false},
		{"home_services", "(es) quiero cambiar el calentador de agua",
		 false},
	};
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		wrong += !leads(tv[i].trade, tv[i].line,
				tv[i].is ? "# appointments" : NULL,
				tv[i].is ? NULL : "# appointments");
	assert_int_equal(0, wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_customers),
		cmocka_unit_test(test_customers_intents),
		cmocka_unit_test(test_privacy),
		cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_first_words),
		cmocka_unit_test(test_broke_down),
		cmocka_unit_test(test_existing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
