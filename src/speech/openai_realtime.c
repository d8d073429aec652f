#include "speech/openai_realtime.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/log.h"
#include "config.h"
#include "io/loop.h"
#include "io/wsc.h"
#include "proto/rt_sess.h"

enum {
	AHEAD_MAX = 4 << 20,	 /* bytes said ahead: over eight minutes */
	PENDING_MAX = 64 * 1024, /* what waits for the network: two seconds */
	FRAME_MAX = 1600,	 /* samples of one message to it */
};

struct s2s_env {
	struct speech_host host;
	char url[512], bearer[512];
	const char *headers[3];
};

/* What of an item waits to be granted. */
struct piece {
	uint32_t item;
	size_t n;
	bool last;
};

struct s2s_sess {
	struct s2s_env *env; /* may be gone when closedh ran */
	struct loop *loop;
	struct s2s_handlers h;
	struct rt_sess *rt;
	struct wsc *ws; /* NULL once closed */
	struct timer *timer;
	char call[64];
	int64_t first_n; /* position of what it was given first; -1 none yet */
	int64_t given_n; /* samples that it was given */
	bool told;	 /* closedh ran, or must not */
	bool closing;	 /* closedh is on its way */
	int err;
	char why[WSC_WHY_MAX];

	/* what it says */
	struct buf ahead;
	size_t ahead_at; /* of what was given out already */
	struct piece pieces[RT_SAYS];
	unsigned first, npieces;
	uint32_t begun;	 /* the newest item */
	uint32_t made_n; /* … of it so far */
	uint32_t cut;	 /* items up to it are dropped */
	uint32_t granted_n;
	bool giving;
	int64_t ended_ms; /* where the caller stopped last */
};

/* ---- life ---- */

static void sess_free(void *arg)
{
	struct s2s_sess *s = arg;

	rt_sess_free(s->rt);
	timer_free(s->timer);
	buf_fini(&s->ahead);
	free(s);
}

/* Freed once nobody refers to it. */
static void reap(struct s2s_sess *s)
{
	if (s->ws || !s->told)
		return;
	if (loop_defer(s->loop, sess_free, s))
		sess_free(s);
}

static void tell_closed(void *arg)
{
	struct s2s_sess *s = arg;

	s->told = true;
	s->h.closedh(s->err, sv_str(s->why), s->h.arg);
	reap(s);
}

/* The end: said in the next turn, the socket closes meanwhile. */
static void finish(struct s2s_sess *s, int err, struct sv why)
{
	if (s->closing)
		return;
	s->closing = true;
	s->err = err;
	(void)sv_copy(s->why, sizeof(s->why), why);
	timer_stop(s->timer);
	if (s->ws)
		wsc_close(s->ws, 1000);
	if (loop_defer(s->loop, tell_closed, s))
		tell_closed(s);
}

static bool silent(const struct s2s_sess *s)
{
	return s->closing;
}

static void rearm(struct s2s_sess *s)
{
	int64_t next_us = rt_sess_next_us(s->rt);

	if (silent(s))
		return;
	if (next_us == INT64_MAX)
		timer_stop(s->timer);
	else
		timer_at(s->timer, next_us);
}

static void on_timer(void *arg)
{
	struct s2s_sess *s = arg;

	if (silent(s))
		return;
	rt_sess_tick(s->rt, clock_mono_us());
	rearm(s);
}

/* ---- what it says ---- */

static struct piece *piece_at(struct s2s_sess *s, unsigned i)
{
	return &s->pieces[(s->first + i) % RT_SAYS];
}

static void piece_pop(struct s2s_sess *s)
{
	s->first = (s->first + 1) % RT_SAYS;
	s->npieces--;
	if (s->npieces)
		return;
	buf_reset(&s->ahead);
	s->ahead_at = 0;
}

/* The place of item, made when it is new: then the one before is complete. */
static struct piece *piece_of(struct s2s_sess *s, uint32_t item)
{
	struct piece *p = s->npieces ? piece_at(s, s->npieces - 1) : NULL;

