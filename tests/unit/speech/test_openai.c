/* The provider "openai" against a server that says what the test says. */
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
#include "speech/openai_realtime.h"

static struct loop *loop;
static struct dns *dns;
static struct web *web;
static struct wsc_env *net;
static struct s2s_env *env;
static struct config cfg;
static char url[64];
static int lfd;

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
	int refuse;
	char auth[64], beta[64], query[128];
	struct buf log; /* all that came, a line each */
} srv;

static void srv_recv(struct web_sock *s, struct sv msg, bool binary, void *arg)
{
	(void)s;
	(void)arg;
	assert_false(binary);
	buf_sv(&srv.log, msg);
	buf_char(&srv.log, '\n');
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
}

static int srv_upgrade(struct web_req *r, struct web_sock_handlers *h,
		       void *arg)
{
	(void)arg;
	sv_copy(srv.auth, sizeof(srv.auth), web_req_header(r, "authorization"));
	sv_copy(srv.beta, sizeof(srv.beta), web_req_header(r, "openai-beta"));
	sv_copy(srv.query, sizeof(srv.query), web_req_query(r));
	*h = (struct web_sock_handlers){srv_recv, srv_closed, NULL};
	return srv.refuse;
}

static void srv_say(const char *msg)
{
	char b[2048];
	size_t n = 0;

	for (; *msg; msg++)
		b[n++] = *msg == '\'' ? '"' : *msg;
	assert_int_equal(0, web_sock_send(srv.s, (struct sv){b, n}, false));
}

static bool srv_got(const char *part)
{
	return srv.log.len &&
	       memmem(srv.log.p, srv.log.len, part, strlen(part)) != NULL;
}

/* ---- the call ---- */

static struct {
	struct s2s_sess *s;
	int ready, begun, closed, err, turns;
	char log[512], why[200];
	int64_t end_n, ucents;
	size_t audio_n;
} call;

static void on_ready(void *arg)
{
	(void)arg;
	call.ready++;
}

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	(void)v;
	(void)at_n;
	(void)arg;
}

static void on_turn(int64_t end_n, void *arg)
{
	(void)arg;
	call.turns++;
	call.end_n = end_n;
}

static void on_text(const struct speech_text *t, void *arg)
{
	(void)t;
	(void)arg;
}

static void on_begin(uint32_t item, void *arg)
{
	(void)item;
	(void)arg;
	call.begun++;
}

static void on_said(uint32_t item, struct sv text, uint32_t made_n, bool last,
		    void *arg)
{
	size_t n = strlen(call.log);

	(void)arg;
	snprintf(call.log + n, sizeof(call.log) - n, "%u:%.*s:%u%s ", item,
		 SV_ARG(text), made_n, last ? "." : "");
}

static void on_audio(uint32_t item, const uint8_t *data, size_t n, bool last,
		     void *arg)
{
	size_t at = strlen(call.log);

	(void)arg;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(0xff, data[i]);
	call.audio_n += n;
	snprintf(call.log + at, sizeof(call.log) - at, "%u=%zu%s ", item, n,
		 last ? "." : "");
}

static void on_function(uint32_t ref, struct sv name, struct sv args, void *arg)
{
	(void)ref;
	(void)name;
	(void)args;
	(void)arg;
}

static void on_usage(const struct s2s_usage *u, void *arg)
{
	(void)arg;
	call.ucents += u->ucents;
}

static void on_old(void *arg)
{
	(void)arg;
	fail_msg("it is not old");
}

static void on_closed(int err, struct sv why, void *arg)
{
	(void)arg;
	call.closed++;
	call.err = err;
	sv_copy(call.why, sizeof(call.why), why);
	call.s = NULL;
}

static int64_t first_n = 800;

static void open_call(void)
{
	const struct s2s_prm prm = {.call = "test",
				    .instructions = SV("be kind"),
				    .functions = SV("[{}]"),
				    .functions_n = 1,
				    .first_n = first_n};
	const struct s2s_handlers h = {
		on_ready, on_vad,      on_turn,	 on_text, on_begin,  on_said,
		on_audio, on_function, on_usage, on_old,  on_closed, NULL};

	memset(&call, 0, sizeof(call));
	buf_reset(&srv.log);
	assert_int_equal(0, s2s_openai.open(&call.s, env, &prm, &h));
}

static int offer(void)
{
	uint8_t b[400];
	struct frame f = {b, sizeof(b), 800, sizeof(b), CODEC_ULAW};

	memset(b, 0xff, sizeof(b));
	return s2s_openai.send_audio(call.s, &f);
}

