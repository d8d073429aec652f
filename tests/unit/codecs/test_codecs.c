/* codecs: every codec of the table keeps the promises of include/codec.h. */
#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>

#include <opus.h>

#include "codecs/g711.h"
#include "codecs/l16.h"
#include "codecs/opus_voice.h"

/*
 * The suite that every codec of the table goes through at each of its rates.
 * lag_ms: what the codec may delay; snr_db: of a round trip of speech-like
 * sound, aligned. A new codec fails here until it has its line.
 */
static const struct {
	enum codec_id id;
	int snr_db;
	unsigned lag_ms;
	bool exact; /* frames may be cut anywhere: the sum is the same */
} expected[] = {
	{CODEC_ULAW, 30, 0, true},   {CODEC_ALAW, 30, 0, true},
	{CODEC_L16, 90, 0, true},    {CODEC_L16BE, 90, 0, true},
	{CODEC_OPUS, 10, 30, false},
};

enum { SECONDS = 2, N_MAX = SECONDS * 48000, OUT_MAX = 2 * N_MAX };

/* One codec at one rate, with fresh states and room for what it says. */
struct trial {
	const struct codec *c;
	unsigned rate_hz;
	size_t which; /* of expected */
	void *enc, *dec;
	size_t frame_n; /* 20 ms */
	int16_t in[N_MAX], back[N_MAX];
	uint8_t out[OUT_MAX];
	size_t packets, len[SECONDS * 1000];
};

static struct trial *trial_new(const struct codec *c, unsigned rate_hz)
{
	struct trial *t = calloc(1, sizeof(*t));

	t->c = c;
	t->rate_hz = rate_hz;
	t->frame_n = rate_hz / 50;
	while (t->which < ARRAY_LEN(expected) && expected[t->which].id != c->id)
		t->which++;
	assert_true(t->which < ARRAY_LEN(expected));
	assert_int_equal(0, codec_state_new(&t->enc, c, CODEC_ENCODE, rate_hz));
	assert_int_equal(0, codec_state_new(&t->dec, c, CODEC_DECODE, rate_hz));
	return t;
}

static void trial_free(struct trial *t)
{
	free(t->enc);
	free(t->dec);
	free(t);
}

/* A voiced sound: harmonics of a gliding 120 Hz, as loud as speech. */
static void voiced(int16_t *x, size_t n, unsigned rate_hz)
{
	double phase = 0;

	for (size_t i = 0; i < n; i++) {
		double v = 0, t = (double)i / rate_hz;

		phase += 2 * M_PI * (120 + 20 * sin(2 * t)) / rate_hz;
		for (int k = 1; k <= 12; k++)
			v += sin(k * phase) / k;
		x[i] = (int16_t)(6000 * v * (0.6 + 0.4 * sin(9 * t)));
	}
}

/* Codes in by frames of 20 ms; each goes to its own packet. */
static void encode_all(struct trial *t, size_t n)
{
	size_t at = 0;

	t->packets = 0;
	for (size_t i = 0; i < n; i += t->frame_n) {
		uint8_t p[4 * CODEC_PACKET_MAX];
		int len = t->c->encode(t->enc, p, sizeof(p), t->in + i,
				       t->frame_n);

		assert_true(len > 0);
		if (t->c->sample_len)
			assert_int_equal(len, t->frame_n * t->c->sample_len);
		else
			assert_in_range(len, 1, CODEC_PACKET_MAX);
		assert_int_equal(t->frame_n,
				 t->c->count(p, (size_t)len, t->rate_hz));
		memcpy(t->out + at, p, (size_t)len);
		t->len[t->packets++] = (size_t)len;
		at += (size_t)len;
	}
}

static size_t decode_all(struct trial *t, int16_t *to)
{
	size_t at = 0, n = 0;

	for (size_t i = 0; i < t->packets; i++) {
		int k = t->c->decode(t->dec, to + n, N_MAX - n, t->out + at,
				     t->len[i]);

		assert_int_equal(t->frame_n, k);
		at += t->len[i];
		n += (size_t)k;
	}
	return n;
}

static double power_db(const int16_t *x, size_t n)
{
	double sum = 1e-9;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return 10 * log10(sum / (double)n);
}

/* Best over the lags that the codec may have. */
static double snr_db(const struct trial *t, size_t n)
{
	size_t lag_max = expected[t->which].lag_ms * t->rate_hz / 1000;
	double best = -99;

	for (size_t lag = 0; lag <= lag_max; lag++) {
		double noise = 1e-9, power = 1e-9;

		for (size_t i = t->rate_hz / 5; i + lag < n; i++) {
			noise += pow(t->in[i] - t->back[i + lag], 2);
			power += pow(t->in[i], 2);
		}
		best = MAX(best, 10 * log10(power / noise));
	}
	return best;
}

