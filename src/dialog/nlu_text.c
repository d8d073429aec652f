#include "dialog/es.h"

#include <ctype.h>

static const struct {
	const char *w;
	int num;
	bool ord;
} numbers[] = {
	{"zero", 0, false},	   {"one", 1, false},
	{"two", 2, false},	   {"three", 3, false},
	{"four", 4, false},	   {"five", 5, false},
	{"six", 6, false},	   {"seven", 7, false},
	{"eight", 8, false},	   {"nine", 9, false},
	{"ten", 10, false},	   {"eleven", 11, false},
	{"twelve", 12, false},	   {"thirteen", 13, false},
	{"fourteen", 14, false},   {"fifteen", 15, false},
	{"sixteen", 16, false},	   {"seventeen", 17, false},
	{"eighteen", 18, false},   {"nineteen", 19, false},
	{"twenty", 20, false},	   {"thirty", 30, false},
	{"forty", 40, false},	   {"fourty", 40, false},
	{"fifty", 50, false},	   {"sixty", 60, false},
	{"seventy", 70, false},	   {"eighty", 80, false},
	{"ninety", 90, false},	   {"first", 1, true},
	{"second", 2, true},	   {"third", 3, true},
	{"fourth", 4, true},	   {"fifth", 5, true},
	{"sixth", 6, true},	   {"seventh", 7, true},
	{"eighth", 8, true},	   {"ninth", 9, true},
	{"tenth", 10, true},	   {"eleventh", 11, true},
	{"twelfth", 12, true},	   {"twelveth", 12, true},
	{"thirteenth", 13, true},  {"fourteenth", 14, true},
	{"fifteenth", 15, true},   {"sixteenth", 16, true},
	{"seventeenth", 17, true}, {"eighteenth", 18, true},
	{"nineteenth", 19, true},  {"twentieth", 20, true},
	{"thirtieth", 30, true},
};

