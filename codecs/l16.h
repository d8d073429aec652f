/*
 * l16: 16-bit samples as they are. RTP sends them big-endian (RFC 3551,
 * 4.5.11); the media streams of carriers and providers little-endian, as WAV.
 */
#ifndef CODECS_L16_H
#define CODECS_L16_H

#include "codec.h"

extern const struct codec codec_l16, codec_l16be;

#endif
