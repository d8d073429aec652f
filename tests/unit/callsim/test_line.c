/* The line: what comes back, what is behind, what is lost. */
#include "../assert.h"

#include <math.h>
#include <stdlib.h>

#include "line.h"

#define SECOND_N TEL_RATE_HZ

static double level(const int16_t *s, size_t n)
{
	double sum = 1e-9;

	for (size_t i = 0; i < n; i++)
		sum += (double)s[i] * s[i];
	return 10 * log10(sum / (double)n / (32768.0 * 32768.0));
}

/* One second: far is played, near is said; what the carrier gets is in out. */
static void play(struct line *l, const int16_t *far, const int16_t *near,
		 int16_t *out)
{
	for (size_t at = 0; at < SECOND_N; at += TEL_FRAME_N) {
		if (near)
			memcpy(out + at, near + at, TEL_FRAME_N * 2);
		else
			memset(out + at, 0, TEL_FRAME_N * 2);
		line_pass(l, far + at, out + at);
	}
}

/* A voice-like click train in the band of a telephone. */
static void voice(int16_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = (int16_t)(6000 * sin(2 * M_PI * 900 * (double)i / 8000) *
				 (i % 1600 < 800));
}

static void test_echo(void **state)
{
	static const struct {
		int ms;
		double db;
	} tv[] = {{60, 12}, {180, 20}, {400, 30}};
	int16_t far[SECOND_N], quiet[SECOND_N] = {0}, out[SECOND_N];

	(void)state;
	voice(far, SECOND_N);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct line_prm prm = {.echo_ms = tv[i].ms,
				       .echo_db = tv[i].db};
		size_t delay = (size_t)tv[i].ms * 8;
		struct line l;
		double loss;

		line_init(&l, &prm, 1);
		play(&l, far, NULL, out);
		/* nothing before its time, and then as weak as was asked */
		assert_true(level(out, delay) < -80);
		assert_true(level(out + delay, 160) > -80);
		loss = level(far, 8000 - delay) -
		       level(out + delay, 8000 - delay);
		assert_true(fabs(loss - tv[i].db) < 4);
		/* and gone a while after the far side fell silent */
		play(&l, quiet, NULL, out);
		assert_true(level(out + delay + 800, 400) < -80);
	}
}

static void test_bed(void **state)
{
	struct pcm bed;
	struct line a, b, c;
	int16_t far[SECOND_N] = {0}, x[SECOND_N], y[SECOND_N], z[SECOND_N];

	(void)state;
	assert_int_equal(0,
			 channel_noise(&bed, NOISE_PINK, 3 * SECOND_N, -35, 1));
	const struct line_prm prm = {.bed = &bed};
	line_init(&a, &prm, 1);
	line_init(&b, &prm, 1);
	line_init(&c, &prm, 2);
	play(&a, far, NULL, x);
	play(&b, far, NULL, y);
	play(&c, far, NULL, z);
	assert_memory_equal(x, y, sizeof(x));
	assert_true(memcmp(x, z, sizeof(x)) != 0);
	assert_true(fabs(level(x, SECOND_N) + 35) < 1.5);
	pcm_fini(&bed);
}

/* Frames lost in bursts: about as many as asked, patched, never louder. */
static void test_gsm(void **state)
{
	const struct line_prm prm = {.gsm = 0.1};
	int16_t far[SECOND_N] = {0}, near[SECOND_N], out[SECOND_N];
	int lost = 0, frames = 0, bursts = 0;
	bool before = false;
	struct line l;

	(void)state;
	for (size_t i = 0; i < SECOND_N; i++)
		near[i] = (int16_t)(i % 7919); /* no two frames alike */
	line_init(&l, &prm, 3);
	for (int s = 0; s < 60; s++) {
		play(&l, far, near, out);
		for (size_t at = 0; at < SECOND_N; at += TEL_FRAME_N) {
			bool gone = memcmp(out + at, near + at,
					   TEL_FRAME_N * 2) != 0;

			lost += gone;
			bursts += gone && !before;
			before = gone;
			frames++;
		}
		assert_true(level(out, SECOND_N) <= level(near, SECOND_N) + 1);
	}
	assert_in_range(lost * 1000 / frames, 60, 140);
	assert_true(lost > 2 * bursts);
}

static void test_loss(void **state)
{
	const struct line_prm prm = {.loss = 0.2};
	int16_t far[SECOND_N] = {0}, near[SECOND_N], out[SECOND_N];
	struct line l;
	int lost = 0;

	(void)state;
	for (size_t i = 0; i < SECOND_N; i++)
		near[i] = 1000;
	line_init(&l, &prm, 3);
	for (int s = 0; s < 20; s++) {
		play(&l, far, near, out);
		for (size_t at = 0; at < SECOND_N; at += TEL_FRAME_N)
			lost += !out[at];
	}
	assert_in_range(lost, 150, 250); /* of 1000 */
}

static void test_radio(void **state)
{
	struct pcm p;

	(void)state;
	assert_int_equal(0,
			 channel_noise(&p, NOISE_RADIO, 2 * SECOND_N, -30, 1));
	assert_true(fabs(level(p.s, p.n) + 30) < 1);
	/* music, not noise: loud at one of its notes */
	double re = 0, im = 0;

	for (size_t i = 0; i < p.n; i++) {
		re += p.s[i] * cos(2 * M_PI * 330 * (double)i / 8000);
		im += p.s[i] * sin(2 * M_PI * 330 * (double)i / 8000);
	}
	assert_true(sqrt(re * re + im * im) / (double)p.n > 20);
	pcm_fini(&p);
}

static void test_mumble(void **state)
{
	struct pcm p = {.n = 2 * SECOND_N};
	size_t n = p.n;

	(void)state;
	p.s = malloc(n * sizeof(*p.s));
	for (size_t i = 0; i < n; i++)
		p.s[i] = (int16_t)(8000 *
				   sin(2 * M_PI * 2800 * (double)i / 8000));
	assert_int_equal(0, channel_mumble(&p, 0.8, 1));
	assert_true(level(p.s, p.n) < -40); /* the treble is gone */
	assert_in_range(p.n, n * 85 / 100, n * 115 / 100);
	pcm_fini(&p);
}

static void test_throat(void **state)
{
	struct pcm p = {.n = SECOND_N};
	double at[2] = {0};

	(void)state;
	p.s = malloc(p.n * sizeof(*p.s));
	for (size_t i = 0; i < p.n; i++)
		p.s[i] = (int16_t)(8000 *
				   sin(2 * M_PI * 800 * (double)i / 8000));
	assert_int_equal(0, channel_throat(&p, 0.8));
	assert_in_range(p.n, 6300, 6500);
	for (int k = 0; k < 2; k++) {
		double re = 0, im = 0, hz = k ? 1000 : 800;

		for (size_t i = 0; i < 6000; i++) {
			re += p.s[i] * cos(2 * M_PI * hz * (double)i / 8000);
			im += p.s[i] * sin(2 * M_PI * hz * (double)i / 8000);
		}
		at[k] = sqrt(re * re + im * im);
	}
	assert_true(at[1] > 20 * at[0]);
	pcm_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),   cmocka_unit_test(test_bed),
		cmocka_unit_test(test_gsm),    cmocka_unit_test(test_loss),
		cmocka_unit_test(test_radio),  cmocka_unit_test(test_mumble),
		cmocka_unit_test(test_throat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
