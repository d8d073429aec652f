#include "desk/relay.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/uuid.h"
#include "proto/form.h"
#include "proto/url.h"

enum {
	IN_FLIGHT_MAX = 8,
	HTTP_MS = 15000,
	SQL_MS = 5000,
	DONE_MS = 30000,
	DONE_TRIES = 20,
	POLL_MAX_MS = 5000, /* a bell can get lost */
	POLL_MIN_MS = 20,
	VALIDITY_S = 900,	 /* later a text about this call helps nobody */
	SINCE_SLACK_MS = 120000, /* the carrier's clock, to the second */
};

struct relay {
	struct relay_prm prm;
	struct timer *timer;
	struct list jobs;
	unsigned n;
	bool asking; /* between a claim and its wait's end */
	bool in_sql; /* one of the two is with the database */
	bool again;  /* woken meanwhile */
	bool dying;
	char worker[128];
};

struct job;

/* What rows of the outbox can ask of the carrier. */
struct kind {
	const char *name, *noun;
	const char *path; /* of the REST API, below the account */
	void (*send)(struct job *j);
	/* In the carrier's list: true with its sid. */
	bool (*find)(char sid[40], const struct job *j, struct sv list);
};

/* One claimed row. */
struct job {
	struct list node;
	struct relay *r; /* NULL: it is gone */
	const struct kind *kind;
	json_t *row;
	struct httpc_call *http;
	struct timer *timer; /* waits to report again */
	struct relay_verdict verdict;
	bool reporting; /* the result is with the database */
	int tries;
};

