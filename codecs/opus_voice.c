#include "codecs/opus_voice.h"

#include <opus.h>

#define BITRATE 24000
#define COMPLEXITY 5
#define LOSS_PERCENT 5 /* above 0 the encoder adds redundancy */
#define FULL_MS 60     /* of what is made up; then it fades … */
#define GONE_MS 160    /* … until here */

static const unsigned rates_hz[] = {8000, 16000, 24000, 48000, 0};

/* libopus' state follows at once; both parts need malloc()'s alignment. */
struct state {
	_Alignas(16) enum codec_dir dir;
	unsigned rate_hz;
	uint32_t lost_n; /* made up since the last packet */
};

static void *lib(struct state *s)
{
	return s + 1;
}

static size_t opus_size(enum codec_dir dir)
{
	return sizeof(struct state) +
	       (size_t)(dir == CODEC_DECODE ? opus_decoder_get_size(1)
					    : opus_encoder_get_size(1));
}

static int init_encoder(OpusEncoder *e, int rate_hz)
{
	/* Not VOIP: its high-pass turns the phase of low voices. */
	int err = opus_encoder_init(e, rate_hz, 1, OPUS_APPLICATION_AUDIO);

	if (!err)
		err = opus_encoder_ctl(e, OPUS_SET_BITRATE(BITRATE));
	if (!err)
		err = opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(COMPLEXITY));
	if (!err)
		err = opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(1));
	if (!err)
		err = opus_encoder_ctl(e,
				       OPUS_SET_PACKET_LOSS_PERC(LOSS_PERCENT));
	return err;
}

static int opus_init(void *state, enum codec_dir dir, unsigned rate_hz)
{
	struct state *s = state;
	int err;

	if (!codec_has_rate(&codec_opus, rate_hz))
		return -EINVAL;
	*s = (struct state){.dir = dir, .rate_hz = rate_hz};
	if (dir == CODEC_DECODE)
		err = opus_decoder_init(lib(s), (int)rate_hz, 1);
	else
		err = init_encoder(lib(s), (int)rate_hz);
	return err ? -EINVAL : 0;
}

static void opus_reset(void *state)
{
	struct state *s = state;

	if (s->dir == CODEC_DECODE)
		opus_decoder_ctl(lib(s), OPUS_RESET_STATE);
	else
		opus_encoder_ctl(lib(s), OPUS_RESET_STATE);
	s->lost_n = 0;
}

/* Looks through the whole framing, not only at the first byte. */
static int opus_count(const uint8_t *in, size_t len, unsigned rate_hz)
{
	const unsigned char *frames[48];
	opus_int16 sizes[48];
	int n;

	if (!len)
		return 0;
	if (len > CODEC_PACKET_MAX)
		return -EBADMSG;
	if (opus_packet_parse(in, (opus_int32)len, NULL, frames, sizes, NULL) <
	    1)
		return -EBADMSG;
	n = opus_packet_get_nb_samples(in, (opus_int32)len, (int)rate_hz);
	return n < 1 ? -EBADMSG : n;
}

static int opus_decode_h(void *state, int16_t *out, size_t max,
			 const uint8_t *in, size_t len)
{
	struct state *s = state;
	int n = opus_count(in, len, s->rate_hz);

	if (n < 1)
		return n;
	if ((size_t)n > max)
		return -ENOSPC;
	s->lost_n = 0;
	n = opus_decode(lib(s), in, (opus_int32)len, out, n, 0);
	return n < 0 ? -EBADMSG : n;
}

static int opus_encode_h(void *state, uint8_t *out, size_t max,
			 const int16_t *in, size_t n)
{
	struct state *s = state;
	size_t ms = n * 1000 / s->rate_hz;
	opus_int32 len;

	if (!n)
		return 0;
	if (n * 1000 % s->rate_hz ||
	    (ms != 10 && ms != 20 && ms != 40 && ms != 60))
		return -EINVAL;
	if (max < CODEC_PACKET_MAX)
		return -ENOSPC;
	len = opus_encode(lib(s), in, (int)n, out, CODEC_PACKET_MAX);
	return len < 0 ? -EINVAL : len;
}

/* What libopus makes up goes on as noise for ever; ours ends. */
static void fade(struct state *s, int16_t *out, size_t n)
{
	uint32_t full_n = s->rate_hz / 1000 * FULL_MS;
	uint32_t gone_n = s->rate_hz / 1000 * GONE_MS;

	for (size_t i = 0; i < n; i++, s->lost_n += s->lost_n < gone_n) {
		if (s->lost_n > full_n)
			out[i] = (int16_t)(out[i] *
					   (int64_t)(gone_n - s->lost_n) /
					   (gone_n - full_n));
	}
}

static int opus_conceal(void *state, int16_t *out, size_t n,
			const uint8_t *next, size_t next_len)
{
	struct state *s = state;
	size_t ms = n * 1000 / s->rate_hz;
	bool copy = next && next_len;

	if (!n || n * 1000 % s->rate_hz || ms % 10 || ms > 60)
		return -EINVAL;
	if (copy && opus_count(next, next_len, s->rate_hz) < 1)
		copy = false;
	if (opus_decode(lib(s), copy ? next : NULL,
			copy ? (opus_int32)next_len : 0, out, (int)n,
			copy) != (int)n)
		memset(out, 0, n * sizeof(*out));
	fade(s, out, n);
	return 0;
}

const struct codec codec_opus = {
	.name = "opus",
	.id = CODEC_OPUS,
	.rates_hz = rates_hz,
	.size = opus_size,
	.init = opus_init,
	.reset = opus_reset,
	.count = opus_count,
	.decode = opus_decode_h,
	.encode = opus_encode_h,
	.conceal = opus_conceal,
};
