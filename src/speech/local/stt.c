/*
 * stt: one leg that is heard. Speech begins and ends by the ear; the text of
 * an utterance is decoded from the moment it is silent for 200 ms, on the
 * chance that the caller is done. Who goes on talking makes that decoding
 * worthless: it is cancelled.
 *
 * Who talks for long is read meanwhile, as far as decoders are idle: about
 * every second, more rarely the longer it takes, so that all these readings
 * together cost at most a few times what the last one does. That is only
 * shown (agree.h); the final text has its own decoding, with all lists.
 */
#include "speech/local/server.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec.h"
#include "speech.h"
#include "speech/local/agree.h"
#include "speech/local/ear.h"

enum {
	HANGOVER_MS = 600,
	HANGOVER_MIN_MS = 100,
	HANGOVER_MAX_MS = 5000,
	MIN_SPEECH_MS = 120, /* less is a click or a cough: no text */
	BLOCK_N = 1024,
	SPECULATE_MAX = 8, /* with more jobs waiting nothing is guessed */
	MS_N = TEL_RATE_HZ / 1000,
	GROW_N = 1000 * MS_N, /* of new speech, until it is read again */
	GROW_PART = 4,	      /* … and such a part of what was read */
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
	struct pool_job *part;	/* the beginning of what is being said */
	int64_t part_n;		/* … up to there */
	int64_t start_n;	/* where that utterance began */
	int64_t read_n;		/* … and up to where it was read last */
	struct agree agree;	/* what is told of it */
};

static struct stt *stt_of(struct sess *s)
{
	return container_of(s, struct stt, sess);
}

/* ---- jobs --------------------------------------------------------------- */

static int start_job(struct stt *s, struct pool_job **out,
		     const struct recog_prm *prm, enum queue_rank rank)
{
	int16_t *pcm;
	size_t n;
	int err = ear_clip(s->ear, &pcm, &n);

	if (!err)
		err = pool_job_new(out, pcm, n, prm);
	if (err) {
		log_error("speech", "decoding: %s", strerror(-err));
		return err;
	}
	(*out)->owner = s;
	(*out)->rank = rank;
	pool_put(s->sess.peer->server->pool, *out);
	return 0;
}

/* All of an utterance, as the call will believe it. */
static int start_whole(struct stt *s, struct pool_job **out, int speech_ms,
		       enum queue_rank rank)
{
	struct recog_prm prm = s->prm;

	prm.speech_ms = speech_ms;
	return start_job(s, out, &prm, rank);
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
	if (start_whole(s, &s->guess, speech_ms, QUEUE_GUESS))
		s->guess = NULL;
}

static void drop_guess(struct stt *s)
{
	drop_job(s->guess);
	s->guess = NULL;
}

/*
 * Reads what is said so far, if that is worth it now. Freely: lists hold what
 * whole answers are.
 */
static void grow(struct stt *s)
{
	struct server *v = s->sess.peer->server;
	struct recog_prm prm = s->prm;
	int64_t start_n, end_n;

	if (!s->reads || !v->partials || s->part ||
	    !ear_speaks(s->ear, &start_n, &end_n) ||
	    end_n - s->read_n <
		    MAX(GROW_N, (s->read_n - start_n) / GROW_PART) ||
	    !pool_spare(v->pool))
		return;
	prm.phrases = prm.words = SV("");
	s->part_n = s->read_n = end_n;
	if (start_job(s, &s->part, &prm, QUEUE_PARTIAL))
		s->part = NULL;
}

static void drop_part(struct stt *s)
{
	drop_job(s->part);
	s->part = NULL;
}

/* ---- texts --------------------------------------------------------------- */

static const char *lang_name(const struct pool_job *j)
{
	return j->text.lang == RECOG_ES ? "es" : "en";
}

/* What he says, and goes on saying. */
static void tell_grown(struct stt *s, const struct pool_job *j)
{
	struct proto_msg m = {.type = PROTO_TEXT,
			      .kind = j->text.source,
			      .score = j->text.score,
			      .at_n = s->start_n,
			      .end_n = s->part_n - AGREE_OPEN_MS * MS_N,
			      .len = {(uint32_t)strlen(s->agree.told)}};
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, s->agree.told);
	buf_str(&b, lang_name(j));
	m.body = buf_get(&b);
	if (!b.err)
		sess_send(&s->sess, &m);
	buf_fini(&b);
}

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
		buf_str(&b, lang_name(j));
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

static void part_done(struct stt *s, struct pool_job *j)
{
	bool good = !j->err && j->text.source != SPEECH_NONE;
	int spoken_ms = (int)(s->part_n - s->start_n) / MS_N;

	s->part = NULL;
	if (j->err && j->err != -ECANCELED)
		log_error("speech", "reading along: %s", strerror(-j->err));
	if (j->err != -ECANCELED &&
	    agree_run(&s->agree, good ? sv_str(j->text.text) : SV(""),
		      spoken_ms))
		tell_grown(s, j);
	pool_job_free(j);
	grow(s);
}

/* He is silent: what he said so far may decide. */
static void guess_done(struct stt *s, const struct pool_job *j)
{
	if (j->err)
		return;
	drop_part(s); /* it knows less */
	s->read_n = s->pause_n;
	if (j->text.source != SPEECH_NONE)
		agree_whole(&s->agree, sv_str(j->text.text));
	tell_text(s, s->pause_n, s->pause_n, j, false);
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
			guess_done(s, j);
			end_early(s);
		} else if (s && j == s->part) {
			part_done(s, j);
		} else if (s) {
			flush(s);
		} else {
			pool_job_free(j);
		}
	}
}

static void ended(struct stt *s, const struct ear_event *ev)
{
	struct utter *u = calloc(1, sizeof(*u));

	drop_part(s);
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
		   start_whole(s, &u->job, ev->speech_ms, QUEUE_FINAL)) {
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
		s->start_n = s->read_n = ev->start_n;
		s->agree = (struct agree){0};
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
	if (!err)
		grow(s);
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
	drop_part(s);
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
