#include "desk/dashboard.h"

#include <stdlib.h>

#include "base/log.h"
#include "desk/api.h"
#include "desk/browser.h"
#include "desk/session.h"
#include "desk/sse.h"
#include "desk/static.h"
#include "io/recfile.h"

#define BODY_MAX (16u << 10)
#define HEADER_MS 10000

struct dashboard {
	struct web_listener *listener;
	struct static_files *files;
	struct sessions *sessions;
	struct sse *sse;
	struct api *api;
	const struct bus *bus;
	struct bus_sess *bus_sess;
	const struct config *cfg;
	char *public_url;
	char recordings[RECFILE_ROOT_MAX];
};

static void on_request(struct web_req *r, void *arg)
{
	struct dashboard *d = arg;

	if (api_is_path(web_req_path(r)))
		api_request(d->api, r);
	else
		static_files_reply(d->files, r);
}

static int on_upgrade(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	const struct dashboard *d = arg;

	(void)h;
	return browser_upgrade(r, d->cfg, d->public_url);
}

static void on_bell(struct sv business, void *arg)
{
	struct dashboard *d = arg;

	sse_ring(d->sse, business);
}

static void on_partial(struct sv business, struct sv payload, void *arg)
{
	struct dashboard *d = arg;

	sse_partial(d->sse, business, payload);
}

static void on_changed(struct sv business, void *arg)
{
	dashboard_ring(arg, business);
}

static int open_api(struct dashboard *d, const struct dashboard_prm *prm)
{
	const char *url = prm->cfg->dashboard.public_url;
	struct api_prm a = {.loop = prm->loop,
			    .recordings = d->recordings,
			    .pg = prm->pg_api,
			    .sessions = d->sessions,
			    .sse = d->sse,
			    .token_secret = prm->token_secret,
			    .stream_secret = prm->stream_secret,
			    .stream_token_s = prm->cfg->media.token_s,
			    .changedh = on_changed,
			    .arg = d};
	struct buf b;
	int err = recfile_root(d->recordings, sizeof(d->recordings), prm->cfg);

	if (err)
		return err;
	buf_init(&b, 1024);
	if (url)
		buf_str(&b, url);
	else
		buf_printf(&b, "http://%s", prm->cfg->dashboard.listen);
	d->public_url = b.err ? NULL : strdup(b.p);
	buf_fini(&b);
	if (!d->public_url)
		return -ENOMEM;
	a.public_url = d->public_url;
	a.proxied = url != NULL;
	a.secure = url && sv_starts(sv_str(url), "https://");
	return api_new(&d->api, &a);
}

static int open_bus(struct dashboard *d, const struct dashboard_prm *prm)
{
	const struct bus_prm p = {
		.loop = prm->loop,
		.dir = prm->cfg->node.runtime_dir,
		.desks = (unsigned)prm->cfg->dashboard.workers,
		.self = (int)prm->desk,
		.listen_fd = prm->bus_fd,
		.h = {.bellh = on_bell, .partialh = on_partial, .arg = d},
	};
	int err = prm->bus ? prm->bus->open(&d->bus_sess, &p) : 0;

	if (!err)
		d->bus = prm->bus;
	return err;
}

static int open_listener(struct dashboard *d, const struct dashboard_prm *prm)
{
	struct web_listen_prm w = {
		.name = "dashboard",
		.fd = prm->listen_fd,
		.body_max = BODY_MAX,
		.header_ms = HEADER_MS,
		.loopback_only = true,
		.requesth = on_request,
		.upgradeh = on_upgrade,
		.arg = d,
	};

	return web_listen(&d->listener, prm->web, &w);
}

int dashboard_new(struct dashboard **out, const struct dashboard_prm *prm)
{
	struct dashboard *d;
	int err;

	if (!prm->loop || !prm->web || !prm->cfg || !prm->pg_api ||
	    !prm->counts || prm->listen_fd < 0 || !prm->token_secret.len)
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->cfg = prm->cfg;
	err = static_files_new(&d->files, prm->cfg->dashboard.files);
	if (!err)
		err = sessions_new(&d->sessions, prm->pg_api);
	if (!err) {
		struct sse_prm s = {.loop = prm->loop,
				    .pg = prm->pg_api,
				    .sessions = d->sessions,
				    .counts = prm->counts};

		err = sse_new(&d->sse, &s);
	}
	if (!err)
		err = open_api(d, prm);
	if (!err)
		err = open_bus(d, prm);
	if (!err)
		err = open_listener(d, prm);
	if (err) {
		log_error("dashboard", "cannot start: %s", strerror(-err));
		dashboard_free(d);
		return err;
	}
	*out = d;
	return 0;
}

struct dashboard *dashboard_free(struct dashboard *d)
{
	if (!d)
		return NULL;
	d->listener = web_listener_free(d->listener);
	if (d->bus)
		d->bus->close(d->bus_sess);
	/* Streams know sessions, requests know both: in this order. */
	d->sse = sse_free(d->sse);
	d->sessions = sessions_free(d->sessions);
	d->api = api_free(d->api);
	d->files = static_files_free(d->files);
	free(d->public_url);
	free(d);
	return NULL;
}

void dashboard_ring(struct dashboard *d, struct sv business)
{
	if (d->bus)
		d->bus->ring(d->bus_sess, business);
	else
		sse_ring(d->sse, business);
}

unsigned dashboard_readers(const struct dashboard *d)
{
	return d->sse ? sse_readers(d->sse) : 0;
}
