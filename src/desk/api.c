#include "desk/api.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/log.h"
#include "desk/api_op.h"
#include "desk/audio.h"
#include "desk/browser.h"
#include "desk/openapi.h"
#include "desk/origin.h"
#include "desk/problem.h"
#include "proto/form.h"

#define SQL_MS 5000
#define BUSINESS_HEADER "nightbell-business"

/* ---- one request's life ---- */

void op_free(struct op *op)
{
	list_del(&op->node);
	explicit_bzero(&op->cred, sizeof(op->cred));
	json_decref(op->req);
	free(op);
}

static void on_gone(void *arg)
{
	struct op *op = arg;

	op->r = NULL;
}

struct web_req *op_take(struct op *op)
{
	struct web_req *r = op->r;

	op->r = NULL;
	return r;
}

void op_problem(struct op *op, int status, const char *detail)
{
	struct web_req *r = op_take(op);

	if (r)
		problem_reply(r, status, detail);
	op_free(op);
}

const char *op_text(const struct op *op, const char *name)
{
	return json_string_value(json_object_get(op->req, name));
}

int api_new(struct api **out, const struct api_prm *prm)
{
	struct api *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->prm = *prm;
	list_init(&a->ops);
	buf_init(&a->openapi, 0);
	openapi_print(&a->openapi);
	if (a->openapi.err) {
		api_free(a);
		return -ENOMEM;
	}
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
	buf_fini(&a->openapi);
	free(a);
	return NULL;
}

/* HEAD is a GET whose body is not sent. */
static bool is_change(const struct op *op)
{
	return strcmp(op->route->method, "GET") &&
	       strcmp(op->route->method, "HEAD");
}

/* ---- SQL ---- */

/* The page gets more than SQL knows: where the call's stream goes. */
static void reply_call(struct op *op, struct web_req *r, struct sv row)
{
	struct buf b;

	buf_init(&b, 4096);
	if (!op->a || browser_answer(&b, row, op->a->prm.stream_secret,
				     op->a->prm.stream_token_s))
		problem_reply(r, 503, NULL);
	else
		web_reply(r, 200, "application/json", buf_get(&b), API_HEADERS);
	buf_fini(&b);
}

static void on_rows(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	bool null = true, changes = is_change(op);
	struct sv v = {0};

	if (!res->err && res->rows == 1 && res->cols == 1)
		v = pg_value(res, 0, 0, &null);
	if (!res->err && changes && op->a && op->a->prm.changedh)
		op->a->prm.changedh(sv_str(op->business), op->a->prm.arg);
	if (r && res->err)
		problem_reply_sql(r, res, op->route->path);
	else if (r && null)
		problem_reply(r, 404, NULL);
	else if (r && op->route->kind == ROUTE_CALL)
		reply_call(op, r, v);
	else if (r)
		web_reply(r, 200, "application/json", v, API_HEADERS);
	op_free(op);
}

void op_call(struct op *op, const char *sql, int n, const char *const *params,
	     pg_h *h)
{
	if (pg_call(op->a->prm.pg, sql, n, params, SQL_MS, false, h, op))
		op_problem(op, 503, "The database is not reachable now.");
}

static void run_sql(struct op *op, const struct session *who)
{
	char *req = json_dumps(op->req, JSON_COMPACT);
	const char *params[] = {who->business, who->user, req};

	sv_copy(op->business, sizeof(op->business), sv_str(who->business));
	if (req)
		op_call(op, op->route->sql, 3, params, on_rows);
	else
		op_problem(op, 503, NULL);
	free(req);
}

/* ---- event streams ---- */

/* A browser that reconnects sends the header; its URL still has the old one. */
static int event_position(struct op *op, int64_t *after)
{
	struct sv s = web_req_header(op->r, "last-event-id");
	json_t *q = json_object_get(op->req, "last_event_id");

	*after = q ? json_integer_value(q) : -1;
	if (!s.len)
		return 0;
	return sv_i64(after, s) || *after < 0 ? -EINVAL : 0;
}

