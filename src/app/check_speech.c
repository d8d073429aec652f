/* Providers of speech: do they take our key, and the model we ask for? */
#include "app/check.h"
#include "app/check_wss.h"

#include <stdio.h>

#include "base/buf.h"
#include "proto/dg.h"
#include "proto/ws.h"

struct ask {
	struct check_wss w;
	const struct config *cfg;
	bool served; /* it said something that is its own */
};

static void on_open(struct wsc *c, struct sv head, void *arg)
{
	(void)head;
	(void)arg;
	(void)wsc_send(c, SV("{\"type\":\"CloseStream\"}"), false);
}

static void on_recv(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct ask *a = arg;
	struct dg_msg m;

	if (binary || dg_parse(&m, msg) || m.kind != DG_METADATA)
		return;
	a->served = true;
	wsc_close(c, WS_CLOSE_NORMAL);
}

static const char *advice(const struct wsc_end *end)
{
	switch (end->http) {
	case 400:
		return "deepgram.model and deepgram.language do not fit";
	case 401:
		return "deepgram.api_key is not one of its keys";
	case 402:
		return "the account has no money left";
	case 403:
		return "the key may not use deepgram.model";
	case 404:
		return "no recogniser there: see deepgram.api_url";
	case 429:
		return "more at a time than the account may";
	default:
		break;
	}
	switch (end->err) {
	case -ENOENT:
		return "no such host: see deepgram.api_url";
	case -EPROTO:
		return "no TLS that we trust, or no WebSocket: "
		       "deepgram.api_url, deepgram.api_ca";
	default:
		return "not reached: is the way out open?";
	}
}

static void on_closed(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct ask *a = arg;
	struct sv said = end->body.len ? end->body : end->why;

	(void)c;
	if (a->served)
		check_say(CHECK_GOOD, "deepgram", "%s serves %s",
			  a->cfg->deepgram.api_url, a->cfg->deepgram.model);
	else if (end->opened)
		check_say(CHECK_FAIL, "deepgram",
			  "%s does not speak its protocol: see "
			  "deepgram.api_url",
			  a->cfg->deepgram.api_url);
	else
		check_say(wsc_end_retryable(end) && end->http ? CHECK_WARN
							      : CHECK_FAIL,
			  "deepgram", "%s: %s (%.*s)", a->cfg->deepgram.api_url,
			  advice(end), SV_ARG(said));
	loop_stop(a->w.loop);
}

static int ask(struct check_wss *w, struct wsc_env *net)
{
	struct ask *a = (struct ask *)w;
	const struct config *cfg = a->cfg;
	const char *lang = cfg->deepgram.language;
	const struct dg_prm url = {.base = cfg->deepgram.api_url,
				   .model = cfg->deepgram.model,
				   .language = lang ? lang : "en",
				   .endpointing_ms = 300};
	char auth[300];
	const char *const headers[] = {"Authorization", auth, NULL};
	struct wsc_prm prm = {.ca_file = cfg->deepgram.api_ca,
			      .headers = headers,
			      .timeout_ms = CHECK_WSS_MS,
			      .h = {.openh = on_open,
				    .recvh = on_recv,
				    .closedh = on_closed,
				    .arg = a}};
	struct buf b;
	int err;

	snprintf(auth, sizeof(auth), "Token %s", cfg->deepgram.api_key);
	buf_init(&b, 8192);
	dg_url(&b, &url);
	prm.url = b.p;
	err = b.err ? b.err : wsc_open(&a->w.c, net, &prm);
	buf_fini(&b);
	explicit_bzero(auth, sizeof(auth));
	return err;
}

void check_speech(const struct config *cfg)
{
	struct ask a = {.cfg = cfg};

	if (strcmp(cfg->speech.stt, "deepgram") != 0)
		return;
	if (!cfg->deepgram.api_key) {
		check_say(CHECK_FAIL, "deepgram",
			  "deepgram.api_key is not set: its console shows it");
		return;
	}
	check_wss_run(&a.w, "deepgram", ask);
}
