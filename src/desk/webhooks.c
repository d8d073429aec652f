#include "desk/webhooks.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/list.h"
#include "base/log.h"
#include "carrier.h"
#include "desk/away.h"
#include "desk/ticket.h"
#include "io/backlog.h"
#include "media/media.h"
#include "proto/form.h"
#include "proto/twilio_sig.h"
#include "proto/twiml.h"

enum {
	SQL_MS = 800,	  /* then the carrier gets the fallback */
	AGAIN_MS = 60000, /* a callback that was not recorded: once more */
	BODY_MAX = 64 * 1024,
	HEADER_MS = 5000,
	SLOW_US = 500000,
	WARN_EVERY_US = 1000000,
	NEXT_S = 5, /* until the next gateway serves, after a restart */
};

#define XML "text/xml"
#define STREAM_STATUS "/twilio/stream"

static const char empty_doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response/>\n";
static const char sorry_doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
	"<Say language=\"en-US\">Sorry, we cannot take your call right now. "
	"Please try again in a few minutes. If this is an emergency, hang up "
	"and call 9 1 1.</Say><Hangup/></Response>\n";

/* The owner picked up and SQL does not say who calls. No action: this URL. */
static const char whisper_doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
	"<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"8\">"
	"<Say language=\"en-US\">A call for your business. To take it, press 1."
	"</Say></Gather><Hangup/></Response>\n";
/* A technician picked up, or takes an emergency, and SQL does not answer. */
static const char dispatch_doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
	"<Say language=\"en-US\">We call you about an emergency, but I cannot "
	"read it to you right now. Please look at your text messages, and "
	"answer 1 to take it.</Say><Hangup/></Response>\n";
static const char unsure_doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
	"<Say language=\"en-US\">I heard your key, but I cannot confirm that "
	"it is yours. Please answer 1 by text, too.</Say><Hangup/></Response>"
	"\n";

/*
 * late: nobody waits for what SQL says, so it may be told later, too. plans:
 * the snapshot can answer it, and SQL is told later. A path that ends in / is
 * followed by a UUID, which the form gets as "id".
 */
static const struct route {
	const char *path, *fn;
	const char *fallback; /* the answer without SQL */
	bool late, plans;
	const char *pressed; /* that to key 1, which SQL then hears late */
} routes[] = {
	{"/twilio/voice", "voice", sorry_doc, false, true, NULL},
	{"/twilio/dial", "dial", sorry_doc, false, true, NULL},
	{"/twilio/whisper", "whisper", whisper_doc, false, true, empty_doc},
	{"/twilio/after", "after", sorry_doc, false, true, NULL},
	{"/twilio/stream", "stream", empty_doc, true, false, NULL},
	{"/twilio/status", "status", empty_doc, true, false, NULL},
	{"/twilio/sms", "sms", empty_doc, true, false, NULL},
	{"/twilio/sms-status", "sms_status", empty_doc, true, false, NULL},
	{"/twilio/dispatch/", "dispatch_call", dispatch_doc, false, false,
	 unsure_doc},
	{"/twilio/dispatch-status/", "dispatch_status", empty_doc, true, false,
	 NULL},
};

struct webhooks {
	struct webhooks_prm prm;
	struct web_listener *listener;
	struct list hooks;
	int64_t warned_us;
	unsigned hushed; /* refusals not logged since */
};

/* One request on its way through the database. */
struct hook {
	struct list node;
	struct webhooks *w; /* NULL: they are gone */
	const struct route *route;
	struct web_req *r; /* NULL: answered, or the peer is gone */
	char *form;	   /* JSON, for the second try */
	const char *fallback;
	bool late;
	char call_sid[40];
	struct uuid call; /* ours, made from the caller's leg; or empty */
	int64_t begun_us, at_ms;
	bool again;
};

