/*
 * pg: statements through libpq's pipeline. Each is followed by a sync, so it
 * is its own transaction, and a constraint that is checked at its end still
 * speaks before the answer counts.
 */
#include "io/pg_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define PIPELINE_MAX 256 /* statements on the wire */
#define NULLS_MAX 2

/* The result that pg_value() reads: r is the first member. */
struct lent {
	struct pg_result r;
	const PGresult *res;
};

struct sv pg_value(const struct pg_result *r, int row, int col, bool *null)
{
	const struct lent *l = (const struct lent *)(const void *)r;
	bool none = !l->res || row >= r->rows || col >= r->cols ||
		    PQgetisnull(l->res, row, col);

	if (null)
		*null = none;
	if (none)
		return SV("");
	return (struct sv){PQgetvalue(l->res, row, col),
			   (size_t)PQgetlength(l->res, row, col)};
}

unsigned pg_queued(const struct pg *p)
{
	return (unsigned)(p->nqueue + p->nsent);
}

bool pg_up(const struct pg *p)
{
	return p->state == PG_UP;
}

const char *pg_why(const struct pg *p)
{
	return p->why;
}

int64_t pg_silent_ms(const struct pg *p)
{
	return p->nsent ? (clock_mono_us() - p->heard_us) / 1000 : 0;
}

static void stmt_free(struct pg_stmt *s)
{
	PQclear(s->res);
	free(s);
}

static void tell(struct pg_stmt *s, int err)
{
	struct lent l = {
		.r = {.err = err, .message = SV(""), .detail = SV("")}};
	const PGresult *res = err ? NULL : s->res;

	if (s->told)
		return;
	s->told = true;
	if (res && PQresultStatus(res) == PGRES_FATAL_ERROR) {
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

		l.r.err = -EREMOTEIO;
		l.r.message = sv_str(
			PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
		l.r.detail =
			sv_str(PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL));
		sv_copy(l.r.sqlstate, sizeof(l.r.sqlstate), sv_str(state));
		/* Where in the server: PL/pgSQL's statement has its own. */
		l.r.raised = sv_eq(sv_str(PQresultErrorField(
					   res, PG_DIAG_SOURCE_FUNCTION)),
				   "exec_stmt_raise");
	} else if (res) {
		l.res = res;
		l.r.rows = PQntuples(res);
		l.r.cols = PQnfields(res);
	}
	if (s->h)
		s->h(&l.r, s->arg);
}

/* ---- deadlines ---- */

static void expire(struct list *head, int64_t now_us, int *count,
		   int64_t *next_us)
{
	struct list *pos;
again:
	LIST_FOREACH (pos, head) {
		struct pg_stmt *s = list_entry(pos, struct pg_stmt, node);

		if (s->told)
			continue;
		if (s->until_us > now_us) {
			*next_us = MIN(*next_us, s->until_us);
			continue;
		}
		if (!count) { /* on the wire: its result is dropped later */
			tell(s, -ETIMEDOUT);
			goto again; /* the handler may have changed the list */
		}
		list_del(&s->node);
		--*count;
		tell(s, -ETIMEDOUT);
		stmt_free(s);
		goto again;
	}
}

static void timeouts_h(void *arg)
{
	struct pg *p = arg;
	int64_t now_us = clock_mono_us(), next_us = INT64_MAX;

	p->armed_us = INT64_MAX;
	expire(&p->sent, now_us, NULL, &next_us);
	expire(&p->queue, now_us, &p->nqueue, &next_us);
	if (p->freed || next_us >= p->armed_us)
		return;
	p->armed_us = next_us;
	timer_at(p->timeouts, next_us);
}

/* ---- results ---- */

static void answered(struct pg *p, struct pg_stmt *s)
{
	list_del(&s->node);
	p->nsent--;
	p->heard_us = clock_mono_us();
	if (s->setup && PQresultStatus(s->res) != PGRES_COMMAND_OK)
		log_warn("pg", "%s: %s: %s", p->name, s->sql,
			 PQresultErrorMessage(s->res));
	tell(s, s->res ? 0 : -ECONNRESET);
	stmt_free(s);
}

/* A later result of the same statement counts: the error of its commit. */
static void take_result(struct pg *p, PGresult *res)
{
	struct pg_stmt *s = list_entry(p->sent.next, struct pg_stmt, node);

	if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
		PQclear(res);
		answered(p, s);
		return;
	}
	PQclear(s->res);
	s->res = res;
}

