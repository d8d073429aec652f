/*
 * deepgram: Deepgram's live recogniser. One connection per session, opened
 * while the call begins; audio that comes before is offered again by the
 * caller's ring. A connection that is lost is made anew, and hears again what
 * has no final text. What cannot be repaired within three seconds, or twice in
 * a row, ends the session: another recogniser takes over.
 *
 * Sources: developers.deepgram.com (live streaming, lower-level WebSockets,
 * errors), its API's schema; see proto/dg.h for the messages.
 */
#include "speech/deepgram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "config.h"
#include "io/wsc.h"
#include "proto/dg.h"
#include "proto/dg_turns.h"
#include "proto/ws.h"
#include "speech/breaker.h"
#include "speech/counts.h"

enum {
	CONNECT_MS = 3000, /* of one attempt */
	REPAIR_MS = 3000,  /* without a connection, then it is given up */
	AGAIN_MAX = 2,	   /* repairs in a row */
	GOOD_MS = 30000,   /* … a connection that lived so long ends it */
	JITTER_MS = 100,   /* not all calls come back at one instant */
	BACKOFF_MS = 250,
	KEEPALIVE_MS = 4000,
	MUTE_N = 20 * DG_RATE_HZ, /* audio went out, nothing came back */
	TICK_MS = 100,
	GOODBYE_MS = 900,	  /* for the answer to CloseStream */
	PENDING_MAX = 20000,	  /* 2 s of audio and the frames around it */
	FULL_MS = 3000,		  /* … that the network does not take */
	BURST_N = 2 * DG_RATE_HZ, /* older audio goes out at once, … */
	SILENCE_N = 160,
	HOLE_MAX_N = 2 * DG_RATE_HZ,
	ENDPOINT_MS = 300,
	BIAS_MAX = 8192,
};

#define CATCH_UP 1.25 /* … then so much faster than real time */
#define SURE 0.4f     /* less confidence is a guess */

struct speech_env {
	struct speech_host host;
	struct list sessions;
	struct breaker breaker;
	struct speech_counts *counts, none;
};

enum state {
	STATE_WAITING, /* to connect (again) */
	STATE_CONNECTING,
	STATE_OPEN,
	STATE_CLOSING, /* CloseStream is out */
	STATE_DEAD,    /* closedh follows */
};

struct speech_sess {
	struct list node;
	struct speech_env *e;
	struct speech_handlers h;
	enum state state;
	struct wsc *c;
	struct timer *timer;
	char call[64], lang[16], request_id[64];
	struct buf bias;
	struct dg_turns turns;
	int64_t base_n; /* first sample of this connection; -1: none yet */
	int64_t next_n; /* the next one */
	int64_t sent_n; /* on this connection */
	int64_t told_n; /* … when it last said something */
	int64_t open_us, try_us, lost_us, audio_us, message_us, full_us;
	int64_t began_us; /* somebody began to talk, a detector says */
	int64_t ended_us; /* for the histogram */
	unsigned again;
	bool stalled;
	int err;
};

/* ---- the end ---- */

static void sess_free(struct speech_sess *s)
{
	list_del(&s->node);
	timer_free(s->timer);
	buf_fini(&s->bias);
	free(s);
}

/* closedh follows in a later turn, once the connection is gone, too. */
static void die(struct speech_sess *s, int err)
{
	if (s->state == STATE_DEAD)
		return;
	s->state = STATE_DEAD;
	s->err = err;
	if (err)
		counts_add(&s->e->counts->given_up);
	if (s->c)
		wsc_close(s->c, WS_CLOSE_LOST);
	else
		timer_at(s->timer, 0);
}

static void finish(struct speech_sess *s)
{
	struct speech_handlers h = s->h;
	int err = s->err;

	sess_free(s);
	if (h.closedh)
		h.closedh(err, h.arg);
}

/* ---- what it says ---- */

static void on_began(int64_t at_n, void *arg)
{
	struct speech_sess *s = arg;

	if (s->h.vadh)
		s->h.vadh(SPEECH_BEGAN, at_n, s->h.arg);
}

static void on_ended(int64_t at_n, void *arg)
{
	struct speech_sess *s = arg;

	if (s->h.vadh)
		s->h.vadh(SPEECH_ENDED, at_n, s->h.arg);
}