static void run_events(struct op *op, const struct session *who)
{
	struct sse_open_prm p = {
		.who = who,
		.segments_only = op->route->kind == ROUTE_SEGMENTS,
		.call = sv_str(op_text(op, "call")),
	};

	if (event_position(op, &p.after)) {
		op_problem(op, 400, "Last-Event-ID is not one of ours.");
		return;
	}
	sse_open(op->a->prm.sse, op_take(op), &p);
	op_free(op);
}

static void reply_json(struct op *op, struct sv json)
{
	web_reply(op_take(op), 200, "application/json", json, API_HEADERS);
	op_free(op);
}

static void run(struct op *op, const struct session *who)
{
	switch (op->route->kind) {
	case ROUTE_SQL:
	case ROUTE_CALL:
		run_sql(op, who);
		return;
	case ROUTE_AUDIO:
		audio_run(op, who);
		return;
	case ROUTE_SESSION:
		reply_json(op, who->json);
		return;
	case ROUTE_EVENTS:
	case ROUTE_SEGMENTS:
		run_events(op, who);
		return;
	case ROUTE_LINK:
		sign_in_link(op);
		return;
	case ROUTE_SIGN_IN:
		sign_in_token(op);
		return;
	case ROUTE_REFRESH:
		sign_in_refresh(op);
		return;
	case ROUTE_SIGN_OUT:
		sign_in_out(op);
		return;
	case ROUTE_OPENAPI:
		reply_json(op, buf_get(&op->a->openapi));
		return;
	}
}

/* ---- what may be asked ---- */

bool api_is_path(struct sv path)
{
	return sv_eq(path, "/api") || sv_starts(path, "/api/") ||
	       sv_eq(path, "/transcripts");
}

static bool is_json(struct web_req *r)
{
	struct sv type = web_req_header(r, "content-type");

	return type.len >= 16 && !strncasecmp(type.p, "application/json", 16) &&
	       (type.len == 16 || type.p[16] == ';' || type.p[16] == ' ');
}

/*
 * A page of somebody else's may make the browser send our cookie's owner's
 * request, but not with our origin, and not with this type unless we agreed.
 * Scripts have no origin and no cookie.
 */
static bool same_origin(struct web_req *r, bool cookie)
{
	struct sv origin = web_req_header(r, "origin");
	struct sv site = web_req_header(r, "sec-fetch-site");

	if (cookie && !is_json(r))
		return false;
	if (site.len) /* the browser itself says so, whatever a proxy did */
		return sv_eq(site, "same-origin");
	if (!origin.len)
		return !cookie;
	return origin_fits(origin, web_req_header(r, "host"), NULL);
}

/* One parameter of the query, into the request that SQL gets. */
static int take_param(struct op *op, const struct form_pair *p, char *why,
		      size_t size)
{
	const struct route_param *known = route_param(op->route, p->name);
	const char *words;
	int64_t n = 0;
	json_t *v;

	if (!known) {
		snprintf(why, size,
			 "There is a parameter that this path does "
			 "not know.");
		return -EINVAL;
	}
	if (!value_fits(sv_str(route_param_type(op->route, known)), p->value)) {
		snprintf(why, size, "%s is not as it should be (%s%s).",
			 known->name,
			 strcmp(known->name, "cursor") ? known->type
						       : known->what,
			 strcmp(known->type, "time")
				 ? ""
				 : ", as 2026-11-24 or 2026-11-24T14:00:00Z");
		return -EINVAL;
	}
	words = route_words_miss(op->route, p->name, p->value);
	if (words) {
		snprintf(why, size, "%s must be one of: %s.", known->name,
			 words);
		return -EINVAL;
	}
	if (!strcmp(known->type, "int"))
		(void)sv_i64(&n, p->value);
	if (!strcmp(known->name, "limit") && (n < 1 || n > 200)) {
		snprintf(why, size, "limit must be 1 to 200.");
		return -EINVAL;
	}
	if (!strcmp(known->name, "business"))
		return sv_copy(op->cred.business, sizeof(op->cred.business),
			       p->value);
	v = strcmp(known->type, "int") ? json_stringn(p->value.p, p->value.len)
				       : json_integer(n);
	snprintf(why, size, "The query is not UTF-8.");
	return json_object_set_new(op->req, known->name, v) ? -EINVAL : 0;
}

