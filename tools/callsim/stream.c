#include "stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"
#include "codec.h"
#include "io/wsc.h"
#include "playout.h"
#include "proto/twilio_sig.h"
#include "proto/url.h"

#define CONNECT_MS 10000
#define SLOW_BYTES (64u << 10) /* the server does not read: 31930 */
#define HELD_MAX 500	       /* frames that a stall holds back */

enum stream_state { STREAM_DIALING, STREAM_OPEN, STREAM_OVER };

struct stream {
	struct call *call; /* NULL once the call let go */
	struct sim *sim;
	enum stream_state state;
	char sid[SID_LEN + 1];
	char *name, *url;
	json_t *params;
	char *cb_url, *cb_method;
	struct wsc *sock;
	struct playout *play;
	uint32_t seq, chunk;
	uint8_t *scratch;
	size_t scratch_size;
	uint8_t (*held)[TEL_FRAME_N]; /* frames of a line that stalls */
	size_t nheld;
	int64_t frames;
	bool w31930, w31931, w31950, w31951;
	bool told; /* the status callback of the end */
};

bool stream_is_open(const struct stream *st)
{
	return st && st->state == STREAM_OPEN;
}

static void stream_free(struct stream *st)
{
	free(st->name);
	free(st->url);
	json_decref(st->params);
	free(st->cb_url);
	free(st->cb_method);
	playout_free(st->play);
	free(st->scratch);
	free(st->held);
	free(st);
}

/* ---- status callback ---- */

static void tell(struct stream *st, const char *event, const char *error)
{
	struct form f = {0};
	char when[40];

	if (!st->cb_url || !st->call)
		return;
	time_iso(when, clock_wall_us());
	form_str(&f, "StreamSid", st->sid);
	form_str(&f, "StreamName", st->name ? st->name : st->sid);
	form_str(&f, "StreamEvent", event);
	if (error)
		form_str(&f, "StreamError", error);
	form_str(&f, "Timestamp", when);
	call_callback(st->call, st->cb_url, st->cb_method, &f);
	form_fini(&f);
}

/* ---- to the server ---- */

static void put_text(struct stream *st, const char *text)
{
	int err = wsc_send(st->sock, sv_str(text), false);

	if ((err == -ENOBUFS || wsc_pending(st->sock) > SLOW_BYTES) &&
	    !st->w31930 && st->call) {
		st->w31930 = true;
		report_code(st->sim, st->call, 31930, "%zu bytes wait",
			    wsc_pending(st->sock));
	}
}

static void put_json(struct stream *st, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text)
		put_text(st, text);
	free(text);
	json_decref(o);
}

static json_t *seq_text(struct stream *st)
{
	return json_sprintf("%u", ++st->seq);
}

static void put_start(struct stream *st)
{
	put_json(st, json_pack("{s:s, s:s, s:s}", "event", "connected",
			       "protocol", "Call", "version", "1.0.0"));
	put_json(st, json_pack("{s:s, s:o, s:{s:s, s:s, s:s, s:[s], "
			       "s:{s:s, s:i, s:i}, s:O}, s:s}",
			       "event", "start", "sequenceNumber", seq_text(st),
			       "start", "accountSid", st->sim->opt.account,
			       "streamSid", st->sid, "callSid", st->call->sid,
			       "tracks", "inbound", "mediaFormat", "encoding",
			       "audio/x-mulaw", "sampleRate", TEL_RATE_HZ,
			       "channels", 1, "customParameters", st->params,
			       "streamSid", st->sid));
}

static void put_media(struct stream *st, const uint8_t ulaw[TEL_FRAME_N])
{
	char text[512], payload[B64_LEN(TEL_FRAME_N) + 1];
	uint32_t chunk = ++st->chunk;

	payload[b64_encode(payload, ulaw, TEL_FRAME_N)] = '\0';
	snprintf(text, sizeof(text),
		 "{\"event\":\"media\",\"sequenceNumber\":\"%u\",\"media\":{"
		 "\"track\":\"inbound\",\"chunk\":\"%u\",\"timestamp\":\"%u\","
		 "\"payload\":\"%s\"},\"streamSid\":\"%s\"}",
		 ++st->seq, chunk,
		 (chunk - 1) * 20 + (unsigned)st->sim->opt.quirks.first_ts,
		 payload, st->sid);
	put_text(st, text);
	st->call->media_out++;
}

