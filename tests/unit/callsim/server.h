/*
 * A small server in the process of the test: pages by path, signatures checked
 * as a server would, and an assistant that beeps at the other end of /ws.
 */
#ifndef TEST_CALLSIM_SERVER_H
#define TEST_CALLSIM_SERVER_H

#include "../assert.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"
#include "call.h"
#include "codec.h"
#include "message.h"
#include "place.h"
#include "proto/mstream.h"
#include "proto/twilio_sig.h"
#include "summary.h"

#define TOKEN "12345"
#define TONE_N 4800 /* 600 ms */

struct page {
	const char *path, *body, *type;
	int status;
};

/* A server: pages by path, and an assistant at the other end of /ws. */
struct server {
	struct sim sim;
	struct web_listener *listener;
	int fd, port;
	const struct page *pages;
	const struct page *then; /* instead, after the first request */
	struct web_sock *sock;
	char stream[64];
	char seen[4096];   /* paths in the order they were asked */
	char params[8192]; /* of the last form */
	const char *keep;  /* path whose form is kept … */
	char kept[8192];   /* … here */
	char marks[256];
	char dtmf[16];
	int bad_signatures, bad_order;
	int64_t last_ts, frames;
	int quiet; /* frames since the caller spoke */
	bool spoke, answered;
	int answers, close_after;
	bool interrupt; /* clear as soon as the caller speaks */
	bool answer_fast;
	const char *tone; /* path of a WAV file with half a second of tone */
};

static const char *base_url(struct server *v, const char *path)
{
	static char text[4][200];
	static int i;

	i = (i + 1) % 4;
	snprintf(text[i], sizeof(text[i]), "http://127.0.0.1:%d%s", v->port,
		 path);
	return text[i];
}

static void note(struct server *v, struct sv path)
{
	size_t n = strlen(v->seen);

	snprintf(v->seen + n, sizeof(v->seen) - n, "%.*s ", SV_ARG(path));
}

static void reply_tone(struct web_req *r)
{
	struct buf b;

	buf_init(&b, 0);
	clip_header(&b, TEL_RATE_HZ, 1, 8000);
	for (int i = 0; i < 4000; i++) {
		int16_t s = (int16_t)(4000 * sin(2 * M_PI * 440 * i / 8000.0));

		buf_add(&b, &s, sizeof(s));
	}
	web_reply(r, 200, "audio/x-wav", buf_get(&b), NULL);
	buf_fini(&b);
}

static void on_request(struct web_req *r, void *arg)
{
	struct server *v = arg;
	struct sv path = web_req_path(r);
	struct form f = {0};
	char url[300];

	note(v, path);
	form_parse(&f, web_req_body(r));
	snprintf(url, sizeof(url), "http://127.0.0.1:%d%.*s", v->port,
		 SV_ARG(path));
	if (!twilio_sig_check(SV(TOKEN),
			      web_req_header(r, "x-twilio-signature"),
			      sv_str(url), &f))
		v->bad_signatures++;
	form_fini(&f);
	sv_copy(v->params, sizeof(v->params), web_req_body(r));
	if (v->keep && sv_eq(path, v->keep))
		sv_copy(v->kept, sizeof(v->kept), web_req_body(r));
	if (v->tone && sv_eq(path, v->tone)) {
		reply_tone(r);
		return;
	}
	const struct page *pages = v->pages;

	if (v->then)
		v->pages = v->then;
	for (const struct page *p = pages; p->path; p++) {
		char body[1024];
		const char *port = strstr(p->body, "PORT");

		if (!sv_eq(path, p->path))
			continue;
		if (port)
			snprintf(body, sizeof(body), "%.*s%d%s",
				 (int)(port - p->body), p->body, v->port,
				 port + 4);
		else
			snprintf(body, sizeof(body), "%s", p->body);
		web_reply(r, p->status ? p->status : 200,
			  p->type ? p->type : "text/xml", sv_str(body), NULL);
		return;
	}
	web_reply(r, 404, "text/plain", SV("no"), NULL);
}

/* ---- the assistant ---- */

static void say_tone(struct server *v, const char *mark)
{
	uint8_t ulaw[TONE_N];
	struct buf b;

	for (int i = 0; i < TONE_N; i++)
		ulaw[i] = lin_to_ulaw(
			(int16_t)(4000 * sin(2 * M_PI * 440 * i / 8000.0) *
				  sin(M_PI * i / TONE_N)));
	buf_init(&b, 0);
	mstream_media(&b, sv_str(v->stream), ulaw, sizeof(ulaw));
	web_sock_send(v->sock, buf_get(&b), false);
	buf_reset(&b);
	mstream_mark(&b, sv_str(v->stream), sv_str(mark));
	web_sock_send(v->sock, buf_get(&b), false);
	buf_fini(&b);
}

static void clear(struct server *v)
{
	struct buf b;

	buf_init(&b, 0);
	mstream_clear(&b, sv_str(v->stream));
	web_sock_send(v->sock, buf_get(&b), false);
	buf_fini(&b);
}

static void hears(struct server *v, const struct carrier_msg *m)
{
	uint8_t ulaw[400];
	int n = b64_decode(ulaw, sizeof(ulaw), m->payload);
	double sum = 0;

	if (n != TEL_FRAME_N || m->timestamp_ms != v->last_ts + 20)
		v->bad_order++;
	v->last_ts = m->timestamp_ms;
	for (int i = 0; i < n; i++)
		sum += fabs((double)ulaw_to_lin[ulaw[i]]);
	if (sum / TEL_FRAME_N > 200) {
		if (!v->spoke && v->interrupt)
			clear(v);
		v->spoke = true;
		v->quiet = 0;
	} else if (v->spoke && ++v->quiet == 10) {
		v->spoke = false;
		if (++v->answers >= v->close_after)
			web_sock_close(v->sock, 1000);
		else
			say_tone(v, "next");
	}
}