static void count(atomic_ullong *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void job_free(struct job *j)
{
	struct relay *r = j->r;

	list_del(&j->node);
	if (r)
		r->n--;
	if (j->http)
		httpc_cancel(j->http);
	timer_free(j->timer);
	json_decref(j->row);
	free(j);
}

/* ---- reporting ---- */

static void report(struct job *j);

static void report_again(void *arg)
{
	report(arg);
}

static void report_failed(struct job *j, const char *why)
{
	if (++j->tries >= DONE_TRIES) {
		log_error("relay", "row %s: its result cannot be stored: %s",
			  text_of(j->row, "id"), why);
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
	struct job *j = arg;
	struct relay *r = j->r;
	const char *business;

	j->reporting = false;
	if (!r) {
		job_free(j);
		return;
	}
	if (res->err) {
		log_warn("relay", "row %s: result not stored yet: %s %.*s",
			 text_of(j->row, "id"), strerror(-res->err),
			 SV_ARG(res->message));
		report_failed(j, res->sqlstate[0] ? res->sqlstate
						  : strerror(-res->err));
		return;
	}
	business = text_of(j->row, "business");
	if (r->prm.changedh)
		r->prm.changedh(sv_str(business), r->prm.arg);
	job_free(j);
	relay_wake(r);
}

static void report(struct job *j)
{
	const struct relay_verdict *v = &j->verdict;
	const char *params[1];
	char code[16];
	json_t *o;
	char *text;
	int err = -ENOMEM;

	snprintf(code, sizeof(code), "%d", v->code);
	o = json_pack("{s:O?, s:O?, s:b, s:b, s:b}", "id",
		      json_object_get(j->row, "id"), "business",
		      json_object_get(j->row, "business"), "ok", v->ok,
		      "permanent", v->permanent, "maybe_sent", v->maybe_sent);
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

static void finish(struct job *j)
{
	struct relay_counts *c = j->r->prm.counts;
	const struct relay_verdict *v = &j->verdict;
	const char *to = text_of(json_object_get(j->row, "payload"), "to");
	struct log_phone shown = log_phone(sv_str(to));
	const char *noun = j->kind ? j->kind->noun : "row";
	char error[sizeof(v->error)];

	sv_copy(error, sizeof(error), sv_str(v->error));
	log_mask_digits(error); /* the carrier quotes numbers */
	if (v->ok) {
		log_info("relay", "%s to %s: accepted as %s", noun, shown.s,
			 v->sid);
	} else if (v->permanent) {
		count(&c->dead);
		log_warn("relay", "%s to %s: refused for good (%d): %s", noun,
			 shown.s, v->code, error);
	} else {
		count(&c->retried);
		log_warn("relay", "%s to %s: not sent%s: %s", noun, shown.s,
			 v->maybe_sent ? " as far as we know" : "", error);
	}
	report(j);
}

/* ---- the REST API ---- */

static int request(struct job *j, const char *method, struct sv query,
		   struct sv body, httpc_h *h)
{
	static const char *const form_type[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL};
	const struct config *cfg = j->r->prm.cfg;
	struct httpc_prm prm = {
		.method = method,
		.headers = body.len ? form_type : NULL,
		.body = body,
		.user = cfg->twilio.account_sid,
		.password = cfg->twilio.auth_token,
		.ca_file = cfg->twilio.api_ca,
		.connect_to = cfg->twilio.api_connect_to,
		.timeout_ms = HTTP_MS,
	};
	struct buf url;
	int err;

	buf_init(&url, 8192);
	buf_printf(&url, "%s/2010-04-01/Accounts/", cfg->twilio.api_url);
	url_escape(&url, sv_str(cfg->twilio.account_sid));
	buf_str(&url, j->kind->path);
	buf_sv(&url, query);
	prm.url = url.p;
	err = url.err;
	if (!err)
		err = httpc_send(&j->http, j->r->prm.httpc, &prm, h, j);
	buf_fini(&url);
	return err;
}

static void fail_locally(struct job *j, int err)
{
	j->verdict = (struct relay_verdict){.ok = false};
	relay_error(&j->verdict, "cannot ask the carrier: %s", strerror(-err));
	finish(j);
}

static void on_sent(const struct httpc_result *res, void *arg)
{
	struct job *j = arg;

	j->http = NULL;
	relay_judge(&j->verdict, res);
	if (j->verdict.ok)
		count(&j->r->prm.counts->sent);
	finish(j);
}

static int add_text(struct form *f, const char *name, const char *value)
{
	return form_add(f, sv_str(name), sv_str(value));
}

static int add_number(struct form *f, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	return add_text(f, name, text);
}

/* A path of ours as the carrier asks for it. */
static int add_url(struct form *f, const struct job *j, const char *name,
		   const char *path)
{
	const char *base = j->r->prm.cfg->node.public_url;
	struct buf url;
	int err;

	buf_init(&url, 1024);
	buf_printf(&url, "%s%s", base ? base : "", path);
	err = url.err;
	if (!err)
		err = form_add(f, sv_str(name), buf_get(&url));
	buf_fini(&url);
	return err;
}

/* Takes over the form and an error on the way to it. */
static void post(struct job *j, struct form *f, int err)
{
	struct buf body;

	buf_init(&body, 64 * 1024);
	form_print(&body, f);
	if (!err)
		err = body.err;
	if (!err)
		err = request(j, "POST", SV(""), buf_get(&body), on_sent);
	form_fini(f);
	buf_fini(&body);
	if (err)
		fail_locally(j, err);
}

static void send_text(struct job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct form f;
	int err;

	form_init(&f);
	err = add_text(&f, "To", text_of(p, "to"));
	if (!err)
		err = add_text(&f, "From", text_of(p, "from"));
	if (!err)
		err = add_text(&f, "Body", text_of(p, "body"));
	if (!err && j->r->prm.cfg->node.public_url)
		err = add_url(&f, j, "StatusCallback", "/twilio/sms-status");
	if (!err)
		err = add_number(&f, "ValidityPeriod", VALIDITY_S);
	post(j, &f, err);
}

/* The carrier rings and asks url what to say, and tells status the end. */
static void send_call(struct job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct form f;
	int err;

	form_init(&f);
	err = add_text(&f, "To", text_of(p, "to"));
	if (!err)
		err = add_text(&f, "From", text_of(p, "from"));
	if (!err)
		err = add_url(&f, j, "Url", text_of(p, "url"));
	if (!err)
		err = add_url(&f, j, "StatusCallback", text_of(p, "status"));
	if (!err)
		err = add_text(&f, "StatusCallbackEvent", "completed");
	if (!err)
		err = add_number(
			&f, "Timeout",
			json_integer_value(json_object_get(p, "timeout")));
	post(j, &f, err);
}

/* When the row was written: said by SQL, else by its id (UUID version 7). */
static int64_t since_ms(const json_t *row)
{
	const json_t *said = json_object_get(row, "since_ms");
	const char *id = text_of(row, "id");
	int64_t ms = 0;

	if (json_is_integer(said))
		return json_integer_value(said);
	for (int i = 0; i < 13 && id[i]; i++) {
		const char *hex = "0123456789abcdef", *at = strchr(hex, id[i]);

		if (at)
			ms = ms << 4 | (at - hex);
	}
	return uuid_valid(sv_str(id)) && id[14] == '7' ? ms : 0;
}

static bool find_text(char sid[40], const struct job *j, struct sv list)
{
	const json_t *p = json_object_get(j->row, "payload");

	return relay_find(sid, list, sv_str(text_of(p, "body")),
			  since_ms(j->row) - SINCE_SLACK_MS);
}

static bool find_call(char sid[40], const struct job *j, struct sv list)
{
	return relay_find_call(sid, list, json_object_get(j->row, "known"),
			       since_ms(j->row) - SINCE_SLACK_MS);
}

static void on_listed(const struct httpc_result *res, void *arg)
{
	struct job *j = arg;
	char sid[40] = "";

	j->http = NULL;
	if (res->err || res->status != 200) {
		/* Better late than twice: ask again at the next try. */
		j->verdict = (struct relay_verdict){.maybe_sent = true};
		relay_error(&j->verdict, "the carrier's list did not come");
		finish(j);
		return;
	}
	if (!j->kind->find(sid, j, res->body)) {
		j->kind->send(j);
		return;
	}
	count(&j->r->prm.counts->found);
	j->verdict = (struct relay_verdict){.ok = true};
	sv_copy(j->verdict.sid, sizeof(j->verdict.sid), sv_str(sid));
	finish(j);
}

/* It may have gone out already: look at what the carrier has. */
static void look_first(struct job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct buf query;
	int err;

	buf_init(&query, 1024);
	buf_str(&query, "?PageSize=50&To=");
	url_escape(&query, sv_str(text_of(p, "to")));
	buf_str(&query, "&From=");
	url_escape(&query, sv_str(text_of(p, "from")));
	err = query.err;
	if (!err)
		err = request(j, "GET", buf_get(&query), SV(""), on_listed);
	buf_fini(&query);
	if (err)
		fail_locally(j, err);
}

static const struct kind kinds[] = {
	{"sms", "text", "/Messages.json", send_text, find_text},
	{"call", "call", "/Calls.json", send_call, find_call},
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static void begin(struct relay *r, json_t *row)
{
	struct job *j = calloc(1, sizeof(*j));
	const json_t *maybe = json_object_get(row, "maybe_sent");

	if (!j)
		return; /* the lease runs out */
	j->r = r;
	j->row = json_incref(row);
	list_add(&r->jobs, &j->node);
	r->n++;
	j->kind = find_kind(text_of(row, "kind"));
	if (!j->kind) {
		j->verdict = (struct relay_verdict){.permanent = true};
		relay_error(&j->verdict, "no such kind: %s",
			    text_of(row, "kind"));
		finish(j);
	} else if (maybe ? json_is_true(maybe)
			 : json_integer_value(json_object_get(row, "attempt")) >
				   1) {
		look_first(j);
	} else {
		j->kind->send(j);
	}
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
	timer_at(r->timer, clock_mono_us() + next_ms * 1000);
}

static void on_wait(const struct pg_result *res, void *arg)
{
	struct relay *r = arg;
	int64_t ms = POLL_MAX_MS;
	bool null = true;
	const json_t *due;
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
	due = json_object_get(o, "due_in_ms");
	if (json_is_number(due))
		ms = (int64_t)json_number_value(due);
	json_decref(o);
	/* With all hands full the next result claims. */
	if (r->n >= IN_FLIGHT_MAX)
		ms = POLL_MAX_MS;
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
	if (json_array_size(list))
		r->again |= r->n < IN_FLIGHT_MAX;
	json_decref(list);
	ask_wait(r);
}

static void ask_claim(struct relay *r)
{
	char text[256];
	const char *params[1] = {text};
	json_t *o;
	char *dump;
	int err = -ENOMEM;

	timer_stop(r->timer);
	r->asking = true;
	if (r->n >= IN_FLIGHT_MAX) {
		settle(r, POLL_MAX_MS);
		return;
	}
	o = json_pack("{s:s, s:i}", "worker", r->worker, "limit",
		      (int)(IN_FLIGHT_MAX - r->n));
	dump = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (dump && !sv_copy(text, sizeof(text), sv_str(dump)))
		err = pg_call(r->prm.pg, "select desk.outbox_claim($1::jsonb)",
			      1, params, SQL_MS, false, on_claim, r);
	r->in_sql = !err;
	free(dump);
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

/* ---- life ---- */

int relay_new(struct relay **out, const struct relay_prm *prm)
{
	struct relay *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->prm = *prm;
	list_init(&r->jobs);
	snprintf(r->worker, sizeof(r->worker), "%.100s",
		 prm->cfg->node.name ? prm->cfg->node.name : "nightbell");
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
		struct job *j = list_entry(i, struct job, node);

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
