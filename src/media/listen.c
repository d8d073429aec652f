/*
 * listen: who reads what the caller says. A recogniser that is not ours has
 * our detector beside it, for turns cannot wait for a network; when it is lost
 * for good our own recogniser takes over, and hears again what has no final
 * text yet.
 */
#include "media/session.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "media/waits.h"

enum {
	CHUNK_N = 1600,
	VAD_RETRY_MS = 250,
	BEFORE_N = 8000, /* heard again in front of speech, or of now */
	STAY_N = 12000,	 /* still for so long: nobody need listen … */
	WAKE_N = 4800,	 /* … until so far in front of a sound */
};

static bool is_led(const struct provider *by)
{
	return !(by->p->caps & SPEECH_VAD);
}

static void quiet(const struct session *s, int64_t at_n, uint8_t *b, size_t n)
{
	int64_t from = MAX(s->hold_n - at_n, 0);

	if (from < (int64_t)n)
		memset(b + from, ULAW_SILENCE, n - (size_t)from);
}

static bool is_ours(const struct session *s, const struct feed *f)
{
	return f->sess && f->by == s->m->local;
}

/*
 * On a still line our detector costs more than all the rest of a call: it is
 * not told what is there, and hears on from a moment before the next sound.
 */
static bool rests(const struct session *s, const struct feed *f)
{
	return is_ours(s, f) && !s->speaks && f->next_n >= s->still_n + STAY_N;
}

static void wake(struct session *s, struct feed *f, int64_t at_n)
{
	if (rests(s, f))
		f->next_n = MAX(f->next_n, at_n - WAKE_N);
}

/* What the ring holds and f has not heard, as fast as f takes it. */
static void feed(struct session *s, struct feed *f)
{
	uint8_t b[CHUNK_N];
	int64_t at_n = f->next_n;
	size_t n;

	while (f->sess && !rests(s, f) &&
	       (n = ring_get(&s->ring, &at_n, b, sizeof(b)))) {
		struct frame fr = {b, n, at_n, (uint32_t)n, CODEC_ULAW};

		if (is_ours(s, f))
			quiet(s, at_n, b, n);
		if (f->by->p->send_audio(f->sess, &fr))
			return; /* the next frame, or tick, tries again */
		at_n += (int64_t)n;
		f->next_n = at_n;
	}
}

static void rewind_to(const struct session *s, struct feed *f, int64_t at_n)
{
	if (is_ours(s, f) && f->next_n > at_n)
		f->next_n = at_n;
}

/*
 * What may be our own voice our recogniser and detector hear as silence.
 * Others count by the bytes they get, so that nothing can be told them again:
 * they hear all of it.
 */
static void hold(struct session *s, const struct near_out *o)
{
	if (!o->hold)
		s->hold_n = INT64_MAX;
	else if (s->hold_n == INT64_MAX)
		s->hold_n = o->at_n;
	if (o->again) {
		rewind_to(s, &s->vad, MAX(o->from_n, s->final_n));
		rewind_to(s, &s->stt, MAX(o->from_n, s->final_n));
	}
}

void listen_more(struct session *s)
{
	feed(s, &s->vad);
	feed(s, &s->stt);
	model_more(s);
}

void listen_heard(struct session *s, const struct near_out *o)
{
	if (!o->still) {
		wake(s, &s->vad, o->at_n);
		wake(s, &s->stt, o->at_n);
		s->still_n = o->at_n + (int64_t)o->n;
	}
	hold(s, o);
	listen_more(s);
}

/* ---- what is heard ---- */

/* A time that is still to come would have all before it count as told. */
static int64_t by_now(struct session *s, int64_t at_n)
{
	int64_t now_n = s->ring.end_n;

	if (at_n > now_n + BEFORE_N && !s->wrong_time) {
		s->wrong_time = true;
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "the recogniser %s tells of speech %lld ms ahead: cut "
			 "to now (logged once)",
			 s->stt.by->p->name,
			 (long long)(at_n - now_n) / (TEL_RATE_HZ / 1000));
	}
	return MIN(at_n, now_n);
}

