/*
 * playq: what a provider sends in bursts and odd pieces reaches the carrier
 * evenly; where it is late there are few breaks; what the carrier holds does
 * not grow. The carrier is played by its own clock; chance comes from a seed
 * that is printed.
 */
#include "tests/unit/assert.h"
#include "tests/unit/draw.h"

#include <stdlib.h>

#include "audio/playq.h"

enum {
	RATE = 8000,
	SAID_N = 60 * RATE,
	AHEAD_MS = 120,
	AGAIN_MS = 100,
	TICK_US = 20000
};

static const struct source {
	const char *name;
	int speed_percent; /* of real time */
	int piece_max;	   /* samples; pieces are of 1 … so many */
	int spread_ms;	   /* a piece comes so much later */
	int stall_ms, stall_every_ms;
	/* what is asked of it: breaks in what the caller hears, and ms */
	int breaks_max, break_ms_max;
} sources[] = {
	{"real time, 20 ms", 100, 160, 0, 0, 0, 0, 0},
	{"real time, odd pieces, uneven", 100, 700, 60, 0, 0, 3, 400},
	{"real time, 200 ms stall every 5 s", 100, 400, 0, 200, 5000, 3, 500},
	{"real time, 100 ms each second", 100, 400, 20, 100, 1000, 3, 400},
	{"five times as fast, odd pieces", 500, 3000, 40, 0, 0, 0, 0},
	{"all at once", 100000, 12000, 0, 0, 0, 0, 0},
	{"five times as fast, a stall of 2 s", 500, 3000, 0, 2000, 8000, 0, 0},
	/* late in mid-sentence, again and again: of a minute so much is missing
	 * as the voice is slower, in pauses of half a second */
	{"a tenth too slow, odd pieces", 90, 800, 0, 0, 0, 22, 7300},
	{"half too slow, odd pieces", 67, 800, 40, 0, 0, 60, 30500},
	{"a tenth too slow, 300 ms stall", 90, 800, 0, 300, 4000, 22, 7600},
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
	int ppm; /* its clock is so much slower */
	int64_t got_n, until_us, break_us;
	int breaks;
	int64_t most_us; /* it held */
};

static void hear(struct ear *e, size_t n, bool goes_on, int64_t now_us)
{
	if (goes_on && now_us > e->until_us) {
		e->break_us += now_us - e->until_us;
		e->breaks++;
	}
	e->until_us = MAX(e->until_us, now_us) +
		      (int64_t)n * 125 * (1000000 + e->ppm) / 1000000;
	e->most_us = MAX(e->most_us, e->until_us - now_us);
	e->got_n += (int64_t)n;
}

static struct playq *fresh(int again_ms)
{
	const struct playq_prm prm = {.cap_ms = 4000,
				      .ahead_ms = AHEAD_MS,
				      .mark_ms = 200,
				      .frame_ms = 20,
				      .again_ms = again_ms};
	struct playq *q = NULL;

	assert_int_equal(0, playq_new(&q, &prm));
	return q;
}

/* What comes of one utterance of SAID_N. */
struct supply {
	const struct source *s;
	int64_t put_n, last_us, next_us;
	uint32_t n; /* of the piece that comes next */
};

static void put_more(struct playq *q, struct supply *p, int64_t now_us)
{
	static uint8_t piece[16000];

	while (p->put_n < SAID_N) {
		if (!p->n) {
			p->n = 1 + draw((uint32_t)p->s->piece_max);
			p->n = (uint32_t)MIN((int64_t)p->n, SAID_N - p->put_n);
			p->next_us = ready_us(
				p->s, p->put_n + p->n,
				draw((uint32_t)p->s->spread_ms + 1) * 1000);
			p->next_us = MAX(p->next_us, p->last_us);
		}
		if (p->next_us > now_us || playq_space(q) < p->n)
			return; /* not there yet, or not granted */
		for (uint32_t i = 0; i < p->n; i++)
			piece[i] = sound(p->put_n + i);
		assert_int_equal(0, playq_put(q, 1, piece, p->n));
		p->last_us = p->next_us;
		p->put_n += p->n;
		p->n = 0;
		if (p->put_n == SAID_N)
			assert_int_equal(0, playq_end(q, 1));
	}
}

static struct ear say(const struct source *s, int again_ms)
{
	struct playq *q = fresh(again_ms);
	struct supply p = {.s = s};
	struct playq_out o = {0};
	struct ear e = {0};
	bool ended = false;

	for (int64_t now_us = 0; !ended; now_us += TICK_US) {
		assert_true(now_us < INT64_C(120) * 1000000);
		put_more(q, &p, now_us);
		while (!playq_due(q, now_us, &o)) {
			for (int64_t i = 0; i < (int64_t)o.n; i++)
				assert_true(e.got_n + i >= SAID_N ||
					    sound(e.got_n + i) == o.data[i]);
			if (o.n)
				hear(&e, o.n, e.got_n, now_us);
			ended = o.has_mark && o.mark.end;
			if (ended)
				assert_int_equal(SAID_N, o.mark.pos_n);
		}
	}
	assert_in_range(e.got_n, SAID_N, SAID_N + 159);
	assert_in_range(e.most_us, 0, AHEAD_MS * 1000);
	q = playq_free(q);
	return e;
}

