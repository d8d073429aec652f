/*
 * store: what a call tells the desk, and what it asks of it. While the
 * database is away a call begins with the node's snapshot, what it tells waits
 * in the backlog, and of its tools only those work that are a promise to tell
 * somebody: the others fail, and the dialogue says so.
 */
#include "media/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/log.h"
#include "io/backlog.h"
#include "io/memo.h"
#include "media/away.h"
#include "media/waits.h"

struct tool_wait {
	struct session *s;
	uint32_t tool;
	int64_t asked_us;
	char *later; /* what to keep for a database that is away, or NULL */
};

/* Something that is told, and kept when the telling fails. */
struct put_wait {
	struct session *s;
	const char *fn;
	enum wait wait;
	int64_t at_ms;
	char json[];
};

#define FN_END "call_end"

/* Tools whose answer is that somebody will hear of it. */
static const char *const kept_tools[] = {"message", "privacy", "opt_out",
					 "details"};
static const struct sv kept_answer = {"{\"ok\":true}", 11};

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

static void passed(struct session *s, enum wait w, const struct pg_result *r)
{
	if (r->err == -ETIMEDOUT)
		waits_passed(s->m->prm.counts, w);
}

static void failed(struct session *s, const char *what,
		   const struct pg_result *r)
{
	log_line(LOG_LEVEL_WARN, "call", s->id, "%s: %s %.*s", what,
		 r->sqlstate[0] ? r->sqlstate : strerror(-r->err),
		 SV_ARG(r->message));
}

/* ---- a database that is away ---- */

/* Nothing can be told now without passing what waits. */
static bool away(const struct session *s, const struct pg *pg)
{
	struct backlog *b = s->m->prm.backlog;

	return b && (!pg_up(pg) || backlog_busy(b));
}

/* Takes nothing over. 0 or -errno, which was logged. */
static int keep(struct session *s, const char *fn, int64_t at_ms,
		const char *json)
{
	int err = backlog_add(s->m->prm.backlog, fn, at_ms, sv_str(json));

	if (err)
		log_line(LOG_LEVEL_ERROR, "call", s->id,
			 "%s was not stored and is lost: %s", fn,
			 strerror(-err));
	return err;
}

static void on_put(const struct pg_result *r, void *arg)
{
	struct put_wait *w = arg;
	struct session *s = w->s;

	s->pending--;
	if (!r->err) {
		ring_bell(s);
	} else {
		passed(s, w->wait, r);
		failed(s, w->fn, r);
		if (s->m->prm.backlog && backlog_waits(r))
			keep(s, w->fn, w->at_ms, w->json);
	}
	if (!strcmp(w->fn, FN_END))
		session_bye(s);
	free(w);
	session_reap(s);
}

/* Tells the desk, now or later, in order; frees b. 0 or -errno. */
static int put(struct session *s, struct pg *pg, const char *fn, struct buf *b,
	       enum wait wait)
{
	int ms = wait == WAIT_STORED ? WAIT_STORED_MS : WAIT_DESK_MS;
	struct put_wait *w = NULL;
	int64_t at_ms = clock_wall_us() / 1000;
	char sql[64];
	int err = b->err;

	if (!err && away(s, pg)) {
		err = keep(s, fn, at_ms, b->p);
		buf_fini(b);
		return err;
	}
	if (!err) {
		w = malloc(sizeof(*w) + b->len + 1);
		err = w ? 0 : -ENOMEM;
	}
	if (!err) {
		*w = (struct put_wait){s, fn, wait, at_ms};
		memcpy(w->json, b->p, b->len + 1);
		snprintf(sql, sizeof(sql), "select desk.%s($1)", fn);
		err = ask(pg, sql, b, ms, !s->m->prm.backlog, on_put, w);
		if (err && s->m->prm.backlog)
			err = keep(s, fn, at_ms, w->json);
		else if (!err)
			w = NULL, s->pending++;
	} else {
		buf_fini(b);
	}
	free(w);
	return err;
}

/* ---- the beginning ---- */

static void model_cap(struct buf *b, const struct session *s)
{
	const struct config *cfg = s->m->prm.cfg;

	buf_printf(b, ",\"usual\":%s,\"cap_cents\":%d",
		   strcmp(cfg->assistant.kind, s->m->model->name) ? "false"
								  : "true",
		   cfg->openai.daily_cap_cents);
}

