#include "dialog/es.h"

#include <ctype.h>

#include "dialog/nlu_spell.h"
#include "dialog/nlu_when.h"

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
	"debit account excuse pardon huh eh beg instead directly cell mobile "
	"landline hold give second sec minute moment driving speak louder "
	"slower understand file";

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
static bool spells(const char *said, const char *letters, size_t *far)
{
	size_t a = strlen(said), b = strlen(letters);
	char low[40];

	if (a >= sizeof(low))
		return false;
	for (size_t i = 0; i <= a; i++)
		low[i] = (char)tolower((unsigned char)said[i]);
	*far = nlu_distance((struct sv){low, a}, (struct sv){letters, b});
	return low[0] == letters[0] && *far <= MAX(a, b) / 2;
}

enum { NAME_WORDS = 4 };

/* A name as it is collected: its words and where each of them begins. */
struct collected {
	struct writer w;
	size_t words, n, at[2 * NAME_WORDS];
};

static void add(struct collected *c, struct sv word, char joint)
{
	if (c->n < ARRAY_LEN(c->at))
		c->at[c->n++] = c->w.n + (c->w.n > 0);
	put_word(&c->w, word, joint);
}

/* Word k of the name as it stands in out. */
static struct sv word_of(const struct collected *c, size_t k)
{
	size_t end = k + 1 < c->n ? c->at[k + 1] - 1 : c->w.n;

	return (struct sv){c->w.out + c->at[k], end - c->at[k]};
}

/* The only name said, and how it is written: "Shavon, S I O B H A N". */
static bool writes(const struct collected *c, struct sv said, struct sv letters)
{
	return c->n == 1 && said.len + 1 >= letters.len &&
	       letters.len + 1 >= said.len &&
	       tolower((unsigned char)said.p[said.len - 1]) ==
		       letters.p[letters.len - 1];
}

/*
 * The letters spell a word said before, the nearest of them, or one more.
 * explicit: "that's" or "spelled" stands between, so one of them is meant.
 */
static void add_spelled(struct collected *c, struct sv letters, struct sv as,
			bool explicit)
{
	size_t best = c->n, least = 0;
	char tail[80], said[40];
	struct sv word;

	for (size_t k = c->n; k-- > 0;) {
		bool spelled;
		size_t far;

		sv_copy(said, sizeof(said), word_of(c, k));
		spelled = spells(said, letters.p, &far);
		/* its beginning, as far as the ear got */
		if (!spelled && !strncasecmp(said, letters.p, letters.len))
			return;
		if ((!spelled &&
		     (tolower((unsigned char)said[0]) != letters.p[0] ||
		      !(explicit || writes(c, sv_str(said), letters)))) ||
		    (best < c->n && far >= least))
			continue;
		best = k;
		least = far;
	}
	if (best == c->n) {
		add(c, as, ' ');
		c->words++;
		return;
	}
	word = word_of(c, best);
	sv_copy(tail, sizeof(tail),
		(struct sv){word.p + word.len,
			    c->w.n - c->at[best] - word.len});
	c->w.n = c->at[best] ? c->at[best] - 1 : 0;
	put_word(&c->w, as, ' ');
	/* nothing moves but what stands behind */
	for (size_t k = best + 1; k < c->n; k++)
		c->at[k] += c->w.n - c->at[best] - word.len;
	put(&c->w, sv_str(tail));
}

/* "That's", "first name is spelled", "Kowalczyk is" before letters. */
static size_t to_letters(const struct collected *c, const struct nlu_text *t,
			 size_t i)
{
	static const char between[] =
		"and that thats which is its it spelled spelling spell spells "
		"the my first last name with";
	char letters[32];
	size_t n = 0;

	if (!c->n)
		return 0;
	for (; n < 6 && i + n < t->n; n++) {
		struct sv w = t->v[i + n].raw;
		bool known = nlu_in(t, i + n, between);

		if (n && t->v[i + n].w.len == 1 &&
		    nlu_spelled_at(t, i + n, letters, sizeof(letters)))
			return n;
		for (size_t k = 0; !known && k < c->n; k++)
			known = word_of(c, k).len == w.len &&
				!strncasecmp(word_of(c, k).p, w.p, w.len);
		if (!known)
			return 0;
	}
	return 0;
}

/* Collects name words from i on; 0 when there is no name. */
static size_t collect(struct nlu_name *out, const struct nlu_text *t, size_t i,
		      struct sv known, bool lenient)
{
	struct collected c = {.w = {out->full, 0, sizeof(out->full)}};
	char letters[32];

	out->full[0] = '\0';
	while (i < t->n && c.words < NAME_WORDS) {
		size_t n = nlu_spelled_at(t, i, letters, sizeof(letters));
		size_t bridge = n ? 0 : to_letters(&c, t, i);
		char joint = t->v[i].sep == '-' ? '-' : ' ';

		i += bridge;
		if (bridge)
			n = nlu_spelled_at(t, i, letters, sizeof(letters));
		if (n) {
			add_spelled(&c, sv_str(letters),
				    known_as(known, sv_str(letters),
					     nlu_spelled_like),
				    bridge > 0);
			i += n;
			continue;
		}
		if (!may_be_name(t, i) ||
		    (c.words && strchr(".?!;", t->v[i].sep) &&
		     !nlu_in(t, i - 1, titles) && t->v[i - 1].w.len > 1))
			break;
		if (!lenient && !cased(&t->v[i]) &&
		    !known_name(known, t->v[i].w) && !nlu_in(t, i, titles))
			break;
		if (c.words && t->v[i].sep == ',' && !lenient)
			break;
		if (nlu_in(t, i, "mister"))
			add(&c, SV("Mr"), joint);
		else
			add(&c, known_as(known, t->v[i].raw, sounds_known),
			    joint);
		c.words += !nlu_in(t, i, titles);
		i++;
	}
	return c.words;
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

static bool names_before(const struct nlu_text *t, size_t at)
{
	return at && may_be_name(t, at - 1) && !nlu_in(t, at - 1, fillers);
}

/* "First name John, last name Smith", in either order. */
static bool first_and_last(struct nlu_name *out, const struct nlu_text *t,
			   struct sv known)
{
	struct nlu_name last = {{0}, {0}};
	struct writer w = {out->full, 0, sizeof(out->full)};
	char letters[32];
	size_t at, len;