static void on_text(const struct dg_text *t, void *arg)
{
	struct speech_sess *s = arg;
	const struct speech_text out = {
		.start_n = t->start_n,
		.end_n = t->end_n,
		.text = t->text,
		.lang = t->lang.len ? t->lang : sv_str(s->lang),
		.source = t->text.len && t->confidence >= SURE ? SPEECH_FREE
							       : SPEECH_NONE,
		.final = t->final,
		.score = t->confidence > 0 ? logf(t->confidence) : -10.f,
	};

	if (t->final && s->ended_us) {
		counts_hist_add(&s->e->counts->final,
				(clock_mono_us() - s->ended_us) / 1000);
		s->ended_us = 0;
	}
	if (s->h.texth)
		s->h.texth(&out, s->h.arg);
}

static void send_control(struct speech_sess *s, const char *json)
{
	/* As text: in a binary frame it would be heard as audio. */
	if (s->c && wsc_is_open(s->c))
		(void)wsc_send(s->c, sv_str(json), false);
}

static void on_finalize(void *arg)
{
	send_control(arg, "{\"type\":\"Finalize\"}");
}

static void on_recv(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct speech_sess *s = arg;
	bool wrong = s->turns.wrong;
	struct dg_msg m;

	(void)c;
	s->message_us = clock_mono_us();
	s->told_n = s->sent_n;
	if (binary || dg_parse(&m, msg)) {
		log_line(LOG_LEVEL_WARN, "deepgram", s->call,
			 "a message that is not its JSON");
		wsc_close(s->c, WS_CLOSE_LOST);
		return;
	}
	breaker_good(&s->e->breaker);
	if (m.kind == DG_ERROR)
		log_line(LOG_LEVEL_WARN, "deepgram", s->call, "says: %s",
			 m.text);
	if (s->state == STATE_CLOSING && m.kind == DG_METADATA)
		wsc_close(s->c, WS_CLOSE_NORMAL);
	if (s->state != STATE_OPEN)
		return;
	m.start_n += s->base_n;
	m.end_n += s->base_n;
	m.first_n += s->base_n;
	m.last_n += s->base_n;
	dg_turns_heard(&s->turns, &m, s->message_us);
	if (s->turns.wrong && !wrong)
		log_line(LOG_LEVEL_WARN, "deepgram", s->call,
			 "tells of audio that it did not get: cut to what it "
			 "got (logged once)");
}

/* ---- the connection ---- */

static void on_open(struct wsc *c, struct sv head, void *arg)
{
	struct speech_sess *s = arg;
	struct sv id = {NULL, 0};

	(void)c;
	(void)ws_header(head, "dg-request-id", &id);
	(void)sv_copy(s->request_id, sizeof(s->request_id), id);
	s->state = STATE_OPEN;
	s->open_us = clock_mono_us();
	s->message_us = s->audio_us = s->open_us;
	if (!s->again) /* the first one: nothing was lost */
		s->lost_us = 0;
	dg_turns_wait(&s->turns, s->open_us);
	s->full_us = 0;
	counts_add(&s->e->counts->opened);
	counts_hist_add(&s->e->counts->connect,
			(s->open_us - s->try_us) / 1000);
	log_line(LOG_LEVEL_INFO, "deepgram", s->call, "connected, request %s",
		 s->request_id);
}

static void say_broken(struct speech_sess *s, const struct wsc_end *end,
		       bool final)
{
	struct breaker *b = &s->e->breaker;
	bool first = breaker_failed(b, final, clock_mono_us());

	if (first && end->http && final)
		log_error("deepgram",
			  "refuses us with %d: %.*s. Nobody asks it for %d s; "
			  "see deepgram.api_key, deepgram.model",
			  end->http, SV_ARG(end->body), BREAKER_MS / 1000);
	else if (first)
		log_error("deepgram", "%.*s. Nobody asks it for %d s",
			  SV_ARG(end->why), BREAKER_MS / 1000);
}

/* So long it has no connection that another one must hear the caller. */
static bool is_late(const struct speech_sess *s, int64_t now_us)
{
	return s->lost_us && now_us - s->lost_us >= REPAIR_MS * INT64_C(1000);
}