static void count(atomic_ullong *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

/* So much of a path as is no secret: a media socket's has its nonce last. */
static size_t plain_len(struct sv path)
{
	size_t n = 0, slashes = 0;

	while (n < MIN(path.len, 40u) && slashes < 4)
		slashes += path.p[n++] == '/';
	return n;
}

/* Strangers' requests must not fill the disk: one line a second. */
static void refused(struct webhooks *w, const struct web_req *r,
		    const char *why)
{
	int64_t now_us = clock_mono_us();
	struct sv path = web_req_path(r);

	if (w->warned_us && now_us - w->warned_us < WARN_EVERY_US) {
		w->hushed++;
		return;
	}
	log_warn("webhook", "refused %.*s from %s: %s (%u more since)",
		 (int)plain_len(path), path.p, web_req_peer(r), why, w->hushed);
	w->warned_us = now_us;
	w->hushed = 0;
}

static void refuse(struct webhooks *w, struct web_req *r, int status,
		   const char *why)
{
	count(&w->prm.counts->refused);
	refused(w, r, why);
	web_reply(r, status, "text/plain", sv_str(why),
		  status == 405 ? "Allow: POST\r\n" : NULL);
}

/* ---- answers ---- */

static void hook_free(struct hook *h)
{
	list_del(&h->node);
	free(h->form);
	free(h);
}

static void answer(struct hook *h, struct sv doc)
{
	int64_t took_us = clock_mono_us() - h->begun_us;

	if (!h->r)
		return;
	if (took_us > SLOW_US)
		count(&h->w->prm.counts->slow);
	web_reply(h->r, 200, XML, doc, "Cache-Control: no-store\r\n");
	h->r = NULL;
}

static void answer_fallback(struct hook *h)
{
	count(&h->w->prm.counts->fallback);
	answer(h, sv_str(h->fallback));
}

/* A fresh address for the stream, and the token that it must bring. */
static int make_stream(struct webhooks *w, const struct plan *p,
		       struct buf *url, struct buf *token)
{
	struct sv base = sv_str(w->prm.cfg->node.public_url);
	struct ticket t;
	int err = ticket_make(&t, w->prm.stream_secret, p->call, p->business,
			      w->prm.cfg->media.token_s);

	if (err)
		return err;
	/* http… becomes ws…, https… becomes wss… */
	buf_printf(url, "ws%.*s" TICKET_SOCKET_PATH "twilio/%s",
		   (int)base.len - 4, base.p + 4, t.nonce);
	buf_str(token, t.token);
	return url->err ? url->err : token->err;
}

/*
 * We are about to end: a stream would be refused. The caller waits, then
 * whoever serves is asked as if the stream had been lost.
 */
static int answer_next(struct hook *h)
{
	struct buf doc;
	int err;

	buf_init(&doc, 4096);
	buf_printf(&doc,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
		   "<Pause length=\"%d\"/><Redirect method=\"POST\">",
		   NEXT_S);
	buf_xml(&doc, sv_str(h->w->prm.cfg->node.public_url));
	buf_str(&doc, "/twilio/after</Redirect></Response>\n");
	err = doc.err;
	if (!err)
		answer(h, buf_get(&doc));
	buf_fini(&doc);
	return err;
}

/* What SQL said, for the carrier. 0 or -errno: then the fallback. */
static int answer_plan(struct hook *h, const struct plan *p)
{
	struct webhooks *w = h->w;
	struct twiml_prm prm = {
		.base = sv_str(w->prm.cfg->node.public_url),
		.stream_status = SV(STREAM_STATUS),
	};
	struct buf doc, url, token;
	int err = 0;

	if (p->connects && w->prm.media && media_is_cut(w->prm.media))
		return answer_next(h);
	buf_init(&doc, 256 * 1024);
	buf_init(&url, 1024);
	buf_init(&token, STREAM_TOKEN_MAX);
	if (p->connects)
		err = make_stream(w, p, &url, &token);
	if (!err) {
		prm.stream_url = buf_get(&url);
		prm.token = buf_get(&token);
		twiml_print(&doc, p, &prm);
		err = doc.err;
	}
	if (!err)
		answer(h, buf_get(&doc));
	buf_fini(&token);
	buf_fini(&url);
	buf_fini(&doc);
	return err;
}

static void say_reason(const struct hook *h, const struct plan *p)
{
	if (p->reason.len)
		log_line(LOG_LEVEL_INFO, "webhook", h->call_sid, "%s: %.*s",
			 h->route->path, SV_ARG(p->reason));
}

static int take_plan(struct hook *h, struct sv text)
{
	struct webhooks *w = h->w;
	struct plan p;
	char why[200];
	int err = plan_parse(&p, text, why, sizeof(why));

	if (err) {
		log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
			 "%s: the desk's plan is wrong: %s", h->route->path,
			 why);
	} else {
		say_reason(h, &p);
		err = answer_plan(h, &p);
		if (err)
			log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
				 "%s: no answer made: %s", h->route->path,
				 strerror(-err));
		if (p.business.len && w->prm.bus_sess)
			w->prm.bus->ring(w->prm.bus_sess, p.business);
	}
	plan_fini(&p);
	return err;
}

