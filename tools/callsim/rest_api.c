/*
 * The carrier's resources: messages, calls, recordings, numbers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "callee.h"
#include "message.h"
#include "recording.h"
#include "rest.h"

/* ---- messages ---- */

static bool wanted(struct rest_req *q, const char *key, const char *value)
{
	struct sv v = form_get(&q->form, key);

	return !v.len || sv_eq(v, value);
}

/* DateSent, DateSent<, DateSent>: days as YYYY-MM-DD. */
static bool wanted_day(struct rest_req *q, int64_t wall_us)
{
	struct sv on = form_get(&q->form, "DateSent");
	struct sv until = form_get(&q->form, "DateSent<");
	struct sv from = form_get(&q->form, "DateSent>");
	char day[40];

	if (!on.len && !until.len && !from.len)
		return true;
	if (!wall_us)
		return false;
	time_iso(day, wall_us);
	return (!on.len || !strncmp(day, on.p, 10)) &&
	       (!until.len || strncmp(day, until.p, 10) <= 0) &&
	       (!from.len || strncmp(day, from.p, 10) >= 0);
}

static void message_post(struct rest_req *q)
{
	struct message *m;
	char text[300];
	int code = message_create(&m, q->sim, &q->form, "outbound-api");

	if (!code) {
		rest_json(q, 201, message_json(m));
		q->sim->idleh(q->sim);
		return;
	}
	snprintf(text, sizeof(text), "%s", message_error(code));
	if (code == 21211 || code == 21212)
		snprintf(text, sizeof(text),
			 "The '%s' number %.*s is not a valid phone number.",
			 code == 21211 ? "To" : "From",
			 SV_ARG(form_get(&q->form,
					 code == 21211 ? "To" : "From")));
	rest_error(q, code == 20500 ? 500 : 400, code, text);
}

void rest_messages(struct rest_req *q)
{
	const int64_t shown_us = clock_wall_us() -
				 q->sim->opt.quirks.list_lag_ms * INT64_C(1000);
	json_t *all;
	struct list *le;

	if (sv_eq(q->method, "POST")) {
		message_post(q);
		return;
	}
	all = json_array();
	LIST_FOREACH (le, &q->sim->messages) {
		struct message *m = list_entry(le, struct message, le);

		if (m->created_wall_us <= shown_us && wanted(q, "To", m->to) &&
		    wanted(q, "From", m->from) &&
		    wanted_day(q, m->sent_wall_us))
			json_array_insert_new(all, 0, message_json(m));
	}
	rest_list(q, "messages", all);
}

void rest_message(struct rest_req *q)
{
	struct message *m = message_find(q->sim, q->id);
	struct sv body = form_get(&q->form, "Body");

	if (!m) {
		rest_not_found(q);
	} else if (sv_eq(q->method, "DELETE")) {
		rest_json(q, 204, json_object());
	} else {
		/* an empty body redacts the text */
		if (sv_eq(q->method, "POST") && body.p && !body.len)
			m->body[0] = '\0';
		rest_json(q, 200, message_json(m));
	}
}

/* ---- calls ---- */

static json_t *when(int64_t wall_us)
{
	char text[40];

	if (!wall_us)
		return json_null();
	time_rfc2822(text, wall_us);
	return json_string(text);
}

static json_t *subresources(const struct call *c)
{
	static const char *const names[] = {"events", "notifications",
					    "recordings", "streams"};
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char name[20];

		snprintf(name, sizeof(name), "%s", names[i]);
		name[0] = (char)(name[0] - 'a' + 'A');
		json_object_set_new(
			o, names[i],
			json_sprintf("/2010-04-01/Accounts/%s/Calls/%s/%s.json",
				     c->sim->opt.account, c->sid, name));
	}
	return o;
}

static json_t *call_json(const struct call *c)
{
	int64_t updated = c->ended_wall_us	? c->ended_wall_us
			  : c->answered_wall_us ? c->answered_wall_us
						: c->begun_wall_us;

	return json_pack(
		"{s:s, s:o, s:o, s:s?, s:s, s:s, s:s, s:s, s:s, s:n, s:s, "
		"s:o, s:o, s:o, s:n, s:s, s:s, s:n, s:s, s:s?, s:n, s:n, "
		"s:s, s:n, s:o, s:o}",
		"sid", c->sid, "date_created", when(c->begun_wall_us),
		"date_updated", when(updated), "parent_call_sid",
		c->parent ? c->parent->sid : NULL, "account_sid",
		c->sim->opt.account, "to", c->to, "to_formatted", c->to, "from",
		c->from, "from_formatted", c->from, "phone_number_sid",
		"status", call_status_name(c->status), "start_time",
		when(c->answered_wall_us), "end_time", when(c->ended_wall_us),
		"duration",
		c->over ? json_sprintf("%d", call_duration_s(c)) : json_null(),
		"price", "price_unit", "USD", "direction", c->direction,
		"answered_by", "api_version", "2010-04-01", "forwarded_from",
		c->forwarded_from[0] ? c->forwarded_from : NULL, "group_sid",
		"caller_name", "queue_time", "0", "trunk_sid", "uri",
		json_sprintf("/2010-04-01/Accounts/%s/Calls/%s.json",
			     c->sim->opt.account, c->sid),
		"subresource_uris", subresources(c));
}

