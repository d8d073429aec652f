#include "call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "callee.h"
#include "codec.h"
#include "listen.h"
#include "prompt.h"
#include "dial.h"
#include "stream.h"
#include "summary.h"

#define TICK_US 20000
#define FETCHES_MAX 200
#define LISTEN_MAX_N ((int64_t)10 * TEL_RATE_HZ)

static const char *const status_names[] = {
	"queued", "ringing", "in-progress", "completed",
	"busy",	  "failed",  "no-answer",   "canceled",
};

const char *call_status_name(enum call_status st)
{
	return status_names[st];
}

void form_str(struct form *f, const char *name, const char *value)
{
	form_add(f, sv_str(name), sv_str(value ? value : ""));
}

void form_int(struct form *f, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	form_str(f, name, text);
}

int64_t call_ms(const struct call *c)
{
	int64_t end = c->over ? c->ended_us : clock_mono_us();

	return (end - c->begun_us) / 1000;
}

int call_duration_s(const struct call *c)
{
	if (!c->answered_us)
		return 0;
	return (int)(((c->over ? c->ended_us : clock_mono_us()) -
		      c->answered_us + 999999) /
		     1000000);
}

void call_count_code(struct call *c, int code)
{
	if (code_is_warning(code))
		c->warnings++;
	else
		c->errors++;
}

struct call *call_find(struct sim *s, struct sv sid)
{
	struct list *le;

	LIST_FOREACH (le, &s->calls) {
		struct call *c = list_entry(le, struct call, le);

		if (sv_eq(sid, c->sid))
			return c;
	}
	return NULL;
}

void call_note_text(struct sim *s, const char *to)
{
	struct list *le;

	LIST_FOREACH (le, &s->calls) {
		struct call *c = list_entry(le, struct call, le);

		if (!strcmp(c->from, to))
			c->texts++;
	}
}

/* ---- parameters ---- */

static void place_params(struct form *f, const char *who, bool known)
{
	static const char *const parts[][2] = {
		{"City", "SAN FRANCISCO"},
		{"State", "CA"},
		{"Zip", ""},
		{"Country", "US"},
	};
	char name[32];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		snprintf(name, sizeof(name), "%s%s", who, parts[i][0]);
		form_str(f, name, known ? parts[i][1] : "");
	}
}

void call_params(struct call *c, struct form *f)
{
	bool us = c->from[0] == '+' && c->from[1] == '1';

	form_str(f, "AccountSid", c->sim->opt.account);
	form_str(f, "ApiVersion", "2010-04-01");
	form_str(f, "CallSid", c->sid);
	form_str(f, "CallStatus", call_status_name(c->status));
	form_str(f, "Direction", c->parent ? "outbound-dial" : c->direction);
	form_str(f, "From", c->from);
	form_str(f, "To", c->to);
	form_str(f, "Caller", c->from);
	form_str(f, "Called", c->to);
	place_params(f, "From", us);
	place_params(f, "Caller", us);
	place_params(f, "To", true);
	place_params(f, "Called", true);
	if (c->forwarded_from[0])
		form_str(f, "ForwardedFrom", c->forwarded_from);
	if (c->parent)
		form_str(f, "ParentCallSid", c->parent->sid);
	if (!strcmp(c->direction, "inbound")) {
		form_str(f, "StirVerstat", "TN-Validation-Passed-A");
		form_str(f, "CallToken",
			 "{\"parentCallInfoToken\":\"simulated\","
			 "\"identityHeaderTokens\":[]}");
	}
}

void call_callback(struct call *c, const char *url, const char *method,
		   const struct form *extra)
{
	struct form f = {0};
	struct hook_prm prm = {
		.kind = HOOK_VOICE, .method = method, .url = url, .params = &f};
	struct buf abs;

	buf_init(&abs, 8192);
	call_params(c, &f);
	for (size_t i = 0; extra && i < extra->n; i++)
		form_add(&f, extra->v[i].name, extra->v[i].value);
	if (hook_url(&abs, c->doc_url ? c->doc_url : url, url) ||
	    (prm.url = abs.p, hook_send(NULL, c->sim, &prm, NULL, NULL)))
		report_code(c->sim, c, 11100, "callback URL \"%s\"", url);
	buf_fini(&abs);
	form_fini(&f);
}

