/*
 * More of what callers in danger say, and of what only sounds like it: help
 * that is asked for by its number, alarms, denials and other senses.
 */
#include "tests/unit/dialog/talk.h"

static const char *const trades[] = {"home_services", "car_repair", "dental",
				     "real_estate", "salon"};

struct row {
	const char *line;
	bool is;
};

/* Does the answer to one line say it? */
static bool answers(const char *trade, const char *line, bool es,
		    const char *says)
{
	struct dialog_in begin = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	char path[100];
	struct talk t;
	bool is;

	snprintf(path, sizeof(path), "conf/scripts/%s.json", trade);
	talk_open_script(&t, path, NULL,
			 es ? "{\"on_call\":true,\"languages\":[\"en\",\"es\"],"
			      "\"call\":{"
			      "\"lang\":\"es\",\"hears\":\"en es\"}}"
			    : "{\"on_call\":true}");
	talk_in(&t, &begin);
	assert_true(talk_line(&t, line, strlen(line)));
	buf_char(&t.log, '\0');
	is = strstr(t.log.p, says) != NULL;
	talk_close(&t);
	return is;
}

/* In one trade, or in all of them: "*". */
static void check(const char *trade, const struct row *tv, size_t n,
		  const char *en, const char *sp)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		bool es = strncmp(tv[i].line, ">(es)", 5) == 0;

		for (size_t k = 0; k < ARRAY_LEN(trades); k++) {
			if (strcmp(trade, "*") != 0 &&
			    strcmp(trade, trades[k]) != 0)
				continue;
			if (answers(trades[k], tv[i].line, es, es ? sp : en) ==
			    tv[i].is)
				continue;
			fprintf(stderr, "%s: \"%s\" %s\n", trades[k],
				tv[i].line,
				tv[i].is ? "is missed" : "is taken for it");
			wrong++;
		}
	}
	assert_int_equal(0, wrong);
}

#define CHECK(trade, tv, en, sp) check(trade, tv, ARRAY_LEN(tv), en, sp)

/* Help of that kind is not ours to send: the number is told. */
static void test_help(void **state)
{
	static const struct row tv[] = {
		{"> nine one one", true},
		{"> 911", true},
		{"> 9 1 1", true},
		{"> is this nine one one?", true},
		{"> hello is this 911", true},
		{"> call nine one one", true},
		{"> I need 911 please", true},
		{"> please call 911, my husband is on the floor", true},
		{"> call an ambulance", true},
		{"> can you send an ambulance", true},
		{"> hurry, we need an ambulance right now", true},
		{"> send the police", true},
		{"> somebody call the fire department", true},
		{"> help! help me!", true},
		{"> please somebody help", true},
		{">(es) nueve uno uno", true},
		{">(es) 911", true},
		{">(es) ¿es el nueve once?", true},
		{">(es) llame al 911 por favor", true},
		{">(es) llame una ambulancia", true},
		{">(es) manden una ambulancia, mi papá está en el piso", true},
		{">(es) llame a la policía", true},
		{">(es) auxilio", true},
		{"> I already called 911 and they told me to call you", false},
		{"> I don't need an ambulance", false},
		{"> don't call 911", false},
		{"> the ambulance took my mother last night so I need to "
		 "cancel",
		 false},
		{"> I live at 911 Oak Street", false},
		{"> nine one one Oak Street", false},
		{"> my number is four oh eight five five five oh nine one one",
		 false},
		{"> I drive a Porsche 911 and it needs brakes", false},
		{"> apartment nine one one", false},
		{"> the police told me to call you about my lock", false},
		{"> can somebody help me with an appointment", false},
		{"> can you help me please", false},
		{">(es) ya llamé al 911", false},
		{">(es) vivo en el 911 de la calle Oak", false},
		{">(es) no necesito una ambulancia", false},
		{">(es) ¿me puede ayudar?", false},
	};
	(void)state;

	CHECK("*", tv, "! Please hang up and call 9 1 1 now.",
	      "cuelgue y llame ahora al 9 1 1");
}

