#include "speech/local/recog.h"

#include <stdio.h>
#include <stdlib.h>

#include "speech/local/hints.h"
#include "speech/local/up.h"

static const float accept_list = -1.0f;
static const float accept_free = -0.5f;
static const float bias_per_char = 0.6f;

/* Spanish: a free text, and one of two letters. */
static const float accept_free_es = -0.35f, accept_short_es = -0.7f;
static const float probe_clear = 0.3f;

/* Spanish is expected and only English can be read: it invents, too. */
static const float accept_deaf = -0.35f;

/* Other readings: so much less likely than the best, and good by themselves. */
static const float others_within = 4;
static const float other_free = -0.7f, other_list = -1.2f;

/* A phrase that may end the caller's turn early. */
static const float accept_early = -0.5f;

/* A sequence of words that needs no second look; one that yields to it. */
static const float sure_words = -0.6f, plain_worse = 0.3f;
static const float other_plain = -1.6f;

/* What may be danger: how bad it may be, how much worse than the free text. */
static const float alarm_score = -2, alarm_gap = 1.1f;

enum { BEAM = 4, PLAIN_BEAM = 12, PROBE_TOKENS = 3, SURE_MS = 1500 };

/* What a free text needs to replace a phrase, or a sequence of words. */
enum { MORE_WORDS = 2 };
static const float better_than_phrase = 0.1f, better_than_words = 0.3f;
static const float better_than_alike = 0.8f;

/* How much short texts must sound alike to speak for each other. */
static const float alike = 0.7f;
enum { SHORT_WORDS = 10 };

/*
 * A list's text below its gate: how bad it may be, how much better the free
 * text, how alike. The shorter ones are too easily invented.
 */
static const struct {
	float score, gap, alike;
} doubtful[] = {{-1.6f, 0.5f, 0.65f}, {-1.6f, 0.9f, 0.9f}};
enum { DOUBT_LETTERS = 6 };

/* A free text below its gate that holds a listed phrase. */
static const float accept_named = -0.75f;
enum { NAMED_LETTERS = 5 };

static int count_words(const char *fold)
{
	int words = *fold != '\0';

	for (; *fold; fold++)
		words += *fold == ' ';
	return words;
}

bool recog_prefers_free(enum trie_kind kind, struct sv list, float list_score,
			struct sv open, float open_score)
{
	char a[MOONSHINE_TEXT_MAX], b[MOONSHINE_TEXT_MAX];

	vocab_fold_text(a, sizeof(a), list);
	vocab_fold_text(b, sizeof(b), open);
	if (kind != TRIE_ONE) {
		bool same = count_words(a) <= SHORT_WORDS &&
			    hints_alike(list, open) >= alike;

		return strcmp(a, b) &&
		       open_score > list_score + (same ? better_than_alike
						       : better_than_words);
	}
	return open_score > list_score + better_than_phrase &&
	       count_words(b) >= count_words(a) + MORE_WORDS;
}

enum { KINDS = TRIE_ALARM + 1 };

/* One model's view of an utterance. */
struct reading {
	enum recog_lang lang;
	struct moonshine_utt *utt;
	struct moonshine_text open;	   /* decoded freely */
	struct moonshine_text list[KINDS]; /* against phrases, words, … */
	bool has_list[KINDS];
	bool open_ok;
	int from;    /* index of the list that won; -1: none */
	float probe; /* score of the first tokens */
};

static float gate_free(enum recog_lang lang)
{
	return lang == RECOG_ES ? accept_free_es : accept_free;
}

static bool ended(const struct moonshine_text *t, float accept)
{
	return t->tokens && t->stop == SEARCH_END && t->score >= accept;
}

