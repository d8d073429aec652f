/*
 * lines: a caller in a browser on lines as they are, through the real media
 * code: message, place, codec, ring, and out to a model in the cloud. Whoever
 * hears him counts samples and not the clock, so whatever the line does he
 * gets all that is there at once, in order, and nothing grows. Ten minutes
 * take a moment: the clock is the test's; chance comes from a seed.
 */
#include "tests/unit/assert.h"
#include "tests/unit/draw.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "codec.h"
#include "io/loop.h"
#include "media/session.h"
#include "proto/bstream.h"

#include <uv.h>

enum {
	F = TEL_FRAME_N,
	F_US = 20000,
	MINUTE = 3000, /* packets */
	PACKETS = 10 * MINUTE,
	BLOCK = 5, /* packets of a tone or of silence */
	RATE48 = 960,
	GOOD_RMS = 1000,
	QUIET_RMS = 200,
};

/* ---- a clock, and what is allocated ---- */

static int64_t now_us;
static bool counting;
static unsigned allocs;

int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_mono_us(void)
{
	return now_us;
}

#define WRAP(type, name, args, pass)                                           \
	type __real_##name args;                                               \
	type __wrap_##name args;                                               \
	type __wrap_##name args                                                \
	{                                                                      \
		allocs += counting;                                            \
		return __real_##name pass;                                     \
	}
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, (void *p, size_t n), (p, n))

/* ---- the lines ---- */

static const struct line {
	const char *name;
	int minutes; /* 0: one */
	int spread_ms;
	bool shuffled; /* no carrier of ours is: WebSockets keep the order */
	int stall_ms, stall_every_ms;
	int step_ms; /* the route is longer from the middle on */
	int ppm;     /* the sender's clock is fast */
	int bundle;  /* so many come at once */
	int lose_percent, lose_run;
	int twice_percent;
	int hole; /* packets missing in the middle */
} lines[] = {
	{.name = "steady"},
	{.name = "uniform 0-60 ms", .spread_ms = 60},
	{.name = "uniform 0-60 ms, shuffled",
	 .spread_ms = 60,
	 .shuffled = true},
	{.name = "200 ms stall every 5 s, then a burst",
	 .stall_ms = 200,
	 .stall_every_ms = 5000},
	{.name = "100 ms each second", .stall_ms = 100, .stall_every_ms = 1000},
	{.name = "3 s stall every 20 s",
	 .stall_ms = 3000,
	 .stall_every_ms = 20000},
	{.name = "the route is 80 ms longer", .step_ms = 80},
	{.name = "the route is 80 ms shorter", .step_ms = -80},
	{.name = "sender 100 ppm fast, 10 min", .minutes = 10, .ppm = 100},
	{.name = "sender 100 ppm slow, 10 min", .minutes = 10, .ppm = -100},
	{.name = "bundles of four", .bundle = 4},
	{.name = "everything twice", .twice_percent = 100},
	{.name = "5 % lost", .lose_percent = 5, .lose_run = 1},
	{.name = "5 % lost, three in a row", .lose_percent = 5, .lose_run = 3},
	{.name = "the page gives up for 1 s", .hole = 50},
	{.name = "the page gives up for 5 s", .hole = 250},
	{.name = "all of it, 10 min",
	 .minutes = 10,
	 .spread_ms = 40,
	 .stall_ms = 150,
	 .stall_every_ms = 4000,
	 .step_ms = 50,
	 .ppm = 80,
	 .lose_percent = 2,
	 .lose_run = 2,
	 .twice_percent = 5},
};

struct arrival {
	int64_t us;
	int i, order;
};

static struct arrival arrivals[2 * PACKETS];
static bool lost[PACKETS];

static int by_time(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	return x->us != y->us ? (x->us > y->us) - (x->us < y->us)
			      : x->order - y->order;
}

static int packets_of(const struct line *l)
{
	return MAX(l->minutes, 1) * MINUTE;
}

