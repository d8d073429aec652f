#include "packets.h"

#include <errno.h>
#include <math.h>
#include <opus.h>
#include <stdlib.h>

#include "codec.h"

enum {
	RATE_HZ = 48000,
	PACKET_N = RATE_HZ / 50,
	PACKET_MAX = 256,
	BITRATE = 24000, /* as web/src/voice.ts asks for */
	/* Encoded in front of the ring, so that its end and begin join. */
	LEAD = 50,
	/* 10 ms in the middle: whole periods of both tones. */
	EAR_N = 80,
	EAR_FROM = (160 - EAR_N) / 2,
	/* So many words in a row name the same start: chance does not. */
	AGREED = 20,
};

/*
 * Both lie in one band of audio/bands.c, which would otherwise see it flicker,
 * and below whatever the gateway takes for a first sound (-50 dBov). Noise is
 * with them as it is with each microphone.
 */
static const double tone_hz[2] = {700, 800};
#define TONE 46.0 /* -60 dBov */
#define NOISE 8.0

struct packets {
	uint8_t bit[PACKETS_N];
	uint16_t place[PACKETS_N + 1]; /* of the word that ends there */
	uint16_t len[PACKETS_N];
	uint8_t data[PACKETS_N][PACKET_MAX];
	int16_t wave[2][2][EAR_N]; /* tone, cosine and sine */
};

/* x^11 + x^9 + 1 is primitive: all words but 0 come up. */
static void make_bits(struct packets *p)
{
	uint32_t word = 1;

	for (int i = 0; i < PACKETS_N; i++) {
		uint32_t bit = (word >> 10 ^ word >> 8) & 1;

		word = (word << 1 | bit) & PACKETS_N;
		p->bit[i] = (uint8_t)bit;
		p->place[word] = (uint16_t)i;
	}
}

/* The sample at n of a ring that begins at 0; n may be negative. */
static int16_t sample(const struct packets *p, int64_t n, uint32_t *seed)
{
	const int64_t all = (int64_t)PACKETS_N * PACKET_N;
	uint8_t bit = p->bit[(n + all) % all / PACKET_N];
	double noise;

	*seed = *seed * 1664525u + 1013904223u;
	noise = (double)(*seed >> 8) / (1 << 24) * 2 - 1;
	/* Whole periods fit into a packet: the phase does not jump. */
	return (int16_t)lrint(TONE * sin(2 * M_PI * tone_hz[bit] *
					 (double)(n + all) / RATE_HZ) +
			      NOISE * noise);
}

static int encode(struct packets *p, OpusEncoder *e)
{
	int16_t pcm[PACKET_N];
	uint32_t seed = 1;
	opus_int32 ahead, len;

	if (opus_encoder_ctl(e, OPUS_SET_BITRATE(BITRATE)) ||
	    opus_encoder_ctl(e, OPUS_GET_LOOKAHEAD(&ahead)))
		return -EINVAL;
	for (int i = -LEAD; i < PACKETS_N; i++) {
		uint8_t *to = p->data[MAX(i, 0)];

		for (int k = 0; k < PACKET_N; k++)
			pcm[k] = sample(p, (int64_t)i * PACKET_N + k + ahead,
					&seed);
		len = opus_encode(e, pcm, PACKET_N, to, PACKET_MAX);
		if (len < 1)
			return -EINVAL;
		p->len[MAX(i, 0)] = (uint16_t)len;
	}
	return 0;
}

int packets_new(struct packets **out)
{
	struct packets *p = calloc(1, sizeof(*p));
	OpusEncoder *e;
	int err;

	if (!p)
		return -ENOMEM;
	make_bits(p);
	for (int t = 0; t < 2; t++)
		for (int i = 0; i < EAR_N; i++) {
			double w = 2 * M_PI * tone_hz[t] * i / 8000;

			p->wave[t][0][i] = (int16_t)lrint(1024 * cos(w));
			p->wave[t][1][i] = (int16_t)lrint(1024 * sin(w));
		}
	/* As the page encodes: for voice, no DTX. */
	e = opus_encoder_create(RATE_HZ, 1, OPUS_APPLICATION_VOIP, &err);
	err = e ? encode(p, e) : -ENOMEM;
	if (e)
		opus_encoder_destroy(e);
	if (err)
		free(p);
	else
		*out = p;
	return err;
}

struct sv packets_get(const struct packets *p, uint64_t at)
{
	at %= PACKETS_N;
	return (struct sv){(const char *)p->data[at], p->len[at]};
}

static int64_t power(const struct packets *p, int tone, const int16_t *pcm)
{
	int64_t re = 0, im = 0;

	for (int i = 0; i < EAR_N; i++) {
		re += pcm[i] * p->wave[tone][0][i];
		im += pcm[i] * p->wave[tone][1][i];
	}
	re >>= 10;
	im >>= 10;
	return re * re + im * im;
}

bool packets_hear(const struct packets *p, struct packets_ear *ear,
		  const uint8_t *ulaw)
{
	int16_t pcm[EAR_N];
	uint32_t start;
	uint8_t bit;

	for (int i = 0; i < EAR_N; i++)
		pcm[i] = ulaw_to_lin[ulaw[EAR_FROM + i]];
	bit = power(p, 1, pcm) > power(p, 0, pcm);
	ear->word = (ear->word << 1 | bit) & PACKETS_N;
	ear->n++;
	if (ear->known)
		return bit == p->bit[(ear->start + ear->n - 1) % PACKETS_N];
	if (ear->n < PACKETS_WORD)
		return false;
	start = (uint32_t)((p->place[ear->word] + PACKETS_N -
			    (ear->n - 1) % PACKETS_N) %
			   PACKETS_N);
	ear->agreed = start == ear->start ? ear->agreed + 1 : 0;
	ear->start = start;
	ear->known = ear->agreed >= AGREED;
	return false;
}
