#include "audio/tongue.h"

#include <stdlib.h>

#include "audio/resample.h"
#include "codec.h"

/* The highest rate in units of ours. */
enum { RATIO_MAX = 6 };

/* What is only needed where bytes do not pass. */
struct work {
	int16_t near[TONGUE_IN_MAX]; /* at our rate */
	int16_t far[MAX(TONGUE_IN_MAX, TONGUE_OUT_N *RATIO_MAX + 1)];
	uint8_t ulaw[TONGUE_IN_MAX];
	uint8_t bytes[2 * (TONGUE_OUT_N * RATIO_MAX + 1)];
};

struct tongue {
	const struct codec *codec;
	unsigned rate_hz; /* of the codec's samples */
	void *dec, *enc;
	struct resample *down, *up;
	const uint8_t *in; /* of the last look */
	size_t in_len;
	int n;
	struct work *work; /* NULL: bytes pass */
};

int tongue_new(struct tongue **out, enum codec_id id, unsigned rate_hz)
{
	struct tongue *w = calloc(1, sizeof(*w));
	int err = -EINVAL;

	if (!w)
		return -ENOMEM;
	w->codec = codec_find(id);
	if (!w->codec || !codec_has_rate(w->codec, rate_hz) ||
	    rate_hz > TEL_RATE_HZ * RATIO_MAX)
		goto fail;
	/* Packets are decoded to our rate, whatever they were made of. */
	w->rate_hz = w->codec->sample_len ? rate_hz : TEL_RATE_HZ;
	if (id == CODEC_ULAW) {
		*out = w;
		return 0;
	}
	w->work = calloc(1, sizeof(*w->work));
	err = w->work ? 0 : -ENOMEM;
	if (!err)
		err = codec_state_new(&w->dec, w->codec, CODEC_DECODE,
				      w->rate_hz);
	if (!err)
		err = codec_state_new(&w->enc, w->codec, CODEC_ENCODE,
				      w->rate_hz);
	if (!err)
		err = resample_new(&w->down, w->rate_hz, TEL_RATE_HZ);
	if (!err)
		err = resample_new(&w->up, TEL_RATE_HZ, w->rate_hz);
	if (err)
		goto fail;
	*out = w;
	return 0;
fail:
	tongue_free(w);
	return err;
}

struct tongue *tongue_free(struct tongue *w)
{
	if (w) {
		free(w->dec);
		free(w->enc);
		resample_free(w->down);
		resample_free(w->up);
		free(w->work);
		free(w);
	}
	return NULL;
}

size_t tongue_piece_len(const struct tongue *w)
{
	return w->codec->sample_len ? TONGUE_IN_MAX : 0;
}

/* Decoded at once: only then is it known what the resampler gives. */
static int look_samples(struct tongue *w)
{
	struct work *k = w->work;
	int n = w->codec->decode(w->dec, k->far, ARRAY_LEN(k->far), w->in,
				 w->in_len);

	if (n < 0)
		return n;
	return resample_run(w->down, k->far, (size_t)n, k->near,
			    ARRAY_LEN(k->near));
}

int tongue_look(struct tongue *w, const uint8_t *data, size_t len)
{
	w->in = data;
	w->in_len = len;
	w->n = 0;
	if (len > TONGUE_IN_MAX)
		return -ENOSPC;
	if (!w->work)
		w->n = (int)len;
	else if (w->codec->sample_len)
		w->n = look_samples(w);
	else
		w->n = w->codec->count(data, len, TEL_RATE_HZ);
	return w->n;
}

static const uint8_t *near_ulaw(struct work *k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		k->ulaw[i] = lin_to_ulaw(k->near[i]);
	return k->ulaw;
}

const uint8_t *tongue_read(struct tongue *w)
{
	struct work *k = w->work;
	int got;

	if (!k)
		return w->in;
	if (!w->codec->sample_len) {
		got = w->codec->decode(w->dec, k->near, ARRAY_LEN(k->near),
				       w->in, w->in_len);
		for (int i = MAX(got, 0); i < w->n; i++)
			k->near[i] = 0; /* a packet that was only noise */
	}
	return near_ulaw(k, (size_t)w->n);
}

const uint8_t *tongue_lost(struct tongue *w, size_t n, bool next)
{
	struct work *k = w->work;

	if (!k || w->codec->sample_len || n > TONGUE_OUT_N ||
	    w->codec->conceal(w->dec, k->near, n, next ? w->in : NULL,
			      next ? w->in_len : 0))
		return NULL;
	return near_ulaw(k, n);
}

int tongue_write(struct tongue *w, const uint8_t *ulaw, size_t n,
		 const uint8_t **out)
{
	struct work *k = w->work;
	int got;

	if (n > TONGUE_OUT_N)
		return -EINVAL;
	*out = ulaw;
	if (!k)
		return (int)n;
	for (size_t i = 0; i < n; i++)
		k->near[i] = ulaw_to_lin[ulaw[i]];
	got = resample_run(w->up, k->near, n, k->far, ARRAY_LEN(k->far));
	*out = k->bytes;
	return got < 0 ? got
		       : w->codec->encode(w->enc, k->bytes, sizeof(k->bytes),
					  k->far, (size_t)got);
}

void tongue_cut(struct tongue *w)
{
	if (!w->work)
		return;
	w->codec->reset(w->enc);
	resample_reset(w->up);
}
