#include "dialog/card.h"

#include <ctype.h>

#define MASK "[card number]"

enum {
	TOKENS = 256, /* what is said beyond is not looked at */
	MIN_LEN = 13,
	MAX_LEN = 19,
	SPOKEN_MIN = 8, /* digits behind the word "card" */
	BEHIND = 3,	/* texts in which its date and code may follow */
	PART_MIN = 4,	/* digits that are a group of a card's */
	CUT_MIN = 2,	/* digits behind "card number" … */
	NUMBER_OF = 3,	/* … or "number of that card" */
};

enum kind { WORD, DIGITS, TENS, DOUBLE, HUNDRED, FILLER, DETAIL, CARD, PHONE };

struct token {
	unsigned short off, len;
	enum kind kind;
	unsigned char n; /* digits */
	char d[CARD_DIGITS];
	bool cut;    /* a break like ":" or "/" stands in front */
	bool comma;  /* … or a comma or stop */
	bool number; /* "number" itself */
	bool code;   /* "cvv": what follows is the code on the back */
	bool safe;   /* "security", which a card's code shares with doors */
	char sounds; /* the digit that the word sounds like, or 0 */
};

struct tokens {
	struct token v[TOKENS];
	size_t n;
};

/* ---- words ---- */

static const struct {
	const char *digits, *words;
} spoken[] = {
	{"0", "zero oh o cero"},
	{"1", "one uno una un"},
	{"2", "two dos"},
	{"3", "three tres"},
	{"4", "four cuatro"},
	{"5", "five cinco"},
	{"6", "six seis"},
	{"7", "seven siete"},
	{"8", "eight ocho"},
	{"9", "nine nueve"},
	{"10", "ten diez"},
	{"11", "eleven once"},
	{"12", "twelve doce"},
	{"13", "thirteen trece"},
	{"14", "fourteen catorce"},
	{"15", "fifteen quince"},
	{"16", "sixteen dieciseis"},
	{"17", "seventeen diecisiete"},
	{"18", "eighteen dieciocho"},
	{"19", "nineteen diecinueve"},
	{"21", "veintiuno veintiun"},
	{"22", "veintidos"},
	{"23", "veintitres"},
	{"24", "veinticuatro"},
	{"25", "veinticinco"},
	{"26", "veintiseis"},
	{"27", "veintisiete"},
	{"28", "veintiocho"},
	{"29", "veintinueve"},
};

static const struct {
	const char *digits, *words;
} tens[] = {
	{"2", "twenty veinte"},	 {"3", "thirty treinta"},
	{"4", "forty cuarenta"}, {"5", "fifty cincuenta"},
	{"6", "sixty sesenta"},	 {"7", "seventy setenta"},
	{"8", "eighty ochenta"}, {"9", "ninety noventa"},
};

/* The word of the blank-separated list that w is. */
static bool one_of(const char *w, const char *list)
{
	size_t len = strlen(w);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, w, n))
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

static void set_kind(struct token *k, const char *w)
{
	static const struct {
		enum kind kind;
		const char *words;
	} tab[] = {
		{DOUBLE, "double doble triple"},
		{HUNDRED, "hundred"},
		{FILLER, "and y uh um er eh then dash space guion luego okay "
			 "ok yes si it its es is the el la then next number "
			 "numero ends begins starts with ending"},
		{DETAIL, "exp expiry expires expire expiration expiring date "
			 "valid through thru good till security code cvv cvc "
			 "csc cvv2 pin back vence vencimiento codigo seguridad "
			 "fecha clave de january february march april may june "
			 "july august september october november december "
			 "enero febrero marzo abril mayo junio julio agosto "
			 "septiembre octubre noviembre diciembre slash of on"},
		{CARD, "card cards visa mastercard amex discover credit debit "
		       "tarjeta credito debito"},
		{PHONE, "phone telephone cell mobile call text reach area "
			"telefono celular llame llamar"},
	};

	for (size_t i = 0; i < ARRAY_LEN(spoken); i++) {
		if (one_of(w, spoken[i].words)) {
			k->kind = DIGITS;
			k->n = (unsigned char)strlen(spoken[i].digits);
			memcpy(k->d, spoken[i].digits, k->n);
			return;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(tens); i++) {
		if (one_of(w, tens[i].words)) {
			k->kind = TENS;
			k->n = 2;
			k->d[0] = tens[i].digits[0];
			k->d[1] = '0';
			return;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(tab); i++) {
		if (one_of(w, tab[i].words))
			k->kind = tab[i].kind;
	}
	if (k->kind == DOUBLE)
		k->n = *w == 't' ? 3 : 2;
}

/* Letters of a word without accents, lower case. */
static void fold(char *out, size_t size, const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == 0xc3 && i + 1 < len) { /* U+00C0 … U+00FF */
			static const char base[] =
				"aaaaaaaceeeeiiiidnooooo*ouuuuyts";

			out[n++] = base[(unsigned char)p[++i] & 0x1f];
		} else if (c != '\'') {
			out[n++] = (char)tolower(c);
		}
	}
	out[n] = '\0';
}

