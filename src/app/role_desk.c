/*
 * The desk role: the dashboard, the outbox relay, the operators' listener.
 *
 * One process hears the bus; the dashboard opens it. The relay wants the
 * bells too, so what we hand the dashboard is a bus that taps the real one.
 */
#include "app/role.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/links.h"
#include "app/ops.h"
#include "app/secret.h"
#include "base/log.h"
#include "bus.h"
#include "desk/archive.h"
#include "desk/dashboard.h"
#include "desk/keeper.h"
#include "desk/relay.h"
#include "io/dns.h"
#include "io/httpc.h"

struct desk {
	const struct role_ctx *ctx;
	struct loop *loop;
	struct dns *dns;
	struct web *web;
	struct httpc *httpc;
	struct pg *pg_api, *pg_relay;
	struct dashboard *dashboard;
	struct relay *relay;
	struct keeper *keeper;
	struct archive *archive;
	struct ops *ops;
	struct links *links;
	struct bus_handlers tapped; /* the dashboard's */
	char secret[SECRET_MAX], stream_secret[SECRET_MAX];
};

static struct desk desk; /* one per process; the bus has no place for it */

static void on_bell(struct sv business, void *arg)
{
	struct desk *d = arg;

	if (d->tapped.bellh)
		d->tapped.bellh(business, d->tapped.arg);
	if (d->relay)
		relay_ring(d->relay);
}

static void on_partial(struct sv business, struct sv payload, void *arg)
{
	struct desk *d = arg;

	if (d->tapped.partialh)
		d->tapped.partialh(business, payload, d->tapped.arg);
}

static int tap_open(struct bus_sess **out, const struct bus_prm *prm)
{
	struct bus_prm ours = *prm;

	desk.tapped = prm->h;
	ours.h = (struct bus_handlers){on_bell, on_partial, &desk};
	return bus_all[0]->open(out, &ours);
}

static void on_api_up(void *arg)
{
	struct desk *d = arg;

	links_look(d->links);
}

static void on_relay_up(void *arg)
{
	struct desk *d = arg;

	links_look(d->links);
	if (d->relay)
		relay_wake(d->relay);
}

static void on_changed(struct sv business, void *arg)
{
	struct desk *d = arg;

	dashboard_ring(d->dashboard, business);
}

static void on_term(void *arg)
{
	loop_stop(arg);
}

static int open_pg(struct desk *d, struct pg **out, const char *name,
		   const char *user, loop_h *uph)
{
	const struct pg_prm prm = {
		.name = name,
		.conninfo = d->ctx->cfg->database.conninfo,
		.user = user,
		.queue_max = 1024,
		.statement_ms = 10000,
		.uph = uph,
		.arg = d,
	};

	return pg_new(out, d->loop, d->dns, &prm);
}

static int open_io(struct desk *d)
{
	const struct config *cfg = d->ctx->cfg;
	int err = loop_new(&d->loop);

	if (!err)
		err = dns_new(&d->dns, d->loop);
	if (!err)
		err = web_new(&d->web, d->loop);
	if (!err)
		err = httpc_new(&d->httpc, d->loop);
	if (!err)
		err = open_pg(d, &d->pg_api, "api", cfg->database.api_user,
			      on_api_up);
	if (!err)
		err = open_pg(d, &d->pg_relay, "relay",
			      cfg->database.relay_user, on_relay_up);
	if (!err)
		err = links_new(&d->links, d->loop, d->ctx->self);
	if (!err) {
		links_add(d->links, "api", d->pg_api);
		links_add(d->links, "relay", d->pg_relay);
		err = loop_on_signal(d->loop, SIGTERM, on_term, d->loop);
	}
	return err;
}

static int open_parts(struct desk *d)
{
	static struct bus tap;
	const struct config *cfg = d->ctx->cfg;
	const struct dashboard_prm dashboard = {
		.loop = d->loop,
		.web = d->web,
		.cfg = cfg,
		.listen_fd = ROLE_FD_DASHBOARD,
		.pg_api = d->pg_api,
		.bus = &tap,
		.desk = d->ctx->slot,
		.bus_fd = ROLE_FD_BUS,
		.token_secret = sv_str(d->secret),
		.stream_secret = sv_str(d->stream_secret),
		.counts = &d->ctx->stats->streams,
	};
	const struct relay_prm relay = {
		.loop = d->loop,
		.cfg = cfg,
		.pg = d->pg_relay,
		.httpc = d->httpc,
		.counts = &d->ctx->stats->relay,
		.slot = d->ctx->slot,
		.changedh = on_changed,
		.arg = d,
	};
	const struct keeper_prm keeper = {
		.loop = d->loop,
		.dns = d->dns,
		.cfg = cfg,
		.counts = &d->ctx->stats->keeper,
		.changedh = on_changed,
		.arg = d,
	};
	const struct archive_prm archive = {
		.loop = d->loop,
		.dns = d->dns,
		.cfg = cfg,
		.counts = &d->ctx->stats->archive,
		.changedh = on_changed,
		.arg = d,
	};
	const struct ops_prm ops = {
		.web = d->web,
		.listen_fd = ROLE_FD_OPS,
		.stats = d->ctx->stats,
	};
	int err;

	tap = *bus_all[0];
	tap.open = tap_open;
	err = dashboard_new(&d->dashboard, &dashboard);
	if (!err)
		err = relay_new(&d->relay, &relay);
	if (!err)
		err = keeper_new(&d->keeper, &keeper);
	/* One desk keeps the node's files; all show it to whoever watches. */
	if (!err && !d->ctx->slot)
		err = archive_new(&d->archive, &archive);
	return err ? err : ops_new(&d->ops, &ops);
}

static void close_all(struct desk *d)
{
	ops_free(d->ops);
	d->links = links_free(d->links);
	d->archive = archive_free(d->archive);
	d->keeper = keeper_free(d->keeper);
	d->relay = relay_free(d->relay);
	dashboard_free(d->dashboard);
	pg_free(d->pg_relay);
	pg_free(d->pg_api);
	httpc_free(d->httpc);
	web_free(d->web);
	dns_free(d->dns);
	loop_free(d->loop);
	explicit_bzero(d->secret, sizeof(d->secret));
	explicit_bzero(d->stream_secret, sizeof(d->stream_secret));
}

int role_desk(const struct role_ctx *ctx)
{
	char why[256];
	int err;

	desk.ctx = ctx;
	err = secret_load(desk.secret, ctx->cfg, SECRET_TOKEN, false, why,
			  sizeof(why));
	if (!err)
		err = secret_load(desk.stream_secret, ctx->cfg, SECRET_STREAM,
				  false, why, sizeof(why));
	if (err) {
		log_error("desk", "%s", why);
		return ROLE_EXIT_CONFIG;
	}
	err = open_io(&desk);
	if (!err)
		err = open_parts(&desk);
	if (err) {
		log_error("desk", "cannot start: %s", strerror(-err));
		close_all(&desk);
		return err == -EINVAL ? ROLE_EXIT_CONFIG : ROLE_EXIT_FAILED;
	}
	err = role_ready(desk.loop);
	if (!err)
		err = loop_run(desk.loop);
	close_all(&desk);
	return err ? ROLE_EXIT_FAILED : ROLE_EXIT_OK;
}
