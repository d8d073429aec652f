#include "media/session.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/log.h"
#include "media/past.h"
#include "media/waits.h"
#include "proto/stream_token.h"

/* ---- life ---- */

static void reap(void *arg)
{
	struct session *s = arg;

	call_free(s->call);
	playq_free(s->playq);
	near_free(s->near);
	ring_fini(&s->ring);
	tongue_free(s->tongue);
	buf_fini(&s->items);
	for (size_t i = 0; i < ARRAY_LEN(s->expect_text); i++)
		free(s->expect_text[i]);
	free(s->context);
	past_free(s->model.past);
	free(s);
}

void session_reap(struct session *s)
{
	struct media *m = s->m;

	if (s->state != SESSION_CLOSING || s->sock || !listen_over(s) ||
	    !model_gone(s) || s->tts || s->pending || s->pumping ||
	    !s->node.next)
		return;
	list_del(&s->node);
	m->n--;
	/* Its callers are still on the stack: the memory goes afterwards. */
	if (loop_defer(m->prm.loop, reap, s))
		reap(s);
	if (m->n)
		return;
	if (m->dying)
		media_last(m);
	else if (m->draining)
		m->drained(m->drained_arg);
}

void session_bye(struct session *s)
{
	bool due = s->bye_us != 0;

	s->bye_us = 0;
	if (due && s->sock)
		web_sock_close(s->sock, 1000);
}

void session_close(struct session *s, int code, const char *why)
{
	bool told;

	if (s->state == SESSION_CLOSING) {
		session_bye(s);
		return;
	}
	if (code != 1000)
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "closing the stream: %s", why);
	s->state = SESSION_CLOSING;
	store_flush(s);
	if (!s->ended_by)
		s->ended_by = code == 1000 ? "assistant" : "lost";
	record_close(s);
	told = store_end(s, s->ended_by);
	listen_close(s);
	model_close(s);
	voice_close(s);
	/* What the carrier asks next is answered by what the desk knows. */
	if (told && code == 1000 && s->sock)
		s->bye_us = clock_mono_us() + WAIT_OVER_MS * INT64_C(1000);
	else if (s->sock)
		web_sock_close(s->sock, code);
	session_reap(s);
}

/*
 * The caller hung up. What he said last is still read and acted upon; the
 * engine says when that is done.
 */
static void leave(struct session *s)
{
	if (s->left_us)
		return;
	s->left_us = clock_mono_us();
	s->ended_by = "caller";
	ear_hush(s);
	session_input(s, (struct call_ev){.kind = CALL_EV_GONE});
}

void session_closed(struct web_sock *sock, int code, void *arg)
{
	struct session *s = arg;

	(void)sock;
	s->sock = NULL;
	if (s->state == SESSION_LIVE && s->left_us)
		return;
	if (s->state == SESSION_LIVE && (code == 1000 || code == 1005)) {
		leave(s);
		return;
	}
	if (s->state == SESSION_LIVE) {
		s->ended_by = "lost";
		session_input(s, (struct call_ev){.kind = CALL_EV_GONE,
						  .err = -ECONNRESET});
		store_flush(s);
		record_close(s);
		store_end(s, s->ended_by);
	}
	if (s->state != SESSION_CLOSING) {
		s->state = SESSION_CLOSING;
		listen_close(s);
		model_close(s);
		voice_close(s);
	}
	session_reap(s);
}

/* ---- the engine ---- */

static void count_stall(struct media_counts *c, struct sv name)
{
	const struct timer_row *row;

	for (size_t i = 0; i < MEDIA_TIMERS_MAX; i++) {
		row = timers_table(i);
		if (row && sv_eq(name, row->name))
			counts_add(&c->stalls[i]);
		if (!row)
			return;
	}
}

/* Once a row: how the call stood, for who has to find out why. */
static void on_stall(struct session *s, struct sv name)
{
	char state[512];

	count_stall(s->m->prm.counts, name);
	call_dump(s->call, state, sizeof(state));
	log_line(LOG_LEVEL_WARN, "call", s->id, "waited too long: %.*s (%s)",
		 SV_ARG(name), state);
}

