/* Names of streets, with what stands before and behind them. */
#include <ctype.h>
#include <stdio.h>

#include "dialog/nlu_place.h"

static const struct {
	const char *words, *name;
	bool weak; /* an everyday word, too */
} suffixes[] = {
	{"street streets st str", "Street", false},
	{"avenue avenues ave av", "Avenue", false},
	{"road roads rd rode", "Road", false},
	{"lane lanes ln", "Lane", false},
	{"boulevard blvd boulevards", "Boulevard", false},
	{"drive drives dr", "Drive", true},
	{"court ct courts", "Court", true},
	{"place pl places", "Place", true},
	{"circle cir", "Circle", true},
	{"terrace ter", "Terrace", false},
	{"parkway pkwy", "Parkway", false},
	{"highway hwy", "Highway", false},
	{"square sq", "Square", true},
	{"trail trails", "Trail", true},
	{"way", "Way", true},
	{"alley", "Alley", false},
	{"plaza", "Plaza", false},
	{"loop", "Loop", true},
	{"crescent", "Crescent", false},
	{"turnpike pike", "Turnpike", false},
	{"expressway", "Expressway", false},
	{"row", "Row", true},
	{"run", "Run", true},
	{"ridge", "Ridge", true},
	{"path", "Path", true},
	{"cove", "Cove", true},
	{"walk", "Walk", true},
	{"crossing", "Crossing", true},
	{"landing", "Landing", true},
	{"heights", "Heights", true},
};

static const struct {
	const char *words, *name;
} directions[] = {
	{"north n", "North"},
	{"south s", "South"},
	{"east e", "East"},
	{"west w", "West"},
	{"northeast ne", "Northeast"},
	{"northwest nw", "Northwest"},
	{"southeast se", "Southeast"},
	{"southwest sw", "Southwest"},
};

/* Roads that are called by a number. */
static const struct {
	const char *pattern, *name;
} numbered[] = {
	{"state highway", "State Highway"},
	{"us|u highway", "US Highway"},
	{"u s highway|route?", "US Highway"},
	{"highway|hwy", "Highway"},
	{"old? state route|rt|rte", "State Route"},
	{"state road", "State Road"},
	{"rural route", "Rural Route"},
	{"route|rt|rte", "Route"},
	{"interstate", "Interstate"},
	{"county road|rd", "County Road"},
	{"county highway", "County Highway"},
	{"farm to market road?", "Farm to Market Road"},
};

/* No part of a street's name. */
static const char stop[] =
	"a an and or but so if then than that this these those is am are was "
	"were be been being do does did have has had can could will would "
	"should may might must i im ive id ill you your he she it its we they "
	"them my mine me our us their to of in on at for with from by about "
	"into over under up down out off not no yes yeah okay ok well uh um "
	"please thanks thank sorry just like what when where why how who which "
	"there here address number house home apartment apt unit suite zip "
	"code live lives living called name names day days week weeks hour "
	"hours minute minutes month months year years oclock am pm people "
	"furnace furnaces heater heaters water drain drains sink toilet "
	"toilets problem problems leak leaks pipe pipes dollars thousand "
	"million hundred times floor floors bedroom bathroom bathrooms "
	"tomorrow today tonight morning afternoon evening monday tuesday "
	"wednesday thursday friday saturday sunday minus plus right left "
	"corner next near behind across around between before after because "
	"oh zero one two three four five six seven eight nine ten eleven "
	"twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
	"need needs want come comes going go get got make same actually wait "
	"correction mean meant said say says believe think guess speaking "
	"calling phone street";

static int suffix_at(const struct nlu_text *t, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(suffixes); k++) {
		if (nlu_in(t, i, suffixes[k].words))
			return (int)k;
	}
	return -1;
}

static const char *direction_at(const struct nlu_text *t, size_t i,
				size_t *used)
{
	*used = 1;
	if (nlu_in(t, i, "north south") && nlu_in(t, i + 1, "east west")) {
		*used = 2;
		return nlu_is(t, i, "north")	  ? nlu_is(t, i + 1, "east")
							    ? "Northeast"
							    : "Northwest"
		       : nlu_is(t, i + 1, "east") ? "Southeast"
						  : "Southwest";
	}
	for (size_t k = 0; k < ARRAY_LEN(directions); k++) {
		if (nlu_in(t, i, directions[k].words))
			return directions[k].name;
	}
	return NULL;
}