#define UPDATED                                                                \
	"{'type':'session.updated','session':{'audio':{'input':{'format':{"    \
	"'type':'audio/pcmu'}},'output':{'format':{'type':'audio/pcmu'}}},"    \
	"'tools':[{}]}}"

static void make_live(void)
{
	open_call();
	RUN_UNTIL(srv.s);
	assert_int_equal(-EAGAIN, offer());
	srv_say("{'type':'session.created','session':{}}");
	RUN_UNTIL(srv_got("session.update"));
	assert_int_equal(-EAGAIN, offer());
	srv_say(UPDATED);
	RUN_UNTIL(call.ready);
}

static void hang_up(void)
{
	s2s_openai.close(call.s);
	assert_int_equal(0, call.closed); /* never from inside */
	RUN_UNTIL(call.closed && !srv.s);
	assert_int_equal(1, call.closed);
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
	struct speech_host host = {.cfg = &cfg};
	struct web_listener *l;

	(void)state;
	memset(&srv, 0, sizeof(srv));
	buf_init(&srv.log, 0);
	lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(0, bind(lfd, (struct sockaddr *)&in, sizeof(in)));
	assert_int_equal(0, listen(lfd, 16));
	assert_int_equal(0, getsockname(lfd, (struct sockaddr *)&in, &len));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, dns_new(&dns, loop));
	assert_int_equal(0, web_new(&web, loop));
	prm.fd = lfd;
	assert_int_equal(0, web_listen(&l, web, &prm));
	assert_int_equal(0, wsc_env_new(&net, loop, dns));
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d", ntohs(in.sin_port));
	host.loop = loop;
	host.net = net;
	assert_int_equal(-ENOENT, s2s_openai.start(&env, &host));
	cfg.openai.api_key = (char *)(uintptr_t) "secret";
	cfg.openai.api_url = url;
	cfg.openai.realtime_model = (char *)(uintptr_t) "m1";
	cfg.openai.realtime_voice = (char *)(uintptr_t) "marin";
	cfg.openai.transcribe_model = (char *)(uintptr_t) "t1";
	cfg.openai.turns = (char *)(uintptr_t) "silence";
	cfg.openai.silence_ms = 500;
	cfg.openai.price_audio_out = 6400;
	assert_int_equal(0, s2s_openai.start(&env, &host));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	s2s_openai.stop(env);
	wsc_env_free(net);
	web_free(web);
	dns_free(dns);
	loop_free(loop);
	close(lfd);
	buf_fini(&srv.log);
	memset(&cfg, 0, sizeof(cfg));
	return 0;
}

/* 160 bytes of silence: 213 characters and their padding. */
#define Z16 "////////////////////////////////////////////////////////////////"
#define Z160 Z16 Z16 Z16 "/////////////////////w=="
#define AUDIO(i)                                                               \
	"{'type':'response.output_audio.delta','response_id':'r1','item_id':"  \
	"'" i "','delta':'" Z160 "'}"
#define ITEM_DONE(i)                                                           \
	"{'type':'response.output_item.done','response_id':'r1','item':{'id':" \
	"'" i "','type':'message','status':'completed'}}"

/* Speech of which 50 ms were written from position 800 on is a turn. */
static void turn_ends(void)
{
	srv_say("{'type':'input_audio_buffer.speech_stopped','item_id':'u',"
		"'audio_end_ms':50}");
	srv_say("{'type':'input_audio_buffer.committed','item_id':'u'}");
	RUN_UNTIL(call.turns);
	assert_int_equal(800 + 50 * 8, call.end_n);
}

static void test_set_up(void **state)
{
	(void)state;
	make_live();
	assert_string_equal("Bearer secret", srv.auth);
	assert_string_equal("", srv.beta);
	assert_string_equal("model=m1", srv.query);
	assert_false(srv_got("append"));
	assert_int_equal(0, offer());
	RUN_UNTIL(srv_got("input_audio_buffer.append"));
	srv_say("{'type':'input_audio_buffer.speech_started','item_id':'u',"
		"'audio_start_ms':10}");
	turn_ends();
	hang_up();
}

/*
 * One that takes over in mid-call: told what was before it hears anything,
 * its positions begin with the first frame.
 */
