#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "callee.h"
#include "io/dns.h"
#include "io/wsc.h"
#include "message.h"
#include "recording.h"

/* ---- quirks ---- */

static const struct {
	const char *name, *values, *about;
	size_t off;
	int fallback;
} quirks[] = {
#define Q(n, v, f, d, a)                                                       \
	{                                                                      \
		n, v, a, offsetof(struct quirks, f), d                         \
	}
	Q("sign-port", "auto drop keep", sign_port, 0,
	  "port in the signed URL; auto: https voice without, SMS and http "
	  "with"),
	Q("ws-slash", "off on", ws_slash, 0,
	  "the signed wss URL gets a slash at its end"),
	Q("ws-plain", "off on", ws_plain, 0, "ws:// is accepted besides wss"),
	Q("ws-query", "off on", ws_query, 0,
	  "a query in a stream's URL is accepted (off: 31920)"),
	Q("close-after-stop", "off on", close_after_stop, 1,
	  "the carrier closes the socket after its stop message"),
	Q("connect-action", "off on", connect_action, 0,
	  "<Connect action> is requested when the stream ends"),
	Q("dial-hangup", "none no-answer canceled completed", dial_hangup, 0,
	  "DialCallStatus of the action request when the caller hangs up "
	  "while it rings; none: no request"),
	Q("whisper-reject", "completed no-answer", whisper_reject, 0,
	  "DialCallStatus when the whisper document hangs up"),
	Q("error-params", "off on", error_params, 1,
	  "ErrorCode and ErrorUrl on the fallback request"),
	Q("opt-out", "off on", opt_out, 1,
	  "STOP and START are kept by the carrier (21610)"),
	Q("list-lag", "#", list_lag_ms, 0,
	  "ms until the list of messages shows a new one"),
	Q("strict", "off on", strict, 0,
	  "unknown fields in a server's messages give 31951"),
	Q("gaps", "off on", gaps, 0,
	  "no media is sent while the caller's line is silent"),
	Q("first-timestamp", "#", first_ts, 0, "ms of the first media message"),
	Q("clear-residual", "#", residual_ms, 0,
	  "ms of audio still heard after a clear"),
#undef Q
};

static int *quirk_at(struct quirks *q, size_t i)
{
	return (int *)(void *)((char *)q + quirks[i].off);
}

void quirk_defaults(struct quirks *q)
{
	for (size_t i = 0; i < ARRAY_LEN(quirks); i++)
		*quirk_at(q, i) = quirks[i].fallback;
}

void quirk_help(void)
{
	for (size_t i = 0; i < ARRAY_LEN(quirks); i++)
		printf("    %-17s %-34s %s\n", quirks[i].name,
		       quirks[i].values[0] == '#' ? "number" : quirks[i].values,
		       quirks[i].about);
}

/* Place of word among the blank-separated values, or -1. */
static int value_of(const char *values, struct sv word)
{
	int64_t n;

	if (values[0] == '#')
		return !sv_i64(&n, word) && n >= 0 && n < 100000 ? (int)n : -1;
	for (int i = 0; *values; i++) {
		size_t len = strcspn(values, " ");

		if (sv_same((struct sv){values, len}, word))
			return i;
		values += len + (values[len] == ' ');
	}
	return -1;
}

int quirk_set(struct quirks *q, const char *text, char *why, size_t why_size)
{
	const char *eq = strchr(text, '=');
	int v;

	for (size_t i = 0; eq && i < ARRAY_LEN(quirks); i++) {
		if (!sv_eq((struct sv){text, (size_t)(eq - text)},
			   quirks[i].name))
			continue;
		v = value_of(quirks[i].values, sv_str(eq + 1));
		if (v < 0)
			break;
		*quirk_at(q, i) = v;
		return 0;
	}
	snprintf(why, why_size, "--quirk %s: see callsim --help for the list",
		 text);
	return -EINVAL;
}

/* ---- codes ---- */

static const struct {
	int code;
	bool warning;
	const char *text;
} codes[] = {
	{11100, false, "Invalid URL format"},
	{11200, false, "HTTP retrieval failure"},
	{11205, false, "HTTP connection failure"},
	{11210, false, "HTTP bad host name"},
	{11220, false, "SSL/TLS handshake error"},
	{12100, false, "Document parse failure"},
	{12200, true, "Schema validation warning"},
	{12300, false, "Invalid Content-Type"},
	{13223, false, "Dial: Invalid phone number format"},
	{13310, true, "Gather: Invalid finishOnKey value"},
	{31901, false, "Stream: WebSocket connection timeout"},
	{31903, false, "Stream: connection broken"},
	{31910, false, "Stream: TLS handshake error"},
	{31920, false, "Stream: WebSocket handshake error"},
	{31921, false, "Stream: WebSocket closed by the server"},
	{31924, false, "Stream: WebSocket protocol error"},
	{31930, true, "Stream: the server reads too slowly"},
	{31931, true, "Stream: more than ten minutes of audio are queued"},
	{31950, true, "Stream: message could not be decoded"},
	{31951, true, "Stream: invalid message"},
};

