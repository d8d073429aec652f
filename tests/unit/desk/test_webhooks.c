/*
 * webhooks: signed requests on a real socket, decided by the real SQL: who is
 * refused, what a path with an id is told, what is answered without SQL.
 */
#include "tests/unit/desk/desk.h"

#include "desk/webhooks.h"
#include "proto/twilio_sig.h"

#define BASE "https://v.test"
#define EMPTY "<Response/>"

static struct {
	struct loop *loop;
	struct web *web;
	struct dns *dns;
	struct pg *pg;
	struct webhooks *w;
	struct webhook_counts counts;
	struct config cfg;
	int fd, port;
} t;

static int setup(void **state)
{
	struct pg_prm pg = {.name = "webhooks",
			    .conninfo = db_conninfo,
			    .user = "nightbell_gateway",
			    .queue_max = 100,
			    .statement_ms = 5000};
	struct webhooks_prm prm = {.cfg = &t.cfg, .counts = &t.counts};
	static char base[] = BASE, token[] = "token";
	(void)state;

	memset(&t, 0, sizeof(t));
	t.cfg.node.public_url = base;
	t.cfg.twilio.auth_token = token;
	t.cfg.media.token_s = 60;
	assert_int_equal(0, loop_new(&t.loop));
	assert_int_equal(0, web_new(&t.web, t.loop));
	assert_int_equal(0, dns_new(&t.dns, t.loop));
	assert_int_equal(0, pg_new(&t.pg, t.loop, t.dns, &pg));
	t.fd = peer_listen(&t.port);
	prm.loop = t.loop;
	prm.web = t.web;
	prm.pg = t.pg;
	prm.listen_fd = t.fd;
	prm.stream_secret = SV("secret");
	prm.bus = bus_all[0];
	assert_int_equal(0, webhooks_new(&t.w, &prm));
	RUN_UNTIL(t.loop, pg_up(t.pg));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	t.w = webhooks_free(t.w);
	t.pg = pg_free(t.pg);
	t.dns = dns_free(t.dns);
	t.web = web_free(t.web);
	t.loop = loop_free(t.loop);
	close(t.fd);
	return 0;
}

/* key: what the request is signed with; NULL: not at all. */
static void send_hook(struct answer *a, const char *method, const char *path,
		      const char *key, const char *body)
{
	char what[200], more[1024], url[200], sig[TWILIO_SIG_LEN + 1] = "";
	struct form form;

	form_init(&form);
	(void)form_parse(&form, sv_str(body));
	snprintf(url, sizeof(url), BASE "%s", path);
	if (key)
		assert_int_equal(0, twilio_sig_make(sig, sv_str(key),
						    sv_str(url), &form));
	form_fini(&form);
	snprintf(what, sizeof(what), "%s %s", method, path);
	snprintf(more, sizeof(more),
		 "Content-Type: application/x-www-form-urlencoded\r\n"
		 "Content-Length: %zu\r\n%s%s%s\r\n%s",
		 strlen(body), key ? "X-Twilio-Signature: " : "", sig,
		 key ? "\r\n" : "", body);
	ask(a, t.loop, t.port, what, more);
}

/* A signed webhook; its document must hold text. */
static void hook(const char *path, const char *body, const char *text)
{
	struct answer a;

	send_hook(&a, "POST", path, "token", body);
	assert_int_equal(200, a.status);
	assert_has(&a, text);
	answer_fini(&a);
}

#define UUID "0193a1c0-0000-7000-8000-000000000001"

static const struct {
	const char *name, *method, *path, *key, *body;
	int status;
} refused[] = {
	{"no such path", "POST", "/twilio/nope", "token", "", 404},
	{"no id", "POST", "/twilio/dispatch/", "token", "", 404},
	{"an id that is none", "POST", "/twilio/dispatch/1", "token", "", 404},
	{"more than an id", "POST", "/twilio/dispatch/" UUID "/x", "token", "",
	 404},
	{"an id where there is none", "POST", "/twilio/whisper/" UUID, "token",
	 "", 404},
	{"not a post", "GET", "/twilio/whisper", "token", "", 405},
	{"not signed", "POST", "/twilio/whisper", NULL, "CallSid=CA1", 403},
	{"signed by another", "POST", "/twilio/whisper", "tok", "CallSid=CA1",
	 403},
	{"no form", "POST", "/twilio/whisper", "token", "a=%zz", 400},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct answer a;

		print_message("%s\n", refused[i].name);
		send_hook(&a, refused[i].method, refused[i].path,
			  refused[i].key, refused[i].body);
		assert_int_equal(refused[i].status, a.status);
		answer_fini(&a);
	}
	assert_int_equal(ARRAY_LEN(refused), t.counts.refused);
}

