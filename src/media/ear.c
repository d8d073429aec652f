/* ear: the caller's leg, from the carrier's payload to the recogniser. */
#include "media/session.h"

#include <stdlib.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/log.h"
#include "codec.h"
#include "media/waits.h"

enum { CHUNK_N = 1600 }; /* given to the recogniser at once */

static void give(struct session *s, int64_t at_n, const uint8_t *data, size_t n)
{
	struct frame f = {data, n, at_n, (uint32_t)n, CODEC_ULAW};

	if (s->stt && !s->m->speech->send_audio(s->stt, &f))
		s->stt_next_n = at_n + (int64_t)n;
}

/* What the ring holds and the recogniser has not heard, at once. */
static void catch_up(struct session *s)
{
	uint8_t b[CHUNK_N];
	int64_t at_n = s->stt_next_n;
	size_t n;

	while (s->stt && (n = ring_get(&s->ring, &at_n, b, sizeof(b)))) {
		struct frame f = {b, n, at_n, (uint32_t)n, CODEC_ULAW};

		if (s->m->speech->send_audio(s->stt, &f))
			return; /* full: the next frame tries again */
		at_n += (int64_t)n;
		s->stt_next_n = at_n;
	}
}

static void detect(struct session *s, int64_t at_n, const uint8_t *data,
		   size_t n)
{
	int16_t pcm[TEL_FRAME_N];
	struct bands_out o;

	while (n) {
		size_t k = MIN(n, TEL_FRAME_N - s->part_n);

		memcpy(s->part + s->part_n, data, k);
		s->part_n += k;
		data += k;
		n -= k;
		at_n += (int64_t)k;
		if (s->part_n < TEL_FRAME_N)
			return;
		s->part_n = 0;
		for (size_t i = 0; i < TEL_FRAME_N; i++)
			pcm[i] = ulaw_to_lin[s->part[i]];
		o = bands_frame(&s->bands, pcm);
		/* falls by 2 dB a frame: the loudest of about 200 ms */
		s->level_dbov = MAX(o.level_dbov, s->level_dbov - 2.f);
		if (o.suspect && o.level_dbov > GATE_DBOV)
			session_input(s,
				      (struct call_ev){.kind = CALL_EV_SUSPECT,
						       .at_n = at_n - 1120});
	}
}

static void heard(struct session *s, int64_t at_n, const uint8_t *data,
		  size_t n)
{
	bool behind = s->stt_next_n != at_n;

	ring_put(&s->ring, at_n, data, n);
	if (behind)
		catch_up(s);
	else
		give(s, at_n, data, n);
	detect(s, at_n, data, n);
}

static void silence(struct session *s, int64_t at_n, size_t n)
{
	uint8_t b[TEL_FRAME_N];

	memset(b, ULAW_SILENCE, sizeof(b));
	while (n) {
		size_t k = MIN(n, sizeof(b));

		heard(s, at_n, b, k);
		at_n += (int64_t)k;
		n -= k;
	}
}

static void count_n(atomic_ullong *ms, uint64_t n)
{
	if (n)
		atomic_fetch_add_explicit(ms, n * 1000 / TEL_RATE_HZ,
					  memory_order_relaxed);
}

/* One piece that the codec takes at once: samples of it, or -errno. */
static int piece(struct session *s, int64_t ts_ms, const uint8_t *data,
		 size_t len)
{
	struct media_counts *c = s->m->prm.counts;
	struct place was = s->place;
	int n = tongue_look(s->tongue, data, len);
	struct place_out o;
	bool old;

	if (n <= 0)
		return n;
	old = place_frame(&s->place, ts_ms, (uint32_t)n,
			  FILL_MAX_MS * TEL_RATE_HZ / 1000, &o);
	count_n(&c->late_ms, s->place.late_n - was.late_n);
	count_n(&c->filled_ms, s->place.filled_n - was.filled_n);
	count_n(&c->skipped_ms, s->place.jumped_n - was.jumped_n);
	if (old)
		return n;
	silence(s, o.at_n, o.silence_n);
	heard(s, o.at_n + o.silence_n, tongue_read(s->tongue) + o.skip_n,
	      (size_t)n - o.skip_n);
	return n;
}

