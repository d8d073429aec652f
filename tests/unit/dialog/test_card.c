/* Card numbers are masked, whatever else is a row of digits stays. */
#include "tests/unit/assert.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "dialog/card.h"

static const char *const english[] = {"zero", "one", "two",   "three", "four",
				      "five", "six", "seven", "eight", "nine"};
static const char *const spanish[] = {"cero",	"uno",	 "dos",	 "tres",
				      "cuatro", "cinco", "seis", "siete",
				      "ocho",	"nueve"};
static const char *const teens[] = {
	"ten",	   "eleven",  "twelve",	   "thirteen", "fourteen",
	"fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {"",	     "",      "twenty", "thirty",
				   "forty",  "fifty", "sixty",	"seventy",
				   "eighty", "ninety"};

static uint32_t seed;

static unsigned chance(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 10) % n;
}

static unsigned luhn_digit(const char *d, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned x = (unsigned)(d[n - 1 - i] - '0');

		x = i % 2 ? x : x > 4 ? 2 * x - 9 : 2 * x;
		sum += x;
	}
	return (10 - sum % 10) % 10;
}

/* A number that passes, of a length that its beginning has. */
static size_t random_card(char *d)
{
	static const struct {
		const char *begin;
		size_t n;
	} kind[] = {{"4", 16},	{"51", 16},   {"55", 16}, {"37", 15},
		    {"34", 15}, {"6011", 16}, {"4", 13},  {"36", 14},
		    {"4", 19},	{"62", 17}};
	unsigned k = chance(ARRAY_LEN(kind));
	size_t n = strlen(kind[k].begin);

	memcpy(d, kind[k].begin, n);
	while (n + 1 < kind[k].n)
		d[n++] = (char)('0' + chance(10));
	d[n] = (char)('0' + luhn_digit(d, n));
	d[n + 1] = '\0';
	return n + 1;
}

struct text {
	char s[640];
	size_t n;
};

static void add(struct text *t, const char *s)
{
	int n = snprintf(t->s + t->n, sizeof(t->s) - t->n, "%s", s);

	t->n += (size_t)n;
	assert_true(t->n < sizeof(t->s));
}

enum how { FIGURES, GROUPS, DASHES, ENGLISH, SPANISH, PAIRS, MIXED, HOWS };

/* Digits d as a recogniser may write them. */
static void say(struct text *t, const char *d, size_t n, enum how how)
{
	for (size_t i = 0; i < n; i++) {
		unsigned x = (unsigned)(d[i] - '0');
		char c[2] = {d[i], '\0'};
		enum how now =
			how == MIXED ? (chance(2) ? ENGLISH : FIGURES) : how;

		if (i && (now >= ENGLISH || how == MIXED))
			add(t, how == SPANISH && chance(4) == 0 ? ", " : " ");
		if ((now == GROUPS || now == DASHES) && i && i % 4 == 0)
			add(t, now == GROUPS ? " " : "-");
		if (now == PAIRS && i + 1 < n && x) {
			unsigned y = (unsigned)(d[i + 1] - '0');

			i++;
			if (x == 1) {
				add(t, teens[y]);
				continue;
			}
			add(t, tens[x]);
			if (y) {
				add(t, chance(2) ? " " : "-");
				add(t, english[y]);
			} else {
				add(t, ","); /* "fifty, seven", not 57 */
			}
			continue;
		}
		if (now == ENGLISH || now == PAIRS)
			add(t, !x && chance(2) ? "oh" : english[x]);
		else if (now == SPANISH)
			add(t, spanish[x]);
		else
			add(t, c);
	}
}

/* Figures and digit words that are still there. */
static size_t readable(const char *s)
{
	size_t n = 0;
	char w[32];

	while (*s) {
		size_t len = 0;

		if (isdigit((unsigned char)*s)) {
			n++;
			s++;
			continue;
		}
		while (isalpha((unsigned char)s[len]))
			len++;
		if (len && len < sizeof(w)) {
			memcpy(w, s, len);
			w[len] = '\0';
			for (int i = 0; i < 10; i++)
				n += !strcmp(w, english[i]) ||
				     !strcmp(w, spanish[i]) ||
				     !strcmp(w, teens[i]) ||
				     (i > 1 && !strcmp(w, tens[i]));
		}
		s += len ? len : 1;
	}
	return n;
}