/* True while the line's network stands still: frames wait and come at once. */
static bool stalled(const struct stream *st)
{
	const struct caller *k = st->call->caller;
	int64_t ms = st->frames * 20;

	if (!k->line.stall_ms || !k->line.stall_every_ms)
		return false;
	return ms % k->line.stall_every_ms >=
	       k->line.stall_every_ms - k->line.stall_ms;
}

static bool is_silent(const int16_t *s)
{
	for (int i = 0; i < TEL_FRAME_N; i++)
		if (s[i] > 40 || s[i] < -40)
			return false;
	return true;
}

void stream_send(struct stream *st, const int16_t near[TEL_FRAME_N])
{
	uint8_t ulaw[TEL_FRAME_N];

	if (!stream_is_open(st))
		return;
	st->frames++;
	if (st->sim->opt.quirks.gaps && is_silent(near)) {
		st->chunk++; /* time goes on, nothing is sent */
		return;
	}
	for (int i = 0; i < TEL_FRAME_N; i++)
		ulaw[i] = lin_to_ulaw(near[i]);
	if (stalled(st) && st->held && st->nheld < HELD_MAX) {
		memcpy(st->held[st->nheld++], ulaw, TEL_FRAME_N);
		return;
	}
	for (size_t i = 0; i < st->nheld; i++)
		put_media(st, st->held[i]);
	st->nheld = 0;
	put_media(st, ulaw);
}

void stream_digit(struct stream *st, char digit)
{
	if (stream_is_open(st))
		put_json(st, json_pack("{s:s, s:s, s:o, s:{s:s, s:s#}}",
				       "event", "dtmf", "streamSid", st->sid,
				       "sequenceNumber", seq_text(st), "dtmf",
				       "track", "inbound_track", "digit",
				       &digit, 1));
}

static void on_mark(const char *name, bool cleared, void *arg)
{
	struct stream *st = arg;

	if (!stream_is_open(st))
		return;
	put_json(st, json_pack("{s:s, s:s, s:o, s:{s:s}}", "event", "mark",
			       "streamSid", st->sid, "sequenceNumber",
			       seq_text(st), "mark", "name", name));
	st->call->marks++;
	if (st->sim->opt.json)
		report(st->sim, st->call, "mark",
		       json_pack("{s:s, s:b}", "name", name, "cleared",
				 (int)cleared),
		       "mark %s", name);
}

size_t stream_play(struct stream *st, uint8_t out[TEL_FRAME_N])
{
	if (!stream_is_open(st)) {
		memset(out, ULAW_SILENCE, TEL_FRAME_N);
		return 0;
	}
	return playout_tick(st->play, out);
}

/* ---- from the server ---- */

static void warn_once(struct stream *st, bool *told, int code, const char *what)
{
	if (*told)
		return;
	*told = true;
	report_code(st->sim, st->call, code, "%s", what);
}

static int take_media(struct stream *st, struct sv payload)
{
	size_t need = payload.len / 4 * 3 + 4;
	int n;

	if (need > st->scratch_size) {
		uint8_t *p = realloc(st->scratch, need);

		if (!p)
			return -ENOMEM;
		st->scratch = p;
		st->scratch_size = need;
	}
	n = b64_decode(st->scratch, st->scratch_size, payload);
	if (n < 0)
		return n;
	st->call->media_in++;
	if (playout_put(st->play, st->scratch, (size_t)n) == -ENOBUFS)
		warn_once(st, &st->w31931, 31931, "audio is dropped");
	return 0;
}