int pg_drain(struct pg *p)
{
	PGnotify *note;
	int nulls = 0;

	if (!PQconsumeInput(p->conn))
		return -ECONNRESET;
	while (p->conn && !list_empty(&p->sent) && !PQisBusy(p->conn)) {
		PGresult *res = PQgetResult(p->conn);

		if (res) {
			nulls = 0;
			take_result(p, res);
		} else if (++nulls > NULLS_MAX) {
			break;
		}
	}
	while (p->conn && (note = PQnotifies(p->conn))) {
		if (p->prm.notifyh)
			p->prm.notifyh(sv_str(note->relname),
				       sv_str(note->extra), p->prm.arg);
		PQfreemem(note);
	}
	if (!p->conn)
		return 0;
	if (PQstatus(p->conn) == CONNECTION_BAD)
		return -ECONNRESET;
	if (p->state == PG_SETUP && list_empty(&p->sent))
		pg_ready(p);
	else if (p->state == PG_UP)
		pg_pump(p);
	return 0;
}

void pg_fail(struct pg *p, int err, bool all)
{
	struct list *pos, *tmp, gone;

	list_init(&gone);
	while (!list_empty(&p->sent)) {
		pos = p->sent.next;
		list_del(pos);
		list_add(&gone, pos);
	}
	p->nsent = 0;
	while (!list_empty(&gone)) {
		struct pg_stmt *s = list_entry(gone.next, struct pg_stmt, node);

		list_del(&s->node);
		tell(s, err);
		stmt_free(s);
	}
	LIST_FOREACH_SAFE (pos, tmp, &p->queue) {
		if (!all && list_entry(pos, struct pg_stmt, node)->keep)
			continue;
		list_del(pos);
		list_add(&gone, pos);
		p->nqueue--;
	}
	while (!list_empty(&gone)) {
		struct pg_stmt *s = list_entry(gone.next, struct pg_stmt, node);

		list_del(&s->node);
		tell(s, -ENOTCONN);
		stmt_free(s);
	}
}

/* ---- statements ---- */

static int send_stmt(struct pg *p, struct pg_stmt *s)
{
	if (!PQsendQueryParams(p->conn, s->sql, s->nparams, NULL,
			       s->nparams ? s->params : NULL, NULL, NULL, 0))
		return -EIO;
	/* From here on it may run. */
	if (!p->nsent)
		p->heard_us = clock_mono_us();
	list_add(&p->sent, &s->node);
	p->nsent++;
	return PQpipelineSync(p->conn) ? 0 : -EIO;
}

void pg_pump(struct pg *p)
{
	int err = 0, n = 0;

	while (p->state == PG_UP && !err && !list_empty(&p->queue) &&
	       p->nsent < PIPELINE_MAX) {
		struct pg_stmt *s =
			list_entry(p->queue.next, struct pg_stmt, node);

		list_del(&s->node);
		p->nqueue--;
		err = send_stmt(p, s);
		if (err && !s->node.next) { /* it was not even begun */
			s->node.next = p->queue.next;
			s->node.prev = &p->queue;
			p->queue.next->prev = &s->node;
			p->queue.next = &s->node;
			p->nqueue++;
		}
		n++;
	}
	if (err)
		pg_lose_soon(p);
	else if (n)
		pg_flush(p);
}

static struct pg_stmt *stmt_new(const char *sql, int n,
				const char *const *params)
{
	size_t size = sizeof(struct pg_stmt) + (size_t)n * sizeof(char *);
	size_t at = size;
	struct pg_stmt *s;
	char *text;

	size += strlen(sql) + 1;
	for (int i = 0; i < n; i++)
		size += params[i] ? strlen(params[i]) + 1 : 0;
	s = malloc(size);
	if (!s)
		return NULL;
	*s = (struct pg_stmt){.nparams = n};
	text = (char *)s + at;
	s->sql = text;
	text = (char *)memcpy(text, sql, strlen(sql) + 1) + strlen(sql) + 1;
	for (int i = 0; i < n; i++) {
		size_t len = params[i] ? strlen(params[i]) + 1 : 0;

		s->params[i] = params[i] ? memcpy(text, params[i], len) : NULL;
		text += len;
	}
	return s;
}

