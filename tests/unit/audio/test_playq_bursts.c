/*
 * playq: what a provider sends in bursts and odd pieces reaches the carrier
 * evenly. The carrier is played by the clock; chance comes from a seed that
 * is printed.
 */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "audio/playq.h"

enum { RATE = 8000, SAID_N = 60 * RATE, AHEAD_MS = 120, TICK_US = 20000 };

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static const struct source {
	const char *name;
	int speed_percent; /* of real time */
	int piece_max;	   /* samples; pieces are of 1 … so many */
	int spread_ms;	   /* a piece comes so much later */
	int stall_ms, stall_every_ms;
	/* what is asked of it: breaks in what the caller hears, ms */
	int breaks_max;
} sources[] = {
	{"real time, 20 ms", 100, 160, 0, 0, 0, 40},
	{"real time, odd pieces, uneven", 100, 700, 60, 0, 0, 260},
	{"real time, 200 ms stall every 5 s", 100, 400, 0, 200, 5000, 320},
	{"real time, 100 ms each second", 100, 400, 20, 100, 1000, 260},
	{"five times as fast, odd pieces", 500, 3000, 40, 0, 0, 0},
	{"all at once", 100000, 12000, 0, 0, 0, 0},
	{"five times as fast, a stall of 2 s", 500, 3000, 0, 2000, 8000, 0},
};

/* When sample n is there. */
static int64_t ready_us(const struct source *s, int64_t n, int64_t late_us)
{
	int64_t us = n * 12500 / s->speed_percent, every, in;

	every = s->stall_every_ms * INT64_C(1000);
	in = every ? us % every : 0;
	if (every && us > every && in < s->stall_ms * 1000)
		us += s->stall_ms * 1000 - in;
	return us + late_us;
}

static uint8_t sound(int64_t n)
{
	return (uint8_t)(n * 31 + n / 255);
}

/* The carrier's buffer, in time: what it has lasts until then. */
struct ear {
	int64_t got_n, until_us, break_us;
};

static void hear(struct ear *e, const struct playq_out *o, int64_t now_us)
{
	for (size_t i = 0; i < o->n && e->got_n + (int64_t)i < SAID_N; i++)
		assert_int_equal(sound(e->got_n + (int64_t)i), o->data[i]);
	if (e->got_n && now_us > e->until_us)
		e->break_us += now_us - e->until_us;
	e->until_us = MAX(e->until_us, now_us) + (int64_t)o->n * 125;
	assert_true(e->until_us - now_us <= AHEAD_MS * 1000);
	e->got_n += (int64_t)o->n;
}

static void run(const struct source *s)
{
	const struct playq_prm prm = {.cap_ms = 4000,
				      .ahead_ms = AHEAD_MS,
				      .mark_ms = 200,
				      .frame_ms = 20};
	struct playq *q = NULL;
	struct playq_out o = {0};
	struct ear e = {0};
	static uint8_t piece[16000];
	int64_t now_us = 0, put_n = 0, last_us = 0, next_us = 0;
	uint32_t n = 0, with = seed;
	bool ended = false;

	assert_int_equal(0, playq_new(&q, &prm));
	for (; !ended; now_us += TICK_US) {
		assert_true(now_us < INT64_C(120) * 1000000);
		while (put_n < SAID_N) {
			if (!n) {
				n = 1 + draw((uint32_t)s->piece_max);
				n = (uint32_t)MIN((int64_t)n, SAID_N - put_n);
				next_us = ready_us(
					s, put_n + n,
					draw((uint32_t)s->spread_ms + 1) *
						1000);
				next_us = MAX(next_us, last_us);
			}
			if (next_us > now_us || playq_space(q) < n)
				break; /* not there yet, or not granted */
			for (uint32_t i = 0; i < n; i++)
				piece[i] = sound(put_n + i);
			assert_int_equal(0, playq_put(q, 1, piece, n));
			last_us = next_us;
			put_n += n;
			n = 0;
			if (put_n == SAID_N)
				assert_int_equal(0, playq_end(q, 1));
		}
		while (!playq_due(q, now_us, &o)) {
			if (o.n)
				hear(&e, &o, now_us);
			ended = o.has_mark && o.mark.end;
			if (ended)
				assert_int_equal(SAID_N, o.mark.pos_n);
		}
	}
	print_message("%s: %d ms of breaks (seed %u)\n", s->name,
		      (int)(e.break_us / 1000), with);
	assert_in_range(e.got_n, SAID_N, SAID_N + 159);
	assert_true(e.break_us / 1000 <= s->breaks_max);
	q = playq_free(q);
}

static void test_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		for (uint32_t k = 1; k <= 10; k++) {
			seed = k;
			run(&sources[i]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