/* What desk.stream_begin is told; b is the caller's to free. */
static void begin_words(struct buf *b, const struct session *s)
{
	head(b, s);
	key(b, "nonce", sv_str(s->nonce.s));
	key(b, "stream", sv_str(s->stream));
	key(b, "node", sv_str(s->m->prm.cfg->node.name));
	if (s->m->model) {
		key(b, "model", sv_str(s->m->model->name));
		model_cap(b, s);
	}
	buf_printf(b, ",\"wall_ms\":%lld}",
		   (long long)(clock_wall_us() / 1000));
}

/* Begins with what the node knows. */
static int begin_away(struct session *s)
{
	const struct media_prm *p = &s->m->prm;
	int64_t now_ms = clock_wall_us() / 1000;
	struct buf context, b;
	int err;

	if (s->nonce_used)
		return -EEXIST;
	s->stream_no =
		memo_count(p->memo, AWAY_CALL, sv_str(s->id), now_ms, 0, 1);
	buf_init(&context, 0);
	err = p->awayh(&context, sv_str(s->id), (unsigned)s->stream_no,
		       p->away_arg);
	if (!err) {
		begin_words(&b, s);
		err = b.err ? b.err : keep(s, "stream_begin", now_ms, b.p);
		buf_fini(&b);
	}
	if (!err) {
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "begins without the database");
		session_begin(s, buf_get(&context));
	}
	buf_fini(&context);
	return err;
}

static void on_begin(const struct pg_result *r, void *arg)
{
	struct session *s = arg;
	const struct media_prm *p = &s->m->prm;
	bool null = true;
	struct sv v = {0};

	s->pending--;
	passed(s, WAIT_CONTEXT, r);
	if (!r->err && r->rows == 1)
		v = pg_value(r, 0, 0, &null);
	if (s->state != SESSION_BEGINNING) {
		session_reap(s); /* the caller hung up meanwhile */
	} else if (!null) {
		ring_bell(s);
		session_begin(s, v);
		if (p->memo && s->stream_no > 0)
			memo_count(p->memo, AWAY_CALL, sv_str(s->id),
				   clock_wall_us() / 1000,
				   (unsigned)s->stream_no, 0);
	} else if (!p->backlog || !backlog_waits(r) || begin_away(s)) {
		failed(s, "stream_begin", r);
		s->ended = true; /* no call of ours to end */
		session_close(s, r->err == -EREMOTEIO ? 1008 : 1011,
			      "the desk refused the stream");
	}
}

int store_begin(struct session *s)
{
	const struct media_prm *p = &s->m->prm;
	struct buf b;
	int err;

	s->nonce_used =
		p->memo && !memo_once(p->memo, AWAY_NONCE, sv_str(s->nonce.s),
				      clock_wall_us() / 1000, AWAY_NONCE_MS);
	if (away(s, p->pg_calls))
		return begin_away(s);
	begin_words(&b, s);
	err = ask(p->pg_calls, "select desk.stream_begin($1)", &b,
		  WAIT_CONTEXT_MS, false, on_begin, s);
	if (!err)
		s->pending++;
	return err;
}

/* ---- transcript ---- */

static void segment_words(struct buf *b, const struct call_fx *fx,
			  struct sv text)
{
	buf_printf(b,
		   "\"seq\":%u,\"rev\":%u,\"leg\":\"%s\",\"start_ms\":%lld,"
		   "\"end_ms\":%lld,\"final\":%s,\"unsure\":%s",
		   fx->seq, fx->rev,
		   fx->leg == CALL_LEG_CALLER ? "caller" : "assistant",
		   (long long)fx->start_ms, (long long)fx->end_ms,
		   fx->final ? "true" : "false", fx->unsure ? "true" : "false");
	buf_str(b, ",\"text\":\"");
	buf_json(b, text);
	buf_char(b, '"');
}

void store_partial(struct session *s, const struct call_fx *fx)
{
	const struct media_prm *p = &s->m->prm;
	char text[sizeof(s->cards.text)];
	struct buf b;

	if (!p->bus || s->hush)
		return;
	(void)sv_copy(text, sizeof(text), fx->text);
	if (fx->text.len && !card_mask_partial(&s->cards.mask, text))
		return;
	buf_init(&b, 0);
	buf_char(&b, '{');
	key(&b, "call", sv_str(s->id));
	if (s->stream_no)
		buf_printf(&b, ",\"stream\":%lld", (long long)s->stream_no);
	buf_char(&b, ',');
	segment_words(&b, fx, sv_str(text));
	buf_char(&b, '}');
	if (!b.err) {
		p->bus->partial(p->bus_sess, sv_str(s->business), buf_get(&b));
		if (fx->text.len)
			counts_add(&p->counts->partials);
	}
	buf_fini(&b);
}

