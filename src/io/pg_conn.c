/*
 * pg_conn: gets a connection and keeps it. libpq may change its socket while
 * it connects, even for one with the same number, so the watching handle is
 * made anew at each step.
 */
#include "io/pg_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#define CONNECT_MS 10000
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 2000
#define KEYWORDS_MAX 64

static void poll_h(uv_poll_t *poll, int status, int events);

static void poll_closed_h(uv_handle_t *h)
{
	free(h);
}

static void unwatch(struct pg *p)
{
	if (!p->poll)
		return;
	uv_poll_stop(p->poll);
	uv_close((uv_handle_t *)p->poll, poll_closed_h);
	p->poll = NULL;
	p->events = 0;
}

static int watch(struct pg *p, int events)
{
	int err;

	if (p->poll && p->events == events)
		return 0;
	if (!p->poll) {
		p->poll = calloc(1, sizeof(*p->poll));
		if (!p->poll)
			return -ENOMEM;
		err = uv_poll_init(loop_uv(p->l), p->poll, PQsocket(p->conn));
		if (err) {
			free(p->poll);
			p->poll = NULL;
			return err;
		}
		p->poll->data = p;
	}
	p->events = events;
	return uv_poll_start(p->poll, events, poll_h);
}

void pg_disconnect(struct pg *p)
{
	unwatch(p);
	if (p->conn)
		PQfinish(p->conn);
	p->conn = NULL;
	p->state = PG_DOWN;
}

/* libpq's reasons have several lines and tabs. Never empty. */
static void one_line(char *out, size_t size, const char *why)
{
	size_t n = 0;

	for (; *why && n + 1 < size; why++)
		if (*why != '\n' && *why != '\t')
			out[n++] = *why;
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	if (!n)
		snprintf(out, size, "the connection is lost");
}

void pg_lost(struct pg *p, const char *why)
{
	bool was_up = p->state == PG_UP;
	char line[sizeof(p->why)];

	one_line(line, sizeof(line), why);
	/* Another reason is news, the same one again is not. */
	if (strcmp(p->why, line))
		log_warn("pg", "%s: %s; trying again", p->name, line);
	memcpy(p->why, line, sizeof(line));
	pg_disconnect(p);
	timer_at(p->dial, clock_mono_us() + p->backoff_ms * INT64_C(1000));
	p->backoff_ms = MIN(p->backoff_ms * 2, BACKOFF_MAX_MS);
	pg_fail(p, -ECONNRESET, false);
	if (p->freed)
		return;
	if (was_up && p->prm.downh)
		p->prm.downh(p->prm.arg);
	else if (!was_up && p->prm.failh)
		p->prm.failh(p->prm.arg);
}

void pg_lose_soon(struct pg *p)
{
	/* A shut socket is readable: poll_h() finds it broken. */
	if (p->state == PG_UP || p->state == PG_SETUP)
		shutdown(PQsocket(p->conn), SHUT_RDWR);
}

void pg_ready(struct pg *p)
{
	p->state = PG_UP;
	p->backoff_ms = BACKOFF_MIN_MS;
	if (p->why[0])
		log_info("pg", "%s: connected again", p->name);
	p->why[0] = '\0';
	if (p->prm.uph)
		p->prm.uph(p->prm.arg);
	if (!p->freed)
		pg_pump(p);
}

static void set_up(struct pg *p)
{
	struct list *pos;

	timer_stop(p->dial);
	if (PQsetnonblocking(p->conn, 1) || !PQenterPipelineMode(p->conn)) {
		pg_lost(p, PQerrorMessage(p->conn));
		return;
	}
	p->state = PG_SETUP;
	LIST_FOREACH (pos, &p->channels)
		if (pg_add_listen(
			    p,
			    list_entry(pos, struct pg_channel, node)->name)) {
			pg_lost(p, "cannot listen");
			return;
		}
	if (p->nsent)
		pg_flush(p); /* pg.c says when they are answered */
	else
		pg_ready(p);
	if (p->conn && !p->poll)
		pg_flush(p);
}

