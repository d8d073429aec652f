#include "dialog/es.h"

#include <ctype.h>

#include "dialog/nlu_spell.h"

/* Words that are no part of anybody's name when they are heard. */
static const char stop[] =
	"a an the and or but so if then than that this these those is am are "
	"was were be been being do does did have has had can could will would "
	"shall should may might must i im ive id ill you your youre he hes she "
	"shes it its we were they them my mine me our us their to of in on at "
	"for with from by about into over under up down out off not no yes "
	"yeah yep nope sure okay ok well uh um er ah oh hi hello hey please "
	"thanks thank sorry just like what whats when where why how who which "
	"there here name names called calling call first last full middle need "
	"needs want wants got get go going come came coming book booking "
	"schedule appointment repair fix fixed broken leaking leak furnace "
	"heater heating water drain drains plumbing plumber pipe toilet sink "
	"problem problems emergency today tomorrow tonight morning afternoon "
	"evening monday tuesday wednesday thursday friday saturday sunday "
	"noon oclock am pm soon time day week because since after before "
	"somebody someone anybody anyone something anything nothing nobody "
	"really very much also too now again still ready available speaking "
	"customer tenant landlord owner manager phone number address street "
	"good great fine right wrong correct one two three four five six seven "
	"eight nine ten zero hundred trying looking having wondering hoping "
	"freezing cold hot busy done afraid glad happy interested not-sure "
	"regarding concerning yet already possible home house basement kitchen "
	"bathroom business company office service urgent quick question "
	"actually robot person human machine computer text message stuff "
	"let lets see say said tell told know dont doesnt didnt cant wont isnt "
	"work works working make made take put send sent all any some more "
	"other another same different only never always maybe perhaps "
	"spelled spelling spell letter letters capital dash hyphen underscore "
	"anytime next whenever whatever sooner later early late either midday "
	"weekend asap preferably thats thatll theres heres whats hows cool "
	"perfect lovely awesome back wait whether asap english spanish "
	"cancel cancelled canceled move moving reschedule change delete "
	"remove keep leave forget repeat hang record recording card credit "
	"debit account excuse pardon huh eh beg";

static const char fillers[] = "uh um er ah oh well yes yeah yep sure okay ok "
			      "hi hello hey so actually certainly hmm mm "
			      "alright right thanks please sorry no";

static const char titles[] = "mr mister mrs missus ms miss dr doctor";

static const char *const intro[] = {
	"my full|first|last|middle? name is|was|would be?",
	"my full|first|last? names",
	"the? name is|its",
	"the? names",
	"name is",
	"you can|may call me",
	"they|people|everybody call|calls me",
	"call me",
	"put it under|down? under|for",
	"its|it is under",
	"under the name of?",
	"this is",
	"this here is",
	"youre speaking|talking with|to",
	"you are speaking|talking with|to",
	"i am called",
};

/* Said of a name only when the caller was asked for it. */
static const char *const intro_asked[] = {"it is",   "its",   "i am", "im",
					  "that is", "thats", "for",  "under"};

static const char *const i_am[] = {"im", "i am"};

static bool known_name(struct sv known, struct sv w)
{
	const char *p = known.p, *end = known.p + known.len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		if (n == w.len && !strncasecmp(p, w.p, n))
			return true;
		p += n + 1;
	}
	return false;
}

static bool cased(const struct nlu_word *w)
{
	return isupper((unsigned char)w->raw.p[0]) && w->raw.len > 1;
}

/* Names that are everyday words, too: only their capital tells. */
static bool is_double(const struct nlu_text *t, size_t i)
{
	return nlu_in(t, i,
		      "will may art day good street home house bill "
		      "case") &&
	       i && t->v[i].sep == ' ' && cased(&t->v[i]);
}

static bool may_be_name(const struct nlu_text *t, size_t i)
{
	const struct nlu_word *w = &t->v[i];

	if (i >= t->n || w->figures ||
	    (nlu_sv_in(w->w, stop) && !is_double(t, i)))
		return false;
	/* a number word can be nobody's first name */
	return w->num < 0;
}

struct writer {
	char *out;
	size_t n, size;
};

static void put(struct writer *w, struct sv s)
{
	for (size_t i = 0; i < s.len && w->n + 1 < w->size; i++)
		w->out[w->n++] = s.p[i];
	w->out[w->n] = '\0';
}

