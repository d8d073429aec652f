#include "../assert.h"
#include "../draw.h"

#include "audio/place.h"

/* One frame after another; at: -1 means -ETIME. */
#define F(ts_ms, n, at_n, silence_n, skip_n)                                   \
	{                                                                      \
		ts_ms, n, at_n, silence_n, skip_n                              \
	}
#define OLD(ts_ms, n) F(ts_ms, n, -1, 0, 0)

static const struct {
	const char *name;
	struct {
		int64_t ts_ms;
		int n;
		int64_t at_n;
		uint32_t silence_n, skip_n;
	} f[4];
	int frames;
	uint64_t filled_n, late_n, jumped_n;
} tv[] = {
	{.name = "in order, stamps not from 0",
	 .frames = 3,
	 .f = {F(5, 160, 0, 0, 0), F(25, 160, 160, 0, 0),
	       F(45, 160, 320, 0, 0)}},
	{.name = "rounded stamps make no holes",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), F(23, 160, 160, 0, 0), F(36, 160, 320, 0, 0),
	       F(63, 160, 480, 0, 0)}},
	{.name = "a hole of two frames",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(60, 160, 160, 320, 0),
	       F(80, 160, 640, 0, 0)},
	 .filled_n = 320},
	{.name = "a hole over the limit becomes a jump",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(1020, 160, 7160, 1000, 0),
	       F(1040, 160, 8320, 0, 0)},
	 .filled_n = 1000,
	 .jumped_n = 7000},
	{.name = "the same frame again",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), OLD(0, 160), F(20, 160, 160, 0, 0)},
	 .late_n = 160},
	{.name = "half of it is old",
	 .frames = 3,
	 .f = {F(0, 160, 0, 0, 0), F(20, 160, 160, 0, 0),
	       F(20, 320, 320, 0, 160)},
	 .late_n = 160},
	{.name = "shuffled: the late one is dropped, its place is filled",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), F(40, 160, 160, 160, 0), OLD(20, 160),
	       F(60, 160, 480, 0, 0)},
	 .filled_n = 160,
	 .late_n = 160},
	{.name = "nonsense stamps",
	 .frames = 4,
	 .f = {F(0, 160, 0, 0, 0), OLD(-5, 160), OLD(INT64_MAX, 160),
	       OLD(20, 0)}},
};

static void test_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct place p = {0};
		struct place_out out;

		print_message("%s\n", tv[i].name);
		for (int k = 0; k < tv[i].frames; k++) {
			int err =
				place_frame(&p, tv[i].f[k].ts_ms,
					    (uint32_t)tv[i].f[k].n, 1000, &out);

			assert_int_equal(err, tv[i].f[k].at_n < 0 ? -ETIME : 0);
			if (err)
				continue;
			assert_int_equal(out.at_n, tv[i].f[k].at_n);
			assert_int_equal(out.silence_n, tv[i].f[k].silence_n);
			assert_int_equal(out.skip_n, tv[i].f[k].skip_n);
		}
		assert_int_equal(p.filled_n, tv[i].filled_n);
		assert_int_equal(p.late_n, tv[i].late_n);
		assert_int_equal(p.jumped_n, tv[i].jumped_n);
	}
}

/* An hour with a carrier whose stamps run 100 ppm fast: no drift builds up. */
static void test_drift(void **state)
{
	struct place p = {0};
	struct place_out out;
	int64_t true_n;

	(void)state;
	for (int64_t i = 0; i < 180000; i++) {
		assert_int_equal(
			place_frame(&p, i * 20 + i / 500, 160, 4000, &out), 0);
		true_n = (i * 20 + i / 500) * 8;
		assert_in_range(out.at_n + out.silence_n + 80, true_n,
				true_n + 160);
	}
}

