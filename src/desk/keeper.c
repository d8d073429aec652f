#include "desk/keeper.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	FIRST_MS = 15000, /* late news of calls come in before */
	EVERY_MS = 60000,
	ANSWER_MS = 40000,
	STATEMENT_MS = 30000,
};

struct keeper {
	struct keeper_prm prm;
	struct pg *pg;
	struct timer *timer;
};

static void count(atomic_ullong *n, unsigned long long by)
{
	atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

static unsigned long long number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (unsigned long long)n : 0;
}

static void say(const json_t *o)
{
	unsigned long long made = number(o, "made"),
			   dropped = number(o, "dropped"),
			   closed = number(o, "closed"),
			   expired = number(o, "expired"),
			   removed = number(o, "removed");

	if (closed)
		log_warn("keeper", "%llu calls closed that nobody had ended",
			 closed);
	if (made || dropped || expired || removed)
		log_info("keeper",
			 "partitions: %llu made, %llu dropped; %llu holds "
			 "expired, %llu old rows removed",
			 made, dropped, expired, removed);
}

void keeper_take(const struct keeper_prm *prm, struct sv answer)
{
	json_t *o = json_loadb(answer.p, answer.len, 0, NULL), *one;
	size_t i;

	if (!json_is_object(o)) {
		log_error("keeper", "the database's answer is none");
		count(&prm->counts->failed, 1);
	} else if (json_is_true(json_object_get(o, "ran"))) {
		count(&prm->counts->runs, 1);
		count(&prm->counts->closed, number(o, "closed"));
		say(o);
	}
	json_array_foreach (json_object_get(o, "failed"), i, one) {
		count(&prm->counts->failed, 1);
		log_error("keeper", "not done: %s",
			  json_is_string(one) ? json_string_value(one) : "?");
	}
	json_array_foreach (json_object_get(o, "changed"), i, one)
		if (prm->changedh && json_is_string(one))
			prm->changedh(sv_str(json_string_value(one)), prm->arg);
	json_decref(o);
}

static void on_answer(const struct pg_result *res, void *arg)
{
	struct keeper *k = arg;
	struct sv text = {NULL, 0};
	bool null = true;

	if (!k->timer) /* it is being freed */
		return;
	if (!res->err && res->rows)
		text = pg_value(res, 0, 0, &null);
	if (res->err) {
		count(&k->prm.counts->failed, 1);
		log_warn("keeper", "did not run: %s %.*s",
			 res->sqlstate[0] ? res->sqlstate : strerror(-res->err),
			 SV_ARG(res->message));
	} else if (!null) {
		keeper_take(&k->prm, text);
	}
}

static void on_timer(void *arg)
{
	struct keeper *k = arg;

	timer_at(k->timer, clock_mono_us() + EVERY_MS * 1000);
	/* Down: pg has said so, and the next minute is soon enough. */
	pg_call(k->pg, "select desk.housekeeping()", 0, NULL, ANSWER_MS, false,
		on_answer, k);
}

int keeper_new(struct keeper **out, const struct keeper_prm *prm)
{
	struct keeper *k = calloc(1, sizeof(*k));
	const struct pg_prm pg = {
		.name = "housekeeping",
		.conninfo = prm->cfg->database.conninfo,
		.user = prm->cfg->database.relay_user,
		.queue_max = 2,
		.statement_ms = STATEMENT_MS,
	};
	int err;

	if (!k)
		return -ENOMEM;
	k->prm = *prm;
	err = timer_new(&k->timer, prm->loop, on_timer, k);
	if (!err)
		err = pg_new(&k->pg, prm->loop, prm->dns, &pg);
	if (err) {
		keeper_free(k);
		return err;
	}
	timer_at(k->timer, clock_mono_us() + FIRST_MS * 1000);
	*out = k;
	return 0;
}

struct keeper *keeper_free(struct keeper *k)
{
	if (!k)
		return NULL;
	k->timer = timer_free(k->timer);
	pg_free(k->pg);
	free(k);
	return NULL;
}
