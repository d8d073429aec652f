/*
 * Signing in: a link by mail, its token for a session, the cookie for an
 * access token, and out. The cookie is the session's refresh secret: it is
 * another one after each use, and no script can read it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "desk/api_op.h"
#include "desk/problem.h"

#define SQL_MS 5000
#define ACCESS_S 600
#define COOKIE_ATTRS "; Path=/api/v1; HttpOnly; SameSite=Strict"

/* Calls sql with o; takes o over. */
static void op_ask(struct op *op, const char *sql, json_t *o, pg_h *h)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	const char *params[1] = {text};

	json_decref(o);
	if (text)
		op_call(op, sql, 1, params, h);
	else
		op_problem(op, 503, NULL);
	free(text);
}

static json_t *answer_of(const struct pg_result *res)
{
	bool null = true;
	struct sv v = {0};

	if (!res->err && res->rows == 1 && res->cols == 1)
		v = pg_value(res, 0, 0, &null);
	return null ? NULL : json_loadb(v.p, v.len, 0, NULL);
}

/* A header can make the cookie stricter, never weaker. */
static const char *secure_of(const struct op *op, struct web_req *r)
{
	return (op->a && op->a->prm.secure) ||
			       sv_eq(web_req_header(r, "x-forwarded-proto"),
				     "https")
		       ? "; Secure"
		       : "";
}

static void cookie_head(struct buf *head, const struct op *op,
			struct web_req *r, const char *secret, long long age_s)
{
	buf_printf(head,
		   "Set-Cookie: " SESSION_COOKIE "=%s" COOKIE_ATTRS
		   "%s; Max-Age=%lld\r\n",
		   secret, secure_of(op, r), age_s);
}

/* ---- a link by mail ---- */

static void on_mailed(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	json_t *o = answer_of(res);
	const char *business =
		json_string_value(json_object_get(o, "business"));

	if (res->err)
		log_warn("api", "sign-in mail: %s %s %.*s", strerror(-res->err),
			 res->sqlstate, SV_ARG(res->message));
	if (op->a && op->a->prm.changedh && business)
		op->a->prm.changedh(sv_str(business), op->a->prm.arg);
	json_decref(o);
	op_free(op);
}

static void mail_link(struct op *op)
{
	op_ask(op, "select api.link_mail($1::jsonb)",
	       json_pack("{s:s, s:o}", "email", op_text(op, "email"), "url",
			 json_sprintf("%s/sign-in#token=",
				      op->a->prm.public_url)),
	       on_mailed);
}

/*
 * The answer goes out before anybody is looked for, so that it says nothing
 * about who is there, not even by its time. A mailbox that was asked for too
 * often gets no more mail, but whoever has it is not sent away.
 */
static void on_may_ask(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	json_t *o = answer_of(res), *retry = json_object_get(o, "retry_s");
	char head[64];

	if (!r || !op->a || res->err || !o) {
		if (r)
			problem_reply_sql(r, res, op->route->path);
		op_free(op);
	} else if (json_is_integer(retry)) {
		snprintf(head, sizeof(head), "Retry-After: %d\r\n",
			 (int)json_integer_value(retry));
		problem_reply_with(r, 429,
				   SV("Too many links were asked for. Look "
				      "into your mail, or wait a while."),
				   head);
		op_free(op);
	} else {
		web_reply(r, 202, "application/json", SV("{\"ok\":true}"),
			  API_HEADERS);
		if (json_is_true(json_object_get(o, "mail")))
			mail_link(op);
		else
			op_free(op);
	}
	json_decref(o);
}

/*
 * Who asks: the last hop before a proxy of ours, which is what it added itself.
 * Without a proxy anybody could write there what they like.
 */
static struct sv address_of(const struct op *op)
{
	struct web_req *r = op->r;
	struct sv s = op->a->prm.proxied ? web_req_header(r, "x-forwarded-for")
					 : SV("");

	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == ',') {
			s = (struct sv){s.p + i, s.len - i};
			break;
		}
	while (s.len && s.p[0] == ' ')
		s = (struct sv){s.p + 1, s.len - 1};
	return s.len && s.len <= 64 ? s : sv_str(web_req_peer(r));
}

void sign_in_link(struct op *op)
{
	const char *email = op_text(op, "email");
	const char *at = strchr(email, '@');
	struct sv from = address_of(op);

	if (!at || at == email || !at[1] || strlen(email) > 254 ||
	    email[strcspn(email, "\r\n<>,; ")]) {
		op_problem(op, 400, "This is no e-mail address.");
		return;
	}
	op_ask(op, "select api.link_ask($1::jsonb)",
	       json_pack("{s:s, s:s%}", "email", email, "address", from.p,
			 from.len),
	       on_may_ask);
}

/* ---- a session ---- */