static void test_sources(void **state)
{
	struct ear e, at_once;
	int more_ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		for (uint32_t k = 1; k <= 10; k++) {
			draw_seed = k;
			at_once = say(&sources[i], 0);
			draw_seed = k;
			e = say(&sources[i], AGAIN_MS);
			more_ms = (int)(e.break_us - at_once.break_us) / 1000;
			print_message("%s: %d breaks, %d ms (at once: %d, %d "
				      "ms; seed %u)\n",
				      sources[i].name, e.breaks,
				      (int)(e.break_us / 1000), at_once.breaks,
				      (int)(at_once.break_us / 1000), k);
			assert_true(e.breaks <= sources[i].breaks_max);
			assert_true(e.break_us / 1000 <=
				    sources[i].break_ms_max);
			assert_true(e.breaks <= at_once.breaks);
			/* what is gathered is not lost: it is in hand */
			assert_true(more_ms <= AGAIN_MS * PLAYQ_AGAIN_MAX);
			if (sources[i].speed_percent < 100)
				assert_true(e.breaks * 5 <= at_once.breaks);
		}
}

/* Behind a break there is so much in hand, but for no longer than that. */
static void test_gathers(void **state)
{
	static const struct {
		const char *name;
		int more_ms, at_ms; /* comes at once, then */
		bool last;	    /* … and that is all */
		int goes_on_ms;	    /* behind the break; twice of it: */
	} tv[] = {
		{"enough at once", 100, 0, false, 0},
		{"enough by and by", 40, 20, false, 40},
		{"no more comes", 40, 1000, false, 200},
		{"that was all", 40, 0, true, 0},
	};
	static uint8_t b[RATE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct playq *q = fresh(AGAIN_MS);
		int64_t now_us = 1000000, from_us = now_us + 500000, put_us;
		struct playq_out o;
		bool on = false;

		print_message("%s\n", tv[i].name);
		assert_int_equal(0, playq_put(q, 1, b, 800));
		while (now_us < from_us) {
			while (!playq_due(q, now_us, &o))
				assert_false(o.has_mark && o.mark.end);
			now_us += TICK_US;
		}
		for (put_us = from_us; !on; now_us += TICK_US) {
			for (; put_us <= now_us; put_us += tv[i].at_ms * 1000) {
				playq_put(q, 1, b, (size_t)tv[i].more_ms * 8);
				if (tv[i].last)
					playq_end(q, 1);
				if (!tv[i].at_ms)
					put_us = INT64_MAX / 2;
			}
			while (!playq_due(q, now_us, &o))
				on |= o.n;
		}
		assert_int_equal(tv[i].goes_on_ms,
				 (now_us - TICK_US - from_us) / 1000);
		q = playq_free(q);
	}
}

/*
 * Ten minutes of a carrier whose clock is not ours: sentences of up to 20 s,
 * pauses between them. What it holds is the send-ahead and what drifts within
 * one sentence; the last one is said as promptly as the first.
 */
static void drift(int ppm)
{
	static uint8_t b[20 * RATE];
	struct playq *q = fresh(AGAIN_MS);
	struct ear e = {.ppm = ppm};
	int64_t now_us = 0, asked_us = 0, left_n = 0;
	struct playq_out o;
	uint32_t utt = 0;

	while (now_us < INT64_C(600) * 1000000 || left_n) {
		if (!left_n && now_us >= asked_us) {
			left_n = RATE + draw(19 * RATE);
			asked_us = now_us;
			utt++;
		}
		if (left_n) {
			int64_t n = 480 + draw(1500);

			n = MIN(MIN(n, left_n), (int64_t)playq_space(q));
			assert_int_equal(0, playq_put(q, utt, b, (size_t)n));
			left_n -= n;
			if (!left_n) {
				playq_end(q, utt);
				asked_us = INT64_MAX;
			}
		}
		while (!playq_due(q, now_us, &o)) {
			if (o.first) /* the carrier is idle: played at once */
				assert_true(e.until_us <= now_us &&
					    now_us == asked_us);
			if (o.n)
				hear(&e, o.n, !o.first, now_us);
			if (o.has_mark && o.mark.end)
				asked_us = now_us + 300000 +
					   draw(3000) * INT64_C(1000);
		}
		now_us += TICK_US;
	}
	print_message("%d ppm: %u sentences, %d breaks, held up to %.1f ms\n",
		      ppm, utt, e.breaks, (double)e.most_us / 1000);
	assert_int_equal(0, e.breaks);
	assert_in_range(e.most_us, 100000, AHEAD_MS * 1000 + 2000);
	q = playq_free(q);
}

static void test_drift(void **state)
{
	(void)state;
	draw_seed = 1;
	drift(0);
	drift(100);
	drift(-100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_gathers),
		cmocka_unit_test(test_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
