#include "../assert.h"
#include "audio/playq.h"

#define MS INT64_C(1000)

static const struct playq_prm prm = {
	.cap_ms = 1000, .ahead_ms = 120, .mark_ms = 100, .frame_ms = 20};
static struct playq *q;
static uint8_t voice[8000];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(voice); i++)
		voice[i] = (uint8_t)(i * 7 + i / 251);
	return playq_new(&q, &prm);
}

static int teardown(void **state)
{
	(void)state;
	q = playq_free(q);
	return 0;
}

static void test_wrong_parameters(void **state)
{
	static const struct playq_prm bad[] = {
		{0, 120, 100, 20, false, 0},
		{1000, 120, 0, 20, false, 0},
		{1000, 120, 100, 0, false, 0},
		{1000, 10, 100, 20, false, 0},
		{10, 120, 100, 20, false, 0},
		{1000, 120, 100, 20, false, -1},
		{1000, 120, 100, 20, false, 251}, /* four times: no room */
	};
	struct playq *none = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(playq_new(&none, &bad[i]), -EINVAL);
	assert_null(none);
}

/* 120 ms at once, then 20 ms each 20 ms by the clock, not by the calls. */
static void test_pace(void **state)
{
	struct playq_out o;
	int64_t now = 5000 * MS;
	int n = 0;

	(void)state;
	assert_int_equal(playq_next_us(q), INT64_MAX);
	assert_int_equal(playq_due(q, now, &o), -ENODATA);
	assert_int_equal(playq_put(q, 1, voice, 4000), 0);
	assert_true(playq_next_us(q) <= now);
	while (!playq_due(q, now, &o)) {
		assert_int_equal(o.n, 160);
		assert_memory_equal(o.data, voice + n * 160, 160);
		assert_int_equal(o.first, n == 0);
		assert_int_equal(o.has_mark, n == 0 || n == 4);
		n++;
	}
	assert_int_equal(n, 6);
	assert_int_equal(playq_ahead_n(q, now), 960);
	assert_int_equal(playq_next_us(q), now + 20 * MS);
	/* a late call catches up: the deadline is absolute */
	now += 50 * MS;
	while (!playq_due(q, now, &o))
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(playq_next_us(q), 5000 * MS + 60 * MS);
	/* after a starved while the clock begins where it is */
	now += 10000 * MS;
	n = 0;
	while (!playq_due(q, now, &o)) /* a mark says when playing began */
		assert_true(n++ || o.has_mark);
	assert_int_equal(n, 6);
}

static void test_marks(void **state)
{
	struct playq_out o;
	int64_t now = 0;
	uint32_t num = 0;

	(void)state;
	assert_int_equal(playq_put(q, 3, voice, 1000), 0);
	assert_int_equal(playq_end(q, 3), 0);
	assert_int_equal(playq_put(q, 4, voice, 1600), 0);
	for (int i = 0; i < 7; i++, now += 20 * MS) {
		assert_int_equal(playq_due(q, now, &o), 0);
		assert_int_equal(o.utt, 3);
		assert_int_equal(o.has_mark, i == 4 || i == 6);
		if (o.has_mark)
			assert_int_equal(o.mark.num, ++num);
	}
	assert_int_equal(o.mark.gen, 1);
	assert_int_equal(o.mark.pos_n, 1000);
	assert_true(o.mark.end);
	assert_memory_equal(o.data, voice + 960, 40);
	for (int i = 40; i < 160; i++)
		assert_int_equal(o.data[i], 0xff);
	/* the next utterance's first mark counts from its start */
	for (int i = 0; i < 10; i++, now += 20 * MS)
		assert_int_equal(playq_due(q, now, &o), 0);
	assert_true(o.has_mark && !o.mark.end);
	assert_int_equal(o.mark.pos_n, 1600);
	assert_int_equal(playq_due(q, now, &o), -ENODATA);
	/* its end comes when all was sent: a mark without audio, at once */
	assert_int_equal(playq_end(q, 4), 0);
	assert_true(playq_next_us(q) <= now);
	assert_int_equal(playq_due(q, now, &o), 0);
	assert_int_equal(o.n, 0);
	assert_true(o.has_mark && o.mark.end);
	assert_int_equal(playq_due(q, now, &o), -ENODATA);
	assert_int_equal(playq_put(q, 4, voice, 1), -ESTALE);
	assert_int_equal(playq_end(q, 3), -ESTALE);
}

/* Withheld at each frame, for some time, goes on from the exact sample. */
static void test_withhold(void **state)
{
	struct playq_out o;
	uint8_t got[4000];
	int64_t now = 0;
	size_t n = 0, marked = 0;

	(void)state;
	assert_int_equal(playq_put(q, 1, voice, sizeof(got)), 0);
	for (int i = 0; n < sizeof(got); i++, now += 20 * MS) {
		while (!playq_due(q, now, &o)) {
			memcpy(got + n, o.data, o.n);
			n += o.n;
			marked = o.has_mark ? n : marked;
		}
		playq_withhold(q, now);
		/* all that was sent has a mark behind it */
		if (n > marked) {
			assert_int_equal(playq_next_us(q), 0);
			assert_int_equal(playq_due(q, now, &o), 0);
			assert_true(!o.n && o.has_mark && !o.mark.end);
			assert_int_equal(o.mark.pos_n, n);
			marked = n;
		}
		assert_int_equal(playq_next_us(q), INT64_MAX);
		assert_int_equal(playq_due(q, now, &o), -ENODATA);
		now += (i % 7) * 37 * MS;
		playq_resume(q, now);
	}
	assert_memory_equal(got, voice, sizeof(got));
}