static void test_later(void **state)
{
	(void)state;
	first_n = -1;
	open_call();
	first_n = 800;
	s2s_openai.tell(call.s, "user", SV("my furnace is broken"));
	s2s_openai.tell(call.s, "assistant", SV("I see."));
	RUN_UNTIL(srv.s);
	srv_say("{'type':'session.created','session':{}}");
	RUN_UNTIL(srv_got("session.update"));
	assert_false(srv_got("furnace"));
	srv_say(UPDATED);
	RUN_UNTIL(call.ready && srv_got("my furnace is broken") &&
		  srv_got("I see."));
	assert_true(s2s_openai.idle(call.s));
	assert_int_equal(0, offer()); /* at 800 */
	turn_ends();
	hang_up();
}

/* A turn ends where audio was written at the latest. */
static void test_wrong_time(void **state)
{
	(void)state;
	make_live();
	assert_int_equal(0, offer());
	srv_say("{'type':'input_audio_buffer.speech_stopped','item_id':'u',"
		"'audio_end_ms':9000000000000000000}");
	srv_say("{'type':'input_audio_buffer.committed','item_id':'u'}");
	RUN_UNTIL(call.turns);
	assert_int_equal(800 + 50 * 8, call.end_n);
	hang_up();
}

/* Audio comes as it is granted, items one after the other. */
static void test_grants(void **state)
{
	(void)state;
	make_live();
	s2s_openai.ask(call.s, SV(""));
	RUN_UNTIL(srv_got("response.create"));
	srv_say("{'type':'response.created','response':{'id':'r1'}}");
	srv_say(AUDIO("i1"));
	srv_say(AUDIO("i1"));
	srv_say(AUDIO("i2"));
	RUN_UNTIL(call.begun == 2);
	assert_string_equal("", call.log);
	s2s_openai.grant(call.s, 100);
	s2s_openai.grant(call.s, 300);
	assert_string_equal("1=100 1=220. 2=80 ", call.log);
	srv_say(ITEM_DONE("i2"));
	RUN_UNTIL(strstr(call.log, "2::160. "));
	s2s_openai.grant(call.s, 1000);
	assert_true(strstr(call.log, "2=80. ") != NULL);
	assert_int_equal(480, call.audio_n);
	srv_say("{'type':'response.done','response':{'id':'r1','status':"
		"'completed','usage':{'output_token_details':{'audio_tokens':"
		"3},'input_token_details':{}}}}");
	RUN_UNTIL(call.ucents);
	assert_int_equal(3 * 6400, call.ucents);
	hang_up();
}

/* Nothing of what was interrupted comes any more, granted or not. */
static void test_interrupt(void **state)
{
	(void)state;
	make_live();
	s2s_openai.ask(call.s, SV(""));
	RUN_UNTIL(srv_got("response.create"));
	srv_say("{'type':'response.created','response':{'id':'r1'}}");
	srv_say(AUDIO("i1"));
	RUN_UNTIL(call.begun);
	s2s_openai.grant(call.s, 80);
	s2s_openai.interrupt(call.s);
	s2s_openai.cut(call.s, 1, 40);
	s2s_openai.grant(call.s, 8000);
	RUN_UNTIL(srv_got("truncate") && srv_got("\"audio_end_ms\":5"));
	assert_true(srv_got("response.cancel"));
	srv_say(AUDIO("i1"));
	srv_say("{'type':'response.done','response':{'id':'r1','status':"
		"'cancelled'}}");
	s2s_openai.ask(call.s, SV(""));
	RUN_UNTIL(memmem(srv.log.p, srv.log.len, "truncate", 8) &&
		  srv_got("cancel\",\"response_id\":\"r1\""));
	assert_string_equal("1=80 ", call.log);
	hang_up();
}

static void test_refused(void **state)
{
	(void)state;
	srv.refuse = 401;
	open_call();
	RUN_UNTIL(call.closed);
	assert_int_equal(-EACCES, call.err);
	assert_non_null(strstr(call.why, "401"));
	srv.refuse = 0;
}

/* Cut off, and closed while it opens: told once, and nobody is left. */
static void test_ends(void **state)
{
	(void)state;
	make_live();
	web_sock_close(srv.s, 1011);
	RUN_UNTIL(call.closed);
	assert_int_not_equal(0, call.err);
	open_call();
	s2s_openai.close(call.s);
	s2s_openai.tell(call.s, "user", SV("x"));
	RUN_UNTIL(call.closed);
	assert_int_equal(0, call.err);
	assert_int_equal(0, call.ready);
	RUN_UNTIL(!srv.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_grants, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupt, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
