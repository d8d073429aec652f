/* tongue: every codec at every rate to and from our own form. */
#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>

#include "audio/tongue.h"
#include "codec.h"

enum { SECONDS = 2, N = SECONDS * TEL_RATE_HZ, F = TEL_FRAME_N };

static uint8_t said[N], heard[2 * N];

static void say_tone(void)
{
	for (int i = 0; i < N; i++)
		said[i] = lin_to_ulaw(
			(int16_t)(9000 * sin(i * 2 * M_PI * 500 / TEL_RATE_HZ) *
				  (0.7 + 0.3 * sin(i * 0.001))));
}

/* The lag that fits best, and the SNR there. */
static double snr_db(size_t n, size_t lag_max, size_t *lag)
{
	double best = -99;

	for (size_t l = 0; l <= lag_max; l++) {
		double noise = 1e-9, power = 1e-9;

		for (size_t i = 1000; i + l < n; i++) {
			double a = ulaw_to_lin[said[i]];

			noise += pow(a - ulaw_to_lin[heard[i + l]], 2);
			power += a * a;
		}
		if (10 * log10(power / noise) > best) {
			best = 10 * log10(power / noise);
			*lag = l;
		}
	}
	return best;
}

/* One message, in as many pieces as it needs. */
static size_t take(struct tongue *w, const uint8_t *p, size_t len, uint8_t *out)
{
	size_t piece = tongue_piece_len(w), n = 0;

	for (size_t at = 0, k; at < len; at += k) {
		int got;

		k = piece ? MIN(len - at, piece) : len;
		got = tongue_look(w, p + at, k);
		assert_true(got > 0);
		memcpy(out + n, tongue_read(w), (size_t)got);
		n += (size_t)got;
	}
	return n;
}

/* Out by one, in by another: what arrives is what was said, in its length. */
static void test_there_and_back(void **state)
{
	(void)state;
	say_tone();
	for (size_t i = 0; codec_all[i]; i++)
		for (const unsigned *r = codec_all[i]->rates_hz; *r; r++) {
			struct tongue *a = NULL, *b = NULL;
			size_t n = 0, lag = 0;
			double db;

			assert_int_equal(0,
					 tongue_new(&a, codec_all[i]->id, *r));
			assert_int_equal(0,
					 tongue_new(&b, codec_all[i]->id, *r));
			for (int k = 0; k < N; k += F) {
				const uint8_t *p;
				int len = tongue_write(a, said + k, F, &p);

				assert_true(len > 0);
				n += take(b, p, (size_t)len, heard + n);
			}
			assert_int_equal(N, n);
			db = snr_db(N, 100, &lag);
			print_message("%s %u Hz: %.0f dB, %zu samples late\n",
				      codec_all[i]->name, *r, db, lag);
			assert_true(db > (codec_all[i]->sample_len ? 25 : 10));
			assert_true(lag <= 80); /* 10 ms */
			tongue_free(a);
			tongue_free(b);
		}
}

/* Our own form: the very bytes, not even copied. */
static void test_untouched(void **state)
{
	uint8_t b[256];
	const uint8_t *p;
	struct tongue *w = NULL;
	(void)state;

	for (int i = 0; i < 256; i++)
		b[i] = (uint8_t)i;
	assert_int_equal(0, tongue_new(&w, CODEC_ULAW, 8000));
	assert_int_equal(256, tongue_look(w, b, 256));
	assert_ptr_equal(b, tongue_read(w));
	assert_int_equal(256, tongue_write(w, b, 256, &p));
	assert_ptr_equal(b, p);
	for (int i = 0; i < 256; i++)
		assert_int_equal(i, p[i]);
	tongue_cut(w);
	tongue_free(w);
}

/* Long messages of samples are cut anywhere between two of them. */
static void test_pieces(void **state)
{
	static const unsigned rates[] = {8000, 16000, 24000};
	(void)state;

	say_tone();
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct tongue *a = NULL, *b = NULL, *c = NULL;
		uint8_t *all = malloc(6 * N), *one = malloc(2 * N);
		size_t len = 0, n = 0, m = 0;

		assert_int_equal(0, tongue_new(&a, CODEC_L16, rates[i]));
		assert_int_equal(0, tongue_new(&b, CODEC_L16, rates[i]));
		assert_int_equal(0, tongue_new(&c, CODEC_L16, rates[i]));
		for (int k = 0; k < N; k += F) {
			const uint8_t *p;
			int got = tongue_write(a, said + k, F, &p);

			memcpy(all + len, p, (size_t)got);
			len += (size_t)got;
		}
		for (size_t at = 0; at < len; at += tongue_piece_len(b)) {
			size_t k = MIN(len - at, tongue_piece_len(b));
			int got = tongue_look(b, all + at, k);

			memcpy(heard + n, tongue_read(b), (size_t)got);
			n += (size_t)got;
		}
		for (size_t at = 0, k = 2; at < len; at += k) {
			int got;

			k = MIN(k % 1400 + 34, len - at);
			got = tongue_look(c, all + at, k);
			memcpy(one + m, tongue_read(c), (size_t)got);
			m += (size_t)got;
		}
		assert_int_equal(N, n);
		assert_int_equal(N, m);
		assert_memory_equal(heard, one, N);
		tongue_free(a);
		tongue_free(b);
		tongue_free(c);
		free(all);
		free(one);
	}
}