static void take_clear(struct stream *st)
{
	size_t n = playout_clear(st->play);

	measure_cleared(&st->call->m);
	st->call->clears++;
	report(st->sim, st->call, "clear",
	       json_pack("{s:I}", "dropped_ms", (json_int_t)(n / 8)),
	       "clear: %zu ms dropped", n / 8);
}

/* Fields that the server's messages have; --quirk strict knows no others. */
static bool extra_fields(json_t *o, const char *allowed)
{
	const char *k;
	json_t *v;

	json_object_foreach (o, k, v)
		if (!strstr(allowed, k))
			return true;
	return false;
}

/* Every message but plain media: read whole, judged as the carrier would. */
static void take_other(struct stream *st, struct sv msg)
{
	json_t *o = json_loadb(msg.p, msg.len, 0, NULL);
	const char *event = json_string_value(json_object_get(o, "event"));
	const char *sid = json_string_value(json_object_get(o, "streamSid"));
	json_t *mark = json_object_get(json_object_get(o, "mark"), "name");
	json_t *media = json_object_get(json_object_get(o, "media"), "payload");

	if (!o)
		warn_once(st, &st->w31950, 31950, "not JSON");
	else if (!event || (strcmp(event, "media") && strcmp(event, "mark") &&
			    strcmp(event, "clear")))
		warn_once(st, &st->w31951, 31951,
			  "event is not media, mark or clear");
	else if (!sid || strcmp(sid, st->sid) != 0)
		warn_once(st, &st->w31951, 31951, "wrong streamSid");
	else if (!strcmp(event, "clear"))
		take_clear(st);
	else if (!strcmp(event, "mark") && json_is_string(mark))
		playout_mark(st->play, sv_str(json_string_value(mark)));
	else if (strcmp(event, "media") != 0 || !json_is_string(media) ||
		 take_media(st, sv_str(json_string_value(media))))
		warn_once(st, &st->w31951, 31951, "fields are missing or bad");
	if (o && st->sim->opt.quirks.strict &&
	    (extra_fields(o, "event streamSid media mark") ||
	     extra_fields(json_object_get(o, "media"), "payload") ||
	     extra_fields(json_object_get(o, "mark"), "name")))
		warn_once(st, &st->w31951, 31951, "a field is not known");
	json_decref(o);
}

static void on_message(struct wsc *s, struct sv msg, bool binary, void *arg)
{
	struct stream *st = arg;
	struct sv event, sid, media, payload;

	(void)s;
	if (!st->call || st->state != STREAM_OPEN)
		return;
	if (binary) {
		warn_once(st, &st->w31950, 31950, "a binary message");
		return;
	}
	/* The usual audio message is read without a tree. */
	if (st->sim->opt.quirks.strict || !msg.len ||
	    msg.p[msg.len - 1] != '}' || js_get(msg, "event", &event) ||
	    !sv_eq(event, "media") || js_get(msg, "streamSid", &sid) ||
	    !sv_eq(sid, st->sid) || js_get(msg, "media", &media) ||
	    js_get(media, "payload", &payload) || js_escaped(payload) ||
	    take_media(st, payload))
		take_other(st, msg);
}

/* ---- the connection ---- */

/* The stream is over and the call goes on with its next verb. */
static void leave(struct stream *st)
{
	struct call *c = st->call;

	measure_count_silence(&c->m, false);
	c->stream = NULL;
	st->call = NULL;
	if (!st->sock)
		stream_free(st);
	if (!c->sim->opt.quirks.connect_action || !c->at ||
	    !verb_action(c, c->at, NULL))
		call_next(c);
}

static void failed(struct stream *st, int code, const char *why)
{
	report_code(st->sim, st->call, code, "%s: %s", st->url, why);
	tell(st, "stream-error", why);
	st->state = STREAM_OVER;
	leave(st);
}