/* "dana" -> "Dana", "mcdonald" -> "McDonald"; written capitals stay. */
static void put_word(struct writer *w, struct sv s, char joint)
{
	bool upper = true, lower = false;
	size_t from;

	if (w->n)
		put(w, (struct sv){&joint, 1});
	from = w->n;
	put(w, s);
	if (w->n == from)
		return;
	for (size_t i = from; i < w->n; i++) {
		upper &= !islower((unsigned char)w->out[i]);
		lower |= (bool)islower((unsigned char)w->out[i]);
	}
	if (upper && w->n - from > 1) {
		for (size_t i = from + 1; i < w->n; i++)
			w->out[i] = (char)tolower((unsigned char)w->out[i]);
	} else if (lower && isupper((unsigned char)w->out[from])) {
		return;
	}
	w->out[from] = (char)toupper((unsigned char)w->out[from]);
	if (w->n - from > 4 && !memcmp(w->out + from, "Mc", 2))
		w->out[from + 2] =
			(char)toupper((unsigned char)w->out[from + 2]);
	if (w->n - from > 3 && w->out[from + 1] == '\'')
		w->out[from + 2] =
			(char)toupper((unsigned char)w->out[from + 2]);
}

/* ---- known names ---- */

static char first_vowel(struct sv w)
{
	for (size_t i = 0; i < w.len; i++) {
		char c = (char)tolower((unsigned char)w.p[i]);

		if (strchr("aeiouy", c))
			return c == 'y' ? 'i' : c;
	}
	return 0;
}

/* "Peterson", "Gonzales", "Kowalsky" are how the known ones sound; "Muller"
 * is no "Miller". */
static bool sounds_known(struct sv heard, struct sv name)
{
	char a[32], b[32];
	struct nlu_sound x, y;

	if (heard.len < 5 || heard.len >= sizeof(a) || name.len < 5 ||
	    name.len >= sizeof(b) || first_vowel(heard) != first_vowel(name))
		return false;
	for (size_t i = 0; i < heard.len; i++)
		a[i] = (char)tolower((unsigned char)heard.p[i]);
	for (size_t i = 0; i < name.len; i++)
		b[i] = (char)tolower((unsigned char)name.p[i]);
	heard.p = a;
	name.p = b;
	x = nlu_sound(heard);
	y = nlu_sound(name);
	return a[0] == b[0] && !strcmp(x.s, y.s) &&
	       nlu_distance(heard, name) <= 2;
}

typedef bool alike_h(struct sv heard, struct sv name);

/* The one known name that heard is alike; heard itself when none or two. */
static struct sv known_as(struct sv known, struct sv heard, alike_h *alike)
{
	const char *p = known.p, *end = known.p + known.len;
	struct sv found = heard;
	unsigned n = 0;

	if (known_name(known, heard))
		return heard;
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct sv line = {p, (size_t)((nl ? nl : end) - p)};

		if (alike(heard, line)) {
			found = line;
			n++;
		}
		p += line.len + 1;
	}
	return n == 1 ? found : heard;
}

/* The word said before and the letters that follow are the same name. */
static bool spells(const char *said, const char *letters)
{
	size_t a = strlen(said), b = strlen(letters);
	char low[40];

	if (a >= sizeof(low))
		return false;
	for (size_t i = 0; i <= a; i++)
		low[i] = (char)tolower((unsigned char)said[i]);
	return low[0] == letters[0] &&
	       nlu_distance((struct sv){low, a}, (struct sv){letters, b}) <=
		       MAX(a, b) / 2;
}

/* Collects name words from i on; 0 when there is no name. */
static size_t collect(struct nlu_name *out, const struct nlu_text *t, size_t i,
		      struct sv known, bool lenient)
{
	struct writer w = {out->full, 0, sizeof(out->full)};
	size_t words = 0, last_at = 0;
	char letters[32];

	out->full[0] = '\0';
	while (i < t->n && words < 4) {
		size_t n = nlu_spelled_at(t, i, letters, sizeof(letters));
		char joint = t->v[i].sep == '-' ? '-' : ' ';

		if (n) {
			/* the word before was said, now it is spelled */
			if (words && spells(out->full + last_at, letters))
				w.n = last_at ? last_at - 1 : 0;
			else
				words++;
			last_at = w.n ? w.n + 1 : 0;
			put_word(&w,
				 known_as(known, sv_str(letters),
					  nlu_spelled_like),
				 ' ');
			words += !words;
			i += n;
			continue;
		}
		if (words && nlu_match_at(t, i, "thats|that is? spelled?") &&
		    nlu_spelled_at(t, i + 1, letters, sizeof(letters))) {
			i++;
			continue;
		}
		if (words && nlu_in(t, i, "spelled spelling thats") &&
		    i + 1 < t->n && t->v[i + 1].w.len == 1) {
			i++;
			continue;
		}
		if (!may_be_name(t, i) ||
		    (words && strchr(".?!;", t->v[i].sep) &&
		     !nlu_in(t, i - 1, titles) && t->v[i - 1].w.len > 1))
			break;
		if (!lenient && !cased(&t->v[i]) &&
		    !known_name(known, t->v[i].w) && !nlu_in(t, i, titles))
			break;
		if (words && t->v[i].sep == ',' && !lenient)
			break;
		last_at = w.n ? w.n + 1 : 0;
		if (nlu_in(t, i, "mister"))
			put_word(&w, SV("Mr"), joint);
		else
			put_word(&w, known_as(known, t->v[i].raw, sounds_known),
				 joint);
		words += !nlu_in(t, i, titles);
		i++;
	}
	return words;
}

