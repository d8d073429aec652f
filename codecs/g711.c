#include "codecs/g711.h"

#include "codecs/sample.h"

/*
 * Both laws code a magnitude as segment (3 bits) and step (4 bits); the
 * segment doubles the step's size. μ-law first adds 33 steps of its smallest
 * size, so that every segment begins at a power of two.
 */
enum { ULAW_BIAS = 132, ULAW_CLIP = 32635 };

/* Number of the highest bit that is set; v is not 0. */
static int top_bit(unsigned v)
{
	return 31 - __builtin_clz(v);
}

uint8_t lin_to_ulaw(int16_t s)
{
	int mag = s < 0 ? -(int)s : s, seg, code;

	mag = MIN(mag, ULAW_CLIP) + ULAW_BIAS;
	seg = top_bit((unsigned)mag) - 7;
	code = seg << 4 | (mag >> (seg + 3) & 15);
	return (uint8_t) ~(s < 0 ? code | 0x80 : code);
}

uint8_t lin_to_alaw(int16_t s)
{
	/* One's complement of negative values: -1 is as near to 0 as 0. */
	int mag = (s < 0 ? ~(int)s : s) >> 4, seg, code;

	seg = mag < 32 ? (mag >= 16) : top_bit((unsigned)mag) - 3;
	code = seg << 4 | (seg > 1 ? mag >> (seg - 1) & 15 : mag & 15);
	return (uint8_t)((s < 0 ? code : code | 0x80) ^ 0x55);
}

static const unsigned rates_hz[] = {TEL_RATE_HZ, 0};

static int g711_count(const uint8_t *in, size_t len, unsigned rate_hz)
{
	(void)in;
	(void)rate_hz;
	return len > INT32_MAX ? -EBADMSG : (int)len;
}

static int g711_init(void *state, enum codec_dir dir, unsigned rate_hz)
{
	return rate_hz == TEL_RATE_HZ ? sample_init(state, dir, rate_hz)
				      : -EINVAL;
}

static int decode(struct plc *plc, const int16_t *tab, int16_t *out, size_t max,
		  const uint8_t *in, size_t len)
{
	if (len > max)
		return -ENOSPC;
	for (size_t i = 0; i < len; i++)
		out[i] = tab[in[i]];
	if (plc)
		plc_heard(plc, out, len);
	return (int)len;
}

static int ulaw_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		       size_t len)
{
	return decode(state, ulaw_to_lin, out, max, in, len);
}

static int alaw_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		       size_t len)
{
	return decode(state, alaw_to_lin, out, max, in, len);
}

static int ulaw_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		       size_t n)
{
	(void)state;
	if (n > max)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		out[i] = lin_to_ulaw(in[i]);
	return (int)n;
}

static int alaw_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		       size_t n)
{
	(void)state;
	if (n > max)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		out[i] = lin_to_alaw(in[i]);
	return (int)n;
}

const struct codec codec_ulaw = {
	.name = "ulaw",
	.id = CODEC_ULAW,
	.rates_hz = rates_hz,
	.sample_len = 1,
	.silence = ULAW_SILENCE,
	.size = sample_size,
	.init = g711_init,
	.reset = sample_reset,
	.count = g711_count,
	.decode = ulaw_decode,
	.encode = ulaw_encode,
	.conceal = sample_conceal,
};

const struct codec codec_alaw = {
	.name = "alaw",
	.id = CODEC_ALAW,
	.rates_hz = rates_hz,
	.sample_len = 1,
	.silence = 0xd5,
	.size = sample_size,
	.init = g711_init,
	.reset = sample_reset,
	.count = g711_count,
	.decode = alaw_decode,
	.encode = alaw_encode,
	.conceal = sample_conceal,
};
