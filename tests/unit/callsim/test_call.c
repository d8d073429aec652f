/*
 * Whole calls against a small server in the same process: real sockets, real
 * time, signatures checked as a server would.
 */
#include "recording.h"
#include "server.h"

#define CONNECT                                                                \
	"<Response><Connect><Stream url=\"ws://127.0.0.1:PORT/ws\" "           \
	"statusCallback=\"/stream\"><Parameter name=\"token\" value=\"t\"/>"   \
	"</Stream></Connect><Redirect>/after</Redirect></Response>"

static void test_conversation(void **state)
{
	static const struct page pages[] = {
		{"/voice",
		 "<?xml version=\"1.0\"?><Response><Dial timeout=\"1\""
		 " action=\"/dial\">+14155550111</Dial></Response>",
		 NULL, 0},
		{"/dial", CONNECT, NULL, 0},
		{"/after", "<Response><Hangup/></Response>", NULL, 0},
		{"/stream", "", NULL, 0},
		{"/status", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages, .close_after = 3};
	struct call *c;

	(void)state;
	server_start(&v);
	c = call_run(&v,
		     "{\"turns\":["
		     "{\"say\":\"a\",\"voice\":\"file:tone.wav\"},"
		     "{\"press\":\"1#\"},"
		     "{\"say\":\"b\",\"voice\":\"file:tone.wav\","
		     "\"after\":\"turn\"},"
		     "{\"say\":\"c\",\"voice\":\"file:tone.wav\"}],"
		     "\"expect\":{\"replies\":false,"
		     "\"ended_by\":\"assistant\",\"gaps_max\":0}}",
		     20);
	if (!c->good)
		print_error("%s\n", c->fault);
	assert_true(c->good);
	assert_string_equal("/voice /dial /ws /stream closed /stream /after "
			    "/status ",
			    v.seen);
	assert_string_equal("hello next next ", v.marks);
	assert_string_equal("1#", v.dtmf);
	assert_int_equal(0, v.bad_order);
	assert_int_equal(3, c->m.nturns);
	assert_in_range(measure_reply_ms(&c->m.turns[0]), 180, 400);
	assert_non_null(strstr(v.params, "CallStatus=completed"));
	assert_non_null(strstr(v.params, "CallDuration="));
	server_stop(&v);
}

static void test_interruption(void **state)
{
	static const struct page pages[] = {
		{"/voice", CONNECT, NULL, 0},
		{"/after", "<Response><Hangup/></Response>", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages, .close_after = 2, .interrupt = true};
	struct call *c;

	(void)state;
	server_start(&v);
	v.pages = pages;
	c = call_run(&v,
		     "{\"turns\":["
		     "{\"say\":\"a\",\"voice\":\"file:tone.wav\","
		     "\"interrupt_ms\":100},"
		     "{\"say\":\"b\",\"voice\":\"file:tone.wav\"}],"
		     "\"expect\":{\"replies\":false}}",
		     20);
	assert_true(c->m.turns[0].interrupts);
	assert_in_range(measure_stop_ms(&c->m.turns[0]), 0, 120);
	assert_int_equal(2, c->clears); /* one for each word */
	assert_int_equal(0, c->m.gaps);
	server_stop(&v);
}

/* What goes wrong, and what the carrier calls it. */
static const struct {
	const char *name, *voice, *type, *seen;
	int status, errors, warnings;
	enum call_status ends;
} bad[] = {
	{"server error", "x", NULL, "/voice /status ", 500, 1, 0, CALL_FAILED},
	{"another type", "<Response/>", "text/css", "/voice /status ", 200, 1,
	 0, CALL_FAILED},
	{"no XML", "<Response><Say", NULL, "/voice /status ", 200, 1, 0,
	 CALL_FAILED},
	{"a document type", "<!DOCTYPE r [<!ENTITY a \"b\">]><Response/>", NULL,
	 "/voice /status ", 200, 1, 0, CALL_FAILED},
	{"unknown attribute", "<Response><Hangup colour=\"red\"/></Response>",
	 NULL, "/voice /status ", 200, 0, 1, CALL_NO_ANSWER},
	{"reject", "<Response><Reject reason=\"busy\"/></Response>", NULL,
	 "/voice /status ", 200, 0, 0, CALL_BUSY},
	{"upgrade refused",
	 "<Response><Connect><Stream url=\"ws://127.0.0.1:PORT/refuse\"/>"
	 "</Connect><Redirect>/after</Redirect></Response>",
	 NULL, "/voice /refuse /after /status ", 200, 2, 0, CALL_COMPLETED},
	{"query in the stream's URL",
	 "<Response><Connect><Stream url=\"ws://127.0.0.1:PORT/ws?a=1\"/>"
	 "</Connect></Response>",
	 NULL, "/voice /status ", 200, 1, 0, CALL_COMPLETED},
	{"dial to no number", "<Response><Dial>bob</Dial></Response>", NULL,
	 "/voice /status ", 200, 1, 0, CALL_COMPLETED},
};

static void test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct page pages[] = {
			{"/voice", bad[i].voice, bad[i].type, bad[i].status},
			{"/status", "", NULL, 0},
			{NULL, NULL, NULL, 0},
		};
		struct server v = {.pages = pages};
		struct call *c;

		print_message("%s\n", bad[i].name);
		server_start(&v);
		c = call_run(&v, "{}", 10);
		assert_string_equal(bad[i].seen, v.seen);
		assert_int_equal(bad[i].errors, c->errors);
		assert_int_equal(bad[i].warnings, c->warnings);
		assert_int_equal(bad[i].ends, c->status);
		assert_int_equal(bad[i].errors == 0 && c->streams, c->good);
		server_stop(&v);
	}
}

