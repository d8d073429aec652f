#include "audio/jitter.h"

#include <stdlib.h>

enum {
	PACKETS_MAX = 256,
	SEEN = 256,	 /* arrivals that the delay is judged by: about 5 s */
	JUDGE_EVERY = 8, /* packets */
	BIN_US = 5000,	 /* of the spread's histogram */
	BINS = 128,
	SPREAD_PERCENT = 97,
	MARGIN_US = 10000, /* above the spread */
	HOLD_US = 3000000, /* after an underrun; then it falls … */
	FALL_US_PER_S = 40000,
	SLACK_US = 20000, /* too long a delay is so much too long */
	RECENT = 64,	  /* positions that may come again */
	QUIET_RUN = 3,	  /* frames of silence before one is left out */
	LOUD_US = 2000000, /* too long a delay without silence: then anyway … */
	LOUD_EVERY_US = 1000000, /* … so often */
	RESTART_US = 1000000,	 /* nothing but late packets: a new clock */
};

struct slot {
	int64_t at_n;
	uint32_t n;
	size_t len; /* 0: free; no packet is empty */
};

struct jitter {
	struct jitter_prm prm;
	struct slot *slots;
	uint8_t *bytes; /* packet_max for each slot, and one to lend */
	unsigned held;

	bool begun, waiting;
	int64_t next_n; /* due next … */
	int64_t due_us; /* … then: origin_us and all that was given out */
	int64_t origin_us, out_n;
	uint32_t frame_n;
	uint64_t waited_n; /* made up since next_n moved */

	/* arrivals: when it came less when it was spoken */
	int64_t seen_us[SEEN];
	unsigned nseen, at;
	int64_t base_us, spread_us, peak_us;
	int64_t peak_at_us;

	int64_t recent_n[RECENT];
	unsigned nrecent;
	unsigned quiet_run;
	int64_t over_us; /* since then the delay is too long; 0: is not */
	int64_t late_us; /* since then only late ones come; 0: no */
	struct jitter_stats st;
};

int jitter_new(struct jitter **out, const struct jitter_prm *prm)
{
	struct jitter *j;

	if (!prm->rate_hz || prm->rate_hz > 384000 || prm->min_ms < 0 ||
	    prm->max_ms <= prm->min_ms || prm->max_ms > 10000 ||
	    !prm->packets || prm->packets > PACKETS_MAX || !prm->packet_max)
		return -EINVAL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->prm = *prm;
	j->slots = calloc(prm->packets, sizeof(*j->slots));
	j->bytes = calloc(prm->packets + 1, prm->packet_max);
	if (!j->slots || !j->bytes) {
		jitter_free(j);
		return -ENOMEM;
	}
	*out = j;
	return 0;
}

struct jitter *jitter_free(struct jitter *j)
{
	if (j) {
		free(j->slots);
		free(j->bytes);
		free(j);
	}
	return NULL;
}

static int64_t us_of(const struct jitter *j, int64_t n)
{
	return n * 1000000 / j->prm.rate_hz;
}

/* ---- what is held ---- */

static struct slot *first_slot(const struct jitter *j)
{
	struct slot *first = NULL;

	for (unsigned i = 0; i < j->prm.packets; i++) {
		struct slot *s = &j->slots[i];

		if (s->len && (!first || s->at_n < first->at_n))
			first = s;
	}
	return first;
}

static int64_t end_n(const struct jitter *j)
{
	int64_t end = j->next_n;

	for (unsigned i = 0; i < j->prm.packets; i++)
		if (j->slots[i].len)
			end = MAX(end, j->slots[i].at_n + j->slots[i].n);
	return end;
}

static void forget(struct jitter *j, struct slot *s)
{
	j->recent_n[j->nrecent++ % RECENT] = s->at_n;
	s->len = 0;
	j->held--;
}

/* The position moves; what it passes over without giving it is lost. */
static void move_to(struct jitter *j, int64_t at_n)
{
	j->st.lost_n += (uint64_t)(at_n - j->next_n);
	j->next_n = at_n;
	j->waited_n = 0;
}

/* Leaves the first packet out: all that follows is heard sooner. */
static void shed(struct jitter *j, struct slot *s)
{
	move_to(j, s->at_n);
	j->next_n += s->n;
	j->st.shed++;
	j->st.shed_n += s->n;
	forget(j, s);
}

static void keep_bound(struct jitter *j)
{
	int64_t max_n = (int64_t)j->prm.max_ms * j->prm.rate_hz / 1000;
	struct slot *s;

	while (end_n(j) - j->next_n > max_n && (s = first_slot(j))) {
		/* A hole in front goes first, and as far as it must. */
		int64_t over_n = end_n(j) - j->next_n - max_n;

		if (s->at_n > j->next_n)
			move_to(j, MIN(s->at_n, j->next_n + over_n));
		else
			shed(j, s);
	}
}

