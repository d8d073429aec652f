/*
 * The caller's leg as a whole: what the recogniser gets and when suspicion is
 * raised. The echo itself is test_echo.c's business; here it is a plain copy.
 */
#include "../assert.h"
#include "audio/near.h"
#include "audio/tone.h"
#include "codec.h"
#include "speak.h"

#include <math.h>
#include <stdlib.h>

enum {
	N = 160,
	FRAMES = 2000,
	LATE = 3,	  /* frames from sent to played */
	DELAY_N = 50 * 8, /* the echo's */
};

static struct near *r;
static struct {
	int frames, held, suspects, agains, begans, hunches, still;
	int64_t next_n, since_n, from_n, suspect_n, hunch_n;
	bool changed, hole;
	const uint8_t *given;
} got;

static void on_near(const struct near_out *o, void *arg)
{
	(void)arg;
	got.frames++;
	got.held += o->hold;
	got.still += o->still;
	got.hole |= o->at_n != got.next_n;
	got.next_n = o->at_n + (int64_t)o->n;
	if (got.given && memcmp(o->data, got.given, o->n) != 0)
		got.changed = true;
	if (o->hunch && !got.hunches++)
		got.hunch_n = got.next_n;
	if (o->suspect && !got.suspects++) {
		got.since_n = o->since_n;
		got.suspect_n = got.next_n;
	}
	if (o->again && !got.agains++)
		got.from_n = o->from_n;
	got.begans += o->began;
}

static int setup(void **state)
{
	(void)state;
	memset(&got, 0, sizeof(got));
	speak_seed = 5;
	return near_new(&r, true);
}

static int teardown(void **state)
{
	(void)state;
	r = near_free(r);
	return 0;
}

/*
 * Frames of the call: ours is sent from frame from to frame to, played two
 * frames later, comes back loss_db weaker; the caller talks for 2 s from talk.
 */
static void call(int frames, int from, int to, float loss_db, int talk)
{
	static int16_t ours[FRAMES * N], his[FRAMES * N], heard[FRAMES * N];
	float g = powf(10, -loss_db / 20);
	uint8_t in[N], out[N];

	assert_true(frames <= FRAMES);
	speak(ours, FRAMES * N, 1, false);
	speak(his, FRAMES * N, 2, false);
	memset(heard, 0, sizeof(heard));
	for (int k = 0; k < frames; k++) {
		int64_t now_us = (int64_t)(k + 1) * 20000;
		int played = k - LATE;

		if (played >= from && played < to)
			memcpy(heard + k * N, ours + played * N,
			       N * sizeof(*heard));
		for (int i = k * N; i < (k + 1) * N; i++) {
			float x = 14 * speak_rnd();

			if (talk >= 0 && k >= talk && k < talk + 100)
				x += his[i];
			if (i >= DELAY_N)
				x += g * (float)heard[i - DELAY_N];
			in[i - k * N] = lin_to_ulaw((int16_t)x);
			out[i - k * N] = lin_to_ulaw(ours[i]);
		}
		got.given = in;
		near_push(r, (int64_t)k * N, in, N, on_near, NULL);
		near_arrived(r, now_us);
		/* the frame before the last one sent was played by now */
		if (played > from && played <= to)
			near_mark(r, 1, (uint32_t)played);
		if (k >= from && k < to) {
			near_sent(r, out, N, now_us);
			near_marked(r, 1, (uint32_t)k);
		}
	}
}

/* Frames of any length, jumps: nothing is lost, order is kept. */
static void test_pieces(void **state)
{
	static const size_t len[] = {1, 159, 160, 161, 400, 77, 3};
	uint8_t b[400];
	int64_t at_n = 0;

	(void)state;
	memset(b, ULAW_SILENCE, sizeof(b));
	for (int i = 0; i < 200; i++) {
		size_t n = len[i % ARRAY_LEN(len)];

		near_push(r, at_n, b, n, on_near, NULL);
		at_n += (int64_t)n;
	}
	assert_false(got.hole);
	assert_in_range(got.next_n, at_n - 159, at_n);
	near_push(r, at_n + 5000, b, 160, on_near, NULL);
	assert_int_equal(got.next_n, at_n + 5160);
}

