/* The file as a player sees it: read with a reader of our own, decoded leg by
 * leg with libopus. */
#include "audio/oggrec.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>

#include "../assert.h"

enum { SECOND = OGGREC_RATE_HZ, FRAME = OGGREC_FRAME_N };

struct decoded {
	int16_t *leg[2]; /* 8 kHz, after pre-skip and end trimming */
	int64_t n;
	unsigned pages;
	bool ended;
	unsigned preskip;
};

/* RFC 7845: what a player does. The first leg's packet delimits itself. */
static void decode_packet(OpusDecoder *dec[2], const uint8_t *p, size_t len,
			  int16_t out[2][FRAME])
{
	uint8_t own[2048];
	size_t n = p[1], skip = 2;

	assert_true(len >= 3);
	assert_int_equal(p[0] & 3, 0);
	if (n >= 252) {
		n += (size_t)p[2] << 2;
		skip = 3;
	}
	assert_true(skip + n < len);
	own[0] = p[0];
	memcpy(own + 1, p + skip, n);
	assert_int_equal(opus_decode(dec[0], own, (int)n + 1, out[0], FRAME, 0),
			 FRAME);
	assert_int_equal(opus_decode(dec[1], p + skip + n,
				     (int)(len - skip - n), out[1], FRAME, 0),
			 FRAME);
}

static struct decoded decode(const uint8_t *p, size_t len)
{
	struct decoded d = {0};
	struct oggrec_page page;
	OpusDecoder *dec[2];
	int16_t out[2][FRAME];
	int64_t granule = 0, n = 0;
	size_t max = 200 * len + 100000;

	for (int i = 0; i < 2; i++) {
		dec[i] = opus_decoder_create(OGGREC_RATE_HZ, 1, NULL);
		d.leg[i] = calloc(max, sizeof(int16_t));
	}
	while (len && !oggrec_page(&page, p, len)) {
		const uint8_t *body = page.body;
		size_t packet = 0;

		if (!d.pages)
			assert_int_equal(oggrec_preskip(&page, &d.preskip), 0);
		for (size_t i = 0; d.pages > 1 && i < p[26]; i++) {
			packet += p[27 + i];
			if (p[27 + i] == 255)
				continue;
			decode_packet(dec, body, packet, out);
			assert_true((size_t)n + FRAME <= max);
			for (int k = 0; k < 2; k++)
				memcpy(d.leg[k] + n, out[k], sizeof(out[k]));
			n += FRAME;
			body += packet;
			packet = 0;
		}
		granule = page.granule;
		d.ended = page.ends;
		d.pages++;
		p += page.len;
		len -= page.len;
	}
	d.n = MAX((granule - (int64_t)d.preskip) / 6, 0);
	assert_true(d.n <= n);
	for (int i = 0; i < 2; i++) {
		opus_decoder_destroy(dec[i]);
		if (n)
			memmove(d.leg[i], d.leg[i] + d.preskip / 6,
				(size_t)(n - d.preskip / 6) * sizeof(int16_t));
	}
	return d;
}

static void decoded_fini(struct decoded *d)
{
	free(d->leg[0]);
	free(d->leg[1]);
}

static double rms(const int16_t *p, int64_t from, int64_t to)
{
	double sum = 0;

	for (int64_t i = from; i < to; i++)
		sum += (double)p[i] * p[i];
	return sqrt(sum / (double)(to - from));
}

/* Something like a voice: a buzz of 120 Hz under two moving formants. */
static int16_t voice(int64_t i)
{
	double t = (double)i / SECOND, s = 0;

	for (int h = 1; h < 20; h++)
		s += sin(2 * M_PI * 120 * h * t) /
		     (1 + fabs(h * 120 - 600 - 300 * sin(3 * t)) / 200);
	return (int16_t)(3000 * s);
}

static struct oggrec *open_rec(struct buf *b)
{
	const struct oggrec_prm prm = {7, 24000, 0};
	struct oggrec *r = NULL;

	buf_init(b, 64 << 20);
	assert_int_equal(oggrec_new(&r, &prm), 0);
	assert_int_equal(oggrec_begin(r, b), 0);
	return r;
}

/* Seconds [a, b) of each leg speak; -1: silent. */
struct talk {
	double a, b;
};

static void record(struct oggrec *r, struct buf *b, int64_t frames,
		   struct talk left, struct talk right)
{
	int16_t pcm[2][FRAME];