static size_t add_figures(struct tokens *ts, const char *text, size_t i)
{
	struct token *k = &ts->v[ts->n++];

	*k = (struct token){.off = (unsigned short)i, .kind = DIGITS};
	while (isdigit((unsigned char)text[i]) && k->n < CARD_DIGITS)
		k->d[k->n++] = text[i++];
	k->len = (unsigned short)(i - k->off);
	/* "3rd", "2pm", "b12" say something else */
	if (isalpha((unsigned char)text[i]))
		k->kind = WORD;
	return i;
}

static size_t add_word(struct tokens *ts, const char *text, size_t i)
{
	struct token *k = &ts->v[ts->n++];
	size_t from = i;
	char w[24];

	while (isalpha((unsigned char)text[i]) || text[i] == '\'' ||
	       (unsigned char)text[i] >= 0x80)
		i++;
	fold(w, sizeof(w), text + from, i - from);
	*k = (struct token){.off = (unsigned short)from,
			    .len = (unsigned short)(i - from)};
	set_kind(k, w);
	k->number = one_of(w, "number numero");
	k->code = one_of(w, "cvv cvc cvv2 cvc2");
	k->safe = one_of(w, "security seguridad");
	k->sounds = one_of(w, "to too") ? '2'
		    : one_of(w, "for")	? '4'
		    : one_of(w, "ate")	? '8'
		    : one_of(w, "won")	? '1'
					: '\0';
	return i;
}

static void tokenize(struct tokens *ts, const char *text)
{
	bool cut = false, comma = false;
	size_t i = 0;

	ts->n = 0;
	while (text[i] && ts->n < TOKENS && i < 60000) {
		unsigned char c = (unsigned char)text[i];
		struct token *k = &ts->v[ts->n];

		if (!isalnum(c) && c < 0x80) {
			cut |= strchr(":/$", c) != NULL;
			comma |= strchr(",.;", c) != NULL;
			i++;
			continue;
		}
		i = isdigit(c) ? add_figures(ts, text, i)
			       : add_word(ts, text, i);
		k->cut = cut;
		k->comma = comma;
		cut = comma = false;
	}
}

/* ---- runs of digits ---- */

struct run {
	size_t from, to;	   /* tokens */
	char d[TOKENS];		   /* digits */
	unsigned char tok[TOKENS]; /* … of which token, counted from from */
	size_t n;
};

static void put(struct run *r, char c, size_t tok)
{
	if (r->n < sizeof(r->d)) {
		r->d[r->n] = c;
		r->tok[r->n++] = (unsigned char)(tok - r->from);
	}
}