static void tell_status(struct call *c, enum call_event ev)
{
	struct form f = {0};
	char when[40];
	int s = call_duration_s(c);

	if (!c->status_url || !(c->status_events & ev))
		return;
	time_rfc2822(when, clock_wall_us());
	form_str(&f, "CallbackSource", "call-progress-events");
	form_int(&f, "SequenceNumber", c->status_seq++);
	form_str(&f, "Timestamp", when);
	if (ev == EVENT_COMPLETED) {
		form_int(&f, "CallDuration", s);
		form_int(&f, "Duration", (s + 59) / 60);
	}
	call_callback(c, c->status_url, c->status_method, &f);
	form_fini(&f);
}

/* ---- the line ---- */

static void hear(struct call *c, const int16_t far[TEL_FRAME_N])
{
	if (!c->caller->nanswers)
		return;
	if (c->heard.n + TEL_FRAME_N > c->heard_cap) {
		size_t cap = c->heard_cap ? c->heard_cap * 2 : 1u << 16;
		int16_t *s = realloc(c->heard.s, cap * sizeof(*s));

		if (!s)
			return;
		c->heard.s = s;
		c->heard_cap = cap;
	}
	memcpy(c->heard.s + c->heard.n, far, TEL_FRAME_N * sizeof(*far));
	c->heard.n += TEL_FRAME_N;
}

static void on_heard(const char *text, void *arg)
{
	struct call *c = arg;
	int i;

	if (c->over)
		return;
	if (!text) {
		call_end(c, CALL_COMPLETED, ENDED_CALLER,
			 "no recogniser to listen with");
		return;
	}
	i = behave_heard(&c->behave, text, c->m.now_n);
	report(c->sim, c, "heard",
	       json_pack("{s:s, s:i}", "text", text, "answer", i),
	       "caller hears \"%s\"%s", text,
	       i < 0 ? " and knows no answer" : "");
}

static void ask_listener(struct call *c, const struct behave_out *o)
{
	/* a breath more on both sides helps a recogniser; of a long speech
	 * people keep the end */
	int64_t from_n = MAX(o->from_n, o->to_n - LISTEN_MAX_N);
	int64_t a = MAX(from_n - TEL_RATE_HZ / 5, 0);
	int64_t b = MIN(o->to_n + TEL_RATE_HZ / 5, (int64_t)c->heard.n);

	if (listen_ask(&c->listener, c->sim, c->heard.s + a, (size_t)(b - a),
		       on_heard, c))
		call_end(c, CALL_COMPLETED, ENDED_CALLER, "no memory");
}

static void turn_events(struct call *c, const struct behave_out *o)
{
	const struct turn *t = o->begins;

	if (t) {
		summary_turns(c, false);
		if (!c->behave.mute)
			measure_turn_begin(&c->m, (int)(t - c->behave.list),
					   o->at_n);
		report(c->sim, c, "caller.speaks",
		       json_pack("{s:s, s:b, s:b}", "text", t->utter.text,
				 "interrupts", (int)c->m.far_on, "muted",
				 (int)c->behave.mute),
		       "caller%s%s: \"%s\"", c->behave.mute ? " (muted)" : "",
		       c->m.far_on ? " cuts in" : "", t->utter.text);
	}
	if (o->ends)
		measure_turn_end(&c->m, o->at_n);
}

static void record_line(struct call *c, const int16_t *near, const int16_t *far)
{
	int16_t both[2 * TEL_FRAME_N];

	for (int i = 0; i < TEL_FRAME_N; i++) {
		both[2 * i] = near[i];
		both[2 * i + 1] = far[i];
	}
	clip_out_add(c->wav, both, ARRAY_LEN(both));
}

