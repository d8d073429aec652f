#include "codecs/sample.h"

size_t sample_size(enum codec_dir dir)
{
	return dir == CODEC_DECODE ? sizeof(struct plc) : 0;
}

int sample_init(void *state, enum codec_dir dir, unsigned rate_hz)
{
	return dir == CODEC_DECODE && state ? plc_init(state, rate_hz) : 0;
}

void sample_reset(void *state)
{
	if (state)
		plc_reset(state);
}

int sample_conceal(void *state, int16_t *out, size_t n, const uint8_t *next,
		   size_t next_len)
{
	(void)next;
	(void)next_len;
	if (state)
		plc_lost(state, out, n);
	else
		memset(out, 0, n * sizeof(*out));
	return 0;
}
