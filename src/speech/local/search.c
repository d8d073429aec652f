#include "speech/local/search.h"

#include <math.h>
#include <stdlib.h>

enum {
	TOP_MAX = 40,
	MEAN_TOKENS = 10, /* a mean counts as a text of so many */
	MORE_STEPS = 3,	  /* behind the best text's end, for the others' */
};

/* One text. score decides in the beam: lp and the bonus of the bias. */
struct hyp {
	int token[SEARCH_TOKENS_MAX];
	int n;
	double lp, score;
	struct trie_pos must, bias;
};

/* A hyp with one token more. */
struct cand {
	double lp;    /* of the token */
	double score; /* of the text with it */
	int row, token;
	struct trie_pos must, bias;
};

struct search {
	struct search_prm prm;
	struct hyp beam[2][SEARCH_BEAM_MAX];
	int cur; /* which of the two is the beam */
	int rows, steps;
	struct cand cand[SEARCH_BEAM_MAX * TOP_MAX];
	int ncand;
	struct hyp done; /* best complete text */
	bool has_done;
	enum search_stop stop;
	struct hyp other[SEARCH_OTHERS_MAX]; /* complete, best first */
	int nothers;
	int more; /* steps made for the others alone */
};

int search_new(struct search **out, const struct search_prm *prm)
{
	struct search *s;

	if (prm->beam < 1 || prm->beam > SEARCH_BEAM_MAX || prm->limit < 1)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->prm = *prm;
	s->prm.limit = MIN(prm->limit, SEARCH_TOKENS_MAX - 1);
	s->rows = 1;
	trie_begin(&s->beam[0][0].must);
	trie_begin(&s->beam[0][0].bias);
	*out = s;
	return 0;
}

struct search *search_free(struct search *s)
{
	free(s);
	return NULL;
}

int search_rows(const struct search *s)
{
	return s->rows;
}

int search_token(const struct search *s, int row)
{
	const struct hyp *h = &s->beam[s->cur][row];

	return h->n ? h->token[h->n - 1] : VOCAB_BEGIN;
}

/* log of the sum of exp over all scores of a row. */
static double log_sum(const float *v)
{
	float max = v[0];
	double sum = 0;

	for (int i = 1; i < SEARCH_SCORES; i++)
		max = MAX(max, v[i]);
	for (int i = 0; i < SEARCH_SCORES; i++)
		sum += expf(v[i] - max);
	return max + log(sum);
}

/*
 * An empty text is never right for what the speech detector let through; the
 * model ends too early on many telephone numbers when it is allowed to.
 */
static bool allowed(const struct search *s, const struct hyp *h, int token)
{
	struct trie_pos to;

	if (token == VOCAB_END)
		return h->n &&
		       (!s->prm.must || trie_may_end(s->prm.must, &h->must));
	return vocab_allowed(s->prm.vocab, s->prm.lang, token) &&
	       (!s->prm.must ||
		trie_walk(s->prm.must, &h->must,
			  vocab_fold(s->prm.vocab, token), &to));
}

/* How many continuations of each text are looked at. */
static int top_size(const struct search_prm *p)
{
	if (p->bias) /* the bonus may lift one from far below */
		return 4 * p->beam + 24;
	return p->beam == 1 ? 1 : 2 * p->beam + 2;
}

static int top_tokens(const struct search *s, const struct hyp *h,
		      const float *v, int top[TOP_MAX])
{
	int max = top_size(&s->prm), n = 0, k;

	for (int i = VOCAB_END; i < VOCAB_N; i++) {
		/* cppcheck-suppress uninitvar */
		if (n && n == max && v[i] <= v[top[n - 1]])
			continue;
		if (!allowed(s, h, i))
			continue;
		k = n < max ? n++ : n - 1;
		for (; k && v[top[k - 1]] < v[i]; k--)
			top[k] = top[k - 1];
		top[k] = i;
	}
	return n;
}

static void add_cands(struct search *s, int row, const float *v)
{
	const struct search_prm *p = &s->prm;
	const struct hyp *h = &s->beam[s->cur][row];
	double sum = log_sum(v);
	int top[TOP_MAX], n = top_tokens(s, h, v, top);

	for (int i = 0; i < n; i++) {
		struct cand *c = &s->cand[s->ncand++];
		bool end = top[i] == VOCAB_END;
		const char *text = vocab_fold(p->vocab, top[i]);

		*c = (struct cand){.lp = v[top[i]] - sum,
				   .row = row,
				   .token = top[i],
				   .must = h->must,
				   .bias = h->bias};
		c->score = h->score + c->lp;
		if (p->bias && end)
			c->score += trie_bonus_end(p->bias, &h->bias);
		else if (p->bias)
			c->score += trie_bonus(p->bias, &h->bias, text,
					       p->bonus, &c->bias);
		if (p->must && !end)
			trie_walk(p->must, &h->must, text, &c->must);
	}
}

/*
 * Tokens to cut when the end is one block over and over. Short blocks may
 * come seven times: "000 0000" is a telephone number.
 */
static int repeated(const int *token, int n)
{
	for (int len = 1; len <= 8; len++) {
		int times = 1, max = len == 1 ? 8 : len <= 3 ? 7 : 4;

		while ((times + 1) * len <= n &&
		       !memcmp(token + n - (times + 1) * len, token + n - len,
			       (size_t)len * sizeof(*token)))
			times++;
		if (times >= max)
			return len * (times - 1);
	}
	return 0;
}

static void finish(struct search *s, const struct hyp *h, enum search_stop why)
{
	s->done = *h;
	s->stop = why;
	s->has_done = true;
}