static void caller_quits(struct call *c, enum behave_why why)
{
	static const char *const says[] = {
		[BEHAVE_HANGUP] = "the caller hung up",
		[BEHAVE_LINGERED] = "all was said and nobody hung up",
		[BEHAVE_IMPATIENT] = "the caller waited in vain for a word",
	};

	if (why != BEHAVE_ON)
		call_end(c, CALL_COMPLETED, ENDED_CALLER, says[why]);
}

/* 20 ms of the line: what is heard, then what is said. */
static void line_frame(struct call *c)
{
	uint8_t ulaw[TEL_FRAME_N];
	int16_t far[TEL_FRAME_N];
	struct behave_out o;
	size_t queued = 0;
	bool attentive = c->verb && c->verb->attentive && !c->hook &&
			 (!c->stream || stream_is_open(c->stream));

	memset(ulaw, ULAW_SILENCE, sizeof(ulaw));
	if (c->stream)
		queued = stream_play(c->stream, ulaw);
	else if (c->prompt)
		queued = prompt_play(c->prompt, ulaw);
	for (int i = 0; i < TEL_FRAME_N; i++)
		far[i] = ulaw_to_lin[ulaw[i]];
	behave_tick(&c->behave, &c->m, attentive, &o);
	line_pass(&c->line, far, o.near);
	turn_events(c, &o);
	measure_frame(&c->m, far, queued, o.speaks);
	hear(c, far);
	summary_turns(c, false);
	if (c->wav)
		record_line(c, o.near, far);
	if (c->stream)
		stream_send(c->stream, o.near);
	if (o.digit)
		call_digit(c, o.digit);
	if (c->verb && c->verb->tick && !c->over)
		c->verb->tick(c, o.near);
	if (o.ask && !c->over)
		ask_listener(c, &o);
	if (!c->over)
		caller_quits(c, o.why);
}

/*
 * One frame a turn of the loop, also when we are late: between two of them
 * what the server sent meanwhile is read, so that our own delay is not taken
 * for a hole in its audio.
 */
static void on_tick(void *arg)
{
	struct call *c = arg;
	int64_t now = clock_mono_us();

	c->late_us = MAX(c->late_us, now - c->next_tick_us);
	line_frame(c);
	c->next_tick_us += TICK_US;
	if (c->over)
		return;
	if (now - c->answered_us >= (int64_t)c->time_limit_s * 1000000)
		call_end(c, CALL_COMPLETED, ENDED_ANY, "time limit");
	else
		timer_at(c->tick, c->next_tick_us);
}

void call_answer(struct call *c)
{
	if (c->answered_us)
		return;
	c->answered_us = clock_mono_us();
	c->answered_wall_us = clock_wall_us();
	c->status = CALL_IN_PROGRESS;
	tell_status(c, EVENT_ANSWERED);
	if (c->origin)
		dial_forward_answered(c);
	if (!c->caller)
		return;
	c->next_tick_us = c->answered_us + TICK_US;
	timer_at(c->tick, c->next_tick_us);
}

void call_digit(struct call *c, char digit)
{
	report(c->sim, c, "key", json_pack("{s:s#}", "digit", &digit, 1),
	       "caller presses %c", digit);
	if (c->stream)
		stream_digit(c->stream, digit);
	else if (c->verb && c->verb->digit)
		c->verb->digit(c, digit);
}

/* ---- instructions ---- */

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs_all[i]; i++)
		if (!strcmp(verbs_all[i]->name, name))
			return verbs_all[i];
	return NULL;
}

void call_interrupt(struct call *c)
{
	const struct verb *v = c->verb;

	c->verb = NULL;
	if (v && v->stop)
		v->stop(c);
	c->prompt = prompt_free(c->prompt);
	pcm_fini(&c->vs.recorded);
	c->vs = (struct verb_state){.until_n = -1};
	hook_forget(c->hook);
	c->hook = NULL;
}

