/* Spanish: how dates and lists are said, and what our own lists mean. */
#include "tests/unit/assert.h"

#include <string.h>

#include "dialog/cal.h"
#include "dialog/es.h"
#include "dialog/lists.h"
#include "dialog/spoken.h"

static void said_is(const char *want, struct buf *b)
{
	assert_int_equal(0, b->err);
	assert_sv_equal(want, buf_get(b));
	buf_reset(b);
}

static void test_when(void **state)
{
	static const struct {
		const char *in, *out;
	} tv[] = {
		{"2026-11-24T14:00",
		 "el martes 24 de noviembre a las 2 de la tarde"},
		{"2026-11-24T13:00",
		 "el martes 24 de noviembre a la una de la tarde"},
		{"2026-11-24T13:30",
		 "el martes 24 de noviembre a la una y media de la tarde"},
		{"2026-12-01T08:00",
		 "el martes primero de diciembre a las 8 de la mañana"},
		{"2026-11-25T10:15",
		 "el miércoles 25 de noviembre a las 10 y cuarto de la mañana"},
		{"2026-11-28T09:45",
		 "el sábado 28 de noviembre a las 9 y 45 de la mañana"},
		{"2026-11-29T12:00",
		 "el domingo 29 de noviembre a las 12 del mediodía"},
		{"2026-11-29T12:30",
		 "el domingo 29 de noviembre a las 12 y media de la tarde"},
		{"2026-11-29T19:00",
		 "el domingo 29 de noviembre a las 7 de la noche"},
		{"2026-11-29T05:00",
		 "el domingo 29 de noviembre a las 5 de la madrugada"},
		{"2026-11-29T00:00",
		 "el domingo 29 de noviembre a las 12 de la noche"},
		{"2027-02-21", "el domingo 21 de febrero"},
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		assert_int_equal(0, spoken_when(&b, sv_str(tv[i].in), NLU_ES));
		said_is(tv[i].out, &b);
	}
	assert_int_equal(-EINVAL, spoken_when(&b, SV("mañana"), NLU_ES));
	buf_fini(&b);
}

/* What we say is what we would understand. */
static void test_when_round_trip(void **state)
{
	struct nlu_now now = {cal_days(2026, 11, 23), 600, {{0, 0}}, false};
	struct buf b;
	(void)state;

	for (int i = 0; i < 7; i++) {
		now.hours[i].open = 480;
		now.hours[i].close = 1080;
	}
	buf_init(&b, 0);
	for (int k = 0; k < 400; k++) {
		int day = now.today + 1 + k % 300,
		    minute = 60 + (k * 35) % 1320 / 5 * 5;
		struct nlu_text t;
		struct nlu_when w;

		spoken_date(&b, day, NLU_ES);
		buf_str(&b, " a ");
		spoken_time(&b, minute, NLU_ES);
		nlu_split_lang(&t, buf_get(&b), NLU_ES);
		if (!nlu_when(&w, &t, &now, true) || w.day != day ||
		    w.time != minute)
			print_error("%.*s\n", SV_ARG(buf_get(&b)));
		assert_true(w.has_day && w.has_time && w.rel == NLU_AT);
		assert_int_equal(day, w.day);
		assert_int_equal(minute, w.time);
		buf_reset(&b);
	}
	buf_fini(&b);
}

static void test_lists(void **state)
{
	static const struct {
		struct sv v[4];
		size_t n;
		const char *either, *menu;
	} tv[] = {
		{{SV("corte")}, 1, "corte", "oprima 1 para corte"},
		{{SV("corte"), SV("tinte")},
		 2,
		 "corte o tinte",
		 "oprima 1 para corte, 2 para tinte"},
		{{SV("corte"), SV("tinte"), SV("ondas")},
		 3,
		 "corte, tinte u ondas",
		 "oprima 1 para corte, 2 para tinte, 3 para ondas"},
		{{SV("pan"), SV("horno")},
		 2,
		 "pan u horno",
		 "oprima 1 para pan, 2 para horno"},
		{{SV("7"), SV("8")}, 2, "7 u 8", "oprima 1 para 7, 2 para 8"},
		{{SV("10"), SV("11")},
		 2,
		 "10 u 11",
		 "oprima 1 para 10, 2 para 11"},
		{{SV("uno"), SV("óptica")},
		 2,
		 "uno u óptica",
		 "oprima 1 para uno, 2 para óptica"},
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		spoken_or(&b, tv[i].v, tv[i].n, NLU_ES);
		said_is(tv[i].either, &b);
		spoken_menu(&b, tv[i].v, tv[i].n, NLU_ES);
		said_is(tv[i].menu, &b);
	}
	spoken_or(&b, tv[2].v, tv[2].n, NLU_EN);
	said_is("corte, tinte or ondas", &b);
	spoken_and(&b, tv[2].v, tv[2].n, NLU_EN);
	said_is("corte, tinte and ondas", &b);
	spoken_and(&b, tv[2].v, tv[2].n, NLU_ES);
	said_is("corte, tinte y ondas", &b);
	spoken_and(&b, (struct sv[]){SV("tinte"), SV("instalación")}, 2,
		   NLU_ES);
	said_is("tinte e instalación", &b);
	spoken_and(&b, (struct sv[]){SV("agua"), SV("hielo")}, 2, NLU_ES);
	said_is("agua y hielo", &b);
	buf_fini(&b);
}