	for (int64_t f = 0; f < frames; f++) {
		const struct talk t[] = {left, right};

		for (int k = 0; k < 2; k++) {
			for (int i = 0; i < FRAME; i++) {
				int64_t at = f * FRAME + i;
				double s = (double)at / SECOND;

				pcm[k][i] = s >= t[k].a && s < t[k].b
						    ? voice(at + 1000 * k)
						    : 0;
			}
		}
		assert_int_equal(oggrec_frame(r, pcm[0], pcm[1], b), 0);
	}
}

static void test_legs_do_not_leak(void **state)
{
	struct buf b;
	struct oggrec *r = open_rec(&b);
	struct decoded d;

	(void)state;
	record(r, &b, 500, (struct talk){1, 3}, (struct talk){5, 8});
	assert_int_equal(oggrec_end(r, 500 * FRAME, &b), 0);
	d = decode((uint8_t *)b.p, b.len);
	assert_true(d.ended);
	assert_int_equal(d.n, 500 * FRAME);
	assert_true(rms(d.leg[0], SECOND + 400, 3 * SECOND - 400) > 1000);
	assert_true(rms(d.leg[1], 5 * SECOND + 400, 8 * SECOND - 400) > 1000);
	/* where a leg is silent there is nothing of the other */
	assert_true(rms(d.leg[1], 0, 5 * SECOND - 200) < 1);
	assert_true(rms(d.leg[0], 0, SECOND - 200) < 1);
	assert_true(rms(d.leg[0], 3 * SECOND + 800, 10 * SECOND) < 2);
	decoded_fini(&d);
	oggrec_free(r);
	buf_fini(&b);
}

/* Speech comes out where it went in: best match within 2 samples. */
static void test_nothing_shifts(void **state)
{
	struct buf b;
	struct oggrec *r = open_rec(&b);
	struct decoded d;
	double best = -1;
	int at = 0;

	(void)state;
	record(r, &b, 3000, (struct talk){57, 59}, (struct talk){-1, -1});
	assert_int_equal(oggrec_end(r, 3000 * FRAME, &b), 0);
	d = decode((uint8_t *)b.p, b.len);
	for (int lag = -100; lag <= 100; lag++) {
		double sum = 0;

		for (int64_t i = 57 * SECOND + 2000; i < 58 * SECOND; i++)
			sum += (double)voice(i) * d.leg[0][i + lag];
		if (sum > best) {
			best = sum;
			at = lag;
		}
	}
	assert_in_range(at + 100, 98, 102);
	decoded_fini(&d);
	oggrec_free(r);
	buf_fini(&b);
}

static void test_length(void **state)
{
	static const int64_t lengths[] = {0,   1,   159,  160,	161,
					  299, 300, 8000, 8001, 80123};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct buf b;
		struct oggrec *r = open_rec(&b);
		struct decoded d;

		record(r, &b, (lengths[i] + FRAME - 1) / FRAME,
		       (struct talk){0, 1}, (struct talk){0, 9});
		assert_int_equal(oggrec_end(r, lengths[i], &b), 0);
		d = decode((uint8_t *)b.p, b.len);
		print_message("%lld\n", (long long)lengths[i]);
		assert_int_equal(d.n, lengths[i]);
		assert_true(d.ended);
		decoded_fini(&d);
		oggrec_free(r);
		buf_fini(&b);
	}
}

/* Cut anywhere: all whole pages play, and each holds a second. */
static void test_cut_anywhere(void **state)
{
	struct buf b;
	struct oggrec *r = open_rec(&b);
	size_t step;

	(void)state;
	record(r, &b, 500, (struct talk){0, 10}, (struct talk){0, 10});
	step = b.len / 60;
	for (size_t len = 200; len < b.len; len += step) {
		struct decoded d = decode((uint8_t *)b.p, len);
		int64_t least =
			(int64_t)((double)len / (double)b.len * 9 * SECOND) -
			3 * SECOND / 2;

		assert_false(d.ended);
		assert_true(d.n >= least);
		decoded_fini(&d);
	}
	oggrec_free(r);
	buf_fini(&b);
}

static size_t page_of(const struct buf *b, int64_t frame, int *first)
{
	struct oggrec_page p;
	size_t at = 0;
	unsigned nr = 0;

	for (*first = 0;; nr++) {
		assert_int_equal(
			oggrec_page(&p, (uint8_t *)b->p + at, b->len - at), 0);
		if (nr > 1) {
			if (frame < *first + (int)p.frames)
				return at;
			*first += (int)p.frames;
		}
		at += p.len;
	}
}