static void on_sql(const struct pg_result *res, void *arg);

static int ask(struct hook *h, int timeout_ms)
{
	const char *params[1] = {h->form};
	char sql[80];

	snprintf(sql, sizeof(sql), "select desk.%s($1::jsonb)", h->route->fn);
	return pg_call(h->w->prm.pg, sql, 1, params, timeout_ms, true, on_sql,
		       h);
}

/* ---- without the database ---- */

static struct sv field(const struct hook *h, const char *name)
{
	struct sv v;

	return js_get(sv_str(h->form), name, &v) ? SV("") : v;
}

/* What SQL hears later says what was done: meanwhile its mind may change. */
static int note_plan(struct hook *h, struct sv plan)
{
	static const char away[] = "away: ";
	struct buf form;
	struct sv v;

	if (js_get(plan, "reason", &v) || !sv_starts(v, away))
		return 0;
	buf_init(&form, 0);
	buf_add(&form, h->form, strlen(h->form) - 1);
	buf_printf(&form, ",\"nb_plan\":\"%.*s\"}", (int)(v.len - strlen(away)),
		   v.p + strlen(away));
	if (form.err) {
		buf_fini(&form);
		return -ENOMEM;
	}
	free(h->form);
	h->form = form.p; /* taken over */
	return 0;
}

/* The plan that SQL would make, as far as the snapshot knows. */
static void answer_away(struct hook *h)
{
	const struct webhooks_prm *prm = &h->w->prm;
	const struct away_form f = {
		.route = sv_str(h->route->fn),
		.call = sv_str(h->call.s),
		.from = field(h, "From"),
		.to = field(h, "To"),
		.forwarded = field(h, "ForwardedFrom"),
		.call_status = field(h, "CallStatus"),
		.dial_status = field(h, "DialCallStatus"),
		.digits = field(h, "Digits"),
	};
	struct buf text;
	int err = -ENOENT;

	if (!h->r)
		return;
	buf_init(&text, 64 * 1024);
	if (prm->snapshot && h->route->plans && h->call.s[0])
		err = away_plan(&text, prm->snapshot, prm->memo, &f, h->at_ms);
	if (!err)
		err = note_plan(h, buf_get(&text));
	if (!err)
		err = take_plan(h, buf_get(&text));
	buf_fini(&text);
	if (err)
		answer_fallback(h);
	else
		count(&prm->counts->away);
}

/* SQL hears of it when it is back, behind what waits already. */
static int tell_later(struct hook *h)
{
	struct backlog *b = h->w->prm.backlog;
	int err = -ENOENT;

	if (b && (h->late || h->route->plans))
		err = backlog_add(b, h->route->fn, h->at_ms, sv_str(h->form));
	if (err && err != -ENOENT)
		log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
			 "%s: SQL will not hear of it: %s", h->route->path,
			 strerror(-err));
	return err;
}

/* Things wait to be told: what belongs to them is answered without SQL. */
static bool goes_away(const struct hook *h)
{
	const struct webhooks_prm *prm = &h->w->prm;

	if (!prm->backlog || (!h->late && !h->route->plans) ||
	    !backlog_busy(prm->backlog))
		return false;
	return strcmp(h->route->fn, "voice") || !pg_up(prm->pg);
}

/* What nobody waits for is tried once more, with patience. */
static bool once_more(struct hook *h, int err)
{
	if (h->again || !h->late || err == -EREMOTEIO)
		return false;
	h->again = true;
	return !ask(h, AGAIN_MS);
}

static void say_failed(const struct hook *h, const struct pg_result *res)
{
	if (res->err == -EREMOTEIO)
		log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
			 "%s: SQL refused (%s): %.*s", h->route->path,
			 res->sqlstate, SV_ARG(res->message));
	else
		log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
			 "%s: no answer of the database: %s%s", h->route->path,
			 strerror(-res->err), h->again ? ", given up" : "");
}