static void test_gather_and_fallback(void **state)
{
	static const struct page pages[] = {
		{"/voice",
		 "<Response><Gather numDigits=\"2\" action=\"/keys\" "
		 "timeout=\"3\"/></Response>",
		 NULL, 0},
		{"/keys", "<Response><Redirect>/gone</Redirect></Response>",
		 NULL, 0},
		{"/fallback", "<Response><Hangup/></Response>", NULL, 0},
		{"/status", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages};
	struct caller *k;
	struct call_prm prm = {0};
	struct call *c;

	(void)state;
	server_start(&v);
	k = caller_of("{\"turns\":[{\"press\":\"42\",\"after\":\"turn\"}]}");
	prm.caller = k;
	prm.url = base_url(&v, "/voice");
	prm.fallback_url = base_url(&v, "/fallback");
	assert_int_equal(0, call_new(&c, &v.sim, &prm));
	loop_run(v.sim.loop);
	assert_string_equal("/voice /keys /gone /fallback ", v.seen);
	assert_non_null(strstr(v.params, "ErrorCode=11200"));
	assert_int_equal(0, v.bad_signatures);
	caller_unref(k);
	server_stop(&v);
}

static void test_voicemail(void **state)
{
	static const struct page pages[] = {
		{"/voice",
		 "<Response><Record action=\"/recorded\" timeout=\"1\"/>"
		 "<Hangup/></Response>",
		 NULL, 0},
		{"/recorded", "<Response><Hangup/></Response>", NULL, 0},
		{"/status", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages, .keep = "/recorded"};
	struct recording *r;

	(void)state;
	server_start(&v);
	call_run(&v,
		 "{\"turns\":[{\"say\":\"a\",\"voice\":\"file:tone.wav\"}],"
		 "\"expect\":{\"stream\":false}}",
		 15);
	assert_string_equal("/voice /recorded /status ", v.seen);
	assert_non_null(strstr(v.kept, "RecordingDuration=3"));
	assert_non_null(strstr(v.kept, "Recordings%2FRE"));
	assert_false(list_empty(&v.sim.recordings));
	r = list_entry(v.sim.recordings.next, struct recording, le);
	assert_in_range(r->pcm.n, 2 * TEL_RATE_HZ, 3 * TEL_RATE_HZ);
	server_stop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation),
		cmocka_unit_test(test_interruption),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_gather_and_fallback),
		cmocka_unit_test(test_voicemail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
