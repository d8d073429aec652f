#include "audio/near.h"

#include <math.h>
#include <stdlib.h>

#include "audio/bed.h"
#include "codec.h"
#include "frame.h"

#define MS_N 8
#define GATE_DBOV (-44.f)  /* while we speak nothing fainter interrupts us */
#define STILL_DBOV (-62.f) /* two steps of μ-law: nothing can be read there */
#define ONSET_N (140 * MS_N)
#define LOUD_WINDOW 10	/* frames: 200 ms */
#define LOUD_NEEDED 4	/* of them above the gate: it is not our echo */
#define STRONG_DB 9.f	/* so far above it … */
#define FLOOR_DB 4.f	/* the mean of a noise above its floor */
#define STRONG_WINDOW 7 /* … for most of 140 ms: whatever it sounds like */
#define STRONG_NEEDED 5
#define RISE_DBOV (-50.f)  /* a first sound, perhaps: so loud … */
#define RISE_DB 3.f	   /* … and so far above the gate … */
#define RISE_FLOOR_DB 10.f /* … and the floor … */
#define RISE_WINDOW 4	   /* … for most of 80 ms */
#define RISE_NEEDED 3
#define AGAIN_N (400 * MS_N)   /* before the suspicion: heard again */
#define LISTEN_N (600 * MS_N)  /* behind it: time to be sure */
#define RING_ON_N (240 * MS_N) /* our last sound echoes so long */

struct near {
	struct far far;
	struct echo *echo; /* NULL: without */
	struct bands bands;
	struct bed bed;
	uint8_t part[TEL_FRAME_N]; /* of the next frame */
	size_t part_n;
	int64_t next_n;	  /* position behind the last sample taken */
	int64_t spoke_n;  /* … behind the last sound of ours in it */
	int64_t listen_n; /* not held before */
	int64_t held_n;	  /* held from here; -1: is not */
	bool talking;	  /* the caller does */
	bool faint;	  /* somebody does, from faint_n on */
	int64_t faint_n, faint_end_n;
	bool speaking;	 /* ours may be in the last frame */
	uint32_t loud;	 /* above the gate: a bit a frame, newest lowest */
	uint32_t strong; /* … far above it */
	uint32_t rise;	 /* … above what is usual here */
	bool was_strong, was_rise;
	float bed_dbov; /* the line by itself is below that */
};

int near_new(struct near **out, bool cancel)
{
	struct near *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	err = far_init(&r->far);
	if (!err && cancel)
		err = echo_new(&r->echo);
	if (err) {
		near_free(r);
		return err;
	}
	bands_init(&r->bands);
	bed_init(&r->bed);
	r->bed_dbov = -INFINITY;
	r->spoke_n = -RING_ON_N;
	r->held_n = r->faint_n = -1;
	r->faint_end_n = -1;
	*out = r;
	return 0;
}

struct near *near_free(struct near *r)
{
	if (!r)
		return NULL;
	echo_free(r->echo);
	far_fini(&r->far);
	free(r);
	return NULL;
}

int near_cancel(struct near *r, bool on)
{
	if (on && !r->echo)
		return echo_new(&r->echo);
	if (!on)
		r->echo = echo_free(r->echo);
	return 0;
}

/* Takes ours out; without a canceller it only says whether it may be there. */
static struct echo_out cancel(struct near *r, int64_t at_n,
			      const int16_t in[TEL_FRAME_N],
			      int16_t out[TEL_FRAME_N])
{
	struct echo_out o = {.gate_dbov = -INFINITY, .floor_dbov = -INFINITY};

	if (r->echo)
		return echo_frame(r->echo, &r->far, at_n, in, out);
	if (far_get(&r->far, at_n, out, TEL_FRAME_N))
		r->spoke_n = at_n + TEL_FRAME_N;
	o.speaking = at_n < r->spoke_n + RING_ON_N;
	memcpy(out, in, TEL_FRAME_N * sizeof(*out));
	return o;
}

static int lately(uint32_t bits, int frames)
{
	return __builtin_popcount(bits & ((1u << frames) - 1));
}

static bool is_loud(const struct near *r)
{
	return lately(r->loud, LOUD_WINDOW) >= LOUD_NEEDED;
}

/*
 * Against our own voice, or in noise, a talker lifts the bands above their
 * floor late or not at all; but the level of what is left of our echo is
 * known, and he is far above it. True when that begins.
 */
static bool talks_against(struct near *r, const struct bands_out *b, float gate,
			  float floor)
{
	float strong = MAX(gate, floor + FLOOR_DB) + STRONG_DB;
	bool before = r->was_strong;

	r->loud = r->loud << 1 | (b->level_dbov > gate && !b->tone);
	r->strong = r->strong << 1 |
		    (r->speaking && b->level_dbov > strong && !b->tone);
	r->was_strong = lately(r->strong, STRONG_WINDOW) >= STRONG_NEEDED;
	return r->was_strong && !before;
}

/*
 * The first sounds of a word are too short and too soft for a suspicion, but
 * something is there that was not before. True when that begins.
 */
