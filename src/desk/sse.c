#include "desk/sse.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/counts.h"
#include "base/js.h"
#include "base/list.h"
#include "base/log.h"
#include "desk/problem.h"
#include "desk/sse_batch.h"

#define READERS_MAX 4096
#define READ_MS 5000
#define PIECE (16u << 10)  /* written at once */
#define BEHIND (64u << 10) /* waits for a reader that gets no more now */
#define CATCH_UP_US 100000 /* then look whether they took it */
#define STUCK_BEATS 2	   /* heartbeats in which it took nothing */
#define CHECK_MS 5000	   /* so often a reader's session is asked again */
#define CHECK_TURNS 20	   /* not all at once: each its twentieth of that */

struct reader {
	struct list node;	   /* in hub->readers; unlinked once it ends */
	struct hub *hub;	   /* NULL: ended */
	struct web_stream *stream; /* NULL: closed */
	int64_t pos;	/* last sequence it has or skipped; -1: from now on */
	int64_t told;	/* last id: that went out */
	bool placed;	/* pos is one of this database's sequence */
	bool in_read;	/* the read under way counts for it */
	bool checking;	/* session_find() holds it */
	unsigned turn;	/* of CHECK_TURNS */
	bool lagging;	/* was behind when there was more for it */
	bool fed;	/* took something since the last heartbeat */
	unsigned stuck; /* heartbeats in which it was behind and took nothing */
	bool segments_only;
	char call[UUID_LEN + 1];
	char user[UUID_LEN + 1];
	char session[UUID_LEN + 1];
};

struct hub {
	struct list node;
	struct sse *sse; /* NULL: sse_free() ran, on_events() frees it */
	struct list readers;
	char business[UUID_LEN + 1];
	char user[UUID_LEN + 1]; /* in whose name the read runs */
	bool reading, again;
	bool placing;  /* the read under way asks only where now is */
	unsigned busy; /* somebody walks its readers: do not free it */
};

struct sse {
	struct sse_prm prm;
	struct list hubs;
	struct timer *poll, *beat, *catch_up, *check;
	unsigned readers, turn, turns_given;
};

static void hub_read(struct hub *h);
static void hub_reap(struct hub *h);

/* ---- readers ---- */

static void reader_reap(struct reader *rd)
{
	if (rd->stream || rd->checking)
		return;
	free(rd);
}

/* Out of its hub; the stream may still be closing. */
static void reader_leave(struct reader *rd)
{
	if (!rd->hub)
		return;
	list_del(&rd->node);
	if (rd->hub->sse)
		rd->hub->sse->readers--;
	rd->hub = NULL;
}

static void on_closed(struct web_stream *stream, void *arg)
{
	struct reader *rd = arg;
	struct hub *h = rd->hub;

	(void)stream;
	reader_leave(rd);
	rd->stream = NULL;
	reader_reap(rd);
	if (h)
		hub_reap(h);
}

static void count_drop(struct sse_counts *c, const char *reason)
{
	counts_add(!strcmp(reason, "slow")	   ? &c->slow
		   : !strcmp(reason, "signed_out") ? &c->signed_out
		   : !strcmp(reason, "restart")	   ? &c->restart
						   : &c->not_allowed);
}

/* Says why and closes; on_closed() follows, never from inside. */
static void reader_drop(struct reader *rd, const char *reason)
{
	struct buf b;

	if (rd->hub && rd->hub->sse)
		count_drop(rd->hub->sse->prm.counts, reason);
	reader_leave(rd);
	if (!rd->stream)
		return;
	buf_init(&b, 256);
	buf_printf(&b, "event: dropped\ndata: {\"reason\":\"%s\"}\n\n", reason);
	(void)web_stream_write(rd->stream, buf_get(&b));
	buf_fini(&b);
	web_stream_close(rd->stream);
}

static bool reader_behind(const struct reader *rd)
{
	return !rd->stream || web_stream_pending(rd->stream) > BEHIND;
}

