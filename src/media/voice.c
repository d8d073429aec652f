/* voice: our speech, from the voice through the play queue to the carrier. */
#include "media/session.h"

#include "base/clock.h"
#include "base/log.h"

enum { GRANT_MIN_N = 1600, WORDS_MAX = 64 };

/* The voice may have so much under way that the queue can take all of it. */
static void grant(struct session *s)
{
	size_t space = playq_space(s->playq);

	if (!s->tts || space < s->granted_n + (size_t)GRANT_MIN_N)
		return;
	s->m->speaks->p->grant(s->tts, (uint32_t)(space - s->granted_n));
	s->granted_n = (uint32_t)space;
}

static void on_audio(uint32_t utt, const struct frame *f,
		     const struct speech_word *words, size_t nwords, bool last,
		     int err, void *arg)
{
	struct session *s = arg;
	struct call_word w[WORDS_MAX];
	struct call_ev ev = {.kind = CALL_EV_READY,
			     .utt = utt,
			     .last = last,
			     .err = err,
			     .words = w,
			     .nwords = MIN(nwords, (size_t)WORDS_MAX)};
	int put = 0;

	s->granted_n -= MIN(s->granted_n, f ? f->n : 0);
	if (utt <= s->cancelled)
		return;
	if (f && f->n)
		put = playq_put(s->playq, utt, f->data, f->n);
	if (f && !put)
		ev.n = f->n;
	if (put == -ENOBUFS) { /* more than was granted: it is said anew */
		err = ev.err = put;
		last = ev.last = true;
		ev.nwords = 0;
	}
	if (err)
		counts_add(&s->m->prm.counts->voice_failed);
	else if (s->asked_us && utt == s->asked)
		counts_hist_add(&s->m->prm.counts->voice,
				(clock_mono_us() - s->asked_us) / 1000);
	s->asked_us = utt == s->asked ? 0 : s->asked_us;
	for (size_t i = 0; i < ev.nwords; i++)
		w[i] = (struct call_word){words[i].off, words[i].len,
					  words[i].end_n};
	if (last)
		playq_end(s->playq, utt);
	session_input(s, ev);
	if (s->state == SESSION_LIVE)
		voice_pace(s, clock_mono_us());
}

static void on_closed(int err, void *arg)
{
	struct session *s = arg;

	(void)err;
	s->tts = NULL;
	s->granted_n = 0;
	session_reap(s);
}

int voice_open(struct session *s)
{
	const struct speech_prm prm = {
		.call = s->id,
		.lang = s->lang,
		.caps = SPEECH_TTS,
		.voice = s->voice[0] ? s->voice : s->m->prm.cfg->speech.voice};
	const struct speech_handlers h = {
		.audioh = on_audio, .closedh = on_closed, .arg = s};
	int err;

	err = s->m->speaks->p->open(&s->tts, s->m->speaks->env, &prm, &h);
	if (err) {
		s->tts = NULL;
		return err;
	}
	grant(s);
	return 0;
}

void voice_text(struct session *s, uint32_t utt, struct sv text, struct sv lang)
{
	int err = s->tts ? 0 : voice_open(s);

	if (!s->asked_us) { /* of several at once the first counts */
		s->asked = utt;
		s->asked_us = clock_mono_us();
	}

	if (!err)
		err = s->m->speaks->p->say(s->tts, utt, text, lang);
	if (err)
		session_input(s, (struct call_ev){.kind = CALL_EV_READY,
						  .utt = utt,
						  .last = true,
						  .err = err});
}

/* Where a message to the carrier is written: nothing is allocated for it. */
static struct buf *blank(struct session *s)
{
	buf_reset(&s->m->out);
	return &s->m->out;
}

static void send(struct session *s, const struct buf *b)
{
	if (!b->err && s->sock && !s->left_us &&
	    web_sock_send(s->sock, buf_get(b), s->carrier->binary))
		session_close(s, 1011, "the carrier does not read");
}

void voice_clear(struct session *s, uint32_t utt)
{
	struct buf *b = blank(s);

	near_clear(s->near, clock_mono_us());
	record_clear(s, clock_mono_us());
	playq_clear(s->playq, clock_mono_us());
	tongue_cut(s->tongue);
	s->cancelled = MAX(s->cancelled, utt);
	if (s->tts)
		s->m->speaks->p->cancel(s->tts, utt);
	s->carrier->clear(b, sv_str(s->stream));
	send(s, b);
}

static void send_mark(struct session *s, const struct playq_mark *m)
{
	char name[PLAYQ_MARK_MAX];
	struct buf *b = blank(s);

	playq_mark_name(name, m->gen, m->num);
	if (m->num)
		near_marked(s->near, m->gen, m->num);
	s->carrier->mark(b, sv_str(s->stream), sv_str(name));
	send(s, b);
	session_input(s, (struct call_ev){.kind = CALL_EV_MARKED,
					  .utt = m->utt,
					  .gen = m->gen,
					  .num = m->num,
					  .pos_n = m->pos_n,
					  .idle = m->idle});
}

static void send_audio(struct session *s, const struct playq_out *o)
{
	unsigned times = s->carrier->rate_hz / TEL_RATE_HZ;
	struct frame f = {.at_n = s->sent_n * times,
			  .n = o->n * times,
			  .codec = s->carrier->codec};
	int len = tongue_write(s->tongue, o->data, o->n, &f.data);
	struct buf *b = blank(s);

	s->sent_n += o->n;
	if (len <= 0)
		return; /* the frame's length is ours: cannot be */
	f.len = (size_t)len;
	s->carrier->media(b, sv_str(s->stream), s->sent++, &f);
	send(s, b);
	counts_add(&s->m->prm.counts->frames_out);
}

void voice_pace(struct session *s, int64_t now_us)
{
	struct playq_out o;

	if (s->sock) /* a frame and its mark, or several: one system call */
		web_sock_hold(s->sock);
	while (s->state == SESSION_LIVE && !playq_due(s->playq, now_us, &o)) {
		if (o.n) {
			near_sent(s->near, o.data, o.n, now_us);
			record_sent(s, o.data, o.n, now_us);
			send_audio(s, &o);
		}
		if (o.first)
			session_input(s, (struct call_ev){.kind = CALL_EV_SENT,
							  .utt = o.utt});
		if (o.has_mark && s->state == SESSION_LIVE)
			send_mark(s, &o.mark);
	}
	if (s->sock)
		web_sock_release(s->sock);
	grant(s);
	model_grant(s);
}

void voice_close(struct session *s)
{
	if (s->tts)
		s->m->speaks->p->close(s->tts);
}