void store_segment(struct session *s, const struct call_fx *fx)
{
	struct buf *b = &s->items;

	buf_str(b, b->len ? ",{" : "{");
	segment_words(b, fx, fx->text);
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
	if (put(s, s->m->prm.pg_segments, "segments", &b, WAIT_STORED))
		log_line(LOG_LEVEL_ERROR, "call", s->id, "segments were lost");
}

/* ---- tools ---- */

static void tool_answer(struct session *s, uint32_t tool, struct sv answer)
{
	if (s->state == SESSION_LIVE)
		session_input(s, (struct call_ev){.kind = CALL_EV_TOOL,
						  .tool = tool,
						  .text = answer});
}

/* The answer of one that is told later; empty when it cannot be. */
static struct sv tool_later(struct session *s, int64_t at_ms, const char *json)
{
	if (!json || !s->m->prm.backlog || keep(s, "tool", at_ms, json))
		return SV("");
	return kept_answer;
}

static void on_tool(const struct pg_result *r, void *arg)
{
	struct tool_wait *w = arg;
	struct session *s = w->s;
	struct sv answer = SV("");
	bool null;

	counts_hist_add(&s->m->prm.counts->tool,
			(clock_mono_us() - w->asked_us) / 1000);
	s->pending--;
	if (r->err) {
		counts_add(&s->m->prm.counts->tool_failed);
		passed(s, WAIT_DESK, r);
		failed(s, "tool", r);
		if (backlog_waits(r))
			answer =
				tool_later(s, clock_wall_us() / 1000, w->later);
	} else {
		if (r->rows == 1)
			answer = pg_value(r, 0, 0, &null);
		ring_bell(s);
	}
	tool_answer(s, w->tool, answer);
	free(w->later);
	free(w);
	session_reap(s);
}

static bool tool_kept(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(kept_tools); i++)
		if (sv_eq(name, kept_tools[i]))
			return true;
	return false;
}

static void tool_words(struct buf *b, const struct session *s,
		       const struct call_fx *fx)
{
	head(b, s);
	buf_printf(b, ",\"key\":\"%u:", fx->tool);
	buf_json(b, fx->name);
	buf_char(b, '"');
	key(b, "name", fx->name);
	buf_str(b, ",\"args\":");
	buf_sv(b, fx->args.len ? fx->args : SV("{}"));
	buf_char(b, '}');
}

void store_tool(struct session *s, const struct call_fx *fx)
{
	struct pg *pg = s->m->prm.pg_calls;
	struct tool_wait *w = calloc(1, sizeof(*w));
	struct sv answer = SV("");
	struct buf b;
	int err = -ENOMEM;

	s->hush = s->hush || sv_eq(fx->name, "privacy");
	tool_words(&b, s, fx);
	if (w && !b.err) {
		*w = (struct tool_wait){s, fx->tool, clock_mono_us(),
					tool_kept(fx->name) ? strdup(b.p)
							    : NULL};
		err = away(s, pg) ? -ENOTCONN : 0;
	}
	if (!err)
		err = ask(pg, "select desk.tool($1)", &b, WAIT_DESK_MS, false,
			  on_tool, w);
	else
		buf_fini(&b);
	if (!err) {
		s->pending++;
		return;
	}
	if (w)
		answer = tool_later(s, clock_wall_us() / 1000, w->later);
	log_line(LOG_LEVEL_WARN, "call", s->id, "tool %.*s: %s%s",
		 SV_ARG(fx->name), strerror(-err),
		 answer.len ? ", kept for later" : "");
	if (!answer.len)
		counts_add(&s->m->prm.counts->tool_failed);
	tool_answer(s, fx->tool, answer);
	free(w ? w->later : NULL);
	free(w);
}

/* ---- what a model costs ---- */

static void on_usage(const struct pg_result *r, void *arg)
{
	struct put_wait *w = arg;
	struct session *s = w->s;
	struct sv left;
	int64_t ucents;
	bool null = true;

	s->pending--;
	if (r->err) {
		failed(s, w->fn, r);
		if (s->m->prm.backlog && backlog_waits(r))
			keep(s, w->fn, w->at_ms, w->json);
	} else if (r->rows == 1 &&
		   !js_get(pg_value(r, 0, 0, &null), "left_ucents", &left) &&
		   !sv_i64(&ucents, left)) {
		model_left(s, ucents);
	}
	free(w);
	session_reap(s);
}