/* Behind, with more to come: it is looked after soon. */
static bool reader_lags(struct reader *rd)
{
	rd->lagging = reader_behind(rd);
	if (rd->lagging && rd->hub)
		timer_at(rd->hub->sse->catch_up, clock_mono_us() + CATCH_UP_US);
	return rd->lagging;
}

/* An event that is too large, or no memory: the reader comes back for it. */
static void reader_send(struct reader *rd, struct sv bytes)
{
	if (!bytes.len || !rd->stream)
		return;
	if (web_stream_write(rd->stream, bytes) == -ENOBUFS)
		reader_drop(rd, "slow");
}

static bool wants(const struct reader *rd, struct sv type, struct sv call)
{
	if (!rd->segments_only)
		return true;
	if (!sv_eq(type, "segment"))
		return false;
	return !rd->call[0] || sv_eq(call, rd->call);
}

/* ---- hubs ---- */

static struct hub *hub_find(struct sse *s, struct sv business)
{
	struct list *pos;

	LIST_FOREACH (pos, &s->hubs) {
		struct hub *h = list_entry(pos, struct hub, node);

		if (sv_eq(business, h->business))
			return h;
	}
	return NULL;
}

static struct hub *hub_get(struct sse *s, const char *business)
{
	struct hub *h = hub_find(s, sv_str(business));

	if (h)
		return h;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->sse = s;
	list_init(&h->readers);
	sv_copy(h->business, sizeof(h->business), sv_str(business));
	list_add(&s->hubs, &h->node);
	return h;
}

static void hub_reap(struct hub *h)
{
	if (h->reading || h->busy || !list_empty(&h->readers))
		return;
	list_del(&h->node);
	free(h);
}

/*
 * The first answer for a reader says where now is: there it begins. Its own
 * position must not lie beyond (then the database is not the one it knew), nor
 * before what is kept (then it has missed something).
 */
static void reader_place(struct reader *rd, int64_t last, int64_t from)
{
	struct buf text;

	buf_init(&text, 256);
	rd->placed = true;
	if (rd->pos > last || (rd->pos >= 0 && rd->pos < from)) {
		buf_str(&text, "event: reset\ndata: {}\n\n");
		rd->pos = -1;
	}
	if (rd->pos < 0) {
		rd->pos = rd->told = last;
		buf_printf(&text, "id: %lld\n\n", (long long)last);
	}
	reader_send(rd, buf_get(&text));
	buf_fini(&text);
}

/*
 * What rd has not got yet. A reader that is behind keeps its position: the
 * next read goes on from there.
 */
static void reader_feed(struct reader *rd, const struct sse_batch *b)
{
	struct buf text;

	buf_init(&text, 0);
	for (size_t i = 0; i < b->n; i++) {
		const struct sse_event *ev = &b->ev[i];

		if (ev->seq <= rd->pos)
			continue;
		if (reader_lags(rd))
			break;
		rd->pos = ev->seq;
		rd->fed = true;
		if (!wants(rd, ev->type, ev->call))
			continue;
		buf_add(&text, b->text.p + ev->off, ev->len);
		rd->told = ev->seq;
		if (text.len < PIECE)
			continue;
		reader_send(rd, buf_get(&text));
		buf_reset(&text);
	}
	reader_send(rd, buf_get(&text));
	buf_fini(&text);
}

/* The user in whose name we read may not any more. */
static void hub_drop_user(struct hub *h)
{
	struct list *pos, *tmp;

	LIST_FOREACH_SAFE (pos, tmp, &h->readers) {
		struct reader *rd = list_entry(pos, struct reader, node);

		if (!strcmp(rd->user, h->user))
			reader_drop(rd, "not_allowed");
	}
}

static int hub_feed(struct hub *h, struct sv json)
{
	struct sse_batch *b;
	struct list *pos, *tmp;
	int err = sse_batch_new(&b, json);

	if (err)
		return err;
	LIST_FOREACH_SAFE (pos, tmp, &h->readers) {
		struct reader *rd = list_entry(pos, struct reader, node);

		if (!rd->in_read)
			continue;
		if (h->placing)
			reader_place(rd, b->last, b->from);
		else
			reader_feed(rd, b);
	}
	h->again |= b->full || h->placing;
	sse_batch_free(b);
	return 0;
}

