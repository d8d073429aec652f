#include "audio/legs.h"

#include <stdlib.h>

#include "frame.h"

static int64_t ready(const struct legs *l)
{
	return atomic_load_explicit(&l->ready_n, memory_order_relaxed);
}

static int64_t taken(const struct legs *l)
{
	return atomic_load_explicit(&l->taken_n, memory_order_acquire);
}

/* Copies in or, without data, silences; [at_n, at_n + n) fits the ring. */
static void ring_set(uint8_t *ring, int64_t at_n, const uint8_t *data, size_t n)
{
	while (n) {
		size_t at = (size_t)(at_n % LEGS_CAP_N);
		size_t k = MIN(n, LEGS_CAP_N - at);

		if (data)
			memcpy(ring + at, data, k);
		else
			memset(ring + at, ULAW_SILENCE, k);
		data = data ? data + k : NULL;
		at_n += (int64_t)k;
		n -= k;
	}
}

/* Puts what still has a place: not before what may be taken, not further
 * ahead than the ring reaches. */
static void put(struct legs *l, uint8_t *ring, int64_t at_n,
		const uint8_t *data, size_t n)
{
	int64_t from = MAX(at_n, ready(l));
	int64_t end = at_n + (int64_t)n, room = taken(l) + LEGS_CAP_N;

	if (end > l->from_n && from > at_n)
		l->late_n += MIN(from, end) - MAX(at_n, l->from_n);
	if (end > room) {
		atomic_fetch_add_explicit(&l->lost_n, end - MAX(from, room),
					  memory_order_relaxed);
		end = room;
	}
	if (end > from)
		ring_set(ring, from, data + (from - at_n),
			 (size_t)(end - from));
}

int legs_init(struct legs *l, int64_t origin_us)
{
	*l = (struct legs){.origin_us = origin_us, .njumps = 1};
	l->caller = malloc(LEGS_CAP_N);
	l->ours = malloc(LEGS_CAP_N);
	if (!l->caller || !l->ours) {
		legs_fini(l);
		return -ENOMEM;
	}
	memset(l->caller, ULAW_SILENCE, LEGS_CAP_N);
	memset(l->ours, ULAW_SILENCE, LEGS_CAP_N);
	return 0;
}

void legs_fini(struct legs *l)
{
	free(l->caller);
	free(l->ours);
	l->caller = l->ours = NULL;
}

/* ---- the clocks ---- */

static int64_t clock_n(const struct legs *l, int64_t now_us)
{
	return (now_us - l->origin_us) / (1000000 / TEL_RATE_HZ);
}

int64_t legs_now_n(struct legs *l, int64_t now_us)
{
	l->line_n = MAX(l->line_n, clock_n(l, now_us) + l->off_n);
	return l->line_n;
}

/* The caller's leg reached end_n at now_us. */
static void compare(struct legs *l, int64_t end_n, int64_t now_us)
{
	int64_t now_n = clock_n(l, now_us), off_n = end_n - now_n;

	if (now_n - l->block_from_n >= LEGS_BLOCK_N) {
		l->off_n = l->block_off_n; /* the block before is forgotten */
		l->block_off_n = off_n;
		l->block_from_n = now_n;
	}
	l->block_off_n = MAX(l->block_off_n, off_n);
	l->off_n = MAX(l->off_n, l->block_off_n);
}

static void first_heard(struct legs *l, int64_t end_n, int64_t now_us)
{
	int64_t now_n = clock_n(l, now_us);

	l->heard = true;
	l->off_n = l->block_off_n = end_n - now_n;
	l->block_from_n = now_n;
}

static void jump(struct legs *l, int64_t at_n, int64_t by_n)
{
	const int64_t was_n = l->leg_n + l->skew_n;

	l->skew_n += by_n;
	l->jumps[l->njumps++ % LEGS_JUMPS] =
		(struct legs_jump){at_n, l->skew_n, was_n};
}

/*
 * Stamps that run ahead of time, or stay behind until all that comes is too
 * late: the carrier counts otherwise from now on.
 */
static void follow(struct legs *l, int64_t at_n, size_t n, int64_t now_us)
{
	int64_t now_n = legs_now_n(l, now_us), end_n;

	end_n = at_n + l->skew_n + (int64_t)n;
	if (end_n > now_n + LEGS_JUMP_N) {
		jump(l, at_n, now_n - end_n);
	} else if (end_n <= now_n - LEGS_WAIT_N) {
		l->behind_n += (uint32_t)n;
		if (l->behind_n < LEGS_BEHIND_N)
			return;
		jump(l, at_n, now_n - end_n);
	}
	l->behind_n = 0;
}

/* The k-th of the remembered jumps, the newest first; NULL: that is all. */
static const struct legs_jump *jump_of(const struct legs *l, unsigned k)
{
	if (k >= MIN(l->njumps, (unsigned)LEGS_JUMPS))
		return NULL;
	return &l->jumps[(l->njumps - 1 - k) % LEGS_JUMPS];
}

