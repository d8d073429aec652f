#include "speech/local/readout.h"

#include <ctype.h>
#include <stdlib.h>

enum {
	TOKEN_MAX = 200, /* longer words are cut: nobody says them */
	SOFT_LEN = 200,	 /* a sentence may end at a comma from here on */
	HARD_LEN = 320,	 /* … and at any word */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Signs that both voices know in ASCII only. */
static const struct sign {
	const char *utf8, *ascii;
} signs[] =
	{
		{"\xe2\x80\x98", "'"},	{"\xe2\x80\x99", "'"},
		{"\xe2\x80\x9c", "\""}, {"\xe2\x80\x9d", "\""},
		{"\xe2\x80\x93", "-"},	{"\xe2\x80\x94", "-"},
		{"\xe2\x80\xa6", "."},
},
  letters[] = {
	  {"\xc3\xa1", "a"}, {"\xc3\xa9", "e"}, {"\xc3\xad", "i"},
	  {"\xc3\xb3", "o"}, {"\xc3\xba", "u"}, {"\xc3\xbc", "u"},
	  {"\xc3\xb1", "n"},
};

static const struct sign *find_sign(const struct sign *table, size_t n,
				    struct sv s)
{
	for (size_t i = 0; i < n; i++)
		if (sv_starts(s, table[i].utf8))
			return &table[i];
	return NULL;
}

/* A letter of Latin-1 in UTF-8: as the Spanish voice reads it. */
static bool is_letter(struct sv s)
{
	return s.len > 1 && (s.p[0] == '\xc3' || s.p[0] == '\xc2') &&
	       (s.p[1] & 0xc0) == 0x80;
}

/* What the voice can read: brackets would be sounds to the Spanish one. */
static size_t to_plain(char *out, size_t max, enum readout_lang lang,
		       struct sv w)
{
	size_t n = 0, i;

	for (i = 0; i < w.len && n + 1 < max;) {
		struct sv rest = {w.p + i, w.len - i};
		const struct sign *k = find_sign(signs, ARRAY_LEN(signs), rest);

		if (!k && lang == READOUT_EN)
			k = find_sign(letters, ARRAY_LEN(letters), rest);
		if (k) {
			out[n++] = *k->ascii;
			i += strlen(k->utf8);
		} else if (lang == READOUT_ES && is_letter(rest)) {
			out[n++] = w.p[i++];
			out[n++] = w.p[i++];
		} else {
			if (w.p[i] > 32 && w.p[i] < 127 &&
			    (lang == READOUT_EN || !strchr("[]<>", w.p[i])))
				out[n++] = w.p[i];
			i++;
		}
	}
	return n;
}

static int add_token(struct readout *s, struct sv src, const char *base,
		     struct sv token, bool mute)
{
	struct readout_word *w;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 32;

		w = realloc(s->word, cap * sizeof(*w));
		if (!w)
			return -ENOMEM;
		s->word = w;
		s->cap = cap;
	}
	w = &s->word[s->n++];
	*w = (struct readout_word){.off = (uint16_t)(src.p - base),
				   .len = (uint16_t)src.len,
				   .mute = mute};
	if (!mute && s->text.len)
		buf_char(&s->text, ' ');
	w->at = (uint32_t)s->text.len;
	if (!mute)
		buf_sv(&s->text, token);
	return s->text.err;
}

/* Digits of a telephone number one by one, in groups of 3, 3 and the rest. */
static size_t say_digits(char *out, size_t max, enum readout_lang lang,
			 const char *digit, size_t n)
{
	static const char *const words[][10] = {
		{"zero", "one", "two", "three", "four", "five", "six", "seven",
		 "eight", "nine"},
		{"cero", "uno", "dos", "tres", "cuatro", "cinco", "seis",
		 "siete", "ocho", "nueve"},
	};
	const char *const *word = words[lang];
	size_t len = 0, group = n > 10 ? n - 10 : n == 7 || n == 10 ? 3 : n;

	for (size_t i = 0; i < n; i++) {
		const char *w = word[digit[i] - '0'];
		size_t wlen = strlen(w);

		if (len + wlen + 2 > max)
			break;
		memcpy(out + len, w, wlen);
		len += wlen;
		if (i + 1 == n)
			break;
		if (!--group) {
			out[len++] = ',';
			group = n - i - 1 > 4 ? 3 : 4;
		}
		out[len++] = ' ';
	}
	return len;
}

