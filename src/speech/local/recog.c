#include "speech/local/recog.h"

#include <stdlib.h>

#include "speech/local/up.h"

static const float accept_list = -1.0f;
static const float accept_free = -0.5f;
static const float bias_per_char = 0.6f;

enum { BEAM = 4 };

/* The free text must hold so much more than the list's to replace it. */
enum { MORE_WORDS = 2 };
static const float better_by = 0.1f;

static int count_words(struct sv text)
{
	char fold[MOONSHINE_TEXT_MAX];
	size_t n = vocab_fold_text(fold, sizeof(fold), text);
	int words = n > 0;

	for (size_t i = 0; i < n; i++)
		words += fold[i] == ' ';
	return words;
}

bool recog_prefers_free(struct sv list, float list_score, struct sv free_text,
			float free_score)
{
	return free_score > list_score + better_by &&
	       count_words(free_text) >= count_words(list) + MORE_WORDS;
}

static void set(struct recog_text *out, const struct moonshine_text *t,
		enum speech_source source)
{
	memcpy(out->text, t->text, sizeof(out->text));
	out->source = source;
	out->score = t->score;
}

/* Decodes against one list; keeps the text when it is the best accepted. */
static int try_list(struct recog_text *out, struct moonshine_utt *u,
		    struct sv lines, enum trie_kind kind,
		    const struct recog_prm *prm)
{
	struct moonshine_text t;
	struct trie *list;
	int err = trie_new(&list, lines, kind);

	if (err || !list)
		return err;
	err = moonshine_decode(&t, u,
			       &(struct moonshine_prm){.must = list,
						       .beam = BEAM,
						       .cancel = prm->cancel});
	trie_free(list);
	if (err)
		return err;
	if (t.tokens && t.stop == SEARCH_END && t.score >= accept_list &&
	    (out->source == SPEECH_NONE || t.score > out->score))
		set(out, &t, SPEECH_LIST);
	return 0;
}

static int try_free(struct recog_text *out, struct moonshine_utt *u,
		    const struct recog_prm *prm)
{
	struct moonshine_text t;
	struct trie *bias;
	bool ok;
	int err = trie_new(&bias, prm->bias, TRIE_ONE);

	if (err)
		return err;
	err = moonshine_decode(&t, u,
			       &(struct moonshine_prm){.bias = bias,
						       .bonus = bias_per_char,
						       .beam = BEAM,
						       .cancel = prm->cancel});
	trie_free(bias);
	if (err)
		return err;
	ok = t.tokens && t.stop == SEARCH_END && t.score >= accept_free;
	if (out->source == SPEECH_NONE)
		set(out, &t, ok ? SPEECH_FREE : SPEECH_NONE);
	else if (ok && recog_prefers_free(sv_str(out->text), out->score,
					  sv_str(t.text), t.score))
		set(out, &t, SPEECH_FREE);
	return 0;
}

int recog_run(struct recog_text *out, struct moonshine *m, const int16_t *pcm,
	      size_t n, const struct recog_prm *prm)
{
	struct moonshine_utt *u = NULL;
	float *wide = calloc(2 * n + 1, sizeof(*wide));
	int err = wide ? up_clip(wide, pcm, n) : -ENOMEM;

	*out = (struct recog_text){.source = SPEECH_NONE};
	if (!err)
		err = moonshine_encode(&u, m, wide, 2 * n);
	free(wide);
	if (err)
		return err;
	out->no_speech = moonshine_no_speech(u);
	err = try_list(out, u, prm->phrases, TRIE_ONE, prm);
	if (!err)
		err = try_list(out, u, prm->words, TRIE_LOOP, prm);
	if (!err)
		err = try_free(out, u, prm);
	moonshine_utt_free(u);
	return err;
}