/* It never opened. */
static void on_fail(struct stream *st, const struct wsc_end *end)
{
	int code = end->http ? 31920 : end->err == -EPROTO ? 31910 : 31901;
	char text[WSC_WHY_MAX];

	st->sim->hooks--;
	if (!st->call) {
		stream_free(st);
		return;
	}
	if (end->http)
		snprintf(text, sizeof(text), "the upgrade got HTTP %d",
			 end->http);
	else
		sv_copy(text, sizeof(text), end->why);
	failed(st, code, text);
}

static void on_open(struct wsc *s, struct sv head, void *arg)
{
	struct stream *st = arg;
	struct call *c = st->call;

	(void)head;
	st->sock = s;
	if (!c) {
		wsc_close(s, 1000);
		return;
	}
	st->state = STREAM_OPEN;
	c->streams++;
	put_start(st);
	measure_count_silence(&c->m, true);
	report(st->sim, c, "stream.start",
	       json_pack("{s:s, s:s}", "stream", st->sid, "url", st->url),
	       "stream to %s", st->url);
	tell(st, "stream-started", NULL);
}

static void on_closed(struct wsc *s, const struct wsc_end *end, void *arg)
{
	struct stream *st = arg;
	struct sim *sim = st->sim;
	struct call *c = st->call;
	int code = end->code;

	(void)s;
	st->sock = NULL;
	if (!end->opened) {
		on_fail(st, end);
		return;
	}
	sim->hooks--;
	st->state = STREAM_OVER;
	if (!c) {
		stream_free(st);
		sim->idleh(sim);
		return;
	}
	report(sim, c, "stream.closed",
	       json_pack("{s:i, s:b}", "code", code, "by_server", 1),
	       "the server closed the stream (%d)", code);
	if (code == 1006) {
		report_code(sim, c, 31903, "no close frame came");
		tell(st, "stream-error", "31903 connection broken");
	} else {
		/* logged for every such close; only 1000 is meant so */
		if (code != 1000)
			report_code(sim, c, 31921, "close code %d", code);
		tell(st, "stream-stopped", NULL);
	}
	leave(st);
}

static int sign(struct stream *st, char sig[TWILIO_SIG_LEN + 1])
{
	struct buf b;
	int err;

	buf_init(&b, 8192);
	err = hook_signed_url(&b, st->sim, HOOK_VOICE, st->url);
	if (!err && st->sim->opt.quirks.ws_slash && b.p[b.len - 1] != '/')
		err = buf_char(&b, '/');
	if (!err)
		err = twilio_sig_make(sig, sv_str(st->sim->opt.token),
				      buf_get(&b), NULL);
	buf_fini(&b);
	return err;
}

/* addr NULL: where the URL says. */
static int dial(struct stream *st, const char *addr, int port)
{
	char sig[TWILIO_SIG_LEN + 1];
	const char *headers[] = {"User-Agent", "Twilio.TmeWs/1.0",
				 "x-twilio-signature", sig, NULL};
	const struct wsc_prm prm = {
		.url = st->url,
		.addr = addr,
		.port = port,
		.ca_file = st->sim->opt.ca,
		.headers = headers,
		.timeout_ms = CONNECT_MS,
		.ping_ms = -1,
		.h = {.openh = on_open,
		      .recvh = on_message,
		      .closedh = on_closed,
		      .arg = st},
	};
	int err = sign(st, sig);

	return err ? err : wsc_open(&st->sock, st->sim->net, &prm);
}

static int check_url(const struct stream *st, const char **why)
{
	const struct quirks *q = &st->sim->opt.quirks;
	struct url u;

	*why = "not a wss URL";
	if (url_split(&u, sv_str(st->url)) ||
	    (!sv_eq(u.scheme, "wss") &&
	     !(q->ws_plain && sv_eq(u.scheme, "ws"))))
		return -EINVAL;
	*why = "a query string is not supported";
	return u.query.len && !q->ws_query ? -EINVAL : 0;
}