static void on_message(struct web_sock *s, struct sv msg, bool binary,
		       void *arg)
{
	struct server *v = arg;
	struct carrier_msg m;

	(void)s;
	assert_false(binary);
	assert_int_equal(0, mstream_parse(&m, msg));
	switch (m.kind) {
	case CARRIER_START:
		sv_copy(v->stream, sizeof(v->stream), m.stream);
		assert_sv_equal("{\"token\":\"t\"}", m.params);
		say_tone(v, "hello");
		break;
	case CARRIER_MEDIA:
		v->frames++;
		hears(v, &m);
		break;
	case CARRIER_MARK:
		snprintf(v->marks + strlen(v->marks),
			 sizeof(v->marks) - strlen(v->marks), "%.*s ",
			 SV_ARG(m.name));
		break;
	case CARRIER_DTMF:
		v->dtmf[strlen(v->dtmf)] = m.digit;
		break;
	case CARRIER_STOP:
		note(v, SV("stop"));
		break;
	default:
		break;
	}
}

static void on_closed(struct web_sock *s, int code, void *arg)
{
	struct server *v = arg;

	(void)s;
	(void)code;
	v->sock = NULL;
	note(v, SV("closed"));
}

static int on_upgrade(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	struct server *v = arg;
	char url[300];

	note(v, web_req_path(r));
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d%.*s", v->port,
		 SV_ARG(web_req_path(r)));
	if (!twilio_sig_check(SV(TOKEN),
			      web_req_header(r, "x-twilio-signature"),
			      sv_str(url), NULL))
		v->bad_signatures++;
	assert_false(web_req_header(r, "sec-websocket-protocol").len);
	assert_false(web_req_header(r, "sec-websocket-extensions").len);
	if (sv_starts(web_req_path(r), "/refuse"))
		return 403;
	*h = (struct web_sock_handlers){on_message, on_closed, v};
	return 0;
}

static void on_socket(struct web_sock *s, void *arg)
{
	struct server *v = arg;

	v->sock = s;
	v->last_ts = -20;
}

/* ---- around it ---- */

static void on_idle(struct sim *s)
{
	if (!s->live && !s->hooks)
		loop_stop(s->loop);
}

static void on_late(void *arg)
{
	struct server *v = arg;

	print_error("the call takes too long; seen: %s\n", v->seen);
	loop_stop(v->sim.loop);
}

static void server_start(struct server *v)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct web_listen_prm prm = {
		.name = "test",
		.body_max = 65536,
		.header_ms = 5000,
		.requesth = on_request,
		.upgradeh = on_upgrade,
		.openedh = on_socket,
		.arg = v,
	};
	socklen_t len = sizeof(sa);
	struct sim_opt *o = &v->sim.opt;

	memset(o->account, '0', SID_LEN);
	o->token = TOKEN;
	o->to = "+14155550100";
	o->cache_dir = "build/test-callsim";
	o->quiet = !getenv("SHOW");
	o->seed = 1;
	quirk_defaults(&o->quirks);
	o->quirks.ws_plain = 1;
	v->sim.idleh = on_idle;
	assert_int_equal(0, sim_init(&v->sim));
	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(0, bind(v->fd, (struct sockaddr *)&sa, sizeof(sa)));
	assert_int_equal(0, listen(v->fd, 16));
	getsockname(v->fd, (struct sockaddr *)&sa, &len);
	v->port = ntohs(sa.sin_port);
	prm.fd = v->fd;
	assert_int_equal(0, web_listen(&v->listener, v->sim.web, &prm));
}

static void server_stop(struct server *v)
{
	web_listener_free(v->listener);
	sim_fini(&v->sim);
	close(v->fd);
}

/* A caller who "speaks" a tone of 500 ms out of a file. */
static struct caller *caller_of(const char *json)
{
	struct caller *k;
	char why[300];
	int16_t s[4000];
	json_t *o;

	for (int i = 0; i < 4000; i++)
		s[i] = (int16_t)(8000 * sin(2 * M_PI * 600 * i / 8000.0));
	dir_make("build/test-callsim");
	assert_int_equal(0, clip_write("build/test-callsim/tone.wav", s, 4000));
	o = json_loads(json, 0, NULL);
	assert_non_null(o);
	if (caller_parse(&k, o, "build/test-callsim", why, sizeof(why)) ||
	    caller_prepare(k, "build/test-callsim", 1, why, sizeof(why)))
		fail_msg("%s", why);
	json_decref(o);
	return k;
}

static inline struct call *call_run(struct server *v, const char *caller_json,
				    int limit_s)
{
	struct caller *k = caller_of(caller_json);
	struct timer *late;
	struct call *c;

	v->sim.opt.voice_url = base_url(v, "/voice");
	v->sim.opt.status_url = base_url(v, "/status");
	assert_int_equal(0, place_call(&c, &v->sim, k, NULL, NULL));
	assert_int_equal(0, timer_new(&late, v->sim.loop, on_late, v));
	timer_at(late, clock_mono_us() + limit_s * 1000000ll);
	loop_run(v->sim.loop);
	timer_free(late);
	caller_unref(k);
	summary_judge(c);
	assert_int_equal(0, v->bad_signatures);
	return c;
}

#endif