static void segment(struct session *s, const struct call_fx *fx)
{
	bool caller = fx->leg == CALL_LEG_CALLER;

	if (caller && !fx->final) {
		store_partial(s, fx);
		return;
	}
	if (caller)
		cards_keep(&s->cards, fx);
	if (fx->rev == 1)
		counts_add(&s->m->prm.counts->turns[!caller]);
	model_segment(s, fx);
	store_segment(s, fx);
}

static void carry_out(struct session *s, const struct call_fx *fx)
{
	switch (fx->kind) {
	case CALL_FX_SAY:
		model_told(s, fx->text);
		voice_text(s, fx->utt, fx->text, fx->lang);
		break;
	case CALL_FX_WITHHOLD:
		counts_add(&s->m->prm.counts->suspected);
		playq_withhold(s->playq, clock_mono_us());
		break;
	case CALL_FX_RESUME:
		counts_add(&s->m->prm.counts->resumed);
		playq_resume(s->playq, clock_mono_us());
		break;
	case CALL_FX_CLEAR:
		counts_add(&s->m->prm.counts->cut);
		voice_clear(s, fx->utt);
		break;
	case CALL_FX_EXPECT:
		listen_expect(s, fx);
		break;
	case CALL_FX_TOOL:
		record_tool(s, fx->name, fx->args);
		store_tool(s, fx);
		break;
	case CALL_FX_SEGMENT:
		segment(s, fx);
		break;
	case CALL_FX_CONSENT:
		record_consent(s);
		break;
	case CALL_FX_TURN:
		s->reply_ms = (int)((fx->spoke_us - fx->ended_us) / 1000);
		s->reply_seq = 0;
		counts_hist_add(&s->m->prm.counts->reply, s->reply_ms);
		log_line(LOG_LEVEL_INFO, "call", s->id, "reply after %d ms",
			 s->reply_ms);
		break;
	case CALL_FX_TIMER:
		waits_timer(s->m->prm.counts, fx->name);
		break;
	case CALL_FX_STALL:
		on_stall(s, fx->name);
		break;
	case CALL_FX_HANGUP:
		sv_copy(s->outcome, sizeof(s->outcome), fx->outcome);
		break;
	case CALL_FX_PLAY:
	case CALL_FX_CUT:
	case CALL_FX_ANSWER:
	case CALL_FX_RESULT:
	case CALL_FX_DISMISS:
		model_effect(s, fx);
		break;
	}
}

static void feed(struct session *s, struct call_ev *ev)
{
	struct call_fxs fxs;

	ev->t_us = clock_mono_us();
	ev->wall_ms = clock_wall_us() / 1000;
	fxs = call_input(s->call, ev);
	for (size_t i = 0; i < fxs.n; i++)
		carry_out(s, &fxs.v[i]);
}

void session_input(struct session *s, struct call_ev ev)
{
	if (!s->call)
		return;
	if (s->pumping) { /* arose from an effect: after the others */
		if (s->posted_n < ARRAY_LEN(s->posted))
			s->posted[s->posted_n++] = ev;
		else
			log_line(LOG_LEVEL_ERROR, "call", s->id,
				 "more than %zu events arose from one",
				 ARRAY_LEN(s->posted));
		return;
	}
	s->pumping = true;
	feed(s, &ev);
	for (size_t i = 0; i < s->posted_n; i++)
		feed(s, &s->posted[i]);
	s->posted_n = 0;
	s->pumping = false;
	store_flush(s);
	if (call_over(s->call) && s->state == SESSION_LIVE &&
	    (s->sock || s->left_us))
		session_close(s, 1000, "over");
	session_reap(s); /* what ended during an effect waited for this */
}

void session_tick(struct session *s, int64_t now_us)
{
	if (s->state == SESSION_WAITING &&
	    now_us - s->opened_us > WAIT_START_MS * INT64_C(1000)) {
		waits_passed(s->m->prm.counts, WAIT_START);
		session_close(s, 1008, "no start message within 5 s");
		return;
	}
	if (s->bye_us && now_us >= s->bye_us) {
		waits_passed(s->m->prm.counts, WAIT_OVER);
		session_bye(s);
	}
	if (s->state != SESSION_LIVE)
		return;
	listen_tick(s, now_us);
	record_tick(s, now_us);
	model_tick(s, now_us);
	if (!s->left_us)
		voice_pace(s, now_us);
	if (s->state == SESSION_LIVE && call_next_us(s->call) <= now_us)
		session_input(s, (struct call_ev){.kind = CALL_EV_TICK});
}

