/*
 * Whoever is called by us: owners behind <Dial>, people behind the REST API,
 * machines, and callers who do not wait.
 */
#include "server.h"

#include "callee.h"

/* Pages that ask whoever answers for a key. */
static const struct page ring_first[] = {
	{"/voice",
	 "<Response><Dial action=\"/dial\" timeout=\"6\">"
	 "<Number url=\"/whisper\">+14155550111</Number></Dial></Response>",
	 NULL, 0},
	{"/whisper",
	 "<Response><Gather numDigits=\"1\" action=\"/ok\" timeout=\"2\"/>"
	 "<Hangup/></Response>",
	 NULL, 0},
	{"/ok", "<Response/>", NULL, 0},
	{"/dial", "<Response><Hangup/></Response>", NULL, 0},
	{"/status", "", NULL, 0},
	{NULL, NULL, NULL, 0},
};

/* What the owner does, what the server is asked, what it is told. */
static const struct {
	const char *name, *owner, *seen, *told;
} owners[] = {
	{"presses 1", "{\"does\":\"answers\",\"press\":\"1\",\"talk_ms\":300}",
	 "/voice /whisper /ok /dial /status ", "DialBridged=true"},
	{"presses nothing", "{\"does\":\"answers\"}",
	 "/voice /whisper /dial /status ", "DialBridged=false"},
	{"a machine answers and talks",
	 "{\"does\":\"voicemail\",\"after_ms\":300}",
	 "/voice /whisper /dial /status ", "DialBridged=false"},
	{"is busy", "[{\"does\":\"busy\"},{\"does\":\"answers\"}]",
	 "/voice /dial /status ", "DialCallStatus=busy"},
};

static void test_owner(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		struct server v = {.pages = ring_first, .keep = "/dial"};
		char json[300];
		struct call *c;

		print_message("%s\n", owners[i].name);
		snprintf(json, sizeof(json),
			 "{\"owner\":%s,\"expect\":{\"stream\":false}}",
			 owners[i].owner);
		server_start(&v);
		c = call_run(&v, json, 15);
		assert_string_equal(owners[i].seen, v.seen);
		assert_non_null(strstr(v.kept, owners[i].told));
		assert_true(c->good);
		server_stop(&v);
	}
}