typedef void trial_h(struct trial *t);

static void each(trial_h *h)
{
	for (size_t i = 0; codec_all[i]; i++)
		for (const unsigned *r = codec_all[i]->rates_hz; *r; r++) {
			struct trial *t = trial_new(codec_all[i], *r);

			print_message("%s at %u Hz\n", codec_all[i]->name, *r);
			h(t);
			trial_free(t);
		}
}

static void test_table(void **state)
{
	(void)state;

	assert_non_null(codec_all[0]);
	for (size_t i = 0; codec_all[i]; i++) {
		const struct codec *c = codec_all[i];
		void *st = &st;

		assert_ptr_equal(c, codec_find(c->id));
		assert_true(c->rates_hz[0] >= 8000);
		assert_true(codec_has_rate(c, TEL_RATE_HZ));
		assert_false(codec_has_rate(c, 11025));
		assert_int_equal(-EINVAL,
				 codec_state_new(&st, c, CODEC_DECODE, 11025));
		assert_null(st);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(c->name, codec_all[k]->name);
			assert_int_not_equal(c->id, codec_all[k]->id);
		}
	}
	assert_null(codec_find((enum codec_id)99));
}

static void round_trip(struct trial *t)
{
	size_t n = SECONDS * t->rate_hz;
	double got;

	voiced(t->in, n, t->rate_hz);
	encode_all(t, n);
	assert_int_equal(n, decode_all(t, t->back));
	got = snr_db(t, n);
	print_message("  %.1f dB, %zu bytes of the last 20 ms\n", got,
		      t->len[t->packets - 1]);
	assert_true(got > expected[t->which].snr_db);
}

static void sizes(struct trial *t)
{
	uint8_t out[4 * CODEC_PACKET_MAX];
	int16_t back[16];
	int len;

	voiced(t->in, t->frame_n, t->rate_hz);
	assert_int_equal(-ENOSPC,
			 t->c->encode(t->enc, out, 3, t->in, t->frame_n));
	len = t->c->encode(t->enc, out, sizeof(out), t->in, t->frame_n);
	assert_true(len > 0);
	back[3] = 0x5a5a;
	assert_int_equal(-ENOSPC,
			 t->c->decode(t->dec, back, 3, out, (size_t)len));
	assert_int_equal(0x5a5a, back[3]);
	assert_int_equal(0, t->c->encode(t->enc, out, 1, t->in, 0));
	assert_int_equal(0, t->c->decode(t->dec, back, 1, out, 0));
	assert_int_equal(0, t->c->count(out, 0, t->rate_hz));
	if (!t->c->sample_len) { /* no such packet */
		assert_int_equal(-EINVAL, t->c->encode(t->enc, out, sizeof(out),
						       t->in, t->frame_n - 1));
		assert_int_equal(
			-EBADMSG,
			t->c->count(out, CODEC_PACKET_MAX + 1, t->rate_hz));
	}
}

static void silence(struct trial *t)
{
	size_t n = t->rate_hz / 5;

	memset(t->in, 0, n * sizeof(*t->in));
	encode_all(t, n);
	for (size_t i = 0; t->c->sample_len && i < n * t->c->sample_len; i++)
		assert_int_equal(t->c->silence, t->out[i]);
	assert_int_equal(n, decode_all(t, t->back));
	for (size_t i = 0; i < n; i++)
		assert_in_range(t->back[i] + 8, 0, 16);
}

/* After reset() a state is as good as new. */
static void reset(struct trial *t)
{
	size_t n = t->rate_hz / 2, sum;
	uint8_t *first = malloc(OUT_MAX);
	int16_t *was = malloc(n * sizeof(*was));

	voiced(t->in, n, t->rate_hz);
	encode_all(t, n);
	sum = 0;
	for (size_t i = 0; i < t->packets; i++)
		sum += t->len[i];
	memcpy(first, t->out, sum);
	decode_all(t, was);
	encode_all(t, n); /* something else went before */
	decode_all(t, t->back);
	if (t->enc)
		t->c->reset(t->enc);
	if (t->dec)
		t->c->reset(t->dec);
	encode_all(t, n);
	assert_memory_equal(first, t->out, sum);
	decode_all(t, t->back);
	assert_memory_equal(was, t->back, n * sizeof(*was));
	free(first);
	free(was);
}

/*
 * One state through the stream: what is cut into frames sounds as one piece.
 * Sample codecs: the same bytes however it is cut. Packets: a state that is
 * thrown away at each frame would be heard.
 */
