/* A model that talks with callers: does it take our key and our settings? */
#include "app/check.h"
#include "app/check_wss.h"

#include <stdio.h>

#include "base/clock.h"
#include "proto/rt_sess.h"
#include "proto/ws.h"
#include "speech/openai_realtime.h"

struct ask {
	struct check_wss w;
	const struct config *cfg;
	struct rt_sess *rt;
	bool served;
	char why[200];
};

static void on_send(struct sv msg, void *arg)
{
	struct ask *a = arg;

	(void)wsc_send(a->w.c, msg, false);
}

static void on_ready(void *arg)
{
	struct ask *a = arg;

	a->served = true;
	wsc_close(a->w.c, WS_CLOSE_NORMAL);
}

static void on_lost(int err, struct sv why, void *arg)
{
	struct ask *a = arg;

	(void)err;
	(void)sv_copy(a->why, sizeof(a->why), why);
	wsc_close(a->w.c, WS_CLOSE_NORMAL);
}

static void on_open(struct wsc *c, struct sv head, void *arg)
{
	struct ask *a = arg;

	(void)c;
	(void)head;
	rt_sess_opened(a->rt, clock_mono_us(), clock_wall_us());
}

static void on_recv(struct wsc *c, struct sv msg, bool binary, void *arg)
{
	struct ask *a = arg;

	(void)c;
	if (!binary && !a->served && !a->why[0])
		rt_sess_recv(a->rt, msg, clock_mono_us());
}

static const char *advice(const struct wsc_end *end)
{
	switch (end->http) {
	case 401:
		return "openai.api_key is not one of its keys";
	case 403:
		return "the key may not use openai.realtime_model";
	case 404:
		return "no such model there: see openai.realtime_model";
	case 429:
		return "no money left, or more at a time than the account may";
	default:
		break;
	}
	switch (end->err) {
	case -ENOENT:
		return "no such host: see openai.api_url";
	case -EPROTO:
		return "no TLS that we trust, or no WebSocket: "
		       "openai.api_url, openai.api_ca";
	default:
		return "not reached: is the way out open?";
	}
}

static void on_closed(struct wsc *c, const struct wsc_end *end, void *arg)
{
	struct ask *a = arg;
	const char *url = a->cfg->openai.api_url;

	(void)c;
	if (a->served)
		check_say(CHECK_GOOD, "openai", "%s serves %s", url,
			  a->cfg->openai.realtime_model);
	else if (a->why[0])
		check_say(CHECK_FAIL, "openai",
			  "%s: it refuses our settings: %s", url, a->why);
	else if (end->opened)
		check_say(CHECK_FAIL, "openai",
			  "%s does not speak its protocol: see openai.api_url",
			  url);
	else
		check_say(CHECK_FAIL, "openai", "%s: %s (%.*s)", url,
			  advice(end), SV_ARG(end->why));
	loop_stop(a->w.loop);
}

static int ask(struct check_wss *w, struct wsc_env *net)
{
	struct ask *a = (struct ask *)w;
	const struct config *cfg = a->cfg;
	const struct rt_session_prm session = {
		.model = sv_str(cfg->openai.realtime_model),
		.voice = sv_str(cfg->openai.realtime_voice),
		.instructions = SV("Say nothing."),
		.transcribe = sv_str(cfg->openai.transcribe_model),
		.semantic = !strcmp(cfg->openai.turns, "meaning"),
		.silence_ms = cfg->openai.silence_ms,
	};
	const struct rt_handlers h = {.sendh = on_send,
				      .readyh = on_ready,
				      .losth = on_lost,
				      .arg = a};
	char url[512], auth[300];
	const char *const headers[] = {"Authorization", auth, NULL};
	const struct wsc_prm prm = {.url = url,
				    .ca_file = cfg->openai.api_ca,
				    .headers = headers,
				    .timeout_ms = CHECK_WSS_MS,
				    .h = {.openh = on_open,
					  .recvh = on_recv,
					  .closedh = on_closed,
					  .arg = a}};
	int err = openai_url(url, sizeof(url), cfg);

	snprintf(auth, sizeof(auth), "Bearer %s", cfg->openai.api_key);
	if (!err)
		err = rt_sess_new(&a->rt, &session, &h);
	if (!err)
		err = wsc_open(&a->w.c, net, &prm);
	explicit_bzero(auth, sizeof(auth));
	return err;
}

void check_model(const struct config *cfg)
{
	struct ask a = {.cfg = cfg};
	bool wanted = !strcmp(cfg->assistant.kind, "openai");

	if (!cfg->openai.api_key) {
		if (wanted)
			check_say(CHECK_FAIL, "openai",
				  "openai.api_key is not set: without it the "
				  "script talks with callers");
		return;
	}
	check_wss_run(&a.w, "openai", ask);
	rt_sess_free(a.rt);
}
