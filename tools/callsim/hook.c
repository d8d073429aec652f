#include "hook.h"

#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "proto/twilio_sig.h"
#include "proto/url.h"

#define TOTAL_MS 15000
#define FILE_MAX (16u << 20)

enum retry_on { ON_CONNECT = 1, ON_TIMEOUT = 2, ON_4XX = 4, ON_5XX = 8 };

struct hook {
	struct sim *sim;
	hook_h *h;
	void *arg;
	struct httpc_call *call;
	enum hook_kind kind;
	char *method, *url;    /* url as requested: no fragment, no user */
	char *user, *password; /* from the URL; used after a 401 */
	bool with_user;
	struct form params;
	struct buf body;
	char sig[TWILIO_SIG_LEN + 1];
	char token[40];
	int64_t begun_us;
	int retries, total_ms;
	unsigned retry_on;
};

static struct hook *hook_free(struct hook *k)
{
	if (!k)
		return NULL;
	form_fini(&k->params);
	buf_fini(&k->body);
	free(k->method);
	free(k->url);
	free(k->user);
	free(k->password);
	free(k);
	return NULL;
}

int hook_url(struct buf *out, const char *base, const char *ref)
{
	char *text = NULL;
	CURLU *u;
	int err = -EINVAL;

	if (strstr(ref, "://"))
		return buf_str(out, ref);
	u = curl_url();
	if (!u)
		return -ENOMEM;
	if (!curl_url_set(u, CURLUPART_URL, base, CURLU_NON_SUPPORT_SCHEME) &&
	    !curl_url_set(u, CURLUPART_URL, ref, CURLU_NON_SUPPORT_SCHEME) &&
	    !curl_url_get(u, CURLUPART_URL, &text, 0))
		err = buf_str(out, text);
	curl_free(text);
	curl_url_cleanup(u);
	return err;
}

static bool keep_port(const struct sim *s, enum hook_kind kind,
		      const struct url *u)
{
	if (s->opt.quirks.sign_port)
		return s->opt.quirks.sign_port == 2;
	return !(kind == HOOK_VOICE &&
		 (sv_eq(u->scheme, "https") || sv_eq(u->scheme, "wss")));
}

int hook_signed_url(struct buf *out, const struct sim *s, enum hook_kind kind,
		    const char *url)
{
	struct url u;

	if (url_split(&u, sv_str(url)))
		return -EINVAL;
	buf_printf(out, "%.*s://%.*s", SV_ARG(u.scheme), SV_ARG(u.host));
	if (u.port.len && keep_port(s, kind, &u))
		buf_printf(out, ":%.*s", SV_ARG(u.port));
	buf_printf(out, "%.*s%.*s", SV_ARG(u.path), SV_ARG(u.query));
	return out->err;
}

static char *copy(struct sv s)
{
	char *p = malloc(s.len + 1);

	if (p)
		sv_copy(p, s.len + 1, s);
	return p;
}

/* "#rc=2&rp=ct,rt&tt=4000" */
static void overrides(struct hook *k, const char *fragment)
{
	struct form f = {0};
	int64_t n;
	struct sv rp;

	if (!fragment || form_parse(&f, sv_str(fragment + 1))) {
		form_fini(&f);
		return;
	}
	if (!sv_i64(&n, form_get(&f, "rc")) && n >= 0 && n <= 5)
		k->retries = (int)n;
	if ((!sv_i64(&n, form_get(&f, "rt")) ||
	     !sv_i64(&n, form_get(&f, "tt"))) &&
	    n >= 100 && n <= TOTAL_MS)
		k->total_ms = (int)n;
	rp = form_get(&f, "rp");
	if (rp.p) {
		bool all = strstr(rp.p, "all");

		k->retry_on = (all || strstr(rp.p, "ct") ? ON_CONNECT : 0) |
			      (all || strstr(rp.p, "rt") ? ON_TIMEOUT : 0) |
			      (all || strstr(rp.p, "4xx") ? ON_4XX : 0) |
			      (all || strstr(rp.p, "5xx") ? ON_5XX : 0);
	}
	form_fini(&f);
}

static int take_url(struct hook *k, const char *text)
{
	struct url u;
	struct buf b;
	const char *colon;

	if (url_split(&u, sv_str(text)) ||
	    (!sv_eq(u.scheme, "http") && !sv_eq(u.scheme, "https")))
		return -EINVAL;
	buf_init(&b, 16384);
	buf_printf(&b, "%.*s://%.*s%s%.*s%.*s%.*s", SV_ARG(u.scheme),
		   SV_ARG(u.host), u.port.len ? ":" : "", SV_ARG(u.port),
		   SV_ARG(u.path), SV_ARG(u.query));
	if (!b.err)
		k->url = copy(buf_get(&b));
	buf_fini(&b);
	if (u.user.len) {
		colon = memchr(u.user.p, ':', u.user.len);
		size_t n = colon ? (size_t)(colon - u.user.p) : u.user.len;

		k->user = copy((struct sv){u.user.p, n});
		k->password = copy((struct sv){colon ? colon + 1 : "",
					       colon ? u.user.len - n - 1 : 0});
		if (!k->user || !k->password)
			return -ENOMEM;
	}
	overrides(k, strchr(text, '#'));
	return k->url ? 0 : -ENOMEM;
}