/* Token i into r; false when the run ends before it. */
static bool take(struct run *r, const struct tokens *ts, size_t i)
{
	const struct token *k = &ts->v[i];
	const struct token *before = i > r->from ? k - 1 : NULL;
	int times = 1;

	if (before && k->cut)
		return false;
	switch (k->kind) {
	case DIGITS:
	case TENS:
		if (before && before->kind == DOUBLE)
			times = before->n;
		/* "forty one", "cuarenta y uno" */
		if (k->kind == DIGITS && k->n == 1 && k->d[0] != '0' &&
		    !k->comma && r->n > 1 && r->d[r->n - 1] == '0' &&
		    ((before && before->kind == TENS) ||
		     (before && before->kind == FILLER && before->len == 1 &&
		      i > r->from + 1 && before[-1].kind == TENS))) {
			r->d[r->n - 1] = k->d[0];
			r->tok[r->n - 1] = (unsigned char)(i - r->from);
			return true;
		}
		for (; times; times--) {
			for (size_t x = 0; x < k->n; x++)
				put(r, k->d[x], i);
		}
		return true;
	case HUNDRED:
		if (!before)
			return false;
		put(r, '0', i);
		put(r, '0', i);
		return true;
	case DOUBLE:
		return i + 1 < ts->n && ts->v[i + 1].kind == DIGITS;
	case FILLER:
		return r->n > 0;
	default:
		return false;
	}
}

/* The next run of digits at token i or behind; false when there is none. */
static bool next_run(struct run *r, const struct tokens *ts, size_t i)
{
	for (; i < ts->n; i++) {
		r->from = i;
		r->n = 0;
		if (ts->v[i].kind == FILLER || !take(r, ts, i))
			continue;
		while (++i < ts->n && take(r, ts, i))
			;
		while (ts->v[i - 1].kind == FILLER)
			i--;
		r->to = i;
		return true;
	}
	return false;
}

/* ---- what a card is ---- */

static bool luhn(const char *d, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned x = (unsigned)(d[n - 1 - i] - '0');

		if (i % 2)
			x = x > 4 ? 2 * x - 9 : 2 * x;
		sum += x;
	}
	return n >= MIN_LEN && n <= MAX_LEN && sum % 10 == 0;
}

/* Lengths that cards with this beginning have. */
static bool issued(const char *d, size_t n)
{
	switch (d[0]) {
	case '4':
		return n == 13 || n == 16 || n == 19;
	case '3':
		return d[1] == '4' || d[1] == '7' ? n == 15
		       : d[1] == '5'		  ? n >= 16
						  : n == 14 || n == 16;
	case '5':
	case '6':
	case '2':
		return n == 16 || (d[0] == '6' && n > 16);
	default:
		return false;
	}
}

static bool is_phone(const char *d, size_t n)
{
	return (n == 10 && d[0] >= '2') || (n == 11 && d[0] == '1');
}

/* The same number said twice is no card. */
static bool is_twice(const char *d, size_t n)
{
	return n % 2 == 0 && is_phone(d, n / 2) && !memcmp(d, d + n / 2, n / 2);
}

/* Whether the caller spoke of a card: a number that follows is one. */
enum said { NOT_SAID, SAID_BEFORE, SAID_NOW };

/* First digit of a card within the run, its length in *len; -1 for none. */
static int card_in(const struct run *r, enum said said, size_t *len)
{
	if (is_twice(r->d, r->n))
		return -1;
	if (luhn(r->d, r->n)) {
		*len = r->n;
		return 0;
	}
	for (size_t i = 0; i + MIN_LEN <= r->n; i++) {
		if (i && r->tok[i] == r->tok[i - 1])
			continue;
		for (size_t n = MIN(r->n - i, (size_t)MAX_LEN); n >= MIN_LEN;
		     n--) {
			if (issued(r->d + i, n) && luhn(r->d + i, n)) {
				*len = n;
				return (int)i;
			}
		}
	}
	/* one digit was misheard ("eighty seven" is 87 or 80 7), or the card
	 * was announced */
	*len = r->n;
	if (r->n >= 15 && r->n <= MAX_LEN && strchr("3456", *r->d))
		return 0;
	if (said == NOT_SAID || r->n < SPOKEN_MIN)
		return -1;
	return said == SAID_NOW || !is_phone(r->d, r->n) ? 0 : -1;
}

/* ---- masking ---- */

struct hole {
	size_t from, to; /* bytes */
};

struct holes {
	struct hole v[16];
	size_t n;
};