static void set_first(struct nlu_name *out)
{
	size_t n = strcspn(out->full, " ");

	if (nlu_sv_in((struct sv){out->full, n}, "Mr Mrs Ms Miss Dr Missus "
						 "Doctor"))
		n = strlen(out->full);
	sv_copy(out->first, sizeof(out->first), (struct sv){out->full, n});
}

/* "Dana speaking", "Dana Miller here". */
static bool before(struct nlu_name *out, const struct nlu_text *t,
		   struct sv known)
{
	size_t at;

	if (!nlu_match(t, "speaking|here|calling", &at, NULL) || !at)
		return false;
	for (size_t back = MIN(at, 3u); back; back--) {
		struct nlu_text cut = *t;

		cut.n = at;
		if (collect(out, &cut, at - back, known, false) == back)
			return true;
	}
	return false;
}

/* "First name John, last name Smith", in either order. */
static bool first_and_last(struct nlu_name *out, const struct nlu_text *t,
			   struct sv known)
{
	struct nlu_name last = {{0}, {0}};
	struct writer w = {out->full, 0, sizeof(out->full)};
	size_t at, len;

	if (!nlu_match(t, "first|given name is|its?", &at, &len) ||
	    !collect(out, t, at + len, known, true))
		return false;
	w.n = strlen(out->full);
	if (nlu_match(t, "last|sur|family name is|its?", &at, &len) &&
	    collect(&last, t, at + len, known, true)) {
		put(&w, SV(" "));
		put(&w, sv_str(last.full));
	}
	return true;
}

/* Words from i on; letters that spell something do not count. */
static size_t words_from(const struct nlu_text *t, size_t i)
{
	size_t n = 0;

	for (; i < t->n; i++)
		n += t->v[i].w.len > 1;
	return n;
}

bool nlu_name(struct nlu_name *out, const struct nlu_text *t, struct sv known,
	      bool asked)
{
	static const char verbs[] = "is|are|was|were|has|have|isnt|doesnt|"
				    "needs|broke|stopped";
	size_t at, len, i = 0;
	bool found = false, spelled;
	char letters[32];

	if (t->lang == NLU_ES)
		return es_name(out, t, known, asked);
	*out = (struct nlu_name){{0}, {0}};
	found = first_and_last(out, t, known);
	for (size_t k = 0; !found && k < ARRAY_LEN(intro); k++) {
		/* "this is …" can be anything: then only what is a name */
		bool sure = asked || strncmp(intro[k], "this", 4);

		if (nlu_match(t, intro[k], &at, &len))
			found = collect(out, t, at + len, known,
					sure && strncmp(intro[k], "its", 3));
	}
	if (nlu_match_at(t, i, "excuse|pardon me"))
		i += 2;
	while (nlu_in(t, i, fillers))
		i++;
	spelled = asked && nlu_spelled_at(t, i, letters, sizeof(letters));
	if (spelled && !found)
		found = collect(out, t, i, known, true);
	for (size_t k = 0; asked && !found && k < ARRAY_LEN(intro_asked); k++) {
		if (nlu_match(t, intro_asked[k], &at, &len) &&
		    at + len + 4 >= t->n)
			found = collect(out, t, at + len, known, true);
	}
	for (size_t k = 0; !found && k < ARRAY_LEN(i_am); k++)
		found = nlu_match(t, i_am[k], &at, &len) &&
			collect(out, t, at + len, known, false);
	if (!found)
		found = before(out, t, known);
	/* a bare name is short and no sentence follows it */
	if (!found && asked && (words_from(t, i) <= 5 || cased(&t->v[i])))
		found = collect(out, t, i, known, true) &&
			!nlu_match(t, verbs, NULL, NULL);
	if (found)
		set_first(out);
	return found;
}
