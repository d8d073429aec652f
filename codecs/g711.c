#include "codecs/g711.h"

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

static int decode(const int16_t *tab, int16_t *out, size_t max,
		  const uint8_t *in, size_t len)
{
	size_t i;

	if (len > max)
		return -ENOSPC;
	for (i = 0; i < len; i++)
		out[i] = tab[in[i]];
	return (int)len;
}

static int ulaw_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		       size_t len)
{
	(void)state;
	return decode(ulaw_to_lin, out, max, in, len);
}

static int alaw_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		       size_t len)
{
	(void)state;
	return decode(alaw_to_lin, out, max, in, len);
}

static int ulaw_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		       size_t n)
{
	size_t i;

	(void)state;
	if (n > max)
		return -ENOSPC;
	for (i = 0; i < n; i++)
		out[i] = lin_to_ulaw(in[i]);
	return (int)n;
}

static int alaw_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		       size_t n)
{
	size_t i;

	(void)state;
	if (n > max)
		return -ENOSPC;
	for (i = 0; i < n; i++)
		out[i] = lin_to_alaw(in[i]);
	return (int)n;
}

const struct codec codec_ulaw = {
	.name = "ulaw",
	.id = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.decode = ulaw_decode,
	.encode = ulaw_encode,
};

const struct codec codec_alaw = {
	.name = "alaw",
	.id = CODEC_ALAW,
	.rate_hz = TEL_RATE_HZ,
	.decode = alaw_decode,
	.encode = alaw_encode,
};
