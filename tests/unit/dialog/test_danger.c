/*
 * What is said of gas and carbon monoxide, well heard or not, with the
 * script of every trade: who may be in danger is told to leave the house.
 */
#include "tests/unit/dialog/talk.h"

static const char *const trades[] = {"home_services", "car_repair", "dental",
				     "real_estate", "salon"};

/* A garage knows gas of cars, too, and has a warning of its own for it. */
static bool warns(const char *log)
{
	static const char *const tv[] = {
		"! Leave the house", "! Please switch the engine off",
		"!(es) Salga de la casa", "!(es) Por favor, apague el motor"};

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		if (strstr(log, tv[i]))
			return true;
	}
	return false;
}

/* What the assistant answers to one line; says is looked for in it. */
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
	is = says ? strstr(t.log.p, says) != NULL : warns(t.log.p);
	talk_close(&t);
	return is;
}

static bool warned(const char *trade, const char *line, bool es)
{
	return answers(trade, line, es, NULL);
}

struct row {
	const char *line;
	bool is;
};

static void check(const struct row *tv, size_t n, bool es)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ARRAY_LEN(trades); k++) {
			if (warned(trades[k], tv[i].line, es) == tv[i].is)
				continue;
			fprintf(stderr, "%s: \"%s\" %s\n", trades[k],
				tv[i].line, tv[i].is ? "is missed" : "warns");
			wrong++;
		}
	}
	assert_int_equal(0, wrong);
}

static void test_english(void **state)
{
	static const struct row tv[] = {
		{"> the gas-line broke and gas is pouring out", true},
		{"> there is gasses everywhere", true},
		{"> there's gas everywhere", true},
		{"> my house is filling with gas", true},
		{"> the whole basement is full of gas", true},
		{"> I hit a gas line with my shovel", true},
		{"> we cut the gas pipe in the yard", true},
		{"> they dug up and broke the main gas line", true},
		{"> propane is leaking", true},
		{"> I smell propane", true},
		{"> my propane tank is hissing", true},
		{"> it smells like sulfur in the basement", true},
		{"> it smells like rotten eggs in the basement", true},
		{"> it stinks of eggs down here", true},
		{"> there is a gassy smell in here", true},
		{"> I think there is gas in the house", true},
		{"> gas is coming out of the stove", true},
		{"> the gas alarm is going off", true},
		{"> the CO thing is going off, my kids have headaches", true},
		{"> the co alarm is going off", true},
		{"> our carbon monoxide alarm went off", true},
		{"> the alarm keeps going off and we all feel dizzy", true},
		{"> my c o detector is beeping", true},
		{"> carbon thing keeps beeping", true},
		{"> I fell gasp in my kitchen", true},
		{"> I smell that in my kitchen", true},
		{"> it smells like cass", true},
		{"> it smells like gus", true},
		{"> smells like guess", true},
		{"> it smells like glass in my kitchen", true},
		{"> I have a gas link", true},
		{"> there is a gas leek", true},
		{"> I can't get the carbon monoxide alarm to stop", true},
		{"> my gas dryer smells funny", true},
		{"> my gas water heater leaks", false},
		{"> I can't shut off the gas", true},
		{"> yes hello I smell gas please help", true},
		{">?it smells like something", false}, /* asks first */
		{"> I want a carbon monoxide detector installed", false},
		{"> can you install a co detector", false},
		{"> gas furnace repair", false},
		{"> my gas furnace is broken", false},
		{"> gas water heater", false},
		{"> I need gas for my car", false},
		{"> the gas stove does not light", false},
		{"> there is no gas leak", false},
		{"> I don't smell any gas", false},
		{"> I need a gas line for my dryer", false},
		{"> I ran out of propane", false},
		{"> the glass of my shower door is broken", false},
		{"> my guest bathroom has a clogged sink", false},
		{"> I guess tomorrow", false},
		{"> the gas bill is too high", false},
		{"> the thing is my kids are sick today", false},
	};
	(void)state;

	check(tv, ARRAY_LEN(tv), false);
}