/* A carrier that begins its stamps anew is heard again after a second. */
static void test_restart(void **state)
{
	struct place p = {0};
	struct place_out out;
	int64_t at_n = 0;
	int dropped = 0;

	(void)state;
	for (int i = 0; i < 500; i++)
		assert_int_equal(place_frame(&p, i * 20, 160, 4000, &out), 0);
	for (int i = 0; i < 100; i++) {
		if (place_frame(&p, i * 20, 160, 4000, &out)) {
			dropped++;
			continue;
		}
		assert_true(out.at_n > at_n);
		at_n = out.at_n;
	}
	assert_int_equal(dropped, 49);
	assert_int_equal(p.next_n, 500 * 160 + 51 * 160);
}

enum { FRAMES = 3000, FILL_N = 16000 };

/* What one shuffled, lossy stream must come to. */
struct leg {
	struct place p;
	uint64_t came_n, kept_n, silent_n;
	int64_t next_n;
};

/*
 * Each sample carries its true position; what is kept stands where its stamp
 * says (to 10 ms), pieces join, nothing is given twice.
 */
static void take(struct leg *l, int64_t ts_ms, uint32_t n, int64_t off_ms)
{
	struct place_out o;
	int64_t at_n;

	l->came_n += n;
	if (place_frame(&l->p, ts_ms, n, FILL_N, &o)) {
		assert_int_equal(l->p.next_n, l->next_n);
		return;
	}
	assert_true(o.skip_n < n);
	assert_true(o.silence_n <= FILL_N);
	if (!o.silence_n || o.silence_n < FILL_N)
		assert_int_equal(o.at_n, l->next_n);
	assert_true(o.at_n >= l->next_n);
	at_n = o.at_n + o.silence_n;
	assert_in_range(at_n - o.skip_n - (ts_ms - off_ms) * 8 + 80, 0, 160);
	l->kept_n += n - o.skip_n;
	l->silent_n += o.silence_n;
	l->next_n = at_n + n - o.skip_n;
	assert_int_equal(l->next_n, l->p.next_n);
}

/* Loss, shuffling within 100 ms, frames again, frames of any length. */
static void test_any_order(void **state)
{
	(void)state;
	for (uint32_t with = 1; with <= 40; with++) {
		static struct {
			int64_t ts_ms, key;
			uint32_t n;
		} f[2 * FRAMES];
		struct leg l = {0};
		unsigned nf = 0, lose, twice, mix;
		int64_t ts_ms = 5;

		draw_seed = with;
		lose = draw(20);
		twice = draw(10);
		mix = draw(2) ? draw(100) : 0;
		print_message("seed %u: %u %% lost, %u %% twice, mixed %u ms\n",
			      with, lose, twice, mix);
		for (int i = 0; i < FRAMES; i++) {
			uint32_t ms = draw(10) ? 20 : 10 * (1 + draw(12));

			for (unsigned k = draw(100) < twice ? 2 : 1;
			     k && (!i || draw(100) >= lose); k--) {
				unsigned at = nf++;
				int64_t key = ts_ms + (i ? draw(mix + 1) : 0);

				for (; at && f[at - 1].key > key; at--)
					f[at] = f[at - 1];
				f[at].ts_ms = ts_ms;
				f[at].key = key;
				f[at].n = ms * 8;
			}
			ts_ms += ms;
		}
		for (unsigned i = 0; i < nf; i++)
			take(&l, f[i].ts_ms, f[i].n, 5);
		assert_int_equal(l.came_n, l.kept_n + l.p.late_n);
		assert_int_equal(l.silent_n, l.p.filled_n);
		assert_int_equal(l.next_n,
				 l.kept_n + l.p.filled_n + l.p.jumped_n);
		if (!lose && !mix)
			assert_int_equal(0, l.p.filled_n);
		if (!twice && !mix)
			assert_int_equal(0, l.p.late_n);
	}
}

