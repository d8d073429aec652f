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
	struct ear *ear;
	struct buf lists; /* the three lists, one behind the other */
	size_t len[3];
	struct pool_job *guess; /* of the utterance that may be over */
	struct list ended;	/* utterances in order */
};

static struct stt *stt_of(struct sess *s)
{
	return container_of(s, struct stt, sess);
}

/* ---- jobs --------------------------------------------------------------- */

static int start_job(struct stt *s, struct pool_job **out, bool urgent)
{
	const char *p = s->lists.p ? s->lists.p : "";
	struct sv phrases = {p, s->len[0]};
	struct sv words = {p + s->len[0], s->len[1]};
	struct sv bias = {p + s->len[0] + s->len[1], s->len[2]};
	int16_t *pcm;
	size_t n;
	int err = ear_clip(s->ear, &pcm, &n);

	if (!err)
		err = pool_job_new(out, pcm, n, phrases, words, bias);
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

	if (speech_ms < MIN_SPEECH_MS || pool_waiting(p) >= SPECULATE_MAX)
		return;
	if (start_job(s, &s->guess, false))
		s->guess = NULL;
}

static void drop_guess(struct stt *s)
{
	drop_job(s->guess);
	s->guess = NULL;
}

/* ---- texts --------------------------------------------------------------- */

static void tell_text(struct stt *s, const struct utter *u)
{
	const struct pool_job *j = u->job;
	struct proto_msg m = {.type = PROTO_TEXT,
			      .kind = SPEECH_NONE,
			      .at_n = u->start_n,
			      .end_n = u->end_n};

	if (j && !j->err) {
		m.kind = j->text.source;
		m.score = j->text.score;
		m.body = sv_str(j->text.text);
	} else if (j) {
		log_error("speech", "decoding: %s (%s)", strerror(-j->err),
			  ort_last());
	}
	sess_send(&s->sess, &m);
}

/* In the order of the utterances, however long each of them takes. */
static void flush(struct stt *s)
{
	while (!list_empty(&s->ended)) {
		struct utter *u = list_entry(s->ended.next, struct utter, node);

		if (u->job && !u->job->done)
			return;
		list_del(&u->node);
		tell_text(s, u);
		pool_job_free(u->job);
		free(u);
	}
}

void stt_jobs_done(struct server *v)
{
	struct pool_job *j;

	while ((j = pool_take(v->pool))) {
		struct stt *s = j->owner;

		j->done = true;
		if (s)
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
		   start_job(s, &u->job, true)) {
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
		guess(s, ev->speech_ms);
		break;
	case TURNS_RESUMED:
		drop_guess(s);
		break;
	case TURNS_ENDED:
		tell_vad(s, SPEECH_ENDED, ev->end_n);
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

static int on_expect(struct stt *s, const struct proto_msg *m)
{
	int ms = m->n ? (int)MIN(m->n, HANGOVER_MAX_MS) : HANGOVER_MS;
	bool same = sv_same(buf_get(&s->lists), m->body);

	ear_set_hangover(s->ear, MAX(ms, HANGOVER_MIN_MS));
	for (size_t i = 0; i < ARRAY_LEN(s->len); i++) {
		same = same && s->len[i] == m->len[i];
		s->len[i] = m->len[i];
	}
	if (same)
		return 0;
	buf_reset(&s->lists);
	if (buf_sv(&s->lists, m->body))
		memset(s->len, 0, sizeof(s->len));
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

int stt_new(struct sess **out, struct peer *p)
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
	s->sess.peer = p;
	s->sess.ops = &stt_ops;
	*out = &s->sess;
	return 0;
}