/* defaults.barge_in of the script: what it takes to interrupt us. */
static enum call_barge barge_of(struct sv script)
{
	struct sv defaults, val;

	if (js_get(script, "defaults", &defaults) ||
	    js_get(defaults, "barge_in", &val))
		return CALL_BARGE_NORMAL;
	return sv_eq(val, "off")     ? CALL_BARGE_OFF
	       : sv_eq(val, "words") ? CALL_BARGE_WORDS
				     : CALL_BARGE_NORMAL;
}

/*
 * defaults.echo of the script: some businesses' lines need the canceller, or
 * none, whatever the node has for the others.
 */
static void set_echo(struct session *s, struct sv script)
{
	struct sv defaults, val;
	bool on;
	int err;

	if (js_get(script, "defaults", &defaults) ||
	    js_get(defaults, "echo", &val))
		return;
	on = sv_eq(val, "on");
	if (!on && !sv_eq(val, "off"))
		return; /* auto: as the node does */
	err = near_cancel(s->near, on);
	if (err)
		log_line(LOG_LEVEL_WARN, "call", s->id, "no echo canceller: %s",
			 strerror(-err));
}

void session_begin(struct session *s, struct sv context)
{
	const struct media_prm *mp = &s->m->prm;
	struct call_prm prm = {
		.dialog = dialog_find(SV("script")),
		.max_call_s = (unsigned)mp->cfg->media.max_call_s,
	};
	char why[256] = "no memory";
	struct sv val;
	int err;

	if (js_get(context, "script", &prm.dialog_prm.script) ||
	    js_get(context, "context", &prm.dialog_prm.context)) {
		session_close(s, 1011, "the desk gave no script or context");
		return;
	}
	val = prm.dialog_prm.context;
	s->context = strndup(val.p, val.len);
	if (!s->context) {
		session_close(s, 1011, why);
		return;
	}
	prm.dialog_prm.context = sv_str(s->context);
	if (!js_get(context, "stream_no", &val) && sv_i64(&s->stream_no, val))
		s->stream_no = 0;
	s->hush = !js_get(prm.dialog_prm.context, "private", &val) &&
		  sv_eq(val, "true");
	if (!js_get(context, "voice", &val) && !sv_eq(val, "null"))
		sv_copy(s->voice, sizeof(s->voice), val);
	if (js_get(context, "lang", &val) ||
	    sv_copy(s->lang, sizeof(s->lang), val))
		sv_copy(s->lang, sizeof(s->lang), SV("en"));
	prm.barge = barge_of(prm.dialog_prm.script);
	set_echo(s, prm.dialog_prm.script);
	prm.dialog_prm.lang = sv_str(s->lang);
	prm.dialog_prm.hears = sv_str(s->m->local->p->hears(s->m->local->env));
	prm.model = model_wanted(s, context);
	if (prm.model)
		prm.dialog = dialog_find(SV("model"));
	err = call_new(&s->call, &prm, why, sizeof(why));
	if (err) {
		session_close(s, 1011, why);
		return;
	}
	s->state = SESSION_LIVE;
	record_open(s, prm.dialog_prm.context);
	listen_open(s);
	if (voice_open(s))
		log_line(LOG_LEVEL_WARN, "call", s->id, "no voice yet");
	if (prm.model)
		model_open(s, prm.dialog_prm.context);
	/* The caller's leg began with the start message, not just now. */
	session_input(
		s, (struct call_ev){.kind = CALL_EV_START,
				    .at_n = (clock_mono_us() - s->origin_us) *
					    TEL_RATE_HZ / 1000000});
	model_begun(s);
}

/* ---- messages ---- */

void session_bad_message(struct session *s, enum session_bad kind)
{
	static const char *const what[] = {
		[SESSION_BAD_JSON] = "a message that is not the carrier's",
		[SESSION_BAD_STREAM] = "a message of another stream",
		[SESSION_BAD_BASE64] = "a media message that is not base64",
		[SESSION_BAD_EMPTY] = "a media message without audio",
		[SESSION_BAD_AUDIO] = "audio that is not of its codec",
		[SESSION_BAD_EARLY] = "more audio than there was time for",
	};

	counts_add(&s->m->prm.counts->bad_messages);
	if (!(s->bad_seen >> kind & 1))
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "%s (further ones are counted)", what[kind]);
	s->bad_seen |= 1u << kind;
	if (++s->bad >= BAD_MAX)
		session_close(s, 1008, "too many bad messages");
}