static void take_text(struct session *s, const struct speech_text *t)
{
	struct call_ev ev = {
		.kind = CALL_EV_TEXT,
		.start_n = t->start_n,
		.at_n = t->end_n,
		.lang = t->lang,
		.source = t->source == SPEECH_LIST   ? CALL_TEXT_LIST
			  : t->source == SPEECH_FREE ? CALL_TEXT_FREE
						     : CALL_TEXT_NONE,
	};

	if (!t->final) {
		ev.kind = CALL_EV_PARTIAL;
		ev.text = t->text;
		if (near_talks(s->near))
			session_input(s, ev);
		return;
	}
	s->final_n = MAX(s->final_n, t->end_n);
	s->open_n = s->began_n > t->end_n ? s->began_n : -1;
	if (near_own(s->near, t->start_n, t->end_n))
		return; /* nobody said it */
	if (s->ended_us)
		counts_hist_add(&s->m->prm.counts->text,
				(clock_mono_us() - s->ended_us) / 1000);
	s->ended_us = 0;
	if (model_overhears(s, t))
		return;
	if (cards_hear(&s->cards, t->text, t->alts))
		record_mute(s, t->start_n, t->end_n);
	ev.text = sv_str(s->cards.text);
	ev.alts = sv_str(s->cards.alts);
	session_input(s, ev);
	cards_back(s);
	store_flush(s);
}

static void on_text(const struct speech_text *told, void *arg)
{
	struct session *s = arg;
	struct speech_text t = *told;

	t.start_n = by_now(s, t.start_n);
	t.end_n = by_now(s, t.end_n);
	take_text(s, &t);
}

static void turn(struct session *s, enum speech_vad v, int64_t at_n)
{
	s->vad_n = at_n;
	if (v == SPEECH_BEGAN) {
		s->began_n = at_n;
		s->open_n = s->open_n < 0 ? at_n : s->open_n;
	}
	if (s->vad.sess && s->stt.sess && is_led(s->stt.by))
		s->stt.by->p->turn(s->stt.sess, v, at_n);
	s->ended_us = v == SPEECH_ENDED ? clock_mono_us() : 0;
	session_input(s, (struct call_ev){.kind = v == SPEECH_BEGAN
							  ? CALL_EV_BEGAN
							  : CALL_EV_ENDED,
					  .at_n = at_n});
}

/* Of what is too faint for a caller nothing is told. */
static void pause_told(struct session *s, enum speech_vad v)
{
	if (near_talks(s->near))
		session_input(
			s, (struct call_ev){.kind = v == SPEECH_PAUSED
							    ? CALL_EV_PAUSED
							    : CALL_EV_RESUMED});
}

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct session *s = arg;

	if (v == SPEECH_PAUSED || v == SPEECH_RESUMED) {
		pause_told(s, v);
		return;
	}
	s->speaks = v == SPEECH_BEGAN;
	if (at_n <= s->vad_n)
		return; /* who took over hears it again */
	if (v == SPEECH_BEGAN ? near_began(s->near, at_n)
			      : near_ended(s->near, at_n))
		turn(s, v, at_n);
}

void listen_began(struct session *s, int64_t at_n)
{
	turn(s, SPEECH_BEGAN, at_n);
}

static void on_again(int64_t from_n, void *arg)
{
	struct session *s = arg;

	s->stt.next_n = from_n;
}

/* ---- what is expected ---- */

static void send_expect(struct session *s, const struct feed *f)
{
	struct speech_expect e = {
		.phrases = sv_str(s->expect_text[0]),
		.words = sv_str(s->expect_text[1]),
		.bias = sv_str(s->expect_text[2]),
		.lang = sv_str(s->expect_lang),
		.hangover_ms = s->hangover_ms,
		.early_ms = s->early_ms,
	};

	if (f->sess)
		f->by->p->expect(f->sess, &e);
}

void listen_expect(struct session *s, const struct call_fx *fx)
{
	const struct sv in[] = {fx->phrases, fx->words, fx->bias};

	for (size_t i = 0; i < ARRAY_LEN(in); i++) {
		free(s->expect_text[i]);
		s->expect_text[i] =
			in[i].len ? strndup(in[i].p, in[i].len) : NULL;
	}
	(void)sv_copy(s->expect_lang, sizeof(s->expect_lang), fx->lang);
	s->hangover_ms = fx->hangover_ms;
	s->early_ms = fx->early_ms;
	send_expect(s, &s->vad);
	send_expect(s, &s->stt);
}

/* ---- the detector beside a recogniser that is not ours ---- */

static void on_vad_closed(int err, void *arg)
{
	struct session *s = arg;

	(void)err;
	s->vad.sess = NULL;
	s->speaks = false;
	s->vad_retry_us = clock_mono_us() + VAD_RETRY_MS * 1000;
	if (s->state == SESSION_LIVE && s->stt.sess && is_led(s->stt.by))
		s->stt.by->p->lead(s->stt.sess, false);
	session_reap(s);
}

