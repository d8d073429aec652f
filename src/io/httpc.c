/*
 * httpc: libcurl's multi interface in our loop: curl says which sockets and
 * which deadline it waits for, libuv says when.
 */
#include "io/httpc.h"

#include <stdlib.h>

#include <curl/curl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"

enum { BODY_MAX_DEFAULT = 1 << 20, CONNECT_MS = 10000 };

struct httpc {
	struct loop *l;
	CURLM *multi;
	uv_timer_t *timer;
	struct list calls;
	bool freed;
};

/* A socket that curl waits for. */
struct sock {
	uv_poll_t uv;
	struct httpc *c;
	curl_socket_t fd;
};

struct httpc_call {
	struct list node;
	struct httpc *c;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	struct buf body, answer;
	char why[CURL_ERROR_SIZE];
	httpc_h *h;
	void *arg;
};

static void call_free(struct httpc_call *k)
{
	list_del(&k->node);
	if (k->easy) {
		curl_multi_remove_handle(k->c->multi, k->easy);
		curl_easy_cleanup(k->easy);
	}
	curl_slist_free_all(k->headers);
	curl_slist_free_all(k->connect_to);
	buf_fini(&k->body);
	buf_fini(&k->answer);
	free(k);
}

static int err_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
		return -EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return -ECONNRESET;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return -EACCES;
	case CURLE_WRITE_ERROR:
		return -EMSGSIZE;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

static void finish(struct httpc_call *k, CURLcode code)
{
	struct httpc_result r = {.err = err_of(code), .retry_after_s = -1};
	curl_off_t after = 0;
	long status = 0, size = 0;

	curl_easy_getinfo(k->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(k->easy, CURLINFO_REQUEST_SIZE, &size);
	curl_easy_getinfo(k->easy, CURLINFO_RETRY_AFTER, &after);
	r.sent = size > 0;
	r.status = (int)status;
	if (after > 0)
		r.retry_after_s = (int)MIN(after, 86400);
	r.body = buf_get(&k->answer);
	if (r.err)
		r.why = k->why[0] ? k->why : curl_easy_strerror(code);
	list_del(&k->node);
	k->h(&r, k->arg);
	call_free(k);
}

static void collect(struct httpc *c)
{
	CURLMsg *m;
	int left;

	while (!c->freed && (m = curl_multi_info_read(c->multi, &left))) {
		struct httpc_call *k = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &k);
		finish(k, m->data.result);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct httpc *c = t->data;
	int running;

	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(c);
}

static int want_timer(CURLM *multi, long ms, void *arg)
{
	struct httpc *c = arg;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(c->timer);
	else
		uv_timer_start(c->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static void on_sock(uv_poll_t *p, int status, int events)
{
	struct sock *s = container_of(p, struct sock, uv);
	struct httpc *c = s->c;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(c->multi, s->fd, flags, &running);
	collect(c);
}

static void sock_closed(uv_handle_t *h)
{
	free(container_of((uv_poll_t *)h, struct sock, uv));
}

static struct sock *sock_new(struct httpc *c, curl_socket_t fd)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->c = c;
	s->fd = fd;
	if (uv_poll_init_socket(loop_uv(c->l), &s->uv, fd)) {
		free(s);
		return NULL;
	}
	curl_multi_assign(c->multi, fd, s);
	return s;
}

static int want_sock(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *sockp)
{
	struct httpc *c = arg;
	struct sock *s = sockp;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s) {
			curl_multi_assign(c->multi, fd, NULL);
			uv_poll_stop(&s->uv);
			uv_close((uv_handle_t *)&s->uv, sock_closed);
		}
		return 0;
	}
	if (!s)
		s = sock_new(c, fd);
	if (!s)
		return -1;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	return uv_poll_start(&s->uv, events, on_sock) ? -1 : 0;
}

