#include "desk/archive.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/recfile.h"

enum {
	FIRST_MS = 5000, /* late news of calls come in before */
	EVERY_MS = 20000,
	ANSWER_MS = 15000,
	STATEMENT_MS = 10000,
};

/* One file, on the thread pool. */
struct job {
	struct archive *a; /* NULL: it was freed meanwhile */
	char root[RECFILE_ROOT_MAX], path[RECFILE_PATH_MAX];
	bool remove;
	int err;
	struct recfile_info info;
};

struct archive {
	struct archive_prm prm;
	char root[RECFILE_ROOT_MAX];
	struct pg *pg;
	struct timer *timer;
	json_t *due; /* what is still to be done */
	struct job *job;
};

static void next(struct archive *a);

static void count(atomic_ullong *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* ---- one after the other ---- */

static void on_kept(const struct pg_result *res, void *arg)
{
	struct archive *a = arg;
	json_t *one;

	if (!a->timer) /* it is being freed */
		return;
	one = json_array_get(a->due, 0);
	if (res->err)
		log_warn("recordings", "not told: %s %.*s",
			 res->sqlstate[0] ? res->sqlstate : strerror(-res->err),
			 SV_ARG(res->message));
	else if (a->prm.changedh)
		a->prm.changedh(sv_str(text(one, "business")), a->prm.arg);
	json_array_remove(a->due, 0);
	next(a);
}

static void skip(struct archive *a)
{
	json_array_remove(a->due, 0);
	next(a);
}

static void tell(struct archive *a, const struct job *j, const json_t *one)
{
	char *req, *params[1];
	json_t *o = json_pack("{s:s, s:s}", "business", text(one, "business"),
			      "recording", text(one, "recording"));

	if (j->remove)
		json_object_set_new(o, "removed", json_true());
	else if (!j->err)
		json_object_update_new(
			o, json_pack("{s:I, s:I}", "duration_ms",
				     (json_int_t)j->info.duration_ms, "bytes",
				     (json_int_t)j->info.bytes));
	req = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	params[0] = req;
	if (!req ||
	    pg_call(a->pg, "select desk.recording_kept($1::jsonb)", 1,
		    (const char *const *)params, ANSWER_MS, false, on_kept, a))
		skip(a); /* the next time */
	free(req);
}

static void work(void *arg)
{
	struct job *j = arg;

	if (j->remove) {
		j->err = recfile_remove(j->root, j->path);
		return;
	}
	j->err = recfile_recover(j->root, j->path, &j->info);
	if (j->err == -EBADMSG) /* not one page */
		(void)recfile_remove(j->root, j->path);
}

static void done(void *arg)
{
	struct job *j = arg;
	struct archive *a = j->a;
	const json_t *one;

	if (!a) {
		free(j);
		return;
	}
	a->job = NULL;
	one = json_array_get(a->due, 0);
	if (j->err == -EBUSY) {
		skip(a); /* somebody writes it: he lives */
	} else if (j->err &&
		   (j->remove || (j->err != -EBADMSG && j->err != -ENOENT))) {
		count(&a->prm.counts->failed);
		log_error("recordings", "%s cannot be %s: %s", j->path,
			  j->remove ? "removed" : "read", strerror(-j->err));
		skip(a);
	} else {
		count(j->remove ? &a->prm.counts->removed
				: &a->prm.counts->recovered);
		if (!j->remove)
			log_warn("recordings",
				 "call %s: its worker died, %lld ms of it play",
				 text(one, "call"),
				 (long long)j->info.duration_ms);
		tell(a, j, one);
	}
	free(j);
}

static void next(struct archive *a)
{
	json_t *one = json_array_get(a->due, 0);
	struct job *j;

	if (!one) {
		json_decref(a->due);
		a->due = NULL;
		return;
	}
	j = calloc(1, sizeof(*j));
	if (j) {
		j->a = a;
		j->remove = json_is_true(json_object_get(one, "remove"));
		sv_copy(j->root, sizeof(j->root), sv_str(a->root));
		sv_copy(j->path, sizeof(j->path), sv_str(text(one, "path")));
	}
	if (!j || loop_work(a->prm.loop, work, done, j)) {
		free(j);
		json_decref(a->due); /* the next time */
		a->due = NULL;
		return;
	}
	a->job = j;
}

/* ---- what is due ---- */

static void on_due(const struct pg_result *res, void *arg)
{
	struct archive *a = arg;
	bool null = true;
	struct sv v = {0};

	if (!a->timer)
		return;
	if (!res->err && res->rows == 1)
		v = pg_value(res, 0, 0, &null);
	if (res->err)
		log_warn("recordings", "cannot ask what is due: %s %.*s",
			 res->sqlstate[0] ? res->sqlstate : strerror(-res->err),
			 SV_ARG(res->message));
	if (null || a->due)
		return;
	a->due = json_loadb(v.p, v.len, 0, NULL);
	if (json_is_array(a->due)) {
		next(a);
	} else {
		json_decref(a->due);
		a->due = NULL;
	}
}

static void on_timer(void *arg)
{
	struct archive *a = arg;
	const char *params[] = {a->prm.cfg->node.name};

	timer_at(a->timer, clock_mono_us() + EVERY_MS * 1000);
	if (!a->due)
		pg_call(a->pg, "select desk.recordings_due($1)", 1, params,
			ANSWER_MS, false, on_due, a);
}

int archive_new(struct archive **out, const struct archive_prm *prm)
{
	struct archive *a = calloc(1, sizeof(*a));
	const struct pg_prm pg = {
		.name = "recordings",
		.conninfo = prm->cfg->database.conninfo,
		.user = prm->cfg->database.relay_user,
		.queue_max = 2,
		.statement_ms = STATEMENT_MS,
	};
	int err;

	if (!a)
		return -ENOMEM;
	a->prm = *prm;
	err = recfile_root(a->root, sizeof(a->root), prm->cfg);
	if (!err)
		err = timer_new(&a->timer, prm->loop, on_timer, a);
	if (!err)
		err = pg_new(&a->pg, prm->loop, prm->dns, &pg);
	if (err) {
		archive_free(a);
		return err;
	}
	timer_at(a->timer, clock_mono_us() + FIRST_MS * 1000);
	*out = a;
	return 0;
}

struct archive *archive_free(struct archive *a)
{
	if (!a)
		return NULL;
	if (a->timer)
		a->timer = timer_free(a->timer);
	if (a->job)
		a->job->a = NULL;
	pg_free(a->pg);
	json_decref(a->due);
	free(a);
	return NULL;
}