/* The second time that we dial somebody else may do something else. */
static void test_owners(void **state)
{
	static const struct page pages[] = {
		{"/voice",
		 "<Response><Dial action=\"/again\">+14155550111</Dial>"
		 "</Response>",
		 NULL, 0},
		{"/again",
		 "<Response><Dial action=\"/dial\">+14155550112</Dial>"
		 "</Response>",
		 NULL, 0},
		{"/dial", "<Response><Hangup/></Response>", NULL, 0},
		{"/status", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages, .keep = "/dial"};

	(void)state;
	server_start(&v);
	call_run(&v,
		 "{\"owner\":[{\"does\":\"busy\"},{\"does\":\"answers\","
		 "\"talk_ms\":200}],\"expect\":{\"stream\":false}}",
		 15);
	assert_string_equal("/voice /again /dial /status ", v.seen);
	assert_non_null(strstr(v.kept, "DialCallStatus=completed"));
	server_stop(&v);
}

/* The owner's phone forwards to us: a second call, which the server refuses. */
static void test_forwards(void **state)
{
	static const struct page refuses[] = {
		{"/voice", "<Response><Reject reason=\"busy\"/></Response>",
		 NULL, 0},
		{"/dial", "<Response><Hangup/></Response>", NULL, 0},
		{"/status", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {
		.pages = ring_first, .then = refuses, .keep = "/voice"};
	struct call *c, *again;

	(void)state;
	server_start(&v);
	c = call_run(&v,
		     "{\"owner\":{\"does\":\"forwards\",\"after_ms\":300},"
		     "\"expect\":{\"stream\":false}}",
		     10);
	assert_string_equal("/voice /voice /status /dial /status ", v.seen);
	assert_non_null(strstr(v.kept, "ForwardedFrom=%2B14155550111"));
	assert_non_null(strstr(v.kept, "From=%2B14155550142"));
	again = list_entry(v.sim.calls.prev, struct call, le);
	assert_ptr_equal(c, again->origin);
	assert_int_equal(CALL_BUSY, again->status);
	server_stop(&v);
}

static void test_no_patience(void **state)
{
	struct server v = {.pages = ring_first};
	struct call *c;

	(void)state;
	server_start(&v);
	c = call_run(&v,
		     "{\"ring_patience_ms\":600,\"expect\":{\"stream\":false,"
		     "\"ended_by\":\"caller\"}}",
		     10);
	assert_true(c->good);
	assert_string_equal("/voice /status ", v.seen);
	assert_in_range(call_ms(c), 600, 1500);
	server_stop(&v);
}

/* ---- people behind the REST API ---- */

static const struct page dispatch[] = {
	{"/dispatch",
	 "<Response><Gather numDigits=\"1\" action=\"/key\" timeout=\"1\">"
	 "<Pause length=\"1\"/></Gather><Hangup/></Response>",
	 NULL, 0},
	{"/key", "<Response><Hangup/></Response>", NULL, 0},
	{"/over", "", NULL, 0},
	{NULL, NULL, NULL, 0},
};

static const struct {
	const char *rule, *seen, *told;
	int timeout_s;
	enum call_status ends;
} callees[] = {
	{"+14155550191=hangup@200", "/dispatch /over ", "CallStatus=completed",
	 60, CALL_COMPLETED},
	{"+14155550191=busy@200", "/over ", "CallStatus=busy", 60, CALL_BUSY},
	{"+14155550191=no-answer", "/over ", "CallStatus=no-answer", 1,
	 CALL_NO_ANSWER},
	{"+14155550191=voicemail@100", "/dispatch /over ",
	 "CallStatus=completed", 60, CALL_COMPLETED},
	{"+14155550191=silent@100", "/dispatch /over ", "CallStatus=completed",
	 60, CALL_COMPLETED},
	/* no rule for this number: somebody who says nothing */
	{"+14155550192=busy", "/dispatch /over ", "CallStatus=completed", 60,
	 CALL_COMPLETED},
};

static struct call *ring(struct server *v, const char *rule, int timeout_s)
{
	struct call_prm prm = {
		.from = "+14155550100",
		.to = "+14155550191",
		.direction = "outbound-api",
		.url = base_url(v, "/dispatch"),
		.status_url = base_url(v, "/over"),
		.status_events = EVENT_COMPLETED,
		.timeout_s = timeout_s,
	};
	char why[300];
	struct timer *late;
	struct call *c;

	assert_int_equal(0, callee_rule(&v->sim, rule, why, sizeof(why)));
	prm.caller = callee_person(&v->sim, prm.to);
	assert_non_null(prm.caller);
	assert_int_equal(0, call_new(&c, &v->sim, &prm));
	caller_unref(prm.caller);
	assert_int_equal(0, timer_new(&late, v->sim.loop, on_late, v));
	timer_at(late, clock_mono_us() + 12 * 1000000ll);
	loop_run(v->sim.loop);
	timer_free(late);
	return c;
}

static void test_callees(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(callees); i++) {
		struct server v = {.pages = dispatch, .keep = "/over"};
		struct call *c;

		print_message("%s\n", callees[i].rule);
		server_start(&v);
		c = ring(&v, callees[i].rule, callees[i].timeout_s);
		assert_string_equal(callees[i].seen, v.seen);
		assert_non_null(strstr(v.kept, callees[i].told));
		assert_int_equal(callees[i].ends, c->status);
		assert_int_equal(0, v.bad_signatures);
		server_stop(&v);
	}
}

/* Who answers hears what is said to the end and then presses the key. */
static void test_press(void **state)
{
	static const struct page pages[] = {
		{"/dispatch",
		 "<Response><Gather numDigits=\"1\" action=\"/key\" "
		 "timeout=\"4\"><Play>/tone</Play></Gather><Hangup/></"
		 "Response>",
		 NULL, 0},
		{"/key", "<Response><Hangup/></Response>", NULL, 0},
		{"/over", "", NULL, 0},
		{NULL, NULL, NULL, 0},
	};
	struct server v = {.pages = pages, .keep = "/key"};

	(void)state;
	server_start(&v);
	v.tone = "/tone";
	ring(&v, "+14155550191=press:1@100", 60);
	assert_string_equal("/dispatch /tone /key /over ", v.seen);
	assert_non_null(strstr(v.kept, "Digits=1"));
	server_stop(&v);
}

static void test_rules(void **state)
{
	static const char *const bad[] = {
		"+14155550191",
		"+14155550191=",
		"+14155550191=press:",
		"+14155550191=press:x",
		"+14155550191=sleeps",
		"+14155550191=busy@",
		"+14155550191=busy@-1",
		"+14155550191=busy@1s",
		"=busy",
	};
	struct sim s = {0};
	char why[300];

	(void)state;
	list_init(&s.callees);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("%s\n", bad[i]);
		assert_int_equal(-EINVAL,
				 callee_rule(&s, bad[i], why, sizeof(why)));
	}
	assert_int_equal(0, callee_rule(&s, "+1=busy", why, sizeof(why)));
	assert_int_equal(0, callee_rule(&s, "+1=press:12#", why, sizeof(why)));
	callees_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_no_patience),
		cmocka_unit_test(test_callees),
		cmocka_unit_test(test_press),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