static void mute(struct buf *b, int64_t from, int64_t to)
{
	for (int64_t f = from; f < to;) {
		struct oggrec_page p;
		int first;
		size_t at = page_of(b, f, &first);

		assert_int_equal(oggrec_mute((uint8_t *)b->p + at, b->len - at,
					     (int)(from - first),
					     (int)(to - first)),
				 0);
		assert_int_equal(
			oggrec_page(&p, (uint8_t *)b->p + at, b->len - at), 0);
		f = first + (int)p.frames;
	}
}

static void test_mute(void **state)
{
	struct buf b;
	struct oggrec *r = open_rec(&b);
	struct decoded was, d;
	size_t len;

	(void)state;
	record(r, &b, 500, (struct talk){0, 10}, (struct talk){0, 10});
	assert_int_equal(oggrec_end(r, 500 * FRAME, &b), 0);
	len = b.len;
	was = decode((uint8_t *)b.p, b.len);
	mute(&b, 120, 260); /* over page boundaries */
	mute(&b, 130, 140); /* again */
	assert_int_equal(b.len, len);
	d = decode((uint8_t *)b.p, b.len);
	assert_int_equal(d.n, was.n);
	assert_int_equal(d.pages, was.pages);
	assert_true(rms(d.leg[0], 130 * FRAME, 258 * FRAME) <
		    rms(was.leg[0], 130 * FRAME, 258 * FRAME) / 50);
	assert_true(rms(d.leg[0], 270 * FRAME, 490 * FRAME) > 1000);
	/* the other leg is what it was, bit by bit */
	assert_memory_equal(d.leg[1], was.leg[1],
			    (size_t)d.n * sizeof(int16_t));
	assert_memory_equal(d.leg[0], was.leg[0], 119 * FRAME * 2);
	decoded_fini(&was);
	decoded_fini(&d);
	oggrec_free(r);
	buf_fini(&b);
}

/* Frames of every length, also those whose padding needs two bytes. */
static void test_mute_lengths(void **state)
{
	static const int rates[] = {6000, 9000, 16000, 32000, 64000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		const struct oggrec_prm prm = {1, rates[i], 0};
		struct oggrec *r = NULL;
		struct decoded d;
		struct buf b;

		buf_init(&b, 0);
		assert_int_equal(oggrec_new(&r, &prm), 0);
		assert_int_equal(oggrec_begin(r, &b), 0);
		record(r, &b, 200, (struct talk){0.5, 3.5},
		       (struct talk){1, 3});
		assert_int_equal(oggrec_end(r, 200 * FRAME, &b), 0);
		mute(&b, 0, 200);
		d = decode((uint8_t *)b.p, b.len);
		assert_true(rms(d.leg[0], 0, d.n) < 1);
		assert_true(rms(d.leg[1], 9000, 23000) > 1000);
		decoded_fini(&d);
		oggrec_free(r);
		buf_fini(&b);
	}
}

static void test_no_page(void **state)
{
	struct buf b;
	struct oggrec *r = open_rec(&b);
	struct oggrec_page p;
	uint8_t bad[64];

	(void)state;
	for (size_t len = 0; len < 27 + 1 + 23; len++)
		assert_int_equal(oggrec_page(&p, (uint8_t *)b.p, len), -EAGAIN);
	assert_int_equal(oggrec_page(&p, (uint8_t *)b.p, b.len), 0);
	assert_true(p.begins);
	memcpy(bad, b.p, sizeof(bad));
	bad[40] ^= 1;
	assert_int_equal(oggrec_page(&p, bad, sizeof(bad)), -EBADMSG);
	bad[0] = 'X';
	assert_int_equal(oggrec_page(&p, bad, sizeof(bad)), -EBADMSG);
	assert_int_equal(oggrec_mute(bad, sizeof(bad), 0, 1), -EBADMSG);
	oggrec_free(r);
	buf_fini(&b);
}

static void test_prm(void **state)
{
	struct oggrec *r = NULL;

	(void)state;
	assert_int_equal(oggrec_new(&r, &(struct oggrec_prm){1, 100, 5}),
			 -EINVAL);
	assert_int_equal(oggrec_new(&r, &(struct oggrec_prm){1, 16000, 11}),
			 -EINVAL);
	assert_null(r);
	assert_null(oggrec_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_legs_do_not_leak),
		cmocka_unit_test(test_nothing_shifts),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_mute_lengths),
		cmocka_unit_test(test_no_page),
		cmocka_unit_test(test_prm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