int pg_call(struct pg *p, const char *sql, int nparams,
	    const char *const *params, int timeout_ms, bool queue_while_down,
	    pg_h *h, void *arg)
{
	struct pg_stmt *s;

	if (p->state != PG_UP && !queue_while_down)
		return -ENOTCONN;
	if (p->nqueue + p->nsent >= p->prm.queue_max)
		return -ENOBUFS;
	s = stmt_new(sql, nparams, params);
	if (!s)
		return -ENOMEM;
	s->p = p;
	s->h = h;
	s->arg = arg;
	s->keep = queue_while_down;
	s->until_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	list_add(&p->queue, &s->node);
	p->nqueue++;
	if (s->until_us < p->armed_us) {
		p->armed_us = s->until_us;
		timer_at(p->timeouts, s->until_us);
	}
	if (p->state == PG_UP)
		pg_pump(p);
	return 0;
}

/* ---- channels ---- */

int pg_add_listen(struct pg *p, const char *channel)
{
	char *name = PQescapeIdentifier(p->conn, channel, strlen(channel));
	char sql[256] = "listen ";
	struct pg_stmt *s;

	if (!name)
		return -ENOMEM;
	if (sv_copy(sql + 7, sizeof(sql) - 7, sv_str(name))) {
		PQfreemem(name);
		return -ENAMETOOLONG;
	}
	PQfreemem(name);
	s = stmt_new(sql, 0, NULL);
	if (!s)
		return -ENOMEM;
	s->p = p;
	s->setup = true;
	s->until_us = INT64_MAX;
	if (!send_stmt(p, s))
		return 0;
	if (!s->node.next)
		stmt_free(s);
	return -EIO;
}

int pg_listen(struct pg *p, const char *channel)
{
	size_t size = strlen(channel) + 1;
	struct pg_channel *c = malloc(sizeof(*c) + size);

	if (!c)
		return -ENOMEM;
	memcpy(c->name, channel, size);
	c->node = (struct list){0};
	list_add(&p->channels, &c->node);
	if (p->state != PG_UP && p->state != PG_SETUP)
		return 0;
	if (pg_add_listen(p, channel))
		pg_lose_soon(p);
	else
		pg_flush(p);
	return 0;
}

/* ---- life ---- */

static void last_free(void *arg)
{
	struct pg *p = arg;

	while (!list_empty(&p->channels)) {
		struct list *c = p->channels.next;

		list_del(c);
		free(list_entry(c, struct pg_channel, node));
	}
	PQconninfoFree(p->opts);
	free(p->name);
	free(p->user);
	p->name = NULL;
	if (!p->resolving) /* else the resolver's answer frees it */
		free(p);
}

/* Finds the host that dns has to resolve. */
static int read_conninfo(struct pg *p, const char *conninfo)
{
	const char *host = getenv("PGHOST"), *addr = getenv("PGHOSTADDR");
	char *why = NULL;

	p->opts = PQconninfoParse(conninfo, &why);
	if (!p->opts) {
		log_error("pg", "%s: %s", p->name, why ? why : "no memory");
		PQfreemem(why);
		return -EINVAL;
	}
	for (PQconninfoOption *o = p->opts; o->keyword; o++) {
		if (o->val && !strcmp(o->keyword, "host"))
			host = o->val;
		if (o->val && !strcmp(o->keyword, "hostaddr"))
			addr = o->val;
	}
	if (addr || !host || !host[0] || host[0] == '/' || host[0] == '@')
		return 0;
	if (strchr(host, ',')) {
		log_error("pg", "%s: one host only, please", p->name);
		return -EINVAL;
	}
	p->host = host;
	return 0;
}

int pg_new(struct pg **out, struct loop *l, struct dns *d,
	   const struct pg_prm *prm)
{
	struct pg *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p)
		return -ENOMEM;
	p->l = l;
	p->dns = d;
	p->prm = *prm;
	p->backoff_ms = 50;
	p->armed_us = INT64_MAX;
	list_init(&p->queue);
	list_init(&p->sent);
	list_init(&p->channels);
	p->name = strdup(prm->name);
	p->user = prm->user ? strdup(prm->user) : NULL;
	if (!p->name || (prm->user && !p->user) ||
	    timer_new(&p->dial, l, pg_dial, p) ||
	    timer_new(&p->timeouts, l, timeouts_h, p))
		goto fail;
	err = read_conninfo(p, prm->conninfo);
	if (err)
		goto fail;
	timer_at(p->dial, 0);
	*out = p;
	return 0;
fail:
	timer_free(p->dial);
	timer_free(p->timeouts);
	last_free(p);
	return err;
}

struct pg *pg_free(struct pg *p)
{
	if (!p)
		return NULL;
	p->freed = true;
	p->dial = timer_free(p->dial);
	p->timeouts = timer_free(p->timeouts);
	pg_disconnect(p);
	pg_fail(p, -ECONNRESET, true);
	loop_defer(p->l, last_free, p);
	return NULL;
}
