/*
 * stt: one leg that is heard. Speech begins and ends by the ear; the text of
 * an utterance is decoded from the moment it is silent for 200 ms, on the
 * chance that the caller is done. Who goes on talking makes that decoding
 * worthless: it is cancelled.
 */
#include "speech/local/server.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec.h"
#include "speech.h"
#include "speech/local/ear.h"

enum {
	HANGOVER_MS = 600,
	HANGOVER_MIN_MS = 100,
	HANGOVER_MAX_MS = 5000,
	MIN_SPEECH_MS = 120, /* less is a click or a cough: no text */
	BLOCK_N = 1024,
	SPECULATE_MAX = 8, /* with more jobs waiting nothing is guessed */
};

/* An utterance that ended and whose text is not told yet. */
struct utter {
	struct list node;
	int64_t start_n, end_n;
	struct pool_job *job; /* NULL: too short, or it failed */
};

struct stt {
	struct sess sess;
	bool reads; /* else it only tells who talks when */
	struct ear *ear;
	struct buf lists;	/* the three lists, one behind the other */
	struct recog_prm prm;	/* … and their places in there */
	int early_ms;		/* 0: no utterance ends early */
	struct pool_job *guess; /* of the utterance that may be over */
	int64_t pause_n;	/* where that seemed to end */
	struct list ended;	/* utterances in order */
};

static struct stt *stt_of(struct sess *s)
{
	return container_of(s, struct stt, sess);
}

/* ---- jobs --------------------------------------------------------------- */

static int start_job(struct stt *s, struct pool_job **out, int speech_ms,
		     bool urgent)
{
	struct recog_prm prm = s->prm;
	int16_t *pcm;
	size_t n;
	int err = ear_clip(s->ear, &pcm, &n);

	prm.speech_ms = speech_ms;
	if (!err)
		err = pool_job_new(out, pcm, n, &prm);
	if (err) {
		log_error("speech", "decoding: %s", strerror(-err));
		return err;
	}
	(*out)->owner = s;
	(*out)->urgent = urgent;
	pool_put(s->sess.peer->server->pool, *out);
	return 0;
}

/* Nobody wants j any more; it is freed now, or when it comes back. */
static void drop_job(struct pool_job *j)
{
	if (!j)
		return;
	if (j->done) {
		pool_job_free(j);
		return;
	}
	j->owner = NULL;
	atomic_store(&j->cancel, true);
}

static void guess(struct stt *s, int speech_ms)
{
	struct pool *p = s->sess.peer->server->pool;

	if (!s->reads || speech_ms < MIN_SPEECH_MS ||
	    pool_waiting(p) >= SPECULATE_MAX)
		return;
	if (start_job(s, &s->guess, speech_ms, false))
		s->guess = NULL;
}

static void drop_guess(struct stt *s)
{
	drop_job(s->guess);
	s->guess = NULL;
}

/* ---- texts --------------------------------------------------------------- */

static void tell_text(struct stt *s, int64_t start_n, int64_t end_n,
		      const struct pool_job *j, bool final)
{
	struct proto_msg m = {.type = PROTO_TEXT,
			      .kind = SPEECH_NONE,
			      .at_n = start_n,
			      .end_n = end_n,
			      .last = final};
	struct buf b;

	buf_init(&b, 0);
	if (j && !j->err) {
		m.kind = j->text.source;
		m.score = j->text.score;
		m.len[0] = (uint32_t)strlen(j->text.text);
		m.len[1] = (uint32_t)strlen(j->text.alts);
		buf_str(&b, j->text.text);
		buf_str(&b, j->text.alts);
		buf_str(&b, j->text.lang == RECOG_ES ? "es" : "en");
		if (final && j->text.sure)
			s->prm.call = j->text.lang;
	} else if (j) {
		log_error("speech", "decoding: %s (%s)", strerror(-j->err),
			  ort_last());
	}
	if (b.err)
		m.len[0] = m.len[1] = 0;
	m.body = b.err ? SV("") : buf_get(&b);
	sess_send(&s->sess, &m);
	buf_fini(&b);
}

/* In the order of the utterances, however long each of them takes. */
static void flush(struct stt *s)
{
	while (!list_empty(&s->ended)) {
		struct utter *u = list_entry(s->ended.next, struct utter, node);

		if (u->job && !u->job->done)
			return;
		list_del(&u->node);
		tell_text(s, u->start_n, u->end_n, u->job, true);
		pool_job_free(u->job);
		free(u);
	}
}

/* The text of what may be over is there: need we wait any longer? */
static void end_early(struct stt *s)
{
	const struct pool_job *j = s->guess;

	if (s->early_ms && !j->err && j->text.complete)
		ear_end_early(s->ear, MAX(s->early_ms, HANGOVER_MIN_MS));
}

void stt_jobs_done(struct server *v)
{
	struct pool_job *j;

	while ((j = pool_take(v->pool))) {
		struct stt *s = j->owner;

		j->done = true;
		if (s && j == s->guess) {
			/* he is silent: what he said so far may decide */
			if (!j->err)
				tell_text(s, s->pause_n, s->pause_n, j, false);
			end_early(s);
		} else if (s)
			flush(s);
		else
			pool_job_free(j);
	}
}

