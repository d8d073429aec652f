/*
 * opus_voice: Opus (RFC 6716) by libopus, mono, at the rate of the leg: a
 * decoder gives 8 kHz straight from a browser's 48 kHz packets. Ours are for
 * speech at 24 kbit/s, with redundancy for a lost packet, never DTX.
 */
#ifndef CODECS_OPUS_VOICE_H
#define CODECS_OPUS_VOICE_H

#include "codec.h"

extern const struct codec codec_opus;

#endif
