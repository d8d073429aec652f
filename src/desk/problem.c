#include "desk/problem.h"

#include "base/log.h"

#define BAD_VALUE "A value is not as it should be."

/* The longest matching prefix counts, so exact codes come before classes. */
static const struct {
	const char *prefix;
	int status;
	bool tell; /* what we raise ourselves was written for the caller */
	const char *words; /* what to say of the server's own; NULL: nothing */
} classes[] = {
	{"P0002", 404, true, NULL},	 /* no_data_found */
	{"02", 404, true, NULL},	 /* no data */
	{"42501", 403, false, NULL},	 /* insufficient privilege */
	{"28", 401, false, NULL},	 /* invalid authorization */
	{"22", 400, true, BAD_VALUE},	 /* a value makes no sense */
	{"23514", 400, true, BAD_VALUE}, /* check violation */
	{"23502", 400, true, BAD_VALUE}, /* not null violation */
	/* already there, overlaps, still used */
	{"23", 409, true, "It does not fit with what is there already."},
	{"NB", 409, true, NULL},  /* our own: the step is stale */
	{"40", 503, false, NULL}, /* serialization, deadlock: try again */
	{"53", 503, false, NULL}, /* out of resources */
	{"55", 503, false, NULL}, /* not in the needed state, locked */
	{"57", 503, false, NULL}, /* cancelled, shutting down */
	{"08", 503, false, NULL}, /* connection */
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

/* Of the server's own words none gets out: they name tables and values. */
static int class_of(const struct pg_result *res, struct sv *words)
{
	struct sv state = sv_str(res->sqlstate);

	*words = (struct sv){0};
	if (res->err != -EREMOTEIO)
		return 503;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!sv_starts(state, classes[i].prefix))
			continue;
		*words = classes[i].tell && res->raised
				 ? res->message
				 : sv_str(classes[i].words);
		return classes[i].status;
	}
	return 500;
}

int problem_status(const struct pg_result *res)
{
	struct sv words;

	return class_of(res, &words);
}

int problem_reply_sql(struct web_req *r, const struct pg_result *res,
		      const char *what)
{
	struct sv words;
	int status = class_of(res, &words);

	if (status >= 500)
		log_warn("api", "%s: %s %s %.*s", what, strerror(-res->err),
			 res->sqlstate, SV_ARG(res->message));
	if (status == 503)
		return problem_reply(r, 503,
				     "The database did not answer. Try again.");
	if (!res->raised && (status == 400 || status == 409))
		log_info("api", "%s: refused by the database only: %s", what,
			 res->sqlstate);
	return problem_reply_with(r, status, words, NULL);
}