/* After a cut nothing of what was dropped is left in the next word. */
static void test_cut(void **state)
{
	struct tongue *w = NULL;
	const uint8_t *p;
	uint8_t quiet[F];
	int len;
	(void)state;

	say_tone();
	memset(quiet, ULAW_SILENCE, F);
	assert_int_equal(0, tongue_new(&w, CODEC_L16, 24000));
	assert_true(tongue_write(w, said, F, &p) > 0);
	tongue_cut(w);
	len = tongue_write(w, quiet, F, &p);
	assert_int_equal(960, len);
	for (int i = 0; i < len; i++)
		assert_int_equal(0, p[i]);
	tongue_free(w);
}

/* A packet that is looked at and not read leaves no trace. */
static void test_not_read(void **state)
{
	struct tongue *a = NULL, *b = NULL, *c = NULL;
	uint8_t was[F];
	(void)state;

	say_tone();
	assert_int_equal(0, tongue_new(&a, CODEC_OPUS, 48000));
	assert_int_equal(0, tongue_new(&b, CODEC_OPUS, 48000));
	assert_int_equal(0, tongue_new(&c, CODEC_OPUS, 48000));
	assert_int_equal(0, tongue_piece_len(a));
	for (int k = 0; k < 20; k++) {
		const uint8_t *p;
		int len = tongue_write(a, said + k * F, F, &p);

		assert_int_equal(F, tongue_look(b, p, (size_t)len));
		memcpy(was, tongue_read(b), F);
		assert_int_equal(F, tongue_look(c, p, (size_t)len)); /* twice */
		assert_int_equal(F, tongue_look(c, p, (size_t)len));
		assert_memory_equal(was, tongue_read(c), F);
	}
	tongue_free(a);
	tongue_free(b);
	tongue_free(c);
}

static double rms(const uint8_t *ulaw, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += pow(ulaw_to_lin[ulaw[i]], 2);
	return sqrt(sum / (double)n);
}

/* What was lost sounds on, dies away, and what follows is as it was said. */
static void test_lost(void **state)
{
	enum { FROM = 20, LOST = 10, TO = 60 };
	struct tongue *a = NULL, *b = NULL;
	const uint8_t *p, *made;
	double said_rms, made_rms[LOST];
	size_t n = 0, lag = 0;
	int len;
	(void)state;

	say_tone();
	said_rms = rms(said + FROM * F, F);
	assert_int_equal(0, tongue_new(&a, CODEC_OPUS, 48000));
	assert_int_equal(0, tongue_new(&b, CODEC_OPUS, 48000));
	for (int k = 0; k < TO; k++) {
		len = tongue_write(a, said + k * F, F, &p);
		if (k >= FROM && k < FROM + LOST)
			continue;
		assert_int_equal(F, tongue_look(b, p, (size_t)len));
		if (k == FROM + LOST) {
			assert_null(tongue_lost(b, 100, true));
			assert_null(tongue_lost(b, TONGUE_OUT_N + 80, true));
		}
		for (int i = 0; k == FROM + LOST && i < LOST; i++, n += F) {
			made = tongue_lost(b, F, false);
			assert_non_null(made);
			made_rms[i] = rms(made, F);
			memcpy(heard + n, made, F);
		}
		memcpy(heard + n, tongue_read(b), F);
		n += F;
	}
	print_message("said %.0f; made up %.0f … %.0f … %.0f\n", said_rms,
		      made_rms[0], made_rms[4], made_rms[LOST - 1]);
	assert_true(made_rms[0] > said_rms / 2 && made_rms[0] < said_rms * 2);
	assert_true(made_rms[LOST - 1] < 10);
	/* a frame later the codec has found its way back */
	n -= (FROM + LOST + 2) * F;
	memmove(heard, heard + (FROM + LOST + 2) * F, n);
	memmove(said, said + (FROM + LOST + 2) * F, n);
	assert_true(snr_db(n, 100, &lag) > 10);
	tongue_free(a);
	tongue_free(b);
}

/* Codecs without packets leave it to the caller: the state stays. */
static void test_lost_samples(void **state)
{
	static const struct {
		enum codec_id id;
		unsigned rate_hz;
	} tv[] = {{CODEC_ULAW, 8000}, {CODEC_ALAW, 8000}, {CODEC_L16, 24000}};
	struct tongue *w = NULL;
	(void)state;

	say_tone();
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		assert_int_equal(0, tongue_new(&w, tv[i].id, tv[i].rate_hz));
		assert_true(tongue_look(w, said, F) > 0);
		assert_null(tongue_lost(w, F, true));
		w = tongue_free(w);
	}
}

static void test_bad(void **state)
{
	static uint8_t b[TONGUE_IN_MAX + 1];
	struct tongue *w = NULL;
	const uint8_t *p;
	(void)state;

	assert_int_equal(-EINVAL, tongue_new(&w, CODEC_ULAW, 16000));
	assert_int_equal(-EINVAL, tongue_new(&w, CODEC_L16, 11025));
	assert_int_equal(-EINVAL, tongue_new(&w, (enum codec_id)99, 8000));
	assert_null(w);
	assert_int_equal(0, tongue_new(&w, CODEC_L16, 16000));
	assert_int_equal(-EBADMSG, tongue_look(w, b, 3));
	assert_int_equal(-ENOSPC, tongue_look(w, b, sizeof(b)));
	assert_int_equal(-EINVAL, tongue_write(w, b, TONGUE_OUT_N + 1, &p));
	w = tongue_free(w);
	assert_int_equal(0, tongue_new(&w, CODEC_OPUS, 48000));
	b[0] = 0xff; /* code 3 without its count */
	assert_int_equal(-EBADMSG, tongue_look(w, b, 1));
	assert_int_equal(-EINVAL, tongue_write(w, b, 100, &p));
	assert_null(tongue_free(w));
	assert_null(tongue_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_samples),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