/* The text of a parameter, or NULL when it is absent or empty. */
static const char *param(struct rest_req *q, const char *name)
{
	struct sv v = form_get(&q->form, name);

	return v.len ? v.p : NULL;
}

static unsigned events_of(struct rest_req *q)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {{"initiated", EVENT_INITIATED},
		     {"ringing", EVENT_RINGING},
		     {"answered", EVENT_ANSWERED},
		     {"completed", EVENT_COMPLETED}};
	unsigned ev = 0;

	for (size_t i = 0; i < q->form.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (sv_eq(q->form.v[i].name, "StatusCallbackEvent") &&
			    sv_eq(q->form.v[i].value, words[k].word))
				ev |= words[k].bit;
	return ev ? ev : EVENT_COMPLETED;
}

static void call_post(struct rest_req *q)
{
	struct call_prm prm = {
		.caller = callee_person(q->sim,
					param(q, "To") ? param(q, "To") : ""),
		.from = param(q, "From"),
		.to = param(q, "To"),
		.url = param(q, "Url"),
		.method = param(q, "Method"),
		.fallback_url = param(q, "FallbackUrl"),
		.status_url = param(q, "StatusCallback"),
		.status_method = param(q, "StatusCallbackMethod"),
		.status_events = events_of(q),
		.direction = "outbound-api",
	};
	struct call *c = NULL;
	int64_t limit, timeout;

	if (!sv_i64(&limit, form_get(&q->form, "TimeLimit")) && limit > 0)
		prm.time_limit_s = (int)MIN(limit, 86400);
	if (sv_i64(&timeout, form_get(&q->form, "Timeout")) || timeout < 1)
		timeout = 60;
	prm.timeout_s = (int)MIN(timeout, 600);
	if (!prm.url)
		prm.twiml = param(q, "Twiml");
	if (!prm.to)
		rest_error(q, 400, 21201, "No 'To' number is specified");
	else if (!number_valid(sv_str(prm.to)))
		rest_error(q, 400, 21211, "The 'To' number is not valid");
	else if (!prm.from)
		rest_error(q, 400, 21213, "No 'From' number is specified");
	else if (!number_owned(q->sim, sv_str(prm.from)))
		rest_error(q, 400, 21210,
			   "The source phone number provided is not yet "
			   "verified for your account");
	else if (!prm.url && !prm.twiml)
		rest_error(q, 400, 21205, "Url parameter is required");
	else if (!prm.caller || call_new(&c, q->sim, &prm))
		rest_error(q, 500, 20500, "Internal Server Error");
	else
		rest_json(q, 201, call_json(c));
	caller_unref(prm.caller);
}

void rest_calls(struct rest_req *q)
{
	struct list *le;
	json_t *all;

	if (sv_eq(q->method, "POST")) {
		call_post(q);
		return;
	}
	all = json_array();
	LIST_FOREACH (le, &q->sim->calls) {
		struct call *c = list_entry(le, struct call, le);

		if (wanted(q, "To", c->to) && wanted(q, "From", c->from) &&
		    wanted(q, "Status", call_status_name(c->status)) &&
		    wanted(q, "ParentCallSid", c->parent ? c->parent->sid : ""))
			json_array_insert_new(all, 0, call_json(c));
	}
	rest_list(q, "calls", all);
}

