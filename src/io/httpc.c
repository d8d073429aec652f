/*
 * httpc: libcurl says which sockets and which deadline it waits for; the loop
 * tells it when they are there. Names are resolved ahead by dns: libcurl has
 * threads for that, but waits for them when a request times out meanwhile.
 */
#include "io/httpc.h"

#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "io/dns.h"

#define BODY_MAX_DEFAULT (1u << 20)
#define CONNECT_MS 10000L

struct httpc {
	struct loop *l;
	CURLM *multi;
	struct dns *dns;
	struct timer *timer;
	struct list calls;
	unsigned inside; /* depth of handlers on the stack */
	bool freed;
};

struct httpc_call {
	struct list node;
	struct httpc *c;
	struct timer *timer; /* ends the look-up of the name */
	int64_t until_us;
	bool resolving, dead; /* dead: the resolver's answer frees it */
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	struct buf body;
	char why[CURL_ERROR_SIZE];
	httpc_h *h;
	void *arg;
};

/* What we watch for libcurl. */
struct sock {
	uv_poll_t poll;
	struct httpc *c;
	curl_socket_t fd;
};

static const struct {
	CURLcode code;
	int err;
} errors[] = {
	{CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT},
	{CURLE_COULDNT_CONNECT, -ECONNREFUSED},
	{CURLE_COULDNT_RESOLVE_HOST, -ENOENT},
	{CURLE_SEND_ERROR, -ECONNRESET},
	{CURLE_RECV_ERROR, -ECONNRESET},
	{CURLE_GOT_NOTHING, -ECONNRESET},
	{CURLE_PARTIAL_FILE, -ECONNRESET},
	{CURLE_WRITE_ERROR, -EMSGSIZE}, /* only our limit says so */
	{CURLE_OUT_OF_MEMORY, -ENOMEM},
	{CURLE_URL_MALFORMAT, -EINVAL},
	{CURLE_UNSUPPORTED_PROTOCOL, -EINVAL},
};

static int err_of(CURLcode code)
{
	if (code == CURLE_OK)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == code)
			return errors[i].err;
	return -EPROTO;
}