/* One of lines, long enough to mean something, stands in a folded text. */
static bool names_any(const char *fold, struct sv lines)
{
	char padded[MOONSHINE_TEXT_MAX + 2], name[256];

	snprintf(padded, sizeof(padded), " %s ", fold);
	while (lines.len) {
		const char *nl = memchr(lines.p, '\n', lines.len);
		size_t len = nl ? (size_t)(nl - lines.p) : lines.len, n;

		name[0] = ' ';
		n = 1 + vocab_fold_text(name + 1, sizeof(name) - 2,
					(struct sv){lines.p, len});
		name[n] = ' ';
		name[n + 1] = '\0';
		if (n > NAMED_LETTERS && strstr(padded, name))
			return true;
		len += nl != NULL;
		lines = (struct sv){lines.p + len, lines.len - len};
	}
	return false;
}

static bool free_ok(const struct reading *r, const struct recog_prm *prm)
{
	char fold[MOONSHINE_TEXT_MAX];

	if (prm->lists == RECOG_ES && !prm->spanish)
		return ended(&r->open, accept_deaf);
	if (ended(&r->open, gate_free(r->lang)))
		return true;
	if (r->lang != RECOG_EN || !ended(&r->open, accept_named))
		return false;
	vocab_fold_text(fold, sizeof(fold), sv_str(r->open.text));
	return names_any(fold, prm->bias);
}

static int decode_free(struct reading *r, const struct recog_prm *prm)
{
	struct trie *bias;
	int err = trie_new(&bias, prm->bias, TRIE_ONE);

	if (err)
		return err;
	err = moonshine_decode(&r->open, r->utt,
			       &(struct moonshine_prm){
				       .bias = bias,
				       .bonus = bias_per_char,
				       .beam = BEAM,
				       .others = others_within,
				       .cancel = prm->cancel,
			       });
	trie_free(bias);
	r->open_ok = !err && free_ok(r, prm);
	return err;
}

/* A short word that stands for a whole answer is invented easily. */
static bool too_short(const struct reading *r, const struct moonshine_text *t)
{
	char fold[8];

	return r->lang == RECOG_ES && t->score < accept_short_es &&
	       vocab_fold_text(fold, sizeof(fold), sv_str(t->text)) <= 2;
}

/* By its own score, or because the free text sounds like it. */
static bool list_ok(const struct reading *r, const struct moonshine_text *t)
{
	struct sv text = sv_str(t->text), open = sv_str(r->open.text);
	float gap = r->open.score - t->score, like;
	char fold[DOUBT_LETTERS + 1];

	if (ended(t, accept_list))
		return true;
	if (r->lang != RECOG_EN || r->open.stop != SEARCH_END ||
	    vocab_fold_text(fold, sizeof(fold), text) < DOUBT_LETTERS)
		return false;
	like = hints_alike(text, open);
	for (size_t i = 0; i < ARRAY_LEN(doubtful); i++)
		if (ended(t, doubtful[i].score) && gap <= doubtful[i].gap &&
		    like >= doubtful[i].alike)
			return true;
	return false;
}

/* Keeps the list's text when it is the best one accepted. */
static int try_list(struct reading *r, const struct recog_prm *prm,
		    struct sv lines, enum trie_kind kind)
{
	struct moonshine_text *t = &r->list[kind];
	const bool plain = kind == TRIE_PLAIN;
	struct trie *list;
	int err = trie_new(&list, lines, kind);

	if (err || !list)
		return err;
	if (ended(&r->open, accept_list) &&
	    trie_holds(list, sv_str(r->open.text)))
		*t = r->open; /* the list would only find it again */
	else
		err = moonshine_decode(
			t, r->utt,
			&(struct moonshine_prm){
				.must = list,
				.beam = plain ? PLAIN_BEAM : BEAM,
				.mean = plain,
				.accept = doubtful[0].score,
				.others = others_within,
				.cancel = prm->cancel,
			});
	trie_free(list);
	if (err)
		return err;
	r->has_list[kind] = t->stop == SEARCH_END;
	if (!list_ok(r, t) || too_short(r, t))
		return 0;
	if (r->open_ok &&
	    recog_prefers_free(kind, sv_str(t->text), t->score,
			       sv_str(r->open.text), r->open.score))
		return 0;
	if (r->from < 0 ||
	    t->score > r->list[r->from].score - (plain ? plain_worse : 0))
		r->from = (int)kind;
	return 0;
}