int64_t legs_caller_at(const struct legs *l, int64_t at_n)
{
	const struct legs_jump *j, *next = NULL;

	for (unsigned k = 0; (j = jump_of(l, k)); k++) {
		if (j->from_n > at_n) {
			next = j;
			continue;
		}
		at_n += j->skew_n;
		return next ? MIN(at_n, next->was_n) : at_n;
	}
	return next ? MIN(at_n + l->skew_n, next->was_n) : at_n + l->skew_n;
}

void legs_caller_span(const struct legs *l, int64_t start_n, int64_t end_n,
		      int64_t *from_n, int64_t *to_n)
{
	const struct legs_jump *j, *old = NULL;

	*from_n = legs_caller_at(l, start_n);
	*to_n = MAX(legs_caller_at(l, end_n - 1) + 1, *from_n);
	for (unsigned k = 0; (j = jump_of(l, k)); k++) {
		old = j;
		if (j->from_n <= start_n || j->from_n >= end_n)
			continue;
		*from_n = MIN(*from_n, j->from_n + j->skew_n);
		*to_n = MAX(*to_n, j->was_n);
	}
	if (old && l->njumps > LEGS_JUMPS && start_n < old->from_n) {
		*from_n = 0;
		*to_n = MAX(*to_n, old->from_n + old->skew_n + LEGS_JUMP_N);
	}
}

void legs_caller(struct legs *l, int64_t at_n, const uint8_t *data, size_t n,
		 int64_t now_us)
{
	if (!l->heard)
		first_heard(l, at_n + (int64_t)n, now_us);
	follow(l, at_n, n, now_us);
	l->leg_n = at_n + (int64_t)n;
	at_n += l->skew_n;
	compare(l, at_n + (int64_t)n, now_us);
	put(l, l->caller, at_n, data, n);
	l->caller_n = MAX(l->caller_n, at_n + (int64_t)n);
}

/* ---- ours ---- */

void legs_sent(struct legs *l, const uint8_t *data, size_t n, int64_t now_us)
{
	int64_t at_n = MAX(l->ours_n, legs_now_n(l, now_us));

	put(l, l->ours, at_n, data, n);
	l->ours_n = at_n + (int64_t)n;
}

void legs_clear(struct legs *l, int64_t now_us)
{
	int64_t from = MAX(legs_now_n(l, now_us), ready(l));
	int64_t end = MIN(l->ours_n, taken(l) + LEGS_CAP_N);

	if (end > from)
		ring_set(l->ours, from, NULL, (size_t)(end - from));
	l->ours_n = MIN(l->ours_n, from);
}

/* ---- to the taker ---- */

/* Before it is armed there is no taker: what is past goes. */
static void forget(struct legs *l, int64_t end_n)
{
	int64_t from = taken(l);
	size_t n = (size_t)MIN(end_n - from, LEGS_CAP_N);

	if (end_n <= from)
		return;
	ring_set(l->caller, from, NULL, n);
	ring_set(l->ours, from, NULL, n);
	atomic_store_explicit(&l->ready_n, end_n, memory_order_relaxed);
	atomic_store_explicit(&l->taken_n, end_n, memory_order_release);
}

int64_t legs_arm(struct legs *l, int64_t now_us)
{
	int64_t now_n = legs_now_n(l, now_us);

	/* Nothing spoken before: the frame that is begun is left out. */
	forget(l, (now_n + LEGS_FRAME_N - 1) / LEGS_FRAME_N * LEGS_FRAME_N);
	atomic_store(&l->lost_n, 0);
	l->late_n = 0;
	l->armed = true;
	l->from_n = taken(l);
	return l->from_n;
}

void legs_ready(struct legs *l, int64_t now_us)
{
	int64_t now_n = legs_now_n(l, now_us);
	int64_t upto = MAX(MIN(l->caller_n, now_n), now_n - LEGS_WAIT_N);

	upto -= upto % LEGS_FRAME_N;
	if (!l->armed)
		forget(l, upto);
	else if (upto > ready(l))
		atomic_store_explicit(&l->ready_n, upto, memory_order_release);
}

int64_t legs_finish(struct legs *l, int64_t now_us)
{
	int64_t end_n = MAX(legs_now_n(l, now_us), ready(l));
	int64_t full_n =
		(end_n + LEGS_FRAME_N - 1) / LEGS_FRAME_N * LEGS_FRAME_N;

	legs_clear(l, now_us); /* nobody plays it any more */
	atomic_store_explicit(&l->ready_n, full_n, memory_order_release);
	return end_n;
}

bool legs_take(struct legs *l, uint8_t *caller, uint8_t *ours)
{
	int64_t at_n = atomic_load_explicit(&l->taken_n, memory_order_relaxed);
	size_t at = (size_t)(at_n % LEGS_CAP_N);

	if (atomic_load_explicit(&l->ready_n, memory_order_acquire) <
	    at_n + LEGS_FRAME_N)
		return false;
	for (size_t i = 0; i < LEGS_FRAME_N; i++) {
		size_t k = (at + i) % LEGS_CAP_N;

		caller[i] = l->caller[k];
		ours[i] = l->ours[k];
		l->caller[k] = l->ours[k] = ULAW_SILENCE;
	}
	atomic_store_explicit(&l->taken_n, at_n + LEGS_FRAME_N,
			      memory_order_release);
	return true;
}