static void on_events(const struct pg_result *r, void *arg)
{
	struct hub *h = arg;
	bool null, denied = false;
	int err = r->err;

	if (!h->sse) {
		free(h);
		return;
	}
	if (!err && (r->rows != 1 || r->cols != 1))
		err = -EBADMSG;
	if (!err)
		err = hub_feed(h, pg_value(r, 0, 0, &null));
	else if (err == -EREMOTEIO)
		denied = !strncmp(r->sqlstate, "28", 2) ||
			 !strcmp(r->sqlstate, "42501");
	if (denied)
		hub_drop_user(h);
	if (err)
		log_warn("sse", "events: %s %s %.*s", strerror(-err),
			 r->sqlstate, SV_ARG(r->message));
	h->reading = false;
	/* After an error the poll tries again, not this turn. */
	if ((h->again && !err) || denied)
		hub_read(h);
	hub_reap(h);
}

/*
 * Who the next read is for. New readers first: where is now (*after -1)?
 * Then the slowest position decides where to read from; who is behind waits.
 */
static bool hub_collect(struct hub *h, int64_t *after)
{
	struct list *pos;
	bool any = false;

	*after = -1;
	h->placing = false;
	LIST_FOREACH (pos, &h->readers) {
		if (!list_entry(pos, struct reader, node)->placed)
			h->placing = true;
	}
	LIST_FOREACH (pos, &h->readers) {
		struct reader *rd = list_entry(pos, struct reader, node);

		rd->in_read = rd->placed != h->placing && !reader_lags(rd);
		if (!rd->in_read)
			continue;
		if (!any)
			sv_copy(h->user, sizeof(h->user), sv_str(rd->user));
		any = true;
		if (!h->placing && (*after < 0 || rd->pos < *after))
			*after = rd->pos;
	}
	return any;
}

static void hub_read(struct hub *h)
{
	const char *params[3];
	int64_t after;
	struct buf req;
	int err;

	if (h->reading) {
		h->again = true;
		return;
	}
	h->again = false;
	if (!hub_collect(h, &after))
		return;
	buf_init(&req, 128);
	if (after < 0)
		buf_printf(&req, "{\"after\":null,\"limit\":%d}",
			   SSE_BATCH_MAX);
	else
		buf_printf(&req, "{\"after\":%lld,\"limit\":%d}",
			   (long long)after, SSE_BATCH_MAX);
	params[0] = h->business;
	params[1] = h->user;
	params[2] = req.p;
	h->reading = true;
	err = req.err ? req.err
		      : pg_call(h->sse->prm.pg,
				"select api.events($1::uuid,$2::uuid,"
				"$3::jsonb)",
				3, params, READ_MS, false, on_events, h);
	if (err) /* the poll tries again */
		h->reading = false;
	buf_fini(&req);
}

/* ---- timers ---- */

static void on_poll(void *arg)
{
	struct sse *s = arg;
	struct list *pos;

	LIST_FOREACH (pos, &s->hubs) {
		struct hub *h = list_entry(pos, struct hub, node);

		if (!h->reading)
			hub_read(h);
	}
}

/* A reader that took what waited for it need not wait for the poll. */
static void on_catch_up(void *arg)
{
	struct sse *s = arg;
	struct list *pos, *rpos;
	bool again = false;

	LIST_FOREACH (pos, &s->hubs) {
		struct hub *h = list_entry(pos, struct hub, node);
		bool ready = false;

		LIST_FOREACH (rpos, &h->readers) {
			struct reader *rd =
				list_entry(rpos, struct reader, node);

			again |= rd->lagging;
			ready |= rd->lagging && !reader_behind(rd);
		}
		if (ready)
			hub_read(h);
	}
	if (again)
		timer_at(s->catch_up, clock_mono_us() + CATCH_UP_US);
}