static void usage_words(struct buf *b, const struct session *s,
			const struct s2s_usage *u)
{
	head(b, s);
	key(b, "provider", sv_str(s->m->model->name));
	key(b, "model", sv_str(s->m->prm.cfg->openai.realtime_model));
	model_cap(b, s);
	buf_printf(b,
		   ",\"text_in\":%lld,\"text_cached\":%lld,\"text_out\":%lld,"
		   "\"audio_in\":%lld,\"audio_cached\":%lld,"
		   "\"audio_out\":%lld,\"heard\":%lld,\"cost_ucents\":%lld}",
		   (long long)u->text_in, (long long)u->text_cached,
		   (long long)u->text_out, (long long)u->audio_in,
		   (long long)u->audio_cached, (long long)u->audio_out,
		   (long long)u->heard, (long long)u->ucents);
}

void store_usage(struct session *s, const struct s2s_usage *u)
{
	struct pg *pg = s->m->prm.pg_calls;
	struct put_wait *w = NULL;
	struct buf b;
	int err;

	usage_words(&b, s, u);
	err = b.err;
	if (!err && away(s, pg)) {
		keep(s, "model_usage", clock_wall_us() / 1000, b.p);
	} else if (!err) {
		w = malloc(sizeof(*w) + b.len + 1);
		err = w ? 0 : -ENOMEM;
	}
	if (w) {
		*w = (struct put_wait){s, "model_usage", WAIT_DESK,
				       clock_wall_us() / 1000};
		memcpy(w->json, b.p, b.len + 1);
		err = ask(pg, "select desk.model_usage($1)", &b, WAIT_DESK_MS,
			  false, on_usage, w);
		if (!err) {
			s->pending++;
			return;
		}
		free(w);
	} else {
		buf_fini(&b);
	}
	if (err)
		log_line(LOG_LEVEL_ERROR, "call", s->id,
			 "usage was not stored: %s", strerror(-err));
}

/* ---- recordings ---- */

void store_recording(struct session *s, const char *state,
		     const struct recording_end *e)
{
	struct buf b;

	head(&b, s);
	key(&b, "recording", sv_str(s->rec_id.s));
	key(&b, "node", sv_str(s->m->prm.cfg->node.name));
	key(&b, "path", sv_str(s->rec_path));
	buf_printf(&b, ",\"from_ms\":%lld", (long long)s->rec_from_ms);
	if (state) {
		key(&b, "state", sv_str(state));
		buf_printf(&b,
			   ",\"duration_ms\":%lld,\"bytes\":%lld,"
			   "\"lost_ms\":%lld",
			   (long long)e->duration_ms, (long long)e->bytes,
			   (long long)e->lost_ms);
	}
	buf_char(&b, '}');
	if (put(s, s->m->prm.pg_calls,
		state ? "recording_close" : "recording_open", &b, WAIT_DESK))
		log_line(LOG_LEVEL_ERROR, "call", s->id,
			 "what became of the recording was not stored");
}

/* ---- the end ---- */

bool store_end(struct session *s, const char *ended_by)
{
	unsigned before = s->pending;
	int64_t end_us = s->left_us ? s->left_us : clock_mono_us();
	int64_t ms = (end_us - s->origin_us) / 1000;
	struct buf b;

	if (s->ended || !s->id[0])
		return false;
	s->ended = true;
	counts_add(
		!strcmp(ended_by, "caller") ? &s->m->prm.counts->ended_by_caller
		: !strcmp(ended_by, "lost") ? &s->m->prm.counts->lost
					    : &s->m->prm.counts->ended_by_us);
	head(&b, s);
	if (s->outcome[0])
		key(&b, "outcome", sv_str(s->outcome));
	key(&b, "ended_by", sv_str(ended_by));
	if (s->expect_lang[0] && strcmp(s->expect_lang, s->lang))
		key(&b, "lang", sv_str(s->expect_lang));
	buf_printf(&b, ",\"duration_ms\":%lld}", (long long)ms);
	if (s->m->prm.memo && strcmp(ended_by, "lost"))
		memo_bits(s->m->prm.memo, AWAY_CALL, sv_str(s->id),
			  clock_wall_us() / 1000, AWAY_OVER);
	if (put(s, s->m->prm.pg_calls, FN_END, &b, WAIT_DESK))
		log_line(LOG_LEVEL_ERROR, "call", s->id, "end was not stored");
	return s->pending > before;
}
