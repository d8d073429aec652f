#include "rest.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/b64.h"
#include "call.h"
#include "proto/url.h"

#define BODY_LIMIT (1u << 20)

struct rest {
	struct sim *sim;
	struct web_listener *listener;
	int fd;
	/* the next requests to the API fail on purpose */
	int fault_status, fault_count;
};

/* ---- answers ---- */

static void finish(struct rest_req *q, int status, const char *type,
		   struct sv body, const char *headers)
{
	if (q->web)
		web_reply(q->web, status, type, body, headers);
	q->web = NULL;
	form_fini(&q->form);
}

void rest_json(struct rest_req *q, int status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	finish(q, text ? status : 500, "application/json;charset=utf-8",
	       sv_str(text ? text : "{}"), NULL);
	free(text);
	json_decref(json);
}

void rest_error(struct rest_req *q, int status, int code, const char *message)
{
	char info[80];
	json_t *o;

	snprintf(info, sizeof(info), "https://www.twilio.com/docs/errors/%d",
		 code);
	o = json_pack("{s:i, s:s, s:s, s:i}", "code", code, "message", message,
		      "more_info", info, "status", status);
	if (status == 401) {
		char *text = json_dumps(o, JSON_COMPACT);

		finish(q, 401, "application/json;charset=utf-8",
		       sv_str(text ? text : "{}"),
		       "WWW-Authenticate: Basic realm=\"Twilio API\"\r\n");
		free(text);
		json_decref(o);
		return;
	}
	rest_json(q, status, o);
}

void rest_not_found(struct rest_req *q)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "The requested resource %.*s was not found",
		 (int)MIN(q->path.len, (size_t)200), q->path.p);
	rest_error(q, 404, 20404, text);
}

/* The list's address with the request's own filters and this page. */
static void page_uri(struct rest_req *q, struct buf *out, int64_t size,
		     int64_t page)
{
	struct form f = {0};

	for (size_t i = 0; i < q->form.n; i++)
		if (!sv_eq(q->form.v[i].name, "Page") &&
		    !sv_eq(q->form.v[i].name, "PageSize"))
			form_add(&f, q->form.v[i].name, q->form.v[i].value);
	form_int(&f, "PageSize", size);
	form_int(&f, "Page", page);
	buf_init(out, 65536);
	buf_printf(out, "/2010-04-01/Accounts/%s/%.*s?", q->sim->opt.account,
		   SV_ARG(q->path));
	form_print(out, &f);
	form_fini(&f);
}

void rest_list(struct rest_req *q, const char *key, json_t *all)
{
	int64_t size = 50, page = 0, total = (int64_t)json_array_size(all);
	json_t *part = json_array();
	struct buf uri, first, next;
	int64_t from, to;

	if (sv_i64(&size, form_get(&q->form, "PageSize")) || size < 1)
		size = 50;
	size = MIN(size, 1000);
	if (sv_i64(&page, form_get(&q->form, "Page")) || page < 0)
		page = 0;
	page = MIN(page, total / size);
	from = page * size;
	to = MIN(total, from + size);
	for (int64_t i = from; i < to; i++)
		json_array_append(part, json_array_get(all, (size_t)i));
	page_uri(q, &uri, size, page);
	page_uri(q, &first, size, 0);
	page_uri(q, &next, size, page + 1);
	rest_json(q, 200,
		  json_pack("{s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:s?, s:n}",
			    key, part, "page", (json_int_t)page, "page_size",
			    (json_int_t)size, "start", (json_int_t)from, "end",
			    (json_int_t)MAX(to - 1, 0), "uri", uri.p,
			    "first_page_uri", first.p, "next_page_uri",
			    to < total ? next.p : NULL, "previous_page_uri"));
	buf_fini(&uri);
	buf_fini(&first);
	buf_fini(&next);
	json_decref(all);
}

static void on_gone(void *arg)
{
	struct rest_req *q = arg;

	q->web = NULL;
}

struct rest_req *rest_keep(struct rest_req *q)
{
	struct rest_req *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	*k = *q;
	q->web = NULL;
	form_init(&q->form);
	web_req_on_gone(k->web, on_gone, k);
	return k;
}

/* ---- who may ask, and what ---- */

static bool authorised(const struct sim *s, struct web_req *r)
{
	struct sv h = web_req_header(r, "authorization");
	char want[256], got[256];
	int n;

	if (!sv_starts(h, "Basic "))
		return false;
	h.p += 6;
	h.len -= 6;
	n = b64_decode(got, sizeof(got), h);
	snprintf(want, sizeof(want), "%s:%s", s->opt.account, s->opt.token);
	return n > 0 && sv_eq((struct sv){got, (size_t)n}, want);
}

/* "*" stands for an id up to the next dot or slash. */
static const struct {
	const char *pattern;
	rest_h *h;
} api[] =
	{
		{"Messages.json", rest_messages},
		{"Messages/*.json", rest_message},
		{"Calls.json", rest_calls},
		{"Calls/*.json", rest_call},
		{"Calls/*/Recordings.json", rest_recordings},
		{"Recordings.json", rest_recordings},
		{"Recordings/*.json", rest_recording},
		{"Recordings/*.wav", rest_recording},
		{"Recordings/*", rest_recording},
		{"IncomingPhoneNumbers.json", rest_numbers},
},
  control[] = {
	  {"calls", sim_calls},	    {"calls/*", sim_call},
	  {"texts", sim_texts},	    {"faults", sim_faults},
	  {"answers", sim_answers},
};