static void call_free(struct httpc_call *call)
{
	list_del(&call->node);
	call->timer = timer_free(call->timer);
	if (call->easy) {
		curl_multi_remove_handle(call->c->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	curl_slist_free_all(call->connect_to);
	buf_fini(&call->body);
	call->easy = NULL;
	call->headers = call->connect_to = NULL;
	call->dead = true;
	if (!call->resolving)
		free(call);
}

static void finish(struct httpc_call *call, CURLcode code)
{
	struct httpc_result r = {.err = err_of(code), .retry_after_s = -1};
	const char *type = NULL;
	curl_off_t retry_s = 0;
	long status = 0, request_bytes = 0;

	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	r.sent = request_bytes > 0;
	if (r.err) {
		r.why = call->why[0] ? call->why : curl_easy_strerror(code);
	} else {
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_s);
		r.status = (int)status;
		r.retry_after_s = retry_s ? (int)MIN(retry_s, 86400) : -1;
		curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
		r.type = sv_str(type);
		r.body = buf_get(&call->body);
	}
	call->h(&r, call->arg);
	call_free(call);
}

static void last_free(struct httpc *c)
{
	while (!list_empty(&c->calls))
		call_free(list_entry(c->calls.next, struct httpc_call, node));
	dns_free(c->dns);
	curl_multi_cleanup(c->multi);
	c->timer = timer_free(c->timer);
	free(c);
	curl_global_cleanup();
}

/* Runs libcurl for fd; then the handlers, of which any may free c. */
static void act(struct httpc *c, curl_socket_t fd, int events)
{
	CURLMsg *msg;
	int left;

	curl_multi_socket_action(c->multi, fd, events, &left);
	c->inside++;
	while (!c->freed && (msg = curl_multi_info_read(c->multi, &left))) {
		struct httpc_call *call;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		finish(call, msg->data.result);
	}
	c->inside--;
	if (c->freed && !c->inside)
		last_free(c);
}

static void timer_h(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer_h(CURLM *multi, long ms, void *arg)
{
	struct httpc *c = arg;

	(void)multi;
	if (ms < 0)
		timer_stop(c->timer);
	else
		timer_at(c->timer, clock_mono_us() + ms * INT64_C(1000));
	return 0;
}

static void poll_h(uv_poll_t *poll, int status, int events)
{
	struct sock *s = poll->data;

	act(s->c, s->fd,
	    status < 0 ? CURL_CSELECT_ERR
		       : (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
				 (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0));
}

static void poll_closed_h(uv_handle_t *h)
{
	free(h->data);
}

static int want_socket_h(CURL *easy, curl_socket_t fd, int what, void *arg,
			 void *data)
{
	struct httpc *c = arg;
	struct sock *s = data;
	int events = (what & CURL_POLL_IN ? UV_READABLE : 0) |
		     (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			uv_close((uv_handle_t *)&s->poll, poll_closed_h);
		curl_multi_assign(c->multi, fd, NULL);
		return 0;
	}
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s || uv_poll_init_socket(loop_uv(c->l), &s->poll, fd)) {
			free(s);
			return -1;
		}
		s->poll.data = s;
		s->c = c;
		s->fd = fd;
		curl_multi_assign(c->multi, fd, s);
	}
	return uv_poll_start(&s->poll, events, poll_h) ? -1 : 0;
}

static size_t write_h(char *p, size_t size, size_t n, void *arg)
{
	struct httpc_call *call = arg;

	return buf_add(&call->body, p, size * n) ? 0 : size * n;
}

int httpc_new(struct httpc **out, struct loop *l)
{
	struct httpc *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->l = l;
	list_init(&c->calls);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->multi = curl_multi_init();
	if (!c->multi || dns_new(&c->dns, l) ||
	    timer_new(&c->timer, l, timer_h, c)) {
		dns_free(c->dns);
		curl_multi_cleanup(c->multi);
		free(c);
		return -ENOMEM;
	}
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, want_socket_h);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, want_timer_h);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	*out = c;
	return 0;
}

struct httpc *httpc_free(struct httpc *c)
{
	if (c && c->inside)
		c->freed = true; /* act() does it */
	else if (c)
		last_free(c);
	return NULL;
}

/* Appends; on failure *list is as it was. */
static int add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *l = curl_slist_append(*list, line);

	if (!l)
		return -ENOMEM;
	*list = l;
	return 0;
}

static void set_method(CURL *e, const struct httpc_prm *prm)
{
	if (!strcmp(prm->method, "HEAD")) {
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
		return;
	}
	if (prm->body.len || !strcmp(prm->method, "POST")) {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)prm->body.len);
		curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS,
				 prm->body.len ? prm->body.p : "");
	}
	/*
	 * A request on a kept connection that dies without an answer is sent
	 * again by libcurl itself, a POST too: what must not happen twice gets
	 * a connection of its own.
	 */
	if (strcmp(prm->method, "GET") != 0)
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, prm->method);
}

static int set_options(struct httpc_call *call, const struct httpc_prm *prm)
{
	CURL *e = call->easy;
	int err = add_line(&call->headers, "Expect:"); /* never wait for 100 */

	for (size_t i = 0; !err && prm->headers && prm->headers[i]; i++)
		err = add_line(&call->headers, prm->headers[i]);
	if (!err && prm->connect_to)
		err = add_line(&call->connect_to, prm->connect_to);
	if (err)
		return err;
	set_method(e, prm);
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->why);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_PROXY, ""); /* no surprises from outside */
	curl_easy_setopt(e, CURLOPT_USERAGENT, "nightbell");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, write_h);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	if (prm->user) {
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(e, CURLOPT_USERNAME, prm->user);
		curl_easy_setopt(e, CURLOPT_PASSWORD, prm->password);
	}
	if (prm->ca_file)
		curl_easy_setopt(e, CURLOPT_CAINFO, prm->ca_file);
	return curl_easy_setopt(e, CURLOPT_URL, prm->url) ? -EINVAL : 0;
}