static bool stops_before(const struct nlu_text *t, size_t i)
{
	return i >= t->n || strchr(".?!;:,", t->v[i].sep);
}

static bool is_ordinal(const struct nlu_text *t, size_t i, size_t *used)
{
	int v;
	bool ord;

	*used = nlu_number(t, i, &v, &ord);
	return *used && ord;
}

/* A word that a street may be named by: its words used. */
static size_t name_word(const struct nlu_text *t, size_t i)
{
	size_t n;

	if (i >= t->n)
		return 0;
	if (is_ordinal(t, i, &n))
		return n;
	/* "of the Americas" is asked for by those who know it */
	return t->v[i].num < 0 && !nlu_sv_in(t->v[i].w, stop);
}

/* ---- writing ---- */

static void put_str(struct nlu_street *s, const char *text)
{
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "%s%s", n ? " " : "", text);
}

/* "elm" -> "Elm", "fifth" -> "5th"; more than one capital stays. */
static void put_name(struct nlu_street *s, const struct nlu_text *t, size_t i)
{
	const struct nlu_word *w = &t->v[i];
	char word[32];
	size_t n;
	bool ord;
	int v;

	if (nlu_number(t, i, &v, &ord) && ord) {
		const char *end = v / 10 % 10 == 1 ? "th"
				  : v % 10 == 1	   ? "st"
				  : v % 10 == 2	   ? "nd"
				  : v % 10 == 3	   ? "rd"
						   : "th";

		snprintf(word, sizeof(word), "%d%s", v, end);
		put_str(s, word);
		return;
	}
	sv_copy(word, sizeof(word),
		(struct sv){w->raw.p, MIN(w->raw.len, sizeof(word) - 1)});
	n = strlen(word);
	if (n > 2 && isupper((unsigned char)word[1])) {
		for (size_t k = 1; k < n; k++)
			word[k] = (char)tolower((unsigned char)word[k]);
	}
	word[0] = (char)toupper((unsigned char)word[0]);
	put_str(s, word);
}

/* ---- the street as it was said ---- */

struct parts {
	const char *before, *behind; /* directions */
	size_t name, name_end;	     /* words of the name */
	size_t end;
	int suffix;
};

/* Directions, name and suffix from i on. False: no name there. */
static bool parts_at(struct parts *p, const struct nlu_text *t, size_t i,
		     size_t max_words)
{
	size_t n, words = 0;

	*p = (struct parts){.suffix = -1};
	p->before = direction_at(t, i, &n);
	if (p->before && i + n < t->n &&
	    (!stops_before(t, i + n) || t->v[i].w.len <= 2) &&
	    (name_word(t, i + n) && suffix_at(t, i + n) < 0))
		i += n;
	else
		p->before = NULL;
	p->name = i;
	while (words < max_words && (!words || !stops_before(t, i) ||
				     nlu_in(t, i - 1, "st mt ft"))) {
		/* "Park Avenue", "Court Street": its name is a suffix */
		if (words && suffix_at(t, i) >= 0)
			break;
		n = name_word(t, i);
		if (!n)
			break;
		words++;
		i += n;
	}
	p->name_end = p->end = i;
	if (!words)
		return false;
	if (!stops_before(t, i))
		p->suffix = suffix_at(t, i);
	if (p->suffix < 0)
		return true;
	i++;
	if (!stops_before(t, i) && suffix_at(t, i) >= 0 &&
	    suffixes[p->suffix].weak) {
		p->name_end = i;
		p->suffix = suffix_at(t, i);
		i++;
	}
	p->behind = stops_before(t, i) ? NULL : direction_at(t, i, &n);
	if (p->behind)
		i += n;
	p->end = i;
	return true;
}

