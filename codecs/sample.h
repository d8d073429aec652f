/*
 * sample: what codecs without packets share. Decoding's state is a struct plc
 * and may be NULL; encoding has none.
 */
#ifndef CODECS_SAMPLE_H
#define CODECS_SAMPLE_H

#include "codec.h"
#include "codecs/plc.h"

size_t sample_size(enum codec_dir dir);
int sample_init(void *state, enum codec_dir dir, unsigned rate_hz);
void sample_reset(void *state);
/** Without a state: silence. */
int sample_conceal(void *state, int16_t *out, size_t n, const uint8_t *next,
		   size_t next_len);

#endif
