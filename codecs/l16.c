#include "codecs/l16.h"

#include "codecs/sample.h"

static const unsigned rates_hz[] = {8000, 16000, 24000, 48000, 0};

static int l16_count(const uint8_t *in, size_t len, unsigned rate_hz)
{
	(void)in;
	(void)rate_hz;
	return len % 2 || len / 2 > INT32_MAX ? -EBADMSG : (int)(len / 2);
}

/* hi: where the high byte stands, 0 or 1. */
static int decode(struct plc *plc, unsigned hi, int16_t *out, size_t max,
		  const uint8_t *in, size_t len)
{
	size_t n = len / 2;

	if (len % 2)
		return -EBADMSG;
	if (n > max)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)(in[2 * i + hi] << 8 | in[2 * i + !hi]);
	if (plc)
		plc_heard(plc, out, n);
	return (int)n;
}

static int encode(unsigned hi, uint8_t *out, size_t max, const int16_t *in,
		  size_t n)
{
	if (n > max / 2)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++) {
		out[2 * i + hi] = (uint8_t)((uint16_t)in[i] >> 8);
		out[2 * i + !hi] = (uint8_t)in[i];
	}
	return (int)(2 * n);
}

static int le_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		     size_t len)
{
	return decode(state, 1, out, max, in, len);
}

static int be_decode(void *state, int16_t *out, size_t max, const uint8_t *in,
		     size_t len)
{
	return decode(state, 0, out, max, in, len);
}

static int le_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		     size_t n)
{
	(void)state;
	return encode(1, out, max, in, n);
}

static int be_encode(void *state, uint8_t *out, size_t max, const int16_t *in,
		     size_t n)
{
	(void)state;
	return encode(0, out, max, in, n);
}

static int l16_init(void *state, enum codec_dir dir, unsigned rate_hz)
{
	return codec_has_rate(&codec_l16, rate_hz)
		       ? sample_init(state, dir, rate_hz)
		       : -EINVAL;
}

const struct codec codec_l16 = {
	.name = "l16",
	.id = CODEC_L16,
	.rates_hz = rates_hz,
	.sample_len = 2,
	.size = sample_size,
	.init = l16_init,
	.reset = sample_reset,
	.count = l16_count,
	.decode = le_decode,
	.encode = le_encode,
	.conceal = sample_conceal,
};

const struct codec codec_l16be = {
	.name = "l16be",
	.id = CODEC_L16BE,
	.rates_hz = rates_hz,
	.sample_len = 2,
	.size = sample_size,
	.init = l16_init,
	.reset = sample_reset,
	.count = l16_count,
	.decode = be_decode,
	.encode = be_encode,
	.conceal = sample_conceal,
};
