#include "dialog/es.h"

#include <stdlib.h>

/* Words of names that many things share: they only break a tie. */
static const char hints[] =
	"repair repairs service services servicing cleaning clean installation "
	"install replacement replace maintenance inspection check checkup tune "
	"up tuneup visit appointment help emergency the and of or a new "
	"reparacion arreglo servicio limpieza instalacion mantenimiento "
	"revision cambio visita cita de del la el los las y o para nueva nuevo";

/* Said instead of a hint. */
static const struct {
	const char *hint, *words;
} like_hint[] = {
	{"repair", "repair repaired fix fixed broken broke leaking leak "
		   "noise works working stopped died wrong problem issue"},
	{"installation", "install installed installation new put"},
	{"replacement", "replace replaced replacement new"},
	{"cleaning", "clean cleaned cleaning clogged blocked dirty slow "
		     "backed"},
	{"maintenance", "maintenance checkup tuneup tune service serviced "
			"yearly annual"},
	{"inspection", "inspection inspect inspected look check checked"},
};

int nlu_terms_add(struct nlu_terms *ts, unsigned item, struct sv phrase,
		  unsigned weight)
{
	struct nlu_text t;
	struct nlu_term *term;

	nlu_split(&t, phrase);
	if (!t.n || t.n > NLU_TERM_WORDS || item >= NLU_ITEMS)
		return 0;
	if (ts->n == ts->cap) {
		size_t cap = ts->cap ? ts->cap * 2 : 32;
		struct nlu_term *v = realloc(ts->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		ts->v = v;
		ts->cap = cap;
	}
	term = &ts->v[ts->n];
	*term = (struct nlu_term){.n = (unsigned char)t.n,
				  .item = (unsigned char)item,
				  .weight = (unsigned char)weight};
	for (size_t i = 0; i < t.n; i++) {
		struct nlu_term_word *w = &term->w[i];

		if (sv_copy(w->w, sizeof(w->w), t.v[i].w))
			return 0;
		w->len = (unsigned char)t.v[i].w.len;
		w->stem = (unsigned char)nlu_stem(t.v[i].w).len;
		w->stem_es = (unsigned char)es_stem(t.v[i].w).len;
		w->sound = nlu_sound(t.v[i].w);
	}
	ts->n++;
	return 0;
}

static int add_hint(struct nlu_terms *ts, unsigned item, struct sv word)
{
	int err = nlu_terms_add(ts, item, word, NLU_WEIGHT_HINT);

	for (size_t k = 0; !err && k < ARRAY_LEN(like_hint); k++) {
		const char *p = like_hint[k].words;

		if (!sv_same(nlu_stem(word),
			     nlu_stem(sv_str(like_hint[k].hint))))
			continue;
		while (!err && *p) {
			size_t n = strcspn(p, " ");

			err = nlu_terms_add(ts, item, (struct sv){p, n},
					    NLU_WEIGHT_HINT);
			p += n + (p[n] == ' ');
		}
	}
	return err;
}

int nlu_terms_name(struct nlu_terms *ts, unsigned item, struct sv name)
{
	struct nlu_text t;
	struct sv run = {NULL, 0};
	int err = nlu_terms_add(ts, item, name, NLU_WEIGHT_NAME);

	nlu_split(&t, name);
	/* "water heater repair": "water heater" and the hint "repair" */
	for (size_t i = 0; !err && i <= t.n; i++) {
		bool hint = i == t.n || nlu_sv_in(t.v[i].w, hints);

		if (!hint) {
			run.p = run.len ? run.p : t.v[i].raw.p;
			run.len =
				(size_t)(t.v[i].raw.p + t.v[i].raw.len - run.p);
			continue;
		}
		if (run.len)
			err = nlu_terms_add(ts, item, run, NLU_WEIGHT_WORD);
		if (!err && i < t.n)
			err = add_hint(ts, item, t.v[i].w);
		run.len = 0;
	}
	return err;
}

void nlu_terms_fini(struct nlu_terms *ts)
{
	free(ts->v);
	*ts = (struct nlu_terms){0};
}

/* An utterance whose words' stems and sounds are looked up but once. */
struct hearing {
	const struct nlu_text *t;
	struct {
		struct sv stem;
		struct nlu_sound sound;
	} v[NLU_WORDS];
};

static void hear(struct hearing *h, const struct nlu_text *t)
{
	h->t = t;
	for (size_t i = 0; i < t->n; i++) {
		h->v[i].stem = t->lang == NLU_ES ? es_stem(t->v[i].w)
						 : nlu_stem(t->v[i].w);
		h->v[i].sound = nlu_sound(t->v[i].w);
	}
}

/* 4 the word itself, 3 the same stem, 2 the same sound, 0 another word. */
static unsigned word_fits(const struct hearing *h, size_t i,
			  const struct nlu_term_word *term)
{
	struct sv heard, w = {term->w, term->len};
	size_t stem = h->t->lang == NLU_ES ? term->stem_es : term->stem;

	if (i >= h->t->n)
		return 0;
	heard = h->t->v[i].w;
	if (sv_same(heard, w))
		return 4;
	if (w.len >= 4 && stem == h->v[i].stem.len &&
	    !memcmp(h->v[i].stem.p, w.p, stem))
		return 3;
	if (w.len < 5 ||
	    !nlu_sounds_same(heard, &h->v[i].sound, w, &term->sound))
		return 0;
	return nlu_is_everyday(heard) ? 0 : 2;
}

/* "fur nace": words i and i + 1 are one word of the term. */
static bool pair_fits(const struct hearing *h, size_t i,
		      const struct nlu_term_word *term)
{
	const struct nlu_word *v = h->t->v;
	struct sv pair, w = {term->w, term->len};

	/* the bytes of words lie one behind the other */
	if (w.len < 6 || i + 1 >= h->t->n || v[i + 1].sep != ' ' ||
	    v[i + 1].w.p != v[i].w.p + v[i].w.len)
		return false;
	pair = (struct sv){v[i].w.p, v[i].w.len + v[i + 1].w.len};
	return pair.len + 1 >= w.len && pair.len <= w.len + 2 &&
	       !memcmp(pair.p, w.p, 2) && nlu_distance(pair, w) <= 2 &&
	       nlu_sounds_like(pair, w);
}

/* "waterheater" for "water heater". */
static bool is_joined(struct sv w, const struct nlu_term *term)
{
	const struct nlu_term_word *a = &term->w[0], *b = &term->w[1];

	return term->n == 2 && w.len == (size_t)a->len + b->len &&
	       !memcmp(w.p, a->w, a->len) &&
	       !memcmp(w.p + a->len, b->w, b->len);
}

/* Words used by term at word i, and how well it fits. */
static size_t term_at(const struct nlu_term *term, const struct hearing *h,
		      size_t i, unsigned *fit)
{
	size_t from = i;

	*fit = 4;
	if (is_joined(h->t->v[i].w, term)) {
		*fit = 3;
		return 1;
	}
	for (size_t k = 0; k < term->n; k++) {
		unsigned f = word_fits(h, i, &term->w[k]);

		if (!f && pair_fits(h, i, &term->w[k])) {
			f = 2;
			i++;
		}
		if (!f)
			return 0;
		*fit = MIN(*fit, f);
		i++;
	}
	return i - from;
}

/* A stop between the words from and to. */
static bool apart(const struct nlu_text *t, size_t from, size_t to)
{
	for (size_t k = from + 1; k <= to && k < t->n; k++) {
		if (t->v[k].sep != ' ' && t->v[k].sep != '-')
			return true;
	}
	return false;
}

/* "Cancel the manicure but keep the haircut": word i is what stays. */
static bool stays(const struct nlu_text *t, size_t i)
{
	static const char *const cancels[] = {
		"cancel|canceling|cancelling|move|moving|reschedule|drop|skip",
		"cancele|cancelen|cancelar|cancela|anule|anular|mueva|mover",
	};
	static const char *const cues[] = {
		"keep|keeping|leave|except|besides the|my|our|a|an|that",
		"still want|need|like|take|do|have|come|coming|keep in|for? "
		"the|my|our|a|an",
		"mantener|mantenga|mantengan|dejar|deje|dejen|conservar|"
		"conserve|quedarme|menos|excepto con? el|la|los|las|mi|un|una",
		"pero|y? no el|la|los|las|mi|un|una",
	};
	bool is = false;

	for (size_t k = 0; k < ARRAY_LEN(cancels); k++)
		is |= nlu_match(t, cancels[k], NULL, NULL);
	for (size_t c = 0; is && c < ARRAY_LEN(cues); c++) {
		for (size_t k = i > 5 ? i - 5 : 0; k < i; k++) {
			size_t n = nlu_match_at(t, k, cues[c]);

			if (n && k + n - 1 == i && t->v[i].sep == ' ')
				return true;
		}
	}
	return false;
}

static bool denied(const struct nlu_text *t, size_t i)
{
	if (stays(t, i))
		return true;
	/* "give me a break" */
	if (i >= 2 && nlu_match_at(t, i - 2, "me|us a break"))
		return true;
	/* "not the furnace"; but "not heating" is what is wrong with it */
	for (size_t k = i > 3 ? i - 3 : 0; k + 1 < i; k++) {
		if (nlu_in(t, k, "not isnt wasnt") && t->v[i].sep == ' ' &&
		    nlu_in(t, k + 1, "the my a an our about for"))
			return true;
	}
	/* "I don't need a furnace repair": the thing is behind an article */
	for (size_t k = i > 5 ? i - 5 : 0; k + 1 < i; k++) {
		if (k && t->v[k].sep != ' ')
			continue;
		if (nlu_match_at(t, k,
				 "dont|not|didnt|no need|want|mean|looking|ask|"
				 "asked|say|said|calling for|about? "
				 "a|an|the|my|any|your|"
				 "another") &&
		    !apart(t, k, i))
			return true;
	}
	return false;
}

/* Adds what the longest terms at i say, once for each item. */
static void count(const struct nlu_terms *ts, const struct hearing *h, size_t i,
		  size_t longest, unsigned *score, uint32_t *sure)
{
	unsigned best[NLU_ITEMS] = {0};

	for (size_t k = 0; k < ts->n; k++) {
		const struct nlu_term *m = &ts->v[k];
		unsigned fit;

		if (term_at(m, h, i, &fit) != longest ||
		    (m->weight > NLU_WEIGHT_HINT && denied(h->t, i)))
			continue;
		best[m->item] =
			MAX(best[m->item], (unsigned)longest * m->weight * fit);
		if (m->weight > NLU_WEIGHT_HINT)
			*sure |= 1u << m->item;
	}
	for (size_t k = 0; k < NLU_ITEMS; k++)
		score[k] += best[k];
}

/* The longest term at i: words, and the items it speaks for. */
static size_t longest_at(const struct nlu_terms *ts, const struct hearing *h,
			 size_t i)
{
	size_t longest = 0;

	for (size_t k = 0; k < ts->n; k++) {
		unsigned fit;
		size_t n = term_at(&ts->v[k], h, i, &fit);

		longest = MAX(longest, n);
	}
	return longest;
}

/* What the words from … to - 1 are about, added up. */
static uint32_t find_in(const struct nlu_terms *ts, const struct hearing *h,
			size_t from, size_t to)
{
	unsigned score[NLU_ITEMS] = {0}, best = 0;
	uint32_t sure = 0, found = 0;

	while (from < to) {
		size_t longest = longest_at(ts, h, from);

		if (longest)
			count(ts, h, from, longest, score, &sure);
		from += longest ? longest : 1;
	}
	for (unsigned k = 0; k < NLU_ITEMS; k++) {
		if ((sure & 1u << k) && score[k] > best)
			best = score[k];
	}
	for (unsigned k = 0; best && k < NLU_ITEMS; k++) {
		if ((sure & 1u << k) && score[k] == best)
			found |= 1u << k;
	}
	return found;
}

/* Items whose longer terms have word i: a "heater" may be the water heater. */
static uint32_t part_of(const struct nlu_terms *ts, const struct hearing *h,
			size_t i)
{
	uint32_t bits = 0;

	for (size_t k = 0; k < ts->n; k++) {
		for (size_t w = 0; w < ts->v[k].n; w++) {
			if (ts->v[k].weight > NLU_WEIGHT_HINT &&
			    word_fits(h, i, &ts->v[k].w[w]))
				bits |= 1u << ts->v[k].item;
		}
	}
	return bits;
}

/* What is done or happens, not what is wanted: "clogged", "tapado". */
static bool is_doing(const struct nlu_text *t, size_t i)
{
	static const char *const ends[NLU_ES + 1][8] = {
		[NLU_EN] = {"ing", "ed"},
		[NLU_ES] = {"ado", "ada", "ido", "ida", "ando", "endo", "ados",
			    "idos"},
	};
	struct sv w = t->v[i].w;

	for (size_t k = 0; k < 8 && ends[t->lang][k]; k++) {
		size_t n = strlen(ends[t->lang][k]);

		if (w.len > 4 && !memcmp(w.p + w.len - n, ends[t->lang][k], n))
			return true;
	}
	return t->lang == NLU_ES &&
	       nlu_in(t, i,
		      "gotea gotean chilla chillan rechina rechinan suena "
		      "suenan huele prende arranca enciende enfria calienta "
		      "sale tira pierde falla vibra");
}

/* "and a drain", "The furnace": a thing of its own, not "clogged". */
static bool is_named(const struct nlu_text *t, size_t i)
{
	static const char *const articles[] = {
		[NLU_EN] = "the my our a an new old other another",
		[NLU_ES] = "el la los las mi mis un una otro otra"};
	static const char *const whose[] = {
		[NLU_EN] = "the my our", [NLU_ES] = "el la los las mi mis"};
	static const char *const with[] = {
		[NLU_EN] = "in on at of from by under near behind to "
			   "with for into through around inside",
		[NLU_ES] = "en de del a al con por para sin sobre bajo desde"};
	static const char *const joins[] = {
		[NLU_EN] = "and or also plus both",
		[NLU_ES] = "y e o u tambien ademas mas"};
	size_t word = i;
	bool ours = false, any = false, mark = t->v[i].sep == '.';

	while (i && nlu_in(t, i - 1, articles[t->lang])) {
		ours |= nlu_in(t, i - 1, whose[t->lang]);
		any = true;
		i--;
		mark |= t->v[i].sep == '.';
	}
	if (i && nlu_in(t, i - 1, with[t->lang]))
		return false;
	if (ours && t->lang == NLU_EN)
		return true;
	if (!mark && !(i && nlu_in(t, i - 1, joins[t->lang])))
		return false;
	return any || !is_doing(t, word);
}

/* Two things named apart are both found, however often each is. */
static uint32_t find_apart(const struct nlu_terms *ts, const struct hearing *h,
			   size_t from, size_t to)
{
	uint32_t found = 0, before = 0;
	size_t begin = from, n;

	for (size_t i = from; i < to; i += n ? n : 1) {
		unsigned score[NLU_ITEMS] = {0};
		uint32_t sure = 0;

		n = longest_at(ts, h, i);
		if (n)
			count(ts, h, i, n, score, &sure);
		if (!sure)
			continue;
		if (before && is_named(h->t, i) &&
		    !(before & (sure | part_of(ts, h, i)))) {
			found |= find_in(ts, h, begin, i);
			begin = i;
		}
		before |= sure;
	}
	return found | find_in(ts, h, begin, to);
}

/* Words that take back what was said before them. */
static bool corrects(const struct nlu_text *t, size_t i)
{
	static const char *const cues[] = {
		"no|oh|uh|um wait",   "sorry|actually|correction",
		"i mean|meant",	      "no * its|it|thats is?",
		"no the|my|our|a|an",
	};

	if (nlu_is(t, i, "wait"))
		return !i || !nlu_in(t, i - 1, "cant cannot not to can long");
	for (size_t k = 0; k < ARRAY_LEN(cues); k++) {
		if (nlu_match_at(t, i, cues[k]))
			return true;
	}
	return false;
}

uint32_t nlu_terms_find(const struct nlu_terms *ts, const struct nlu_text *t)
{
	struct hearing h;

	hear(&h, t);
	for (size_t i = t->n; i-- > 1;) {
		uint32_t then, now;

		if (!corrects(t, i))
			continue;
		then = find_apart(ts, &h, 0, i);
		now = then ? find_apart(ts, &h, i, t->n) : 0;
		if (now)
			return now & then ? now & then : now;
	}
	return find_apart(ts, &h, 0, t->n);
}

/* "Not a cleaning", "no quiero una limpieza": word i is not wanted. */
static bool refused(const struct nlu_text *t, size_t i)
{
	static const char *const cues[] = {
		[NLU_EN] =
			"not|isnt|wasnt|dont|didnt|never need|want|mean|ask|"
			"asked|say|said|called|calling|looking for|about|to? "
			"have|get? a|an|the|my|any|your?",
		[NLU_ES] = "no quiero|quise|quisiera|necesito|pedi|dije|dijo|"
			   "busco|llamo|era|es|para|por? para|por|hacerme? "
			   "un|una|el|la|los|las|mi|ningun|ninguna|de?",
	};

	for (size_t k = i > 7 ? i - 7 : 0; k < i; k++) {
		size_t n = nlu_match_at(t, k, cues[t->lang]);

		if (n > 1 && k + n - 1 == i && !apart(t, k, i))
			return true;
	}
	/* "not a cleaning": the article makes it a thing */
	for (size_t k = i > 3 ? i - 3 : 0; k < i; k++) {
		size_t n = nlu_match_at(t, k,
					t->lang == NLU_ES
						? "no no un|una|el|la|los|las"
						: "not a|an|the|my|any");

		if (n && k + n - 1 == i && !apart(t, k, i))
			return true;
	}
	return false;
}

uint32_t nlu_terms_refused(const struct nlu_terms *ts, const struct nlu_text *t)
{
	struct hearing h;
	uint32_t bits = 0;

	hear(&h, t);
	for (size_t i = 1; i < t->n; i++) {
		size_t longest = refused(t, i) ? longest_at(ts, &h, i) : 0;

		for (size_t k = 0; longest && k < ts->n; k++) {
			unsigned fit;

			/* "not the cleaning on Friday": the day is not */
			if (ts->v[k].weight > NLU_WEIGHT_HINT &&
			    term_at(&ts->v[k], &h, i, &fit) == longest &&
			    !nlu_in(t, i + longest,
				    "on at until before that this today "
				    "tomorrow el este para hoy manana"))
				bits |= 1u << ts->v[k].item;
		}
	}
	return bits;
}
