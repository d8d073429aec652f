#include "speech/local/moonshine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The decoder makes one token a step. Of each of its layers it wants back
 * what it made in the step before ("past"): keys and values of the text so
 * far, which grow, and keys and values of the audio, which it makes once.
 */
enum {
	HEADS = 8,
	LAYERS_MAX = 8,
	KV_MAX = 2 * LAYERS_MAX, /* key and value of each layer */
	FIXED_IN = 3,		 /* token, encoder's states, flag */
	PAD_MIN_N = 1600,	 /* the encoder wants 0.1 s */
};

/* Tokens that a text may have: per second of audio, and for all. */
static const double tokens_per_s = 6.5;
enum { TOKENS_BASE = 8, TOKENS_COMMAS = 4 };

struct moonshine {
	struct ort *ort;
	struct vocab *vocab;
	enum vocab_lang lang;
	struct ort_session *enc, *dec;
	int layers, head; /* read from the model: 6 and 36, 8 and 52 */
	char name[2 * 2 * KV_MAX][48];
	const char *in[FIXED_IN + 2 * KV_MAX];
	const char *out[1 + 2 * KV_MAX];
};

/* Past of the text: values made by the model, or over a buffer of ours. */
struct past {
	struct ort_value *v[KV_MAX];
	float *buf[KV_MAX];
};

struct moonshine_utt {
	struct moonshine *m;
	size_t n;		  /* samples */
	struct ort_value *states; /* the encoder's result */
	int64_t frames;
	struct ort_value *audio[KV_MAX]; /* keys and values of it */
	float *audio_rows[KV_MAX]; /* … repeated for each row of a beam */
	int beam;		   /* so often */
	struct ort_value *first[KV_MAX]; /* past after the begin token */
	float *scores;			 /* of the first token */
};

static int kv_count(const struct moonshine *m)
{
	return 2 * m->layers;
}

/* Finds layers and head size in the names and shapes of the inputs. */
static int inspect(struct moonshine *m)
{
	int64_t dims[ORT_DIMS_MAX];
	char name[64];
	size_t nd;
	int err, past = 0;

	for (size_t i = 0;; i++) {
		err = ort_session_input(m->ort, m->dec, i, name, sizeof(name),
					dims, &nd);
		if (err == -ENOENT)
			break;
		if (err)
			return err;
		if (strncmp(name, "past_key_values.", 16))
			continue;
		if (nd != 4)
			return -ENOTSUP;
		past++;
		m->head = (int)dims[3];
	}
	m->layers = past / 4;
	if (m->layers < 1 || m->layers > LAYERS_MAX || m->head < 1)
		return -ENOTSUP;
	return 0;
}

/* Inputs: token, states, flag, past of the text, past of the audio. */
static void set_names(struct moonshine *m)
{
	static const char *const side[] = {"decoder", "encoder"};
	static const char *const part[] = {"key", "value"};
	int nkv = kv_count(m), at = 0;

	m->in[0] = "input_ids";
	m->in[1] = "encoder_hidden_states";
	m->in[2] = "use_cache_branch";
	m->out[0] = "logits";
	for (int i = 0; i < 2 * nkv; i++) {
		int layer = i % nkv / 2;

		snprintf(m->name[at], sizeof(m->name[at]),
			 "past_key_values.%d.%s.%s", layer, side[i / nkv],
			 part[i % 2]);
		m->in[FIXED_IN + i] = m->name[at++];
		snprintf(m->name[at], sizeof(m->name[at]), "present.%d.%s.%s",
			 layer, side[i / nkv], part[i % 2]);
		m->out[1 + i] = m->name[at++];
	}
}

/* sub: folder of the two models in dir, with a slash, or "". */
static int load(struct moonshine **out, struct ort *o, const char *dir,
		const char *sub, char *why, size_t why_size)
{
	struct moonshine *m = calloc(1, sizeof(*m));
	char path[512];
	int err;

	if (!m)
		return -ENOMEM;
	m->ort = o;
	snprintf(path, sizeof(path), "%s/vocab.txt", dir);
	err = vocab_new(&m->vocab, path);
	if (err) {
		snprintf(why, why_size, "%s: %s", path, strerror(-err));
		goto out;
	}
	snprintf(path, sizeof(path), "%s/%sencoder_model.onnx", dir, sub);
	err = ort_session_new(&m->enc, o, path, why, why_size);
	if (err)
		goto out;
	snprintf(path, sizeof(path), "%s/%sdecoder_model_merged.onnx", dir,
		 sub);
	err = ort_session_new(&m->dec, o, path, why, why_size);
	if (err)
		goto out;
	err = inspect(m);
	if (err)
		snprintf(why, why_size, "%s is not a Moonshine decoder", path);
	else
		set_names(m);
out:
	if (err)
		m = moonshine_free(m);
	else
		*out = m;
	return err;
}