/* "415-555-0123", "+14155550100", "(415)": 0 when w is no such thing. */
static size_t telephone(char *out, size_t max, enum readout_lang lang,
			struct sv w)
{
	char digit[32];
	size_t n = 0, end = w.len, len;
	bool brackets = w.len > 2 && w.p[0] == '(';

	while (end && strchr(".,;:!?", w.p[end - 1]))
		end--;
	for (size_t i = 0; i < end; i++) {
		if (isdigit((unsigned char)w.p[i])) {
			if (n == sizeof(digit))
				return 0;
			digit[n++] = w.p[i];
		} else if (!strchr("+-.()", w.p[i])) {
			return 0;
		}
	}
	if (n < 7 && !(brackets && n == 3))
		return 0;
	len = say_digits(out, max, lang, digit, n);
	if (brackets && n == 3 && len < max)
		out[len++] = ',';
	for (; end < w.len && len < max; end++)
		out[len++] = w.p[end];
	return len;
}

static bool is_address(struct sv w)
{
	const char *slash = memchr(w.p, '/', w.len);
	size_t end = slash ? (size_t)(slash - w.p) : w.len, dot;

	while (end && !isalnum((unsigned char)w.p[end - 1]))
		end--;
	if (memchr(w.p, '@', end))
		return true;
	for (dot = end; dot && w.p[dot - 1] != '.'; dot--)
		if (!isalpha((unsigned char)w.p[dot - 1]))
			return false;
	return dot > 2 && end - dot >= 3 &&
	       isalnum((unsigned char)w.p[dot - 2]);
}

/* "owner@harbor.test" -> "owner at harbor dot test" */
static size_t address(char *out, size_t max, enum readout_lang lang,
		      struct sv w)
{
	static const char *const words[][3] = {
		{" at ", " dot ", " slash "},
		{" arroba ", " punto ", " barra "},
	};
	size_t n = 0;

	for (size_t i = 0; i < w.len; i++) {
		bool inside =
			i + 1 < w.len && isalnum((unsigned char)w.p[i + 1]);
		const char *word = NULL;
		size_t len;

		if (w.p[i] == '@')
			word = words[lang][0];
		else if (w.p[i] == '.' && inside)
			word = words[lang][1];
		else if (w.p[i] == '/' && inside)
			word = words[lang][2];
		len = word ? strlen(word) : 1;
		if (n + len > max)
			break;
		memcpy(out + n, word ? word : w.p + i, len);
		n += len;
	}
	return n;
}

/* Whole words of ours that the voice would read as signs. */
static const char *whole_word(enum readout_lang lang, struct sv w)
{
	static const struct {
		const char *from, *to[2];
	} whole[] = {{"&", {"and", "y"}},
		     {"w/", {"with", "con"}},
		     {"+", {"plus", "m\xc3\xa1s"}},
		     {"A/C", {"A C", "aire acondicionado"}},
		     {"a/c", {"A C", "aire acondicionado"}}};

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (sv_eq(w, whole[i].from))
			return whole[i].to[lang];
	return NULL;
}

static size_t mend(char *out, size_t max, enum readout_lang lang, struct sv w)
{
	static const char *const number[] = {"number ", "n\xc3\xbamero "};
	const char *word = whole_word(lang, w);
	size_t n = word ? strlen(word) : 0;

	if (word) {
		memcpy(out, word, n);
		return n;
	}
	n = telephone(out, max, lang, w);
	if (!n && is_address(w))
		n = address(out, max, lang, w);
	if (!n && w.len > 1 && w.p[0] == '#') {
		n = strlen(number[lang]);
		memcpy(out, number[lang], n);
		memcpy(out + n, w.p + 1, w.len - 1);
		n += w.len - 1;
	}
	if (!n) {
		memcpy(out, w.p, w.len);
		n = w.len;
	}
	return n;
}