static void cut(struct holes *hs, const struct tokens *ts, size_t from,
		size_t to)
{
	const struct token *last = &ts->v[to - 1];

	if (hs->n < ARRAY_LEN(hs->v) && from < to)
		hs->v[hs->n++] = (struct hole){ts->v[from].off,
					       last->off + (size_t)last->len};
}

static size_t fill(char *text, const struct holes *hs)
{
	size_t len = strlen(text), mask = strlen(MASK);

	for (size_t i = hs->n; i-- > 0;) {
		const struct hole *h = &hs->v[i];

		if (h->to - h->from < mask) {
			memset(text + h->from, '*', h->to - h->from);
			continue;
		}
		memcpy(text + h->from, MASK, mask);
		memmove(text + h->from + mask, text + h->to, len - h->to + 1);
		len -= h->to - h->from - mask;
	}
	return len;
}

/* Behind a card: "expires twelve twenty six, code one two three". The token
 * behind the last digit of it. */
static size_t details_end(const struct tokens *ts, size_t i)
{
	size_t end = i, digits = 0;

	for (; i < ts->n; i++) {
		const struct token *k = &ts->v[i];

		if (k->kind == DIGITS || k->kind == TENS) {
			digits += k->n;
			if (k->n > 6 || digits > 12)
				break;
			end = i + 1;
		} else if (k->kind != FILLER && k->kind != DETAIL &&
			   k->kind != CARD && k->kind != DOUBLE) {
			break;
		}
	}
	return end;
}

static bool has_kind(const struct tokens *ts, enum kind kind)
{
	for (size_t i = 0; i < ts->n; i++) {
		if (ts->v[i].kind == kind)
			return true;
	}
	return false;
}

/* Masks the cards that this text holds by itself. */
static bool mask_whole(struct holes *hs, const struct tokens *ts,
		       enum said said)
{
	size_t i = 0, len = 0;
	bool found = false;
	struct run r;

	while (next_run(&r, ts, i)) {
		int at = card_in(&r, said, &len);
		size_t from, to, rest;

		i = r.to;
		if (at < 0)
			continue;
		found = true;
		from = r.from + r.tok[at];
		while (from > r.from && (ts->v[from - 1].kind == DOUBLE ||
					 ts->v[from - 1].kind == TENS))
			from--;
		to = r.from + r.tok[(size_t)at + len - 1] + 1;
		rest = r.n - (size_t)at - len;
		/* a phone number right behind it stays */
		if (!is_phone(r.d + r.n - rest, rest))
			to = details_end(ts, r.to);
		cut(hs, ts, from, MAX(to, r.from + 1));
	}
	return found;
}

static bool is_digits(const struct token *k)
{
	return (k->kind == DIGITS || k->kind == TENS) && k->n <= 4;
}

/* "four to four two": the word between two digits is one itself. */
static bool read_sounds(struct tokens *ts)
{
	bool found = false;

	for (size_t i = 1; i + 1 < ts->n; i++) {
		struct token *k = &ts->v[i];
		size_t next = i + 1;

		while (next + 1 < ts->n && ts->v[next].sounds)
			next++;
		if (!k->sounds || !is_digits(k - 1) || !is_digits(&ts->v[next]))
			continue;
		k->kind = DIGITS;
		k->n = 1;
		k->d[0] = k->sounds;
		found = true;
	}
	return found;
}

/* The same text read so, if that makes cards of it. */
static bool mask_sounds(struct holes *hs, const struct tokens *ts)
{
	struct tokens heard = *ts;
	size_t len = 0;
	struct run r;

	if (!read_sounds(&heard))
		return false;
	for (size_t i = 0; next_run(&r, &heard, i); i = r.to) {
		if (card_in(&r, NOT_SAID, &len) >= 0 && len >= 15 &&
		    r.n <= MAX_LEN + 8)
			return mask_whole(hs, &heard, NOT_SAID);
	}
	return false;
}

/* "The cvv is one two three", with a card or without; "security code" only
 * where a card was spoken of: doors have one, too. */