/* from: the last digits of the caller's number. */
#define CALL(sid, from)                                                        \
	"CallSid=" sid "&From=%2B141555501" from                               \
	"&To=%2B14155550100&CallStatus=ringing"
#define LEG(sid, parent)                                                       \
	"CallSid=" sid "&ParentCallSid=" parent                                \
	"&From=%2B14155550123&To=%2B14155550111&CallStatus=in-progress"

/* Until the leg has (or has not) taken the call. */
static bool accepted(const char *leg)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "select accepted_at from nightbell.legs "
		 "where carrier_sid = '%s'",
		 leg);
	return db_ask(sql) != NULL;
}

static void test_whisper(void **state)
{
	(void)state;
	hook("/twilio/voice", CALL("CAa", "21"),
	     "<Number url=\"" BASE "/twilio/whisper\" method=\"POST\">"
	     "+14155550111</Number></Dial>");
	hook("/twilio/whisper", LEG("CAa1", "CAa"),
	     "<Gather input=\"dtmf\" action=\"" BASE "/twilio/whisper\" "
	     "method=\"POST\" numDigits=\"1\"");
	assert_false(accepted("CAa1"));
	hook("/twilio/whisper", LEG("CAa1", "CAa") "&Digits=1",
	     "<Response></Response>");
	assert_true(accepted("CAa1"));
}

/* The id of the path reaches SQL, whatever the form says. */
static void test_id(void **state)
{
	(void)state;
	hook("/twilio/dispatch/" UUID, "CallSid=CAx", "<Hangup/>");
	hook("/twilio/dispatch-status/" UUID, "CallSid=CAx&CallStatus=busy",
	     "<Response>");
	assert_int_equal(0, t.counts.fallback);
}

/* SQL refuses: each route has words of its own. */
static void test_refusing_sql(void **state)
{
	(void)state;
	db_ask("revoke execute on function desk.voice, desk.whisper, desk.sms,"
	       " desk.dispatch_call from nightbell_gateway");
	hook("/twilio/voice", CALL("CAb", "22"), "call 9 1 1");
	hook("/twilio/whisper", LEG("CAb1", "CAb"), "To take it, press 1.");
	hook("/twilio/whisper", LEG("CAb1", "CAb") "&Digits=1", EMPTY);
	hook("/twilio/whisper", LEG("CAb1", "CAb") "&Digits=7", "press 1");
	hook("/twilio/sms", "MessageSid=SM1", EMPTY);
	hook("/twilio/dispatch/" UUID, "CallSid=CAx", "<Hangup/>");
	assert_int_equal(6, t.counts.fallback);
	db_ask("grant execute on function desk.voice, desk.whisper, desk.sms,"
	       " desk.dispatch_call to nightbell_gateway");
}

/* SQL hangs: a key that was pressed joins the parties, and is told later. */
static void test_late_key(void **state)
{
	(void)state;
	hook("/twilio/voice", CALL("CAc", "23"), "<Dial");
	db_ask("begin; lock table nightbell.legs in access exclusive mode");
	hook("/twilio/whisper", LEG("CAc1", "CAc") "&Digits=1", EMPTY);
	assert_int_equal(1, t.counts.fallback);
	db_ask("commit");
	RUN_UNTIL(t.loop, accepted("CAc1"));
}

static int group_setup(void **state)
{
	int err = db_setup(state);

	db_ask("insert into nightbell.phone_numbers"
	       " (number, business_id, owner_number) values"
	       " ('+14155550100', '" HARBOR "', '+14155550111')");
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whisper, setup, teardown),
		cmocka_unit_test_setup_teardown(test_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusing_sql, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_late_key, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, db_teardown);
}