static bool has_sound(struct sv w)
{
	for (size_t i = 0; i < w.len; i++)
		if (isalnum((unsigned char)w.p[i]) || w.p[i] == '\xc3')
			return true;
	return false;
}

static int add_word(struct readout *s, struct sv src, const char *base)
{
	char plain[TOKEN_MAX], out[TOKEN_MAX * 8];
	struct sv rest;
	size_t n = to_plain(plain, sizeof(plain), s->lang, src);
	bool any = false;
	int err = 0;

	rest.p = out;
	rest.len = mend(out, sizeof(out), s->lang, (struct sv){plain, n});
	while (!err && rest.len) {
		const char *gap = memchr(rest.p, ' ', rest.len);
		struct sv w = {rest.p, gap ? (size_t)(gap - rest.p) : rest.len};
		size_t used = w.len + (gap != NULL);

		if (has_sound(w)) {
			err = add_token(s, src, base, w, false);
			any = true;
		}
		rest = (struct sv){rest.p + used, rest.len - used};
	}
	return any || err ? err : add_token(s, src, base, SV(""), true);
}

/* "Dr.", "St.", "J.": a full stop that ends no sentence. */
static bool abbreviation(struct sv w)
{
	static const char *const list[] = {
		"Dr.", "Mr.", "Mrs.", "Ms.",  "St.",   "Ave.", "Rd.", "No.",
		"vs.", "Jr.", "Sr.",  "Sra.", "Srta.", "Dra.", "Ud.", "Av."};

	if (w.len == 2 && isupper((unsigned char)w.p[0]))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (sv_eq(w, list[i]))
			return true;
	return false;
}

static bool ends_sentence(struct sv w, struct sv rest, size_t len)
{
	size_t end = w.len;

	while (rest.len && is_blank(*rest.p))
		rest = (struct sv){rest.p + 1, rest.len - 1};
	if (!rest.len || len >= HARD_LEN)
		return true;
	while (end && strchr("\"')", w.p[end - 1]))
		end--;
	if (!end)
		return false;
	if (len >= SOFT_LEN && strchr(",;:", w.p[end - 1]))
		return true;
	return strchr(".!?", w.p[end - 1]) && !abbreviation(w) &&
	       !islower((unsigned char)*rest.p);
}

int readout_init(struct readout *s, enum readout_lang lang, struct sv text)
{
	size_t i = 0, from = 0;
	int err = 0;

	*s = (struct readout){.lang = lang};
	buf_init(&s->text, 16 * READOUT_MAX);
	if (text.len > READOUT_MAX)
		return -EMSGSIZE;
	while (!err) {
		struct sv w;

		while (i < text.len && is_blank(text.p[i]))
			i++;
		if (i == text.len)
			break;
		w.p = text.p + i;
		while (i < text.len && !is_blank(text.p[i]))
			i++;
		w.len = (size_t)(text.p + i - w.p);
		err = add_word(s, w, text.p);
		if (err)
			break;
		if (ends_sentence(w, (struct sv){text.p + i, text.len - i},
				  s->text.len - from)) {
			s->word[s->n - 1].ends = true;
			from = s->text.len;
		}
	}
	return err;
}

void readout_fini(struct readout *s)
{
	buf_fini(&s->text);
	free(s->word);
	*s = (struct readout){0};
}

struct sv readout_sentence(const struct readout *s, size_t *from)
{
	size_t i = *from, begin = s->word[i].at, end;

	while (i < s->n && !s->word[i].ends)
		i++;
	i = MIN(i + 1, s->n);
	end = i < s->n ? s->word[i].at : s->text.len;
	*from = i;
	return (struct sv){s->text.p ? s->text.p + begin : "", end - begin};
}
