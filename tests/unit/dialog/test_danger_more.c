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

/* Does the answer to one line say it? "*" of the trade is any of them. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_trapped),
		cmocka_unit_test(test_smoke_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
