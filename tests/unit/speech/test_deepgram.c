/* The provider "deepgram" against a server that says what the test says. */
#include "tests/unit/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config.h"
#include "io/web.h"
#include "io/wsc.h"
#include "speech/counts.h"
#include "speech/deepgram.h"

static struct loop *loop;
static struct dns *dns;
static struct web *web;
static struct wsc_env *net;
static struct speech_env *env;
static struct speech_counts counts;
static struct config cfg;
static char url[64];
static int lfd, port;

static void on_tick(void *arg)
{
	(void)arg;
}

#define RUN_UNTIL(cond)                                                        \
	do {                                                                   \
		int64_t end_ = clock_mono_us() + 10000000;                     \
		struct timer *tick_;                                           \
		assert_int_equal(0, timer_new(&tick_, loop, on_tick, NULL));   \
		timer_every(tick_, 20);                                        \
		while (!(cond) && clock_mono_us() < end_)                      \
			uv_run(loop_uv(loop), UV_RUN_ONCE);                    \
		tick_ = timer_free(tick_);                                     \
		assert_true(cond);                                             \
	} while (0)

/* ---- the server ---- */

static struct {
	struct web_sock *s;
	int upgrades, refuse, finalizes, keepalives, closes;
	char auth[64], query[1024];
	struct buf audio; /* of this connection */
} srv;

static void srv_recv(struct web_sock *s, struct sv msg, bool binary, void *arg)
{
	(void)arg;
	if (binary) {
		assert_true(msg.len > 0); /* would end the stream */
		buf_sv(&srv.audio, msg);
	} else if (sv_eq(msg, "{\"type\":\"Finalize\"}")) {
		srv.finalizes++;
	} else if (sv_eq(msg, "{\"type\":\"KeepAlive\"}")) {
		srv.keepalives++;
	} else if (sv_eq(msg, "{\"type\":\"CloseStream\"}")) {
		srv.closes++;
		web_sock_send(s, SV("{\"type\":\"Metadata\"}"), false);
	} else {
		fail_msg("%.*s", SV_ARG(msg));
	}
}

static void srv_closed(struct web_sock *s, int code, void *arg)
{
	(void)code;
	(void)arg;
	if (srv.s == s)
		srv.s = NULL;
}

static void srv_opened(struct web_sock *s, void *arg)
{
	(void)arg;
	srv.s = s;
	buf_reset(&srv.audio);
}

static int srv_upgrade(struct web_req *r, struct web_sock_handlers *h,
		       void *arg)
{
	(void)arg;
	srv.upgrades++;
	sv_copy(srv.auth, sizeof(srv.auth), web_req_header(r, "authorization"));
	sv_copy(srv.query, sizeof(srv.query), web_req_query(r));
	*h = (struct web_sock_handlers){srv_recv, srv_closed, NULL};
	return srv.refuse;
}

/* Times in milliseconds of this connection's audio. */
static void srv_result(const char *flags, int start_ms, int end_ms,
		       const char *text)
{
	char s[1024];

	snprintf(s, sizeof(s),
		 "{\"type\":\"Results\",\"start\":%.3f,\"duration\":%.3f,%s"
		 "\"channel\":{\"alternatives\":[{\"transcript\":\"%s\","
		 "\"confidence\":0.9,\"words\":[{\"start\":%.3f,\"end\":%.3f}"
		 "]}]}}",
		 start_ms / 1e3, (end_ms - start_ms) / 1e3, flags, text,
		 start_ms / 1e3, end_ms / 1e3);
	assert_int_equal(0, web_sock_send(srv.s, sv_str(s), false));
}

#define FINAL "\"is_final\":true,"
#define ASKED "\"is_final\":true,\"from_finalize\":true,"

/* ---- the call ---- */

static struct {
	struct speech_sess *s;
	int texts, parts, began, ended, closed, err, agains;
	int64_t start_n, end_n, again_n, vad_n;
	char text[256];
	enum speech_source source;
	int64_t next_n; /* of the recording that is offered */
} call;

static void on_text(const struct speech_text *t, void *arg)
{
	(void)arg;
	if (!t->final) {
		call.parts++;
		return;
	}
	call.texts++;
	call.start_n = t->start_n;
	call.end_n = t->end_n;
	call.source = t->source;
	sv_copy(call.text, sizeof(call.text), t->text);
}

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	(void)arg;
	call.began += v == SPEECH_BEGAN;
	call.ended += v == SPEECH_ENDED;
	call.vad_n = at_n;
}