static void on_start(struct session *s, const struct carrier_msg *m)
{
	struct sv token, call, business;
	int err;

	if (s->state != SESSION_WAITING) {
		session_close(s, 1008, "a second start message");
		return;
	}
	if (js_get(m->params, "token", &token)) {
		session_close(s, 1008, "the start message has no token");
		return;
	}
	err = stream_token_check(token, s->m->prm.stream_secret,
				 sv_str(s->nonce.s), clock_wall_us() / 1000000,
				 &call, &business);
	if (err ||
	    sv_copy(s->stream, sizeof(s->stream),
		    m->stream.len ? m->stream : sv_str(s->nonce.s)) ||
	    sv_copy(s->id, sizeof(s->id), call) ||
	    sv_copy(s->business, sizeof(s->business), business)) {
		session_close(s, 1008,
			      err == -ETIME ? "the stream token has expired"
					    : "the stream token is not ours");
		return;
	}
	s->state = SESSION_BEGINNING;
	s->origin_us = clock_mono_us();
	counts_add(&s->m->prm.counts->calls);
	log_line(LOG_LEVEL_INFO, "call", s->id, "begins: %.*s, stream %s",
		 (int)MIN(m->call.len, 40u), m->call.p, s->stream);
	err = store_begin(s);
	if (err) {
		s->ended = true; /* no call of ours to end */
		session_close(s, err == -EEXIST ? 1008 : 1011,
			      err == -EEXIST ? "the nonce was used before"
					     : "the database is away");
	}
}

static void on_mark(struct session *s, const struct carrier_msg *m)
{
	struct call_ev ev = {.kind = CALL_EV_MARK};

	if (playq_mark_parse(m->name, &ev.gen, &ev.num))
		return;
	if (ev.num) /* the probe stands for no audio */
		near_mark(s->near, ev.gen, ev.num);
	session_input(s, ev);
}

static void on_message(struct session *s, const struct carrier_msg *m)
{
	switch (m->kind) {
	case CARRIER_CONNECTED:
		break;
	case CARRIER_START:
		on_start(s, m);
		break;
	case CARRIER_MEDIA:
		if (s->carrier->binary)
			ear_packet(s, m->timestamp_ms, m->payload);
		else if (!m->track.len || sv_eq(m->track, "inbound"))
			ear_payload(s, m->timestamp_ms, m->payload);
		break;
	case CARRIER_DTMF:
		session_input(s, (struct call_ev){.kind = CALL_EV_DTMF,
						  .digit = m->digit});
		break;
	case CARRIER_MARK:
		on_mark(s, m);
		break;
	case CARRIER_STOP:
		if (s->state == SESSION_LIVE)
			leave(s);
		else
			session_close(s, 1000, "stop");
		break;
	}
}

void session_recv(struct web_sock *sock, struct sv msg, bool binary, void *arg)
{
	struct session *s = arg;
	struct carrier_msg m;
	int err;

	(void)sock;
	if (s->state == SESSION_CLOSING || s->left_us)
		return;
	if (binary != s->carrier->binary) {
		session_close(s, 1003,
			      binary ? "a binary frame: this carrier sends "
				       "JSON text"
				     : "text: this carrier sends binary "
				       "frames");
		return;
	}
	err = s->carrier->parse(&m, msg);
	if (err == -ENOTSUP)
		return; /* a kind that we do not know yet */
	if (err) {
		session_bad_message(s, SESSION_BAD_JSON);
		return;
	}
	if (s->state == SESSION_WAITING && m.kind != CARRIER_CONNECTED &&
	    m.kind != CARRIER_START) {
		session_close(s, 1008, "audio before the start message");
		return;
	}
	if (m.stream.len && s->stream[0] && m.kind != CARRIER_CONNECTED &&
	    m.kind != CARRIER_START && !sv_eq(m.stream, s->stream)) {
		session_bad_message(s, SESSION_BAD_STREAM);
		return;
	}
	on_message(s, &m);
}