static void vad_open(struct session *s, int64_t from_n)
{
	const struct speech_prm prm = {
		.call = s->id, .lang = s->lang, .caps = SPEECH_VAD};
	const struct speech_handlers h = {
		.vadh = on_vad, .closedh = on_vad_closed, .arg = s};

	s->vad_retry_us = clock_mono_us() + VAD_RETRY_MS * 1000;
	s->vad.by = s->m->local;
	s->vad.next_n = from_n;
	if (s->vad.by->p->open(&s->vad.sess, s->vad.by->env, &prm, &h)) {
		s->vad.sess = NULL;
		return;
	}
	send_expect(s, &s->vad);
	s->stt.by->p->lead(s->stt.sess, true);
}

/* ---- the recogniser ---- */

static void on_closed(int err, void *arg);

static int stt_open(struct session *s, const struct provider *by)
{
	const struct speech_prm prm = {
		.call = s->id, .lang = s->lang, .caps = SPEECH_STT};
	const struct speech_handlers h = {.texth = on_text,
					  .vadh = on_vad,
					  .againh = on_again,
					  .closedh = on_closed,
					  .arg = s};
	int err = by->p->open(&s->stt.sess, by->env, &prm, &h);

	s->stt.by = by;
	if (err)
		s->stt.sess = NULL;
	return err;
}

static void lost(struct session *s, int err)
{
	s->stt_lost = true;
	s->vad_n = -1;
	counts_add(&s->m->prm.counts->stt_lost);
	s->stt_retry_us = clock_mono_us() + WAIT_RECOGNISER_MS * 1000;
	session_input(s,
		      (struct call_ev){.kind = CALL_EV_STT_LOST, .err = err});
}

static void on_closed(int err, void *arg)
{
	struct session *s = arg;
	bool was_ours = s->stt.by == s->m->local;

	s->stt.sess = NULL;
	s->speaks = false;
	if (s->state == SESSION_LIVE) {
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "the recogniser %s is gone: %s%s", s->stt.by->p->name,
			 strerror(-err), was_ours ? "" : "; ours takes over");
		if (was_ours) {
			lost(s, err);
		} else {
			waits_passed(s->m->prm.counts, WAIT_CLOUD);
			listen_open(s);
		}
	}
	session_reap(s);
}

/* Where it comes from: the configured one first, ours when it cannot. */
static int stt_choose(struct session *s)
{
	const struct media *m = s->m;
	int err = -EAGAIN;

	if (!s->stt.by && m->hears != m->local) {
		err = stt_open(s, m->hears);
		if (err)
			log_line(LOG_LEVEL_WARN, "call", s->id,
				 "no recogniser %s: %s; ours is used",
				 m->hears->p->name, strerror(-err));
		if (!err)
			return 0;
	}
	if (s->vad.sess)
		s->vad.by->p->close(s->vad.sess);
	return stt_open(s, m->local);
}

/*
 * From where who comes now has to hear: what has no final text yet. Where a
 * detector listened, silence before it need not be read once more.
 */
static int64_t untold_n(const struct session *s)
{
	int64_t at_n = s->open_n < 0 ? s->ring.end_n : s->open_n;

	return s->vad.sess ? MAX(s->final_n, at_n - BEFORE_N) : s->final_n;
}

void listen_open(struct session *s)
{
	int64_t from_n = untold_n(s);
	bool had_one = s->stt.by;
	int err = stt_choose(s);

	if (err) {
		if (had_one && !s->stt_lost)
			lost(s, err);
		s->stt_lost = true;
		s->stt_retry_us = clock_mono_us() + WAIT_RECOGNISER_MS * 1000;
		return;
	}
	s->stt.next_n = from_n;
	send_expect(s, &s->stt);
	if (is_led(s->stt.by))
		vad_open(s, 0);
	listen_more(s);
	if (s->stt_lost)
		session_input(s, (struct call_ev){.kind = CALL_EV_STT_BACK});
	s->stt_lost = false;
}

void listen_tick(struct session *s, int64_t now_us)
{
	if (s->stt_lost && now_us >= s->stt_retry_us) {
		waits_passed(s->m->prm.counts, WAIT_RECOGNISER);
		listen_open(s);
	}
	if (s->stt.sess && is_led(s->stt.by) && !s->vad.sess &&
	    now_us >= s->vad_retry_us)
		vad_open(s, s->ring.end_n);
	listen_more(s);
}

void listen_close(struct session *s)
{
	if (s->stt.sess)
		s->stt.by->p->close(s->stt.sess);
	if (s->vad.sess)
		s->vad.by->p->close(s->vad.sess);
}

bool listen_over(const struct session *s)
{
	return !s->stt.sess && !s->vad.sess;
}
