/*
 * An hour of a call in virtual time. The carrier's clock drifts against ours,
 * its audio is lost, delayed, bundled; ours is sent ahead, interrupted,
 * cleared. What the recording holds is compared with what the simulated
 * carrier recorded (and played) by its own sample clock.
 */
#include "audio/legs.h"

#include <stdlib.h>

#include "audio/place.h"
#include "frame.h"

#include "../assert.h"

enum { FRAME = LEGS_FRAME_N, HOUR_S = 3600, TALK_N = 40000 };

static uint32_t seed;

static uint32_t chance(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* What the caller says at a position of the carrier's clock: never silence. */
static uint8_t word(int64_t n)
{
	return (uint8_t)(((uint64_t)n * 2654435761u >> 16) % 251);
}

/* ---- the carrier's ear for us: plays by its own clock ---- */

struct phone {
	uint8_t *heard; /* what it played, by its clock */
	size_t len;
	int64_t end_n; /* behind what it was given */
};

static void phone_gets(struct phone *p, const uint8_t *data, size_t n,
		       int64_t now_n)
{
	p->end_n = MAX(p->end_n, now_n);
	for (size_t i = 0; i < n && (size_t)p->end_n < p->len; i++)
		p->heard[p->end_n++] = data[i];
}

static void phone_clear(struct phone *p, int64_t now_n)
{
	for (int64_t i = now_n; i < p->end_n; i++)
		p->heard[i] = ULAW_SILENCE;
	p->end_n = MIN(p->end_n, now_n);
}

/* ---- the call ---- */

struct line {
	const char *name;
	double ppm;    /* the carrier's clock against ours */
	unsigned lost; /* of 1000 frames */
	unsigned jitter_ms;
	unsigned stalls; /* of 10000 frames: 1.5 s pass, then all come */
	unsigned bundle; /* frames that come together */
};

static const struct line lines[] = {
	{"even", 0, 0, 0, 0, 1},
	{"loss", 0, 20, 0, 0, 1},
	{"jitter", 0, 5, 60, 0, 1},
	{"stalls", 0, 5, 20, 5, 1},
	{"bundles of four", 0, 0, 10, 0, 4},
	{"fast clock", 100, 10, 60, 2, 1},
	{"slow clock", -100, 10, 60, 2, 4},
};

enum { AHEAD_N = 960, PENDING = 256 };

struct world {
	const struct line *line;
	struct legs legs;
	struct place place;
	struct phone phone;
	uint8_t *came; /* of the caller's audio, by his clock */
	/* frames on their way */
	struct {
		int64_t at_n, due_us;
	} way[PENDING];
	unsigned way_first, way_n;
	int64_t made_n, blocked_us;
	/* our speech */
	int64_t said_n, sent_us, say_left;
	/* the recording */
	uint8_t *rec[2];
	int64_t rec_n, rec_from;
};

static int64_t theirs(const struct world *w, int64_t us)
{
	return (int64_t)((double)us * (1 + w->line->ppm / 1e6) * TEL_RATE_HZ /
			 1e6);
}

static void caller_speaks(struct world *w, int64_t now_us)
{
	while (w->made_n + FRAME <= theirs(w, now_us)) {
		unsigned at = (w->way_first + w->way_n) % PENDING;

		if (chance(10000) < w->line->stalls)
			w->blocked_us = now_us + 1500000;
		if (chance(1000) >= w->line->lost) {
			assert_true(w->way_n < PENDING);
			w->way[at].at_n = w->made_n;
			w->way[at].due_us = MAX(
				now_us + chance(w->line->jitter_ms + 1) * 1000,
				w->blocked_us);
			w->way_n++;
		}
		w->made_n += FRAME;
	}
}

static void frame_comes(struct world *w, int64_t at_n, int64_t now_us)
{
	uint8_t data[FRAME], quiet[FRAME];
	struct place_out o;

	for (int i = 0; i < FRAME; i++)
		w->came[at_n + i] = data[i] = word(at_n + i);
	memset(quiet, ULAW_SILENCE, sizeof(quiet));
	if (place_frame(&w->place, 5000 + at_n / 8, FRAME, 16000, &o))
		fail_msg("%s: a frame in order was refused", w->line->name);
	for (int64_t n = 0; n < o.silence_n; n += FRAME)
		legs_caller(&w->legs, o.at_n + n, quiet,
			    (size_t)MIN(o.silence_n - n, FRAME), now_us);
	legs_caller(&w->legs, o.at_n + o.silence_n, data + o.skip_n,
		    FRAME - o.skip_n, now_us);
}

/* TCP: in order, and what comes late holds up what follows. */
static void caller_arrives(struct world *w, int64_t now_us)
{
	unsigned ready = 0;

	while (ready < w->way_n &&
	       w->way[(w->way_first + ready) % PENDING].due_us <= now_us)
		ready++;
	if (ready < w->line->bundle)
		return;
	while (ready--) {
		frame_comes(w, w->way[w->way_first].at_n, now_us);
		w->way_first = (w->way_first + 1) % PENDING;
		w->way_n--;
	}
}

/* The pacer: 120 ms ahead; sentences of up to 5 s, sometimes cut. */
static void we_speak(struct world *w, int64_t now_us)
{
	uint8_t data[FRAME];

	if (!w->say_left && !chance(300)) {
		w->say_left = FRAME * (50 + chance(200));
		w->sent_us = now_us;
	}
	if (w->say_left && !chance(400)) {
		legs_clear(&w->legs, now_us);
		phone_clear(&w->phone, theirs(w, now_us));
		w->say_left = 0;
	}
	while (w->say_left &&
	       w->sent_us - now_us < AHEAD_N * 1000000LL / TEL_RATE_HZ) {
		for (int i = 0; i < FRAME; i++)
			data[i] = word(w->said_n + i);
		legs_sent(&w->legs, data, FRAME, now_us);
		phone_gets(&w->phone, data, FRAME, theirs(w, now_us));
		w->sent_us += 20000;
		w->said_n += FRAME;
		w->say_left -= FRAME;
	}
}

static void write_out(struct world *w)
{
	while (legs_take(&w->legs, w->rec[0] + w->rec_n, w->rec[1] + w->rec_n))
		w->rec_n += FRAME;
}

/* How far our leg is from where the carrier played it, at its edges. */
static int64_t worst_edge(const struct world *w, int64_t to)
{
	int64_t worst = 0, a = w->rec_from, b;

	while (a < to) {
		int64_t at = a;

		/* a sentence of the phone's: its first sample */
		while (at < to && (w->phone.heard[at] == ULAW_SILENCE ||
				   w->phone.heard[at - 1] != ULAW_SILENCE))
			at++;
		if (at >= to - TALK_N)
			break;
		a = at + 1;
		if (memchr(w->phone.heard + at, ULAW_SILENCE, 600))
			continue; /* cut before it can be told from others */
		for (b = MAX(at - 4000, w->rec_from); b < at + 4000; b++)
			if (w->rec[1][b] == w->phone.heard[at] &&
			    !memcmp(w->rec[1] + b, w->phone.heard + at, 600))
				break;
		worst = MAX(worst, llabs(b - at));
	}
	return worst;
}

static void run(struct world *w, const struct line *line, int64_t end_us)
{
	size_t len = (size_t)(HOUR_S + 20) * TEL_RATE_HZ;

	*w = (struct world){.line = line};
	seed = 42;
	assert_int_equal(legs_init(&w->legs, 0), 0);
	w->came = calloc(len, 1);
	w->phone = (struct phone){malloc(len), len, 0};
	memset(w->came, ULAW_SILENCE, len);
	memset(w->phone.heard, ULAW_SILENCE, len);
	for (int i = 0; i < 2; i++) {
		w->rec[i] = malloc(len);
		memset(w->rec[i], ULAW_SILENCE, len);
	}
	for (int64_t us = 0; us < end_us; us += 5000) {
		caller_speaks(w, us);
		caller_arrives(w, us);
		we_speak(w, us);
		if (us == 7000000)
			w->rec_n = w->rec_from = legs_arm(&w->legs, us);
		if (us % 200000 == 0)
			legs_ready(&w->legs, us);
		if (us % 1000000 == 0 && w->legs.armed)
			write_out(w);
	}
}

static void world_fini(struct world *w)
{
	legs_fini(&w->legs);
	free(w->came);
	free(w->phone.heard);
	free(w->rec[0]);
	free(w->rec[1]);
}

static void test_an_hour(void **state)
{
	const int64_t end_us = HOUR_S * 1000000LL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct world w;
		int64_t end_n, want_n, wrong = 0, worst;

		run(&w, &lines[i], end_us);
		end_n = legs_finish(&w.legs, end_us);
		write_out(&w);
		want_n = theirs(&w, end_us);
		worst = worst_edge(&w, want_n - TEL_RATE_HZ);
		/* the caller's leg: every sample that came, where he spoke */
		for (int64_t n = w.rec_from; n < end_n - 16000; n++)
			wrong += w.rec[0][n] != w.came[n];
		print_message("%-16s length %+5.1f ms, %lld samples of the "
			      "caller's wrong, ours up to %4.1f ms off\n",
			      lines[i].name, (double)(end_n - want_n) / 8,
			      (long long)wrong, (double)worst / 8);
		assert_true(llabs(end_n - want_n) <= 160);
		assert_true(w.rec_n >= end_n && w.rec_n < end_n + FRAME);
		assert_int_equal(wrong, 0);

		assert_true(worst <= 160);
		assert_int_equal(atomic_load(&w.legs.lost_n), 0);
		assert_int_equal(w.legs.late_n, 0);
		/* nothing from before it was armed */
		for (int64_t n = 0; n < w.rec_from; n++)
			assert_int_equal(w.rec[0][n], ULAW_SILENCE);
		world_fini(&w);
	}
}