/* What a denial takes back, and what else is in the sentence. */
static void test_english_sentences(void **state)
{
	static const struct row tv[] = {
		/* beside another emergency */
		{"> I have no heat and I smell gas", true},
		{"> my basement is flooding and I smell gas", true},
		{"> the outlet is sparking and I smell gas", true},
		{"> no heat and the carbon monoxide alarm is going off", true},
		{"> I have terrible pain and the house smells of gas", true},
		{"> we are stuck on the road, I mean our house smells of gas",
		 true},
		{"> my basement is flooding // my basement is full of gas",
		 true},
		/* gas wins over a pipe that burst */
		{"> the gas pipe burst", true},
		{"> a broken gas pipe in the basement", true},
		{"> my gas tank exploded", true},
		{"> the gas hose came off", true},
		/* what is not denied */
		{"> oh no, gas leak", true},
		{"> oh no gas leak", true},
		{"> oh no the gas smell is getting worse", true},
		{"> no, smell gas", true},
		{"> no, I smell gas", true},
		{"> I didn't smell gas before but now I do", true},
		{"> I've never smelled gas like this before", true},
		{"> there was no gas leak before but there is one now", true},
		{"> I don't smell gas but my wife does", true},
		{"> we couldn't smell gas until today", true},
		{"> no, the gas pipe is not just leaking, it is spraying",
		 true},
		{"> they came to install a carbon monoxide detector and it is "
		 "going off",
		 true},
		/* other words */
		{"> there's a leak in my gas line", true},
		{"> there is a leak on the gas pipe", true},
		{"> I've got a leak at the gas meter", true},
		{"> we have a hole in the natural gas line", true},
		{"> I left the gas on", true},
		{"> my mother left the gas stove on and went out", true},
		{"> the gas company found a leak", true},
		{"> the CO level is 90 parts per million", true},
		{"> the meter says ninety ppm", true},
		{"> CO is leaking from the furnace", true},
		{"> my whole family has headaches and the detector is beeping",
		 true},
		{"> we get headaches whenever the furnace runs", true},
		{"> there are exhaust fumes in the house from the boiler",
		 true},
		/* gas that does not stop, people sick of the heating */
		{"> the burner won't turn off and gas keeps coming", true},
		{"> gas keeps coming and I can't turn it off", true},
		{"> the gas just won't shut off", true},
		{"> the gas is still flowing", true},
		{"> we all have headaches since we started using the furnace "
		 "again",
		 true},
		{"> I have a headache and my kids are dizzy since we turned "
		 "on the furnace",
		 true},
		{"> we get dizzy every time the heat comes on", true},
		{"> every time the furnace kicks in we all get sick", true},
		{"> the heater gives us headaches", true},
		{"> the gas heater won't turn on", false},
		{"> my gas won't turn on", false},
		{"> no gas is coming to the stove", false},
		{"> my kids are sick and since yesterday we have no heat",
		 false},
		/* nothing of the kind */
		{"> I'd like a carbon monoxide detector installed", false},
		{"> do you sell CO detectors", false},
		{"> how much is a new carbon monoxide alarm", false},
		{"> there is no gas smell", false},
		{"> there's no smell of gas at all", false},
		{"> we don't have any gas leak", false},
		{"> no longer smell any gas", false},
		{"> I need my gas furnace repaired", false},
		{"> I don't smell gas but now the furnace makes a noise",
		 false},
		{"> the gas is on but the furnace does not start", false},
		{"> I left a message about my gas furnace", false},
		{"> there is a water leak next to my gas water heater", false},
		{"> I don't want to hit the gas line when I dig", false},
		{"> the gas line is not broken", false},
	};
	(void)state;

	check(tv, ARRAY_LEN(tv), false);
}