int moonshine_new(struct moonshine **out, struct ort *o, const char *dir,
		  char *why, size_t why_size)
{
	return load(out, o, dir, "", why, why_size);
}

int moonshine_new_spanish(struct moonshine **out, struct ort *o,
			  const char *dir, char *why, size_t why_size)
{
	int err = load(out, o, dir, "es/", why, why_size);

	if (!err)
		(*out)->lang = VOCAB_ES;
	return err;
}

struct moonshine *moonshine_free(struct moonshine *m)
{
	if (!m)
		return NULL;
	ort_session_free(m->ort, m->enc);
	ort_session_free(m->ort, m->dec);
	vocab_free(m->vocab);
	free(m);
	return NULL;
}

/* ---- one run of the decoder ------------------------------------------- */

/* A tensor [rows, HEADS, len, head] over data. */
static int kv_value(struct moonshine *m, struct ort_value **out, float *data,
		    int64_t rows, int64_t len)
{
	const int64_t dims[] = {rows, HEADS, len, m->head};
	size_t bytes = (size_t)(rows * HEADS * len * m->head) * sizeof(float);

	return ort_value_new(out, m->ort, data, bytes, dims, 4, ORT_FLOAT);
}

/*
 * text, audio: the pasts (NULL in the first step). made: the model's new
 * values: scores, past of the text, and in the first step of the audio.
 */
static int run_decoder(struct moonshine *m, struct ort_value *states,
		       const int64_t *token, int64_t rows,
		       struct ort_value *const *text,
		       struct ort_value *const *audio, struct ort_value **made)
{
	struct ort_value *own[3] = {NULL};
	const struct ort_value *in[FIXED_IN + 2 * KV_MAX];
	const int64_t dims[] = {rows, 1}, one[] = {1};
	const int nkv = kv_count(m);
	bool cached = text != NULL;
	float none[1] = {0};
	int err;

	err = ort_value_new(&own[0], m->ort, (void *)token,
			    (size_t)rows * sizeof(*token), dims, 2, ORT_INT64);
	if (!err)
		err = ort_value_new(&own[1], m->ort, &cached, 1, one, 1,
				    ORT_BOOL);
	if (!err)
		err = kv_value(m, &own[2], none, 0, 1);
	if (!err) {
		in[0] = own[0];
		in[1] = states;
		in[2] = own[1];
		for (int i = 0; i < nkv; i++) {
			in[FIXED_IN + i] = cached ? text[i] : own[2];
			in[FIXED_IN + nkv + i] = cached ? audio[i] : own[2];
		}
		err = ort_session_run(
			m->ort, m->dec,
			&(struct ort_run){
				.in_names = m->in,
				.in = in,
				.nin = (size_t)(FIXED_IN + 2 * nkv),
				.out_names = m->out,
				.out = made,
				.nout = (size_t)(1 + nkv + (cached ? 0 : nkv)),
			});
	}
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		ort_value_free(m->ort, own[i]);
	return err;
}

/* ---- the utterance ----------------------------------------------------- */

static int encode(struct moonshine_utt *u, const float *pcm, size_t n)
{
	static const char *const in_name[] = {"input_values"};
	static const char *const out_name[] = {"last_hidden_state"};
	size_t padded = MAX(n, (size_t)PAD_MIN_N), nd;
	const int64_t dims[] = {1, (int64_t)padded};
	int64_t got[ORT_DIMS_MAX];
	struct ort *o = u->m->ort;
	struct ort_value *v = NULL;
	float *copy = calloc(padded, sizeof(*copy));
	int err = copy ? 0 : -ENOMEM;

	if (!err) {
		memcpy(copy, pcm, n * sizeof(*copy));
		err = ort_value_new(&v, o, copy, padded * sizeof(*copy), dims,
				    2, ORT_FLOAT);
	}
	if (!err) {
		const struct ort_value *in[] = {v};

		err = ort_session_run(o, u->m->enc,
				      &(struct ort_run){.in_names = in_name,
							.in = in,
							.nin = 1,
							.out_names = out_name,
							.out = &u->states,
							.nout = 1});
	}
	if (!err)
		err = ort_value_dims(o, u->states, got, &nd);
	if (!err)
		u->frames = got[1];
	ort_value_free(o, v);
	free(copy);
	return err;
}

