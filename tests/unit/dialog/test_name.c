/* names, services, phone numbers, spellings. */
#include "tests/unit/assert.h"

#include "dialog/nlu.h"

static const char known[] = "Dana\nMiller\nrobert\nO'Brien";

struct row {
	const char *in;
	bool asked;
	const char *full; /* NULL: no name */
};

static void names_are(const struct row *tv, size_t rows, enum nlu_lang lang)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < rows; i++) {
		struct nlu_text t;
		struct nlu_name n;
		bool got;

		nlu_split_lang(&t, sv_str(tv[i].in), lang);
		got = nlu_name(&n, &t, sv_str(known), tv[i].asked) ||
		      nlu_name_listed(&n, &t, tv[i].asked);
		if (got ? tv[i].full && !strcmp(tv[i].full, n.full)
			: !tv[i].full)
			continue;
		print_error("\"%s\": got \"%s\"\n", tv[i].in, n.full);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

static void test_name(void **state)
{
	static const struct row tv[] = {
		{"Dana Miller", true, "Dana Miller"},
		{"Dana Miller.", true, "Dana Miller"},
		{"dana miller", true, "Dana Miller"},
		{"Dana.", true, "Dana"},
		{"My name is Dana Miller.", true, "Dana Miller"},
		{"my name is dana miller", false, "Dana Miller"},
		{"My name's Robert", false, "Robert"},
		{"Uh, it's Dana Miller", true, "Dana Miller"},
		{"It is Peter Brown.", true, "Peter Brown"},
		{"This is Dana Miller.", true, "Dana Miller"},
		{"this is Dana Miller and my furnace is broken", false,
		 "Dana Miller"},
		{"I'm Dana", true, "Dana"},
		{"Hi, I'm Peter Brown and I need a plumber", false,
		 "Peter Brown"},
		{"Yes, sure. Dana Miller.", true, "Dana Miller"},
		{"Hello, Dana Miller here", false, "Dana Miller"},
		{"Dana Miller speaking", false, "Dana Miller"},
		{"Mr. Brown", true, "Mr Brown"},
		{"Mrs. Alice Brown", true, "Mrs Alice Brown"},
		{"D A N A", true, "Dana"},
		{"D-A-N-A", true, "Dana"},
		{"Dana Miller, M I L L E R", true, "Dana Miller"},
		{"Dana Muller, that's M I L L E R", true, "Dana Miller"},
		{"smith s m i t h", true, "Smith"},
		{"S M Y T H E", true, "Smythe"},
		{"M as in Mike, A as in Alpha, Y as in Yankee", true, "May"},
		{"double-checking is not a name", true, NULL},
		{"Sean O'Brien", true, "Sean O'Brien"},
		{"sean o'brien", true, "Sean O'Brien"},
		{"Mary-Ann Lopez", true, "Mary-Ann Lopez"},
		{"JOHN SMITH", true, "John Smith"},
		{"john f kennedy", true, "John F Kennedy"},
		{"mcdonald", true, "McDonald"},
		{"you can call me Dana", true, "Dana"},
		{"The name is Miller.", true, "Miller"},
		{"put it under Miller", true, "Miller"},
		{"actually my name is Robert Miller", false, "Robert Miller"},
		{"May I have it under the name of Ortiz", true, "Ortiz"},
		{"My name is Will Day", true, "Will Day"},
		{"It's April", true, "April"},
		{"First name John, last name Smith", true, "John Smith"},
		{"Peter, P E T E R", true, "Peter"},
		{"The name is wrong, it's Dana Muller", true, "Dana Muller"},
		{"yeah that's fine", true, NULL},
		{"ok cool", true, NULL},
		{"excuse me?", true, NULL},
		{"pardon me?", true, NULL},
		{"pardon?", true, NULL},
		{"huh?", true, NULL},
		{"eh?", true, NULL},
		{"beg your pardon?", true, NULL},
		{"excuse me, Dana Miller", true, "Dana Miller"},
		{"pardon, it's Dana", true, "Dana"},
		{"Any time after four", true, NULL},
		{"this is about my furnace", false, NULL},
		{"this is an emergency", false, NULL},
		{"I'm calling about a leak", false, NULL},
		{"I'm at home all day", false, NULL},
		{"It's broken", true, NULL},
		{"it's the water heater", false, NULL},
		{"tomorrow at two", true, NULL},
		{"yes", true, NULL},
		{"no", true, NULL},
		{"what?", true, NULL},
		{"why do you need my name", true, NULL},
		{"I would rather not say that to a machine", true, NULL},
		{"", true, NULL},
		{"my furnace is broken can somebody come tomorrow after "
		 "three? This is Dana Miller",
		 false, "Dana Miller"},
	};
	(void)state;

	names_are(tv, ARRAY_LEN(tv), NLU_EN);
}

static void test_spelled_and_listed(void **state)
{
	static const struct row tv[] = {
		{"it's Siobhan, S I O B H A N", true, "Siobhan"},
		{"it's shivon, S I O B H A N", true, "Siobhan"},
		{"it is Siobhan Murphy, S as in Sam, I, O, B, H, A, N", true,
		 "Siobhan Murphy"},
		{"Siobhan Murphy, that's S-I-O-B-H-A-N", true,
		 "Siobhan Murphy"},
		{"Shavon Murphy, it's spelled S-I-O-B-H-A-N", true,
		 "Siobhan Murphy"},
		{"my name is Shavon Murphy, first name S I O B H A N", true,
		 "Siobhan Murphy"},
		{"Siobhan Murphy. Siobhan is spelled S I O B H A N.", true,
		 "Siobhan Murphy"},
		{"Dana Dale, D A N A", true, "Dana Dale"},
		{"My name is Anna Kowalski. Kowalski is spelled "
		 "K-o-double-u-day-o-s-k-i.",
		 true, "Anna Kowalski"},
		{"Dana Mueller, and that's spelled M U E L L E R", true,
		 "Dana Mueller"},
		{"Siobhan, S I O B H A N, Murphy", true, "Siobhan Murphy"},
		{"This is Michael and G. U. Y. E. N.", true, "Michael Nguyen"},
		{"Dana, M I L L E R", true, "Dana Miller"},
		{"Dana Miller, that's it", true, "Dana Miller"},
		{"Dana Miller, that's my first and last name", true,
		 "Dana Miller"},
		{"could you call me instead at 415 555 0177?", true, NULL},
		{"can you call me directly on my cell", true, NULL},
		{"would you please call me tonight", true, NULL},
		{"could you call me instead at 415 555 0177?", false, NULL},
		{"please call me on my mobile", true, NULL},
		{"please call me Dana", true, "Dana"},
		{"you can call me Dana at 415 555 0177", true, "Dana"},
		{"could you call me Dana", true, "Dana"},
		{"Dana Miller, 12 Elm Street, clogged drain, tomorrow at 2",
		 false, "Dana Miller"},
		{"12 Elm Street, clogged drain, tomorrow at 2, Dana Miller",
		 false, "Dana Miller"},
		{"12 Elm Street, Dana Miller, clogged drain, tomorrow at 2",
		 true, "Dana Miller"},
		{"Hi, Dana Miller, haircut, Friday at two", false,
		 "Dana Miller"},
		{"Clogged drain. Tomorrow at 2. Dana Miller.", false,
		 "Dana Miller"},
		{"Sean Patrick O'Brien, oil change, Friday morning", false,
		 "Sean Patrick O'Brien"},
		{"Honda Civic, oil change, tomorrow at 9", false, NULL},
		{"Harbor City, three bedrooms, tomorrow", false, NULL},
		{"San Diego, drain cleaning, tomorrow at 2", false, NULL},
		{"clogged drain, 12 Elm Street, Oak Park", false, NULL},
		{"Clogged Drain, 12 Elm Street, tomorrow at 2", false, NULL},
		{"Furnace Repair, 12 Elm Street, tomorrow at 2", false, NULL},
		{"Hey Mike Jones, my drain is clogged, tomorrow at 2", false,
		 NULL},
		{"Elm Street, clogged drain, tomorrow at 2", false, NULL},
		{"Thank God, you are open, tomorrow at 2", false, NULL},
		{"Dana Miller, tomorrow", false, NULL},
	};
	(void)state;

	names_are(tv, ARRAY_LEN(tv), NLU_EN);
}

static void test_spanish_name(void **state)
{
	static const struct row tv[] = {
		{"es Siobhan, S I O B H A N", true, "Siobhan"},
		{"Siobhan Murphy, ese i o be hache a ene", true,
		 "Siobhan Murphy"},
		{"Siobhan Murphy, se escribe S I O B H A N", true,
		 "Siobhan Murphy"},
		{"Ana Mueller, eme u e ele ele e erre", true, "Ana Mueller"},
		{"me llamo Ana Quiroga, cu u i erre o ge a", false,
		 "Ana Quiroga"},
		{"¿me puede llamar mejor al 415 555 0177?", true, NULL},
		{"Ana López, calle Elm 12, desagüe tapado, mañana a las 2",
		 false, "Ana López"},
		{"calle Elm 12, desagüe tapado, mañana a las 2, Óscar Ruiz",
		 false, "Óscar Ruiz"},
		{"corte, el viernes a las dos, Ana López", false, "Ana López"},
		{"Honda Civic, cambio de aceite, mañana a las 9", false, NULL},
		{"Ciudad Bahía, desagüe tapado, mañana a las 2", false, NULL},
		{"desagüe tapado, calle Elm 12, Puerto Bello", false, NULL},
	};
	(void)state;

	names_are(tv, ARRAY_LEN(tv), NLU_ES);
}

static void test_first_name(void **state)
{
	struct nlu_text t;
	struct nlu_name n;
	(void)state;

	nlu_split(&t, SV("Dana Miller"));
	assert_true(nlu_name(&n, &t, SV(""), true));
	assert_string_equal("Dana", n.first);
	nlu_split(&t, SV("Mr. Brown"));
	assert_true(nlu_name(&n, &t, SV(""), true));
	assert_string_equal("Mr Brown", n.first);
}

static void terms(struct nlu_terms *ts)
{
	static const struct {
		unsigned item;
		const char *word;
	} words[] = {
		{0, "furnace"},	     {0, "heater"},    {0, "heating"},
		{1, "water heater"}, {1, "hot water"}, {2, "drain"},
		{2, "clogged"},	     {2, "toilet"},
	};

	assert_int_equal(0, nlu_terms_name(ts, 0, SV("furnace repair")));
	assert_int_equal(0, nlu_terms_name(ts, 1, SV("water heater repair")));
	assert_int_equal(0, nlu_terms_name(ts, 2, SV("drain cleaning")));
	assert_int_equal(0, nlu_terms_name(ts, 3, SV("furnace installation")));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_int_equal(0, nlu_terms_add(ts, words[i].item,
						  sv_str(words[i].word),
						  NLU_WEIGHT_WORD));
}

static void test_service(void **state)
{
	static const struct {
		const char *in;
		uint32_t bits;
	} tv[] = {
		{"my furnace is broken", 1},
		{"My furnace isn't working.", 1},
		{"furnace repair", 1},
		{"the heater stopped", 1},
		{"My heating broke down", 1},
		{"my furnaces are leaking", 1},
		{"my furnis is making a noise, it's broken", 1},
		{"my furnus broke", 1},
		{"the fur nace is broken", 1},
		{"it's about the furnace repair", 1},
		{"water heater", 2},
		{"my water heater is leaking", 2},
		{"My hot water heater broke.", 2},
		{"we have no hot water", 2},
		{"the water heeder is dripping", 2},
		{"my waterheater burst", 2},
		{"water heater repair please", 2},
		{"my drain is clogged", 4},
		{"clogged drains", 4},
		{"drain cleaning", 4},
		{"the toilet is backed up", 4},
		{"toilets won't flush", 4},
		{"the drane is slow", 4},
		{"I need a new furnace", 8},
		{"please install a furnace", 8},
		{"furnace installation", 8},
		{"not the furnace, the water heater", 2},
		{"it's not the furnace it's the drain", 4},
		{"keep the furnace but cancel the drain cleaning", 4},
		{"I want to keep the furnace, not replace it", 1 | 8},
		{"cancel the drain cleaning", 4},
		{"furnace", 1 | 8},
		{"my furnace and my drain", 1 | 4 | 8},
		{"It's not heating.", 1},
		{"My drain is clogged. No wait, sorry, it is the furnace.",
		 1 | 8},
		{"my drain is clogged, I mean the furnace is broken", 1},
		{"The toilet is clogged. Actually, my water heater broke.", 2},
		{"drain cleaning, no, it's the water heater", 2},
		{"my furnace, I meant my water heater", 2},
		{"furnace, no the drain", 4},
		{"I need a new furnace, I mean the furnace is old", 8},
		{"my furnace and drain, no wait, just the drain", 4},
		{"sorry, my drain is clogged", 4},
		{"my drain is clogged, sorry, I am in a hurry", 4},
		{"the heater gives no hot water", 2},
		{"my drain is clogged and the furnace is broken", 1 | 4},
		{"My drain is clogged. The furnace is broken, too.", 1 | 4},
		{"water heater repair and a clogged drain", 2 | 4},
		{"clogged drain and furnace repair", 1 | 4},
		{"my water heater broke, the heater is making noise", 2},
		{"the water heater next to the drain", 2},
		{"a clogged toilet and a slow drain", 4},
		{"I'm having a problem with my toilet, it's overflowing", 4},
		{"that's a bit too late", 0},
		{"hello there", 0},
		{"I need a repair", 0},
		{"can somebody come tomorrow", 0},
		{"what do you do", 0},
		{"my dishwasher", 0},
		{"", 0},
		{"training", 0},
		{"I'd like some water", 0},
	};
	struct nlu_terms ts = {0};
	unsigned wrong = 0;
	(void)state;

	terms(&ts);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct nlu_text t;
		uint32_t got;

		nlu_split(&t, sv_str(tv[i].in));
		got = nlu_terms_find(&ts, &t);
		if (got == tv[i].bits)
			continue;
		print_error("\"%s\": %x\n", tv[i].in, got);
		wrong++;
	}
	nlu_terms_fini(&ts);
	assert_int_equal(0, wrong);
}

