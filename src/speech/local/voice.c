#include "speech/local/voice.h"

#include <stdlib.h>

#include <flite/flite.h>
#include <speex/speex_resampler.h>

#include "codec.h"
#include "speech/local/readout.h"

cst_voice *register_cmu_us_rms(const char *dir);
cst_voice *register_cmu_us_slt(const char *dir);
cst_voice *register_cmu_us_awb(const char *dir);
cst_voice *register_cmu_us_kal(const char *dir);

enum {
	QUALITY = 3,	 /* of the resampler */
	PIECE_MIN = 256, /* samples that flite hands out at once */
	CHUNK = 1024,
	WORDS_MAX = 64, /* that end in one piece */
};

/* Silence kept in front of the first sound and behind the last one. */
static const double lead_s = 0.02, trail_s = 0.06;

/* The first sound may be a breath: up to so long below -50 dBov goes too. */
static const double breath_s = 0.1;
enum { BREATH_BLOCK = 80, BREATH_POWER = 104 * 104 };

/* gain: measured over the frames of speech, to -20 dBov. */
static const struct {
	const char *name;
	cst_voice *(*load)(const char *dir);
	float gain;
} kinds[] = {
	{"rms", register_cmu_us_rms, 0.97f},
	{"slt", register_cmu_us_slt, 0.48f},
	{"awb", register_cmu_us_awb, 0.83f},
	{"kal", register_cmu_us_kal, 0.89f},
};

struct voice {
	cst_voice *flite[ARRAY_LEN(kinds)]; /* loaded when first used */
	cst_audio_streaming_info *stream[ARRAY_LEN(kinds)];
};

struct voice_utt {
	struct voice *voice;
	size_t kind;
	struct readout spoken;
	size_t at;		   /* next word of spoken */
	SpeexResamplerState *rate; /* NULL: flite speaks at 8 kHz */
	uint32_t pos_n;		   /* audio given out so far */
	int err;

	/* of the sentence that is being said */
	voice_piece_h *h;
	void *arg;
	size_t first, end;	  /* its words */
	size_t told;		  /* … of which the end was told */
	struct speech_word *word; /* for each word of spoken */
	bool begun, placed;
	long breath;	 /* … that may still go */
	long skip, stop; /* samples of flite: [skip, stop) count */
	uint32_t base_n; /* pos_n where the sentence began */
};

int voice_new(struct voice **out)
{
	struct voice *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	flite_init();
	*out = v;
	return 0;
}

struct voice *voice_free(struct voice *v)
{
	if (!v)
		return NULL;
	/* delete_voice() would free what the voice's own library holds; the
	 * process has each voice once, so only the stream's owner goes. */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (v->flite[i])
			feat_remove(v->flite[i]->features, "streaming_info");
	free(v);
	return NULL;
}

static size_t find_kind(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (sv_eq(name, kinds[i].name))
			return i;
	return ARRAY_LEN(kinds);
}

bool voice_known(struct sv name)
{
	return find_kind(name) < ARRAY_LEN(kinds);
}

/* ---- what flite says about its own sentence ---------------------------- */

static bool has_relation(const cst_utterance *utt, const char *name)
{
	return feat_present(utt->relations, name);
}

static const cst_item *last_child(const cst_item *i)
{
	const cst_item *c = i ? item_daughter(i) : NULL;

	while (c && item_next(c))
		c = item_next(c);
	return c;
}

/* Seconds from the sentence's start to the end of a token; 0: no sound. */
static double token_end_s(const cst_item *token)
{
	double end = 0;

	for (const cst_item *w = item_daughter(token); w; w = item_next(w)) {
		const cst_item *syl = last_child(item_as(w, "SylStructure"));
		const cst_item *seg = last_child(syl);

		if (seg)
			end = MAX(end, (double)item_feat_float(seg, "end"));
	}
	return end;
}

static uint32_t place(const struct voice_utt *u, double s)
{
	double n = (s - (double)u->skip / (u->rate ? 16000 : 8000)) * 8000;

	return u->base_n + (n > 0 ? (uint32_t)n : 0);
}

/* Where each word ends: flite's tokens are our words, one by one. */
static void place_words(struct voice_utt *u, const cst_utterance *utt)
{
	uint32_t last = u->base_n;
	const cst_item *t;

	u->placed = true;
	if (!has_relation(utt, "Token"))
		return;
	t = relation_head(utt_relation(utt, "Token"));
	for (size_t i = u->first; i < u->end; i++) {
		const struct readout_word *w = &u->spoken.word[i];

		if (!w->mute && t) {
			last = MAX(last, place(u, token_end_s(t)));
			t = item_next(t);
		}
		u->word[i] = (struct speech_word){w->off, w->len, last};
	}
}

