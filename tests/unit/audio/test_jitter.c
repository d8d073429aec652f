/*
 * jitter: what comes out of arrival patterns as lines show them. A sender on
 * its own clock, a line that delays, loses, shuffles and doubles, a consumer
 * that plays 20 ms every 20 ms. Chance comes from a seed that is printed.
 */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "audio/jitter.h"

enum {
	RATE = 8000,
	F = 160,
	F_US = 20000,
	PACKETS = 6000, /* two minutes */
	MAX_MS = 400,
	MIN_MS = 20,
	CALM_MS = 20000, /* at the end the line is steady again */
};

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

struct arrival {
	int64_t at_n, us;
	uint32_t order;
};

struct line {
	const char *name;
	int spread_ms; /* uniform, with reordering */
	int stall_ms, stall_every_ms;
	int step_ms; /* the route is longer from the middle on */
	int ppm;     /* the sender's clock is fast */
	int bundle;  /* so many come at once */
	int lose_percent, twice_percent;
	int mute_ms; /* the sender is silent for so long in the middle */
	bool loud;   /* never a silence to change the delay in */
	/* what is asked of it */
	int late_max; /* of 1,000 packets */
	int wait_max; /* ms made up in all, without mute */
	int end_max;  /* delay at the end, ms */
};

static const struct line lines[] = {
	{.name = "steady", .end_max = 25},
	{.name = "uniform 0-60 ms, shuffled",
	 .spread_ms = 60,
	 .late_max = 30,
	 .wait_max = 300,
	 .end_max = 60},
	{.name = "200 ms stall every 5 s, then a burst",
	 .stall_ms = 200,
	 .stall_every_ms = 5000,
	 .wait_max = 1600,
	 .end_max = 60},
	{.name = "100 ms each second",
	 .stall_ms = 100,
	 .stall_every_ms = 1000,
	 .wait_max = 600,
	 .end_max = 60},
	{.name = "the route is 80 ms longer",
	 .step_ms = 80,
	 .wait_max = 120,
	 .end_max = 60},
	{.name = "the route is 80 ms shorter", .step_ms = -80, .end_max = 60},
	{.name = "sender 100 ppm fast", .ppm = 100, .end_max = 60},
	{.name = "sender 100 ppm slow",
	 .ppm = -100,
	 .wait_max = 100,
	 .end_max = 60},
	{.name = "bundles of four",
	 .bundle = 4,
	 .wait_max = 160,
	 .end_max = 60},
	{.name = "everything twice",
	 .twice_percent = 100,
	 .wait_max = 40, /* the last one comes again when all is played */
	 .end_max = 60},
	{.name = "loss", .lose_percent = 5, .wait_max = 600, .end_max = 45},
	{.name = "muted for 10 s", .mute_ms = 10000, .end_max = 60},
	{.name = "a stall on a line that is never silent",
	 .stall_ms = 300,
	 .stall_every_ms = 60000,
	 .loud = true,
	 .wait_max = 900,
	 .end_max = 60},
	{.name = "all of it",
	 .spread_ms = 40,
	 .stall_ms = 150,
	 .stall_every_ms = 4000,
	 .step_ms = 50,
	 .ppm = 80,
	 .lose_percent = 2,
	 .twice_percent = 5,
	 .late_max = 80,
	 .wait_max = 6000,
	 .end_max = 80},
};