/* ---- single rules ---- */

static void say(struct legs *l, int64_t at_n, uint8_t with, int64_t now_us)
{
	uint8_t data[FRAME];

	memset(data, with, sizeof(data));
	legs_caller(l, at_n, data, sizeof(data), now_us);
}

static void put_ours(struct legs *l, uint8_t with, int64_t now_us)
{
	uint8_t data[FRAME];

	memset(data, with, sizeof(data));
	legs_sent(l, data, sizeof(data), now_us);
}

static void test_before_it_is_armed(void **state)
{
	uint8_t a[FRAME], b[FRAME];
	struct legs l;
	int64_t from;

	(void)state;
	assert_int_equal(legs_init(&l, 0), 0);
	for (int i = 0; i < 200; i++) {
		say(&l, i * FRAME, 1, (i + 1) * 20000);
		put_ours(&l, 2, (i + 1) * 20000);
		put_ours(&l, 2, (i + 1) * 20000); /* runs ahead */
		legs_ready(&l, (i + 1) * 20000);
		if (i % 40 == 0)
			legs_clear(&l, (i + 1) * 20000);
	}
	assert_false(legs_take(&l, a, b));
	from = legs_arm(&l, 4003000);
	assert_int_equal(from % FRAME, 0);
	assert_in_range(from, 4003 * 8, 4003 * 8 + FRAME);
	legs_finish(&l, 4500000);
	for (int i = 0; legs_take(&l, a, b); i++)
		for (int k = 0; k < FRAME; k++)
			assert_int_equal(a[k], ULAW_SILENCE);
	legs_fini(&l);
}