/* What a list has for sure is not looked at for danger. */
static bool needs_last_look(const struct reading *r)
{
	return r->from < 0 || r->list[r->from].score < sure_words;
}

static int try_alarm(struct reading *r, const struct recog_prm *prm)
{
	struct moonshine_text *t = &r->list[TRIE_ALARM];
	struct trie *list;
	int err = trie_new(&list, prm->phrases, TRIE_ALARM);

	if (err || !list)
		return err;
	err = moonshine_decode(t, r->utt,
			       &(struct moonshine_prm){
				       .must = list,
				       .beam = PLAIN_BEAM,
				       .mean = true,
				       .accept = alarm_score,
				       .cancel = prm->cancel,
			       });
	trie_free(list);
	r->has_list[TRIE_ALARM] = !err && ended(t, alarm_score) &&
				  t->score > r->open.score - alarm_gap;
	return err;
}

/* Words that noise put together are many: what is said most comes before. */
static bool needs_second_look(const struct reading *r)
{
	return r->from < 0 ||
	       (r->from == TRIE_LOOP && r->list[TRIE_LOOP].score < sure_words);
}

/* Lists are written in one language; the other model has no use for them. */
static int read_all(struct reading *r, const struct recog_prm *prm)
{
	bool lists = r->lang == (prm->lists ? prm->lists : RECOG_EN);
	int err = decode_free(r, prm);

	r->from = -1;
	if (!err && lists)
		err = try_list(r, prm, prm->phrases, TRIE_ONE);
	if (!err && lists)
		err = try_list(r, prm, prm->words, TRIE_LOOP);
	if (!err && lists && needs_second_look(r))
		err = try_list(r, prm, prm->words, TRIE_PLAIN);
	if (!err && lists && needs_last_look(r))
		err = try_alarm(r, prm);
	return err;
}

/* ---- the text and the others --------------------------------------------- */

struct alts {
	struct recog_text *out;
	char fold[RECOG_ALTS_MAX + 1][MOONSHINE_OTHER_MAX];
	int n; /* with the text itself */
	size_t len;
};

/* False when the same words are there already. */
static bool alt_new(struct alts *a, const char *text)
{
	char *fold = a->fold[a->n];

	if (!vocab_fold_text(fold, sizeof(a->fold[0]), sv_str(text)))
		return false;
	for (int i = 0; i < a->n; i++)
		if (!strcmp(a->fold[i], fold))
			return false;
	a->n++;
	return true;
}

static void alt_add(struct alts *a, const char *text)
{
	size_t n = strlen(text);

	if (a->n > RECOG_ALTS_MAX || n >= MOONSHINE_OTHER_MAX ||
	    a->len + n + 2 > sizeof(a->out->alts) || !alt_new(a, text))
		return;
	if (a->len)
		a->out->alts[a->len++] = '\n';
	memcpy(a->out->alts + a->len, text, n);
	a->len += n;
	a->out->alts[a->len] = '\0';
}

/* What is to be asked is marked, and is there beside RECOG_ALTS_MAX others. */
static void alt_doubt(struct alts *a, const char *text)
{
	size_t size = sizeof(a->out->alts);

	if (strlen(text) + 2 < MOONSHINE_OTHER_MAX)
		a->len = (size_t)snprintf(a->out->alts, size, "?%s", text);
}

/* The others of one decoding, as far as they are good enough by themselves. */
static void alt_others(struct alts *a, const struct moonshine_text *t,
		       float accept)
{
	for (int i = 0; i < t->nothers; i++)
		if (t->other[i].score >= accept)
			alt_add(a, t->other[i].text);
}

/*
 * Best first: the runner-up of another kind is a better second guess than
 * what differs from the text in one word.
 */
