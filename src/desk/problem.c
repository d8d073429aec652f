#include "desk/problem.h"

#include "base/log.h"

/* The longest matching prefix counts, so exact codes come before classes. */
static const struct {
	const char *prefix;
	int status;
	bool tell; /* the message was written for the caller */
} classes[] = {
	{"P0002", 404, true},  /* no_data_found */
	{"02", 404, true},     /* no data */
	{"42501", 403, false}, /* insufficient privilege */
	{"28", 401, false},    /* invalid authorization */
	{"22", 400, true},     /* a value makes no sense */
	{"23514", 400, true},  /* check violation */
	{"23502", 400, true},  /* not null violation */
	{"23", 409, true},     /* already there, overlaps, still used */
	{"NB", 409, true},     /* our own: the step is stale */
	{"40", 503, false},    /* serialization, deadlock: try again */
	{"53", 503, false},    /* out of resources */
	{"55", 503, false},    /* not in the needed state, locked */
	{"57", 503, false},    /* cancelled, shutting down */
	{"08", 503, false},    /* connection */
};

int problem_reply_with(struct web_req *r, int status, struct sv detail,
		       const char *headers)
{
	struct buf body, head;
	int err;

	buf_init(&body, 4096);
	buf_init(&head, 4096);
	web_problem(&body, status, detail);
	buf_str(&head, API_HEADERS);
	if (status == 401)
		buf_str(&head, "WWW-Authenticate: Bearer\r\n");
	if (status == 503)
		buf_str(&head, "Retry-After: 2\r\n");
	if (headers)
		buf_str(&head, headers);
	err = web_reply(r, status, WEB_PROBLEM, buf_get(&body),
			head.err ? API_HEADERS : head.p);
	buf_fini(&body);
	buf_fini(&head);
	return err;
}

int problem_reply(struct web_req *r, int status, const char *detail)
{
	return problem_reply_with(r, status, sv_str(detail), NULL);
}

static int class_of(const struct pg_result *res, bool *tell)
{
	struct sv state = sv_str(res->sqlstate);

	*tell = false;
	if (res->err != -EREMOTEIO)
		return 503;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!sv_starts(state, classes[i].prefix))
			continue;
		*tell = classes[i].tell;
		return classes[i].status;
	}
	return 500;
}

int problem_status(const struct pg_result *res)
{
	bool tell;

	return class_of(res, &tell);
}

int problem_reply_sql(struct web_req *r, const struct pg_result *res,
		      const char *what)
{
	bool tell;
	int status = class_of(res, &tell);

	if (status >= 500)
		log_warn("api", "%s: %s %s %.*s", what, strerror(-res->err),
			 res->sqlstate, SV_ARG(res->message));
	if (status == 503)
		return problem_reply(r, 503,
				     "The database did not answer. Try again.");
	return problem_reply_with(r, status,
				  tell ? res->message : (struct sv){0}, NULL);
}