static bool matches(const char *pattern, struct sv path, struct sv *id)
{
	size_t at = 0;

	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (at == path.len || path.p[at++] != *pattern)
				return false;
			continue;
		}
		id->p = path.p + at;
		while (at < path.len && path.p[at] != '/' && path.p[at] != '.')
			at++;
		id->len = (size_t)(path.p + at - id->p);
		if (!id->len)
			return false;
	}
	return at == path.len;
}

static struct sv behind(struct sv s, size_t n)
{
	return (struct sv){s.p + n, s.len - n};
}

/* The account itself: who asks for it wants to know if it is in order. */
static bool serve_account(struct rest_req *q)
{
	const char *sid = q->sim->opt.account;
	char uri[80];

	snprintf(uri, sizeof(uri), "/2010-04-01/Accounts/%s.json", sid);
	if (!sv_eq(q->path, uri))
		return false;
	rest_json(q, 200,
		  json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "sid", sid,
			    "friendly_name", "callsim", "status", "active",
			    "type", "Full", "owner_account_sid", sid, "uri",
			    uri));
	return true;
}

static void serve_api(struct rest_req *q)
{
	struct rest *r = q->rest;
	char prefix[80];

	snprintf(prefix, sizeof(prefix), "/2010-04-01/Accounts/%s/",
		 q->sim->opt.account);
	if (!authorised(q->sim, q->web)) {
		rest_error(q, 401, 20003, "Authenticate");
		return;
	}
	if (serve_account(q))
		return;
	if (!sv_starts(q->path, prefix)) {
		rest_not_found(q);
		return;
	}
	if (r->fault_count > 0) {
		r->fault_count--;
		rest_error(q, r->fault_status,
			   r->fault_status == 429 ? 20429 : 20500,
			   "a fault that was asked for");
		return;
	}
	q->path = behind(q->path, strlen(prefix));
	for (size_t i = 0; i < ARRAY_LEN(api); i++)
		if (matches(api[i].pattern, q->path, &q->id)) {
			api[i].h(q);
			return;
		}
	rest_not_found(q);
}

static void serve_control(struct rest_req *q)
{
	q->path = behind(q->path, strlen("/sim/"));
	for (size_t i = 0; i < ARRAY_LEN(control); i++)
		if (matches(control[i].pattern, q->path, &q->id)) {
			control[i].h(q);
			return;
		}
	rest_not_found(q);
}

static void on_request(struct web_req *w, void *arg)
{
	struct rest *r = arg;
	struct rest_req q = {
		.rest = r,
		.sim = r->sim,
		.web = w,
		.method = web_req_method(w),
		.path = web_req_path(w),
	};
	struct sv type = web_req_header(w, "content-type");

	if (form_parse(&q.form, web_req_query(w)) ||
	    (sv_starts(type, "application/x-www-form-urlencoded") &&
	     form_parse(&q.form, web_req_body(w))))
		rest_error(&q, 400, 20001, "the form cannot be read");
	else if (sv_starts(q.path, "/sim/"))
		serve_control(&q);
	else
		serve_api(&q);
}

void sim_faults(struct rest_req *q)
{
	json_t *o = json_loadb(web_req_body(q->web).p, web_req_body(q->web).len,
			       0, NULL);
	int status = 0, count = 1;

	if (json_unpack(o, "{s:i, s?i}", "status", &status, "count", &count) ||
	    status < 400 || status > 599) {
		rest_error(q, 400, 20001,
			   "give {\"status\": 400 to 599, \"count\": n}");
	} else {
		q->rest->fault_status = status;
		q->rest->fault_count = count;
		rest_json(q, 200, json_pack("{s:b}", "ok", 1));
	}
	json_decref(o);
}

/* ---- the listener ---- */

static int listen_on(const char *addr, char *base, size_t base_size,
		     bool *loopback)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	char host[64];
	struct sv h;
	int port, fd, one = 1;

	if (url_host_port(sv_str(addr), &h, &port) ||
	    sv_copy(host, sizeof(host), h) ||
	    inet_pton(AF_INET, host, &sa.sin_addr) != 1)
		return -EINVAL;
	*loopback = url_is_loopback(h);
	sa.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 128) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len)) {
		int err = -errno;

		close(fd);
		return err;
	}
	snprintf(base, base_size, "http://%s:%d", host, ntohs(sa.sin_port));
	return fd;
}

int rest_new(struct rest **out, struct sim *s, const char *addr)
{
	struct rest *r = calloc(1, sizeof(*r));
	struct web_listen_prm prm = {
		.name = "api",
		.body_max = BODY_LIMIT,
		.header_ms = 10000,
		.requesth = on_request,
		.arg = r,
	};
	int err;

	if (!r)
		return -ENOMEM;
	r->sim = s;
	r->fd = listen_on(addr, s->api_base, sizeof(s->api_base),
			  &prm.loopback_only);
	if (r->fd < 0) {
		err = r->fd;
		free(r);
		return err;
	}
	prm.fd = r->fd;
	err = web_listen(&r->listener, s->web, &prm);
	if (err) {
		close(r->fd);
		free(r);
		return err;
	}
	*out = r;
	return 0;
}

struct rest *rest_free(struct rest *r)
{
	if (!r)
		return NULL;
	web_listener_free(r->listener);
	close(r->fd);
	free(r);
	return NULL;
}
