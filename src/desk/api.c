#include "desk/api.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/list.h"
#include "base/log.h"
#include "desk/problem.h"
#include "proto/form.h"

#define SQL_MS 5000
#define COOKIE_ATTRS "; Path=/; HttpOnly; SameSite=Strict"

/* A request on its way through session and database. */
struct op {
	struct list node;
	struct api *a;	   /* NULL: api_free() ran */
	struct web_req *r; /* NULL: answered, or the peer is gone */
	const struct route *route;
	struct buf req; /* JSON object: path and query parameters */
	struct form query;
	struct session who; /* json is not kept */
	char secret[SESSION_SECRET_MAX + 1];
	char id[UUID_LEN + 1]; /* {id} of the path */
};

struct api {
	struct api_prm prm;
	struct list ops;
};

struct route {
	const char *method, *path; /* {id} stands for a UUID */
	const char *sql;	   /* of (business, user, request) or NULL */
	void (*run)(struct op *op, const struct session *who);
	enum role role;	    /* ROLE_NONE: no session needed */
	const char *params; /* names in the query, with blanks between */
};

static void run_sql(struct op *op, const struct session *who);
static void run_session(struct op *op, const struct session *who);
static void run_events(struct op *op, const struct session *who);
static void run_sign_in(struct op *op, const struct session *who);
static void run_sign_out(struct op *op, const struct session *who);

#define CALL3(f) "select " f "($1::uuid,$2::uuid,$3::jsonb)"

static const struct route routes[] = {
	{"POST", "/api/v1/sign-in", NULL, run_sign_in, ROLE_NONE, ""},
	{"POST", "/api/v1/sign-out", NULL, run_sign_out, ROLE_NONE, ""},
	{"GET", "/api/v1/session", NULL, run_session, ROLE_STAFF, ""},
	{"GET", "/api/v1/calls", CALL3("api.calls"), run_sql, ROLE_STAFF,
	 "limit before"},
	{"GET", "/api/v1/calls/{id}", CALL3("api.call"), run_sql, ROLE_STAFF,
	 ""},
	{"GET", "/api/v1/appointments", CALL3("api.appointments"), run_sql,
	 ROLE_STAFF, "limit before from to"},
	{"GET", "/api/v1/messages", CALL3("api.messages"), run_sql, ROLE_STAFF,
	 "limit before"},
	{"GET", "/api/v1/events", NULL, run_events, ROLE_STAFF,
	 "last_event_id"},
	{"GET", "/transcripts", NULL, run_events, ROLE_STAFF,
	 "last_event_id call"},
};

/* ---- one request's life ---- */

static void op_free(struct op *op)
{
	list_del(&op->node);
	explicit_bzero(op->secret, sizeof(op->secret));
	form_fini(&op->query);
	buf_fini(&op->req);
	free(op);
}

static void on_gone(void *arg)
{
	struct op *op = arg;

	op->r = NULL;
}

/* Takes the request out of op: who calls this answers it. */
static struct web_req *op_take(struct op *op)
{
	struct web_req *r = op->r;

	op->r = NULL;
	return r;
}

static void op_problem(struct op *op, int status, const char *detail)
{
	struct web_req *r = op_take(op);

	if (r)
		problem_reply(r, status, detail);
	op_free(op);
}

int api_new(struct api **out, const struct api_prm *prm)
{
	struct api *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->prm = *prm;
	list_init(&a->ops);
	*out = a;
	return 0;
}

struct api *api_free(struct api *a)
{
	if (!a)
		return NULL;
	while (!list_empty(&a->ops)) {
		struct op *op = list_entry(a->ops.next, struct op, node);
		struct web_req *r = op_take(op);

		list_del(&op->node);
		op->a = NULL; /* the database's answer frees it */
		if (r)
			problem_reply(r, 503, "The gateway is stopping.");
	}
	free(a);
	return NULL;
}

/* ---- SQL ---- */

static void on_rows(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	bool null = true;
	struct sv v = {0};

	if (!res->err && res->rows == 1 && res->cols == 1)
		v = pg_value(res, 0, 0, &null);
	if (r && res->err)
		problem_reply_sql(r, res, op->route->path);
	else if (r && null)
		problem_reply(r, 404, NULL);
	else if (r)
		web_reply(r, 200, "application/json", v, API_HEADERS);
	op_free(op);
}

static void op_call(struct op *op, const char *sql, int n,
		    const char *const *params, pg_h *h)
{
	if (pg_call(op->a->prm.pg, sql, n, params, SQL_MS, false, h, op))
		op_problem(op, 503, "The database is not reachable now.");
}

static void run_sql(struct op *op, const struct session *who)
{
	const char *params[] = {who->business, who->user, op->req.p};

	op_call(op, op->route->sql, 3, params, on_rows);
}

static void run_session(struct op *op, const struct session *who)
{
	web_reply(op_take(op), 200, "application/json", who->json, API_HEADERS);
	op_free(op);
}

/* ---- event streams ---- */