static int take_params(struct stream *st, const struct doc *d)
{
	st->params = json_object();
	for (const struct doc *p = d->child; p; p = p->next) {
		const char *name = doc_attr(p, "name", "");
		const char *value = doc_attr(p, "value", "");

		if (!doc_is(p, "Parameter"))
			continue;
		if (strlen(name) + strlen(value) >= 500)
			report_code(st->sim, st->call, 12200,
				    "<Parameter> \"%s\" has 500 characters or "
				    "more",
				    name);
		else
			json_object_set_new(st->params, name,
					    json_string(value));
	}
	return st->params ? 0 : -ENOMEM;
}

static char *maybe_copy(const char *s)
{
	return s && *s ? strdup(s) : NULL;
}

static struct stream *stream_new(struct call *c, const struct doc *d)
{
	struct stream *st = calloc(1, sizeof(*st));
	struct buf abs;

	if (!st)
		return NULL;
	st->sim = c->sim;
	st->call = c;
	sim_sid(st->sid, "MZ");
	st->name = maybe_copy(doc_attr(d, "name", NULL));
	st->cb_url = maybe_copy(doc_attr(d, "statusCallback", NULL));
	st->cb_method = strdup(doc_attr(d, "statusCallbackMethod", "POST"));
	if (c->caller && c->caller->line.stall_ms)
		st->held = malloc(HELD_MAX * sizeof(*st->held));
	buf_init(&abs, 8192);
	if (!hook_url(&abs, c->doc_url ? c->doc_url : "",
		      doc_attr(d, "url", "")))
		st->url = strdup(abs.p);
	buf_fini(&abs);
	/* A relative URL is seen from the https document. */
	if (st->url && !strncmp(st->url, "http", 4)) {
		char *ws = malloc(strlen(st->url) + 1);

		if (ws)
			snprintf(ws, strlen(st->url) + 1, "ws%s", st->url + 4);
		free(st->url);
		st->url = ws;
	}
	if (!st->url || take_params(st, d) ||
	    playout_new(&st->play, (size_t)c->sim->opt.quirks.residual_ms * 8,
			on_mark, st)) {
		stream_free(st);
		return NULL;
	}
	return st;
}

int stream_begin(struct call *c, const struct doc *d)
{
	struct stream *st = stream_new(c, d);
	const char *why = "no url";
	char addr[DNS_ADDR_MAX] = "";
	struct sv host;
	int port = 0, err = 0;

	if (!st || check_url(st, &why)) {
		report_code(c->sim, c, 31920, "%s: %s",
			    st ? st->url : "<Stream>", why);
		if (st) {
			tell(st, "stream-error", why);
			stream_free(st);
		}
		return -EINVAL;
	}
	c->stream = st;
	if (c->sim->opt.connect)
		err = url_host_port(sv_str(c->sim->opt.connect), &host, &port);
	if (!err && c->sim->opt.connect)
		err = sv_copy(addr, sizeof(addr), host);
	c->sim->hooks++;
	if (!err)
		err = dial(st, addr[0] ? addr : NULL, port);
	if (!err)
		return 0;
	c->sim->hooks--;
	c->stream = NULL;
	report_code(c->sim, c, 31901, "%s: %s", st->url, strerror(-err));
	stream_free(st);
	return err;
}

void stream_end(struct call *c)
{
	struct stream *st = c->stream;

	if (!st)
		return;
	if (st->state == STREAM_OPEN) {
		put_json(st, json_pack("{s:s, s:s, s:o, s:{s:s, s:s}}", "event",
				       "stop", "streamSid", st->sid,
				       "sequenceNumber", seq_text(st), "stop",
				       "accountSid", c->sim->opt.account,
				       "callSid", c->sid));
		tell(st, "stream-stopped", NULL);
	}
	measure_count_silence(&c->m, false);
	c->stream = NULL;
	st->call = NULL;
	if (st->state != STREAM_DIALING && st->sock &&
	    c->sim->opt.quirks.close_after_stop)
		wsc_close(st->sock, 1000);
	else if (st->state == STREAM_OVER)
		stream_free(st);
	if (st->state == STREAM_OPEN)
		st->state = STREAM_OVER;
}