/* Nobody takes: the call goes on, what does not fit is counted, and what is
 * taken afterwards lies where it belongs. */
static void test_slow_taker(void **state)
{
	uint8_t a[FRAME], b[FRAME];
	struct legs l;
	int64_t n = 0, spoken = 0;
	int i = 0;

	(void)state;
	assert_int_equal(legs_init(&l, 0), 0);
	assert_int_equal(legs_arm(&l, 0), 0);
	for (; i < 1000; i++) {
		say(&l, i * FRAME, (uint8_t)(i % 200), (i + 1) * 20000);
		legs_ready(&l, (i + 1) * 20000);
	}
	assert_int_equal(atomic_load(&l.lost_n), 1000 * FRAME - LEGS_CAP_N);
	while (legs_take(&l, a, b)) {
		spoken += a[0] == (n / FRAME) % 200;
		n += FRAME;
	}
	assert_int_equal(n, 1000 * FRAME);
	assert_in_range(spoken, LEGS_CAP_N / FRAME, LEGS_CAP_N / FRAME + 1);
	for (; i < 1100; i++)
		say(&l, i * FRAME, (uint8_t)(i % 200), (i + 1) * 20000);
	legs_finish(&l, 1100 * 20000);
	while (legs_take(&l, a, b)) {
		assert_int_equal(a[FRAME - 1], (n / FRAME) % 200);
		n += FRAME;
	}
	assert_int_equal(n, 1100 * FRAME);
	legs_fini(&l);
}

/* The carrier's stamps jump by ten minutes, later they fall back: the
 * recording stays as long as the call. */
