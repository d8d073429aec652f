/* What the tests with real models share: speech over a telephone line. */
#ifndef TESTS_UNIT_SPEECH_PHONE_H
#define TESTS_UNIT_SPEECH_PHONE_H

#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec.h"
#include "config.h"
#include "speech/local/voice.h"

#define MODELS "var/speech"

/* The models are fetched by tools/deps/speech.sh; a run without them may
 * leave these tests out, one with NB_NEED_MODELS may not. */
static inline bool phone_models(void)
{
	if (!access(MODELS "/vocab.txt", R_OK))
		return true;
	print_message("no models in " MODELS ": left out\n");
	if (getenv("NB_NEED_MODELS"))
		fail_msg("NB_NEED_MODELS is set and there are no models");
	return false;
}

static inline struct config phone_config(void)
{
	return (struct config){
		.speech = {.models = (char *)MODELS, .voice = (char *)"rms"}};
}

/* Samples at 8 kHz. */
struct phone_clip {
	struct buf b;
};

static inline int16_t *phone_pcm(const struct phone_clip *c)
{
	return (int16_t *)(void *)c->b.p;
}

static inline size_t phone_n(const struct phone_clip *c)
{
	return c->b.len / sizeof(int16_t);
}

static inline void phone_silence(struct phone_clip *c, int ms)
{
	static const int16_t zero[8];

	for (int i = 0; i < ms; i++)
		assert_int_equal(0, buf_add(&c->b, zero, sizeof(zero)));
}

static inline bool phone_piece(const struct voice_piece *p, void *arg)
{
	struct phone_clip *c = arg;

	for (size_t i = 0; i < p->n; i++)
		buf_add(&c->b, &ulaw_to_lin[p->ulaw[i]], sizeof(int16_t));
	return true;
}

/* One second-order section of a Butterworth filter, in place. */
static inline void phone_section(int16_t *x, size_t n, double hz, double q,
				 bool high)
{
	const double w = 2 * 3.14159265358979 * hz / 8000, c = cos(w);
	const double alpha = sin(w) / (2 * q), a0 = 1 + alpha;
	const double edge = high ? (1 + c) / 2 : (1 - c) / 2;
	const double b0 = edge / a0, b1 = (high ? -2 : 2) * edge / a0;
	const double a1 = -2 * c / a0, a2 = (1 - alpha) / a0;
	double s1 = 0, s2 = 0;

	for (size_t i = 0; i < n; i++) {
		double y = b0 * x[i] + s1;

		s1 = b1 * x[i] - a1 * y + s2;
		s2 = b0 * x[i] - a2 * y;
		x[i] = (int16_t)fmax(-32768, fmin(32767, lround(y)));
	}
}

/* 300-3,400 Hz, fourth order each side, then through μ-law. */
static inline void phone_line(int16_t *x, size_t n)
{
	static const double q[] = {0.5412, 1.3066};

	for (size_t i = 0; i < ARRAY_LEN(q); i++) {
		phone_section(x, n, 300, q[i], true);
		phone_section(x, n, 3400, q[i], false);
	}
	for (size_t i = 0; i < n; i++)
		x[i] = ulaw_to_lin[lin_to_ulaw(x[i])];
}

/* Says text as a caller would be heard; returns where it begins. */
static inline size_t phone_say(struct phone_clip *c, struct voice *v,
			       const char *voice, const char *text)
{
	size_t from = phone_n(c);
	struct voice_utt *u;
	int more;

	assert_int_equal(
		0, voice_utt_new(&u, v, sv_str(voice), SV("en"), sv_str(text)));
	do
		more = voice_utt_next(u, phone_piece, c);
	while (more == 1);
	assert_int_equal(0, more);
	voice_utt_free(u);
	phone_line(phone_pcm(c) + from, phone_n(c) - from);
	return from;
}

static inline void phone_fini(struct phone_clip *c)
{
	buf_fini(&c->b);
}

#endif
