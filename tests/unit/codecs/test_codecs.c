/* codecs: every codec of the table keeps the promises of include/codec.h. */
#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>

#include "codecs/g711.h"

enum { N = 160 };

static void *state_of(const struct codec *c)
{
	return c->state_size ? calloc(1, c->state_size) : NULL;
}

/* A chord well inside the telephone band. */
static void chord(int16_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (int16_t)(6000 * sin((double)i * 0.3) +
				 3000 * sin((double)i * 0.71));
}

static void test_table(void **state)
{
	(void)state;

	assert_non_null(codec_all[0]);
	for (size_t i = 0; codec_all[i]; i++) {
		const struct codec *c = codec_all[i];

		print_message("%s\n", c->name);
		assert_ptr_equal(c, codec_find(c->id));
		assert_true(c->rate_hz >= 8000);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(c->name, codec_all[k]->name);
			assert_int_not_equal(c->id, codec_all[k]->id);
		}
	}
	assert_null(codec_find((enum codec_id)99));
}

static void test_conformance(void **state)
{
	int16_t in[N], back[N + 1];
	uint8_t out[4 * N];
	(void)state;

	chord(in, N);
	for (size_t i = 0; codec_all[i]; i++) {
		const struct codec *c = codec_all[i];
		void *enc = state_of(c), *dec = state_of(c);
		double noise = 0, power = 0;
		int len, n;

		print_message("%s\n", c->name);
		assert_int_equal(-ENOSPC, c->encode(enc, out, 3, in, N));
		len = c->encode(enc, out, sizeof(out), in, N);
		assert_true(len > 0);
		assert_int_equal(-ENOSPC,
				 c->decode(dec, back, 3, out, (size_t)len));
		back[N] = 0x5a5a;
		n = c->decode(dec, back, N, out, (size_t)len);
		assert_int_equal(N, n);
		assert_int_equal(0x5a5a, back[N]);
		for (size_t k = 0; k < N; k++) {
			noise += pow(in[k] - back[k], 2);
			power += pow(in[k], 2);
		}
		assert_true(10 * log10(power / noise) > 30);
		assert_int_equal(0, c->encode(enc, out, 1, in, 0));
		assert_int_equal(0, c->decode(dec, back, 1, out, 0));
		free(enc);
		free(dec);
	}
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
		cmocka_unit_test(test_conformance),
		cmocka_unit_test(test_g711_values),
		cmocka_unit_test(test_g711_idempotent),
		cmocka_unit_test(test_g711_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
