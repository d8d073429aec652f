/*
 * How loud a line is by itself: what is on it all the time stays below the
 * level that a talker has to exceed, and the talker himself does not raise it
 * out of his own reach. Levels as they come, 20 ms a frame.
 */
#include "../assert.h"
#include "audio/bed.h"
#include "speak.h"

#include <stdlib.h>

enum { N = 160, SECONDS = 40, FRAMES = SECONDS * 50 };

static float levels[FRAMES];
static int16_t pcm[FRAMES * N];

static float level_of(const int16_t *s)
{
	float sum = 0;

	for (int i = 0; i < N; i++)
		sum += (float)s[i] * s[i];
	return 10 * log10f(MAX(sum / N / (32768.f * 32768), 1e-7f));
}

/* Sets levels[] to those of pcm[], their mean power at dbov. */
static void measure(float dbov)
{
	double sum = 0;

	for (int k = 0; k < FRAMES; k++) {
		levels[k] = level_of(pcm + k * N);
		sum += pow(10, (double)levels[k] / 10);
	}
	for (int k = 0; k < FRAMES; k++)
		levels[k] += dbov - 10 * (float)log10(sum / FRAMES);
}

/* Five people at once, each for himself with pauses. */
static void babble(void)
{
	static int16_t one[FRAMES * N];
	static float all[FRAMES * N];

	memset(all, 0, sizeof(all));
	for (int p = 0; p < 5; p++) {
		speak(one, FRAMES * N, 77 + (uint32_t)p, true);
		for (int i = 0; i < FRAMES * N; i++)
			all[(i + p * 9600) % (FRAMES * N)] += one[i];
	}
	for (int i = 0; i < FRAMES * N; i++)
		pcm[i] = (int16_t)(all[i] / 5);
}

static void noise(void)
{
	speak_seed = 3;
	for (int i = 0; i < FRAMES * N; i++)
		pcm[i] = (int16_t)(4000 * speak_rnd());
}

/* Somebody who talks without a stop. */
static void talker(void)
{
	speak(pcm, FRAMES * N, 9, false);
}

static float run(struct bed *b, int from, int to)
{
	float gate = -INFINITY;

	for (int k = from; k < to; k++)
		gate = bed_frame(b, levels[k]);
	return gate;
}

static const struct {
	const char *name;
	void (*make)(void);
	float dbov, least_dbov, most_dbov;
} cases[] = {
	{"noise", noise, -30, -30, -25},
	{"faint noise", noise, -50, -50, -45},
	{"babble", babble, -40, -37, -28},
	{"loud babble", babble, -26, -23, -14},
	{"one who talks", talker, -20, -50, -14},
};

static void test_levels(void **state)
{
	struct bed b;
	float gate;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cases[i].make();
		measure(cases[i].dbov);
		bed_init(&b);
		gate = run(&b, 0, FRAMES);
		print_message("%s at %.0f: %.1f\n", cases[i].name,
			      (double)cases[i].dbov, (double)gate);
		assert_true(gate >= cases[i].least_dbov);
		assert_true(gate <= cases[i].most_dbov);
	}
}

/* Of 200 ms of babble 80 hardly ever are above it: near.c's rule. */
static void test_babble_stays_below(void **state)
{
	struct bed b;
	uint32_t loud = 0;
	int stops = 0;
	float gate = 0;

	(void)state;
	babble();
	measure(-30);
	bed_init(&b);
	for (int k = 0; k < FRAMES; k++) {
		loud = loud << 1 | (k > 100 && levels[k] > gate);
		stops += __builtin_popcount(loud & 1023) >= 4;
		gate = bed_frame(&b, levels[k]);
	}
	print_message("%d of %d frames\n", stops, FRAMES);
	assert_true(stops * 100 < FRAMES);
}

/* Turns of 4 s: what he said before does not keep him from the next one. */
static void test_talker_in_reach(void **state)
{
	struct bed b;
	uint32_t loud = 0;
	float gate = 0;
	int since = 0;

	(void)state;
	speak(pcm, FRAMES * N, 9, true);
	measure(-20);
	bed_init(&b);
	for (int k = 0; k < FRAMES; k++) {
		since = k % 300 ? since : 0;
		loud = loud << 1 | (levels[k] > gate);
		gate = bed_frame(&b, levels[k]);
		if (!since && __builtin_popcount(loud & 1023) >= 4)
			since = k % 300 + 1;
		if (k > 300 && k % 300 == 299)
			assert_in_range(since, 4, 15);
	}
}

/* Nothing is said in the first half second; a change is old in seconds. */
static void test_time(void **state)
{
	struct bed b;
	float gate;

	(void)state;
	bed_init(&b);
	for (int k = 0; k < 20; k++)
		assert_true(bed_frame(&b, -30) == -INFINITY);
	for (int k = 0; k < 400; k++)
		gate = bed_frame(&b, -30);
	assert_in_range((int)-gate, 26, 31);
	for (int k = 0; k < 400; k++) /* 8 s of quiet */
		gate = bed_frame(&b, -65);
	assert_true(gate < -45);
	for (int k = 0; k < 400000; k++) /* two hours on: weights are reset */
		gate = bed_frame(&b, k % 2 ? -40 : -40.6f);
	assert_in_range((int)-gate, 36, 41);
	assert_true(bed_frame(&b, 5) < -30); /* out of range is no harm */
	assert_true(bed_frame(&b, -200) < -30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_babble_stays_below),
		cmocka_unit_test(test_talker_in_reach),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
