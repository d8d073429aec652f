#include "audio/place.h"

#define MS_N 8		    /* samples in a millisecond */
#define SLACK_N (10 * MS_N) /* stamps are rounded: no hole, no overlap */
#define STAMP_MAX_MS (INT64_C(1) << 50) /* samples fit 64 bits */
#define JUMP_MAX_N (3600 * 1000 * (int64_t)MS_N)
#define RESTART_N (1000 * MS_N) /* so much unfit audio in a row: a new clock */
#define DRIFT_MN 1001		/* 1/1000 samples a sample: the fastest clock */

/* The carrier's clock began again: go on where we are. */
static void place_rebase(struct place *p, int64_t ts_ms)
{
	p->base_ms = ts_ms - p->next_n / MS_N;
	p->late_run_n = 0;
}

void place_clock(struct place *p, int64_t now_n)
{
	const int64_t burst_mn = PLACE_BURST_MS * MS_N * INT64_C(1000);
	int64_t more_mn = (now_n - p->clock_n) * DRIFT_MN;

	if (!p->timed) {
		p->way_mn = PLACE_AHEAD_MS * MS_N * INT64_C(1000);
		p->give_mn = burst_mn;
	}
	p->timed = true;
	if (more_mn <= 0)
		return;
	p->way_mn += more_mn;
	p->give_mn = MIN(p->give_mn + more_mn, burst_mn);
	p->clock_n = now_n;
}

/* What a frame takes: how far we go on, and what is given out. */
struct cost {
	int64_t way_n, give_n;
};

static struct cost cost_of(int64_t hole_n, uint32_t n, uint32_t max_fill_n)
{
	if (hole_n > -SLACK_N && hole_n < SLACK_N)
		hole_n = 0;
	return (struct cost){hole_n + n, MIN(hole_n, (int64_t)max_fill_n) + n};
}

static bool pay(struct place *p, struct cost c)
{
	if (!p->timed)
		return true;
	if (c.way_n * 1000 > p->way_mn || c.give_n * 1000 > p->give_mn)
		return false;
	p->way_mn -= c.way_n * 1000;
	p->give_mn -= c.give_n * 1000;
	return true;
}

/* What no time is left for. False: it is dropped. */
static bool in_time(struct place *p, int64_t ts_ms, uint32_t n,
		    uint32_t max_fill_n, int64_t *hole_n)
{
	if (pay(p, cost_of(*hole_n, n, max_fill_n)))
		return true;
	p->late_run_n += n;
	if (p->late_run_n >= RESTART_N) {
		place_rebase(p, ts_ms);
		*hole_n = 0;
		if (pay(p, cost_of(0, n, 0)))
			return true;
	}
	p->early_n += n;
	return false;
}

int place_frame(struct place *p, int64_t ts_ms, uint32_t n, uint32_t max_fill_n,
		struct place_out *out)
{
	int64_t hole_n;
	uint32_t fill_n;

	*out = (struct place_out){.at_n = p->next_n};
	if (ts_ms < 0 || ts_ms > STAMP_MAX_MS || !n)
		return -ETIME;
	if (!p->begun) {
		p->begun = true;
		p->base_ms = ts_ms;
	}
	hole_n = (ts_ms - p->base_ms) * MS_N - p->next_n;
	if ((hole_n <= -SLACK_N && -hole_n >= n) || hole_n > JUMP_MAX_N) {
		p->late_run_n += n;
		if (p->late_run_n < RESTART_N) {
			p->late_n += n;
			return -ETIME;
		}
		place_rebase(p, ts_ms);
		hole_n = 0;
	}
	if (!in_time(p, ts_ms, n, max_fill_n, &hole_n))
		return -ERANGE;
	p->late_run_n = 0;
	if (hole_n <= -SLACK_N) {
		out->skip_n = (uint32_t)-hole_n;
		p->late_n += out->skip_n;
	} else if (hole_n >= SLACK_N) {
		fill_n = (uint32_t)MIN(hole_n, (int64_t)max_fill_n);
		p->filled_n += fill_n;
		p->jumped_n += (uint64_t)(hole_n - fill_n);
		out->silence_n = fill_n;
		out->at_n += hole_n - fill_n;
	}
	p->next_n = out->at_n + out->silence_n + n - out->skip_n;
	return 0;
}
