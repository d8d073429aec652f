#include "measure.h"

#include <math.h>
#include <stdlib.h>

#define FULL 32768.0
#define STEP (TEL_RATE_HZ / 500) /* 2 ms */
#define MS_N (TEL_RATE_HZ / 1000)
#define GAP_MAX_N TEL_RATE_HZ
#define EDGE_QUIET (5 * MS_N)
#define EDGE_JUMP 2500
#define SPIKE 9000

static const double audible = 0.00001 * FULL * FULL; /* -50 dBov */
static const double loud = 0.000032 * FULL * FULL;   /* -45 dBov */

void measure_init(struct measure *m)
{
	*m = (struct measure){.far_onset_n = -1,
			      .far_last_n = -1,
			      .near_last_n = -1,
			      .counting_from_n = -1,
			      .dry_from_n = -1};
}

void measure_count_silence(struct measure *m, bool on)
{
	m->counting_from_n = on ? m->now_n : -1;
	m->silent_from_n = m->now_n;
}

static double mean_square(const int16_t *s, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)s[i] * s[i];
	return n ? sum / (double)n : 0;
}

/* The assistant begins to talk at at_n: perhaps the reply to a turn. */
static void talk_begins(struct measure *m, int64_t at_n)
{
	struct measure_turn *t = m->nturns ? &m->turns[m->nturns - 1] : NULL;

	m->far_talks = true;
	if (!t || t->reply_n >= 0)
		return;
	if (t->end_n < 0)
		t->overtaken = true;
	else
		t->reply_n = at_n;
}

static void talk_ends(struct measure *m)
{
	m->far_talks = false;
	for (int i = 0; i < m->nturns; i++) {
		struct measure_turn *t = &m->turns[i];

		if (t->interrupts && t->stop_n < 0)
			t->stop_n = MAX(m->far_last_n, t->start_n);
	}
}

static void far_step(struct measure *m, const int16_t *s, int64_t at_n)
{
	double p = mean_square(s, STEP);
	int64_t silent_n = at_n + STEP - m->far_last_n;

	if (p >= audible) {
		if (!m->far_on) {
			m->far_on = true;
			m->far_onset_n = at_n;
			m->far_stretches++;
		}
		if (!m->far_talks)
			talk_begins(m, at_n);
		m->far_last_n = at_n + STEP;
		m->far_power += p * STEP;
		m->far_power_n += STEP;
		return;
	}
	if (m->far_on && silent_n >= MEASURE_HANG_N) {
		m->far_on = false;
		m->talked_n += m->far_last_n - m->far_onset_n;
	}
	if (m->far_talks && silent_n >= MEASURE_STOP_N)
		talk_ends(m);
}

/*
 * A hole: the server's audio stopped in the middle of sound and went on in
 * sound within a second. A pause between words ends and begins quietly.
 */
static void holes(struct measure *m, const int16_t *far, size_t queued)
{
	size_t edge = MIN(queued, (size_t)10 * MS_N);

	if (queued && m->dry_from_n >= 0) {
		int64_t len = m->now_n - m->dry_from_n;

		if (len <= GAP_MAX_N && mean_square(far, edge) >= loud) {
			m->gaps++;
			m->gap_n += len;
			m->longest_gap_n = MAX(m->longest_gap_n, len);
		}
		m->dry_from_n = -1;
	}
	if (queued)
		m->tail_loud = mean_square(far + queued - edge, edge) >= loud;
	if (queued < TEL_FRAME_N) {
		if (m->tail_loud && !m->cleared)
			m->dry_from_n = m->now_n + (int64_t)queued;
		m->tail_loud = false;
	}
}

/*
 * A click: one sample that stands out alone, or sound that begins or breaks
 * off at full height next to digital silence. A cut after clear is wanted.
 */
static void click_step(struct measure *m, int c)
{
	int a = m->before[0], b = m->before[1];
	int bend = abs(2 * b - a - c) / 2;

	if (abs(c) <= 8) {
		if (abs(b) > EDGE_JUMP && !m->cleared)
			m->cut = true;
		if (++m->quiet_run >= EDGE_QUIET && m->cut) {
			m->clicks++;
			m->cut = false;
		}
	} else {
		if (m->quiet_run >= EDGE_QUIET && abs(c) > EDGE_JUMP)
			m->clicks++;
		else if (bend > SPIKE && abs(a) < bend / 8 && abs(c) < bend / 8)
			m->clicks++;
		m->quiet_run = 0;
		m->cut = false;
	}
	m->before[0] = b;
	m->before[1] = c;
}

static void silence(struct measure *m, bool near_speaks)
{
	int64_t end_n = m->now_n + TEL_FRAME_N, from_n;

	if (near_speaks)
		m->near_last_n = end_n;
	if (m->counting_from_n < 0)
		return;
	from_n = MAX(m->counting_from_n, MAX(m->near_last_n, m->far_last_n));
	m->longest_silence_n = MAX(m->longest_silence_n, end_n - from_n);
}

void measure_frame(struct measure *m, const int16_t far[TEL_FRAME_N],
		   size_t queued, bool near_speaks)
{
	for (int i = 0; i < TEL_FRAME_N; i++)
		click_step(m, far[i]);
	holes(m, far, queued);
	m->cleared = false;
	for (int i = 0; i < TEL_FRAME_N; i += STEP)
		far_step(m, far + i, m->now_n + i);
	silence(m, near_speaks);
	m->now_n += TEL_FRAME_N;
}

void measure_cleared(struct measure *m)
{
	m->cleared = true;
	if (m->far_talks)
		talk_ends(m);
}

void measure_turn_begin(struct measure *m, int index, int64_t at_n)
{
	if (m->nturns == MEASURE_TURNS_MAX)
		return;
	m->turns[m->nturns++] = (struct measure_turn){
		.index = index,
		.start_n = at_n,
		.end_n = -1,
		.reply_n = -1,
		.stop_n = -1,
		.interrupts = m->far_talks,
	};
}

void measure_turn_end(struct measure *m, int64_t at_n)
{
	struct measure_turn *t = m->nturns ? &m->turns[m->nturns - 1] : NULL;

	if (!t || t->end_n >= 0)
		return;
	t->end_n = at_n;
	/* It answered before the caller was done: a reply all the same. */
	if (t->overtaken && m->far_talks && m->far_onset_n >= t->start_n)
		t->reply_n = m->far_onset_n;
}

int64_t measure_far_silent_ms(const struct measure *m)
{
	return m->far_last_n < 0 ? -1 : (m->now_n - m->far_last_n) / MS_N;
}

int64_t measure_far_speaking_ms(const struct measure *m)
{
	return m->far_on ? (m->now_n - m->far_onset_n) / MS_N : -1;
}

double measure_level_dbov(const struct measure *m)
{
	if (!m->far_power_n)
		return -100;
	return 10 *
	       log10(m->far_power / (double)m->far_power_n / (FULL * FULL));
}

int measure_reply_ms(const struct measure_turn *t)
{
	if (t->reply_n < 0 || t->end_n < 0)
		return INT32_MIN;
	return (int)((t->reply_n - t->end_n) / MS_N);
}

int measure_stop_ms(const struct measure_turn *t)
{
	return t->stop_n < 0 ? -1 : (int)((t->stop_n - t->start_n) / MS_N);
}