/* A live call gets a new document, or is hung up. */
static void call_update(struct rest_req *q, struct call *c)
{
	const char *status = param(q, "Status"), *twiml = param(q, "Twiml");
	const char *url = param(q, "Url");

	if (c->over) {
		rest_error(q, 400, 21220,
			   "Call is not in-progress. Cannot "
			   "redirect.");
		return;
	}
	report(q->sim, c, "rest.update",
	       json_pack("{s:s?, s:s?, s:s?}", "status", status, "twiml", twiml,
			 "url", url),
	       "REST update: %s",
	       status ? status
	       : url  ? url
		      : "new document");
	if (status && (!strcmp(status, "completed") ||
		       (!strcmp(status, "canceled") && !c->answered_us)))
		call_end(c,
			 !strcmp(status, "completed") ? CALL_COMPLETED
						      : CALL_CANCELED,
			 ENDED_ASSISTANT, "REST update");
	else if (url)
		call_fetch(c, url, param(q, "Method"), NULL);
	else if (twiml && call_run_text(c, sv_str(twiml), c->doc_url))
		call_end(c, CALL_COMPLETED, ENDED_ANY,
			 "a document that is "
			 "none");
	rest_json(q, 200, call_json(c));
}

void rest_call(struct rest_req *q)
{
	struct call *c = call_find(q->sim, q->id);

	if (!c)
		rest_not_found(q);
	else if (sv_eq(q->method, "POST"))
		call_update(q, c);
	else
		rest_json(q, 200, call_json(c));
}

/* ---- recordings ---- */

static json_t *recording_json(const struct recording *r, struct sim *s)
{
	char media[300];

	recording_url(r, s, media, sizeof(media));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:i, s:s, s:s, s:n, "
			 "s:s, s:s, s:o}",
			 "sid", r->sid, "account_sid", s->opt.account,
			 "call_sid", r->call, "date_created", when(r->wall_us),
			 "start_time", when(r->wall_us), "duration",
			 json_sprintf("%d", recording_s(r)), "channels", 1,
			 "source", "RecordVerb", "status", "completed",
			 "error_code", "api_version", "2010-04-01", "media_url",
			 media, "uri",
			 json_sprintf("/2010-04-01/Accounts/%s/Recordings/"
				      "%s.json",
				      s->opt.account, r->sid));
}

void rest_recordings(struct rest_req *q)
{
	json_t *all = json_array();
	struct list *le;

	LIST_FOREACH (le, &q->sim->recordings) {
		struct recording *r = list_entry(le, struct recording, le);

		if (!q->id.len || sv_eq(q->id, r->call))
			json_array_insert_new(all, 0,
					      recording_json(r, q->sim));
	}
	rest_list(q, "recordings", all);
}

static void recording_wav(struct rest_req *q, const struct recording *r)
{
	struct buf b;

	buf_init(&b, 64u << 20);
	clip_header(&b, TEL_RATE_HZ, 1, (uint32_t)(r->pcm.n * 2));
	buf_add(&b, r->pcm.s, r->pcm.n * 2);
	if (q->web)
		web_reply(q->web, b.err ? 500 : 200, "audio/x-wav", buf_get(&b),
			  NULL);
	q->web = NULL;
	form_fini(&q->form);
	buf_fini(&b);
}

void rest_recording(struct rest_req *q)
{
	struct recording *r = recording_find(q->sim, q->id);
	bool json = q->path.len > 5 &&
		    !memcmp(q->path.p + q->path.len - 5, ".json", 5);

	if (!r) {
		rest_not_found(q);
	} else if (sv_eq(q->method, "DELETE")) {
		recording_free(r);
		rest_json(q, 204, json_object());
	} else if (json) {
		rest_json(q, 200, recording_json(r, q->sim));
	} else {
		recording_wav(q, r);
	}
}

/* ---- numbers ---- */

static json_t *number_json(struct sim *s, const char *number, int i)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:s?, s:s, s:s?, s:s, s:s?, "
			 "s:{s:b, s:b, s:b}, s:s}",
			 "sid", json_sprintf("PN%032x", i + 1), "account_sid",
			 s->opt.account, "phone_number", number,
			 "friendly_name", number, "voice_url", s->opt.voice_url,
			 "voice_method", "POST", "sms_url", s->opt.sms_url,
			 "sms_method", "POST", "status_callback",
			 s->opt.status_url, "capabilities", "voice", 1, "sms",
			 1, "mms", 1, "api_version", "2010-04-01");
}

void rest_numbers(struct rest_req *q)
{
	const char *const *n = q->sim->opt.numbers;
	json_t *all = json_array();
	int i = 0;

	if (wanted(q, "PhoneNumber", q->sim->opt.to))
		json_array_append_new(all,
				      number_json(q->sim, q->sim->opt.to, i));
	for (; n && *n; n++)
		if (strcmp(*n, "any") != 0 && wanted(q, "PhoneNumber", *n))
			json_array_append_new(all,
					      number_json(q->sim, *n, ++i));
	rest_list(q, "incoming_phone_numbers", all);
}