static void on_sql(const struct pg_result *res, void *arg)
{
	struct hook *h = arg;
	struct sv text = {NULL, 0};
	int err = res->err;
	bool null = true;

	if (!h->w) {
		hook_free(h);
		return;
	}
	if (!err && res->rows)
		text = pg_value(res, 0, 0, &null);
	if (err)
		say_failed(h, res);
	else if (null)
		answer(h, sv_str(empty_doc));
	else
		err = take_plan(h, text);
	if (!err) {
		count(&h->w->prm.counts->answered);
		hook_free(h);
		return;
	}
	if (res->err)
		answer_away(h);
	else if (h->r)
		answer_fallback(h);
	if (!res->err || (backlog_waits(res) && !tell_later(h)) ||
	    !once_more(h, res->err))
		hook_free(h);
}

/* ---- requests ---- */

static bool is_uuid(struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			    ? s.p[i] != '-'
			    : !s.p[i] || !strchr("0123456789abcdef", s.p[i]))
			return false;
	return s.len == 36;
}

/* *id: the UUID behind a path that ends in /, else empty. */
static const struct route *find_route(struct sv path, struct sv *id)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const char *at = routes[i].path;
		size_t len = strlen(at);

		*id = (struct sv){NULL, 0};
		if (sv_eq(path, at) && at[len - 1] != '/')
			return &routes[i];
		if (at[len - 1] != '/' || !sv_starts(path, at))
			continue;
		*id = (struct sv){path.p + len, path.len - len};
		if (is_uuid(*id))
			return &routes[i];
	}
	return NULL;
}

/* The URL as the carrier was given it: our base, never the Host header. */
static bool signature_fits(const struct webhooks *w, const struct web_req *r,
			   bool ws, const struct form *params)
{
	struct sv base = sv_str(w->prm.cfg->node.public_url);
	struct sv query = web_req_query(r);
	struct buf url;
	bool ok;

	buf_init(&url, 16 * 1024);
	if (ws)
		buf_printf(&url, "ws%.*s", (int)base.len - 4, base.p + 4);
	else
		buf_sv(&url, base);
	buf_sv(&url, web_req_path(r));
	if (query.len) {
		buf_char(&url, '?');
		buf_sv(&url, query);
	}
	ok = !url.err &&
	     twilio_sig_check(sv_str(w->prm.cfg->twilio.auth_token),
			      web_req_header(r, "x-twilio-signature"),
			      buf_get(&url), params);
	buf_fini(&url);
	return ok;
}

static void on_gone(void *arg)
{
	struct hook *h = arg;

	h->r = NULL;
}

static struct hook *hook_new(struct webhooks *w, const struct route *route,
			     const struct form *form, const struct uuid *call)
{
	struct hook *h = calloc(1, sizeof(*h));
	struct sv sid = form_get(form, "CallSid");
	struct buf json;

	if (!h)
		return NULL;
	buf_init(&json, 1 << 20);
	form_json(&json, form);
	if (json.err) {
		buf_fini(&json);
		free(h);
		return NULL;
	}
	h->form = json.p; /* taken over */
	h->fallback = route->fallback;
	h->late = route->late;
	if (route->pressed && sv_eq(form_get(form, "Digits"), "1")) {
		/* pressed is pressed: SQL hears of it when it can */
		h->fallback = route->pressed;
		h->late = true;
	}
	h->w = w;
	h->route = route;
	h->begun_us = clock_mono_us();
	h->at_ms = clock_wall_us() / 1000;
	h->call = *call;
	if (!sid.len)
		sid = form_get(form, "MessageSid");
	sv_copy(h->call_sid, sizeof(h->call_sid), sid);
	list_add(&w->hooks, &h->node);
	return h;
}

static void start(struct webhooks *w, struct web_req *r,
		  const struct route *route, const struct form *form,
		  const struct uuid *call)
{
	struct hook *h = hook_new(w, route, form, call);
	int err;

	if (!h) {
		count(&w->prm.counts->fallback);
		web_reply(r, 200, XML, sv_str(route->fallback), NULL);
		return;
	}
	h->r = r;
	web_req_on_gone(r, on_gone, h);
	if (!goes_away(h)) {
		err = ask(h, SQL_MS);
		if (!err)
			return;
		log_line(LOG_LEVEL_ERROR, "webhook", h->call_sid,
			 "%s: the database cannot be asked: %s", route->path,
			 strerror(-err));
	}
	answer_away(h);
	(void)tell_later(h);
	hook_free(h);
}