static bool came_before(const struct jitter *j, int64_t at_n)
{
	for (unsigned i = 0; i < MIN(j->nrecent, (unsigned)RECENT); i++)
		if (j->recent_n[i] == at_n)
			return true;
	return false;
}

/* ---- how long to wait ---- */

/* Base and spread of the arrivals that are remembered. */
static void judge(struct jitter *j)
{
	unsigned n = MIN(j->nseen, (unsigned)SEEN), bins[BINS] = {0}, sum = 0;
	int64_t base = INT64_MAX;

	for (unsigned i = 0; i < n; i++)
		base = MIN(base, j->seen_us[i]);
	for (unsigned i = 0; i < n; i++)
		bins[MIN((j->seen_us[i] - base) / BIN_US, BINS - 1)]++;
	j->base_us = base;
	for (unsigned i = 0; i < BINS; i++) {
		sum += bins[i];
		if (sum * 100 >= n * SPREAD_PERCENT) {
			j->spread_us = i ? (int64_t)(i + 1) * BIN_US : 0;
			return;
		}
	}
}

static void note_arrival(struct jitter *j, int64_t at_n, int64_t now_us)
{
	int64_t d = now_us - us_of(j, at_n);

	j->seen_us[j->nseen % SEEN] = d;
	j->nseen++;
	if (j->nseen == 1 || d < j->base_us)
		j->base_us = d;
	if (j->nseen % JUDGE_EVERY == 0 || j->nseen < JUDGE_EVERY)
		judge(j);
}

/* This one was missed: wait as long for the next ones. */
static void note_miss(struct jitter *j, int64_t at_n, int64_t now_us)
{
	int64_t d = now_us - us_of(j, at_n) - j->base_us;

	j->peak_us = MAX(j->peak_us, d);
	j->peak_at_us = now_us;
}

static int64_t target_us(const struct jitter *j, int64_t now_us)
{
	int64_t held_us = now_us - j->peak_at_us - HOLD_US;
	int64_t peak = j->peak_us, most = (int64_t)j->prm.max_ms * 1000;

	if (held_us > 0)
		peak -= held_us / 1000 * FALL_US_PER_S / 1000;
	peak = MAX(peak, j->spread_us) + MARGIN_US;
	/* What waits must be held: keep room for one more packet. */
	most -= us_of(j, 2 * (int64_t)j->frame_n);
	return MAX(MIN(peak, most), (int64_t)j->prm.min_ms * 1000);
}

/* From the fastest arrival to play-out. */
static int64_t delay_us(const struct jitter *j)
{
	return j->due_us - us_of(j, j->next_n) - j->base_us;
}

/* ---- in ---- */

static void begin(struct jitter *j, int64_t at_n, uint32_t n, int64_t now_us)
{
	for (unsigned i = 0; i < j->prm.packets; i++) {
		if (!j->slots[i].len)
			continue;
		j->slots[i].len = 0;
		j->st.shed++;
	}
	j->held = j->nseen = j->nrecent = 0;
	j->base_us = j->spread_us = j->peak_us = 0;
	j->late_us = j->over_us = 0;
	j->waited_n = 0;
	j->begun = true;
	j->waiting = false;
	j->next_n = at_n;
	j->frame_n = n;
	j->origin_us = j->due_us =
		MAX(j->due_us, now_us + j->prm.min_ms * 1000);
	j->out_n = 0;
}

/* An old packet; a second of nothing else: the sender's clock began anew. */
static int put_old(struct jitter *j, int64_t at_n, uint32_t n, int64_t now_us)
{
	if (came_before(j, at_n)) {
		j->st.again++;
		return -EEXIST;
	}
	if (!j->late_us)
		j->late_us = now_us;
	if (now_us - j->late_us >= RESTART_US) {
		j->st.restarts++;
		begin(j, at_n, n, now_us);
		return 0;
	}
	note_arrival(j, at_n, now_us);
	note_miss(j, at_n, now_us);
	j->st.late++;
	return -ETIME;
}

static struct slot *free_slot(struct jitter *j)
{
	if (j->held == j->prm.packets)
		shed(j, first_slot(j));
	for (unsigned i = 0; i < j->prm.packets; i++)
		if (!j->slots[i].len)
			return &j->slots[i];
	return NULL;
}

/* The buffer had run empty: here is what it waited for. */
static void end_wait(struct jitter *j, int64_t at_n, int64_t now_us)
{
	int64_t hole_n = at_n - j->next_n;

	j->waiting = false;
	if (!hole_n)
		note_miss(j, at_n, now_us);
	/* What was made up stood for what was never sent. */
	move_to(j, j->next_n + MIN(hole_n, (int64_t)j->waited_n));
}