/* The step of the begin token, which is the same for every decoding. */
static int first_step(struct moonshine_utt *u)
{
	struct ort_value *made[1 + 2 * KV_MAX] = {NULL};
	const int64_t token = VOCAB_BEGIN;
	struct moonshine *m = u->m;
	const int nkv = kv_count(m);
	float *scores;
	int err;

	err = run_decoder(m, u->states, &token, 1, NULL, NULL, made);
	if (err)
		return err;
	for (int i = 0; i < nkv; i++) {
		u->first[i] = made[1 + i];
		u->audio[i] = made[1 + nkv + i];
	}
	scores = ort_value_data(m->ort, made[0]);
	u->scores = malloc(SEARCH_SCORES * sizeof(*u->scores));
	if (scores && u->scores)
		memcpy(u->scores, scores, SEARCH_SCORES * sizeof(*scores));
	ort_value_free(m->ort, made[0]);
	if (!scores)
		return -EIO;
	return u->scores ? 0 : -ENOMEM;
}

int moonshine_encode(struct moonshine_utt **out, struct moonshine *m,
		     const float *pcm, size_t n)
{
	struct moonshine_utt *u;
	int err;

	if (!n)
		return -ENODATA;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->m = m;
	u->n = MAX(n, (size_t)PAD_MIN_N);
	err = encode(u, pcm, n);
	if (!err)
		err = first_step(u);
	if (err)
		u = moonshine_utt_free(u);
	else
		*out = u;
	return err;
}

struct moonshine_utt *moonshine_utt_free(struct moonshine_utt *u)
{
	if (!u)
		return NULL;
	for (int i = 0; i < KV_MAX; i++) {
		ort_value_free(u->m->ort, u->audio[i]);
		ort_value_free(u->m->ort, u->first[i]);
		free(u->audio_rows[i]);
	}
	ort_value_free(u->m->ort, u->states);
	free(u->scores);
	free(u);
	return NULL;
}

float moonshine_no_speech(const struct moonshine_utt *u)
{
	float max = u->scores[0];
	double sum = 0;

	for (int i = 1; i < SEARCH_SCORES; i++)
		max = MAX(max, u->scores[i]);
	for (int i = 0; i < SEARCH_SCORES; i++)
		sum += expf(u->scores[i] - max);
	return (float)(expf(u->scores[VOCAB_END] - max) / sum);
}

/* ---- decoding ---------------------------------------------------------- */

static void past_free(struct moonshine *m, struct past *p)
{
	for (int i = 0; i < KV_MAX; i++) {
		p->v[i] = ort_value_free(m->ort, p->v[i]);
		free(p->buf[i]);
		p->buf[i] = NULL;
	}
}

/*
 * Past of the surviving rows: row i becomes a copy of from's row parent[i].
 * len: steps it holds. from may be p's own values.
 */
static int past_gather(struct moonshine *m, struct past *p,
		       struct ort_value *const *from, const int *parent,
		       int rows, int64_t len)
{
	const size_t row_n = (size_t)(HEADS * len * m->head);

	for (int i = 0; i < kv_count(m); i++) {
		const float *src = ort_value_data(m->ort, from[i]);
		float *buf = malloc((size_t)rows * row_n * sizeof(*buf));
		struct ort_value *v;

		if (!src || !buf || kv_value(m, &v, buf, rows, len)) {
			free(buf);
			return buf ? -EIO : -ENOMEM;
		}
		for (int r = 0; r < rows; r++)
			memcpy(buf + (size_t)r * row_n,
			       src + (size_t)parent[r] * row_n,
			       row_n * sizeof(*buf));
		ort_value_free(m->ort, p->v[i]);
		free(p->buf[i]);
		p->v[i] = v;
		p->buf[i] = buf;
	}
	return 0;
}

/* The audio's keys and values are the same in every row. */
static int repeat_audio(struct moonshine_utt *u, int beam)
{
	struct moonshine *m = u->m;
	const size_t row_n = (size_t)(HEADS * u->frames * m->head);

	for (int i = 0; i < kv_count(m); i++) {
		const float *src = ort_value_data(m->ort, u->audio[i]);
		float *rows;

		if (u->beam >= beam)
			return 0;
		rows = malloc((size_t)beam * row_n * sizeof(*rows));
		if (!src || !rows) {
			free(rows);
			return src ? -ENOMEM : -EIO;
		}
		for (size_t r = 0; r < (size_t)beam; r++)
			memcpy(rows + r * row_n, src, row_n * sizeof(*rows));
		free(u->audio_rows[i]);
		u->audio_rows[i] = rows;
	}
	u->beam = beam;
	return 0;
}

