/*
 * plc: loss concealment for codecs that bring none: repeats the last pitch
 * period and fades out, as ITU-T G.711 Appendix I does, more simply. Joins
 * both ends without a click.
 */
#ifndef CODECS_PLC_H
#define CODECS_PLC_H

#include "base/base.h"

enum { PLC_RATE_MAX = 48000, PLC_HIST_N = PLC_RATE_MAX / 1000 * 32 };

struct plc {
	unsigned rate_hz;
	uint32_t lost_n;	  /* made up since the last true sample */
	uint32_t period_n;	  /* repeated while lost_n > 0 */
	int16_t hist[PLC_HIST_N]; /* the last 32 ms, newest last */
};

/** 0 or -EINVAL: a rate of under 1 kHz or over PLC_RATE_MAX. */
int plc_init(struct plc *p, unsigned rate_hz);
void plc_reset(struct plc *p);
/** True audio: is remembered; after a loss its first 4 ms are blended. */
void plc_heard(struct plc *p, int16_t *pcm, size_t n);
/** Makes up the next n samples. */
void plc_lost(struct plc *p, int16_t *out, size_t n);

#endif
