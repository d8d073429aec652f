/* speech/local/queue: finals first, then guesses; partials give way. */
#include "tests/unit/assert.h"

#include <ctype.h>
#include <string.h>
#include <sys/eventfd.h>

#include "speech/local/engine.h"
#include "speech/local/pool.h"
#include "tests/unit/speech/phone.h"

/* ---- the order, without a thread ---- */

/*
 * steps: what happens, one character each. Jobs have letters, by rank:
 * a-h partials, i-p guesses, q-z finals; a letter puts that job. > a decoder
 * takes the next one, + the partials' thread does; a capital: that job is
 * over. got: which ones were begun, in order; - for none.
 * gone: partials that came back unread; told: partials told to stop.
 */
static const struct {
	const char *name;
	size_t decoders;
	const char *steps, *got, *gone, *told;
} tv[] = {
	{"in order", 2, "qr>>>", "qr-", "", ""},
	{"finals first", 1, "ijqr>Q>R>I>", "qrij", "", ""},
	{"a partial while one is idle", 2, "a+", "a", "", ""},
	{"one decoder is enough", 1, "a+", "a", "", ""},
	{"two at once", 2, "a+b", "a", "b", ""},
	{"… also when it has not begun", 2, "ab+", "a", "b", ""},
	{"the next one after it", 2, "a+Ab+", "ab", "", ""},
	{"decoders leave it alone", 2, "a>+", "-a", "", ""},
	{"all are busy", 2, "i>j>a+", "ij-", "a", ""},
	{"one of two is busy", 2, "i>a+", "ia", "", ""},
	{"somebody waits", 1, "qa+>", "-q", "a", ""},
	{"… for the last one", 2, "i>qa+>", "i-q", "a", ""},
	{"not begun: goes for a final", 2, "aq+>", "-q", "a", ""},
	{"not begun: goes for a guess", 4, "ai+>", "-i", "a", ""},
	{"begun: the other decoder takes the final", 2, "a+q>", "aq", "", ""},
	{"begun: the last decoder is needed", 2, "i>a+q>", "iaq", "", "a"},
	{"begun, one decoder: a final", 1, "a+q>", "aq", "", "a"},
	{"begun, one decoder: a guess", 1, "a+i>", "ai", "", "a"},
	{"begun, told to stop: no other one yet", 2, "i>a+qbIQb", "ia", "bb",
	 "a"},
	{"told to stop, over: again", 2, "i>a+q>AIb+", "iaqb", "", "a"},
};

struct bench {
	struct queue q;
	struct pool_job job[26];
	char got[32], gone[32], told[32];
};

static void add(char *s, char c)
{
	size_t n = strlen(s);

	assert_true(n + 1 < 32);
	s[n] = c;
	s[n + 1] = '\0';
}

static void collect(struct bench *b, bool unread)
{
	struct pool_job *j;

	while ((j = queue_take(&b->q))) {
		if (unread) {
			assert_int_equal(-ECANCELED, j->err);
			add(b->gone, (char)('a' + (j - b->job)));
		}
	}
}

static void step(struct bench *b, char c)
{
	struct pool_job *j;

	if (c == '>' || c == '+') {
		j = c == '>' ? queue_next(&b->q) : queue_next_partial(&b->q);
		add(b->got, j ? (char)('a' + (j - b->job)) : '-');
	} else if (isupper((unsigned char)c)) {
		queue_over(&b->q, &b->job[c - 'A']);
		collect(b, false);
	} else {
		j = &b->job[c - 'a'];
		j->err = 0;
		j->rank = c < 'i'   ? QUEUE_PARTIAL
			  : c < 'q' ? QUEUE_GUESS
				    : QUEUE_FINAL;
		if (j->rank == QUEUE_PARTIAL) {
			bool spare = queue_spare(&b->q);

			queue_put(&b->q, j);
			assert_int_equal(spare, list_empty(&b->q.done));
		} else {
			queue_put(&b->q, j);
		}
		collect(b, true);
	}
}

static void test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct bench b = {.got = ""};

		print_message("%s\n", tv[i].name);
		queue_init(&b.q, tv[i].decoders);
		for (const char *p = tv[i].steps; *p; p++)
			step(&b, *p);
		for (int k = 0; k < 26; k++)
			if (atomic_load(&b.job[k].cancel))
				add(b.told, (char)('a' + k));
		assert_string_equal(tv[i].got, b.got);
		assert_string_equal(tv[i].gone, b.gone);
		assert_string_equal(tv[i].told, b.told);
	}
}