static void begin_sentence(struct voice_utt *u, const cst_wave *w,
			   const cst_utterance *utt)
{
	const cst_item *head = NULL, *tail = NULL;
	const double rate = w->sample_rate;

	if (has_relation(utt, "Segment")) {
		head = relation_head(utt_relation(utt, "Segment"));
		tail = relation_tail(utt_relation(utt, "Segment"));
	}
	if (!u->rate && w->sample_rate == 16000) {
		u->rate = speex_resampler_init(1, 16000, 8000, QUALITY, NULL);
		if (u->rate)
			speex_resampler_skip_zeros(u->rate);
		else
			u->err = -ENOMEM;
	}
	u->begun = true;
	u->placed = false;
	u->base_n = u->pos_n;
	u->skip = u->breath = 0;
	u->stop = INT32_MAX;
	if (!u->first && head &&
	    !strcmp(item_feat_string(head, "name"), "pau")) {
		u->skip = (long)(MAX(item_feat_float(head, "end") - lead_s, 0) *
				 rate);
		u->breath = (long)(breath_s * rate);
	}
	if (u->end == u->spoken.n && tail && item_prev(tail) &&
	    !strcmp(item_feat_string(tail, "name"), "pau"))
		u->stop = (long)((item_feat_float(item_prev(tail), "end") +
				  trail_s) *
				 rate);
}

/* ---- audio ------------------------------------------------------------- */

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
	uint8_t ulaw[CHUNK];
	struct voice_piece p = {.ulaw = ulaw, .n = n, .words = words};

	for (size_t i = 0; i < n; i++)
		ulaw[i] = lin_to_ulaw(pcm[i]);
	u->pos_n += (uint32_t)n;
	p.nwords = words_until(u, u->pos_n, all, words);
	return (!p.n && !p.nwords) || u->h(&p, u->arg);
}

/* n samples at flite's rate, n <= CHUNK. */
static bool push(struct voice_utt *u, const short *in, size_t n)
{
	const float gain = kinds[u->kind].gain;
	spx_uint32_t left = (spx_uint32_t)n, got = CHUNK;
	int16_t scaled[CHUNK], out[CHUNK];

	for (size_t i = 0; i < n; i++)
		scaled[i] = clip((float)in[i] * gain);
	if (!u->rate)
		return give(u, scaled, n, false);
	speex_resampler_process_int(u->rate, 0, scaled, &left, out, &got);
	return give(u, out, got, false);
}

static bool is_quiet(const short *x, size_t n)
{
	double power = 0;

	for (size_t i = 0; i < n; i++)
		power += (double)x[i] * x[i];
	return power < (double)n * BREATH_POWER;
}

static int stream(const cst_wave *w, int start, int size, int last,
		  cst_audio_streaming_info *info)
{
	struct voice_utt *u = info->userdata;
	long from, to;

	(void)last;
	if (!u->begun)
		begin_sentence(u, w, info->utt);
	from = MAX(start, u->skip);
	to = MIN((long)start + size, u->stop);
	while (!u->err && from < to) {
		size_t n = (size_t)MIN(to - from, CHUNK);

		if (u->breath > 0) {
			n = MIN(n, BREATH_BLOCK);
			if (is_quiet(w->samples + from, n)) {
				u->breath -= (long)n;
				u->skip += (long)n;
				from += (long)n;
				continue;
			}
			u->breath = 0;
		}
		if (!u->placed)
			place_words(u, info->utt);
		if (!push(u, w->samples + from, n))
			u->err = -ECANCELED;
		from += (long)n;
	}
	return u->err ? CST_AUDIO_STREAM_STOP : CST_AUDIO_STREAM_CONT;
}

/* What the resampler still holds, and every word not told yet. */
static void flush(struct voice_utt *u)
{
	static const int16_t silence[CHUNK];
	spx_uint32_t left, got = CHUNK;
	int16_t out[CHUNK];

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

static int load(struct voice *v, size_t kind)
{
	cst_audio_streaming_info *info;

	if (v->flite[kind])
		return 0;
	v->flite[kind] = kinds[kind].load(NULL);
	if (!v->flite[kind])
		return -EIO;
	info = new_audio_streaming_info();
	info->asc = stream;
	info->min_buffsize = PIECE_MIN;
	feat_set(v->flite[kind]->features, "streaming_info",
		 audio_streaming_info_val(info));
	v->stream[kind] = info;
	return 0;
}

int voice_utt_new(struct voice_utt **out, struct voice *v, struct sv name,
		  struct sv text)
{
	struct voice_utt *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->voice = v;
	u->kind = find_kind(name);
	if (u->kind == ARRAY_LEN(kinds))
		u->kind = 0;
	err = readout_init(&u->spoken, text);
	if (!err) {
		u->word = calloc(u->spoken.n + 1, sizeof(*u->word));
		err = u->word ? 0 : -ENOMEM;
	}
	if (!err)
		err = load(v, u->kind);
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
	cst_utterance *utt;
	struct sv text;
	char *copy;

	if (u->at == u->spoken.n)
		return u->err;
	u->first = u->at;
	text = readout_sentence(&u->spoken, &u->at);
	u->end = u->at;
	u->h = h;
	u->arg = arg;
	u->begun = false;
	for (size_t i = u->first; i < u->end; i++)
		u->word[i] = (struct speech_word){
			u->spoken.word[i].off, u->spoken.word[i].len, u->pos_n};
	if (text.len) {
		copy = strndup(text.p, text.len);
		if (!copy)
			return -ENOMEM;
		u->voice->stream[u->kind]->userdata = u;
		utt = flite_synth_text(copy, u->voice->flite[u->kind]);
		free(copy);
		if (utt)
			delete_utterance(utt);
		else if (!u->err)
			u->err = -EIO;
	}
	if (!u->err)
		flush(u);
	return u->err ? u->err : u->at < u->spoken.n;
}