static void test_phone(void **state)
{
	static const struct {
		const char *in;
		enum nlu_phone is;
		const char *e164;
	} tv[] = {
		{"415-555-0123", NLU_PHONE_OK, "+14155550123"},
		{"(415) 555-0123", NLU_PHONE_OK, "+14155550123"},
		{"4155550123", NLU_PHONE_OK, "+14155550123"},
		{"four one five five five five oh one two three", NLU_PHONE_OK,
		 "+14155550123"},
		{"It's four one five, triple five, zero one two three.",
		 NLU_PHONE_OK, "+14155550123"},
		{"area code 415 five fifty five oh one twenty three",
		 NLU_PHONE_OK, "+14155550123"},
		{"1-415-555-0123", NLU_PHONE_OK, "+14155550123"},
		{"one eight hundred 555 01 99", NLU_PHONE_OK, "+18005550199"},
		{"four one five double five five zero one double nine",
		 NLU_PHONE_OK, "+14155550199"},
		{"plus four four twenty seven nine four six oh nine five eight",
		 NLU_PHONE_OK, "+44279460958"},
		{"555-0123", NLU_PHONE_PART, NULL},
		{"five five five oh one two three", NLU_PHONE_PART, NULL},
		{"my number", NLU_PHONE_NONE, NULL},
		{"two", NLU_PHONE_NONE, NULL},
		{"", NLU_PHONE_NONE, NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct nlu_text t;
		struct nlu_phone_no no;

		nlu_split(&t, sv_str(tv[i].in));
		if (nlu_phone(&no, &t) != tv[i].is)
			print_error("\"%s\": %s\n", tv[i].in, no.e164);
		assert_int_equal(tv[i].is, nlu_phone(&no, &t));
		if (tv[i].e164)
			assert_string_equal(tv[i].e164, no.e164);
	}
}

static void test_canonical(void **state)
{
	static const struct {
		const char *in, *out;
	} tv[] = {
		{"Two thirty p.m.", "2 30 pm"},
		{"2:30 PM", "2 30 pm"},
		{"2 30 p m", "2 30 pm"},
		{"December third", "december 3."},
		{"December 3rd,", "december 3."},
		{"twenty-third", "23."},
		{"the twenty third", "the 23."},
		{"five five five oh one two three", "5 5 5 0 1 2 3"},
		{"I don't know", "i dont know"},
		{"It\xe2\x80\x99s okay!", "its okay"},
		{"two o'clock", "2 oclock"},
		{"two o clock", "2 oclock"},
		{"", ""},
		{"...", ""},
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		buf_reset(&b);
		nlu_canonical(&b, sv_str(tv[i].in));
		assert_sv_equal(tv[i].out, buf_get(&b));
	}
	buf_fini(&b);
}

static void test_sounds(void **state)
{
	static const struct {
		const char *heard, *word;
		bool like;
	} tv[] = {
		{"furnis", "furnace", true},
		{"furnus", "furnace", true},
		{"heeter", "heater", true},
		{"plummer", "plumber", true},
		{"thermastat", "thermostat", true},
		{"boyler", "boiler", true},
		{"drane", "drain", true},
		{"cat", "drain", false},
		{"training", "drain", false},
		{"fence", "furnace", false},
		{"later", "heater", false},
		{"meeting", "heating", false},
		{"number", "plumber", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		bool got = nlu_sounds_like(sv_str(tv[i].heard),
					   sv_str(tv[i].word));

		if (got != tv[i].like)
			print_error("%s / %s\n", tv[i].heard, tv[i].word);
		assert_int_equal(tv[i].like, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_spelled_and_listed),
		cmocka_unit_test(test_first_name),
		cmocka_unit_test(test_spanish_name),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_phone),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_sounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
