/* store: what a call tells the desk, and what it asks of it. */
#include "media/session.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum { BEGIN_MS = 1500, TOOL_MS = 10000, SEGMENTS_MS = 30000 };

struct tool_wait {
	struct session *s;
	uint32_t tool;
	int64_t asked_us;
};

static void ring_bell(struct session *s)
{
	const struct media_prm *p = &s->m->prm;

	if (p->bus)
		p->bus->ring(p->bus_sess, sv_str(s->business));
}

static void key(struct buf *b, const char *name, struct sv val)
{
	buf_printf(b, "%s\"%s\":\"", b->len > 1 ? "," : "", name);
	buf_json(b, val);
	buf_char(b, '"');
}

/* {"call":…,"business":… and no closing brace yet */
static void head(struct buf *b, const struct session *s)
{
	buf_init(b, 0);
	buf_char(b, '{');
	key(b, "call", sv_str(s->id));
	key(b, "business", sv_str(s->business));
	if (s->stream_no) /* a second stream counts from 1 again */
		buf_printf(b, ",\"stream_no\":%lld", (long long)s->stream_no);
}

static int ask(struct pg *pg, const char *sql, struct buf *b, int ms,
	       bool wait_down, pg_h *h, void *arg)
{
	const char *param;
	int err = b->err;

	if (!err) {
		param = b->p;
		err = pg_call(pg, sql, 1, &param, ms, wait_down, h, arg);
	}
	buf_fini(b);
	return err;
}

static void failed(struct session *s, const char *what,
		   const struct pg_result *r)
{
	log_line(LOG_LEVEL_WARN, "call", s->id, "%s: %s %.*s", what,
		 r->sqlstate[0] ? r->sqlstate : strerror(-r->err),
		 SV_ARG(r->message));
}

static void on_begin(const struct pg_result *r, void *arg)
{
	struct session *s = arg;
	bool null = true;
	struct sv v = {0};

	s->pending--;
	if (!r->err && r->rows == 1)
		v = pg_value(r, 0, 0, &null);
	if (s->state != SESSION_BEGINNING) {
		session_reap(s); /* the caller hung up meanwhile */
	} else if (null) {
		failed(s, "stream_begin", r);
		s->ended = true; /* no call of ours to end */
		session_close(s, r->err == -EREMOTEIO ? 1008 : 1011,
			      "the desk refused the stream");
	} else {
		ring_bell(s);
		session_begin(s, v);
	}
}

int store_begin(struct session *s, struct sv call, struct sv business,
		struct sv nonce)
{
	struct buf b;
	int err;

	(void)call;
	(void)business;
	head(&b, s);
	key(&b, "nonce", nonce);
	key(&b, "stream", sv_str(s->stream));
	key(&b, "node", sv_str(s->m->prm.cfg->node.name));
	buf_printf(&b, ",\"wall_ms\":%lld}",
		   (long long)(clock_wall_us() / 1000));
	err = ask(s->m->prm.pg_calls, "select desk.stream_begin($1)", &b,
		  BEGIN_MS, false, on_begin, s);
	if (!err)
		s->pending++;
	return err;
}

/* ---- transcript ---- */

void store_segment(struct session *s, const struct call_fx *fx)
{
	struct buf *b = &s->items;

	buf_printf(b,
		   "%s{\"seq\":%u,\"rev\":%u,\"leg\":\"%s\",\"start_ms\":%lld,"
		   "\"end_ms\":%lld,\"final\":%s,\"unsure\":%s",
		   b->len ? "," : "", fx->seq, fx->rev,
		   fx->leg == CALL_LEG_CALLER ? "caller" : "assistant",
		   (long long)fx->start_ms, (long long)fx->end_ms,
		   fx->final ? "true" : "false", fx->unsure ? "true" : "false");
	buf_str(b, ",\"text\":\"");
	buf_json(b, fx->text);
	buf_char(b, '"');
	if (fx->leg == CALL_LEG_ASSISTANT) {
		buf_str(b, ",\"heard\":\"");
		buf_json(b, fx->heard);
		buf_char(b, '"');
		if (s->reply_ms >= 0 && !s->reply_seq)
			s->reply_seq = fx->seq;
		if (s->reply_ms >= 0 && s->reply_seq == fx->seq)
			buf_printf(b, ",\"reply_ms\":%d", s->reply_ms);
	}
	buf_char(b, '}');
}