static void test_spanish(void **state)
{
	static const struct row tv[] = {
		{">(es) se rompió la línea de gas", true},
		{">(es) hay gas por todas partes", true},
		{">(es) huele a propano", true},
		{">(es) huele a huevo podrido", true},
		{">(es) huele mucho a gas", true},
		{">(es) la casa se está llenando de gas", true},
		{">(es) le pegué a un tubo de gas", true},
		{">(es) está saliendo gas de la estufa", true},
		{">(es) hay gas en la cocina", true},
		{">(es) huele a gaz", true},
		{">(es) huele a azufre en el sótano", true},
		{">(es) suena la alarma de monóxido", true},
		{">(es) el aparato de co está pitando", true},
		{">(es) quiero instalar un detector de monóxido", false},
		{">(es) reparación de la calefacción de gas", false},
		{">(es) mi calentador de gas no prende", false},
		{">(es) necesito gasolina para mi carro", false},
		{">(es) ya no huele a gas", false},
		{">(es) no hay gas en la casa", false},
		{">(es) no hay calefacción y huele a gas", true},
		{">(es) se inundó el sótano y huele a gas", true},
		{">(es) salen chispas y huele a gas en la casa", true},
		{">(es) se rompió el tubo de gas", true},
		{">(es) se reventó la manguera del gas", true},
		{">(es) explotó el tanque de gas", true},
		{">(es) hay una fuga en la tubería de gas", true},
		{">(es) tengo una fuga en el medidor del gas", true},
		{">(es) antes no olía a gas pero ahora sí", true},
		{">(es) ay no, huele a gas", true},
		{">(es) ay no hay fuga de gas", true},
		{">(es) no huelo nada pero mi esposa dice que huele a gas",
		 true},
		{">(es) dejé abierta la llave del gas", true},
		{">(es) se quedó el gas abierto", true},
		{">(es) tenemos dolor de cabeza y suena la alarma", true},
		{">(es) vinieron a instalar un detector de monóxido y está "
		 "sonando",
		 true},
		{">(es) el nivel de co es alto", true},
		{">(es) la hornilla no se apaga y el gas no para", true},
		{">(es) no deja de salir gas", true},
		{">(es) desde que prendimos la calefacción nos duele la "
		 "cabeza",
		 true},
		{">(es) nos mareamos cada vez que se prende la calefacción",
		 true},
		{">(es) me duele una muela, la calefacción está bien", false},
		{">(es) necesito un detector de monóxido", false},
		{">(es) venden detectores de monóxido", false},
		{">(es) cuánto cuesta un detector de monóxido", false},
		{">(es) no hay olor a gas", false},
		{">(es) no hay ninguna fuga de gas", false},
		{">(es) no olía a gas", false},
		{">(es) hay una fuga de agua en el calentador de gas", false},
	};
	(void)state;

	check(tv, ARRAY_LEN(tv), true);
}

/* What these lines bring in one trade; those in Spanish have the mark. */
static void check_says(const char *trade, const struct row *tv, size_t n,
		       const char *en, const char *sp)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		bool es = strncmp(tv[i].line, ">(es)", 5) == 0;

		if (answers(trade, tv[i].line, es, es ? sp : en) == tv[i].is)
			continue;
		fprintf(stderr, "%s: \"%s\" %s\n", trade, tv[i].line,
			tv[i].is ? "is missed" : "is taken for it");
		wrong++;
	}
	assert_int_equal(0, wrong);
}

/* Smoke in a building, whatever the trade. */
static void test_smoke(void **state)
{
	static const struct row tv[] = {
		{"> there is smoke in my basement", true},
		{"> there's smoke in the basement", true},
		{"> smoke is filling my kitchen", true},
		{"> there is smoke in the building", true},
		{"> the kitchen is filling with smoke", true},
		{"> there's a lot of smoke", true},
		{"> my furnace is smoking", true},
		{"> the building is on fire", true},
		{"> there's a smoke detector beeping", false},
		{"> there is no smoke", false},
		{"> there was a fire here last year, I need a checkup", false},
		{"> there is a fire", true},
		{"> we had smoke last year and now there is a fire", true},
		{">(es) hubo un incendio el año pasado", false},
		{">(es) hay un incendio en la cocina", true},
		{"> there's no smoke in the house but the heat is out", false},
		{"> can I smoke in the building", false},
		{"> there is white smoke from my exhaust", false},
	};
	(void)state;

	for (size_t k = 0; k < ARRAY_LEN(trades); k++)
		check_says(trades[k], tv, ARRAY_LEN(tv),
			   "Please get everybody to a safe place", "lugar");
}

