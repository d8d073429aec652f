/* Speech, made: a buzz with formants, syllables and pauses. */
#ifndef TESTS_UNIT_AUDIO_SPEAK_H
#define TESTS_UNIT_AUDIO_SPEAK_H

#include <math.h>
#include <stdint.h>

#include "base/base.h"

static uint32_t speak_seed;

static inline float speak_rnd(void)
{
	speak_seed = speak_seed * 1664525 + 1013904223;
	return (float)(speak_seed >> 8) / (1 << 23) - 1;
}

/* A resonance; its state is in v. */
static inline float speak_formant(float v[2], float x, float hz, float width)
{
	float r = expf(-(float)M_PI * width / 8000);
	float y = (1 - r) * x +
		  2 * r * cosf(2 * (float)M_PI * hz / 8000) * v[0] -
		  r * r * v[1];

	v[1] = v[0];
	v[0] = y;
	return y;
}

/* Speech-like, about -20 dBov; turns of 4 s with 2 s of silence between. */
static inline void speak(int16_t *out, int n, uint32_t from, bool pauses)
{
	float v[3][2] = {{0}}, phase = 0, hz[3] = {500, 1500, 2500}, buzz, x;
	float pitch = 120, open = 0;

	speak_seed = from;
	for (int i = 0; i < n; i++) {
		if (i % 1400 == 0) { /* a syllable */
			hz[0] = 450 + 250 * speak_rnd();
			hz[1] = 1500 + 600 * speak_rnd();
			hz[2] = 2600 + 400 * speak_rnd();
			pitch = 130 + 40 * speak_rnd();
			open = .3f + .7f * fabsf(speak_rnd());
		}
		phase += pitch / 8000;
		buzz = phase >= 1 ? 8 : .15f * speak_rnd();
		phase -= phase >= 1;
		x = 0;
		for (int k = 0; k < 3; k++)
			x += speak_formant(v[k], buzz, hz[k],
					   90 + 40 * (float)k);
		x *= open * sinf((float)M_PI * (float)(i % 1400) / 1400);
		if (pauses && i % 48000 >= 32000)
			x = 0;
		out[i] = (int16_t)lrintf(MAX(-32768, MIN(32767, x * 14000)));
	}
}

#endif