static void on_segments(const struct pg_result *r, void *arg)
{
	struct session *s = arg;

	s->pending--;
	if (r->err)
		failed(s, "segments", r);
	else
		ring_bell(s);
	session_reap(s);
}

void store_flush(struct session *s)
{
	struct buf b;

	if (!s->items.len)
		return;
	head(&b, s);
	buf_str(&b, ",\"items\":[");
	buf_sv(&b, buf_get(&s->items));
	buf_str(&b, "]}");
	buf_reset(&s->items);
	if (ask(s->m->prm.pg_segments, "select desk.segments($1)", &b,
		SEGMENTS_MS, true, on_segments, s))
		log_line(LOG_LEVEL_ERROR, "call", s->id,
			 "transcript queue is full: segments were lost");
	else
		s->pending++;
}

/* ---- tools ---- */

static void on_tool(const struct pg_result *r, void *arg)
{
	struct tool_wait *w = arg;
	struct session *s = w->s;
	struct call_ev ev = {.kind = CALL_EV_TOOL, .tool = w->tool};
	bool null;

	counts_hist_add(&s->m->prm.counts->tool,
			(clock_mono_us() - w->asked_us) / 1000);
	if (r->err)
		counts_add(&s->m->prm.counts->tool_failed);
	free(w);
	s->pending--;
	if (r->err)
		failed(s, "tool", r);
	else if (r->rows == 1)
		ev.text = pg_value(r, 0, 0, &null);
	if (!r->err)
		ring_bell(s);
	if (s->state == SESSION_LIVE)
		session_input(s, ev);
	session_reap(s);
}

void store_tool(struct session *s, const struct call_fx *fx)
{
	struct tool_wait *w = calloc(1, sizeof(*w));
	struct buf b;
	int err = -ENOMEM;

	if (w) {
		*w = (struct tool_wait){s, fx->tool, clock_mono_us()};
		head(&b, s);
		buf_printf(&b, ",\"key\":\"%u:", fx->tool);
		buf_json(&b, fx->name);
		buf_char(&b, '"');
		key(&b, "name", fx->name);
		buf_str(&b, ",\"args\":");
		buf_sv(&b, fx->args.len ? fx->args : SV("{}"));
		buf_char(&b, '}');
		err = ask(s->m->prm.pg_calls, "select desk.tool($1)", &b,
			  TOOL_MS, false, on_tool, w);
	}
	if (err) {
		free(w);
		log_line(LOG_LEVEL_WARN, "call", s->id, "tool %.*s: %s",
			 SV_ARG(fx->name), strerror(-err));
		session_input(s, (struct call_ev){.kind = CALL_EV_TOOL,
						  .tool = fx->tool});
	} else {
		s->pending++;
	}
}

/* ---- the end ---- */

static void on_end(const struct pg_result *r, void *arg)
{
	struct session *s = arg;

	s->pending--;
	if (r->err)
		failed(s, "call_end", r);
	else
		ring_bell(s);
	session_reap(s);
}

void store_end(struct session *s, const char *ended_by)
{
	int64_t end_us = s->left_us ? s->left_us : clock_mono_us();
	int64_t ms = (end_us - s->origin_us) / 1000;
	struct buf b;

	if (s->ended || !s->id[0])
		return;
	s->ended = true;
	counts_add(
		!strcmp(ended_by, "caller") ? &s->m->prm.counts->ended_by_caller
		: !strcmp(ended_by, "lost") ? &s->m->prm.counts->lost
					    : &s->m->prm.counts->ended_by_us);
	head(&b, s);
	if (s->outcome[0])
		key(&b, "outcome", sv_str(s->outcome));
	key(&b, "ended_by", sv_str(ended_by));
	buf_printf(&b, ",\"duration_ms\":%lld}", (long long)ms);
	if (ask(s->m->prm.pg_calls, "select desk.call_end($1)", &b, TOOL_MS,
		true, on_end, s))
		log_line(LOG_LEVEL_ERROR, "call", s->id, "end was not stored");
	else
		s->pending++;
}
