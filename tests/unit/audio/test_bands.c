/*
 * The detector against made signals. Speech-like: a buzz of 110 Hz with the
 * rise and fall of syllables. Real speech: see the benchmark of the speech
 * role; here it must be quick in quiet and quiet in noise.
 */
#include "../assert.h"
#include "audio/bands.h"

#include <math.h>
#include <time.h>

static uint32_t seed = 1;

static float noise(void)
{
	float sum = 0;

	for (int i = 0; i < 12; i++) {
		seed = seed * 1664525 + 1013904223;
		sum += (float)(seed >> 8) / (1 << 23) - 1;
	}
	return sum / 2;
}

static float level(float dbov)
{
	return 32768 * powf(10, dbov / 20);
}

/* White, or low-heavy like a line's. */
static float line_noise(int kind)
{
	static float low;
	float x = noise();

	low = 0.9f * low + 0.1f * x;
	return kind ? low * 4 : x;
}

/* Sample n of a voice that starts at 0, about full scale 1. */
static float voice(int n)
{
	float t = (float)n / 8000, x = 0;
	float envelope = 0.55f - 0.45f * cosf(2 * (float)M_PI * 4 * t + 1.2f);

	for (int h = 1; h <= 30; h++)
		x += sinf(2 * (float)M_PI * 110 * (float)h * t) /
		     sqrtf((float)h);
	return x * envelope * MIN(t / 0.02f, 1) / 3;
}

static struct bands_out frame(struct bands *b, int at_n, float noise_dbov,
			      int kind, int voice_from_n, float voice_dbov)
{
	int16_t pcm[160];
	float x;

	for (int i = 0; i < 160; i++) {
		x = line_noise(kind) * level(noise_dbov);
		if (at_n + i >= voice_from_n)
			x += voice(at_n + i - voice_from_n) * level(voice_dbov);
		pcm[i] = (int16_t)lrintf(MAX(-32768, MIN(32767, x)));
	}
	return bands_frame(b, pcm, -90);
}

/* Ms from the onset to the suspicion; the onset falls anywhere in a frame. */
static void test_onset(void **state)
{
	static const float quiet_dbov[] = {-90, -65, -55};
	int ms, worst = 0, sum = 0, n = 0;
	struct bands b;

	(void)state;
	for (size_t q = 0; q < ARRAY_LEN(quiet_dbov); q++)
		for (int shift = 0; shift < 160; shift += 8) {
			bands_init(&b);
			ms = 0;
			for (int f = 0; f < 150; f++)
				assert_false(frame(&b, f * 160, quiet_dbov[q],
						   0, 24000 + shift, -25)
						     .suspect);
			for (int f = 150; !ms && f < 200; f++)
				if (frame(&b, f * 160, quiet_dbov[q], 0,
					  24000 + shift, -25)
					    .suspect)
					ms = (f + 1) * 20 - 3000 - shift / 8;
			assert_true(ms > 0);
			worst = MAX(worst, ms);
			sum += ms;
			n++;
		}
	print_message("suspicion after %d ms, at worst %d ms\n", sum / n,
		      worst);
	assert_true(worst <= 160);
	assert_true(sum / n <= 150);
}

/* A minute of steady noise at each level raises no suspicion. */
static void test_noise(void **state)
{
	struct bands b;
	int suspects;

	(void)state;
	for (int kind = 0; kind < 2; kind++)
		for (float dbov = -80; dbov <= -20; dbov += 15) {
			suspects = 0;
			bands_init(&b);
			for (int f = 0; f < 3000; f++)
				suspects += frame(&b, f * 160, dbov, kind,
						  INT32_MAX, 0)
						    .suspect;
			assert_int_equal(suspects, 0);
		}
}

/* Clicks are too short, speech in noise is found, its end as well. */
static void test_shapes(void **state)
{
	struct bands_out o = {0};
	struct bands b;
	int16_t pcm[160] = {0};
	int suspects = 0;

	(void)state;
	bands_init(&b);
	for (int f = 0; f < 3000; f++) {
		memset(pcm, 0, sizeof(pcm));
		for (int i = 0; f % 50 == 7 && i < 80; i++)
			pcm[i] = i % 2 ? 20000 : -20000;
		suspects += bands_frame(&b, pcm, -90).suspect;
	}
	assert_int_equal(suspects, 0);
	bands_init(&b);
	for (int f = 0; f < 200; f++)
		suspects += frame(&b, f * 160, -45, 0, 16000, -25).suspect;
	assert_in_range(suspects, 1, 12);
	for (int f = 0; f < 20; f++)
		o = frame(&b, f * 160, -45, 0, INT32_MAX, 0);
	assert_false(o.on);
}

static void test_level(void **state)
{
	struct bands b;
	int16_t pcm[160];

	(void)state;
	bands_init(&b);
	for (int i = 0; i < 160; i++)
		pcm[i] = i % 2 ? 32767 : -32768;
	assert_float_equal(bands_frame(&b, pcm, -90).level_dbov, 0, 0.01);
	for (int i = 0; i < 160; i++)
		pcm[i] = i % 2 ? 328 : -328;
	assert_float_equal(bands_frame(&b, pcm, -90).level_dbov, -40, 0.1);
	memset(pcm, 0, sizeof(pcm));
	assert_true(bands_frame(&b, pcm, -90).level_dbov <= -99);
}

/* Told, not judged: a busy machine must not fail the test. */
static void test_cost(void **state)
{
	struct timespec a, z;
	struct bands b;
	int16_t pcm[160];

	(void)state;
	bands_init(&b);
	for (int i = 0; i < 160; i++)
		pcm[i] = (int16_t)(noise() * 1000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int f = 0; f < 20000; f++)
		bands_frame(&b, pcm, -90);
	clock_gettime(CLOCK_MONOTONIC, &z);
	print_message("%.2f us a frame\n",
		      ((double)(z.tv_sec - a.tv_sec) * 1e9 +
		       (double)(z.tv_nsec - a.tv_nsec)) /
			      2e7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_onset),  cmocka_unit_test(test_noise),
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_level),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
