/*
 * The media role: webhooks and media sockets of one slot, and their calls.
 */
#include "app/role.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/links.h"
#include "app/secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "bus.h"
#include "desk/away.h"
#include "desk/browser.h"
#include "desk/snapshot.h"
#include "desk/webhooks.h"
#include "io/backlog.h"
#include "io/dns.h"
#include "io/memo.h"
#include "io/recfile.h"
#include "io/wsc.h"
#include "media/media.h"

enum {
	/*
	 * So long a new worker waits for the database before it accepts
	 * without; the kernel's queue holds the carrier meanwhile.
	 */
	FIRST_DB_MS = 500,
	/* The carrier's next question after the last socket closed. */
	LINGER_MS = 1000,
	COUNT_MS = 500,
};

struct worker {
	const struct role_ctx *ctx;
	struct loop *loop;
	struct dns *dns;
	struct web *web;
	struct wsc_env *net;
	struct pg *pg_hooks, *pg_calls, *pg_segments;
	struct links *links;
	const struct bus *bus;
	struct bus_sess *bus_sess;
	struct memo *memo;
	struct backlog *backlog;
	struct snapshot *snapshot;
	struct media *media;
	struct webhooks *hooks;
	struct web_listener *pages;
	struct timer *first, *counter, *linger;
	char secret[SECRET_MAX], speech_path[4200];
	char recordings[RECFILE_ROOT_MAX];
	int64_t limit_us; /* of draining */
	bool draining, had_calls, cut;
	int code;
};

/* Slots come first among the roles. */
static bool is_slot(const struct stats *st, unsigned i)
{
	return i < st->n && !strncmp(st->roles[i].name, "media", 5);
}

static unsigned slots(const struct stats *st)
{
	unsigned n = 0;

	while (is_slot(st, n))
		n++;
	return n;
}

/*
 * Another slot has nobody who accepts, or somebody again. While we drain, too:
 * a worker without calls has ended, and callers still come to its slot.
 */
static void on_slots(void *arg)
{
	struct worker *w = arg;
	struct stats *st = w->ctx->stats;

	if (!w->hooks)
		return;
	for (unsigned i = 0; is_slot(st, i); i++) {
		bool on = i != w->ctx->slot &&
			  !atomic_load(&st->roles[i].accepting);
		int err = i == w->ctx->slot
				  ? 0
				  : webhooks_cover(w->hooks,
						   ROLE_FD_LISTEN + (int)i, on);

		if (err)
			log_error("media", "slot %u cannot be served: %s", i,
				  strerror(-err));
	}
}

static void serve(void *arg)
{
	struct worker *w = arg;
	const struct webhooks_prm prm = {
		.loop = w->loop,
		.web = w->web,
		.cfg = w->ctx->cfg,
		.stream_secret = sv_str(w->secret),
		.listen_fd = ROLE_FD_LISTEN + (int)w->ctx->slot,
		.pg = w->pg_hooks,
		.media = w->media,
		.bus = w->bus,
		.bus_sess = w->bus_sess,
		.counts = &w->ctx->self->webhooks,
		.snapshot = w->snapshot,
		.memo = w->memo,
		.backlog = w->backlog,
	};
	int err;

	if (w->hooks || w->draining)
		return;
	timer_stop(w->first);
	err = browser_listen(&w->pages, w->web, w->media,
			     ROLE_FD_LISTEN + (int)slots(w->ctx->stats));
	if (!err)
		err = webhooks_new(&w->hooks, &prm);
	if (!err) {
		atomic_store(&w->ctx->self->accepting, true);
		err = role_ready(w->loop);
	}
	if (err) {
		log_error("media", "cannot serve: %s", strerror(-err));
		w->code = err == -EINVAL ? ROLE_EXIT_CONFIG : ROLE_EXIT_FAILED;
		loop_stop(w->loop);
		return;
	}
	on_slots(w);
}

static void on_db_up(void *arg)
{
	struct worker *w = arg;

	links_look(w->links);
	if (pg_up(w->pg_segments) && w->snapshot) {
		snapshot_refresh(w->snapshot);
		backlog_kick(w->backlog);
	}
	if (pg_up(w->pg_hooks) && pg_up(w->pg_calls) && pg_up(w->pg_segments))
		serve(w);
}