/* The call of a form gets our id, with which it is stored. */
static int name_call(struct webhooks *w, const struct route *route,
		     struct form *form, struct uuid *id)
{
	struct sv sid = form_get(form, "ParentCallSid");
	int64_t now_ms = clock_wall_us() / 1000;
	int err;

	id->s[0] = '\0';
	if (!sid.len)
		sid = form_get(form, "CallSid");
	if (!w->prm.memo || !sid.len ||
	    (!route->plans && strcmp(route->fn, "status")))
		return 0;
	err = away_call_id(id, w->prm.memo, w->prm.stream_secret, sid, now_ms);
	if (err)
		return err;
	if (!strcmp(route->fn, "voice"))
		away_remember(w->prm.memo, sv_str(id->s), form_get(form, "To"),
			      form_get(form, "From"), now_ms);
	return form_add(form, SV("nb_call"), sv_str(id->s));
}

static void on_request(struct web_req *r, void *arg)
{
	struct webhooks *w = arg;
	struct sv id;
	const struct route *route = find_route(web_req_path(r), &id);
	struct form form;
	struct uuid call;
	int err;

	if (!route) {
		refuse(w, r, 404, "no such path");
		return;
	}
	if (!sv_eq(web_req_method(r), "POST")) {
		refuse(w, r, 405, "only POST");
		return;
	}
	if (!web_req_header(r, "x-twilio-signature").len) {
		refuse(w, r, 403, "no signature");
		return;
	}
	form_init(&form);
	err = form_parse(&form, web_req_body(r));
	if (err)
		refuse(w, r, 400, "the body is not a form");
	else if (!signature_fits(w, r, false, &form))
		refuse(w, r, 403, "the signature does not fit");
	else if ((id.len && form_add(&form, SV("id"), id)) ||
		 name_call(w, route, &form, &call))
		refuse(w, r, 400, "the form is too long");
	else
		start(w, r, route, &form, &call);
	form_fini(&form);
}

/* ---- media sockets ---- */

/* One that is signed; pages come by another door (browser.h). */
static const struct carrier *socket_path(struct sv path, struct sv *nonce)
{
	struct sv name;

	return ticket_path(path, &name, nonce) ? carrier_find(name) : NULL;
}

static int on_upgrade(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	struct webhooks *w = arg;
	struct sv nonce;
	const struct carrier *carrier = socket_path(web_req_path(r), &nonce);
	const char *why = NULL;
	int status = 0;

	if (!carrier) {
		status = 404;
		why = "no such media socket";
	} else if (!signature_fits(w, r, true, NULL)) {
		status = 403;
		why = "the signature of the media socket does not fit";
	} else {
		status = media_accept(w->prm.media, carrier, nonce, h);
		why = "the worker takes no new calls";
	}
	if (!status) {
		count(&w->prm.counts->sockets);
		return 0;
	}
	count(&w->prm.counts->sockets_refused);
	refused(w, r, why);
	return status;
}

/* ---- life ---- */

int webhooks_new(struct webhooks **out, const struct webhooks_prm *prm)
{
	const struct config *cfg = prm->cfg;
	struct web_listen_prm listen = {
		.name = "carrier",
		.fd = prm->listen_fd,
		.cert_file = cfg->carrier.tls_cert,
		.key_file = cfg->carrier.tls_key,
		.body_max = BODY_MAX,
		.header_ms = HEADER_MS,
		.requesth = on_request,
		.upgradeh = on_upgrade,
		.openedh = media_opened,
	};
	struct webhooks *w;
	int err;

	if (!cfg->node.public_url || !cfg->twilio.auth_token ||
	    !sv_starts(sv_str(cfg->node.public_url), "http"))
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->prm = *prm;
	list_init(&w->hooks);
	listen.arg = w;
	err = web_listen(&w->listener, prm->web, &listen);
	if (err) {
		free(w);
		return err;
	}
	*out = w;
	return 0;
}

int webhooks_cover(struct webhooks *w, int fd, bool on)
{
	return web_listener_cover(w->listener, fd, on);
}

struct webhooks *webhooks_free(struct webhooks *w)
{
	struct list *i, *next;

	if (!w)
		return NULL;
	LIST_FOREACH_SAFE (i, next, &w->hooks) {
		struct hook *h = list_entry(i, struct hook, node);

		if (h->r)
			answer_fallback(h);
		list_del(&h->node); /* the database's answer frees it */
		h->w = NULL;
	}
	web_listener_free(w->listener);
	free(w);
	return NULL;
}