static void write_parts(struct nlu_street *s, const struct nlu_text *t,
			const struct parts *p)
{
	size_t n = 1;

	s->text[0] = '\0';
	if (p->before)
		put_str(s, p->before);
	for (size_t i = p->name; i < p->name_end; i += n) {
		put_name(s, t, i);
		if (!is_ordinal(t, i, &n))
			n = 1;
	}
	if (p->suffix >= 0)
		put_str(s, suffixes[p->suffix].name);
	if (p->behind)
		put_str(s, p->behind);
	s->suffix = p->suffix >= 0;
	s->weak = s->suffix && suffixes[p->suffix].weak;
}

/* ---- the known ones ---- */

/* Letters and figures of s, lower case: for comparing. */
static size_t squeeze(char *out, size_t size, struct sv s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n + 1 < size; i++) {
		if (isalnum((unsigned char)s.p[i]))
			out[n++] = (char)tolower((unsigned char)s.p[i]);
	}
	out[n] = '\0';
	return n;
}

bool nlu_near(struct sv heard, struct sv name)
{
	char a[40], b[40];
	size_t n = squeeze(a, sizeof(a), heard);
	size_t m = squeeze(b, sizeof(b), name), far;

	if (n < 3 || m < 3 || isdigit((unsigned char)a[0]) ||
	    isdigit((unsigned char)b[0]))
		return n == m && n && !memcmp(a, b, n);
	if (nlu_sounds_like((struct sv){a, n}, (struct sv){b, m}))
		return true;
	far = nlu_distance((struct sv){a, n}, (struct sv){b, m});
	return far <= (m >= 9	? 3u
		       : m >= 6 ? 2u
		       : m >= 4 ? 1u
				: 0u) ||
	       (far == 1 && n > m); /* "Elms", "Oaks" */
}

/* How well p fits the known street k: 0 not at all … 100. */
static int fits(const struct nlu_text *t, const struct parts *p, struct sv line)
{
	struct nlu_street a, b;
	struct nlu_text kt;
	struct parts k, bare = *p;
	int score;

	nlu_split(&kt, line);
	if (!kt.n || !parts_at(&k, &kt, 0, 5))
		return 0;
	score = p->suffix < 0 ? 60 : p->suffix == k.suffix ? 100 : 0;
	if (p->before && k.before && strcmp(p->before, k.before) != 0)
		return 0;
	score -= (!p->before != !k.before) ? 5 : 0;
	bare.before = bare.behind = k.before = k.behind = NULL;
	bare.suffix = -1;
	/* "Elm Streak": the suffix is what was not understood */
	if (p->suffix < 0) {
		write_parts(&a, t, &bare);
		write_parts(&b, &kt, &k);
		if (bare.name_end - bare.name > 1 &&
		    nlu_near(sv_str(a.text), sv_str(b.text)))
			return 80;
	}
	k.suffix = -1;
	write_parts(&a, t, &bare);
	write_parts(&b, &kt, &k);
	if (!strcasecmp(a.text, b.text))
		return score;
	return nlu_near(sv_str(a.text), sv_str(b.text)) ? score - 30 : 0;
}

/* The known street that p is, if any. */
static int best_known(struct nlu_street *out, const struct nlu_text *t,
		      const struct parts *p, struct sv known)
{
	const char *at = known.p, *end = known.p + known.len;
	int best = 0;
	bool tie = false;
	struct sv name = {NULL, 0};

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		struct sv line = {at, (size_t)((nl ? nl : end) - at)};
		int score = fits(t, p, line);

		if (score == best && best)
			tie = true;
		if (score > best) {
			best = score;
			name = line;
			tie = false;
		}
		at += line.len + 1;
	}
	if (best < 25 || tie)
		return 0;
	sv_copy(out->text, sizeof(out->text), name);
	out->known = true;
	out->suffix = p->suffix >= 0;
	return best;
}

/*
 * A name that was said clearly, before a word like "street": at most one letter
 * is a mishearing. "Mason Street" is not Main Street.
 */
static bool clearly_other(const struct nlu_text *t, size_t i, size_t n,
			  struct sv line)
{
	char a[48], b[48];
	struct nlu_text k;
	size_t len, m;

