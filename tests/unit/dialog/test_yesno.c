/* yes and no, and what callers say at any time. */
#include "tests/unit/assert.h"

#include "dialog/nlu.h"

static const struct {
	const char *in;
	enum nlu_yesno is;
} yesno_tv[] = {
	{"yes", NLU_YES},
	{"Yes.", NLU_YES},
	{"Yes, please.", NLU_YES},
	{"yeah", NLU_YES},
	{"Yeah, that's fine.", NLU_YES},
	{"yep", NLU_YES},
	{"Yup!", NLU_YES},
	{"sure", NLU_YES},
	{"Sure thing.", NLU_YES},
	{"okay", NLU_YES},
	{"OK", NLU_YES},
	{"uh huh", NLU_YES},
	{"uh-huh", NLU_YES},
	{"mm-hmm", NLU_YES},
	{"um yes", NLU_YES},
	{"Well, yes, I guess so.", NLU_YES},
	{"that works", NLU_YES},
	{"That works for me.", NLU_YES},
	{"sounds good", NLU_YES},
	{"Sounds great to me", NLU_YES},
	{"perfect", NLU_YES},
	{"that's perfect", NLU_YES},
	{"that would be great", NLU_YES},
	{"please do", NLU_YES},
	{"go ahead", NLU_YES},
	{"No, go ahead.", NLU_YES},
	{"book it", NLU_YES},
	{"absolutely", NLU_YES},
	{"of course", NLU_YES},
	{"no problem", NLU_YES},
	{"Not a problem.", NLU_YES},
	{"why not", NLU_YES},
	{"Sure, why not?", NLU_YES},
	{"I don't mind", NLU_YES},
	{"no, that's fine", NLU_YES},
	{"Correct.", NLU_YES},
	{"that's right", NLU_YES},
	{"right", NLU_YES},
	{"I'd love that", NLU_YES},
	{"yes sir", NLU_YES},
	{"Yes, you can text me.", NLU_YES},
	{"I'll take it", NLU_YES},
	{"yes that'll work", NLU_YES},
	{"Yes, go ahead and text me.", NLU_YES},
	{"please", NLU_YES},
	{"it works fine", NLU_YES},
	{"no", NLU_NO},
	{"No.", NLU_NO},
	{"No, thank you.", NLU_NO},
	{"no thanks", NLU_NO},
	{"nope", NLU_NO},
	{"nah", NLU_NO},
	{"uh-uh", NLU_NO},
	{"Know.", NLU_NO},
	{"not really", NLU_NO},
	{"Yeah, no.", NLU_NO},
	{"no, that doesn't work", NLU_NO},
	{"that doesn't work for me", NLU_NO},
	{"That won't work.", NLU_NO},
	{"I can't make it then", NLU_NO},
	{"of course not", NLU_NO},
	{"absolutely not", NLU_NO},
	{"I'd rather not", NLU_NO},
	{"please don't", NLU_NO},
	{"don't", NLU_NO},
	{"that's too early", NLU_NO},
	{"too late for me", NLU_NO},
	{"something else", NLU_NO},
	{"another day please", NLU_NO},
	{"I don't think so", NLU_NO},
	{"that's wrong", NLU_NO},
	{"not at two", NLU_NO},
	{"I'm working then", NLU_NO},
	{"no that's not going to work for me", NLU_NO},
	{"That won't be necessary.", NLU_NO},
	{"no need", NLU_NO},
	{"Nope, I'm good.", NLU_NO},
	{"that's a bit too late", NLU_NO},
	{"Please.", NLU_YES},
	{"Um, please.", NLU_YES},
	{"Sure, please.", NLU_YES},
	{"Yes, just make sure they ring.", NLU_YES},
	{"Yes, you may.", NLU_YES},
	{"You may.", NLU_YES},
	{"Would be great.", NLU_YES},
	{"That would be nice, thank you.", NLU_YES},
	{"I would like that.", NLU_YES},
	{"Please send it.", NLU_YES},
	{"Just do it.", NLU_YES},
	{"All right, that's fine.", NLU_YES},
	{"Well, definitely.", NLU_YES},
	{"no, sure", NLU_YES},
	{"No, I am not sure.", NLU_NO},
	{"that's not very good", NLU_NO},
	{"not very well", NLU_NO},
	{"No, email me instead, please.", NLU_NO},
	{"You know, on Tuesday at three, please.", NLU_NO},
	{"You know what, go ahead.", NLU_YES},
	{"Yes, actually, it's no.", NLU_NEITHER},
	{"Yes, actually.", NLU_NEITHER},
	{"Actually, yes.", NLU_YES},
	{"You know, let me think.", NLU_NEITHER},
	{"Friday, at eleven, please.", NLU_NEITHER},
	{"email me instead, please", NLU_NEITHER},
	{"Okay, email me instead.", NLU_NEITHER},
	{"Email works for me.", NLU_NEITHER},
	{"Call my wife, please.", NLU_NEITHER},
	{"The address please.", NLU_NEITHER},
	{"Please send somebody on Friday.", NLU_NEITHER},
	{"Please do something about it.", NLU_NEITHER},
	{"I would like to speak about the price.", NLU_NEITHER},
	{"I'd like an invoice.", NLU_NEITHER},
	{"Can you do that?", NLU_NEITHER},
	{"How would you do it?", NLU_NEITHER},
	{"You can call me at home.", NLU_NEITHER},
	{"Have you got it?", NLU_NEITHER},
	{"That will be John at the door.", NLU_NEITHER},
	{"It would cost me a day.", NLU_NEITHER},
	{"Is that okay?", NLU_NEITHER},
	{"Is it okay if my wife is there?", NLU_NEITHER},
	{"Make sure they ring the bell.", NLU_NEITHER},
	{"I definitely need the furnace done.", NLU_NEITHER},
	{"The correct address is on file.", NLU_NEITHER},
	{"Good afternoon.", NLU_NEITHER},
	{"I take the bus.", NLU_NEITHER},
	{"you got my name wrong", NLU_NEITHER},
	{"", NLU_NEITHER},
	{"banana", NLU_NEITHER},
	/* a condition */
	{"sure, if it's not more than a hundred dollars", NLU_NEITHER},
	{"okay, if it's under two hundred", NLU_NEITHER},
	{"yes, if that's not too expensive", NLU_NEITHER},
	{"sure, as long as it's less than fifty bucks", NLU_NEITHER},
	{"yes, provided it's free", NLU_NEITHER},
	{"as long as it's not too expensive", NLU_NEITHER},
	{"sure, if it's not too much trouble", NLU_YES},
	{"yes, if that's okay with you", NLU_YES},
	{"yes please, if it's not a problem", NLU_YES},
	/* heard, not agreed */
	{"yes I heard you, but I didn't ask for two", NLU_NEITHER},
	{"yeah, I never asked for that", NLU_NEITHER},
	{"okay, I didn't say two", NLU_NEITHER},
	{"yes, but no rush", NLU_YES},
	/* irony */
	{"great, another week without a drain", NLU_NEITHER},
	{"oh great, another night without heat", NLU_NEITHER},
	{"wonderful, three more days of this", NLU_NEITHER},
	{"perfect, so I have to wait till Thursday", NLU_NEITHER},
	{"great, so I freeze until then", NLU_NEITHER},
	{"fine, thanks for nothing", NLU_NEITHER},
	{"great, that's ridiculous", NLU_NEITHER},
	{"great, thank you", NLU_YES},
	{"wonderful, that was quick", NLU_YES},
	{"great, I can wait until then", NLU_YES},
	{"perfect, we've waited a week", NLU_YES},
	{"great, see you in two days", NLU_YES},
	{"yes please, it's terrible", NLU_YES},
	{"the furnace is in the basement", NLU_NEITHER},
	{"Tuesday", NLU_NEITHER},
	{"what time is it", NLU_NEITHER},
};