const char *code_text(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return codes[i].text;
	return "Error";
}

bool code_is_warning(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return codes[i].warning;
	return false;
}

/* ---- reports ---- */

void sim_sid(char out[SID_LEN + 1], const char *prefix)
{
	uint64_t r[2];

	clock_random(r, sizeof(r));
	snprintf(out, SID_LEN + 1, "%.2s%016llx%016llx", prefix,
		 (unsigned long long)r[0], (unsigned long long)r[1]);
}

int64_t sim_ms(const struct sim *s)
{
	return (clock_mono_us() - s->t0_us) / 1000;
}

static void line_json(struct sim *s, const struct call *c, const char *event,
		      json_t *o)
{
	json_t *head = json_pack("{s:s, s:I}", "event", event, "t_ms",
				 (json_int_t)sim_ms(s));
	char *text;

	if (c) {
		json_object_set_new(head, "call", json_string(c->sid));
		json_object_set_new(head, "call_ms", json_integer(call_ms(c)));
	}
	if (o)
		json_object_update(head, o);
	text = json_dumps(head, JSON_COMPACT);
	if (text)
		printf("%s\n", text);
	free(text);
	json_decref(head);
}

void report(struct sim *s, const struct call *c, const char *event, json_t *o,
	    const char *fmt, ...)
{
	va_list ap;

	if (s->opt.json) {
		line_json(s, c, event, o);
	} else if (!s->opt.quiet) {
		printf("%8.2f  ", (double)sim_ms(s) / 1000);
		if (c)
			printf("%.8s  ", c->sid);
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		printf("\n");
	}
	fflush(stdout);
	json_decref(o);
}

void report_code(struct sim *s, struct call *c, int code, const char *fmt, ...)
{
	bool warning = code_is_warning(code);
	char what[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (c)
		call_count_code(c, code);
	report(s, c, warning ? "warning" : "error",
	       json_pack("{s:i, s:s, s:s}", "code", code, "message",
			 code_text(code), "detail", what),
	       "%s %d %s: %s", warning ? "warning" : "ERROR", code,
	       code_text(code), what);
}

static void stamp(char out[40], bool rfc, int64_t wall_us)
{
	time_t t = (time_t)(wall_us / 1000000);
	struct tm tm;

	gmtime_r(&t, &tm);
	if (rfc)
		strftime(out, 40, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	else
		strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
}

void time_rfc2822(char out[40], int64_t wall_us)
{
	stamp(out, true, wall_us);
}

void time_iso(char out[40], int64_t wall_us)
{
	size_t n;

	stamp(out, false, wall_us);
	n = strlen(out);
	snprintf(out + n, 40 - n, ".%03dZ", (int)(wall_us / 1000 % 1000));
}

/* ---- life ---- */

void sim_fini(struct sim *s)
{
	while (!list_empty(&s->calls))
		call_free(list_entry(s->calls.next, struct call, le));
	while (!list_empty(&s->messages))
		message_free(list_entry(s->messages.next, struct message, le));
	while (!list_empty(&s->recordings))
		recording_free(
			list_entry(s->recordings.next, struct recording, le));
	opt_outs_free(s);
	callees_free(s);
	httpc_free(s->http);
	web_free(s->web);
	wsc_env_free(s->net);
	dns_free(s->dns);
	loop_free(s->loop);
}

int sim_init(struct sim *s)
{
	int err;

	s->t0_us = clock_mono_us();
	rng_seed(&s->rng, s->opt.seed);
	list_init(&s->calls);
	list_init(&s->messages);
	list_init(&s->recordings);
	list_init(&s->opt_outs);
	list_init(&s->callees);
	snprintf(s->api_base, sizeof(s->api_base), "https://api.twilio.com");
	err = loop_new(&s->loop);
	if (!err)
		err = web_new(&s->web, s->loop);
	if (!err)
		err = httpc_new(&s->http, s->loop);
	if (!err)
		err = dns_new(&s->dns, s->loop);
	if (!err)
		err = wsc_env_new(&s->net, s->loop, s->dns);
	return err;
}