static void take_alts(struct recog_text *out, const struct reading *r)
{
	const struct {
		int kind;
		float accept;
	} from[] = {{TRIE_PLAIN, other_plain},
		    {TRIE_ONE, other_list},
		    {TRIE_LOOP, other_list}};
	struct alts a = {.out = out};

	alt_new(&a, out->text);
	if (r->has_list[TRIE_ALARM])
		alt_doubt(&a, r->list[TRIE_ALARM].text);
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (from[i].kind != r->from && r->has_list[from[i].kind] &&
		    r->list[from[i].kind].score >= from[i].accept)
			alt_add(&a, r->list[from[i].kind].text);
	if (ended(&r->open, other_free))
		alt_add(&a, r->open.text);
	if (r->from >= 0)
		alt_others(&a, &r->list[r->from], other_list);
	alt_others(&a, &r->open, other_free);
}

static const struct moonshine_text *winner(const struct reading *r)
{
	return r->from < 0 ? &r->open : &r->list[r->from];
}

/* Invented from noise, or not enough to go by. */
static bool never(const struct reading *r)
{
	static const char *const words[] = {"gracias", "muchas gracias"};
	char fold[32];

	if (r->lang != RECOG_ES || r->from >= 0)
		return false;
	vocab_fold_text(fold, sizeof(fold), sv_str(r->open.text));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(fold, words[i]))
			return true;
	return too_short(r, &r->open);
}

static bool accepted(const struct reading *r)
{
	return r->from >= 0 || (r->open_ok && !never(r));
}

/*
 * True when the text cannot well be the beginning of what the caller wants
 * to say: no longer phrase is nearly as likely, and the free text, which
 * may hold more, says the same and does not end in a comma.
 */
static bool complete(const struct reading *r)
{
	const struct moonshine_text *t = &r->list[TRIE_ONE];
	char a[MOONSHINE_TEXT_MAX], b[MOONSHINE_TEXT_MAX];
	size_t n, len = strlen(r->open.text);

	if (r->from != TRIE_ONE || t->score < accept_early)
		return false;
	n = vocab_fold_text(a, sizeof(a), sv_str(t->text));
	for (int i = 0; i < t->nothers; i++) {
		vocab_fold_text(b, sizeof(b), sv_str(t->other[i].text));
		if (!strncmp(a, b, n) && b[n] == ' ')
			return false;
	}
	vocab_fold_text(b, sizeof(b), sv_str(r->open.text));
	return !strcmp(a, b) && len && !strchr(",-", r->open.text[len - 1]);
}

static void take(struct recog_text *out, const struct reading *r)
{
	const struct moonshine_text *t = winner(r);

	memcpy(out->text, t->text, sizeof(out->text));
	out->score = t->score;
	out->lang = r->lang;
	out->source = r->from >= 0  ? SPEECH_LIST
		      : accepted(r) ? SPEECH_FREE
				    : SPEECH_NONE;
	out->complete = complete(r);
	take_alts(out, r);
}

/* ---- two languages ------------------------------------------------------- */

struct both {
	const struct recog_prm *prm;
	const float *wide;
	size_t n;
	struct moonshine *model[RECOG_ES + 1];
	struct reading r[RECOG_ES + 1];
	bool done[RECOG_ES + 1]; /* read_all() was called */
};

static int encode(struct both *b, enum recog_lang lang)
{
	struct reading *r = &b->r[lang];

	r->lang = lang;
	return r->utt ? 0
		      : moonshine_encode(&r->utt, b->model[lang], b->wide,
					 b->n);
}

static int probe(struct both *b, enum recog_lang lang)
{
	struct moonshine_text first = {.score = 0};
	int err = encode(b, lang);

	if (!err)
		err = moonshine_decode(&first, b->r[lang].utt,
				       &(struct moonshine_prm){
					       .beam = 1,
					       .limit = PROBE_TOKENS,
					       .cancel = b->prm->cancel,
				       });
	if (!err)
		b->r[lang].probe = first.score;
	return err;
}

