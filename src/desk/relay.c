#include "desk/relay_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	SQL_MS = 5000,
	DONE_MS = 30000,
	DONE_TRIES = 20,
	POLL_MAX_MS = 5000, /* a bell can get lost */
	POLL_MIN_MS = 20,
	/* A call rings for all that is said in it: looked at in one. */
	RING_MS = 100,
};

/* Our share of a channel: a bucket of tokens, one a row. */
struct share {
	unsigned n, most;
	double per_s; /* 0: as fast as they come */
	double tokens, tokens_max;
	int64_t at_us;	/* tokens were counted then */
	int64_t due_ms; /* from now; INT64_MAX: nothing waits */
};

struct relay {
	struct relay_prm prm;
	struct timer *timer;
	struct list jobs;
	struct share share[RELAY_CHANNELS];
	bool anew;   /* what we had before we died is to be told */
	bool asking; /* between a claim and its wait's end */
	bool in_sql; /* one of the two is with the database */
	bool again;  /* woken meanwhile */
	bool rung;   /* … or rung for: soon is enough */
	int64_t asked_us, next_us; /* the last claim; the next one */
	bool dying;
	char worker[128];
};

static void count(atomic_ullong *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static void job_free(struct relay_job *j)
{
	struct relay *r = j->r;

	list_del(&j->node);
	if (r && j->kind)
		r->share[j->kind->channel].n--;
	if (j->http)
		httpc_cancel(j->http);
	if (j->mail)
		smtp_cancel(j->mail);
	timer_free(j->timer);
	json_decref(j->row);
	free(j);
}

/* ---- shares ---- */

static void share_init(struct share *s, const struct relay_prm *prm, int per_s,
		       int at_once)
{
	const unsigned desks = (unsigned)MAX(prm->cfg->dashboard.workers, 1);

	s->per_s = (double)per_s / desks;
	s->most = MAX((unsigned)at_once / desks, 1u);
	s->tokens = s->tokens_max = MAX(s->per_s / 4, 1.0);
	s->at_us = clock_mono_us();
	s->due_ms = INT64_MAX;
}

/* So many rows it may have now. */
static unsigned share_room(struct share *s)
{
	int64_t now_us = clock_mono_us();

	if (s->n >= s->most)
		return 0;
	if (s->per_s <= 0)
		return s->most - s->n;
	s->tokens += s->per_s * (double)(now_us - s->at_us) / 1e6;
	s->tokens = MIN(s->tokens, s->tokens_max);
	s->at_us = now_us;
	return MIN(s->most - s->n, (unsigned)s->tokens);
}

/* In how many ms to ask for it again. */
static int64_t share_next_ms(struct share *s)
{
	if (s->due_ms == INT64_MAX || s->n >= s->most)
		return POLL_MAX_MS; /* with all hands full a result asks */
	if (share_room(s))
		return s->due_ms;
	return MAX(s->due_ms, (int64_t)((1 - s->tokens) * 1000 / s->per_s) + 1);
}

/* ---- reporting ---- */

static void report(struct relay_job *j);

static void report_again(void *arg)
{
	report(arg);
}

static void report_failed(struct relay_job *j, const char *why)
{
	if (++j->tries >= DONE_TRIES) {
		log_error("relay", "row %s: its result cannot be stored: %s",
			  relay_text(j->row, "id"), why);
		job_free(j);
		return;
	}
	if (!j->timer &&
	    timer_new(&j->timer, j->r->prm.loop, report_again, j)) {
		job_free(j);
		return;
	}
	timer_at(j->timer, clock_mono_us() + 1000000);
}

static void on_done(const struct pg_result *res, void *arg)
{
	struct relay_job *j = arg;
	struct relay *r = j->r;
	const char *business;

	j->reporting = false;
	if (!r) {
		job_free(j);
		return;
	}
	if (res->err) {
		log_warn("relay", "row %s: result not stored yet: %s %.*s",
			 relay_text(j->row, "id"), strerror(-res->err),
			 SV_ARG(res->message));
		report_failed(j, res->sqlstate[0] ? res->sqlstate
						  : strerror(-res->err));
		return;
	}
	business = relay_text(j->row, "business");
	if (r->prm.changedh)
		r->prm.changedh(sv_str(business), r->prm.arg);
	job_free(j);
	relay_wake(r);
}

static void report(struct relay_job *j)
{
	const struct relay_verdict *v = &j->verdict;
	const char *params[1];
	char code[16];
	json_t *o;
	char *text;
	int err = -ENOMEM;

	snprintf(code, sizeof(code), "%d", v->code);
	o = json_pack("{s:O?, s:O?, s:b, s:b, s:b, s:i}", "id",
		      json_object_get(j->row, "id"), "business",
		      json_object_get(j->row, "business"), "ok", v->ok,
		      "permanent", v->permanent, "maybe_sent", v->maybe_sent,
		      "lag_s", j->prm->cfg->relay.lag_s);
	if (o && v->kind)
		json_object_set_new(o, "class", json_string(v->kind));
	if (o && v->retry_after_s)
		json_object_set_new(o, "retry_after_s",
				    json_integer(v->retry_after_s));
	if (o && v->sid[0])
		json_object_set_new(o, "provider_id", json_string(v->sid));
	if (o && v->code)
		json_object_set_new(o, "code", json_string(code));
	if (o && v->error[0])
		json_object_set_new(o, "error", json_string(v->error));
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	params[0] = text;
	if (text)
		err = pg_call(j->r->prm.pg,
			      "select desk.outbox_done($1::jsonb)", 1, params,
			      DONE_MS, true, on_done, j);
	j->reporting = !err;
	free(text);
	json_decref(o);
	if (err)
		report_failed(j, strerror(-err));
}

/* Whom it is for, as far as a log may say. */
static void show_to(char out[64], const char *to)
{
	const char *domain = strrchr(to, '@');

	if (domain)
		snprintf(out, 64, "***%.40s", domain);
	else
		snprintf(out, 64, "%s", log_phone(sv_str(to)).s);
}

void relay_job_finish(struct relay_job *j)
{
	const struct relay_verdict *v = &j->verdict;
	const enum relay_channel ch = j->kind ? j->kind->channel : RELAY_TIMER;
	struct relay_channel_counts *c = &j->prm->counts->channel[ch];
	const char *noun = j->kind ? j->kind->noun : "row";
	char error[sizeof(v->error)], to[64];

	show_to(to, relay_text(json_object_get(j->row, "payload"), "to"));
	sv_copy(error, sizeof(error), sv_str(v->error));
	log_mask_digits(error); /* the carrier quotes numbers */
	if (v->ok) {
		count(v->found ? &c->found : &c->sent);
		log_info("relay", "%s to %s: accepted%s%s", noun, to,
			 v->sid[0] ? " as " : "", v->sid);
	} else if (v->permanent) {
		count(&c->dead);
		log_warn("relay", "%s to %s: refused for good (%d): %s", noun,
			 to, v->code, error);
	} else {
		count(&c->retried);
		log_warn("relay", "%s to %s: not sent%s: %s", noun, to,
			 v->maybe_sent ? " as far as we know" : "", error);
	}
	report(j);
}

static void begin(struct relay *r, json_t *row)
{
	struct relay_job *j = calloc(1, sizeof(*j));

	if (!j)
		return; /* the lease runs out */
	j->r = r;
	j->prm = &r->prm;
	j->row = json_incref(row);
	list_add(&r->jobs, &j->node);
	j->kind = relay_kind(relay_text(row, "kind"));
	if (!j->kind) {
		j->verdict = (struct relay_verdict){.permanent = true};
		relay_error(&j->verdict, "no such kind: %s",
			    relay_text(row, "kind"));
		relay_job_finish(j);
		return;
	}
	r->share[j->kind->channel].n++;
	r->share[j->kind->channel].tokens -= 1;
	relay_job_begin(j, json_is_true(json_object_get(row, "maybe_sent")));
}

/* ---- claiming ---- */

static void ask_claim(struct relay *r);

static void settle(struct relay *r, int64_t next_ms)
{
	r->asking = false;
	if (r->again) {
		r->again = false;
		ask_claim(r);
		return;
	}
	next_ms = MAX(MIN(next_ms, POLL_MAX_MS), POLL_MIN_MS);
	r->next_us = clock_mono_us() + next_ms * 1000;
	if (r->rung)
		r->next_us = MIN(r->next_us, r->asked_us + RING_MS * 1000);
	timer_at(r->timer, r->next_us);
}

/* When each channel's first row is due, for us and for who watches. */
static int64_t take_due(struct relay *r, const json_t *channels)
{
	int64_t next_ms = POLL_MAX_MS;

	for (size_t i = 0; i < RELAY_CHANNELS; i++) {
		const json_t *due =
			json_object_get(channels, relay_channels[i]);
		const bool any = json_is_number(due);
		const int64_t ms =
			any ? (int64_t)json_number_value(due) : INT64_MAX;

		r->share[i].due_ms = ms;
		atomic_store_explicit(&r->prm.counts->channel[i].due_ms,
				      any ? clock_wall_us() / 1000 + ms : 0,
				      memory_order_relaxed);
		next_ms = MIN(next_ms, i == RELAY_TIMER
					       ? ms
					       : share_next_ms(&r->share[i]));
	}
	return next_ms;
}

static void on_wait(const struct pg_result *res, void *arg)
{
	struct relay *r = arg;
	int64_t ms = POLL_MAX_MS;
	bool null = true;
	struct sv text = {NULL, 0};
	json_t *o;

	r->in_sql = false;
	if (r->dying) {
		free(r);
		return;
	}
	if (!res->err && res->rows)
		text = pg_value(res, 0, 0, &null);
	o = null ? NULL : json_loadb(text.p, text.len, 0, NULL);
	if (o)
		ms = take_due(r, json_object_get(o, "channels"));
	json_decref(o);
	settle(r, ms);
}

static void ask_wait(struct relay *r)
{
	r->in_sql = !pg_call(r->prm.pg, "select desk.outbox_wait()", 0, NULL,
			     SQL_MS, false, on_wait, r);
	if (!r->in_sql)
		settle(r, POLL_MAX_MS);
}

static void on_claim(const struct pg_result *res, void *arg)
{
	struct relay *r = arg;
	struct sv text = {NULL, 0};
	json_t *list, *row;
	bool null = true;
	size_t i;

	r->in_sql = false;
	if (r->dying) {
		free(r);
		return;
	}
	if (res->err == -EREMOTEIO)
		log_error("relay", "claim refused (%s): %.*s", res->sqlstate,
			  SV_ARG(res->message));
	if (res->err) {
		settle(r, POLL_MAX_MS);
		return;
	}
	if (res->rows)
		text = pg_value(res, 0, 0, &null);
	list = null ? NULL : json_loadb(text.p, text.len, 0, NULL);
	json_array_foreach (list, i, row)
		begin(r, row);
	json_decref(list);
	r->again |= r->anew; /* that was about what we had; now the rest */
	r->anew = false;
	ask_wait(r);
}

static json_t *claim_request(struct relay *r)
{
	json_t *limits = json_object();

	for (size_t i = 0; i < RELAY_TIMER; i++)
		json_object_set_new(limits, relay_channels[i],
				    json_integer(share_room(&r->share[i])));
	return json_pack("{s:s, s:o, s:i, s:b}", "worker", r->worker, "limits",
			 limits, "lag_s", r->prm.cfg->relay.lag_s, "anew",
			 r->anew);
}

static void ask_claim(struct relay *r)
{
	const char *params[1];
	json_t *o;
	char *text;
	int err = -ENOMEM;

	timer_stop(r->timer);
	r->asking = true;
	r->rung = false;
	r->asked_us = clock_mono_us();
	o = claim_request(r);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	params[0] = text;
	if (text)
		err = pg_call(r->prm.pg, "select desk.outbox_claim($1::jsonb)",
			      1, params, SQL_MS, false, on_claim, r);
	r->in_sql = !err;
	free(text);
	json_decref(o);
	if (err)
		settle(r, POLL_MAX_MS); /* relay_wake() when it is back */
}

static void on_timer(void *arg)
{
	relay_wake(arg);
}

void relay_wake(struct relay *r)
{
	if (r->asking)
		r->again = true;
	else
		ask_claim(r);
}

void relay_ring(struct relay *r)
{
	int64_t soon_us = r->asked_us + RING_MS * 1000;

	r->rung = r->asking;
	if (r->asking || soon_us >= r->next_us)
		return;
	r->next_us = soon_us;
	timer_at(r->timer, soon_us);
}

/* ---- life ---- */

int relay_new(struct relay **out, const struct relay_prm *prm)
{
	struct relay *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->prm = *prm;
	list_init(&r->jobs);
	/* One desk of a slot lives at a time: what has our name was ours. */
	snprintf(r->worker, sizeof(r->worker), "%.100s/%u",
		 prm->cfg->node.name ? prm->cfg->node.name : "nightbell",
		 prm->slot);
	r->anew = true;
	share_init(&r->share[RELAY_SMS], prm, prm->cfg->relay.sms_per_s,
		   prm->cfg->relay.sms_at_once);
	share_init(&r->share[RELAY_CALL], prm, prm->cfg->relay.call_per_s,
		   prm->cfg->relay.call_at_once);
	share_init(&r->share[RELAY_EMAIL], prm, prm->cfg->relay.email_per_s,
		   prm->cfg->relay.email_at_once);
	err = timer_new(&r->timer, prm->loop, on_timer, r);
	if (err) {
		free(r);
		return err;
	}
	*out = r;
	relay_wake(r);
	return 0;
}

struct relay *relay_free(struct relay *r)
{
	struct list *i, *next;

	if (!r)
		return NULL;
	LIST_FOREACH_SAFE (i, next, &r->jobs) {
		struct relay_job *j = list_entry(i, struct relay_job, node);

		if (!j->reporting) {
			job_free(j);
			continue;
		}
		list_del(&j->node); /* on_done() frees it */
		j->r = NULL;
	}
	r->timer = timer_free(r->timer);
	r->dying = true;
	if (!r->in_sql)
		free(r); /* else the answer does */
	return NULL;
}