static void test_whole(void **state)
{
	static const char *const before[] = {
		"",
		"my card number is ",
		"It's ",
		"You can put it on my Visa, ",
		"The name is Dana Miller and the number is ",
		"mi tarjeta es ",
	};
	static const char *const after[] = {
		"",
		".",
		" please",
		" expires 12/27",
		", code 123",
		", expiration four twenty eight, security code nine one one"};
	(void)state;

	seed = 7;
	for (int i = 0; i < 4000; i++) {
		struct card_mask m = {.n = 0};
		struct text t = {{0}, 0};
		char d[24], said[640];
		size_t n = random_card(d), len;

		add(&t, before[chance(ARRAY_LEN(before))]);
		say(&t, d, n, (enum how)chance(HOWS));
		add(&t, after[chance(ARRAY_LEN(after))]);
		snprintf(said, sizeof(said), "%s", t.s);
		len = card_mask(&m, t.s);
		assert_int_equal(len, strlen(t.s));
		if (strstr(t.s, "[card number]") && !readable(t.s))
			continue;
		print_error("%s\n%s\n", said, t.s);
		fail();
	}
}

/* Said in pieces: what comes last is masked, and back names the first. */
static void test_pieces(void **state)
{
	(void)state;

	seed = 11;
	for (int i = 0; i < 4000; i++) {
		struct card_mask m = {.n = 0};
		char d[24], said[16][640];
		size_t n = random_card(d), at = 0, left = 0;
		int texts = 0, back = 0;
		bool wait = false;

		while (at < n) {
			struct text t = {{0}, 0};
			size_t part = chance(2) ? 4 : 1 + chance(8);

			part = MIN(part, n - at);
			if (texts > 10)
				part = n - at;
			say(&t, d + at, part, (enum how)chance(HOWS));
			at += part;
			card_mask(&m, t.s);
			back = MAX(back, m.back ? texts - m.back + 1 : 0);
			snprintf(said[texts++], sizeof(said[0]), "%s", t.s);
			if (!wait && chance(6) == 0 && at < n) {
				char hold[] = "hold on a moment";

				wait = true;
				card_mask(&m, hold);
				assert_string_equal("hold on a moment", hold);
				snprintf(said[texts++], sizeof(said[0]), "%s",
					 hold);
			}
		}
		for (int k = 0; k < texts; k++)
			left += readable(said[k]);
		if ((!readable(said[texts - 1]) || left + 4 <= n) && left < n &&
		    (left < 4 || back >= 1))
			continue;
		for (int k = 0; k < texts; k++)
			print_error("%s | ", said[k]);
		print_error("%s, back to %d\n", d, back);
		fail();
	}
}

static void test_others_stay(void **state)
{
	static const char *const before[] = {"", "my number is ",
					     "You can reach me at ", "it's ",
					     "mi numero es "};
	static const char *const tv[] = {
		"tomorrow at 2:30 p.m.",
		"11/24/2026 at 14:00, or 11/25/2026 at 15:30",
		"1204 Elm Street, apartment 12, 94110",
		"it was 1,200 dollars in 2019 and 1,350 in 2024",
		"between 300,000 and 350,000 dollars",
		"I have 2 furnaces from 1998 and 2004, 3 drains and 12 windows",
		"the serial number is A 4 1 1 1 B 7 7 0 2",
		"call 415 555 0123 or 415 555 0199",
		"415 555 0123. 415 555 0123.",
		"four one five five five five oh one two three, four one five "
		"five five five oh one two three",
		"I am at 12 Elm Street, my phone is 415 555 0123, come at 2",
		"[card number]",
		"",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct card_mask m = {.n = 0};
		char s[300];

		snprintf(s, sizeof(s), "%s", tv[i]);
		card_mask(&m, s);
		assert_string_equal(tv[i], s);
	}
	seed = 23;
	for (int i = 0; i < 4000; i++) {
		struct card_mask m = {.n = 0};
		struct text t = {{0}, 0};
		char d[16], said[640];
		size_t n = 10;

		d[0] = (char)('2' + chance(8));
		for (size_t k = 1; k < n; k++)
			d[k] = (char)('0' + chance(10));
		add(&t, before[chance(ARRAY_LEN(before))]);
		say(&t, d, n, (enum how)chance(HOWS));
		snprintf(said, sizeof(said), "%s", t.s);
		card_mask(&m, t.s);
		assert_string_equal(said, t.s);
		/* corrected, and in pieces */
		t.n = 0;
		add(&t, chance(2) ? "no, " : "sorry ");
		say(&t, d + 6, 4, (enum how)chance(HOWS));
		snprintf(said, sizeof(said), "%s", t.s);
		card_mask(&m, t.s);
		assert_string_equal(said, t.s);
		m = (struct card_mask){.n = 0};
		for (size_t k = 0; k < 3; k++) {
			t.n = 0;
			say(&t, d + 3 * k, k == 2 ? 4 : 3,
			    (enum how)chance(HOWS));
			snprintf(said, sizeof(said), "%s", t.s);
			card_mask(&m, t.s);
			assert_string_equal(said, t.s);
		}
	}
}