/* Water where it does harm. */
static void test_flood(void **state)
{
	static const struct row tv[] = {
		{"> my basement is full of water", true},
		{"> my basement is filling up with water", true},
		{"> there's water in my basement and it's rising", true},
		{"> water is coming up through the floor", true},
		{"> a pipe broke and it's soaking my carpet", true},
		{"> pipe broke and water is running down the wall", true},
		{"> the pipe under the sink broke and I can't turn it off",
		 true},
		{"> my basement has like two inches of water", true},
		{"> I can't turn the water off", true},
		{"> the water heater is leaking and I can't shut it off", true},
		{"> there's standing water in the laundry room", true},
		{"> I have no hot water in my kitchen", false},
		{"> there is no water in the kitchen", false},
		{"> there is water in the kitchen sink that won't drain",
		 false},
		{"> the water in my house is brown", false},
		{"> I can't turn the hot water on", false},
		{"> my tub is full of water and won't drain", false},
		{"> there's hot water in the kitchen but not in the "
		 "bathroom",
		 false},
		{"> I need a new pipe under the sink", false},
		{"> our basement flooded last spring and we want a sump "
		 "pump",
		 false},
		{"> two years ago a pipe burst, now the drain is clogged",
		 false},
		{"> do you do flood cleanup", false},
		{"> our basement flooded last night", true},
		{"> the basement flooded last month and now it's flooding "
		 "again",
		 true},
		{">(es) se inundó el sótano el mes pasado y quiero una bomba",
		 false},
		{">(es) se inundó otra vez como el año pasado", true},
		{">(es) el sótano está lleno de agua", true},
		{">(es) hay agua en el sótano y está subiendo", true},
		{">(es) sale agua del piso", true},
		{">(es) se rompió un tubo y está mojando la alfombra", true},
		{">(es) el agua corre por la pared", true},
		{">(es) el tubo se rompió y no lo puedo cerrar", true},
		{">(es) no hay agua en la cocina", false},
		{">(es) no tengo agua caliente en el baño", false},
	};
	(void)state;

	check_says("home_services", tv, ARRAY_LEN(tv), "main water valve",
		   "llave principal del agua");
}

/* Somebody's life; a dentist knows bleeding of his own. */
static void test_medical(void **state)
{
	static const struct row tv[] = {
		{"> my wife collapsed", true},
		{"> I think I'm having a heart attack", true},
		{"> I hit a deer and I'm bleeding", true},
		{"> my father just had a stroke", true},
		{"> my husband passed out", true},
		{"> she isn't breathing", true},
		{"> someone is hurt", true},
		{"> my kid swallowed drain cleaner", true},
		{"> I fell down the stairs and I can't get up", true},
		{"> my drain swallowed a ring", false},
		{"> the shelf fell and I can't get the door open", false},
		{">(es) mi hijo se tomó un limpiador", true},
		{">(es) me caí y no me puedo levantar", true},
		{"> nobody is hurt", false},
		{"> my husband had a heart attack last year so I need to "
		 "cancel",
		 false},
		{"> my wife had a stroke and I need to move the "
		 "appointment",
		 false},
		{"> I nearly had a heart attack when I saw the bill", false},
		{"> the ceiling collapsed", false},
		{"> I need my brakes bleeding", false},
		{">(es) mi esposa se desmayó", true},
		{">(es) creo que me está dando un infarto", true},
		{">(es) estoy sangrando", true},
		{">(es) mi esposo tuvo un infarto hace un año", false},
		{">(es) nadie está herido", false},
	};
	(void)state;

	for (size_t k = 0; k < ARRAY_LEN(trades); k++) {
		if (strcmp(trades[k], "dental") != 0)
			check_says(trades[k], tv, ARRAY_LEN(tv),
				   "Please hang up and call",
				   "cuelgue y llame ahora");
	}
}