static void on_checked(int err, const struct session *who, void *arg)
{
	struct reader *rd = arg;

	rd->checking = false;
	if (!rd->hub) {
		reader_reap(rd);
		return;
	}
	if (err == -EACCES || (!err && who->role < ROLE_VIEWER)) {
		struct hub *h = rd->hub;

		h->busy++;
		session_forget(h->sse->prm.sessions, sv_str(rd->session));
		reader_drop(rd, "signed_out");
		h->busy--;
		hub_reap(h);
	}
}

/* May its user still look at this business? */
static void reader_check(struct reader *rd)
{
	struct cred c = {.kind = CRED_ACCESS, .fresh = true};

	sv_copy(c.who.user, sizeof(c.who.user), sv_str(rd->user));
	sv_copy(c.who.session, sizeof(c.who.session), sv_str(rd->session));
	sv_copy(c.business, sizeof(c.business), sv_str(rd->hub->business));
	session_find(rd->hub->sse->prm.sessions, &c, on_checked, rd);
}

static void reader_beat(struct reader *rd)
{
	struct buf b;

	rd->stuck = reader_behind(rd) && !rd->fed ? rd->stuck + 1 : 0;
	rd->fed = false;
	if (rd->stuck >= STUCK_BEATS)
		reader_drop(rd, "slow");
	if (reader_behind(rd))
		return;
	buf_init(&b, 64);
	/* An id alone moves the position past what this reader did not want. */
	if (rd->pos > rd->told)
		buf_printf(&b, "id: %lld\n\n", (long long)rd->pos);
	else
		buf_str(&b, ":\n\n");
	rd->told = MAX(rd->told, rd->pos);
	reader_send(rd, buf_get(&b));
	buf_fini(&b);
}

static void hub_beat(struct hub *h)
{
	struct list *pos, *tmp;

	h->busy++;
	LIST_FOREACH_SAFE (pos, tmp, &h->readers)
		reader_beat(list_entry(pos, struct reader, node));
	h->busy--;
	hub_reap(h);
}

static void on_beat(void *arg)
{
	struct sse *s = arg;
	struct list *pos, *tmp;

	LIST_FOREACH_SAFE (pos, tmp, &s->hubs)
		hub_beat(list_entry(pos, struct hub, node));
}

static void hub_check(struct hub *h, unsigned turn)
{
	struct list *pos, *tmp;

	h->busy++;
	LIST_FOREACH_SAFE (pos, tmp, &h->readers) {
		struct reader *rd = list_entry(pos, struct reader, node);

		if (rd->turn != turn || rd->checking)
			continue;
		rd->checking = true;
		reader_check(rd);
	}
	h->busy--;
	hub_reap(h);
}

static void on_check(void *arg)
{
	struct sse *s = arg;
	struct list *pos, *tmp;

	s->turn = (s->turn + 1) % CHECK_TURNS;
	LIST_FOREACH_SAFE (pos, tmp, &s->hubs)
		hub_check(list_entry(pos, struct hub, node), s->turn);
}

/* ---- the outside ---- */

int sse_new(struct sse **out, const struct sse_prm *prm)
{
	struct sse *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->prm = *prm;
	list_init(&s->hubs);
	err = timer_new(&s->poll, prm->loop, on_poll, s);
	if (!err)
		err = timer_new(&s->beat, prm->loop, on_beat, s);
	if (!err)
		err = timer_new(&s->catch_up, prm->loop, on_catch_up, s);
	if (!err)
		err = timer_new(&s->check, prm->loop, on_check, s);
	if (err) {
		sse_free(s);
		return err;
	}
	timer_every(s->poll, prm->poll_ms ? prm->poll_ms : 3000);
	timer_every(s->beat, prm->heartbeat_ms ? prm->heartbeat_ms : 15000);
	timer_every(s->check, MAX((prm->check_ms ? prm->check_ms : CHECK_MS) /
					  CHECK_TURNS,
				  1));
	*out = s;
	return 0;
}