/* Plans, scripts or hours are others now. */
static void on_changed(struct sv channel, struct sv payload, void *arg)
{
	struct worker *w = arg;

	(void)payload;
	if (w->snapshot && sv_eq(channel, SNAPSHOT_CHANNEL))
		snapshot_refresh(w->snapshot);
}

/* A call begins without the database. */
static int on_away(struct buf *out, struct sv call, unsigned stream_no,
		   void *arg)
{
	struct worker *w = arg;

	return away_context(out, w->snapshot, w->memo, call, stream_no,
			    clock_wall_us() / 1000);
}

static void on_count(void *arg)
{
	struct worker *w = arg;
	struct pg *const pg[] = {w->pg_hooks, w->pg_calls, w->pg_segments};

	atomic_store_explicit(&w->ctx->self->calls, media_calls(w->media),
			      memory_order_relaxed);
	for (size_t i = 0; i < ARRAY_LEN(pg); i++)
		atomic_store_explicit(&w->ctx->self->queued[i],
				      pg_queued(pg[i]), memory_order_relaxed);
}

/* Over the limit calls are cut, and get a moment for their last words to SQL. */
static void on_linger(void *arg)
{
	struct worker *w = arg;

	/* Who came after the last one had gone may stay as long as the others. */
	if (media_calls(w->media) && clock_mono_us() < w->limit_us) {
		w->had_calls = true;
		timer_at(w->linger, w->limit_us);
		return;
	}
	if (!w->cut && media_calls(w->media)) {
		w->cut = true;
		timer_at(w->linger, clock_mono_us() + LINGER_MS * 1000);
		media_cut(w->media);
		return;
	}
	loop_stop(w->loop);
}

static void on_drained(void *arg)
{
	struct worker *w = arg;

	timer_at(w->linger,
		 clock_mono_us() + (w->had_calls ? LINGER_MS * 1000 : 0));
}

static void on_term(void *arg)
{
	struct worker *w = arg;

	if (w->draining)
		return;
	w->draining = true;
	w->had_calls = media_calls(w->media) > 0;
	if (w->had_calls)
		log_info("media", "drains %u calls", media_calls(w->media));
	/* The supervisor has a limit too, but it can be gone. */
	w->limit_us = clock_mono_us() + w->ctx->cfg->media.drain_s * 1000000LL;
	timer_at(w->linger, w->limit_us);
	media_drain(w->media, on_drained, w);
}

static int open_pg(struct worker *w, struct pg **out, const char *name,
		   int queue_max)
{
	const struct config *cfg = w->ctx->cfg;
	const struct pg_prm prm = {
		.name = name,
		.conninfo = cfg->database.conninfo,
		.user = cfg->database.gateway_user,
		.queue_max = queue_max,
		.statement_ms = 5000,
		.uph = on_db_up,
		.notifyh = on_changed,
		.arg = w,
	};

	return pg_new(out, w->loop, w->dns, &prm);
}

static int open_io(struct worker *w)
{
	int err = loop_new(&w->loop);

	if (!err)
		err = dns_new(&w->dns, w->loop);
	if (!err)
		err = web_new(&w->web, w->loop);
	if (!err)
		err = wsc_env_new(&w->net, w->loop, w->dns);
	if (!err)
		err = timer_new(&w->first, w->loop, serve, w);
	if (!err)
		err = timer_new(&w->counter, w->loop, on_count, w);
	if (!err)
		err = timer_new(&w->linger, w->loop, on_linger, w);
	if (!err)
		err = open_pg(w, &w->pg_hooks, "webhooks", 1024);
	if (!err)
		err = open_pg(w, &w->pg_calls, "calls", 1024);
	if (!err)
		err = open_pg(w, &w->pg_segments, "segments", 4096);
	if (!err)
		err = links_new(&w->links, w->loop, w->ctx->self);
	if (!err) {
		links_add(w->links, "webhooks", w->pg_hooks);
		links_add(w->links, "calls", w->pg_calls);
		links_add(w->links, "segments", w->pg_segments);
		err = loop_on_signal(w->loop, SIGTERM, on_term, w);
	}
	if (!err)
		err = loop_on_signal(w->loop, SIGUSR1, on_slots, w);
	return err;
}

