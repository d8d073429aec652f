/* One call of a function of the database, for commands: a loop of its own. */
#include <stdlib.h>

#include "app/cmd.h"
#include "base/clock.h"
#include "io/dns.h"
#include "io/pg.h"

enum { WAIT_MS = 5000 };

struct ask {
	struct loop *loop;
	struct pg *pg;
	const char *sql, *param;
	char **out, *why;
	size_t why_size;
	int err;
	bool over;
};

/* libpq's own reason, when there is one. */
static void no_answer(struct ask *a, int err)
{
	const char *why = pg_why(a->pg);

	a->err = err;
	if (why[0])
		snprintf(a->why, a->why_size, "%s", why);
	else if (err == -ETIMEDOUT)
		snprintf(a->why, a->why_size,
			 "the database does not answer within %d s",
			 WAIT_MS / 1000);
	else
		snprintf(a->why, a->why_size,
			 "the database does not answer: %s", strerror(-err));
}

/* It tries again by itself; that helps only a server that is starting. */
static void on_fail(void *arg)
{
	struct ask *a = arg;

	if (a->over || strstr(pg_why(a->pg), "is starting up"))
		return;
	a->over = true;
	no_answer(a, -ENOTCONN);
	loop_stop(a->loop);
}

static void on_result(const struct pg_result *res, void *arg)
{
	struct ask *a = arg;
	struct sv v;
	bool null;

	if (a->over)
		return;
	a->over = true;
	a->err = res->err;
	if (res->err == -EREMOTEIO) {
		snprintf(a->why, a->why_size, "%.*s%s%.*s (%s)",
			 SV_ARG(res->message), res->detail.len ? ": " : "",
			 SV_ARG(res->detail), res->sqlstate);
	} else if (res->err) {
		no_answer(a, res->err);
	} else if (res->rows) {
		v = pg_value(res, 0, 0, &null);
		*a->out = null ? NULL : strndup(v.p, v.len);
	}
	loop_stop(a->loop);
}

static void on_late(void *arg)
{
	struct ask *a = arg;

	if (a->over)
		return;
	a->over = true;
	no_answer(a, -ETIMEDOUT);
	loop_stop(a->loop);
}

int cmd_sql(char **out, const struct config *cfg, const char *user,
	    const char *sql, const char *param, char *why, size_t why_size)
{
	struct ask a = {.out = out, .why = why, .why_size = why_size};
	const struct pg_prm prm = {
		.name = "command",
		.conninfo = cfg->database.conninfo,
		.user = user,
		.queue_max = 4,
		.statement_ms = WAIT_MS,
		.failh = on_fail,
		.arg = &a,
	};
	struct timer *late = NULL;
	struct dns *dns = NULL;
	int err = loop_new(&a.loop);

	*out = NULL;
	why[0] = '\0';
	if (!err)
		err = dns_new(&dns, a.loop);
	if (!err)
		err = timer_new(&late, a.loop, on_late, &a);
	if (!err)
		err = pg_new(&a.pg, a.loop, dns, &prm);
	if (!err)
		err = pg_call(a.pg, sql, param ? 1 : 0, &param, WAIT_MS, true,
			      on_result, &a);
	if (!err) {
		timer_at(late, clock_mono_us() + WAIT_MS * 1000 + 200000);
		loop_run(a.loop);
		err = a.err;
	}
	if (err && !why[0])
		snprintf(why, why_size, "the database cannot be asked: %s",
			 strerror(-err));
	a.over = true;
	pg_free(a.pg);
	timer_free(late);
	dns_free(dns);
	loop_free(a.loop);
	return err;
}
