/*
 * g711: μ-law and A-law, one byte a sample at 8 kHz (ITU-T G.711).
 */
#ifndef CODECS_G711_H
#define CODECS_G711_H

#include "codec.h"

extern const struct codec codec_ulaw, codec_alaw;

extern const int16_t alaw_to_lin[256];
uint8_t lin_to_alaw(int16_t s);

#endif