void ear_payload(struct session *s, int64_t ts_ms, struct sv base64)
{
	uint8_t b[TONGUE_IN_MAX];
	bool whole = !tongue_piece_len(s->tongue);
	int64_t done_n = 0;

	counts_add(&s->m->prm.counts->frames_in);
	do {
		struct sv part = {base64.p,
				  MIN(base64.len, B64_LEN(sizeof(b)))};
		int n = b64_decode(b, sizeof(b), part);

		base64.p += part.len;
		base64.len -= part.len;
		if (n <= 0) {
			session_bad_message(s, n ? SESSION_BAD_BASE64
						 : SESSION_BAD_EMPTY);
			return;
		}
		if (whole && base64.len)
			n = -ENOSPC;
		else
			n = piece(s, ts_ms + done_n * 1000 / TEL_RATE_HZ, b,
				  (size_t)n);
		if (n < 0) {
			session_bad_message(s, SESSION_BAD_AUDIO);
			return;
		}
		done_n += n;
	} while (base64.len && s->state != SESSION_CLOSING);
}

/* ---- the recogniser's side ---- */

static void on_text(const struct speech_text *t, void *arg)
{
	struct session *s = arg;
	struct call_ev ev = {
		.kind = CALL_EV_TEXT,
		.start_n = t->start_n,
		.at_n = t->end_n,
		.lang = t->lang,
		.source = t->source == SPEECH_LIST   ? CALL_TEXT_LIST
			  : t->source == SPEECH_FREE ? CALL_TEXT_FREE
						     : CALL_TEXT_NONE,
	};

	if (!t->final)
		return;
	s->final_n = MAX(s->final_n, t->end_n);
	if (s->ended_us)
		counts_hist_add(&s->m->prm.counts->text,
				(clock_mono_us() - s->ended_us) / 1000);
	s->ended_us = 0;
	cards_hear(&s->cards, t->text, t->alts);
	ev.text = sv_str(s->cards.text);
	ev.alts = sv_str(s->cards.alts);
	session_input(s, ev);
	cards_back(s);
	store_flush(s);
}

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct session *s = arg;

	if (v == SPEECH_BEGAN && s->level_dbov < GATE_DBOV &&
	    playq_next_us(s->playq) != INT64_MAX)
		return; /* too faint for a caller: our own echo */
	s->ended_us = v == SPEECH_ENDED ? clock_mono_us() : 0;
	session_input(s, (struct call_ev){.kind = v == SPEECH_BEGAN
							  ? CALL_EV_BEGAN
							  : CALL_EV_ENDED,
					  .at_n = at_n});
}

static void on_closed(int err, void *arg)
{
	struct session *s = arg;

	s->stt = NULL;
	if (s->state == SESSION_LIVE) {
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "the recogniser is gone: %s", strerror(-err));
		s->stt_lost = true;
		counts_add(&s->m->prm.counts->stt_lost);
		s->stt_retry_us = clock_mono_us() + WAIT_RECOGNISER_MS * 1000;
		session_input(s, (struct call_ev){.kind = CALL_EV_STT_LOST,
						  .err = err});
	}
	session_reap(s);
}

static void send_expect(struct session *s)
{
	struct speech_expect e = {
		.phrases = sv_str(s->expect_text[0]),
		.words = sv_str(s->expect_text[1]),
		.bias = sv_str(s->expect_text[2]),
		.lang = sv_str(s->expect_lang),
		.hangover_ms = s->hangover_ms,
		.early_ms = s->early_ms,
	};

	if (s->stt)
		s->m->speech->expect(s->stt, &e);
}

void ear_open(struct session *s)
{
	const struct speech_prm prm = {
		.call = s->id, .lang = s->lang, .caps = SPEECH_STT};
	const struct speech_handlers h = {.texth = on_text,
					  .vadh = on_vad,
					  .closedh = on_closed,
					  .arg = s};
	int err;

	err = s->m->speech->open(&s->stt, s->m->speech_env, &prm, &h);
	if (err) {
		s->stt = NULL;
		s->stt_lost = true;
		s->stt_retry_us = clock_mono_us() + WAIT_RECOGNISER_MS * 1000;
		return;
	}
	/* What has no final text yet is heard again: no word is lost. */
	s->stt_next_n = s->final_n;
	send_expect(s);
	catch_up(s);
	if (s->stt_lost)
		session_input(s, (struct call_ev){.kind = CALL_EV_STT_BACK});
	s->stt_lost = false;
}

void ear_expect(struct session *s, const struct call_fx *fx)
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
	send_expect(s);
}

void ear_hush(struct session *s)
{
	size_t ms = (size_t)MAX(s->hangover_ms, 600) + 400;

	silence(s, s->place.next_n, ms * TEL_RATE_HZ / 1000);
}

void ear_tick(struct session *s, int64_t now_us)
{
	if (!s->stt_lost || now_us < s->stt_retry_us)
		return;
	waits_passed(s->m->prm.counts, WAIT_RECOGNISER);
	ear_open(s);
}

void ear_close(struct session *s)
{
	if (s->stt)
		s->m->speech->close(s->stt);
}
