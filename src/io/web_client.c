/*
 * web_client: opens WebSockets to others. The address is numeric, so the
 * library's getaddrinfo() in place never waits. Each file of authorities has
 * its own vhost, for a vhost is where the library keeps a TLS context.
 */
#include "io/web_impl.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

struct client_vhost {
	struct list node;
	char *ca_file;
	bool tls;
	struct lws_vhost *vhost;
};

void web_client_fini(struct web *w)
{
	while (!list_empty(&w->vhosts)) {
		struct client_vhost *v =
			list_entry(w->vhosts.next, struct client_vhost, node);

		list_del(&v->node);
		free(v->ca_file);
		free(v);
	}
}

static struct lws_vhost *vhost_for(struct web *w, bool tls, const char *ca_file)
{
	struct lws_context_creation_info info = {0};
	struct client_vhost *v;
	struct list *pos;

	/* The one file is a third faster to set up than the system's folder. */
	if (tls && !ca_file && !access(SYSTEM_CA, R_OK))
		ca_file = SYSTEM_CA;
	LIST_FOREACH (pos, &w->vhosts) {
		v = list_entry(pos, struct client_vhost, node);
		if (v->tls == tls &&
		    (!tls || !strcmp(v->ca_file, ca_file ? ca_file : "")))
			return v->vhost;
	}
	v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	v->tls = tls;
	v->ca_file = strdup(ca_file ? ca_file : "");
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.vhost_name = "client";
	info.protocols = web_client_protocols;
	if (tls) {
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		if (ca_file)
			info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
		info.client_ssl_ca_filepath = ca_file;
	}
	v->vhost = v->ca_file ? lws_create_vhost(w->ctx, &info) : NULL;
	if (!v->vhost) {
		free(v->ca_file);
		free(v);
		return NULL;
	}
	list_add(&w->vhosts, &v->node);
	return v->vhost;
}

static void fail_h(void *arg)
{
	web_sock_gone(arg);
}

static void timeout_h(void *arg)
{
	struct web_sock *s = arg;

	s->fail_err = -ETIMEDOUT;
	sv_copy(s->why, sizeof(s->why), SV("no answer in time"));
	s->broken = true;
	if (s->wsi) {
		lws_set_timeout(s->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
				LWS_TO_KILL_ASYNC);
		lws_cancel_service_pt(s->wsi);
	}
}

static void note_failure(struct web_sock *s, const char *why, size_t len)
{
	if (s->fail_err)
		return;
	s->fail_http = (int)lws_http_client_http_response(s->wsi);
	s->fail_err = s->fail_http || strstr(why ? why : "", "ssl") ||
				      strstr(why ? why : "", "SSL")
			      ? -EPROTO
			      : -ECONNREFUSED;
	sv_copy(s->why, sizeof(s->why),
		why ? (struct sv){why, strnlen(why, len)} : SV("lost"));
}

static int add_headers(struct web_sock *s, unsigned char **p, size_t len)
{
	if (s->headers.len > len)
		return -1;
	if (s->headers.len)
		memcpy(*p, s->headers.p, s->headers.len);
	*p += s->headers.len;
	return 0;
}

static void opened(struct web_sock *s)
{
	s->timer = timer_free(s->timer);
	buf_fini(&s->headers);
	web_sock_opened(s);
	if (s->state == SOCK_OPEN && s->openh)
		s->openh(s, s->h.arg);
}

static int client_event(struct web_sock *s, enum lws_callback_reasons reason,
			void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(s, in, len);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		opened(s);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		note_failure(s, in, len);
		s->wsi = NULL;
		web_later(s->w, fail_h, s);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return web_sock_received(s, in, len);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return web_sock_writeable(s);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		web_sock_peer_closes(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		web_sock_gone(s);
		return 0;
	default:
		return 0;
	}
}

int web_client_h(struct lws *wsi, enum lws_callback_reasons reason, void *user,
		 void *in, size_t len)
{
	struct web_sock *s;
	int ret;

	(void)user;
	if (reason == LWS_CALLBACK_PROTOCOL_INIT ||
	    reason == LWS_CALLBACK_PROTOCOL_DESTROY)
		return 0;
	s = lws_get_opaque_user_data(wsi);
	if (!s || s->state == SOCK_DEAD)
		return 0;
	s->wsi = wsi;
	s->inside++;
	ret = client_event(s, reason, in, len);
	s->inside--;
	if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR ||
	    reason == LWS_CALLBACK_CLIENT_CLOSED)
		lws_set_opaque_user_data(wsi, NULL);
	return s->broken ? -1 : ret;
}

static void dial(struct web_sock *s, const struct web_connect_prm *prm)
{
	struct lws_client_connect_info info = {0};

	info.context = s->w->ctx;
	info.vhost = vhost_for(s->w, prm->tls, prm->ca_file);
	info.address = prm->addr;
	info.port = prm->port;
	info.path = prm->path;
	info.host = prm->host;
	info.protocol = prm->subprotocol;
	info.local_protocol_name = "c";
	info.alpn = "http/1.1";
	info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT |
			      (prm->tls ? LCCSCF_USE_SSL : 0);
	info.opaque_user_data = s;
	if (info.vhost && lws_client_connect_via_info(&info))
		return;
	s->wsi = NULL;
	/* lws has told the reason already, or could not even start. */
	if (!s->fail_err) {
		s->fail_err = -EIO;
		sv_copy(s->why, sizeof(s->why), SV("cannot start"));
		web_later(s->w, fail_h, s);
	}
}

int web_connect(struct web_sock **out, struct web *w,
		const struct web_connect_prm *prm)
{
	struct web_sock *s;
	int err = web_sock_new(&s, w);

	if (err)
		return err;
	s->client = true;
	s->h = prm->handlers;
	s->openh = prm->openh;
	s->failh = prm->failh;
	for (size_t i = 0; prm->headers && prm->headers[i]; i += 2)
		buf_printf(&s->headers, "%s: %s\r\n", prm->headers[i],
			   prm->headers[i + 1]);
	err = s->headers.err ? s->headers.err
			     : timer_new(&s->timer, w->loop, timeout_h, s);
	if (err) {
		list_del(&s->node);
		buf_fini(&s->headers);
		free(s);
		return err;
	}
	timer_at(s->timer, clock_mono_us() + prm->timeout_ms * INT64_C(1000));
	dial(s, prm);
	*out = s;
	return 0;
}