	if (p && p->item == item)
		return p;
	if ((p && p->item > item) || item <= s->cut || item < s->begun ||
	    s->npieces == RT_SAYS)
		return NULL;
	if (p)
		p->last = true;
	if (item > s->begun) {
		s->begun = item;
		s->made_n = 0;
		s->h.beginh(item, s->h.arg);
	}
	if (silent(s) || item <= s->cut)
		return NULL;
	p = piece_at(s, s->npieces++);
	*p = (struct piece){.item = item};
	return p;
}

/* As much as may be given. Handlers may cut what we give. */
static void give(struct s2s_sess *s)
{
	struct piece *p;
	bool last;
	size_t n, at;

	if (s->giving)
		return;
	s->giving = true;
	while (s->npieces && !silent(s)) {
		p = piece_at(s, 0);
		n = MIN(p->n, s->granted_n);
		last = p->last && n == p->n;
		if (!n && !last)
			break;
		at = s->ahead_at;
		p->n -= n;
		s->ahead_at += n;
		s->granted_n -= (uint32_t)n;
		s->h.audioh(p->item, (const uint8_t *)s->ahead.p + at, n, last,
			    s->h.arg);
		if (last && s->npieces && piece_at(s, 0) == p && !p->n)
			piece_pop(s);
	}
	s->giving = false;
}

static void on_audio(uint32_t say, struct sv base64, void *arg)
{
	struct s2s_sess *s = arg;
	struct piece *p = silent(s) ? NULL : piece_of(s, say);
	size_t room = B64_LEN(base64.len) + 4;
	int n;

	if (!p)
		return;
	if (s->ahead_at > (1 << 20)) {
		buf_drop(&s->ahead, s->ahead_at);
		s->ahead_at = 0;
	}
	if (buf_room(&s->ahead, room)) {
		finish(s, -ENOBUFS, SV("it talks without end"));
		return;
	}
	n = b64_decode(s->ahead.p + s->ahead.len, room, base64);
	if (n < 0) {
		finish(s, -EBADMSG, SV("audio that is not base64"));
		return;
	}
	s->ahead.len += (size_t)n;
	p->n += (size_t)n;
	s->made_n += (uint32_t)n;
	give(s);
}

static void on_said(uint32_t say, struct sv text, bool last, void *arg)
{
	struct s2s_sess *s = arg;
	struct piece *p = silent(s) ? NULL : piece_of(s, say);

	if (silent(s) || say != s->begun || say <= s->cut)
		return;
	if (p && last)
		p->last = true;
	s->h.saidh(say, text, s->made_n, last, s->h.arg);
	give(s);
}

static void openai_grant(struct s2s_sess *s, uint32_t n)
{
	s->granted_n += n;
	give(s);
}

/* ---- the session's other news ---- */

static void on_send(struct sv msg, void *arg)
{
	struct s2s_sess *s = arg;

	if (s->ws && !silent(s) && wsc_send(s->ws, msg, false))
		finish(s, -ENOBUFS, SV("it does not read"));
}

static void on_ready(void *arg)
{
	struct s2s_sess *s = arg;

	if (!silent(s))
		s->h.readyh(s->h.arg);
}

/* It cannot have heard more than it was given. */
static int64_t place_n(const struct s2s_sess *s, int64_t ms)
{
	return MAX(s->first_n, 0) + MIN(ms * (TEL_RATE_HZ / 1000), s->given_n);
}

static void on_vad(bool began, int64_t ms, void *arg)
{
	struct s2s_sess *s = arg;

	if (!began)
		s->ended_ms = ms;
	if (!silent(s))
		s->h.vadh(began ? SPEECH_BEGAN : SPEECH_ENDED, place_n(s, ms),
			  s->h.arg);
}

static void on_turn(void *arg)
{
	struct s2s_sess *s = arg;

	if (!silent(s))
		s->h.turnh(place_n(s, s->ended_ms), s->h.arg);
}

static void on_heard(struct sv text, int64_t start_ms, int64_t end_ms,
		     void *arg)
{
	struct s2s_sess *s = arg;
	const struct speech_text t = {
		.start_n = place_n(s, start_ms),
		.end_n = place_n(s, end_ms),
		.text = text,
		.source = text.len ? SPEECH_FREE : SPEECH_NONE,
		.final = true,
	};

	if (!silent(s))
		s->h.texth(&t, s->h.arg);
}