	if (n != 2 || suffix_at(t, i + 1) < 0 || t->v[i].w.len < 4 ||
	    nlu_is_everyday(t->v[i].w))
		return false;
	nlu_split(&k, line);
	if (k.n != 2)
		return false;
	len = squeeze(a, sizeof(a), t->v[i].raw);
	m = squeeze(b, sizeof(b), k.v[0].raw);
	return nlu_distance((struct sv){a, len}, (struct sv){b, m}) > 1;
}

/* "hard a road", "will low court": words that only sound as a known one. */
static size_t sounding(struct nlu_street *out, const struct nlu_text *t,
		       size_t i, struct sv known)
{
	const char *at = known.p, *end = known.p + known.len;
	size_t best = 4, used = 0;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		struct sv line = {at, (size_t)((nl ? nl : end) - at)};
		char a[48], b[48];
		size_t m = squeeze(b, sizeof(b), line);

		for (size_t n = 1; n <= 4 && i + n <= t->n; n++) {
			const char *p = t->v[i].raw.p;
			const struct sv *last = &t->v[i + n - 1].raw;
			struct sv said = {p, (size_t)(last->p + last->len - p)};
			size_t len, far;

			if (n > 1 && stops_before(t, i + n - 1))
				break;
			len = squeeze(a, sizeof(a), said);
			if (m < 8 || a[0] != b[0])
				continue;
			far = nlu_distance((struct sv){a, len},
					   (struct sv){b, m});
			if (far >= best || far * 10 > 3 * m ||
			    clearly_other(t, i, n, line))
				continue;
			best = far;
			used = n;
			sv_copy(out->text, sizeof(out->text), line);
		}
		at += line.len + 1;
	}
	out->known = out->suffix = used > 0;
	return used;
}

/* ---- streets with a number for a name, avenues with a letter ---- */

static size_t numbered_at(struct nlu_street *out, const struct nlu_text *t,
			  size_t i)
{
	char no[12], line[64];

	for (size_t k = 0; k < ARRAY_LEN(numbered); k++) {
		size_t head = nlu_match_at(t, i, numbered[k].pattern), n;

		if (!head)
			continue;
		n = nlu_house_at(t, i + head - 1, no, sizeof(no));
		if (!n)
			continue;
		snprintf(line, sizeof(line), "%s %s", numbered[k].name, no);
		out->text[0] = '\0';
		put_str(out, line);
		out->suffix = true;
		return head - 1 + n;
	}
	if (nlu_in(t, i, "avenue ave") && i + 1 < t->n &&
	    t->v[i + 1].w.len == 1 && t->v[i + 1].num < 0 &&
	    !stops_before(t, i + 1)) {
		snprintf(line, sizeof(line), "Avenue %c",
			 toupper((unsigned char)t->v[i + 1].w.p[0]));
		put_str(out, line);
		out->suffix = true;
		return 2;
	}
	if (nlu_is(t, i, "broadway")) {
		put_str(out, "Broadway");
		out->suffix = true;
		return 1;
	}
	return 0;
}

size_t nlu_street_at(struct nlu_street *out, const struct nlu_text *t, size_t i,
		     struct sv known, bool bare)
{
	struct parts p, best_p = {0};
	struct nlu_street best = {.text = ""};
	int score = 0;
	size_t used;

	*out = (struct nlu_street){.text = ""};
	used = numbered_at(out, t, i);
	if (used)
		return used;
	if (!parts_at(&p, t, i, 4))
		return bare ? sounding(out, t, i, known) : 0;
	for (size_t words = 1; words <= 4; words++) {
		struct nlu_street s = {.text = ""};
		struct parts cut;
		int now;

		if (!parts_at(&cut, t, i, words))
			break;
		now = best_known(&s, t, &cut, known);
		if (now >= score && now) {
			score = now;
			best = s;
			best_p = cut;
		}
	}
	if (score && (bare || p.suffix >= 0 || score >= 80)) {
		*out = best;
		return best_p.end - i;
	}
	if (p.suffix < 0 && !bare)
		return 0;
	used = sounding(out, t, i, known);
	if (used)
		return used;
	write_parts(out, t, &p);
	return p.end - i;
}
