/* The English voices: flite in this process. */
#include "speech/local/voice_utt.h"

#include <stdlib.h>

#include <flite/flite.h>

cst_voice *register_cmu_us_rms(const char *dir);
cst_voice *register_cmu_us_slt(const char *dir);
cst_voice *register_cmu_us_awb(const char *dir);
cst_voice *register_cmu_us_kal(const char *dir);

enum { PIECE_MIN = 256 }; /* samples that flite hands out at once */

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

struct voice_flite {
	cst_voice *flite[ARRAY_LEN(kinds)]; /* loaded when first used */
	cst_audio_streaming_info *stream[ARRAY_LEN(kinds)];
};

int voice_flite_new(struct voice_flite **out)
{
	struct voice_flite *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	flite_init();
	*out = v;
	return 0;
}

struct voice_flite *voice_flite_free(struct voice_flite *v)
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

int voice_flite_find(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (sv_eq(name, kinds[i].name))
			return (int)i;
	return -ENOENT;
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
	u->err = voice_set_rate(u, (unsigned)w->sample_rate);
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
		size_t n = (size_t)MIN(to - from, VOICE_CHUNK);

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
		if (!voice_push(u, w->samples + from, n, kinds[u->kind].gain))
			u->err = -ECANCELED;
		from += (long)n;
	}
	return u->err ? CST_AUDIO_STREAM_STOP : CST_AUDIO_STREAM_CONT;
}

int voice_flite_load(struct voice_flite *v, size_t kind)
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

void voice_flite_say(struct voice_utt *u, struct sv text)
{
	char *copy = strndup(text.p, text.len);
	cst_utterance *utt;

	if (!copy) {
		u->err = -ENOMEM;
		return;
	}
	u->begun = false;
	u->flite->stream[u->kind]->userdata = u;
	utt = flite_synth_text(copy, u->flite->flite[u->kind]);
	free(copy);
	if (utt)
		delete_utterance(utt);
	else if (!u->err)
		u->err = -EIO;
}