static void test_clear(void **state)
{
	struct playq_out o;

	(void)state;
	assert_int_equal(playq_put(q, 1, voice, 4000), 0);
	assert_int_equal(playq_put(q, 2, voice, 4000), 0);
	assert_int_equal(playq_space(q), 0);
	assert_int_equal(playq_put(q, 2, voice, 1), -ENOBUFS);
	assert_int_equal(playq_due(q, 0, &o), 0);
	playq_withhold(q, 0);
	assert_int_equal(playq_clear(q, 0), 2);
	assert_int_equal(playq_space(q), 8000);
	assert_int_equal(playq_ahead_n(q, 0), 0);
	assert_int_equal(playq_put(q, 2, voice, 160), -ESTALE);
	assert_int_equal(playq_put(q, 3, voice, 160), 0);
	assert_int_equal(playq_end(q, 3), 0);
	assert_int_equal(playq_due(q, 0, &o), 0);
	assert_int_equal(o.mark.gen, 2);
	assert_int_equal(o.mark.num, 1);
	assert_true(o.first && o.mark.end);
}

/* A voice that is late: what was played until then is known. */
static void test_dry(void **state)
{
	struct playq_out o;

	(void)state;
	assert_int_equal(playq_put(q, 1, voice, 500), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(playq_due(q, 0, &o), 0);
	assert_false(o.has_mark);
	assert_int_equal(playq_next_us(q), 60 * MS);
	assert_int_equal(playq_due(q, 60 * MS - 1, &o), -ENODATA);
	assert_int_equal(playq_due(q, 60 * MS, &o), 0);
	assert_true(!o.n && o.has_mark && !o.mark.end);
	assert_int_equal(o.mark.pos_n, 480);
	assert_int_equal(playq_next_us(q), INT64_MAX);
	assert_int_equal(playq_put(q, 1, voice + 500, 300), 0);
	assert_int_equal(playq_due(q, 70 * MS, &o), 0);
	assert_memory_equal(o.data, voice + 480, 160);
	assert_true(o.has_mark && o.mark.idle);
}

/* Mark 0: once in front of what meets an idle carrier, and only there. */
static void test_probe(void **state)
{
	const struct playq_prm with = {1000, 120, 100, 20, true, 0};
	struct playq_out o;
	int probes = 0;

	(void)state;
	q = playq_free(q);
	assert_int_equal(playq_new(&q, &with), 0);
	assert_int_equal(playq_put(q, 1, voice, 320), 0);
	assert_int_equal(playq_end(q, 1), 0);
	assert_int_equal(playq_put(q, 2, voice, 320), 0);
	assert_int_equal(playq_end(q, 2), 0);
	assert_int_equal(playq_due(q, 0, &o), 0);
	assert_true(!o.n && o.has_mark && !o.first);
	assert_int_equal(o.mark.num, 0);
	assert_int_equal(o.mark.pos_n, 0);
	for (int64_t now = 0; now < 200 * MS; now += 20 * MS)
		while (!playq_due(q, now, &o))
			probes += o.has_mark && !o.mark.num;
	assert_int_equal(probes, 0);
	assert_int_equal(playq_put(q, 3, voice, 320), 0);
	assert_int_equal(playq_due(q, 300 * MS, &o), 0);
	assert_true(o.has_mark && !o.mark.num);
	playq_clear(q, 300 * MS);
	assert_int_equal(playq_put(q, 4, voice, 320), 0);
	assert_int_equal(playq_due(q, 300 * MS, &o), 0);
	assert_true(o.has_mark && !o.mark.num);
	assert_int_equal(o.mark.gen, 2);
	assert_int_equal(playq_due(q, 300 * MS, &o), 0);
	assert_true(o.first);
}

/* Around the ring's end, in pieces of any length. */
static void test_ring(void **state)
{
	struct playq_out o;
	size_t put = 0, got = 0, n;
	int64_t now = 0;

	(void)state;
	while (got < 60000) {
		for (n = 1 + put % 977; playq_space(q) >= n;
		     n = 1 + put % 977) {
			for (size_t i = 0; i < n; i++)
				voice[i] = (uint8_t)((put + i) * 31 >> 3);
			assert_int_equal(playq_put(q, 9, voice, n), 0);
			put += n;
		}
		now += 20 * MS;
		while (!playq_due(q, now, &o)) {
			for (size_t i = 0; i < o.n; i++)
				assert_int_equal(
					o.data[i],
					(uint8_t)((got + i) * 31 >> 3));
			got += o.n;
		}
	}
}

static void test_mark_names(void **state)
{
	static const char *const bad[] = {
		"",	 "g",	 "g1",	  "g1-",   "g-1",	    "1-1",
		"g1-1x", "gx-1", "g1--1", "g-1-1", "g4294967296-1", "g1-+1",
		"g 1-1",
	};
	char name[PLAYQ_MARK_MAX];
	uint32_t gen, num;

	(void)state;
	playq_mark_name(name, 4294967295u, 17);
	assert_string_equal(name, "g4294967295-17");
	assert_int_equal(playq_mark_parse(sv_str(name), &gen, &num), 0);
	assert_int_equal(gen, 4294967295u);
	assert_int_equal(num, 17);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(playq_mark_parse(sv_str(bad[i]), &gen, &num),
				 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_parameters),
		cmocka_unit_test_setup_teardown(test_pace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_withhold, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clear, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probe, setup, teardown),
		cmocka_unit_test(test_mark_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
