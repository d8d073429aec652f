/*
 * record: the recording of a call. Its two legs are tapped as they are on the
 * line; nothing is kept before the caller has heard that it is. The writing is
 * a thread's business (io/recorder.h), the row the desk's.
 */
#include "media/session.h"

#include "base/clock.h"
#include "base/js.h"
#include "base/log.h"

enum {
	/* A word's place in a text is known to about so much. */
	MUTE_MARGIN_MS = 400,
};

void record_open(struct session *s, struct sv context)
{
	struct sv disclosure, recorded;
	int err;

	if (!s->m->recorder || js_get(context, "disclosure", &disclosure) ||
	    js_get(disclosure, "recorded", &recorded) ||
	    !sv_eq(recorded, "true"))
		return;
	err = recording_new(&s->rec, s->m->recorder, s->origin_us);
	if (err)
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "will not be recorded: %s", strerror(-err));
}

void record_heard(struct session *s, int64_t at_n, const uint8_t *data,
		  size_t n)
{
	if (s->rec && !s->left_us)
		legs_caller(recording_legs(s->rec), at_n, data, n,
			    clock_mono_us());
}

void record_sent(struct session *s, const uint8_t *data, size_t n,
		 int64_t now_us)
{
	if (s->rec && !s->left_us)
		legs_sent(recording_legs(s->rec), data, n, now_us);
}

void record_clear(struct session *s, int64_t now_us)
{
	if (s->rec && !s->left_us)
		legs_clear(recording_legs(s->rec), now_us);
}

void record_tick(struct session *s, int64_t now_us)
{
	if (s->rec)
		legs_ready(recording_legs(s->rec),
			   s->left_us ? s->left_us : now_us);
}

/* The caller heard the announcement and goes on. */
void record_consent(struct session *s)
{
	uint8_t chance[10];
	int64_t wall_ms = clock_wall_us() / 1000, now_us = clock_mono_us();

	if (!s->rec || recording_begun(s->rec))
		return;
	clock_random(chance, sizeof(chance));
	s->rec_id = uuid_v7(wall_ms, chance);
	if (recfile_path(s->rec_path, sv_str(s->business), sv_str(s->rec_id.s),
			 wall_ms))
		return; /* ids of the desk are ids */
	recording_begin(s->rec, s->rec_path, now_us);
	s->rec_from_ms = recording_legs(s->rec)->from_n * 1000 / TEL_RATE_HZ;
	counts_add(&s->m->prm.counts->recordings);
	log_line(LOG_LEVEL_INFO, "call", s->id, "is recorded from %lld ms on",
		 (long long)s->rec_from_ms);
	store_recording(s, NULL, NULL);
}

/* ---- the end ---- */

static const char *outcome(struct session *s, const struct recording_end *e)
{
	struct media_counts *c = s->m->prm.counts;

	atomic_fetch_add_explicit(&c->recording_lost_ms,
				  (unsigned long long)e->lost_ms,
				  memory_order_relaxed);
	if (s->rec_drop && e->removed) {
		counts_add(&c->recordings_dropped);
		return "deleted";
	}
	if (s->rec_drop || !e->duration_ms) {
		counts_add(&c->recordings_failed);
		return "failed";
	}
	counts_add(e->incomplete ? &c->recordings_incomplete
				 : &c->recordings_complete);
	return e->incomplete ? "incomplete" : "complete";
}

static void on_end(const struct recording_end *e, void *arg)
{
	struct session *s = arg;
	const char *state = outcome(s, e);

	s->pending--;
	log_line(e->incomplete ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "call", s->id,
		 "recording %s: %s, %lld ms, %lld bytes", s->rec_id.s, state,
		 (long long)e->duration_ms, (long long)e->bytes);
	store_recording(s, state, e);
	session_reap(s);
}

static void end(struct session *s, bool drop)
{
	struct recording *rec = s->rec;

	if (!rec)
		return;
	s->rec = NULL;
	s->rec_drop = drop;
	/* His last words are read after he has gone: they may be a card number,
	 * or the wish that nothing is kept. The recording ends where he left. */
	if (recording_close(rec, s->left_us ? s->left_us : clock_mono_us(),
			    drop, on_end, s))
		s->pending++;
}

void record_close(struct session *s)
{
	end(s, false);
}

void record_tool(struct session *s, struct sv name, struct sv args)
{
	struct sv record;

	if (!s->rec || !sv_eq(name, "privacy") ||
	    js_get(args, "record", &record) || !sv_eq(record, "false"))
		return;
	log_line(LOG_LEVEL_INFO, "call", s->id,
		 "is not recorded, as the caller wishes");
	end(s, true);
}

void record_mute(struct session *s, int64_t start_n, int64_t end_n)
{
	const int64_t margin_n = MUTE_MARGIN_MS * TEL_RATE_HZ / 1000;
	int64_t from_n, to_n;

	if (!s->rec)
		return;
	log_line(LOG_LEVEL_INFO, "call", s->id,
		 "a card number is taken out of the recording, %lld to %lld ms",
		 (long long)start_n * 1000 / TEL_RATE_HZ,
		 (long long)end_n * 1000 / TEL_RATE_HZ);
	legs_caller_span(recording_legs(s->rec), start_n, end_n, &from_n,
			 &to_n);
	recording_mute(s->rec, from_n - margin_n, to_n + margin_n);
}