/* A line without echo: bytes as they came, a caller at once suspected. */
static void test_clear_line(void **state)
{
	(void)state;
	call(1000, 100, 900, 90, 500);
	assert_false(got.changed);
	assert_int_equal(got.held, 0);
	assert_in_range(got.suspects, 1, 4);
	assert_false(echo_seen(near_echo(r)));
	/* his first sound is noticed before it is a suspicion */
	assert_in_range(got.hunch_n, 500 * N, 500 * N + 120 * 8);
	assert_in_range(got.suspect_n, got.hunch_n, got.hunch_n + 140 * 8);
}

/* Clicks are too short to be a first sound. */
static void test_clicks(void **state)
{
	uint8_t b[N], out[N];

	(void)state;
	call(400, 100, 400, 90, -1);
	got.given = NULL;
	for (int k = 400; k < 800; k++) {
		memset(out, lin_to_ulaw(4000 * (k % 7 - 3)), sizeof(out));
		for (int i = 0; i < N; i++)
			b[i] = lin_to_ulaw(
				(int16_t)(k % 25 ? 14 : 9000 * speak_rnd()));
		near_push(r, (int64_t)k * N, b, N, on_near, NULL);
		near_arrived(r, (int64_t)(k + 1) * 20000);
		near_sent(r, out, N, (int64_t)(k + 1) * 20000);
	}
	assert_int_equal(got.hunches, 0);
	assert_int_equal(got.suspects, 0);
}

/*
 * Others talk behind him all the time, or music plays: what the detector of
 * speech says of them is nothing, and he is heard as soon as he speaks.
 */
static void test_others(void **state)
{
	static int16_t his[FRAMES * N], ours[FRAMES * N];
	uint8_t b[N], out[N];
	int refused = 0, left = 0;
	float loud = 0;

	(void)state;
	speak(ours, FRAMES * N, 1, false);
	speak(his, FRAMES * N, 2, false);
	for (int k = 0; k < 1515; k++) {
		for (int i = 0; i < N; i++) {
			float x;

			if (!left--) { /* up to 10 dB up and down */
				left = 500 + (int)(900 * fabsf(speak_rnd()));
				loud = 700 * powf(10, speak_rnd() / 4);
			}
			x = loud * speak_rnd();

			if (k >= 1500)
				x += his[k * N + i];
			b[i] = lin_to_ulaw((int16_t)x);
			out[i] = lin_to_ulaw(k < 50 ? 0 : ours[k * N + i]);
		}
		near_push(r, (int64_t)k * N, b, N, on_near, NULL);
		near_arrived(r, (int64_t)(k + 1) * 20000);
		near_sent(r, out, N, (int64_t)(k + 1) * 20000);
		if (k < 200 || k % 50 || k >= 1500)
			continue;
		refused += !near_began(r, (int64_t)k * N - 800);
		near_ended(r, (int64_t)k * N);
	}
	assert_true(refused >= 25);	     /* of 26 */
	assert_in_range(got.suspects, 0, 4); /* the last one is he */
	assert_true(near_began(r, 1502 * N));
}

/* Our echo raises no suspicion, and the recogniser does not hear it. */
static void test_echo_only(void **state)
{
	(void)state;
	call(2000, 100, 1900, 20, -1);
	assert_true(echo_seen(near_echo(r)));
	assert_int_equal(got.suspects, 0);
	assert_true(got.held > 1000);
	assert_true(got.changed);
}

/* A business wants it otherwise than its node: the same as from the start. */
static void test_switch(void **state)
{
	(void)state;
	assert_int_equal(0, near_cancel(r, true)); /* is on */
	assert_non_null(near_echo(r));
	assert_int_equal(0, near_cancel(r, false));
	assert_null(near_echo(r));
	call(2000, 100, 1900, 20, -1);
	assert_false(got.changed);
	assert_int_equal(0, got.held);

	r = near_free(r);
	memset(&got, 0, sizeof(got));
	assert_int_equal(0, near_new(&r, false));
	assert_int_equal(0, near_cancel(r, true));
	call(2000, 100, 1900, 20, -1);
	assert_true(echo_seen(near_echo(r)));
	assert_int_equal(got.suspects, 0);
	assert_true(got.changed);
}

/* Who speaks against it is heard from before his first sound. */
static void test_talks_against_echo(void **state)
{
	(void)state;
	call(1600, 100, 1500, 20, 1200);
	assert_in_range(got.suspects, 1, 4);
	assert_true(got.agains >= 1);
	print_message("first sound at %d, suspected since %lld, again from "
		      "%lld\n",
		      1200 * N, (long long)got.since_n, (long long)got.from_n);
	assert_true(got.from_n <= 1200 * N + 50 * N);
}