/* Another connection, or no more. */
static void repair(struct speech_sess *s, const struct wsc_end *end)
{
	int64_t now_us = clock_mono_us();
	uint16_t chance;

	if (end->opened && now_us - s->open_us > GOOD_MS * INT64_C(1000))
		s->again = 0;
	if (!s->lost_us)
		s->lost_us = now_us;
	if (!wsc_end_retryable(end) || s->again >= AGAIN_MAX ||
	    breaker_open(&s->e->breaker, now_us) || is_late(s, now_us)) {
		die(s, end->err ? end->err : -ECONNRESET);
		return;
	}
	clock_random(&chance, sizeof(chance));
	s->state = STATE_WAITING;
	s->try_us = now_us + (chance % JITTER_MS +
			      (end->opened ? 0 : BACKOFF_MS << s->again)) *
				     INT64_C(1000);
	s->again++;
	counts_add(&s->e->counts->again);
	if (s->h.againh)
		s->h.againh(dg_turns_again(&s->turns), s->h.arg);
	timer_at(s->timer, MIN(s->try_us, now_us + TICK_MS * 1000));
}

static void on_closed(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct speech_sess *s = arg;
	bool short_lived =
		clock_mono_us() - s->open_us < BREAKER_LIVED_MS * INT64_C(1000);

	(void)c;
	s->c = NULL;
	s->base_n = -1;
	if (s->state == STATE_DEAD || s->state == STATE_CLOSING) {
		finish(s);
		return;
	}
	counts_add(&s->e->counts->failed[s->stalled ? SPEECH_FAIL_LATE
						    : speech_failure_of(end)]);
	s->stalled = false;
	log_line(LOG_LEVEL_WARN, "deepgram", s->call,
		 "%s: code %d, http %d, request %s: %.*s",
		 end->opened ? "lost" : "no connection", end->code, end->http,
		 s->request_id, SV_ARG(end->why));
	if (!end->opened || short_lived)
		say_broken(s, end, !wsc_end_retryable(end));
	repair(s, end);
}

static void make_url(struct buf *b, const struct speech_sess *s)
{
	const struct config *cfg = s->e->host.cfg;
	const char *set = cfg->deepgram.language;
	const struct dg_prm prm = {.base = cfg->deepgram.api_url,
				   .model = cfg->deepgram.model,
				   .language = set && set[0] ? set : s->lang,
				   .endpointing_ms = ENDPOINT_MS,
				   .terms = buf_get(&s->bias)};

	dg_url(b, &prm);
}

static void connect_now(struct speech_sess *s)
{
	const struct config *cfg = s->e->host.cfg;
	char auth[300];
	const char *const headers[] = {"Authorization", auth, NULL};
	struct wsc_prm prm = {
		.ca_file = cfg->deepgram.api_ca,
		.headers = headers,
		.timeout_ms = CONNECT_MS,
		.pending_max = PENDING_MAX,
		.h = {.openh = on_open,
		      .recvh = on_recv,
		      .closedh = on_closed,
		      .arg = s},
	};
	struct buf url;
	int err;

	snprintf(auth, sizeof(auth), "Token %s", cfg->deepgram.api_key);
	buf_init(&url, 32768);
	make_url(&url, s);
	prm.url = url.p;
	s->try_us = clock_mono_us();
	s->state = STATE_CONNECTING;
	s->base_n = -1;
	s->sent_n = s->told_n = 0;
	err = url.err ? url.err : wsc_open(&s->c, s->e->host.net, &prm);
	buf_fini(&url);
	explicit_bzero(auth, sizeof(auth));
	if (err) {
		s->c = NULL;
		log_line(LOG_LEVEL_ERROR, "deepgram", s->call,
			 "cannot connect: %s", strerror(-err));
		die(s, err);
	}
}

/* ---- time ---- */

static void give_up(struct speech_sess *s, int64_t now_us)
{
	log_line(LOG_LEVEL_WARN, "deepgram", s->call, "no connection for %d ms",
		 REPAIR_MS);
	counts_add(&s->e->counts->failed[SPEECH_FAIL_LATE]);
	if (breaker_failed(&s->e->breaker, false, now_us))
		log_error("deepgram",
			  "cannot be reached. Nobody asks it for %d s",
			  BREAKER_MS / 1000);
	die(s, -ETIMEDOUT);
}

/* A whole turn long it said nothing, and its text is due: it has stalled. */
static bool is_mute(const struct speech_sess *s, int64_t now_us)
{
	return s->turns.led && dg_turns_next_us(&s->turns) <= now_us &&
	       s->message_us < s->began_us;
}