/* When the i-th packet, spoken at us, comes. */
static int64_t arrives(const struct line *l, int i, int64_t us)
{
	int64_t every = l->stall_every_ms * 1000ll, in;

	us += 30000 + (l->step_ms < 0 ? -l->step_ms * 1000 : 0);
	if (i >= packets_of(l) / 2)
		us += l->step_ms * 1000;
	if (l->bundle)
		us += (l->bundle - 1 - i % l->bundle) * F_US;
	if (l->spread_ms)
		us += draw((uint32_t)l->spread_ms * 1000);
	in = every ? us % every : 0;
	if (us >= every && in < l->stall_ms * 1000)
		us += l->stall_ms * 1000 - in;
	return us;
}

static int plan(const struct line *l)
{
	int64_t last_us = 0;
	int n = 0, run = 0;

	for (int i = 0; i < packets_of(l); i++) {
		int64_t us = i * F_US * (1000000ll - l->ppm) / 1000000;

		us = arrives(l, i, us);
		if (!l->shuffled)
			us = MAX(us, last_us);
		last_us = us;
		if (l->lose_percent && !run && i &&
		    (int)draw(100 * (uint32_t)l->lose_run) < l->lose_percent)
			run = l->lose_run;
		lost[i] = run || (i >= packets_of(l) / 2 &&
				  i < packets_of(l) / 2 + l->hole);
		run -= run > 0;
		if (lost[i])
			continue;
		arrivals[n] = (struct arrival){us, i, n};
		n++;
		if ((int)draw(100) < l->twice_percent) {
			arrivals[n] = (struct arrival){us, i, n};
			n++;
		}
	}
	qsort(arrivals, (size_t)n, sizeof(*arrivals), by_time);
	return n;
}

/* ---- what is said ---- */

static struct {
	uint8_t b[BSTREAM_HEAD + 200];
	size_t len;
} said[PACKETS];

static bool loud(int i)
{
	return (uint32_t)(i / BLOCK) * 2654435761u >> 31;
}

static void say(void)
{
	const struct codec *opus = codec_find(CODEC_OPUS);
	void *enc = NULL;
	int16_t pcm[F];
	int len;

	assert_int_equal(0, codec_state_new(&enc, opus, CODEC_ENCODE, 8000));
	for (int i = 0; i < PACKETS; i++) {
		uint32_t at = (uint32_t)i * RATE48;
		uint8_t *b = said[i].b, packet[CODEC_PACKET_MAX];

		for (int k = 0; k < F; k++)
			pcm[k] = (int16_t)(loud(i) ? 6000 * sin((i * F + k) *
								0.35)
						   : 0);
		len = opus->encode(enc, packet, sizeof(packet), pcm, F);
		assert_in_range(len, 1, 200);
		b[0] = BSTREAM_MEDIA;
		b[1] = BSTREAM_VERSION;
		b[2] = (uint8_t)(i >> 8);
		b[3] = (uint8_t)i;
		for (int k = 0; k < 4; k++)
			b[4 + k] = (uint8_t)(at >> (24 - 8 * k));
		memcpy(b + BSTREAM_HEAD, packet, (size_t)len);
		said[i].len = BSTREAM_HEAD + (size_t)len;
	}
	free(enc);
}

/* ---- the model: what it hears ---- */

static struct {
	int64_t end_n, skipped_n;
	uint8_t heard[PACKETS * F];
} model;

static int hears(struct s2s_sess *s, const struct frame *f)
{
	(void)s;
	assert_int_equal(CODEC_ULAW, f->codec);
	assert_int_equal(f->len, f->n);
	assert_true(f->at_n >= model.end_n);
	assert_true(f->at_n + f->n <= (int64_t)sizeof(model.heard));
	model.skipped_n += f->at_n - model.end_n;
	memcpy(model.heard + f->at_n, f->data, f->n);
	model.end_n = f->at_n + f->n;
	return 0;
}

static const struct s2s cloud = {.name = "cloud", .send_audio = hears};

static double rms(int i)
{
	double sum = 0;

	for (int k = 0; k < F; k++)
		sum += pow(ulaw_to_lin[model.heard[i * F + k]], 2);
	return sqrt(sum / F);
}

