/* relay_answer: what the carrier's answers mean. No socket, no clock. */
#include "desk/relay.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

void relay_error(struct relay_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->error, sizeof(v->error), fmt, ap);
	va_end(ap);
}

static const char *kind_of(int status)
{
	return status == 429   ? "busy"
	       : status == 401 ? "credentials"
			       : "server";
}

/* Of a text (SM, MM) or a call (CA): the letters and 32 hex digits. */
static bool is_sid(struct sv s)
{
	if (s.len != 34 ||
	    !(sv_starts(s, "SM") || sv_starts(s, "MM") || sv_starts(s, "CA")))
		return false;
	for (size_t i = 2; i < s.len; i++)
		if (!memchr("0123456789abcdefABCDEF", s.p[i], 22))
			return false;
	return true;
}

static bool is_failed(const char *status)
{
	return !strcmp(status, "failed") || !strcmp(status, "undelivered") ||
	       !strcmp(status, "canceled");
}

/*
 * 2xx: taken, if it names what was made; any page on the way can say "200".
 * What was made can have failed already: refused, with the reason's code.
 */
static void judge_taken(struct relay_verdict *v, const json_t *o, int status)
{
	const char *sid = text_of(o, "sid"), *state = text_of(o, "status");

	if (!is_sid(sv_str(sid))) {
		v->maybe_sent = true;
		v->kind = "server";
		relay_error(v, "HTTP %d, but nothing says what was made",
			    status);
	} else if (is_failed(state)) {
		v->permanent = true;
		v->kind = "server";
		v->code = (int)json_integer_value(
			json_object_get(o, "error_code"));
		relay_error(v, "taken, and %s at once", state);
	} else {
		v->ok = true;
		sv_copy(v->sid, sizeof(v->sid), sv_str(sid));
	}
}

void relay_judge(struct relay_verdict *v, const struct httpc_result *res)
{
	json_t *o;
	const char *message;

	*v = (struct relay_verdict){.ok = false};
	if (res->err) {
		v->maybe_sent = res->sent;
		v->kind = "network";
		relay_error(v, "%s", res->why ? res->why : strerror(-res->err));
		return;
	}
	o = json_loadb(res->body.p ? res->body.p : "", res->body.len, 0, NULL);
	message = text_of(o, "message");
	if (res->status >= 200 && res->status < 300) {
		judge_taken(v, o, res->status);
	} else {
		v->code = (int)json_integer_value(json_object_get(o, "code"));
		v->kind = kind_of(res->status);
		v->retry_after_s = MAX(res->retry_after_s, 0);
		/* Wrong credentials are ours to repair, not the text's end. */
		v->permanent = res->status >= 400 && res->status < 500 &&
			       res->status != 401 && res->status != 408 &&
			       res->status != 429;
		v->maybe_sent = res->status >= 500 || res->status == 408;
		relay_error(v, "HTTP %d%s%s", res->status, *message ? ": " : "",
			    message);
	}
	json_decref(o);
}

void relay_judge_mail(struct relay_verdict *v, const struct smtp_result *res)
{
	/* Without a login, or not encrypted enough, and the like. */
	const bool login = res->err == -EACCES || res->reply == 530 ||
			   (res->reply >= 534 && res->reply <= 538);

	*v = (struct relay_verdict){.ok = !res->err};
	if (v->ok)
		return;
	v->code = res->reply >= 400 ? res->reply : 0;
	v->maybe_sent = res->sent;
	if (login || res->err == -EPROTO || res->err == -EINVAL)
		v->kind = "credentials";
	else if (res->err == -EREMOTEIO)
		v->kind = "server";
	else
		v->kind = "network";
	v->permanent = !login && res->err == -EREMOTEIO && res->reply >= 500;
	relay_error(v, "%s", res->why ? res->why : strerror(-res->err));
}

/* "Tue, 24 Nov 2026 14:00:00 +0000" as ms since 1970; -1 unreadable. */
static int64_t rfc2822_ms(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S %z", &tm);
	long off_s = tm.tm_gmtoff;

	if (!end || *end)
		return -1;
	return ((int64_t)timegm(&tm) - off_s) * 1000;
}

/* We made it, and not before. */
static bool is_recent(const json_t *m, int64_t since_ms)
{
	const char *direction = text_of(m, "direction");
	int64_t made_ms = rfc2822_ms(text_of(m, "date_created"));

	return (!*direction || !strncmp(direction, "outbound", 8)) &&
	       (made_ms < 0 || made_ms >= since_ms);
}

static bool is_ours(const json_t *m, struct sv body, int64_t since_ms)
{
	struct sv said = sv_str(text_of(m, "body"));

	if (is_failed(text_of(m, "status")) || !is_recent(m, since_ms))
		return false;
	/* Trial accounts get a sentence put in front. */
	return said.len >= body.len && body.len &&
	       !memcmp(said.p + said.len - body.len, body.p, body.len);
}

static bool is_known(const json_t *known, const char *sid)
{
	const json_t *k;
	size_t i;

	json_array_foreach (known, i, k)
		if (!strcmp(sid,
			    json_string_value(k) ? json_string_value(k) : ""))
			return true;
	return false;
}

/* The carrier's word for an item; no list is without it. */
static bool is_list(const json_t *list)
{
	const json_t *m;
	size_t i;

	json_array_foreach (list, i, m)
		if (!is_sid(sv_str(text_of(m, "sid"))))
			return false;
	return json_is_array(list);
}

int relay_find(char sid[40], struct sv list, struct sv body,
	       const json_t *known, int64_t since_ms)
{
	json_t *o = json_loadb(list.p ? list.p : "", list.len, 0, NULL), *m;
	const json_t *all = json_object_get(o, "messages");
	int found = is_list(all) ? 0 : -EBADMSG;
	size_t i;

	json_array_foreach (all, i, m) {
		if (found || !is_ours(m, body, since_ms) ||
		    is_known(known, text_of(m, "sid")))
			continue;
		sv_copy(sid, 40, sv_str(text_of(m, "sid")));
		found = 1;
	}
	json_decref(o);
	return found;
}

int relay_find_call(char sid[40], struct sv list, const json_t *known,
		    int64_t since_ms)
{
	json_t *o = json_loadb(list.p ? list.p : "", list.len, 0, NULL), *c;
	const json_t *all = json_object_get(o, "calls");
	int found = is_list(all) ? 0 : -EBADMSG;
	size_t i;

	json_array_foreach (all, i, c) {
		const char *id = text_of(c, "sid");

		if (found || is_known(known, id) || !is_recent(c, since_ms))
			continue;
		sv_copy(sid, 40, sv_str(id));
		found = 1;
	}
	json_decref(o);
	return found;
}