/* Takes the best candidate out of the pile. */
static struct cand take_best(struct search *s)
{
	struct cand best;
	int at = 0;

	for (int i = 1; i < s->ncand; i++)
		if (s->cand[i].score > s->cand[at].score)
			at = i;
	best = s->cand[at];
	s->cand[at] = s->cand[--s->ncand];
	return best;
}

static void keep_other(struct search *s, const struct hyp *h)
{
	int k = s->nothers;

	if (k == SEARCH_OTHERS_MAX && s->other[k - 1].score >= h->score)
		return;
	k = k < SEARCH_OTHERS_MAX ? s->nothers++ : k - 1;
	for (; k && s->other[k - 1].score < h->score; k--)
		s->other[k] = s->other[k - 1];
	s->other[k] = *h;
}

static struct hyp ended(const struct search *s, const struct cand *c)
{
	struct hyp h = s->beam[s->cur][c->row];

	h.lp += c->lp;
	h.score = s->prm.mean ? MEAN_TOKENS * h.lp / (h.n + 1) : c->score;
	return h;
}

static void end_cand(struct search *s, const struct cand *c)
{
	struct hyp h = ended(s, c);

	if (s->more || (s->has_done && h.score <= s->done.score)) {
		keep_other(s, &h);
		return;
	}
	if (s->has_done)
		keep_other(s, &s->done);
	finish(s, &h, SEARCH_END);
}

/*
 * Ends that are not among the best candidates are no part of the search, but
 * they are other readings.
 */
static void end_others(struct search *s)
{
	for (int i = 0; i < s->ncand; i++) {
		struct hyp h;

		if (s->cand[i].token != VOCAB_END)
			continue;
		h = ended(s, &s->cand[i]);
		keep_other(s, &h);
	}
}

/* Returns true when the text repeats itself: nothing better will come. */
static bool grow(struct search *s, const struct cand *c, struct hyp *to)
{
	int cut;

	*to = s->beam[s->cur][c->row];
	to->token[to->n++] = c->token;
	to->lp += c->lp;
	to->score = c->score;
	to->must = c->must;
	to->bias = c->bias;
	cut = s->more ? 0 : repeated(to->token, to->n);
	if (cut) {
		struct hyp h = *to;

		h.n -= cut;
		finish(s, &h, SEARCH_REPEAT);
	}
	return cut != 0;
}

static const struct hyp *best_row(const struct search *s)
{
	const struct hyp *best = &s->beam[s->cur][0];

	for (int i = 1; i < s->rows; i++)
		if (s->beam[s->cur][i].score > best->score)
			best = &s->beam[s->cur][i];
	return best;
}

/* No row can become better than the best text. */
static bool is_over(const struct search *s)
{
	const struct hyp *h = best_row(s);

	if (s->prm.mean)
		return MEAN_TOKENS * h->lp / s->prm.limit <= s->done.score;
	return s->more || h->score <= s->done.score;
}

/* The best text is known; is it worth to go on for the others? */
static bool go_on(struct search *s)
{
	return s->more++ < MORE_STEPS &&
	       best_row(s)->score > s->done.score - s->prm.others;
}

/* No text of at most limit tokens can have the mean that is wanted. */
static bool out_of_reach(const struct search *s)
{
	return !s->has_done && s->prm.accept < 0 &&
	       best_row(s)->lp < s->prm.accept * (float)s->prm.limit;
}

void search_step(struct search *s, const float *scores,
		 int parent[SEARCH_BEAM_MAX])
{
	struct hyp *next = s->beam[!s->cur];
	bool over = false;
	int n = 0;

	s->ncand = 0;
	for (int i = 0; i < s->rows; i++)
		add_cands(s, i, scores + (size_t)i * SEARCH_SCORES);
	for (int i = 0; i < s->prm.beam && s->ncand && !over; i++) {
		struct cand c = take_best(s);

		if (c.token == VOCAB_END) {
			end_cand(s, &c);
			continue;
		}
		over = grow(s, &c, &next[n]);
		parent[n++] = c.row;
	}
	if (s->prm.others > 0)
		end_others(s);
	s->cur = !s->cur;
	s->rows = n;
	s->steps++;
	if (over ||
	    (n && s->has_done && is_over(s) && (s->prm.mean || !go_on(s))))
		s->rows = 0;
	if (s->rows && out_of_reach(s)) {
		finish(s, best_row(s), SEARCH_HOPELESS);
		s->rows = 0;
	}
	if (s->rows && s->steps == s->prm.limit) {
		if (!s->has_done)
			finish(s, best_row(s), SEARCH_LIMIT);
		s->rows = 0;
	}
}

void search_result(const struct search *s, struct search_text *out)
{
	int n = s->done.n + (s->stop == SEARCH_END);

	*out = (struct search_text){.stop = SEARCH_LIMIT};
	if (!s->has_done) /* the list allowed nothing */
		return;
	memcpy(out->token, s->done.token, sizeof(out->token));
	out->n = s->done.n;
	out->stop = s->stop;
	out->score = n ? (float)(s->done.lp / n) : 0;
}

bool search_other(const struct search *s, int i, struct search_text *out)
{
	const struct hyp *h = &s->other[i];

	if (!s->has_done || s->stop != SEARCH_END || i >= s->nothers ||
	    h->score < s->done.score - s->prm.others)
		return false;
	*out = (struct search_text){.n = h->n, .stop = SEARCH_END};
	memcpy(out->token, h->token, sizeof(out->token));
	out->score = (float)(h->lp / (h->n + 1));
	return true;
}