/* What the node keeps for a database that is away. */
static int open_away(struct worker *w)
{
	const struct config *cfg = w->ctx->cfg;
	const struct backlog_prm backlog = {
		.loop = w->loop,
		.pg = w->pg_segments,
		.dir = cfg->node.runtime_dir,
		.sql = "select desk.late($1::jsonb)",
	};
	const struct snapshot_prm snapshot = {
		.loop = w->loop,
		.pg = w->pg_segments,
		.dir = cfg->node.state_dir,
		.writes = w->ctx->slot == 0,
	};
	int err = memo_open(&w->memo, cfg->node.runtime_dir);

	if (!err)
		err = backlog_new(&w->backlog, &backlog);
	if (!err)
		err = snapshot_new(&w->snapshot, &snapshot);
	return err;
}

static int open_calls(struct worker *w)
{
	const struct config *cfg = w->ctx->cfg;
	struct media_prm media = {
		.loop = w->loop,
		.cfg = cfg,
		.stream_secret = sv_str(w->secret),
		.net = w->net,
		.pg_calls = w->pg_calls,
		.pg_segments = w->pg_segments,
		.bus = w->bus,
		.speech_path = w->speech_path,
		.recordings_dir = w->recordings,
		.slot = w->ctx->slot,
		.counts = &w->ctx->self->media,
		.backlog = w->backlog,
		.memo = w->memo,
		.awayh = on_away,
		.away_arg = w,
	};
	const struct bus_prm bus = {
		.loop = w->loop,
		.dir = cfg->node.runtime_dir,
		.desks = (unsigned)cfg->dashboard.workers,
		.self = -1,
		.listen_fd = -1,
	};
	int err;

	snprintf(w->speech_path, sizeof(w->speech_path), "%s/speech.sock",
		 cfg->node.runtime_dir);
	err = recfile_root(w->recordings, sizeof(w->recordings), cfg);
	if (!err)
		err = w->bus->open(&w->bus_sess, &bus);
	media.bus_sess = w->bus_sess;
	return err ? err : media_new(&w->media, &media);
}

static void close_all(struct worker *w)
{
	/* web_free() lets the loop turn: nobody counts what is gone by then. */
	if (w->linger) { /* the last of them to be made */
		timer_stop(w->first);
		timer_stop(w->counter);
		timer_stop(w->linger);
	}
	webhooks_free(w->hooks);
	web_listener_free(w->pages);
	media_free(w->media);
	wsc_env_free(w->net);
	w->links = links_free(w->links);
	pg_free(w->pg_hooks);
	pg_free(w->pg_calls);
	pg_free(w->pg_segments);
	/* after the last answers: what they did not take is kept */
	backlog_free(w->backlog);
	snapshot_free(w->snapshot);
	memo_close(w->memo);
	if (w->bus_sess)
		w->bus->close(w->bus_sess);
	web_free(w->web);
	timer_free(w->first);
	timer_free(w->counter);
	timer_free(w->linger);
	dns_free(w->dns);
	loop_free(w->loop);
	/* Another slot's worker may end in the same moment: no death by it. */
	signal(SIGUSR1, SIG_IGN);
	explicit_bzero(w->secret, sizeof(w->secret));
}

int role_media(const struct role_ctx *ctx)
{
	struct worker w = {.ctx = ctx, .bus = bus_all[0]};
	char why[512] = "";
	int err = secret_load(w.secret, ctx->cfg, SECRET_STREAM, false, why,
			      sizeof(why));

	if (!err)
		err = open_io(&w);
	if (!err)
		err = open_away(&w);
	if (!err)
		err = open_calls(&w);
	if (err) {
		log_error("media", "cannot start: %s",
			  why[0] ? why : strerror(-err));
		close_all(&w);
		return err == -EINVAL || why[0] ? ROLE_EXIT_CONFIG
						: ROLE_EXIT_FAILED;
	}
	timer_every(w.counter, COUNT_MS);
	timer_at(w.first, clock_mono_us() + FIRST_DB_MS * 1000);
	loop_run(w.loop);
	close_all(&w);
	return w.code;
}