static void on_again(int64_t from_n, void *arg)
{
	(void)arg;
	call.agains++;
	call.again_n = from_n;
	call.next_n = from_n;
}

static void on_closed(int err, void *arg)
{
	(void)arg;
	call.closed++;
	call.err = err;
	call.s = NULL;
}

static void open_call(void)
{
	const struct speech_prm prm = {
		.call = "test", .lang = "en", .caps = SPEECH_STT};
	const struct speech_handlers h = {.texth = on_text,
					  .vadh = on_vad,
					  .againh = on_again,
					  .closedh = on_closed};
	const struct speech_expect e = {.bias = SV("Oak Avenue\nboiler")};

	memset(&call, 0, sizeof(call));
	assert_int_equal(0, speech_deepgram.open(&call.s, env, &prm, &h));
	speech_deepgram.expect(call.s, &e);
}

/* Offers the recording up to n; each sample says where it is. */
static void offer(int64_t n)
{
	uint8_t b[160];

	while (call.next_n < n) {
		struct frame f = {b, sizeof(b), call.next_n, sizeof(b),
				  CODEC_ULAW};

		for (size_t i = 0; i < sizeof(b); i++)
			b[i] = (uint8_t)((call.next_n / 160) % 251);
		if (speech_deepgram.send_audio(call.s, &f))
			return;
		call.next_n += (int64_t)sizeof(b);
	}
}

static int setup(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(in);
	struct web_listen_prm prm = {.name = "test",
				     .header_ms = 10000,
				     .upgradeh = srv_upgrade,
				     .openedh = srv_opened};
	struct web_listener *l;
	struct speech_host host = {.cfg = &cfg, .counts = &counts};
	(void)state;

	memset(&srv, 0, sizeof(srv));
	memset(&counts, 0, sizeof(counts));
	buf_init(&srv.audio, 0);
	lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(0, bind(lfd, (struct sockaddr *)&in, sizeof(in)));
	assert_int_equal(0, listen(lfd, 16));
	assert_int_equal(0, getsockname(lfd, (struct sockaddr *)&in, &len));
	port = ntohs(in.sin_port);
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, web_new(&web, loop));
	prm.fd = lfd;
	assert_int_equal(0, web_listen(&l, web, &prm));
	assert_int_equal(0, wsc_env_new(&net, loop, dns));
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d", port);
	cfg.deepgram.api_key = (char *)(uintptr_t) "secret";
	cfg.deepgram.api_url = url;
	cfg.deepgram.model = (char *)(uintptr_t) "nova-3";
	host.loop = loop;
	host.net = net;
	assert_int_equal(0, speech_deepgram.start(&env, &host));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	speech_deepgram.stop(env);
	net = wsc_env_free(net);
	web = web_free(web);
	dns = dns_free(dns);
	loop = loop_free(loop);
	buf_fini(&srv.audio);
	close(lfd);
	return 0;
}

static void close_call(void)
{
	speech_deepgram.close(call.s);
	RUN_UNTIL(call.closed);
	assert_int_equal(0, call.err);
}

/* A turn: audio as it is, Finalize behind the end, the text's place. */
static void test_turn(void **state)
{
	(void)state;
	open_call();
	offer(1600);
	assert_int_equal(0, call.next_n); /* not open yet: the ring keeps it */
	RUN_UNTIL(srv.s && (offer(8000), call.next_n == 8000));
	assert_string_equal("Token secret", srv.auth);
	assert_non_null(strstr(srv.query, "encoding=mulaw&sample_rate=8000"));
	assert_non_null(strstr(srv.query, "&language=en&"));
	assert_non_null(strstr(srv.query, "&keyterm=Oak+Avenue"));
	RUN_UNTIL(srv.audio.len == 8000);
	for (size_t i = 0; i < 8000; i++)
		assert_int_equal(i / 160 % 251, (uint8_t)srv.audio.p[i]);
	speech_deepgram.lead(call.s, true);
	speech_deepgram.turn(call.s, SPEECH_BEGAN, 2000);
	srv_result("", 200, 500, "forty two");
	RUN_UNTIL(call.parts);
	srv_result(FINAL, 0, 900, "Forty two Oak");
	speech_deepgram.turn(call.s, SPEECH_ENDED, 7200);
	assert_int_equal(0, srv.finalizes);
	offer(8800);
	RUN_UNTIL(srv.finalizes == 1);
	srv_result(ASKED, 900, 1100, "Avenue.");
	RUN_UNTIL(call.texts);
	assert_string_equal("Forty two Oak Avenue.", call.text);
	assert_int_equal(2000, call.start_n);
	assert_int_equal(8800, call.end_n);
	assert_int_equal(SPEECH_FREE, call.source);
	assert_int_equal(0, call.began + call.ended);
	close_call();
	assert_int_equal(1, srv.closes);
	assert_int_equal(1, counts_get(&counts.opened));
}