/* Runs verbs until one takes time or none is left. */
static void run(struct call *c)
{
	if (c->running)
		return;
	c->running = true;
	while (c->at && !c->over && !c->verb && !c->hook) {
		const struct doc *d = c->at;
		const struct verb *v = verb_find(d->name);

		if (!v) {
			report(c->sim, c, "verb.skipped",
			       json_pack("{s:s}", "verb", d->name),
			       "<%s> is skipped: callsim does not play it",
			       d->name);
			c->at = d->next;
			continue;
		}
		if (v->answers)
			call_answer(c);
		c->vs = (struct verb_state){.until_n = -1,
					    .began_n = c->m.now_n};
		c->verb = v;
		if (v->start(c, d) && c->verb == v && !c->hook) {
			call_interrupt(c);
			c->at = d->next;
		}
		c->doc_begins = false;
	}
	c->running = false;
	if (!c->at && !c->over && !c->hook && !c->verb) {
		/* a whisper document that runs out bridges its leg */
		if (c->parent)
			dial_accepted(c);
		else
			call_end(c, CALL_COMPLETED, ENDED_ASSISTANT,
				 "no instruction is left");
	}
}

void call_next(struct call *c)
{
	if (c->over)
		return;
	call_interrupt(c);
	if (c->at)
		c->at = c->at->next;
	run(c);
}

static void on_schema(const char *what, void *arg)
{
	struct call *c = arg;

	report_code(c->sim, c, 12200, "%s", what);
}

int call_run_text(struct call *c, struct sv xml, const char *base)
{
	struct doc *d = NULL;
	char why[200];

	if (doc_parse(&d, xml, why, sizeof(why))) {
		report_code(c->sim, c, 12100, "%s", why);
		return -EBADMSG;
	}
	doc_check(d, on_schema, c);
	call_interrupt(c);
	doc_free(c->doc);
	c->doc = d;
	c->at = d->child;
	if (base != c->doc_url) {
		free(c->doc_url);
		c->doc_url = strdup(base ? base : "");
	}
	run(c);
	return 0;
}

static void report_doc(struct call *c, const struct hook_result *r)
{
	struct doc *d = NULL;
	char why[100], names[200] = "";
	size_t n = 0;

	if (doc_parse(&d, r->body, why, sizeof(why)))
		return;
	for (const struct doc *v = d->child; v; v = v->next) {
		int k = snprintf(names + n, sizeof(names) - n, "%s%s",
				 n ? " " : "", v->name);

		n = MIN(n + (size_t)MAX(k, 0), sizeof(names) - 1);
	}
	report(c->sim, c, "twiml",
	       json_pack("{s:s, s:I, s:o}", "url", c->doc_url, "took_ms",
			 (json_int_t)r->took_ms, "document", doc_json(d)),
	       "%s: %s (%lld ms)", c->doc_url, names[0] ? names : "nothing",
	       (long long)r->took_ms);
	doc_free(d);
}

/*
 * Nothing to go on with: the fallback once, then the carrier gives up.
 * why: NULL when it was reported already.
 */
static void fetch_failed(struct call *c, int code, const char *why)
{
	char failed[1024];
	struct form f = {0};

	if (why)
		report_code(c->sim, c, code, "%s", why);
	if (!c->fallback_url || c->on_fallback) {
		call_end(c, c->answered_us ? CALL_COMPLETED : CALL_FAILED,
			 ENDED_ANY, "an application error");
		return;
	}
	c->on_fallback = true;
	snprintf(failed, sizeof(failed), "%s", c->doc_url ? c->doc_url : "");
	if (c->sim->opt.quirks.error_params) {
		form_int(&f, "ErrorCode", code);
		form_str(&f, "ErrorUrl", failed);
	}
	call_fetch(c, c->fallback_url, "POST", &f);
	form_fini(&f);
}