/* Whatever else comes: a decoder gets what it would get without partials. */
static void test_never_delays(void **state)
{
	static const char puts[] = "aijqrb";
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		static struct bench with, without;
		static const struct bench empty;

		with = without = empty;
		queue_init(&with.q, 1 + (size_t)round % 3);
		queue_init(&without.q, 1 + (size_t)round % 3);
		for (const char *p = puts; *p; p++) {
			seed = seed * 1664525u + 1013904223u;
			step(&with, *p);
			if (*p >= 'i')
				step(&without, *p);
			if (seed >> 31)
				(void)queue_next_partial(&with.q);
			if (seed >> 30 & 1) {
				step(&with, '>');
				step(&without, '>');
			}
		}
		assert_string_equal(without.got, with.got);
		/* none is read on while a decoder's job would have to wait */
		if (with.q.partial && with.q.begun &&
		    with.q.busy + with.q.nwaiting >= with.q.decoders)
			assert_true(atomic_load(&with.q.partial->cancel));
	}
}

/* ---- with threads and the recogniser ---- */

static struct pool_job *sound_job(const struct phone_clip *c,
				  enum queue_rank rank)
{
	int16_t *pcm = malloc(phone_n(c) * sizeof(*pcm));
	struct pool_job *j;

	assert_non_null(pcm);
	memcpy(pcm, phone_pcm(c), phone_n(c) * sizeof(*pcm));
	assert_int_equal(0, pool_job_new(&j, pcm, phone_n(c),
					 &(struct recog_prm){.speech_ms = 0}));
	j->rank = rank;
	return j;
}

static struct pool_job *wait_job(struct pool *p, int fd)
{
	struct pool_job *j;
	uint64_t n;

	while (!(j = pool_take(p)))
		assert_int_equal(sizeof(n), read(fd, &n, sizeof(n)));
	return j;
}

/* One decoder, busy with a partial's long sound beside it: a final comes. */
static void test_pool(void **state)
{
	struct phone_clip many = {0}, one = {0};
	struct config cfg = phone_config();
	struct pool_job *partial, *j;
	int fd, finals = 0, partials = 0;
	struct engine e;
	struct voice *v;
	struct pool *p;

	(void)state;
	if (!phone_models())
		return;
	fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(0, voice_new(&v));
	assert_int_equal(0, engine_init(&e, &cfg));
	assert_int_equal(0, pool_new(&p, e.moonshine, 1, fd));
	phone_silence(&one, 400);
	phone_say(&one, v, "kal", "Tuesday morning is better for me.");
	for (int i = 0; i < 6; i++)
		phone_say(&many, v, "kal", "Tuesday morning is better for me.");
	assert_true(pool_spare(p));
	pool_put(p, sound_job(&one, QUEUE_PARTIAL)); /* alone: it is read */
	partial = wait_job(p, fd);
	assert_int_equal(0, partial->err);
	assert_string_equal("Tuesday morning is better for me.",
			    partial->text.text);
	pool_job_free(partial);
	assert_true(pool_spare(p));
	pool_put(p, sound_job(&many, QUEUE_PARTIAL));
	assert_false(pool_spare(p));
	pool_put(p, sound_job(&one, QUEUE_FINAL));
	pool_put(p, sound_job(&one, QUEUE_GUESS));
	pool_put(p, sound_job(&many, QUEUE_PARTIAL));
	for (int i = 0; i < 4; i++) {
		j = wait_job(p, fd);
		if (j->rank == QUEUE_PARTIAL) {
			assert_int_equal(-ECANCELED, j->err);
			partials++;
		} else {
			assert_int_equal(finals++ ? QUEUE_GUESS : QUEUE_FINAL,
					 j->rank);
			assert_int_equal(0, j->err);
			assert_string_equal("Tuesday morning is better for me.",
					    j->text.text);
		}
		pool_job_free(j);
	}
	assert_int_equal(2, finals);
	assert_int_equal(2, partials);
	/* freed while one is under way and others wait */
	pool_put(p, sound_job(&many, QUEUE_PARTIAL));
	pool_put(p, sound_job(&many, QUEUE_GUESS));
	pool_put(p, sound_job(&many, QUEUE_FINAL));
	pool_free(p);
	engine_fini(&e);
	voice_free(v);
	phone_fini(&many);
	phone_fini(&one);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_never_delays),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
