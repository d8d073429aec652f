/*
 * search: which tokens a text is made of. Keeps the few best texts so far
 * (the beam); each step it gets the model's scores for the next token of each
 * of them and keeps the best continuations. Pure: no model in here.
 *
 * A beam wider than one is what lets a list of phrases work: the greedy way
 * commits to a wrong first syllable.
 */
#ifndef SPEECH_LOCAL_SEARCH_H
#define SPEECH_LOCAL_SEARCH_H

#include "speech/local/trie.h"
#include "speech/local/vocab.h"

enum {
	SEARCH_BEAM_MAX = 12,
	SEARCH_TOKENS_MAX = 160, /* of a text: 20 s of speech and more */
	SEARCH_SCORES = 32768,	 /* scores a step; more than VOCAB_N */
	SEARCH_OTHERS_MAX = 6,	 /* complete texts besides the best one */
};

enum search_stop {
	SEARCH_END,	 /* the model ended the text by itself */
	SEARCH_REPEAT,	 /* it began to say the same over and over */
	SEARCH_LIMIT,	 /* more tokens than the audio can hold */
	SEARCH_HOPELESS, /* prm.accept is out of reach */
};

struct search_prm {
	const struct vocab *vocab;
	enum vocab_lang lang;
	const struct trie *must; /* NULL: any text */
	const struct trie *bias; /* NULL: none */
	float bonus;		 /* per character of a biased phrase */
	int beam;		 /* 1 … SEARCH_BEAM_MAX */
	int limit;		 /* tokens; cut to SEARCH_TOKENS_MAX */
	float accept;		 /* mean log-probability that is wanted:
					 * gives up once out of reach; 0: any */
	float others;		 /* other texts count when less likely than
					 * the best by this log-probability */
	bool mean;		 /* complete texts compete by their means:
					 * for lists of long texts, of which
					 * a bad short one would win else */
};

struct search_text {
	int token[SEARCH_TOKENS_MAX];
	int n;
	enum search_stop stop;
	float score; /* mean log-probability per token, end included */
};

struct search;

/** prm is copied, what it points to is lent. 0, -EINVAL, -ENOMEM. */
int search_new(struct search **out, const struct search_prm *prm);
struct search *search_free(struct search *s);

/** Texts in the beam; 0 when the search is over. */
int search_rows(const struct search *s);
/** Last token of row i: what the model gets next. */
int search_token(const struct search *s, int row);
/**
 * scores: search_rows() rows of SEARCH_SCORES each. Replaces the beam;
 * parent[i] says from which old row the new row i came.
 */
void search_step(struct search *s, const float *scores,
		 int parent[SEARCH_BEAM_MAX]);
/** The best text; call once search_rows() is 0. */
void search_result(const struct search *s, struct search_text *out);
/**
 * Text i of the other complete ones, best first, all less likely than the
 * best by at most prm.others. False: there is none.
 */
bool search_other(const struct search *s, int i, struct search_text *out);

#endif