/* A browser that reconnects sends the header; its URL still has the old one. */
static int event_position(struct op *op, int64_t *after)
{
	struct sv s = web_req_header(op->r, "last-event-id");

	if (!s.len)
		s = form_get(&op->query, "last_event_id");
	*after = -1;
	if (!s.len)
		return 0;
	return sv_i64(after, s) || *after < 0 ? -EINVAL : 0;
}

static void run_events(struct op *op, const struct session *who)
{
	struct sse_open_prm p = {
		.who = who,
		.secret = sv_str(op->secret),
		.segments_only = !strcmp(op->route->path, "/transcripts"),
		.call = form_get(&op->query, "call"),
	};

	if (event_position(op, &p.after)) {
		op_problem(op, 400, "Last-Event-ID is not one of ours.");
		return;
	}
	sse_open(op->a->prm.sse, op_take(op), &p);
	op_free(op);
}

/* ---- sign-in and sign-out ---- */

static void set_cookie(struct web_req *r, const char *secret, int64_t age_s)
{
	struct buf head;

	buf_init(&head, 2048);
	buf_printf(&head,
		   API_HEADERS "Set-Cookie: " SESSION_COOKIE "=%s" COOKIE_ATTRS
			       "; Max-Age=%lld\r\n",
		   secret, (long long)age_s);
	web_reply(r, 200, "application/json", SV("{\"ok\":true}"), head.p);
	explicit_bzero(head.p, head.len);
	buf_fini(&head);
}

static bool fit_for_cookie(const char *s)
{
	return s && *s && strlen(s) <= SESSION_SECRET_MAX &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			    "XYZ0123456789-_.~+/=")];
}

static void on_redeemed(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	const char *secret;
	json_t *o = NULL;
	bool null = true;
	struct sv v = {0};

	if (!r)
		goto out;
	if (res->err) {
		int status = problem_status(res);

		if (status >= 500)
			problem_reply_sql(r, res, op->route->path);
		else
			problem_reply(r, 401,
				      "This link was used before, or it is "
				      "too old. Ask for a new one.");
		goto out;
	}
	if (res->rows == 1 && res->cols == 1)
		v = pg_value(res, 0, 0, &null);
	o = null ? NULL : json_loadb(v.p, v.len, 0, NULL);
	secret = json_string_value(json_object_get(o, "session"));
	if (fit_for_cookie(secret))
		set_cookie(r, secret,
			   json_integer_value(json_object_get(o, "expires_s")));
	else
		problem_reply(r, 500, NULL);
out:
	json_decref(o);
	op_free(op);
}

static void run_sign_in(struct op *op, const struct session *who)
{
	struct sv body = web_req_body(op->r);
	json_t *o = json_loadb(body.p ? body.p : "", body.len, 0, NULL);
	const char *token = json_string_value(json_object_get(o, "token"));
	struct buf req;
	const char *params[1];

	(void)who;
	if (!token || !*token || strlen(token) > 256) {
		json_decref(o);
		op_problem(op, 400, "The body must be {\"token\":\"…\"}.");
		return;
	}
	buf_init(&req, 4096);
	buf_str(&req, "{\"token\":\"");
	buf_json(&req, sv_str(token));
	buf_str(&req, "\"}");
	json_decref(o);
	params[0] = req.p;
	op_call(op, "select api.link_redeem($1::jsonb)", 1, params,
		on_redeemed);
	buf_fini(&req);
}

static void on_signed_out(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);

	if (op->a) {
		session_forget(op->a->prm.sessions, sv_str(op->secret));
		sse_sign_out(op->a->prm.sse, sv_str(op->secret));
	}
	if (r && res->err && problem_status(res) >= 500)
		problem_reply_sql(r, res, op->route->path);
	else if (r)
		set_cookie(r, "", 0);
	op_free(op);
}

static void run_sign_out(struct op *op, const struct session *who)
{
	struct buf req;
	const char *params[1];

	(void)who;
	if (!op->secret[0]) {
		set_cookie(op_take(op), "", 0);
		op_free(op);
		return;
	}
	buf_init(&req, 1024);
	buf_str(&req, "{\"session\":\"");
	buf_json(&req, sv_str(op->secret));
	buf_str(&req, "\"}");
	params[0] = req.p;
	op_call(op, "select api.sign_out($1::jsonb)", 1, params, on_signed_out);
	buf_fini(&req);
}

/* ---- from path to route ---- */

bool api_is_path(struct sv path)
{
	return sv_eq(path, "/api") || sv_starts(path, "/api/") ||
	       sv_eq(path, "/transcripts");
}

/* Does path match, and what stands for {id}? */
static bool path_match(const char *pattern, struct sv path, struct sv *id)
{
	const char *hole = strstr(pattern, "{id}");
	size_t n = hole ? (size_t)(hole - pattern) : 0;

	*id = (struct sv){0};
	if (!hole)
		return sv_eq(path, pattern);
	if (path.len != n + UUID_LEN || memcmp(path.p, pattern, n))
		return false;
	*id = (struct sv){path.p + n, UUID_LEN};
	return uuid_valid(*id);
}

