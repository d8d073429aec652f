/* resample: one state through a stream, whatever the pieces. */
#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>

#include "audio/resample.h"

static const struct {
	unsigned in_hz, out_hz;
} rates[] = {
	{8000, 16000},	{16000, 8000}, {8000, 24000}, {24000, 8000},
	{8000, 48000},	{48000, 8000}, {22050, 8000}, {8000, 11025},
	{16000, 24000}, {8000, 8000},
};

enum { SECONDS = 2, IN_MAX = SECONDS * 48000, OUT_MAX = SECONDS * 48000 + 64 };

static int16_t in[IN_MAX], whole[OUT_MAX], parts[OUT_MAX];

static void tone(unsigned rate_hz, double hz)
{
	for (int i = 0; i < IN_MAX; i++)
		in[i] = (int16_t)lrint(10000 *
				       sin(i * 2 * M_PI * hz / rate_hz));
}

static double db(const int16_t *x, int n)
{
	double sum = 1e-9;

	for (int i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return 10 * log10(sum / n);
}

static struct resample *make(size_t i)
{
	struct resample *r = NULL;

	print_message("%u to %u Hz\n", rates[i].in_hz, rates[i].out_hz);
	assert_int_equal(0, resample_new(&r, rates[i].in_hz, rates[i].out_hz));
	return r;
}

/* Odd pieces give what the whole gives, sample for sample. */
static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct resample *r = make(i);
		size_t n = SECONDS * rates[i].in_hz, at = 0, k = 1;
		int all, sum = 0;

		tone(rates[i].in_hz, 440);
		all = resample_run(r, in, n, whole, OUT_MAX);
		assert_in_range(all + 1, SECONDS * rates[i].out_hz,
				SECONDS * rates[i].out_hz + 2);
		resample_reset(r);
		for (; at < n; at += k) {
			int got;

			k = MIN((k * 7 + 13) % 977, n - at);
			got = resample_run(r, in + at, k, parts + sum,
					   resample_max(r, k));
			assert_true(got >= 0);
			sum += got;
		}
		assert_int_equal(all, sum);
		assert_memory_equal(whole, parts, (size_t)sum * 2);
		resample_free(r);
	}
}

/* An hour of pieces (two rates; a minute of the others): as many samples as
 * the rates say. */
static void test_hour(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct resample *r = make(i);
		bool odd = rates[i].in_hz == 22050 || rates[i].in_hz == 24000;
		uint64_t took = 0, gave = 0, s = odd ? 3600 : 60;

		tone(rates[i].in_hz, 440);
		while (took < s * rates[i].in_hz) {
			size_t k = IN_MAX / 7 - took % 37;
			int got;

			k = MIN(k, (size_t)(s * rates[i].in_hz - took));
			k = MIN(k, (size_t)OUT_MAX * rates[i].in_hz /
					   rates[i].out_hz / 2);
			got = resample_run(r, in, k, parts, OUT_MAX);
			assert_true(got >= 0);
			took += k;
			gave += (unsigned)got;
		}
		assert_in_range(gave + 1, s * rates[i].out_hz,
				s * rates[i].out_hz + 2);
		resample_free(r);
	}
}

/* A click comes out where delay_n says. */
static void test_delay(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct resample *r = make(i);
		int n, top = 0;
		long want;

		memset(in, 0, sizeof(in));
		in[1000] = 30000;
		n = resample_run(r, in, 4000, whole, OUT_MAX);
		for (int k = 0; k < n; k++)
			if (abs(whole[k]) > abs(whole[top]))
				top = k;
		want = lrint(1000.0 * rates[i].out_hz / rates[i].in_hz) +
		       (long)resample_delay_n(r);
		assert_in_range(top + 2, want, want + 4);
		resample_free(r);
	}
}

/* After a reset nothing of what was before is left. */
static void test_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct resample *r = make(i);
		int n;

		tone(rates[i].in_hz, 440);
		assert_true(resample_run(r, in, 1234, whole, OUT_MAX) > 0);
		memset(in, 0, sizeof(in));
		resample_reset(r);
		n = resample_run(r, in, 1000, whole, OUT_MAX);
		for (int k = 0; k < n; k++)
			assert_int_equal(0, whole[k]);
		resample_free(r);
	}
}

/* Down to 8 kHz: speech stays, what would fold back is gone. */
static void test_alias(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct resample *r;
		double pass;
		int n;

		if (rates[i].out_hz != 8000 || rates[i].in_hz == 8000)
			continue;
		r = make(i);
		tone(rates[i].in_hz, 1000);
		n = resample_run(r, in, rates[i].in_hz, whole, OUT_MAX);
		pass = db(whole + 100, n - 100);
		assert_true(fabs(pass - 20 * log10(10000 / sqrt(2))) < 0.5);
		tone(rates[i].in_hz, 5500); /* would be heard at 2,500 */
		resample_reset(r);
		n = resample_run(r, in, rates[i].in_hz, whole, OUT_MAX);
		assert_true(db(whole + 100, n - 100) < pass - 50);
		resample_free(r);
	}
}

static void test_bad(void **state)
{
	struct resample *r = NULL;
	int16_t out[8];
	(void)state;

	assert_int_equal(-EINVAL, resample_new(&r, 0, 8000));
	assert_int_equal(-EINVAL, resample_new(&r, 8000, 400000));
	assert_null(r);
	assert_int_equal(0, resample_new(&r, 8000, 16000));
	out[2] = 0x5a;
	assert_int_equal(-ENOSPC, resample_run(r, in, 160, out, 2));
	assert_int_equal(0x5a, out[2]);
	assert_int_equal(0, resample_run(r, in, 0, out, 8));
	assert_null(resample_free(r));
	assert_null(resample_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_hour),
		cmocka_unit_test(test_delay),  cmocka_unit_test(test_reset),
		cmocka_unit_test(test_alias),  cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