static bool given_before(const struct form *query, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (sv_same(query->v[i].name, query->v[at].name))
			return true;
	return false;
}

static int take_query(struct op *op, char *why, size_t size)
{
	struct sv named = web_req_header(op->r, BUSINESS_HEADER);
	struct form query;
	int err;

	form_init(&query);
	snprintf(why, size, "The query is not well formed.");
	err = form_parse(&query, web_req_query(op->r));
	if (!err && named.len && op->route->role != ROLE_NONE) {
		snprintf(why, size, "The header names no business's id.");
		err = uuid_valid(named)
			      ? sv_copy(op->cred.business,
					sizeof(op->cred.business), named)
			      : -EINVAL;
	}
	for (size_t i = 0; i < query.n && !err; i++) {
		err = take_param(op, &query.v[i], why, size);
		if (!err && given_before(&query, i)) {
			snprintf(why, size, "%.*s is given twice.",
				 SV_ARG(query.v[i].name));
			err = -EINVAL;
		}
	}
	form_fini(&query);
	return err;
}

static void say_rule(const struct field *f, char *why, size_t size)
{
	int64_t least, most;
	struct sv name = f->name, left = f->rule, word;
	struct buf b;

	if (field_bounds(f, &least, &most)) {
		snprintf(why, size, "%.*s must %s %lld to %lld%s.",
			 SV_ARG(name), sv_eq(f->type, "int") ? "be" : "have",
			 (long long)least, (long long)most,
			 sv_eq(f->type, "int")
				 ? ""
				 : " characters, and not only blanks");
		return;
	}
	buf_init(&b, size - 1);
	buf_printf(&b, "%.*s must be one of:", SV_ARG(name));
	while (field_word(&word, &left))
		buf_printf(&b, " %.*s", SV_ARG(word));
	buf_str(&b, ".");
	sv_copy(why, size, buf_get(&b));
	buf_fini(&b);
}

/* The type says what it may be, the rule how much or which of it. */
static bool member_fits(const struct field *f, const json_t *v, char *why,
			size_t size)
{
	const bool is_int = sv_eq(f->type, "int");
	const struct sv text = {json_string_value(v), json_string_length(v)};

	snprintf(why, size, "%.*s is not as it should be (%.*s).",
		 SV_ARG(f->name), SV_ARG(f->type));
	if (is_int ? !json_is_integer(v) || json_integer_value(v) < 0
		   : !json_is_string(v) || !value_fits(f->type, text))
		return false;
	if (is_int ? field_int_fits(f, json_integer_value(v))
		   : field_text_fits(f, text))
		return true;
	say_rule(f, why, size);
	return false;
}

/* One member of the body, which the schema knows as f. */
static int take_member(struct op *op, json_t *body, const struct field *f,
		       char *why, size_t size)
{
	char name[64];
	json_t *v;

	sv_copy(name, sizeof(name), f->name);
	v = json_object_get(body, name);
	if (!v || json_is_null(v)) {
		snprintf(why, size, "%s is missing in the body.", name);
		return f->null ? 0 : -EINVAL;
	}
	if (!member_fits(f, v, why, size))
		return -EINVAL;
	return json_object_set(op->req, name, v) ? -ENOMEM : 0;
}

