#include "speech/local/trie.h"

#include <ctype.h>
#include <stdlib.h>

#include "speech/local/vocab.h"

enum { ALPHABET = 38, ROOT = 0, DONE = -1, STATES = 26, START = 'S' - 'A' };

struct node {
	int32_t kid[ALPHABET]; /* 0: none (nothing leads back to a root) */
	uint32_t to;	       /* states behind the phrase that ends here */
	bool blank;	       /* reached by a blank, or a state's root */
	bool final;	       /* the root of a state that may end a text */
};

struct trie {
	struct node *node;
	size_t n, cap;
	enum trie_kind kind;
	int longest;
	int32_t root[STATES]; /* 0: START's, or no such state */
	uint32_t final;
};

/* What a word follows and what follows it. */
struct way {
	int from, to;
	bool final;
};

static int symbol(char c)
{
	if (c == ' ')
		return 37;
	if (c == '\'')
		return 36;
	return c <= '9' ? 26 + c - '0' : c - 'a';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static int node_add(struct trie *t)
{
	size_t cap = t->cap ? 2 * t->cap : 64;
	struct node *p;

	if (t->n == t->cap) {
		p = realloc(t->node, cap * sizeof(*p));
		if (!p)
			return -ENOMEM;
		t->node = p;
		t->cap = cap;
	}
	t->node[t->n] = (struct node){0};
	return (int)t->n++;
}

/* Where the words of a state begin. */
static int state_root(struct trie *t, int state)
{
	int root = t->root[state];

	if (root || state == START)
		return root;
	root = node_add(t);
	if (root > 0)
		t->root[state] = root;
	return root;
}

/* Takes "a>B " off a line: a small letter behind it does not end a text. */
static struct way take_way(enum trie_kind kind, struct sv *line)
{
	const char *p = line->p;
	struct way w = {START, START, true};

	if (kind == TRIE_ONE || line->len < 5 || !isalpha(p[0]) ||
	    p[1] != '>' || !isalpha(p[2]) || p[3] != ' ')
		return w;
	w.from = toupper(p[0]) - 'A';
	w.to = toupper(p[2]) - 'A';
	w.final = isupper(p[2]);
	*line = (struct sv){p + 4, line->len - 4};
	return w;
}

static int add_phrase(struct trie *t, struct sv phrase)
{
	struct way way = take_way(t->kind, &phrase);
	char text[512];
	size_t len = vocab_fold_text(text, sizeof(text), phrase);
	int from = state_root(t, way.from), at = from,
	    to = state_root(t, way.to);

	if (from < 0 || to < 0)
		return MIN(from, to);
	t->node[from].blank = t->node[to].blank = true;
	if (way.final) {
		t->node[to].final = true;
		t->final |= 1u << way.to;
	}

	for (size_t i = 0; i < len; i++) {
		int sym = symbol(text[i]), kid = t->node[at].kid[sym];

		if (!kid) {
			kid = node_add(t);
			if (kid < 0)
				return kid;
			t->node[at].kid[sym] = kid;
			t->node[kid].blank = text[i] == ' ';
		}
		at = kid;
	}
	if (at != from)
		t->node[at].to |= 1u << way.to;
	t->longest = MAX(t->longest, (int)len);
	return 0;
}

int trie_new(struct trie **out, struct sv lines, enum trie_kind kind)
{
	const char mark = kind == TRIE_PLAIN   ? '~'
			  : kind == TRIE_ALARM ? '!'
					       : '\0';
	struct trie *t;
	int err;

	*out = NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->kind = kind;
	err = MIN(node_add(t), 0);
	while (!err && lines.len) {
		const char *nl = memchr(lines.p, '\n', lines.len);
		size_t len = nl ? (size_t)(nl - lines.p) : lines.len;

		if (mark && len && *lines.p == mark)
			err = add_phrase(t, (struct sv){lines.p + 1, len - 1});
		else if (!mark && !(len && strchr("~!", *lines.p)))
			err = add_phrase(t, (struct sv){lines.p, len});
		len += nl != NULL;
		lines = (struct sv){lines.p + len, lines.len - len};
	}
	if (err || t->n == 1) {
		trie_free(t);
		return err;
	}
	*out = t;
	return 0;
}

struct trie *trie_free(struct trie *t)
{
	if (t)
		free(t->node);
	free(t);
	return NULL;
}

int trie_longest(const struct trie *t)
{
	return t->kind == TRIE_ONE ? t->longest : 0;
}

bool trie_holds(const struct trie *t, struct sv text)
{
	char fold[512];
	size_t n = vocab_fold_text(fold, sizeof(fold), text);
	struct trie_pos begin, pos;

	trie_begin(&begin);
	return n && n < sizeof(fold) - 1 && trie_walk(t, &begin, fold, &pos) &&
	       trie_may_end(t, &pos);
}

void trie_begin(struct trie_pos *p)
{
	*p = (struct trie_pos){.n = 1};
}

/* A node is held once, with the best bonus that led to it. */
static void put(struct trie_pos *p, int32_t node, float bonus)
{
	for (int i = 0; i < p->n; i++) {
		if (p->node[i] != node)
			continue;
		p->bonus[i] = MAX(p->bonus[i], bonus);
		return;
	}
	if (p->n == TRIE_LIVE_MAX)
		return;
	p->node[p->n] = node;
	p->bonus[p->n++] = bonus;
}

/* A word is over: what may follow it begins with c, or with anything. */
static void next_word(const struct trie *t, const struct node *node, char c,
		      struct trie_pos *out)
{
	for (uint32_t to = node->to, i = 0; to; to >>= 1, i++) {
		int32_t at = t->root[i];

		if (!(to & 1))
			continue;
		if (c != ' ')
			at = t->node[at].kid[symbol(c)];
		if (at || c == ' ')
			put(out, at, 0);
	}
}

/* Where one live node may go by c. */
static void walk_char(const struct trie *t, int32_t at, char c,
		      struct trie_pos *out)
{
	const struct node *node;
	int32_t kid;

	if (at == DONE) { /* only blanks (or full stops) may follow */
		if (c == ' ')
			put(out, DONE, 0);
		return;
	}
	node = &t->node[at];
	kid = node->kid[symbol(c)];
	if (kid)
		put(out, kid, 0);
	if (c == ' ') {
		if (node->blank)
			put(out, at, 0);
		if (node->to && t->kind == TRIE_ONE)
			put(out, DONE, 0);
		else
			next_word(t, node, c, out);
	} else if (t->kind != TRIE_ONE && digit(c)) {
		/* "555": three words without blanks */
		next_word(t, node, c, out);
	}
}

bool trie_walk(const struct trie *t, const struct trie_pos *in,
	       const char *text, struct trie_pos *out)
{
	struct trie_pos a = *in, b;

	for (; *text; text++) {
		b.n = 0;
		for (int i = 0; i < a.n; i++)
			walk_char(t, a.node[i], *text, &b);
		if (!b.n)
			return false;
		a = b;
	}
	*out = a;
	return true;
}

bool trie_may_end(const struct trie *t, const struct trie_pos *p)
{
	for (int i = 0; i < p->n; i++) {
		int32_t at = p->node[i];

		if (at == DONE || (t->node[at].to & t->final) ||
		    (t->kind != TRIE_ONE && t->node[at].final))
			return true;
	}
	return false;
}

static float best_bonus(const struct trie_pos *p)
{
	float best = 0;

	for (int i = 0; i < p->n; i++)
		best = MAX(best, p->bonus[i]);
	return best;
}

/* One character; returns the bonus of a phrase that it completes. */
static float bonus_char(const struct trie *t, const struct trie_pos *a, char c,
			float per_char, struct trie_pos *b)
{
	float kept = 0;

	b->n = 0;
	for (int i = 0; i < a->n; i++) {
		const struct node *node = &t->node[a->node[i]];
		int32_t kid = node->kid[symbol(c)];

		if (c == ' ' && node->to)
			kept = MAX(kept, a->bonus[i]);
		if (kid)
			put(b, kid, a->bonus[i] + (c == ' ' ? 0 : per_char));
		else if (c == ' ' && node->blank)
			put(b, a->node[i], a->bonus[i]);
	}
	if (c == ' ') /* a phrase may begin at every word */
		put(b, ROOT, 0);
	return kept;
}

float trie_bonus(const struct trie *t, const struct trie_pos *in,
		 const char *text, float per_char, struct trie_pos *out)
{
	struct trie_pos a = *in, b;
	float gain = 0, had = best_bonus(&a);

	for (; *text; text++) {
		float kept = bonus_char(t, &a, *text, per_char, &b);

		/* Complete: it stays, whatever a longer phrase that begins
		 * with it comes to, which only has its own part to lose. */
		for (int i = 0; i < b.n; i++)
			b.bonus[i] = MAX(b.bonus[i] - kept, 0.0f);
		gain += kept - had;
		had = best_bonus(&b);
		gain += had;
		a = b;
	}
	*out = a;
	return gain;
}

float trie_bonus_end(const struct trie *t, const struct trie_pos *p)
{
	float kept = 0;

	for (int i = 0; i < p->n; i++)
		if (t->node[p->node[i]].to)
			kept = MAX(kept, p->bonus[i]);
	return kept - best_bonus(p);
}