/* Dangers of a house that no trade of ours mends. */
static void test_trapped(void **state)
{
	static const struct row tv[] = {
		{"> I'm trapped in the basement", true},
		{"> my son is trapped under the shelf", true},
		{"> we are stuck in the elevator", true},
		{"> I got a shock from the breaker box", true},
		{"> my wife got shocked by the outlet", true},
		{"> I just got a really bad electric shock", true},
		{"> the power line fell in my yard", true},
		{"> there is a live wire down in the street", true},
		{">(es) estoy atrapada en el sótano", true},
		{">(es) mi hijo se quedó atrapado debajo del mueble", true},
		{">(es) me dio una descarga la caja de los breakers", true},
		{">(es) se cayó un cable de luz en mi patio", true},
		{">(es) mi abuelo se cayó y no se mueve", true},
		{"> my dad fell and he isn't moving", true},
		{"> there's air trapped in the pipes", false},
		{"> a mouse is trapped in the wall", false},
		{"> I'm stuck in traffic and will be late", false},
		{"> I was shocked when I saw the bill", false},
		{"> I got a shock when I got your bill", false},
		{"> I need new shocks for my truck", false},
		{"> the power went out and the line is down at our house",
		 false},
		{">(es) hay aire atrapado en la tubería", false},
		{">(es) estoy atrapado en el tráfico", false},
	};
	(void)state;

	CHECK("*", tv, "! Please hang up and call 9 1 1 now.",
	      "cuelgue y llame ahora al 9 1 1");
}

/* Whose alarm sounds is asked for smoke; one that chirps needs a battery. */
static void test_smoke_alarm(void **state)
{
	static const struct row tv[] = {
		{"> the smoke alarm keeps going off", true},
		{"> my smoke detector won't stop", true},
		{"> the fire alarm is ringing in our building", true},
		{"> our smoke detectors went off and I don't know why", true},
		{">(es) la alarma de humo no deja de sonar", true},
		{">(es) está sonando el detector de humo", true},
		{"> I need a new smoke alarm", false},
		{"> my smoke detector chirps, it needs a battery", false},
		{"> the smoke alarm went off last week, it was the toast",
		 false},
		{"> the smoke alarm is not going off", false},
		{"> there's smoke and the smoke alarm is going off", false},
		{"> the co and smoke alarm is going off", false},
		{">(es) quiero instalar una alarma de humo", false},
	};
	(void)state;

	CHECK("*", tv, "Do you see or smell smoke?",
	      "¿Ve humo o huele a humo?");
}

/* Blood that does not stop, a jaw: told when to call, and a note. */
static void test_dental(void **state)
{
	static const struct row tv[] = {
		{"> I was bleeding after the extraction yesterday and it "
		 "won't stop",
		 true},
		{"> my gums are bleeding like crazy and it won't stop", true},
		{"> I've been bleeding for three hours since the extraction",
		 true},
		{"> I'm still bleeding since this morning", true},
		{"> it has been bleeding all night", true},
		{"> the blood just doesn't stop", true},
		{"> my jaw is broken I got punched", true},
		{">(es) me sangra la muela desde ayer", true},
		{">(es) llevo tres horas sangrando", true},
		{">(es) me sacaron una muela y la sangre no se detiene", true},
		{">(es) me rompieron la mandíbula", true},
		{"> my gums bleed when I brush", false},
		{"> my gums are bleeding when I floss", false},
		{"> my gums are bleeding a little", false},
		{"> the bleeding has stopped, I want a checkup", false},
		{">(es) me sangran las encías cuando me cepillo", false},
		{">(es) ya no sangra", false},
	};
	(void)state;

	CHECK("dental", tv, "bleeding that does not stop", "sangra y no para");
}

/* Behind somebody's life there is no menu of services. */
static void test_life(void **state)
{
	static const struct row tv[] = {
		{"> my mother collapsed", true},
		{"> she's not breathing", true},
		{"> I want to kill myself", true},
		{"> call 911", true},
		{">(es) mi mamá se desmayó", true},
		{">(es) quiero suicidarme", true},
		{"> my furnace is broken and my mother collapsed", false},
	};
	static const struct row self[] = {
		{"> I want to kill myself", true},
		{"> I don't want to live anymore", true},
		{"> my son is suicidal", true},
		{"> he wants to end his life", true},
		{">(es) quiero suicidarme", true},
		{">(es) mi hijo quiere quitarse la vida", true},
		{"> I don't want to live here anymore", false},
		{"> I nearly killed myself laughing", false},
		{"> my mother collapsed", false},
		{">(es) no quiero seguir viviendo aquí", false},
	};
	(void)state;

	CHECK("*", self, "! Please hang up and call 9 1 1 or 9 8 8 now.",
	      "al 9 1 1 o al 9 8 8");
	CHECK("home_services", tv,
	      "now.\n< Is there anything that our team shall know?",
	      "¿Hay algo que nuestro equipo deba saber?");
}