static void test_dental(void **state)
{
	static const struct row tv[] = {
		{"> I can't stop the bleeding", true},
		{"> I can't stop the bleeding after my extraction", true},
		{"> the bleeding won't stop", true},
		{"> the bleeding just won't stop", true},
		{"> my gums are bleeding", false},
		{"> I'm bleeding a little", false},
		{">(es) no puedo parar el sangrado", true},
	};
	(void)state;

	check_says("dental", tv, ARRAY_LEN(tv), "bleeding that does not stop",
		   "sangra y no para");
}

/* Gas of the past, or as work to do: asked, where it is not sure. */
static void test_gas_before(void **state)
{
	static const struct row tv[] = {
		{"> two years ago you fixed a gas leak for us, now the "
		 "drain is clogged",
		 true},
		{"> last winter we had a gas leak, it's been fixed, I need "
		 "my drain cleaned",
		 true},
		{"> do you repair gas leaks?", true},
		{"> do you do gas leak detection, I'd like an annual check",
		 true},
		{"> can you fix a gas leak", true},
		{"> last week we smelled gas", true},
		{"> my neighbor had a gas leak last month", true},
		{"> last week the basement smelled of gas", true},
		{"> you fixed a gas leak two years ago and now the drain is "
		 "clogged",
		 true},
		{"> you fixed a gas leak for us and it smells again", false},
		{"> they never fixed the gas leak", false},
		{"> we just had a gas leak", false},
		{"> there's a gas leak, can you come", false},
		{"> can you fix my gas leak", false},
		{"> we've had a gas leak all morning", false},
		{"> there is no gas leak", false},
		{">(es) ayer hubo una fuga de gas pero ya la arreglaron", true},
		{">(es) ¿reparan fugas de gas?", true},
		{">(es) hubo una fuga de gas y todavía huele", false},
		{">(es) hay una fuga de gas", false},
		{">(es) no hay fuga de gas", false},
	};
	(void)state;

	check_says("home_services", tv, ARRAY_LEN(tv), "Do you smell gas?",
		   "¿Huele a gas?");
}

/* What is near that and sure. */
static void test_gas_now(void **state)
{
	static const struct row tv[] = {
		{"> you fixed a gas leak for us and it smells again", true},
		{"> they never fixed the gas leak", true},
		{"> my neighbor has a gas leak", true},
		{"> we just had a gas leak", true},
		{"> we have smelled gas since last night", true},
		{"> you fixed a gas leak and now it smells again", true},
		{"> there's a gas leak, can you come", true},
		{"> can you fix my gas leak", true},
		{"> we've had a gas leak all morning", true},
		{">(es) hubo una fuga de gas y todavía huele", true},
		{">(es) hay una fuga de gas", true},
	};
	(void)state;

	check_says("home_services", tv, ARRAY_LEN(tv), "! Leave the house",
		   "Salga de la casa");
}

/* A garage: fuel of the past, or as work to do, is asked … */
static void test_fuel_before(void **state)
{
	static const struct row tv[] = {
		{"> you fixed a fuel leak last year", true},
		{"> do you fix fuel leaks", true},
		{"> how much to repair a gas leak", true},
		{"> last week my car smelled of gas, it is fixed, I need an "
		 "oil change",
		 true},
		{"> I had a fuel leak fixed, now I need brakes", true},
		{"> I smell gas in the car", false},
		{"> my fuel gauge is broken", false},
		{"> I need the fuel filter changed", false},
		{"> the gas tank is empty", false},
		{">(es) el año pasado me arreglaron una fuga de gasolina",
		 true},
		{">(es) ¿arreglan fugas de gasolina?", true},
		{">(es) tuve una fuga de gasolina y ya la arreglaron, "
		 "necesito frenos",
		 true},
		{">(es) huele a gasolina en el carro", false},
	};
	(void)state;

	check_says("car_repair", tv, ARRAY_LEN(tv),
		   "Does the car smell of fuel now?",
		   "huele a gasolina ahora?");
}