	if (!nlu_match(t, "first|given name is|its?", &at, &len) ||
	    !collect(out, t, at + len, known, true))
		return false;
	/* "Shavon Murphy, first name S I O B H A N" */
	if (names_before(t, at) && nlu_spelled_at(t, at + len, letters, 32))
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
	char letters[32];
	size_t n = 0;

	while (i < t->n) {
		size_t used = nlu_spelled_at(t, i, letters, sizeof(letters));

		n += !used && t->v[i].w.len > 1;
		i += used ? used : 1;
	}
	return n;
}

/* "Could you call me tonight": a call is wanted, nobody is named. */
static bool wants_call(const struct nlu_text *t, size_t at, struct sv known)
{
	size_t who = at - (at && nlu_in(t, at - 1, "please just"));

	return nlu_is(t, at, "call") && who > 1 &&
	       nlu_in(t, who - 2, "could can would will") &&
	       nlu_in(t, who - 1, "you somebody someone") && at + 2 < t->n &&
	       !cased(&t->v[at + 2]) && !known_name(known, t->v[at + 2].w);
}

/* What stands in a list beside names: "Honda Civic", "Harbor City". */
static const char no_person[] =
	"honda toyota ford chevy chevrolet nissan jeep hyundai kia subaru "
	"mazda volkswagen bmw mercedes audi lexus dodge ram gmc buick cadillac "
	"acura infiniti volvo tesla chrysler lincoln land mitsubishi porsche "
	"city san santa los las new north south east west fort port saint lake "
	"mount el la beach springs hills heights valley park grove falls "
	"county ciudad village street square plaza lane road drive avenue "
	"boulevard "
	"christmas thanksgiving easter happy";

static bool listed_word(const struct nlu_text *t, size_t i)
{
	bool may = t->lang == NLU_ES ? es_name_word(t, i)
				     : may_be_name(t, i) && cased(&t->v[i]);

	return may && !nlu_in(t, i, no_person);
}

/* Short answers one behind the other, one of them a place or a day. */
static bool is_list(const struct nlu_text *t)
{
	static const char sentence[] =
		"i im id ive we you can could would is are was have has had it "
		"its my need want do does yo necesito quiero quisiera puede "
		"pueden tengo es mi estoy";
	static const char tells[] =
		"street avenue road lane drive boulevard court place way today "
		"tomorrow monday tuesday wednesday thursday friday saturday "
		"sunday calle avenida hoy manana lunes martes miercoles jueves "
		"viernes sabado domingo";
	size_t parts = t->n > 0;
	bool told = false;

	for (size_t i = 0; i < t->n; i++) {
		parts += i && nlu_stop(t, i);
		told |= nlu_in(t, i, tells);
		if (nlu_in(t, i, sentence))
			return false;
	}
	return told && parts >= 3;
}

bool nlu_name_listed(struct nlu_name *out, const struct nlu_text *t, bool asked)
{
	struct writer w = {out->full, 0, sizeof(out->full)};
	size_t n, before = t->n, taken;

	*out = (struct nlu_name){{0}, {0}};
	for (size_t i = 0; is_list(t) && i < t->n; before = i, i += n) {
		/* "12 Elm Street, Oak Hollow" */
		bool city = !asked && before < t->n &&
			    (t->v[before].num >= 0 ||
			     nlu_in(t, before, "calle avenida"));

		for (n = 1; i + n < t->n && !nlu_stop(t, i + n);)
			n++;
		w.n = 0;
		for (taken = 0; taken < n && listed_word(t, i + taken); taken++)
			put_word(&w, t->v[i + taken].raw,
				 t->v[i + taken].sep == '-' ? '-' : ' ');
		if (taken < n || n < 2 || n > 3 || city)
			continue;
		set_first(out);
		return true;
	}
	out->full[0] = '\0';
	return false;
}

/* "Siobhan is spelled …" tells the name only. */
static bool is_sentence(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_in(t, i,
			   "is are was were has have isnt doesnt needs broke "
			   "stopped") &&
		    !nlu_match_at(t, i, "is spelled|with"))
			return true;
	}
	return false;
}

bool nlu_name(struct nlu_name *out, const struct nlu_text *t, struct sv known,
	      bool asked)
{
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

		if (nlu_match(t, intro[k], &at, &len) &&
		    !wants_call(t, at, known))
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
		    words_from(t, at + len) <= NAME_WORDS &&
		    !(names_before(t, at) &&
		      nlu_spelled_at(t, at + len, letters, sizeof(letters))))
			found = collect(out, t, at + len, known, true);
	}
	for (size_t k = 0; !found && k < ARRAY_LEN(i_am); k++)
		found = nlu_match(t, i_am[k], &at, &len) &&
			collect(out, t, at + len, known, false);
	if (!found)
		found = before(out, t, known);
	/* a bare name is short and no sentence follows it */
	if (!found && asked && (words_from(t, i) <= 5 || cased(&t->v[i])))
		found = collect(out, t, i, known, true) && !is_sentence(t);
	if (found)
		set_first(out);
	return found;
}