int httpc_new(struct httpc **out, struct loop *l)
{
	struct httpc *c;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	c = calloc(1, sizeof(*c));
	if (!c)
		goto fail;
	c->l = l;
	list_init(&c->calls);
	c->multi = curl_multi_init();
	c->timer = calloc(1, sizeof(*c->timer));
	if (!c->multi || !c->timer)
		goto fail;
	uv_timer_init(loop_uv(l), c->timer);
	c->timer->data = c;
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, want_sock);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	*out = c;
	return 0;
fail:
	if (c) {
		if (c->multi)
			curl_multi_cleanup(c->multi);
		free(c->timer);
	}
	free(c);
	curl_global_cleanup();
	return -ENOMEM;
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void gone(void *arg)
{
	free(arg);
}

struct httpc *httpc_free(struct httpc *c)
{
	struct list *i, *next;

	if (!c)
		return NULL;
	LIST_FOREACH_SAFE (i, next, &c->calls)
		call_free(list_entry(i, struct httpc_call, node));
	curl_multi_cleanup(c->multi);
	uv_timer_stop(c->timer);
	uv_close((uv_handle_t *)c->timer, timer_closed);
	curl_global_cleanup();
	/* A handler that freed us may still be on the stack. */
	c->freed = true;
	if (loop_defer(c->l, gone, c))
		free(c);
	return NULL;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct httpc_call *k = arg;

	/* Not what was offered: curl ends the transfer with a write error. */
	return buf_add(&k->answer, p, size * n) ? 0 : size * n;
}

static int set_headers(struct httpc_call *k, const struct httpc_prm *p)
{
	for (size_t i = 0; p->headers && p->headers[i]; i++) {
		struct curl_slist *more =
			curl_slist_append(k->headers, p->headers[i]);

		if (!more)
			return -ENOMEM;
		k->headers = more;
	}
	if (p->connect_to) {
		k->connect_to = curl_slist_append(NULL, p->connect_to);
		if (!k->connect_to)
			return -ENOMEM;
	}
	return 0;
}

static int set_options(struct httpc_call *k, const struct httpc_prm *p)
{
	CURL *e = k->easy;

	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, k->why);
	curl_easy_setopt(e, CURLOPT_PRIVATE, k);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, k);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)p->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)MIN(p->timeout_ms, (int)CONNECT_MS));
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, p->method);
	if (!strcmp(p->method, "HEAD"))
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	if (p->body.len || !strcmp(p->method, "POST")) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)p->body.len);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS,
				 k->body.p ? k->body.p : "");
	}
	if (k->headers)
		curl_easy_setopt(e, CURLOPT_HTTPHEADER, k->headers);
	if (k->connect_to)
		curl_easy_setopt(e, CURLOPT_CONNECT_TO, k->connect_to);
	if (p->ca_file)
		curl_easy_setopt(e, CURLOPT_CAINFO, p->ca_file);
	if (p->user) {
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(e, CURLOPT_USERNAME, p->user);
		curl_easy_setopt(e, CURLOPT_PASSWORD,
				 p->password ? p->password : "");
	}
	return curl_easy_setopt(e, CURLOPT_URL, p->url) ? -EINVAL : 0;
}

int httpc_send(struct httpc_call **out, struct httpc *c,
	       const struct httpc_prm *prm, httpc_h *h, void *arg)
{
	struct httpc_call *k = calloc(1, sizeof(*k));
	int err = -ENOMEM;

	if (!k)
		return -ENOMEM;
	k->c = c;
	k->h = h;
	k->arg = arg;
	buf_init(&k->body, 0);
	buf_init(&k->answer, prm->body_max ? prm->body_max : BODY_MAX_DEFAULT);
	k->easy = curl_easy_init();
	if (k->easy && !buf_sv(&k->body, prm->body))
		err = set_headers(k, prm);
	if (!err)
		err = set_options(k, prm);
	if (!err && curl_multi_add_handle(c->multi, k->easy))
		err = -ENOMEM;
	if (err) {
		call_free(k);
		return err;
	}
	list_add(&c->calls, &k->node);
	if (out)
		*out = k;
	return 0;
}

void httpc_cancel(struct httpc_call *call)
{
	if (call)
		call_free(call);
}