static void tick_open(struct speech_sess *s, int64_t now_us)
{
	if (is_mute(s, now_us)) {
		/* Another one reads it sooner than a new connection would. */
		log_line(LOG_LEVEL_WARN, "deepgram", s->call,
			 "says nothing, request %s", s->request_id);
		counts_add(&s->e->counts->failed[SPEECH_FAIL_LATE]);
		if (breaker_failed(&s->e->breaker, false, now_us))
			log_error("deepgram", "stalls. Nobody asks it for %d s",
				  BREAKER_MS / 1000);
		die(s, -ETIMEDOUT);
		return;
	}
	dg_turns_tick(&s->turns, now_us);
	if (s->sent_n && now_us - s->audio_us > KEEPALIVE_MS * INT64_C(1000)) {
		s->audio_us = now_us;
		send_control(s, "{\"type\":\"KeepAlive\"}");
	}
	if (s->lost_us && now_us - s->open_us > BREAKER_LIVED_MS * 1000LL)
		s->lost_us = 0;
	/* Its silence while it owes us words is a stall, a pong proves nothing;
	 * a queue that does not move is a line that died. */
	if (s->sent_n - s->told_n > MUTE_N ||
	    (s->full_us && now_us - s->full_us > FULL_MS * INT64_C(1000))) {
		log_line(LOG_LEVEL_WARN, "deepgram", s->call, "has stalled");
		s->stalled = true;
		wsc_close(s->c, WS_CLOSE_LOST);
	}
}

static void on_timer(void *arg)
{
	struct speech_sess *s = arg;
	int64_t now_us = clock_mono_us();

	switch (s->state) {
	case STATE_DEAD:
		if (!s->c)
			finish(s);
		return;
	case STATE_CLOSING:
		die(s, 0);
		return;
	case STATE_WAITING:
		if (is_late(s, now_us))
			give_up(s, now_us);
		else if (now_us >= s->try_us)
			connect_now(s);
		break;
	case STATE_OPEN:
		tick_open(s, now_us);
		break;
	case STATE_CONNECTING:
		if (is_late(s, now_us))
			give_up(s, now_us);
		break;
	}
	if (s->state != STATE_DEAD)
		timer_at(s->timer, now_us + TICK_MS * 1000);
}

/* ---- what the call asks ---- */

static int dg_open(struct speech_sess **out, struct speech_env *e,
		   const struct speech_prm *prm,
		   const struct speech_handlers *h)
{
	const struct dg_turns_handlers turns = {.beganh = on_began,
						.endedh = on_ended,
						.texth = on_text,
						.finalizeh = on_finalize};
	struct dg_turns_handlers mine = turns;
	struct speech_sess *s;
	int err;

	if (prm->caps != SPEECH_STT)
		return -ENOTSUP;
	if (breaker_open(&e->breaker, clock_mono_us()))
		return -EAGAIN;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->e = e;
	s->h = *h;
	s->base_n = -1;
	mine.arg = s;
	dg_turns_init(&s->turns, &mine);
	(void)sv_copy(s->call, sizeof(s->call), sv_str(prm->call));
	(void)sv_copy(s->lang, sizeof(s->lang),
		      sv_str(prm->lang ? prm->lang : "en"));
	buf_init(&s->bias, BIAS_MAX);
	err = timer_new(&s->timer, e->host.loop, on_timer, s);
	if (err) {
		free(s);
		return err;
	}
	s->lost_us = clock_mono_us(); /* there is none from the beginning on */
	/* In the next turn: by then it is known which words are expected. */
	timer_at(s->timer, 0);
	list_add(&e->sessions, &s->node);
	*out = s;
	return 0;
}

/* Its times are those of the audio it got: a hole would shift them. */
static int fill(struct speech_sess *s, int64_t n)
{
	uint8_t b[SILENCE_N];
	int err = 0;

	memset(b, ULAW_SILENCE, sizeof(b));
	while (n > 0 && !err) {
		size_t k = (size_t)MIN(n, (int64_t)sizeof(b));

		err = wsc_send(s->c, (struct sv){(char *)b, k}, true);
		if (!err) {
			s->next_n += (int64_t)k;
			s->sent_n += (int64_t)k;
			n -= (int64_t)k;
		}
	}
	return err;
}

/* Older audio may not come as fast as the network takes it. */
static bool too_fast(const struct speech_sess *s, size_t n, int64_t now_us)
{
	double may = BURST_N + (double)(now_us - s->open_us) * CATCH_UP *
				       DG_RATE_HZ / 1e6;

	return (double)(s->sent_n + (int64_t)n) > may;
}