static void mask_codes(struct holes *hs, const struct tokens *ts, bool card)
{
	struct run r;

	for (size_t i = 0; i < ts->n; i++) {
		size_t k = i + 1;

		if (!ts->v[i].code && !(card && ts->v[i].safe))
			continue;
		while (k < ts->n && k < i + 8 &&
		       (ts->v[k].kind == FILLER || ts->v[k].kind == DETAIL ||
			ts->v[k].kind == CARD))
			k++;
		if (k == ts->n || !next_run(&r, ts, k) || r.from != k ||
		    r.n < 3 || r.n > 4)
			continue;
		cut(hs, ts, r.from, r.to);
		i = r.to - 1;
	}
}

/* ---- over several texts ---- */

static void forget_part(struct card_mask *m)
{
	unsigned char n = m->part[0];

	memmove(m->digits, m->digits + n, m->n - n);
	m->n = (unsigned char)(m->n - n);
	m->parts--;
	memmove(m->part, m->part + 1, m->parts);
	memmove(m->age, m->age + 1, m->parts);
}

static void forget(struct card_mask *m)
{
	m->n = m->parts = 0;
	m->open = false;
}

/* All digits of the text, and how many of its words are none of a card's. */
static size_t digits_of(const struct tokens *ts, char *out, size_t size,
			size_t *others)
{
	struct run r;
	size_t n = 0, i = 0;

	*others = 0;
	for (size_t k = 0; k < ts->n; k++)
		*others += ts->v[k].kind == WORD;
	while (next_run(&r, ts, i)) {
		for (size_t k = 0; k < r.n && n < size; k++)
			out[n++] = r.d[k];
		i = r.to;
	}
	return n;
}

/* Groups as cards have them and telephone numbers do not: 4, 4, 4 … */
static bool grouped(const struct card_mask *m, size_t from)
{
	for (size_t i = from; i < m->parts; i++) {
		if (m->part[i] % 4)
			return false;
	}
	return true;
}

/* True when the last text ends or goes on with a card that earlier ones
 * began; m->back says where. */
static bool goes_on(struct card_mask *m)
{
	size_t at = 0;

	if (m->open) {
		m->back = m->age[0];
		return m->n <= MAX_LEN;
	}
	for (size_t i = 0; i + 1 < m->parts; i++) {
		const char *d = m->digits + at;
		size_t n = m->n - at;
		bool phone = is_phone(d, m->part[i]);

		if ((luhn(d, n) && (issued(d, n) || (!i && !phone)) &&
		     (!phone || n > 14)) ||
		    (n >= 12 && strchr("3456", *d) && grouped(m, i)) ||
		    (m->spoken && n >= SPOKEN_MIN && !phone &&
		     !is_phone(d, n))) {
			m->back = m->age[i];
			while (i--) /* what came before it is none of it */
				forget_part(m);
			return true;
		}
		at += m->part[i];
	}
	return false;
}

/* "My card number is four, two": there were more of them, which the
 * recogniser did not read. */
static bool mask_announced(struct holes *hs, const struct tokens *ts)
{
	bool found = false;
	size_t i = 0;
	struct run r;

	for (; next_run(&r, ts, i); i = r.to) {
		size_t k = r.from, stop;
		bool number = false;

		while (k && ts->v[k - 1].kind == FILLER)
			number |= ts->v[--k].number;
		if (!k || ts->v[--k].kind != CARD || r.n < CUT_MIN)
			continue;
		/* "mi numero de la tarjeta es" */
		for (stop = k - MIN(k, (size_t)NUMBER_OF); k > stop; k--)
			number |= ts->v[k - 1].number;
		if (number)
			cut(hs, ts, r.from, r.to);
		found |= number;
	}
	return found;
}

