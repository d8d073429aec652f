#include "dialog/nlu.h"

static bool vowel(char c)
{
	return c && strchr("aeiouy", c);
}

static void put(struct nlu_sound *o, size_t *n, char c)
{
	if (*n && o->s[*n - 1] == c)
		return;
	if (*n < sizeof(o->s) - 1)
		o->s[(*n)++] = c;
}

/* Letters that sound as another one, as far as the English spelling goes. */
static char consonant(char c, char next, size_t *skip)
{
	*skip = 0;
	switch (c) {
	case 'c':
		if (next == 'h') {
			*skip = 1;
			return 'x';
		}
		if (next == 'k')
			*skip = 1;
		return next && strchr("eiy", next) ? 's' : 'k';
	case 'q':
	case 'k':
		return 'k';
	case 's':
		if (next == 'h') {
			*skip = 1;
			return 'x';
		}
		return 's';
	case 'z':
		return 's';
	case 'x':
		return 's';
	case 'p':
		if (next == 'h') {
			*skip = 1;
			return 'f';
		}
		return 'b';
	case 'b':
		return 'b';
	case 'd':
	case 't':
		if (next == 'h')
			*skip = 1;
		return 't';
	case 'v':
	case 'f':
		return 'f';
	case 'g':
		if (next == 'h') {
			*skip = 1;
			return 0;
		}
		return next && strchr("eiy", next) ? 'x' : 'k';
	case 'j':
		return 'x';
	case 'm':
	case 'n':
		return 'n';
	case 'l':
	case 'r':
		return c;
	case 'w':
	case 'h':
	default:
		return 0;
	}
}

struct nlu_sound nlu_sound(struct sv w)
{
	struct nlu_sound o = {{0}};
	size_t n = 0, i = 0;

	if (w.len > 1 && w.p[0] == 'k' && w.p[1] == 'n')
		i = 1;
	if (w.len > 1 && w.p[0] == 'w' && (w.p[1] == 'r' || w.p[1] == 'h'))
		i = 1;
	for (; i < w.len; i++) {
		size_t skip;
		char c = w.p[i], k;

		if (vowel(c)) {
			if (!n)
				put(&o, &n, 'a');
			continue;
		}
		k = consonant(c, i + 1 < w.len ? w.p[i + 1] : '\0', &skip);
		if (!k && !n && c == 'w')
			k = 'w';
		if (!k && !n && c == 'h')
			k = 'h';
		if (k)
			put(&o, &n, k);
		i += skip;
	}
	return o;
}

size_t nlu_distance(struct sv a, struct sv b)
{
	unsigned char row[34];

	if (a.len > 32 || b.len > 32)
		return 99;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned char)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned char diag = row[0];

		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned char up = row[j];
			unsigned cost = diag + (a.p[i - 1] != b.p[j - 1]);

			cost = MIN(cost, up + 1u);
			cost = MIN(cost, row[j - 1] + 1u);
			row[j] = (unsigned char)cost;
			diag = up;
		}
	}
	return row[b.len];
}

bool nlu_sounds_same(struct sv heard, const struct nlu_sound *a, struct sv word,
		     const struct nlu_sound *b)
{
	size_t diff = heard.len > word.len ? heard.len - word.len
					   : word.len - heard.len;
	size_t far;

	if (heard.len < 4 || word.len < 4 || diff > 3)
		return false;
	if (!strcmp(a->s, b->s)) {
		far = nlu_distance(heard, word);
		return strlen(a->s) >= 3 ? far * 2 <= word.len
					 : far <= 1 + (size_t)(word.len > 5);
	}
	return word.len >= 7 && diff <= 2 && heard.p[0] == word.p[0] &&
	       nlu_distance(heard, word) <= word.len / 4 &&
	       nlu_distance(sv_str(a->s), sv_str(b->s)) <= 1;
}

bool nlu_sounds_like(struct sv heard, struct sv word)
{
	struct nlu_sound a, b;

	if (sv_same(heard, word))
		return true;
	a = nlu_sound(heard);
	b = nlu_sound(word);
	return nlu_sounds_same(heard, &a, word, &b);
}

struct sv nlu_stem(struct sv w)
{
	static const struct {
		const char *end;
		size_t keep;
	} tab[] = {
		{"ings", 3}, {"ing", 3}, {"ies", 3}, {"ed", 3},
		{"es", 4},   {"s", 3},	 {"y", 4},   {"e", 4},
	};

	for (size_t i = 0; i < ARRAY_LEN(tab); i++) {
		size_t n = strlen(tab[i].end);

		if (w.len < n + tab[i].keep ||
		    memcmp(w.p + w.len - n, tab[i].end, n) ||
		    (*tab[i].end == 's' && w.p[w.len - 2] == 's'))
			continue;
		w.len -= n;
		break;
	}
	if (w.len > 3 && w.p[w.len - 1] == w.p[w.len - 2] &&
	    !vowel(w.p[w.len - 1]) && w.p[w.len - 1] != 's' &&
	    w.p[w.len - 1] != 'l')
		w.len--;
	return w;
}