int jitter_put(struct jitter *j, int64_t at_n, uint32_t n, const uint8_t *data,
	       size_t len, int64_t now_us)
{
	struct slot *s;
	int err;

	if (!n || !len || at_n < 0 || at_n > INT64_MAX / 1000000 ||
	    n > j->prm.rate_hz)
		return -EINVAL;
	if (len > j->prm.packet_max)
		return -EMSGSIZE;
	j->st.put++;
	if (!j->begun)
		begin(j, at_n, n, now_us);
	for (unsigned i = 0; i < j->prm.packets; i++)
		if (j->slots[i].len && j->slots[i].at_n == at_n) {
			j->st.again++;
			return -EEXIST;
		}
	if (at_n < j->next_n) {
		err = put_old(j, at_n, n, now_us);
		if (err)
			return err;
	}
	j->late_us = 0;
	note_arrival(j, at_n, now_us);
	if (j->waiting)
		end_wait(j, at_n, now_us);
	s = free_slot(j);
	*s = (struct slot){at_n, n, len};
	memcpy(j->bytes + (size_t)(s - j->slots) * j->prm.packet_max, data,
	       len);
	j->held++;
	j->frame_n = n;
	keep_bound(j);
	return 0;
}

/* ---- out ---- */

static void lend(struct jitter *j, const struct slot *s, struct jitter_out *o)
{
	uint8_t *to = j->bytes + (size_t)j->prm.packets * j->prm.packet_max;

	memcpy(to, j->bytes + (size_t)(s - j->slots) * j->prm.packet_max,
	       s->len);
	o->data = to;
	o->len = s->len;
}

/* The first packet; one that overlaps what was given is late. */
static struct slot *next_slot(struct jitter *j)
{
	struct slot *s;

	while ((s = first_slot(j)) && s->at_n < j->next_n) {
		j->st.late++;
		forget(j, s);
	}
	return s;
}

/* Is the delay to be shorter by the packet s, now? */
static bool too_long(struct jitter *j, const struct slot *s, int64_t now_us)
{
	int64_t over_us = MAX(us_of(j, s->n), (int64_t)SLACK_US);

	if (delay_us(j) < target_us(j, now_us) + over_us) {
		j->over_us = 0;
		return false;
	}
	if (!j->over_us)
		j->over_us = now_us;
	if (j->quiet_run >= QUIET_RUN)
		return true;
	if (now_us - j->over_us < LOUD_US + LOUD_EVERY_US)
		return false;
	j->over_us = now_us - LOUD_US;
	return true;
}

static void wait_more(struct jitter *j, struct jitter_out *o)
{
	o->kind = JITTER_WAIT;
	o->at_n = j->next_n;
	o->n = j->frame_n;
	j->waited_n += o->n;
	j->st.waited_n += o->n;
}

int jitter_get(struct jitter *j, int64_t now_us, bool quiet,
	       struct jitter_out *o)
{
	struct slot *s;

	*o = (struct jitter_out){0};
	if (!j->begun || j->due_us > now_us)
		return -EAGAIN;
	j->quiet_run = quiet ? j->quiet_run + 1 : 0;
	s = next_slot(j);
	while (s && s->at_n == j->next_n && too_long(j, s, now_us)) {
		shed(j, s);
		j->quiet_run = 0; /* one at a time */
		s = next_slot(j);
	}
	if (!s) {
		j->waiting = true;
		wait_more(j, o);
	} else if (j->quiet_run >= QUIET_RUN &&
		   delay_us(j) + us_of(j, j->frame_n) / 2 <
			   target_us(j, now_us)) {
		wait_more(j, o);
		j->waited_n = 0; /* no hole is filled by it */
	} else if (s->at_n > j->next_n) {
		o->kind = JITTER_LOST;
		o->at_n = j->next_n;
		o->n = (uint32_t)MIN(s->at_n - j->next_n, (int64_t)j->frame_n);
		if (o->at_n + o->n == s->at_n)
			lend(j, s, o);
		move_to(j, o->at_n + o->n);
	} else {
		o->kind = JITTER_PACKET;
		o->at_n = s->at_n;
		o->n = s->n;
		lend(j, s, o);
		j->next_n += s->n;
		j->waited_n = 0;
		j->st.given++;
		j->st.given_n += s->n;
		forget(j, s);
	}
	j->out_n += o->n;
	j->due_us = j->origin_us + us_of(j, j->out_n);
	return 0;
}

int64_t jitter_next_us(const struct jitter *j)
{
	return j->begun ? j->due_us : INT64_MAX;
}

int jitter_delay_ms(const struct jitter *j)
{
	return j->begun ? (int)(delay_us(j) / 1000) : 0;
}

int jitter_depth_ms(const struct jitter *j)
{
	return (int)((end_n(j) - j->next_n) * 1000 / j->prm.rate_hz);
}

const struct jitter_stats *jitter_stats(const struct jitter *j)
{
	return &j->st;
}