static int take_body(struct op *op, char *why, size_t size)
{
	const struct schema *s =
		op->route->body ? schema_find(sv_str(op->route->body)) : NULL;
	struct sv text = web_req_body(op->r);
	const char *rest = s ? s->fields : "";
	size_t known = 0;
	struct field f;
	json_t *body;
	int err = 0;

	if (!s)
		return 0;
	body = json_loadb(text.p ? text.p : "", text.len,
			  JSON_REJECT_DUPLICATES, NULL);
	snprintf(why, size, "The body must be a JSON object.");
	if (!json_is_object(body))
		err = -EINVAL;
	while (!err && field_next(&f, &rest)) {
		char name[64];

		sv_copy(name, sizeof(name), f.name);
		known += json_object_get(body, name) != NULL;
		err = take_member(op, body, &f, why, size);
	}
	if (!err && known != json_object_size(body)) {
		snprintf(why, size,
			 "The body has a member that this path does "
			 "not know.");
		err = -EINVAL;
	}
	json_decref(body);
	return err;
}

/* ---- from request to answer ---- */

static void on_session(int err, const struct session *who, void *arg)
{
	struct op *op = arg;

	if (!op->r)
		op_free(op);
	else if (err == -EACCES)
		op_problem(op, 401, "Sign in with a link first.");
	else if (err)
		op_problem(op, 503, "The database did not answer. Try again.");
	else if (who->role < op->route->role &&
		 !(op->route->kind == ROUTE_SESSION && !op->cred.business[0]))
		op_problem(op, 403, "Your role does not allow this.");
	else if (!who->business[0] && op->route->kind != ROUTE_SESSION)
		op_problem(op, 400, "Name the business: ?business=ID.");
	else
		run(op, who);
}

/* Who asks for what is for everybody. */
static const struct session nobody;

static void op_start(struct op *op, struct sv id)
{
	bool bad, changes = is_change(op);
	char why[200];

	bad = session_cred(&op->cred, web_req_header(op->r, "authorization"),
			   web_req_header(op->r, "cookie"),
			   op->a->prm.token_secret) != 0;
	if (id.len)
		json_object_set_new(op->req, "id", json_stringn(id.p, id.len));
	if (changes && !same_origin(op->r, op->cred.kind == CRED_COOKIE))
		op_problem(op, 403,
			   "The request comes from another site, or it is not "
			   "application/json.");
	else if (take_query(op, why, sizeof(why)) ||
		 take_body(op, why, sizeof(why)))
		op_problem(op, 400, why);
	else if (op->route->role == ROLE_NONE)
		run(op, &nobody);
	else if (bad)
		op_problem(op, 401, "Sign in with a link first.");
	else
		session_find(op->a->prm.sessions, &op->cred, on_session, op);
}

/* HEAD is GET without the body (RFC 9110, 9.3.2); a stream has no end. */
static const struct route *find(struct web_req *r, struct sv *id,
				char allow[64])
{
	struct sv method = web_req_method(r);
	bool head = sv_eq(method, "HEAD");
	const struct route *route = route_find(head ? SV("GET") : method,
					       web_req_path(r), id, allow);

	if (!head || !route ||
	    (route->kind != ROUTE_EVENTS && route->kind != ROUTE_SEGMENTS))
		return route;
	sv_copy(allow, 64, SV("GET"));
	return NULL;
}

void api_request(struct api *a, struct web_req *r)
{
	const struct route *route;
	char allow[64], head[80];
	struct op *op;
	struct sv id;

	route = find(r, &id, allow);
	if (!route && allow[0]) {
		snprintf(head, sizeof(head), "Allow: %s\r\n", allow);
		problem_reply_with(r, 405, (struct sv){0}, head);
		return;
	}
	op = route ? calloc(1, sizeof(*op)) : NULL;
	if (op)
		op->req = json_object();
	if (!op || !op->req) {
		free(op);
		problem_reply(r, route ? 503 : 404, NULL);
		return;
	}
	op->a = a;
	op->r = r;
	op->route = route;
	list_add(&a->ops, &op->node);
	web_req_on_gone(r, on_gone, op);
	op_start(op, id);
}