static int put(struct speech_sess *s, struct sv bytes, int64_t now_us)
{
	int err = wsc_send(s->c, bytes, true);

	if (err) {
		if (err == -ENOBUFS && !s->full_us)
			s->full_us = now_us;
		return err;
	}
	s->full_us = 0;
	s->audio_us = now_us;
	s->next_n += (int64_t)bytes.len;
	s->sent_n += (int64_t)bytes.len;
	dg_turns_sent(&s->turns, s->next_n);
	return 0;
}

static int dg_send_audio(struct speech_sess *s, const struct frame *f)
{
	struct sv bytes = {(const char *)f->data, f->len};
	int64_t now_us, hole;

	if (s->state != STATE_OPEN)
		return -EAGAIN;
	if (!f->len) /* an empty frame would end the stream */
		return 0;
	now_us = clock_mono_us();
	if (s->base_n < 0)
		s->base_n = s->next_n = f->at_n;
	hole = f->at_n - s->next_n;
	if (hole < 0) { /* it has that already */
		bytes.p += MIN(-hole, (int64_t)bytes.len);
		bytes.len -= (size_t)MIN(-hole, (int64_t)bytes.len);
		if (!bytes.len)
			return 0;
	}
	if (too_fast(s, bytes.len, now_us))
		return -EAGAIN;
	if (hole > HOLE_MAX_N) { /* positions would be worth nothing */
		wsc_close(s->c, WS_CLOSE_LOST);
		return -EAGAIN;
	}
	if (hole > 0 && fill(s, hole))
		return -EAGAIN;
	return put(s, bytes, now_us);
}

static void dg_expect(struct speech_sess *s, const struct speech_expect *x)
{
	/* Only a new connection can take them. */
	buf_reset(&s->bias);
	buf_sv(&s->bias, x->bias);
}

static void dg_lead(struct speech_sess *s, bool on)
{
	dg_turns_lead(&s->turns, on);
}

static void dg_turn(struct speech_sess *s, enum speech_vad v, int64_t at_n)
{
	int64_t now_us = clock_mono_us();

	if (v == SPEECH_BEGAN) {
		s->began_us = now_us;
		dg_turns_began(&s->turns, at_n);
		return;
	}
	s->ended_us = now_us;
	dg_turns_ended(&s->turns, at_n,
		       s->state == STATE_OPEN && s->base_n >= 0 ? s->next_n : 0,
		       now_us);
}

static void dg_close(struct speech_sess *s)
{
	struct speech_handlers h = {.closedh = s->h.closedh, .arg = s->h.arg};

	s->h = h;
	if (s->state == STATE_OPEN) {
		s->state = STATE_CLOSING;
		send_control(s, "{\"type\":\"CloseStream\"}");
		timer_at(s->timer, clock_mono_us() + GOODBYE_MS * 1000);
	} else if (s->state != STATE_CLOSING) {
		die(s, 0);
	}
}

/* ---- the worker ---- */

static int dg_start(struct speech_env **out, const struct speech_host *host)
{
	const struct config *cfg = host->cfg;
	struct speech_env *e;
	int err;

	if (!cfg->deepgram.api_key) {
		log_error("deepgram", "deepgram.api_key is not set");
		return -EINVAL;
	}
	err = wsc_warm(host->net, cfg->deepgram.api_url, cfg->deepgram.api_ca);
	if (err) {
		log_error("deepgram", "deepgram.api_url, deepgram.api_ca: %s",
			  strerror(-err));
		return err;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->host = *host;
	e->counts = host->counts ? host->counts : &e->none;
	list_init(&e->sessions);
	*out = e;
	return 0;
}

static void dg_stop(struct speech_env *e)
{
	while (!list_empty(&e->sessions)) {
		struct speech_sess *s =
			list_entry(e->sessions.next, struct speech_sess, node);
		struct wsc *c = s->c;

		s->state = STATE_DEAD;
		s->err = -ECANCELED;
		s->c = NULL;
		if (c)
			wsc_drop(c);
		finish(s);
	}
	free(e);
}

static const char *dg_hears(struct speech_env *e)
{
	const char *set = e->host.cfg->deepgram.language;

	if (!set || !set[0] || !strcmp(set, "multi"))
		return "en es";
	return sv_starts(sv_str(set), "es") ? "es" : "en";
}

const struct speech speech_deepgram = {
	.name = "deepgram",
	.caps = SPEECH_STT,
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.start = dg_start,
	.stop = dg_stop,
	.hears = dg_hears,
	.open = dg_open,
	.send_audio = dg_send_audio,
	.expect = dg_expect,
	.lead = dg_lead,
	.turn = dg_turn,
	.close = dg_close,
};