static const struct route *route_find(struct sv method, struct sv path,
				      struct sv *id, const char **allow)
{
	*allow = NULL;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!path_match(routes[i].path, path, id))
			continue;
		if (sv_eq(method, routes[i].method))
			return &routes[i];
		*allow = routes[i].method;
	}
	return NULL;
}

/*
 * A page of somebody else's may make the browser send our cookie's owner's
 * request, but not with our origin. Scripts have no origin and no cookie.
 */
static bool same_origin(struct web_req *r)
{
	struct sv origin = web_req_header(r, "origin");
	struct sv host = web_req_header(r, "host");
	struct sv site = web_req_header(r, "sec-fetch-site");
	struct sv cookies = web_req_header(r, "cookie");
	size_t skip;
	bool cookie;

	if (site.len) /* the browser itself says so, whatever a proxy did */
		return sv_eq(site, "same-origin");
	if (!origin.len) {
		session_secret((struct sv){0}, cookies, &cookie);
		return !cookie;
	}
	skip = sv_starts(origin, "https://")  ? 8
	       : sv_starts(origin, "http://") ? 7
					      : 0;
	return skip && host.len &&
	       sv_same((struct sv){origin.p + skip, origin.len - skip}, host);
}

static bool is_listed(const char *names, struct sv name)
{
	size_t n;

	for (; *names; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		if (name.len == n && !memcmp(names, name.p, n))
			return true;
	}
	return false;
}

/* The request that SQL gets: {id} and the query as the route allows it. */
static int op_params(struct op *op, struct sv id, const char **why)
{
	int64_t n;

	*why = "The query is not well formed.";
	if (form_parse(&op->query, web_req_query(op->r)))
		return -EINVAL;
	buf_printf(&op->req, id.len ? "{\"id\":\"%.*s\"" : "{%.*s", SV_ARG(id));
	for (size_t i = 0; i < op->query.n; i++) {
		const struct form_pair *p = &op->query.v[i];

		*why = "There is a parameter that this path does not know.";
		if (!is_listed(op->route->params, p->name))
			return -EINVAL;
		*why = "limit must be 1 to 200.";
		if (sv_eq(p->name, "limit") &&
		    (sv_i64(&n, p->value) || n < 1 || n > 200))
			return -EINVAL;
		*why = "call must be a UUID.";
		if (sv_eq(p->name, "call") && !uuid_valid(p->value))
			return -EINVAL;
		buf_printf(&op->req, "%s\"%.*s\":", op->req.len > 1 ? "," : "",
			   SV_ARG(p->name));
		buf_str(&op->req, sv_eq(p->name, "limit") ? "" : "\"");
		buf_json(&op->req, p->value);
		buf_str(&op->req, sv_eq(p->name, "limit") ? "" : "\"");
	}
	buf_char(&op->req, '}');
	*why = "The query is too long.";
	return op->req.err;
}

static void on_session(int err, const struct session *who, void *arg)
{
	struct op *op = arg;

	if (!op->r)
		op_free(op);
	else if (err == -EACCES)
		op_problem(op, 401, "Sign in with a link first.");
	else if (err)
		op_problem(op, 503, "The database did not answer. Try again.");
	else if (who->role < op->route->role)
		op_problem(op, 403, "Your role does not allow this.");
	else
		op->route->run(op, who);
}

static void op_start(struct op *op, struct sv id)
{
	bool cookie;
	const char *why;
	struct sv secret =
		session_secret(web_req_header(op->r, "authorization"),
			       web_req_header(op->r, "cookie"), &cookie);

	if (!strcmp(op->route->method, "POST") && !same_origin(op->r))
		op_problem(op, 403, "The request comes from another site.");
	else if (op_params(op, id, &why))
		op_problem(op, 400, why);
	else if (secret.len && sv_copy(op->secret, sizeof(op->secret), secret))
		op_problem(op, 401, "Sign in with a link first.");
	else if (op->route->role == ROLE_NONE)
		op->route->run(op, NULL);
	else
		session_find(op->a->prm.sessions, secret, on_session, op);
}

void api_request(struct api *a, struct web_req *r)
{
	const struct route *route;
	const char *allow;
	struct op *op;
	struct sv id;
	char head[64];

	route = route_find(web_req_method(r), web_req_path(r), &id, &allow);
	if (!route && allow) {
		snprintf(head, sizeof(head), "Allow: %s\r\n", allow);
		problem_reply_with(r, 405, (struct sv){0}, head);
		return;
	}
	op = route ? calloc(1, sizeof(*op)) : NULL;
	if (!op) {
		problem_reply(r, route ? 503 : 404, NULL);
		return;
	}
	op->a = a;
	op->r = r;
	op->route = route;
	buf_init(&op->req, 16 << 10);
	form_init(&op->query);
	list_add(&a->ops, &op->node);
	web_req_on_gone(r, on_gone, op);
	op_start(op, id);
}