/* Digits of a text that has little else: a part of something longer. */
static bool collect(struct card_mask *m, const struct tokens *ts)
{
	char d[CARD_DIGITS + 1];
	size_t others, n = digits_of(ts, d, sizeof(d), &others);

	for (size_t i = 0; i < m->parts; i++)
		m->age[i]++;
	while (m->parts && m->age[0] > 8)
		forget_part(m);
	if (!n)
		return false;
	if (n > MAX_LEN || others > 3 || others > n) {
		forget(m);
		return false;
	}
	while (m->parts && (m->n + n > CARD_DIGITS || m->parts == CARD_PARTS))
		forget_part(m);
	memcpy(m->digits + m->n, d, n);
	m->n = (unsigned char)(m->n + n);
	m->part[m->parts] = (unsigned char)n;
	m->age[m->parts++] = 0;
	return true;
}

static void mask_digits(struct holes *hs, const struct tokens *ts)
{
	struct run r;
	size_t i = 0;

	while (next_run(&r, ts, i)) {
		cut(hs, ts, r.from, r.to);
		i = r.to;
	}
}

/* "twelve twenty six", "code 123" in a text behind a card's: bare ones only
 * right behind it, for later they are times and house numbers. */
static bool mask_details(struct holes *hs, const struct tokens *ts,
			 unsigned char *behind)
{
	char d[CARD_DIGITS + 1];
	size_t others, n = digits_of(ts, d, sizeof(d), &others);
	bool date = n == 4 && (d[0] == '0' || (d[0] == '1' && d[1] <= '2'));

	if (n < 2 || n > 8 || others > 3)
		return false;
	if (!has_kind(ts, DETAIL) &&
	    !(*behind == BEHIND && !others && (n == 3 || n == 4)))
		return false;
	mask_digits(hs, ts);
	if (!date) /* behind the date comes the code */
		(*behind)--;
	return true;
}

size_t card_mask(struct card_mask *m, char *text)
{
	struct tokens ts;
	struct holes hs = {.n = 0};
	enum said said;

	tokenize(&ts, text);
	m->back = 0;
	said = has_kind(&ts, CARD) ? SAID_NOW
	       : m->spoken	   ? SAID_BEFORE
				   : NOT_SAID;
	m->spoken = said == SAID_NOW ? 4 : m->spoken - (m->spoken > 0);
	if (has_kind(&ts, PHONE))
		said = NOT_SAID;
	if (mask_whole(&hs, &ts, said) ||
	    (!has_kind(&ts, PHONE) && mask_sounds(&hs, &ts))) {
		forget(m);
		m->behind = BEHIND;
	} else if (!has_kind(&ts, PHONE) && collect(m, &ts) && goes_on(m)) {
		mask_digits(&hs, &ts);
		m->behind = BEHIND;
		m->open = m->n < MAX_LEN;
	} else if (mask_announced(&hs, &ts)) {
		m->behind = BEHIND;
	} else if (m->behind && mask_details(&hs, &ts, &m->behind)) {
		forget(m);
	} else {
		m->behind -= m->behind > 0;
	}
	fill(text, &hs);
	hs.n = 0;
	tokenize(&ts, text);
	mask_codes(&hs, &ts, m->spoken || m->behind);
	return fill(text, &hs);
}

size_t card_mask_reading(const struct card_mask *before, char *text)
{
	struct card_mask copy = *before;

	return card_mask(&copy, text);
}

static bool word_behind(const struct tokens *ts, size_t i)
{
	while (i < ts->n && ts->v[i].kind != WORD && ts->v[i].kind != PHONE)
		i++;
	return i < ts->n;
}

/*
 * Digits at the end may be the first of many. Those with words behind them are
 * shown only where they are few among many words, and no card is in sight.
 */
size_t card_mask_partial(const struct card_mask *before, char *text)
{
	bool card =
		before->n || before->open || before->spoken || before->behind;
	char d[CARD_DIGITS + 1];
	struct tokens ts;
	size_t others, n, i = 0, len = card_mask_reading(before, text);
	struct run r;

	tokenize(&ts, text);
	n = digits_of(&ts, d, sizeof(d), &others);
	card = card || n >= PART_MIN || others <= n || has_kind(&ts, CARD);
	while (next_run(&r, &ts, i)) {
		if (card || !word_behind(&ts, r.to)) {
			len = ts.v[r.from].off;
			break;
		}
		i = r.to;
	}
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return len;
}
