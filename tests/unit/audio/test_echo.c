/*
 * The canceller in a small world: our speech goes over a network to a carrier
 * that plays it and returns marks, an echo path gives some of it back. Speech
 * is made: a buzz with formants, syllables and pauses. With real voices:
 * make bench-speech.
 */
#include "../assert.h"
#include "audio/echo.h"
#include "codec.h"
#include "speak.h"

#include <math.h>
#include <stdlib.h>

enum {
	N = 160,
	SECONDS = 40,
	FRAMES = SECONDS * 50,
	UP_MS = 40, /* to the carrier, and as much back */
	RESPONSE = 3200,
};

/* A way back: a spread of reflections that fades. */
struct path {
	const char *name;
	int delay_ms, length_ms;
	float loss_db;
	float grit; /* share that no linear filter explains: a codec's */
};

static void response(float *h, const struct path *p)
{
	int from = p->delay_ms * 8, len = p->length_ms * 8;
	float sum = 0, g;

	speak_seed = 7;
	memset(h, 0, RESPONSE * sizeof(*h));
	for (int i = 0; i < len; i++) {
		h[from + i] = speak_rnd() * expf(-5.f * (float)i / (float)len);
		sum += h[from + i] * h[from + i];
	}
	g = powf(10, -p->loss_db / 20) / sqrtf(sum);
	for (int i = 0; i < len; i++)
		h[from + i] *= g;
}

struct world {
	int16_t far[FRAMES * N], heard[FRAMES * N]; /* ours; at the caller */
	int16_t near[FRAMES * N], out[FRAMES * N];
	int16_t caller[FRAMES * N];
	struct far f;
	struct echo *e;
	float gate[FRAMES], level[FRAMES];
	bool clean[FRAMES];
};

static struct world *w;

/*
 * Time runs in frames of the caller's leg. Frame i of ours is sent at i, and
 * is played at i + 2 + late; what is played at k comes back with frame k,
 * which reaches us 2 frames later. A mark behind each 10th frame comes with
 * the frame in which it was played to its end.
 */
static void run(const struct path *p, bool talks, bool marks, int late)
{
	static float h[RESPONSE];
	int lead = UP_MS / 20 + late;
	float x, echo;

	assert_int_equal(0, far_init(&w->f));
	assert_int_equal(0, echo_new(&w->e));
	response(h, p);
	memset(w->heard, 0, sizeof(w->heard));
	for (int i = lead * N; i < FRAMES * N; i++)
		w->heard[i] = ulaw_to_lin[lin_to_ulaw(w->far[i - lead * N])];
	speak_seed = 99;
	for (int i = 0; i < FRAMES * N; i++) {
		echo = 0;
		for (int k = p->delay_ms * 8;
		     k < (p->delay_ms + p->length_ms) * 8 && k <= i; k++)
			echo += h[k] * (float)w->heard[i - k];
		echo += p->grit * echo * speak_rnd();
		x = echo + 12 * speak_rnd() + (talks ? (float)w->caller[i] : 0);
		w->near[i] = (int16_t)lrintf(x);
	}
	for (int k = 0; k < FRAMES; k++) {
		int64_t now_us = (int64_t)(k + 1 + UP_MS / 20) * 20000;
		int sent = k + UP_MS / 20; /* frame we send at this time */
		struct echo_out o;
		uint8_t b[N];

		/* marks that were played when frame k began */
		if (marks && k >= lead && (k - lead) % 10 == 1)
			far_mark(&w->f, 1, (uint32_t)(k - lead));
		far_arrived(&w->f, (int64_t)(k + 1) * N, now_us);
		o = echo_frame(w->e, &w->f, (int64_t)k * N, w->near + k * N,
			       w->out + k * N);
		w->gate[k] = o.gate_dbov;
		w->level[k] = o.level_dbov;
		w->clean[k] = o.clean;
		if (k == 0)
			for (int i = 0; i < sent; i++) {
				for (int s = 0; s < N; s++)
					b[s] = lin_to_ulaw(w->far[i * N + s]);
				far_sent(&w->f, b, N, (int64_t)i * 20000);
			}
		if (sent < FRAMES) {
			for (int s = 0; s < N; s++)
				b[s] = lin_to_ulaw(w->far[sent * N + s]);
			far_sent(&w->f, b, N, now_us);
			if (sent % 10 == 0)
				far_marked(&w->f, 1, (uint32_t)sent + 1);
		}
	}
}