/* A GET carries the parameters in its query, and signs them there. */
static int put_params(struct hook *k, bool get)
{
	struct buf b;

	if (!get) {
		form_print(&k->body, &k->params);
		return k->body.err;
	}
	if (!k->params.n)
		return 0;
	buf_init(&b, 0);
	buf_printf(&b, "%s%c", k->url, strchr(k->url, '?') ? '&' : '?');
	form_print(&b, &k->params);
	free(k->url);
	k->url = b.err ? NULL : copy(buf_get(&b));
	buf_fini(&b);
	return k->url ? 0 : -ENOMEM;
}

static int sign(struct hook *k, bool get)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	err = hook_signed_url(&b, k->sim, k->kind, k->url);
	if (!err)
		err = twilio_sig_make(k->sig, sv_str(k->sim->opt.token),
				      buf_get(&b), get ? NULL : &k->params);
	buf_fini(&b);
	return err;
}

static void on_answer(const struct httpc_result *r, void *arg);

static int go(struct hook *k)
{
	int64_t left = k->total_ms - (clock_mono_us() - k->begun_us) / 1000;
	char sig[80], token[80], to[200];
	const char *headers[] = {
		"User-Agent: TwilioProxy/1.1",
		"Accept: */*",
		token,
		sig,
		"Content-Type: application/x-www-form-urlencoded; "
		"charset=UTF-8",
		NULL,
	};
	struct httpc_prm prm = {
		.method = k->method,
		.url = k->url,
		.headers = headers,
		.body = buf_get(&k->body),
		.user = k->with_user ? k->user : NULL,
		.password = k->with_user ? k->password : NULL,
		.ca_file = k->sim->opt.ca,
		.timeout_ms = (int)MAX(left, 1),
		.body_max = k->kind == HOOK_FILE ? FILE_MAX : 0,
	};

	snprintf(sig, sizeof(sig), "X-Twilio-Signature: %s", k->sig);
	snprintf(token, sizeof(token), "I-Twilio-Idempotency-Token: %s",
		 k->token);
	if (!strcmp(k->method, "GET"))
		headers[4] = NULL;
	if (k->sim->opt.connect) {
		snprintf(to, sizeof(to), "::%s", k->sim->opt.connect);
		prm.connect_to = to;
	}
	return httpc_send(&k->call, k->sim->http, &prm, on_answer, k);
}

static void finish(struct hook *k, const struct hook_result *r)
{
	struct sim *s = k->sim;

	if (k->h)
		k->h(r, k->arg);
	hook_free(k);
	s->hooks--;
	s->idleh(s);
}

static bool again(struct hook *k, const struct httpc_result *r)
{
	bool connect = r->err && !r->sent;
	unsigned what = connect		   ? ON_CONNECT
			: r->err	   ? ON_TIMEOUT
			: r->status >= 500 ? ON_5XX
			: r->status >= 400 ? ON_4XX
					   : 0;

	if (r->err == 0 && r->status == 401 && k->user && !k->with_user) {
		k->with_user = true;
		return true;
	}
	if (k->retries <= 0 || !(what & k->retry_on) ||
	    clock_mono_us() - k->begun_us >= (int64_t)k->total_ms * 1000)
		return false;
	k->retries--;
	return true;
}

/* curl's ways to fail, in the carrier's numbers. */
static int code_of(const struct httpc_result *r)
{
	if (!r->err)
		return r->status >= 200 && r->status < 300 ? 0 : 11200;
	switch (r->err) {
	case -ENOENT:
	case -EHOSTUNREACH:
		return 11210;
	case -EPROTO:
	case -EACCES:
		return r->sent ? 11200 : 11220;
	case -ECONNREFUSED:
	case -ENOTCONN:
		return 11205;
	default:
		return r->sent ? 11200 : 11205;
	}
}

static void on_answer(const struct httpc_result *r, void *arg)
{
	struct hook *k = arg;
	char why[300];
	struct hook_result o = {
		.code = code_of(r),
		.why = why,
		.status = r->err ? 0 : r->status,
		.body = r->body,
		.type = r->type,
		.took_ms = (clock_mono_us() - k->begun_us) / 1000,
	};

	k->call = NULL;
	if (again(k, r) && !go(k))
		return;
	if (r->err)
		snprintf(why, sizeof(why), "%s %s: %s", k->method, k->url,
			 r->why ? r->why : strerror(-r->err));
	else
		snprintf(why, sizeof(why), "%s %s answered %d", k->method,
			 k->url, r->status);
	finish(k, &o);
}

int hook_send(struct hook **out, struct sim *s, const struct hook_prm *prm,
	      hook_h *h, void *arg)
{
	struct hook *k = calloc(1, sizeof(*k));
	bool get;
	int err;

	if (out)
		*out = NULL;
	if (!k)
		return -ENOMEM;
	k->sim = s;
	k->h = h;
	k->arg = arg;
	k->kind = prm->kind;
	k->begun_us = clock_mono_us();
	k->total_ms = TOTAL_MS;
	k->retries = 1;
	k->retry_on = ON_CONNECT;
	buf_init(&k->body, 0);
	k->method = strdup(prm->method ? prm->method : "POST");
	err = k->method ? take_url(k, prm->url) : -ENOMEM;
	for (size_t i = 0; !err && prm->params && i < prm->params->n; i++)
		err = form_add(&k->params, prm->params->v[i].name,
			       prm->params->v[i].value);
	get = k->method && !strcmp(k->method, "GET");
	if (!err)
		err = put_params(k, get);
	if (!err)
		err = sign(k, get);
	sim_sid(k->token, "");
	if (!err)
		err = go(k);
	if (err) {
		hook_free(k);
		return err;
	}
	s->hooks++;
	if (out)
		*out = k;
	return 0;
}

void hook_forget(struct hook *k)
{
	if (k)
		k->h = NULL;
}