static void on_call(uint32_t ref, struct sv name, struct sv args, void *arg)
{
	struct s2s_sess *s = arg;

	if (!silent(s))
		s->h.functionh(ref, name, args, s->h.arg);
}

int64_t openai_cost(const struct config *cfg, const struct s2s_usage *u)
{
	return u->text_in * cfg->openai.price_text_in +
	       u->text_cached * cfg->openai.price_text_cached +
	       u->text_out * cfg->openai.price_text_out +
	       u->audio_in * cfg->openai.price_audio_in +
	       u->audio_cached * cfg->openai.price_audio_cached +
	       u->audio_out * cfg->openai.price_audio_out +
	       u->heard * cfg->openai.price_heard;
}

static void on_usage(const struct rt_usage *r, void *arg)
{
	struct s2s_sess *s = arg;
	struct s2s_usage u = {
		.text_in = r->text_in,
		.text_cached = r->text_cached,
		.text_out = r->text_out,
		.audio_in = r->audio_in,
		.audio_cached = r->audio_cached,
		.audio_out = r->audio_out,
		.heard = r->heard,
	};

	u.ucents = openai_cost(s->env->host.cfg, &u);
	if (u.ucents && !silent(s))
		s->h.usageh(&u, s->h.arg);
}

static void on_old(void *arg)
{
	struct s2s_sess *s = arg;

	if (!silent(s))
		s->h.oldh(s->h.arg);
}

static void on_lost(int err, struct sv why, void *arg)
{
	finish(arg, err, why);
}

/* ---- the socket ---- */

static void on_open(struct wsc *c, struct sv head, void *arg)
{
	struct s2s_sess *s = arg;

	(void)c;
	(void)head;
	if (silent(s))
		return;
	rt_sess_opened(s->rt, clock_mono_us(), clock_wall_us());
	rearm(s);
}

static void on_recv(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct s2s_sess *s = arg;

	(void)c;
	if (binary || silent(s))
		return;
	rt_sess_recv(s->rt, msg, clock_mono_us());
	rearm(s);
}

static void on_closed(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct s2s_sess *s = arg;
	char why[WSC_WHY_MAX];
	int err = end->err ? end->err : -ECONNRESET;

	(void)c;
	s->ws = NULL;
	if (end->http == 401 || end->http == 403)
		err = -EACCES;
	if (end->http)
		snprintf(why, sizeof(why), "HTTP %d: %.*s", end->http,
			 SV_ARG(end->why));
	else
		snprintf(why, sizeof(why), "%.*s (%d)", SV_ARG(end->why),
			 end->code);
	finish(s, err, sv_str(why));
	reap(s);
}

static int connect_it(struct s2s_sess *s)
{
	const struct config *cfg = s->env->host.cfg;
	const struct wsc_prm prm = {
		.url = s->env->url,
		.ca_file = cfg->openai.api_ca,
		.headers = s->env->headers,
		.h = {.openh = on_open,
		      .recvh = on_recv,
		      .closedh = on_closed,
		      .arg = s},
	};

	return wsc_open(&s->ws, s->env->host.net, &prm);
}

/* ---- what the call asks ---- */

int openai_url(char *out, size_t size, const struct config *cfg)
{
	int n = snprintf(out, size, "%s/v1/realtime?model=%s",
			 cfg->openai.api_url, cfg->openai.realtime_model);

	return n > 0 && (size_t)n < size ? 0 : -ENOSPC;
}

static int openai_start(struct s2s_env **out, const struct speech_host *host)
{
	const struct config *cfg = host->cfg;
	struct s2s_env *e;

	if (!cfg->openai.api_key || !cfg->openai.api_key[0])
		return -ENOENT;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->host = *host;
	snprintf(e->bearer, sizeof(e->bearer), "Bearer %s",
		 cfg->openai.api_key);
	e->headers[0] = "Authorization";
	e->headers[1] = e->bearer;
	if (openai_url(e->url, sizeof(e->url), cfg)) {
		free(e);
		return -EINVAL;
	}
	if (host->net)
		(void)wsc_warm(host->net, e->url, cfg->openai.api_ca);
	*out = e;
	return 0;
}

static void openai_stop(struct s2s_env *e)
{
	free(e);
}