static void connect_step(struct pg *p)
{
	PostgresPollingStatusType st;

	unwatch(p);
	st = PQconnectPoll(p->conn);
	if (st == PGRES_POLLING_OK)
		set_up(p);
	else if (st == PGRES_POLLING_FAILED)
		pg_lost(p, PQerrorMessage(p->conn));
	else if (watch(p,
		       st == PGRES_POLLING_WRITING ? UV_WRITABLE : UV_READABLE))
		pg_lost(p, "cannot watch the socket");
}

void pg_flush(struct pg *p)
{
	int left = PQflush(p->conn);

	if (left < 0 || watch(p, UV_READABLE | (left > 0 ? UV_WRITABLE : 0)))
		pg_lose_soon(p);
}

static void poll_h(uv_poll_t *poll, int status, int events)
{
	struct pg *p = poll->data;

	(void)status;
	(void)events;
	if (p->state == PG_CONNECTING) {
		connect_step(p);
		return;
	}
	if (pg_drain(p)) {
		if (p->conn)
			pg_lost(p, PQerrorMessage(p->conn));
	} else if (p->conn) {
		pg_flush(p);
	}
}

static void notice_h(void *arg, const char *text)
{
	struct pg *p = arg;

	log_debug("pg", "%s: %s", p->name, text);
}

static void start(struct pg *p, const char *addr)
{
	const char *keys[KEYWORDS_MAX], *values[KEYWORDS_MAX];
	const char *given = "", *user = p->user;
	char options[512], app[64];
	PQconninfoOption *o;
	int n = 0;

	/* A machine that vanished is noticed in a minute, unless told. */
	keys[n] = "keepalives_idle", values[n++] = "30";
	keys[n] = "keepalives_interval", values[n++] = "10";
	keys[n] = "keepalives_count", values[n++] = "3";
	keys[n] = "tcp_user_timeout", values[n++] = "60000";
	for (o = p->opts; o->keyword && n < KEYWORDS_MAX - 10; o++) {
		if (!o->val || (user && !strcmp(o->keyword, "user")))
			continue;
		if (!strcmp(o->keyword, "options")) {
			given = o->val;
			continue;
		}
		keys[n] = o->keyword;
		values[n++] = o->val;
	}
	snprintf(options, sizeof(options), "%s -c statement_timeout=%d", given,
		 p->prm.statement_ms);
	snprintf(app, sizeof(app), "nightbell %s", p->name);
	keys[n] = "options", values[n++] = options;
	keys[n] = "fallback_application_name", values[n++] = app;
	keys[n] = "client_encoding", values[n++] = "UTF8";
	if (user)
		keys[n] = "user", values[n++] = user;
	if (addr)
		keys[n] = "hostaddr", values[n++] = addr;
	keys[n] = values[n] = NULL;

	p->conn = PQconnectStartParams(keys, values, 0);
	p->state = PG_CONNECTING;
	timer_at(p->dial, clock_mono_us() + CONNECT_MS * INT64_C(1000));
	if (!p->conn || PQstatus(p->conn) == CONNECTION_BAD) {
		pg_lost(p, p->conn ? PQerrorMessage(p->conn) : "no memory");
		return;
	}
	PQsetNoticeProcessor(p->conn, notice_h, p);
	if (watch(p, UV_WRITABLE))
		pg_lost(p, "cannot watch the socket");
}

static void resolved_h(int err, const char *addr, void *arg)
{
	struct pg *p = arg;

	p->resolving = false;
	if (p->freed && !p->name) /* pg_free() is complete but for this */
		free(p);
	else if (p->freed)
		return;
	else if (err)
		pg_lost(p, "the database's host has no address");
	else
		start(p, addr);
}

void pg_dial(void *arg)
{
	struct pg *p = arg;

	if (p->state == PG_CONNECTING) {
		pg_lost(p, "no connection in time");
		return;
	}
	if (!p->host) {
		start(p, NULL);
		return;
	}
	p->state = PG_RESOLVING;
	p->resolving = !dns_resolve(p->dns, p->host, resolved_h, p);
	if (!p->resolving)
		pg_lost(p, "no memory");
}
