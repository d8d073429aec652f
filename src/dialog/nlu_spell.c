#include "dialog/nlu_spell.h"

#include <ctype.h>

static const struct {
	char c;
	const char *words;
} written[] = {
	{'a', "eh ay hey"}, {'b', "be bee"},	     {'c', "see sea cee si"},
	{'d', "dee"},	    {'e', "ee he"},	     {'f', "ef eff"},
	{'g', "gee ji"},    {'h', "aitch age ache"}, {'i', "eye ai"},
	{'j', "jay"},	    {'k', "kay okay cay"},   {'l', "el ell ill"},
	{'m', "em am"},	    {'n', "en an and in"},   {'o', "oh owe"},
	{'p', "pee pea"},   {'q', "cue queue"},	     {'r', "are our ar"},
	{'s', "ess es as"}, {'t', "tee tea ti"},     {'u', "you"},
	{'v', "vee we"},    {'x', "ex eks"},	     {'y', "why wye"},
	{'z', "zee zed"},
};

/* The radio alphabet; those behind the bar are people's names, too. */
static const char radio[] = "alpha alfa bravo delta echo foxtrot golf hotel "
			    "india kilo lima november papa quebec sierra tango "
			    "uniform whiskey whisky xray yankee zulu";
static const char radio_names[] = "charlie juliet juliett mike oscar romeo "
				  "victor";

struct spelling {
	char *out;
	size_t n, size;
	unsigned sure; /* letters that stand there as such */
	unsigned guessed, radio, radio_named, explained;
};

static void put(struct spelling *s, char c)
{
	if (s->n + 1 < s->size)
		s->out[s->n++] = c;
}

static bool single(const struct nlu_text *t, size_t i)
{
	return i < t->n && t->v[i].w.len == 1 &&
	       isalpha((unsigned char)t->v[i].w.p[0]);
}

static char guess(const struct nlu_text *t, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(written); k++) {
		if (nlu_in(t, i, written[k].words))
			return written[k].c;
	}
	return 0;
}

/* "as in Mike" behind a letter: its words, and the letter meant. */
static size_t explained(const struct nlu_text *t, size_t i, char c, char *meant)
{
	static const char *const how[] = {"as|is|us|has in|an|and", "like",
					  "as", "for"};
	const struct nlu_word *w;
	size_t n = 0;

	for (size_t k = 0; !n && k < ARRAY_LEN(how); k++)
		n = nlu_match_at(t, i, how[k]);
	if (!n || i + n - 1 >= t->n)
		return 0;
	w = &t->v[i + n - 1];
	if (w->w.len < 3 || w->num >= 0)
		return 0;
	/* "for" and a bare "as" mean it only when the letters agree */
	if (nlu_in(t, i, "for as like") && n == 2 && w->w.p[0] != c)
		return 0;
	*meant = w->w.p[0];
	return n;
}

/* One letter at word i; words used. */
static size_t letter(struct spelling *s, const struct nlu_text *t, size_t i,
		     int times)
{
	char c = 0, meant;
	size_t n, used = 1;

	if (nlu_match_at(t, i, "double u|you") ||
	    nlu_match_at(t, i, "double-u")) {
		put(s, 'w');
		s->sure++;
		return 2;
	}
	if (single(t, i)) {
		c = t->v[i].w.p[0];
		s->sure += !strchr("aio", c);
	} else if (nlu_in(t, i, radio) || nlu_in(t, i, radio_names)) {
		c = t->v[i].w.p[0];
		s->radio++;
		s->radio_named += nlu_in(t, i, radio_names);
	} else {
		c = guess(t, i);
		s->guessed += c != 0;
	}
	if (!c)
		return 0;
	n = explained(t, i + 1, c, &meant);
	if (n) {
		c = meant;
		used += n;
		s->explained++;
	}
	while (times--)
		put(s, c);
	return used;
}

/* What came together is a spelling, not a sentence with short words. */
static bool is_spelling(const struct spelling *s)
{
	if (s->n < 3)
		return false;
	if (s->radio)
		return s->radio >= 2 && s->radio + s->sure >= 3 &&
		       (s->radio > s->radio_named || s->sure);
	if (!s->guessed)
		return true;
	return s->sure + 2 * s->explained >= 2 &&
	       s->guessed <= s->sure + s->explained + 1;
}

size_t nlu_spelled_at(const struct nlu_text *t, size_t i, char *out,
		      size_t size)
{
	struct spelling s = {.out = out, .size = size}, last = {0};
	size_t from = i, end = i;

	while (i < t->n) {
		int times = nlu_is(t, i, "double")   ? 2
			    : nlu_is(t, i, "triple") ? 3
						     : 1;
		size_t n;

		if (times > 1 && !nlu_match_at(t, i, "double u|you"))
			i++;
		else
			times = 1;
		n = letter(&s, t, i, times);
		if (!n) {
			/* "then", "uh", "space" between letters */
			if (s.n && nlu_in(t, i,
					  "then uh um er dash hyphen "
					  "capital lowercase letter")) {
				i++;
				continue;
			}
			break;
		}
		i += n;
		/* a guess counts when a letter follows it */
		if (single(t, i - n) || n > 1 || s.radio || times > 1 ||
		    (guess(t, i - n) && strchr(".,-", t->v[i - n].sep))) {
			end = i;
			last = s;
		}
	}
	/* "M U R P H why": the last letter as a word */
	if (i > end && i == t->n && last.sure >= 2 && s.n == last.n + 1) {
		last = s;
		end = i;
	}
	if (end == from)
		return 0;
	out[last.n] = '\0';
	return is_spelling(&last) ? end - from : 0;
}

/* a is b without one of its letters, not the first. */
static bool drops_one(struct sv a, struct sv b)
{
	size_t i = 0, k;

	while (i < a.len &&
	       tolower((unsigned char)a.p[i]) == tolower((unsigned char)b.p[i]))
		i++;
	for (k = i; k < a.len && tolower((unsigned char)a.p[k]) ==
					 tolower((unsigned char)b.p[k + 1]);
	     k++)
		;
	return i && k == a.len;
}

bool nlu_spelled_like(struct sv a, struct sv b)
{
	static const char *const alike[] = {"bcdegptvz", "mn", "fsx", "ahjk",
					    "iy",	 "ae", "qu",  "lr"};

	/* one letter was not heard at all */
	if (b.len >= 6 && a.len + 1 == b.len)
		return drops_one(a, b);
	if (a.len != b.len || a.len < 3)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		char x = (char)tolower((unsigned char)a.p[i]);
		char y = (char)tolower((unsigned char)b.p[i]);
		bool same = x == y;

		for (size_t k = 0; !same && k < ARRAY_LEN(alike); k++)
			same = strchr(alike[k], x) && strchr(alike[k], y);
		if (!same)
			return false;
	}
	return true;
}