static bool rises(struct near *r, const struct bands_out *b, float gate,
		  float floor)
{
	bool before = r->was_rise;
	float over = MAX(gate + RISE_DB, MAX(RISE_DBOV, floor + RISE_FLOOR_DB));

	r->rise = r->rise << 1 |
		  (r->speaking && b->level_dbov > over && !b->tone);
	r->was_rise = lately(r->rise, RISE_WINDOW) >= RISE_NEEDED;
	return r->was_rise && !before;
}

static void talks(struct near *r, bool on)
{
	r->talking = on;
	if (r->echo)
		echo_talks(r->echo, on);
}

static void decide(struct near *r, struct near_out *o, bool suspect)
{
	bool echoes = r->echo && echo_seen(r->echo);

	o->suspect = suspect;
	o->since_n = o->at_n + TEL_FRAME_N - ONSET_N;
	if (suspect)
		r->listen_n = o->at_n + LISTEN_N;
	o->hold =
		echoes && r->speaking && !r->talking && o->at_n >= r->listen_n;
	if (o->hold && r->held_n < 0)
		r->held_n = o->at_n;
	if (o->hold || r->held_n < 0)
		return;
	o->again = suspect;
	o->from_n = MAX(r->held_n, o->at_n - AGAIN_N);
	r->held_n = -1;
}

static void frame(struct near *r, int64_t at_n, const uint8_t *data, near_h *h,
		  void *arg)
{
	struct near_out o = {.at_n = at_n, .data = data, .n = TEL_FRAME_N};
	int16_t in[TEL_FRAME_N], out[TEL_FRAME_N];
	uint8_t clean[TEL_FRAME_N];
	struct bands_out b;
	struct echo_out e;
	float own, gate;
	bool strong;

	for (size_t i = 0; i < TEL_FRAME_N; i++)
		in[i] = ulaw_to_lin[data[i]];
	e = cancel(r, at_n, in, out);
	if (e.clean) {
		for (size_t i = 0; i < TEL_FRAME_N; i++)
			clean[i] = lin_to_ulaw(out[i]);
		o.data = clean;
	}
	r->speaking = e.speaking;
	own = MAX(e.gate_dbov, r->bed_dbov);
	gate = MAX(GATE_DBOV, own);
	b = bands_frame(&r->bands, out, gate);
	if (!b.tone)
		r->bed_dbov = bed_frame(&r->bed, b.level_dbov);
	o.still = b.level_dbov < STILL_DBOV;
	o.hunch = rises(r, &b, own, e.floor_dbov);
	strong = talks_against(r, &b, gate, e.floor_dbov);
	if (r->faint && is_loud(r)) {
		r->faint = false;
		o.began = true;
		talks(r, true);
		o.began_n = r->faint_n;
	}
	decide(r, &o, b.suspect || strong);
	h(&o, arg);
}

/* What is left of a frame that a jump of positions cut. */
static void flush(struct near *r, near_h *h, void *arg)
{
	struct near_out o = {.at_n = r->next_n - (int64_t)r->part_n,
			     .data = r->part,
			     .n = r->part_n};

	if (r->part_n)
		h(&o, arg);
	r->part_n = 0;
}

void near_push(struct near *r, int64_t at_n, const uint8_t *data, size_t n,
	       near_h *h, void *arg)
{
	size_t k;

	if (at_n != r->next_n)
		flush(r, h, arg);
	r->next_n = at_n;
	while (n) {
		k = MIN(n, TEL_FRAME_N - r->part_n);
		r->next_n += (int64_t)k;
		if (k == TEL_FRAME_N) {
			frame(r, r->next_n - TEL_FRAME_N, data, h, arg);
		} else {
			memcpy(r->part + r->part_n, data, k);
			r->part_n += k;
			if (r->part_n == TEL_FRAME_N) {
				r->part_n = 0;
				frame(r, r->next_n - TEL_FRAME_N, r->part, h,
				      arg);
			}
		}
		data += k;
		n -= k;
	}
}

void near_arrived(struct near *r, int64_t now_us)
{
	far_arrived(&r->far, r->next_n, now_us);
}

void near_sent(struct near *r, const uint8_t *data, size_t n, int64_t now_us)
{
	far_sent(&r->far, data, n, now_us);
}

void near_marked(struct near *r, uint32_t gen, uint32_t num)
{
	far_marked(&r->far, gen, num);
}

void near_mark(struct near *r, uint32_t gen, uint32_t num)
{
	far_mark(&r->far, gen, num);
}

void near_clear(struct near *r, int64_t now_us)
{
	far_clear(&r->far, now_us);
}

bool near_began(struct near *r, int64_t at_n)
{
	talks(r, !r->speaking || is_loud(r));
	r->faint = !r->talking;
	r->faint_n = at_n;
	return r->talking;
}

bool near_ended(struct near *r, int64_t at_n)
{
	bool his = !r->faint;

	if (r->faint)
		r->faint_end_n = at_n;
	talks(r, false);
	r->faint = false;
	return his;
}

bool near_own(const struct near *r, int64_t start_n, int64_t end_n)
{
	return start_n >= r->faint_n && end_n <= r->faint_end_n;
}

bool near_talks(const struct near *r)
{
	return r->talking;
}

int64_t near_end_n(const struct near *r)
{
	return r->next_n;
}

const struct echo *near_echo(const struct near *r)
{
	return r->echo;
}