/* The recogniser's word counts only for what is loud enough. */
static void test_faint(void **state)
{
	(void)state;
	call(1000, 100, 1000, 90, -1); /* he is silent */
	assert_false(near_began(r, 150000));
	assert_false(near_ended(r, 155000));
	assert_true(near_own(r, 150000, 155000));
	assert_false(near_own(r, 149000, 155000));
	assert_false(near_own(r, 150000, 155001));
	/* once ours is over it is he, however faint */
	call(200, 0, 0, 90, -1);
	assert_true(near_began(r, 190000));
	assert_true(near_ended(r, 191000));
	assert_false(near_own(r, 190000, 191000));
}

/* Faint at first, then loud: it was he from the beginning. */
static void test_faint_then_loud(void **state)
{
	(void)state;
	call(500, 100, 500, 90, -1);
	assert_false(near_began(r, 70000));
	assert_int_equal(got.begans, 0);
	call(100, 0, 100, 90, 50);
	assert_int_equal(got.begans, 1);
	assert_true(near_ended(r, 80000));
}

/* So loud that x is dbov in the mean. */
static float gain(const int16_t *x, int n, float dbov)
{
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += (float)x[i] * (float)x[i] / (float)n;
	return powf(10, dbov / 20) * 32768 / sqrtf(sum);
}

/* Nobody listens to a line that is still: whoever can be read is not. */
static void test_still(void **state)
{
	static const struct {
		const char *name;
		float dbov;
		bool talks;
		int from, to; /* still frames of 100 */
	} tv[] = {
		{"digital silence", -200, false, 100, 100},
		{"a quiet line's noise", -70, false, 100, 100},
		{"a line's noise", -57, false, 0, 0},
		{"a quiet talker", -50, true, 0, 35},
		{"a talker", -20, true, 0, 10},
	};
	static int16_t x[100 * N];
	uint8_t b[N];

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(tv); t++) {
		float g;

		speak(x, 100 * N, 3, false);
		for (int i = 0; !tv[t].talks && i < 100 * N; i++)
			x[i] = (int16_t)(9000 * speak_rnd());
		g = gain(x, 100 * N, tv[t].dbov);
		got.still = 0;
		for (int k = 0; k < 100; k++) {
			for (int i = 0; i < N; i++)
				b[i] = lin_to_ulaw((int16_t)lrintf(
					g * (float)x[k * N + i]));
			near_push(r, near_end_n(r), b, N, on_near, NULL);
		}
		print_message("%s: %d\n", tv[t].name, got.still);
		assert_in_range(got.still, tv[t].from, tv[t].to);
	}
}

static const struct {
	const char *name;
	float hz[2], noise_db;
} tones[] = {
	{"key 1", {697, 1209}, 60},  {"key 5", {770, 1336}, 20},
	{"key #", {941, 1477}, 30},  {"key D", {941, 1633}, 60},
	{"dial tone", {425, 0}, 60}, {"fax", {1100, 0}, 20},
	{"beep", {1400, 0}, 30},     {"modem", {2100, 0}, 30},
};

static void test_tones(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(tones); t++)
		for (int phase = 0; phase < 40; phase++) {
			int16_t x[N];
			float share;

			for (int i = 0; i < N; i++) {
				float s = (float)(i + 13 * phase) / 8000;
				float v = sinf(2 * (float)M_PI *
					       tones[t].hz[0] * s) +
					  sinf(2 * (float)M_PI *
					       tones[t].hz[1] * s);

				v = 3000 *
				    (v +
				     1.7f * powf(10, -tones[t].noise_db / 20) *
					     speak_rnd());
				x[i] = ulaw_to_lin[lin_to_ulaw((int16_t)v)];
			}
			share = tone_share(x);
			if (share <= TONE_SHARE)
				print_message("%s: %.2f\n", tones[t].name,
					      (double)share);
			assert_true(share > TONE_SHARE);
		}
	for (int k = 0; k < 400; k++) {
		int16_t x[N];

		speak(x, N, (uint32_t)k, false);
		assert_true(tone_share(x) < TONE_SHARE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clear_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_clicks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_echo_only, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_switch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_talks_against_echo, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_faint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faint_then_loud, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_still, setup, teardown),
		cmocka_unit_test(test_tones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