static void test_wild_stamps(void **state)
{
	uint8_t a[FRAME], b[FRAME];
	struct legs l;
	int64_t now = 0, at = 0, last = 0, n = 0, end;

	(void)state;
	assert_int_equal(legs_init(&l, 0), 0);
	legs_arm(&l, 0);
	for (int i = 0; i < 3000; i++) {
		now += 20000;
		if (i == 1000)
			at += 600 * TEL_RATE_HZ;
		if (i == 2000)
			at -= 900 * TEL_RATE_HZ;
		say(&l, at, 9, now);
		at += FRAME;
		legs_ready(&l, now);
		while (legs_take(&l, a, b)) {
			n += FRAME;
			last = a[0] == 9 ? n : last;
		}
	}
	end = legs_finish(&l, now);
	assert_in_range(end, 3000 * FRAME - 80, 3000 * FRAME + 80);
	assert_true(last > 2995 * FRAME);
	legs_fini(&l);
}

/* What a recogniser reads comes later: where it lies is known still, whatever
 * the stamps did meanwhile. */
static void test_where_it_lies(void **state)
{
	static int64_t lies[2000], at[2000];
	const int64_t jump_ms[] = {10000, 300, 3000, 600000, 2500};
	struct legs l;
	int64_t pos = 0, now = 0, from, to;

	(void)state;
	assert_int_equal(legs_init(&l, 0), 0);
	for (int i = 0; i < 2000; i++) {
		now += i == 1700 ? 12000000 : 20000; /* at last: a delay */
		if (i % 300 == 299 && i < 1500)
			pos += jump_ms[i / 300] * 8;
		at[i] = pos;
		say(&l, pos, 7, now);
		lies[i] = legs_caller_at(&l, pos);
		pos += FRAME;
		legs_ready(&l, now);
	}
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(lies[i], legs_caller_at(&l, at[i]));
		legs_caller_span(&l, at[i], at[i] + FRAME, &from, &to);
		assert_int_equal(lies[i], from);
		assert_int_equal(lies[i] + FRAME, to);
	}
	/* a number that was being said: both sides of the jump */
	for (int i = 40; i < 2000; i++) {
		legs_caller_span(&l, at[i - 40], at[i] + FRAME, &from, &to);
		for (int k = i - 40; k <= i; k++)
			assert_true(from <= lies[k] && lies[k] + FRAME <= to);
		assert_true(to - from <=
			    41 * FRAME + LEGS_JUMP_N +
				    (i < 1700 ? 0 : 12 * TEL_RATE_HZ));
	}
	legs_fini(&l);
}

/* More jumps than are remembered: rather too much is taken out. */
static void test_many_jumps(void **state)
{
	enum { N = 4 * LEGS_JUMPS };
	int64_t lies[N], at[N], now = 0, pos = 0, from, to;
	struct legs l;

	(void)state;
	assert_int_equal(legs_init(&l, 0), 0);
	for (int i = 0; i < N; i++) {
		now += 20000;
		at[i] = pos;
		say(&l, pos, 7, now);
		lies[i] = legs_caller_at(&l, pos);
		pos += FRAME + 3 * TEL_RATE_HZ;
	}
	for (int i = 0; i < N; i++) {
		legs_caller_span(&l, at[i], at[i] + FRAME, &from, &to);
		assert_true(from <= lies[i] && lies[i] + FRAME <= to);
	}
	legs_caller_span(&l, at[N - 1], at[N - 1] + FRAME, &from, &to);
	assert_int_equal(lies[N - 1], from);
	assert_int_equal(FRAME, to - from);
	legs_fini(&l);
}

static void test_nobody_speaks(void **state)
{
	uint8_t a[FRAME], b[FRAME];
	struct legs l;
	int64_t n = 0;

	(void)state;
	assert_int_equal(legs_init(&l, 1000000), 0);
	legs_arm(&l, 1000000);
	for (int64_t us = 1000000; us < 31000000; us += 200000) {
		legs_ready(&l, us);
		while (legs_take(&l, a, b))
			n += FRAME;
	}
	/* the caller's audio may be late: it is awaited */
	assert_in_range(n, 25 * TEL_RATE_HZ, 27 * TEL_RATE_HZ);
	assert_int_equal(legs_finish(&l, 31000000), 30 * TEL_RATE_HZ);
	while (legs_take(&l, a, b))
		n += FRAME;
	assert_int_equal(n, 30 * TEL_RATE_HZ);
	legs_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_hour),
		cmocka_unit_test(test_before_it_is_armed),
		cmocka_unit_test(test_slow_taker),
		cmocka_unit_test(test_wild_stamps),
		cmocka_unit_test(test_where_it_lies),
		cmocka_unit_test(test_many_jumps),
		cmocka_unit_test(test_nobody_speaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