/* Positions are the call's, wherever this connection began. */
static void test_positions(void **state)
{
	(void)state;
	open_call();
	call.next_n = 80000;
	RUN_UNTIL(srv.s && (offer(88000), call.next_n == 88000));
	/* no detector beside it: its words make the turns */
	srv_result(FINAL "\"speech_final\":true,", 250, 750, "Yes.");
	RUN_UNTIL(call.texts);
	assert_int_equal(1, call.began);
	assert_int_equal(1, call.ended);
	assert_int_equal(82000, call.start_n);
	assert_int_equal(86000, call.end_n);
	assert_int_equal(86000, call.vad_n);
	close_call();
}

/* A lost connection: another one hears again what is not final. */
static void test_again(void **state)
{
	(void)state;
	open_call();
	RUN_UNTIL(srv.s && (offer(16000), call.next_n == 16000));
	speech_deepgram.lead(call.s, true);
	speech_deepgram.turn(call.s, SPEECH_BEGAN, 800);
	srv_result(FINAL, 0, 1000, "My name");
	RUN_UNTIL(call.parts);
	speech_deepgram.turn(call.s, SPEECH_ENDED, 14000);
	RUN_UNTIL(srv.finalizes == 1);
	web_sock_close(srv.s, 1006);
	RUN_UNTIL(call.agains);
	assert_int_equal(8000, call.again_n);
	RUN_UNTIL(srv.upgrades == 2 && srv.s &&
		  (offer(16000), call.next_n == 16000));
	RUN_UNTIL(srv.finalizes == 2);
	assert_int_equal(8000, srv.audio.len);
	assert_int_equal(8000 / 160 % 251, (uint8_t)srv.audio.p[0]);
	srv_result(ASKED, 0, 1000, "is Ann.");
	RUN_UNTIL(call.texts);
	assert_string_equal("My name is Ann.", call.text);
	assert_int_equal(800, call.start_n);
	assert_int_equal(16000, call.end_n);
	assert_int_equal(1, counts_get(&counts.again));
	assert_int_equal(0, call.closed);
	close_call();
}

/* Old audio goes out as fast as it may, not as fast as it could. */
static void test_catch_up(void **state)
{
	int64_t at_us;
	(void)state;

	open_call();
	RUN_UNTIL(srv.s);
	RUN_UNTIL((offer(160000), call.next_n >= 16000));
	at_us = clock_mono_us();
	assert_in_range(call.next_n, 16000, 16800);
	RUN_UNTIL((offer(160000), call.next_n >= 20000));
	assert_in_range((clock_mono_us() - at_us) / 1000, 300, 1500);
	close_call();
}

static void test_holes(void **state)
{
	(void)state;
	open_call();
	RUN_UNTIL(srv.s && (offer(1600), call.next_n == 1600));
	call.next_n = 3200; /* silence stands for what is missing */
	offer(4800);
	RUN_UNTIL(srv.audio.len == 4800);
	assert_int_equal(0xff, (uint8_t)srv.audio.p[1600]);
	assert_int_equal(0xff, (uint8_t)srv.audio.p[3199]);
	assert_int_equal(20, (uint8_t)srv.audio.p[3200]);
	call.next_n = 3200; /* what it has is not sent again */
	offer(4960);
	RUN_UNTIL(srv.audio.len == 4960);
	close_call();
}

/* The answer to Finalize does not come: what is known counts. */
static void test_late(void **state)
{
	(void)state;
	open_call();
	RUN_UNTIL(srv.s && (offer(16000), call.next_n == 16000));
	speech_deepgram.lead(call.s, true);
	speech_deepgram.turn(call.s, SPEECH_BEGAN, 0);
	srv_result("", 0, 900, "yes");
	RUN_UNTIL(call.parts);
	speech_deepgram.turn(call.s, SPEECH_ENDED, 8000);
	RUN_UNTIL(call.texts);
	assert_string_equal("yes", call.text);
	/* nothing was said: each end has its text all the same */
	speech_deepgram.turn(call.s, SPEECH_BEGAN, 10000);
	srv_result("", 1250, 1500, "");
	speech_deepgram.turn(call.s, SPEECH_ENDED, 12000);
	RUN_UNTIL(call.texts == 2);
	assert_string_equal("", call.text);
	assert_int_equal(SPEECH_NONE, call.source);
	close_call();
}