static int by_time(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* When the i-th packet, spoken at us, comes. */
static int64_t arrives(const struct line *l, int i, int64_t us)
{
	int64_t d = 30000, every = l->stall_every_ms * 1000ll, in;

	if (i >= PACKETS / 2 && l->step_ms)
		d += l->step_ms * 1000ll;
	if (l->step_ms < 0)
		d -= l->step_ms * 1000ll;
	if (i >= PACKETS - CALM_MS / 20)
		return us + d;
	if (l->bundle)
		us += (l->bundle - 1 - i % l->bundle) * F_US;
	if (l->spread_ms)
		d += draw((uint32_t)l->spread_ms * 1000);
	if (every && us >= every) {
		in = us % every;
		if (in < l->stall_ms * 1000ll)
			d += l->stall_ms * 1000ll - in;
	}
	return us + d;
}

static unsigned make(const struct line *l, struct arrival *a)
{
	unsigned n = 0;

	for (int i = 0; i < PACKETS; i++) {
		int64_t us = i * F_US * (1000000ll - l->ppm) / 1000000;
		int mute = l->mute_ms / 20;

		if (i >= PACKETS / 2 && i < PACKETS / 2 + mute)
			continue;
		if ((int)draw(100) < l->lose_percent)
			continue;
		a[n] = (struct arrival){(int64_t)i * F, arrives(l, i, us), n};
		n++;
		if ((int)draw(100) < l->twice_percent) {
			a[n] = a[n - 1];
			a[n].us += draw(40000);
			a[n].order = n;
			n++;
		}
	}
	qsort(a, n, sizeof(*a), by_time);
	return n;
}

/* What the consumer knows of its place, to hold the buffer against. */
struct ear {
	int64_t next_n;
	uint64_t given;
	bool quiet;
};

/* Speech of 1.2 s, silence of 0.6 s. */
static bool is_quiet(const struct line *l, int64_t at_n)
{
	return !l->loud && at_n % (RATE * 18 / 10) > RATE * 12 / 10;
}

static void play(struct jitter *j, const struct line *l, struct ear *e,
		 int64_t now_us)
{
	struct jitter_out o;

	while (!jitter_get(j, now_us, e->quiet, &o)) {
		assert_int_equal(F, o.n);
		assert_true(o.at_n >= e->next_n);
		if (o.kind == JITTER_WAIT)
			continue;
		e->next_n = o.at_n + o.n;
		if (o.kind == JITTER_LOST)
			continue;
		e->given++;
		assert_int_equal(sizeof(int64_t), o.len);
		assert_memory_equal(&o.at_n, o.data, o.len);
		e->quiet = is_quiet(l, o.at_n);
	}
}

/* Everything that was put, and every position, is accounted for. */
static void check_sums(const struct jitter *j, const struct ear *e, unsigned n,
		       int64_t first_n)
{
	const struct jitter_stats *st = jitter_stats(j);

	assert_int_equal(n, st->put);
	assert_int_equal(st->put, st->given + st->late + st->again + st->shed);
	assert_int_equal(e->given, st->given);
	assert_int_equal(e->next_n - first_n,
			 st->given_n + st->lost_n + st->shed_n);
}

static void complain(const struct line *l, const char *what, int64_t got,
		     int64_t max, uint32_t with)
{
	if (got <= max)
		return;
	print_error("%s: %s %lld, at most %lld (SEED=%u)\n", l->name, what,
		    (long long)got, (long long)max, with);
	fail();
}

static struct jitter *fresh(void)
{
	const struct jitter_prm prm = {.rate_hz = RATE,
				       .min_ms = MIN_MS,
				       .max_ms = MAX_MS,
				       .packets = 64,
				       .packet_max = 16};
	struct jitter *j = NULL;

	assert_int_equal(0, jitter_new(&j, &prm));
	return j;
}

static void run(const struct line *l)
{
	static struct arrival a[2 * PACKETS];
	uint32_t with = seed;
	unsigned n = make(l, a), i = 0;
	struct jitter *j = fresh();
	const struct jitter_stats *st = jitter_stats(j);
	struct ear e = {.next_n = a[0].at_n};
	int delay_max = 0;
	int64_t now_us;

	for (now_us = a[0].us; i < n; now_us += F_US) {
		for (; i < n && a[i].us <= now_us; i++) {
			int err = jitter_put(j, a[i].at_n, F,
					     (uint8_t *)&a[i].at_n,
					     sizeof(a[i].at_n), a[i].us);

			assert_true(!err || err == -ETIME || err == -EEXIST);
			assert_in_range(jitter_depth_ms(j), 0, MAX_MS);
			delay_max = MAX(delay_max, jitter_delay_ms(j));
		}
		play(j, l, &e, now_us);
	}
	print_message("%s: late %d, lost %d ms, left out %d, waited %d ms, "
		      "delay up to %d, at the end %d ms\n",
		      l->name, (int)st->late, (int)st->lost_n / 8,
		      (int)st->shed, (int)st->waited_n / 8, delay_max,
		      jitter_delay_ms(j));
	complain(l, "late per 1,000", (int64_t)st->late * 1000 / PACKETS,
		 l->late_max, with);
	complain(l, "ms waited", (int64_t)st->waited_n / 8 - l->mute_ms,
		 l->wait_max, with);
	complain(l, "delay at the end", jitter_delay_ms(j), l->end_max, with);
	complain(l, "longest delay", delay_max, MAX_MS + 30, with);
	if (!l->lose_percent && !l->mute_ms)
		complain(l, "ms lost", (int64_t)st->lost_n / 8,
			 (int64_t)st->late * 20, with);
	for (int64_t until_us = now_us + 2000000; now_us < until_us;
	     now_us += F_US)
		play(j, l, &e, now_us);
	check_sums(j, &e, n, a[0].at_n);
	jitter_free(j);
}

static void test_lines(void **state)
{
	const char *given = getenv("SEED");
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (uint32_t k = 1; k <= 5; k++) {
			seed = given ? (uint32_t)strtoul(given, NULL, 10) : k;
			run(&lines[i]);
		}
}

/* Chunks as a provider sends them: of any length, in bursts, in order. */
static void test_odd_chunks(void **state)
{
	const struct jitter_prm prm = {.rate_hz = RATE,
				       .min_ms = MIN_MS,
				       .max_ms = 1000,
				       .packets = 64,
				       .packet_max = 16};
	struct jitter *j = NULL;
	struct jitter_out o;
	int64_t at_n = 0, out_n = 0, now_us = 0;
	(void)state;

	seed = 7;
	assert_int_equal(0, jitter_new(&j, &prm));
	while (at_n < 60 * RATE) {
		while (at_n < (now_us / 1000 + 100) * 8) {
			uint32_t n = 1 + draw(700);

			assert_int_equal(0,
					 jitter_put(j, at_n, n, (uint8_t *)"",
						    1, now_us));
			at_n += n;
		}
		while (!jitter_get(j, now_us, true, &o)) {
			assert_int_not_equal(JITTER_LOST, o.kind);
			assert_true(o.at_n >= out_n);
			if (o.kind == JITTER_PACKET)
				out_n = o.at_n + o.n;
		}
		now_us += 10000 + draw(40000);
	}
	/* odd lengths do not add up to a drift of the clock */
	assert_in_range(jitter_delay_ms(j) + 1, 0, 200);
	print_message("left out %d of %d\n", (int)jitter_stats(j)->shed_n,
		      (int)jitter_stats(j)->given_n);
	assert_in_range(jitter_stats(j)->shed_n, 0, RATE / 4);
	assert_int_equal(0, jitter_stats(j)->late + jitter_stats(j)->lost_n);
	jitter_free(j);
}

/* A sender that begins its positions anew is heard again after a second. */
static void test_restart(void **state)
{
	struct jitter *j = fresh();
	struct jitter_out o;
	int64_t now_us = 0, at_n;
	int given = 0;
	(void)state;

	for (int i = 0; i < 1000; i++, now_us += F_US) {
		at_n = i < 500 ? (i + 90000) * F : (i - 500) * F;
		jitter_put(j, at_n, F, (uint8_t *)"x", 1, now_us);
		while (!jitter_get(j, now_us, false, &o))
			if (i >= 600 && o.kind == JITTER_PACKET) {
				assert_in_range(at_n - o.at_n, 0, 5 * F);
				given++;
			}
	}
	assert_int_equal(1, jitter_stats(j)->restarts);
	assert_in_range(given, 395, 400);
	jitter_free(j);
}

/* Positions that jump ahead are not waited for longer than is held. */
static void test_jump(void **state)
{
	struct jitter *j = fresh();
	struct jitter_out o;
	int64_t now_us = 0, last_n = -1;
	(void)state;

	for (int i = 0; i < 200; i++, now_us += F_US) {
		jitter_put(j, (i < 100 ? i : i + 100000) * F, F, (uint8_t *)"x",
			   1, now_us);
		assert_in_range(jitter_depth_ms(j), 0, MAX_MS);
		while (!jitter_get(j, now_us, false, &o))
			last_n = o.at_n;
	}
	assert_true(last_n > 100150ll * F);
	jitter_free(j);
}

static void test_bad(void **state)
{
	static const struct jitter_prm bad[] = {
		{0, 20, 200, 16, 16},	   {8000, -1, 200, 16, 16},
		{8000, 200, 200, 16, 16},  {8000, 20, 200, 0, 16},
		{8000, 20, 200, 9999, 16}, {8000, 20, 200, 16, 0},
	};
	struct jitter *j = NULL;
	struct jitter_out o;
	uint8_t b[17] = {0};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(-EINVAL, jitter_new(&j, &bad[i]));
	assert_null(j);
	j = fresh();
	assert_int_equal(-EAGAIN, jitter_get(j, 5, true, &o));
	assert_true(jitter_next_us(j) == INT64_MAX);
	assert_int_equal(-EMSGSIZE, jitter_put(j, 0, F, b, 17, 0));
	assert_int_equal(-EINVAL, jitter_put(j, 0, 0, b, 1, 0));
	assert_int_equal(-EINVAL, jitter_put(j, 0, F, b, 0, 0));
	assert_int_equal(-EINVAL, jitter_put(j, -1, F, b, 1, 0));
	assert_int_equal(-EINVAL, jitter_put(j, INT64_MAX, F, b, 1, 0));
	assert_int_equal(0, jitter_stats(j)->put);
	assert_null(jitter_free(j));
	assert_null(jitter_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_odd_chunks),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_jump),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