static void ended(struct stt *s, const struct ear_event *ev)
{
	struct utter *u = calloc(1, sizeof(*u));

	if (!u) { /* a text without utterance would be in nobody's order */
		log_error("speech", "no memory for an utterance");
		drop_guess(s);
		return;
	}
	u->start_n = ev->start_n;
	u->end_n = ev->end_n;
	if (s->guess) {
		u->job = s->guess;
		s->guess = NULL;
		pool_hurry(s->sess.peer->server->pool, u->job);
	} else if (ev->speech_ms >= MIN_SPEECH_MS &&
		   start_job(s, &u->job, ev->speech_ms, true)) {
		u->job = NULL;
	}
	list_add(&s->ended, &u->node);
	flush(s);
}

static void tell_vad(struct stt *s, enum speech_vad kind, int64_t at_n)
{
	sess_send(&s->sess, &(struct proto_msg){.type = PROTO_VAD,
						.kind = kind,
						.at_n = at_n});
}

static void on_event(const struct ear_event *ev, void *arg)
{
	struct stt *s = arg;

	switch (ev->kind) {
	case TURNS_BEGAN:
		tell_vad(s, SPEECH_BEGAN, ev->start_n);
		break;
	case TURNS_PAUSE:
		tell_vad(s, SPEECH_PAUSED, ev->end_n);
		s->pause_n = ev->end_n;
		guess(s, ev->speech_ms);
		break;
	case TURNS_RESUMED:
		tell_vad(s, SPEECH_RESUMED, ev->end_n);
		drop_guess(s);
		break;
	case TURNS_ENDED:
		tell_vad(s, SPEECH_ENDED, ev->end_n);
		if (s->reads)
			ended(s, ev);
		break;
	case TURNS_NONE:
		break;
	}
}

/* ---- messages ------------------------------------------------------------ */

static int on_audio(struct stt *s, const struct proto_msg *m)
{
	const uint8_t *p = (const uint8_t *)m->body.p;
	int64_t at_n = m->at_n;
	int16_t pcm[BLOCK_N];
	int err = 0;

	for (size_t left = m->body.len; !err && left;) {
		size_t n = MIN(left, (size_t)BLOCK_N);

		for (size_t i = 0; i < n; i++)
			pcm[i] = ulaw_to_lin[p[i]];
		err = ear_push(s->ear, at_n, pcm, n);
		p += n;
		left -= n;
		at_n += (int64_t)n;
	}
	return err;
}

/* A change of the dialogue's language is the caller's wish. */
static void set_lang(struct stt *s, struct sv lang)
{
	enum recog_lang now = sv_starts(lang, "es") ? RECOG_ES : RECOG_EN;

	if (s->prm.lists && s->prm.lists != now)
		s->prm.call = now;
	s->prm.lists = now;
}

static void set_lists(struct stt *s, const struct proto_msg *m)
{
	struct sv *list[] = {&s->prm.phrases, &s->prm.words, &s->prm.bias};
	const char *p;
	bool ok;

	buf_reset(&s->lists);
	ok = !buf_sv(&s->lists, m->body);
	p = ok && s->lists.p ? s->lists.p : "";
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		*list[i] = (struct sv){p, ok ? m->len[i] : 0};
		p += list[i]->len;
	}
}

static bool same_lists(const struct stt *s, const struct proto_msg *m)
{
	return sv_same(buf_get(&s->lists), m->body) &&
	       s->prm.phrases.len == m->len[0] &&
	       s->prm.words.len == m->len[1] && s->prm.bias.len == m->len[2];
}

static int on_expect(struct stt *s, const struct proto_msg *m)
{
	int ms = m->n ? (int)MIN(m->n, HANGOVER_MAX_MS) : HANGOVER_MS;

	ear_set_hangover(s->ear, MAX(ms, HANGOVER_MIN_MS));
	s->early_ms = (int)MIN(m->early, HANGOVER_MAX_MS);
	if (same_lists(s, m))
		return 0;
	set_lang(s, proto_part(m, 3));
	set_lists(s, m);
	if (s->guess) { /* it was decoded for another question */
		drop_guess(s);
		guess(s, MIN_SPEECH_MS);
	}
	return 0;
}

static int stt_recv(struct sess *sess, const struct proto_msg *m)
{
	struct stt *s = stt_of(sess);

	switch (m->type) {
	case PROTO_AUDIO:
		return on_audio(s, m);
	case PROTO_EXPECT:
		return on_expect(s, m);
	default:
		return -EPROTO;
	}
}

static void stt_free(struct sess *sess)
{
	struct stt *s = stt_of(sess);
	struct list *pos, *tmp;

	drop_guess(s);
	LIST_FOREACH_SAFE (pos, tmp, &s->ended) {
		struct utter *u = list_entry(pos, struct utter, node);

		drop_job(u->job);
		free(u);
	}
	ear_free(s->ear);
	buf_fini(&s->lists);
	free(s);
}

static const struct sess_ops stt_ops = {.recv = stt_recv, .free = stt_free};

int stt_new(struct sess **out, struct peer *p, bool reads)
{
	struct stt *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (ear_new(&s->ear, p->server->engine.silero, on_event, s)) {
		free(s);
		return -ENOMEM;
	}
	buf_init(&s->lists, LINK_MSG_MAX);
	list_init(&s->ended);
	s->reads = reads;
	s->prm.spanish = p->server->engine.spanish;
	s->sess.peer = p;
	s->sess.ops = &stt_ops;
	*out = &s->sess;
	return 0;
}