static void done(void)
{
	far_fini(&w->f);
	w->e = echo_free(w->e);
}

static double power(const int16_t *x, int from_s, int to_s)
{
	double sum = 0;

	for (int i = from_s * 8000; i < to_s * 8000; i++)
		sum += (double)x[i] * x[i];
	return sum + 1;
}

static double erle_db(int from_s, int to_s)
{
	return 10 * log10(power(w->near, from_s, to_s) /
			  power(w->out, from_s, to_s));
}

static const struct {
	struct path path;
	double early_db, late_db; /* taken away at 6-10 s, after 24 s */
} paths[] = {
	{{"hybrid", 20, 12, 20, 0}, 12, 18},
	{{"speakerphone", 110, 60, 20, 0}, 6, 18},
	{{"speakerphone, loud", 110, 60, 12, 0}, 9, 18},
	{{"mobile with its codec", 180, 20, 20, .25f}, 6, 9},
	{{"far away", 300, 20, 20, 0}, 6, 12},
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		for (int late = 0; late < 3; late += 2) {
			run(&paths[i].path, false, true, late);
			print_message("%s, %d ms late: %.1f dB, %.1f dB; delay "
				      "%d ms\n",
				      paths[i].path.name, late * 20,
				      erle_db(6, 10), erle_db(24, 40),
				      echo_delay_ms(w->e));
			assert_true(echo_seen(w->e));
			assert_true(erle_db(6, 10) >= paths[i].early_db);
			assert_true(erle_db(24, 40) >= paths[i].late_db);
			assert_in_range(echo_delay_ms(w->e),
					paths[i].path.delay_ms - 20,
					paths[i].path.delay_ms + 60);
			done();
		}
}

/* What is left of our voice stays below the gate. */
static void test_gate(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int above = 0, frames = 0;

		run(&paths[i].path, false, true, 0);
		for (int k = 100; k < FRAMES; k++) {
			frames += w->level[k] > -50;
			above += w->level[k] > -50 && w->level[k] > w->gate[k];
		}
		print_message("%s: %d of %d frames above the gate\n",
			      paths[i].path.name, above, frames);
		assert_true(above * 15 <= frames);
		done();
	}
}

/* No echo: not a byte is changed, and soon nothing is calculated. */
static void test_untouched(void **state)
{
	static const struct path none = {"none", 20, 12, 90, 0};

	(void)state;
	run(&none, true, true, 0);
	assert_false(echo_seen(w->e));
	assert_memory_equal(w->near, w->out, sizeof(w->near));
	done();
}

/* The canceller takes what is below the telephone's band away first. */
static void notch(float *out, const int16_t *in, int n)
{
	const float r = .9f, den = r * r + .7f * (1 - r) * (1 - r);
	float m0 = 0, m1 = 0, y;

	for (int i = 0; i < n; i++) {
		y = m0 + (float)in[i];
		m0 = m1 + 2 * (r * y - (float)in[i]);
		m1 = (float)in[i] - den * y;
		out[i] = r * y;
	}
}

/* The caller is heard through it while we speak. */
static void test_double_talk(void **state)
{
	static float caller[FRAMES * N];
	double own = 0, lost = 0;

	(void)state;
	run(&paths[1].path, true, true, 0);
	notch(caller, w->caller, FRAMES * N);
	for (int i = 38 * 8000; i < 40 * 8000; i++) {
		double d = w->out[i] - caller[i];

		own += (double)caller[i] * caller[i];
		lost += d * d;
	}
	print_message("double talk: the rest is %.1f dB below the caller\n",
		      10 * log10(own / lost));
	assert_true(own > 10 * lost);
	done();
}

/* Carriers without marks: the clock alone must do. */
static void test_no_marks(void **state)
{
	(void)state;
	run(&paths[0].path, false, false, 0);
	assert_true(echo_seen(w->e));
	assert_true(erle_db(24, 40) > 12);
	done();
}

static int setup(void **state)
{
	(void)state;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -1;
	speak(w->far, FRAMES * N, 1, true);
	/* he speaks against us only now and then */
	speak(w->caller, FRAMES * N, 2, false);
	for (int i = 0; i < FRAMES * N; i++)
		if (i % 80000 < 64000)
			w->caller[i] = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_double_talk),
		cmocka_unit_test(test_no_marks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
