#include "audio/far.h"

#include <stdlib.h>

#include "codec.h"

#define SAMPLE_US 125
#define MS_N 8
#define DRY_N (5 * MS_N)    /* less is no gap: our clock is read late */
#define JUMP_N (40 * MS_N)  /* a mark so far off: playing broke off */
#define LEAK 512	    /* frames: how fast a clock may run away */
#define LEAD_N (100 * MS_N) /* to the carrier and back, until it is known */

int far_init(struct far *f)
{
	*f = (struct far){.lead_n = LEAD_N};
	f->ulaw = malloc(FAR_KEEP_N);
	return f->ulaw ? 0 : -ENOMEM;
}

void far_fini(struct far *f)
{
	free(f->ulaw);
	f->ulaw = NULL;
}

static struct far_run *run_at(struct far *f, unsigned i)
{
	return &f->run[(f->first + i) % FAR_RUNS];
}

static const struct far_run *run_of(const struct far *f, unsigned i)
{
	return &f->run[(f->first + i) % FAR_RUNS];
}

/*
 * The quickest frames tell the clock; those that the network held up are
 * late, never early.
 */
void far_arrived(struct far *f, int64_t end_n, int64_t now_us)
{
	int64_t origin_us = now_us - end_n * SAMPLE_US;

	f->near_end_n = end_n;
	if (!f->began || origin_us < f->origin_us)
		f->origin_us = origin_us;
	else
		f->origin_us += (origin_us - f->origin_us) / LEAK;
	f->began = true;
}

static int64_t near_now_n(const struct far *f, int64_t now_us)
{
	return (now_us - f->origin_us) / SAMPLE_US;
}

static void run_new(struct far *f, const struct far_run *r)
{
	if (f->nruns == FAR_RUNS) {
		f->first = (f->first + 1) % FAR_RUNS;
		f->nruns--;
	}
	*run_at(f, f->nruns++) = *r;
}

void far_sent(struct far *f, const uint8_t *data, size_t n, int64_t now_us)
{
	int64_t now_n = near_now_n(f, now_us);
	struct far_run *r = f->nruns ? run_at(f, f->nruns - 1) : NULL;
	size_t at = f->end % FAR_KEEP_N, part = MIN(n, FAR_KEEP_N - at);

	if (!f->began || n > FAR_KEEP_N)
		return; /* of a caller who was never heard nothing echoes */
	memcpy(f->ulaw + at, data, part);
	memcpy(f->ulaw, data + part, n - part);
	if (!r || now_n > r->sent_n + r->n + DRY_N)
		run_new(f, &(struct far_run){.at_n = now_n + f->lead_n,
					     .sent_n = now_n,
					     .from = f->end,
					     .n = (uint32_t)n});
	else
		r->n += (uint32_t)n;
	f->end += n;
}

void far_marked(struct far *f, uint32_t gen, uint32_t num)
{
	if (f->nmarks == FAR_MARKS) {
		f->first_mark = (f->first_mark + 1) % FAR_MARKS;
		f->nmarks--;
	}
	f->mark[(f->first_mark + f->nmarks++) % FAR_MARKS] =
		(struct far_mark){gen, num, f->end};
}

/* The mark at index at was played by now: is its run where we put it? */
static void run_played(struct far *f, struct far_run *r, uint64_t at)
{
	int64_t off_n = f->near_end_n - (r->at_n + (int64_t)(at - r->from));
	struct far_run rest;

	if (!r->sure) {
		r->at_n += off_n;
		r->sure = true;
		off_n = r->at_n - r->sent_n;
		f->lead_n =
			f->learnt ? f->lead_n + (off_n - f->lead_n) / 4 : off_n;
		f->learnt = true;
		return;
	}
	if (off_n < JUMP_N || at == r->from + r->n || f->nruns == FAR_RUNS ||
	    r != run_at(f, f->nruns - 1))
		return;
	/* The carrier ran dry meanwhile: what follows is played later. */
	rest = (struct far_run){
		.at_n = f->near_end_n,
		.sent_n = r->sent_n + (int64_t)(at - r->from),
		.from = at,
		.n = r->n - (uint32_t)(at - r->from),
		.sure = true,
	};
	r->n -= rest.n;
	run_new(f, &rest);
}

void far_mark(struct far *f, uint32_t gen, uint32_t num)
{
	struct far_mark m;
	struct far_run *r;
	unsigned i;

	for (i = 0; i < f->nmarks; i++) {
		m = f->mark[(f->first_mark + i) % FAR_MARKS];
		if (m.gen == gen && m.num == num)
			break;
	}
	if (i == f->nmarks)
		return;
	f->first_mark = (f->first_mark + i + 1) % FAR_MARKS;
	f->nmarks -= i + 1;
	for (i = f->nruns; i--;) {
		r = run_at(f, i);
		if (m.at > r->from && m.at <= r->from + r->n) {
			run_played(f, r, m.at);
			return;
		}
	}
}

void far_clear(struct far *f, int64_t now_us)
{
	int64_t cut_n = near_now_n(f, now_us) + f->lead_n;
	struct far_run *r;

	f->nmarks = 0;
	while (f->nruns) {
		r = run_at(f, f->nruns - 1);
		if (r->at_n < cut_n) {
			r->n = (uint32_t)MIN((int64_t)r->n, cut_n - r->at_n);
			r->sent_n = INT64_MIN / 2; /* nothing follows it */
			return;
		}
		f->nruns--;
	}
}

static void copy(const struct far *f, int16_t *out, uint64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f->end - (from + i) <= FAR_KEEP_N)
			out[i] = ulaw_to_lin[f->ulaw[(from + i) % FAR_KEEP_N]];
}

bool far_get(const struct far *f, int64_t at_n, int16_t *out, size_t n)
{
	bool any = false;

	memset(out, 0, n * sizeof(*out));
	for (unsigned i = 0; i < f->nruns; i++) {
		const struct far_run *r = run_of(f, i);
		int64_t from = MAX(at_n, r->at_n);
		int64_t to = MIN(at_n + (int64_t)n, r->at_n + (int64_t)r->n);

		if (from >= to)
			continue;
		copy(f, out + (from - at_n),
		     r->from + (uint64_t)(from - r->at_n), (size_t)(to - from));
		any = true;
	}
	return any;
}