static void continuity(struct trial *t)
{
	size_t n = t->rate_hz, sum = 0, at = 0, k;
	uint8_t *whole;
	double one, many;

	voiced(t->in, n, t->rate_hz);
	encode_all(t, n);
	if (expected[t->which].exact) {
		sum = n * t->c->sample_len;
		whole = malloc(sum);
		assert_int_equal(sum,
				 t->c->encode(t->enc, whole, sum, t->in, n));
		assert_memory_equal(whole, t->out, sum);
		for (k = 1; at + k <= n; k = k % 331 + 7) {
			size_t b = t->c->sample_len;

			assert_int_equal(k,
					 t->c->decode(t->dec, t->back + at, k,
						      whole + at * b, k * b));
			at += k;
		}
		assert_true(snr_db(t, at) > expected[t->which].snr_db);
		free(whole);
		return;
	}
	decode_all(t, t->back);
	one = snr_db(t, n);
	for (size_t i = 0, from = 0; i < t->packets; from += t->len[i++]) {
		t->c->reset(t->dec);
		t->c->decode(t->dec, t->back + i * t->frame_n, t->frame_n,
			     t->out + from, t->len[i]);
	}
	many = snr_db(t, n);
	assert_true(one > many + 3);
}

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/*
 * Each prefix of a packet, and noise: what decode() accepts is as long as
 * count() said, nothing is written behind it, and afterwards good packets
 * are decoded as ever.
 */
static void bad_input(struct trial *t)
{
	size_t max = t->rate_hz * CODEC_PACKET_MAX_MS / 1000, n = t->rate_hz;
	double before;

	voiced(t->in, n, t->rate_hz);
	encode_all(t, n);
	for (int i = 0; i < 4000; i++) {
		size_t len = i < (int)t->len[0] ? (size_t)i : 1 + draw(400);
		uint8_t *p = malloc(len ? len : 1); /* its end is guarded */
		int want, got;

		if (i < (int)t->len[0])
			memcpy(p, t->out, len);
		else
			for (size_t k = 0; k < len; k++)
				p[k] = (uint8_t)draw(256);
		want = t->c->count(p, len, t->rate_hz);
		t->back[max] = 0x5a5a;
		got = t->c->decode(t->dec, t->back, max, p, len);
		assert_true(got == want || got == -EBADMSG);
		assert_true(want <= (int)max);
		assert_int_equal(0x5a5a, t->back[max]);
		free(p);
	}
	if (t->c->sample_len == 2)
		assert_int_equal(-EBADMSG, t->c->count(t->out, 3, t->rate_hz));
	decode_all(t, t->back);
	before = snr_db(t, n);
	assert_true(before > expected[t->which].snr_db - 3);
}

/* The largest step between two samples: a click has a large one. */
static int steepest(const int16_t *x, size_t n)
{
	int most = 0;

	for (size_t i = 1; i < n; i++)
		most = MAX(most, abs(x[i] - x[i - 1]));
	return most;
}

/*
 * A frame in ten is lost: what is made up is about as loud as what was there
 * and joins without a click. Long losses end in silence.
 */
static void conceal(struct trial *t)
{
	size_t n = t->rate_hz, at = 0, f = t->frame_n;
	double was_db, got_db;

	voiced(t->in, n, t->rate_hz);
	encode_all(t, n);
	for (size_t i = 0; i < t->packets; at += t->len[i++])
		if (i % 10 == 7)
			assert_int_equal(
				0, t->c->conceal(t->dec, t->back + i * f, f,
						 t->out + at + t->len[i],
						 t->len[i + 1]));
		else
			t->c->decode(t->dec, t->back + i * f, f, t->out + at,
				     t->len[i]);
	was_db = power_db(t->in + f * 10, n - f * 10);
	got_db = power_db(t->back + f * 10, n - f * 10);
	assert_true(fabs(was_db - got_db) < 3);
	for (size_t i = 17; i + 1 < t->packets; i += 10) {
		double lost_db = power_db(t->back + i * f, f);

		assert_true(lost_db > was_db - 12 && lost_db < was_db + 3);
	}
	assert_true(steepest(t->back, n) < 2 * steepest(t->in, n));
	for (size_t i = 0; i < 25; i++) /* half a second of nothing */
		assert_int_equal(
			0, t->c->conceal(t->dec, t->back + i * f, f, NULL, 0));
	assert_true(power_db(t->back + 20 * f, 5 * f) < was_db - 30);
	t->c->reset(t->dec);
	assert_int_equal(0, t->c->conceal(t->dec, t->back, f, NULL, 0));
	assert_true(power_db(t->back, f) < 10); /* of nothing: nothing */
}

#define SUITE(name)                                                            \
	static void test_##name(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		each(name);                                                    \
	}
SUITE(round_trip)
SUITE(sizes)
SUITE(silence)
SUITE(reset)
SUITE(continuity)
SUITE(bad_input)
SUITE(conceal)