/* One stamp from nowhere moves nothing; a clock that stays there is taken. */
static void test_far_ahead(void **state)
{
	struct place p = {0};
	struct place_out o;
	(void)state;

	for (int i = 0; i < 100; i++)
		assert_int_equal(0, place_frame(&p, i * 20, 160, 4000, &o));
	assert_int_equal(-ETIME, place_frame(&p, 1700000000000, 160, 4000, &o));
	assert_int_equal(0, place_frame(&p, 2000, 160, 4000, &o));
	assert_int_equal(16000, o.at_n);
	assert_int_equal(0, o.silence_n);
	for (int i = 0; i < 49; i++)
		assert_int_equal(-ETIME, place_frame(&p, 1700000000000 + i * 20,
						     160, 4000, &o));
	assert_int_equal(0, place_frame(&p, 1700000000980, 160, 4000, &o));
	assert_int_equal(16160, o.at_n);
	assert_int_equal(0, place_frame(&p, 1700000001000, 160, 4000, &o));
	assert_int_equal(16320, o.at_n);
}

/* ---- with a clock ---- */

struct timed {
	struct place p;
	int64_t now_ms, ts_ms;
	int given, refused;
};

/* frames of 20 ms come at once, each step_ms behind the one before. */
static void come(struct timed *t, int frames, int64_t step_ms)
{
	struct place_out o;
	int64_t was_n;

	place_clock(&t->p, t->now_ms * 8);
	while (frames--) {
		was_n = t->p.next_n;
		t->ts_ms += step_ms;
		if (place_frame(&t->p, t->ts_ms, 160, 16000, &o)) {
			t->refused++;
			assert_int_equal(was_n, t->p.next_n);
		} else {
			t->given++;
		}
		assert_true(t->p.next_n <=
			    t->now_ms * 8 * 1001 / 1000 + PLACE_AHEAD_MS * 8);
	}
}

static void come_evenly(struct timed *t, int s)
{
	for (int i = 0; i < s * 50; i++) {
		t->now_ms += 20;
		come(t, 1, 20);
	}
}

/* As lines are: nothing is lost. */
static void test_in_time(void **state)
{
	struct timed t = {0};

	(void)state;
	come_evenly(&t, 60);
	for (int i = 0; i < 20; i++) { /* stalls, and what was held up */
		t.now_ms += 30000;
		come(&t, 1500, 20);
		come_evenly(&t, 5);
	}
	t.now_ms += 600000; /* a page that slept: its stamps went on */
	t.ts_ms += 599980;
	come_evenly(&t, 5);
	come(&t, 1, 5000); /* a jump of its clock */
	come_evenly(&t, 60);
	for (int i = 0; i < 4 * 180000; i++) { /* 4 h, 500 ppm fast */
		t.now_ms += 20 - (i % 100 == 0);
		come(&t, 1, 20);
	}
	assert_int_equal(0, t.refused);
	assert_int_equal(0, t.p.early_n);
}

/* A carrier's clock that jumps far: a second is lost, then he is heard where
 * we are. */
static void test_jumps_ahead(void **state)
{
	struct timed t = {0};

	(void)state;
	come_evenly(&t, 10);
	t.now_ms += 20;
	come(&t, 1, 20000);
	come_evenly(&t, 10);
	assert_int_equal(49, t.refused);
	assert_int_equal(49 * 160, t.p.early_n);
	assert_int_equal(0, t.p.jumped_n);
	assert_int_equal((500 + 501 - 49) * 160, t.p.next_n);
}

/* More than there is time for: come() looks that the leg keeps to it. */
static void test_out_of_time(void **state)
{
	static const struct {
		int frames;
		int64_t step_ms;
	} floods[] = {{100, 20}, {1, 2020}, {1, 7000}, {3, 500}, {2, 3599000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct timed t = {0};

		come_evenly(&t, 10);
		for (int k = 0; k < 3000; k++) {
			t.now_ms += 20;
			come(&t, floods[i].frames, floods[i].step_ms);
		}
		assert_true(t.refused > 2000);
		assert_int_equal(t.refused * 160ull, t.p.early_n + t.p.late_n);
		t.given = 0; /* it comes to its senses */
		come_evenly(&t, 10);
		assert_true(t.given >= 9 * 50 - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_far_ahead),
		cmocka_unit_test(test_in_time),
		cmocka_unit_test(test_jumps_ahead),
		cmocka_unit_test(test_out_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