static int openai_open(struct s2s_sess **out, struct s2s_env *env,
		       const struct s2s_prm *prm, const struct s2s_handlers *h)
{
	const struct config *cfg = env->host.cfg;
	const struct rt_session_prm session = {
		.model = sv_str(cfg->openai.realtime_model),
		.voice = sv_str(cfg->openai.realtime_voice),
		.instructions = prm->instructions,
		.tools = prm->functions,
		.tools_n = prm->functions_n,
		.transcribe = sv_str(cfg->openai.transcribe_model),
		.lang = prm->lang,
		.semantic = !strcmp(cfg->openai.turns, "meaning"),
		.silence_ms = cfg->openai.silence_ms,
	};
	struct s2s_sess *s = calloc(1, sizeof(*s));
	const struct rt_handlers rh = {
		.sendh = on_send,
		.readyh = on_ready,
		.vadh = on_vad,
		.turnh = on_turn,
		.heardh = on_heard,
		.saidh = on_said,
		.audioh = on_audio,
		.callh = on_call,
		.usageh = on_usage,
		.oldh = on_old,
		.losth = on_lost,
		.arg = s,
	};
	int err = -ENOMEM;

	if (!s)
		return -ENOMEM;
	s->env = env;
	s->loop = env->host.loop;
	s->h = *h;
	s->first_n = prm->first_n;
	buf_init(&s->ahead, AHEAD_MAX);
	(void)sv_copy(s->call, sizeof(s->call), sv_str(prm->call));
	if (!rt_sess_new(&s->rt, &session, &rh) &&
	    !timer_new(&s->timer, env->host.loop, on_timer, s))
		err = connect_it(s);
	if (err) {
		sess_free(s);
		return err;
	}
	*out = s;
	return 0;
}

static int openai_send_audio(struct s2s_sess *s, const struct frame *f)
{
	char msg[B64_LEN(FRAME_MAX) + 64];
	struct buf b = {.p = msg, .cap = sizeof(msg), .max = sizeof(msg) - 1};
	int err;

	if (silent(s) || !rt_sess_live(s->rt))
		return -EAGAIN;
	if (f->n > FRAME_MAX)
		return -EINVAL;
	if (wsc_pending(s->ws) > PENDING_MAX)
		return -ENOBUFS;
	if (s->first_n < 0)
		s->first_n = f->at_n;
	rt_audio_append(&b, f->data, f->n);
	err = wsc_send(s->ws, buf_get(&b), false);
	if (!err)
		s->given_n += (int64_t)f->n;
	return err;
}

static void openai_tell(struct s2s_sess *s, const char *role, struct sv text)
{
	if (!silent(s))
		rt_sess_tell(s->rt, role, text);
}

static void openai_ask(struct s2s_sess *s, struct sv text)
{
	if (silent(s))
		return;
	rt_sess_ask(s->rt, text, clock_mono_us());
	rearm(s);
}

static void openai_result(struct s2s_sess *s, uint32_t ref, struct sv json,
			  bool answer)
{
	if (silent(s))
		return;
	rt_sess_result(s->rt, ref, json, answer, clock_mono_us());
	rearm(s);
}

static void openai_interrupt(struct s2s_sess *s)
{
	if (silent(s))
		return;
	rt_sess_interrupt(s->rt, clock_mono_us());
	s->cut = s->begun;
	s->npieces = 0;
	s->granted_n = 0;
	buf_reset(&s->ahead);
	s->ahead_at = 0;
	rearm(s);
}

static void openai_cut(struct s2s_sess *s, uint32_t item, uint32_t heard_n)
{
	if (!silent(s))
		rt_sess_cut(s->rt, item, heard_n);
}

static bool openai_idle(const struct s2s_sess *s)
{
	return !silent(s) && !s->npieces && rt_sess_idle(s->rt);
}

static void openai_close(struct s2s_sess *s)
{
	finish(s, 0, SV("closed"));
}

const struct s2s s2s_openai = {
	.name = "openai",
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.start = openai_start,
	.stop = openai_stop,
	.open = openai_open,
	.send_audio = openai_send_audio,
	.tell = openai_tell,
	.ask = openai_ask,
	.result = openai_result,
	.interrupt = openai_interrupt,
	.cut = openai_cut,
	.grant = openai_grant,
	.idle = openai_idle,
	.close = openai_close,
};
