#include "speech/local/hints.h"

#include <stdio.h>

#include "speech/local/vocab.h"

enum { SOUNDS_MAX = 160, FOLD_MAX = 512 };

static const char *const units[] = {
	"zero",	   "one",     "two",	   "three",    "four",
	"five",	   "six",     "seven",	   "eight",    "nine",
	"ten",	   "eleven",  "twelve",	   "thirteen", "fourteen",
	"fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const tens[] = {"",	     "",      "twenty", "thirty",
				   "forty",  "fifty", "sixty",	"seventy",
				   "eighty", "ninety"};

static size_t spell_number(char *out, size_t size, int n)
{
	if (n < 20)
		return (size_t)snprintf(out, size, "%s", units[n]);
	return (size_t)snprintf(out, size, "%s%s", tens[n / 10],
				n % 10 ? units[n % 10] : "");
}

/* Letters only: figures become words, by pairs as hours and years are said. */
static void letters(char *out, size_t size, struct sv text)
{
	char fold[FOLD_MAX];
	size_t n = 0, len = vocab_fold_text(fold, sizeof(fold), text);

	for (size_t i = 0; i < len && n + 32 < size; i++) {
		size_t run = strspn(fold + i, "0123456789");

		if (!run) {
			if (fold[i] >= 'a' && fold[i] <= 'z')
				out[n++] = fold[i];
			continue;
		}
		for (size_t k = 0; k < run && n + 32 < size;) {
			size_t take = run > 4 || (run - k) % 2 ? 1 : 2;
			int v = fold[i + k] - '0';

			if (take == 2)
				v = 10 * v + fold[i + k + 1] - '0';
			n += spell_number(out + n, size - n, v);
			k += take;
		}
		i += run - 1;
	}
	out[n] = '\0';
}

/* Spellings of one sound; the first that fits. */
static const struct {
	const char *from;
	char sound;
} spellings[] = {
	{"ght", 't'}, {"ph", 'f'}, {"kn", 'n'}, {"wr", 'r'}, {"ck", 'k'},
	{"th", 't'},  {"sh", 'S'}, {"ch", 'S'}, {"ce", 's'}, {"ci", 's'},
	{"cy", 's'},  {"ge", 'S'}, {"b", 'p'},	{"p", 'p'},  {"d", 't'},
	{"t", 't'},   {"g", 'k'},  {"k", 'k'},	{"c", 'k'},  {"q", 'k'},
	{"j", 'S'},   {"f", 'f'},  {"v", 'f'},	{"s", 's'},  {"z", 's'},
	{"x", 's'},   {"m", 'm'},  {"n", 'm'},	{"l", 'l'},  {"r", 'r'},
	{"w", 'w'},   {"a", 'a'},  {"e", 'a'},	{"i", 'a'},  {"o", 'a'},
	{"u", 'a'},   {"y", 'a'},
};

static size_t sounds(char out[SOUNDS_MAX], struct sv text)
{
	char plain[FOLD_MAX];
	size_t n = 0;

	letters(plain, sizeof(plain), text);
	for (const char *p = plain; *p && n < SOUNDS_MAX;) {
		size_t i = 0;

		while (i < ARRAY_LEN(spellings) &&
		       strncmp(p, spellings[i].from,
			       strlen(spellings[i].from)) != 0)
			i++;
		if (i == ARRAY_LEN(spellings)) { /* h */
			p++;
			continue;
		}
		if (!n || out[n - 1] != spellings[i].sound)
			out[n++] = spellings[i].sound;
		/* A soft c or g leaves its vowel to be heard. */
		p += spellings[i].from[0] == 'c' && spellings[i].sound == 's'
			     ? 1
			     : strlen(spellings[i].from);
	}
	return n;
}

/* Vowels are what lines and accents change. */
static float weight(char sound)
{
	return sound == 'a' || sound == 'w' ? 0.5f : 1;
}

static float total(const char *s, size_t n)
{
	float sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += weight(s[i]);
	return sum;
}

float hints_alike(struct sv a, struct sv b)
{
	char x[SOUNDS_MAX], y[SOUNDS_MAX];
	size_t nx = sounds(x, a), ny = sounds(y, b);
	float row[SOUNDS_MAX + 1];

	if (!nx || !ny)
		return 0;
	row[0] = 0;
	for (size_t j = 0; j < ny; j++)
		row[j + 1] = row[j] + weight(y[j]);
	for (size_t i = 0; i < nx; i++) {
		float diagonal = row[0];

		row[0] += weight(x[i]);
		for (size_t j = 0; j < ny; j++) {
			float swap = x[i] == y[j]
					     ? 0
					     : MAX(weight(x[i]), weight(y[j]));
			float best = MIN(row[j + 1] + weight(x[i]),
					 row[j] + weight(y[j]));

			best = MIN(best, diagonal + swap);
			diagonal = row[j + 1];
			row[j + 1] = best;
		}
	}
	return MAX(1 - row[ny] / MAX(total(x, nx), total(y, ny)), 0.0f);
}
