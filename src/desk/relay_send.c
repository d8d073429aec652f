/* relay_send: how a claimed row goes out: REST API and mail server. */
#include "desk/relay_impl.h"

#include <stdio.h>

#include "base/uuid.h"
#include "proto/form.h"
#include "proto/mail.h"
#include "proto/url.h"

enum {
	HTTP_MS = 15000,
	SMTP_MS = 30000,
	VALIDITY_S = 900,	 /* later a text about this call helps nobody */
	SINCE_SLACK_MS = 120000, /* the carrier's clock, to the second */
};

const char *relay_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* ---- the REST API ---- */

static int request(struct relay_job *j, const char *method, struct sv query,
		   struct sv body, httpc_h *h)
{
	static const char *const form_type[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL};
	const struct config *cfg = j->prm->cfg;
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
		err = httpc_send(&j->http, j->prm->httpc, &prm, h, j);
	buf_fini(&url);
	return err;
}

static void fail_locally(struct relay_job *j, int err)
{
	j->verdict = (struct relay_verdict){.kind = "network"};
	relay_error(&j->verdict, "cannot be sent: %s", strerror(-err));
	relay_job_finish(j);
}

static void on_sent(const struct httpc_result *res, void *arg)
{
	struct relay_job *j = arg;

	j->http = NULL;
	relay_judge(&j->verdict, res);
	relay_job_finish(j);
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
static int add_url(struct form *f, const struct relay_job *j, const char *name,
		   const char *path)
{
	const char *base = j->prm->cfg->node.public_url;
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
static void post(struct relay_job *j, struct form *f, int err)
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

static void send_text(struct relay_job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct form f;
	int err;

	form_init(&f);
	err = add_text(&f, "To", relay_text(p, "to"));
	if (!err)
		err = add_text(&f, "From", relay_text(p, "from"));
	if (!err)
		err = add_text(&f, "Body", relay_text(p, "body"));
	if (!err && j->prm->cfg->node.public_url)
		err = add_url(&f, j, "StatusCallback", "/twilio/sms-status");
	if (!err)
		err = add_number(&f, "ValidityPeriod", VALIDITY_S);
	post(j, &f, err);
}

/* The carrier rings and asks url what to say, and tells status the end. */
static void send_call(struct relay_job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct form f;
	int err;

	form_init(&f);
	err = add_text(&f, "To", relay_text(p, "to"));
	if (!err)
		err = add_text(&f, "From", relay_text(p, "from"));
	if (!err)
		err = add_url(&f, j, "Url", relay_text(p, "url"));
	if (!err)
		err = add_url(&f, j, "StatusCallback", relay_text(p, "status"));
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
	const char *id = relay_text(row, "id");
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

static int find_text(char sid[40], const struct relay_job *j, struct sv list)
{
	const json_t *p = json_object_get(j->row, "payload");

	return relay_find(sid, list, sv_str(relay_text(p, "body")),
			  json_object_get(j->row, "known"),
			  since_ms(j->row) - SINCE_SLACK_MS);
}

static int find_call(char sid[40], const struct relay_job *j, struct sv list)
{
	return relay_find_call(sid, list, json_object_get(j->row, "known"),
			       since_ms(j->row) - SINCE_SLACK_MS);
}

/* Better late than twice: ask again at the next try. */
static void no_list(struct relay_job *j, const struct httpc_result *res)
{
	if (!res->err && res->status >= 200 && res->status < 300)
		j->verdict = (struct relay_verdict){.kind = "server"};
	else
		relay_judge(&j->verdict, res);
	j->verdict.permanent = false;
	j->verdict.maybe_sent = true;
	j->verdict.code = 0; /* of the question, not of the text */
	relay_error(&j->verdict, "the carrier's list did not come");
	relay_job_finish(j);
}

static void on_listed(const struct httpc_result *res, void *arg)
{
	struct relay_job *j = arg;
	char sid[40] = "";
	int found;

	j->http = NULL;
	found = res->err || res->status != 200
			? -EBADMSG
			: j->kind->find(sid, j, res->body);
	if (found < 0) {
		no_list(j, res);
		return;
	}
	if (!found) {
		j->kind->send(j);
		return;
	}
	j->verdict = (struct relay_verdict){.ok = true, .found = true};
	sv_copy(j->verdict.sid, sizeof(j->verdict.sid), sv_str(sid));
	relay_job_finish(j);
}

/* It may have gone out already: look at what the carrier has. */
static void look_first(struct relay_job *j)
{
	const json_t *p = json_object_get(j->row, "payload");
	struct buf query;
	int err;

	buf_init(&query, 1024);
	buf_str(&query, "?PageSize=50&To=");
	url_escape(&query, sv_str(relay_text(p, "to")));
	buf_str(&query, "&From=");
	url_escape(&query, sv_str(relay_text(p, "from")));
	err = query.err;
	if (!err)
		err = request(j, "GET", buf_get(&query), SV(""), on_listed);
	buf_fini(&query);
	if (err)
		fail_locally(j, err);
}

/* ---- e-mail ---- */

static void on_mailed(const struct smtp_result *res, void *arg)
{
	struct relay_job *j = arg;

	j->mail = NULL;
	relay_judge_mail(&j->verdict, res);
	relay_job_finish(j);
}

static enum smtp_tls tls_of(const char *word)
{
	return !word || !strcmp(word, "required") ? SMTP_TLS_REQUIRED
	       : !strcmp(word, "try")		  ? SMTP_TLS_TRY
						  : SMTP_TLS_NEVER;
}

static int hand_over(struct relay_job *j, const struct mail *m)
{
	const struct config *cfg = j->prm->cfg;
	struct mailbox from_box, to_box = {.addr = {NULL, 0}};
	char from[512], to[512];
	struct smtp_prm prm = {
		.url = cfg->smtp.url,
		.tls = tls_of(cfg->smtp.starttls),
		.user = cfg->smtp.user,
		.password = cfg->smtp.password,
		.ca_file = cfg->smtp.ca,
		.connect_to = cfg->smtp.connect_to,
		.from = from,
		.to = to,
		.timeout_ms = SMTP_MS,
	};
	struct buf text;
	int err = mail_mailbox(&from_box, m->from);

	if (!err)
		err = mail_mailbox(&to_box, m->to);
	if (!err)
		err = sv_copy(from, sizeof(from), from_box.addr);
	if (!err)
		err = sv_copy(to, sizeof(to), to_box.addr);
	if (err)
		return -EINVAL;
	buf_init(&text, 256 * 1024);
	err = mail_print(&text, m);
	prm.message = buf_get(&text);
	if (!err)
		err = smtp_send(&j->mail, j->prm->loop, &prm, on_mailed, j);
	buf_fini(&text);
	return err;
}

/* The same row gives the same bytes, the Message-ID among them. */
static void send_mail(struct relay_job *j)
{
	const struct config *cfg = j->prm->cfg;
	const json_t *p = json_object_get(j->row, "payload");
	const struct mail m = {
		.from = sv_str(cfg->smtp.from),
		.to = sv_str(relay_text(p, "to")),
		.subject = sv_str(relay_text(p, "subject")),
		.text = sv_str(relay_text(p, "text")),
		.id = sv_str(relay_text(j->row, "id")),
		.date_ms = since_ms(j->row),
	};
	int err = 0;

	if (!cfg->smtp.url || !cfg->smtp.from) {
		j->verdict = (struct relay_verdict){.permanent = true};
		relay_error(&j->verdict,
			    "no mail server: set smtp.url and smtp.from");
		relay_job_finish(j);
		return;
	}
	err = hand_over(j, &m);
	if (err == -EINVAL) {
		j->verdict = (struct relay_verdict){.permanent = true};
		relay_error(&j->verdict, "not an address");
		relay_job_finish(j);
	} else if (err) {
		fail_locally(j, err);
	}
}

/* ---- what there is ---- */

const char *const relay_channels[RELAY_CHANNELS] = {"sms", "call", "email",
						    "timer"};

static const struct relay_kind kinds[] = {
	{RELAY_SMS, "text", "/Messages.json", send_text, find_text},
	{RELAY_CALL, "call", "/Calls.json", send_call, find_call},
	{RELAY_EMAIL, "mail", NULL, send_mail, NULL},
};

const struct relay_kind *relay_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(name, relay_channels[kinds[i].channel]))
			return &kinds[i];
	return NULL;
}

void relay_job_begin(struct relay_job *j, bool maybe_sent)
{
	if (maybe_sent && j->kind->find)
		look_first(j);
	else
		j->kind->send(j);
}