static void test_yesno(void **state)
{
	struct nlu_text t;
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(yesno_tv); i++) {
		nlu_split(&t, sv_str(yesno_tv[i].in));
		if (nlu_yesno(&t) == yesno_tv[i].is)
			continue;
		print_error("\"%s\"\n", yesno_tv[i].in);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

static void test_yesno_es(void **state)
{
	static const struct {
		const char *in;
		enum nlu_yesno is;
	} tv[] = {
		{"sí, si no pasa de cien dólares", NLU_NEITHER},
		{"claro, siempre que no sea más de cien dólares", NLU_NEITHER},
		{"está bien, si no es muy caro", NLU_NEITHER},
		{"bueno, si cuesta menos de cincuenta", NLU_NEITHER},
		{"sí, pero que no cueste más de cien", NLU_NEITHER},
		{"sí, si es posible", NLU_YES},
		{"sí, si no es molestia", NLU_YES},
		{"sí lo oí, pero no pedí a las dos", NLU_NEITHER},
		{"sí, pero yo no dije a las dos", NLU_NEITHER},
		{"qué bien, otra semana sin agua", NLU_NEITHER},
		{"perfecto, otra semana sin calefacción", NLU_NEITHER},
		{"genial, dos días más así", NLU_NEITHER},
		{"perfecto, gracias por nada", NLU_NEITHER},
		{"perfecto, muchas gracias", NLU_YES},
		{"perfecto, ese día está bien", NLU_YES},
		{"sí, ese día puedo", NLU_YES},
		{"sí, pero sin prisa", NLU_YES},
	};
	struct nlu_text t;
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		nlu_split_lang(&t, sv_str(tv[i].in), NLU_ES);
		if (nlu_yesno(&t) == tv[i].is)
			continue;
		print_error("\"%s\"\n", tv[i].in);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

static void test_intents(void **state)
{
	static const struct {
		const char *in;
		enum nlu_intent is;
	} tv[] = {
		{"what?", NLU_REPEAT},
		{"What was that?", NLU_REPEAT},
		{"Sorry, what did you say?", NLU_REPEAT},
		{"Pardon me?", NLU_REPEAT},
		{"can you say that again please", NLU_REPEAT},
		{"Could you repeat that?", NLU_REPEAT},
		{"I didn't catch that.", NLU_REPEAT},
		{"are you a robot", NLU_ROBOT},
		{"Are you a real person?", NLU_ROBOT},
		{"wait is this a recording", NLU_ROBOT},
		{"Am I talking to a machine or a human?", NLU_ROBOT},
		{"Am I speaking with a real person?", NLU_ROBOT},
		{"And my talking to a real person.", NLU_ROBOT},
		{"is this an AI", NLU_ROBOT},
		{"can I speak to a person", NLU_PERSON},
		{"I want to talk to a real human being", NLU_PERSON},
		{"Operator.", NLU_PERSON},
		{"get me a human", NLU_PERSON},
		{"let me talk to somebody", NLU_PERSON},
		{"Representative!", NLU_PERSON},
		{"can someone call me back", NLU_PERSON},
		{"please have someone call me", NLU_PERSON},
		{"hold on a second", NLU_WAIT},
		{"just a moment", NLU_WAIT},
		{"Let me check my calendar.", NLU_WAIT},
		{"one moment please", NLU_WAIT},
		{"never mind", NLU_BYE},
		{"Sorry, wrong number.", NLU_BYE},
		{"okay goodbye", NLU_BYE},
		{"I have to go", NLU_BYE},
		{"don't text me", NLU_NO_TEXTS},
		{"Please do not send me any text messages.", NLU_NO_TEXTS},
		{"no texts please", NLU_NO_TEXTS},
		{"stop texting me", NLU_NO_TEXTS},
		{"text me the details", NLU_TEXT_ME},
		{"can you send me a text", NLU_TEXT_ME},
		{"Did you text me already?", NLU_NONE},
		{"What happens if you text me?", NLU_NONE},
		{"Hello?", NLU_HELLO},
		{"is anybody there", NLU_HELLO},
		{"can you hear me", NLU_HELLO},
		{"thank you very much", NLU_THANKS},
		{"okay thanks", NLU_THANKS},
		{"my furnace is broken", NLU_NONE},
		{"tomorrow at two", NLU_NONE},
		{"Dana Miller", NLU_NONE},
		{"yes please", NLU_NONE},
		{"I need someone to look at my drain", NLU_NONE},
		{"what about Wednesday", NLU_NONE},
		{"somebody should look at my water heater", NLU_NONE},
	};
	struct nlu_text t;
	unsigned wrong = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		unsigned got, want = tv[i].is ? 1u << tv[i].is : 0;

		nlu_split(&t, sv_str(tv[i].in));
		got = nlu_intents(&t);
		if (want ? (got & want) : !got)
			continue;
		print_error("\"%s\": %x\n", tv[i].in, got);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

static void test_intent_names(void **state)
{
	(void)state;

	for (int i = 1; i < NLU_INTENTS; i++) {
		const char *name = nlu_intent_name((enum nlu_intent)i);

		assert_int_equal(i, nlu_intent_find(sv_str(name)));
	}
	assert_int_equal(NLU_NONE, nlu_intent_find(SV("juggle")));
	assert_int_equal(NLU_NONE, nlu_intent_find(SV("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yesno),
		cmocka_unit_test(test_yesno_es),
		cmocka_unit_test(test_intents),
		cmocka_unit_test(test_intent_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