/* No word in a whole turn: another one shall read it. */
static void test_stalled(void **state)
{
	(void)state;
	open_call();
	RUN_UNTIL(srv.s && (offer(16000), call.next_n == 16000));
	speech_deepgram.lead(call.s, true);
	speech_deepgram.turn(call.s, SPEECH_BEGAN, 0);
	speech_deepgram.turn(call.s, SPEECH_ENDED, 8000);
	RUN_UNTIL(call.closed);
	assert_int_equal(-ETIMEDOUT, call.err);
	assert_int_equal(0, call.texts);
	assert_int_equal(1, counts_get(&counts.failed[SPEECH_FAIL_LATE]));
}

/* A wrong key: told at once, and for a while nobody asks again. */
static void test_refused(void **state)
{
	const struct speech_prm prm = {.call = "x", .caps = SPEECH_STT};
	const struct speech_handlers h = {.closedh = on_closed};
	struct speech_sess *s;
	(void)state;

	srv.refuse = 401;
	open_call();
	RUN_UNTIL(call.closed);
	assert_int_equal(-EACCES, call.err);
	assert_int_equal(1, srv.upgrades);
	assert_int_equal(1, counts_get(&counts.failed[SPEECH_FAIL_KEY]));
	assert_int_equal(1, counts_get(&counts.given_up));
	assert_int_equal(-EAGAIN, speech_deepgram.open(&s, env, &prm, &h));
}

/* Busy: tried again, then given up; three failures open the breaker. */
static void test_busy(void **state)
{
	const struct speech_prm prm = {.call = "x", .caps = SPEECH_STT};
	const struct speech_handlers h = {.closedh = on_closed};
	struct speech_sess *s;
	(void)state;

	srv.refuse = 503;
	open_call();
	RUN_UNTIL(call.closed);
	assert_int_equal(3, srv.upgrades);
	assert_int_equal(3, counts_get(&counts.failed[SPEECH_FAIL_SERVER]));
	assert_int_equal(-EAGAIN, speech_deepgram.open(&s, env, &prm, &h));
}

static void test_junk(void **state)
{
	(void)state;
	open_call();
	RUN_UNTIL(srv.s && (offer(1600), call.next_n == 1600));
	web_sock_send(srv.s, SV("{\"type\":"), false);
	RUN_UNTIL(srv.upgrades == 2 && srv.s);
	assert_int_equal(0, call.again_n);
	RUN_UNTIL((offer(1600), srv.audio.len == 1600));
	/* what it may say next year */
	web_sock_send(srv.s, SV("{\"type\":\"Hologram\"}"), false);
	srv_result(FINAL "\"speech_final\":true,", 0, 100, "Yes.");
	RUN_UNTIL(call.texts);
	close_call();
}

/* closedh comes in every state, also for who is closed before it is open. */
static void test_close_early(void **state)
{
	(void)state;
	open_call();
	close_call();
	assert_int_equal(0, srv.upgrades);
	open_call();
	RUN_UNTIL(srv.upgrades);
	close_call();
	open_call();
	RUN_UNTIL(srv.s);
	speech_deepgram.stop(env); /* with a session in it */
	assert_int_equal(1, call.closed);
	assert_int_equal(-ECANCELED, call.err);
	assert_int_equal(0, speech_deepgram.start(
				    &env, &(struct speech_host){.loop = loop,
								.net = net,
								.cfg = &cfg}));
}

static void test_no_key(void **state)
{
	struct speech_env *e;
	(void)state;

	cfg.deepgram.api_key = NULL;
	assert_int_equal(
		-EINVAL,
		speech_deepgram.start(&e, &(struct speech_host){.loop = loop,
								.net = net,
								.cfg = &cfg}));
	assert_ptr_equal(&speech_deepgram, speech_find(SV("deepgram")));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_turn),	  T(test_positions),   T(test_again),
		T(test_catch_up), T(test_holes),       T(test_late),
		T(test_stalled),  T(test_refused),     T(test_busy),
		T(test_junk),	  T(test_close_early), T(test_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
