#include "media/media.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "media/session.h"

enum { TICK_MS = 20, RECORDER_TICKS = 10 };

static void tick(void *arg)
{
	struct media *m = arg;
	struct list *i, *next;
	int64_t now_us = clock_mono_us();

	if (m->tick_us)
		counts_hist_add(&m->prm.counts->lag,
				(now_us - m->tick_us) / 1000 - TICK_MS);
	m->tick_us = now_us;

	LIST_FOREACH_SAFE (i, next, &m->sessions)
		session_tick(list_entry(i, struct session, node), now_us);
	if (m->recorder && ++m->ticks % RECORDER_TICKS == 0)
		recorder_kick(m->recorder);
}

/* A provider by name; started once, whoever needs it. */
static int use(const struct provider **out, struct media *m, const char *name)
{
	const struct speech_host host = {
		.loop = m->prm.loop,
		.cfg = m->prm.cfg,
		.net = m->prm.net,
		.local_path = m->prm.speech_path,
		.counts = &m->prm.counts->cloud,
	};
	const struct speech *p = speech_find(sv_str(name));
	struct provider *at = m->providers;
	int err;

	if (!p)
		return -ENOENT;
	while (at->p && at->p != p)
		if (++at == m->providers + PROVIDERS_MAX)
			return -ENOSPC;
	if (!at->p) {
		err = p->start(&at->env, &host);
		if (err)
			return err;
		at->p = p;
	}
	*out = at;
	return 0;
}

static void stop_providers(struct media *m)
{
	for (size_t i = 0; i < PROVIDERS_MAX; i++)
		if (m->providers[i].p)
			m->providers[i].p->stop(m->providers[i].env);
	if (m->model)
		m->model->stop(m->model_env);
}

/* With a key any business may choose it; without one the script talks. */
static void start_model(struct media *m)
{
	const struct speech_host host = {
		.loop = m->prm.loop,
		.cfg = m->prm.cfg,
		.net = m->prm.net,
	};
	int err;

	for (size_t i = 0; s2s_all[i] && !m->model; i++) {
		err = s2s_all[i]->start(&m->model_env, &host);
		if (!err)
			m->model = s2s_all[i];
		else if (err != -ENOENT)
			log_error("media", "%s cannot be used: %s",
				  s2s_all[i]->name, strerror(-err));
	}
	if (!m->model && strcmp(m->prm.cfg->assistant.kind, "script"))
		log_error("media",
			  "assistant.kind is %s, but it has no key: the "
			  "script talks with callers",
			  m->prm.cfg->assistant.kind);
}

static int open_recorder(struct media *m)
{
	const struct recorder_prm prm = {
		.loop = m->prm.loop,
		.dir = m->prm.recordings_dir,
		.bps = m->prm.cfg->recordings.bps,
	};

	return prm.dir ? recorder_new(&m->recorder, &prm) : 0;
}

int media_new(struct media **out, const struct media_prm *prm)
{
	struct media *m = calloc(1, sizeof(*m));
	int err = -ENOMEM;

	if (!m)
		return -ENOMEM;
	m->prm = *prm;
	list_init(&m->sessions);
	buf_init(&m->out, 0);
	err = use(&m->local, m, "local");
	if (!err)
		err = use(&m->hears, m, prm->cfg->speech.stt);
	if (!err)
		err = use(&m->speaks, m, prm->cfg->speech.tts);
	if (err)
		goto fail;
	start_model(m);
	err = open_recorder(m);
	if (!err)
		err = timer_new(&m->tick, prm->loop, tick, m);
	if (err)
		goto fail;
	timer_every(m->tick, TICK_MS);
	*out = m;
	return 0;
fail:
	media_free(m);
	return err;
}

void media_cut(struct media *m)
{
	struct list *i, *next;

	m->cut = true;
	LIST_FOREACH_SAFE (i, next, &m->sessions)
		session_close(list_entry(i, struct session, node), 1001,
			      "the worker stops");
}

bool media_is_cut(const struct media *m)
{
	return m->cut;
}

void media_last(struct media *m)
{
	buf_fini(&m->out);
	free(m);
}

struct media *media_free(struct media *m)
{
	if (!m)
		return NULL;
	media_cut(m);
	m->recorder = recorder_free(m->recorder);
	/* Sessions whose sockets and answers are still to end need it: the
	 * last of them frees it. */
	m->dying = true;
	m->tick = timer_free(m->tick);
	stop_providers(m);
	if (!m->n)
		media_last(m);
	return NULL;
}

int media_accept(struct media *m, const struct carrier *carrier,
		 struct sv nonce, struct web_sock_handlers *h)
{
	const struct playq_prm playq = {
		.cap_ms = PLAYQ_MS,
		.ahead_ms = m->prm.cfg->media.send_ahead_ms,
		.mark_ms = 200,
		.frame_ms = 20,
		.probe = true,
		.again_ms = 100,
	};
	struct session *s;

	if (m->cut)
		return 503;
	if (!nonce.len || nonce.len > UUID_LEN)
		return 404;
	s = calloc(1, sizeof(*s));
	if (!s)
		return 503;
	s->m = m;
	s->carrier = carrier;
	s->reply_ms = -1;
	s->hangover_ms = 600;
	s->vad_n = s->open_n = -1;
	s->hold_n = INT64_MAX;
	s->opened_us = clock_mono_us();
	sv_copy(s->nonce.s, sizeof(s->nonce.s), nonce);
	buf_init(&s->items, 256 * 1024);
	list_add(&m->sessions, &s->node);
	m->n++;
	if (ring_init(&s->ring, RING_MS * TEL_RATE_HZ / 1000) ||
	    tongue_new(&s->tongue, carrier->codec, carrier->rate_hz) ||
	    playq_new(&s->playq, &playq) ||
	    near_new(&s->near, strcmp(m->prm.cfg->media.echo, "off"))) {
		s->state = SESSION_CLOSING;
		session_reap(s);
		return 503;
	}
	*h = (struct web_sock_handlers){session_recv, session_closed, s};
	return 0;
}

void media_opened(struct web_sock *sock, void *arg)
{
	struct session *s = arg;

	s->sock = sock;
}

unsigned media_calls(const struct media *m)
{
	return m->n;
}

void media_drain(struct media *m, loop_h *doneh, void *arg)
{
	m->draining = true;
	m->drained = doneh;
	m->drained_arg = arg;
	if (!m->n)
		doneh(arg);
}