struct sse *sse_free(struct sse *s)
{
	if (!s)
		return NULL;
	while (!list_empty(&s->hubs)) {
		struct hub *h = list_entry(s->hubs.next, struct hub, node);

		h->busy++;
		while (!list_empty(&h->readers))
			reader_drop(list_entry(h->readers.next, struct reader,
					       node),
				    "restart");
		h->busy--;
		list_del(&h->node);
		h->sse = NULL;
		if (!h->reading)
			free(h);
	}
	s->poll = timer_free(s->poll);
	s->beat = timer_free(s->beat);
	s->catch_up = timer_free(s->catch_up);
	s->check = timer_free(s->check);
	free(s);
	return NULL;
}

static struct reader *reader_new(const struct sse_open_prm *p)
{
	struct reader *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return NULL;
	rd->pos = rd->told = p->after;
	rd->segments_only = p->segments_only;
	sv_copy(rd->call, sizeof(rd->call), p->call);
	sv_copy(rd->user, sizeof(rd->user), sv_str(p->who->user));
	sv_copy(rd->session, sizeof(rd->session), sv_str(p->who->id));
	return rd;
}

void sse_open(struct sse *s, struct web_req *r, const struct sse_open_prm *p)
{
	struct web_stream_handlers handlers = {.closedh = on_closed};
	struct reader *rd = NULL;
	struct hub *h = NULL;

	if (s->readers < READERS_MAX) {
		h = hub_get(s, p->who->business);
		rd = reader_new(p);
	}
	if (!h || !rd) {
		free(rd);
		if (h)
			hub_reap(h);
		problem_reply(r, 503, "Too many event streams are open.");
		return;
	}
	handlers.arg = rd;
	if (web_stream_open(&rd->stream, r, "text/event-stream",
			    "X-Content-Type-Options: nosniff\r\n"
			    "X-Accel-Buffering: no\r\n",
			    &handlers)) {
		free(rd);
		hub_reap(h);
		return;
	}
	rd->hub = h;
	rd->turn = s->turns_given++ % CHECK_TURNS;
	list_add(&h->readers, &rd->node);
	s->readers++;
	counts_add(&s->prm.counts->opened);
	h->busy++;
	reader_send(rd, SV("retry: 2000\n\n"));
	h->busy--;
	hub_read(h);
	hub_reap(h);
}

void sse_ring(struct sse *s, struct sv business)
{
	struct hub *h = hub_find(s, business);

	if (h)
		hub_read(h);
}

/* Line ends between the members would end the data. */
static void add_line(struct buf *b, struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_char(b, text.p[i] == '\n' || text.p[i] == '\r' ? ' '
								   : text.p[i]);
}

void sse_partial(struct sse *s, struct sv business, struct sv payload)
{
	struct hub *h = hub_find(s, business);
	struct list *pos, *tmp;
	struct sv call = {0};
	struct buf b;

	if (!h)
		return;
	(void)js_get(payload, "call", &call);
	buf_init(&b, 64 << 10);
	buf_str(&b, "event: segment\ndata: ");
	add_line(&b, payload);
	buf_str(&b, "\n\n");
	h->busy++;
	LIST_FOREACH_SAFE (pos, tmp, &h->readers) {
		struct reader *rd = list_entry(pos, struct reader, node);

		if (!b.err && !reader_behind(rd) &&
		    wants(rd, SV("segment"), call))
			reader_send(rd, buf_get(&b));
	}
	h->busy--;
	buf_fini(&b);
	hub_reap(h);
}

void sse_sign_out(struct sse *s, struct sv session)
{
	struct list *pos, *tmp, *rpos, *rtmp;

	LIST_FOREACH_SAFE (pos, tmp, &s->hubs) {
		struct hub *h = list_entry(pos, struct hub, node);

		h->busy++;
		LIST_FOREACH_SAFE (rpos, rtmp, &h->readers) {
			struct reader *rd =
				list_entry(rpos, struct reader, node);

			if (sv_eq(session, rd->session))
				reader_drop(rd, "signed_out");
		}
		h->busy--;
		hub_reap(h);
	}
}

unsigned sse_readers(const struct sse *s)
{
	return s->readers;
}