/* … and what is near that and sure is not. */
static void test_fuel_now(void **state)
{
	static const struct row tv[] = {
		{"> I smell gas in the car", true},
		{"> my car has been leaking gas since last night", true},
		{"> it smells of gas since yesterday", true},
		{"> you fixed my fuel leak last month and it still smells "
		 "of gas",
		 true},
		{"> you fixed my fuel leak and now it smells again", true},
		{"> can you fix my gas leak", true},
		{"> my truck leaked gas all over the driveway", true},
		{"> they never fixed the fuel leak", true},
		{"> you fixed a fuel leak last year", false},
		{"> my car is not leaking any gas", false},
		{">(es) el carro tira gasolina desde ayer", true},
		{">(es) me arreglaron la fuga de gasolina pero sigue "
		 "oliendo a gasolina",
		 true},
		{">(es) ya no huele a gasolina", false},
	};
	(void)state;

	check_says("car_repair", tv, ARRAY_LEN(tv),
		   "! Please switch the engine", "apague el motor");
}

/* Somebody hurt goes before water, and the water is not forgotten. */
static void test_hurt_and_flood(void **state)
{
	static const struct row tv[] = {
		{"> the basement is flooding and my dad is hurt", true},
		{"> my wife is unconscious and a pipe burst", true},
		{"> the basement is flooding, nobody is hurt", false},
		{"> the basement is flooding", false},
		{">(es) el sótano se está inundando y mi papá está herido",
		 true},
		{">(es) se inundó el sótano, nadie está herido", false},
	};
	static const struct row water[] = {
		{"> the basement is flooding and my dad is hurt", true},
		{"> my wife is unconscious and a pipe burst", true},
		{"> my dad is hurt", false},
		{">(es) el sótano se está inundando y mi papá está herido",
		 true},
	};
	static const struct row fire[] = {
		{"> the stove is on fire and I smell gas", true},
		{"> I smell gas and my dad is hurt", true},
	};
	(void)state;

	check_says("home_services", tv, ARRAY_LEN(tv),
		   "! Please hang up and call 9 1 1 now.\n< If you can do",
		   "cuelgue y llame ahora");
	check_says("home_services", water, ARRAY_LEN(water), "main water valve",
		   "llave principal del agua");
	check_says("home_services", fire, ARRAY_LEN(fire), "! Leave the house",
		   "");
}

/* Who says at once that it can wait is not asked. */
static void test_no_heat(void **state)
{
	static const struct row tv[] = {
		{"> we have no heat", true},
		{"> no heat and it can't wait", true},
		{"> no heat and the baby is freezing", true},
		{"> no heat, is it an emergency?", true},
		{"> the heat is out and I don't want to freeze tonight", true},
		{"> no heat, but it's not an emergency, tomorrow is fine",
		 false},
		{"> no heat but it can wait until tomorrow", false},
		{"> the heat is out in one room, not urgent", false},
		{"> it's not urgent but I have no heat", false},
		{"> my heat is out, tomorrow would be fine", false},
		{">(es) no hay calefacción y no puede esperar", true},
		{">(es) no hay calefacción pero no es una emergencia", false},
		{">(es) no hay calefacción, puede esperar hasta mañana", false},
	};
	(void)state;

	check_says("home_services", tv, ARRAY_LEN(tv), "That sounds urgent",
		   "Parece urgente");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english),
		cmocka_unit_test(test_english_sentences),
		cmocka_unit_test(test_spanish),
		cmocka_unit_test(test_smoke),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_medical),
		cmocka_unit_test(test_dental),
		cmocka_unit_test(test_gas_before),
		cmocka_unit_test(test_gas_now),
		cmocka_unit_test(test_fuel_before),
		cmocka_unit_test(test_fuel_now),
		cmocka_unit_test(test_hurt_and_flood),
		cmocka_unit_test(test_no_heat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