/* Without a state sample codecs conceal by silence. */
static void test_no_state(void **state)
{
	int16_t pcm[160] = {7};
	(void)state;

	for (size_t i = 0; codec_all[i]; i++) {
		if (!codec_all[i]->sample_len)
			continue;
		assert_int_equal(
			0, codec_all[i]->conceal(NULL, pcm, 160, NULL, 0));
		assert_int_equal(0, pcm[0]);
		codec_all[i]->reset(NULL);
	}
}

static void test_byte_order(void **state)
{
	const int16_t in[] = {0x0102, -2};
	static const uint8_t le[] = {2, 1, 0xfe, 0xff},
			     be[] = {1, 2, 0xff, 0xfe};
	uint8_t out[4];
	(void)state;

	assert_int_equal(4, codec_l16.encode(NULL, out, 4, in, 2));
	assert_memory_equal(le, out, 4);
	assert_int_equal(4, codec_l16be.encode(NULL, out, 4, in, 2));
	assert_memory_equal(be, out, 4);
}

/* A browser's packets: 48 kHz stereo of 20 to 60 ms, straight to 8 kHz. */
static void test_browser_packets(void **state)
{
	static const int ms[] = {10, 20, 40, 60};
	int err;
	OpusEncoder *e =
		opus_encoder_create(48000, 2, OPUS_APPLICATION_AUDIO, &err);
	void *dec;
	int16_t in[2 * 2880], out[480];
	uint8_t p[CODEC_PACKET_MAX];
	(void)state;

	assert_int_equal(0, err);
	assert_int_equal(0, codec_state_new(&dec, &codec_opus, CODEC_DECODE,
					    TEL_RATE_HZ));
	for (int i = 0; i < 5760; i++)
		in[i] = (int16_t)(8000 * sin(i / 2 * 2 * M_PI * 440 / 48000));
	for (size_t i = 0; i < 40; i++) {
		int k = ms[i % 4];
		int len = opus_encode(e, in, 48 * k, p, sizeof(p));

		assert_true(len > 0);
		assert_int_equal(8 * k, codec_opus.count(p, (size_t)len, 8000));
		assert_int_equal(8 * k, codec_opus.decode(dec, out, 480, p,
							  (size_t)len));
	}
	/* 8000 as a sine is 5657 on average: 75 dB */
	assert_true(fabs(power_db(out + 80, 400) - 75) < 2);
	opus_encoder_destroy(e);
	free(dec);
}

/* Points of the tables of ITU-T G.711, in 16-bit samples. */
static void test_g711_values(void **state)
{
	static const struct {
		uint8_t code;
		int16_t ulaw, alaw;
	} tv[] = {
		{0x00, -32124, -5504}, {0x80, 32124, 5504},   {0xff, 0, 848},
		{0x7f, 0, -848},       {0xd5, 716, 8},	      {0x55, -716, -8},
		{0xaa, 5372, 32256},   {0x2a, -5372, -32256},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		assert_int_equal(tv[i].ulaw, ulaw_to_lin[tv[i].code]);
		assert_int_equal(tv[i].alaw, alaw_to_lin[tv[i].code]);
	}
	assert_int_equal(0xff, lin_to_ulaw(0));
	assert_int_equal(0xd5, lin_to_alaw(0));
}

/* A value of the table codes to itself (μ-law has two zeros: +0 wins). */
static void test_g711_idempotent(void **state)
{
	(void)state;

	for (int c = 0; c < 256; c++) {
		uint8_t u = lin_to_ulaw(ulaw_to_lin[c]);

		assert_int_equal(c == 0x7f ? 0xff : c, u);
		assert_int_equal(c, lin_to_alaw(alaw_to_lin[c]));
	}
}

/* Where the step size doubles, the nearest code may be half a step nearer. */
static void nearest(uint8_t (*enc)(int16_t), const int16_t *tab)
{
	for (int s = INT16_MIN; s <= INT16_MAX; s += 7) {
		int got = abs(tab[enc((int16_t)s)] - s), best = INT32_MAX;

		for (int c = 0; c < 256; c++)
			best = MIN(best, abs(tab[c] - s));
		assert_true(got <= best + abs(s) / 32 + 8);
	}
}

static void test_g711_nearest(void **state)
{
	(void)state;
	nearest(lin_to_ulaw, ulaw_to_lin);
	nearest(lin_to_alaw, alaw_to_lin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_continuity),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_conceal),
		cmocka_unit_test(test_no_state),
		cmocka_unit_test(test_byte_order),
		cmocka_unit_test(test_browser_packets),
		cmocka_unit_test(test_g711_values),
		cmocka_unit_test(test_g711_idempotent),
		cmocka_unit_test(test_g711_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