static void test_sentences(void **state)
{
	static const struct {
		const char *in[4], *out[4];
	} tv[] = {
		{{"the cvv is one two three", "it's CVC 4511, okay?"},
		 {"the cvv is [card number]", "it's CVC ****, okay?"}},
		{{"el cvv es uno dos tres"}, {"el cvv es ************"}},
		{{"the security code is one two three four", "my card",
		  "security code 123",
		  "cvv 123, my card is 4111 1111 1111 "
		  "1111"},
		 {"the security code is one two three four", "my card",
		  "security code ***", "cvv ***, my card is [card number]"}},
		{{"the gate's security code is 4521", "it has a cvv"},
		 {"the gate's security code is 4521", "it has a cvv"}},
		{{"the sixteen digits are four to four two for two four too "
		  "four two four two four to four two"},
		 {"the sixteen digits are [card number]"}},
		{{"from four to six for two people, 12 to 14 Elm Street",
		  "one two for one and two for one"},
		 {"from four to six for two people, 12 to 14 Elm Street",
		  "one two for one and two for one"}},
		{{"my card is 4111 1111 1111 1111 expires 12/27 code 123"},
		 {"my card is [card number]"}},
		{{"4111 1111 1111 1112"}, {"[card number]"}}, /* misheard */
		{{"4111 1111 1111 1111", "12 27", "123", "two thirty"},
		 {"[card number]", "*****", "***", "two thirty"}},
		{{"4111 1111 1111 1111 and my phone is 415 555 0123"},
		 {"[card number] and my phone is 415 555 0123"}},
		{{"the card is 4111 1111"}, {"the card is *********"}},
		{{"I want to pay, my card number is four, two,",
		  "four two four two"},
		 {"I want to pay, my card number is *********,",
		  "[card number]"}},
		{{"mi numero de la tarjeta es cuatro dos"},
		 {"mi numero de la tarjeta es **********"}},
		{{"is that card number one or card number two at 2 pm"},
		 {"is that card number one or card number two at 2 pm"}},
		{{"do you take cards", "415 555 0123"},
		 {"do you take cards", "415 555 0123"}},
		{{"I'd like to pay by card", "4111 1111", "1111 1111"},
		 {"I'd like to pay by card", "*********", "*********"}},
		{{"double four one one, one one one one, one one one one, "
		  "one one one six"},
		 {"[card number]"}},
		{{"4111 1111 1111 1111", "the security code is nine oh one"},
		 {"[card number]", "the security code is ***********"}},
		{{"cuatro uno uno uno, uno uno uno uno, uno uno uno uno, uno "
		  "uno uno uno"},
		 {"[card number]"}},
		{{"cuarenta y uno once once once once once once once"},
		 {"[card number]"}},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct card_mask m = {.n = 0};

		for (size_t k = 0; k < 4 && tv[i].in[k]; k++) {
			char s[200];

			snprintf(s, sizeof(s), "%s", tv[i].in[k]);
			card_mask(&m, s);
			assert_string_equal(tv[i].out[k], s);
		}
	}
}

/* Another reading of a text is masked as well, and counts for nothing. */
static void test_readings(void **state)
{
	struct card_mask before, m = {.n = 0};
	char first[] = "4111 1111 11", text[] = "11 1111",
	     other[] = "eleven eleven eleven";
	(void)state;

	card_mask(&m, first);
	before = m;
	card_mask(&m, text);
	assert_string_equal("*******", text);
	assert_int_equal(1, m.back);
	card_mask_reading(&before, other);
	assert_null(strstr(other, "eleven"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