/* One step: the scores after each row's last token; p becomes the new past. */
static int step(struct moonshine_utt *u, const struct search *s, struct past *p,
		struct ort_value **scores)
{
	struct ort_value *made[1 + 2 * KV_MAX] = {NULL};
	struct ort_value *audio[KV_MAX] = {NULL};
	int64_t token[SEARCH_BEAM_MAX];
	const int rows = search_rows(s);
	struct moonshine *m = u->m;
	int err = 0;

	for (int i = 0; i < rows; i++)
		token[i] = search_token(s, i);
	for (int i = 0; !err && i < kv_count(m); i++)
		err = kv_value(m, &audio[i], u->audio_rows[i], rows, u->frames);
	if (!err)
		err = run_decoder(m, u->states, token, rows, p->v, audio, made);
	for (int i = 0; i < kv_count(m); i++)
		ort_value_free(m->ort, audio[i]);
	if (err)
		return err;
	past_free(m, p);
	memcpy(p->v, made + 1, (size_t)kv_count(m) * sizeof(made[0]));
	*scores = made[0];
	return 0;
}

static bool same_rows(const int *parent, int before, int rows)
{
	if (before != rows)
		return false;
	for (int i = 0; i < rows; i++)
		if (parent[i] != i)
			return false;
	return true;
}

static int run_search(struct moonshine_utt *u, struct search *s,
		      const atomic_bool *cancel)
{
	struct past p = {0};
	struct ort_value *v = NULL;
	int parent[SEARCH_BEAM_MAX], err, before;
	int64_t len = 1;

	search_step(s, u->scores, parent);
	err = past_gather(u->m, &p, u->first, parent, search_rows(s), len);
	while (!err && search_rows(s)) {
		const float *scores;

		if (cancel && atomic_load(cancel)) {
			err = -ECANCELED;
			break;
		}
		before = search_rows(s);
		err = step(u, s, &p, &v);
		if (err)
			break;
		len++;
		scores = ort_value_data(u->m->ort, v);
		if (scores)
			search_step(s, scores, parent);
		else
			err = -EIO;
		v = ort_value_free(u->m->ort, v);
		if (!err && search_rows(s) &&
		    !same_rows(parent, before, search_rows(s)))
			err = past_gather(u->m, &p, p.v, parent, search_rows(s),
					  len);
	}
	past_free(u->m, &p);
	return err;
}

/* Cut where it does not fit; returns how long it would be. */
static size_t spell(const struct vocab *vocab, const struct search_text *t,
		    char *out, size_t size)
{
	size_t n = 0, all = 0, len;

	for (int i = 0; i < t->n; i++) {
		const char *text = vocab_text(vocab, t->token[i]);

		if (!n && *text == ' ')
			text++;
		len = strlen(text);
		all += len;
		if (all >= size)
			continue;
		memcpy(out + n, text, len);
		n = all;
	}
	out[n] = '\0';
	return all;
}

static void take_texts(const struct moonshine *m, const struct search *s,
		       struct moonshine_text *out)
{
	struct search_text t;

	search_result(s, &t);
	spell(m->vocab, &t, out->text, sizeof(out->text));
	out->tokens = t.n;
	out->stop = t.stop;
	out->score = t.score;
	out->nothers = 0;
	for (int i = 0; search_other(s, i, &t); i++) {
		struct moonshine_other *o = &out->other[out->nothers];

		o->score = t.score;
		if (spell(m->vocab, &t, o->text, sizeof(o->text)) <
		    sizeof(o->text))
			out->nothers++;
	}
}

/* A listed phrase has at most a token per character, and some commas. */
static int token_limit(const struct moonshine_utt *u,
		       const struct moonshine_prm *prm)
{
	const double s = (double)u->n / MOONSHINE_RATE_HZ;
	int limit = (int)(tokens_per_s * s) + TOKENS_BASE;

	if (prm->must && trie_longest(prm->must) > 0)
		limit = MIN(limit, trie_longest(prm->must) + TOKENS_COMMAS);
	return prm->limit ? MIN(limit, prm->limit) : limit;
}

int moonshine_decode(struct moonshine_text *out, struct moonshine_utt *u,
		     const struct moonshine_prm *prm)
{
	struct search *search;
	int err;

	err = search_new(&search, &(struct search_prm){
					  .vocab = u->m->vocab,
					  .lang = u->m->lang,
					  .must = prm->must,
					  .bias = prm->bias,
					  .bonus = prm->bonus,
					  .beam = prm->beam,
					  .limit = token_limit(u, prm),
					  .accept = prm->accept,
					  .others = prm->others,
					  .mean = prm->mean,
				  });
	if (err)
		return err;
	err = repeat_audio(u, prm->beam);
	if (!err)
		err = run_search(u, search, prm->cancel);
	if (!err)
		take_texts(u->m, search, out);
	search_free(search);
	return err;
}
