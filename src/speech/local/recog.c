#include "speech/local/recog.h"

#include <stdlib.h>

#include "speech/local/up.h"

static const float accept_list = -1.0f;
static const float accept_free = -0.5f;
static const float bias_per_char = 0.6f;

enum { BEAM = 4 };

/* What a free text needs to replace a phrase, or a sequence of words. */
enum { MORE_WORDS = 2 };
static const float better_than_phrase = 0.1f, better_than_words = 0.3f;

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
	if (kind == TRIE_LOOP)
		return open_score > list_score + better_than_words &&
		       strcmp(a, b);
	return open_score > list_score + better_than_phrase &&
	       count_words(b) >= count_words(a) + MORE_WORDS;
}

/* Everything that is known about one utterance while it is decided. */
struct decision {
	const struct recog_prm *prm;
	struct moonshine_utt *utt;
	struct moonshine_text open; /* decoded freely */
	bool open_ok;
	struct recog_text *out; /* best list text so far, or NONE */
};

static bool ended(const struct moonshine_text *t, float accept)
{
	return t->tokens && t->stop == SEARCH_END && t->score >= accept;
}

static void take(struct recog_text *out, const struct moonshine_text *t,
		 enum speech_source source)
{
	memcpy(out->text, t->text, sizeof(out->text));
	out->source = source;
	out->score = t->score;
}

static int decode_free(struct decision *d)
{
	struct trie *bias;
	int err = trie_new(&bias, d->prm->bias, TRIE_ONE);

	if (err)
		return err;
	err = moonshine_decode(&d->open, d->utt,
			       &(struct moonshine_prm){
				       .bias = bias,
				       .bonus = bias_per_char,
				       .beam = BEAM,
				       .cancel = d->prm->cancel,
			       });
	trie_free(bias);
	d->open_ok = !err && ended(&d->open, accept_free);
	return err;
}

/* Keeps the list's text when it is the best one accepted. */
static int try_list(struct decision *d, struct sv lines, enum trie_kind kind)
{
	struct moonshine_text t;
	struct trie *list;
	int err = trie_new(&list, lines, kind);

	if (err || !list)
		return err;
	if (ended(&d->open, accept_list) &&
	    trie_holds(list, sv_str(d->open.text)))
		t = d->open; /* the list would only find it again */
	else
		err = moonshine_decode(&t, d->utt,
				       &(struct moonshine_prm){
					       .must = list,
					       .beam = BEAM,
					       .accept = accept_list,
					       .cancel = d->prm->cancel,
				       });
	trie_free(list);
	if (err || !ended(&t, accept_list))
		return err;
	if (d->open_ok &&
	    recog_prefers_free(kind, sv_str(t.text), t.score,
			       sv_str(d->open.text), d->open.score))
		return 0;
	if (d->out->source == SPEECH_NONE || t.score > d->out->score)
		take(d->out, &t, SPEECH_LIST);
	return 0;
}

static int decide(struct decision *d)
{
	struct recog_text *out = d->out;
	int err = decode_free(d);

	if (!err)
		err = try_list(d, d->prm->phrases, TRIE_ONE);
	if (!err)
		err = try_list(d, d->prm->words, TRIE_LOOP);
	if (err)
		return err;
	if (out->source == SPEECH_NONE)
		take(out, &d->open, d->open_ok ? SPEECH_FREE : SPEECH_NONE);
	return 0;
}

int recog_run(struct recog_text *out, struct moonshine *m, const int16_t *pcm,
	      size_t n, const struct recog_prm *prm)
{
	struct decision d = {.prm = prm, .out = out};
	float *wide = calloc(2 * n + 1, sizeof(*wide));
	int err = wide ? up_clip(wide, pcm, n) : -ENOMEM;

	*out = (struct recog_text){.source = SPEECH_NONE};
	if (!err)
		err = moonshine_encode(&d.utt, m, wide, 2 * n);
	free(wide);
	if (err)
		return err;
	out->no_speech = moonshine_no_speech(d.utt);
	err = decide(&d);
	moonshine_utt_free(d.utt);
	return err;
}