/* Runs h for a request that never reached libcurl. */
static void fail_early(struct httpc_call *call, int err, const char *why)
{
	struct httpc_result r = {.err = err, .retry_after_s = -1, .why = why};
	struct httpc *c = call->c;

	list_del(&call->node);
	c->inside++;
	call->h(&r, call->arg);
	c->inside--;
	call_free(call);
	if (c->freed && !c->inside)
		last_free(c);
}

/* Hands the request to libcurl. */
static int start(struct httpc_call *call)
{
	int64_t left_ms = (call->until_us - clock_mono_us()) / 1000;

	call->timer = timer_free(call->timer);
	left_ms = MAX(left_ms, 1);
	curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)MIN(left_ms, CONNECT_MS));
	return curl_multi_add_handle(call->c->multi, call->easy) ? -ENOMEM : 0;
}

static void late_h(void *arg)
{
	fail_early(arg, -ETIMEDOUT, "the host's name was not resolved in time");
}

static void resolved_h(int err, const char *addr, void *arg)
{
	struct httpc_call *call = arg;
	char to[DNS_ADDR_MAX + 8];

	call->resolving = false;
	if (call->dead) {
		free(call);
		return;
	}
	if (err) {
		fail_early(call, err, "the host has no address");
		return;
	}
	snprintf(to, sizeof(to), strchr(addr, ':') ? "::[%s]:" : "::%s:", addr);
	if (add_line(&call->connect_to, to) || start(call))
		fail_early(call, -ENOMEM, "no memory");
}

/* The name in url that has to be resolved: out is empty when none. */
static int host_of(const char *url, char *out, size_t size)
{
	CURLU *u = curl_url();
	char *host = NULL;
	int err = -EINVAL;

	if (!u)
		return -ENOMEM;
	if (!curl_url_set(u, CURLUPART_URL, url, 0) &&
	    !curl_url_get(u, CURLUPART_HOST, &host, 0))
		err = sv_copy(out, size,
			      host[0] == '[' ? SV("") : sv_str(host));
	curl_free(host);
	curl_url_cleanup(u);
	return err ? -EINVAL : 0;
}

static int resolve(struct httpc_call *call, const char *host)
{
	int err = timer_new(&call->timer, call->c->l, late_h, call);

	if (err)
		return err;
	timer_at(call->timer, call->until_us);
	call->resolving = true;
	err = dns_resolve(call->c->dns, host, resolved_h, call);
	call->resolving = !err;
	return err;
}

int httpc_send(struct httpc_call **out, struct httpc *c,
	       const struct httpc_prm *prm, httpc_h *h, void *arg)
{
	struct httpc_call *call = calloc(1, sizeof(*call));
	char host[256] = "";
	int err;

	if (!call)
		return -ENOMEM;
	call->c = c;
	call->h = h;
	call->arg = arg;
	call->until_us = clock_mono_us() + prm->timeout_ms * INT64_C(1000);
	buf_init(&call->body, prm->body_max ? prm->body_max : BODY_MAX_DEFAULT);
	list_add(&c->calls, &call->node);
	call->easy = curl_easy_init();
	err = call->easy ? set_options(call, prm) : -ENOMEM;
	if (!err && !prm->connect_to)
		err = host_of(prm->url, host, sizeof(host));
	if (!err)
		err = host[0] ? resolve(call, host) : start(call);
	if (err) {
		call_free(call);
		return err;
	}
	if (out)
		*out = call;
	return 0;
}

void httpc_cancel(struct httpc_call *call)
{
	call_free(call);
}