static void on_document(const struct hook_result *r, void *arg)
{
	struct call *c = arg;
	bool xml = r->type.p && memmem(r->type.p, r->type.len, "xml", 3);

	c->hook = NULL;
	if (c->over)
		return;
	if (r->code) {
		fetch_failed(c, r->code, r->why);
	} else if (!xml) {
		char why[120];

		snprintf(why, sizeof(why), "Content-Type \"%.*s\"",
			 SV_ARG(r->type));
		fetch_failed(c, 12300, why);
	} else {
		char *base = strdup(c->doc_url ? c->doc_url : "");

		report_doc(c, r);
		if (call_run_text(c, r->body, base))
			fetch_failed(c, 12100, NULL);
		free(base);
	}
}

static int send_fetch(struct call *c, const char *url, const char *method)
{
	struct form f = {0};
	struct hook_prm prm = {
		.kind = HOOK_VOICE, .method = method, .url = url, .params = &f};
	int err;

	call_params(c, &f);
	for (size_t i = 0; i < c->extra.n; i++)
		form_add(&f, c->extra.v[i].name, c->extra.v[i].value);
	err = hook_send(&c->hook, c->sim, &prm, on_document, c);
	form_fini(&f);
	return err;
}

void call_fetch(struct call *c, const char *url, const char *method,
		const struct form *extra)
{
	struct buf abs;
	int err;

	if (c->over)
		return;
	call_interrupt(c);
	if (++c->fetches > FETCHES_MAX) {
		call_end(c, CALL_COMPLETED, ENDED_ANY,
			 "documents redirect for ever");
		return;
	}
	form_fini(&c->extra);
	form_init(&c->extra);
	for (size_t i = 0; extra && i < extra->n; i++)
		form_add(&c->extra, extra->v[i].name, extra->v[i].value);
	buf_init(&abs, 8192);
	err = hook_url(&abs, c->doc_url ? c->doc_url : url, url);
	if (!err) {
		free(c->doc_url);
		c->doc_url = strdup(abs.p);
		err = send_fetch(c, c->doc_url, method);
	}
	buf_fini(&abs);
	if (err) {
		report_code(c->sim, c, 11100, "\"%s\"", url);
		call_end(c, CALL_FAILED, ENDED_ANY, "a URL that is none");
	}
}

/* ---- birth and death ---- */

static char *copy_or_null(const char *s)
{
	return s ? strdup(s) : NULL;
}

static int open_wav(struct call *c)
{
	const char *dir = c->sim->opt.record_dir;
	char path[700];
	int err;

	if (!dir || !c->caller)
		return 0;
	err = dir_make(dir);
	snprintf(path, sizeof(path), "%s/%s-%s.wav", dir, c->caller->name,
		 c->sid);
	return err ? err : clip_out_new(&c->wav, path, 2);
}

/* Some callers do not wait long for somebody to talk. */
static void on_patience(void *arg)
{
	struct call *c = arg;

	if (!c->over && !c->m.far_stretches)
		call_end(c, c->answered_us ? CALL_COMPLETED : CALL_CANCELED,
			 ENDED_CALLER, "the caller hung up while it rang");
}

static void set_up_line(struct call *c)
{
	const struct caller *k = c->caller;
	const struct line_prm prm = {
		.bed = &k->line.bed,
		.loss = k->line.loss,
		.gsm = k->line.gsm,
		.echo_ms = k->line.echo_ms,
		.echo_db = k->line.echo_db,
	};

	line_init(&c->line, &prm, rng_next(&c->sim->rng));
	if (k->ring_patience_ms && !c->parent)
		timer_at(c->patience,
			 c->begun_us + (int64_t)k->ring_patience_ms * 1000);
}