/* Inside of a block, and so many packets before it were there. */
static bool settled(int i, int before)
{
	if (i % BLOCK < 2 || i % BLOCK == BLOCK - 1)
		return false;
	for (int k = MAX(i - before, 0); k < i; k++)
		if (lost[k])
			return false;
	return i >= before;
}

static void check_heard(const struct line *l)
{
	unsigned right = 0, wrong = 0, made = 0, mute = 0;

	for (int i = 0; i < packets_of(l) && !l->shuffled; i++) {
		if (!settled(i, lost[i] ? 2 : 5))
			continue;
		if (lost[i] && loud(i)) { /* it sounds on */
			made += rms(i) > GOOD_RMS / 2;
			mute += rms(i) <= GOOD_RMS / 2;
		} else if (!lost[i]) {
			right += loud(i) ? rms(i) > GOOD_RMS
					 : rms(i) < QUIET_RMS;
			wrong += loud(i) ? rms(i) <= GOOD_RMS
					 : rms(i) >= QUIET_RMS;
		}
	}
	assert_int_equal(0, wrong);
	assert_true(l->shuffled || right > (unsigned)packets_of(l) / 8);
	assert_true(made >= 9 * mute);
	assert_true(!l->lose_percent || made > 5);
}

/* ---- the call ---- */

static struct loop *loop;
static struct media media;
static struct media_counts counts;

static struct session *pick_up(void)
{
	static char off[] = "off";
	static struct config cfg;
	static struct s2s_sess *const some = (struct s2s_sess *)&cfg;
	struct web_sock_handlers h;
	struct session *s;

	memset(&counts, 0, sizeof(counts));
	model.end_n = model.skipped_n = 0;
	cfg.media.send_ahead_ms = 120;
	cfg.media.echo = off;
	media = (struct media){.prm = {.loop = loop, .cfg = &cfg},
			       .model = &cloud};
	media.prm.counts = &counts;
	list_init(&media.sessions);
	assert_int_equal(0, media_accept(&media, carrier_find(SV("browser")),
					 SV("abc"), &h));
	s = h.arg;
	s->state = SESSION_LIVE;
	s->model.sides[s->model.at].sess = some;
	s->model.on = s->model.live = true;
	return s;
}

static void hang_up(struct session *s)
{
	s->state = SESSION_CLOSING;
	s->model.sides[s->model.at].sess = NULL;
	session_reap(s);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(0, media_calls(&media));
}

static void run(const struct line *l)
{
	struct session *s;
	int n, newest = -1, again = 0, late = 0;
	uint64_t filled_n;

	draw_seed = 1;
	n = plan(l);
	s = pick_up();
	allocs = 0;
	for (int k = 0; k < n; k++) {
		const int i = arrivals[k].i;
		struct sv msg = {(char *)said[i].b, said[i].len};

		now_us = arrivals[k].us;
		counting = true;
		session_recv(NULL, msg, true, s);
		counting = false;
		again += i == newest;
		late += i < newest;
		newest = MAX(newest, i);
		/* whatever the line did: all that came is there */
		assert_int_equal((newest + 1) * (int64_t)F, model.end_n);
	}
	filled_n = s->place.filled_n;
	print_message("%s: nothing waits, %llu ms made up, %d came again, %d "
		      "too late, %d ms left out\n",
		      l->name, (unsigned long long)filled_n / 8, again, late,
		      (int)(model.skipped_n / 8));
	assert_int_equal(0, allocs);
	assert_int_equal(0, counts_get(&counts.bad_messages));
	assert_int_equal(s->place.late_n, (uint64_t)(again + late) * F);
	assert_true(l->shuffled || !late);
	if (!l->lose_percent && !l->hole && !l->shuffled)
		assert_int_equal(0, filled_n);
	/* a hole is filled up to a limit; what follows keeps its place */
	assert_int_equal(MAX(l->hole * F - FILL_MAX_MS * 8, 0),
			 model.skipped_n);
	check_heard(l);
	hang_up(s);
}

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(0, loop_new(&loop));
	say();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		run(&lines[i]);
	loop = loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