static int read_lang(struct both *b, enum recog_lang lang)
{
	int err = b->done[lang] ? 0 : encode(b, lang);

	if (!err && !b->done[lang])
		err = read_all(&b->r[lang], b->prm);
	b->done[lang] = true;
	return err;
}

/* Whose language it clearly is by its first tokens; ANY: not clear. */
static int by_probe(struct both *b, enum recog_lang *lang)
{
	int err = probe(b, RECOG_EN);
	float diff;

	if (!err)
		err = probe(b, RECOG_ES);
	if (err)
		return err;
	diff = b->r[RECOG_ES].probe - b->r[RECOG_EN].probe;
	*lang = diff >= probe_clear    ? RECOG_ES
		: diff <= -probe_clear ? RECOG_EN
				       : RECOG_ANY;
	return 0;
}

/* Both have read it: Spanish must be better, a list's text is better. */
static enum recog_lang better(struct both *b)
{
	const struct reading *en = &b->r[RECOG_EN], *es = &b->r[RECOG_ES];
	bool list_en = en->from >= 0, list_es = es->from >= 0;

	if (list_en != list_es)
		return list_es ? RECOG_ES : RECOG_EN;
	if (accepted(en) && accepted(es))
		return es->open.score > en->open.score ? RECOG_ES : RECOG_EN;
	if (accepted(es))
		return RECOG_ES;
	return accepted(en) || b->prm->lists != RECOG_ES ? RECOG_EN : RECOG_ES;
}

static enum recog_lang other(enum recog_lang lang)
{
	return lang == RECOG_EN ? RECOG_ES : RECOG_EN;
}

/*
 * The language that reads it, with *clear when the first tokens say so. One
 * that is known keeps the utterance unless it fails there.
 */
static int choose(struct both *b, enum recog_lang *lang, bool *clear)
{
	enum recog_lang known = b->prm->call, heard = RECOG_ANY;
	int err = 0;

	if (known)
		err = read_lang(b, known);
	if (err || (known && accepted(&b->r[known]))) {
		*lang = known;
		return err;
	}
	err = by_probe(b, &heard);
	if (!err && heard && !known)
		err = read_lang(b, heard);
	if (err || (heard && !known && accepted(&b->r[heard]))) {
		*lang = heard;
		*clear = true;
		return err;
	}
	if (known && heard != other(known)) {
		*lang = known;
		return 0;
	}
	err = read_lang(b, RECOG_EN);
	if (!err)
		err = read_lang(b, RECOG_ES);
	*lang = better(b);
	*clear = heard == *lang;
	return err;
}

static int run_both(struct recog_text *out, struct both *b)
{
	enum recog_lang lang = RECOG_EN;
	bool clear = false;
	int err;

	if (b->model[RECOG_ES])
		err = choose(b, &lang, &clear);
	else
		err = read_lang(b, RECOG_EN);
	if (err)
		return err;
	out->no_speech = moonshine_no_speech(b->r[lang].utt);
	take(out, &b->r[lang]);
	out->sure = clear && out->source != SPEECH_NONE &&
		    b->prm->speech_ms >= SURE_MS;
	return 0;
}

int recog_run(struct recog_text *out, struct moonshine *m, const int16_t *pcm,
	      size_t n, const struct recog_prm *prm)
{
	struct both *b = calloc(1, sizeof(*b));
	float *wide = calloc(2 * n + 1, sizeof(*wide));
	int err = b && wide ? up_clip(wide, pcm, n) : -ENOMEM;

	*out = (struct recog_text){.source = SPEECH_NONE};
	if (!err) {
		b->prm = prm;
		b->wide = wide;
		b->n = 2 * n;
		b->model[RECOG_EN] = m;
		b->model[RECOG_ES] = prm->spanish;
		err = run_both(out, b);
		moonshine_utt_free(b->r[RECOG_EN].utt);
		moonshine_utt_free(b->r[RECOG_ES].utt);
	}
	free(wide);
	free(b);
	return err;
}