static bool is_word(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

static bool is_apostrophe(const char *p, const char *end, size_t *n)
{
	if (*p == '\'' || *p == '`') {
		*n = 1;
		return true;
	}
	if (end - p >= 3 && !memcmp(p, "\xe2\x80\x99", 3)) {
		*n = 3;
		return true;
	}
	return false;
}

static void read_number(struct nlu_word *w, enum nlu_lang lang)
{
	int64_t v;

	w->num = -1;
	if (isdigit((unsigned char)w->w.p[0])) {
		size_t n = 0;

		while (n < w->w.len && isdigit((unsigned char)w->w.p[n]))
			n++;
		w->figures = true;
		w->ord = n < w->w.len;
		if (n <= 4 && !sv_i64(&v, (struct sv){w->w.p, n}))
			w->num = (int)v;
		return;
	}
	for (size_t i = 0; lang == NLU_EN && i < ARRAY_LEN(numbers); i++) {
		if (sv_eq(w->w, numbers[i].w)) {
			w->num = numbers[i].num;
			w->ord = numbers[i].ord;
			return;
		}
	}
}

/* "3rd" is one word, "2pm" is two. */
static bool ordinal_suffix(const char *p, const char *end)
{
	static const char *const suffix[] = {"st", "nd", "rd", "th"};

	for (size_t i = 0; i < ARRAY_LEN(suffix); i++) {
		if (end - p >= 2 && tolower(p[0]) == suffix[i][0] &&
		    tolower(p[1]) == suffix[i][1] &&
		    (end - p == 2 || !is_word((unsigned char)p[2])))
			return true;
	}
	return false;
}

/* The lower-case letter at p without its accent; returns behind it. */
static const char *fold(const char *p, const char *end, char *out)
{
	/* U+00C0 … U+00FF, the two bytes c3 80 … c3 bf */
	static const char base[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
				   "aaaaaaaceeeeiiiidnooooo/ouuuuyty";
	unsigned char c = (unsigned char)*p;

	*out = (char)tolower(c);
	if (c == 0xc3 && end - p >= 2 && ((unsigned char)p[1] & 0xc0) == 0x80) {
		*out = base[(unsigned char)p[1] - 0x80];
		return p + 2;
	}
	return p + 1;
}

/* "twoish", "noonish": two words. */
static void split_ish(struct nlu_text *t)
{
	struct nlu_word *w = &t->v[t->n - 1];
	struct sv stem = {w->w.p, w->w.len > 3 ? w->w.len - 3 : 0};

	if (t->lang != NLU_EN || stem.len < 3 || t->n == NLU_WORDS ||
	    memcmp(w->w.p + stem.len, "ish", 3) != 0)
		return;
	w->w = stem;
	read_number(w, t->lang);
	if (w->num < 0 && !sv_eq(stem, "noon")) {
		w->w.len += 3;
		return;
	}
	w[1] = (struct nlu_word){.w = {stem.p + stem.len, 3},
				 .raw = w->raw,
				 .num = -1,
				 .sep = '-'};
	t->n++;
}

/* Reads one word at p into the next place of t; returns behind it. */
static const char *read_word(struct nlu_text *t, const char *p, const char *end,
			     char sep)
{
	struct nlu_word *w = &t->v[t->n];
	const char *from = p;
	char *mem = t->mem + t->used;
	bool digits = isdigit((unsigned char)*p);
	size_t skip = 0, len = 0;

	while (p < end) {
		if (is_apostrophe(p, end, &skip)) {
			if (p + skip >= end || !is_word((unsigned char)p[skip]))
				break;
			p += skip;
			continue;
		}
		if (!is_word((unsigned char)*p))
			break;
		if (digits != (bool)isdigit((unsigned char)*p) &&
		    !(digits && ordinal_suffix(p, end)) &&
		    !(digits && len && isalpha((unsigned char)mem[len - 1])))
			break;
		if (t->used + len >= sizeof(t->mem))
			return end;
		p = fold(p, end, &mem[len++]);
	}
	if (!len)
		return p + 1;
	*w = (struct nlu_word){.w = {mem, len}, .sep = sep};
	w->raw = (struct sv){from, (size_t)(p - from)};
	t->used += len;
	read_number(w, t->lang);
	t->n++;
	split_ish(t);
	return p;
}

static bool is_letter(const struct nlu_word *w)
{
	return w->w.len == 1 && w->num < 0;
}

/* "L A M B": its "a m" at word from is no time; to - 1 is its new place. */
static bool amid_letters(const struct nlu_text *t, size_t from, size_t to)
{
	return (to > 1 && is_letter(&t->v[to - 2])) ||
	       (from + 2 < t->n && is_letter(&t->v[from + 2]));
}

/* "p m", "a.m.", "o clock": two words that are one. */
static void join_pairs(struct nlu_text *t)
{
	static const struct {
		const char *a, *b, *ab;
	} pairs[] = {
		{"p", "m", "pm"},
		{"a", "m", "am"},
		{"o", "clock", "oclock"},
		{"any", "time", "anytime"},
		{"after", "noon", "afternoon"},
		{"mid", "day", "midday"},
		{"week", "end", "weekend"},
		{"to", "morrow", "tomorrow"},
		{"to", "day", "today"},
		{"to", "night", "tonight"},
		{"some", "body", "somebody"},
		{"any", "body", "anybody"},
		{"sun", "day", "sunday"},
		{"mon", "day", "monday"},
		{"tues", "day", "tuesday"},
		{"twos", "day", "tuesday"},
		{"choose", "day", "tuesday"},
		{"wednes", "day", "wednesday"},
		{"wens", "day", "wednesday"},
		{"whens", "day", "wednesday"},
		{"wends", "day", "wednesday"},
		{"thurs", "day", "thursday"},
		{"thirst", "day", "thursday"},
		{"fry", "day", "friday"},
		{"fri", "day", "friday"},
		{"satur", "day", "saturday"},
		{"sater", "day", "saturday"},
	};
	size_t from, to = 0;

	for (from = 0; from < t->n; from++) {
		struct nlu_word *w = &t->v[to++];

		*w = t->v[from];
		for (size_t k = 0; k < ARRAY_LEN(pairs); k++) {
			const struct nlu_word *next = &t->v[from + 1];

			if (from + 1 >= t->n || !sv_eq(w->w, pairs[k].a) ||
			    !sv_eq(next->w, pairs[k].b) ||
			    (next->w.len == 1 && amid_letters(t, from, to)))
				continue;
			w->w = sv_str(pairs[k].ab);
			w->raw.len = (size_t)(next->raw.p + next->raw.len -
					      w->raw.p);
			from++;
			break;
		}
	}
	t->n = to;
}

void nlu_split(struct nlu_text *t, struct sv s)
{
	nlu_split_lang(t, s, NLU_EN);
}

enum nlu_lang nlu_lang_of(struct sv name)
{
	return sv_eq(name, "es") || sv_starts(name, "es-") ? NLU_ES : NLU_EN;
}

void nlu_split_lang(struct nlu_text *t, struct sv s, enum nlu_lang lang)
{
	const char *p = s.p, *end = s.p + s.len;
	char sep = ' ';

	if (lang == NLU_ES) {
		es_split(t, s);
		return;
	}
	t->n = t->used = 0;
	t->lang = lang;
	while (p < end && t->n < NLU_WORDS) {
		if (is_word((unsigned char)*p)) {
			p = read_word(t, p, end, sep);
			sep = ' ';
			continue;
		}
		if (*p && strchr(",.:;/-?!$#", *p) && sep == ' ')
			sep = *p;
		p++;
	}
	join_pairs(t);
}

bool nlu_sv_in(struct sv w, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == w.len && !memcmp(list, w.p, n))
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

bool nlu_in(const struct nlu_text *t, size_t i, const char *list)
{
	return i < t->n && nlu_sv_in(t->v[i].w, list);
}

size_t nlu_number(const struct nlu_text *t, size_t i, int *value, bool *ord)
{
	const struct nlu_word *a, *b;

	if (t->lang == NLU_ES)
		return es_number(t, i, value, ord);
	if (i >= t->n || t->v[i].num < 0)
		return 0;
	a = &t->v[i];
	*value = a->num;
	*ord = a->ord;
	if (i + 1 >= t->n || a->ord || a->figures)
		return 1;
	b = a + 1;
	if (sv_eq(b->w, "hundred") && a->num > 0 && a->num < 10) {
		*value = a->num * 100;
		return 2;
	}
	if (a->num < 20 || a->num > 90 || a->num % 10 || b->figures ||
	    b->num < 1 || b->num > 9)
		return 1;
	*value = a->num + b->num;
	*ord = b->ord;
	return 2;
}

/* One element of a pattern: "a|b|c" in [p, p + n) against word i. */
static bool element_fits(const struct nlu_text *t, size_t i, const char *p,
			 size_t n)
{
	while (n) {
		const char *bar = memchr(p, '|', n);
		size_t len = bar ? (size_t)(bar - p) : n;

		if (i < t->n && t->v[i].w.len == len &&
		    !memcmp(t->v[i].w.p, p, len))
			return true;
		if (!bar)
			return false;
		n -= len + 1;
		p = bar + 1;
	}
	return false;
}

size_t nlu_match_at(const struct nlu_text *t, size_t i, const char *p)
{
	size_t n, used;
	bool maybe;

	p += strspn(p, " ");
	if (!*p)
		return 1;
	n = strcspn(p, " ");
	if (n == 1 && *p == '^')
		return i ? 0 : nlu_match_at(t, i, p + 1);
	if (n == 1 && *p == '$')
		return i == t->n;
	if (n == 1 && *p == '*') {
		for (size_t k = 0; k <= 3 && i + k <= t->n; k++) {
			used = nlu_match_at(t, i + k, p + 1);
			if (used)
				return used + k;
		}
		return 0;
	}
	maybe = p[n - 1] == '?';
	if (element_fits(t, i, p, n - maybe)) {
		used = nlu_match_at(t, i + 1, p + n);
		if (used)
			return used + 1;
	}
	return maybe ? nlu_match_at(t, i, p + n) : 0;
}

bool nlu_match(const struct nlu_text *t, const char *pattern, size_t *at,
	       size_t *len)
{
	for (size_t i = 0; i <= t->n; i++) {
		size_t used = nlu_match_at(t, i, pattern);

		if (!used)
			continue;
		if (at)
			*at = i;
		if (len)
			*len = used - 1;
		return true;
	}
	return false;
}

static bool zero_between(const struct nlu_text *t, size_t i)
{
	return nlu_in(t, i, "oh o") && ((i && t->v[i - 1].num >= 0) ||
					(i + 1 < t->n && t->v[i + 1].num >= 0));
}

void nlu_canonical(struct buf *out, struct sv text)
{
	struct nlu_text t;
	size_t i = 0;

	nlu_split(&t, text);
	while (i < t.n) {
		int v;
		bool ord;
		size_t used = nlu_number(&t, i, &v, &ord);

		if (i)
			buf_char(out, ' ');
		if (used > 1 || (used && !t.v[i].figures)) {
			buf_printf(out, "%d%s", v, ord ? "." : "");
			i += used;
		} else if (used && ord) {
			buf_printf(out, "%d.", v);
			i++;
		} else {
			if (zero_between(&t, i))
				buf_char(out, '0');
			else
				buf_sv(out, t.v[i].w);
			i++;
		}
	}
}