static void test_slots(void **state)
{
	static const struct sv same[] = {SV("2026-11-24T14:00"),
					 SV("2026-11-24T16:00")};
	static const struct sv other[] = {SV("2026-11-24T14:00"),
					  SV("2026-11-25T13:00")};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	spoken_slots(&b, same, 2, NLU_ES);
	said_is("el martes 24 de noviembre a las 2 de la tarde o a las 4 de la "
		"tarde",
		&b);
	spoken_slots(&b, other, 2, NLU_ES);
	said_is("el martes 24 de noviembre a las 2 de la tarde o el miércoles "
		"25 de noviembre a la una de la tarde",
		&b);
	spoken_slots(&b, same, 2, NLU_EN);
	said_is("Tuesday, November 24th at 2 PM or at 4 PM", &b);
	buf_fini(&b);
}

static void test_money(void **state)
{
	static const struct {
		int64_t cents;
		const char *es, *en;
	} tv[] = {
		{0, "0 dólares", "0 dollars"},
		{100, "1 dólar", "1 dollar"},
		{1250, "12 dólares con 50 centavos", "12.50 dollars"},
		{100000, "mil dólares", "1,000 dollars"},
		{125000, "mil 250 dólares", "1,250 dollars"},
		{40000000, "400 mil dólares", "400,000 dollars"},
		{100000000, "un millón de dólares", "1,000,000 dollars"},
		{250000000, "2 millones 500 mil dólares", "2,500,000 dollars"},
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		spoken_money(&b, tv[i].cents, NLU_ES);
		said_is(tv[i].es, &b);
		spoken_money(&b, tv[i].cents, NLU_EN);
		said_is(tv[i].en, &b);
	}
	buf_fini(&b);
}

/* What we listen for is what we understand. */
static void test_expected_phrases(void **state)
{
	struct nlu_now now = {cal_days(2026, 11, 23), 600, {{0, 0}}, false};
	struct lang_lists l;
	struct nlu_when w;
	struct nlu_text t;
	(void)state;

	lists_es(&l);
	for (size_t i = 0; i < l.yes_no.n; i++) {
		const char *p = l.yes_no.v[i];
		enum nlu_yesno is;

		nlu_split_lang(&t, sv_str(p), NLU_ES);
		is = nlu_yesno(&t);
		if (!is && !nlu_when(&w, &t, &now, true))
			fail_msg("\"%s\" is no answer", p);
		if (!strncmp(p, "sí", 3) && is != NLU_YES)
			fail_msg("\"%s\" is no yes", p);
		if (!strncmp(p, "no ", 3) && strcmp(p, "no hay problema") &&
		    is != NLU_NO)
			fail_msg("\"%s\" is no no", p);
	}
	for (size_t i = 0; i < l.anywhere.n; i++) {
		nlu_split_lang(&t, sv_str(l.anywhere.v[i]), NLU_ES);
		if (!nlu_intents(&t))
			fail_msg("\"%s\" means nothing", l.anywhere.v[i]);
		assert_int_not_equal(NLU_YES, nlu_yesno(&t));
	}
	for (size_t i = 0; i < l.digits.n; i++) {
		nlu_split_lang(&t, sv_str(l.digits.v[i]), NLU_ES);
		assert_true(t.n >= 1);
	}
}

/* Half of it is not there, or is no Spanish at all. */
static void test_any_bytes(void **state)
{
	static const char text[] =
		"¿Cómo? «Mañana» a las 3º … ñandú — Ñuñoa "
		"\xff\xc3 \xc2 \xe2\x80 ½ 12345678901234567890 "
		"el 31/2 O'Brien's 3pm";
	struct nlu_now now = {cal_days(2026, 11, 23), 600, {{0, 0}}, false};
	struct nlu_address a;
	struct nlu_phone_no no;
	struct nlu_money m;
	struct nlu_when w;
	struct nlu_name n;
	struct nlu_text t;
	(void)state;

	for (size_t from = 0; from < sizeof(text); from++) {
		for (size_t to = from; to < sizeof(text); to++) {
			nlu_split_lang(&t, (struct sv){text + from, to - from},
				       NLU_ES);
			(void)nlu_when(&w, &t, &now, true);
			(void)nlu_name(&n, &t, SV("ñandú\nx"), true);
			(void)nlu_phone(&no, &t);
			(void)nlu_address(&a, &t, SV("Elm"), SV("Ñuñoa"), true);
			(void)nlu_money(&m, &t, true);
			(void)nlu_yesno(&t);
			(void)nlu_intents(&t);
			(void)nlu_urgency(&t);
		}
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *in, *words;
	} tv[] = {
		{"¿Cómo está?", "como esta"},
		{"MAÑANA", "manana"},
		{"oi a las dies", "hoy a las diez"},
		{"quatro veses", "cuatro veces"},
		{"alas tres", "a las tres"},
		{"a las 3pm", "a las 3 pm"},
		{"3 p. m.", "3 pm"},
		{"medio dia", "mediodia"},
		{"no grave", "no grabe"},
		{"el 3ro", "el 3ro"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct nlu_text t;
		struct buf b;

		buf_init(&b, 0);
		nlu_split_lang(&t, sv_str(tv[i].in), NLU_ES);
		for (size_t k = 0; k < t.n; k++) {
			if (k)
				buf_char(&b, ' ');
			buf_sv(&b, t.v[k].w);
		}
		said_is(tv[i].words, &b);
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_when_round_trip),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_expected_phrases),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