static bool fit_for_cookie(const char *s)
{
	return s && *s && strlen(s) <= SESSION_SECRET_MAX &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789")];
}

/* Cookie and access token of who has signed in; false: it went wrong. */
static bool signed_in(struct op *op, struct web_req *r, json_t *o)
{
	const char *secret = json_string_value(json_object_get(o, "secret"));
	long long age_s = json_integer_value(json_object_get(o, "expires_s"));
	struct access who;
	char token[ACCESS_TEXT_MAX], *text = NULL;
	struct buf head;

	if (!fit_for_cookie(secret) ||
	    sv_copy(who.user, sizeof(who.user),
		    sv_str(json_string_value(json_object_get(o, "user")))) ||
	    sv_copy(who.session, sizeof(who.session),
		    sv_str(json_string_value(json_object_get(o, "session")))) ||
	    access_print(token, &who, op->a->prm.token_secret,
			 clock_wall_us() / 1000000, ACCESS_S))
		return false;
	buf_init(&head, 2048);
	buf_str(&head, API_HEADERS);
	cookie_head(&head, op, r, secret, age_s);
	json_object_del(o, "secret");
	json_object_set_new(o, "expires_s", json_integer(ACCESS_S));
	json_object_set_new(o, "access", json_string(token));
	text = json_dumps(o, JSON_COMPACT);
	if (text && !head.err)
		web_reply(r, 200, "application/json", sv_str(text), head.p);
	if (head.p)
		explicit_bzero(head.p, head.len);
	buf_fini(&head);
	free(text);
	explicit_bzero(token, sizeof(token));
	return text != NULL;
}

static void end_session(struct op *op, struct sv id)
{
	if (!op->a || !id.len)
		return;
	session_forget(op->a->prm.sessions, id);
	sse_sign_out(op->a->prm.sse, id);
}

static void refuse(struct op *op, struct web_req *r)
{
	struct buf head;

	buf_init(&head, 1024);
	if (op->route->kind == ROUTE_REFRESH)
		cookie_head(&head, op, r, "", 0);
	problem_reply_with(
		r, 401,
		op->route->kind == ROUTE_REFRESH
			? SV("The session is over. Sign in with a new link.")
			: SV("This link was used before, or it is too old. Ask "
			     "for a new one."),
		head.p);
	buf_fini(&head);
}

static void on_signed_in(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	json_t *o = answer_of(res);

	if (json_is_true(json_object_get(o, "revoked"))) {
		log_warn("api", "an old secret of session %s came again: ended",
			 json_string_value(json_object_get(o, "session")));
		end_session(op, sv_str(json_string_value(
					json_object_get(o, "session"))));
		if (r)
			refuse(op, r);
	} else if (r && res->err && problem_status(res) >= 500) {
		problem_reply_sql(r, res, op->route->path);
	} else if (r && res->err) {
		refuse(op, r);
	} else if (r && (!op->a || !o || !signed_in(op, r, o))) {
		problem_reply(r, 500, NULL);
	}
	json_decref(o);
	op_free(op);
}

void sign_in_token(struct op *op)
{
	op_ask(op, "select api.link_redeem($1::jsonb)",
	       json_pack("{s:s}", "token", op_text(op, "token")), on_signed_in);
}

void sign_in_refresh(struct op *op)
{
	if (op->cred.kind != CRED_COOKIE)
		op_problem(op, 401, "There is no session. Sign in first.");
	else
		op_ask(op, "select api.refresh($1::jsonb)",
		       json_pack("{s:s}", "secret", op->cred.secret),
		       on_signed_in);
}

/* ---- out ---- */

static void reply_out(const struct op *op, struct web_req *r)
{
	struct buf head;

	buf_init(&head, 2048);
	buf_str(&head, API_HEADERS);
	cookie_head(&head, op, r, "", 0);
	web_reply(r, 200, "application/json", SV("{\"ok\":true}"), head.p);
	buf_fini(&head);
}

static void on_signed_out(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct web_req *r = op_take(op);
	json_t *o = answer_of(res);

	end_session(op,
		    sv_str(json_string_value(json_object_get(o, "session"))));
	if (r && res->err && problem_status(res) >= 500)
		problem_reply_sql(r, res, op->route->path);
	else if (r)
		reply_out(op, r);
	json_decref(o);
	op_free(op);
}

void sign_in_out(struct op *op)
{
	json_t *o = NULL;

	if (op->cred.kind == CRED_COOKIE)
		o = json_pack("{s:s}", "secret", op->cred.secret);
	else if (op->cred.kind == CRED_ACCESS)
		o = json_pack("{s:s}", "session", op->cred.who.session);
	if (o) {
		op_ask(op, "select api.sign_out($1::jsonb)", o, on_signed_out);
		return;
	}
	reply_out(op, op_take(op));
	op_free(op);
}