/* Denied, a name, a habit, work: no water stands anywhere. */
static void test_no_flood(void **state)
{
	static const struct row tv[] = {
		{"> I don't have a flood", false},
		{"> there isn't any flooding", false},
		{"> my last name is Flood, John Flood", false},
		{"> this is Mary Flood", false},
		{"> I'm flooded with work so tomorrow, my faucet drips", false},
		{"> the basement floods every spring, I'd like someone to "
		 "look at it in March",
		 false},
		{"> every spring our basement floods", false},
		{"> it floods whenever it rains", false},
		{"> I want to prevent a flood", false},
		{">(es) no tengo una inundación", false},
		{">(es) estoy inundado de trabajo", false},
		{">(es) el sótano se inunda cada primavera", false},
		{"> I have a flood in my basement", true},
		{"> it floods every spring and now it's flooding again", true},
		{"> my name is John and my basement is flooded", true},
		{"> I don't know, it's flooding here", true},
		{"> we're flooded", true},
		{"> flood in the basement", true},
		{"> help, a flood", true},
		{">(es) se está inundando el sótano", true},
		{">(es) no sé qué hacer, se inundó la casa", true},
	};
	(void)state;

	CHECK("home_services", tv, "main water valve",
	      "llave principal del agua");
}

static void test_no_gas(void **state)
{
	static const struct row tv[] = {
		{">(es) No huele a gas, solo se apagó el piloto", false},
		{">(es) se apagó el piloto pero no huele a gas", false},
		{">(es) no, huele a gas", true},
		{">(es) ay no, huele a gas", true},
		{">(es) no sé, huele a gas", true},
		{"> I smell something burning from the outlet", false},
		{"> I smell something", true},
		{"> I smell something like gas", true},
	};
	(void)state;

	CHECK("home_services", tv, "! Leave the house", "Salga de la casa");
}

/* An alarm of the past is asked about; what burns is no gas. */
static void test_past_alarm(void **state)
{
	static const struct row tv[] = {
		{"> there was a carbon monoxide alarm yesterday, the fire "
		 "department came and cleared it",
		 true},
		{"> our co alarm went off last week", true},
		{"> the carbon monoxide alarm is going off", false},
		{"> our carbon monoxide alarm went off", false},
	};
	static const struct row now[] = {
		{"> our co alarm went off yesterday and it's going off again",
		 true},
		{"> the co alarm has been beeping since last night", true},
		{"> the co alarm went off yesterday and now we have headaches",
		 true},
		{"> our co alarm went off last week", false},
	};
	static const struct row burns[] = {
		{"> I smell something burning from the outlet", true},
		{"> there's a burning smell from the breaker panel", true},
		{">(es) huele a quemado el enchufe", true},
	};
	(void)state;

	CHECK("*", tv, "Is a carbon monoxide alarm going off?",
	      "monóxido de carbono?");
	CHECK("*", now, "! Leave the house", "Salga de la casa");
	CHECK("home_services", burns, "Please keep away from it", "");
	CHECK("salon", burns, "Please get everybody to a safe place", "lugar");
}

/* No heat in other words is as urgent. */
static void test_no_heat(void **state)
{
	static const struct row tv[] = {
		{"> We lost heat and I have a newborn in the house", true},
		{"> The heat's not working and my mom is eighty seven", true},
		{"> the furnace quit and it's ten below outside", true},
		{"> our boiler broke down in the middle of the night and I "
		 "have a baby",
		 true},
		{"> the house is fifty degrees and my baby is sick", true},
		{"> we don't have heat", true},
		{">(es) la calefacción no funciona y tengo un bebé", true},
		{"> my furnace is broken", false},
		{"> I need my furnace repaired tomorrow", false},
		{"> my furnace makes noise", false},
		{"> the heat isn't working but it can wait", false},
		{"> the water heater is broken", false},
		{">(es) mi calefacción hace ruido", false},
	};
	(void)state;

	CHECK("home_services", tv, "That sounds urgent", "Parece urgente");
}

static void test_car_and_flat(void **state)
{
	static const struct row car[] = {
		{"> My car is smoking from under the hood and I'm on the "
		 "highway",
		 true},
		{"> my brakes failed and I'm on the highway", true},
		{"> my brakes are squeaking", false},
		{"> it makes a noise when I'm on the highway", false},
	};
	static const struct row flat[] = {
		{"> There's a flood in my apartment", true},
		{"> there's water pouring into my apartment from upstairs",
		 true},
		{">(es) se inundó mi departamento", true},
		{"> I want to buy an apartment", false},
		{"> I want to sell my apartment", false},
	};
	(void)state;

	CHECK("car_repair", car, "If you are in traffic", "");
	CHECK("real_estate", flat, "I write that down", "Lo anoto");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_trapped),
		cmocka_unit_test(test_smoke_alarm),
		cmocka_unit_test(test_dental),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_no_flood),
		cmocka_unit_test(test_no_gas),
		cmocka_unit_test(test_past_alarm),
		cmocka_unit_test(test_no_heat),
		cmocka_unit_test(test_car_and_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
