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
	if (!err && ended(&t, accept_list) &&
	    (d->out->source == SPEECH_NONE || t.score > d->out->score))
		take(d->out, &t, SPEECH_LIST);
	return err;
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
	else if (d->open_ok &&
		 recog_prefers_free(sv_str(out->text), out->score,
				    sv_str(d->open.text), d->open.score))
		take(out, &d->open, SPEECH_FREE);
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