static int set_up(struct call *c, const struct call_prm *prm)
{
	const struct sim_opt *o = &c->sim->opt;
	int err;

	sim_sid(c->sid, "CA");
	c->begun_us = clock_mono_us();
	c->begun_wall_us = clock_wall_us();
	c->direction = prm->direction ? prm->direction : "inbound";
	c->status = CALL_RINGING;
	c->parent = prm->parent;
	c->origin = prm->origin;
	c->doc_begins = true;
	c->time_limit_s = prm->time_limit_s ? prm->time_limit_s : 14400;
	c->vs.until_n = -1;
	measure_init(&c->m);
	sv_copy(c->from, sizeof(c->from),
		sv_str(prm->from ? prm->from : prm->caller->from));
	sv_copy(c->to, sizeof(c->to), sv_str(prm->to ? prm->to : o->to));
	c->status_url = copy_or_null(prm->status_url);
	c->status_method = copy_or_null(prm->status_method);
	c->fallback_url = copy_or_null(prm->fallback_url);
	c->status_events = prm->status_events;
	err = timer_new(&c->tick, c->sim->loop, on_tick, c);
	if (!err)
		err = timer_new(&c->patience, c->sim->loop, on_patience, c);
	if (err || !prm->caller)
		return err;
	sv_copy(c->forwarded_from, sizeof(c->forwarded_from),
		sv_str(prm->forwarded_from ? prm->forwarded_from
					   : prm->caller->forwarded_from));
	err = behave_init(&c->behave, prm->caller, o->mute);
	c->caller = c->behave.c;
	set_up_line(c);
	return err ? err : open_wav(c);
}

int call_new(struct call **out, struct sim *s, const struct call_prm *prm)
{
	struct call *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->sim = s;
	err = set_up(c, prm);
	if (err) {
		c->over = true;
		call_free(c);
		return err;
	}
	list_add(&s->calls, &c->le);
	s->live++;
	if (out)
		*out = c;
	report(s, c, "call.started",
	       json_pack("{s:s, s:s, s:s, s:s}", "from", c->from, "to", c->to,
			 "direction", c->direction, "caller",
			 c->caller ? c->caller->name : ""),
	       "%s call from %s to %s%s%s", c->direction, c->from, c->to,
	       c->caller ? ", caller " : "", c->caller ? c->caller->name : "");
	tell_status(c, EVENT_INITIATED);
	tell_status(c, EVENT_RINGING);
	if (!strcmp(c->direction, "outbound-api"))
		return callee_ring(c, prm);
	if (prm->twiml)
		call_run_text(c, sv_str(prm->twiml), "");
	else if (prm->url)
		call_fetch(c, prm->url, prm->method, NULL);
	return 0;
}

static void after_end(void *arg)
{
	struct sim *s = arg;

	s->idleh(s);
}

void call_end(struct call *c, enum call_status st, enum ended_by by,
	      const char *why)
{
	if (c->over)
		return;
	c->status = st;
	c->ended_by = by;
	snprintf(c->ended_why, sizeof(c->ended_why), "%s", why);
	if (c->dial && by == ENDED_CALLER)
		dial_caller_gone(c);
	call_interrupt(c);
	c->over = true;
	c->ended_us = clock_mono_us();
	c->ended_wall_us = clock_wall_us();
	timer_stop(c->tick);
	timer_stop(c->patience);
	callee_forget(c);
	listen_forget(c->listener);
	c->wav = clip_out_free(c->wav, NULL);
	tell_status(c, EVENT_COMPLETED);
	if (c->parent)
		dial_leg_over(c);
	else
		summary_call(c);
	if (c->origin)
		dial_forward_over(c);
	c->sim->live--;
	loop_defer(c->sim->loop, after_end, c->sim);
}

void call_free(struct call *c)
{
	if (!c)
		return;
	if (!c->over) {
		call_interrupt(c);
		c->over = true;
		c->sim->live--;
	}
	listen_forget(c->listener);
	list_del(&c->le);
	if (c->wav)
		clip_out_free(c->wav, NULL);
	if (c->caller)
		behave_fini(&c->behave);
	timer_free(c->tick);
	timer_free(c->patience);
	callee_forget(c);
	doc_free(c->doc);
	form_fini(&c->extra);
	pcm_fini(&c->heard);
	free(c->doc_url);
	free(c->status_url);
	free(c->status_method);
	free(c->fallback_url);
	free(c);
}
