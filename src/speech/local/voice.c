#include "speech/local/voice.h"

#include <stdlib.h>

#include "codec.h"
#include "speech/local/voice_utt.h"

enum {
	QUALITY = 3,	/* of the resampler */
	WORDS_MAX = 64, /* that end in one piece */
};

struct voice {
	struct voice_flite *flite;
};

int voice_new(struct voice **out)
{
	struct voice *v = calloc(1, sizeof(*v));
	int err = v ? voice_flite_new(&v->flite) : -ENOMEM;

	if (err)
		free(v);
	else
		*out = v;
	return err;
}

struct voice *voice_free(struct voice *v)
{
	if (v)
		voice_flite_free(v->flite);
	free(v);
	return NULL;
}

bool voice_known(struct sv name)
{
	return voice_flite_find(name) >= 0;
}

/* ---- audio ------------------------------------------------------------- */

int voice_set_rate(struct voice_utt *u, unsigned rate_hz)
{
	if (u->rate || rate_hz == TEL_RATE_HZ)
		return 0;
	u->rate = speex_resampler_init(1, rate_hz, TEL_RATE_HZ, QUALITY, NULL);
	if (!u->rate)
		return -ENOMEM;
	speex_resampler_skip_zeros(u->rate);
	return 0;
}

static int16_t clip(float v)
{
	return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

/* Words that end before pos_n; a word of several tokens is told once. */
static size_t words_until(struct voice_utt *u, uint32_t pos_n, bool all,
			  struct speech_word out[WORDS_MAX])
{
	size_t n = 0;

	for (; u->told < u->end && n < WORDS_MAX; u->told++) {
		struct speech_word w = u->word[u->told];

		if (!all && w.end_n > pos_n)
			break;
		if (u->told + 1 < u->spoken.n &&
		    u->spoken.word[u->told + 1].off == w.off)
			continue;
		w.end_n = MIN(w.end_n, pos_n);
		out[n++] = w;
	}
	return n;
}

static bool give(struct voice_utt *u, const int16_t *pcm, size_t n, bool all)
{
	struct speech_word words[WORDS_MAX];
	uint8_t ulaw[VOICE_CHUNK];
	struct voice_piece p = {.ulaw = ulaw, .n = n, .words = words};

	for (size_t i = 0; i < n; i++)
		ulaw[i] = lin_to_ulaw(pcm[i]);
	u->pos_n += (uint32_t)n;
	p.nwords = words_until(u, u->pos_n, all, words);
	return (!p.n && !p.nwords) || u->h(&p, u->arg);
}

bool voice_push(struct voice_utt *u, const int16_t *in, size_t n, float gain)
{
	int16_t scaled[VOICE_CHUNK], out[VOICE_CHUNK];
	spx_uint32_t left = (spx_uint32_t)n, got = VOICE_CHUNK;

	for (size_t i = 0; i < n; i++)
		scaled[i] = clip((float)in[i] * gain);
	if (!u->rate)
		return give(u, scaled, n, false);
	speex_resampler_process_int(u->rate, 0, scaled, &left, out, &got);
	return give(u, out, got, false);
}

/* What the resampler still holds, and every word not told yet. */
static void flush(struct voice_utt *u)
{
	static const int16_t silence[VOICE_CHUNK];
	spx_uint32_t left, got = VOICE_CHUNK;
	int16_t out[VOICE_CHUNK];

	if (u->rate && u->end == u->spoken.n) {
		left = (spx_uint32_t)speex_resampler_get_input_latency(u->rate);
		speex_resampler_process_int(u->rate, 0, silence, &left, out,
					    &got);
	} else {
		got = 0;
	}
	if (!give(u, out, got, true))
		u->err = -ECANCELED;
}

/* ---- utterances -------------------------------------------------------- */

static int choose(struct voice_utt *u, struct voice *v, struct sv name)
{
	int kind = voice_flite_find(name);

	u->flite = v->flite;
	u->kind = (size_t)MAX(kind, 0);
	return voice_flite_load(v->flite, u->kind);
}

int voice_utt_new(struct voice_utt **out, struct voice *v, struct sv name,
		  struct sv lang, struct sv text)
{
	struct voice_utt *u = calloc(1, sizeof(*u));
	bool es = sv_starts(lang, "es");
	int err;

	if (!u)
		return -ENOMEM;
	err = readout_init(&u->spoken, es ? READOUT_ES : READOUT_EN, text);
	if (!err) {
		u->word = calloc(u->spoken.n + 1, sizeof(*u->word));
		err = u->word ? 0 : -ENOMEM;
	}
	if (!err && !es)
		err = choose(u, v, name);
	if (err)
		u = voice_utt_free(u);
	else
		*out = u;
	return err;
}

struct voice_utt *voice_utt_free(struct voice_utt *u)
{
	if (!u)
		return NULL;
	if (u->rate)
		speex_resampler_destroy(u->rate);
	readout_fini(&u->spoken);
	free(u->word);
	free(u);
	return NULL;
}

int voice_utt_next(struct voice_utt *u, voice_piece_h *h, void *arg)
{
	struct sv text;

	if (u->at == u->spoken.n)
		return u->err;
	u->first = u->at;
	text = readout_sentence(&u->spoken, &u->at);
	u->end = u->at;
	u->h = h;
	u->arg = arg;
	u->base_n = u->pos_n;
	for (size_t i = u->first; i < u->end; i++)
		u->word[i] = (struct speech_word){
			u->spoken.word[i].off, u->spoken.word[i].len, u->pos_n};
	if (text.len && u->flite)
		voice_flite_say(u, text);
	else if (text.len)
		voice_espeak_say(u, text);
	if (!u->err)
		flush(u);
	return u->err ? u->err : u->at < u->spoken.n;
}
